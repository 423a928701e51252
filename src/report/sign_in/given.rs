//! The conditions of a sign-in as they were given, under the names that scenario files have for them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::sign_in::{Conditions, Device, DeviceInfo, Factors, Flow, SeenPlatform};
use crate::model::{Address, Country};
use crate::simulate::attribute_name;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(in super::super) enum Given {
    Flag(bool),
    Text(String),
    List(Vec<String>),
    Members(BTreeMap<&'static str, Given>),
    Attributes(BTreeMap<String, Given>),
}

impl Given {
    fn list(items: impl IntoIterator<Item = impl ToString>) -> Self {
        Self::List(items.into_iter().map(|item| item.to_string()).collect())
    }

    /// In words, with the name before it.
    pub(in super::super) fn words(&self, name: &str) -> String {
        match self {
            Self::Flag(flag) => format!("{name} {flag}"),
            Self::Text(text) => format!("{name} {text}"),
            Self::List(items) => format!("{name} {}", items.join(", ")),
            Self::Members(members) => {
                members.iter().map(|(own, given)| given.words(&format!("{name} {own}"))).collect::<Vec<_>>().join(" · ")
            }
            Self::Attributes(members) => {
                let told: Vec<String> = members.iter().map(|(own, given)| given.words(own)).collect();
                format!("{name} ({})", if told.is_empty() { "registered".to_owned() } else { told.join(", ") })
            }
        }
    }
}

/// Every condition by name; `None` is not specified.
pub(in super::super) fn given(conditions: &Conditions) -> Vec<(&'static str, Option<Given>)> {
    let text = |text: Option<&str>| text.map(|text| Given::Text(text.to_owned()));
    let from = &conditions.from;
    let risk = |level: Option<&crate::model::RiskLevel>| text(level.map(crate::model::RiskLevel::as_str));
    vec![
        ("client", text(conditions.client.as_ref().map(crate::model::ClientApp::as_str))),
        ("platform", text(conditions.platform.as_ref().map(platform))),
        (
            "ip",
            from.address.map(|address| match address {
                Address::Ip(address) => Given::Text(address.to_string()),
                Address::Unlisted => Given::Text("unlisted".to_owned()),
            }),
        ),
        ("country", text(from.country.as_ref().map(country))),
        ("gpsCountry", text(from.gps_country.as_ref().map(country))),
        ("mfaTrustedIp", from.mfa_trusted.then_some(Given::Flag(true))),
        ("compliantNetwork", from.compliant_network.map(Given::Flag)),
        ("device", conditions.device.as_ref().map(device)),
        ("signInRisk", risk(conditions.sign_in_risk.as_ref())),
        ("userRisk", risk(conditions.user_risk.as_ref())),
        (
            "insiderRisk",
            text(conditions.insider_risk.as_ref().map(|risk| risk.as_ref().map_or("none", |risk| risk.as_str()))),
        ),
        (
            "flow",
            text(conditions.flow.as_ref().map(|flow| match flow {
                Flow::Ordinary => "none",
                Flow::Transfer(method) => method.as_str(),
            })),
        ),
        ("originalFlow", text(conditions.original_flow.as_ref().map(crate::model::TransferMethod::as_str))),
        ("interactive", conditions.unattended.then_some(Given::Flag(false))),
        ("homeOutbound", text(conditions.home_outbound.map(|allowed| if allowed { "allowed" } else { "blocked" }))),
        ("tenantRestricted", conditions.tenant_restricted.then_some(Given::Flag(true))),
        ("sharedChannel", conditions.shared_channel.map(Given::Flag)),
        ("claims", claims(conditions)),
    ]
}

fn platform(platform: &SeenPlatform) -> &str {
    match platform {
        SeenPlatform::Known(platform) => platform.as_str(),
        SeenPlatform::Unknown => "unknown",
    }
}

fn country(country: &Country) -> &str {
    match country {
        Country::Code(code) => code,
        Country::Unmapped => "unmapped",
    }
}

fn device(device: &Device) -> Given {
    let Device::Registered(DeviceInfo { compliant, hybrid_joined, attributes }) = device else {
        return Given::Text("unregistered".to_owned());
    };
    let mut all: BTreeMap<String, Given> = BTreeMap::new();
    let flags = [("isCompliant", compliant), ("hybridJoined", hybrid_joined)];
    all.extend(flags.into_iter().filter_map(|(name, flag)| Some((name.to_owned(), Given::Flag((*flag)?)))));
    for (name, values) in attributes {
        let value = match values.as_slice() {
            [one] => Given::Text(one.clone()),
            several => Given::list(several),
        };
        all.insert(attribute_name(name), value);
    }
    Given::Attributes(all)
}

fn claims(conditions: &Conditions) -> Option<Given> {
    let claims = &conditions.claims;
    let factors = |factors: &Factors| {
        let any = factors.mfa.then(|| "mfa".to_owned());
        Given::list(any.into_iter().chain(factors.methods.iter().cloned()))
    };
    let all = [
        ("home", factors(&claims.home)),
        ("here", factors(&claims.here)),
        ("termsAccepted", Given::list(&claims.terms_accepted)),
        ("customPassed", Given::list(&claims.custom_passed)),
    ];
    let told: BTreeMap<&'static str, Given> =
        all.into_iter().filter(|(_, given)| *given != Given::List(Vec::new())).collect();
    (!told.is_empty()).then_some(Given::Members(told))
}
