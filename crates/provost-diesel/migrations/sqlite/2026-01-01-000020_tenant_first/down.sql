CREATE TABLE document_alone (seq INTEGER PRIMARY KEY NOT NULL, folded TEXT NOT NULL, doc TEXT NOT NULL);
INSERT INTO document_alone (seq, folded, doc) SELECT seq, folded, doc FROM document ORDER BY seq;
DROP TABLE document;
ALTER TABLE document_alone RENAME TO document;

CREATE TABLE member_alone (
    group_seq  BIGINT NOT NULL,
    member_seq BIGINT NOT NULL,
    PRIMARY KEY (group_seq, member_seq)
) WITHOUT ROWID;
INSERT INTO member_alone (group_seq, member_seq) SELECT group_seq, member_seq FROM member;
DROP TABLE member;
ALTER TABLE member_alone RENAME TO member;
CREATE INDEX member_of ON member (member_seq, group_seq);

CREATE TABLE element_alone (
    seq        BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    ord        BIGINT NOT NULL,
    tenant     BIGINT NOT NULL,
    value_key  TEXT,
    type_key   TEXT,
    is_primary TEXT,
    PRIMARY KEY (seq, path, ord)
) WITHOUT ROWID;
INSERT INTO element_alone (seq, path, ord, tenant, value_key, type_key, is_primary)
    SELECT seq, path, ord, tenant, value_key, type_key, is_primary FROM element;
DROP TABLE element;
ALTER TABLE element_alone RENAME TO element;
CREATE INDEX element_value ON element (tenant, path, value_key);

DROP INDEX unique_key_of;
CREATE INDEX unique_key_of ON unique_key (seq);
