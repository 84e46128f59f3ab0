//! A fingerprint of how filter values are derived from bodies, which differs if they are derived in another way.

use crate::layout::{Column, has_row, is_indexed};
use crate::stored::{attributes, parts};
use provost_core::SchemaSet;
use provost_core::fold::Folding;
use std::sync::Arc;

/// How a program derives the values that filters search: from which schemas, with which indices, and by which version
/// of this crate. The database stores how its values were derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation(Arc<str>);

impl Derivation {
    /// For this version of the crate, with these schemas and their indices.
    #[must_use]
    pub fn of(schemas: &SchemaSet) -> Self {
        let mut form = LAYOUT.to_owned();
        for kind in schemas.resource_types() {
            for attribute in attributes(kind) {
                let all = std::iter::once(attribute.clone()).chain(parts(&attribute));
                for a in all {
                    let (leaf, how) = (a.leaf(), Folding::of(&a));
                    let row = has_row(&a, kind) || is_indexed(&a, kind);
                    form += &format!(
                        "{}|{a}|{}|{}|{how:?}|{:?}|{row};",
                        kind.name,
                        leaf.kind,
                        leaf.multi_valued,
                        Column::of(&a)
                    );
                }
            }
        }
        // FNV-1a
        let hash = form
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self(format!("{hash:016x}").into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The method of derivation. It gets a new name with every change, including changes in how texts are folded.
const LAYOUT: &str = "2026-03";

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::schema::parse_schema;

    #[test]
    fn it_knows_the_schemas() {
        let builtin = Derivation::of(&SchemaSet::builtin());
        assert_eq!(builtin, Derivation::of(&SchemaSet::builtin()));
        let mut set = SchemaSet::builtin();
        let add = |set: &mut SchemaSet, exact: bool| {
            let schema = format!(
                r#"{{"id":"urn:example:X","name":"X","attributes":[{{"name":"a","type":"string","multiValued":false,"caseExact":{exact}}}]}}"#
            );
            set.add_schema(parse_schema(&schema).unwrap());
            set.add_resource_type(r#"{"name":"X","endpoint":"/Xs","schema":"urn:example:X"}"#).unwrap();
            Derivation::of(set)
        };
        let (exact, caseless) = (add(&mut set, true), add(&mut set, false));
        assert!(builtin != exact && exact != caseless);
        set.index("X", "a").unwrap();
        assert_ne!(Derivation::of(&set), caseless);
    }
}
