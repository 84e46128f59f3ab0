//! A day of an identity provider, against the server in this process.

use crate::store::{Directory, Failure, Tx};
use crate::tables::{Account, accounts, memberships, sessions};
use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use diesel::prelude::*;
use provost::actix::Scim;
use provost::embed::parse_object;
use provost::{MEDIA_TYPE, StaticToken, system};
use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How many accounts are active, how many memberships and sessions there are.
async fn counts(directory: &Directory) -> Outcome<(i64, i64, i64)> {
    let count = |tx: &mut Tx<'_>| {
        let active = accounts::table.filter(accounts::active.eq(true)).count().get_result(tx.conn)?;
        let memberships = memberships::table.count().get_result(tx.conn)?;
        Ok::<_, Failure>((active, memberships, sessions::table.count().get_result(tx.conn)?))
    };
    Ok(directory.run(count).await?)
}

pub(crate) async fn run(scim: Scim<StaticToken<Directory>>, directory: &Directory) -> Outcome {
    let app = init_service(App::new().service(scim.scope())).await;
    let grace = |tx: &mut Tx<'_>| {
        let [id, email] = ["g-1", "grace@example.com"].map(str::to_owned);
        let account = Account { id, org: 1, email, name: None, active: true };
        Ok::<_, Failure>(diesel::insert_into(accounts::table).values(account).execute(tx.conn)?)
    };
    directory.run(grace).await?;
    directory.adopt(system::now()).await?;
    // each step: the request, the status it must have, and what the tables must hold afterwards
    let send = async |method: Method, path: &str, body: String, status: u16, then: (i64, i64, i64)| {
        let request = TestRequest::with_uri(&format!("/scim/v2{path}"))
            .method(method.clone())
            .insert_header(("Authorization", "Bearer secret"))
            .insert_header(("Content-Type", MEDIA_TYPE))
            .set_payload(body);
        let answer = call_service(&app, request.to_request()).await;
        let came = answer.status().as_u16();
        let text = String::from_utf8(read_body(answer).await.to_vec())?;
        let now = counts(directory).await?;
        println!("{method} {path}: {came}; active accounts, memberships, sessions: {now:?}");
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
    send(
        Method::PATCH,
        "/Users/g-1",
        patch(r#"{"op":"Add","path":"title","value":"Admiral"}"#),
        200,
        (1, 0, 0),
    )
    .await?;
    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ada@Example.com",
        "displayName":"Ada","title":"Countess"}"#;
    let ada = send(Method::POST, "/Users", user.to_owned(), 201, (2, 0, 0)).await?;
    send(Method::POST, "/Users", user.to_lowercase(), 409, (2, 0, 0)).await?;
    let group = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engines","members":[{{"value":"{ada}"}}]}}"#
    );
    let engines = send(Method::POST, "/Groups", group, 201, (2, 1, 0)).await?;
    let account = ada.clone();
    let sign_in = move |tx: &mut Tx<'_>| {
        let session = (sessions::token.eq("t"), sessions::account_id.eq(account));
        Ok::<_, Failure>(diesel::insert_into(sessions::table).values(session).execute(tx.conn)?)
    };
    directory.run(sign_in).await?;
    let off = patch(r#"{"op":"Replace","path":"active","value":"False"}"#);
    send(Method::PATCH, &format!("/Users/{ada}"), off, 200, (1, 1, 0)).await?;
    let leaves = patch(&format!(r#"{{"op":"Remove","path":"members","value":[{{"value":"{ada}"}}]}}"#));
    send(Method::PATCH, &format!("/Groups/{engines}"), leaves, 204, (1, 0, 0)).await?;
    send(Method::DELETE, &format!("/Users/{ada}"), String::new(), 204, (1, 0, 0)).await?;
    Ok(())
}
