ALTER TABLE sso_connection DROP COLUMN tested_slug;
