//! JSON: a tree that borrows from the text, a cut into raw items, and a forgiving second reading.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value that borrows from the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; whole numbers beyond 2^53 lose precision, Graph has none.
    Number(f64),
    /// A string, borrowed when it holds no escapes.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// The members of a JSON object in the order of the text, duplicates included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object<'a> {
    /// Name and value.
    pub members: Vec<(Cow<'a, str>, Node<'a>)>,
}

impl<'a> Object<'a> {
    /// The member of that name, whatever its case; the last one of several. An exact match wins.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        let mut found = None;
        for (key, value) in self.members.iter().rev() {
            if key.len() == name.len() {
                if key == name {
                    return Some(value);
                }
                if found.is_none() && key.eq_ignore_ascii_case(name) {
                    found = Some(value);
                }
            }
        }
        found
    }
}

impl<'a> Node<'a> {
    /// The object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is in it: null, or an array or object (at least one deep) of nothing. The Graph PowerShell SDK
    /// writes objects of nulls where Graph has null.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Object(object) => object.members.iter().all(|(name, value)| name.contains('@') || value.is_blank()),
            Self::Array(items) => items.is_empty(),
            _ => false,
        }
    }

    /// What it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "text",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Paths of the members that stand more than once in their object.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Vec<String>> {
        fn collect(node: &Node<'_>, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
            match node {
                Node::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        path.push(index.to_string());
                        collect(item, path, found);
                        path.pop();
                    }
                }
                Node::Object(object) => {
                    for (index, (name, value)) in object.members.iter().enumerate() {
                        path.push(name.to_string());
                        if object.members.iter().take(index).any(|(earlier, _)| earlier == name) {
                            found.push(path.clone());
                        }
                        collect(value, path, found);
                        path.pop();
                    }
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        collect(self, &mut Vec::new(), &mut found);
        found
    }
}

/// Why text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What the parser says, without a position.
    pub message: String,
    /// Byte offset in the text that was parsed.
    pub offset: usize,
}

impl ParseError {
    fn new(text: &str, error: &serde_json::Error) -> Self {
        let full = error.to_string();
        let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message).to_owned();
        let line_start = match error.line().checked_sub(2) {
            Some(newline) => {
                text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').nth(newline).map_or(0, |(at, _)| at + 1)
            }
            None => 0,
        };
        // serde_json counts the column in bytes, from 1, after the byte it stumbled over.
        let mut offset = (line_start + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        Self { message, offset }
    }
}

/// The root of a JSON text, cut into raw items without reading them.
#[derive(Debug)]
pub enum Shallow<'a> {
    /// Members of an object.
    Object(Vec<(Cow<'a, str>, &'a str)>),
    /// Items of an array.
    Array(Vec<&'a str>),
    /// Neither.
    Scalar,
}

/// Cuts the root of `text` into its items. Each item is a slice of `text`.
///
/// # Errors
/// Where the text stops being JSON.
pub fn shallow(text: &str) -> Result<Shallow<'_>, ParseError> {
    struct Cut;
    impl<'de> Visitor<'de> for Cut {
        type Value = Shallow<'de>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(name) = map.next_key_seed(Key)? {
                members.push((name, map.next_value::<&RawValue>()?.get()));
            }
            Ok(Shallow::Object(members))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element::<&RawValue>()? {
                items.push(item.get());
            }
            Ok(Shallow::Array(items))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Shallow::Scalar)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let cut = deserializer.deserialize_any(Cut).and_then(|cut| deserializer.end().map(|()| cut));
    cut.map_err(|error| ParseError::new(text, &error))
}

/// The first value of a text that goes on behind it.
#[must_use]
pub fn first_value(text: &str) -> Option<&str> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok().map(RawValue::get)
}

/// Reads one item. The flag tells that some object has a member more than once.
///
/// # Errors
/// Where the text stops being JSON, or nests deeper than 128 levels.
pub fn parse(text: &str) -> Result<(Node<'_>, bool), ParseError> {
    let duplicates = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let tree = Tree { duplicates: &duplicates }.deserialize(&mut deserializer);
    let tree = tree.and_then(|node| deserializer.end().map(|()| node));
    tree.map(|node| (node, duplicates.get())).map_err(|error| ParseError::new(text, &error))
}

/// A value in a form in which the order of members and lists, blanks, and members that are null make no difference.
/// Members that `skip` names are left out.
#[must_use]
pub fn canonical(node: &Node<'_>, skip: &dyn Fn(&str) -> bool) -> String {
    match node {
        Node::Array(items) => {
            let mut items: Vec<String> = items.iter().map(|item| canonical(item, skip)).collect();
            items.sort_unstable();
            format!("[{}]", items.join(", "))
        }
        Node::Object(object) => {
            let told = object.members.iter().filter(|(name, value)| *value != Node::Null && !skip(name));
            let mut members: Vec<String> = told
                .map(|(name, value)| format!("{:?}: {}", name.to_ascii_lowercase(), canonical(value, skip)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(", "))
        }
        Node::String(text) => serde_json::to_string(text).unwrap_or_default(),
        Node::Number(number) => number.to_string(),
        Node::Bool(value) => value.to_string(),
        Node::Null => "null".to_owned(),
    }
}

#[derive(Clone, Copy)]
struct Tree<'c> {
    duplicates: &'c Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Node<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Node<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "Graph has no whole numbers beyond 2^53")]
        Ok(Node::Number(value as f64))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "Graph has no whole numbers beyond 2^53")]
        Ok(Node::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Number(value))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::String(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::String(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some(name) = map.next_key_seed(Key)? {
            if members.len() > MOST_MEMBERS {
                return Err(A::Error::custom("an object with too many members"));
            }
            if !self.duplicates.get() && members.iter().any(|(earlier, _)| *earlier == name) {
                self.duplicates.set(true);
            }
            let value = map.next_value_seed(self)?;
            members.push((name, value));
        }
        Ok(Node::Object(Object { members }))
    }
}

/// A bound on the members of one object: looking for duplicates is quadratic in them, and no Graph type comes near.
const MOST_MEMBERS: usize = 10_000;

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// Writes blanks over comments (`//`, `/* */`) and trailing commas, so that every other byte keeps its place. Gives
/// the offsets of what was blanked; `None` when there was nothing to blank.
#[must_use]
pub fn blank_extensions(text: &str) -> Option<(String, Vec<usize>)> {
    let mut bytes = text.as_bytes().to_vec();
    let mut blanked = Vec::new();
    let mut comma = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(&inner) = bytes.get(at) {
                    match inner {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
            }
            (b'/', Some(b'/' | b'*')) => {
                let rest = bytes.get(at..).unwrap_or_default();
                let length = if rest.get(1) == Some(&b'/') {
                    rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
                } else {
                    rest.windows(2).skip(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 4)
                };
                blanked.push(at);
                for byte in bytes.iter_mut().skip(at).take(length) {
                    if *byte != b'\n' && *byte != b'\r' {
                        *byte = b' ';
                    }
                }
                at += length.saturating_sub(1);
            }
            (b',', _) => comma = Some(at),
            (b']' | b'}', _) => {
                if let Some(trailing) = comma.take() {
                    blanked.push(trailing);
                    if let Some(byte) = bytes.get_mut(trailing) {
                        *byte = b' ';
                    }
                }
            }
            (b' ' | b'\t' | b'\r' | b'\n', _) => {}
            _ => comma = None,
        }
        at += 1;
    }
    if blanked.is_empty() {
        return None;
    }
    String::from_utf8(bytes).ok().map(|text| (text, blanked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_whatever_their_case_and_the_last_one_wins() {
        let (node, duplicates) = parse(r#"{"State":"a","state":"b","x":1,"state":"c"}"#).unwrap();
        let object = node.as_object().unwrap();
        assert!(duplicates);
        assert_eq!(object.get("state").and_then(Node::as_str), Some("c"));
        assert_eq!(object.get("STATE").and_then(Node::as_str), Some("c"));
        assert_eq!(node.duplicates(), vec![vec!["state".to_owned()]]);
    }

    #[test]
    fn blanking_keeps_every_other_byte_in_place() {
        let text = "{ // why\n \"a\": [1, 2, /* ü */ ],\n \"b\": \"// no, ]\",\n}";
        let (blanked, places) = blank_extensions(text).unwrap();
        assert_eq!(blanked.len(), text.len());
        assert_eq!(places.len(), 4);
        let (node, _) = parse(&blanked).unwrap();
        assert_eq!(node.as_object().unwrap().get("b").and_then(Node::as_str), Some("// no, ]"));
        assert_eq!(blank_extensions("{\"a\": [1, 2]}"), None);
    }

    #[test]
    fn errors_carry_the_offset() {
        let text = "{\n  \"a\": 1,\n  \"b\" 2\n}";
        assert_eq!(parse(text).unwrap_err().offset, text.find('2').unwrap());
        let deep = "[".repeat(3000);
        assert!(parse(&deep).unwrap_err().message.contains("recursion limit"));
    }

    #[test]
    fn objects_of_nothing_are_blank() {
        for (text, blank) in [
            ("null", true),
            (r#"{"a":null,"b":{"c":[]},"x@odata.type":"y"}"#, true),
            (r#"{"a":null,"b":false}"#, false),
            (r"[null]", false),
        ] {
            assert_eq!(parse(text).unwrap().0.is_blank(), blank, "{text}");
        }
    }
}
