//! What is wrong in a configuration file, in terms of settings, where the library that reads it speaks of types.

use super::nearest::nearest;
use super::options::Options;
use clap::Args;

/// The setting at a position in the file, such as `limits.page`.
pub(super) fn setting(text: &str, at: usize) -> Option<String> {
    let line_end = text.get(at..)?.find('\n').map_or(text.len(), |length| at + length);
    let mut lines = text.get(..line_end)?.lines().rev();
    // a list may span several lines
    let (name, section) = lines.find_map(|line| match line.trim().strip_prefix('[') {
        Some(header) => Some((header.trim_matches(['[', ']', ' ']), true)),
        None => Some((line.split_once('=')?.0.trim(), false)),
    })?;
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    let header = lines.find_map(|line| line.trim().strip_prefix('[')).filter(|_| !section);
    let whole = match header.map(|header| header.trim_end_matches([']', ' '])) {
        Some(header) => format!("{header}.{name}"),
        None => name.to_owned(),
    };
    is_name(&whole).then_some(whole)
}

/// The library's message in our words, about a setting if one is known.
pub(super) fn words(message: &str, setting: Option<&str>) -> String {
    let message = message.replace("unknown field", "unknown key");
    if let Some(name) = message.strip_prefix("unknown key `").and_then(|rest| rest.split('`').next()) {
        return match nearest(name, known()) {
            Some(key) => format!("unknown key `{name}`; did you mean `{key}`?"),
            None => message,
        };
    }
    let Some(setting) = setting else { return message };
    if message == "duplicate key" {
        return format!("`{setting}` is set twice");
    }
    let typed = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match typed.and_then(|rest| rest.split_once(", expected ")) {
        Some((found, wanted)) => {
            format!("`{setting}` must be {}, not {}", wanted_words(wanted), found_words(found))
        }
        None => format!("`{setting}`: {message}"),
    }
}

fn wanted_words(wanted: &str) -> &str {
    match wanted {
        "a string" | "path string" => "a text in quotation marks",
        "a sequence" => "a list in square brackets",
        "a boolean" => "true or false",
        own => own,
    }
}

/// The kind of value found. A text is not repeated, since it may be a misplaced password.
fn found_words(found: &str) -> String {
    let (kind, value) = found
        .split_once('`')
        .map_or((found, ""), |(kind, rest)| (kind.trim_end(), rest.split('`').next().unwrap_or_default()));
    match kind {
        "integer" | "floating point" => format!("the number {value}"),
        "boolean" => value.to_owned(),
        "sequence" => "a list".to_owned(),
        "map" => "a section".to_owned(),
        _ => "a text".to_owned(),
    }
}

/// The keys of the file, including those of the limits section.
fn known() -> Vec<String> {
    let options = Options::augment_args(clap::Command::new("serve"));
    let names = options.get_arguments().filter_map(|option| option.get_long());
    let keys = names.map(|name| name.strip_prefix("limit-").unwrap_or(name).to_owned());
    keys.chain(["database", "limits"].map(str::to_owned)).collect()
}
