//! Create and update.

use super::links::WantedLinks;
use super::members::Changed;
use super::rows::{self, Found, Rewritten, claim, hold_row, new_seq};
use super::{Conn, Result, Writing, derived, links, members, names};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::{self, Event, Hook, Intent, ResourceRef, Secrets, WriteSummary};
use crate::stored::Stored;
use provost_core::change::{MemberChange, NewResource, Transition, is_active};
use provost_core::query::Include;
use provost_core::resource::Body;
use provost_core::value::parse_object;
use provost_core::{Change, Id, Object, Resource, ResourceType, Timestamp, Version};
use provost_provider::{StoreError, Updated, WriteKind};

/// Creates a resource.
pub(in super::super) fn create<H: Hook<Conn>>(
    conn: &mut Conn,
    with: &Writing<'_, H>,
    kind: &ResourceType,
    new: &NewResource,
) -> Result<Updated> {
    if !new.id.as_str().is_ascii() {
        return Err(HookError::Store(StoreError::backend("the server made an id that is not ASCII")));
    }
    let (tenant, name) = (with.cx.tenant, kind.name.as_str());
    let active = kind.active().is_some() && is_active(kind, &new.body);
    with.ask(conn, Intent::Create { resource_type: name, new, active })?;

    let at_ms = with.cx.context.at.as_millis();
    let seq = new_seq(conn, tenant, &new.id, at_ms)?;
    let doc = new.body.to_string();
    let at = Timestamp::from_millis(at_ms);
    let resource = Resource {
        id: new.id.clone(),
        version: Version::FIRST,
        created: at,
        modified: at,
        body: Body::Text(doc.clone().into()),
        members: Vec::new(),
        members_text: None,
        groups: Vec::new(),
    };
    let found = Found { seq, resource };
    let stored = Stored::of(kind, &new.body);
    rows::insert(conn, tenant, name, &found, &doc, &stored)?;
    claim(conn, tenant, name, seq, &new.unique, &stored.keys)?;
    rows::settle(conn)?;
    conn.made(tenant, name)?;
    let members = MemberChange { add: new.members.clone(), missing: new.missing, ..MemberChange::default() };
    let joining = members::joining(conn, tenant, &members)?;
    let changed = members::change(conn, tenant, seq, &members, joining)?;

    let row = ResourceRef { resource_type: name, seq, id: &new.id };
    with.tell(conn, Event::Created { row, body: &new.body })?;
    if active {
        with.tell(conn, Event::Activated { row, body: &new.body, is_new: true })?;
    }
    let facts = Facts { attributes: &[], transition: None, members: &changed, secrets: &new.secrets };
    facts.tell(conn, with, WriteKind::Create, row, Version::FIRST, true)?;
    // only this request itself can have added it to a group
    let mut include = Include::BODY;
    (include.members, include.groups) = (!changed.added.is_empty(), !changed.added.is_empty());
    let wanted = WantedLinks { tenant, kind, service: None, include };
    let resource = links::complete(conn, wanted, found, None)?;
    Ok(Updated::new(resource, true).with_skipped(changed.skipped))
}

/// Changes a resource.
pub(in super::super) fn update<H: Hook<Conn>>(
    conn: &mut Conn,
    with: &Writing<'_, H>,
    kind: &ResourceType,
    id: &Id,
    change: &Change,
    include: Include,
) -> Result<Updated> {
    let (tenant, name) = (with.cx.tenant, kind.name.as_str());
    let joining = members::joining(conn, tenant, &change.members)?;
    let mut found = hold_row(conn, tenant, name, id)?.ok_or(HookError::Store(StoreError::NotFound))?;
    let was = found.resource.version;
    if change.expect.is_some_and(|expected| expected != was) {
        return Err(HookError::Store(StoreError::VersionMismatch));
    }
    let body = new_body(kind, &found.resource, change)?;
    let transition = body.as_ref().and_then(|b| b.transition);
    let row = ResourceRef { resource_type: name, seq: found.seq, id };
    with.ask(conn, Intent::Update { row, change, transition })?;

    let members = members::change(conn, tenant, found.seq, &change.members, joining)?;
    let changed = body.is_some() || !members.added.is_empty() || !members.removed.is_empty();
    if changed {
        found.resource.version = was.next();
        found.resource.modified = later(with.cx.context.at, found.resource.modified);
    }
    if let Some(body) = &body {
        let doc = body.object.to_string();
        let (old, mut new) = (derived::load(conn, tenant, found.seq)?, Stored::of(kind, &body.object));
        if hook::changed(&body.attributes, "userName").is_none() {
            // if the name is unchanged, so is its key, even if that is a substitute
            new.keys.set_name_key(old.name_key().map(str::to_owned));
        }
        rows::release(conn, tenant, found.seq)?;
        rows::update(conn, tenant, &found, Some(Rewritten { doc: &doc, old: &old, new: &new }))?;
        claim(conn, tenant, name, found.seq, &change.unique, &new.keys)?;
        if new.keys.name_key() != old.name_key() {
            // another resource may have the name; no other index can refuse this
            rows::settle(conn)?;
            if let Some(free) = old.name_key() {
                names::hand_on(conn, tenant, kind, free)?;
            }
        }
        found.resource.body = Body::Text(doc.into());
    } else if changed {
        rows::update(conn, tenant, &found, None)?;
    }

    let attributes = body.as_ref().map_or(&[][..], |b| &b.attributes);
    if let Some(NewBody { object: body, attributes, transition }) = &body {
        with.tell(conn, Event::Updated { row, body, attributes })?;
        match transition {
            Some(Transition::Activated) => with.tell(conn, Event::Activated { row, body, is_new: false })?,
            Some(Transition::Deactivated) => with.tell(conn, Event::Deactivated { row, body })?,
            None => {}
        }
    }
    let facts = Facts { attributes, transition, members: &members, secrets: &change.secrets };
    facts.tell(conn, with, WriteKind::Update, row, found.resource.version, changed)?;
    let wanted = WantedLinks { tenant, kind, service: None, include };
    let resource = links::complete(conn, wanted, found, None)?;
    Ok(Updated::new(resource, changed).with_skipped(members.skipped))
}

/// A body that differs from the stored one.
struct NewBody {
    object: Object,
    attributes: Vec<provost_core::change::AttributeChange>,
    transition: Option<Transition>,
}

/// What the change makes of the body. Computed again from what is stored, since the change may be based on another
/// version, and what hooks are told must be true.
fn new_body(kind: &ResourceType, stored: &Resource, change: &Change) -> Result<Option<NewBody>> {
    let Some(after) = &change.body else { return Ok(None) };
    let before = object_of(stored)?;
    let mut anew = Change::default();
    anew.set_body(kind, &before, after.clone());
    Ok(anew.body.map(|object| NewBody { object, attributes: anew.attributes, transition: anew.transition }))
}

/// The attributes of a stored resource.
pub(super) fn object_of(stored: &Resource) -> Result<Object> {
    match &stored.body {
        Body::Text(text) => parse_object(text).map_err(|e| HookError::Store(StoreError::backend(e))),
        Body::Object(object) => Ok(object.clone()),
    }
}

/// The time of a change: now, or just after the previous one if the clock went back.
pub(super) fn later(now: Timestamp, last: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().max(last.as_millis().saturating_add(1)))
}

/// What create and update report in the same way.
struct Facts<'a> {
    attributes: &'a [provost_core::change::AttributeChange],
    transition: Option<Transition>,
    members: &'a Changed,
    secrets: &'a Object,
}

impl Facts<'_> {
    fn tell<H: Hook<Conn>>(
        &self,
        conn: &mut Conn,
        with: &Writing<'_, H>,
        operation: WriteKind,
        row: ResourceRef<'_>,
        version: Version,
        changed: bool,
    ) -> Result<()> {
        let Changed { added, removed, skipped } = self.members;
        if !removed.is_empty() {
            with.tell(conn, Event::MembersRemoved { group: row, members: removed })?;
        }
        if !added.is_empty() {
            with.tell(conn, Event::MembersAdded { group: row, members: added })?;
        }
        if !self.secrets.is_empty() {
            with.tell(conn, Event::Secrets { row, secrets: Secrets(self.secrets) })?;
        }
        with.tell(
            conn,
            Event::Written(WriteSummary {
                operation,
                row,
                version,
                changed,
                attributes: self.attributes,
                transition: self.transition,
                added,
                removed,
                skipped,
            }),
        )
    }
}
