DROP INDEX identity_user;
ALTER TABLE identity DROP COLUMN user_seq;
ALTER TABLE identity DROP COLUMN how;
