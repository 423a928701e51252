//! What comes of a sign-in, for people: who and what, the verdict, then policy by policy why.

use std::fmt::Write as _;

use super::super::escape::plain;
use super::super::paint::Paint;
use super::lines::{scenario_line, session};
use super::words;
use crate::access::Answer;
use crate::access::sign_in::{Doubt, Enforcement, Outcome, PolicyTrace, Reason, Refusal, Stage, Verdict};
use crate::model::GrantOperator;
use crate::simulate::{Answered, Assume};

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct SignInTextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Policies that are off, ids, and every method too.
    pub verbose: bool,
}

/// Policies that are named with one doubt; the rest is counted.
const MOST_OF_A_DOUBT: usize = 3;

struct Page<'a> {
    answer: &'a Answered<'a>,
    options: SignInTextOptions,
    paint: Paint,
    text: String,
}

/// Answers as text, one after the other.
#[must_use]
pub fn sign_in_text(answers: &[Answered<'_>], options: SignInTextOptions) -> String {
    let pages = answers.iter().map(|answer| {
        let mut page = Page { answer, options, paint: Paint(options.color), text: String::new() };
        page.question();
        page.verdict();
        page.policies();
        page.session();
        page.remarks();
        page.text
    });
    pages.collect::<Vec<_>>().join("\n")
}

fn code(code: Option<u32>) -> String {
    code.map_or_else(String::new, |code| format!(" (AADSTS{code})"))
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    /// A line whose text comes from the export.
    fn told(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.text, "{:indent$}{}", "", plain(text));
    }

    fn heading(&mut self, text: &str) {
        let heading = self.paint.bold(text);
        let _ = writeln!(self.text, "\n{heading}");
    }

    fn question(&mut self) {
        let line = scenario_line(self.answer.tenant, &self.answer.scenario);
        let _ = writeln!(self.text, "{line}");
    }

    fn verdict(&mut self) {
        self.line("");
        if let Some(assume) = self.answer.assume {
            let side = match assume {
                Assume::Coverage => "for whoever wants in",
                Assume::Reachability => "against whoever wants in",
            };
            self.line(&format!("assuming {}: what is not known falls {side}", assume.as_str()));
        }
        match self.answer.verdict() {
            Verdict::Allow => {
                let allowed = self.paint.green("allowed");
                self.line(&allowed);
            }
            Verdict::AllowAfter(steps) => {
                let allowed = self.paint.green("allowed after:");
                self.line(&allowed);
                for (index, step) in steps.iter().enumerate() {
                    let step = words::step(self.answer.tenant, step, self.options.verbose);
                    self.told(2, &format!("{}. {step}", index + 1));
                }
            }
            Verdict::Block(refusals) => self.refusals(refusals),
            Verdict::Unknown(doubts) => {
                let unknown = self.paint.yellow("not known:");
                self.line(&unknown);
                self.doubts(doubts);
            }
        }
        if let (Some(_), Verdict::Unknown(doubts)) = (self.answer.assume, &self.answer.explanation.verdict) {
            self.line("not known without the assumption:");
            self.doubts(doubts);
        }
    }

    fn refusals(&mut self, refusals: &[Refusal]) {
        let explanation = &self.answer.explanation;
        for (index, refusal) in refusals.iter().enumerate() {
            let place = plain(&format!(
                "{} by {}{}: {}",
                words::stage(refusal.stage),
                words::by(explanation, &refusal.by),
                code(refusal.code),
                refusal.why
            ));
            let line = if index == 0 {
                format!("{} {place}", self.paint.red("blocked at"))
            } else {
                format!("  also at {place}")
            };
            self.line(&line);
        }
    }

    /// Every doubt once, with the policies that it is about.
    fn doubts(&mut self, doubts: &[Doubt]) {
        let mut groups: Vec<(&Doubt, Vec<String>)> = Vec::new();
        for doubt in doubts {
            let name = doubt.policy.as_ref().map(|id| {
                let found = words::policy(&self.answer.explanation, id);
                format!("`{}`", found.map_or_else(|| id.as_str(), |policy| policy.name.as_str()))
            });
            match groups.iter_mut().find(|(first, _)| first.topic == doubt.topic && first.why == doubt.why) {
                Some((_, names)) => names.extend(name),
                None => groups.push((doubt, name.into_iter().collect())),
            }
        }
        for (doubt, names) in groups {
            let most = if self.options.verbose { names.len() } else { MOST_OF_A_DOUBT };
            let more = names.len().saturating_sub(most);
            let mut of = names.into_iter().take(most).collect::<Vec<_>>().join(", ");
            if more > 0 {
                let _ = write!(of, " and {more} more");
            }
            let of = if of.is_empty() { of } else { format!(" of {of}") };
            self.told(2, &format!("- {}{of}: {}", doubt.topic, doubt.why.text));
            if let Some(kind) = doubt.why.missing {
                self.line(&format!("      export {}", kind.resource()));
            }
            if let Some(option) = doubt.why.ambiguity.and_then(|id| words::leaning(id, &self.answer.readings).option) {
                self.line(&format!("      `--option {option}=…` decides"));
            }
            if doubt.why.ambiguity == Some("AM-28") {
                self.line("      `--home-tenant DOMAIN=TENANT` decides");
            }
        }
    }

    fn policies(&mut self) {
        let answer = self.answer;
        let all = &answer.explanation.policies;
        let on = || all.iter().filter(|policy| policy.enforcement != Enforcement::Off);
        let demands = &answer.explanation.demands;
        if !demands.is_empty() {
            self.heading("demanded beside policies");
            for (name, outcome) in demands {
                let outcome = self.outcome(outcome);
                self.told(2, &format!("{name}: {outcome}"));
            }
        }
        let applying: Vec<&PolicyTrace> = on().filter(|policy| policy.applies.is_yes()).collect();
        self.heading("policies that apply");
        if applying.is_empty() {
            self.line("  none");
        }
        for policy in applying {
            self.applying(policy);
        }
        let open: Vec<&PolicyTrace> = on().filter(|policy| matches!(policy.applies, Answer::Unknown(_))).collect();
        if !open.is_empty() {
            self.heading("policies of which it is not known");
        }
        for policy in open {
            self.applying(policy);
        }
        self.not_applying();
    }

    fn name(&self, policy: &PolicyTrace) -> String {
        let same = self.answer.explanation.policies.iter().filter(|other| other.name == policy.name).count();
        if same > 1 || self.options.verbose {
            format!("`{}` ({})", policy.name, policy.id)
        } else {
            format!("`{}`", policy.name)
        }
    }

    fn applying(&mut self, policy: &PolicyTrace) {
        let mut head = self.name(policy);
        if let Some(result) = policy.report_only {
            let _ = write!(head, ", report-only, would be logged as {}", result.as_str());
        }
        if let Some(service) = policy.dependency {
            let name = crate::model::known_application(service).map_or(service, |known| known.name);
            let _ = write!(head, ", through its dependency on {name}");
        }
        self.told(2, &head);
        if let Enforcement::Unknown(why) = &policy.enforcement {
            self.told(4, &format!("state: not known: {}", why.text));
        }
        for (reason, answer) in &policy.reasons {
            if let Answer::Unknown(why) = answer {
                self.told(4, &format!("{reason}: {}", why.text));
            }
        }
        if policy.controls.len() > 1 {
            self.line(match policy.operator {
                GrantOperator::And => "    asks for all of",
                GrantOperator::Or => "    asks for one of",
            });
        }
        for (control, outcome) in &policy.controls {
            let outcome = self.outcome(outcome);
            self.told(4, &format!("{control}: {outcome}"));
        }
        if policy.controls.is_empty() {
            let found = self.answer.tenant.conditional_access.get(&policy.id);
            let session = found.is_some_and(|found| matches!(&found.session, Ok(Some(_))));
            self.line(if session { "    sets session controls" } else { "    asks for nothing" });
        }
    }

    fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Satisfied => "satisfied".to_owned(),
            Outcome::Step(step) => {
                format!("satisfiable ({})", words::step(self.answer.tenant, step, self.options.verbose))
            }
            Outcome::Impossible(way) if way.stage == Stage::ConditionalAccessBlock => {
                format!("refuses{}", code(way.code))
            }
            Outcome::Impossible(way) => format!("impossible, {}{}", way.why, code(way.code)),
            Outcome::Unknown(_, _, why) => {
                let mut ends = Vec::new();
                self.ends(outcome, &mut ends);
                format!("not known, {}: {}", why.0.text, ends.join("; or "))
            }
        }
    }

    /// What an outcome that is not known may turn out to be.
    fn ends(&self, outcome: &Outcome, ends: &mut Vec<String>) {
        if let Outcome::Unknown(best, worst, _) = outcome {
            self.ends(best, ends);
            self.ends(worst, ends);
            return;
        }
        let end = self.outcome(outcome);
        if !ends.contains(&end) {
            ends.push(end);
        }
    }

    fn not_applying(&mut self) {
        let all = &self.answer.explanation.policies;
        let (off, out): (Vec<&PolicyTrace>, Vec<&PolicyTrace>) = all
            .iter()
            .filter(|policy| policy.enforcement == Enforcement::Off || policy.applies.is_no())
            .partition(|policy| policy.enforcement == Enforcement::Off);
        if off.is_empty() && out.is_empty() {
            return;
        }
        self.heading("policies that do not apply");
        let shown: Vec<&PolicyTrace> =
            if self.options.verbose { out.into_iter().chain(off.iter().copied()).collect() } else { out };
        for policy in shown {
            let reasons: Vec<&str> = policy
                .reasons
                .iter()
                .filter(|(reason, answer)| answer.is_no() || *reason == Reason::PolicyNotEnabled)
                .map(|(reason, _)| reason.as_str())
                .collect();
            let mode = if policy.enforcement == Enforcement::ReportOnly { ", report-only" } else { "" };
            let line = format!("{}{mode}: {}", self.name(policy), reasons.join(", "));
            self.told(2, &line);
        }
        if !self.options.verbose && !off.is_empty() {
            let count = if off.len() == 1 { "1 policy is".to_owned() } else { format!("{} policies are", off.len()) };
            self.line(&format!("  {count} off (`-v` names them)"));
        }
    }

    fn session(&mut self) {
        let lines = session(&self.answer.explanation.session);
        if lines.is_empty() {
            return;
        }
        self.heading("session");
        for line in lines {
            self.told(2, &line);
        }
    }

    fn remarks(&mut self) {
        let explanation = &self.answer.explanation;
        if !explanation.leans_on.is_empty() {
            self.heading("where Microsoft's documents leave something open");
        }
        for id in &explanation.leans_on {
            let leaning = words::leaning(id, &self.answer.readings);
            self.line(&format!("  {}: {}", leaning.id, leaning.about));
            if let (Some(option), Some(reading)) = (leaning.option, leaning.reading) {
                let others: Vec<&str> = leaning.values.iter().copied().filter(|value| *value != reading).collect();
                self.line(&format!(
                    "      read as {reading}; `--option {option}={}` reads it otherwise",
                    others.join("|")
                ));
            }
        }
        self.heading("taken as given");
        for given in &explanation.taken_as_given {
            self.line(&format!("  {given}"));
        }
        if !explanation.notes.is_empty() {
            self.heading("notes");
        }
        for note in &explanation.notes {
            self.told(2, note);
        }
    }
}
