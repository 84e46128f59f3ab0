//! Every address of a page. All others are not found.

use super::asset::Asset;
use crate::access::Opener;
use crate::people::MembershipId;
use crate::slug::Slug;
use provost::Id;

/// The roots of the pages. The server's other addresses are handled elsewhere.
pub(super) const ROOTS: &[&str] = &[
    "/setup",
    "/login",
    "/reset",
    "/confirm",
    "/accept",
    "/recover",
    "/account",
    "/settings",
    "/assets",
    #[cfg(feature = "sso")]
    "/auth",
    #[cfg(feature = "sso")]
    "/saml",
];

/// The largest form: many times what anybody would type.
const LARGEST_FORM: usize = 64 * 1024;
/// For a form with a mebibyte of metadata, in which escaping triples every character.
#[cfg(feature = "sso")]
const LARGEST_METADATA: usize = 3 * 1024 * 1024 + LARGEST_FORM;

#[derive(Debug, Clone)]
pub(in crate::console) enum Page {
    /// Sets up the first owner of an organisation.
    Setup(Opener),
    Login,
    /// Sets a new password.
    Reset(Opener),
    /// Confirms a new address to sign in with.
    Confirm(Opener),
    /// Accepts an invitation.
    Accept(Opener),
    /// Asks for a mail with a link to set a new password.
    Recover,
    /// The visitor's account and its sessions.
    Account,
    /// The visitor's organisations.
    Settings,
    /// An organisation.
    Organisation(Slug),
    /// The people in an organisation.
    Members(Slug),
    /// Invites people by hand.
    Invite(Slug),
    /// How the identity provider of an organisation is connected.
    Auth(Slug),
    /// The part of that page that refreshes itself.
    AuthLive(Slug),
    /// The settings of single sign-on.
    #[cfg(feature = "sso")]
    SignOn(Slug),
    /// Begins a test sign-in.
    #[cfg(feature = "sso")]
    SignOnTest(Slug),
    /// Shows its report.
    #[cfg(feature = "sso")]
    SignOnReport(Slug),
    /// Begins a sign-in at the identity provider.
    #[cfg(feature = "sso")]
    StartSignOn(Slug),
    /// Begins a sign-in there to accept an invitation.
    #[cfg(feature = "sso")]
    AcceptBy(Opener),
    /// Asks for confirmation afterwards.
    #[cfg(feature = "sso")]
    Joining(Slug),
    /// Begins a sign-in there to link the visitor's account.
    #[cfg(feature = "sso")]
    StartLink(Slug),
    /// Asks for confirmation afterwards.
    #[cfg(feature = "sso")]
    Linking(Slug),
    /// Begins a sign-in there that proves again who the visitor is.
    #[cfg(feature = "sso")]
    StartProof(Slug),
    /// Receives the identity provider's answers.
    #[cfg(feature = "sso")]
    Acs(Slug),
    /// Receives its logout requests.
    #[cfg(feature = "sso")]
    Sls(Slug),
    /// This application's SAML metadata.
    #[cfg(feature = "sso")]
    SamlMetadata(Slug),
    /// The teams of an organisation.
    Teams(Slug),
    /// A team.
    Team(Slug, Slug),
    /// A member of an organisation.
    Member(Slug, MembershipId),
    /// Merges two memberships of the same person: one by hand, and another.
    Merge(Slug, MembershipId, MembershipId),
    /// A user of the organisation's directory, with or without a membership.
    Person(Slug, Id),
    Asset(Asset),
}

impl Page {
    /// The page at a path, with or without a slash at the end.
    pub(in crate::console) fn of(path: &str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        match path.strip_prefix('/')?.split('/').collect::<Vec<_>>()[..] {
            ["setup", link] => Opener::parse(link).map(Self::Setup),
            ["login"] => Some(Self::Login),
            ["reset", link] => Opener::parse(link).map(Self::Reset),
            ["confirm", link] => Opener::parse(link).map(Self::Confirm),
            ["accept", link] => Opener::parse(link).map(Self::Accept),
            ["recover"] => Some(Self::Recover),
            ["account"] => Some(Self::Account),
            ["settings"] => Some(Self::Settings),
            ["settings", slug] => slug.parse().ok().map(Self::Organisation),
            ["settings", slug, "members"] => slug.parse().ok().map(Self::Members),
            ["settings", slug, "members", "invite"] => slug.parse().ok().map(Self::Invite),
            ["settings", slug, "auth"] => slug.parse().ok().map(Self::Auth),
            ["settings", slug, "auth", "live"] => slug.parse().ok().map(Self::AuthLive),
            #[cfg(feature = "sso")]
            ["settings", slug, "auth", "sso"] => slug.parse().ok().map(Self::SignOn),
            #[cfg(feature = "sso")]
            ["settings", slug, "auth", "sso", "test"] => slug.parse().ok().map(Self::SignOnTest),
            #[cfg(feature = "sso")]
            ["settings", slug, "auth", "sso", "report"] => slug.parse().ok().map(Self::SignOnReport),
            #[cfg(feature = "sso")]
            ["auth", "login", slug] => slug.parse().ok().map(Self::StartSignOn),
            #[cfg(feature = "sso")]
            ["accept", link, "sign-on"] => Opener::parse(link).map(Self::AcceptBy),
            #[cfg(feature = "sso")]
            ["auth", "join", slug] => slug.parse().ok().map(Self::Joining),
            #[cfg(feature = "sso")]
            ["auth", "link", slug] => slug.parse().ok().map(Self::StartLink),
            #[cfg(feature = "sso")]
            ["auth", "linked", slug] => slug.parse().ok().map(Self::Linking),
            #[cfg(feature = "sso")]
            ["auth", "prove", slug] => slug.parse().ok().map(Self::StartProof),
            #[cfg(feature = "sso")]
            ["saml", "acs", slug] => slug.parse().ok().map(Self::Acs),
            #[cfg(feature = "sso")]
            ["saml", "sls", slug] => slug.parse().ok().map(Self::Sls),
            #[cfg(feature = "sso")]
            ["saml", "metadata", slug] => slug.parse().ok().map(Self::SamlMetadata),
            ["settings", slug, "teams"] => slug.parse().ok().map(Self::Teams),
            ["settings", slug, "teams", team] => Some(Self::Team(slug.parse().ok()?, team.parse().ok()?)),
            ["settings", slug, "members", id] => {
                Some(Self::Member(slug.parse().ok()?, MembershipId::parse(id)?))
            }
            ["settings", slug, "members", kept, "merge", gone] => {
                let (kept, gone) = (MembershipId::parse(kept)?, MembershipId::parse(gone)?);
                Some(Self::Merge(slug.parse().ok()?, kept, gone))
            }
            ["settings", slug, "people", id] => Some(Self::Person(slug.parse().ok()?, directory_id(id)?)),
            ["assets", name] => Asset::named(name).map(Self::Asset),
            _ => None,
        }
    }

    /// Its path once the organisation has another short name.
    pub(in crate::console) fn within(&self, former: &Slug, now: &Slug) -> String {
        let [former, now] = [former, now].map(|slug| format!("/settings/{slug}/"));
        self.path().replacen(&former, &now, 1)
    }

    /// Its path below the public URL.
    pub(in crate::console) fn path(&self) -> String {
        match self {
            Self::Setup(link) => format!("/setup/{}/", link.reveal()),
            Self::Login => "/login/".to_owned(),
            Self::Reset(link) => format!("/reset/{}/", link.reveal()),
            Self::Confirm(link) => format!("/confirm/{}/", link.reveal()),
            Self::Accept(link) => format!("/accept/{}/", link.reveal()),
            Self::Recover => "/recover/".to_owned(),
            Self::Account => "/account/".to_owned(),
            Self::Settings => "/settings/".to_owned(),
            Self::Organisation(slug) => format!("/settings/{slug}/"),
            Self::Members(slug) => format!("/settings/{slug}/members/"),
            Self::Invite(slug) => format!("/settings/{slug}/members/invite/"),
            Self::Auth(slug) => format!("/settings/{slug}/auth/"),
            Self::AuthLive(slug) => format!("/settings/{slug}/auth/live/"),
            #[cfg(feature = "sso")]
            Self::SignOn(slug) => format!("/settings/{slug}/auth/sso/"),
            #[cfg(feature = "sso")]
            Self::SignOnTest(slug) => format!("/settings/{slug}/auth/sso/test/"),
            #[cfg(feature = "sso")]
            Self::SignOnReport(slug) => format!("/settings/{slug}/auth/sso/report/"),
            #[cfg(feature = "sso")]
            Self::StartSignOn(slug) => format!("/auth/login/{slug}/"),
            #[cfg(feature = "sso")]
            Self::AcceptBy(link) => format!("/accept/{}/sign-on/", link.reveal()),
            #[cfg(feature = "sso")]
            Self::Joining(slug) => format!("/auth/join/{slug}/"),
            #[cfg(feature = "sso")]
            Self::StartLink(slug) => format!("/auth/link/{slug}/"),
            #[cfg(feature = "sso")]
            Self::Linking(slug) => format!("/auth/linked/{slug}/"),
            #[cfg(feature = "sso")]
            Self::StartProof(slug) => format!("/auth/prove/{slug}/"),
            #[cfg(feature = "sso")]
            Self::Acs(slug) => format!("/saml/acs/{slug}/"),
            #[cfg(feature = "sso")]
            Self::Sls(slug) => format!("/saml/sls/{slug}/"),
            #[cfg(feature = "sso")]
            Self::SamlMetadata(slug) => format!("/saml/metadata/{slug}/"),
            Self::Teams(slug) => format!("/settings/{slug}/teams/"),
            Self::Team(slug, team) => format!("/settings/{slug}/teams/{team}/"),
            Self::Member(slug, id) => format!("/settings/{slug}/members/{id}/"),
            Self::Merge(slug, kept, gone) => format!("/settings/{slug}/members/{kept}/merge/{gone}/"),
            Self::Person(slug, id) => format!("/settings/{slug}/people/{id}/"),
            Self::Asset(asset) => asset.path(),
        }
    }

    /// The organisation that it belongs to, if any.
    #[cfg(feature = "sso")]
    pub(in crate::console) const fn organisation(&self) -> Option<&Slug> {
        match self {
            Self::Organisation(slug)
            | Self::Members(slug)
            | Self::Invite(slug)
            | Self::Auth(slug)
            | Self::AuthLive(slug)
            | Self::Teams(slug)
            | Self::Team(slug, _)
            | Self::Member(slug, _)
            | Self::Merge(slug, ..)
            | Self::Person(slug, _) => Some(slug),
            Self::SignOn(slug) | Self::SignOnTest(slug) | Self::SignOnReport(slug) => Some(slug),
            Self::StartSignOn(_) | Self::Acs(_) | Self::Sls(_) | Self::SamlMetadata(_) => None,
            Self::AcceptBy(_) | Self::Joining(_) | Self::StartLink(_) | Self::Linking(_) => None,
            Self::StartProof(_) => None,
            Self::Setup(_)
            | Self::Login
            | Self::Reset(_)
            | Self::Confirm(_)
            | Self::Accept(_)
            | Self::Recover
            | Self::Account
            | Self::Settings
            | Self::Asset(_) => None,
        }
    }

    /// Whether a session opened by an organisation's identity provider is valid here. Such a session opens that organisation, but
    /// it must not be used to join another one or to set the account's password or address.
    pub(in crate::console) const fn counts_confined(&self) -> bool {
        #[cfg(feature = "sso")]
        if matches!(self, Self::AcceptBy(_) | Self::Joining(_) | Self::StartLink(_) | Self::Linking(_)) {
            return false;
        }
        !matches!(self, Self::Setup(_) | Self::Reset(_) | Self::Confirm(_) | Self::Accept(_) | Self::Recover)
    }

    /// The largest form accepted, in bytes. Only people who are signed in paste metadata.
    #[cfg(feature = "sso")]
    pub(in crate::console) const fn largest_form(&self, is_signed_in: bool) -> usize {
        match self {
            Self::SignOn(_) if is_signed_in => LARGEST_METADATA,
            _ => LARGEST_FORM,
        }
    }

    #[cfg(not(feature = "sso"))]
    pub(in crate::console) const fn largest_form(&self, _: bool) -> usize {
        LARGEST_FORM
    }

    /// Whether its form needs the session's token. The others start a session or carry a link instead.
    pub(in crate::console) const fn is_for_members(&self) -> bool {
        match self {
            #[cfg(feature = "sso")]
            Self::SignOn(_) | Self::SignOnTest(_) | Self::SignOnReport(_) => true,
            #[cfg(feature = "sso")]
            Self::StartLink(_) | Self::Linking(_) | Self::StartProof(_) => true,
            #[cfg(feature = "sso")]
            Self::StartSignOn(_)
            | Self::Acs(_)
            | Self::Sls(_)
            | Self::SamlMetadata(_)
            | Self::AcceptBy(_)
            | Self::Joining(_) => false,
            Self::Account
            | Self::Settings
            | Self::Organisation(_)
            | Self::Members(_)
            | Self::Invite(_)
            | Self::Auth(_)
            | Self::AuthLive(_)
            | Self::Teams(_)
            | Self::Team(..)
            | Self::Member(..)
            | Self::Merge(..)
            | Self::Person(..) => true,
            Self::Setup(_)
            | Self::Login
            | Self::Reset(_)
            | Self::Confirm(_)
            | Self::Accept(_)
            | Self::Recover
            | Self::Asset(_) => false,
        }
    }

    /// The page to go to after signing in, from a parameter of the sign-in page: one of our own pages, with its path written
    /// anew, or else the organisations. The text itself is never sent back.
    pub(in crate::console) fn to_return_to(text: &str) -> Self {
        match Self::of(text) {
            Some(
                page @ (Self::Setup(_)
                | Self::Accept(_)
                | Self::Account
                | Self::Organisation(_)
                | Self::Members(_)
                | Self::Invite(_)
                | Self::Auth(_)
                | Self::Teams(_)
                | Self::Team(..)
                | Self::Member(..)
                | Self::Merge(..)
                | Self::Person(..)),
            ) => page,
            Some(Self::AuthLive(slug)) => Self::Auth(slug),
            #[cfg(feature = "sso")]
            Some(page @ (Self::SignOn(_) | Self::SignOnReport(_) | Self::StartLink(_))) => page,
            _ => Self::Settings,
        }
    }
}

/// A directory id. Provost mints them all, from these characters.
fn directory_id(text: &str) -> Option<Id> {
    let is_one =
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_one.then(|| Id::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_address_are_one_page() {
        for path in [
            "/login",
            "/login/",
            "/settings/acme",
            "/settings/acme/",
            "/settings/acme/auth/",
            "/settings/acme/members",
            "/account/",
        ] {
            assert!(Page::of(path).is_some(), "{path}");
        }
        for path in [
            "",
            "/",
            "//login",
            "/login//",
            "/login/x",
            "/settings/Acme/",
            "/settings/a/b/",
            "/setup/",
            "/setup/abc/",
        ] {
            assert!(Page::of(path).is_none(), "{path}");
        }
    }

    /// Seen to fail: with an unknown address that leads anywhere but to the organisations.
    #[test]
    fn nobody_is_led_elsewhere() {
        for text in [
            "//host/x",
            "/\\host",
            "/%5chost",
            "https://host/",
            "/settings/\r\nX: y",
            "/login/",
            "settings/acme",
            "/settings/acme/../../x",
            "/assets/console.css",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(Page::to_return_to(text).path(), "/settings/", "{text}");
        }
        assert_eq!(Page::to_return_to("/settings/acme").path(), "/settings/acme/");
        assert_eq!(Page::to_return_to("/settings/acme/auth/live").path(), "/settings/acme/auth/");
        assert_eq!(Page::to_return_to("/account/").path(), "/account/");
    }
}
