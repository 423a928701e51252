//! Yes, no, or unknown with the reason.

use crate::model::{Gap, Kind, Told};

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// The reason, as a clause.
    pub text: String,
    /// The collection that would tell.
    pub missing: Option<Kind>,
    /// The point on which the documents are silent or disagree (`docs/semantics/ambiguities.md`), where that is why.
    pub ambiguity: Option<&'static str>,
}

impl Why {
    /// A reason that an export of `kind` would remove.
    #[must_use]
    pub fn missing(kind: Kind, text: impl Into<String>) -> Self {
        Self { text: text.into(), missing: Some(kind), ambiguity: None }
    }

    /// A reason that lies in an object's own text.
    #[must_use]
    pub fn unreadable(text: impl Into<String>) -> Self {
        Self { text: text.into(), missing: None, ambiguity: None }
    }

    /// A reason that lies in what a scenario leaves open.
    #[must_use]
    pub fn unspecified(text: impl Into<String>) -> Self {
        Self { text: text.into(), missing: None, ambiguity: None }
    }

    /// A reason that lies in Microsoft's documents.
    #[must_use]
    pub fn ambiguous(id: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), missing: None, ambiguity: Some(id) }
    }
}

/// An answer in three values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It cannot be told.
    Unknown(Why),
}

impl Answer {
    /// Whether it is yes for certain.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        *self == Self::Yes
    }

    /// Whether it is no for certain.
    #[must_use]
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Yes if both are; no if one is no.
    #[must_use]
    pub fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Unknown(why) => {
                if other().is_no() {
                    Self::No
                } else {
                    Self::Unknown(why)
                }
            }
        }
    }

    /// Yes if one is; no if both are.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Self) -> Self {
        self.negated().and(|| other().negated()).negated()
    }

    /// Yes if one of them is; the first unknown if none is and some are not known.
    #[must_use]
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut unknown = None;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::No => {}
                Self::Unknown(why) => {
                    unknown.get_or_insert(why);
                }
            }
        }
        unknown.map_or(Self::No, Self::Unknown)
    }

    /// Yes if all of them are.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::any(answers.into_iter().map(Self::negated)).negated()
    }

    /// The answer that a member of an object gives.
    #[must_use]
    pub fn told(told: &Told<bool>, why: impl FnOnce(&Gap) -> Why) -> Self {
        match told {
            Ok(true) => Self::Yes,
            Ok(false) => Self::No,
            Err(gap) => Self::Unknown(why(gap)),
        }
    }

    /// A truth value, or why there is none.
    ///
    /// # Errors
    /// The reason, when unknown.
    pub fn known(self) -> Result<bool, Why> {
        match self {
            Self::Yes => Ok(true),
            Self::No => Ok(false),
            Self::Unknown(why) => Err(why),
        }
    }
}

impl From<bool> for Answer {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values() {
        let unknown = || Answer::Unknown(Why::unreadable("x"));
        assert_eq!(Answer::any([Answer::No, unknown(), Answer::Yes]), Answer::Yes);
        assert_eq!(Answer::any([Answer::No, unknown()]), unknown());
        assert_eq!(Answer::all([Answer::Yes, unknown(), Answer::No]), Answer::No);
        assert_eq!(Answer::all([Answer::Yes, unknown()]), unknown());
        assert_eq!(unknown().and(|| Answer::No), Answer::No);
        assert_eq!(unknown().and(|| Answer::Yes), unknown());
    }
}
