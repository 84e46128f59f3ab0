-- Links that confirm an address, by which an account signs in after that. A CHECK cannot be changed, so the table is made anew.
CREATE TABLE one_time_anew (
    hash    BYTEA  PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('setup', 'reset', 'address')),
    tenant  BIGINT,                       -- of `setup`
    account BIGINT,                       -- of the others
    ends    BIGINT NOT NULL,
    used    BIGINT,
    email   TEXT COLLATE "C",             -- of `address`
    CHECK ((kind = 'setup') = (tenant IS NOT NULL)),
    CHECK ((kind <> 'setup') = (account IS NOT NULL)),
    CHECK ((kind = 'address') = (email IS NOT NULL))
);
INSERT INTO one_time_anew (hash, kind, tenant, account, ends, used)
    SELECT hash, kind, tenant, account, ends, used FROM one_time;
DROP TABLE one_time;
ALTER TABLE one_time_anew RENAME TO one_time;
