//! Layer 4: rules over a tenant give findings, and what could not be evaluated.

mod circumstances;
mod compared;
mod lifted;
mod names;
mod people;
mod sign_ins;
mod told;

use std::collections::BTreeMap;

use crate::config::{Parameters, Waiver};
use crate::facts::{Facts, MissingFact, Resource, Subjects};
use crate::finding::{Finding, NotEvaluated, Outcome, Severity, Subject};
use crate::load::Loaded;
use crate::model::{Id, Time};
use crate::rules::{Engine, PackError, Rule};
use crate::source::{FileId, Region};

pub use compared::{Compared, Difference, Perhaps, SignInSet, opened};

/// What a run wants to know.
#[derive(Debug)]
pub struct Request<'r> {
    /// The rules to evaluate.
    pub rules: Vec<&'r Rule>,
    /// What they compare with.
    pub parameters: &'r Parameters,
    /// Findings that somebody answers for.
    pub waivers: &'r [Waiver],
    /// The time of the run.
    pub now: Time,
    /// Mail domains and the Entra tenants behind them, as the user of guestlist knows them.
    pub homes: &'r BTreeMap<String, Id>,
    /// How many gaps of a rule on sign-ins are told at most.
    pub gaps: usize,
}

static NO_HOMES: BTreeMap<String, Id> = BTreeMap::new();

/// How many gaps of a rule on sign-ins a screen holds.
pub const GAPS_OF_A_SCREEN: usize = 5;

impl<'r> Request<'r> {
    /// Rules and what they compare with, without waivers, and with nothing said of mail domains.
    #[must_use]
    pub fn new(rules: Vec<&'r Rule>, parameters: &'r Parameters, now: Time) -> Self {
        Self { rules, parameters, waivers: &[], now, homes: &NO_HOMES, gaps: GAPS_OF_A_SCREEN }
    }
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// Findings, the worst first.
    pub findings: Vec<Finding>,
    /// Findings that a waiver covers, with the waiver's number.
    pub waived: Vec<(Finding, usize)>,
    /// Waivers that cover nothing, or no longer, by number and why.
    pub idle_waivers: Vec<(usize, String)>,
    /// What could not be evaluated.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Guardrails on sign-ins that are broken if what is not known is a certain way.
    pub broken_if: Vec<BrokenIf>,
    /// Rules on sign-ins that hold for every possible sign-in.
    pub held: Vec<Held>,
    /// What Conditional Access policies come to, decided for every sign-in; `None` where that was not asked.
    pub policies: Option<Policies>,
    /// Rules on sign-ins that ask about nothing, by id: the parameter that they read is empty, or no access package gives
    /// an application.
    pub off: Vec<String>,
    /// Rules that were evaluated on at least one object, or on a collection that is empty.
    pub evaluated: usize,
    /// Rules that were asked for.
    pub asked: usize,
    /// Objects that rules were evaluated on, by type.
    pub objects: BTreeMap<&'static str, usize>,
}

impl Report {
    /// Findings by severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether there is a finding of that severity or worse.
    #[must_use]
    pub fn reaches(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= severity)
    }
}

/// What Conditional Access policies come to, decided for every possible sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policies {
    /// Names of enforced policies that no sign-in meets.
    pub never_apply: Vec<String>,
    /// Names of enforced policies without which every sign-in comes to the same verdict; each by itself.
    pub needless: Vec<String>,
    /// Report-only policies by name: what enforcing one would change, and for whom; `None` is nothing for sure.
    pub report_only: Vec<(String, Option<SignInSet>)>,
    /// Why some of this could not be decided.
    pub undecided: Option<String>,
}

/// A guardrail on sign-ins of which it depends on what is not known whether it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenIf {
    /// The rule.
    pub rule: String,
    /// What would have to be so, and the sign-ins that break the rule then.
    pub perhaps: Perhaps,
}

/// A rule on sign-ins that holds for every possible sign-in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// Names of the policies and gates that the proof needs: without all of them it would not hold.
    pub carried_by: Vec<String>,
}

/// Why a run gives no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckError {
    /// Cedar refuses what it was given: a mistake of ours, in words.
    Ours(String),
    /// Rules that cannot be used with this export.
    Rules(Vec<PackError>),
}

impl From<String> for CheckError {
    fn from(fault: String) -> Self {
        Self::Ours(fault)
    }
}

/// Evaluates rules on a tenant.
///
/// # Errors
/// A mistake of ours, or a rule that means different things in this export.
pub fn check(loaded: &Loaded, request: &Request<'_>) -> Result<Report, CheckError> {
    let subjects = Subjects::new(&loaded.tenant, request.parameters, request.now);
    let mut tenant_facts = None;
    subjects.each(Resource::Tenant, |facts| tenant_facts = Some(facts));
    let tenant_facts = tenant_facts.ok_or_else(|| "a tenant without facts".to_owned())?;
    let engine = Engine::new(tenant_facts, subjects.context())?;
    let mut run = Run { loaded, engine, report: Report::default(), gaps: BTreeMap::new(), fault: None };
    run.report.asked = request.rules.len();
    for resource in Resource::ALL {
        let rules: Vec<(usize, &Rule)> =
            request.rules.iter().copied().enumerate().filter(|(_, rule)| rule.resource() == Some(resource)).collect();
        if !rules.is_empty() {
            run.resource(&subjects, resource, &rules);
        }
    }
    let on_sign_ins: Vec<&Rule> = request.rules.iter().copied().filter(|rule| rule.resource().is_none()).collect();
    if !on_sign_ins.is_empty() {
        sign_ins::SignIns::new(&loaded.tenant, request, subjects.context()).decide(&on_sign_ins, &mut run)?;
    }
    if let Some(fault) = run.fault {
        return Err(CheckError::Ours(fault));
    }
    let mut report = run.report;
    report.not_evaluated.extend(run.gaps.into_iter().map(|((rule, _), gap)| NotEvaluated {
        rule,
        reason: gap.reason,
        export: gap.export,
        objects: Some((gap.count, gap.first)),
    }));
    report.not_evaluated.sort();
    report.off.sort();
    let key = |finding: &Finding| {
        let path = loaded.sources.file(finding.region.file).path.clone();
        (
            std::cmp::Reverse(finding.severity),
            finding.rule.clone(),
            path,
            finding.region.span,
            finding.subject.id.clone(),
        )
    };
    report.findings.sort_by_cached_key(key);
    waive(&mut report, request);
    Ok(report)
}

struct Run<'l> {
    loaded: &'l Loaded,
    engine: Engine,
    report: Report,
    /// By rule and missing attribute, so that a hundred objects with one gap are told once.
    gaps: BTreeMap<(String, String), GapOfObjects>,
    fault: Option<String>,
}

struct GapOfObjects {
    reason: String,
    export: Option<String>,
    count: usize,
    first: Subject,
}

impl Run<'_> {
    fn resource(&mut self, subjects: &Subjects<'_>, resource: Resource, rules: &[(usize, &Rule)]) {
        if let Some(kind) = resource.collection() {
            if !self.loaded.tenant.coverage(kind).exported {
                let reason = format!("{} was not exported", kind.as_str());
                for (_, rule) in rules {
                    self.not_evaluated(rule, reason.clone(), Some(kind.resource().to_owned()));
                }
                return;
            }
            for reason in subjects.missing_objects(resource) {
                for (_, rule) in rules {
                    let reason = format!("some of {} may be missing: {reason}", kind.as_str());
                    self.not_evaluated(rule, reason, Some(kind.resource().to_owned()));
                }
            }
        }
        self.report.evaluated += rules.len();
        let mut objects = 0;
        subjects.each(resource, |facts| {
            objects += 1;
            for (number, rule) in rules {
                if self.fault.is_none() {
                    self.object(*number, rule, &facts);
                }
            }
        });
        self.report.objects.insert(resource.as_str(), objects);
    }

    fn not_evaluated(&mut self, rule: &Rule, reason: String, export: Option<String>) {
        let rule = rule.metadata.id.clone();
        self.report.not_evaluated.push(NotEvaluated { rule, reason, export, objects: None });
    }

    fn object(&mut self, number: usize, rule: &Rule, facts: &Facts) {
        match self.engine.evaluate(number, rule, facts) {
            Err(fault) => self.fault = Some(format!("rule `{}`: {fault}", rule.metadata.id)),
            Ok(Outcome::Holds) => {}
            Ok(Outcome::Violated) => self.violated(rule, facts),
            Ok(Outcome::NotEvaluated(paths)) => self.gap(rule, facts, &paths),
        }
    }

    fn subject(rule: &Rule, facts: &Facts) -> Subject {
        Subject { kind: rule.about().to_owned(), id: facts.id.clone(), name: facts.name.clone() }
    }

    fn violated(&mut self, rule: &Rule, facts: &Facts) {
        let (message, help) = self.engine.tell(rule, facts);
        let metadata = &rule.metadata;
        let at = metadata.at.as_deref().unwrap_or_default();
        let root = at.split('.').next().unwrap_or_default();
        let place = facts.places.iter().find(|(name, _)| *name == root).map_or(&[] as &[&str], |(_, path)| path);
        let region = match &facts.origin {
            Some(origin) => self.loaded.sources.resolve(origin, place),
            None => self.nowhere(),
        };
        self.report.findings.push(Finding {
            rule: metadata.id.clone(),
            title: metadata.title.clone(),
            severity: metadata.severity,
            message,
            help,
            details: Vec::new(),
            subject: Self::subject(rule, facts),
            region,
            fingerprint: Finding::fingerprint(&metadata.id, rule.about(), &facts.id),
        });
    }

    /// The beginning of the first file, for a tenant of which neither organization nor policies were exported.
    fn nowhere(&self) -> Region {
        self.loaded.sources.region(FileId::default(), String::new(), (0, 0))
    }

    fn gap(&mut self, rule: &Rule, facts: &Facts, paths: &[String]) {
        let subject = Self::subject(rule, facts);
        let missing: Vec<(&str, &MissingFact)> = paths
            .iter()
            .filter_map(|path| {
                let (variable, rest) = path.split_once('.')?;
                let of = if variable == "principal" { &self.engine.principal().missing } else { &facts.missing };
                of.iter().find(|missing| missing.path == rest).map(|missing| (path.as_str(), missing))
            })
            .collect();
        let id = rule.metadata.id.clone();
        if missing.is_empty() {
            let entry = self.gaps.entry((id, String::new())).or_insert_with(|| GapOfObjects {
                reason: "the condition could not be computed".into(),
                export: None,
                count: 0,
                first: subject,
            });
            entry.count += 1;
            return;
        }
        for (path, missing) in missing {
            let key = (id.clone(), format!("{path}/{:?}", missing.why.missing));
            let entry = self.gaps.entry(key).or_insert_with(|| GapOfObjects {
                reason: missing.why.text.clone(),
                export: missing.why.missing.map(|kind| kind.resource().to_owned()),
                count: 0,
                first: subject.clone(),
            });
            entry.count += 1;
        }
    }
}

/// Takes out findings that a waiver covers; a waiver counts to the end of its last day.
fn waive(report: &mut Report, request: &Request<'_>) {
    if request.waivers.is_empty() {
        return;
    }
    let mut used = vec![false; request.waivers.len()];
    let expired = |waiver: &Waiver| Time::read(&waiver.until).is_none_or(|until| request.now.0 >= until.0 + 86_400);
    let mut kept = Vec::new();
    for finding in std::mem::take(&mut report.findings) {
        let covers =
            |waiver: &Waiver| waiver.rule == finding.rule && waiver.object.eq_ignore_ascii_case(&finding.subject.id);
        match request.waivers.iter().position(|waiver| covers(waiver) && !expired(waiver)) {
            Some(number) => {
                if let Some(flag) = used.get_mut(number) {
                    *flag = true;
                }
                report.waived.push((finding, number));
            }
            None => kept.push(finding),
        }
    }
    report.findings = kept;
    for (number, waiver) in request.waivers.iter().enumerate() {
        if expired(waiver) {
            report.idle_waivers.push((number, format!("it ended on {}", waiver.until)));
        } else if used.get(number) == Some(&false) {
            report.idle_waivers.push((number, "it covers no finding".to_owned()));
        }
    }
}
