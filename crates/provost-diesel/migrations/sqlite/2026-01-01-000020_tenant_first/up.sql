-- The tenant comes first in every key (docs/decisions/006). `seq` stays the row id of `scim_document`, as of `scim_resource`:
-- one descent finds either. Rows that belong to no resource have no tenant; nothing ever reads them, and they go.

CREATE TABLE scim_document_of_tenant (
    seq    INTEGER PRIMARY KEY NOT NULL,
    tenant BIGINT NOT NULL, -- before the texts: what stands behind them costs a walk over all their pages
    folded TEXT NOT NULL,   -- values that no column holds, as folded texts: for filters and sorts
    doc    TEXT NOT NULL    -- the text that is served
);
INSERT INTO scim_document_of_tenant (seq, tenant, folded, doc)
    SELECT d.seq, r.tenant, d.folded, d.doc FROM scim_document d CROSS JOIN scim_resource r WHERE r.seq = d.seq ORDER BY d.seq;
DROP TABLE scim_document;
ALTER TABLE scim_document_of_tenant RENAME TO scim_document;

CREATE TABLE scim_member_of_tenant (
    tenant     BIGINT NOT NULL,
    group_seq  BIGINT NOT NULL,
    member_seq BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq, member_seq)
) WITHOUT ROWID;
INSERT INTO scim_member_of_tenant (tenant, group_seq, member_seq)
    SELECT r.tenant, m.group_seq, m.member_seq FROM scim_member m CROSS JOIN scim_resource r WHERE r.seq = m.group_seq
    ORDER BY r.tenant, m.group_seq, m.member_seq;
DROP TABLE scim_member;
ALTER TABLE scim_member_of_tenant RENAME TO scim_member;
CREATE INDEX scim_member_of ON scim_member (tenant, member_seq, group_seq);

CREATE TABLE scim_element_of_tenant (
    tenant     BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    ord        BIGINT NOT NULL,
    value_key  TEXT,
    type_key   TEXT,
    is_primary TEXT,             -- 'true', 'false'
    PRIMARY KEY (tenant, seq, path, ord)
) WITHOUT ROWID;
INSERT INTO scim_element_of_tenant (tenant, seq, path, ord, value_key, type_key, is_primary)
    SELECT tenant, seq, path, ord, value_key, type_key, is_primary FROM scim_element ORDER BY tenant, seq, path, ord;
DROP TABLE scim_element;
ALTER TABLE scim_element_of_tenant RENAME TO scim_element;
-- All of a row: SQLite, which knows nothing of the sizes, takes the tenant of the key for as good as a value otherwise, and
-- would read all elements of the tenant.
CREATE INDEX scim_element_value ON scim_element (tenant, path, value_key, type_key, is_primary);

DROP INDEX scim_unique_key_of;
CREATE INDEX scim_unique_key_of ON scim_unique_key (tenant, seq);
