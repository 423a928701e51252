//! The arguments of `guestlist simulate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::args::Color;

#[derive(Debug, Args)]
pub(in crate::cli) struct Simulate {
    #[command(subcommand)]
    pub(in crate::cli) action: SimulateAction,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SimulateAction {
    /// Whether somebody gets in to an application, after which steps, stopped by what
    SignIn(Box<SignIn>),
    /// Who gets in to what: everybody from outside × every application that they can reach
    Access(Box<Access>),
}

#[derive(Debug, Args)]
#[command(after_help = "\
WHO is a user of the export by id, user principal name, mail or display name, or somebody described: \
tenant:ID, member:ID, direct-connect:ID, service-provider:ID, other:ID (the id or mail domain of their tenant), \
any-other-tenant, domain:DOMAIN, organization:NAME, one-time-passcode, google, facebook, microsoft-account, saml (the first and the last with :DOMAIN, too), \
internal-guest.

Exit status: 2 the question could not be answered · 3 with --strict, the verdict is unknown · 0 otherwise.")]
pub(in crate::cli) struct SignIn {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) who: Who,
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten, next_help_heading = "Conditions (what is left out is not known)")]
    pub(super) conditions: Conditions,
    #[command(flatten)]
    pub(super) unknowns: Unknowns,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is left out of the conditions is the plain case: a browser, an address that no named location lists, a country \
that is not known, a device that is not registered, no risk, no claims, an ordinary flow, and a platform that is not \
specified.

Exit status: 2 the question could not be answered · 3 with --strict, something is unknown or was not exported · \
0 otherwise.")]
pub(in crate::cli) struct Access {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) whom: Whom,
    #[command(flatten, next_help_heading = "Conditions (what is left out is the plain case, see below)")]
    pub(super) conditions: Conditions,
    #[command(flatten)]
    pub(super) unknowns: Assumptions,
    #[command(flatten)]
    pub(super) output: TableOutput,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Who and what")]
pub(super) struct Whom {
    /// Only this application: its id, its name in the tenant, or a name that one of Microsoft's own is known by; may
    /// be repeated
    #[arg(long, value_name = "APP")]
    pub(super) app: Vec<String>,

    /// Only people of this connected organization, by name or id, tenant, by id, or mail domain; may be repeated
    #[arg(long, value_name = "ORG")]
    pub(super) org: Vec<String>,

    /// Only this person, as for `sign-in`; may be repeated
    #[arg(long, value_name = "WHO")]
    pub(super) user: Vec<String>,

    /// Tell only who gets in, who does not, or who gets in, or may, without multifactor authentication
    #[arg(long, value_name = "WHICH")]
    pub(super) only: Option<Only>,

    /// Tell every person, not only the first few of those who fare alike
    #[arg(long)]
    pub(super) expand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Only {
    Allowed,
    Blocked,
    WithoutMfa,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Unknowns")]
pub(super) struct Assumptions {
    /// Let what is not known fall to one side
    #[arg(long, value_name = "SIDE")]
    pub(super) assume: Option<Side>,

    /// How to read something that Microsoft's documents leave open; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) option: Vec<String>,

    /// Exit with 3 when something is unknown or was not exported
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct TableOutput {
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: TableFormat,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    /// Every application, policy and organization, every method, and notes on the input too
    #[arg(short, long)]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// For people
    Text,
    /// For machines
    Json,
    /// For spreadsheets: a row for each application of people who fare alike; of each person with --user or --expand
    Csv,
}

/// Which tenant; for every simulation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(in crate::cli) struct Input {
    /// Files and folders of one tenant's export; `-` is standard input [default: `inputs` of the configuration, else
    /// the current folder]
    #[arg(value_name = "PATH", help_heading = None, value_hint = clap::ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// The configuration file [default: `guestlist.toml` from the current folder up to the repository's root]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(in crate::cli) config: Option<PathBuf>,

    /// The Entra tenant behind a mail domain, over `[home-tenants]` of the configuration; may be repeated
    #[arg(long, value_name = "DOMAIN=TENANT")]
    pub(in crate::cli) home_tenant: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Who")]
pub(super) struct Who {
    /// Who signs in: a user of the export, or somebody described (see below)
    #[arg(long, value_name = "WHO", required_unless_present = "what_if")]
    pub(super) user: Option<String>,

    /// Whether the invitation is still to be redeemed, whatever the export says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) pending: Option<bool>,

    /// They have no account in this tenant although they need one
    #[arg(long)]
    pub(super) not_invited: bool,

    /// A group of this tenant that they are in as well, by id or name; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(super) group: Vec<String>,

    /// An access package that they hold as well, by id or name; may be repeated
    #[arg(long, value_name = "PACKAGE")]
    pub(super) package: Vec<String>,

    /// A directory role that they have activated, by template id or name; may be repeated
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Vec<String>,

    /// How many groups they are in
    #[arg(long, value_name = "NUMBER")]
    pub(super) group_count: Option<usize>,

    /// The id of a group of their home tenant that they are in; may be repeated; `none` is no group
    #[arg(long, value_name = "ID")]
    pub(super) home_group: Vec<String>,

    /// Their object id in their home tenant
    #[arg(long, value_name = "ID")]
    pub(super) home_id: Option<String>,

    /// Their tenant is in another Microsoft cloud
    #[arg(long)]
    pub(super) other_cloud: bool,

    /// All methods that they registered at home, in Graph's words; `none` is no method
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    pub(super) registered_at_home: Vec<String>,

    /// All methods that they registered in this tenant, in Graph's words; `none` is no method
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    pub(super) registered_here: Vec<String>,

    /// A direct connect user has a guest account as well
    #[arg(long)]
    pub(super) guest_here_too: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What")]
pub(super) struct What {
    /// The application: its id, its name in the tenant, or a name that one of Microsoft's own is known by. It is the
    /// resource that is opened; with --scope it is the client that asks
    #[arg(long, value_name = "APP")]
    pub(super) app: Option<String>,

    /// A user action in place of an application: registerSecurityInformation or registerOrJoinDevices
    #[arg(long, value_name = "ACTION", conflicts_with_all = ["app", "authentication_context"])]
    pub(super) user_action: Option<String>,

    /// The authentication context that is asked for, such as c1
    #[arg(long, value_name = "ID")]
    pub(super) authentication_context: Option<String>,

    /// A scope of the request: a permission, behind the address of its resource or an app id, as in APPID/Read; without
    /// either it is one of Microsoft Graph, as Mail.Read. May be repeated. With
    /// scopes APP is the client that asks, and they name the resources
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', requires = "app")]
    pub(super) scope: Vec<String>,

    /// The application is a confidential client; without scopes, or with openid, it asks for a token of its own
    #[arg(long, requires = "app")]
    pub(super) confidential_client: bool,

    /// Somebody of this tenant goes out to that tenant, by id or mail domain
    #[arg(long, value_name = "TENANT", requires = "app",
        conflicts_with_all = ["authentication_context", "scope", "confidential_client"])]
    pub(super) outbound_to: Option<String>,

    /// How they go out: collaboration or directConnect [default: collaboration]
    #[arg(long, value_name = "CHANNEL", requires = "outbound_to")]
    pub(super) channel: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Conditions {
    /// browser, mobileAppsAndDesktopClients, exchangeActiveSync, easSupported or other
    #[arg(long, value_name = "CLIENT")]
    pub(super) client: Option<String>,

    /// android, iOS, windows, windowsPhone, macOS, linux or unknown
    #[arg(long, value_name = "PLATFORM")]
    pub(super) platform: Option<String>,

    /// The address, or `unlisted`: one that no named location lists
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ip: Option<String>,

    /// The country of the address, two letters, or `unmapped`
    #[arg(long, value_name = "COUNTRY")]
    pub(super) country: Option<String>,

    /// The country that GPS tells
    #[arg(long, value_name = "COUNTRY")]
    pub(super) gps_country: Option<String>,

    /// The address is one of the MFA trusted IPs, which no export lists
    #[arg(long)]
    pub(super) mfa_trusted_ip: bool,

    /// Whether the traffic comes through Global Secure Access
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) compliant_network: Option<bool>,

    /// unregistered, registered, compliant, noncompliant, hybridJoined, or attributes as in
    /// `isCompliant=true,trustType=AzureAD`; may be repeated
    #[arg(long, value_name = "DEVICE")]
    pub(super) device: Vec<String>,

    /// none, low, medium or high
    #[arg(long, value_name = "LEVEL")]
    pub(super) sign_in_risk: Option<String>,

    /// none, low, medium or high
    #[arg(long, value_name = "LEVEL")]
    pub(super) user_risk: Option<String>,

    /// none, minor, moderate or elevated
    #[arg(long, value_name = "LEVEL")]
    pub(super) insider_risk: Option<String>,

    /// The authentication flow: none, deviceCodeFlow or authenticationTransfer
    #[arg(long, value_name = "FLOW")]
    pub(super) flow: Option<String>,

    /// The flow that the session began with
    #[arg(long, value_name = "FLOW")]
    pub(super) original_flow: Option<String>,

    /// Nobody sits before it who could complete a step
    #[arg(long)]
    pub(super) non_interactive: bool,

    /// Whether their home tenant lets them out: allowed or blocked
    #[arg(long, value_name = "ANSWER")]
    pub(super) home_outbound: Option<String>,

    /// The client's own tenant restricts it to itself
    #[arg(long)]
    pub(super) tenant_restricted: bool,

    /// Whether a Teams shared channel is opened
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) shared_channel: Option<bool>,

    /// What was already done: `mfa` or a method, with `home:` or `here:` before it to say where; `terms:ID`;
    /// `custom:NAME`; may be repeated
    #[arg(long, value_name = "CLAIM", value_delimiter = ',')]
    pub(super) claims: Vec<String>,
}

/// Everything that a request of the what-if API says by itself.
const QUESTION: [&str; 38] = [
    "user",
    "pending",
    "not_invited",
    "group",
    "package",
    "role",
    "group_count",
    "home_group",
    "home_id",
    "other_cloud",
    "registered_at_home",
    "registered_here",
    "guest_here_too",
    "app",
    "user_action",
    "authentication_context",
    "scope",
    "confidential_client",
    "outbound_to",
    "channel",
    "client",
    "platform",
    "ip",
    "country",
    "gps_country",
    "mfa_trusted_ip",
    "compliant_network",
    "device",
    "sign_in_risk",
    "user_risk",
    "insider_risk",
    "flow",
    "original_flow",
    "non_interactive",
    "home_outbound",
    "tenant_restricted",
    "shared_channel",
    "claims",
];

#[derive(Debug, Args)]
#[command(next_help_heading = "Unknowns")]
pub(super) struct Unknowns {
    /// Let what is not known fall to one side
    #[arg(long, value_name = "SIDE")]
    pub(super) assume: Option<Side>,

    /// How to read something that Microsoft's documents leave open; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) option: Vec<String>,

    /// Answer as Microsoft's what-if API does: which policies apply, and no verdict; by itself it means v1.0
    #[arg(long, value_name = "VERSION", num_args = 0..=1, require_equals = true, default_missing_value = "v1.0",
        conflicts_with_all = ["assume", "option", "strict"])]
    pub(super) parity: Option<Parity>,

    /// Ask what this request body of Microsoft's what-if API asks; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath,
        conflicts_with_all = QUESTION)]
    pub(super) what_if: Option<PathBuf>,

    /// Exit with 3 when the verdict is unknown
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Side {
    /// For whoever wants in: is everything covered?
    Coverage,
    /// Against them: can they be sure to get in?
    Reachability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Parity {
    #[value(name = "v1.0")]
    V1,
    #[value(name = "beta")]
    Beta,
}

/// How to answer; for every simulation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct Output {
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: AnswerFormat,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: Color,

    /// Policies that are off, ids, every method, and notes on the input too
    #[arg(short, long)]
    pub(in crate::cli) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AnswerFormat {
    /// For people
    Text,
    /// For machines
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clap tells only those that were given where it knows them one by one, and a group as a whole.
    #[test]
    fn a_request_leaves_no_question_to_flags() {
        let command = SignIn::augment_args(clap::Command::new("sign-in"));
        let groups =
            command.get_groups().filter(|group| ["Who", "What", "Conditions"].contains(&group.get_id().as_str()));
        let mut members: Vec<&str> = groups.flat_map(clap::ArgGroup::get_args).map(clap::Id::as_str).collect();
        members.sort_unstable();
        let mut listed = QUESTION;
        listed.sort_unstable();
        assert_eq!(members, listed);
    }
}
