//! Queries by POST: `.search` (RFC 7644 section 3.4.3). Answered like GET.

use super::call::Call;
use super::root::ROOT_IS_OFF;
use crate::operation::Payload;
use crate::outcome::Answer;
use crate::params::Params;
use crate::store::Store;
use provost_core::compat::Reader;
use provost_core::error::Place;
use provost_core::policy::Choice;
use provost_core::value::Value;
use provost_core::{Error, ErrorKind, Object, ResourceType, urn};
use std::sync::Arc;

impl<S: Store> Call<'_, S> {
    pub(super) async fn search(
        &self,
        kind: &Arc<ResourceType>,
        url: Params,
        body: Payload<'_>,
    ) -> Result<Answer, Error> {
        let mut reader = self.reader();
        let params = search_request(url, body, &mut reader)?;
        self.list(kind, &params, reader).await
    }

    pub(super) async fn search_all(&self, url: Params, body: Payload<'_>) -> Result<Answer, Error> {
        self.offered(self.settings.root_query, ROOT_IS_OFF)?;
        let mut reader = self.reader();
        let params = search_request(url, body, &mut reader)?;
        self.list_all(&params, reader).await
    }
}

fn search_request(url: Params, body: Payload<'_>, reader: &mut Reader<'_>) -> Result<Params, Error> {
    let message = body.message(urn::SEARCH_REQUEST, reader)?;
    over(url, &message, reader)
}

/// The parameters in the URL, overridden by those in the message.
fn over(mut url: Params, message: &Object, reader: &mut Reader<'_>) -> Result<Params, Error> {
    let sent = |name: &str| message.get(name).filter(|v| !matches!(v, Value::Null));
    // the two are mutually exclusive, so one in the message replaces either in the URL
    if sent("attributes").is_some() || sent("excludedAttributes").is_some() {
        (url.attributes, url.excluded_attributes) = (None, None);
    }
    for name in ["filter", "sortBy", "sortOrder", "cursor"] {
        if let Some(value) = sent(name) {
            url.set(name, text(name, value)?.to_owned());
        }
    }
    for name in ["startIndex", "count"] {
        if let Some(value) = sent(name) {
            url.set(name, whole(name, value, reader)?);
        }
    }
    for name in ["attributes", "excludedAttributes"] {
        if let Some(value) = sent(name) {
            url.set(name, names(name, value, reader)?);
        }
    }
    Ok(url)
}

fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, Error> {
    value.as_str().ok_or_else(|| wrong(name, "a string", value))
}

fn whole(name: &str, value: &Value, reader: &mut Reader<'_>) -> Result<String, Error> {
    match value {
        Value::Number(n) if n.as_i64().is_some() => Ok(n.as_i64().unwrap_or_default().to_string()),
        Value::String(s) if reader.policy().quoted_numbers => {
            reader.notes.record(Choice::QuotedNumber);
            Ok(s.clone())
        }
        other => Err(wrong(name, "a whole number", other)),
    }
}

/// RFC 7644 section 3.4.3: "A multi-valued list of strings"; the query has them separated by commas.
fn names(name: &str, value: &Value, reader: &mut Reader<'_>) -> Result<String, Error> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one @ Value::String(_) if reader.policy().one_for_many => {
            reader.notes.record(Choice::OneForMany);
            std::slice::from_ref(one)
        }
        other => return Err(wrong(name, "an array of strings", other)),
    };
    let texts: Result<Vec<&str>, Error> =
        list.iter().map(|v| v.as_str().ok_or_else(|| wrong(name, "an array of strings", v))).collect();
    Ok(texts?.join(","))
}

fn wrong(name: &str, wanted: &str, found: &Value) -> Error {
    let kind = if name == "filter" { ErrorKind::InvalidFilter } else { ErrorKind::InvalidValue };
    Error::new(kind, format!("`{name}` must be {wanted}, found {}", found.kind())).at(Place::parameter(name))
}
