//! `--check`: who gets in with what, and where.

use crate::clients::Clients;
use actix_web::App;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use provost::actix::Scim;
use std::error::Error;

pub(crate) async fn run(scim: Scim<Clients>) -> Result<(), Box<dyn Error>> {
    let app = init_service(App::new().service(scim.scope())).await;
    let (key, basic) =
        (("X-Api-Key", "key-of-acme"), ("Authorization", "Basic Z2xvYmV4OnBhc3N3b3JkLW9mLWdsb2JleA=="));
    for (company, shown, status) in [
        ("acme", vec![key], 200),
        ("globex", vec![basic], 200),
        ("acme", vec![basic], 401),
        ("globex", vec![key], 401),
        ("acme", vec![key, key], 400),
        ("acme", vec![key, basic], 401),
        ("acme", vec![("Authorization", "Bearer key-of-acme")], 401),
        ("acme", vec![("X-Api-Key", "")], 401),
        ("acme", vec![], 401),
    ] {
        let mut request = TestRequest::with_uri(&format!("/companies/{company}/scim/v2/Users"));
        for header in &shown {
            request = request.append_header(*header);
        }
        let answer = call_service(&app, request.to_request()).await;
        let challenge = answer.headers().get(WWW_AUTHENTICATE).map(|c| c.to_str().map(str::to_owned));
        let challenge = challenge.transpose()?.unwrap_or_default();
        let came = answer.status().as_u16();
        let text = String::from_utf8(read_body(answer).await.to_vec())?;
        println!("{company} {shown:?}: {came} {challenge}");
        let offered = challenge.contains("ApiKey realm=") && challenge.contains("Basic realm=");
        if came != status || offered != (status == 401) {
            return Err(format!("expected {status}\n{text}").into());
        }
    }
    let config = TestRequest::with_uri("/companies/acme/scim/v2/ServiceProviderConfig").to_request();
    let config = String::from_utf8(read_body(call_service(&app, config).await).await.to_vec())?;
    match config.contains(r#""type":"apikey""#) && config.contains(r#""type":"httpbasic""#) {
        true => Ok(()),
        false => Err(format!("the ways in are not announced: {config}").into()),
    }
}
