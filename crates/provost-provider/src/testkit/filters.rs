//! Random filters and sorts over what is stored, as texts a client could send.

use super::population::WORDS;
use super::random::Random;
use provost_core::filter::{CompareOp, Unknown};
use provost_core::query::Sort;
use provost_core::schema::{Attribute, Mutability, Returned, Type, common};
use provost_core::{AttrRef, Filter, Object, ResourceType, TypedFilter, Value};
use std::sync::Arc;

/// Makes filters on one resource type.
pub(super) struct Questions<'a> {
    kind: &'a ResourceType,
    attributes: Vec<AttrRef>,
    documents: &'a [Object],
    random: Random,
}

impl<'a> Questions<'a> {
    /// Takes most operands from these documents, so that filters find something.
    pub(super) fn new(kind: &'a ResourceType, documents: &'a [Object], seed: u64) -> Self {
        Self { kind, attributes: attributes(kind), documents, random: Random::new(seed) }
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A filter and its text.
    pub(super) fn filter(&mut self) -> Option<(String, TypedFilter)> {
        (0..50).find_map(|_| {
            let text = self.expression(3);
            let typed = text.parse::<Filter>().ok()?.resolve(self.kind, Unknown::Refuse).ok()?;
            Some((text, typed))
        })
    }

    /// A sort by something that can be ordered.
    pub(super) fn sort(&mut self) -> Option<Sort> {
        let leaves: Vec<AttrRef> = self.attributes.iter().flat_map(leaves).collect();
        let by = self.random.pick(&leaves)?.clone();
        Some(Sort { by, descending: self.random.one_in(2) })
    }

    fn expression(&mut self, depth: usize) -> String {
        let Some(deeper) = depth.checked_sub(1) else { return self.term() };
        match self.random.below(10) {
            0 => format!("not ({})", self.expression(deeper)),
            1 | 2 => format!("{} and {}", self.expression(deeper), self.expression(deeper)),
            3 | 4 => format!("({} or {})", self.expression(deeper), self.expression(deeper)),
            _ => self.term(),
        }
    }

    fn term(&mut self) -> String {
        let Some(attribute) = self.random.pick(&self.attributes).cloned() else { return String::new() };
        let definition = attribute.attribute();
        if definition.multi_valued && definition.is_complex() && self.random.one_in(2) {
            return format!("{attribute}[{}]", self.inside(&attribute));
        }
        if self.random.one_in(8) {
            return format!("{attribute} pr");
        }
        let all: Vec<AttrRef> = leaves(&attribute).collect();
        self.random
            .pick(&all)
            .cloned()
            .map_or_else(String::new, |leaf| self.compare(&leaf, &leaf.to_string()))
    }

    /// A filter for one value.
    fn inside(&mut self, attribute: &AttrRef) -> String {
        let all: Vec<AttrRef> = leaves(attribute).collect();
        let mut one = || {
            let leaf = self.random.pick(&all).cloned()?;
            let name = leaf.sub()?.name.to_string();
            Some(self.compare(&leaf, &name))
        };
        let (a, b) = (one().unwrap_or_default(), one().unwrap_or_default());
        match self.random.below(5) {
            0 | 1 => format!("{a} and {b}"),
            2 => format!("{a} or not ({b})"),
            _ => a,
        }
    }

    fn compare(&mut self, leaf: &AttrRef, name: &str) -> String {
        let op = self.random.pick(&CompareOp::ALL).copied().unwrap_or(CompareOp::Eq);
        match self.random.below(12) {
            0 => return format!("{name} pr"),
            1 => return format!("{name} {} null", if self.random.one_in(2) { "eq" } else { "ne" }),
            _ => {}
        }
        let operand = self.operand(leaf);
        match operand {
            Value::String(s) if op.is_substring() => {
                format!("{name} {} {}", op.as_str(), Value::from(self.part(&s)))
            }
            operand => format!("{name} {} {operand}", op.as_str()),
        }
    }

    /// A value that some document has there, or another one of the type.
    fn operand(&mut self, leaf: &AttrRef) -> Value {
        for _ in 0..4 {
            let document = self.random.pick(self.documents);
            let values = document.and_then(|d| leaf.value(d)).map_or(&[][..], Value::elements);
            let value = match (self.random.pick(values), leaf.sub()) {
                (Some(value), Some(sub)) => value.as_object().and_then(|o| o.get(sub.name.as_str())),
                (value, _) => value,
            };
            if let Some(value) = value.and_then(|v| v.elements().first()).filter(|v| !v.is_unassigned()) {
                return value.clone();
            }
        }
        match leaf.leaf().kind {
            Type::Boolean => Value::Bool(self.random.one_in(2)),
            Type::Integer | Type::Decimal => Value::from(1),
            Type::DateTime => Value::from("2026-01-01T00:00:30Z"),
            _ => Value::from(self.random.pick(&WORDS).copied().unwrap_or_default()),
        }
    }

    /// A part of a text, sometimes all of it.
    fn part(&mut self, of: &str) -> String {
        let chars: Vec<char> = of.chars().collect();
        let (a, b) = (self.random.below(chars.len()), self.random.below(chars.len()));
        match self.random.below(3) {
            0 => chars.iter().take(a.saturating_add(1)).collect(),
            1 => chars.iter().skip(a).collect(),
            _ => chars.iter().skip(a.min(b)).take(a.abs_diff(b).saturating_add(1)).collect(),
        }
    }
}

/// What a filter may ask for, without sub-attributes.
fn attributes(kind: &ResourceType) -> Vec<AttrRef> {
    let shared = ["id", "externalId", "meta"].into_iter().filter_map(|name| common().attribute(name));
    let core = shared.chain(&kind.schema.attributes).map(|a| AttrRef::core(a.clone()));
    let extended = kind
        .extensions
        .iter()
        .flat_map(|e| e.schema.attributes.iter().map(|a| AttrRef::extended(e.schema.clone(), a.clone())));
    core.chain(extended).filter(|a| is_readable(a.attribute())).collect()
}

/// The parts of an attribute that have simple values.
fn leaves(attribute: &AttrRef) -> impl Iterator<Item = AttrRef> + '_ {
    let definition = attribute.attribute();
    let subs = definition.sub_attributes.iter().filter(|s| is_readable(s));
    let whole = (!definition.is_complex()).then(|| attribute.clone());
    whole.into_iter().chain(subs.map(|s| attribute.with_sub(s.clone())))
}

fn is_readable(a: &Arc<Attribute>) -> bool {
    a.returned != Returned::Never && a.mutability != Mutability::WriteOnly
}
