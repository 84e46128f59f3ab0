DROP TABLE team_membership;
DROP TABLE team;
DROP TABLE membership;
