//! The page `docs/embed.md` shows what this example, `sqlite-hook`, `sqlx` and `own-credentials` do: every block of Rust in it is in
//! the sources, line by line; that on PostgreSQL is in the documentation of the crate `provost`.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The lines of a text without their indentation, and without those that are empty.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// The parts of the Rust blocks of a page. `// ..` in a block stands for lines left out.
fn parts(page: &str) -> Vec<Vec<&str>> {
    let blocks = page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    let parts = blocks.flat_map(|block| block.split("// ..\n"));
    parts.map(lines).filter(|part| !part.is_empty()).collect()
}

/// The parts that stand in none of the sources.
fn strangers<'a>(page: &'a str, sources: &[String]) -> Vec<Vec<&'a str>> {
    let known = |part: &Vec<&str>| sources.iter().any(|s| lines(s).windows(part.len()).any(|w| w == part));
    parts(page).into_iter().filter(|part| !known(part)).collect()
}

#[test]
fn every_block_is_in_the_sources() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "../sqlite-hook/src", "../own-credentials/src", "../sqlx/src"]
        .map(|folder| fs::read_dir(here.join(folder)).unwrap());
    let mut sources: Vec<String> =
        folders.into_iter().flatten().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    // the block on PostgreSQL is a doctest, which is compiled wherever the feature is
    let facade = fs::read_to_string(here.join("../../crates/provost/src/lib.rs")).unwrap();
    sources.push(facade.lines().filter_map(|line| line.strip_prefix("///")).collect::<Vec<_>>().join("\n"));
    let page = fs::read_to_string(here.join("../../docs/embed.md")).unwrap();
    assert!(parts(&page).len() > 8, "the blocks are found");
    let strangers = strangers(&page, &sources);
    assert!(strangers.is_empty(), "not in the sources: {strangers:#?}");
}

/// The names that a manifest, or a part of it, depends on, those of tests marked.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut names = BTreeSet::new();
    for line in lines(manifest) {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && !line.starts_with('#') {
            let name = line.split([' ', '.']).next().unwrap();
            names.insert(if section.starts_with("[dev-") {
                format!("{name} (tests)")
            } else {
                name.to_owned()
            });
        }
    }
    names
}

/// Seen to fail: with a dependency left out of the page, and with one of the tests alone.
#[test]
fn the_dependencies_of_the_programs_are_named() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("../../docs/embed.md")).unwrap();
    let named = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(dependencies);
    let programs =
        ["../sqlite-hook", "."].map(|folder| fs::read_to_string(here.join(folder).join("Cargo.toml")));
    let needed = programs.map(|manifest| dependencies(&manifest.unwrap()));
    assert_eq!(named.take(2).collect::<Vec<_>>(), needed);
}

#[test]
fn a_line_that_differs_is_found() {
    let sources = ["fn a() {\n    b();\n\n    c();\n}\n".to_owned()];
    assert!(strangers("```rust\nfn a() {\n  b();\n// ..\n}\n```", &sources).is_empty());
    assert_eq!(strangers("```rust\nb();\nc();\n```\n```rust\nb();\n}\n```", &sources), [["b();", "}"]]);
}

/// Lines that are neither empty nor comments, test code left out.
fn count(code: &str) -> usize {
    let code = code.split_once("#[cfg(test)]\nmod").map_or(code, |(code, _)| code);
    lines(code).into_iter().filter(|line| !line.starts_with("//")).count()
}

/// The numbers of a table of the page.
fn said(page: &str, head: &str) -> Vec<usize> {
    let rows = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_end_matches(" |").rsplit(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_lines_of_code_are_counted() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).unwrap();
    let page = read("../../docs/embed.md");
    let store = read("src/store.rs");
    let (methods, statements) = store.split_once("impl Tables for").unwrap();
    let counted = [
        count(&read("src/database.rs")),
        count(&read("src/tables.rs")),
        count(methods),
        count(statements) + 1,
    ];
    assert_eq!(said(&page, "| part of `examples/own-tables`"), counted);
    let counted =
        ["hook", "companies", "main"].map(|file| count(&read(&format!("../sqlite-hook/src/{file}.rs"))));
    assert_eq!(said(&page, "| part of `examples/sqlite-hook`"), counted);
}
