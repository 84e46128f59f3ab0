//! PUT, PATCH and DELETE (RFC 7644 sections 3.5 and 3.6).

use super::call::{Call, explain, notes_of};
use super::plan::{Plan, Planned, Wanted};
use crate::error::StoreError;
use crate::operation::{Payload, WriteTarget};
use crate::outcome::Answer;
use crate::params::Params;
use crate::response::Response;
use crate::store::{Delete, Store, Update, Updated};
use provost_core::compat::Reader;
use provost_core::error::Place;
use provost_core::filter::{CompareOp, Comparison, Operand, TypedFilter};
use provost_core::policy::{Choice, Notes};
use provost_core::project::{Projection, written_in};
use provost_core::query::{Bounds, Include, Query};
use provost_core::resource::Link;
use provost_core::{AttrRef, Change, Error, ErrorKind, Id, Object, Resource, ResourceType, Version};
use std::sync::Arc;

/// How often a change is recomputed because somebody else was faster.
const TRIES: usize = 5;

/// How many ids one query looks up.
const LOOKED_UP: usize = 100;

/// What the answer to a write contains.
pub(super) struct WriteAnswer {
    projection: Projection,
    /// Whether it is 204.
    nothing: bool,
    include: Include,
}

impl WriteAnswer {
    /// An answer without the resource.
    pub(super) fn nothing() -> Self {
        Self { projection: Projection::default(), nothing: true, include: Include::BODY }
    }

    /// The resource, with those attributes the client wrote that are only returned on request.
    fn resource(projection: Projection, written: Vec<AttrRef>, kind: &ResourceType) -> Self {
        let projection = projection.with_written(written);
        Self { include: projection.include(kind), projection, nothing: false }
    }

    fn with_written(self, written: Vec<AttrRef>, kind: &ResourceType) -> Self {
        if self.nothing { self } else { Self::resource(self.projection, written, kind) }
    }
}

impl<S: Store> Call<'_, S> {
    pub(super) async fn replace(
        &self,
        target: &WriteTarget,
        params: &Params,
        body: Payload<'_>,
    ) -> Result<Answer, Error> {
        let mut reader = self.reader();
        let projection = self.projection(params, &target.resource_type, &mut reader)?;
        let object = body.object(&mut reader)?;
        let wanted = WriteAnswer::resource(
            projection,
            written_in(&object, &target.resource_type),
            &target.resource_type,
        );
        self.put(target, object, &wanted, reader).await
    }

    /// Replaces a resource.
    pub(super) async fn put(
        &self,
        target: &WriteTarget,
        object: Object,
        wanted: &WriteAnswer,
        reader: Reader<'_>,
    ) -> Result<Answer, Error> {
        let plan = self.plan(target, Wanted::Object(object), reader.notes);
        Box::pin(self.change(target, Include::BODY, wanted, plan)).await
    }

    pub(super) async fn patch(
        &self,
        target: &WriteTarget,
        params: &Params,
        body: Payload<'_>,
    ) -> Result<Answer, Error> {
        let kind = &target.resource_type;
        let mut reader = self.reader();
        let projection = self.projection(params, kind, &mut reader)?;
        let object = body.object(&mut reader)?;
        // RFC 7644 section 3.5.2: 200 with the resource or 204 without, but 200 when attributes are asked for
        let nothing = kind.members().is_some() && reader.policy().group_no_content && !projection.is_given();
        if nothing {
            reader.notes.record(Choice::GroupNoContent);
        }
        let wanted = if nothing {
            WriteAnswer::nothing()
        } else {
            WriteAnswer::resource(projection, Vec::new(), kind)
        };
        self.modify(target, object, wanted, reader).await
    }

    /// Carries out a PatchOp message.
    pub(super) async fn modify(
        &self,
        target: &WriteTarget,
        message: Object,
        wanted: WriteAnswer,
        mut reader: Reader<'_>,
    ) -> Result<Answer, Error> {
        let patch = reader.patch(message, &target.resource_type)?;
        let wanted = &wanted.with_written(patch.written(), &target.resource_type);
        // adds and removes members without reading the others, unless a condition must see the version first
        if let (Some(mut change), Ok(expect)) = (patch.member_delta(), target.conditions.expected()) {
            change.expect = expect;
            return match self.update(target, change, wanted.include, &reader.notes).await {
                Err(StoreError::VersionMismatch) => Err(outdated(expect)),
                other => self.changed(target, other, wanted, reader.notes).await,
            };
        }
        let newcomers = self.links(&patch.newcomers()).await?;
        let patch = patch.introduce(newcomers);
        let mut read = Include::BODY;
        read.members = patch.needs_members();
        let plan = self.plan(target, Wanted::Patch(Box::new(patch)), reader.notes);
        Box::pin(self.change(target, read, wanted, plan)).await
    }

    fn plan(&self, target: &WriteTarget, wanted: Wanted, notes: Notes) -> Plan {
        Plan { kind: target.resource_type.clone(), reader: self.own_reader(notes), wanted }
    }

    /// Looks up resources with these ids, of any type; those that do not exist are left out.
    async fn links(&self, ids: &[Id]) -> Result<Vec<Link>, Error> {
        let mut links = Vec::new();
        for kind in self.service().schemas.resource_types() {
            let Some(id) = kind.core_attribute("id").map(|a| AttrRef::core(a.clone())) else { continue };
            for some in ids.chunks(LOOKED_UP) {
                let is = |one: &Id| {
                    let operand = Operand::Text(one.as_str().into());
                    TypedFilter::Compare(Comparison::new(id.clone(), CompareOp::Eq, operand))
                };
                let mut query = Query::default();
                query.filter = Some(TypedFilter::Or(some.iter().map(is).collect()));
                query.count = u64::try_from(LOOKED_UP).unwrap_or(u64::MAX);
                query.include = Include::BODY;
                // unlimited, since this is not an answer to a client: one that was cut off would count as missing
                query.bounds = Bounds::unlimited();
                let page = self.find(kind, &query).await?;
                let link =
                    |r: Resource| Link { id: r.id, resource_type: kind.name.as_str().into(), display: None };
                links.extend(page.resources.into_iter().map(link));
            }
        }
        Ok(links)
    }

    pub(super) async fn delete(&self, target: &WriteTarget) -> Result<Answer, Error> {
        let WriteTarget { resource_type: kind, id, conditions } = target;
        let cx = self.context(Notes::default());
        for _ in 0..TRIES {
            let (expect, given) = match conditions.expected() {
                Ok(expect) => (expect, true),
                Err(_) => {
                    let current = self.read(kind, id, Include::BODY).await?.version;
                    conditions.check_write(current)?;
                    (Some(current), false)
                }
            };
            match self.store().delete(Delete::new(kind, id, expect, &cx)).await {
                Ok(()) => return Ok(Response::empty(204).into()),
                Err(StoreError::VersionMismatch) if given => return Err(outdated(expect)),
                Err(StoreError::VersionMismatch) => {}
                Err(e) => return Err(explain(e, kind, Some(id))),
            }
        }
        Err(contended())
    }

    /// Reads, computes the change, and writes it if nobody wrote in between; otherwise tries again. Conditions are
    /// checked on each version read, so a client that requires one gets 412 as soon as it is gone.
    ///
    /// Called in a box, since a request's future is as large as the largest it may await, and is moved each time.
    async fn change(
        &self,
        target: &WriteTarget,
        read: Include,
        wanted: &WriteAnswer,
        plan: Plan,
    ) -> Result<Answer, Error> {
        let kind = &target.resource_type;
        let plan = Arc::new(plan);
        for tries in 0..TRIES {
            let planned = self.attempt(&plan, target, read).await;
            let Planned { current, mut change, notes } = planned.map_err(|e| {
                // it was within the limit the first time, so it was only recomputed too often
                if tries > 0 && self.effort(|effort| effort.is_spent()) { contended() } else { e }
            })?;
            // What a rule dropped or rewrote belongs in the audit trail even if nothing is left to change; otherwise a
            // wrong mapping would go unnoticed. The store writes the trail together with the change.
            if change.is_empty() && !notes.is_about_request() {
                let same = self.unchanged(target, current, read, wanted).await?;
                return self.changed(target, Ok(Updated::new(same, false)), wanted, notes).await;
            }
            change.expect = Some(current.version);
            let keys = change.unique.clone();
            match self.update(target, change, wanted.include, &notes).await {
                Err(StoreError::VersionMismatch) => {}
                Err(StoreError::Conflict { attribute }) => {
                    return Err(self.conflict(kind, &attribute, &keys).await);
                }
                other => return self.changed(target, other, wanted, notes).await,
            }
        }
        Err(contended())
    }

    async fn update(
        &self,
        target: &WriteTarget,
        change: Change,
        include: Include,
        notes: &Notes,
    ) -> Result<Updated, StoreError> {
        self.store()
            .update(Update::new(
                &target.resource_type,
                &target.id,
                change,
                include,
                &self.context(notes.clone()),
            ))
            .await
    }

    /// A resource the request left unchanged, with the members and groups for the answer.
    async fn unchanged(
        &self,
        target: &WriteTarget,
        current: Resource,
        read: Include,
        wanted: &WriteAnswer,
    ) -> Result<Resource, Error> {
        if read == wanted.include || wanted.nothing {
            return Ok(current);
        }
        self.read(&target.resource_type, &target.id, wanted.include).await
    }

    async fn changed(
        &self,
        target: &WriteTarget,
        outcome: Result<Updated, StoreError>,
        wanted: &WriteAnswer,
        notes: Notes,
    ) -> Result<Answer, Error> {
        let updated = outcome.map_err(|e| explain(e, &target.resource_type, Some(&target.id)))?;
        if !wanted.nothing {
            return self.written(200, updated, &target.resource_type, &wanted.projection, notes).await;
        }
        let response = Response {
            location: Some(self.service().location(&target.resource_type, &target.id)),
            etag: Some(updated.resource.version.to_string()),
            ..Response::empty(204)
        };
        let notes = notes_of(notes, &updated);
        Ok(Answer::from(response).with_notes(notes).with_skipped(updated.skipped))
    }
}

fn outdated(expect: Option<Version>) -> Error {
    let demanded = expect.map_or_else(|| "the one required".to_owned(), |v| v.to_string());
    let message = format!("the resource is no longer at version {demanded}, as If-Match requires");
    Error::new(ErrorKind::PreconditionFailed, message).at(Place::header("If-Match"))
}

fn contended() -> Error {
    let message = format!("other requests changed the resource at the same time, {TRIES} times in a row");
    Error::new(ErrorKind::Unavailable, message).with_remedy("send the request again").with_retry_after(1)
}
