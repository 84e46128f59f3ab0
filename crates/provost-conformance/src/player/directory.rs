//! The initial state of a case: made over SCIM, and removed afterwards.

use super::case::Case;
use crate::bindings::{Encoding, percent_encoded};
use crate::data::{Given, Preparation, Prototype};
use crate::http::Request;
use crate::matcher::Difference;
use hyper::Method;
use serde_json::{Map, Value, json};

const MAKING: &str = "state before";
const CLEARING: &str = "clean-up";

/// How deep named states may refer to each other.
const NESTED_STATES_MAX: usize = 8;

impl Case<'_> {
    /// Makes the state that a case asks for.
    pub(super) fn make(&mut self, given: &[Given]) -> Result<(), Difference> {
        self.make_nested(given, NESTED_STATES_MAX)
    }

    fn make_nested(&mut self, given: &[Given], levels: usize) -> Result<(), Difference> {
        for line in given {
            match line {
                Given::Step(step) => self.make_step(step)?,
                Given::State(name) => {
                    let states = self.states;
                    let (Some(steps), Some(levels)) = (states.states.get(name), levels.checked_sub(1)) else {
                        let known = "a state that states.json knows, nested eight deep at most";
                        return Err(Difference::new(MAKING, known, name.clone()));
                    };
                    self.make_nested(steps, levels)?;
                }
            }
        }
        Ok(())
    }

    fn make_step(&mut self, step: &Preparation) -> Result<(), Difference> {
        match step {
            Preparation::Create { create: symbol, with, members, prototype } => {
                if self.bindings.id(symbol).is_ok() {
                    return Ok(());
                }
                let states = self.states;
                let known = prototype.as_ref().or_else(|| states.resources.get(symbol));
                let prototype = known.ok_or_else(|| {
                    Difference::new(MAKING, "somebody states.json or `as` describes", symbol.clone())
                })?;
                let id = self.create(prototype, with, members.as_deref())?;
                self.bindings.bind(symbol, &id);
                Ok(())
            }
            Preparation::Disable { disable } => {
                let path = self.path_of(disable)?;
                let operation = json!({"op": "replace", "path": "active", "value": false});
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [operation],
                });
                self.call_quietly(MAKING, &with_body(Method::PATCH, path, &body), &[200, 204]).map(drop)
            }
            Preparation::Delete { delete } => {
                let path = self.path_of(delete)?;
                self.created.retain(|created| *created != path);
                self.call_quietly(MAKING, &Request::new(Method::DELETE, path, None), &[204]).map(drop)
            }
            Preparation::Users { users } => self.fill_up(*users),
        }
    }

    fn create(
        &mut self,
        prototype: &Prototype,
        with: &Map<String, Value>,
        members: Option<&[String]>,
    ) -> Result<String, Difference> {
        let broken = |why: String| Difference::new(MAKING, "attributes to send", why);
        let mut attributes = prototype.attributes.clone();
        attributes.extend(with.clone());
        if let Some(members) = members {
            let ids: Result<Vec<Value>, String> =
                members.iter().map(|symbol| Ok(json!({"value": self.bindings.id(symbol)?}))).collect();
            attributes.insert("members".to_owned(), Value::Array(ids.map_err(broken)?));
        }
        let body = self.bindings.fill_value(&Value::Object(attributes)).map_err(broken)?;
        let collection = format!("/{}s", prototype.kind);
        let post = with_body(Method::POST, collection.as_str(), &body);
        let answer = match self.call_quietly(MAKING, &post, &[201, 409])? {
            answer if answer.status == 409 => {
                self.remove_leftover(&collection, &body)?;
                self.call_quietly(MAKING, &post, &[201])?
            }
            answer => answer,
        };
        let created = answer.json().unwrap_or_default();
        let id = created.get("id").and_then(Value::as_str).map(str::to_owned);
        id.ok_or_else(|| Difference::new(MAKING, "an `id` in the answer to POST", created.to_string()))
    }

    /// Frees a name that is still taken by a leftover of an aborted run; nobody real has the names of the cases.
    fn remove_leftover(&mut self, collection: &str, body: &Value) -> Result<(), Difference> {
        let attribute = if collection == "/Users" { "userName" } else { "displayName" };
        let name = body.get(attribute).and_then(Value::as_str).unwrap_or_default();
        let quoted = Value::from(name).to_string();
        let filter = percent_encoded(&format!("{attribute} eq {quoted}"));
        let find = Request::get(format!("{collection}?filter={filter}"));
        let found = self.call_quietly(MAKING, &find, &[200])?.json().unwrap_or_default();
        for id in ids(&found) {
            self.note(format!("`{name}` was left over from an earlier run and was deleted"));
            let delete = Request::new(Method::DELETE, format!("{collection}/{id}"), None);
            self.call_quietly(MAKING, &delete, &[204])?;
        }
        Ok(())
    }

    /// Creates users until the directory holds `wanted`.
    fn fill_up(&mut self, wanted: u64) -> Result<(), Difference> {
        let count = Request::get("/Users?count=0");
        let page = self.call_quietly(MAKING, &count, &[200])?.json().unwrap_or_default();
        let there = page.get("totalResults").and_then(Value::as_u64).unwrap_or_default();
        if there > wanted {
            let expected = format!("a directory of at most {wanted} users; the case counts them");
            return Err(Difference::new(MAKING, expected, there.to_string()));
        }
        for number in there..wanted {
            let attributes = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": format!("filler-{number}@lanternworks.example"),
                "active": true,
            });
            let Value::Object(attributes) = attributes else { continue };
            let filler = Prototype { kind: "User".to_owned(), id: None, attributes };
            self.create(&filler, &Map::new(), None)?;
        }
        Ok(())
    }

    /// The path of a symbol's resource.
    pub(super) fn path_of(&self, symbol: &str) -> Result<String, Difference> {
        let filled = self.bindings.fill(&format!("{{{{{symbol}}}}}"), Encoding::Url);
        let id = filled.map_err(|why| Difference::new("names", "a symbol with an id", why))?;
        let prototype = self.states.resources.get(symbol);
        let is_group = prototype.is_some_and(|prototype| prototype.kind == "Group");
        Ok(format!("{}/{id}", if is_group { "/Groups" } else { "/Users" }))
    }

    /// The contents of the directory, including versions and times, as far as one page shows them.
    pub(super) fn snapshot(&mut self) -> Result<Value, Difference> {
        let mut all = Map::new();
        for collection in ["Users", "Groups"] {
            let list = Request::get(format!("/{collection}?count=1000"));
            let page = self.call_quietly("list", &list, &[200])?;
            all.insert(collection.to_owned(), page.json().unwrap_or_default());
        }
        Ok(Value::Object(all))
    }

    /// Deletes what the case created, groups first.
    pub(super) fn clear(&mut self) {
        let mut created = std::mem::take(&mut self.created);
        created.sort();
        created.dedup();
        for path in created {
            let delete = Request::new(Method::DELETE, path, None);
            if let Err(difference) = self.call_quietly(CLEARING, &delete, &[204, 404]) {
                self.note(format!("clean-up: {}, {}", difference.expected, difference.actual));
            }
        }
        self.bindings.forget_ids();
    }
}

fn with_body(method: Method, path: impl Into<String>, body: &Value) -> Request {
    Request::new(method, path, Some(body.to_string().into()))
}

fn ids(page: &Value) -> Vec<String> {
    let resources = page.get("Resources").and_then(Value::as_array);
    let ids = resources.into_iter().flatten().filter_map(|resource| resource.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}
