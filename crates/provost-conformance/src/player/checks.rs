//! What must hold after a request.

use super::case::Case;
use crate::bindings::Encoding;
use crate::data::{Check, ExpectedResponse, Template};
use crate::http::Request;
use crate::matcher::{Difference, MatchMode, compare};
use crate::observer::{Member, Observer, Team};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How resources read before a request, by symbol.
pub(super) type Before = BTreeMap<String, Value>;

impl<'a> Case<'a> {
    /// Reads the resources that must stay unchanged.
    pub(super) fn look_before(&mut self, checks: &[Check]) -> Result<Before, Difference> {
        let mut before = Before::new();
        for check in checks {
            if let Check::Unchanged(symbol) = check {
                let get = Request::get(self.path_of(symbol)?);
                let answer = self.call_quietly("look before", &get, &[200])?;
                before.insert(symbol.clone(), answer.json().unwrap_or_default());
            }
        }
        Ok(before)
    }

    /// Makes the checks. `at` is prepended to the place of each difference.
    pub(super) fn check_all(&mut self, at: &str, checks: &[Check], before: &Before) {
        for (index, check) in checks.iter().enumerate() {
            let at = format!("{at}after {}", index + 1);
            if let Err(difference) = self.check(&at, check, before) {
                self.differences.push(difference.within(&at));
            }
        }
    }

    fn check(&mut self, at: &str, check: &Check, before: &Before) -> Result<(), Difference> {
        match check {
            Check::Read { path, expected, members } => {
                self.check_read(at, path, expected, members.as_deref())
            }
            Check::Unchanged(symbol) => {
                let get = Request::get(self.path_of(symbol)?);
                let now = self.call("check", &get)?.json().unwrap_or_default();
                let then = before.get(symbol).cloned().unwrap_or_default();
                let differences = compare(&format!("{symbol} as before "), &then, &now, MatchMode::Exact);
                self.differences.extend(differences.into_iter().map(|difference| difference.within(at)));
                Ok(())
            }
            Check::Membership { of, exists, body } => self.check_membership(of, *exists, body.as_ref()),
            Check::Team { of, exists, name, members } => {
                self.check_team(of, *exists, name.as_ref(), members.as_deref())
            }
        }
    }

    fn check_read(
        &mut self,
        at: &str,
        path: &Template,
        expected: &ExpectedResponse,
        members: Option<&[String]>,
    ) -> Result<(), Difference> {
        let wrong = |why: String| Difference::new("path", "a path to read", why);
        let path = path.render(&|part| self.bindings.fill(part, Encoding::Url)).map_err(wrong)?;
        let get = Request::get(String::from_utf8_lossy(&path));
        let answer = self.call("check", &get)?;
        self.judge(&format!("{at}: GET {}", get.path), &get, &answer, expected);
        if let Some(members) = members {
            let group = answer.json().unwrap_or_default();
            let listed = group.get("members").and_then(Value::as_array);
            let ids = listed.into_iter().flatten().map(|member| member.get("value").and_then(Value::as_str));
            let ids: Vec<String> = ids.map(|id| id.unwrap_or("(no value)").to_owned()).collect();
            self.compare_symbols("members", members, &ids)?;
        }
        Ok(())
    }

    fn check_membership(&mut self, of: &str, exists: bool, body: Option<&Value>) -> Result<(), Difference> {
        let Some(observer) = self.observed() else { return Ok(()) };
        let at = format!("membership of {of}");
        let id = self.bindings.id(of).map_err(|why| Difference::new(at.clone(), "an id", why))?;
        let all =
            observer.members().map_err(|why| Difference::new(at.clone(), "a list of memberships", why))?;
        let is_own = |member: &Member| member.scim_user_id.as_deref() == Some(id);
        let Some(own) = one_or_none(&at, "membership", &all, exists, is_own)? else { return Ok(()) };
        let wanted = self.filled(&at, body.unwrap_or(&Value::Object(Map::new())))?;
        let actual = serde_json::to_value(own).unwrap_or_default();
        compare(&at, &wanted, &actual, MatchMode::Subset).into_iter().next().map_or(Ok(()), Err)
    }

    fn check_team(
        &mut self,
        of: &str,
        exists: bool,
        name: Option<&String>,
        members: Option<&[String]>,
    ) -> Result<(), Difference> {
        let Some(observer) = self.observed() else { return Ok(()) };
        let at = format!("team of {of}");
        let id = self.bindings.id(of).map_err(|why| Difference::new(at.clone(), "an id", why))?;
        let all = observer.teams().map_err(|why| Difference::new(at.clone(), "a list of teams", why))?;
        let is_own = |team: &Team| team.group_id.as_deref() == Some(id);
        let Some(team) = one_or_none(&at, "team", &all, exists, is_own)? else { return Ok(()) };
        if let Some(name) = name.filter(|name| **name != team.name) {
            return Err(Difference::new(format!("{at}: name"), name.clone(), team.name.clone()));
        }
        let Some(members) = members else { return Ok(()) };
        let ids = team.members.iter().map(|member| member.scim_user_id.clone().unwrap_or_default());
        self.compare_symbols(&format!("{at}: members"), members, &ids.collect::<Vec<_>>())
    }

    /// The observer. Without one the check is not made, and the result says so.
    fn observed(&mut self) -> Option<&'a dyn Observer> {
        if self.observer.is_none() {
            self.note("memberships and teams were not looked at: there is no observer");
        }
        self.observer
    }

    /// Checks that the ids are those of the symbols, each once, in any order.
    fn compare_symbols(&self, at: &str, symbols: &[String], ids: &[String]) -> Result<(), Difference> {
        let mut wanted: Vec<&str> = symbols.iter().map(String::as_str).collect();
        let mut found: Vec<&str> = ids.iter().map(|id| self.bindings.symbol_of(id)).collect();
        wanted.sort_unstable();
        found.sort_unstable();
        if wanted == found { Ok(()) } else { Err(Difference::new(at, wanted.join(", "), found.join(", "))) }
    }
}

/// The wanted one among all, or none if there must be none.
fn one_or_none<'a, T>(
    at: &str,
    what: &str,
    all: &'a [T],
    exists: bool,
    is_own: impl Fn(&T) -> bool,
) -> Result<Option<&'a T>, Difference> {
    let own: Vec<&T> = all.iter().filter(|one| is_own(one)).collect();
    match (own.as_slice(), exists) {
        ([], false) => Ok(None),
        ([one], true) => Ok(Some(one)),
        _ => {
            let wanted = if exists { "one" } else { "no" };
            let found = format!("{} of {} {what}s", own.len(), all.len());
            Err(Difference::new(at, format!("{wanted} {what}"), found))
        }
    }
}
