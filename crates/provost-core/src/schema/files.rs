//! A set of schemas from files: the built-in ones, and what the operator adds.

use super::read::Result;
use super::{FileError, LoadError, Schema, SchemaError, SchemaSet, parse_resource_type, parse_schema};
use crate::urn;

/// The schemas of the discovery resources, which are what the server is and not what an operator chooses.
const FIXED: [&str; 3] = [urn::SERVICE_PROVIDER_CONFIG, urn::RESOURCE_TYPE, urn::SCHEMA];

#[derive(Clone, Copy, PartialEq)]
enum Content {
    Schema,
    ResourceType,
}

impl SchemaSet {
    /// The built-in set with the schemas of `*.schema.json` files and the resource types of `*.resourcetype.json`
    /// files added, given as pairs of file name and text, in any order.
    ///
    /// A resource type takes the place of a built-in one of the same name, and a schema that of a built-in one of the
    /// same URN: that is how User gets a further extension.
    ///
    /// # Errors
    /// Every fault, with its file: those of [`parse_schema`] and [`parse_resource_type`], a URN, a name or an endpoint
    /// that two files have, a file name that says neither.
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
        let mut loader = Loader { set: Self::builtin(), faults: Vec::new() };
        let files: Vec<(N, T)> = files.into_iter().collect();
        let mut sorted = Vec::with_capacity(files.len());
        for (name, text) in &files {
            match content(name.as_ref()) {
                Ok(c) => sorted.push((c, name.as_ref(), text.as_ref())),
                Err(e) => loader.faults.push(FileError::new(name.as_ref(), e)),
            }
        }
        let of = |c| sorted.iter().filter(move |(is, ..)| *is == c).map(|(_, name, text)| (*name, *text));
        loader.schemas(of(Content::Schema));
        // a schema that could not be read would be missed by the types that use it
        if loader.faults.is_empty() {
            loader.types(of(Content::ResourceType));
        }
        if loader.faults.is_empty() { Ok(loader.set) } else { Err(LoadError(loader.faults)) }
    }

    /// The schemas that no resource type uses: most likely a resource type's file is missing.
    pub fn unused(&self) -> impl Iterator<Item = &Schema> {
        let used = |s: &Schema| self.resource_types().iter().any(|t| t.schema_of(s.id.as_str()).is_some());
        self.schemas().iter().map(|s| &**s).filter(move |s| !used(s))
    }
}

struct Loader {
    set: SchemaSet,
    faults: Vec<FileError>,
}

impl Loader {
    fn schemas<'a>(&mut self, files: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (file, text) in files {
            match parse_schema(text).and_then(|s| once(&mut seen, s.id.as_str(), "id", file).map(|()| s)) {
                Ok(s) if FIXED.iter().any(|urn| s.id.is(urn)) => {
                    let said = format!("the schema `{}` belongs to the protocol itself", s.id);
                    self.faults.push(FileError::new(file, SchemaError::new("id", said)));
                }
                Ok(s) => self.set.add_schema(s),
                Err(e) => self.faults.push(FileError::new(file, e)),
            }
        }
    }

    fn types<'a>(&mut self, files: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen: Vec<(String, &str)> = Vec::new();
        let mut added = Vec::new();
        for (file, text) in files {
            let read = parse_resource_type(text, &self.set);
            match read.and_then(|t| once(&mut seen, t.name.as_str(), "name", file).map(|()| t)) {
                Ok(t) => {
                    added.push((file, t.name.clone()));
                    self.set.insert_type(t);
                }
                Err(e) => self.faults.push(FileError::new(file, e)),
            }
        }
        // endpoints are compared when all are there: a type may take one that its predecessor left
        for (file, name) in added {
            if let Some(Err(e)) = self.set.resource_type(name.as_str()).map(|t| self.set.check_endpoint(t)) {
                self.faults.push(FileError::new(file, e));
            }
        }
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

/// Two files that say the same thing differently: which one counts would depend on their order.
fn once<'a>(seen: &mut Vec<(String, &'a str)>, key: &str, member: &str, file: &'a str) -> Result<()> {
    if let Some((_, other)) = seen.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)) {
        return Err(SchemaError::new(member, format!("`{key}` is defined in `{other}` too")));
    }
    seen.push((key.to_owned(), file));
    Ok(())
}
