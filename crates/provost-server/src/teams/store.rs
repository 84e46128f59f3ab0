//! What is asked of the database about teams.

use super::Team;
use crate::audit::By;
use crate::people::Member;
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    /// A member is named as for `people::PeopleStore`. Teams that follow a group are changed by the identity provider alone.
    trait TeamStore {
        /// All teams, by slug.
        async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>>;

        /// Makes a team by hand; without a slug it gets one from its name.
        async fn create_team(
            &self,
            by: By,
            tenant: TenantId,
            name: String,
            slug: Option<Slug>,
        ) -> Result<Team>;

        /// Names a team differently. The slug stays: bookmarks and settings name it.
        async fn rename_team(&self, by: By, tenant: TenantId, slug: Slug, name: String) -> Result<()>;

        /// Takes everybody out of a team; how many.
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
