DROP INDEX known_account_of;
DROP INDEX membership_of;
-- of those that go with the column, nobody joins by one
DELETE FROM invitation_link WHERE account IS NOT NULL;
ALTER TABLE invitation_link DROP COLUMN account;
