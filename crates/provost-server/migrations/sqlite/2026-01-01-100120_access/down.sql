DROP TABLE known_browser;
DROP TABLE attempt;
DROP TABLE one_time;
DROP TABLE session;
