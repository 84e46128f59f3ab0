//! The hook in the directory's transactions: what it records, and that a refused request leaves nothing behind.

use super::at::At;
use super::{Conn, aside, listed, people};
use crate::access::AccountId;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::{Organisation, OrganisationChange, OrganisationStore, IdentityProvider};
use crate::organisations::EndingStore;
use crate::people::{Grantable, MembershipId, life};
use crate::storage::schema::{audit, membership};
use super::Storage;
use crate::storage::sqlite;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::TenantId;
use provost::{
    Answer, AnyStore, Credential, Id, Principal, Profile, Provider, Request, SchemaSet, Session, Settings,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

pub(super) const TENANT: TenantId = TenantId(7);

pub(super) struct Scene {
    pub(super) dir: TempDir,
    pub(super) db: Storage,
    provider: Provider,
    directory: Box<dyn Fn(TenantId) -> AnyStore>,
    session: Session<AnyStore>,
}

pub(super) async fn scene() -> Scene {
    let (dir, db) = sqlite::scratch().await;
    db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(TENANT)).await.expect("made");
    let schemas = Arc::new(SchemaSet::builtin());
    let directory = Box::new(db.directory(schemas.clone()));
    let count = AtomicU32::new(0);
    let fresh_id = move || Id::from(format!("id-{}", count.fetch_add(1, Ordering::Relaxed)));
    let base_url = "https://example.com/scim/v2".parse().expect("a base URL");
    let settings = Settings::new(base_url, schemas, || Timestamp::from_millis(5_000), fresh_id);
    let provider = Provider::new(settings).expect("settings");
    let session = session(TENANT, directory(TENANT));
    Scene { dir, db, provider, directory, session }
}

fn organisation(tenant: TenantId) -> Organisation {
    let slug = if tenant == TENANT { "acme".to_owned() } else { format!("org-{tenant}") };
    Organisation {
        tenant,
        slug: slug.parse().expect("a slug"),
        name: "Acme".to_owned(),
        profile: Profile::entra(),
        default_role: Grantable::Member,
        former_default_role: None,
        scim: true,
        inviting: crate::people::Inviting::default(),
        provider: IdentityProvider::Entra,
        brake: crate::brake::Brake::default(),
        silent_after: crate::silence::SilentAfter::default(),
        audit_keep: crate::audit::Keep::Forever,
        disabled: None,
        reopened: None,
        values_until: None,
        created: Timestamp::from_millis(0),
    }
}

/// Lets somebody join through a membership with an account.
pub(super) async fn join(s: &Scene, id: MembershipId, account: AccountId) {
    let keys = s.db.keys();
    let join = move |conn: &mut Conn| {
        let at = At { tenant: TENANT, keys: &keys, now: Timestamp::from_millis(9_000), doer: super::at::Doer::Provider };
        let found = listed::one(conn, TENANT, id)?.expect("a membership");
        Ok(people::happen(conn, at, &found, life::Event::Joined(account))?)
    };
    s.db.unrecorded(join).await.expect("joined");
}

fn session(tenant: TenantId, store: AnyStore) -> Session<AnyStore> {
    let principal = Principal::new(tenant.to_string(), Credential::token("key-1"));
    Session::new(principal, store).with_profile(Profile::entra())
}

impl Scene {
    /// Sends requests for another organisation from now on.
    pub(super) async fn enter(&mut self, tenant: TenantId) {
        if self.db.slug_of(tenant).await.expect("looked up").is_none() {
            self.db.create_organisation(By::somebody(Timestamp::from_millis(1)), organisation(tenant)).await.expect("made");
        }
        self.session = session(tenant, (self.directory)(tenant));
    }

    pub(super) fn profile(&mut self, profile: Profile) {
        self.session.profile = Some(profile);
    }

    /// The status, and the id in the answer.
    pub(super) async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let answer = self.answer(method, path, body).await;
        let body = answer.response.body.as_deref().unwrap_or(b"null");
        let json: Value = serde_json::from_slice(body).expect("JSON");
        (answer.response.status, json["id"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) async fn answer(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let mut request = Request::new(method, path);
        request.body = body.as_bytes();
        request.content_type = Some("application/scim+json");
        request.origin = "request-1".into();
        self.provider.handle(&self.session, &request).await
    }

    /// Runs SQL directly, ignoring the rules.
    pub(super) fn break_by_hand(&self, sql: &str) {
        let mut conn = aside(&self.dir);
        diesel::connection::SimpleConnection::batch_execute(&mut conn, sql).expect(sql);
    }

    /// A separate connection, to see how statements are answered.
    #[cfg(feature = "console")]
    pub(super) fn connection(&self) -> Conn {
        aside(&self.dir)
    }

    fn run<T>(&self, job: impl FnOnce(&mut Conn) -> QueryResult<T>) -> T {
        job(&mut aside(&self.dir)).expect("read")
    }

    /// The rows in the table of keys that are unique only on request.
    fn keys(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Key {
            #[diesel(sql_type = Text)]
            key: String,
        }
        let sql = "select attribute || ' ' || key as key from scim_unique_key order by 1";
        self.run(|c| diesel::sql_query(sql).load::<Key>(c)).into_iter().map(|k| k.key).collect()
    }

    /// The records, such as `create id-1`, with their notes.
    fn records(&self) -> Vec<(String, Value)> {
        let rows: Vec<(String, String, String)> = self.run(|c| {
            let of_clients = audit::table.filter(audit::made_by.is_null()).order(audit::id);
            of_clients.select((audit::operation, audit::resource_id, audit::notes)).load(c)
        });
        let record = |(operation, id, notes): (String, String, String)| {
            (format!("{operation} {id}"), serde_json::from_str(&notes).expect("JSON"))
        };
        rows.into_iter().map(record).collect()
    }
}

pub(super) fn user(name: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name })
}

pub(super) fn group(name: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name })
}

pub(super) fn patch(op: &str, path: &str, value: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": op, "path": path, "value": value }],
    })
}

#[tokio::test]
async fn every_write_leaves_a_record_of_names_and_no_values() {
    let s = scene().await;
    let mut ann = user("ann");
    ann["favouriteColour"] = json!("ultramarine");
    let (_, ann) = s.ask("POST", "/Users", &ann).await;
    s.ask("PATCH", &format!("/Users/{ann}"), &patch("Replace", "active", &json!("False"))).await;
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let members = json!([{ "value": ann }, { "value": "nobody" }]);
    s.ask("PATCH", &format!("/Groups/{guides}"), &patch("Add", "members", &members)).await;
    s.ask("DELETE", &format!("/Users/{ann}"), &Value::Null).await;

    let records = s.records();
    let written: Vec<&str> = records.iter().map(|(what, _)| what.as_str()).collect();
    let expected = ["create", "update", "create", "update", "delete"]
        .into_iter()
        .zip([&ann, &ann, &guides, &guides, &ann]);
    assert_eq!(written, expected.map(|(what, id)| format!("{what} {id}")).collect::<Vec<_>>());
    let notes: Vec<&Value> = records.iter().map(|(_, notes)| notes).collect();
    assert_eq!(notes[0]["dropped"], json!(["favouriteColour"]), "{}", notes[0]);
    assert_eq!(
        (&notes[1]["attributes"], &notes[1]["transition"]),
        (&json!(["active"]), &json!("deactivated"))
    );
    assert!(notes[1]["rules"].as_array().is_some_and(|r| !r.is_empty()), "the text \"False\" is no boolean");
    // a value that is not one of our ids may name a person, so it can be erased
    assert_eq!((&notes[3]["added"], &notes[3]["skipped"]), (&json!([ann]), &Value::Null));
    let words = audit::table.filter(audit::made_by.is_null()).filter(audit::person.is_not_null());
    let words: Vec<Option<String>> = s.run(|c| words.select(audit::person).load(c));
    assert!(words.len() == 1 && words[0].as_ref().is_some_and(|text| text.contains(r#""skipped":["nobody"]"#)));
    assert!(!format!("{records:?}").contains("ultramarine"));
    let columns: (i64, i64, String, String) =
        s.run(|c| audit::table.filter(audit::made_by.is_null()).select((audit::tenant, audit::at, audit::actor, audit::request_id)).first(c));
    assert_eq!(columns, (TENANT.0, 5_000, "key-1".to_owned(), "request-1".to_owned()));
}

/// Seen to fail: with the notes of the POST left out of the update that it comes to.
#[tokio::test]
async fn who_is_taken_over_has_a_record_of_what_was_left_out() {
    let mut s = scene().await;
    s.session.profile = Some(Profile::okta());
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    s.ask("PATCH", &format!("/Users/{ann}"), &patch("replace", "active", &json!(false))).await;
    let mut back = user("ann");
    back["activ"] = json!(true);
    assert_eq!(s.ask("POST", "/Users", &back).await, (201, ann.clone()));
    let (what, notes) = s.records().pop().expect("a record");
    assert_eq!((what, &notes["dropped"]), (format!("update {ann}"), &json!(["activ"])));
    assert_eq!(notes["rules"], json!(["body/unknown-attribute", "user/reactivate-on-create"]));
}

#[tokio::test]
async fn long_lists_of_ids_are_cut_and_counted() {
    let s = scene().await;
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let strangers: Vec<Value> = (0..150).map(|n| json!({ "value": format!("{n:08}-0000-7000-8000-000000000000") })).collect();
    s.ask("PATCH", &format!("/Groups/{guides}"), &patch("Add", "members", &json!(strangers))).await;
    let (_, notes) = s.records().pop().expect("a record");
    assert_eq!(notes["skipped"].as_array().map(Vec::len), Some(100));
    assert_eq!(notes["skippedCount"], json!(150));
}

#[tokio::test]
async fn a_refused_request_leaves_neither_record_nor_membership() {
    let s = scene().await;
    assert_eq!(s.ask("POST", "/Users", &user("ann")).await.0, 201);
    assert_eq!(s.ask("POST", "/Users", &user("ANN")).await.0, 409);
    assert_eq!(s.records().len(), 1);
    assert_eq!(s.run(|c| membership::table.count().get_result::<i64>(c)), 1);
}

#[tokio::test]
async fn nothing_is_written_for_an_organisation_that_was_deleted_meanwhile() {
    let s = scene().await;
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    s.db.delete_organisation(By::somebody(Timestamp::from_millis(1)), "acme".parse().expect("a slug")).await.expect("deleted");
    assert_eq!(s.ask("POST", "/Users", &user("bob")).await.0, 409);
    // its user was deleted with it
    assert_eq!(s.ask("DELETE", &format!("/Users/{ann}"), &Value::Null).await.0, 404);
    assert!(s.records().is_empty());
    assert_eq!(s.run(|c| membership::table.count().get_result::<i64>(c)), 0);
}

/// A request reads its organisation before it writes; the write's transaction must see a switch turned in between.
///
/// Seen to fail: without the look at the keys, for each of the two switches, and with keys left in the table by a switch
/// that is turned off or on.
#[tokio::test]
async fn what_was_worked_out_before_a_switch_was_turned_is_not_written() {
    let mut s = scene().await;
    let slug: crate::slug::Slug = "acme".parse().expect("a slug");
    let named = |name: &str| {
        let mut user = user(name);
        user["externalId"] = json!(format!("x-{name}"));
        user
    };
    let (_, ann) = s.ask("POST", "/Users", &named("ann")).await;
    let on = OrganisationChange { unique_external_id: Some(true), ..OrganisationChange::default() };
    s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), on.clone()).await.expect("turned");
    assert_eq!(s.ask("POST", "/Users", &named("bob")).await.0, 503);
    assert_eq!(s.ask("PUT", &format!("/Users/{ann}"), &named("anna")).await.0, 503);
    assert_eq!(s.ask("POST", "/Users", &user("bob")).await.0, 201, "it has no value to be unique");
    s.session.profile = Some(Profile::entra().with_unique_external_id(true));
    assert_eq!(s.ask("PUT", &format!("/Users/{ann}"), &named("anna")).await.0, 200);

    let strict = OrganisationChange { profile: Some(Profile::strict()), ..OrganisationChange::default() };
    s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), strict.clone()).await.expect("changed");
    s.session.profile = Some(Profile::strict().with_unique_external_id(true));
    assert_eq!(s.keys(), ["externalId x-anna"]);
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let entra = OrganisationChange { profile: Some(Profile::entra()), ..OrganisationChange::default() };
    s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), entra).await.expect("changed");
    assert_eq!(s.ask("POST", "/Groups", &group("Guides")).await.0, 503);
    let members = patch("add", "members", &json!([{ "value": ann }]));
    assert_eq!(s.ask("PATCH", &format!("/Groups/{guides}"), &members).await.0, 200, "its name stays");
    s.session.profile = Some(Profile::entra().with_unique_external_id(true));
    assert_eq!(s.ask("POST", "/Groups", &group("Guides")).await.0, 409);

    // switching off removes the keys; switching on replaces any that were left
    assert_eq!(s.keys(), ["displayName guides", "externalId x-anna"]);
    let off = OrganisationChange { unique_external_id: Some(false), ..strict };
    s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), off).await.expect("turned");
    assert_eq!(s.keys(), [""; 0]);
    assert_eq!(
        s.ask("POST", "/Users", &named("cid")).await.0,
        201,
        "written with a key that nobody asks for"
    );
    assert_eq!(s.ask("PATCH", &format!("/Users/{ann}"), &patch("add", "active", &json!(false))).await.0, 200);
    s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), on).await.expect("turned");
    assert_eq!(s.keys(), ["externalId x-anna", "externalId x-cid"]);
}

/// An older release, not stopped in time, made a user without `active` and treated it as active. Switching off such a
/// user is no transition.
///
/// Seen to fail: without the look at what was written, the membership stays.
#[tokio::test]
async fn who_never_had_active_and_is_switched_off_loses_the_membership() {
    let s = scene().await;
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    let old = "update scim_document set doc = json_remove(doc, '$.active')";
    assert_eq!(s.run(|c| diesel::sql_query(old).execute(c)), 1);
    let memberships = || s.run(|c| membership::table.count().get_result::<i64>(c));
    assert_eq!(memberships(), 1);
    s.ask("PATCH", &format!("/Users/{ann}"), &patch("Replace", "active", &json!(false))).await;
    assert_eq!(memberships(), 0);
}
