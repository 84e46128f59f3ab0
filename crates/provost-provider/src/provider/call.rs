//! What every operation needs: the caller, its profile, and how a resource becomes an answer.

use crate::auth::Session;
use crate::error::StoreError;
use crate::outcome::Asked;
use crate::params::Params;
use crate::pool::Pool;
use crate::principal::CredentialKind;
use crate::request::Origin;
use crate::settings::Settings;
use crate::store::{Context, Find, Get, Store, Updated};
use provost_core::compat::Reader;
use provost_core::error::Place;
use provost_core::patch::Effort;
use provost_core::policy::{Choice, Notes};
use provost_core::project::Projection;
use provost_core::query::{Include, Page};
use provost_core::resource::Service;
use provost_core::text::excerpt;
use provost_core::value::JsonError;
use provost_core::{Error, ErrorKind, Id, Limits, Profile, Query, Resource, ResourceType, TypedFilter};
use std::sync::{Arc, Mutex};

/// One request of one client.
pub(super) struct Call<'a, S> {
    pub(super) settings: &'a Settings,
    /// The service at the request's address.
    pub(super) service: &'a Service,
    pub(super) session: &'a Session<S>,
    pub(super) origin: &'a Origin,
    /// Where long work goes, unless the calling thread may take long.
    pub(super) pool: &'a Pool,
    pub(super) may_take_long: bool,
    /// How much the request may still compare.
    pub(super) effort: Mutex<Effort>,
}

/// An owned reader, for another thread.
pub(super) struct OwnReader {
    profile: Profile,
    limits: Limits,
    pub(super) service: Service,
    /// What was already noted about the request.
    pub(super) notes: Notes,
}

impl OwnReader {
    pub(super) fn reader(&self) -> Reader<'_> {
        let mut reader = Reader::new(&self.profile, &self.limits).at(&self.service);
        reader.notes = self.notes.clone();
        reader
    }
}

impl<'a, S: Store> Call<'a, S> {
    pub(super) fn service(&self) -> &'a Service {
        self.service
    }

    /// How to read the client's messages. Its profile is used only here.
    pub(super) fn reader(&self) -> Reader<'a> {
        Reader::new(self.profile(), &self.settings.limits).at(self.service())
    }

    pub(super) fn own_reader(&self, notes: Notes) -> OwnReader {
        let (profile, limits) = (self.profile().clone(), self.settings.limits);
        OwnReader { profile, limits, service: self.service().clone(), notes }
    }

    fn profile(&self) -> &'a Profile {
        self.session.profile.as_ref().unwrap_or(&self.settings.profile)
    }

    pub(super) fn store(&self) -> &'a S {
        &self.session.store
    }

    /// Refuses everything but reads if the client may only read.
    pub(super) fn permit(&self, asked: &Asked) -> Result<(), Error> {
        let principal = &self.session.principal;
        if !principal.read_only || matches!(asked, Asked::Read) {
            return Ok(());
        }
        let shown = match principal.credential.kind {
            CredentialKind::Token => "this token is",
            CredentialKind::ApiKey => "this API key is",
            CredentialKind::Certificate => "this certificate is",
            CredentialKind::Password => "this account is",
        };
        let error = Error::new(ErrorKind::Forbidden, format!("{shown} read-only"));
        Err(error.with_remedy("use one that can write"))
    }

    /// Refuses a part of SCIM that is turned off.
    pub(super) fn offered(&self, is_on: bool, otherwise: &str) -> Result<(), Error> {
        match is_on {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::NotImplemented, otherwise)),
        }
    }

    pub(super) fn context(&self, notes: Notes) -> Context {
        let at = (self.settings.clock)();
        Context::new(at, self.session.principal.credential.clone(), self.origin.clone()).with_notes(notes)
    }

    pub(super) fn projection(
        &self,
        params: &Params,
        kind: &ResourceType,
        reader: &mut Reader<'_>,
    ) -> Result<Projection, Error> {
        reader.projection(params.attributes.as_deref(), params.excluded_attributes.as_deref(), kind)
    }

    /// The resource, or 404.
    pub(super) async fn read(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        include: Include,
    ) -> Result<Resource, Error> {
        let found = self
            .store()
            .get(Get::new(self.service(), kind, id, include))
            .await
            .map_err(|e| explain(e, kind, Some(id)))?;
        found.ok_or_else(|| missing(kind, id))
    }

    /// A page of the resources of a type. The store is not asked about a filter that matches all of them, or none.
    pub(super) async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page, Error> {
        let all;
        let query = match query.filter {
            Some(TypedFilter::Constant(false)) => return Ok(Page::new(0, Vec::new())),
            Some(TypedFilter::Constant(true)) => {
                let mut unfiltered = query.clone();
                unfiltered.filter = None;
                all = unfiltered;
                &all
            }
            _ => query,
        };
        let found = self.store().find(Find::new(self.service(), kind, query)).await;
        found.map_err(|e| explain(e, kind, None))
    }
}

/// A store's error in the client's terms.
pub(super) fn explain(e: StoreError, kind: &ResourceType, id: Option<&Id>) -> Error {
    match (e, id) {
        (StoreError::NotFound, Some(id)) => missing(kind, id),
        (StoreError::Conflict { attribute }, _) => {
            let message = format!("another {} already has this `{attribute}`", kind.name);
            Error::new(ErrorKind::Uniqueness, message).at(Place::Attribute(attribute))
        }
        (other, _) => other.into(),
    }
}

fn missing(kind: &ResourceType, id: &Id) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no {} with the id `{}`", kind.name, excerpt(id.as_str())),
    )
}

/// A stored text that is not JSON is a server fault.
pub(super) fn unreadable(e: JsonError) -> Error {
    Error::new(ErrorKind::Internal, "a stored resource cannot be read").with_source(e)
}

/// The notes, with members that were left out, since only the store knows who does not exist.
pub(super) fn notes_of(mut notes: Notes, updated: &Updated) -> Notes {
    if !updated.skipped.is_empty() {
        notes.record(Choice::SkipMissingMembers);
    }
    notes
}
