DROP INDEX identity_let_in;
UPDATE identity SET how = 'account' WHERE how = 'just-in-time';
ALTER TABLE identity DROP CONSTRAINT identity_how_check;
ALTER TABLE identity ADD CONSTRAINT identity_how_check CHECK (how = 'test' OR how = 'directory' OR how = 'invitation' OR how = 'account');
ALTER TABLE sso_connection DROP COLUMN just_in_time;
