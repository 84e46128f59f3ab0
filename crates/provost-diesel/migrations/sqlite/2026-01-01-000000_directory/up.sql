-- The directory. Keys start with the tenant. Texts compare byte by byte (SQLite's default), which is the order of
-- code points; folding is done before a value comes here. No triggers, no sequences, no foreign keys: what a delete
-- takes along is written in one place, the code.

-- Narrow rows: what is looked up, counted, sorted or joined. The documents, twenty times as large, are kept apart so
-- that members of a group and counts are read from few pages, and so that a change of members rewrites little.
CREATE TABLE scim_resource (
    seq             INTEGER PRIMARY KEY NOT NULL, -- made by the server, grows with creation
    tenant          BIGINT NOT NULL,
    kind            TEXT   NOT NULL,              -- name of the resource type: custom types need no registration
    id              TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    created         BIGINT NOT NULL,              -- milliseconds since 1970
    modified        BIGINT NOT NULL,
    active          BOOLEAN,                      -- NULL: no value, which is not active
    label           TEXT,                         -- how other resources display this one
    label_key       TEXT,                         -- the same folded, where display_key is not it
    user_name_key   TEXT,                         -- folded values from here on; NULL: none
    external_id     TEXT,
    display_key     TEXT,
    family_key      TEXT,
    given_key       TEXT,
    manager         TEXT,
    employee_number TEXT,
    department      TEXT
);
CREATE UNIQUE INDEX scim_resource_id ON scim_resource (tenant, id, kind);
-- pages and counts in order of creation: an index ends with the row's key
CREATE INDEX scim_resource_kind     ON scim_resource (tenant, kind);
CREATE INDEX scim_resource_created  ON scim_resource (tenant, kind, created);
CREATE INDEX scim_resource_modified ON scim_resource (tenant, kind, modified);
CREATE INDEX scim_resource_active   ON scim_resource (tenant, kind, active);
-- whole, so that lists are sorted by them without a sort. The one key that is always unique is so here: a row of
-- unique_key for it would cost each new user an eighth more of pages written
CREATE UNIQUE INDEX scim_resource_user_name ON scim_resource (tenant, kind, user_name_key);
CREATE INDEX scim_resource_display ON scim_resource (tenant, kind, display_key);
-- partial, so that a type which has no such attribute pays nothing
CREATE INDEX scim_resource_external_id ON scim_resource (tenant, kind, external_id)     WHERE external_id IS NOT NULL;
CREATE INDEX scim_resource_family      ON scim_resource (tenant, kind, family_key)      WHERE family_key IS NOT NULL;
CREATE INDEX scim_resource_given       ON scim_resource (tenant, kind, given_key)       WHERE given_key IS NOT NULL;
CREATE INDEX scim_resource_manager     ON scim_resource (tenant, kind, manager)         WHERE manager IS NOT NULL;
CREATE INDEX scim_resource_employee    ON scim_resource (tenant, kind, employee_number) WHERE employee_number IS NOT NULL;
CREATE INDEX scim_resource_department  ON scim_resource (tenant, kind, department)      WHERE department IS NOT NULL;

CREATE TABLE scim_document (
    seq    INTEGER PRIMARY KEY NOT NULL,
    folded TEXT NOT NULL, -- values that no column holds, as folded texts: for filters and sorts
    doc    TEXT NOT NULL  -- the text that is served
);

-- Who belongs to whom, both ways.
CREATE TABLE scim_member (
    group_seq  BIGINT NOT NULL,
    member_seq BIGINT NOT NULL,
    PRIMARY KEY (group_seq, member_seq)
) WITHOUT ROWID;
CREATE INDEX scim_member_of ON scim_member (member_seq, group_seq);

-- Values that no two resources of a type may share, userName excepted. A table and not unique indices, because a
-- tenant may switch the rule on for an attribute (displayName of groups, externalId) and off again.
CREATE TABLE scim_unique_key (
    tenant    BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    attribute TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, attribute, key)
) WITHOUT ROWID;
CREATE INDEX scim_unique_key_of ON scim_unique_key (seq);

-- One row per element of an indexed multi-valued attribute, so that a value path needs no join.
CREATE TABLE scim_element (
    seq        BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    ord        BIGINT NOT NULL,
    tenant     BIGINT NOT NULL,
    value_key  TEXT,
    type_key   TEXT,
    is_primary TEXT,             -- 'true', 'false'
    PRIMARY KEY (seq, path, ord)
) WITHOUT ROWID;
CREATE INDEX scim_element_value ON scim_element (tenant, path, value_key);

-- count(*) costs a walk over an index; one writer keeps these exact.
CREATE TABLE scim_counter (
    tenant  BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    total   BIGINT NOT NULL,
    deleted BIGINT NOT NULL, -- how many were ever deleted: pages remembered by place are stale when it moves
    PRIMARY KEY (tenant, kind)
) WITHOUT ROWID;

-- How the folded values of all rows were made; where it is not how this program makes them, they are made anew.
CREATE TABLE scim_derivation (
    fingerprint TEXT PRIMARY KEY NOT NULL
) WITHOUT ROWID;
