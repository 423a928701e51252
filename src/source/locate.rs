//! Finds a member inside one object of JSON text: only run for the place of a finding.

/// What [`locate`] found: the byte span of the deepest step that exists, and the names of the steps taken as the text
/// spells them.
pub(super) struct Located {
    pub(super) span: (usize, usize),
    /// Offset of that step's value.
    pub(super) value: usize,
    pub(super) steps: Vec<String>,
}

/// Walks `path` (member names whatever their case, or array indexes) from the value at `start`. The Graph PowerShell
/// SDK keeps what it does not know under `AdditionalProperties`: a member is looked for there too.
pub(super) fn locate(text: &str, start: usize, path: &[&str]) -> Located {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: start };
    scanner.blanks();
    let mut value = scanner.at;
    let mut span = (value, first_line_end(text, value));
    let mut steps = Vec::new();
    for name in path {
        let Some((key, inner, taken)) = scanner.enter(text, value, name) else { break };
        value = inner;
        steps.extend(taken);
        let mut end = Scanner { bytes: text.as_bytes(), at: value };
        end.value();
        span = (key, end.at);
    }
    Located { span, value, steps }
}

fn first_line_end(text: &str, start: usize) -> usize {
    // The object's end first: in a file without line breaks the line is the file.
    let mut scanner = Scanner { bytes: text.as_bytes(), at: start };
    scanner.value();
    let object = text.get(start..scanner.at).unwrap_or_default();
    let line = object.lines().next().unwrap_or_default().len();
    start + line.max(1)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => return,
                _ => {}
            }
        }
    }

    /// Moves behind the value that starts here.
    fn value(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return,
                Some(b'"') => self.string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',') if depth == 0 => return,
                Some(b' ' | b'\t' | b'\r' | b'\n') if depth == 0 => return,
                Some(_) => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Offsets of the member's name and value, and the names that lead to it.
    fn enter(&mut self, text: &str, value: usize, name: &str) -> Option<(usize, usize, Vec<String>)> {
        self.at = value;
        match self.peek()? {
            b'[' => {
                let wanted: usize = name.parse().ok()?;
                self.at += 1;
                let mut index = 0;
                loop {
                    self.blanks();
                    if self.peek()? == b']' {
                        return None;
                    }
                    if index == wanted {
                        return Some((self.at, self.at, vec![name.to_owned()]));
                    }
                    self.value();
                    self.blanks();
                    if self.peek()? == b',' {
                        self.at += 1;
                    }
                    index += 1;
                }
            }
            b'{' => self.member(text, value, name),
            _ => None,
        }
    }

    fn member(&mut self, text: &str, value: usize, name: &str) -> Option<(usize, usize, Vec<String>)> {
        self.at = value + 1;
        let mut found = None;
        let mut exact = false;
        let mut additional = None;
        loop {
            self.blanks();
            if self.peek()? != b'"' {
                break;
            }
            let key = self.at;
            self.string();
            let raw = text.get(key + 1..self.at.saturating_sub(1))?.to_owned();
            self.blanks();
            if self.peek()? != b':' {
                break;
            }
            self.at += 1;
            self.blanks();
            let inner = self.at;
            if raw == name || (!exact && raw.eq_ignore_ascii_case(name)) {
                // The last of several wins, as in reading; an exact match beats another case.
                exact |= raw == name;
                found = Some((key, inner, vec![raw]));
            } else if raw.eq_ignore_ascii_case("AdditionalProperties") {
                additional = Some((inner, raw));
            }
            self.value();
            self.blanks();
            if self.peek()? != b',' {
                break;
            }
            self.at += 1;
        }
        if found.is_some() {
            return found;
        }
        let (inner, outer) = additional?;
        if self.bytes.get(inner) != Some(&b'{') {
            return None;
        }
        let (key, value, taken) = self.member(text, inner, name)?;
        Some((key, value, std::iter::once(outer).chain(taken).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, path: &[&str]) -> (String, String) {
        let located = locate(text, 0, path);
        (text.get(located.span.0..located.span.1).unwrap().to_owned(), located.steps.join("/"))
    }

    #[test]
    fn members_and_items_are_found() {
        let text = r#"{"a": {"b": [10, {"c": "x,]}"}], "b2": 1}, "z": null}"#;
        assert_eq!(found(text, &["a", "b", "1", "c"]), (r#""c": "x,]}""#.into(), "a/b/1/c".into()));
        assert_eq!(found(text, &["A", "B2"]), (r#""b2": 1"#.into(), "a/b2".into()));
        assert_eq!(found(text, &["z"]), (r#""z": null"#.into(), "z".into()));
    }

    #[test]
    fn the_nearest_existing_member_stands_in() {
        assert_eq!(found(r#"{"a": {"b": 1}}"#, &["a", "x", "y"]), (r#""a": {"b": 1}"#.into(), "a".into()));
        assert_eq!(found("{\n \"a\": 1\n}", &["x"]), ("{".into(), String::new()));
    }

    #[test]
    fn additional_properties_are_looked_into() {
        let text = r#"{"AdditionalProperties": {"isTrusted": true}}"#;
        assert_eq!(
            found(text, &["isTrusted"]),
            (r#""isTrusted": true"#.into(), "AdditionalProperties/isTrusted".into())
        );
    }
}
