//! What the database keeps of a token: an argon2id PHC string, useless to a thief.

use super::{secret::Secret, text::Token};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash};
use password_hash::phc::PasswordHash;

/// OWASP's parameters for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Random bytes that a new hash is salted with.
pub(crate) const SALT_LEN: usize = 16;

/// A token could not be hashed, or the hash in the database is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the hash of token `{key_id}` cannot be computed or read")]
pub(crate) struct HashError {
    key_id: String,
    #[source]
    source: password_hash::Error,
}

/// The PHC string of a token. Takes about 25 ms of a core and 19 MiB: never on a thread that serves requests.
pub(crate) fn hash(token: &Token, salt: [u8; SALT_LEN]) -> Result<Secret, HashError> {
    let made = parameters().and_then(|p| {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, p).hash_password_with_salt(bytes(token), &salt)
    });
    made.map(|phc| Secret::new(phc.to_string())).map_err(|source| fault(token, source))
}

/// Whether `phc` was made from `token`; compares in constant time. Costs as much as [`hash`].
pub(crate) fn matches(token: &Token, phc: &Secret) -> Result<bool, HashError> {
    match read(phc).and_then(|phc| Argon2::default().verify_password(bytes(token), &phc)) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(source) => Err(fault(token, source)),
    }
}

/// The library takes a PHC string that was cut off before its hash for one that fits no password; it is damage.
fn read(phc: &Secret) -> password_hash::Result<PasswordHash> {
    let phc = PasswordHash::new(phc.reveal())?;
    if phc.salt.is_none() || phc.hash.is_none() {
        Err(password_hash::Error::EncodingInvalid)
    } else {
        Ok(phc)
    }
}

fn parameters() -> password_hash::Result<Params> {
    Ok(Params::new(MEMORY_KIB, PASSES, LANES, None)?)
}

fn bytes(token: &Token) -> &[u8] {
    token.text().reveal().as_bytes()
}

fn fault(token: &Token, source: password_hash::Error) -> HashError {
    HashError { key_id: token.key_id().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_names_its_parameters_and_fits_its_token_alone() {
        let (token, other) = (Token::from_random([1; 16], [1; 32]), Token::from_random([1; 16], [2; 32]));
        let phc = hash(&token, [7; SALT_LEN]).expect("a hash");
        assert!(phc.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", phc.reveal());
        assert!(!phc.reveal().contains(token.text().reveal()));
        assert!(matches(&token, &phc).expect("readable"));
        assert!(!matches(&other, &phc).expect("readable"));
    }

    #[test]
    fn a_damaged_hash_is_an_error_not_a_refusal() {
        for damaged in ["", "$argon2id$v=19$m=1", "plain text"] {
            assert!(
                matches(&Token::from_random([1; 16], [1; 32]), &Secret::new(damaged)).is_err(),
                "{damaged}"
            );
        }
    }
}
