//! What an identity provider does in a day, with its rules for retries, over a store that fails.

use super::dialect;
use super::fixture::{Fixture, body, members};
use super::verdict::{CheckResult, During, fail};
use crate::auth::Session;
use crate::error::StoreError;
use crate::faulty::FaultyStore;
use crate::outcome::Answer;
use crate::principal::{Credential, Principal};
use crate::provider::Provider;
use crate::request::Request;
use crate::settings::Settings;
use crate::store::Store;
use provost_core::resource::Service;
use provost_core::value::parse_object;
use provost_core::{Id, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One step. How often it has to be tried does not affect the steps after it.
pub(super) enum ScriptStep {
    User(&'static str),
    Group(&'static str, &'static [&'static str]),
    /// Operations of a PATCH; `{name}` stands for the id of the resource with that name.
    Patch(&'static str, &'static str),
    Delete(&'static str),
}

/// Leaves nothing behind.
pub(super) const SCRIPT: &[ScriptStep] = &[
    ScriptStep::User("ada"),
    ScriptStep::User("bob"),
    ScriptStep::User("cyd"),
    ScriptStep::Group("sales", &["ada", "bob"]),
    ScriptStep::Patch(
        "ada",
        r#"{"op":"replace","path":"title","value":"Dr"},{"op":"add","path":"externalId","value":"1"}"#,
    ),
    ScriptStep::Patch("sales", r#"{"op":"add","path":"members","value":[{"value":"{cyd}"}]}"#),
    ScriptStep::Patch(
        "sales",
        r#"{"op":"replace","path":"externalId","value":"2"},{"op":"remove","path":"members[value eq \"{ada}\"]"},{"op":"add","path":"members","value":[{"value":"{bob}"}]}"#,
    ),
    ScriptStep::Patch("bob", r#"{"op":"replace","path":"active","value":false}"#),
    ScriptStep::Group("support", &["ada", "bob", "cyd"]),
    ScriptStep::Patch("bob", r#"{"op":"replace","path":"active","value":true}"#),
    ScriptStep::Delete("bob"),
    ScriptStep::Patch(
        "support",
        r#"{"op":"replace","path":"members","value":[{"value":"{cyd}"}]},{"op":"replace","path":"externalId","value":"3"}"#,
    ),
    ScriptStep::Delete("sales"),
    ScriptStep::Delete("cyd"),
    ScriptStep::Delete("ada"),
    ScriptStep::Delete("support"),
];

/// What is stored, by name: version, body and members. Ids and times differ from run to run and are left out.
pub(super) type State = BTreeMap<String, String>;

/// Reads what is stored, bypassing the faults.
pub(super) async fn state<S: Store>(fixture: &Fixture<S>) -> CheckResult<State> {
    let mut names = BTreeMap::new();
    let mut all = Vec::new();
    for kind in [&fixture.user, &fixture.group] {
        for resource in fixture.all(kind).await? {
            let stored = body(&resource)?;
            let name =
                ["userName", "displayName"].into_iter().find_map(|n| stored.str(n)).unwrap_or_default();
            names.insert(resource.id.clone(), name.to_owned());
            all.push((name.to_owned(), stored, resource));
        }
    }
    let line = |(name, stored, resource): (String, provost_core::Object, provost_core::Resource)| {
        let who: BTreeSet<_> = members(&resource).iter().map(|id| names.get(id).cloned()).collect();
        let mut attributes: Vec<String> = stored.iter().map(|(n, v)| format!("{n}={v}")).collect();
        attributes.sort_unstable();
        (name, format!("{} {} {who:?}", resource.version, attributes.join(" ")))
    };
    Ok(all.into_iter().map(line).collect())
}

/// An identity provider in front of a faulty store.
pub(super) struct Client<S> {
    provider: Provider,
    session: Session<FaultyStore<S>>,
    ids: BTreeMap<&'static str, Id>,
}

impl<S: Store> Client<S> {
    pub(super) fn new(fixture: &Fixture<S>, store: FaultyStore<S>) -> CheckResult<Self> {
        let (clock, ids) = (fixture.clone(), fixture.clone());
        let Service { base, schemas } = fixture.service.clone();
        let base_url = base.parse().map_err(StoreError::backend).during("reading the base URL")?;
        let settings = Settings::new(base_url, schemas, move || clock.now(), move || ids.id());
        let principal = Principal::new(store.tenant_key(), Credential::token("the contract suite"));
        let session = Session::new(principal, store).with_profile(dialect::profile());
        let provider = Provider::new(settings).map_err(StoreError::backend).during("making a provider")?;
        Ok(Self { provider, session, ids: BTreeMap::new() })
    }

    /// Tries a step; returns whether it is done. If not, it must be tried again.
    pub(super) async fn attempt(&mut self, step: &ScriptStep) -> CheckResult<bool> {
        match step {
            ScriptStep::User(name) => {
                let body = format!(r#"{{"schemas":["{}"],"userName":"{name}"}}"#, provost_core::urn::USER);
                self.create("/Users", "userName", name, &body).await
            }
            ScriptStep::Group(name, of) => {
                let who: Vec<String> = of.iter().map(|m| format!(r#"{{"value":"{{{m}}}"}}"#)).collect();
                let body = format!(
                    r#"{{"schemas":["{}"],"displayName":"{name}","members":[{}]}}"#,
                    provost_core::urn::GROUP,
                    who.join(",")
                );
                let body = self.fill(&body);
                self.create("/Groups", "displayName", name, &body).await
            }
            ScriptStep::Patch(name, operations) => {
                let body = format!(
                    r#"{{"schemas":["{}"],"Operations":[{}]}}"#,
                    provost_core::urn::PATCH_OP,
                    self.fill(operations)
                );
                let answer = self.send("PATCH", &self.path(name)?, "", &body).await;
                done(&format!("PATCH of `{name}`"), &answer, &[200, 204])
            }
            ScriptStep::Delete(name) => {
                let answer = self.send("DELETE", &self.path(name)?, "", "").await;
                // 404 if the answer to an earlier attempt was lost
                done(&format!("DELETE of `{name}`"), &answer, &[204, 404])
            }
        }
    }

    /// Searches first, as identity providers do, since a request whose answer was lost may have created it.
    async fn create(
        &mut self,
        endpoint: &str,
        attribute: &str,
        name: &'static str,
        body: &str,
    ) -> CheckResult<bool> {
        let query = format!("filter={attribute}%20eq%20%22{name}%22");
        let answer = self.send("GET", endpoint, &query, "").await;
        if !done(&format!("the search for `{name}`"), &answer, &[200])? {
            return Ok(false);
        }
        let list = object(&answer)?;
        let found = list.get("Resources").map_or(&[][..], Value::elements).first().and_then(Value::as_object);
        let made = match found {
            Some(found) => found.clone(),
            None => {
                let answer = self.send("POST", endpoint, "", body).await;
                if !done(&format!("POST of `{name}`"), &answer, &[201])? {
                    return Ok(false);
                }
                object(&answer)?
            }
        };
        self.ids.insert(name, Id::from(made.str("id").during("the id in an answer")?));
        Ok(true)
    }

    async fn send(&self, method: &str, path: &str, query: &str, body: &str) -> Answer {
        let mut request = Request::new(method, path);
        request.query = query;
        request.body = body.as_bytes();
        if !body.is_empty() {
            request.content_type = Some(crate::MEDIA_TYPE);
        }
        self.provider.handle(&self.session, &request).await
    }

    fn path(&self, name: &str) -> CheckResult<String> {
        let id = self.ids.get(name).during(format!("the id of `{name}`"))?;
        let groups = SCRIPT.iter().any(|s| matches!(s, ScriptStep::Group(group, _) if *group == name));
        Ok(format!("/{}/{id}", if groups { "Groups" } else { "Users" }))
    }

    fn fill(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |t, (name, id)| t.replace(&format!("{{{name}}}"), id.as_str()))
    }
}

fn object(answer: &Answer) -> CheckResult<provost_core::Object> {
    let bytes = answer.response.body.as_deref().unwrap_or_default();
    parse_object(std::str::from_utf8(bytes).unwrap_or_default()).during("the body of an answer")
}

/// Whether the answer is one of these; a 503 means trying again, and anything else that the store is wrong.
fn done(what: &str, answer: &Answer, good: &[u16]) -> CheckResult<bool> {
    match answer.response.status {
        503 => Ok(false),
        status if good.contains(&status) => Ok(true),
        status => {
            let why = answer.outcome.error.as_ref().map_or_else(String::new, |e| format!(": {}", e.detail()));
            fail(what, format!("one of the statuses {good:?}, or 503"), format!("{status}{why}"))
        }
    }
}
