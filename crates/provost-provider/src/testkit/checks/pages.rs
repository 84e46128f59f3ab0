//! Lists, page by page.

use crate::store::Store;
use crate::testkit::fixture::{Fixture, count, ids, members, same_resource};
use crate::testkit::verdict::{CheckResult, During, holds, same};
use provost_core::query::Include;
use provost_core::{Id, Query};

async fn users<S: Store>(fixture: &Fixture<S>, how_many: usize) -> CheckResult<Vec<Id>> {
    let mut made = Vec::new();
    for n in 0..how_many {
        // names in another order than creation
        made.push(fixture.user(&format!("user {:02}", (n * 7) % how_many)).await?.id);
    }
    Ok(made)
}

pub(super) async fn bounds<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let empty = fixture.page(&fixture.user, 1, 10).await?;
    same("the total of no users", &(0, 0), &(empty.total, empty.resources.len()))?;
    let made = users(fixture, 10).await?;
    fixture.group("not a user", &[]).await?;
    for (start, how_many) in
        [(1, 10), (1, 3), (4, 3), (10, 5), (8, 3), (11, 5), (500, 5), (1, 0), (5, 0), (1, 1_000)]
    {
        let page = fixture.page(&fixture.user, start, how_many).await?;
        let what = format!("with start {start} and count {how_many} of 10 users");
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(0);
        let take = usize::try_from(how_many).unwrap_or(0);
        let expected: Vec<Id> = made.iter().skip(skip).take(take).cloned().collect();
        same(format!("the page {what}"), &expected, &ids(&page.resources))?;
        same(format!("the total {what}"), &10, &page.total)?;
    }
    Ok(())
}

pub(super) async fn order_of_creation<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut made = users(fixture, 15).await?;
    same("the order of users", &made, &ids(&fixture.all(&fixture.user).await?))?;
    // changes do not affect the order
    let middle = made.get(7).cloned().during("a user")?;
    fixture.write(&fixture.user, &middle, |body| drop(body.insert("userName", "another name"))).await?;
    same("the order after a change", &made, &ids(&fixture.all(&fixture.user).await?))?;
    for gone in [made.remove(3), made.remove(9)] {
        fixture.delete(&fixture.user, &gone).await.during("deleting a user")?;
    }
    made.push(fixture.user("the last").await?.id);
    same("the order after deletions and a creation", &made, &ids(&fixture.all(&fixture.user).await?))
}

pub(super) async fn only_what_is_wanted<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (a, b) = (fixture.user("a").await?, fixture.user("b").await?);
    let one = fixture.group("one", &[&a.id, &b.id]).await?;
    let two = fixture.group("two", &[&b.id]).await?;
    let mut query = Query::default();
    for kind in [&fixture.user, &fixture.group] {
        query.include = Include::ALL;
        for listed in fixture.find(kind, &query).await?.resources {
            let read = fixture.read(kind, &listed.id).await?;
            same_resource(&format!("a listed {}", kind.name), &read, &listed)?;
        }
        query.include = Include::BODY;
        let page = fixture.find(kind, &query).await?;
        let bare = page.resources.iter().all(|r| r.members.is_empty() && r.groups.is_empty());
        holds(format!("a {} listed without links", kind.name), "neither members nor groups", bare)?;
    }
    query.include = Include::ALL;
    let listed = fixture.find(&fixture.group, &query).await?.resources;
    let sizes: Vec<usize> = listed.iter().map(|g| members(g).len()).collect();
    same("the groups listed", &vec![one.id, two.id], &ids(&listed))?;
    same("how many members the groups on a page have", &vec![2, 1], &sizes)
}

pub(super) async fn cut_by_size<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let (a, b) = (fixture.user("a").await?, fixture.user("b").await?);
    let mut made = Vec::new();
    for n in 0..6 {
        made.push(fixture.group(&format!("group {n}"), &[&a.id, &b.id]).await?.id);
    }
    for (links, bytes, on_a_page) in [(5, 1 << 20, 2), (4, 1 << 20, 2), (1, 1 << 20, 1), (100, 1, 1)] {
        let mut query = Query::default();
        (query.bounds.links, query.bounds.bytes) = (links, bytes);
        let what = format!("{links} members and {bytes} bytes on a page");
        let mut seen = Vec::new();
        while seen.len() < made.len() {
            query.start = count(&seen).saturating_add(1);
            let page = fixture.find(&fixture.group, &query).await?;
            same(format!("the total, with {what}"), &count(&made), &page.total)?;
            same(format!("the resources, with {what}"), &on_a_page, &page.resources.len())?;
            seen.extend(ids(&page.resources));
        }
        same(format!("all pages, with {what}"), &made, &seen)?;
        // without members requested, the page has none
        query.include = Include::BODY;
        query.start = 1;
        let bare = fixture.find(&fixture.group, &query).await?.resources.len();
        same(format!("the resources without members, with {what}"), &if bytes == 1 { 1 } else { 6 }, &bare)?;
    }
    Ok(())
}

pub(super) async fn rows_come<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let mut made = users(fixture, 9).await?;
    let (mut seen, mut start) = (Vec::new(), 1);
    loop {
        let page = fixture.page(&fixture.user, start, 4).await?;
        same("the total while rows are added", &count(&made), &page.total)?;
        if page.resources.is_empty() {
            break;
        }
        start += count(&page.resources);
        seen.extend(ids(&page.resources));
        if made.len() < 16 {
            made.push(fixture.user(&format!("added {}", made.len())).await?.id);
            made.push(fixture.user(&format!("0 added {}", made.len())).await?.id);
        }
    }
    same("the users met on a walk while rows are added", &made, &seen)
}

pub(super) async fn rows_go<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let made = users(fixture, 20).await?;
    let mut left = made.len();
    let (mut seen, mut start) = (Vec::<Id>::new(), 1);
    loop {
        let page = fixture.page(&fixture.user, start, 3).await?;
        same("the total while rows are deleted", &u64::try_from(left).unwrap_or(0), &page.total)?;
        let Some(last) = page.resources.last() else { break };
        start += count(&page.resources);
        for id in ids(&page.resources) {
            holds(format!("the user {id} on a walk while rows are deleted"), "once", !seen.contains(&id))?;
            seen.push(id);
        }
        fixture.delete(&fixture.user, &last.id).await.during("deleting a user")?;
        left -= 1;
    }
    let order: Vec<&Id> = made.iter().filter(|id| seen.contains(id)).collect();
    same("the order of the users met", &order, &seen.iter().collect())
}
