ALTER TABLE sso_certificate DROP COLUMN gone;
DROP INDEX sso_connection_due;
ALTER TABLE sso_connection DROP COLUMN refuse_expired;
ALTER TABLE sso_connection DROP COLUMN trouble_since;
ALTER TABLE sso_connection DROP COLUMN trouble_said;
ALTER TABLE sso_connection DROP COLUMN trouble;
ALTER TABLE sso_connection DROP COLUMN due;
