//! How the fields of a view are read from an object and written to one.

use super::TypedError;
use crate::time::Timestamp;
use crate::urn;
use crate::value::{Object, Value};

/// A value that a field holds.
pub(super) trait FieldValue: Sized {
    fn read(value: Value, at: &str) -> Result<Self, TypedError>;
    fn write(self) -> Value;
}

impl FieldValue for String {
    fn read(value: Value, at: &str) -> Result<Self, TypedError> {
        match value {
            Value::String(s) => Ok(s),
            other => Err(TypedError::wrong(at, "a string", &other)),
        }
    }
    fn write(self) -> Value {
        Value::String(self)
    }
}

impl FieldValue for bool {
    fn read(value: Value, at: &str) -> Result<Self, TypedError> {
        value.as_bool().ok_or_else(|| TypedError::wrong(at, "true or false", &value))
    }
    fn write(self) -> Value {
        Value::Bool(self)
    }
}

impl FieldValue for Timestamp {
    fn read(value: Value, at: &str) -> Result<Self, TypedError> {
        let parsed = value.as_str().and_then(Self::parse);
        parsed.ok_or_else(|| TypedError::wrong(at, "a dateTime", &value))
    }
    fn write(self) -> Value {
        Value::String(self.to_string())
    }
}

/// An object of fields.
pub(super) trait FieldSet: Sized {
    fn take(source: Object, at: &str) -> Result<Self, TypedError>;
    fn give(self) -> Object;
}

fn join(at: &str, name: &str) -> String {
    match at {
        "" => name.to_owned(),
        // RFC 7644 section 3.10: a colon separates a URN from an attribute
        urn::ENTERPRISE_USER => format!("{at}:{name}"),
        _ => format!("{at}.{name}"),
    }
}

pub(super) fn take_one<T: FieldValue>(o: &mut Object, name: &str, at: &str) -> Result<Option<T>, TypedError> {
    match o.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::read(value, &join(at, name)).map(Some),
    }
}

pub(super) fn take_must<T: FieldValue>(o: &mut Object, name: &str, at: &str) -> Result<T, TypedError> {
    take_one(o, name, at)?.ok_or_else(|| TypedError::new(&join(at, name), "is required"))
}

pub(super) fn take_many<T: FieldValue>(o: &mut Object, name: &str, at: &str) -> Result<Vec<T>, TypedError> {
    let at = join(at, name);
    match o.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            list.into_iter().enumerate().map(|(n, v)| T::read(v, &format!("{at}[{n}]"))).collect()
        }
        Some(other) => Err(TypedError::wrong(&at, "an array", &other)),
    }
}

pub(super) fn give_one<T: FieldValue>(o: &mut Object, name: &str, value: Option<T>) {
    if let Some(value) = value {
        give_must(o, name, value);
    }
}

pub(super) fn give_must<T: FieldValue>(o: &mut Object, name: &str, value: T) {
    o.insert(name, value.write());
}

pub(super) fn give_many<T: FieldValue>(o: &mut Object, name: &str, list: Vec<T>) {
    if !list.is_empty() {
        o.insert(name, list.into_iter().map(FieldValue::write).collect::<Vec<_>>());
    }
}

/// Declares a view: each field with its cardinality (`one`, `many`, `must`), its builder and its attribute.
macro_rules! typed {
    (
        $(#[$doc:meta])*
        $view:ident {
            $($(#[$fdoc:meta])* $often:ident $field:ident / $with:ident: $of:ty = $name:expr),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $view {
            $($(#[$fdoc])* pub $field: typed!(@type $often $of),)+
            /// Whatever has no field here, as it was read.
            pub rest: Object,
        }

        impl $view {
            $(
                #[doc = concat!("Sets, or of a list adds to, [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $with(mut self, value: impl Into<$of>) -> Self {
                    typed!(@set $often self.$field, value.into());
                    self
                }
            )+
        }

        impl $crate::typed::fields::FieldSet for $view {
            fn take(mut source: Object, at: &str) -> Result<Self, $crate::typed::TypedError> {
                Ok(Self { $($field: typed!(@take $often)(&mut source, $name, at)?,)+ rest: source })
            }
            fn give(self) -> Object {
                let mut out = Object::new();
                $(typed!(@give $often)(&mut out, $name, self.$field);)+
                for (name, value) in self.rest {
                    // a field that was set wins over the rest
                    if !out.contains(name.as_str()) {
                        out.insert(name, value);
                    }
                }
                out
            }
        }

        impl $crate::typed::fields::FieldValue for $view {
            fn read(value: $crate::value::Value, at: &str) -> Result<Self, $crate::typed::TypedError> {
                match value {
                    $crate::value::Value::Object(o) => $crate::typed::fields::FieldSet::take(o, at),
                    other => Err($crate::typed::TypedError::wrong(at, "an object", &other)),
                }
            }
            fn write(self) -> $crate::value::Value {
                $crate::typed::fields::FieldSet::give(self).into()
            }
        }
    };
    (@type one $of:ty) => { Option<$of> };
    (@type many $of:ty) => { Vec<$of> };
    (@type must $of:ty) => { $of };
    (@set one $place:expr, $value:expr) => { $place = Some($value) };
    (@set many $place:expr, $value:expr) => { $place.push($value) };
    (@set must $place:expr, $value:expr) => { $place = $value };
    (@take one) => { $crate::typed::fields::take_one };
    (@take many) => { $crate::typed::fields::take_many };
    (@take must) => { $crate::typed::fields::take_must };
    (@give one) => { $crate::typed::fields::give_one };
    (@give many) => { $crate::typed::fields::give_many };
    (@give must) => { $crate::typed::fields::give_must };
}
pub(super) use typed;

/// The conversions of a view of a whole document, or a whole extension.
macro_rules! document {
    ($view:ident) => {
        impl TryFrom<Object> for $view {
            type Error = TypedError;

            /// Names are matched ignoring case.
            fn try_from(source: Object) -> Result<Self, TypedError> {
                FieldSet::take(source, "")
            }
        }

        impl serde::Serialize for $view {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                Object::from(self.clone()).serialize(s)
            }
        }

        impl<'de> serde::Deserialize<'de> for $view {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let source = Object::deserialize(d)?;
                Self::try_from(source).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use document;

/// What a view of a whole resource can do in addition, and the URN of its schema.
macro_rules! resource {
    ($view:ident, $urn:expr) => {
        document!($view);

        impl $view {
            /// Reads a resource from a store.
            ///
            /// # Errors
            /// The stored text is not JSON, or its values do not fit the schema.
            pub fn from_resource(
                resource: &Resource,
                resource_type: &ResourceType,
                service: &Service,
            ) -> Result<Self, TypedError> {
                resource.document(resource_type, service)?.try_into()
            }

            /// An extension that has no field here; `None` if the resource does not have it.
            ///
            /// # Errors
            /// The values do not fit the struct.
            pub fn extension<E: Extension>(&self) -> Result<Option<E>, TypedError> {
                self.rest.get(E::URN).map(|v| extension::from_value(v, E::URN)).transpose()
            }

            /// Sets an extension that has no field here. Attributes the struct serializes are set, or cleared if null;
            /// others in the extension stay.
            ///
            /// # Errors
            /// The struct does not serialize to a JSON object.
            pub fn set_extension<E: Extension>(&mut self, extension: &E) -> Result<(), TypedError> {
                extension::merge(&mut self.rest, extension)
            }
        }

        impl From<$view> for Object {
            /// With `schemas` derived from the content.
            fn from(view: $view) -> Self {
                extension::listed(view.give(), $urn)
            }
        }
    };
}
pub(super) use resource;
