//! Errors that help, and limits on everything.
//!
//! The people who read an error did not send the request: Entra shows `detail` to an administrator, in a log, a day
//! later. So every text says what was wrong, where, and what would be right, in the terms of the RFC: an attribute, the
//! number of an operation, a byte of a filter. Texts from the client are cut at 80 characters, and an attribute's value
//! is shown only if its type or form is wrong, since it could be a secret.
//!
//! There are three layers: errors that know a position ([`FilterError`](crate::filter::FilterError),
//! [`JsonError`](crate::value::JsonError)) become one [`Error`](crate::Error) with a kind, and the kind determines
//! status and `scimType`. The [source](std::error::Error::source) is only for the log.
//!
//! RFC 7644 does not cover every case. A syntax fault in the body is `invalidSyntax`, and a JSON value of the wrong
//! type `invalidValue`, so that a developer can tell a broken client from a wrong mapping. A missing required attribute
//! is `invalidValue`; removing one by PATCH is `mutability`, as section 3.5.2.2 says.
//!
//! **Every list, text and nesting has a limit**: the constants of [`limits`](crate::limits), which a
//! [`Limits`](crate::Limits) value can change. A limit is checked before the work it bounds is done, so that the cost
//! of a request is proportional to its size, whatever it asks for.
//!
//! ```
//! use provost_core::filter::Syntax;
//! use provost_core::{Filter, Limits};
//!
//! let mut limits = Limits::default();
//! limits.filter_terms = 2;
//! let refused = Filter::parse("a pr or b pr or c pr", &limits, Syntax::default()).unwrap_err();
//! assert!(refused.to_string().contains("2"), "{refused}");
//! ```
