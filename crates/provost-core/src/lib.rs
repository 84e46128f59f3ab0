//! SCIM 2.0 as pure functions.
