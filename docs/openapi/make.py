"""Makes `provost.openapi.json`, the OpenAPI 3.1 description of the SCIM endpoints, from the built-in schemas and what is written here.

    python3 docs/openapi/make.py            writes the file
    python3 docs/openapi/make.py --check    says whether it is what this program makes; exit code 1 when it is not

The attributes come from `crates/provost-core/schemas`, which the server validates with and publishes at `/Schemas`.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In the crate that serves it, so that its package is complete; docs/openapi has a link.
RESULT = ROOT / "crates/provost-server/openapi/provost.openapi.json"
SCIM = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
TYPES = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "number",
    "binary": "string",
    "dateTime": "string",
    "reference": "string",
}
# Where an attribute is: in a request everything readOnly is left out, in an answer everything that is never returned.
REQUEST, ANSWER = "readOnly", "never"


def ref(name, part="schemas"):
    return {"$ref": f"#/components/{part}/{name}"}


def texts(description=None, **more):
    return {"type": "array", "items": {"type": "string"}, **({"description": description} if description else {}), **more}


def schema_file(name):
    return json.loads((ROOT / "crates/provost-core/schemas" / f"{name}.schema.json").read_text())


# --- resources, from the schemas that the server has -----------------------------------------------------------------------------------


def attribute(definition, leave_out):
    """One attribute as JSON Schema. The answer's `null` is never sent: what has no value is absent (RFC 7643 section 2.5)."""
    if definition["type"] == "complex":
        value = {"type": "object", "properties": attributes(definition["subAttributes"], leave_out)}
    else:
        value = {"type": TYPES[definition["type"]]}
    if definition["type"] == "dateTime":
        value["format"] = "date-time"
    if definition["type"] == "binary":
        value["contentEncoding"] = "base64"
    if "canonicalValues" in definition:
        value["examples"] = definition["canonicalValues"]
    if definition["multiValued"]:
        value = {"type": "array", "items": value}
    return {"description": definition["description"], **value}


def attributes(definitions, leave_out):
    kept = [d for d in definitions if leave_out not in (d["mutability"], d["returned"])]
    return {d["name"]: attribute(d, leave_out) for d in kept}


def meta(of):
    fields = {
        "resourceType": {"const": of},
        "created": {"type": "string", "format": "date-time"},
        "lastModified": {"type": "string", "format": "date-time"},
        "location": {"type": "string", "format": "uri"},
        "version": {"type": "string", "description": "The weak ETag of the resource."},
    }
    return {"type": "object", "properties": fields}


def resource(name, leave_out, extensions=()):
    """A resource as it is sent (REQUEST) or comes back (ANSWER). With `attributes` even a required one may be missing in an answer."""
    schema = schema_file(name)
    urns = [schema["id"], *(extension["id"] for extension in extensions)]
    external = {"externalId": {"type": "string", "description": "The client's own identifier: data, never a key."}}
    body = {**external, **attributes(schema["attributes"], leave_out)}
    for extension in extensions:
        body[extension["id"]] = {
            "type": "object",
            "description": extension["description"],
            "properties": attributes(extension["attributes"], leave_out),
        }
    if leave_out == REQUEST:
        required = ["schemas", *(a["name"] for a in schema["attributes"] if a["required"])]
        body = {"schemas": {"type": "array", "items": {"enum": urns}, "contains": {"const": urns[0]}, "uniqueItems": True}, **body}
    else:
        required = ["schemas", "id"]
        own = {"schemas": texts(contains={"const": urns[0]}), "id": {"type": "string", "description": "Minted by the server."}}
        body = {**own, **body, "meta": meta(schema["name"])}
    return {"type": "object", "description": schema["description"], "required": required, "properties": body}


def described(name, title):
    """A resource of discovery: all of it is the server's."""
    schema = schema_file(name)
    body = {"schemas": texts(contains={"const": schema["id"]}), **attributes(schema["attributes"], ANSWER), "meta": meta(title)}
    required = ["schemas", *(a["name"] for a in schema["attributes"] if a["required"])]
    return {"type": "object", "description": schema["description"], "required": required, "properties": body}


# --- messages --------------------------------------------------------------------------------------------------------------------------


def message(name, required, properties, description):
    """A message of RFC 7644. Its URN stands in `schemas`."""
    schemas = {"type": "array", "items": {"const": MESSAGES + name}, "minItems": 1, "maxItems": 1}
    return {
        "type": "object",
        "description": description,
        "required": ["schemas", *required],
        "properties": {"schemas": schemas, **properties},
    }


NEXT_CURSOR = {
    "type": "string",
    "minLength": 1,
    "description": "Leads to the next page of a query that was asked with `cursor` (RFC 9865); absent on the last.",
}


def listing(of, **more):
    count = {"type": "integer", "minimum": 0}
    fields = {
        "totalResults": count,
        "startIndex": {"type": "integer", "minimum": 1},
        "itemsPerPage": count,
        **more,
        "Resources": {"type": "array", "items": of},
    }
    return message("ListResponse", ["totalResults", "Resources"], fields, "A page of a list (RFC 7644 section 3.4.2).")


SCIM_TYPES = [
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue", "invalidVers",
    "invalidCursor", "expiredCursor", "invalidCount",
]  # fmt: skip


def messages():
    operation = {
        "type": "object",
        "required": ["op"],
        "properties": {
            "op": {"enum": ["add", "remove", "replace"]},
            "path": {
                "type": "string",
                "description": "What is changed; without it `value` is an object of attributes.",
                "examples": ["displayName", 'emails[type eq "work"].value', "members"],
            },
            "value": {"description": "What it becomes, by the type of the attribute."},
        },
    }
    error = {
        "status": {"type": "string", "pattern": "^[345][0-9]{2}$"},
        "scimType": {"enum": SCIM_TYPES},
        "detail": {"type": "string", "description": "What was wrong, where, and what would be right."},
    }
    # The parameters of a list, in a body (section 3.4.3): names are an array there.
    search = {name: {**PARAMETERS[name]["schema"], "description": PARAMETERS[name]["description"]} for name in PAGE}
    for name in SELECTION:
        search[name] = texts({"attributes": "Names of what to return.", "excludedAttributes": "Names of what not to return."}[name])
    patch = {"Operations": {"type": "array", "minItems": 1, "maxItems": 1000, "items": operation}}
    job = {
        "type": "object",
        "required": ["method", "path"],
        "properties": {
            "method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]},
            "path": {"type": "string", "description": "Below the base URL.", "examples": ["/Users", "/Users/bulkId:ann"]},
            "bulkId": {"type": "string", "description": "Names the operation for others, which write `bulkId:` and the name. POST needs one."},
            "version": {"type": "string", "description": "As If-Match."},
            "data": {"type": "object", "description": "What would be the body of the request by itself."},
        },
    }
    done = {
        "type": "object",
        "required": ["status"],
        "properties": {
            "method": {"type": "string", "description": "As it was sent, if it was a text."},
            "bulkId": {"type": "string"},
            "location": {"type": "string", "format": "uri"},
            "version": {"type": "string"},
            "status": {"type": "string", "pattern": "^[2345][0-9]{2}$"},
            "response": {"type": "object", "description": "The Error, where it is refused."},
        },
    }
    jobs = {
        "failOnErrors": {"type": "integer", "minimum": 0, "description": "After so many refusals the rest is left undone; 0 is none."},
        "Operations": {"type": "array", "items": job, "maxItems": 1000},
    }
    refused = message("Error", ["status", "detail"], error, "A refusal (RFC 7644 section 3.12). No other keys occur.")
    return {
        "PatchOp": message("PatchOp", ["Operations"], patch, "Changes, applied in order and all or none (RFC 7644 section 3.5.2)."),
        "BulkRequest": message("BulkRequest", ["Operations"], jobs, "Several requests at once (RFC 7644 section 3.7). Each is done or refused alone."),
        "BulkResponse": message("BulkResponse", ["Operations"], {"Operations": {"type": "array", "items": done}}, "What became of each."),
        "SearchRequest": message("SearchRequest", [], search, "A query (RFC 7644 section 3.4.3)."),
        "SearchEverythingRequest": message(
            "SearchRequest", [], {name: search[name] for name in PAGE_OF_ALL}, "A query over all resource types: it has no order and no cursor."
        ),
        "Error": {**refused, "additionalProperties": False},
    }


def schemas():
    enterprise = [schema_file("enterprise-user")]
    return {
        "User": resource("user", ANSWER, enterprise),
        "UserRequest": resource("user", REQUEST, enterprise),
        "Group": resource("group", ANSWER),
        "GroupRequest": resource("group", REQUEST),
        "UserList": listing(ref("User"), nextCursor=NEXT_CURSOR),
        "GroupList": listing(ref("Group"), nextCursor=NEXT_CURSOR),
        "AnyList": listing({"anyOf": [ref("User"), ref("Group")]}),
        "ServiceProviderConfig": described("service-provider-config", "ServiceProviderConfig"),
        "ResourceType": described("resource-type", "ResourceType"),
        "ResourceTypeList": listing(ref("ResourceType")),
        "Schema": described("schema", "Schema"),
        "SchemaList": listing(ref("Schema")),
        **messages(),
    }


# --- answers ---------------------------------------------------------------------------------------------------------------------------

ERRORS = {
    "400": "The request is not understood or its values are not accepted; `scimType` and `detail` say which and where.",
    "401": "No bearer token, or one that is not valid.",
    "403": "The token may not do this, or a filter was sent to discovery.",
    "404": "There is no such resource or endpoint.",
    "405": "The endpoint does not have this method; `Allow` lists those it has.",
    "408": "The body did not arrive in time.",
    "409": "Another resource has a value that must be unique, or a guard of the application refuses the change.",
    "412": "The resource has another version than `If-Match` asks for.",
    "413": "The request is larger than a limit; the detail names the limit.",
    "415": "The body has another media type or encoding.",
    "429": "More requests than the token may send in a second; `Retry-After` says how long to wait.",
    "431": "The target and the headers are larger than a limit; the detail names it.",
    "500": "A failure of the server; the detail has an incident id for its operator.",
    "501": "Not offered here: the operator has not switched it on, or it is an order over all resource types.",
    "503": "The storage does not answer now; `Retry-After` says how long to wait.",
}
EVERYWHERE = ["400", "401", "403", "404", "405", "408", "413", "429", "431", "500", "503"]
HEADERS = {
    "Allow": {"description": "The methods of the endpoint.", "schema": {"type": "string"}},
    "ETag": {"description": "The weak ETag of the resource, as in `meta.version`.", "schema": {"type": "string", "pattern": '^W/".*"$'}},
    "Location": {"description": "The URL of the resource.", "schema": {"type": "string", "format": "uri"}},
    "RetryAfter": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}},
    "WWWAuthenticate": {"description": "How to authenticate.", "schema": {"type": "string", "pattern": "^Bearer"}},
    "RequestId": {"description": "The identifier that the log has of this request.", "schema": {"type": "string"}},
}
HEADER_OF = {
    "401": ("WWW-Authenticate", "WWWAuthenticate"),
    "405": ("Allow", "Allow"),
    "429": ("Retry-After", "RetryAfter"),
    "503": ("Retry-After", "RetryAfter"),
}


def headers(*pairs):
    return {name: ref(component, "headers") for name, component in [("X-Request-Id", "RequestId"), *pairs]}


def refusal(status):
    sent = headers(HEADER_OF[status]) if status in HEADER_OF else headers()
    return {"description": ERRORS[status], "headers": sent, "content": {SCIM: {"schema": ref("Error")}}}


def answer(description, of=None, *pairs):
    shown = {"description": description, "headers": headers(*pairs)}
    return {**shown, "content": {SCIM: {"schema": ref(of)}}} if of else shown


def operation(name, tag, summary, answers, refused=(), parameters=(), body=None):
    """One method of one path."""
    responses = {**answers, **{status: ref(f"Refused{status}", "responses") for status in sorted([*EVERYWHERE, *refused])}}
    shown = {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}
    if parameters:
        shown["parameters"] = [ref(p, "parameters") for p in parameters]
    if body:
        media = {"schema": ref(body)}
        shown["requestBody"] = {"required": True, "content": {SCIM: media, "application/json": media}}
    return shown


# --- paths -----------------------------------------------------------------------------------------------------------------------------


def query(name, schema, description):
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def header(name, description):
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "pattern": r'^(\*|W/"[\x21\x23-\x7E]*"(, ?W/"[\x21\x23-\x7E]*")*)$'},
    }


PARAMETERS = {
    "id": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The `id` of the resource.",
        "schema": {"type": "string", "minLength": 1},
    },
    "urn": {
        "name": "urn",
        "in": "path",
        "required": True,
        "description": "The URN of the schema.",
        "schema": {"type": "string", "minLength": 1},
    },
    "name": {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The name of the resource type.",
        "schema": {"type": "string", "minLength": 1},
    },
    "filter": query(
        "filter",
        {"type": "string", "examples": ['displayName eq "Lantern"']},
        "RFC 7644 section 3.4.2.2. At most 8 KiB, unless the operator set another limit.",
    ),
    "attributes": query(
        "attributes", {"type": "string"}, "Names, with commas between, of what to return. Not together with `excludedAttributes`."
    ),
    "excludedAttributes": query("excludedAttributes", {"type": "string"}, "Names, with commas between, of what not to return."),
    "sortBy": query("sortBy", {"type": "string"}, "The attribute to sort by."),
    "sortOrder": query("sortOrder", {"enum": ["ascending", "descending"]}, "Ascending unless said otherwise."),
    "startIndex": query("startIndex", {"type": "integer"}, "The first resource of the page, counted from 1; less is 1."),
    "count": query("count", {"type": "integer"}, "Resources on the page; less than 0 is 0, and the server has a maximum."),
    "cursor": query(
        "cursor",
        {"type": "string"},
        "`nextCursor` of the page before, with the same query; empty for the first page (RFC 9865). Not together with `startIndex`.",
    ),
    "ifMatch": header("If-Match", "Weak ETags: do this only when the resource has one of these versions."),
    "ifNoneMatch": header("If-None-Match", "Weak ETags: answer 304 when the resource still has one of these versions."),
}
SELECTION = ["attributes", "excludedAttributes"]
PAGE = ["filter", *SELECTION, "sortBy", "sortOrder", "startIndex", "count", "cursor"]
# What is left of it over all resource types.
PAGE_OF_ALL = ["filter", *SELECTION, "startIndex", "count"]
# One example of each body, so that a reader has something to send.
EXAMPLES = {
    "UserRequest": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "maren.okafor@example.com", "active": True},
    "GroupRequest": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Lantern Platform"},
    "SearchRequest": {"schemas": [MESSAGES + "SearchRequest"], "filter": 'displayName sw "Lantern"', "attributes": ["displayName"]},
    "BulkRequest": {
        "schemas": [MESSAGES + "BulkRequest"],
        "failOnErrors": 1,
        "Operations": [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": "maren",
                "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "maren.bulk@example.com"},
            },
            {"method": "DELETE", "path": "/Users/bulkId:maren"},
        ],
    },
    "PatchOp": {"schemas": [MESSAGES + "PatchOp"], "Operations": [{"op": "replace", "path": "displayName", "value": "Lantern"}]},
}


def collection(kind, endpoint):
    created = answer("Made.", kind, ("ETag", "ETag"), ("Location", "Location"))
    # The answer says where the new resource is, and with what to read, change and delete it.
    links = {
        f"{verb}{kind}": {"operationId": f"{verb}{kind}", "parameters": {"id": "$response.body#/id"}}
        for verb in ["get", "replace", "change", "delete"]
    }
    return {
        "get": operation(f"list{endpoint}", endpoint, "A page of the list", {"200": answer("A page.", f"{kind}List")}, [], PAGE),
        "post": operation(
            f"create{kind}", endpoint, f"Make a {kind}", {"201": {**created, "links": links}}, ["409", "415"], SELECTION, f"{kind}Request"
        ),
    }


def one(kind, endpoint):
    etag = ("ETag", "ETag")
    same = {"304": {"description": "It still has the version of `If-None-Match`.", "headers": headers(etag)}}
    changed = {"200": answer("As it is now.", kind, etag)}
    silent = {"204": answer("Changed; nothing is sent back.", None, etag)} if kind == "Group" else {}
    writes = ["409", "412", "415"]
    return {
        "parameters": [ref("id", "parameters")],
        "get": operation(
            f"get{kind}",
            endpoint,
            f"Read a {kind}",
            {"200": answer("As it is.", kind, etag), **same},
            ["412"],
            [*SELECTION, "ifMatch", "ifNoneMatch"],
        ),
        "put": operation(f"replace{kind}", endpoint, f"Replace a {kind}", changed, writes, [*SELECTION, "ifMatch"], f"{kind}Request"),
        "patch": operation(
            f"change{kind}", endpoint, f"Change a {kind}", {**changed, **silent}, writes, [*SELECTION, "ifMatch"], "PatchOp"
        ),
        "delete": operation(f"delete{kind}", endpoint, f"Delete a {kind}", {"204": answer("Deleted.")}, ["409", "412"], ["ifMatch"]),
    }


def search(kind, endpoint):
    """A query that stands in the body, and so in no log of a proxy."""
    page = {"200": answer("A page.", f"{kind}List")}
    return {"post": operation(f"search{endpoint}", endpoint, "A page of the list, asked for by POST", page, ["415"], (), "SearchRequest")}


def everything():
    """Queries over all resource types at once, where the operator has switched them on."""
    page = {"200": answer("A page.", "AnyList")}
    return {
        "/": {"get": operation("listEverything", "Everything", "A page of all resources", page, ["501"], PAGE_OF_ALL)},
        "/.search": {
            "post": operation(
                "searchEverything",
                "Everything",
                "A page of all resources, asked for by POST",
                page,
                ["415", "501"],
                (),
                "SearchEverythingRequest",
            )
        },
    }


def bulk():
    done = {"200": answer("What became of each operation.", "BulkResponse")}
    return {"post": operation("bulk", "Bulk", "Several requests at once", done, ["415", "501"], (), "BulkRequest")}


def discovery(name, summary, of, parameters=(), anonymous=False):
    shown = {"get": operation(name, "Discovery", summary, {"200": answer("What the server has.", of)})}
    if anonymous:
        shown["get"]["security"] = [{}, {"bearer": []}]
    return {"parameters": [ref(p, "parameters") for p in parameters], **shown} if parameters else shown


def document():
    components = schemas()
    for name, example in EXAMPLES.items():
        components[name]["examples"] = [example]
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Provost",
            "version": version,
            "summary": "SCIM 2.0: users and groups assigned in an identity provider become members and teams",
            "description": "RFC 7643 and 7644. The token decides the organisation, and its profile what is forgiven beyond the standard.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/scim/v2"}],
        "security": [{"bearer": []}],
        "paths": {
            "/Users": collection("User", "Users"),
            "/Users/.search": search("User", "Users"),
            "/Users/{id}": one("User", "Users"),
            "/Groups": collection("Group", "Groups"),
            "/Groups/.search": search("Group", "Groups"),
            "/Groups/{id}": one("Group", "Groups"),
            "/Bulk": bulk(),
            **everything(),
            "/ServiceProviderConfig": discovery(
                "getServiceProviderConfig", "What is offered; it needs no token", "ServiceProviderConfig", anonymous=True
            ),
            "/ResourceTypes": discovery("listResourceTypes", "The resource types", "ResourceTypeList"),
            "/ResourceTypes/{name}": discovery("getResourceType", "One resource type", "ResourceType", ["name"]),
            "/Schemas": discovery("listSchemas", "The schemas", "SchemaList"),
            "/Schemas/{urn}": discovery("getSchema", "One schema", "Schema", ["urn"]),
        },
        "components": {
            "schemas": components,
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {f"Refused{status}": refusal(status) for status in ERRORS},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "A token of `provost token create`."}},
        },
    }


def main():
    made = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        fresh = RESULT.is_file() and RESULT.read_text() == made
        print(f"{RESULT.name} is {'what make.py makes' if fresh else 'stale: run python3 docs/openapi/make.py'}")
        return 0 if fresh else 1
    RESULT.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
