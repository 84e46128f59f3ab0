//! Values rewritten by what the schema says of their attribute.

use super::{Notes, Profile, RuleId};
use crate::schema::{Attribute, Type};
use crate::validate::is_primary;
use crate::value::{Object, Value, parse_value};

/// The rules of one request at work.
pub(super) struct Rewriter<'a> {
    pub(super) profile: &'a Profile,
    pub(super) notes: &'a mut Notes,
}

impl Rewriter<'_> {
    /// Whether the rule is on; it is recorded as fired.
    pub(super) fn may(&mut self, rule: RuleId) -> bool {
        let on = self.profile.has(rule);
        if on {
            self.notes.fire(rule);
        }
        on
    }

    /// The value of an attribute as the strict engine wants it. `at` is the attribute's path, for the notes.
    pub(super) fn value(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(list) if a.multi_valued => self.list(a, list, at),
            // one element for a single value
            Value::Array(mut list) if list.len() == 1 && self.may(RuleId::OneElementArray) => {
                let one = list.pop().unwrap_or(Value::Null);
                self.one(a, one, at)
            }
            Value::Array(list) => Value::Array(list),
            Value::Null => Value::Null,
            other if a.multi_valued => match self.one(a, other, at) {
                Value::Null => Value::Null,
                one if self.may(RuleId::OneForMany) => Value::Array(vec![one]),
                one => one,
            },
            other => self.one(a, other, at),
        }
    }

    /// The value of an attribute in PATCH, where one value may stand for an array of it by the RFC itself.
    pub(super) fn patch_value(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(_) => self.value(a, value, at),
            one if a.multi_valued => self.one(a, one, at),
            one => self.value(a, one, at),
        }
    }

    /// The value for an element that a value path selects: an array of one stands for it.
    pub(super) fn unwrapped(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match value {
            Value::Array(mut list) if list.len() == 1 && self.may(RuleId::OneElementArray) => {
                let one = list.pop().unwrap_or(Value::Null);
                self.one(a, one, at)
            }
            other => self.one(a, other, at),
        }
    }

    fn list(&mut self, a: &Attribute, list: Vec<Value>, at: &str) -> Value {
        let mut out = Vec::with_capacity(list.len());
        for element in list {
            let was_null = element == Value::Null;
            let element = if was_null { element } else { self.one(a, element, at) };
            let dropped = match (was_null, &element) {
                (true, Value::Null) => self.may(RuleId::NullElement),
                // an element that a rule emptied
                (false, Value::Null) => true,
                _ => false,
            };
            if !dropped {
                out.push(element);
            }
        }
        let primaries = out.iter().filter(|v| is_primary(v)).count();
        if primaries > 1 && self.may(RuleId::LastPrimary) {
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

    /// One value; null when a rule finds that there is none.
    pub(super) fn one(&mut self, a: &Attribute, value: Value, at: &str) -> Value {
        match (a.kind, value) {
            (_, Value::String(s)) if s.is_empty() => {
                if self.may(RuleId::EmptyString) {
                    Value::Null
                } else {
                    Value::String(s)
                }
            }
            (Type::Boolean, Value::String(s)) => {
                let truth =
                    [("true", true), ("false", false)].into_iter().find(|(w, _)| s.eq_ignore_ascii_case(w));
                match truth {
                    Some((_, b)) if self.may(RuleId::BoolAsString) => Value::Bool(b),
                    _ => Value::String(s),
                }
            }
            (Type::Complex, Value::String(s))
                if a.sub("value").is_some() && self.may(RuleId::StringForComplex) =>
            {
                self.complex(a, Object::from_iter([("value", s)]), at)
            }
            (Type::Complex, Value::Object(o)) => self.complex(a, o, at),
            (_, other) => other,
        }
    }

    fn complex(&mut self, a: &Attribute, source: Object, at: &str) -> Value {
        let source = self.unwrap_json(a, source);
        let mut out = Object::new();
        let mut emptied = false;
        for (name, value) in source {
            match a.sub(name.as_str()) {
                Some(sub) => {
                    let was_null = value == Value::Null;
                    let value = self.value(sub, value, at);
                    emptied |= !was_null && value == Value::Null;
                    out.push(name, value);
                }
                None if self.profile.has(RuleId::UnknownAttribute) => {
                    self.notes.drop(RuleId::UnknownAttribute, format!("{at}.{name}"));
                }
                None => out.push(name, value),
            }
        }
        let idle = |(n, v): (&crate::AttrName, &Value)| v.is_unassigned() || n.is("type") || n.is("primary");
        if emptied && out.iter().all(idle) { Value::Null } else { Value::Object(out) }
    }

    /// `{"value": "{\"value\":\"25\",\"displayName\":\"Role\"}"}` -> `{"value": "25", "display": "Role"}`
    fn unwrap_json(&mut self, a: &Attribute, mut source: Object) -> Object {
        let is_json = source.str("value").is_some_and(|s| s.trim_start().starts_with('{'));
        if !is_json || !self.profile.has(RuleId::JsonInString) || a.sub("display").is_none() {
            return source;
        }
        let inner = source.str("value").and_then(|s| parse_value(s).ok());
        let Some(Value::Object(inner)) = inner.filter(|v| v.as_object().is_some_and(|o| o.contains("value")))
        else {
            return source;
        };
        self.notes.fire(RuleId::JsonInString);
        for (from, to) in [("value", "value"), ("displayName", "display"), ("display", "display")] {
            if let Some(v) = inner.get(from) {
                source.insert(to, v.clone());
            }
        }
        source
    }
}
