-- What was begun is good for ten minutes, and is begun anew.
DROP TABLE sso_request;
CREATE TABLE sso_request (
    state      BYTEA   PRIMARY KEY NOT NULL,   -- SHA-256 of what the browser keeps
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    request    TEXT COLLATE "C"   NOT NULL,               -- the identifier of the message
    purpose    TEXT COLLATE "C"   NOT NULL CHECK (purpose = 'sign-in' OR purpose = 'test' OR purpose = 'invitation' OR purpose = 'link'),
    account    BIGINT,                        -- of a test and of a link: who began it
    path       TEXT COLLATE "C",                          -- of a sign-in: where it leads
    link       BYTEA,                          -- of an invitation: SHA-256 of its link
    person     TEXT COLLATE "C",                          -- who came, where a page of ours asks what is made of it: JSON
    address    TEXT COLLATE "C"   NOT NULL,               -- whence it came; of IPv6 the network
    begun      BIGINT NOT NULL,
    used       BIGINT,
    is_second  BOOLEAN NOT NULL,              -- begun because an answer to another one could not be used
    is_another BOOLEAN NOT NULL,              -- the identity provider was to ask who it is
    report     TEXT COLLATE "C",                          -- of a test that was answered: JSON
    CHECK ((purpose = 'test' OR purpose = 'link') = (account IS NOT NULL)),
    CHECK ((purpose = 'sign-in') = (path IS NOT NULL)),
    CHECK ((purpose = 'invitation') = (link IS NOT NULL)),
    CHECK (person IS NULL OR purpose = 'invitation' OR purpose = 'link')
);
CREATE INDEX sso_request_begun   ON sso_request (begun);
CREATE INDEX sso_request_address ON sso_request (tenant, address, begun);
CREATE INDEX sso_request_test    ON sso_request (tenant, account) WHERE account IS NOT NULL;
ALTER TABLE session DROP COLUMN signed_in;
