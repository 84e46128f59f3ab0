//! PATCH paths with a filter that lacks its brackets: `emails.type eq "work"` instead of `emails[type eq "work"]`.

use super::{Filter, PatchPath, Syntax};
use crate::limits::Limits;
use crate::path::AttrPath;
use crate::text::excerpt;

/// If a faulty path looks like a filter: the path that was meant, or an example.
pub(super) fn wanted(text: &str, limits: &Limits, syntax: Syntax) -> Option<String> {
    let read = |text: &str| Filter::parse(text, limits, syntax).ok().map(|(filter, _)| filter);
    let meant = match read(text) {
        // `emails.type eq "work"`
        Some(filter) => elements(&filter),
        // `emails type eq "work"`, `emails(type eq "work")`
        None => {
            let (name, rest) = text.split_at_checked(text.find([' ', '('])?)?;
            let plain = PatchPath::parse(name, limits, syntax).ok();
            let path = plain.filter(|(p, _)| p.filter.is_none() && p.path.sub.is_none())?.0.path;
            Some(PatchPath { path, filter: Some(Box::new(read(rest.trim_start())?)), sub: None })
        }
    };
    Some(match meant {
        Some(path) => format!("the filter in brackets, `{}`", excerpt(&path.to_string())),
        None => "a filter in brackets, like `emails[type eq \"work\"]`".to_owned(),
    })
}

/// The equivalent value path, if all names are sub-attributes of one attribute.
fn elements(filter: &Filter) -> Option<PatchPath> {
    let mut path = None;
    let inner = inside(filter, &mut path)?;
    Some(PatchPath { path: path?, filter: Some(Box::new(inner)), sub: None })
}

/// The filter with the names for inside the brackets; `outer` is the name before them.
fn inside(filter: &Filter, outer: &mut Option<AttrPath>) -> Option<Filter> {
    let mut all = |parts: &[Filter]| parts.iter().map(|part| inside(part, outer)).collect::<Option<Vec<_>>>();
    Some(match filter {
        Filter::Compare { path, op, value, at } => {
            Filter::Compare { path: element(path, outer)?, op: *op, value: value.clone(), at: *at }
        }
        Filter::Present(path) => Filter::Present(element(path, outer)?),
        Filter::ValuePath { .. } => return None,
        Filter::Not(part) => Filter::Not(Box::new(inside(part, outer)?)),
        Filter::And(parts) => Filter::And(all(parts)?),
        Filter::Or(parts) => Filter::Or(all(parts)?),
    })
}

/// `emails.type` -> `type`
fn element(path: &AttrPath, outer: &mut Option<AttrPath>) -> Option<AttrPath> {
    let name = path.sub.clone()?;
    let here = AttrPath { sub: None, ..path.clone() };
    let same = *outer.get_or_insert_with(|| here.clone()) == here;
    same.then(|| AttrPath { name, ..AttrPath::default() })
}
