//! Resources, as stores keep and return them.

mod links;

pub use links::LinkText;
pub(crate) use links::push_text;

use crate::schema::{ResourceType, SchemaSet};
use crate::time::Timestamp;
use crate::value::{JsonError, Object, Value, parse_object, parse_value};
use std::fmt;
use std::sync::Arc;

/// Where resources are served, and which types there are: what is needed to write their URLs.
#[derive(Debug, Clone)]
pub struct Service {
    /// The absolute URL before the endpoints, without a trailing slash: `https://scim.example.com/scim/v2`.
    pub base: Arc<str>,
    /// The schemas and resource types.
    pub schemas: Arc<SchemaSet>,
}

impl Service {
    /// A service. Trailing slashes of `base` are dropped.
    #[must_use]
    pub fn new(base: &str, schemas: Arc<SchemaSet>) -> Self {
        Self { base: base.trim_end_matches('/').into(), schemas }
    }

    /// The absolute URL of a resource.
    #[must_use]
    pub fn location(&self, resource_type: &ResourceType, id: &Id) -> String {
        format!("{}{}/{id}", self.base, resource_type.endpoint)
    }

    /// The absolute URL of the resource at the other end of a link.
    #[must_use]
    pub fn location_of(&self, link: &Link) -> String {
        match self.schemas.resource_type(&link.resource_type) {
            Some(kind) => self.location(kind, &link.id),
            None => format!("{}/{}s/{}", self.base, link.resource_type, link.id),
        }
    }
}

/// The identifier of a resource: minted by the server, never taken from a client (RFC 7643 section 3.1).
///
/// Compared as text: another spelling of the same UUID is another id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct Id(Box<str>);

impl Id {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Id {
    fn from(s: &str) -> Self {
        Self(s.into())
    }
}
impl From<String> for Id {
    fn from(s: String) -> Self {
        Self(s.into())
    }
}
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of changes to a resource, from 1. It only grows, and stays the same if nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The version of a new resource.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The weak entity tag of RFC 7644 section 3.14, as in `meta.version` and the ETag header.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

/// The approximate size of a link with a display name as JSON.
const LINK_BYTES: usize = 160;

/// The attributes of a resource, except for those the store keeps separately: `id`, `meta`, members and groups.
#[derive(Debug, Clone)]
pub enum Body {
    /// The JSON object as stored. It is served unchanged if nobody needs to look inside.
    Text(Box<str>),
    /// The object.
    Object(Object),
}

impl Body {
    /// The approximate size as JSON, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Object(object) => object.size(),
        }
    }

    /// The object, parsed if it is still text.
    ///
    /// # Errors
    /// The stored text is not a JSON object, so something else wrote to the table.
    pub fn into_object(self) -> Result<Object, JsonError> {
        match self {
            Self::Text(t) => parse_object(&t),
            Self::Object(o) => Ok(o),
        }
    }
}

/// A link to another resource: an element of `members` or `groups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The `id` of the resource at the other end.
    pub id: Id,
    /// The name of its resource type, such as `User`.
    pub resource_type: Box<str>,
    /// Its display name. Derived, so it never changes the version.
    pub display: Option<Box<str>>,
}

/// A stored resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its identifier.
    pub id: Id,
    /// Its version.
    pub version: Version,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Its attributes.
    pub body: Body,
    /// Its members, if requested and the type has `members`.
    pub members: Vec<Link>,
    /// The members in the form of an answer, instead of `members`: the elements of a JSON array, separated by commas.
    /// For groups so large that each step between row and answer matters; see
    /// [`Include::as_text`](crate::query::Include::as_text).
    pub members_text: Option<Box<str>>,
    /// The groups it belongs to, if requested and the type has `groups`.
    pub groups: Vec<Link>,
}

impl Resource {
    /// The whole document with every attribute a client may see or ask for, including `id`, `meta`, members and groups:
    /// what a filter is evaluated against.
    ///
    /// # Errors
    /// The stored text is not a JSON object.
    pub fn document(&self, resource_type: &ResourceType, service: &Service) -> Result<Object, JsonError> {
        let mut document = self.body.clone().into_object()?;
        document.insert("id", self.id.as_str());
        if let Some(a) = resource_type.members() {
            if let Some(text) = &self.members_text {
                document.insert(a.name.as_str(), parse_value(&format!("[{text}]"))?);
            } else if !self.members.is_empty() {
                document.insert(a.name.as_str(), self.links(&self.members, service, None));
            }
        }
        if let Some(a) = resource_type.groups().filter(|_| !self.groups.is_empty()) {
            document.insert(a.name.as_str(), self.links(&self.groups, service, Some("direct")));
        }
        document.insert("meta", self.meta(resource_type, service));
        Ok(document)
    }

    /// The approximate size in memory, in bytes: body and links as JSON.
    #[must_use]
    pub fn size(&self) -> usize {
        let text = self.members_text.as_ref().map_or(0, |text| text.len());
        let links = self.members.len().saturating_add(self.groups.len()).saturating_mul(LINK_BYTES);
        self.body.size().saturating_add(text).saturating_add(links)
    }

    /// The `meta` attribute.
    #[must_use]
    pub fn meta(&self, resource_type: &ResourceType, service: &Service) -> Object {
        Object::from_iter([
            ("resourceType", resource_type.name.to_string()),
            ("created", self.created.to_string()),
            ("lastModified", self.modified.to_string()),
            ("location", service.location(resource_type, &self.id)),
            ("version", self.version.to_string()),
        ])
    }

    /// `fixed_type` is the `type` of `groups`; members have the name of their resource type instead.
    fn links(&self, links: &[Link], service: &Service, fixed_type: Option<&str>) -> Vec<Value> {
        let element = |link: &Link| {
            let mut o = Object::new();
            o.insert("value", link.id.as_str());
            o.insert("$ref", service.location_of(link));
            if let Some(display) = &link.display {
                o.insert("display", &**display);
            }
            o.insert("type", fixed_type.unwrap_or(&link.resource_type));
            Value::Object(o)
        };
        links.iter().map(element).collect()
    }
}
