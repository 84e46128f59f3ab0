//! Judges answers. Every answer is judged: a server that is fast with wrong answers is not fast.

use crate::http::Response;
use crate::matcher::cut;
use hyper::body::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::HashMap;

/// What must come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expect {
    /// 200 with this user.
    User { id: String, name: String },
    /// 201 with the user or group of this name.
    Created { name: String },
    /// 200 with a list of exactly this user.
    Only { name: String },
    /// 200 with the renamed user, or 204.
    Renamed { id: String, display_name: String },
    /// 200 with the renamed user.
    Named { id: String, display_name: String },
    /// 200 with a user that is in the group, or is not.
    InGroup { id: String, group: String, is: bool },
    /// 200 or 204.
    Done,
    /// 200 with this group and so many members in its text.
    Group { id: String, members: usize },
    /// 200 with so many users on the page and at least so many in total.
    Page { count: usize, total: u64 },
    /// 200 with the same bytes as the first time.
    Same,
}

/// The parts of a user or group that are checked.
#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, rename = "userName", default)]
    pub(super) user_name: Cow<'a, str>,
    #[serde(borrow, rename = "displayName", default)]
    display_name: Cow<'a, str>,
    #[serde(default)]
    members: Vec<IgnoredAny>,
    #[serde(borrow, default)]
    groups: Vec<Reference<'a>>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List<'a> {
    #[serde(rename = "totalResults", default)]
    pub(super) total: u64,
    #[serde(borrow, rename = "Resources", default)]
    pub(super) resources: Vec<Resource<'a>>,
    #[serde(rename = "nextCursor")]
    pub(super) next_cursor: Option<String>,
}

impl<'a> List<'a> {
    pub(super) fn of(response: &'a Response) -> Result<Self, String> {
        read(&response.body)
    }
}

impl Expect {
    /// What is wrong with an answer, if anything. `Ok` contains the resource's id if it has one.
    pub(super) fn check(&self, status: u16, body: &[u8]) -> Result<Option<String>, String> {
        let wanted: &[u16] = match self {
            Self::Created { .. } => &[201],
            Self::Renamed { .. } | Self::Done => &[200, 204],
            _ => &[200],
        };
        if !wanted.contains(&status) {
            return Err(refused(status, wanted, body));
        }
        match self {
            Self::Done | Self::Same => Ok(None),
            Self::Renamed { .. } if status == 204 => Ok(None),
            Self::Only { name } => self.check_only(body, name),
            Self::Page { count, total } => {
                let list: List<'_> = read(body)?;
                if list.resources.len() != *count || list.total < *total {
                    let (got, in_all) = (list.resources.len(), list.total);
                    return Err(format!("expected {count} users of {total} or more, got {got} of {in_all}"));
                }
                Ok(None)
            }
            _ => self.check_resource(&read(body)?),
        }
    }

    fn check_only(&self, body: &[u8], name: &str) -> Result<Option<String>, String> {
        let list: List<'_> = read(body)?;
        match list.resources.as_slice() {
            [user] if list.total == 1 && same_name(&user.user_name, name) => Ok(Some(user.id.to_string())),
            found => Err(format!("expected `{name}` alone, got {} of {}", found.len(), list.total)),
        }
    }

    fn check_resource(&self, got: &Resource<'_>) -> Result<Option<String>, String> {
        let is_right = match self {
            Self::User { id, name } => got.id == *id && same_name(&got.user_name, name),
            Self::Created { name } => {
                let own = if got.user_name.is_empty() { &got.display_name } else { &got.user_name };
                !got.id.is_empty() && same_name(own, name)
            }
            Self::Renamed { id, display_name } | Self::Named { id, display_name } => {
                got.id == *id && got.display_name == *display_name
            }
            Self::InGroup { id, group, is } => {
                got.id == *id && got.groups.iter().any(|g| g.value == *group) == *is
            }
            Self::Group { id, members } => got.id == *id && got.members.len() == *members,
            Self::Only { .. } | Self::Page { .. } | Self::Done | Self::Same => true,
        };
        if is_right {
            return Ok(Some(got.id.to_string()));
        }
        let Resource { id, user_name, display_name, members, groups } = got;
        Err(format!(
            "expected {self:?}, got id `{id}`, userName `{user_name}`, displayName `{display_name}`, {} members, {} groups",
            members.len(),
            groups.len()
        ))
    }
}

/// `userName` is compared without regard to case (RFC 7643 §4.1.1).
fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn refused(status: u16, wanted: &[u16], body: &[u8]) -> String {
    let start = cut(&String::from_utf8_lossy(body), 200);
    let hint = if status == 429 { " (raise the server's limit of requests per second)" } else { "" };
    format!("expected status {wanted:?}, got {status}{hint}: {start}")
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| {
        let start = cut(&String::from_utf8_lossy(body), 200);
        format!("not the JSON that was due ({error}): {start}")
    })
}

/// Answers already found right. A byte-identical answer is not checked again, which keeps the client cheap.
#[derive(Default)]
pub(super) struct KnownResponses {
    answers: HashMap<usize, Bytes>,
    bytes: usize,
}

impl KnownResponses {
    /// The most memory it uses, in bytes.
    const BYTES_MAX: usize = 64 << 20;

    /// Judges an answer. Repeatable requests have a number; others have answers that differ each time.
    pub(super) fn check(
        &mut self,
        expect: &Expect,
        number: Option<usize>,
        Response { status, body, .. }: Response,
    ) -> Result<Option<String>, String> {
        let Some(number) = number else { return expect.check(status, &body) };
        let known = self.answers.get(&number);
        if status == 200 && known == Some(&body) {
            return Ok(None);
        }
        if *expect == Expect::Same && status == 200 && known.is_some() {
            return Err(format!("the answer changed, and has {} bytes now", body.len()));
        }
        let id = expect.check(status, &body)?;
        if known.is_none() && self.bytes.saturating_add(body.len()) <= Self::BYTES_MAX {
            self.bytes = self.bytes.saturating_add(body.len());
            self.answers.insert(number, body);
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;

    fn ok(body: &'static str) -> Response {
        Response { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
    }

    fn wrong(expect: &Expect, status: u16, body: &str) -> bool {
        expect.check(status, body.as_bytes()).is_err()
    }

    #[test]
    fn a_user_is_told_from_another_one() {
        let expect = Expect::User { id: "1".into(), name: "Ann".into() };
        let right = r#"{"schemas":[],"id":"1","userName":"ann","meta":{}}"#;
        assert_eq!(expect.check(200, right.as_bytes()), Ok(Some("1".into())));
        assert!(wrong(&expect, 404, right) && wrong(&expect, 200, r#"{"id":"2","userName":"ann"}"#));
        assert!(wrong(&expect, 200, r#"{"id":"1","userName":"bob"}"#) && wrong(&expect, 200, "{}"));
        assert!(wrong(&expect, 200, &format!("{right}}}")), "rest behind the object");
        let created = Expect::Created { name: "ann".into() };
        assert!(!wrong(&created, 201, right) && wrong(&created, 200, right));
    }

    #[test]
    fn a_list_must_hold_what_it_should_and_no_more() {
        let expect = Expect::Only { name: "ann".into() };
        let list = |total: u32, users: &str| format!(r#"{{"totalResults":{total},"Resources":[{users}]}}"#);
        let (ann, bob) = (r#"{"id":"1","userName":"ann"}"#, r#"{"id":"2","userName":"bob"}"#);
        assert!(!wrong(&expect, 200, &list(1, ann)));
        for body in [list(0, ""), list(1, bob), list(2, ann), list(2, &format!("{ann},{bob}"))] {
            assert!(wrong(&expect, 200, &body), "{body}");
        }
        let page = Expect::Page { count: 2, total: 5 };
        let both = format!("{ann},{bob}");
        assert!(!wrong(&page, 200, &list(5, &both)) && !wrong(&page, 200, &list(6, &both)));
        assert!(wrong(&page, 200, &list(4, &both)) && wrong(&page, 200, &list(5, ann)));
    }

    #[test]
    fn groups_are_judged_by_their_members_and_users_by_their_groups() {
        let expect = Expect::Group { id: "g".into(), members: 2 };
        assert!(!wrong(&expect, 200, r#"{"id":"g","members":[{"value":"1"},{"value":"2"}]}"#));
        assert!(wrong(&expect, 200, r#"{"id":"g","members":[{"value":"1"}]}"#));
        let bare = Expect::Group { id: "g".into(), members: 0 };
        assert!(!wrong(&bare, 200, r#"{"id":"g"}"#) && wrong(&bare, 200, r#"{"id":"g","members":[1]}"#));
        let inside = Expect::InGroup { id: "1".into(), group: "g".into(), is: true };
        assert!(!wrong(&inside, 200, r#"{"id":"1","groups":[{"value":"g"}]}"#));
        assert!(wrong(&inside, 200, r#"{"id":"1"}"#));
        let outside = Expect::InGroup { id: "1".into(), group: "g".into(), is: false };
        assert!(wrong(&outside, 200, r#"{"id":"1","groups":[{"value":"g"}]}"#));
    }

    #[test]
    fn a_change_shows_or_the_answer_is_empty() {
        let expect = Expect::Renamed { id: "1".into(), display_name: "B".into() };
        assert!(!wrong(&expect, 204, "") && !wrong(&expect, 200, r#"{"id":"1","displayName":"B"}"#));
        assert!(wrong(&expect, 200, r#"{"id":"1","displayName":"A"}"#) && wrong(&expect, 500, ""));
        assert!(!wrong(&Expect::Done, 204, "") && wrong(&Expect::Done, 409, ""));
    }

    #[test]
    fn what_is_known_is_only_passed_over_while_it_is_the_same() {
        let mut known = KnownResponses::default();
        let expect = Expect::User { id: "1".into(), name: "ann".into() };
        let mut check = |body: &'static str| known.check(&expect, Some(7), ok(body));
        let right = r#"{"id":"1","userName":"ann"}"#;
        assert!(check(r#"{"id":"2"}"#).is_err(), "what is wrong is not learnt");
        assert!(check(right).is_ok() && check(right).is_ok());
        assert!(check(r#"{"id":"2","userName":"ann"}"#).is_err());
        assert!(check(r#"{"id":"1","userName":"ann","title":"new"}"#).is_ok(), "judged again");
        assert!(check(right).is_ok());
        let mut known = KnownResponses::default();
        let mut check = |body: &'static str| known.check(&Expect::Same, Some(0), ok(body)).is_ok();
        assert!(check("a") && check("a") && !check("b") && check("a"));
    }

    #[test]
    fn a_limit_of_requests_is_named() {
        assert!(Expect::Done.check(429, b"").unwrap_err().contains("requests per second"));
    }
}
