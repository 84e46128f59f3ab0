//! Queries over every resource type (RFC 7644 section 3.4.2.1).

use super::call::{Call, explain, unreadable};
use super::sort;
use crate::embed;
use crate::params::Params;
use crate::response::Response;
use crate::store::Store;
use provost_core::compat::{self, Notes, Profile, RuleId};
use provost_core::project::Projection;
use provost_core::query::{Fields, Page};
use provost_core::resource::render;
use provost_core::value::Value;
use provost_core::{Error, ErrorKind, Object, Query, Resource, ResourceType, TypedFilter, urn};
use std::sync::Arc;

pub(super) const ROOT_IS_OFF: &str =
    "queries over all resource types are not offered: ask an endpoint like `/Users`";

/// The query as one of the resource types sees it.
struct Part {
    kind: Arc<ResourceType>,
    query: Query,
    projection: Projection,
}

/// A resource of the answer, with its part.
type Found<'p> = (&'p Part, Resource);

impl<S: Store> Call<'_, S> {
    pub(super) async fn list_all(&self, params: &Params, mut notes: Notes) -> Result<Response, Error> {
        self.offered(self.settings.root_query, ROOT_IS_OFF)?;
        let (start, count) = params.page(self.settings.page, self.settings.max_page)?;
        let mut parts = Vec::new();
        for kind in self.site().schemas.resource_types() {
            parts.push(self.part(kind, params, &mut notes)?);
        }
        let is_sorted = parts.iter().any(|p| p.query.sort.is_some());
        let (total, found) = match is_sorted {
            true => self.merged(&parts, start, count).await?,
            false => self.joined(&parts, start, count).await?,
        };
        let mut shown = Vec::new();
        for (part, resource) in &found {
            shown.push(render(resource, &part.kind, self.site(), &part.projection).map_err(unreadable)?);
        }
        let mut response = Response::json(200, list_response(total, start, &shown));
        response.notes = notes;
        Ok(response)
    }

    fn part(&self, kind: &Arc<ResourceType>, params: &Params, notes: &mut Notes) -> Result<Part, Error> {
        let projection = self.projection(params, kind, notes)?;
        let mut query = Query::default();
        query.want = projection.fields(kind);
        if let Some(text) = &params.filter {
            query.filter = self.forgiving(notes, |profile, notes| {
                compat::filter(text, kind, profile, &self.settings.limits, notes)
            })?;
        }
        query.sort = self.forgiving(notes, |profile, notes| sort::resolve(params, kind, profile, notes))?;
        Ok(Part { kind: kind.clone(), query, projection })
    }

    /// RFC 7644 section 3.4.2.1: "service providers ... SHALL treat the attribute as if there is no attribute value"
    /// where a type lacks it. That is the RFC's own rule here, so it is recorded only where the profile has it anyway.
    fn forgiving<T>(
        &self,
        notes: &mut Notes,
        read: impl Fn(&Profile, &mut Notes) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut own = Notes::default();
        match read(self.profile(), &mut own) {
            Ok(known) => {
                notes.merge(own);
                Ok(known)
            }
            Err(_unknown_or_wrong) => {
                let forgiving = self.profile().clone().with(RuleId::UnknownInFilter);
                read(&forgiving, &mut Notes::default())
            }
        }
    }

    /// Type after type, each in the order of creation.
    async fn joined<'p>(
        &self,
        parts: &'p [Part],
        start: u64,
        count: u64,
    ) -> Result<(u64, Vec<Found<'p>>), Error> {
        let (mut total, mut missing, mut found) = (0_u64, count, Vec::new());
        for part in parts {
            let page = self.find(part, start.saturating_sub(total).max(1), missing, part.query.want).await?;
            total = self.sum(total, &page)?;
            missing = missing.saturating_sub(u64::try_from(page.resources.len()).unwrap_or(u64::MAX));
            found.extend(page.resources.into_iter().map(|r| (part, r)));
        }
        Ok((total, found))
    }

    /// All types in one order: each sorted by the store, then merged here; the bound on the results bounds this too.
    async fn merged<'p>(
        &self,
        parts: &'p [Part],
        start: u64,
        count: u64,
    ) -> Result<(u64, Vec<Found<'p>>), Error> {
        let (mut total, mut found, mut descending) = (0_u64, Vec::new(), false);
        let reach = start.saturating_sub(1).saturating_add(count).min(self.settings.root_results);
        for part in parts {
            let by = part.query.sort.as_ref().map(|s| &s.by);
            descending |= part.query.sort.as_ref().is_some_and(|s| s.descending);
            let page = self.find(part, 1, reach, embed::needs(&part.kind, &part.query)).await?;
            total = self.sum(total, &page)?;
            for resource in page.resources {
                let document = resource.document(&part.kind, self.site()).map_err(unreadable)?;
                found.push((by.and_then(|by| embed::Key::of(by, &document)), (part, resource)));
            }
        }
        // stable: ties stay in the order of types, and of creation in each
        found.sort_by(|(a, _), (b, _)| embed::compare(a.as_ref(), b.as_ref(), descending));
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let take = usize::try_from(count).unwrap_or(usize::MAX);
        Ok((total, found.into_iter().skip(skip).take(take).map(|(_, found)| found).collect()))
    }

    async fn find(&self, part: &Part, start: u64, count: u64, want: Fields) -> Result<Page, Error> {
        // nothing of this type can match: the store need not be asked
        if part.query.filter == Some(TypedFilter::Constant(false)) {
            return Ok(Page::new(0, Vec::new()));
        }
        let mut query = part.query.clone();
        (query.start, query.count, query.want) = (start, count, want);
        self.store().find(&part.kind, &query).await.map_err(|e| explain(e, &part.kind, None))
    }

    /// RFC 7644 section 3.4.2.1: a server MAY answer "tooMany" to a query that is too broad.
    fn sum(&self, total: u64, page: &Page) -> Result<u64, Error> {
        let (total, most) = (total.saturating_add(page.total), self.settings.root_results);
        if total > most {
            let said = format!(
                "more than {most} resources match, and a query over all resource types may match {most}: narrow \
                 the filter, or ask an endpoint like `/Users`"
            );
            return Err(Error::new(ErrorKind::TooMany, said));
        }
        Ok(total)
    }
}

/// As [`render_list`](provost_core::resource::render_list) has it, of resources that are text already.
fn list_response(total: u64, start: u64, shown: &[String]) -> String {
    let number = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let head = Object::from_iter([
        ("schemas", Value::from(vec![Value::from(urn::LIST_RESPONSE)])),
        ("totalResults", number(total)),
        ("startIndex", number(start)),
        ("itemsPerPage", number(u64::try_from(shown.len()).unwrap_or(u64::MAX))),
    ])
    .to_string();
    let head = head.strip_suffix('}').unwrap_or(&head);
    format!("{head},\"Resources\":[{}]}}", shown.join(","))
}
