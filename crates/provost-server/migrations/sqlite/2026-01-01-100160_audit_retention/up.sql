-- How many days the records of an organisation are kept; NULL: for as long as it exists.
ALTER TABLE organisation ADD COLUMN audit_days BIGINT;
