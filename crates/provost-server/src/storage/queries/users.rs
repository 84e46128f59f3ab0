//! Statements on users, who belong to the directory.

use super::Storage;
use super::directory::{self, UserRow};
use crate::storage::Result;
use crate::users::{User, UserStore};
use provost::hook::TenantId;

impl UserStore for Storage {
    async fn users(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<User>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.scan(move |conn| Ok(directory::all_users(conn, tenant, after, limit)?)).await?;
        Ok(rows.into_iter().map(read).collect())
    }
}

fn read(row: UserRow) -> User {
    User {
        seq: row.seq,
        user_name: row.user_name().to_owned(),
        display_name: row.body.str("displayName").map(str::to_owned),
        email: row.email().map(str::to_owned),
        external_id: row.body.str("externalId").map(str::to_owned),
        active: row.is_active(),
        scim_user_id: row.id,
    }
}
