//! Statements on the seals of the audit trail.

use super::records::Row;
use super::{Conn, Lane, Storage, counts, organisations};
use crate::audit::INSTALLATION;
use crate::audit::chain::hourly::{self, Count};
use crate::audit::chain::{Chain, ChainStore, Hash, Head, Seal, Stored};
use crate::clock::Timestamp;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{audit, chain, lease, seal};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::{BTreeMap, HashSet};

/// The name of the follower's lease.
const FOLLOWER: &str = "audit-follower";

/// How many ids a statement names, and how many rows it inserts; SQLite allows 32,766 bound values.
const CHUNK: usize = 500;

impl ChainStore for Storage {
    async fn take_lease(&self, holder: String, ends: Timestamp, now: Timestamp) -> Result<bool> {
        self.unrecorded(move |conn| Ok(take_lease(conn, &holder, ends, now)?)).await
    }

    async fn unsealed(
        &self,
        tenant: TenantId,
        from: String,
        before: String,
        limit: usize,
    ) -> Result<Vec<Stored>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.scan(move |conn| {
            let sealed = seal::tenant.eq(audit::tenant).and(seal::record.eq(audit::id));
            let rows: Vec<Row> = audit::table
                .left_join(seal::table.on(sealed))
                .filter(audit::tenant.eq(tenant.0))
                .filter(audit::id.ge(&from))
                .filter(audit::id.lt(&before))
                .filter(seal::number.nullable().is_null())
                .order(audit::id)
                .limit(limit)
                .select(audit::all_columns)
                .load(conn)?;
            Ok(rows.into_iter().map(Stored::from).collect())
        })
        .await
    }

    async fn seal(&self, tenant: TenantId, records: Vec<Stored>) -> Result<Head> {
        self.write_in(Lane::Notes(tenant), move |conn| add(conn, tenant, &records)).await
    }

    async fn counts(&self, tenant: TenantId, since: Timestamp) -> Result<Vec<Count>> {
        self.scan(move |conn| Ok(counts::since(conn, tenant, since)?)).await
    }

    async fn chain(&self, tenant: TenantId) -> Result<Chain> {
        self.read(move |conn| one(conn, tenant)).await
    }

    async fn links(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<(Seal, Option<Stored>)>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.scan(move |conn| {
            let of_record = audit::tenant.eq(seal::tenant).and(audit::id.eq(seal::record));
            let rows: Vec<(Columns, Option<Row>)> = seal::table
                .left_join(audit::table.on(of_record))
                .filter(seal::tenant.eq(tenant.0))
                .filter(seal::number.gt(after))
                .order(seal::number)
                .limit(limit)
                .select((seal::all_columns, audit::all_columns.nullable()))
                .load(conn)?;
            rows.into_iter().map(|(columns, row)| Ok((read(columns)?, row.map(Stored::from)))).collect()
        })
        .await
    }
}

fn take_lease(conn: &mut Conn, holder: &str, ends: Timestamp, now: Timestamp) -> QueryResult<bool> {
    let row = (lease::name.eq(FOLLOWER), lease::holder.eq(holder), lease::ends.eq(ends.as_millis()));
    diesel::insert_into(lease::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let longest = ends.as_millis().saturating_sub(now.as_millis()).saturating_add(ends.as_millis());
    // also one that ends later than any lease could: it was given by a clock that was ahead
    let is_over = lease::ends.le(now.as_millis()).or(lease::ends.gt(longest));
    let mine = lease::table.filter(lease::name.eq(FOLLOWER)).filter(lease::holder.eq(holder).or(is_over));
    let change = (lease::holder.eq(holder), lease::ends.eq(ends.as_millis()));
    Ok(diesel::update(mine).set(change).execute(conn)? > 0)
}

type Columns = (i64, i64, String, bool, Vec<u8>, Vec<u8>);

pub(super) fn hash(bytes: Vec<u8>) -> Result<Hash> {
    bytes.try_into().or(Err(StorageError::Damaged { what: "seal", text: "..".to_owned() }))
}

fn read((_, number, record, refused, digest, text): Columns) -> Result<Seal> {
    Ok(Seal { number, record, refused, digest: hash(digest)?, hash: hash(text)? })
}

fn one(conn: &mut Conn, tenant: TenantId) -> Result<Chain> {
    type Columns = (i64, i64, Vec<u8>, i64, Vec<u8>);
    let rows: Vec<Columns> = chain::table.filter(chain::tenant.eq(tenant.0)).load(conn)?;
    let Some((_, number, text, base, base_text)) = rows.into_iter().next() else { return Ok(Chain::EMPTY) };
    Ok(Chain {
        head: Head { number, hash: hash(text)? },
        base: Head { number: base, hash: hash(base_text)? },
    })
}

/// Seals records. Followers take turns; the second finds the records sealed.
fn add(conn: &mut Conn, tenant: TenantId, records: &[Stored]) -> Result<Head> {
    if tenant != INSTALLATION {
        conn.hold(Held::Organisation(tenant))?;
        if !organisations::exists(conn, tenant)? {
            return Ok(Head::START);
        }
    }
    let first = (
        chain::tenant.eq(tenant.0),
        chain::number.eq(0),
        chain::hash.eq(Head::START.hash.as_slice()),
        chain::base_number.eq(0),
        chain::base_hash.eq(Head::START.hash.as_slice()),
    );
    diesel::insert_into(chain::table).values(first).on_conflict_do_nothing().execute(conn)?;
    conn.hold(Held::Chain(tenant))?;
    let mut head = one(conn, tenant)?.head;
    let mut counted = BTreeMap::new();
    for some in records.chunks(CHUNK) {
        let ids = some.iter().map(|record| record.id.as_str());
        let sealed: HashSet<String> = seal::table
            .filter(seal::tenant.eq(tenant.0))
            .filter(seal::record.eq_any(ids))
            .select(seal::record)
            .load(conn)?
            .into_iter()
            .collect();
        let mut seals = Vec::with_capacity(some.len());
        for record in some.iter().filter(|record| !sealed.contains(&record.id)) {
            hourly::add(&mut counted, record);
            let next = head.seal(record);
            head = next.head();
            seals.push(next);
        }
        insert(conn, tenant, &seals)?;
    }
    counts::add(conn, tenant, &counted)?;
    let end = (chain::number.eq(head.number), chain::hash.eq(head.hash.to_vec()));
    diesel::update(chain::table.filter(chain::tenant.eq(tenant.0))).set(end).execute(conn)?;
    Ok(head)
}

fn insert(conn: &mut Conn, tenant: TenantId, seals: &[Seal]) -> QueryResult<()> {
    let row = |seal: &Seal| {
        (
            seal::tenant.eq(tenant.0),
            seal::number.eq(seal.number),
            seal::record.eq(seal.record.clone()),
            seal::refused.eq(seal.refused),
            seal::digest.eq(seal.digest.to_vec()),
            seal::hash.eq(seal.hash.to_vec()),
        )
    };
    let rows: Vec<_> = seals.iter().map(row).collect();
    if !rows.is_empty() {
        diesel::insert_into(seal::table).values(&rows).execute(conn)?;
    }
    Ok(())
}

/// The numbers of sealed records, in order; unsealed ones are left out.
pub(super) fn numbers(conn: &mut Conn, tenant: TenantId, ids: &[&str]) -> QueryResult<Vec<(i64, String)>> {
    let of_records = seal::table.filter(seal::tenant.eq(tenant.0)).filter(seal::record.eq_any(ids));
    let mut found: Vec<(i64, String)> = of_records.select((seal::number, seal::record)).load(conn)?;
    // not by the database: SQLite would read all seals in this order instead of looking these up
    found.sort_unstable();
    Ok(found)
}
