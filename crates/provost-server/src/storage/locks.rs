//! What others must not change until a transaction ends. SQLite has a single writer, so it needs no locks; PostgreSQL
//! locks rows.

use diesel::QueryResult;
use provost::hook::TenantId;

/// What is locked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    /// Keeps the organisation from being deleted while something is made in it.
    Organisation(TenantId),
    /// Keeps everybody else from making anything in the organisation or holding it: it is being deleted, given its
    /// first owner, or its switches are changing.
    WholeOrganisation(TenantId),
    /// The membership of a SCIM user who is being written, by the user's key. Somebody may be joining through it right
    /// now; this transaction must see that to keep the account and end its sessions.
    MembershipOf(TenantId, i64),
    /// A membership that is being written.
    Membership(TenantId, i64),
    /// The memberships of all owners, so that the last one cannot be lost.
    Owners(TenantId),
    /// An account that is becoming an owner's: it must not be switched off meanwhile.
    Account(i64),
    /// The chain of a trail: one transaction at a time may add a seal.
    Chain(TenantId),
    /// An organisation's brake, while SCIM ends a membership: the next to end one sees this one counted.
    Brake(TenantId),
    /// The silence record of an organisation: one at a time notes a call after a pause, or tells the owners.
    Silence(TenantId),
    /// A team to which somebody is being added by hand: it must not be deleted meanwhile.
    Team(TenantId, i64),
}

/// A connection that can lock.
pub(super) trait Hold {
    /// Waits for others who hold it, then holds it until the transaction ends. Later statements see what the others
    /// wrote.
    fn hold(&mut self, what: Held) -> QueryResult<()>;
}
