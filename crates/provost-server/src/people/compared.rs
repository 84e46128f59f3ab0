//! Which SCIM user is the person who signed in through the identity provider. Both the user and the sign-in come from
//! the same provider, for the same organisation. E-mail addresses are never compared.

use provost::Object;
use provost::unstable::core::fold::{Folding, fold};
use uuid::Uuid;

/// Entra's claim that never changes and is never reused.
#[cfg(feature = "sso")]
pub(crate) const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
/// The claim in Sentry's guide: the user principal name, which can pass to another person.
#[cfg(feature = "sso")]
const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";

/// Which attribute of a SCIM user is compared with the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// `externalId`, as a UUID.
    ObjectId,
    /// `externalId`, exactly.
    ExternalId,
    /// `userName`, compared as in SCIM. It can pass to another person.
    UserName,
}

impl Compared {
    /// What a claim is compared with unless an owner chose otherwise. Without a claim, the NameID is compared, which is a name.
    #[cfg(feature = "sso")]
    pub(crate) fn of_claim(claim: &str) -> Self {
        match claim {
            OBJECT_ID => Self::ObjectId,
            NAME | "" => Self::UserName,
            _ => Self::ExternalId,
        }
    }

    /// Its word in the database.
    #[cfg(feature = "sso")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ObjectId => "object-id",
            Self::ExternalId => "external-id",
            Self::UserName => "user-name",
        }
    }

    /// The attribute of SCIM.
    #[cfg(feature = "sso")]
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::ObjectId | Self::ExternalId => "externalId",
            Self::UserName => "userName",
        }
    }

    /// By its word; the database has no other.
    pub(crate) fn stored(word: &str) -> Self {
        match word {
            "object-id" => Self::ObjectId,
            "user-name" => Self::UserName,
            _ => Self::ExternalId,
        }
    }

    /// Whether a SCIM user is the person who signed in. An empty value matches nobody.
    pub(crate) fn is_of(self, subject: &str, user: &Object) -> bool {
        let text = |name| user.str(name).filter(|text| !text.is_empty() && !subject.is_empty());
        match self {
            Self::ObjectId => {
                let theirs = text("externalId").and_then(|id| Uuid::try_parse(id).ok());
                theirs.is_some_and(|id| Uuid::try_parse(subject).is_ok_and(|subject| subject == id))
            }
            Self::ExternalId => text("externalId") == Some(subject),
            Self::UserName => text("userName")
                .is_some_and(|name| fold(Folding::UserName, name) == fold(Folding::UserName, subject)),
        }
    }

    /// A subject as it is stored. Names are folded, since their case does not matter.
    #[cfg(feature = "sso")]
    pub(crate) fn kept(self, subject: String) -> String {
        match self {
            Self::ObjectId | Self::ExternalId => subject,
            Self::UserName => fold(Folding::UserName, &subject).into_owned(),
        }
    }

    /// Whether a SCIM user has a value to compare.
    pub(crate) fn names(self, user: &Object) -> bool {
        let text = |name| user.str(name).filter(|text| !text.is_empty());
        match self {
            Self::ObjectId => text("externalId").is_some_and(|id| Uuid::try_parse(id).is_ok()),
            Self::ExternalId => text("externalId").is_some(),
            Self::UserName => text("userName").is_some(),
        }
    }

    /// All spellings of a subject to look up in the index of `externalId`.
    pub(crate) fn spellings(self, subject: &str) -> Vec<String> {
        match (self, Uuid::try_parse(subject)) {
            (Self::ObjectId, Ok(id)) => {
                let (plain, short) = (id.hyphenated().to_string(), id.simple().to_string());
                let written = [plain.clone(), short, format!("{{{plain}}}"), format!("urn:uuid:{plain}")];
                let upper: Vec<String> = written.iter().map(|text| text.to_uppercase()).collect();
                written.into_iter().chain(upper).collect()
            }
            (Self::ObjectId, Err(_)) => Vec::new(),
            (Self::ExternalId | Self::UserName, _) => vec![subject.to_owned()],
        }
    }
}

/// Whatever a SCIM user may be known by at a sign-in, as stored, to look up in the index of subjects.
pub(crate) fn subjects(user: &Object) -> Vec<String> {
    let text = |name| user.str(name).filter(|text| !text.is_empty());
    let id = text("externalId");
    let canonical = id.and_then(|id| Uuid::try_parse(id).ok()).map(|id| id.to_string());
    let name = text("userName").map(|name| fold(Folding::UserName, name).into_owned());
    id.map(str::to_owned).into_iter().chain(canonical).chain(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::Value;

    fn user(external: &str, name: &str) -> Object {
        let text = |text: &str| Value::String(text.into());
        Object::from_iter([("externalId", text(external)), ("userName", text(name))])
    }

    #[test]
    fn the_directory_says_who_somebody_is() {
        const ID: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";
        for (how, subject, external, name, is) in [
            (Compared::ObjectId, ID, "7F2F0B0E-5A35-4B7C-9D0C-0B6B8B7F5C11", "", true),
            (Compared::ObjectId, ID, "{7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11}", "", true),
            (Compared::ObjectId, ID, "7f2f0b0e5a354b7c9d0c0b6b8b7f5c11", "", true),
            (Compared::ObjectId, "ines", "ines", "ines", false),
            (Compared::ObjectId, ID, "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c12", ID, false),
            (Compared::ObjectId, "", "", "", false),
            (Compared::ExternalId, "00u1", "00u1", "x", true),
            (Compared::ExternalId, "00u1", "00U1", "00u1", false),
            (Compared::ExternalId, "", "", "", false),
            (Compared::UserName, "Ines@Example.com", "x", "ines@example.COM", true),
            (Compared::UserName, "ines@example.com", "ines@example.com", "bo@example.com", false),
            (Compared::UserName, "", "", "", false),
        ] {
            assert_eq!(how.is_of(subject, &user(external, name)), is, "{how:?} {subject} {external} {name}");
        }
    }

    #[cfg(feature = "sso")]
    #[test]
    fn a_claim_says_what_it_is_compared_with() {
        assert_eq!(Compared::of_claim(OBJECT_ID), Compared::ObjectId);
        assert_eq!(Compared::of_claim(NAME), Compared::UserName);
        assert_eq!(Compared::of_claim("urn:x"), Compared::ExternalId);
        for one in [Compared::ObjectId, Compared::ExternalId, Compared::UserName] {
            assert_eq!(Compared::stored(one.as_str()), one);
        }
    }

    #[cfg(feature = "sso")]
    #[test]
    fn every_spelling_is_asked_for() {
        let asked = Compared::ObjectId.spellings("{7F2F0B0E-5A35-4B7C-9D0C-0B6B8B7F5C11}");
        for text in ["7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11", "{7F2F0B0E-5A35-4B7C-9D0C-0B6B8B7F5C11}"] {
            assert!(asked.iter().any(|one| one == text), "{asked:?}");
        }
        assert_eq!(Compared::ObjectId.spellings("ines"), Vec::<String>::new());
    }
}
