//! Sets of schemas from files: the built-in ones, and what an operator adds.

use super::load::read_schema;
use super::load_type::{Known, read_resource_type};
use super::read::{Faults, Result};
use super::{FileError, LoadError, Schema, SchemaError, SchemaSet};
use crate::urn;

/// The schemas of the discovery resources. They describe the server itself, so an operator cannot replace them.
const FIXED: [&str; 3] = [urn::SERVICE_PROVIDER_CONFIG, urn::RESOURCE_TYPE, urn::SCHEMA];

#[derive(Clone, Copy, PartialEq)]
enum Content {
    Schema,
    ResourceType,
}

impl SchemaSet {
    /// The built-in set, with schemas from `*.schema.json` files and resource types from `*.resourcetype.json` files,
    /// given as pairs of file name and text in any order.
    ///
    /// A resource type replaces a built-in one of the same name, and a schema a built-in one of the same URN. This is
    /// how to give User a further extension.
    ///
    /// # Errors
    /// All faults of all files: those of [`parse_schema`](super::parse_schema) and
    /// [`parse_resource_type`](super::parse_resource_type), a URN, name or endpoint defined in two files, or a file
    /// name with neither ending.
    ///
    /// ```
    /// use provost_core::SchemaSet;
    /// let set = SchemaSet::load([
    ///     ("room.resourcetype.json", r#"{"name":"Room","endpoint":"/Rooms","schema":"urn:example:Room"}"#),
    ///     ("room.schema.json", r#"{"id":"urn:example:Room","attributes":[{"name":"seats","type":"integer"}]}"#),
    /// ])?;
    /// assert!(set.by_endpoint("Rooms").is_some());
    ///
    /// let e = SchemaSet::load([("a.schema.json", r#"{"id":"urn:example:A","attributes":[{"name":"b","type":"int"}]}"#)]);
    /// assert_eq!(
    ///     e.unwrap_err().to_string(),
    ///     "a.schema.json: in `attributes.b.type`: expected one of string, boolean, decimal, integer, dateTime, \
    ///      binary, reference, complex, found `int`"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load<N, T>(files: impl IntoIterator<Item = (N, T)>) -> std::result::Result<Self, LoadError>
    where
        N: AsRef<str>,
        T: AsRef<str>,
    {
        let mut loader = Loader { set: Self::builtin(), all_known: true, faults: Vec::new() };
        let files: Vec<(N, T)> = files.into_iter().collect();
        let mut sorted = Vec::with_capacity(files.len());
        for (name, text) in &files {
            match content(name.as_ref()) {
                Ok(c) => sorted.push((c, name.as_ref(), text.as_ref())),
                Err(e) => {
                    loader.all_known = false;
                    loader.faults.push(FileError::new(name.as_ref(), e));
                }
            }
        }
        let of = |c| sorted.iter().filter(move |(is, ..)| *is == c).map(|(_, name, text)| (*name, *text));
        loader.schemas(of(Content::Schema));
        loader.types(of(Content::ResourceType));
        let Loader { set, mut faults, .. } = loader;
        if faults.is_empty() {
            return Ok(set);
        }
        faults.sort_by_key(|fault| files.iter().position(|(name, _)| name.as_ref() == fault.file()));
        Err(LoadError(faults))
    }

    /// The schemas no resource type uses; most likely the file of a resource type is missing.
    pub fn unused(&self) -> impl Iterator<Item = &Schema> {
        let used = |s: &Schema| self.resource_types().iter().any(|t| t.schema_of(s.id.as_str()).is_some());
        self.schemas().iter().map(|s| &**s).filter(move |s| !used(s))
    }
}

struct Loader {
    set: SchemaSet,
    /// Whether every file's schema could be identified.
    all_known: bool,
    faults: Vec<FileError>,
}

impl Loader {
    /// Adds schemas as far as they can be read, even with faults, so that the types that use them can be checked too.
    fn schemas<'a>(&mut self, files: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (file, text) in files {
            let mut faults = Faults::default();
            match read_schema(text, &mut faults) {
                Some(s) if FIXED.iter().any(|urn| s.id.is(urn)) => {
                    faults.add("id", format!("the schema `{}` is part of the protocol itself", s.id));
                }
                Some(s) => {
                    if faults.note(once(&mut seen, s.id.as_str(), "id", file)).is_some() {
                        self.set.add_schema(s);
                    }
                }
                None => self.all_known = false,
            }
            self.keep(file, faults);
        }
    }

    fn types<'a>(&mut self, files: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen: Vec<(String, &str)> = Vec::new();
        let mut added = Vec::new();
        for (file, text) in files {
            let mut faults = Faults::default();
            let known = Known { set: &self.set, all: self.all_known };
            if let Some(t) = read_resource_type(text, &known, &mut faults)
                && faults.note(once(&mut seen, t.name.as_str(), "name", file)).is_some()
            {
                added.push((file, t.name.clone()));
                self.set.insert_type(t);
            }
            self.keep(file, faults);
        }
        // endpoints are compared last, since a type may take one that a replaced type gave up
        for (file, name) in added {
            if let Some(Err(e)) = self.set.resource_type(name.as_str()).map(|t| self.set.check_endpoint(t)) {
                self.faults.push(FileError::new(file, e));
            }
        }
    }

    fn keep(&mut self, file: &str, faults: Faults) {
        self.faults.extend(faults.into_vec().into_iter().map(|e| FileError::new(file, e)));
    }
}

fn content(file: &str) -> Result<Content> {
    let file = file.to_ascii_lowercase();
    if file.ends_with(".schema.json") {
        Ok(Content::Schema)
    } else if file.ends_with(".resourcetype.json") {
        Ok(Content::ResourceType)
    } else {
        Err(SchemaError::new("", "the file name must end in `.schema.json` or `.resourcetype.json`"))
    }
}

/// Two files must not define the same thing, since the result would depend on their order.
fn once<'a>(seen: &mut Vec<(String, &'a str)>, key: &str, member: &str, file: &'a str) -> Result<()> {
    if let Some((_, other)) = seen.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)) {
        return Err(SchemaError::new(member, format!("`{key}` is also defined in `{other}`")));
    }
    seen.push((key.to_owned(), file));
    Ok(())
}
