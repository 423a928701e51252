//! What a policy's grant controls demand of people from outside who cannot do it.

use super::Policy;
use crate::access::{
    Answer, Class, Demand, Home, Trust, Why, demand, is_refused, resource_tenant_can, strength_combinations, trust,
};
use crate::facts::Facts;
use crate::model::{BuiltInControl, ClientApp, ExternalUserType, Grant, GrantOperator};

/// A demand, the attribute that tells it, and the one that tells of whom.
struct Question {
    name: &'static str,
    of_whom: &'static str,
    asks: fn(&Policy<'_, '_>, &Grant, &Class) -> Answer,
}

const QUESTIONS: [Question; 5] = [
    Question { name: "demandsUnreachableStrength", of_whom: "unreachableStrengthOf", asks: unreachable_strength },
    Question { name: "demandsStrengthWithoutHold", of_whom: "strengthWithoutHoldOf", asks: strength_without_hold },
    Question { name: "demandsUntrustedDevice", of_whom: "untrustedDeviceOf", asks: untrusted_device },
    Question { name: "demandsAppProtection", of_whom: "appProtectionOf", asks: app_protection },
    Question { name: "demandsMfaOfDirectConnect", of_whom: "directConnectMfaOf", asks: mfa_of_direct_connect },
];

/// A message names so many classes at most.
const MOST_TOLD: usize = 4;

pub(super) fn add(policy: &Policy<'_, '_>, facts: &mut Facts) {
    let grant = match policy.grant() {
        Ok(grant) => grant,
        Err(why) => {
            facts.lacks("demandsMfaAndStrength", why.clone());
            for Question { name, of_whom, .. } in QUESTIONS {
                facts.lacks(name, why.clone());
                facts.set(of_whom, "");
            }
            return;
        }
    };
    let both = grant.is_some_and(|grant| grant.has(&BuiltInControl::Mfa) && grant.strength.is_some());
    facts.set("demandsMfaAndStrength", both);
    for Question { name, of_whom, asks } in QUESTIONS {
        let mut told = Vec::new();
        let mut answers = Vec::new();
        if let Some(grant) = grant {
            // The residual type is never relied on (AM-27).
            let classes =
                policy.coverage.classes.iter().filter(|class| class.kind != ExternalUserType::OtherExternalUser);
            for class in classes {
                let tenant = policy.subjects.tenant;
                let answer = asks(policy, grant, class)
                    .and(|| policy.audience.is_some_of(tenant, class))
                    .and(|| is_refused(tenant, class).negated())
                    .and(|| hits(policy, class));
                if answer.is_yes() {
                    told.push(policy.subjects.name_class(class));
                }
                answers.push(answer);
            }
        }
        let more = told.len().saturating_sub(MOST_TOLD);
        told.truncate(MOST_TOLD);
        if more > 0 {
            told.push(format!("{more} more"));
        }
        facts.answer(name, Answer::any(answers));
        facts.set(of_whom, told.join(", "));
    }
}

/// Whether the policy is about applications, modern clients and the devices of such people. For legacy clients every
/// demand is a block, which may be what it is for. A device of somebody whose tenant's devices are not trusted counts as
/// unregistered (CA-7.14), which decides a device filter.
fn hits(policy: &Policy<'_, '_>, class: &Class) -> Answer {
    let (Ok(applications), Ok(clients)) = (&policy.own.applications, &policy.own.client_apps) else {
        return Answer::Unknown(policy.unread("applications or client app types"));
    };
    let legacy = |client: &ClientApp| {
        matches!(client, ClientApp::ExchangeActiveSync | ClientApp::EasSupported | ClientApp::Other)
    };
    let modern = clients.is_empty() || !clients.iter().all(legacy);
    if clients.iter().any(|client| !client.is_known()) && clients.iter().all(|own| legacy(own) || !own.is_known()) {
        return Answer::Unknown(policy.unread("client app types"));
    }
    let tenant = policy.subjects.tenant;
    let filtered = || match &policy.own.device_filter {
        Ok(None) => Answer::Yes,
        Ok(Some(filter)) => {
            let trusted =
                [Trust::CompliantDevice, Trust::HybridJoinedDevice].map(|claim| trust(tenant, &class.home, claim));
            match (Answer::any(trusted), filter.applies_to_unregistered()) {
                (Answer::No, Some(applies)) => Answer::from(applies),
                (Answer::Unknown(why), _) => Answer::Unknown(why),
                _ => {
                    let text = format!("the device filter of policy `{}` is not evaluated", policy.own.id);
                    Answer::Unknown(Why::unreadable(text))
                }
            }
        }
        Err(_) => Answer::Unknown(policy.unread("device filter")),
    };
    Answer::from(applications.is_about_applications() && modern).and(filtered)
}

/// Whether one of these controls cannot be got around: with *or* every other alternative has to fail too.
fn inescapable(
    policy: &Policy<'_, '_>,
    grant: &Grant,
    class: &Class,
    is_one: &dyn Fn(&BuiltInControl) -> bool,
) -> Answer {
    if !grant.controls.iter().any(is_one) {
        // A control that nobody knows may be one by another name.
        let known = grant.controls.iter().all(BuiltInControl::is_known);
        return if known { Answer::No } else { Answer::Unknown(policy.unread("grant controls")) };
    }
    match grant.operator {
        GrantOperator::And => Answer::Yes,
        GrantOperator::Or => refuses(policy, grant, class),
    }
}

fn refuses(policy: &Policy<'_, '_>, grant: &Grant, class: &Class) -> Answer {
    match demand(policy.subjects.tenant, grant, class) {
        Some(Demand::Refuses) => Answer::Yes,
        Some(Demand::Unknown(why)) => Answer::Unknown(why),
        _ => Answer::No,
    }
}

fn unreachable_strength(policy: &Policy<'_, '_>, grant: &Grant, class: &Class) -> Answer {
    let Some((strength, inline)) = &grant.strength else { return Answer::No };
    let collaborates =
        matches!(class.kind, ExternalUserType::B2bCollaborationGuest | ExternalUserType::B2bCollaborationMember);
    if class.home == Home::NoTenant || !collaborates {
        return Answer::No;
    }
    let tenant = policy.subjects.tenant;
    let here = match strength_combinations(tenant, strength, inline.as_deref()) {
        Ok(combinations) => resource_tenant_can(&combinations),
        Err(why) => Answer::Unknown(why),
    };
    let unreachable = here.negated().and(|| trust(tenant, &class.home, Trust::Mfa).negated());
    if grant.operator == GrantOperator::And {
        return unreachable;
    }
    // Every other alternative has to fail too.
    let others = Grant { strength: None, ..grant.clone() };
    unreachable.and(|| match demand(tenant, &others, class) {
        None | Some(Demand::Refuses) => Answer::Yes,
        Some(Demand::Unknown(why)) => Answer::Unknown(why),
        Some(_) => Answer::No,
    })
}

/// A strength has no hold on people who do not sign in with Entra (AM-4), and no other policy asks them for MFA.
fn strength_without_hold(policy: &Policy<'_, '_>, grant: &Grant, class: &Class) -> Answer {
    let alone = grant.strength.is_some() && !grant.has(&BuiltInControl::Mfa);
    if !alone || class.home != Home::NoTenant || class.kind == ExternalUserType::InternalGuest {
        return Answer::No;
    }
    policy.open(&policy.coverage.mfa, |other| other == class)
}

fn untrusted_device(policy: &Policy<'_, '_>, grant: &Grant, class: &Class) -> Answer {
    let external = !matches!(class.kind, ExternalUserType::InternalGuest | ExternalUserType::ServiceProvider);
    if !external || class.home == Home::NoTenant {
        return Answer::No;
    }
    let untrusted = |control: &BuiltInControl, claim| {
        inescapable(policy, grant, class, &|one| one == control)
            .and(|| trust(policy.subjects.tenant, &class.home, claim).negated())
    };
    Answer::any([
        untrusted(&BuiltInControl::CompliantDevice, Trust::CompliantDevice),
        untrusted(&BuiltInControl::DomainJoinedDevice, Trust::HybridJoinedDevice),
    ])
}

fn app_protection(policy: &Policy<'_, '_>, grant: &Grant, class: &Class) -> Answer {
    if matches!(class.kind, ExternalUserType::InternalGuest | ExternalUserType::ServiceProvider) {
        return Answer::No;
    }
    inescapable(policy, grant, class, &|one| {
        matches!(one, BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication)
    })
}

/// Direct connect users can only bring multifactor authentication from home (XU-1.5).
fn mfa_of_direct_connect(policy: &Policy<'_, '_>, _: &Grant, class: &Class) -> Answer {
    if class.kind != ExternalUserType::B2bDirectConnectUser {
        return Answer::No;
    }
    policy.demands_mfa(class).and(|| trust(policy.subjects.tenant, &class.home, Trust::Mfa).negated())
}
