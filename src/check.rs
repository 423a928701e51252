//! Layer 4: rules over a tenant give findings, and what could not be evaluated.

mod circumstances;
mod compared;
mod given;
mod lifted;
mod names;
mod people;
mod sets;
mod sign_ins;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::sign_in::Readings;
use crate::config::{Parameters, Waiver};
use crate::facts::{Facts, MissingFact, Resource, Subjects};
use crate::finding::{Finding, NotEvaluated, Outcome, Severity, Subject};
use crate::load::Loaded;
use crate::model::{Id, Time};
use crate::rules::{Engine, PackError, Rule};
use crate::source::{FileId, Region};

pub use compared::{Compared, Difference, opened};
pub use given::Given;
pub use names::MisnamedParameter;
pub use sets::{Perhaps, SignInSet};
pub use sign_ins::shows;

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
    /// How ambiguities are read.
    pub readings: Readings,
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
        Self {
            rules,
            parameters,
            waivers: &[],
            now,
            homes: &NO_HOMES,
            readings: Readings::default(),
            gaps: GAPS_OF_A_SCREEN,
        }
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
    /// Rules that cannot be used with this export, and why; they are in `not_evaluated`, too.
    pub unusable: Vec<PackError>,
    /// Names of the configuration that a complete export lacks.
    pub misnamed: BTreeSet<MisnamedParameter>,
    /// Guardrails on sign-ins that are broken if what is not known is a certain way.
    pub broken_if: Vec<BrokenIf>,
    /// Rules on sign-ins that hold for every possible sign-in.
    pub held: Vec<Held>,
    /// How the run read ambiguities otherwise than usual, as `NAME=VALUE`.
    pub options: Vec<String>,
    /// What Conditional Access policies come to, decided for every sign-in; `None` where that was not asked.
    pub policies: Option<Policies>,
    /// Rules on sign-ins that ask about nothing, by id: the parameter that they read is empty, or no access package gives
    /// an application.
    pub off: Vec<String>,
    /// Rules that were evaluated on at least one object, or on a collection that is empty.
    pub evaluated: usize,
    /// Rules that were asked for.
    pub asked: usize,
    /// Rules that came to an answer: for every sign-in, for at least one object, or for a whole collection without any.
    pub decided: usize,
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

    /// Whether rules were asked that are not off, and none of them came to an answer.
    #[must_use]
    pub fn decides_nothing(&self) -> bool {
        self.decided == 0 && self.asked > self.off.len()
    }

    /// Whether mistakes of guestlist cost some of it.
    #[must_use]
    pub fn has_internal_error(&self) -> bool {
        self.not_evaluated.iter().any(|outcome| outcome.is_internal_error)
            || self.policies.as_ref().is_some_and(|policies| policies.is_internal_error)
    }
}

/// What Conditional Access policies come to, decided for every possible sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policies {
    /// Names of enforced policies that no sign-in meets.
    pub never_apply: Vec<String>,
    /// Names of enforced policies without which every sign-in comes to the same verdict; each by itself.
    pub needless: Vec<String>,
    /// Report-only policies by name: what enforcing one would change.
    pub report_only: Vec<(String, WouldChange)>,
    /// What these proofs take as given.
    pub given: Vec<Given>,
    /// Why some of this could not be decided.
    pub undecided: Option<String>,
    /// Whether a mistake of guestlist is among the reasons.
    pub is_internal_error: bool,
}

/// What enforcing a report-only policy would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WouldChange {
    /// Nothing: that is proven for every possible sign-in.
    Nothing,
    /// It would refuse these, or ask more of them.
    These(SignInSet),
    /// That depends on what is not known: each of these statements may be so or not.
    Depends(Vec<String>),
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
    /// What it takes as given.
    pub given: Vec<Given>,
    /// How it reads what Microsoft's documents leave open, as `NAME=VALUE (AM-…)`: read otherwise it may not hold.
    pub leans_on: Vec<String>,
}

/// Why one rule, or one comparison, comes to nothing; everything else is told all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be decided, and why.
    Undecided(String),
    /// Cedar refuses what it was given, or two opinions on a sign-in differ: a mistake of ours, in words.
    Ours(String),
    /// The rule cannot be used with this export.
    Rule(Box<PackError>),
}

impl From<String> for Trouble {
    fn from(fault: String) -> Self {
        Self::Ours(fault)
    }
}

/// Evaluates rules on a tenant. What goes wrong costs the rule that it happens to.
#[must_use]
pub fn check(loaded: &Loaded, request: &Request<'_>) -> Report {
    let subjects = Subjects::new(&loaded.tenant, request.parameters, request.now);
    let tenant_facts = subjects.of_tenant();
    let mut run = Run { loaded, tenant_facts, report: Report::default(), gaps: BTreeMap::new() };
    run.report.asked = request.rules.len();
    run.report.options = request.readings.options();
    let (on_objects, on_sign_ins): (Vec<&Rule>, Vec<&Rule>) =
        request.rules.iter().copied().partition(|rule| rule.resource().is_some());
    match Engine::new(run.tenant_facts.clone(), subjects.context()) {
        Ok(mut engine) => {
            for resource in Resource::ALL {
                let of = on_objects.iter().copied().enumerate().filter(|(_, rule)| rule.resource() == Some(resource));
                let rules: Vec<(usize, &Rule)> = of.collect();
                if !rules.is_empty() {
                    run.resource(&mut engine, &subjects, resource, &rules);
                }
            }
        }
        Err(fault) => {
            for rule in &on_objects {
                run.trouble(rule, Trouble::Ours(fault.clone()));
            }
        }
    }
    if !on_sign_ins.is_empty() {
        sign_ins::SignIns::new(&loaded.tenant, request, subjects.context()).decide(&on_sign_ins, &mut run);
    }
    let mut report = run.report;
    report.not_evaluated.extend(run.gaps.into_iter().map(|((rule, _), gap)| NotEvaluated {
        objects: Some((gap.count, gap.first)),
        ..NotEvaluated::whole(&rule, gap.reason, gap.export)
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
    report
}

struct Run<'l> {
    loaded: &'l Loaded,
    tenant_facts: Facts,
    report: Report,
    /// By rule and missing attribute, so that a hundred objects with one gap are told once.
    gaps: BTreeMap<(String, String), GapOfObjects>,
}

struct GapOfObjects {
    reason: String,
    export: Option<String>,
    count: usize,
    first: Subject,
}

impl Run<'_> {
    fn resource(&mut self, engine: &mut Engine, subjects: &Subjects<'_>, resource: Resource, rules: &[(usize, &Rule)]) {
        let missing = subjects.missing_objects(resource);
        if let Some(kind) = resource.collection() {
            if !self.loaded.tenant.coverage(kind).exported {
                let reason = format!("{} was not exported", kind.as_str());
                for (_, rule) in rules {
                    self.not_evaluated(rule, reason.clone(), Some(kind.resource().to_owned()));
                }
                return;
            }
            for reason in &missing {
                for (_, rule) in rules {
                    let reason = format!("some of {} may be missing: {reason}", kind.as_str());
                    self.not_evaluated(rule, reason, Some(kind.resource().to_owned()));
                }
            }
        }
        self.report.evaluated += rules.len();
        let mut objects = 0;
        let mut faulty: BTreeSet<usize> = BTreeSet::new();
        let mut decided: BTreeSet<usize> = BTreeSet::new();
        subjects.each(resource, |facts| {
            objects += 1;
            for (number, rule) in rules {
                if faulty.contains(number) {
                    continue;
                }
                match self.object(engine, *number, rule, &facts) {
                    Ok(true) => {
                        decided.insert(*number);
                    }
                    Ok(false) => {}
                    Err(fault) => {
                        self.trouble(rule, Trouble::Ours(fault));
                        faulty.insert(*number);
                    }
                }
            }
        });
        self.report.decided += if objects == 0 && missing.is_empty() { rules.len() } else { decided.len() };
        self.report.objects.insert(resource.as_str(), objects);
    }

    /// A rule comes to nothing.
    fn trouble(&mut self, rule: &Rule, trouble: Trouble) {
        let id = &rule.metadata.id;
        self.report.not_evaluated.push(match trouble {
            Trouble::Undecided(reason) => NotEvaluated::whole(id, reason, None),
            Trouble::Ours(fault) => NotEvaluated::internal_error(id, &fault),
            Trouble::Rule(error) => {
                let reason = error.message.clone();
                self.report.unusable.push(*error);
                NotEvaluated::whole(id, reason, None)
            }
        });
    }

    fn not_evaluated(&mut self, rule: &Rule, reason: String, export: Option<String>) {
        self.report.not_evaluated.push(NotEvaluated::whole(&rule.metadata.id, reason, export));
    }

    /// Evaluates a rule on an object: whether that comes to an answer.
    fn object(&mut self, engine: &mut Engine, number: usize, rule: &Rule, facts: &Facts) -> Result<bool, String> {
        match engine.evaluate(number, rule, facts)? {
            Outcome::Holds => {}
            Outcome::Violated => self.violated(engine, rule, facts),
            Outcome::NotEvaluated(paths) => {
                self.gap(rule, facts, &paths);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn subject(rule: &Rule, facts: &Facts) -> Subject {
        Subject { kind: rule.about().to_owned(), id: facts.id.clone(), name: facts.name.clone() }
    }

    fn violated(&mut self, engine: &Engine, rule: &Rule, facts: &Facts) {
        let (message, help) = engine.tell(rule, facts);
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
            command: None,
            details: Vec::new(),
            users: Vec::new(),
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
                let of = if variable == "principal" { &self.tenant_facts.missing } else { &facts.missing };
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
