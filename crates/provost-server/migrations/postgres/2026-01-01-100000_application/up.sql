-- The binary's own tables. Times are milliseconds since 1970. The tenant comes first in every key, but for what is looked up
-- before it is known. Texts compare byte by byte, whatever the collation of the database. What the columns mean stands in the
-- code; the keys and rules are those of the tables on SQLite.

CREATE TABLE organisation (
    tenant              BIGINT PRIMARY KEY,           -- random: no other organisation ever gets it again
    slug                TEXT COLLATE "C" NOT NULL,
    name                TEXT COLLATE "C" NOT NULL,
    profile             TEXT COLLATE "C" NOT NULL,
    default_role        TEXT COLLATE "C" NOT NULL,
    created             BIGINT  NOT NULL,
    unique_external_id  BOOLEAN NOT NULL DEFAULT FALSE,
    default_role_reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX organisation_slug ON organisation (slug);

-- Short names that an organisation had: no other one ever gets them.
CREATE TABLE former_slug (
    slug   TEXT COLLATE "C" PRIMARY KEY,
    tenant BIGINT NOT NULL
);

CREATE TABLE token (
    key_id       TEXT COLLATE "C" PRIMARY KEY,
    tenant       BIGINT NOT NULL REFERENCES organisation (tenant) ON DELETE CASCADE,
    phc          TEXT COLLATE "C" NOT NULL,
    hash_version BIGINT NOT NULL,                     -- counts up when phc is written anew
    label        TEXT COLLATE "C" NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT,
    revoked      BIGINT,
    last_used    BIGINT                               -- to the minute
);
CREATE INDEX token_tenant ON token (tenant);

-- Who signs in. Accounts belong to no organisation.
CREATE TABLE account (
    id        BIGINT PRIMARY KEY,
    login_key TEXT COLLATE "C",                       -- folded sign-in address; NULL: comes through an identity provider only
    email     TEXT COLLATE "C",
    name      TEXT COLLATE "C" NOT NULL,
    password  TEXT COLLATE "C",                       -- argon2id
    epoch     BIGINT NOT NULL DEFAULT 0,              -- counts up to end all sessions
    created   BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_login ON account (login_key);

CREATE TABLE membership (
    tenant      BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    user_seq    BIGINT,                               -- the SCIM user behind it, by whom the person is called
    account     BIGINT,                               -- who signs in
    email       TEXT COLLATE "C",                     -- of a person whom no directory names
    email_key   TEXT COLLATE "C",                     -- the same folded
    name        TEXT COLLATE "C",
    role        TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'manager', 'member')),
    role_source TEXT COLLATE "C" NOT NULL CHECK (role_source IN ('default', 'attribute', 'rule', 'hand')),
    role_reason TEXT COLLATE "C",                     -- the role's name in an earlier release, if it is another now
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('provisioned', 'invited', 'joined')),
    managed_by  TEXT COLLATE "C" NOT NULL CHECK (managed_by IN ('scim', 'hand')),
    created     BIGINT NOT NULL,
    joined      BIGINT,
    last_seen   BIGINT,
    unassigned  BIGINT,                               -- when the identity provider un-assigned a user with the address of this membership by hand
    PRIMARY KEY (tenant, id),
    CHECK ((managed_by = 'scim') = (user_seq IS NOT NULL)),
    CHECK (managed_by = 'scim' OR email_key IS NOT NULL OR account IS NOT NULL),
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK ((state = 'joined') = (account IS NOT NULL)),
    CHECK (role <> 'owner' OR role_source = 'hand')
);
CREATE UNIQUE INDEX membership_user    ON membership (tenant, user_seq)  WHERE user_seq  IS NOT NULL;
CREATE UNIQUE INDEX membership_account ON membership (tenant, account)   WHERE account   IS NOT NULL;
CREATE UNIQUE INDEX membership_address ON membership (tenant, email_key) WHERE email_key IS NOT NULL;
-- where somebody is a member
CREATE INDEX membership_of_account ON membership (account) WHERE account IS NOT NULL;
-- few, and asked for before one goes
CREATE INDEX membership_owner ON membership (tenant, account) WHERE role = 'owner';

-- The account that had joined for a SCIM user who is without access: it has the membership again when the user has.
CREATE TABLE known_account (
    tenant   BIGINT NOT NULL,
    user_seq BIGINT NOT NULL,
    account  BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_seq)
);

CREATE TABLE team (
    tenant     BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    group_seq  BIGINT,                                -- the SCIM group that it follows; NULL: made by hand
    group_id   TEXT COLLATE "C",
    slug       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    managed_by TEXT COLLATE "C" NOT NULL CHECK (managed_by IN ('scim', 'hand')),
    created    BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    CHECK ((managed_by = 'scim') = (group_seq IS NOT NULL)),
    CHECK ((group_id IS NULL) = (group_seq IS NULL))
);
CREATE UNIQUE INDEX team_slug  ON team (tenant, slug);
CREATE UNIQUE INDEX team_group ON team (tenant, group_seq) WHERE group_seq IS NOT NULL;

CREATE TABLE team_membership (
    tenant     BIGINT NOT NULL,
    team       BIGINT NOT NULL,
    membership BIGINT NOT NULL,
    source     TEXT COLLATE "C" NOT NULL CHECK (source IN ('scim', 'rule', 'hand')),
    PRIMARY KEY (tenant, team, membership)
);
CREATE INDEX team_membership_of ON team_membership (tenant, membership);

-- Who changed what. The id is a UUIDv7, so it orders by time.
CREATE TABLE audit (
    tenant        BIGINT  NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    at            BIGINT  NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,          -- key id of a token
    request_id    TEXT COLLATE "C" NOT NULL,          -- as in the log
    operation     TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id   TEXT COLLATE "C" NOT NULL,
    version       BIGINT  NOT NULL,
    changed       BOOLEAN NOT NULL,
    notes         TEXT COLLATE "C" NOT NULL,          -- JSON: names and ids, never values
    error         TEXT COLLATE "C",                   -- why a write was refused; NULL: it was done
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_refused ON audit (tenant, at, id) WHERE error IS NOT NULL;

-- What the service must remember of itself, the same for every replica.
CREATE TABLE setting (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Sign-in. Of what opens something only a SHA-256 is kept: all of it is 256 random bits.

-- A browser that is signed in. The row stays for a day after its end, with the reason.
CREATE TABLE session (
    id      BYTEA  PRIMARY KEY,                       -- SHA-256 of what the cookie holds
    account BIGINT NOT NULL,
    tenant  BIGINT,                                   -- the organisation that it is confined to; NULL: none
    epoch   BIGINT NOT NULL,                          -- the account's, at the beginning
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,                          -- to the minute
    ends    BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    browser TEXT COLLATE "C" NOT NULL,
    ended   BIGINT,
    reason  TEXT COLLATE "C"
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_tenant  ON session (tenant) WHERE tenant IS NOT NULL;

-- A link that is good once and for a while.
CREATE TABLE one_time (
    hash    BYTEA  PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('setup', 'reset')),
    tenant  BIGINT,                                   -- of `setup`
    account BIGINT,                                   -- of `reset`
    ends    BIGINT NOT NULL,
    used    BIGINT,
    CHECK ((kind = 'setup') = (tenant IS NOT NULL)),
    CHECK ((kind = 'reset') = (account IS NOT NULL))
);

-- Failed sign-ins, counted from the first one on: by account, by address, and by browser.
CREATE TABLE attempt (
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('account', 'address', 'browser')),
    key      BYTEA  NOT NULL,                         -- SHA-256
    failures BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX attempt_since ON attempt (since);

-- Browsers that signed in to an account before.
CREATE TABLE known_browser (
    hash    BYTEA  NOT NULL,
    account BIGINT NOT NULL,
    ends    BIGINT NOT NULL,
    PRIMARY KEY (hash, account)
);
