-- The short name that is in the values which the identity provider has: they go on working after the organisation is named differently.
ALTER TABLE sso_connection ADD COLUMN tested_slug TEXT;
UPDATE sso_connection SET tested_slug = (SELECT o.slug FROM organisation o WHERE o.tenant = sso_connection.tenant) WHERE tested IS NOT NULL;
