//! `provost token`.

use super::Place;
use super::args::{Json, Token as Command};
use crate::clock::{self, Timestamp};
use crate::config::Span;
use crate::failure::Failure;
use crate::mint;
use crate::model::{Organisation, TokenRow};
use crate::output::{print, print_json, say, table};
use crate::slug::Slug;
use crate::token::Token;
use serde::Serialize;

pub(super) async fn run(command: Command, place: &Place) -> Result<(), Failure> {
    let now = clock::now();
    match command {
        Command::Create { org, label, expires_in, json } => {
            let storage = place.open().await?;
            let organisation = storage.organisation(&org.slug).await?;
            let (token, row) =
                mint::token(organisation.tenant, label, expires_in.map(|s| after(now, s)), now)?;
            storage.create_token(row.clone()).await?;
            created(&token, &row, &organisation, place, json)
        }
        Command::List { org, json } => {
            let storage = place.open().await?;
            let tokens = storage.tokens(storage.organisation(&org.slug).await?.tenant).await?;
            if json.json {
                return Ok(print_json(&tokens.iter().map(|t| shape(t, now)).collect::<Vec<_>>())?);
            }
            let rows: Vec<_> = tokens.iter().map(|t| row(t, now)).collect();
            Ok(print(&table(["KEY ID", "LABEL", "STATE", "CREATED", "EXPIRES", "LAST USED"], &rows))?)
        }
        Command::Revoke { key_id, json } => {
            let revoked = place.open().await?.revoke_token(key_id.clone(), now).await?;
            if json.json {
                return Ok(print_json(&shape(&revoked, now))?);
            }
            Ok(print(&format!("revoked {key_id}"))?)
        }
    }
}

/// The token stands alone on standard output, so that a script can take it as it is.
fn created(
    token: &Token,
    row: &TokenRow,
    organisation: &Organisation,
    place: &Place,
    json: Json,
) -> Result<(), Failure> {
    let secret = token.text().reveal();
    if json.json {
        let row = shape(row, row.created);
        return Ok(print_json(&New {
            token: secret,
            org: &organisation.slug,
            tenant_url: place.tenant_url(),
            row,
        })?);
    }
    print(secret)?;
    let end = row.expires.map_or("never expires".to_owned(), |end| format!("expires {end}"));
    say(format_args!("key id {} of organisation `{}`, {end}", row.key_id, organisation.slug));
    if let Some(url) = place.tenant_url() {
        say(format_args!("Tenant URL: {url}"));
    }
    say(format_args!("the token is shown this once; the database keeps only a hash of it"));
    Ok(())
}

fn after(now: Timestamp, span: Span) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(span.seconds.saturating_mul(1000)))
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn row(t: &TokenRow, now: Timestamp) -> [String; 6] {
    [
        t.key_id.to_string(),
        t.label.clone(),
        t.state(now).as_str().to_owned(),
        t.created.to_string(),
        text(t.expires).unwrap_or_else(|| "never".to_owned()),
        text(t.last_used).unwrap_or_else(|| "never".to_owned()),
    ]
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    key_id: &'a str,
    label: &'a str,
    state: &'static str,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    last_used: Option<String>,
}

fn shape(t: &TokenRow, now: Timestamp) -> Shape<'_> {
    Shape {
        key_id: t.key_id.as_str(),
        label: &t.label,
        state: t.state(now).as_str(),
        created: t.created.to_string(),
        expires: text(t.expires),
        revoked: text(t.revoked),
        last_used: text(t.last_used),
    }
}

/// The only shape that holds a secret; it is made where the token is made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct New<'a> {
    token: &'a str,
    org: &'a Slug,
    tenant_url: Option<String>,
    #[serde(flatten)]
    row: Shape<'a>,
}
