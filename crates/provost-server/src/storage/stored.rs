//! How values stand in columns.

use crate::clock::Timestamp;

pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}
