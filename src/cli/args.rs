//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Checks who from outside gets in to a Microsoft Entra tenant, and under which conditions.
///
/// Reads exported configuration, never the network.
#[derive(Debug, Parser)]
#[command(name = "guestlist", version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Hold an export against rules and report what is wrong, with file and line
    Check(Check),
    /// Compare two exports: what was added, removed and changed, and which findings are new
    Diff(Diff),
    /// What if: what comes of a sign-in, and who gets in to what
    Simulate(super::simulate::args::Simulate),
    /// Run scenario files: sign-ins with expectations, for CI
    Test(Test),
    /// Write the tenant as Cedar: policies, entities and their schema
    Compile(Compile),
    /// List the rules, or show one with its page
    Rules(Rules),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Writes policies.cedar, applies.cedar, report-only.cedar, entities.json, schema.cedarschema, request.json and \
not-expressed.json. The same input gives the same files, byte for byte.

Exit status: 2 the tenant could not be read, or the files not written · 0 otherwise.")]
pub(super) struct Compile {
    #[command(flatten)]
    pub(super) input: super::simulate::args::Input,

    /// The folder to write to; made where there is none
    #[arg(short, long, value_name = "DIR", help_heading = "Output", value_hint = clap::ValueHint::DirPath)]
    pub(super) output: PathBuf,

    /// Write although there is something in the folder; files of other names are left alone
    #[arg(long, help_heading = "Output")]
    pub(super) force: bool,

    /// How to read something that Microsoft's documents leave open; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Unknowns")]
    pub(super) option: Vec<String>,

    /// How to tell what was written
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: super::simulate::args::AnswerFormat,

    /// Everything that is not known or not expressed, and notes on the input too
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 2 a scenario could not be read or asked · 1 an expectation failed · 0 otherwise.")]
pub(super) struct Test {
    /// Scenario files (YAML or TOML), or folders of them
    #[arg(value_name = "SCENARIO", required_unless_present = "schema", value_hint = clap::ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Print the JSON schema of scenario files, for editors, and run nothing
    #[arg(long, conflicts_with = "paths", help_heading = "Output")]
    pub(super) schema: bool,

    /// How to read something that Microsoft's documents leave open, where neither a case nor its file says; may be
    /// repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Unknowns")]
    pub(super) option: Vec<String>,

    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: TestFormat,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: Color,

    /// Cases that passed too
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people
    Text,
    /// For machines: suites, cases, failures and errors
    Json,
}

/// Which rules are evaluated, with what and when.
#[derive(Debug, Args)]
pub(super) struct RuleArguments {
    /// The configuration file [default: `guestlist.toml` from the current folder up to the repository's root]
    #[arg(long, value_name = "FILE", help_heading = "Input", value_hint = clap::ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// The date of the run, `YYYY-MM-DD` or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", help_heading = "Input")]
    pub(super) as_of: Option<String>,

    /// Evaluate only these rules or areas
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(super) select: Vec<String>,

    /// Leave out these rules or areas
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(super) ignore: Vec<String>,

    /// Rules of your own beside the bundled ones: a folder of `.cedar` files
    #[arg(long, value_name = "DIR", help_heading = "Rules", value_hint = clap::ValueHint::DirPath)]
    pub(super) rules: Vec<PathBuf>,

    /// Decide this rule alone, written in Cedar: a `forbid` that the tenant must refuse, or a `permit` that it must let in;
    /// may be repeated
    #[arg(long, value_name = "CEDAR", help_heading = "Rules")]
    pub(super) ask: Vec<String>,

    /// How to read something that Microsoft's documents leave open; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Unknowns")]
    pub(super) option: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    override_usage = "guestlist diff [OPTIONS] <OLD> <NEW>\n       guestlist diff [OPTIONS] --git <RANGE> <PATH>",
    after_help = "Exit status: 2 the run could not be made, or not all of it · 1 what --fail-on names happened · \
3 nobody can tell what --fail-on asks, nothing could be decided, or with --strict something could not be evaluated · \
0 otherwise; the first that applies."
)]
pub(super) struct Diff {
    /// The export before the change and the one after it: files or folders; with `--git`, the one path of both
    #[arg(value_name = "PATH", num_args = 1..=2, required = true, value_hint = clap::ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Compare two revisions of PATH in a git repository, `BASE..HEAD`; `BASE..` is up to `HEAD`, `BASE...HEAD` from
    /// where the two parted, and `BASE` alone up to the files on disk
    #[arg(long, value_name = "RANGE", help_heading = "Input")]
    pub(super) git: Option<String>,

    #[command(flatten)]
    pub(super) rules: RuleArguments,

    /// What makes the run fail, beside what cannot be read; may be repeated [default: nothing]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = "Result")]
    pub(super) fail_on: Vec<DiffFailOn>,

    /// Fail too when something could not be evaluated, compared or read
    #[arg(long, help_heading = "Result")]
    pub(super) strict: bool,

    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: DiffFormat,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: Color,

    /// Everything, however much it is, and notes on the input
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFailOn {
    /// Somebody gains access
    Opened,
    /// A finding is new and not waived
    NewFindings,
    /// Anything differs
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people
    Text,
    /// For machines
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 2 the run could not be made, or not all of it · 1 findings at or above --fail-on · \
3 no rule came to an answer, or with --strict something could not be evaluated · 0 otherwise; the first that applies."
)]
pub(super) struct Check {
    /// Files and folders of one tenant's export; `-` is standard input [default: `inputs` of the configuration, else
    /// the current folder]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Take every first-level folder of PATH as a tenant of its own
    #[arg(long, help_heading = "Input")]
    pub(super) each: bool,

    #[command(flatten)]
    pub(super) rules: RuleArguments,

    /// The least severity of a finding that makes the run fail
    #[arg(long, value_name = "SEVERITY", default_value = "low", help_heading = "Result")]
    pub(super) fail_on: FailOn,

    /// Fail too when something could not be evaluated or read
    #[arg(long, help_heading = "Result")]
    pub(super) strict: bool,

    /// Exit with 0 whatever is found
    #[arg(long, help_heading = "Result")]
    pub(super) exit_zero: bool,

    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: Format,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: Color,

    /// Findings only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,

    /// Every finding of a rule, and notes on the input
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For machines
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(super) struct Rules {
    #[command(subcommand)]
    pub(super) action: RulesAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesAction {
    /// All rules, a line each
    List {
        /// Rules of your own beside the bundled ones: a folder of `.cedar` files
        #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        rules: Vec<PathBuf>,
    },
    /// One rule: its page and its text
    Show {
        /// The rule
        id: String,

        /// Rules of your own beside the bundled ones: a folder of `.cedar` files
        #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        rules: Vec<PathBuf>,
    },
}
