//! The format of scenario files.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::simulate::question::{Mapped, Setting, UserText, Whens, filled, mapped};

/// What is named is there: null is a mistake unless it means something.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn present_map<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    mapped(deserializer).map(Some)
}

fn maps<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list: Vec<Mapped<T>> = filled(deserializer)?;
    Ok(list.into_iter().map(|Mapped(value)| value).collect())
}

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScenarioFile {
    /// What it is about.
    #[serde(default, deserialize_with = "present")]
    pub title: Option<String>,
    /// Where the schema is, for editors.
    #[serde(default, rename = "$schema")]
    pub schema: Option<String>,
    /// The tenant: files and folders, relative to this file.
    #[serde(default)]
    pub tenant: Setting<String>,
    /// Room for YAML anchors; not read.
    #[serde(default)]
    pub definitions: Option<Box<RawValue>>,
    /// Objects laid over the tenant.
    #[serde(default, deserialize_with = "present")]
    pub given: Option<Box<RawValue>>,
    /// Mail domains and the Entra tenants behind them.
    #[serde(default)]
    pub home_tenants: BTreeMap<String, String>,
    /// Readings of ambiguities.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Which way what is not known falls: `coverage` or `reachability`.
    #[serde(default, deserialize_with = "present")]
    pub assume: Option<String>,
    /// Answer as Microsoft's what-if API: `v1.0` or `beta`.
    #[serde(default, deserialize_with = "present")]
    pub parity: Option<String>,
    /// Who.
    #[serde(default, deserialize_with = "present")]
    pub user: Option<UserText>,
    /// To what; null is nothing, whatever a default says.
    #[serde(default)]
    pub app: Setting<String>,
    /// Under which conditions.
    #[serde(default, deserialize_with = "mapped")]
    pub when: Whens,
    /// The cases.
    #[serde(deserialize_with = "maps")]
    pub cases: Vec<Case>,
}

/// One case, or a matrix of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The number of an acceptance case.
    #[serde(default, deserialize_with = "present")]
    pub case: Option<String>,
    /// How sure the expectation is: documented, inferred or a conservative reading.
    #[serde(default, deserialize_with = "present")]
    pub tag: Option<String>,
    /// Why: a number of `docs/semantics`, or words.
    #[serde(default, deserialize_with = "present")]
    pub because: Option<String>,
    /// Objects laid over the tenant.
    #[serde(default, deserialize_with = "present")]
    pub given: Option<Box<RawValue>>,
    /// Several users.
    #[serde(default, deserialize_with = "filled")]
    pub users: Vec<UserText>,
    /// Several applications.
    #[serde(default, deserialize_with = "filled")]
    pub apps: Vec<String>,
    /// Readings of ambiguities.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Which way what is not known falls: `coverage` or `reachability`.
    #[serde(default, deserialize_with = "present")]
    pub assume: Option<String>,
    /// Answer as Microsoft's what-if API: `v1.0` or `beta`.
    #[serde(default, deserialize_with = "present")]
    pub parity: Option<String>,
    /// Who.
    #[serde(default, deserialize_with = "present")]
    pub user: Option<UserText>,
    /// To what; null is nothing, whatever a default says.
    #[serde(default)]
    pub app: Setting<String>,
    /// Under which conditions.
    #[serde(default, deserialize_with = "mapped")]
    pub when: Whens,
    /// What is expected.
    #[serde(deserialize_with = "mapped")]
    pub expect: Expectation,
}

/// What is expected; what is left out is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expectation {
    /// `allow`, `allowAfter`, `block` or `unknown`.
    #[serde(deserialize_with = "present")]
    pub verdict: Option<String>,
    /// All steps.
    #[serde(deserialize_with = "present")]
    pub steps: Option<Vec<String>>,
    /// The first failing stage.
    #[serde(deserialize_with = "present")]
    pub stage: Option<String>,
    /// Its code; null is no documented code.
    #[serde(deserialize_with = "present")]
    pub code: Option<Option<u32>>,
    /// All failing stages.
    #[serde(deserialize_with = "present")]
    pub stages: Option<Vec<String>>,
    /// All policies that refuse at the first failing stage.
    #[serde(deserialize_with = "present")]
    pub by: Option<Vec<String>>,
    /// All enforced policies that apply.
    #[serde(deserialize_with = "present")]
    pub applied: Option<Vec<String>>,
    /// Policies that do not apply, with all reasons.
    #[serde(deserialize_with = "present")]
    pub not_applied: Option<BTreeMap<String, Vec<String>>>,
    /// Policies of which that is not known, with all reasons.
    #[serde(deserialize_with = "present")]
    pub undecided: Option<BTreeMap<String, Vec<String>>>,
    /// Results of report-only policies.
    #[serde(deserialize_with = "present")]
    pub report_only: Option<BTreeMap<String, String>>,
    /// All topics on which the verdict depends.
    #[serde(deserialize_with = "present")]
    pub unknown: Option<Vec<String>>,
    /// Ambiguities that were met.
    #[serde(deserialize_with = "present")]
    pub leans_on: Option<Vec<String>>,
    /// Session controls.
    #[serde(deserialize_with = "present_map")]
    pub session: Option<SessionExpectation>,
    /// All policies that Microsoft's what-if would return, with the reasons.
    #[serde(deserialize_with = "present")]
    pub what_if: Option<BTreeMap<String, String>>,
}

/// Session controls that are expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SessionExpectation {
    /// Hours until the next sign-in; null is not set.
    #[serde(deserialize_with = "present")]
    pub sign_in_frequency_hours: Option<Option<i64>>,
    /// `never` or `always`; null is not set.
    #[serde(deserialize_with = "present")]
    pub persistent_browser: Option<Option<String>>,
    /// Whether the application restricts what can be done.
    #[serde(deserialize_with = "present")]
    pub application_enforced_restrictions: Option<bool>,
    /// Whether tokens are bound to the device.
    #[serde(deserialize_with = "present")]
    pub secure_sign_in_session: Option<bool>,
}

impl SessionExpectation {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
