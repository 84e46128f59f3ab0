//! How often an application's tables are queried: a large group takes a few statements, not one for each member.
//!
//! Planted and caught: each kind of call made one by one.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::change::{MemberChange, NewResource};
use provost_core::query::Include;
use provost_core::resource::{Link, Service};
use provost_core::{Change, Id, Object, Query, ResourceType, SchemaSet, Timestamp};
use provost_provider::StoreError;
use provost_provider::embed::{self, Entry, SLICE, Selection, Stamp, Tables};

/// A group with so many members, and as many groups; counts each call.
#[derive(Default)]
struct Counted {
    members: usize,
    calls: Vec<&'static str>,
}

impl Counted {
    fn of(members: usize) -> Self {
        Self { members, calls: Vec::new() }
    }

    fn made(&self, call: &str) -> usize {
        self.calls.iter().filter(|c| **c == call).count()
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let stamp = Stamp::new(Timestamp::from_millis(0));
        ids(self.members).into_iter().map(move |id| Entry { id, stamp, body: Object::new() })
    }
}

fn ids(n: usize) -> Vec<Id> {
    (0..n).map(|n| Id::from(format!("u{n}"))).collect()
}

impl Tables for Counted {
    type Error = StoreError;

    fn rows(&mut self, _: &ResourceType, wanted: Selection<'_>) -> Result<Vec<Entry>, StoreError> {
        self.calls.push("rows");
        let most = if matches!(wanted, Selection::One(_)) { 1 } else { usize::MAX };
        Ok(self.entries().take(most).collect())
    }

    fn count(&mut self, _: &ResourceType) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.members).unwrap())
    }

    fn links(&mut self, _: &ResourceType, of: &[Id]) -> Result<Vec<(Id, Link)>, StoreError> {
        self.calls.push("links");
        assert!(of.len() <= SLICE);
        let link =
            |id| (of.first().unwrap().clone(), Link { id, resource_type: "User".into(), display: None });
        Ok(ids(self.members).into_iter().map(link).collect())
    }

    fn write(&mut self, _: &ResourceType, _: Entry, _: bool) -> Result<(), StoreError> {
        Ok(())
    }

    fn delete(&mut self, _: &ResourceType, _: &Id, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, StoreError> {
        self.calls.push("may_join");
        assert!(ids.len() <= SLICE);
        Ok(ids.to_vec())
    }

    fn join(&mut self, _: &Id, members: &[Id]) -> Result<usize, StoreError> {
        self.calls.push("join");
        Ok(members.len())
    }

    fn leave(&mut self, _: &Id, members: &[Id]) -> Result<usize, StoreError> {
        self.calls.push("leave");
        Ok(members.len())
    }
}

#[test]
fn many_members_are_a_few_statements() {
    let set = SchemaSet::builtin();
    let (group, at) = (set.resource_type("Group").unwrap(), Timestamp::from_millis(0));
    let many = 2 * SLICE + 1;

    let mut tables = Counted::of(many);
    let mut new = NewResource::new(Id::from("g"), Object::new());
    new.members = ids(many);
    embed::create(&mut tables, group, new, at).unwrap();
    assert_eq!((tables.made("may_join"), tables.made("join")), (3, 3), "{:?}", tables.calls);

    let mut tables = Counted::of(many);
    let mut change = Change::default();
    change.members = MemberChange { clear: true, ..MemberChange::default() };
    embed::update(&mut tables, group, &Id::from("g"), change, Include::BODY, at).unwrap();
    assert_eq!((tables.made("leave"), tables.made("links")), (3, 1), "{:?}", tables.calls);

    let mut tables = Counted::of(many);
    let mut query = Query::default();
    (query.count, query.include) = (u64::MAX, Include::ALL);
    let service = Service::new("https://example.com", set.clone().into());
    embed::find(&mut tables, group, &query, &service, 10).unwrap();
    // a few rows at a time, since they may not fit
    assert_eq!((tables.made("rows"), tables.made("links")), (1, many.div_ceil(50)), "{:?}", tables.calls);
}
