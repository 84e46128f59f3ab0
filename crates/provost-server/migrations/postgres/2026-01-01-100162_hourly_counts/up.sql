-- What clients did in an hour: counted when it is sealed, in the same transaction.
CREATE TABLE hourly (
    tenant BIGINT NOT NULL,
    hour   BIGINT NOT NULL,  -- since 1970
    what   TEXT COLLATE "C" NOT NULL,  -- added, changed, removed, failed, left-out, rule
    name   TEXT COLLATE "C" NOT NULL,  -- type of resource, or of the rule
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, what, name)
);
