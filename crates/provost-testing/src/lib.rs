//! Code shared by the tests of several crates. Only tests may use it.
//!
//! | module | what it is |
//! |---|---|
//! | [`protocol`] | the protocol over an in-memory store: requests in, answers out, without HTTP |
//! | [`store`] | a store around a store, to watch its calls or interfere with them |
//! | [`time`] | a clock that ticks and ids that count |
//! | [`body`], [`json`] | request bodies, as text and as values |
//! | [`http`] | a client that speaks HTTP over a bare socket |
//! | [`program`] | the built binary: started, queried, stopped |
//! | [`folder`] | a folder that is deleted with its last handle |
//! | `postgres`, `proxy` | databases on a PostgreSQL server, and a proxy before one; behind the feature `postgres` |
//! | `sink` | a mail server that behaves as a test tells it; behind the feature `tls` |
//! | `site`, `front` | a site at an https address, and such an address before a server; likewise |
//! | `authority` | certificates for these; likewise |
//! | `provider` | an identity provider that signs people in; likewise |
//! | [`statements`] | the SQL statements that connections run, and whether each names its tenant |

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code: a panic is its way to fail, and clippy knows that of `#[test]` alone"
)]

#[cfg(feature = "tls")]
pub mod authority;
pub mod balancer;
pub mod body;
pub mod folder;
#[cfg(feature = "tls")]
pub mod front;
pub mod http;
pub mod json;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod program;
pub mod protocol;
#[cfg(feature = "tls")]
pub mod provider;
#[cfg(feature = "postgres")]
pub mod proxy;
#[cfg(feature = "tls")]
pub mod sink;
#[cfg(feature = "tls")]
pub mod site;
pub mod statements;
pub mod store;
pub mod time;
