//! What the page's forms do. A token is only shown in the answer to its form. The form holds the new token's key id, so
//! submitting it twice makes only one.

use super::{Made, Said, filled};
use crate::access::{Action, Digest, Place};
use crate::audit::By;
use crate::brake::{BrakeStore, Least, LiftOf, Manner, Percent};
use crate::clock::Timestamp;
use crate::config::Span;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::organisation::{Nav, enter, permit};
use crate::console::pages::{BUSY, sentence};
use crate::names::{label, name};
use crate::organisations::{Enabled, IdentityProvider, OrganisationChange, OrganisationStore};
use crate::people::{Days, Grantable, InvitationStore, Inviters, Mode};
use crate::silence::SilentAfter;
use crate::slug::Slug;
use crate::storage::StorageError;
use crate::tokens::{
    ConnectionStore, IssueError, KeyId, Maker, NewToken, Overlap, Secret, TokenRow, TokenStore, end_of_next,
    issue_as, later,
};
use provost::Profile;

/// The message after a form that shows nothing itself.
pub(super) fn notice(done: &str) -> Option<&'static str> {
    match done {
        "on" => Some("SCIM is on. The existing tokens work again."),
        "already" => Some("SCIM was on already, so no token was made."),
        "off" => {
            Some("SCIM is off. Tokens are refused from the next request on, and everybody stays as they are.")
        }
        "revoked" => Some("The token is revoked. Its next request is refused."),
        "role" => Some("The Default Role is saved. Current members keep their roles."),
        "invitations" => {
            Some("How people are invited is saved. Nobody who is here already is invited by that.")
        }
        "brake" => Some("The brake is saved. It holds from the next request on."),
        "lifted" => Some(
            "The brake is lifted. Whoever was stopped loses access when the identity provider asks for it again.",
        ),
        "silence" => Some("It is saved after how long without a call owners are told."),
        "invited" => Some("Those who waited are invited."),
        "profile" => Some("The profile is saved. It holds from the next request on."),
        _ => None,
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::Auth(slug.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, action(form))?;
    let room = Room { visitor, place, page };
    match room.act(form).await {
        Ok(Done::Elsewhere(what)) => Ok(Answer::done(&room.page, what)),
        Ok(Done::Made(made)) => {
            let said = Said { made: Some(made), ..Said::default() };
            room.answer(nav, said, false).await
        }
        Err(Wrong::Trouble(trouble)) => Err(trouble),
        Err(Wrong::Said(error)) => {
            let said = Said { error, label: form.text("label").to_owned(), ..Said::default() };
            room.answer(nav, said, true).await
        }
    }
}

fn action(form: &Form) -> Action {
    match form.text("do") {
        "role" | "profile" | "invitations" | "brake" | "silence" => Action::EditSettings,
        "lift" => Action::LiftBrake,
        "invite-waiting" => Action::InviteMember,
        _ => Action::EditProvisioning,
    }
}

/// The organisation that the forms are about, and who sent one.
struct Room<'a> {
    visitor: &'a Visitor<'a>,
    place: Place,
    page: Page,
}

enum Done {
    /// Reported on the page, which is reloaded.
    Elsewhere(&'static str),
    Made(Made),
}

enum Wrong {
    Trouble(Trouble),
    /// In words for the visitor.
    Said(String),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StorageError> for Wrong {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Refused(_) | StorageError::TokenMade(_) | StorageError::NotUnique { .. } => {
                Self::Said(sentence(&e.to_string()))
            }
            other => Self::Trouble(other.into()),
        }
    }
}

impl Room<'_> {
    async fn answer(mut self, nav: Nav, said: Said, is_wrong: bool) -> Result<Answer, Trouble> {
        // the page must show what was just done
        let slug = self.place.organisation.slug.clone();
        self.place = enter(self.visitor, &self.page, &slug).await?.1;
        let page = filled(self.visitor, nav, &self.place, said).await?;
        if is_wrong { Answer::wrong(&page) } else { Answer::page(&page) }
    }

    async fn act(&self, form: &Form) -> Result<Done, Wrong> {
        match form.text("do") {
            "enable" => self.enable(form).await,
            "disable" => {
                self.change(OrganisationChange { scim: Some(false), ..Default::default() }, "off").await
            }
            "make" => self.make(form).await,
            "rotate" => self.rotate(form).await,
            "revoke" => {
                let token = self.token(form).await?;
                self.visitor.console.storage.revoke_token(self.by()?, token.key_id).await?;
                Ok(Done::Elsewhere("revoked"))
            }
            "role" => {
                let role = form.text("role").parse::<Grantable>();
                let role = role.or(Err(Trouble::NoForm))?;
                let change = OrganisationChange { default_role: Some(role), ..Default::default() };
                self.change(change, "role").await
            }
            "invitations" => self.change(invitations(form)?, "invitations").await,
            "brake" => self.change(brake(form)?, "brake").await,
            "silence" => {
                let silent_after = form.text("after").parse::<SilentAfter>();
                let silent_after = Some(silent_after.map_err(|why| Wrong::Said(sentence(why)))?);
                self.change(OrganisationChange { silent_after, ..Default::default() }, "silence").await
            }
            "lift" => {
                let slug = self.place.organisation.slug.clone();
                self.visitor.console.storage.lift_brake(self.by()?, slug, lift(form)?).await?;
                Ok(Done::Elsewhere("lifted"))
            }
            "invite-waiting" => {
                let invited = self.visitor.console.storage.invite_waiting(self.by()?, self.place.tenant());
                invited.await?;
                Ok(Done::Elsewhere("invited"))
            }
            "profile" => {
                let profile = form.text("profile").parse::<Profile>();
                let profile = Some(profile.map_err(|e| Wrong::Said(sentence(&e.to_string())))?);
                // the page keeps using the words of the chosen identity provider
                let provider = Some(self.place.organisation.provider);
                self.change(OrganisationChange { profile, provider, ..Default::default() }, "profile").await
            }
            _ => Err(Trouble::NoForm.into()),
        }
    }

    async fn change(&self, change: OrganisationChange, done: &'static str) -> Result<Done, Wrong> {
        let slug = self.place.organisation.slug.clone();
        self.visitor.console.storage.update_organisation(self.by()?, slug, change).await?;
        Ok(Done::Elsewhere(done))
    }

    async fn enable(&self, form: &Form) -> Result<Done, Wrong> {
        let provider = IdentityProvider::parse(form.text("provider")).ok_or(Trouble::NoForm)?;
        let (secret, row) = self.issue(next(form)?, provider.word().to_owned(), false, None).await?;
        let slug = self.place.organisation.slug.clone();
        match self.visitor.console.storage.enable_scim(self.by()?, slug, provider, row).await? {
            Enabled::WithToken => Ok(Done::Made(Made { token: secret, replaces: None })),
            Enabled::AsBefore => Ok(Done::Elsewhere("on")),
            Enabled::Already => Ok(Done::Elsewhere("already")),
        }
    }

    async fn make(&self, form: &Form) -> Result<Done, Wrong> {
        let label = label(form.text("label")).map_err(|why| Wrong::Said(sentence(why)))?;
        let ends = match form.text("ends") {
            "" => None,
            text => Some(text.parse::<Span>().or(Err(Trouble::NoForm))?),
        };
        let ends = ends.map(|span| later(self.visitor.now, span.millis()));
        let read_only = form.text("read-only") == "yes";
        let (token, row) = self.issue(next(form)?, label, read_only, ends).await?;
        self.visitor.console.storage.create_token(self.by()?, row).await?;
        Ok(Done::Made(Made { token, replaces: None }))
    }

    async fn rotate(&self, form: &Form) -> Result<Done, Wrong> {
        let old = self.token(form).await?;
        let (named, now) = (old.named(), self.visitor.now);
        let overlap = form.text("overlap").parse::<Overlap>().or(Err(Trouble::NoForm))?;
        let ends = end_of_next(&old, now);
        let (token, row) = self.issue(next(form)?, old.label, old.read_only, ends).await?;
        self.visitor.console.storage.rotate_token(self.by()?, old.key_id, row, overlap.after(now)).await?;
        Ok(Done::Made(Made { token, replaces: Some(named) }))
    }

    /// The author for the audit trail.
    fn by(&self) -> Result<By, Trouble> {
        Ok(self.visitor.by(self.visitor.signed(&self.page)?))
    }

    /// The token that a form names, if it belongs to this organisation.
    async fn token(&self, form: &Form) -> Result<TokenRow, Trouble> {
        let tokens = self.visitor.console.storage.tokens(self.place.tenant()).await?;
        let key_id = form.text("key-id");
        tokens.into_iter().find(|token| token.key_id.as_str() == key_id).ok_or(Trouble::NotFound)
    }

    async fn issue(
        &self,
        key_id: KeyId,
        label: String,
        read_only: bool,
        expires: Option<Timestamp>,
    ) -> Result<(Secret, TokenRow), Wrong> {
        let (visitor, tenant) = (self.visitor, self.place.tenant());
        let account = visitor.signed(&self.page)?.session.account.id;
        let new = NewToken { tenant, label, read_only, expires, maker: Maker::Account(account) };
        let (now, whose) = (visitor.now, Digest::of(&account.0.to_string()).0);
        let verifier = &visitor.console.verifier;
        let made = verifier.hash_password(whose, visitor.address, move || issue_as(&key_id, new, now)).await;
        let made = made.map_err(Trouble::broken)?.ok_or_else(|| Wrong::Said(BUSY.to_owned()))?;
        let (token, row) = made.map_err(|e: IssueError| Trouble::broken(&e))?;
        Ok((token.text().clone(), row))
    }
}

/// The submitted settings for invitations.
fn invitations(form: &Form) -> Result<OrganisationChange, Wrong> {
    let days = form.text("days").parse::<Days>();
    let days =
        days.map_err(|why| Wrong::Said(sentence(&format!("an invitation is good for so many days: {why}"))))?;
    let note = match form.text("note") {
        "" => None,
        text => Some(name(text).map_err(|why| Wrong::Said(sentence(why)))?),
    };
    Ok(OrganisationChange {
        invitations: Some(form.text("mode").parse::<Mode>().or(Err(Trouble::NoForm))?),
        invitation_days: Some(days),
        inviters: Some(form.text("inviters").parse::<Inviters>().or(Err(Trouble::NoForm))?),
        inviters_note: Some(note),
        ..Default::default()
    })
}

/// The submitted settings of the brake.
fn brake(form: &Form) -> Result<OrganisationChange, Wrong> {
    let wrong = |what: &str, why: &str| Wrong::Said(sentence(&format!("{what}: {why}")));
    let least = form.text("least").parse::<Least>().map_err(|why| wrong("too many are", why))?;
    let percent =
        form.text("percent").parse::<Percent>().map_err(|why| wrong("in a large organisation", why))?;
    let manner = form.text("manner").parse::<Manner>().or(Err(Trouble::NoForm))?;
    Ok(OrganisationChange {
        brake: Some(manner),
        brake_least: Some(least),
        brake_percent: Some(percent),
        ..Default::default()
    })
}

/// How long to lift the brake: for a number of ends if one is given, else for a time.
fn lift(form: &Form) -> Result<LiftOf, Wrong> {
    match form.text("count") {
        "" => Ok(LiftOf::Time(form.text("lift").parse::<Span>().or(Err(Trouble::NoForm))?.millis())),
        text => match text.parse::<Least>() {
            Ok(count) => Ok(LiftOf::Ends(count.get())),
            Err(why) => Err(Wrong::Said(sentence(&format!("for so many members: {why}")))),
        },
    }
}

/// The key id that the form was shown with.
fn next(form: &Form) -> Result<KeyId, Trouble> {
    KeyId::parse(form.text("next")).ok_or(Trouble::NoForm)
}
