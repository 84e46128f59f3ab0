CREATE TABLE identity_of_person (
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    subject    TEXT   NOT NULL,
    account    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    seen       BIGINT NOT NULL,
    how        TEXT   NOT NULL DEFAULT 'test' CHECK (how = 'test' OR how = 'directory' OR how = 'invitation' OR how = 'account'),
    user_seq   BIGINT,                        -- the user of the directory through whom; it goes with that user
    PRIMARY KEY (tenant, connection, subject)
) WITHOUT ROWID;
INSERT INTO identity_of_person SELECT tenant, connection, subject, account, created, seen, CASE WHEN how = 'just-in-time' THEN 'account' ELSE how END, user_seq FROM identity;
DROP TABLE identity;
ALTER TABLE identity_of_person RENAME TO identity;
CREATE UNIQUE INDEX identity_account ON identity (tenant, connection, account);
CREATE INDEX identity_of ON identity (account);
CREATE INDEX identity_user ON identity (tenant, user_seq) WHERE user_seq IS NOT NULL;
ALTER TABLE sso_connection DROP COLUMN just_in_time;
