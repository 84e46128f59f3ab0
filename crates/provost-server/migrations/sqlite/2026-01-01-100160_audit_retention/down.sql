ALTER TABLE organisation DROP COLUMN audit_days;
