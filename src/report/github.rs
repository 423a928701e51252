//! Annotations of a GitHub workflow: one command per finding. Everything is escaped, because a display name could hold a
//! command of its own.

use std::fmt::Write as _;

use super::TenantRun;
use super::escape::{property, workflow};
use super::json::region;
use crate::finding::Severity;
use crate::load::{Place, Weight};

/// The run as workflow commands, a line each.
#[must_use]
pub fn github(runs: &[TenantRun<'_>]) -> String {
    let mut text = String::new();
    for run in runs {
        let loaded = run.loaded;
        for finding in run.report.map(|report| report.findings.as_slice()).unwrap_or_default() {
            let command = match finding.severity {
                Severity::High => "error",
                Severity::Medium | Severity::Low => "warning",
                Severity::Info => "notice",
            };
            let region = &finding.region;
            let _ = writeln!(
                text,
                "::{command} file={},line={},col={},endLine={},title={}::{}",
                property(&loaded.sources.file(region.file).path),
                region.line,
                region.column,
                region.end_line,
                property(&finding.title),
                workflow(&format!("{} ({}): {}", finding.message, finding.rule, finding.help)),
            );
        }
        for problem in loaded.problems.iter().filter(|problem| problem.weight != Weight::Note) {
            let command = if problem.weight == Weight::Error { "error" } else { "warning" };
            let place = match (&problem.place, region(loaded, &problem.place)) {
                (Place::Path(path), _) => format!("file={}", property(path)),
                (Place::File(file), _) => format!("file={}", property(&loaded.sources.file(*file).path)),
                (_, Some(region)) => {
                    let path = property(&loaded.sources.file(region.file).path);
                    format!("file={path},line={},col={}", region.line, region.column)
                }
                _ => String::new(),
            };
            let help = problem.help.as_ref().map_or_else(String::new, |help| format!(": {help}"));
            let message = workflow(&format!("{}{help}", problem.message));
            let _ = writeln!(text, "::{command} {place},title=input::{message}");
        }
        let open: std::collections::BTreeSet<&str> = run
            .report
            .map(|report| report.not_evaluated.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|outcome| outcome.rule.as_str())
            .collect();
        if !open.is_empty() {
            let message = format!(
                "{} {} not evaluated, or not on everything; the text report says why",
                open.len(),
                if open.len() == 1 { "rule was" } else { "rules were" },
            );
            let _ = writeln!(text, "::notice title=guestlist::{}", workflow(&message));
        }
    }
    text
}
