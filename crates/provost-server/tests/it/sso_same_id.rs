//! A member by hand whose account is linked to a sign-in, and a user of the directory who is the same person there.

use crate::console::{Browser, PASSWORD};
use crate::member_acts::joined;
use crate::member_page::{page_of, read};
use crate::sso_former::links;
use crate::sso_setup::{OBJECT, OTHER, by_names, create, on, run, went};
use provost_testing::program::Server;

const INES: &str = "ines.falk@example.com";
const KIM: &str = "kim@example.com";

/// What two pages of members say of each other, with the addresses of the pages.
fn says(s: &Server, owner: &mut Browser, [by_hand, user]: [&str; 2], said: Option<&str>) -> [String; 2] {
    let pages = [page_of(s, by_hand), page_of(s, user)];
    for page in &pages {
        let text = read(&owner.get(page).body);
        match said {
            Some(said) => assert!(
                text.contains("Possibly the same person twice.")
                    && text.contains(&format!("has the same {said}, and is a member")),
                "{page}: no {said}: {text}"
            ),
            None => assert!(!text.contains("Possibly the same person"), "{page}: {text}"),
        }
    }
    pages
}

fn matches(owner: &mut Browser) -> usize {
    owner.get("/settings/lantern/members/").body.matches("Possible match").count()
}

/// Seen to fail: with either side left out.
#[test]
fn the_same_object_id_is_a_possible_match() {
    let (s, mut owner) = on();
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, KIM)), "/account/?done=linked");
    create(&s, "somebody.else", "44444444-5a35-4b7c-9d0c-0b6b8b7f5c11");
    assert_eq!(matches(&mut owner), 0);
    // neither has the address of the member by hand
    let id = create(&s, "i.falk", &format!("{{{}}}", OBJECT.to_uppercase()));
    create(&s, "k.ek", OTHER);
    assert_eq!(matches(&mut owner), 4);
    let [page, twin] = says(&s, &mut owner, [INES, "i.falk"], Some("object id"));
    says(&s, &mut owner, [KIM, "k.ek"], Some("object id"));
    says(&s, &mut owner, ["somebody.else", "somebody.else"], None);
    let shown = s.folder.json(&["members", "show", INES, "--org", "lantern", "--json"]);
    assert_eq!(shown["possibleMatches"][0]["same"], "objectId", "{shown}");
    let told = s.folder.run(&["members", "show", "k.ek", "--org", "lantern"]).stdout();
    assert!(told.contains("who has the same object id, if so: `provost members merge"), "{told}");
    let told = s.folder.run(&["doctor"]).stdout();
    assert!(
        told.contains("lantern/ines.falk@example.com") && told.contains("lantern/kim@example.com"),
        "{told}"
    );
    // in another organisation it says nothing
    run(&s, &["org", "create", "harbour"]);
    s.folder.execute(&format!(
        "UPDATE identity SET tenant = (SELECT tenant FROM organisation WHERE slug = 'harbour') WHERE subject = '{OTHER}'"
    ));
    says(&s, &mut owner, [KIM, "k.ek"], None);
    // the owner merges the two, and comes in as before
    let twin = twin.trim_end_matches('/').rsplit('/').next().expect("an id").to_owned();
    let merge = format!("{page}merge/{twin}/");
    let shown = owner.get(&merge).body;
    let (_, mark) = shown.split_once("name=\"seen\" value=\"").expect("a form");
    let mark = mark.split('"').next().expect("a mark").to_owned();
    let form = owner.form();
    let merged = owner.post(&merge, &[("form", &form), ("seen", &mark), ("password", PASSWORD)]);
    assert_eq!(merged.status, 303, "{}", merged.body);
    assert_eq!(matches(&mut owner), 0);
    assert!(read(&owner.get(&page_of(&s, "i.falk")).body).contains("Managed by"));
    assert_eq!(s.ask("DELETE", &format!("/Users/{id}"), None).status, 409, "the last owner");
    let checked = s.folder.run(&["check"]);
    assert_eq!(checked.code(), 0, "{}{}", checked.stdout(), checked.stderr());
}

/// Where names are compared, the name says so, and both an id and an address are one match.
#[test]
fn the_same_name_at_the_identity_provider_is_a_possible_match() {
    let (s, mut owner) = on();
    by_names(&mut owner);
    let mut kim = joined(&s, KIM, "member");
    assert_eq!(went(&links(&mut kim, OTHER, "K.Ek")), "/account/?done=linked");
    create(&s, "k.ek", OTHER);
    says(&s, &mut owner, [KIM, "k.ek"], Some("user name at the identity provider"));
    create(&s, "kim", "44444444-5a35-4b7c-9d0c-0b6b8b7f5c11");
    assert_eq!(matches(&mut owner), 3, "hers, and two who may be her");
}
