//! What a page is made of: whose resources, which part of the list, and the statements that read it.

use super::links::WantedLinks;
use super::rows::{Found, Served};
use super::{Conn, Result};
use crate::derivation::Derivation;
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::sql::{Fragment, Scope};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::query::{Include, SeekKey};
use provost_core::resource::Service;
use provost_core::{Query, ResourceType, TypedFilter};
use std::collections::HashMap;

/// Whose resources are read, and what it takes to read them.
#[derive(Clone, Copy)]
pub(in super::super) struct Reading<'a> {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) kind: &'a ResourceType,
    pub(in super::super) service: &'a Service,
    /// How the values are made that a filter is translated for.
    pub(in super::super) derivation: &'a Derivation,
}

impl<'a> Reading<'a> {
    pub(in super::super) fn scope(&self) -> Scope<'a> {
        Scope { tenant: self.tenant, kind: self.kind, service: self.service, dialect: Conn::DIALECT }
    }

    pub(in super::super) fn links(&self, include: Include) -> WantedLinks<'a> {
        let Self { tenant, kind, service, .. } = *self;
        WantedLinks { tenant, kind, service: Some(service), include }
    }

    /// Whether a resource has members or groups that are wanted.
    pub(in super::super) fn has_links(&self, include: Include) -> bool {
        (include.members && self.kind.members().is_some()) || (include.groups && self.kind.groups().is_some())
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy)]
pub(in super::super) struct Slice {
    /// Rows that are skipped.
    pub(in super::super) offset: i64,
    /// Rows that are given at most.
    pub(in super::super) limit: i64,
}

impl Slice {
    pub(super) fn of(query: &Query) -> Self {
        Self {
            offset: i64::try_from(query.start.saturating_sub(1)).unwrap_or(i64::MAX),
            limit: i64::try_from(query.count).unwrap_or(i64::MAX),
        }
    }
}

/// What is found: a page, the total, and where the next page begins, if somebody will go on there.
pub(in super::super) type Listed = (Vec<Found>, i64, Option<SeekKey>);

/// How many resources meet a filter, whose condition this is.
pub(super) fn total_of(
    conn: &mut Conn,
    reading: Reading<'_>,
    filter: Option<&TypedFilter>,
    condition: &Fragment,
) -> Result<i64> {
    let Some(filter) = filter else { return Ok(conn.total(reading.tenant, reading.kind.name.as_str())?) };
    let mut sql = Fragment::new("select count(*) from scim_resource r where ");
    sql.add(condition);
    let common = reading.scope().is_common(filter);
    Ok(sql.statement::<BigInt>(common).load(conn)?.into_iter().next().unwrap_or_default())
}

/// A part of the rows that meet a condition.
pub(in super::super) struct Portion<'a> {
    pub(in super::super) condition: &'a Fragment,
    pub(in super::super) order: &'a Fragment,
    pub(in super::super) limit: i64,
    pub(in super::super) offset: i64,
    /// Whether the condition is one of a few.
    pub(in super::super) common: bool,
}

/// The page that is asked for when no `count` is given: its statements are kept prepared.
pub(super) const USUAL_PAGE: i64 = 100;
const ONE_MORE: i64 = USUAL_PAGE + 1;

impl Portion<'_> {
    fn tail(&self, sql: &mut Fragment) -> bool {
        sql.sql(" order by ").add(self.order).sql(" limit ").literal(self.limit);
        if self.offset > 0 {
            sql.sql(" offset ").literal(self.offset);
        }
        // a page by cursor reads one row more
        self.common && matches!(self.limit, USUAL_PAGE | ONE_MORE) && self.offset == 0
    }

    /// Documents are read along: for rows that come in order and are few.
    pub(in super::super) fn rows(&self, conn: &mut Conn) -> Result<Vec<Found>> {
        let mut sql = Fragment::new(
            "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
             cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and ",
        );
        sql.add(self.condition);
        let cached = self.tail(&mut sql);
        let rows: Vec<(i64, String, i64, i64, i64, String)> = sql.statement::<Served>(cached).load(conn)?;
        Ok(rows.into_iter().map(Found::from).collect())
    }

    /// Keys first: what is sorted and skipped is small then.
    pub(in super::super) fn rows_by_key(&self, conn: &mut Conn, tenant: TenantId) -> Result<Vec<Found>> {
        let keys = self.keys(conn)?;
        rows_of(conn, tenant, &keys)
    }

    pub(super) fn keys(&self, conn: &mut Conn) -> Result<Vec<i64>> {
        let mut sql = Fragment::new("select r.seq from scim_resource r where ");
        sql.add(self.condition);
        let cached = self.tail(&mut sql);
        Ok(sql.statement::<BigInt>(cached).load(conn)?)
    }
}

/// The rows of these keys, in their order.
pub(super) fn rows_of(conn: &mut Conn, tenant: TenantId, keys: &[i64]) -> Result<Vec<Found>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Fragment::new(
        "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
         cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ",
    );
    sql.int(tenant.0).sql(" and r.seq in ").literals(keys);
    let rows: Vec<(i64, String, i64, i64, i64, String)> = sql.once::<Served>().load(conn)?;
    let place: HashMap<i64, usize> = keys.iter().enumerate().map(|(n, key)| (*key, n)).collect();
    let mut found: Vec<Found> = rows.into_iter().map(Found::from).collect();
    found.sort_by_key(|f| place.get(&f.seq).copied());
    Ok(found)
}
