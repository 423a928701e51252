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
}

const KNOWN: [&str; 6] = ["id", "title", "severity", "message", "help", "at"];

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
        Ok(Self { id, title: need("title")?, severity, message: need("message")?, help: need("help")?, at })
    }
}
