//! Statements on the audit trail. Rows are added; [`forgotten`] removes those that are not kept.

use super::records::{Person, Row};
use super::{Conn, Lane, Storage, erased, forgotten, kept_owners, organisations};
use crate::access::AccountId;
use crate::audit::chain::id_at;
use crate::audit::{
    Actor, AuditStore, By, Deed, Done, Ending, Entry, Filter, INSTALLATION, Record, Trail, erasure,
};
use crate::clock::{self, Timestamp};
use crate::storage::Result;
use crate::storage::later::Later;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{audit, membership};
use diesel::dsl::count_star;
use diesel::prelude::*;
use provost::hook::TenantId;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

impl AuditStore for Storage {
    async fn record(&self, records: Vec<Record>) -> Result<()> {
        // all records come from one request
        let Some(tenant) = records.first().map(|record| record.tenant) else { return Ok(()) };
        let job = move |conn: &mut Conn| {
            // the organisation may have been deleted since the request began
            conn.hold(Held::Organisation(tenant))?;
            if organisations::exists(conn, tenant)? {
                for record in &records {
                    insert(conn, record)?;
                    kept_owners::note(conn, record)?;
                }
            }
            Ok(())
        };
        self.write_in(Lane::Notes(tenant), job).await
    }

    async fn audited(
        &self,
        tenant: TenantId,
        filter: Filter,
        before: Option<String>,
        limit: u16,
    ) -> Result<Vec<Entry>> {
        self.scan(move |conn| {
            let chosen = wanted(tenant, &filter);
            let chosen = match &before {
                Some(before) => chosen.filter(audit::id.lt(before)),
                None => chosen,
            };
            let rows: Vec<Row> = chosen.order(audit::id.desc()).limit(limit.into()).load(conn)?;
            Ok(rows.into_iter().map(Entry::from).collect())
        })
        .await
    }

    async fn begin_export(&self, by: By, tenant: TenantId, filter: Filter) -> Result<String> {
        self.change(by, move |conn| {
            let of_tenant = audit::table.filter(audit::tenant.eq(tenant.0));
            let last = of_tenant.order(audit::id.desc()).select(audit::id).limit(1).load::<String>(conn)?;
            Ok(Done::told(last.into_iter().next().unwrap_or_default(), filter.told(tenant)))
        })
        .await
    }

    async fn exported(
        &self,
        tenant: TenantId,
        filter: Filter,
        after: String,
        last: String,
        limit: u16,
    ) -> Result<Vec<Entry>> {
        self.scan(move |conn| {
            let chosen = wanted(tenant, &filter).filter(audit::id.gt(&after)).filter(audit::id.le(&last));
            let rows: Vec<Row> = chosen.order(audit::id).limit(limit.into()).load(conn)?;
            Ok(rows.into_iter().map(Entry::from).collect())
        })
        .await
    }

    async fn count_exported(&self, tenant: TenantId, filter: Filter, last: String) -> Result<i64> {
        self.scan(move |conn| {
            let chosen = wanted(tenant, &filter).filter(audit::id.le(&last));
            Ok(chosen.select(count_star()).first(conn)?)
        })
        .await
    }

    async fn forget_refused(&self, tenant: TenantId, most: usize, since: Timestamp) -> Result<bool> {
        // a reader counts, since this may take long
        let over = self.scan(move |conn| Ok(forgotten::first_over(conn, tenant, most)?)).await?;
        self.change(worker(), move |conn| Ok(forgotten::refused(conn, tenant, over.as_ref(), since)?)).await
    }

    async fn naming(&self, tenant: TenantId, after: String, limit: usize) -> Result<Vec<Entry>> {
        self.scan(move |conn| Ok(erased::naming(conn, tenant, &after, limit)?)).await
    }

    async fn still_there(&self, tenant: TenantId, person: erasure::Person) -> Result<Option<String>> {
        self.scan(move |conn| Ok(erased::still_there(conn, tenant, &person)?)).await
    }

    async fn blank(
        &self,
        by: By,
        tenant: TenantId,
        ids: Vec<String>,
        person: erasure::Person,
    ) -> Result<usize> {
        self.change(by, move |conn| Ok(erased::blank(conn, tenant, &ids, &person)?)).await
    }

    async fn unlink_erased(&self, by: By, tenant: TenantId, person: erasure::Person) -> Result<usize> {
        let now = by.at;
        self.change(by, move |conn| Ok(erased::unlink(conn, tenant, &person, now)?)).await
    }

    async fn delete_account(&self, by: By, account: AccountId) -> Result<bool> {
        self.change(by, move |conn| Ok(erased::delete_account(conn, account)?)).await
    }

    async fn oldest_sealed(&self, tenant: TenantId) -> Result<Option<Timestamp>> {
        self.scan(move |conn| Ok(forgotten::oldest(conn, tenant)?)).await
    }

    async fn forget_old(&self, tenant: TenantId, since: Timestamp) -> Result<bool> {
        self.change(worker(), move |conn| forgotten::old(conn, tenant, since)).await
    }
}

/// The tenant's records that match a filter.
fn wanted<'a>(tenant: TenantId, filter: &'a Filter) -> audit::BoxedQuery<'a, <Conn as Connection>::Backend> {
    let mut chosen = audit::table.filter(audit::tenant.eq(tenant.0)).into_boxed();
    if let Some(since) = filter.since {
        // an id is never older than its record
        let since = since.as_millis();
        chosen = chosen.filter(audit::id.ge(id_at(since))).filter(audit::at.ge(since));
    }
    if let Some(until) = filter.until {
        chosen = chosen.filter(audit::at.lt(until.as_millis()));
    }
    chosen = match filter.actor.as_deref() {
        None => chosen,
        Some("token") => chosen.filter(audit::made_by.is_null()),
        Some(actor) => chosen.filter(
            audit::actor
                .eq(actor)
                .or(audit::made_by.is_not_null().and(audit::made_by.assume_not_null().eq(actor))),
        ),
    };
    if let Some(operation) = &filter.operation {
        chosen = chosen.filter(audit::operation.eq(operation));
    }
    if let Some(resource_type) = &filter.resource_type {
        chosen = chosen.filter(audit::resource_type.eq(resource_type));
    }
    if let Some(id) = &filter.resource_id {
        chosen = chosen.filter(audit::resource_id.eq(id));
    }
    match filter.outcome {
        None => chosen,
        Some(Ending::Refused) => chosen.filter(audit::error.is_not_null()),
        Some(Ending::Done) => chosen.filter(audit::error.is_null()).filter(audit::changed),
        Some(Ending::Unchanged) => chosen.filter(audit::error.is_null()).filter(audit::changed.eq(false)),
    }
}

/// The server itself, now.
fn worker() -> By {
    By { actor: Actor::Worker, at: clock::now() }
}

/// Writes a record down.
pub(super) fn insert(conn: &mut Conn, record: &Record) -> Result<()> {
    let id = clock::new_id(record.at);
    let person = Person::text(&record.words)?;
    let row = (
        audit::tenant.eq(record.tenant.0),
        audit::id.eq(id.as_str()),
        audit::at.eq(record.at.as_millis()),
        audit::actor.eq(&*record.actor),
        audit::request_id.eq(&*record.origin.request_id),
        audit::operation.eq(record.operation),
        audit::resource_type.eq(&record.resource_type),
        audit::resource_id.eq(&record.resource_id),
        audit::version.eq(i64::try_from(record.version.0).unwrap_or(i64::MAX)),
        audit::changed.eq(record.changed),
        audit::notes.eq(record.notes.to_string()),
        audit::error.eq(record.error.map(|error| format!("{error:?}"))),
        audit::person_hash.eq(person.as_ref().map(|person| Sha256::digest(person).to_vec())),
        audit::person.eq(person),
    );
    Ok(conn.later(diesel::insert_into(audit::table).values(row))?)
}

impl Person {
    /// The JSON text; `None` if the record names nobody.
    fn of(by: &By, deed: &Deed) -> Result<Option<String>> {
        let mut names = deed.person.clone();
        let who = by.actor.names();
        if !who.is_empty() {
            names.insert("by".to_owned(), who.into());
        }
        Self::text(&names)
    }

    fn text(names: &Map<String, Value>) -> Result<Option<String>> {
        if names.is_empty() {
            return Ok(None);
        }
        let salt = u128::from_be_bytes(clock::random()?);
        Ok(Some(json!(Self { salt: format!("{salt:032x}"), names: names.clone() }).to_string()))
    }
}

/// Records what somebody did, in each trail it belongs to.
pub(in crate::storage) fn tell(conn: &mut Conn, by: &By, deed: &Deed) -> Result<()> {
    let trails = match deed.trail {
        Trail::Of(tenant) => vec![tenant.0],
        Trail::OfMember(account) => {
            let own = membership::table.filter(membership::account.eq(account.0));
            own.order(membership::tenant).select(membership::tenant).load(conn)?
        }
    };
    let mut is_told = false;
    for tenant in trails {
        is_told |= tell_in(conn, by, deed, TenantId(tenant))?;
    }
    // about a person who is a member of no organisation
    if !is_told && matches!(deed.trail, Trail::OfMember(_)) {
        tell_in(conn, by, deed, INSTALLATION)?;
    }
    Ok(())
}

/// Records it in one trail; `false` if there is no such trail.
fn tell_in(conn: &mut Conn, by: &By, deed: &Deed, tenant: TenantId) -> Result<bool> {
    if tenant != INSTALLATION {
        // it may be about to be deleted, with its trail
        conn.hold(Held::Organisation(tenant))?;
        if !organisations::exists(conn, tenant)? {
            return Ok(false);
        }
    }
    let (operation, of) = deed.action.words();
    let mut notes = deed.notes.clone();
    notes.extend(by.actor.how().map(|how| ("signedIn".to_owned(), how.as_str().into())));
    let person = Person::of(by, deed)?;
    let row = (
        audit::tenant.eq(tenant.0),
        audit::id.eq(clock::new_id(by.at).as_str().to_owned()),
        audit::at.eq(by.at.as_millis()),
        audit::actor.eq(by.actor.id()),
        audit::request_id.eq(""),
        audit::operation.eq(operation),
        audit::resource_type.eq(of),
        audit::resource_id.eq(&deed.id),
        audit::version.eq(0),
        audit::changed.eq(deed.error.is_none()),
        audit::notes.eq(Value::Object(notes).to_string()),
        audit::error.eq(deed.error),
        audit::made_by.eq(by.actor.kind()),
        audit::person_hash.eq(person.as_ref().map(|person| Sha256::digest(person).to_vec())),
        audit::person.eq(person),
    );
    conn.later(diesel::insert_into(audit::table).values(row))?;
    Ok(true)
}
