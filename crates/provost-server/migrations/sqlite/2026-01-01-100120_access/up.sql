-- Sign-in. Of what opens something only a SHA-256 is kept: all of it is 256 random bits.

-- A browser that is signed in. The row stays for a day after its end, with the reason.
CREATE TABLE session (
    id      BLOB   PRIMARY KEY NOT NULL,  -- SHA-256 of what the cookie holds
    account BIGINT NOT NULL,
    tenant  BIGINT,                       -- the organisation that it is confined to; NULL: none
    epoch   BIGINT NOT NULL,              -- the account's, at the beginning
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,              -- to the minute
    ends    BIGINT NOT NULL,
    address TEXT   NOT NULL,
    browser TEXT   NOT NULL,
    ended   BIGINT,
    reason  TEXT
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_tenant  ON session (tenant) WHERE tenant IS NOT NULL;

-- A link that is good once and for a while.
CREATE TABLE one_time (
    hash    BLOB   PRIMARY KEY NOT NULL,
    kind    TEXT   NOT NULL CHECK (kind = 'setup' OR kind = 'reset'),
    tenant  BIGINT,                       -- of `setup`
    account BIGINT,                       -- of `reset`
    ends    BIGINT NOT NULL,
    used    BIGINT,
    CHECK ((kind = 'setup') = (tenant IS NOT NULL)),
    CHECK ((kind = 'reset') = (account IS NOT NULL))
) WITHOUT ROWID;

-- Failed sign-ins, counted from the first one on: by account, by address, and by browser.
CREATE TABLE attempt (
    kind     TEXT   NOT NULL CHECK (kind = 'account' OR kind = 'address' OR kind = 'browser'),
    key      BLOB   NOT NULL,             -- SHA-256
    failures BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX attempt_since ON attempt (since);

-- Browsers that signed in to an account before.
CREATE TABLE known_browser (
    hash    BLOB   NOT NULL,
    account BIGINT NOT NULL,
    ends    BIGINT NOT NULL,
    PRIMARY KEY (hash, account)
) WITHOUT ROWID;
