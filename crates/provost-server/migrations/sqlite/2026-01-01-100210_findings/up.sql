-- What an organisation should know of is looked for whenever its overview is opened: it must not cost more the more people there are.
CREATE INDEX membership_ended   ON membership (tenant) WHERE shown = 'ended';
CREATE INDEX membership_bounced ON membership (tenant) WHERE shown = 'bounced';
