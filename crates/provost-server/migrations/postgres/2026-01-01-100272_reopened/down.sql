ALTER TABLE organisation DROP COLUMN reopened;
