-- Refused writes are kept for a while, those that took place for ever. With all of its columns in the index, SQLite counts and
-- finds the refused ones without a look at the others.
CREATE INDEX audit_refused ON audit (tenant, at, id, error) WHERE error IS NOT NULL;
