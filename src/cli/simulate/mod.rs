//! `guestlist simulate`.

mod access;
pub(super) mod args;
mod progress;
mod sign_in;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Failure, NOTHING_FOUND, Outcome, complain, files, status};
use crate::access::sign_in::Readings;
use crate::config::home_tenant;
use crate::load::{Loaded, Weight};
use crate::model::Id;
use crate::report::{plain, problem_line};
use crate::simulate::Assume;
use args::{Input, Side, Simulate, SimulateAction};

pub(super) fn run(arguments: &Simulate) -> Outcome {
    match &arguments.action {
        SimulateAction::SignIn(arguments) => sign_in::run(arguments),
        SimulateAction::Access(arguments) => access::run(arguments),
    }
}

/// A tenant to ask about, and the Entra tenants behind mail domains.
pub(super) struct Ready {
    pub(super) loaded: Loaded,
    pub(super) homes: BTreeMap<String, Id>,
}

impl Ready {
    /// What the run ends with that answered so: it has failed if something could not be read.
    fn ends_with(&self, status: u8) -> u8 {
        if !self.loaded.has_unread() {
            return status;
        }
        complain("error: not everything could be read, and the rest may decide");
        complain("  help: mend the input, or leave it out by naming other paths");
        status::NOT_RUN
    }
}

/// Reads the input.
///
/// # Errors
/// Nothing was found, or it is of more than one tenant.
pub(super) fn ready(input: &Input, verbose: bool) -> Result<Ready, Failure> {
    let found = files::config(input.config.as_deref(), |_, _| Ok(()))?;
    let mut homes = files::homes(&found.config);
    for text in &input.home_tenant {
        let pair = text.split_once('=').ok_or_else(|| {
            format!("`{text}` is no DOMAIN=TENANT such as `fabrikam.com=0f000000-0000-4000-8000-0000000000f0`")
        });
        let (domain, id) = pair
            .and_then(|(domain, tenant)| home_tenant(domain.trim(), tenant.trim()))
            .map_err(|message| Failure::new(format!("`--home-tenant`: {}", plain(&message))))?;
        homes.insert(domain, id);
    }
    let loaded = files::load(&files::paths(&input.paths, &found))?;
    tell(&loaded, verbose);
    if let Some(problem) = loaded.several_tenants() {
        let help = "ask about one tenant at a time: name its files only";
        return Err(Failure::new(format!("{}\n  help: {help}", plain(&problem.message))));
    }
    if loaded.objects().is_empty() {
        return Err(Failure::new(NOTHING_FOUND));
    }
    Ok(Ready { loaded, homes })
}

fn tell(loaded: &Loaded, verbose: bool) {
    for problem in &loaded.problems {
        // Several tenants are told by the failure.
        let twice = loaded.several_tenants().is_some_and(|several| several == problem);
        if (problem.weight == Weight::Note && !verbose) || twice {
            continue;
        }
        complain(&problem_line(loaded, problem));
        if let Some(help) = &problem.help {
            complain(&format!("  help: {}", plain(help)));
        }
    }
}

pub(super) fn readings(options: &[String]) -> Result<Readings, Failure> {
    let mut readings = Readings::default();
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        readings
            .set(name.trim(), value.trim())
            .map_err(|message| Failure::new(format!("`--option`: {}", plain(&message))))?;
    }
    Ok(readings)
}

const fn assumed(side: Side) -> Assume {
    match side {
        Side::Coverage => Assume::Coverage,
        Side::Reachability => Assume::Reachability,
    }
}

/// The content of a file, or of standard input.
fn content(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == "-" {
        return files::stdin();
    }
    let shown = plain(&path.display().to_string());
    if !path.exists() {
        return Err(Failure::new(format!("`{shown}` does not exist")));
    }
    std::fs::read(path).map_err(|error| Failure::new(format!("`{shown}`: {error}")))
}
