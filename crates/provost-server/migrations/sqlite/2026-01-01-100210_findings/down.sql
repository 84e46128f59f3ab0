DROP INDEX membership_ended;
DROP INDEX membership_bounced;
