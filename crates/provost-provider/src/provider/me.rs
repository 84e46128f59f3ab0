//! `/Me`: the caller's own resource (RFC 7644 section 3.11).

use super::call::Call;
use crate::operation::Operation;
use crate::request::Request;
use crate::response::Refusal;
use crate::route;
use crate::store::Store;
use provost_core::{Error, ErrorKind};

impl<S: Store> Call<'_, S> {
    /// What a request to `/Me` means for the caller's resource. The answer has the permanent URL in Location: "the
    /// service provider MAY process the SCIM request directly. In any response, the HTTP "Location" header MUST be the
    /// permanent location of the aliased resource".
    pub(super) fn me<'r>(&self, request: &Request<'r>) -> Result<Operation<'r>, Error> {
        let absent = |message: &str| Error::new(ErrorKind::NotImplemented, message);
        let Some(who) = &self.settings.me else {
            return Err(absent(
                "`/Me` is not supported: a bearer token of this server stands for a client, not for a user",
            ));
        };
        if request.method == "POST" {
            return Err(absent("`/Me` does not support registration")
                .with_remedy("create users at the endpoint of their type"));
        }
        let Some((kind, id)) = who(&self.session.principal) else {
            let message = "this token does not belong to a resource, so there is nothing at `/Me`";
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let kind = self.service().schemas.resource_type(&kind).cloned().ok_or_else(|| {
            let message = "the resource behind `/Me` has a resource type that this server does not have";
            Error::new(ErrorKind::Internal, message).with_source(format!("`Settings::me` named `{kind}`"))
        })?;
        route::on_resource(kind, id, request).map_err(Refusal::into_error)
    }
}
