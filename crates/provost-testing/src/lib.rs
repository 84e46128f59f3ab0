//! What the tests of several crates share. Nothing but tests may use it.
//!
//! | module | what it is |
//! |---|---|
//! | [`protocol`] | the protocol over a store in memory: requests in, answers out, without HTTP |
//! | [`store`] | a store around a store, for a look at each call or something in its way |
//! | [`time`] | a clock that ticks and ids that count |
//! | [`body`], [`json`] | bodies of requests, as texts and as values |
//! | [`http`] | a client that speaks HTTP over a socket of its own |
//! | [`program`] | the built binary: started, asked, ended |
//! | [`folder`] | a folder that goes with its last handle |
//! | `postgres`, `proxy` | databases on a PostgreSQL server, and a proxy before it; behind the feature `postgres` |
//! | `sink` | a mail server that does what a test tells it; behind the feature `tls` |
//! | `site`, `front` | a site at an https address, and such an address before a server, the same |
//! | `authority` | certificates for them, the same |
//! | `provider` | an identity provider that signs people in, the same |
//! | [`statements`] | the statements that connections run, and whether each names its tenant |

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
