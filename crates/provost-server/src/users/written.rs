//! Writes to the directory by a person, in place of the identity provider. They run as SCIM requests, so the same checks and
//! consequences apply.

use crate::clock;
use crate::storage::StorageError;
use provost::hook::TenantId;
use provost::{AnyStore, Credential, Principal, Profile, Provider, Request, SchemaSet, Session, Settings};
use serde_json::{Value, json};
use std::sync::Arc;

/// What is written.
pub(crate) enum Written {
    /// One operation of a PATCH.
    Patch(Value),
    Delete,
}

/// Writes to a resource at a path such as `/Users/{id}`; returns whether it was there.
pub(crate) async fn write(
    (store, schemas): (AnyStore, Arc<SchemaSet>),
    (tenant, profile): (TenantId, Profile),
    path: &str,
    written: Written,
) -> Result<bool, StorageError> {
    // the base URL is a placeholder, since the answer is not sent anywhere
    let base = "http://localhost/scim/v2".parse().or(Err(StorageError::Unavailable))?;
    let settings = Settings::new(base, schemas, clock::now, || clock::new_id(clock::now()));
    let provider = Provider::new(settings).map_err(|e| StorageError::Refused(e.to_string()))?;
    let principal = Principal::new(tenant.to_string(), Credential::token(""));
    let session = Session::new(principal, store).with_profile(profile);
    let (method, body) = match written {
        Written::Patch(operation) => {
            let body = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [operation],
            });
            ("PATCH", body.to_string())
        }
        Written::Delete => ("DELETE", String::new()),
    };
    let mut request = Request::new(method, path);
    if !body.is_empty() {
        (request.body, request.content_type) = (body.as_bytes(), Some("application/scim+json"));
    }
    let response = provider.handle(&session, &request).await.response;
    match response.status {
        200..=299 => Ok(true),
        404 => Ok(false),
        503 => Err(StorageError::Unavailable),
        _ => {
            let said = response.body.as_deref().and_then(|body| serde_json::from_slice::<Value>(body).ok());
            let detail = said.and_then(|said| said.get("detail")?.as_str().map(str::to_owned));
            Err(StorageError::Refused(detail.unwrap_or_else(|| "the directory refused it".to_owned())))
        }
    }
}
