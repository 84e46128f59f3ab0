//! What somebody did, to be recorded in each trail it belongs to.

use super::action::Action;
use crate::access::AccountId;
use provost::hook::TenantId;
use serde_json::{Map, Value, json};

/// The trail of the installation, for what belongs to no organisation.
pub(crate) const INSTALLATION: TenantId = TenantId(0);

/// The trails a deed is recorded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trail {
    Of(TenantId),
    /// Those of all organisations the account is a member of; without any, that of the installation.
    OfMember(AccountId),
}

/// What somebody did.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) trail: Trail,
    pub(crate) action: Action,
    /// The id of what it was done to.
    pub(crate) id: String,
    pub(crate) notes: Map<String, Value>,
    /// What names people. It can be erased.
    pub(crate) person: Map<String, Value>,
    /// Why it was refused.
    pub(crate) error: Option<&'static str>,
}

impl Deed {
    pub(crate) fn of(tenant: TenantId, action: Action, id: &(impl ToString + ?Sized)) -> Self {
        Self::new(Trail::Of(tenant), action, id.to_string())
    }

    pub(crate) fn of_account(account: AccountId, action: Action) -> Self {
        Self::new(Trail::OfMember(account), action, account.0.to_string())
    }

    pub(crate) fn of_installation(action: Action, id: &(impl ToString + ?Sized)) -> Self {
        Self::of(INSTALLATION, action, id)
    }

    fn new(trail: Trail, action: Action, id: String) -> Self {
        Self { trail, action, id, notes: Map::new(), person: Map::new(), error: None }
    }

    /// Adds a detail that names nobody and is not secret.
    pub(crate) fn noting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.notes.insert(name.to_owned(), value.into());
        self
    }

    /// Adds something that names the person it was done to.
    pub(crate) fn about(mut self, name: &str, value: Option<&str>) -> Self {
        self.person.extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    pub(crate) fn refused(mut self, why: &'static str) -> Self {
        self.error = Some(why);
        self
    }

    /// Adds the settings that differ, old and new. No setting is a secret.
    pub(crate) fn changing(mut self, old: &Settings, new: &Settings) -> Self {
        let value = |settings: &Settings, name| settings.get(name).cloned().unwrap_or_default();
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        let changed: Map<_, _> = names
            .map(|name| (name, value(old, name), value(new, name)))
            .filter(|(_, old, new)| old != new)
            .map(|(name, old, new)| (name.clone(), json!({ "old": old, "new": new })))
            .collect();
        self.notes.insert("settings".to_owned(), changed.into());
        self
    }

    /// Whether it is about changed settings, and none changed.
    pub(crate) fn is_void(&self) -> bool {
        self.notes.get("settings").is_some_and(|changed| changed.as_object().is_some_and(Map::is_empty))
    }
}

/// Settings by name, as a record shows them.
pub(crate) type Settings = Map<String, Value>;

/// The result of a write that somebody decided. It cannot be taken without the deeds to record.
#[derive(Debug)]
#[must_use]
pub(crate) struct Done<T> {
    value: T,
    deeds: Vec<Deed>,
}

impl<T> Done<T> {
    pub(crate) fn told(value: T, deed: Deed) -> Self {
        Self { value, deeds: vec![deed] }
    }

    pub(crate) fn several(value: T, deeds: impl IntoIterator<Item = Deed>) -> Self {
        Self { value, deeds: deeds.into_iter().collect() }
    }

    /// Nothing had to be changed.
    pub(crate) fn nothing(value: T) -> Self {
        Self { value, deeds: Vec::new() }
    }

    pub(crate) fn into_parts(self) -> (T, Vec<Deed>) {
        (self.value, self.deeds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_that_differ() {
        let settings = |value: Value| value.as_object().cloned().expect("an object");
        let (old, new) =
            (settings(json!({ "a": 1, "b": 2, "gone": 3 })), settings(json!({ "a": 1, "b": 4, "new": 5 })));
        let deed = Deed::of_installation(Action::UpdateOrganisation, "x");
        assert_eq!(
            Value::Object(deed.clone().changing(&old, &new).notes),
            json!({ "settings": {
                "b": { "old": 2, "new": 4 }, "gone": { "old": 3, "new": null }, "new": { "old": null, "new": 5 }
            }})
        );
        assert!(deed.clone().changing(&old, &old).is_void());
        assert!(!deed.is_void());
    }
}
