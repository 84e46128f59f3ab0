//! Statements on how an identity provider is connected.

use super::{Conn, Storage, directory, heard, organisations, tokens};
use crate::audit::{By, Done};
use crate::organisations::{Enabled, IdentityProvider, OrganisationChange};
use crate::slug::Slug;
use crate::storage::Result;
use crate::tokens::{ConnectionStore, Heard, TokenRow, TokenState};
use provost::hook::TenantId;

impl ConnectionStore for Storage {
    async fn enable_scim(
        &self,
        by: By,
        slug: Slug,
        provider: IdentityProvider,
        token: TokenRow,
    ) -> Result<Enabled> {
        let proof = self.proof();
        self.change(by, move |conn| {
            // another profile may require unique values
            if directory::is_prepared(conn)? {
                proof(conn)?;
            }
            enable(conn, &slug, provider, &token)
        })
        .await
    }

    async fn milestones(&self, tenant: TenantId) -> Result<Vec<Heard>> {
        self.scan(move |conn| Ok(heard::of_tenant(conn, tenant)?)).await
    }
}

/// If two do this at once, the second finds it enabled already. For the same identity provider the profile is kept,
/// since its rules may have been changed.
fn enable(conn: &mut Conn, slug: &Slug, provider: IdentityProvider, new: &TokenRow) -> Result<Done<Enabled>> {
    let before = organisations::held(conn, slug)?;
    if before.scim {
        return Ok(Done::nothing(Enabled::Already));
    }
    let change = OrganisationChange {
        scim: Some(true),
        provider: Some(provider),
        profile: (before.provider != provider).then(|| provider.profile()),
        ..OrganisationChange::default()
    };
    let mut deeds = organisations::update(conn, slug, &change, new.created)?.into_parts().1;
    let works = |token: &TokenRow| token.state(new.created) == TokenState::Active && !token.read_only;
    if tokens::of_tenant(conn, before.tenant)?.iter().any(works) {
        return Ok(Done::several(Enabled::AsBefore, deeds));
    }
    deeds.push(tokens::insert(conn, new)?);
    Ok(Done::several(Enabled::WithToken, deeds))
}
