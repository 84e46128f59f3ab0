//! `/settings/{org}/members/{id}/merge/{other}/`: the same person twice, by hand and by the identity provider. Shows what a merge
//! would do, and lets an owner who has seen it confirm.

use super::Common;
use super::organisation::{Nav, enter, permit};
use super::sentence;
use crate::access::{Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::proof::{Means, Unproved};
use crate::people::{Held, Merging, MergingStore, Order, Origin, Pair, Side, Stage};
use crate::slug::Slug;
use crate::storage::StorageError;
use askama::Template;

#[derive(Template)]
#[template(path = "merge.html")]
struct MergePage {
    common: Common,
    nav: Nav,
    error: String,
    /// The person's name afterwards.
    name: String,
    provider: &'static str,
    rows: Vec<Row>,
    /// Why they cannot be merged.
    refusal: Option<String>,
    /// Where the form is sent, and the page of the member who stays.
    page: String,
    member: String,
    mark: String,
    needs_proof: bool,
    /// What the visitor signs in with.
    again: Means,
}

/// A value on both sides, and afterwards.
struct Row {
    what: &'static str,
    by_hand: String,
    provided: String,
    merged: String,
}

/// The requested page and its subject.
struct Room<'a> {
    visitor: &'a Visitor<'a>,
    place: Place,
    pair: Pair,
}

pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    pair: Pair,
) -> Result<Answer, Trouble> {
    let (nav, room) = open(visitor, slug, pair).await?;
    let merging = room.merging().await?.ok_or(Trouble::NotFound)?;
    Answer::page(&room.filled(nav, &merging, String::new()).await?)
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    pair: Pair,
    form: &Form,
) -> Result<Answer, Trouble> {
    let (nav, room) = open(visitor, slug, pair).await?;
    let merging = room.merging().await?.ok_or(Trouble::Ended)?;
    let is_proved = merging.needs().needs_proof();
    if is_proved && let Err(why) = room.prove(form).await? {
        return why.answer(&room.filled(nav, &merging, why.error.clone()).await?);
    }
    let signed = visitor.signed(&room.page())?;
    let order = Order { by: visitor.by(signed), tenant: room.place.tenant(), id: pair.kept, is_proved };
    let seen = form.text("seen").to_owned();
    match visitor.console.storage.merge_seen(order, pair.gone, seen).await {
        Ok(()) => Ok(Answer::done(&Page::Member(slug.clone(), pair.kept), "merged")),
        Err(StorageError::Refused(why)) => {
            let merging = room.merging().await?.ok_or(Trouble::Ended)?;
            Answer::wrong(&room.filled(nav, &merging, sentence(&why)).await?)
        }
        Err(StorageError::NoMember(_)) => Err(Trouble::Ended),
        Err(other) => Err(other.into()),
    }
}

async fn open<'a>(visitor: &'a Visitor<'a>, slug: &Slug, pair: Pair) -> Result<(Nav, Room<'a>), Trouble> {
    let page = Page::Merge(slug.clone(), pair.kept, pair.gone);
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::Merge)?;
    Ok((nav, Room { visitor, place, pair }))
}

impl Room<'_> {
    fn page(&self) -> Page {
        Page::Merge(self.place.organisation.slug.clone(), self.pair.kept, self.pair.gone)
    }

    async fn merging(&self) -> Result<Option<Merging>, Trouble> {
        Ok(self.visitor.console.storage.merging(self.place.tenant(), self.pair).await?)
    }

    async fn prove(&self, form: &Form) -> Result<Result<(), Unproved>, Trouble> {
        self.visitor.prove_again(&self.place, &self.page(), form).await
    }

    async fn filled(&self, nav: Nav, merging: &Merging, error: String) -> Result<MergePage, Trouble> {
        let (visitor, organisation) = (self.visitor, &self.place.organisation);
        let below = |page: &Page| visitor.console.public_url.prefix().to_owned() + &page.path();
        let provider = organisation.provider.name();
        let who = &merging.kept.member.user_name;
        let again = visitor.again(&self.place, &self.page()).await?;
        Ok(MergePage {
            common: Common::of(visitor),
            nav,
            error,
            name: name(&merging.gone),
            provider,
            rows: rows(merging, provider),
            refusal: merging.becomes.err().map(|why| sentence(&why.of(who))),
            page: below(&self.page()),
            member: below(&Page::Member(organisation.slug.clone(), self.pair.kept)),
            mark: merging.mark(),
            needs_proof: merging.needs().needs_proof(),
            again,
        })
    }
}

/// The person's name on one side.
fn name(side: &Side) -> String {
    let name = side.member.display_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    name.unwrap_or(&side.member.user_name).to_owned()
}

fn rows(merging: &Merging, provider: &str) -> Vec<Row> {
    let (kept, gone) = (&merging.kept, &merging.gone);
    let row = |what, of: &dyn Fn(&Side) -> String, merged: String| Row {
        what,
        by_hand: of(kept),
        provided: of(gone),
        merged,
    };
    let email = |side: &Side| side.member.email.clone().unwrap_or_else(|| "none".to_owned());
    let count = |side: &Side| match side.member.teams.len() {
        0 => "none".to_owned(),
        n => n.to_string(),
    };
    let role = |side: &Side| role(side.standing.role);
    let all = merging.teams.join(", ");
    let teams = match (merging.teams.len(), merging.more_teams) {
        (0, _) => "none".to_owned(),
        (_, 0) => all,
        (_, more) => format!("{all} and {more} more"),
    };
    vec![
        row("Name", &name, name(gone)),
        row("E-mail", &email, email(gone)),
        row("Role", &role, role(kept)),
        row("Account", &|side: &Side| account(side).to_owned(), merged_account(kept, gone).to_owned()),
        row("Teams", &count, teams),
        Row {
            what: "Managed by",
            by_hand: "people here".to_owned(),
            provided: provider.to_owned(),
            merged: provider.to_owned(),
        },
    ]
}

fn role(held: Held) -> String {
    let source = match held {
        Held::ByHand(_) => "by hand",
        Held::Given(_, Origin::Default) => "the Default Role",
        Held::Given(_, Origin::Attribute) => "role attribute",
        Held::Given(_, Origin::Rule) => "by a rule",
    };
    format!("{}, {source}", held.role().title())
}

const fn account(side: &Side) -> &'static str {
    match side.standing.stage {
        Stage::Joined(_) => "joined",
        Stage::Invited => "invited",
        Stage::Provisioned => "not invited yet",
    }
}

const fn merged_account(kept: &Side, gone: &Side) -> &'static str {
    match (kept.standing.stage, gone.standing.stage) {
        (Stage::Joined(_), _) => "joined, with the account of the membership by hand",
        (_, Stage::Joined(_)) => "joined, with the account of the other membership",
        _ => "invited",
    }
}
