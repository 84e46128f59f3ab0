//! Computes what a request makes of a resource, on a thread where this may take long.

use super::call::{Call, OwnReader, unreadable};
use crate::gate::Pass;
use crate::operation::WriteTarget;
use crate::pool;
use crate::store::Store;

use provost_core::patch::{Effort, Patch};
use provost_core::policy::Notes;
use provost_core::query::Include;
use provost_core::resource::Body;
use provost_core::{Change, Error, Object, Resource, ResourceType};
use std::sync::{Arc, PoisonError};

/// How many bytes of a stored resource are parsed on the calling thread: about a millisecond.
const BYTES: usize = 64 * 1024;
/// How many members are processed there.
const MEMBERS: usize = 1_000;
/// How many comparisons are made there.
const COMPARISONS: usize = 2_000;

/// What a request does to the resource it names.
pub(super) struct Plan {
    pub(super) kind: Arc<ResourceType>,
    pub(super) reader: OwnReader,
    pub(super) wanted: Wanted,
}

pub(super) enum Wanted {
    /// PATCH.
    Patch(Box<Patch>),
    /// PUT: the object to replace it with.
    Object(Object),
}

/// The result of a plan.
pub(super) struct Planned {
    pub(super) current: Resource,
    pub(super) change: Change,
    pub(super) notes: Notes,
}

impl Plan {
    fn document(&self, current: &Resource) -> Result<Object, Error> {
        current.document(&self.kind, &self.reader.service).map_err(unreadable)
    }

    /// The document to change, if that can be done quickly.
    fn quick(&self, current: &Resource) -> Result<Option<Object>, Error> {
        let is_large = matches!(&current.body, Body::Text(text) if text.len() > BYTES);
        if is_large || current.members.len() > MEMBERS {
            return Ok(None);
        }
        let document = self.document(current)?;
        let is_long =
            matches!(&self.wanted, Wanted::Patch(patch) if patch.comparisons(&document) > COMPARISONS);
        Ok((!is_long).then_some(document))
    }

    fn work_out(&self, document: &Object, effort: &mut Effort) -> Result<(Change, Notes), Error> {
        let (mut change, mut notes) = match &self.wanted {
            Wanted::Patch(patch) => (patch.apply_within(document, effort)?, self.reader.notes.clone()),
            Wanted::Object(object) => {
                let mut reader = self.reader.reader();
                (reader.replace(object.clone(), document, &self.kind)?, reader.notes)
            }
        };
        notes.merge(std::mem::take(&mut change.notes));
        Ok((change, notes))
    }
}

impl<S: Store> Call<'_, S> {
    /// Accesses the request's remaining effort.
    pub(super) fn effort<T>(&self, f: impl FnOnce(&mut Effort) -> T) -> T {
        f(&mut self.effort.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the resource and computes its change. Members are only read once a place is available, so that waiting
    /// requests hold none.
    pub(super) async fn attempt(
        &self,
        plan: &Arc<Plan>,
        target: &WriteTarget,
        read: Include,
    ) -> Result<Planned, Error> {
        let mut place = None;
        if read.members {
            self.effort(|effort| effort.read(0))?;
            if !self.may_take_long {
                place = Some(self.pool.place(&self.session.principal).await?);
            }
        }
        let current = self.read(&target.resource_type, &target.id, read).await?;
        if read.members {
            self.effort(|effort| effort.read(current.members.len()))?;
        }
        target.conditions.check_write(current.version)?;
        self.effort(|effort| effort.open(current.body.size()))?;
        self.work_out(plan, current, place).await
    }

    /// Computes the change: here if it is quick or may take long here, otherwise on a thread of its own.
    async fn work_out(
        &self,
        plan: &Arc<Plan>,
        current: Resource,
        place: Option<Pass>,
    ) -> Result<Planned, Error> {
        let here = match self.may_take_long {
            true => Some(plan.document(&current)?),
            false => plan.quick(&current)?,
        };
        if let Some(document) = here {
            let (change, notes) = self.effort(|effort| plan.work_out(&document, effort))?;
            return Ok(Planned { current, change, notes });
        }
        let place = match place {
            Some(place) => place,
            None => self.pool.place(&self.session.principal).await?,
        };
        let (plan, mut effort) = (plan.clone(), self.effort(|effort| *effort));
        let job = move || {
            let planned = plan.document(&current).and_then(|document| plan.work_out(&document, &mut effort));
            (planned.map(|(change, notes)| Planned { current, change, notes }), effort)
        };
        let (planned, left) = pool::work(place, job).await?;
        self.effort(|effort| *effort = left);
        planned
    }
}
