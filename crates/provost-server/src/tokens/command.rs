//! `provost token`.

use super::listing::{List, Shape, shape};
use super::rotation::{Overlap, end_of_next, later};
use super::{KeyId, Maker, NewToken, Secret, Token, TokenRow, TokenStore, issue};
use crate::audit::By;
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::clock::{self, Timestamp};
use crate::config::Span;
use crate::failure::Failure;
use crate::machine;
use crate::names::label;
use crate::organisations::{Organisation, OrganisationStore};
use crate::output::{print, print_json, print_secret, say};
use crate::slug::Slug;
use crate::storage::StorageError;
use clap::Subcommand;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a token and print it: only the token, and only this once
    Create {
        #[command(flatten)]
        org: OfOrganisation,
        /// What it is for
        #[arg(long, default_value = "", value_parser = label)]
        label: String,
        /// How long it is valid, for example 90d [default: forever]
        #[arg(long, value_name = "SPAN")]
        expires_in: Option<Span>,
        /// Refuse each of its writes
        #[arg(long)]
        read_only: bool,
        #[command(flatten)]
        json: Json,
    },
    /// List the tokens of an organisation, without their secrets: who made them, when they end, why they were refused last
    List {
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Create a token in place of another one, which then ends, and print it: only the token, and only this once
    ///
    /// The new one has the organisation, the label and the rights of the old one, and lives as long as that was to live.
    Rotate {
        /// Key id of the old one, as `token list` shows it
        #[arg(value_parser = key_id)]
        key_id: KeyId,
        /// How long the old one goes on at most, up to 90d; with 0s it ends at once
        #[arg(long, value_name = "SPAN", default_value = "7d")]
        overlap: Overlap,
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
    let storage = installation.open().await?;
    match command {
        Command::Create { org, label, expires_in, read_only, json } => {
            let organisation = storage.organisation(&org.slug).await?;
            let expires = expires_in.map(|span| later(now, span.millis()));
            let new = NewToken { tenant: organisation.tenant, label, read_only, expires, maker: maker() };
            let (token, row) = issue(new, now)?;
            storage.create_token(By::operator(), row.clone()).await?;
            created(&Created { token, row, organisation, replaces: None }, installation, json)
        }
        Command::List { org, json } => {
            let tenant = storage.organisation(&org.slug).await?.tenant;
            let list =
                List { tokens: storage.tokens(tenant).await?, people: storage.makers(tenant).await?, now };
            match json.json {
                true => Ok(print_json(&list.shapes())?),
                false => Ok(print(&list.table())?),
            }
        }
        Command::Rotate { key_id, overlap, json } => {
            let found = storage.token(&key_id).await?;
            let (old, organisation) = found.ok_or(StorageError::NoToken(key_id))?;
            let expires = end_of_next(&old, now);
            let TokenRow { tenant, label, read_only, .. } = old;
            let (token, row) = issue(NewToken { tenant, label, read_only, expires, maker: maker() }, now)?;
            let old =
                storage.rotate_token(By::operator(), old.key_id, row.clone(), overlap.after(now)).await?;
            created(&Created { token, row, organisation, replaces: Some(old) }, installation, json)
        }
        Command::Revoke { key_id, json } => {
            let revoked = storage.revoke_token(By::operator(), key_id.clone()).await?;
            match json.json {
                true => Ok(print_json(&shape(&revoked, None, now))?),
                false => Ok(print(&format!("revoked {key_id}"))?),
            }
        }
    }
}

fn maker() -> Maker {
    Maker::Command(machine::operator())
}

/// A newly made token.
struct Created {
    token: Token,
    row: TokenRow,
    organisation: Organisation,
    /// The token it replaces.
    replaces: Option<TokenRow>,
}

/// Standard output contains only the token, so that a script can capture it.
fn created(new: &Created, installation: &Installation, json: Json) -> Result<(), Failure> {
    let Created { token, row, organisation, replaces } = new;
    let (secret, now) = (token.text().reveal(), row.created);
    if json.json {
        return Ok(print_json(&New {
            token: secret,
            org: &organisation.slug,
            tenant_url: installation.tenant_url(),
            row: shape(row, None, now),
            replaces: replaces.as_ref().map(|old| shape(old, None, now)),
        })?);
    }
    print_secret(&Secret::joined(&[secret, "\n"]))?;
    let end = row.expires.map_or("never expires".to_owned(), |end| format!("expires {end}"));
    let rights = if row.read_only { ", may only read" } else { "" };
    say(format_args!("key id {} of organisation `{}`, {end}{rights}", row.key_id, organisation.slug));
    if let Some(old) = replaces {
        say(format_args!("{}", farewell(old, now)));
    }
    if let Some(url) = installation.tenant_url() {
        say(format_args!("Tenant URL: {url}"));
    }
    say(format_args!("the token is shown only once; the database keeps a hash of it"));
    Ok(())
}

/// What happens to a replaced token.
fn farewell(old: &TokenRow, now: Timestamp) -> String {
    match old.expires.filter(|end| *end > now) {
        Some(end) => format!(
            "it replaces {}, which ends {end}: paste the new one into the identity provider before that",
            old.key_id
        ),
        None => format!("it replaces {}, which has ended", old.key_id),
    }
}

/// The only output with a secret, made where the token is made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct New<'a> {
    token: &'a str,
    org: &'a Slug,
    tenant_url: Option<String>,
    #[serde(flatten)]
    row: Shape<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<Shape<'a>>,
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| match Token::parse(text) {
        Ok(whole) => format!("this is a whole token; give its key id alone: {}", whole.key_id()),
        Err(_) => "a key id has 12 letters and digits; `provost token list` shows them".to_owned(),
    })
}
