//! A day of two identity providers, against the server in this process.

use crate::hook::{companies, outbox, seats};
use crate::{open, serve};
use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use diesel::prelude::*;
use provost::MEDIA_TYPE;
use provost::embed::parse_object;
use provost::hook::HookError;
use provost::sqlite::{Conn, Database};
use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How many seats there are, and how many e-mails wait.
fn counts(database: &Database) -> Outcome<(i64, i64)> {
    let count = |conn: &mut Conn| {
        let seats = seats::table.count().get_result(conn)?;
        Ok::<_, HookError>((seats, outbox::table.count().get_result(conn)?))
    };
    Ok(database.read(count)?)
}

pub(crate) async fn run() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sqlite-hook-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let checked = check(&folder.join("check.db")).await;
    std::fs::remove_dir_all(&folder)?;
    checked
}

async fn check(file: &std::path::Path) -> Outcome {
    let directory = open(file).await?;
    let database = directory.database().clone();
    let two = |conn: &mut Conn| {
        let company = |name: &'static str| (companies::name.eq(name), companies::token.eq(name));
        let two = vec![company("acme"), company("globex")];
        diesel::insert_into(companies::table).values(two).execute(conn).map_err(HookError::from)
    };
    database.write(two).await?;
    let app = init_service(App::new().service(serve(directory)?.scope())).await;
    // each step: who asks what, the status it must have, and what the tables must hold afterwards
    let send = async |token: &str, method: Method, path: &str, body: &str, status: u16, then: (i64, i64)| {
        let request = TestRequest::with_uri(&format!("/companies/{path}"))
            .method(method.clone())
            .insert_header(("Authorization", format!("Bearer {token}")))
            .insert_header(("Content-Type", MEDIA_TYPE))
            .set_payload(body.to_owned());
        let answer = call_service(&app, request.to_request()).await;
        let came = answer.status().as_u16();
        let text = String::from_utf8(read_body(answer).await.to_vec())?;
        let now = counts(&database)?;
        println!("{method} {path}: {came}; seats, e-mails: {now:?}");
        if came != status || now != then {
            return Err(format!("expected {status} and {then:?}\n{text}").into());
        }
        let id = parse_object(&text).ok().and_then(|o| o.str("id").map(str::to_owned));
        Outcome::Ok(id.unwrap_or_default())
    };
    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@example.com"}"#;
    let ada = send("acme", Method::POST, "acme/scim/v2/Users", user, 201, (1, 1)).await?;
    send("globex", Method::POST, "globex/scim/v2/Users", user, 201, (2, 2)).await?;
    send("globex", Method::GET, "acme/scim/v2/Users", "", 401, (2, 2)).await?;
    let hers = format!("acme/scim/v2/Users/{ada}");
    let owner = |conn: &mut Conn| {
        let hers = diesel::update(seats::table.filter(seats::company.eq(1)));
        hers.set(seats::is_owner.eq(true)).execute(conn).map_err(HookError::from)
    };
    database.write(owner).await?;
    let off = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations":[{"op":"Replace","path":"active","value":"False"}]}"#;
    send("acme", Method::PATCH, &hers, off, 409, (2, 2)).await?;
    let nobody = |conn: &mut Conn| {
        diesel::update(seats::table).set(seats::is_owner.eq(false)).execute(conn).map_err(HookError::from)
    };
    database.write(nobody).await?;
    send("acme", Method::PATCH, &hers, off, 200, (1, 2)).await?;
    send("acme", Method::DELETE, &hers, "", 204, (1, 2)).await?;
    Ok(())
}
