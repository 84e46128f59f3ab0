//! What is written: the rows of the binary, in its order.

use crate::Failure;
use crate::read::{self, Caller, Found, write_resource};
use crate::statements as sql;
use rusqlite::Connection;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};

type Result<T> = rusqlite::Result<T>;

/// Milliseconds since 1970 that are written everywhere.
const AT: i64 = 1_795_461_334_341;

/// Identifiers that grow, as those of the server do.
fn fresh_id() -> String {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let n = LAST.fetch_add(1, Ordering::Relaxed);
    format!("fffffff0-{:04x}-7000-8000-{n:012x}", std::process::id() & 0xffff)
}

/// What of a user has columns of its own.
#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow, rename = "userName")]
    user_name: Cow<'a, str>,
    #[serde(borrow, rename = "externalId")]
    external_id: Cow<'a, str>,
    #[serde(borrow, rename = "displayName")]
    display_name: Cow<'a, str>,
    #[serde(borrow)]
    name: Name<'a>,
    #[serde(borrow)]
    emails: [Email<'a>; 2],
    #[serde(borrow, rename = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
    enterprise: Enterprise<'a>,
}

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(borrow, rename = "familyName")]
    family: Cow<'a, str>,
    #[serde(borrow, rename = "givenName")]
    given: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Email<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Enterprise<'a> {
    #[serde(borrow, rename = "employeeNumber")]
    number: Cow<'a, str>,
    #[serde(borrow)]
    department: Cow<'a, str>,
}

fn audit(conn: &Connection, caller: &Caller, what: (&str, &str, &str, i64), notes: &str) -> Result<()> {
    let (operation, kind, id, version) = what;
    let (own, request) = (fresh_id(), fresh_id());
    let mut statement = conn.prepare_cached(sql::AUDIT)?;
    let row = (caller.tenant, own, AT, &caller.key_id, request, operation, kind, id, version, true, notes);
    statement.execute(row).map(drop)
}

fn role(conn: &Connection, caller: &Caller) -> Result<String> {
    conn.prepare_cached(sql::ROLE)?.query_row([caller.tenant], |row| row.get(0))
}

/// A user is made. `folded` stands for the folded copy of what has no column.
pub(crate) fn create(
    body: String,
    caller: Caller,
    folded: &'static str,
) -> std::result::Result<impl FnOnce(&Connection) -> Result<String> + Send + use<>, Failure> {
    let key = |text: &str| text.to_lowercase();
    let user: User<'_> = serde_json::from_str(&body)?;
    let label = user.display_name.to_string();
    let keys = [
        key(&user.user_name),
        user.external_id.to_string(),
        key(&label),
        key(&user.name.family),
        key(&user.name.given),
        key(&user.enterprise.number),
        key(&user.enterprise.department),
    ];
    let [work, home] = user.emails.map(|email| key(&email.value));
    Ok(move |conn: &Connection| {
        let [user_name, external_id, display, family, given, number, department] = keys;
        role(conn, &caller)?;
        let last: Option<i64> = conn.prepare_cached(sql::LAST)?.query_row([], |row| row.get(0))?;
        let (seq, id) = (last.unwrap_or_default() + 1, fresh_id());
        let none = None::<String>;
        let row: [&dyn rusqlite::ToSql; 17] = [
            &seq,
            &caller.tenant,
            &"User",
            &id,
            &1,
            &AT,
            &AT,
            &label,
            &none,
            &user_name,
            &external_id,
            &display,
            &family,
            &given,
            &none,
            &number,
            &department,
        ];
        conn.prepare_cached(sql::INSERT)?.execute(row.as_slice())?;
        conn.prepare_cached(sql::INSERT_DOCUMENT)?.execute((seq, caller.tenant, folded, &body))?;
        conn.prepare_cached(sql::INSERT_ELEMENTS)?.execute((caller.tenant, seq, work, home))?;
        conn.prepare_cached(sql::COUNT)?.execute((caller.tenant, "User"))?;
        let role = role(conn, &caller)?;
        let mut enter = conn.prepare_cached(sql::GROUPS_TO_ENTER)?;
        let _none = enter.query((caller.tenant, seq))?.next()?.is_some();
        conn.prepare_cached(sql::SEAT)?.execute((caller.tenant, seq, role, AT))?;
        audit(conn, &caller, ("create", "User", &id, 1), "{}")?;
        let found = Found { seq, id, version: 1, doc: body };
        let mut text = String::with_capacity(found.doc.len() + 400);
        write_resource(&mut text, "User", &found, "");
        Ok(text)
    })
}

/// What PATCH brings: the value of the first operation names all that changes.
#[derive(Deserialize)]
struct Patch<'a> {
    #[serde(borrow, rename = "Operations")]
    operations: Vec<Operation<'a>>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(borrow, default)]
    path: Cow<'a, str>,
    #[serde(default)]
    value: serde_json::Value,
}

const NOTES: &str = r#"{"attributes":["displayName","emails","name","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"],"rules":["value/bool-as-string"]}"#;

/// Five attributes of a user change.
pub(crate) fn patch(
    body: &str,
    id: String,
    caller: Caller,
    folded: &'static str,
) -> std::result::Result<impl FnOnce(&Connection) -> Result<String> + Send + use<>, Failure> {
    let patch: Patch<'_> = serde_json::from_str(body)?;
    let name = patch.operations.first().and_then(|first| first.value.as_str()).ok_or("no value")?.to_owned();
    Ok(move |conn: &Connection| {
        let found = read::row(conn, caller.tenant, "User", &id)?;
        let Found { seq, version, doc, .. } = found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        role(conn, &caller)?;
        conn.prepare_cached(sql::RELEASE)?.execute((caller.tenant, seq))?;
        let text = |column: usize| move |row: &rusqlite::Row<'_>| row.get::<_, Option<String>>(column);
        let _folded = conn.prepare_cached(sql::DERIVED)?.query_row((caller.tenant, seq), text(11))?;
        let mut elements = conn.prepare_cached(sql::ELEMENTS)?;
        let emails: Vec<Option<String>> =
            elements.query_map((caller.tenant, seq), text(2))?.collect::<Result<_>>()?;
        let home = emails.into_iter().flatten().next_back();
        let (key, none) = (name.to_lowercase(), None::<String>);
        let row = (version + 1, AT, &name, none, &key, &key, &key, caller.tenant, seq);
        conn.prepare_cached(sql::UPDATE)?.execute(row)?;
        let doc = renamed(&doc, &name);
        conn.prepare_cached(sql::UPDATE_DOCUMENT)?.execute((folded, &doc, caller.tenant, seq))?;
        conn.prepare_cached(sql::DELETE_ELEMENTS)?.execute((caller.tenant, seq))?;
        let work = format!("{key}@load.example");
        conn.prepare_cached(sql::INSERT_ELEMENTS)?.execute((caller.tenant, seq, work, home))?;
        audit(conn, &caller, ("update", "User", &id, version + 1), NOTES)?;
        let groups = read::groups(conn, caller.tenant, seq)?;
        let found = Found { seq, id, version: version + 1, doc };
        let mut text = String::with_capacity(found.doc.len() + 400);
        write_resource(&mut text, "User", &found, &groups);
        Ok(text)
    })
}

/// The stored text with another displayName: as many bytes as the server writes, without looking at the rest.
fn renamed(doc: &str, name: &str) -> String {
    const BEFORE: &str = "\"displayName\":\"";
    let parts = doc.split_once(BEFORE).and_then(|(head, rest)| Some((head, rest.split_once('"')?.1)));
    parts.map_or_else(|| doc.to_owned(), |(head, tail)| format!("{head}{BEFORE}{name}\"{tail}"))
}

/// One member joins or leaves.
pub(crate) fn member(
    body: &str,
    group: String,
    caller: Caller,
) -> std::result::Result<impl FnOnce(&Connection) -> Result<()> + Send + use<>, Failure> {
    let patch: Patch<'_> = serde_json::from_str(body)?;
    let operation = patch.operations.first().ok_or("no operation")?;
    let leaves = operation.path.strip_prefix("members[value eq \"").and_then(|path| path.strip_suffix("\"]"));
    let joins = operation.value.pointer("/0/value").and_then(serde_json::Value::as_str);
    let user = leaves.or(joins).ok_or("no member")?.to_owned();
    let leaves = leaves.is_some();
    Ok(move |conn: &Connection| {
        let found = read::row(conn, caller.tenant, "Group", &group)?;
        let Found { seq, version, .. } = found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        role(conn, &caller)?;
        let key = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let member = conn.prepare_cached(sql::RESOLVE)?.query_row((caller.tenant, &user), key)?;
        let change = if leaves { sql::LEAVE } else { sql::JOIN };
        conn.prepare_cached(change)?.query_row((caller.tenant, seq, member), key)?;
        conn.prepare_cached(sql::TOUCH)?.execute((version + 1, AT, caller.tenant, seq))?;
        if leaves {
            conn.prepare_cached(sql::EXIT)?.execute((caller.tenant, seq, member))?;
        } else {
            conn.prepare_cached(sql::SEATED)?.query_row((caller.tenant, member), key)?;
            conn.prepare_cached(sql::ENTER)?.execute((caller.tenant, seq, member))?;
        }
        let notes = format!("{{\"{}\":[\"{user}\"]}}", if leaves { "removed" } else { "added" });
        audit(conn, &caller, ("update", "Group", &group, version + 1), &notes)
    })
}

/// One row, and nothing about it.
pub(crate) fn one_row(body: String) -> impl FnOnce(&Connection) -> Result<String> + Send {
    move |conn: &Connection| {
        let id = fresh_id();
        conn.prepare_cached(sql::ONE_ROW)?.execute((&id, &body))?;
        let mut text = String::with_capacity(body.len() + 400);
        write_resource(&mut text, "User", &Found { seq: 0, id, version: 1, doc: body }, "");
        Ok(text)
    }
}
