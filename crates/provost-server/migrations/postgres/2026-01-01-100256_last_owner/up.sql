-- When the identity provider last tried to remove an owner who is the last one.
ALTER TABLE membership ADD COLUMN kept BIGINT;
