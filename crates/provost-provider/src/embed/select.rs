//! Lists: what a condition on columns can express, and what must be checked row by row.

use super::columns::canonical;
use super::place::{Behind, Tie, mark};
use super::sort::sorted;
use crate::error::StoreError;
use crate::store::Result;
use provost_core::filter::{CompareOp, Operand};
use provost_core::query::{Bounds, Include, Page};
use provost_core::resource::Service;
use provost_core::{AttrRef, Object, Query, Resource, ResourceType, TypedFilter};

/// The folded text that an attribute must equal if the filter requires it: a condition on a column that narrows down
/// the rows. [`select`] checks the rest of the filter.
///
/// The path is like that for [`take_text`](super::take_text).
///
/// The text is folded: compare it with a column that contains [`fold`](provost_core::fold::fold) of the value, which is
/// the value itself if the schema compares exactly (`id`, `externalId`).
///
/// ```
/// use provost_core::{Filter, SchemaSet, filter::Unknown};
/// use provost_provider::embed::equals;
/// let set = SchemaSet::builtin();
/// let user = set.resource_type("User").ok_or("User")?;
/// let filter: Filter = r#"userName eq "Babs" and active eq true"#.parse()?;
/// let filter = filter.resolve(user, Unknown::Refuse)?;
/// assert_eq!(equals(&filter, "userName"), Some("babs"));
/// assert_eq!(equals(&filter, "urn:ietf:params:scim:schemas:core:2.0:User:userName"), Some("babs"));
/// assert_eq!(equals(&filter, "externalId"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn equals<'a>(filter: &'a TypedFilter, path: &str) -> Option<&'a str> {
    let path = canonical(path);
    match filter {
        TypedFilter::Compare(c) if c.op == CompareOp::Eq && c.attribute.is(path) => match &c.operand {
            Operand::Text(text) => Some(text),
            _ => None,
        },
        TypedFilter::And(all) => all.iter().find_map(|part| equals(part, path)),
        _ => None,
    }
}

/// What [`select`] needs with each row: what the query includes, and what its filter and sort use.
#[must_use]
pub fn needs(resource_type: &ResourceType, query: &Query) -> Include {
    let mut fields = query.include;
    let mut see = |a: &AttrRef| {
        let is = |link: Option<_>| link.is_some_and(|l| a.attribute() == l);
        fields.members |= is(resource_type.members());
        fields.groups |= is(resource_type.groups());
    };
    if let Some(filter) = &query.filter {
        attributes(filter, &mut see);
    }
    if let Some(sort) = &query.sort {
        see(&sort.by);
    }
    fields
}

fn attributes(filter: &TypedFilter, see: &mut impl FnMut(&AttrRef)) {
    match filter {
        TypedFilter::Compare(c) => see(&c.attribute),
        TypedFilter::Present(attribute) | TypedFilter::Element { attribute, .. } => see(attribute),
        TypedFilter::Not(inner) => attributes(inner, see),
        TypedFilter::And(all) | TypedFilter::Or(all) => all.iter().for_each(|part| attributes(part, see)),
        TypedFilter::Constant(_) => {}
    }
}

/// The page of a query, from rows in order of creation that include at least all matching ones. Each row is evaluated
/// by the core's evaluator; then they are sorted and cut.
///
/// The rows must have the members and groups that [`needs`] names; those the query does not include are dropped.
/// Cursors use the creation time, then the id, so rows of the same millisecond must be in the order of their ids.
///
/// # Errors
/// A body cannot be read; a mark does not come from this function; or rows times terms exceed [`Bounds::scan`].
pub fn select(
    rows: Vec<Resource>,
    resource_type: &ResourceType,
    query: &Query,
    service: &Service,
) -> Result<Page> {
    select_by(rows, resource_type, query, service, Tie::of)
}

/// The same, for rows in another order than creation and id.
pub(crate) fn select_by(
    rows: Vec<Resource>,
    resource_type: &ResourceType,
    query: &Query,
    service: &Service,
    tie: impl Fn(&Resource) -> Tie,
) -> Result<Page> {
    check_scan(&rows, query)?;
    let mut found: Vec<(Resource, Object)> = Vec::new();
    for row in rows {
        let document = row.document(resource_type, service).map_err(StoreError::backend)?;
        if query.filter.as_ref().is_none_or(|f| f.matches(&document)) {
            found.push((row, document));
        }
    }
    let (total, mut bounds) = (u64::try_from(found.len()).unwrap_or(u64::MAX), query.bounds);
    let take = usize::try_from(query.count).unwrap_or(usize::MAX);
    let found = sorted(found, query.sort.as_ref());
    let Some(seek) = &query.seek else {
        let skip = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
        let page = found.into_iter().skip(skip).take(take).map(|(_, r)| only(r, query.include));
        return Ok(Page::new(total, within(page, bounds)));
    };
    let descending = query.sort.as_ref().is_some_and(|s| s.descending);
    let after = Behind::of(seek)?;
    let rest = found.into_iter().filter(|(key, r)| after.is_before(key.as_ref(), &tie(r), descending));
    let mut rest = rest.map(|(key, r)| (key, only(r, query.include))).peekable();
    let (mut page, mut last) = (Vec::new(), None);
    while page.len() < take
        && let Some((key, resource)) = rest.next_if(|(_, r)| bounds.admit(r) || page.is_empty())
    {
        last = Some((key, tie(&resource)));
        page.push(resource);
    }
    let next = last.filter(|_| rest.peek().is_some()).map(|(key, tie)| mark(key.as_ref(), &tie));
    Ok(Page::new(total, page).with_next(next))
}

/// Each term of the filter, and the sort, has to look at each row.
fn check_scan(rows: &[Resource], query: &Query) -> Result<()> {
    let filter = query.filter.as_ref();
    let terms = filter.map_or(0, TypedFilter::terms) + usize::from(query.sort.is_some());
    if rows.len().saturating_mul(terms) <= query.bounds.scan {
        return Ok(());
    }
    let first = filter.and_then(TypedFilter::first_attribute).or(query.sort.as_ref().map(|s| &s.by));
    let path = first.map(ToString::to_string);
    Err(StoreError::too_broad(query.bounds.scan, path.as_deref()))
}

/// The resources of a page up to its bounds, but at least the first.
pub(crate) fn within(resources: impl Iterator<Item = Resource>, mut bounds: Bounds) -> Vec<Resource> {
    let mut page = Vec::new();
    for resource in resources {
        if !bounds.admit(&resource) && !page.is_empty() {
            break;
        }
        page.push(resource);
    }
    page
}

fn only(mut resource: Resource, include: Include) -> Resource {
    if !include.members {
        resource.members.clear();
        resource.members_text = None;
    }
    if !include.groups {
        resource.groups.clear();
    }
    resource
}
