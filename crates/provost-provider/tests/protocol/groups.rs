//! Members and groups: rows that two resources show (RFC 7643 sections 4.1.2 and 4.2).
//!
//! Planted and caught: `groups` of a user without the group's display name; a user's version changed by its group;
//! unknown members accepted in strict.

use provost_core::Profile;
use provost_testing::body::{group, patch};
use provost_testing::protocol::{Answer, BASE, both, server, strict};

#[tokio::test]
async fn both_ends_show_the_link_and_only_the_group_changes() {
    for server in both() {
        let user = server.user("babs").await;
        let nested = server.group("nested", &[]).await;
        let staff = server.group("staff", &[&user, &nested]).await;
        let shown = server.send("GET", &format!("/Users/{user}"), "").await;
        assert_eq!(shown.at("groups.value").as_ref(), Some(&staff));
        assert_eq!(shown.at("groups.display").as_deref(), Some("staff"));
        assert_eq!(shown.at("groups.type").as_deref(), Some("direct"));
        assert_eq!(shown.at("groups.$ref"), Some(format!("{BASE}/Groups/{staff}")));
        assert_eq!(shown.etag(), "W/\"1\"");

        let members = server.send("GET", &format!("/Groups/{staff}"), "").await.json();
        let members = members.get("members").unwrap().elements().to_vec();
        let mut types: Vec<&str> =
            members.iter().map(|m| m.as_object().unwrap().str("type").unwrap()).collect();
        types.sort_unstable();
        assert_eq!(types, ["Group", "User"]);

        let name = patch(r#"{"op":"replace","path":"displayName","value":"Babs J"}"#);
        server.send("PATCH", &format!("/Users/{user}"), &name).await;
        let after = server.send("GET", &format!("/Groups/{staff}"), "").await;
        assert!(after.text.contains("Babs J"));
        assert_eq!(after.etag(), "W/\"1\"");
    }
}

#[tokio::test]
async fn members_that_do_not_exist_are_refused_or_left_out() {
    let strict = server(Profile::strict());
    let user = strict.user("babs").await;
    let refused = strict.send("POST", "/Groups", &group("staff", &[&user, "nope"])).await;
    assert_eq!(refused.is(), "400 invalidValue");
    assert!(refused.detail().contains("`nope`") && !refused.detail().contains(&user), "{}", refused.detail());
    assert_eq!(strict.send("GET", "/Groups", "").await.at("totalResults").as_deref(), Some("0"));

    let entra = server(Profile::entra());
    let user = entra.user("babs").await;
    let made = entra.send("POST", "/Groups", &group("staff", &[&user, "nope"])).await;
    assert_eq!((made.is().as_str(), made.outcome.skipped.len()), ("201", 1));
    let target = format!("/Groups/{}", made.at("id").unwrap());
    let add = patch(r#"{"op":"add","path":"members","value":[{"value":"nope"},{"value":"neither"}]}"#);
    let done = entra.send("PATCH", &target, &add).await;
    assert_eq!((done.is().as_str(), done.outcome.skipped.len(), done.etag()), ("204", 2, "W/\"1\""));
}

#[tokio::test]
async fn put_replaces_the_members() {
    for server in both() {
        let (a, b) = (server.user("a").await, server.user("b").await);
        let staff = format!("/Groups/{}", server.group("staff", &[&a]).await);
        let put = server.send("PUT", &staff, &group("staff", &[&b])).await;
        assert_eq!((put.at("members.value").as_ref(), put.etag()), (Some(&b), "W/\"2\""));
        let same = server.send("PUT", &staff, &group("staff", &[&b])).await;
        assert_eq!(same.text, put.text);
        let empty = server.send("PUT", &staff, &group("staff", &[])).await;
        assert_eq!((empty.at("members"), empty.etag()), (None, "W/\"3\""));
        assert_eq!(server.send("GET", &format!("/Users/{b}"), "").await.at("groups"), None);
    }
}

#[tokio::test]
async fn group_names_are_unique_where_the_client_needs_it() {
    for (profile, expected) in [(Profile::strict(), "201"), (Profile::entra(), "409 uniqueness")] {
        let server = server(profile);
        server.group("Staff", &[]).await;
        assert_eq!(server.send("POST", "/Groups", &group("staff", &[])).await.is(), expected);
        // a user may have the same name as a group
        server.user("staff").await;
    }
}

/// RFC 7643 section 2.4: "URIs for SCIM resources with an API version SHALL be considered comparable to URIs without a
/// version or with a different version."
// R-7643-2.4-04
#[tokio::test]
async fn a_reference_to_a_member_is_the_same_in_every_version() {
    for server in both() {
        let id = server.user("babs").await;
        let refs = ["https://example.com/scim/v2/Users/", "https://example.com/scim/Users/", "../v1/Users/"];
        let member = |at: &str| format!(r#"{{"$ref":"{at}{id}"}}"#);
        let urn = "urn:ietf:params:scim:schemas:core:2.0:Group";
        let all = refs.map(member).join(",");
        let made = server
            .make("/Groups", &format!(r#"{{"schemas":["{urn}"],"displayName":"g","members":[{all}]}}"#))
            .await;
        let at = format!("/Groups/{made}");
        let listed = |answer: &Answer| answer.json().get("members").map_or(0, |m| m.elements().len());
        assert_eq!(listed(&server.send("GET", &at, "").await), 1);
        for reference in refs {
            let add = patch(&format!(r#"{{"op":"add","path":"members","value":[{}]}}"#, member(reference)));
            assert!(server.send("PATCH", &at, &add).await.response.status < 300);
            let now = server.send("GET", &at, "").await;
            assert_eq!(
                (listed(&now), now.at("meta.version").as_deref()),
                (1, Some("W/\"1\"")),
                "{reference}"
            );
        }
    }
    // removing a list of values is Entra's way
    for reference in ["https://example.com/scim/v2/Users/", "https://example.com/scim/Users/"] {
        let server = server(Profile::entra());
        let id = server.user("babs").await;
        let at = format!("/Groups/{}", server.group("g", &[&id]).await);
        let value = format!(r#"[{{"$ref":"{reference}{id}"}}]"#);
        let remove = patch(&format!(r#"{{"op":"remove","path":"members","value":{value}}}"#));
        assert!(server.send("PATCH", &at, &remove).await.response.status < 300);
        assert!(!server.send("GET", &at, "").await.json().contains("members"), "{reference}");
    }
}

// R-7643-4.1.2-05, R-7643-4.2-02, R-7643-2.3.7-01, R-7643-2.3.7-02, R-7643-2.3.7-03
#[tokio::test]
async fn members_and_groups_refer_to_each_other() {
    let s = strict();
    let id = s.user("babs").await;
    let g = s.make("/Groups", &group("g", &[&id])).await;
    let read = s.get(&format!("/Groups/{g}")).await;
    assert_eq!(read.text("members.$ref"), format!("{BASE}/Users/{id}"));
    assert_eq!(read.text("members.type"), "User");
    let path = read.text("members.$ref").replace(BASE, "");
    let member = s.get(&path).await;
    assert_eq!(member.status(), 200);
    assert_eq!(member.text("groups.value"), g);
    assert_eq!(member.text("groups.$ref"), format!("{BASE}/Groups/{g}"));
    assert_eq!(member.text("groups.type"), "direct");
    let nobody = s.send("POST", "/Groups", &group("h", &["nope"])).await;
    assert_eq!(nobody.is(), "400 invalidValue");
    assert!(nobody.text("detail").contains("nope"));
}
