//! Filter and PATCH path texts: which are accepted, and which are refused, where and why.
//!
//! Seen to fail: `and` and `or` swapped in the grammar; `not` taken for a keyword without a parenthesis; a URN split at
//! its first colon; a surrogate pair with two high halves; a leading zero; 1e400 accepted; a control character or
//! U+0000 in a text; `eq(5)` accepted; trailing text; `[ ]` inside `[ ]`; a limit off by one; parentheses or terms not
//! counted; the offset of a literal taken at its end; a span that is too long; a leniency that is not reported.

use provost_core::Limits;
use provost_core::filter::{CompareOp, Filter, Leniencies, Literal, PatchPath, Syntax};
use provost_core::path::Span;
use provost_core::value::Number;

fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|e: provost_core::filter::FilterError| panic!("{}", e.caret(text)))
}

/// The filter with explicit parentheses around each operator's operands.
fn shape(filter: &Filter) -> String {
    let list =
        |all: &[Filter], word: &str| format!("({})", all.iter().map(shape).collect::<Vec<_>>().join(word));
    match filter {
        Filter::And(all) => list(all, " and "),
        Filter::Or(all) => list(all, " or "),
        Filter::Not(inner) => format!("not{}", shape(inner)),
        Filter::ValuePath { path, filter } => format!("{path}[{}]", shape(filter)),
        leaf => leaf.to_string(),
    }
}

#[test]
fn precedence_is_grouping_not_and_or() {
    for (text, expected) in [
        ("a pr", "a pr"),
        ("a pr or b pr and c pr", "(a pr or (b pr and c pr))"),
        ("a pr and b pr or c pr", "((a pr and b pr) or c pr)"),
        ("(a pr or b pr) and c pr", "((a pr or b pr) and c pr)"),
        ("not (a pr) and b pr", "(nota pr and b pr)"),
        ("not(a pr or b pr) AND c pr Or d pr", "((not(a pr or b pr) and c pr) or d pr)"),
        ("a pr and b pr and c pr", "(a pr and b pr and c pr)"),
        ("a pr and (b pr and c pr)", "(a pr and (b pr and c pr))"),
        ("(((a pr)))", "a pr"),
        ("  ( a pr   or  NOT  ( b pr ) )  ", "(a pr or notb pr)"),
        ("x[a pr or b pr and not (c pr)]", "x[(a pr or (b pr and notc pr))]"),
        ("x[ a pr ] and b pr", "(x[a pr] and b pr)"),
    ] {
        assert_eq!(shape(&parse(text)), expected, "{text}");
    }
}

#[test]
fn keywords_are_attribute_names_too() {
    for text in [
        "not pr",
        "and pr",
        "or eq \"x\"",
        "pr pr",
        "eq eq \"eq\"",
        "not pr and not pr or and pr",
        "not (not pr)",
        "nothing pr",
        "x[not pr and and pr]",
        "urn pr",
        "null eq null",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn paths_are_split() {
    for (text, schema, name, sub) in [
        ("userName", None, "userName", None),
        ("name.givenName", None, "name", Some("givenName")),
        ("members.$ref", None, "members", Some("$ref")),
        ("a-b_c$1.d-2", None, "a-b_c$1", Some("d-2")),
        ("urn:example:2.0:User:userName", Some("urn:example:2.0:User"), "userName", None),
        ("URN:Example:2.0:User:name.x", Some("URN:Example:2.0:User"), "name", Some("x")),
        ("urn:example:a/b@c%20:x", Some("urn:example:a/b@c%20"), "x", None),
    ] {
        let Filter::Present(path) = parse(&format!("{text} pr")) else { panic!("{text}") };
        assert_eq!((path.schema.as_deref(), &*path.name, path.sub.as_deref()), (schema, name, sub), "{text}");
        assert_eq!((path.span.start, path.span.end), (0, text.len()), "{text}");
    }
}

#[test]
fn spans_are_bytes_of_the_text() {
    let text = "a eq \"é\" and ( b ne 1.5 or c[d eq null] )";
    let Filter::And(parts) = parse(text) else { panic!() };
    let Filter::Or(inner) = &parts[1] else { panic!() };
    let Filter::ValuePath { path: c, filter } = &inner[1] else { panic!() };
    let part = |span: Span| text.get(span.start..span.end).unwrap();
    let mut seen = vec![part(c.span)];
    for comparison in [&parts[0], &inner[0], filter] {
        let Filter::Compare { path, at, .. } = comparison else { panic!() };
        seen.extend([part(path.span), part(at.0)]);
    }
    assert_eq!(seen, ["c", "a", "\"é\"", "b", "1.5", "d", "null"]);
}

#[test]
fn every_operator_in_any_case() {
    for op in CompareOp::ALL {
        for word in [op.as_str().to_owned(), op.as_str().to_uppercase()] {
            let Filter::Compare { op: read, .. } = parse(&format!("a {word} 1")) else { panic!("{word}") };
            assert_eq!(read, op);
        }
    }
}

#[test]
fn literals_are_json() {
    let int = |n| Literal::Number(Number::Int(n));
    let float = |x| Literal::Number(Number::Float(x));
    let text = |s: &str| Literal::String(s.into());
    for (literal, expected) in [
        ("true", Literal::Bool(true)),
        ("false", Literal::Bool(false)),
        ("null", Literal::Null),
        ("0", int(0)),
        ("-0", int(0)),
        ("-5", int(-5)),
        ("9223372036854775807", int(i64::MAX)),
        ("-9223372036854775808", int(i64::MIN)),
        ("2.50", float(2.5)),
        ("3e1", float(30.0)),
        ("3E+1", float(30.0)),
        ("-1.5e-7", float(-1.5e-7)),
        ("1e308", float(1e308)),
        ("-1e309", Literal::OutOfRange("-1e309".into())),
        ("9223372036854775808", Literal::OutOfRange("9223372036854775808".into())),
        (r#""""#, text("")),
        (r#""a b) and ] pr""#, text("a b) and ] pr")),
        (r#""q\" s\\ \/ \b\f\n\r\t""#, text("q\" s\\ / \u{8}\u{c}\n\r\t")),
        (r#""\u00e9\u00E9é""#, text("ééé")),
        (r#""\ud83d\ude00""#, text("😀")),
        ("\"\u{7f}\u{2028}😀\"", text("\u{7f}\u{2028}😀")),
    ] {
        let Filter::Compare { value, .. } = parse(&format!("a eq {literal}")) else { panic!("{literal}") };
        assert_eq!(value, expected, "{literal}");
    }
    assert_eq!(parse(r#"a eq"x""#), parse(r#"a eq "x""#));
}

fn refusal(text: &str, syntax: Syntax) -> (usize, String) {
    let e = Filter::parse(text, &Limits::default(), syntax).expect_err(text);
    (e.offset(), e.to_string())
}

/// Each row: the text, the byte, what was expected there, what was found.
fn check_refused(table: &[(&str, usize, &str, &str)], refusal: impl Fn(&str) -> (usize, String)) {
    for (text, byte, expected, found) in table {
        let (offset, said) = refusal(text);
        assert_eq!(offset, *byte, "{text}: {said}");
        assert!(said.starts_with(&format!("expected {expected}")), "{text}: {said}");
        assert!(said.ends_with(&format!(" at byte {byte}, found {found}")), "{text}: {said}");
    }
}

const JSON: &str = "a JSON literal (quoted string, number, true, false or null)";
const OPERATOR: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
const GAP: &str = "a space and an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
const END: &str = "`and`, `or` or the end of the filter";

#[test]
fn refusals_say_where_and_what() {
    check_refused(
        &[
            ("", 0, "an attribute name", "the end"),
            ("   ", 3, "an attribute name", "the end"),
            ("userName", 8, GAP, "the end"),
            ("userName ", 9, OPERATOR, "the end"),
            ("userName zz \"a\"", 9, OPERATOR, "`zz`"),
            ("userName regex \"x\"", 9, OPERATOR, "`regex`"),
            ("userName == \"x\"", 9, OPERATOR, "`==`"),
            ("userName\u{a0}pr", 8, GAP, "`\\u{a0}`"),
            ("userName\tpr", 8, GAP, "`\\t`"),
            ("userName=\"x\"", 8, GAP, "`=\"x\"`"),
            ("user name eq \"x\"", 5, OPERATOR, "`name`"),
            ("userName eq", 11, "a space and a JSON literal", "the end"),
            ("userName eq ", 12, JSON, "the end"),
            ("userName eq5", 9, OPERATOR, "`eq5`"),
            ("userName eq(5)", 11, "a space and a JSON literal", "`(`"),
            ("userName eq a", 12, JSON, "`a`"),
            ("userName eq 'x y'", 12, JSON, "`'x`"),
            ("userName eq [\"a\"]", 12, JSON, "`[`"),
            ("active eq True", 10, JSON, "`True`"),
            ("active eq truest", 10, JSON, "`truest`"),
            ("age eq 030", 7, JSON, "`030`"),
            ("age eq .5", 7, JSON, "`.5`"),
            ("age eq 5.", 7, JSON, "`5.`"),
            ("age eq +5", 7, JSON, "`+5`"),
            ("age eq 1e", 7, JSON, "`1e`"),
            ("age eq -", 7, JSON, "`-`"),
            ("age eq 0x10", 7, JSON, "`0x10`"),
            ("age eq NaN", 7, JSON, "`NaN`"),
            ("a eq \"é", 8, "a closing quotation mark", "the end"),
            ("a eq \"x\\", 7, "one of the escapes", "`\\`"),
            ("a eq \"\\x\"", 6, "one of the escapes", "`\\x\"`"),
            ("a eq \"\\u12g4\"", 6, "one of the escapes", "`\\u12g4\"`"),
            // a control character takes six characters in a message: one is enough
            ("a eq \"\\u\u{1d}\u{1d}\u{1d}\"", 6, "one of the escapes", "`\\u`"),
            ("a eq \"\\u00\"", 6, "one of the escapes", "`\\u00\"`"),
            ("a eq \"x\\u0000\"", 7, "any character but U+0000", "`\\u0000\"`"),
            ("a eq \"\\ud83d\"", 6, "a pair of surrogates", "`\\ud83d\"`"),
            ("a eq \"\\ud83dx\\ude00\"", 6, "a pair of surrogates", "`\\ud83dx\\ude00\"`"),
            ("a eq \"\\ude00\"", 6, "a pair of surrogates", "`\\ude00\"`"),
            ("a eq \"\\ud83d\\ud83d\"", 6, "a pair of surrogates", "`\\ud83d\\ud83d\"`"),
            ("a eq \"x\ny\"", 7, "an escape (`\\n`, `\\u000a`) in place of a control character", "`\\n`"),
            ("a eq \"x\0\"", 7, "an escape", "`\\u{0}`"),
            ("a eq \"b\" \"c\"", 9, END, "`\"c\"`"),
            ("a eq \"b\"\"c\"", 8, END, "`\"c\"`"),
            ("a eq \"b\"; drop table users", 8, END, "`;`"),
            ("a eq \"b\")", 8, END, "`)`"),
            ("a pr \"x\"", 5, END, "`\"x\"`"),
            ("a pr b pr", 5, END, "`b`"),
            ("a pr andb pr", 5, END, "`andb`"),
            ("a pr and", 8, "a space and another expression", "the end"),
            ("a pr and ", 9, "an attribute name", "the end"),
            ("a pr and(b pr)", 8, "a space and another expression", "`(`"),
            ("a pr or or b pr", 11, OPERATOR, "`b`"),
            ("(a pr)and b pr", 6, END, "`and`"),
            ("and a pr", 4, OPERATOR, "`a`"),
            ("not a eq \"x\"", 4, "`(` after `not`, or an operator", "`a`"),
            ("not", 3, GAP, "the end"),
            ("a not eq \"x\"", 2, OPERATOR, "`not`"),
            ("()", 1, "an attribute name", "`)`"),
            ("(a pr", 5, "`and`, `or` or `)`", "the end"),
            ("(a pr]", 5, "`and`, `or` or `)`", "`]`"),
            ("not (a pr", 9, "`and`, `or` or `)`", "the end"),
            ("\"x\" eq userName", 0, "an attribute name", "`\"x\"`"),
            (".userName pr", 0, "an attribute name", "`.userName`"),
            ("1a pr", 0, "an attribute name", "`1a`"),
            ("é pr", 0, "an attribute name", "`é`"),
            ("userName..x pr", 9, "the name of a sub-attribute", "`.x`"),
            ("userName. pr", 9, "the name of a sub-attribute", "a space"),
            ("a.b.c pr", 3, GAP, "`.c`"),
            ("User:userName pr", 0, "a schema URN and an attribute name", "`User:userName`"),
            (
                "http://example.com/x:foo pr",
                0,
                "a schema URN and an attribute name",
                "`http://example.com/x:foo`",
            ),
            ("urn:x:foo pr", 0, "a schema URN and an attribute name", "`urn:x:foo`"),
            ("urn:ex:a:2.0:User: pr", 18, "an attribute name", "a space"),
            ("urn:ex:a:2.0 pr", 9, "an attribute name", "`2.0`"),
            ("emails[]", 7, "the name of a sub-attribute", "`]`"),
            ("emails[type eq \"work\"", 21, "`and`, `or` or `]`", "the end"),
            ("emails[type eq \"work\")", 21, "`and`, `or` or `]`", "`)`"),
            ("emails type eq \"work\"]", 7, OPERATOR, "`type`"),
            ("emails [type pr]", 7, OPERATOR, "`[`"),
            ("emails[ims[type pr]]", 10, "a space and an operator (`[ ]` cannot be nested", "`[`"),
            ("emails[a.b pr]", 7, "just the name of a sub-attribute", "`a.b`"),
            ("emails[urn:a:b:c pr]", 7, "just the name of a sub-attribute", "`urn:a:b:c`"),
            ("emails.type[type pr]", 11, "a space and an operator (`[ ]` cannot follow", "`[`"),
            ("emails[a pr].value eq \"x\"", 12, "a space or the end (only a PATCH path", "`.value`"),
            ("emails[a pr] eq \"x\"", 13, END, "`eq`"),
            ("emails[a pr]b pr", 12, END, "`b`"),
        ],
        |text| refusal(text, Syntax::default()),
    );
}

#[test]
fn what_was_found_is_cut_and_made_visible() {
    let (_, said) = refusal(&format!("a eq {}", "é".repeat(500)), Syntax::default());
    assert!(said.ends_with(&format!("`{}…`", "é".repeat(80))), "{said}");
    let (_, said) = refusal("a\u{1b}[31m pr", Syntax::default());
    assert!(said.ends_with("found `\\u{1b}`"), "{said}");
}

fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

#[test]
fn limits_hold_to_the_unit() {
    let said = |text: &str, limits: &Limits| match Filter::parse(text, limits, Syntax::default()) {
        Ok(_) => "read".to_owned(),
        Err(e) => e.to_string(),
    };
    let three = limits(|l| l.filter_depth = 3);
    assert_eq!(said("(not (x[a pr]))", &three), "read");
    assert_eq!(said("(not (x[(a pr)]))", &three), "brackets are nested deeper than 3 levels at byte 8");
    assert_eq!(said("((((", &three), "brackets are nested deeper than 3 levels at byte 3");
    assert_eq!(said("a pr", &limits(|l| l.filter_depth = 0)), "read");

    // the constant limits recursion whatever the setting
    let unlimited = limits(|l| l.filter_depth = usize::MAX);
    let deep = |n: usize| format!("{}a pr{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(said(&deep(32), &unlimited), "read");
    assert_eq!(said(&deep(33), &unlimited), "brackets are nested deeper than 32 levels at byte 32");

    let terms = limits(|l| l.filter_terms = 3);
    assert_eq!(said("a pr or x[b pr and c eq 1]", &terms), "read");
    assert_eq!(said("a pr or x[b pr and c eq 1] or d pr", &terms), "there are more than 3 terms at byte 30");

    let bytes = limits(|l| l.filter_bytes = 4);
    assert_eq!(said("a pr", &bytes), "read");
    assert_eq!(said("ab pr", &bytes), "the filter of 5 bytes exceeds the limit of 4 at byte 4");

    let path = limits(|l| l.path_bytes = 4);
    assert!(PatchPath::parse("name", &path, Syntax::default()).is_ok());
    let e = PatchPath::parse("names", &path, Syntax::default()).unwrap_err();
    assert_eq!(e.to_string(), "the path of 5 bytes exceeds the limit of 4 at byte 4");
}

/// Seen to fail: with bare words that must begin with a letter or digit and end at any punctuation, and with one that
/// swallows the following bracket.
#[test]
fn leniencies_are_switches_and_are_reported() {
    let off = Syntax::default();
    let mut bare_words = off;
    bare_words.bare_words = true;
    let mut literal_case = off;
    literal_case.literal_case = true;
    let mut compared = off;
    compared.compared_value_path = true;
    let used = |set: fn(&mut Leniencies)| {
        let mut used = Leniencies::default();
        set(&mut used);
        used
    };
    let bare = used(|u| u.bare_words = true);
    let case = used(|u| u.literal_case = true);
    let path = used(|u| u.compared_value_path = true);
    for (text, syntax, read, reported) in [
        ("id eq 54D3-a and b eq 1", bare_words, r#"id eq "54D3-a" and b eq 1"#, bare),
        ("(id eq ümit@example.com)", bare_words, r#"(id eq "ümit@example.com")"#, bare),
        ("id eq True", bare_words, r#"id eq "True""#, bare),
        ("a eq D'ORSEL", bare_words, r#"a eq "D'ORSEL""#, bare),
        ("a eq _svc-backup or b pr", bare_words, r#"a eq "_svc-backup" or b pr"#, bare),
        ("(a eq #x)", bare_words, r##"(a eq "#x")"##, bare),
        ("a eq -5a and b eq +x", bare_words, r#"a eq "-5a" and b eq "+x""#, bare),
        ("a eq .5", bare_words, r#"a eq ".5""#, bare),
        ("e[a eq {b},c;d\\\"e\"]", bare_words, r#"e[a eq "{b},c;d\\\"e\""]"#, bare),
        ("a eq true, or b eq null'", bare_words, r#"a eq "true," or b eq "null'""#, bare),
        ("a eq 😀@例え.jp", bare_words, r#"a eq "😀@例え.jp""#, bare),
        ("a eq TRUE", literal_case, "a eq true", case),
        ("a eq Null or b eq False", literal_case, "a eq null or b eq false", case),
        (r#"e[t eq "w"].value eq "x""#, compared, r#"e[t eq "w" and value eq "x"]"#, path),
        (r#"e[t eq "w"] eq "x""#, compared, r#"e[t eq "w" and value eq "x"]"#, path),
        (
            r#"e[t eq "w" and p eq true].display sw "x" and b pr"#,
            compared,
            r#"e[t eq "w" and p eq true and display sw "x"] and b pr"#,
            path,
        ),
        (r#"e[a pr or b pr].value pr"#, compared, r#"e[(a pr or b pr) and value pr]"#, path),
    ] {
        let (filter, used) =
            Filter::parse(text, &Limits::default(), syntax).unwrap_or_else(|e| panic!("{}", e.caret(text)));
        assert_eq!(filter, parse(read), "{text}");
        assert_eq!(used, reported, "{text}");
        assert!(Filter::parse(text, &Limits::default(), off).is_err(), "{text} is read without its switch");
        let (_, unused) = Filter::parse(read, &Limits::default(), syntax).unwrap();
        assert_eq!(unused, Leniencies::default(), "{read}");
    }
}

#[test]
fn leniency_has_its_own_bounds() {
    let mut all = Syntax::default();
    (all.bare_words, all.literal_case, all.compared_value_path) = (true, true, true);
    check_refused(
        &[
            ("a eq 'x'", 5, JSON, "`'x'`"),
            ("a eq [1]", 5, JSON, "`[`"),
            ("a eq '", 5, JSON, "`'`"),
            ("a eq “x”", 5, JSON, "`“x”`"),
            ("a eq «x»", 5, JSON, "`«x»`"),
            ("a eq \"b", 7, "a closing quotation mark", "the end"),
            ("a eq \"b\"c", 8, END, "`c`"),
            ("a eq b c", 7, END, "`c`"),
            ("a eq b(c)", 6, END, "`(`"),
            ("a eq b[c]", 6, END, "`[`"),
            ("a eq b\u{a0}c", 6, END, "`\\u{a0}`"),
            ("a eq b\u{7}", 6, END, "`\\u{7}`"),
            ("e[a pr].1 eq 2", 8, "the name of a sub-attribute", "`1`"),
            ("e[a pr].b", 9, GAP, "the end"),
            ("e[a pr] pr", 8, END, "`pr`"),
            ("e[a pr].b.c pr", 9, GAP, "`.c`"),
        ],
        |text| refusal(text, all),
    );
}

fn path(text: &str) -> PatchPath {
    PatchPath::parse(text, &Limits::default(), Syntax::default())
        .unwrap_or_else(|e| panic!("{}", e.caret(text)))
        .0
}

#[test]
fn patch_paths() {
    for (text, schema, name, sub, filter, behind) in [
        ("userName", None, "userName", None, None, None),
        ("name.givenName", None, "name", Some("givenName"), None, None),
        (r#"emails[type eq "work"].value"#, None, "emails", None, Some(r#"type eq "work""#), Some("value")),
        (r#"members[value eq"2819"]"#, None, "members", None, Some(r#"value eq "2819""#), None),
        ("tags[ value pr ].$ref", None, "tags", None, Some("value pr"), Some("$ref")),
        ("urn:ex:a:2.0:User:manager.value", Some("urn:ex:a:2.0:User"), "manager", Some("value"), None, None),
        (
            "urn:ex:a:2.0:User:rooms[number eq 5].building",
            Some("urn:ex:a:2.0:User"),
            "rooms",
            None,
            Some("number eq 5"),
            Some("building"),
        ),
        ("urn:ex:a:2.0:User", Some("urn:ex:a:2.0"), "User", None, None, None),
        ("urn:ex:badges:1.0", Some("urn:ex:badges"), "1.0", None, None, None),
        ("urn:ex:badges:v1.0.2", Some("urn:ex:badges"), "v1.0.2", None, None, None),
        ("urn:ex:badges", Some("urn:ex"), "badges", None, None, None),
    ] {
        let p = path(text);
        assert_eq!(
            (p.path.schema.as_deref(), &*p.path.name, p.path.sub.as_deref()),
            (schema, name, sub),
            "{text}"
        );
        assert_eq!(p.filter.as_deref().map(ToString::to_string).as_deref(), filter, "{text}");
        assert_eq!(p.sub.as_deref(), behind, "{text}");
        assert_eq!(path(&p.to_string()), p, "{text}");
    }
}

#[test]
fn refused_patch_paths() {
    const NAME: &str = "an attribute name";
    const END: &str = "the end of the path";
    check_refused(
        &[
            ("", 0, NAME, "the end"),
            (" name", 0, NAME, "a space"),
            ("/name/givenName", 0, NAME, "`/name/givenName`"),
            ("name/givenName", 4, END, "`/givenName`"),
            ("name ", 4, END, "a space"),
            ("name eq \"x\"", 4, "a filter in brackets, like `emails[type eq \"work\"]`", "a space"),
            ("emails.type eq \"w\"", 11, "the filter in brackets, `emails[type eq \"w\"]`", "a space"),
            ("emails.primary pr", 14, "the filter in brackets, `emails[primary pr]`", "a space"),
            ("emails type eq \"w\"", 6, "the filter in brackets, `emails[type eq \"w\"]`", "a space"),
            ("emails(type eq \"w\")", 6, "the filter in brackets, `emails[type eq \"w\"]`", "`(`"),
            ("emails (a pr)", 6, "the filter in brackets, `emails[a pr]`", "a space"),
            (
                "urn:ex:a:rooms.a eq 1 and not (urn:EX:a:Rooms.b pr)",
                16,
                "the filter in brackets, `urn:ex:a:rooms[a eq 1 and not (b pr)]`",
                "a space",
            ),
            ("emails.a pr or name.b pr", 8, "a filter in brackets, like", "a space"),
            ("emails.a b", 8, END, "a space"),
            ("emails.a eq x", 8, END, "a space"),
            ("name.", 5, "the name of a sub-attribute", "the end"),
            ("name.a.b", 6, END, "`.b`"),
            ("emails[]", 7, "the name of a sub-attribute", "`]`"),
            ("emails[0].value", 7, "the name of a sub-attribute", "`0`"),
            ("emails.value[type pr]", 12, END, "`[`"),
            ("emails[type eq \"work\"", 21, "`and`, `or` or `]`", "the end"),
            ("emails[type eq work].value", 15, JSON, "`work`"),
            ("emails[type pr]value", 15, "`.` and a sub-attribute, or the end of the path", "`value`"),
            ("emails[type pr].value.x", 21, END, "`.x`"),
            ("emails[type pr] eq \"x\"", 15, "`.` and a sub-attribute, or the end of the path", "a space"),
            ("emails[type pr][type pr]", 15, "`.` and a sub-attribute", "`[`"),
            ("User:name", 0, "a schema URN", "`User:name`"),
            ("urn:User", 0, "a schema URN", "`urn:User`"),
            ("urn:", 0, "a schema URN", "`urn:`"),
            ("urn::", 0, "a schema URN", "`urn::`"),
            ("urn:ex:a:", 9, NAME, "the end"),
        ],
        |text| {
            let e = PatchPath::parse(text, &Limits::default(), Syntax::default()).expect_err(text);
            (e.offset(), e.to_string())
        },
    );
}

#[test]
fn path_leniencies_are_reported() {
    let mut syntax = Syntax::default();
    syntax.bare_words = true;
    let (p, used) = PatchPath::parse("emails[type eq work].value", &Limits::default(), syntax).unwrap();
    assert_eq!(p, path(r#"emails[type eq "work"].value"#));
    assert!(used.bare_words && !used.literal_case);
    let (p, _) =
        PatchPath::parse("emails[value eq d'o_r+#@x.org].value", &Limits::default(), syntax).unwrap();
    assert_eq!(p, path(r#"emails[value eq "d'o_r+#@x.org"].value"#));
}
