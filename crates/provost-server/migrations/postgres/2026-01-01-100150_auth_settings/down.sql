DROP TABLE milestone;
ALTER TABLE organisation DROP COLUMN provider;
ALTER TABLE organisation DROP COLUMN scim;
