//! What the forms of the page do.

use super::{Said, filled, registered};
use crate::access::{AccountId, Action, Place};
use crate::audit::By;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::organisation::{enter, permit};
use crate::console::pages::sentence;
use crate::organisations::{OrganisationChange, OrganisationStore};
use crate::people::{Compared, Grantable};
use crate::slug::Slug;
use crate::sso::{
    Drafted, Fingerprint, LetInStore, Map, Provider, ReadingStore, RequireStore, SignOnStore, WithoutStore,
    read, unread,
};
use crate::storage::StorageError;
use data_encoding::HEXLOWER;

/// The longest name of an attribute, in characters.
const LONGEST_NAME: usize = 500;

/// What is said after a form.
pub(super) fn notice(done: &str) -> Option<&'static str> {
    match done {
        "metadata" => {
            Some("The metadata is read. It is a draft: nobody signs in by it before you have tested it.")
        }
        "mapped" => Some("The attributes are saved."),
        "dropped" => Some("The draft is dropped."),
        "ended" => Some("The certificate is trusted no longer."),
        "on" => Some("Single sign-on is on. Share the Login URL with your people."),
        "off" => Some("Single sign-on is off, and the sessions that came through it have ended."),
        "invited-back" => Some("The links are mailed as soon as possible. Each is good once."),
        "saved" => Some("The settings are saved. Current members keep their roles."),
        "required" => Some(
            "Single sign-on is required. Passwords no longer open this organisation, except that of the emergency account.",
        ),
        "not-required" => {
            Some("Single sign-on is required no longer: passwords open this organisation again.")
        }
        _ => None,
    }
}

enum Wrong {
    Trouble(Trouble),
    Said(Box<Said>),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StorageError> for Wrong {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Refused(_) => wrong(sentence(&e.to_string())),
            other => Self::Trouble(other.into()),
        }
    }
}

fn wrong(error: String) -> Wrong {
    Wrong::Said(Box::new(Said { error, ..Said::default() }))
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::SignOn(slug.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::EditSignOn)?;
    if form.text("do") == "save" {
        permit(&place, Action::EditSettings)?;
    }
    let room = Room { visitor, place, page };
    match room.act(form).await {
        Ok(done) => Ok(Answer::done(&room.page, done)),
        Err(Wrong::Trouble(trouble)) => Err(trouble),
        Err(Wrong::Said(said)) => {
            let page = filled(visitor, nav, &room.place, *said).await?;
            page.proof.answer(&page)
        }
    }
}

struct Room<'a> {
    visitor: &'a Visitor<'a>,
    place: Place,
    page: Page,
}

impl Room<'_> {
    fn by(&self) -> Result<By, Trouble> {
        Ok(self.visitor.by(self.visitor.signed(&self.page)?))
    }

    async fn act(&self, form: &Form) -> Result<&'static str, Wrong> {
        let (storage, tenant) = (&self.visitor.console.storage, self.place.tenant());
        match form.text("do") {
            "address" => self.fetch(form.text("address")).await,
            "text" => self.paste(form.text("text")).await,
            "map" => self.map(form).await,
            "drop" => {
                storage.drop_draft(self.by()?, tenant).await?;
                Ok("dropped")
            }
            "on" => {
                self.prove(form).await?;
                let account = self.visitor.signed(&self.page)?.session.account.id;
                let registered = registered(self.visitor, &self.place);
                storage.turn_on(self.by()?, tenant, account, registered).await?;
                Ok("on")
            }
            "off" => {
                self.prove(form).await?;
                storage.turn_off(self.by()?, tenant).await?;
                Ok("off")
            }
            "invite-back" => {
                storage.invite_back(self.by()?, tenant).await?;
                Ok("invited-back")
            }
            "end-trust" => self.end_trust(form.text("certificate")).await,
            "save" => self.save(form).await,
            _ => Err(Trouble::NoForm.into()),
        }
    }

    /// Require SSO and Default Role. What may be refused is done first.
    async fn save(&self, form: &Form) -> Result<&'static str, Wrong> {
        let (storage, tenant) = (&self.visitor.console.storage, self.place.tenant());
        let role = form.text("role").parse::<Grantable>().or(Err(Trouble::NoForm))?;
        let chosen = form.text("emergency").parse().ok().map(AccountId);
        let wanted = (form.text("require") == "yes").then_some(chosen);
        // what the page said that somebody looked at
        let shown = form.text("was").parse().ok().map(AccountId);
        // a page that was opened before another change does not undo that
        let changed = |name: &str| {
            let (shown, wanted) = (form.text(&format!("was-{name}")), form.text(name));
            (shown != wanted).then_some(wanted == "yes")
        };
        let (lets_in, refuses) = (changed("let-in"), changed("refuse-expired"));
        if refuses == Some(true) {
            storage.may_refuse_expired(tenant, self.visitor.now).await?;
        }
        let me = self.visitor.signed(&self.page)?.session.account.id;
        let done = match (shown, wanted) {
            (Some(_), None) => {
                storage.unrequire_sign_on(self.by()?, tenant, shown).await?;
                "not-required"
            }
            (None, None) => "saved",
            (Some(_), Some(chosen)) if shown == chosen => "saved",
            (_, Some(chosen)) => {
                let chosen = chosen.ok_or_else(|| wrong("Choose the emergency account.".to_owned()))?;
                if shown.is_some() {
                    self.prove(form).await?;
                }
                storage.require_sign_on(self.by()?, tenant, me, (shown, chosen)).await?;
                "required"
            }
        };
        if let Some(lets_in) = lets_in {
            storage.set_lets_in(self.by()?, tenant, lets_in).await?;
        }
        if let Some(refuses) = refuses {
            storage.set_refuses_expired(self.by()?, tenant, refuses).await?;
        }
        if role.as_str() != form.text("was-role") {
            let change = OrganisationChange { default_role: Some(role), ..Default::default() };
            let slug = self.place.organisation.slug.clone();
            storage.update_organisation(self.by()?, slug, change).await?;
        }
        Ok(done)
    }

    /// No longer trusts a certificate.
    async fn end_trust(&self, certificate: &str) -> Result<&'static str, Wrong> {
        let bytes = HEXLOWER.decode(certificate.as_bytes()).or(Err(Trouble::NoForm))?;
        let certificate = Fingerprint::try_from(bytes).or(Err(Trouble::NoForm))?;
        self.visitor.console.storage.end_trust(self.by()?, self.place.tenant(), certificate).await?;
        Ok("ended")
    }

    /// Get Metadata.
    async fn fetch(&self, address: &str) -> Result<&'static str, Wrong> {
        let again = |address_error: String| {
            Wrong::Said(Box::new(Said { address_error, address: address.to_owned(), ..Said::default() }))
        };
        if address.is_empty() {
            return Err(again(
                "Paste the address of the metadata: in Entra, the App Federation Metadata Url.".to_owned(),
            ));
        }
        let fetched = self.visitor.console.outbound.fetch(address).await;
        let bytes = fetched.map_err(|e| again(sentence(&e.to_string())))?;
        let provider = read(&bytes, Some(address.to_owned()), self.visitor.now);
        let provider = provider.map_err(|refusal| again(sentence(&unread(&bytes, &refusal))))?;
        self.draft(provider).await
    }

    async fn paste(&self, text: &str) -> Result<&'static str, Wrong> {
        let again = |text_error: String| Wrong::Said(Box::new(Said { text_error, ..Said::default() }));
        if text.is_empty() {
            return Err(again("Paste the text of the metadata file first.".to_owned()));
        }
        let provider = read(text.as_bytes(), None, self.visitor.now);
        let provider = provider.map_err(|refusal| again(sentence(&unread(text.as_bytes(), &refusal))))?;
        self.draft(provider).await
    }

    async fn draft(&self, provider: Provider) -> Result<&'static str, Wrong> {
        let (storage, tenant) = (&self.visitor.console.storage, self.place.tenant());
        storage.draft(self.by()?, tenant, Drafted::Metadata(provider)).await?;
        Ok("metadata")
    }

    async fn map(&self, form: &Form) -> Result<&'static str, Wrong> {
        let field = |name: &str| form.text(name).to_owned();
        let id = field("id");
        let map = Map {
            compared: match (form.text("compared"), Compared::of_claim(&id)) {
                // by the letter it would not be the same in upper case
                (_, Compared::ObjectId) => Compared::ObjectId,
                ("external-id", _) => Compared::ExternalId,
                ("user-name", _) => Compared::UserName,
                (_, of_claim) => of_claim,
            },
            id,
            email: field("email"),
            first_name: field("first-name"),
            last_name: field("last-name"),
        };
        let storage = &self.visitor.console.storage;
        let found = storage.sign_on(self.place.tenant()).await?;
        let Some(newest) = found.newest() else {
            return Err(wrong("Give the metadata first.".to_owned()));
        };
        let needs_id = crate::sso::tenant(&newest.provider).is_some();
        let errors = map.fields().map(|(_, value)| match value.chars().count() {
            0 => String::new(),
            long if long > LONGEST_NAME => format!("This has {long} characters; {LONGEST_NAME} is the most."),
            _ if value.chars().any(|c| c.is_whitespace() || c.is_control()) => {
                "The name of a claim has no spaces in it.".to_owned()
            }
            _ => String::new(),
        });
        let mut errors = errors;
        if map.id.is_empty() && needs_id {
            errors[0] = "Name the claim that says who somebody is.".to_owned();
        }
        if errors.iter().any(|error| !error.is_empty()) {
            let said = Said { map: Some(map), map_errors: errors, ..Said::default() };
            return Err(Wrong::Said(Box::new(said)));
        }
        storage.draft(self.by()?, self.place.tenant(), Drafted::Map(map)).await?;
        Ok("mapped")
    }

    /// An unattended browser must not decide how an organisation is opened.
    async fn prove(&self, form: &Form) -> Result<(), Wrong> {
        let proved = self.visitor.prove_again(&self.place, &self.page, form).await?;
        proved.map_err(|proof| {
            let error = proof.error.clone();
            Wrong::Said(Box::new(Said { error, proof, ..Said::default() }))
        })
    }
}
