//! Reads Conditional Access policies, named locations and authentication strengths. v1.0 and beta share one shape; a
//! template leaves out what it does not set, so an absent condition is one that is not set (CA-1.9).

use super::members::{Members, or_default, or_empty, or_unset, required};
use super::problem::{Sort, Weight};
use crate::model::{
    AddressRange, Applications, AuthenticationContext, AuthenticationStrength, BuiltInControl, ClientApp, Combinations,
    ConditionalAccessPolicy, ExternalTenants, ExternalUserType, ExternalUserTypes, Filter, FilterMode, FilterRule,
    FilterSubject, Gap, Grant, GrantOperator, GuestScope, Id, InsiderRisk, Locations, NamedLocation, Network, Platform,
    Platforms, PolicyState, Ref, RiskLevel, Session, TermsOfUse, Told, TransferMethod, Users, Workloads,
};
use crate::source::{Node, Origin};

pub(super) fn policy(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> ConditionalAccessPolicy {
    let mut policy = ConditionalAccessPolicy::untold(id, origin);
    policy.display_name = required(members.text("displayName"));
    policy.state = required(members.word("state", PolicyState::read, PolicyState::is_known));
    policy.template = or_unset(members.id("templateId"));
    policy.modified = or_unset(members.time("modifiedDateTime"));
    conditions(&mut policy, members);
    // A policy has grant controls or session controls. Where neither is there, or what only Graph writes is, they were
    // left out on the way.
    let exported = members.has("createdDateTime") || !members.has("sessionControls");
    policy.grant = match members.object("grantControls") {
        Ok(Some(controls)) => grant(&controls),
        Err(Gap::NotExported) if exported => Err(Gap::NotExported),
        other => other.map(|_| None).or_else(absent_is_unset),
    };
    policy.session = match members.object("sessionControls") {
        Ok(Some(controls)) => session(&controls).map(Some),
        other => other.map(|_| None).or_else(absent_is_unset),
    };
    members.tell_unknown(&[
        "id",
        "displayName",
        "description",
        "state",
        "templateId",
        "createdDateTime",
        "modifiedDateTime",
        "deletedDateTime",
        "partialEnablementStrategy",
        "conditions",
        "grantControls",
        "sessionControls",
    ]);
    policy
}

fn absent_is_unset<T>(gap: Gap) -> Told<Option<T>> {
    if gap == Gap::NotExported { Ok(None) } else { Err(gap) }
}

fn conditions(policy: &mut ConditionalAccessPolicy, members: &Members<'_, '_, '_>) {
    let set = match members.object("conditions") {
        Ok(Some(set)) => set,
        // Without any condition a policy names neither users nor resources: it applies to nobody (CA-1.12). Where the
        // member is not there at all, it was left out on the way.
        Ok(None) => members.without_any(),
        // What was cut away has been told, and stays unknown.
        Err(_) => return,
    };
    policy.users = match set.object("users") {
        Ok(Some(scope)) => {
            scope.tell_unknown(&[
                "includeUsers",
                "excludeUsers",
                "includeGroups",
                "excludeGroups",
                "includeRoles",
                "excludeRoles",
                "includeGuestsOrExternalUsers",
                "excludeGuestsOrExternalUsers",
            ]);
            users(&scope)
        }
        other => empty(other.map(|_| ())),
    };
    policy.applications = match set.object("applications") {
        Ok(Some(scope)) => {
            scope.tell_unknown(&[
                "includeApplications",
                "excludeApplications",
                "includeUserActions",
                "applicationFilter",
                "includeAuthenticationContextClassReferences",
                "networkAccess",
                "globalSecureAccess",
            ]);
            applications(&scope)
        }
        other => empty(other.map(|_| ())),
    };
    policy.client_apps = or_empty(set.words("clientAppTypes", ClientApp::read, ClientApp::is_known));
    policy.platforms = nested(&set, "platforms", platforms);
    policy.locations = nested(&set, "locations", locations);
    policy.device_filter =
        nested(&set, "devices", |devices| filter(devices, "deviceFilter", FilterSubject::Device)).map(Option::flatten);
    policy.user_risk = or_empty(set.words("userRiskLevels", RiskLevel::read, RiskLevel::is_known));
    policy.sign_in_risk = or_empty(set.words("signInRiskLevels", RiskLevel::read, RiskLevel::is_known));
    policy.service_principal_risk =
        or_empty(set.words("servicePrincipalRiskLevels", RiskLevel::read, RiskLevel::is_known));
    policy.insider_risk = or_empty(set.flags("insiderRiskLevels", InsiderRisk::read, InsiderRisk::is_known));
    policy.flows = nested(&set, "authenticationFlows", |flows| {
        or_empty(flows.flags("transferMethods", TransferMethod::read, TransferMethod::is_known))
    })
    .map(Option::unwrap_or_default);
    policy.workloads = nested(&set, "clientApplications", |scope| {
        Ok(Workloads {
            include: or_empty(scope.refs("includeServicePrincipals"))?,
            exclude: or_empty(scope.refs("excludeServicePrincipals"))?,
            filter: filter(scope, "servicePrincipalFilter", FilterSubject::ServicePrincipal),
        })
    });
    policy.other_conditions = Ok(other_conditions(&set));
}

fn platforms(scope: &Members<'_, '_, '_>) -> Told<Platforms> {
    Ok(Platforms {
        include: or_empty(scope.words("includePlatforms", Platform::read, Platform::is_known))?,
        exclude: or_empty(scope.words("excludePlatforms", Platform::read, Platform::is_known))?,
    })
}

fn locations(scope: &Members<'_, '_, '_>) -> Told<Locations> {
    Ok(Locations { include: ids(scope, "includeLocations")?, exclude: ids(scope, "excludeLocations")? })
}

/// Conditions that are set and not modelled: the policy may apply to less than it seems.
fn other_conditions(set: &Members<'_, '_, '_>) -> Vec<String> {
    const MODELLED: [&str; 12] = [
        "users",
        "applications",
        "clientAppTypes",
        "platforms",
        "locations",
        "devices",
        "userRiskLevels",
        "signInRiskLevels",
        "servicePrincipalRiskLevels",
        "insiderRiskLevels",
        "authenticationFlows",
        "clientApplications",
    ];
    let mut others = Vec::new();
    let mut tell = |path: Vec<String>, name: &str| {
        let message = format!("the condition `{name}` is not understood: whom the policy applies to is not known");
        set.item.note(Weight::Warning, Sort::MemberNotUnderstood, path, message, None);
        others.push(name.to_owned());
    };
    for (name, value) in set.all() {
        let modelled = MODELLED.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !modelled && !name.contains('@') && !value.is_blank() {
            tell(set.path_to(name), name);
        }
    }
    for states in ["includeDevices", "excludeDevices", "includeDeviceStates", "excludeDeviceStates"] {
        if let Ok(Some(devices)) = set.object("devices")
            && devices.node(states).is_some_and(|node| !node.is_blank())
        {
            tell(devices.path_to(states), states);
        }
    }
    others
}

fn empty<T: Default>(why: Told<()>) -> Told<T> {
    match why {
        Ok(()) | Err(Gap::NotExported) => Ok(T::default()),
        Err(gap) => Err(gap),
    }
}

fn nested<'i, 'n, 'a, T>(
    set: &Members<'i, 'n, 'a>,
    name: &str,
    read: impl FnOnce(&Members<'i, 'n, 'a>) -> Told<T>,
) -> Told<Option<T>> {
    match set.object(name) {
        Ok(Some(object)) => read(&object).map(Some),
        Ok(None) | Err(Gap::NotExported) => Ok(None),
        Err(gap) => Err(gap),
    }
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
fn ids(scope: &Members<'_, '_, '_>, name: &str) -> Told<Vec<Ref>> {
    let references = or_empty(scope.refs(name))?;
    for (index, reference) in references.iter().enumerate() {
        if let Ref::Name(text) = reference {
            let mut path = scope.path_to(name);
            path.push(index.to_string());
            let message = format!("`{text}` stands where an id is expected; it is taken for a name");
            scope.item.note(Weight::Note, Sort::MemberNotUnderstood, path, message, None);
        }
    }
    Ok(references)
}

fn users(scope: &Members<'_, '_, '_>) -> Told<Users> {
    Ok(Users {
        include_users: ids(scope, "includeUsers")?,
        exclude_users: ids(scope, "excludeUsers")?,
        include_groups: ids(scope, "includeGroups")?,
        exclude_groups: ids(scope, "excludeGroups")?,
        include_roles: ids(scope, "includeRoles")?,
        exclude_roles: ids(scope, "excludeRoles")?,
        include_guests: nested(scope, "includeGuestsOrExternalUsers", guests)?,
        exclude_guests: nested(scope, "excludeGuestsOrExternalUsers", guests)?,
    })
}

fn guests(scope: &Members<'_, '_, '_>) -> Told<GuestScope> {
    let read = |text: &str| ExternalUserType::read(text).ok_or_else(|| text.to_owned());
    let words = or_empty(scope.flags("guestOrExternalUserTypes", read, Result::is_ok))?;
    let mut types = ExternalUserTypes::default();
    let mut unknown_types = Vec::new();
    for word in words {
        match word {
            Ok(kind) => types.insert(kind),
            Err(text) => unknown_types.push(text),
        }
    }
    let tenants = match scope.node("externalTenants") {
        // A type alone says something: the enumeration of which the members were lost is not every tenant.
        Some(Node::Object(object)) if object.get("@odata.type").is_some() => {
            scope.raw_object("externalTenants").map_or(ExternalTenants::Unknown, |tenants| external_tenants(&tenants))
        }
        _ => match scope.object("externalTenants") {
            Ok(Some(tenants)) => external_tenants(&tenants),
            // Null means every tenant.
            Ok(None) | Err(Gap::NotExported) => ExternalTenants::All,
            Err(_) => ExternalTenants::Unknown,
        },
    };
    Ok(GuestScope { types, unknown_types, tenants })
}

fn external_tenants(tenants: &Members<'_, '_, '_>) -> ExternalTenants {
    let kind = tenants.text("membershipKind").ok().flatten();
    let by_type = tenants.type_name();
    let is = |word: &str, name: &str| {
        kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(word))
            || (kind.is_none() && by_type.as_deref() == Some(name))
    };
    if is("all", "conditionalaccessallexternaltenants") {
        ExternalTenants::All
    } else if is("enumerated", "conditionalaccessenumeratedexternaltenants") {
        match tenants.texts("members") {
            Ok(Some(members)) => ExternalTenants::Enumerated(members.iter().map(|id| Id::new(id)).collect()),
            _ => ExternalTenants::Unknown,
        }
    } else {
        ExternalTenants::Unknown
    }
}

fn applications(scope: &Members<'_, '_, '_>) -> Told<Applications> {
    let set = |name| scope.node(name).is_some_and(|node| !node.is_blank());
    Ok(Applications {
        include_applications: ids(scope, "includeApplications")?,
        exclude_applications: ids(scope, "excludeApplications")?,
        include_user_actions: or_empty(scope.texts("includeUserActions"))?,
        include_authentication_contexts: or_empty(scope.texts("includeAuthenticationContextClassReferences"))?,
        filter: filter(scope, "applicationFilter", FilterSubject::ServicePrincipal)?,
        network_access: set("networkAccess") || set("globalSecureAccess"),
    })
}

fn grant(controls: &Members<'_, '_, '_>) -> Told<Option<Grant>> {
    controls.tell_unknown(&[
        "operator",
        "builtInControls",
        "customAuthenticationFactors",
        "termsOfUse",
        "authenticationStrength",
    ]);
    let operator = match or_unset(controls.text("operator"))? {
        Some(text) if text.eq_ignore_ascii_case("OR") => GrantOperator::Or,
        Some(text) if text.eq_ignore_ascii_case("AND") => GrantOperator::And,
        // CA-10.3: one control needs no operator; of several, all is the reading that Microsoft documents as default.
        None => GrantOperator::And,
        Some(text) => {
            let message = format!("`{text}` is not a documented value of `operator`");
            controls.item.note(Weight::Warning, Sort::MemberNotUnderstood, controls.path_to("operator"), message, None);
            return Err(Gap::NotUnderstood);
        }
    };
    let strength = nested(controls, "authenticationStrength", |strength| {
        // Those of a built-in strength, or of one that was exported by itself, are known all the same.
        let combinations = match combinations(strength) {
            Err(Gap::Lost) => None,
            told => or_unset(told)?,
        };
        let name = match strength.text("id") {
            Ok(Some(id)) => Some(id),
            _ => strength.text("displayName").ok().flatten(),
        };
        Ok(name.map(|name| (Ref::read(&name), combinations)))
    })?
    .flatten();
    let grant = Grant {
        operator,
        controls: or_empty(controls.words("builtInControls", BuiltInControl::read, BuiltInControl::is_known))?,
        terms_of_use: or_empty(controls.refs("termsOfUse"))?,
        custom_factors: or_empty(controls.texts("customAuthenticationFactors"))?,
        strength,
    };
    let nothing = grant.controls.is_empty()
        && grant.terms_of_use.is_empty()
        && grant.custom_factors.is_empty()
        && grant.strength.is_none();
    Ok((!nothing).then_some(grant))
}

fn session(controls: &Members<'_, '_, '_>) -> Told<Session> {
    let enabled = |name: &str| -> Told<bool> {
        Ok(nested(controls, name, |control| or_default(control.flag("isEnabled"), true))? == Some(true))
    };
    let text = |name: &str, member: &str| -> Told<Option<String>> {
        let value = nested(controls, name, |control| {
            let on = or_default(control.flag("isEnabled"), true)?;
            Ok(or_unset(control.text(member))?.filter(|_| on))
        })?;
        Ok(value.flatten())
    };
    let frequency = nested(controls, "signInFrequency", |control| {
        if !or_default(control.flag("isEnabled"), true)? {
            return Ok(None);
        }
        if or_unset(control.text("frequencyInterval"))?.is_some_and(|text| text.eq_ignore_ascii_case("everyTime")) {
            return Ok(Some(0));
        }
        let unit =
            if or_unset(control.text("type"))?.is_some_and(|unit| unit.eq_ignore_ascii_case("days")) { 24 } else { 1 };
        Ok(or_unset(control.number("value"))?.map(|value| value * unit))
    })?;
    Ok(Session {
        sign_in_frequency_hours: frequency.flatten(),
        persistent_browser: text("persistentBrowser", "mode")?,
        application_enforced_restrictions: enabled("applicationEnforcedRestrictions")?,
        cloud_app_security: text("cloudAppSecurity", "cloudAppSecurityType")?,
        continuous_access_evaluation: text("continuousAccessEvaluation", "mode")?,
        disable_resilience_defaults: or_default(controls.flag("disableResilienceDefaults"), false)?,
        secure_sign_in_session: enabled("secureSignInSession")?,
        filtering_profile: text("globalSecureAccessFilteringProfile", "profileId")?,
    })
}

pub(super) fn named_location(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> NamedLocation {
    let mut location = NamedLocation::untold(id, origin);
    location.display_name = required(members.text("displayName"));
    location.network = network(members);
    location
}

fn network(members: &Members<'_, '_, '_>) -> Told<Network> {
    match members.type_name().as_deref() {
        Some("compliantnetworknamedlocation") => return Ok(Network::CompliantNetwork),
        Some("countrynamedlocation") => return country(members),
        Some("ipnamedlocation") => return ip(members),
        _ => {}
    }
    if members.has("countriesAndRegions") {
        country(members)
    } else if members.has("ipRanges") {
        ip(members)
    } else if members.has("compliantNetworkType") {
        Ok(Network::CompliantNetwork)
    } else {
        Err(Gap::NotUnderstood)
    }
}

fn country(members: &Members<'_, '_, '_>) -> Told<Network> {
    let method = or_unset(members.text("countryLookupMethod"))?;
    Ok(Network::Country {
        countries: or_empty(members.texts("countriesAndRegions"))?
            .iter()
            .map(|code| code.to_ascii_uppercase())
            .collect(),
        include_unknown: or_default(members.flag("includeUnknownCountriesAndRegions"), false)?,
        gps: method.is_some_and(|method| method.eq_ignore_ascii_case("authenticatorAppGps")),
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
            for range in members.objects("ipRanges")?.unwrap_or_default() {
                if let Ok(Some(cidr)) = range.text("cidrAddress") {
                    ranges.push(cidr);
                } else {
                    let lower = required(range.text("lowerAddress"))?;
                    ranges.push(format!("{lower}-{}", required(range.text("upperAddress"))?));
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
    Ok(Network::Ip { ranges, trusted: or_default(members.flag("isTrusted"), false)? })
}

pub(super) fn strength(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AuthenticationStrength {
    let mut strength = AuthenticationStrength::untold(id, origin);
    strength.display_name = required(members.text("displayName"));
    strength.policy_type = required(members.text("policyType"));
    strength.combinations = required(combinations(members));
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
