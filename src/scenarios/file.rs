//! The format of scenario files.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::simulate::question::{Setting, UserText, Whens};

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScenarioFile {
    /// What it is about.
    #[serde(default)]
    pub title: Option<String>,
    /// Where the schema is, for editors.
    #[serde(default, rename = "$schema")]
    pub schema: Option<String>,
    /// The tenant: files and folders, relative to this file.
    #[serde(default)]
    pub tenant: Option<OneOrMany>,
    /// Room for YAML anchors; not read.
    #[serde(default)]
    pub definitions: Option<Box<RawValue>>,
    /// Objects laid over the tenant.
    #[serde(default)]
    pub given: Option<Box<RawValue>>,
    /// Mail domains and the Entra tenants behind them.
    #[serde(default)]
    pub home_tenants: BTreeMap<String, String>,
    /// Readings of ambiguities.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Which way what is not known falls: `coverage` or `reachability`.
    #[serde(default)]
    pub assume: Option<String>,
    /// Answer as Microsoft's what-if API: `v1.0` or `beta`.
    #[serde(default)]
    pub parity: Option<String>,
    /// Who.
    #[serde(default)]
    pub user: Option<UserText>,
    /// To what; null is nothing, whatever a default says.
    #[serde(default)]
    pub app: Setting<String>,
    /// Under which conditions.
    #[serde(default)]
    pub when: Whens,
    /// The cases.
    pub cases: Vec<Case>,
}

/// A text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

/// One case, or a matrix of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The number of an acceptance case.
    #[serde(default)]
    pub case: Option<String>,
    /// How sure the expectation is: documented, inferred or a conservative reading.
    #[serde(default)]
    pub tag: Option<String>,
    /// Why: a number of `docs/semantics`, or words.
    #[serde(default)]
    pub because: Option<String>,
    /// Objects laid over the tenant.
    #[serde(default)]
    pub given: Option<Box<RawValue>>,
    /// Several users.
    #[serde(default)]
    pub users: Vec<UserText>,
    /// Several applications.
    #[serde(default)]
    pub apps: Vec<String>,
    /// Readings of ambiguities.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Which way what is not known falls: `coverage` or `reachability`.
    #[serde(default)]
    pub assume: Option<String>,
    /// Answer as Microsoft's what-if API: `v1.0` or `beta`.
    #[serde(default)]
    pub parity: Option<String>,
    /// Who.
    #[serde(default)]
    pub user: Option<UserText>,
    /// To what; null is nothing, whatever a default says.
    #[serde(default)]
    pub app: Setting<String>,
    /// Under which conditions.
    #[serde(default)]
    pub when: Whens,
    /// What is expected.
    pub expect: Expectation,
}

/// What is expected; what is left out is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expectation {
    /// `allow`, `allowAfter`, `block` or `unknown`.
    pub verdict: Option<String>,
    /// All steps.
    pub steps: Option<Vec<String>>,
    /// The first failing stage.
    pub stage: Option<String>,
    /// Its code; null is no documented code.
    pub code: Setting<u32>,
    /// All failing stages.
    pub stages: Option<Vec<String>>,
    /// All policies that refuse at the first failing stage.
    pub by: Option<Vec<String>>,
    /// All enforced policies that apply.
    pub applied: Option<Vec<String>>,
    /// Policies that do not apply, with all reasons.
    pub not_applied: Option<BTreeMap<String, Vec<String>>>,
    /// Policies of which that is not known, with all reasons.
    pub undecided: Option<BTreeMap<String, Vec<String>>>,
    /// Results of report-only policies.
    pub report_only: Option<BTreeMap<String, String>>,
    /// All topics on which the verdict depends.
    pub unknown: Option<Vec<String>>,
    /// Ambiguities that were met.
    pub leans_on: Option<Vec<String>>,
    /// Session controls.
    pub session: Option<SessionExpectation>,
    /// All policies that Microsoft's what-if would return, with the reasons.
    pub what_if: Option<BTreeMap<String, String>>,
}

/// Session controls that are expected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SessionExpectation {
    /// Hours until the next sign-in.
    pub sign_in_frequency_hours: Option<i64>,
    /// `never` or `always`.
    pub persistent_browser: Option<String>,
    /// Whether the application restricts what can be done.
    pub application_enforced_restrictions: Option<bool>,
    /// Whether tokens are bound to the device.
    pub secure_sign_in_session: Option<bool>,
}
