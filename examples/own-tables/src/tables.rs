//! The application's tables, and what of them is an attribute in SCIM.

use diesel::prelude::*;
use provost::core::fold::{Folding, fold};
use provost::core::{Object, Timestamp};
use provost::embed::{Stamp, take_bool, take_text};

/// The first four were here before SCIM, and stay as they were. `scim` stands beside them.
pub(crate) const TABLES: &str = "
    create table accounts (id text primary key, org integer not null, email text not null, name text, active boolean not null);
    create table teams (id text primary key, org integer not null, name text not null);
    create table memberships (team_id text not null, account_id text not null, primary key (team_id, account_id));
    create table sessions (token text primary key, account_id text not null);
    create table scim (id text primary key, org integer not null, kind text not null, key text not null,
        external_id text, rest text not null, version integer not null, created_ms integer not null,
        modified_ms integer not null, unique (org, kind, key));
    create index scim_order on scim (org, kind, created_ms, id);
    create index scim_external_id on scim (org, kind, external_id);
    create index memberships_of on memberships (account_id);
    create index sessions_of on sessions (account_id);";

diesel::table! { accounts (id) { id -> Text, org -> BigInt, email -> Text, name -> Nullable<Text>, active -> Bool, } }
diesel::table! { teams (id) { id -> Text, org -> BigInt, name -> Text, } }
diesel::table! { memberships (team_id, account_id) { team_id -> Text, account_id -> Text, } }
diesel::table! { sessions (token) { token -> Text, account_id -> Text, } }
diesel::table! { scim (id) {
    id -> Text, org -> BigInt, kind -> Text, key -> Text, external_id -> Nullable<Text>, rest -> Text,
    version -> BigInt, created_ms -> BigInt, modified_ms -> BigInt,
} }
diesel::joinable!(memberships -> accounts (account_id));
diesel::joinable!(memberships -> teams (team_id));
diesel::allow_tables_to_appear_in_same_query!(accounts, teams, memberships, sessions, scim);

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) org: i64,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) active: bool,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = teams)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) org: i64,
    pub(crate) name: String,
}

/// What SCIM knows of an account or a team besides: its unique key, the attributes without a column, its version.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = scim, treat_none_as_null = true)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) org: i64,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) external_id: Option<String>,
    pub(crate) rest: String,
    pub(crate) version: i64,
    pub(crate) created_ms: i64,
    pub(crate) modified_ms: i64,
}

impl Account {
    /// Takes the attributes that have columns out of a body.
    pub(crate) fn take(row: &mut Row, body: &mut Object) -> Self {
        let email = take_text(body, "userName").unwrap_or_default();
        row.key = fold(Folding::UserName, &email).into_owned();
        Self {
            id: row.id.clone(),
            org: row.org,
            email,
            name: take_text(body, "displayName"),
            active: take_bool(body, "active").unwrap_or(true),
        }
    }

    /// And puts them back.
    pub(crate) fn show(self, body: &mut Object) {
        body.insert("userName", self.email);
        body.insert("active", self.active);
        if let Some(name) = self.name {
            body.insert("displayName", name);
        }
    }
}

impl Team {
    pub(crate) fn take(row: &mut Row, body: &mut Object) -> Self {
        let name = take_text(body, "displayName").unwrap_or_default();
        row.key = fold(Folding::Caseless, &name).into_owned();
        Self { id: row.id.clone(), org: row.org, name }
    }

    pub(crate) fn show(self, body: &mut Object) {
        body.insert("displayName", self.name);
    }
}

impl Row {
    pub(crate) fn new(id: &str, org: i64, kind: &str, at: Timestamp) -> Self {
        let Stamp { version, created_ms, modified_ms } = Stamp::new(at);
        let (id, kind, key, rest) = (id.to_owned(), kind.to_owned(), String::new(), String::new());
        Self { id, org, kind, key, external_id: None, rest, version, created_ms, modified_ms }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { version: self.version, created_ms: self.created_ms, modified_ms: self.modified_ms }
    }

    pub(crate) fn changed(&mut self, at: Timestamp) {
        let stamp = self.stamp().changed(at);
        (self.version, self.modified_ms) = (stamp.version, stamp.modified_ms);
    }
}
