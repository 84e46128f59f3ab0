//! Lists, page by page.

use crate::store::Store;
use crate::testkit::room::{Room, count, ids, members, same_resource};
use crate::testkit::verdict::{During, Verdict, holds, same};
use provost_core::query::Fields;
use provost_core::{Id, Query};

async fn users<S: Store>(room: &Room<S>, how_many: usize) -> Verdict<Vec<Id>> {
    let mut made = Vec::new();
    for n in 0..how_many {
        // names in another order than creation
        made.push(room.user(&format!("user {:02}", (n * 7) % how_many)).await?.id);
    }
    Ok(made)
}

pub(super) async fn bounds<S: Store>(room: &Room<S>) -> Verdict {
    let empty = room.page(&room.user, 1, 10).await?;
    same("the total of no users", &(0, 0), &(empty.total, empty.resources.len()))?;
    let made = users(room, 10).await?;
    room.group("not a user", &[]).await?;
    for (start, how_many) in
        [(1, 10), (1, 3), (4, 3), (10, 5), (8, 3), (11, 5), (500, 5), (1, 0), (5, 0), (1, 1_000)]
    {
        let page = room.page(&room.user, start, how_many).await?;
        let what = format!("with start {start} and count {how_many} of 10 users");
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(0);
        let take = usize::try_from(how_many).unwrap_or(0);
        let expected: Vec<Id> = made.iter().skip(skip).take(take).cloned().collect();
        same(format!("the page {what}"), &expected, &ids(&page.resources))?;
        same(format!("the total {what}"), &10, &page.total)?;
    }
    Ok(())
}

pub(super) async fn order_of_creation<S: Store>(room: &Room<S>) -> Verdict {
    let mut made = users(room, 15).await?;
    same("the order of users", &made, &ids(&room.all(&room.user).await?))?;
    // changes do not move anybody
    let middle = made.get(7).cloned().during("a user")?;
    room.write(&room.user, &middle, |body| drop(body.insert("userName", "another name"))).await?;
    same("the order after a change", &made, &ids(&room.all(&room.user).await?))?;
    for gone in [made.remove(3), made.remove(9)] {
        room.delete(&room.user, &gone).await.during("deleting a user")?;
    }
    made.push(room.user("the last").await?.id);
    same("the order after deletions and a creation", &made, &ids(&room.all(&room.user).await?))
}

pub(super) async fn only_what_is_wanted<S: Store>(room: &Room<S>) -> Verdict {
    let (a, b) = (room.user("a").await?, room.user("b").await?);
    let one = room.group("one", &[&a.id, &b.id]).await?;
    let two = room.group("two", &[&b.id]).await?;
    let mut query = Query::default();
    for kind in [&room.user, &room.group] {
        query.want = Fields::ALL;
        for listed in room.find(kind, &query).await?.resources {
            let read = room.read(kind, &listed.id).await?;
            same_resource(&format!("a listed {}", kind.name), &read, &listed)?;
        }
        query.want = Fields::BODY;
        let page = room.find(kind, &query).await?;
        let bare = page.resources.iter().all(|r| r.members.is_empty() && r.groups.is_empty());
        holds(format!("a {} listed without links", kind.name), "neither members nor groups", bare)?;
    }
    query.want = Fields::ALL;
    let listed = room.find(&room.group, &query).await?.resources;
    let sizes: Vec<usize> = listed.iter().map(|g| members(g).len()).collect();
    same("the groups listed", &vec![one.id, two.id], &ids(&listed))?;
    same("how many members the groups on a page have", &vec![2, 1], &sizes)
}

pub(super) async fn rows_come<S: Store>(room: &Room<S>) -> Verdict {
    let mut made = users(room, 9).await?;
    let (mut seen, mut start) = (Vec::new(), 1);
    loop {
        let page = room.page(&room.user, start, 4).await?;
        same("the total while rows are added", &count(&made), &page.total)?;
        if page.resources.is_empty() {
            break;
        }
        start += count(&page.resources);
        seen.extend(ids(&page.resources));
        if made.len() < 16 {
            made.push(room.user(&format!("added {}", made.len())).await?.id);
            made.push(room.user(&format!("0 added {}", made.len())).await?.id);
        }
    }
    same("the users met on a walk while rows are added", &made, &seen)
}

pub(super) async fn rows_go<S: Store>(room: &Room<S>) -> Verdict {
    let made = users(room, 20).await?;
    let mut left = made.len();
    let (mut seen, mut start) = (Vec::<Id>::new(), 1);
    loop {
        let page = room.page(&room.user, start, 3).await?;
        same("the total while rows are deleted", &u64::try_from(left).unwrap_or(0), &page.total)?;
        let Some(last) = page.resources.last() else { break };
        start += count(&page.resources);
        for id in ids(&page.resources) {
            holds(format!("the user {id} on a walk while rows are deleted"), "once", !seen.contains(&id))?;
            seen.push(id);
        }
        room.delete(&room.user, &last.id).await.during("deleting a user")?;
        left -= 1;
    }
    let order: Vec<&Id> = made.iter().filter(|id| seen.contains(id)).collect();
    same("the order of the users met", &order, &seen.iter().collect())
}
