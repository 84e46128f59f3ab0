-- Who changed what. Rows are only ever added. The id is a UUIDv7, so it orders by time.
CREATE TABLE audit (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What is to be sent after the commit.
CREATE TABLE outbox (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX outbox_due ON outbox (due_at);
