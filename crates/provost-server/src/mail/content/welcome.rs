//! Mails with a link that lets somebody in: invitations, and another password.

use super::page::{Button, Page, Row};
use super::{Entry, Invitation, Inviter, PasswordReset, dates, several};
use crate::jobs::Occasion;
use crate::mail::shown;

/// To somebody who is a member already, and whose account has no password.
fn regain(it: &Invitation) -> Page {
    let organisation = shown::title(&it.organisation);
    let (to, until) = (shown::value(&it.to), dates::moment(it.ends));
    let is_unlinked = it.occasion == Occasion::Unlinked;
    let or = match it.entry {
        Entry::Password => ", or choose a password where that is allowed",
        Entry::Provider(_) => "",
    };
    let (title, lead, label) = match is_unlinked {
        true => (
            format!("Link your sign-in to {organisation} again"),
            format!(
                "Your account at {organisation} has no password, and is linked to no sign-in of your company. Open this page and sign in \
                 through your company{or}."
            ),
            "Open the page".to_owned(),
        ),
        false => (
            format!("Choose a password for {organisation}"),
            match it.entry {
                Entry::Password => format!(
                    "Your account at {organisation} has no password. Choose one on this page, and sign in with it and {to} from then on."
                ),
                Entry::Provider(_) => format!(
                    "Your account at {organisation} has no password. Choose one on this page, for the day on which single sign-on is not \
                     required, or for the emergency account."
                ),
            },
            "Choose a password".to_owned(),
        ),
    };
    Page {
        title,
        preview: format!("The link is good once, until {until}."),
        lead,
        button: Some(Button { label, link: it.link.reveal().to_owned() }),
        rows: vec![Row::new("Good once, until", &until)],
        aside: "You did not expect this? Do nothing. Nothing changes before the page is filled in, and the link ends by itself."
            .to_owned(),
        ask: it.ask.iter().take(3).map(|address| shown::value(address)).collect(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}."),
            "The link of an earlier mail is no longer good.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn invitation(it: &Invitation) -> Page {
    if matches!(it.occasion, Occasion::NoPassword | Occasion::Unlinked) {
        return regain(it);
    }
    let organisation = shown::title(&it.organisation);
    let (to, ends) = (shown::value(&it.to), dates::day(it.ends));
    let why = match (&it.by, it.occasion) {
        (_, Occasion::Renewed) => {
            "You asked for a new link, and the one before is no longer good.".to_owned()
        }
        (Inviter::Directory(name), _) => {
            format!("Your company's directory, {}, has given you access.", shown::title(name))
        }
        (Inviter::Person(name), _) => format!("{} has invited you.", shown::title(name)),
        (Inviter::Operator, _) => format!("The people who run {organisation} have invited you."),
    };
    let (how, preview, label, until) = match &it.entry {
        Entry::Password => (
            "Choose a password, and you are in.".to_owned(),
            format!("Choose a password and you are in. The link is good until {ends}."),
            format!("Join {organisation}"),
            "Nobody joins until the page is filled in, and the link ends by itself.",
        ),
        Entry::Provider(name) => {
            let name = shown::title(name);
            (
                format!("Sign in with {name}, and you are in; there is no password to choose."),
                format!("Sign in with {name} and you are in."),
                format!("Sign in to {organisation}"),
                "Nobody joins until you sign in.",
            )
        }
    };
    let mut rows = vec![Row::new("Your role", it.role)];
    match it.teams.len() {
        0 => {}
        1 => rows.push(Row::new("Your team", &several(&it.teams))),
        _ => rows.push(Row::new("Your teams", &several(&it.teams))),
    }
    if matches!(it.entry, Entry::Password) {
        rows.push(Row::new("Good until", &dates::moment(it.ends)));
    }
    let mut footer = vec![format!("Sent by Provost for {organisation} to {to}.")];
    footer.push(
        match it.occasion {
            Occasion::First => "This is the only mail about this access.",
            Occasion::Again => "It was sent again, and the link of an earlier mail is no longer good.",
            Occasion::Renewed => "It was asked for on the page of the link before.",
            // these have a page of their own
            Occasion::NoPassword | Occasion::Unlinked => "",
        }
        .to_owned(),
    );
    if let (Inviter::Directory(_), Occasion::First) = (&it.by, it.occasion) {
        footer
            .push("To stop such mails for everybody, an owner turns invitations off under Auth.".to_owned());
    }
    Page {
        title: match it.occasion {
            Occasion::Renewed => format!("Your new link to {organisation}"),
            _ => format!("You have access to {organisation}"),
        },
        sender: organisation,
        preview,
        lead: format!("{why} {how}"),
        button: Some(Button { label, link: it.link.reveal().to_owned() }),
        rows,
        aside: format!("You did not expect this? Do nothing. {until}"),
        ask: it.ask.iter().take(3).map(|address| shown::value(address)).collect(),
        footer,
    }
}

pub(super) fn password_reset(it: &PasswordReset) -> Page {
    let (sender, to) = (shown::title(&it.sender), shown::value(&it.to));
    Page {
        title: "Choose another password".to_owned(),
        preview: format!("The link is good once, until {}.", dates::moment(it.ends)),
        lead: format!("Somebody asked for another password for {to}. Open this page to choose it."),
        button: Some(Button {
            label: "Choose another password".to_owned(),
            link: it.link.reveal().to_owned(),
        }),
        rows: vec![Row::new("Good once, until", &dates::moment(it.ends))],
        aside:
            "You did not ask for this? Do nothing. The password stays as it is, and the link ends by itself."
                .to_owned(),
        ask: Vec::new(),
        footer: vec![format!("Sent by Provost for {sender} to {to}.")],
        sender,
    }
}
