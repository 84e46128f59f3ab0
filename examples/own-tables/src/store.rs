//! The store: SCIM reads and writes the application's tables.

use crate::tables::{Account, Row, TABLES, Team, accounts, memberships, scim, sessions, teams};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use provost::core::change::{NewResource, Transition};
use provost::core::query::{Include, Page};
use provost::core::resource::{Link, Service};
use provost::core::{Change, Id, Object, Query, Resource, ResourceType, Timestamp, Value, Version, urn};
use provost::embed::{self, Entry, Selection, Stamp, Tables};
use provost::{Context, Result, Store, StoreError, Updated};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The accounts and teams of one organisation.
#[derive(Clone)]
pub(crate) struct Directory {
    db: Arc<Mutex<SqliteConnection>>,
    org: i64,
    service: Service,
}

impl Directory {
    /// A database in memory; an application has its own, and a pool of connections.
    pub(crate) fn in_memory(org: i64, service: Service) -> Result<Self> {
        let mut db = SqliteConnection::establish(":memory:").map_err(StoreError::backend)?;
        // people's data stays in the database, and no longer than the people: large sorts would go to /var/tmp, and
        // deleted rows stay readable
        db.batch_execute("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;")
            .map_err(StoreError::backend)?;
        db.batch_execute(TABLES).map_err(StoreError::backend)?;
        Ok(Self { db: Arc::new(Mutex::new(db)), org, service })
    }

    /// The same database, seen by another organisation.
    #[cfg(test)]
    pub(crate) fn org(&self, org: i64) -> Self {
        Self { org, ..self.clone() }
    }

    /// Gives accounts that were here before SCIM a row in `scim`, so that an identity provider finds them.
    pub(crate) async fn adopt(&self, at: Timestamp) -> Result<()> {
        let user = self.service.schemas.resource_type("User").cloned().ok_or(StoreError::NotFound)?;
        self.run(move |tx| {
            let known = scim::table.select(scim::id);
            let ours = accounts::table.filter(accounts::org.eq(tx.org)).filter(accounts::id.ne_all(known));
            for account in ours.load::<Account>(tx.conn)? {
                let (id, mut body) = account.attributes();
                body.insert("schemas", vec![Value::from(urn::USER)]);
                tx.write(&user, Entry { id: id.into(), stamp: Stamp::new(at), body }, true)?;
            }
            Ok(())
        })
        .await
    }

    /// One transaction, on a thread that may block. It runs to its end also when the client hangs up.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let Self { db, org, .. } = self.clone();
        let transaction = move || {
            let mut conn = db.lock().unwrap_or_else(PoisonError::into_inner);
            conn.immediate_transaction(|conn| work(&mut Tx { conn, org }))
        };
        let done = tokio::task::spawn_blocking(transaction).await.map_err(StoreError::backend)?;
        done.map_err(|Failure(e)| e)
    }
}

/// Rows that are looked at one by one, where no column answers a filter.
const MOST: u64 = 5_000;

impl Store for Directory {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, include: Include) -> Result<Option<Resource>> {
        let (kind, id) = (kind.clone(), id.clone());
        self.run(move |tx| embed::get(tx, &kind, &id, include)).await
    }

    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let (kind, query, service) = (kind.clone(), query.clone(), self.service.clone());
        self.run(move |tx| embed::find(tx, &kind, &query, &service, MOST)).await
    }

    fn scope(&self) -> String {
        self.org.to_string()
    }

    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        let (kind, at) = (kind.clone(), cx.at);
        self.run(move |tx| embed::create(tx, &kind, new, at)).await
    }

    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        include: Include,
        cx: &Context,
    ) -> Result<Updated> {
        let (kind, id, at) = (kind.clone(), id.clone(), cx.at);
        self.run(move |tx| {
            let off = change.transition == Some(Transition::Deactivated);
            let updated = embed::update(tx, &kind, &id, change, include, at)?;
            if off {
                tx.end_sessions(&id)?;
            }
            Ok(updated)
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
            embed::delete(tx, &kind, &id, expect, at)?;
            tx.end_sessions(&id)
        })
        .await
    }
}

/// A transaction of one organisation.
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a mut SqliteConnection,
    org: i64,
}

impl Tx<'_> {
    /// Who is un-assigned is signed out, in the same transaction.
    fn end_sessions(&mut self, id: &Id) -> Result<(), Failure> {
        let of = sessions::table.filter(sessions::account_id.eq(id.as_str()));
        diesel::delete(of).execute(self.conn)?;
        Ok(())
    }
}

impl Tables for Tx<'_> {
    type Error = Failure;

    fn rows(&mut self, kind: &ResourceType, wanted: Selection<'_>) -> Result<Vec<Entry>, Failure> {
        let kind = kind.name.as_str();
        let all = scim::table.filter(scim::org.eq(self.org)).filter(scim::kind.eq(kind));
        let mut rows = all.order((scim::created_ms, scim::id)).into_boxed();
        match wanted {
            Selection::One(id) => rows = rows.filter(scim::id.eq(id.as_str())),
            Selection::Page { offset, limit } => rows = rows.offset(number(offset)).limit(number(limit)),
            Selection::After { created_ms, id, limit } => {
                let later = scim::created_ms.gt(created_ms);
                let same = scim::created_ms.eq(created_ms).and(scim::id.gt(id));
                rows = rows.filter(later.or(same)).limit(number(limit));
            }
            Selection::Candidates { filter, limit } => {
                rows = rows.limit(number(limit));
                let equal = |path| filter.and_then(|f| embed::equals(f, path));
                if let Some(key) = equal(named_by(kind)) {
                    rows = rows.filter(scim::key.eq(key));
                }
                if let Some(external_id) = equal("externalId") {
                    rows = rows.filter(scim::external_id.eq(external_id));
                }
            }
        }
        let rows: Vec<Row> = rows.load(self.conn)?;
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut own: HashMap<String, Object> = if kind == "User" {
            let own = accounts::table.filter(accounts::id.eq_any(ids)).load(self.conn)?;
            own.into_iter().map(Account::attributes).collect()
        } else {
            let own = teams::table.filter(teams::id.eq_any(ids)).load(self.conn)?;
            own.into_iter().map(Team::attributes).collect()
        };
        rows.into_iter().map(|row| row.entry(&mut own)).collect()
    }

    fn count(&mut self, kind: &ResourceType) -> Result<u64, Failure> {
        let all = scim::table.filter(scim::org.eq(self.org)).filter(scim::kind.eq(kind.name.as_str()));
        Ok(all.count().get_result::<i64>(self.conn)?.unsigned_abs())
    }

    fn links(&mut self, kind: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Failure> {
        use memberships::{account_id, team_id};
        let ids = ids.iter().map(Id::as_str);
        let (other, found): (&str, Vec<(String, String, String)>) = if kind.name.is("User") {
            let teams = memberships::table.inner_join(teams::table).filter(account_id.eq_any(ids));
            ("Group", teams.select((account_id, team_id, teams::name)).order(team_id).load(self.conn)?)
        } else {
            let accounts = memberships::table.inner_join(accounts::table).filter(team_id.eq_any(ids));
            let columns = (team_id, account_id, accounts::email);
            ("User", accounts.select(columns).order(account_id).load(self.conn)?)
        };
        let link = |(of, id, name): (String, String, String)| {
            (Id::from(of), Link { id: id.into(), resource_type: other.into(), display: Some(name.into()) })
        };
        Ok(found.into_iter().map(link).collect())
    }

    fn write(&mut self, kind: &ResourceType, mut entry: Entry, new: bool) -> Result<(), Failure> {
        let kind = kind.name.as_str();
        let key = if kind == "User" {
            let account = Account::take(self.org, &mut entry);
            let insert = diesel::insert_into(accounts::table).values(&account);
            insert.on_conflict(accounts::id).do_update().set(&account).execute(self.conn)?;
            account.key()
        } else {
            let team = Team::take(self.org, &mut entry);
            let insert = diesel::insert_into(teams::table).values(&team);
            insert.on_conflict(teams::id).do_update().set(&team).execute(self.conn)?;
            team.key()
        };
        let row = Row::take(self.org, kind, key, entry);
        let written = match new {
            true => diesel::insert_into(scim::table).values(&row).execute(self.conn),
            false => diesel::update(scim::table.find(&row.id)).set(&row).execute(self.conn),
        };
        match written {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                Err(StoreError::Conflict { attribute: named_by(kind).to_owned() }.into())
            }
            other => Ok(other.map(drop)?),
        }
    }

    fn delete(&mut self, _: &ResourceType, id: &Id, at: Timestamp) -> Result<(), Failure> {
        use memberships::{account_id, team_id};
        let id = id.as_str();
        let teams_of = memberships::table.filter(account_id.eq(id)).select(team_id);
        diesel::update(scim::table.filter(scim::id.eq_any(teams_of)))
            .set((scim::version.eq(scim::version + 1), scim::modified_ms.eq(at.as_millis())))
            .execute(self.conn)?;
        diesel::delete(memberships::table.filter(account_id.eq(id).or(team_id.eq(id)))).execute(self.conn)?;
        diesel::delete(accounts::table.find(id)).execute(self.conn)?;
        diesel::delete(teams::table.find(id)).execute(self.conn)?;
        diesel::delete(scim::table.find(id)).execute(self.conn)?;
        Ok(())
    }

    fn may_join(&mut self, id: &Id) -> Result<bool, Failure> {
        let account = accounts::table.find(id.as_str()).filter(accounts::org.eq(self.org));
        Ok(account.count().get_result::<i64>(self.conn)? == 1)
    }

    fn join(&mut self, group: &Id, member: &Id) -> Result<bool, Failure> {
        let values = (memberships::team_id.eq(group.as_str()), memberships::account_id.eq(member.as_str()));
        Ok(diesel::insert_or_ignore_into(memberships::table).values(values).execute(self.conn)? == 1)
    }

    fn leave(&mut self, group: &Id, member: &Id) -> Result<bool, Failure> {
        let row = memberships::table.find((group.as_str(), member.as_str()));
        Ok(diesel::delete(row).execute(self.conn)? == 1)
    }
}

/// The attribute that is unique.
fn named_by(kind: &str) -> &'static str {
    if kind == "User" { "userName" } else { "displayName" }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

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
