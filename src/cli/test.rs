//! `guestlist test`.

use std::path::{Path, PathBuf};

use super::args::{Test, TestFormat};
use super::check::color;
use super::simulate::readings;
use super::{Failure, Outcome, complain, files, print, status};
use crate::report::{TestTextOptions, plain, scenarios_json, scenarios_text};
use crate::scenarios::{FileResult, run as run_file, schema};
use crate::source::{decode, walk};

pub(super) fn run(arguments: &Test) -> Outcome {
    if arguments.schema {
        print(&schema().map_err(|error| Failure::new(error.to_string()))?)?;
        return Ok(status::CLEAN);
    }
    let readings = readings(&arguments.option)?;
    let mut results: Vec<FileResult> = Vec::new();
    for (path, shown) in scenario_files(&arguments.paths)? {
        let bytes = std::fs::read(&path).map_err(|error| Failure::new(format!("`{}`: {error}", plain(&shown))))?;
        results.push(run_file(&path, &shown, &bytes, &readings, &files::contents));
    }
    match arguments.format {
        TestFormat::Text => {
            let options = TestTextOptions { color: color(arguments.color), verbose: arguments.verbose };
            print(&scenarios_text(&results, options))?;
        }
        TestFormat::Json => {
            print(&scenarios_json(&results).map_err(|error| Failure::new(error.to_string()))?)?;
        }
    }
    // What could not be read or asked proves nothing either way.
    let broken = |file: &FileResult| file.error.is_some() || file.broken() > 0;
    Ok(match () {
        () if results.iter().any(broken) => status::NOT_RUN,
        () if results.iter().any(|file| file.failed() > 0) => status::FINDINGS,
        () => status::CLEAN,
    })
}

/// Scenario files among the paths: files as they are named, and below folders every YAML or TOML file that has `cases`.
fn scenario_files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        if !path.exists() {
            return Err(Failure::new(format!("`{}` does not exist", plain(&shown))));
        }
        if path.is_file() {
            found.push((path.clone(), shown));
            continue;
        }
        let walked = walk(path);
        for skipped in walked.skipped {
            complain(&format!("note: {}: not read: {}", plain(&skipped.shown), plain(&skipped.reason)));
        }
        for file in walked.files {
            if is_scenario(&file.path).map_err(|error| Failure::new(format!("`{}`: {error}", plain(&file.shown))))? {
                found.push((file.path, file.shown));
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::new(
            "no scenario file was found\n  help: a scenario file is YAML or TOML with a list of `cases`",
        ));
    }
    Ok(found)
}

fn is_scenario(path: &Path) -> std::io::Result<bool> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let marks: &[&str] = match extension.as_deref() {
        Some("yaml" | "yml") => &["cases:", "\"cases\":", "'cases':"],
        Some("toml") => &["[[cases]]", "cases ="],
        _ => return Ok(false),
    };
    let bytes = std::fs::read(path)?;
    // What is no text is looked at no further: it may be anything.
    let Ok((text, _)) = decode(&bytes) else { return Ok(false) };
    Ok(text.lines().any(|line| marks.iter().any(|mark| line.starts_with(mark))))
}
