//! The store: SCIM reads and writes the application's tables.

use crate::tables::{Account, Row, TABLES, Team, accounts, memberships, scim, sessions, teams};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use provost::embed::{self, Entry, Selection, Stamp, Tables};
use provost::{
    Create, Delete, Find, Get, Id, Link, Object, Page, Resource, ResourceType, Result, SchemaSet, Store,
    StoreError, Timestamp, Transition, Update, Updated, Value, urn,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The accounts and teams of one organisation.
#[derive(Clone)]
pub(crate) struct Directory {
    db: Arc<Mutex<SqliteConnection>>,
    org: i64,
}

impl Directory {
    /// A database in memory; an application has its own, and a pool of connections.
    pub(crate) fn in_memory(org: i64) -> Result<Self> {
        let mut db = SqliteConnection::establish(":memory:").map_err(StoreError::backend)?;
        // people's data stays in the database, and no longer than the people: large sorts would go to /var/tmp, and
        // deleted rows stay readable
        db.batch_execute("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;")
            .map_err(StoreError::backend)?;
        db.batch_execute(TABLES).map_err(StoreError::backend)?;
        Ok(Self { db: Arc::new(Mutex::new(db)), org })
    }

    /// The same database, seen by another organisation.
    #[cfg(test)]
    pub(crate) fn org(&self, org: i64) -> Self {
        Self { org, ..self.clone() }
    }

    /// Gives accounts that were here before SCIM a row in `scim`, so that an identity provider finds them.
    pub(crate) async fn adopt(&self, at: Timestamp) -> Result<()> {
        let user = SchemaSet::builtin().resource_type("User").cloned().ok_or(StoreError::NotFound)?;
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
        let Self { db, org } = self.clone();
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
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        let (kind, id, include) = (asked.resource_type.clone(), asked.id.clone(), asked.include);
        self.run(move |tx| embed::get(tx, &kind, &id, include)).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        let (kind, query) = (asked.resource_type.clone(), asked.query.clone());
        let service = asked.service.clone();
        self.run(move |tx| embed::find(tx, &kind, &query, &service, MOST)).await
    }

    fn tenant_key(&self) -> String {
        self.org.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        let (kind, new, at) = (asked.resource_type.clone(), asked.new, asked.context.at);
        self.run(move |tx| embed::create(tx, &kind, new, at)).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        let (kind, id, at) = (asked.resource_type.clone(), asked.id.clone(), asked.context.at);
        let Update { change, include, .. } = asked;
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

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        let (kind, id, at) = (asked.resource_type.clone(), asked.id.clone(), asked.context.at);
        let expect = asked.expect;
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

    fn rows(&mut self, resource_type: &ResourceType, wanted: Selection<'_>) -> Result<Vec<Entry>, Failure> {
        let kind = resource_type.name.as_str();
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

    fn count(&mut self, resource_type: &ResourceType) -> Result<u64, Failure> {
        let all =
            scim::table.filter(scim::org.eq(self.org)).filter(scim::kind.eq(resource_type.name.as_str()));
        Ok(all.count().get_result::<i64>(self.conn)?.unsigned_abs())
    }

    fn links(&mut self, resource_type: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Failure> {
        use memberships::{account_id, team_id};
        let ids = ids.iter().map(Id::as_str);
        let (other, found): (&str, Vec<(String, String, String)>) = if resource_type.name.is("User") {
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

    fn write(&mut self, resource_type: &ResourceType, mut entry: Entry, new: bool) -> Result<(), Failure> {
        let kind = resource_type.name.as_str();
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

    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, Failure> {
        let ours = accounts::table.filter(accounts::org.eq(self.org));
        let found = ours.filter(accounts::id.eq_any(ids.iter().map(Id::as_str))).select(accounts::id);
        Ok(found.load::<String>(self.conn)?.into_iter().map(Id::from).collect())
    }

    fn join(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let row = |id: &Id| {
            let (group, id) = (group.to_string(), id.to_string());
            (memberships::team_id.eq(group), memberships::account_id.eq(id))
        };
        let rows: Vec<_> = members.iter().map(row).collect();
        Ok(diesel::insert_or_ignore_into(memberships::table).values(rows).execute(self.conn)?)
    }

    fn leave(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let of = memberships::table.filter(memberships::team_id.eq(group.as_str()));
        let rows = of.filter(memberships::account_id.eq_any(members.iter().map(Id::as_str)));
        Ok(diesel::delete(rows).execute(self.conn)?)
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
