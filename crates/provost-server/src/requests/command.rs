//! `provost audit requests`.

use super::{Request, RequestStore};
use crate::audit::is_id;
use crate::cli::common::Json;
use crate::clock;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, say, table};
use crate::slug::Slug;
use crate::storage::Storage;
use serde_json::{Value, json};

/// Which requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// Only those with this request ID, each with its body: as `provost audit list` shows it, and the answer's X-Request-Id
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// How many at most: up to 1000
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Only what came before this ID of the list: for the next page, the last one of this page
    #[arg(long, value_name = "ID", value_parser = id)]
    before: Option<String>,
}

pub(crate) async fn list(storage: &Storage, slug: &Slug, wanted: Wanted, json: Json) -> Result<(), Failure> {
    let tenant = storage.organisation(slug).await?.tenant;
    let is_one = wanted.request.is_some();
    let found =
        storage.kept_requests(tenant, wanted.request, wanted.before, wanted.limit, clock::now()).await?;
    if json.json {
        return Ok(print_json(&found.iter().map(as_json).collect::<Vec<_>>())?);
    }
    if is_one {
        let told: Vec<String> = found.iter().map(told).collect();
        return Ok(print(&told.join("\n\n"))?);
    }
    let rows: Vec<_> = found.iter().map(row).collect();
    print(&table(["TIME", "TOKEN", "REQUEST", "STATUS", "WHY", "REQUEST ID", "ID"], &rows))?;
    if let Some(last) = found.last().filter(|_| found.len() == usize::from(wanted.limit)) {
        say(format_args!("there may be more: repeat the command with `--before {}`", last.id));
    }
    Ok(())
}

fn as_json(request: &Request) -> Value {
    let parsed =
        |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let whole = parsed(&request.whole).map(|whole| {
        let of = |name: &str| whole.get(name).cloned().unwrap_or_default();
        let body = of("body").as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
        json!({ "target": of("target"), "body": body, "bodyEnds": of("ends") })
    });
    json!({
        "id": request.id, "at": request.at.to_string(), "requestId": request.request_id, "keyId": request.key_id,
        "method": request.method, "target": request.target, "status": request.status,
        "refusals": request.refusals, "notes": request.notes,
        "shape": parsed(&request.shape), "shapeEnds": request.shape_ends, "values": whole,
    })
}

/// Why somebody may look at it: the first sentence, and what was left out.
fn why(request: &Request) -> Vec<String> {
    let refusals = request.refusals.as_array().into_iter().flatten();
    let sentences = refusals.filter_map(|refusal| refusal.get("sentence")?.as_str().map(str::to_owned));
    let dropped = request.notes.get("dropped").and_then(Value::as_array).into_iter().flatten();
    let dropped: Vec<&str> = dropped.filter_map(Value::as_str).collect();
    let left_out = (!dropped.is_empty()).then(|| format!("left out: {}", dropped.join(", ")));
    let skipped = request.notes.get("skippedCount").map(|count| format!("members who do not exist: {count}"));
    sentences.chain(left_out).chain(skipped).collect()
}

fn row(request: &Request) -> [String; 7] {
    let why = why(request);
    let more = why.len().saturating_sub(1);
    let first = why.into_iter().next().unwrap_or_default();
    [
        request.at.to_string(),
        request.key_id.clone(),
        format!("{} {}", request.method, request.target),
        request.status.to_string(),
        if more == 0 { first } else { format!("{first} (and {more} more)") },
        request.request_id.clone(),
        request.id.clone(),
    ]
}

/// All that is known of one, over several lines.
fn told(request: &Request) -> String {
    let rules = request.notes.get("rules").and_then(Value::as_array).into_iter().flatten();
    let rules: Vec<&str> = rules.filter_map(Value::as_str).collect();
    let rules = (!rules.is_empty()).then(|| format!("rules of the profile: {}", rules.join(", ")));
    let shape = request.shape.as_deref().map(|text| format!("\n{}", pretty(text)));
    let ends = request.shape_ends.as_ref().map(|why| format!("({why})"));
    let whole = request.whole.as_deref().and_then(|whole| serde_json::from_str::<Value>(whole).ok());
    let whole = whole.map(|whole| {
        let text = |name: &str| whole.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("\nwith its values:\n{} {}\n{}", request.method, text("target"), pretty(&text("body")))
    });
    let head = [
        format!("{} {}", request.method, request.target),
        format!("{}, token {}, answered with {}", request.at, request.key_id, request.status),
    ];
    let lines = head.into_iter().chain(why(request)).chain(rules).chain(shape).chain(ends).chain(whole);
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON over several lines; anything else as it is.
fn pretty(text: &str) -> String {
    let parsed = serde_json::from_str::<Value>(text);
    parsed.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.to_owned())
}

fn id(text: &str) -> Result<String, String> {
    is_id(text)
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "an ID has 36 characters; the last column of the list shows it".to_owned())
}
