-- Times are milliseconds since 1970. The tenant comes first in every key, but for what is looked up before it is known.
CREATE TABLE organisation (
    tenant       INTEGER PRIMARY KEY NOT NULL, -- random: no other organisation ever gets it again
    slug         TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    profile      TEXT   NOT NULL,
    default_role TEXT   NOT NULL,
    created      BIGINT NOT NULL
);

CREATE TABLE token (
    key_id       TEXT   NOT NULL PRIMARY KEY,
    tenant       BIGINT NOT NULL REFERENCES organisation (tenant) ON DELETE CASCADE,
    phc          TEXT   NOT NULL,
    hash_version BIGINT NOT NULL,              -- counts up when phc is written anew
    label        TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT,
    revoked      BIGINT,
    last_used    BIGINT                        -- to the minute
) WITHOUT ROWID;
CREATE INDEX token_tenant ON token (tenant);
