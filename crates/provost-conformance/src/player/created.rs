//! What an answer says was created, so that it can be deleted: even if the request should have been refused or should
//! have created nothing.

use crate::bindings::percent_encoded;
use crate::http::{Request, Response};
use hyper::Method;
use serde_json::Value;

/// The paths of users and groups that a request may have created, according to its answer.
pub(super) fn created_by(sent: &Request, answer: &Response) -> Vec<String> {
    if !(200..300).contains(&answer.status) {
        return Vec::new();
    }
    let path = sent.path.split('?').next().unwrap_or_default();
    let body = answer.json().unwrap_or_default();
    let at_location = || answer.header("location").as_deref().and_then(resource_at);
    match sent.method {
        Method::POST => {
            let by_id = collection(path).zip(id(&body)).map(|(collection, id)| path_of(collection, &id));
            by_id.or_else(at_location).into_iter().chain(created_in_bulk(&body)).collect()
        }
        // a server may adopt the client's id
        Method::PUT | Method::PATCH => resource_at(path).into_iter().chain(at_location()).collect(),
        _ => Vec::new(),
    }
}

/// Resources of a list that are not in an earlier one.
pub(super) fn new_in(before: &Value, after: &Value, name: &str) -> Vec<String> {
    let Some(collection) = collection(name) else { return Vec::new() };
    let ids = |page: &Value| -> Vec<String> {
        let resources = page.get(name).and_then(|page| page.get("Resources")?.as_array());
        resources.into_iter().flatten().filter_map(id).collect()
    };
    let there = ids(before);
    let new = ids(after).into_iter().filter(|id| !there.contains(id));
    new.map(|id| path_of(collection, &id)).collect()
}

/// RFC 7644 §3.7.3: each successful operation has the location of its resource.
fn created_in_bulk(answer: &Value) -> impl Iterator<Item = String> {
    let operations = answer.get("Operations").and_then(Value::as_array);
    let locations = operations.into_iter().flatten().filter_map(|done| {
        let is_new =
            done.get("method").and_then(Value::as_str).is_some_and(|m| m.eq_ignore_ascii_case("POST"));
        done.get("location").and_then(Value::as_str).filter(|_| is_new)
    });
    locations.filter_map(resource_at)
}

fn collection(path: &str) -> Option<&'static str> {
    match path.trim_matches('/').to_ascii_lowercase().as_str() {
        "users" => Some("/Users"),
        "groups" => Some("/Groups"),
        _ => None,
    }
}

/// An id is a string. A server that uses numbers is wrong, but is cleaned up all the same.
fn id(resource: &Value) -> Option<String> {
    match resource.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn path_of(collection: &str, id: &str) -> String {
    format!("{collection}/{}", percent_encoded(id))
}

/// The path of a user or group in a URL or path; its id is already encoded.
fn resource_at(url: &str) -> Option<String> {
    let mut segments = url.split(['?', '#']).next()?.rsplit('/').filter(|segment| !segment.is_empty());
    let (id, within) = (segments.next()?, segments.next()?);
    Some(format!("{}/{id}", collection(within)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;
    use serde_json::json;

    fn created(method: Method, path: &str, status: u16, location: Option<&str>, body: &Value) -> Vec<String> {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert("location", location.parse().unwrap());
        }
        let answer = Response { status, headers, body: body.to_string().into() };
        created_by(&Request::new(method, path, None), &answer)
    }

    #[test]
    fn what_an_answer_names_is_remembered() {
        let location = Some("https://h/scim/v2/Groups/7");
        assert_eq!(created(Method::POST, "/Users?a=b", 201, None, &json!({"id": "a b"})), ["/Users/a%20b"]);
        assert_eq!(created(Method::POST, "//users/", 200, None, &json!({"id": 7})), ["/Users/7"]);
        assert_eq!(created(Method::POST, "/Groups", 201, location, &json!({})), ["/Groups/7"]);
        assert_eq!(created(Method::PUT, "/Users/x?a=b", 201, None, &json!({})), ["/Users/x"]);
        let bulk = json!({"Operations": [
            {"method": "POST", "location": "https://h/scim/v2/Users/1", "status": "201"},
            {"method": "DELETE", "location": "https://h/scim/v2/Users/2", "status": "204"},
            {"method": "POST", "status": "400"},
        ]});
        assert_eq!(created(Method::POST, "/Bulk", 200, None, &bulk), ["/Users/1"]);
    }

    #[test]
    fn a_refusal_a_search_and_a_read_create_nothing() {
        for (method, path, status) in [
            (Method::POST, "/Users", 409),
            (Method::POST, "/Users/.search", 200),
            (Method::GET, "/Users/1", 200),
        ] {
            assert_eq!(created(method, path, status, None, &json!({"id": "1"})), [""; 0], "{path}");
        }
    }

    #[test]
    fn what_is_new_in_a_list_is_what_was_not_in_the_one_of_before() {
        let page = |ids: &[&str]| {
            let users: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
            json!({"Users": {"Resources": users}})
        };
        assert_eq!(new_in(&page(&["1"]), &page(&["1", "2"]), "Users"), ["/Users/2"]);
        assert_eq!(new_in(&page(&["1"]), &page(&["1", "2"]), "Groups"), [""; 0]);
    }
}
