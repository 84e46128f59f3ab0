//! `conformance/errors.json`: one refusal of each kind, in the words that `docs/errors.md` shows.
//!
//! Seen to fail: with a word of a detail changed, with a kind left out, and with a status of the table altered.

use crate::server::{Server, Setup};
use provost_core::value::parse_object;
use provost_core::{ErrorKind, Object, Value};
use provost_provider::{CursorKey, Cursors};
use provost_testing::http::Answer;
use std::path::Path;
use std::time::Duration;

fn vectors() -> Vec<Object> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/errors.json");
    let file = parse_object(&std::fs::read_to_string(file).unwrap()).unwrap();
    objects(&file, "errors").cloned().collect()
}

fn objects<'a>(of: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    of.get(name).map_or(&[][..], Value::elements).iter().map(|v| v.as_object().unwrap())
}

fn whole(of: &Object, name: &str) -> Option<i64> {
    of.get(name)?.as_number()?.as_i64()
}

fn number(of: &Object, name: &str) -> Option<usize> {
    whole(of, name).map(|n| usize::try_from(n).unwrap())
}

/// Everything that is off by default is on, with small limits, so that each kind can be provoked.
fn server(later_s: usize) -> (Server, impl Fn()) {
    let mut setup = Setup::new();
    setup.settings.root_query = true;
    setup.settings.root_results = 2;
    setup.settings.cursors = Some(Cursors::new(CursorKey::new([7; 32])));
    let clock = setup.clock();
    let server = setup.start(|scim| scim.body_deadline(Duration::from_secs(1)));
    (server, move || clock.pass(later_s))
}

/// `$name` in a path is a member of the previous answer.
fn named(path: &str, before: Option<&Answer>) -> String {
    let Some((head, rest)) = path.split_once('$') else { return path.to_owned() };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (name, tail) = rest.split_at(end);
    format!("{head}{}{tail}", before.unwrap().text(name))
}

fn play(server: &Server, request: &Object, before: Option<&Answer>) -> Answer {
    let (method, path) = request.str("send").unwrap().split_once(' ').unwrap();
    let path = named(path, before);
    let body = request.get("body").map(Value::to_string).unwrap_or_default();
    let listed = request.get("headers").map_or(&[][..], Value::elements);
    let mut headers: Vec<String> = listed.iter().map(|h| h.as_str().unwrap().to_owned()).collect();
    headers.push(format!("Authorization: Bearer {}", request.str("as").unwrap_or("secret")));
    if !body.is_empty() && !headers.iter().any(|h| h.starts_with("Content-Type")) {
        headers.push("Content-Type: application/scim+json".to_owned());
    }
    if let Some(letters) = number(request, "padding") {
        headers.push(format!("X-Padding: {}", "x".repeat(letters)));
    }
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    server.send_with(&format!("{method} /scim/v2{path}"), &headers, &body)
}

/// The error that came: the answer itself, or that of one operation.
fn error(vector: &Object, answer: &Answer) -> Object {
    let body = parse_object(&answer.body).unwrap();
    let Some(n) = number(vector, "operation") else {
        assert_eq!(body.str("status"), Some(answer.status.to_string().as_str()));
        return body;
    };
    let operation = objects(&body, "Operations").nth(n - 1).unwrap();
    operation.get("response").and_then(Value::as_object).unwrap().clone()
}

// R-7644-3.12-01, R-7644-3.12-03
#[test]
fn each_example_is_what_the_server_says() {
    let mut wrong = Vec::new();
    for vector in vectors() {
        let (server, pass) = server(number(&vector, "later_s").unwrap_or_default());
        let mut last = None;
        for request in objects(&vector, "before") {
            let answer = play(&server, request, last.as_ref());
            assert!(answer.status < 300, "{request:?}: {}", answer.body);
            last = Some(answer);
        }
        pass();
        let found = error(&vector, &play(&server, &vector, last.as_ref()));
        let wanted = vector.get("answer").and_then(Value::as_object).unwrap();
        let status = whole(wanted, "status").unwrap().to_string();
        let same = found.str("status") == Some(status.as_str())
            && ["scimType", "detail"].iter().all(|name| found.str(name) == wanted.str(name));
        if !same {
            wrong.push(format!("{}: {found}", vector.str("kind").unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_has_its_example() {
    let vectors = vectors();
    let named: Vec<&str> = vectors.iter().map(|v| v.str("kind").unwrap()).collect();
    let all: Vec<String> = ErrorKind::ALL.iter().map(|kind| format!("{kind:?}")).collect();
    assert_eq!(named, all);
    for (vector, kind) in vectors.iter().zip(ErrorKind::ALL) {
        let answer = vector.get("answer").and_then(Value::as_object).unwrap();
        let status = whole(answer, "status");
        assert_eq!(
            (status, answer.str("scimType")),
            (Some(kind.status().into()), kind.scim_type()),
            "{kind:?}"
        );
    }
}
