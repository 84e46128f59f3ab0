-- Nothing ever wrote it. What is to be sent gets its table with the first thing that is sent.
DROP TABLE outbox;
