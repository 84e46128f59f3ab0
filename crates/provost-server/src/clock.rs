//! Time, identifiers and randomness: the only place of the binary that asks the world for them. Everything else is given
//! them as values.

use provost::hook::TenantId;

pub(crate) use provost::Timestamp;
pub(crate) use provost::system::{new_id, now};

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
#[error("the operating system provides no random bytes")]
pub(crate) struct NoRandomness(#[from] getrandom::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_organisations_get_one_key() {
        let keys: std::collections::HashSet<i64> =
            (0..100).map(|_| new_tenant().expect("random").0).collect();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|key| *key > 0 && *key < 1 << 40));
    }
}
