//! People: the members of an organisation and their roles. SCIM users are members exactly while they are active; others
//! are invited by hand. Only `life` decides what becomes of a membership when something happens.

#[cfg(feature = "console")]
mod acts;
mod address;
mod called;
pub(crate) mod command;
mod compared;
#[cfg(feature = "console")]
mod cut_off;
mod invitation;
#[cfg(feature = "console")]
mod lately;
mod left_behind;
pub(crate) mod life;
pub(crate) mod links;
mod list;
mod membership;
#[cfg(feature = "console")]
mod merging;
#[cfg(feature = "console")]
mod profile;
mod role;
#[cfg(feature = "console")]
mod roster;
#[cfg(feature = "console")]
mod shown;
mod store;

#[cfg(feature = "console")]
pub(crate) use acts::{Act, ActStore, Order, to_cut_off, to_merge};
pub(crate) use address::{Address, AddressKey};
pub(crate) use called::Called;
#[cfg(feature = "console")]
pub(crate) use called::name_of;
#[cfg(feature = "sso")]
pub(crate) use compared::OBJECT_ID;
pub(crate) use compared::{Compared, subjects};
#[cfg(feature = "console")]
pub(crate) use cut_off::{CutOff, cut_off};
pub(crate) use invitation::{
    Becomes, Days, Holder, InstanceKey, Invitation, InvitationStore, Inviters, Inviting, Joiner, KeyError,
    Mode, Offer, Opened, Pressed, Regain, Unsent,
};
#[cfg(feature = "console")]
pub(crate) use invitation::{HOUR_MS, InvitingStore, MOST, RegainStore, Regained, Several};
#[cfg(feature = "console")]
pub(crate) use lately::{LATELY, Lately, LatelyStore};
pub(crate) use left_behind::{Left, LeftBehind, LeftBehindStore};
pub(crate) use life::Refusal;
pub(crate) use list::{Details, Member, PossibleMatch, Same, State};
pub(crate) use membership::{ManagedBy, MembershipId, Stage, Standing};
#[cfg(feature = "console")]
pub(crate) use merging::{Merging, MergingStore, Pair, Side};
#[cfg(feature = "console")]
pub(crate) use profile::{DirectoryUser, FIRST_TEAMS, History, Place, Places, Profile, ProfileStore, Whose};
#[cfg(any(test, feature = "console"))]
pub(crate) use role::Origin;
pub(crate) use role::{Grantable, Held, Role};
#[cfg(feature = "console")]
pub(crate) use roster::{Listed, Mark, Outsider, PAGE, Page, RosterStore, Search, Start, TEAMS, Wanted};
#[cfg(feature = "console")]
pub(crate) use shown::Shown;
pub(crate) use store::{Merge, PeopleStore};
