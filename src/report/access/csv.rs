//! The table as CSV (RFC 4180): a row for each application of a class of people, or of a person.

use std::io::{self, Write};

use super::super::escape::plain;
use super::{AccessReport, Cell, stage};
use crate::access::sign_in::{Step, Verdict};
use crate::simulate::{Group, Path};

/// A cell: harmless on a terminal, no formula to a spreadsheet, quoted where it must be.
fn cell(text: &str) -> String {
    let mut text = plain(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn line<'c>(output: &mut impl Write, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
    for (at, text) in cells.into_iter().enumerate() {
        if at > 0 {
            output.write_all(b",")?;
        }
        output.write_all(cell(text).as_bytes())?;
    }
    output.write_all(b"\r\n")
}

const BY_CLASS: [&str; 4] = ["organization", "kind", "here", "people"];
const BY_PERSON: [&str; 5] = ["userId", "user", "organization", "kind", "here"];
const OF_CELL: [&str; 11] = [
    "applicationId",
    "application",
    "path",
    "package",
    "verdict",
    "steps",
    "stage",
    "code",
    "withoutMfa",
    "policies",
    "maybePolicies",
];

/// Writes the table, by class or by person.
///
/// # Errors
/// What the writer fails with.
pub fn access_csv(report: &AccessReport<'_>, by_person: bool, output: &mut impl Write) -> io::Result<()> {
    if by_person {
        line(output, BY_PERSON.into_iter().chain(OF_CELL))?;
    } else {
        line(output, BY_CLASS.into_iter().chain(OF_CELL))?;
    }
    for group in &report.table.groups {
        let here = if group.here { "true" } else { "false" };
        let rows: Vec<String> = report.cells(group).into_iter().flat_map(|found| rows(report, group, found)).collect();
        let mut all = |head: &[&str]| -> io::Result<()> {
            let head = head.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
            for row in &rows {
                write!(output, "{head},{row}\r\n")?;
            }
            Ok(())
        };
        if !by_person {
            all(&[&group.organization, &group.kind, here, &group.count.to_string()])?;
            continue;
        }
        let people = group.people.iter().filter_map(|number| report.table.people.get(*number));
        let mut nobody = true;
        for person in people {
            nobody = false;
            let id = person.id.as_ref().map_or("", |id| id.as_str());
            all(&[id, &person.name, &group.organization, &group.kind, here])?;
        }
        if nobody {
            all(&["", "", &group.organization, &group.kind, here])?;
        }
    }
    Ok(())
}

/// What is told of each application of an outcome, joined already.
fn rows(report: &AccessReport<'_>, group: &Group, (outcome, applications): &Cell) -> Vec<String> {
    let package = if let Path::Package { name, .. } = &outcome.path { name.as_str() } else { "" };
    let verdict = report.verdict(outcome);
    let steps = if let Verdict::AllowAfter(steps) = verdict {
        steps.iter().map(step).collect::<Vec<_>>().join("; ")
    } else {
        String::new()
    };
    let (stage, code) = stage(verdict).map_or(("", None), |(stage, code)| (stage.as_str(), code));
    let code = code.map(|code| code.to_string()).unwrap_or_default();
    let without = if report.is_without_mfa(group, outcome) { "true" } else { "false" };
    let policies = report.table.policies.get(outcome.policies);
    let surely = policies.map(|policies| policies.surely.join("; ")).unwrap_or_default();
    let maybe = policies.map(|policies| policies.maybe.join("; ")).unwrap_or_default();
    let path = outcome.path.as_str();
    let rest = [path, package, verdict.as_str(), &steps, stage, &code, without, &surely, &maybe].map(cell).join(",");
    applications
        .iter()
        .filter_map(|number| report.table.applications.get(*number))
        .map(|application| format!("{},{},{rest}", cell(application.id.as_str()), cell(&application.name)))
        .collect()
}

/// The step's name, with what only it has.
fn step(step: &Step) -> String {
    match step {
        Step::AcceptTermsOfUse(id) => format!("{}({id})", step.as_str()),
        Step::CustomControl(name) => format!("{}({name})", step.as_str()),
        _ if step.methods().is_empty() => step.as_str().to_owned(),
        _ => format!("{}({})", step.as_str(), step.methods().join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        for (text, told) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
            ("+1,2", "\"'+1,2\""),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            // Control characters are written out, so that none begins a cell.
            ("\t=1", "\\u{9}=1"),
            ("\r=1", "\\u{d}=1"),
            ("a\nb\u{1b}[31m", "a\\u{a}b\\u{1b}[31m"),
            ("", ""),
        ] {
            assert_eq!(cell(text), told, "{text:?}");
        }
    }
}
