ALTER TABLE organisation DROP COLUMN requests_since;
ALTER TABLE organisation DROP COLUMN values_until;
DROP TABLE kept_request;
