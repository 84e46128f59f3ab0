CREATE TABLE scim_document_alone (seq INTEGER PRIMARY KEY NOT NULL, folded TEXT NOT NULL, doc TEXT NOT NULL);
INSERT INTO scim_document_alone (seq, folded, doc) SELECT seq, folded, doc FROM scim_document ORDER BY seq;
DROP TABLE scim_document;
ALTER TABLE scim_document_alone RENAME TO scim_document;

CREATE TABLE scim_member_alone (
    group_seq  BIGINT NOT NULL,
    member_seq BIGINT NOT NULL,
    PRIMARY KEY (group_seq, member_seq)
) WITHOUT ROWID;
INSERT INTO scim_member_alone (group_seq, member_seq) SELECT group_seq, member_seq FROM scim_member;
DROP TABLE scim_member;
ALTER TABLE scim_member_alone RENAME TO scim_member;
CREATE INDEX scim_member_of ON scim_member (member_seq, group_seq);

CREATE TABLE scim_element_alone (
    seq        BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    ord        BIGINT NOT NULL,
    tenant     BIGINT NOT NULL,
    value_key  TEXT,
    type_key   TEXT,
    is_primary TEXT,
    PRIMARY KEY (seq, path, ord)
) WITHOUT ROWID;
INSERT INTO scim_element_alone (seq, path, ord, tenant, value_key, type_key, is_primary)
    SELECT seq, path, ord, tenant, value_key, type_key, is_primary FROM scim_element;
DROP TABLE scim_element;
ALTER TABLE scim_element_alone RENAME TO scim_element;
CREATE INDEX scim_element_value ON scim_element (tenant, path, value_key);

DROP INDEX scim_unique_key_of;
CREATE INDEX scim_unique_key_of ON scim_unique_key (seq);
