-- Since when an organisation is switched off; null: it is on.
ALTER TABLE organisation ADD COLUMN disabled BIGINT;
CREATE INDEX organisation_disabled ON organisation (tenant) WHERE disabled IS NOT NULL;
