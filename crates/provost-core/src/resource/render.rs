//! Resources to the JSON text of an answer.
