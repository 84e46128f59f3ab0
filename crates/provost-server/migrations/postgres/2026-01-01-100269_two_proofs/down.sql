-- What was begun is good for ten minutes, and is begun anew.
DROP TABLE sso_request;
CREATE TABLE sso_request (
    state      BYTEA   PRIMARY KEY NOT NULL,   -- SHA-256 of what the browser keeps
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    request    TEXT COLLATE "C"   NOT NULL,               -- the identifier of the message
    purpose    TEXT COLLATE "C"   NOT NULL CHECK (purpose = 'sign-in' OR purpose = 'test'),
    account    BIGINT,                        -- of a test: who began it
    path       TEXT COLLATE "C",                          -- of a sign-in: where it leads
    address    TEXT COLLATE "C"   NOT NULL,               -- whence it came; of IPv6 the network
    begun      BIGINT NOT NULL,
    used       BIGINT,
    is_second  BOOLEAN NOT NULL,              -- begun because an answer to another one could not be used
    report     TEXT COLLATE "C",                          -- of a test that was answered: JSON
    CHECK ((purpose = 'test') = (account IS NOT NULL)),
    CHECK ((purpose = 'sign-in') = (path IS NOT NULL))
);
CREATE INDEX sso_request_begun   ON sso_request (begun);
CREATE INDEX sso_request_address ON sso_request (tenant, address, begun);
CREATE INDEX sso_request_test    ON sso_request (tenant, account) WHERE account IS NOT NULL;

UPDATE identity SET how = 'test' WHERE how = 'invitation' OR how = 'account';
ALTER TABLE identity DROP CONSTRAINT identity_how_check;
ALTER TABLE identity ADD CONSTRAINT identity_how_check CHECK (how = 'test' OR how = 'directory');
