//! Every statement of the binary has the tenant in its condition, like those of the directory.
//!
//! Seen to fail: with a team renamed by its key alone, and with an organisation's audit trail deleted by time.

use super::hook_tests::{Scene, TENANT, group, patch, scene, user};
use super::outbox_tests::{at, key, next};
use super::requests_tests::request;
use crate::audit::By;
use crate::access::{AccountId, AccountSwitchStore, Hashed, OwnAccountStore, SignInAddressStore};
use crate::audit::{AuditStore, Record};
use crate::brake::BrakeStore;
use crate::checks::FactStore;
use crate::clock::Timestamp;
use crate::organisations::{EndingStore, OrganisationChange, OrganisationStore, WhileOffStore};
use crate::jobs::{Content, JobState, OutboxStore, RecoveryStore};
use crate::people::{AddressKey, InvitationStore, Joiner, LatelyStore, LeftBehindStore, MembershipId, PeopleStore, ProfileStore, Role, State, Whose};
use crate::requests::{RequestStore, Words};
use crate::silence::{PAUSE_MS, SilenceStore};
use crate::slug::Slug;
use crate::teams::{ProvidedStore, TeamPageStore, TeamStore};
use crate::tokens::{Ahead, Maker, NewToken, Reason, Refusal, TokenStore, issue};
use crate::users::UserStore;
use provost::{Credential, Id, Principal};
use provost::{Profile, SchemaSet};
use provost_testing::statements::{self, Tables};
use serde_json::{Value, json};

const TABLES: Tables = Tables {
    of_tenants: &[
        "scim_resource",
        "scim_document",
        "scim_member",
        "scim_element",
        "scim_unique_key",
        "scim_counter",
        "membership",
        "team",
        "team_membership",
        "known_account",
        "without_access",
        "invited_by_hand",
        "kept_request",
        "audit",
        "seal",
        "chain",
        "hourly",
        "outbox",
        "invitation",
        "session_use",
        "session_end",
        "milestone",
        "sso_connection",
        "sso_certificate",
        "sso_request",
        "sso_seen",
        "sso_report",
        "identity",
        "membership_end",
        "brake",
        "call_return",
        "silence",
    ],
    of_nobody: &[
        ("organisation", "its key is the tenant; it is found by its short name before that is known"),
        ("token", "found by its key id: it says who the tenant is"),
        ("token_warning", "a row of a token"),
        ("account", "accounts belong to no organisation"),
        ("session", "a session is the account's, and found by its secret"),
        ("one_time", "a link is found by its secret: it says which organisation it is for"),
        ("invitation_link", "a link is found by its secret: it says which organisation it is for"),
        ("attempt", "failures are counted before it is known who somebody is"),
        ("known_browser", "a browser is found by its secret"),
        ("former_slug", "a short name is given once in the whole database"),
        ("deleted_organisation", "what is left of one is the installation's"),
        ("lease", "work that one of several servers does for all"),
        ("setting", "what the service remembers of itself"),
        (
            "scim_derivation",
            "how values are derived is one for the database: it depends on the schemas alone",
        ),
        ("scim_active_pending", "types whose resources are given `active` once, in the whole database"),
        ("sqlite_master", "SQLite's list of tables"),
        ("__diesel_schema_migrations", "which migrations were applied"),
    ],
    excused: &[
        (
            "select max(seq) from scim_resource",
            "SQLite's row id is one for all tenants: the next is greater than any",
        ),
        (
            "select outbox.tenant, outbox.name, outbox.kind, outbox.membership, outbox.detail, outbox.by_mode, \
             outbox.state, outbox.due, outbox.attempts, outbox.begun from outbox where ((outbox.due <= ?) and",
            "a worker sends for all organisations; the row says whose it is",
        ),
        (
            "select outbox.sent, outbox.state from outbox where ((((outbox.recipient = ?)",
            "a person is mailed so often, by however many organisations",
        ),
        (
            "select outbox.tenant, outbox.name from outbox where (((outbox.state = ?) and (outbox.sent < ?)) or",
            "what was sent or failed long ago is forgotten in all organisations; the rows are deleted by their keys",
        ),
        (
            "select invitation.tenant, invitation.membership from invitation where ((invitation.state = ?) and (invitation.ends",
            "invitations end in all organisations; the rows are written by their keys",
        ),
        ("delete from session_use where (session_use.seen < ?)", "what was used long ago is forgotten in all organisations"),
        ("delete from session_end where (session_end.at < ?)", "the same"),
        (
            "select distinct membership_end.tenant from membership_end where (membership_end.minute >=",
            "what a clock counted that was ahead is counted anew in all organisations; the rows are written by their keys",
        ),
        (
            "select membership_end.tenant, membership_end.minute from membership_end where (membership_end.minute <",
            "what ended long ago is forgotten in all organisations; the rows are deleted by their keys",
        ),
        (
            "select membership.tenant, membership.id from membership where (membership.account = ?)",
            "an account is a member of several organisations, and its person sees all of them",
        ),
        (
            "select membership.tenant, membership.id from membership where ((membership.account = ?) and (membership.user_seq",
            "an account that has another name has it in each organisation; the rows are written by their keys",
        ),
        (
            "select membership.tenant, membership.id from membership where ((membership.account = ?) and (membership.role = 'owner'",
            "who is switched off may be the last owner of any organisation",
        ),
        (
            "select membership.id from membership where (membership.account = ?) limit",
            "whether the account that has the address of an invitation is a member anywhere",
        ),
        (
            "select membership.tenant from membership where (membership.account = ?) order by",
            "what is done to an account is told in each organisation that it is a member of",
        ),
        (
            "delete from sso_request where ((sso_request.begun < ?)",
            "what nobody can answer any more is forgotten in all organisations",
        ),
        (
            "select sso_connection.tenant, sso_connection.id, sso_connection.address, sso_connection.due from sso_connection where",
            "a server reads metadata for all organisations; the row says whose it is",
        ),
        ("delete from sso_seen where (sso_seen.ends < ?)", "the same"),
        ("delete from sso_report where (sso_report.at < ?)", "the same"),
        ("delete from identity where (identity.account = ?)", "an account that is deleted is nobody anywhere"),
        ("select count(*) from outbox where", "figures of the installation"),
        ("select min(outbox.made) from outbox where", "the same"),
        (
            "select count(*) from membership where (membership.role_reason is not null)",
            "how many roles an upgrade renamed, in all organisations",
        ),
    ],
};

/// What an identity provider does.
async fn provision(s: &Scene) {
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    let (_, bob) = s.ask("POST", "/Users", &user("bob")).await;
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let (groups, ann) = (format!("/Groups/{guides}"), format!("/Users/{ann}"));
    s.ask("PATCH", &groups, &patch("add", "members", &json!([{ "value": bob }]))).await;
    s.ask("PATCH", &groups, &patch("replace", "displayName", &json!("Pilots"))).await;
    s.ask("PATCH", &ann, &patch("replace", "active", &json!(false))).await;
    s.ask("PATCH", &ann, &patch("replace", "active", &json!(true))).await;
    s.ask("PATCH", &groups, &patch("remove", &format!("members[value eq \"{bob}\"]"), &Value::Null)).await;
    s.ask("GET", &groups, &Value::Null).await;
    s.ask("DELETE", &ann, &Value::Null).await;
    s.ask("DELETE", &groups, &Value::Null).await;
}

/// What the brake does.
async fn braked(s: &Scene) {
    let slug: Slug = "acme".parse().expect("a slug");
    let change = OrganisationChange {
        brake: Some(crate::brake::Manner::Stop),
        brake_least: Some("1".parse().expect("a number")),
        ..OrganisationChange::default()
    };
    s.db.update_organisation(By::somebody(at(0)), slug.clone(), change).await.expect("changed");
    let lift = crate::brake::LiftOf::Ends(1);
    s.db.lift_brake(By::somebody(at(0)), slug.clone(), lift).await.expect("lifted");
    let (_, one) = s.ask("POST", "/Users", &user("one")).await;
    assert_eq!(s.ask("DELETE", &format!("/Users/{one}"), &Value::Null).await.0, 204);
    s.break_by_hand("update membership_end set minute = 1000 where tenant = 7");
    for now in [at(0), at(30 * 24 * 3_600_000)] {
        s.db.sweep(now).await.expect("swept");
    }
    let change = OrganisationChange { brake: Some(crate::brake::Manner::Warn), ..OrganisationChange::default() };
    s.db.update_organisation(By::somebody(at(0)), slug, change).await.expect("changed");
}

/// What commands do about members and teams.
async fn people(s: &Scene) {
    let now = Timestamp::from_millis(5);
    let (guests, eve): (Slug, _) = ("guests".parse().expect("a slug"), || "eve@example.com".to_owned());
    let address = || eve().parse().expect("an address");
    s.db.invite(By::somebody(now), TENANT, address(), None, Role::Owner).await.expect("invited");
    s.db.create_team(By::somebody(now), TENANT, "Guests".to_owned(), Some(guests.clone())).await.expect("made");
    s.db.add_to_team(By::somebody(Timestamp::from_millis(1)), TENANT, guests.clone(), eve()).await.expect("added");
    s.db.rename_team(By::somebody(now), TENANT, guests.clone(), "Guests of all".to_owned()).await.expect("renamed");
    s.db.teams_from(TENANT, "guests".to_owned(), crate::teams::From::After("a".parse().expect("a slug"))).await.expect("listed");
    s.db.team_page(TENANT, guests.clone(), 0).await.expect("shown").expect("a team");
    s.db.team_page(TENANT, "groups".parse().expect("a slug"), 0).await.expect("shown");
    assert!(s.db.provided(TENANT, guests.clone(), None).await.is_err(), "by hand");
    s.db.while_off(TENANT).await.expect("shown");
    s.db.members(TENANT, vec![State::Invited, State::Deactivated]).await.expect("listed");
    s.db.teams(TENANT).await.expect("listed");
    s.db.by_hand(TENANT).await.expect("listed");
    s.db.renamed_roles(TENANT).await.expect("counted");
    #[cfg(feature = "console")]
    roster(s).await;
    let mut twin = user("twin");
    twin["emails"] = json!([{ "value": "eve@example.com" }]);
    let (_, twin) = s.ask("POST", "/Users", &twin).await;
    assert!(s.db.give_role(By::somebody(now), TENANT, "twin".to_owned(), Role::Manager).await.is_ok());
    s.ask("PATCH", &format!("/Users/{twin}"), &patch("replace", "active", &json!(false))).await;
    assert_eq!(s.db.scan_at_once(|conn| super::left_behind::first(conn, TENANT, 5)).await.expect("listed").first.len(), 1);
    s.db.keep_member(By::somebody(now), TENANT, guest_id(s).await).await.expect("kept");
    s.ask("PATCH", &format!("/Users/{twin}"), &patch("replace", "active", &json!(true))).await;
    s.db.remove_from_team(By::somebody(Timestamp::from_millis(1)), TENANT, guests.clone(), guest_id(s).await).await.expect("removed");
    s.db.add_to_team(By::somebody(now), TENANT, guests.clone(), guest_id(s).await).await.expect("added");
    s.db.empty_team(By::somebody(now), TENANT, guests.clone()).await.expect("emptied");
    s.db.delete_team(By::somebody(Timestamp::from_millis(1)), TENANT, guests).await.expect("deleted");
    let id = guest_id(s).await;
    #[cfg(feature = "console")]
    merging(s, &id).await;
    s.db.merge(By::somebody(now), TENANT, id.clone(), Id::from(twin), true).await.expect("merged");
    s.db.member(TENANT, id.clone()).await.expect("shown");
    look_at(s, MembershipId(id.parse().expect("an id"))).await;
    s.db.invite(By::somebody(now), TENANT, "may@example.com".parse().expect("an address"), None, Role::Member)
        .await
        .expect("invited");
    s.db.remove_member(By::somebody(now), TENANT, "may@example.com".to_owned()).await.expect("removed");
}

/// What the page of a merge asks.
#[cfg(feature = "console")]
async fn merging(s: &Scene, id: &str) {
    use crate::people::{MergingStore, Order, Pair};
    let kept = MembershipId(id.parse().expect("an id"));
    let details = s.db.member(TENANT, id.to_owned()).await.expect("shown");
    let gone = details.possible_matches.first().expect("a match").id;
    assert!(s.db.merging(TENANT, Pair { kept, gone }).await.expect("looked").is_some());
    let order = Order { by: By::somebody(at(5)), tenant: TENANT, id: kept, is_proved: true };
    assert!(s.db.merge_seen(order, gone, String::new()).await.is_err(), "nobody is signed in");
}

/// The list of members that the pages show.
#[cfg(feature = "console")]
async fn roster(s: &Scene) {
    use crate::people::{InvitingStore, Mark, RosterStore, Search, Shown, Start, Wanted};
    let (search, mark) = (Search::of("ann x"), Mark { sort: "a".to_owned(), key: 1 });
    for start in [Start::First, Start::After(mark.clone()), Start::Before(mark.clone())] {
        let shown = Some(Shown::Invited);
        let team = Some("guests".parse().expect("a slug"));
        let wanted = Wanted { search: search.clone(), shown, role: Some(Role::Owner), team, is_left_behind: false, start: start.clone() };
        s.db.roster(TENANT, wanted).await.expect("listed");
        s.db.without_access(TENANT, search.clone(), start).await.expect("listed");
    }
    s.db.roster(TENANT, Wanted::default()).await.expect("listed");
    s.db.roster(TENANT, Wanted { is_left_behind: true, ..Wanted::default() }).await.expect("listed");
    let whom = vec!["several@example.com".to_owned()];
    let by = By::somebody(Timestamp::from_millis(5));
    s.db.invite_several(by, TENANT, whom, Role::Member).await.expect("invited");
    s.db.first_teams(TENANT, 9).await.expect("listed");
}

/// What the page of a member asks.
async fn look_at(s: &Scene, id: MembershipId) {
    let profile = s.db.profile(TENANT, id, at(9)).await.expect("read").expect("a member");
    let user = profile.user.expect("a user").id;
    assert!(s.db.directory_user(TENANT, user.clone()).await.expect("read").is_some());
    for before in [None, Some("ffffffff".to_owned())] {
        let whose = Whose { user: Some(user.clone()), membership: Some(id) };
        assert!(!s.db.history(TENANT, whose, before).await.expect("read").entries.is_empty());
    }
}

async fn guest_id(s: &Scene) -> String {
    let guests = s.db.members(TENANT, vec![State::Invited]).await.expect("listed");
    guests.first().and_then(|guest| guest.id).expect("a membership").to_string()
}

/// What is done about invitations and mail.
async fn mail(s: &Scene) {
    let by = || By::somebody(at(1));
    let name = || "ann@example.com".to_owned();
    for person in ["ann@example.com", "bob@example.com", "cleo@example.com"] {
        s.ask("POST", "/Users", &user(person)).await;
    }
    let order = next(&s.db, at(0)).await.expect("due");
    s.db.mail_taken(by(), order.clone()).await.expect("marked");
    let refused = next(&s.db, at(0)).await.expect("due");
    s.db.mail_refused(by(), refused, "no".to_owned()).await.expect("marked");
    let failed = next(&s.db, at(0)).await.expect("due");
    let tried = failed.name.clone();
    s.db.mail_failed(failed, "later".to_owned(), at(0)).await.expect("marked");
    s.db.mail_is_away("away".to_owned(), at(0)).await.expect("marked");
    s.db.retry_mail(by(), TENANT, tried.clone()).await.expect("put in again");
    s.db.drop_mail(by(), TENANT, tried).await.expect("dropped");
    for days in [1, 8, 40] {
        s.db.sweep(at(days * 24 * 3_600_000)).await.expect("swept");
    }
    s.db.outbox(TENANT, JobState::ALL.to_vec(), 9).await.expect("listed");
    s.db.outbox_figures(at(0)).await.expect("counted");
    s.db.uninvited(TENANT).await.expect("counted");
    s.db.invite_waiting(by(), TENANT).await.expect("invited");
    s.db.preview(TENANT, vec![name()]).await.expect("previewed");
    let Content::Invitation { id, .. } = order.content else { return };
    s.db.member(TENANT, name()).await.expect("shown");
    s.db.resend(by(), TENANT, name()).await.expect("put in");
    s.db.withdraw(by(), TENANT, name()).await.expect("withdrawn");
    let (link, _) = s.db.make_link(by(), TENANT, id, key()).await.expect("made");
    s.db.invitation(link.digest(), Some(AccountId(1)), at(1)).await.expect("looked up");
    assert!(s.db.renew(by(), link.digest()).await.is_err());
    let joiner = Joiner::New { name: "Ann".to_owned(), password: Hashed::stored("x".to_owned()) };
    let account = s.db.join(by(), link.digest(), joiner).await.expect("joined").id;
    s.db.rename_account(by(), account, "Ann Smith".to_owned()).await.expect("renamed");
    let lately = s.db.lately(TENANT).await.expect("read").entries;
    assert!(!lately.is_empty());
    s.db.subjects(TENANT, lately).await.expect("named");
    s.db.own_places(account).await.expect("listed");
    let password = Hashed::stored("y".to_owned());
    s.db.change_password(by(), account, link.digest(), password).await.expect("changed");
    assert!(s.db.leave(by(), TENANT, account, false).await.is_err(), "SCIM decides");
    s.db.ask_for_address(by(), account, "ann@new.example".parse().expect("an address")).await.expect("put in");
    s.db.address_asked_for(account, at(2)).await.expect("looked up");
    assert!(s.db.confirm_address(by(), link.digest()).await.is_err(), "no link of that kind");
    s.db.ask_for_reset(by(), name()).await.expect("put in");
    assert!(next(&s.db, at(2)).await.is_some());
    s.db.instance_key([0; 32]).await.expect("kept");
}

/// What single sign-on asks.
#[cfg(feature = "sso")]
async fn sign_on(s: &Scene) {
    use super::tenant_sign_on_tests as sign_on;
    use crate::access::{Digest, NewSession};
    use crate::organisations::FormerSlugStore;
    use crate::sso::{Answered, Arrived, Drafted, Leaving, Map, NewRequest, Provider, Purpose, Registered, SignOnStore, SignedOn, Trusted};
    let by = || By::somebody(at(1));
    let trusted = Trusted { der: vec![1], fingerprint: [1; 32], first_seen: at(1), gone: None };
    let provider = Provider {
        entity_id: "https://idp.example/".to_owned(),
        sso_url: "https://idp.example/sso".to_owned(),
        logout_url: None,
        address: Some("https://idp.example/metadata".to_owned()),
        read: at(1),
        certificates: vec![trusted.clone()],
    };
    let account = AccountId(77);
    s.break_by_hand(
        "INSERT INTO account (id, login_key, email, name, password, created) VALUES (77, 'o@x', 'o@x', 'O', 'x', 0);
         INSERT INTO membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, account)
         VALUES (7, 77, 'o@x', 'o@x', 'owner', 'hand', 'joined', 'hand', 0, 77)",
    );
    // a SCIM member who matches whoever signs in
    let mut cleo = user("cleo");
    let object = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";
    cleo["externalId"] = json!(object);
    cleo["emails"] = json!([{ "value": "cleo@example.com" }]);
    let (_, id) = s.ask("POST", "/Users", &cleo).await;
    for round in ["one", "two"] {
        let state = Digest::of(round);
        let other = Digest::of(&format!("other {round}"));
        let third = Digest::of(&format!("third {round}"));
        let read = if round == "one" { at(1) } else { at(9) };
        s.db.draft(by(), TENANT, Drafted::Metadata(Provider { read, ..provider.clone() })).await.expect("kept");
        s.db.draft(by(), TENANT, Drafted::Map(Map::entra())).await.expect("kept");
        let connection = s.db.sign_on(TENANT).await.expect("read").draft.expect("a draft").id;
        let sign_in = || Purpose::SignIn("/".to_owned());
        for (state, purpose) in [(state, Purpose::Test(account)), (other, sign_in()), (third, sign_in())] {
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
            assert!(s.db.begun(TENANT, state, at(1)).await.expect("read").is_some_and(|begun| begun.is_open));
        }
        let report = json!({
            "at": 1, "connection": connection.0, "checks": [], "fault": null, "claims": [], "unused": [], "subject": "ann"
        });
        let report = serde_json::from_value(report).expect("a report");
        let names = vec![format!("response {round}")];
        let answered = |state| Answered { tenant: TENANT, state, names: names.clone(), ends: at(9), now: at(2) };
        s.db.test_answered(Answered { names: vec![], ..answered(state) }, report).await.expect("kept");
        let registered = || Registered {
            public_url: "https://here.example".to_owned(),
            slug: Slug::stored("acme".to_owned()),
        };
        s.db.test_shown(by(), TENANT, account, registered()).await.expect("shown");
        assert!(s.db.last_report(TENANT, at(3)).await.expect("read").is_some());
        s.db.turn_on(by(), TENANT, account, registered()).await.expect("on");
        let connection = s.db.sign_on(TENANT).await.expect("read").on().expect("it is on").id;

        let session = NewSession::new(Digest::of(&format!("session {round}")), String::new(), "");
        let (subject, name_id) = (object.to_owned(), "cleo".to_owned());
        let called = "Cleo".to_owned();
        let arrived = Arrived { connection, subject, called, email: None, name_id, session_index: None, signed_in: at(1), ends: Some(at(5)), session };
        let came = s.db.sign_on_by(by(), answered(other), arrived.clone()).await.expect("answered");
        assert!(matches!(came, SignedOn::Done(_)), "{came:?}");
        // the same names again
        let came = s.db.sign_on_by(by(), answered(third), arrived).await.expect("answered");
        assert!(matches!(came, SignedOn::Used), "{came:?}");
        s.db.sign_on_refused(by(), TENANT, third, "signature").await.expect("told");
        let name_id = "cleo".to_owned();
        let leaving = Leaving { connection, name_id, session_indexes: vec![], is_signed: true };
        assert_eq!(s.db.sign_off(by(), TENANT, leaving, None).await.expect("ended"), 1);
        s.ask("PATCH", &format!("/Users/{id}"), &patch("replace", "userName", &json!(format!("cleo {round}")))).await;
        sign_on::two_proofs(s, (connection, account), round).await;
        sign_on::require(s, account, round).await;
        s.db.member(TENANT, "77".to_owned()).await.expect("shown");
        crate::sso::LetInStore::stays_by_hand(&s.db, TENANT).await.expect("read");
        crate::sso::LinkedStore::unlink(&s.db, by(), TENANT, MembershipId(77)).await.expect("unlinked");
        sign_on::read_again(s, &Provider { certificates: vec![Trusted { fingerprint: [2; 32], ..trusted.clone() }], ..provider.clone() }).await;
        // SCIM is on
        assert!(crate::sso::LetInStore::set_lets_in(&s.db, by(), TENANT, true).await.is_err());
        assert!(!crate::sso::LetInStore::lets_in(&s.db, TENANT).await.expect("read"));
        s.db.turn_off(by(), TENANT).await.expect("off");
        sign_on::come_back(s, round).await;
        // both were used, and are too old for the next round
        let late = at(100 * 24 * 3_600_000);
        assert!(s.db.renamed_to(Slug::stored("nobody".to_owned())).await.expect("read").is_none());
        assert!(s.db.last_report(TENANT, late).await.expect("read").is_none());
    }
    s.db.draft(by(), TENANT, Drafted::Metadata(provider)).await.expect("kept");
    s.db.drop_draft(by(), TENANT).await.expect("dropped");
    for sql in [
        "DELETE FROM membership WHERE membership.tenant = 7 AND membership.id = 77",
        "DELETE FROM identity WHERE identity.tenant = 7 AND identity.account = 77",
        "DELETE FROM identity WHERE identity.tenant = 7 AND identity.account = 78",
        "DELETE FROM account WHERE id = 77",
    ] {
        s.break_by_hand(sql);
    }
}

/// What the server and its commands do.
async fn manage(s: &Scene) {
    #[cfg(feature = "sso")]
    sign_on(s).await;
    let slug: Slug = "acme".parse().expect("a slug");
    let maker = Maker::Account(AccountId(1));
    let new = || NewToken {
        tenant: TENANT,
        label: String::new(),
        read_only: false,
        expires: None,
        maker: maker.clone(),
    };
    let (token, row) = issue(new(), Timestamp::from_millis(1)).expect("a token");
    let key_id = token.key_id();
    s.db.create_token(By::somebody(Timestamp::from_millis(1)), row).await.expect("made");
    s.db.token(key_id).await.expect("looked up");
    // more calls after a pause than are kept
    for n in 0..8 {
        let ms = Timestamp::from_millis(2 + n * 2 * PAUSE_MS);
        s.db.note_uses(vec![(key_id.clone(), ms)]).await.expect("noted");
    }
    #[cfg(feature = "console")]
    crate::silence::SilencePageStore::returns(&s.db, TENANT).await.expect("listed");
    for ms in [2, 3] {
        let (since, now) = (Timestamp::from_millis(1), Timestamp::from_millis(ms));
        assert_eq!(s.db.warn_of_silence(TENANT, since, now).await.expect("told"), ms == 2);
    }
    s.db.makers(TENANT).await.expect("named");
    let (_, next) = issue(new(), Timestamp::from_millis(2)).expect("a token");
    let (at, later) = (Timestamp::from_millis(3), Timestamp::from_millis(9));
    s.db.rotate_token(By::somebody(at), key_id.clone(), next, later).await.expect("rotated");
    let refusal = Refusal { at, reason: Reason::WrongSecret };
    s.db.note_refusals(vec![(key_id.clone(), refusal)]).await.expect("noted");
    s.db.ending_tokens(later).await.expect("listed");
    s.db.warn_of_tokens(vec![(key_id.clone(), Ahead::Day)], at).await.expect("noted");
    s.db.end_tokens(later).await.expect("noted");
    let outcome = s.answer("POST", "/Users", &user("BOB")).await.outcome;
    let principal = Principal::new(TENANT.to_string(), Credential::token(key_id.as_str()));
    let records = Record::of_refused(&principal, &"request-1".into(), &outcome, &Words::of(&SchemaSet::builtin()), Timestamp::from_millis(3));
    s.db.record(records.expect("a tenant of ours")).await.expect("written down");
    s.db.keep_requests(TENANT, vec![request(3, "request-1")]).await.expect("kept");
    s.db.kept_requests(TENANT, Some("request-1".to_owned()), None, 10, Timestamp::from_millis(4)).await
        .expect("listed");
    s.db.keeps_values(TENANT, Timestamp::from_millis(4)).await.expect("listed");
    s.db.forget_requests(TENANT, Timestamp::from_millis(i64::MAX)).await.expect("removed");
    s.db.tokens(TENANT).await.expect("listed");
    let organisation = s.db.organisations().await.expect("listed").remove(0);
    s.db.facts(organisation, true, later).await.expect("gathered");
    s.db.was_token_used().await.expect("looked");
    people(s).await;
    mail(s).await;
    s.db.forget_refused(TENANT, 0, Timestamp::from_millis(1)).await.expect("removed");
    s.db.users(TENANT, 0, 10).await.expect("listed");
    let before = Some("ffffffff-ffff".to_owned());
    assert!(!s.db.audited(TENANT, crate::audit::Filter::default(), before, 10).await.expect("listed").is_empty());
    for profile in [Profile::strict(), Profile::entra()] {
        let change = OrganisationChange {
            profile: Some(profile),
            unique_external_id: Some(true),
            ..OrganisationChange::default()
        };
        s.db.update_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), change).await.expect("changed");
    }
    s.db.cursor_key([0; 32]).await.expect("kept");
    s.db.ping().await.expect("it answers");
    s.db.check(SchemaSet::builtin(), 10).await.expect("checked");
    s.db.notices(10).await.expect("looked");
    s.db.revoke_token(By::somebody(Timestamp::from_millis(4)), key_id.clone()).await.expect("revoked");
    assert_eq!(s.db.slug_of(TENANT).await.expect("looked up"), Some(slug.clone()));
    s.db.losses(&slug).await.expect("counted");
    s.break_by_hand("insert into account (id, login_key, name, epoch, created) values (77, 'x@example.com', 'X', 0, 0)");
    for is_on in [false, true] {
        let key = AddressKey::of("x@example.com");
        s.db.switch_account(By::somebody(Timestamp::from_millis(1)), key, is_on).await.expect("switched");
        s.db.switch_organisation(By::somebody(Timestamp::from_millis(1)), slug.clone(), is_on).await.expect("switched");
    }
    s.db.delete_organisation(By::somebody(Timestamp::from_millis(1)), slug).await.expect("deleted");
    assert!(s.db.organisations().await.expect("listed").is_empty());
    let left = s.db.deleted_organisations().await.expect("listed");
    s.db.bury(By::somebody(Timestamp::from_millis(2)), left).await.expect("buried");
}

#[tokio::test]
async fn every_statement_names_its_tenant() {
    statements::record();
    let s = scene().await;
    provision(&s).await;
    braked(&s).await;
    manage(&s).await;
    let seen = statements::seen();
    for table in TABLES.of_tenants {
        assert!(seen.iter().any(|sql| sql.split(' ').any(|word| word == *table)), "{table}");
    }
    let faults: Vec<String> = seen.iter().filter_map(|sql| TABLES.fault(sql)).collect();
    assert!(faults.is_empty(), "{} statements, {} faults:\n{}", seen.len(), faults.len(), faults.join("\n"));
}
