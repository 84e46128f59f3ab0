//! Requests that were refused, or of which a part was left out: what came of each, in its shape, so that somebody can see why.
//!
//! Names, kinds and lengths are kept, and no values; an organisation may have the values kept too, for a day. They are
//! stored apart from the request, and bounded: in number for each organisation, in size and in time.

pub(crate) mod command;
mod keep_values;
mod kept;
mod mask;
mod shape;
mod store;

pub(crate) use keep_values::KeepValues;
pub(crate) use kept::Requests;
pub(crate) use shape::Secrets;
pub(crate) use store::RequestStore;

use crate::clock::Timestamp;
use provost::actix::Served;
use serde_json::{Value, json};
use shape::{Shape, Values};

/// How many requests are kept of an organisation, the newest.
pub(crate) const MOST: i64 = 5_000;

/// How long they are kept.
pub(crate) const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// How long values are kept, and for how long a switch has them kept.
pub(crate) const VALUES_MS: i64 = 24 * 3_600_000;

/// How many refusals of one request are kept; a Bulk may have a thousand.
const REFUSALS: usize = 20;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// Ordered by time; empty until it is stored.
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    /// As in its records. The client may have chosen it, and the same for many.
    pub(crate) request_id: String,
    /// Of the token.
    pub(crate) key_id: String,
    pub(crate) method: String,
    /// Path and query, without what names people.
    pub(crate) target: String,
    /// Of the answer.
    pub(crate) status: u16,
    /// Why it was refused, or operations of it: each with `error` and `sentence`, in which what was sent is masked.
    pub(crate) refusals: Value,
    /// What was left out or read differently.
    pub(crate) notes: Value,
    /// JSON; `None` if there was no body.
    pub(crate) shape: Option<String>,
    /// Why the shape has an end before the body has.
    pub(crate) shape_ends: Option<String>,
    /// With its values: `target`, `body` and `ends`, as JSON. `None` where they are not kept.
    pub(crate) whole: Option<String>,
}

/// What the HTTP layer knows of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// Below the Tenant URL.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) status: u16,
}

impl Request {
    /// `None` if nobody has a question about it.
    fn of(asked: Asked<'_>, served: &Served, secrets: &Secrets, at: Timestamp) -> Option<Self> {
        let body = served.body.as_ref()?;
        let masked = Shape::of(body, Values::Masked, secrets);
        let whole = Shape::of(body, Values::Whole, secrets);
        let (shape, shape_ends) = masked.map_or((None, None), |shape| (Some(shape.text), shape.ends));
        let target = match asked.query {
            "" => mask::url_path(asked.path),
            query => format!("{}?{}", mask::url_path(asked.path), mask::query(query)),
        };
        Some(Self {
            id: String::new(),
            at,
            request_id: served.origin.request_id.to_string(),
            key_id: served.principal.as_ref()?.credential.id.to_string(),
            method: mask::word(asked.method),
            status: asked.status,
            refusals: refusals(served),
            notes: notes(served),
            shape,
            shape_ends,
            whole: Some(whole_of(asked, whole, secrets, &target)),
            target,
        })
    }
}

/// A request with its values, as it is stored.
fn whole_of(asked: Asked<'_>, body: Option<Shape>, secrets: &Secrets, masked: &str) -> String {
    let target = match secrets.are_in(asked.query) {
        true => masked.to_owned(),
        false => [asked.path, asked.query].join(if asked.query.is_empty() { "" } else { "?" }),
    };
    let (body, ends) = body.map_or((None, None), |shape| (Some(shape.text), shape.ends));
    json!({ "target": mask::start(&target), "body": body, "ends": ends }).to_string()
}

fn refusals(served: &Served) -> Value {
    let outcome = &served.outcome;
    let mut all: Vec<Value> = outcome
        .refused_writes()
        .take(REFUSALS)
        .map(|refused| json!({ "error": format!("{:?}", refused.error), "sentence": mask::sentence(refused.sentence) }))
        .collect();
    if let Some(error) = outcome.error.as_ref().filter(|_| all.is_empty()) {
        all.push(
            json!({ "error": format!("{:?}", error.kind()), "sentence": mask::sentence(error.detail()) }),
        );
    }
    all.into()
}

fn notes(served: &Served) -> Value {
    let outcome = &served.outcome;
    let rules: Vec<&str> = outcome.notes.rules().collect();
    let mut notes = json!({ "rules": rules, "dropped": outcome.notes.dropped() });
    if let (Some(notes), false) = (notes.as_object_mut(), outcome.skipped.is_empty()) {
        notes.insert("skippedCount".to_owned(), outcome.skipped.len().into());
    }
    notes
}
