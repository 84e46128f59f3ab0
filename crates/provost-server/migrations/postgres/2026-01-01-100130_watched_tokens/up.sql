-- Tokens that are watched: what each may do and who made it, what replaces it, and why it was refused.
ALTER TABLE token
    ADD COLUMN read_only       BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN made_by         TEXT COLLATE "C",      -- who gave the command; NULL: not known, or a person
    ADD COLUMN made_by_account BIGINT,                -- the person, whose name is that of the account
    ADD COLUMN ended           BIGINT,                -- when it was first seen to be over: it stays over, whatever the clock says
    ADD COLUMN rotated_to      TEXT COLLATE "C",      -- the token that replaces it
    ADD COLUMN refused         BIGINT,                -- to the minute
    ADD COLUMN refused_for     TEXT COLLATE "C";
CREATE INDEX token_end ON token (expires) WHERE expires IS NOT NULL AND ended IS NULL AND revoked IS NULL;

-- How many days before the end of a token somebody was warned.
CREATE TABLE token_warning (
    key_id TEXT COLLATE "C" NOT NULL REFERENCES token (key_id) ON DELETE CASCADE,
    days   BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (key_id, days)
);
