//! The addresses for identity providers and people who are not signed in: `/auth/login/{org}/` begins a sign-in at the identity
//! provider, `/saml/acs/{org}/` takes its answer, `/saml/metadata/{org}/` publishes our metadata.
//!
//! The organisation in the path, and nothing else, decides which keys and which audience are expected.

use crate::access::{AccountId, NewSession, Opener};
use crate::audit::How;
use crate::clock::Timestamp;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::{Form, body};
use crate::console::page::Page;
use crate::console::pages::Common;
use crate::organisations::{FormerSlugStore, Organisation, OrganisationStore};
use crate::slug::Slug;
use crate::sso::{
    Addresses, Again, Answered, Arrived, BeginError, Beginning, Connection, NOT_FRESH, Person, Proved,
    Proven, ProvenStore, Purpose, Report, Request, SignOnStore, SignedOn, Taken, Unlinked,
};
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use askama::Template;

/// The largest answer, in bytes.
const LARGEST: usize = 256 * 1024;

/// An organisation with single sign-on turned on.
pub(in crate::console) struct Open {
    pub(in crate::console) organisation: Organisation,
    connection: Connection,
}

impl Open {
    /// The identity provider's name.
    pub(in crate::console) fn called(&self) -> String {
        crate::sso::called(&self.connection.provider)
    }

    /// Whether passwords no longer open the organisation.
    pub(in crate::console) const fn is_required(&self) -> bool {
        self.connection.standing.emergency().is_some()
    }

    /// Whether this account's password no longer opens it.
    pub(in crate::console) fn is_closed_to(&self, account: AccountId) -> bool {
        self.connection.standing.emergency().is_some_and(|emergency| emergency != account)
    }

    pub(super) fn into_parts(self) -> (Organisation, Connection) {
        (self.organisation, self.connection)
    }

    /// The path to the identity provider, and from there to a page.
    pub(in crate::console) fn path(&self, to: &Page) -> String {
        format!("/auth/login/{}/?to={}", self.organisation.slug, to.path())
    }
}

/// An enabled organisation with single sign-on turned on.
pub(in crate::console) async fn open(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<Open>, Trouble> {
    let found = organisation(visitor, slug).await?;
    match found.filter(|found| found.disabled.is_none()) {
        Some(organisation) => of(visitor, organisation).await,
        None => Ok(None),
    }
}

/// Single sign-on of an organisation, which may itself be switched off.
pub(in crate::console) async fn of(
    visitor: &Visitor<'_>,
    organisation: Organisation,
) -> Result<Option<Open>, Trouble> {
    let connection = visitor.console.storage.sign_on(organisation.tenant).await?.on().cloned();
    Ok(connection.map(|connection| Open { organisation, connection }))
}

/// Finds an organisation by its present or a former short name, which the identity provider may still use.
pub(super) async fn organisation(
    visitor: &Visitor<'_>,
    slug: &Slug,
) -> Result<Option<Organisation>, Trouble> {
    match visitor.console.storage.organisation(slug).await {
        Ok(found) => Ok(Some(found)),
        Err(StorageError::NoOrganisation(_)) => Ok(visitor.console.storage.renamed_to(slug.clone()).await?),
        Err(StorageError::WasDeleted { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Our metadata for an organisation's identity provider. Strangers can ask, so it does not reveal whether the organisation
/// exists.
pub(in crate::console) fn metadata(visitor: &Visitor<'_>, slug: &Slug) -> Answer {
    Answer::xml(crate::sso::ours(&Addresses::of(&visitor.console.public_url, slug)))
}

/// Sends the browser to the identity provider at once, or to the sign-in page if single sign-on is not on.
pub(in crate::console) async fn start(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let Some(open) = open(visitor, slug).await? else { return Ok(Answer::redirect(&Page::Login)) };
    let here = &open.organisation.slug;
    let to = match Page::to_return_to(Form::of_query(query).text("to")) {
        page if page.organisation() == Some(here) => page,
        _ => Page::Organisation(here.clone()),
    };
    let wish = Wish { is_another: is_another(query), is_second: false };
    begin(visitor, &open, Purpose::SignIn(to.path()), wish).await
}

/// How to begin a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    /// Ask the identity provider for a new sign-in even if somebody is signed in there.
    pub(super) is_another: bool,
    /// The answer to an earlier one could not be used.
    pub(super) is_second: bool,
}

/// Whether somebody other than the person signed in at the identity provider wants to sign in.
pub(super) fn is_another(query: &str) -> bool {
    Form::of_query(query).text("as") == "another"
}

pub(super) async fn begin(
    visitor: &Visitor<'_>,
    open: &Open,
    purpose: Purpose,
    wish: Wish,
) -> Result<Answer, Trouble> {
    let registered = open.connection.standing.tested().map(|tested| &tested.registered.slug);
    let slug = registered.unwrap_or(&open.organisation.slug);
    let addresses = Addresses::of(&visitor.console.public_url, slug);
    let beginning = Beginning {
        tenant: open.organisation.tenant,
        connection: &open.connection,
        addresses: &addresses,
        purpose,
        address: visitor.address,
        now: visitor.now,
        is_second: wish.is_second,
        is_another: wish.is_another,
    };
    send_away(visitor, beginning).await
}

/// Stores a new request and sends the browser away, with the cookie that it needs on return.
pub(super) async fn send_away(visitor: &Visitor<'_>, beginning: Beginning<'_>) -> Result<Answer, Trouble> {
    let begun = beginning.begin().map_err(|e: BeginError| Trouble::broken(e))?;
    visitor.console.storage.begin_sign_on(begun.request).await?;
    let mut answer = Answer::away(begun.url);
    answer.cookies.push(visitor.cookies.set_sign_on(&begun.state));
    Ok(answer)
}

/// The identity provider was asked for a new sign-in, and sent the one that it had.
const NOT_AGAIN: &str = "Your identity provider sent the sign-in that it had already, not a new one. Sign out there first, then try again, or type \
     the password of your account instead. An owner whose account has none can make one on the page of the account.";

/// The link to the sign-in page.
const BACK: &str = "Back to the sign-in";

/// Why somebody who came from the identity provider is not let in.
#[derive(Template)]
#[template(path = "sso_refused.html")]
struct Refused<'a> {
    common: Common,
    /// Only set if this browser began the sign-in.
    organisation: Option<&'a str>,
    title: &'static str,
    text: String,
    /// Where to go on, and how the link is called.
    again: Option<(String, &'static str)>,
    /// Where to sign in as somebody else, likewise.
    another: Option<(String, &'static str)>,
}

/// Handles an answer from an identity provider.
pub(in crate::console) async fn take(
    visitor: &Visitor<'_>,
    slug: &Slug,
    payload: Payload,
) -> Result<Answer, Trouble> {
    let body = body(payload, visitor.console.patience, LARGEST).await?;
    let Some(organisation) = organisation(visitor, slug).await? else { return unasked(visitor) };
    let storage = &visitor.console.storage;
    let state = crate::sso::state(&body).and_then(|text| Opener::parse(&text));
    let kept = match &state {
        Some(state) => storage.begun(organisation.tenant, state.digest(), visitor.now).await?,
        None => None,
    };
    let is_ours = state.as_ref().is_some_and(|state| visitor.cookies.has_begun(state));
    match (state, kept) {
        (_, Some(_)) if is_ours && organisation.disabled.is_some() => {
            Err(Trouble::SwitchedOff(organisation.name))
        }
        (Some(state), Some(request)) if is_ours && request.is_open => {
            let came = Came { visitor, slug, organisation: &organisation, state, request, body: &body };
            came.answer().await
        }
        (_, kept) => again(visitor, &organisation, kept.is_some_and(|kept| kept.is_second)).await,
    }
}

/// For an answer that this browser did not ask for, asked for too long ago, or sent before. It is ignored, and we begin a sign-in
/// of our own instead. Only once: if that does not help, a person has to look.
async fn again(
    visitor: &Visitor<'_>,
    organisation: &Organisation,
    was_second: bool,
) -> Result<Answer, Trouble> {
    let open = open(visitor, &organisation.slug).await?;
    match open {
        Some(open) if !was_second => {
            let to = Page::Organisation(organisation.slug.clone());
            begin(visitor, &open, Purpose::SignIn(to.path()), Wish { is_second: true, is_another: false })
                .await
        }
        Some(_) => {
            let text = format!(
                "The sign-in came back without what this browser was given when it began. Allow cookies for {url}, open the page by \
                 that address, and try again. If it happens to everybody, the operator has to compare that address with the one \
                 that is in the identity provider as Reply URL.",
                url = visitor.console.public_url,
            );
            let page = Refused {
                common: Common::of(visitor),
                organisation: None,
                title: "Your browser lost its place",
                text,
                again: Some((format!("/login/?org={}", organisation.slug), BACK)),
                another: None,
            };
            Answer::with(StatusCode::FORBIDDEN, &page)
        }
        None => unasked(visitor),
    }
}

/// The same page for an unknown organisation and for one without single sign-on.
fn unasked(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    let page = Refused {
        common: Common::of(visitor),
        organisation: None,
        title: "Nobody asked for this sign-in",
        text: format!(
            "It was not begun in this browser within the last ten minutes, or it was used already, and single sign-on is not switched on \
             here. For a test, open {url}/settings/, go to the page of single sign-on, and begin another one. If that ends here too, the \
             Reply URL in the identity provider is not the one on that page.",
            url = visitor.console.public_url,
        ),
        again: None,
        another: None,
    };
    Answer::with(StatusCode::FORBIDDEN, &page)
}

/// The answer to a request of this browser.
struct Came<'a> {
    visitor: &'a Visitor<'a>,
    /// The short name in the path that it was sent to.
    slug: &'a Slug,
    organisation: &'a Organisation,
    state: Opener,
    request: Request,
    body: &'a [u8],
}

impl Came<'_> {
    async fn answer(self) -> Result<Answer, Trouble> {
        let Some(connection) = self.request.connection.clone() else {
            return self.refuse(
                "The settings were changed meanwhile",
                "Single sign-on was set up anew after this sign-in was begun. Begin it again.",
            );
        };
        let taken = self.verified(connection).await?;
        match self.request.purpose {
            Purpose::Test(_) => self.test(taken).await,
            Purpose::Invitation(_) => self.prove(taken, Page::Joining).await,
            Purpose::Link(_) => self.prove(taken, Page::Linking).await,
            Purpose::Proof(ref again) => {
                let again = again.clone();
                self.prove_again(taken, again).await
            }
            Purpose::SignIn(ref to) => {
                let to = Page::to_return_to(to);
                self.sign_in(taken, &to).await
            }
        }
    }

    const fn is_test(&self) -> bool {
        matches!(self.request.purpose, Purpose::Test(_))
    }

    /// Verifies the answer. Signatures take a while, so not on the thread that serves other requests.
    async fn verified(&self, connection: Connection) -> Result<Taken, Trouble> {
        // a test is of the values that the page shows; people go on signing in by those of a former short name
        let slug = if self.is_test() { &self.organisation.slug } else { self.slug };
        let addresses = Addresses::of(&self.visitor.console.public_url, slug);
        let (request, body, now) = (self.request.clone(), self.body.to_vec(), self.visitor.now);
        let taken =
            actix_web::web::block(move || crate::sso::take(&request, &connection, &addresses, &body, now));
        taken.await.map_err(Trouble::broken)?.map_err(Trouble::broken)
    }

    fn answered(&self, names: Vec<String>, ends: Timestamp) -> Answered {
        let (tenant, state, now) = (self.organisation.tenant, self.state.digest(), self.visitor.now);
        Answered { tenant, state, names, ends, now }
    }

    /// Stores the report of a test. Only the account that began it gets to see it, on a page of ours.
    async fn test(self, taken: Taken) -> Result<Answer, Trouble> {
        let (report, names, ends): (Report, _, _) = match taken {
            Taken::Person(person) => (person.report, person.names, person.ends),
            Taken::Refused(report, _) => (*report, Vec::new(), self.visitor.now),
        };
        let report = match self.slug == &self.organisation.slug {
            true => report,
            false => report.at_former_name(self.slug),
        };
        let answered = self.answered(names, ends);
        self.visitor.console.storage.test_answered(answered, report).await?;
        Ok(Answer::redirect(&Page::SignOnReport(self.organisation.slug.clone())))
    }

    /// Stores who signed in. A page of ours then asks for confirmation.
    async fn prove(self, taken: Taken, page: fn(Slug) -> Page) -> Result<Answer, Trouble> {
        let kept = self.keep(taken).await?;
        Ok(kept.unwrap_or_else(|| Answer::redirect(&page(self.organisation.slug.clone()))))
    }

    /// Stores who signed in again, for the form of ours that asked. It counts only if that is who began it.
    async fn prove_again(self, taken: Taken, again: Again) -> Result<Answer, Trouble> {
        if let Some(other) = self.keep(taken).await? {
            return Ok(other);
        }
        let (tenant, states) = (self.organisation.tenant, vec![self.state.digest()]);
        let (storage, to) = (&self.visitor.console.storage, Page::to_return_to(&again.path));
        match storage.has_proved(tenant, states, again, self.visitor.now).await? {
            Proved::Yes => Ok(Answer::redirect(&to)),
            Proved::NotAgain => self.refuse("You did not sign in again", NOT_AGAIN),
            Proved::No | Proved::SomebodyElse => {
                tracing::warn!(org = %self.organisation.slug, "somebody else signed in to prove who it is");
                self.refuse(
                    "You signed in as somebody else",
                    "Who signed in just now is not linked to the account that is signed in here, so nothing was proved and nothing was \
                     changed. Sign in again as yourself.",
                )
            }
        }
    }

    /// Stores who signed in with the request. Gives the answer if nobody did.
    async fn keep(&self, taken: Taken) -> Result<Option<Answer>, Trouble> {
        let (person, subject) = match self.person(taken).await? {
            Ok(person) => person,
            Err(refused) => return Ok(Some(refused)),
        };
        let proven = Proven {
            subject,
            called: person.report.called(),
            name_id: person.name_id,
            session_index: person.session_index,
            signed_in: person.signed_in.as_millis(),
            ends: person.session_ends.map(Timestamp::as_millis),
        };
        let answered = self.answered(person.names, person.ends);
        match self.visitor.console.storage.proved(answered, proven).await? {
            true => Ok(None),
            false => again(self.visitor, self.organisation, self.request.is_second).await.map(Some),
        }
    }

    /// Who signed in, and their identifier; or the page that says why nobody did.
    async fn person(&self, taken: Taken) -> Result<Result<(Box<Person>, String), Answer>, Trouble> {
        let mut person = match taken {
            Taken::Person(person) => person,
            Taken::Refused(report, reason) => {
                tracing::warn!(org = %self.organisation.slug, reason, "a single sign-on was refused");
                let (by, tenant) = (self.visitor.by_stranger(), self.organisation.tenant);
                let storage = &self.visitor.console.storage;
                storage.sign_on_refused(by, tenant, self.state.digest(), reason).await?;
                let said = report.fault.map(|fault| fault.said).unwrap_or_default();
                let text = match (reason == NOT_FRESH, &self.request.purpose) {
                    (true, Purpose::Proof(..)) => NOT_AGAIN.to_owned(),
                    (true, _) => format!("{said} Sign out at your identity provider first, then try again."),
                    (false, _) => format!(
                        "{said} Tell an owner of {}: a test sign-in says what to change, and where.",
                        self.organisation.name
                    ),
                };
                return Ok(Err(self.refuse("This sign-in was refused", &text)?));
            }
        };
        match person.report.subject.take() {
            Some(subject) => Ok(Ok((person, subject))),
            None => {
                Ok(Err(self
                    .refuse("This sign-in was refused", "What says who you are is too long to be a name.")?))
            }
        }
    }

    async fn sign_in(self, taken: Taken, to: &Page) -> Result<Answer, Trouble> {
        let (person, subject) = match self.person(taken).await? {
            Ok(person) => person,
            Err(refused) => return Ok(refused),
        };
        let (called, email) = (person.report.called(), person.report.email());
        let visitor = self.visitor;
        let opener = Opener::new().map_err(Trouble::broken)?;
        let arrived = Arrived {
            connection: person.connection,
            called,
            email,
            subject,
            name_id: person.name_id,
            session_index: person.session_index,
            signed_in: person.signed_in,
            ends: person.session_ends,
            session: NewSession::new(opener.digest(), visitor.address.to_string(), &visitor.browser),
        };
        let answered = self.answered(person.names, person.ends);
        let storage = &visitor.console.storage;
        let came = storage.sign_on_by(visitor.by_stranger(), answered, arrived).await?;
        if let Some(reason) = came.refused() {
            tracing::warn!(org = %self.organisation.slug, reason, "whom the identity provider signed in is not let in");
        }
        match came {
            SignedOn::Done(account) => {
                tracing::debug!(account = account.id.0, how = How::SignOn.as_str(), "signed in");
                let mut answer = Answer::redirect(to);
                answer.cookies.push(visitor.cookies.set_session(&opener));
                Ok(answer)
            }
            SignedOn::Used => again(visitor, self.organisation, self.request.is_second).await,
            SignedOn::Unknown(why) => {
                let is_required = self.request.connection.as_ref().is_some_and(|on| on.standing.emergency().is_some());
                self.refuse("You are not known here yet", unlinked(why, is_required))
            }
            SignedOn::Off => self.refuse("Your account is switched off", crate::access::ACCOUNT_OFF),
            SignedOn::NoMember => self.refuse(
                "Your access has ended",
                "Your company signed you in, but you are no member of this organisation any more. Ask for the assignment in your \
                 company's directory. If you joined again with another account, sign in with its password, and press Link my sign-in on \
                 the page of your account.",
            ),
        }
    }

    fn refuse(&self, title: &'static str, text: &str) -> Result<Answer, Trouble> {
        let slug = &self.organisation.slug;
        let (again, another) = match &self.request.purpose {
            Purpose::Proof(Again { path, .. }) => (
                (path.clone(), "Back to the page"),
                (format!("/auth/prove/{slug}/?to={path}"), "Sign in again there"),
            ),
            _ => (
                (format!("/login/?org={slug}"), BACK),
                (format!("/auth/login/{slug}/?as=another"), "Sign in there as somebody else"),
            ),
        };
        let page = Refused {
            common: Common::of(self.visitor),
            organisation: Some(&self.organisation.name),
            title,
            text: text.to_owned(),
            again: Some(again),
            another: Some(another),
        };
        Answer::with(StatusCode::FORBIDDEN, &page)
    }
}

/// Why a person whom the identity provider signed in matches nobody here. This depends only on the organisation's own directory,
/// so that it does not reveal whether the address has an account elsewhere.
const fn unlinked(why: Unlinked, is_required: bool) -> &'static str {
    match why {
        Unlinked::NotHere | Unlinked::Owner if is_required => {
            "Your company signed you in, and no member of this organisation is linked to you. If you have an invitation, open the link that was \
             mailed to you. If you are a member with a password: it opens nothing here while single sign-on is required, so ask an owner of the \
             organisation to switch Require SSO off until you have signed in with it and pressed Link my sign-in on the page of your account. \
             Otherwise ask for the assignment in your company's directory: you can come in a little later."
        }
        Unlinked::NotHere => {
            "Your company signed you in, and no member of this organisation is linked to you. If you have a password here, sign in with \
             it, and press Link my sign-in on the page of your account; if you have an invitation, open the link that was mailed to you. Otherwise ask for the assignment in your company's \
             directory: you can come in a little later."
        }
        Unlinked::Several => {
            "Your company's directory has more than one user here whose id is yours, so it cannot be told which one you are. Ask those who \
             look after the directory to remove the one that is not in use."
        }
        Unlinked::Owner => {
            "You are an owner here, and who owns an organisation is not linked by the directory alone. Sign in with your password, and press Link my \
             sign-in on the page of your account."
        }
        Unlinked::SomebodyElse => {
            "Your place here is linked to somebody else at your company's identity provider. Ask an owner of the organisation."
        }
        Unlinked::Off => crate::access::ACCOUNT_OFF,
    }
}
