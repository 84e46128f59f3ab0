//! The application's tables, and what of them is an attribute in SCIM.

use crate::store::Failure;
use diesel::prelude::*;
use provost::embed::{Entry, Folding, Stamp, fold, parse_object, take_bool, take_text};
use provost::{Object, StoreError};
use std::collections::HashMap;

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
diesel::allow_tables_to_appear_in_same_query!(accounts, teams, memberships, scim);

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) org: i64,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) active: bool,
}

impl Account {
    /// Takes the attributes that have columns out of the body.
    pub(crate) fn take(org: i64, entry: &mut Entry) -> Self {
        let body = &mut entry.body;
        let email = take_text(body, "userName").unwrap_or_default();
        // only true gives access: who lost `active` is as good as switched off
        let active = take_bool(body, "active").unwrap_or(false);
        Self { id: entry.id.to_string(), org, email, name: take_text(body, "displayName"), active }
    }

    /// And gives them back.
    pub(crate) fn attributes(self) -> (String, Object) {
        let mut own = Object::from_iter([("userName", self.email)]);
        own.insert("active", self.active);
        if let Some(name) = self.name {
            own.insert("displayName", name);
        }
        (self.id, own)
    }

    pub(crate) fn key(&self) -> String {
        fold(Folding::UserName, &self.email).into_owned()
    }
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = teams)]
pub(crate) struct Team {
    id: String,
    org: i64,
    name: String,
}

impl Team {
    pub(crate) fn take(org: i64, entry: &mut Entry) -> Self {
        let name = take_text(&mut entry.body, "displayName").unwrap_or_default();
        Self { id: entry.id.to_string(), org, name }
    }

    pub(crate) fn attributes(self) -> (String, Object) {
        (self.id, Object::from_iter([("displayName", self.name)]))
    }

    pub(crate) fn key(&self) -> String {
        fold(Folding::Caseless, &self.name).into_owned()
    }
}

/// What SCIM knows of an account or a team besides: its unique key, its version, and the attributes without a column.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = scim, treat_none_as_null = true)]
pub(crate) struct Row {
    pub(crate) id: String,
    org: i64,
    kind: String,
    key: String,
    external_id: Option<String>,
    rest: String,
    version: i64,
    created_ms: i64,
    modified_ms: i64,
}

impl Row {
    pub(crate) fn take(org: i64, kind: &str, key: String, entry: Entry) -> Self {
        let Entry { id, stamp: Stamp { version, created_ms, modified_ms }, mut body } = entry;
        let (id, kind) = (id.to_string(), kind.to_owned());
        let external_id = take_text(&mut body, "externalId");
        Self { id, org, kind, key, external_id, rest: body.to_string(), version, created_ms, modified_ms }
    }

    /// The whole, with the attributes of the other table.
    pub(crate) fn entry(self, own: &mut HashMap<String, Object>) -> Result<Entry, Failure> {
        let Self { version, created_ms, modified_ms, .. } = self;
        let mut body = parse_object(&self.rest).map_err(StoreError::backend)?;
        for (name, value) in own.remove(&self.id).unwrap_or_default() {
            body.insert(name, value);
        }
        if let Some(external_id) = self.external_id {
            body.insert("externalId", external_id);
        }
        Ok(Entry { id: self.id.into(), stamp: Stamp { version, created_ms, modified_ms }, body })
    }
}
