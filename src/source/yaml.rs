//! YAML written out as JSON, with a map back to the YAML text, so that everything above reads one language only.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{OffsetMap, index32};

/// One document of a YAML stream.
#[derive(Debug)]
pub struct YamlDocument {
    /// The document as JSON.
    pub json: String,
    /// Where the JSON text stands in the YAML text.
    pub offsets: OffsetMap,
}

/// Why text is not YAML that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the YAML text.
    pub offset: usize,
}

/// Aliases may repeat what they name, up to this many bytes of JSON for each byte of YAML: a bound on documents that
/// blow themselves up.
const MOST_GROWTH: usize = 32;

/// Turns a YAML stream (core schema of YAML 1.2) into JSON documents. Aliases are written out.
///
/// # Errors
/// The first place that is not YAML, a key that is not text, or aliases that multiply without measure.
pub fn to_json(text: &str) -> Result<Vec<YamlDocument>, YamlError> {
    let mut writer = Writer::new(text);
    let mut documents = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| YamlError {
            message: error.info().to_owned(),
            offset: writer.characters.byte(error.marker().index()),
        })?;
        let start = writer.characters.byte(span.start.index());
        let end = writer.characters.byte(span.end.index());
        if writer.json.len() > text.len().saturating_mul(MOST_GROWTH) + 4096 {
            return Err(YamlError { message: "aliases multiply this document beyond measure".into(), offset: start });
        }
        match event {
            Event::DocumentEnd => {
                let json = std::mem::take(&mut writer.json);
                let offsets = OffsetMap::new(std::mem::take(&mut writer.pieces));
                writer.anchors.clear();
                if !json.is_empty() {
                    documents.push(YamlDocument { json, offsets });
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let forced = tag.is_some_and(|tag| tag.suffix == "str");
                let plain = style == ScalarStyle::Plain && !forced;
                writer.scalar(&value, plain, anchor, (start, end))?;
            }
            Event::SequenceStart(anchor, _) => writer.open('[', anchor, (start, end))?,
            Event::MappingStart(anchor, _) => writer.open('{', anchor, (start, end))?,
            Event::SequenceEnd => writer.close(']', end),
            Event::MappingEnd => writer.close('}', end),
            Event::Alias(anchor) => writer.alias(anchor, (start, end))?,
            _ => {}
        }
    }
    Ok(documents)
}

/// What is open around the place that is written.
struct Open {
    mapping: bool,
    items: usize,
    anchor: usize,
    start: usize,
}

struct Writer<'a> {
    json: String,
    pieces: Vec<(u32, u32)>,
    open: Vec<Open>,
    /// Finished anchors: where their JSON stands.
    anchors: HashMap<usize, (usize, usize)>,
    characters: Characters<'a>,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str) -> Self {
        let characters = Characters { text, character: 0, byte: 0 };
        Self { json: String::new(), pieces: Vec::new(), open: Vec::new(), anchors: HashMap::new(), characters }
    }

    /// Writes the separator before an item; tells whether the item is a key.
    fn separate(&mut self) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let key = open.mapping && open.items % 2 == 0;
        if open.mapping && !key {
            self.json.push(':');
        } else if open.items > 0 {
            self.json.push(',');
        }
        open.items += 1;
        key
    }

    fn piece(&mut self, offset: usize) {
        self.pieces.push((index32(self.json.len()), index32(offset)));
    }

    fn scalar(&mut self, value: &str, plain: bool, anchor: usize, span: (usize, usize)) -> Result<(), YamlError> {
        let key = self.separate();
        if key && plain && value == "<<" {
            return Err(YamlError { message: "merge keys (`<<`) are not read".into(), offset: span.0 });
        }
        self.piece(span.0);
        let start = self.json.len();
        if let (false, Some(json)) = (key, plain.then(|| plain_json(value)).flatten()) {
            self.json.push_str(&json);
        } else {
            let quoted = serde_json::to_string(value)
                .map_err(|error| YamlError { message: error.to_string(), offset: span.0 })?;
            self.json.push_str(&quoted);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (start, self.json.len()));
        }
        self.piece(span.1);
        Ok(())
    }

    fn open(&mut self, bracket: char, anchor: usize, span: (usize, usize)) -> Result<(), YamlError> {
        if self.separate() {
            return Err(YamlError { message: "a key that is not text".into(), offset: span.0 });
        }
        self.piece(span.0);
        self.open.push(Open { mapping: bracket == '{', items: 0, anchor, start: self.json.len() });
        self.json.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: char, end: usize) {
        self.json.push(bracket);
        if let Some(open) = self.open.pop()
            && open.anchor > 0
        {
            self.anchors.insert(open.anchor, (open.start, self.json.len()));
        }
        self.piece(end);
    }

    fn alias(&mut self, anchor: usize, span: (usize, usize)) -> Result<(), YamlError> {
        let Some(&(start, end)) = self.anchors.get(&anchor) else {
            return Err(YamlError { message: "an alias inside what it names".into(), offset: span.0 });
        };
        let copy = self.json.get(start..end).unwrap_or_default().to_owned();
        if self.separate() && !copy.starts_with('"') {
            return Err(YamlError { message: "a key that is not text".into(), offset: span.0 });
        }
        self.piece(span.0);
        self.json.push_str(&copy);
        self.piece(span.1);
        Ok(())
    }
}

/// A plain scalar as JSON where it is not text: null, a truth value or a number (core schema).
fn plain_json(value: &str) -> Option<String> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Some("null".into()),
        "true" | "True" | "TRUE" => Some("true".into()),
        "false" | "False" | "FALSE" => Some("false".into()),
        _ => {
            let digits = value.trim_start_matches(['+', '-']);
            let number = digits.starts_with(|first: char| first.is_ascii_digit()) && !value.contains('_');
            let number = number.then(|| value.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())?;
            // A leading zero is an identifier, not a number that may lose it.
            (digits == "0" || !digits.starts_with('0') || digits.starts_with("0.")).then(|| number.to_string())
        }
    }
}

/// Character indexes to byte offsets, quickly for indexes that mostly rise.
struct Characters<'a> {
    text: &'a str,
    character: usize,
    byte: usize,
}

impl Characters<'_> {
    fn byte(&mut self, character: usize) -> usize {
        if character < self.character {
            self.character = 0;
            self.byte = 0;
        }
        let rest = self.text.get(self.byte..).unwrap_or_default();
        let ahead = character - self.character;
        self.byte += rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at);
        self.character = character;
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_becomes_json_with_a_way_back() {
        let yaml = "# ü\ndisplayName: Gäste\nstate: \"enabled\"\nlist:\n  - All\n  - 007\n  - 7\nnone: ~\n";
        let documents = to_json(yaml).unwrap();
        let document = &documents[0];
        assert_eq!(document.json, r#"{"displayName":"Gäste","state":"enabled","list":["All","007",7],"none":null}"#);
        for needle in ["Gäste", "\"enabled\"", "All", "007"] {
            let json = document.json.find(needle).unwrap();
            let json = if needle.starts_with('"') { json } else { json - 1 };
            assert_eq!(document.offsets.to_file(index32(json)) as usize, yaml.find(needle).unwrap(), "{needle}");
        }
    }

    #[test]
    fn streams_anchors_and_bombs() {
        let documents = to_json("a: &x [1]\nb: *x\n---\nc: 1\n").unwrap();
        assert_eq!(documents[0].json, r#"{"a":[1],"b":[1]}"#);
        assert_eq!(documents[1].json, r#"{"c":1}"#);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let inner = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb = format!("{bomb}a{level}: &a{level} [{inner}]\n");
        }
        assert!(to_json(&bomb).unwrap_err().message.contains("multiply"));
        assert!(to_json("a: [b\n").is_err());
        assert!(to_json("{a: 1}: 2\n").unwrap_err().message.contains("key"));
    }
}
