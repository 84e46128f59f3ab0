//! A day of an identity provider, against the server in this process.

use crate::serve;
use crate::store::Directory;
use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use provost::embed::parse_object;
use provost::{MEDIA_TYPE, system};
use std::error::Error;
use std::path::Path;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How many accounts are active, and how many memberships there are.
async fn counts(directory: &Directory) -> Outcome<(i64, i64)> {
    let counts = "select (select count(*) from accounts where active), (select count(*) from memberships)";
    Ok(sqlx::query_as(counts).fetch_one(&directory.pool).await?)
}

pub(crate) async fn run() -> Outcome {
    let folder = std::env::temp_dir().join(format!("over-sqlx-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let checked = check(&folder.join("check.db")).await;
    std::fs::remove_dir_all(&folder)?;
    checked
}

async fn check(file: &Path) -> Outcome {
    let directory = Directory::open(file, 1).await?;
    let grace = "insert into accounts (id, org, email, active) values ('g-1', 1, 'grace@example.com', true)";
    sqlx::query(grace).execute(&directory.pool).await?;
    directory.adopt(system::now()).await?;
    let app = init_service(App::new().service(serve(directory.clone())?.scope())).await;
    // each step: the request, the status it must have, and what the tables must hold afterwards
    let send = async |method: Method, path: &str, body: &str, status: u16, then: (i64, i64)| {
        let request = TestRequest::with_uri(&format!("/scim/v2{path}"))
            .method(method.clone())
            .insert_header(("Authorization", "Bearer secret"))
            .insert_header(("Content-Type", MEDIA_TYPE))
            .set_payload(body.to_owned());
        let answer = call_service(&app, request.to_request()).await;
        let came = answer.status().as_u16();
        let text = String::from_utf8(read_body(answer).await.to_vec())?;
        let now = counts(&directory).await?;
        println!("{method} {path}: {came}; active accounts, memberships: {now:?}");
        if came != status || now != then {
            return Err(format!("expected {status} and {then:?}\n{text}").into());
        }
        let id = parse_object(&text).ok().and_then(|o| o.str("id").map(str::to_owned));
        Outcome::Ok(id.unwrap_or_default())
    };

    let patch = |operation: &str| {
        format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#
        )
    };
    let title = patch(r#"{"op":"Add","path":"title","value":"Admiral"}"#);
    send(Method::PATCH, "/Users/g-1", &title, 200, (1, 0)).await?;
    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ada@Example.com"}"#;
    let ada = send(Method::POST, "/Users", user, 201, (2, 0)).await?;
    send(Method::POST, "/Users", &user.to_lowercase(), 409, (2, 0)).await?;
    let group = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engines","members":[{{"value":"{ada}"}}]}}"#
    );
    send(Method::POST, "/Groups", &group, 201, (2, 1)).await?;
    let off = patch(r#"{"op":"Replace","path":"active","value":"False"}"#);
    send(Method::PATCH, &format!("/Users/{ada}"), &off, 200, (1, 1)).await?;
    send(Method::DELETE, &format!("/Users/{ada}"), "", 204, (1, 0)).await?;
    Ok(())
}
