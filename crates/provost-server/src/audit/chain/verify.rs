//! Verifies a trail: each seal must follow the one before, and each record must be the one that was sealed.

use super::follower::LATE_MS;
use super::{Chain, ChainStore, Head, Seal, Stored, hex, id_at, made_at};
use crate::audit::Action;
use crate::storage::{Result, Storage};
use provost::hook::TenantId;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many seals one statement reads.
const PAGE: usize = 1_000;

/// After how many seals a window of records begins, in which one statement looks for any without a seal.
const WINDOW: i64 = 20_000;

/// Greater than every id.
const END: &str = "g";

/// The first fault in a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Broken {
    pub(crate) what: What,
    /// The number of the seal; 0 for a record without one.
    pub(crate) number: i64,
    pub(crate) record: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    Changed,
    Removed,
    Added,
    Moved,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, number, record } = self;
        match what {
            What::Changed if record.is_empty() => write!(
                f,
                "the seal number {number}, up to which records were removed because of their age, is not the one that was kept"
            ),
            What::Changed => write!(f, "record {record}, number {number}, was changed after it was sealed"),
            What::Removed if record.is_empty() => {
                write!(f, "record number {number} was removed, and its seal with it")
            }
            What::Removed => write!(f, "record {record}, number {number}, was removed"),
            What::Moved => write!(f, "record {record} was moved: it is in the place of number {number}"),
            What::Added => write!(
                f,
                "record {record} was added among sealed ones, or by a server whose clock was behind and whose records are not \
                 sealed yet"
            ),
        }
    }
}

/// The result for a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) head: Head,
    /// Sealed records that still exist.
    pub(crate) whole: i64,
    /// Refused writes that were removed, according to a record.
    pub(crate) forgotten: i64,
    /// The seal up to which everything was removed, according to a record.
    pub(crate) base: i64,
    pub(crate) broken: Option<Broken>,
}

/// Checks each seal of a trail and its record. `kept` are heads that were kept elsewhere; `seen` is called with the
/// progress.
pub(crate) async fn verify(
    storage: &Storage,
    tenant: TenantId,
    kept: &[Head],
    mut seen: impl FnMut(i64, i64),
) -> Result<Verified> {
    loop {
        let chain = storage.chain(tenant).await?;
        let found = walk(storage, tenant, chain, kept, &mut seen).await?;
        // records removed meanwhile because of their age look like faults: try again
        if found.broken.is_none() || storage.chain(tenant).await?.base == chain.base {
            return Ok(found);
        }
    }
}

async fn walk(
    storage: &Storage,
    tenant: TenantId,
    chain: Chain,
    kept: &[Head],
    seen: &mut impl FnMut(i64, i64),
) -> Result<Verified> {
    let mut walk = Walk::new(chain, kept);
    // the last ids of windows
    let (mut ends, mut begun) = (Vec::new(), walk.head.number);
    while walk.broken.is_none() {
        let page = storage.links(tenant, walk.head.number, PAGE).await?;
        walk.look(&page);
        if walk.head.number.saturating_sub(begun) >= WINDOW {
            begun = walk.head.number;
            ends.extend(walk.last.clone());
        }
        seen(
            walk.head.number.saturating_sub(chain.base.number),
            chain.head.number.saturating_sub(chain.base.number),
        );
        if page.len() < PAGE {
            // a record about very recent removals may not be sealed yet
            let waiting = waiting(storage, tenant, walk.last.as_deref()).await?;
            if storage.links(tenant, walk.head.number, 1).await?.is_empty() {
                waiting.iter().for_each(|record| walk.hear(record));
                break;
            }
        }
    }
    if walk.broken.is_none()
        && let Some(last) = walk.last.clone()
    {
        // newer ones are still waiting to be sealed
        let until = id_at(made_at(&last).unwrap_or(0).saturating_sub(LATE_MS));
        walk.broken = added(storage, tenant, ends, until).await?;
    }
    Ok(walk.end())
}

/// The first record without a seal before an id. They are looked for in windows, since one statement over a long trail
/// would take longer than a database allows.
async fn added(
    storage: &Storage,
    tenant: TenantId,
    ends: Vec<String>,
    until: String,
) -> Result<Option<Broken>> {
    let mut from = String::new();
    let ends: Vec<String> = ends.into_iter().filter(|end| *end < until).chain([until.clone()]).collect();
    for end in ends {
        let found = storage.unsealed(tenant, from, end.clone(), 1).await?;
        if let Some(record) = found.into_iter().next() {
            return Ok(Some(broken(What::Added, 0, &record.id)));
        }
        from = end;
    }
    Ok(None)
}

/// The unsealed records that tell of others that were removed or erased.
async fn waiting(storage: &Storage, tenant: TenantId, last: Option<&str>) -> Result<Vec<Stored>> {
    let from = last.and_then(made_at).map(|ms| id_at(ms.saturating_sub(LATE_MS)));
    let (mut from, mut found) = (from.unwrap_or_default(), Vec::new());
    loop {
        let page = storage.unsealed(tenant, from.clone(), END.to_owned(), PAGE).await?;
        let is_last = page.len() < PAGE;
        if let Some(last) = page.last() {
            // the next text after it
            from = format!("{}!", last.id);
        }
        found.extend(page.into_iter().filter(tells_of_others));
        if is_last {
            return Ok(found);
        }
    }
}

/// Whether it is the trail's own record of removals or erasures.
fn tells_of_others(record: &Stored) -> bool {
    is_word_of(Action::Forget, record) || is_word_of(Action::Erase, record)
}

fn is_word_of(action: Action, record: &Stored) -> bool {
    record.made_by.is_some() && (record.operation.as_str(), record.resource_type.as_str()) == action.words()
}

fn broken(what: What, number: i64, record: &str) -> Broken {
    Broken { what, number, record: record.to_owned() }
}

/// The state of a walk along a chain.
struct Walk<'a> {
    chain: Chain,
    kept: &'a [Head],
    head: Head,
    last: Option<String>,
    whole: i64,
    /// Refused writes that are missing, until a record says that they were removed.
    missing: BTreeMap<i64, String>,
    forgotten: i64,
    /// Records whose names were erased, and those about which a record says so.
    blanked: BTreeMap<i64, String>,
    erased: BTreeSet<String>,
    is_base_told: bool,
    broken: Option<Broken>,
}

impl<'a> Walk<'a> {
    fn new(chain: Chain, kept: &'a [Head]) -> Self {
        Self {
            chain,
            kept,
            head: chain.base,
            last: None,
            whole: 0,
            missing: BTreeMap::new(),
            forgotten: 0,
            blanked: BTreeMap::new(),
            erased: BTreeSet::new(),
            is_base_told: chain.base == Head::START,
            broken: None,
        }
    }

    fn look(&mut self, page: &[(Seal, Option<Stored>)]) {
        for (seal, record) in page {
            self.broken = self.next(seal, record.as_ref(), page);
            if self.broken.is_some() {
                return;
            }
            self.head = seal.head();
            // ids ascend, except for late ones
            if self.last.as_ref().is_none_or(|last| *last < seal.record) {
                self.last = Some(seal.record.clone());
            }
        }
    }

    fn next(
        &mut self,
        seal: &Seal,
        record: Option<&Stored>,
        page: &[(Seal, Option<Stored>)],
    ) -> Option<Broken> {
        let number = self.head.number.saturating_add(1);
        if seal.number != number {
            return Some(broken(What::Removed, number, ""));
        }
        if !seal.follows(self.head) {
            // the seal of another place was put here, or this one was changed
            let of_here = |(other, record): &&(Seal, Option<Stored>)| {
                other.number != number
                    && record.as_ref().is_some_and(|record| self.head.seal(record).hash == other.hash)
            };
            let what = if page.iter().any(|pair| of_here(&pair)) { What::Moved } else { What::Changed };
            return Some(broken(what, number, &seal.record));
        }
        if self.kept.iter().any(|kept| kept.number == number && kept.hash != seal.hash) {
            return Some(broken(What::Changed, number, &seal.record));
        }
        let Some(record) = record else {
            if !seal.refused {
                return Some(broken(What::Removed, number, &seal.record));
            }
            self.missing.insert(number, seal.record.clone());
            return None;
        };
        if record.digest() != seal.digest || !record.names_whom_it_named() {
            // the record belongs to another seal and has another id here
            let told_here = |(other, _): &&(Seal, Option<Stored>)| {
                other.number != number
                    && Stored { id: other.record.clone(), ..record.clone() }.digest() == other.digest
            };
            let what = if page.iter().any(|pair| told_here(&pair)) { What::Moved } else { What::Changed };
            return Some(broken(what, number, &seal.record));
        }
        self.whole = self.whole.saturating_add(1);
        if record.person.is_none() && record.person_hash.is_some() {
            self.blanked.insert(number, record.id.clone());
        }
        self.hear(record);
        None
    }

    /// Notes what the trail itself says about removed records.
    fn hear(&mut self, record: &Stored) {
        if !tells_of_others(record) {
            return;
        }
        let notes: Value = serde_json::from_str(&record.notes).unwrap_or_default();
        if is_word_of(Action::Erase, record) {
            let ids = notes.get("records").and_then(Value::as_array).into_iter().flatten();
            self.erased.extend(ids.filter_map(Value::as_str).map(str::to_owned));
            return;
        }
        for range in notes.get("refused").and_then(Value::as_array).into_iter().flatten() {
            let end = |place| range.get(place).and_then(Value::as_i64);
            let (Some(from), Some(to)) = (end(0), end(1)) else { continue };
            let gone: Vec<i64> = self.missing.range(from..=to.max(from)).map(|(number, _)| *number).collect();
            for number in gone {
                self.missing.remove(&number);
                self.forgotten = self.forgotten.saturating_add(1);
            }
        }
        let (number, hash) = (notes.pointer("/base/number"), notes.pointer("/base/hash"));
        let base = (number.and_then(Value::as_i64), hash.and_then(Value::as_str));
        if base == (Some(self.chain.base.number), Some(&hex(&self.chain.base.hash))) {
            self.is_base_told = true;
        }
    }

    fn end(mut self) -> Verified {
        let Head { number, .. } = self.head;
        if self.broken.is_none() {
            let kept = self.kept.iter().map(|kept| kept.number).max().unwrap_or(0);
            let last = self.chain.head.number.max(kept);
            let base = self.chain.base;
            let by_nobody = self.blanked.iter().find(|(_, record)| !self.erased.contains(*record));
            let is_other = |kept: &&Head| kept.number == base.number && kept.hash != base.hash;
            self.broken = match self.missing.first_key_value() {
                _ if self.kept.iter().any(|kept| is_other(&kept)) => {
                    Some(broken(What::Changed, base.number, ""))
                }
                _ if !self.is_base_told => Some(broken(What::Removed, self.chain.base.number, "")),
                Some((number, record)) => Some(broken(What::Removed, *number, record)),
                None if let Some((number, record)) = by_nobody => {
                    Some(broken(What::Changed, *number, record))
                }
                None if last > number => Some(broken(What::Removed, number.saturating_add(1), "")),
                None => None,
            };
        }
        Verified {
            head: self.head,
            whole: self.whole,
            forgotten: self.forgotten,
            base: self.chain.base.number,
            broken: self.broken,
        }
    }
}
