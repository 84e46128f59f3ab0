-- The directory. The tenant comes first in every key (docs/decisions/006), so that the tables can be partitioned by it. Texts
-- compare byte by byte, which is the order of code points, whatever the collation of the database; folding is done before a
-- value comes here. No triggers, no sequences, no foreign keys: what a delete takes along is written in one place, the code.

-- Narrow rows: what is looked up, counted, sorted or joined. The documents, twenty times as large, are kept apart so that members
-- of a group and counts are read from few pages, and so that a change of members rewrites little.
CREATE TABLE scim_resource (
    seq             BIGINT NOT NULL,             -- made by the server, grows with creation
    tenant          BIGINT NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,   -- name of the resource type: custom types need no registration
    id              TEXT COLLATE "C" NOT NULL,
    version         BIGINT NOT NULL,
    created         BIGINT NOT NULL,             -- milliseconds since 1970
    modified        BIGINT NOT NULL,
    active          BOOLEAN,                     -- NULL: no value, which is not active
    label           TEXT COLLATE "C",            -- how other resources display this one
    label_key       TEXT COLLATE "C",            -- the same folded, where display_key is not it
    user_name_key   TEXT COLLATE "C",            -- folded values from here on; NULL: none
    external_id     TEXT COLLATE "C",
    display_key     TEXT COLLATE "C",
    family_key      TEXT COLLATE "C",
    given_key       TEXT COLLATE "C",
    manager         TEXT COLLATE "C",
    employee_number TEXT COLLATE "C",
    department      TEXT COLLATE "C",
    PRIMARY KEY (tenant, seq)
) WITH (fillfactor = 90); -- room for the next version of a row in its page
CREATE UNIQUE INDEX scim_resource_id ON scim_resource (tenant, id, kind);
-- the last column gives the rows in order of creation
CREATE INDEX scim_resource_kind     ON scim_resource (tenant, kind, seq);
CREATE INDEX scim_resource_created  ON scim_resource (tenant, kind, created, seq);
CREATE INDEX scim_resource_modified ON scim_resource (tenant, kind, modified, seq);
CREATE INDEX scim_resource_active   ON scim_resource (tenant, kind, active, seq);
-- whole, so that lists are sorted by them without a sort
CREATE UNIQUE INDEX scim_resource_user_name ON scim_resource (tenant, kind, user_name_key);
CREATE INDEX scim_resource_display ON scim_resource (tenant, kind, display_key, seq);
-- partial, so that a type which has no such attribute pays nothing
CREATE INDEX scim_resource_external_id ON scim_resource (tenant, kind, external_id, seq)     WHERE external_id IS NOT NULL;
CREATE INDEX scim_resource_family      ON scim_resource (tenant, kind, family_key, seq)      WHERE family_key IS NOT NULL;
CREATE INDEX scim_resource_given       ON scim_resource (tenant, kind, given_key, seq)       WHERE given_key IS NOT NULL;
CREATE INDEX scim_resource_manager     ON scim_resource (tenant, kind, manager, seq)         WHERE manager IS NOT NULL;
CREATE INDEX scim_resource_employee    ON scim_resource (tenant, kind, employee_number, seq) WHERE employee_number IS NOT NULL;
CREATE INDEX scim_resource_department  ON scim_resource (tenant, kind, department, seq)      WHERE department IS NOT NULL;

CREATE TABLE scim_document (
    tenant BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    folded JSONB NOT NULL,           -- values that no column holds, as folded texts: for filters and sorts
    doc    TEXT COLLATE "C" NOT NULL, -- the text that is served
    PRIMARY KEY (tenant, seq)
);

-- Who belongs to whom, both ways.
CREATE TABLE scim_member (
    tenant     BIGINT NOT NULL,
    group_seq  BIGINT NOT NULL,
    member_seq BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq, member_seq)
);
CREATE INDEX scim_member_of ON scim_member (tenant, member_seq, group_seq);

-- Values that no two resources of a type may share, userName excepted. A table and not unique indices, because a tenant may
-- switch the rule on for an attribute (displayName of groups, externalId) and off again.
CREATE TABLE scim_unique_key (
    tenant    BIGINT NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, attribute, key)
);
CREATE INDEX scim_unique_key_of ON scim_unique_key (tenant, seq);

-- One row per element of an indexed multi-valued attribute, so that a value path needs no join.
CREATE TABLE scim_element (
    tenant     BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    ord        BIGINT NOT NULL,
    value_key  TEXT COLLATE "C",
    type_key   TEXT COLLATE "C",
    is_primary TEXT COLLATE "C",     -- 'true', 'false'
    PRIMARY KEY (tenant, seq, path, ord)
);
CREATE INDEX scim_element_value ON scim_element (tenant, path, value_key, type_key, is_primary, seq);

-- How the folded values of all rows were made; where it is not how this program makes them, they are made anew.
CREATE TABLE scim_derivation (
    fingerprint TEXT COLLATE "C" PRIMARY KEY
);
-- Types of which resources may be stored without `active`, from when that meant active. No version that did so knew PostgreSQL, but
-- rows may be moved here from a database of one.
CREATE TABLE scim_active_pending (
    kind TEXT COLLATE "C" PRIMARY KEY
);
