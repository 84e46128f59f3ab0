//! What others must leave alone until a transaction ends. A file has one writer, so nothing; on a server, rows are locked.

use diesel::QueryResult;
use provost::hook::TenantId;

/// What is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    /// The organisation is not deleted meanwhile: something is made in it.
    Organisation(TenantId),
    /// Nothing is made in the organisation meanwhile, and nobody else holds it: it is deleted, gets its first owner, or its
    /// switches are turned.
    WholeOrganisation(TenantId),
    /// The membership of a SCIM user, by the key of the user, who is written. Somebody may be about to join by it: the account is
    /// kept and its sessions end only if that is seen.
    MembershipOf(TenantId, i64),
    /// A membership that is written.
    Membership(TenantId, i64),
    /// The memberships of all owners: one of them may go, if it is not the last.
    Owners(TenantId),
    /// An account that becomes an owner's: it is not switched off meanwhile.
    Account(i64),
    /// The chain of a trail: whoever adds a seal to it is alone.
    Chain(TenantId),
    /// The brake of an organisation, in which a membership ends by SCIM: whoever ends another sees this one counted.
    Brake(TenantId),
    /// What is known of the silence of an organisation: whoever is called after a pause, or tells owners of one, is alone.
    Silence(TenantId),
    /// A team that somebody is put into by hand: it is not deleted meanwhile.
    Team(TenantId, i64),
}

/// A connection on which something can be held.
pub(super) trait Hold {
    /// Holds it until the transaction ends, having waited for others that do. Statements after it see what those wrote.
    fn hold(&mut self, what: Held) -> QueryResult<()>;
}
