//! Whether a text contains another, byte for byte, without wildcards.

use diesel::sql_types::{self, Text};

type Place = sql_types::Integer;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where the part begins, counted from 1; 0 if it does not occur.
    #[sql_name = "strpos"]
    fn place_of(text: Text, part: Text) -> Place;
}
