-- Which attribute of a user of the directory says who is signed in. It followed from the claim; of other identity providers an owner chooses.
ALTER TABLE sso_connection ADD COLUMN compared TEXT COLLATE "C" NOT NULL DEFAULT 'external-id'
    CHECK (compared = 'object-id' OR compared = 'external-id' OR compared = 'user-name');
UPDATE sso_connection SET compared = 'object-id'
WHERE claim_id = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
UPDATE sso_connection SET compared = 'user-name'
WHERE claim_id = '' OR claim_id = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name';
