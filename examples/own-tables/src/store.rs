//! The store: SCIM reads and writes the application's tables.

use crate::tables::{Account, Row, TABLES, Team, accounts, memberships, scim, sessions, teams};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use provost::core::change::{MemberChange, NewResource};
use provost::core::query::{Fields, Page};
use provost::core::resource::{Link, Site};
use provost::core::value::parse_object;
use provost::core::{Change, Id, Object, Query, Resource, ResourceType, Timestamp, Version};
use provost::embed::{equals, joining, needs, select};
use provost::{Context, Result, Store, StoreError, Updated};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The accounts and teams of one organisation.
#[derive(Clone)]
pub(crate) struct Directory {
    db: Arc<Mutex<SqliteConnection>>,
    org: i64,
    site: Site,
}

/// Rows that are looked at one by one, where no column answers a filter or gives an order.
const SCANNED: usize = 5_000;

impl Directory {
    /// A database in memory; an application has its own, and a pool of connections.
    pub(crate) fn in_memory(org: i64, site: Site) -> Result<Self> {
        let mut db = SqliteConnection::establish(":memory:").map_err(StoreError::backend)?;
        db.batch_execute(TABLES).map_err(StoreError::backend)?;
        Ok(Self { db: Arc::new(Mutex::new(db)), org, site })
    }

    /// A handle of another organisation in the same database.
    #[cfg(test)]
    pub(crate) fn org(&self, org: i64) -> Self {
        Self { org, ..self.clone() }
    }

    /// One transaction, on a thread that may block. It runs to its end also when the client hangs up.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let Self { db, org, site } = self.clone();
        let transaction = move || {
            let mut conn = db.lock().unwrap_or_else(PoisonError::into_inner);
            conn.immediate_transaction(|conn| work(&mut Tx { conn, org, site: &site }))
        };
        let done = tokio::task::spawn_blocking(transaction).await.map_err(StoreError::backend)?;
        done.map_err(|Failure(e)| e)
    }
}

impl Store for Directory {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        let (kind, id) = (kind.clone(), id.clone());
        self.run(move |tx| match tx.row(&kind, &id) {
            Err(Failure(StoreError::NotFound)) => Ok(None),
            row => Ok(tx.show(&kind, vec![row?], want)?.pop()),
        })
        .await
    }

    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let (kind, query) = (kind.clone(), query.clone());
        self.run(move |tx| tx.find(&kind, &query)).await
    }

    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        let (kind, at) = (kind.clone(), cx.at);
        self.run(move |tx| {
            let mut row = Row::new(new.id.as_str(), tx.org, kind.name.as_str(), at);
            tx.write(&mut row, new.body, true)?;
            let joins = MemberChange { add: new.members, missing: new.missing, ..MemberChange::default() };
            let (_, skipped) = tx.change_members(&row.id, joins)?;
            tx.updated(&kind, row, true, skipped, Fields::ALL)
        })
        .await
    }

    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        want: Fields,
        cx: &Context,
    ) -> Result<Updated> {
        let (kind, id, at) = (kind.clone(), id.clone(), cx.at);
        self.run(move |tx| {
            let mut row = tx.row(&kind, &id)?;
            row.stamp().check(change.expect)?;
            let (mut changed, skipped) = tx.change_members(&row.id, change.members)?;
            let current = tx.body(&row)?;
            let body = change.body.filter(|body| *body != current);
            changed |= body.is_some();
            if changed {
                row.changed(at);
                tx.write(&mut row, body.unwrap_or(current), false)?;
            }
            tx.updated(&kind, row, changed, skipped, want)
        })
        .await
    }

    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        let (kind, id, at) = (kind.clone(), id.clone(), cx.at);
        self.run(move |tx| {
            tx.row(&kind, &id)?.stamp().check(expect)?;
            tx.delete(id.as_str(), at)
        })
        .await
    }
}

/// A transaction in one organisation.
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a mut SqliteConnection,
    org: i64,
    site: &'a Site,
}

impl Tx<'_> {
    fn row(&mut self, kind: &ResourceType, id: &Id) -> Done<Row> {
        let row = scim::table.find(id.as_str()).filter(scim::org.eq(self.org));
        let row = row.filter(scim::kind.eq(kind.name.as_str())).first(self.conn).optional()?;
        row.ok_or(Failure(StoreError::NotFound))
    }

    fn find(&mut self, kind: &ResourceType, query: &Query) -> Done<Page> {
        let all = || scim::table.filter(scim::org.eq(self.org)).filter(scim::kind.eq(kind.name.as_str()));
        let mut rows = all().order((scim::created_ms, scim::id)).into_boxed();
        if query.filter.is_none() && query.sort.is_none() {
            let total: i64 = all().count().get_result(self.conn)?;
            let (offset, limit) = (query.start.saturating_sub(1), query.count);
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let page = rows.offset(number(offset)).limit(number(limit)).load(self.conn)?;
            return Ok(Page::new(total.unsigned_abs(), self.show(kind, page, query.want)?));
        }
        if let Some(filter) = &query.filter {
            let name = if is_user(kind.name.as_str()) { "userName" } else { "displayName" };
            if let Some(key) = equals(filter, name) {
                rows = rows.filter(scim::key.eq(key.to_owned()));
            }
            if let Some(id) = equals(filter, "id") {
                rows = rows.filter(scim::id.eq(id.to_owned()));
            }
            if let Some(external) = equals(filter, "externalId") {
                rows = rows.filter(scim::external_id.eq(external.to_owned()));
            }
        }
        let limit = i64::try_from(SCANNED + 1).unwrap_or(i64::MAX);
        let found: Vec<Row> = rows.limit(limit).load(self.conn)?;
        if found.len() > SCANNED {
            let said = "too many rows; ask for one `userName`, `displayName`, `externalId` or `id`";
            return Err(Failure(StoreError::Unfilterable(said.to_owned())));
        }
        Ok(select(self.show(kind, found, needs(kind, query))?, kind, query, self.site)?)
    }

    /// The attributes of one row.
    fn body(&mut self, row: &Row) -> Done<Object> {
        let mut body = parse_object(&row.rest).map_err(StoreError::backend)?;
        if let Some(external) = &row.external_id {
            body.insert("externalId", external.as_str());
        }
        if is_user(&row.kind) {
            accounts::table.find(&row.id).first::<Account>(self.conn)?.show(&mut body);
        } else {
            teams::table.find(&row.id).first::<Team>(self.conn)?.show(&mut body);
        }
        Ok(body)
    }

    fn show(&mut self, kind: &ResourceType, rows: Vec<Row>, want: Fields) -> Done<Vec<Resource>> {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let user = is_user(kind.name.as_str());
        let mut links = match if user { want.groups } else { want.members } {
            true => self.links(user, &ids)?,
            false => HashMap::new(),
        };
        let mut resources = Vec::with_capacity(rows.len());
        for row in rows {
            let mut resource = row.stamp().resource(row.id.as_str(), self.body(&row)?);
            let found = links.remove(&row.id).unwrap_or_default();
            if user {
                resource.groups = found;
            } else {
                resource.members = found;
            }
            resources.push(resource);
        }
        Ok(resources)
    }

    /// The teams of accounts, or the accounts of teams: one query for a whole page.
    fn links(&mut self, user: bool, ids: &[&str]) -> Done<HashMap<String, Vec<Link>>> {
        use memberships::{account_id, team_id};
        let found: Vec<(String, String, String, Option<String>)> = if user {
            let joined = memberships::table.inner_join(teams::table).filter(account_id.eq_any(ids));
            let columns = (account_id, team_id, teams::name, teams::name.nullable());
            joined.select(columns).order(team_id).load(self.conn)?
        } else {
            let joined = memberships::table.inner_join(accounts::table).filter(team_id.eq_any(ids));
            let columns = (team_id, account_id, accounts::email, accounts::name);
            joined.select(columns).order(account_id).load(self.conn)?
        };
        let kind = if user { "Group" } else { "User" };
        let mut links: HashMap<String, Vec<Link>> = HashMap::new();
        for (of, id, email, name) in found {
            let display = Some(name.unwrap_or(email).into());
            links.entry(of).or_default().push(Link { id: id.into(), kind: kind.into(), display });
        }
        Ok(links)
    }

    /// Writes a body: what has a column there, what has none into `rest`.
    fn write(&mut self, row: &mut Row, mut body: Object, new: bool) -> Done<()> {
        row.external_id = provost::embed::take_text(&mut body, "externalId");
        if is_user(&row.kind) {
            let account = Account::take(row, &mut body);
            if !account.active {
                diesel::delete(sessions::table.filter(sessions::account_id.eq(&row.id))).execute(self.conn)?;
            }
            let insert = diesel::insert_into(accounts::table).values(&account);
            insert.on_conflict(accounts::id).do_update().set(&account).execute(self.conn)?;
        } else {
            let team = Team::take(row, &mut body);
            let insert = diesel::insert_into(teams::table).values(&team);
            insert.on_conflict(teams::id).do_update().set(&team).execute(self.conn)?;
        }
        row.rest = body.to_string();
        let written = if new {
            diesel::insert_into(scim::table).values(&*row).execute(self.conn)
        } else {
            diesel::update(scim::table.find(&row.id)).set(&*row).execute(self.conn)
        };
        match written {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                let attribute = if is_user(&row.kind) { "userName" } else { "displayName" };
                Err(Failure(StoreError::Conflict { attribute: attribute.to_owned() }))
            }
            other => Ok(other.map(drop)?),
        }
    }

    /// Whether anybody joined or left, and who does not exist.
    fn change_members(&mut self, team: &str, change: MemberChange) -> Done<(bool, Vec<Id>)> {
        use memberships::{account_id, team_id};
        let mut exist = Vec::new();
        for id in &change.add {
            let account = accounts::table.find(id.as_str()).filter(accounts::org.eq(self.org));
            exist.extend(account.select(accounts::id).first::<String>(self.conn).optional()?);
        }
        let (add, skipped) = joining(change.add, exist, change.missing)?;
        let mut leave: Vec<String> = change.remove.iter().map(Id::to_string).collect();
        if change.clear {
            leave = memberships::table.filter(team_id.eq(team)).select(account_id).load(self.conn)?;
            let stay: std::collections::HashSet<&str> = add.iter().map(Id::as_str).collect();
            leave.retain(|id| !stay.contains(id.as_str()));
        }
        let mut changes = 0;
        for id in leave {
            changes += diesel::delete(memberships::table.find((team, id))).execute(self.conn)?;
        }
        for id in add {
            let values = (team_id.eq(team), account_id.eq(id.as_str()));
            changes += diesel::insert_or_ignore_into(memberships::table).values(values).execute(self.conn)?;
        }
        Ok((changes > 0, skipped))
    }

    fn updated(
        &mut self,
        kind: &ResourceType,
        row: Row,
        changed: bool,
        skipped: Vec<Id>,
        want: Fields,
    ) -> Done<Updated> {
        let resource = self.show(kind, vec![row], want)?.pop().ok_or(StoreError::NotFound)?;
        Ok(Updated::new(resource, changed).with_skipped(skipped))
    }

    fn delete(&mut self, id: &str, at: Timestamp) -> Done<()> {
        use memberships::{account_id, team_id};
        let teams_of = memberships::table.filter(account_id.eq(id)).select(team_id);
        diesel::update(scim::table.filter(scim::id.eq_any(teams_of)))
            .set((scim::version.eq(scim::version + 1), scim::modified_ms.eq(at.as_millis())))
            .execute(self.conn)?;
        let of = memberships::table.filter(account_id.eq(id).or(team_id.eq(id)));
        diesel::delete(of).execute(self.conn)?;
        diesel::delete(sessions::table.filter(sessions::account_id.eq(id))).execute(self.conn)?;
        diesel::delete(accounts::table.find(id)).execute(self.conn)?;
        diesel::delete(teams::table.find(id)).execute(self.conn)?;
        diesel::delete(scim::table.find(id)).execute(self.conn)?;
        Ok(())
    }
}

fn is_user(kind: &str) -> bool {
    kind == "User"
}

pub(crate) type Done<T> = Result<T, Failure>;

/// Why a transaction is rolled back.
pub(crate) struct Failure(StoreError);

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self(e)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self(StoreError::backend(e))
    }
}
