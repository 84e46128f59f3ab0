//! The data files: their Rust shapes and how they are read.
//!
//! `conformance/README.md` describes every field, for people who write cases.

mod check;
mod exchange;
mod expected;
mod given;
mod hostile;
mod load;
mod ordered;
mod request;
mod scenario;
mod text;

pub use check::Check;
pub use exchange::Exchange;
pub use expected::{Expected, OneOrMore};
pub use given::{Given, Preparation, Prototype, States};
pub use hostile::{After, Hostile, HostileFile, Refusal, Then};
pub use load::Data;
pub use ordered::{Ordered, OrderedObject};
pub use request::{Body, RequestTemplate};
pub use scenario::{Action, Fate, Scenario, Send, Source, Step, Walk};
pub use text::{Part, Piece, Text};
