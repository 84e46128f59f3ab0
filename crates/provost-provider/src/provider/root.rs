//! Queries over every resource type (RFC 7644 section 3.4.2.1).

use super::call::Call;
use super::show::{Answers, Load};
use super::sort;
use crate::error::StoreError;
use crate::outcome::Answer;
use crate::params::Params;
use crate::response::Response;
use crate::store::Store;
use provost_core::compat::Reader;
use provost_core::filter::Unknown;
use provost_core::project::{PageStart, Projection, list_head, render};
use provost_core::query::Page;
use provost_core::resource::Service;
use provost_core::{Error, ErrorKind, Query, Resource, ResourceType, TypedFilter, error};
use std::sync::Arc;

pub(super) const ROOT_IS_OFF: &str =
    "queries over all resource types are not supported: query an endpoint like `/Users`";

const NO_CURSORS: &str = "a query over all resource types has no cursors: read its pages by `startIndex` and `count`, or \
                          query an endpoint like `/Users`";

/// The query for one of the resource types.
struct TypeQuery {
    kind: Arc<ResourceType>,
    query: Query,
    projection: Projection,
}

/// What was found of one type.
type Found = (TypeQuery, Vec<Resource>);

impl<S: Store> Call<'_, S> {
    pub(super) async fn list_all(&self, params: &Params, mut reader: Reader<'_>) -> Result<Answer, Error> {
        self.offered(self.settings.root_query, ROOT_IS_OFF)?;
        are_of_all_types(params)?;
        let mut parts = Vec::new();
        for kind in self.service().schemas.resource_types() {
            parts.push(self.part(kind, params, &mut reader)?);
        }
        let (start, count) = params.page(self.settings.page, self.settings.max_page)?;
        let (total, found) = self.joined(parts, start, count).await?;
        let load = |(part, resources): &Found| Load::of(resources, &part.kind, &part.projection);
        let load = found.iter().map(load).fold(Load::default(), Load::and);
        let write = move |service: &Service| {
            let shown = found.iter().map(|(_, resources)| resources.len()).sum();
            let mut body = list_head(total, PageStart::Start(start), shown);
            let mut between = "";
            for (part, resource) in found.iter().flat_map(|(part, some)| some.iter().map(move |r| (part, r)))
            {
                body.push_str(std::mem::replace(&mut between, ","));
                body.push_str(&render(resource, &part.kind, service, &part.projection)?);
            }
            body.push_str("]}");
            Ok(body)
        };
        let body = self.text(load, Answers::Read, write).await?;
        Ok(Answer::from(Response::json(200, body)).with_notes(reader.notes).with_found(total))
    }

    fn part(
        &self,
        kind: &Arc<ResourceType>,
        params: &Params,
        reader: &mut Reader<'_>,
    ) -> Result<TypeQuery, Error> {
        let projection = self.projection(params, kind, reader)?;
        let mut query = Query::default();
        query.bounds = self.settings.limits.into();
        query.include = projection.include(kind);
        if let Some(text) = &params.filter {
            query.filter = self.forgiving(text, kind, reader)?;
        }
        Ok(TypeQuery { kind: kind.clone(), query, projection })
    }

    /// RFC 7644 section 3.4.2.1: "service providers ... SHALL treat the attribute as if there is no attribute value" if
    /// a type lacks it. Since this is the RFC's own rule here, it is only noted if the policy does the same elsewhere.
    fn forgiving(
        &self,
        text: &str,
        kind: &ResourceType,
        reader: &mut Reader<'_>,
    ) -> Result<Option<TypedFilter>, Error> {
        let mut own = self.reader();
        match own.filter(text, kind) {
            Ok(known) => {
                reader.notes.merge(own.notes);
                Ok(known)
            }
            Err(_unknown_or_wrong) => {
                own.terms.policy.unknown = Unknown::Unassigned;
                own.filter(text, kind)
            }
        }
    }

    /// One type after the other, each in the order of creation.
    async fn joined(
        &self,
        parts: Vec<TypeQuery>,
        start: u64,
        count: u64,
    ) -> Result<(u64, Vec<Found>), Error> {
        let (mut total, mut missing, mut found) = (0_u64, count, Vec::new());
        for part in parts {
            let mut query = part.query.clone();
            (query.start, query.count) = (start.saturating_sub(total).max(1), missing);
            let page = self.find(&part.kind, &query).await?;
            total = self.sum(total, &page)?;
            let read = u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
            let rest = page.total.saturating_sub(query.start.saturating_sub(1)).min(missing);
            // a page cut by its bounds ends the answer
            missing = if read < rest { 0 } else { missing.saturating_sub(read) };
            found.push((part, page.resources));
        }
        Ok((total, found))
    }

    /// RFC 7644 section 3.4.2.1: a server MAY answer "tooMany" to a query that is too broad.
    fn sum(&self, total: u64, page: &Page) -> Result<u64, Error> {
        let (total, most) = (total.saturating_add(page.total), self.settings.root_results);
        if total > most {
            let message = format!(
                "more than {most} resources match, and a query over all resource types can match at most {most}"
            );
            return Err(Error::new(ErrorKind::TooMany, message)
                .with_remedy("narrow the filter, or query an endpoint like `/Users`"));
        }
        Ok(total)
    }
}

/// Refuses what only a list of one type supports: sorting and cursors. Ignoring them would give a wrong answer without
/// an error.
fn are_of_all_types(params: &Params) -> Result<(), Error> {
    // RFC 7644 section 3.12, 501: "Service provider does not support the request operation"; section 3.4.2.3 makes
    // sorting optional
    if sort::key(params).is_some() {
        return Err(Error::new(
            ErrorKind::NotImplemented,
            "a query over all resource types cannot be sorted",
        )
        .at(error::Place::parameter("sortBy"))
        .with_remedy("leave out `sortBy`, or query an endpoint like `/Users`"));
    }
    // without `sortBy` the order has no effect, but it must be valid
    sort::is_descending(params)?;
    // like a service without cursors (RFC 9865 section 2.1), since no cursor can be valid here
    match params.cursor {
        Some(_) => Err(StoreError::Cursor(NO_CURSORS.to_owned()).into()),
        None => Ok(()),
    }
}
