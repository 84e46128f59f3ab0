DROP TABLE invited_by_hand;
DROP TABLE without_access;
DROP INDEX membership_listed;
ALTER TABLE membership DROP COLUMN shown;
ALTER TABLE membership DROP COLUMN search;
ALTER TABLE membership DROP COLUMN sort;
