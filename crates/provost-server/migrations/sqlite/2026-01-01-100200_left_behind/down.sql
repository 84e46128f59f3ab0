DROP INDEX membership_left_behind;
