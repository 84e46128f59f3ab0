//! Builds a mountable server from a base URL.

use crate::Scim;
use provost_core::{Id, Limits, Profile, SchemaSet, Timestamp};
use provost_provider::{Authenticator, BaseUrl, BaseUrlError, Gate, Provider, Settings, SettingsError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to send a body, unless set by [`ScimBuilder::body_deadline`].
pub const BODY_DEADLINE: Duration = Duration::from_secs(15);
/// Bytes of the target and the headers of a request, unless set by [`ScimBuilder::head_bytes`].
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of all request and response bodies under way, unless set by [`ScimBuilder::memory_bytes`].
pub const MAX_MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// Builds a [`Scim`]. Everything except the authenticator has a default.
#[must_use]
pub struct ScimBuilder<A> {
    settings: Result<Settings, BaseUrlError>,
    mounted_at: Option<String>,
    authenticator: A,
    public_config: bool,
    body_deadline: Duration,
    head_bytes: usize,
    memory_bytes: usize,
}

impl Scim<()> {
    /// Starts a server at a base URL, the one to give to identity providers: `https://app.example/scim/v2`.
    ///
    /// Segments of its path may be parameters: `https://app.example/companies/{company}/scim/v2`. The authenticator
    /// gets their values, and must check that a token is valid for them
    /// ([`AuthRequest::parameter`](provost_provider::AuthRequest::parameter)); responses contain the URL with the
    /// values filled in.
    pub fn at(base_url: &str) -> ScimBuilder<()> {
        let base_url = base_url.parse::<BaseUrl>();
        ScimBuilder {
            settings: base_url.map(|base_url| Settings::at(base_url, SchemaSet::builtin().into())),
            mounted_at: None,
            authenticator: (),
            public_config: true,
            body_deadline: BODY_DEADLINE,
            head_bytes: MAX_HEAD_BYTES,
            memory_bytes: MAX_MEMORY_BYTES,
        }
    }
}

impl<A> ScimBuilder<A> {
    /// Sets who authenticates clients.
    pub fn authenticator<B: Authenticator>(self, authenticator: B) -> ScimBuilder<B> {
        ScimBuilder {
            settings: self.settings,
            mounted_at: self.mounted_at,
            authenticator,
            public_config: self.public_config,
            body_deadline: self.body_deadline,
            head_bytes: self.head_bytes,
            memory_bytes: self.memory_bytes,
        }
    }

    /// Changes any of the settings: pages, cursors, bulk, `/Me`. The authentication schemes always come from the
    /// authenticator.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        self.settings = self.settings.map(|mut settings| {
            change(&mut settings);
            settings
        });
        self
    }

    /// Sets the profile of sessions that name none: [`Profile::strict`] by default.
    pub fn profile(self, profile: Profile) -> Self {
        self.settings(|settings| settings.profile = profile)
    }

    /// Sets the schemas and resource types: the built-in ones by default.
    pub fn schemas(self, schemas: impl Into<Arc<SchemaSet>>) -> Self {
        self.settings(|settings| settings.schemas = schemas.into())
    }

    /// Sets the clock: the system's by default.
    pub fn clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings(|settings| settings.clock = Arc::new(clock))
    }

    /// Sets the source of fresh identifiers, which must never repeat: UUIDs of version 7 by default.
    pub fn ids(self, ids: impl Fn() -> Id + Send + Sync + 'static) -> Self {
        self.settings(|settings| settings.ids = Arc::new(ids))
    }

    /// Sets the limits on a single request: [`Limits::default`] by default.
    pub fn limits(self, limits: Limits) -> Self {
        self.settings(|settings| settings.limits = limits)
    }

    /// Requires a token for the ServiceProviderConfig too. RFC 7643 section 5 wants it readable without one, since it
    /// says how to authenticate.
    pub fn private_config(mut self) -> Self {
        self.public_config = false;
        self
    }

    /// Sets how long a client may take to send a body: [`BODY_DEADLINE`] by default. After that the answer is 408.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = deadline;
        self
    }

    /// Sets how many bytes the target and the headers of a request may have together: [`MAX_HEAD_BYTES`] by default.
    /// More is answered 431.
    ///
    /// actix-web itself refuses a head over 128 KiB, a target over 64 KiB, or more than 96 headers, with 431 or 400 and
    /// no body.
    pub fn head_bytes(mut self, bytes: usize) -> Self {
        self.head_bytes = bytes;
        self
    }

    /// Sets how many bytes all request and response bodies under way may have together: [`MAX_MEMORY_BYTES`] by
    /// default. A tenant gets at most half of them, and a credential at most half of that. A request without room is
    /// answered 429 if its tenant or credential has used up its share, otherwise 503, both with Retry-After. A PATCH
    /// whose answer finds no room is answered 204 instead of 200. Bodies up to 16 KiB are not counted.
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Sets where requests arrive if a proxy strips the beginning of the base URL's path: the rest of that path. By
    /// default they arrive at the whole path.
    pub fn mounted_at(mut self, path: &str) -> Self {
        self.mounted_at = Some(path.to_owned());
        self
    }
}

impl<A: Authenticator> ScimBuilder<A> {
    /// Builds the server.
    ///
    /// # Errors
    /// The base URL is invalid, has no path, or does not end in the path of [`mounted_at`](Self::mounted_at); settings
    /// contradict each other; or a limit is zero.
    pub fn build(self) -> Result<Scim<A>, SettingsError> {
        let mut settings = self.settings?;
        settings.schemes = self.authenticator.schemes();
        let mount = self.mounted_at.unwrap_or_else(|| settings.base_url.path().to_owned());
        settings.base_url.check_mount(&mount)?;
        let bounds = [
            ("body_deadline", self.body_deadline.is_zero()),
            ("head_bytes", self.head_bytes == 0),
            ("memory_bytes", self.memory_bytes == 0),
        ];
        if let Some((name, _)) = bounds.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(SettingsError::Zero(name));
        }
        Ok(Scim {
            provider: Arc::new(Provider::new(settings)?),
            authenticator: Arc::new(self.authenticator),
            mount: mount.into(),
            public_config: self.public_config,
            body_deadline: self.body_deadline,
            head_bytes: self.head_bytes,
            memory: Arc::new(Gate::new(self.memory_bytes.div_ceil(1024))),
        })
    }
}

impl<A> fmt::Debug for ScimBuilder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
