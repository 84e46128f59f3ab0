use super::*;
use crate::config;
use provost_testing::authority::Authority;
use provost_testing::folder::Folder;
use provost_testing::site::{Answering, Site};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::NextTimeout;

const HOST: &str = "127.0.0.1";

/// Fetches from this machine too, and trusts the test's own authority.
fn opened(authority: &Authority) -> Outbound {
    with_names(authority, System)
}

fn with_names(authority: &Authority, names: impl Names) -> Outbound {
    let authority = Certificate::from_pem(authority.pem().as_bytes()).expect("PEM");
    let allowed = ["127.0.0.0/8".parse().expect("a network")];
    Outbound::with(&[authority], allowed.to_vec(), names, Duration::from_secs(2))
}

async fn fetched(site: &Site, authority: &Authority) -> Result<Vec<u8>, FetchError> {
    opened(authority).fetch(&site.url(HOST, "/metadata?appid=1")).await
}

/// Seen to fail: with every address treated as public.
#[tokio::test]
async fn nothing_of_this_network_is_fetched() {
    let outbound = Outbound::open(&config::Outbound::default()).expect("settings");
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "0.0.0.0",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        // other spellings of 127.0.0.1
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
    ] {
        let refused = outbound.fetch(&format!("https://{host}/metadata")).await;
        let is_private = matches!(&refused, Err(FetchError::Private(named)) if host.contains(named.trim_matches(['[', ']'])));
        assert!(is_private, "{host}: {refused:?}");
    }
}

/// Seen to fail: with http allowed.
#[tokio::test]
async fn https_alone_is_fetched() {
    let outbound = opened(&Authority::new());
    for url in [
        "http://127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
        "https://",
        "https://ann:secret@127.0.0.1/",
        "https://127.0.0.1/a b",
        "https://127.0.0.1/\r\nX: y",
        "https://b\u{fc}cher.example/",
    ] {
        let refused = outbound.fetch(url).await;
        assert!(matches!(refused, Err(FetchError::NotHttps)), "{url}: {refused:?}");
    }
}

/// Seen to fail: with the authority not loaded.
#[tokio::test]
async fn what_the_operator_opened_is_fetched() {
    let (authority, other) = (Authority::new(), Authority::new());
    let site = Site::start(&authority, HOST, Answering::With(b"<xml/>".to_vec()));
    assert_eq!(fetched(&site, &authority).await.expect("fetched"), b"<xml/>");
    let refused = fetched(&site, &other).await;
    assert!(matches!(refused, Err(FetchError::Untrusted(_) | FetchError::Certificate { .. })), "{refused:?}");
    // the certificate is not for that name
    let refused = opened(&authority).fetch(&site.url("localhost", "/")).await;
    assert!(matches!(refused, Err(FetchError::Certificate { .. } | FetchError::Private(_))), "{refused:?}");

    let folder = Folder::new();
    let file = folder.path("ca.pem");
    let settings = config::Outbound {
        allow: vec!["127.0.0.1".parse().expect("an address")],
        authorities: Some(file.clone()),
    };
    std::fs::write(&file, format!("{}{}", other.pem(), authority.pem())).expect("written");
    let outbound = Outbound::open(&settings).expect("settings");
    assert_eq!(outbound.fetch(&site.url(HOST, "/")).await.expect("fetched"), b"<xml/>");
    for (text, says) in [("", "no certificate"), ("-----BEGIN CERTIFICATE-----\nx", "cannot be read")] {
        std::fs::write(&file, text).expect("written");
        let refused = Outbound::open(&settings).expect_err(text).to_string();
        assert!(refused.contains(says) && refused.contains("`outbound-ca`"), "{refused}");
    }
    std::fs::remove_file(&file).expect("removed");
    assert!(Outbound::open(&settings).is_err());
}

/// Gives other addresses at the first look-up than afterwards.
#[derive(Debug, Clone)]
struct Changing {
    first: Vec<SocketAddr>,
    then: Vec<SocketAddr>,
    asked: Arc<AtomicUsize>,
}

impl Changing {
    fn new(first: &[SocketAddr], then: &[SocketAddr]) -> Self {
        Self { first: first.to_vec(), then: then.to_vec(), asked: Arc::default() }
    }
}

impl Names for Changing {
    fn look_up(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        Ok(match self.asked.fetch_add(1, Ordering::Relaxed) {
            0 => self.first.clone(),
            _ => self.then.clone(),
        })
    }
}

/// The addresses that were checked are the ones connected to. Seen to fail: with a name allowed if one of its addresses
/// is public, and with addresses resolved again to connect.
#[tokio::test]
async fn a_name_is_looked_up_once() {
    let authority = Authority::new();
    let site = Site::start(&authority, "idp.example", Answering::With(b"here".to_vec()));
    let (here, inside): (SocketAddr, SocketAddr) =
        (site.address(), "10.0.0.1:443".parse().expect("an address"));
    let names = Changing::new(&[here], &[inside]);
    let outbound = with_names(&authority, names.clone());
    assert_eq!(outbound.fetch("https://idp.example/").await.expect("fetched"), b"here");
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    let refused = outbound.fetch("https://idp.example/").await;
    assert!(matches!(refused, Err(FetchError::Private(host)) if host == "idp.example"));
    let both = Changing::new(&[here, inside], &[here]);
    let refused = with_names(&authority, both).fetch("https://idp.example/").await;
    assert!(matches!(refused, Err(FetchError::Private(_))), "{refused:?}");
    let none = Changing::new(&[], &[]);
    let refused = with_names(&authority, none).fetch("https://idp.example/").await;
    assert!(matches!(&refused, Err(FetchError::UnknownHost(host)) if host == "idp.example"), "{refused:?}");
}

/// Seen to fail: with redirects followed.
#[tokio::test]
async fn no_redirect_is_followed() {
    let authority = Authority::new();
    let site = Site::start(&authority, HOST, Answering::With(b"elsewhere".to_vec()));
    let to = site.url(HOST, "/other");
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let head = format!("HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let leads = Site::start(&authority, HOST, Answering::Raw(head));
        let refused = fetched(&leads, &authority).await.expect_err("refused");
        assert!(refused.to_string().contains(&format!("enter `{to}`")), "{refused}");
    }
    assert_eq!(site.asked(), 0);
    let nowhere = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    let leads = Site::start(&authority, HOST, Answering::Raw(nowhere));
    let refused = fetched(&leads, &authority).await.expect_err("refused").to_string();
    assert!(refused.ends_with("it does not say where"), "{refused}");
}

/// Seen to fail: without the limit, and with one that is a byte too low.
#[tokio::test]
async fn an_answer_has_a_mebibyte_at_most() {
    let authority = Authority::new();
    let largest = usize::try_from(LARGEST).expect("a size");
    let site = Site::start(&authority, HOST, Answering::With(vec![b' '; largest]));
    assert_eq!(fetched(&site, &authority).await.expect("fetched").len(), largest);
    for answering in [Answering::With(vec![b' '; largest + 1]), Answering::Endless] {
        let site = Site::start(&authority, HOST, answering);
        let refused = fetched(&site, &authority).await;
        assert!(matches!(refused, Err(FetchError::TooLarge(LARGEST))), "{refused:?}");
    }
}

/// Seen to fail: without the limit.
#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let authority = Authority::new();
    let began = Instant::now();
    for answering in
        [Answering::Silent, Answering::Raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc".to_owned())]
    {
        let site = Site::start(&authority, HOST, answering);
        assert!(fetched(&site, &authority).await.is_err());
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    let site = Site::start(&authority, HOST, Answering::Silent);
    let refused = fetched(&site, &authority).await;
    assert!(matches!(refused, Err(FetchError::TooSlow(2))), "{refused:?}");
}

/// Seen to fail: with any status accepted.
#[tokio::test]
async fn only_what_was_found_is_taken() {
    let authority = Authority::new();
    for (status, line) in
        [(404, "404 Not Found"), (500, "500 Broken"), (204, "204 No Content"), (401, "401 No")]
    {
        let head = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
        let site = Site::start(&authority, HOST, Answering::Raw(head));
        let refused = fetched(&site, &authority).await;
        assert!(matches!(refused, Err(FetchError::Status(found)) if found == status), "{refused:?}");
    }
    let site = Site::start(&authority, HOST, Answering::Raw("SSH-2.0-hello\r\n\r\n".to_owned()));
    assert!(matches!(fetched(&site, &authority).await, Err(FetchError::Unreachable(_))));
}
