//! What the facade promises: its names with their signatures, read from the sources and recorded in `public-api.txt`. A
//! change of that file is a change of the promise; `scripts/docs` writes it.
//!
//! Planted and caught: a function with another name, one without an argument, a field made private, a method of the
//! trait with another return type, a removed name.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

mod render;
mod sources;

use sources::{Library, Place, leaves};
use std::fmt::Write;
use std::path::Path;
use syn::{Item, Visibility};

/// The module with everything that is not promised.
const UNSTABLE: &str = "unstable";

/// Every name of a module of the facade, with its kind.
fn write(library: &Library, facade: &str, items: &[Item], out: &mut String) {
    for item in items {
        match item {
            Item::Mod(module) if module.ident != UNSTABLE => {
                let (_, items) = module.content.as_ref().unwrap();
                write(library, &format!("{facade}::{}", module.ident), items, out);
            }
            Item::Use(import) if matches!(import.vis, Visibility::Public(_)) => {
                for (path, name) in leaves(&import.tree) {
                    let place = Place::of_crate(&path[0]);
                    write_name(library, &format!("{facade}::{name}"), &place, &path[1..], out);
                }
            }
            _ => {}
        }
    }
}

fn write_name(library: &Library, promised: &str, from: &Place, path: &[String], out: &mut String) {
    let found = library.find(from, path);
    if let Some(inside) = found.module {
        for name in library.names(&inside) {
            write_name(library, &format!("{promised}::{name}"), &inside, std::slice::from_ref(&name), out);
        }
        return;
    }
    writeln!(out, "{promised}").unwrap();
    for line in found.lines {
        writeln!(out, "    {line}").unwrap();
    }
}

fn promised() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = Library::read(&here.join(".."));
    let facade = std::fs::read_to_string(here.join("src/lib.rs")).unwrap();
    let mut out = String::new();
    write(&library, "provost", &syn::parse_file(&facade).unwrap().items, &mut out);
    out
}

#[test]
fn what_is_promised_is_written_down() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public-api.txt");
    let made = promised();
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap();
    let only = |of: &str, other: &str| {
        of.lines().filter(|line| !other.lines().any(|l| l == *line)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(
        made == written,
        "the public interface is another one: is that wanted? Then run scripts/docs, and write it into the changelog.\n\
         gone: {:#?}\nnew: {:#?}",
        only(&written, &made),
        only(&made, &written)
    );
}

/// About sixty names without a feature: an embedder must be able to read the list.
#[test]
fn the_list_of_names_can_be_read() {
    let facade = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let names: usize = syn::parse_file(&facade)
        .unwrap()
        .items
        .iter()
        .map(|item| match item {
            Item::Use(import) => leaves(&import.tree).len(),
            _ => 0,
        })
        .sum();
    assert!((40..=65).contains(&names), "{names}");
}
