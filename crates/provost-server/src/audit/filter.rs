//! Which records of a trail to show.

use super::{Action, Deed};
use crate::access::AccessStore;
use crate::cli::common::Since;
use crate::clock::{self, Timestamp};
use crate::people::AddressKey;
use crate::storage::{Result, Storage};
use provost::hook::TenantId;
use std::fmt;

/// Which records to show; `None` allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) since: Option<Timestamp>,
    /// Before this time.
    pub(crate) until: Option<Timestamp>,
    /// An id, or a kind of actor.
    pub(crate) actor: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) resource_type: Option<String>,
    pub(crate) resource_id: Option<String>,
    pub(crate) outcome: Option<Ending>,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Ending {
    Done,
    Unchanged,
    Refused,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        })
    }
}

/// The same as options of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// Only what came since: a time such as 2026-11-28T09:30:00Z, or a span such as 2h before now
    #[arg(long, value_name = "TIME|SPAN")]
    since: Option<Since>,
    /// Only what came before: a time, or a span before now
    #[arg(long, value_name = "TIME|SPAN")]
    until: Option<Since>,
    /// Only what this one did: the key ID of a token, an address that signs in, the ID of an account, who gave a command such as
    /// maren@host-1; or a kind: token, person, link, command, worker, stranger
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only this operation, such as create, update or sign-in
    #[arg(long, value_name = "OPERATION")]
    action: Option<String>,
    /// Only what was done to this type of resource, such as User, Group or Token
    #[arg(long = "type", value_name = "TYPE")]
    resource_type: Option<String>,
    /// Only what was done to the resource with this ID, such as that of a user
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// Only what ended so: done, unchanged or refused
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<Ending>,
}

impl Wanted {
    pub(crate) async fn filter(self, storage: &Storage) -> Result<Filter> {
        let now = clock::now();
        let account = match &self.actor {
            Some(word) if word.contains('@') => {
                storage.account_by_login(AddressKey::of(word).as_str().to_owned()).await?
            }
            _ => None,
        };
        Ok(Filter {
            since: self.since.map(|since| since.before(now)),
            until: self.until.map(|until| until.before(now)),
            actor: account.map(|(account, _)| account.id.0.to_string()).or(self.actor),
            operation: self.action,
            resource_type: self.resource_type,
            resource_id: self.resource,
            outcome: self.outcome,
        })
    }
}

impl Filter {
    /// The record of an export. What names people is kept apart.
    pub(crate) fn told(&self, tenant: TenantId) -> Deed {
        let mut deed = Deed::of(tenant, Action::Export, "");
        let words = [
            ("since", self.since.map(|at| at.to_string())),
            ("until", self.until.map(|at| at.to_string())),
            ("action", self.operation.clone()),
            ("type", self.resource_type.clone()),
            ("outcome", self.outcome.map(|outcome| outcome.to_string())),
        ];
        for (name, word) in words {
            if let Some(word) = word {
                deed = deed.noting(name, word);
            }
        }
        deed.about("actor", self.actor.as_deref()).about("resource", self.resource_id.as_deref())
    }
}
