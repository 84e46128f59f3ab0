//! The data files: their Rust types and how they are read.
//!
//! `conformance/README.md` describes every field for people who write cases.

mod check;
mod exchange;
mod expected;
mod given;
mod hostile;
mod load;
mod ordered;
mod request;
mod scenario;
mod template;

pub use check::Check;
pub use exchange::GoldenExchange;
pub use expected::{ExpectedResponse, OneOrMore};
pub use given::{Given, Preparation, Prototype, States};
pub use hostile::{AfterSending, Effect, ExpectedRefusal, HostileCase, HostileFile};
pub use load::Data;
pub use ordered::{Ordered, OrderedObject};
pub use request::{BodyTemplate, RequestTemplate};
pub use scenario::{Delivery, PageWalk, RequestSource, Scenario, ScenarioStep, StepAction, StepRequest};
pub use template::{Piece, Template, TemplatePart};
