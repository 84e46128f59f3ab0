-- Since when nobody signs in to an account; null: somebody may.
ALTER TABLE account ADD COLUMN disabled BIGINT;
CREATE INDEX account_disabled ON account (id) WHERE disabled IS NOT NULL;
