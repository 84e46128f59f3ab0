//! Single sign-on: organisations whose people are signed in by their identity provider, over SAML.

pub(crate) mod command;
