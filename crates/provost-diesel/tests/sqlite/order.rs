//! The order of creation, which the writer keeps whatever a clock says.

use crate::store::{id, open};
use diesel::connection::SimpleConnection;
use provost_diesel::HookError;

#[tokio::test]
async fn the_order_of_creation_holds_when_the_clock_goes_back() {
    let t = open().await;
    t.add_user(100, r#"{"userName":"a"}"#).await.unwrap();
    t.add_user(3, r#"{"userName":"b"}"#).await.unwrap();
    assert_eq!(t.find(&t.user, "").await.1, [id(100).to_string(), id(3).to_string()]);
}

/// Another process, with another clock, may have written before.
#[tokio::test]
async fn the_order_of_creation_holds_when_another_clock_was_ahead() {
    let t = open().await;
    t.add_user(1, r#"{"userName":"a"}"#).await.unwrap();
    t.db.write(|conn| {
        conn.batch_execute("update scim_resource set seq = seq + 1000000000000000; update scim_document set seq = seq + 1000000000000000")
            .map_err(HookError::from)
    })
    .await
    .unwrap();
    t.add_user(2, r#"{"userName":"b"}"#).await.unwrap();
    t.add_user(3, r#"{"userName":"c"}"#).await.unwrap();
    assert_eq!(t.find(&t.user, "").await.1, [1, 2, 3].map(|n| id(n).to_string()));
}
