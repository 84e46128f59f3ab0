//! From a base URL to a server that can be mounted.

use crate::Scim;
use provost_core::{Id, Limits, Profile, SchemaSet, Timestamp};
use provost_provider::{Authenticator, BaseUrl, BaseUrlError, Gate, Provider, Settings, SettingsError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to send a body, unless [`ScimBuilder::body_deadline`] says otherwise.
pub const BODY_DEADLINE: Duration = Duration::from_secs(15);
/// Bytes of the target and the headers of a request, unless [`ScimBuilder::head_bytes`] says otherwise.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of the bodies of all requests and answers under way, unless [`ScimBuilder::memory_bytes`] says otherwise.
pub const MAX_MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// What a [`Scim`] is made of: everything but the authenticator has a default.
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
    /// A server at a base URL, the one that is given to identity providers: `https://app.example/scim/v2`.
    ///
    /// Segments of its path may be parameters: `https://app.example/companies/{company}/scim/v2`. The authenticator gets
    /// their values, and must check that a token is for them
    /// ([`AuthRequest::parameter`](provost_provider::AuthRequest::parameter)); what is sent has them filled in.
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
    /// Who lets clients in.
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

    /// Changes any of the settings: pages, cursors, bulk, `/Me`. How clients authenticate is asked of the authenticator.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        self.settings = self.settings.map(|mut settings| {
            change(&mut settings);
            settings
        });
        self
    }

    /// The profile of sessions that name none: [`Profile::strict`] by default.
    pub fn profile(self, profile: Profile) -> Self {
        self.settings(|settings| settings.profile = profile)
    }

    /// The schemas and resource types: the built-in ones by default.
    pub fn schemas(self, schemas: impl Into<Arc<SchemaSet>>) -> Self {
        self.settings(|settings| settings.schemas = schemas.into())
    }

    /// The time: that of the system by default.
    pub fn clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings(|settings| settings.clock = Arc::new(clock))
    }

    /// Fresh identifiers, never the same twice: UUIDs of version 7 by default.
    pub fn ids(self, ids: impl Fn() -> Id + Send + Sync + 'static) -> Self {
        self.settings(|settings| settings.ids = Arc::new(ids))
    }

    /// Bounds on what one request may hold: [`Limits::default`].
    pub fn limits(self, limits: Limits) -> Self {
        self.settings(|settings| settings.limits = limits)
    }

    /// Asks for a token for the ServiceProviderConfig too. RFC 7643 section 5 wants it readable without: it says how
    /// to authenticate.
    pub fn private_config(mut self) -> Self {
        self.public_config = false;
        self
    }

    /// How long a client may take to send a body: [`BODY_DEADLINE`]. Beyond it is 408.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = deadline;
        self
    }

    /// How many bytes the target and the headers of a request may have together: [`MAX_HEAD_BYTES`]. Beyond it is 431.
    ///
    /// What is over 128 KiB, a target over 64 KiB, or more than 96 headers, actix-web refuses by itself with 431 or 400
    /// and no body.
    pub fn head_bytes(mut self, bytes: usize) -> Self {
        self.head_bytes = bytes;
        self
    }

    /// How many bytes the bodies of all requests and answers under way may have together: [`MAX_MEMORY_BYTES`]. No tenant has
    /// more than half of them, and no credential more than half of that. What has no room is answered 429 where the tenant or
    /// the credential has its part, and 503 else, both with Retry-After; a PATCH then has 204 instead of 200. Bodies up to
    /// 16 KiB are not counted.
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Where requests arrive when a proxy takes the beginning of the base URL's path away: the rest of it. By default
    /// they arrive at the whole path.
    pub fn mounted_at(mut self, path: &str) -> Self {
        self.mounted_at = Some(path.to_owned());
        self
    }
}

impl<A: Authenticator> ScimBuilder<A> {
    /// The server.
    ///
    /// # Errors
    /// A base URL that cannot be one, has no path, or does not end in the path of [`mounted_at`](Self::mounted_at); settings
    /// that contradict each other; a bound of zero.
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
