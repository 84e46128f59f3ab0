//! The PatchOp message.

use crate::error::{Error, ErrorKind, Place, Text};
use crate::filter::PatchPath;
use crate::policy::{Choice, Notes, Terms};
use crate::text::{excerpt, words};
use crate::urn;
use crate::value::{Object, Value};
use std::fmt;

words! {
    /// What an operation does (RFC 7644 section 3.5.2). The RFC writes the words in lower case; other cases are
    /// accepted, since they cannot mean anything else.
    Op {
        /// Add values.
        Add = "add",
        /// Remove values.
        Remove = "remove",
        /// Replace values.
        Replace = "replace",
    }
}

/// One operation, with its path parsed but not bound to a schema.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// Its number in the request, from 1, for messages.
    pub number: usize,
    /// What it does.
    pub op: Op,
    /// Where; `None` if the names are in the value.
    pub path: Option<PatchPath>,
    /// The value; `None` if the request has no `value`.
    pub value: Option<Value>,
}

impl Operation {
    /// The place of an error in this operation.
    pub(crate) fn place(&self) -> Place {
        let path = self.path.as_ref().map(ToString::to_string);
        Place::Operation { number: self.number, op: Some(self.op.as_str()), path, inner: None }
    }

    /// The same operation with another path and value.
    pub(crate) fn retarget(&self, path: Option<PatchPath>, value: Option<Value>) -> Self {
        Self { path, value, ..self.clone() }
    }
}

/// A PATCH request as sent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PatchRequest {
    /// The operations in order.
    pub operations: Vec<Operation>,
}

impl PatchRequest {
    /// Reads the message.
    ///
    /// # Errors
    /// `invalidSyntax` if it is not a PatchOp message, 413 if it has too many operations, `invalidPath` or
    /// `invalidFilter` with the byte position for paths, `noTarget` for a `remove` without path.
    pub fn parse(mut body: Object, terms: Terms<'_>, notes: &mut Notes) -> Result<Self, Error> {
        let syntax = |fault: fmt::Arguments<'_>| {
            Err(Error::of_attribute(ErrorKind::InvalidSyntax, "Operations", fault))
        };
        terms.check_message(&body, urn::PATCH_OP, notes).map_err(|e| match body.get("schemas") {
            None => old_fashioned(e, &body, terms),
            Some(_) => e,
        })?;
        let list = match body.remove("Operations") {
            Some(Value::Array(list)) => list,
            Some(other) => return syntax(format_args!("must be an array, found {}", other.kind())),
            None => {
                let fault = "is required: an array of one or more operations";
                let e = Error::of_attribute(ErrorKind::InvalidSyntax, "Operations", fault);
                return Err(old_fashioned(e, &body, terms));
            }
        };
        let (count, most) = (list.len(), terms.limits.operations);
        if count > most {
            let message = format!("the request has {count} operations; the limit is {most}");
            let place = Place::attribute("Operations");
            return Err(Error::new(ErrorKind::PayloadTooLarge, message).at(place));
        }
        if list.is_empty() {
            // RFC 7644 section 3.5.2: "an array of one or more PATCH operations"
            if !terms.policy.empty_operations {
                return syntax(format_args!("is empty: one or more operations are required"));
            }
            notes.record(Choice::EmptyOperations);
        }
        let read = |(n, item)| operation(n + 1, item, terms, notes);
        Ok(Self { operations: list.into_iter().enumerate().map(read).collect::<Result<_, _>>()? })
    }
}

/// SCIM 1.1 put the attributes to change at the top of the body.
fn old_fashioned(e: Error, body: &Object, terms: Terms<'_>) -> Error {
    let is_old = !body.contains("Operations") && body.iter().any(|(name, _)| !name.is("schemas"));
    match is_old {
        true => e.with_remedy(&format!(
            "attributes at the top of the body are a PATCH of SCIM 1.1; {}",
            terms.version()
        )),
        false => e,
    }
}

fn operation(number: usize, item: Value, terms: Terms<'_>, notes: &mut Notes) -> Result<Operation, Error> {
    let unread = || Place::operation(number);
    let syntax = |message: String| Error::new(ErrorKind::InvalidSyntax, message).at(unread());
    let Value::Object(mut item) = item else {
        return Err(syntax(format!("must be an object, found {}", item.kind())));
    };
    let op = match item.get("op") {
        Some(Value::String(word)) => Op::parse(word).ok_or_else(|| {
            syntax(format!("`op` must be add, remove or replace, found `{}`", excerpt(word)))
        })?,
        Some(other) => return Err(syntax(format!("`op` must be a string, found {}", other.kind()))),
        None => return Err(syntax("`op` is required: add, remove or replace".to_owned())),
    };
    let path = match item.get("path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => {
            let e = Error::new(ErrorKind::InvalidPath, "`path` is empty, which names nothing").at(unread());
            return Err(e.with_remedy(match op {
                Op::Remove => "name the attribute to remove",
                Op::Add | Op::Replace => "leave it out for the whole resource",
            }));
        }
        Some(Value::String(text)) => Some(parse_path(text, terms, notes).map_err(|e| e.at(unread()))?),
        Some(other) => return Err(syntax(format!("`path` must be a string, found {}", other.kind()))),
    };
    let operation = Operation { number, op, path, value: item.remove("value") };
    // RFC 7644 section 3.5.2.2: "If "path" is unspecified, the operation fails with ... "noTarget""
    if op == Op::Remove && operation.path.is_none() {
        let bare = operation.value.as_ref().is_none_or(|v| v.as_object().is_none());
        if bare || !terms.policy.remove_with_value {
            let message = "a path is required to say what to remove";
            return Err(Error::new(ErrorKind::NoTarget, message).at(operation.place()));
        }
    }
    // RFC 7644 section 3.5.2.1: "The operation MUST contain a "value" member"
    if op != Op::Remove && operation.value.is_none() {
        return Err(Error::new(ErrorKind::InvalidValue, "a `value` is required").at(operation.place()));
    }
    Ok(operation)
}

/// RFC 7644 section 3.5.2.2: the path alone says what to remove. If the value was meant to select some of many, all of
/// them would be removed.
pub(crate) fn takes_no_value() -> Error {
    Error::new(ErrorKind::InvalidSyntax, "`remove` takes no `value`")
        .with_remedy("the path alone says what is removed; select values with a value path")
}

/// Parses a path with the policy's syntax. A fault inside brackets is reported as one in a filter.
pub(crate) fn parse_path(text: &str, terms: Terms<'_>, notes: &mut Notes) -> Result<PatchPath, Error> {
    match PatchPath::parse(text, terms.limits, terms.policy.syntax) {
        Ok((path, used)) => {
            notes.record_syntax(used);
            Ok(path)
        }
        Err(e) => {
            let inside = text.find('[').is_some_and(|bracket| e.offset() > bracket);
            let kind = if inside { ErrorKind::InvalidFilter } else { ErrorKind::InvalidPath };
            let message = format!("the path `{}` is not valid: {e}", excerpt(text));
            Err(Error::new(kind, message).at(Place::Byte { text: Text::Path, span: e.span() }))
        }
    }
}
