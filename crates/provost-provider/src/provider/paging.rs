//! Which page is requested: by `startIndex` (RFC 7644 section 3.4.2.4) or by `cursor` (RFC 9865).

use super::call::Call;
use crate::cursor::{CursorScope, CursorState};
use crate::params::Params;
use crate::store::Store;
use crate::{StoreError, cursor::Cursors};
use provost_core::error::Place;
use provost_core::query::{Seek, SeekKey};
use provost_core::{Error, ErrorKind, ResourceType};

/// A page of a list.
pub(super) struct Paging<'a> {
    /// The most resources.
    pub(super) count: u64,
    pub(super) begin: Begin<'a>,
}

/// Where a page begins.
pub(super) enum Begin<'a> {
    /// At an index, from 1.
    Rank(u64),
    /// Where the previous page ended.
    Cursor(Following<'a>),
}

/// Following pages by cursor.
pub(super) struct Following<'a> {
    cursors: &'a Cursors,
    bound: CursorScope,
    pub(super) seek: Seek,
}

impl<'a, S: Store> Call<'a, S> {
    /// The page the parameters ask for, in a list of this type.
    pub(super) fn paging(&self, params: &Params, kind: &ResourceType) -> Result<Paging<'a>, Error> {
        let settings = self.settings;
        let Some(text) = params.cursor.as_deref() else {
            let (start, count) = params.page(settings.page, settings.max_page)?;
            return Ok(Paging { count, begin: Begin::Rank(start) });
        };
        // ignoring it as an unknown parameter would return the first page again and again
        let cursors = settings.cursors.as_ref().ok_or_else(StoreError::no_cursors)?;
        // the RFC does not say what to do with both, and either choice could be wrong
        if params.start_index.is_some() {
            let message = "`cursor` and `startIndex` are two ways to ask for a page";
            return Err(Error::new(ErrorKind::InvalidValue, message)
                .at(Place::parameter("cursor"))
                .with_remedy("give one of them"));
        }
        let count = params.count(settings.max_page).map_err(|e| e.with_kind(ErrorKind::InvalidCount))?;
        let bound = self.bound(params, kind);
        // RFC 9865 section 2: an empty `cursor` asks for the first page
        if text.is_empty() {
            let count = count.unwrap_or(settings.page.min(settings.max_page));
            let begin = Begin::Cursor(Following { cursors, bound, seek: Seek::First });
            return Ok(Paging { count, begin });
        }
        let walk = cursors.open(text, &bound, (settings.clock)())?;
        let count = Self::same_count(count, walk.count)?;
        Ok(Paging { count, begin: Begin::Cursor(Following { cursors, bound, seek: Seek::After(walk.mark) }) })
    }

    /// RFC 9865 section 2: `count` must be that of the first page; if absent, it is.
    fn same_count(given: Option<u64>, first: u64) -> Result<u64, Error> {
        match given.filter(|count| *count != first) {
            None => Ok(first),
            Some(count) => {
                let message =
                    format!("`count` was {first} on the first page of this cursor and is {count} now");
                Err(Error::new(ErrorKind::InvalidCount, message)
                    .at(Place::parameter("count"))
                    .with_remedy("keep it, or start again with an empty `cursor`"))
            }
        }
    }

    /// What a cursor in this request is valid for: this tenant, and this list in this order. Attributes may differ from
    /// page to page, since they do not affect the order.
    fn bound(&self, params: &Params, kind: &ResourceType) -> CursorScope {
        let list = CursorScope::default().to(Some(&self.store().tenant_key())).to(Some(kind.name.as_str()));
        let order = [&params.filter, &params.sort_by, &params.sort_order];
        order.into_iter().fold(list, |bound, part| bound.to(part.as_deref()))
    }
}

impl Following<'_> {
    /// The cursor of the next page, unless this one is the last.
    pub(super) fn next<S: Store>(
        &self,
        call: &Call<'_, S>,
        count: u64,
        mark: Option<SeekKey>,
    ) -> Option<String> {
        let mark = mark.filter(|_| count > 0)?;
        Some(self.cursors.seal(&CursorState { count, mark }, &self.bound, (call.settings.clock)()))
    }
}
