//! How people of an organisation sign in, where somebody comes by the link of an invitation.

use crate::console::Visitor;
use crate::console::answer::Trouble;
use crate::slug::Slug;

/// The way through the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// What the identity provider is called.
    pub(super) provider: String,
    /// Whether there is no other.
    pub(super) is_required: bool,
}

#[cfg(feature = "sso")]
pub(super) async fn of(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<Elsewhere>, Trouble> {
    let open = super::sso::answer::open(visitor, slug).await?;
    Ok(open.map(|open| Elsewhere { provider: open.called(), is_required: open.is_required() }))
}

#[cfg(not(feature = "sso"))]
pub(super) async fn of(_: &Visitor<'_>, _: &Slug) -> Result<Option<Elsewhere>, Trouble> {
    Ok(std::future::ready(None).await)
}
