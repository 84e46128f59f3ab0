//! Writes `built_in.rs`: the cases as a list of names and texts, so that the program carries them wherever it is copied.

use std::ffi::OsString;
use std::path::Path;
use std::{env, fs, io};

/// What is played; the other folders are for the tests of other crates.
const FOLDERS: [&str; 5] = ["entra", "okta", "other", "scenarios", "hostile"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=data");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut files = vec![("states.json".to_owned(), data.join("states.json"))];
    for folder in FOLDERS {
        for entry in fs::read_dir(data.join(folder))? {
            let entry = entry?;
            files.push((format!("{folder}/{}", entry.file_name().to_string_lossy()), entry.path()));
        }
    }
    files.sort();
    let lines = files.iter().map(|(name, path)| format!("    ({name:?}, include_str!({path:?})),\n"));
    let list = format!("&[\n{}]\n", lines.collect::<String>());
    let out: OsString = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("built_in.rs"), list)
}
