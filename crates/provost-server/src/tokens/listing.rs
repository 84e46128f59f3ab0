//! Lists of tokens, for people and for programs: everything but the secrets.

use super::{KeyId, Maker, Person, TokenRow};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::output::table;
use serde::Serialize;
use std::collections::HashMap;

/// The tokens of an organisation, and the people who made some of them.
pub(super) struct List {
    pub(super) tokens: Vec<TokenRow>,
    pub(super) people: HashMap<AccountId, Person>,
    pub(super) now: Timestamp,
}

const HEADINGS: [&str; 10] = [
    "KEY ID",
    "LABEL",
    "STATE",
    "CREATED",
    "EXPIRES",
    "LAST USED",
    "RIGHTS",
    "MADE BY",
    "ROTATED TO",
    "LAST REFUSED",
];

impl List {
    pub(super) fn table(&self) -> String {
        let rows: Vec<_> = self.tokens.iter().map(|token| self.row(token)).collect();
        table(HEADINGS, &rows)
    }

    pub(super) fn shapes(&self) -> Vec<Shape<'_>> {
        self.tokens.iter().map(|token| shape(token, self.person(token), self.now)).collect()
    }

    fn person(&self, token: &TokenRow) -> Option<&Person> {
        match &token.maker {
            Some(Maker::Account(id)) => self.people.get(id),
            _ => None,
        }
    }

    fn row(&self, t: &TokenRow) -> [String; 10] {
        let or_never = |at: Option<Timestamp>| text(at).unwrap_or_else(|| "never".to_owned());
        [
            t.key_id.to_string(),
            t.label.clone(),
            t.state(self.now).as_str().to_owned(),
            t.created.to_string(),
            or_never(t.expires),
            or_never(t.last_used),
            if t.read_only { "read" } else { "read, write" }.to_owned(),
            t.maker.as_ref().map(|maker| made_by(maker, self.person(t))).unwrap_or_default(),
            t.rotated_to.as_ref().map(ToString::to_string).unwrap_or_default(),
            t.refusal.map(|refusal| format!("{} ({})", refusal.at, refusal.reason)).unwrap_or_default(),
        ]
    }
}

/// Who made a token, for people.
pub(crate) fn made_by(maker: &Maker, person: Option<&Person>) -> String {
    match (maker, person) {
        (Maker::Command(name), _) => name.clone(),
        (Maker::Account(_), Some(Person { name, is_here: true })) => name.clone(),
        (Maker::Account(_), Some(Person { name, is_here: false })) => format!("{name}, no longer here"),
        (Maker::Account(_), None) => "a person who is no longer here".to_owned(),
    }
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// A token as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shape<'a> {
    key_id: &'a str,
    label: &'a str,
    state: &'static str,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    last_used: Option<String>,
    read_only: bool,
    made_by: Option<MadeBy<'a>>,
    rotated_to: Option<&'a str>,
    last_refused: Option<Refused>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeBy<'a> {
    /// `command` or `person`.
    kind: &'static str,
    name: Option<&'a str>,
    /// For a person, whether they are still a member.
    is_here: Option<bool>,
}

#[derive(Serialize)]
struct Refused {
    at: String,
    reason: String,
}

pub(super) fn shape<'a>(t: &'a TokenRow, person: Option<&'a Person>, now: Timestamp) -> Shape<'a> {
    let made_by = |maker: &'a Maker| match maker {
        Maker::Command(name) => MadeBy { kind: "command", name: Some(name), is_here: None },
        Maker::Account(_) => MadeBy {
            kind: "person",
            name: person.map(|person| person.name.as_str()),
            is_here: Some(person.is_some_and(|person| person.is_here)),
        },
    };
    Shape {
        key_id: t.key_id.as_str(),
        label: &t.label,
        state: t.state(now).as_str(),
        created: t.created.to_string(),
        expires: text(t.expires),
        revoked: text(t.revoked),
        last_used: text(t.last_used),
        read_only: t.read_only,
        made_by: t.maker.as_ref().map(made_by),
        rotated_to: t.rotated_to.as_ref().map(KeyId::as_str),
        last_refused: t.refusal.map(|r| Refused { at: r.at.to_string(), reason: r.reason.word() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::row;
    use crate::tokens::{Reason, Refusal};
    use serde_json::{Value, json};

    fn list(maker: Option<Maker>) -> List {
        let refusal = Some(Refusal { at: Timestamp::from_millis(5_000), reason: Reason::CutOff(40) });
        let next = Some(row().key_id);
        let token = TokenRow { maker, refusal, read_only: true, rotated_to: next, ..row() };
        let person = |name: &str, is_here| Person { name: name.to_owned(), is_here };
        let people = [(AccountId(1), person("Maren", true)), (AccountId(2), person("Tobias", false))];
        List { tokens: vec![token], people: people.into(), now: Timestamp::from_millis(9_000) }
    }

    /// Seen to fail: with everybody shown as still here.
    #[test]
    fn who_made_a_token_is_named_and_whether_they_are_here() {
        let command = Maker::Command("maren@host-1".to_owned());
        for (maker, text, shape) in [
            (None, "  -  ", Value::Null),
            (
                Some(command),
                "  maren@host-1  ",
                json!({ "kind": "command", "name": "maren@host-1", "isHere": null }),
            ),
            (
                Some(Maker::Account(AccountId(1))),
                "  Maren  ",
                json!({ "kind": "person", "name": "Maren", "isHere": true }),
            ),
            (
                Some(Maker::Account(AccountId(2))),
                "  Tobias, no longer here  ",
                json!({ "kind": "person", "name": "Tobias", "isHere": false }),
            ),
            (
                Some(Maker::Account(AccountId(3))),
                "  a person who is no longer here  ",
                json!({ "kind": "person", "name": null, "isHere": false }),
            ),
        ] {
            let list = list(maker);
            assert!(list.table().contains(text), "{}", list.table());
            assert_eq!(json!(list.shapes())[0]["madeBy"], shape);
        }
    }

    #[test]
    fn a_list_says_what_replaces_a_token_and_why_it_was_refused() {
        let list = list(None);
        let key_id = row().key_id;
        let line =
            format!("  read    -        {key_id}  1970-01-01T00:00:05Z (cut off after 40 of 67 characters)");
        assert!(list.table().ends_with(&line), "{}", list.table());
        let shape = &json!(list.shapes())[0];
        assert_eq!((&shape["readOnly"], &shape["rotatedTo"]), (&json!(true), &json!(key_id.as_str())));
        assert_eq!(shape["lastRefused"], json!({ "at": "1970-01-01T00:00:05Z", "reason": "cut-off:40" }));
    }
}
