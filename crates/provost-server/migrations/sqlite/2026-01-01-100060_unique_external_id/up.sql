-- Whether no two resources of a type may have the same externalId. While it is on, unique_key holds the key of each.
ALTER TABLE organisation ADD COLUMN unique_external_id BOOLEAN NOT NULL DEFAULT FALSE;
