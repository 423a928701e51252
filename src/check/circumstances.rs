//! Under which conditions a rule is tried, and how rules see them.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{Believed, Candidate};
use crate::access::sign_in::{Conditions, Demand, Device, DeviceInfo, Factors, Flow, SeenPlatform, Step, Subject};
use crate::access::{Answer, Home, Why};
use crate::facts::Value;
use crate::model::{
    Address, AddressRange, Country, ExternalUserType, Location, Network, Place, RiskLevel, Tenant, TransferMethod,
};
use crate::rules::Rule;
use crate::simulate::question::{AttributeText, ClaimsText, DeviceText, When};

/// Clients of modern authentication, which can do steps and bring claims.
pub(super) const MODERN: [&str; 2] = ["browser", "mobileAppsAndDesktopClients"];
/// Clients of legacy authentication, which can do neither (CA-4.7).
pub(super) const LEGACY: [&str; 3] = ["other", "exchangeActiveSync", "easSupported"];
const PLATFORMS: [&str; 7] = ["windows", "android", "iOS", "windowsPhone", "macOS", "linux", "unknown"];
const RISKS: [&str; 4] = ["none", "low", "medium", "high"];
const INSIDER_RISKS: [&str; 4] = ["none", "minor", "moderate", "elevated"];
const FLOWS: [&str; 3] = ["none", "deviceCodeFlow", "authenticationTransfer"];
/// Methods that resist phishing.
const PHISHING_RESISTANT: [&str; 3] = ["fido2", "windowsHelloForBusiness", "x509CertificateMultiFactor"];

/// Nothing special: no risk, an address that no location lists, a device that is registered nowhere, no claims.
pub(super) fn plain() -> When {
    let none = || Some("none".to_owned());
    When {
        platform: Some("windows".to_owned()),
        ip: Some("unlisted".to_owned()),
        country: Some("unmapped".to_owned()),
        gps_country: Some("unmapped".to_owned()),
        compliant_network: Some(false),
        device: Some(DeviceText::Word("unregistered".to_owned())),
        sign_in_risk: none(),
        user_risk: none(),
        insider_risk: none(),
        flow: none(),
        ..When::default()
    }
}

/// The conditions that a rule is tried under for somebody: every client, with and without claims and a managed device;
/// of everything else that is plain, and what the rule asks about.
pub(super) fn circumstances(tenant: &Tenant, rule: &Rule, candidate: &Candidate) -> Vec<When> {
    let asks = |path: &[&str]| rule.reads("context", path);
    let devices_matter =
        asks(&["device"]) || asks(&["claims", "deviceCompliant"]) || asks(&["claims", "deviceHybridJoined"]);
    let mut all = Vec::new();
    for client in MODERN.iter().chain(&LEGACY) {
        let plain = When { client: Some((*client).to_owned()), ..plain() };
        let modern = MODERN.contains(client);
        for device in devices(candidate, modern, devices_matter) {
            for claims in claims(candidate, modern) {
                all.push(When { device: Some(device.clone()), claims, ..plain.clone() });
            }
        }
    }
    let each = |all: Vec<When>, values: &[&str], set: fn(&mut When, String)| -> Vec<When> {
        let varied = |when: &When, value: &str| {
            let mut when = when.clone();
            set(&mut when, value.to_owned());
            when
        };
        all.iter().flat_map(|when| values.iter().map(|value| varied(when, value)).collect::<Vec<_>>()).collect()
    };
    if asks(&["platform"]) {
        all = each(all, &PLATFORMS, |when, value| when.platform = Some(value));
    }
    if asks(&["signInRisk"]) {
        all = each(all, &RISKS, |when, value| when.sign_in_risk = Some(value));
    }
    // Risk of the user is that of the home tenant (XU-4.4).
    if asks(&["userRisk"]) && candidate.may_have_device() {
        all = each(all, &RISKS, |when, value| when.user_risk = Some(value));
    }
    if asks(&["insiderRisk"]) {
        all = each(all, &INSIDER_RISKS, |when, value| when.insider_risk = Some(value));
    }
    if asks(&["flow"]) {
        all = each(all, &FLOWS, |when, value| when.flow = Some(value));
        // CA-9.4.
        let unproven = Some(DeviceText::Word("unregistered".to_owned()));
        all.retain(|when| when.flow.as_deref() != Some("deviceCodeFlow") || when.device == unproven);
    }
    if asks(&["country"]) {
        let is_code = |text: &&str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let mut countries: Vec<&str> = std::iter::once("unmapped").chain(rule.texts().filter(is_code)).collect();
        for location in &tenant.named_locations.items {
            if let Ok(Network::Country { countries: named, .. }) = &location.network {
                countries.extend(named.iter().map(String::as_str));
            }
        }
        // And one that nothing names.
        countries.extend(["AQ", "BV", "HM"].into_iter().find(|code| !countries.contains(code)));
        let mut seen = BTreeSet::new();
        countries.retain(|code| seen.insert(*code));
        all = each(all, &countries, |when, value| when.country = Some(value));
    }
    if asks(&["compliantNetwork"]) {
        all = each(all, &["false", "true"], |when, value| when.compliant_network = Some(value == "true"));
    }
    if asks(&["trustedNetwork"]) {
        let mut trusted: Vec<String> = vec!["unlisted".to_owned(), "trusted".to_owned()];
        for location in &tenant.named_locations.items {
            if let Ok(Network::Ip { ranges, trusted: true }) = &location.network {
                let range = ranges.iter().find_map(|range| AddressRange::read(range));
                trusted.extend(range.map(|range| range.first().to_string()));
            }
        }
        let trusted: Vec<&str> = trusted.iter().map(String::as_str).collect();
        all = each(all, &trusted, |when, value| match value.as_str() {
            "trusted" => when.mfa_trusted_ip = Some(true),
            _ => when.ip = Some(value),
        });
    }
    all
}

fn managed(is: bool) -> DeviceText {
    let attributes = ["isCompliant", "hybridJoined"].map(|name| (name.to_owned(), AttributeText::Flag(is)));
    DeviceText::Attributes(BTreeMap::from(attributes))
}

fn devices(candidate: &Candidate, modern: bool, asked: bool) -> Vec<DeviceText> {
    let mut devices = vec![DeviceText::Word("unregistered".to_owned())];
    if modern && candidate.may_have_device() {
        devices.push(managed(true));
        if asked {
            devices.push(managed(false));
        }
    }
    devices
}

fn claims(candidate: &Candidate, modern: bool) -> Vec<ClaimsText> {
    let mut claims = vec![ClaimsText::default()];
    if modern {
        let with_mfa = |methods: Vec<&str>| {
            let words = methods.first().map(|_| "mfa").into_iter().chain(methods.iter().copied());
            words.map(str::to_owned).collect::<Vec<String>>()
        };
        let (home, here) = (with_mfa(candidate.methods_at_home()), with_mfa(candidate.methods_here()));
        claims.push(ClaimsText { home, here, ..ClaimsText::default() });
    }
    claims
}

/// Takes steps for done.
pub(super) fn after(steps: impl Iterator<Item = Step>, subject: &mut Subject, conditions: &mut Conditions) {
    for step in steps {
        match step {
            Step::RedeemInvitation => subject.pending = Answer::No,
            Step::Authenticate(place, demand) => {
                let claims = &mut conditions.claims;
                let factors = if place == Place::Home { &mut claims.home } else { &mut claims.here };
                match demand {
                    Demand::Mfa => factors.mfa = true,
                    Demand::OneOf(combinations) => {
                        factors.methods.extend(combinations.into_iter().next().into_iter().flatten());
                    }
                }
            }
            Step::CompliantDevice(_) => register(conditions, |info| info.compliant = Some(true)),
            Step::HybridJoinedDevice(_) => register(conditions, |info| info.hybrid_joined = Some(true)),
            Step::AcceptTermsOfUse(id) => {
                conditions.claims.terms_accepted.insert(id);
            }
            Step::CustomControl(name) => {
                conditions.claims.custom_passed.insert(name);
            }
            // No claim tells of these.
            Step::ApprovedApp | Step::AppProtection | Step::ChangePassword | Step::RemediateRisk => {}
        }
    }
}

fn register(conditions: &mut Conditions, set: impl FnOnce(&mut DeviceInfo)) {
    let mut info = match conditions.device.take() {
        Some(Device::Registered(info)) => info,
        _ => DeviceInfo::default(),
    };
    set(&mut info);
    conditions.device = Some(Device::Registered(info));
}

/// What rules see of conditions. Without a candidate, of what does not depend on what is done on the way; what is not
/// known is left out and told.
pub(super) fn context(
    tenant: &Tenant,
    parameters: &Value,
    conditions: &Conditions,
    candidate: Option<&Candidate>,
) -> (Value, Vec<Why>) {
    let mut unknown = Vec::new();
    let mut members: Vec<(&'static str, Value)> = Vec::new();
    let text = |text: Option<&str>| text.map(Value::from);
    let mut add = |name: &'static str, value: Option<Value>| members.extend(value.map(|value| (name, value)));
    add("client", text(conditions.client.as_ref().map(crate::model::ClientApp::as_str)));
    add(
        "platform",
        text(conditions.platform.as_ref().map(|platform| match platform {
            SeenPlatform::Known(platform) => platform.as_str(),
            SeenPlatform::Unknown => "unknown",
        })),
    );
    add(
        "country",
        text(conditions.from.country.as_ref().map(|country| match country {
            Country::Code(code) => &**code,
            Country::Unmapped => "unmapped",
        })),
    );
    match is_trusted(tenant, conditions) {
        Answer::Unknown(why) => unknown.push(why),
        known => add("trustedNetwork", Some(known.is_yes().into())),
    }
    add("compliantNetwork", conditions.from.compliant_network.map(Value::from));
    add("signInRisk", text(conditions.sign_in_risk.as_ref().map(RiskLevel::as_str)));
    add("userRisk", text(conditions.user_risk.as_ref().map(RiskLevel::as_str)));
    let insider = conditions.insider_risk.as_ref();
    add("insiderRisk", text(insider.map(|risk| risk.as_ref().map_or("none", crate::model::InsiderRisk::as_str))));
    add(
        "flow",
        text(conditions.flow.as_ref().map(|flow| match flow {
            Flow::Ordinary => "none",
            Flow::Transfer(method) => TransferMethod::as_str(method),
        })),
    );
    if let Some(candidate) = candidate {
        add("device", Some(device(conditions.device.as_ref())));
        add("claims", Some(claimed(conditions, candidate, &mut unknown)));
    }
    if let Value::Record(parameters) = parameters {
        members.extend(parameters.iter().filter(|(name, _)| *name != "now").cloned());
    }
    (Value::Record(members), unknown)
}

fn is_trusted(tenant: &Tenant, conditions: &Conditions) -> Answer {
    let from = &conditions.from;
    if from.mfa_trusted {
        return Answer::Yes;
    }
    if from.address == Some(Address::Unlisted) {
        return Answer::No;
    }
    Answer::any(tenant.named_locations.items.iter().map(|found| match &found.network {
        Ok(Network::Ip { trusted: true, .. }) => match Location::of(&found.network).holds(from) {
            Ok(inside) => Answer::from(inside),
            Err(why) => Answer::Unknown(Why::unreadable(why)),
        },
        Ok(_) => Answer::No,
        Err(_) => Answer::Unknown(Why::unreadable(format!("named location `{}` could not be read", found.id))),
    }))
}

fn device(device: Option<&Device>) -> Value {
    let (registered, compliant, hybrid) = match device {
        Some(Device::Registered(info)) => (true, info.compliant == Some(true), info.hybrid_joined == Some(true)),
        _ => (false, false, false),
    };
    Value::Record(vec![
        ("registered", registered.into()),
        ("compliant", compliant.into()),
        ("hybridJoined", hybrid.into()),
    ])
}

/// What this tenant knows of the authentication.
fn claimed(conditions: &Conditions, candidate: &Candidate, unknown: &mut Vec<Why>) -> Value {
    let Believed { mfa, compliant, hybrid } = &candidate.believed;
    let claims = &conditions.claims;
    let resists = |factors: &Factors| PHISHING_RESISTANT.iter().any(|name| factors.methods.contains(*name));
    let inside = candidate.subject.is_internal_account();
    // XU-5.1: a technician always did it at home.
    let technician = candidate.kind() == Some(ExternalUserType::ServiceProvider);
    let vouched = |brought: bool, trust: &Answer| if brought { trust.clone() } else { Answer::No };
    let at_home = |brought: bool| vouched(brought && !inside && candidate.subject.home != Home::NoTenant, mfa);
    let (is_compliant, is_hybrid) = match &conditions.device {
        Some(Device::Registered(info)) => (info.compliant == Some(true), info.hybrid_joined == Some(true)),
        _ => (false, false),
    };
    let all = [
        ("mfa", Answer::from(claims.here.is_multifactor()).or(|| at_home(technician || claims.home.is_multifactor()))),
        ("phishingResistantMfa", Answer::from(resists(&claims.here)).or(|| at_home(resists(&claims.home)))),
        ("deviceCompliant", vouched(is_compliant, compliant)),
        ("deviceHybridJoined", vouched(is_hybrid, hybrid)),
    ];
    let mut members = Vec::new();
    for (name, answer) in all {
        match answer {
            Answer::Unknown(why) => unknown.push(why),
            known => members.push((name, known.is_yes().into())),
        }
    }
    Value::Record(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Schema;

    /// What is tried is what the schema lists.
    #[test]
    fn the_vocabulary_is_that_of_the_schema() {
        let docs = Schema::bundled().unwrap().context("signIn");
        let listed = |path: &str| {
            let mut values = docs.iter().find(|attribute| attribute.path == path).unwrap().values.clone();
            values.sort();
            values
        };
        let sorted = |values: &[&str]| {
            let mut values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            values.sort();
            values
        };
        assert_eq!(listed("client"), sorted(&[&MODERN[..], &LEGACY[..]].concat()));
        assert_eq!(listed("platform"), sorted(&PLATFORMS));
        assert_eq!(listed("signInRisk"), sorted(&RISKS));
        assert_eq!(listed("userRisk"), sorted(&RISKS));
        assert_eq!(listed("insiderRisk"), sorted(&INSIDER_RISKS));
        assert_eq!(listed("flow"), sorted(&FLOWS));
    }
}
