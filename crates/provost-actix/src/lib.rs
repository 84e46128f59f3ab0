//! SCIM 2.0 routes for actix-web.
