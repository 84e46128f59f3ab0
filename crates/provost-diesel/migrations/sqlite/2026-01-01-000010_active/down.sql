DROP TABLE active_pending;
