//! What is read, and the text that is made of it.

use crate::statements as sql;
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, Params, Row};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

type Result<T> = rusqlite::Result<T>;

/// A connection that reads, one for each worker.
pub(crate) struct Reader {
    conn: Connection,
    /// The key before the first row of a page, by `startIndex`.
    places: RefCell<HashMap<i64, i64>>,
}

/// What the token says.
pub(crate) struct Caller {
    pub(crate) tenant: i64,
    pub(crate) key_id: String,
}

/// A row that is served.
pub(crate) struct Found {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) doc: String,
}

impl Found {
    fn of(row: &Row<'_>) -> Result<Self> {
        // read, though nobody looks at it here
        let _times: (i64, i64) = (row.get(3)?, row.get(4)?);
        Ok(Self { seq: row.get(0)?, id: row.get(1)?, version: row.get(2)?, doc: row.get(5)? })
    }
}

impl Reader {
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        conn.execute_batch("PRAGMA busy_timeout=5000; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;")?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(Self { conn, places: RefCell::default() })
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        self.conn.prepare_cached(sql)
    }

    /// One snapshot for several statements.
    fn snapshot<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.statement("BEGIN")?.execute([])?;
        let result = work();
        self.statement("COMMIT")?.execute([])?;
        result
    }

    /// Whoever sends a token that is in the table.
    pub(crate) fn caller(&self, token: &str) -> Result<Option<Caller>> {
        // `scim_` and twelve characters
        let key_id = token.get(5..17).unwrap_or_default();
        let read = |row: &Row<'_>| {
            let _texts: (String, String, String, String) =
                (row.get(2)?, row.get(4)?, row.get(11)?, row.get(12)?);
            Ok(Caller { key_id: row.get(0)?, tenant: row.get(1)? })
        };
        self.statement(sql::TOKEN)?.query_row([key_id], read).optional()
    }

    pub(crate) fn row(&self, tenant: i64, kind: &str, id: &str) -> Result<Option<Found>> {
        row(&self.conn, tenant, kind, id)
    }

    pub(crate) fn user(&self, tenant: i64, id: &str) -> Result<Option<String>> {
        self.snapshot(|| {
            let Some(found) = self.row(tenant, "User", id)? else { return Ok(None) };
            let groups = groups(&self.conn, tenant, found.seq)?;
            let mut text = String::with_capacity(found.doc.len() + 400);
            write_resource(&mut text, "User", &found, &groups);
            Ok(Some(text))
        })
    }

    pub(crate) fn group(&self, tenant: i64, id: &str, members: bool) -> Result<Option<String>> {
        if !members {
            let found = self.row(tenant, "Group", id)?;
            return Ok(found.map(|found| {
                let mut text = String::with_capacity(found.doc.len() + 400);
                write_resource(&mut text, "Group", &found, "");
                text
            }));
        }
        self.snapshot(|| {
            let Some(found) = self.row(tenant, "Group", id)? else { return Ok(None) };
            let _many: i64 = self.statement(sql::MANY)?.query_row((tenant, found.seq), |row| row.get(0))?;
            let links = links(self.statement(sql::MEMBERS)?, (tenant, found.seq), "members", "Users")?;
            let mut text = String::with_capacity(found.doc.len() + links.len() + 400);
            write_resource(&mut text, "Group", &found, &links);
            Ok(Some(text))
        })
    }

    /// The users that an equality finds.
    pub(crate) fn matches(&self, tenant: i64, statement: &str, value: &str) -> Result<String> {
        self.snapshot(|| {
            let mut statement = self.statement(statement)?;
            let found: Vec<Found> =
                statement.query_map((tenant, "User", value), Found::of)?.collect::<Result<_>>()?;
            self.list(tenant, &found, i64::try_from(found.len()).unwrap_or_default())
        })
    }

    /// A page of a hundred in order of creation.
    pub(crate) fn page(&self, tenant: i64, start: i64) -> Result<String> {
        self.snapshot(|| {
            let mut counts = self.statement(sql::COUNTS)?;
            let total: i64 = counts.query_row((tenant, "User"), |row| row.get(0))?;
            let known = self.places.borrow().get(&start).copied();
            let after = match known {
                Some(after) => after,
                None => {
                    let mut place = self.statement(sql::PLACE)?;
                    let first: i64 = place.query_row((tenant, "User", start - 1), |row| row.get(0))?;
                    self.places.borrow_mut().insert(start, first - 1);
                    first - 1
                }
            };
            let mut page = self.statement(sql::PAGE)?;
            let found: Vec<Found> =
                page.query_map((tenant, "User", after), Found::of)?.collect::<Result<_>>()?;
            self.list(tenant, &found, total)
        })
    }

    fn list(&self, tenant: i64, found: &[Found], total: i64) -> Result<String> {
        let mut links: HashMap<i64, String> = HashMap::new();
        match found {
            [] => {}
            [one] => drop(links.insert(one.seq, groups(&self.conn, tenant, one.seq)?)),
            all => {
                let keys: Vec<String> = all.iter().map(|found| found.seq.to_string()).collect();
                let sql = format!("{}{}{}", sql::GROUPS_OF, keys.join(","), sql::GROUPS_OF_END);
                let mut statement = self.conn.prepare(&sql)?;
                let mut rows = statement.query([tenant])?;
                while let Some(row) = rows.next()? {
                    let text = links.entry(row.get(0)?).or_default();
                    write_link(
                        text,
                        "groups",
                        "Groups",
                        &row.get::<_, String>(1)?,
                        row.get::<_, String>(3)?.as_str(),
                    );
                }
                links.values_mut().for_each(|text| text.push(']'));
            }
        }
        let bytes: usize = found.iter().map(|found| found.doc.len() + 400).sum();
        let mut text = String::with_capacity(bytes + 200);
        text.push_str(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":"#);
        let _ = write!(text, r#"{total},"itemsPerPage":{},"startIndex":1,"Resources":["#, found.len());
        for (n, one) in found.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            write_resource(&mut text, "User", one, links.get(&one.seq).map_or("", String::as_str));
        }
        text.push_str("]}");
        Ok(text)
    }
}

/// A resource by id, on whatever connection.
pub(crate) fn row(conn: &Connection, tenant: i64, kind: &str, id: &str) -> Result<Option<Found>> {
    conn.prepare_cached(sql::ROW)?.query_row((tenant, id, kind), Found::of).optional()
}

/// The groups of a user as text, with the comma before it.
pub(crate) fn groups(conn: &Connection, tenant: i64, seq: i64) -> Result<String> {
    links(conn.prepare_cached(sql::GROUPS)?, (tenant, seq), "groups", "Groups")
}

fn links(mut statement: CachedStatement<'_>, of: impl Params, name: &str, kind: &str) -> Result<String> {
    let (mut text, mut rows) = (String::new(), statement.query(of)?);
    while let Some(row) = rows.next()? {
        let _kind = row.get_ref(2)?;
        write_link(&mut text, name, kind, row.get_ref(1)?.as_str()?, row.get_ref(3)?.as_str()?);
    }
    if !text.is_empty() {
        text.push(']');
    }
    Ok(text)
}

fn write_link(text: &mut String, name: &str, kind: &str, id: &str, display: &str) {
    let before = if text.is_empty() { format!(",\"{name}\":[") } else { ",".to_owned() };
    text.push_str(&before);
    for part in [
        r#"{"value":""#,
        id,
        r#"","$ref":"http://127.0.0.1:8080/scim/v2/"#,
        kind,
        "/",
        id,
        r#"","display":""#,
        display,
        r#"","type":"direct"}"#,
    ] {
        text.push_str(part);
    }
}

/// The stored text with id, links and meta, as the server splices it.
pub(crate) fn write_resource(text: &mut String, kind: &str, found: &Found, links: &str) {
    let inside = found.doc.strip_prefix('{').and_then(|doc| doc.strip_suffix('}')).unwrap_or(&found.doc);
    for part in [
        r#"{"id":""#,
        &found.id,
        "\",",
        inside,
        links,
        r#","meta":{"resourceType":""#,
        kind,
        r#"","created":"2026-11-23T19:15:34.341Z","lastModified":"2026-11-23T19:15:34.341Z","location":"http://127.0.0.1:8080/scim/v2/"#,
        kind,
        "s/",
        &found.id,
        r#"","version":"W/\""#,
    ] {
        text.push_str(part);
    }
    let _ = write!(text, "{}\\\"\"}}}}", found.version);
}
