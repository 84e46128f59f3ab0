//! SQL built at run time: text and binds, for any of diesel's databases.

mod cost;
mod filter;
mod leaf;
pub(crate) mod selective;
pub(crate) mod sort;

use crate::dialect::Dialect;
use crate::hook::TenantId;
use crate::layout::Side;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Nullable, Text};
use provost_core::ResourceType;
use provost_core::resource::Service;
use std::marker::PhantomData;

/// The tenant and type of the resources that are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) kind: &'a ResourceType,
    pub(crate) service: &'a Service,
    pub(crate) dialect: &'static Dialect,
}

/// The columns of `scim_member` for the row itself, and for the other end.
pub(crate) fn ends(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Members => ("m.group_seq", "m.member_seq"),
        Side::Groups => ("m.member_seq", "m.group_seq"),
    }
}

/// The rows `x` that belong to the row `r`, or that it belongs to: what follows FROM, and the beginning of the
/// condition.
fn links(side: Side) -> Fragment {
    let (own, other) = ends(side);
    let mut out = Fragment::new("scim_member m cross join scim_resource x where m.tenant = r.tenant and ");
    out.sql(own).sql(" = r.seq and x.tenant = m.tenant and x.seq = ").sql(other);
    out
}

/// A row's values without a column, if its [source](Fragment::source) includes the document.
pub(crate) const FOLDED: &str = "d.folded";

/// A piece of SQL with its binds. Texts from clients are always binds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fragment {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Sql(&'static str),
    /// A number in the text itself: SQLite plans anew for each value of a bound LIMIT, which costs more than the page.
    Literal(i64),
    Text(String),
    Optional(Option<String>),
    Int(i64),
}

impl Fragment {
    pub(crate) fn new(sql: &'static str) -> Self {
        // enough for most statements: one allocation instead of three
        let mut parts = Vec::with_capacity(16);
        parts.push(Part::Sql(sql));
        Self { parts }
    }

    /// Whether one of its pieces is this text.
    pub(crate) fn mentions(&self, sql: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Sql(text) if *text == sql))
    }

    /// What stands between FROM and this condition on rows `r`, including the rows' documents if it uses them.
    ///
    /// A join instead of a subselect for each value, so that a document is read once for all of them.
    pub(crate) fn source(&self) -> &'static str {
        match self.mentions(FOLDED) {
            true => {
                "scim_resource r cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and "
            }
            false => "scim_resource r where ",
        }
    }

    pub(crate) fn sql(&mut self, sql: &'static str) -> &mut Self {
        self.parts.push(Part::Sql(sql));
        self
    }

    pub(crate) fn literal(&mut self, n: i64) -> &mut Self {
        self.parts.push(Part::Literal(n));
        self
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    pub(crate) fn optional(&mut self, text: Option<String>) -> &mut Self {
        self.parts.push(Part::Optional(text));
        self
    }

    pub(crate) fn boolean(&mut self, b: Option<bool>) -> &mut Self {
        self.sql(match b {
            None => "null",
            Some(true) => "true",
            Some(false) => "false",
        })
    }

    pub(crate) fn int(&mut self, n: i64) -> &mut Self {
        self.parts.push(Part::Int(n));
        self
    }

    /// A text that is stored as JSON.
    pub(crate) fn json(&mut self, dialect: &Dialect, text: impl Into<String>) -> &mut Self {
        let (before, behind) = dialect.json;
        self.sql(before).text(text).sql(behind)
    }

    /// `tenant = .. and seq = ..`: the row or rows of a resource.
    pub(crate) fn of(&mut self, tenant: TenantId, seq: i64) -> &mut Self {
        self.sql("tenant = ").int(tenant.0).sql(" and seq = ").int(seq)
    }

    pub(crate) fn add(&mut self, other: &Self) -> &mut Self {
        self.parts.extend_from_slice(&other.parts);
        self
    }

    /// The numbers as a list in parentheses, in the text itself.
    pub(crate) fn literals(&mut self, all: &[i64]) -> &mut Self {
        self.sql("(");
        for (n, number) in all.iter().enumerate() {
            if n > 0 {
                self.sql(",");
            }
            self.literal(*number);
        }
        self.sql(")")
    }

    /// A statement whose text is one of a few: it is prepared once for each connection.
    pub(crate) fn fixed<ST>(self) -> Statement<ST> {
        Statement { fragment: self, cached: true, rows: PhantomData }
    }

    /// [`Self::fixed`] at the end of a chain of calls, for statements without rows.
    pub(crate) fn fixed_ref(&mut self) -> Statement {
        std::mem::take(self).fixed()
    }

    /// A statement whose text depends on the client. It must stay out of diesel's cache, which never evicts.
    pub(crate) fn once<ST>(self) -> Statement<ST> {
        Statement { fragment: self, cached: false, rows: PhantomData }
    }

    /// [`Self::fixed`] or [`Self::once`].
    pub(crate) fn statement<ST>(self, cached: bool) -> Statement<ST> {
        Statement { fragment: self, cached, rows: PhantomData }
    }
}

/// A statement with the types of its columns.
#[derive(Debug)]
pub(crate) struct Statement<ST = ()> {
    fragment: Fragment,
    cached: bool,
    rows: PhantomData<ST>,
}

impl<DB, ST> QueryFragment<DB> for Statement<ST>
where
    DB: Backend,
    String: ToSql<Text, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.cached {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.fragment.parts {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Literal(n) => out.push_sql(&n.to_string()),
                Part::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Part::Optional(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                Part::Int(n) => out.push_bind_param::<BigInt, _>(n)?,
            }
        }
        Ok(())
    }
}

impl<ST> QueryId for Statement<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Statement<ST> {
    type SqlType = ST;
}

impl<C, ST> RunQueryDsl<C> for Statement<ST> {}
