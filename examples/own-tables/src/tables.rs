//! The application's tables, and what of them is an attribute in SCIM.

use diesel::prelude::*;
use provost::embed::{Entry, Folding, Stamp, fold, parse_object, put, take_bool, take_text};
use provost::{Object, Result, StoreError};

/// The first five were here before SCIM, and stay as they were. `scim` lies beside them.
pub(crate) const TABLES: &str = "
    create table if not exists companies (id integer primary key, name text not null unique, token text not null);
    create table if not exists accounts (id integer primary key, company integer not null, email text not null, name text, active boolean not null);
    create table if not exists teams (id integer primary key, company integer not null, name text not null);
    create table if not exists memberships (team integer not null, account integer not null, primary key (team, account));
    create table if not exists sessions (token text primary key, account integer not null);
    create table if not exists scim (id text primary key, company integer not null, kind text not null, row integer not null,
        key text not null, external_id text, rest text not null, version integer not null, created_ms integer not null,
        modified_ms integer not null, unique (kind, row), unique (company, kind, key));
    create index if not exists scim_order on scim (company, kind, created_ms, id);
    create index if not exists scim_external_id on scim (company, kind, external_id);
    create index if not exists memberships_of on memberships (account);
    create index if not exists sessions_of on sessions (account);";

diesel::table! { companies (id) { id -> BigInt, name -> Text, token -> Text, } }
diesel::table! { accounts (id) { id -> BigInt, company -> BigInt, email -> Text, name -> Nullable<Text>, active -> Bool, } }
diesel::table! { teams (id) { id -> BigInt, company -> BigInt, name -> Text, } }
diesel::table! { memberships (team, account) { team -> BigInt, account -> BigInt, } }
diesel::table! { sessions (token) { token -> Text, account -> BigInt, } }
diesel::table! { scim (id) {
    id -> Text, company -> BigInt, kind -> Text, row -> BigInt, key -> Text, external_id -> Nullable<Text>, rest -> Text,
    version -> BigInt, created_ms -> BigInt, modified_ms -> BigInt,
} }
diesel::joinable!(memberships -> teams (team));
diesel::joinable!(memberships -> accounts (account));
diesel::allow_tables_to_appear_in_same_query!(accounts, teams, memberships, scim);

/// What the application keeps of an account. Its key is a number that the database gives it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub(crate) struct Account {
    pub(crate) company: i64,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) active: bool,
}

impl Account {
    /// Takes the attributes that have columns out of the body.
    pub(crate) fn take(company: i64, body: &mut Object) -> Self {
        let email = take_text(body, "userName").unwrap_or_default();
        // only true gives access: who lost `active` is as good as switched off
        let active = take_bool(body, "active").unwrap_or(false);
        Self { company, email, name: take_text(body, "displayName"), active }
    }

    /// And puts them back.
    pub(crate) fn put(self, body: &mut Object) {
        put(body, "userName", self.email);
        put(body, "active", self.active);
        if let Some(name) = self.name {
            put(body, "displayName", name);
        }
    }

    pub(crate) fn key(&self) -> String {
        fold(Folding::UserName, &self.email).into_owned()
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = teams)]
pub(crate) struct Team {
    company: i64,
    name: String,
}

impl Team {
    pub(crate) fn take(company: i64, body: &mut Object) -> Self {
        Self { company, name: take_text(body, "displayName").unwrap_or_default() }
    }

    pub(crate) fn put(self, body: &mut Object) {
        put(body, "displayName", self.name);
    }

    pub(crate) fn key(&self) -> String {
        fold(Folding::Caseless, &self.name).into_owned()
    }
}

/// What SCIM knows of an account or a team besides: its `id`, whose row it is, its unique key, its version, and the
/// attributes without a column.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scim, treat_none_as_null = true)]
pub(crate) struct Row {
    pub(crate) id: String,
    company: i64,
    kind: String,
    pub(crate) row: i64,
    key: String,
    external_id: Option<String>,
    rest: String,
    version: i64,
    created_ms: i64,
    modified_ms: i64,
}

impl Row {
    pub(crate) fn take(company: i64, kind: &str, row: i64, key: String, entry: Entry) -> Self {
        let Entry { id, stamp: Stamp { version, created_ms, modified_ms }, mut body } = entry;
        let (id, kind, external_id) = (id.to_string(), kind.to_owned(), take_text(&mut body, "externalId"));
        let rest = body.to_string();
        Self { id, company, kind, row, key, external_id, rest, version, created_ms, modified_ms }
    }

    /// The attributes of this row; those of the account or team are missing yet.
    pub(crate) fn entry(self) -> Result<Entry> {
        let Self { version, created_ms, modified_ms, .. } = self;
        let mut body = parse_object(&self.rest).map_err(StoreError::backend)?;
        if let Some(external_id) = self.external_id {
            put(&mut body, "externalId", external_id);
        }
        Ok(Entry { id: self.id.into(), stamp: Stamp { version, created_ms, modified_ms }, body })
    }
}
