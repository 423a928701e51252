//! Layer 0: “did you mean”.

/// The candidate that is nearest to a word, if it is near enough to be meant.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let limit = word.chars().count() / 3 + 1;
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and changes between two words.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, candidate) in other.iter().enumerate() {
            let left = next.last().copied().unwrap_or_default() + 1;
            let above = row.get(column + 1).copied().unwrap_or_default() + 1;
            let diagonal = row.get(column).copied().unwrap_or_default() + usize::from(character != *candidate);
            next.push(left.min(above).min(diagonal));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested() {
        let words = ["guest-without-sponsor", "review-keeps-access"];
        assert_eq!(nearest("guest-without-sponser", words.into_iter()), Some(words[0]));
        assert_eq!(nearest("x", words.into_iter()), None);
    }
}
