//! A random resource type with an extension: the contents of its two schema files, in the model's own types.

use crate::dice::Dice;
use provost_core::{ResourceType, SchemaSet};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(crate) const MAIN: &str = "urn:example:random:2.0:Thing";
pub(crate) const EXTENSION: &str = "urn:example:random:extension:2.0:Thing";

pub(crate) const TYPES: [&str; 8] =
    ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"];

#[derive(Debug, Clone)]
pub(crate) struct Attr {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) multi: bool,
    pub(crate) required: bool,
    pub(crate) exact: bool,
    pub(crate) mutability: &'static str,
    pub(crate) returned: &'static str,
    pub(crate) uniqueness: &'static str,
    pub(crate) subs: Vec<Self>,
    /// Whether it is a common attribute of the standard, and not in the schema file.
    pub(crate) common: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) main: Vec<Attr>,
    pub(crate) extension: Vec<Attr>,
    pub(crate) extension_required: bool,
}

impl Plan {
    pub(crate) fn roll(dice: &mut Dice) -> Self {
        // half of the plans hide nothing: a client can read everything
        let open = dice.roll(2) == 0;
        let mut main = common();
        for n in 0..1 + dice.roll(6) {
            main.push(Attr::roll(format!("attr{n}"), dice, open, true));
        }
        let extension =
            (0..dice.roll(4)).map(|n| Attr::roll(format!("extra-{n}"), dice, open, true)).collect::<Vec<_>>();
        Self { main, extension_required: !extension.is_empty() && dice.once_in(4), extension }
    }

    /// The resource type, loaded from files.
    pub(crate) fn set(&self) -> SchemaSet {
        let attributes =
            |list: &[Attr]| list.iter().filter(|a| !a.common).map(Attr::file).collect::<Vec<_>>();
        let main = json!({"id": MAIN, "attributes": attributes(&self.main)}).to_string();
        let extension = json!({"id": EXTENSION, "attributes": attributes(&self.extension)}).to_string();
        let uses = json!([{"schema": EXTENSION, "required": self.extension_required}]);
        let kind = json!({"name": "Thing", "endpoint": "/Things", "schema": MAIN, "schemaExtensions": uses});
        SchemaSet::load([
            ("thing.resourcetype.json", kind.to_string()),
            ("extension.schema.json", extension),
            ("main.schema.json", main),
        ])
        .unwrap()
    }

    pub(crate) fn kind(&self) -> Arc<ResourceType> {
        self.set().resource_type("Thing").unwrap().clone()
    }

    /// Whether no attribute or sub-attribute has a property.
    pub(crate) fn none(&self, is: impl Fn(&Attr) -> bool) -> bool {
        let mut all = self.main.iter().chain(&self.extension);
        !all.any(|a| is(a) || a.subs.iter().any(&is))
    }
}

impl Attr {
    fn roll(name: String, dice: &mut Dice, open: bool, top: bool) -> Self {
        let kind = TYPES[dice.roll(if top { 8 } else { 7 })];
        let words: &[&'static str] = match open {
            true => &["readWrite", "readWrite", "readOnly", "immutable"],
            false => &["readWrite", "readWrite", "readOnly", "immutable", "writeOnly"],
        };
        let mutability = dice.pick(words);
        let returned = match mutability {
            "writeOnly" => "never",
            _ if open => dice.pick(&["default", "always"]),
            _ => dice.pick(&["default", "always", "request", "never"]),
        };
        let subs = match kind {
            "complex" => {
                (0..1 + dice.roll(4)).map(|n| Self::roll(format!("part{n}"), dice, open, false)).collect()
            }
            _ => Vec::new(),
        };
        Self {
            multi: dice.once_in(3),
            required: dice.once_in(5),
            exact: match kind {
                "string" => dice.once_in(2),
                other => matches!(other, "binary" | "reference"),
            },
            uniqueness: dice.pick(&["none", "none", "server", "global"]),
            name,
            kind,
            mutability,
            returned,
            subs,
            common: false,
        }
    }

    /// Its definition in a schema file.
    fn file(&self) -> Json {
        let mut file = json!({
            "name": self.name,
            "type": self.kind,
            "multiValued": self.multi,
            "required": self.required,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        });
        match self.kind {
            "string" => file["caseExact"] = json!(self.exact),
            "complex" => file["subAttributes"] = self.subs.iter().map(Self::file).collect(),
            _ => {}
        }
        file
    }
}

/// RFC 7643 section 3.1: the attributes that every resource has.
fn common() -> Vec<Attr> {
    let plain = |name: &str, mutability, returned| Attr {
        name: name.to_owned(),
        kind: "string",
        multi: false,
        required: false,
        exact: true,
        mutability,
        returned,
        uniqueness: "none",
        subs: Vec::new(),
        common: true,
    };
    let parts = ["resourceType", "created", "lastModified", "location", "version"];
    vec![
        plain("id", "readOnly", "always"),
        plain("externalId", "readWrite", "default"),
        Attr {
            kind: "complex",
            subs: parts.iter().map(|p| plain(p, "readOnly", "default")).collect(),
            ..plain("meta", "readOnly", "default")
        },
    ]
}
