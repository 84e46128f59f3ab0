//! Checks that there is a SCIM server at the base URL that accepts the token, before hundreds of cases fail for one
//! reason.

use crate::Error;
use crate::http::{Client, NoResponse, Request, Response};
use crate::matcher::cut;

/// The options that supply the token.
pub(crate) const TOKEN: &str = "`--token` or `--token-file`";
/// The option that supplies the other tenant's token.
pub(crate) const OTHER_TOKEN: &str = "`--other-tenant-token`";

/// Every client asks for users, and no server answers that to an unknown client.
const LIST: &str = "/Users?count=1";
/// RFC 7644 §4: every server has it, and many show it to anybody.
const CONFIGURATION: &str = "/ServiceProviderConfig";

/// Whether a server can be judged. One that answers wrongly can; one that is absent, does not speak SCIM or refuses the
/// token cannot. `option` names the option to change the token.
///
/// # Errors
/// What is there instead, in one line that says what to do.
pub(crate) fn check(client: &Client, option: &str) -> Result<(), Error> {
    let list = let_in(client, option)?;
    let is_found = list.status != 404 && is_scim(&list);
    if is_found || is_configured(client) { Ok(()) } else { Err(stranger(client, &list)) }
}

/// Checks that there is an HTTP server that does not refuse the token. Returns its answer to a request for users.
///
/// # Errors
/// As for [`check`].
pub(crate) fn let_in(client: &Client, option: &str) -> Result<Response, Error> {
    let base_url = client.target().base_url();
    let redact = |text: &str| client.target().redact(text);
    let list = client.send_patiently(&Request::get(LIST));
    let (list, _) = list.map_err(|error| unreachable(base_url, &error))?;
    let why = match (list.status, list.header("location")) {
        (401 | 403, _) => {
            let said = redact(&detail(&list));
            let advice =
                format!("give one that is valid there, of an organisation of its own, with {option}");
            format!("{base_url} refuses the token with {}{said}: {advice}", list.status)
        }
        (429, _) => {
            let advice = "raise the server's limit of requests per second";
            format!("{base_url} answers 429 to the first request already, however long one waits: {advice}")
        }
        (300..=399, Some(location)) => {
            let advice = "`--base-url` takes the URL behind the redirect";
            format!("{base_url}/Users redirects to {}: {advice}", redact(&location))
        }
        _ => return Ok(list),
    };
    Err(Error::Server { why })
}

/// Whether the server no longer answers.
pub(crate) fn is_gone(client: &Client) -> bool {
    client.send(&Request::get(CONFIGURATION)).is_err()
}

fn is_configured(client: &Client) -> bool {
    let answer = client.send_patiently(&Request::get(CONFIGURATION));
    answer.is_ok_and(|(answer, _)| answer.status == 200 && is_scim(&answer))
}

/// RFC 7643 §3: every SCIM message names its schemas.
fn is_scim(answer: &Response) -> bool {
    answer.json().is_some_and(|body| body.get("schemas").is_some_and(serde_json::Value::is_array))
}

fn unreachable(base_url: &str, error: &NoResponse) -> Error {
    let why = match error {
        NoResponse::Tls(why) => why.clone(),
        error => format!(
            "no server answers at {base_url}: {error}; is it running, and is `--base-url` right, http:// or https:// \
             included?"
        ),
    };
    Error::Server { why }
}

fn stranger(client: &Client, answer: &Response) -> Error {
    let kind = match answer.header("content-type") {
        _ if answer.body.is_empty() => "no body".into(),
        kind => kind.unwrap_or("a body of no type".into()),
    };
    let why = format!(
        "{}/Users answers {} with {kind}, so SCIM is not served there: `--base-url` is what comes before `/Users`, as \
         https://scim.example.com/scim/v2",
        client.target().base_url(),
        answer.status
    );
    Error::Server { why }
}

/// What a refusal says about itself, in parentheses.
fn detail(answer: &Response) -> String {
    let body = answer.json().unwrap_or_default();
    let detail = body.get("detail").and_then(serde_json::Value::as_str);
    let in_a_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    detail.map_or_else(String::new, |detail| format!(" ({})", cut(&in_a_line(detail), 200)))
}
