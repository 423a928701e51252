//! Which files a run reads: inputs, configuration, rules.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::config::Config;
use crate::load::{Loaded, Loader};
use crate::model::Id;
use crate::report::plain;
use crate::rules::PackFile;
use crate::source::{SourceMap, walk};

/// A configuration and where it was found.
#[derive(Debug, Default)]
pub(super) struct FoundConfig {
    pub(super) config: Config,
    /// Its folder; `inputs` are relative to it.
    pub(super) folder: Option<PathBuf>,
}

const NAME: &str = "guestlist.toml";

/// The configuration named on the command line, or the nearest one from the current folder up to the root of the
/// repository. Never one that stands with the input: what is checked must not choose how.
/// The Entra tenants behind mail domains that a configuration names.
pub(super) fn homes(config: &Config) -> BTreeMap<String, Id> {
    config.home_tenants.iter().map(|(domain, tenant)| (domain.to_lowercase(), Id::new(tenant))).collect()
}

pub(super) fn config(
    named: Option<&Path>,
    exists: impl Fn(&str, bool) -> Result<(), String>,
) -> Result<FoundConfig, Failure> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => match discover() {
            Some(path) => path,
            None => return Ok(FoundConfig::default()),
        },
    };
    let shown = path.display().to_string();
    if path.is_dir() {
        return Err(Failure::new(format!("the configuration `{}` is a folder, not a file", plain(&shown))));
    }
    if !path.exists() {
        return Err(Failure::new(format!("the configuration `{}` does not exist", plain(&shown))));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::new(format!("`{}`: {error}", plain(&shown))))?;
    let config = Config::read_for(&text, exists).map_err(|error| {
        let mut sources = SourceMap::default();
        let file = sources.add_file(shown.clone(), text.as_str().into());
        let region = sources.region(file, String::new(), error.span);
        Failure::new(format!("{}:{}:{}: {}", plain(&shown), region.line, region.column, plain(&error.message)))
    })?;
    Ok(FoundConfig { config, folder: path.parent().map(Path::to_owned) })
}

fn discover() -> Option<PathBuf> {
    let mut folder = std::env::current_dir().ok()?;
    loop {
        let candidate = folder.join(NAME);
        if candidate.is_file() {
            return Some(candidate);
        }
        if folder.join(".git").exists() || !folder.pop() {
            return None;
        }
    }
}

/// The paths to read: those of the command line, else `inputs` of the configuration, else the current folder.
pub(super) fn paths(given: &[PathBuf], found: &FoundConfig) -> Vec<PathBuf> {
    if !given.is_empty() {
        return given.to_vec();
    }
    if found.config.inputs.is_empty() {
        return vec![PathBuf::from(".")];
    }
    let folder = found.folder.clone().unwrap_or_default();
    let here = std::env::current_dir().unwrap_or_default();
    let relative = |input: &String| {
        let path = folder.join(input);
        path.strip_prefix(&here).map_or_else(
            |_| path.clone(),
            |path| if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() },
        )
    };
    found.config.inputs.iter().map(relative).collect()
}

/// All of standard input.
pub(super) fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST_STDIN).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("standard input: {error}")))?;
    Ok(bytes)
}

/// Reads all paths as one tenant.
pub(super) fn load(paths: &[PathBuf]) -> Result<Loaded, Failure> {
    let mut loader = Loader::default();
    for path in paths {
        if path.as_os_str() == "-" {
            loader.file("<stdin>".to_owned(), &stdin()?);
            continue;
        }
        if !path.exists() {
            return Err(Failure::new(format!("`{}` does not exist", plain(&path.display().to_string()))));
        }
        let found = walk(path);
        for skipped in found.skipped {
            loader.not_read(skipped.shown, &skipped.reason);
        }
        for file in found.files {
            if !loader.wants(&file.shown) {
                continue;
            }
            match std::fs::read(&file.path) {
                Ok(bytes) => loader.file(file.shown, &bytes),
                Err(error) => loader.not_read(file.shown, &error.to_string()),
            }
        }
    }
    Ok(loader.finish())
}

/// The files below paths with their content, for whoever reads them more than once.
pub(super) fn contents(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut contents = Vec::new();
    for path in paths {
        if !path.exists() {
            return Err(format!("`{}` does not exist", path.display()));
        }
        for file in walk(path).files {
            let bytes = std::fs::read(&file.path).map_err(|error| format!("`{}`: {error}", file.shown))?;
            contents.push((file.shown, bytes));
        }
    }
    Ok(contents)
}

/// Offsets are kept in 32 bits, for standard input as for files.
const MOST_STDIN: u64 = 1 << 30;

/// First-level folders of the paths, by name.
pub(super) fn folders(paths: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut folders = Vec::new();
    for path in paths {
        if !path.exists() {
            return Err(Failure::new(format!("`{}` does not exist", plain(&path.display().to_string()))));
        }
        if path.is_file() {
            let shown = plain(&path.display().to_string());
            return Err(Failure::new(format!("`--each` takes folders of tenants, and `{shown}` is a file")));
        }
        let entries = std::fs::read_dir(path)
            .map_err(|error| Failure::new(format!("`{}`: {error}", plain(&path.display().to_string()))))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !name.starts_with('.') {
                folders.push((name, entry.path()));
            }
        }
    }
    folders.sort();
    if folders.is_empty() {
        return Err(Failure::new("`--each` takes every first-level folder as a tenant, and there is none"));
    }
    Ok(folders)
}

/// Files of a rule pack in a folder.
pub(super) fn pack(folder: &Path) -> Result<Vec<PackFile>, Failure> {
    let shown = plain(&folder.display().to_string());
    if !folder.is_dir() {
        return Err(Failure::new(format!("`{shown}` is not a folder of rules")));
    }
    let mut files = Vec::new();
    for found in walk(folder).files {
        if found.path.extension().is_some_and(|extension| extension == "cedar") {
            let text = std::fs::read_to_string(&found.path)
                .map_err(|error| Failure::new(format!("`{}`: {error}", plain(&found.shown))))?;
            let area = found.path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            files.push(PackFile { path: found.shown, area: area.unwrap_or_default(), text });
        }
    }
    if files.is_empty() {
        return Err(Failure::new(format!("`{shown}` holds no `.cedar` file")));
    }
    Ok(files)
}
