//! What the database stores of a token: an argon2id PHC string, useless to a thief.

use super::{secret::Secret, text::Token};
use crate::argon2id;

pub(crate) use crate::argon2id::SALT_LEN;

/// A token could not be hashed, or the hash in the database is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the hash of token `{key_id}` cannot be computed or read")]
pub(crate) struct HashError {
    key_id: String,
    #[source]
    source: argon2id::Error,
}

/// The PHC string of a token.
pub(crate) fn hash(token: &Token, salt: [u8; SALT_LEN]) -> Result<Secret, HashError> {
    argon2id::hash(token.text().reveal(), salt).map_err(|source| fault(token, source))
}

/// Whether `phc` was made from `token`. Costs as much as [`hash`].
pub(crate) fn matches(token: &Token, phc: &Secret) -> Result<bool, HashError> {
    argon2id::matches(token.text().reveal(), phc).map_err(|source| fault(token, source))
}

fn fault(token: &Token, source: argon2id::Error) -> HashError {
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
