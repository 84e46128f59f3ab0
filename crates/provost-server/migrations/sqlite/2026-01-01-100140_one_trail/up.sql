-- Who else changes something, beside the clients of SCIM. The organisation 0 is the installation itself.
ALTER TABLE audit ADD COLUMN made_by TEXT;      -- person, link, command, worker, stranger; NULL: a client, whose key id is the actor
ALTER TABLE audit ADD COLUMN person TEXT;       -- JSON: all that names people, and a salt. It can be blanked
ALTER TABLE audit ADD COLUMN person_hash BLOB;  -- SHA-256 of what person was at first
