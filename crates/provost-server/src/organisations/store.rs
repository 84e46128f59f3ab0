//! What organisations need from the database.

use super::{Losses, Organisation, OrganisationChange, Tombstone};
use crate::audit::By;
use crate::people::{Address, MembershipId};
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait OrganisationStore {
        /// All organisations, by slug.
        async fn organisations(&self) -> Result<Vec<Organisation>>;

        /// The present slug of an organisation; `None` if it was deleted.
        async fn slug_of(&self, tenant: TenantId) -> Result<Option<Slug>>;

        async fn organisation(&self, slug: &Slug) -> Result<Organisation>;

        async fn create_organisation(&self, by: By, new: Organisation) -> Result<()>;

        /// Creates an organisation and invites its owner.
        async fn found_organisation(
            &self,
            by: By,
            new: Organisation,
            owner: Address,
        ) -> Result<MembershipId>;

        /// Changes settings, and records those that differ with their old and new values.
        async fn update_organisation(
            &self,
            by: By,
            slug: Slug,
            change: OrganisationChange,
        ) -> Result<Organisation>;
    }
}

asked! {
    /// Ending organisations.
    trait EndingStore {
        /// What a deletion would take away.
        async fn losses(&self, slug: &Slug) -> Result<Losses>;

        /// Deletes an organisation with everything it owns, and returns what that was.
        async fn delete_organisation(&self, by: By, slug: Slug) -> Result<(Organisation, Losses)>;

        /// Switches an organisation on or off. Off also ends the sessions that open no other organisation.
        async fn switch_organisation(&self, by: By, slug: Slug, is_on: bool) -> Result<Organisation>;

        /// The tombstones of deleted organisations, by slug.
        async fn deleted_organisations(&self) -> Result<Vec<Tombstone>>;

        /// Deletes the organisations of these tombstones, if present, and keeps the tombstones; returns the slugs of those
        /// deleted. For a restored backup, which does not know what was deleted after it was made.
        async fn bury(&self, by: By, tombstones: Vec<Tombstone>) -> Result<Vec<Slug>>;
    }
}

#[cfg(feature = "console")]
asked! {
    /// Former slugs of organisations.
    trait FormerSlugStore {
        /// The organisation that once had this slug and now has another.
        async fn renamed_to(&self, former: Slug) -> Result<Option<Organisation>>;
    }
}
