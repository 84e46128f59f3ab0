-- From how many memberships on that end by SCIM within an hour an organisation brakes, and how.
ALTER TABLE organisation ADD COLUMN brake TEXT COLLATE "C" NOT NULL DEFAULT 'warn' CHECK (brake = 'warn' OR brake = 'stop');
ALTER TABLE organisation ADD COLUMN brake_least BIGINT NOT NULL DEFAULT 50;
ALTER TABLE organisation ADD COLUMN brake_percent BIGINT NOT NULL DEFAULT 10;

-- How many memberships ended by SCIM in a minute. What is older than an hour is swept away.
CREATE TABLE membership_end (
    tenant BIGINT NOT NULL,
    minute BIGINT NOT NULL,  -- since 1970
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant, minute)
);
CREATE INDEX membership_end_minute ON membership_end (minute);

-- What is known of the brake of an organisation in which memberships ended. Whoever ends one holds the row.
CREATE TABLE brake (
    tenant       BIGINT PRIMARY KEY NOT NULL,
    reached      BIGINT,  -- when a membership last ended that was one too many
    size         BIGINT,  -- of the organisation an hour before it was counted
    sized        BIGINT,  -- when that was
    lifted       BIGINT,  -- since when others may end all the same
    lifted_until BIGINT,
    lifted_left  BIGINT   -- how many; none: as many as come
);
