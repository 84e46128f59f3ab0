//! Judges any SCIM 2.0 server over HTTP.
