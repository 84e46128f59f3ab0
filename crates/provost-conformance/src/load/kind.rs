//! The kinds of requests that can be measured.

use std::fmt;
use std::str::FromStr;

/// One kind of request, measured separately.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestKind {
    /// `GET /Users/{id}`.
    Get,
    /// `GET /Users?filter=userName eq ".."`, as Entra asks before it creates a user.
    Match,
    /// `GET /Users?filter=emails.value eq ".."`.
    Email,
    /// `POST /Users`.
    Create,
    /// `PATCH /Users/{id}` with five operations.
    Patch,
    /// `PATCH /Groups/{id}` that adds one member to a group of this size, then one that removes it. It has two lines in
    /// the report.
    Member(usize),
    /// `GET /Groups/{id}?excludedAttributes=members` of a group of this size.
    Group(usize),
    /// `GET /Groups/{id}` of a group of this size.
    WholeGroup(usize),
    /// `GET /Users?startIndex=1&count=100`.
    Page,
    /// The last full page of 100, by `startIndex`.
    LastPage,
    /// The first page of 100 by cursor (RFC 9865).
    Cursor,
    /// The last page of 100 by cursor. The cursors are followed once, before the measurement.
    LastCursor,
    /// `GET` of a path below the base URL, which must always be answered with 200 and the same bytes.
    Path(String),
}

/// Names on the command line; `:M` is the size of the group.
const NAMES: &str = "get, match, email, create, patch, member:M, group:M, whole-group:M, page, last-page, cursor, last-cursor, path:/..";

impl RequestKind {
    /// The size of the group that it needs.
    pub(super) fn group(&self) -> Option<usize> {
        match self {
            Self::Member(size) | Self::Group(size) | Self::WholeGroup(size) => Some(*size),
            _ => None,
        }
    }

    /// Whether it needs users in no group.
    pub(super) fn needs_spare(&self) -> bool {
        matches!(self, Self::Member(_))
    }

    /// Its lines in the report: one for each kind of request in it.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Member(size) => vec![format!("add:{size}"), format!("remove:{size}")],
            row => vec![row.to_string()],
        }
    }
}

/// The rows without an argument.
const PLAIN: [(&str, RequestKind); 9] = [
    ("get", RequestKind::Get),
    ("match", RequestKind::Match),
    ("email", RequestKind::Email),
    ("create", RequestKind::Create),
    ("patch", RequestKind::Patch),
    ("page", RequestKind::Page),
    ("last-page", RequestKind::LastPage),
    ("cursor", RequestKind::Cursor),
    ("last-cursor", RequestKind::LastCursor),
];

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(size) => write!(f, "member:{size}"),
            Self::Group(size) => write!(f, "group:{size}"),
            Self::WholeGroup(size) => write!(f, "whole-group:{size}"),
            Self::Path(path) => write!(f, "path:{path}"),
            plain => f.write_str(PLAIN.iter().find(|(_, row)| row == plain).map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for RequestKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("unknown row `{text}`; expected {NAMES}");
        if let Some((name, argument)) = text.split_once(':') {
            if name == "path" {
                return Ok(Self::Path(argument.to_owned()));
            }
            let size = argument.parse().map_err(|_not_a_number| unknown())?;
            return match name {
                "member" => Ok(Self::Member(size)),
                "group" => Ok(Self::Group(size)),
                "whole-group" => Ok(Self::WholeGroup(size)),
                _ => Err(unknown()),
            };
        }
        let plain = PLAIN.into_iter().find(|(name, _)| *name == text);
        plain.map(|(_, row)| row).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in ["get", "match", "email", "create", "patch", "member:100", "group:5", "whole-group:7"] {
            assert_eq!(text.parse::<RequestKind>().unwrap().to_string(), text);
        }
        for text in ["page", "last-page", "cursor", "last-cursor", "path:/Users?count=1&a=b:c"] {
            assert_eq!(text.parse::<RequestKind>().unwrap().to_string(), text);
        }
        for text in ["", "gets", "member", "member:", "member:x", "page:1"] {
            assert!(text.parse::<RequestKind>().unwrap_err().contains("whole-group:M"), "{text}");
        }
    }
}
