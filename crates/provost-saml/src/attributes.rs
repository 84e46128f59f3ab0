//! What an assertion says about a person, and how that person is identified.

use roxmltree::Node;
use uuid::Uuid;

use crate::{
    checks::Checks,
    connection::{Connection, OBJECT_ID, SubjectSource, TENANT_ID},
    reason::Reason,
    refusal::Refusal,
    verified::{Attribute, NameId, Subject},
    xml::{ASSERTION, children, text_or_empty},
};

/// All attributes. Values of attributes with the same name are merged, wherever they appear.
pub(crate) fn read(assertion: Node<'_, '_>) -> Vec<Attribute> {
    let mut attributes: Vec<Attribute> = Vec::new();
    let all = children(assertion, (ASSERTION, "AttributeStatement"))
        .flat_map(|statement| children(statement, (ASSERTION, "Attribute")));
    for element in all {
        let Some(name) = element.attribute("Name") else { continue };
        let values = children(element, (ASSERTION, "AttributeValue")).filter_map(text_or_empty);
        match attributes.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.values.extend(values),
            None => attributes.push(Attribute { name: name.to_owned(), values: values.collect() }),
        }
    }
    attributes
}

/// The value of an attribute that must have exactly one.
pub(crate) fn single<'a>(
    checks: Checks,
    attributes: &'a [Attribute],
    name: &str,
    reason: Reason,
) -> Result<&'a str, Refusal> {
    let values = attributes
        .iter()
        .find(|attribute| attribute.name == name)
        .map(|attribute| attribute.values.as_slice());
    let refused = || {
        let found = match values {
            Some(values) => Some(values.join(", ")),
            None => others(attributes),
        };
        Refusal::new(reason, "AttributeStatement/Attribute")
            .with_found_if(found)
            .with_expected(format!("one value of {name}"))
    };
    let Some([first, rest @ ..]) = values else { return Err(refused()) };
    checks.require(!first.is_empty(), refused)?;
    checks.require(rest.is_empty(), refused)?;
    Ok(first)
}

/// Which attributes came instead, by the last part of their names: one of them may be the one that was meant.
fn others(attributes: &[Attribute]) -> Option<String> {
    let names: Vec<&str> = attributes.iter().filter_map(|one| one.name.rsplit('/').next()).collect();
    (!names.is_empty()).then(|| format!("only {}", names.join(", ")))
}

/// The tenant. Entra must name it, and it must be the connection's.
pub(crate) fn tenant(
    checks: Checks,
    connection: &Connection,
    attributes: &[Attribute],
) -> Result<Option<Uuid>, Refusal> {
    let Some(ours) = connection.tenant() else { return Ok(None) };
    let named = single(checks, attributes, TENANT_ID, Reason::Tenant)?;
    let same = Uuid::try_parse(named).is_ok_and(|named| named == ours);
    checks.require(same, || {
        Refusal::new(Reason::Tenant, "AttributeStatement/Attribute")
            .with_found(named)
            .with_expected(ours.to_string())
    })?;
    Ok(Some(ours))
}

/// Identifies the person.
pub(crate) fn subject(
    checks: Checks,
    connection: &Connection,
    name_id: &NameId,
    attributes: &[Attribute],
) -> Result<Subject, Refusal> {
    let SubjectSource::Attribute(name) = connection.subject() else {
        return Ok(Subject::Text(name_id.value.clone()));
    };
    let value = single(checks, attributes, name, Reason::Subject)?;
    if name != OBJECT_ID || connection.tenant().is_none() {
        return Ok(Subject::Text(value.to_owned()));
    }
    Uuid::try_parse(value).map(Subject::Object).map_err(|_not_a_uuid| {
        Refusal::new(Reason::Subject, "AttributeStatement/Attribute")
            .with_found(value)
            .with_expected("a UUID")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::HttpsUrl;

    const OBJECT: &str = "7F2F0B0E-5a35-4b7c-9d0c-0b6b8b7f5c11";

    fn found(entity_id: &str, source: &str) -> Subject {
        let sso = HttpsUrl::try_new("https://idp.example/").unwrap();
        let connection = Connection::try_new(entity_id, sso, Vec::new())
            .unwrap()
            .with_subject(SubjectSource::Attribute(source.to_owned()));
        let attributes = [Attribute { name: source.to_owned(), values: vec![OBJECT.to_owned()] }];
        let name_id = NameId { value: "alice".to_owned(), format: None };
        subject(Checks::ALL, &connection, &name_id, &attributes).unwrap()
    }

    /// Seen to fail: with nothing said of what came.
    #[test]
    fn an_attribute_that_is_missing_is_told_with_those_that_came() {
        let attribute = |name: &str| Attribute { name: name.to_owned(), values: vec!["x".to_owned()] };
        let came = [attribute("http://schemas.example/claims/name"), attribute("mail")];
        let refusal = |attributes: &[Attribute]| {
            single(Checks::ALL, attributes, OBJECT_ID, Reason::Subject).unwrap_err()
        };
        assert_eq!(refusal(&came).found(), Some("only name, mail"));
        assert_eq!(refusal(&[]).found(), None);
    }

    #[test]
    fn only_objects_of_entra_are_compared_as_uuids() {
        let entra = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
        let small = OBJECT.to_lowercase();
        assert!(found(entra, OBJECT_ID).is_external_id(&small));
        for other in [found(entra, "uid"), found("https://idp.example/", OBJECT_ID)] {
            assert_eq!(other, Subject::Text(OBJECT.to_owned()));
            assert!(other.is_external_id(OBJECT) && !other.is_external_id(&small));
        }
    }
}
