//! Hashes of tokens and passwords: argon2id, useless to a thief. Each takes about 25 ms of a core and 19 MiB: never on a thread
//! that serves requests.

use crate::tokens::Secret;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash};
use password_hash::phc::PasswordHash;

pub(crate) use password_hash::Error;

/// OWASP's parameters for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Random bytes that a new hash is salted with.
pub(crate) const SALT_LEN: usize = 16;

/// The PHC string of a secret.
pub(crate) fn hash(secret: &str, salt: [u8; SALT_LEN]) -> Result<Secret, Error> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    Ok(Secret::new(argon2.hash_password_with_salt(secret.as_bytes(), &salt)?.to_string()))
}

/// Whether `phc` was made from the secret; compares in constant time.
pub(crate) fn matches(secret: &str, phc: &Secret) -> Result<bool, Error> {
    match Argon2::default().verify_password(secret.as_bytes(), &read(phc)?) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(damaged) => Err(damaged),
    }
}

/// The library takes a PHC string that was cut off before its hash for one that fits no password; it is damage.
fn read(phc: &Secret) -> Result<PasswordHash, Error> {
    let phc = PasswordHash::new(phc.reveal())?;
    if phc.salt.is_none() || phc.hash.is_none() { Err(Error::EncodingInvalid) } else { Ok(phc) }
}
