//! A case being played: the values of its names, what it created, and its transcript so far.

use super::created::created_by;
use super::plan::PlannedCase;
use super::{Options, Player};
use crate::bindings::{Bindings, Encoding};
use crate::case_result::{CaseResult, Outcome, TranscriptEntry};
use crate::data::{AfterSending, BodyTemplate, Data, Piece, RequestTemplate, States, Template};
use crate::http::{Client, NoResponse, Request, Response, Target};
use crate::matcher::{Difference, cut};
use crate::observer::Observer;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};

/// How many characters of a body a report shows.
const SHOWN_MAX: usize = 4_000;

/// The headers of an answer that a report shows.
const TELLING_HEADERS: [&str; 6] =
    ["content-type", "location", "etag", "www-authenticate", "allow", "retry-after"];

pub(super) struct Case<'a> {
    pub(super) client: Client,
    pub(super) options: &'a Options,
    pub(super) states: &'a States,
    pub(super) observer: Option<&'a dyn Observer>,
    pub(super) bindings: Bindings,
    /// Paths of resources to delete at the end.
    pub(super) created: Vec<String>,
    pub(super) differences: Vec<Difference>,
    pub(super) notes: Vec<String>,
    transcript: Vec<TranscriptEntry>,
}

impl<'a> Case<'a> {
    pub(super) fn new(player: &'a Player, data: &'a Data, observer: Option<&'a dyn Observer>) -> Self {
        Self::over(player.client.clone(), player, data, observer)
    }

    /// The same with a client of its own.
    pub(super) fn over(
        client: Client,
        player: &'a Player,
        data: &'a Data,
        observer: Option<&'a dyn Observer>,
    ) -> Self {
        let prototypes = data.states.resources.iter();
        let fixtures = prototypes
            .filter_map(|(symbol, prototype)| Some((symbol.clone(), prototype.id.clone()?)))
            .collect();
        Self {
            bindings: Bindings::new(client.target().clone(), fixtures, !player.options.exact),
            client,
            options: &player.options,
            states: &data.states,
            observer,
            created: Vec::new(),
            differences: Vec::new(),
            notes: Vec::new(),
            transcript: Vec::new(),
        }
    }

    /// Switches to another base URL.
    pub(super) fn move_to(&mut self, base_url: &str) -> Result<(), Difference> {
        let moved = self.client.target().moved(base_url);
        let target = moved.map_err(|error| Difference::new("restart", "a base URL", error.to_string()))?;
        self.client = self.client.towards(target.clone());
        self.bindings.retarget(target);
        Ok(())
    }

    /// Everything recorded since the last result, as the next one.
    pub(super) fn result(&mut self, planned: PlannedCase) -> CaseResult {
        let differences = std::mem::take(&mut self.differences);
        CaseResult {
            outcome: if differences.is_empty() { Outcome::Passed } else { Outcome::Failed },
            differences,
            transcript: std::mem::take(&mut self.transcript),
            notes: std::mem::take(&mut self.notes),
            ..planned.not_played()
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A request with its names filled in.
    pub(super) fn prepare(&self, request: &RequestTemplate) -> Result<Request, Difference> {
        self.fill_request(request).map_err(|why| Difference::new("request", "a request to send", why))
    }

    fn fill_request(&self, request: &RequestTemplate) -> Result<Request, String> {
        let path = request.path.render(&|part| self.bindings.fill(part, Encoding::Url))?;
        let plain = |part: &str| self.bindings.fill(part, Encoding::Plain);
        let body = match &request.body {
            None => None,
            Some(BodyTemplate::Text(text)) => Some(text.render(&plain)?),
            Some(BodyTemplate::Json(json)) => {
                let filled = json.map_strings(&plain)?;
                Some(serde_json::to_vec(&filled).map_err(|error| error.to_string())?)
            }
        };
        let header = |(name, value): (&String, &Template)| {
            let name = HeaderName::try_from(name).map_err(|error| format!("header `{name}`: {error}"))?;
            let value = HeaderValue::try_from(value.render(&plain)?);
            Ok((name.clone(), value.map_err(|error| format!("header `{name}`: {error}"))?))
        };
        let headers = request.headers.as_ref();
        let headers = headers.map(|headers| headers.iter().map(header).collect::<Result<_, String>>());
        let method =
            request.method.parse().map_err(|error| format!("method `{}`: {error}", request.method))?;
        let path = String::from_utf8(path).map_err(|error| format!("a path that is no text: {error}"))?;
        Ok(Request { method, path, headers: headers.transpose()?, body: body.map(Bytes::from) })
    }

    /// Sends a request and records it and its answer.
    pub(super) fn call(&mut self, purpose: &'static str, sent: &Request) -> Result<Response, Difference> {
        self.try_call(purpose, sent)
            .map_err(|error| Difference::new("answer", "an answer", error.to_string()))
    }

    /// Sends one of the player's own requests, and records it only if it fails.
    pub(super) fn call_quietly(
        &mut self,
        purpose: &'static str,
        sent: &Request,
        accepted: &[u16],
    ) -> Result<Response, Difference> {
        let came = self.send(sent);
        match came {
            Ok(answer) if accepted.contains(&answer.status) => Ok(answer),
            came => {
                self.record_one(purpose, sent, &came);
                let accepted: Vec<String> = accepted.iter().map(u16::to_string).collect();
                let expected = format!("{} {} to answer {}", sent.method, sent.path, accepted.join(" or "));
                let actual = match came {
                    Ok(answer) => format!("status {}", answer.status),
                    Err(error) => error.to_string(),
                };
                Err(Difference::new(purpose, expected, actual))
            }
        }
    }

    /// Writes bytes unchanged to a socket; returns all answers if `all` is set, otherwise the first.
    pub(super) fn call_raw(
        &mut self,
        pieces: &[Piece],
        then: AfterSending,
        all: bool,
    ) -> Result<Vec<Response>, NoResponse> {
        let came = self.client.send_raw(pieces, then, all);
        let bytes: Vec<u8> = pieces.iter().flat_map(|piece| &piece.bytes).copied().collect();
        self.record("raw bytes", &String::from_utf8_lossy(&bytes), came.as_deref());
        came
    }

    /// Sends a request and records whatever happens, including no answer.
    pub(super) fn try_call(&mut self, purpose: &'static str, sent: &Request) -> Result<Response, NoResponse> {
        let came = self.send(sent);
        self.record_one(purpose, sent, &came);
        came
    }

    fn send(&mut self, sent: &Request) -> Result<Response, NoResponse> {
        let (answer, waited) = self.client.send_patiently(sent)?;
        if waited {
            self.note("the server answered 429; the player waited as asked and sent it again");
        }
        self.created.extend(created_by(sent, &answer));
        Ok(answer)
    }

    fn record_one(&mut self, purpose: &'static str, sent: &Request, came: &Result<Response, NoResponse>) {
        let sent = shown_request(self.client.target(), sent);
        self.record(purpose, &sent, came.as_ref().map(std::slice::from_ref));
    }

    fn record(&mut self, purpose: &'static str, sent: &str, came: Result<&[Response], &NoResponse>) {
        let came = match came {
            Ok(answers) => answers.iter().map(shown_answer).collect::<Vec<_>>().join("\n"),
            Err(error) => error.to_string(),
        };
        let target = self.client.target();
        let [sent, came] = [sent, &came].map(|text| printable(&cut(&target.redact(text), SHOWN_MAX)));
        self.transcript.push(TranscriptEntry { purpose, sent, came });
    }
}

/// Escapes the bytes of hostile requests, which must not reach a terminal unchanged.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '\r' => {}
            c if c.is_control() && c != '\n' => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

fn shown_request(target: &Target, sent: &Request) -> String {
    let mut text = format!("{} {}\n", sent.method, sent.path);
    for (name, value) in &target.headers(sent) {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    }
    text.push_str(&String::from_utf8_lossy(sent.body.as_deref().unwrap_or_default()));
    text
}

fn shown_answer(answer: &Response) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in answer.headers.iter().filter(|(name, _)| TELLING_HEADERS.contains(&name.as_str())) {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    }
    text.push_str(&String::from_utf8_lossy(&answer.body));
    text
}
