-- How somebody came to be known: what opens an account says whence that right is.
ALTER TABLE identity ADD COLUMN how TEXT NOT NULL DEFAULT 'test' CHECK (how = 'test' OR how = 'directory');
ALTER TABLE identity ADD COLUMN user_seq BIGINT;   -- the user of the directory through whom; it goes with that user
CREATE INDEX identity_user ON identity (tenant, user_seq) WHERE user_seq IS NOT NULL;
