//! What a server may choose, where the RFCs leave something open and where it may accept what they forbid, and the terms
//! on which it reads a request: those choices, bounds, and its address.
//!
//! PATCH, validation, projection and filters ask a [`Policy`], and know nothing of the client it was made for. [`compat`] makes
//! one of a client's profile.
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

/// How a server takes what it is sent. [`Default`] is what the standard says, or the stricter reading of it.
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
    /// Whether a body without media type is JSON. RFC 7644 section 3.1 wants `application/scim+json`.
    pub missing_media_type: bool,
    /// Whether a message need not say in `schemas` what it is, where the endpoint leaves no doubt. RFC 7644 section 3.1
    /// tells messages apart by it.
    pub missing_schemas: bool,
    /// What the parser of filters and paths forgives beyond the grammar of RFC 7644 section 3.4.2.2.
    pub syntax: Syntax,
    /// What a filter or `sortBy` makes of an attribute that the type does not have. RFC 7644 section 3.4.2.1 has it
    /// unassigned in queries over all types, and section 3.12 has `invalidFilter`.
    pub unknown: Unknown,
    /// Whether the numbers of a search may be sent as texts. RFC 7644 section 3.4.3 has them as integers.
    pub quoted_numbers: bool,
    /// Whether one text may be sent for the lists of names of a search. RFC 7644 section 3.4.3 has "a multi-valued list".
    pub one_for_many: bool,
    /// Whether the filter on a single resource is ignored. RFC 7644 section 3.4.1 has none there.
    pub filter_on_one: bool,
    /// Whether `attributes` counts where `excludedAttributes` is given too. RFC 7644 section 3.9 calls them "mutually
    /// exclusive" and names no error.
    pub attributes_win: bool,
    /// Whether a PATCH may be without operations. RFC 7644 section 3.5.2 wants "one or more".
    pub empty_operations: bool,
    /// Whether `remove` may say what goes in an object of attributes instead of a path. RFC 7644 section 3.5.2.2 answers
    /// `noTarget`.
    pub remove_with_value: bool,
    /// Whether `add` and `replace` make the value that a value path describes and does not find. RFC 7644 section 3.5.2.3
    /// answers `noTarget`.
    pub create_on_no_match: bool,
    /// Whether `replace` takes a complex value as a whole. RFC 7644 section 3.5.2.3 leaves sub-attributes that are not
    /// named unchanged.
    pub replace_whole: bool,
    /// Whether a PATCH takes away a value of which nothing but its type is left. RFC 7643 section 2.5 has attributes
    /// without a value, and says nothing of such.
    pub prune: bool,
    /// Whether of several values that a PATCH would make primary the last one is. RFC 7643 section 2.4: "no more than
    /// once".
    pub last_primary: bool,
    /// What becomes of members that do not exist; RFC 7643 section 4.2 does not say.
    pub missing_members: MissingMembers,
    /// Whether a PUT that does not speak of members leaves them. RFC 7644 section 3.5.1 lets a server clear what is not
    /// there.
    pub members_stay: bool,
    /// Whether it is noted that `active` stays where a PUT does not mention it: it stays in either case, as RFC 7644
    /// section 3.5.1 lets a server choose.
    pub active_stays: bool,
    /// Whether no two groups may have the same `displayName`. RFC 7643 section 4.2 asks for no uniqueness.
    pub unique_group_name: bool,
    /// Whether no two resources of a type may have the same `externalId`. RFC 7643 section 3.1 leaves that to the client.
    pub unique_external_id: bool,
    /// Whether a POST takes over an inactive resource that has the name. RFC 7644 section 3.3 answers 409.
    pub reactivate_on_create: bool,
    /// Whether a PATCH of a group that asks for no attributes is answered with 204. RFC 7644 section 3.5.2 has 200 and
    /// 204.
    pub group_no_content: bool,
}

/// How a request is read: with which choices, within which bounds, and at which server.
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
    /// What the server chooses where the RFCs leave it a choice.
    pub policy: Policy,
    /// Bounds on what the request may hold.
    pub limits: &'a Limits,
    /// Where resources are served: it tells a `$ref` of this server from one of another. Where it is not known, only
    /// relative references are taken for this server's.
    pub service: Option<&'a Service>,
}

impl<'a> Terms<'a> {
    /// A request to a server whose address does not matter.
    #[must_use]
    pub fn new(policy: Policy, limits: &'a Limits) -> Self {
        Self { policy, limits, service: None }
    }

    /// The same at a server.
    #[must_use]
    pub fn at(self, service: &'a Service) -> Self {
        Self { service: Some(service), ..self }
    }

    /// Whether `schemas` says that a body is the message it is taken for.
    ///
    /// RFC 7644 section 3.1: the URI in `schemas` tells messages apart; sections 3.4.3, 3.5.2 and 3.7 require it of each.
    /// Where the endpoint leaves no doubt, the policy may let one pass that says nothing, or says it in another way.
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

    /// The error, with what to do where `schemas` says that the client speaks SCIM 1.1.
    pub(crate) fn of_version(self, e: Error, schemas: Option<&Value>) -> Error {
        let mut urns = schemas.map_or(&[][..], Value::elements).iter().filter_map(Value::as_str);
        match urns.find(|urn| is_scim_1(urn)) {
            Some(urn) => e.with_remedy(&format!("`{}` is SCIM 1.1; {}", excerpt(urn), self.version())),
            None => e,
        }
    }

    /// What to do where a client speaks SCIM 1.1.
    pub(crate) fn version(self) -> String {
        let base =
            self.service.map(|service| format!(" and its base URL (Tenant URL) is `{}`", service.base));
        format!("this server supports SCIM 2.0{}", base.unwrap_or_default())
    }
}

/// `urn:scim:schemas:core:1.0`; drafts of SCIM 2.0 had such URNs too, with another number.
fn is_scim_1(urn: &str) -> bool {
    let urn = urn.to_ascii_lowercase();
    urn.starts_with("urn:scim:schemas:") && urn.contains(":1.")
}

/// Whether another URN means the same message: many manuals have `urn:..:core:2.0:PatchOp`.
fn same_name(text: &str, urn: &str) -> bool {
    let name = |urn: &str| urn.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    name(text) == name(urn)
}

fn is_message(text: &str) -> bool {
    text.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES))
}
