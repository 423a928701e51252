//! Who gains and who loses access: decided for every sign-in of somebody from outside, not sampled.

use std::collections::BTreeMap;

use super::Answer;
use crate::check::{self, opened};
use crate::load::Loaded;
use crate::model::Id;

/// Who gains and who loses access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// Sign-ins that are let in after the change and were refused before it, and those that were let in and are refused.
    Decided {
        /// Opened.
        opened: check::Difference,
        /// Closed.
        closed: check::Difference,
    },
    /// It was not decided, and why.
    NotDecided(String),
}

impl AccessChange {
    /// Whether somebody gains access.
    #[must_use]
    pub fn opened(&self) -> Answer {
        match self {
            Self::Decided { opened, .. } => answer(opened),
            Self::NotDecided(_) => Answer::Open,
        }
    }

    /// Whether somebody loses access.
    #[must_use]
    pub fn closed(&self) -> Answer {
        match self {
            Self::Decided { closed, .. } => answer(closed),
            Self::NotDecided(_) => Answer::Open,
        }
    }
}

fn answer(found: &check::Difference) -> Answer {
    match (found.sets.is_empty(), found.complete) {
        (false, _) => Answer::Yes,
        (true, true) => Answer::No,
        (true, false) => Answer::Open,
    }
}

/// Decides who gains and loses access, in as many sets of sign-ins as `most`.
pub(super) fn compare(old: &Loaded, new: &Loaded, homes: &BTreeMap<String, Id>, most: usize) -> AccessChange {
    let both = opened(&old.tenant, &new.tenant, homes, most)
        .and_then(|opened| Ok((opened, check::opened(&new.tenant, &old.tenant, homes, most)?)));
    match both {
        Ok((opened, closed)) => AccessChange::Decided { opened, closed },
        Err(why) => AccessChange::NotDecided(why),
    }
}
