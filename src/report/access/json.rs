//! The table for machines (`docs/simulate.md`). `version` changes when a member is removed or changes its meaning.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::super::json::pretty_to;
use super::super::sign_in::given::given;
use super::super::sign_in::json::step;
use super::super::sign_in::views::{InOrder, StepView, TenantView, Tool};
use super::{AccessOnly, AccessReport, Cell, Pairs, stage};
use crate::access::sign_in::Verdict;
use crate::simulate::{Assume, Group, Path};

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    tenant: TenantView<'r>,
    conditions: InOrder,
    assume: Option<&'static str>,
    only: Option<&'static str>,
    totals: Totals,
    groups: Groups<'r>,
    missing: &'r [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    external_users: usize,
    people: usize,
    kinds_not_here: usize,
    applications: usize,
    groups: usize,
    without_application: usize,
    pairs: Pairs,
    pairs_not_here: Pairs,
}

/// Groups that are made one after the other.
struct Groups<'r>(&'r AccessReport<'r>);

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = self.0.table.groups.iter().filter(|group| self.0.only.is_none() || !self.0.cells(group).is_empty());
        serializer.collect_seq(told.map(|group| view(self.0, group)))
    }
}

#[derive(Serialize)]
struct GroupView<'r> {
    organization: &'r str,
    kind: &'r str,
    here: bool,
    count: usize,
    people: Vec<PersonView<'r>>,
    outcomes: Vec<OutcomeView<'r>>,
}

#[derive(Serialize)]
struct PersonView<'r> {
    id: Option<&'r str>,
    name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeView<'r> {
    path: &'static str,
    package: Option<ApplicationView<'r>>,
    #[serde(flatten)]
    verdict: VerdictView<'r>,
    coverage: VerdictView<'r>,
    reachability: VerdictView<'r>,
    without_mfa: bool,
    policies: &'r [String],
    maybe_policies: &'r [String],
    applications: Vec<ApplicationView<'r>>,
}

#[derive(Serialize)]
struct VerdictView<'r> {
    verdict: &'static str,
    steps: Vec<StepView<'r>>,
    stage: Option<&'static str>,
    code: Option<u32>,
}

#[derive(Serialize)]
struct ApplicationView<'r> {
    id: &'r str,
    name: &'r str,
}

/// Writes the table as JSON, indented, with a line end.
///
/// # Errors
/// What the writer fails with.
pub fn access_json(report: &AccessReport<'_>, output: &mut impl Write) -> io::Result<()> {
    let organization = report.tenant.organizations.only().ok();
    let (pairs, pairs_not_here) = report.pairs();
    let (people, kinds_not_here) = report.counts();
    pretty_to(
        output,
        &Document {
            version: 1,
            tool: Tool { name: "guestlist", version: env!("CARGO_PKG_VERSION") },
            tenant: TenantView {
                id: organization.map(|organization| organization.id.to_string()),
                display_name: organization.and_then(|organization| organization.display_name.as_deref().ok()),
            },
            conditions: InOrder(given(report.conditions)),
            assume: report.assume.map(Assume::as_str),
            only: report.only.map(AccessOnly::as_str),
            totals: Totals {
                external_users: report.table.external_users,
                people,
                kinds_not_here,
                applications: report.table.applications.len(),
                groups: report.table.groups.len(),
                without_application: report.table.without_application,
                pairs,
                pairs_not_here,
            },
            groups: Groups(report),
            missing: &report.table.missing,
        },
    )
}

fn view<'r>(report: &'r AccessReport<'_>, group: &'r Group) -> GroupView<'r> {
    let people = group.people.iter().filter_map(|number| report.table.people.get(*number));
    GroupView {
        organization: &group.organization,
        kind: &group.kind,
        here: group.here,
        count: group.count,
        people: people
            .map(|person| PersonView { id: person.id.as_ref().map(crate::model::Id::as_str), name: &person.name })
            .collect(),
        outcomes: report.cells(group).into_iter().map(|cell| outcome(report, group, cell)).collect(),
    }
}

fn outcome<'r>(report: &'r AccessReport<'_>, group: &'r Group, (outcome, applications): &'r Cell) -> OutcomeView<'r> {
    let (coverage, reachability) = report.sides(outcome);
    let policies = report.table.policies.get(outcome.policies);
    OutcomeView {
        path: outcome.path.as_str(),
        package: match &outcome.path {
            Path::Package { name, id } => Some(ApplicationView { id: id.as_str(), name }),
            _ => None,
        },
        verdict: verdict(report.verdict(outcome)),
        coverage: verdict(coverage),
        reachability: verdict(reachability),
        without_mfa: report.is_without_mfa(group, outcome),
        policies: policies.map(|policies| policies.surely.as_slice()).unwrap_or_default(),
        maybe_policies: policies.map(|policies| policies.maybe.as_slice()).unwrap_or_default(),
        applications: applications
            .iter()
            .filter_map(|number| report.table.applications.get(*number))
            .map(|application| ApplicationView { id: application.id.as_str(), name: &application.name })
            .collect(),
    }
}

fn verdict(verdict: &Verdict) -> VerdictView<'_> {
    let first = stage(verdict);
    VerdictView {
        verdict: verdict.as_str(),
        steps: if let Verdict::AllowAfter(steps) = verdict { steps.iter().map(step).collect() } else { Vec::new() },
        stage: first.map(|(stage, _)| stage.as_str()),
        code: first.and_then(|(_, code)| code),
    }
}
