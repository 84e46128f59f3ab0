-- What was made by hand has no place in the earlier form, and goes.
DROP TABLE former_slug;
UPDATE organisation SET default_role = default_role_reason WHERE default_role_reason IS NOT NULL;
ALTER TABLE organisation DROP COLUMN default_role_reason;

CREATE TABLE team_membership_of_user (
    tenant    BIGINT NOT NULL,
    group_seq BIGINT NOT NULL,
    user_seq  BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq, user_seq)
) WITHOUT ROWID;
INSERT INTO team_membership_of_user (tenant, group_seq, user_seq)
    SELECT x.tenant, t.group_seq, m.user_seq
    FROM team_membership x
    JOIN team t ON t.tenant = x.tenant AND t.id = x.team
    JOIN membership m ON m.tenant = x.tenant AND m.id = x.membership
    WHERE t.group_seq IS NOT NULL AND m.user_seq IS NOT NULL;
DROP TABLE team_membership;
ALTER TABLE team_membership_of_user RENAME TO team_membership;
CREATE INDEX team_membership_user ON team_membership (tenant, user_seq);

CREATE TABLE team_of_group (
    tenant    BIGINT NOT NULL,
    group_seq BIGINT NOT NULL,
    group_id  TEXT   NOT NULL,
    slug      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_seq)
) WITHOUT ROWID;
INSERT INTO team_of_group (tenant, group_seq, group_id, slug, name, created)
    SELECT tenant, group_seq, group_id, slug, name, created FROM team WHERE group_seq IS NOT NULL;
DROP TABLE team;
ALTER TABLE team_of_group RENAME TO team;
CREATE UNIQUE INDEX team_slug ON team (tenant, slug);

CREATE TABLE membership_of_user (
    tenant     BIGINT NOT NULL,
    user_seq   BIGINT NOT NULL,
    role       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    managed_by TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_seq)
) WITHOUT ROWID;
INSERT INTO membership_of_user (tenant, user_seq, role, state, managed_by, created)
    SELECT tenant, user_seq, coalesce(role_reason, role), state, managed_by, created FROM membership WHERE user_seq IS NOT NULL;
DROP TABLE membership;
ALTER TABLE membership_of_user RENAME TO membership;
DROP TABLE known_account;
DROP TABLE account;
