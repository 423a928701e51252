//! Results of scenario files, as text and as JSON in the terms of `JUnit`: suites of cases with failures and errors.

use std::fmt::Write as _;

use serde::Serialize;

use super::escape::plain;
use super::json::pretty;
use super::paint::Paint;
use crate::scenarios::{CaseOutcome, CaseResult, FileResult};

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct TestTextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Cases that passed too.
    pub verbose: bool,
}

/// Text for people: every case that failed with what was expected and what came out, then a count.
#[must_use]
pub fn scenarios_text(results: &[FileResult], options: TestTextOptions) -> String {
    let paint = Paint(options.color);
    let mut text = String::new();
    for file in results {
        let failed = file.failed();
        let mark = match failed {
            0 => paint.green("ok"),
            _ if file.error.is_some() => paint.red("error"),
            _ => paint.red("failed"),
        };
        let count = if file.cases.len() == 1 { "1 case".to_owned() } else { format!("{} cases", file.cases.len()) };
        let _ = writeln!(text, "{mark} {} ({count})", plain(&file.path));
        if let Some(error) = &file.error {
            let _ = writeln!(text, "  {} {}", paint.red("error:"), plain(error));
        }
        for case in &file.cases {
            of_case(file, case, options, paint, &mut text);
        }
    }
    let broken: usize = results.iter().map(|file| file.broken() + usize::from(file.error.is_some())).sum();
    let failed: usize = results.iter().map(FileResult::failed).sum();
    let outcomes = results.iter().flat_map(|file| &file.cases).map(|case| &case.outcome);
    let passed = outcomes.filter(|outcome| matches!(outcome, CaseOutcome::Passed)).count();
    let _ = write!(text, "\n{passed} passed, {} failed", failed.saturating_sub(broken));
    let _ = if broken == 0 { writeln!(text) } else { writeln!(text, ", {broken} could not be asked") };
    text
}

fn of_case(file: &FileResult, case: &CaseResult, options: TestTextOptions, paint: Paint, text: &mut String) {
    let name = match &case.case {
        Some(number) => format!("{} {}", plain(number), plain(&case.name)),
        None => plain(&case.name),
    };
    match &case.outcome {
        CaseOutcome::Passed if options.verbose => {
            let _ = writeln!(text, "  {} {name}", paint.green("ok"));
        }
        CaseOutcome::Passed => {}
        CaseOutcome::Failed(differences) => {
            let place = if case.line > 0 { format!("{}:{}", plain(&file.path), case.line) } else { plain(&file.path) };
            let _ = writeln!(text, "  {} {name}  ({place})", paint.red("failed"));
            for difference in differences {
                let _ = writeln!(text, "    {}", plain(&difference.what));
                let _ = writeln!(text, "      {}", paint.green(&format!("expected: {}", plain(&difference.expected))));
                let _ = writeln!(text, "      {}", paint.red(&format!("got:      {}", plain(&difference.got))));
            }
            if let Some(because) = &case.because {
                let _ = writeln!(text, "    because of {}", plain(because));
            }
        }
        CaseOutcome::Broken(why) => {
            let _ = writeln!(text, "  {} {name}", paint.red("error"));
            let _ = writeln!(text, "    {}", plain(why));
        }
    }
}

#[derive(Serialize)]
struct Document<'r> {
    version: u8,
    tests: usize,
    failures: usize,
    errors: usize,
    suites: Vec<Suite<'r>>,
}

#[derive(Serialize)]
struct Suite<'r> {
    name: &'r str,
    file: &'r str,
    tests: usize,
    failures: usize,
    errors: usize,
    error: Option<&'r str>,
    cases: Vec<CaseView<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseView<'r> {
    name: &'r str,
    case: Option<&'r str>,
    tag: Option<&'r str>,
    because: Option<&'r str>,
    line: Option<usize>,
    status: &'static str,
    differences: Vec<DifferenceView<'r>>,
    error: Option<&'r str>,
}

#[derive(Serialize)]
struct DifferenceView<'r> {
    what: &'r str,
    expected: &'r str,
    got: &'r str,
}

/// The same as JSON, indented, with a line end.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn scenarios_json(results: &[FileResult]) -> Result<String, serde_json::Error> {
    let suites: Vec<Suite<'_>> = results.iter().map(suite).collect();
    pretty(&Document {
        version: 1,
        tests: suites.iter().map(|suite| suite.tests).sum(),
        failures: suites.iter().map(|suite| suite.failures).sum(),
        errors: suites.iter().map(|suite| suite.errors).sum(),
        suites,
    })
}

fn suite(file: &FileResult) -> Suite<'_> {
    let broken = file.broken();
    Suite {
        name: file.title.as_deref().unwrap_or(&file.path),
        file: &file.path,
        tests: file.cases.len(),
        failures: file.failed() - broken - usize::from(file.error.is_some()),
        errors: broken + usize::from(file.error.is_some()),
        error: file.error.as_deref(),
        cases: file.cases.iter().map(case_view).collect(),
    }
}

fn case_view(case: &CaseResult) -> CaseView<'_> {
    let (status, differences, error) = match &case.outcome {
        CaseOutcome::Passed => ("passed", Vec::new(), None),
        CaseOutcome::Failed(differences) => {
            let views = differences.iter().map(|difference| DifferenceView {
                what: &difference.what,
                expected: &difference.expected,
                got: &difference.got,
            });
            ("failed", views.collect(), None)
        }
        CaseOutcome::Broken(why) => ("error", Vec::new(), Some(why.as_str())),
    };
    CaseView {
        name: &case.name,
        case: case.case.as_deref(),
        tag: case.tag.as_deref(),
        because: case.because.as_deref(),
        line: (case.line > 0).then_some(case.line),
        status,
        differences,
        error,
    }
}
