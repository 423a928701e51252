//! What a sign-in comes with and what is done in it, as `access` takes it and in the words of `simulate`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::circumstances::plain;
use crate::access::sign_in::{Claims, Conditions, Demand, Device, DeviceInfo, Factors, Flow, SeenPlatform, Step};
use crate::compile::{Datum, HAS_MFA_TRUSTED_IPS, SignIn};
use crate::model::{
    Address, ClientApp, Country, Id, InsiderRisk, Place, Platform, RiskLevel, TransferMethod, combination,
    is_multifactor,
};
use crate::simulate::question::{AttributeText, ClaimsText, DeviceText, When};

/// What a request for baseline scopes only asks for, in a command.
pub(super) const A_BASELINE_SCOPE: &str = "openid";

/// Whether a flag of a sign-in's context is set.
fn flag(sign_in: &SignIn, path: &str) -> bool {
    sign_in.context.get(path) == Some(&Datum::Flag(true))
}

/// The text of a sign-in's context there.
fn text<'s>(sign_in: &'s SignIn, path: &str) -> Option<&'s str> {
    match sign_in.context.get(path) {
        Some(Datum::Text(text)) => Some(text),
        _ => None,
    }
}

/// The elements of a set of a sign-in's context.
fn items(sign_in: &SignIn, path: &str) -> BTreeSet<String> {
    match sign_in.context.get(path) {
        Some(Datum::Set(items)) => items.clone(),
        _ => BTreeSet::new(),
    }
}

/// Whether a step that the simulation asks for was done in the sign-in.
pub(super) fn is_done(step: &Step, sign_in: &SignIn) -> bool {
    let holds = |path: &str, item: &str| items(sign_in, path).contains(item);
    match step {
        Step::RedeemInvitation => flag(sign_in, "done.redemption"),
        Step::ApprovedApp => flag(sign_in, "done.approvedApp"),
        Step::AppProtection => flag(sign_in, "done.appProtection"),
        Step::ChangePassword => flag(sign_in, "done.passwordChange"),
        Step::RemediateRisk => flag(sign_in, "done.riskRemediation"),
        Step::AcceptTermsOfUse(id) => holds("done.terms", id.as_str()),
        Step::CustomControl(name) => holds("done.custom", name),
        Step::Authenticate(place, Demand::OneOf(combinations)) => {
            let path = if *place == Place::Home { "done.home.combinations" } else { "done.here.combinations" };
            combinations.iter().any(|methods| holds(path, &methods.join(",")))
        }
        Step::Authenticate(place, Demand::Mfa) => {
            let place = if *place == Place::Home { "home" } else { "here" };
            flag(sign_in, &format!("done.{place}.mfa"))
                || items(sign_in, &format!("done.{place}.combinations"))
                    .iter()
                    .any(|own| is_multifactor(&combination(own)))
        }
        Step::CompliantDevice(_) | Step::HybridJoinedDevice(_) => false,
    }
}

/// The sign-in before anything is done in it.
pub(super) fn brought(sign_in: &SignIn) -> SignIn {
    let mut before = sign_in.clone();
    before.context.retain(|path, _| !path.starts_with("done."));
    before
}

/// What was brought and what is done are both claims.
pub(super) fn claims(sign_in: &SignIn) -> Claims {
    let factors = |place: &str| {
        let mut methods = items(sign_in, &format!("brought.{place}.methods"));
        // A combination of one factor is done as it stands: as a claim its method would count as a second factor.
        let combinations = items(sign_in, &format!("done.{place}.combinations"));
        let done = combinations.iter().map(|own| combination(own)).filter(|methods| is_multifactor(methods));
        methods.extend(done.flatten());
        let mfa = |when: &str| flag(sign_in, &format!("{when}.{place}.mfa"));
        Factors { mfa: mfa("brought") || mfa("done"), methods }
    };
    let both = |name: &str| {
        let mut all = items(sign_in, &format!("brought.{name}"));
        all.extend(items(sign_in, &format!("done.{name}")));
        all
    };
    Claims {
        home: factors("home"),
        here: factors("here"),
        terms_accepted: both("terms").iter().map(|id| Id::new(id)).collect(),
        custom_passed: both("custom"),
    }
}

/// The claims in words.
pub(super) fn claims_in_words(claims: Claims) -> ClaimsText {
    let factors = |own: Factors| {
        let mfa = own.mfa.then(|| "mfa".to_owned());
        let others = own.methods.into_iter().filter(|method| !own.mfa || method != "mfa");
        mfa.into_iter().chain(others).collect()
    };
    ClaimsText {
        home: factors(claims.home),
        here: factors(claims.here),
        terms_accepted: claims.terms_accepted.iter().map(Id::to_string).collect(),
        custom_passed: claims.custom_passed.into_iter().collect(),
    }
}

/// Whether an address is one of the MFA trusted IPs, of which no export tells.
fn is_mfa_trusted(sign_in: &SignIn) -> bool {
    flag(sign_in, "mfaTrustedIp") && sign_in.unknowns.contains(HAS_MFA_TRUSTED_IPS)
}

/// The conditions.
pub(super) fn conditions(sign_in: &SignIn) -> Conditions {
    let text = |path: &str| text(sign_in, path);
    let flag = |path: &str| flag(sign_in, path);
    let transfer = |path: &str| text(path).filter(|flow| *flow != "none").map(TransferMethod::read);
    let mut conditions = Conditions {
        client: text("client").map(ClientApp::read),
        platform: text("platform").map(|platform| match platform {
            "unknown" => SeenPlatform::Unknown,
            known => SeenPlatform::Known(Platform::read(known)),
        }),
        device: Some(device(sign_in).map_or(Device::Unregistered, Device::Registered)),
        sign_in_risk: text("signInRisk").map(RiskLevel::read),
        user_risk: text("userRisk").map(RiskLevel::read),
        insider_risk: text("insiderRisk").map(|risk| (risk != "none").then(|| InsiderRisk::read(risk))),
        flow: text("flow").map(|_| transfer("flow").map_or(Flow::Ordinary, Flow::Transfer)),
        original_flow: transfer("originalFlow"),
        shared_channel: Some(flag("sharedChannel")),
        claims: claims(sign_in),
        ..Conditions::default()
    };

    conditions.from.address = Some(match sign_in.context.get("ip") {
        Some(Datum::Ip(address)) => Address::Ip(*address),
        _ => Address::Unlisted,
    });
    conditions.from.country = text("country").and_then(Country::read);
    conditions.from.gps_country = text("gpsCountry").and_then(Country::read);
    conditions.from.mfa_trusted = is_mfa_trusted(sign_in);
    conditions.from.compliant_network = Some(flag("compliantNetwork"));
    conditions
}

/// The device, if it is registered.
fn device(sign_in: &SignIn) -> Option<DeviceInfo> {
    if !flag(sign_in, "device.registered") {
        return None;
    }
    let hybrid_joined = flag(sign_in, "device.hybridJoined");
    let mut attributes = BTreeMap::new();
    for (path, datum) in &sign_in.context {
        let Some(name) = path.strip_prefix("device.attributes.") else { continue };
        let values = match datum {
            // A hybrid joined device says so by itself.
            Datum::Text(_) if name == "trusttype" && hybrid_joined => continue,
            Datum::Text(text) => Some(text).filter(|text| !text.is_empty()).into_iter().cloned().collect(),
            Datum::Set(items) => items.iter().cloned().collect(),
            _ => continue,
        };
        attributes.insert(name.to_owned(), values);
    }
    let compliant = Some(flag(sign_in, "device.compliant"));
    Some(DeviceInfo { compliant, hybrid_joined: Some(hybrid_joined), attributes })
}

/// The device in words.
fn device_in_words(device: Option<DeviceInfo>) -> DeviceText {
    let Some(DeviceInfo { compliant, hybrid_joined, attributes }) = device else {
        return DeviceText::Word("unregistered".to_owned());
    };
    let mut told: BTreeMap<String, AttributeText> =
        attributes.into_iter().map(|(name, values)| (name, AttributeText::List(values))).collect();
    for (name, flag) in [("isCompliant", compliant), ("hybridJoined", hybrid_joined)] {
        told.extend(flag.map(|flag| (name.to_owned(), AttributeText::Flag(flag))));
    }
    DeviceText::Attributes(told)
}

/// The conditions in words.
pub(super) fn when(sign_in: &SignIn) -> When {
    let text = |path: &str| text(sign_in, path).map(str::to_owned);
    let flag = |path: &str| flag(sign_in, path);
    let address = match sign_in.context.get("ip") {
        Some(Datum::Ip(address)) => Some(address.to_string()),
        _ => plain().ip,
    };
    When {
        client: text("client"),
        platform: text("platform"),
        ip: address,
        country: text("country"),
        gps_country: text("gpsCountry"),
        authentication_context: text("authenticationContext").filter(|context| context != "none"),
        compliant_network: Some(flag("compliantNetwork")),
        device: Some(device_in_words(device(sign_in))),
        sign_in_risk: text("signInRisk"),
        user_risk: text("userRisk"),
        insider_risk: text("insiderRisk"),
        flow: text("flow"),
        original_flow: text("originalFlow").filter(|flow| flow != "none"),
        shared_channel: Some(flag("sharedChannel")),
        scopes: if flag("baselineScopes") { vec![A_BASELINE_SCOPE.to_owned()] } else { Vec::new() },
        mfa_trusted_ip: Some(is_mfa_trusted(sign_in)),
        claims: claims_in_words(claims(sign_in)),
        ..When::default()
    }
}
