//! What a rule says of itself.

use super::pack::PackError;
use crate::finding::Severity;

/// A rule's annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Kebab-case, names the bad pattern, never changes its meaning.
    pub id: String,
    /// The headline.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong with an object, with placeholders.
    pub message: String,
    /// What to do, with placeholders.
    pub help: String,
    /// The attribute to point at.
    pub at: Option<String>,
    /// Which of the sign-ins that a promise is about it promises.
    pub quantifier: Option<Quantifier>,
}

/// How much a promise promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Quantifier {
    /// For everybody and every application that it is about there is a sign-in that is let in.
    #[default]
    Some,
    /// Every sign-in that it matches is let in.
    Every,
}

const KNOWN: [&str; 7] = ["id", "title", "severity", "message", "help", "at", "quantifier"];

impl Metadata {
    /// Reads the annotations of a policy.
    ///
    /// # Errors
    /// One is missing, unknown or not as it should be.
    pub(super) fn read(policy: &cedar_policy::Policy, file: &str, text: &str) -> Result<Self, PackError> {
        let fail = |message: String| PackError::at_policy(file, text, policy, message);
        for (name, _) in policy.annotations() {
            if !KNOWN.contains(&name) {
                return Err(fail(format!("unknown annotation `@{name}`; known are `@{}`", KNOWN.join("`, `@"))));
            }
        }
        let need = |name: &str| match policy.annotation(name) {
            Some(value) if !value.trim().is_empty() => Ok(value.to_owned()),
            _ => Err(fail(format!("the annotation `@{name}` is missing"))),
        };
        let id = need("id")?;
        let kebab = id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if !kebab {
            return Err(fail(format!("`{id}` is not an id in kebab-case")));
        }
        let severity = need("severity")?;
        let Some(severity) = Severity::read(&severity) else {
            return Err(fail(format!("`{severity}` is not a severity; `high`, `medium`, `low` and `info` are")));
        };
        let at = policy.annotation("at").map(str::to_owned);
        let quantifier = match policy.annotation("quantifier") {
            None => None,
            Some("some") => Some(Quantifier::Some),
            Some("every") => Some(Quantifier::Every),
            Some(other) => return Err(fail(format!("`{other}` is not a quantifier; `some` and `every` are"))),
        };
        Ok(Self { id, title: need("title")?, severity, message: need("message")?, help: need("help")?, at, quantifier })
    }
}
