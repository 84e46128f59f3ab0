//! `provost sso`.

use super::reader::Reader;
use super::{
    Amiss, Change, Connection, Due, Head, RequireStore, SignOn, SignOnStore, Standing, TestStore, Trusted,
    Unanswered, awaited, called, certificates, unread, written,
};
use crate::audit::By;
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::clock;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::outbound::Outbound;
use crate::output::{print, print_json};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use data_encoding::HEXUPPER;
use provost_saml::{Certificate, HttpsUrl, Metadata};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the metadata of an identity provider as single sign-on does, and print what it says
    Metadata {
        /// Its https address, in Entra ID the App Federation Metadata Url; or a file
        source: String,
        #[command(flatten)]
        json: Json,
    },
    /// Read the metadata of an organisation again now, as the server does every hour
    Read {
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Let passwords open an organisation again that requires single sign-on; its owners are told
    Unrequire {
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// How single sign-on of an organisation stands, and what its last test sign-in came to
    Doctor {
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Metadata { source, json } => metadata(source, json, installation).await,
        Command::Read { org } => read_again(&org, installation).await,
        Command::Unrequire { org } => unrequire(&org, installation).await,
        Command::Doctor { org, json } => doctor(&org, json, installation).await,
    }
}

async fn read_again(org: &OfOrganisation, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let outbound = Outbound::open(&installation.config()?.outbound)?;
    let tenant = storage.organisation(&org.slug).await?.tenant;
    let Some(current) = storage.sign_on(tenant).await?.in_force else {
        return Ok(print("nothing to do: no identity provider is in force there")?);
    };
    let Some(address) = current.provider.address else {
        return Ok(print(
            "nothing to do: its metadata was pasted; when it changes, paste it again on the page of single sign-on",
        )?);
    };
    let due = Due { tenant, connection: current.id, address };
    // the settings of this command are not always those of the server, so what they forbid is not noted as wrong
    let came = match outbound.fetch(&due.address).await {
        Err(error) if error.is_ours() => {
            let why = "nothing was noted, since the server may have other settings than this command";
            return Err(Failure::Reading(format!("the metadata was not fetched: {error}; {why}")));
        }
        came => came,
    };
    let changes = Reader { storage: storage.clone(), outbound }.note(due, came, By::operator().actor).await?;
    let mut lines: Vec<String> = changes.iter().map(changed).collect();
    let trouble = storage.sign_on(tenant).await?.in_force.and_then(|current| current.trouble);
    match trouble.map(|trouble| trouble.amiss) {
        Some(amiss @ (Amiss::Unread(_) | Amiss::Entity(_))) => {
            if !lines.is_empty() {
                print(&lines.join("\n"))?;
            }
            return Err(Failure::Reading(wrong(&amiss)));
        }
        Some(amiss) => lines.push(wrong(&amiss)),
        None if lines.is_empty() => lines.push("nothing has changed".to_owned()),
        None => {}
    }
    print(&lines.join("\n"))?;
    Ok(())
}

fn changed(change: &Change) -> String {
    let (certificate, word) = match change {
        Change::Trusted(one) => (one, "is new, and trusted from now on"),
        Change::Gone(one) => (one, "is not in the metadata any more: trust in it ends in 24 hours"),
        Change::Back(one) => (one, "is in the metadata again, and stays trusted"),
        Change::Ended(one) => (one, "is trusted no longer"),
    };
    format!("certificate {} {word}", pairs(certificate))
}

fn wrong(amiss: &Amiss) -> String {
    format!("{}: {}", amiss.what(), amiss.follows())
}

async fn unrequire(org: &OfOrganisation, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let tenant = storage.organisation(&org.slug).await?.tenant;
    print(match storage.unrequire_sign_on(By::operator(), tenant, None).await? {
        true => "passwords open the organisation again; its owners are told",
        false => "nothing to do: single sign-on is not required there",
    })?;
    Ok(())
}

async fn doctor(
    org: &OfOrganisation,
    Json { json }: Json,
    installation: &Installation,
) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let (organisation, now) = (storage.organisation(&org.slug).await?, clock::now());
    let tenant = organisation.tenant;
    let (found, report) = (storage.sign_on(tenant).await?, storage.last_report(tenant, now).await?);
    let report = report.map(|(_, report)| report);
    let unanswered = awaited(storage.unanswered_test(tenant, now).await?, &found, report.as_ref());
    if json {
        let begun = unanswered.as_ref().map(|test| json!({ "at": test.at.to_string(), "by": test.by }));
        return Ok(print_json(&json!({
            "state": state(&found),
            "connection": found.in_force.as_ref().or(found.draft.as_ref()).map(connection_as_json),
            "unansweredTest": begun,
            "lastTest": report,
        }))?);
    }
    let head = Head { organisation: &organisation.name, slug: &organisation.slug, but: None };
    let report = report.map(|report| written(&report, head));
    Ok(print(&standing(&found, unanswered.as_ref(), report.as_deref()))?)
}

/// The word for how far the set-up is.
fn state(found: &SignOn) -> &'static str {
    match found.in_force.as_ref().map(|current| &current.standing) {
        Some(Standing::On { emergency: Some(_), .. }) => "required",
        Some(Standing::On { .. }) => "on",
        Some(Standing::Tested(_)) => "tested",
        Some(Standing::Draft) | None if found.draft.is_some() => "draft",
        Some(Standing::Draft) | None => "none",
    }
}

fn standing(found: &SignOn, unanswered: Option<&Unanswered>, report: Option<&str>) -> String {
    let mut lines = vec![format!("single sign-on  {}", state(found))];
    if found.in_force.is_some() && found.draft.is_some() {
        lines.push("                a draft lies beside it, which was not tested".to_owned());
    }
    // the connection in force, else the draft
    if let Some(shown) = found.in_force.as_ref().or(found.draft.as_ref()) {
        lines.extend(of_connection(shown));
    }
    if let Some(test) = unanswered {
        lines.push(format!("test begun      {} by {}; no answer has come", test.at, test.by));
        lines.push(
            "                if it did not end on a page of the identity provider that says why, the Reply URL (ACS URL) there leads \
             elsewhere"
                .to_owned(),
        );
    }
    match (report, unanswered) {
        (Some(report), Some(_)) => {
            lines.push(format!("\nThe last report is of an earlier test.\n{}", report.trim_end()))
        }
        (Some(report), None) => lines.push(format!("\n{}", report.trim_end())),
        (None, _) => lines.push("last report     none in the last 24 hours".to_owned()),
    }
    lines.join("\n")
}

fn of_connection(shown: &Connection) -> Vec<String> {
    let provider = &shown.provider;
    let mut lines = vec![format!("provider        {}", called(provider))];
    lines.push(format!("entity ID       {}", provider.entity_id));
    lines.push(match &provider.address {
        Some(address) => format!("metadata        {address}\n                read {}", provider.read),
        None => format!("metadata        pasted {}", provider.read),
    });
    let of = if shown.map.id.is_empty() { "NameID" } else { &shown.map.id };
    lines.push(format!(
        "IdP User ID     {of}\n                compared with {}",
        shown.map.compared.attribute()
    ));
    if let Some(trouble) = &shown.trouble {
        lines.push(format!("                wrong since {}: {}", trouble.since, wrong(&trouble.amiss)));
    }
    for (trusted, one) in certificates(provider) {
        lines.push(format!("certificate     {}", fingerprint(&one)));
        let ends =
            format!("                until {}, first seen {}", time(one.not_after()), trusted.first_seen);
        let leaves = trusted.leaves().map(|leaves| format!(", not in the metadata: trusted until {leaves}"));
        lines.push(ends + &leaves.unwrap_or_default());
    }
    let expired = if shown.refuses_expired { "refused" } else { "accepted" };
    lines.push(format!("if one ended    {expired}"));
    lines
}

fn connection_as_json(shown: &Connection) -> Value {
    let certificate = |(trusted, one): (&Trusted, Certificate)| {
        json!({
            "sha256": fingerprint(&one),
            "notBefore": time(one.not_before()),
            "notAfter": time(one.not_after()),
            "firstSeen": trusted.first_seen.to_string(),
            "trustEnds": trusted.leaves().map(|leaves| leaves.to_string()),
        })
    };
    let trouble = shown.trouble.as_ref().map(|trouble| {
        let (kind, _) = trouble.amiss.columns();
        json!({ "kind": kind, "since": trouble.since.to_string(), "what": wrong(&trouble.amiss) })
    });
    json!({
        "provider": called(&shown.provider),
        "entityId": shown.provider.entity_id,
        "address": shown.provider.address,
        "read": shown.provider.read.to_string(),
        "trouble": trouble,
        "idpUserId": shown.map.id,
        "comparedWith": shown.map.compared.attribute(),
        "refusesExpired": shown.refuses_expired,
        "certificates": certificates(&shown.provider).into_iter().map(certificate).collect::<Vec<_>>(),
    })
}

async fn metadata(source: String, Json { json }: Json, installation: &Installation) -> Result<(), Failure> {
    let bytes = match source.contains("://") {
        true => Outbound::open(&installation.config()?.outbound)?.fetch(&source).await?,
        false => read(PathBuf::from(source))?,
    };
    let now = DateTime::from_timestamp_millis(clock::now().as_millis()).unwrap_or_default();
    let metadata =
        Metadata::parse(&bytes, now).map_err(|refusal| Failure::NotMetadata(unread(&bytes, &refusal)))?;
    match json {
        true => print_json(&as_json(&metadata))?,
        false => print(&in_words(&metadata))?,
    }
    Ok(())
}

fn read(file: PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(&file).map_err(|error| Failure::Metadata { file, what: error.to_string() })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As Entra and OpenSSL write it: `AB:CD:...`.
fn fingerprint(certificate: &Certificate) -> String {
    pairs(&certificate.fingerprint())
}

fn pairs(fingerprint: &[u8; 32]) -> String {
    let hex = HEXUPPER.encode(fingerprint);
    hex.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":")
}

fn as_json(metadata: &Metadata) -> Value {
    let certificate = |one: &Certificate| {
        json!({
            "sha256": fingerprint(one),
            "notBefore": time(one.not_before()),
            "notAfter": time(one.not_after()),
        })
    };
    json!({
        "entityId": metadata.entity_id,
        "tenant": metadata.tenant.map(|tenant| tenant.to_string()),
        "signOn": metadata.sso_url.as_str(),
        "logout": metadata.logout_url.as_ref().map(HttpsUrl::as_str),
        "certificates": metadata.certificates.iter().map(certificate).collect::<Vec<_>>(),
        "validUntil": metadata.valid_until.map(time),
    })
}

fn in_words(metadata: &Metadata) -> String {
    let mut lines = vec![format!("entity ID     {}", metadata.entity_id)];
    lines.extend(metadata.tenant.map(|tenant| format!("Entra tenant  {tenant}")));
    lines.push(format!("sign-on       {}", metadata.sso_url));
    lines.extend(metadata.logout_url.as_ref().map(|url| format!("logout        {url}")));
    for one in &metadata.certificates {
        lines.push(format!("certificate   {}", fingerprint(one)));
        lines.push(format!("              from {} until {}", time(one.not_before()), time(one.not_after())));
    }
    lines.extend(metadata.valid_until.map(|until| format!("valid until   {}", time(until))));
    lines.join("\n")
}
