//! Every rule of the profiles, with the vector named in its table row: the answer differs with and without the rule.
//!
//! Seen to fail: with rules that did not note that they applied (created on no match, replaced as a whole, members left
//! out), with a rule covered by others, and with the vector of another rule.

use provost_core::compat::{RULES, Rule, RuleId};
use provost_core::value::{Value, parse_object};
use provost_core::{Object, Profile};
use provost_testing::body::patch;
use provost_testing::protocol::{Answer, BASE, Server, server};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn read(file: &str) -> Object {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance").join(file);
    parse_object(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"))).unwrap()
}

/// The directory before a golden exchange, made over SCIM; and the server's ids for those of `states.json`.
struct Stage {
    server: Server,
    states: Object,
    ids: BTreeMap<String, String>,
}

impl Stage {
    async fn set(profile: Profile, given: &Value) -> Self {
        let mut stage = Self { server: server(profile), states: read("states.json"), ids: BTreeMap::new() };
        stage.make(given).await;
        stage
    }

    async fn make(&mut self, given: &Value) {
        for step in given.elements() {
            match step {
                Value::String(name) => {
                    let steps = object(&self.states, "states").get(name).unwrap().clone();
                    Box::pin(self.make(&steps)).await;
                }
                step => self.step(step.as_object().unwrap()).await,
            }
        }
    }

    async fn step(&mut self, step: &Object) {
        if let Some(symbol) = step.str("create") {
            let known = step.get("as").and_then(Value::as_object);
            let known = known.unwrap_or_else(|| object(object(&self.states, "resources"), symbol));
            let mut body = object(known, "attributes").clone();
            for (name, value) in
                step.get("with").and_then(Value::as_object).into_iter().flat_map(Object::iter)
            {
                body.insert(name.as_str(), value.clone());
            }
            if let Some(members) = step.get("members") {
                let text = |m: &Value| format!("{{{{{}}}}}", m.as_str().unwrap());
                let of = |m: &Value| Value::from(Object::from_iter([("value", text(m))]));
                body.insert("members", members.elements().iter().map(of).collect::<Vec<_>>());
            }
            let endpoint = format!("{}s", known.str("type").unwrap());
            let literal = known.str("id").map(str::to_owned);
            let id = self.server.make(&endpoint, &self.named(&body.to_string())).await;
            self.ids.extend(literal.map(|l| (l, id.clone())));
            self.ids.insert(format!("{{{{{symbol}}}}}"), id);
        } else if let Some(symbol) = step.str("disable") {
            let body = patch(r#"{"op":"replace","path":"active","value":false}"#);
            let path = self.named(&format!("/Users/{{{{{symbol}}}}}"));
            assert!(self.server.send("PATCH", &path, &body).await.response.status < 300);
        } else {
            panic!("no test of a rule starts from {step}");
        }
    }

    fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.replace("{{base}}", BASE), |text, (name, id)| text.replace(name, id))
    }

    /// The result of an exchange's request: status, body, and the users and groups afterwards.
    async fn play(&self, request: &Object) -> (Answer, String) {
        let target = self.named(request.str("path").unwrap());
        let body = match request.get("body") {
            Some(Value::String(text)) => text.clone(),
            Some(body) => self.named(&body.to_string()),
            None => String::new(),
        };
        let media = request.get("headers").and_then(Value::as_object).and_then(|h| h.str("Content-Type"));
        let method = request.str("method").unwrap();
        let media = media.filter(|_| !body.is_empty());
        let answer = self.server.send_with(method, &target, &body, |r| r.content_type = media).await;
        let users = self.server.send("GET", "/Users", "").await.text;
        let groups = self.server.send("GET", "/Groups", "").await.text;
        let seen = format!("{} {}\n{users}\n{groups}", answer.response.status, answer.text);
        (answer, seen)
    }
}

fn object<'a>(of: &'a Object, name: &str) -> &'a Object {
    of.get(name).and_then(Value::as_object).unwrap_or_else(|| panic!("no {name} in {of}"))
}

/// A profile that has the rule.
fn home(rule: &Rule) -> Profile {
    let of =
        [(rule.entra, Profile::entra()), (rule.okta, Profile::okta()), (rule.interop, Profile::interop())];
    of.into_iter().find(|(on, _)| *on).unwrap_or_else(|| panic!("{} is on nowhere", rule.name)).1
}

#[tokio::test]
async fn the_vector_of_a_rule_is_answered_otherwise_without_it() {
    let mut faults = Vec::new();
    for rule in RULES {
        let exchange = read(&format!("{}.json", rule.vector));
        let none = Value::from(Vec::<Value>::new());
        let given = exchange.get("given").unwrap_or(&none);
        let mut shown = false;
        let mut answers = Vec::new();
        // a rule needs others in some requests, and is covered by others in some
        for with in [home(rule), Profile::strict().with(rule.id)] {
            let without = with.clone().without(rule.id);
            let (yes, with) = Stage::set(with, given).await.play(object(&exchange, "request")).await;
            let (no, without) = Stage::set(without, given).await.play(object(&exchange, "request")).await;
            // what a rule forgives succeeds, with a note; only the rule about duplicate group names refuses
            let said = yes.response.status < 300 && yes.outcome.notes.has(rule.id);
            shown |= with != without && (said || rule.id == RuleId::GroupNameUnique);
            answers.extend([yes.text, no.text]);
        }
        if !shown {
            faults.push(format!("{}: {} is answered {answers:?}", rule.name, rule.vector));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
