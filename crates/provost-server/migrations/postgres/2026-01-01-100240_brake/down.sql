DROP TABLE brake;
DROP TABLE membership_end;
ALTER TABLE organisation DROP COLUMN brake_percent;
ALTER TABLE organisation DROP COLUMN brake_least;
ALTER TABLE organisation DROP COLUMN brake;
