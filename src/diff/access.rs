//! Who gains and who loses access: decided for every sign-in of somebody from outside, not sampled.

use std::collections::BTreeMap;

use super::Answer;
use super::written::Written;
use crate::access::sign_in::Readings;
use crate::check::{self, Compared, Trouble};
use crate::compile::Unknown;
use crate::finding::internal_error;
use crate::load::Loaded;
use crate::model::Id;

/// Who gains and who loses access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// Sign-ins that are let in after the change and were refused before it, and those that were let in and are refused.
    Decided {
        /// Opened.
        opened: Box<check::Difference>,
        /// Closed.
        closed: Box<check::Difference>,
    },
    /// It was not decided.
    NotDecided {
        /// Why.
        why: String,
        /// Whether that is a mistake of guestlist: the run fails for it, after everything else was told.
        is_internal_error: bool,
    },
}

impl AccessChange {
    /// Whether somebody gains access.
    #[must_use]
    pub fn opened(&self) -> Answer {
        match self {
            Self::Decided { opened, .. } => answer(opened),
            Self::NotDecided { .. } => Answer::Open,
        }
    }

    /// Whether somebody loses access.
    #[must_use]
    pub fn closed(&self) -> Answer {
        match self {
            Self::Decided { closed, .. } => answer(closed),
            Self::NotDecided { .. } => Answer::Open,
        }
    }

    /// Whether a mistake of guestlist stands in the way.
    #[must_use]
    pub const fn has_internal_error(&self) -> bool {
        matches!(self, Self::NotDecided { is_internal_error: true, .. })
    }

    /// Whether it is known of both whether there are any.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.opened() != Answer::Open && self.closed() != Answer::Open
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
pub(super) fn compare(
    old: &Loaded,
    new: &Loaded,
    homes: &BTreeMap<String, Id>,
    readings: &Readings,
    most: usize,
) -> AccessChange {
    let may_differ = |unknown: &Unknown| Written::may_differ(old, new, unknown);
    let asked = |before: &Loaded, after: &Loaded, when: &'static str| {
        check::opened(&before.tenant, &after.tenant, &Compared { homes, readings, most, may_differ: &may_differ, when })
    };
    let both =
        asked(old, new, "after the change").and_then(|opened| Ok((opened, asked(new, old, "before the change")?)));
    match both {
        Ok((opened, closed)) => AccessChange::Decided { opened: Box::new(opened), closed: Box::new(closed) },
        Err(Trouble::Ours(fault)) => AccessChange::NotDecided { why: internal_error(&fault), is_internal_error: true },
        Err(Trouble::Undecided(why)) => AccessChange::NotDecided { why, is_internal_error: false },
        Err(Trouble::Rule(error)) => AccessChange::NotDecided { why: error.message, is_internal_error: false },
    }
}
