//! A day of an identity provider, against the server in this process.

use crate::database::Db;
use crate::serve;
use crate::tables::{accounts, companies, memberships, sessions};
use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use diesel::prelude::*;
use provost::embed::parse_object;
use provost::{MEDIA_TYPE, system};
use std::error::Error;
use std::path::Path;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How many accounts are active, how many memberships and sessions there are.
async fn counts(db: &Db) -> Outcome<(i64, i64, i64)> {
    let count = |conn: &mut SqliteConnection| {
        let active = accounts::table.filter(accounts::active.eq(true)).count().get_result(conn)?;
        let memberships = memberships::table.count().get_result(conn)?;
        Ok((active, memberships, sessions::table.count().get_result(conn)?))
    };
    Ok(db.transaction(None, false, count).await?)
}

pub(crate) async fn run() -> Outcome {
    let folder = std::env::temp_dir().join(format!("own-tables-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let checked = check(&folder.join("check.db")).await;
    std::fs::remove_dir_all(&folder)?;
    checked
}

async fn check(file: &Path) -> Outcome {
    let db = Db::open(file)?;
    // two companies, and an account from before SCIM
    let before = |conn: &mut SqliteConnection| {
        let company = |id: i64, name: &'static str| {
            (companies::id.eq(id), companies::name.eq(name), companies::token.eq(name))
        };
        let two = vec![company(1, "acme"), company(2, "globex")];
        diesel::insert_into(companies::table).values(two).execute(conn)?;
        let grace =
            (accounts::company.eq(1), accounts::email.eq("grace@example.com"), accounts::active.eq(true));
        Ok(diesel::insert_into(accounts::table).values(grace).execute(conn)?)
    };
    db.transaction(None, true, before).await?;
    db.company(1).adopt(system::now()).await?;
    let app = init_service(App::new().service(serve(db.clone())?.scope())).await;
    // each step: the request, the status it must have, and what the tables must hold afterwards
    let send =
        async |token: &str, method: Method, path: &str, body: &str, status: u16, then: (i64, i64, i64)| {
            let request = TestRequest::with_uri(&format!("/companies/{path}"))
                .method(method.clone())
                .insert_header(("Authorization", format!("Bearer {token}")))
                .insert_header(("Content-Type", MEDIA_TYPE))
                .set_payload(body.to_owned());
            let answer = call_service(&app, request.to_request()).await;
            let came = answer.status().as_u16();
            let text = String::from_utf8(read_body(answer).await.to_vec())?;
            let now = counts(&db).await?;
            println!("{method} {path}: {came}; active accounts, memberships, sessions: {now:?}");
            if came != status || now != then {
                return Err(format!("expected {status} and {then:?}\n{text}").into());
            }
            let whole = parse_object(&text).unwrap_or_default();
            // of a list, the one that was found
            let found = whole.get("Resources").map_or(&[][..], |all| all.elements());
            let one = found.first().and_then(|one| one.as_object()).unwrap_or(&whole);
            Outcome::Ok(one.str("id").unwrap_or_default().to_owned())
        };

    let patch = |operation: &str| {
        format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#
        )
    };
    let match_grace = "acme/scim/v2/Users?filter=userName+eq+%22Grace@example.com%22";
    let grace = send("acme", Method::GET, match_grace, "", 200, (1, 0, 0)).await?;
    let grace = format!("acme/scim/v2/Users/{grace}");
    let title = patch(r#"{"op":"Add","path":"title","value":"Admiral"}"#);
    send("acme", Method::PATCH, &grace, &title, 200, (1, 0, 0)).await?;
    send("globex", Method::GET, &grace, "", 401, (1, 0, 0)).await?;
    send("globex", Method::GET, &grace.replace("acme", "globex"), "", 404, (1, 0, 0)).await?;

    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ada@Example.com",
        "displayName":"Ada","title":"Countess"}"#;
    let ada = send("acme", Method::POST, "acme/scim/v2/Users", user, 201, (2, 0, 0)).await?;
    send("acme", Method::POST, "acme/scim/v2/Users", &user.to_lowercase(), 409, (2, 0, 0)).await?;
    let group = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engines","members":[{{"value":"{ada}"}}]}}"#
    );
    let engines = send("acme", Method::POST, "acme/scim/v2/Groups", &group, 201, (2, 1, 0)).await?;
    let sign_in = |conn: &mut SqliteConnection| {
        let ada = accounts::table.filter(accounts::email.eq("Ada@Example.com")).select(accounts::id);
        let session = (sessions::token.eq("t"), sessions::account.eq(ada.first::<i64>(conn)?));
        Ok(diesel::insert_into(sessions::table).values(session).execute(conn)?)
    };
    db.transaction(None, true, sign_in).await?;
    let off = patch(r#"{"op":"Replace","path":"active","value":"False"}"#);
    send("acme", Method::PATCH, &format!("acme/scim/v2/Users/{ada}"), &off, 200, (1, 1, 0)).await?;
    let leaves = patch(&format!(r#"{{"op":"Remove","path":"members","value":[{{"value":"{ada}"}}]}}"#));
    send("acme", Method::PATCH, &format!("acme/scim/v2/Groups/{engines}"), &leaves, 204, (1, 0, 0)).await?;
    send("acme", Method::DELETE, &format!("acme/scim/v2/Users/{ada}"), "", 204, (1, 0, 0)).await?;
    Ok(())
}
