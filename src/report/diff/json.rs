//! A comparison as JSON for machines. `version` changes when a member is removed or changes its meaning.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::error::Error;

use super::super::json::pretty;
use super::super::perhaps::{GivenView, PerhapsView, SetView, given, sets};
use super::{DiffReport, fate};
use crate::diff::{AccessChange, Answer, Change, ChangedFinding, ObjectChange, Place, TenantName, Which};
use crate::finding::NotEvaluated;
use crate::model::{Kind, Said, Time};

const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    version: u32,
    as_of: String,
    old: &'r str,
    new: &'r str,
    differs: &'static str,
    different_tenants: Option<[TenantView<'r>; 2]>,
    summary: Summary,
    access: AccessView<'r>,
    assignment_policies: Vec<ObjectView<'r>>,
    objects: BTreeMap<&'static str, Vec<ObjectView<'r>>>,
    findings: FindingsView<'r>,
    not_compared: Vec<NotComparedView<'r>>,
    untold: Vec<UntoldView<'r>>,
    on_neither: Vec<&'static str>,
}

#[derive(Serialize)]
struct TenantView<'r> {
    id: &'r str,
    name: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    added: usize,
    removed: usize,
    changed: usize,
    findings_new: usize,
    findings_fixed: usize,
    findings_same: usize,
    complete: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessView<'r> {
    opened: &'static str,
    closed: &'static str,
    not_decided: Option<&'r str>,
    opened_sign_ins: Option<SignInsView<'r>>,
    closed_sign_ins: Option<SignInsView<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInsView<'r> {
    sets: Vec<SetView<'r>>,
    complete: bool,
    depends_on: Vec<String>,
    perhaps: Option<PerhapsView<'r>>,
    given: Vec<GivenView>,
    leans_on: &'r [String],
}

fn sign_ins(found: &crate::check::Difference) -> SignInsView<'_> {
    let perhaps = found.perhaps.as_ref().map(PerhapsView::of);
    SignInsView {
        sets: sets(&found.sets),
        complete: found.complete,
        depends_on: found.depends(),
        perhaps,
        given: given(&found.given),
        leans_on: &found.leans_on,
    }
}

fn access(change: &AccessChange) -> AccessView<'_> {
    let (not_decided, both) = match change {
        AccessChange::NotDecided { why, .. } => (Some(why.as_str()), None),
        AccessChange::Decided { opened, closed } => (None, Some((opened, closed))),
    };
    AccessView {
        opened: answer(change.opened()),
        closed: answer(change.closed()),
        not_decided,
        opened_sign_ins: both.map(|(opened, _)| sign_ins(opened)),
        closed_sign_ins: both.map(|(_, closed)| sign_ins(closed)),
    }
}

#[derive(Serialize)]
struct ObjectView<'r> {
    id: &'r str,
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'r str>,
    change: &'static str,
    place: PlaceView<'r>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<MemberView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<BTreeMap<&'r str, Value<'r>>>,
}

#[derive(Serialize)]
struct PlaceView<'r> {
    side: &'static str,
    file: &'r str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct MemberView<'r> {
    member: &'r str,
    #[serde(flatten)]
    change: ChangeView<'r>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ChangeView<'r> {
    Value { old: Value<'r>, new: Value<'r> },
    Items { added: Vec<Value<'r>>, removed: Vec<Value<'r>> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'r> {
    Text(&'r str),
    Flag(bool),
    Number(i64),
    Thing {
        #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
        what: &'static str,
        id: &'r str,
        name: Option<&'r str>,
    },
    Absent(Option<()>),
    Many(Vec<Value<'r>>),
    Fields(BTreeMap<String, Value<'r>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingsView<'r> {
    new: Vec<FindingView<'r>>,
    perhaps_new: Vec<FindingView<'r>>,
    fixed: Vec<FindingView<'r>>,
    no_longer_evaluated: Vec<FindingView<'r>>,
    rules_no_longer_evaluated: Vec<RuleView<'r>>,
    rules_evaluated_on_neither: Vec<&'r str>,
}

#[derive(Serialize)]
struct FindingView<'r> {
    rule: &'r str,
    severity: &'static str,
    title: &'r str,
    message: &'r str,
    object: SubjectView<'r>,
    place: PlaceView<'r>,
    fingerprint: &'r str,
    waived: bool,
}

#[derive(Serialize)]
struct SubjectView<'r> {
    #[serde(rename = "type")]
    kind: &'r str,
    id: &'r str,
    name: &'r str,
}

#[derive(Serialize)]
struct RuleView<'r> {
    rule: &'r str,
    reason: &'r str,
    export: Option<&'r str>,
}

#[derive(Serialize)]
struct NotComparedView<'r> {
    kind: &'static str,
    side: &'static str,
    reason: &'r str,
    objects: usize,
    export: &'static str,
}

#[derive(Serialize)]
struct UntoldView<'r> {
    kind: &'static str,
    member: &'r str,
    side: &'static str,
    reason: &'static str,
    objects: usize,
    first: &'r str,
}

fn side(which: Which) -> &'static str {
    match which {
        Which::Old => "old",
        Which::New => "new",
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Open => "unknown",
    }
}

fn place(place: &Place) -> PlaceView<'_> {
    PlaceView { side: side(place.which), file: &place.file, line: place.line, column: place.column }
}

fn value<'r>(said: &'r Said, names: &'r BTreeMap<String, String>) -> Value<'r> {
    match said {
        Said::Word(text) | Said::Text(text) => Value::Text(text),
        Said::Flag(flag) => Value::Flag(*flag),
        Said::Number(number) => Value::Number(*number),
        Said::Absent(_) => Value::Absent(None),
        Said::Thing(thing) => Value::Thing {
            what: thing.what,
            id: &thing.id,
            name: names.get(&thing.id).or(thing.name.as_ref()).map(String::as_str),
        },
        Said::Set(set) => Value::Many(set.items.iter().map(|item| value(item, names)).collect()),
        Said::List(items) => Value::Many(items.iter().map(|item| value(item, names)).collect()),
        Said::Fields(fields) => {
            let told = fields.iter().filter_map(|(name, said)| Some((name, said.as_ref().ok()?)));
            Value::Fields(told.map(|(name, said)| (crate::diff::camel(name), value(said, names))).collect())
        }
    }
}

fn finding(found: &ChangedFinding) -> FindingView<'_> {
    let finding = &found.finding;
    FindingView {
        rule: &finding.rule,
        severity: finding.severity.as_str(),
        title: &finding.title,
        message: &finding.message,
        object: SubjectView { kind: &finding.subject.kind, id: &finding.subject.id, name: &finding.subject.name },
        place: place(&found.place),
        fingerprint: &finding.fingerprint,
        waived: found.waived,
    }
}

fn list(found: &[ChangedFinding]) -> Vec<FindingView<'_>> {
    found.iter().map(finding).collect()
}

fn rule(outcome: &NotEvaluated) -> RuleView<'_> {
    RuleView { rule: &outcome.rule, reason: &outcome.reason, export: outcome.export.as_deref() }
}

/// A comparison as JSON, indented, with a line end.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn diff_json(report: &DiffReport<'_>, now: Time) -> Result<String, Error> {
    let difference = report.difference;
    let names = &difference.names;
    let findings = &difference.findings;
    pretty(&Document {
        version: VERSION,
        as_of: now.to_string(),
        old: report.old,
        new: report.new,
        differs: answer(difference.any()),
        different_tenants: difference.tenants.as_ref().map(|(old, new)| [tenant(old), tenant(new)]),
        summary: Summary {
            added: difference.count(crate::diff::Fate::Added),
            removed: difference.count(crate::diff::Fate::Removed),
            changed: difference.count(crate::diff::Fate::Changed),
            findings_new: findings.new.len(),
            findings_fixed: findings.fixed.len(),
            findings_same: findings.same,
            complete: !difference.is_incomplete() && difference.access.is_decided(),
        },
        access: access(&difference.access),
        assignment_policies: difference.policies.iter().map(|change| object(change, names)).collect(),
        objects: difference
            .objects
            .iter()
            .map(|(kind, changes)| (kind.as_str(), changes.iter().map(|change| object(change, names)).collect()))
            .collect(),
        findings: FindingsView {
            new: list(&findings.new),
            perhaps_new: list(&findings.perhaps_new),
            fixed: list(&findings.fixed),
            no_longer_evaluated: list(&findings.no_longer_evaluated),
            rules_no_longer_evaluated: findings.stopped.iter().map(rule).collect(),
            rules_evaluated_on_neither: findings.evaluated_on_neither.iter().map(String::as_str).collect(),
        },
        not_compared: difference
            .not_compared
            .iter()
            .map(|what| NotComparedView {
                kind: what.kind.as_str(),
                side: side(what.which),
                reason: &what.reason,
                objects: what.objects,
                export: what.kind.resource(),
            })
            .collect(),
        untold: difference
            .untold
            .iter()
            .map(|what| UntoldView {
                kind: what.kind.as_str(),
                member: &what.member,
                side: side(what.which),
                reason: what.why.as_str(),
                objects: what.objects,
                first: &what.first,
            })
            .collect(),
        on_neither: difference.on_neither.iter().copied().map(Kind::as_str).collect(),
    })
}

fn tenant(tenant: &TenantName) -> TenantView<'_> {
    TenantView { id: &tenant.id, name: tenant.name.as_deref() }
}

fn object<'r>(change: &'r ObjectChange, names: &'r BTreeMap<String, String>) -> ObjectView<'r> {
    let members = change.members.iter().map(|member| MemberView {
        member: &member.member,
        change: match &member.change {
            Change::Value { old, new } => ChangeView::Value { old: value(old, names), new: value(new, names) },
            Change::Items { added, removed } => ChangeView::Items {
                added: added.iter().map(|item| value(item, names)).collect(),
                removed: removed.iter().map(|item| value(item, names)).collect(),
            },
        },
    });
    let says = || change.says.iter().map(|(member, said)| (member.as_str(), value(said, names))).collect();
    ObjectView {
        id: &change.id,
        name: change.name.as_deref(),
        package: change.package.as_deref(),
        change: fate(change.fate),
        place: place(&change.place),
        members: members.collect(),
        says: (!change.says.is_empty()).then(says),
    }
}
