//! The SQL statements that connections run, and whether each names the tenant of every table it touches.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records the statements of all connections opened from now on.
pub fn record() {
    fn listener() -> Option<Box<dyn Instrumentation>> {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = plain(&query.to_string());
                SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
            }
        }))
    }
    set_default_instrumentation(listener).unwrap();
}

/// The statements so far, without repetitions.
pub fn seen() -> BTreeSet<String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Lower case, without quotes around names or binds, with words and signs separated.
fn plain(sql: &str) -> String {
    let sql = sql.split(" -- binds").next().unwrap_or_default().to_ascii_lowercase();
    let mut text = String::new();
    for c in sql.chars() {
        match c {
            '`' | '"' => {}
            '(' | ')' | ',' | '=' | '<' | '>' | ';' => text.extend([' ', c, ' ']),
            c => text.push(c),
        }
    }
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("< >", "<>")
        .replace("> =", ">=")
        .replace("< =", "<=")
}

/// What a test knows about the tables.
#[derive(Debug)]
pub struct Tables {
    /// Tables whose rows belong to a tenant.
    pub of_tenants: &'static [&'static str],
    /// Tables whose rows do not, and why.
    pub of_nobody: &'static [(&'static str, &'static str)],
    /// Statements that need no tenant, by their beginnings, and why.
    pub excused: &'static [(&'static str, &'static str)],
}

impl Tables {
    /// What is wrong with a statement: a table without a condition on its tenant, or an unknown table.
    pub fn fault(&self, sql: &str) -> Option<String> {
        let sql = plain(sql);
        let control = ["begin", "commit", "rollback", "savepoint", "release", "pragma", "vacuum", "explain"];
        // a migration, which starts with a comment that gives its reason, makes and refills tables
        let definition = ["create", "drop", "alter", "--"];
        let begins = |word: &&str| sql.split(' ').next() == Some(word);
        if control.iter().chain(&definition).any(begins) {
            return None;
        }
        if self.excused.iter().any(|(start, _)| sql.starts_with(&plain(start))) {
            return None;
        }
        let words: Vec<&str> = sql.split(' ').collect();
        let mut names: Vec<&str> = Vec::new();
        for (table, alias, inserted) in tables(&words) {
            if self.of_nobody.iter().any(|(name, _)| *name == table)
                || ["json_each", "jsonb_array_elements"].iter().any(|each| table.starts_with(each))
            {
                continue;
            }
            if !self.of_tenants.contains(&table) {
                return Some(format!("`{table}` is a table that this test does not know: {sql}"));
            }
            // an insert must have the tenant among its columns
            if !inserted {
                names.push(alias);
            } else if !names_tenant(&words, table) {
                return Some(format!("`{table}` is written without its tenant: {sql}"));
            }
        }
        let short = names.iter().find(|name| {
            let bound = names.iter().filter(|other| other == name).count();
            compared(&words, name, names.len() == 1) < bound
        })?;
        Some(format!("the tenant of `{short}` stands in no condition: {sql}"))
    }
}

/// The tables that a statement names, with their aliases, and whether it inserts into them.
fn tables<'a>(words: &[&'a str]) -> Vec<(&'a str, &'a str, bool)> {
    let mut found = Vec::new();
    for (n, word) in words.iter().enumerate() {
        if !matches!(*word, "from" | "join" | "update" | "into")
            || words.get(n.wrapping_sub(1)) == Some(&"do")
        {
            continue;
        }
        let mut rest = words.iter().skip(n + 1).skip_while(|w| **w == "(");
        let Some(table) = rest.next().filter(|w| **w != "select") else { continue };
        const NOT_A_NAME: [&str; 18] = [
            "where", "set", "on", "(", ")", "cross", "left", "inner", "join", "order", "group", "union",
            "limit", "values", "using", ",", "having", "for",
        ];
        let alias = rest.next().filter(|w| !NOT_A_NAME.contains(w)).unwrap_or(table);
        found.push((*table, *alias, *word == "into"));
    }
    found
}

fn names_tenant(words: &[&str], table: &str) -> bool {
    let columns = words.iter().skip_while(|w| **w != table).skip(2);
    columns.take_while(|w| **w != ")").any(|w| *w == "tenant")
}

/// How often the tenant column of this table name is compared with something.
fn compared(words: &[&str], name: &str, alone: bool) -> usize {
    let qualified = format!("{name}.tenant");
    let compares = |word: Option<&&str>| word.is_some_and(|w| matches!(*w, "=" | ">" | "in"));
    let mut count = 0;
    // before the conditions it is assigned or selected
    let conditions = words.iter().position(|w| matches!(*w, "where" | "on")).unwrap_or(words.len());
    for (n, word) in words.iter().enumerate().skip(conditions) {
        if *word != qualified && !(alone && *word == "tenant") {
            continue;
        }
        // `( r.tenant , r.kind ) > ( .. )` is a comparison too
        let row = words.get(n + 3) == Some(&")") && compares(words.get(n + 4));
        if compares(words.get(n + 1)) || compares(words.get(n.wrapping_sub(1))) || row {
            count += 1;
        }
    }
    count
}
