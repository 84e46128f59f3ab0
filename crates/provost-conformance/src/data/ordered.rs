//! JSON objects that keep the order of their names, so that a request is sent the way its file shows it.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A JSON value whose objects keep the order (and the repetition) of their names.
///
/// `serde_json::Value` sorts them, but a client that writes `schemas` last is a case of its own.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Ordered {
    /// An object.
    Object(OrderedObject),
    /// An array.
    Array(Vec<Self>),
    /// A string, number, boolean or null.
    Leaf(Value),
}

/// A JSON object whose names keep their order and repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderedObject(Vec<(String, Ordered)>);

impl Ordered {
    fn map_strings<E>(&self, rewrite: &impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        Ok(match self {
            Self::Object(object) => Self::Object(object.map_strings(rewrite)?),
            Self::Array(items) => {
                Self::Array(items.iter().map(|item| item.map_strings(rewrite)).collect::<Result<_, E>>()?)
            }
            Self::Leaf(Value::String(text)) => Self::Leaf(Value::String(rewrite(text)?)),
            Self::Leaf(leaf) => Self::Leaf(leaf.clone()),
        })
    }
}

impl OrderedObject {
    /// The same object with every string rewritten, including names.
    pub fn map_strings<E>(&self, rewrite: &impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let members = self.0.iter().map(|(name, value)| Ok((rewrite(name)?, value.map_strings(rewrite)?)));
        members.collect::<Result<_, E>>().map(Self)
    }
}

impl Serialize for OrderedObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for OrderedObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = OrderedObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrderedObject, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(OrderedObject(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_repetition() {
        let text = r#"{"b":[1,null,{"z":true,"a":-2}],"a":"x","b":1.5}"#;
        let value: OrderedObject = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }

    #[test]
    fn strings_and_names_are_rewritten() {
        let value: OrderedObject = serde_json::from_str(r#"{"a":["a",1]}"#).unwrap();
        let value = value.map_strings(&|text| Ok::<_, ()>(text.replace('a', "b"))).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"b":["b",1]}"#);
    }
}
