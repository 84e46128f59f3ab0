//! Changes by hand to a team that follows a group, which are allowed while SCIM is off: the group is changed, as the identity
//! provider would, and the team follows it. When SCIM is on again, the provider goes on from there.

use super::TeamId;
use crate::audit::By;
use crate::people::{Member, MembershipId};
use crate::slug::Slug;
use crate::storage::{Result, Storage, StorageError, asked};
use crate::users::{Written, write};
use provost::hook::TenantId;
use provost::{Id, Profile, SchemaSet};
use serde_json::json;
use std::sync::Arc;

/// What is changed. A person is named as in `people::PeopleStore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Rename(String),
    Add(String),
    Remove(String),
    Empty,
    Delete,
}

/// A team that follows a group.
#[derive(Debug, Clone)]
pub(crate) struct Provided {
    pub(crate) id: TeamId,
    pub(crate) slug: Slug,
    pub(crate) group: Id,
    /// Whether the group has nobody, with and without access.
    pub(crate) is_empty: bool,
    /// Whom the change names.
    pub(crate) person: Option<Person>,
}

/// A member, and whether they are in the team.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: MembershipId,
    pub(crate) member: Member,
    pub(crate) is_in: bool,
}

/// A change to the group, on its way to the directory.
#[derive(Debug, Clone)]
pub(crate) struct GroupChange {
    pub(crate) by: By,
    pub(crate) tenant: TenantId,
    pub(crate) team: Provided,
    pub(crate) change: Change,
}

asked! {
    trait ProvidedStore {
        /// The team, and the person whom a change names.
        async fn provided(&self, tenant: TenantId, slug: Slug, person: Option<String>) -> Result<Provided>;
    }
}

/// Changes the group. Refused while SCIM is on.
pub(crate) async fn change(
    storage: &Storage,
    (schemas, profile): (Arc<SchemaSet>, Profile),
    (by, tenant): (By, TenantId),
    slug: &Slug,
    change: Change,
) -> Result<()> {
    let person = match &change {
        Change::Add(person) | Change::Remove(person) => Some(person.clone()),
        Change::Rename(_) | Change::Empty | Change::Delete => None,
    };
    let team = storage.provided(tenant, slug.clone(), person).await?;
    let Some(written) = written(&team, &change)? else { return Ok(()) };
    let path = format!("/Groups/{}", team.group);
    let store = storage.directory_of_team(Arc::clone(&schemas), GroupChange { by, tenant, team, change });
    match write((store, schemas), (tenant, profile), &path, written).await? {
        true => Ok(()),
        false => Err(StorageError::NoTeam(slug.clone())),
    }
}

/// The write to the group, unless there is nothing to do.
fn written(team: &Provided, change: &Change) -> Result<Option<Written>> {
    Ok(Some(match change {
        Change::Rename(name) => {
            Written::Patch(json!({ "op": "replace", "path": "displayName", "value": name }))
        }
        Change::Empty if team.is_empty => return Ok(None),
        Change::Empty => Written::Patch(json!({ "op": "remove", "path": "members" })),
        Change::Delete => Written::Delete,
        Change::Add(_) | Change::Remove(_) => {
            let Some(Person { member, is_in, .. }) = &team.person else { return Ok(None) };
            let Some(user) = &member.scim_user_id else { return Err(no_user(member, team)) };
            match (change, is_in) {
                (Change::Add(_), true) => return Ok(None),
                (Change::Add(_), false) => Written::Patch(
                    json!({ "op": "add", "path": "members", "value": [{ "value": user.as_str() }] }),
                ),
                (_, true) => {
                    Written::Patch(json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }))
                }
                (_, false) => {
                    let (member, team) = (member.user_name.clone(), team.slug.clone());
                    return Err(StorageError::NotInTeam { member, team });
                }
            }
        }
    }))
}

/// A group holds users of the directory.
fn no_user(member: &Member, team: &Provided) -> StorageError {
    StorageError::Refused(format!(
        "{} was added by hand and is not in the directory, so the group that {} follows cannot contain them: put them into a team by hand",
        member.user_name, team.slug
    ))
}
