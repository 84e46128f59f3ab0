//! Sends due mail from the outbox. Several servers on one database can, since each mail is taken under a lease.

use super::gate::{Gate, Pass};
use super::{Content, Doer, Order, OutboxStore, Step};
use crate::audit::By;
use crate::checks::WhySilent;
use crate::clock::{self, Timestamp};
use crate::config::PublicUrl;
use crate::mail::{self, Braking, Entry, Inviter, Letter, MessageId, Postbox, Sending};
use crate::people::InstanceKey;
use crate::storage::{Result, Storage};
use crate::tokens::Secret;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often it looks if nothing was due.
const EVERY: Duration = Duration::from_secs(1);
/// How much longer a lease lasts than sending a mail can take.
const LEASE_MS: i64 = 120_000;
/// How many mails one server sends at once.
pub(crate) const AT_ONCE: usize = 4;

/// Sends due mail.
pub(crate) struct Worker {
    pub(crate) storage: Storage,
    pub(crate) postbox: Postbox,
    pub(crate) gate: Gate,
    pub(crate) key: InstanceKey,
    pub(crate) public_url: PublicUrl,
    /// How long sending one mail can take, in milliseconds.
    pub(crate) longest: i64,
}

impl Worker {
    /// Sends until the server stops, and completes the mail it is sending then.
    pub(crate) async fn keep(self: Arc<Self>, is_stopping: impl Fn() -> bool) {
        while !is_stopping() {
            match self.step().await {
                Ok(true) => continue,
                // close the idle connection to the mail server
                Ok(false) => self.postbox.rest().await,
                Err(error) => tracing::warn!(%error, "mail could not be taken out of the outbox"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Sends one mail; returns whether there may be more.
    pub(crate) async fn step(&self) -> Result<bool> {
        let Some(pass) = self.gate.admits(Instant::now()) else { return Ok(false) };
        let now = clock::now();
        let lease =
            Timestamp::from_millis(now.as_millis().saturating_add(self.longest).saturating_add(LEASE_MS));
        let taken = self.storage.take_mail(self.key.clone(), now, lease).await;
        if !matches!(taken, Ok(Step::Send(_))) {
            self.gate.give_back(pass, Instant::now());
        }
        let order = match taken? {
            Step::Nothing => return Ok(false),
            Step::Settled => return Ok(true),
            Step::Send(order) => *order,
        };
        let sending = self.postbox.send(&self.letter(&order)).await;
        let by = By::worker(clock::now());
        match &sending {
            Sending::Away(_) => self.gate.shut(Instant::now()),
            Sending::Taken(_) | Sending::Later(_) | Sending::Refused(_) => self.gate.open(),
        }
        match sending {
            Sending::Taken(_) => self.storage.mail_taken(by, order).await?,
            Sending::Later(why) => {
                tracing::warn!(mail = %order.name, why, "a mail could not be sent, and is tried again");
                self.storage.mail_failed(order, why, by.at).await?;
            }
            Sending::Away(why) => {
                tracing::warn!(mail = %order.name, why, "a mail could not be sent, and is tried again");
                self.storage.mail_failed(order, why.clone(), by.at).await?;
                // one that was turned away may be one connection too many; two in a row are a mail server that is away
                if matches!(pass, Pass::Probe(_)) {
                    self.storage.mail_is_away(why, by.at).await?;
                }
            }
            Sending::Refused(why) => self.storage.mail_refused(by, order, why).await?,
        }
        Ok(true)
    }

    fn letter(&self, order: &Order) -> Letter {
        let content = self.content(order);
        let from_name = match &order.content {
            Content::Invitation { organisation, .. }
            | Content::TokenEnds { organisation, .. }
            | Content::Digest { organisation, .. }
            | Content::LeftBehind { organisation, .. }
            | Content::Brake { organisation, .. }
            | Content::LastOwner { organisation, .. }
            | Content::Silence { organisation, .. }
            | Content::SignOnRule { organisation, .. }
            | Content::CertificateEnds { organisation, .. }
            | Content::OwnerChanged { organisation, .. } => organisation.name.clone(),
            Content::PasswordReset { .. }
            | Content::ConfirmAddress { .. }
            | Content::AddressChanged { .. } => self.public_url.host().to_owned(),
        };
        Letter {
            to: order.to.clone(),
            from_name,
            written: content.write(),
            message_id: MessageId::of_row(order.tenant.0, &order.name.0),
            date: order.begun,
        }
    }

    fn content(&self, order: &Order) -> mail::Content {
        let to = order.to.to_string();
        let page = |path: &str| self.public_url.page(path);
        match &order.content {
            Content::Invitation {
                organisation,
                occasion,
                provider,
                inviter,
                role,
                teams,
                link,
                ends,
                contact,
                signs_in_at,
                ..
            } => mail::Content::Invitation(mail::Invitation {
                organisation: organisation.name.clone(),
                to,
                by: match (provider, inviter) {
                    (Some(provider), _) => Inviter::Directory(provider.directory().to_owned()),
                    (None, Some(person)) => Inviter::Person(person.clone()),
                    (None, None) => Inviter::Operator,
                },
                entry: signs_in_at.map_or(Entry::Password, |at| Entry::Provider(at.directory().to_owned())),
                occasion: *occasion,
                role: role.title(),
                teams: teams.clone(),
                link: Secret::joined(&[&page("/accept/"), link.reveal(), "/"]),
                ends: *ends,
                ask: contact.iter().cloned().collect(),
            }),
            Content::PasswordReset { link, ends, .. } => mail::Content::PasswordReset(mail::PasswordReset {
                sender: self.public_url.host().to_owned(),
                to,
                link: Secret::joined(&[&page("/reset/"), link.reveal(), "/"]),
                ends: *ends,
            }),
            Content::ConfirmAddress { link, ends, .. } => {
                mail::Content::ConfirmAddress(mail::ConfirmAddress {
                    sender: self.public_url.host().to_owned(),
                    to,
                    link: Secret::joined(&[&page("/confirm/"), link.reveal(), "/"]),
                    ends: *ends,
                })
            }
            Content::AddressChanged { address, at, contact } => {
                mail::Content::AddressChanged(mail::AddressChanged {
                    sender: self.public_url.host().to_owned(),
                    to,
                    address: address.clone(),
                    at: *at,
                    ask: contact.iter().cloned().collect(),
                })
            }
            Content::TokenEnds { organisation, token, days, ends, last_used } => {
                mail::Content::TokenEnds(mail::TokenEnds {
                    organisation: organisation.name.clone(),
                    to,
                    what: "Secret Token".to_owned(),
                    named: token.clone(),
                    days: u16::try_from(*days).unwrap_or(0),
                    ends: *ends,
                    last_used: *last_used,
                    link: page(&format!("/settings/{}/auth/", organisation.slug)),
                })
            }
            Content::OwnerChanged { organisation, person, address, is_owner, is_own, by, at, contact } => {
                mail::Content::OwnerChanged(mail::OwnerChanged {
                    organisation: organisation.name.clone(),
                    to,
                    person: person.clone(),
                    address: address.clone(),
                    is_owner: *is_owner,
                    is_own: *is_own,
                    by: match by {
                        Doer::Provider => format!("{}, by un-assigning", organisation.provider.directory()),
                        Doer::Invited => format!("{person}, by an invitation"),
                        Doer::Person(name) => name.clone(),
                        Doer::Command(who) => format!("{who}, with a command on the server"),
                    },
                    at: *at,
                    link: page(&format!("/settings/{}/members/?role=owner", organisation.slug)),
                    ask: contact
                        .iter()
                        .filter(|address| **address != order.to.to_string())
                        .cloned()
                        .collect(),
                })
            }
            Content::LeftBehind { organisation, id, name, address, role, since } => {
                mail::Content::LeftBehind(mail::LeftBehind {
                    organisation: organisation.name.clone(),
                    to,
                    directory: organisation.provider.directory().to_owned(),
                    name: name.clone(),
                    address: address.clone(),
                    role: role.title(),
                    since: *since,
                    link: page(&format!("/settings/{}/members/{id}/", organisation.slug)),
                })
            }
            Content::Brake { organisation, ended, limit, at, is_lifted } => {
                mail::Content::Brake(mail::Brake {
                    organisation: organisation.name.clone(),
                    to,
                    directory: organisation.provider.directory().to_owned(),
                    ended: *ended,
                    limit: *limit,
                    at: *at,
                    does: match (organisation.brake.stops(), is_lifted) {
                        (false, _) => Braking::Warns,
                        (true, false) => Braking::Stops,
                        (true, true) => Braking::IsLifted,
                    },
                    link: page(&format!("/settings/{}/auth/#brake", organisation.slug)),
                })
            }
            Content::LastOwner { organisation, name, address, since } => {
                mail::Content::LastOwner(mail::LastOwner {
                    organisation: organisation.name.clone(),
                    to,
                    directory: organisation.provider.directory().to_owned(),
                    name: name.clone(),
                    address: address.clone(),
                    since: *since,
                    link: page(&format!("/settings/{}/", organisation.slug)),
                })
            }
            Content::SignOnRule { organisation, used, by, at } => {
                mail::Content::SignOnRule(mail::SignOnRule {
                    organisation: organisation.name.clone(),
                    to,
                    used: used.clone(),
                    by: match by {
                        Doer::Provider => organisation.provider.directory().to_owned(),
                        Doer::Invited => "somebody by an invitation".to_owned(),
                        Doer::Person(name) => name.clone(),
                        Doer::Command(who) => format!("{who}, with a command on the server"),
                    },
                    at: *at,
                    link: page(&format!("/settings/{}/auth/sso/", organisation.slug)),
                })
            }
            Content::CertificateEnds { organisation, ending } => {
                mail::Content::CertificateEnds(mail::CertificateEnds {
                    organisation: organisation.name.clone(),
                    to,
                    directory: organisation.provider.directory().to_owned(),
                    days: ending.days,
                    ends: Timestamp::from_millis(ending.ends),
                    is_refused: ending.refuses,
                    is_read_again: ending.read_again,
                    link: page(&format!("/settings/{}/auth/sso/", organisation.slug)),
                })
            }
            Content::Silence { organisation, silence } => mail::Content::Silence(mail::Silence {
                organisation: organisation.name.clone(),
                to,
                directory: organisation.provider.directory().to_owned(),
                since: silence.since,
                why: match silence.why {
                    WhySilent::NoToken => mail::Mute::NoToken,
                    WhySilent::Quarantine(quarantine) => mail::Mute::Quarantine(quarantine.hours),
                    WhySilent::Unknown => mail::Mute::Unknown,
                },
                link: page(&format!("/settings/{}/auth/", organisation.slug)),
            }),
            Content::Digest { organisation, waiting, total } => mail::Content::Digest(mail::Digest {
                organisation: organisation.name.clone(),
                to,
                directory: organisation.provider.directory().to_owned(),
                waiting: waiting
                    .iter()
                    .map(|one| mail::Waiting {
                        name: one.name.clone(),
                        address: one.address.clone(),
                        since: one.since,
                    })
                    .collect(),
                all: usize::try_from(*total).unwrap_or(0),
                link: page(&format!("/settings/{}/auth/", organisation.slug)),
            }),
        }
    }
}
