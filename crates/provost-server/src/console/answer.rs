//! Answers: pages, redirects, files, and error pages.

use super::asset::Asset;
use super::page::Page;
use crate::access::{Action, Reason};
use crate::clock;
use crate::config::PublicUrl;
use crate::people::Role;
#[cfg(feature = "sso")]
use crate::slug::Slug;
use crate::storage::StorageError;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use askama::Template;
use std::borrow::Cow;
use std::fmt::Display;

/// Nothing from other sites, no script but our own file, and no framing.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How long to wait if nothing better is known, in milliseconds.
pub(super) const A_MINUTE_MS: i64 = 60_000;

/// For members of a switched-off organisation and anybody who opens one of its links.
pub(super) const OFF: &str = "While it is, its pages, links and tokens open nothing. Nobody was removed, and nothing was deleted: ask \
                              those who operate this server when it will be on again.";

/// An answer, before the headers common to all are added.
pub(in crate::console) struct Answer {
    status: StatusCode,
    kind: Kind,
    pub(super) cookies: Vec<String>,
    wait_s: Option<u64>,
}

enum Kind {
    Html(String),
    #[cfg(feature = "sso")]
    Xml(String),
    Redirect(String),
    /// To another site.
    #[cfg(feature = "sso")]
    Away(String),
    Asset(Asset),
}

impl Answer {
    pub(super) fn page(template: &impl Template) -> Result<Self, Trouble> {
        Self::with(StatusCode::OK, template)
    }

    /// A form shown again, with what is wrong in it.
    pub(super) fn wrong(template: &impl Template) -> Result<Self, Trouble> {
        Self::with(StatusCode::UNPROCESSABLE_ENTITY, template)
    }

    pub(super) fn with(status: StatusCode, template: &impl Template) -> Result<Self, Trouble> {
        let html = template.render().map_err(Trouble::broken)?;
        Ok(Self { status, kind: Kind::Html(html), cookies: Vec::new(), wait_s: None })
    }

    pub(super) fn redirect(page: &Page) -> Self {
        Self::redirect_to(page.path())
    }

    /// To a page that shows what was done.
    pub(super) fn done(page: &Page, what: &str) -> Self {
        Self::redirect_to(format!("{}?done={what}", page.path()))
    }

    /// To the sign-in page, which says that the session has ended.
    pub(super) fn signed_out() -> Self {
        Self::redirect_to(format!("/login/?ended={}", Reason::SignedOut.as_str()))
    }

    fn redirect_to(path: String) -> Self {
        Self { status: StatusCode::SEE_OTHER, kind: Kind::Redirect(path), cookies: Vec::new(), wait_s: None }
    }

    /// To the sign-in page of an organisation.
    #[cfg(feature = "sso")]
    pub(super) fn sign_in_to(slug: &Slug) -> Self {
        Self::redirect_to(format!("/login/?org={slug}"))
    }

    /// To the identity provider.
    #[cfg(feature = "sso")]
    pub(super) const fn away(url: String) -> Self {
        Self { status: StatusCode::SEE_OTHER, kind: Kind::Away(url), cookies: Vec::new(), wait_s: None }
    }

    #[cfg(feature = "sso")]
    pub(super) const fn xml(text: String) -> Self {
        Self { status: StatusCode::OK, kind: Kind::Xml(text), cookies: Vec::new(), wait_s: None }
    }

    pub(super) const fn asset(asset: Asset) -> Self {
        Self { status: StatusCode::OK, kind: Kind::Asset(asset), cookies: Vec::new(), wait_s: None }
    }

    /// Adds when to come back.
    pub(super) fn wait(mut self, ms: i64) -> Self {
        self.wait_s = u64::try_from(ms.saturating_add(999) / 1_000).ok();
        self
    }

    pub(super) fn into_response(self, public_url: &PublicUrl) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((REFERRER_POLICY, "same-origin"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
        for cookie in self.cookies {
            response.append_header((SET_COOKIE, cookie));
        }
        if let Some(wait) = self.wait_s {
            response.insert_header((RETRY_AFTER, wait.to_string()));
        }
        match self.kind {
            Kind::Asset(asset) => response
                .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
                .insert_header((CONTENT_TYPE, asset.media_type()))
                .body(asset.text()),
            Kind::Html(html) => response
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                .body(html),
            #[cfg(feature = "sso")]
            Kind::Xml(xml) => response
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((CONTENT_TYPE, "application/samlmetadata+xml"))
                .body(xml),
            #[cfg(feature = "sso")]
            Kind::Away(url) => response
                .insert_header((CACHE_CONTROL, "no-store"))
                // the identity provider need not know which page led there
                .insert_header((REFERRER_POLICY, "no-referrer"))
                .insert_header((LOCATION, url))
                .finish(),
            Kind::Redirect(path) => response
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((LOCATION, format!("{}{path}", public_url.prefix())))
                .finish(),
        }
    }
}

/// Why a request gets an error page, or a redirect, instead of its page.
#[derive(Debug)]
pub(in crate::console) enum Trouble {
    NotFound,
    Method,
    /// The organisation requires single sign-on, which this build does not have.
    #[cfg(not(feature = "sso"))]
    NoSignOn,
    /// The organisation was renamed: the new path.
    Moved(String),
    /// Nobody is signed in: where to go afterwards, and why the session ended.
    SignIn(Page, Option<Reason>),
    /// The public URL is plain http and not on this machine, so what is sent can be read on the way.
    Plain,
    /// The role of the visitor does not allow it.
    NotAllowed(Action),
    /// The membership that the form is about has ended.
    Ended,
    /// The session is only valid for one organisation, and this concerns the account.
    Confined,
    /// The organisation, named here, is switched off.
    SwitchedOff(String),
    /// The form comes from another site.
    Elsewhere,
    /// The form was shown in another session.
    OldForm,
    NoForm,
    TooLarge,
    TooSlow,
    /// The database does not answer.
    Away(String),
    Broken(String),
}

impl Trouble {
    pub(super) fn broken(why: impl Display) -> Self {
        Self::Broken(why.to_string())
    }
}

impl From<StorageError> for Trouble {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Unavailable | StorageError::Unfit(_) => Self::Away(e.to_string()),
            StorageError::SwitchedOff(name) => Self::SwitchedOff(name),
            other => Self::Broken(other.to_string()),
        }
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    base: &'a str,
    style: String,
    icon: String,
    title: &'a str,
    text: Cow<'a, str>,
    /// The number that an operator finds in the log.
    incident: Option<String>,
}

/// The answer to a request that got no page.
pub(super) fn trouble(public_url: &PublicUrl, trouble: &Trouble) -> Answer {
    if let Trouble::SignIn(page, reason) = trouble {
        let ended = reason.map(|reason| format!("&ended={}", reason.as_str())).unwrap_or_default();
        return Answer::redirect_to(format!("/login/?to={}{ended}", page.path()));
    }
    if let Trouble::Moved(path) = trouble {
        return Answer::redirect_to(path.clone());
    }
    let (status, title, text) = said(trouble);
    let incident = match trouble {
        Trouble::Away(why) | Trouble::Broken(why) => {
            let incident = clock::new_id(clock::now()).to_string();
            tracing::error!(incident, reason = why, "a page could not be shown");
            Some(incident)
        }
        _ => None,
    };
    let page = TroublePage {
        base: public_url.prefix(),
        style: Asset::Style.path(),
        icon: Asset::Icon.path(),
        title,
        text,
        incident,
    };
    let answer =
        Answer::with(status, &page).unwrap_or_else(|_unreachable| Answer::redirect_to("/login/".to_owned()));
    if matches!(trouble, Trouble::Away(_)) { answer.wait(A_MINUTE_MS) } else { answer }
}

/// Status, heading, and advice.
fn said(trouble: &Trouble) -> (StatusCode, &'static str, Cow<'static, str>) {
    let (status, title, text) = match trouble {
        Trouble::NotAllowed(action) => {
            let text = format!("{} may {}.", who_may(*action), action.describe());
            return (StatusCode::FORBIDDEN, "Your role does not allow this", text.into());
        }
        Trouble::SwitchedOff(name) => {
            let text = format!("{name} is switched off. {OFF}");
            return (StatusCode::FORBIDDEN, "This organisation is switched off", text.into());
        }
        // the last two have been redirected already
        Trouble::NotFound | Trouble::SignIn(..) | Trouble::Moved(_) => (
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The address may have been cut off, or you may have no access to what it names.",
        ),
        Trouble::Method => {
            (StatusCode::METHOD_NOT_ALLOWED, "This page takes no form", "Go back and open the page again.")
        }
        Trouble::Plain => (
            StatusCode::FORBIDDEN,
            "These pages need https",
            "Passwords could be read on the way. The operator of this server has to put a TLS proxy in front of it and set \
             PROVOST_PUBLIC_URL to its https address.",
        ),
        Trouble::Ended => (
            StatusCode::NOT_FOUND,
            "There is no such member any more",
            "They were un-assigned or removed after the page was opened. Nothing was changed.",
        ),
        #[cfg(not(feature = "sso"))]
        Trouble::NoSignOn => (
            StatusCode::SERVICE_UNAVAILABLE,
            "This server cannot open the organisation",
            "It requires single sign-on, and this server was built without it. Ask those who operate it for a build with the feature `sso`.",
        ),
        Trouble::Confined => (
            StatusCode::FORBIDDEN,
            "Sign in with your password for this",
            "Your company signed you in to one organisation only. To change the name, password, address or sessions of your account, \
             sign in with its password. Nothing was changed.",
        ),
        Trouble::Elsewhere => (
            StatusCode::FORBIDDEN,
            "This form came from another site",
            "Nothing was changed. Open the page here and send the form again.",
        ),
        Trouble::OldForm => (
            StatusCode::CONFLICT,
            "This form is out of date",
            "You signed in again after it was opened. Nothing was changed: go back, reload the page, and send the form again.",
        ),
        Trouble::NoForm => (
            StatusCode::BAD_REQUEST,
            "This form cannot be read",
            "Nothing was changed. Open the page again and send its form.",
        ),
        Trouble::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "This form is too large",
            "Nothing was changed. A form has 64 KiB at most, metadata 1 MiB, and the answer of an identity provider 256 KiB.",
        ),
        Trouble::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "This form came too slowly", "Nothing was changed. Send it again.")
        }
        Trouble::Away(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The database does not answer",
            "Nothing was changed. Try again in a minute.",
        ),
        Trouble::Broken(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something is broken here",
            "Nothing was changed. Give the operator of this server the number below.",
        ),
    };
    (status, title, text.into())
}

/// Who may perform an action.
fn who_may(action: Action) -> &'static str {
    match Role::ALL.map(|role| action.is_allowed(role)) {
        [true, false, false] => "Only owners",
        [true, true, false] => "Only owners and managers",
        _ => "Only members of the organisation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::MessageBody;

    fn shown(what: &Trouble) -> (u16, String, Option<String>) {
        let url: PublicUrl = "https://provost.example.com".parse().expect("a URL");
        let response = trouble(&url, what).into_response(&url);
        let wait =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = response.into_body().try_into_bytes().expect("a whole page");
        (status, String::from_utf8(body.to_vec()).expect("UTF-8"), wait)
    }

    /// Seen to fail: with the same sentence for both actions.
    #[test]
    fn a_role_that_does_not_suffice_reads_whose_does() {
        for (action, said) in [
            (Action::EditRoleRules, "Only owners may change the rules that give roles."),
            (
                Action::SeeSettings,
                "Only owners and managers may see the settings for provisioning, sign-in and everything else.",
            ),
        ] {
            let (status, page, _) = shown(&Trouble::NotAllowed(action));
            assert!(status == 403 && page.contains("<h1>Your role does not allow this</h1>"), "{page}");
            assert!(page.contains(said), "{page}");
        }
    }

    /// Seen to fail: with the reason on the page, and without the incident.
    #[test]
    fn a_fault_of_the_server_has_a_number_and_no_reason() {
        for (trouble, expected, wait) in [
            (Trouble::Away("the disk".to_owned()), 503, Some("60")),
            (Trouble::Broken("the disk".to_owned()), 500, None),
        ] {
            let (status, page, header) = shown(&trouble);
            assert_eq!((status, header.as_deref()), (expected, wait));
            assert!(page.contains("Incident <code>") && !page.contains("the disk"), "{page}");
        }
        assert!(!shown(&Trouble::NotFound).1.contains("Incident"));
    }
}
