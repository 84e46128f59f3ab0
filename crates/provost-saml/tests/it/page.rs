//! The table of refusals in docs/saml.md is generated from [`Reason`].

use std::{fmt::Write as _, fs};

use provost_saml::Reason;

const HEAD: &str = "## Refusals\n";

fn refusals() -> String {
    let mut table = format!("{HEAD}\n| reason | what is wrong | field in Entra |\n|---|---|---|\n");
    for reason in Reason::ALL {
        let field = reason.portal_field().map_or(String::new(), |field| format!("*{field}*"));
        writeln!(table, "| `{}` | {reason} | {field} |", reason.name()).unwrap();
    }
    table
}

#[test]
fn the_table_of_refusals_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/saml.md");
    let page = fs::read_to_string(path).unwrap();
    let (by_hand, _) = page.split_once(HEAD).unwrap();
    let made = by_hand.to_owned() + &refusals();
    if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
        fs::write(path, &made).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == made, "docs/saml.md is stale: run scripts/docs");
}
