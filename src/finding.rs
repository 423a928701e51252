//! Layer 1: what a run finds.

use std::fmt;

use crate::source::Region;

/// How bad a finding is. Fixed per rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// A weakness, or likely breakage.
    Medium,
    /// A security gap, or certain breakage.
    High,
}

impl Severity {
    /// All, from the least to the worst.
    pub const ALL: [Self; 4] = [Self::Info, Self::Low, Self::Medium, Self::High];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The object that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its type in the rules' schema.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its display name; may hold anything, escape it before showing.
    pub name: String,
}

/// A rule that an object breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong with this object. Holds text from the export: escape it before showing.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The command that shows it, where it is about a sign-in; `help` names it as well.
    pub command: Option<String>,
    /// More about it, a line each. Holds text from the export, too.
    pub details: Vec<String>,
    /// Users of the export whom it concerns, where it is about sign-ins.
    pub users: Vec<Subject>,
    /// The object.
    pub subject: Subject,
    /// Where it stands.
    pub region: Region,
    /// The same in every run on every machine, for the same rule and object.
    pub fingerprint: String,
}

impl Finding {
    /// A fingerprint of rule and object. Two objects of one id have one fingerprint; places and order do not matter.
    #[must_use]
    pub fn fingerprint(rule: &str, kind: &str, id: &str) -> String {
        use std::fmt::Write as _;

        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(format!("v1\0{rule}\0{kind}\0{id}").as_bytes());
        let mut text = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// A rule that could not be evaluated, for one object or for a whole collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotEvaluated {
    /// The rule.
    pub rule: String,
    /// Why, as a clause.
    pub reason: String,
    /// What to export to have it evaluated.
    pub export: Option<String>,
    /// The objects, when it is not the whole collection: how many, and the first one.
    pub objects: Option<(usize, Subject)>,
    /// Whether that is a mistake of guestlist itself: the run fails for it, after everything else was told.
    pub is_internal_error: bool,
}

impl NotEvaluated {
    /// Why a rule could not be evaluated at all, and what to export so that it can.
    #[must_use]
    pub fn whole(rule: &str, reason: String, export: Option<String>) -> Self {
        Self { rule: rule.to_owned(), reason, export, objects: None, is_internal_error: false }
    }

    /// A mistake of ours cost the rule.
    #[must_use]
    pub fn internal_error(rule: &str, fault: &str) -> Self {
        Self { is_internal_error: true, ..Self::whole(rule, internal_error(fault), None) }
    }
}

/// A mistake of guestlist, with what whoever meets it can do.
#[must_use]
pub fn internal_error(fault: &str) -> String {
    format!("internal error, a bug of guestlist that we would like to hear of: {fault}")
}

/// What became of a rule and an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The object is as the rule wants it.
    Holds,
    /// It is not.
    Violated,
    /// The export does not tell: attributes that are missing, by their path.
    NotEvaluated(Vec<String>),
}
