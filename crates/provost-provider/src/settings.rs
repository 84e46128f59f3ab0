//! What a provider is told once.

use crate::cursor::Cursors;
use crate::principal::Principal;
use provost_core::resource::Service;
use provost_core::{Id, Limits, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Resources on a page when the request names no `count`.
pub const PAGE: u64 = 100;
/// Resources on a page at most: `filter.maxResults` of the ServiceProviderConfig.
pub const MAX_PAGE: u64 = 1_000;
/// Bytes of a body.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Bytes of a body of a type with members: room for [`MAX_MEMBERS`](provost_core::limits::MAX_MEMBERS).
pub const MAX_MEMBERS_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a bulk request: `bulk.maxPayloadSize` of the ServiceProviderConfig.
pub const MAX_BULK_BYTES: usize = 1024 * 1024;
/// Operations of a bulk request: `bulk.maxOperations` of the ServiceProviderConfig.
pub const MAX_BULK_OPERATIONS: usize = 1_000;
/// Resources that a query over every resource type may match.
pub const MAX_ROOT_RESULTS: u64 = 1_000;

/// Finds the resource that a caller is: the name of its resource type, and its id.
pub type WhoAmI = dyn Fn(&Principal) -> Option<(String, Id)> + Send + Sync;

/// What a [`Provider`](crate::Provider) is told once: where it serves, what time it is, and its bounds.
///
/// Time and identifiers come in as functions, so that tests own them.
///
/// ```
/// use provost_core::resource::Service;
/// use provost_core::{Id, SchemaSet, Timestamp};
/// use provost_provider::{Provider, Settings};
/// let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
/// let mut settings = Settings::new(service, || Timestamp::from_millis(0), || Id::from("2819c223"));
/// settings.page = 50;
/// let provider = Provider::new(settings);
/// # let _ = provider;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The base URL, the schemas and the resource types.
    pub service: Service,
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Fresh identifiers, never the same twice.
    pub ids: Arc<dyn Fn() -> Id + Send + Sync>,
    /// Bounds on what one request may hold.
    pub limits: Limits,
    /// Resources on a page when the request names no `count`: [`PAGE`].
    pub page: u64,
    /// Resources on a page at most: [`MAX_PAGE`].
    pub max_page: u64,
    /// The key that cursors are signed with, and how long they are good: pages by cursor (RFC 9865) beside those by
    /// `startIndex`. Not offered by default, for the key must be the same on every replica and after a restart, and the
    /// store must know [`Query::seek`](provost_core::Query::seek).
    pub cursors: Option<Cursors>,
    /// Bytes of a body at most: [`MAX_BODY_BYTES`].
    pub body_bytes: usize,
    /// Bytes of a body at most, for types with members: [`MAX_MEMBERS_BODY_BYTES`].
    pub members_body_bytes: usize,
    /// Whether `/Bulk` is offered; it is by default.
    pub bulk: bool,
    /// Bytes of a bulk request at most: [`MAX_BULK_BYTES`].
    pub bulk_bytes: usize,
    /// Operations of a bulk request at most: [`MAX_BULK_OPERATIONS`].
    pub bulk_operations: usize,
    /// Whether `GET` of the base URL and `POST /.search` are offered: queries over every resource type, by
    /// filter and index, without an order and without cursors. Off by default: they read the store once for each type.
    pub root_query: bool,
    /// Resources that such a query may match before it is refused as `tooMany`: [`MAX_ROOT_RESULTS`].
    pub root_results: u64,
    /// The resource that a caller is, for `/Me`; not offered by default.
    pub me: Option<Arc<WhoAmI>>,
    /// A page that helps people to set the service up, shown in the ServiceProviderConfig.
    pub documentation_uri: Option<String>,
}

impl Settings {
    /// The default bounds.
    pub fn new(
        service: Service,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        ids: impl Fn() -> Id + Send + Sync + 'static,
    ) -> Self {
        Self {
            service,
            clock: Arc::new(clock),
            ids: Arc::new(ids),
            limits: Limits::default(),
            page: PAGE,
            max_page: MAX_PAGE,
            cursors: None,
            body_bytes: MAX_BODY_BYTES,
            members_body_bytes: MAX_MEMBERS_BODY_BYTES,
            bulk: true,
            bulk_bytes: MAX_BULK_BYTES,
            bulk_operations: MAX_BULK_OPERATIONS,
            root_query: false,
            root_results: MAX_ROOT_RESULTS,
            me: None,
            documentation_uri: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base", &self.service.base)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
