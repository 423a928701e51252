//! The conditions of a sign-in as rules see them.

use super::people::{Believed, Candidate};
use crate::access::sign_in::{Conditions, Device, Factors, Flow, SeenPlatform};
use crate::access::{Answer, Home, Why};
use crate::facts::Value;
use crate::model::{Address, Country, ExternalUserType, Location, Network, RiskLevel, Tenant, TransferMethod};
use crate::simulate::question::{DeviceText, When};

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
        shared_channel: Some(false),
        ..When::default()
    }
}

/// What rules see of conditions; what is not known is left out and told.
pub(super) fn context(
    tenant: &Tenant,
    parameters: &Value,
    conditions: &Conditions,
    candidate: &Candidate,
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
    add("device", Some(device(conditions.device.as_ref())));
    add("claims", Some(claimed(conditions, candidate, &mut unknown)));
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
    let resists =
        |factors: &Factors| crate::model::PHISHING_RESISTANT.iter().any(|name| factors.methods.contains(*name));
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
