//! Several companies, each with a token of its own.

use crate::hook::{Seats, companies};
use diesel::prelude::*;
use provost::hook::{HookError, TenantId};
use provost::sqlite::{Directory, TenantStore};
use provost::{AuthError, AuthRequest, Authenticator, Credential, Principal, Session, StoreError};

/// Looks a token up, and whether it is for the company in the URL.
pub(crate) struct Companies(pub(crate) Directory<Seats>);

impl Authenticator for Companies {
    type Store = TenantStore<Seats>;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<Self::Store>, AuthError> {
        let token = request.bearer()?.ok_or(AuthError::Missing)?;
        let name = request.parameter("company").ok_or(AuthError::Invalid)?;
        let known = self.0.database().read(|conn| {
            let of = companies::table.filter(companies::name.eq(name)).filter(companies::token.eq(token));
            of.select(companies::id).first::<i64>(conn).optional().map_err(HookError::from)
        });
        let company = known.map_err(StoreError::from)?.ok_or(AuthError::Invalid)?;
        let principal = Principal::new(name, Credential::token("the-token"));
        Ok(Session::new(principal, self.0.tenant(TenantId(company))))
    }
}
