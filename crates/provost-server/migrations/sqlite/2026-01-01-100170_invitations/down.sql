DROP TABLE invitation_link;
DROP TABLE invitation;
DROP TABLE outbox;
ALTER TABLE organisation DROP COLUMN inviters_note;
ALTER TABLE organisation DROP COLUMN inviters;
ALTER TABLE organisation DROP COLUMN invitation_days;
ALTER TABLE organisation DROP COLUMN invitations;
