//! What is sent to the server: statements with their binds as diesel writes them, several in one round trip.

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::pin::pin;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Error, RowStream, Statement};

/// A statement with its binds.
pub(super) struct Request {
    pub(super) sql: String,
    types: Vec<Type>,
    binds: Vec<Bind>,
    /// Whether the server keeps it prepared.
    keep: bool,
}

impl Request {
    pub(super) fn of<T: QueryFragment<Pg> + QueryId>(query: &T, keep: bool) -> QueryResult<Self> {
        let mut sql = PgQueryBuilder::default();
        query.to_sql(&mut sql, &Pg)?;
        let mut binds = RawBytesBindCollector::<Pg>::new();
        query.collect_binds(&mut binds, &mut NoTypesOfItsOwn, &Pg)?;
        let kind = |m: &PgTypeMetadata| m.oid().ok().and_then(Type::from_oid).unwrap_or(Type::UNKNOWN);
        Ok(Self {
            sql: sql.finish(),
            types: binds.metadata.iter().map(kind).collect(),
            binds: binds.binds.into_iter().map(Bind).collect(),
            keep: keep && query.is_safe_to_cache_prepared(&Pg)?,
        })
    }

    async fn send(
        self,
        client: &Client,
        kept: &Option<HashMap<String, Statement>>,
    ) -> Result<RowStream, Error> {
        match kept.as_ref().and_then(|kept| kept.get(&self.sql)) {
            Some(statement) => client.query_raw(statement, self.binds).await,
            None => client.query_typed_raw(&self.sql, self.binds.into_iter().zip(self.types)).await,
        }
    }
}

/// Something that is sent.
pub(super) enum Message {
    /// Statements without binds or rows.
    Text(String),
    Statement(Request),
    /// A statement that must give this text, and nothing else.
    Proof(Request, String),
}

impl Message {
    fn request(&self) -> Option<&Request> {
        match self {
            Self::Text(_) => None,
            Self::Statement(request) | Self::Proof(request, _) => Some(request),
        }
    }
}

/// Why there is no answer.
pub(super) enum Broken {
    /// The server said so, or the way to it broke.
    Failed(Error),
    /// What was to be proved is not so; or, where nobody said anything of it, not known.
    Proof { by_anybody: bool },
}

impl From<Error> for Broken {
    fn from(e: Error) -> Self {
        Self::Failed(e)
    }
}

/// Sends all messages at once, and waits for the answers of all but the last one, whose rows follow. The first failure is
/// that of all.
pub(super) async fn exchange(
    client: &Client,
    kept: &mut Option<HashMap<String, Statement>>,
    messages: Vec<Message>,
) -> Result<Option<RowStream>, Broken> {
    if let Some(kept) = kept {
        for Request { sql, types, .. } in messages.iter().filter_map(Message::request).filter(|r| r.keep) {
            if !kept.contains_key(sql) {
                kept.insert(sql.clone(), client.prepare_typed(sql, types).await?);
            }
        }
    }
    let kept = &*kept;
    let last = messages.len().saturating_sub(1);
    // each is sent when its answer is first asked for, which is in this order
    let answers = messages.into_iter().enumerate().map(async |(n, message)| match message {
        Message::Text(text) => Ok::<_, Broken>(client.batch_execute(&text).await.map(|()| None)?),
        Message::Statement(request) => {
            let stream = request.send(client, kept).await?;
            if n == last {
                return Ok(Some(stream));
            }
            let mut stream = pin!(stream);
            while stream.try_next().await?.is_some() {}
            Ok(None)
        }
        Message::Proof(request, text) => {
            let mut stream = pin!(request.send(client, kept).await?);
            let mut found: Vec<String> = Vec::new();
            while let Some(row) = stream.try_next().await? {
                found.push(row.try_get(0)?);
            }
            match found == [text] {
                true => Ok(None),
                false => Err(Broken::Proof { by_anybody: !found.is_empty() }),
            }
        }
    });
    let mut rows = None;
    for answer in join_all(answers).await {
        rows = answer?;
    }
    Ok(rows)
}

/// A value as diesel wrote it.
#[derive(Debug)]
struct Bind(Option<Vec<u8>>);

impl ToSql for Bind {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(self.0.as_ref().map_or(IsNull::Yes, |bytes| {
            out.extend_from_slice(bytes);
            IsNull::No
        }))
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(kind, out)
    }
}

/// Types are built in, or written as texts: none is looked up.
struct NoTypesOfItsOwn;

impl PgMetadataLookup for NoTypesOfItsOwn {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}
