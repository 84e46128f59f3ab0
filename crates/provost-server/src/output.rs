//! What commands print: tables for people, JSON for programs. Results go to standard output, everything else to standard error.

use crate::tokens::Secret;
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Prints a result.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Prints what holds a secret and ends its last line. It is handed on in one piece, so that no buffer keeps it.
pub(crate) fn print_secret(text: &Secret) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.reveal().as_bytes())?;
    out.flush()
}

/// Whether a person sees what is printed. Elsewhere a log may keep it.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Asks on the terminal and returns the line that is typed; `None` without a terminal. The question goes to standard error, since it is
/// not a result.
pub(crate) fn ask(question: &str) -> io::Result<Option<String>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut out = io::stderr().lock();
    write!(out, "{question}")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(Some(line.trim().to_owned()))
}

/// Prints a result as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Prints a result as one line of JSON, for lists in which each line is a value.
pub(crate) fn print_line(value: &impl Serialize) -> io::Result<()> {
    print(&serde_json::to_string(value)?)
}

/// Prints several at once, a line of JSON each.
pub(crate) fn print_lines(values: &[impl Serialize]) -> io::Result<()> {
    let mut text = Vec::new();
    for value in values {
        serde_json::to_writer(&mut text, value)?;
        text.push(b'\n');
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}

/// Progress of something that takes a while: a bar on a terminal, and nothing elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    of_what: &'static str,
    /// What is shown, in parts of a hundred; nothing before anything is.
    shown: Option<i64>,
    is_seen: bool,
}

impl Progress {
    pub(crate) fn new(of_what: &'static str) -> Self {
        Self { of_what, shown: None, is_seen: io::stderr().is_terminal() }
    }

    pub(crate) const fn is_seen(&self) -> bool {
        self.is_seen
    }

    pub(crate) fn show(&mut self, done: i64, all: i64) {
        let percent = done.saturating_mul(100).checked_div(all).unwrap_or(100).clamp(0, 100);
        if !self.is_seen || self.shown == Some(percent) {
            return;
        }
        self.shown = Some(percent);
        let full = usize::try_from(percent / 4).unwrap_or_default();
        let bar: String = (0..25).map(|n| if n < full { '#' } else { '.' }).collect();
        // nobody may listen, and that is no failure
        drop(write!(io::stderr().lock(), "\r{bar} {percent:3} % of {all} {}", self.of_what));
    }

    /// Leaves the line, if there is one.
    pub(crate) fn end(self) {
        if self.shown.is_some() {
            say(format_args!(""));
        }
    }
}

/// Says something beside the result. Nobody may listen, and that is no failure.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// A list that is printed page by page, so that its length costs no memory. Columns are as wide as they had to be so far.
#[derive(Debug)]
pub(crate) struct List<const N: usize> {
    headings: [&'static str; N],
    widths: [usize; N],
    json: bool,
    has_begun: bool,
    has_items: bool,
}

impl<const N: usize> List<N> {
    pub(crate) fn new(headings: [&'static str; N], json: bool) -> Self {
        Self { headings, widths: headings.map(str::len), json, has_begun: false, has_items: false }
    }

    /// Prints the next items: `row` has the cells of one.
    pub(crate) fn page<T: Serialize>(
        &mut self,
        items: &[T],
        row: impl Fn(&T) -> [String; N],
    ) -> io::Result<()> {
        let text = match self.json {
            true => self.objects(items)?,
            false => self.lines(&items.iter().map(row).collect::<Vec<_>>()),
        };
        self.has_begun = true;
        self.has_items |= !items.is_empty();
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Ends the list, which has had a page at least, be it empty.
    pub(crate) fn end(self) -> io::Result<()> {
        print(match (self.json, self.has_items) {
            (true, true) => "\n]",
            (true, false) => "[]",
            (false, _) => "",
        })
    }

    /// Elements of an array, indented as in one that is printed whole.
    fn objects<T: Serialize>(&self, items: &[T]) -> io::Result<String> {
        let mut text = String::new();
        for (n, item) in items.iter().enumerate() {
            text.push_str(if n == 0 && !self.has_items { "[\n  " } else { ",\n  " });
            text.push_str(&serde_json::to_string_pretty(item)?.replace('\n', "\n  "));
        }
        Ok(text)
    }

    /// Lines, each after the end of the one before; the first page begins with the headings.
    fn lines(&mut self, rows: &[[String; N]]) -> String {
        let clean: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| shown(cell))).collect();
        for (column, width) in self.widths.iter_mut().enumerate() {
            let cells = clean.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            *width = cells.max().unwrap_or(0).max(*width);
        }
        let heading = (!self.has_begun).then(|| line(&self.headings.map(str::to_owned), &self.widths));
        let rows = clean.iter().map(|row| format!("\n{}", line(row, &self.widths)));
        heading.into_iter().chain(rows).collect()
    }
}

/// Columns with a heading, as wide as their widest cell; `-` means an empty cell.
pub(crate) fn table<const N: usize>(headings: [&'static str; N], rows: &[[String; N]]) -> String {
    List::new(headings, false).lines(rows)
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        // writing to a String cannot fail
        let _ = write!(line, "{cell:width$}  ");
    }
    line.truncate(line.trim_end().len());
    line
}

/// A terminal obeys control characters, and names come from outside.
fn shown(cell: &str) -> String {
    if cell.is_empty() { "-".to_owned() } else { cell.replace(char::is_control, "\u{FFFD}") }
}

/// The first few of many, in one sentence.
pub(crate) fn few(all: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_in_text() {
        let rows = [["a".to_owned(), "Zürich".to_owned()], ["long one".to_owned(), String::new()]];
        assert_eq!(table(["KEY", "NAME"], &rows), "KEY       NAME\na         Zürich\nlong one  -");
        assert_eq!(table(["KEY", "NAME"], &[]), "KEY  NAME");
    }

    /// Seen to fail: with the headings before each page, and with a bracket for each.
    #[test]
    fn pages_are_one_list() {
        let row = |n: &u32| [n.to_string(), "x".repeat(usize::try_from(*n).unwrap_or(0))];
        let mut list = List::new(["N", "X"], false);
        let first = list.lines(&[row(&1), row(&3)]);
        list.has_begun = true;
        assert_eq!(first + &list.lines(&[row(&2)]), "N  X\n1  x\n3  xxx\n2  xx");
        let mut list = List::new(["N", "X"], true);
        let items = [("a", 1), ("b", 2), ("c", 3)];
        let first = list.objects(&items[..2]).expect("JSON");
        list.has_items = true;
        let whole = first + &list.objects(&items[2..]).expect("JSON") + "\n]";
        assert_eq!(whole, serde_json::to_string_pretty(&items).expect("JSON"));
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        let shown = table(["NAME"], &[["\u{1b}[2Jx\ny".to_owned()]]);
        assert_eq!(shown, "NAME\n\u{FFFD}[2Jx\u{FFFD}y");
    }

    #[test]
    fn a_long_list_is_cut() {
        let all: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(few(&all), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
        assert_eq!(few(all.get(..2).expect("two")), "0, 1");
    }
}
