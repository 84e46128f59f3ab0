//! Refuses certain user names.

use crate::error::{Error, ErrorKind};
use crate::fold::{Folding, user_name_fault};
use crate::path::AttrRef;
use crate::schema::{ResourceType, Type};
use crate::value::Object;

/// Refuses an unacceptable name when it is written. A stored name from before this rule may stay, so that everything
/// else about the person can be changed.
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
