//! Two servers on one database, in this process: each switches an owner off, at once.

use crate::hook::seats;
use crate::{open, serve};
use actix_web::App;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use diesel::prelude::*;
use futures_util::future::join;
use provost::MEDIA_TYPE;
use provost::embed::parse_object;
use provost::hook::HookError;
use provost::postgres::Conn;
use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) async fn run(url: &str) -> Outcome {
    let (one, two) = (open(url).await?, open(url).await?);
    let database = one.database().clone();
    let (one, two) = (
        init_service(App::new().service(serve(&one)?.scope())).await,
        init_service(App::new().service(serve(&two)?.scope())).await,
    );
    macro_rules! send {
        ($server:expr, $method:ident, $path:expr, $body:expr) => {
            async {
                let request = TestRequest::with_uri(&format!("/scim/v2/Users{}", $path))
                    .method(Method::$method)
                    .insert_header(("Authorization", "Bearer secret"))
                    .insert_header(("Content-Type", MEDIA_TYPE))
                    .set_payload($body.to_owned());
                let answer = call_service($server, request.to_request()).await;
                let status = answer.status().as_u16();
                (status, String::from_utf8_lossy(&read_body(answer).await).into_owned())
            }
        };
    }
    let mut paths = Vec::new();
    for name in ["ada", "bob"] {
        let user = format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}","active":true}}"#
        );
        let (status, made) = send!(&one, POST, "", user).await;
        let id = parse_object(&made).ok().and_then(|user| user.str("id").map(str::to_owned));
        println!("POST {name}: {status}");
        paths.push(format!("/{}", id.ok_or(made)?));
    }
    let owners = |conn: &mut Conn| {
        diesel::update(seats::table).set(seats::is_owner.eq(true)).execute(conn).map_err(HookError::from)
    };
    database.write(owners).await?;
    let off = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations":[{"op":"Replace","path":"active","value":"False"}]}"#;
    let [ada, bob] = &paths[..] else { return Err("two users".into()) };
    let (ada, bob) = join(send!(&one, PATCH, ada, off), send!(&two, PATCH, bob, off)).await;
    println!("both owners are switched off at once: {} and {}", ada.0, bob.0);
    let left =
        database.read(|conn| seats::table.count().get_result::<i64>(conn).map_err(HookError::from)).await?;
    let mut statuses = [ada.0, bob.0];
    statuses.sort_unstable();
    if statuses != [200, 409] || left != 1 {
        return Err(format!("expected 200 and 409, and one seat, not {left}\n{}\n{}", ada.1, bob.1).into());
    }
    Ok(())
}
