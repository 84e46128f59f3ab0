"""What identity providers publish about themselves."""

from saml_messages import DSIG, ENTRA, KEYCLOAK, TENANT

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


def key(certificate, use=' use="signing"'):
    return (f'<KeyDescriptor{use}><KeyInfo xmlns="{DSIG}"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data>'
            "</KeyInfo></KeyDescriptor>")


def metadata(corpus):
    certificate = corpus.keys.certificate
    first, second = key(certificate("entra-1")), key(certificate("entra-2"))
    login = f"https://login.microsoftonline.com/{TENANT}/saml2"
    services = (f'<SingleLogoutService Binding="{REDIRECT}" Location="{login}"/>'
                f'<SingleSignOnService Binding="{REDIRECT}" Location="{login}"/>'
                f'<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{login}"/>')
    # Entra puts its parts for WS-Federation, with certificates of their own, before those for SAML, and a signature before all
    federation = ('<RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/'
                  'federation/200706" xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/'
                  f'federation/200706">{key(certificate("attacker"))}</RoleDescriptor>')
    signature = f'<Signature xmlns="{DSIG}"><SignedInfo/><SignatureValue/>{key(certificate("attacker"))[27:-16]}</Signature>'
    idp = lambda inner: f'<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{inner}</IDPSSODescriptor>'
    entity = lambda inner, id=ENTRA, more="": f'<EntityDescriptor ID="_m1" entityID="{id}"{more} xmlns="{MD}">{inner}</EntityDescriptor>'
    good = entity(signature + federation + idp(first + second + services))

    def add(name, verdict, xml, setup="entra"):
        corpus.add(f"metadata-{name}", verdict, xml, setup, suffix="md.xml")

    add("ok-entra", "accept", good)
    add("ok-byte-order-mark", "accept", "\ufeff" + '<?xml version="1.0" encoding="utf-8"?>' + good)
    add("ok-any-use", "accept", entity(idp(key(certificate("entra-1"), "") + key(certificate("attacker"), ' use="encryption"') + services)))
    add("ok-same-certificate-twice", "accept", entity(idp(first + first + services)))
    add("ok-lines-and-comments", "accept", entity("<!-- made by hand -->" + idp(key("\n".join([certificate("keycloak")[:64], certificate("keycloak")[64:]])) + services), KEYCLOAK))
    add("ok-expired-certificate", "accept", entity(idp(key(certificate("expired")) + services)))
    add("ok-valid-until", "accept", entity(idp(first + services), more=' validUntil="2026-03-01T12:00:01Z"'))
    add("no-certificate", "no-certificate", entity(idp(services)))
    add("encryption-alone", "no-certificate", entity(idp(key(certificate("entra-1"), ' use="encryption"') + services)))
    add("certificate-elsewhere", "no-certificate", entity(federation + idp(services)))
    add("any-tenant", "entity-id", good.replace(ENTRA, "https://sts.windows.net/{tenantid}/"))
    add("any-tenant-elsewhere", "entity-id", good.replace(ENTRA, "https://idp.example/{tenant}"))
    add("common", "entity-id", good.replace(ENTRA, "https://sts.windows.net/common/"))
    add("no-entity-id", "entity-id", good.replace(f' entityID="{ENTRA}"', ""))
    add("http", "location", good.replace(f'SingleSignOnService Binding="{REDIRECT}" Location="https', f'SingleSignOnService Binding="{REDIRECT}" Location="http'))
    add("http-logout", "location", good.replace(f'SingleLogoutService Binding="{REDIRECT}" Location="https', f'SingleLogoutService Binding="{REDIRECT}" Location="http'))
    add("script", "location", good.replace(login, "javascript:alert(1)"))
    add("post-alone", "location", good.replace(f'<SingleSignOnService Binding="{REDIRECT}" Location="{login}"/>', ""))
    add("outdated", "outdated", entity(idp(first + services), more=' validUntil="2026-03-01T12:00:00Z"'))
    add("outdated-role", "outdated", good.replace("<IDPSSODescriptor ", '<IDPSSODescriptor validUntil="2026-02-01T00:00:00Z" '))
    add("valid-until-words", "time", entity(idp(first + services), more=' validUntil="always"'))
    add("small-key", "bad-certificate", entity(idp(key(certificate("small")) + services)))
    add("curve", "bad-certificate", entity(idp(key(certificate("curve")) + services)))
    add("garbage", "bad-certificate", entity(idp(key("AAAA") + services)))
    add("garbage-beside", "bad-certificate", entity(idp(first + key("%%%") + services)))
    add("service-provider", "not-metadata", good.replace("IDPSSODescriptor", "SPSSODescriptor"))
    add("many", "not-metadata", f'<EntitiesDescriptor xmlns="{MD}">{good}</EntitiesDescriptor>')
    add("nested", "not-metadata", entity(idp(first + services) + good))
    add("html", "not-metadata", "<html><body>Not found</body></html>")
    add("doctype", "doctype", f"<!DOCTYPE EntityDescriptor>{good}")
    add("deep", "too-complex", "<a>" * 70)
    add("utf16", "encoding", good.encode("utf-16"))
    add("truncated", "not-xml", good[:-9])
    add("empty", "not-xml", "")
    add("large", "too-large", good, "padded")
