//! Reads Conditional Access policies, named locations and authentication strengths. v1.0 and beta share one shape; a
//! template leaves out what it does not set, so an absent condition is one that is not set (CA-1.9).

use super::members::{Depth, Members, or_default, or_empty, or_unset, required};
use super::problem::{Sort, Weight};
use crate::model::{
    AddressRange, Applications, AuthenticationContext, AuthenticationStrength, BuiltInControl, ClientApp, Combinations,
    ConditionalAccessPolicy, ExternalTenants, ExternalUserType, ExternalUserTypes, Filter, FilterMode, FilterRule,
    FilterSubject, Gap, Grant, GrantOperator, GuestScope, Id, InsiderRisk, Keyword, Locations, NamedLocation, Network,
    Platform, Platforms, PolicyState, Ref, RiskLevel, Session, TermsOfUse, Told, TransferMethod, Users, Workloads,
};
use crate::source::{Node, Origin, canonical};

pub(super) fn policy(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> ConditionalAccessPolicy {
    let mut policy = ConditionalAccessPolicy::untold(id, origin);
    policy.display_name = required(members.text("displayName"));
    policy.state = required(members.word("state", PolicyState::read, PolicyState::is_known));
    policy.template = or_unset(members.id("templateId"));
    policy.modified = or_unset(members.time("modifiedDateTime"));
    let written = Written::of(members);
    members.watched(|| {
        conditions(&mut policy, members, written);
        // A policy has grant controls or session controls. Where neither is there, or what only Graph writes is, they
        // were left out on the way.
        let exported = members.has("createdDateTime") || !members.has("sessionControls");
        policy.grant = match members.part("grantControls") {
            Ok(Some(controls)) => controls.whole(|controls| grant(controls, written)),
            Err(Gap::NotExported) if exported => Err(Gap::NotExported),
            other => other.map(|_| None).or_else(absent_is_unset),
        };
        policy.session = match members.part("sessionControls") {
            Ok(Some(controls)) => controls.whole(session).map(Some),
            other => other.map(|_| None).or_else(absent_is_unset),
        };
        // There is none without both (CA-1.12).
        if (&policy.grant, &policy.session) == (&Ok(None), &Ok(None)) {
            let message = "neither grant controls nor session controls: what the policy asks for was lost";
            policy.grant = Err(members.tell_lost("grantControls", message));
        }
        members.pass_over(&[
            "id",
            "displayName",
            "description",
            "state",
            "templateId",
            "createdDateTime",
            "modifiedDateTime",
            "deletedDateTime",
            "conditions",
            "grantControls",
            "sessionControls",
        ]);
        members.pass_over(&OF_TOOLS);
        let others = members.tell_unread(Depth::Members);
        if let Ok(known) = &mut policy.other_conditions {
            known.extend(others);
        }
    });
    policy
}

/// Members that stand beside those of a policy: CIPP's tenant, the named locations that it keeps there, which are read by
/// themselves, and what Microsoft's what-if API says of a policy.
const OF_TOOLS: [&str; 5] = ["tenantFilter", "LocationInfo", "policyApplies", "analysisReasons", "reasons"];

fn absent_is_unset<T>(gap: Gap) -> Told<Option<T>> {
    if gap == Gap::NotExported { Ok(None) } else { Err(gap) }
}

/// Who wrote a policy, which tells what the absence of a member means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// A person or a tool, which leave out what they do not set (CA-1.9).
    Shortened,
    /// Graph, which writes every member that it has, null or empty where nothing is set. One that is absent was taken
    /// away; unless Graph did not have it yet, which goes for all but the oldest.
    InFull {
        /// Whether Graph had the newest ones.
        with_newest: bool,
    },
}

impl Written {
    fn of(members: &Members<'_, '_, '_>) -> Self {
        let Some(conditions) = members.node("conditions").and_then(Node::as_object) else { return Self::Shortened };
        // Nobody else writes null for what is not set and when the policy was made.
        if !members.has("createdDateTime") || !holds_null(conditions) {
            return Self::Shortened;
        }
        let newest = ["authenticationFlows", "insiderRiskLevels"];
        Self::InFull { with_newest: newest.iter().any(|name| conditions.get(name).is_some()) }
    }

    /// What the absence of a member of `scope` means, one that Graph `always` had or a newer one.
    fn absent(self, scope: &Members<'_, '_, '_>, name: &str, always: bool) -> Told<()> {
        match self {
            Self::InFull { with_newest } if (always || with_newest) && !scope.has(name) => {
                Err(scope.tell_lost(name, &format!("`{name}` is absent, which Graph always writes: it was lost")))
            }
            _ => Ok(()),
        }
    }

    /// Held against every member that a scope has.
    fn demands(self, scope: &Members<'_, '_, '_>, always: &[&str], newer: &[&str]) -> Told<()> {
        always.iter().try_for_each(|name| self.absent(scope, name, true))?;
        newer.iter().try_for_each(|name| self.absent(scope, name, false))
    }

    /// A list in which nothing is set: where Graph wrote the rest, it wrote that as an empty list.
    fn list<T>(self, scope: &Members<'_, '_, '_>, name: &str, told: Told<Option<Vec<T>>>) -> Told<Vec<T>> {
        if self != Self::Shortened && matches!(scope.node(name), Some(Node::Null)) && !scope.is_pascal() {
            return Err(scope.tell_lost(name, &format!("`{name}` is null, where Graph writes a list: it was lost")));
        }
        or_empty(told)
    }
}

fn holds_null(object: &crate::source::Object<'_>) -> bool {
    object.members.iter().any(|(_, node)| match node {
        Node::Null => true,
        Node::Object(inner) => holds_null(inner),
        _ => false,
    })
}

fn conditions(policy: &mut ConditionalAccessPolicy, members: &Members<'_, '_, '_>, written: Written) {
    let set = match members.object("conditions") {
        Ok(Some(set)) => set,
        // Without any condition a policy names neither users nor resources: it applies to nobody (CA-1.12). Where the
        // member is not there at all, it was left out on the way.
        Ok(None) => members.without_any(),
        // What was cut away has been told, and stays unknown.
        Err(_) => return,
    };
    let scope = |name: &str| written.absent(&set, name, true).and_then(|()| part(&set, name));
    let newer = |name: &str| written.absent(&set, name, false).and_then(|()| part(&set, name));
    let or_default = |scope: Told<Option<_>>| scope.transpose();
    policy.users = match or_default(scope("users")) {
        Some(scope) => scope.and_then(|scope| scope.whole(|scope| users(scope, written))),
        None => Ok(Users::default()),
    };
    policy.applications = match or_default(scope("applications")) {
        Some(scope) => scope.and_then(|scope| scope.whole(|scope| applications(scope, written))),
        None => Ok(Applications::default()),
    };
    let platforms = scope("platforms");
    policy.platforms = within(platforms, |scope| platforms_of(scope, written));
    policy.locations = within(scope("locations"), |scope| locations(scope, written));
    policy.client_apps = written.absent(&set, "clientAppTypes", true).and_then(|()| {
        let clients = set.words("clientAppTypes", ClientApp::read, ClientApp::is_known);
        written.list(&set, "clientAppTypes", clients)
    });
    let risk = |name: &str, always| {
        written.absent(&set, name, always)?;
        written.list(&set, name, set.words(name, RiskLevel::read, RiskLevel::is_known))
    };
    policy.sign_in_risk = risk("signInRiskLevels", true);
    policy.user_risk = risk("userRiskLevels", false);
    policy.service_principal_risk = risk("servicePrincipalRiskLevels", false);
    policy.device_filter = within(newer("devices"), |devices| {
        if written != Written::Shortened && !devices.is_pascal() {
            written.absent(devices, "deviceFilter", false)?;
        }
        filter(devices, "deviceFilter", FilterSubject::Device)
    })
    .map(Option::flatten);
    policy.insider_risk = written.absent(&set, "insiderRiskLevels", false).and_then(|()| {
        let levels = set.flags("insiderRiskLevels", InsiderRisk::read, InsiderRisk::is_known);
        or_empty(levels)
    });
    policy.flows = within(newer("authenticationFlows"), |flows| {
        let methods = flows.flags("transferMethods", TransferMethod::read, TransferMethod::is_known);
        let nothing = matches!(methods, Ok(None) | Err(Gap::NotExported));
        if nothing && !flows.tell_unread(Depth::Whole).is_empty() {
            return Err(Gap::NotUnderstood);
        }
        flows.set_for("transferMethods", methods)
    })
    .map(Option::unwrap_or_default);
    let nobody = policy.users.as_ref().is_ok_and(Users::is_nobody);
    policy.workloads = within(newer("clientApplications"), |scope| workloads(scope, nobody));
    policy.agent_conditions = Ok(agent_conditions(&set));
    // A policy for agents names nobody. What they do to one that is about people no document says.
    if nobody {
        set.pass_over(&AGENT_CONDITIONS);
    }
    // Of an SDK that shortens lists nobody looks at them.
    set.pass_over(&["clientAppTypes", "userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels"]);
    policy.other_conditions = Ok(set.tell_unread(Depth::Members));
}

/// Conditions that sign-ins of agents meet or not, and nobody else's (CA-3.14).
const AGENT_CONDITIONS: [&str; 4] = ["agents", "agentContext", "agentIdRiskLevels", "agentSessionRiskLevels"];

/// Those that are set, as they are written.
fn agent_conditions(set: &Members<'_, '_, '_>) -> Vec<String> {
    let written = |(name, node): (&str, &Node<'_>)| {
        let is_one = AGENT_CONDITIONS.iter().any(|known| known.eq_ignore_ascii_case(name));
        (is_one && !node.is_blank()).then(|| format!("{name} = {}", canonical(node, &|_| false)))
    };
    set.all().filter_map(written).collect()
}

/// What the policy is about in place of people: with it, it is about workload identities or agents.
fn workloads(scope: &Members<'_, '_, '_>, nobody: bool) -> Told<Workloads> {
    let agent_filter = scope.node("agentIdServicePrincipalFilter").filter(|node| !node.is_blank());
    scope.pass_over(&["agentIdServicePrincipalFilter"]);
    let workloads = Workloads {
        include: or_empty(scope.refs("includeServicePrincipals"))?,
        exclude: or_empty(scope.refs("excludeServicePrincipals"))?,
        filter: filter(scope, "servicePrincipalFilter", FilterSubject::ServicePrincipal),
        include_agents: or_empty(scope.refs("includeAgentIdServicePrincipals"))?,
        exclude_agents: or_empty(scope.refs("excludeAgentIdServicePrincipals"))?,
        agent_filter: agent_filter.map(|node| canonical(node, &|_| false)),
    };
    if nobody || !workloads.include.is_empty() || !workloads.include_agents.is_empty() {
        return Ok(workloads);
    }
    // Told.
    if let Err(gap) = &workloads.filter {
        return Err(gap.clone());
    }
    let message = "`clientApplications` takes in nobody: whether the policy is about people is not known";
    scope.item.note(Weight::Warning, Sort::MemberNotUnderstood, scope.here(), message.into(), None);
    Err(Gap::NotUnderstood)
}

fn platforms_of(scope: &Members<'_, '_, '_>, written: Written) -> Told<Platforms> {
    written.demands(scope, &["includePlatforms", "excludePlatforms"], &[])?;
    let list = |name| written.list(scope, name, scope.words(name, Platform::read, Platform::is_known));
    Ok(Platforms { include: list("includePlatforms")?, exclude: list("excludePlatforms")? })
}

fn locations(scope: &Members<'_, '_, '_>, written: Written) -> Told<Locations> {
    written.demands(scope, &["includeLocations", "excludeLocations"], &[])?;
    Ok(Locations {
        include: ids(scope, "includeLocations", written)?,
        exclude: ids(scope, "excludeLocations", written)?,
    })
}

/// An object of the conditions; `None` where nothing is set.
fn part<'i, 'n, 'a>(set: &Members<'i, 'n, 'a>, name: &str) -> Told<Option<Members<'i, 'n, 'a>>> {
    match set.part(name) {
        Err(Gap::NotExported) => Ok(None),
        other => other,
    }
}

/// Reads an object of which every member counts; `None` where nothing is set.
fn within<'i, 'n, 'a, T>(
    scope: Told<Option<Members<'i, 'n, 'a>>>,
    read: impl FnOnce(&Members<'i, 'n, 'a>) -> Told<T>,
) -> Told<Option<T>> {
    scope?.map(|scope| scope.whole(read)).transpose()
}

fn nested<'i, 'n, 'a, T>(
    set: &Members<'i, 'n, 'a>,
    name: &str,
    read: impl FnOnce(&Members<'i, 'n, 'a>) -> Told<T>,
) -> Told<Option<T>> {
    part(set, name)?.map(|object| read(&object)).transpose()
}

/// A filter whose rule does not parse is told, and may take in or leave out anything.
fn filter(members: &Members<'_, '_, '_>, name: &str, subject: FilterSubject) -> Told<Option<Filter>> {
    nested(members, name, |filter| {
        let mode = required(filter.word("mode", FilterMode::read, FilterMode::is_known))?;
        let text = required(filter.text("rule"))?;
        match FilterRule::read(subject, &text) {
            Ok(rule) => Ok(Filter { mode, rule, text }),
            Err(error) => {
                let (what, help) = match name {
                    "deviceFilter" => ("device", "whom the policy applies to is reported as not known"),
                    "applicationFilter" => ("application", "what the policy protects is reported as not known"),
                    _ => ("workload identity", "which workload identities the policy is about is not known"),
                };
                let message = format!("the {what} filter is not understood: {error}");
                filter.item.note(
                    Weight::Warning,
                    Sort::MemberNotUnderstood,
                    filter.path_to("rule"),
                    message,
                    Some(help),
                );
                Err(Gap::NotUnderstood)
            }
        }
    })
}

/// Ids are expected in these lists; a name or a placeholder is kept as it stands, and told.
fn ids(scope: &Members<'_, '_, '_>, name: &str, written: Written) -> Told<Vec<Ref>> {
    let mut references = written.list(scope, name, scope.refs(name))?;
    // Groups and roles have names of their own.
    let has_words = !name.ends_with("Groups") && !name.ends_with("Roles");
    for (index, reference) in references.iter_mut().enumerate() {
        let Ref::Name(text) = &*reference else { continue };
        let mut path = scope.path_to(name);
        path.push(index.to_string());
        if has_words && is_like_a_word(text) {
            let message = format!("`{text}` is not a documented value of `{name}`");
            scope.item.note(Weight::Warning, Sort::MemberNotUnderstood, path, message, None);
            *reference = Ref::Keyword(Keyword::Undocumented(text.clone()));
        } else {
            let message = format!("`{text}` stands where an id is expected; it is taken for a name");
            scope.item.note(Weight::Note, Sort::MemberNotUnderstood, path, message, None);
        }
    }
    Ok(references)
}

/// Whether a text is like Graph's words for many at once (`AllTrusted`, `AllAgentIdUsers`): whom a new one takes in is
/// not known.
fn is_like_a_word(text: &str) -> bool {
    let rest = text.strip_prefix("All").or_else(|| text.strip_prefix("all"));
    text.eq_ignore_ascii_case("unknownFutureValue")
        || rest.is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_uppercase())
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn users(scope: &Members<'_, '_, '_>, written: Written) -> Told<Users> {
    let lists = ["includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles"];
    let guests_or_external = ["includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"];
    // Graph has had both since the same day.
    let has_either = guests_or_external.iter().any(|name| scope.has(name));
    guests_or_external.iter().try_for_each(|name| written.absent(scope, name, has_either))?;
    written.demands(scope, &lists, &[])?;
    Ok(Users {
        include_users: ids(scope, "includeUsers", written)?,
        exclude_users: ids(scope, "excludeUsers", written)?,
        include_groups: ids(scope, "includeGroups", written)?,
        exclude_groups: ids(scope, "excludeGroups", written)?,
        include_roles: ids(scope, "includeRoles", written)?,
        exclude_roles: ids(scope, "excludeRoles", written)?,
        include_guests: nested(scope, "includeGuestsOrExternalUsers", |scope| guests(scope, written))?,
        exclude_guests: nested(scope, "excludeGuestsOrExternalUsers", |scope| guests(scope, written))?,
    })
}

fn guests(scope: &Members<'_, '_, '_>, written: Written) -> Told<GuestScope> {
    let read = |text: &str| ExternalUserType::read(text).ok_or_else(|| text.to_owned());
    let tenants = match scope.node("externalTenants") {
        // A type alone says something: the enumeration of which the members were lost is not every tenant.
        Some(Node::Object(object)) if object.get("@odata.type").is_some() => {
            scope.raw_object("externalTenants").map_or(ExternalTenants::Unknown, |tenants| external_tenants(&tenants))
        }
        _ => match scope.part("externalTenants") {
            Ok(Some(tenants)) => external_tenants(&tenants),
            // Null means every tenant.
            Ok(None) | Err(Gap::NotExported) => ExternalTenants::All,
            Err(_) => ExternalTenants::Unknown,
        },
    };
    let name = "guestOrExternalUserTypes";
    let words = scope.set_for(name, scope.flags(name, read, Result::is_ok))?;
    let mut types = ExternalUserTypes::default();
    let mut unknown_types = Vec::new();
    for word in words {
        match word {
            Ok(kind) => types.insert(kind),
            Err(text) => unknown_types.push(text),
        }
    }
    written.absent(scope, "externalTenants", true)?;
    Ok(GuestScope { types, unknown_types, tenants })
}

fn external_tenants(tenants: &Members<'_, '_, '_>) -> ExternalTenants {
    let by_type = match tenants.type_name().as_deref() {
        Some("conditionalaccessallexternaltenants") => Some("all"),
        Some("conditionalaccessenumeratedexternaltenants") => Some("enumerated"),
        _ => None,
    };
    let kind = match tenants.one_of("membershipKind", &["all", "enumerated"]) {
        Ok(Some(kind)) => Some(kind),
        // Told.
        Err(Gap::NotUnderstood | Gap::Lost | Gap::Contradicted) => return ExternalTenants::Unknown,
        Ok(None) | Err(Gap::NotExported) => by_type.map(str::to_owned),
    };
    match kind.as_deref() {
        Some("all") => ExternalTenants::All,
        Some(_) => match tenants.set_for("members", tenants.texts("members")) {
            Ok(members) => ExternalTenants::Enumerated(members.iter().map(|id| Id::new(id)).collect()),
            Err(_) => ExternalTenants::Unknown,
        },
        None => {
            tenants
                .tell_lost("membershipKind", "`membershipKind` is not set: of which tenants the people are was lost");
            ExternalTenants::Unknown
        }
    }
}

/// User actions that Graph documents (conditionalAccessApplications).
const USER_ACTIONS: [&str; 2] = ["urn:user:registersecurityinfo", "urn:user:registerdevice"];

fn applications(scope: &Members<'_, '_, '_>, written: Written) -> Told<Applications> {
    let set = |name| scope.node(name).is_some_and(|node| !node.is_blank());
    scope.pass_over(&["networkAccess", "globalSecureAccess"]);
    let lists = ["includeApplications", "excludeApplications", "includeUserActions"];
    written.demands(scope, &lists, &["includeAuthenticationContextClassReferences", "applicationFilter"])?;
    let texts = |name| written.list(scope, name, scope.texts(name));
    for action in texts("includeUserActions")? {
        if !USER_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(&action)) {
            let message = format!("`{action}` is not a documented value of `includeUserActions`");
            let path = scope.path_to("includeUserActions");
            scope.item.note(Weight::Warning, Sort::MemberNotUnderstood, path, message, None);
            return Err(Gap::NotUnderstood);
        }
    }
    Ok(Applications {
        include_applications: ids(scope, "includeApplications", written)?,
        exclude_applications: ids(scope, "excludeApplications", written)?,
        include_user_actions: texts("includeUserActions")?,
        include_authentication_contexts: texts("includeAuthenticationContextClassReferences")?,
        filter: filter(scope, "applicationFilter", FilterSubject::ServicePrincipal)?,
        network_access: set("networkAccess") || set("globalSecureAccess"),
    })
}

fn grant(controls: &Members<'_, '_, '_>, written: Written) -> Told<Option<Grant>> {
    let always = ["operator", "builtInControls", "customAuthenticationFactors", "termsOfUse"];
    written.demands(controls, &always, &["authenticationStrength"])?;
    let told = or_unset(controls.text("operator"))?;
    let operator = match told.as_deref() {
        Some(text) if text.eq_ignore_ascii_case("OR") => GrantOperator::Or,
        Some(text) if text.eq_ignore_ascii_case("AND") => GrantOperator::And,
        // CA-10.3: one control needs no operator.
        None => GrantOperator::And,
        Some(text) => {
            let message = format!("`{text}` is not a documented value of `operator`");
            controls.item.note(Weight::Warning, Sort::MemberNotUnderstood, controls.path_to("operator"), message, None);
            return Err(Gap::NotUnderstood);
        }
    };
    let list = |name, told| written.list(controls, name, told);
    let texts = |name| written.list(controls, name, controls.texts(name));
    let grant = Grant {
        operator,
        controls: {
            let told = controls.words("builtInControls", BuiltInControl::read, BuiltInControl::is_known);
            written.list(controls, "builtInControls", told)?
        },
        terms_of_use: list("termsOfUse", controls.refs("termsOfUse"))?,
        custom_factors: texts("customAuthenticationFactors")?,
        strength: match nested(controls, "authenticationStrength", strength_of)? {
            None => bound(controls).map(|id| (id, None)),
            Some(strength) => Some(strength),
        },
    };
    let alternatives = grant.controls.len()
        + grant.terms_of_use.len()
        + grant.custom_factors.len()
        + usize::from(grant.strength.is_some());
    if alternatives == 0 {
        let message = "grant controls without a control: what the policy asks for was lost";
        return Err(controls.tell_lost("builtInControls", message));
    }
    // Of several Graph tells whether one is enough.
    if told.is_none() && alternatives > 1 && written != Written::Shortened {
        return Err(
            controls.tell_lost("operator", "`operator` is not told, where there are several controls: it was lost")
        );
    }
    Ok(Some(grant))
}

/// The authentication strength that a policy asks for, as it stands in the policy.
fn strength_of(strength: &Members<'_, '_, '_>) -> Told<(Ref, Option<Vec<String>>)> {
    strength.pass_over(&OF_STRENGTHS);
    // Those of a built-in strength, or of one that was exported by itself, are known all the same.
    let combinations = match combinations(strength) {
        Err(Gap::Lost) => None,
        told => or_unset(told)?,
    };
    let name = match strength.text("id") {
        Ok(Some(id)) => Some(id),
        _ => strength.text("displayName").ok().flatten(),
    };
    let name = strength.set_for("id", Ok(name))?;
    Ok((Ref::read(&name), combinations))
}

/// The strength of `"authenticationStrength@odata.bind": "…/authenticationStrengthPolicies/<id>"`, as requests have it.
fn bound(controls: &Members<'_, '_, '_>) -> Option<Ref> {
    let address = controls.text("authenticationStrength@odata.bind").ok().flatten()?;
    let last = address.trim_end_matches(['/', ')', '\'']).rsplit(['/', '(', '\'']).next()?;
    (!last.is_empty()).then(|| Ref::read(last))
}

/// Members of a strength that ask for nothing.
const OF_STRENGTHS: [&str; 7] =
    ["id", "displayName", "description", "policyType", "requirementsSatisfied", "createdDateTime", "modifiedDateTime"];

fn session(controls: &Members<'_, '_, '_>) -> Told<Session> {
    let is_on = |control: &Members<'_, '_, '_>| or_default(control.flag("isEnabled"), true);
    let enabled = |name: &str| -> Told<bool> { Ok(nested(controls, name, is_on)? == Some(true)) };
    let text = |name: &str, read: &dyn Fn(&Members<'_, '_, '_>) -> Told<Option<String>>| -> Told<Option<String>> {
        let value = nested(controls, name, |control| {
            let (on, value) = (is_on(control)?, or_unset(read(control))?);
            Ok(value.filter(|_| on))
        })?;
        Ok(value.flatten())
    };
    let word = |name: &str, member: &'static str, words: &'static [&'static str]| {
        text(name, &|control: &Members<'_, '_, '_>| control.one_of(member, words))
    };
    let frequency = nested(controls, "signInFrequency", frequency)?.flatten();
    Ok(Session {
        sign_in_frequency_hours: frequency.as_ref().map(|(hours, _)| *hours),
        frequency_of_second_factor: frequency.is_some_and(|(_, of_second)| of_second),
        persistent_browser: word("persistentBrowser", "mode", &["always", "never"])?,
        application_enforced_restrictions: enabled("applicationEnforcedRestrictions")?,
        cloud_app_security: word(
            "cloudAppSecurity",
            "cloudAppSecurityType",
            &["mcasConfigured", "monitorOnly", "blockDownloads"],
        )?,
        continuous_access_evaluation: word(
            "continuousAccessEvaluation",
            "mode",
            &["strictEnforcement", "disabled", "strictLocation"],
        )?,
        disable_resilience_defaults: or_default(controls.flag("disableResilienceDefaults"), false)?,
        secure_sign_in_session: enabled("secureSignInSession")?,
        filtering_profile: text("globalSecureAccessFilteringProfile", &|control| control.text("profileId"))?,
    })
}

/// Hours between sign-ins, and whether they are of the second factor alone.
fn frequency(control: &Members<'_, '_, '_>) -> Told<Option<(i64, bool)>> {
    let on = or_default(control.flag("isEnabled"), true)?;
    let interval = or_unset(control.one_of("frequencyInterval", &["timeBased", "everyTime"]))?;
    let unit = or_unset(control.one_of("type", &["days", "hours"]))?;
    let value = or_unset(control.number("value"))?;
    let whose = ["primaryAndSecondaryAuthentication", "secondaryAuthentication"];
    let whose = or_unset(control.one_of("authenticationType", &whose))?;
    let is = |word: &Option<String>, known: &str| word.as_deref() == Some(known);
    let hours = match value {
        _ if is(&interval, "everyTime") => Some(0),
        Some(value) => Some(value.saturating_mul(if is(&unit, "days") { 24 } else { 1 })),
        None => None,
    };
    Ok(hours.filter(|_| on).map(|hours| (hours, is(&whose, "secondaryAuthentication"))))
}

pub(super) fn named_location(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> NamedLocation {
    let mut location = NamedLocation::untold(id, origin);
    location.display_name = required(members.text("displayName"));
    location.network = members.whole(|members| {
        members.pass_over(&["id", "displayName", "createdDateTime", "modifiedDateTime", "deletedDateTime"]);
        network(members)
    });
    location
}

fn network(members: &Members<'_, '_, '_>) -> Told<Network> {
    let by_type = members.type_name();
    let is = |name: &str, member: &str| match by_type.as_deref() {
        Some("namedlocation") | None => members.has(member),
        Some(known) => known == name,
    };
    if is("countrynamedlocation", "countriesAndRegions") {
        country(members)
    } else if is("ipnamedlocation", "ipRanges") {
        ip(members)
    } else if is("compliantnetworknamedlocation", "compliantNetworkType") {
        or_unset(members.one_of("compliantNetworkType", &["allTenantCompliantNetworks"]))?;
        // Whether `AllTrusted` takes it in, where it is marked so, no document says.
        members.pass_over(&["isTrusted"]);
        Ok(Network::CompliantNetwork)
    } else {
        Err(members.tell_type("named location"))
    }
}

/// A member that Graph always writes. One who shortens leaves out what is the default.
fn always<T>(members: &Members<'_, '_, '_>, name: &str, told: Told<Option<T>>, default: T) -> Told<T> {
    match told {
        Ok(None) | Err(Gap::NotExported) if members.has("createdDateTime") => {
            Err(members.tell_lost(name, &format!("`{name}` is not set, which Graph always writes: it was lost")))
        }
        told => or_default(told, default),
    }
}

fn country(members: &Members<'_, '_, '_>) -> Told<Network> {
    let [by_address, gps] = ["clientIpAddress", "authenticatorAppGps"];
    let method = members.one_of("countryLookupMethod", &[by_address, gps]);
    let method = always(members, "countryLookupMethod", method, by_address.to_owned())?;
    let unknown = members.flag("includeUnknownCountriesAndRegions");
    Ok(Network::Country {
        countries: members
            .set_for("countriesAndRegions", members.texts("countriesAndRegions"))?
            .iter()
            .map(|code| code.to_ascii_uppercase())
            .collect(),
        include_unknown: always(members, "includeUnknownCountriesAndRegions", unknown, false)?,
        gps: method == gps,
    })
}

fn ip(members: &Members<'_, '_, '_>) -> Told<Network> {
    let mut ranges = Vec::new();
    match members.list("ipRanges")? {
        // Some dumps hold the ranges as bare text.
        Some(items) if items.iter().all(|item| item.as_str().is_some()) => {
            ranges.extend(items.iter().filter_map(|item| item.as_str()).map(str::to_owned));
        }
        _ => {
            for range in members.set_for("ipRanges", members.objects("ipRanges"))? {
                if let Ok(Some(cidr)) = range.text("cidrAddress") {
                    ranges.push(cidr);
                } else {
                    let lower = range.set_for("lowerAddress", range.text("lowerAddress"))?;
                    ranges.push(format!("{lower}-{}", range.set_for("upperAddress", range.text("upperAddress"))?));
                }
            }
        }
    }
    for range in &ranges {
        if AddressRange::read(range).is_none() {
            let message = format!("`{range}` is not a range of addresses such as `203.0.113.0/24`");
            members.item.note(Weight::Warning, Sort::MemberNotUnderstood, members.path_to("ipRanges"), message, None);
        }
    }
    Ok(Network::Ip { ranges, trusted: always(members, "isTrusted", members.flag("isTrusted"), false)? })
}

pub(super) fn strength(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AuthenticationStrength {
    let mut strength = AuthenticationStrength::untold(id, origin);
    strength.display_name = required(members.text("displayName"));
    strength.policy_type = required(members.one_of("policyType", &["builtIn", "custom"]));
    strength.combinations = members.whole(|members| {
        members.pass_over(&OF_STRENGTHS);
        members.set_for("allowedCombinations", combinations(members))
    });
    strength
}

/// Combinations of methods, as text each. Words that are no method of authentication are told: who meets such a
/// combination is not known. An SDK that leaves out words leaves out combinations of two methods as well.
fn combinations(strength: &Members<'_, '_, '_>) -> Told<Option<Vec<String>>> {
    const NAME: &str = "allowedCombinations";
    if strength.item.writer.shortens_lists() {
        return Err(Gap::Lost);
    }
    let texts = strength.texts(NAME)?;
    for text in texts.iter().flatten().filter(|text| Combinations::read(std::slice::from_ref(text)).others) {
        let message = format!("`{text}` names a method of authentication that is not documented");
        let help = (text == "unknownFutureValue").then_some(
            "Graph writes the method itself if asked with the header `Prefer: include-unknown-enum-members`",
        );
        strength.item.note(Weight::Warning, Sort::MemberNotUnderstood, strength.path_to(NAME), message, help);
    }
    Ok(texts)
}

pub(super) fn authentication_context(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AuthenticationContext {
    let mut context = AuthenticationContext::untold(id, origin);
    context.display_name = required(members.text("displayName"));
    context.available = required(members.flag("isAvailable"));
    context
}

pub(super) fn terms_of_use(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> TermsOfUse {
    let mut terms = TermsOfUse::untold(id, origin);
    terms.display_name = required(members.text("displayName"));
    terms.per_device = required(members.flag("isPerDeviceAcceptanceRequired"));
    terms.viewing_required = required(members.flag("isViewingBeforeAcceptanceRequired"));
    terms.reaccept_days = members.days("userReacceptRequiredFrequency");
    terms.expires = match members.object("termsExpiration") {
        Ok(Some(expiration)) => required(expiration.time("startDateTime")).map(Some),
        other => other.map(|_| None),
    };
    terms
}
