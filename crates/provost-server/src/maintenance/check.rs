//! `provost check`: whether the tables are consistent, and what a person should look at.

use super::findings;
use crate::cli::common::Prepared;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::organisations::{Organisation, OrganisationStore};
use crate::output::{print, print_json};
use crate::storage;
use provost::unstable::diesel::Finding;
use serde_json::{Value, json};

/// How many findings of each kind are listed.
const LIMIT: usize = 1_000;

pub(crate) async fn run(prepared: &Prepared, installation: &Installation) -> Result<(), Failure> {
    let schemas = installation.schemas(prepared)?;
    let storage = storage::open(&installation.database(), &installation.pooling()?, Some(&schemas)).await?;
    let (faults, notices) = (storage.check(schemas, LIMIT).await?, storage.notices(LIMIT).await?);
    let (organisations, advice) = (storage.organisations().await?, findings::of_the_file(&storage).await?);
    if prepared.json.json {
        let all = |found: &[Finding]| found.iter().map(|f| shape(f, &organisations)).collect::<Vec<_>>();
        let of_the_file =
            advice.map(|what| json!({ "organisation": null, "type": null, "id": null, "what": what }));
        let notices: Vec<Value> = of_the_file.into_iter().chain(all(&notices)).collect();
        print_json(&json!({ "faults": all(&faults), "notices": notices }))?;
    } else {
        let of_the_file = advice.map(|what| format!("notice: {what}\n")).unwrap_or_default();
        print(&(of_the_file + &text(&faults, &notices, &organisations)))?;
    }
    match faults.len() {
        0 => Ok(()),
        n => Err(Failure::Faults(n)),
    }
}

fn text(faults: &[Finding], notices: &[Finding], organisations: &[Organisation]) -> String {
    let line = |kind: &str, f: &Finding| format!("{kind}: {}", findings::line(f, organisations));
    let mut lines: Vec<String> = faults.iter().map(|f| line("fault", f)).collect();
    lines.extend(notices.iter().map(|f| line("notice", f)));
    if [faults, notices].iter().any(|found| found.len() == LIMIT) {
        lines.push(format!("only the first {LIMIT} of each kind are listed"));
    }
    if faults.is_empty() {
        lines.push("no faults".to_owned());
    }
    lines.join("\n")
}

fn shape(f: &Finding, organisations: &[Organisation]) -> Value {
    json!({
        "organisation": findings::slug(f, organisations),
        "type": f.resource.as_ref().map(|(kind, _)| kind),
        "id": f.resource.as_ref().map(|(_, id)| id.as_str()),
        "what": f.what,
    })
}
