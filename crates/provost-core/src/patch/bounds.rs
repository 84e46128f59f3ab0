//! What the operations of a PATCH may come to, however few bytes they are.

use super::resolve::{Resolved, Target};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::schema::ResourceType;
use crate::validate::one_primary;
use crate::value::{Object, Value};
use std::fmt;

/// How much a request may still compare: the operations of a PATCH take from it, those of all in a bulk request, and a change
/// that is worked out anew because somebody else was faster.
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
    /// Comparisons with members that were counted when they were read.
    paid: usize,
    /// Bytes of large resources that may still be opened.
    bytes: usize,
}

/// Resources of the largest size that one request opens.
const LARGE_ONES: usize = 8;
/// Bytes beyond which a resource is large: of smaller ones a request cannot name enough.
const LARGE: usize = 16 * 1024;

impl Effort {
    /// What one request may compare: [`Limits::comparisons`].
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

    /// Counts so many members that were read for a change, which pays for going through them once. Ask with 0 before they
    /// are read.
    ///
    /// # Errors
    /// 413: together with what was counted before, they are too many, or something was refused already.
    pub fn read(&mut self, members: usize) -> Result<(), Error> {
        self.paid = 0;
        self.take(if self.is_spent { usize::MAX } else { members }, &"members")?;
        self.paid = members;
        Ok(())
    }

    /// Counts a resource that is parsed, and perhaps written anew, by the bytes of its body ([`Body::size`]): those over
    /// 16 KiB, up to eight of [`Limits::resource_bytes`] together. The first one is never refused, however large it is.
    ///
    /// [`Body::size`]: crate::resource::Body::size
    ///
    /// # Errors
    /// 413: those before it were too large already.
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

/// The list that an operation goes through, and how many terms each of its values is compared with.
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

/// How many comparisons the operations make at most.
pub(super) fn comparisons(operations: &[Resolved], current: &Object) -> usize {
    let (mut sum, mut sent) = (0_usize, 0_usize);
    for r in operations {
        let Some((a, terms)) = compared(r) else { continue };
        sent = sent.saturating_add(values(r.value.as_ref()));
        sum = sum.saturating_add(values(a.value(current)).saturating_add(sent).saturating_mul(terms));
    }
    sum
}

/// The work that the operations may still make: each goes through the list that it is about, and may write its value into
/// all values of it.
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
            // members have a bound of their own
            Target::Attribute(a) if a.sub().is_none() => usize::from(!kind.is_members(a)),
            _ => there.max(1),
        };
        let written = r.value.as_ref().map_or(0, Value::size).saturating_mul(copies);
        self.bytes = self.bytes.checked_sub(written).ok_or_else(|| too_large(a.whole(), self.limits))?;
        Ok(())
    }

    /// Checks the list that an operation left, so that no operation meets one that is longer than a resource may have.
    pub(super) fn check(&self, r: &Resolved, document: &Object, kind: &ResourceType) -> Result<(), Error> {
        match &r.target {
            Target::Attribute(a) | Target::Elements { attribute: a, .. } if !kind.is_members(a) => {
                a.value(document).map_or(Ok(()), |v| check_length(v, self.limits, &|| a.whole().to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// What holds for every list of values, however it came about.
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

/// A resource that was larger already may become smaller step by step.
pub(super) fn check_size(
    before: &Object,
    after: &Object,
    limits: &Limits,
    kind: &ResourceType,
) -> Result<(), Error> {
    // members may have been read along
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
