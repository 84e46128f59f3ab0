//! What is derived from a body, in rows: read and written.

use super::rows::boolean;
use super::{Conn, Result};
use crate::error::HookError;
use crate::hook::TenantId;
use crate::layout::Column;
use crate::schema::{document, element, resource};
use crate::sql::Fragment;
use crate::stored::{Element, Stored};
use diesel::prelude::*;
use provost_core::value::parse_object;
use provost_provider::StoreError;

type Text = Option<String>;

/// The columns of `resource`, in the order of [`Column::all`].
#[derive(Queryable)]
struct Columns {
    active: Option<bool>,
    label: Text,
    label_key: Text,
    user_name_key: Text,
    external_id: Text,
    display_key: Text,
    family_key: Text,
    given_key: Text,
    manager: Text,
    employee_number: Text,
    department: Text,
    folded: String,
}

/// What is stored for a row.
pub(super) fn load(conn: &mut Conn, seq: i64) -> Result<Stored> {
    use resource as r;
    let rows: Vec<Columns> = r::table
        .inner_join(document::table)
        .filter(r::seq.eq(seq))
        .select((
            r::active,
            r::label,
            r::label_key,
            r::user_name_key,
            r::external_id,
            r::display_key,
            r::family_key,
            r::given_key,
            r::manager,
            r::employee_number,
            r::department,
            document::folded,
        ))
        .load(conn)?;
    let row = rows.into_iter().next().ok_or(HookError::Store(StoreError::NotFound))?;
    let elements = element::table
        .filter(element::seq.eq(seq))
        .order((element::path, element::ord))
        .select((element::path, element::ord, element::value_key, element::type_key, element::is_primary))
        .load::<(String, i64, Text, Text, Text)>(conn)?;
    let element = |(path, ord, value, kind, primary)| Element { path, ord, value, kind, primary };
    Ok(Stored {
        columns: [
            row.user_name_key,
            row.external_id,
            row.display_key,
            row.family_key,
            row.given_key,
            row.manager,
            row.employee_number,
            row.department,
        ],
        active: row.active,
        label: row.label,
        label_key: row.label_key,
        folded: parse_object(&row.folded).map_err(|e| HookError::Store(StoreError::backend(e)))?,
        elements: elements.into_iter().map(element).collect(),
    })
}

/// `, column = ..` for each column that changes, and no other: each one written costs its index.
pub(super) fn assignments(old: &Stored, new: &Stored) -> Fragment {
    let mut sql = Fragment::default();
    if old.active != new.active {
        sql.sql(", active = ").sql(boolean(new.active));
    }
    if old.label != new.label || old.label_key != new.label_key {
        sql.sql(", label = ")
            .optional(new.label.clone())
            .sql(", label_key = ")
            .optional(new.label_key.clone());
    }
    for ((old, new), column) in old.columns.iter().zip(&new.columns).zip(Column::all()) {
        if old != new {
            sql.sql(", ").sql(column.name()).sql(" = ").optional(new.clone());
        }
    }
    sql
}

/// Writes the elements, if they change.
pub(super) fn replace_elements(
    conn: &mut Conn,
    tenant: TenantId,
    seq: i64,
    old: &Stored,
    new: &Stored,
) -> Result<()> {
    if old.elements == new.elements {
        return Ok(());
    }
    Fragment::new("delete from element where seq = ").int(seq).fixed_ref().execute(conn)?;
    insert_elements(conn, tenant, seq, new)
}

pub(super) fn insert_elements(conn: &mut Conn, tenant: TenantId, seq: i64, stored: &Stored) -> Result<()> {
    if stored.elements.is_empty() {
        return Ok(());
    }
    let mut sql = Fragment::new(
        "insert into element (seq, path, ord, tenant, value_key, type_key, is_primary) values ",
    );
    for (n, element) in stored.elements.iter().enumerate() {
        sql.sql(if n == 0 { "(" } else { ", (" }).int(seq).sql(", ").text(&*element.path);
        sql.sql(", ").int(element.ord).sql(", ").int(tenant.0).sql(", ").optional(element.value.clone());
        sql.sql(", ").optional(element.kind.clone()).sql(", ").optional(element.primary.clone()).sql(")");
    }
    // nearly everybody has one address or two
    sql.statement::<()>(stored.elements.len() <= 4).execute(conn)?;
    Ok(())
}

/// Rows looked at in one statement: a document may have a megabyte, and all of them are in memory at once.
const CHUNK: i64 = 50;

/// A stored document.
pub(super) struct Document {
    pub(super) seq: i64,
    pub(super) tenant: TenantId,
    pub(super) kind: String,
    pub(super) id: String,
    /// `None` where a resource has none.
    pub(super) doc: Option<String>,
}

/// All documents after a key, in order, some at a time.
pub(super) fn documents(conn: &mut Conn, after: i64) -> Result<Vec<Document>> {
    let rows: Vec<(i64, i64, String, String, Option<String>)> = resource::table
        .left_join(document::table)
        .filter(resource::seq.gt(after))
        .order(resource::seq)
        .limit(CHUNK)
        .select((resource::seq, resource::tenant, resource::kind, resource::id, document::doc.nullable()))
        .load(conn)?;
    let document = |(seq, tenant, kind, id, doc)| Document { seq, tenant: TenantId(tenant), kind, id, doc };
    Ok(rows.into_iter().map(document).collect())
}
