//! What teams need from the database.

use super::Team;
use crate::audit::By;
use crate::people::Member;
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    /// A member is named as in `people::PeopleStore`. Only the identity provider changes teams that follow a group.
    trait TeamStore {
        /// All teams, by slug.
        async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>>;

        /// Makes a team by hand. Without a slug, one is made from its name.
        async fn create_team(
            &self,
            by: By,
            tenant: TenantId,
            name: String,
            slug: Option<Slug>,
        ) -> Result<Team>;

        /// Renames a team. The slug stays, since bookmarks and settings use it.
        async fn rename_team(&self, by: By, tenant: TenantId, slug: Slug, name: String) -> Result<()>;

        /// Removes everybody from a team; returns how many.
        async fn empty_team(&self, by: By, tenant: TenantId, slug: Slug) -> Result<usize>;

        async fn delete_team(&self, by: By, tenant: TenantId, slug: Slug) -> Result<()>;

        async fn add_to_team(&self, by: By, tenant: TenantId, slug: Slug, member: String) -> Result<Member>;

        async fn remove_from_team(
            &self,
            by: By,
            tenant: TenantId,
            slug: Slug,
            member: String,
        ) -> Result<Member>;
    }
}
