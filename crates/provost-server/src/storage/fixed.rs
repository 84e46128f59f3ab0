//! Statements whose text never changes.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// A statement identified by its type alone, so that its text is built once. diesel rebuilds the text of every
/// statement with `ON CONFLICT` each time. Only for statements whose type determines the whole text: no lists, nothing
/// boxed.
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
