//! The parameters of a query (RFC 7644 sections 3.4.2 and 3.9).

use crate::url;
use provost_core::error::Place;
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};

/// The parameters SCIM defines, decoded. Others are ignored (RFC 7644 section 3.4.2).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Params {
    /// `filter`
    pub filter: Option<String>,
    /// `attributes`
    pub attributes: Option<String>,
    /// `excludedAttributes`
    pub excluded_attributes: Option<String>,
    /// `sortBy`
    pub sort_by: Option<String>,
    /// `sortOrder`
    pub sort_order: Option<String>,
    /// `startIndex`
    pub start_index: Option<String>,
    /// `count`
    pub count: Option<String>,
    /// `cursor` (RFC 9865)
    pub cursor: Option<String>,
}

impl Params {
    /// Parses a query.
    ///
    /// # Errors
    /// A SCIM parameter appears twice, or its value is not UTF-8.
    pub fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Self::default();
        for (name, value) in url::pairs(query) {
            let Some((name, slot)) = params.slot(&name) else { continue };
            if slot.is_some() {
                let message = format!("the parameter `{name}` appears more than once");
                return Err(Error::new(ErrorKind::InvalidValue, message)
                    .at(Place::parameter(name))
                    .with_remedy("send it once"));
            }
            let place = Place::parameter(name);
            let message = place.to_string();
            let decoded = match name {
                "filter" => url::filter(value, &message, ErrorKind::InvalidFilter),
                _ => url::form(value, &message, ErrorKind::InvalidValue),
            };
            *slot = Some(decoded.map_err(|e| e.at(place))?);
        }
        Ok(params)
    }

    /// Where a parameter is stored. Names are matched ignoring case: a parameter ignored because of a capital letter
    /// would give a wrong answer without an error.
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
        let all = [
            ("filter", &mut self.filter),
            ("attributes", &mut self.attributes),
            ("excludedAttributes", &mut self.excluded_attributes),
            ("sortBy", &mut self.sort_by),
            ("sortOrder", &mut self.sort_order),
            ("startIndex", &mut self.start_index),
            ("count", &mut self.count),
            ("cursor", &mut self.cursor),
        ];
        all.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sets a parameter by its name in the RFC.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        if let Some((_, slot)) = self.slot(name) {
            *slot = Some(value);
        }
    }

    /// `startIndex` and `count` according to RFC 7644 section 3.4.2.4: less than 1 "SHALL be interpreted as 1", a
    /// negative count "as 0", and the server may return fewer than requested.
    pub(crate) fn page(&self, default: u64, max: u64) -> Result<(u64, u64), Error> {
        // databases count in i64
        const FARTHEST: u64 = i64::MAX.unsigned_abs();
        let start = whole("startIndex", self.start_index.as_deref())?.map_or(1, |n| n.clamp(1, FARTHEST));
        Ok((start, self.count(max)?.unwrap_or(default.min(max))))
    }

    /// `count`, if given, as in [`page`](Self::page).
    pub(crate) fn count(&self, max: u64) -> Result<Option<u64>, Error> {
        Ok(whole("count", self.count.as_deref())?.map(|n| n.min(max)))
    }
}

/// The parameters by their names in the RFCs.
const NAMES: [&str; 8] =
    ["filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor"];

/// Only names are shown, since values contain people's data.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut copy = self.clone();
        let given: Vec<&str> =
            NAMES.into_iter().filter(|n| copy.slot(n).is_some_and(|(_, slot)| slot.is_some())).collect();
        f.debug_tuple("Params").field(&given).finish()
    }
}

/// A whole number: 0 if negative, the largest `u64` if beyond that.
fn whole(name: &str, text: Option<&str>) -> Result<Option<u64>, Error> {
    let Some(text) = text else { return Ok(None) };
    let digits = text.trim().strip_prefix(['-', '+']).unwrap_or(text.trim());
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("the parameter `{name}` must be a whole number, found `{}`", excerpt(text));
        return Err(Error::new(ErrorKind::InvalidValue, message).at(Place::parameter(name)));
    }
    Ok(Some(if text.trim().starts_with('-') { 0 } else { digits.parse().unwrap_or(u64::MAX) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_stand_once() {
        let p = Params::parse("filter=a+pr&foo=1&foo=2&excludedattributes=members").unwrap();
        assert_eq!(p.filter.as_deref(), Some("a pr"));
        let plus = Params::parse("FILTER=a%20eq%20%22b+c%22").unwrap();
        assert_eq!(plus.filter.as_deref(), Some("a eq \"b+c\""));
        assert_eq!(p.excluded_attributes.as_deref(), Some("members"));
        let e = Params::parse("count=1&count=1").unwrap_err();
        assert_eq!(
            (e.kind(), e.detail()),
            (ErrorKind::InvalidValue, "the parameter `count` appears more than once: send it once")
        );
        assert_eq!(format!("{p:?}"), r#"Params(["filter", "excludedAttributes"])"#);
    }

    #[test]
    fn pages_are_clamped_and_words_refused() {
        let page = |q: &str| Params::parse(q).unwrap().page(100, 1000).map_err(|e| e.kind());
        assert_eq!(page(""), Ok((1, 100)));
        assert_eq!(page("startIndex=0&count=-1"), Ok((1, 0)));
        assert_eq!(page("startIndex=-5&count=0"), Ok((1, 0)));
        assert_eq!(page("startIndex=3&count=100000"), Ok((3, 1000)));
        assert_eq!(page("startIndex=99999999999999999999999"), Ok((i64::MAX.unsigned_abs(), 100)));
        for bad in ["count=abc", "count=", "startIndex=1.5", "count=-", "startIndex=0x1"] {
            assert_eq!(page(bad), Err(ErrorKind::InvalidValue), "{bad}");
        }
    }
}
