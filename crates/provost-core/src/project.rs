//! Which attributes an answer holds (RFC 7644 sections 3.4.2.5 and 3.9).

