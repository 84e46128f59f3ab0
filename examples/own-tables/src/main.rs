//! An application with accounts, teams and memberships of its own serves them over SCIM:
//! `cargo run -p own-tables`, then `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! `docs/embed.md` tells how it is made.

mod store;
mod tables;

fn main() {}

#[cfg(test)]
mod tests {
    use crate::store::Directory;
    use provost::testkit::{Handles, Report, Suite};

    #[tokio::test(flavor = "multi_thread")]
    async fn my_tables_keep_the_contract() -> Result<(), Report> {
        let suite = Suite::new(|site| async {
            let acme = Directory::in_memory(1, site).unwrap();
            Handles::two(acme.org(2), acme)
        });
        suite.without_nested_groups().run().await.verdict()
    }
}
