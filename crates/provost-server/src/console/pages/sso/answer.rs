//! What identity providers and signed-out people come to: `/auth/login/{org}/` begins a sign-in at the identity provider,
//! `/saml/acs/{org}/` takes its answer, `/saml/metadata/{org}/` says who we are.
//!
//! The path names the organisation, and it alone decides keys and audience.

use crate::access::{NewSession, Opener};
use crate::audit::How;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::{Form, body};
use crate::console::page::Page;
use crate::console::pages::Common;
use crate::organisations::{Organisation, OrganisationStore};
use crate::slug::Slug;
use crate::sso::{
    Addresses, Answered, Arrived, BeginError, Beginning, Connection, Purpose, Report, Request, SignOnStore,
    SignedOn, Taken,
};
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use askama::Template;

/// The largest answer, in bytes.
const LARGEST: usize = 256 * 1024;

/// An organisation whose people are signed in elsewhere.
pub(in crate::console) struct Open {
    pub(in crate::console) organisation: Organisation,
    connection: Connection,
}

impl Open {
    /// What the identity provider is called.
    pub(in crate::console) fn called(&self) -> String {
        super::called(&self.connection.provider)
    }

    /// The way there, and then to a page.
    pub(in crate::console) fn path(&self, to: &Page) -> String {
        format!("/auth/login/{}/?to={}", self.organisation.slug, to.path())
    }
}

/// An organisation, if there is one that has single sign-on on.
pub(in crate::console) async fn open(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<Open>, Trouble> {
    let storage = &visitor.console.storage;
    let found = organisation(visitor, slug).await?;
    let Some(organisation) = found.filter(|found| found.disabled.is_none()) else { return Ok(None) };
    let connection = storage.sign_on(organisation.tenant).await?.on().cloned();
    Ok(connection.map(|connection| Open { organisation, connection }))
}

async fn organisation(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<Organisation>, Trouble> {
    match visitor.console.storage.organisation(slug).await {
        Ok(found) => Ok(Some(found)),
        Err(StorageError::NoOrganisation(_) | StorageError::WasDeleted { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

pub(in crate::console) async fn metadata(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let found = organisation(visitor, slug).await?.ok_or(Trouble::NotFound)?;
    let addresses = Addresses::of(&visitor.console.public_url, &found.slug);
    Ok(Answer::xml(crate::sso::ours(&addresses)))
}

/// Sends the browser to the identity provider at once; to the sign-in page while single sign-on is not on.
pub(in crate::console) async fn start(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let Some(open) = open(visitor, slug).await? else { return Ok(Answer::redirect(&Page::Login)) };
    let to = match Page::to_return_to(Form::of_query(query).text("to")) {
        page if page.organisation() == Some(slug) => page,
        _ => Page::Organisation(slug.clone()),
    };
    begin(visitor, &open, Purpose::SignIn(to.path()), false).await
}

async fn begin(
    visitor: &Visitor<'_>,
    open: &Open,
    purpose: Purpose,
    is_second: bool,
) -> Result<Answer, Trouble> {
    let addresses = Addresses::of(&visitor.console.public_url, &open.organisation.slug);
    let beginning = Beginning {
        tenant: open.organisation.tenant,
        connection: &open.connection,
        addresses: &addresses,
        purpose,
        address: visitor.address,
        now: visitor.now,
        is_second,
    };
    send_away(visitor, beginning).await
}

/// Keeps what is begun, and sends the browser away with what it needs when it comes back.
pub(super) async fn send_away(visitor: &Visitor<'_>, beginning: Beginning<'_>) -> Result<Answer, Trouble> {
    let begun = beginning.begin().map_err(|e: BeginError| Trouble::broken(e))?;
    visitor.console.storage.begin_sign_on(begun.request).await?;
    let mut answer = Answer::away(begun.url);
    answer.cookies.push(visitor.cookies.set_sign_on(&begun.state));
    Ok(answer)
}

/// Why somebody who came from the identity provider is not let in.
#[derive(Template)]
#[template(path = "sso_refused.html")]
struct Refused<'a> {
    common: Common,
    organisation: &'a str,
    title: &'static str,
    text: String,
    again: Option<String>,
}

/// Takes an answer of an identity provider.
pub(in crate::console) async fn take(
    visitor: &Visitor<'_>,
    slug: &Slug,
    payload: Payload,
) -> Result<Answer, Trouble> {
    let body = body(payload, visitor.console.patience, LARGEST).await?;
    let Some(organisation) = organisation(visitor, slug).await? else { return Err(Trouble::NotFound) };
    if organisation.disabled.is_some() {
        return Err(Trouble::SwitchedOff(organisation.name));
    }
    let storage = &visitor.console.storage;
    let state = crate::sso::state(&body).and_then(|text| Opener::parse(&text));
    let kept = match &state {
        Some(state) => storage.begun(organisation.tenant, state.digest(), visitor.now).await?,
        None => None,
    };
    let is_ours = state.as_ref().is_some_and(|state| visitor.cookies.has_begun(state));
    match (state, kept) {
        (Some(state), Some(request)) if is_ours && request.is_open => {
            let came = Came { visitor, organisation: &organisation, state, request, body: &body };
            came.answer().await
        }
        (_, kept) => again(visitor, &organisation, kept.is_some_and(|kept| kept.is_second)).await,
    }
}

/// An answer that this browser did not ask for, or asked for too long ago, or brought before: nothing in it counts, and a sign-in of our
/// own is begun instead. Once: where that does not help, a person has to look.
async fn again(
    visitor: &Visitor<'_>,
    organisation: &Organisation,
    was_second: bool,
) -> Result<Answer, Trouble> {
    let open = open(visitor, &organisation.slug).await?;
    match open {
        Some(open) if !was_second => {
            let to = Page::Organisation(organisation.slug.clone());
            begin(visitor, &open, Purpose::SignIn(to.path()), true).await
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
                organisation: &organisation.name,
                title: "Your browser lost its place",
                text,
                again: Some(format!("/login/?org={}", organisation.slug)),
            };
            Answer::with(StatusCode::FORBIDDEN, &page)
        }
        None => {
            let page = Refused {
                common: Common::of(visitor),
                organisation: &organisation.name,
                title: "Nobody asked for this sign-in",
                text: "It was not begun in this browser within the last ten minutes, or it was used already, and single sign-on is \
                       not switched on here. For a test, open the page of single sign-on and begin another one."
                    .to_owned(),
                again: None,
            };
            Answer::with(StatusCode::FORBIDDEN, &page)
        }
    }
}

/// An answer to what this browser asked.
struct Came<'a> {
    visitor: &'a Visitor<'a>,
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
        let addresses = Addresses::of(&self.visitor.console.public_url, &self.organisation.slug);
        let taken = crate::sso::take(&self.request, &connection, &addresses, self.body, self.visitor.now);
        let taken = taken.map_err(Trouble::broken)?;
        match self.request.purpose {
            Purpose::Test(_) => self.test(taken).await,
            Purpose::SignIn(ref to) => {
                let to = Page::to_return_to(to);
                self.sign_in(taken, &to).await
            }
        }
    }

    fn answered(&self, names: Vec<String>, ends: crate::clock::Timestamp) -> Answered {
        let (tenant, state, now) = (self.organisation.tenant, self.state.digest(), self.visitor.now);
        Answered { tenant, state, names, ends, now }
    }

    /// Keeps what a test came to. A page of ours shows it, to the account that began it and nobody else.
    async fn test(self, taken: Taken) -> Result<Answer, Trouble> {
        let (report, names, ends): (Report, _, _) = match taken {
            Taken::Person(person) => (person.report, person.names, person.ends),
            Taken::Refused(report, _) => (*report, Vec::new(), self.visitor.now),
        };
        let answered = self.answered(names, ends);
        self.visitor.console.storage.test_answered(answered, report).await?;
        Ok(Answer::redirect(&Page::SignOnReport(self.organisation.slug.clone())))
    }

    async fn sign_in(self, taken: Taken, to: &Page) -> Result<Answer, Trouble> {
        let person = match taken {
            Taken::Person(person) => person,
            Taken::Refused(report, reason) => {
                tracing::warn!(org = %self.organisation.slug, reason, "a single sign-on was refused");
                let said = report.fault.map(|fault| fault.said).unwrap_or_default();
                let text = format!(
                    "{said} Tell an owner of {}: a test sign-in says what to change, and where.",
                    self.organisation.name
                );
                return self.refuse("This sign-in was refused", &text);
            }
        };
        let Some(subject) = person.report.subject else {
            return self
                .refuse("This sign-in was refused", "What says who you are is too long to be a name.");
        };
        let visitor = self.visitor;
        let opener = Opener::new().map_err(Trouble::broken)?;
        let arrived = Arrived {
            connection: person.connection,
            subject,
            name_id: person.name_id,
            session_index: person.session_index,
            ends: person.session_ends,
            session: NewSession::new(opener.digest(), visitor.address.to_string(), &visitor.browser),
        };
        let answered = self.answered(person.names, person.ends);
        let storage = &visitor.console.storage;
        match storage.sign_on_by(visitor.by_stranger(), answered, arrived).await? {
            SignedOn::Done(account) => {
                tracing::debug!(account = account.id.0, how = How::SignOn.as_str(), "signed in");
                let mut answer = Answer::redirect(to);
                answer.cookies.push(visitor.cookies.set_session(&opener));
                Ok(answer)
            }
            SignedOn::Used => again(visitor, self.organisation, self.request.is_second).await,
            SignedOn::Unknown => self.refuse(
                "You are not known here yet",
                "Your company signed you in, and no member of this organisation is linked to you. Sign in with your password, or ask an \
                 owner.",
            ),
            SignedOn::NoMember => self.refuse(
                "Your access has ended",
                "Your company signed you in, but you are no member of this organisation any more. Ask for the assignment in your \
                 company's directory.",
            ),
        }
    }

    fn refuse(&self, title: &'static str, text: &str) -> Result<Answer, Trouble> {
        let page = Refused {
            common: Common::of(self.visitor),
            organisation: &self.organisation.name,
            title,
            text: text.to_owned(),
            again: Some(format!("/login/?org={}", self.organisation.slug)),
        };
        Answer::with(StatusCode::FORBIDDEN, &page)
    }
}
