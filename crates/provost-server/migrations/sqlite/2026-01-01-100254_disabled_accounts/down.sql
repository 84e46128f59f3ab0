DROP INDEX account_disabled;
ALTER TABLE account DROP COLUMN disabled;
