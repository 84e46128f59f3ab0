//! Operations on the values that a value path selects.

use super::request::Op;
use super::target::{Step, container, merged, only_primary, set_whole_part, without_nulls};
use crate::error::{Error, ErrorKind, Place};
use crate::filter::TypedFilter;
use crate::path::AttrRef;
use crate::policy::Choice;
use crate::schema::Attribute;
use crate::validate::{is_primary, keep_parts, merge_repeated};
use crate::value::{Object, Value};
use std::sync::Arc;

impl Step<'_> {
    /// Applies the operation to the values that match the filter of a value path.
    pub(super) fn elements(
        &mut self,
        document: &mut Object,
        a: &AttrRef,
        filter: &TypedFilter,
        sub: Option<&Arc<Attribute>>,
    ) -> Result<(), Error> {
        let there = a.value(document).map_or(&[][..], Value::elements);
        let chosen: Vec<usize> =
            there.iter().enumerate().filter(|(_, v)| filter.matches_element(v)).map(|(n, _)| n).collect();
        let new = match chosen.is_empty() {
            true => self.unmatched(a, sub)?,
            false => None,
        };
        // nothing would be left of it
        let new = new.filter(|new| !(self.policy.prune && new.is_idle()));
        if chosen.is_empty() && new.is_none() {
            return Ok(());
        }
        let mut list = there.to_vec();
        if let Some(new) = new {
            let becomes_primary = is_primary(&new);
            list.push(new);
            let last = list.len() - 1;
            if becomes_primary {
                only_primary(&mut list, last);
            }
        } else if self.operation.op == Op::Remove && sub.is_none() {
            let mut n = 0;
            list.retain(|_| {
                n += 1;
                chosen.binary_search(&(n - 1)).is_err()
            });
        } else {
            if chosen.len() > 1 && self.makes_primary(sub.map(|s| &**s)) {
                self.several_primary(a)?;
            }
            self.change(&mut list, &chosen, a, sub)?;
        }
        if self.policy.prune {
            list.retain(|v| !v.is_idle());
        }
        write_back(document, a, list);
        Ok(())
    }

    fn change(
        &mut self,
        list: &mut [Value],
        chosen: &[usize],
        a: &AttrRef,
        sub: Option<&Arc<Attribute>>,
    ) -> Result<(), Error> {
        for &n in chosen {
            let Some(element) = list.get_mut(n) else { continue };
            let was_primary = is_primary(element);
            let before = element.clone();
            match (sub, &self.operation.value, element.as_object_mut()) {
                (Some(sub), value, Some(o)) => set_whole_part(o, a.attribute(), sub, value.as_ref())?,
                (None, Some(Value::Object(new)), Some(o)) if !self.replaces_whole() => {
                    *o = merged(a.attribute(), o, new.clone())?;
                }
                (None, Some(new), _) => *element = without_nulls(new.clone()),
                (None, None, _) => *element = Value::Null,
                (Some(_), _, None) => {}
            }
            if sub.is_none() {
                keep_parts(a.attribute(), &before, element, &format!("{a}[{n}]"))?;
            }
            if !was_primary && list.get(n).is_some_and(is_primary) {
                only_primary(list, n);
            }
        }
        Ok(())
    }

    /// RFC 7644 section 3.5.2.3: "If ... no record match was made, the service provider SHALL indicate failure by
    /// returning HTTP status code 400 and a "scimType" error code of "noTarget"." Removing what is not there succeeds.
    fn unmatched(&mut self, a: &AttrRef, sub: Option<&Arc<Attribute>>) -> Result<Option<Value>, Error> {
        if self.operation.op == Op::Remove {
            return Ok(None);
        }
        let Some(seed) = &self.operation.seed else {
            let message = format!("no value of `{a}` matches the filter of the path");
            return Err(Error::new(ErrorKind::NoTarget, message).at(Place::attribute(a)));
        };
        let Some(value) = &self.operation.value else { return Ok(None) };
        self.notes.record(Choice::CreateOnNoMatch);
        let mut new = seed.clone();
        match (sub, value) {
            (Some(sub), value) => {
                new.insert(sub.name.as_str(), value.clone());
            }
            (None, Value::Object(value)) => new = merged(a.attribute(), &new, value.clone())?,
            (None, _) => return Ok(None),
        }
        Ok(Some(Value::Object(new)))
    }
}

fn write_back(document: &mut Object, a: &AttrRef, mut list: Vec<Value>) {
    list.retain(|v| !v.is_unassigned());
    // two values that became the same are one
    merge_repeated(a.attribute(), &mut list);
    let name = a.attribute().name.as_str();
    let Some(container) = container(document, a) else { return };
    match (a.attribute().multi_valued, list.pop()) {
        (_, None) => container.remove(name),
        (true, Some(last)) => {
            list.push(last);
            container.insert(name, list)
        }
        (false, Some(one)) => container.insert(name, one),
    };
}
