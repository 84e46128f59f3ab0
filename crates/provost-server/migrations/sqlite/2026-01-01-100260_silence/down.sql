DROP TABLE silence;
DROP TABLE call_return;
ALTER TABLE organisation DROP COLUMN silent_after;
