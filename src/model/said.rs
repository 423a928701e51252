//! What a member says, in a form that two exports can be compared in: order and spelling are gone, references are
//! apart from words.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{
    AccessType, Applications, Approval, ApprovalStage, AssignmentState, AutomaticConsent, B2bSetting, BuiltInControl,
    CatalogResource, CatalogState, ClientApp, Comparison, Dialect, Expanded, Expiration, ExternalTenants,
    ExternalUserState, Filter, FilterMode, FilterRule, Gap, Grant, GrantOperator, GroupAccess, GuestScope, Id,
    Identity, IdentitySource, InboundTrust, InsiderRisk, InvitesFrom, Keyword, LifecycleAction, Locations, Member,
    MemberKind, MembershipRule, Network, OrganizationState, Platform, Platforms, PolicyState, Ref, RequestorScope,
    ResourceRole, Review, ReviewTimeout, RiskLevel, RuleProcessing, Session, SubjectSet, TargetList, Time, Told,
    TransferMethod, Unread, UserType, Users, Workloads, combination,
};

/// What a member says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// It says so in one of Graph's words, or one of ours.
    Word(String),
    /// Text that somebody chose.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(i64),
    /// An object, by reference.
    Thing(Thing),
    /// Nothing, and what that means.
    Absent(&'static str),
    /// Things of which the order does not matter.
    Set(SaidSet),
    /// Things in their order.
    List(Vec<Said>),
    /// Members of a member, by name.
    Fields(Vec<(&'static str, Told<Said>)>),
}

/// Things of which the order does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaidSet {
    /// The things.
    pub items: BTreeSet<Said>,
    /// Whether more may belong to it than the export tells.
    pub open: bool,
}

/// An object that is referred to. What it is called makes no difference: names come and go between exports.
#[derive(Debug, Clone)]
pub struct Thing {
    /// What it is, where the id does not say: `group`, `user`, …
    pub what: &'static str,
    /// Its id, or its name where the export refers by name.
    pub id: String,
    /// Its name, where the reference brings one.
    pub name: Option<String>,
}

impl PartialEq for Thing {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Thing {}

impl PartialOrd for Thing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Thing {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.what, &self.id).cmp(&(other.what, &other.id))
    }
}

/// A value that can be said.
pub trait Say {
    /// What it means where a value of this type may be absent and is.
    const ABSENT: &'static str = "not set";

    /// What it says.
    fn say(&self) -> Said;
}

fn set<'t, T: Say + 't>(items: impl IntoIterator<Item = &'t T>, open: bool) -> Said {
    Said::Set(SaidSet { items: items.into_iter().map(Say::say).collect(), open })
}

fn text(text: Option<&String>) -> Said {
    text.map_or(Said::Absent("not set"), Say::say)
}

fn flag(flag: Option<bool>, absent: &'static str) -> Said {
    flag.map_or(Said::Absent(absent), Said::Flag)
}

fn days(days: i64) -> Said {
    Said::Word(if days == 1 { "1 day".to_owned() } else { format!("{days} days") })
}

macro_rules! words {
    ($($name:ty),*) => {
        $(impl Say for $name {
            fn say(&self) -> Said {
                Said::Word(self.as_str().to_owned())
            }
        })*
    };
}

words!(
    AccessType,
    AssignmentState,
    BuiltInControl,
    CatalogState,
    ClientApp,
    ExternalUserState,
    FilterMode,
    GroupAccess,
    InsiderRisk,
    InvitesFrom,
    Keyword,
    LifecycleAction,
    OrganizationState,
    Platform,
    PolicyState,
    RequestorScope,
    ReviewTimeout,
    RiskLevel,
    RuleProcessing,
    TransferMethod,
    UserType
);

impl<T: Say> Say for Option<T> {
    fn say(&self) -> Said {
        self.as_ref().map_or(Said::Absent(T::ABSENT), Say::say)
    }
}

impl<T: Say> Say for Vec<T> {
    fn say(&self) -> Said {
        set(self, false)
    }
}

impl<T: Say> Say for Expanded<T> {
    fn say(&self) -> Said {
        set(&self.items, self.cut_off)
    }
}

impl Say for Unread {
    fn say(&self) -> Said {
        Said::Text(format!("{} = {}", self.path, self.text))
    }
}

impl Say for Box<[Unread]> {
    fn say(&self) -> Said {
        set(self, false)
    }
}

impl Say for bool {
    fn say(&self) -> Said {
        Said::Flag(*self)
    }
}

impl Say for i64 {
    fn say(&self) -> Said {
        Said::Number(*self)
    }
}

impl Say for String {
    fn say(&self) -> Said {
        Said::Text(self.clone())
    }
}

impl Say for MembershipRule {
    fn say(&self) -> Said {
        self.text.say()
    }
}

impl Say for Time {
    fn say(&self) -> Said {
        Said::Word(self.to_string())
    }
}

impl Say for Id {
    fn say(&self) -> Said {
        thing("", self.as_str())
    }
}

fn thing(what: &'static str, id: &str) -> Said {
    Said::Thing(Thing { what, id: id.to_owned(), name: None })
}

impl Say for Ref {
    fn say(&self) -> Said {
        match self {
            Self::Keyword(word) => word.say(),
            Self::Id(id) => id.say(),
            Self::Name(name) => thing("", name),
        }
    }
}

impl Say for Member {
    fn say(&self) -> Said {
        self.id.say()
    }
}

impl Say for MemberKind {
    fn say(&self) -> Said {
        let word = match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Another => "another",
            Self::Unsaid => "not told",
        };
        Said::Word(word.to_owned())
    }
}

impl Say for Dialect {
    fn say(&self) -> Said {
        Said::Word(if *self == Self::V1 { "v1.0" } else { "beta" }.to_owned())
    }
}

impl Say for (String, Vec<String>) {
    fn say(&self) -> Said {
        Said::Text(format!("{} = {}", self.0, self.1.join(", ")))
    }
}

impl Say for Identity {
    fn say(&self) -> Said {
        let parts = [&self.issuer, &self.sign_in_type, &self.issuer_assigned_id];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        Said::Text(parts.join(", "))
    }
}

impl Say for IdentitySource {
    fn say(&self) -> Said {
        match self {
            Self::Tenant { id: Some(id), name, .. } => {
                Said::Thing(Thing { what: "tenant", id: id.to_string(), name: name.clone() })
            }
            Self::Tenant { id: None, name, .. } => thing("tenant", name.as_deref().unwrap_or_default()),
            Self::Domain(domain) => thing("domain", &domain.to_ascii_lowercase()),
            Self::Federation(domain) => thing("federation", &domain.to_ascii_lowercase()),
            Self::Social(provider) => thing("social", provider),
            Self::Other(other) => thing("another source", other),
        }
    }
}

impl Say for CatalogResource {
    fn say(&self) -> Said {
        let id = self.origin_id.as_ref().or(self.name.as_ref()).cloned().unwrap_or_default();
        Said::Thing(Thing { what: "", id, name: self.name.clone() })
    }
}

impl Say for ResourceRole {
    fn say(&self) -> Said {
        let role = self.role_origin_id.as_ref().or(self.role_name.as_ref()).cloned().unwrap_or_default();
        let resource = self.resource_origin_id.as_ref().or(self.resource_name.as_ref()).cloned().unwrap_or_default();
        let name = match (&self.role_name, &self.resource_name) {
            (Some(role), Some(resource)) => Some(format!("{role} of {resource}")),
            _ => None,
        };
        Said::Thing(Thing { what: "", id: format!("{role} of {resource}"), name })
    }
}

impl Say for SubjectSet {
    fn say(&self) -> Said {
        let of = |what: &'static str, reference: &Option<Ref>| match reference {
            Some(Ref::Keyword(word)) => word.say(),
            Some(reference) => thing(what, &reference.to_string()),
            None => Said::Word(format!("a {what} that is not told")),
        };
        match self {
            Self::User(user) => of("user", user),
            Self::Group(group) => of("group", group),
            Self::ConnectedOrganization(organization) => of("connected organization", organization),
            Self::InternalSponsors => Said::Word("internal sponsors".into()),
            Self::ExternalSponsors => Said::Word("external sponsors".into()),
            Self::TargetUserSponsors => Said::Word("sponsors of the requestor".into()),
            Self::Manager => Said::Word("manager of the requestor".into()),
            Self::Rule(rule) => thing("rule", rule),
            Self::Other(other) => thing("another subject set", other),
        }
    }
}

impl Say for Expiration {
    fn say(&self) -> Said {
        match self {
            Self::Never => Said::Word("never".into()),
            Self::AfterDays(after) => days(*after),
            Self::At(time) => time.say(),
        }
    }
}

impl Say for ApprovalStage {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("primary", Ok(self.primary.say())),
            ("fallback", Ok(self.fallback.say())),
            ("days_until_denied", Ok(self.days_until_denied.map_or(Said::Absent("not set"), days))),
            ("escalation", Ok(self.escalation.say())),
        ])
    }
}

impl Say for Approval {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("required", Ok(Said::Flag(self.required))),
            ("required_for_extension", Ok(flag(self.required_for_extension, "not set"))),
            ("stages", Ok(Said::List(self.stages.iter().map(Say::say).collect()))),
        ])
    }
}

impl Say for Review {
    const ABSENT: &'static str = "none";

    fn say(&self) -> Said {
        Said::Fields(vec![
            ("enabled", Ok(Said::Flag(self.enabled))),
            ("when_unanswered", Ok(self.when_unanswered.say())),
            ("self_review", Ok(Said::Flag(self.self_review))),
        ])
    }
}

/// A rule without what its writer was free in: blanks, parentheses, quotes.
fn rule(rule: &FilterRule, text: &mut String) {
    let mut several = |rules: &[FilterRule], word: &str| {
        text.push('(');
        for (number, part) in rules.iter().enumerate() {
            if number > 0 {
                let _ = write!(text, " {word} ");
            }
            self::rule(part, text);
        }
        text.push(')');
    };
    match rule {
        FilterRule::And(rules) => several(rules, "and"),
        FilterRule::Or(rules) => several(rules, "or"),
        FilterRule::Not(inner) => {
            text.push_str("not ");
            self::rule(inner, text);
        }
        FilterRule::Compare(Comparison { attribute, operator, values }) => {
            let _ = write!(text, "{attribute} -{} {values:?}", operator.as_str());
        }
    }
}

impl Say for Filter {
    fn say(&self) -> Said {
        let mut written = String::new();
        rule(&self.rule, &mut written);
        Said::Fields(vec![("mode", Ok(self.mode.say())), ("rule", Ok(Said::Text(written)))])
    }
}

impl Say for GuestScope {
    fn say(&self) -> Said {
        let known = self.types.iter().map(|kind| Said::Word(kind.as_str().to_owned()));
        let types = known.chain(self.unknown_types.iter().map(Say::say)).collect();
        let tenants = match &self.tenants {
            ExternalTenants::All => Ok(Said::Word("all".into())),
            ExternalTenants::Enumerated(tenants) => Ok(tenants.say()),
            ExternalTenants::Unknown => Err(Gap::NotExported),
        };
        Said::Fields(vec![("types", Ok(Said::Set(SaidSet { items: types, open: false }))), ("tenants", tenants)])
    }
}

impl Say for Users {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("include_users", Ok(self.include_users.say())),
            ("exclude_users", Ok(self.exclude_users.say())),
            ("include_groups", Ok(self.include_groups.say())),
            ("exclude_groups", Ok(self.exclude_groups.say())),
            ("include_roles", Ok(self.include_roles.say())),
            ("exclude_roles", Ok(self.exclude_roles.say())),
            ("include_guests_or_external_users", Ok(self.include_guests.say())),
            ("exclude_guests_or_external_users", Ok(self.exclude_guests.say())),
        ])
    }
}

impl Say for Applications {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("include_applications", Ok(self.include_applications.say())),
            ("exclude_applications", Ok(self.exclude_applications.say())),
            ("include_user_actions", Ok(self.include_user_actions.say())),
            ("include_authentication_contexts", Ok(self.include_authentication_contexts.say())),
            ("filter", Ok(self.filter.say())),
            ("network_access", Ok(self.network_access.say())),
        ])
    }
}

impl Say for Platforms {
    fn say(&self) -> Said {
        Said::Fields(vec![("include", Ok(self.include.say())), ("exclude", Ok(self.exclude.say()))])
    }
}

impl Say for Locations {
    fn say(&self) -> Said {
        Said::Fields(vec![("include", Ok(self.include.say())), ("exclude", Ok(self.exclude.say()))])
    }
}

impl Say for Workloads {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("include", Ok(self.include.say())),
            ("exclude", Ok(self.exclude.say())),
            ("filter", self.filter.as_ref().map(Say::say).map_err(Clone::clone)),
            ("include_agents", Ok(self.include_agents.say())),
            ("exclude_agents", Ok(self.exclude_agents.say())),
            ("agent_filter", Ok(text(self.agent_filter.as_ref()))),
        ])
    }
}

/// Combinations of methods; the order within one does not matter either.
fn combinations(combinations: &[String]) -> Said {
    let items = combinations.iter().map(|methods| Said::Word(combination(methods).join(", "))).collect();
    Said::Set(SaidSet { items, open: false })
}

impl Say for Grant {
    fn say(&self) -> Said {
        // With one control the operator says nothing.
        let demanded = self.controls.len() + self.terms_of_use.len() + self.custom_factors.len();
        let operator = match self.operator {
            _ if demanded + usize::from(self.strength.is_some()) < 2 => Said::Absent("of no matter"),
            GrantOperator::And => Said::Word("AND".into()),
            GrantOperator::Or => Said::Word("OR".into()),
        };
        let strength = self.strength.as_ref().map(|(strength, _)| strength.clone());
        let methods = match &self.strength {
            None => Ok(Said::Absent("not set")),
            // A policy need not carry them.
            Some((_, None)) => Err(Gap::NotExported),
            Some((_, Some(methods))) => Ok(combinations(methods)),
        };
        Said::Fields(vec![
            ("operator", Ok(operator)),
            ("built_in_controls", Ok(self.controls.say())),
            ("terms_of_use", Ok(self.terms_of_use.say())),
            ("custom_authentication_factors", Ok(self.custom_factors.say())),
            ("authentication_strength", Ok(strength.say())),
            ("allowed_combinations", methods),
        ])
    }
}

impl Say for Session {
    fn say(&self) -> Said {
        let hours = |hours: i64| match hours {
            0 => Said::Word("every time".into()),
            1 => Said::Word("1 hour".into()),
            _ => Said::Word(format!("{hours} hours")),
        };
        Said::Fields(vec![
            ("sign_in_frequency", Ok(self.sign_in_frequency_hours.map_or(Said::Absent("not set"), hours))),
            ("frequency_of_second_factor_alone", Ok(Said::Flag(self.frequency_of_second_factor))),
            ("persistent_browser", Ok(text(self.persistent_browser.as_ref()))),
            ("application_enforced_restrictions", Ok(Said::Flag(self.application_enforced_restrictions))),
            ("cloud_app_security", Ok(text(self.cloud_app_security.as_ref()))),
            ("continuous_access_evaluation", Ok(text(self.continuous_access_evaluation.as_ref()))),
            ("disable_resilience_defaults", Ok(Said::Flag(self.disable_resilience_defaults))),
            ("secure_sign_in_session", Ok(Said::Flag(self.secure_sign_in_session))),
            ("global_secure_access_filtering_profile", Ok(text(self.filtering_profile.as_ref()))),
        ])
    }
}

impl Say for Network {
    fn say(&self) -> Said {
        match self {
            Self::Ip { ranges, trusted } => {
                Said::Fields(vec![("ip_ranges", Ok(ranges.say())), ("is_trusted", Ok(Said::Flag(*trusted)))])
            }
            Self::Country { countries, include_unknown, gps } => Said::Fields(vec![
                ("countries_and_regions", Ok(countries.say())),
                ("include_unknown_countries_and_regions", Ok(Said::Flag(*include_unknown))),
                ("by_gps", Ok(Said::Flag(*gps))),
            ]),
            Self::CompliantNetwork => Said::Word("compliant network".into()),
        }
    }
}

impl Say for TargetList {
    const ABSENT: &'static str = "inherited";

    fn say(&self) -> Said {
        Said::Fields(vec![("access_type", Ok(self.access.say())), ("targets", Ok(self.targets.say()))])
    }
}

impl Say for B2bSetting {
    const ABSENT: &'static str = "inherited";

    fn say(&self) -> Said {
        Said::Fields(vec![("users_and_groups", Ok(self.users.say())), ("applications", Ok(self.applications.say()))])
    }
}

impl Say for InboundTrust {
    const ABSENT: &'static str = "inherited";

    fn say(&self) -> Said {
        Said::Fields(vec![
            ("is_mfa_accepted", Ok(flag(self.mfa, "inherited"))),
            ("is_compliant_device_accepted", Ok(flag(self.compliant_device, "inherited"))),
            ("is_hybrid_azure_ad_joined_device_accepted", Ok(flag(self.hybrid_joined_device, "inherited"))),
        ])
    }
}

impl Say for AutomaticConsent {
    fn say(&self) -> Said {
        Said::Fields(vec![
            ("inbound_allowed", Ok(flag(self.inbound, "not set"))),
            ("outbound_allowed", Ok(flag(self.outbound, "not set"))),
        ])
    }
}
