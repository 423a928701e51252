//! Expectations: whether they make sense, and held against what came out. A set that is given is exact.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{Expectation, SessionExpectation};
use crate::access::Answer;
use crate::access::sign_in::{
    AMBIGUITIES, By, Enforcement, Explanation, NOT_ENOUGH_INFORMATION, NOT_SET, PolicyTrace, Reason, ReportOnlyResult,
    SETTLED, Stage, Step, Verdict, WhatIfResult,
};
use crate::model::method_named;
use crate::simulate::Misunderstood;
use crate::suggest::nearest;

/// Something that came out otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub got: String,
}

type Compared = Result<Vec<Difference>, Misunderstood>;

struct Comparison {
    found: Vec<Difference>,
}

impl Comparison {
    fn equal<T: PartialEq>(&mut self, what: &str, expected: &T, got: &T, show: impl Fn(&T) -> String) {
        if expected != got {
            self.found.push(Difference { what: what.to_owned(), expected: show(expected), got: show(got) });
        }
    }

    fn sets(&mut self, what: &str, expected: &[String], got: Vec<String>) {
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        self.equal(what, &sorted(expected.to_vec()), &sorted(got), |list| listed(list));
    }
}

fn listed(list: &[String]) -> String {
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}

fn wrong(member: &str, message: String) -> Misunderstood {
    Misunderstood { member: format!("expect.{member}"), message }
}

fn one_of(member: &str, text: &str, known: &[&str]) -> Result<(), Misunderstood> {
    if known.contains(&text) {
        return Ok(());
    }
    Err(wrong(member, format!("`{text}` is none of {}", known.join(", "))))
}

/// Values that `session.persistentBrowser` has.
pub(super) const PERSISTENT_BROWSER: [&str; 2] = ["always", "never"];

/// Words for the reasons in an answer of Microsoft's what-if.
pub(super) fn what_if_reasons() -> Vec<&'static str> {
    [NOT_SET].into_iter().chain(Reason::ALL.map(Reason::as_str)).chain([NOT_ENOUGH_INFORMATION]).collect()
}

/// Numbers of ambiguities, in order.
pub(super) fn ambiguities() -> Vec<&'static str> {
    let mut all: Vec<&str> =
        AMBIGUITIES.iter().map(|ambiguity| ambiguity.id).chain(SETTLED.iter().map(|(id, _)| *id)).collect();
    all.sort_by_key(|id| (id.len(), *id));
    all
}

/// Steps of which methods can be told.
pub(super) const WITH_METHODS: [&str; 2] = ["mfaAtHome", "mfaHere"];

/// A step as expected: its name, and the methods in parentheses behind it.
fn step_parts(text: &str) -> (&str, Option<Vec<String>>) {
    match text.split_once('(') {
        None => (text, None),
        Some((name, methods)) => {
            let methods = methods.trim_end().trim_end_matches(')').split(',');
            let mut methods: Vec<String> = methods.map(|method| method.trim().to_owned()).collect();
            methods.sort_unstable();
            (name.trim_end(), Some(methods))
        }
    }
}

fn check_step(text: &str) -> Result<(), Misunderstood> {
    let (name, methods) = step_parts(text);
    one_of("steps", name, &Step::NAMES)?;
    let Some(methods) = methods else { return Ok(()) };
    if !WITH_METHODS.contains(&name) || !text.trim_end().ends_with(')') {
        let names = WITH_METHODS.join(" and ");
        return Err(wrong("steps", format!("`{text}`: methods stand in parentheses behind {names}")));
    }
    let unknown =
        methods.iter().flat_map(|combination| combination.split('+')).find(|name| method_named(name).is_none());
    unknown.map_or(Ok(()), |name| Err(wrong("steps", format!("`{name}` is no authentication method"))))
}

/// Whether an expectation can be met, and can fail. `parity`: the answer is that of Microsoft's what-if. `assume`: what
/// is not known falls to a side.
pub(super) fn check(expected: &Expectation, parity: bool, assume: bool) -> Result<(), Misunderstood> {
    let bare = |message: &str| Err(Misunderstood { member: "expect".to_owned(), message: message.to_owned() });
    let named = named(expected);
    if named.is_empty() {
        return bare("the case expects nothing, so it could never fail");
    }
    let what_if = |(name, _, _): &&Named| *name == "whatIf";
    match (parity, named.iter().find(what_if), named.iter().find(|named| !what_if(named))) {
        (true, None, _) => return bare("a case with `parity` expects `whatIf`, all policies of the answer"),
        (true, _, Some((other, ..))) => {
            let message = "a case with `parity` expects `whatIf` and nothing else";
            return Err(wrong(other, format!("Microsoft's what-if does not tell `{other}`; {message}")));
        }
        (false, Some(_), _) => return Err(wrong("whatIf", "`whatIf` is for cases with `parity`".to_owned())),
        _ => {}
    }
    for (name, _, empty) in &named {
        if *empty {
            return Err(wrong(name, format!("`{name}` is empty, which compares nothing or never comes out")));
        }
    }
    if let Some(verdict) = &expected.verdict {
        one_of("verdict", verdict, &Verdict::NAMES)?;
    }
    // What is told of one verdict only.
    let mut told: Option<(&str, &str)> = expected.verdict.as_deref().map(|verdict| ("verdict", verdict));
    for (name, verdict, _) in &named {
        let Some(verdict) = *verdict else { continue };
        if let Some((other, counts)) = told
            && counts != verdict
        {
            let clash = if other == "verdict" { "the verdict is".to_owned() } else { format!("`{other}` with") };
            return Err(wrong(name, format!("`{name}` goes with the verdict {verdict}, and {clash} {counts}")));
        }
        told = Some((name, verdict));
    }
    if let (true, Some((name, "unknown"))) = (assume, told) {
        return Err(wrong(name, "with `assume` no verdict is unknown".to_owned()));
    }
    expected.steps.iter().flatten().try_for_each(|step| check_step(step))?;
    check_stages(expected)?;
    let reasons = Reason::ALL.map(Reason::as_str);
    for (member, policies) in [("notApplied", &expected.not_applied), ("undecided", &expected.undecided)] {
        for (name, list) in policies.iter().flatten() {
            if list.is_empty() {
                return Err(wrong(member, format!("a reason is missing for `{name}`")));
            }
            list.iter().try_for_each(|reason| one_of(member, reason, &reasons))?;
        }
    }
    one_answer_each(expected)?;
    let results = ReportOnlyResult::ALL.map(ReportOnlyResult::as_str);
    expected.report_only.iter().flatten().try_for_each(|(_, result)| one_of("reportOnly", result, &results))?;
    expected.leans_on.iter().flatten().try_for_each(|id| one_of("leansOn", id, &ambiguities()))?;
    if let Some(Some(mode)) = expected.session.as_ref().and_then(|session| session.persistent_browser.as_ref()) {
        one_of("session.persistentBrowser", mode, &PERSISTENT_BROWSER)?;
    }
    expected.what_if.iter().flatten().try_for_each(|(_, reason)| one_of("whatIf", reason, &what_if_reasons()))
}

/// A member that is expected, the only verdict that it goes with, and whether it is a list that must not be empty.
type Named = (&'static str, Option<&'static str>, bool);

fn named(expected: &Expectation) -> Vec<Named> {
    let empty = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
    let none = |map: &Option<BTreeMap<String, Vec<String>>>| map.as_ref().is_some_and(BTreeMap::is_empty);
    let session = expected.session.as_ref().is_some_and(SessionExpectation::is_empty);
    let results = expected.report_only.as_ref().is_some_and(BTreeMap::is_empty);
    let all = [
        (expected.verdict.is_some(), "verdict", None, false),
        (expected.steps.is_some(), "steps", Some("allowAfter"), empty(&expected.steps)),
        (expected.stage.is_some(), "stage", Some("block"), false),
        (expected.code.is_some(), "code", Some("block"), false),
        (expected.stages.is_some(), "stages", Some("block"), empty(&expected.stages)),
        (expected.by.is_some(), "by", Some("block"), empty(&expected.by)),
        (expected.applied.is_some(), "applied", None, false),
        (expected.not_applied.is_some(), "notApplied", None, none(&expected.not_applied)),
        (expected.undecided.is_some(), "undecided", None, none(&expected.undecided)),
        (expected.report_only.is_some(), "reportOnly", None, results),
        (expected.unknown.is_some(), "unknown", Some("unknown"), empty(&expected.unknown)),
        (expected.leans_on.is_some(), "leansOn", None, empty(&expected.leans_on)),
        (expected.session.is_some(), "session", None, session),
        (expected.what_if.is_some(), "whatIf", None, false),
    ];
    all.into_iter().filter(|(there, ..)| *there).map(|(_, name, verdict, empty)| (name, verdict, empty)).collect()
}

fn check_stages(expected: &Expectation) -> Result<(), Misunderstood> {
    let known = Stage::ALL.map(Stage::as_str);
    for (member, stage) in expected
        .stages
        .iter()
        .flatten()
        .map(|stage| ("stages", stage))
        .chain(expected.stage.iter().map(|stage| ("stage", stage)))
    {
        one_of(member, stage, &known)?;
    }
    if let (Some(stage), Some(stages)) = (&expected.stage, &expected.stages) {
        let first = known.into_iter().find(|known| stages.iter().any(|stage| stage == known));
        if first != Some(stage.as_str()) {
            let first = first.unwrap_or("none");
            return Err(wrong("stage", format!("the first of the `stages` is {first}, and `stage` says {stage}")));
        }
    }
    Ok(())
}

/// A policy applies, or it does not, or that is not known.
fn one_answer_each(expected: &Expectation) -> Result<(), Misunderstood> {
    let mut answers: BTreeMap<&str, &str> = BTreeMap::new();
    let applied = expected.applied.iter().flatten().map(|name| ("applied", name));
    let not_applied = expected.not_applied.iter().flatten().map(|(name, _)| ("notApplied", name));
    let undecided = expected.undecided.iter().flatten().map(|(name, _)| ("undecided", name));
    for (member, name) in applied.chain(not_applied).chain(undecided) {
        if let Some(other) = answers.insert(name, member)
            && other != member
        {
            return Err(wrong(member, format!("`{name}` stands under `{other}` too")));
        }
    }
    Ok(())
}

/// Compares with an explanation and the verdict that counts.
pub(super) fn compare(expected: &Expectation, explanation: &Explanation, verdict: &Verdict) -> Compared {
    let mut comparison = Comparison { found: Vec::new() };
    if let Some(word) = &expected.verdict {
        comparison.equal("verdict", word, &verdict.as_str().to_owned(), Clone::clone);
        if *word != verdict.as_str()
            && let Some(first) = comparison.found.last_mut()
        {
            first.got = format!("{}{}", first.got, reasons_of(verdict));
        }
    }
    if let Some(steps) = &expected.steps {
        let got: Vec<&Step> =
            if let Verdict::AllowAfter(steps) = verdict { steps.iter().collect() } else { Vec::new() };
        compare_steps(&mut comparison, steps, &got);
    }
    let refusals = if let Verdict::Block(refusals) = verdict { refusals.as_slice() } else { &[] };
    let first = refusals.first();
    let stage = first.map(|refusal| refusal.stage);
    if let Some(expected) = &expected.stage {
        let got = stage.map_or_else(|| "none".to_owned(), |stage| stage.as_str().to_owned());
        comparison.equal("stage", expected, &got, Clone::clone);
    }
    if let Some(expected) = expected.code {
        let show = |code: Option<u32>| code.map_or_else(|| "no code".to_owned(), |code| code.to_string());
        let got = first.map_or_else(|| "not refused".to_owned(), |refusal| show(refusal.code));
        comparison.equal("code", &show(expected), &got, Clone::clone);
    }
    if let Some(stages) = &expected.stages {
        let got: BTreeSet<String> = refusals.iter().map(|refusal| refusal.stage.as_str().to_owned()).collect();
        comparison.sets("stages", stages, got.into_iter().collect());
    }
    if let Some(by) = &expected.by {
        let got: BTreeSet<String> = refusals
            .iter()
            .filter(|refusal| Some(refusal.stage) == stage)
            .map(|refusal| name_of(explanation, &refusal.by))
            .collect();
        comparison.sets("by", by, got.into_iter().collect());
    }
    compare_policies(&mut comparison, expected, explanation)?;
    if let Some(topics) = &expected.unknown {
        let got: BTreeSet<String> = match verdict {
            Verdict::Unknown(doubts) => doubts.iter().map(|doubt| doubt.topic.clone()).collect(),
            _ => BTreeSet::new(),
        };
        comparison.sets("unknown", topics, got.into_iter().collect());
    }
    for ambiguity in expected.leans_on.iter().flatten() {
        if !explanation.leans_on.contains(ambiguity.as_str()) {
            let got: Vec<String> = explanation.leans_on.iter().map(|id| (*id).to_owned()).collect();
            let difference = Difference { what: "leansOn".to_owned(), expected: ambiguity.clone(), got: listed(&got) };
            comparison.found.push(difference);
        }
    }
    if let Some(session) = &expected.session {
        compare_session(&mut comparison, session, explanation);
    }
    Ok(comparison.found)
}

fn reasons_of(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allow => String::new(),
        Verdict::AllowAfter(steps) => {
            let steps: Vec<&str> = steps.iter().map(Step::as_str).collect();
            format!(" ({})", steps.join(", "))
        }
        Verdict::Block(refusals) => {
            refusals.first().map_or_else(String::new, |refusal| format!(" at {}: {}", refusal.stage, refusal.why))
        }
        Verdict::Unknown(doubts) => {
            doubts.first().map_or_else(String::new, |doubt| format!(": {}: {}", doubt.topic, doubt.why.text))
        }
    }
}

/// A step with its methods in parentheses.
fn step_text(step: &Step) -> String {
    let methods = step.methods();
    if methods.is_empty() { step.as_str().to_owned() } else { format!("{}({})", step.as_str(), methods.join(", ")) }
}

fn compare_steps(comparison: &mut Comparison, expected: &[String], got: &[&Step]) {
    let detailed = |text: &str| match step_parts(text) {
        (name, None) => name.to_owned(),
        (name, Some(methods)) => format!("{name}({})", methods.join(", ")),
    };
    // A step that is expected without methods is compared without.
    let plain: BTreeSet<&str> = expected.iter().map(String::as_str).filter(|text| !text.contains('(')).collect();
    let got: Vec<String> = got
        .iter()
        .map(|step| if plain.contains(step.as_str()) { step.as_str().to_owned() } else { detailed(&step_text(step)) })
        .collect();
    let expected: Vec<String> = expected.iter().map(|text| detailed(text)).collect();
    comparison.sets("steps", &expected, got);
}

fn name_of(explanation: &Explanation, by: &By) -> String {
    match by {
        By::Setting(name) => (*name).to_owned(),
        By::Policy(id) => explanation
            .policies
            .iter()
            .find(|policy| policy.id == *id)
            .map_or_else(|| id.to_string(), |policy| policy.name.clone()),
    }
}

fn compare_policies(
    comparison: &mut Comparison,
    expected: &Expectation,
    explanation: &Explanation,
) -> Result<(), Misunderstood> {
    let none = |name: &String, member: &str| {
        let near = nearest(name, explanation.policies.iter().map(|policy| policy.name.as_str()));
        let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        wrong(member, format!("no policy `{name}` in the tenant{help}"))
    };
    if let Some(applied) = &expected.applied {
        let there = |name: &&String| explanation.policies.iter().any(|policy| policy.name == **name);
        if let Some(name) = applied.iter().find(|name| !there(name)) {
            return Err(none(name, "applied"));
        }
        let got = explanation
            .policies
            .iter()
            .filter(|policy| policy.enforcement == Enforcement::Enforced && policy.applies.is_yes())
            .map(|policy| policy.name.clone());
        comparison.sets("applied", applied, got.collect());
    }
    let find = |name: &String, member: &str| -> Result<&PolicyTrace, Misunderstood> {
        let mut found = explanation.policies.iter().filter(|policy| policy.name == *name || policy.id.as_str() == name);
        match (found.next(), found.next()) {
            (Some(policy), None) => Ok(policy),
            (Some(_), Some(_)) => Err(wrong(member, format!("several policies are called `{name}`; name one by id"))),
            (None, _) => Err(none(name, member)),
        }
    };
    for (name, reasons) in expected.not_applied.iter().flatten() {
        let policy = find(name, "notApplied")?;
        let off = policy.enforcement == Enforcement::Off;
        let got = match policy.applies {
            Answer::No => reasons_where(policy, Answer::is_no),
            Answer::Yes if off => vec![Reason::PolicyNotEnabled.as_str().to_owned()],
            Answer::Yes => vec!["it applies".to_owned()],
            Answer::Unknown(_) => vec!["it is undecided".to_owned()],
        };
        comparison.sets(&format!("notApplied.{name}"), reasons, got);
    }
    for (name, reasons) in expected.undecided.iter().flatten() {
        let policy = find(name, "undecided")?;
        let got = match policy.applies {
            Answer::Unknown(_) => reasons_where(policy, |answer| matches!(answer, Answer::Unknown(_))),
            Answer::Yes => vec!["it applies".to_owned()],
            Answer::No => vec!["it does not apply".to_owned()],
        };
        comparison.sets(&format!("undecided.{name}"), reasons, got);
    }
    for (name, result) in expected.report_only.iter().flatten() {
        let policy = find(name, "reportOnly")?;
        let got = policy.report_only.map_or("not report-only", |result| result.as_str()).to_owned();
        comparison.equal(&format!("reportOnly.{name}"), result, &got, Clone::clone);
    }
    Ok(())
}

fn reasons_where(policy: &PolicyTrace, test: impl Fn(&Answer) -> bool) -> Vec<String> {
    policy.reasons.iter().filter(|(_, answer)| test(answer)).map(|(reason, _)| reason.as_str().to_owned()).collect()
}

fn compare_session(comparison: &mut Comparison, expected: &SessionExpectation, explanation: &Explanation) {
    let session = &explanation.session;
    let show = |value: Option<String>| value.unwrap_or_else(|| "not set".to_owned());
    if let Some(hours) = expected.sign_in_frequency_hours {
        let text = |hours: Option<i64>| show(hours.map(|hours| hours.to_string()));
        let (wanted, got) = (text(hours), text(session.sign_in_frequency_hours));
        comparison.equal("session.signInFrequencyHours", &wanted, &got, Clone::clone);
    }
    if let Some(mode) = &expected.persistent_browser {
        let (wanted, got) = (show(mode.clone()), show(session.persistent_browser.clone()));
        comparison.equal("session.persistentBrowser", &wanted, &got, Clone::clone);
    }
    let flags = [
        (
            "applicationEnforcedRestrictions",
            expected.application_enforced_restrictions,
            session.application_enforced_restrictions,
        ),
        ("secureSignInSession", expected.secure_sign_in_session, session.secure_sign_in_session),
    ];
    for (name, expected, got) in flags {
        if let Some(expected) = expected {
            comparison.equal(&format!("session.{name}"), &expected, &got, ToString::to_string);
        }
    }
}

/// Compares with what Microsoft's what-if would answer.
pub(super) fn compare_what_if(wanted: &BTreeMap<String, String>, got: &[WhatIfResult<'_>]) -> Vec<Difference> {
    let mut comparison = Comparison { found: Vec::new() };
    let name =
        |result: &WhatIfResult<'_>| result.policy.display_name.clone().unwrap_or_else(|_| result.policy.id.to_string());
    let text = |(name, reason): (&String, &str)| format!("{name}: {reason}");
    let wanted: Vec<String> = wanted.iter().map(|(name, reason)| text((name, reason))).collect();
    let got = got.iter().map(|result| text((&name(result), result.reason))).collect();
    comparison.sets("whatIf", &wanted, got);
    comparison.found
}
