//! The discovery documents (RFC 7644 section 4), made once from the schemas that validate and the settings in force.

use crate::auth::Scheme;
use crate::operation::Discovery;
use crate::settings::Settings;
use bytes::Bytes;
use provost_core::resource::Service;
use provost_core::schema::meta_schemas;
use provost_core::text::excerpt;
use provost_core::value::Value;
use provost_core::{AttrName, Error, ErrorKind, Object, Schema, urn};

/// The documents as they are sent.
#[derive(Debug)]
pub(crate) struct Documents {
    config: Bytes,
    schemas: Shelf,
    types: Shelf,
}

/// A list and its elements, by id.
#[derive(Debug)]
struct Shelf {
    list: Bytes,
    each: Vec<(AttrName, Bytes)>,
}

impl Documents {
    pub(crate) fn new(settings: &Settings, service: &Service) -> Self {
        // RFC 7643 section 7: the schemas of resources, followed by those of discovery itself
        let ours = service.schemas.schemas().iter().map(AsRef::<Schema>::as_ref);
        let schemas =
            ours.chain(meta_schemas()).map(|s| (s.id.clone(), s.to_object(&url(service, "Schemas", &s.id))));
        let types = service.schemas.resource_types().iter();
        let types = types.map(|t| (t.name.clone(), t.to_object(&url(service, "ResourceTypes", &t.name))));
        Self {
            config: Bytes::from(service_provider_config(settings, service).to_string()),
            schemas: Shelf::new(schemas.collect()),
            types: Shelf::new(types.collect()),
        }
    }

    pub(crate) fn find(&self, what: &Discovery) -> Result<Bytes, Error> {
        match what {
            Discovery::ServiceProviderConfig => Ok(self.config.clone()),
            Discovery::Schemas => Ok(self.schemas.list.clone()),
            Discovery::Schema(urn) => self.schemas.get(urn, "schema"),
            Discovery::ResourceTypes => Ok(self.types.list.clone()),
            Discovery::ResourceType(name) => self.types.get(name, "resource type"),
        }
    }
}

impl Shelf {
    fn new(each: Vec<(AttrName, Object)>) -> Self {
        let total = i64::try_from(each.len()).unwrap_or(i64::MAX);
        let list = Object::from_iter([
            ("schemas", Value::from(vec![Value::from(urn::LIST_RESPONSE)])),
            ("totalResults", Value::from(total)),
            ("startIndex", Value::from(1)),
            ("itemsPerPage", Value::from(total)),
            ("Resources", Value::from(each.iter().map(|(_, o)| Value::from(o.clone())).collect::<Vec<_>>())),
        ]);
        Self {
            list: Bytes::from(list.to_string()),
            each: each.into_iter().map(|(id, o)| (id, Bytes::from(o.to_string()))).collect(),
        }
    }

    fn get(&self, id: &str, what: &str) -> Result<Bytes, Error> {
        let found = self.each.iter().find(|(known, _)| known.is(id)).map(|(_, body)| body.clone());
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no {what} `{}`", excerpt(id))))
    }
}

fn url(service: &Service, endpoint: &str, id: &AttrName) -> String {
    format!("{}/{endpoint}/{id}", service.base)
}

/// RFC 7643 section 5, with `pagination` of RFC 9865 section 4. Only what is offered is announced.
fn service_provider_config(settings: &Settings, service: &Service) -> Object {
    let number = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let supported = |yes: bool| Object::from_iter([("supported", yes)]);
    let mut config = Object::from_iter([("schemas", vec![Value::from(urn::SERVICE_PROVIDER_CONFIG)])]);
    if let Some(page) = &settings.documentation_uri {
        config.insert("documentationUri", page.as_str());
    }
    config.insert("patch", supported(true));
    // RFC 7643 section 5: the two numbers are required even if bulk is off
    let mut bulk = supported(settings.bulk);
    let bound = |n: usize| match settings.bulk {
        true => Value::from(i64::try_from(n).unwrap_or(i64::MAX)),
        false => Value::from(0),
    };
    bulk.insert("maxOperations", bound(settings.bulk_operations));
    bulk.insert("maxPayloadSize", bound(settings.bulk_bytes));
    config.insert("bulk", bulk);
    let mut filter = supported(true);
    filter.insert("maxResults", number(settings.max_page));
    config.insert("filter", filter);
    config.insert("changePassword", supported(false));
    config.insert("sort", supported(true));
    config.insert("etag", supported(true));
    let mut pagination = Object::from_iter([
        ("cursor", Value::from(settings.cursors.is_some())),
        ("index", Value::from(true)),
        // RFC 9865 section 2.4: clients that do not know cursors must still get pages by index
        ("defaultPaginationMethod", Value::from("index")),
        ("defaultPageSize", number(settings.page)),
        ("maxPageSize", number(settings.max_page)),
    ]);
    if let Some(cursors) = &settings.cursors {
        pagination.insert("cursorTimeout", number(cursors.timeout_s.into()));
    }
    config.insert("pagination", pagination);
    config.insert("authenticationSchemes", authentication_schemes(settings));
    config.insert(
        "meta",
        Object::from_iter([
            ("resourceType", "ServiceProviderConfig".to_owned()),
            ("location", format!("{}/ServiceProviderConfig", service.base)),
        ]),
    );
    config
}

/// The first is the preferred one. RFC 7643 section 5 defines types for schemes in RFCs; others get their own.
fn authentication_schemes(settings: &Settings) -> Vec<Value> {
    let announced = |(at, scheme): (usize, &Scheme)| {
        let (kind, name, rfc) = match scheme {
            Scheme::Bearer => ("oauthbearertoken".to_owned(), "OAuth Bearer Token".to_owned(), Some(6750)),
            Scheme::Basic => ("httpbasic".to_owned(), "HTTP Basic".to_owned(), Some(7617)),
            other => (other.name().to_ascii_lowercase(), other.name(), None),
        };
        let description = match scheme {
            Scheme::Bearer => "A secret token in the header `Authorization: Bearer`".to_owned(),
            other => other.remedy().into_owned(),
        };
        let mut announced = Object::from_iter([("type", kind), ("name", name), ("description", description)]);
        if let Some(rfc) = rfc {
            announced.insert("specUri", format!("https://www.rfc-editor.org/info/rfc{rfc}"));
        }
        if let Some(page) = &settings.documentation_uri {
            announced.insert("documentationUri", page.as_str());
        }
        announced.insert("primary", at == 0);
        Value::from(announced)
    };
    settings.schemes.iter().enumerate().map(announced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::value::parse_object;
    use provost_core::{Id, SchemaSet, Timestamp};

    fn documents() -> Documents {
        let service = Service::new("https://example.com/scim/v2", SchemaSet::builtin().into());
        let (base_url, schemas) = (service.base.parse().unwrap(), service.schemas.clone());
        let mut settings = Settings::new(base_url, schemas, || Timestamp::from_millis(0), || Id::from("x"));
        settings.schemes = vec![Scheme::Bearer, Scheme::Basic, Scheme::ApiKey("X-Api-Key".into())];
        Documents::new(&settings, &service)
    }

    fn read(documents: &Documents, what: &Discovery) -> Object {
        parse_object(std::str::from_utf8(&documents.find(what).unwrap()).unwrap()).unwrap()
    }

    /// RFC 7643 section 6: `schema` and `schemaExtensions` name Schemas that can be read.
    #[test]
    fn every_schema_of_a_resource_type_can_be_read_where_it_says() {
        let documents = documents();
        let types = read(&documents, &Discovery::ResourceTypes);
        let mut seen = 0;
        for t in types.get("Resources").unwrap().elements() {
            let t = t.as_object().unwrap();
            let extensions = t.get("schemaExtensions").map_or(&[][..], Value::elements);
            let urns = extensions.iter().map(|e| e.as_object().unwrap().str("schema").unwrap());
            for urn in urns.chain([t.str("schema").unwrap()]) {
                let schema = read(&documents, &Discovery::Schema(urn.to_uppercase()));
                assert_eq!(schema.str("id"), Some(urn));
                let location =
                    schema.get("meta").unwrap().as_object().unwrap().str("location").unwrap().to_owned();
                assert_eq!(location, format!("https://example.com/scim/v2/Schemas/{urn}"));
                seen += 1;
            }
            read(&documents, &Discovery::ResourceType(t.str("id").unwrap().to_owned()));
        }
        assert_eq!(seen, 3);
        assert_eq!(documents.find(&Discovery::Schema("urn:x".to_owned())).unwrap_err().status(), 404);
    }

    /// Seen to fail: with bearer tokens announced whatever the settings say, and with each scheme preferred.
    #[test]
    fn the_ways_in_are_announced_the_preferred_one_first() {
        let config = read(&documents(), &Discovery::ServiceProviderConfig);
        let schemes = config.get("authenticationSchemes").unwrap().elements().iter().map(|scheme| {
            let scheme = scheme.as_object().unwrap();
            (scheme.str("type").unwrap().to_owned(), scheme.get("primary").unwrap().as_bool().unwrap())
        });
        let types = ["oauthbearertoken", "httpbasic", "apikey"].map(str::to_owned);
        assert!(schemes.eq(types.into_iter().zip([true, false, false])));
    }

    /// RFC 7643 section 5: the members that every ServiceProviderConfig has, and none its schema does not define.
    #[test]
    fn the_configuration_is_what_its_schema_says() {
        let config = read(&documents(), &Discovery::ServiceProviderConfig);
        let schema = meta_schemas().iter().find(|s| s.id.is(urn::SERVICE_PROVIDER_CONFIG)).unwrap();
        for a in schema.attributes.iter().filter(|a| a.required) {
            assert!(config.contains(a.name.as_str()), "{}", a.name);
        }
        for (name, value) in config.iter().filter(|(n, _)| !n.is("schemas") && !n.is("meta")) {
            let a = schema.attribute(name.as_str()).unwrap_or_else(|| panic!("{name}"));
            for o in value.elements().iter().filter_map(Value::as_object) {
                for (sub, _) in o.iter() {
                    assert!(a.sub(sub.as_str()).is_some(), "{name}.{sub}");
                }
                for sub in a.sub_attributes.iter().filter(|s| s.required) {
                    assert!(o.contains(sub.name.as_str()), "{name}.{}", sub.name);
                }
            }
        }
    }
}
