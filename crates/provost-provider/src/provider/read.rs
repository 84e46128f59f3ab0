//! GET of a resource and of a list (RFC 7644 section 3.4).

use super::call::Call;
use super::paging::Begin;
use super::show::{Answers, Load};
use super::sort;
use crate::conditions::Conditions;
use crate::outcome::Answer;
use crate::params::Params;
use crate::response::Response;
use crate::store::Store;
use provost_core::compat::Reader;
use provost_core::policy::Choice;
use provost_core::project::{PageStart, render_list};
use provost_core::query::{Include, Query};
use provost_core::resource::Service;
use provost_core::{Error, ErrorKind, Id, ResourceType, error};
use std::sync::Arc;

impl<S: Store> Call<'_, S> {
    pub(super) async fn get(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        params: &Params,
        conditions: &Conditions,
    ) -> Result<Answer, Error> {
        let mut reader = self.reader();
        let projection = self.projection(params, kind, &mut reader)?;
        forgive_filter(params, &mut reader)?;
        let resource = self.read(kind, id, projection.include(kind)).await?;
        let location = self.service().location(kind, id);
        // RFC 9110 section 15.4.5: a 304 has the ETag and Content-Location that the 200 would have
        let mut response = match conditions.is_unmodified(resource.version)? {
            true => Response { etag: Some(resource.version.to_string()), ..Response::empty(304) },
            false => self.show(200, (resource, kind.clone(), projection), Answers::Read).await?,
        };
        response.content_location = Some(location);
        Ok(Answer::from(response).with_notes(reader.notes))
    }

    pub(super) async fn list(
        &self,
        kind: &Arc<ResourceType>,
        params: &Params,
        mut reader: Reader<'_>,
    ) -> Result<Answer, Error> {
        let projection = self.projection(params, kind, &mut reader)?;
        let mut query = Query::default();
        query.bounds = self.settings.limits.into();
        if let Some(text) = &params.filter {
            query.filter = reader.filter(text, kind)?;
        }
        query.sort = sort::resolve(params, kind, &mut reader)?;
        let paging = self.paging(params, kind)?;
        query.count = paging.count;
        match &paging.begin {
            Begin::Rank(start) => query.start = *start,
            Begin::Cursor(following) => query.seek = Some(following.seek.clone()),
        }
        query.include = match query.count {
            0 => Include::BODY,
            _ => projection.include(kind),
        };
        let page = self.find(kind, &query).await?;
        let next = match &paging.begin {
            Begin::Rank(_) => None,
            Begin::Cursor(following) => following.next(self, paging.count, page.next),
        };
        let start = match paging.begin {
            Begin::Rank(start) => Some(start),
            Begin::Cursor(_) => None,
        };
        let total = page.total;
        let (load, kind) = (Load::of(&page.resources, kind, &projection), kind.clone());
        let write = move |service: &Service| {
            let place = start.map_or(PageStart::Next(next.as_deref()), PageStart::Start);
            render_list(&page.resources, total, place, &kind, service, &projection)
        };
        let body = self.text(load, Answers::Read, write).await?;
        Ok(Answer::from(Response::json(200, body)).with_notes(reader.notes).with_found(total))
    }
}

/// RFC 7644 section 3.4.1 defines no filter on a single resource.
fn forgive_filter(params: &Params, reader: &mut Reader<'_>) -> Result<(), Error> {
    match params.filter {
        None => Ok(()),
        Some(_) if reader.policy().filter_on_one => {
            reader.notes.record(Choice::FilterOnOne);
            Ok(())
        }
        Some(_) => {
            let message = "a single resource cannot be filtered";
            Err(Error::new(ErrorKind::InvalidFilter, message)
                .at(error::Place::parameter("filter"))
                .with_remedy("query the endpoint of its type"))
        }
    }
}
