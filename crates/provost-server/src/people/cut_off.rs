//! Cuts a member off by hand: makes the SCIM user inactive, as the identity provider would, for a person whom the
//! provider no longer has or who must be out at once. It runs as a SCIM request, so the same checks and consequences
//! apply.

use super::acts::Order;
use crate::clock;
use crate::storage::{Storage, StorageError};
use provost::hook::TenantId;
use provost::{Credential, Id, Principal, Profile, Provider, Request, SchemaSet, Session, Settings};
use serde_json::{Value, json};
use std::sync::Arc;

/// Who is cut off.
#[derive(Debug, Clone)]
pub(crate) struct CutOff {
    pub(crate) order: Order,
    pub(crate) user: Id,
    pub(crate) user_name: String,
}

pub(crate) async fn cut_off(
    storage: &Storage,
    schemas: Arc<SchemaSet>,
    profile: Profile,
    what: CutOff,
) -> Result<(), StorageError> {
    let (tenant, path): (TenantId, String) = (what.order.tenant, format!("/Users/{}", what.user));
    let id = what.order.id;
    let store = storage.directory_of(Arc::clone(&schemas), what);
    // the base URL is a placeholder, since the answer is not sent anywhere
    let base = "http://localhost/scim/v2".parse().or(Err(StorageError::Unavailable))?;
    let settings = Settings::new(base, schemas, clock::now, || clock::new_id(clock::now()));
    let provider = Provider::new(settings).map_err(|e| StorageError::Refused(e.to_string()))?;
    let principal = Principal::new(tenant.to_string(), Credential::token(""));
    let session = Session::new(principal, store).with_profile(profile);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    let body = body.to_string();
    let mut request = Request::new("PATCH", &path);
    (request.body, request.content_type) = (body.as_bytes(), Some("application/scim+json"));
    let response = provider.handle(&session, &request).await.response;
    match response.status {
        200..=299 => Ok(()),
        404 => Err(StorageError::NoMember(id.to_string())),
        503 => Err(StorageError::Unavailable),
        _ => {
            let said = response.body.as_deref().and_then(|body| serde_json::from_slice::<Value>(body).ok());
            let detail = said.and_then(|said| said.get("detail")?.as_str().map(str::to_owned));
            Err(StorageError::Refused(detail.unwrap_or_else(|| "the directory refused it".to_owned())))
        }
    }
}
