//! Checks of the settings, and of what the machine allows.

use super::Answer;
use super::facts::Facts;
use crate::machine::TooFewFiles;

/// Whether `serve` would start with these settings.
pub(super) fn can_be_served(facts: &Facts) -> Answer {
    match &facts.config {
        Ok(_) => Answer::fine("the settings can be served"),
        Err(why) => Answer::wrong(why, "correct this setting: `provost serve` does not start with it"),
    }
}

/// A mistyped variable leaves its setting at the default.
pub(super) fn variables_are_known(facts: &Facts) -> Answer {
    match facts.unknown_variables.is_empty() {
        true => Answer::fine("every `PROVOST_` variable is one that is read"),
        false => {
            Answer::note(facts.unknown_variables.join("; "), "correct the names, or unset the variables")
        }
    }
}

/// Whether the additional schemas and resource types are valid.
pub(super) fn schemas_can_be_read(facts: &Facts) -> Answer {
    match &facts.schemas {
        Ok(()) => Answer::fine("the schemas can be served"),
        Err(why) => {
            Answer::wrong(why, "correct the files; `provost schema check DIR` checks them by themselves")
        }
    }
}

/// Identity providers accept only https.
pub(super) fn public_url_is_https(facts: &Facts) -> Answer {
    const REMEDY: &str = "put a TLS proxy in front and set `--public-url` to its https URL";
    let Ok(config) = &facts.config else { return Answer::Unknown };
    match &config.http.public_url {
        Some(url) if url.is_https() => Answer::fine(format!("the Tenant URL is {}", url.tenant_url())),
        Some(url) => Answer::note(
            format!("the public URL `{url}` is not https, and Entra ID accepts no other"),
            REMEDY,
        ),
        None => Answer::note(
            "no public URL is set, so clients are given the address that the server listens on",
            REMEDY,
        ),
    }
}

/// Whether bearer tokens cross a network unencrypted.
pub(super) fn tokens_are_encrypted(facts: &Facts) -> Answer {
    let Ok(config) = &facts.config else { return Answer::Unknown };
    match config.http.check_transport(false) {
        Ok(()) => Answer::fine("plain HTTP is served to this machine or a trusted proxy only"),
        Err(_) => Answer::wrong(
            format!(
                "with `--insecure-http`, bearer tokens cross the network of `{}` unencrypted",
                config.http.listen
            ),
            "listen on 127.0.0.1 behind a TLS proxy, or name the proxy with `--trusted-proxy`",
        ),
    }
}

/// Whether as many connections as allowed can be open.
pub(super) fn files_suffice(facts: &Facts) -> Answer {
    let Ok(config) = &facts.config else { return Answer::Unknown };
    match TooFewFiles::of(config.limits.connections, facts.open_files) {
        None => Answer::fine(format!("{} connections can be open at once", config.limits.connections)),
        Some(too_few) => Answer::wrong(too_few.to_string(), TooFewFiles::REMEDY),
    }
}

/// Whether URLs that people enter are only fetched from the public internet.
pub(super) fn only_the_internet_is_asked(facts: &Facts) -> Answer {
    let Ok(config) = &facts.config else { return Answer::Unknown };
    let outbound = &config.outbound;
    if outbound.is_closed() {
        return Answer::fine("metadata is fetched from the public internet alone");
    }
    let networks: Vec<String> = outbound.allow.iter().map(|network| format!("`{network}`")).collect();
    let mut open = Vec::new();
    if !networks.is_empty() {
        open.push(format!(
            "metadata may be fetched from {}, besides the public internet",
            networks.join(", ")
        ));
    }
    if let Some(file) = &outbound.authorities {
        open.push(format!(
            "the authorities in `{}` are trusted besides those of this machine",
            file.display()
        ));
    }
    Answer::note(
        open.join("; "),
        "keep `--outbound-allow` and `--outbound-ca` for as long as an identity provider is in a network of your own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options};

    fn with(options: Options) -> Facts {
        Facts { config: Config::resolve(options).map_err(|e| e.to_string()), ..Facts::sound() }
    }

    #[test]
    fn settings_that_serve_refuses_are_wrong() {
        let facts = with(Options { listen: "0.0.0.0:1".parse().ok(), ..Options::default() });
        assert!(matches!(can_be_served(&facts), Answer::Wrong(a) if a.what.contains("0.0.0.0:1")));
        assert_eq!(public_url_is_https(&facts), Answer::Unknown);
    }

    #[test]
    fn variables_that_nobody_reads_are_a_note() {
        let facts =
            Facts { unknown_variables: vec!["`PROVOST_X` has no effect".to_owned()], ..Facts::sound() };
        assert!(matches!(variables_are_known(&facts), Answer::Note(a) if a.what.contains("PROVOST_X")));
    }

    #[test]
    fn schemas_that_serve_refuses_are_wrong() {
        let facts = Facts { schemas: Err("x.schema.json: y".to_owned()), ..Facts::sound() };
        assert!(matches!(schemas_can_be_read(&facts), Answer::Wrong(a) if a.what == "x.schema.json: y"));
    }

    #[test]
    fn a_url_that_entra_refuses_is_a_note() {
        for url in [None, "http://scim.example.com".parse().ok()] {
            let facts = with(Options { public_url: url, ..Options::default() });
            assert!(
                matches!(public_url_is_https(&facts), Answer::Note(a) if a.remedy.contains("--public-url"))
            );
        }
    }

    #[test]
    fn unencrypted_tokens_are_wrong_however_much_they_were_asked_for() {
        let open =
            Options { listen: "0.0.0.0:1".parse().ok(), insecure_http: Some(true), ..Options::default() };
        let facts = with(open.clone());
        assert!(
            matches!(tokens_are_encrypted(&facts), Answer::Wrong(a) if a.what.contains("--insecure-http"))
        );
        let behind =
            with(Options { trusted_proxy: Some(vec!["10.0.0.1".parse().expect("an address")]), ..open });
        assert!(matches!(tokens_are_encrypted(&behind), Answer::Fine(_)));
    }

    /// Seen to fail: with either one left out.
    #[test]
    fn what_is_opened_is_named() {
        let allow = |text: &str| Some(vec![text.parse().expect("a network")]);
        let networks = with(Options { outbound_allow: allow("10.1.0.0/16"), ..Options::default() });
        let authorities = with(Options { outbound_ca: Some("ca.pem".into()), ..Options::default() });
        for (facts, named) in [(networks, "`10.1.0.0/16`"), (authorities, "`ca.pem`")] {
            let answer = only_the_internet_is_asked(&facts);
            assert!(matches!(&answer, Answer::Note(a) if a.what.contains(named)), "{answer:?}");
        }
    }

    #[test]
    fn too_few_open_files_are_wrong() {
        let facts = Facts { open_files: 256, ..Facts::sound() };
        assert!(matches!(files_suffice(&facts), Answer::Wrong(a) if a.what.contains("256 open files")));
    }
}
