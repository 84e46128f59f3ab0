//! The store: SCIM reads and writes the application's tables.

use crate::database::{Db, Failure};
use crate::tables::{Account, Row, Team, accounts, memberships, scim, sessions, teams};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use provost::embed::{self, Entry, Selection, Stamp, Tables};
use provost::{
    Create, Delete, Find, Get, Id, Link, Object, Page, Resource, ResourceType, Result, Store, StoreError,
    Timestamp, Transition, Update, Updated, Value, system, urn,
};
use std::collections::HashMap;

/// The accounts and teams of one company.
#[derive(Clone)]
pub(crate) struct Directory {
    pub(crate) db: Db,
    pub(crate) company: i64,
}

impl Directory {
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let company = self.company;
        self.db.transaction(Some(company), false, move |conn| work(&mut Tx { conn, company })).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let company = self.company;
        self.db.transaction(Some(company), true, move |conn| work(&mut Tx { conn, company })).await
    }

    /// Gives accounts and teams that were here before SCIM a row in `scim`, so that an identity provider finds them.
    pub(crate) async fn adopt(&self, at: Timestamp) -> Result<()> {
        self.write(move |tx| {
            let known = |kind| scim::table.filter(scim::kind.eq(kind)).select(scim::row);
            let ours = accounts::table.filter(accounts::company.eq(tx.company));
            let new = ours.filter(accounts::id.ne_all(known("User")));
            for (row, account) in
                new.select((accounts::id, Account::as_select())).load::<(i64, Account)>(tx.conn)?
            {
                tx.adopt("User", urn::USER, row, account.key(), at)?;
            }
            let ours = teams::table.filter(teams::company.eq(tx.company));
            let new = ours.filter(teams::id.ne_all(known("Group")));
            for (row, team) in new.select((teams::id, Team::as_select())).load::<(i64, Team)>(tx.conn)? {
                tx.adopt("Group", urn::GROUP, row, team.key(), at)?;
            }
            Ok(())
        })
        .await
    }
}

/// Rows that are looked at one by one, where no column answers a filter.
const MOST: u64 = 5_000;

impl Store for Directory {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        let (kind, id, include) = (asked.resource_type.clone(), asked.id.clone(), asked.include);
        self.read(move |tx| embed::get(tx, &kind, &id, include)).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        let (kind, query) = (asked.resource_type.clone(), asked.query.clone());
        let service = asked.service.clone();
        self.read(move |tx| embed::find(tx, &kind, &query, &service, MOST)).await
    }

    fn tenant_key(&self) -> String {
        self.company.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        let (kind, new, at) = (asked.resource_type.clone(), asked.new, asked.context.at);
        self.write(move |tx| embed::create(tx, &kind, new, at)).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        let (kind, id, at) = (asked.resource_type.clone(), asked.id.clone(), asked.context.at);
        let Update { change, include, .. } = asked;
        self.write(move |tx| {
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
        self.write(move |tx| {
            if kind.name.is("User") {
                tx.end_sessions(&id)?;
            }
            embed::delete(tx, &kind, &id, expect, at)
        })
        .await
    }
}

/// A transaction of one company.
pub(crate) struct Tx<'a> {
    conn: &'a mut SqliteConnection,
    company: i64,
}

impl Tx<'_> {
    /// Who is un-assigned is signed out, in the same transaction.
    fn end_sessions(&mut self, id: &Id) -> QueryResult<()> {
        let accounts = self.numbers("User", std::slice::from_ref(id))?.into_keys();
        diesel::delete(sessions::table.filter(sessions::account.eq_any(accounts))).execute(self.conn)?;
        Ok(())
    }

    /// A row of `scim` for an account or team that has none.
    fn adopt(&mut self, kind: &str, schema: &str, row: i64, key: String, at: Timestamp) -> QueryResult<()> {
        let body = Object::from_iter([("schemas", vec![Value::from(schema)])]);
        let entry = Entry { id: system::new_id(at), stamp: Stamp::new(at), body };
        let row = Row::take(self.company, kind, row, key, entry);
        diesel::insert_into(scim::table).values(&row).execute(self.conn)?;
        Ok(())
    }

    /// Under which numbers the application knows what SCIM knows by these ids.
    fn numbers(&mut self, kind: &str, ids: &[Id]) -> QueryResult<HashMap<i64, Id>> {
        let ours = scim::table.filter(scim::company.eq(self.company)).filter(scim::kind.eq(kind));
        let of = ours.filter(scim::id.eq_any(ids.iter().map(Id::as_str)));
        let found: Vec<(i64, String)> = of.select((scim::row, scim::id)).load(self.conn)?;
        Ok(found.into_iter().map(|(row, id)| (row, id.into())).collect())
    }

    /// Writes an account or team, and gives its number and its unique key.
    fn write_own(&mut self, kind: &str, entry: &mut Entry, new: bool) -> Result<(i64, String), Failure> {
        let known = match new {
            true => None,
            false => self.numbers(kind, std::slice::from_ref(&entry.id))?.into_keys().next(),
        };
        if kind == "User" {
            let account = Account::take(self.company, &mut entry.body);
            let row = match known {
                None => {
                    let insert = diesel::insert_into(accounts::table).values(&account);
                    insert.returning(accounts::id).get_result(self.conn)?
                }
                Some(row) => {
                    diesel::update(accounts::table.find(row)).set(&account).execute(self.conn)?;
                    row
                }
            };
            return Ok((row, account.key()));
        }
        let team = Team::take(self.company, &mut entry.body);
        let row = match known {
            None => {
                let insert = diesel::insert_into(teams::table).values(&team);
                insert.returning(teams::id).get_result(self.conn)?
            }
            Some(row) => {
                diesel::update(teams::table.find(row)).set(&team).execute(self.conn)?;
                row
            }
        };
        Ok((row, team.key()))
    }
}

impl Tables for Tx<'_> {
    type Error = Failure;

    fn rows(&mut self, resource_type: &ResourceType, wanted: Selection<'_>) -> Result<Vec<Entry>, Failure> {
        let kind = resource_type.name.as_str();
        let all = scim::table.filter(scim::company.eq(self.company)).filter(scim::kind.eq(kind));
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
        let rows: Vec<Row> = rows.select(Row::as_select()).load(self.conn)?;
        let numbers: Vec<i64> = rows.iter().map(|row| row.row).collect();
        let mut entries = rows.into_iter().map(Row::entry).collect::<Result<Vec<_>>>()?;
        if kind == "User" {
            let own = accounts::table.filter(accounts::id.eq_any(&numbers));
            let own = own.select((accounts::id, Account::as_select())).load(self.conn)?;
            let mut own: HashMap<i64, Account> = own.into_iter().collect();
            for (row, entry) in numbers.iter().zip(&mut entries) {
                own.remove(row).ok_or(StoreError::NotFound)?.put(&mut entry.body);
            }
        } else {
            let own = teams::table.filter(teams::id.eq_any(&numbers));
            let own = own.select((teams::id, Team::as_select())).load(self.conn)?;
            let mut own: HashMap<i64, Team> = own.into_iter().collect();
            for (row, entry) in numbers.iter().zip(&mut entries) {
                own.remove(row).ok_or(StoreError::NotFound)?.put(&mut entry.body);
            }
        }
        Ok(entries)
    }

    fn count(&mut self, resource_type: &ResourceType) -> Result<u64, Failure> {
        let ours = scim::table.filter(scim::company.eq(self.company));
        let all = ours.filter(scim::kind.eq(resource_type.name.as_str()));
        Ok(all.count().get_result::<i64>(self.conn)?.unsigned_abs())
    }

    fn links(&mut self, resource_type: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Failure> {
        use memberships::{account, team};
        let of = self.numbers(resource_type.name.as_str(), ids)?;
        let numbers = of.keys().copied();
        // the number here, that at the other end, and what is called how there
        let (other, found): (&str, Vec<(i64, i64, String)>) = if resource_type.name.is("User") {
            let teams = memberships::table.inner_join(teams::table).filter(account.eq_any(numbers));
            ("Group", teams.select((account, team, teams::name)).order(team).load(self.conn)?)
        } else {
            let accounts = memberships::table.inner_join(accounts::table).filter(team.eq_any(numbers));
            ("User", accounts.select((team, account, accounts::email)).order(account).load(self.conn)?)
        };
        let ends = scim::table.filter(scim::company.eq(self.company)).filter(scim::kind.eq(other));
        let ends = ends.filter(scim::row.eq_any(found.iter().map(|(_, end, _)| *end)));
        let ends: Vec<(i64, String)> = ends.select((scim::row, scim::id)).load(self.conn)?;
        let ends: HashMap<i64, String> = ends.into_iter().collect();
        let link = |(here, there, name): (i64, i64, String)| {
            let id = ends.get(&there)?.clone().into();
            Some((
                of.get(&here)?.clone(),
                Link { id, resource_type: other.into(), display: Some(name.into()) },
            ))
        };
        Ok(found.into_iter().filter_map(link).collect())
    }

    fn write(&mut self, resource_type: &ResourceType, mut entry: Entry, new: bool) -> Result<(), Failure> {
        let kind = resource_type.name.as_str();
        let (row, key) = self.write_own(kind, &mut entry, new)?;
        let row = Row::take(self.company, kind, row, key, entry);
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

    fn delete(&mut self, resource_type: &ResourceType, id: &Id, at: Timestamp) -> Result<(), Failure> {
        use memberships::{account, team};
        let numbers = self.numbers(resource_type.name.as_str(), std::slice::from_ref(id))?;
        let row = numbers.into_keys().next().ok_or(StoreError::NotFound)?;
        if resource_type.name.is("User") {
            let teams_of = memberships::table.filter(account.eq(row)).select(team);
            let groups = scim::table.filter(scim::company.eq(self.company)).filter(scim::kind.eq("Group"));
            diesel::update(groups.filter(scim::row.eq_any(teams_of)))
                .set((scim::version.eq(scim::version + 1), scim::modified_ms.eq(at.as_millis())))
                .execute(self.conn)?;
            diesel::delete(memberships::table.filter(account.eq(row))).execute(self.conn)?;
            diesel::delete(accounts::table.find(row)).execute(self.conn)?;
        } else {
            diesel::delete(memberships::table.filter(team.eq(row))).execute(self.conn)?;
            diesel::delete(teams::table.find(row)).execute(self.conn)?;
        }
        diesel::delete(scim::table.find(id.as_str())).execute(self.conn)?;
        Ok(())
    }

    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, Failure> {
        Ok(self.numbers("User", ids)?.into_values().collect())
    }

    fn join(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let accounts = self.numbers("User", members)?;
        let mut joined = 0;
        for team in self.numbers("Group", std::slice::from_ref(group))?.into_keys() {
            let row = |account: &i64| (memberships::team.eq(team), memberships::account.eq(*account));
            let rows: Vec<_> = accounts.keys().map(row).collect();
            joined += diesel::insert_or_ignore_into(memberships::table).values(rows).execute(self.conn)?;
        }
        Ok(joined)
    }

    fn leave(&mut self, group: &Id, members: &[Id]) -> Result<usize, Failure> {
        let accounts = self.numbers("User", members)?.into_keys();
        let teams = self.numbers("Group", std::slice::from_ref(group))?.into_keys();
        let of = memberships::table.filter(memberships::team.eq_any(teams));
        Ok(diesel::delete(of.filter(memberships::account.eq_any(accounts))).execute(self.conn)?)
    }
}

/// The attribute that is unique.
fn named_by(kind: &str) -> &'static str {
    if kind == "User" { "userName" } else { "displayName" }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
