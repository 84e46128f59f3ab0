//! The settings of a provider.

use crate::auth::Scheme;
use crate::base_url::{BaseUrl, BaseUrlError};
use crate::cursor::Cursors;
use crate::principal::Principal;
use provost_core::limits::MAX_FILTER_DEPTH;
use provost_core::{Id, Limits, Profile, SchemaSet, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Resources on a page if the request names no `count`.
pub const PAGE: u64 = 100;
/// The most resources on a page: `filter.maxResults` of the ServiceProviderConfig.
pub const MAX_PAGE: u64 = 1_000;
/// The most bytes in a body.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The most bytes in a body for a type with members: enough for [`MAX_MEMBERS`](provost_core::limits::MAX_MEMBERS).
pub const MAX_MEMBERS_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes in a bulk request: `bulk.maxPayloadSize` of the ServiceProviderConfig.
pub const MAX_BULK_BYTES: usize = 1024 * 1024;
/// The most operations in a bulk request: `bulk.maxOperations` of the ServiceProviderConfig.
pub const MAX_BULK_OPERATIONS: usize = 1_000;
/// The most resources that a query over all resource types may match.
pub const MAX_ROOT_RESULTS: u64 = 1_000;

/// Finds the caller's own resource: the name of its resource type, and its id.
pub type WhoAmI = dyn Fn(&Principal) -> Option<(String, Id)> + Send + Sync;

/// The settings of a [`Provider`](crate::Provider): where it serves, its clock, and its limits.
/// Time and identifiers are functions, so that tests can control them. With the feature `system`, [`Settings::at`] uses
/// those of the system.
///
/// ```
/// use provost_core::{Id, SchemaSet, Timestamp};
/// use provost_provider::{Provider, Settings, SettingsError};
/// let (clock, ids) = (|| Timestamp::from_millis(0), || Id::from("2819c223"));
/// let base_url = "https://scim.example.com/scim/v2".parse()?;
/// let mut settings = Settings::new(base_url, SchemaSet::builtin().into(), clock, ids);
/// settings.page = 50;
/// assert!(Provider::new(settings.clone()).is_ok());
/// settings.max_page = 20;
/// let refused = Provider::new(settings).unwrap_err();
/// assert_eq!(refused.to_string(), "`page` is 50, more than `max_page`, which is 20");
/// # Ok::<(), SettingsError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where resources are served.
    pub base_url: BaseUrl,
    /// The schemas and resource types.
    pub schemas: Arc<SchemaSet>,
    /// The profile of sessions without one: [`Profile::strict`] by default.
    pub profile: Profile,
    /// Returns the current time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Returns fresh identifiers, never the same twice.
    pub ids: Arc<dyn Fn() -> Id + Send + Sync>,
    /// Limits on what one request may contain.
    pub limits: Limits,
    /// Resources on a page if the request names no `count`; [`PAGE`] by default.
    pub page: u64,
    /// The most resources on a page; [`MAX_PAGE`] by default.
    pub max_page: u64,
    /// Offers pages by cursor (RFC 9865) in addition to `startIndex`: the key that signs cursors, and how long they are
    /// valid. Off by default, since the key must be the same on every replica and after a restart, and the store must
    /// support [`Query::seek`](provost_core::Query::seek).
    pub cursors: Option<Cursors>,
    /// The most bytes in a body; [`MAX_BODY_BYTES`] by default.
    pub body_bytes: usize,
    /// The most bytes in a body for types with members; [`MAX_MEMBERS_BODY_BYTES`] by default.
    pub members_body_bytes: usize,
    /// Whether `/Bulk` is offered; on by default.
    pub bulk: bool,
    /// The most bytes in a bulk request; [`MAX_BULK_BYTES`] by default.
    pub bulk_bytes: usize,
    /// The most operations in a bulk request; [`MAX_BULK_OPERATIONS`] by default.
    pub bulk_operations: usize,
    /// Whether to offer `GET` on the base URL and `POST /.search`: queries over all resource types, with filter and
    /// index but without sorting and cursors. Off by default, since they read the store once for each type.
    pub root_query: bool,
    /// How many resources such a query may match before it is refused with `tooMany`; [`MAX_ROOT_RESULTS`] by default.
    pub root_results: u64,
    /// Finds the caller's resource for `/Me`; not offered by default.
    pub me: Option<Arc<WhoAmI>>,
    /// The authentication schemes in the ServiceProviderConfig, the preferred one first: those of the
    /// [`Authenticator`](crate::Authenticator::schemes).
    pub schemes: Vec<Scheme>,
    /// A help page about setting up the service, linked in the ServiceProviderConfig.
    pub documentation_uri: Option<String>,
}

impl Settings {
    /// The default limits, with the system's clock and identifiers.
    #[cfg(feature = "system")]
    #[must_use]
    pub fn at(base_url: BaseUrl, schemas: Arc<SchemaSet>) -> Self {
        use crate::system::{new_id, now};
        Self::new(base_url, schemas, now, || new_id(now()))
    }

    /// The default limits.
    pub fn new(
        base_url: BaseUrl,
        schemas: Arc<SchemaSet>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        ids: impl Fn() -> Id + Send + Sync + 'static,
    ) -> Self {
        Self {
            base_url,
            schemas,
            profile: Profile::strict(),
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
            schemes: vec![Scheme::Bearer],
            documentation_uri: None,
        }
    }

    /// Checks that they are consistent.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let limits = &self.limits;
        let cursor_s = self.cursors.as_ref().map_or(1, |cursors| cursors.timeout_s);
        let pieces = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let bounds = [
            ("page", pieces(self.page)),
            ("max_page", pieces(self.max_page)),
            ("root_results", pieces(self.root_results)),
            ("cursors.timeout_s", pieces(cursor_s.into())),
            ("body_bytes", self.body_bytes),
            ("members_body_bytes", self.members_body_bytes),
            ("bulk_bytes", self.bulk_bytes),
            ("bulk_operations", self.bulk_operations),
            ("limits.filter_bytes", limits.filter_bytes),
            ("limits.filter_depth", limits.filter_depth),
            ("limits.filter_terms", limits.filter_terms),
            ("limits.path_bytes", limits.path_bytes),
            ("limits.operations", limits.operations),
            ("limits.members", limits.members),
            ("limits.values", limits.values),
            ("limits.key_bytes", limits.key_bytes),
            ("limits.json_values", limits.json_values),
            ("limits.comparisons", limits.comparisons),
            ("limits.resource_bytes", limits.resource_bytes),
            ("limits.attributes", limits.attributes),
            ("limits.scan", limits.scan),
            ("limits.page_links", limits.page_links),
            ("limits.page_bytes", limits.page_bytes),
        ];
        if let Some((name, _)) = bounds.into_iter().find(|(_, bound)| *bound == 0) {
            return Err(SettingsError::Zero(name));
        }
        let larger = [
            ("page", pieces(self.page), "max_page", pieces(self.max_page)),
            ("limits.filter_depth", limits.filter_depth, "MAX_FILTER_DEPTH", MAX_FILTER_DEPTH),
        ];
        match larger.into_iter().find(|(_, value, _, most)| value > most) {
            Some((name, value, bound, most)) => Err(SettingsError::Larger { name, value, bound, most }),
            None => Ok(()),
        }
    }
}

/// Why [`Settings`] are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The base URL is invalid.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// A limit of 0, which no request could satisfy.
    #[error("`{0}` is 0, and no request keeps to that")]
    Zero(&'static str),
    /// A setting exceeds another one.
    #[error("`{name}` is {value}, more than `{bound}`, which is {most}")]
    Larger {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: usize,
        /// The setting it must not exceed.
        bound: &'static str,
        /// The value of that.
        most: usize,
    },
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url.as_str())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: without each of six lines of `check`.
    #[test]
    fn settings_that_no_request_can_keep_to_are_refused() {
        let spoiled = |spoil: &dyn Fn(&mut Settings)| {
            let base_url = "https://example.com/scim/v2".parse().unwrap();
            let clock = || Timestamp::from_millis(0);
            let mut settings = Settings::new(base_url, SchemaSet::builtin().into(), clock, || Id::from("1"));
            spoil(&mut settings);
            settings.check().map_err(|e| e.to_string())
        };
        assert_eq!(spoiled(&|_| ()), Ok(()));
        type Spoil<'a> = &'a dyn Fn(&mut Settings);
        let zeros: [(&str, Spoil<'_>); 23] = [
            ("page", &|s| s.page = 0),
            ("max_page", &|s| s.max_page = 0),
            ("root_results", &|s| s.root_results = 0),
            ("cursors.timeout_s", &|s| {
                let mut cursors = Cursors::new(crate::CursorKey::new([7; 32]));
                cursors.timeout_s = 0;
                s.cursors = Some(cursors);
            }),
            ("body_bytes", &|s| s.body_bytes = 0),
            ("members_body_bytes", &|s| s.members_body_bytes = 0),
            ("bulk_bytes", &|s| s.bulk_bytes = 0),
            ("bulk_operations", &|s| s.bulk_operations = 0),
            ("limits.filter_bytes", &|s| s.limits.filter_bytes = 0),
            ("limits.filter_depth", &|s| s.limits.filter_depth = 0),
            ("limits.filter_terms", &|s| s.limits.filter_terms = 0),
            ("limits.path_bytes", &|s| s.limits.path_bytes = 0),
            ("limits.operations", &|s| s.limits.operations = 0),
            ("limits.members", &|s| s.limits.members = 0),
            ("limits.values", &|s| s.limits.values = 0),
            ("limits.key_bytes", &|s| s.limits.key_bytes = 0),
            ("limits.json_values", &|s| s.limits.json_values = 0),
            ("limits.comparisons", &|s| s.limits.comparisons = 0),
            ("limits.resource_bytes", &|s| s.limits.resource_bytes = 0),
            ("limits.attributes", &|s| s.limits.attributes = 0),
            ("limits.scan", &|s| s.limits.scan = 0),
            ("limits.page_links", &|s| s.limits.page_links = 0),
            ("limits.page_bytes", &|s| s.limits.page_bytes = 0),
        ];
        for (name, spoil) in zeros {
            assert_eq!(spoiled(spoil), Err(format!("`{name}` is 0, and no request keeps to that")));
        }
        assert_eq!(
            spoiled(&|s| s.page = 1_001),
            Err("`page` is 1001, more than `max_page`, which is 1000".to_owned())
        );
        let deep = "`limits.filter_depth` is 33, more than `MAX_FILTER_DEPTH`, which is 32";
        assert_eq!(spoiled(&|s| s.limits.filter_depth = 33), Err(deep.to_owned()));
    }
}
