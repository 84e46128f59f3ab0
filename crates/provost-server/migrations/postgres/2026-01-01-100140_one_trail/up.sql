-- Who else changes something, beside the clients of SCIM. The organisation 0 is the installation itself.
ALTER TABLE audit
    ADD COLUMN made_by     TEXT COLLATE "C",  -- person, link, command, worker, stranger; NULL: a client, whose key id is the actor
    ADD COLUMN person      TEXT COLLATE "C",  -- JSON: all that names people, and a salt. It can be blanked
    ADD COLUMN person_hash BYTEA;             -- SHA-256 of what person was at first
