-- Whether an identity provider may provision the organisation, and which one it is.
ALTER TABLE organisation ADD COLUMN scim BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE organisation ADD COLUMN provider TEXT;  -- NULL: the one that the profile was made for

-- What was heard of a token, the first and the last time, to the minute.
CREATE TABLE milestone (
    tenant BIGINT NOT NULL,
    key_id TEXT   NOT NULL REFERENCES token (key_id) ON DELETE CASCADE,
    what   TEXT   NOT NULL,
    first  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (tenant, key_id, what)
) WITHOUT ROWID;
