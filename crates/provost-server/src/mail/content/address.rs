//! Mails about the address with which an account signs in.

use super::page::{Button, Page, Row};
use super::{AddressChanged, ConfirmAddress, dates};
use crate::mail::shown;

pub(super) fn confirm(it: &ConfirmAddress) -> Page {
    let (sender, to) = (shown::title(&it.sender), shown::value(&it.to));
    Page {
        title: "Confirm your new sign-in address".to_owned(),
        preview: format!("The link is good once, until {}.", dates::moment(it.ends)),
        lead: format!(
            "Somebody asked to sign in at {sender} with {to} from now on. Open this page and type the password of the \
             account to confirm it."
        ),
        button: Some(Button { label: "Confirm the address".to_owned(), link: it.link.reveal().to_owned() }),
        rows: vec![Row::new("Good once, until", &dates::moment(it.ends))],
        aside: "You did not ask for this? Do nothing. Nothing changes without the password, and the link ends by itself."
            .to_owned(),
        ask: Vec::new(),
        footer: vec![format!("Sent by Provost for {sender} to {to}.")],
        sender,
    }
}

pub(super) fn changed(it: &AddressChanged) -> Page {
    let (sender, to) = (shown::title(&it.sender), shown::value(&it.to));
    Page {
        title: "Your sign-in address was changed".to_owned(),
        preview: format!("You no longer sign in at {sender} with this address."),
        lead: format!(
            "Your account at {sender} has another sign-in address now, and {to} no longer opens it. Whoever changed it \
             typed the password."
        ),
        button: None,
        rows: vec![
            Row::new("New address", &shown::value(&it.address)),
            Row::new("Changed", &dates::moment(it.at)),
        ],
        aside: "Was this not you? Tell an owner of your organisation at once, or the people who run this server: they can \
                end the access of the account."
            .to_owned(),
        ask: it.ask.iter().take(3).map(|address| shown::value(address)).collect(),
        footer: vec![format!("Sent by Provost for {sender} to {to}.")],
        sender,
    }
}
