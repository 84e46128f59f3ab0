//! What a server may choose where the RFCs leave something open, or where it may accept what they forbid; and the terms
//! on which it reads a request: those choices, limits, and its address.
//!
//! PATCH, validation, projection and filters use a [`Policy`], and do not know for which client it was made. [`compat`]
//! derives one from a client's profile.
//!
//! [`compat`]: crate::compat

pub use crate::notes::{Choice, Notes};

use crate::change::MissingMembers;
use crate::error::{Error, ErrorKind};
use crate::filter::{Syntax, Unknown};
use crate::limits::Limits;
use crate::resource::Service;
use crate::text::excerpt;
use crate::urn;
use crate::value::{Object, Value};

/// How a server treats what it receives. [`Default`] follows the standard, in its stricter reading.
///
/// ```
/// use provost_core::{Limits, Policy, SchemaSet, Terms, validate};
/// use provost_core::value::parse_object;
/// let mut policy = Policy::default();
/// policy.unique_group_name = true;
/// let set = SchemaSet::builtin();
/// let group = set.resource_type("Group").ok_or("Group")?;
/// let body = parse_object(&format!(r#"{{"schemas":["{}"],"displayName":"Sales"}}"#, provost_core::urn::GROUP))?;
/// let accepted = validate::create(body, group, Terms::new(policy, &Limits::default()))?;
/// assert_eq!(accepted.unique[0].attribute, "displayName");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether a body without media type is read as JSON. RFC 7644 section 3.1 expects `application/scim+json`.
    pub missing_media_type: bool,
    /// Whether a message may lack its `schemas` if the endpoint leaves no doubt. RFC 7644 section 3.1 distinguishes
    /// messages by it.
    pub missing_schemas: bool,
    /// What the parser of filters and paths accepts beyond the grammar of RFC 7644 section 3.4.2.2.
    pub syntax: Syntax,
    /// How a filter or `sortBy` treats an attribute the type does not have. RFC 7644 section 3.4.2.1 treats it as
    /// unassigned in queries over all types; section 3.12 answers `invalidFilter`.
    pub unknown: Unknown,
    /// Whether numbers in a search may be sent as strings. RFC 7644 section 3.4.3 makes them integers.
    pub quoted_numbers: bool,
    /// Whether a search may contain one string in place of a list of names. RFC 7644 section 3.4.3 has "a multi-valued
    /// list".
    pub one_for_many: bool,
    /// Whether the filter on a single resource is ignored. RFC 7644 section 3.4.1 defines none there.
    pub filter_on_one: bool,
    /// Whether `attributes` wins if `excludedAttributes` is given too. RFC 7644 section 3.9 calls them "mutually
    /// exclusive" and defines no error.
    pub attributes_win: bool,
    /// Whether a PATCH may have no operations. RFC 7644 section 3.5.2 requires "one or more".
    pub empty_operations: bool,
    /// Whether `remove` may name attributes in an object instead of a path. RFC 7644 section 3.5.2.2 answers
    /// `noTarget`.
    pub remove_with_value: bool,
    /// Whether `add` and `replace` create the value a value path describes if it matches nothing. RFC 7644 section
    /// 3.5.2.3 answers `noTarget`.
    pub create_on_no_match: bool,
    /// Whether `replace` replaces a complex value as a whole. RFC 7644 section 3.5.2.3 leaves sub-attributes that are
    /// not named unchanged.
    pub replace_whole: bool,
    /// Whether a PATCH removes a value of which only the type is left. RFC 7643 section 2.5 covers attributes without a
    /// value, but not this case.
    pub prune: bool,
    /// If a PATCH would make several values primary, whether the last one wins. RFC 7643 section 2.4: "no more than
    /// once".
    pub last_primary: bool,
    /// What to do with members that do not exist; RFC 7643 section 4.2 does not say.
    pub missing_members: MissingMembers,
    /// Whether a PUT that does not mention members keeps them. RFC 7644 section 3.5.1 lets a server clear what is
    /// absent.
    pub members_stay: bool,
    /// Whether to note that `active` stays if a PUT does not mention it. It stays in either case; RFC 7644 section
    /// 3.5.1 lets a server choose.
    pub active_stays: bool,
    /// Whether the `displayName` of groups must be unique. RFC 7643 section 4.2 does not require it.
    pub unique_group_name: bool,
    /// Whether `externalId` must be unique within a type. RFC 7643 section 3.1 leaves this to the client.
    pub unique_external_id: bool,
    /// Whether a POST takes over an inactive resource of the same name. RFC 7644 section 3.3 answers 409.
    pub reactivate_on_create: bool,
    /// Whether a PATCH of a group is answered with 204 if the request asks for no attributes. RFC 7644 section 3.5.2
    /// allows 200 and 204.
    pub group_no_content: bool,
}

/// How a request is read: with which choices, within which limits, and at which server.
///
/// ```
/// use provost_core::resource::Service;
/// use provost_core::{Limits, Policy, SchemaSet, Terms};
/// let limits = Limits::default();
/// let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
/// let terms = Terms::new(Policy::default(), &limits).at(&service);
/// assert_eq!(terms.service.map(|s| &*s.base), Some("https://scim.example.com/scim/v2"));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Terms<'a> {
    /// What the server chooses where the RFCs leave a choice.
    pub policy: Policy,
    /// Limits on what the request may contain.
    pub limits: &'a Limits,
    /// Where resources are served, which distinguishes this server's `$ref`s from others. If unknown, only relative
    /// references count as this server's.
    pub service: Option<&'a Service>,
}

impl<'a> Terms<'a> {
    /// Terms without a server address.
    #[must_use]
    pub fn new(policy: Policy, limits: &'a Limits) -> Self {
        Self { policy, limits, service: None }
    }

    /// The same, at a server.
    #[must_use]
    pub fn at(self, service: &'a Service) -> Self {
        Self { service: Some(service), ..self }
    }

    /// Checks by its `schemas` that a body is the expected message.
    ///
    /// RFC 7644 section 3.1: the URI in `schemas` identifies a message; sections 3.4.3, 3.5.2 and 3.7 require it in
    /// each. If the endpoint leaves no doubt, the policy may accept a message that does not say so, or says it
    /// differently.
    ///
    /// # Errors
    /// `invalidSyntax` for another message.
    pub(crate) fn check_message(self, body: &Object, urn: &str, notes: &mut Notes) -> Result<(), Error> {
        let given = body.get("schemas");
        let is_ours = |v: &Value| v.as_str().is_some_and(|s| s.eq_ignore_ascii_case(urn));
        let listed = given.and_then(Value::as_array);
        if listed.is_some_and(|list| list.iter().any(is_ours)) {
            return Ok(());
        }
        let forgiven = match given {
            None | Some(Value::Null) => true,
            Some(Value::Array(list)) => {
                list.is_empty() || list.iter().filter_map(Value::as_str).any(|s| same_name(s, urn))
            }
            Some(Value::String(text)) => !is_message(text) || same_name(text, urn),
            Some(_) => false,
        };
        if forgiven && self.policy.missing_schemas {
            notes.record(Choice::MissingSchemas);
            return Ok(());
        }
        let fault = format_args!("must be an array that contains `{urn}`");
        let e = Error::of_attribute(ErrorKind::InvalidSyntax, "schemas", fault);
        Err(self.of_version(e, given))
    }

    /// Adds what to do to the error, if `schemas` shows that the client speaks SCIM 1.1.
    pub(crate) fn of_version(self, e: Error, schemas: Option<&Value>) -> Error {
        let mut urns = schemas.map_or(&[][..], Value::elements).iter().filter_map(Value::as_str);
        match urns.find(|urn| is_scim_1(urn)) {
            Some(urn) => e.with_remedy(&format!("`{}` is SCIM 1.1; {}", excerpt(urn), self.version())),
            None => e,
        }
    }

    /// What to do if a client speaks SCIM 1.1.
    pub(crate) fn version(self) -> String {
        let base =
            self.service.map(|service| format!(" and its base URL (Tenant URL) is `{}`", service.base));
        format!("this server supports SCIM 2.0{}", base.unwrap_or_default())
    }
}

/// `urn:scim:schemas:core:1.0`. Drafts of SCIM 2.0 had such URNs too, with another number.
fn is_scim_1(urn: &str) -> bool {
    let urn = urn.to_ascii_lowercase();
    urn.starts_with("urn:scim:schemas:") && urn.contains(":1.")
}

/// Whether another URN means the same message: many manuals write `urn:..:core:2.0:PatchOp`.
fn same_name(text: &str, urn: &str) -> bool {
    let name = |urn: &str| urn.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    name(text) == name(urn)
}

fn is_message(text: &str) -> bool {
    text.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES))
}
