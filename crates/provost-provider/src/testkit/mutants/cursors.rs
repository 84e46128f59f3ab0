//! Wrong cursors.

use super::{Bug, Wrong};
use crate::store::{Find, Result, Store};
use provost_core::query::{Page, Seek, SeekKey};
use provost_core::{Query, ResourceType};
use std::sync::Arc;

impl Wrong {
    /// A wrong page by cursor: the marks are those of the store in memory, or numbers of its own.
    pub(super) async fn seek(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let mut query = query.clone();
        let after = match &query.seek {
            Some(Seek::After(mark)) => Some(mark.as_str().to_owned()),
            _ => None,
        };
        match self.bug {
            Bug::IgnoresCursor => {
                query.seek = None;
                self.inner.find(Find::new(&self.service, kind, &query)).await
            }
            Bug::RankAsCursor => {
                let Some(rank) = after.map_or(Some(1), |rank| rank.parse().ok()) else {
                    return Err(crate::StoreError::foreign_mark());
                };
                self.by_rank(kind, query, rank).await
            }
            Bug::RowAsCursor | Bug::ValueAsCursor => self.by_row(kind, query, after).await,
            Bug::DoublesAtCursor => {
                let mut page = self.inner.find(Find::new(&self.service, kind, &query)).await?;
                if after.is_some() {
                    let mut before = query.clone();
                    before.seek = None;
                    before.count = 100_000;
                    let all = self.inner.find(Find::new(&self.service, kind, &before)).await?.resources;
                    let first = page.resources.first().map(|r| r.id.clone());
                    let at = all.iter().position(|r| Some(&r.id) == first.as_ref()).unwrap_or(0);
                    page.resources.splice(0..0, all.into_iter().skip(at.saturating_sub(1)).take(1));
                }
                Ok(page)
            }
            Bug::EndlessCursor => {
                let mut page = self.inner.find(Find::new(&self.service, kind, &query)).await?;
                page.next =
                    page.next.or_else(|| Some(SeekKey::from(r#"{"n":9000000000,"t":""}"#.to_owned())));
                Ok(page)
            }
            Bug::ForgetsCursorOfFilter if query.filter.is_some() => {
                Ok(self.inner.find(Find::new(&self.service, kind, &query)).await?.with_next(None))
            }
            Bug::TakesAnyMark => match self.inner.find(Find::new(&self.service, kind, &query)).await {
                Err(_) => {
                    query.seek = Some(Seek::First);
                    self.inner.find(Find::new(&self.service, kind, &query)).await
                }
                page => page,
            },
            _ => self.inner.find(Find::new(&self.service, kind, &query)).await,
        }
    }

    async fn by_rank(&self, kind: &Arc<ResourceType>, mut query: Query, rank: u64) -> Result<Page> {
        (query.seek, query.start) = (None, rank);
        let page = self.inner.find(Find::new(&self.service, kind, &query)).await?;
        let next = rank + u64::try_from(page.resources.len()).unwrap();
        let more = next <= page.total && query.count > 0;
        Ok(page.with_next(more.then(|| SeekKey::from(next.to_string()))))
    }

    /// The page after the row with this id if it still exists, or else after all rows with its value.
    async fn by_row(
        &self,
        kind: &Arc<ResourceType>,
        mut query: Query,
        after: Option<String>,
    ) -> Result<Page> {
        let (count, sort) = (query.count, query.sort.clone());
        (query.seek, query.count) = (None, 100_000);
        let all = self.inner.find(Find::new(&self.service, kind, &query)).await?;
        let key = |n: usize| {
            let document = all.resources.get(n)?.document(kind, &self.service).ok()?;
            Some(sort.as_ref().and_then(|s| s.by.value(&document)).map(ToString::to_string))
        };
        let mut from = match &after {
            None => 0,
            Some(id) => all.resources.iter().position(|r| r.id.as_str() == id).map_or(0, |n| n + 1),
        };
        while self.has(Bug::ValueAsCursor)
            && sort.is_some()
            && from > 0
            && key(from).is_some()
            && key(from) == key(from - 1)
        {
            from += 1;
        }
        let take = usize::try_from(count).unwrap();
        let more = from + take < all.resources.len() && take > 0;
        let page: Vec<_> = all.resources.into_iter().skip(from).take(take).collect();
        let next = page.last().filter(|_| more).map(|r| SeekKey::from(r.id.to_string()));
        Ok(Page::new(all.total, page).with_next(next))
    }
}
