//! An invitation to somebody who has joined already, and whose account has no password: on its page the account gets one. Where another
//! account has the address, its person signs in to that, and the membership goes over to it. Looking at the page changes nothing.

use super::elsewhere::Elsewhere;
use super::{BUSY, Common, Gone, Moment, hashed, sentence};
use crate::access::{Account, Opener, Password, SHORTEST};
use crate::console::Visitor;
use crate::console::answer::{A_MINUTE_MS, Answer, Trouble};
use crate::console::form::Form;
use crate::console::guard;
use crate::console::page::Page;
use crate::people::{Regain, RegainStore, Regained, Role};
use crate::slug::Slug;
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use askama::Template;

/// What the visitor can do.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Set a password.
    Password,
    /// Another account has the address: sign in to that.
    SignIn { me: Option<String> },
    /// Signed in to it: the membership goes over.
    Take { me: String },
    /// The organisation is opened through the identity provider alone.
    Provider,
}

impl Way {
    fn of(regain: &Regain, is_required: bool, me: Option<&Account>) -> Self {
        let offer = &regain.offer;
        match (offer.holder, me) {
            // one of the owners opens it with a password all the same
            _ if is_required && offer.role != Role::Owner => Self::Provider,
            (None, _) => Self::Password,
            (Some(holder), Some(me)) if holder.account == me.id => Self::Take { me: me.clone().login() },
            (Some(_), me) => Self::SignIn { me: me.map(|me| me.clone().login()) },
        }
    }
}

#[derive(Template)]
#[template(path = "regain.html")]
struct RegainPage {
    common: Common,
    link: String,
    slug: Slug,
    organisation: String,
    address: String,
    ends: Moment,
    way: Way,
    /// Whether the account in use is asked for its password.
    is_asked: bool,
    /// What the identity provider is called, where the account can be linked to a sign-in there.
    provider: Option<String>,
    is_required: bool,
    shortest: usize,
    password_error: String,
    error: String,
}

impl RegainPage {
    fn of(visitor: &Visitor<'_>, link: &Opener, regain: Regain, elsewhere: Option<Elsewhere>) -> Self {
        let me = visitor.session.as_ref().map(|signed| &signed.session.account);
        let is_required = elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.is_required);
        let provider = elsewhere.filter(|_| !regain.is_linked).map(|elsewhere| elsewhere.provider);
        let way = Way::of(&regain, is_required, me);
        let offer = regain.offer;
        Self {
            common: Common::of(visitor),
            link: link.reveal().to_owned(),
            slug: offer.organisation.slug,
            organisation: offer.organisation.name,
            address: offer.address,
            ends: Moment(offer.ends),
            way,
            is_asked: visitor.is_asked(),
            provider,
            is_required,
            shortest: SHORTEST,
            password_error: String::new(),
            error: String::new(),
        }
    }
}

pub(super) fn show(
    visitor: &Visitor<'_>,
    link: &Opener,
    regain: Regain,
    elsewhere: Option<Elsewhere>,
) -> Result<Answer, Trouble> {
    Answer::page(&RegainPage::of(visitor, link, regain, elsewhere))
}

pub(super) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
    (regain, elsewhere): (Regain, Option<Elsewhere>),
) -> Result<Answer, Trouble> {
    let mut page = RegainPage::of(visitor, link, regain, elsewhere);
    let how = match (&page.way, &visitor.session) {
        (Way::Password, _) => match password(&mut page, form, visitor).await? {
            Ok(how) => how,
            Err(answer) => return Ok(answer),
        },
        (Way::Take { .. }, Some(signed)) => {
            guard::of_this_session(&signed.opener, form)?;
            if let Err(proof) = visitor.prove_to_join(form).await? {
                page.error.clone_from(&proof.error);
                return proof.answer(&page);
            }
            Regained::Account(signed.session.account.id)
        }
        (Way::Take { .. } | Way::SignIn { .. } | Way::Provider, _) => return Answer::wrong(&page),
    };
    let is_password = matches!(how, Regained::Password(_));
    match visitor.console.storage.regain(visitor.by_link("invitation"), link.digest(), how).await {
        Ok(account) if is_password => {
            // where single sign-on is required, the password opens the emergency account alone
            let organisation = Page::Organisation(page.slug.clone());
            let then = if page.is_required { Page::Settings } else { organisation };
            visitor.begin(account, &then, None).await
        }
        Ok(_) => Ok(Answer::redirect(&Page::Organisation(page.slug))),
        Err(StorageError::LinkGone) => spent(visitor),
        Err(StorageError::HasAccount(_)) => {
            let me = visitor.session.as_ref().map(|signed| signed.session.account.clone().login());
            page.way = Way::SignIn { me };
            Answer::wrong(&page)
        }
        Err(StorageError::IsHere) => {
            page.error = format!(
                "Your account is a member of {} already by another membership, which does not take this one too: ask an owner there.",
                page.organisation
            );
            Answer::wrong(&page)
        }
        Err(StorageError::Refused(why)) => {
            page.error = sentence(&why);
            Answer::wrong(&page)
        }
        Err(e) => Err(e.into()),
    }
}

/// The password that was typed; or the page again, which says what is wrong.
async fn password(
    page: &mut RegainPage,
    form: &Form,
    visitor: &Visitor<'_>,
) -> Result<Result<Regained, Answer>, Trouble> {
    let password = match Password::chosen(&form.secret("password")) {
        Ok(password) => password,
        Err(why) => {
            page.password_error = why.to_string();
            return Ok(Err(Answer::wrong(page)?));
        }
    };
    let Some(password) = hashed(visitor, &page.address, password).await? else {
        page.password_error = BUSY.to_owned();
        return Ok(Err(Answer::with(StatusCode::TOO_MANY_REQUESTS, page)?.wait(A_MINUTE_MS)));
    };
    Ok(Ok(Regained::Password(password)))
}

/// The page of such a link that was used, or is not good any more.
pub(super) fn spent(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    Gone::answer(
        visitor,
        "This link is not needed any more",
        "It was used already, or the account is opened without it by now, or the address that your organisation has of you is another one. \
         Sign in, or ask an owner for a new link.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::AccountId;
    use crate::people::Holder;

    fn account(id: i64) -> Account {
        let (email, name) = (Some(format!("{id}@example.com")), "Ann".to_owned());
        Account { id: AccountId(id), email, name, epoch: 0, is_off: false }
    }

    /// Seen to fail: with a membership handed to any account that is signed in, and with a password where single sign-on is required.
    #[test]
    fn who_comes_by_a_link_is_shown_the_way_that_is_hers() {
        let regain = |role, holder: Option<i64>| Regain {
            offer: super::super::offer_to(
                role,
                holder.map(|id| Holder { account: AccountId(id), is_member: true }),
            ),
            is_linked: false,
        };
        let (free, taken) = (regain(Role::Member, None), regain(Role::Member, Some(7)));
        let (mine, other) = (account(7), account(8));
        let theirs = |me: &Account| me.clone().login();
        assert_eq!(Way::of(&free, false, None), Way::Password);
        assert_eq!(Way::of(&free, false, Some(&other)), Way::Password);
        assert_eq!(Way::of(&taken, false, None), Way::SignIn { me: None });
        assert_eq!(Way::of(&taken, false, Some(&other)), Way::SignIn { me: Some(theirs(&other)) });
        assert_eq!(Way::of(&taken, false, Some(&mine)), Way::Take { me: theirs(&mine) });
        assert_eq!(Way::of(&free, true, None), Way::Provider);
        assert_eq!(Way::of(&taken, true, Some(&mine)), Way::Provider);
        assert_eq!(Way::of(&regain(Role::Owner, None), true, None), Way::Password);
    }
}
