-- Times are milliseconds since 1970. Tenant first in every key, but for what is looked up before the tenant is known.
CREATE TABLE organisation (
    tenant TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    default_role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE token (
    key_id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES organisation (tenant) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    hash_version BIGINT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE INDEX token_tenant ON token (tenant);
