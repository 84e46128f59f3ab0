//! The SCIM 2.0 protocol over a Store, without any HTTP framework.
