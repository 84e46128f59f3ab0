//! Applies what happens to people: finds what an organisation has of a person, asks `people::life` what becomes of it,
//! and carries that out. The hook calls it for SCIM users, the commands for memberships.

use super::at::{At, Doer};
use super::directory::{self, UserRow};
use super::listed::Found;
use super::memberships::{self, For, StandingColumns, standing, standing_columns};
use super::{
    Conn, accounts, brake, called, identities, invitations, left_behind, outbox, owners, sessions, teams,
};
use crate::access::{AccountId, Reason};
use crate::audit::{Action, Deed};
use crate::clock::Timestamp;
use crate::jobs::NewJob;
use crate::people::life::{Effect, Event, Kept, Mail, Match, Owners, Person, Refusal, live};
use crate::people::{Address, AddressKey, Called, Grantable, ManagedBy, MembershipId, Mode, Role, Standing};
use crate::storage::StorageError;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{known_account, membership, organisation};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::Object;
use provost::hook::{HookError, TenantId};
use provost::unstable::core::text::excerpt;

type Result<T, E = HookError> = std::result::Result<T, E>;

/// A SCIM user to whom something happens.
#[derive(Clone, Copy)]
pub(super) struct User<'a> {
    pub(super) seq: i64,
    /// The resource; `None` if the stored text cannot be read.
    pub(super) body: Option<&'a Object>,
}

impl User<'_> {
    fn called(self) -> Called {
        self.body.map(Called::of_user).unwrap_or_default()
    }
}

/// What happens to a SCIM user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// Created, and active.
    Created,
    Activated,
    Renamed,
    Readdressed,
    Deactivated,
    Deleted,
}

/// A membership: its key and its standing.
type Keyed = (MembershipId, Standing);

/// Updates the membership after a change to a SCIM user. Returns whether anybody here came just in time, since the user
/// may be one of them.
pub(super) fn follow(conn: &mut Conn, at: At<'_>, user: User<'_>, fact: Fact) -> Result<bool> {
    let is_new = fact == Fact::Created;
    let found = match is_new {
        true => of_new_user(conn, at.tenant, user)?,
        false => {
            conn.hold(Held::MembershipOf(at.tenant, user.seq))?;
            of_user(conn, at.tenant, user)?
        }
    };
    let Some(found) = found else { return Ok(false) };
    let event = match fact {
        Fact::Created | Fact::Activated => Event::Activated { role: found.default_role, mode: found.mode },
        Fact::Renamed => Event::Renamed,
        Fact::Readdressed => Event::Readdressed,
        Fact::Deactivated => Event::Deactivated,
        Fact::Deleted => Event::Deleted,
    };
    let outcome = live(&found.person, event).map_err(|why| refused(why, user))?;
    if found.held.is_some() && outcome.membership.is_none() && matches!(at.doer, Doer::Provider) {
        brake::ended(conn, at)?;
    }
    for effect in &outcome.effects {
        apply(conn, at, *effect, user.seq)?;
    }
    let had_access = found.held.is_some();
    match (found.held, outcome.membership) {
        (None, Some(new)) => {
            let made = memberships::insert(conn, at, For::User(user.seq, &user.called()), new)?;
            if let (Some(id), Some(mail)) = (made, outcome.mail) {
                outbox::put(conn, at.tenant, at.now, NewJob::invitation_by_mode(id, mail_due(mail, at)))?;
            }
            if let Some(account) = new.stage.account() {
                identities::stand_behind(conn, at.tenant, account, user.seq)?;
            }
            if let Some(id) = made.filter(|_| !is_new) {
                let groups = directory::groups_of(conn, at.tenant, user.seq)?;
                let groups: Vec<i64> = groups.iter().map(|group| group.seq).collect();
                teams::join_all(conn, at.tenant, id, &groups)?;
            }
        }
        (Some(gone), None) => lose(conn, at, gone)?,
        (Some((id, old)), Some(new)) => change(conn, at, id, (old, new))?,
        (None, None) => {}
    }
    match fact {
        Fact::Deactivated if had_access => {
            called::lose_access(conn, at.tenant, (user.seq, &user.called()), Some(at.now))?;
        }
        Fact::Activated | Fact::Deleted => called::forget_without_access(conn, at.tenant, user.seq)?,
        Fact::Created | Fact::Deactivated | Fact::Renamed | Fact::Readdressed => {}
    }
    match (fact, user.body) {
        (Fact::Deleted, _) => identities::forget_user(conn, at.tenant, user.seq)?,
        (Fact::Renamed, Some(body)) => identities::renamed(conn, at.tenant, (user.seq, body), had_access)?,
        _ => {}
    }
    Ok(found.has_let_in)
}

/// The message a client gets for a refusal.
fn refused(why: Refusal, user: User<'_>) -> HookError {
    // between backticks, as all that a message quotes: records keep sentences without that
    let name = user.body.and_then(|body| body.str("userName"));
    let name = name.map_or_else(|| "this user".to_owned(), |name| format!("`{}`", excerpt(name)));
    HookError::Refused(why.of(&name))
}

fn apply(conn: &mut Conn, at: At<'_>, effect: Effect, user: i64) -> QueryResult<()> {
    match effect {
        Effect::Withdraw(id) => remove(conn, at.tenant, id),
        Effect::Keep(account) => accounts::keep(conn, at.tenant, user, account),
        Effect::Forget => accounts::forget(conn, at.tenant, user),
        Effect::Note(id) => left_behind::note(conn, at, id),
        Effect::Unnote(id) => left_behind::forget(conn, at.tenant, id),
    }
}

/// What an organisation has of a SCIM user.
struct OfUser {
    default_role: Grantable,
    mode: Mode,
    held: Option<Keyed>,
    person: Person,
    /// Whether anybody came here just in time; the user may be one of them.
    has_let_in: bool,
}

type Columns = (String, String, bool, Option<i64>, Option<i64>, Option<StandingColumns>);

/// `None` if the organisation no longer exists.
fn of_user(conn: &mut Conn, tenant: TenantId, user: User<'_>) -> Result<Option<OfUser>> {
    let known = known_account::tenant.eq(organisation::tenant).and(known_account::user_seq.eq(user.seq));
    let held = membership::tenant.eq(organisation::tenant).and(membership::user_seq.eq(user.seq));
    let rows: Vec<Columns> = organisation::table
        .left_join(known_account::table.on(known))
        .left_join(membership::table.on(held))
        .filter(organisation::tenant.eq(tenant.0))
        .select((
            organisation::default_role,
            organisation::invitations,
            identities::has_let_in(),
            known_account::account.nullable(),
            membership::id.nullable(),
            standing_columns().nullable(),
        ))
        .load(conn)?;
    let Some((default_role, mode, has_let_in, account, id, columns)) = rows.into_iter().next() else {
        return Ok(None);
    };
    let (default_role, mode) = (read_default(&default_role)?, read_mode(&mode)?);
    let held = match (id, columns) {
        (Some(id), Some(columns)) => Some((MembershipId(id), standing(columns)?)),
        _ => None,
    };
    let kept = match account {
        Some(account) => Some(kept(conn, tenant, account)?),
        None => None,
    };
    let others = others(conn, tenant, held)?;
    let mut matches = by_hand(conn, tenant, &addresses(user))?;
    for found in &matches {
        // if two users with one address are un-assigned at once, the later one must see that nobody brings the person
        // any more
        conn.hold(Held::Membership(tenant, found.id.0))?;
    }
    see_others(conn, tenant, user, &mut matches)?;
    let person = Person { membership: held.map(|(_, standing)| standing), kept, matches, others };
    Ok(Some(OfUser { default_role, mode, held, person, has_let_in }))
}

/// The same for a user created just now, who can have nothing but an invitation. One look-up for nearly everybody.
fn of_new_user(conn: &mut Conn, tenant: TenantId, user: User<'_>) -> Result<Option<OfUser>> {
    let keys = addresses(user);
    let (first, others) = keys.split_at(keys.len().min(PAIR));
    // no membership has an empty address
    let (one, two) = pair(first).unwrap_or_default();
    let invited = membership::tenant.eq(organisation::tenant).and(sent_to(one, two));
    let rows: Vec<(String, String, bool, Option<MatchColumns>)> = organisation::table
        .left_join(membership::table.on(invited))
        .filter(organisation::tenant.eq(tenant.0))
        .select((
            organisation::default_role,
            organisation::invitations,
            identities::has_let_in(),
            (membership::id, standing_columns()).nullable(),
        ))
        .load(conn)?;
    let Some((default_role, mode, has_let_in, _)) = rows.first() else { return Ok(None) };
    let (default_role, mode, has_let_in) = (read_default(default_role)?, read_mode(mode)?, *has_let_in);
    let mut matches: Vec<Match> =
        rows.into_iter().filter_map(|(_, _, _, found)| found).map(a_match).collect::<Result<_>>()?;
    matches.extend(by_hand(conn, tenant, others)?);
    let person = Person { membership: None, kept: None, matches, others: Owners::default() };
    Ok(Some(OfUser { default_role, mode, held: None, person, has_let_in }))
}

/// Marks those who are also brought by other users. Matches are rare.
fn see_others(conn: &mut Conn, tenant: TenantId, user: User<'_>, matches: &mut [Match]) -> Result<()> {
    if matches.is_empty() {
        return Ok(());
    }
    for key in addresses(user) {
        if provided(conn, tenant, &key)?.iter().any(|other| other.seq != user.seq) {
            let with_key = by_hand(conn, tenant, std::slice::from_ref(&key))?;
            for found in matches.iter_mut().filter(|found| with_key.iter().any(|one| one.id == found.id)) {
                found.is_assigned = true;
            }
        }
    }
    Ok(())
}

fn addresses(user: User<'_>) -> Vec<AddressKey> {
    user.body.map(AddressKey::of_user).unwrap_or_default()
}

pub(super) fn read_default(text: &str) -> Result<Grantable> {
    let damaged = StorageError::Damaged { what: "Default Role", text: text.to_owned() };
    text.parse().or(Err(damaged.into()))
}

pub(super) fn read_mode(text: &str) -> Result<Mode> {
    let damaged = StorageError::Damaged { what: "word for how people are invited", text: text.to_owned() };
    text.parse().or(Err(damaged.into()))
}

fn kept(conn: &mut Conn, tenant: TenantId, account: i64) -> QueryResult<Kept> {
    let here =
        membership::table.filter(membership::tenant.eq(tenant.0)).filter(membership::account.eq(account));
    let is_here = here.select(membership::id).first::<i64>(conn).optional()?.is_some();
    Ok(Kept { account: AccountId(account), is_here })
}

/// How many addresses one statement looks for. Nearly everybody has one or two, so its text is always the same.
const PAIR: usize = 2;

/// The two addresses, or the only one twice.
fn pair(keys: &[AddressKey]) -> Option<(&str, &str)> {
    Some((keys.first()?.as_str(), keys.last()?.as_str()))
}

/// Memberships by hand for one of two addresses.
#[diesel::dsl::auto_type]
fn sent_to<'a>(one: &'a str, two: &'a str) -> _ {
    // only with this explicit condition does SQLite use the partial index
    let is_by_hand = membership::email_key.is_not_null();
    is_by_hand.and(membership::email_key.eq(one).or(membership::email_key.eq(two)))
}

/// The key and the standing of a membership by hand.
type MatchColumns = (i64, StandingColumns);

fn a_match((id, columns): MatchColumns) -> Result<Match> {
    let held = standing(columns)?;
    let has_joined = held.stage.account().is_some();
    Ok(Match { id: MembershipId(id), role: held.role.role(), has_joined, is_assigned: false })
}

/// The memberships by hand for these addresses.
pub(super) fn by_hand(conn: &mut Conn, tenant: TenantId, keys: &[AddressKey]) -> Result<Vec<Match>> {
    let mut found = Vec::new();
    for (one, two) in keys.chunks(PAIR).filter_map(pair) {
        let rows: Vec<MatchColumns> = membership::table
            .filter(membership::tenant.eq(tenant.0))
            .filter(sent_to(one, two))
            .select((membership::id, standing_columns()))
            .load(conn)?;
        for row in rows {
            found.push(a_match(row)?);
        }
    }
    Ok(found)
}

/// The other owners; not looked up unless the membership is an owner's.
fn others(conn: &mut Conn, tenant: TenantId, held: Option<Keyed>) -> QueryResult<Owners> {
    match held {
        Some((id, standing)) if standing.role.role() == Role::Owner => {
            conn.hold(Held::Owners(tenant))?;
            around(conn, tenant, (id, standing))
        }
        _ => Ok(Owners::default()),
    }
}

/// An owner whose account is switched off decides nothing, and counts neither as joined nor as invited.
fn owners_besides(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<Owners> {
    let others: Vec<Option<i64>> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        // literal, since SQLite matches it with the condition of a partial index
        .filter(membership::role.eq(sql::<Text>("'owner'")))
        .filter(membership::id.ne(id.0))
        .select(membership::account)
        .load(conn)?;
    let invited = others.iter().any(Option::is_none);
    let joined: Vec<i64> = others.into_iter().flatten().collect();
    let joined = !joined.is_empty() && accounts::is_one_on(conn, &joined)?;
    Ok(Owners { joined, invited, is_emergency: false })
}

/// Like [`others`], plus whether the organisation needs this membership as its emergency account.
fn around(conn: &mut Conn, tenant: TenantId, (id, standing): Keyed) -> QueryResult<Owners> {
    let is_emergency = match standing.stage.account() {
        Some(account) => identities::emergency(conn, tenant)? == Some(account),
        None => false,
    };
    Ok(Owners { is_emergency, ..owners_besides(conn, tenant, id)? })
}

/// Whether another owner than this one has joined.
pub(super) fn has_owner_besides(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<bool> {
    Ok(owners_besides(conn, tenant, id)?.joined)
}

/// A person is invited by hand.
pub(super) fn invite(
    conn: &mut Conn,
    at: At<'_>,
    (email, name): (&Address, Option<&str>),
    role: Role,
    inviter: Option<AccountId>,
) -> Result<(MembershipId, Deed)> {
    conn.hold(Held::Organisation(at.tenant))?;
    let key = email.key();
    let is_provided = !provided(conn, at.tenant, &key)?.is_empty();
    let matches = by_hand(conn, at.tenant, std::slice::from_ref(&key))?;
    let person = Person { membership: None, kept: None, matches, others: Owners::default() };
    let why = |why: Refusal| HookError::Refused(why.of(email.as_str()));
    let outcome = live(&person, Event::Invited { role, is_provided }).map_err(why)?;
    let new = outcome.membership.ok_or_else(|| why(Refusal::NoMembership))?;
    let made = memberships::insert(conn, at, For::Person { email, name }, new)?;
    let id = made.ok_or_else(|| why(Refusal::AlreadyInvited))?;
    outbox::put(conn, at.tenant, at.now, NewJob::first_invitation(id, inviter, at.now))?;
    let deed = Deed::of(at.tenant, Action::InviteMember, &id).noting("role", role.as_str());
    Ok((id, deed.about("email", Some(email.as_str())).about("name", name)))
}

/// Makes a person who signed in through the identity provider a member, by hand and at once.
#[cfg(feature = "sso")]
pub(super) fn let_in(
    conn: &mut Conn,
    at: At<'_>,
    (email, name): (&Address, &str),
    role: Grantable,
    account: AccountId,
) -> Result<MembershipId> {
    let matches = by_hand(conn, at.tenant, std::slice::from_ref(&email.key()))?;
    let person = Person { membership: None, kept: None, matches, others: Owners::default() };
    let why = |why: Refusal| HookError::Refused(why.of(email.as_str()));
    let outcome = live(&person, Event::LetIn { role, account }).map_err(why)?;
    let new = outcome.membership.ok_or_else(|| why(Refusal::NoMembership))?;
    let made = memberships::insert(conn, at, For::Person { email, name: Some(name) }, new)?;
    made.ok_or_else(|| why(Refusal::AlreadyMember))
}

/// The active SCIM users with this address.
pub(super) fn provided(conn: &mut Conn, tenant: TenantId, key: &AddressKey) -> QueryResult<Vec<UserRow>> {
    let mut users = directory::users_with_address(conn, tenant, key.as_str())?;
    users.retain(|user| user.is_active() && AddressKey::of_user(&user.body).contains(key));
    Ok(users)
}

/// Something happens to a membership that a person chose.
pub(super) fn happen(conn: &mut Conn, at: At<'_>, found: &Found, event: Event) -> Result<()> {
    let (id, old) = (found.id, hold(conn, at.tenant, found)?);
    let others = others(conn, at.tenant, Some((id, old)))?;
    let person = Person { membership: Some(old), kept: None, matches: Vec::new(), others };
    match live(&person, event).map_err(|why| of_member(why, found))?.membership {
        Some(new) => change(conn, at, id, (old, new))?,
        None => lose(conn, at, (id, old))?,
    }
    Ok(())
}

/// What an organisation has of a member, to preview a change. Locks and writes nothing.
#[cfg(feature = "console")]
pub(super) fn beheld(conn: &mut Conn, tenant: TenantId, found: &Found) -> Result<Person> {
    let mut matches = Vec::new();
    if let Some(user) = &found.user {
        let user = User { seq: user.seq, body: Some(&user.body) };
        matches = by_hand(conn, tenant, &addresses(user))?;
        see_others(conn, tenant, user, &mut matches)?;
    }
    let others = match found.standing.role.role() {
        Role::Owner => around(conn, tenant, (found.id, found.standing))?,
        Role::Manager | Role::Member => Owners::default(),
    };
    Ok(Person { membership: Some(found.standing), kept: None, matches, others })
}

/// Writes a membership's new standing, with its consequences.
fn change(conn: &mut Conn, at: At<'_>, id: MembershipId, (old, new): (Standing, Standing)) -> Result<()> {
    if let Some(account) = owners::made(&old, &new) {
        accounts::prove_on(conn, account)?;
    }
    write(conn, at, id, (old, new))?;
    Ok(owners::tell(conn, at, &[old], Some(new))?)
}

fn write(conn: &mut Conn, at: At<'_>, id: MembershipId, (old, new): (Standing, Standing)) -> Result<()> {
    if old == new {
        return Ok(());
    }
    memberships::update(conn, at.tenant, id, old, new, at.now)?;
    if old.stage.account().is_none() && new.stage.account().is_some() {
        invitations::accept(conn, at.tenant, id)?;
        match new.managed_by {
            ManagedBy::Hand => called::name_after_account(conn, at.tenant, id)?,
            // so that the link is removed with the user
            ManagedBy::Scim => identities::stand_behind_member(conn, at.tenant, id)?,
        }
    }
    Ok(())
}

/// Deletes a membership with its invitation and unsent mail.
fn remove(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    outbox::forget(conn, tenant, id)?;
    invitations::forget(conn, tenant, id)?;
    memberships::delete(conn, tenant, id)
}

/// When the outbox should send an invitation.
fn mail_due(mail: Mail, at: At<'_>) -> Option<Timestamp> {
    match mail {
        Mail::Now => Some(at.now),
        Mail::InTeam => None,
    }
}

/// Like [`happen`], for what a mail server or the clock did to a membership that may be gone.
pub(super) fn befall(conn: &mut Conn, at: At<'_>, id: MembershipId, event: Event) -> Result<()> {
    conn.hold(Held::Membership(at.tenant, id.0))?;
    let Some(old) = memberships::one(conn, at.tenant, id)? else { return Ok(()) };
    let person = Person { membership: Some(old), kept: None, matches: Vec::new(), others: Owners::default() };
    match live(&person, event).map(|outcome| outcome.membership) {
        Ok(Some(new)) => change(conn, at, id, (old, new)),
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Locks a membership, and returns its current standing.
fn hold(conn: &mut Conn, tenant: TenantId, found: &Found) -> Result<Standing> {
    conn.hold(Held::Membership(tenant, found.id.0))?;
    memberships::one(conn, tenant, found.id)?.ok_or_else(|| of_member(Refusal::NoMembership, found))
}

/// Deletes a membership and ends the sessions that opened only this organisation.
fn lose(conn: &mut Conn, at: At<'_>, (id, standing): Keyed) -> QueryResult<()> {
    remove(conn, at.tenant, id)?;
    owners::tell(conn, at, &[standing], None)?;
    match standing.stage.account() {
        Some(account) => {
            sessions::end_confined(conn, at.tenant, account, Reason::LostAccess, at.now).map(drop)
        }
        None => Ok(()),
    }
}

/// Whether the organisation has a joined owner.
pub(super) fn has_joined_owner(conn: &mut Conn, tenant: TenantId) -> QueryResult<bool> {
    has_owner_besides(conn, tenant, MembershipId(0))
}

fn of_member(why: Refusal, found: &Found) -> HookError {
    HookError::Refused(why.of(&found.member.user_name))
}

/// The standing of a membership by hand after it is merged with that of a SCIM user.
pub(super) fn merged(conn: &mut Conn, tenant: TenantId, kept: &Found, gone: &Found) -> Result<Standing> {
    // the other one of the two goes
    let others = others(conn, tenant, Some((gone.id, gone.standing)))?;
    let new = merge_of(kept, gone, others).map_err(|why| of_member(why, kept))?;
    match is_another_there(conn, tenant, new, gone)? {
        true => Err(of_member(Refusal::OtherSignIn, kept)),
        false => Ok(new),
    }
}

/// Like [`merged`], to preview it. Locks and writes nothing.
#[cfg(feature = "console")]
pub(super) fn would_merge(
    conn: &mut Conn,
    tenant: TenantId,
    kept: &Found,
    gone: &Found,
) -> QueryResult<Result<Standing, Refusal>> {
    let others = around(conn, tenant, (gone.id, gone.standing))?;
    let new = match merge_of(kept, gone, others) {
        Ok(new) => new,
        Err(why) => return Ok(Err(why)),
    };
    Ok(if is_another_there(conn, tenant, new, gone)? { Err(Refusal::OtherSignIn) } else { Ok(new) })
}

/// Whether the account of a merged membership is linked to another sign-in than that of the user, who would manage it.
fn is_another_there(conn: &mut Conn, tenant: TenantId, merged: Standing, gone: &Found) -> QueryResult<bool> {
    match (merged.stage.account(), &gone.user) {
        (Some(account), Some(user)) => identities::is_another(conn, tenant, account, &user.body),
        _ => Ok(false),
    }
}

fn merge_of(kept: &Found, gone: &Found, others: Owners) -> Result<Standing, Refusal> {
    let person = Person { membership: Some(kept.standing), kept: None, matches: Vec::new(), others };
    live(&person, Event::Merged(gone.standing))?.membership.ok_or(Refusal::NoMembership)
}

/// A membership by hand becomes that of a SCIM user, whose own is deleted.
pub(super) fn merge(conn: &mut Conn, at: At<'_>, (kept, gone): (&Found, &Found), user: i64) -> Result<()> {
    // nothing is granted to the user meanwhile, and neither membership changes
    directory::hold(conn, at.tenant, user)?;
    for found in [kept, gone] {
        if hold(conn, at.tenant, found)? != found.standing {
            let why = "one of the two memberships was changed meanwhile; nothing was merged: try again";
            return Err(HookError::Refused(why.to_owned()));
        }
    }
    let new = merged(conn, at.tenant, kept, gone)?;
    teams::hand_on(conn, at.tenant, gone.id, kept.id)?;
    remove(conn, at.tenant, gone.id)?;
    let called = gone.user.as_ref().map(|user| Called::of_user(&user.body)).unwrap_or_default();
    memberships::stand_behind(conn, at.tenant, kept.id, (user, &called))?;
    if let Some(account) = new.stage.account() {
        identities::stand_behind(conn, at.tenant, account, user)?;
    }
    write(conn, at, kept.id, (kept.standing, new))?;
    Ok(owners::tell(conn, at, &[kept.standing, gone.standing], Some(new))?)
}
