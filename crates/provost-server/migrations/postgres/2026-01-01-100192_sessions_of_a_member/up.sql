-- Which sessions were used in an organisation, and when last, to the minute. Where else somebody is signed in is not its business.
CREATE TABLE session_use (
    tenant  BIGINT NOT NULL,
    session BYTEA   NOT NULL,
    seen    BIGINT NOT NULL,
    PRIMARY KEY (tenant, session)
);
CREATE INDEX session_use_seen ON session_use (seen);

-- Sessions of an account that began before this do not open the organisation.
CREATE TABLE session_end (
    tenant  BIGINT NOT NULL,
    account BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, account)
);
CREATE INDEX session_end_at ON session_end (at);
