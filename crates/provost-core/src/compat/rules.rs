//! The table of rules. `docs/quirks.md` is made from it.

/// A named deviation from the RFC, or a choice where it leaves one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The switch.
    pub id: RuleId,
    /// Its name in audit records, metrics and documents.
    pub name: &'static str,
    /// What happens when it is on.
    pub what: &'static str,
    /// Who needs it.
    pub why: &'static str,
    /// What happens when it is off.
    pub strict: &'static str,
    /// Since which version of Provost.
    pub since: &'static str,
    /// On in [`Profile::entra`](super::Profile::entra).
    pub entra: bool,
    /// On in [`Profile::okta`](super::Profile::okta).
    pub okta: bool,
    /// On in [`Profile::interop`](super::Profile::interop).
    pub interop: bool,
}

macro_rules! rules {
    ($($id:ident $name:literal [$($on:ident)*] what $what:literal why $why:literal strict $strict:literal)+) => {
        /// The switches.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RuleId { $(#[doc = $what] $id),+ }

        impl RuleId {
            /// Its place in a set.
            #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum, below 64 by a test")]
            pub(crate) const fn bit(self) -> u64 {
                1 << (self as u64)
            }
        }

        /// Every rule, in the order of the enum.
        pub const RULES: &[Rule] = &[$(Rule {
            id: RuleId::$id,
            name: $name,
            what: $what,
            why: $why,
            strict: $strict,
            since: "0.1.0",
            entra: on("entra", &[$(stringify!($on)),*]),
            okta: on("okta", &[$(stringify!($on)),*]),
            interop: on("interop", &[$(stringify!($on)),*]),
        }),+];
    };
}

const fn on(profile: &str, list: &[&str]) -> bool {
    let mut n = 0;
    while n < list.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated at compile time, where a fault stops the build"
        )]
        if same(profile.as_bytes(), list[n].as_bytes()) {
            return true;
        }
        n += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut n = 0;
    while n < a.len() && n < b.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated at compile time, where a fault stops the build"
        )]
        if a[n] != b[n] {
            return false;
        }
        n += 1;
    }
    a.len() == b.len()
}

rules! {
    BareWord "filter/bare-word" [entra okta]
        what "A bare word where a JSON literal must stand is read as a text: `id eq 54d3`."
        why "Entra's older reference checks send unquoted ids."
        strict "400 invalidFilter"
    LiteralCase "filter/literal-case" [entra okta]
        what "`True`, `FALSE` and `Null` are read as the JSON literals."
        why "Entra writes booleans with a capital."
        strict "400 invalidFilter (RFC 8259 section 3: lower case)"
    ComparedValuePath "filter/compared-value-path" [entra okta]
        what "`emails[type eq \"work\"].value eq \"x\"` is read as `emails[type eq \"work\" and value eq \"x\"]`."
        why "Entra's matching filter when a mail address is the matching attribute."
        strict "400 invalidFilter (a sub-attribute behind a bracket exists in PATCH paths only)"
    EmptyFilter "filter/empty" [entra okta]
        what "An empty `filter=` counts as absent."
        why "Clients that build the query string from a form."
        strict "400 invalidFilter (RFC 7644 section 3.4.2.2: at least one expression)"
    QuotedLiteral "filter/quoted-literal" [entra okta]
        what "A quoted boolean or number is compared as one when the attribute is one: `active eq \"True\"`."
        why "Entra sends `roles[primary eq \"True\"].value`."
        strict "400 invalidFilter"
    UnqualifiedExtension "path/unqualified-extension" [entra okta]
        what "An extension's attribute is found without its URN when no other attribute has the name."
        why "Entra's reference checks ask for `manager`, older PATCH requests write to it."
        strict "400 invalidFilter or invalidPath (RFC 7644 section 3.10: fully qualified)"
    UnknownInFilter "filter/unknown-attribute" [entra okta]
        what "An attribute that no schema of the type has counts as one without a value."
        why "A matching attribute that is not provisioned must find nobody, not fail the job."
        strict "400 invalidFilter"
    FilterOnOne "query/filter-on-one" [entra okta]
        what "A filter on a single resource is ignored."
        why "Clients that add the same parameters to every URL."
        strict "400 invalidFilter: an unfiltered answer would mislead"
    AttributesWin "query/attributes-win" [entra okta]
        what "With `attributes` and `excludedAttributes` in one request the former counts."
        why "The RFC calls them mutually exclusive and gives no error."
        strict "400 invalidValue"
    CursorWins "query/cursor-wins" [entra okta]
        what "With `cursor` and `startIndex` in one request the former counts."
        why "RFC 9865 says nothing of it, and clients add a cursor to the parameters they always send."
        strict "400 invalidValue"
    CursorCount "query/cursor-count" [entra okta]
        what "`count` may differ from page to page of one cursor."
        why "It moves nothing: a page ends a little earlier or later."
        strict "400 invalidCount (RFC 9865 section 2)"
    BoolAsString "value/bool-as-string" [entra okta]
        what "`\"True\"` and `\"false\"`, in any case, are booleans where the attribute is one."
        why "Entra without its flag sends `\"value\": \"False\"` for `active`, and `\"primary\": \"True\"` in roles."
        strict "400 invalidValue"
    StringForComplex "value/string-for-complex" [entra okta]
        what "A bare text for a complex attribute is its `value`: `\"manager\": \"26118915\"`."
        why "Entra writes managers so in POST and PATCH; the reference code adds members so."
        strict "400 invalidValue"
    OneElementArray "value/one-element-array" [entra okta]
        what "An array of one element stands for the element where the attribute has one value."
        why "Entra's older manager writes."
        strict "400 invalidValue"
    OneForMany "value/one-for-many" [entra okta]
        what "A single value stands for an array of it where the attribute has many, in POST and PUT too."
        why "Clients built on libraries that unwrap arrays."
        strict "400 invalidValue (in PATCH, RFC 7644 section 3.5.2.1 allows it)"
    EmptyString "value/empty-string" [entra okta]
        what "An empty text clears an attribute; an element left with nothing but its type goes too."
        why "Entra clears attributes with `\"\"`, managers too; Microsoft's validator expects them to be absent then."
        strict "an empty text is stored; for a required attribute it is 400 invalidValue"
    LastPrimary "value/last-primary" [entra okta]
        what "Of two values with `primary` true in one list the last is primary."
        why "Mappings from several sources mark each of theirs."
        strict "400 invalidValue (RFC 7643 section 2.4: no more than once)"
    JsonInString "value/json-in-string" [entra]
        what "A JSON object inside the text of a `value` is read as the element: `value`, `displayName` -> `display`."
        why "Entra's SingleAppRoleAssignment without the flag."
        strict "the text is stored as it is"
    NullElement "value/null-element" [entra okta]
        what "null among the values of a list is left out."
        why "Mappings of absent sources."
        strict "400 invalidValue"
    UnknownAttribute "body/unknown-attribute" [entra okta]
        what "Attributes that no schema of the type has are left out and named in the audit record."
        why "Entra sends what the admin mapped; Microsoft's own examples hold `department` outside its extension."
        strict "400 invalidSyntax, in a PATCH path 400 invalidPath"
    UnknownSchema "body/unknown-schema" [entra okta]
        what "URNs in `schemas` that the type does not have are left out."
        why "Entra's groups list `http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`."
        strict "400 invalidSyntax (RFC 7643 section 3)"
    MissingSchemas "body/missing-schemas" [entra okta]
        what "A body without `schemas` is taken for what its endpoint makes likely."
        why "Hand-written clients and older connectors."
        strict "400 invalidSyntax"
    DottedKeys "patch/dotted-keys" [entra okta]
        what "Keys of a value without path are paths: `\"name.givenName\"`, `\"emails[type eq \\\"work\\\"].value\"`."
        why "Entra with its flag merges all single attributes into one operation so."
        strict "400 invalidSyntax: not an attribute name"
    LegacyDot "patch/legacy-dot" [entra]
        what "A dot between an extension's URN and its attribute counts as the colon: `urn:..:User.department`."
        why "Entra before December 2018."
        strict "400 invalidPath"
    RemoveWithValue "patch/remove-with-value" [entra okta]
        what "`remove` of a multi-valued attribute with a value removes the values listed; elsewhere the value is ignored."
        why "Entra without its flag removes members with `\"path\": \"members\", \"value\": [..]`; read literally that empties the group."
        strict "400 invalidSyntax"
    CreateOnNoMatch "patch/create-on-no-match" [entra okta]
        what "`add` and `replace` on a value path that matches nothing make the value its `eq` terms describe."
        why "Entra's way to set a first work address: `emails[type eq \"work\"].value`."
        strict "400 noTarget (RFC 7644 section 3.5.2.3)"
    SingleValuePath "patch/single-value-path" [entra okta]
        what "A value path on a single-valued complex attribute selects it when it matches."
        why "Entra with its flag removes managers by `manager[value eq \"..\"]`."
        strict "400 invalidPath"
    EmptyOperations "patch/empty-operations" [entra okta]
        what "A PATCH without operations changes nothing and succeeds."
        why "Microsoft's validator sends one."
        strict "400 invalidSyntax (RFC 7644 section 3.5.2: one or more)"
    ReadOnlyIgnored "patch/read-only-ignored" [entra okta]
        what "readOnly attributes in a value without path are ignored."
        why "Okta sends the `id` along with a group's name."
        strict "ignored when equal, else 400 mutability"
    ReplaceWhole "patch/replace-whole" [interop]
        what "`replace` of a complex attribute replaces it as a whole."
        why "draft-ietf-scim-interop-profile."
        strict "sub-attributes that are not named stay (RFC 7644 section 3.5.2.3)"
    GroupNoContent "patch/group-no-content" [entra okta]
        what "PATCH of a type with members answers 204 unless attributes are asked for."
        why "A group may hold 100,000 members; Microsoft asks for 204."
        strict "200 with the resource"
    GroupNameUnique "group/unique-name" [entra okta]
        what "Two groups may not have the same displayName."
        why "Entra looks groups up by name and fails on two."
        strict "names may repeat (uniqueness none)"
    SkipMissingMembers "group/skip-missing-members" [entra okta]
        what "New members that do not exist are left out and named in the audit record."
        why "One stale id must not fail a batch of others."
        strict "400 invalidValue with the ids"
    ReactivateOnCreate "user/reactivate-on-create" [okta]
        what "POST of a userName that an inactive user has re-activates that user and answers 201."
        why "Okta creates a user anew who comes back."
        strict "409 uniqueness"
    MissingMediaType "http/missing-media-type" [entra okta]
        what "A body without Content-Type is read as JSON."
        why "Hand-written clients."
        strict "415"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_bits_are_distinct() {
        assert!(RULES.len() <= 64);
        assert_eq!(RULES.iter().map(|r| r.name).collect::<HashSet<_>>().len(), RULES.len());
        assert_eq!(
            RULES.iter().fold(0, |on, r| on | r.id.bit()).count_ones(),
            u32::try_from(RULES.len()).unwrap()
        );
    }
}
