//! What single sign-on asks, for the test that each statement names its tenant.

use super::hook_tests::{Scene, TENANT};
use super::outbox_tests::{at, key, next};
use crate::access::{AccountId, Hashed};
use crate::audit::By;
use crate::jobs::OutboxStore;
use crate::people::{InvitationStore, MembershipId, PeopleStore};

/// Somebody without a password comes in again: by the account that has the address, and by a password.
pub(super) async fn come_back(s: &Scene, round: &str) {
    use crate::people::{RegainStore, Regained};
    use crate::sso::WithoutStore;
    let by = || By::somebody(at(1));
    let owner = AccountId(77);
    assert!(s.db.own_link(TENANT, owner).await.expect("read").is_none());
    assert!(s.db.ask_for_link(by(), TENANT, owner).await.is_err(), "there is a password");
    let how = match round {
        "one" => {
            s.break_by_hand(
                "insert into account (id, login_key, email, name, password, created) \
                 values (78, 'cleo@example.com', 'cleo@example.com', 'Cleo', 'x', 0)",
            );
            Regained::Account(AccountId(78))
        }
        _ => {
            s.break_by_hand("update account set login_key = null, email = null where id = 78");
            Regained::Password(Hashed::stored("x".to_owned()))
        }
    };
    let (all, unlinked) = s.db.without_password(TENANT).await.expect("listed");
    assert_eq!((all.count, unlinked.count, unlinked.unsent), (1, 1, 1));
    assert_eq!(s.db.invite_back(by(), TENANT).await.expect("put in"), 1);
    let id = s.db.member(TENANT, format!("cleo {round}")).await.expect("shown").member.id.expect("a membership");
    let order = next(&s.db, at(1)).await.expect("due");
    s.db.mail_taken(by(), order).await.expect("marked");
    let (link, _) = s.db.make_link(by(), TENANT, id, key()).await.expect("made");
    s.db.invitation(link.digest(), None, at(1)).await.expect("looked up");
    s.db.regain(by(), link.digest(), how).await.expect("in again");
    assert_eq!(s.db.without_password(TENANT).await.expect("listed").0.count, 0);
}

/// Metadata is read again, and an owner says what to trust.
pub(super) async fn read_again(s: &Scene, rolled: &crate::sso::Provider) {
    use crate::sso::{Came, ReadingStore};
    let by = || By::somebody(at(2));
    let late = at(2 * 3_600_000);
    let due = s.db.take_reading(late, at(3 * 3_600_000)).await.expect("read").expect("one is due");
    assert!(s.db.take_reading(late, late).await.expect("read").is_none(), "it is taken");
    let read = async |came| s.db.metadata_read(by(), due.clone(), came, late).await.expect("kept");
    let rolled = read(Came::Metadata(rolled.clone())).await;
    assert_eq!(rolled.len(), 2, "one has gone, and one is new or back: {rolled:?}");
    assert_eq!(read(Came::Nothing("it is away".to_owned())).await, []);
    let ending = crate::jobs::Ending { ends: 1, days: 7, refuses: false, read_again: true };
    s.db.warn_of_certificate(TENANT, ending, at(2)).await.expect("put in");
    s.db.end_trust(by(), TENANT, [1; 32]).await.expect("ended");
    for refuses in [true, false] {
        s.db.set_refuses_expired(by(), TENANT, refuses).await.expect("kept");
    }
}

/// A sign-in together with the link of an invitation, and together with a session.
pub(super) async fn two_proofs(s: &Scene, (connection, account): (crate::sso::ConnectionId, AccountId), round: &str) {
    use crate::access::{Digest, NewSession};
    use crate::sso::{Again, Answered, LinkedStore, Proved, NewRequest, Proven, ProvenStore, Purpose, SignOnStore};
    let by = || By::somebody(at(1));
    let subject = "99999999-5a35-4b7c-9d0c-0b6b8b7f5c11".to_owned();
    let person = Proven { subject, called: "O".to_owned(), name_id: "o".to_owned(), session_index: None, signed_in: 1, ends: None };
    let session = || NewSession::new(Digest::of(&format!("joined {round}")), String::new(), "");
    let again = Again { account, session: Digest::of("session"), path: "/settings/".to_owned() };
    let purposes = [
        ("join", Purpose::Invitation(Digest::of("link"))),
        ("proof", Purpose::Proof(again.clone())),
        ("link", Purpose::Link(account)),
    ];
    for (name, purpose) in purposes {
        let state = Digest::of(&format!("{name} {round}"));
        let request = NewRequest {
            state,
            tenant: TENANT,
            connection,
            message: "id1".to_owned(),
            purpose,
            address: [127, 0, 0, 1].into(),
            begun: at(1),
            is_second: false,
            is_another: false,
        };
        s.db.begin_sign_on(request).await.expect("kept");
        let names = vec![format!("{name} {round}")];
        let answered = Answered { tenant: TENANT, state, names, ends: at(9), now: at(2) };
        assert!(s.db.proved(answered, person.clone()).await.expect("kept"));
        assert!(!s.db.waiting(TENANT, vec![state], at(2)).await.expect("read").is_empty());
        match name {
            "join" => assert!(s.db.join_by_proof(by(), TENANT, state, None, session()).await.is_err()),
            // the test sign-in links the owner as somebody else
            "proof" => {
                let proved = s.db.has_proved(TENANT, vec![state], again.clone(), at(2)).await.expect("read");
                assert_eq!(proved, Proved::SomebodyElse);
                assert!(!s.db.use_proof(TENANT, vec![state], again.clone(), at(2)).await.expect("kept"));
            }
            _ => assert!(s.db.link_by_proof(by(), TENANT, state, account).await.is_err()),
        }
    }
    assert!(s.db.is_linked(TENANT, account).await.expect("read"));
    let id = MembershipId(77);
    assert!(s.db.link_of(TENANT, id).await.expect("read").is_some());
}

/// Single sign-on is required, and an account can open the organisation all the same.
pub(super) async fn require(s: &Scene, account: AccountId, round: &str) {
    use crate::access::Digest;
    use crate::audit::{Actor, How};
    use crate::sso::RequireStore;
    let by = || By::somebody(at(1));
    assert_eq!(s.db.keepers(TENANT).await.expect("read").len(), 1);
    s.db.shut_out(TENANT).await.expect("read");
    s.db.require_sign_on(by(), TENANT, account, (None, account)).await.expect("required");
    let actor =
        Actor::Person { account, login: "o@x".to_owned(), how: How::Password, address: [127, 0, 0, 1].into() };
    let session = Digest::of(&format!("emergency {round}"));
    s.db.note_emergency(By { actor, at: at(1) }, TENANT, session).await.expect("told");
    assert!(s.db.unrequire_sign_on(by(), TENANT, Some(account)).await.expect("ended"));
}
