DROP INDEX membership_ended;
DROP INDEX membership_bounced;
DROP INDEX outbox_unsent;
