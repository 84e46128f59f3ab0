DROP INDEX organisation_disabled;
ALTER TABLE organisation DROP COLUMN disabled;
