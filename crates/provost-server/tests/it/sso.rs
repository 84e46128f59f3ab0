//! `provost sso`: reads the metadata of an identity provider as single sign-on does.

use crate::PROVOST;
use provost_testing::authority::Authority;
use provost_testing::program::{Installation, Ran};
use provost_testing::site::{Answering, Site};
use serde_json::json;

const HOST: &str = "127.0.0.1";
const ENTRA: &str = include_str!("../../../provost-saml/corpus/metadata-ok-entra.md.xml");

/// An installation that may reach a site, and trusts its authority.
fn opened(authority: &Authority) -> Installation {
    let folder = PROVOST.install();
    folder.write("ca.pem", &authority.pem());
    folder.write("provost.toml", "outbound-allow = [\"127.0.0.1\"]\noutbound-ca = \"ca.pem\"\n");
    folder
}

/// With a proxy configured, which must not be used.
fn metadata(folder: &Installation, source: &str) -> Ran {
    let mut command = folder.command(&["sso", "metadata", source]);
    command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("ALL_PROXY", "http://127.0.0.1:1");
    Ran::of(command)
}

/// Seen to fail: with settings that are not read, and with the environment's proxy used.
#[test]
fn metadata_is_read_from_its_address_and_from_a_file() {
    let authority = Authority::new();
    let site = Site::start(&authority, HOST, Answering::With(ENTRA.as_bytes().to_vec()));
    let folder = opened(&authority);
    folder.write("entra.xml", ENTRA);
    let said = metadata(&folder, &site.url(HOST, "/federationmetadata.xml?appid=1"));
    assert_eq!(said.code(), 0, "{}", said.stderr());
    for part in [
        "entity ID     https://sts.windows.net/",
        "Entra tenant  ",
        "sign-on       https://",
        "certificate   ",
        " until 20",
    ] {
        assert!(said.stdout().contains(part), "{part}: {}", said.stdout());
    }
    let file = metadata(&folder, "entra.xml");
    assert_eq!((file.code(), file.stdout()), (0, said.stdout()));
    let read = folder.json(&["sso", "metadata", "entra.xml", "--json"]);
    assert!(read["entityId"].as_str().is_some_and(|id| id.starts_with("https://sts.windows.net/")), "{read}");
    assert_eq!(read["certificates"][0]["sha256"].as_str().map(str::len), Some(32 * 3 - 1), "{read}");
    assert_eq!(read["validUntil"], json!(null));
}

/// Seen to fail: with an address fetched that nobody allowed.
#[test]
fn what_cannot_be_used_is_said() {
    let authority = Authority::new();
    let with = |text: &str| Site::start(&authority, HOST, Answering::With(text.as_bytes().to_vec()));
    let folder = opened(&authority);
    let page = with("<!doctype html><html><body>Sign in</body></html>");
    let common = with(
        &ENTRA
            .replace("entityID=\"https://sts.windows.net/", "entityID=\"https://sts.windows.net/{tenantid}"),
    );
    let away = Site::start(&authority, "other.example", Answering::Silent);
    for (source, says) in [
        (page.url(HOST, "/"), "this metadata cannot be used: this is a web page"),
        (common.url(HOST, "/"), "this metadata cannot be used: "),
        (away.url(HOST, "/"), "the certificate of `127.0.0.1` is not good: "),
        ("http://127.0.0.1/metadata".to_owned(), "this is not an https address"),
        ("https://10.0.0.1/metadata".to_owned(), "the host `10.0.0.1` is not on the public internet"),
        ("nowhere.xml".to_owned(), "`nowhere.xml` cannot be read: "),
    ] {
        let said = metadata(&folder, &source);
        assert!(said.code() == 1 && said.stderr().contains(says), "{source}: {}", said.stderr());
    }
    let site = with(ENTRA);
    let closed = PROVOST.install();
    let said = metadata(&closed, &site.url(HOST, "/"));
    assert!(said.code() == 1 && said.stderr().contains("--outbound-allow"), "{}", said.stderr());
    assert_eq!(site.asked(), 0);
    folder.write("ca.pem", "no certificate");
    let said = metadata(&folder, &site.url(HOST, "/"));
    assert!(said.code() == 1 && said.stderr().contains("`ca.pem` (`outbound-ca`)"), "{}", said.stderr());
}
