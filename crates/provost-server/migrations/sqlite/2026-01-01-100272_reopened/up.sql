-- When an organisation was last switched on again, or its SCIM was: its identity provider had nothing to call before. Null: never.
ALTER TABLE organisation ADD COLUMN reopened BIGINT;
