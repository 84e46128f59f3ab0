//! Random resources for a plan: mostly of the right types; with `wild`, some attributes are wrong.

use crate::dice::Dice;
use crate::plan::{Attr, EXTENSION, MAIN, Plan};
use serde_json::{Map, Value as Json, json};

pub(crate) const DATES: [&str; 3] =
    ["2026-01-31T08:00:00Z", "2026-01-31T09:30:00.125+02:00", "1999-12-31T23:59:59Z"];
pub(crate) const BINARIES: [&str; 3] = ["TWFu", "TQ==", ""];
pub(crate) const REFERENCES: [&str; 3] = ["https://example.com/a?b=c", "../Users/7", "urn:example:x"];
const TEXTS: [&str; 7] = ["", "a", "A", "b c", "x\"y\\z", "É", "\u{1F600}\n"];

/// What a client sends.
pub(crate) fn request(plan: &Plan, dice: &mut Dice) -> Map<String, Json> {
    let wild = dice.roll(2) == 1;
    let mut out = Map::new();
    let mut schemas = vec![json!(MAIN)];
    if dice.roll(2) == 1 {
        schemas.push(json!(dice.spell(EXTENSION)));
    }
    if wild && dice.once_in(12) {
        let odd = [
            json!([]),
            json!(MAIN),
            json!([EXTENSION]),
            json!([MAIN, "urn:example:other"]),
            json!([MAIN, MAIN]),
        ];
        out.insert("schemas".to_owned(), dice.pick(&odd));
    } else {
        out.insert("schemas".to_owned(), json!(schemas));
    }
    fill(&plan.main, dice, wild, &mut out);
    if dice.roll(3) > 0 || plan.extension_required {
        let mut inner = Map::new();
        fill(&plan.extension, dice, wild, &mut inner);
        let inner = match wild && dice.once_in(10) {
            true => dice.pick(&[json!(null), json!([]), json!("x")]),
            false => Json::Object(inner),
        };
        out.insert(dice.spell(EXTENSION), inner);
    }
    out
}

fn fill(list: &[Attr], dice: &mut Dice, wild: bool, out: &mut Map<String, Json>) {
    for a in list {
        let there = if a.required && !wild { true } else { dice.roll(4) > 0 };
        if there {
            let name = dice.spell(&a.name);
            out.insert(name, value(a, dice, wild));
        }
    }
    if wild && dice.once_in(12) {
        out.insert("nobody".to_owned(), json!(1));
    }
}

fn value(a: &Attr, dice: &mut Dice, wild: bool) -> Json {
    if (wild && dice.once_in(8)) || (!a.required && dice.once_in(8)) {
        return dice.pick(&[json!(null), json!([])]);
    }
    if !a.multi {
        // an array for a single value
        return match wild && dice.once_in(12) {
            true => json!([one(a, dice, wild)]),
            false => one(a, dice, wild),
        };
    }
    if wild && dice.once_in(12) {
        return one(a, dice, wild);
    }
    let mut list: Vec<Json> = (0..1 + dice.roll(3)).map(|_| one(a, dice, wild)).collect();
    if wild && dice.once_in(12) {
        list.push(dice.pick(&[json!(null), json!([[]])]));
    }
    Json::Array(list)
}

fn one(a: &Attr, dice: &mut Dice, wild: bool) -> Json {
    if wild && dice.once_in(10) {
        return dice.pick(&[
            json!(true),
            json!(7),
            json!(7.5),
            json!("not <it>"),
            json!({"x": 1}),
            json!({}),
        ]);
    }
    match a.kind {
        // not blank if it is required
        "string" if a.required => json!(dice.pick(&TEXTS[1..])),
        "string" => json!(dice.pick(&TEXTS)),
        "boolean" => json!(dice.roll(2) == 1),
        "decimal" => dice.pick(&[json!(1), json!(1.5), json!(-2.25), json!(0)]),
        "integer" => dice.pick(&[json!(1), json!(-7), json!(i64::MAX), json!(0)]),
        "dateTime" => json!(dice.pick(&DATES)),
        "binary" if a.required => json!(dice.pick(&BINARIES[..2])),
        "binary" => json!(dice.pick(&BINARIES)),
        "reference" => json!(dice.pick(&REFERENCES)),
        _ => {
            let mut inner = Map::new();
            fill(&a.subs, dice, wild, &mut inner);
            Json::Object(inner)
        }
    }
}

/// Puts values of the server into a stored resource: those of readOnly attributes and sub-attributes.
pub(crate) fn serve(plan: &Plan, dice: &mut Dice, stored: &mut Map<String, Json>) {
    serve_all(&plan.main, dice, stored);
    // not a whole extension, which might lack something required
    if let Some(Json::Object(inner)) = stored.get_mut(EXTENSION) {
        serve_all(&plan.extension, dice, inner);
    }
}

fn serve_all(list: &[Attr], dice: &mut Dice, stored: &mut Map<String, Json>) {
    // an attribute that consists only of secrets has nothing to store
    let visible = |a: &Attr| a.subs.is_empty() || a.subs.iter().any(|s| s.mutability != "writeOnly");
    for a in list.iter().filter(|a| !a.common && visible(a)) {
        if a.mutability == "readOnly" && dice.roll(2) == 1 {
            let value = full(a, dice);
            stored.insert(a.name.clone(), value);
        } else if let Some(Json::Object(inner)) = stored.get_mut(&a.name) {
            for sub in a.subs.iter().filter(|s| s.mutability == "readOnly") {
                if dice.roll(2) == 1 {
                    inner.insert(sub.name.clone(), full(sub, dice));
                }
            }
        }
    }
}

/// A value that is not blank: a complex one has all sub-attributes except secrets.
fn full(a: &Attr, dice: &mut Dice) -> Json {
    let value = match a.kind {
        "complex" => {
            let parts = a.subs.iter().filter(|s| s.mutability != "writeOnly");
            Json::Object(parts.map(|s| (s.name.clone(), full(s, dice))).collect())
        }
        _ => one(&Attr { required: true, ..a.clone() }, dice, false),
    };
    if a.multi { json!([value]) } else { value }
}
