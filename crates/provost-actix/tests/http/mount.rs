//! Where SCIM is mounted: at the path of its base URL, with its parameters, and nowhere else.
//!
//! Planted and caught: a scope that answers everything; the template in a URL instead of the value; the first value
//! kept for the next request; an authenticator that gets no parameters; a build that checks nothing.

use crate::server::Server;
use actix_web::{HttpResponse, web};
use provost_actix::{Scim, ScimBuilder};
use provost_core::value::parse_object;
use provost_core::{Object, Profile};
use provost_provider::{
    AuthError, AuthRequest, Authenticator, Credential, MemoryStore, Principal, Session, StaticToken,
};
use provost_testing::http::Answer;
use std::time::Duration;

/// A token is the name of the company that it opens.
struct Companies(MemoryStore);

impl Authenticator for Companies {
    type Store = MemoryStore;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<MemoryStore>, AuthError> {
        let company = request.bearer()?.ok_or(AuthError::Missing)?;
        if request.parameter("company") != Some(company) {
            return Err(AuthError::Invalid);
        }
        // a request that waits here lets others run
        actix_web::rt::task::yield_now().await;
        Ok(Session::new(Principal::new(company, Credential::token(company)), self.0.tenant(company)))
    }
}

const COMPANIES: &str = "https://app.example/companies/{company}/scim/v2";

fn companies() -> Server {
    let scim = Scim::at(COMPANIES).profile(Profile::entra()).authenticator(Companies(MemoryStore::new()));
    let scim = scim.build().unwrap();
    let own = || async { HttpResponse::Ok().body("ours") };
    Server::run(move |config| _ = config.service(scim.scope()).default_service(web::to(own)))
}

fn ask(server: &Server, token: &str, target: &str, body: &str) -> Answer {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n");
    server.send_with(target, &headers, body)
}

fn user(name: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#)
}

fn location(body: &str) -> String {
    let object: Object = parse_object(body).unwrap();
    object.get("meta").unwrap().as_object().unwrap().str("location").unwrap().to_owned()
}

#[test]
fn what_is_not_scims_is_the_applications() {
    let server = companies();
    for (target, status, ours) in [
        ("GET /elsewhere", 200, true),
        ("GET /companies", 200, true),
        ("GET /companies/acme", 200, true),
        ("GET /companies/acme/scim/v2x/Users", 200, true),
        ("GET /scim/v2/Users", 200, true),
        ("GET /companies/acme/scim/v2/Nowhere", 404, false),
        ("PUT /companies/acme/scim/v2/Users", 405, false),
        ("GET /companies/acme/scim/v2/Users", 200, false),
        ("GET /companies/acme/scim/v2", 501, false),
    ] {
        let answer = ask(&server, "acme", target, "");
        assert_eq!((answer.status, answer.body == "ours"), (status, ours), "{target}: {}", answer.body);
    }
}

#[test]
fn every_url_of_an_answer_has_the_values_of_its_request() {
    let server = companies();
    for company in ["acme", "50%25", "a%2Fb"] {
        let token = company.replace("%25", "%").replace("%2F", "/");
        let base = format!("https://app.example/companies/{company}/scim/v2");
        let ask = |target: &str, body: &str| {
            let (method, path) = target.split_once(' ').unwrap();
            ask(&server, &token, &format!("{method} /companies/{company}/scim/v2{path}"), body)
        };
        let made = ask("POST /Users", &user("babs"));
        let url = location(&made.body);
        assert_eq!((made.status, made.header("location")), (201, Some(url.as_str())));
        let id = url.strip_prefix(&format!("{base}/Users/")).unwrap();

        let members = format!(r#""displayName":"staff","members":[{{"value":"{id}"}}]"#);
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        let group = ask("POST /Groups", &format!(r#"{{"schemas":["{schema}"],{members}}}"#));
        let listed = ask("GET /Groups", "");
        for answer in [group, listed] {
            assert!(answer.body.contains(&format!(r#""$ref":"{url}""#)), "{}", answer.body);
        }
        let filter = url.replace('%', "%25");
        let found = ask(&format!("GET /Users?filter=meta.location+eq+%22{filter}%22"), "");
        assert!(found.body.contains(r#""totalResults":1"#), "{}", found.body);

        for document in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/ResourceTypes/User"] {
            let document = ask(&format!("GET {document}"), "").body;
            assert!(document.contains(&base) && !document.contains("{company}"), "{document}");
        }
    }
}

#[test]
fn a_token_of_one_company_opens_no_other() {
    let server = companies();
    assert_eq!(ask(&server, "globex", "GET /companies/acme/scim/v2/Users", "").status, 401);
    // the public page is open, and names the company that it was asked for
    let config = ask(&server, "globex", "GET /companies/acme/scim/v2/ServiceProviderConfig", "");
    assert!(config.status == 200 && location(&config.body).contains("/companies/acme/"), "{}", config.body);
}

#[test]
fn requests_of_several_companies_at_once_are_not_mixed() {
    let server = companies();
    std::thread::scope(|scope| {
        for company in ["acme", "globex", "initech"] {
            let server = &server;
            scope.spawn(move || {
                for n in 0..30 {
                    let target = format!("POST /companies/{company}/scim/v2/Users");
                    let made = ask(server, company, &target, &user(&format!("u{n}")));
                    assert!(location(&made.body).contains(&format!("/{company}/")), "{}", made.body);
                }
            });
        }
    });
}

#[test]
fn what_cannot_be_served_is_an_error_of_the_build() {
    let built = |also: &dyn Fn(&str) -> ScimBuilder<StaticToken<MemoryStore>>, url: &str| {
        also(url).build().map(drop).map_err(|e| e.to_string())
    };
    let plain = |url: &str| Scim::at(url).authenticator(StaticToken::new("secret", MemoryStore::new()));
    assert_eq!(built(&plain, "https://app.example/scim/v2"), Ok(()));
    for (url, part) in
        [("https://app.example/scim/v2/", "ends in a slash"), ("https://app.example", "no path")]
    {
        let refused = built(&plain, url).unwrap_err();
        assert!(refused.contains(part), "{refused}");
    }
    let behind = |url: &str| plain(url).mounted_at("/scim/v2");
    assert_eq!(built(&behind, "https://app.example/idp/scim/v2"), Ok(()));
    assert!(
        built(&behind, "https://app.example/idp/scim").unwrap_err().contains("does not end in `/scim/v2`")
    );
    let pages = |url: &str| plain(url).settings(|s| s.page = 2_000);
    assert!(built(&pages, "https://app.example/scim").unwrap_err().starts_with("`page` is 2000"));
    let never = |url: &str| plain(url).body_deadline(Duration::ZERO);
    assert!(built(&never, "https://app.example/scim").unwrap_err().starts_with("`body_deadline` is 0"));
    let none = |url: &str| plain(url).head_bytes(0);
    assert!(built(&none, "https://app.example/scim").unwrap_err().starts_with("`head_bytes` is 0"));
}

#[test]
fn behind_a_proxy_that_takes_a_prefix_away_urls_have_it() {
    let scim = Scim::at("https://app.example/idp/scim/v2").mounted_at("/scim/v2");
    let scim = scim.authenticator(StaticToken::new("secret", MemoryStore::new())).build().unwrap();
    let server = Server::run(move |config| _ = config.service(scim.scope()));
    let made = ask(&server, "secret", "POST /scim/v2/Users", &user("babs"));
    assert!(location(&made.body).starts_with("https://app.example/idp/scim/v2/Users/"), "{}", made.body);
}
