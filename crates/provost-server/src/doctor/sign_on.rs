//! Checks of single sign-on.

use super::Answer;
use super::facts::Facts;
use crate::output::few;
use crate::sso::MOVED_REMEDY;

/// Whether the identity providers have this server's current values.
pub(super) fn values_are_those_of_now(facts: &Facts) -> Answer {
    let (Ok(config), Ok(found)) = (&facts.config, &facts.database) else { return Answer::Unknown };
    if config.http.public_url.is_none() {
        return Answer::Unknown;
    }
    match found.moved.as_slice() {
        [] => Answer::fine("no identity provider has values of another public URL for single sign-on"),
        moved => Answer::wrong(few(moved), MOVED_REMEDY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_another_address_are_wrong() {
        let mut facts = Facts::sound();
        facts.database.as_mut().expect("a database").moved.push("single sign-on of acme moved".to_owned());
        assert!(matches!(values_are_those_of_now(&facts), Answer::Wrong(a) if a.what.contains("acme")));
        facts.database = Err("there is none".to_owned());
        assert_eq!(values_are_those_of_now(&facts), Answer::Unknown);
    }
}
