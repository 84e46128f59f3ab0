-- Single sign-on: how an organisation's people are signed in by their identity provider.
CREATE TABLE sso_connection (
    tenant         BIGINT NOT NULL,
    id             BIGINT NOT NULL,           -- kept by whatever takes its place for the same people
    state          TEXT COLLATE "C" NOT NULL CHECK (state = 'draft' OR state = 'tested' OR state = 'on'),
    entity_id      TEXT COLLATE "C" NOT NULL,
    sso_url        TEXT COLLATE "C" NOT NULL,
    logout_url     TEXT COLLATE "C",
    address        TEXT COLLATE "C",                      -- of the metadata; none where somebody brought its text
    read           BIGINT NOT NULL,           -- when that was
    claim_id       TEXT COLLATE "C" NOT NULL,           -- the four attributes
    claim_email    TEXT COLLATE "C" NOT NULL,
    claim_first    TEXT COLLATE "C" NOT NULL,
    claim_last     TEXT COLLATE "C" NOT NULL,
    tested         BIGINT,                    -- when a test was passed last, by whom, as whom there, and under which public URL
    tested_by      BIGINT,
    tested_as      TEXT COLLATE "C",
    tested_url     TEXT COLLATE "C",
    PRIMARY KEY (tenant, id),
    CHECK ((state = 'draft') = (tested IS NULL)),
    CHECK ((tested IS NULL) = (tested_by IS NULL) AND (tested IS NULL) = (tested_as IS NULL)
           AND (tested IS NULL) = (tested_url IS NULL))
);
-- One is in force, and what is changed lies beside it.
CREATE UNIQUE INDEX sso_connection_draft ON sso_connection (tenant) WHERE state = 'draft';
CREATE UNIQUE INDEX sso_connection_force ON sso_connection (tenant) WHERE state <> 'draft';

-- The certificates that are trusted.
CREATE TABLE sso_certificate (
    tenant      BIGINT NOT NULL,
    connection  BIGINT NOT NULL,
    fingerprint BYTEA  NOT NULL,              -- SHA-256
    der         BYTEA  NOT NULL,
    first_seen  BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, fingerprint)
);

-- Sign-ins that were begun, each bound to the browser that began it.
CREATE TABLE sso_request (
    state      BYTEA  PRIMARY KEY NOT NULL,   -- SHA-256 of what the browser keeps
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    request    TEXT COLLATE "C" NOT NULL,               -- the identifier of the message
    purpose    TEXT COLLATE "C" NOT NULL CHECK (purpose = 'sign-in' OR purpose = 'test'),
    account    BIGINT,                        -- of a test: who began it
    path       TEXT COLLATE "C",                      -- of a sign-in: where it leads
    address    TEXT COLLATE "C" NOT NULL,               -- whence it came; of IPv6 the network
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

-- What was answered already: a response is good once.
CREATE TABLE sso_seen (
    tenant BIGINT NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    ends   BIGINT NOT NULL,
    PRIMARY KEY (tenant, message)
);
CREATE INDEX sso_seen_ends ON sso_seen (ends);

-- The last test of an organisation, for a day.
CREATE TABLE sso_report (
    tenant  BIGINT PRIMARY KEY NOT NULL,
    at      BIGINT NOT NULL,
    account BIGINT NOT NULL,
    report  TEXT COLLATE "C" NOT NULL                   -- JSON
);

-- Who somebody is at an identity provider.
CREATE TABLE identity (
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    account    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    seen       BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, subject)
);
CREATE UNIQUE INDEX identity_account ON identity (tenant, connection, account);
CREATE INDEX identity_of ON identity (account);

-- Sessions that came through it.
ALTER TABLE session ADD COLUMN connection BIGINT;
ALTER TABLE session ADD COLUMN name_id    TEXT COLLATE "C";
ALTER TABLE session ADD COLUMN session_index TEXT COLLATE "C";
