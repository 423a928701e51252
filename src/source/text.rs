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
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
        };
        write!(f, "not valid {name} at byte {}", self.offset)
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
        Err(error) => Err(DecodeError { encoding: Encoding::Utf8, offset: mark + error.valid_up_to() }),
    }
}

fn utf16(bytes: &[u8], mark: usize, encoding: Encoding) -> Result<(Cow<'_, str>, Encoding), DecodeError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(DecodeError { encoding, offset: mark + bytes.len() - 1 });
    }
    let units = pairs.iter().map(|pair| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(*pair),
        _ => u16::from_le_bytes(*pair),
    });
    let mut text = String::with_capacity(pairs.len());
    let mut offset = mark;
    for unit in char::decode_utf16(units) {
        let Ok(character) = unit else {
            return Err(DecodeError { encoding, offset });
        };
        offset += 2 * character.len_utf16();
        text.push(character);
    }
    Ok((Cow::Owned(text), encoding))
}

/// Where the lines of a text start.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(newlines.map(|(at, _)| super::index32(at + 1))).collect();
        Self { starts }
    }

    /// Line and column, both from 1; the column counts characters.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start as usize <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).map_or(0, |&start| start as usize);
        let before = text.get(start..offset).unwrap_or_default();
        (line.max(1), before.chars().count() + 1)
    }

    pub(super) fn span(&self, text: &str, line: usize) -> Option<(usize, usize)> {
        let start = *self.starts.get(line.checked_sub(1)?)? as usize;
        let end = self.starts.get(line).map_or(text.len(), |&next| next as usize);
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
}
