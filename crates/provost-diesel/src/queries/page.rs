//! The parts of a page: whose resources, which part of the list, and the statements that read it.

use super::links::{self, Foreseen, WantedLinks};
use super::room::Room;
use super::rows::{Found, Served};
use super::{Conn, Result};
use crate::derivation::Derivation;
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::sql::{Fragment, Scope, Statement};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::query::{Include, SeekKey};
use provost_core::resource::Service;
use provost_core::{Query, ResourceType, TypedFilter};
use std::collections::HashMap;

/// Whose resources to read, and what that needs.
#[derive(Clone, Copy)]
pub(in super::super) struct Reading<'a> {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) kind: &'a ResourceType,
    pub(in super::super) service: &'a Service,
    /// How the values are derived that translated filters search.
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
}

/// Which part of a list is requested.
#[derive(Clone, Copy)]
pub(in super::super) struct Slice {
    /// How many rows to skip.
    pub(in super::super) offset: i64,
    /// The most rows to return.
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

/// A page, the total, and where the next page begins if a cursor is in use.
pub(in super::super) type Listed = (Vec<Found>, i64, Option<SeekKey>);

/// How many resources match a filter with this condition.
pub(super) fn total_of(
    conn: &mut Conn,
    reading: Reading<'_>,
    filter: Option<&TypedFilter>,
    condition: &Fragment,
) -> Result<i64> {
    let Some(filter) = filter else { return Ok(conn.total(reading.tenant, reading.kind.name.as_str())?) };
    let mut sql = Fragment::new("select count(*) from ");
    sql.sql(condition.source()).add(condition);
    let common = reading.scope().is_common(filter);
    Ok(sql.statement::<BigInt>(common).load(conn)?.into_iter().next().unwrap_or_default())
}

/// A part of the rows that match a condition.
pub(in super::super) struct Portion<'a> {
    pub(in super::super) condition: &'a Fragment,
    pub(in super::super) order: &'a Fragment,
    pub(in super::super) limit: i64,
    pub(in super::super) offset: i64,
    /// Whether the condition is one of a few.
    pub(in super::super) common: bool,
}

/// The size of a page without `count`: its statements are kept prepared.
pub(super) const USUAL_PAGE: i64 = 100;
const ONE_MORE: i64 = USUAL_PAGE + 1;
/// The most rows of a look-up; more are a list.
pub(in super::super) const LOOK_UP: i64 = 9;

impl Portion<'_> {
    fn tail(&self, sql: &mut Fragment) -> bool {
        sql.sql(" order by ").add(self.order).sql(" limit ").literal(self.limit);
        if self.offset > 0 {
            sql.sql(" offset ").literal(self.offset);
        }
        // a page by cursor reads one row more
        self.common && matches!(self.limit, LOOK_UP | USUAL_PAGE | ONE_MORE) && self.offset == 0
    }

    /// Reads documents too: for few rows that come in order.
    pub(in super::super) fn rows(
        &self,
        conn: &mut Conn,
        reading: Reading<'_>,
        room: &mut Room,
    ) -> Result<Vec<Found>> {
        let mut sql = Fragment::new(
            "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
             cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and ",
        );
        sql.add(self.condition);
        let common = self.tail(&mut sql);
        let foreseen = links::foresee(conn, reading.links(room.include), false, || {
            let (keys, common) = self.select_keys();
            let mut list = Fragment::new("(");
            list.add(&keys).sql(")");
            links::Keys { list, common }
        })?;
        read(conn, reading, sql.statement(common), room, foreseen.as_ref())
    }

    /// Reads keys first, so that what is sorted and skipped is small.
    pub(in super::super) fn rows_by_key(
        &self,
        conn: &mut Conn,
        reading: Reading<'_>,
        room: &mut Room,
    ) -> Result<Vec<Found>> {
        let keys = self.keys(conn)?;
        rows_of(conn, reading, &keys, room)
    }

    pub(super) fn keys(&self, conn: &mut Conn) -> Result<Vec<i64>> {
        let (sql, common) = self.select_keys();
        Ok(sql.statement::<BigInt>(common).load(conn)?)
    }

    fn select_keys(&self) -> (Fragment, bool) {
        let mut all = self.condition.clone();
        let common = self.tail(&mut all);
        let mut sql = Fragment::new("select r.seq from ");
        sql.sql(all.source()).add(&all);
        (sql, common)
    }
}

/// Rows in reading order, until their bodies or links no longer fit.
fn read(
    conn: &mut Conn,
    reading: Reading<'_>,
    sql: Statement<Served>,
    room: &mut Room,
    foreseen: Option<&Foreseen>,
) -> Result<Vec<Found>> {
    let mut rows = Vec::new();
    for row in sql.load_iter::<(i64, String, i64, i64, i64, String), DefaultLoadingMode>(conn)? {
        let row = row?;
        let (.., doc) = &row;
        if !room.bounds.admit_bytes(doc.len()) && !room.spares(rows.is_empty()) {
            room.is_cut = true;
            break;
        }
        rows.push(Found::from(row));
    }
    links::fill(conn, reading.links(room.include), room, &mut rows, foreseen)?;
    Ok(rows)
}

/// The rows with these keys, in this order.
pub(in super::super) fn rows_of(
    conn: &mut Conn,
    reading: Reading<'_>,
    keys: &[i64],
    room: &mut Room,
) -> Result<Vec<Found>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let ordered = keys.is_sorted();
    // otherwise they are read in key order, so what fits must be determined first
    let wanted = if ordered { keys } else { fitting(conn, reading.tenant, keys, room)? };
    let mut sql = Fragment::new(
        "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
         cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ",
    );
    sql.int(reading.tenant.0).sql(" and r.seq in ").literals(wanted).sql(" order by r.seq");
    if ordered {
        let foreseen = links::foresee(conn, reading.links(room.include), false, || {
            let mut list = Fragment::default();
            list.literals(wanted);
            links::Keys { list, common: false }
        })?;
        return read(conn, reading, sql.once(), room, foreseen.as_ref());
    }
    let mut rows = read(conn, reading, sql.once(), &mut Room::unlimited(Include::BODY), None)?;
    let place: HashMap<i64, usize> = wanted.iter().enumerate().map(|(n, key)| (*key, n)).collect();
    rows.sort_by_key(|f| place.get(&f.seq).copied());
    room.is_cut |= wanted.len() < keys.len();
    links::fill(conn, reading.links(room.include), room, &mut rows, None)?;
    Ok(rows)
}

/// The first keys whose bodies fit. Rows that are gone take no room.
fn fitting<'k>(conn: &mut Conn, tenant: TenantId, keys: &'k [i64], room: &mut Room) -> Result<&'k [i64]> {
    let mut sql =
        Fragment::new("select seq, cast(octet_length(doc) as bigint) from scim_document where tenant = ");
    sql.int(tenant.0).sql(" and seq in ").literals(keys);
    let sizes: Vec<(i64, i64)> = sql.once::<(BigInt, BigInt)>().load(conn)?;
    let sizes: HashMap<i64, usize> =
        sizes.into_iter().map(|(seq, size)| (seq, usize::try_from(size).unwrap_or(usize::MAX))).collect();
    let mut is_first = true;
    let fits = |key: &&i64| {
        let Some(size) = sizes.get(*key) else { return true };
        let is_spared = room.spares(std::mem::take(&mut is_first));
        room.bounds.admit_bytes(*size) || is_spared
    };
    let fitting = keys.iter().take_while(fits).count();
    Ok(keys.get(..fitting).unwrap_or(keys))
}
