//! No two files of a crate import each other: a reader can begin with the one that does not need the other.
//!
//! A folder and its files count as one here: `mod.rs` may re-export from its files, and they may use it.

use super::sources::{before_tests, code_lines, rust_files};
use crate::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module of a crate, by its path: `["queries", "read"]`.
type Module = Vec<String>;

/// What each module imports from its own crate.
fn imports(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let known = |path: &[String]| {
        let mut lengths = (1..=path.len()).rev();
        lengths.find_map(|n| path.get(..n).map(<[String]>::to_vec).filter(|m| sources.contains_key(m)))
    };
    let of = |module: &Module, source: &String| {
        let paths = used(source).into_iter().filter_map(|path| known(&absolute(module, &path)?));
        paths.filter(|other| other != module).collect::<BTreeSet<_>>()
    };
    sources.iter().map(|(module, source)| (module.clone(), of(module, source))).collect()
}

/// The paths after `use`, with groups expanded. Tests inside a file may use anything.
fn used(source: &str) -> Vec<String> {
    let code: String = code_lines(before_tests("", source)).map(|(_, line)| format!("{line}\n")).collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let is_word = code.get(..at).is_none_or(|before| before.ends_with(['\n', ' ']) || before.is_empty());
        let Some(path) = code.get(at + 4..).and_then(|rest| rest.split(';').next()).filter(|_| is_word)
        else {
            continue;
        };
        expand(&path.split_whitespace().collect::<String>(), &mut found);
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(path: &str, found: &mut Vec<String>) {
    let Some((front, rest)) = path.split_once('{') else {
        return found.push(path.to_owned());
    };
    let inside = rest.strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut part) = (0, String::new());
    for c in inside.chars().chain([',']) {
        match c {
            ',' if depth == 0 => {
                if !part.is_empty() {
                    expand(&format!("{front}{part}"), found);
                }
                part.clear();
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        part.push(c);
    }
}

/// The target of a path in a module; `None` if outside the crate.
fn absolute(module: &Module, path: &str) -> Option<Module> {
    let mut segments = path.split("::").map(str::to_owned).peekable();
    let mut at = match segments.peek().map(String::as_str) {
        Some("crate") => {
            segments.next();
            return Some(segments.collect());
        }
        Some("super" | "self") => module.clone(),
        _ => return None,
    };
    while let Some("super" | "self") = segments.peek().map(String::as_str) {
        if segments.next().as_deref() == Some("super") {
            at.pop();
        }
    }
    at.extend(segments);
    Some(at)
}

/// Pairs that import each other, one sentence each.
fn circles(sources: &BTreeMap<Module, String>) -> Vec<String> {
    let imports = imports(sources);
    let is_folder = |folder: &Module, file: &Module| file.starts_with(folder);
    let mut found = Vec::new();
    for (a, used) in &imports {
        for b in used.iter().filter(|b| a < *b && !is_folder(a, b)) {
            if imports.get(b).is_some_and(|back| back.contains(a)) {
                found.push(format!("{} and {} import each other", a.join("/"), b.join("/")));
            }
        }
    }
    found
}

fn sources(src: &Path) -> BTreeMap<Module, String> {
    let module = |path: &Path| {
        let path = path.strip_prefix(src).expect("below src").with_extension("");
        let mut parts: Module = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts.last().is_some_and(|name| matches!(name.as_str(), "mod" | "lib" | "main")) {
            parts.pop();
        }
        parts
    };
    let source = |path: &Path| fs::read_to_string(path).expect("the file can be read");
    rust_files(src).iter().map(|path| (module(path), source(path))).collect()
}

#[test]
fn no_two_files_import_each_other() {
    let mut found = Vec::new();
    let crates = fs::read_dir(root().join("crates")).expect("the folder can be read");
    for entry in crates {
        let path = entry.expect("the entry can be read").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        found.extend(circles(&sources(&path.join("src"))).iter().map(|said| format!("{name}: {said}")));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn planted_circles_are_caught() {
    let planted = |files: &[(&str, &str)]| {
        let module = |path: &str| path.split('/').map(str::to_owned).collect::<Module>();
        circles(&files.iter().map(|(path, source)| (module(path), (*source).to_owned())).collect())
    };
    for files in [
        [("a", "use crate::b::f;"), ("b", "use crate::a::g;")],
        [("a", "use crate::{x, b::{f, h}};"), ("b", "use super::a;")],
        [("d/a", "use super::b;"), ("d/b", "pub(super) use super::a::{g,\n    h};")],
    ] {
        assert_eq!(planted(&files).len(), 1, "{files:?}");
    }
    for files in [
        [("a", "use crate::b::f;"), ("b", "use std::fmt;")],
        [("a", "use crate::a::b::f;"), ("a/b", "use super::Result;")],
        [("a", "use crate::b::f;"), ("b", "// use crate::a;\n#[cfg(test)]\nmod tests {\nuse crate::a;\n}")],
    ] {
        assert_eq!(planted(&files), Vec::<String>::new(), "{files:?}");
    }
}
