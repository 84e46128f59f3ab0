//! Every requirement of `conformance/rfc/requirements.json` has a test, or a reason why it has none. All tests of the
//! workspace are searched: a comment directly above a test names the requirements that it checks,
//! `// R-7644-3.3-04, R-7644-3.3-07`.
//!
//! `scripts/docs` writes `docs/rfc-coverage.md`.
//! Seen to fail: with an id misspelt above a test, with a test renamed that the data names, with a reason missing from
//! the data, and with a reason left in for a requirement that has a test.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::value::{Object, Value, parse_object};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn repository(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// The result of searching the sources: every test by name, and the tests of each id.
#[derive(Default)]
struct Tests {
    names: BTreeSet<String>,
    of: BTreeMap<String, BTreeSet<String>>,
    /// Comments that name requirements but are not directly above a test.
    astray: Vec<String>,
}

impl Tests {
    fn of_workspace() -> Self {
        let mut tests = Self::default();
        for folder in children(&repository("crates")) {
            let name = file_name(&folder);
            for part in ["src", "tests"] {
                tests.folder(&folder.join(part), &name);
            }
        }
        tests
    }

    fn folder(&mut self, folder: &Path, package: &str) {
        for path in children(folder) {
            if path.is_dir() {
                self.folder(&path, package);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                self.file(&std::fs::read_to_string(&path).unwrap(), &format!("{package}/{stem}"));
            }
        }
    }

    fn file(&mut self, text: &str, place: &str) {
        let (mut ids, mut is_test): (Vec<String>, bool) = (Vec::new(), false);
        for line in text.lines().map(str::trim) {
            if let Some(said) = line.strip_prefix("// R-") {
                ids.extend(format!("R-{said}").split(',').map(|id| id.trim().to_owned()));
            } else if line.starts_with("#[") {
                is_test |= line.contains("test]") || line.contains("test(");
            } else {
                let found = line.split_once("fn ").and_then(|(before, rest)| {
                    let prefix = before.split_whitespace().all(|w| ["pub", "async"].contains(&w));
                    rest.split_once('(').filter(|_| prefix).map(|(name, _)| name.to_owned())
                });
                match found.filter(|_| is_test) {
                    Some(name) => {
                        let name = format!("{place}/{name}");
                        for id in ids.drain(..) {
                            self.of.entry(id).or_default().insert(name.clone());
                        }
                        self.names.insert(name);
                    }
                    None if !ids.is_empty() => self.astray.push(format!("{place}: {}", ids.join(", "))),
                    None => {}
                }
                ids.clear();
                is_test = false;
            }
        }
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    out.sort();
    out
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// A row of the data, with what the sources say about it.
struct Row {
    source: Object,
    tests: BTreeSet<String>,
}

impl Row {
    fn text(&self, name: &str) -> &str {
        self.source.str(name).unwrap_or_default()
    }

    fn state(&self) -> &str {
        match self.text("state") {
            "" => "tested",
            "elsewhere" => "judged elsewhere",
            other => other,
        }
    }
}

fn rows(tests: &Tests) -> Vec<Row> {
    let text = std::fs::read_to_string(repository("conformance/rfc/requirements.json")).unwrap();
    let source = parse_object(&text).unwrap();
    let list = source.get("requirements").unwrap().elements();
    let row = |o: &Object| {
        let mut found = tests.of.get(o.str("id").unwrap()).cloned().unwrap_or_default();
        let named = o.get("tests").map_or(&[][..], Value::elements);
        found.extend(named.iter().filter_map(Value::as_str).map(str::to_owned));
        Row { source: o.clone(), tests: found }
    };
    list.iter().filter_map(Value::as_object).map(row).collect()
}

const STATES: [&str; 4] = ["tested", "judged elsewhere", "not offered", "planned"];
const LEVELS: [(&str, &str); 6] = [
    ("M", "must"),
    ("N", "must not"),
    ("S", "should"),
    ("O", "may, worth offering"),
    ("I", "follows from the text"),
    ("-", "our own"),
];

fn page(rows: &[Row]) -> String {
    let mut out = String::from(
        "# RFC coverage\n\n\
         What RFC 7643, RFC 7644 and their neighbours ask of a service provider, and which test judges it. A test is named\n\
         by its package, file and function. Where there is none, the state says why:\n\n\
         * **judged elsewhere**: by another means than a test of this repository's own code;\n\
         * **not offered**: a choice of the standard that Provost does not take;\n\
         * **planned**: not there yet.\n\n\
         This page is made from `conformance/rfc/requirements.json` and from the comments above the tests; a test fails when it\n\
         is stale.\n\n",
    );
    let count = |level: &str, state: &str| {
        // a row with two levels counts as the first
        let is = |r: &&Row| r.text("level").split('/').next() == Some(level) && r.state() == state;
        rows.iter().filter(is).count()
    };
    out.push_str(
        "| level | tested | judged elsewhere | not offered | planned | all |\n|---|---|---|---|---|---|\n",
    );
    let mut line = |name: &str, counts: [usize; 4]| {
        let cells: Vec<String> = counts.iter().map(ToString::to_string).collect();
        writeln!(out, "| {name} | {} | {} |", cells.join(" | "), counts.iter().sum::<usize>()).unwrap();
    };
    let mut sum = [0; 4];
    for (level, name) in LEVELS {
        let counts = STATES.map(|s| count(level, s));
        for (total, n) in sum.iter_mut().zip(counts) {
            *total += n;
        }
        line(&format!("{level} ({name})"), counts);
    }
    line("all", sum);
    let mut section = "";
    for row in rows {
        if row.text("section") != section {
            section = row.text("section");
            write!(out, "\n## {section}\n\n| id | level | requirement | state | test, or why there is none |\n|---|---|---|---|---|\n")
                .unwrap();
        }
        let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*");
        let why = match row.tests.is_empty() {
            true => cell(row.text("why")),
            false => row.tests.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", "),
        };
        let (id, level, said) = (row.text("id"), row.text("level"), cell(row.text("requirement")));
        writeln!(out, "| {id} | {level} | {said} | {} | {why} |", row.state()).unwrap();
    }
    out
}

#[test]
fn every_requirement_has_a_test_or_a_reason() {
    let tests = Tests::of_workspace();
    let rows = rows(&tests);
    let mut faults: Vec<String> = tests.astray.iter().map(|a| format!("above no test: {a}")).collect();
    let known: BTreeSet<&str> = rows.iter().map(|r| r.text("id")).collect();
    assert_eq!((known.len(), rows.len()), (300, 300), "an id appears twice, or a row is missing");
    for (id, names) in tests.of.iter().filter(|(id, _)| !known.contains(id.as_str())) {
        faults.push(format!("{id} is no requirement: {names:?}"));
    }
    for row in &rows {
        let id = row.text("id");
        for name in row.tests.iter().filter(|t| !tests.names.contains(*t)) {
            faults.push(format!("{id} names the test {name}, which is not there"));
        }
        match (row.tests.is_empty(), row.text("state")) {
            (true, "") => faults.push(format!("{id} has neither a test nor a reason")),
            (true, state) if !["elsewhere", "not offered", "planned"].contains(&state) => {
                faults.push(format!("{id} has the state {state}, which is none"));
            }
            (true, _) if row.text("why").is_empty() => faults.push(format!("{id} does not say why")),
            (false, state) if !state.is_empty() => {
                faults.push(format!("{id} is {state} and has the tests {:?}: take the state out", row.tests));
            }
            _ => {}
        }
        if ["section", "requirement", "test"].iter().any(|n| row.text(n).is_empty()) {
            faults.push(format!("{id} is incomplete"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_page_is_fresh() {
    let made = page(&rows(&Tests::of_workspace()));
    let path = repository("docs/rfc-coverage.md");
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == made, "docs/rfc-coverage.md is stale: run scripts/docs");
}

#[test]
fn comments_are_read_as_written() {
    let mut tests = Tests::default();
    tests.file(
        "// R-1, R-2\n// R-3\n#[test]\nfn a() {\n}\n#[tokio::test]\nasync fn b() {}\n// R-4\nfn helper() {}",
        "p/f",
    );
    assert_eq!(tests.names.iter().collect::<Vec<_>>(), ["p/f/a", "p/f/b"]);
    assert_eq!(tests.of.keys().collect::<Vec<_>>(), ["R-1", "R-2", "R-3"]);
    assert_eq!(tests.astray, ["p/f: R-4"]);
}
