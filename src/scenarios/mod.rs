//! Layer 4: scenario files: questions with expectations, for CI.

mod expect;
mod file;
mod run;
mod schema;

pub use expect::Difference;
pub use file::{Case, Expectation, ScenarioFile, SessionExpectation};
pub use run::{CaseOutcome, CaseResult, FileResult, ReadTenant, run};
pub use schema::schema;
