-- Single sign-on: how an organisation's people are signed in by their identity provider.
CREATE TABLE sso_connection (
    tenant         BIGINT NOT NULL,
    id             BIGINT NOT NULL,           -- kept by whatever takes its place for the same people
    state          TEXT   NOT NULL CHECK (state = 'draft' OR state = 'tested' OR state = 'on'),
    entity_id      TEXT   NOT NULL,
    sso_url        TEXT   NOT NULL,
    logout_url     TEXT,
    address        TEXT,                      -- of the metadata; none where somebody brought its text
    read           BIGINT NOT NULL,           -- when that was
    claim_id       TEXT   NOT NULL,           -- the four attributes
    claim_email    TEXT   NOT NULL,
    claim_first    TEXT   NOT NULL,
    claim_last     TEXT   NOT NULL,
    tested         BIGINT,                    -- when a test was passed last, by whom, as whom there, and under which public URL
    tested_by      BIGINT,
    tested_as      TEXT,
    tested_url     TEXT,
    PRIMARY KEY (tenant, id),
    CHECK ((state = 'draft') = (tested IS NULL)),
    CHECK ((tested IS NULL) = (tested_by IS NULL) AND (tested IS NULL) = (tested_as IS NULL)
           AND (tested IS NULL) = (tested_url IS NULL))
) WITHOUT ROWID;
-- One is in force, and what is changed lies beside it.
CREATE UNIQUE INDEX sso_connection_draft ON sso_connection (tenant) WHERE state = 'draft';
CREATE UNIQUE INDEX sso_connection_force ON sso_connection (tenant) WHERE state <> 'draft';

-- The certificates that are trusted.
CREATE TABLE sso_certificate (
    tenant      BIGINT NOT NULL,
    connection  BIGINT NOT NULL,
    fingerprint BLOB   NOT NULL,              -- SHA-256
    der         BLOB   NOT NULL,
    first_seen  BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, fingerprint)
) WITHOUT ROWID;

-- Sign-ins that were begun, each bound to the browser that began it.
CREATE TABLE sso_request (
    state      BLOB   PRIMARY KEY NOT NULL,   -- SHA-256 of what the browser keeps
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    request    TEXT   NOT NULL,               -- the identifier of the message
    purpose    TEXT   NOT NULL CHECK (purpose = 'sign-in' OR purpose = 'test'),
    account    BIGINT,                        -- of a test: who began it
    path       TEXT,                      -- of a sign-in: where it leads
    address    TEXT   NOT NULL,               -- whence it came; of IPv6 the network
    begun      BIGINT NOT NULL,
    used       BIGINT,
    is_second  BOOLEAN NOT NULL,              -- begun because an answer to another one could not be used
    report     TEXT,                          -- of a test that was answered: JSON
    CHECK ((purpose = 'test') = (account IS NOT NULL)),
    CHECK ((purpose = 'sign-in') = (path IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX sso_request_begun   ON sso_request (begun);
CREATE INDEX sso_request_address ON sso_request (tenant, address, begun);
CREATE INDEX sso_request_test    ON sso_request (tenant, account) WHERE account IS NOT NULL;

-- What was answered already: a response is good once.
CREATE TABLE sso_seen (
    tenant BIGINT NOT NULL,
    message TEXT  NOT NULL,
    ends   BIGINT NOT NULL,
    PRIMARY KEY (tenant, message)
) WITHOUT ROWID;
CREATE INDEX sso_seen_ends ON sso_seen (ends);

-- The last test of an organisation, for a day.
CREATE TABLE sso_report (
    tenant  BIGINT PRIMARY KEY NOT NULL,
    at      BIGINT NOT NULL,
    account BIGINT NOT NULL,
    report  TEXT   NOT NULL                   -- JSON
);

-- Who somebody is at an identity provider.
CREATE TABLE identity (
    tenant     BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    subject    TEXT   NOT NULL,
    account    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    seen       BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, subject)
) WITHOUT ROWID;
CREATE UNIQUE INDEX identity_account ON identity (tenant, connection, account);
CREATE INDEX identity_of ON identity (account);

-- Sessions that came through it.
ALTER TABLE session ADD COLUMN connection BIGINT;
ALTER TABLE session ADD COLUMN name_id    TEXT;
ALTER TABLE session ADD COLUMN session_index TEXT;
