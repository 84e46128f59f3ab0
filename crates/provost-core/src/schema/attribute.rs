//! An attribute and its characteristics (RFC 7643 sections 2.2 and 7).

use crate::text::words;
use crate::value::AttrName;
use std::sync::Arc;

/// An attribute's definition.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// The name, in the spelling used in answers.
    pub name: AttrName,
    /// The data type.
    pub kind: Type,
    /// Whether it holds a list of values.
    pub multi_valued: bool,
    /// A description for administrators.
    pub description: String,
    /// Whether a resource must have it.
    pub required: bool,
    /// Suggested values. They are published, but not enforced.
    pub canonical_values: Vec<String>,
    /// Whether texts are compared with case. Has no meaning for other types.
    pub case_exact: bool,
    /// Who may change it, and when.
    pub mutability: Mutability,
    /// When an answer contains it.
    pub returned: Returned,
    /// Whether two resources may have the same value.
    pub uniqueness: Uniqueness,
    /// For references: names of the resource types it may refer to, or `external`, or `uri`.
    pub reference_types: Vec<String>,
    /// For complex attributes: the sub-attributes.
    pub sub_attributes: Vec<Arc<Self>>,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 section 2.2.
    #[must_use]
    pub fn new(name: &str, kind: Type) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// The sub-attribute of that name, ignoring case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Arc<Self>> {
        self.sub_attributes.iter().find(|a| a.name.is(name))
    }

    /// Whether only the server writes it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// Whether a client can write but not read it.
    pub(crate) fn is_write_only(&self) -> bool {
        self.mutability == Mutability::WriteOnly
    }

    /// Whether it is complex.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }
}

words! {
    /// Data types of RFC 7643 section 2.3.
    Type {
        /// Unicode text.
        String = "string",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A number with a fraction.
        Decimal = "decimal",
        /// A whole number.
        Integer = "integer",
        /// An instant.
        DateTime = "dateTime",
        /// Base64 text.
        Binary = "binary",
        /// A URI.
        Reference = "reference",
        /// An object of sub-attributes.
        Complex = "complex",
    }
}

words! {
    /// Who may change an attribute (RFC 7643 section 7).
    Mutability {
        /// Only the server; what a client sends is ignored.
        ReadOnly = "readOnly",
        /// The client at any time.
        ReadWrite = "readWrite",
        /// The client, once, while there is no value.
        Immutable = "immutable",
        /// The client at any time; never returned.
        WriteOnly = "writeOnly",
    }
}

words! {
    /// When an answer contains an attribute (RFC 7643 section 7).
    Returned {
        /// Always, whatever the request asks for.
        Always = "always",
        /// Never.
        Never = "never",
        /// Unless the request asks for others, or excludes it.
        Default = "default",
        /// Only if the request names it, or has just written it.
        Request = "request",
    }
}

words! {
    /// Whether two resources may have the same value (RFC 7643 section 7).
    Uniqueness {
        /// They may.
        None = "none",
        /// Not within the same type and tenant.
        Server = "server",
        /// Not anywhere; published as `server`, which is all that one server can ensure.
        Global = "global",
    }
}
