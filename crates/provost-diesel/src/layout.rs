//! Where the value of an attribute is in the tables. Reads and writes both follow this, so they cannot disagree.

use provost_core::change::UniqueKey;
use provost_core::schema::{Type, Uniqueness};
use provost_core::{AttrRef, ResourceType};

/// Attributes with a column of their own in `scim_resource`, by canonical path: those that identity providers look up.
/// Any resource type with such an attribute as a single text uses the column.
const COLUMNS: [(&str, &str); 8] = [
    ("userName", "user_name_key"),
    ("externalId", "external_id"),
    ("displayName", "display_key"),
    ("name.familyName", "family_key"),
    ("name.givenName", "given_key"),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "manager"),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "employee_number"),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "department"),
];

/// The number of columns with folded values.
pub(crate) const COLUMN_COUNT: usize = COLUMNS.len();

/// A column of `scim_resource` with folded values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column(usize);

impl Column {
    /// The column of an attribute.
    pub(crate) fn of(attribute: &AttrRef) -> Option<Self> {
        let text = matches!(attribute.leaf().kind, Type::String | Type::Reference | Type::Binary);
        if !text || attribute.is_multi_valued() {
            return None;
        }
        let found = COLUMNS.iter().position(|(path, _)| attribute.is(path)).map(Self)?;
        // its index is unique, so a type that allows duplicate names has them in the folded copy instead
        let repeats = found == Self::UNIQUE && attribute.leaf().uniqueness == Uniqueness::None;
        (!repeats).then_some(found)
    }

    /// The column with a unique index: `userName`.
    const UNIQUE: Self = Self(0);

    /// Whether a column's unique index covers the key, so that it needs no row in `scim_unique_key`. The column may
    /// contain a [`substitute`](crate::keys::substitute).
    pub(crate) fn keeps(key: &UniqueKey, stored: &[Option<String>; COLUMN_COUNT]) -> bool {
        let [user_name, ..] = stored;
        key.attribute == "userName" && user_name.is_some()
    }

    pub(crate) fn is_unique(self) -> bool {
        self == Self::UNIQUE
    }

    /// Whether its index has all rows of a type, including those without a value: `userName` and `displayName`.
    pub(crate) fn is_ordered(self) -> bool {
        matches!(self.name(), "user_name_key" | "display_key")
    }

    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// Its name in SQL.
    pub(crate) fn name(self) -> &'static str {
        COLUMNS.get(self.0).map_or("user_name_key", |(_, name)| name)
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..COLUMN_COUNT).map(Self)
    }
}

/// Multi-valued attributes with a row in `scim_element` for each element, by canonical path.
const INDEXED: [&str; 1] = [EMAILS];

/// The path of e-mail addresses, under which their elements are stored too.
pub(crate) const EMAILS: &str = "emails";

/// Whether a multi-valued attribute's elements are rows of `scim_element`: `emails`, and what the operator configured.
pub(crate) fn is_indexed(attribute: &AttrRef, kind: &ResourceType) -> bool {
    if !attribute.attribute().multi_valued || Side::of(attribute, kind).is_some() {
        return false;
    }
    let whole = attribute.whole();
    INDEXED.iter().any(|path| whole.is(path)) || kind.indexed.contains(&whole)
}

/// Whether a single-valued attribute also has a row in `scim_element`: it has no column, and the operator configured
/// it.
pub(crate) fn has_row(attribute: &AttrRef, kind: &ResourceType) -> bool {
    !attribute.attribute().multi_valued
        && !kind.indexed.is_empty()
        && kind.indexed.contains(attribute)
        && Column::of(attribute).is_none()
        && !has_column_of_its_kind(attribute, kind)
}

/// Whether its column contains something other than folded texts: `id`, `meta` and `active`.
fn has_column_of_its_kind(attribute: &AttrRef, kind: &ResourceType) -> bool {
    let name = &attribute.attribute().name;
    attribute.extension().is_none()
        && (name.is("id") || name.is("meta") || kind.active().is_some_and(|a| a.name == *name))
}

/// The column of `scim_element` for a sub-attribute, or for the element itself if it is simple.
pub(crate) fn element_column(attribute: &AttrRef) -> Option<&'static str> {
    let Some(sub) = attribute.sub() else {
        return (!attribute.attribute().is_complex()).then_some("e.value_key");
    };
    match sub.kind {
        _ if sub.multi_valued => None,
        Type::Complex => None,
        _ if sub.name.is("value") => Some("e.value_key"),
        Type::String if sub.name.is("type") => Some("e.type_key"),
        Type::Boolean if sub.name.is("primary") => Some("e.is_primary"),
        _ => None,
    }
}

/// The attributes whose values are rows of `scim_member`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The resources that belong to this one.
    Members,
    /// The resources this one belongs to.
    Groups,
}

impl Side {
    pub(crate) fn of(attribute: &AttrRef, kind: &ResourceType) -> Option<Self> {
        if attribute.extension().is_some() {
            return None;
        }
        let name = &attribute.attribute().name;
        if kind.members().is_some_and(|a| a.name == *name) {
            Some(Self::Members)
        } else if kind.groups().is_some_and(|a| a.name == *name) {
            Some(Self::Groups)
        } else {
            None
        }
    }
}

/// The name of an attribute in the folded copy: its canonical path in lower case, without the two characters that are
/// special in a JSON path. Each single-valued part has a name (`name.formatted`); a multi-valued attribute has one
/// (`phonenumbers`) with a list as its value.
pub(crate) fn folded_name(attribute: &AttrRef) -> String {
    let name = match attribute.attribute().multi_valued {
        true => attribute.whole().to_string(),
        false => attribute.to_string(),
    };
    name.to_ascii_lowercase().replace(['"', '\\'], "_")
}

/// The name of a sub-attribute in an element of the folded copy.
pub(crate) fn folded_sub(attribute: &AttrRef) -> Option<String> {
    attribute.sub().map(|s| s.name.as_str().to_ascii_lowercase())
}
