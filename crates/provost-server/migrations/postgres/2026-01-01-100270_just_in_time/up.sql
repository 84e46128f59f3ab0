-- Members whom nobody assigned: whoever the identity provider signs in becomes one, while SCIM is off.
ALTER TABLE sso_connection ADD COLUMN just_in_time BOOLEAN NOT NULL DEFAULT FALSE CHECK (just_in_time = FALSE OR state = 'on');

ALTER TABLE identity DROP CONSTRAINT identity_how_check;
ALTER TABLE identity ADD CONSTRAINT identity_how_check CHECK (how = 'test' OR how = 'directory' OR how = 'invitation' OR how = 'account' OR how = 'just-in-time');
-- those whom the directory may bring later
CREATE INDEX identity_let_in ON identity (tenant) WHERE how = 'just-in-time';
