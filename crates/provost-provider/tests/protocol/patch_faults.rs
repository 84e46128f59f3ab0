//! Why a PATCH is refused, and with which error (RFC 7644 sections 3.5.2 and 3.12).

use provost_core::urn;
use provost_testing::body::{patch, user_with};
use provost_testing::protocol::strict;

// R-7644-3.5-02, R-7644-3.5.2-01, R-7644-3.5.2-02, R-7644-3.5.2-03, R-7644-3.5.2-04, R-7644-3.5.2-05, R-7644-3.5.2-06, R-7644-3.5.2.1-01, R-7644-3.5.2-12, R-7644-3.5.2.2-02, R-7644-3.5.2.3-05
#[tokio::test]
async fn faults_of_a_patch_have_their_kind() {
    let s = strict();
    let id = s.make("/Users", &user_with("babs", r#""emails":[{"value":"a","type":"work"}]"#)).await;
    let at = format!("/Users/{id}");
    let before = s.get(&at).await.text;
    for (body, expected) in [
        (r#"{"Operations":[{"op":"remove","path":"title"}]}"#.to_owned(), "400 invalidSyntax"),
        (format!(r#"{{"schemas":["{}"]}}"#, urn::PATCH_OP), "400 invalidSyntax"),
        (patch(""), "400 invalidSyntax"),
        (patch(r#"{"op":"move","path":"title"}"#), "400 invalidSyntax"),
        (patch(r#"{"path":"title","value":"x"}"#), "400 invalidSyntax"),
        (patch(r#"{"op":"remove"}"#), "400 noTarget"),
        (patch(r#"{"op":"add","path":"title"}"#), "400 invalidValue"),
        (patch(r#"{"op":"add","path":"emails[","value":"x"}"#), "400 invalidFilter"),
        (patch(r#"{"op":"add","path":"emails]","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"add","path":"a b","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"add","path":"nope","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"replace","path":"emails[type foo \"x\"].value","value":"x"}"#), "400 invalidFilter"),
        (patch(r#"{"op":"replace","path":"id","value":"x"}"#), "400 mutability"),
        (patch(r#"{"op":"remove","path":"meta"}"#), "400 mutability"),
        (patch(r#"{"op":"add","path":"groups","value":[{"value":"g"}]}"#), "400 mutability"),
        (patch(r#"{"op":"remove","path":"userName"}"#), "400 mutability"),
        (patch(r#"{"op":"replace","path":"active","value":"yes"}"#), "400 invalidValue"),
        (patch(r#"{"op":"replace","path":"emails[type eq \"none\"].value","value":"x"}"#), "400 noTarget"),
    ] {
        let answer = s.send("PATCH", &at, &body).await;
        assert_eq!(answer.is(), expected, "{body}\n{}", answer.text);
        assert_eq!(answer.text("schemas"), format!("[\"{}\"]", urn::ERROR));
    }
    assert_eq!(s.get(&at).await.text, before);
    assert_eq!(s.get("/ServiceProviderConfig").await.text("patch.supported"), "true");
}
