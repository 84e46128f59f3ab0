//! The shape of a body: its structure, the names in it, and of each value the kind and length. Or the values too, for an
//! organisation that keeps them for a day; secrets never.
//!
//! It is written while the body is parsed, and the body is one that was refused: it may be cut off, deep, or no JSON.
//! What was written until then is kept, closed so that it is JSON.

use super::mask;
use super::words::Words;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::json;
use std::fmt;
use std::ops::Range;

/// The most bytes of a shape.
pub(super) const MOST: usize = 16 * 1024;

const SECRET: &str = "\"‹secret›\"";

/// What is written of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Its kind and length.
    Masked,
    /// The value.
    Whole,
}

/// A body as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// JSON, of 16 KiB at most.
    pub(super) text: String,
    /// Why there is not more of it.
    pub(super) ends: Option<String>,
}

impl Shape {
    /// `None` if nothing was sent. `is_cut` says that the body is longer.
    pub(super) fn of(body: &[u8], is_cut: bool, values: Values, words: &Words) -> Option<Self> {
        if body.is_empty() {
            return None;
        }
        let mut writer = Writer {
            text: String::new(),
            open: Vec::new(),
            sound: 0,
            is_full: false,
            values,
            words,
            leads_to_secret: false,
        };
        let mut parser = serde_json::Deserializer::from_slice(body);
        let read = At { writer: &mut writer, role: Role::Value }.deserialize(&mut parser);
        let read = read.and_then(|()| parser.end());
        let ends = read.err().map(|e| match (writer.is_full, e.is_eof()) {
            (true, _) => "the rest is left out".to_owned(),
            (false, true) if is_cut => "the rest of the body was not looked at".to_owned(),
            (false, true) => format!("it ends after {} bytes", body.len()),
            (false, false) => format!("no JSON from line {}, column {} on", e.line(), e.column()),
        });
        let ends = ends.or_else(|| is_cut.then(|| "the rest of the body was not looked at".to_owned()));
        let text = writer.close();
        Some(Self { text: if text.is_empty() { "null".to_owned() } else { text }, ends })
    }
}

/// What a value is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Value,
    Urn,
    Word,
    Path,
    Secret,
}

impl Role {
    fn of(key: &str, words: &Words) -> Self {
        match key.to_ascii_lowercase().as_str() {
            _ if words.name_a_secret(key) => Self::Secret,
            "schemas" => Self::Urn,
            "op" | "method" => Self::Word,
            "path" => Self::Path,
            _ => Self::Value,
        }
    }
}

/// How far a text had come.
#[derive(Debug, Clone, Copy)]
struct Mark {
    text: usize,
    open: usize,
    sound: usize,
}

struct Writer<'a> {
    text: String,
    /// What closes the objects and arrays that are open.
    open: Vec<char>,
    /// Up to here the text is JSON, once what is open is closed.
    sound: usize,
    is_full: bool,
    values: Values,
    words: &'a Words,
    /// Whether a text of the innermost object, or of an object in it, leads to a secret.
    leads_to_secret: bool,
}

impl Writer<'_> {
    /// Adds text, if there is room for it and for closing what is open.
    fn push<E: serde::de::Error>(&mut self, text: &str) -> Result<(), E> {
        let needed =
            self.text.len().saturating_add(text.len()).saturating_add(self.open.len()).saturating_add(8);
        if needed > MOST {
            self.is_full = true;
            return Err(E::custom("full"));
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Whether there is room for so many bytes more, and for closing what is open.
    fn has_room_for(&self, more: usize) -> bool {
        let all = self.text.len().saturating_add(more).saturating_add(self.open.len());
        all.saturating_add(8) <= MOST
    }

    fn leaf<E: serde::de::Error>(&mut self, text: &str) -> Result<(), E> {
        self.push(text)?;
        self.sound = self.text.len();
        Ok(())
    }

    fn open<E: serde::de::Error>(&mut self, bracket: &str, closing: char) -> Result<(), E> {
        self.push(bracket)?;
        self.open.push(closing);
        self.sound = self.text.len();
        Ok(())
    }

    /// Closes the innermost. There is always room for it.
    fn shut(&mut self) {
        self.text.extend(self.open.pop());
        self.sound = self.text.len();
    }

    fn mark(&self) -> Mark {
        Mark { text: self.text.len(), open: self.open.len(), sound: self.sound }
    }

    /// Takes back what was written since.
    fn back(&mut self, to: Mark) {
        self.text.truncate(to.text);
        self.open.truncate(to.open);
        self.sound = to.sound;
    }

    fn close(mut self) -> String {
        self.text.truncate(self.sound);
        while !self.open.is_empty() {
            self.shut();
        }
        self.text
    }

    /// Says how many elements like the last were left out.
    fn repeated<E: serde::de::Error>(&mut self, more: usize) -> Result<(), E> {
        if more == 0 { Ok(()) } else { self.leaf(&format!(",\"‹{more} more like it›\"")) }
    }

    fn is_same(&self, one: &Range<usize>, other: &Range<usize>) -> bool {
        self.text.get(one.clone()) == self.text.get(other.clone())
    }

    fn string<E: serde::de::Error>(&mut self, role: Role, value: &str) -> Result<(), E> {
        let shown = match (self.values, role) {
            (Values::Whole, Role::Word)
                if self.words.know(value.trim()) && !self.words.name_a_secret(value) =>
            {
                value.to_owned()
            }
            // a path, a filter, or JSON in a text
            (Values::Whole, _) if self.words.mention_a_secret(value) => {
                self.leads_to_secret = true;
                return self.leaf(SECRET);
            }
            (Values::Whole, _) => value.to_owned(),
            (_, Role::Urn) => mask::urn(value),
            (_, Role::Word) => mask::word(value, self.words),
            (_, Role::Path) if value.starts_with('/') => mask::url_path(value, self.words),
            (_, Role::Path) => mask::path(value),
            (_, Role::Value | Role::Secret) => mask::text(value),
        };
        self.leaf(&json!(shown).to_string())
    }
}

/// Writes the next value.
struct At<'a, 'w> {
    writer: &'a mut Writer<'w>,
    role: Role,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.role == Role::Secret {
            IgnoredAny::deserialize(deserializer)?;
            return self.writer.leaf(SECRET);
        }
        deserializer.deserialize_any(self)
    }
}

impl At<'_, '_> {
    fn number<E: serde::de::Error>(self, value: impl fmt::Display) -> Result<(), E> {
        match self.writer.values {
            Values::Masked => self.writer.leaf("\"‹number›\""),
            Values::Whole => self.writer.leaf(&value.to_string()),
        }
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.writer.leaf(if value { "true" } else { "false" })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.writer.leaf("null")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.writer.string(self.role, value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self { writer, role } = self;
        writer.open("[", ']')?;
        let mut last: Option<Range<usize>> = None;
        // how many more there are like the last
        let mut more = 0_usize;
        loop {
            let before = writer.mark();
            if last.is_some() {
                writer.push(",")?;
            }
            let (start, leads) = (writer.text.len(), writer.leads_to_secret);
            match sequence.next_element_seed(At { writer: &mut *writer, role }) {
                Ok(Some(())) => {}
                Ok(None) => {
                    writer.back(before);
                    break;
                }
                Err(e) if more == 0 => return Err(e),
                Err(e) => {
                    writer.back(before);
                    writer.repeated(more)?;
                    return Err(e);
                }
            }
            let written = start..writer.text.len();
            if writer.text.get(start..).is_some_and(|element| element.starts_with('{')) {
                // one of several objects says nothing of what is around them
                writer.leads_to_secret = leads;
            }
            if writer.values == Values::Masked
                && last.as_ref().is_some_and(|last| writer.is_same(last, &written))
            {
                writer.back(before);
                more = more.saturating_add(1);
                continue;
            }
            last = Some(written);
            if more > 0 {
                // it belongs before what was written just now
                let element = writer.text.get(before.text..).unwrap_or_default().to_owned();
                writer.back(before);
                writer.repeated(std::mem::take(&mut more))?;
                let start = writer.text.len().saturating_add(1);
                writer.leaf(&element)?;
                last = Some(start..writer.text.len());
            }
        }
        writer.repeated(more)?;
        writer.shut();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { writer, .. } = self;
        let start = writer.mark();
        let outer = std::mem::take(&mut writer.leads_to_secret);
        writer.open("{", '}')?;
        let mut members = Members::default();
        let read = members.write(writer, map);
        let is_secret = writer.leads_to_secret;
        writer.leads_to_secret |= outer;
        if read.is_err() && writer.values == Values::Whole && (members.is_operation || is_secret) {
            // what says whether the value is a secret may be in the part that did not come
            writer.back(start);
        }
        read?;
        if is_secret {
            for value in members.values.into_iter().rev() {
                writer.text.replace_range(value, SECRET);
            }
            if !writer.has_room_for(0) {
                writer.back(start);
                return writer.leaf(SECRET);
            }
        }
        writer.shut();
        Ok(())
    }
}

/// What was written of an object.
#[derive(Default)]
struct Members {
    /// The values of all but `op` and `method`.
    values: Vec<Range<usize>>,
    /// Whether it may be an operation, in which one member says what another is: of an unknown member nobody can tell.
    is_operation: bool,
}

impl Members {
    fn write<'de, A: MapAccess<'de>>(&mut self, writer: &mut Writer<'_>, mut map: A) -> Result<(), A::Error> {
        let mut is_first = true;
        while let Some(key) = map.next_key::<String>()? {
            if !std::mem::take(&mut is_first) {
                writer.push(",")?;
            }
            let is_shown = writer.values == Values::Whole && !writer.words.name_a_secret(&key);
            let shown = if is_shown { key.clone() } else { mask::name(&key) };
            writer.push(&format!("{}:", json!(shown)))?;
            let start = writer.text.len();
            let role = Role::of(&key, writer.words);
            let is_known = writer.words.know(&key);
            self.is_operation |=
                !is_known || ["op", "path", "value"].iter().any(|of| key.eq_ignore_ascii_case(of));
            map.next_value_seed(At { writer: &mut *writer, role })?;
            // all but an `op` or a method
            let written = writer.text.get(start..).unwrap_or_default();
            if role != Role::Word || !writer.words.know(written.trim_matches('"').trim()) {
                self.values.push(start..writer.text.len());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::SchemaSet;

    fn words() -> Words {
        Words::of(&SchemaSet::builtin())
    }

    fn shape(body: &str) -> Shape {
        Shape::of(body.as_bytes(), false, Values::Masked, &words()).expect("a body")
    }

    fn whole(body: &str) -> Shape {
        Shape::of(body.as_bytes(), false, Values::Whole, &words()).expect("a body")
    }

    /// Seen to fail: with keys that are written as they come.
    #[test]
    fn names_kinds_and_lengths_are_kept() {
        let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"maren@example.com","active":"True",
            "x":1.5,"n":null,"b":false,"displayName":"","maren@example.com":{"a":[]},
            "emails":[{"value":"maren@example.com","primary":true}]}"#;
        let kept = shape(body);
        assert_eq!(kept.ends, None);
        assert_eq!(
            kept.text,
            "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"‹text, 17›\",\"active\":\"True\",\
             \"x\":\"‹number›\",\"n\":null,\"b\":false,\"displayName\":\"\",\"‹name, 17›\":{\"a\":[]},\
             \"emails\":[{\"value\":\"‹text, 17›\",\"primary\":true}]}"
        );
        assert_eq!(whole(body).text.matches("maren@example.com").count(), 3);
    }

    #[test]
    fn operations_keep_op_and_path() {
        let kept =
            shape(r#"{"Operations":[{"op":"Add","path":"emails[type eq \"work\"].value","value":"maren"}]}"#);
        assert_eq!(
            kept.text,
            r#"{"Operations":[{"op":"Add","path":"emails[type eq \"‹text, 4›\"].value","value":"‹text, 5›"}]}"#
        );
        let bulk =
            shape(r#"{"Operations":[{"method":"POST","path":"/Users/maren","bulkId":"b1","data":{}}]}"#);
        assert_eq!(
            bulk.text,
            r#"{"Operations":[{"method":"POST","path":"/Users/‹text, 5›","bulkId":"‹text, 2›","data":{}}]}"#
        );
    }

    /// Seen to fail: with the marker written at the end of the array.
    #[test]
    fn what_repeats_is_counted() {
        let member = |n: usize| format!(r#"{{"value":"{n:036}"}}"#);
        let all = |count: usize| (0..count).map(member).collect::<Vec<_>>().join(",");
        let kept = shape(&format!(r#"{{"members":[{},{{"value":1}},{{"value":2}},3],"x":1}}"#, all(20_000)));
        assert_eq!(
            kept.text,
            r#"{"members":[{"value":"‹text, 36›"},"‹19999 more like it›",{"value":"‹number›"},"‹1 more like it›","‹number›"],"x":"‹number›"}"#
        );
        // what came stays, where the rest is missing
        let cut = format!(r#"{{"displayName":"Team","members":[{},{{"value":"00"#, all(50));
        let kept = shape(&cut);
        assert_eq!(
            kept.text,
            r#"{"displayName":"‹text, 4›","members":[{"value":"‹text, 36›"},"‹49 more like it›"]}"#
        );
        assert_eq!(kept.ends, Some(format!("it ends after {} bytes", cut.len())));
    }

    /// Seen to fail: with names of any length, and with nothing set aside for closing.
    #[test]
    fn it_is_json_of_16_kib_at_most_whatever_comes() {
        let deep = "[".repeat(120);
        let open = "[{\"a\":".repeat(60);
        let names: Vec<String> = (0..5_000).map(|n| format!("\"name{n}\":\"text\"")).collect();
        let (names, long) = (names.join(","), "x".repeat(10_240));
        for body in [
            "{".to_owned(),
            "maren".to_owned(),
            "\"maren".to_owned(),
            "{\"a\":1}}".to_owned(),
            "{\"a\" 1}".to_owned(),
            "[1,2,]".to_owned(),
            "\u{1}\u{2}".to_owned(),
            deep,
            open,
            format!("{{{names}}}"),
            format!("{{\"{long}\":\"{long}\",\"{long}a\":\"{long}\"}}"),
            format!("{{\"Operations\":[{}", "{\"path\":\"password\",\"value\":1},".repeat(1_000)),
            format!("[{}", "[],{},".repeat(10_000)),
            format!("{}{{\"path\":\"password\"{}}}", "[".repeat(100), ",\"value\":1".repeat(1_470)),
            format!("{}{}", "[".repeat(100), (0..5_000).map(|n| format!("{n},")).collect::<String>()),
        ] {
            for values in [Values::Masked, Values::Whole] {
                let kept = Shape::of(body.as_bytes(), false, values, &words()).expect("a body");
                assert!(kept.text.len() <= MOST, "{} bytes", kept.text.len());
                let is_json = serde_json::from_str::<serde_json::Value>(&kept.text).is_ok();
                assert!(is_json, "{values:?} {}", kept.text);
            }
        }
        let cut = Shape::of(b"{\"a\":[", true, Values::Masked, &words()).expect("a body");
        assert_eq!(
            (cut.text.as_str(), cut.ends.as_deref()),
            ("{\"a\":[]}", Some("the rest of the body was not looked at"))
        );
        assert_eq!(shape("{\"a\" 1}").ends.as_deref(), Some("no JSON from line 1, column 6 on"));
        assert_eq!(Shape::of(b"", false, Values::Masked, &words()), None);
        assert_eq!(Shape::of(b"\xff\xfe", false, Values::Whole, &words()).expect("a body").text, "null");
    }

    /// Seen to fail: with the path looked at only where it comes before the value.
    #[test]
    fn secrets_are_never_written() {
        for body in [
            r#"{"password":"hunter2hunter2"}"#,
            r#"{"urn:ietf:params:scim:schemas:core:2.0:User:PassWord":"hunter2hunter2"}"#,
            r#"{"password":{"value":["hunter2hunter2",{"a":"hunter2hunter2"}]}}"#,
            r#"{"Operations":[{"op":"replace","path":"password","value":"hunter2hunter2"}]}"#,
            r#"{"Operations":[{"op":"replace","value":"hunter2hunter2","path":"password"}]}"#,
            r#"{"Operations":{"op":"replace","value":"hunter2hunter2","Path":"urn:x:password"}}"#,
            r#"{"Operations":[{"value":"hunter2hunter2","Value":{"a":"hunter2hunter2"},"path":"password"}]}"#,
            r#"{"Operations":[{"op":"replace","value":"hunter2hunter2","path":"pass"#,
            r#"{"Operations":[{"op":"replace","value":"hunter2hunter2","#,
            r#"{"Operations":[{"op":"replace","value":{"password":"hunter2hunter2"}}]}"#,
            r#"{"Operations":[{"op":"replace","path":"password eq \"hunter2hunter2\""}]}"#,
            r#"{"Operations":[{"value":"hunter2hunter2"#,
            r#"{"filter":"password sw \"hunter2\""}"#,
            r#"{"Operations":[{"op":"add","value":{"password[value eq \"hunter2\"]":1}}]}"#,
            r#"{"Operations":[{"op":"add","value":"{\"password\":\"hunter2\"}"}]}"#,
            r#"{"Operations":[{"op":"replace","path":"password","values":"hunter2"}]}"#,
            r#"{"Operations":[{"op":"replace","path":"password","data":{"value":"hunter2"}}]}"#,
            r#"{"Operations":[{"values":"hunter2","pa"#,
            r#"{"path":{"value":"password"},"value":"hunter2"}"#,
            r#"{"path":["password"],"value":"hunter2"}"#,
            r#"{"attribute":"password","value":"hunter2"}"#,
            r#"{"userPassword":"hunter2","clientSecret":"hunter2","new_pwd":["hunter2"]}"#,
            r#"{"op":"replace","path":"password:hunter2"}"#,
            r#"{"Operations":[{"op":"replace","path":"clientSecret","value":"hunter2"}]}"#,
            r#"{"name":"client_secret","value":"hunter2"}"#,
            r#"{"value":"{\"user_pwd\":\"hunter2\"}"}"#,
            r#"{"op":"hunter2","value":"replace","path":"password"}"#,
            r#"{"op":["hunter2"],"path":"password"}"#,
            r#"{"op":{"x":"hunter2"},"path":"password"}"#,
            r#"{"op":"password","value":"hunter2"}"#,
            r#"{"schemas":["password"],"value":"hunter2"}"#,
            r#"{"type":"password","display":"hunter2","#,
            r#"{"password":{"hunter2":1}}"#,
        ] {
            for kept in [whole(body), shape(body)] {
                assert!(!kept.text.contains("hunter2"), "{body}: {}", kept.text);
            }
        }
        let kept = whole(
            r#"{"Operations":[{"value":"here","path":"title"},{"op":"add","path":"password","value":"gone"},{"value":"Secretary"}]}"#,
        );
        assert_eq!(
            kept.text,
            r#"{"Operations":[{"value":"here","path":"title"},{"op":"add","path":"‹secret›","value":"‹secret›"},{"value":"Secretary"}]}"#
        );
    }
}
