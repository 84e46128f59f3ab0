//! Rows from the server, read in batches, so that a page that ends early keeps few of them in memory.

use super::link::Link;
use super::request::Broken;
use diesel::QueryResult;
use diesel::pg::{Pg, PgValue, TypeOidLookup};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use futures_util::TryStreamExt;
use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use tokio_postgres::RowStream;
use tokio_postgres::types::{FromSql, Type};

/// The most rows in memory, however small.
const SOME: usize = 256;
/// The most bytes in memory, plus one row.
const BYTES: usize = 256 * 1024;

/// The rows of a statement.
pub struct Rows<'c> {
    link: &'c mut Link,
    stream: Pin<Box<RowStream>>,
    ready: VecDeque<PgRow>,
    /// The column types, which are the same for all rows.
    oids: Option<Arc<[Oid]>>,
    is_over: bool,
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<'c> Rows<'c> {
    /// Reads the first batch, so that a failure of the statement is known.
    pub(super) fn begin(link: &'c mut Link, stream: RowStream) -> QueryResult<Self> {
        let mut rows =
            Self { link, stream: Box::pin(stream), ready: VecDeque::new(), oids: None, is_over: false };
        rows.read()?;
        Ok(rows)
    }

    fn read(&mut self) -> QueryResult<()> {
        let Self { link, stream, ready, oids, is_over } = self;
        link.wait(async {
            let mut bytes = 0_usize;
            while ready.len() < SOME && bytes < BYTES {
                let Some(row) = stream.try_next().await? else {
                    *is_over = true;
                    break;
                };
                bytes = bytes.saturating_add(row.raw_size_bytes());
                let oids =
                    oids.get_or_insert_with(|| row.columns().iter().map(|c| Oid(c.type_().oid())).collect());
                ready.push_back(PgRow { oids: Arc::clone(oids), row });
            }
            Ok::<_, Broken>(())
        })
    }

    /// Reads all rows, and returns how many the statement affected.
    pub(super) fn drain(mut self) -> QueryResult<u64> {
        while !self.is_over {
            self.ready.clear();
            self.read()?;
        }
        Ok(self.stream.rows_affected().unwrap_or_default())
    }
}

impl Iterator for Rows<'_> {
    type Item = QueryResult<PgRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty()
            && !self.is_over
            && let Err(e) = self.read()
        {
            self.is_over = true;
            return Some(Err(e));
        }
        self.ready.pop_front().map(Ok)
    }
}

/// A row.
pub struct PgRow {
    oids: Arc<[Oid]>,
    row: tokio_postgres::Row,
}

/// Without the contents, which are personal data.
impl fmt::Debug for PgRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgRow").field("columns", &self.row.len()).finish_non_exhaustive()
    }
}

struct Oid(u32);

impl TypeOidLookup for Oid {
    fn lookup(&self) -> NonZeroU32 {
        NonZeroU32::new(self.0).unwrap_or(NonZeroU32::MAX)
    }
}

impl RowSealed for PgRow {}

impl<'a> Row<'a, Pg> for PgRow {
    type InnerPartialRow = Self;
    type Field<'b>
        = PgField<'b>
    where
        Self: 'b,
        'a: 'b;

    fn field_count(&self) -> usize {
        self.row.len()
    }

    fn get<'b, I>(&'b self, index: I) -> Option<PgField<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        self.idx(index).map(|index| PgField { row: self, index })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PgRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.row.len()).then_some(index)
    }
}

impl<'a> RowIndex<&'a str> for PgRow {
    fn idx(&self, name: &'a str) -> Option<usize> {
        self.row.columns().iter().position(|column| column.name() == name)
    }
}

/// A value in its row.
pub struct PgField<'a> {
    row: &'a PgRow,
    index: usize,
}

impl fmt::Debug for PgField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgField").field("index", &self.index).finish_non_exhaustive()
    }
}

impl<'a> Field<'a, Pg> for PgField<'a> {
    fn field_name(&self) -> Option<&str> {
        self.row.row.columns().get(self.index).map(tokio_postgres::Column::name)
    }

    fn value(&self) -> Option<PgValue<'_>> {
        let Raw(bytes) = self.row.row.try_get(self.index).ok()?;
        Some(PgValue::new(bytes?, self.row.oids.get(self.index)?))
    }
}

/// The bytes of a value, whatever its type.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
