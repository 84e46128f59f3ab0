ALTER TABLE outbox DROP COLUMN by_mode;
