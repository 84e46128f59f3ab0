//! Random requests that try to reach another tenant.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A text in everything that only tenant B knows.
pub(crate) const SECRET: &str = "known-to-b-alone";

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Names that both tenants use.
const NAMES: [&str; 4] = ["ann", "bob", "Guides", "Pilots"];
/// The first ids of each tenant, A's more often. B's first three are users, then come two groups.
const IDS: [&str; 17] = [
    "a-001", "a-001", "a-001", "a-002", "a-002", "a-002", "a-003", "a-003", "a-004", "a-005", "a-006",
    "b-001", "b-002", "b-003", "b-004", "b-005", "nobody",
];

/// A request in A.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) if_match: Option<&'static str>,
    pub(crate) body: String,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}", self.method, self.target, self.if_match.unwrap_or("-"), self.body)
    }
}

impl Ask {
    pub(crate) fn get(target: &str) -> Self {
        Self { method: "GET", target: target.to_owned(), if_match: None, body: String::new() }
    }

    fn with(method: &'static str, target: String, body: &Value) -> Self {
        Self { method, target, if_match: None, body: body.to_string() }
    }
}

/// What B holds: users `b-001` to `b-003`, groups `b-004` and `b-005`.
pub(crate) fn of_b() -> Vec<Ask> {
    let person = |name: &str, manager: &str| {
        let mut person = user(name, manager);
        person["displayName"] = SECRET.into();
        person["emails"] = json!([{ "type": "work", "value": format!("{name}@{SECRET}.example") }]);
        Ask::with("POST", "/Users".to_owned(), &person)
    };
    let team = |name: &str, members: &[&str]| {
        let mut team = group(name, members);
        team["externalId"] = SECRET.into();
        Ask::with("POST", "/Groups".to_owned(), &team)
    };
    vec![
        person("ann", "b-002"),
        person("bob", "a-001"),
        person(SECRET, "b-001"),
        team("Guides", &["b-001", "b-002", "b-003"]),
        team(SECRET, &["b-003", "b-004"]),
    ]
}

fn user(name: &str, manager: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": name,
        "externalId": name,
        ENTERPRISE: { "manager": { "value": manager } },
    })
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn patch(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn id() -> impl Strategy<Value = &'static str> {
    select(&IDS[..])
}

fn name() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

fn ids() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(id(), 0..4)
}

fn endpoint() -> impl Strategy<Value = &'static str> {
    select(&["Users", "Groups"][..])
}

/// A sequence of requests; creations come first, so that there is something to act on.
pub(crate) fn asks() -> impl Strategy<Value = Vec<Ask>> {
    (prop::collection::vec(creation(), 2..6), prop::collection::vec(any_ask(), 1..20))
        .prop_map(|(first, rest)| first.into_iter().chain(rest).collect())
}

fn creation() -> BoxedStrategy<Ask> {
    prop_oneof![
        3 => (name(), id()).prop_map(|(n, m)| Ask::with("POST", "/Users".to_owned(), &user(n, m))),
        2 => (name(), ids()).prop_map(|(n, m)| Ask::with("POST", "/Groups".to_owned(), &group(n, &m))),
    ]
    .boxed()
}

fn any_ask() -> BoxedStrategy<Ask> {
    prop_oneof![2 => creation(), 8 => single(), 2 => query(), 1 => bulk()].boxed()
}

/// A request for one resource.
fn single() -> BoxedStrategy<Ask> {
    let version = select(&[None, None, Some("W/\"1\""), Some("*")][..]);
    let write = prop_oneof![
        (name(), id(), id()).prop_map(|(n, m, id)| Ask::with("PUT", format!("/Users/{id}"), &user(n, m))),
        (name(), ids(), id()).prop_map(|(n, m, id)| Ask::with("PUT", format!("/Groups/{id}"), &group(n, &m))),
        (user_operations(), id()).prop_map(|(o, id)| Ask::with("PATCH", format!("/Users/{id}"), &patch(&o))),
        (group_operations(), id()).prop_map(|(o, id)| Ask::with(
            "PATCH",
            format!("/Groups/{id}"),
            &patch(&o)
        )),
        (endpoint(), id()).prop_map(|(e, id)| Ask { method: "DELETE", ..Ask::get(&format!("/{e}/{id}")) }),
    ];
    prop_oneof![
        1 => (endpoint(), id()).prop_map(|(e, id)| Ask::get(&format!("/{e}/{id}"))),
        3 => (write, version).prop_map(|(ask, if_match)| Ask { if_match, ..ask }),
    ]
    .boxed()
}

fn user_operations() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|on| json!([{ "op": "replace", "path": "active", "value": on }])),
        name().prop_map(|n| json!([{ "op": "replace", "path": "userName", "value": n }])),
        id().prop_map(|id| json!([
            { "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": { "value": id } }
        ])),
    ]
}

fn group_operations() -> impl Strategy<Value = Value> {
    let values = |ids: &[&str]| ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>();
    prop_oneof![
        (select(&["add", "replace", "remove"][..]), ids())
            .prop_map(move |(op, ids)| json!([{ "op": op, "path": "members", "value": values(&ids) }])),
        id().prop_map(|id| json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])),
        name().prop_map(|n| json!([{ "op": "replace", "path": "displayName", "value": n }])),
    ]
}

/// A filter that names something of the other tenant.
fn filter() -> BoxedStrategy<String> {
    let by_id = select(
        &["id", "members.value", "groups.value", "externalId", "manager.value", "urn:x:manager.value"][..],
    );
    let by_name = select(&["userName", "displayName", "externalId", "emails.value", "groups.display"][..]);
    let operator = select(&["eq", "ne", "sw", "co", "gt"][..]);
    prop_oneof![
        (by_id, id()).prop_map(|(a, id)| format!("{} eq \"{id}\"", a.replace("urn:x", ENTERPRISE))),
        (by_name, operator, prop_oneof![name(), Just(SECRET)])
            .prop_map(|(a, op, value)| format!("{a} {op} \"{value}\"")),
        (id(), id()).prop_map(|(a, b)| format!("id eq \"{a}\" or members[value eq \"{b}\"]")),
        Just("groups pr or members pr".to_owned()),
    ]
    .boxed()
}

/// A list, or the same as a search.
fn query() -> BoxedStrategy<Ask> {
    let place = select(&["/Users", "/Groups", "", "/Users", "/Groups"][..]);
    let sort = select(&["userName", "displayName", "meta.created", "id"][..]);
    (place, prop::option::of(filter()), prop::option::of(sort), 1..4_u8, 0..5_u8, any::<bool>())
        .prop_map(|(place, filter, sort, start, count, by_post)| {
            // a query over all types cannot be sorted
            let sort = sort.filter(|_| !place.is_empty());
            if by_post {
                let mut search = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                    "startIndex": start,
                    "count": count,
                });
                for (key, value) in [("filter", filter.as_deref()), ("sortBy", sort)] {
                    if let Some(value) = value {
                        search[key] = value.into();
                    }
                }
                return Ask::with("POST", format!("{place}/.search"), &search);
            }
            let mut target = format!("{place}/?startIndex={start}&count={count}");
            if let Some(filter) = filter {
                target += &format!("&filter={}", filter.replace(' ', "%20").replace('"', "%22"));
            }
            if let Some(sort) = sort {
                target += &format!("&sortBy={sort}");
            }
            Ask::get(&target)
        })
        .boxed()
}

fn bulk() -> BoxedStrategy<Ask> {
    let one = prop_oneof![creation(), single()];
    prop::collection::vec(one, 1..4)
        .prop_map(|asks| {
            let operations = asks.into_iter().enumerate().map(|(n, ask)| {
                let mut operation = json!({ "method": ask.method, "path": ask.target });
                if ask.method == "POST" {
                    operation["bulkId"] = format!("n{n}").into();
                }
                if let Some(version) = ask.if_match {
                    operation["version"] = version.into();
                }
                if !ask.body.is_empty() {
                    operation["data"] = serde_json::from_str(&ask.body).expect("JSON");
                }
                operation
            });
            let job = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": operations.collect::<Vec<_>>(),
            });
            Ask::with("POST", "/Bulk".to_owned(), &job)
        })
        .boxed()
}
