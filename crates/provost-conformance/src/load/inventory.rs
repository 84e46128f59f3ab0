//! The users and groups that requests ask for. Whatever is missing is created first.

use super::expect::{Expect, List};
use super::kind::RequestKind;
use super::{Load, ask, bodies};
use crate::Target;
use crate::http::{Connection, Request};
use hyper::Method;
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
    /// `userName`.
    pub(super) name: String,
}

/// The users and groups to ask for. As a file, it lets several runs, and programs that cannot be asked for it, share
/// one directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Inventory {
    /// How many users the server had when this was written.
    pub(super) total: u64,
    /// Users to ask for, spread evenly over the directory.
    pub(super) users: Vec<Person>,
    /// Users in no group, one for each connection, for rows that need them.
    pub(super) spare: Vec<Person>,
    /// Ids of groups by the number of their members.
    pub(super) groups: BTreeMap<usize, String>,
}

/// How many users are asked for at most: enough that none is asked for twice in a row, few enough to remember.
const SAMPLE: usize = 10_000;
/// How many connections there may be, since each has a spare user of its own.
pub(super) const SPARE: usize = 256;
/// How many users are read, or members sent, in one request.
const CHUNK: usize = 1_000;

/// How the names of created users begin.
const OURS: &str = "load-user-";

/// Creates what is missing.
pub(super) async fn prepare(target: &Target, load: &Load) -> Result<Inventory, String> {
    let mut connection = Connection::new(target);
    let (mut people, _) = walk(&mut connection, OURS).await?;
    let missing = load.users.saturating_sub(people.len());
    if missing > 0 {
        let first = people.len();
        let names = (first..load.users).map(|n| format!("{OURS}{n:07}@load.example"));
        create(target, load.connections, bodies::user, names).await?;
        people = walk(&mut connection, OURS).await?.0;
    }
    people.truncate(load.users);
    let spares = if load.rows.iter().any(RequestKind::needs_spare) { SPARE } else { 0 };
    let names = (0..spares).map(|n| format!("load-spare-{n}@load.example"));
    let spare = create(target, load.connections, bodies::user, names).await?;
    let mut groups = BTreeMap::new();
    for size in load.rows.iter().filter_map(RequestKind::group) {
        if size > people.len() {
            return Err(format!("a group of {size} members needs `--users {size}` at least"));
        }
        groups.insert(size, group(&mut connection, load, size, &people).await?);
    }
    let (response, _) = ask(&mut connection, &Request::get("/Users?count=1"), &Expect::Done).await?;
    let total = List::of(&response)?.total;
    let step = people.len().div_ceil(SAMPLE).max(1);
    Ok(Inventory { total, users: people.into_iter().step_by(step).collect(), spare, groups })
}

/// Users whose names begin with `ours`, in the server's order, and the number of all users.
pub(super) async fn walk(connection: &mut Connection, ours: &str) -> Result<(Vec<Person>, u64), String> {
    let (mut people, mut start) = (Vec::new(), 1_usize);
    loop {
        let get = Request::get(format!("/Users?startIndex={start}&count={CHUNK}"));
        let (response, _) = ask(connection, &get, &Expect::Done).await?;
        let List { total, resources, .. } = List::of(&response)?;
        let seen = resources.len();
        let ours = resources.into_iter().filter(|user| user.user_name.starts_with(ours));
        people
            .extend(ours.map(|user| Person { id: user.id.into_owned(), name: user.user_name.into_owned() }));
        start = start.saturating_add(seen);
        if seen == 0 || u64::try_from(start).is_ok_and(|start| start > total) {
            return Ok((people, total));
        }
    }
}

/// Creates users with these names, on all connections at once, or finds those that exist.
pub(super) async fn create(
    target: &Target,
    connections: usize,
    body: fn(&str) -> Bytes,
    names: impl Iterator<Item = String> + 'static,
) -> Result<Vec<Person>, String> {
    let names = Rc::new(RefCell::new(names));
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (names, mut connection) = (Rc::clone(&names), Connection::new(target));
        tasks.push(tokio::task::spawn_local(async move {
            let mut made = Vec::new();
            loop {
                let next = names.borrow_mut().next();
                let Some(name) = next else { return Ok::<_, String>(made) };
                made.push(Person { id: create_one(&mut connection, &name, body(&name)).await?, name });
            }
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.map_err(|error| error.to_string())??);
    }
    Ok(all)
}

/// The path to search for users with this value.
pub(super) fn users_by(attribute: &str, value: &str) -> String {
    format!("/Users?filter={attribute}%20eq%20%22{}%22", value.replace('@', "%40"))
}

async fn create_one(connection: &mut Connection, name: &str, body: Bytes) -> Result<String, String> {
    let post = Request::new(Method::POST, "/Users", Some(body));
    let response = connection.send(&post).await.map_err(|error| error.to_string())?;
    let id = if response.status == 409 {
        let find = Request::get(users_by("userName", name));
        ask(connection, &find, &Expect::Only { name: name.to_owned() }).await?.1
    } else {
        Expect::Created { name: name.to_owned() }.check(response.status, &response.body)?
    };
    id.ok_or_else(|| format!("`{name}` has no id"))
}

/// The group of this size, filled with the first users.
async fn group(
    connection: &mut Connection,
    load: &Load,
    size: usize,
    people: &[Person],
) -> Result<String, String> {
    let name = format!("load-group-{size}");
    let path = format!("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22{name}%22");
    let (response, _) = ask(connection, &Request::get(path), &Expect::Done).await?;
    if let Some(group) = List::of(&response)?.resources.into_iter().next() {
        return checked(connection, group.id.into_owned(), size).await;
    }
    let post = Request::new(Method::POST, "/Groups", Some(bodies::group(&name)));
    let (_, id) = ask(connection, &post, &Expect::Created { name }).await?;
    let id = id.unwrap_or_default();
    for some in people.get(..size).unwrap_or(people).chunks(CHUNK) {
        let body = bodies::add(load.profile, some.iter().map(|person| person.id.as_str()));
        let patch = Request::new(Method::PATCH, format!("/Groups/{id}"), Some(body));
        ask(connection, &patch, &Expect::Done).await?;
    }
    checked(connection, id, size).await
}

async fn checked(connection: &mut Connection, id: String, members: usize) -> Result<String, String> {
    let get = Request::get(format!("/Groups/{id}"));
    ask(connection, &get, &Expect::Group { id: id.clone(), members }).await?;
    Ok(id)
}
