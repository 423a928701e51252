//! Expectations held against what came out. A set that is given is exact.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{Expectation, SessionExpectation};
use crate::access::Answer;
use crate::access::sign_in::{By, Enforcement, Explanation, PolicyTrace, Reason, Stage, Step, Verdict, WhatIfResult};
use crate::simulate::Misunderstood;
use crate::simulate::question::Setting;

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
    Err(wrong(member, format!("`{text}` is not one of {}", known.join(", "))))
}

/// Compares with an explanation and the verdict that counts.
pub(super) fn compare(expected: &Expectation, explanation: &Explanation, verdict: &Verdict) -> Compared {
    validate(expected)?;
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
    if expected.code != Setting::Absent {
        let show = |code: &Option<u32>| code.map_or_else(|| "no code".to_owned(), |code| code.to_string());
        let code = expected.code.choices().into_iter().next().flatten();
        comparison.equal("code", &code, &first.and_then(|refusal| refusal.code), show);
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
    if expected.what_if.is_some() {
        return Err(wrong("whatIf", "is for cases with `parity`".to_owned()));
    }
    Ok(comparison.found)
}

fn validate(expected: &Expectation) -> Result<(), Misunderstood> {
    if let Some(verdict) = &expected.verdict {
        one_of("verdict", verdict, &["allow", "allowAfter", "block", "unknown"])?;
    }
    let stages: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
    for stage in expected.stage.iter().chain(expected.stages.iter().flatten()) {
        one_of("stage", stage, &stages)?;
    }
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    for (member, policies) in [("notApplied", &expected.not_applied), ("undecided", &expected.undecided)] {
        for reason in policies.iter().flat_map(BTreeMap::values).flatten() {
            one_of(member, reason, &reasons)?;
        }
    }
    Ok(())
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
    // A step that is expected without methods is compared without.
    let word = |text: &str| text.split('(').next().unwrap_or_default().to_owned();
    let detailed = |text: &String| match text.split_once('(') {
        None => text.clone(),
        Some((word, methods)) => {
            let mut methods: Vec<&str> = methods.trim_end_matches(')').split(',').map(str::trim).collect();
            methods.sort_unstable();
            format!("{word}({})", methods.join(", "))
        }
    };
    let plain: BTreeSet<String> = expected.iter().filter(|text| !text.contains('(')).map(|text| word(text)).collect();
    let got: Vec<String> = got
        .iter()
        .map(|step| if plain.contains(step.as_str()) { step.as_str().to_owned() } else { detailed(&step_text(step)) })
        .collect();
    let expected: Vec<String> = expected.iter().map(detailed).collect();
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
    if let Some(applied) = &expected.applied {
        let got = explanation
            .policies
            .iter()
            .filter(|policy| policy.enforcement == Enforcement::Enforced && policy.applies.is_yes())
            .map(|policy| policy.name.clone());
        comparison.sets("applied", applied, got.collect());
    }
    let find = |name: &String, member: &str| -> Result<&PolicyTrace, Misunderstood> {
        explanation
            .policies
            .iter()
            .find(|policy| policy.name == *name || policy.id.as_str() == name)
            .ok_or_else(|| wrong(member, format!("no policy `{name}` in the tenant")))
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
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    if expected.sign_in_frequency_hours.is_some() {
        let text = |hours: Option<i64>| hours.map(|hours| hours.to_string());
        let (wanted, got) = (text(expected.sign_in_frequency_hours), text(session.sign_in_frequency_hours));
        comparison.equal("session.signInFrequencyHours", &wanted, &got, show);
    }
    if expected.persistent_browser.is_some() {
        comparison.equal("session.persistentBrowser", &expected.persistent_browser, &session.persistent_browser, show);
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
pub(super) fn compare_what_if(expected: &Expectation, got: &[WhatIfResult<'_>]) -> Compared {
    let Some(wanted) = &expected.what_if else {
        return Err(wrong("whatIf", "a case with `parity` expects `whatIf`".to_owned()));
    };
    let mut comparison = Comparison { found: Vec::new() };
    let name =
        |result: &WhatIfResult<'_>| result.policy.display_name.clone().unwrap_or_else(|_| result.policy.id.to_string());
    let text = |(name, reason): (&String, &str)| format!("{name}: {reason}");
    let wanted: Vec<String> = wanted.iter().map(|(name, reason)| text((name, reason))).collect();
    let got = got.iter().map(|result| text((&name(result), result.reason))).collect();
    comparison.sets("whatIf", &wanted, got);
    Ok(comparison.found)
}
