//! Time, identifiers and randomness: the only place that asks the world for them. Everything else is given them as values.

use provost::diesel::TenantId;
use uuid::Uuid;

pub(crate) use provost::core::Timestamp;

/// What time it is.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place where the binary reads the clock")]
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // a clock before 1970 is no clock
    let ms = since_1970.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    Timestamp::from_millis(ms)
}

/// A new identifier, ordered by the time it was made.
pub(crate) fn new_id(now: Timestamp) -> Uuid {
    let (seconds, nanos) = now.as_parts();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, u64::try_from(seconds).unwrap_or(0), nanos))
}

/// The key of a new organisation: 40 random bits, so that a deleted organisation's key never comes back to life.
pub(crate) fn new_tenant() -> Result<TenantId, NoRandomness> {
    let key = random::<5>()?.into_iter().fold(0, |key, byte| key << 8 | i64::from(byte));
    Ok(TenantId(key.max(1)))
}

/// Random bytes from the operating system, fit for secrets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system gave no random bytes; without them no secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub(crate) struct NoRandomness(#[from] getrandom::Error);
