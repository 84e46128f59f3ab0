//! Queries over every resource type (RFC 7644 section 3.4.2.1).

use super::call::{Call, explain, unreadable};
use super::paging::Begin;
use super::sort;
use crate::cursor::Spot;
use crate::embed;
use crate::params::Params;
use crate::response::Response;
use crate::store::Store;
use provost_core::compat::{self, Notes, Profile, RuleId};
use provost_core::project::Projection;
use provost_core::query::Page;
use provost_core::resource::{Place, list_head, render};
use provost_core::{Error, ErrorKind, Id, Query, Resource, ResourceType, TypedFilter};
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

/// A page by cursor: the total, what is on it, and how far each type is read after it.
type Walked<'p> = (u64, Vec<Found<'p>>, Vec<Spot>);

/// A resource with what it is sorted by, and the number of its part.
type Sorted<'p> = (Option<embed::Key>, usize, Found<'p>);

impl<S: Store> Call<'_, S> {
    pub(super) async fn list_all(&self, params: &Params, mut notes: Notes) -> Result<Response, Error> {
        self.offered(self.settings.root_query, ROOT_IS_OFF)?;
        let mut parts = Vec::new();
        for kind in self.site().schemas.resource_types() {
            parts.push(self.part(kind, params, &mut notes)?);
        }
        let lists: Vec<&str> = parts.iter().map(|p| p.kind.name.as_str()).collect();
        let paging = self.paging(params, &lists)?;
        let is_sorted = parts.iter().any(|p| p.query.sort.is_some());
        let count = paging.count;
        let (total, found, next) = match &paging.begin {
            Begin::Rank(start) if is_sorted => self.merged(&parts, *start, count).await?,
            Begin::Rank(start) => self.joined(&parts, *start, count).await?,
            Begin::Cursor(following) => {
                let (total, found, spots) = match is_sorted {
                    true => self.merged_on(&parts, &following.spots, count).await?,
                    false => self.joined_on(&parts, &following.spots, count).await?,
                };
                (total, found, following.next(self, count, spots))
            }
        };
        let place = match paging.begin {
            Begin::Rank(start) => Place::Start(start),
            Begin::Cursor(_) => Place::Next(next.as_deref()),
        };
        let mut body = list_head(total, place, found.len());
        for (n, (part, resource)) in found.iter().enumerate() {
            body.push_str(if n == 0 { "" } else { "," });
            let shown = render(resource, &part.kind, self.site(), &part.projection).map_err(unreadable)?;
            body.push_str(&shown);
        }
        body.push_str("]}");
        let mut response = Response::json(200, body);
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
    ) -> Result<(u64, Vec<Found<'p>>, Option<String>), Error> {
        let (mut total, mut missing, mut found) = (0_u64, count, Vec::new());
        for part in parts {
            let mut query = part.query.clone();
            (query.start, query.count) = (start.saturating_sub(total).max(1), missing);
            let page = self.find(part, &query).await?;
            total = self.sum(total, &page)?;
            missing = missing.saturating_sub(u64::try_from(page.resources.len()).unwrap_or(u64::MAX));
            found.extend(page.resources.into_iter().map(|r| (part, r)));
        }
        Ok((total, found, None))
    }

    /// The same from where earlier pages ended.
    async fn joined_on<'p>(
        &self,
        parts: &'p [Part],
        spots: &[Spot],
        count: u64,
    ) -> Result<Walked<'p>, Error> {
        let (mut total, mut missing, mut found, mut left) = (0_u64, count, Vec::new(), Vec::new());
        for (part, spot) in parts.iter().zip(spots) {
            let seek = spot.seek().filter(|_| missing > 0);
            let mut query = part.query.clone();
            query.count = if seek.is_some() { missing } else { 0 };
            query.seek.clone_from(&seek);
            let page = self.find(part, &query).await?;
            total = self.sum(total, &page)?;
            left.push(match seek {
                Some(_) => Spot::behind(page.next),
                // the turn of this one has not come
                None if *spot == Spot::First && page.total == 0 => Spot::Done,
                None => spot.clone(),
            });
            missing = missing.saturating_sub(u64::try_from(page.resources.len()).unwrap_or(u64::MAX));
            found.extend(page.resources.into_iter().map(|r| (part, r)));
        }
        Ok((total, found, left))
    }

    /// All types in one order: each sorted by the store, then merged here; the bound on the results bounds this too.
    async fn merged<'p>(
        &self,
        parts: &'p [Part],
        start: u64,
        count: u64,
    ) -> Result<(u64, Vec<Found<'p>>, Option<String>), Error> {
        let (mut total, mut found) = (0_u64, Vec::new());
        let reach = start.saturating_sub(1).saturating_add(count).min(self.settings.root_results);
        for (n, part) in parts.iter().enumerate() {
            let mut query = part.query.clone();
            query.count = reach;
            let (page, keyed) = self.keyed(n, part, &query).await?;
            total = self.sum(total, &page)?;
            found.extend(keyed);
        }
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let take = usize::try_from(count).unwrap_or(usize::MAX);
        let found = in_order(parts, found).into_iter().skip(skip).take(take).map(|(_, _, found)| found);
        Ok((total, found.collect(), None))
    }

    /// The same from where earlier pages ended: of each type a page is read, and of it the next page begins behind
    /// what was shown of it.
    async fn merged_on<'p>(
        &self,
        parts: &'p [Part],
        spots: &[Spot],
        count: u64,
    ) -> Result<Walked<'p>, Error> {
        let (mut total, mut found, mut ends) = (0_u64, Vec::new(), Vec::new());
        for (n, (part, spot)) in parts.iter().zip(spots).enumerate() {
            let mut query = part.query.clone();
            query.seek = spot.seek();
            query.count = if query.seek.is_some() { count } else { 0 };
            let (page, keyed) = self.keyed(n, part, &query).await?;
            total = self.sum(total, &page)?;
            ends.push((query, keyed.len(), Spot::behind(page.next)));
            found.extend(keyed);
        }
        let take = usize::try_from(count).unwrap_or(usize::MAX);
        let shown: Vec<Sorted<'_>> = in_order(parts, found).into_iter().take(take).collect();
        let mut left = Vec::new();
        for (n, (mut query, read, end)) in ends.into_iter().enumerate() {
            let of_part: Vec<&Id> =
                shown.iter().filter(|(_, of, _)| *of == n).map(|(_, _, (_, r))| &r.id).collect();
            let spot = spots.get(n).cloned().unwrap_or(Spot::Done);
            left.push(match (of_part.len(), parts.get(n)) {
                (used, _) if used == read && query.seek.is_some() && count > 0 => end,
                (0, _) | (_, None) => spot,
                (used, Some(part)) => {
                    query.count = u64::try_from(used).unwrap_or(u64::MAX);
                    let again = self.find(part, &query).await?;
                    if !again.resources.iter().map(|r| &r.id).eq(of_part) {
                        let said = "the list changed while it was read: ask for this page again";
                        return Err(Error::new(ErrorKind::Unavailable, said).with_retry_after(1));
                    }
                    Spot::behind(again.next)
                }
            });
        }
        Ok((total, shown.into_iter().map(|(_, _, found)| found).collect(), left))
    }

    /// A page of a part, with what each resource is sorted by.
    async fn keyed<'p>(
        &self,
        number: usize,
        part: &'p Part,
        query: &Query,
    ) -> Result<(Page, Vec<Sorted<'p>>), Error> {
        let mut query = query.clone();
        query.want = embed::needs(&part.kind, &query);
        let by = query.sort.as_ref().map(|s| &s.by);
        let mut page = self.find(part, &query).await?;
        let mut keyed = Vec::new();
        for resource in std::mem::take(&mut page.resources) {
            let document = resource.document(&part.kind, self.site()).map_err(unreadable)?;
            keyed.push((by.and_then(|by| embed::Key::of(by, &document)), number, (part, resource)));
        }
        Ok((page, keyed))
    }

    async fn find(&self, part: &Part, query: &Query) -> Result<Page, Error> {
        // nothing of this type can match: the store need not be asked
        if part.query.filter == Some(TypedFilter::Constant(false)) {
            return Ok(Page::new(0, Vec::new()));
        }
        self.store().find(&part.kind, query).await.map_err(|e| explain(e, &part.kind, None))
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

/// Those of all types in one order. Ties stay in the order of types, and of creation in each.
fn in_order<'p>(parts: &[Part], mut found: Vec<Sorted<'p>>) -> Vec<Sorted<'p>> {
    let descending = parts.iter().any(|p| p.query.sort.as_ref().is_some_and(|s| s.descending));
    found.sort_by(|(a, ..), (b, ..)| embed::compare(a.as_ref(), b.as_ref(), descending));
    found
}
