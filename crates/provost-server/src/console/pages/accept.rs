//! `/accept/{link}/`: an invitation. Looking at the page changes nothing, nor does a form without a password or a session: mail
//! scanners follow links, and some press buttons.

use super::elsewhere::{self, Elsewhere};
use super::{BUSY, Common, Gone, Moment, hashed, regain, sentence};
use crate::access::{Account, Opener, Password, SHORTEST, Weakness};
use crate::console::Visitor;
use crate::console::answer::{A_MINUTE_MS, Answer, Trouble};
use crate::console::form::Form;
use crate::console::guard;
use crate::console::page::Page;
use crate::names::name;
use crate::organisations::Organisation;
use crate::people::{AddressKey, Holder, InvitationStore, Joiner, ManagedBy, Offer, Opened};
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use askama::Template;

/// What the visitor can do.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Nobody has the address: join with a name and a password.
    Begin,
    /// An account has it: sign in to that.
    SignIn,
    /// An account has it that is a member nowhere: sign in to it, or begin anew with the address.
    Either,
    /// Signed in with the address: join.
    Join { me: String },
    /// Signed in with another one: join as that account, or with the address.
    JoinAs { me: String },
    /// Signed in, and a member here by a membership of the other kind: make the two one.
    Merge { me: String },
    /// Signed in, and a member here already.
    IsHere { me: String },
}

impl Way {
    fn of(offer: &Offer, me: Option<&Account>) -> Self {
        let Some(account) = me else {
            return match offer.holder {
                None => Self::Begin,
                Some(Holder { is_member: true, .. }) => Self::SignIn,
                Some(Holder { is_member: false, .. }) => Self::Either,
            };
        };
        let me = account.clone().login();
        let has_address = AddressKey::of(&offer.address) == AddressKey::of(&me);
        match (offer.here, offer.managed_by) {
            (Some(here), invited) if here != invited => Self::Merge { me },
            (Some(_), _) => Self::IsHere { me },
            (None, _) if has_address => Self::Join { me },
            (None, _) => Self::JoinAs { me },
        }
    }
}

#[derive(Template)]
#[template(path = "accept.html")]
struct Accept {
    common: Common,
    link: String,
    organisation: String,
    address: String,
    /// Who gave access, where it was not a person.
    provider: Option<&'static str>,
    role: &'static str,
    teams: String,
    ends: Moment,
    way: Way,
    /// Whether the account in use is asked for its password.
    is_asked: bool,
    /// The way through the identity provider, and whether there is no other.
    elsewhere: Option<Elsewhere>,
    shortest: usize,
    name: String,
    name_error: String,
    password_error: String,
    error: String,
}

impl Accept {
    /// Whether there is a way without the identity provider.
    fn shows_ways(&self) -> bool {
        !self.is_required()
    }

    fn is_required(&self) -> bool {
        self.elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.is_required)
    }
}

#[derive(Template)]
#[template(path = "accept_ended.html")]
struct Ended {
    common: Common,
    link: String,
    organisation: String,
    address: String,
    ends: Moment,
    /// Another one was asked for.
    is_sent: bool,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    match open(visitor, link).await? {
        Opened::Good(offer) => {
            let elsewhere = elsewhere::of(visitor, &offer.organisation.slug).await?;
            Answer::page(&page(visitor, link, *offer, elsewhere))
        }
        Opened::Regain(found) => {
            let elsewhere = elsewhere::of(visitor, &found.offer.organisation.slug).await?;
            regain::show(visitor, link, *found, elsewhere)
        }
        other => closed(visitor, link, other, false),
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
) -> Result<Answer, Trouble> {
    let offer = match open(visitor, link).await? {
        Opened::Good(offer) => offer,
        Opened::Regain(found) => {
            let elsewhere = elsewhere::of(visitor, &found.offer.organisation.slug).await?;
            return regain::send(visitor, link, form, (*found, elsewhere)).await;
        }
        Opened::Ended(offer) if form.text("do") == "renew" => {
            return match visitor.console.storage.renew(visitor.by_link("invitation"), link.digest()).await {
                Ok(()) => closed(visitor, link, Opened::Ended(offer), true),
                Err(StorageError::LinkGone) => closed(visitor, link, Opened::Gone, false),
                Err(e) => Err(e.into()),
            };
        }
        other => return closed(visitor, link, other, false),
    };
    let organisation = Page::Organisation(offer.organisation.slug.clone());
    let elsewhere = elsewhere::of(visitor, &offer.organisation.slug).await?;
    let mut page = page(visitor, link, *offer, elsewhere);
    if page.is_required() {
        // who joins by a password could not come in, and makes no two memberships one
        return Answer::wrong(&page);
    }
    let joiner = match &visitor.session {
        Some(signed) => {
            guard::of_this_session(&signed.opener, form)?;
            if let Err(proof) = visitor.prove_to_join(form).await? {
                page.error.clone_from(&proof.error);
                return proof.answer(&page);
            }
            let me = signed.session.account.id;
            match page.way {
                Way::Merge { .. } => Joiner::Merging(me),
                _ => Joiner::Account(me),
            }
        }
        None => match newcomer(&mut page, form, visitor).await? {
            Ok(joiner) => joiner,
            Err(answer) => return Ok(answer),
        },
    };
    let is_signed_in = visitor.session.is_some();
    match visitor.console.storage.join(visitor.by_link("invitation"), link.digest(), joiner).await {
        Ok(_) if is_signed_in => Ok(Answer::redirect(&organisation)),
        Ok(account) => visitor.begin(account, &organisation, None).await,
        Err(StorageError::HasJoined | StorageError::LinkGone) => show(visitor, link).await,
        Err(StorageError::HasAccount(_)) => {
            page.way = Way::SignIn;
            Answer::wrong(&page)
        }
        Err(StorageError::IsHere) => {
            let me = visitor.session.as_ref().map(|signed| signed.session.account.clone().login());
            page.way = Way::IsHere { me: me.unwrap_or_default() };
            Answer::wrong(&page)
        }
        Err(StorageError::Refused(why)) => {
            page.error = sentence(&why);
            Answer::wrong(&page)
        }
        Err(e) => Err(e.into()),
    }
}

/// Who joins with a name and a password; or the page again, which says what is wrong.
async fn newcomer(
    page: &mut Accept,
    form: &Form,
    visitor: &Visitor<'_>,
) -> Result<Result<Joiner, Answer>, Trouble> {
    form.text("name").clone_into(&mut page.name);
    let called = name(form.text("name")).map_err(|why| page.name_error = sentence(why)).ok();
    let password = Password::chosen(&form.secret("password"));
    let password = password.map_err(|why: Weakness| page.password_error = why.to_string()).ok();
    let (Some(name), Some(password)) = (called, password) else { return Ok(Err(Answer::wrong(page)?)) };
    let Some(password) = hashed(visitor, &page.address, password).await? else {
        page.password_error = BUSY.to_owned();
        let again = Answer::with(StatusCode::TOO_MANY_REQUESTS, page)?;
        return Ok(Err(again.wait(A_MINUTE_MS)));
    };
    Ok(Ok(match form.text("do") {
        "anew" => Joiner::Anew { name, password },
        _ => Joiner::New { name, password },
    }))
}

async fn open(visitor: &Visitor<'_>, link: &Opener) -> Result<Opened, Trouble> {
    let me = visitor.session.as_ref().map(|signed| signed.session.account.id);
    let opened = visitor.console.storage.invitation(link.digest(), me, visitor.now).await?;
    let organisation = match &opened {
        Opened::Good(offer) | Opened::Ended(offer) => &offer.organisation,
        Opened::Regain(found) => &found.offer.organisation,
        Opened::Accepted(_) | Opened::Spent | Opened::Gone => return Ok(opened),
    };
    match organisation.disabled {
        Some(_) => Err(Trouble::SwitchedOff(organisation.name.clone())),
        None => Ok(opened),
    }
}

fn page(visitor: &Visitor<'_>, link: &Opener, offer: Offer, elsewhere: Option<Elsewhere>) -> Accept {
    let me = visitor.session.as_ref().map(|signed| &signed.session.account);
    let way = Way::of(&offer, me);
    let Organisation { name: organisation, provider, .. } = offer.organisation;
    Accept {
        common: Common::of(visitor),
        link: link.reveal().to_owned(),
        organisation,
        provider: (offer.managed_by == ManagedBy::Scim).then(|| provider.directory()),
        role: offer.role.title(),
        teams: offer.teams.join(", "),
        ends: Moment(offer.ends),
        way,
        is_asked: visitor.is_asked(),
        elsewhere,
        shortest: SHORTEST,
        name: offer.name.unwrap_or_default(),
        address: offer.address,
        name_error: String::new(),
        password_error: String::new(),
        error: String::new(),
    }
}

/// The page of a link that cannot be used to join.
fn closed(visitor: &Visitor<'_>, link: &Opener, opened: Opened, is_sent: bool) -> Result<Answer, Trouble> {
    match opened {
        Opened::Regain(_) | Opened::Spent => regain::spent(visitor),
        Opened::Ended(offer) | Opened::Good(offer) => {
            let page = Ended {
                common: Common::of(visitor),
                link: link.reveal().to_owned(),
                organisation: offer.organisation.name,
                address: offer.address,
                ends: Moment(offer.ends),
                is_sent,
            };
            Answer::with(if is_sent { StatusCode::OK } else { StatusCode::GONE }, &page)
        }
        Opened::Accepted(organisation) => {
            let text = format!("Somebody joined {} with it. If that was you, sign in.", organisation.name);
            Gone::answer(visitor, "This invitation has been accepted", text)
        }
        Opened::Gone => Gone::answer(
            visitor,
            "This link is no longer good",
            "The invitation was withdrawn, or part of the link is missing. Ask the person who invited you for a new one.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::offer_to;
    use super::*;
    use crate::access::AccountId;
    use crate::people::Role;

    fn offer(holder: Option<Holder>, here: Option<ManagedBy>) -> Offer {
        Offer { here, ..offer_to(Role::Member, holder) }
    }

    fn account(email: &str) -> Account {
        Account {
            id: AccountId(7),
            email: Some(email.to_owned()),
            name: "Ann".to_owned(),
            epoch: 0,
            is_off: false,
        }
    }

    /// Seen to fail: with an account of another address joined without asking.
    #[test]
    fn who_comes_by_a_link_is_shown_the_ways_that_are_hers() {
        let held = |is_member| Some(Holder { account: AccountId(7), is_member });
        assert_eq!(Way::of(&offer(None, None), None), Way::Begin);
        assert_eq!(Way::of(&offer(held(true), None), None), Way::SignIn);
        assert_eq!(Way::of(&offer(held(false), None), None), Way::Either);
        let (mine, other) = (account("ann@example.COM"), account("bob@example.com"));
        assert_eq!(
            Way::of(&offer(held(true), None), Some(&mine)),
            Way::Join { me: "ann@example.COM".into() }
        );
        assert_eq!(Way::of(&offer(None, None), Some(&other)), Way::JoinAs { me: "bob@example.com".into() });
        let here = |by| Way::of(&offer(None, Some(by)), Some(&other));
        assert_eq!(here(ManagedBy::Hand), Way::Merge { me: "bob@example.com".into() });
        assert_eq!(here(ManagedBy::Scim), Way::IsHere { me: "bob@example.com".into() });
    }
}
