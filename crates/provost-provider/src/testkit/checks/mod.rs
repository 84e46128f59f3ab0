//! The checks by name, each with the rule it verifies.

mod create;
mod cursors;
mod delete;
mod faults;
mod filters;
mod groups;
mod members;
mod pages;
mod races;
mod tenants;
mod torn;
mod unique;
mod update;
mod versions;

use super::fixture::Fixture;
use super::verdict::CheckResult;
use crate::store::Store;
use std::future::Future;
use std::pin::Pin;

/// A rule of the contract, and its check.
pub(super) struct Check<S> {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    pub(super) run: fn(Fixture<S>) -> Running,
}

type Running = Pin<Box<dyn Future<Output = CheckResult> + Send>>;

macro_rules! checks {
    ($($module:ident::$check:ident: $rule:literal;)+) => {
        vec![$(Check {
            name: concat!(stringify!($module), "::", stringify!($check)),
            rule: $rule,
            run: |fixture| Box::pin(async move { $module::$check(&fixture).await }),
        }),+]
    };
}

/// All checks, simple ones first: look at the first failure first.
pub(super) fn all<S: Store>() -> Vec<Check<S>> {
    checks! {
        create::reads_back: "a new resource reads back as it was written, and as its creation answered";
        create::first_version: "a new resource has version 1, and both times are the instant of the request";
        create::every_attribute: "whatever the schemas allow is kept, of every resource type";
        create::unknown_is_none: "an id that does not exist, or is of another type, reads as nothing";
        create::secrets_stay_out: "writeOnly attributes are no part of a body";

        update::sets_and_clears: "a change sets and clears attributes, and answers with what is stored";
        update::every_attribute: "a body may be replaced by any other that the schemas allow";
        update::bumps_version: "a change adds 1 to the version and sets the time, and creation stays as it was";
        update::nothing_to_change: "a change that comes to nothing leaves version and time, and says so";
        update::unknown_is_refused: "a change of what does not exist, or is of another type, is refused";
        update::switches_off_and_on: "a user is switched off and on, and stays readable";
        update::only_true_gives_access: "a user without `active` is shown as such, and is not found as an active one";
        update::answers_what_is_wanted: "a change answers with the members and groups that are wanted";

        versions::update_expects: "a change based on another version is refused and changes nothing";
        versions::members_expect: "a change of members based on another version is refused";
        versions::delete_expects: "a deletion based on another version is refused and deletes nothing";

        delete::is_gone: "what was deleted cannot be read, listed, changed or deleted";
        delete::of_its_type: "a deletion is of one type, and leaves others alone";

        unique::one_holder: "no two resources of a type have one key; the refusal names the attribute";
        unique::folded: "names that differ in case, width or composition are one key";
        unique::changed_to_taken: "a change to a key that is taken is refused and changes nothing, members included";
        unique::own_spelling: "a resource may change the spelling of its own key";
        unique::freed_on_rename: "a key is free when its resource has another";
        unique::freed_on_delete: "a key is free when its resource is deleted";
        unique::kept_when_off: "a user who is switched off keeps its keys";
        unique::of_its_type: "two types may have the same value";

        members::added: "members are added, and the version grows by 1";
        members::added_again: "adding somebody who is a member already changes nothing";
        members::removed: "members are removed, and the others stay";
        members::removed_again: "removing somebody who is no member changes nothing";
        members::added_and_removed: "one change may add some and remove others";
        members::replaced: "a replacement removes those not named and adds those named; the same members change nothing";
        members::cleared: "all members leave at once";
        members::as_text: "members that come as text are the members, in their order";
        members::stable_order: "members come in the same order each time, and those who stay keep theirs";
        members::of_several_types: "groups may be members of groups";
        members::with_body: "one change may be of attributes and of members; both or neither";
        members::unknown_refused: "members who do not exist are refused by id, and nothing is done";
        members::unknown_skipped: "members who do not exist are left out and reported, when that is wanted";
        members::unknown_never_empty: "a list of members of whom nobody exists is refused and empties nothing";
        members::leave_when_deleted: "who is deleted leaves all groups, whose versions grow";
        members::display_follows: "a member is shown by its present name, and its rename is no change of the group";

        groups::of_user: "a user shows the groups it is a direct member of";
        groups::display_follows: "a group is shown by its present name, and its rename is no change of the user";
        groups::gone_when_deleted: "a deleted group is no longer shown, and its members stay";

        pages::bounds: "start and count cut a page out; the total is that of all";
        pages::order_of_creation: "without a sort, resources come in the order of their creation";
        pages::only_what_is_wanted: "a page holds members and groups when they are wanted";
        pages::cut_by_size: "a page with more members or bytes than are allowed has fewer resources, at least one, and the next page continues after them";
        pages::rows_come: "who walks the pages while rows are added meets every row once";
        pages::rows_go: "who walks the pages while rows are deleted meets none twice, and every total is exact";

        cursors::cut_by_size: "where a page was cut for its size, the cursor continues after what it has";
        cursors::walk: "who follows a cursor meets every row once, in order; the last page says that it is the last";
        cursors::rows_come_and_go: "and meets every row that stays once, whatever comes and goes meanwhile";
        cursors::sorted: "and so in any order, with rows that have the same value or none";
        cursors::random: "of any filter and sort, the pages together are what the evaluator of the core finds";
        cursors::of_their_tenant: "handles of two tenants say that they are bound to two things";
        cursors::foreign: "a mark that the store did not make is refused";

        filters::of_identity_providers: "the filters that identity providers send find what they ask for";
        filters::follow_changes: "a filter finds what is stored now, not what was";
        filters::sorts: "sorts put case aside, take the primary value, and put what has no value last";
        filters::random: "any filter, sort and page answers as the evaluator of the core does";
        filters::random_after_changes: "and does so after changes and deletions";

        tenants::reads: "nothing of another tenant is read or listed";
        tenants::writes: "nothing of another tenant is changed or deleted";
        tenants::members: "nobody of another tenant is a member";
        tenants::keys: "another tenant may have the same keys";

        races::one_key: "of many who create one key at once, exactly one succeeds";
        races::all_members_arrive: "of many who add members to one group at once, none is lost";
        races::one_version: "of many who change one version at once, exactly one succeeds";
        races::no_version: "of many who change one resource at once without a version, all succeed, one after the other";
        races::members_and_deletes: "a user who is deleted while joining is in no group afterwards";

        torn::by_readers: "a reader sees all of a change or nothing of it";
        torn::by_lost_clients: "a write whose client is gone is done or not done, never half";

        faults::refused: "when any one call fails, nothing of it stays, and a retry completes it";
        faults::lost: "when any one answer is lost, a retry finds it done";
        faults::at_random: "failures, lost answers and delays by chance leave what a run without them leaves";
    }
}
