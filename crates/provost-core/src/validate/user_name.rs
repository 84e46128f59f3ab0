//! What nobody may be called.

use crate::error::{Error, ErrorKind};
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
    let name = after.str(a.name.as_str());
    if Folding::of(&AttrRef::core(a.clone())) != Folding::UserName
        || before.is_some_and(|b| b.str(a.name.as_str()) == name)
    {
        return Ok(());
    }
    name.and_then(user_name_fault).map_or(Ok(()), |fault| {
        let fault = format_args!("cannot be the name of a user: {fault}");
        Err(Error::of_attribute(ErrorKind::InvalidValue, &a.name, fault))
    })
}
