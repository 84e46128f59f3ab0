//! Writes `built_in.rs`: the cases as a list of names and texts, so that the program carries them wherever it is copied.

use std::ffi::OsString;
use std::path::Path;
use std::{env, fs, io};

/// What is played; the other folders are for the tests of other crates.
const FOLDERS: [&str; 5] = ["entra", "okta", "other", "scenarios", "hostile"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=data");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut names = vec!["states.json".to_owned()];
    for folder in FOLDERS {
        for entry in fs::read_dir(data.join(folder))? {
            names.push(format!("{folder}/{}", entry?.file_name().to_string_lossy()));
        }
    }
    names.sort();
    // the compiler says where the crate is: a target folder may be shared by several copies of it
    let text = |name: &String| {
        format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))", format!("/data/{name}"))
    };
    let lines = names.iter().map(|name| format!("    ({name:?}, {}),\n", text(name)));
    let list = format!("&[\n{}]\n", lines.collect::<String>());
    let out: OsString = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("built_in.rs"), list)
}
