-- The records of an audit trail are sealed one after the other, by a follower.
CREATE TABLE seal (
    tenant  BIGINT  NOT NULL,
    number  BIGINT  NOT NULL,  -- from 1 on, without a gap
    record  TEXT    NOT NULL,  -- id in audit
    refused BOOLEAN NOT NULL,  -- whether it tells of something that was refused, which is not kept for ever
    digest  BLOB    NOT NULL,  -- SHA-256 of the record
    hash    BLOB    NOT NULL,  -- SHA-256 of all that, and of the hash before
    PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX seal_record ON seal (tenant, record);

-- The last seal of each trail, and the one from which on there are any.
CREATE TABLE chain (
    tenant      BIGINT PRIMARY KEY NOT NULL,
    number      BIGINT NOT NULL,
    hash        BLOB   NOT NULL,
    base_number BIGINT NOT NULL,
    base_hash   BLOB   NOT NULL
);

-- Work that one of several servers does.
CREATE TABLE lease (
    name   TEXT   PRIMARY KEY NOT NULL,
    holder TEXT   NOT NULL,
    ends   BIGINT NOT NULL
) WITHOUT ROWID;
