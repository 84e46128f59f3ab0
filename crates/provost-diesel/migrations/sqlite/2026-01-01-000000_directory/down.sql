DROP TABLE derivation;
DROP TABLE counter;
DROP TABLE element;
DROP TABLE unique_key;
DROP TABLE member;
DROP TABLE document;
DROP TABLE resource;
