//! `provost mail`.

use super::{Content, Letter, MessageId, Postbox, Sending};
use crate::cli::installation::Installation;
use crate::clock;
use crate::failure::Failure;
use crate::output::print;
use crate::people::Address;
use crate::tokens::IssueError;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a mail as the server would, and print what the mail server says
    Test {
        /// Address to send it to
        address: Address,
    },
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let Command::Test { address } = command;
    let settings = installation.config()?.mail.ok_or(Failure::NoMail)?;
    let postbox = Postbox::open(&settings)?;
    let date = clock::now();
    let letter = Letter {
        written: Content::Test { to: address.to_string() }.write(),
        to: address,
        from_name: "Provost".to_owned(),
        message_id: MessageId::of_key(clock::Keys::new().map_err(IssueError::from)?.next(date)),
        date,
    };
    let sending = postbox.send(&letter).await;
    postbox.rest().await;
    match sending {
        Sending::Taken(words) => Ok(print(&words)?),
        Sending::Later(why) | Sending::Away(why) | Sending::Refused(why) => Err(Failure::Mail(why)),
    }
}
