-- What is left of an organisation that was deleted: nothing of it is to answer again, not even after a backup is restored in which
-- it was still there. Of one that an earlier release deleted only the key and the short name are known.
CREATE TABLE deleted_organisation (
    tenant  BIGINT PRIMARY KEY NOT NULL,
    slug    TEXT NOT NULL,
    at      BIGINT,
    made_by TEXT -- who gave the command, as the machine calls them
);
INSERT INTO deleted_organisation (tenant, slug)
    SELECT tenant, min(slug) FROM former_slug
    WHERE tenant NOT IN (SELECT tenant FROM organisation) GROUP BY tenant;
