//! Random events over three organisations, by SCIM and by hand, on a real database. After each, the members are
//! compared with a simple model.
//!
//! Seen to fail: with an invited owner withdrawn, with places in a team by hand lost in a merge, without the note, and
//! with the last owner switched off.

use super::at::At;
use super::hook_tests::{Scene, TENANT, group, patch, scene, user};
use super::people;
use super::{Conn, listed};
use crate::audit::By;
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::people::life::Event;
use crate::people::{Held, LeftBehindStore, ManagedBy, Member, MembershipId, PeopleStore, Role, State};
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::teams::TeamStore;
use proptest::prelude::*;
use provost::hook::TenantId;
use provost::{Id, Profile};
use serde_json::{Value, json};

fn now() -> Timestamp {
    Timestamp::from_millis(9_000)
}

const USERS: usize = 3;
const ADDRESSES: usize = 3;

/// Somebody on the list: a SCIM user, or a person invited by hand.
#[derive(Debug, Clone, Copy)]
enum Whom {
    User(usize),
    Guest(usize),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Create { user: usize, address: usize, active: bool },
    Switch { user: usize, on: bool },
    Rename { user: usize },
    Delete { user: usize },
    Group { user: usize, join: bool },
    Invite { address: usize, role: Role },
    Join { whom: Whom, account: i64 },
    Give { whom: Whom, role: Role },
    Team { whom: Whom, join: bool },
    Remove { whom: Whom },
    Merge { address: usize, user: usize },
    Move { user: usize, address: usize },
    Keep { address: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let whom = prop_oneof![(0..USERS).prop_map(Whom::User), (0..ADDRESSES).prop_map(Whom::Guest)];
    let role = prop_oneof![Just(Role::Owner), Just(Role::Manager), Just(Role::Member)];
    prop_oneof![
        3 => (0..USERS, 0..ADDRESSES, prop::bool::weighted(0.8))
            .prop_map(|(user, address, active)| Step::Create { user, address, active }),
        5 => (0..USERS, any::<bool>()).prop_map(|(user, on)| Step::Switch { user, on }),
        1 => (0..USERS).prop_map(|user| Step::Rename { user }),
        1 => (0..USERS).prop_map(|user| Step::Delete { user }),
        2 => (0..USERS, any::<bool>()).prop_map(|(user, join)| Step::Group { user, join }),
        3 => (0..ADDRESSES, role.clone()).prop_map(|(address, role)| Step::Invite { address, role }),
        4 => (whom.clone(), 1..=4_i64).prop_map(|(whom, account)| Step::Join { whom, account }),
        2 => (whom.clone(), role).prop_map(|(whom, role)| Step::Give { whom, role }),
        2 => (whom.clone(), any::<bool>()).prop_map(|(whom, join)| Step::Team { whom, join }),
        1 => whom.prop_map(|whom| Step::Remove { whom }),
        2 => (0..ADDRESSES, 0..USERS).prop_map(|(address, user)| Step::Merge { address, user }),
        1 => (0..USERS, 0..ADDRESSES).prop_map(|(user, address)| Step::Move { user, address }),
        2 => (0..ADDRESSES).prop_map(|address| Step::Keep { address }),
    ]
}

/// A membership in the model.
#[derive(Debug, Clone, Copy)]
struct Holding {
    role: Role,
    by_hand: bool,
    account: Option<i64>,
    invited: bool,
    in_team: bool,
}

#[derive(Debug, Clone)]
struct User {
    address: usize,
    in_group: bool,
    active: bool,
    membership: Option<Holding>,
    kept: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Guest {
    membership: Holding,
    noted: bool,
}

/// Who is in an organisation, by the rules as a person would explain them.
#[derive(Debug, Default)]
struct Model {
    users: [Option<User>; USERS],
    guests: [Option<Guest>; ADDRESSES],
}

impl Model {
    fn memberships(&self) -> impl Iterator<Item = Holding> + '_ {
        let users = self.users.iter().flatten().filter_map(|user| user.membership);
        users.chain(self.guests.iter().flatten().map(|guest| guest.membership))
    }

    fn of(&mut self, whom: Whom) -> Option<&mut Holding> {
        match whom {
            Whom::User(n) => self.users[n].as_mut()?.membership.as_mut(),
            Whom::Guest(n) => self.guests[n].as_mut().map(|guest| &mut guest.membership),
        }
    }

    fn is_last_owner(&self, one: Holding) -> bool {
        let owners = |joined: bool| {
            self.memberships().filter(|m| m.role == Role::Owner && m.account.is_some() == joined).count()
        };
        let joined = owners(true);
        one.role == Role::Owner
            && if one.account.is_some() { joined == 1 } else { joined == 0 && owners(false) == 1 }
    }

    fn activate(&mut self, n: usize) {
        let Some(User { address, kept, membership, .. }) = self.users[n].clone() else { return };
        if membership.is_some() {
            return;
        }
        if let Some(guest) = &mut self.guests[address] {
            match guest.membership {
                Holding { account: None, role: Role::Manager | Role::Member, .. } => {
                    self.guests[address] = None
                }
                _ => guest.noted = false,
            }
        }
        let account = kept.filter(|kept| self.memberships().all(|m| m.account != Some(*kept)));
        let new = Holding { role: Role::Member, by_hand: false, account, invited: false, in_team: false };
        let user = self.users[n].as_mut().expect("a user");
        (user.active, user.membership, user.kept) = (true, Some(new), None);
    }

    /// A user lost access: members by hand with the address get the note, unless another user still brings them.
    fn leave_behind(&mut self, address: usize) {
        let is_assigned = self.users.iter().flatten().any(|user| user.active && user.address == address);
        if let Some(guest) = &mut self.guests[address] {
            guest.noted |= !is_assigned;
        }
    }

    /// Whether the step took effect.
    fn play(&mut self, step: Step) -> bool {
        match step {
            Step::Create { user, address, active } => {
                if self.users[user].is_some() {
                    return false;
                }
                let new = User { address, in_group: false, active, membership: None, kept: None };
                self.users[user] = Some(new);
                if active {
                    self.activate(user);
                }
            }
            Step::Switch { user: n, on } => {
                let Some(user) = self.users[n].clone() else { return false };
                match (on, user.membership) {
                    (true, _) => self.activate(n),
                    (false, Some(held)) if self.is_last_owner(held) => return false,
                    (false, held) => {
                        let kept = held.map_or(user.kept, |held| held.account);
                        let address = user.address;
                        self.users[n] = Some(User { active: false, membership: None, kept, ..user });
                        if held.is_some() {
                            self.leave_behind(address);
                        }
                    }
                }
            }
            Step::Rename { user: n } => match &mut self.users[n] {
                Some(user) => user.kept = None,
                None => return false,
            },
            Step::Delete { user: n } => {
                let Some(user) = self.users[n].clone() else { return false };
                if user.membership.is_some_and(|held| self.is_last_owner(held)) {
                    return false;
                }
                self.users[n] = None;
                if user.membership.is_some() {
                    self.leave_behind(user.address);
                }
            }
            Step::Group { user: n, join } => match &mut self.users[n] {
                Some(user) => user.in_group = join,
                None => return false,
            },
            Step::Invite { address, role } => {
                let is_provided = self.users.iter().flatten().any(|u| u.active && u.address == address);
                if self.guests[address].is_some() || is_provided && role != Role::Owner {
                    return false;
                }
                let membership =
                    Holding { role, by_hand: true, account: None, invited: true, in_team: false };
                self.guests[address] = Some(Guest { membership, noted: false });
            }
            Step::Join { whom, account } => {
                let is_here = self.memberships().any(|m| m.account == Some(account));
                match self.of(whom) {
                    Some(held) if held.account == Some(account) => {}
                    Some(held) if held.account.is_none() && !is_here => {
                        (held.account, held.invited) = (Some(account), false);
                    }
                    _ => return false,
                }
            }
            Step::Give { whom, role } => {
                let Some(held) = self.of(whom).copied() else { return false };
                let promoted = role == Role::Owner && held.role != Role::Owner;
                let demoted = role != Role::Owner && self.is_last_owner(held);
                if promoted && held.account.is_none() || demoted {
                    return false;
                }
                let held = self.of(whom).expect("a membership");
                (held.role, held.by_hand) = (role, true);
            }
            Step::Team { whom, join } => match self.of(whom) {
                Some(held) if join || held.in_team => held.in_team = join,
                _ => return false,
            },
            Step::Remove { whom } => match (whom, self.of(whom).copied()) {
                (Whom::Guest(n), Some(held)) if !self.is_last_owner(held) => self.guests[n] = None,
                _ => return false,
            },
            Step::Move { user: n, address } => {
                let Some(user) = &mut self.users[n] else { return false };
                let is_here = user.active && user.address != address;
                user.address = address;
                if let Some(guest) = self.guests[address].as_mut().filter(|_| is_here) {
                    guest.noted = false;
                }
            }
            Step::Keep { address } => match &mut self.guests[address] {
                Some(guest) if guest.noted => guest.noted = false,
                _ => return false,
            },
            Step::Merge { address, user: n } => {
                let (Some(guest), Some(gone)) = (self.guests[address], self.of(Whom::User(n)).copied())
                else {
                    return false;
                };
                let kept = guest.membership;
                let drops_owner = kept.role != Role::Owner && self.is_last_owner(gone);
                if drops_owner || kept.account.is_some() && gone.account.is_some() {
                    return false;
                }
                let account = kept.account.or(gone.account);
                let merged = Holding {
                    account,
                    invited: account.is_none(),
                    in_team: kept.in_team || gone.in_team,
                    ..kept
                };
                self.guests[address] = None;
                self.users[n].as_mut().expect("a user").membership = Some(merged);
            }
        }
        true
    }

    /// `ann@example.com manager hand joined scim [group team]`, sorted; `!` for a note.
    fn shown(&self) -> Vec<String> {
        let line = |name: String, m: &Holding, by: &str, in_group: bool, noted: bool| {
            let source = if m.by_hand { "hand" } else { "default" };
            let state = match (m.account, m.invited) {
                (Some(_), _) => "joined",
                (None, true) => "invited",
                (None, false) => "provisioned",
            };
            let teams: Vec<&str> =
                [(in_group, "guides"), (m.in_team, "team")].iter().filter(|t| t.0).map(|t| t.1).collect();
            let note = if noted { "!" } else { "" };
            format!("{name} {} {source} {state} {by} {teams:?}{note}", m.role.as_str())
        };
        let user = |(n, user): (usize, &User)| {
            let held = user.membership.as_ref()?;
            Some(line(format!("user-{n}"), held, "scim", user.in_group, false))
        };
        let users = self.users.iter().enumerate().filter_map(|(n, user)| user.as_ref().map(|user| (n, user)));
        let guest = |(n, guest): (usize, &Option<Guest>)| {
            guest.as_ref().map(|guest| line(address(n), &guest.membership, "hand", false, guest.noted))
        };
        let guests = self.guests.iter().enumerate().filter_map(guest);
        let mut all: Vec<String> = users.filter_map(user).chain(guests).collect();
        all.sort();
        all
    }
}

fn address(n: usize) -> String {
    format!("a{n}@example.com")
}

/// The real organisation.
struct Real {
    tenant: TenantId,
    group: String,
    users: [Option<String>; USERS],
    renamed: u32,
}

impl Real {
    async fn members(&self, s: &Scene) -> Vec<Member> {
        s.db.members(self.tenant, State::MEMBERS.to_vec()).await.expect("listed")
    }

    /// The id of the membership.
    async fn id(&self, s: &Scene, whom: Whom) -> Option<MembershipId> {
        let members = self.members(s).await;
        let is_one = |member: &&Member| match whom {
            Whom::User(n) => {
                self.users[n].as_deref() == member.scim_user_id.as_ref().map(Id::as_str)
                    && self.users[n].is_some()
            }
            Whom::Guest(n) => {
                member.managed_by == ManagedBy::Hand && member.email.as_deref() == Some(&*address(n))
            }
        };
        members.iter().find(is_one).and_then(|member| member.id)
    }

    async fn shown(&self, s: &Scene) -> Vec<String> {
        let by_hand = s.db.by_hand(self.tenant).await.expect("listed");
        let noted: Vec<_> = by_hand.iter().filter(|d| d.unassigned.is_some()).map(|d| d.member.id).collect();
        let line = |m: &Member| {
            let teams: Vec<&str> = m.teams.iter().map(Slug::as_str).collect();
            let (source, note) =
                (m.role.map_or("", Held::source), if noted.contains(&m.id) { "!" } else { "" });
            let (state, by) = (m.state.as_str(), m.managed_by.as_str());
            format!("{} {} {source} {state} {by} {teams:?}{note}", m.user_name, m.role())
        };
        let mut all: Vec<String> = self.members(s).await.iter().map(line).collect();
        all.sort();
        all
    }

    async fn write(&self, s: &Scene, user: usize, method: &str, body: &Value) -> bool {
        let Some(id) = &self.users[user] else { return false };
        let (status, _) = s.ask(method, &format!("/Users/{id}"), body).await;
        assert!(matches!(status, 200 | 204 | 409), "{status}");
        status != 409
    }

    /// Whether the step took effect.
    async fn play(&mut self, s: &Scene, step: Step) -> bool {
        match step {
            Step::Create { user: n, address: a, active } => {
                let mut new = user(&format!("user-{n}"));
                new["active"] = json!(active);
                new["externalId"] = json!(format!("x-{n}"));
                new["emails"] = json!([{ "value": address(a).to_uppercase() }]);
                let (status, id) = s.ask("POST", "/Users", &new).await;
                if status == 201 {
                    self.users[n] = Some(id);
                }
                status == 201
            }
            Step::Switch { user, on } => {
                self.write(s, user, "PATCH", &patch("replace", "active", &json!(on))).await
            }
            Step::Rename { user } => {
                self.renamed += 1;
                let name = json!(format!("renamed-{}", self.renamed));
                self.write(s, user, "PATCH", &patch("replace", "externalId", &name)).await
            }
            Step::Delete { user } => {
                let is_done = self.write(s, user, "DELETE", &Value::Null).await;
                if is_done {
                    self.users[user] = None;
                }
                is_done
            }
            Step::Group { user, join } => {
                let Some(id) = &self.users[user] else { return false };
                let one = json!([{ "value": id }]);
                let op = if join { "add" } else { "remove" };
                s.ask("PATCH", &format!("/Groups/{}", self.group), &patch(op, "members", &one)).await;
                true
            }
            Step::Invite { address: a, role } => {
                let email = address(a).parse().expect("an address");
                done(s.db.invite(By::somebody(now()), self.tenant, email, None, role).await.map(drop))
            }
            Step::Merge { address: a, user } => {
                let (Some(id), Some(user)) = (self.id(s, Whom::Guest(a)).await, self.users[user].clone())
                else {
                    return false;
                };
                done(s.db.merge(By::somebody(now()), self.tenant, id.to_string(), Id::from(user), true).await.map(drop))
            }
            Step::Move { user, address: a } => {
                let emails = json!([{ "value": address(a).to_uppercase() }]);
                self.write(s, user, "PATCH", &patch("replace", "emails", &emails)).await
            }
            Step::Keep { address: a } => {
                let Some(id) = self.id(s, Whom::Guest(a)).await else { return false };
                done(s.db.keep_member(By::somebody(now()), self.tenant, id.to_string()).await.map(drop))
            }
            Step::Join { whom, .. }
            | Step::Give { whom, .. }
            | Step::Team { whom, .. }
            | Step::Remove { whom } => {
                let Some(id) = self.id(s, whom).await else { return false };
                self.happen(s, id, step).await
            }
        }
    }

    async fn happen(&self, s: &Scene, id: MembershipId, step: Step) -> bool {
        let (tenant, name, team) = (self.tenant, id.to_string(), "team".parse().expect("a slug"));
        done(match step {
            Step::Join { account, .. } => {
                let keys = s.db.keys();
                let join = move |conn: &mut Conn| {
                    let found = listed::one(conn, tenant, id)?.expect("a membership");
                    let at = At { tenant, keys: &keys, now: now(), doer: super::at::Doer::Provider };
                    Ok(people::happen(conn, at, &found, Event::Joined(AccountId(account)))?)
                };
                s.db.unrecorded(join).await
            }
            Step::Give { role, .. } => s.db.give_role(By::somebody(now()), tenant, name, role).await.map(drop),
            Step::Team { join: true, .. } => s.db.add_to_team(By::somebody(Timestamp::from_millis(1)), tenant, team, name).await.map(drop),
            Step::Team { .. } => s.db.remove_from_team(By::somebody(Timestamp::from_millis(1)), tenant, team, name).await.map(drop),
            _ => s.db.remove_member(By::somebody(now()), tenant, name).await.map(drop),
        })
    }
}

fn done(outcome: Result<(), StorageError>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(StorageError::Refused(_) | StorageError::NotInTeam { .. } | StorageError::NoUser(_)) => false,
        Err(e) => panic!("{e}"),
    }
}

async fn play(steps: Vec<(usize, Step)>) {
    let mut s = scene().await;
    let (mut models, mut real): ([Model; 3], Vec<Real>) = (Default::default(), Vec::new());
    for n in 0..3 {
        let tenant = TenantId(20 + n);
        s.enter(tenant).await;
        s.db.create_team(By::somebody(now()), tenant, "Team".to_owned(), None).await.expect("made");
        let (_, group) = s.ask("POST", "/Groups", &group("Guides")).await;
        real.push(Real { tenant, group, users: Default::default(), renamed: 0 });
    }
    for (n, (org, step)) in steps.iter().enumerate() {
        let (model, real) = (&mut models[*org], &mut real[*org]);
        s.enter(real.tenant).await;
        // an account that is already a member signs in there; the sign-in prevents a second membership
        let clashes = matches!(step, Step::Join { account, whom }
            if model.of(*whom).is_some_and(|m| m.account.is_none())
                && model.memberships().any(|m| m.account == Some(*account)));
        if clashes {
            continue;
        }
        let done = model.play(*step);
        assert_eq!(real.play(&s, *step).await, done, "step {n}: {step:?}");
        assert_eq!(real.shown(&s).await, model.shown(), "step {n}: {step:?}");
    }
    for (real, model) in real.iter().zip(&models) {
        assert_eq!(real.shown(&s).await, model.shown());
    }
    let found = s.db.check(provost::SchemaSet::builtin(), 10).await.expect("checked");
    assert!(found.is_empty(), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn who_is_a_member_is_what_a_person_would_say(steps in prop::collection::vec((0..3_usize, step()), 40..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(play(steps));
    }
}

/// What random events seldom produce: an account that had joined, and what becomes of it.
///
/// Seen to fail: with a rename that keeps the account, and with an account given again that already has another
/// membership here.
#[tokio::test]
async fn an_account_is_given_again_only_to_whom_it_was() {
    let user = 0;
    let join = |whom| Step::Join { whom, account: 1 };
    let (off, on) = (Step::Switch { user, on: false }, Step::Switch { user, on: true });
    let begin = [Step::Create { user, address: 0, active: true }, join(Whom::User(user)), off];
    let guest = [Step::Invite { address: 1, role: Role::Member }, join(Whom::Guest(1))];
    for then in [
        &[on][..],
        &[Step::Rename { user }, on],
        &[guest[0], guest[1], on, off, on],
        &[on, Step::Rename { user }, off, on],
    ] {
        play(begin.iter().chain(then).map(|step| (0, *step)).collect()).await;
    }
}

/// The only member's state, after requests that follow the deactivation of somebody who had joined.
async fn state_after(profile: Profile, external: Option<&str>, requests: &[(&str, Value)]) -> String {
    let mut s = scene().await;
    s.profile(profile);
    let mut ann = user("ann");
    ann["externalId"] = json!(external);
    let (_, id) = s.ask("POST", "/Users", &ann).await;
    let path = format!("/Users/{id}");
    let real = Real { tenant: TENANT, group: String::new(), users: [Some(id), None, None], renamed: 0 };
    let membership = real.id(&s, Whom::User(0)).await.expect("a membership");
    let joined = real.happen(&s, membership, Step::Join { whom: Whom::User(0), account: 1 }).await;
    assert!(joined);
    s.ask("PATCH", &path, &patch("replace", "active", &json!(false))).await;
    for (method, body) in requests {
        let path = if *method == "POST" { "/Users" } else { &path };
        let (status, _) = s.ask(method, path, body).await;
        assert!(matches!(status, 200 | 201), "{method}: {status}");
    }
    let members = real.members(&s).await;
    members.iter().map(|member| member.state.as_str()).collect()
}

/// Seen to fail: with `externalId` or `userName` ignored, with case-sensitive names, and with a POST without
/// `externalId` taken for the same person.
#[tokio::test]
async fn who_comes_back_is_the_same_person_by_name_and_external_id() {
    let on = || ("PATCH", patch("replace", "active", &json!(true)));
    let set = |attribute: &str, value: &str| ("PATCH", patch("replace", attribute, &json!(value)));
    let whole = |method: &'static str, name: &str, external: Option<&str>| {
        let mut body = user(name);
        body["active"] = json!(true);
        body["externalId"] = json!(external);
        (method, body)
    };
    let entra = Profile::entra;
    for (profile, requests, state) in [
        (entra(), vec![on()], "joined"),
        (entra(), vec![set("userName", "ANN"), on()], "joined"),
        (entra(), vec![set("userName", "bob"), on()], "provisioned"),
        (entra(), vec![set("userName", "bob"), set("userName", "ann"), on()], "provisioned"),
        (entra(), vec![set("externalId", "X-1"), on()], "provisioned"),
        (entra(), vec![set("title", "pilot"), on()], "joined"),
        (entra(), vec![whole("PUT", "Ann", Some("x-1"))], "joined"),
        (entra(), vec![whole("PUT", "ann", Some("x-2"))], "provisioned"),
        (entra(), vec![whole("PUT", "bob", Some("x-1"))], "provisioned"),
        (Profile::okta(), vec![whole("POST", "ann", Some("x-1"))], "joined"),
        (Profile::okta(), vec![whole("POST", "ann", Some("x-2"))], "provisioned"),
        (Profile::okta(), vec![whole("POST", "ann", None)], "provisioned"),
        (Profile::okta(), vec![("PATCH", patch("remove", "externalId", &Value::Null)), on()], "provisioned"),
    ] {
        assert_eq!(state_after(profile, Some("x-1"), &requests).await, state, "{requests:?}");
    }
    // a POST that takes over a user identifies the person by `externalId` alone
    let nobody = [whole("POST", "ann", None)];
    assert_eq!(state_after(Profile::okta(), None, &nobody).await, "provisioned");
    assert_eq!(state_after(entra(), None, &[on()]).await, "joined");
}

/// A list shows a single moment.
///
/// Seen to fail: with each statement in its own snapshot; a member then has no name, since the user was deleted
/// meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_in_a_list_is_half_there() {
    let s = scene().await;
    let db = s.db.clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let reader = tokio::spawn(async move {
        let mut lists = 0;
        while stopped.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty) {
            let members = db.members(TENANT, State::MEMBERS.to_vec()).await.expect("listed");
            assert!(members.iter().all(|member| !member.user_name.is_empty()), "{members:?}");
            lists += 1;
        }
        lists
    });
    for n in 0..300 {
        let (_, id) = s.ask("POST", "/Users", &user(&format!("user-{n}"))).await;
        s.ask("DELETE", &format!("/Users/{id}"), &Value::Null).await;
    }
    drop(stop);
    assert!(reader.await.expect("no panic") > 0);
}
