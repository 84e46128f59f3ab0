-- Where single sign-on is required, the account whose password opens the organisation all the same.
ALTER TABLE sso_connection ADD COLUMN emergency BIGINT CHECK (emergency IS NULL OR state = 'on');
