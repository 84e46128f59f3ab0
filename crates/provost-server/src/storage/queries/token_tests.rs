//! Tokens that are replaced, warned about and refused, in a real database.

use super::tests::{at, organisation, scratch, slug, tenant, token};
use crate::audit::By;
use crate::access::AccountId;
use crate::organisations::{Enabled, IdentityProvider, OrganisationChange, OrganisationStore};
use crate::organisations::EndingStore;
use crate::storage::schema::token_warning;
use crate::tokens::{
    Ahead, ConnectionStore, Heard, KeyId, Maker, Milestone, Person, Reason, Refusal, TokenRow, TokenState, TokenStore,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

fn key_id(id: &str) -> KeyId {
    KeyId::parse(id).expect("a key id")
}

/// Seen to fail: with the old token's end set to the overlap even if it was to end sooner.
#[tokio::test]
async fn a_token_is_replaced_by_one_with_its_rights_and_ends_at_the_sooner_time() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    for (n, ends, last, then) in
        [(1, Some(10_000), 7_000, 7_000), (2, Some(10_000), 20_000, 10_000), (3, None, 7_000, 7_000)]
    {
        let old = TokenRow { expires: ends.map(at), ..token(1, &format!("AAAAAAAAAAA{n}")) };
        s.db.create_token(By::somebody(at(1)), old.clone()).await.expect("made");
        let next = TokenRow { read_only: true, ..token(1, &format!("BBBBBBBBBBB{n}")) };
        let changed =
            s.db.rotate_token(By::somebody(at(5_000)), old.key_id, next.clone(), at(last)).await.expect("rotated");
        assert_eq!((changed.expires, changed.ended), (Some(at(then)), None));
        assert_eq!(changed.rotated_to.as_ref(), Some(&next.key_id));
        let (made, _) = s.db.token(&next.key_id).await.expect("read").expect("there");
        assert_eq!((made.label, made.read_only, made.expires), (next.label, true, next.expires));
    }
    // without overlap it has ended at once, whatever another server's clock says
    let next = token(1, "CCCCCCCCCCC1");
    let changed =
        s.db.rotate_token(By::somebody(at(5_000)), key_id("BBBBBBBBBBB1"), next, at(5_000)).await.expect("rotated");
    assert_eq!((changed.state(at(4_000)), changed.ended), (TokenState::Expired, Some(at(5_000))));
}

/// Seen to fail: with a successor made although the old token could not be replaced.
#[tokio::test]
async fn a_token_is_replaced_once_and_not_when_it_is_over() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    for id in ["AAAAAAAAAAA1", "AAAAAAAAAAA2", "AAAAAAAAAAA3"] {
        s.db.create_token(By::somebody(at(1)), token(1, id)).await.expect("made");
    }
    s.db.revoke_token(By::somebody(at(3_000)), key_id("AAAAAAAAAAA1")).await.expect("revoked");
    s.db.rotate_token(By::somebody(at(3_000)), key_id("AAAAAAAAAAA2"), token(1, "BBBBBBBBBBB1"), at(9_000))
        .await
        .expect("rotated");
    for (id, now, says) in [
        ("AAAAAAAAAAA1", 3_000, "was revoked"),
        ("AAAAAAAAAAA2", 3_000, "was rotated to `BBBBBBBBBBB1` already"),
        ("AAAAAAAAAAA3", 10_000, "has ended"),
        ("AAAAAAAAAAA9", 3_000, "there is no token"),
    ] {
        let refused = s.db.rotate_token(By::somebody(at(now)), key_id(id), token(1, "BBBBBBBBBBB2"), at(9_000)).await;
        let why = refused.expect_err(id).to_string();
        assert!(why.contains(says), "{why}");
    }
    assert!(s.db.token(&key_id("BBBBBBBBBBB2")).await.expect("read").is_none());
}

/// Of two operators who replace a token at once, only one gets a successor.
#[tokio::test]
async fn two_who_replace_a_token_at_once_make_one_successor() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    s.db.create_token(By::somebody(at(1)), token(1, "AAAAAAAAAAA1")).await.expect("made");
    let rotate = |id| s.db.rotate_token(By::somebody(at(3_000)), key_id("AAAAAAAAAAA1"), token(1, id), at(9_000));
    let (one, other) = tokio::join!(rotate("BBBBBBBBBBB1"), rotate("BBBBBBBBBBB2"));
    assert!(one.is_ok() != other.is_ok());
    assert_eq!(s.db.tokens(tenant(1)).await.expect("tokens").len(), 2);
}

/// Ten thousand tokens, all about to end and all refused.
#[tokio::test]
async fn ten_thousand_tokens_of_an_organisation_are_watched() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    let fill = format!(
        "with recursive n(n) as (select 0 union all select n + 1 from n where n < 9999) \
         insert into token (key_id, tenant, phc, hash_version, label, created, expires) \
         select printf('A%011d', n), {}, '-', 1, '', 0, 5000 from n",
        tenant(1).0
    );
    s.run(|c| c.batch_execute(&fill));
    assert_eq!(s.db.tokens(tenant(1)).await.expect("listed").len(), 10_000);
    let ending = s.db.ending_tokens(at(6_000)).await.expect("listed");
    assert_eq!(ending.len(), 10_000);
    let due = || ending.iter().map(|e| (e.token.key_id.clone(), Ahead::Day)).collect();
    assert_eq!(s.db.warn_of_tokens(due(), at(1)).await.expect("noted").len(), 10_000);
    assert_eq!(s.db.warn_of_tokens(due(), at(2)).await.expect("noted").len(), 0);
    let refusal = Refusal { at: at(7), reason: Reason::WrongSecret };
    let mut refusals: Vec<_> = ending.iter().map(|e| (e.token.key_id.clone(), refusal)).collect();
    refusals.push((key_id("ZZZZZZZZZZZZ"), refusal));
    s.db.note_refusals(refusals).await.expect("noted");
    s.db.end_tokens(at(6_000)).await.expect("noted");
    let tokens = s.db.tokens(tenant(1)).await.expect("listed");
    assert!(tokens.iter().all(|t| t.refusal == Some(refusal) && t.ended == Some(at(6_000))));
    s.db.delete_organisation(By::somebody(at(1)), slug("org-1")).await.expect("deleted");
    let left: i64 = s.run(|c| token_warning::table.count().get_result(c));
    assert_eq!(left, 0, "warnings go with their tokens");
}

/// Seen to fail: with members of other organisations counted as members of this one.
#[tokio::test]
async fn who_made_a_token_is_here_while_they_are_a_member_of_the_organisation() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    s.run(|c| {
        c.batch_execute(&format!(
            "insert into account (id, name, created) values (1, 'Maren', 0), (2, 'Tobias', 0), (3, 'Ada', 0); \
             insert into membership (tenant, id, account, role, role_source, state, managed_by, created) values \
             ({0}, 1, 1, 'manager', 'hand', 'joined', 'hand', 0), ({1}, 2, 2, 'manager', 'hand', 'joined', 'hand', 0)",
            tenant(1).0,
            tenant(2).0
        ))
    });
    for (n, maker) in [(1, 1), (2, 2), (3, 9)] {
        let maker = Some(Maker::Account(AccountId(maker)));
        let made = TokenRow { maker: maker.clone(), ..token(1, &format!("AAAAAAAAAAA{n}")) };
        s.db.create_token(By::somebody(at(1)), made.clone()).await.expect("made");
        let (read, _) = s.db.token(&made.key_id).await.expect("read").expect("there");
        assert_eq!(read.maker, maker);
    }
    let command = Some(Maker::Command("maren@host".to_owned()));
    s.db.create_token(By::somebody(at(1)), TokenRow { maker: command.clone(), ..token(1, "AAAAAAAAAAA4") }).await.expect("made");
    let (read, _) = s.db.token(&key_id("AAAAAAAAAAA4")).await.expect("read").expect("there");
    assert_eq!(read.maker, command);
    let people = s.db.makers(tenant(1)).await.expect("named");
    let person = |name: &str, is_here| Person { name: name.to_owned(), is_here };
    let expected = [(AccountId(1), person("Maren", true)), (AccountId(2), person("Tobias", false))];
    assert_eq!(people, expected.into());
}

/// Seen to fail: with a token made each time, and with a profile's rules lost.
#[tokio::test]
async fn scim_is_enabled_once_with_a_token_where_none_works() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    let enable = |provider, id| s.db.enable_scim(By::somebody(at(3_000)), slug("org-1"), provider, token(1, id));
    let off = || OrganisationChange { scim: Some(false), ..OrganisationChange::default() };
    let (entra, okta) = (IdentityProvider::Entra, IdentityProvider::Okta);
    assert_eq!(enable(entra, "AAAAAAAAAAA1").await.expect("asked"), Enabled::Already);
    let profile = Some("entra,+patch/replace-whole".parse().expect("a profile"));
    s.db.update_organisation(By::somebody(at(1)), slug("org-1"), OrganisationChange { profile, ..off() }).await.expect("off");
    assert_eq!(enable(entra, "AAAAAAAAAAA1").await.expect("enabled"), Enabled::WithToken);
    let found = s.db.organisation(&slug("org-1")).await.expect("found");
    assert!(found.scim && found.profile.to_string().contains("replace-whole"), "{found:?}");
    s.db.update_organisation(By::somebody(at(1)), slug("org-1"), off()).await.expect("off");
    assert_eq!(enable(okta, "AAAAAAAAAAA2").await.expect("enabled"), Enabled::AsBefore);
    let found = s.db.organisation(&slug("org-1")).await.expect("found");
    assert_eq!((found.provider, found.profile.name()), (okta, "okta"));
    assert_eq!(s.db.tokens(tenant(1)).await.expect("listed").len(), 1);
    s.db.update_organisation(By::somebody(at(1)), slug("org-1"), off()).await.expect("off");
    s.db.revoke_token(By::somebody(at(3_000)), key_id("AAAAAAAAAAA1")).await.expect("revoked");
    let taken = enable(okta, "AAAAAAAAAAA1").await.expect_err("made before");
    assert!(taken.to_string().contains("was made already"), "{taken}");
    assert!(!s.db.organisation(&slug("org-1")).await.expect("found").scim, "nothing is half done");
}

/// Seen to fail: with the first time overwritten, and with a milestone of a token that is gone.
#[tokio::test]
async fn a_milestone_keeps_its_first_time() {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    s.db.create_token(By::somebody(at(1)), token(1, "AAAAAAAAAAA1")).await.expect("made");
    let heard = |id, ms| Heard { key_id: key_id(id), what: Milestone::User, first: at(ms), last: at(ms) };
    for ms in [10, 20] {
        let heard = vec![(tenant(1), heard("AAAAAAAAAAA1", ms)), (tenant(1), heard("ZZZZZZZZZZZZ", ms))];
        s.db.note_milestones(heard).await.expect("noted");
    }
    let kept = Heard { first: at(10), ..heard("AAAAAAAAAAA1", 20) };
    assert_eq!(s.db.milestones(tenant(1)).await.expect("read"), [kept]);
    assert_eq!(s.db.milestones(tenant(2)).await.expect("read"), []);
    s.db.delete_organisation(By::somebody(at(1)), slug("org-1")).await.expect("deleted");
    assert_eq!(s.db.milestones(tenant(1)).await.expect("read"), []);
}
