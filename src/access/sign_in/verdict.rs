//! What comes of a sign-in: steps, refusals, verdicts.

use std::collections::BTreeSet;
use std::fmt;

use super::super::Why;
use crate::model::{Id, Place, is_multifactor};

/// A stage of a sign-in, in the order in which they are reported (SI-1.1 to SI-1.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table of SI-1")]
pub enum Stage {
    TenantRestrictions,
    HomeRealm,
    FirstFactor,
    DirectoryObject,
    Account,
    HomeOutbound,
    Inbound,
    Redemption,
    SecurityDefaults,
    ConditionalAccessBlock,
    Mfa,
    Device,
    AppControl,
    PasswordChange,
    TermsOfUse,
    Assignment,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 16] = [
        Self::TenantRestrictions,
        Self::HomeRealm,
        Self::FirstFactor,
        Self::DirectoryObject,
        Self::Account,
        Self::HomeOutbound,
        Self::Inbound,
        Self::Redemption,
        Self::SecurityDefaults,
        Self::ConditionalAccessBlock,
        Self::Mfa,
        Self::Device,
        Self::AppControl,
        Self::PasswordChange,
        Self::TermsOfUse,
        Self::Assignment,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantRestrictions => "tenantRestrictions",
            Self::HomeRealm => "homeRealm",
            Self::FirstFactor => "firstFactor",
            Self::DirectoryObject => "directoryObject",
            Self::Account => "account",
            Self::HomeOutbound => "homeOutbound",
            Self::Inbound => "inbound",
            Self::Redemption => "redemption",
            Self::SecurityDefaults => "securityDefaults",
            Self::ConditionalAccessBlock => "conditionalAccessBlock",
            Self::Mfa => "mfa",
            Self::Device => "device",
            Self::AppControl => "appControl",
            Self::PasswordChange => "passwordChange",
            Self::TermsOfUse => "termsOfUse",
            Self::Assignment => "assignment",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an authentication has to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Demand {
    /// Multifactor authentication by any method.
    Mfa,
    /// One of these combinations of methods.
    OneOf(BTreeSet<Vec<String>>),
}

impl Demand {
    /// Whether whoever meets this one meets the other one too.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mfa, Self::Mfa) => true,
            (Self::Mfa, Self::OneOf(_)) => false,
            (Self::OneOf(own), Self::Mfa) => own.iter().all(|methods| is_multifactor(methods)),
            (Self::OneOf(own), Self::OneOf(others)) => own.is_subset(others),
        }
    }
}

/// Something that a person has to do, in the order in which it is asked for (CA-1.5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Redeem the invitation.
    RedeemInvitation,
    /// Authenticate with more than a first factor.
    Authenticate(Place, Demand),
    /// Use a device that counts as compliant: at home, or in this tenant.
    CompliantDevice(Place),
    /// Use a hybrid joined device.
    HybridJoinedDevice(Place),
    /// Use an approved client app.
    ApprovedApp,
    /// Use an app with an app protection policy.
    AppProtection,
    /// Change the password.
    ChangePassword,
    /// Remedy the risk.
    RemediateRisk,
    /// Accept terms of use.
    AcceptTermsOfUse(Id),
    /// Pass a custom control.
    CustomControl(String),
}

impl Step {
    /// The names of all, in the order in which they are asked for.
    pub const NAMES: [&str; 13] = [
        "redeemInvitation",
        "mfaAtHome",
        "mfaHere",
        "compliantDeviceAtHome",
        "compliantDevice",
        "hybridJoinedDeviceAtHome",
        "hybridJoinedDevice",
        "approvedApp",
        "appProtection",
        "changePassword",
        "remediateRisk",
        "acceptTermsOfUse",
        "customControl",
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::RedeemInvitation => "redeemInvitation",
            Self::Authenticate(Place::Home, _) => "mfaAtHome",
            Self::Authenticate(Place::Here, _) => "mfaHere",
            Self::CompliantDevice(Place::Home) => "compliantDeviceAtHome",
            Self::CompliantDevice(Place::Here) => "compliantDevice",
            Self::HybridJoinedDevice(Place::Home) => "hybridJoinedDeviceAtHome",
            Self::HybridJoinedDevice(Place::Here) => "hybridJoinedDevice",
            Self::ApprovedApp => "approvedApp",
            Self::AppProtection => "appProtection",
            Self::ChangePassword => "changePassword",
            Self::RemediateRisk => "remediateRisk",
            Self::AcceptTermsOfUse(_) => "acceptTermsOfUse",
            Self::CustomControl(_) => "customControl",
        }
    }

    /// The methods that do, where not any will: each combination joined by `+`.
    #[must_use]
    pub fn methods(&self) -> Vec<String> {
        match self {
            Self::Authenticate(_, Demand::OneOf(combinations)) => {
                combinations.iter().map(|methods| methods.join("+")).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether whoever did this step did the other one too.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Authenticate(place, demand), Self::Authenticate(other_place, other)) => {
                place == other_place && demand.implies(other)
            }
            _ => self == other,
        }
    }

    /// The stage at which it is asked for.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::RedeemInvitation => Stage::Redemption,
            Self::Authenticate(..) => Stage::Mfa,
            Self::CompliantDevice(_) | Self::HybridJoinedDevice(_) => Stage::Device,
            Self::ApprovedApp | Self::AppProtection => Stage::AppControl,
            Self::ChangePassword | Self::RemediateRisk => Stage::PasswordChange,
            Self::AcceptTermsOfUse(_) | Self::CustomControl(_) => Stage::TermsOfUse,
        }
    }
}

/// What is done by steps, each of which may do for others.
fn is_done(step: &Step, done: &BTreeSet<Step>) -> bool {
    done.iter().any(|own| own.implies(step))
}

/// What a policy, or a gate, needs: one of these sets of steps. Never empty; an empty set is nothing.
pub(super) type Alternatives = Vec<BTreeSet<Step>>;

fn is_met(need: &Alternatives, done: &BTreeSet<Step>) -> bool {
    need.iter().any(|steps| steps.iter().all(|step| is_done(step, done)))
}

/// The steps that satisfy all needs, none of which can be left out. Where a need leaves a choice, the first alternative
/// counts unless something else that must be done anyway satisfies it (CA-10.2). The order of the needs is of no matter.
pub(super) fn least_steps<'n>(needs: impl IntoIterator<Item = &'n Alternatives>) -> BTreeSet<Step> {
    let needs: BTreeSet<&Alternatives> = needs.into_iter().collect();
    let mut done: BTreeSet<Step> = BTreeSet::new();
    for need in &needs {
        if let [only] = need.as_slice() {
            done.extend(only.iter().cloned());
        }
    }
    for need in &needs {
        if !is_met(need, &done)
            && let Some(first) = need.first()
        {
            done.extend(first.iter().cloned());
        }
    }
    // What is asked for last is given up first.
    for step in done.clone().iter().rev() {
        let mut fewer = done.clone();
        fewer.remove(step);
        if needs.iter().all(|need| is_met(need, &fewer)) {
            done = fewer;
        }
    }
    joined(done)
}

/// Demands that one authentication can meet together become one step (CA-10.8).
fn joined(steps: BTreeSet<Step>) -> BTreeSet<Step> {
    let mut demands: Vec<(Place, BTreeSet<Vec<String>>)> = Vec::new();
    let mut others = BTreeSet::new();
    for step in steps {
        let Step::Authenticate(place, Demand::OneOf(combinations)) = step else {
            others.insert(step);
            continue;
        };
        let shared = demands.iter_mut().find_map(|(known, own)| {
            let both: BTreeSet<Vec<String>> = own.intersection(&combinations).cloned().collect();
            (*known == place && !both.is_empty()).then_some((own, both))
        });
        match shared {
            Some((own, both)) => *own = both,
            None => demands.push((place, combinations)),
        }
    }
    others.extend(demands.into_iter().map(|(place, methods)| Step::Authenticate(place, Demand::OneOf(methods))));
    // What the joined ones do for goes without saying.
    let needless = |step: &Step| others.iter().any(|other| other != step && other.implies(step));
    others.iter().filter(|step| !needless(step)).cloned().collect()
}

/// Why somebody is refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refusal {
    /// Where.
    pub stage: Stage,
    /// The AADSTS code; `None` where none is documented.
    pub code: Option<u32>,
    /// The policy or the setting.
    pub by: By,
    /// The reason, as a clause.
    pub why: String,
}

impl Refusal {
    /// Orders by stage; within one, refusals with a documented code come first.
    pub(super) fn order(&self) -> (Stage, bool, Option<u32>) {
        (self.stage, self.code.is_none(), self.code)
    }
}

/// What refuses or demands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A Conditional Access policy.
    Policy(Id),
    /// Something else, in words.
    Setting(&'static str),
}

/// What comes of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The token is issued.
    Allow,
    /// It is issued after these steps, none of which can be left out.
    AllowAfter(BTreeSet<Step>),
    /// It is refused; the reasons in the order of the stages, never empty.
    Block(Vec<Refusal>),
    /// It depends on what is not known; never empty.
    Unknown(Vec<Doubt>),
}

impl Verdict {
    /// The names of all.
    pub const NAMES: [&str; 4] = ["allow", "allowAfter", "block", "unknown"];

    /// Its name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::AllowAfter(_) => "allowAfter",
            Self::Block(_) => "block",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Something that is not known and on which the verdict depends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// What it is about: a reason of Microsoft's what-if, a control or a stage.
    pub topic: String,
    /// The policy, where it is about one.
    pub policy: Option<Id>,
    /// Why it is not known.
    pub why: Why,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::combination;

    fn strength(combinations: &[&str]) -> Step {
        let set = combinations.iter().map(|text| combination(text)).collect();
        Step::Authenticate(Place::Home, Demand::OneOf(set))
    }

    fn mfa() -> Step {
        Step::Authenticate(Place::Home, Demand::Mfa)
    }

    fn all(steps: &[Step]) -> Alternatives {
        vec![steps.iter().cloned().collect()]
    }

    fn one(steps: &[Step]) -> Alternatives {
        steps.iter().map(|step| BTreeSet::from([step.clone()])).collect()
    }

    /// The lists of names are those that come out.
    #[test]
    fn names() {
        let demand = || Demand::Mfa;
        let steps = [
            Step::RedeemInvitation,
            Step::Authenticate(Place::Home, demand()),
            Step::Authenticate(Place::Here, demand()),
            Step::CompliantDevice(Place::Home),
            Step::CompliantDevice(Place::Here),
            Step::HybridJoinedDevice(Place::Home),
            Step::HybridJoinedDevice(Place::Here),
            Step::ApprovedApp,
            Step::AppProtection,
            Step::ChangePassword,
            Step::RemediateRisk,
            Step::AcceptTermsOfUse(Id::new("")),
            Step::CustomControl(String::new()),
        ];
        assert_eq!(steps.map(|step| step.as_str()), Step::NAMES);
        let verdicts = [
            Verdict::Allow,
            Verdict::AllowAfter(BTreeSet::new()),
            Verdict::Block(Vec::new()),
            Verdict::Unknown(Vec::new()),
        ];
        assert_eq!(verdicts.map(|verdict| verdict.as_str()), Verdict::NAMES);
    }

    #[test]
    fn a_stronger_authentication_does_for_a_weaker_one() {
        let needs = [all(&[mfa()]), all(&[strength(&["fido2"])])];
        assert_eq!(least_steps(&needs), BTreeSet::from([strength(&["fido2"])]));
    }

    #[test]
    fn strengths_that_share_a_method_are_one_step() {
        let needs = [all(&[strength(&["fido2", "password,sms"])]), all(&[strength(&["fido2", "password,voice"])])];
        assert_eq!(least_steps(&needs), BTreeSet::from([strength(&["fido2"])]));
        let apart = [all(&[strength(&["fido2"])]), all(&[strength(&["password,sms"])])];
        assert_eq!(least_steps(&apart).len(), 2);
    }

    /// Neither strength is multifactor authentication in all its ways, but what they share is.
    #[test]
    fn what_strengths_share_does_for_multifactor_authentication() {
        let needs = [all(&[mfa()]), all(&[strength(&["fido2", "password"])]), all(&[strength(&["fido2", "email"])])];
        assert_eq!(least_steps(&needs), BTreeSet::from([strength(&["fido2"])]));
    }

    /// CA-10.2: the first in order, unless another one must be done anyway.
    #[test]
    fn a_choice_costs_nothing_where_something_else_is_demanded() {
        let device = Step::CompliantDevice(Place::Home);
        let choice = one(&[mfa(), device.clone()]);
        assert_eq!(least_steps([&choice]), BTreeSet::from([mfa()]));
        assert_eq!(least_steps([&choice, &all(std::slice::from_ref(&device))]), BTreeSet::from([device.clone()]));
        let other = one(&[device.clone(), Step::ChangePassword]);
        assert_eq!(least_steps([&choice, &other]).len(), 1);
    }
}
