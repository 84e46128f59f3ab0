//! Names that may occur only in some folders, read from the text of the sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::root;

/// A crate whose names may occur only in some folders of `crates/`.
struct Fence {
    /// The first segment of fenced paths, as in `actix_web::HttpRequest`.
    names: &'static [&'static str],
    /// Where they may occur: a prefix of the file's path below `crates/`.
    inside: &'static [&'static str],
}

const FENCES: &[Fence] = &[
    Fence {
        names: &["actix_web", "actix_http", "actix_rt", "actix_service"],
        inside: &["provost-actix/", "provost-server/"],
    },
    Fence {
        names: &["diesel", "diesel_migrations", "libsqlite3_sys"],
        // The server has its own tables (memberships, teams, tokens): one of its modules names SQL, and its tests look
        // into the database from outside.
        inside: &[
            "provost-diesel/",
            "provost-server/src/storage/",
            "provost-server/tests/",
            "provost-testing/src/program.rs",
            "provost-testing/src/statements.rs",
        ],
    },
    Fence {
        names: &["tokio_postgres"],
        // and tests look into the database with another client than the one under test
        inside: &["provost-diesel/src/postgres/", "provost-testing/src/postgres.rs"],
    },
    Fence { names: &["askama"], inside: &["provost-server/src/console/", "provost-server/src/mail/"] },
    // code that sends a mail only knows a `Letter` and its result
    Fence { names: &["lettre"], inside: &["provost-server/src/mail/"] },
    // what may be requested is decided in one place
    Fence { names: &["ureq"], inside: &["provost-server/src/outbound/"] },
    Fence {
        names: &["provost_saml"],
        inside: &["provost-saml/", "provost-server/src/sso/", "provost-server/src/failure.rs"],
    },
    Fence { names: &["nom"], inside: &["provost-core/"] },
    // replaceable without a change elsewhere
    Fence { names: &["saml_rs"], inside: &["provost-saml/src/library.rs"] },
];

/// Words that may occur only in some places: what only one kind of database knows, and sources of time, identifiers and
/// randomness.
struct Words {
    /// As in the code, in lower case.
    words: &'static [&'static str],
    /// Where they are searched for: a prefix of the file's path below `crates/`.
    of: &'static str,
    /// Where they may occur.
    inside: &'static [&'static str],
}

const WORDS: &[Words] = &[
    // invariant 11: clippy refuses the functions, and this is where exceptions may be
    Words {
        words: &["disallowed_methods", "new_v7", "getrandom::"],
        of: "provost",
        inside: &["provost-provider/src/system.rs", "provost-server/src/clock.rs"],
    },
    // a second database is another module beside this one, without changes above
    Words {
        words: &["sqlite::", "sqlite(", "postgres::", "postgres("],
        of: "provost-server/src/",
        inside: &[
            "provost-server/src/storage/",
            "provost-server/src/config/database.rs",
            // the page of limits compares its numbers with what a database is opened with
            "provost-server/src/config/limits/page_tests.rs",
        ],
    },
    // the HTTP framework is named only where requests are answered
    Words {
        words: &["actix_web", "actix_http", "actix_service"],
        of: "provost-server/src/",
        inside: &[
            "provost-server/src/serve",
            "provost-server/src/console/",
            "provost-server/src/config/levels.rs",
        ],
    },
    // the statements are compiled for each database: differences are in `engine.rs`
    Words {
        words: &["json_each", "instr(", "sqlite_master", "pragma", "rowid", "begin immediate", "counter"],
        of: "provost-diesel/src/",
        inside: &["provost-diesel/src/sqlite/"],
    },
    Words {
        words: &["jsonb_array", "strpos", "no key update", "repeatable read", "pg_", "advisory", "sqlstate"],
        of: "provost-diesel/src/",
        inside: &["provost-diesel/src/postgres/"],
    },
];

/// What identifies a client's habits. All other code that reads a request knows a `Policy`, which says what was chosen
/// but not for whom. Tests may set any profile.
struct Habits {
    /// Types and tables, as whole words; fields with a preceding dot.
    names: &'static [&'static str],
    /// Where they are searched for.
    of: &'static str,
    /// Where they may occur.
    inside: &'static [&'static str],
}

const HABITS: &[Habits] = &[
    Habits {
        names: &["Profile", "RuleId", "RULES"],
        of: "provost-core/src/",
        inside: &["provost-core/src/compat/", "provost-core/src/lib.rs"],
    },
    Habits {
        names: &["Profile", "RuleId", "RULES", ".profile"],
        of: "provost-provider/src/",
        inside: &[
            // the call, in which the session's profile becomes a `Reader`
            "provost-provider/src/provider/call.rs",
            // what a session carries, who makes one, and the default if it names none
            "provost-provider/src/settings.rs",
            "provost-provider/src/auth.rs",
            "provost-provider/src/static_token.rs",
            // the contract suite is a client
            "provost-provider/src/testkit/dialect.rs",
        ],
    },
];

/// Everything outside its fence in one file, one sentence each. `file` is the path below `crates/`.
fn faults(file: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let hidden = nom_names(source);
    let tested_from = before_tests(file, source).lines().count();
    for (number, line) in code_lines(source) {
        for fence in FENCES {
            if fence.inside.iter().any(|prefix| file.starts_with(prefix)) {
                continue;
            }
            for name in fence.names.iter().filter(|name| names_crate(line, name)) {
                faults.push(format!(
                    "{file}:{number} names {name}, which only {} may",
                    fence.inside.join(", ")
                ));
            }
        }
        let lower = line.to_ascii_lowercase();
        for fence in WORDS.iter().filter(|fence| file.starts_with(fence.of)) {
            if fence.inside.iter().any(|prefix| file.starts_with(prefix)) {
                continue;
            }
            for word in fence.words.iter().filter(|word| lower.contains(**word)) {
                faults.push(format!(
                    "{file}:{number} says `{word}`, which only {} may",
                    fence.inside.join(", ")
                ));
            }
        }
        for fence in HABITS.iter().filter(|fence| file.starts_with(fence.of) && number <= tested_from) {
            if fence.inside.iter().any(|prefix| file.starts_with(prefix)) {
                continue;
            }
            for name in fence.names.iter().filter(|name| has_word(line, name)) {
                faults.push(format!(
                    "{file}:{number} knows `{name}`, which only {} may",
                    fence.inside.join(", ")
                ));
            }
        }
        // The parser in the core is private: it could be replaced by another one.
        let public = line.trim_start().starts_with("pub ");
        if public
            && (names_crate(line, "nom") || hidden.iter().any(|name| words(line).any(|word| word == name)))
        {
            faults.push(format!("{file}:{number} shows a type of nom in a public item"));
        }
    }
    faults
}

/// The part of a file before its tests.
pub(super) fn before_tests<'s>(file: &str, source: &'s str) -> &'s str {
    if file.ends_with("/tests.rs") {
        return "";
    }
    source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(code, _)| code)
}

/// The lines of code with their numbers, without comments, which may name anything.
pub(super) fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split_once("//").map_or(line, |(code, _)| code)))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// Whether the line has a path that starts at the crate `name`: `name::x` or `use name`, not `provost_name::x` or `x as name`.
fn names_crate(line: &str, name: &str) -> bool {
    let mut after_use = false;
    for path in
        line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').filter(|path| !path.is_empty())
    {
        let (first, more) = match path.trim_start_matches("::").split_once("::") {
            Some((first, _)) => (first, true),
            None => (path.trim_start_matches("::"), false),
        };
        if first == name && (more || after_use) {
            return true;
        }
        after_use = path == "use";
    }
    false
}

/// Whether the line contains a word or, if it begins with a dot, a field of that name.
fn has_word(line: &str, name: &str) -> bool {
    match name.strip_prefix('.') {
        Some(field) => line.split('.').skip(1).any(|rest| words(rest).next() == Some(field)),
        None => words(line).any(|word| word == name),
    }
}

/// The types that a file imports from nom.
fn nom_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let code: String = code_lines(source).map(|(_, line)| format!("{line}\n")).collect();
    for import in code.split("use nom::").skip(1) {
        let import = import.split(';').next().unwrap_or_default();
        names.extend(words(import).filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned));
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Every Rust file below `folder`.
pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn names_stay_inside_their_fences() {
    let crates = root().join("crates");
    let files = rust_files(&crates);
    assert!(files.len() >= 7, "only {} files found: the scan looks in the wrong place", files.len());
    let mut found = Vec::new();
    for path in files {
        let file = path.strip_prefix(&crates).expect("below crates").to_string_lossy().replace('\\', "/");
        // The planted faults below are not faults.
        if file == "provost/tests/architecture/sources.rs" {
            continue;
        }
        let source = fs::read_to_string(&path).expect("the file can be read");
        found.extend(faults(&file, &source));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn right_names_are_let_through() {
    for (file, source) in [
        ("provost-actix/src/routes.rs", "use actix_web::web;"),
        ("provost-server/src/serve.rs", "let server = actix_web::HttpServer::new(app);"),
        ("provost-server/src/storage/hook.rs", "use diesel::prelude::*;"),
        ("provost-server/src/storage/queries/teams.rs", "diesel::insert_into(x)"),
        ("provost-server/tests/it/application.rs", "use diesel::prelude::*;"),
        (
            "provost/src/lib.rs",
            "pub use provost_actix as actix;\npub use provost_diesel as diesel;\nuse crate::diesel::x;",
        ),
        ("provost-provider/src/lib.rs", "// diesel::Connection would be wrong here\n/// nom::IResult\n"),
        (
            "provost-core/src/filter/parser.rs",
            "use nom::{IResult, Parser};\nfn parse(text: &str) -> IResult<&str, Filter> {}",
        ),
        (
            "provost-core/src/filter/parser.rs",
            "use nom::IResult;\npub(super) fn parse(text: &str) -> IResult<&str, Filter> {}",
        ),
        ("provost-core/src/compat/filter.rs", "use super::{Profile, RuleId};"),
        (
            "provost-core/src/policy.rs",
            "// one of a client's Profile\nlet of = o.profile_url(ServiceProviderConfig);",
        ),
        ("provost-core/src/project.rs", "fn x() {}\n#[cfg(test)]\nmod tests {\n    use crate::Profile;\n}"),
        ("provost-core/src/patch/tests.rs", "use crate::{Limits, Profile};"),
        ("provost-core/tests/project.rs", "use provost_core::Profile;"),
        ("provost-provider/src/provider/call.rs", "Reader::new(&self.session.profile, limits)"),
        ("provost-server/src/hook.rs", "if profile.has(RuleId::GroupNameUnique) {}"),
    ] {
        assert_eq!(faults(file, source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn planted_names_are_caught() {
    for (file, source, expected) in [
        (
            "provost-provider/src/lib.rs",
            "use actix_web::HttpRequest;",
            "provost-provider/src/lib.rs:1 names actix_web",
        ),
        ("provost/src/lib.rs", "\npub use actix_web;", "provost/src/lib.rs:2 names actix_web"),
        (
            "provost-actix/src/lib.rs",
            "fn f(c: &mut ::diesel::SqliteConnection) {}",
            "provost-actix/src/lib.rs:1 names diesel",
        ),
        (
            "provost-server/src/members.rs",
            "use diesel::prelude::*;",
            "provost-server/src/members.rs:1 names diesel",
        ),
        (
            "provost-diesel/src/filter.rs",
            "let x = nom::combinator::map(a, b); // why",
            "provost-diesel/src/filter.rs:1 names nom",
        ),
        (
            "provost-server/src/people/command.rs",
            "let to = lettre::Address::new(user, domain);",
            "provost-server/src/people/command.rs:1 names lettre",
        ),
        (
            "provost-server/src/sso/command.rs",
            "let answer = ureq::get(url).call();",
            "provost-server/src/sso/command.rs:1 names ureq",
        ),
        (
            "provost-server/src/people/life.rs",
            "use provost_saml::Subject;",
            "provost-server/src/people/life.rs:1 names provost_saml",
        ),
        (
            "provost-saml/src/verifier.rs",
            "use saml_rs::Saml;",
            "provost-saml/src/verifier.rs:1 names saml_rs",
        ),
        (
            "provost-core/src/filter.rs",
            "pub fn f() -> nom::IResult<&str, ()> {}",
            "provost-core/src/filter.rs:1 shows a type of nom",
        ),
        (
            "provost-server/src/serve/metrics.rs",
            "use provost::diesel::sqlite::WriterStats;",
            "provost-server/src/serve/metrics.rs:1 says `sqlite::`",
        ),
        (
            "provost-actix/src/serve.rs",
            "#[expect(clippy::disallowed_methods, reason = \"in a hurry\")]",
            "provost-actix/src/serve.rs:1 says `disallowed_methods`",
        ),
        (
            "provost-diesel/src/queries/read.rs",
            "Fragment::new(\"select e.value from json_each(d.folded) e\")",
            "provost-diesel/src/queries/read.rs:1 says `json_each`",
        ),
        (
            "provost-core/src/patch/apply.rs",
            "use crate::compat::{Notes, Profile};",
            "provost-core/src/patch/apply.rs:1 knows `Profile`",
        ),
        (
            "provost-core/src/project.rs",
            "\nif policy.has(RuleId::AttributesWin) {}",
            "provost-core/src/project.rs:2 knows `RuleId`",
        ),
        (
            "provost-provider/src/provider/write.rs",
            "let nothing = self.session.profile.has(it);",
            "provost-provider/src/provider/write.rs:1 knows `.profile`",
        ),
        (
            "provost-provider/src/media.rs",
            "fn object(&self, profile: &Profile) {}\n#[cfg(test)]\nmod tests {}",
            "provost-provider/src/media.rs:1 knows `Profile`",
        ),
        (
            "provost-core/src/filter.rs",
            "pub use nom::Err;",
            "provost-core/src/filter.rs:1 shows a type of nom",
        ),
        (
            "provost-core/src/path.rs",
            "use nom::{\n    IResult,\n};\npub fn f() -> IResult<&str, ()> {}",
            "provost-core/src/path.rs:4 shows a type of nom",
        ),
    ] {
        let found = faults(file, source);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{source}: {found:?}");
    }
}
