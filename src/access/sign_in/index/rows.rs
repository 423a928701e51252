//! Rows: for each value of a condition, the policies that it meets.

use super::super::super::{Answer, Why};
use super::super::explain::{Enforcement, Engine};
use super::super::matching::{Matcher, told};
use super::super::{Claims, Conditions, Device, Flow, SeenPlatform, Target, UserAction};
use super::{Index, RowNumber};
use crate::model::{
    ClientApp, ConditionalAccessPolicy, MANDATORY_MFA, RiskLevel, SHAREPOINT, TEAMS, Told, TransferMethod, Whereabouts,
};

#[derive(Debug)]
pub(super) struct TargetRow {
    pub(super) target: Target,
    pub(super) row: RowNumber,
    /// Teams, SharePoint, another.
    pub(super) channel: u8,
    pub(super) mandatory: bool,
    pub(super) outbound: bool,
    pub(super) registers: bool,
}

impl<'t> Index<'_, 't> {
    /// The row of what does not depend on the sign-in, for parts that are missing.
    pub(super) fn base_row(&mut self) {
        self.base = self.row(base);
    }

    /// Adds the row of the policies that meet a condition.
    pub(super) fn row(&mut self, meets: impl Fn(&Engine<'t>, &ConditionalAccessPolicy) -> Answer) -> RowNumber {
        let start = self.rows.len();
        let number = if self.words == 0 { 0 } else { start / (self.words * 2) };
        self.rows.resize(start + self.words * 2, 0);
        let (surely, maybe) = self.rows.get_mut(start..).unwrap_or_default().split_at_mut(self.words);
        for (number, policy) in self.policies.iter().enumerate() {
            let bit = 1_u64 << (number % 64);
            let (sure, may) = match meets(self.engine, policy) {
                Answer::Yes => (bit, bit),
                Answer::No => (0, 0),
                Answer::Unknown(_) => (0, bit),
            };
            if let (Some(surely), Some(maybe)) = (surely.get_mut(number / 64), maybe.get_mut(number / 64)) {
                *surely |= sure;
                *maybe |= may;
            }
        }
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The same for one member; a policy of which it is not known what it is about is left to the base row.
    pub(super) fn told_row<T: 't>(
        &mut self,
        member: impl Fn(&ConditionalAccessPolicy) -> &Told<T>,
        meets: impl Fn(&T) -> Answer,
    ) -> RowNumber {
        self.row(|_, policy| {
            if policy.workloads.is_err() {
                return Answer::Yes;
            }
            told(policy, member(policy), "").map_or_else(|unknown| unknown, &meets)
        })
    }

    /// The number of a target.
    pub fn target(&mut self, target: &Target) -> u32 {
        let (number, new) = self.target_numbers.number(target);
        if new {
            let engine = self.engine;
            let row = self
                .told_row(|policy| &policy.applications, |applications| engine.matcher.target(applications, target).1);
            let application = match target {
                Target::Application(request) => request.application.as_str(),
                _ => "",
            };
            self.targets.push(TargetRow {
                row,
                channel: match application {
                    TEAMS => 0,
                    SHAREPOINT => 1,
                    _ => 2,
                },
                mandatory: MANDATORY_MFA.contains(&application),
                outbound: matches!(target, Target::Outbound { .. }),
                registers: *target == Target::UserAction(UserAction::RegisterSecurityInformation),
                target: target.clone(),
            });
        }
        number
    }

    pub(super) fn network(&mut self, from: &Whereabouts) -> RowNumber {
        let (number, new) = self.network_numbers.number(from);
        if new {
            let matcher = &self.engine.matcher;
            let row = self.told_row(|policy| &policy.locations, |locations| matcher.location(locations.as_ref(), from));
            self.networks.push(row);
        }
        self.networks.get(number as usize).copied().unwrap_or(self.base)
    }

    pub(super) fn device(&mut self, device: Option<&Device>) -> u32 {
        let device = device.cloned();
        let (number, new) = self.device_numbers.number(&device);
        if new {
            let unknown = Answer::Unknown(Why::unspecified("device trust is not known"));
            let rows = [Answer::No, Answer::Yes, unknown].map(|visible| {
                self.told_row(
                    |policy| &policy.device_filter,
                    |filter| Matcher::device(filter.as_ref(), device.as_ref(), &visible),
                )
            });
            self.devices.push((device, rows));
        }
        number
    }

    pub(super) fn claim(&mut self, claims: &Claims) -> u32 {
        let (number, new) = self.claim_numbers.number(claims);
        if new {
            self.claims.push(claims.clone());
        }
        number
    }

    pub(super) fn client(&mut self, client: Option<&ClientApp>) -> u8 {
        if !self.clients.iter().any(|(known, _)| known.as_ref() == client) {
            let row = self.told_row(|policy| &policy.client_apps, |clients| Matcher::client(clients, client));
            self.clients.push((client.cloned(), row));
        }
        position(&self.clients, |(known, _)| known.as_ref() == client)
    }

    pub(super) fn platform(&mut self, platform: Option<&SeenPlatform>) -> u8 {
        if !self.platforms.iter().any(|(known, _)| known.as_ref() == platform) {
            let row =
                self.told_row(|policy| &policy.platforms, |platforms| Matcher::platform(platforms.as_ref(), platform));
            self.platforms.push((platform.cloned(), row));
        }
        position(&self.platforms, |(known, _)| known.as_ref() == platform)
    }

    pub(super) fn sign_in_risk(&mut self, risk: Option<&RiskLevel>) -> u8 {
        if !self.sign_in_risks.iter().any(|(known, _)| known.as_ref() == risk) {
            let row =
                self.told_row(|policy| &policy.sign_in_risk, |levels| Matcher::risk(levels, risk, "sign-in risk"));
            self.sign_in_risks.push((risk.cloned(), row));
        }
        position(&self.sign_in_risks, |(known, _)| known.as_ref() == risk)
    }

    pub(super) fn user_risk(&mut self, risk: Option<&RiskLevel>) -> RowNumber {
        if !self.user_risks.iter().any(|(known, _)| known.as_ref() == risk) {
            let row = self.told_row(|policy| &policy.user_risk, |levels| Matcher::risk(levels, risk, "user risk"));
            self.user_risks.push((risk.cloned(), row));
        }
        let found = self.user_risks.iter().find(|(known, _)| known.as_ref() == risk);
        found.map_or(self.base, |(_, row)| *row)
    }

    pub(super) fn insider_risk(&mut self, conditions: &Conditions) -> RowNumber {
        let risk = (conditions.insider_risk.is_some(), conditions.insider_risk.clone().flatten());
        if !self.insider_risks.iter().any(|(known, _)| *known == risk) {
            let row = self.told_row(|policy| &policy.insider_risk, |levels| Matcher::insider_risk(levels, conditions));
            self.insider_risks.push((risk.clone(), row));
        }
        let found = self.insider_risks.iter().find(|(known, _)| *known == risk);
        found.map_or(self.base, |(_, row)| *row)
    }

    pub(super) fn flow(&mut self, conditions: &Conditions) -> u8 {
        let is = |(flow, original, _): &(Option<Flow>, Option<TransferMethod>, RowNumber)| {
            *flow == conditions.flow && *original == conditions.original_flow
        };
        if !self.flows.iter().any(is) {
            let row = self.told_row(|policy| &policy.flows, |flows| Matcher::flow(flows, conditions));
            self.flows.push((conditions.flow.clone(), conditions.original_flow.clone(), row));
        }
        position(&self.flows, is)
    }

    pub(super) fn original_flow(&mut self, conditions: &Conditions) -> u8 {
        let flow = &conditions.original_flow;
        if !self.original_flows.contains(flow) {
            self.original_flows.push(flow.clone());
        }
        position(&self.original_flows, |known| known == flow)
    }
}

pub(super) fn position<T>(list: &[T], is: impl Fn(&T) -> bool) -> u8 {
    list.iter().position(is).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// Whether a policy holds as far as it does not depend on the sign-in: it is enforced, about people, and understood.
pub(super) fn base(engine: &Engine<'_>, policy: &ConditionalAccessPolicy) -> Answer {
    let enforced = match engine.enforcement(policy) {
        Enforcement::Unknown(why) => Answer::Unknown(why),
        _ => Answer::Yes,
    };
    let understood = || match (&policy.workloads, &policy.other_conditions) {
        (Err(_), _) => told(policy, &policy.workloads, "workload identities").err().unwrap_or(Answer::Yes),
        (_, Ok(others)) if others.is_empty() => Answer::Yes,
        _ => Answer::Unknown(Why::unreadable("a condition is not understood")),
    };
    enforced.and(understood)
}
