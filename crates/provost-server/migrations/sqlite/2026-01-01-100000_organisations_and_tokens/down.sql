DROP TABLE token;
DROP TABLE organisation;
