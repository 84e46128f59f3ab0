//! Wrong reads.

use super::{Bug, Wrong};
use crate::embed;
use crate::faulty::pause;
use crate::store::{Find, Get, Result, Store};
use crate::testkit::fixture::count;
use provost_core::filter::{Comparison, Operand};
use provost_core::query::{Include, Page};
use provost_core::resource::{Body, Link};
use provost_core::{Id, Object, Query, Resource, ResourceType, TypedFilter, Value, Version};
use std::sync::Arc;

/// More than any check creates.
const MANY: u64 = 100_000;

impl Wrong {
    pub(super) async fn read(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        include: Include,
    ) -> Result<Option<Resource>> {
        assert!(!self.has(Bug::Panics), "a wrong store");
        let mut found = self.inner.get(Get::new(&self.service, kind, id, include)).await?;
        if self.has(Bug::TornReads) {
            pause(2).await;
            let later = self.inner.get(Get::new(&self.service, kind, id, include)).await?;
            if let (Some(found), Some(later)) = (&mut found, later) {
                found.members = later.members;
            }
        }
        if found.is_none() && self.has(Bug::TypeBlind) {
            for other in self.others(kind) {
                found = found.or(self.inner.get(Get::new(&self.service, &other, id, include)).await?);
            }
        }
        if found.is_none() && self.has(Bug::LeaksGet) {
            found = self.other.get(Get::new(&self.service, kind, id, include)).await?;
        }
        if let (Bug::RawText, true, Some(group)) = (self.bug, include.as_text, &mut found) {
            let element = |link: &Link| {
                let (id, shown) = (&link.id, link.display.as_deref().unwrap_or_default());
                let place = self.service.location_of(link);
                let kind = &link.resource_type;
                format!(r#"{{"value":"{id}","$ref":"{place}","display":"{shown}","type":"{kind}"}}"#)
            };
            let all: Vec<String> = std::mem::take(&mut group.members).iter().map(element).collect();
            group.members_text = Some(all.join(",").into());
        }
        let visible = found.filter(|r| !self.seen().hidden.contains(&r.id));
        Ok(visible.map(|r| self.shown(r)))
    }

    /// A resource as this store shows it.
    pub(super) fn shown(&self, mut r: Resource) -> Resource {
        let call = self.call();
        let mut seen = self.seen();
        let extra = seen.extra.get(&r.id).copied().unwrap_or(0);
        match self.bug {
            Bug::CountsFromTwo => r.version = r.version.next(),
            Bug::NeverCounts => r.version = Version::FIRST,
            Bug::ShufflesMembers if r.members.len() > 1 => {
                let by = call % r.members.len();
                r.members.rotate_left(by);
            }
            Bug::NoGroups => r.groups.clear(),
            Bug::StaleDisplay => {
                let stale = |link: &mut Link| {
                    let first = seen.display.entry(link.id.clone()).or_insert_with(|| link.display.clone());
                    link.display.clone_from(first);
                };
                r.members.iter_mut().chain(&mut r.groups).for_each(stale);
            }
            Bug::StaleGroups => {
                r.groups.extend(seen.lost.iter().filter(|(user, _)| *user == r.id).map(|(_, l)| l.clone()));
            }
            _ => r.version = Version(r.version.0 + extra),
        }
        r
    }

    pub(super) async fn list(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let mut query = query.clone();
        match self.bug {
            Bug::ShowsUnwanted => query.include = Include::ALL,
            Bug::NeverSorts => query.sort = None,
            Bug::IgnoresBounds => (query.bounds.links, query.bounds.bytes) = (usize::MAX, usize::MAX),
            Bug::ThreeValued => query.filter = query.filter.map(three_valued),
            _ => {}
        }
        let mut page = match self.bug {
            Bug::UnstablePages
            | Bug::NewestFirst
            | Bug::AsciiFold
            | Bug::StaleIndex
            | Bug::HidesDeleted
            | Bug::LeaksFind => self.scan(kind, &query).await?,
            _ if query.seek.is_some() => self.seek(kind, &query).await?,
            _ => self.inner.find(Find::new(&self.service, kind, &query)).await?,
        };
        if self.has(Bug::TornReads) {
            pause(2).await;
            let later = self.inner.find(Find::new(&self.service, kind, &query)).await?;
            for (r, later) in page.resources.iter_mut().zip(later.resources) {
                r.members = later.members;
            }
        }
        page.resources = page.resources.into_iter().map(|r| self.shown(r)).collect();
        if self.has(Bug::EndsWhereCut) && count(&page.resources) < query.count {
            page.next = None;
        }
        if self.has(Bug::TotalOfPage) {
            page.total = u64::try_from(page.resources.len()).unwrap();
        }
        Ok(page)
    }

    /// A wrong list, made here.
    async fn scan(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let mut every = Query::default();
        every.count = MANY;
        let mut rows = self.inner.find(Find::new(&self.service, kind, &every)).await?.resources;
        if self.has(Bug::LeaksFind) {
            rows.extend(self.other.find(Find::new(&self.service, kind, &every)).await?.resources);
        }
        let call = self.call();
        match self.bug {
            Bug::NewestFirst => rows.reverse(),
            Bug::UnstablePages if !rows.is_empty() => {
                let by = call % rows.len();
                rows.rotate_left(by);
            }
            _ => {}
        }
        let mut query = query.clone();
        match self.bug {
            Bug::HidesDeleted => rows.retain(|r| !self.seen().hidden.contains(&r.id)),
            Bug::AsciiFold => {
                let plain = query.filter.take().map(in_ascii);
                let meets = |r: &Resource| {
                    let document = as_ascii(Value::Object(r.document(kind, &self.service).unwrap()));
                    plain.as_ref().is_none_or(|f| f.matches(document.as_object().unwrap()))
                };
                rows.retain(meets);
            }
            Bug::StaleIndex => {
                let filter = query.filter.take();
                let first = |r: &Resource| {
                    let body = self.seen().first.get(&r.id).cloned().unwrap_or_default();
                    let old = Resource { body: Body::Object(body), ..r.clone() };
                    old.document(kind, &self.service).unwrap()
                };
                rows.retain(|r| filter.as_ref().is_none_or(|f| f.matches(&first(r))));
            }
            _ => {}
        }
        embed::select(rows, kind, &query, &self.service)
    }
}

/// `not (a eq b)` as SQL evaluates it if `a` is null.
fn three_valued(filter: TypedFilter) -> TypedFilter {
    match filter {
        TypedFilter::Not(inner) => match *inner {
            TypedFilter::Compare(c) => {
                let present = TypedFilter::Present(c.attribute.clone());
                TypedFilter::And(vec![present, TypedFilter::Not(Box::new(TypedFilter::Compare(c)))])
            }
            inner => TypedFilter::Not(Box::new(three_valued(inner))),
        },
        TypedFilter::And(all) => TypedFilter::And(all.into_iter().map(three_valued).collect()),
        TypedFilter::Or(all) => TypedFilter::Or(all.into_iter().map(three_valued).collect()),
        other => other,
    }
}

/// Replaces non-ASCII characters with ones that nothing folds, like a database that only knows ASCII.
fn plain(text: &str) -> String {
    let unfoldable = |c: char| match c.is_ascii() {
        true => c,
        false => char::from_u32(0xe000 + u32::from(c) % 0x1000).unwrap(),
    };
    text.chars().map(unfoldable).collect()
}

fn as_ascii(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(plain(&s)),
        Value::Array(all) => Value::Array(all.into_iter().map(as_ascii).collect()),
        Value::Object(o) => Value::Object(Object::from_iter(o.into_iter().map(|(n, v)| (n, as_ascii(v))))),
        other => other,
    }
}

fn in_ascii(filter: TypedFilter) -> TypedFilter {
    let all = |all: Vec<TypedFilter>| all.into_iter().map(in_ascii).collect();
    match filter {
        TypedFilter::Compare(c) => TypedFilter::Compare(match c.operand {
            Operand::Text(t) => Comparison::new(c.attribute, c.op, Operand::Text(plain(&t).into())),
            operand => Comparison::new(c.attribute, c.op, operand),
        }),
        TypedFilter::Element { attribute, filter } => {
            TypedFilter::Element { attribute, filter: Box::new(in_ascii(*filter)) }
        }
        TypedFilter::Not(inner) => TypedFilter::Not(Box::new(in_ascii(*inner))),
        TypedFilter::And(parts) => TypedFilter::And(all(parts)),
        TypedFilter::Or(parts) => TypedFilter::Or(all(parts)),
        other => other,
    }
}
