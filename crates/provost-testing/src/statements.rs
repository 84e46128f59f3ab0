//! Every statement that a connection runs, and whether each names the tenant of all it touches.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// From now on the statements of all connections that are opened are remembered.
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

/// Those so far, each once.
pub fn seen() -> BTreeSet<String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// In lower case, without quotation marks of names and binds, words and signs apart.
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

/// What a test knows of the tables.
#[derive(Debug)]
pub struct Tables {
    /// Whose rows belong to a tenant.
    pub of_tenants: &'static [&'static str],
    /// Whose rows do not, and why.
    pub of_nobody: &'static [(&'static str, &'static str)],
    /// Statements that may do without, by how they begin, and why.
    pub excused: &'static [(&'static str, &'static str)],
}

impl Tables {
    /// What is wrong with a statement: a table whose tenant stands in no condition, or a table that nobody knows.
    pub fn fault(&self, sql: &str) -> Option<String> {
        let sql = plain(sql);
        let control = ["begin", "commit", "rollback", "savepoint", "release", "pragma", "vacuum", "explain"];
        // a migration, which begins with its reason, makes tables and fills them anew
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
            // the first column of what is written
            if !inserted {
                names.push(alias);
            } else if !names_tenant_first(&words, table) {
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

/// The tables that a statement names, what each is called in it, and whether it is inserted into.
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

fn names_tenant_first(words: &[&str], table: &str) -> bool {
    let columns = words.iter().skip_while(|w| **w != table).skip(2);
    columns.take_while(|w| **w != ")").any(|w| *w == "tenant")
}

/// How often the tenant of a name is compared with something.
fn compared(words: &[&str], name: &str, alone: bool) -> usize {
    let qualified = format!("{name}.tenant");
    let compares = |word: Option<&&str>| word.is_some_and(|w| matches!(*w, "=" | ">" | "in"));
    let mut count = 0;
    // what stands before is assigned or shown
    let conditions = words.iter().position(|w| matches!(*w, "where" | "on")).unwrap_or(words.len());
    for (n, word) in words.iter().enumerate().skip(conditions) {
        if *word != qualified && !(alone && *word == "tenant") {
            continue;
        }
        // `( r.tenant , r.kind ) > ( .. )` compares it, too
        let row = words.get(n + 3) == Some(&")") && compares(words.get(n + 4));
        if compares(words.get(n + 1)) || compares(words.get(n.wrapping_sub(1))) || row {
            count += 1;
        }
    }
    count
}
