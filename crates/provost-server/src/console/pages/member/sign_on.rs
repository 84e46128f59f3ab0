//! A member's link to the identity provider: how and since when, or why there is none.

use crate::console::pages::Moment;

/// What the page says about it.
pub(super) struct SignOn {
    pub(super) text: String,
    /// When they were linked, and when they last signed in.
    pub(super) times: Option<(Moment, Moment)>,
    pub(super) may_unlink: bool,
}

#[cfg(feature = "sso")]
mod found {
    use super::SignOn;
    use crate::access::{Action, Place};
    use crate::console::Visitor;
    use crate::console::answer::Trouble;
    use crate::console::pages::Moment;
    use crate::people::MembershipId;
    use crate::sso::{How, Link, Linked, LinkedStore, Why, called};

    pub(in super::super) async fn of(
        visitor: &Visitor<'_>,
        place: &Place,
        id: MembershipId,
    ) -> Result<Option<SignOn>, Trouble> {
        let link = visitor.console.storage.link_of(place.tenant(), id).await?;
        let Some(Link { provider, state }) = link else { return Ok(None) };
        let provider = called(&provider);
        Ok(Some(match state {
            Linked::Yes { how, since, seen } => SignOn {
                text: format!("Known at {provider}: {}.", linked(how)),
                times: Some((Moment(since), Moment(seen))),
                may_unlink: Action::UnlinkMember.is_allowed(place.role),
            },
            Linked::No(why) => SignOn { text: not_linked(&why, &provider), times: None, may_unlink: false },
        }))
    }

    const fn linked(how: How) -> &'static str {
        match how {
            How::Test => "linked by the test that switched single sign-on on",
            How::Directory => "linked by the directory, whose user has the id that signed in",
            How::Invitation => "linked by accepting the invitation through it",
            How::JustInTime => "became a member by signing in, while SCIM was off",
            How::Account => "linked by themselves, on the page of their account",
        }
    }

    fn not_linked(why: &Why, provider: &str) -> String {
        match why {
            Why::ByHand => format!(
                "Not linked: they are here by hand. They open their invitation and continue with {provider}, or link their sign-in on \
                 the page of their account."
            ),
            Why::Owner => "Not linked: the directory links no owner. They link their sign-in on the page of their account.".to_owned(),
            Why::NoId => format!(
                "Not linked: {provider} sends no externalId for them. Map externalId to objectId in the attribute mappings."
            ),
            Why::NoObjectId(external) => format!(
                "Not linked: their externalId is \u{201c}{external}\u{201d}, which is no object id. Map externalId to objectId, not to mailNickname, in \
                 the attribute mappings of {provider}."
            ),
            Why::Several => "Not linked: several users of the directory have their externalId, so a sign-in means none of them.".to_owned(),
            Why::NotYet => "Not linked yet: their first sign-in by the Login URL does that.".to_owned(),
        }
    }
}

#[cfg(feature = "sso")]
pub(super) use found::of;

#[cfg(not(feature = "sso"))]
pub(super) async fn of(
    _: &crate::console::Visitor<'_>,
    _: &crate::access::Place,
    _: crate::people::MembershipId,
) -> Result<Option<SignOn>, crate::console::answer::Trouble> {
    Ok(std::future::ready(None).await)
}
