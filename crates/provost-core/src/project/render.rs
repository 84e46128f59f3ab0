//! Renders resources as the JSON text of an answer.
//!
//! A stored text is spliced in without parsing whenever the answer contains all of it.

use super::Projection;
use crate::query::Include;
use crate::resource::{Body, Link, LinkText, Resource, Service, push_text};
use crate::schema::ResourceType;
use crate::value::JsonError;

/// The JSON text of a resource.
///
/// # Errors
/// The stored text had to be parsed, and is not a JSON object.
pub fn render(
    resource: &Resource,
    resource_type: &ResourceType,
    service: &Service,
    projection: &Projection,
) -> Result<String, JsonError> {
    let mut out = String::new();
    Renderer::new(resource_type, service, projection).push(&mut out, resource)?;
    Ok(out)
}

/// The position of a page in its list: what a ListResponse says besides its resources.
#[derive(Debug, Clone, Copy)]
pub enum PageStart<'a> {
    /// The 1-based index of its first resource (RFC 7644 section 3.4.2.4).
    Start(u64),
    /// The cursor of the next page; `None` on the last one (RFC 9865 section 2).
    Next(Option<&'a str>),
}

/// The JSON text of a ListResponse (RFC 7644 section 3.4.2) up to its `shown` resources. Close it with `]}`.
#[must_use]
pub fn list_head(total: u64, place: PageStart<'_>, shown: usize) -> String {
    let mut out = String::with_capacity(320 + shown * 1_536);
    out.push_str(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":"#);
    out.push_str(&total.to_string());
    match place {
        PageStart::Start(start) => {
            out.push_str(r#","startIndex":"#);
            out.push_str(&start.to_string());
        }
        PageStart::Next(None) => {}
        PageStart::Next(Some(cursor)) => {
            out.push_str(r#","nextCursor":"#);
            push_text(&mut out, cursor);
        }
    }
    // RFC 7644 section 3.4.2: "the number of resources returned in a list response page"
    out.push_str(r#","itemsPerPage":"#);
    out.push_str(&shown.to_string());
    out.push_str(r#","Resources":["#);
    out
}

/// The JSON text of a ListResponse (RFC 7644 section 3.4.2).
///
/// # Errors
/// As [`render`].
pub fn render_list(
    resources: &[Resource],
    total: u64,
    place: PageStart<'_>,
    resource_type: &ResourceType,
    service: &Service,
    projection: &Projection,
) -> Result<String, JsonError> {
    let mut out = list_head(total, place, resources.len());
    let renderer = Renderer::new(resource_type, service, projection);
    for (n, resource) in resources.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        renderer.push(&mut out, resource)?;
    }
    out.push_str("]}");
    Ok(out)
}

/// What is the same for every resource of an answer, computed once.
struct Renderer<'a> {
    kind: &'a ResourceType,
    service: &'a Service,
    projection: &'a Projection,
    include: Include,
}

impl<'a> Renderer<'a> {
    fn new(kind: &'a ResourceType, service: &'a Service, projection: &'a Projection) -> Self {
        Self { kind, service, projection, include: projection.include(kind) }
    }

    fn push(&self, out: &mut String, resource: &Resource) -> Result<(), JsonError> {
        if let (Body::Text(text), true) = (&resource.body, self.include.as_text) {
            self.splice(out, text, resource);
            return Ok(());
        }
        let mut document = resource.document(self.kind, self.service)?;
        self.projection.apply(&mut document, self.kind);
        out.push_str(&document.to_string());
        Ok(())
    }

    /// `{"id":..,` + the stored text without its braces + `,"members":[..],"meta":{..}}`
    fn splice(&self, out: &mut String, text: &str, resource: &Resource) {
        out.push_str("{\"id\":");
        push_text(out, resource.id.as_str());
        let inner =
            text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or_default().trim();
        if !inner.is_empty() {
            out.push(',');
            out.push_str(inner);
        }
        let Self { kind, service, include, .. } = *self;
        if let Some(a) = kind.members().filter(|_| include.members) {
            match &resource.members_text {
                Some(text) => {
                    out.push(',');
                    push_text(out, a.name.as_str());
                    out.push_str(":[");
                    out.push_str(text);
                    out.push(']');
                }
                None => push_links(out, a.name.as_str(), &resource.members, service, None),
            }
        }
        if let Some(a) = kind.groups().filter(|_| include.groups) {
            push_links(out, a.name.as_str(), &resource.groups, service, Some("direct"));
        }
        out.push_str(",\"meta\":{\"resourceType\":");
        push_text(out, kind.name.as_str());
        out.push_str(",\"created\":");
        push_text(out, &resource.created.to_string());
        out.push_str(",\"lastModified\":");
        push_text(out, &resource.modified.to_string());
        out.push_str(",\"location\":");
        push_text(out, &service.location(kind, &resource.id));
        out.push_str(",\"version\":");
        push_text(out, &resource.version.to_string());
        out.push_str("}}");
    }
}

fn push_links(out: &mut String, name: &str, links: &[Link], service: &Service, fixed_type: Option<&str>) {
    if links.is_empty() {
        return;
    }
    out.push(',');
    push_text(out, name);
    out.push_str(":[");
    let mut writer: Option<(&str, LinkText)> = None;
    let mut inner = String::new();
    for link in links {
        // consecutive links are mostly of one type
        let text = match writer.take().filter(|(kind, _)| **kind == *link.resource_type) {
            Some((_, text)) => text,
            None => LinkText::typed(service, &link.resource_type, fixed_type.unwrap_or(&link.resource_type)),
        };
        text.push(&mut inner, link.id.as_str(), link.display.as_deref());
        writer = Some((&link.resource_type, text));
    }
    out.push_str(&inner);
    out.push(']');
}
