-- user_seq and group_seq are the keys of the directory's rows: never used again, even after a delete.

-- A membership in the organisation: exists exactly while its SCIM user is active. What the user is called stays in the directory.
CREATE TABLE membership (
    tenant     BIGINT NOT NULL,
    user_seq   BIGINT NOT NULL,
    role       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    managed_by TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_seq)
) WITHOUT ROWID;

-- Exists exactly while its SCIM group does.
CREATE TABLE team (
    tenant    BIGINT NOT NULL,
    group_seq BIGINT NOT NULL,
    group_id  TEXT   NOT NULL,
    slug      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX team_slug ON team (tenant, slug);

-- Exists exactly while the user is in the group and holds a membership.
CREATE TABLE team_membership (
    tenant    BIGINT NOT NULL,
    group_seq BIGINT NOT NULL,
    user_seq  BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq, user_seq)
) WITHOUT ROWID;
CREATE INDEX team_membership_user ON team_membership (tenant, user_seq);
