//! If-Match and If-None-Match (RFC 7644 section 3.14, RFC 9110 section 13).

use provost_core::error::Place;
use provost_core::{Error, ErrorKind, Version};

/// The conditions of a request.
///
/// Both headers use weak comparison: the version of a resource is a weak tag, since its representation depends on the
/// attributes requested, and every example in RFC 7644 sends weak tags in If-Match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    /// The tags in the list that can be our versions.
    Listed(Vec<Version>),
}

impl Conditions {
    /// Parses the two headers. A tag that is not one of ours, well-formed or not, matches nothing.
    #[must_use]
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self { if_match: if_match.map(Tags::parse), if_none_match: if_none_match.map(Tags::parse) }
    }

    /// The version a write requires, if the store can check it alone; `Ok(None)` if it requires none. `Err` if the
    /// resource must be read to decide.
    pub(crate) fn expected(&self) -> Result<Option<Version>, MustRead> {
        match (&self.if_match, &self.if_none_match) {
            (None | Some(Tags::Any), None) => Ok(None),
            (Some(Tags::Listed(list)), None) => match list.as_slice() {
                [one] => Ok(Some(*one)),
                _ => Err(MustRead),
            },
            (_, Some(_)) => Err(MustRead),
        }
    }

    /// Whether a resource of this version may be written.
    ///
    /// # Errors
    /// 412, as RFC 9110 sections 13.1.1 and 13.1.2 require for methods that change something.
    pub(crate) fn check_write(&self, current: Version) -> Result<(), Error> {
        self.check_match(current)?;
        match &self.if_none_match {
            Some(tags) if tags.hold(current) => {
                let message = format!("the resource is at version {current}, which If-None-Match excludes");
                Err(Error::new(ErrorKind::PreconditionFailed, message).at(Place::header("If-None-Match")))
            }
            _ => Ok(()),
        }
    }

    /// Whether a reading client already has this version: 304.
    pub(crate) fn is_unmodified(&self, current: Version) -> Result<bool, Error> {
        self.check_match(current)?;
        Ok(self.if_none_match.as_ref().is_some_and(|tags| tags.hold(current)))
    }

    fn check_match(&self, current: Version) -> Result<(), Error> {
        match &self.if_match {
            Some(tags) if !tags.hold(current) => {
                let message = format!("the resource is at version {current}, which If-Match does not name");
                Err(Error::new(ErrorKind::PreconditionFailed, message).at(Place::header("If-Match")))
            }
            _ => Ok(()),
        }
    }
}

/// The resource must be read to decide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MustRead;

impl Tags {
    fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        // an opaque tag is what is between quotes; ours are digits, so commas inside do not matter
        let opaque = header.split('"').skip(1).step_by(2);
        Self::Listed(opaque.filter_map(version).collect())
    }

    fn hold(&self, current: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(list) => list.contains(&current),
        }
    }
}

/// A version in its canonical spelling: `01` is not 1.
fn version(opaque: &str) -> Option<Version> {
    let n: u64 = opaque.parse().ok()?;
    (n.to_string() == opaque).then_some(Version(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(if_match: Option<&str>, if_none_match: Option<&str>) -> bool {
        Conditions::parse(if_match, if_none_match).check_write(Version(3)).is_ok()
    }

    #[test]
    fn if_match_compares_weakly_and_takes_lists() {
        for held in ["W/\"3\"", "\"3\"", "*", " * ", "W/\"1\", W/\"3\"", "\"a,b\",\"3\""] {
            assert!(write(Some(held), None), "{held}");
        }
        for failed in ["W/\"2\"", "\"03\"", "\"+3\"", "3", "", "\"\"", "\"W/3\""] {
            assert!(!write(Some(failed), None), "{failed}");
        }
        assert!(write(None, None));
    }

    #[test]
    fn if_none_match_stops_writes_and_spares_reads() {
        assert!(!write(None, Some("*")));
        assert!(!write(None, Some("W/\"3\"")));
        assert!(write(None, Some("W/\"2\"")));
        let read = |tag| Conditions::parse(None, Some(tag)).is_unmodified(Version(3)).unwrap();
        assert!(read("W/\"3\"") && read("*") && !read("W/\"4\""));
    }

    #[test]
    fn a_single_tag_needs_no_reading() {
        let expected = |m, n| Conditions::parse(m, n).expected();
        assert_eq!(expected(None, None), Ok(None));
        assert_eq!(expected(Some("*"), None), Ok(None));
        assert_eq!(expected(Some("W/\"3\""), None), Ok(Some(Version(3))));
        assert_eq!(expected(Some("W/\"3\", W/\"4\""), None), Err(MustRead));
        assert_eq!(expected(Some("nonsense"), None), Err(MustRead));
        assert_eq!(expected(None, Some("*")), Err(MustRead));
    }
}
