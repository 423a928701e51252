//! Text from an export, made harmless: display names are written by strangers.

use std::fmt::Write as _;

/// For a terminal: control characters, and characters that turn the direction of text or hide in it, are written out.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            let _ = write!(harmless, "\\u{{{:x}}}", u32::from(character));
        } else {
            harmless.push(character);
        }
    }
    harmless
}

/// Whether a character turns the direction of text, hides in it or controls a terminal.
pub(super) fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// For the message of a GitHub workflow command.
#[must_use]
pub fn workflow(text: &str) -> String {
    plain(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For a property of a GitHub workflow command.
#[must_use]
pub fn property(text: &str) -> String {
    workflow(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_or_a_workflow_unescaped() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202e}d ü"), "a\\u{1b}[31mb\\u{a}c\\u{202e}d ü");
        assert_eq!(workflow("100% \n::error::x"), "100%25 \\u{a}::error::x");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
