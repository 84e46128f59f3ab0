DROP TABLE session_end;
DROP TABLE session_use;
