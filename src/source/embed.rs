//! JSON inside a JSON string: its text, and where each byte of it stands.

use super::index32;

/// The text of the string literal at the start of `raw` (quotes included), and pairs of (offset in the text, offset in
/// `raw`) wherever the two fall out of step.
pub(super) fn unescape(raw: &str) -> Option<(String, Vec<(u32, u32)>)> {
    let text: String = serde_json::from_str(raw).ok()?;
    let bytes = raw.as_bytes();
    let mut pieces = vec![(0, 1)];
    let mut inner = 0_usize;
    let mut at = 1_usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => {
                let (taken, length) = match bytes.get(at + 1)? {
                    b'u' => {
                        let unit = u16::from_str_radix(raw.get(at + 2..at + 6)?, 16).ok()?;
                        if (0xD800..0xDC00).contains(&unit) {
                            (12, 4)
                        } else {
                            (6, char::from_u32(u32::from(unit))?.len_utf8())
                        }
                    }
                    _ => (2, 1),
                };
                at += taken;
                inner += length;
                pieces.push((index32(inner), index32(at)));
            }
            _ => {
                at += 1;
                inner += 1;
            }
        }
    }
    Some((text, pieces))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::OffsetMap;

    #[test]
    fn offsets_lead_back_through_escapes() {
        let raw = r#""{\"a\":\"\u00fc\",\"b\":\"\ud83e\udd80\",\"c\":1}""#;
        let (text, pieces) = unescape(raw).unwrap();
        let offsets = OffsetMap::new(pieces);
        for needle in ["a", "b", "c", "1"] {
            let inner = text.find(needle).unwrap();
            assert_eq!(offsets.to_file(index32(inner)) as usize, raw.rfind(needle).unwrap(), "{needle}");
        }
    }
}
