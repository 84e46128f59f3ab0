//! Statements whose text never changes.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// A statement that is known by its type, so that its text is built once and not each time, as diesel builds whatever has
/// `ON CONFLICT` in it. For statements whose type says all of their text: no lists, nothing boxed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed<S>(pub(super) S);

impl<S: 'static> QueryId for Fixed<S> {
    type QueryId = Self;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB: Backend, S: QueryFragment<DB>> QueryFragment<DB> for Fixed<S> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<S, C> RunQueryDsl<C> for Fixed<S> {}
