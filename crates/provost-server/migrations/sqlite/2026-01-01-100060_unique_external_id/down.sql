ALTER TABLE organisation DROP COLUMN unique_external_id;
