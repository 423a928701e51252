//! TOML written out as JSON, with a map back to the TOML text.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{OffsetMap, index32};

/// Why text is not TOML that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the TOML text.
    pub offset: usize,
}

/// Turns TOML into JSON, with where the JSON text stands in the TOML text. Dates become text.
///
/// # Errors
/// The first place that is not TOML, or a number that JSON does not have.
pub fn toml_to_json(text: &str) -> Result<(String, OffsetMap), TomlError> {
    let table = DeTable::parse(text).map_err(|error| TomlError {
        message: error.message().replace('\n', ", "),
        offset: error.span().unwrap_or_default().start,
    })?;
    let mut writer = Writer { json: String::new(), pieces: Vec::new() };
    writer.table(table.get_ref())?;
    Ok((writer.json, OffsetMap::new(writer.pieces)))
}

struct Writer {
    json: String,
    pieces: Vec<(u32, u32)>,
}

impl Writer {
    /// From here on the JSON text stands at an offset of the file.
    fn piece(&mut self, offset: usize) {
        self.pieces.push((index32(self.json.len()), index32(offset)));
    }

    fn text(&mut self, text: &str, offset: usize) -> Result<(), TomlError> {
        let quoted = serde_json::to_string(text).map_err(|error| TomlError { message: error.to_string(), offset })?;
        self.json.push_str(&quoted);
        Ok(())
    }

    fn table(&mut self, table: &DeTable<'_>) -> Result<(), TomlError> {
        // In the order of the file, so that the first mistake is told first.
        let mut members: Vec<_> = table.iter().collect();
        members.sort_by_key(|(name, _)| name.span().start);
        self.json.push('{');
        for (index, (name, value)) in members.into_iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            let span = name.span();
            self.piece(span.start);
            self.text(name.get_ref(), span.start)?;
            self.piece(span.end);
            self.json.push(':');
            self.value(value)?;
        }
        self.json.push('}');
        Ok(())
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), TomlError> {
        let span = value.span();
        self.piece(span.start);
        let no_number =
            |text: &str| TomlError { message: format!("`{text}` is no number of JSON"), offset: span.start };
        match value.get_ref() {
            DeValue::String(text) => self.text(text, span.start)?,
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                self.json.push_str(&parsed.map_err(|_| no_number(number.as_str()))?.to_string());
            }
            DeValue::Float(number) => {
                let parsed = number.as_str().parse::<f64>().ok().filter(|number| number.is_finite());
                self.json.push_str(&parsed.ok_or_else(|| no_number(number.as_str()))?.to_string());
            }
            DeValue::Boolean(flag) => self.json.push_str(if *flag { "true" } else { "false" }),
            DeValue::Datetime(time) => self.text(&time.to_string(), span.start)?,
            DeValue::Array(items) => {
                self.json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.json.push(',');
                    }
                    self.value(item)?;
                }
                self.json.push(']');
            }
            DeValue::Table(table) => self.table(table)?,
        }
        self.piece(span.end);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_becomes_json_with_a_way_back() {
        let toml = "# ü\nname = \"Gäste\"\nwhen = { ip = '::1', at = 2026-11-23 }\n[[cases]]\ncode = 0x1F\n\n[cases.given]\nlist = [1, -2.5, true]\n[[cases]]\nname = 'b'\n";
        let (json, offsets) = toml_to_json(toml).unwrap();
        assert_eq!(
            json,
            r#"{"name":"Gäste","when":{"ip":"::1","at":"2026-11-23"},"cases":[{"code":31,"given":{"list":[1,-2.5,true]}},{"name":"b"}]}"#
        );
        for (needle, there) in [("\"Gäste\"", "\"Gäste\""), ("\"at\"", "at ="), ("true", "true"), ("\"b\"", "'b'")] {
            let at = json.find(needle).unwrap();
            assert_eq!(offsets.to_file(index32(at)) as usize, toml.find(there).unwrap(), "{needle}");
        }
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        let error = toml_to_json("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(error.offset, 10, "{error:?}");
        assert!(toml_to_json("a = 1\na = 2\n").unwrap_err().message.contains("duplicate key"));
        assert!(toml_to_json("a = nan\n").is_err());
    }
}
