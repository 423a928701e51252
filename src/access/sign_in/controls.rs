//! What a grant control means for one person in one sign-in (XU-1 to XU-5): met, to be met by a step, or impossible.

use std::collections::BTreeSet;

use super::super::cross_tenant::Trust;
use super::super::grant::{odd_combination, strength_combinations};
use super::super::{Answer, Home, Why};
use super::matching::Matcher;
use super::reading::{
    Ambiguity, CUSTOM_CONTROLS_FOR_NON_ENTRA, DIRECT_CONNECT_MFA_WITHOUT_CLAIM, DIRECT_CONNECT_UNSUPPORTED,
    GDAP_DEVICE_CONTROLS, STRENGTH_FOR_NON_ENTRA,
};
use super::verdict::{Alternatives, By, Demand, Refusal, Stage, Step};
use super::{Conditions, Device, Factors, Flow, Provider, SeenPlatform, Subject, Target, UserAction};
use crate::model::{
    BuiltInControl, ClientApp, Combinations, ConditionalAccessPolicy, ExternalUserType, Grant, GrantOperator, Id, Kind,
    METHODS, MFA_REGISTRATION, Method, Place, Platform, Ref, RiskLevel, TERMS_OF_USE, TransferMethod, Worth,
    combination, counts_from_outside, is_met_by, is_multifactor, method_named,
};

/// What comes of one control.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Met, or it has no hold on the person.
    Satisfied,
    /// Met by this step.
    Step(Step),
    /// No step of this person meets it.
    Impossible(NoWay),
    /// It depends on something that is not known: at best the first, at worst the second.
    Unknown(Box<Outcome>, Box<Outcome>, UnknownWhy),
}

/// Why a control cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoWay {
    /// The stage at which it is asked for.
    pub stage: Stage,
    /// The AADSTS code, where one is documented.
    pub code: Option<u32>,
    /// The reason, as a clause.
    pub why: &'static str,
}

/// Why an outcome is not known: a [`Why`] that can be ordered and hashed with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownWhy(pub Why);

impl std::hash::Hash for UnknownWhy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

/// Which way what is not known falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fold {
    /// For whoever wants in: not applied, satisfied.
    Best,
    /// Against them: applied, impossible.
    Worst,
}

impl Outcome {
    pub(super) fn fold(&self, fold: Fold) -> &Self {
        match self {
            Self::Unknown(best, worst, _) => (if fold == Fold::Best { best } else { worst }).fold(fold),
            known => known,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Satisfied => 0,
            Self::Step(_) => 1,
            Self::Unknown(..) => 2,
            Self::Impossible(_) => 3,
        }
    }

    /// One or the other: at best what either is at best, at worst what either is at worst. Both may be unknown themselves.
    fn between(one: Self, other: Self, why: Why) -> Self {
        if one == other {
            return one;
        }
        let order = |outcome: &Self, fold| {
            let folded = outcome.fold(fold).clone();
            (folded.rank(), folded)
        };
        let other_is_better = order(&other, Fold::Best) < order(&one, Fold::Best);
        let one_is_worse = order(&one, Fold::Worst) > order(&other, Fold::Worst);
        let (best, worst) = match (other_is_better, one_is_worse) {
            (false, false) => (one, other),
            (true, true) => (other, one),
            (false, true) => (one.clone(), one),
            (true, false) => (other.clone(), other),
        };
        Self::Unknown(Box::new(best), Box::new(worst), UnknownWhy(why))
    }

    /// The first for yes, the second for no.
    fn either(answer: Answer, yes: impl FnOnce() -> Self, no: impl FnOnce() -> Self) -> Self {
        match answer {
            Answer::Yes => yes(),
            Answer::No => no(),
            Answer::Unknown(why) => Self::between(yes(), no(), why),
        }
    }
}

fn no_way(stage: Stage, code: Option<u32>, why: &'static str) -> Outcome {
    Outcome::Impossible(NoWay { stage, code, why })
}

/// Where a person stands toward controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    Internal { guest: bool },
    Entra,
    NonEntra,
    DirectConnect,
    ServiceProvider,
}

/// One person in one sign-in, as controls see them.
pub(super) struct Person<'s> {
    pub(super) subject: &'s Subject,
    pub(super) conditions: &'s Conditions,
    pub(super) target: &'s Target,
    mfa_trust: Answer,
    compliant_trust: Answer,
    hybrid_trust: Answer,
    registers_mfa: Answer,
    accepts_terms: Answer,
    /// Whether policies on registering security information let them register ([`super::Engine::registration`]).
    pub(super) may_register: Answer,
    /// Whether a method that they can register is on.
    method_is_on: Answer,
}

impl<'s> Person<'s> {
    pub(super) fn of(
        matcher: &Matcher<'_>,
        subject: &'s Subject,
        target: &'s Target,
        conditions: &'s Conditions,
    ) -> Self {
        Self {
            subject,
            conditions,
            target,
            mfa_trust: matcher.trusts(subject, Trust::Mfa),
            compliant_trust: matcher.trusts(subject, Trust::CompliantDevice),
            hybrid_trust: matcher.trusts(subject, Trust::HybridJoinedDevice),
            registers_mfa: matcher.reaches(subject, MFA_REGISTRATION),
            accepts_terms: matcher.reaches(subject, TERMS_OF_USE),
            may_register: Answer::Yes,
            method_is_on: matcher.method_is_on(),
        }
    }

    /// What is believed of them and can be reached by them: everything here that depends on cross-tenant settings.
    pub(super) fn trusts(&self) -> [&Answer; 5] {
        [&self.mfa_trust, &self.compliant_trust, &self.hybrid_trust, &self.registers_mfa, &self.accepts_terms]
    }

    /// Whether the attributes of the device can be seen here (CA-7.14, CA-7.15).
    pub(super) fn device_is_visible(&self, matcher: &Matcher<'_>) -> Answer {
        self.subject.may_be_internal().or(|| {
            if !self.subject.is(ExternalUserType::ServiceProvider).is_no() {
                return matcher.judge.ask(&GDAP_DEVICE_CONTROLS).negated();
            }
            Answer::any([self.compliant_trust.clone(), self.hybrid_trust.clone()])
        })
    }

    fn is_legacy(&self) -> bool {
        let legacy = [ClientApp::ExchangeActiveSync, ClientApp::EasSupported, ClientApp::Other];
        self.conditions.client.as_ref().is_some_and(|client| legacy.contains(client))
    }

    /// What comes of a control for every kind that the person may be.
    fn each(&self, outcome: impl Fn(Party) -> Outcome) -> Outcome {
        let party = |kind: Option<ExternalUserType>| match kind {
            None => Party::Internal { guest: false },
            Some(ExternalUserType::InternalGuest) => Party::Internal { guest: true },
            Some(ExternalUserType::B2bDirectConnectUser) => Party::DirectConnect,
            Some(ExternalUserType::ServiceProvider) => Party::ServiceProvider,
            Some(_) if self.subject.home == Home::NoTenant => Party::NonEntra,
            Some(_) => Party::Entra,
        };
        let mut parties: Vec<Party> = Vec::new();
        for kind in &self.subject.kinds {
            let party = party(*kind);
            if !parties.contains(&party) {
                parties.push(party);
            }
        }
        // Somebody whose provider is not known may have no Entra tenant after all.
        if self.subject.provider == Provider::Unknown && parties.contains(&Party::Entra) {
            parties.push(Party::NonEntra);
        }
        let why = || {
            let open = self.subject.kinds_open.clone();
            open.unwrap_or_else(|| Why::unspecified(format!("how `{}` signs in is not known", self.subject.name)))
        };
        let outcomes = parties.into_iter().map(outcome);
        outcomes.reduce(|one, other| Outcome::between(one, other, why())).unwrap_or(Outcome::Satisfied)
    }

    /// What nobody can do on a legacy client (CA-4.7), or where nobody sits before it (CA-10.16).
    fn restrained(&self, stage: Stage, outcome: Outcome) -> Outcome {
        let outcome = self.attended(outcome);
        if self.conditions.client.is_some() {
            return outcome;
        }
        let legacy = no_way(stage, Some(53003), "a legacy client can satisfy no control");
        Outcome::between(outcome, legacy, Why::unspecified("the client is not specified"))
    }

    /// What nobody can do where nobody sits before it (CA-10.16, SI-1.28).
    pub(super) fn attended(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Unknown(best, worst, why) => {
                let (best, worst) = (self.attended(*best), self.attended(*worst));
                Outcome::between(best, worst, why.0)
            }
            Outcome::Step(step) if self.conditions.unattended => {
                let code = match step.stage() {
                    Stage::Redemption => Some(50014),
                    Stage::TermsOfUse => Some(50158),
                    Stage::Mfa => Some(50076),
                    _ => None,
                };
                no_way(step.stage(), code, "nobody sits before it who could complete the step")
            }
            other => other,
        }
    }

    fn on_legacy(&self, stage: Stage) -> Option<Outcome> {
        self.is_legacy().then(|| no_way(stage, Some(53003), "a legacy client can satisfy no control"))
    }

    /// Multifactor authentication (XU-1.2 to XU-1.5, XU-5.4). `risky`: the policy asks for it because of sign-in risk.
    pub(super) fn mfa(&self, matcher: &Matcher<'_>, risky: bool) -> Outcome {
        if let Some(refused) = self.on_legacy(Stage::Mfa) {
            return refused;
        }
        let outcome = self.each(|party| match party {
            Party::Internal { .. } if self.conditions.claims.here.is_multifactor() => Outcome::Satisfied,
            Party::Internal { .. } => Outcome::Step(Step::Authenticate(Place::Here, Demand::Mfa)),
            Party::ServiceProvider => Outcome::Satisfied,
            Party::NonEntra => self.mfa_here(risky),
            Party::Entra => Outcome::either(self.mfa_trust.clone(), || self.mfa_at_home(), || self.mfa_here(risky)),
            Party::DirectConnect => {
                let trusted = || {
                    if self.conditions.claims.home.is_multifactor() {
                        return Outcome::Satisfied;
                    }
                    // AM-3.
                    Outcome::either(
                        matcher.judge.ask(&DIRECT_CONNECT_MFA_WITHOUT_CLAIM),
                        || {
                            no_way(
                                Stage::Mfa,
                                None,
                                "direct connect needs a session that carries multifactor authentication",
                            )
                        },
                        || self.mfa_at_home(),
                    )
                };
                Outcome::either(self.mfa_trust.clone(), trusted, direct_connect_untrusted)
            }
        });
        self.restrained(Stage::Mfa, outcome)
    }

    fn mfa_at_home(&self) -> Outcome {
        if self.conditions.claims.home.is_multifactor() {
            return Outcome::Satisfied;
        }
        let has_any = |methods: &BTreeSet<String>| {
            methods
                .iter()
                .any(|name| method_named(name).is_some_and(|method| method.worth != Worth::First && method.home))
        };
        if self.subject.registered_at_home.as_ref().is_some_and(|methods| !has_any(methods)) {
            return no_way(Stage::Mfa, None, "no second factor is registered at home");
        }
        Outcome::Step(Step::Authenticate(Place::Home, Demand::Mfa))
    }

    fn mfa_here(&self, risky: bool) -> Outcome {
        if self.conditions.claims.here.is_multifactor() {
            return Outcome::Satisfied;
        }
        // XU-1.21, XU-1.22: registering security information itself.
        let registering = *self.target == Target::UserAction(UserAction::RegisterSecurityInformation);
        let refused =
            || no_way(Stage::Mfa, None, "people of this identity provider cannot register security information");
        match self.subject.provider {
            Provider::OneTimePasscode | Provider::Google | Provider::Facebook | Provider::Federation if registering => {
                refused()
            }
            Provider::Unknown if registering => {
                let why = Why::unspecified(format!("how `{}` signs in is not known", self.subject.name));
                Outcome::between(self.mfa_registered_here(risky), refused(), why)
            }
            _ => self.mfa_registered_here(risky),
        }
    }

    fn mfa_registered_here(&self, risky: bool) -> Outcome {
        let step = Outcome::Step(Step::Authenticate(Place::Here, Demand::Mfa));
        // XU-4.2.
        if risky {
            let refused =
                || no_way(Stage::Mfa, Some(53004), "somebody at risk may not register for multifactor authentication");
            return self.if_registered(step, |_| refused());
        }
        self.registering(step)
    }

    /// A step in this tenant that takes a registration, which an inbound application list (XT-2.17) or a policy on
    /// registering (XU-1.24) may refuse.
    fn registering(&self, step: Outcome) -> Outcome {
        self.if_registered(step, |step| {
            let kept_out = || {
                let why = "the inbound application list keeps out the registration of multifactor authentication";
                no_way(Stage::Mfa, Some(500_213), why)
            };
            let refused = || {
                let why = "a policy on registering security information keeps them from registering for it";
                no_way(Stage::Mfa, Some(53010), why)
            };
            let may = || Outcome::either(self.may_register.clone(), || step, refused);
            Outcome::either(self.registers_mfa.clone(), may, kept_out)
        })
    }

    /// A step in this tenant by whether somebody is registered for it, where a method for it is on at all.
    fn if_registered(&self, step: Outcome, unregistered: impl FnOnce(Outcome) -> Outcome) -> Outcome {
        let outcome = match self.subject.registered_here.as_ref().map(|methods| !methods.is_empty()) {
            Some(true) => step,
            Some(false) => unregistered(step),
            None => {
                let why = format!(
                    "whether `{}` is registered for multifactor authentication here is not known",
                    self.subject.name
                );
                Outcome::between(step.clone(), unregistered(step), Why::unspecified(why))
            }
        };
        let off = || no_way(Stage::Mfa, None, "no method is on that people from outside can register");
        match &self.method_is_on {
            Answer::Yes => outcome,
            Answer::No => off(),
            Answer::Unknown(why) => Outcome::between(outcome, off(), why.clone()),
        }
    }

    /// An authentication strength (XU-1.6, XU-1.7, XU-3.1 to XU-3.6).
    pub(super) fn strength(&self, matcher: &Matcher<'_>, strength: &Ref, inline: Option<&[String]>) -> Outcome {
        if let Some(refused) = self.on_legacy(Stage::Mfa) {
            return refused;
        }
        let Combinations { known: combinations, others } = match strength_combinations(matcher.tenant, strength, inline)
        {
            Ok(found) => found,
            Err(why) => {
                let refused = no_way(Stage::Mfa, None, "what the authentication strength asks for is not known");
                return self.restrained(Stage::Mfa, Outcome::between(Outcome::Satisfied, refused, why));
            }
        };
        // Whoever meets no combination that is documented may meet another one.
        let or_another = |outcome: Outcome| {
            if others { Outcome::between(Outcome::Satisfied, outcome, odd_combination()) } else { outcome }
        };
        let outcome = self.each(|party| match party {
            Party::Internal { guest } => or_another(self.strength_inside(&combinations, guest)),
            // XU-5.1: some multifactor authentication is always there; by which method is not told.
            Party::ServiceProvider => {
                let refused = no_way(Stage::Mfa, None, "a service provider's technician registers nothing here");
                if meets(&combinations, &self.conditions.claims.home.methods) || !others && is_plain_mfa(&combinations)
                {
                    return Outcome::Satisfied;
                }
                Outcome::between(
                    Outcome::Satisfied,
                    refused,
                    Why::unspecified("by which method a service provider's technician authenticated is not specified"),
                )
            }
            Party::NonEntra => Outcome::either(
                matcher.judge.ask(&STRENGTH_FOR_NON_ENTRA),
                || {
                    no_way(
                        Stage::Mfa,
                        None,
                        "authentication strengths work only for people who sign in with Microsoft Entra",
                    )
                },
                || Outcome::Satisfied,
            ),
            Party::Entra => Outcome::either(
                self.mfa_trust.clone(),
                || or_another(self.strength_at_home(&combinations, Outcome::Step)),
                || or_another(self.strength_here(&combinations)),
            ),
            Party::DirectConnect => Outcome::either(
                self.mfa_trust.clone(),
                || {
                    or_another(self.strength_at_home(&combinations, |step| {
                        Outcome::either(
                            matcher.judge.ask(&DIRECT_CONNECT_MFA_WITHOUT_CLAIM),
                            || {
                                no_way(
                                    Stage::Mfa,
                                    None,
                                    "direct connect needs a session that carries this authentication",
                                )
                            },
                            || Outcome::Step(step),
                        )
                    }))
                },
                direct_connect_untrusted,
            ),
        });
        self.restrained(Stage::Mfa, outcome)
    }

    /// `step` tells what comes of having to authenticate at home.
    fn strength_at_home(&self, combinations: &BTreeSet<Vec<String>>, step: impl FnOnce(Step) -> Outcome) -> Outcome {
        let brought = &self.conditions.claims.home;
        let counted: BTreeSet<Vec<String>> =
            combinations.iter().filter(|methods| counts_from_outside(methods, Place::Home)).cloned().collect();
        if counted.is_empty() {
            return no_way(Stage::Mfa, None, "no method of this strength counts when it is used at home");
        }
        if meets(&counted, &brought.methods) {
            return Outcome::Satisfied;
        }
        let possible: BTreeSet<Vec<String>> = match &self.subject.registered_at_home {
            Some(methods) => counted.into_iter().filter(|combination| is_met_by(combination, methods)).collect(),
            None => counted,
        };
        if possible.is_empty() {
            return no_way(Stage::Mfa, None, "no method of this strength is registered at home");
        }
        by_another_method(brought, combinations, || step(Step::Authenticate(Place::Home, Demand::OneOf(possible))))
    }

    fn strength_here(&self, combinations: &BTreeSet<Vec<String>>) -> Outcome {
        let counted: BTreeSet<Vec<String>> =
            combinations.iter().filter(|methods| counts_from_outside(methods, Place::Here)).cloned().collect();
        if counted.is_empty() {
            return no_way(
                Stage::Mfa,
                None,
                "no method of this strength can be registered here, and those from home are not trusted",
            );
        }
        let here = &self.conditions.claims.here;
        if meets(&counted, &here.methods) {
            return Outcome::Satisfied;
        }
        by_another_method(here, combinations, || {
            self.registering(Outcome::Step(Step::Authenticate(Place::Here, Demand::OneOf(counted))))
        })
    }

    fn strength_inside(&self, combinations: &BTreeSet<Vec<String>>, guest: bool) -> Outcome {
        // XU-1.23: no guest can register a passkey here.
        let possible: BTreeSet<Vec<String>> = combinations
            .iter()
            .filter(|methods| !(guest && methods.iter().any(|name| name == "fido2")))
            .cloned()
            .collect();
        if possible.is_empty() {
            return no_way(Stage::Mfa, None, "no guest can register a method of this strength");
        }
        let here = &self.conditions.claims.here;
        if meets(&possible, &here.methods) {
            return Outcome::Satisfied;
        }
        by_another_method(here, combinations, || {
            Outcome::Step(Step::Authenticate(Place::Here, Demand::OneOf(possible)))
        })
    }

    fn device(&self, matcher: &Matcher<'_>, hybrid: bool) -> Outcome {
        if let Some(refused) = self.on_legacy(Stage::Device) {
            return refused;
        }
        // CA-9.4.
        let in_device_code =
            || no_way(Stage::Device, Some(53000), "a managed device cannot be proven in device code flow");
        if self.conditions.flow == Some(Flow::Transfer(TransferMethod::DeviceCodeFlow)) {
            return in_device_code();
        }
        let told = match &self.conditions.device {
            Some(Device::Registered(info)) if hybrid => info.hybrid_joined,
            Some(Device::Registered(info)) => info.compliant,
            _ => None,
        };
        let code = if hybrid { 53001 } else { 53000 };
        let unproven = || {
            let why = if hybrid { "the device is not hybrid joined" } else { "the device is not compliant" };
            no_way(Stage::Device, Some(code), why)
        };
        let proven = |place: Place| match told {
            Some(true) => Outcome::Satisfied,
            Some(false) => unproven(),
            None if self.conditions.device.is_none() => {
                Outcome::between(Outcome::Satisfied, unproven(), Why::unspecified("the device is not specified"))
            }
            None if hybrid => Outcome::Step(Step::HybridJoinedDevice(place)),
            None => Outcome::Step(Step::CompliantDevice(place)),
        };
        let trust = if hybrid { &self.hybrid_trust } else { &self.compliant_trust };
        let outcome = self.each(|party| match party {
            Party::Internal { .. } => proven(Place::Here),
            Party::NonEntra => {
                no_way(Stage::Device, Some(code), "only an Entra tenant of their own could vouch for a device")
            }
            Party::ServiceProvider => for_provider(matcher, Stage::Device, || proven(Place::Home)),
            Party::Entra | Party::DirectConnect => Outcome::either(
                trust.clone(),
                || proven(Place::Home),
                || no_way(Stage::Device, Some(530_004), "device claims of the home tenant are not trusted"),
            ),
        });
        let outcome = if self.conditions.flow.is_none() {
            Outcome::between(outcome, in_device_code(), Why::unspecified("the authentication flow is not specified"))
        } else {
            outcome
        };
        self.restrained(Stage::Device, outcome)
    }

    /// A control that only accounts of this tenant can meet.
    fn inside_only(&self, matcher: &Matcher<'_>, refusal: &NoWay, inside: &Outcome) -> Outcome {
        if let Some(refused) = self.on_legacy(refusal.stage) {
            return refused;
        }
        let outcome = self.each(|party| match party {
            Party::Internal { .. } => inside.clone(),
            Party::ServiceProvider => for_provider(matcher, refusal.stage, || inside.clone()),
            _ => Outcome::Impossible(refusal.clone()),
        });
        self.restrained(refusal.stage, outcome)
    }

    /// An app that there is on some platforms only.
    fn app(&self, step: Step, code: u32, platforms: &[Platform]) -> Outcome {
        let nowhere = || no_way(Stage::AppControl, Some(code), "no app on this platform can satisfy it");
        match &self.conditions.platform {
            Some(SeenPlatform::Known(platform)) if platforms.contains(platform) => Outcome::Step(step),
            Some(_) => nowhere(),
            None => Outcome::between(Outcome::Step(step), nowhere(), Why::unspecified("the platform is not specified")),
        }
    }

    fn terms(&self, matcher: &Matcher<'_>, id: &Ref) -> Outcome {
        let name = Id::new(&id.to_string());
        if let Some(refused) = self.on_legacy(Stage::TermsOfUse) {
            return refused;
        }
        // Accepted are only terms that somebody can accept at all.
        let accepted = self.conditions.claims.terms_accepted.contains(&name);
        let refused = |why| no_way(Stage::TermsOfUse, Some(50158), why);
        let accept = || if accepted { Outcome::Satisfied } else { Outcome::Step(Step::AcceptTermsOfUse(name.clone())) };
        let per_device = match matcher.tenant.terms_of_use.find(&name) {
            Ok(Some(terms)) => Answer::told(&terms.per_device, |_| {
                Why::missing(Kind::TermsOfUse, format!("whether terms of use `{id}` are per device was not exported"))
            }),
            Ok(None) => Answer::No,
            Err(_) => Answer::Unknown(Why::missing(Kind::TermsOfUse, format!("terms of use `{id}` were not exported"))),
        };
        let outside = || {
            Outcome::either(
                per_device.clone(),
                || refused("people from outside cannot accept terms of use per device"),
                || {
                    if accepted {
                        return Outcome::Satisfied;
                    }
                    Outcome::either(self.accepts_terms.clone(), accept, || {
                        refused("the inbound application list keeps out terms of use")
                    })
                },
            )
        };
        let outcome = self.each(|party| match party {
            Party::Internal { .. } => accept(),
            Party::Entra | Party::NonEntra => outside(),
            Party::DirectConnect => unsupported(matcher, Stage::TermsOfUse),
            Party::ServiceProvider => for_provider(matcher, Stage::TermsOfUse, accept),
        });
        self.restrained(Stage::TermsOfUse, outcome)
    }

    fn custom(&self, matcher: &Matcher<'_>, control: &str) -> Outcome {
        if let Some(refused) = self.on_legacy(Stage::TermsOfUse) {
            return refused;
        }
        // Passed are only controls that somebody can pass at all.
        let passed = self.conditions.claims.custom_passed.contains(control);
        let step = || if passed { Outcome::Satisfied } else { Outcome::Step(Step::CustomControl(control.to_owned())) };
        let refused = |why| no_way(Stage::TermsOfUse, Some(50158), why);
        let outcome = self.each(|party| match party {
            Party::Internal { .. } => step(),
            Party::Entra => Outcome::either(
                self.mfa_trust.clone(),
                || refused("custom controls are not supported where claims of the home tenant are trusted"),
                step,
            ),
            Party::NonEntra => {
                let ask = |ambiguity: &Ambiguity| matcher.judge.ask(ambiguity);
                Outcome::either(
                    ask(&CUSTOM_CONTROLS_FOR_NON_ENTRA),
                    || refused("custom controls are not supported for people without an Entra tenant"),
                    step,
                )
            }
            Party::DirectConnect => unsupported(matcher, Stage::TermsOfUse),
            Party::ServiceProvider => for_provider(matcher, Stage::TermsOfUse, step),
        });
        self.restrained(Stage::TermsOfUse, outcome)
    }

    fn built_in(&self, matcher: &Matcher<'_>, policy: &ConditionalAccessPolicy, control: &BuiltInControl) -> Outcome {
        match control {
            BuiltInControl::Block => {
                let by_risk = policy.user_risk.as_ref().is_ok_and(|levels| !levels.is_empty());
                let entra = !self.subject.is_internal_account() && self.subject.home != Home::NoTenant;
                // XU-4.4.
                let code = if by_risk && entra { 53011 } else { 53003 };
                no_way(Stage::ConditionalAccessBlock, Some(code), "the policy blocks")
            }
            BuiltInControl::Mfa => {
                let asked_for_risk = policy.sign_in_risk.as_ref().is_ok_and(|levels| !levels.is_empty());
                match &self.conditions.sign_in_risk {
                    None if asked_for_risk => Outcome::between(
                        self.mfa(matcher, false),
                        self.mfa(matcher, true),
                        Why::unspecified("the sign-in risk is not specified"),
                    ),
                    risk => {
                        let at_risk = matches!(risk, Some(RiskLevel::Low | RiskLevel::Medium | RiskLevel::High));
                        self.mfa(matcher, asked_for_risk && at_risk)
                    }
                }
            }
            BuiltInControl::CompliantDevice => self.device(matcher, false),
            BuiltInControl::DomainJoinedDevice => self.device(matcher, true),
            BuiltInControl::ApprovedApplication => {
                let refusal = NoWay {
                    stage: Stage::AppControl,
                    code: Some(530_004),
                    why: "approved client apps are not supported for people from outside",
                };
                self.inside_only(matcher, &refusal, &self.app(Step::ApprovedApp, 53002, APPROVED_APPS))
            }
            BuiltInControl::CompliantApplication => {
                let refusal = NoWay {
                    stage: Stage::AppControl,
                    code: Some(53009),
                    why: "app protection is not supported for people from outside",
                };
                self.inside_only(matcher, &refusal, &self.app(Step::AppProtection, 53009, PROTECTED_APPS))
            }
            BuiltInControl::PasswordChange => {
                let refusal = NoWay {
                    stage: Stage::PasswordChange,
                    code: None,
                    why: "a password cannot be changed outside of its own tenant",
                };
                self.inside_only(matcher, &refusal, &Outcome::Step(Step::ChangePassword))
            }
            BuiltInControl::RiskRemediation => {
                let why = "risk remediation is not supported for guests";
                let refusal = NoWay { stage: Stage::PasswordChange, code: None, why };
                if self.subject.is_external() {
                    return Outcome::Impossible(refusal);
                }
                self.inside_only(matcher, &refusal, &Outcome::Step(Step::RemediateRisk))
            }
            BuiltInControl::Undocumented(word) => {
                let refused = no_way(Stage::TermsOfUse, None, "the control is not understood");
                let why = Why::unreadable(format!("the grant control `{word}` is not documented"));
                Outcome::between(Outcome::Satisfied, refused, why)
            }
        }
    }

    /// What comes of each control of a policy, in the order in which they are asked for (CA-1.5).
    pub(super) fn grant(
        &self,
        matcher: &Matcher<'_>,
        policy: &ConditionalAccessPolicy,
        grant: &Grant,
    ) -> Vec<(String, Outcome)> {
        let mut outcomes = Vec::new();
        let built_in =
            |control: &BuiltInControl| (control.as_str().to_owned(), self.built_in(matcher, policy, control));
        for control in
            grant.controls.iter().filter(|control| matches!(control, BuiltInControl::Block | BuiltInControl::Mfa))
        {
            outcomes.push(built_in(control));
        }
        if let Some((strength, inline)) = &grant.strength {
            outcomes.push(("authenticationStrength".to_owned(), self.strength(matcher, strength, inline.as_deref())));
        }
        let rest = [
            BuiltInControl::CompliantDevice,
            BuiltInControl::DomainJoinedDevice,
            BuiltInControl::ApprovedApplication,
            BuiltInControl::CompliantApplication,
            BuiltInControl::PasswordChange,
            BuiltInControl::RiskRemediation,
        ];
        for control in rest.iter().filter(|control| grant.has(control)) {
            outcomes.push(built_in(control));
        }
        for control in grant.controls.iter().filter(|control| !control.is_known()) {
            outcomes.push(built_in(control));
        }
        for id in &grant.terms_of_use {
            outcomes.push(("termsOfUse".to_owned(), self.terms(matcher, id)));
        }
        for control in &grant.custom_factors {
            outcomes.push(("customAuthenticationFactors".to_owned(), self.custom(matcher, control)));
        }
        outcomes
    }
}

/// Platforms with approved client apps (CA-10.12).
const APPROVED_APPS: &[Platform] = &[Platform::Android, Platform::Ios];
/// Platforms with app protection policies (CA-10.13).
const PROTECTED_APPS: &[Platform] = &[Platform::Android, Platform::Ios, Platform::Windows];

/// What a service provider's technician can do about a control (XU-5.5).
fn for_provider(matcher: &Matcher<'_>, stage: Stage, possible: impl FnOnce() -> Outcome) -> Outcome {
    // AM-26.
    Outcome::either(
        matcher.judge.ask(&GDAP_DEVICE_CONTROLS),
        || no_way(stage, None, "a service provider's technician has no way to satisfy it"),
        possible,
    )
}

/// What direct connect does not support (XU-1.16).
fn unsupported(matcher: &Matcher<'_>, stage: Stage) -> Outcome {
    // AM-5.
    Outcome::either(
        matcher.judge.ask(&DIRECT_CONNECT_UNSUPPORTED),
        || no_way(stage, Some(50158), "direct connect does not support it"),
        || Outcome::Satisfied,
    )
}

fn direct_connect_untrusted() -> Outcome {
    no_way(Stage::Mfa, Some(90071), "direct connect needs trust in the home tenant's multifactor authentication")
}

/// Whether somebody who used those methods met one of the combinations.
fn meets(combinations: &BTreeSet<Vec<String>>, used: &BTreeSet<String>) -> bool {
    combinations.iter().any(|methods| is_met_by(methods, used))
}

/// What comes of a strength that no told method meets. Multifactor authentication by a method that is not told meets the
/// plain strength and may meet others, whatever methods are told beside it.
fn by_another_method(
    factors: &Factors,
    combinations: &BTreeSet<Vec<String>>,
    otherwise: impl FnOnce() -> Outcome,
) -> Outcome {
    if !factors.mfa {
        return otherwise();
    }
    if is_plain_mfa(combinations) {
        return Outcome::Satisfied;
    }
    let why = Why::unspecified("by which method somebody authenticated is not specified");
    Outcome::between(Outcome::Satisfied, otherwise(), why)
}

/// Whether a strength asks for no more than multifactor authentication of any kind: every method that makes it counts,
/// by itself or beside a password.
fn is_plain_mfa(combinations: &BTreeSet<Vec<String>>) -> bool {
    let has = |method: &Method| match method.worth {
        Worth::First => true,
        Worth::Second => combinations.contains(&combination(&format!("password,{}", method.name))),
        // A method that does not count at home is one that nobody from outside can have used.
        Worth::Multifactor => !method.home || combinations.contains(&combination(method.name)),
    };
    combinations.iter().all(|methods| is_multifactor(methods)) && METHODS.iter().all(has)
}

/// What a policy needs of a person whom it applies to: sets of steps to choose from, or why there is no way.
pub(super) fn need(
    policy: &Id,
    operator: GrantOperator,
    outcomes: &[(String, Outcome)],
    fold: Fold,
) -> Result<Alternatives, Vec<Refusal>> {
    let refusal = |way: &NoWay| Refusal {
        stage: way.stage,
        code: way.code,
        by: By::Policy(policy.clone()),
        why: way.why.to_owned(),
    };
    let folded: Vec<&Outcome> = outcomes.iter().map(|(_, outcome)| outcome.fold(fold)).collect();
    let refusals: Vec<Refusal> = folded
        .iter()
        .filter_map(|outcome| if let Outcome::Impossible(way) = outcome { Some(refusal(way)) } else { None })
        .collect();
    let steps =
        folded.iter().filter_map(|outcome| if let Outcome::Step(step) = outcome { Some(step.clone()) } else { None });
    // A block stands alone and always wins (CA-1.4).
    let blocked = refusals.iter().any(|refusal| refusal.stage == Stage::ConditionalAccessBlock);
    match operator {
        _ if outcomes.is_empty() => Ok(vec![BTreeSet::new()]),
        GrantOperator::And if !refusals.is_empty() => Err(refusals),
        GrantOperator::And => Ok(vec![steps.collect()]),
        GrantOperator::Or if blocked => Err(refusals),
        GrantOperator::Or if folded.contains(&&Outcome::Satisfied) => Ok(vec![BTreeSet::new()]),
        GrantOperator::Or => {
            let alternatives: Alternatives = steps.map(|step| BTreeSet::from([step])).collect();
            if alternatives.is_empty() { Err(refusals.into_iter().take(1).collect()) } else { Ok(alternatives) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tenant;

    fn built_in(last: u8) -> BTreeSet<Vec<String>> {
        let id = Ref::Id(Id::new(&format!("00000000-0000-0000-0000-00000000000{last}")));
        strength_combinations(&Tenant::default(), &id, None).unwrap().known
    }

    /// CA-10.9.
    #[test]
    fn only_the_first_built_in_strength_is_plain() {
        assert!(is_plain_mfa(&built_in(2)));
        assert!(!is_plain_mfa(&built_in(3)));
        assert!(!is_plain_mfa(&built_in(4)));
    }

    #[test]
    fn a_strength_that_lacks_a_method_is_not_plain() {
        for lacking in ["password,hardwareOath", "password,sms", "deviceBasedPush", "fido2"] {
            let mut combinations = built_in(2);
            assert!(combinations.remove(&combination(lacking)), "{lacking}");
            assert!(!is_plain_mfa(&combinations), "{lacking}");
        }
        let mut combinations = built_in(2);
        combinations.insert(combination("password"));
        assert!(!is_plain_mfa(&combinations));
    }
}
