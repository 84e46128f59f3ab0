//! An item as text: what its users see, without bodies, documentation and private parts.

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Visibility};

/// The item, one line for each part.
pub(crate) fn item(item: &Item) -> Vec<String> {
    match item {
        Item::Struct(s) => {
            let mut shown = s.clone();
            shown.attrs = kept(&s.attrs);
            let fields = fields(&mut shown.fields);
            shown.fields = Fields::Unit;
            shown.semi_token = None;
            lines(&shown, fields)
        }
        Item::Enum(e) => {
            let mut shown = e.clone();
            shown.attrs = kept(&e.attrs);
            shown.variants.clear();
            let variants = e.variants.iter().map(|variant| {
                let mut variant = variant.clone();
                variant.attrs.clear();
                for field in &mut variant.fields {
                    field.attrs.clear();
                }
                text(&variant)
            });
            lines(&shown, variants.collect())
        }
        Item::Trait(t) => {
            let mut shown = t.clone();
            shown.attrs = kept(&t.attrs);
            shown.items.clear();
            let items = t.items.iter().map(|item| match item {
                TraitItem::Fn(f) if f.default.is_some() => format!("{} {{ .. }}", text(&f.sig)),
                TraitItem::Fn(f) => text(&f.sig),
                TraitItem::Type(t) => format!("type {}: {}", t.ident, text(&t.bounds)),
                other => text(other),
            });
            lines(&shown, items.collect())
        }
        Item::Fn(f) => vec![format!("pub {}", text(&f.sig))],
        Item::Const(c) => vec![format!("pub const {}: {}", c.ident, text(&c.ty))],
        Item::Type(t) => vec![format!("pub type {}{} = {}", t.ident, text(&t.generics), text(&t.ty))],
        // what a macro writes: its arguments, without string literals
        Item::Macro(m) => {
            let whole: String = m.mac.tokens.to_string().split('"').step_by(2).collect();
            whole
                .split(';')
                .map(|part| tidy(&without_attributes(part)))
                .filter(|line| !line.is_empty())
                .collect()
        }
        other => vec![text(other)],
    }
}

/// What an `impl` adds to its type.
pub(crate) fn implementation(of: &ItemImpl) -> Vec<String> {
    if let Some((_, path, _)) = &of.trait_ {
        return vec![format!("impl{} {} for {}", text(&of.generics), text(path), text(&of.self_ty))];
    }
    let public = of.items.iter().filter_map(|item| match item {
        ImplItem::Fn(f) if is_public(&f.vis) => Some(format!("pub {}", text(&f.sig))),
        ImplItem::Const(c) if is_public(&c.vis) => Some(format!("pub const {}: {}", c.ident, text(&c.ty))),
        _ => None,
    });
    public.collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The public fields, and `..` for the others.
fn fields(fields: &mut Fields) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    let mut hidden = false;
    for field in fields.iter_mut() {
        field.attrs.clear();
        match is_public(&field.vis) {
            true => shown.push(text(field)),
            false => hidden = true,
        }
    }
    shown.extend(hidden.then(|| "..".to_owned()));
    shown
}

fn lines(head: &impl ToTokens, parts: Vec<String>) -> Vec<String> {
    let head = text(head).replace("{ }", "").replace("{}", "").trim_end_matches([' ', ';']).to_owned();
    std::iter::once(head).chain(parts.into_iter().map(|part| format!("    {part}"))).collect()
}

/// The attributes that change how a type may be used.
fn kept(attributes: &[Attribute]) -> Vec<Attribute> {
    let kept = |a: &&Attribute| a.path().is_ident("non_exhaustive") || a.path().is_ident("derive");
    attributes.iter().filter(kept).cloned().collect()
}

fn without_attributes(tokens: &str) -> String {
    tokens.split("# [").map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

pub(crate) fn text(tokens: &impl ToTokens) -> String {
    tidy(&tokens.to_token_stream().to_string())
}

/// Tokens with the spaces that people write.
fn tidy(tokens: &str) -> String {
    let mut text = tokens.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        (" ::", "::"),
        (":: ", "::"),
        (" :", ":"),
        (" ,", ","),
        (",)", ")"),
        (" ;", ";"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        ("# [", "#["),
        ("[ ", "["),
        (" ]", "]"),
        ("- >", "->"),
        ("->", " -> "),
        ("  ", " "),
        (" = >", " =>"),
    ] {
        text = text.replace(from, to);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    fn read(code: &str) -> Vec<String> {
        syn::parse_file(code).unwrap().items.iter().flat_map(super::item).collect()
    }

    #[test]
    fn what_a_user_sees_is_in_the_text_and_nothing_else() {
        let code =
            "/// A.\n#[derive(Clone)]\n#[must_use]\npub struct A<'a> { /// B.\n pub b: &'a Vec<u8>, c: u8 }";
        assert_eq!(read(code), ["#[derive(Clone)] pub struct A<'a>", "    pub b: &'a Vec<u8>", "    .."]);
        let code = "pub fn f(a: &str, b: Option<u8>) -> Result<(), E> { Ok(()) }";
        assert_eq!(read(code), ["pub fn f(a: &str, b: Option<u8>) -> Result<(), E>"]);
        let renamed = code.replace("fn f", "fn g");
        let changed = code.replace("Option<u8>", "Option<u16>");
        assert!(read(code) != read(&renamed) && read(code) != read(&changed));
        let code = "pub trait T: Send { type S: Store; fn a(&self) -> u8; fn b(&self) {} }";
        assert_eq!(
            read(code),
            ["pub trait T: Send", "    type S: Store", "    fn a(&self) -> u8", "    fn b(&self) { .. }"]
        );
    }
}
