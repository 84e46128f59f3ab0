//! Against a mail server that does what it is told.

use super::*;
use crate::clock::Timestamp;
use crate::config::Mail;
use crate::mail::{Content, MessageId};
use provost_testing::authority::Authority;
use provost_testing::folder::Folder;
use provost_testing::sink::{self, Manner, Sink, Step, Turn};
use std::time::Duration;

fn settings(url: &str) -> Mail {
    Mail {
        smtp: url.parse().expect(url),
        from: "no-reply@provost.example".parse().expect("a sender"),
        password_file: None,
        authorities: None,
        patience: Duration::from_secs(20),
    }
}

fn postbox(url: &str) -> Postbox {
    Postbox::open(&settings(url)).expect(url)
}

fn letter(to: &str) -> Letter {
    Letter {
        to: to.parse().expect(to),
        from_name: "Lantern Works".to_owned(),
        written: Content::Test { to: to.to_owned() }.write(),
        message_id: MessageId::of_key(4_711),
        date: Timestamp::parse("2026-11-26T14:02:00Z").expect("a time"),
    }
}

const ANN: &str = "ann@example.com";

/// What a letter to Ann came to.
async fn sent(postbox: &Postbox) -> Sending {
    postbox.send(&letter(ANN)).await
}

async fn later(postbox: &Postbox, says: &str) {
    match sent(postbox).await {
        Sending::Later(why) | Sending::Away(why) => assert!(why.contains(says), "{says}: {why}"),
        other => panic!("{says}: {other:?}"),
    }
}

async fn refused(postbox: &Postbox, to: &str, says: &str) {
    match postbox.send(&letter(to)).await {
        Sending::Refused(why) => assert!(why.contains(says), "{says}: {why}"),
        other => panic!("{says}: {other:?}"),
    }
}

async fn taken(postbox: &Postbox) {
    assert_eq!(sent(postbox).await, Sending::Taken("250 2.0.0 taken".to_owned()));
}

/// Seen to fail: with a new connection for each letter, and with the connection thrown away after a refusal.
#[tokio::test]
async fn letters_arrive_one_after_the_other_on_one_connection() {
    let refusal = [Turn::Usual, Turn::say("550 5.1.1 nobody"), Turn::say("451 4.2.1 later")];
    let sink = Sink::start(Manner::default().doing(Step::Recipient, refusal));
    let postbox = postbox(&sink.url());
    taken(&postbox).await;
    refused(&postbox, "gone@example.com", "refused the address: 550 5.1.1 nobody").await;
    later(&postbox, "does not take it for now, at RCPT TO: 451 4.2.1 later").await;
    taken(&postbox).await;
    let mails = sink.mails();
    assert_eq!((mails.len(), sink.connections()), (2, 1), "{:?}", sink.heard());
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), &mail.to[..], mail.parameters.as_str()),
        ("no-reply@provost.example", &[ANN.to_owned()][..], "")
    );
    for (name, value) in [
        ("From", "\"Lantern Works\" <no-reply@provost.example>"),
        ("To", ANN),
        ("Date", "Thu, 26 Nov 2026 14:02:00 +0000"),
        ("Message-ID", "<provost.4711@provost.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(mail.header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(mail.data, mails[1].data, "a doubled mail is the same");
    postbox.rest().await;
    assert_eq!(sink.heard().last().map(String::as_str), Some("QUIT"));
    assert!(sink.heard()[0].ends_with("provost.example"), "{:?}", sink.heard());
}

/// Whatever is the fault of the mail server, of the way there or of the settings goes another time.
///
/// Seen to fail: with every 5xx taken for the end.
#[tokio::test]
async fn what_is_not_the_letters_fault_is_tried_again() {
    let say = |step, text: &str| Manner::default().always(step, Turn::say(text));
    for (manner, says) in [
        (say(Step::Connect, "421 4.3.2 shutting down"), "does not take it for now, at EHLO: 421"),
        (say(Step::Connect, "554 5.7.1 who are you"), "does not serve this machine, at EHLO: 554"),
        (say(Step::Connect, "hello"), "as a mail server does"),
        (say(Step::Hello, "550 5.7.1 no"), "does not serve this machine, at EHLO: 550"),
        (
            Manner::default().always(Step::Hello, Turn::Say("250-  \r\n250 \r\n".to_owned())),
            "as a mail server does",
        ),
        (
            Manner::default().always(Step::Hello, Turn::Say("250-x\r\n250-  \r\n250 y\r\n".to_owned())),
            "cannot be read",
        ),
        (say(Step::Sender, "451 4.3.0 busy"), "at MAIL FROM: 451"),
        (say(Step::Sender, "553 5.7.60 not you"), "takes no mail from no-reply@provost.example: 553"),
        (say(Step::Sender, "530 5.7.0 sign in"), "wants a sign-in: 530"),
        (say(Step::Recipient, "530 5.7.0 sign in"), "wants a sign-in: 530"),
        (say(Step::Recipient, "450 4.2.0 greylisted"), "at RCPT TO: 450"),
        (say(Step::Recipient, "550 5.7.54 Unable to relay recipient"), "addresses of its own alone: 550"),
        (say(Step::Data, "451 4.3.0 busy"), "at the mail: 451"),
        (say(Step::Mail, "452 4.3.1 full"), "at the mail: 452"),
        (Manner::default().offering(&[]).user("ann", "secret"), "wants a sign-in: 530"),
    ] {
        let sink = Sink::start(manner);
        later(&postbox(&sink.url()), says).await;
        assert!(sink.mails().is_empty(), "{says}");
    }
    later(&postbox(&sink::url(Sink::nowhere())), "refused the connection").await;
    later(&postbox("smtp://mail.invalid?tls=none"), "was not found").await;
}

/// Seen to fail: with a greylisted address taken for a server that is away.
#[tokio::test]
async fn a_server_that_is_away_is_known_by_one_letter() {
    let say = |step, text: &str| Manner::default().always(step, Turn::say(text));
    for (manner, is_away) in [
        (say(Step::Connect, "554 5.7.1 who are you"), true),
        (say(Step::Hello, "550 5.7.1 no"), true),
        (say(Step::Sender, "553 5.7.60 not you"), true),
        (say(Step::Sender, "451 4.3.0 busy"), false),
        (say(Step::Recipient, "450 4.2.0 greylisted"), false),
        (say(Step::Recipient, "421 4.7.0 too many mails"), true),
        (say(Step::Mail, "452 4.3.1 full"), false),
        (say(Step::Mail, "421 4.3.2 shutting down"), true),
        (Manner::default().always(Step::Mail, Turn::Drop), false),
    ] {
        let sink = Sink::start(manner);
        let sending = sent(&postbox(&sink.url())).await;
        assert_eq!(matches!(sending, Sending::Away(_)), is_away, "{sending:?}");
    }
    let nobody = sent(&postbox(&sink::url(Sink::nowhere()))).await;
    assert!(matches!(nobody, Sending::Away(_)), "{nobody:?}");
}

/// Seen to fail: with them tried again.
#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    for (step, text, says) in [
        (Step::Recipient, "550 5.1.1 no such user", "refused the address: 550 5.1.1 no such user"),
        (Step::Recipient, "501 5.1.3 bad syntax", "refused the address: 501"),
        (Step::Data, "554 5.7.1 no", "refused the mail: 554"),
        (Step::Mail, "554 5.6.0 spam", "refused the mail: 554"),
    ] {
        let sink = Sink::start(Manner::default().doing(step, [Turn::say(text)]));
        let postbox = postbox(&sink.url());
        refused(&postbox, ANN, says).await;
        // and nobody else waits for it
        taken(&postbox).await;
    }
}

/// Seen to hang: with the limit on the connection alone.
#[tokio::test]
async fn a_server_that_hangs_or_hangs_up_is_left() {
    let steps = [Step::Connect, Step::Hello, Step::Sender, Step::Recipient, Step::Data, Step::Mail];
    for step in steps {
        let sink = Sink::start(Manner::default().doing(step, [Turn::Late(Duration::from_secs(600))]));
        let settings = Mail { patience: Duration::from_millis(300), ..settings(&sink.url()) };
        later(&Postbox::open(&settings).expect("settings"), "in time").await;
        let sink = Sink::start(Manner::default().doing(step, [Turn::Drop]));
        let postbox = postbox(&sink.url());
        later(&postbox, "broke off at").await;
        taken(&postbox).await;
    }
}

/// Seen to fail: with one letter at a time.
#[tokio::test]
async fn letters_sent_at_once_have_a_connection_each() {
    let sink = Sink::start(Manner::default());
    let postbox = postbox(&sink.url());
    let letters: Vec<Letter> = (0..8).map(|n| letter(&format!("ann{n}@example.com"))).collect();
    let all = futures_util::future::join_all(letters.iter().map(|letter| postbox.send(letter))).await;
    assert!(all.iter().all(|sending| matches!(sending, Sending::Taken(_))), "{all:?}");
    let mut to: Vec<_> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, letters.iter().map(|letter| letter.to.to_string()).collect::<Vec<_>>());
    assert_eq!(sink.connections(), 8);
    taken(&postbox).await;
    assert_eq!(sink.connections(), 8);
}

/// Between the last dot and the answer nobody knows whether the mail was taken. The second one is recognised.
#[tokio::test]
async fn a_mail_that_was_taken_in_silence_comes_again_as_the_same() {
    let sink = Sink::start(Manner::default().doing(Step::Mail, [Turn::Drop]));
    let postbox = postbox(&sink.url());
    later(&postbox, "broke off at the mail").await;
    taken(&postbox).await;
    let mails = sink.mails();
    assert_eq!((mails.len(), sink.connections()), (2, 2));
    assert_eq!(mails[0].data, mails[1].data);
}

/// Seen to fail: without another connection in place of the one that was closed.
#[tokio::test]
async fn a_server_that_comes_back_gets_what_waited() {
    let address = Sink::nowhere();
    let postbox = postbox(&sink::url(address));
    for _ in 0..3 {
        later(&postbox, "refused the connection").await;
        let sink = Sink::start_at(address, Manner::default());
        taken(&postbox).await;
        assert_eq!(sink.mails().len(), 1);
    }
}

/// Seen to fail: with the letter left for later when the server had closed the connection meanwhile.
#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    for closed in [Turn::Drop, Turn::say("421 4.4.2 idle for too long")] {
        let sink = Sink::start(Manner::default().doing(Step::Sender, [Turn::Usual, closed]));
        let postbox = postbox(&sink.url());
        taken(&postbox).await;
        taken(&postbox).await;
        assert_eq!((sink.mails().len(), sink.connections()), (2, 2));
    }
}

/// Seen to fail: with the domain sent as it was written, and with the letter handed to a server that does not offer it.
#[tokio::test]
async fn letters_beyond_ascii_before_the_at_are_for_servers_that_take_them() {
    let sink = Sink::start(Manner::default());
    let box_of = postbox(&sink.url());
    for to in ["ann@bücher.example", "jörg@bücher.example"] {
        assert!(matches!(box_of.send(&letter(to)).await, Sending::Taken(_)), "{to}");
    }
    let mails = sink.mails();
    assert_eq!((mails[0].to[0].as_str(), mails[0].parameters.as_str()), ("ann@xn--bcher-kva.example", ""));
    assert_eq!(mails[1].to[0], "jörg@xn--bcher-kva.example");
    assert_eq!(mails[1].parameters, "BODY=8BITMIME SMTPUTF8");
    let old = Sink::start(Manner::default().offering(&["8BITMIME"]));
    let box_of = postbox(&old.url());
    refused(&box_of, "jörg@bücher.example", "does not offer SMTPUTF8").await;
    assert!(matches!(box_of.send(&letter("ann@bücher.example")).await, Sending::Taken(_)));
    assert_eq!((old.mails().len(), old.connections()), (1, 1));
}

/// Seen to fail: with the address handed to the server as it is.
#[tokio::test]
async fn addresses_that_no_mail_can_go_to_are_refused_without_a_connection() {
    let sink = Sink::start(Manner::default());
    let postbox = postbox(&sink.url());
    for (to, says) in [
        (format!("{}@example.com", "a".repeat(65)), "longer than 64 bytes"),
        (format!("ann@{}.example", "a".repeat(64)), "no name of a host"),
        ("ann@exa_mple.com".to_owned(), "no name of a host"),
        ("a..b@example.com".to_owned(), "not written as an address"),
        ("ann\\@example.com".to_owned(), "not written as an address"),
    ] {
        refused(&postbox, &to, says).await;
    }
    assert_eq!(sink.connections(), 0);
}

fn encrypted(sink: &Sink, scheme: &str, authority: &Authority) -> (Folder, Mail) {
    let folder = Folder::new();
    let file = folder.path("authority.pem");
    std::fs::write(&file, authority.pem()).expect("written");
    let url = format!("{scheme}://{}", sink.address());
    (folder, Mail { authorities: Some(file), ..settings(&url) })
}

/// Seen to fail: with certificates of anybody believed, and with STARTTLS said only where it is offered.
#[tokio::test]
async fn only_a_verified_server_gets_a_letter() {
    let (ours, other) = (Authority::new(), Authority::new());
    let host = "127.0.0.1";
    let on = Manner::default;
    for (manner, scheme, says) in [
        (on().starttls(&ours, host), "smtp", None),
        (on().tls(&ours, host), "smtps", None),
        (
            on().starttls(&ours, "mail.example"),
            "smtp",
            Some("cannot be verified (certificate not valid for name"),
        ),
        (
            on().tls(&ours, "mail.example"),
            "smtps",
            Some("cannot be verified (certificate not valid for name"),
        ),
        (on().starttls(&other, host), "smtp", Some("cannot be verified (UnknownIssuer)")),
        (on().tls(&other, host), "smtps", Some("cannot be verified (UnknownIssuer)")),
        (on(), "smtp", Some("does not offer STARTTLS")),
        (on().starttls(&ours, host), "smtps", Some("does not begin with TLS")),
    ] {
        let sink = Sink::start(manner);
        let (_folder, settings) = encrypted(&sink, scheme, &ours);
        let postbox = Postbox::open(&settings).expect("settings");
        match says {
            Some(says) => later(&postbox, says).await,
            None => {
                taken(&postbox).await;
                assert!(sink.mails()[0].is_encrypted, "{scheme}");
            }
        }
        assert!(
            sink.heard().iter().all(|line| says.is_none() || !line.starts_with("MAIL")),
            "{:?}",
            sink.heard()
        );
    }
    let sink = Sink::start(on().starttls(&ours, host));
    later(&postbox(&format!("smtp://{}", sink.address())), "cannot be verified (UnknownIssuer)").await;
}

/// What stands in the clear behind the answer to STARTTLS may be somebody else's.
///
/// Seen to fail: with a connection that reads ahead, where the answer that was slipped in is taken for the one to EHLO.
#[tokio::test]
async fn answers_that_were_slipped_in_before_the_encryption_are_not_heard() {
    let ours = Authority::new();
    let slipped = Turn::Say("220 2.0.0 go ahead\r\n250-sink.example\r\n250 AUTH PLAIN\r\n".to_owned());
    let sink = Sink::start(Manner::default().starttls(&ours, "127.0.0.1").always(Step::StartTls, slipped));
    let (_folder, settings) = encrypted(&sink, "smtp", &ours);
    later(&Postbox::open(&settings).expect("settings"), "does not speak TLS after STARTTLS").await;
    assert_eq!(sink.mails().len(), 0);
}

/// Seen to fail: with the end of the line taken for a part of the password.
#[tokio::test]
async fn who_has_a_password_signs_in() {
    let folder = Folder::new();
    let file = folder.path("password");
    let write = |password: &str| std::fs::write(&file, password).expect("written");
    let sink = Sink::start(Manner::default().user("ann@example.com", "correct horse"));
    let url = format!("smtp://ann@example.com@{}?tls=none", sink.address());
    let settings = Mail { password_file: Some(file.clone()), ..settings(&url) };
    for (wrong, says) in
        [(None, "No such file"), (Some(""), "is empty"), (Some("a\nb"), "more than one line")]
    {
        if let Some(wrong) = wrong {
            write(wrong);
        }
        let refused = Postbox::open(&settings).expect_err(says).to_string();
        assert!(refused.contains(says) && refused.contains("password"), "{refused}");
    }
    write("wrong\n");
    let postbox = Postbox::open(&settings).expect("settings");
    later(&postbox, "refused the sign-in: 535 5.7.8 wrong user or password; look at the user in `smtp`")
        .await;
    write("correct horse\n");
    taken(&postbox).await;
    assert_eq!(sink.mails()[0].user.as_deref(), Some("ann@example.com"));
    assert_eq!(
        postbox.reach().await.expect("reached"),
        format!("smtp://{} answered as sink.example", sink.address())
    );
    std::fs::remove_file(&file).expect("removed");
    postbox.rest().await;
    later(&postbox, "the password cannot be read from").await;
    write("correct horse");
    let open = Sink::start(Manner::default());
    let url = format!("smtp://ann@{}?tls=none", open.address());
    let settings = Mail { password_file: Some(file), ..self::settings(&url) };
    later(&Postbox::open(&settings).expect("settings"), "offers no sign-in").await;
}

/// Seen to fail: with a mode that lets everybody read.
#[tokio::test]
async fn a_folder_gets_files_that_only_we_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mails = folder.path("mails");
    let postbox = postbox(&format!("file:{}", mails.display()));
    for _ in 0..2 {
        assert!(matches!(sent(&postbox).await, Sending::Taken(said) if said.contains("provost.4711.eml")));
    }
    let all: Vec<_> = std::fs::read_dir(&mails).expect("a folder").flatten().collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(all[0].path()).expect("a text");
    assert!(
        text.starts_with("From: ") && text.contains("\r\nMessage-ID: <provost.4711@provost.example>\r\n"),
        "{text}"
    );
    let blocked = folder.path("file");
    std::fs::write(&blocked, "").expect("written");
    later(&self::postbox(&format!("file:{}", blocked.display())), "cannot be written").await;
}
