-- When a person changed a team last. When a group did, the directory says.
ALTER TABLE team ADD COLUMN changed BIGINT;
