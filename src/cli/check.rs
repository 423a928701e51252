//! `guestlist check`.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::args::{Check, Color, FailOn, Format, RuleArguments};
use super::simulate::readings;
use super::{Failure, INTERNAL_ERROR, NOTHING_FOUND, Outcome, complain, files, print, status};
use crate::check::{GAPS_OF_A_SCREEN, MisnamedParameter, Report, Request, check};
use crate::config::Config;
use crate::finding::Severity;
use crate::load::{Loaded, Weight};
use crate::model::Time;
use crate::report::{TenantRun, TextOptions, github, json, pack_errors, plain, text};
use crate::rules::{Pack, PackFile, Rule, Schema, bundled_files};
use crate::suggest::nearest;

/// How many gaps of a rule on sign-ins are looked for with `--verbose`.
const ALL_GAPS: usize = 500;

pub(super) fn run(arguments: &Check) -> Outcome {
    let options =
        TextOptions { color: color(arguments.color), width: 110, verbose: arguments.verbose, quiet: arguments.quiet };
    let now = as_of(arguments.rules.as_of.as_deref())?;
    let pack = pack(&arguments.rules, options)?;
    let found = files::config(arguments.rules.config.as_deref(), |name, areas| exists(&pack, name, areas))?;
    let rules = select(&pack, &arguments.rules, &found.config)?;
    let paths = files::paths(&arguments.paths, &found);
    let tenants = tenants(arguments, &paths)?;
    let homes = files::homes(&found.config);
    // A machine is told of everybody whom a hole concerns.
    let all = arguments.verbose || matches!(arguments.format, Format::Json);
    let gaps = if all { ALL_GAPS } else { GAPS_OF_A_SCREEN };
    let request = Request {
        waivers: &found.config.waiver,
        homes: &homes,
        readings: readings(&arguments.rules.option)?,
        gaps,
        ..Request::new(rules, &found.config.parameters, now)
    };
    let of_one = |loaded: &Loaded| loaded.several_tenants().is_none().then(|| check(loaded, &request));
    let reports: Vec<Option<Report>> = tenants.iter().map(|(_, loaded)| of_one(loaded)).collect();
    let runs: Vec<TenantRun<'_>> = tenants
        .iter()
        .zip(&reports)
        .map(|((name, loaded), report)| TenantRun {
            name: name.clone(),
            loaded,
            report: report.as_ref(),
            waivers: &found.config.waiver,
        })
        .collect();
    match arguments.format {
        Format::Text => print(&text(&runs, options))?,
        Format::Json => print(&json(&runs, now).map_err(|error| Failure::new(error.to_string()))?)?,
        Format::Github => print(&github(&runs))?,
    }
    verdict(arguments, &runs, options)
}

pub(super) fn color(when: Color) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

pub(super) fn as_of(date: Option<&str>) -> Result<Time, Failure> {
    if let Some(date) = date {
        Time::read_date(date)
            .or_else(|| date.contains('T').then(|| Time::read(date)).flatten())
            .ok_or_else(|| Failure::new(format!("`{}` is not a date such as `2026-12-31`", plain(date))))
    } else {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(Time(i64::try_from(since.as_secs()).unwrap_or_default()))
    }
}

pub(super) fn pack(arguments: &RuleArguments, options: TextOptions) -> Result<Pack, Failure> {
    let told = |errors: &[crate::rules::PackError]| {
        complain(&pack_errors(errors, TextOptions { color: false, ..options }));
        Failure::new("the rules cannot be used; nothing was checked")
    };
    let schema = Schema::bundled().map_err(|error| told(&[error]))?;
    let mut files = bundled_files();
    for folder in &arguments.rules {
        files.extend(files::pack(folder)?);
    }
    files.extend(arguments.ask.iter().enumerate().map(|(at, text)| asked(at, text)));
    Pack::read(&files, &schema).map_err(|errors| told(&errors))
}

/// The area of rules that are asked on the command line.
const ASKED: &str = "asked";

/// A rule of the command line: what it does not say of itself is said for it.
fn asked(at: usize, text: &str) -> PackFile {
    let id = if at == 0 { ASKED.to_owned() } else { format!("{ASKED}-{}", at + 1) };
    let usual = [
        ("id", id.as_str()),
        ("title", "What was asked does not hold"),
        ("severity", "high"),
        ("message", "it does not hold"),
        ("help", "change the configuration, or the question"),
    ];
    let missing = usual.iter().filter(|(name, _)| !text.contains(&format!("@{name}(")));
    let annotations: Vec<String> = missing.map(|(name, value)| format!("@{name}(\"{value}\")\n")).collect();
    let annotations = annotations.concat();
    let end = if text.trim_end().ends_with(';') { "" } else { ";" };
    PackFile { path: "--ask".to_owned(), area: ASKED.to_owned(), text: format!("{annotations}{text}{end}\n") }
}

/// Whether a rule, or an area, has this name.
///
/// # Errors
/// What is wrong and which name may be meant.
pub(super) fn exists(pack: &Pack, name: &str, areas: bool) -> Result<(), String> {
    let named = |rule: &Rule| rule.metadata.id == name || areas && rule.area == name;
    if pack.rules.iter().any(named) {
        return Ok(());
    }
    let ids = pack.rules.iter().map(|rule| rule.metadata.id.as_str());
    let names = ids.chain(pack.rules.iter().filter(|_| areas).map(|rule| rule.area.as_str()));
    let hint = nearest(name, names)
        .map_or_else(|| "`guestlist rules list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
    let what = if areas { "rule or area" } else { "rule" };
    Err(format!("no {what} `{name}`; {hint}"))
}

pub(super) fn select<'p>(pack: &'p Pack, arguments: &RuleArguments, config: &Config) -> Result<Vec<&'p Rule>, Failure> {
    let names = |rule: &Rule, name: &String| rule.metadata.id == *name || rule.area == *name;
    let wanted = if arguments.select.is_empty() { &config.select } else { &arguments.select };
    let unwanted: Vec<&String> = arguments.ignore.iter().chain(&config.ignore).collect();
    for name in wanted.iter().chain(unwanted.iter().copied()) {
        exists(pack, name, true).map_err(|message| Failure::new(plain(&message)))?;
    }
    let asked = !arguments.ask.is_empty() && arguments.select.is_empty();
    let selected = |rule: &&Rule| {
        if asked {
            return rule.area == ASKED;
        }
        (wanted.is_empty() || wanted.iter().any(|name| names(rule, name)))
            && !unwanted.iter().any(|name| names(rule, name))
    };
    let rules: Vec<&Rule> = pack.rules.iter().filter(selected).collect();
    if rules.is_empty() {
        return Err(Failure::new(
            "no rule is left to evaluate\n  help: `--select` and `--ignore`, or the configuration, leave out all of them",
        ));
    }
    Ok(rules)
}

fn tenants(arguments: &Check, paths: &[PathBuf]) -> Result<Vec<(Option<String>, Loaded)>, Failure> {
    if arguments.each {
        let folders = files::folders(paths)?;
        return folders.into_iter().map(|(name, path)| Ok((Some(name), files::load(&[path])?))).collect();
    }
    Ok(vec![(None, files::load(paths)?)])
}

/// Tells which rules cannot be used with an export, each with its place.
pub(super) fn complain_of_rules(of: &str, report: &Report, options: TextOptions) {
    if !report.unusable.is_empty() {
        complain(&pack_errors(&report.unusable, TextOptions { color: false, ..options }));
        let what = if report.unusable.len() == 1 { "a rule" } else { "rules" };
        let others = if report.asked > report.unusable.len() { "; the others were evaluated" } else { "" };
        complain(&format!("error: {what} cannot be used with this export{of}{others}"));
    }
}

/// Tells which names of the configuration no export of the run holds. Of several tenants one has to hold it.
pub(super) fn complain_of_names<'r>(reports: impl Iterator<Item = &'r Report>) -> bool {
    let all: Vec<&BTreeSet<MisnamedParameter>> = reports.map(|report| &report.misnamed).collect();
    let Some((first, others)) = all.split_first() else { return false };
    let nowhere = |own: &&MisnamedParameter| {
        let is_it = |other: &MisnamedParameter| (other.parameter, &other.name) == (own.parameter, &own.name);
        others.iter().all(|other| other.iter().any(is_it))
    };
    let mut found = false;
    for own in first.iter().filter(nowhere) {
        let help = own.help.as_ref().map_or_else(String::new, |help| format!("\n  help: {}", plain(help)));
        complain(&format!("error: `{}` of the configuration: {}{help}", own.parameter, plain(&own.message)));
        found = true;
    }
    found
}

fn verdict(arguments: &Check, runs: &[TenantRun<'_>], options: TextOptions) -> Outcome {
    let mut status = status::CLEAN;
    for run in runs {
        let name = run.name.as_deref().map(plain);
        if let Some(problem) = run.loaded.several_tenants() {
            let name = name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            let help = problem.help.as_deref().unwrap_or_default();
            complain(&format!("error: {name}{}\n  help: {help}", plain(&problem.message)));
            status = status::NOT_RUN;
        }
        let Some(report) = run.report else { continue };
        let of = name.map_or_else(String::new, |name| format!(" of {name}"));
        complain_of_rules(&of, report, options);
        if report.has_internal_error() {
            complain(&format!("error: not everything{of} was evaluated: {INTERNAL_ERROR}"));
        }
        if report.has_internal_error() || !report.unusable.is_empty() {
            status = status::NOT_RUN;
        }
    }
    if complain_of_names(runs.iter().filter_map(|run| run.report)) {
        status = status::NOT_RUN;
    }
    if runs.iter().all(|run| run.loaded.objects().is_empty()) {
        return Err(Failure::new(NOTHING_FOUND));
    }
    // What a broken file would have told may be the worst of all: such a run gives no verdict.
    if status != status::CLEAN || runs.iter().any(|run| run.loaded.has_unread()) {
        return Ok(status::NOT_RUN);
    }
    let least = match arguments.fail_on {
        FailOn::Info => Some(Severity::Info),
        FailOn::Low => Some(Severity::Low),
        FailOn::Medium => Some(Severity::Medium),
        FailOn::High => Some(Severity::High),
        FailOn::Never => None,
    };
    let reports = || runs.iter().filter_map(|run| run.report);
    let failed = least.is_some_and(|least| reports().any(|report| report.reaches(least)));
    let undecided = reports().any(|report| !report.not_evaluated.is_empty())
        || runs.iter().any(|run| run.loaded.problems.iter().any(|problem| problem.weight != Weight::Note));
    let read = runs.iter().filter(|run| !run.loaded.objects().is_empty());
    let nothing = read.filter_map(|run| run.report).any(Report::decides_nothing);
    Ok(match () {
        () if arguments.exit_zero => status::CLEAN,
        () if failed => status::FINDINGS,
        () if nothing || arguments.strict && undecided => status::UNDECIDED,
        () => status::CLEAN,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::{Arguments, Command};
    use super::*;
    use crate::finding::NotEvaluated;
    use crate::load::Loader;

    /// A mistake of ours fails the run whatever is asked for.
    #[test]
    fn an_internal_error_fails_the_run() {
        let mut loader = Loader::default();
        loader.file("groups.json".to_owned(), br#"{"groups":[{"id":"g1","displayName":"G"}]}"#);
        let loaded = loader.finish();
        let arguments = Arguments::try_parse_from(["guestlist", "check", "--exit-zero"]).unwrap();
        let Command::Check(arguments) = arguments.command else { panic!("another command") };
        let options = TextOptions { color: false, width: 110, verbose: false, quiet: false };
        let of = |report: &Report| {
            let runs = [TenantRun { name: None, loaded: &loaded, report: Some(report), waivers: &[] }];
            verdict(&arguments, &runs, options).ok()
        };
        let mut report = Report { asked: 2, ..Report::default() };
        assert_eq!(of(&report), Some(status::CLEAN));
        report.not_evaluated.push(NotEvaluated::internal_error("a-rule", "the two differ"));
        assert_eq!(of(&report), Some(status::NOT_RUN));
    }
}
