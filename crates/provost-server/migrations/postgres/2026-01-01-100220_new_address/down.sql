DELETE FROM one_time WHERE kind = 'address';
CREATE TABLE one_time_before (
    hash    BYTEA  PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind = 'setup' OR kind = 'reset'),
    tenant  BIGINT,
    account BIGINT,
    ends    BIGINT NOT NULL,
    used    BIGINT,
    CHECK ((kind = 'setup') = (tenant IS NOT NULL)),
    CHECK ((kind = 'reset') = (account IS NOT NULL))
);
INSERT INTO one_time_before (hash, kind, tenant, account, ends, used)
    SELECT hash, kind, tenant, account, ends, used FROM one_time;
DROP TABLE one_time;
ALTER TABLE one_time_before RENAME TO one_time;
