//! What commands print: tables for people, JSON for programs. Results go to standard output, everything else to standard error.

use crate::tokens::Secret;
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write as _};

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

/// Prints a result as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Says something beside the result. Nobody may listen, and that is no failure.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Columns with a heading, as wide as their widest cell; `-` stands for an empty cell.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let clean: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| shown(cell))).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = clean.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        let heading = headings.get(column).map_or(0, |h| h.len());
        cells.max().unwrap_or(0).max(heading)
    });
    let mut text = line(&headings.map(str::to_owned), &widths);
    for row in &clean {
        text.push('\n');
        text.push_str(&line(row, &widths));
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_in_text() {
        let rows = [["a".to_owned(), "Zürich".to_owned()], ["long one".to_owned(), String::new()]];
        assert_eq!(table(["KEY", "NAME"], &rows), "KEY       NAME\na         Zürich\nlong one  -");
        assert_eq!(table(["KEY", "NAME"], &[]), "KEY  NAME");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        let shown = table(["NAME"], &[["\u{1b}[2Jx\ny".to_owned()]]);
        assert_eq!(shown, "NAME\n\u{FFFD}[2Jx\u{FFFD}y");
    }
}
