//! Text for people: a block per finding with the lines around its place, then what was not evaluated and a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::TenantRun;
use super::escape::plain;
use super::json::region;
use super::perhaps::{MOST_ASSUMED, assumed, beside};
use super::window::Snippet;
use crate::check::{Given, Held, SignInSet, WouldChange, shows};
use crate::finding::{Finding, NotEvaluated, Severity};
use crate::load::{Loaded, Place, Problem, Weight};
use crate::model::Kind;
use crate::rules::PackError;

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Everything: each finding of a rule, and notes on the input.
    pub verbose: bool,
    /// Findings only.
    pub quiet: bool,
}

/// Findings of one rule, policies of one list and warnings of one sort that are shown; the rest is counted.
const MOST_OF_A_RULE: usize = 5;

struct Block {
    headline: String,
    code: String,
    severity: miette::Severity,
    help: Option<String>,
    snippet: Option<Snippet>,
    label: Option<String>,
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Block {}

impl Diagnostic for Block {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|snippet| snippet as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let snippet = self.snippet.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(self.label.clone(), snippet.span());
        Some(Box::new(std::iter::once(label)))
    }
}

fn handler(options: TextOptions) -> GraphicalReportHandler {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme).with_width(options.width).with_context_lines(1).with_links(false)
}

fn render(handler: &GraphicalReportHandler, block: &Block, text: &mut String) {
    let mut shown = String::new();
    if handler.render_report(&mut shown, block).is_err() {
        shown = format!("{block}\n");
    }
    for line in shown.trim_matches('\n').lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
}

fn of_severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::High => miette::Severity::Error,
        Severity::Medium | Severity::Low => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}

/// The whole run as text.
#[must_use]
pub fn text(runs: &[TenantRun<'_>], options: TextOptions) -> String {
    let mut text = String::new();
    for run in runs {
        tenant(run, options, &mut text);
    }
    text
}

fn tenant(run: &TenantRun<'_>, options: TextOptions, text: &mut String) {
    let handler = handler(options);
    if let Some(name) = &run.name {
        let _ = writeln!(text, "# {}\n", plain(name));
    }
    let loaded = run.loaded;
    let findings = run.report.map(|report| report.findings.as_slice()).unwrap_or_default();
    let mut shown = (String::new(), 0_usize);
    for (index, finding) in findings.iter().enumerate() {
        if shown.0 != finding.rule {
            shown = (finding.rule.clone(), 0);
        }
        shown.1 += 1;
        if options.verbose || shown.1 <= MOST_OF_A_RULE {
            render(&handler, &block(loaded, finding), text);
            details(finding, options, text);
        }
        let last = findings.get(index + 1).is_none_or(|next| next.rule != finding.rule);
        if last && !options.verbose && shown.1 > MOST_OF_A_RULE {
            let more = shown.1 - MOST_OF_A_RULE;
            let _ = writeln!(text, "… and {more} more of `{}` (`-v` or `--format json` shows them)\n", finding.rule);
        }
    }
    problems(loaded, &handler, options, text);
    if loaded.objects().is_empty() {
        if loaded.ignored > 0 {
            let _ = writeln!(text, "{} passed over: no JSON or YAML", counted(loaded.ignored, "file", "files"));
        }
        return;
    }
    let Some(report) = run.report else {
        text.push_str("nothing was evaluated: these files are of more than one tenant\n\n");
        return;
    };
    if !options.quiet {
        held(report, text);
        policies(report, options, text);
        broken_if(report, options, text);
        not_evaluated(&report.not_evaluated, options, text);
        waivers(run, text);
        summary(run, text);
    }
}

fn block(loaded: &Loaded, finding: &Finding) -> Block {
    Block {
        headline: plain(&finding.title),
        code: format!("{} · {}", finding.severity, finding.rule),
        severity: of_severity(finding.severity),
        help: Some(format!("{}{}", plain(help_without_command(finding)), more(&finding.rule))),
        snippet: Some(Snippet::of(&loaded.sources, &finding.region)),
        label: Some(plain(&finding.message)),
    }
}

/// The help of a finding but for the command, which stands on a line of its own, to be copied.
fn help_without_command(finding: &Finding) -> &str {
    let command = finding.command.as_deref().map(shows);
    command.and_then(|end| finding.help.strip_suffix(&end)).unwrap_or(&finding.help)
}

/// Where to read on; a rule of the command line has no page.
fn more(rule: &str) -> String {
    if rule == "asked" || rule.starts_with("asked-") {
        return String::new();
    }
    format!("\n`guestlist rules show {rule}` tells more")
}

/// The most lines of details that stand below a finding.
const MOST_DETAILS: usize = 9;

fn details(finding: &Finding, options: TextOptions, text: &mut String) {
    if let Some(command) = &finding.command {
        let _ = writeln!(text, "  shown by:\n    {}\n", plain(command));
    }
    if finding.details.is_empty() {
        return;
    }
    text.push_str("  for all sign-ins with:\n");
    let most = if options.verbose { usize::MAX } else { MOST_DETAILS };
    for line in finding.details.iter().take(most) {
        let _ = writeln!(text, "    {}", plain(line));
    }
    let more = finding.details.iter().skip(most).filter(|line| !line.starts_with(' ')).count();
    if more > 0 {
        let _ = writeln!(text, "    … and {more} more (`-v` or `--format json` shows them)");
    }
    text.push('\n');
}

fn held(report: &crate::check::Report, text: &mut String) {
    if report.held.is_empty() {
        return;
    }
    text.push_str("holds for every possible sign-in:\n");
    for held in &report.held {
        let by = match held.carried_by.as_slice() {
            [] => String::new(),
            names => format!(" (by `{}`)", plain(&names.join("`, `"))),
        };
        let _ = writeln!(text, "  {}{by}", held.rule);
    }
    let all = |of: fn(&Held) -> Vec<Given>| -> Vec<Given> {
        report.held.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let leans_on: BTreeSet<String> = report.held.iter().flat_map(|held| held.leans_on.iter().cloned()).collect();
    let given = all(|held| held.given.clone());
    for line in beside(&given, &leans_on.into_iter().collect::<Vec<_>>()) {
        let _ = writeln!(text, "  {}", plain(&line));
    }
    text.push('\n');
}

/// The most sets of sign-ins that break a rule under an assumption.
const MOST_PERHAPS: usize = 3;

/// Guardrails that are broken under an assumption.
fn broken_if(report: &crate::check::Report, options: TextOptions, text: &mut String) {
    for found in &report.broken_if {
        let assumed = assumed(&found.perhaps, if options.verbose { usize::MAX } else { MOST_ASSUMED });
        let _ = writeln!(text, "`{}` is broken {}, by sign-ins with:", found.rule, plain(&assumed));
        let most = if options.verbose { usize::MAX } else { MOST_PERHAPS };
        for set in found.perhaps.sets.iter().take(most) {
            let _ = writeln!(text, "  {}", plain(&set.text));
            if let Some(command) = &set.command {
                let _ = writeln!(text, "     {}", plain(command));
            }
        }
        let more = found.perhaps.sets.len().saturating_sub(most);
        if more > 0 {
            let _ = writeln!(text, "  … and {more} more (`-v` or `--format json` shows them)");
        }
        text.push('\n');
    }
}

/// What policies come to: those that do nothing, and what report-only ones would do.
fn policies(report: &crate::check::Report, options: TextOptions, text: &mut String) {
    let Some(policies) = &report.policies else { return };
    if let Some(why) = &policies.undecided {
        let _ = writeln!(text, "what policies come to was not decided: {}\n", plain(why));
    }
    let mut list = |heading: &str, names: &[String]| {
        if names.is_empty() {
            return;
        }
        let _ = writeln!(text, "{heading}:");
        let most = if options.verbose { usize::MAX } else { MOST_OF_A_RULE };
        for name in names.iter().take(most) {
            let _ = writeln!(text, "  `{}`", plain(name));
        }
        if names.len() > most {
            let _ = writeln!(text, "  … and {} more (`-v` or `--format json` shows them)", names.len() - most);
        }
        text.push('\n');
    };
    list("enforced policies that no possible sign-in meets", &policies.never_apply);
    list("enforced policies without which, each by itself, every sign-in comes to the same", &policies.needless);
    let idle = policies.report_only.iter().filter(|(_, change)| *change == WouldChange::Nothing);
    let idle: Vec<String> = idle.map(|(name, _)| name.clone()).collect();
    list("report-only policies that would change nothing, proven for every possible sign-in", &idle);
    let mut open: Vec<(&String, &[String])> = Vec::new();
    let mut busy: Vec<(&String, &SignInSet)> = Vec::new();
    for (name, change) in &policies.report_only {
        match change {
            WouldChange::Nothing => {}
            WouldChange::These(set) => busy.push((name, set)),
            WouldChange::Depends(names) => open.push((name, names)),
        }
    }
    if !open.is_empty() {
        text.push_str("report-only policies that would change something or not, which depends on what is not known:\n");
        let most = if options.verbose { usize::MAX } else { MOST_OF_A_RULE };
        for (name, names) in open.iter().take(most) {
            let told: Vec<String> = names.iter().take(most).map(|name| format!("whether {name}")).collect();
            let more = names.len().saturating_sub(told.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let on = if told.is_empty() { String::new() } else { format!(": {}{more}", told.join(", ")) };
            let _ = writeln!(text, "  `{}`{}", plain(name), plain(&on));
        }
        if open.len() > most {
            let _ = writeln!(text, "  … and {} more (`-v` or `--format json` shows them)", open.len() - most);
        }
        text.push('\n');
    }
    if !busy.is_empty() {
        text.push_str("report-only policies that would refuse, or ask more of, sign-ins that are let in:\n");
        let most = if options.verbose { usize::MAX } else { MOST_OF_A_RULE };
        for (name, set) in busy.iter().take(most) {
            let _ = writeln!(text, "  `{}`: {}", plain(name), plain(&set.text));
            if let Some(command) = &set.command {
                let _ = writeln!(text, "    {}", plain(command));
            }
        }
        if busy.len() > most {
            let _ = writeln!(text, "  … and {} more (`-v` or `--format json` shows them)", busy.len() - most);
        }
        text.push('\n');
    }
    if !(policies.never_apply.is_empty() && policies.needless.is_empty() && idle.is_empty()) {
        for line in beside(&policies.given, &[]) {
            let _ = writeln!(text, "{}\n", plain(&line));
        }
    }
}

/// One line for a problem: `file:line:column: message`.
#[must_use]
pub fn problem_line(loaded: &Loaded, problem: &Problem) -> String {
    let place = match (&problem.place, region(loaded, &problem.place)) {
        (Place::Path(path), _) => plain(path),
        (Place::File(file), _) => plain(&loaded.sources.file(*file).path),
        (_, Some(region)) => {
            let path = plain(&loaded.sources.file(region.file).path);
            format!("{path}:{}:{}", region.line, region.column)
        }
        _ => String::new(),
    };
    format!("{}: {place}: {}", problem.weight.as_str(), plain(&problem.message))
}

fn problems(loaded: &Loaded, handler: &GraphicalReportHandler, options: TextOptions, text: &mut String) {
    let mut warnings: BTreeMap<&str, usize> = BTreeMap::new();
    for problem in &loaded.problems {
        let shown = match problem.weight {
            Weight::Error => true,
            Weight::Warning => !options.quiet,
            Weight::Note => options.verbose,
        };
        if !shown {
            continue;
        }
        if problem.weight == Weight::Warning && !options.verbose {
            let count = warnings.entry(problem.sort.as_str()).or_default();
            *count += 1;
            if *count > MOST_OF_A_RULE {
                continue;
            }
        }
        if let (Weight::Error, Some(region)) = (problem.weight, region(loaded, &problem.place)) {
            let block = Block {
                headline: plain(&problem.message),
                code: format!("input · {}", problem.sort.as_str()),
                severity: miette::Severity::Error,
                help: problem.help.as_deref().map(plain),
                snippet: Some(Snippet::of(&loaded.sources, &region)),
                label: Some("here".into()),
            };
            render(handler, &block, text);
        } else {
            let _ = writeln!(text, "{}", problem_line(loaded, problem));
            if let Some(help) = &problem.help {
                let _ = writeln!(text, "  help: {}", plain(help));
            }
        }
    }
    for (sort, count) in warnings {
        let more = count.saturating_sub(MOST_OF_A_RULE);
        if more > 0 {
            let _ = writeln!(text, "… and {more} more warnings of sort `{sort}` (`-v` or `--format json` shows them)");
        }
    }
    if loaded.problems.iter().any(|problem| problem.weight != Weight::Note) && !options.quiet {
        text.push('\n');
    }
}

fn not_evaluated(outcomes: &[NotEvaluated], options: TextOptions, text: &mut String) {
    if outcomes.is_empty() {
        return;
    }
    text.push_str("not evaluated:\n");
    // One reason often stops many rules.
    let mut reasons: Vec<(&str, Option<&str>, Vec<String>)> = Vec::new();
    for outcome in outcomes {
        let rule = match &outcome.objects {
            Some((count, _)) if *count > 1 => format!("{} ({count} objects)", outcome.rule),
            _ => outcome.rule.clone(),
        };
        match reasons
            .iter_mut()
            .find(|(reason, export, _)| *reason == outcome.reason && *export == outcome.export.as_deref())
        {
            Some((_, _, rules)) if rules.contains(&rule) => {}
            Some((_, _, rules)) => rules.push(rule),
            None => reasons.push((&outcome.reason, outcome.export.as_deref(), vec![rule])),
        }
    }
    for (reason, export, rules) in reasons {
        let _ = writeln!(text, "  {}", plain(reason));
        if let Some(export) = export {
            let _ = writeln!(text, "    export {export}");
        }
        let rules = if options.verbose || rules.len() <= MOST_OF_A_RULE {
            rules.join(", ")
        } else {
            let named: Vec<&str> = rules.iter().take(MOST_OF_A_RULE).map(String::as_str).collect();
            format!("{} and {} more", named.join(", "), rules.len() - MOST_OF_A_RULE)
        };
        let _ = writeln!(text, "    stops {rules}");
    }
    text.push('\n');
}

fn waivers(run: &TenantRun<'_>, text: &mut String) {
    let Some(report) = run.report else { return };
    for (finding, number) in &report.waived {
        if let Some(waiver) = run.waivers.get(*number) {
            let name = plain(&finding.subject.name);
            let _ = writeln!(
                text,
                "waived until {}: {} of `{name}`: {}",
                waiver.until,
                finding.rule,
                plain(&waiver.reason)
            );
        }
    }
    for (number, why) in &report.idle_waivers {
        if let Some(waiver) = run.waivers.get(*number) {
            let _ = writeln!(
                text,
                "warning: the waiver of {} for `{}` does nothing: {why}",
                plain(&waiver.rule),
                plain(&waiver.object)
            );
        }
    }
    if !report.waived.is_empty() || !report.idle_waivers.is_empty() {
        text.push('\n');
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn summary(run: &TenantRun<'_>, text: &mut String) {
    let (loaded, Some(report)) = (run.loaded, run.report) else { return };
    let objects: usize = Kind::ALL.iter().map(|kind| loaded.tenant.count(*kind)).sum();
    let read: usize = loaded.objects().values().sum();
    let _ = writeln!(
        text,
        "read {} with {} ({} after merging)",
        counted(loaded.files.len(), "file", "files"),
        counted(read, "object", "objects"),
        objects
    );
    let stopped: BTreeSet<&str> = report.not_evaluated.iter().map(|outcome| outcome.rule.as_str()).collect();
    let partly = if stopped.is_empty() {
        String::new()
    } else {
        format!(", {} of them not, or not on everything", stopped.len())
    };
    let evaluated = report.asked.saturating_sub(report.off.len());
    let _ = writeln!(text, "evaluated {}{partly}", counted(evaluated, "rule", "rules"));
    if !report.options.is_empty() {
        let _ = writeln!(text, "read as asked: {}", plain(&report.options.join(", ")));
    }
    if !report.off.is_empty() {
        let names: Vec<&str> = report.off.iter().map(String::as_str).collect();
        let _ = writeln!(text, "off, for what they ask about is nowhere: {}", names.join(", "));
    }
    let named: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity, report.count(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let total = counted(report.findings.len(), "finding", "findings");
    let by_severity = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
    let _ = writeln!(text, "{total}{by_severity}");
    let not_understood = loaded.problems.iter().filter(|problem| problem.weight != Weight::Note).count();
    if not_understood > 0 {
        let silent = loaded.files.iter().filter(|file| !file.understood).count();
        let files =
            if silent == 0 { String::new() } else { format!(", {} not understood", counted(silent, "file", "files")) };
        let _ = writeln!(text, "{} with the input{files}", counted(not_understood, "problem", "problems"));
    }
    text.push('\n');
}

/// Errors of rule packs, each with its place in the pack.
#[must_use]
pub fn pack_errors(errors: &[PackError], options: TextOptions) -> String {
    let handler = handler(options);
    let mut text = String::new();
    for error in errors {
        let mut sources = crate::source::SourceMap::default();
        let file = sources.add_file(error.path.clone(), error.text.as_str().into());
        let region = error.span.map(|span| sources.region(file, String::new(), span));
        let headline = if region.is_some() { error.message.clone() } else { error.to_string() };
        let block = Block {
            headline: plain(&headline),
            code: "rule pack".into(),
            severity: miette::Severity::Error,
            help: error.help.as_deref().map(plain),
            label: region.as_ref().map(|_| "here".to_owned()),
            snippet: region.map(|region| Snippet::of(&sources, &region)),
        };
        render(&handler, &block, &mut text);
    }
    text
}
