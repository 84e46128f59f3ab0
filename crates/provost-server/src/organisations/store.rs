//! What is asked of the database about organisations.

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

        /// What an organisation is called now; `None` if it was deleted.
        async fn slug_of(&self, tenant: TenantId) -> Result<Option<Slug>>;

        async fn organisation(&self, slug: &Slug) -> Result<Organisation>;

        async fn create_organisation(&self, by: By, new: Organisation) -> Result<()>;

        /// The same, with an owner who is invited.
        async fn found_organisation(
            &self,
            by: By,
            new: Organisation,
            owner: Address,
        ) -> Result<MembershipId>;

        /// Tells of the settings that differ afterwards, old and new.
        async fn update_organisation(
            &self,
            by: By,
            slug: Slug,
            change: OrganisationChange,
        ) -> Result<Organisation>;
    }
}

asked! {
    /// How organisations end.
    trait EndingStore {
        /// What a deletion would take along.
        async fn losses(&self, slug: &Slug) -> Result<Losses>;

        /// Deletes an organisation with everything that is its own; and says what that was.
        async fn delete_organisation(&self, by: By, slug: Slug) -> Result<(Organisation, Losses)>;

        /// Switches an organisation off, which ends the sessions that open no other, or on again.
        async fn switch_organisation(&self, by: By, slug: Slug, is_on: bool) -> Result<Organisation>;

        /// What is left of those that were deleted, by the short name.
        async fn deleted_organisations(&self) -> Result<Vec<Tombstone>>;

        /// Deletes the organisations of these tombstones where they are there, and keeps the tombstones; gives the short names of
        /// those that were there. For a backup, which does not know what was deleted after it was made.
        async fn bury(&self, by: By, tombstones: Vec<Tombstone>) -> Result<Vec<Slug>>;
    }
}

#[cfg(feature = "console")]
asked! {
    /// Short names that organisations had.
    trait FormerSlugStore {
        /// The organisation that had this one, and is there under another.
        async fn renamed_to(&self, former: Slug) -> Result<Option<Organisation>>;
    }
}
