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
    /// How the need is known: a document, an issue, or `composed` if neither text nor capture shows it.
    pub source: &'static str,
    /// The exchange under `conformance/` whose answer differs without the rule.
    pub vector: &'static str,
    /// What happens when it is off.
    pub strict: &'static str,
    /// The version of Provost that introduced it.
    pub since: &'static str,
    /// On in [`Profile::entra`](super::Profile::entra).
    pub entra: bool,
    /// On in [`Profile::okta`](super::Profile::okta).
    pub okta: bool,
    /// On in [`Profile::interop`](super::Profile::interop).
    pub interop: bool,
}

/// Whether a profile is in a list of profiles.
macro_rules! is_on {
    (entra: entra $($_:ident)*) => { true };
    (okta: okta $($_:ident)*) => { true };
    (interop: interop $($_:ident)*) => { true };
    ($profile:ident: $_:ident $($rest:ident)*) => { is_on!($profile: $($rest)*) };
    ($profile:ident:) => { false };
}

macro_rules! rules {
    ($($id:ident $name:literal [$($on:ident)*] what $what:literal why $why:literal
        source $source:literal vector $vector:literal strict $strict:literal)+) => {
        /// The switches.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RuleId { $(#[doc = $what] $id),+ }

        impl RuleId {
            /// Its bit in a set.
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
            source: $source,
            vector: $vector,
            strict: $strict,
            since: "0.1.0",
            entra: is_on!(entra: $($on)*),
            okta: is_on!(okta: $($on)*),
            interop: is_on!(interop: $($on)*),
        }),+];
    };
}

rules! {
    BareWord "filter/bare-word" [entra okta]
        what "A bare word in place of a JSON literal is read as a text, up to the next space or bracket: `id eq 54d3`, `name.familyName eq D'ORSEL`. It may begin with any character but a quotation mark."
        why "Entra's older reference checks send unquoted ids, other clients unquoted names."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint, older edition (`id eq .. and manager eq ..`)"
        vector "entra/e015-match-unquoted"
        strict "400 invalidFilter"
    LiteralCase "filter/literal-case" [entra okta]
        what "`True`, `FALSE` and `Null` are read as the JSON literals."
        why "Entra writes booleans with a capital."
        source "composed from the booleans of Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance"
        vector "entra/e019-match-literal-case"
        strict "400 invalidFilter (RFC 8259 section 3: lower case)"
    ComparedValuePath "filter/compared-value-path" [entra okta]
        what "`emails[type eq \"work\"].value eq \"x\"` is read as `emails[type eq \"work\" and value eq \"x\"]`."
        why "Entra's matching filter when a mail address is the matching attribute."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e013-match-work-email"
        strict "400 invalidFilter (a sub-attribute behind a bracket exists in PATCH paths only)"
    EmptyFilter "filter/empty" [entra okta]
        what "An empty `filter=` counts as absent."
        why "Clients that build the query string from a form."
        source "composed"
        vector "entra/e036-match-empty-filter"
        strict "400 invalidFilter (RFC 7644 section 3.4.2.2: at least one expression)"
    QuotedLiteral "filter/quoted-literal" [entra okta]
        what "A quoted boolean or number is compared as one when the attribute is one: `active eq \"True\"`."
        why "Entra sends `roles[primary eq \"True\"].value`."
        source "Microsoft Learn, Customize application attribute mappings"
        vector "entra/e051-patch-role-primary-string-filter"
        strict "400 invalidFilter"
    UnqualifiedExtension "path/unqualified-extension" [entra okta]
        what "An extension's attribute is found without its URN when no other attribute has the name."
        why "Entra's reference checks ask for `manager`, older PATCH requests write to it."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e091-manager-check-hit"
        strict "400 invalidFilter or invalidPath (RFC 7644 section 3.10: fully qualified)"
    CoreUrn "path/core-urn" [entra okta]
        what "Under the URN of the resource's own schema, as a container or as a path, its attributes are those at the top."
        why "Servers and clients that write every schema as a container, as extensions are."
        source "TracecatHQ/tracecat issue 3530; grokability/snipe-it issue 12642"
        vector "other/f09-pathless-value-under-the-core-urn"
        strict "400 invalidSyntax, as a path 400 invalidPath (RFC 7643 section 3.3: containers are for extensions)"
    DraftUrn "path/draft-urn" [entra okta]
        what "The URNs that drafts had for the enterprise extension are read as today's."
        why "OneLogin's templates and connectors of SCIM 1.1 days."
        source "goauthentik/authentik issue 11249"
        vector "other/f20-onelogin-put-with-draft-urns"
        strict "400 invalidSyntax, as a path 400 invalidPath"
    UnknownInFilter "filter/unknown-attribute" [entra okta]
        what "An attribute that no schema of the type has counts as one without a value."
        why "A matching attribute that is not provisioned must find nobody, not fail the job."
        source "composed"
        vector "entra/e035-match-unprovisioned-attribute"
        strict "400 invalidFilter"
    FilterOnOne "query/filter-on-one" [entra okta]
        what "A filter on a single resource is ignored."
        why "Clients that add the same parameters to every URL."
        source "composed"
        vector "entra/e034-get-user-with-filter"
        strict "400 invalidFilter: an unfiltered answer would mislead"
    AttributesWin "query/attributes-win" [entra okta]
        what "With `attributes` and `excludedAttributes` in one request the former counts."
        why "The RFC calls them mutually exclusive and gives no error."
        source "RFC 7644 section 3.4.2.5, silent on the error"
        vector "entra/e037-get-user-both-attribute-lists"
        strict "400 invalidValue"
    BoolAsString "value/bool-as-string" [entra okta]
        what "`\"True\"` and `\"false\"`, in any case, are booleans where the attribute is one."
        why "Entra without its flag sends `\"value\": \"False\"` for `active`, and `\"primary\": \"True\"` in roles."
        source "Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance"
        vector "entra/e070-disable-off"
        strict "400 invalidValue"
    StringForComplex "value/string-for-complex" [entra okta]
        what "A bare text for a complex attribute is its `value`: `\"manager\": \"26118915\"`."
        why "Entra writes managers so in POST and PATCH; the reference code adds members so."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint; apache/directory-scimple issue 1242"
        vector "entra/e093-manager-add-string-off"
        strict "400 invalidValue"
    OneElementArray "value/one-element-array" [entra okta]
        what "An array of one element stands for the element where the attribute has one value, an empty one for no value."
        why "Entra's older manager writes."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e095-manager-add-legacy-array"
        strict "400 invalidValue"
    OneForMany "value/one-for-many" [entra okta]
        what "A single value stands for an array of it where the attribute has many, in POST and PUT too."
        why "Clients built on libraries that unwrap arrays."
        source "composed from RFC 7644 section 3.5.2.1"
        vector "entra/e029-create-user-one-value-for-many"
        strict "400 invalidValue (in PATCH, RFC 7644 section 3.5.2.1 allows it)"
    EmptyString "value/empty-string" [entra okta]
        what "An empty text clears an attribute; an element left with nothing but its type goes too."
        why "Entra clears attributes with `\"\"`, managers too; Microsoft's validator expects them to be absent then."
        source "AzureAD/SCIMReferenceCode, Logic App validation template"
        vector "entra/e099-manager-clear-empty-string"
        strict "an empty text is stored; for a required attribute it is 400 invalidValue"
    ScalarAsText "value/scalar-as-text" [entra okta]
        what "A whole number or a boolean is its digits or its word where the attribute is a text: `\"employeeNumber\": 417`."
        why "Sources that keep such fields as numbers, and mappings without a conversion."
        source "composed"
        vector "other/n01-number-for-a-text"
        strict "400 invalidValue"
    RoleDisplayName "value/role-display-name" [entra okta]
        what "`displayName` of a role is its `display`."
        why "Entra's AppRoleAssignmentsComplex writes it so."
        source "MicrosoftDocs/entra-docs issue 215"
        vector "other/f21-create-with-displayname-of-a-role"
        strict "400 invalidSyntax: no such sub-attribute"
    LastPrimary "value/last-primary" [entra okta]
        what "Of two values with `primary` true in one list the last is primary."
        why "Mappings from several sources mark each of theirs."
        source "RFC 7644 section 3.5.2, silent on two in one list"
        vector "entra/e068-patch-two-primaries"
        strict "400 invalidValue (RFC 7643 section 2.4: no more than once)"
    JsonInString "value/json-in-string" [entra]
        what "A JSON object inside the text of a `value` is read as the element: `value`, `displayName` -> `display`."
        why "Entra's SingleAppRoleAssignment without the flag."
        source "Microsoft Learn, Customize application attribute mappings"
        vector "entra/e053-patch-roles-json-in-string"
        strict "the text is stored as it is"
    NullElement "value/null-element" [entra okta]
        what "null among the values of a list is left out."
        why "Mappings of absent sources."
        source "composed"
        vector "entra/e069-patch-null-in-list"
        strict "400 invalidValue"
    UnknownAttribute "body/unknown-attribute" [entra okta]
        what "Attributes that no schema of the type has are left out and named in the audit record."
        why "Entra sends what the admin mapped; Microsoft's own examples hold `department` outside its extension."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint; Microsoft Learn, Customize application attribute mappings"
        vector "entra/e024-create-user-undeclared-custom-extension"
        strict "400 invalidSyntax, in a PATCH path 400 invalidPath"
    UnknownSchema "body/unknown-schema" [entra okta]
        what "URNs in `schemas` that the type does not have are left out."
        why "Entra's groups list `http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e115-group-create-ms-schema"
        strict "400 invalidSyntax (RFC 7643 section 3)"
    MissingSchemas "body/missing-schemas" [entra okta]
        what "A body whose `schemas` is missing, null, empty, a text or a list without the right URN is taken for what its endpoint makes likely."
        why "Hand-written clients, older connectors, and a wrong URN of PatchOp that many manuals have."
        source "thomaspoignant/scim-patch issue 207; composed"
        vector "entra/e164-create-without-schemas"
        strict "400 invalidSyntax"
    DottedKeys "patch/dotted-keys" [entra okta]
        what "Keys of a value without path are paths: `\"name.givenName\"`, `\"emails[type eq \\\"work\\\"].value\"`. In POST and PUT a name may have its URN before it."
        why "Entra with its flag merges all single attributes into one operation so."
        source "Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance"
        vector "entra/e041-patch-many-on"
        strict "400 invalidSyntax: not an attribute name"
    LegacyDot "patch/legacy-dot" [entra]
        what "A dot between an extension's URN and its attribute counts as the colon: `urn:..:User.department`."
        why "Entra before December 2018."
        source "Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance (the job `customappsso`)"
        vector "entra/e056-patch-legacy-dot-extension"
        strict "400 invalidPath"
    RemoveWithValue "patch/remove-with-value" [entra okta]
        what "`remove` of a multi-valued attribute with a value removes the values listed; elsewhere the value is ignored."
        why "Entra without its flag removes members with `\"path\": \"members\", \"value\": [..]`; read literally that empties the group."
        source "Microsoft Learn, Known issues and resolutions with SCIM 2.0 protocol compliance"
        vector "entra/e128-group-remove-value-array-off"
        strict "400 invalidSyntax"
    CreateOnNoMatch "patch/create-on-no-match" [entra okta]
        what "`add` and `replace` on a value path that matches nothing make the value its `eq` terms describe."
        why "Entra's way to set a first work address: `emails[type eq \"work\"].value`."
        source "thomaspoignant/scim-patch issue 176; Captain-P-Goldfish/scim-for-keycloak issue 73"
        vector "entra/e047-patch-replace-filtered-creates"
        strict "400 noTarget (RFC 7644 section 3.5.2.3)"
    SingleValuePath "patch/single-value-path" [entra okta]
        what "A value path on a single-valued complex attribute selects it when it matches."
        why "Entra with its flag removes managers by `manager[value eq \"..\"]`."
        source "thomaspoignant/scim-patch issue 453"
        vector "entra/e101-manager-remove-filter-on-single"
        strict "400 invalidPath"
    EmptyOperations "patch/empty-operations" [entra okta]
        what "A PATCH without operations changes nothing and succeeds."
        why "Microsoft's validator sends one."
        source "scimmyjs/scimmy issue 59"
        vector "entra/e062-patch-empty-operations"
        strict "400 invalidSyntax (RFC 7644 section 3.5.2: one or more)"
    ReadOnlyIgnored "patch/read-only-ignored" [entra okta]
        what "readOnly attributes in a value without path are ignored."
        why "Okta sends the `id` along with a group's name."
        source "Okta's developer documentation on SCIM 2.0"
        vector "entra/e103-patch-read-only-pathless"
        strict "ignored when equal, else 400 mutability"
    ReplaceWhole "patch/replace-whole" [interop]
        what "`replace` of a complex attribute replaces it as a whole."
        why "draft-ietf-scim-interop-profile."
        source "draft-ietf-scim-interop-profile"
        vector "other/x303-interop-replace-complex-whole"
        strict "sub-attributes that are not named stay (RFC 7644 section 3.5.2.3)"
    GroupNoContent "patch/group-no-content" [entra okta]
        what "PATCH of a type with members answers 204 unless attributes are asked for."
        why "A group may hold 100,000 members; Microsoft asks for 204."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e119-group-rename-off"
        strict "200 with the resource"
    GroupNameUnique "group/unique-name" [entra okta]
        what "Two groups may not have the same displayName."
        why "Entra looks groups up by name and fails on two."
        source "Microsoft Learn, Develop and plan provisioning for a SCIM endpoint"
        vector "entra/e117-group-create-duplicate"
        strict "names may repeat (uniqueness none)"
    SkipMissingMembers "group/skip-missing-members" [entra okta]
        what "New members that do not exist are left out and named in the audit record."
        why "One stale id must not fail a batch of others."
        source "RFC 7644 section 3.5.2, silent on members that do not exist"
        vector "entra/e142-group-add-unknown-member"
        strict "400 invalidValue with the ids"
    MembersStay "group/members-stay" [entra okta]
        what "A PUT without `members`, or with null, keeps those there are; null in PATCH too. `[]` empties the group."
        why "A client that renames a group by PUT, or a mapping without a result, does not mean to empty it."
        source "RFC 7644 section 3.5.1 (\"not asserted by the client\")"
        vector "other/n02-put-of-a-group-without-members"
        strict "the group is empty then"
    ActiveStays "user/active-stays" [entra okta]
        what "No value for `active` (null, `\"\"`, `[]`, `remove`, a PUT without it) changes nothing: only a boolean does."
        why "A mapping without a result must neither let a disabled person in again nor lock anybody out."
        source "getprobo/probo issue 711"
        vector "other/f01-active-null-does-not-revive"
        strict "PATCH clears it, which takes access away; PUT without it keeps it"
    ReactivateOnCreate "user/reactivate-on-create" [okta]
        what "POST of a userName that an inactive user has takes that user over and answers 201; `active` is as the body says, and true where it says nothing."
        why "Okta creates a user anew who comes back."
        source "composed from Okta's developer documentation on SCIM 2.0"
        vector "okta/o210-okta-create-user-who-came-back"
        strict "409 uniqueness"
    MissingMediaType "http/missing-media-type" [entra okta]
        what "A body without Content-Type is read as JSON."
        why "Hand-written clients."
        source "composed"
        vector "entra/e165-create-without-content-type"
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
