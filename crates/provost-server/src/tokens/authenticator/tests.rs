//! Checking tokens against a real database.

use super::*;
use crate::audit::By;
use crate::config::{Config, Options};
use crate::organisations::EndingStore;
use crate::organisations::{IdentityProvider, Organisation, OrganisationChange, OrganisationStore};
use crate::storage;
use crate::tokens::{Maker, NewToken, Refusal, TokenRow, issue};
use provost::Profile;
use provost::hook::TenantId;
use tempfile::TempDir;

const NOW: i64 = 1_000_000;

struct Scene {
    _dir: TempDir,
    storage: Storage,
    check: TokenCheck,
    token: Token,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn organisation(n: u8) -> Organisation {
    Organisation {
        tenant: TenantId(n.into()),
        slug: format!("org-{n}").parse().expect("a slug"),
        name: String::new(),
        profile: Profile::okta(),
        default_role: crate::people::Grantable::Member,
        former_default_role: None,
        scim: true,
        inviting: crate::people::Inviting::default(),
        provider: IdentityProvider::Entra,
        brake: crate::brake::Brake::default(),
        silent_after: crate::silence::SilentAfter::default(),
        audit_keep: crate::audit::Keep::Forever,
        disabled: None,
        reopened: None,
        values_until: None,
        created: at(0),
    }
}

fn new_token(expires: Option<Timestamp>) -> NewToken {
    let maker = Maker::Command("maren@host".to_owned());
    NewToken { tenant: organisation(1).tenant, label: String::new(), read_only: false, expires, maker }
}

/// One organisation with one token that expires a minute from now.
async fn scene() -> Scene {
    let (dir, storage) = storage::scratch().await;
    let (token, row) = issue(new_token(Some(at(NOW + 60_000))), at(0)).expect("a token");
    assert!(
        storage
            .create_first(By::somebody(Timestamp::from_millis(1)), organisation(1), Some(row))
            .await
            .expect("founded")
    );
    let mut limits = Config::resolve(Options::default()).expect("defaults").limits;
    limits.requests_burst = 150;
    let check = TokenCheck::new(storage.clone(), Verifier::new([5; 64], 1), &limits, Vec::new());
    Scene { _dir: dir, storage, check, token }
}

impl Scene {
    async fn ask(&self, bearer: Option<&str>, ms: i64) -> Result<KnownToken, AuthError> {
        self.check.enter(bearer, Ipv4Addr::LOCALHOST.into(), || at(ms)).await
    }

    /// Why a token is refused: what the client reads, and what is logged.
    async fn refused(&self, bearer: &str, ms: i64) -> (AuthError, String, Option<TenantId>) {
        match self.ask(Some(bearer), ms).await {
            Err(AuthError::Noted { error, note }) => {
                let token = note.downcast_ref::<RefusedToken>().expect("a token");
                (*error, token.to_string(), token.tenant)
            }
            other => panic!("{other:?}"),
        }
    }

    async fn enters(&self, ms: i64) -> bool {
        self.ask(Some(self.token.text().reveal()), ms).await.is_ok()
    }
}

#[tokio::test]
async fn a_genuine_token_opens_its_organisation() {
    let s = scene().await;
    let known = s.ask(Some(s.token.text().reveal()), NOW).await.expect("let in");
    let of = organisation(1);
    assert_eq!((&known.key_id, known.tenant, known.profile), (s.token.key_id(), of.tenant, of.profile));
}

#[tokio::test]
async fn no_token_an_empty_one_and_rubbish_are_refused() {
    let s = scene().await;
    assert!(matches!(s.ask(None, NOW).await, Err(AuthError::Missing)));
    let unknown = Token::from_random([1; 16], [2; 32]);
    let text = s.token.text().reveal();
    let lower = text.to_lowercase();
    for bearer in ["", " ", "x", "null", &lower, &format!("{text} "), unknown.text().reveal()] {
        let (told, why, tenant) = s.refused(bearer, NOW).await;
        assert!(matches!(told, AuthError::Invalid) && !why.is_empty() && tenant.is_none(), "{bearer}");
    }
}

/// A correct key id and checksum with a wrong secret, which anybody who saw the token list could try.
#[tokio::test]
async fn a_known_key_id_with_another_secret_is_refused() {
    let s = scene().await;
    let (_, row) = issue(new_token(None), at(0)).expect("a token");
    let forged = Token::from_random([7; 16], [9; 32]);
    let planted = TokenRow { key_id: forged.key_id().clone(), ..row };
    s.storage.create_token(By::somebody(Timestamp::from_millis(1)), planted).await.expect("made");
    let (told, why, tenant) = s.refused(forged.text().reveal(), NOW).await;
    assert!(matches!(told, AuthError::Invalid));
    assert_eq!(
        (why.as_str(), tenant),
        ("the key id is right and the secret is wrong", Some(organisation(1).tenant))
    );
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_the_very_next_request() {
    let s = scene().await;
    assert!(s.enters(NOW).await);
    s.storage.revoke_token(By::somebody(at(NOW)), s.token.key_id().clone()).await.expect("revoked");
    assert!(!s.enters(NOW).await, "though its secret is in the cache");
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let s = scene().await;
    assert!(s.enters(NOW + 59_999).await);
    assert!(!s.enters(NOW + 60_000).await);
}

#[tokio::test]
async fn a_deleted_organisation_has_no_door() {
    let s = scene().await;
    assert!(s.enters(NOW).await);
    s.storage
        .delete_organisation(By::somebody(Timestamp::from_millis(1)), organisation(1).slug)
        .await
        .expect("deleted");
    assert!(!s.enters(NOW).await);
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let s = scene().await;
    let mut outcomes = Vec::new();
    for _ in 0..151 {
        outcomes.push(s.ask(Some(s.token.text().reveal()), NOW).await);
    }
    assert!(outcomes[..150].iter().all(Result::is_ok));
    assert!(outcomes[150].is_err());
    let (told, why, _) = s.refused(s.token.text().reveal(), NOW).await;
    assert!(
        matches!(told, AuthError::TooMany { retry_after_s: 1 }) && why.contains("`--limit-requests`"),
        "{why}"
    );
    assert!(s.enters(NOW + 1_000).await);
}

impl Scene {
    /// The token's last refusal, as its organisation sees it.
    async fn noted(&self) -> Option<Refusal> {
        self.check.noted().write(&self.storage, at(NOW)).await;
        let tokens = self.storage.tokens(organisation(1).tenant).await.expect("tokens");
        tokens.into_iter().find(|t| t.key_id == *self.token.key_id()).expect("the token").refusal
    }
}

/// Seen to fail: with non-tokens ignored, with the latest reason within a minute stored too, and with the reason stored
/// while the request waits.
#[tokio::test]
async fn why_a_token_was_refused_is_kept_once_a_minute() {
    let s = scene().await;
    let whole = s.token.text().reveal().to_owned();
    let kept = |ms, reason| Some(Refusal { at: at(ms), reason });
    let refused = async |shown: &str, ms| drop(s.ask(Some(shown), ms).await.map(drop).expect_err("refused"));

    refused(whole.get(..40).expect("a part"), NOW).await;
    assert_eq!(s.storage.token(s.token.key_id()).await.expect("read").expect("there").0.refusal, None);
    assert_eq!(s.noted().await, kept(NOW, Reason::CutOff(40)));
    refused(&format!("{whole}x"), NOW + 59_999).await;
    assert_eq!(s.noted().await, kept(NOW, Reason::CutOff(40)), "within the minute");
    refused(&whole, NOW + 60_000).await;
    assert_eq!(s.noted().await, kept(NOW + 60_000, Reason::Ended));
    refused(&format!("{}-", whole.get(..66).expect("most")), NOW + 120_000).await;
    assert_eq!(s.noted().await, kept(NOW + 120_000, Reason::Altered));
    s.storage.revoke_token(By::somebody(at(NOW)), s.token.key_id().clone()).await.expect("revoked");
    refused(&whole, NOW).await;
    assert_eq!(s.noted().await, kept(NOW, Reason::Revoked), "the clock was set back");
}

#[tokio::test]
async fn a_wrong_secret_is_kept_for_its_organisation_and_an_unknown_key_id_for_nobody() {
    let s = scene().await;
    let (_, row) = issue(new_token(None), at(0)).expect("a token");
    let forged = Token::from_random([7; 16], [9; 32]);
    let planted = TokenRow { key_id: forged.key_id().clone(), ..row };
    s.storage.create_token(By::somebody(Timestamp::from_millis(1)), planted).await.expect("made");
    let unknown = Token::from_random([1; 16], [2; 32]);
    let short = unknown.text().reveal().get(..50).expect("a part");
    for shown in [forged.text().reveal(), unknown.text().reveal(), short, "scim_", "", "x"] {
        s.refused(shown, NOW).await;
    }
    assert_eq!(s.noted().await, None);
    let (known, _) = s.storage.token(forged.key_id()).await.expect("read").expect("there");
    assert_eq!(known.refusal, Some(Refusal { at: at(NOW), reason: Reason::WrongSecret }));
    assert!(s.enters(NOW).await, "a good one is refused for nothing");
    assert_eq!(s.noted().await, None);
}

/// Seen to fail: with the switch checked before the secret.
#[tokio::test]
async fn only_a_genuine_token_reads_that_scim_is_off() {
    let s = scene().await;
    let off = OrganisationChange { scim: Some(false), ..OrganisationChange::default() };
    s.storage.update_organisation(By::somebody(at(NOW)), organisation(1).slug, off).await.expect("off");
    let (told, why, tenant) = s.refused(s.token.text().reveal(), NOW).await;
    assert!(matches!(&told, AuthError::Closed(why) if why.contains("SCIM is off for this organisation")));
    assert_eq!((why.as_str(), tenant), ("SCIM is off for the organisation", Some(organisation(1).tenant)));
    let (_, row) = issue(new_token(None), at(0)).expect("a token");
    let forged = Token::from_random([7; 16], [9; 32]);
    let planted = TokenRow { key_id: forged.key_id().clone(), ..row };
    s.storage.create_token(By::somebody(at(NOW)), planted).await.expect("made");
    let (told, _, _) = s.refused(forged.text().reveal(), NOW).await;
    assert!(matches!(told, AuthError::Invalid));
}

/// Seen to fail: with only the clock checked.
#[tokio::test]
async fn a_token_that_was_over_stays_over_when_the_clock_is_set_back() {
    let s = scene().await;
    s.storage.end_tokens(at(NOW + 60_000)).await.expect("noted");
    assert!(!s.enters(NOW).await);
}

#[tokio::test]
async fn the_use_of_a_token_is_noted() {
    let s = scene().await;
    assert!(s.enters(NOW).await);
    s.check.noted().write(&s.storage, at(NOW)).await;
    let tokens = s.storage.tokens(organisation(1).tenant).await.expect("tokens");
    assert_eq!(tokens[0].last_used, Some(at(NOW)));
}
