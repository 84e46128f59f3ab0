//! Servers behind TLS: which certificates are accepted, and what is said about one that is not.

use crate::certificate::Certificate;
use crate::fake::{self, Fake};
use crate::folder;
use provost_conformance::http::{Client, NoResponse, Request};
use provost_conformance::{Target, Trust};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

/// The status of a GET, or why there is none.
fn get(fake: &Fake, trust: Trust) -> Result<u16, String> {
    let target = Target::trusting(fake.target().base_url(), fake::TOKEN, trust).unwrap();
    let response = Client::new(target).unwrap().send(&Request::get("/Users"));
    response.map(|response| response.status).map_err(|error: NoResponse| error.to_string())
}

fn assert_refused(fake: &Fake, trust: Trust, words: &[&str]) {
    let error = get(fake, trust).unwrap_err();
    for word in words {
        assert!(error.contains(word), "`{word}` in: {error}");
    }
}

#[test]
fn a_certificate_from_nobody_we_know_is_refused_until_it_is_named() {
    for certificate in [
        Certificate::self_signed("127.0.0.1", false),
        Certificate::self_signed("127.0.0.1", true),
        Certificate::issued("127.0.0.1", false),
    ] {
        let fake = Fake::start_tls(certificate);
        assert_refused(
            &fake,
            Trust::System,
            &["`127.0.0.1`", "no authority", "--ca-certificate", "--insecure"],
        );
        assert_eq!(get(&fake, Trust::File(fake.authority())), Ok(200));
        assert_eq!(get(&fake, Trust::Anything), Ok(200));
    }
}

#[test]
fn a_named_certificate_is_good_for_its_own_server_alone() {
    let [own, other] = [(); 2].map(|()| Fake::start_tls(Certificate::self_signed("127.0.0.1", true)));
    assert_eq!(get(&own, Trust::File(own.authority())), Ok(200));
    assert_refused(&other, Trust::File(own.authority()), &["not accepted"]);
}

#[test]
fn a_name_or_a_time_that_is_wrong_is_said() {
    for certificate in
        [Certificate::self_signed("scim.example.com", true), Certificate::issued("scim.example.com", false)]
    {
        let fake = Fake::start_tls(certificate);
        assert_refused(
            &fake,
            Trust::File(fake.authority()),
            &["not valid for name \"127.0.0.1\"", "--insecure"],
        );
        assert_eq!(get(&fake, Trust::Anything), Ok(200));
    }
    let fake = Fake::start_tls(Certificate::issued("127.0.0.1", true));
    assert_refused(&fake, Trust::File(fake.authority()), &["expired", "--insecure"]);
}

#[test]
fn a_server_without_tls_is_recognised() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/scim/v2", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    let target = Target::new(&url, fake::TOKEN).unwrap();
    let error = Client::new(target).unwrap().send(&Request::get("/Users")).unwrap_err().to_string();
    assert!(error.contains("http://"), "{error}");
}

#[test]
fn a_file_without_certificates_is_refused_at_once() {
    let missing = Target::trusting("https://h", "t", Trust::File(folder().join("no-such-file.pem")));
    assert!(missing.unwrap_err().to_string().contains("no-such-file.pem"));
    let empty = Target::trusting("https://h", "t", Trust::File(folder().join("states.json")));
    assert!(empty.unwrap_err().to_string().contains("no certificate"));
}

fn command(fake: &Fake, name: &str, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provost-conformance"))
        .args([name, "--base-url", fake.target().base_url(), "--token", fake::TOKEN])
        .args(words)
        .output()
        .unwrap()
}

fn assert_ends(output: &Output, code: i32, said: &str) {
    let text =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(said), "`{said}` in: {text}");
}

/// Ordinary requests, raw bytes, and a body too large for an ordinary client.
#[test]
fn cases_are_played_through_tls() {
    let fake = Fake::start_tls(Certificate::self_signed("127.0.0.1", true));
    let (data, file) = (folder(), fake.authority());
    let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let play = |suite: &str, only: &str, trust: &[&str]| {
        command(&fake, "run", &[&["--data", data, "--suite", suite, "--only", only][..], trust].concat())
    };
    let named = ["--ca-certificate", file];
    assert_ends(&play("golden", "e010-", &named), 0, "pass golden e010-");
    assert_ends(&play("scenarios", "s11-abandoned", &["--insecure"]), 0, "pass scenarios s11-abandoned");
    assert_ends(&play("hostile", "wire-ssh", &named), 0, "pass hostile wire-ssh");
    assert_ends(&play("golden", "e010-", &[]), 2, "--ca-certificate");
}

#[test]
fn load_is_measured_through_tls() {
    let fake = Fake::start_tls(Certificate::issued("127.0.0.1", false));
    let file = fake.authority();
    let short = ["--rows", "get", "--requests", "9", "--seconds", "600", "--warm-up", "0", "--users", "32"];
    let named = [&short[..], &["--ca-certificate", file.to_str().unwrap()]].concat();
    assert_ends(&command(&fake, "load", &named), 0, "get ");
    assert_ends(&command(&fake, "load", &short), 2, "--ca-certificate");
}
