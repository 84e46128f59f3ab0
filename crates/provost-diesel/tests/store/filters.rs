//! Every filter and every sort gives the evaluator's answer.

use super::number;
use super::world::{Rng, everything, world, world_of};
use provost_core::query::Sort;
use provost_core::{AttrPath, AttrRef, Object};
use provost_provider::{Find, Store};

/// Filters by hand: each finds something and leaves something out, so each can fail.
const SOME: &[(&str, &[&str])] = &[
    (
        "User",
        &[
            r#"userName eq "U5""#,
            r#"userName sw "u1""#,
            r#"userName co "1""#,
            r#"userName ew "0""#,
            r#"userName gt "u2""#,
            r#"userName le "u2""#,
            r#"userName ne "u5""#,
            r#"not (userName sw "u")"#,
            r#"displayName eq "strasse""#,
            r#"displayName ne "strasse""#,
            r#"not (displayName eq "strasse")"#,
            r#"not (displayName ne "strasse")"#,
            r#"displayName pr"#,
            r#"not (displayName pr)"#,
            r#"displayName eq null"#,
            r#"displayName ne null"#,
            r#"displayName eq """#,
            r#"displayName sw "ü""#,
            r#"displayName co "%""#,
            r#"displayName ew "b""#,
            r#"displayName gt "bob""#,
            r#"displayName sw "zz\udbff\udfff""#,
            r#"externalId eq "Ann""#,
            r#"externalId eq "ann""#,
            r#"id eq "00000007-0000-7000-8000-000000000000""#,
            r#"id co "0000a""#,
            r#"active eq true"#,
            r#"active eq false"#,
            r#"active ne true"#,
            r#"not (active eq true)"#,
            r#"active pr"#,
            r#"active eq null"#,
            r#"name.familyName eq "ann""#,
            r#"name.givenName sw "a""#,
            r#"name.formatted eq "bob""#,
            r#"name.formatted ne "bob""#,
            r#"name pr"#,
            r#"not (name pr)"#,
            r#"name[familyName eq "ann" and formatted pr]"#,
            r#"name[not (familyName eq "ann")]"#,
            r#"title gt "b" and title le "straSSE""#,
            r#"not (title gt "b")"#,
            r#"nickName eq "ann" or title eq "bob""#,
            r#"profileUrl eq "https://a.example/X""#,
            r#"emails eq "ann@x.org""#,
            r#"emails.value eq "ANN@x.org""#,
            r#"emails.value ne "ann@x.org""#,
            r#"not (emails.value eq "ann@x.org")"#,
            r#"not (emails.value ne "ann@x.org")"#,
            r#"emails.value sw "b""#,
            r#"emails.value eq null"#,
            r#"emails.value ne null"#,
            r#"emails.type eq "work""#,
            r#"emails.display eq "bob""#,
            r#"emails.primary eq true"#,
            r#"emails.primary ne true"#,
            r#"emails pr"#,
            r#"not (emails pr)"#,
            r#"emails.value pr"#,
            r#"emails[type eq "work" and value eq "ann@x.org"]"#,
            r#"emails[type eq "work" and value co "@x.org"]"#,
            r#"emails[type eq "work" and not (value co "ann")]"#,
            r#"emails[type ne "work"]"#,
            r#"emails[not (type pr)]"#,
            r#"emails[display eq "ann" and type eq "home"]"#,
            r#"emails[primary eq true and value sw "a"]"#,
            r#"emails[value eq "ann@x.org" or type eq "other"]"#,
            r#"phoneNumbers[type eq "work" and primary eq false]"#,
            r#"phoneNumbers.value ne "+1""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "ann""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber gt "1""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter ne "ann""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "00000002-0000-7000-8000-000000000000""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr"#,
            r#"meta.created gt "2026-01-01T00:02:00Z""#,
            r#"meta.created ge "2026-01-01T00:01:59.9995Z""#,
            r#"meta.created lt "2026-01-01T00:02:00.0005Z""#,
            r#"meta.created ge "2026-01-01T00:01:59.9991Z""#,
            r#"meta.created gt "2026-01-01T00:01:59.9989Z""#,
            r#"meta.created lt "2026-01-01T00:01:59.9991Z""#,
            r#"meta.created le "2026-01-01T00:01:59.9989Z""#,
            r#"meta.created eq "2026-01-01T00:01:59.999Z""#,
            r#"not (meta.created ne "2026-01-01T00:01:59.999Z")"#,
            r#"meta.lastModified eq "2026-01-01T01:01:00+01:00""#,
            r#"meta.lastModified le "2026-01-01T00:01:00.000001Z""#,
            r#"meta.location eq "https://Scim.example.com/v2/Users/00000007-0000-7000-8000-000000000000""#,
            r#"groups.value eq "000003f0-0000-7000-8000-000000000000""#,
            r#"groups.display co "ann""#,
            r#"groups pr"#,
            r#"not (groups pr)"#,
            r#"groups[type eq "direct" and display sw "s"]"#,
            r#"userName eq "u5" or emails.value eq "ann@x.org""#,
            r#"userName eq "u5" or groups.value eq "000003f0-0000-7000-8000-000000000000""#,
            r#"not (userName eq "u5" or emails.value eq "ann@x.org")"#,
            r#"(userName eq "u5" or displayName eq "ann") and not (active eq false)"#,
            r#"emails.value eq "bob@x.org" and (title pr or name.familyName eq "ann")"#,
        ],
    ),
    (
        "Group",
        &[
            r#"displayName sw "ann""#,
            r#"members.value eq "000003f0-0000-7000-8000-000000000000""#,
            r#"members eq "000003f0-0000-7000-8000-000000000000""#,
            r#"members.value ne "000003f0-0000-7000-8000-000000000000""#,
            r#"not (members.value eq "000003f0-0000-7000-8000-000000000000")"#,
            r#"members.value sw "000003""#,
            r#"members.type eq "group""#,
            r#"members.type ne "group""#,
            r#"members.display sw "a""#,
            r#"members[type eq "User" and display co "nn"]"#,
            r#"members[value eq "000003f0-0000-7000-8000-000000000000" and type eq "Group"]"#,
            r#"members.$ref eq "https://Scim.example.com/v2/Groups/000003f0-0000-7000-8000-000000000000""#,
            r#"members pr"#,
            r#"not (members pr)"#,
            r#"members.value eq null"#,
            r#"externalId eq null or displayName pr"#,
        ],
    ),
    (
        "Device",
        &[
            r#"serial eq "ann""#,
            r#"serial gt "B""#,
            r#"cores gt 2"#,
            r#"cores eq 9007199254740993"#,
            r#"cores lt 9007199254740993"#,
            r#"cores ne 10"#,
            r#"load le 0"#,
            r#"load eq 0"#,
            r#"load ge 2.5"#,
            r#"load eq 30"#,
            r#"load lt 0.10000000000000001"#,
            r#"bought eq "2026-01-01T00:00:00Z""#,
            r#"bought gt "2025-06-01T00:00:00Z""#,
            r#"bought lt "1970-01-01T00:00:00Z""#,
            r#"active eq true"#,
            r#"labels eq "strasse""#,
            r#"labels ne "strasse""#,
            r#"labels[value sw "a"]"#,
            r#"not (labels pr)"#,
            r#"readings gt 5"#,
            r#"not (readings lt 5)"#,
            r#"box.tags eq "ann""#,
            r#"box.tags ne "ann""#,
            r#"box.tags pr"#,
            r#"box[colour pr and tags sw "a"]"#,
            r#"disks.size gt 2"#,
            r#"disks[size gt 2 and primary eq true]"#,
            r#"disks.parts eq "p2""#,
            r#"disks.parts ne "p2""#,
            r#"disks[parts eq "p2" and size lt 5]"#,
            r#"disks[not (parts eq "p2")]"#,
            r#"disks[since gt "2025-07-01T00:00:00Z"]"#,
            r#"schemas eq null"#,
        ],
    ),
];

#[tokio::test]
async fn filters_written_by_hand_find_what_the_evaluator_finds() {
    let world = world().await;
    let (mut checked, mut silent) = (0, Vec::new());
    for (kind, filters) in SOME {
        for filter in *filters {
            let found = world.check(kind, filter).await;
            let all = world.documents[*kind].len();
            // `schemas` is in none of these bodies
            let telling = (1..all).contains(&found)
                || filter.contains("schemas")
                || filter.contains("externalId eq null");
            if !telling {
                silent.push(format!("{filter} finds {found} of {all}"));
            }
            checked += 1;
        }
    }
    assert!(silent.is_empty(), "these tell nothing: {silent:#?}");
    assert!(checked >= 60);
    assert_eq!(world.check("User", r#"meta.resourceType eq "User""#).await, 240);
    assert_eq!(world.check("User", r#"meta.version eq "W/\"1\"" and meta pr and id pr"#).await, 240);
    assert_eq!(
        world.check("User", r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "nobody""#).await,
        0
    );
}

fn random(rng: &mut Rng, atoms: &[&str], depth: usize) -> String {
    match rng.below(if depth == 0 { 1 } else { 5 }) {
        0 | 1 => rng.pick(atoms).to_owned(),
        2 => format!("not ({})", random(rng, atoms, depth - 1)),
        3 => format!("({} and {})", random(rng, atoms, depth - 1), random(rng, atoms, depth - 1)),
        _ => format!("({} or {})", random(rng, atoms, depth - 1), random(rng, atoms, depth - 1)),
    }
}

/// How many random filters are tried on random documents: 2,000, or `PROVOST_TEST_PAIRS`.
fn pairs() -> usize {
    let said = std::env::var_os("PROVOST_TEST_PAIRS");
    said.map_or(2_000, |said| said.to_str().and_then(|said| said.parse().ok()).expect("a number of pairs"))
}

/// Each filter is applied to a whole set of resources, and its results are compared and counted; every 500 filters the
/// documents change.
#[tokio::test]
async fn filters_put_together_at_random_find_what_the_evaluator_finds() {
    const OF_ONE_WORLD: usize = 500;
    let (mut rng, mut telling, mut left) = (Rng(7), 0, pairs());
    let mut seed = 42;
    while left > 0 {
        let world = world_of(seed).await;
        for n in 0..left.min(OF_ONE_WORLD) {
            let (kind, atoms) = SOME[n % SOME.len()];
            let found = world.check(kind, &random(&mut rng, atoms, 4)).await;
            telling += usize::from((1..world.documents[kind].len()).contains(&found));
        }
        left = left.saturating_sub(OF_ONE_WORLD);
        seed += 1;
    }
    // the others find all or nothing, which could hide a wrong answer
    assert!(telling > pairs() / 2, "only {telling} filters part the documents");
}

/// 100 terms and 32 levels, the most that the core accepts.
#[tokio::test]
async fn the_largest_filters_are_answered() {
    let world = world().await;
    let many: Vec<String> = (0..100).map(|n| format!("userName eq \"u{n}\"")).collect();
    world.check("User", &many.join(" or ")).await;
    let mixed: Vec<String> = (0..100).map(|n| format!("title ne \"u{n}\"")).collect();
    world.check("User", &mixed.join(" and ")).await;
    let deep = (0..30).fold("emails[type eq \"work\"]".to_owned(), |f, _| format!("not ({f})"));
    world.check("User", &deep).await;
}

fn sort_key(document: &Object, by: &AttrRef) -> Option<String> {
    // an empty element is not a value
    let values: Vec<_> = by.value(document)?.elements().iter().filter(|v| !v.is_unassigned()).collect();
    let primary =
        values.iter().find(|v| v.as_object().is_some_and(|o| o.get("primary") == Some(&true.into())));
    let value = primary.or(values.first())?;
    let value = match by.sub() {
        Some(sub) => value.as_object()?.get(sub.name.as_str())?.elements().first()?,
        None => value,
    };
    match value.as_str() {
        Some(text) => Some(provost_core::fold::fold_attribute(by, text).into_owned()),
        None => Some(value.to_string()),
    }
}

#[tokio::test]
async fn sorts_of_texts_order_as_their_folded_forms_do() {
    let world = world().await;
    let paths = [
        ("User", "displayName"),
        ("User", "title"),
        ("User", "name.formatted"),
        ("User", "emails.value"),
        ("User", "phoneNumbers.type"),
        ("User", "groups.display"),
        ("User", "active"),
        ("User", "meta.location"),
        ("Group", "members.value"),
        ("Device", "labels"),
        ("Device", "box.tags"),
        ("Device", "disks.parts"),
    ];
    for (kind, path) in paths {
        let of = world.kind(kind);
        let by = AttrRef::resolve(&AttrPath::parse(path).unwrap(), &of).unwrap();
        for descending in [false, true] {
            let mut expected: Vec<(Option<String>, u32)> =
                world.documents[kind].iter().map(|(n, d)| (sort_key(d, &by), *n)).collect();
            expected.sort_by(|(a, _), (b, _)| {
                let ascending = a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(b));
                if descending { ascending.reverse() } else { ascending }
            });
            let sort = Some(Sort { by: by.clone(), descending });
            let mut query = everything();
            query.sort = sort;
            let page = world.store.find(Find::new(&crate::store::service(), &of, &query)).await.unwrap();
            let found: Vec<u32> = page.resources.iter().map(|r| number(&r.id)).collect();
            assert_eq!(
                found,
                expected.into_iter().map(|(_, n)| n).collect::<Vec<_>>(),
                "{path} {descending}"
            );
        }
    }
}
