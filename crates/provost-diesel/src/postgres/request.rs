//! What is sent to the server: statements with binds as diesel encodes them, several in one round trip.

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use futures_util::TryStreamExt;
use futures_util::future::{BoxFuture, FutureExt, MaybeDone, join_all, maybe_done};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Error, RowStream, Statement};

/// A statement with its binds.
#[derive(Clone, PartialEq)]
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

    /// Uses the prepared statement, if there is one.
    async fn send(self, client: &Client, kept: Option<Statement>) -> Result<RowStream, Error> {
        match kept {
            Some(statement) => client.query_raw(&statement, self.binds).await,
            None => client.query_typed_raw(&self.sql, self.binds.into_iter().zip(self.types)).await,
        }
    }
}

/// Statements the server keeps prepared, by their texts; `None` if it keeps none.
pub(super) type Kept = Option<HashMap<String, Statement>>;

fn kept_of(kept: &Kept, request: &Request) -> Option<Statement> {
    kept.as_ref().and_then(|kept| kept.get(&request.sql)).cloned()
}

type Answer = BoxFuture<'static, Result<RowStream, Error>>;

/// A statement sent after another one, before its result is asked for.
pub(super) struct Behind {
    request: Request,
    answer: Pin<Box<MaybeDone<Answer>>>,
}

impl Behind {
    fn new(client: &Arc<Client>, kept: &Kept, request: Request) -> Self {
        let (client, kept, asked) = (client.clone(), kept_of(kept, &request), request.clone());
        let answer = async move { asked.send(&client, kept).await };
        Self { request, answer: Box::pin(maybe_done(answer.boxed())) }
    }

    /// Whether it is the statement now asked for.
    pub(super) fn is(&self, request: &Request) -> bool {
        self.request == *request
    }

    /// Its rows, once those before it were read or dropped.
    pub(super) async fn rows(mut self) -> Result<Option<RowStream>, Broken> {
        self.answer.as_mut().await;
        Ok(self.answer.as_mut().take_output().transpose()?)
    }
}

/// A message to the server.
pub(super) enum Message {
    /// Statements without binds or rows.
    Text(String),
    Statement(Request),
    /// A statement that must return this text and nothing else.
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
    /// The server reported an error, or the connection broke.
    Failed(Error),
    /// What was to be proved is not true or, if no value is stored, unknown.
    Proof { by_anybody: bool },
}

impl From<Error> for Broken {
    fn from(e: Error) -> Self {
        Self::Failed(e)
    }
}

/// Sends all messages at once, followed by what was announced as needed next. Waits for the answers to all but the
/// last, whose rows it returns. The first failure is reported for all.
pub(super) async fn exchange(
    client: &Arc<Client>,
    kept: &mut Kept,
    messages: Vec<Message>,
    foreseen: Option<Request>,
) -> Result<(Option<RowStream>, Option<Behind>), Broken> {
    if let Some(kept) = kept {
        let all = messages.iter().filter_map(Message::request).chain(&foreseen);
        for Request { sql, types, .. } in all.filter(|r| r.keep) {
            if !kept.contains_key(sql) {
                kept.insert(sql.clone(), client.prepare_typed(sql, types).await?);
            }
        }
    }
    let kept = &*kept;
    let mut behind = foreseen.map(|request| Behind::new(client, kept, request));
    let last = messages.len().saturating_sub(1);
    // polling an answer for the first time sends the message, so this order is kept
    let answers = messages.into_iter().enumerate().map(async |(n, message)| match message {
        Message::Text(text) => Ok::<_, Broken>(client.batch_execute(&text).await.map(|()| None)?),
        Message::Statement(request) => {
            let statement = kept_of(kept, &request);
            let stream = request.send(client, statement).await?;
            if n == last {
                return Ok(Some(stream));
            }
            let mut stream = pin!(stream);
            while stream.try_next().await?.is_some() {}
            Ok(None)
        }
        Message::Proof(request, text) => {
            let statement = kept_of(kept, &request);
            let mut stream = pin!(request.send(client, statement).await?);
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
    let mut answers = pin!(join_all(answers));
    let mut rows = None;
    let answered = poll_fn(|cx| {
        let answered = answers.as_mut().poll(cx);
        // also sends what follows them
        if let Some(behind) = &mut behind {
            let _ = behind.answer.as_mut().poll(cx);
        }
        answered
    });
    for answer in answered.await {
        rows = answer?;
    }
    Ok((rows, behind))
}

/// A value as encoded by diesel.
#[derive(Debug, Clone, PartialEq)]
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

/// Types are either built in or written as text, so none is looked up.
struct NoTypesOfItsOwn;

impl PgMetadataLookup for NoTypesOfItsOwn {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}
