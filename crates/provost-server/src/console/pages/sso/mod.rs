//! `/settings/{org}/auth/sso/`: single sign-on is set up in five steps, and switched on and off.
//!
//! `begun.rs` is a test without an answer as it is shown, `forms.rs` does what the page's forms ask for, `shown.rs` is how a connection is shown, `test.rs` has the test sign-in and its report, `answer.rs` what people and identity
//! providers come to who are not signed in, `joining.rs` and `linking.rs` those who
//! bring another proof besides, `proving.rs` those who prove again who they are, `logout.rs` the end of that.

pub(in crate::console) mod answer;
mod begun;
mod forms;
pub(in crate::console) mod joining;
pub(in crate::console) mod linking;
pub(in crate::console) mod logout;
pub(in crate::console) mod proving;
mod shown;
pub(in crate::console) mod test;

pub(in crate::console) use forms::send;

use super::Common;
use super::organisation::{Nav, enter, permit};
use crate::access::{AccountId, Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::proof::{Means, Unproved};
use crate::people::{Compared, OBJECT_ID};
use crate::slug::Slug;
use crate::sso::{
    Addresses, Keeper, Map, Registered, Report, RequireStore, ShutOut, SignOn, SignOnStore, TestStore,
    Without, WithoutStore, awaited,
};
use askama::Template;
use begun::Begun;
use shown::{Shown, quoted};

#[derive(Template)]
#[template(path = "sso.html")]
struct SignOnPage {
    common: Common,
    nav: Nav,
    addresses: Addresses,
    is_https: bool,
    step: Step,
    may_edit: bool,
    is_on: bool,
    /// What is set up: the draft, where there is one.
    shown: Option<Shown>,
    /// What people sign in by meanwhile, where a draft lies beside it.
    in_force: Option<Shown>,
    has_draft: bool,
    map: Map,
    map_errors: [String; 4],
    default_role: &'static str,
    /// Whether signing in makes somebody a member; `None` while SCIM is on and decides that.
    lets_in: Option<bool>,
    /// Of the people from SCIM, how many are recognised at their first sign-in, and how many there are.
    recognised: Option<(usize, usize)>,
    /// Whether certificates that have ended are refused.
    refuses_expired: bool,
    /// The emergency account, where single sign-on is required.
    emergency: Option<AccountId>,
    /// The owners who can be that; the visitor first.
    keepers: Vec<Keeper>,
    /// Who could not come in any more.
    shut_out: ShutOut,
    /// Who has no password, and could not sign in without single sign-on, or by another one.
    without: Without,
    /// Who cannot now.
    unlinked: Without,
    /// Whether the draft is another connection, by which nobody is linked.
    is_another: bool,
    sends_mail: bool,
    /// The values in the identity provider have another public URL in them.
    moved: Option<String>,
    /// Or another short name.
    renamed: Option<Addresses>,
    /// Whether the last test of what is shown was refused.
    was_refused: bool,
    /// A later one to which no answer came.
    begun: Option<Begun>,
    again: Means,
    notice: Option<&'static str>,
    error: String,
    address: String,
    /// What is wrong with the address, or with the text, of metadata.
    address_error: String,
    text_error: String,
    proof: Unproved,
}

impl SignOnPage {
    fn keeps(&self, keeper: &Keeper) -> bool {
        Some(keeper.account) == self.emergency
    }

    /// Who opens the organisation by a password all the same.
    fn keeper(&self) -> &str {
        let found = self.keepers.iter().find(|keeper| self.keeps(keeper));
        found.map_or("the emergency account", |keeper| &keeper.name)
    }

    fn is_map_wrong(&self) -> bool {
        self.map_errors.iter().any(|error| !error.is_empty())
    }

    /// Whether the metadata that was brought cannot be used.
    fn is_source_wrong(&self) -> bool {
        !self.address_error.is_empty() || !self.text_error.is_empty()
    }

    fn is_wrong(&self) -> bool {
        !self.error.is_empty() || self.is_map_wrong() || self.is_source_wrong()
    }

    /// Whether the words are Entra's: also while no provider is known, since most have that one.
    fn is_entra(&self) -> bool {
        self.shown.as_ref().is_none_or(|shown| shown.tenant.is_some())
    }
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Metadata,
    Map,
    Test,
    TurnOn,
    /// Nothing: it is on.
    Done,
}

impl Step {
    fn of(found: &SignOn, is_mapped: bool, is_passed: bool) -> Self {
        match (&found.draft, &found.in_force) {
            (Some(_), _) if is_passed => Self::TurnOn,
            (Some(_), _) if is_mapped => Self::Test,
            (Some(_), _) => Self::Map,
            (None, Some(current)) if current.standing.is_on() => Self::Done,
            (None, Some(_)) => Self::TurnOn,
            (None, None) => Self::Metadata,
        }
    }

    /// The class of a step of the list.
    fn class(self, of: Self) -> &'static str {
        match self.cmp(&of) {
            std::cmp::Ordering::Less => "later",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "done",
        }
    }
}

/// What a form came to, for the page that answers it.
#[derive(Default)]
struct Said {
    notice: Option<&'static str>,
    error: String,
    address: String,
    address_error: String,
    text_error: String,
    map: Option<Map>,
    map_errors: [String; 4],
    proof: Unproved,
    is_mapped: bool,
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::SignOn(slug.clone()), slug).await?;
    permit(&place, Action::SeeSettings)?;
    let query = Form::of_query(query);
    let done = query.text("done");
    let said = Said { notice: forms::notice(done), is_mapped: done == "mapped", ..Said::default() };
    Answer::page(&filled(visitor, nav, &place, said).await?)
}

/// What the values that are shown have in them.
fn registered(visitor: &Visitor<'_>, place: &Place) -> Registered {
    Registered { public_url: visitor.console.public_url.to_string(), slug: place.organisation.slug.clone() }
}

async fn filled(visitor: &Visitor<'_>, nav: Nav, place: &Place, said: Said) -> Result<SignOnPage, Trouble> {
    let storage = &visitor.console.storage;
    let found = storage.sign_on(place.tenant()).await?;
    let report: Option<Report> =
        storage.last_report(place.tenant(), visitor.now).await?.map(|(_, report)| report);
    let unanswered = storage.unanswered_test(place.tenant(), visitor.now).await?;
    let unanswered = awaited(unanswered, &found, report.as_ref());
    let newest = found.newest();
    let of_newest = |report: &Report| newest.is_some_and(|newest| newest.id.0 == report.connection);
    let refused = report.as_ref().filter(|report| of_newest(report)).map(|report| !report.is_passed());
    let public_url = &visitor.console.public_url;
    let addresses = Addresses::of(public_url, &nav.slug);
    let tested = found.in_force.as_ref().and_then(|current| current.standing.tested());
    let stored = tested.map(|tested| &tested.registered);
    let moved = stored.filter(|stored| stored.public_url != public_url.to_string());
    let renamed = stored.filter(|stored| stored.slug != nav.slug);
    let page = Page::SignOn(nav.slug.clone());
    let signed = visitor.signed(&page)?;
    let is_on = found.on().is_some();
    let emergency = found.on().and_then(|on| on.standing.emergency());
    let may_edit = Action::EditSignOn.is_allowed(place.role);
    let map = said.map.unwrap_or_else(|| newest.map_or_else(Map::entra, |newest| newest.map.clone()));
    let is_in_the_making = newest.is_some() && (found.draft.is_some() || !is_on);
    let recognised = match may_edit && is_in_the_making {
        true => Some(storage.recognised(place.tenant(), map.compared).await?),
        false => None,
    };
    let (mut keepers, mut shut_out) = (Vec::new(), ShutOut::default());
    if is_on && may_edit {
        keepers = storage.keepers(place.tenant()).await?;
        let me = signed.session.account.id;
        keepers.sort_by_key(|keeper| keeper.account != me);
        if emergency.is_none() {
            shut_out = storage.shut_out(place.tenant()).await?;
        }
    }
    let (without, unlinked) = match &found.in_force {
        Some(_) if may_edit => storage.without_password(place.tenant()).await?,
        _ => Default::default(),
    };
    let is_another = match (&found.in_force, &found.draft) {
        (Some(old), Some(draft)) => !old.is_same(draft),
        _ => false,
    };
    Ok(SignOnPage {
        without,
        unlinked,
        is_another,
        sends_mail: visitor.console.sends_mail,
        lets_in: found.on().filter(|_| !place.organisation.scim).map(|on| on.standing.lets_in()),
        refuses_expired: newest.is_some_and(|newest| newest.refuses_expired),
        emergency,
        keepers,
        shut_out,
        common: Common::of(visitor),
        is_https: public_url.is_https(),
        step: Step::of(&found, said.is_mapped || refused.is_some(), refused == Some(false)),
        may_edit,
        is_on,
        shown: newest.map(|newest| Shown::of(newest, visitor.now)),
        has_draft: found.draft.is_some(),
        in_force: found
            .in_force
            .as_ref()
            .filter(|_| found.draft.is_some())
            .map(|current| Shown::of(current, visitor.now)),
        map,
        recognised: recognised.filter(|(_, all)| *all > 0),
        map_errors: said.map_errors,
        default_role: place.organisation.default_role.as_str(),
        moved: moved.map(|stored| stored.public_url.clone()),
        renamed: renamed.map(|stored| Addresses::of(public_url, &stored.slug)),
        was_refused: refused == Some(true),
        begun: unanswered.and_then(|test| Begun::of(test, newest, report.as_ref(), &addresses)),
        addresses,
        again: visitor.again(place, &page).await?,
        notice: said.notice,
        error: said.error,
        address: said.address,
        address_error: quoted(&said.address_error),
        text_error: quoted(&said.text_error),
        proof: said.proof,
        nav,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_before_the_present_one_are_done() {
        assert_eq!(Step::Test.class(Step::Map), "done");
        assert_eq!(Step::Test.class(Step::Test), "now");
        assert_eq!(Step::Test.class(Step::TurnOn), "later");
    }
}
