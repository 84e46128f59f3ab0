//! Members who have joined and whose account has no password: which of them an invitation may go to, by which the account gets one or
//! is linked anew. An account that another organisation knows too is never opened by what one of them does.

use super::Conn;
use super::invitations::Led;
use super::listed::{Found, address_of};
#[cfg(feature = "sso")]
use crate::people::MembershipId;
use crate::people::{AddressKey, Role};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::dsl::sql;
#[cfg(feature = "sso")]
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use provost::hook::TenantId;

// Of a row of `membership` that has an account. One whose address was given away signs in nowhere.
const HAS_PASSWORD: &str = "EXISTS (SELECT 1 FROM account a WHERE a.id = membership.account AND a.password IS NOT NULL AND a.login_key IS NOT NULL)";
const IS_OFF: &str =
    "EXISTS (SELECT 1 FROM account a WHERE a.id = membership.account AND a.disabled IS NOT NULL)";
const IS_ELSEWHERE: &str = "(EXISTS (SELECT 1 FROM membership o WHERE o.account = membership.account AND NOT o.tenant = membership.tenant) OR \
     EXISTS (SELECT 1 FROM known_account k WHERE k.account = membership.account AND NOT k.tenant = membership.tenant) OR \
     EXISTS (SELECT 1 FROM identity i WHERE i.account = membership.account AND NOT i.tenant = membership.tenant))";
const IS_LINKED: &str = "EXISTS (SELECT 1 FROM identity i, sso_connection c WHERE i.tenant = membership.tenant AND i.account = membership.account \
     AND c.tenant = i.tenant AND c.id = i.connection AND c.state = 'on')";
const IS_ON: &str =
    "EXISTS (SELECT 1 FROM sso_connection c WHERE c.tenant = membership.tenant AND c.state = 'on')";

/// A member who has joined, and may come in again by an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Without {
    /// Whether single sign-on is on in the organisation.
    pub(super) is_on: bool,
    /// Whether it opens the account.
    pub(super) is_linked: bool,
}

/// Why none goes to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barred {
    HasPassword,
    Off,
    Elsewhere,
    Linked,
}

impl Barred {
    /// Says why, of somebody with this name.
    fn of(self, who: &str) -> String {
        match self {
            Self::HasPassword => format!("{who} has joined already"),
            Self::Off => format!("the account of {who} is switched off"),
            Self::Elsewhere => format!(
                "{who} has joined already, and another organisation knows the account too: a link of one organisation opens no account of \
                 another"
            ),
            Self::Linked => format!("{who} has joined already, and signs in through the identity provider"),
        }
    }
}

/// Whether an invitation may go to a member who has joined. Whom the identity provider opens the account of needs none; but for an
/// owner, who has to get in when it is away.
pub(super) fn look(conn: &mut Conn, tenant: TenantId, found: &Found) -> Result<Result<Without, Barred>> {
    let columns = [HAS_PASSWORD, IS_OFF, IS_ELSEWHERE, IS_LINKED, IS_ON].map(sql::<Bool>);
    let [has_password, is_off, is_elsewhere, is_linked, is_on] = columns;
    let row = membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::id.eq(found.id.0));
    let row = row.filter(membership::account.is_not_null());
    let row: Option<(bool, bool, bool, bool, bool)> =
        row.select((has_password, is_off, is_elsewhere, is_linked, is_on)).first(conn).optional()?;
    let is_owner = found.standing.role.role() == Role::Owner;
    Ok(match row {
        None | Some((true, ..)) => Err(Barred::HasPassword),
        Some((_, true, ..)) => Err(Barred::Off),
        Some((_, _, true, ..)) => Err(Barred::Elsewhere),
        Some((_, _, _, true, _)) if !is_owner => Err(Barred::Linked),
        Some((.., is_linked, is_on)) => Ok(Without { is_on, is_linked }),
    })
}

/// The same, as a refusal.
pub(super) fn prove(conn: &mut Conn, tenant: TenantId, found: &Found) -> Result<Without> {
    look(conn, tenant, found)?.map_err(|why| StorageError::Refused(why.of(&found.member.user_name)))
}

/// Whether a link is that of the account that a member has, and was sent to where the member would be mailed now.
pub(super) fn good(conn: &mut Conn, led: &Led, found: &Found) -> Result<Option<Without>> {
    let is_theirs = led.account.is_some() && found.standing.stage.account() == led.account;
    let is_there = address_of(found).is_some_and(|address| address.key() == AddressKey::of(&led.address));
    match is_theirs && is_there {
        true => Ok(look(conn, led.tenant, found)?.ok()),
        false => Ok(None),
    }
}

/// Which of them.
#[cfg(feature = "sso")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those whom the identity provider alone opens the account of, or nobody.
    All,
    /// Those whom nobody opens it of.
    Unlinked,
    /// Those of them who have no link to open it with, and none under way.
    Unsent,
}

#[cfg(feature = "sso")]
const HAS_LINK: &str = "(EXISTS (SELECT 1 FROM invitation v WHERE v.tenant = membership.tenant AND v.membership = membership.id AND v.state = 'sent') \
     OR EXISTS (SELECT 1 FROM outbox m WHERE m.tenant = membership.tenant AND m.membership = membership.id AND m.kind = 'invitation' \
     AND (m.state = 'waiting' OR m.state = 'sending')))";

#[cfg(feature = "sso")]
impl Which {
    fn condition(self) -> SqlLiteral<Bool> {
        let all = format!("NOT {HAS_PASSWORD} AND NOT {IS_OFF} AND NOT {IS_ELSEWHERE}");
        sql(&match self {
            Self::All => all,
            Self::Unlinked => format!("{all} AND NOT {IS_LINKED}"),
            Self::Unsent => format!("{all} AND NOT {IS_LINKED} AND NOT {HAS_LINK}"),
        })
    }
}

/// Members who have joined and are so.
#[cfg(feature = "sso")]
#[diesel::dsl::auto_type]
fn those(tenant: TenantId, condition: SqlLiteral<Bool>) -> _ {
    let tenant: i64 = tenant.0;
    membership::table
        .filter(membership::tenant.eq(tenant))
        .filter(membership::account.is_not_null())
        .filter(condition)
}

#[cfg(feature = "sso")]
pub(super) fn count(conn: &mut Conn, tenant: TenantId, which: Which) -> QueryResult<i64> {
    those(tenant, which.condition()).count().get_result(conn)
}

/// The first of them after one, by when they came.
#[cfg(feature = "sso")]
pub(super) fn first(
    conn: &mut Conn,
    tenant: TenantId,
    which: Which,
    after: MembershipId,
    most: usize,
) -> QueryResult<Vec<MembershipId>> {
    let after = those(tenant, which.condition()).filter(membership::id.gt(after.0)).order(membership::id);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let ids: Vec<i64> = after.limit(most).select(membership::id).load(conn)?;
    Ok(ids.into_iter().map(MembershipId).collect())
}
