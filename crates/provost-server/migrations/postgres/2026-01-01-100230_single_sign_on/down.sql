ALTER TABLE session DROP COLUMN session_index;
ALTER TABLE session DROP COLUMN name_id;
ALTER TABLE session DROP COLUMN connection;
DROP TABLE identity;
DROP TABLE sso_report;
DROP TABLE sso_seen;
DROP TABLE sso_request;
DROP TABLE sso_certificate;
DROP TABLE sso_connection;
