DROP TABLE invited_by_hand;
DROP TABLE without_access;
DROP INDEX membership_listed;
ALTER TABLE membership DROP COLUMN shown;
ALTER TABLE membership DROP COLUMN search;
ALTER TABLE membership DROP COLUMN sort;
DROP INDEX team_membership_of;
CREATE INDEX team_membership_of ON team_membership (tenant, membership);
