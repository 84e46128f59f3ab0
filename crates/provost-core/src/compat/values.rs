//! Rewrites values according to their attribute's schema.

use super::{Reader, RuleId};
use crate::schema::{Attribute, Type};
use crate::validate::{is_members, is_primary};
use crate::value::{Object, Value, parse_value};
use std::borrow::Cow;

/// Applies the rules for one request.
pub(super) struct Rewriter<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    /// Whether a list of members replaces all existing ones, as in PUT and `replace`. A list that names nobody is then
    /// an error, rather than a wish to empty the group.
    pub(super) members_take_place: bool,
}

impl<'r, 'a> Rewriter<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>) -> Self {
        Self { reader, members_take_place: false }
    }

    /// The value of an attribute, as the strict engine expects it. `at` is the attribute's path, for the notes.
    pub(super) fn value(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(list) if a.multi_valued => self.list(a, list, at),
            // one element for a single value, or none for no value
            Value::Array(mut list) if list.len() <= 1 && self.reader.may(RuleId::OneElementArray) => {
                let one = list.pop().unwrap_or(Value::Null);
                self.one(a, one, at)
            }
            Value::Array(list) => Value::Array(list),
            Value::Null => Value::Null,
            other if a.multi_valued => match self.one(a, other, at) {
                Value::Null => Value::Null,
                one if self.reader.may(RuleId::OneForMany) => Value::Array(vec![one]),
                one => one,
            },
            other => self.one(a, other, at),
        }
    }

    /// The value of an attribute in PATCH, where the RFC itself allows one value in place of an array.
    pub(super) fn patch_value(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(_) => self.value(a, value, at),
            one if a.multi_valued => self.one(a, one, at),
            one => self.value(a, one, at),
        }
    }

    /// The value for an element selected by a value path; a one-element array stands for its element.
    pub(super) fn unwrapped(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(mut list) if list.len() == 1 && self.reader.may(RuleId::OneElementArray) => {
                let one = list.pop().unwrap_or(Value::Null);
                self.one(a, one, at)
            }
            other => self.one(a, other, at),
        }
    }

    fn list(&mut self, a: &Attribute, list: Vec<Value>, at: &str) -> Value {
        let mut out = Vec::with_capacity(list.len());
        let named = list.len();
        for (n, element) in list.into_iter().enumerate() {
            let was_null = element == Value::Null;
            let element = if was_null { element } else { self.element(a, element, at) };
            let dropped = match (was_null, &element) {
                (true, Value::Null) => self.reader.may(RuleId::NullElement),
                // an element that a rule emptied
                (false, Value::Null) => true,
                (_, Value::Object(o)) if is_members(a) && names_nobody(o) => {
                    let may = self.reader.may(RuleId::SkipMissingMembers);
                    if may {
                        self.reader.notes.drop(RuleId::SkipMissingMembers, format!("{at}[{n}]"));
                    }
                    may
                }
                _ => false,
            };
            if !dropped {
                out.push(element);
            }
        }
        if self.members_take_place && is_members(a) && out.is_empty() && named > 0 {
            // the strict engine says what is wrong with it
            return Value::Array(vec![Object::new().into()]);
        }
        let primaries = out.iter().filter(|v| is_primary(v)).count();
        if primaries > 1 && self.reader.may(RuleId::LastPrimary) {
            let mut left = primaries;
            for element in out.iter_mut().filter(|v| is_primary(v)) {
                left -= 1;
                if let (1.., Some(o)) = (left, element.as_object_mut()) {
                    o.insert("primary", false);
                }
            }
        }
        Value::Array(out)
    }

    /// One of several values; null if the rules left nothing of it but its type.
    fn element(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        let had_nulls =
            |v: &Value| v.as_object().map_or(0, |o| o.iter().filter(|(_, v)| **v == Value::Null).count());
        let before = had_nulls(&value);
        let value = self.one(a, value, at);
        if had_nulls(&value) > before && value.is_idle() { Value::Null } else { value }
    }

    /// One value; null if a rule finds that it is none.
    pub(super) fn one(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match (a.kind, value) {
            (_, Value::String(s)) if s.is_empty() => {
                if self.reader.may(RuleId::EmptyString) {
                    Value::Null
                } else {
                    Value::String(s)
                }
            }
            (Type::Boolean, Value::String(s)) => {
                let truth =
                    [("true", true), ("false", false)].into_iter().find(|(w, _)| s.eq_ignore_ascii_case(w));
                match truth {
                    Some((_, b)) if self.reader.may(RuleId::BoolAsString) => Value::Bool(b),
                    _ => Value::String(s),
                }
            }
            (Type::String, value) => match word(&value) {
                Some(text) if self.reader.may(RuleId::ScalarAsText) => Value::String(text),
                _ => value,
            },
            (Type::Complex, value @ (Value::String(_) | Value::Number(_) | Value::OutOfRange(_)))
                if a.sub("value").is_some() && self.reader.may(RuleId::StringForComplex) =>
            {
                self.complex(a, Object::from_iter([("value", value)]), at)
            }
            (Type::Complex, Value::Object(o)) => self.complex(a, o, at),
            (_, other) => other,
        }
    }

    fn complex(&mut self, a: &Attribute, source: Object, at: &str) -> Value {
        let source = self.unwrap_json(a, source);
        let mut out = Object::new();
        for (name, value) in self.with_display(a, source) {
            match a.sub(name.as_str()) {
                Some(sub) => {
                    let value = self.value(sub, value, at);
                    out.push(name, value);
                }
                None if self.reader.has(RuleId::UnknownAttribute) => {
                    self.reader.notes.drop(RuleId::UnknownAttribute, format!("{at}.{name}"));
                }
                None => out.push(name, value),
            }
        }
        Value::Object(out)
    }

    /// Renames a role's `displayName` to `display`.
    fn with_display(&mut self, a: &Attribute, mut source: Object) -> Object {
        if let Some(sub) = display_of_role(a, "displayName")
            && source.contains("displayName")
            && !source.contains(sub)
            && self.reader.may(RuleId::RoleDisplayName)
            && let Some(value) = source.remove("displayName")
        {
            source.insert(sub, value);
        }
        source
    }

    /// `{"value": "{\"value\":\"25\",\"displayName\":\"Role\"}"}` -> `{"value": "25", "display": "Role"}`
    fn unwrap_json(&mut self, a: &Attribute, mut source: Object) -> Object {
        let is_json = source.str("value").is_some_and(|s| s.trim_start().starts_with('{'));
        if !is_json || !self.reader.has(RuleId::JsonInString) || a.sub("display").is_none() {
            return source;
        }
        let inner = source.str("value").and_then(|s| parse_value(s).ok());
        let Some(Value::Object(inner)) = inner.filter(|v| v.as_object().is_some_and(|o| o.contains("value")))
        else {
            return source;
        };
        self.reader.notes.fire(RuleId::JsonInString);
        for (from, to) in [("value", "value"), ("displayName", "display"), ("display", "display")] {
            if let Some(v) = inner.get(from) {
                source.insert(to, v.clone());
            }
        }
        source
    }
}

/// The sub-attribute of a role that another spelling stands for.
pub(super) fn display_of_role(a: &Attribute, name: &str) -> Option<&'static str> {
    let is_role = a.name.is("roles") && a.multi_valued && a.sub("displayName").is_none();
    (is_role && name.eq_ignore_ascii_case("displayName") && a.sub("display").is_some()).then_some("display")
}

/// Whether neither an id nor a URI says who is meant.
fn names_nobody(member: &Object) -> bool {
    let blank = |name: &str| member.get(name).is_none_or(|v| *v == Value::Null || v.as_str() == Some(""));
    blank("value") && blank("$ref")
}

/// An integer's digits, or a boolean's word.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Bool(b) => Some(b.to_string()),
        number => number.digits().map(Cow::into_owned),
    }
}
