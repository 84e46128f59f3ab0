//! Rows from before SCIM: an identity provider must find and take them over instead of creating new ones.

use super::fixture::{Fixture, body, ids, members};
use super::verdict::{CheckResult, During, Refusal, fail, holds, refused, same};
use super::{Handles, Options, Report, builtin, run};
use crate::store::Store;
use provost_core::change::is_active;
use provost_core::filter::Unknown;
use provost_core::{Filter, Id, Query, Value};

/// Checks that an identity provider's first search takes over users whose rows existed before SCIM: each of
/// `user_names` can be found by its `userName` in any case, has an `id`, is listed, cannot be created a second time,
/// and can be changed, deactivated, reactivated and added to a group like any other user.
///
/// `store` is the application's, over tables with these rows, after whatever it does with them at its start. The checks
/// change them.
///
/// ```
/// # use provost_provider::testkit::{Report, adopted};
/// # use provost_provider::MemoryStore;
/// # async fn open_with(_: &str) -> MemoryStore { MemoryStore::new() }
/// async fn accounts_from_before_are_taken_over() -> Result<(), Report> {
///     let store = open_with("insert into accounts (email) values ('grace@example.com')").await;
///     adopted(store, ["grace@example.com"]).await.verdict()
/// }
/// # let refused = tokio::runtime::Runtime::new().unwrap().block_on(accounts_from_before_are_taken_over());
/// # assert!(refused.unwrap_err().to_string().contains("adopted::taken_over"));
/// ```
pub async fn adopted<S, N>(store: S, user_names: N) -> Report
where
    S: Store,
    N: IntoIterator<Item: Into<String>>,
{
    let names: Vec<String> = user_names.into_iter().map(Into::into).collect();
    let fixture = Fixture::new(Handles::one(store), &builtin(), Options::default());
    let check = |fixture: Fixture<S>| async move {
        holds("the names of users from before SCIM", "at least one", !names.is_empty())?;
        for name in &names {
            take_over(&fixture, name).await?;
        }
        Ok(())
    };
    let rule = "users from before SCIM are found by their names, and taken over";
    Report { checks: vec![run("adopted::taken_over", rule, fixture, check).await] }
}

async fn take_over<S: Store>(fixture: &Fixture<S>, name: &str) -> CheckResult {
    let kind = &fixture.user;
    let found = by(fixture, "userName", &name.to_uppercase()).await?;
    let [user] = &found[..] else {
        return fail(format!("the users that `userName eq \"{name}\"` finds"), "one", found.len());
    };
    let read = fixture.read(kind, user).await?;
    let spelt = body(&read)?.str("userName").is_some_and(|n| n.to_lowercase() == name.to_lowercase());
    holds(format!("the `userName` of {user}"), format!("`{name}`"), spelt)?;
    let listed = ids(&fixture.all(kind).await?);
    same(format!("how often {user} is listed"), &1, &listed.iter().filter(|id| *id == user).count())?;
    let again = fixture.create(kind, fixture.new_user(name)?).await;
    refused(format!("creating `{name}`, who is there"), Refusal::Conflict, again)?;

    let key = format!("from the identity provider {user}");
    let after = fixture.write(kind, user, |body| drop(body.insert("externalId", &*key))).await?;
    same("the id after the first change", user, &after.id)?;
    same(
        format!("who is found by the externalId that `{name}` got"),
        &found,
        &by(fixture, "externalId", &key).await?,
    )?;
    let group = fixture.group(&format!("the group of {user}"), &[user]).await?;
    same("the members of a group with them", &vec![user.clone()], &members(&group))?;
    for on in [false, true] {
        let switched = fixture.write(kind, user, |body| drop(body.insert("active", on))).await?;
        same(format!("whether `{name}` is active"), &on, &is_active(kind, &body(&switched)?))?;
    }
    fixture.delete(&fixture.group, &group.id).await.during("deleting the group again")
}

/// Who has this text.
async fn by<S: Store>(fixture: &Fixture<S>, attribute: &str, text: &str) -> CheckResult<Vec<Id>> {
    let filter = format!("{attribute} eq {}", Value::from(text));
    let filter: Filter = filter.parse().ok().during(format!("the filter `{filter}`"))?;
    let filter = filter.resolve(&fixture.user, Unknown::Refuse).ok().during("an attribute of users")?;
    let mut query = Query::default();
    query.filter = Some(filter);
    query.count = 10;
    Ok(ids(&fixture.find(&fixture.user, &query).await?.resources))
}
