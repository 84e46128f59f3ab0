-- How an organisation invites the people whom SCIM brings, for how long an invitation is good, and who may invite by hand.
ALTER TABLE organisation ADD COLUMN invitations TEXT NOT NULL DEFAULT 'assignment'
    CHECK (invitations = 'off' OR invitations = 'assignment' OR invitations = 'team' OR invitations = 'digest');
ALTER TABLE organisation ADD COLUMN invitation_days BIGINT NOT NULL DEFAULT 7;
ALTER TABLE organisation ADD COLUMN inviters TEXT NOT NULL DEFAULT 'managers'
    CHECK (inviters = 'managers' OR inviters = 'owners' OR inviters = 'nobody');
ALTER TABLE organisation ADD COLUMN inviters_note TEXT;  -- what is said to those who may not

-- Mail that is to be sent. A row holds no secret: links are made when it is sent.
CREATE TABLE outbox (
    tenant     BIGINT NOT NULL,            -- 0: of the installation
    name       TEXT   NOT NULL,            -- what it is about; nothing is put in twice
    kind       TEXT   NOT NULL,
    membership BIGINT,                     -- with which it goes
    detail     TEXT   NOT NULL,            -- a JSON object
    state      TEXT   NOT NULL CHECK (state = 'waiting' OR state = 'sending' OR state = 'sent' OR state = 'failed'),
    due        BIGINT,                     -- when to look at it next: of one that is being sent, when another server may take it
    attempts   BIGINT NOT NULL DEFAULT 0,
    begun      BIGINT,                     -- the first attempt
    error      TEXT,
    recipient  BLOB,                       -- SHA-256 of the folded address
    made       BIGINT NOT NULL,
    sent       BIGINT,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;
CREATE INDEX outbox_due        ON outbox (due)                WHERE due        IS NOT NULL;
CREATE INDEX outbox_membership ON outbox (tenant, membership) WHERE membership IS NOT NULL;
CREATE INDEX outbox_recipient  ON outbox (recipient, sent)    WHERE recipient  IS NOT NULL;
CREATE INDEX outbox_state      ON outbox (state, sent);

-- What became of the invitation to a membership. Where there is none, it is waiting in the outbox, or nobody was invited.
CREATE TABLE invitation (
    tenant     BIGINT NOT NULL,
    membership BIGINT NOT NULL,
    number     BIGINT NOT NULL,            -- of the last link
    state      TEXT   NOT NULL CHECK (state = 'sent' OR state = 'bounced' OR state = 'accepted' OR state = 'ended' OR state = 'withdrawn'),
    address    TEXT,                       -- to which the last link was sent, or could not be
    error      TEXT,                       -- why not
    sent       BIGINT,
    ends       BIGINT,
    PRIMARY KEY (tenant, membership)
) WITHOUT ROWID;
CREATE INDEX invitation_ends ON invitation (state, ends);

-- The links of invitations, of which hashes are kept. An account that is made by one signs in with its address.
CREATE TABLE invitation_link (
    hash       BLOB   PRIMARY KEY NOT NULL,
    tenant     BIGINT NOT NULL,
    membership BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    address    TEXT   NOT NULL,
    ends       BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX invitation_link_membership ON invitation_link (tenant, membership);
