//! The profile of the suite: its bodies and filters are read like those of an identity provider.

use super::verdict::{CheckResult, During};
use provost_core::compat::Reader;
use provost_core::validate::Accepted;
use provost_core::{Limits, Object, Profile, ResourceType, TypedFilter};

pub(super) fn profile() -> Profile {
    Profile::entra()
}

/// The body of a POST.
pub(super) fn accepted(body: Object, kind: &ResourceType) -> CheckResult<Accepted> {
    let read = Reader::new(&profile(), &Limits::default()).create(body, kind);
    read.during(format!("the body of a new {}", kind.name))
}

/// A filter.
pub(super) fn typed(kind: &ResourceType, text: &str) -> CheckResult<TypedFilter> {
    let read = Reader::new(&profile(), &Limits::default()).filter(text, kind);
    read.during(format!("the filter `{text}`"))?.during(format!("the filter `{text}`"))
}
