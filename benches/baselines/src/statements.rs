//! The statements of the binary, one after the other as it runs them. Take them anew from a server whose statements
//! are shown (`diesel::connection::set_default_instrumentation`) when the store changes; `baselines --check` fails when
//! the tables are others.

/// Every request: the token and its organisation.
pub(crate) const TOKEN: &str = "SELECT t.key_id, t.tenant, t.phc, t.hash_version, t.label, t.created, t.expires, \
    t.revoked, t.last_used, o.tenant, o.slug, o.name, o.profile, o.default_role, o.created \
    FROM (token t INNER JOIN organisation o ON (t.tenant = o.tenant)) WHERE (t.key_id = ?)";

/// A resource by id.
pub(crate) const ROW: &str = "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
    cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ? and r.id = ? and r.kind = ?";
/// The groups of a user.
pub(crate) const GROUPS: &str = "select m.member_seq, x.id, x.kind, x.label from scim_member m cross join scim_resource x \
    where x.tenant = m.tenant and x.seq = m.group_seq and m.tenant = ? and m.member_seq = ? \
    order by m.member_seq, m.group_seq";
/// The groups of a page of users; the keys follow.
pub(crate) const GROUPS_OF: &str = "select m.member_seq, x.id, x.kind, x.label from scim_member m cross join scim_resource x \
    where x.tenant = m.tenant and x.seq = m.group_seq and m.tenant = ? and m.member_seq in (";
pub(crate) const GROUPS_OF_END: &str = ") order by m.member_seq, m.group_seq";
/// The members of a group, after a look at how many there are.
pub(crate) const MANY: &str =
    "select count(*) from (select 1 from scim_member where tenant = ? and group_seq = ? limit 257) t";
pub(crate) const MEMBERS: &str = "select m.group_seq, x.id, x.kind, x.label from scim_member m cross join scim_resource x \
    where x.tenant = m.tenant and x.seq = m.member_seq and m.tenant = ? and m.group_seq = ? \
    order by m.group_seq, m.member_seq";

pub(crate) const BY_NAME: &str = "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
    cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ? and r.kind = ? \
    and (r.user_name_key is not null and r.user_name_key = ?) order by r.seq limit 100";
pub(crate) const BY_EMAIL: &str = "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
    cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ?1 and r.kind = ?2 and r.seq in \
    (select e.seq from scim_element e where e.tenant = ?1 and e.path = 'emails' \
    and (e.value_key is not null and e.value_key = ?3)) order by r.seq limit 100";
pub(crate) const COUNTS: &str = "select total, deleted from scim_counter where tenant = ? and kind = ?";
pub(crate) const PAGE: &str = "select r.seq, r.id, r.version, r.created, r.modified, d.doc from scim_resource r \
    cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ? and r.kind = ? and r.seq > ? order by r.seq limit 100";
/// Where a page by place begins: asked once for each place, as the store remembers it.
pub(crate) const PLACE: &str =
    "select r.seq from scim_resource r where r.tenant = ? and r.kind = ? order by r.seq limit 1 offset ?";

/// Every write begins with this, from the binary's hook.
pub(crate) const ROLE: &str = "SELECT default_role FROM organisation WHERE (tenant = ?)";
/// Every write ends with this.
pub(crate) const AUDIT: &str = "INSERT INTO audit (tenant, id, at, actor, request_id, operation, resource_type, \
    resource_id, version, changed, notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

pub(crate) const LAST: &str = "select max(seq) from scim_resource";
pub(crate) const INSERT: &str = "insert into scim_resource (seq, tenant, kind, id, version, created, modified, active, \
    label, label_key, user_name_key, external_id, display_key, family_key, given_key, manager, employee_number, \
    department) values (?, ?, ?, ?, ?, ?, ?, true, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
pub(crate) const INSERT_DOCUMENT: &str =
    "insert into scim_document (seq, tenant, folded, doc) values (?, ?, ?, ?)";
pub(crate) const INSERT_ELEMENTS: &str = "insert into scim_element (tenant, seq, path, ord, value_key, type_key, \
    is_primary) values (?1, ?2, 'emails', 0, ?3, 'work', 'true'), (?1, ?2, 'emails', 1, ?4, 'home', null)";
pub(crate) const COUNT: &str = "insert into scim_counter (tenant, kind, total, deleted) values (?, ?, 1, 0) \
    on conflict (tenant, kind) do update set total = scim_counter.total + 1";
pub(crate) const GROUPS_TO_ENTER: &str =
    "SELECT group_seq FROM scim_member WHERE ((tenant = ?) AND (member_seq = ?))";
pub(crate) const SEAT: &str = "INSERT INTO membership (tenant, user_seq, role, state, managed_by, created) \
    VALUES (?, ?, ?, 'provisioned', 'scim', ?) ON CONFLICT DO NOTHING";

pub(crate) const RELEASE: &str = "delete from scim_unique_key where tenant = ? and seq = ?";
pub(crate) const DERIVED: &str = "select r.active, r.label, r.label_key, r.user_name_key, r.external_id, \
    r.display_key, r.family_key, r.given_key, r.manager, r.employee_number, r.department, cast(d.folded as text) \
    from scim_resource r cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ? and r.seq = ?";
pub(crate) const ELEMENTS: &str = "SELECT path, ord, value_key, type_key, is_primary FROM scim_element \
    WHERE ((tenant = ?) AND (seq = ?)) ORDER BY path, ord";
pub(crate) const UPDATE: &str = "update scim_resource set version = ?, modified = ?, label = ?, label_key = ?, \
    display_key = ?, family_key = ?, employee_number = ? where tenant = ? and seq = ?";
pub(crate) const UPDATE_DOCUMENT: &str =
    "update scim_document set folded = ?, doc = ? where tenant = ? and seq = ?";
pub(crate) const DELETE_ELEMENTS: &str = "delete from scim_element where tenant = ? and seq = ?";

pub(crate) const RESOLVE: &str = "select seq, id, kind from scim_resource where tenant = ? and id in (?)";
pub(crate) const JOIN: &str = "insert into scim_member (tenant, group_seq, member_seq) values (?, ?, ?) on conflict do nothing returning member_seq";
pub(crate) const LEAVE: &str =
    "delete from scim_member where tenant = ? and group_seq = ? and member_seq in (?) returning member_seq";
pub(crate) const TOUCH: &str =
    "update scim_resource set version = ?, modified = ? where tenant = ? and seq = ?";
pub(crate) const SEATED: &str = "SELECT user_seq FROM membership WHERE ((tenant = ?) AND (user_seq IN (?)))";
pub(crate) const ENTER: &str =
    "INSERT INTO team_membership (tenant, group_seq, user_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
pub(crate) const EXIT: &str =
    "DELETE FROM team_membership WHERE (((tenant = ?) AND (group_seq = ?)) AND (user_seq IN (?)))";

/// The least that a durable write can be.
pub(crate) const MAKE_ONE_ROW: &str =
    "CREATE TABLE IF NOT EXISTS one_row (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, doc TEXT NOT NULL)";
pub(crate) const ONE_ROW: &str = "insert into one_row (id, doc) values (?, ?)";
