//! Bytes to text, offsets to lines and columns.

use std::borrow::Cow;
use std::fmt;

/// How a file was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little endian: what Windows PowerShell 5.1 writes.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
}

/// Why bytes are not text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The encoding that was tried.
    pub encoding: Encoding,
    /// Byte offset of the first byte that does not belong.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
}

impl DecodeError {
    /// `before` is the text up to there.
    fn after(before: &str, encoding: Encoding, offset: usize) -> Self {
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self { encoding, offset, line: before.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
        };
        write!(f, "not valid {name} at byte {} (line {}, column {})", self.offset, self.line, self.column)
    }
}

/// Decodes UTF-8 (with or without a byte order mark) and UTF-16 (with one; without one when the first character is
/// ASCII, as JSON's and YAML's always is). The text comes back without the mark.
///
/// # Errors
/// The offset of the first byte that is not text.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), DecodeError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, 2, Encoding::Utf16Le),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, 2, Encoding::Utf16Be),
        [first, 0, ..] if *first != 0 => utf16(bytes, 0, Encoding::Utf16Le),
        [0, second, ..] if *second != 0 => utf16(bytes, 0, Encoding::Utf16Be),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: &[u8], mark: usize) -> Result<(Cow<'_, str>, Encoding), DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = std::str::from_utf8(valid).unwrap_or_default();
            Err(DecodeError::after(before, Encoding::Utf8, mark + error.valid_up_to()))
        }
    }
}

fn utf16(bytes: &[u8], mark: usize, encoding: Encoding) -> Result<(Cow<'_, str>, Encoding), DecodeError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(*pair),
        _ => u16::from_le_bytes(*pair),
    });
    let mut text = String::with_capacity(pairs.len());
    let mut offset = mark;
    for unit in char::decode_utf16(units) {
        let Ok(character) = unit else {
            return Err(DecodeError::after(&text, encoding, offset));
        };
        offset += 2 * character.len_utf16();
        text.push(character);
    }
    if !odd.is_empty() {
        return Err(DecodeError::after(&text, encoding, offset));
    }
    Ok((Cow::Owned(text), encoding))
}

/// Where the lines of a text start. A long line is cut into segments, so that a column in a file without line breaks
/// does not take a walk through the file.
#[derive(Debug)]
pub struct LineIndex {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    /// Byte offset.
    start: u32,
    /// Line, from 1.
    line: u32,
    /// Characters of the line before the segment.
    before: u32,
}

const SEGMENT: usize = 4096;

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        let mut segments = vec![Segment { start: 0, line: 1, before: 0 }];
        let mut line = 1;
        let mut at = 0;
        for content in text.split_inclusive('\n') {
            let mut rest = content;
            let mut before = 0;
            while rest.len() > SEGMENT {
                let mut cut = SEGMENT;
                while !rest.is_char_boundary(cut) {
                    cut -= 1;
                }
                let (segment, more) = rest.split_at(cut);
                before += super::index32(segment.chars().count());
                at += cut;
                rest = more;
                segments.push(Segment { start: super::index32(at), line, before });
            }
            at += rest.len();
            if content.ends_with('\n') {
                line += 1;
                segments.push(Segment { start: super::index32(at), line, before: 0 });
            }
        }
        Self { segments }
    }

    /// Line and column, both from 1; the column counts characters.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let next = self.segments.partition_point(|segment| segment.start as usize <= offset);
        let Some(segment) = next.checked_sub(1).and_then(|index| self.segments.get(index)) else { return (1, 1) };
        let within = text.get(segment.start as usize..offset).unwrap_or_default().chars().count();
        (segment.line as usize, segment.before as usize + within + 1)
    }

    pub(super) fn span(&self, text: &str, line: usize) -> Option<(usize, usize)> {
        let first = self.segments.partition_point(|segment| (segment.line as usize) < line);
        let start = self.segments.get(first).filter(|segment| segment.line as usize == line)?.start as usize;
        let next = self.segments.partition_point(|segment| segment.line as usize <= line);
        let end = self.segments.get(next).map_or(text.len(), |segment| segment.start as usize);
        let content = text.get(start..end)?.trim_end_matches(['\r', '\n']);
        Some((start, start + content.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"name\": \"Zoë 🦀\"}\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let le: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let be: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let with = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let cases = [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (with(&[0xEF, 0xBB, 0xBF], text.as_bytes()), Encoding::Utf8),
            (with(&[0xFF, 0xFE], &le), Encoding::Utf16Le),
            (with(&[0xFE, 0xFF], &be), Encoding::Utf16Be),
            (le, Encoding::Utf16Le),
            (be, Encoding::Utf16Be),
        ];
        for (bytes, encoding) in cases {
            let (decoded, found) = decode(&bytes).unwrap();
            assert_eq!((decoded.as_ref(), found), (text, encoding));
        }
    }

    #[test]
    fn bad_bytes_are_named_by_offset() {
        assert_eq!(decode(b"{\"a\xff\"}").unwrap_err().offset, 3);
        assert_eq!(decode(&[0xFF, 0xFE, b'{', 0, b'}']).unwrap_err().offset, 4);
        assert_eq!(decode(&[0xFF, 0xFE, 0x00, 0xD8, b'}', 0]).unwrap_err().offset, 2);
    }

    #[test]
    fn columns_count_characters() {
        let text = "a\r\nzoë🦀x";
        let lines = LineIndex::new(text);
        assert_eq!(lines.position(text, text.find('x').unwrap()), (2, 5));
        assert_eq!(lines.span(text, 1), Some((0, 1)));
        assert_eq!(lines.span(text, 3), None);
    }

    #[test]
    fn long_lines_count_on() {
        let text = format!("{}\nü{}x", "a".repeat(3 * SEGMENT), "ü".repeat(3 * SEGMENT));
        let lines = LineIndex::new(&text);
        assert_eq!(lines.position(&text, text.len() - 1), (2, 3 * SEGMENT + 2));
        assert_eq!(lines.span(&text, 2), Some((3 * SEGMENT + 1, text.len())));
    }
}
