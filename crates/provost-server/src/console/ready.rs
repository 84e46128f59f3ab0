//! Whether this server is fit for Entra, for the first owner's page.

use crate::config::PublicUrl;
use crate::storage::Storage;

/// A line of the list: a sign, a title, and what it means.
pub(super) struct Check {
    pub(super) lamp: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
}

pub(super) fn checks(public_url: &PublicUrl, storage: &Storage, sends_mail: bool) -> Vec<Check> {
    let address = match public_url.is_https() {
        true => {
            Check { lamp: "ok", title: "Public address", text: format!("{public_url} is an https address.") }
        }
        false => Check {
            lamp: "warn",
            title: "The public address is not https",
            text: format!(
                "Entra accepts no other, and this is {public_url}. Put a TLS proxy in front of the server, and set PROVOST_PUBLIC_URL."
            ),
        },
    };
    let database =
        Check { lamp: "ok", title: "Database", text: format!("{}, and it answers.", storage.kind()) };
    let mail = match sends_mail {
        true => Check {
            lamp: "ok",
            title: "Mail",
            text: "A mail server is configured; provost mail test tries it.".to_owned(),
        },
        false => Check {
            lamp: "warn",
            title: "Mail cannot be sent yet",
            text: "People who come through Entra need no invitation.".to_owned(),
        },
    };
    vec![address, database, mail]
}
