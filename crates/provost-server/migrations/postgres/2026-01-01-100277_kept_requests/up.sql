-- Requests that were refused, or of which a part was left out: their shape, and for a day the values, where an organisation
-- wants them.
CREATE TABLE kept_request (
    tenant     BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,   -- ordered by time
    at         BIGINT NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,   -- as in its records; the client may have chosen it
    key_id     TEXT COLLATE "C" NOT NULL,   -- of the token
    method     TEXT COLLATE "C" NOT NULL,
    target     TEXT COLLATE "C" NOT NULL,   -- path and query, without what names people
    status     BIGINT NOT NULL,   -- of the answer
    refusals   TEXT COLLATE "C" NOT NULL,   -- JSON: errors with their sentences
    notes      TEXT COLLATE "C" NOT NULL,   -- JSON: rules, and what was left out
    shape      TEXT COLLATE "C",            -- JSON: names, kinds and lengths
    shape_ends TEXT COLLATE "C",            -- why it ends before the body does
    whole      TEXT COLLATE "C",            -- JSON: with the values
    PRIMARY KEY (tenant, id)
);
CREATE INDEX kept_request_of    ON kept_request (tenant, request_id, id);
CREATE INDEX kept_request_at    ON kept_request (tenant, at);
CREATE INDEX kept_request_whole ON kept_request (tenant, at) WHERE whole IS NOT NULL;
-- Until when an organisation has the values kept.
ALTER TABLE organisation ADD COLUMN values_until BIGINT;
-- When a person was erased last: what came before and is not stored yet is not kept.
ALTER TABLE organisation ADD COLUMN requests_since BIGINT;
