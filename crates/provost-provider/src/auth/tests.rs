//! Who is let in, and what others are told.

use super::*;
use crate::memory::MemoryStore;
use crate::principal::{Credential, CredentialKind};

/// The same secret for every scheme: a token, a key, or the password of `babs`.
struct Door(Vec<Scheme>);

impl Authenticator for Door {
    type Store = MemoryStore;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<MemoryStore>, AuthError> {
        let mut shown = Vec::new();
        for scheme in &self.0 {
            shown.extend(match scheme {
                Scheme::Bearer => request.bearer()?.map(|token| (CredentialKind::Token, token.to_owned())),
                Scheme::Basic => request.basic()?.map(|pair| {
                    (
                        CredentialKind::Password,
                        if pair.user == "babs" { pair.password } else { String::new() },
                    )
                }),
                Scheme::ApiKey(header) => {
                    request.header(header)?.map(|key| (CredentialKind::ApiKey, key.to_owned()))
                }
                Scheme::Other { .. } => None,
            });
        }
        let (kind, secret) = shown.into_iter().next().ok_or(AuthError::Missing)?;
        match same_secret(&secret, "s3cret") {
            true => Ok(Session::new(Principal::new("acme", Credential::new(kind, "1")), MemoryStore::new())),
            false => Err(AuthError::Invalid),
        }
    }

    fn schemes(&self) -> Vec<Scheme> {
        self.0.clone()
    }
}

fn key() -> Scheme {
    Scheme::ApiKey("X-Api-Key".into())
}

/// The kind of credential, or else status, challenge and detail.
async fn enter(schemes: &[Scheme], headers: &[(&str, &str)]) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let door = Door(schemes.to_vec());
    match admit(&door, AuthRequest::new("GET", "/scim/v2/Users", &headers)).await {
        Ok(session) => format!("{:?}", session.principal.credential.kind),
        Err(refusal) => {
            let e = refusal.error();
            format!("{} [{}] {}", e.status(), refusal.challenge().unwrap_or_default(), e.detail())
        }
    }
}

/// Seen to fail: with the same challenge for all, with the token's error code for any credentials, with the words for
/// bearer tokens everywhere, and with the first of two headers accepted.
#[tokio::test]
async fn each_way_in_is_asked_for_and_refused_in_its_own_words() {
    let bearer = r#"Bearer realm="scim""#;
    let invalid = r#"Bearer realm="scim", error="invalid_token""#;
    let basic = r#"Basic realm="scim", charset="UTF-8""#;
    let api_key = r#"ApiKey realm="scim", header="X-Api-Key""#;
    let of = |status: u16, challenge: &str, detail: &str| format!("{status} [{challenge}] {detail}");
    let babs = "Basic YmFiczpzM2NyZXQ=";
    for (schemes, headers, expected) in [
        (vec![Scheme::Bearer], vec![("authorization", "Bearer s3cret")], "Token".to_owned()),
        (vec![Scheme::Bearer], vec![("AUTHORIZATION", "bearer   s3cret ")], "Token".to_owned()),
        (vec![Scheme::Basic], vec![("authorization", babs)], "Password".to_owned()),
        (vec![key()], vec![("x-api-key", "s3cret")], "ApiKey".to_owned()),
        (vec![key()], vec![("x-api-key", "s3cret"), ("authorization", "Bearer other")], "ApiKey".to_owned()),
        (
            vec![Scheme::Bearer],
            vec![],
            of(401, bearer, "a bearer token is required: send `Authorization: Bearer <secret token>`"),
        ),
        (
            vec![Scheme::Basic],
            vec![("authorization", "Bearer s3cret")],
            of(
                401,
                basic,
                "a name and password is required: send `Authorization: Basic <name:password in Base64>`",
            ),
        ),
        (vec![key()], vec![], of(401, api_key, "an API key is required: send `X-Api-Key: <API key>`")),
        (
            vec![Scheme::Bearer, key()],
            vec![],
            of(
                401,
                &format!("{bearer}, {api_key}"),
                "a bearer token or an API key is required: send `Authorization: Bearer <secret token>`, or send \
                 `X-Api-Key: <API key>`",
            ),
        ),
        (vec![], vec![], of(401, bearer, "credentials are required")),
        (
            vec![Scheme::Bearer],
            vec![("authorization", "Bearer other")],
            of(401, invalid, "the bearer token is not valid"),
        ),
        (
            vec![Scheme::Bearer, Scheme::Basic],
            vec![("authorization", "Bearer other")],
            of(401, &format!("{invalid}, {basic}"), "the bearer token is not valid"),
        ),
        (
            vec![Scheme::Bearer, Scheme::Basic],
            vec![("authorization", "Basic YmFiczpvdGhlcg==")],
            of(401, &format!("{bearer}, {basic}"), "the name or password is not valid"),
        ),
        (
            vec![Scheme::Basic],
            vec![("authorization", "Basic")],
            of(401, basic, "the name or password is not valid"),
        ),
        (vec![key()], vec![("x-api-key", "other")], of(401, api_key, "the API key is not valid")),
        (vec![key()], vec![("x-api-key", "")], of(401, api_key, "the API key is not valid: it is empty")),
        (vec![key()], vec![("x-api-key", "s\u{e9}")], of(401, api_key, "the API key is not valid")),
        (
            vec![key()],
            vec![("x-api-key", "s3cret"), ("X-API-KEY", "s3cret")],
            of(400, "", "the header X-Api-Key appears twice: send one"),
        ),
        // whatever the authenticator reads
        (
            vec![key()],
            vec![("x-api-key", "s3cret"), ("authorization", "Basic a"), ("Authorization", "Basic b")],
            of(400, "", "the header Authorization appears twice: send one"),
        ),
    ] {
        assert_eq!(enter(&schemes, &headers).await, expected, "{schemes:?} {headers:?}");
    }
    let certificate = Scheme::Other {
        challenge: r#"Certificate realm="scim""#.into(),
        needed: "a client certificate".into(),
        remedy: "connect with one".into(),
    };
    let refused = enter(&[certificate], &[("authorization", "Certificate x")]).await;
    assert_eq!(
        refused,
        "401 [Certificate realm=\"scim\"] a client certificate is required: connect with one"
    );
}

/// Seen to fail: with truncated Base64 accepted, and with a name without a password.
#[test]
fn what_is_no_name_and_password_is_not_valid() {
    let basic = |sent: &str| {
        let headers = [("authorization", sent.as_bytes())];
        AuthRequest::new("GET", "/", &headers).basic().map(|pair| pair.map(|p| (p.user, p.password)))
    };
    let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    assert_eq!(basic("Basic YmFiczpzM2NyZXQ=").unwrap(), pair("babs", "s3cret"));
    assert_eq!(basic("basic  YTpiOmM=").unwrap(), pair("a", "b:c"));
    assert_eq!(basic("Basic w7w6w6k=").unwrap(), pair("ü", "é"));
    assert_eq!(basic("Basic Og==").unwrap(), pair("", ""));
    assert_eq!(basic("Bearer YmFiczpzM2NyZXQ=").unwrap(), None);
    for sent in ["Basic", "Basic ", "Basic YmFicw==", "Basic YmFiczpzM2NyZXQ", "Basic !", "Basic /zr/"] {
        assert!(matches!(basic(sent), Err(AuthError::Invalid)), "{sent}");
    }
}

/// Seen to fail: with the headers in `Debug`, and with a derived `Debug` for name and password.
#[test]
fn secrets_are_not_printed() {
    let headers = [("authorization", &b"Basic YmFiczpzM2NyZXQ="[..]), ("x-api-key", b"s3cret")];
    let request = AuthRequest::new("GET", "/scim/v2/Users", &headers).from_peer(Some([192, 0, 2, 1].into()));
    let printed = format!("{request:?} {:?}", request.basic().unwrap().unwrap());
    for secret in ["s3cret", "YmFi", "api-key", "115, 51"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains("192.0.2.1") && printed.contains("babs"), "{printed}");
}

/// Seen to fail: without each of the arms of `slip`.
#[tokio::test]
async fn a_slip_that_can_be_seen_is_named_and_nothing_else() {
    for (token, slip) in [
        ("Bearer scim_abc", "it begins with the word `Bearer`"),
        ("bearer  scim_abc", "it begins with the word `Bearer`"),
        ("Bearer: scim_abc", "it begins with the word `Bearer`"),
        ("BEARER", "it begins with the word `Bearer`"),
        ("\"scim_abc\"", "it is in quotation marks"),
        ("'scim_abc'", "it is in quotation marks"),
        ("scim_abc\"", "it is in quotation marks"),
        ("scim_abc def", "it holds a blank"),
        ("scim_abc\tdef", "it holds a blank"),
        ("<scim_abc>", "it is in `<` and `>`"),
        ("", "it is empty"),
    ] {
        for (scheme, header, sent, shown) in [
            (Scheme::Bearer, "authorization", format!("Bearer {token}"), "bearer token"),
            (key(), "x-api-key", token.to_owned(), "API key"),
        ] {
            let refused = enter(&[scheme], &[(header, &sent)]).await;
            assert!(refused.contains(&format!("] the {shown} is not valid: {slip}")), "{token}: {refused}");
        }
    }
    for token in ["scim_abc", "bearerx", "bearer_abc"] {
        let refused = enter(&[Scheme::Bearer], &[("authorization", &format!("Bearer {token}"))]).await;
        assert!(refused.ends_with("] the bearer token is not valid"), "{refused}");
    }
}

/// Seen to fail: with empty texts accepted.
#[test]
fn secrets_compare_whole() {
    assert!(same_secret("abc", "abc"));
    for (a, b) in [("abc", "abd"), ("abc", "ab"), ("", "a"), ("", "")] {
        assert!(!same_secret(a, b), "{a} {b}");
    }
}

/// Seen to fail: with the note in the text, and with another error's challenge.
#[tokio::test]
async fn a_note_is_for_the_log_alone() {
    struct Revoked;
    impl Authenticator for Revoked {
        type Store = MemoryStore;

        async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<MemoryStore>, AuthError> {
            let error = match request.bearer()? {
                Some("too many") => AuthError::TooMany { retry_after_s: 3 },
                _ => AuthError::Invalid,
            };
            Err(if request.method == "GET" { error } else { error.with_note("revoked in May") })
        }
    }
    for authorization in ["Bearer x", "Bearer too many"] {
        let headers = [("Authorization", authorization.as_bytes())];
        let ask = async |method| admit(&Revoked, AuthRequest::new(method, "/", &headers)).await.unwrap_err();
        let (plain, noted) = (ask("GET").await, ask("POST").await);
        assert_eq!(plain.error().to_object(), noted.error().to_object());
        assert_eq!(
            (plain.challenge(), plain.error().retry_after_s()),
            (noted.challenge(), noted.error().retry_after_s())
        );
        let source = |refusal: &Refusal| std::error::Error::source(refusal.error()).map(ToString::to_string);
        assert_eq!((source(&plain), source(&noted).as_deref()), (None, Some("revoked in May")));
    }
}
