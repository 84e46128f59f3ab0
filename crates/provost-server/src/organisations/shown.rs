//! Organisations, as commands print them.

use super::Organisation;
use crate::cli::common::Json;
use crate::failure::Failure;
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use serde::Serialize;

pub(super) fn list(organisations: &[Organisation], json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&organisations.iter().map(shape).collect::<Vec<_>>())?);
    }
    let row = |o: &Organisation| {
        [
            o.slug.to_string(),
            o.name.clone(),
            o.profile.to_string(),
            o.default_role.to_string(),
            on_or_off(o.profile.has_unique_external_id()),
            on_or_off(o.scim),
            o.audit_keep.to_string(),
            o.inviting.mode.to_string(),
            o.created.to_string(),
            o.disabled.map(|since| since.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = organisations.iter().map(row).collect();
    Ok(print(&table(
        [
            "SLUG",
            "NAME",
            "PROFILE",
            "DEFAULT ROLE",
            "UNIQUE EXTERNAL ID",
            "SCIM",
            "AUDIT RETENTION",
            "INVITATIONS",
            "CREATED",
            "SWITCHED OFF",
        ],
        &rows,
    ))?)
}

pub(super) fn show(organisation: &Organisation, json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&shape(organisation))?);
    }
    list(std::slice::from_ref(organisation), json)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shape<'a> {
    slug: &'a Slug,
    name: &'a str,
    profile: &'a str,
    default_role: &'a str,
    unique_external_id: bool,
    created: String,
    scim: bool,
    audit_retention: String,
    invitations: &'a str,
    invitation_days: i64,
    inviters: &'a str,
    inviters_note: Option<&'a str>,
    brake: &'static str,
    brake_least: i64,
    brake_percent: i64,
    silent_after: String,
    values_kept_until: Option<String>,
    disabled: Option<String>,
}

pub(super) fn shape(o: &Organisation) -> Shape<'_> {
    Shape {
        slug: &o.slug,
        name: &o.name,
        profile: o.profile.name(),
        default_role: o.default_role.as_str(),
        unique_external_id: o.profile.has_unique_external_id(),
        created: o.created.to_string(),
        scim: o.scim,
        audit_retention: o.audit_keep.to_string(),
        invitations: o.inviting.mode.as_str(),
        invitation_days: o.inviting.days.get(),
        inviters: o.inviting.inviters.as_str(),
        inviters_note: o.inviting.note.as_deref(),
        brake: o.brake.manner.as_str(),
        brake_least: o.brake.least.get(),
        brake_percent: o.brake.percent.get(),
        silent_after: o.silent_after.to_string(),
        values_kept_until: o.values_until.map(|until| until.to_string()),
        disabled: o.disabled.map(|since| since.to_string()),
    }
}

fn on_or_off(is_on: bool) -> String {
    if is_on { "on" } else { "off" }.to_owned()
}
