//! Texts of any length, told apart by the patterns that they are held against: equal to, begins with, ends with, contains.
//!
//! Each pattern is a variable. What holds between them is complete: a text that meets exactly the patterns that are true
//! is made of the longest beginning, everything that it is to contain, and the longest end, with a character between
//! them that no pattern holds.

use batsat::Lit;
use cedar_policy::pst::PatternElem;

use super::circuit::Circuit;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Equals(String),
    Begins(String),
    Ends(String),
    Contains(String),
}

impl Pattern {
    /// Reads the pattern of a `like`; `None` for one with wildcards within.
    pub(super) fn read(elements: &[PatternElem]) -> Option<Self> {
        let wild = |element: Option<&PatternElem>| matches!(element, Some(PatternElem::Wildcard));
        let (first, last) = (wild(elements.first()), wild(elements.last()));
        let inner: Vec<&PatternElem> =
            elements.iter().filter(|element| !matches!(element, PatternElem::Wildcard)).collect();
        let wildcards = elements.len() - inner.len();
        let text: String = inner
            .into_iter()
            .filter_map(|element| if let PatternElem::Char(character) = element { Some(*character) } else { None })
            .collect();
        match (first, last, wildcards) {
            (false, false, 0) => Some(Self::Equals(text)),
            (false, true, 1) => Some(Self::Begins(text)),
            (true, false, 1) => Some(Self::Ends(text)),
            (true, true, 1 | 2) => Some(Self::Contains(text)),
            _ => None,
        }
    }

    /// Whether a text meets it.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(own) => text == own,
            Self::Begins(own) => text.starts_with(own.as_str()),
            Self::Ends(own) => text.ends_with(own.as_str()),
            Self::Contains(own) => text.contains(own.as_str()),
        }
    }

    /// It in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Equals(own) => format!("is `{own}`"),
            Self::Begins(own) => format!("begins with `{own}`"),
            Self::Ends(own) => format!("ends with `{own}`"),
            Self::Contains(own) => format!("contains `{own}`"),
        }
    }

    /// What every text that meets it holds.
    fn part(&self) -> &str {
        match self {
            Self::Equals(own) | Self::Begins(own) | Self::Ends(own) | Self::Contains(own) => own,
        }
    }
}

/// A character that no pattern of a device filter or rule is likely to hold; patterns that do are told apart from it.
const BETWEEN: char = '\u{2009}';

/// One attribute.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) patterns: Vec<(Pattern, Lit)>,
}

impl Text {
    /// The variable of a pattern.
    pub(super) fn meets(&mut self, pattern: Pattern, circuit: &mut Circuit) -> Lit {
        if pattern != Pattern::Equals(String::new()) && pattern.part().is_empty() {
            return circuit.constant(true);
        }
        if let Some((_, known)) = self.patterns.iter().find(|(known, _)| *known == pattern) {
            return *known;
        }
        let own = circuit.fresh();
        for (other, literal) in &self.patterns {
            relate(&pattern, own, other, *literal, circuit);
            relate(other, *literal, &pattern, own, circuit);
        }
        self.patterns.push((pattern, own));
        own
    }

    /// A text that meets exactly the patterns that are true in the model.
    pub(super) fn text(&self, circuit: &Circuit) -> String {
        let met: Vec<&Pattern> =
            self.patterns.iter().filter(|(_, literal)| circuit.value(*literal)).map(|(pattern, _)| pattern).collect();
        if let Some(Pattern::Equals(text)) = met.iter().find(|pattern| matches!(pattern, Pattern::Equals(_))) {
            return text.clone();
        }
        let longest = |pick: &dyn Fn(&Pattern) -> Option<&str>| {
            met.iter().filter_map(|pattern| pick(pattern)).max_by_key(|text| text.len()).unwrap_or_default().to_owned()
        };
        let mut text = longest(&|pattern| if let Pattern::Begins(own) = pattern { Some(own) } else { None });
        text.push(BETWEEN);
        for pattern in &met {
            if let Pattern::Contains(own) = pattern {
                text.push_str(own);
                text.push(BETWEEN);
            }
        }
        text.push_str(&longest(&|pattern| if let Pattern::Ends(own) = pattern { Some(own) } else { None }));
        text
    }
}

/// What one pattern says of another.
fn relate(one: &Pattern, own: Lit, other: &Pattern, literal: Lit, circuit: &mut Circuit) {
    let clash = match (one, other) {
        (Pattern::Equals(text), _) => {
            // Everything about it is known.
            let met = other.holds(text);
            circuit.demand([!own, if met { literal } else { !literal }]);
            return;
        }
        (Pattern::Begins(a), Pattern::Begins(b)) => !a.starts_with(b.as_str()) && !b.starts_with(a.as_str()),
        (Pattern::Ends(a), Pattern::Ends(b)) => !a.ends_with(b.as_str()) && !b.ends_with(a.as_str()),
        _ => false,
    };
    if clash {
        circuit.demand([!own, !literal]);
    }
    let implied = match (one, other) {
        (Pattern::Begins(a), Pattern::Begins(b)) => a.starts_with(b.as_str()),
        (Pattern::Ends(a), Pattern::Ends(b)) => a.ends_with(b.as_str()),
        (_, Pattern::Contains(b)) => one.part().contains(b.as_str()),
        _ => false,
    };
    if implied {
        circuit.demand([!own, literal]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every assignment that the solver admits is one of a text, and every text gives one that it admits.
    #[test]
    fn patterns_are_told_apart_exactly() {
        let patterns = [
            Pattern::Equals(String::new()),
            Pattern::Equals("abc".to_owned()),
            Pattern::Begins("ab".to_owned()),
            Pattern::Begins("abc".to_owned()),
            Pattern::Begins("b".to_owned()),
            Pattern::Ends("bc".to_owned()),
            Pattern::Ends("c".to_owned()),
            Pattern::Contains("bc".to_owned()),
            Pattern::Contains("d".to_owned()),
        ];
        let mut circuit = Circuit::new();
        let mut text = Text::default();
        let literals: Vec<Lit> = patterns.iter().map(|own| text.meets(own.clone(), &mut circuit)).collect();
        let mut seen = 0;
        for number in 0_u32..1 << patterns.len() {
            let wanted: Vec<bool> = (0..patterns.len()).map(|bit| number >> bit & 1 == 1).collect();
            let assumptions: Vec<Lit> =
                literals.iter().zip(&wanted).map(|(own, value)| if *value { *own } else { !*own }).collect();
            if circuit.solve(&assumptions) == Ok(true) {
                seen += 1;
                let made = text.text(&circuit);
                let met: Vec<bool> = patterns.iter().map(|own| own.holds(&made)).collect();
                assert_eq!(met, wanted, "{made:?}");
            }
        }
        assert!(seen > 20, "{seen}");
        for known in ["", "abc", "abcd", "xbc", "bc", "abc bc", "d", "zzz", "abd c"] {
            let assumptions: Vec<Lit> = literals
                .iter()
                .zip(&patterns)
                .map(|(own, pattern)| if pattern.holds(known) { *own } else { !*own })
                .collect();
            assert_eq!(circuit.solve(&assumptions), Ok(true), "{known:?}");
        }
    }
}
