//! Conditional Access policies, named locations and authentication strengths.
//!
//! A condition that a policy does not set matches everything (docs/semantics, CA-1): it is `Ok` of an empty list or of
//! `None`, never a gap. A gap is a condition that was there and could not be read.

use super::{ExternalUserTypes, FilterRule, Id, Keyword, Ref, Time, Told, aggregate, vocabulary};

vocabulary! {
    /// Whether a policy is enforced.
    pub enum PolicyState {
        /// Evaluated and enforced.
        Enabled = "enabled",
        /// Neither.
        Disabled = "disabled",
        /// Evaluated, not enforced.
        ReportOnly = "enabledForReportingButNotEnforced",
    }
}

vocabulary! {
    /// A kind of client (`clientAppTypes`).
    pub enum ClientApp {
        /// Every client.
        All = "all",
        /// A browser.
        Browser = "browser",
        /// Mobile and desktop clients with modern authentication.
        MobileAppsAndDesktopClients = "mobileAppsAndDesktopClients",
        /// Exchange ActiveSync.
        ExchangeActiveSync = "exchangeActiveSync" | "easUnsupported",
        /// Exchange ActiveSync on supported platforms.
        EasSupported = "easSupported",
        /// Every other legacy client.
        Other = "other",
    }
}

vocabulary! {
    /// A device platform.
    pub enum Platform {
        /// Every platform, unknown ones included.
        All = "all",
        /// Android.
        Android = "android",
        /// iOS and iPadOS.
        Ios = "iOS",
        /// Windows.
        Windows = "windows",
        /// Windows Phone.
        WindowsPhone = "windowsPhone",
        /// macOS.
        MacOs = "macOS",
        /// Linux.
        Linux = "linux",
    }
}

vocabulary! {
    /// A level of user, sign-in or service principal risk.
    pub enum RiskLevel {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// The tenant may not see it.
        Hidden = "hidden",
        /// Explicitly no risk.
        None = "none",
    }
}

vocabulary! {
    /// A level of insider risk.
    pub enum InsiderRisk {
        /// Minor.
        Minor = "minor",
        /// Moderate.
        Moderate = "moderate",
        /// Elevated.
        Elevated = "elevated",
    }
}

vocabulary! {
    /// An authentication flow that a policy can be about.
    pub enum TransferMethod {
        /// Device code flow.
        DeviceCodeFlow = "deviceCodeFlow",
        /// Authentication transfer.
        AuthenticationTransfer = "authenticationTransfer",
    }
}

vocabulary! {
    /// A built-in grant control.
    pub enum BuiltInControl {
        /// Block access.
        Block = "block",
        /// Multifactor authentication.
        Mfa = "mfa",
        /// A device that Intune calls compliant.
        CompliantDevice = "compliantDevice",
        /// A hybrid joined device.
        DomainJoinedDevice = "domainJoinedDevice",
        /// An approved client app.
        ApprovedApplication = "approvedApplication",
        /// An app with an app protection policy.
        CompliantApplication = "compliantApplication",
        /// A change of password.
        PasswordChange = "passwordChange",
        /// Remediation of risk.
        RiskRemediation = "riskRemediation",
    }
}

vocabulary! {
    /// Whether a filter takes in or leaves out what it matches.
    pub enum FilterMode {
        /// Takes in.
        Include = "include",
        /// Leaves out.
        Exclude = "exclude",
    }
}

/// A rule over devices, applications or workload identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Takes in or leaves out.
    pub mode: FilterMode,
    /// The rule.
    pub rule: FilterRule,
    /// The rule as written.
    pub text: String,
}

impl Filter {
    /// Of a filter for devices: whether the policy applies to those that are not registered here, and so to every
    /// device of somebody from outside whose tenant's devices are not trusted (CA-7.12, CA-7.14). `None` for a mode
    /// that is not documented.
    #[must_use]
    pub fn applies_to_unregistered(&self) -> Option<bool> {
        match self.mode {
            FilterMode::Include => Some(self.rule.holds_for_unregistered()),
            FilterMode::Exclude => Some(!self.rule.holds_for_unregistered()),
            FilterMode::Undocumented(_) => None,
        }
    }
}

/// Home tenants that a guest scope speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalTenants {
    /// Every tenant, and people without one (AM-2).
    All,
    /// Those tenants only.
    Enumerated(Vec<Id>),
    /// The export does not tell which.
    Unknown,
}

/// `includeGuestsOrExternalUsers` and its counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestScope {
    /// External user types.
    pub types: ExternalUserTypes,
    /// Words that are no external user type known here.
    pub unknown_types: Vec<String>,
    /// Home tenants.
    pub tenants: ExternalTenants,
}

/// Who a policy is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named as in Graph's conditionalAccessUsers")]
pub struct Users {
    pub include_users: Vec<Ref>,
    pub exclude_users: Vec<Ref>,
    pub include_groups: Vec<Ref>,
    pub exclude_groups: Vec<Ref>,
    pub include_roles: Vec<Ref>,
    pub exclude_roles: Vec<Ref>,
    pub include_guests: Option<GuestScope>,
    pub exclude_guests: Option<GuestScope>,
}

impl Users {
    /// Whether it names nobody.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.include_users.iter().all(|user| user.is(&Keyword::None))
            && self.include_groups.is_empty()
            && self.include_roles.is_empty()
            && self.include_guests.is_none()
    }
}

/// What a policy protects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named as in Graph's conditionalAccessApplications")]
pub struct Applications {
    pub include_applications: Vec<Ref>,
    pub exclude_applications: Vec<Ref>,
    pub include_user_actions: Vec<String>,
    pub include_authentication_contexts: Vec<String>,
    pub filter: Option<Filter>,
    /// A Global Secure Access target, which is an audience of its own.
    pub network_access: bool,
}

impl Applications {
    /// Whether it is about applications at all, not about user actions or authentication contexts.
    #[must_use]
    pub fn is_about_applications(&self) -> bool {
        !self.include_applications.is_empty() || self.filter.is_some()
    }

    /// Whether it takes in every resource without exception.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.include_applications.iter().any(|app| app.is(&Keyword::All))
            && self.exclude_applications.is_empty()
            && self.filter.is_none()
    }
}

/// Device platforms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named as in Graph's conditionalAccessPlatforms")]
pub struct Platforms {
    pub include: Vec<Platform>,
    pub exclude: Vec<Platform>,
}

/// Networks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named as in Graph's conditionalAccessLocations")]
pub struct Locations {
    pub include: Vec<Ref>,
    pub exclude: Vec<Ref>,
}

/// Workload identities and agents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in Graph's conditionalAccessClientApplications")]
pub struct Workloads {
    pub include: Vec<Ref>,
    pub exclude: Vec<Ref>,
    /// A gap of its own: that a policy is about workload identities is known even where its filter is not understood.
    pub filter: Told<Option<Filter>>,
    pub include_agents: Vec<Ref>,
    pub exclude_agents: Vec<Ref>,
    /// A filter over agents, as JSON.
    pub agent_filter: Option<String>,
}

/// How the controls of a policy combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantOperator {
    /// Every one is demanded.
    And,
    /// One is enough.
    Or,
}

/// Grant controls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// How they combine.
    pub operator: GrantOperator,
    /// Built-in controls.
    pub controls: Vec<BuiltInControl>,
    /// Terms of use, by id.
    pub terms_of_use: Vec<Ref>,
    /// Custom controls.
    pub custom_factors: Vec<String>,
    /// The authentication strength, by id or name; its combinations when the policy carries them.
    pub strength: Option<(Ref, Option<Vec<String>>)>,
}

impl Grant {
    /// Whether it holds that built-in control.
    #[must_use]
    pub fn has(&self, control: &BuiltInControl) -> bool {
        self.controls.contains(control)
    }
}

/// Session controls. They grant and refuse nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Hours between sign-ins; zero is every time.
    pub sign_in_frequency_hours: Option<i64>,
    /// Whether that goes for the second factor alone.
    pub frequency_of_second_factor: bool,
    /// `always` or `never`.
    pub persistent_browser: Option<String>,
    /// Restrictions that the application enforces.
    pub application_enforced_restrictions: bool,
    /// Defender for Cloud Apps session type.
    pub cloud_app_security: Option<String>,
    /// Continuous access evaluation mode.
    pub continuous_access_evaluation: Option<String>,
    /// Whether resilience defaults are off.
    pub disable_resilience_defaults: bool,
    /// Token protection.
    pub secure_sign_in_session: bool,
    /// Global Secure Access filtering profile.
    pub filtering_profile: Option<String>,
}

aggregate! {
    /// A Conditional Access policy.
    pub struct ConditionalAccessPolicy {
        /// Its display name.
        display_name: String,
        /// Whether it is enforced.
        state: PolicyState,
        /// The template that it was made from.
        template: Option<Id>,
        /// When it was last changed.
        modified: Option<Time>,
        /// Who it is about.
        users: Users,
        /// What it protects.
        applications: Applications,
        /// Clients; empty is every client.
        client_apps: Vec<ClientApp>,
        /// Platforms.
        platforms: Option<Platforms>,
        /// Networks.
        locations: Option<Locations>,
        /// Device filter.
        device_filter: Option<Filter>,
        /// User risk.
        user_risk: Vec<RiskLevel>,
        /// Sign-in risk.
        sign_in_risk: Vec<RiskLevel>,
        /// Service principal risk.
        service_principal_risk: Vec<RiskLevel>,
        /// Insider risk.
        insider_risk: Vec<InsiderRisk>,
        /// Authentication flows; empty is every flow.
        flows: Vec<TransferMethod>,
        /// Workload identities; with them a policy is not about users.
        workloads: Option<Workloads>,
        /// Conditions for agents, which are no people, as they are written.
        agent_conditions: Vec<String>,
        /// Conditions that are set and that nothing here understands, by name.
        other_conditions: Vec<String>,
        /// Grant controls.
        grant: Option<Grant>,
        /// Session controls.
        session: Option<Session>,
    }
}

/// What a named location is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Addresses.
    Ip {
        /// Ranges as written: CIDR, or `lower-upper`.
        ranges: Vec<String>,
        /// Whether it is marked as trusted.
        trusted: bool,
    },
    /// Countries and regions.
    Country {
        /// Two-letter codes.
        countries: Vec<String>,
        /// Whether addresses without a country belong to it.
        include_unknown: bool,
        /// Whether the country comes from the Authenticator's GPS.
        gps: bool,
    },
    /// The compliant network of Global Secure Access.
    CompliantNetwork,
}

aggregate! {
    /// A named location.
    pub struct NamedLocation {
        /// Its display name.
        display_name: String,
        /// What it is made of.
        network: Network,
    }
}

aggregate! {
    /// An authentication strength.
    pub struct AuthenticationStrength {
        /// Its display name.
        display_name: String,
        /// `builtIn` or `custom`.
        policy_type: String,
        /// Combinations of methods, each a comma-separated list; any one satisfies it.
        combinations: Vec<String>,
    }
}

aggregate! {
    /// An authentication context, which applications ask for. The id is `c1` to `c99`.
    pub struct AuthenticationContext {
        /// Its display name.
        display_name: String,
        /// Whether it is published, so that applications see it.
        available: bool,
    }
}

aggregate! {
    /// Terms of use.
    pub struct TermsOfUse {
        /// Their display name.
        display_name: String,
        /// Whether they are to be accepted on every device, which has to be registered for that.
        per_device: bool,
        /// Whether they are to be opened before they can be accepted.
        viewing_required: bool,
        /// Days after which each person accepts them again; `None` is never.
        reaccept_days: Option<i64>,
        /// When every acceptance expires for the first time; `None` is never.
        expires: Option<Time>,
    }
}
