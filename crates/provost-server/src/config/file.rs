//! `provost.toml`.

use super::options::Options;
use super::{ConfigError, fault};
use std::io;
use std::path::Path;

/// Read if no other file is named and it exists.
const USUAL: &str = "provost.toml";

/// The options in the named file, else in `provost.toml` in the working directory, else none.
pub(super) fn read(named: Option<&Path>) -> Result<Options, ConfigError> {
    let path = named.unwrap_or(Path::new(USUAL));
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, path),
        Err(e) if e.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(Options::default()),
        Err(source) => Err(ConfigError::Unreadable { file: path.to_owned(), source }),
    }
}

fn parse(text: &str, path: &Path) -> Result<Options, ConfigError> {
    toml::from_str(text).map_err(|e| {
        let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        // without the text of the line, which may contain a database password
        let what = fault::words(e.message(), fault::setting(text, before.len()).as_deref());
        ConfigError::File { file: path.to_owned(), line: before.matches('\n').count() + 1, what }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        parse(text, Path::new("provost.toml")).expect_err(text).to_string()
    }

    #[test]
    fn a_whole_file() {
        let text = r#"
            database = "sqlite:/var/lib/provost/provost.db"
            listen = "0.0.0.0:8443"
            public-url = "https://scim.example.com"
            metrics-listen = "127.0.0.1:9100"
            schemas = "/etc/provost/schemas"
            indexed = ["User:title", "User:phoneNumbers"]
            trusted-proxy = ["10.0.0.1", "10.0.0.2"]
            insecure-http = false
            log = "debug"
            [limits]
            body = "2 MiB"
            group-body = 33554432
            requests = 50
        "#;
        let options = parse(text, Path::new("provost.toml")).expect("valid");
        assert_eq!(options.trusted_proxy.as_deref().map(<[_]>::len), Some(2));
        assert_eq!(options.indexed.as_deref().map(<[_]>::len), Some(2));
        let limits = options.limits.resolve().expect("valid");
        assert_eq!((limits.body, limits.group_body, limits.requests), (2 << 20, 32 << 20, 50));
        assert_eq!(options.insecure_http, Some(false));
    }

    #[test]
    fn unknown_keys_are_named_with_file_and_line() {
        let top = fault("listen = \"127.0.0.1:1\"\nlissten = \"x\"\n");
        assert!(top.starts_with("`provost.toml`, line 2: unknown key `lissten`"), "{top}");
        let nested = fault("[limits]\nbodies = 1\n");
        assert!(nested.starts_with("`provost.toml`, line 2: unknown key `bodies`"), "{nested}");
        for (text, says) in [
            ("[limitz]", "unknown key `limitz`; did you mean `limits`?"),
            ("public_url = 1", "unknown key `public_url`; did you mean `public-url`?"),
            ("[limits]\npagee = 1", "unknown key `pagee`; did you mean `page`?"),
            ("colour = 1", "unknown key `colour`, expected one of `database`, `listen`"),
            ("[limits]\ncolour = 1", "unknown key `colour`"),
        ] {
            assert!(fault(text).contains(says), "{}", fault(text));
        }
    }

    #[test]
    fn wrong_values_say_what_would_be_right() {
        for (text, says) in [
            ("listen = \"localhost\"", "127.0.0.1:8080"),
            ("listen = 8080", "`listen` must be a text in quotation marks, not the number 8080"),
            ("listen = 80.5", "`listen` must be a text in quotation marks, not the number 80.5"),
            ("schemas = true", "`schemas` must be a text in quotation marks, not true"),
            ("log = [\"info\"]", "`log` must be a text in quotation marks, not a list"),
            ("[listen]\nport = 1", "`listen` must be a text in quotation marks, not a section"),
            ("trusted-proxy = \"10.0.0.1\"", "`trusted-proxy` must be a list in square brackets, not a text"),
            ("indexed = [\n  5,\n]", "`indexed` must be a text in quotation marks, not the number 5"),
            ("bulk = \"hunter2\"", "`bulk` must be true or false, not a text"),
            ("[limits]\npage = -1", "`limits.page` must be a whole number, not the number -1"),
            ("[limits]\npage = 1.5", "`limits.page` must be a whole number, not the number 1.5"),
            (
                "[limits]\npage = 99999999999999999999",
                "must be a whole number, not the number 99999999999999999999",
            ),
            (
                "[limits]\nbody-time = 15",
                "`limits.body-time` must be a span of time such as \"15s\", not the number 15",
            ),
            ("limits = 5", "`limits` must be a section of limits, not the number 5"),
            ("log = \"warning\"", "`log`: `warning` is not a log level: write error,"),
            ("log-format = \"JSON\"", "`log-format`: `JSON` is not a log format: write text or json"),
            ("database = \"mysql://u:hunter2@h/n\"", "sqlite:PATH"),
            ("[limits]\nbody = \"1 MB\"", "`limits.body`: `1 MB` is not a size"),
            ("listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"", "`listen` is set twice"),
            ("indexed = [\"title\"]", "like `User:title`"),
            ("listen", "line 1"),
        ] {
            let fault = fault(text);
            assert!(fault.contains(says), "{fault}");
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
