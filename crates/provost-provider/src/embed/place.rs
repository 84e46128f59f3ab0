//! Positions in a list: the sort key of a row, then its creation time, then its id.

use super::sort::{Key, compare};
use crate::error::StoreError;
use crate::store::Result;
use provost_core::query::{Seek, SeekKey};
use provost_core::value::{Value, parse_object};
use provost_core::{Object, Resource};
use std::cmp::Ordering;

/// Decides the order of rows with equal keys; unique for each row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tie(pub(crate) i64, pub(crate) String);

impl Tie {
    /// The time of creation in milliseconds, then the id.
    pub(crate) fn of(resource: &Resource) -> Self {
        Self(resource.created.as_millis(), resource.id.to_string())
    }
}

/// The mark of a row.
pub(crate) fn mark(key: Option<&Key>, Tie(number, text): &Tie) -> SeekKey {
    let mut place = Object::from_iter([("n", Value::from(*number)), ("t", Value::from(text.as_str()))]);
    if let Some(key) = key {
        place.insert("k", key.to_value());
    }
    SeekKey::from(place.to_string())
}

/// What was already read.
pub(crate) enum Behind {
    Nothing,
    Row(Option<Key>, Tie),
}

impl Behind {
    pub(crate) fn of(seek: &Seek) -> Result<Self> {
        match seek {
            Seek::First => Ok(Self::Nothing),
            Seek::After(mark) => read(mark).ok_or_else(StoreError::foreign_mark),
        }
    }

    /// Whether a row comes after that.
    pub(crate) fn is_before(&self, key: Option<&Key>, tie: &Tie, descending: bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Row(last, ended) => {
                compare(last.as_ref(), key, descending).then_with(|| ended.cmp(tie)) == Ordering::Less
            }
        }
    }
}

fn read(mark: &SeekKey) -> Option<Behind> {
    let place = parse_object(mark.as_str()).ok()?;
    let Some(Value::Number(number)) = place.get("n") else { return None };
    let key = match place.get("k") {
        Some(key) => Some(Key::from_value(key)?),
        None => None,
    };
    Some(Behind::Row(key, Tie(number.as_i64()?, place.str("t")?.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::{Number, Timestamp};

    #[test]
    fn marks_read_back() {
        let keys = [
            None,
            Some(Key::Text("babs \"é".to_owned())),
            Some(Key::Number(Number::Int(i64::MIN))),
            Some(Key::Number(Number::Float(0.1))),
            Some(Key::Bool(true)),
            Some(Key::Instant(Timestamp::parse("1950-01-01T00:00:00.123456789Z").unwrap())),
        ];
        for key in &keys {
            let tie = Tie(-3, "x".to_owned());
            let behind = Behind::of(&Seek::After(mark(key.as_ref(), &tie))).unwrap();
            for descending in [false, true] {
                assert!(!behind.is_before(key.as_ref(), &tie, descending));
                assert!(!behind.is_before(key.as_ref(), &Tie(-4, "y".to_owned()), descending));
                assert!(behind.is_before(key.as_ref(), &Tie(-3, "y".to_owned()), descending));
                assert!(behind.is_before(key.as_ref(), &Tie(-2, String::new()), descending));
            }
            assert_eq!(behind.is_before(None, &tie, false), key.is_some());
            assert!(!behind.is_before(None, &tie, true));
        }
        for foreign in
            ["", "7 tbabs", "{}", r#"{"n":1}"#, r#"{"n":1.5,"t":"x"}"#, r#"{"n":1,"t":"x","k":{}}"#]
        {
            assert!(Behind::of(&Seek::After(SeekKey::from(foreign.to_owned()))).is_err(), "{foreign}");
        }
    }
}
