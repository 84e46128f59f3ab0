ALTER TABLE membership DROP COLUMN kept;
