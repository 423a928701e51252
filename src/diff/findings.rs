//! Findings that came and went, by fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Place, Side, Which};
use crate::check::Report;
use crate::finding::{Finding, NotEvaluated};
use crate::load::Loaded;

/// A finding of one side.
#[derive(Debug, Clone)]
pub struct ChangedFinding {
    /// The finding. Its region is of the side that has it.
    pub finding: Finding,
    /// Where it is.
    pub place: Place,
    /// Whether a waiver covers it.
    pub waived: bool,
}

/// What became of findings.
#[derive(Debug, Default)]
pub struct FindingChanges {
    /// Findings that were not there before.
    pub new: Vec<ChangedFinding>,
    /// Findings that may have been there before: their rules were not evaluated on the old side.
    pub perhaps_new: Vec<ChangedFinding>,
    /// Findings that are gone.
    pub fixed: Vec<ChangedFinding>,
    /// Findings that are gone because their rules were not evaluated on the new side.
    pub no_longer_evaluated: Vec<ChangedFinding>,
    /// Findings of both sides, by number.
    pub same: usize,
    /// Rules that were evaluated on the old side and not, or not on everything, on the new one.
    pub stopped: Vec<NotEvaluated>,
    /// Rules that were not evaluated, or not on everything, on both sides.
    pub evaluated_on_neither: BTreeSet<String>,
}

impl FindingChanges {
    /// Whether there are new findings that nobody answers for.
    #[must_use]
    pub fn has_new(&self) -> Answer {
        let unanswered = |findings: &[ChangedFinding]| findings.iter().any(|finding| !finding.waived);
        match () {
            () if unanswered(&self.new) => Answer::Yes,
            () if unanswered(&self.perhaps_new) || !self.stopped.is_empty() => Answer::Open,
            () => Answer::No,
        }
    }

    /// Whether something could not be told.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.perhaps_new.is_empty() || !self.no_longer_evaluated.is_empty() || !self.stopped.is_empty()
    }
}

/// Everything that a side found.
fn found(side: Side<'_>, which: Which) -> Vec<ChangedFinding> {
    let place = |finding: &Finding| Place {
        which,
        file: path(side.loaded, finding),
        line: finding.region.line,
        column: finding.region.column,
    };
    let changed =
        |finding: &Finding, waived| ChangedFinding { finding: finding.clone(), place: place(finding), waived };
    let open = side.report.findings.iter().map(|finding| changed(finding, false));
    open.chain(side.report.waived.iter().map(|(finding, _)| changed(finding, true))).collect()
}

fn path(loaded: &Loaded, finding: &Finding) -> String {
    // A finding without a place points at the first file, and there may be none.
    if loaded.files.is_empty() { String::new() } else { loaded.sources.file(finding.region.file).path.clone() }
}

/// Whether the rule was surely evaluated on that object.
fn was_evaluated(report: &Report, finding: &Finding) -> bool {
    report.not_evaluated.iter().filter(|outcome| outcome.rule == finding.rule).all(|outcome| {
        // Of several objects only the first one is named.
        outcome.objects.as_ref().is_some_and(|(count, first)| *count == 1 && first.id != finding.subject.id)
    })
}

pub(super) fn compare(old: Side<'_>, new: Side<'_>) -> FindingChanges {
    let mut changes = FindingChanges::default();
    let mut before: BTreeMap<String, Vec<ChangedFinding>> = BTreeMap::new();
    for finding in found(old, Which::Old) {
        before.entry(finding.finding.fingerprint.clone()).or_default().push(finding);
    }
    for finding in found(new, Which::New) {
        let same = before.get_mut(&finding.finding.fingerprint).and_then(Vec::pop);
        match same {
            Some(_) => changes.same += 1,
            None if was_evaluated(old.report, &finding.finding) => changes.new.push(finding),
            None => changes.perhaps_new.push(finding),
        }
    }
    let mut gone: Vec<ChangedFinding> = before.into_values().flatten().collect();
    gone.sort_by(|one, other| {
        let key = |found: &ChangedFinding| (std::cmp::Reverse(found.finding.severity), found.finding.rule.clone());
        key(one).cmp(&key(other)).then_with(|| one.finding.subject.cmp(&other.finding.subject))
    });
    for finding in gone {
        if was_evaluated(new.report, &finding.finding) {
            changes.fixed.push(finding);
        } else {
            changes.no_longer_evaluated.push(finding);
        }
    }
    let before: BTreeSet<&str> = old.report.not_evaluated.iter().map(|outcome| outcome.rule.as_str()).collect();
    for outcome in &new.report.not_evaluated {
        if before.contains(outcome.rule.as_str()) {
            changes.evaluated_on_neither.insert(outcome.rule.clone());
        } else {
            changes.stopped.push(outcome.clone());
        }
    }
    changes
}
