//! Layer 4: what if they sign in. Words to scenarios, scenarios to explanations, populations to a table of access.

mod access;
mod at_large;
pub mod question;
mod resolve;
pub mod what_if;
mod whence;
pub mod words;

use crate::access::sign_in::{Explanation, Readings, Scenario, Verdict};
use crate::model::Tenant;

pub use access::{
    AccessQuery, AccessTable, Application, Asking, Cells, Group, Outcome, Path, Person, Progress, Verdicts, access,
    over_plain, plain_conditions,
};
pub use at_large::{ANY_OTHER_APPLICATION, PROVIDERS, name, no_application, word};
pub use resolve::{Misunderstood, Resolver, attribute_name, conditions};
pub use whence::Whence;

/// A sign-in and what comes of it.
#[derive(Debug)]
pub struct Answered<'t> {
    /// The tenant.
    pub tenant: &'t Tenant,
    /// The sign-in.
    pub scenario: Scenario,
    /// What comes of it, and why.
    pub explanation: Explanation,
    /// Which way what is not known falls; `None`: it stays unknown.
    pub assume: Option<Assume>,
    /// How ambiguities are read.
    pub readings: Readings,
}

impl Answered<'_> {
    /// The verdict that counts.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        match self.assume {
            None => &self.explanation.verdict,
            Some(Assume::Coverage) => &self.explanation.coverage,
            Some(Assume::Reachability) => &self.explanation.reachability,
        }
    }
}

/// Which way what is not known falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assume {
    /// For whoever wants in: is everything covered?
    Coverage,
    /// Against them: can they be sure to get in?
    Reachability,
}

impl Assume {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Coverage, Self::Reachability];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Reachability => "reachability",
        }
    }

    /// Reads `coverage` or `reachability`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.as_str() == text)
    }
}
