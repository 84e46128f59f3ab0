//! A mail of each kind, as files that mail programs open: what other programs are asked about (`scripts/lib/mail_judge.py`), and
//! what a change of the words or of the looks shows in.
//!
//! `scripts/docs` writes them. Seen to fail: with a word changed, and with a file removed.

use super::content::Written;
use super::message::Message;
use super::{
    AddressChanged, Brake, Braking, CertificateEnds, ConfirmAddress, Content, Digest, Entry, Invitation,
    Inviter, LastOwner, LeftBehind, Letter, MessageId, Mute, OwnerChanged, PasswordReset, SignOnRule,
    Silence, TokenEnds, Waiting,
};
use crate::clock::Timestamp;
use crate::jobs::Occasion;
use crate::tokens::Secret;
use std::collections::BTreeSet;
use std::path::PathBuf;

const LINK: &str = "https://provost.example.com/accept/Xq7Lw2Vd9Kf4TzNb8RcYh3/";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

fn invitation() -> Invitation {
    Invitation {
        organisation: "Lantern Works".to_owned(),
        to: "idris.bello@example.com".to_owned(),
        by: Inviter::Directory("Microsoft Entra ID".to_owned()),
        entry: Entry::Password,
        occasion: Occasion::First,
        role: "Member",
        teams: vec!["Platform".to_owned()],
        link: Secret::new(LINK),
        ends: at("2026-12-03T14:02:00Z"),
        ask: vec!["ines.falk@example.com".to_owned()],
    }
}

fn digest() -> Digest {
    let waiting = |name: &str, address: &str| Waiting {
        name: name.to_owned(),
        address: address.to_owned(),
        since: at("2026-11-25T08:00:00Z"),
    };
    Digest {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        waiting: vec![
            waiting("Idris Bello", "idris.bello@example.com"),
            waiting("Maximiliane Freifrau von Hohenlohe-Waldenburg", "maximiliane@example.com"),
        ],
        all: 14,
        link: "https://provost.example.com/settings/lantern-works/members/?state=waits".to_owned(),
    }
}

fn token_ends() -> TokenEnds {
    TokenEnds {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        what: "Secret Token".to_owned(),
        named: "entra (ABCDEFabcdef)".to_owned(),
        days: 7,
        ends: at("2026-12-03T14:02:00Z"),
        last_used: Some(at("2026-11-26T13:40:00Z")),
        link: "https://provost.example.com/settings/lantern-works/auth/".to_owned(),
    }
}

fn owner_changed() -> OwnerChanged {
    OwnerChanged {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        person: "Idris Bello".to_owned(),
        address: Some("idris.bello@example.com".to_owned()),
        is_owner: true,
        is_own: false,
        by: "Maren Okafor".to_owned(),
        at: at("2026-11-26T13:40:00Z"),
        link: "https://provost.example.com/settings/lantern-works/members/?role=owner".to_owned(),
        ask: vec!["ines.falk@example.com".to_owned()],
    }
}

fn sign_on_rule(used: Option<(String, Option<String>)>) -> SignOnRule {
    SignOnRule {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        used,
        by: "maren@host-1, with a command on the server".to_owned(),
        at: at("2026-11-26T13:40:00Z"),
        link: "https://provost.example.com/settings/lantern-works/auth/sso/".to_owned(),
    }
}

fn certificate_ends(is_refused: bool, is_read_again: bool) -> CertificateEnds {
    CertificateEnds {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        days: 30,
        ends: at("2026-12-26T09:00:00Z"),
        is_refused,
        is_read_again,
        link: "https://provost.example.com/settings/lantern-works/auth/sso/".to_owned(),
    }
}

fn left_behind() -> LeftBehind {
    LeftBehind {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        name: "Idris Bello".to_owned(),
        address: "idris.bello@example.com".to_owned(),
        role: "Manager",
        since: at("2026-11-26T13:40:00Z"),
        link: "https://provost.example.com/settings/lantern-works/members/3764284653658112001/".to_owned(),
    }
}

fn brake(does: Braking) -> Brake {
    Brake {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        ended: 50,
        limit: 50,
        at: at("2026-11-26T13:40:00Z"),
        does,
        link: "https://provost.example.com/settings/lantern-works/auth/#brake".to_owned(),
    }
}

fn last_owner() -> LastOwner {
    LastOwner {
        organisation: "Lantern Works".to_owned(),
        to: "maren.okafor@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        name: "Ines Falk".to_owned(),
        address: "ines.falk@example.com".to_owned(),
        since: at("2026-11-26T13:40:00Z"),
        link: "https://provost.example.com/settings/lantern-works/".to_owned(),
    }
}

fn silence(why: Mute) -> Silence {
    Silence {
        organisation: "Lantern Works".to_owned(),
        to: "ines.falk@example.com".to_owned(),
        directory: "Microsoft Entra ID".to_owned(),
        since: at("2026-11-26T13:40:00Z"),
        why,
        link: "https://provost.example.com/settings/lantern-works/auth/".to_owned(),
    }
}

/// Names as somebody writes them who wants to break a mail, or to pass for somebody else.
const HOSTILE: &str =
    "\u{202E}<script>alert(1)</script>\r\nBcc: everybody@example.com\r\n\r\n\"ceo@bank.example\" & 'Söhne'";

fn hostile() -> Invitation {
    Invitation {
        organisation: HOSTILE.to_owned(),
        by: Inviter::Person(format!(".{HOSTILE}")),
        role: "Owner",
        teams: (0..9).map(|n| format!(".{n} {HOSTILE}")).collect(),
        ask: vec!["a?bcc=everybody@example.com".to_owned(), "\"><img src=x>@example.com".to_owned()],
        ..invitation()
    }
}

/// Name of the file, name of the sender, address, and what it says.
fn all() -> Vec<(&'static str, String, &'static str, Content)> {
    let by_hand = Invitation {
        by: Inviter::Person("Ines Falk".to_owned()),
        teams: vec!["Platform".to_owned(), "Payments".to_owned()],
        ..invitation()
    };
    let provider = Invitation {
        entry: Entry::Provider("Microsoft Entra ID".to_owned()),
        teams: Vec::new(),
        link: Secret::new("https://provost.example.com/login/lantern-works/"),
        ..invitation()
    };
    let long = Invitation {
        organisation: "Ä very lōng náme ".repeat(30),
        to: "jörg.müller@bücher.example".to_owned(),
        by: Inviter::Operator,
        ask: Vec::new(),
        ..invitation()
    };
    let reset = PasswordReset {
        sender: "Lantern Works".to_owned(),
        to: "idris.bello@example.com".to_owned(),
        link: Secret::new("https://provost.example.com/reset/Xq7Lw2Vd9Kf4TzNb8RcYh3/"),
        ends: at("2026-11-26T15:02:00Z"),
    };
    let confirm = ConfirmAddress {
        sender: "provost.example.com".to_owned(),
        to: "idris@bello.example".to_owned(),
        link: Secret::new("https://provost.example.com/confirm/Xq7Lw2Vd9Kf4TzNb8RcYh3/"),
        ends: at("2026-11-27T14:02:00Z"),
    };
    let changed = AddressChanged {
        sender: "provost.example.com".to_owned(),
        to: "idris.bello@example.com".to_owned(),
        address: "idris@bello.example".to_owned(),
        at: at("2026-11-26T14:02:00Z"),
        ask: vec!["ines.falk@example.com".to_owned()],
    };
    let no_longer = OwnerChanged {
        to: "idris.bello@example.com".to_owned(),
        is_owner: false,
        is_own: true,
        by: "maren@host-1, with a command on the server".to_owned(),
        ..owner_changed()
    };
    let lantern = || "Lantern Works".to_owned();
    let of = |occasion| Content::Invitation(Invitation { occasion, ..invitation() });
    let idris = "idris.bello@example.com";
    vec![
        ("invitation", lantern(), idris, Content::Invitation(invitation())),
        ("invitation-by-hand", lantern(), idris, Content::Invitation(by_hand)),
        ("invitation-provider", lantern(), idris, Content::Invitation(provider)),
        ("invitation-again", lantern(), idris, of(Occasion::Again)),
        ("new-link", lantern(), idris, of(Occasion::Renewed)),
        ("hostile", HOSTILE.to_owned(), idris, Content::Invitation(hostile())),
        ("long", long.organisation.clone(), "jörg.müller@bücher.example", Content::Invitation(long)),
        ("digest", lantern(), "ines.falk@example.com", Content::Digest(digest())),
        ("password-reset", lantern(), idris, Content::PasswordReset(reset)),
        (
            "confirm-address",
            "provost.example.com".to_owned(),
            "idris@bello.example",
            Content::ConfirmAddress(confirm),
        ),
        ("address-changed", "provost.example.com".to_owned(), idris, Content::AddressChanged(changed)),
        ("token-ends", lantern(), "ines.falk@example.com", Content::TokenEnds(token_ends())),
        ("test", "Provost".to_owned(), idris, Content::Test { to: idris.to_owned() }),
        ("owner-made", lantern(), "ines.falk@example.com", Content::OwnerChanged(owner_changed())),
        ("owner-no-longer", lantern(), idris, Content::OwnerChanged(no_longer)),
        ("left-behind", lantern(), "ines.falk@example.com", Content::LeftBehind(left_behind())),
        ("brake-warns", lantern(), "ines.falk@example.com", Content::Brake(brake(Braking::Warns))),
        ("brake-stops", lantern(), "ines.falk@example.com", Content::Brake(brake(Braking::Stops))),
        ("brake-lifted", lantern(), "ines.falk@example.com", Content::Brake(brake(Braking::IsLifted))),
        (
            "emergency-used",
            lantern(),
            "ines.falk@example.com",
            Content::SignOnRule(sign_on_rule(Some((
                "Maren Okafor".to_owned(),
                Some("maren.okafor@example.com".to_owned()),
            )))),
        ),
        ("sign-on-not-required", lantern(), "ines.falk@example.com", Content::SignOnRule(sign_on_rule(None))),
        (
            "certificate-ends",
            lantern(),
            "ines.falk@example.com",
            Content::CertificateEnds(certificate_ends(false, true)),
        ),
        (
            "certificate-ends-pasted",
            lantern(),
            "ines.falk@example.com",
            Content::CertificateEnds(certificate_ends(true, false)),
        ),
        ("last-owner", lantern(), "maren.okafor@example.com", Content::LastOwner(last_owner())),
        ("silence", lantern(), "ines.falk@example.com", Content::Silence(silence(Mute::Unknown))),
        ("silence-no-token", lantern(), "ines.falk@example.com", Content::Silence(silence(Mute::NoToken))),
        (
            "silence-quarantine",
            lantern(),
            "ines.falk@example.com",
            Content::Silence(silence(Mute::Quarantine(12))),
        ),
        ("no-password", lantern(), idris, of(Occasion::NoPassword)),
        ("unlinked", lantern(), idris, of(Occasion::Unlinked)),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/mail/samples")
}

#[test]
fn the_files_are_what_is_sent() {
    let from = "no-reply@provost.example.com".parse().expect("a sender");
    let mut names = BTreeSet::new();
    for (number, (name, from_name, to, content)) in (1..).zip(all()) {
        let letter = Letter {
            to: to.parse().expect(to),
            from_name,
            written: content.write(),
            message_id: MessageId::of_key(number),
            date: at("2026-11-26T14:02:00Z"),
        };
        let message = Message::of(&letter, &from).expect(name);
        let text = String::from_utf8(message.bytes).expect("UTF-8").replace("\r\n", "\n");
        assert!(!text.contains('\r'), "{name}");
        let file = folder().join(format!("{name}.eml"));
        if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
            std::fs::write(&file, &text).expect("written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text == kept, "{} is not what is sent; `scripts/docs` writes it:\n{text}", file.display());
        names.insert(format!("{name}.eml"));
    }
    let files = std::fs::read_dir(folder()).expect("a folder").flatten();
    assert_eq!(
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect::<BTreeSet<_>>(),
        names
    );
}

/// What is between angle brackets.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|rest| rest.split('>').next())
}

/// What people see of the HTML. What is left out is shown beside the subject, by some programs.
fn visible(html: &str) -> String {
    let (_, body) = html.split_once("</div>").expect("what is shown beside the subject");
    let text: String =
        body.split('<').filter_map(|rest| rest.split_once('>')).map(|(_, text)| format!(" {text}")).collect();
    let written = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    written.iter().fold(text, |text, (written, is)| text.replace(written, is))
}

fn words(text: &str) -> BTreeSet<&str> {
    let words = text.split_whitespace().map(|word| word.trim_matches([',', '.', ':', ';']));
    words.filter(|word| !["", "--", "Or", "open"].contains(word)).collect()
}

/// Seen to fail: with the rows left out of the text, and with the footer left out of the HTML.
#[test]
fn text_and_html_say_the_same() {
    for (name, _, _, content) in all() {
        let Written { text, html, .. } = content.write();
        assert_eq!(words(&text), words(&visible(&html)), "{name}");
    }
}

/// Seen to fail: with a line of the footer that is not broken.
#[test]
fn lines_of_the_text_are_short() {
    for (name, _, _, content) in all() {
        let text = content.write().text;
        let long: Vec<_> =
            text.lines().filter(|line| line.chars().count() > 78 && !line.contains("://")).collect();
        assert!(long.is_empty(), "{name}: {long:?}");
    }
}

/// Seen to fail: with a value that is marked as safe in the template, and with marks of direction left in.
#[test]
fn names_change_nothing_but_themselves() {
    let Written { subject, text, html } = Content::Invitation(hostile()).write();
    assert!(!subject.contains(['\r', '\n']), "{subject:?}");
    let plain = Content::Invitation(invitation()).write().html;
    let count = |html: &str, tag: &str| html.matches(tag).count();
    for (tag, more) in [("<script", 0), ("<img", 0), ("<b>", 0), ("<a ", 1), ("<td", 0), ("<p ", 0)] {
        assert_eq!(count(&html, tag), count(&plain, tag) + more, "{tag}");
    }
    assert!(html.contains("href=\"mailto:a%3Fbcc%3Deverybody@example.com\""), "{html}");
    assert!(!text.contains("\nBcc:") && !html.contains('\u{202E}') && !text.contains('\u{202E}'));
}

/// A mail tells nobody that it was read, and loads nothing.
///
/// Seen to fail: with an image in the template.
#[test]
fn nothing_is_loaded() {
    for (name, _, _, content) in all() {
        let Written { html, .. } = content.write();
        for loads in ["img", "link", "script", "iframe", "object", "video"] {
            assert!(tags(&html).all(|tag| !tag.starts_with(loads)), "{name}: {loads}");
        }
        for loads in ["url(", " src=", " background="] {
            assert!(tags(&html).all(|tag| !tag.contains(loads)), "{name}: {loads}");
        }
        assert!(!html.contains("@import"), "{name}");
        let links: BTreeSet<_> =
            html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let elsewhere: Vec<_> = links.iter().filter(|link| !link.starts_with("mailto:")).collect();
        assert!(
            elsewhere.len() <= 1 && elsewhere.iter().all(|l| l.starts_with("https://provost.example.com/")),
            "{links:?}"
        );
    }
}

#[test]
fn the_invitation_reads_as_it_was_drawn() {
    let Written { subject, text, .. } = Content::Invitation(invitation()).write();
    assert_eq!(subject, "You have access to Lantern Works");
    let wanted = "\
You have access to Lantern Works

Your company's directory, Microsoft Entra ID, has given you access.
Choose a password, and you are in.

Join Lantern Works:

  https://provost.example.com/accept/Xq7Lw2Vd9Kf4TzNb8RcYh3/

  Your role    Member
  Your team    Platform
  Good until   Thursday 3 December 2026, 14:02 UTC

You did not expect this? Do nothing. Nobody joins until the page is
filled in, and the link ends by itself. Questions go to
ines.falk@example.com.

--
Sent by Provost for Lantern Works to idris.bello@example.com. This is
the only mail about this access. To stop such mails for everybody, an
owner turns invitations off under Auth.
";
    assert_eq!(text, wanted);
}
