//! What lifts a policy: its grant controls, as conditions on what somebody brought and did (XU-1 to XU-5).

use std::collections::BTreeSet;

use super::conditions::{LEGACY, is_open};
use super::gates::{COMPLIANT_TRUSTED, HYBRID_TRUSTED, MFA_TRUSTED, REGISTRATION_REACHED, TERMS_REACHED};
use super::resources::REGISTER_SECURITY_INFORMATION;
use super::term::{context, principal};
use super::{Compiler, Term};
use crate::model::{
    BuiltInControl, Combinations, ConditionalAccessPolicy, ExternalUserType, Grant, GrantOperator, Id, Kind, METHODS,
    PHISHING_RESISTANT, Place, Ref, Worth, combination, combinations_of, counts_from_outside, is_multifactor,
};

/// Methods that make multifactor authentication beside a first factor, which every sign-in has.
fn beyond_first() -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(|method| method.worth != Worth::First).map(|method| method.name)
}

/// What controls are asked for on the way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// What is signed in to.
    Resource,
    /// The registration of security information, which authentication in this tenant takes.
    Registration,
}

impl Compiler<'_> {
    /// A legacy client, which can satisfy no control (CA-4.7).
    #[expect(clippy::unused_self, reason = "beside its like")]
    pub(super) fn is_legacy(&self) -> Term {
        context(&["client"]).is_one_of(LEGACY)
    }

    /// What lifts the policy for whom it applies to; never for a block.
    pub(super) fn satisfied(&self, policy: &ConditionalAccessPolicy, goal: Goal) -> Term {
        let grant = match &policy.grant {
            Ok(None) => return Term::True,
            Ok(Some(grant)) => grant,
            Err(_) => {
                let name = format!("the grant controls of policy {} are met", policy.id);
                return self.unknown(name, Some(Kind::ConditionalAccessPolicy));
            }
        };
        if grant.has(&BuiltInControl::Block) {
            return Term::False;
        }
        let controls = self.grant(policy, grant, goal);
        if controls.is_empty() {
            return Term::True;
        }
        match grant.operator {
            GrantOperator::And => Term::all(controls),
            GrantOperator::Or => Term::any(controls),
        }
    }

    fn grant(&self, policy: &ConditionalAccessPolicy, grant: &Grant, goal: Goal) -> Vec<Term> {
        let mut all: Vec<Term> = grant.controls.iter().map(|control| self.built_in(policy, control, goal)).collect();
        if let Some((strength, inline)) = &grant.strength {
            all.push(self.strength(strength, inline.as_deref(), goal));
        }
        all.extend(grant.terms_of_use.iter().map(|id| self.terms(id)));
        all.extend(grant.custom_factors.iter().map(|control| self.custom(control)));
        all
    }

    fn built_in(&self, policy: &ConditionalAccessPolicy, control: &BuiltInControl, goal: Goal) -> Term {
        let done = |what: &str| context(&["done", what]).holds();
        match control {
            BuiltInControl::Block => Term::False,
            BuiltInControl::Mfa => {
                let asked_for_risk = policy.sign_in_risk.as_ref().is_ok_and(|levels| !levels.is_empty());
                if !asked_for_risk {
                    return self.mfa(&Term::False, goal);
                }
                self.mfa(&context(&["signInRisk"]).is_one_of(["low", "medium", "high"]), goal)
            }
            BuiltInControl::CompliantDevice => self.device_control("compliant", COMPLIANT_TRUSTED),
            BuiltInControl::DomainJoinedDevice => self.device_control("hybridJoined", HYBRID_TRUSTED),
            BuiltInControl::ApprovedApplication => {
                let phone = context(&["platform"]).is_one_of(["android", "iOS"]);
                self.inside_only(&(done("approvedApp") & phone))
            }
            BuiltInControl::CompliantApplication => {
                let known = context(&["platform"]).is_one_of(["android", "iOS", "windows"]);
                self.inside_only(&(done("appProtection") & known))
            }
            BuiltInControl::PasswordChange => self.inside_only(&done("passwordChange")),
            BuiltInControl::RiskRemediation => !self.is_external() & self.inside_only(&done("riskRemediation")),
            BuiltInControl::Undocumented(word) => {
                self.unknown(format!("the grant control `{word}` of policy {} is met", policy.id), None)
            }
        }
    }

    // What somebody brought, and did.

    /// Multifactor authentication that was done at home.
    fn at_home(&self) -> Term {
        self.brought("home") | self.done("home")
    }

    #[expect(clippy::unused_self, reason = "beside its like")]
    fn brought(&self, place: &str) -> Term {
        context(&["brought", place, "mfa"]).holds()
            | context(&["brought", place, "methods"]).contains_any(beyond_first())
    }

    /// Multifactor authentication during the sign-in: as such, or by a combination that a strength asks for.
    fn done(&self, place: &str) -> Term {
        let vocabulary = self.vocabulary.borrow();
        let all = vocabulary.combinations.iter();
        let enough: Vec<String> =
            all.filter(|methods| is_multifactor(methods)).map(|methods| methods.join(",")).collect();
        context(&["done", place, "mfa"]).holds()
            | context(&["done", place, "combinations"]).contains_any(enough.iter().map(String::as_str))
    }

    /// What this tenant knows of multifactor authentication: done here, or brought and believed.
    pub(super) fn mfa_claim(&self) -> Term {
        let here = self.brought("here") | self.done("here");
        let technician = self.is_service_provider();
        let believed = self.has_entra_home() & !self.is_internal() & self.trusts(MFA_TRUSTED) & self.at_home();
        here | technician | believed
    }

    /// The same by a method that resists phishing.
    pub(super) fn resistant_claim(&self) -> Term {
        let vocabulary = self.vocabulary.borrow();
        let resists =
            |methods: &&Vec<String>| methods.iter().any(|method| PHISHING_RESISTANT.contains(&method.as_str()));
        let combinations: Vec<String> =
            vocabulary.combinations.iter().filter(resists).map(|methods| methods.join(",")).collect();
        let at = |place: &str| {
            context(&["brought", place, "methods"]).contains_any(PHISHING_RESISTANT.iter().copied())
                | context(&["done", place, "combinations"]).contains_any(combinations.iter().map(String::as_str))
        };
        let believed = self.is_service_provider() | self.trusts(MFA_TRUSTED);
        at("here") | self.has_entra_home() & !self.is_internal() & believed & at("home")
    }

    // Controls.

    /// Multifactor authentication (XU-1.2 to XU-1.5). `risky`: the policy asks for it because of sign-in risk.
    pub(super) fn mfa(&self, risky: &Term, goal: Goal) -> Term {
        let here = || self.brought("here") | self.done("here") & self.may_register(risky, goal);
        let trusted = self.trusts(MFA_TRUSTED);
        // AM-3: a session without the claim is refused, or challenged at home.
        let challenged = !self.ask("AM-3", "direct connect without a claim is blocked");
        let direct = trusted.clone() & (self.brought("home") | challenged & self.done("home"));
        !self.is_legacy()
            & Term::any([
                self.is_internal() & (self.brought("here") | self.done("here")),
                self.is_service_provider(),
                self.collaborates() & !self.has_entra_home() & here(),
                self.collaborates() & self.has_entra_home() & (trusted.clone() & self.at_home() | !trusted & here()),
                self.is_direct() & direct,
            ])
    }

    /// Whether somebody from outside can do it in this tenant: registered, or able to register (XT-2.17, XU-4.2, XU-1.24,
    /// XU-1.21, XU-1.22), by a method that is on.
    fn may_register(&self, risky: &Term, goal: Goal) -> Term {
        let registered = context(&["registeredHere"]).holds();
        let providers = ["oneTimePasscode", "google", "facebook", "federation"];
        let mut kept_out = principal("provider").is_one_of(providers);
        if self.people.open_providers {
            let name = "whoever signs in differently cannot register security information".to_owned();
            kept_out = kept_out | is_open("provider") & self.unknown(name, Some(Kind::User));
        }
        let action = self.types.resource_in("UserAction", &[REGISTER_SECURITY_INFORMATION]);
        let (registering, policies) = match goal {
            Goal::Resource => (action.clone(), action | self.registration()),
            Goal::Registration => (Term::True, Term::True),
        };
        let reaches = self.trusts(REGISTRATION_REACHED) & !risky.clone() & policies;
        let off = self.tenant.authentication_methods.only().is_ok_and(|found| found.registrable == Ok(false));
        let on = if off {
            // XU-2.12.
            self.unknown("a method is on that people from outside can register here".to_owned(), None)
        } else {
            Term::True
        };
        !(registering & kept_out) & (registered | reaches) & on
    }

    /// An authentication strength (XU-1.6, XU-1.7, XU-3.1 to XU-3.6).
    fn strength(&self, strength: &Ref, inline: Option<&[String]>, goal: Goal) -> Term {
        let Ok(texts) = combinations_of(self.tenant, strength, inline) else {
            let name = format!("authentication strength {strength} is met");
            return !self.is_legacy() & self.unknown(name, Some(Kind::AuthenticationStrength));
        };
        let Combinations { known: all, others } = Combinations::read(&texts);
        let plain = is_plain_mfa(&all) && !others;
        // Whoever meets no combination that is documented may meet another one.
        let another = || {
            let name = format!("a combination of authentication strength {strength} that is not documented is met");
            if others { self.unknown(name, Some(Kind::AuthenticationStrength)) } else { Term::False }
        };
        let guest = Some(ExternalUserType::InternalGuest);
        let without_passkeys: BTreeSet<Vec<String>> =
            all.iter().filter(|methods| !methods.iter().any(|name| name == "fido2")).cloned().collect();
        let counted = |place: Place| -> BTreeSet<Vec<String>> {
            all.iter().filter(|methods| counts_from_outside(methods, place)).cloned().collect()
        };
        let (home, here) = (counted(Place::Home), counted(Place::Here));
        // Multifactor authentication by a method that is not told meets the plain strength, and may meet another.
        let untold = |place: &str| {
            let name = format!("a method that is not told meets authentication strength {strength}");
            let meets = if plain { Term::True } else { self.unknown(name, None) };
            context(&["brought", place, "mfa"]).holds() & meets
        };
        let brought = |place: &str, of: &BTreeSet<Vec<String>>| {
            let methods = context(&["brought", place, "methods"]);
            Term::any(of.iter().map(|combination| {
                let needed: Vec<&str> = combination
                    .iter()
                    .map(String::as_str)
                    .filter(|name| !matches!(*name, "password" | "federatedSingleFactor"))
                    .collect();
                if needed.is_empty() {
                    Term::False
                } else {
                    Term::all(needed.iter().map(|name| methods.contains(name)))
                }
            }))
        };
        let done = |place: &str, of: &BTreeSet<Vec<String>>| {
            let words: Vec<String> = of.iter().map(|methods| methods.join(",")).collect();
            context(&["done", place, "combinations"]).contains_any(words.iter().map(String::as_str))
        };
        let met = |place: &str, of: &BTreeSet<Vec<String>>| {
            let known = if of.is_empty() { Term::False } else { brought(place, of) | untold(place) | done(place, of) };
            known | another()
        };
        let at_home = || met("home", &home);
        let in_place = || {
            if here.is_empty() {
                return another();
            }
            brought("here", &here)
                | untold("here")
                | done("here", &here) & self.may_register(&Term::False, goal)
                | another()
        };
        let trusted = self.trusts(MFA_TRUSTED);
        // XU-5.1: a technician did some multifactor authentication; by which method is not told.
        let technician = if plain {
            Term::True
        } else {
            let name = format!("technicians of service providers meet authentication strength {strength}");
            brought("home", &all) | self.unknown(name, None)
        };
        // AM-4.
        let elsewhere = !self.ask("AM-4", "authentication strengths are impossible without an Entra tenant");
        // AM-3.
        let challenged = !self.ask("AM-3", "direct connect without a claim is blocked");
        let direct = if home.is_empty() {
            trusted.clone() & another()
        } else {
            trusted.clone() & (brought("home", &home) | untold("home") | challenged & done("home", &home) | another())
        };
        !self.is_legacy()
            & Term::any([
                self.is_kind(&[None]) & met("here", &all),
                // XU-1.23.
                self.is_kind(&[guest]) & met("here", &without_passkeys),
                self.is_service_provider() & technician,
                self.collaborates() & !self.has_entra_home() & elsewhere,
                self.collaborates() & self.has_entra_home() & (trusted.clone() & at_home() | !trusted & in_place()),
                self.is_direct() & direct,
            ])
    }

    /// A device that somebody vouches for: this tenant for its own people, else a home tenant that is trusted for it. In
    /// device code flow nothing is proven (CA-9.4).
    fn device_control(&self, flag: &str, trusted: &'static str) -> Term {
        let proven = context(&["device", flag]).holds() & context(&["device", "registered"]).holds();
        let in_device_code = context(&["flow"]).is("deviceCodeFlow");
        let others = self.collaborates() & self.has_entra_home() | self.is_direct();
        !self.is_legacy()
            & !in_device_code
            & proven
            & Term::any([
                self.is_internal(),
                self.is_service_provider() & self.technician_can(),
                others & self.trusts(trusted),
            ])
    }

    /// What rules see of a device: the tenant where it is registered vouches, and is this one or trusted.
    pub(super) fn device_claim(&self, flag: &str, trusted: &'static str) -> Term {
        let proven = context(&["device", flag]).holds() & context(&["device", "registered"]).holds();
        proven & (self.is_internal() | self.trusts(trusted))
    }

    /// Whether technicians of service providers can satisfy device controls, and show their device at all (AM-26).
    pub(super) fn technician_can(&self) -> Term {
        !self.ask("AM-26", "technicians of service providers cannot satisfy device controls")
    }

    fn inside_only(&self, done: &Term) -> Term {
        let who = self.is_internal() | self.is_service_provider() & self.technician_can();
        !self.is_legacy() & who & done.clone()
    }

    /// AM-5: what direct connect does not support is passed by, or cannot be met.
    fn passed_by_direct(&self) -> Term {
        self.is_direct() & !self.ask("AM-5", "controls that direct connect does not support are impossible")
    }

    fn terms(&self, id: &Ref) -> Term {
        let name = Id::new(&id.to_string());
        self.vocabulary.borrow_mut().terms.insert(name.to_string());
        let accepted = context(&["brought", "terms"]).contains(name.as_str());
        let done = context(&["done", "terms"]).contains(name.as_str());
        let unknown = |what: &str| self.unknown(format!("terms of use {name} {what}"), Some(Kind::TermsOfUse));
        let per_device = match self.tenant.terms_of_use.find(&name) {
            Ok(Some(terms)) => {
                terms.per_device.as_ref().map_or_else(|_| unknown("are per device"), |own| Term::from(*own))
            }
            Ok(None) => Term::False,
            Err(_) => unknown("are per device"),
        };
        // Accepted are only terms that somebody can accept at all.
        let outside =
            self.collaborates() & !per_device & (accepted.clone() | done.clone() & self.trusts(TERMS_REACHED));
        let inside = self.is_internal() | self.is_service_provider() & self.technician_can();
        !self.is_legacy() & (inside & (accepted | done) | outside | self.passed_by_direct())
    }

    fn custom(&self, control: &str) -> Term {
        self.vocabulary.borrow_mut().custom.insert(control.to_owned());
        let passed = context(&["brought", "custom"]).contains(control);
        let done = context(&["done", "custom"]).contains(control);
        // AM-37.
        let elsewhere = !self.ask("AM-37", "custom controls are impossible without an Entra tenant");
        let may = Term::any([
            self.is_internal(),
            self.collaborates() & self.has_entra_home() & !self.trusts(MFA_TRUSTED),
            self.collaborates() & !self.has_entra_home() & elsewhere,
            self.is_service_provider() & self.technician_can(),
        ]);
        // Passed are only controls that somebody can pass at all.
        !self.is_legacy() & (may & (passed | done) | self.passed_by_direct())
    }

    /// Collects the combinations that strengths ask for, which multifactor authentication is told by as well.
    pub(super) fn collect_combinations(&self) {
        let grants = self.tenant.conditional_access.items.iter().filter_map(|policy| policy.grant.as_ref().ok());
        for (strength, inline) in grants.flatten().filter_map(|grant| grant.strength.as_ref()) {
            if let Ok(texts) = combinations_of(self.tenant, strength, inline.as_deref()) {
                self.vocabulary.borrow_mut().combinations.extend(Combinations::read(&texts).known);
            }
        }
    }
}

/// Whether a strength asks for no more than multifactor authentication of any kind: every method that counts at home
/// meets it.
fn is_plain_mfa(combinations: &BTreeSet<Vec<String>>) -> bool {
    let counts_at_home = METHODS.iter().filter(|method| method.home && method.worth == Worth::Multifactor);
    let beside_a_password = METHODS.iter().filter(|method| method.worth == Worth::Second);
    let mut wanted = counts_at_home
        .map(|method| combination(method.name))
        .chain(beside_a_password.map(|method| combination(&format!("password,{}", method.name))));
    combinations.iter().all(|methods| is_multifactor(methods)) && wanted.all(|own| combinations.contains(&own))
}
