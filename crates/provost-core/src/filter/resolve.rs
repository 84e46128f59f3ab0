//! Syntax to typed filter: resolves attributes, converts operands, and refuses what cannot be asked.

use super::operand::{RawComparison, require_value};
use super::{CompareOp, Filter, FilterError, Literal, TypedFilter};
use crate::path::{AttrPath, AttrRef, Span, UnknownAttribute};
use crate::schema::{Attribute, Mutability, ResourceType, Returned, Type};

/// How to treat an attribute that the resource type does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// Refuse the filter.
    #[default]
    Refuse,
    /// Treat it as an attribute without a value.
    Unassigned,
}

impl Filter {
    /// Binds the filter to a resource type.
    ///
    /// Comparing a complex attribute as a whole means comparing its `value`; without one it is refused. For such an
    /// attribute `eq null` means `not (.. pr)`. Parts with a fixed result are removed; if nothing else is left, the
    /// result is a [`TypedFilter::Constant`].
    ///
    /// # Errors
    /// An attribute does not exist (unless `unknown` accepts that), is never returned, or does not support the
    /// comparison; or an operand has the wrong type. The error has the byte position.
    pub fn resolve(
        &self,
        resource_type: &ResourceType,
        unknown: Unknown,
    ) -> Result<TypedFilter, FilterError> {
        Resolver { names: Names::Of(resource_type), unknown }.filter(self)
    }

    /// Binds the filter of a value path. Its names are sub-attributes of `attribute`, or `value` if its values are
    /// simple.
    ///
    /// # Errors
    /// As for [`Self::resolve`]; unknown names are always refused.
    pub fn resolve_element(&self, attribute: &AttrRef) -> Result<TypedFilter, FilterError> {
        Resolver { names: Names::Inside(&attribute.whole()), unknown: Unknown::Refuse }.filter(self)
    }
}

/// What names refer to.
#[derive(Clone, Copy)]
enum Names<'a> {
    /// Attributes of a resource type.
    Of(&'a ResourceType),
    /// Sub-attributes of an attribute.
    Inside(&'a AttrRef),
}

#[derive(Clone, Copy)]
struct Resolver<'a> {
    names: Names<'a>,
    unknown: Unknown,
}

impl Resolver<'_> {
    fn filter(self, filter: &Filter) -> Result<TypedFilter, FilterError> {
        let all =
            |parts: &[Filter]| parts.iter().map(|part| self.filter(part)).collect::<Result<Vec<_>, _>>();
        Ok(match filter {
            Filter::Compare { path, op, value, at } => self.compare(path, *op, value, at.0)?,
            Filter::Present(path) => {
                self.found(path)?.map_or(TypedFilter::Constant(false), TypedFilter::Present)
            }
            Filter::ValuePath { path, filter } => self.value_path(path, filter)?,
            Filter::Not(inner) => match self.filter(inner)? {
                TypedFilter::Constant(fixed) => TypedFilter::Constant(!fixed),
                inner => TypedFilter::Not(Box::new(inner)),
            },
            Filter::And(parts) => joined(all(parts)?, false, TypedFilter::And),
            Filter::Or(parts) => joined(all(parts)?, true, TypedFilter::Or),
        })
    }

    fn compare(
        self,
        path: &AttrPath,
        op: CompareOp,
        value: &Literal,
        at: Span,
    ) -> Result<TypedFilter, FilterError> {
        require_value(op, value, at)?;
        let Some(attribute) = self.found(path)? else {
            // RFC 7644 section 3.4.2.1: attributes that a type lacks are treated "as if there is no attribute value"
            return Ok(TypedFilter::Constant(match value {
                Literal::Null => op == CompareOp::Eq,
                _ => op == CompareOp::Ne,
            }));
        };
        if !attribute.leaf().is_complex() {
            return RawComparison { attribute, path: path.span, op, value, at }
                .typed()
                .map(TypedFilter::Compare);
        }
        match (attribute.attribute().sub("value"), value) {
            (Some(sub), _) => {
                let attribute = attribute.with_sub(sub.clone());
                readable(sub, &attribute, path.span)?;
                RawComparison { attribute, path: path.span, op, value, at }.typed().map(TypedFilter::Compare)
            }
            (None, Literal::Null) if op == CompareOp::Ne => Ok(TypedFilter::Present(attribute)),
            (None, Literal::Null) => Ok(TypedFilter::Not(Box::new(TypedFilter::Present(attribute)))),
            (None, _) => Err(complex(&attribute, path.span)),
        }
    }

    fn value_path(self, path: &AttrPath, inner: &Filter) -> Result<TypedFilter, FilterError> {
        let Names::Of(_) = self.names else {
            return Err(FilterError::at(path.span, "a value path cannot be nested in another"));
        };
        let Some(attribute) = self.found(path)? else { return Ok(TypedFilter::Constant(false)) };
        let fault = match (attribute.sub(), attribute.attribute()) {
            (Some(_), _) => "a sub-attribute; `[ ]` follows the attribute itself",
            (None, a) if a.is_complex() || a.multi_valued => {
                let resolver = Resolver { names: Names::Inside(&attribute), ..self };
                return Ok(element(&attribute, resolver.filter(inner)?));
            }
            (None, _) => "a single simple value; compare it without `[ ]`",
        };
        Err(FilterError::at(path.span, format!("the attribute `{attribute}` is {fault}")))
    }

    /// The attribute, if it may be asked for; `None` if it is unknown and counts as unassigned.
    fn found(self, path: &AttrPath) -> Result<Option<AttrRef>, FilterError> {
        let found = match self.names {
            Names::Of(kind) => AttrRef::resolve(path, kind),
            Names::Inside(attribute) => inside(path, attribute),
        };
        match found {
            Ok(attribute) => {
                readable(attribute.attribute(), &attribute, path.span)?;
                readable(attribute.leaf(), &attribute, path.span)?;
                Ok(Some(attribute))
            }
            Err(_) if self.unknown == Unknown::Unassigned => Ok(None),
            Err(e) => Err(FilterError::at(path.span, e.to_string())),
        }
    }
}

/// A name inside `[ ]`.
fn inside(path: &AttrPath, attribute: &AttrRef) -> Result<AttrRef, UnknownAttribute> {
    let plain = path.schema.is_none() && path.sub.is_none();
    let complex = attribute.attribute().is_complex();
    match attribute.attribute().sub(&path.name) {
        Some(sub) if plain => Ok(attribute.with_sub(sub.clone())),
        // RFC 7644 table 5 selects values of simple attributes too; their name is that of RFC 7643 section 2.4
        None if plain && !complex && path.name.eq_ignore_ascii_case("value") => Ok(attribute.clone()),
        _ => Err(UnknownAttribute::sub(attribute, &path.to_string())),
    }
}

/// RFC 7643 section 7: nothing may be learnt about an attribute that is "never" returned, and whether a filter matches
/// reveals something.
fn readable(definition: &Attribute, attribute: &AttrRef, at: Span) -> Result<(), FilterError> {
    if definition.returned != Returned::Never && definition.mutability != Mutability::WriteOnly {
        return Ok(());
    }
    Err(FilterError::at(
        at,
        format!("the attribute `{attribute}` is never returned, so it cannot be used in a filter"),
    ))
}

fn complex(attribute: &AttrRef, at: Span) -> FilterError {
    let subs = &attribute.attribute().sub_attributes;
    let example = subs.iter().find(|s| s.kind == Type::String).or_else(|| subs.first());
    let example = example.map_or_else(String::new, |s| format!(", like `{attribute}.{}`", s.name));
    FilterError::at(
        at,
        format!("the attribute `{attribute}` is complex; compare one of its sub-attributes{example}"),
    )
}

/// `and` or `or` without the parts that have a fixed result; `decisive` is the result that decides the whole.
fn joined(
    parts: Vec<TypedFilter>,
    decisive: bool,
    build: fn(Vec<TypedFilter>) -> TypedFilter,
) -> TypedFilter {
    if parts.contains(&TypedFilter::Constant(decisive)) {
        return TypedFilter::Constant(decisive);
    }
    let mut open: Vec<_> = parts.into_iter().filter(|p| !matches!(p, TypedFilter::Constant(_))).collect();
    match (open.pop(), open.is_empty()) {
        (None, _) => TypedFilter::Constant(!decisive),
        (Some(only), true) => only,
        (Some(last), false) => {
            open.push(last);
            build(open)
        }
    }
}

/// A value path whose filter has a fixed result matches any value, or nothing.
fn element(attribute: &AttrRef, filter: TypedFilter) -> TypedFilter {
    match filter {
        TypedFilter::Constant(true) => TypedFilter::Present(attribute.clone()),
        TypedFilter::Constant(false) => TypedFilter::Constant(false),
        filter => TypedFilter::Element { attribute: attribute.clone(), filter: Box::new(filter) },
    }
}
