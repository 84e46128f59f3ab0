-- Whether the mode of the organisation sends a mail, and nobody asks for it by name.
ALTER TABLE outbox ADD COLUMN by_mode BOOLEAN NOT NULL DEFAULT 0;
UPDATE outbox SET by_mode = 1 WHERE kind = 'digest' OR kind = 'invitation' AND detail LIKE '%"asked":false%';
