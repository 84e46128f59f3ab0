-- After how many seconds without a call an organisation is told that its identity provider is silent; null: as is usual for that
-- identity provider, 0: never.
ALTER TABLE organisation ADD COLUMN silent_after BIGINT;

-- The last calls of the identity provider of an organisation that came after a pause.
CREATE TABLE call_return (
    tenant BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    paused BIGINT NOT NULL,  -- milliseconds without a call before it
    PRIMARY KEY (tenant, at)
);

-- What is known of the silence of an organisation. Whoever writes about it holds the row.
CREATE TABLE silence (
    tenant BIGINT PRIMARY KEY NOT NULL,
    told   BIGINT  -- when owners were mailed last
);
