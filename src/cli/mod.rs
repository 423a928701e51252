//! Layer 6: arguments, files, exit status, colour. The only place that knows the environment and prints.

mod args;
mod check;
mod diff;
mod files;
mod git;
mod rules;
mod simulate;
mod test;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};

/// Exit statuses, the first that applies wins.
mod status {
    /// Nothing wrong.
    pub(super) const CLEAN: u8 = 0;
    /// Findings at or above `--fail-on`.
    pub(super) const FINDINGS: u8 = 1;
    /// The run could not be made: usage, input, configuration, rule pack.
    pub(super) const NOT_RUN: u8 = 2;
    /// `--strict`, and something could not be evaluated.
    pub(super) const UNDECIDED: u8 = 3;
}

const NOTHING_FOUND: &str = "no Entra configuration was found in the input\n  help: name the folder of an export; `-v` shows what was passed over";

/// Why a command could not run, as text for people.
struct Failure(String);

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

type Outcome = Result<u8, Failure>;

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { status::NOT_RUN } else { status::CLEAN });
        }
    };
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(Failure(message)) => {
            complain(&format!("error: {message}"));
            ExitCode::from(status::NOT_RUN)
        }
    }
}

/// Results go to standard output; a reader that went away is no error of ours.
fn print(text: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(text.as_bytes());
    let _ = output.flush();
}

/// Everything else goes to standard error.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// The arguments of the command line, for documentation that is made of them.
#[must_use]
pub fn command() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}
