-- Who changed what. Rows are only ever added. The id is a UUIDv7, so it orders by time.
CREATE TABLE audit (
    tenant        BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    actor         TEXT    NOT NULL, -- key id of a token
    request_id    TEXT    NOT NULL, -- as in the log
    operation     TEXT    NOT NULL,
    resource_type TEXT    NOT NULL,
    resource_id   TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    changed       BOOLEAN NOT NULL,
    notes         TEXT    NOT NULL, -- JSON: names and ids, never values
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

-- What is to be sent after the commit.
CREATE TABLE outbox (
    tenant   BIGINT NOT NULL,
    id       TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    payload  TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due);
