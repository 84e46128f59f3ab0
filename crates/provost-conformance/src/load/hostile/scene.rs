//! What an attack needs in its organisation. Whatever is missing is created first.

use super::super::expect::{Expect, List};
use super::super::{ask, inventory};
use super::Attack;
use crate::Target;
use crate::http::{Connection, Request};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::json;

/// The display name of all users in the attacked organisation.
pub(super) const COMMON: &str = "same";
/// How their user names begin.
const OURS: &str = "hostile-user-";
/// How many connections create users.
const CONNECTIONS: usize = 16;

/// Ids of users and groups.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// How many groups, and how many of the users each one has.
#[derive(Debug, Clone, Copy)]
struct Groups {
    count: usize,
    members: usize,
}

impl Groups {
    fn of(attack: Attack, users: usize) -> Self {
        match attack {
            Attack::ManyGroups => Self { count: 500, members: users.min(200) },
            Attack::UnreadPages | Attack::LargeGroups => Self { count: 10, members: users },
            Attack::MemberFilters => Self { count: 4, members: users },
            Attack::UnknownMembers | Attack::SmallValues | Attack::SlowBodies => {
                Self { count: 1, members: 0 }
            }
            _ => Self { count: 0, members: 0 },
        }
    }
}

/// Creates what is missing.
pub(super) async fn prepare(target: &Target, attacks: &[Attack], users: usize) -> Result<Scene, String> {
    let mut connection = Connection::new(target);
    let (mut there, _) = inventory::walk(&mut connection, OURS).await?;
    if there.len() < users {
        let names = (0..users).map(|n| format!("{OURS}{n:07}@load.example"));
        there = inventory::create(target, CONNECTIONS, user, names.skip(there.len())).await?;
        there.extend(inventory::walk(&mut connection, OURS).await?.0);
    }
    there.sort_by(|a, b| a.name.cmp(&b.name));
    there.dedup_by(|a, b| a.id == b.id);
    there.truncate(users);
    let mut scene = Scene { users: there.into_iter().map(|person| person.id).collect(), groups: Vec::new() };
    for attack in attacks {
        let Groups { count, members } = Groups::of(*attack, scene.users.len());
        for n in 0..count {
            let name = format!("hostile-{attack}-{n}");
            let body = group(&name, scene.users.get(..members).unwrap_or_default());
            let id = found_or_made(&mut connection, &name, body).await?;
            scene.groups.push(id);
        }
    }
    Ok(scene)
}

async fn found_or_made(connection: &mut Connection, name: &str, body: Bytes) -> Result<String, String> {
    let path = format!("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22{name}%22");
    let (response, _) = ask(connection, &Request::get(path), &Expect::Done).await?;
    if let Some(group) = List::of(&response)?.resources.into_iter().next() {
        return Ok(group.id.into_owned());
    }
    let post = Request::new(Method::POST, "/Groups?excludedAttributes=members", Some(body));
    let expect = Expect::Created { name: name.to_owned() };
    let (_, id) = ask(connection, &post, &expect).await.map_err(|why| format!("POST /Groups: {why}"))?;
    id.ok_or_else(|| format!("the group `{name}` has no id"))
}

fn user(name: &str) -> Bytes {
    let short = name.split('@').next().unwrap_or(name);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": format!("ext-{short}"),
        "userName": name,
        "active": true,
        "displayName": COMMON,
        "nickName": short,
        "title": "Signal Engineer",
        "emails": [{ "primary": true, "type": "work", "value": name }],
    });
    body.to_string().into()
}

/// A group with members.
pub(super) fn group(name: &str, members: &[String]) -> Bytes {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    json!({ "schemas": schemas, "displayName": name, "members": members }).to_string().into()
}
