-- The metadata of an identity provider is read again: when next, by whichever server takes it, and what was wrong with it last.
ALTER TABLE sso_connection ADD COLUMN due BIGINT;
ALTER TABLE sso_connection ADD COLUMN trouble TEXT
    CHECK (trouble = 'unread' OR trouble = 'entity' OR trouble = 'sign-on' OR trouble = 'logout');
ALTER TABLE sso_connection ADD COLUMN trouble_said TEXT CHECK ((trouble IS NULL) = (trouble_said IS NULL));
ALTER TABLE sso_connection ADD COLUMN trouble_since BIGINT CHECK ((trouble IS NULL) = (trouble_since IS NULL));
-- Whether a sign-in is refused that is signed with a certificate outside its dates.
ALTER TABLE sso_connection ADD COLUMN refuse_expired BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sso_connection SET due = read WHERE address IS NOT NULL;
CREATE INDEX sso_connection_due ON sso_connection (due) WHERE due IS NOT NULL;

-- Since when a certificate is not in the metadata any more: trust in it ends a day later.
ALTER TABLE sso_certificate ADD COLUMN gone BIGINT;
