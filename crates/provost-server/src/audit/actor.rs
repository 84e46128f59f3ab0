//! Who makes a change. Every statement that writes somebody's decision takes this as an argument, so that the record
//! cannot be forgotten.

use crate::access::AccountId;
use crate::clock::{self, Timestamp};
use crate::machine;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// Who changes something, and when.
#[derive(Debug, Clone)]
pub(crate) struct By {
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
}

/// Who makes a change. Writes of SCIM clients have records of their own, one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actor {
    /// Somebody signed in.
    Person { account: AccountId, login: String, how: How, address: IpAddr },
    /// Somebody with a link, of a kind such as `setup`.
    Link { kind: &'static str, address: IpAddr },
    /// A command, or a start. The user's name is a hint, not proof: `maren@host-1`.
    Command(String),
    /// The server itself.
    Worker,
    /// Somebody not signed in.
    Stranger { address: IpAddr },
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Password,
    /// Through an organisation's identity provider.
    SignOn,
}

impl How {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SignOn => "single-sign-on",
        }
    }
}

impl By {
    /// A fixed actor for tests.
    #[cfg(test)]
    pub(crate) fn somebody(at: Timestamp) -> Self {
        Self { actor: Actor::Command("maren@host-1".to_owned()), at }
    }

    /// The server itself.
    #[cfg(any(feature = "mail", test))]
    pub(crate) const fn worker(at: Timestamp) -> Self {
        Self { actor: Actor::Worker, at }
    }

    /// Whoever runs this command.
    pub(crate) fn operator() -> Self {
        Self { actor: Actor::Command(machine::operator()), at: clock::now() }
    }
}

impl Actor {
    /// The word for its kind.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::Link { .. } => "link",
            Self::Command(_) => "command",
            Self::Worker => "worker",
            Self::Stranger { .. } => "stranger",
        }
    }

    /// What is kept as long as the record: an id, or the user's name on the machine that runs the command.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Person { account, .. } => account.0.to_string(),
            Self::Link { kind, .. } => (*kind).to_owned(),
            Self::Command(operator) => operator.clone(),
            Self::Worker | Self::Stranger { .. } => String::new(),
        }
    }

    /// The account, if somebody is signed in.
    pub(crate) const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Person { account, .. } => Some(*account),
            _ => None,
        }
    }

    pub(crate) const fn how(&self) -> Option<How> {
        match self {
            Self::Person { how, .. } => Some(*how),
            _ => None,
        }
    }

    /// What names the person, if there is one. It can be erased.
    pub(crate) fn names(&self) -> Map<String, Value> {
        let names = match self {
            Self::Person { login, address, .. } => json!({ "login": login, "address": address.to_string() }),
            Self::Link { address, .. } | Self::Stranger { address } => {
                json!({ "address": address.to_string() })
            }
            Self::Command(_) | Self::Worker => Value::Null,
        };
        match names {
            Value::Object(names) => names,
            _ => Map::new(),
        }
    }
}
