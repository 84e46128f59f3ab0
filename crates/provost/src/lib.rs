//! SCIM 2.0 provisioning for your application.
