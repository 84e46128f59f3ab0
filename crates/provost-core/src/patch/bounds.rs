//! Limits on the work that a PATCH can cause, however few bytes it has.

use super::resolve::{Resolved, Target};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::schema::ResourceType;
use crate::validate::one_primary;
use crate::value::{Object, Value};
use std::fmt;

/// How many more comparisons a request may make. The operations of a PATCH use it up, including those of all PATCHes in
/// a bulk request, and of a change that is recomputed because another client was faster.
///
/// ```
/// use provost_core::Limits;
/// use provost_core::patch::Effort;
/// let mut limits = Limits::default();
/// limits.comparisons = 1_000;
/// let mut effort = Effort::of(&limits);
/// assert!(effort.read(1_000).is_ok());
/// assert!(effort.read(1).is_err() && effort.is_spent());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    most: usize,
    left: usize,
    is_spent: bool,
    /// Comparisons with members that were already counted when these were read.
    paid: usize,
    /// Bytes of large resources that may still be parsed.
    bytes: usize,
}

/// How many resources of the largest size one request may parse.
const LARGE_ONES: usize = 8;
/// Resources above this many bytes are large. A request cannot name enough smaller ones to matter.
const LARGE: usize = 16 * 1024;

impl Effort {
    /// The budget of one request: [`Limits::comparisons`].
    #[must_use]
    pub fn of(limits: &Limits) -> Self {
        let bytes = limits.resource_bytes.saturating_mul(LARGE_ONES);
        Self { most: limits.comparisons, left: limits.comparisons, is_spent: false, paid: 0, bytes }
    }

    /// Whether something was refused.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Counts members that were read for a change, which also pays for going through them once. Call it with 0 before
    /// reading them.
    ///
    /// # Errors
    /// 413: together with earlier ones they are too many, or something was refused before.
    pub fn read(&mut self, members: usize) -> Result<(), Error> {
        self.paid = 0;
        self.take(if self.is_spent { usize::MAX } else { members }, &"members")?;
        self.paid = members;
        Ok(())
    }

    /// Counts a resource that is parsed, and perhaps rewritten, by the bytes of its body ([`Body::size`]). Only those
    /// over 16 KiB count, up to eight times [`Limits::resource_bytes`] in total. The first is never refused, however
    /// large.
    ///
    /// [`Body::size`]: crate::resource::Body::size
    ///
    /// # Errors
    /// 413: the resources before it were already too large.
    pub fn open(&mut self, bytes: usize) -> Result<(), Error> {
        if bytes <= LARGE {
            return Ok(());
        }
        if self.bytes == 0 {
            self.is_spent = true;
            let message = "the operations change resources that are too large to be changed by one request";
            return Err(
                Error::new(ErrorKind::PayloadTooLarge, message).with_remedy("send them in several requests")
            );
        }
        self.bytes = self.bytes.saturating_sub(bytes);
        Ok(())
    }

    fn take(&mut self, comparisons: usize, at: &dyn fmt::Display) -> Result<(), Error> {
        if let Some(left) = self.left.checked_sub(comparisons) {
            self.left = left;
            return Ok(());
        }
        self.is_spent = true;
        let most = self.most;
        let fault =
            format_args!("has too many values for these operations: they make more than {most} comparisons");
        Err(Error::of_attribute(ErrorKind::PayloadTooLarge, at, fault)
            .with_remedy("send them in several requests"))
    }
}

/// The list an operation goes through, and the number of terms each value is compared with.
fn compared(r: &Resolved) -> Option<(&AttrRef, usize)> {
    match &r.target {
        Target::Attribute(a) => Some((a, 1)),
        Target::Elements { attribute, filter, .. } => Some((attribute, filter.terms())),
        Target::Extension(_) | Target::Schemas { .. } | Target::Unchanged(..) => None,
    }
}

fn values(v: Option<&Value>) -> usize {
    v.map_or(0, |v| v.elements().len())
}

/// The most comparisons the operations can make.
pub(super) fn comparisons(operations: &[Resolved], current: &Object) -> usize {
    let (mut sum, mut sent) = (0_usize, 0_usize);
    for r in operations {
        let Some((a, terms)) = compared(r) else { continue };
        sent = sent.saturating_add(values(r.value.as_ref()));
        sum = sum.saturating_add(values(a.value(current)).saturating_add(sent).saturating_mul(terms));
    }
    sum
}

/// The work the operations may still do: each goes through the list it is about, and may write its value into all
/// elements of it.
pub(super) struct Work<'a> {
    limits: &'a Limits,
    effort: &'a mut Effort,
    bytes: usize,
}

impl<'a> Work<'a> {
    pub(super) fn within(limits: &'a Limits, effort: &'a mut Effort) -> Self {
        Self { limits, effort, bytes: limits.resource_bytes }
    }

    /// Counts an operation before it is applied.
    pub(super) fn count(
        &mut self,
        r: &Resolved,
        document: &Object,
        kind: &ResourceType,
    ) -> Result<(), Error> {
        let Some((a, terms)) = compared(r) else { return Ok(()) };
        let there = values(a.value(document));
        let mut compared = there.saturating_add(values(r.value.as_ref())).saturating_mul(terms);
        if kind.is_members(a) {
            compared = compared.saturating_sub(std::mem::take(&mut self.effort.paid));
        }
        self.effort.take(compared, &a.whole())?;
        let copies = match &r.target {
            // members have a limit of their own
            Target::Attribute(a) if a.sub().is_none() => usize::from(!kind.is_members(a)),
            _ => there.max(1),
        };
        let written = r.value.as_ref().map_or(0, Value::size).saturating_mul(copies);
        self.bytes = self.bytes.checked_sub(written).ok_or_else(|| too_large(a.whole(), self.limits))?;
        Ok(())
    }

    /// Checks the length of the list an operation left, so that the next one does not start with one that is too long.
    pub(super) fn check(&self, r: &Resolved, document: &Object, kind: &ResourceType) -> Result<(), Error> {
        match &r.target {
            Target::Attribute(a) | Target::Elements { attribute: a, .. } if !kind.is_members(a) => {
                a.value(document).map_or(Ok(()), |v| check_length(v, self.limits, &|| a.whole().to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// What every list of values must satisfy, however it came about.
pub(super) fn check_lists(after: &Object, limits: &Limits) -> Result<(), Error> {
    let check = |at: &dyn Fn() -> String, v: &Value| {
        check_length(v, limits, at)?;
        v.as_array().map_or(Ok(()), |list| one_primary(list, at))
    };
    for (name, value) in after.iter() {
        check(&|| name.to_string(), value)?;
        for (inner, v) in value.as_object().into_iter().flat_map(Object::iter) {
            check(&|| format!("{name}:{inner}"), v)?;
        }
    }
    Ok(())
}

/// A resource that was already too large may become smaller step by step.
pub(super) fn check_size(
    before: &Object,
    after: &Object,
    limits: &Limits,
    kind: &ResourceType,
) -> Result<(), Error> {
    // members may have been read with it
    let members = kind.members().and_then(|a| before.get(a.name.as_str())).map_or(0, Value::size);
    let size = after.size();
    if size <= limits.resource_bytes || size <= before.size().saturating_sub(members) {
        return Ok(());
    }
    let largest =
        after.iter().max_by_key(|(_, value)| value.size()).map_or("schemas", |(name, _)| name.as_str());
    Err(too_large(largest, limits))
}

fn too_large(at: impl fmt::Display, limits: &Limits) -> Error {
    let fault = format_args!("makes the resource larger than {} bytes", limits.resource_bytes);
    Error::of_attribute(ErrorKind::PayloadTooLarge, at, fault).with_remedy("shorten its values")
}

fn check_length(value: &Value, limits: &Limits, at: &dyn Fn() -> String) -> Result<(), Error> {
    match value.as_array() {
        Some(list) if list.len() > limits.values => {
            let fault = format_args!("would have {} values; the limit is {}", list.len(), limits.values);
            Err(Error::of_attribute(ErrorKind::InvalidValue, at(), fault))
        }
        _ => Ok(()),
    }
}
