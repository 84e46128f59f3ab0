//! Random resources, made from the schemas: every type of attribute, and values that cause trouble in storage.

use super::fixture::Fixture;
use super::random::Random;
use super::verdict::{CheckResult, fail};
use crate::store::Store;
use provost_core::change::NewResource;
use provost_core::schema::{Attribute, Mutability, Type, Uniqueness};
use provost_core::{Id, Number, Object, ResourceType, Value};
use std::sync::Arc;

/// Texts that differ only in case, composition and width, that contain characters special to LIKE and quoting, and that
/// a database sorts differently from their code points.
pub(super) const WORDS: [&str; 26] = [
    "alpha",
    "Alpha",
    "ALPHABET",
    "alp",
    "beta",
    "Beta 2",
    "Straße",
    "STRASSE",
    "Ümit",
    "u\u{308}mit",
    "ﬁancé",
    "Ｂabs",
    "İstanbul",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "a%b",
    "a_b",
    "100%",
    "it's",
    "say \"so\"",
    "back\\slash",
    "tab\there",
    "z",
    "Zoë",
    "\u{1f600}",
    "\u{fffd}\u{10000}",
];

const DATES: [&str; 6] = [
    "2024-02-29T23:59:59Z",
    "2024-02-29T23:59:59.5Z",
    "2024-03-01T01:00:00+01:00",
    "2024-03-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "2030-01-01T00:00:00-08:00",
];
const BINARY: [&str; 4] = ["AAAA", "aaaa", "TWFu", "/+8="];
const URIS: [&str; 5] = [
    "https://example.com/a",
    "https://example.com/A",
    "https://example.com/a%20b",
    "../Users/1",
    "urn:example:animal",
];

/// Makes resources that all differ.
pub(super) struct Population {
    random: Random,
    made: usize,
}

impl Population {
    pub(super) fn new<S: Store>(fixture: &Fixture<S>) -> Self {
        Self { random: Random::new(fixture.options.seed), made: 0 }
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A resource the schemas allow, without members.
    pub(super) fn resource<S: Store>(
        &mut self,
        fixture: &Fixture<S>,
        kind: &ResourceType,
    ) -> CheckResult<NewResource> {
        let mut last = None;
        for _ in 0..20 {
            let body = self.body(kind);
            match fixture.draft(kind, body) {
                Ok(new) => return Ok(new),
                Err(refused) => last = Some(refused),
            }
        }
        // the schemas require more than random values provide
        last.map_or_else(|| fail("a random resource", "one", "none"), Err)
    }

    fn body(&mut self, kind: &ResourceType) -> Object {
        self.made = self.made.saturating_add(1);
        let mut body = self.object(&kind.schema.attributes, kind.members().is_some());
        if self.random.one_in(2) {
            body.insert("externalId", self.word());
        }
        for e in &kind.extensions {
            if e.required || self.random.one_in(2) {
                body.insert(e.schema.id.as_str(), self.object(&e.schema.attributes, false));
            }
        }
        body
    }

    /// `named`: the display name is unique because a profile makes it so.
    fn object(&mut self, attributes: &[Arc<Attribute>], named: bool) -> Object {
        let mut object = Object::new();
        for a in attributes {
            let settable = !matches!(a.mutability, Mutability::ReadOnly | Mutability::WriteOnly);
            let member = a.name.is("members") && a.multi_valued;
            if !settable || member || !(a.required || self.random.one_in(2)) {
                continue;
            }
            let unique = a.uniqueness != Uniqueness::None || (named && a.name.is("displayName"));
            let value = match a.multi_valued {
                _ if unique => Value::from(self.unique_word()),
                true => Value::Array(self.several(a)),
                false => self.value(a),
            };
            object.insert(a.name.as_str(), value);
        }
        object
    }

    fn several(&mut self, a: &Attribute) -> Vec<Value> {
        let count = self.random.below(3).saturating_add(1);
        let mut all: Vec<Value> = (0..count).map(|_| self.value(a)).collect();
        // at most one may be primary, not necessarily the first
        let chosen = self.random.below(count.saturating_add(1));
        for (n, object) in all.iter_mut().enumerate().filter_map(|(n, v)| Some((n, v.as_object_mut()?))) {
            if object.contains("primary") && n != chosen {
                object.insert("primary", false);
            }
        }
        all
    }

    fn value(&mut self, a: &Attribute) -> Value {
        let suggested = !a.canonical_values.is_empty() && self.random.one_in(2);
        match a.kind {
            Type::Complex => Value::Object(self.object(&a.sub_attributes, false)),
            Type::String if suggested => {
                Value::from(self.random.pick(&a.canonical_values).map_or("", String::as_str))
            }
            Type::String => Value::from(self.word()),
            Type::Boolean => Value::Bool(self.random.one_in(2)),
            Type::Integer => Value::from(self.integer()),
            Type::Decimal => self.decimal(),
            Type::DateTime => Value::from(self.random.pick(&DATES).copied().unwrap_or_default()),
            Type::Binary => Value::from(self.random.pick(&BINARY).copied().unwrap_or_default()),
            Type::Reference => Value::from(self.random.pick(&URIS).copied().unwrap_or_default()),
        }
    }

    fn integer(&mut self) -> i64 {
        let all = [0, 1, -1, 2, 9, 10, 11, i64::MAX, i64::MIN, 9_007_199_254_740_993];
        self.random.pick(&all).copied().unwrap_or_default()
    }

    fn decimal(&mut self) -> Value {
        let all = [0.5, -0.5, 1.25, 1e9, 10.0];
        match self.random.one_in(3) {
            true => Value::from(self.integer()),
            false => Value::Number(Number::Float(self.random.pick(&all).copied().unwrap_or_default())),
        }
    }

    pub(super) fn word(&mut self) -> String {
        let word = self.random.pick(&WORDS).copied().unwrap_or_default();
        match self.random.below(6) {
            0 => format!("{word}{}", self.random.below(12)),
            1 => format!("{} {word}", self.random.pick(&WORDS).copied().unwrap_or_default()),
            _ => word.to_owned(),
        }
    }

    fn unique_word(&mut self) -> String {
        let made = self.made;
        match self.random.one_in(2) {
            true => format!("{}-{made}", self.word()),
            false => format!("{made:03}.{}@Example.com", self.word()),
        }
    }

    /// Some of these ids, without duplicates.
    pub(super) fn some<'a>(&mut self, of: &'a [Id], most: usize) -> Vec<&'a Id> {
        let mut chosen: Vec<&Id> =
            (0..self.random.below(most.saturating_add(1))).filter_map(|_| self.random.pick(of)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}
