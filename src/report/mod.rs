//! Layer 5: what a run found, as text, JSON or annotations: one file per format, pure functions of the same data.

mod access;
mod compiled;
mod diff;
mod escape;
mod github;
mod json;
mod paint;
mod perhaps;
mod scenarios;
mod sign_in;
mod text;
mod window;

pub use access::{AccessOnly, AccessReport, AccessTextOptions, access_csv, access_json, access_text, thousands};
pub use compiled::{CompiledReport, compiled_json, compiled_text, entities_json, not_expressed_json, request_json};
pub use diff::{DiffReport, DiffTextOptions, diff_json, diff_markdown, diff_text};
pub use escape::{plain, property, workflow};
pub use github::github;
pub use json::json;
pub use scenarios::{TestTextOptions, scenarios_json, scenarios_text};
pub use sign_in::{SignInTextOptions, scenario_line, sign_in_json, sign_in_text, what_if_json, what_if_text};
pub use text::{TextOptions, pack_errors, problem_line, text};
pub use window::Snippet;

use crate::check::Report;
use crate::config::Waiver;
use crate::load::Loaded;

/// One tenant of a run.
#[derive(Debug)]
pub struct TenantRun<'r> {
    /// The folder, where the run took every first-level folder as a tenant.
    pub name: Option<String>,
    /// What was read.
    pub loaded: &'r Loaded,
    /// What was found; `None` where the files are of more than one tenant.
    pub report: Option<&'r Report>,
    /// Waivers by number.
    pub waivers: &'r [Waiver],
}
