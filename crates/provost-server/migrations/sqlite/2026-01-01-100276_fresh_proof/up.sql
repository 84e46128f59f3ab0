-- A sign-in at the identity provider by which somebody who is signed in proves again who they are.
-- What was begun is good for ten minutes, and is begun anew.
DROP TABLE sso_request;
CREATE TABLE sso_request (
    state      BLOB   PRIMARY KEY NOT NULL,   -- SHA-256 of what the browser keeps
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    request    TEXT   NOT NULL,               -- the identifier of the message
    purpose    TEXT   NOT NULL CHECK (purpose = 'sign-in' OR purpose = 'test' OR purpose = 'invitation' OR purpose = 'link' OR purpose = 'proof'),
    account    BIGINT,                        -- of a test, a link and a proof: who began it
    path       TEXT,                          -- of a sign-in and a proof: where it leads
    link       BLOB,                          -- of an invitation: SHA-256 of its link
    session    BLOB,                          -- of a proof: SHA-256 of the session that began it
    person     TEXT,                          -- who came, where a page of ours asks what is made of it: JSON
    address    TEXT   NOT NULL,               -- whence it came; of IPv6 the network
    begun      BIGINT NOT NULL,
    used       BIGINT,
    is_second  BOOLEAN NOT NULL,              -- begun because an answer to another one could not be used
    is_another BOOLEAN NOT NULL,              -- the identity provider was to ask who it is
    report     TEXT,                          -- of a test that was answered: JSON
    CHECK ((purpose = 'test' OR purpose = 'link' OR purpose = 'proof') = (account IS NOT NULL)),
    CHECK ((purpose = 'sign-in' OR purpose = 'proof') = (path IS NOT NULL)),
    CHECK ((purpose = 'proof') = (session IS NOT NULL)),
    CHECK ((purpose = 'invitation') = (link IS NOT NULL)),
    CHECK (person IS NULL OR purpose = 'invitation' OR purpose = 'link' OR purpose = 'proof')
) WITHOUT ROWID;
CREATE INDEX sso_request_begun   ON sso_request (begun);
CREATE INDEX sso_request_address ON sso_request (tenant, address, begun);
CREATE INDEX sso_request_test    ON sso_request (tenant, account) WHERE account IS NOT NULL;
-- When the person signed in at the identity provider, by its clock.
ALTER TABLE session ADD COLUMN signed_in BIGINT;
