//! Who gains and who loses access.

use super::Answer;
use crate::load::Loaded;

/// Who gains and who loses access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// It was not decided, and why.
    NotDecided(String),
}

impl AccessChange {
    /// Whether somebody gains access.
    #[must_use]
    pub fn opened(&self) -> Answer {
        match self {
            Self::NotDecided(_) => Answer::Open,
        }
    }
}

/// Decides who gains and who loses access.
pub(super) fn compare(_: &Loaded, _: &Loaded) -> AccessChange {
    AccessChange::NotDecided("who gains or loses access is not compared yet".to_owned())
}
