//! Migrations are read by a macro, which cargo cannot see.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
