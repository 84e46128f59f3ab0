//! The requests of a row, in turn.

use super::ask;
use super::bodies;
use super::expect::{Expect, List};
use super::inventory::{Inventory, Person, users_by};
use super::kind::RequestKind;
use crate::Profile;
use crate::http::{Connection, Request};
use hyper::Method;
use hyper::body::Bytes;
use std::collections::HashMap;
use std::rc::Rc;

/// A request and its expected answer.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) request: Request,
    pub(super) expect: Expect,
    /// The number of a repeatable request.
    pub(super) number: Option<usize>,
    /// The line of the report that it counts for.
    pub(super) line: usize,
}

impl Planned {
    /// A GET that is sent repeatedly, known by its number.
    fn repeated(path: String, expect: Expect, number: usize) -> Self {
        Self { request: Request::get(path), expect, number: Some(number), line: 0 }
    }

    fn write(method: Method, path: impl Into<String>, body: Bytes, expect: Expect) -> Self {
        Self { request: Request::new(method, path, Some(body)), expect, number: None, line: 0 }
    }
}

/// Makes the requests of a row for all connections.
pub(super) struct Workload {
    row: RequestKind,
    inventory: Rc<Inventory>,
    profile: Profile,
    connections: usize,
    /// Distinguishes the names of this run from those of others.
    run: String,
    made: usize,
    random: u64,
    /// The path of the page that is asked for.
    page: String,
    /// Whether the spare user of each connection is in the group.
    joined: Vec<bool>,
    /// What was acknowledged, by user id: the userName or, after a PATCH, the displayName.
    written: HashMap<String, String>,
}

/// Users per page.
const PAGE: usize = 100;
/// How many writes are read back at most.
const READ_BACK: usize = 200;

impl Workload {
    pub(super) fn new(
        row: RequestKind,
        inventory: Rc<Inventory>,
        profile: Profile,
        connections: usize,
        run: u64,
    ) -> Result<Self, String> {
        if inventory.users.len() < connections.saturating_mul(2) {
            return Err(format!("{connections} connections need twice as many users: see `--users`"));
        }
        let is_there = row.group().is_none_or(|size| inventory.groups.contains_key(&size));
        if !is_there || row.needs_spare() && inventory.spare.len() < connections {
            return Err(format!(
                "`{row}`: the targets hold no such group, or nobody to join it; prepare them anew"
            ));
        }
        Ok(Self {
            row,
            inventory,
            profile,
            connections,
            run: format!("{run:016x}"),
            made: 0,
            random: run | 1,
            page: String::new(),
            joined: vec![false; connections],
            written: HashMap::new(),
        })
    }

    /// Learns what must be known before the first request.
    pub(super) async fn begin(&mut self, connection: &mut Connection) -> Result<(), String> {
        let total = usize::try_from(self.inventory.total).unwrap_or(usize::MAX);
        self.page = match &self.row {
            RequestKind::LastPage => {
                format!("/Users?startIndex={}&count={PAGE}", total.saturating_sub(PAGE).saturating_add(1))
            }
            RequestKind::Cursor => format!("/Users?cursor&count={PAGE}"),
            RequestKind::LastCursor => last_cursor(connection).await?,
            _ => format!("/Users?startIndex=1&count={PAGE}"),
        };
        Ok(())
    }

    pub(super) fn next(&mut self, connection: usize) -> Planned {
        match &self.row {
            RequestKind::Get => {
                let (number, Person { id, name }) = self.reader();
                Planned::repeated(format!("/Users/{id}"), Expect::User { id, name }, number)
            }
            RequestKind::Match => self.look_up("userName"),
            RequestKind::Email => self.look_up("emails.value"),
            RequestKind::Create => self.create(),
            RequestKind::Patch => self.patch(connection),
            RequestKind::Member(size) => self.toggle(connection, *size),
            RequestKind::Group(size) => {
                let id = self.group(*size);
                let path = format!("/Groups/{id}?excludedAttributes=members");
                Planned::repeated(path, Expect::Group { id, members: 0 }, 0)
            }
            RequestKind::WholeGroup(size) => {
                let id = self.group(*size);
                Planned::repeated(format!("/Groups/{id}"), Expect::Group { id, members: *size }, 0)
            }
            RequestKind::Page | RequestKind::LastPage | RequestKind::Cursor => {
                let total = usize::try_from(self.inventory.total).unwrap_or(usize::MAX);
                let expect = Expect::Page { count: PAGE.min(total), total: self.inventory.total };
                Planned::repeated(self.page.clone(), expect, 0)
            }
            // how many it contains is up to the server; only that it never changes is judged
            RequestKind::LastCursor => Planned::repeated(self.page.clone(), Expect::Same, 0),
            RequestKind::Path(path) => Planned::repeated(path.clone(), Expect::Same, 0),
        }
    }

    /// Every second user is read; the others are changed by PATCH.
    fn reader(&mut self) -> (usize, Person) {
        let half = self.inventory.users.len().div_ceil(2).max(1);
        let number = self.chance(half).saturating_mul(2);
        (number, pick(&self.inventory.users, number).clone())
    }

    fn look_up(&mut self, attribute: &str) -> Planned {
        let (number, Person { name, .. }) = self.reader();
        Planned::repeated(users_by(attribute, &name), Expect::Only { name }, number)
    }

    fn create(&mut self) -> Planned {
        let name = format!("load-made-{}-{}@load.example", self.run, self.made);
        self.made = self.made.saturating_add(1);
        Planned::write(Method::POST, "/Users", bodies::user(&name), Expect::Created { name })
    }

    /// Each connection changes users of its own, so that the last acknowledged value is the current one.
    fn patch(&mut self, connection: usize) -> Planned {
        let own = (self.inventory.users.len() / 2 / self.connections.max(1)).max(1);
        let place = self.chance(own).saturating_mul(self.connections).saturating_add(connection);
        let id = pick(&self.inventory.users, place.saturating_mul(2).saturating_add(1)).id.clone();
        let display_name = format!("Maren {}-{}", self.run, self.made);
        self.made = self.made.saturating_add(1);
        let body = bodies::five_operations(self.profile, &display_name);
        Planned::write(Method::PATCH, format!("/Users/{id}"), body, Expect::Renamed { id, display_name })
    }

    fn toggle(&self, connection: usize, size: usize) -> Planned {
        let person = pick(&self.inventory.spare, connection);
        let joined = self.joined.get(connection).copied().unwrap_or_default();
        let (body, line) = if joined {
            (bodies::remove(self.profile, &person.id), 1)
        } else {
            (bodies::add(self.profile, std::iter::once(person.id.as_str())), 0)
        };
        let path = format!("/Groups/{}", self.group(size));
        Planned { line, ..Planned::write(Method::PATCH, path, body, Expect::Done) }
    }

    /// Records what was acknowledged.
    pub(super) fn acknowledged(&mut self, connection: usize, planned: Planned, id: Option<String>) {
        match (planned.expect, id) {
            (Expect::Created { name }, Some(id)) if self.written.len() < READ_BACK => {
                self.written.insert(id, name);
            }
            (Expect::Renamed { id, display_name }, _) => {
                self.written.insert(id, display_name);
            }
            (Expect::Done, _) => {
                if let Some(joined) = self.joined.get_mut(connection) {
                    *joined = !*joined;
                }
            }
            _ => {}
        }
    }

    /// Removes the members that joined last.
    pub(super) fn undo(&self) -> Vec<Planned> {
        let RequestKind::Member(size) = &self.row else { return Vec::new() };
        let joined = self.joined.iter().enumerate().filter(|(_, joined)| **joined);
        joined.map(|(connection, _)| self.toggle(connection, *size)).collect()
    }

    /// Requests that show whether acknowledged writes are really there.
    pub(super) fn read_back(&self) -> Vec<(Request, Expect)> {
        let user = |id: &str| Request::get(format!("/Users/{id}"));
        match &self.row {
            RequestKind::Member(size) => {
                let state = self.joined.iter().zip(&self.inventory.spare);
                let expect = |(is, person): (&bool, &Person)| {
                    let (id, group) = (person.id.clone(), self.group(*size));
                    (user(&id), Expect::InGroup { id, group, is: *is })
                };
                state.map(expect).collect()
            }
            row => {
                let expect = |(id, text): (&String, &String)| {
                    let (id, text) = (id.clone(), text.clone());
                    let expect = match row {
                        RequestKind::Create => Expect::User { id: id.clone(), name: text },
                        _ => Expect::Named { id: id.clone(), display_name: text },
                    };
                    (user(&id), expect)
                };
                self.written.iter().take(READ_BACK).map(expect).collect()
            }
        }
    }

    fn group(&self, size: usize) -> String {
        self.inventory.groups.get(&size).cloned().unwrap_or_default()
    }

    /// A number below `n`, in an order that defeats caches.
    fn chance(&mut self, n: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.random >> 33).unwrap_or_default() % n.max(1)
    }
}

fn pick(people: &[Person], number: usize) -> &Person {
    const NOBODY: &Person = &Person { id: String::new(), name: String::new() };
    people.get(number % people.len().max(1)).unwrap_or(NOBODY)
}

/// The path of the last page by cursor.
async fn last_cursor(connection: &mut Connection) -> Result<String, String> {
    let mut path = format!("/Users?cursor&count={PAGE}");
    loop {
        let (response, _) = ask(connection, &Request::get(path.as_str()), &Expect::Done).await?;
        // RFC 9865 §2: a cursor consists of characters that a URL takes unencoded
        let Some(next) = List::of(&response)?.next_cursor else { return Ok(path) };
        path = format!("/Users?cursor={next}&count={PAGE}");
    }
}
