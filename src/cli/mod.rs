//! Layer 6: arguments, files, exit status, colour. The only place that knows the environment and prints.

mod args;
mod check;
mod compile;
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
    /// The run could not be made, or not all of it: usage, input, configuration, rule pack, a mistake of ours.
    pub(super) const NOT_RUN: u8 = 2;
    /// Nothing could be decided, or with `--strict` something.
    pub(super) const UNDECIDED: u8 = 3;
}

const NOTHING_FOUND: &str = "no Entra configuration was found in the input\n  help: name the folder of an export; `-v` shows what was passed over";

const INTERNAL_ERROR: &str = "there was an internal error, a bug of guestlist; everything else is as it was told\n  help: please report it with the text that begins with `internal error`, and with the objects that it names";

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
            if error.use_stderr() {
                let _ = error.print();
                return ExitCode::from(status::NOT_RUN);
            }
            return ended(error.print().map(|()| status::CLEAN).map_err(|error| unwritten(&error)));
        }
    };
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
    };
    ended(outcome)
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(Failure(message)) => {
            complain(&format!("error: {message}"));
            ExitCode::from(status::NOT_RUN)
        }
    }
}

/// Results go to standard output.
///
/// # Errors
/// They do not get there: the disk is full, or nobody reads on.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| unwritten(&error))
}

/// Results that did not get to where they should go: whoever reads what did get there must not take it for all.
fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(format!("standard output: {error}; what was written is not all"))
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
