ALTER TABLE sso_connection DROP COLUMN compared;
