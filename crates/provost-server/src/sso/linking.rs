//! Finds the member who matches a person just signed in by the identity provider, among the memberships that its directory
//! created.
//!
//! Pure: `storage/queries/arriving.rs` reads the database and carries out the verdict. Accounts are never looked up by e-mail
//! address, since the identity provider of one organisation must not open what somebody has in another.

use crate::access::AccountId;
use crate::people::{Compared, Role};

/// A membership of a directory user who matches the person signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The key of the user.
    pub(crate) user: i64,
    pub(crate) role: Role,
    /// The account that joined with it, if any.
    pub(crate) account: Option<AccountId>,
    /// Whether that account is already linked to somebody at this identity provider.
    pub(crate) is_linked: bool,
}

/// Why a first sign-in is linked to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unlinked {
    /// The directory created no membership for them.
    NotHere,
    /// It created more than one.
    Several,
    /// The membership is an owner's. Owners link their sign-in themselves, with another proof that the account is theirs.
    Owner,
    /// Somebody else has signed in as this member before.
    SomebodyElse,
    /// The membership's account is disabled.
    Off,
}

impl Unlinked {
    /// The word for the audit trail.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotHere => "NotLinked",
            Self::Several => "SeveralUsers",
            Self::Owner => "OwnerNotLinked",
            Self::SomebodyElse => "LinkedToAnother",
            Self::Off => "AccountOff",
        }
    }
}

/// The member for a first sign-in: the only candidate.
pub(crate) fn first(candidates: &[Candidate]) -> Result<Candidate, Unlinked> {
    match candidates {
        [] => Err(Unlinked::NotHere),
        [one] if one.role == Role::Owner => Err(Unlinked::Owner),
        [one] if one.is_linked => Err(Unlinked::SomebodyElse),
        [one] => Ok(*one),
        [_, _, ..] => Err(Unlinked::Several),
    }
}

/// The membership that the directory created anew for a known person whose former one has ended. A user name may be given to the
/// next person, so it counts only for the user through whom the person was linked.
pub(crate) fn returning(
    candidates: &[Candidate],
    compared: Compared,
    through: Option<i64>,
) -> Option<Candidate> {
    let one = first(candidates).ok()?;
    let is_same_user = compared != Compared::UserName || through == Some(one.user);
    (one.account.is_none() && is_same_user).then_some(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Candidate = Candidate { user: 7, role: Role::Member, account: None, is_linked: false };

    /// Seen to fail: with an owner's membership taken.
    #[test]
    fn one_member_of_the_directory_is_meant() {
        let joined = Candidate { account: Some(AccountId(1)), ..NEW };
        assert_eq!(first(&[]), Err(Unlinked::NotHere));
        assert_eq!(first(&[NEW]), Ok(NEW));
        assert_eq!(first(&[joined]), Ok(joined));
        assert_eq!(first(&[Candidate { role: Role::Manager, ..NEW }]).map(|one| one.user), Ok(7));
        assert_eq!(first(&[NEW, Candidate { user: 8, ..NEW }]), Err(Unlinked::Several));
        assert_eq!(first(&[Candidate { role: Role::Owner, ..joined }]), Err(Unlinked::Owner));
        assert_eq!(first(&[Candidate { is_linked: true, ..joined }]), Err(Unlinked::SomebodyElse));
    }

    #[test]
    fn who_comes_back_is_the_same_person() {
        assert_eq!(returning(&[NEW], Compared::ObjectId, None), Some(NEW));
        assert_eq!(returning(&[NEW], Compared::UserName, Some(7)), Some(NEW));
        assert_eq!(returning(&[NEW], Compared::UserName, Some(6)), None);
        assert_eq!(returning(&[NEW], Compared::UserName, None), None);
        let joined = Candidate { account: Some(AccountId(2)), ..NEW };
        assert_eq!(returning(&[joined], Compared::ObjectId, Some(7)), None);
        assert_eq!(returning(&[], Compared::ObjectId, Some(7)), None);
    }
}
