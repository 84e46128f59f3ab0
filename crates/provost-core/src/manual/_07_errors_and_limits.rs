//! Refusals that help, and bounds on everything.
//!
//! The people who read an error are not the ones who sent the request: Entra shows `detail` to an admin, in a log, a day
//! later. So every text says what was wrong, where, and what would be right, in the terms of the RFC: an attribute, the
//! number of an operation, a byte of a filter. Nothing is repeated that could be a secret: what was sent is cut at 80
//! characters, and the value of an attribute is shown only where its type or shape is at fault.
//!
//! Three layers: errors that know a place ([`FilterError`](crate::filter::FilterError),
//! [`JsonError`](crate::value::JsonError)) become one [`Error`](crate::Error) with a kind; the kind decides status and
//! `scimType`. The [source](std::error::Error::source) is for the log alone.
//!
//! RFC 7644 has no word for some of it. A syntax fault of the body is `invalidSyntax`, and a JSON value of the wrong type
//! `invalidValue`, so that a developer can tell a broken client from a wrong mapping. A required attribute that is missing
//! is `invalidValue`; one that a PATCH would remove is `mutability`, as section 3.5.2.2 says.
//!
//! **Every list, text and nesting has a bound**: the constants of [`limits`](crate::limits), which a
//! [`Limits`](crate::Limits) value lowers. A bound is met before the work it bounds is done, so the cost of a request is in
//! proportion to its size, whatever it asks.
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
