//! JSON for machines. `version` changes when a member is removed or changes its meaning; new members may come any time.
//! Lines and columns count from 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::TenantRun;
use super::escape::is_harmful;
use super::perhaps::{GivenView, PerhapsView, UserView, given, users};
use crate::check::{BrokenIf, Held, WouldChange};
use crate::finding::{Finding, NotEvaluated, Severity, Subject};
use crate::load::{Loaded, Place, Problem};
use crate::model::{Kind, Time};
use crate::source::Region;

const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    version: u32,
    tool: Tool,
    as_of: String,
    tenants: Vec<Tenant<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tenant<'r> {
    name: Option<&'r str>,
    id: Option<String>,
    display_name: Option<&'r str>,
    summary: Summary<'r>,
    findings: Vec<FindingView<'r>>,
    waived: Vec<WaivedView<'r>>,
    idle_waivers: Vec<IdleWaiver<'r>>,
    broken_if: Vec<BrokenIfView<'r>>,
    held: Vec<HeldView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<PoliciesView<'r>>,
    off: &'r [String],
    options: &'r [String],
    not_evaluated: Vec<NotEvaluatedView<'r>>,
    problems: Vec<ProblemView<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'r> {
    files: usize,
    files_ignored: usize,
    files_not_understood: usize,
    formats: BTreeMap<&'static str, usize>,
    objects_read: BTreeMap<&'r str, usize>,
    objects: BTreeMap<&'static str, usize>,
    rules_asked: usize,
    rules_evaluated: usize,
    findings: BTreeMap<&'static str, usize>,
    problems: BTreeMap<&'static str, usize>,
    /// Whether the files are of one tenant; if not, nothing was evaluated.
    one_tenant: bool,
}

#[derive(Serialize)]
struct SubjectView<'r> {
    #[serde(rename = "type")]
    kind: &'r str,
    id: &'r str,
    name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceView {
    file: String,
    pointer: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct FindingView<'r> {
    rule: &'r str,
    severity: &'static str,
    title: &'r str,
    message: &'r str,
    help: &'r str,
    /// More about it, a line each.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    details: &'r [String],
    /// All users of the export whom it concerns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<UserView<'r>>,
    object: SubjectView<'r>,
    place: PlaceView,
    fingerprint: &'r str,
}

#[derive(Serialize)]
struct WaivedView<'r> {
    #[serde(flatten)]
    finding: FindingView<'r>,
    reason: &'r str,
    until: &'r str,
}

#[derive(Serialize)]
struct IdleWaiver<'r> {
    rule: &'r str,
    object: &'r str,
    why: &'r str,
}

/// A rule on sign-ins that holds for every possible one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldView<'r> {
    rule: &'r str,
    carried_by: &'r [String],
    given: Vec<GivenView>,
    leans_on: &'r [String],
}

#[derive(Serialize)]
struct NotEvaluatedView<'r> {
    rule: &'r str,
    reason: &'r str,
    export: Option<&'r str>,
    objects: Option<usize>,
    first: Option<SubjectView<'r>>,
}

#[derive(Serialize)]
struct ProblemView<'r> {
    weight: &'static str,
    sort: &'static str,
    message: &'r str,
    help: Option<&'r str>,
    file: Option<String>,
    place: Option<PlaceView>,
}

/// The whole run as JSON, indented, with a line end.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn json(runs: &[TenantRun<'_>], now: Time) -> Result<String, serde_json::Error> {
    let document = Document {
        version: VERSION,
        tool: Tool { name: "guestlist", version: env!("CARGO_PKG_VERSION") },
        as_of: now.to_string(),
        tenants: runs.iter().map(tenant).collect(),
    };
    pretty(&document)
}

/// Indented JSON with a line end, harmless on a terminal.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub(super) fn pretty<T: Serialize>(document: &T) -> Result<String, serde_json::Error> {
    let mut text = harmless(&serde_json::to_string_pretty(document)?);
    text.push('\n');
    Ok(text)
}

/// The same, written as it is made: for documents that are too long to hold.
///
/// # Errors
/// What the writer fails with.
pub(super) fn pretty_to<T: Serialize>(mut output: impl io::Write, document: &T) -> io::Result<()> {
    let formatter = Harmless(PrettyFormatter::new());
    let mut serializer = serde_json::Serializer::with_formatter(&mut output, formatter);
    document.serialize(&mut serializer)?;
    output.write_all(b"\n")
}

/// Indented JSON without characters that a terminal should not see.
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.chars().any(is_harmful) {
            writer.write_all(harmless(fragment).as_bytes())
        } else {
            writer.write_all(fragment.as_bytes())
        }
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// JSON in which characters that a terminal should not see are written as escapes: JSON allows them in strings as they
/// are, and outside strings there are none.
pub(super) fn harmless(json: &str) -> String {
    let mut harmless = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        if character != '\n' && is_harmful(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(harmless, "\\u{unit:04x}");
            }
        } else {
            harmless.push(character);
        }
    }
    harmless
}

fn tenant<'r>(run: &'r TenantRun<'_>) -> Tenant<'r> {
    let loaded = run.loaded;
    let organization = loaded.tenant.organizations.only().ok();
    let report = run.report;
    let waived = report.map(|report| report.waived.as_slice()).unwrap_or_default();
    Tenant {
        name: run.name.as_deref(),
        id: organization.map(|organization| organization.id.to_string()),
        display_name: organization.and_then(|organization| organization.display_name.as_deref().ok()),
        summary: summary(run),
        findings: report
            .map(|report| report.findings.iter().map(|finding| view(loaded, finding)).collect())
            .unwrap_or_default(),
        waived: waived
            .iter()
            .filter_map(|(finding, number)| {
                let waiver = run.waivers.get(*number)?;
                Some(WaivedView { finding: view(loaded, finding), reason: &waiver.reason, until: &waiver.until })
            })
            .collect(),
        idle_waivers: report
            .map(|report| report.idle_waivers.as_slice())
            .unwrap_or_default()
            .iter()
            .filter_map(|(number, why)| {
                let waiver = run.waivers.get(*number)?;
                Some(IdleWaiver { rule: &waiver.rule, object: &waiver.object, why })
            })
            .collect(),
        off: report.map(|report| report.off.as_slice()).unwrap_or_default(),
        options: report.map(|report| report.options.as_slice()).unwrap_or_default(),
        broken_if: report.map(|report| report.broken_if.iter().map(broken_if).collect()).unwrap_or_default(),
        held: report.map(|report| report.held.iter().map(held).collect()).unwrap_or_default(),
        policies: report.and_then(|report| report.policies.as_ref()).map(policies),
        not_evaluated: report
            .map(|report| report.not_evaluated.iter().map(not_evaluated).collect())
            .unwrap_or_default(),
        problems: loaded.problems.iter().map(|found| problem(loaded, found)).collect(),
    }
}

fn summary<'r>(run: &'r TenantRun<'_>) -> Summary<'r> {
    let loaded = run.loaded;
    let mut formats: BTreeMap<&'static str, usize> = BTreeMap::new();
    for format in loaded.files.iter().filter_map(|file| file.format) {
        *formats.entry(format.as_str()).or_default() += 1;
    }
    let mut problems: BTreeMap<&'static str, usize> = BTreeMap::new();
    for problem in &loaded.problems {
        *problems.entry(problem.sort.as_str()).or_default() += 1;
    }
    let count = |severity: Severity| run.report.map_or(0, |report| report.count(severity));
    Summary {
        files: loaded.files.len(),
        files_ignored: loaded.ignored,
        files_not_understood: loaded.files.iter().filter(|file| !file.understood).count(),
        formats,
        objects_read: loaded.objects(),
        objects: Kind::ALL
            .iter()
            .map(|kind| (kind.as_str(), loaded.tenant.count(*kind)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        rules_asked: run.report.map_or(0, |report| report.asked),
        rules_evaluated: run.report.map_or(0, |report| report.evaluated),
        findings: Severity::ALL.into_iter().map(|severity| (severity.as_str(), count(severity))).collect(),
        problems,
        one_tenant: run.report.is_some(),
    }
}

fn subject(subject: &Subject) -> SubjectView<'_> {
    SubjectView { kind: &subject.kind, id: &subject.id, name: &subject.name }
}

fn place(loaded: &Loaded, region: &Region) -> PlaceView {
    PlaceView {
        file: loaded.sources.file(region.file).path.clone(),
        pointer: Some(region.pointer.clone()),
        line: region.line,
        column: region.column,
        end_line: region.end_line,
        end_column: region.end_column,
    }
}

fn view<'r>(loaded: &Loaded, finding: &'r Finding) -> FindingView<'r> {
    FindingView {
        rule: &finding.rule,
        severity: finding.severity.as_str(),
        title: &finding.title,
        message: &finding.message,
        help: &finding.help,
        details: &finding.details,
        users: users(&finding.users),
        object: subject(&finding.subject),
        place: place(loaded, &finding.region),
        fingerprint: &finding.fingerprint,
    }
}

/// What policies come to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PoliciesView<'r> {
    never_apply: &'r [String],
    needless: &'r [String],
    report_only: Vec<ReportOnlyView<'r>>,
    given: Vec<GivenView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportOnlyView<'r> {
    policy: &'r str,
    /// Whether it is proven that enforcing it changes nothing.
    changes_nothing: bool,
    changes: Option<&'r str>,
    command: Option<&'r str>,
    depends_on: &'r [String],
}

fn policies(policies: &crate::check::Policies) -> PoliciesView<'_> {
    let report_only = policies.report_only.iter().map(|(policy, change)| {
        let set = if let WouldChange::These(set) = change { Some(set) } else { None };
        ReportOnlyView {
            policy,
            changes_nothing: *change == WouldChange::Nothing,
            changes: set.map(|set| set.text.as_str()),
            command: set.and_then(|set| set.command.as_deref()),
            depends_on: if let WouldChange::Depends(names) = change { names } else { &[] },
        }
    });
    PoliciesView {
        never_apply: &policies.never_apply,
        needless: &policies.needless,
        report_only: report_only.collect(),
        given: given(&policies.given),
        undecided: policies.undecided.as_deref(),
    }
}

/// A guardrail that is broken under an assumption.
#[derive(Serialize)]
struct BrokenIfView<'r> {
    rule: &'r str,
    #[serde(flatten)]
    perhaps: PerhapsView<'r>,
}

fn broken_if(found: &BrokenIf) -> BrokenIfView<'_> {
    BrokenIfView { rule: &found.rule, perhaps: PerhapsView::of(&found.perhaps) }
}

fn held(held: &Held) -> HeldView<'_> {
    HeldView { rule: &held.rule, carried_by: &held.carried_by, given: given(&held.given), leans_on: &held.leans_on }
}

fn not_evaluated(outcome: &NotEvaluated) -> NotEvaluatedView<'_> {
    NotEvaluatedView {
        rule: &outcome.rule,
        reason: &outcome.reason,
        export: outcome.export.as_deref(),
        objects: outcome.objects.as_ref().map(|(count, _)| *count),
        first: outcome.objects.as_ref().map(|(_, first)| subject(first)),
    }
}

fn problem<'r>(loaded: &Loaded, problem: &'r Problem) -> ProblemView<'r> {
    let region = region(loaded, &problem.place);
    let file = match (&problem.place, &region) {
        (Place::Path(path), _) => Some(path.clone()),
        (Place::File(file), _) => Some(loaded.sources.file(*file).path.clone()),
        (_, Some(region)) => Some(loaded.sources.file(region.file).path.clone()),
        _ => None,
    };
    ProblemView {
        weight: problem.weight.as_str(),
        sort: problem.sort.as_str(),
        message: &problem.message,
        help: problem.help.as_deref(),
        file,
        place: region.map(|region| place(loaded, &region)),
    }
}

/// The region of a place that has one.
pub(super) fn region(loaded: &Loaded, place: &Place) -> Option<Region> {
    match place {
        Place::Path(_) | Place::File(_) => None,
        Place::At(document, offset) => Some(loaded.sources.region_in_document(*document, "", (*offset, offset + 1))),
        Place::Span(file, span) => Some(loaded.sources.region(*file, String::new(), *span)),
        Place::Member { document, start, pointer, path } => {
            let origin = crate::source::Origin { document: *document, start: *start, pointer: pointer.clone() };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            Some(loaded.sources.resolve(&origin, &path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_piece_by_piece_is_the_same() {
        let document = BTreeMap::from([("a", vec!["x\u{1b}[31m\n\"\u{202e}ü\u{e0041}"]), ("b", Vec::new())]);
        let mut written = Vec::new();
        pretty_to(&mut written, &document).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), pretty(&document).unwrap());
    }
}
