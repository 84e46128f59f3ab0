//! A SCIM directory on SQLite through diesel.
