//! `provost token`.

use super::{KeyId, Secret, Token, TokenRow, TokenStore, issue};
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::clock::{self, Timestamp};
use crate::config::Span;
use crate::failure::Failure;
use crate::organisations::{Organisation, OrganisationStore};
use crate::output::{print, print_json, print_secret, say, table};
use crate::slug::Slug;
use clap::Subcommand;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a token and print it: only the token, and only this once
    Create {
        #[command(flatten)]
        org: OfOrganisation,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// How long it is valid, for example 90d [default: forever]
        #[arg(long, value_name = "SPAN")]
        expires_in: Option<Span>,
        #[command(flatten)]
        json: Json,
    },
    /// List the tokens of an organisation, without their secrets
    List {
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Revoke a token; its next request is refused
    Revoke {
        /// Key id, as `token list` shows it
        #[arg(value_parser = key_id)]
        key_id: KeyId,
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let now = clock::now();
    match command {
        Command::Create { org, label, expires_in, json } => {
            let storage = installation.open().await?;
            let organisation = storage.organisation(&org.slug).await?;
            let (token, row) = issue(organisation.tenant, label, expires_in.map(|s| after(now, s)), now)?;
            storage.create_token(row.clone()).await?;
            created(&token, &row, &organisation, installation, json)
        }
        Command::List { org, json } => {
            let storage = installation.open().await?;
            let tokens = storage.tokens(storage.organisation(&org.slug).await?.tenant).await?;
            if json.json {
                return Ok(print_json(&tokens.iter().map(|t| shape(t, now)).collect::<Vec<_>>())?);
            }
            let rows: Vec<_> = tokens.iter().map(|t| row(t, now)).collect();
            Ok(print(&table(["KEY ID", "LABEL", "STATE", "CREATED", "EXPIRES", "LAST USED"], &rows))?)
        }
        Command::Revoke { key_id, json } => {
            let revoked = installation.open().await?.revoke_token(key_id.clone(), now).await?;
            if json.json {
                return Ok(print_json(&shape(&revoked, now))?);
            }
            Ok(print(&format!("revoked {key_id}"))?)
        }
    }
}

/// Standard output holds only the token, so that a script can capture it.
fn created(
    token: &Token,
    row: &TokenRow,
    organisation: &Organisation,
    installation: &Installation,
    json: Json,
) -> Result<(), Failure> {
    let secret = token.text().reveal();
    if json.json {
        let row = shape(row, row.created);
        return Ok(print_json(&New {
            token: secret,
            org: &organisation.slug,
            tenant_url: installation.tenant_url(),
            row,
        })?);
    }
    print_secret(&Secret::joined(&[secret, "\n"]))?;
    let end = row.expires.map_or("never expires".to_owned(), |end| format!("expires {end}"));
    say(format_args!("key id {} of organisation `{}`, {end}", row.key_id, organisation.slug));
    if let Some(url) = installation.tenant_url() {
        say(format_args!("Tenant URL: {url}"));
    }
    say(format_args!("the token is shown only once; the database keeps a hash of it"));
    Ok(())
}

fn after(now: Timestamp, span: Span) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(span.millis()))
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

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| match Token::parse(text) {
        Ok(whole) => format!("this is a whole token; give its key id alone: {}", whole.key_id()),
        Err(_) => "a key id has 12 letters and digits; `provost token list` shows them".to_owned(),
    })
}
