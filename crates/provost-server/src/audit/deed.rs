//! What somebody did, as it is written down: one record in each trail that it belongs to.

use super::action::Action;
use crate::access::AccountId;
use provost::hook::TenantId;
use serde_json::{Map, Value, json};

/// The trail of the installation: of what belongs to no organisation.
pub(crate) const INSTALLATION: TenantId = TenantId(0);

/// Whose trail tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trail {
    Of(TenantId),
    /// Those of all organisations that the account is a member of; where there are none, that of the installation.
    OfMember(AccountId),
}

/// What somebody did.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) trail: Trail,
    pub(crate) action: Action,
    /// Of what it was done to.
    pub(crate) id: String,
    pub(crate) notes: Map<String, Value>,
    /// What names people: it can be blanked.
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

    /// Something to tell that names nobody, and is no secret.
    pub(crate) fn noting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.notes.insert(name.to_owned(), value.into());
        self
    }

    /// What names the person whom it was done to.
    pub(crate) fn about(mut self, name: &str, value: Option<&str>) -> Self {
        self.person.extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    pub(crate) fn refused(mut self, why: &'static str) -> Self {
        self.error = Some(why);
        self
    }

    /// Settings that were changed: those that differ, old and new. Nothing that is a secret is a setting.
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

    /// Whether it says that settings were changed, and none was.
    pub(crate) fn is_void(&self) -> bool {
        self.notes.get("settings").is_some_and(|changed| changed.as_object().is_some_and(Map::is_empty))
    }
}

/// Settings by name, as a record shows them.
pub(crate) type Settings = Map<String, Value>;

/// What a write came to that somebody decided. It cannot be had without what is told of it.
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

    /// Nothing was different from what was wanted, so nothing was done.
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
