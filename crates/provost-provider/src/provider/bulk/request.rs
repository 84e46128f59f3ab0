//! The BulkRequest message (RFC 7644 section 3.7).

use crate::conditions::Conditions;
use crate::outcome::WriteKind;
use crate::route::Endpoint;
use provost_core::error::Place;
use provost_core::text::excerpt;
use provost_core::value::Value;
use provost_core::{Error, ErrorKind, Id, Object, ResourceType, SchemaSet, urn};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The message.
pub(super) struct BulkRequest {
    /// After how many errors to stop.
    pub(super) fail_on_errors: Option<usize>,
    pub(super) items: Vec<BulkItem>,
    /// The operations that create something, by their bulkId.
    pub(super) makers: HashMap<String, usize>,
}

/// One operation as sent. A fault affects only that operation; the others are done.
pub(super) struct BulkItem {
    pub(super) method: Option<String>,
    pub(super) bulk_id: Option<String>,
    pub(super) step: Result<BulkStep, Error>,
}

/// What an operation does.
#[derive(Clone)]
pub(super) struct BulkStep {
    pub(super) action: Action,
    pub(super) kind: Arc<ResourceType>,
    /// The id in the path, possibly a `bulkId:..`; none for POST.
    pub(super) id: Option<Id>,
    pub(super) conditions: Conditions,
    pub(super) data: Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Replace,
    Patch,
    Delete,
}

impl Action {
    pub(super) const fn kind(self) -> WriteKind {
        match self {
            Self::Create => WriteKind::Create,
            Self::Replace | Self::Patch => WriteKind::Update,
            Self::Delete => WriteKind::Delete,
        }
    }
}

impl BulkRequest {
    /// Parses the message.
    ///
    /// # Errors
    /// It is unusable as a whole: 413 for more operations than `most`, 400 for an unreadable envelope or a bulkId used
    /// by two POSTs.
    pub(super) fn read(mut message: Object, schemas: &SchemaSet, most: usize) -> Result<Self, Error> {
        let list = match message.remove("Operations") {
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(Value::Array(_) | Value::Null) | None => {
                return Err(syntax(
                    "Operations",
                    "`Operations` is required: an array of one or more operations",
                ));
            }
            Some(other) => {
                return Err(syntax(
                    "Operations",
                    &format!("`Operations` must be an array, found {}", other.kind()),
                ));
            }
        };
        // RFC 7644 section 3.7.4: "the service provider MUST return HTTP response code 413 ... The returned response
        // MUST specify the limit exceeded in the body of the error response."
        if list.len() > most {
            let message = format!(
                "the bulk request has {} operations, and can have at most {most} (`maxOperations`)",
                list.len()
            );
            return Err(Error::new(ErrorKind::PayloadTooLarge, message)
                .at(Place::attribute("Operations"))
                .with_remedy("send them in parts"));
        }
        let fail_on_errors = fail_on_errors(message.get("failOnErrors"))?;
        let items: Vec<BulkItem> = list.into_iter().map(|o| item(o, schemas)).collect();
        Ok(Self { fail_on_errors, makers: makers(&items)?, items })
    }
}

fn fail_on_errors(value: Option<&Value>) -> Result<Option<usize>, Error> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(other) => other.as_number().and_then(provost_core::Number::as_i64),
    };
    let number = number.filter(|n| *n >= 0).ok_or_else(|| {
        Error::new(ErrorKind::InvalidValue, "`failOnErrors` must be a whole number, not below 0")
            .at(Place::attribute("failOnErrors"))
    })?;
    // libraries send 0 as their language's default, so 0 means no limit
    Ok(Some(usize::try_from(number).unwrap_or(usize::MAX)).filter(|n| *n > 0))
}

fn makers(items: &[BulkItem]) -> Result<HashMap<String, usize>, Error> {
    let mut makers: HashMap<String, usize> = HashMap::new();
    for (n, item) in items.iter().enumerate() {
        let is_post = item.method.as_deref().is_some_and(|m| m.eq_ignore_ascii_case("POST"));
        let Some(id) = item.bulk_id.as_ref().filter(|_| is_post) else { continue };
        if let Some(first) = makers.insert(id.clone(), n) {
            let (first, number) = (first + 1, n + 1);
            let message = format!("operations {first} and {number} have the same bulkId `{}`", excerpt(id));
            return Err(Error::new(ErrorKind::InvalidValue, message)
                .at(Place::attribute("bulkId"))
                .at(Place::BulkOperation { number, inner: None })
                .with_remedy("each POST needs its own"));
        }
    }
    Ok(makers)
}

fn item(value: Value, schemas: &SchemaSet) -> BulkItem {
    let Value::Object(object) = value else {
        let message = format!("an operation must be an object, found {}", value.kind());
        return BulkItem {
            method: None,
            bulk_id: None,
            step: Err(Error::new(ErrorKind::InvalidSyntax, message)),
        };
    };
    let text = |name: &str| object.str(name).filter(|t| !t.is_empty()).map(str::to_owned);
    BulkItem { method: text("method"), bulk_id: text("bulkId"), step: step(object, schemas) }
}

fn step(mut object: Object, schemas: &SchemaSet) -> Result<BulkStep, Error> {
    let action = Action::parse(required(&object, "method", "POST, PUT, PATCH or DELETE")?)?;
    let path = required(&object, "path", "relative to the base URL, like `/Users`")?;
    let (kind, id) = action.place(path, schemas)?;
    // RFC 7644 section 3.7: bulkId is "REQUIRED when "method" is "POST""
    if action == Action::Create {
        required(&object, "bulkId", "any text that no other operation has")?;
    }
    let conditions = match object.get("version") {
        None | Some(Value::Null) => Conditions::default(),
        Some(Value::String(version)) => Conditions::parse(Some(version), None),
        Some(other) => {
            return Err(syntax("version", &format!("`version` must be a string, found {}", other.kind())));
        }
    };
    let data = action.data(object.remove("data"))?;
    Ok(BulkStep { action, kind, id, conditions, data })
}

fn required<'o>(object: &'o Object, name: &str, what: &str) -> Result<&'o str, Error> {
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_) | Value::Null) | None => {
            Err(syntax(name, &format!("`{name}` is required in an operation: {what}")))
        }
        Some(other) => Err(syntax(name, &format!("`{name}` must be a string, found {}", other.kind()))),
    }
}

impl Action {
    fn parse(method: &str) -> Result<Self, Error> {
        let all = [
            ("POST", Self::Create),
            ("PUT", Self::Replace),
            ("PATCH", Self::Patch),
            ("DELETE", Self::Delete),
        ];
        let found = all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(method));
        found.map(|(_, action)| action).ok_or_else(|| {
            syntax(
                "method",
                &format!("`method` must be POST, PUT, PATCH or DELETE, found `{}`", excerpt(method)),
            )
        })
    }

    /// RFC 7644 section 3.7: the path is that of a resource type for POST, and of a resource for all others.
    fn place(self, path: &str, schemas: &SchemaSet) -> Result<(Arc<ResourceType>, Option<Id>), Error> {
        let relative = |e: Error| e.with_remedy("the path is relative to the base URL, like `/Users`");
        let message = match (self, Endpoint::find(path, schemas).map_err(relative)?) {
            (Self::Create, Endpoint::Collection(kind)) => return Ok((kind, None)),
            (Self::Replace | Self::Patch | Self::Delete, Endpoint::Resource(kind, id)) => {
                return Ok((kind, Some(id)));
            }
            (_, Endpoint::Bulk) => "a bulk request cannot contain another one",
            (Self::Create, _) => "POST needs the path of a resource type, like `/Users`",
            _ => "PUT, PATCH and DELETE need the path of a resource, like `/Users/2819c223`",
        };
        Err(syntax("path", &format!("{message}; found `{}`", excerpt(path))))
    }

    fn data(self, data: Option<Value>) -> Result<Object, Error> {
        match (self, data) {
            (Self::Delete, _) => Ok(Object::new()),
            (Self::Patch, Some(Value::Array(operations))) => Ok(patch_op(operations)),
            (Self::Patch, Some(Value::Object(mut message))) => {
                if !message.contains("Operations") && message.contains("op") {
                    return Ok(patch_op(vec![Value::Object(message)]));
                }
                if !message.contains("schemas") {
                    message.insert("schemas", vec![Value::from(urn::PATCH_OP)]);
                }
                Ok(message)
            }
            (_, Some(Value::Object(resource))) => Ok(resource),
            (_, Some(Value::Null) | None) => Err(syntax(
                "data",
                "`data` is required in an operation that is not DELETE: the body of the request",
            )),
            (_, Some(other)) => {
                Err(syntax("data", &format!("`data` must be an object, found {}", other.kind())))
            }
        }
    }
}

/// The example in RFC 7644 section 3.7.3 has the operations of a PATCH without the message around them. Every profile
/// accepts this from clients that copied it, since it can mean nothing else.
fn patch_op(operations: Vec<Value>) -> Object {
    Object::from_iter([
        ("schemas", Value::from(vec![Value::from(urn::PATCH_OP)])),
        ("Operations", Value::from(operations)),
    ])
}

/// A member of the message, or of an operation in it, is not as required.
fn syntax(member: &str, message: &str) -> Error {
    Error::new(ErrorKind::InvalidSyntax, message).at(Place::attribute(member))
}
