//! The sources of the crates behind the facade, and how to find an item by its path.

use crate::render;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, ItemImpl, ItemMacro, Type, UseTree, Visibility};

/// A module: the crate and the names below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Vec<String>);

impl Place {
    pub(crate) fn of_crate(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    fn below(&self, name: &str) -> Self {
        Self(self.0.iter().cloned().chain([name.to_owned()]).collect())
    }
}

/// The target of a path: a module, or an item with its implementations.
pub(crate) struct Found {
    pub(crate) module: Option<Place>,
    pub(crate) lines: Vec<String>,
}

/// All modules, without tests.
pub(crate) struct Library(BTreeMap<Place, Vec<Item>>);

impl Library {
    pub(crate) fn read(crates: &Path) -> Self {
        let mut library = Self(BTreeMap::new());
        for name in ["core", "provider", "actix", "diesel"] {
            let src = crates.join(format!("provost-{name}/src"));
            library.enter(&Place::of_crate(&format!("provost_{name}")), &src, &src.join("lib.rs"));
        }
        library
    }

    /// Adds a file with the modules below it, which are in `folder`.
    fn enter(&mut self, place: &Place, folder: &Path, file: &Path) {
        let items = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap().items;
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if has(&module.attrs, "test") && !has(&module.attrs, "feature") {
                continue;
            }
            let (name, below) = (module.ident.to_string(), place.below(&module.ident.to_string()));
            match &module.content {
                Some((_, items)) => _ = self.0.insert(below, items.clone()),
                None => {
                    let (file, folder) = file_of(folder, &name, &module.attrs);
                    self.enter(&below, &folder, &file);
                }
            }
        }
        self.0.insert(place.clone(), items);
    }

    /// The public names of a module.
    pub(crate) fn names(&self, place: &Place) -> Vec<String> {
        let names = self.0[place].iter().flat_map(|item| match item {
            Item::Use(import) if is_public(&import.vis) => {
                leaves(&import.tree).into_iter().map(|(_, name)| name).collect()
            }
            item => name_of(item)
                .filter(|(_, vis)| is_public(vis))
                .map(|(name, _)| name)
                .into_iter()
                .collect::<Vec<_>>(),
        });
        names.collect()
    }

    /// The target of a path written in a module.
    pub(crate) fn find(&self, from: &Place, path: &[String]) -> Found {
        let (name, parents) = path.split_last().unwrap();
        let place = parents.iter().fold(from.clone(), |place, segment| self.step(&place, segment));
        match name.as_str() {
            "crate" | "self" | "super" => return self.module(self.step(&place, name)),
            _ if self.0.contains_key(&place.below(name)) => return self.module(place.below(name)),
            _ => {}
        }
        for item in &self.0[&place] {
            match item {
                Item::Use(import) => {
                    let mut leaves = leaves(&import.tree).into_iter();
                    match leaves.find(|(_, shown)| shown == name) {
                        // `pub use ::name`: a whole external crate
                        Some(_) if import.leading_colon.is_some() => return whole_crate(name),
                        Some((path, _)) => return self.find(&place, &path),
                        None => {}
                    }
                }
                item if is_called(item, name) => return self.shown(&place, item, name),
                _ => {}
            }
        }
        match written_by_macro(&self.0[&place], name) {
            Some(item) => self.shown(&place, item, name),
            None => panic!("`{name}` is not in {place:?}"),
        }
    }

    fn module(&self, place: Place) -> Found {
        Found { module: Some(place), lines: Vec::new() }
    }

    /// The module that one segment of a path refers to.
    fn step(&self, place: &Place, segment: &str) -> Place {
        match segment {
            "crate" => Place::of_crate(&place.0[0]),
            "self" => place.clone(),
            "super" => Place(place.0[..place.0.len() - 1].to_vec()),
            _ if segment.starts_with("provost_") => Place::of_crate(segment),
            _ => place.below(segment),
        }
    }

    fn shown(&self, place: &Place, item: &Item, name: &str) -> Found {
        let mut lines = render::item(item);
        let ours = self.0.iter().filter(|(module, _)| module.0[0] == place.0[0]);
        let mut more: Vec<String> = ours
            .flat_map(|(_, items)| items)
            .filter_map(|item| match item {
                Item::Impl(of) if is_for(of, name) => Some(render::implementation(of)),
                _ => None,
            })
            .flatten()
            .collect();
        more.sort();
        lines.extend(more);
        Found { module: None, lines }
    }
}

fn whole_crate(name: &str) -> Found {
    Found { module: None, lines: vec![format!("pub use ::{name}")] }
}

/// The file of a module, and the folder of its submodules.
fn file_of(folder: &Path, name: &str, attributes: &[Attribute]) -> (PathBuf, PathBuf) {
    let written = attributes.iter().filter(|a| a.path().is_ident("path")).find_map(|a| {
        let syn::Meta::NameValue(pair) = &a.meta else { return None };
        Some(render::text(&pair.value).trim_matches('"').to_owned())
    });
    if let Some(path) = written {
        let file = folder.join(path);
        let folder = file.parent().unwrap().to_owned();
        return (file, folder);
    }
    let below = folder.join(name);
    let file = folder.join(format!("{name}.rs"));
    (if file.exists() { file } else { below.join("mod.rs") }, below)
}

/// Whether a `cfg` attribute contains a word.
fn has(attributes: &[Attribute], word: &str) -> bool {
    attributes.iter().any(|a| a.path().is_ident("cfg") && render::text(a).contains(word))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_for(of: &ItemImpl, name: &str) -> bool {
    matches!(&*of.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn is_called(item: &Item, name: &str) -> bool {
    name_of(item).is_some_and(|(known, _)| known == name)
}

/// The macro call that writes an item: its arguments name it, or its macro's rules do.
fn written_by_macro<'i>(items: &'i [Item], name: &str) -> Option<&'i Item> {
    let macros =
        || items.iter().filter_map(|item| if let Item::Macro(m) = item { Some((item, m)) } else { None });
    let writes = |m: &ItemMacro| {
        let tokens = m.mac.tokens.to_string();
        let words = ["enum ", "struct ", "trait "].map(|word| format!("{word}{name} "));
        words.iter().any(|word| tokens.contains(word)) || tokens.contains(&format!("] {name} {{"))
    };
    let rules = macros().find(|(_, m)| m.ident.is_some() && writes(m)).and_then(|(_, m)| m.ident.as_ref());
    let calls = |m: &ItemMacro| rules.is_some_and(|rules| m.mac.path.is_ident(rules));
    macros().find(|(_, m)| m.ident.is_none() && (writes(m) || calls(m))).map(|(item, _)| item)
}

fn name_of(item: &Item) -> Option<(String, Visibility)> {
    let (ident, vis) = match item {
        Item::Struct(i) => (&i.ident, &i.vis),
        Item::Enum(i) => (&i.ident, &i.vis),
        Item::Trait(i) => (&i.ident, &i.vis),
        Item::Fn(i) => (&i.sig.ident, &i.vis),
        Item::Const(i) => (&i.ident, &i.vis),
        Item::Type(i) => (&i.ident, &i.vis),
        _ => return None,
    };
    Some((ident.to_string(), vis.clone()))
}

/// The paths of an import, each with the name that it introduces.
pub(crate) fn leaves(tree: &UseTree) -> Vec<(Vec<String>, String)> {
    match tree {
        UseTree::Path(path) => {
            let below = leaves(&path.tree).into_iter();
            below.map(|(rest, name)| ([vec![path.ident.to_string()], rest].concat(), name)).collect()
        }
        UseTree::Name(name) => vec![(vec![name.ident.to_string()], name.ident.to_string())],
        UseTree::Rename(r) => vec![(vec![r.ident.to_string()], r.rename.to_string())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Glob(_) => Vec::new(),
    }
}
