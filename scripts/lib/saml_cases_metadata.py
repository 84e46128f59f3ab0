"""What identity providers publish about themselves."""

from saml_messages import DSIG, ENTRA, KEYCLOAK, TENANT

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


def key(certificate, use=' use="signing"'):
    return (f'<KeyDescriptor{use}><KeyInfo xmlns="{DSIG}"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data>'
            "</KeyInfo></KeyDescriptor>")


# Where people sign in, and in whose name, in the clouds of Entra: worldwide, for the government of the United States, in China. The
# second one's tokens have the issuer of the first.
CLOUDS = {
    "worldwide": ("login.microsoftonline.com", "sts.windows.net"),
    "us-government": ("login.microsoftonline.us", "sts.windows.net"),
    "china": ("login.partner.microsoftonline.cn", "sts.chinacloudapi.cn"),
}

FEDERATION = "http://docs.oasis-open.org/wsfed/federation/200706"


def of_entra(host, issuer, own, tenants):
    """All that Entra publishes at an App Federation Metadata Url: beside what is for SAML, with the certificates of the application, two
    parts for WS-Federation and a signature, here with the certificate of somebody else."""
    wsfed, issuer = f"https://{host}/{TENANT}/wsfed", f"https://{issuer}/{TENANT}/"
    at = lambda address: f'<wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Address>{address}</wsa:Address></wsa:EndpointReference>'
    claim = lambda uri, name: (f'<auth:ClaimType Uri="{uri}" xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706"><auth:DisplayName>{name}'
                               f"</auth:DisplayName><auth:Description>{name} of the user.</auth:Description></auth:ClaimType>")
    role = lambda kind, inner: (f'<RoleDescriptor xsi:type="fed:{kind}Type" protocolSupportEnumeration="{FEDERATION}" xmlns:xsi="http://www.w3.org/2001/'
                                f'XMLSchema-instance" xmlns:fed="{FEDERATION}">{key(tenants)}{inner}</RoleDescriptor>')
    offered = "".join([claim("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "Name"),
                       claim("http://schemas.microsoft.com/identity/claims/tenantid", "Tenant ID"),
                       claim("http://schemas.microsoft.com/identity/claims/objectidentifier", "Object Identifier")])
    digest = (f'<Reference URI="#_3c1e7b52-9d0a-4f6c-8e21-5a4b90c7d316"><Transforms><Transform Algorithm="{DSIG}enveloped-signature"/><Transform Algorithm="'
              'http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
              "<DigestValue>QUJD</DigestValue></Reference>")
    signature = (f'<Signature xmlns="{DSIG}"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod '
                 f'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>{digest}</SignedInfo><SignatureValue>QUJD</SignatureValue><KeyInfo>'
                 f"<X509Data><X509Certificate>{tenants}</X509Certificate></X509Data></KeyInfo></Signature>")
    services = "".join(f'<{name}Service Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{binding}" Location="https://{host}/{TENANT}/saml2"/>'
                       for name, binding in (("SingleLogout", "Redirect"), ("SingleSignOn", "Redirect"), ("SingleSignOn", "POST")))
    return (f'<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_3c1e7b52-9d0a-4f6c-8e21-5a4b90c7d316" entityID="{issuer}" xmlns="{MD}">{signature}'
            + role("SecurityTokenService", f"<fed:ClaimTypesOffered>{offered}</fed:ClaimTypesOffered><fed:SecurityTokenServiceEndpoint>{at(wsfed)}"
                   f"</fed:SecurityTokenServiceEndpoint><fed:PassiveRequestorEndpoint>{at(wsfed)}</fed:PassiveRequestorEndpoint>")
            + role("ApplicationService", f"<fed:TargetScopes>{at(issuer)}</fed:TargetScopes><fed:ApplicationServiceEndpoint>{at(wsfed)}"
                   f"</fed:ApplicationServiceEndpoint><fed:PassiveRequestorEndpoint>{at(wsfed)}</fed:PassiveRequestorEndpoint>")
            + f'<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{"".join(key(one) for one in own)}{services}'
              "</IDPSSODescriptor></EntityDescriptor>")


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
    for cloud, (host, issuer) in CLOUDS.items():
        add(f"ok-entra-{cloud}", "accept", of_entra(host, issuer, (certificate("entra-1"), certificate("entra-2")), certificate("attacker")))
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
