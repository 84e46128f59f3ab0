-- Whether an identity provider may provision the organisation, and which one it is.
ALTER TABLE organisation
    ADD COLUMN scim     BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN provider TEXT COLLATE "C";  -- NULL: the one that the profile was made for

-- What was heard of a token, the first and the last time, to the minute.
CREATE TABLE milestone (
    tenant BIGINT           NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL REFERENCES token (key_id) ON DELETE CASCADE,
    what   TEXT COLLATE "C" NOT NULL,
    first  BIGINT           NOT NULL,
    last   BIGINT           NOT NULL,
    PRIMARY KEY (tenant, key_id, what)
);
