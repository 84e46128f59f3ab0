//! `provost org`.

use super::Place;
use super::args::{Json, Org};
use crate::clock;
use crate::failure::Failure;
use crate::model::{Organisation, OrganisationChange};
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use crate::storage;
use serde::Serialize;

pub(super) async fn run(command: Org, place: &Place) -> Result<(), Failure> {
    match command {
        Org::Create { slug, name, profile, default_role, unique_external_id, json } => {
            let created = clock::now();
            let tenant = clock::new_tenant().map_err(crate::mint::MintError::from)?;
            let name = name.unwrap_or_else(|| slug.to_string());
            let profile = profile.with_unique_external_id(unique_external_id);
            let new = Organisation { tenant, slug, name, profile, default_role, created };
            place.prepare().await?.create_organisation(new.clone()).await?;
            show(&new, json)
        }
        Org::Update { slug, name, profile, default_role, unique_external_id, prepared } => {
            let change = OrganisationChange { name, profile, default_role, unique_external_id };
            let storage = match change.may_make_unique() {
                // what is to be unique is told by values that are made from the schemas
                true => storage::open(&place.database(), Some(&place.schemas(&prepared)?)).await?,
                false => place.open().await?,
            };
            show(&storage.update_organisation(slug, change).await?, prepared.json)
        }
        Org::List(json) => list(&place.open().await?.organisations().await?, json),
        Org::Show { slug, json } => show(&place.open().await?.organisation(&slug).await?, json),
        Org::Delete { slug, json } => {
            let deleted = place.open().await?.delete_organisation(slug.clone()).await?;
            if json.json { Ok(print_json(&shape(&deleted))?) } else { Ok(print(&format!("deleted {slug}"))?) }
        }
    }
}

fn list(organisations: &[Organisation], json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&organisations.iter().map(shape).collect::<Vec<_>>())?);
    }
    let row = |o: &Organisation| {
        [
            o.slug.to_string(),
            o.name.clone(),
            o.profile.to_string(),
            o.default_role.clone(),
            if o.profile.has_unique_external_id() { "on" } else { "off" }.to_owned(),
            o.created.to_string(),
        ]
    };
    let rows: Vec<_> = organisations.iter().map(row).collect();
    Ok(print(&table(["SLUG", "NAME", "PROFILE", "DEFAULT ROLE", "UNIQUE EXTERNAL ID", "CREATED"], &rows))?)
}

fn show(organisation: &Organisation, json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&shape(organisation))?);
    }
    list(std::slice::from_ref(organisation), json)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    slug: &'a Slug,
    name: &'a str,
    profile: &'a str,
    default_role: &'a str,
    unique_external_id: bool,
    created: String,
}

fn shape(o: &Organisation) -> Shape<'_> {
    Shape {
        slug: &o.slug,
        name: &o.name,
        profile: o.profile.name(),
        default_role: &o.default_role,
        unique_external_id: o.profile.has_unique_external_id(),
        created: o.created.to_string(),
    }
}
