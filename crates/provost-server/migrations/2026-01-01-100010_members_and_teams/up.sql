-- A seat in the organisation: exists exactly while its SCIM user is active.
-- user_name, display_name and email repeat what the directory says, and follow it in the same transaction.
CREATE TABLE membership (
    tenant TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    display_name TEXT,
    email TEXT,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    managed_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id)
);

-- Exists exactly while its SCIM group does.
CREATE TABLE team (
    tenant TEXT NOT NULL,
    group_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, group_id),
    UNIQUE (tenant, slug)
);

-- Exists exactly while the user is in the group and holds a membership.
CREATE TABLE team_membership (
    tenant TEXT NOT NULL,
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (tenant, group_id, user_id)
);

CREATE INDEX team_membership_user ON team_membership (tenant, user_id);
