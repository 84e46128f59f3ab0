//! The store: SCIM reads and writes the application's tables through sqlx.

use provost::embed::{
    self, Entry, Folding, Selection, Stamp, Tables, fold, parse_object, put, take_bool, take_text,
};
use provost::{
    Create, Delete, Find, Get, Id, Link, Object, Page, Resource, ResourceType, Result, Store, StoreError,
    Timestamp, Transition, Update, Updated, Value, urn,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{QueryBuilder, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use tokio::runtime::Handle;

/// The first four were here before SCIM, and stay as they were. `scim` lies beside them.
const TABLES: &str = "
    create table if not exists accounts (id text primary key, org integer not null, email text not null, name text, active boolean not null);
    create table if not exists teams (id text primary key, org integer not null, name text not null);
    create table if not exists memberships (team_id text not null, account_id text not null, primary key (team_id, account_id));
    create table if not exists sessions (token text primary key, account_id text not null);
    create table if not exists scim (id text primary key, org integer not null, kind text not null, key text not null,
        external_id text, rest text not null, version integer not null, created_ms integer not null,
        modified_ms integer not null, unique (org, kind, key));
    create index if not exists scim_order on scim (org, kind, created_ms, id);
    create index if not exists scim_external_id on scim (org, kind, external_id);
    create index if not exists memberships_of on memberships (account_id);";

/// The accounts and teams of one organisation.
#[derive(Clone)]
pub(crate) struct Directory {
    pub(crate) pool: SqlitePool,
    pub(crate) org: i64,
}

impl Directory {
    /// Opens a file, and makes the tables where there are none.
    pub(crate) async fn open(file: &Path, org: i64) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // people's data stays in the database, and no longer than the people
            .pragma("temp_store", "MEMORY")
            .pragma("secure_delete", "ON");
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        Ok(Self { pool, org })
    }

    /// Gives accounts that were here before SCIM a row in `scim`, so that an identity provider finds them.
    pub(crate) async fn adopt(&self, at: Timestamp) -> Result<()> {
        self.run(true, move |tx| {
            let new = "select id, email from accounts where org = ? and id not in (select id from scim)";
            let new = sqlx::query_as::<_, (String, String)>(new).bind(tx.org).fetch_all(&mut *tx.sql);
            for (id, email) in tx.runtime.block_on(new)? {
                let body = Object::from_iter([("schemas", vec![Value::from(urn::USER)])]);
                let key = fold(Folding::UserName, &email).into_owned();
                tx.write_scim("User", key, Entry { id: id.into(), stamp: Stamp::new(at), body })?;
            }
            Ok(())
        })
        .await
    }

    /// One transaction, on a thread that may block: what asks for one statement after another waits for each there. It
    /// runs to its end also when the client hangs up.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&mut Tx) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let Self { pool, org } = self.clone();
        let runtime = Handle::current();
        let transaction = move || {
            // one that may write waits for its turn here; if it read first, SQLite could refuse what it writes then
            let begin = if writes { "begin immediate" } else { "begin" };
            let sql = runtime.block_on(pool.begin_with(begin))?;
            let mut tx = Tx { sql, runtime, org };
            // an error drops the transaction, which rolls it back
            let done = work(&mut tx)?;
            let Tx { sql, runtime, .. } = tx;
            runtime.block_on(sql.commit())?;
            Ok(done)
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
        self.run(false, move |tx| embed::get(tx, &kind, &id, include)).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        let (kind, query) = (asked.resource_type.clone(), asked.query.clone());
        let service = asked.service.clone();
        self.run(false, move |tx| embed::find(tx, &kind, &query, &service, MOST)).await
    }

    fn tenant_key(&self) -> String {
        self.org.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        let (kind, new, at) = (asked.resource_type.clone(), asked.new, asked.context.at);
        self.run(true, move |tx| embed::create(tx, &kind, new, at)).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        let (kind, id, at) = (asked.resource_type.clone(), asked.id.clone(), asked.context.at);
        let Update { change, include, .. } = asked;
        self.run(true, move |tx| {
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
        self.run(true, move |tx| {
            embed::delete(tx, &kind, &id, expect, at)?;
            tx.end_sessions(&id)
        })
        .await
    }
}

/// A transaction of one organisation, and the runtime that drives its connection.
pub(crate) struct Tx {
    sql: Transaction<'static, Sqlite>,
    runtime: Handle,
    org: i64,
}

/// `id`, version and times, `externalId`, the rest; then `email` or the name of a team, and of accounts `name` and `active`.
type Row = (String, i64, i64, i64, Option<String>, String, String, Option<String>, Option<bool>);

const ROWS: &str = "select s.id, s.version, s.created_ms, s.modified_ms, s.external_id, s.rest,
    coalesce(a.email, t.name), a.name, a.active
    from scim s left join accounts a on a.id = s.id left join teams t on t.id = s.id where s.org = ";

impl Tx {
    /// Runs a statement, and gives the number of rows that it wrote.
    fn execute(&mut self, statement: QueryBuilder<Sqlite>) -> Result<u64, sqlx::Error> {
        let mut statement = statement;
        let done = self.runtime.block_on(statement.build().execute(&mut *self.sql))?;
        Ok(done.rows_affected())
    }

    /// Who is un-assigned is signed out, in the same transaction.
    fn end_sessions(&mut self, id: &Id) -> Result<(), Failure> {
        let mut statement = QueryBuilder::new("delete from sessions where account_id = ");
        statement.push_bind(id.to_string());
        Ok(self.execute(statement).map(drop)?)
    }

    fn write_scim(&mut self, kind: &str, key: String, entry: Entry) -> Result<(), Failure> {
        let Entry { id, stamp: Stamp { version, created_ms, modified_ms }, mut body } = entry;
        let external_id = take_text(&mut body, "externalId");
        let mut statement = QueryBuilder::new(
            "insert into scim (id, org, kind, key, external_id, rest, version, created_ms, modified_ms) values (",
        );
        let mut values = statement.separated(", ");
        values.push_bind(id.to_string()).push_bind(self.org).push_bind(kind.to_owned()).push_bind(key);
        values.push_bind(external_id).push_bind(body.to_string());
        values.push_bind(version).push_bind(created_ms).push_bind(modified_ms);
        statement.push(
            ") on conflict (id) do update set key = excluded.key, external_id = excluded.external_id, \
             rest = excluded.rest, version = excluded.version, modified_ms = excluded.modified_ms",
        );
        match self.execute(statement) {
            Err(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
                Err(StoreError::Conflict { attribute: named_by(kind).to_owned() }.into())
            }
            other => Ok(other.map(drop)?),
        }
    }
}

impl Tables for Tx {
    type Error = Failure;

    fn rows(&mut self, resource_type: &ResourceType, wanted: Selection<'_>) -> Result<Vec<Entry>, Failure> {
        let kind = resource_type.name.as_str();
        let mut rows = QueryBuilder::new(ROWS);
        rows.push_bind(self.org).push(" and s.kind = ").push_bind(kind.to_owned());
        let (mut most, mut skip) = (u64::MAX, 0);
        match wanted {
            Selection::One(id) => drop(rows.push(" and s.id = ").push_bind(id.to_string())),
            Selection::Page { offset, limit } => (most, skip) = (limit, offset),
            Selection::After { created_ms, id, limit } => {
                rows.push(" and (s.created_ms, s.id) > (").push_bind(created_ms);
                rows.push(", ").push_bind(id.to_owned()).push(")");
                most = limit;
            }
            Selection::Candidates { filter, limit } => {
                let equal = |path| filter.and_then(|f| embed::equals(f, path)).map(str::to_owned);
                if let Some(key) = equal(named_by(kind)) {
                    rows.push(" and s.key = ").push_bind(key);
                }
                if let Some(external_id) = equal("externalId") {
                    rows.push(" and s.external_id = ").push_bind(external_id);
                }
                most = limit;
            }
        }
        rows.push(" order by s.created_ms, s.id limit ").push_bind(number(most));
        rows.push(" offset ").push_bind(number(skip));
        let rows = self.runtime.block_on(rows.build_query_as::<Row>().fetch_all(&mut *self.sql))?;
        rows.into_iter().map(|row| Ok(entry(kind, row)?)).collect()
    }

    fn count(&mut self, resource_type: &ResourceType) -> Result<u64, Failure> {
        let count = sqlx::query_as::<_, (i64,)>("select count(*) from scim where org = ? and kind = ?");
        let count = count.bind(self.org).bind(resource_type.name.as_str()).fetch_one(&mut *self.sql);
        Ok(self.runtime.block_on(count)?.0.unsigned_abs())
    }

    fn links(&mut self, resource_type: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Failure> {
        let (other, links) = match resource_type.name.is("User") {
            true => (
                "Group",
                "select m.account_id, t.id, t.name from memberships m join teams t on t.id = m.team_id
                    where m.account_id in (select value from json_each(?)) order by t.id",
            ),
            false => (
                "User",
                "select m.team_id, a.id, a.email from memberships m join accounts a on a.id = m.account_id
                    where m.team_id in (select value from json_each(?)) order by a.id",
            ),
        };
        let links =
            sqlx::query_as::<_, (String, String, String)>(links).bind(list(ids)).fetch_all(&mut *self.sql);
        let link = |(of, id, name): (String, String, String)| {
            (Id::from(of), Link { id: id.into(), resource_type: other.into(), display: Some(name.into()) })
        };
        Ok(self.runtime.block_on(links)?.into_iter().map(link).collect())
    }

    fn write(&mut self, resource_type: &ResourceType, mut entry: Entry, _: bool) -> Result<(), Failure> {
        let kind = resource_type.name.as_str();
        let (id, body) = (entry.id.to_string(), &mut entry.body);
        let named = take_text(body, named_by(kind)).unwrap_or_default();
        let folding = if kind == "User" { Folding::UserName } else { Folding::Caseless };
        let key = fold(folding, &named).into_owned();
        let own = if kind == "User" {
            // only true gives access: who lost `active` is as good as switched off
            let (name, active) = (take_text(body, "displayName"), take_bool(body, "active").unwrap_or(false));
            let own = "insert into accounts (id, org, email, name, active) values (?, ?, ?, ?, ?) on conflict (id) \
                       do update set email = excluded.email, name = excluded.name, active = excluded.active";
            sqlx::query(own).bind(id).bind(self.org).bind(named).bind(name).bind(active)
        } else {
            let own = "insert into teams (id, org, name) values (?, ?, ?) on conflict (id) do update set name = excluded.name";
            sqlx::query(own).bind(id).bind(self.org).bind(named)
        };
        self.runtime.block_on(own.execute(&mut *self.sql))?;
        self.write_scim(kind, key, entry)
    }

    fn delete(&mut self, _: &ResourceType, id: &Id, at: Timestamp) -> Result<(), Failure> {
        let mut groups = QueryBuilder::new("update scim set version = version + 1, modified_ms = ");
        groups
            .push_bind(at.as_millis())
            .push(" where id in (select team_id from memberships where account_id = ");
        groups.push_bind(id.to_string()).push(")");
        self.execute(groups)?;
        for rows in [
            "delete from memberships where account_id = ",
            "delete from memberships where team_id = ",
            "delete from accounts where id = ",
            "delete from teams where id = ",
            "delete from scim where id = ",
        ] {
            let mut rows = QueryBuilder::new(rows);
            rows.push_bind(id.to_string());
            self.execute(rows)?;
        }
        Ok(())
    }

    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, Failure> {
        let found = "select id from accounts where org = ? and id in (select value from json_each(?))";
        let found =
            sqlx::query_as::<_, (String,)>(found).bind(self.org).bind(list(ids)).fetch_all(&mut *self.sql);
        Ok(self.runtime.block_on(found)?.into_iter().map(|(id,)| Id::from(id)).collect())
    }

    fn join(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let mut rows = QueryBuilder::new("insert into memberships (team_id, account_id) select ");
        rows.push_bind(group.to_string()).push(", value from json_each(").push_bind(list(members));
        rows.push(") where true on conflict do nothing");
        Ok(usize::try_from(self.execute(rows)?).unwrap_or(usize::MAX))
    }

    fn leave(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let mut rows = QueryBuilder::new("delete from memberships where team_id = ");
        rows.push_bind(group.to_string());
        rows.push(" and account_id in (select value from json_each(").push_bind(list(members)).push("))");
        Ok(usize::try_from(self.execute(rows)?).unwrap_or(usize::MAX))
    }
}

/// A row with the attributes that have columns put back into the body.
fn entry(kind: &str, row: Row) -> Result<Entry> {
    let (id, version, created_ms, modified_ms, external_id, rest, named, name, active) = row;
    let mut body = parse_object(&rest).map_err(StoreError::backend)?;
    put(&mut body, named_by(kind), named);
    if let Some(active) = active {
        put(&mut body, "active", active);
    }
    for (path, value) in [("displayName", name), ("externalId", external_id)] {
        if let Some(value) = value {
            put(&mut body, path, value);
        }
    }
    Ok(Entry { id: id.into(), stamp: Stamp { version, created_ms, modified_ms }, body })
}

/// The ids as a JSON array: one bind, however many they are.
fn list(ids: &[Id]) -> String {
    Value::from(ids.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>()).to_string()
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

impl From<sqlx::Error> for Failure {
    fn from(e: sqlx::Error) -> Self {
        Self(match e {
            sqlx::Error::PoolTimedOut => StoreError::Unavailable { retry_after_s: 5 },
            e => StoreError::backend(e),
        })
    }
}
