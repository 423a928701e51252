//! Applicability as Microsoft's what-if API answers it (SI-2): per policy, no combined verdict, no dependencies between
//! services, and what is not specified does not match.

use super::super::{Answer, Why};
use super::controls::Person;
use super::explain::{Enforcement, Engine};
use super::matching::{Matcher, told};
use super::reading::ALL_RESOURCES_COVERS_USER_ACTIONS;
use super::{Flow, Scenario, SeenPlatform};
use crate::model::{ClientApp, ConditionalAccessPolicy, Id, Keyword, Platform, Ref, RiskLevel, Whereabouts, Workloads};

/// Which version of the API is asked; they document different defaults (SI-2.5, SI-2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhatIfVersion {
    /// v1.0.
    V1,
    /// beta.
    Beta,
}

impl WhatIfVersion {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::Beta];

    /// Graph's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// The values taken for what a request leaves out, in words.
    #[must_use]
    pub const fn defaults(self) -> &'static str {
        match self {
            Self::V1 => "devicePlatform all, clientAppType all, every risk none, transferMethod none",
            Self::Beta => {
                "devicePlatform android, clientAppType all, user, sign-in and service principal risk low, insider risk none, transferMethod none"
            }
        }
    }
}

/// What the API says of a policy that applies, in place of a reason.
pub const NOT_SET: &str = "notSet";

/// What it says where it is not told enough, in place of a reason.
pub const NOT_ENOUGH_INFORMATION: &str = "notEnoughInformation";

/// What the API would say of one policy.
#[derive(Debug, Clone)]
pub struct WhatIfResult<'t> {
    /// The policy.
    pub policy: &'t ConditionalAccessPolicy,
    /// `notSet` where it applies, else the first condition that is not met.
    pub reason: &'static str,
}

impl WhatIfResult<'_> {
    /// Whether it applies.
    #[must_use]
    pub fn applies(&self) -> bool {
        self.reason == NOT_SET
    }
}

/// A service principal that signs in, as what-if asks for one.
#[derive(Debug, Clone)]
pub struct WorkloadSignIn {
    /// Its id, or its application's.
    pub service_principal: Id,
    /// Where it comes from.
    pub from: Whereabouts,
    /// Its risk.
    pub risk: Option<RiskLevel>,
}

impl<'t> Engine<'t> {
    /// An engine that answers as the what-if API does: without dependencies between services, and with *all resources*
    /// taking in user actions, as the API's own sample shows (AM-36).
    #[must_use]
    pub fn for_what_if(mut self) -> Self {
        self.matcher.follows_dependencies = false;
        let set = self.matcher.judge.readings.set(ALL_RESOURCES_COVERS_USER_ACTIONS.name, "yes");
        debug_assert_eq!(set, Ok(()));
        self
    }

    /// What the API would answer for somebody's sign-in: enabled and report-only policies, in the order of the export
    /// (SI-2.9 to SI-2.13).
    #[must_use]
    pub fn what_if(&self, scenario: &Scenario, version: WhatIfVersion) -> Vec<WhatIfResult<'t>> {
        let risk = match version {
            WhatIfVersion::V1 => RiskLevel::None,
            WhatIfVersion::Beta => RiskLevel::Low,
        };
        let platform = match version {
            WhatIfVersion::V1 => Platform::All,
            WhatIfVersion::Beta => Platform::Android,
        };
        let mut conditions = scenario.conditions.clone();
        conditions.client.get_or_insert(ClientApp::All);
        conditions.platform.get_or_insert(SeenPlatform::Known(platform));
        conditions.sign_in_risk.get_or_insert_with(|| risk.clone());
        conditions.user_risk.get_or_insert(risk);
        conditions.insider_risk.get_or_insert(None);
        conditions.flow.get_or_insert(Flow::Ordinary);
        let person = Person::of(&self.matcher, &scenario.subject, &scenario.target, &conditions);
        let reach = self.reach(&scenario.subject, &scenario.target, &conditions);
        self.each(|policy| {
            let mut met = self.conditions(policy, &person, &reach);
            met.sort_by_key(|(reason, _)| *reason);
            first_unmet(met.into_iter().map(|(reason, answer)| (reason.as_str(), answer)))
        })
    }

    /// The same for a service principal (CA-12.1 to CA-12.5).
    #[must_use]
    pub fn what_if_workload(&self, sign_in: &WorkloadSignIn) -> Vec<WhatIfResult<'t>> {
        self.each(|policy| {
            let workloads = match &policy.workloads {
                Ok(Some(workloads)) => self.holds_workload(workloads, &sign_in.service_principal),
                Ok(None) => Answer::No,
                Err(_) => Answer::Unknown(Why::unreadable("the workload identities of the policy could not be read")),
            };
            let location = told(policy, &policy.locations, "locations")
                .map_or_else(|unknown| unknown, |locations| self.matcher.location(locations.as_ref(), &sign_in.from));
            let risk = told(policy, &policy.service_principal_risk, "service principal risk levels").map_or_else(
                |unknown| unknown,
                |levels| Matcher::risk(levels, Some(sign_in.risk.as_ref().unwrap_or(&RiskLevel::None)), "risk"),
            );
            first_unmet([("workloadIdentities", workloads), ("location", location), ("signInRisk", risk)].into_iter())
        })
    }

    fn holds_workload(&self, workloads: &Workloads, id: &Id) -> Answer {
        let principals = &self.tenant().service_principals;
        let found = principals.get(id).or_else(|| self.matcher.service_principal(id));
        let own = |reference: &Ref| match reference {
            // Only single-tenant ones, which an export may not tell: the API takes them as they come (CA-12.2).
            Ref::Keyword(Keyword::ServicePrincipalsInMyTenant | Keyword::All) => Answer::from(
                found
                    .and_then(|found| found.sign_in_audience.as_ref().ok()?.as_deref())
                    .is_none_or(|audience| audience.eq_ignore_ascii_case("AzureADMyOrg")),
            ),
            Ref::Id(listed) => Answer::from(listed == id || found.is_some_and(|found| found.id == *listed)),
            _ => Answer::No,
        };
        let included = Answer::any(workloads.include.iter().map(own));
        included.and(|| Answer::any(workloads.exclude.iter().map(own)).negated())
    }

    fn each(&self, reason: impl Fn(&ConditionalAccessPolicy) -> &'static str) -> Vec<WhatIfResult<'t>> {
        let on = |policy: &&'t ConditionalAccessPolicy| self.enforcement(policy) != Enforcement::Off;
        let policies = self.tenant().conditional_access.items.iter().filter(on);
        policies.map(|policy| WhatIfResult { policy, reason: reason(policy) }).collect()
    }
}

fn first_unmet(mut conditions: impl Iterator<Item = (&'static str, Answer)>) -> &'static str {
    conditions
        .find_map(|(reason, answer)| match answer {
            Answer::Yes => None,
            Answer::Unknown(why) if why.missing.is_some() => Some(NOT_ENOUGH_INFORMATION),
            Answer::No | Answer::Unknown(_) => Some(reason),
        })
        .unwrap_or(NOT_SET)
}
