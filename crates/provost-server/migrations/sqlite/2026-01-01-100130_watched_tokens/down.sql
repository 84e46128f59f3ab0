DROP TABLE token_warning;
DROP INDEX token_end;
ALTER TABLE token DROP COLUMN refused_for;
ALTER TABLE token DROP COLUMN refused;
ALTER TABLE token DROP COLUMN rotated_to;
ALTER TABLE token DROP COLUMN ended;
ALTER TABLE token DROP COLUMN made_by_account;
ALTER TABLE token DROP COLUMN made_by;
ALTER TABLE token DROP COLUMN read_only;
