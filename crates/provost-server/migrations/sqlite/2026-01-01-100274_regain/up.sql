-- The account of a member who has joined, whom the link of an invitation gives a password or links anew. Null: it leads to a place.
ALTER TABLE invitation_link ADD COLUMN account BIGINT;

-- In which organisations an account is, and for which a place is kept.
CREATE INDEX membership_of    ON membership (account)    WHERE account IS NOT NULL;
CREATE INDEX known_account_of ON known_account (account);
