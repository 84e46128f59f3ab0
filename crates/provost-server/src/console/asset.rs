//! Files that pages need, under names that change with their content.

use crate::access::Digest;
use std::sync::LazyLock;

/// A file that pages need. Its name contains a hash of its content, so browsers may cache it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::console) enum Asset {
    Style,
    Icon,
    Script,
}

static NAMES: LazyLock<[(Asset, String); 3]> = LazyLock::new(|| {
    let assets =
        [(Asset::Style, "console", "css"), (Asset::Icon, "icon", "svg"), (Asset::Script, "console", "js")];
    assets.map(|(asset, name, kind)| {
        let hash = Digest::of(asset.text()).name();
        (asset, format!("{name}.{}.{kind}", hash.get(..16).unwrap_or_default()))
    })
});

impl Asset {
    pub(in crate::console) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, other)| other == name).map(|(asset, _)| *asset)
    }

    pub(in crate::console) fn path(self) -> String {
        let name = NAMES.iter().find(|(asset, _)| *asset == self).map_or("", |(_, name)| name);
        format!("/assets/{name}")
    }

    pub(in crate::console) const fn text(self) -> &'static str {
        match self {
            Self::Style => include_str!("assets/console.css"),
            Self::Icon => include_str!("assets/icon.svg"),
            Self::Script => include_str!("assets/console.js"),
        }
    }

    pub(in crate::console) const fn media_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Icon => "image/svg+xml",
            Self::Script => "text/javascript; charset=utf-8",
        }
    }
}
