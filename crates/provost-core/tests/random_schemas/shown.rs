//! Projection, implemented again in the simplest way: which attributes of a document an answer contains.

use crate::dice::Dice;
use crate::model::find;
use crate::plan::{Attr, EXTENSION, MAIN, Plan};
use serde_json::{Map, Value as Json};

/// An entry of `attributes` or `excludedAttributes`.
#[derive(Debug, Clone, PartialEq)]
enum Name {
    Attribute {
        extension: bool,
        name: String,
    },
    Part {
        extension: bool,
        name: String,
        part: String,
    },
    /// A schema's URN: all its attributes.
    Schema {
        extension: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Default,
    Only,
    Without,
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    mode: Mode,
    names: Vec<Name>,
    /// The parameter as it is sent.
    list: String,
}

impl Asked {
    pub(crate) fn roll(plan: &Plan, dice: &mut Dice) -> Self {
        let mode = dice.pick(&[Mode::Default, Mode::Only, Mode::Without]);
        let (mut names, mut list) = (Vec::new(), Vec::new());
        for _ in 0..1 + dice.roll(4) {
            let extension = !plan.extension.is_empty() && dice.once_in(3);
            let urn = if extension { EXTENSION } else { MAIN };
            if dice.once_in(8) {
                names.push(Name::Schema { extension });
                list.push(dice.spell(urn));
                continue;
            }
            let a = dice.pick(if extension { &plan.extension } else { &plan.main });
            // attribute names of the extension are unique here, so it is also found without the URN
            let qualified = !a.common && dice.roll(2) == 0;
            let head = if qualified {
                format!("{}:{}", dice.spell(urn), dice.spell(&a.name))
            } else {
                dice.spell(&a.name)
            };
            if a.subs.is_empty() || dice.roll(2) == 0 {
                list.push(head);
                names.push(Name::Attribute { extension, name: a.name });
            } else {
                let part = dice.pick(&a.subs).name;
                list.push(format!("{head}.{}", dice.spell(&part)));
                names.push(Name::Part { extension, name: a.name, part });
            }
        }
        if dice.once_in(4) {
            list.push("nobody".to_owned());
        }
        Self { mode, names, list: list.join(",") }
    }

    /// No parameters: everything that is shown by default.
    pub(crate) fn nothing() -> Self {
        Self { mode: Mode::Default, names: Vec::new(), list: String::new() }
    }

    /// The values of `attributes` and of `excludedAttributes`.
    pub(crate) fn parameters(&self) -> (Option<&str>, Option<&str>) {
        match self.mode {
            Mode::Default => (None, None),
            Mode::Only => (Some(&self.list), None),
            Mode::Without => (None, Some(&self.list)),
        }
    }

    fn names_whole(&self, extension: bool, a: &Attr) -> bool {
        let whole = Name::Attribute { extension, name: a.name.clone() };
        self.names.contains(&whole) || (!a.common && self.names.contains(&Name::Schema { extension }))
    }

    fn names_part(&self, extension: bool, a: &Attr, part: &Attr) -> bool {
        self.names.contains(&Name::Part { extension, name: a.name.clone(), part: part.name.clone() })
    }
}

/// RFC 7643 section 7 and RFC 7644 section 3.9, in the order of their text.
fn is_shown(returned: &str, mode: Mode, named: bool, written: bool) -> bool {
    match (returned, mode) {
        ("always", _) => true,
        ("never", _) => false,
        (_, Mode::Only) => named,
        ("request", _) if !written => false,
        (_, Mode::Without) => !named,
        (_, Mode::Default) => true,
    }
}

/// The part of a document that an answer shows; `request` is what the client wrote, if anything.
pub(crate) fn shown(
    plan: &Plan,
    document: &Map<String, Json>,
    asked: &Asked,
    request: &Map<String, Json>,
) -> Json {
    let mut out = Map::new();
    for (name, value) in document {
        if name == "schemas" {
            out.insert(name.clone(), value.clone());
        } else if name == EXTENSION {
            let sent = request.iter().find(|(n, _)| n.eq_ignore_ascii_case(EXTENSION));
            let sent = sent.and_then(|(_, v)| v.as_object()).cloned().unwrap_or_default();
            let mut inner = Map::new();
            for (name, value) in value.as_object().unwrap() {
                let a = find(&plan.extension, name).unwrap();
                inner.extend(attribute(true, a, value, asked, &sent).map(|v| (name.clone(), v)));
            }
            if !inner.is_empty() {
                out.insert(name.clone(), Json::Object(inner));
            }
        } else {
            let a = find(&plan.main, name).unwrap();
            out.extend(attribute(false, a, value, asked, request).map(|v| (name.clone(), v)));
        }
    }
    Json::Object(out)
}

fn attribute(
    extension: bool,
    a: &Attr,
    value: &Json,
    asked: &Asked,
    request: &Map<String, Json>,
) -> Option<Json> {
    let sent = request.iter().find(|(n, _)| n.eq_ignore_ascii_case(&a.name)).map(|(_, v)| v);
    let whole = asked.names_whole(extension, a);
    // asking for a sub-attribute asks for the attribute, limited to that part; excluding one excludes only that part
    let part = asked.mode == Mode::Only && a.subs.iter().any(|s| asked.names_part(extension, a, s));
    if !is_shown(a.returned, asked.mode, whole || part, sent.is_some()) {
        return None;
    }
    let one = |value: &Json| {
        let Json::Object(o) = value else { return Some(value.clone()) };
        let kept = o.iter().filter(|(name, _)| {
            let sub = find(&a.subs, name).unwrap();
            let named = asked.names_part(extension, a, sub);
            // an attribute that is asked for or shown by default includes its default sub-attributes
            let by_default =
                asked.mode == Mode::Only && sub.returned == "default" && (whole || a.returned == "always");
            let written = sent.is_some_and(|v| mentions(v, &sub.name));
            by_default || is_shown(sub.returned, asked.mode, named, written)
        });
        let kept: Map<String, Json> = kept.map(|(n, v)| (n.clone(), v.clone())).collect();
        (!kept.is_empty()).then_some(Json::Object(kept))
    };
    match value {
        Json::Array(list) => {
            let list: Vec<Json> = list.iter().filter_map(one).collect();
            (!list.is_empty()).then_some(Json::Array(list))
        }
        single => one(single),
    }
}

/// Whether a value that was sent, or one of its elements, has a member with that name.
fn mentions(value: &Json, name: &str) -> bool {
    match value {
        Json::Object(o) => o.keys().any(|n| n.eq_ignore_ascii_case(name)),
        Json::Array(list) => list.iter().any(|v| v.is_object() && mentions(v, name)),
        _ => false,
    }
}
