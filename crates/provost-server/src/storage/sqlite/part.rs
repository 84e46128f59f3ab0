//! Whether a text contains another, byte for byte: no character is a wildcard.

use diesel::sql_types::{self, Text};

type Place = sql_types::Integer;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where the part begins, from 1 on; 0 where it is not there.
    #[sql_name = "instr"]
    fn place_of(text: Text, part: Text) -> Place;
}
