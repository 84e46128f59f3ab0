//! Users to measure with.

/// A user of about 1.3 kB, as Entra makes them.
pub(super) fn user_text(n: u64) -> String {
    let schemas = r#"["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]"#;
    let work = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    format!(
        r#"{{"schemas":{schemas},"externalId":"00aa00aa-bb11-cc22-dd33-{n:012}","userName":"user.{n}@example.com","name":{{"formatted":"Family{n} Given{n}","familyName":"Family{n}","givenName":"Given{n}","middleName":"Middle"}},"displayName":"Given{n} Family{n}","nickName":"nick{n}","profileUrl":"https://login.example.com/user{n}","emails":[{{"value":"user.{n}@example.com","type":"work","primary":true}},{{"value":"home.{n}@example.org","type":"home"}}],"addresses":[{{"type":"work","streetAddress":"100 Universal City Plaza","locality":"Hollywood","region":"CA","postalCode":"91608","country":"US","formatted":"100 Universal City Plaza\nHollywood, CA 91608 US","primary":true}}],"phoneNumbers":[{{"value":"+1-555-{n:07}","type":"work"}},{{"value":"+1-556-{n:07}","type":"mobile"}}],"userType":"Employee","title":"Tour Guide {n}","preferredLanguage":"en-US","locale":"en-US","timezone":"America/Los_Angeles","active":true,"{work}":{{"employeeNumber":"{n}","costCenter":"4130","organization":"Universal Studios","division":"Theme Park","department":"Tour Operations {m}"}}}}"#,
        m = n % 100
    )
}
