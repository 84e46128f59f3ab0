//! What nobody may be called.

use crate::error::{Error, ErrorKind, Place};
use crate::fold::{Folding, user_name_fault};
use crate::path::AttrRef;
use crate::schema::{ResourceType, Type};
use crate::value::Object;

/// A name that nobody may take is refused when it is written. One that is stored, from the days before this rule, stays:
/// the person can be changed in all else.
pub(crate) fn check_user_name(
    kind: &ResourceType,
    before: Option<&Object>,
    after: &Object,
) -> Result<(), Error> {
    let Some(a) = kind.core_attribute("userName").filter(|a| a.kind == Type::String && !a.multi_valued)
    else {
        return Ok(());
    };
    let name = |body: &'_ Object| body.str(a.name.as_str()).map(str::to_owned);
    if Folding::of(&AttrRef::core(a.clone())) != Folding::UserName
        || before.is_some_and(|b| name(b) == name(after))
    {
        return Ok(());
    }
    match after.str(a.name.as_str()).and_then(user_name_fault) {
        Some(fault) => {
            let said = format!("`{}` cannot be the name of a user: {fault}", a.name);
            Err(Error::new(ErrorKind::InvalidValue, said).at(Place::attribute(&a.name)))
        }
        None => Ok(()),
    }
}
