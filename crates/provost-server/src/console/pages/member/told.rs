//! Records in plain words: what happened to a person, who did it, and when.

use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::console::pages::Moment;
use crate::people::Whose;
use serde_json::Value;
use std::collections::HashMap;

/// Names the people and programs behind records.
pub(in crate::console::pages) struct Tellers {
    pub(in crate::console::pages) provider: &'static str,
    /// The labels of tokens, by key id.
    pub(in crate::console::pages) labels: HashMap<String, String>,
}

/// An event.
pub(in crate::console::pages) struct Line {
    pub(in crate::console::pages) lamp: &'static str,
    pub(in crate::console::pages) what: String,
    /// Further details; may be empty.
    pub(in crate::console::pages) more: String,
    /// `by`, or `asked for by` if it was refused.
    pub(in crate::console::pages) by: &'static str,
    /// Who did it.
    pub(in crate::console::pages) who: String,
    pub(in crate::console::pages) at: Option<Moment>,
}

impl Tellers {
    /// The name of the person who did what a record describes.
    pub(in crate::console::pages) fn name(&self, entry: &Entry) -> String {
        let id = &entry.by.id;
        match entry.by.kind.as_str() {
            "token" => match self.labels.get(id) {
                Some(label) if !label.is_empty() => format!("{}, token {label}", self.provider),
                _ => format!("{}, token {id}", self.provider),
            },
            "person" => {
                let login = entry.person.as_ref().and_then(|names| names.get("by")?.get("login")?.as_str());
                login.map_or_else(|| format!("a person with the account {id}"), str::to_owned)
            }
            "command" => format!("{id} with a command"),
            "link" => "the person who had the link".to_owned(),
            "worker" => "this server".to_owned(),
            _ => "somebody who was not signed in".to_owned(),
        }
    }
}

/// The words before that name.
pub(in crate::console::pages) const fn by(entry: &Entry) -> &'static str {
    if entry.error.is_some() { "asked for by" } else { "by" }
}

/// The time of a record; `None` if unreadable.
pub(in crate::console::pages) fn at(entry: &Entry) -> Option<Moment> {
    Timestamp::parse(&entry.at).map(Moment)
}

/// `None` for a record that says nothing about this person.
pub(in crate::console::pages) fn line(
    entry: &Entry,
    whose: &Whose,
    teams: &HashMap<String, String>,
    tellers: &Tellers,
) -> Option<Line> {
    let (lamp, what, more) = match entry.resource_type.as_str() {
        "User" => of_user(entry)?,
        "Member" => of_membership(entry)?,
        "Invitation" => of_invitation(entry)?,
        "Group" => of_group(entry, whose, teams)?,
        "Team" => of_team(entry, teams)?,
        _ => return None,
    };
    // people join by signing in themselves
    let is_own = matches!((&*entry.resource_type, &*entry.operation), ("Member", "join" | "let-in"));
    let (by, who) = match is_own {
        true => ("", String::new()),
        false => (by(entry), tellers.name(entry)),
    };
    Some(Line { lamp, what, more, by, who, at: at(entry) })
}

type Words = (&'static str, String, String);

const OK: &str = "ok";
const GONE: &str = "off";
const BAD: &str = "bad";

fn said(lamp: &'static str, what: impl Into<String>) -> Option<Words> {
    Some((lamp, what.into(), String::new()))
}

fn of_user(entry: &Entry) -> Option<Words> {
    if let Some(error) = &entry.error {
        let what = match entry.operation.as_str() {
            "delete" => "Deletion in the directory was refused",
            _ => "A change in the directory was refused",
        };
        return Some((BAD, what.to_owned(), format!("for the reason {error}")));
    }
    let attributes = texts(&entry.notes, "attributes");
    let others: Vec<&str> = attributes.iter().copied().filter(|name| *name != "active").collect();
    match (entry.operation.as_str(), text(&entry.notes, "transition")) {
        ("create", _) => said(OK, "Came into the directory"),
        ("cut-off", _) => {
            Some((GONE, "Lost access".to_owned(), "cut off here: made inactive by hand".to_owned()))
        }
        ("delete", _) => Some((GONE, "Lost access".to_owned(), "deleted in the directory".to_owned())),
        (_, Some("activated")) => Some((OK, "Got access".to_owned(), with("made active", &others))),
        (_, Some("deactivated")) => {
            Some((GONE, "Lost access".to_owned(), with("un-assigned: made inactive", &others)))
        }
        _ if others.is_empty() => None,
        _ => said(OK, format!("Changed in the directory: {}", others.join(", "))),
    }
}

fn with(what: &str, others: &[&str]) -> String {
    match others {
        [] => what.to_owned(),
        others => format!("{what}, with new {}", others.join(", ")),
    }
}

fn of_membership(entry: &Entry) -> Option<Words> {
    let role = |which: &str| {
        let setting = entry.notes.get("settings")?.get(which)?;
        setting.get("new")?.as_str()
    };
    match entry.operation.as_str() {
        "invite" => {
            said(OK, format!("Invited by hand as {}", text(&entry.notes, "role").unwrap_or("member")))
        }
        "join" => Some((OK, "Joined".to_owned(), "signed in through the identity provider".to_owned())),
        "let-in" => Some((OK, "Joined".to_owned(), "signed in, just in time".to_owned())),
        "give-role" => {
            let is_given_back = role("roleSource").is_some_and(|source| source != "hand");
            let what = match (role("role"), is_given_back) {
                (Some(role), false) => format!("Became {role} by hand"),
                (Some(role), true) => format!("Became {role}: the role is the Default Role again"),
                (None, true) => "The role is no longer by hand".to_owned(),
                (None, false) => "The role stays, and is by hand".to_owned(),
            };
            said(OK, what)
        }
        "end-sessions" => said(GONE, "The sessions of this organisation were ended"),
        "keep" => said(OK, "Kept by hand, although un-assigned"),
        "merge" => said(OK, "Merged with the membership of the same person"),
        "remove" => Some((GONE, "Lost access".to_owned(), "the membership was removed by hand".to_owned())),
        _ => None,
    }
}

fn of_invitation(entry: &Entry) -> Option<Words> {
    match entry.operation.as_str() {
        "send" => said(OK, "The invitation was mailed"),
        "bounce" => {
            let said = text(&entry.notes, "said").unwrap_or("no reason given");
            Some((BAD, "A mail server refused the invitation".to_owned(), said.to_owned()))
        }
        "resend" => said(OK, "The invitation was asked for again"),
        "create-link" => said(OK, "The link of the invitation was printed"),
        "withdraw" => said(GONE, "The invitation was withdrawn"),
        "accept" => Some((OK, "Joined".to_owned(), "the invitation was accepted".to_owned())),
        _ => None,
    }
}

fn of_group(entry: &Entry, whose: &Whose, teams: &HashMap<String, String>) -> Option<Words> {
    let user = whose.user.as_ref()?.as_str();
    let others = |list: &str| {
        let names = texts(&entry.notes, list);
        let count = entry.notes.get(format!("{list}Count")).and_then(Value::as_u64);
        let all = count.unwrap_or(u64::try_from(names.len()).unwrap_or(0));
        names.contains(&user).then(|| match all.saturating_sub(1) {
            0 => String::new(),
            1 => "with one other".to_owned(),
            n => format!("with {n} others"),
        })
    };
    match (others("added"), others("removed")) {
        (Some(more), _) => Some((OK, format!("Added to the group {}", team(entry, teams)), more)),
        (None, Some(more)) => Some((GONE, format!("Taken out of the group {}", team(entry, teams)), more)),
        (None, None) => None,
    }
}

fn of_team(entry: &Entry, teams: &HashMap<String, String>) -> Option<Words> {
    match entry.operation.as_str() {
        "add-member" => said(OK, format!("Put into the team {} by hand", team(entry, teams))),
        "remove-member" => said(GONE, format!("Taken out of the team {} by hand", team(entry, teams))),
        _ => None,
    }
}

/// The team's present name; if the team is gone, the recorded one.
fn team(entry: &Entry, teams: &HashMap<String, String>) -> String {
    let name = teams.get(&entry.resource_id).cloned();
    let name = name.or_else(|| text(&entry.notes, "slug").map(str::to_owned));
    name.unwrap_or_else(|| format!("{}, which is gone", entry.resource_id))
}

fn text<'a>(notes: &'a Value, name: &str) -> Option<&'a str> {
    notes.get(name)?.as_str()
}

fn texts<'a>(notes: &'a Value, name: &str) -> Vec<&'a str> {
    let list = notes.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}
