//! The cookies: for the session, for a browser that has signed in before, and for sign-ins under way elsewhere.

use crate::access::Opener;
use actix_web::http::header::{COOKIE, HeaderMap};

/// How long a browser keeps the second one: as long as we remember the browser.
const BROWSER_S: u64 = 90 * 24 * 3_600;

/// How long a browser keeps the sign-ins that it began elsewhere, in seconds.
#[cfg(feature = "sso")]
const SIGN_ON_S: i64 = crate::sso::OPEN_MS / 1_000;
/// How many of them, as in tabs.
#[cfg(feature = "sso")]
const SIGN_ONS: usize = 8;

/// The cookies that a browser sent.
pub(super) struct Cookies {
    is_https: bool,
    session: Option<Opener>,
    browser: Option<Opener>,
    #[cfg(feature = "sso")]
    sign_ons: Vec<Opener>,
}

impl Cookies {
    pub(super) fn of(headers: &HeaderMap, is_https: bool) -> Self {
        let mut cookies = Self {
            is_https,
            session: None,
            browser: None,
            #[cfg(feature = "sso")]
            sign_ons: Vec::new(),
        };
        cookies.session = cookies.find(headers, "provost");
        cookies.browser = cookies.find(headers, "provost-browser");
        #[cfg(feature = "sso")]
        {
            let text = only(headers, &cookies.name("provost-sign-on")).unwrap_or_default();
            cookies.sign_ons = text.split('.').filter_map(Opener::parse).take(SIGN_ONS).collect();
        }
        cookies
    }

    /// Whether this browser began that sign-in elsewhere.
    #[cfg(feature = "sso")]
    pub(super) fn has_begun(&self, state: &Opener) -> bool {
        self.sign_ons.iter().any(|begun| begun.digest() == state.digest())
    }

    /// The digests under which the sign-ins begun by this browser are stored.
    #[cfg(feature = "sso")]
    pub(super) fn begun(&self) -> Vec<crate::access::Digest> {
        self.sign_ons.iter().map(Opener::digest).collect()
    }

    /// Adds a sign-in. The answer is a form posted by another site, with which browsers only send `SameSite=None` cookies. These
    /// require `Secure`, so https or this machine.
    #[cfg(feature = "sso")]
    pub(super) fn set_sign_on(&self, state: &Opener) -> String {
        let kept = std::iter::once(state).chain(&self.sign_ons).take(SIGN_ONS);
        let all: Vec<&str> = kept.map(Opener::reveal).collect();
        let value = all.join(".");
        let name = self.name("provost-sign-on");
        format!("{name}={value}; Path=/; HttpOnly; SameSite=None; Secure; Max-Age={SIGN_ON_S}")
    }

    pub(super) fn session(&self) -> Option<Opener> {
        self.session.clone()
    }

    pub(super) fn browser(&self) -> Option<Opener> {
        self.browser.clone()
    }

    /// The only cookie of this name. If there are two, a neighbouring site may have planted one, and nobody can tell which.
    fn find(&self, headers: &HeaderMap, name: &str) -> Option<Opener> {
        only(headers, &self.name(name)).and_then(Opener::parse)
    }

    /// Browsers only accept a name with this prefix if the cookie has `Secure` and is for one host and all its paths.
    fn name(&self, name: &str) -> String {
        format!("{}{name}", if self.is_https { "__Host-" } else { "" })
    }

    fn set(&self, name: &str, value: &str, more: &str) -> String {
        let secure = if self.is_https { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(name))
    }

    pub(super) fn set_session(&self, session: &Opener) -> String {
        self.set("provost", session.reveal(), "")
    }

    pub(super) fn set_browser(&self, browser: &Opener) -> String {
        self.set("provost-browser", browser.reveal(), &format!("; Max-Age={BROWSER_S}"))
    }

    pub(super) fn forget_session(&self) -> String {
        self.set("provost", "", "; Max-Age=0")
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_str(text).expect("a header"));
        headers
    }

    /// Seen to fail: with the first of two cookies used.
    #[test]
    fn a_cookie_is_read_when_there_is_one_and_it_is_whole() {
        let (one, other) = (Opener::new().expect("random"), Opener::new().expect("random"));
        let (one, other) = (one.reveal(), other.reveal());
        let found = |text: &str, is_https| Cookies::of(&headers(text), is_https).session().is_some();
        assert!(found(&format!("a=b; __Host-provost={one}; c=d"), true));
        assert!(found(&format!("provost={one}"), false));
        for text in [
            format!("provost={one}"),
            format!("__Host-provost={one}; __Host-provost={other}"),
            format!("__Host-provost={}", one.chars().take(60).collect::<String>()),
            "__Host-provost=".to_owned(),
            format!("__Host-provost={one}{one}"),
        ] {
            assert!(!found(&text, true), "{text}");
        }
    }

    #[test]
    fn cookies_are_for_this_host_alone_and_no_script_reads_them() {
        let secure = Cookies::of(&HeaderMap::new(), true);
        let one = Opener::new().expect("random");
        let expected = format!("__Host-provost={}; Path=/; HttpOnly; SameSite=Lax; Secure", one.reveal());
        assert_eq!(secure.set_session(&one), expected);
        assert!(secure.forget_session().ends_with("; Max-Age=0"));
        let plain = Cookies::of(&HeaderMap::new(), false);
        assert_eq!(
            plain.set_session(&one),
            format!("provost={}; Path=/; HttpOnly; SameSite=Lax", one.reveal())
        );
    }
}
