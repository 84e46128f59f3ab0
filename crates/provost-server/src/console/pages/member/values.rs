//! Where each value of a member comes from.

use super::told::{Tellers, at};
use crate::audit::Entry;
use crate::console::pages::Moment;
use crate::organisations::Organisation;
use crate::people::{AddressKey, DirectoryUser, Held, History, ManagedBy, Place, Profile};
use serde_json::Value as Json;

/// A row of the table.
pub(super) struct Value {
    pub(super) name: String,
    pub(super) now: String,
    /// `SCIM`, `By hand`, `Default`, `Account`.
    pub(super) source: &'static str,
    /// The attribute, group or other source.
    pub(super) from: String,
    pub(super) is_code: bool,
    pub(super) who: String,
    pub(super) at: Option<Moment>,
    /// What it would be otherwise.
    pub(super) note: String,
}

const SCIM: &str = "SCIM";
const BY_HAND: &str = "By hand";

/// Finds the record behind a value.
struct Origins<'a> {
    history: &'a History,
    tellers: &'a Tellers,
}

impl Origins<'_> {
    fn newest(&self, is_it: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        self.history.sources.iter().find(|entry| entry.error.is_none() && is_it(entry))
    }

    /// The write that set an attribute of the user.
    fn of_attribute(&self, attribute: &str) -> Option<&Entry> {
        let sets = |entry: &Entry| {
            let names = entry.notes.get("attributes").and_then(Json::as_array);
            let is_among = names.is_some_and(|all| all.iter().any(|name| name.as_str() == Some(attribute)));
            entry.resource_type == "User" && (entry.operation == "create" || is_among)
        };
        self.newest(sets)
    }

    fn value(&self, name: &str, now: &str, source: &'static str, from: &str, by: Option<&Entry>) -> Value {
        let is_unknown = source == SCIM && by.is_none();
        let who = match by {
            Some(entry) => self.tellers.name(entry),
            None if is_unknown && self.history.has_all_sources => {
                "before the records of this organisation begin".to_owned()
            }
            None => String::new(),
        };
        Value {
            name: name.to_owned(),
            now: now.to_owned(),
            source,
            from: from.to_owned(),
            is_code: source == SCIM,
            who,
            at: by.and_then(at),
            note: String::new(),
        }
    }

    fn attribute(&self, name: &str, now: Option<&str>, attribute: &str, path: &str) -> Value {
        match now.map(str::trim).filter(|now| !now.is_empty()) {
            Some(now) => self.value(name, now, SCIM, path, self.of_attribute(attribute)),
            None => Value { who: "not sent".to_owned(), ..self.value(name, "none", SCIM, path, None) },
        }
    }
}

pub(super) fn of_user(user: &DirectoryUser, history: &History, tellers: &Tellers) -> Vec<Value> {
    let origins = Origins { history, tellers };
    let text = Option::as_deref;
    vec![
        origins.attribute("Name", text(&user.display_name), "displayName", "displayName"),
        origins.attribute("E-mail", text(&user.email), "emails", &user.email_path),
        origins.attribute("User name", Some(&user.user_name), "userName", "userName"),
        Value {
            note: "the identity provider's own key of the person".to_owned(),
            ..origins.attribute("Object id", text(&user.external_id), "externalId", "externalId")
        },
        Value {
            note: "made here: by it the identity provider calls this record".to_owned(),
            ..origins.value(
                "SCIM id",
                user.id.as_str(),
                SCIM,
                "id",
                origins.newest(|entry| entry.operation == "create" && entry.resource_type == "User"),
            )
        },
    ]
}

pub(super) fn of_member(
    profile: &Profile,
    organisation: &Organisation,
    history: &History,
    tellers: &Tellers,
) -> Vec<Value> {
    let origins = Origins { history, tellers };
    let mut values = match &profile.user {
        Some(user) => of_user(user, history, tellers),
        None => by_hand(profile, &origins),
    };
    let at = values.len().min(3);
    values.splice(at..at, sign_in_address(profile).into_iter().chain(role(profile, organisation, &origins)));
    values.extend(profile.places.first.iter().map(|place| team(place, &origins)));
    values
}

/// The name of somebody whom no directory names.
fn by_hand(profile: &Profile, origins: &Origins<'_>) -> Vec<Value> {
    let member = &profile.details.member;
    let invited = origins.newest(|entry| entry.operation == "invite" && entry.resource_type == "Member");
    let joined = origins.newest(|entry| entry.operation == "accept" && entry.resource_type == "Invitation");
    let value = |name: &str, now: Option<&str>| match invited {
        Some(entry) => origins.value(name, now.unwrap_or("none"), BY_HAND, "the invitation", Some(entry)),
        None => origins.value(name, now.unwrap_or("none"), "Account", "the account that signs in", joined),
    };
    vec![value("Name", member.display_name.as_deref()), value("E-mail", member.email.as_deref())]
}

/// The address that the person signs in with, if it is not the membership's.
fn sign_in_address(profile: &Profile) -> Option<Value> {
    let address = profile.signs_in_with.as_deref()?;
    let member = &profile.details.member;
    let known = member.email.as_deref().unwrap_or(&member.user_name);
    let note = match member.managed_by {
        ManagedBy::Scim => "Not the address that the directory has. The password of the account opens it.",
        ManagedBy::Hand => "Not the address that was invited.",
    };
    let is_another = AddressKey::of(address) != AddressKey::of(known);
    is_another.then(|| Value {
        name: "Signs in with".to_owned(),
        now: address.to_owned(),
        source: "Account",
        from: "the account that signs in".to_owned(),
        is_code: false,
        who: String::new(),
        at: None,
        note: note.to_owned(),
    })
}

fn role(profile: &Profile, organisation: &Organisation, origins: &Origins<'_>) -> Option<Value> {
    let member = &profile.details.member;
    let default = organisation.default_role.as_str();
    let now = capital(member.role());
    Some(match member.role? {
        Held::ByHand(_) => {
            let by = ["give-role", "invite"].into_iter().find_map(|operation| {
                origins.newest(|entry| entry.operation == operation && entry.resource_type == "Member")
            });
            let note = match member.managed_by {
                ManagedBy::Scim => {
                    format!("Stays by hand. Without that: {}, the Default Role.", capital(default))
                }
                ManagedBy::Hand => String::new(),
            };
            Value { note, ..origins.value("Role", &now, BY_HAND, "", by) }
        }
        Held::Given(..) => {
            let note = match member.role() == default {
                true => "What new members get.".to_owned(),
                false => format!("What new members got then; now they get {}.", capital(default)),
            };
            let at = profile.details.created.map(Moment);
            Value { note, at, ..origins.value("Role", &now, "Default Role", "", None) }
        }
    })
}

fn team(place: &Place, origins: &Origins<'_>) -> Value {
    let joins = |entry: &&Entry| {
        entry.resource_id == place.resource
            && (entry.operation == "add-member" || entry.notes.get("added").is_some())
    };
    let by = origins.history.entries.iter().find(joins);
    let (source, from) = match place.is_by_hand {
        true => (BY_HAND, ""),
        false => (SCIM, "members of the group"),
    };
    let value = Value {
        who: String::new(),
        ..origins.value(&format!("Team {}", place.name), "member", source, from, by)
    };
    Value { who: by.map(|entry| origins.tellers.name(entry)).unwrap_or_default(), is_code: false, ..value }
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
