-- (Lists of words are spelt out with OR: for IN SQLite builds a table at each insert.)
-- Memberships and teams get keys of their own, so that they can exist without a SCIM user or group. The keys are numbers of 63
-- bits, ordered by time: here 42 bits of the row's time, then a number that counts.

-- Who signs in. Accounts belong to no organisation.
CREATE TABLE account (
    id        INTEGER PRIMARY KEY NOT NULL,
    login_key TEXT UNIQUE,                -- folded sign-in address; NULL: comes through an identity provider only
    email     TEXT,
    name      TEXT   NOT NULL,
    password  TEXT,                       -- argon2id
    epoch     BIGINT NOT NULL DEFAULT 0,  -- counts up to end all sessions
    created   BIGINT NOT NULL
);

CREATE TABLE membership_of_person (
    tenant      BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    user_seq    BIGINT,                   -- the SCIM user behind it, by whom the person is called
    account     BIGINT,                   -- who signs in
    email       TEXT,                     -- of a person whom no directory names
    email_key   TEXT,                     -- the same folded
    name        TEXT,
    role        TEXT   NOT NULL CHECK (role = 'owner' OR role = 'manager' OR role = 'member'),
    role_source TEXT   NOT NULL CHECK (role_source = 'default' OR role_source = 'attribute' OR role_source = 'rule' OR role_source = 'hand'),
    role_reason TEXT,                     -- the role's name in an earlier release, if it is another now
    state       TEXT   NOT NULL CHECK (state = 'provisioned' OR state = 'invited' OR state = 'joined'),
    managed_by  TEXT   NOT NULL CHECK (managed_by = 'scim' OR managed_by = 'hand'),
    created     BIGINT NOT NULL,
    joined      BIGINT,
    last_seen   BIGINT,
    unassigned  BIGINT,                   -- when the identity provider un-assigned a user with the address of this membership by hand
    PRIMARY KEY (tenant, id),
    CHECK ((managed_by = 'scim') = (user_seq IS NOT NULL)),
    CHECK (managed_by = 'scim' OR email_key IS NOT NULL OR account IS NOT NULL),
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK ((state = 'joined') = (account IS NOT NULL)),
    CHECK (role <> 'owner' OR role_source = 'hand')
) WITHOUT ROWID;
-- Other words than today's three were free text, and gave no right: they come to `member`, and nobody is an owner by them.
INSERT INTO membership_of_person (tenant, id, user_seq, role, role_source, role_reason, state, managed_by, created)
    SELECT tenant, (created << 21) | (row_number() OVER (ORDER BY created, tenant, user_seq) & 2097151), user_seq,
        CASE lower(trim(role)) WHEN 'owner' THEN 'manager' WHEN 'manager' THEN 'manager' ELSE 'member' END, 'default',
        CASE WHEN lower(trim(role)) NOT IN ('manager', 'member') THEN role END, state, managed_by, created
    FROM membership;
DROP TABLE membership;
ALTER TABLE membership_of_person RENAME TO membership;
CREATE UNIQUE INDEX membership_user    ON membership (tenant, user_seq)  WHERE user_seq  IS NOT NULL;
CREATE UNIQUE INDEX membership_account ON membership (tenant, account)   WHERE account   IS NOT NULL;
CREATE UNIQUE INDEX membership_address ON membership (tenant, email_key) WHERE email_key IS NOT NULL;
-- few, and asked for before one goes
CREATE INDEX membership_owner ON membership (tenant, role, account) WHERE role = 'owner';

-- The account that had joined for a SCIM user who is without access: it has the membership again when the user has.
CREATE TABLE known_account (
    tenant   BIGINT NOT NULL,
    user_seq BIGINT NOT NULL,
    account  BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_seq)
) WITHOUT ROWID;

CREATE TABLE team_of_people (
    tenant     BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    group_seq  BIGINT,                    -- the SCIM group that it follows; NULL: made by hand
    group_id   TEXT,
    slug       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    managed_by TEXT   NOT NULL CHECK (managed_by = 'scim' OR managed_by = 'hand'),
    created    BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    CHECK ((managed_by = 'scim') = (group_seq IS NOT NULL)),
    CHECK ((group_id IS NULL) = (group_seq IS NULL))
) WITHOUT ROWID;
INSERT INTO team_of_people (tenant, id, group_seq, group_id, slug, name, managed_by, created)
    SELECT tenant, (created << 21) | (row_number() OVER (ORDER BY created, tenant, group_seq) & 2097151), group_seq, group_id,
        slug, name, 'scim', created
    FROM team;
CREATE UNIQUE INDEX team_group ON team_of_people (tenant, group_seq) WHERE group_seq IS NOT NULL;

CREATE TABLE team_membership_of_people (
    tenant     BIGINT NOT NULL,
    team       BIGINT NOT NULL,
    membership BIGINT NOT NULL,
    source     TEXT   NOT NULL CHECK (source = 'scim' OR source = 'rule' OR source = 'hand'),
    PRIMARY KEY (tenant, team, membership)
) WITHOUT ROWID;
INSERT INTO team_membership_of_people (tenant, team, membership, source)
    SELECT x.tenant, t.id, m.id, 'scim'
    FROM team_membership x
    JOIN team_of_people t ON t.tenant = x.tenant AND t.group_seq = x.group_seq
    JOIN membership m ON m.tenant = x.tenant AND m.user_seq = x.user_seq
    ORDER BY x.tenant, t.id, m.id;
DROP TABLE team_membership;
DROP TABLE team;
ALTER TABLE team_of_people RENAME TO team;
ALTER TABLE team_membership_of_people RENAME TO team_membership;
CREATE UNIQUE INDEX team_slug  ON team (tenant, slug);
CREATE INDEX team_membership_of ON team_membership (tenant, membership);

-- The Default Role is one of two words now; the other word that it was, if it was one.
ALTER TABLE organisation ADD COLUMN default_role_reason TEXT;
UPDATE organisation SET
    default_role_reason = CASE WHEN lower(trim(default_role)) NOT IN ('manager', 'member') THEN default_role END,
    default_role = CASE lower(trim(default_role)) WHEN 'owner' THEN 'manager' WHEN 'manager' THEN 'manager' ELSE 'member' END;

-- Short names that an organisation had: no other one ever gets them.
CREATE TABLE former_slug (
    slug   TEXT   PRIMARY KEY NOT NULL,
    tenant BIGINT NOT NULL
) WITHOUT ROWID;
