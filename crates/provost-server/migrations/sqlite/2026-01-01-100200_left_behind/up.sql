-- Who is here by hand although the identity provider un-assigned somebody with the address: few, who are found without a look at the
-- others.
CREATE INDEX membership_left_behind ON membership (tenant, unassigned) WHERE unassigned IS NOT NULL;
