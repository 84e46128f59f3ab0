//! Reads and writes the rows derived from a body.

use super::refusal::refused;
use super::{Conn, Result};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::TenantId;
use crate::layout::Column;
use crate::schema::{element, resource};
use crate::sql::Fragment;
use crate::stored::{Element, Keys};
use diesel::prelude::*;
use provost_provider::StoreError;

type Text = Option<String>;

/// The columns of `scim_resource`, in the order of [`Column::all`].
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
}

/// The columns of `scim_element`.
type ElementColumns = (String, i64, Text, Text, Text);

/// The indexed values of a row.
pub(super) fn load(conn: &mut Conn, tenant: TenantId, seq: i64) -> Result<Keys> {
    use resource as r;
    let of_row = element::tenant.eq(r::tenant).and(element::seq.eq(r::seq));
    let rows: Vec<(Columns, Option<ElementColumns>)> = r::table
        .left_join(element::table.on(of_row))
        .filter(r::tenant.eq(tenant.0))
        .filter(r::seq.eq(seq))
        .order((element::path, element::ord))
        .select((
            (
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
            ),
            (element::path, element::ord, element::value_key, element::type_key, element::is_primary)
                .nullable(),
        ))
        .load(conn)?;
    let (rows, elements): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let row: Columns = rows.into_iter().next().ok_or(HookError::Store(StoreError::NotFound))?;
    let element = |(path, ord, value, kind, primary)| Element { path, ord, value, kind, primary };
    Ok(Keys {
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
        elements: elements.into_iter().flatten().map(element).collect(),
    })
}

/// `, column = ..` for each column that changes and for no others, since each written column costs its index.
pub(super) fn assignments(old: &Keys, new: &Keys) -> Fragment {
    let mut sql = Fragment::default();
    if old.active != new.active {
        sql.sql(", active = ").boolean(new.active);
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
    old: &Keys,
    new: &Keys,
) -> Result<()> {
    if old.elements == new.elements {
        return Ok(());
    }
    let mut sql = Fragment::new("delete from scim_element where ");
    conn.later(sql.of(tenant, seq).fixed_ref()).map_err(refused)?;
    insert_elements(conn, tenant, seq, new)
}

pub(super) fn insert_elements(conn: &mut Conn, tenant: TenantId, seq: i64, keys: &Keys) -> Result<()> {
    if keys.elements.is_empty() {
        return Ok(());
    }
    let mut sql = Fragment::new(
        "insert into scim_element (tenant, seq, path, ord, value_key, type_key, is_primary) values ",
    );
    for (n, element) in keys.elements.iter().enumerate() {
        sql.sql(if n == 0 { "(" } else { ", (" }).int(tenant.0).sql(", ").int(seq).sql(", ");
        sql.text(&*element.path).sql(", ").int(element.ord).sql(", ").optional(element.value.clone());
        sql.sql(", ").optional(element.kind.clone()).sql(", ").optional(element.primary.clone()).sql(")");
    }
    // nearly everybody has one or two addresses
    conn.later(sql.statement::<()>(keys.elements.len() <= 4)).map_err(refused)
}
