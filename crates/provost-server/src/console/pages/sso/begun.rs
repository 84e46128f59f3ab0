//! A test sign-in without an answer, as it is shown.

use crate::console::pages::Moment;
use crate::sso::{Addresses, Connection, Report, Unanswered, called, tenant};

pub(super) struct Begun {
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) provider: String,
    /// What the Reply URL is called there, and its right value.
    pub(super) field: &'static str,
    pub(super) reply: String,
    /// When the test was whose report is there.
    pub(super) former: Option<Moment>,
}

impl Begun {
    pub(super) fn of(
        test: Unanswered,
        connection: Option<&Connection>,
        last: Option<&Report>,
        addresses: &Addresses,
    ) -> Option<Self> {
        let provider = &connection?.provider;
        Some(Self {
            at: Moment(test.at),
            by: if test.by.is_empty() { "Somebody".to_owned() } else { test.by },
            provider: called(provider),
            field: if tenant(provider).is_some() { "Reply URL" } else { "ACS URL" },
            reply: addresses.reply.clone(),
            former: last.map(|last| Moment(last.at())),
        })
    }
}
