//! Writes the text of an answer, on a thread where this may take long.

use super::call::{Call, notes_of, unreadable};
use crate::outcome::Answer;
use crate::pool;
use crate::response::Response;
use crate::store::{Store, Updated};
use provost_core::policy::Notes;
use provost_core::project::{Projection, render};
use provost_core::resource::Service;
use provost_core::value::JsonError;
use provost_core::{Error, Resource, ResourceType};
use std::sync::Arc;

/// How much work is done on the calling thread, in the units of [`Projection::work`]: about a page of a hundred users.
const WORK: usize = 128 * 1024;

/// The amount to write.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    work: usize,
    bytes: usize,
}

impl Load {
    pub(super) fn of(resources: &[Resource], kind: &ResourceType, projection: &Projection) -> Self {
        let bytes = resources.iter().map(Resource::size).fold(0, usize::saturating_add);
        // without names it costs at most parsing everything
        let is_little = bytes <= WORK && !projection.is_given();
        Self { work: if is_little { bytes } else { projection.work(bytes, kind) }, bytes }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { work: self.work.saturating_add(other.work), bytes: self.bytes.saturating_add(other.bytes) }
    }
}

/// What is being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// A read, which may be refused if too much is waiting.
    Read,
    /// A completed write: its answer may be delayed, but is not refused.
    Write,
}

impl<S: Store> Call<'_, S> {
    /// An answer with a resource.
    pub(super) async fn show(
        &self,
        status: u16,
        (resource, kind, projection): (Resource, Arc<ResourceType>, Projection),
        answers: Answers,
    ) -> Result<Response, Error> {
        let location = Some(self.service().location(&kind, &resource.id));
        let etag = Some(resource.version.to_string());
        let load = Load::of(std::slice::from_ref(&resource), &kind, &projection);
        let write = move |service: &Service| render(&resource, &kind, service, &projection);
        let body = self.text(load, answers, write).await?;
        Ok(Response { location, etag, ..Response::json(status, body) })
    }

    /// The answer to a write.
    pub(super) async fn written(
        &self,
        status: u16,
        updated: Updated,
        kind: &Arc<ResourceType>,
        projection: &Projection,
        notes: Notes,
    ) -> Result<Answer, Error> {
        let (notes, skipped) = (notes_of(notes, &updated), updated.skipped);
        let shown = (updated.resource, kind.clone(), projection.clone());
        let response = self.show(status, shown, Answers::Write).await?;
        Ok(Answer::from(response).with_notes(notes).with_skipped(skipped))
    }

    /// Writes the text: here if it is quick or may take long here, otherwise on a thread of its own. Its input moves
    /// there too, so that this thread does not even have to free it.
    pub(super) async fn text(
        &self,
        load: Load,
        answers: Answers,
        write: impl FnOnce(&Service) -> Result<String, JsonError> + Send + 'static,
    ) -> Result<String, Error> {
        if self.may_take_long || load.work <= WORK {
            return write(self.service()).map_err(unreadable);
        }
        let (caller, service) = (&self.session.principal, self.service().clone());
        // boxed, so that the usual case does not carry this future's size
        Box::pin(async move {
            let place = match answers {
                Answers::Read => self.pool.place_holding(caller, load.bytes).await?,
                Answers::Write => self.pool.place_at_last(caller).await?,
            };
            pool::work(place, move || write(&service)).await?.map_err(unreadable)
        })
        .await
    }
}
