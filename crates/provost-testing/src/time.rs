//! Time and identifiers that are the same in every run.

use provost_core::resource::Service;
use provost_core::{Id, Timestamp};
use provost_provider::Settings;
use std::sync::atomic::{AtomicI64, Ordering};

/// The first instant of [`ticking`], in milliseconds.
pub const START_MS: i64 = 1_700_000_000_000;

/// A clock that advances a second each time it is read.
pub fn ticking() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let ticks = AtomicI64::new(0);
    move || Timestamp::from_millis(START_MS + 1000 * ticks.fetch_add(1, Ordering::Relaxed))
}

/// Ids that count: `id-001`, `id-002`.
pub fn counting(prefix: &'static str) -> impl Fn() -> Id + Send + Sync + 'static {
    let ids = AtomicI64::new(0);
    move || Id::from(format!("{prefix}-{:03}", 1 + ids.fetch_add(1, Ordering::Relaxed)))
}

/// The usual settings, with this clock and ids like `id-001`.
///
/// # Panics
/// If the service has no proper base URL.
pub fn settings(service: Service) -> Settings {
    settings_with(service, ticking(), counting("id"))
}

/// The usual settings with this clock and these ids.
///
/// # Panics
/// If the service has no proper base URL.
pub fn settings_with(
    service: Service,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ids: impl Fn() -> Id + Send + Sync + 'static,
) -> Settings {
    Settings::new(service.base.parse().unwrap(), service.schemas, clock, ids)
}
