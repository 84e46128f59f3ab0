-- How members are listed. Their names lie in documents of the directory, which no index reads; so what they are called is kept beside
-- them, folded: `sort`, by which they are ordered, and `search`, in which a search looks (`people/called.rs` makes both; rows of
-- before get theirs in the same transaction). `shown` is the state that the list shows, of membership and invitation.
ALTER TABLE membership ADD COLUMN sort   TEXT;
ALTER TABLE membership ADD COLUMN search TEXT;
ALTER TABLE membership ADD COLUMN shown  TEXT NOT NULL DEFAULT 'provisioned'
    CHECK (shown = 'joined' OR shown = 'invited' OR shown = 'ended' OR shown = 'bounced' OR shown = 'provisioned');
UPDATE membership SET shown = CASE WHEN state = 'joined' THEN state ELSE coalesce((SELECT i.state FROM invitation i
    WHERE i.tenant = membership.tenant AND i.membership = membership.id AND (i.state = 'ended' OR i.state = 'bounced')), state) END;
-- all that a page of the list is chosen by, so that choosing reads nothing else
CREATE INDEX membership_listed ON membership (tenant, sort, id, shown, role, search);

-- The users of the directory who are not active, and hold no membership.
CREATE TABLE without_access (
    tenant     BIGINT NOT NULL,
    user_seq   BIGINT NOT NULL,
    sort       TEXT NOT NULL,
    search     TEXT NOT NULL,
    unassigned BIGINT, -- when the membership ended, where that is known
    PRIMARY KEY (tenant, user_seq)
) WITHOUT ROWID;
CREATE INDEX without_access_listed ON without_access (tenant, sort, user_seq, search);

-- How many people an organisation invited on the page within an hour, which has a bound.
CREATE TABLE invited_by_hand (
    tenant BIGINT PRIMARY KEY NOT NULL,
    since  BIGINT NOT NULL,
    number BIGINT NOT NULL
);
