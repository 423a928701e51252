//! `guestlist diff`.

use super::args::{Diff, DiffFailOn, DiffFormat};
use super::check::{as_of, color, complain_of_names, complain_of_rules, exists, pack, select};
use super::simulate::readings;
use super::{Failure, INTERNAL_ERROR, Outcome, complain, files, git, print, status};
use crate::check::{GAPS_OF_A_SCREEN, Report, Request, check};
use crate::diff::{Answer, Difference, Side, difference};
use crate::load::{Loaded, Weight};
use crate::report::{
    DiffReport, DiffTextOptions, TextOptions, diff_json, diff_markdown, diff_text, plain, problem_line,
};

/// One side, and how it is called.
struct Named {
    name: String,
    loaded: Loaded,
}

/// How many sets of sign-ins that a change opens or closes are looked for with `--verbose`.
const MOST_SETS: usize = 200;

pub(super) fn run(arguments: &Diff) -> Outcome {
    let options = TextOptions { color: false, width: 110, verbose: arguments.verbose, quiet: false };
    let now = as_of(arguments.rules.as_of.as_deref())?;
    let pack = pack(&arguments.rules, options)?;
    let found = files::config(arguments.rules.config.as_deref(), |name, areas| exists(&pack, name, areas))?;
    let rules = select(&pack, &arguments.rules, &found.config)?;
    let (old, new) = sides(arguments)?;
    for side in [&old, &new] {
        is_comparable(side, arguments.verbose)?;
    }
    let unread = [&old, &new].iter().any(|side| side.loaded.has_unread());
    let homes = files::homes(&found.config);
    let request = Request {
        waivers: &found.config.waiver,
        homes: &homes,
        readings: readings(&arguments.rules.option)?,
        ..Request::new(rules, &found.config.parameters, now)
    };
    let reports = [check(&old.loaded, &request), check(&new.loaded, &request)];
    let [old_report, new_report] = &reports;
    let difference = difference(
        Side { loaded: &old.loaded, report: old_report },
        Side { loaded: &new.loaded, report: new_report },
        &homes,
        &request.readings,
        if arguments.verbose || matches!(arguments.format, DiffFormat::Json) { MOST_SETS } else { GAPS_OF_A_SCREEN },
    );
    let shown = DiffReport { difference: &difference, old: &old.name, new: &new.name };
    match arguments.format {
        DiffFormat::Text => {
            let options = DiffTextOptions { color: color(arguments.color), verbose: arguments.verbose };
            print(&diff_text(&shown, options))?;
        }
        DiffFormat::Json => print(&diff_json(&shown, now).map_err(|error| Failure::new(error.to_string()))?)?,
        DiffFormat::Markdown => print(&diff_markdown(&shown))?,
    }
    for (side, report) in [&old, &new].into_iter().zip(&reports) {
        complain_of_rules(&format!(", `{}`", plain(&side.name)), report, options);
    }
    let internal = reports.iter().any(Report::has_internal_error) || difference.access.has_internal_error();
    if internal {
        complain(&format!("error: not everything was compared: {INTERNAL_ERROR}"));
    }
    if unread {
        complain("error: not everything was compared: what could not be read may have changed");
    }
    if complain_of_names(reports.iter())
        || internal
        || unread
        || reports.iter().any(|report| !report.unusable.is_empty())
    {
        return Ok(status::NOT_RUN);
    }
    let told = [&old, &new].iter().all(|side| side.loaded.problems.iter().all(|found| found.weight == Weight::Note));
    let nothing = reports.iter().all(Report::decides_nothing) && !difference.access.is_decided();
    Ok(verdict(arguments, &difference, told, nothing))
}

fn sides(arguments: &Diff) -> Result<(Named, Named), Failure> {
    match (&arguments.git, arguments.paths.as_slice()) {
        (None, [old, new]) => {
            let side = |path: &std::path::PathBuf| {
                let name = path.display().to_string();
                Ok(Named { name, loaded: files::load(std::slice::from_ref(path))? })
            };
            if old.as_os_str() == "-" && new.as_os_str() == "-" {
                return Err(Failure::new("standard input can be one of the two exports, not both"));
            }
            Ok((side(old)?, side(new)?))
        }
        (Some(range), [path]) => {
            let repository = git::Repository::open()?;
            let range = repository.range(range)?;
            let old = Named { loaded: repository.load(&range.old, path)?, name: range.old.name };
            let new = match range.new {
                Some(revision) => Named { loaded: repository.load(&revision, path)?, name: revision.name },
                None => Named { loaded: files::load(std::slice::from_ref(path))?, name: "files on disk".to_owned() },
            };
            Ok((old, new))
        }
        (None, _) => Err(Failure::new(
            "two exports are compared, and one path is given\n  help: name the export before the change and the one after it, or pass `--git BASE..HEAD`",
        )),
        (Some(_), _) => Err(Failure::new(
            "`--git` compares two revisions of one path, and two paths are given\n  help: leave out the second path",
        )),
    }
}

/// Tells what is wrong with the input.
///
/// # Errors
/// There is nothing to compare, or it is of more than one tenant.
fn is_comparable(side: &Named, verbose: bool) -> Result<(), Failure> {
    let loaded = &side.loaded;
    let name = plain(&side.name);
    for problem in &loaded.problems {
        if problem.weight != Weight::Note || verbose {
            complain(&format!("`{name}`: {}", problem_line(loaded, problem)));
            if let Some(help) = &problem.help {
                complain(&format!("  help: {}", plain(help)));
            }
        }
    }
    if loaded.several_tenants().is_some() {
        return Err(Failure::new(format!("nothing was compared: `{name}` is of more than one tenant")));
    }
    if loaded.objects().is_empty() {
        return Err(Failure::new(format!(
            "no Entra configuration was found in `{name}`\n  help: name the folder of an export"
        )));
    }
    Ok(())
}

fn verdict(arguments: &Diff, difference: &Difference, told: bool, nothing: bool) -> u8 {
    let answers: Vec<Answer> = arguments
        .fail_on
        .iter()
        .map(|what| match what {
            DiffFailOn::Opened => difference.access.opened(),
            DiffFailOn::NewFindings => difference.findings.has_new(),
            DiffFailOn::Any => difference.any(),
        })
        .collect();
    let undecided = !told
        || difference.is_incomplete()
        || !difference.access.is_decided()
        || !difference.findings.evaluated_on_neither.is_empty();
    match () {
        () if answers.contains(&Answer::Yes) => status::FINDINGS,
        () if answers.contains(&Answer::Open) || nothing || arguments.strict && undecided => status::UNDECIDED,
        () => status::CLEAN,
    }
}
