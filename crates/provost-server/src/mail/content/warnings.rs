//! Mails to those who run an organisation or the installation: who waits, what ends, whether mail arrives.

use super::page::{Button, Page, Row};
use super::{
    Brake, Braking, CertificateEnds, Digest, LastOwner, LeftBehind, Mute, OwnerChanged, SignOnRule, Silence,
    TokenEnds, dates,
};
use crate::mail::shown;

/// Those named; the page has all.
const NAMED: usize = 20;

pub(super) fn digest(it: &Digest) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let directory = shown::title(&it.directory);
    let who = match it.all {
        1 => "1 person waits".to_owned(),
        n => format!("{n} people wait"),
    };
    let mut rows: Vec<Row> = it
        .waiting
        .iter()
        .take(NAMED)
        .map(|one| {
            let since = format!("{}, since {}", shown::value(&one.address), dates::date(one.since));
            Row::new(&shown::title(&one.name), &since)
        })
        .collect();
    if let more @ 1.. = it.all.saturating_sub(rows.len()) {
        rows.push(Row::new("More", &format!("{more} on the page")));
    }
    Page {
        title: format!("{who} for an invitation to {organisation}"),
        preview: format!("{directory} has given access; nobody was mailed."),
        lead: format!(
            "{directory} has given access, and nobody was mailed: in this organisation managers invite."
        ),
        button: Some(Button { label: "See who waits".to_owned(), link: it.link.clone() }),
        rows,
        aside: "Nobody is invited until somebody does it on that page.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you may invite people there."),
            "It comes once a day while somebody new waits; an owner changes that under Auth.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn token_ends(it: &TokenEnds) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let what = shown::title(&it.what);
    let when = match it.days {
        1 => "within a day".to_owned(),
        days => format!("in {days} days"),
    };
    let used = it.last_used.map_or_else(|| "Never".to_owned(), dates::moment);
    Page {
        title: format!("The {what} of {organisation} ends {when}"),
        preview: format!("It ends on {}.", dates::moment(it.ends)),
        lead: format!(
            "After that the identity provider is refused, and who is assigned or un-assigned there stays as they are here. Rotate \
             the {what} and paste the new value into the identity provider before."
        ),
        button: Some(Button { label: "Open the Auth settings".to_owned(), link: it.link.clone() }),
        rows: vec![
            Row::new(&what, &it.named),
            Row::new("Ends", &dates::moment(it.ends)),
            Row::new("Last used", &used),
        ],
        aside: "Nobody needs it any more? Revoke it there.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are an owner there."),
            "It comes 30 days, 7 days and 1 day before the end.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn owner_changed(it: &OwnerChanged) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let person = shown::title(&it.person);
    let title = match (it.is_own, it.is_owner) {
        (true, true) => format!("You are an owner of {organisation} now"),
        (true, false) => format!("You are no longer an owner of {organisation}"),
        (false, true) => format!("{person} is an owner of {organisation} now"),
        (false, false) => format!("{person} is no longer an owner of {organisation}"),
    };
    let lead = match (it.is_own, it.is_owner) {
        (_, true) => "Owners make and remove owners and managers, and connect the identity provider.",
        (true, false) => "What only owners may do, you may not do any more.",
        (false, false) => "What only owners may do, this person may not do any more.",
    };
    let aside = match (it.is_own, it.is_owner) {
        (true, false) => "Was this not meant? Tell another owner.",
        (_, true) => {
            "Was this not meant? Take the role back on that person's page, and end their sessions. The audit trail has who gave it."
        }
        (false, false) => {
            "Was this not meant? Make them an owner again on their page, and look in the audit trail who took the role."
        }
    };
    let is_out = it.is_own && !it.is_owner;
    let address = it.address.as_deref().map(|address| Row::new("Address", address));
    let rows = [Some(Row::new("Person", &person)), address, Some(Row::new("By", &it.by))];
    let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
    rows.push(Row::new("When", &dates::moment(it.at)));
    Page {
        preview: format!("By {}.", shown::title(&it.by)),
        title,
        lead: lead.to_owned(),
        button: (!is_out).then(|| Button { label: "See the owners".to_owned(), link: it.link.clone() }),
        rows,
        aside: aside.to_owned(),
        ask: if is_out { it.ask.clone() } else { Vec::new() },
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}."),
            "All owners get it, and the person it is about.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn left_behind(it: &LeftBehind) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let (directory, name) = (shown::title(&it.directory), shown::title(&it.name));
    Page {
        title: format!("Un-assigned in {directory}, still here by hand: {name}"),
        preview: format!("Their membership of {organisation} stays until somebody removes it."),
        lead: format!(
            "{directory} has un-assigned somebody with the address of {name}. The membership of {organisation} was made by hand, so \
             they still have access. It stays until an owner or a manager removes it."
        ),
        button: Some(Button { label: "Remove or keep them".to_owned(), link: it.link.clone() }),
        rows: vec![
            Row::new("Member", &it.name),
            Row::new("Address", &it.address),
            Row::new("Role", it.role),
            Row::new("Un-assigned", &dates::moment(it.since)),
        ],
        aside: "They should stay? An owner says so on that page, and nobody is reminded again.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are an owner there."),
            "It comes once each time that somebody like that is un-assigned.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn brake(it: &Brake) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let directory = shown::title(&it.directory);
    let (title, then, label) = match it.does {
        Braking::Stops => (
            format!("Stopped: {} people have lost access to {organisation}", it.ended),
            "Whoever is un-assigned from now on keeps access until an owner lifts the brake, or until fewer have lost it within an \
             hour. Everything else goes on.",
            "See it, and lift the brake",
        ),
        Braking::Warns => (
            format!("{} people have lost access to {organisation}", it.ended),
            "Nobody is stopped yet: anyone else who is un-assigned also loses access.",
            "See it, and decide",
        ),
        Braking::IsLifted => (
            format!("{} people have lost access to {organisation}", it.ended),
            "Nothing is stopped, because an owner has lifted the brake.",
            "See it, and decide",
        ),
    };
    Page {
        title,
        preview: format!("Un-assigned in {directory} within an hour."),
        lead: format!(
            "{directory} has un-assigned that many within an hour. If somebody removed a group or changed a rule by mistake, put \
             it right there: people who are assigned again are back with the same teams. {then}"
        ),
        button: Some(Button { label: label.to_owned(), link: it.link.clone() }),
        rows: vec![
            Row::new("Lost access", &format!("{} within an hour", it.ended)),
            Row::new("Too many", &format!("from {} on", it.limit)),
            Row::new("Last", &dates::moment(it.at)),
        ],
        aside: "Was it meant? Then there is nothing to put right.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are an owner there."),
            "It comes once, and again only after an hour without so many.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn last_owner(it: &LastOwner) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let (directory, name) = (shown::title(&it.directory), shown::title(&it.name));
    Page {
        title: format!("The last owner was un-assigned: {name}"),
        preview: format!("{organisation} keeps one owner, so this was refused."),
        lead: format!(
            "{directory} has un-assigned {name}, the last owner of {organisation}. Without an owner nobody could decide anything there, \
             so this was refused: the person still has all access. {directory} tries again by itself, and is refused until somebody \
             else is an owner."
        ),
        button: Some(Button { label: "See how it stands".to_owned(), link: it.link.clone() }),
        rows: vec![
            Row::new("Last owner", &it.name),
            Row::new("Address", &it.address),
            Row::new("Refused", &dates::moment(it.since)),
        ],
        aside: "A manager cannot make an owner. Ask this owner to make another member one, or those who operate the server, who need \
                no owner for that."
            .to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are a manager there."),
            "It comes once, however often that is tried.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn silence(it: &Silence) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let directory = shown::title(&it.directory);
    let (why, state) = match it.why {
        Mute::NoToken => (
            "No token works any more, so it cannot: make one on the page, and paste it there.".to_owned(),
            "no token works".to_owned(),
        ),
        Mute::Quarantine(hours) => (
            format!(
                "It came back after {hours} hours only, as it does when it has put provisioning into quarantine. The page about \
                 provisioning in its portal says why. After 28 days it gives up."
            ),
            format!("likely in quarantine, comes back after {hours} hours"),
        ),
        Mute::Unknown => (
            "Look in its portal whether provisioning is stopped, or in quarantine.".to_owned(),
            "not known".to_owned(),
        ),
    };
    Page {
        title: format!("{directory} has stopped calling for {organisation}"),
        preview: "People who leave keep their access meanwhile.".to_owned(),
        lead: format!(
            "Until {directory} calls again nobody comes in, and people who leave the company keep access to {organisation}. {why}"
        ),
        button: Some(Button { label: "See what was heard".to_owned(), link: it.link.clone() }),
        rows: vec![Row::new("Last call", &dates::moment(it.since)), Row::new("Why", &state)],
        aside: "Must somebody go now? An owner can cut them off on their page, without the directory.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are an owner there."),
            "It comes once a day at most while this lasts, and after a week once a week. Under Auth an owner says after how long, or \
             never."
                .to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn sign_on_rule(it: &SignOnRule) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let mut rows = Vec::new();
    let (title, lead, aside) = match &it.used {
        Some((name, address)) => {
            rows.push(Row::new("Person", name));
            rows.extend(address.as_deref().map(|address| Row::new("Address", address)));
            (
                format!("The emergency account opened {organisation}"),
                format!(
                    "{} signed in to {organisation} with a password. It requires single sign-on, and this account alone is let in without, \
                     for the day on which the identity provider is away.",
                    shown::title(name)
                ),
                "Was this not meant? End the sessions on that person's page, and have another password set.",
            )
        }
        None => {
            rows.push(Row::new("By", &it.by));
            (
                format!("{organisation} no longer requires single sign-on"),
                "Passwords open it again. Nobody was signed in or out by that, and single sign-on goes on."
                    .to_owned(),
                "Was this not meant? Require it again on the page of single sign-on. The audit trail has who ended it.",
            )
        }
    };
    rows.push(Row::new("When", &dates::moment(it.at)));
    Page {
        preview: format!("At {}.", dates::moment(it.at)),
        title,
        lead,
        button: Some(Button { label: "See single sign-on".to_owned(), link: it.link.clone() }),
        rows,
        aside: aside.to_owned(),
        ask: Vec::new(),
        footer: vec![format!("Sent by Provost for {organisation} to {to}, because you are an owner there.")],
        sender: organisation,
    }
}

pub(super) fn certificate_ends(it: &CertificateEnds) -> Page {
    let (organisation, to) = (shown::title(&it.organisation), shown::value(&it.to));
    let directory = shown::title(&it.directory);
    let then = match it.is_refused {
        true => "After that nobody can sign in by it",
        false => "After that people can still sign in, since certificates that have ended are accepted here",
    };
    let known = match it.is_read_again {
        true => "once it is in the metadata, it is trusted here within about an hour",
        false => "then paste the new metadata on the page, test it, and put it in force",
    };
    Page {
        title: format!("The single sign-on certificate of {organisation} ends within {} days", it.days),
        preview: format!("It ends on {}.", dates::moment(it.ends)),
        lead: format!("{then}. Make a new one in {directory}: {known}."),
        button: Some(Button { label: "See single sign-on".to_owned(), link: it.link.clone() }),
        rows: vec![Row::new("Ends", &dates::moment(it.ends))],
        aside: "Already made a new one? These mails stop as soon as it is trusted here.".to_owned(),
        ask: Vec::new(),
        footer: vec![
            format!("Sent by Provost for {organisation} to {to}, because you are an owner there."),
            "It comes 60, 30 and 7 days before the end.".to_owned(),
        ],
        sender: organisation,
    }
}

pub(super) fn test(to: &str) -> Page {
    Page {
        sender: "Provost".to_owned(),
        title: "Mail from Provost arrives".to_owned(),
        preview: "This is a test. There is nothing to do.".to_owned(),
        lead: "This is a test, sent with `provost mail test`. There is nothing to do.".to_owned(),
        button: None,
        rows: Vec::new(),
        aside: "You did not expect this? Somebody who runs Provost wrote your address.".to_owned(),
        ask: Vec::new(),
        footer: vec![format!("Sent by Provost to {}.", shown::value(to))],
    }
}
