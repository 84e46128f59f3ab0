//! The conformance suites against servers that are as correct as ours but different: under another base path, and with
//! the other answer to a PATCH that RFC 7644 section 3.5.2 allows. A suite that only fits one server proves nothing
//! about others.
//!
//! Seen to fail: with `/scim/v2` written into a raw request, and with 200 demanded of a PATCH.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpResponse, HttpServer};
use provost::actix::Scim;
use provost::{MemoryStore, Profile, StaticToken};
use provost_conformance::{Data, Options, Player, Report, Target};
use std::net::TcpListener;
use std::thread;

const TOKEN: &str = "the-token-of-this-server";

/// RFC 7644 section 3.5.2: "or MAY return HTTP status code 204 (No Content)", but 200 where attributes are asked for.
async fn patch_without_content(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    let may = request.method() == Method::PATCH && !request.query_string().contains("ttributes=");
    let response = next.call(request).await?.map_into_boxed_body();
    let empty = may && response.status() == StatusCode::OK;
    Ok(if empty { response.into_response(HttpResponse::NoContent().finish()) } else { response })
}

/// A server in memory, without what only the built binary has. It ends with the test.
fn start(path: &str, profile: Profile, no_content: bool) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base_url = format!("http://{}{path}", listener.local_addr().expect("its address"));
    let scim = Scim::at(&base_url).profile(profile);
    let scim = scim.authenticator(StaticToken::new(TOKEN, MemoryStore::new())).build().expect("a server");
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
                    .wrap(actix_web::middleware::Condition::new(no_content, from_fn(patch_without_content)))
                    .service(scim.scope())
            });
            server.workers(1).disable_signals().listen(listener).expect("a socket").run().await
        })
    });
    Target::new(&base_url, TOKEN).expect("a base URL")
}

/// Plays everything that needs no restart and no second tenant.
fn assert_right(target: Target, profile: provost_conformance::Profile) {
    let (url, data) = (target.base_url().to_owned(), Data::built_in().expect("the data"));
    let options =
        Options { profile, has: ["search", "bulk"].map(str::to_owned).into(), ..Options::default() };
    let mut player = Player::new(target, options).expect("a client");
    player.check_server().expect("a server");
    let mut results = player.run_golden(&data, None);
    results.extend(player.run_scenarios(&data, None, None));
    results.extend(player.run_hostile(&data));
    let failed = results.iter().filter(|result| result.failed()).map(ToString::to_string);
    let failed = failed.collect::<String>();
    let report = Report::new(&url, profile.name(), false, results);
    assert!(report.all_passed(), "{}: {:?}\n{failed}", profile.name(), report.summary);
    assert!(report.summary.passed >= 650, "{}: only {:?}", profile.name(), report.summary);
}

/// Both readings of the RFCs.
fn judge_both(path: &str, no_content: bool) {
    for (profile, judged_by) in [
        (Profile::entra(), provost_conformance::Profile::Entra),
        (Profile::strict(), provost_conformance::Profile::Strict),
    ] {
        assert_right(start(path, profile, no_content), judged_by);
    }
}

#[test]
fn a_server_at_another_path_is_judged_as_fairly() {
    judge_both("/idp/people", false);
}

#[test]
fn a_patch_may_be_answered_without_content() {
    judge_both("/scim/v2", true);
}
