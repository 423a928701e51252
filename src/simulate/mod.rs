//! Layer 4: what if they sign in. Words to scenarios, scenarios to explanations, populations to a table of access.

mod at_large;
pub mod question;
mod resolve;

pub use at_large::{ANY_OTHER_APPLICATION, ANY_OTHER_TENANT, INTERNAL_MEMBER, PROVIDERS};
pub use resolve::{Misunderstood, Resolver, conditions};

/// Which way what is not known falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assume {
    /// For whoever wants in: is everything covered?
    Coverage,
    /// Against them: can they be sure to get in?
    Reachability,
}

impl Assume {
    /// Reads `coverage` or `reachability`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "coverage" => Some(Self::Coverage),
            "reachability" => Some(Self::Reachability),
            _ => None,
        }
    }
}
