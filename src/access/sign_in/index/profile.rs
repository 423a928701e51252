//! What is asked of people of one profile, and what gates do to them.

use std::collections::{BTreeSet, HashMap};

use super::super::super::{Answer, Why};
use super::super::Conditions;
use super::super::controls::{Fold, Person, need};
use super::super::explain::{Item, Side, is_legacy, of_demand, of_gate};
use super::super::verdict::{Alternatives, Refusal, Stage, least_steps};
use super::{Decision, HOME_BLOCKED, Index, Parts, RESTRICTED, Result, UNATTENDED};

/// What policies ask of people of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    /// At best and at worst.
    pub(super) sides: [ProfileSide; 2],
    /// Policies that ask for something on either side.
    pub(super) asking: Box<[u64]>,
    /// What is needed whatever policies say.
    pub(super) demands: Vec<(Option<u32>, Option<u32>)>,
}

/// What policies ask for if what is not known falls to one side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ProfileSide {
    /// Policies that refuse, by the refusal, in the order in which refusals come first.
    pub(super) refusing: Vec<(u32, Box<[u64]>)>,
    /// Policies that ask for steps.
    pub(super) asking: Box<[u64]>,
    /// For each policy, which of the needs it has.
    pub(super) need_of: Box<[u16]>,
    /// Different needs of steps.
    pub(super) needs: Vec<u32>,
}

/// What the policies that apply come to on one side: a refusal, or which needs of steps there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Hits {
    Refused(u32),
    Needs(u128),
}

impl ProfileSide {
    fn new(words: usize, policies: usize) -> Self {
        Self {
            refusing: Vec::new(),
            asking: vec![0; words].into(),
            need_of: vec![0; policies].into(),
            needs: Vec::new(),
        }
    }

    /// What the policies that apply come to. `None`: the needs are more than can be told apart here.
    pub(super) fn hits(&self, applied: &[u64]) -> Option<Hits> {
        for (need, policies) in &self.refusing {
            if applied.iter().zip(policies).any(|(word, own)| word & own != 0) {
                return Some(Hits::Refused(*need));
            }
        }
        if self.needs.len() > MOST_NEEDS {
            return None;
        }
        let mut needs = 0_u128;
        self.each(applied, |need| needs |= 1 << (need & 127));
        Some(Hits::Needs(needs))
    }

    /// Tells the need of steps of every policy that applies, by its number among the needs.
    pub(super) fn each(&self, applied: &[u64], mut tell: impl FnMut(u16)) {
        for (at, (applied, asking)) in applied.iter().zip(&self.asking).enumerate() {
            let mut left = applied & asking;
            while left != 0 {
                let policy = at * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                if let Some(need) = self.need_of.get(policy) {
                    tell(*need);
                }
            }
        }
    }

    fn add(&mut self, policy: usize, need: u32, steps: bool, numbers: &mut HashMap<u32, u16>) -> Option<()> {
        let (word, bit) = (policy / 64, 1 << (policy % 64));
        if !steps {
            let words = self.asking.len();
            let at = self.refusing.iter().position(|(known, _)| *known == need).unwrap_or_else(|| {
                self.refusing.push((need, vec![0; words].into()));
                self.refusing.len() - 1
            });
            *self.refusing.get_mut(at)?.1.get_mut(word)? |= bit;
            return Some(());
        }
        let needs = &mut self.needs;
        let number = *numbers.entry(need).or_insert_with(|| {
            needs.push(need);
            u16::try_from(needs.len() - 1).unwrap_or(u16::MAX)
        });
        *self.need_of.get_mut(policy)? = number;
        *self.asking.get_mut(word)? |= bit;
        Some(())
    }
}

/// Needs of steps that one profile can tell apart without a list.
const MOST_NEEDS: usize = 128;

/// What is needed: steps, or the refusal that comes first.
pub(super) type Need = std::result::Result<Alternatives, (Stage, Option<u32>)>;

impl Index<'_, '_> {
    /// The number of the profile of a sign-in.
    pub(super) fn profile(&mut self, sign_in: Parts) -> u32 {
        let Some(key) = self.profile_key(sign_in) else { return u32::MAX };
        if let Some(number) = self.profile_numbers.get(&key) {
            return *number;
        }
        let Some(profile) = self.make_profile(sign_in) else { return u32::MAX };
        // Most conditions and claims make no difference: what comes of them is kept once, and stays near.
        let (number, new) = self.profile_contents.number(&profile);
        if new {
            self.profiles.push(profile);
        }
        self.profile_numbers.insert(key, number);
        number
    }

    /// Everything that a profile depends on.
    pub(super) fn profile_key(&self, sign_in: Parts) -> Option<(u128, u8)> {
        let person = self.people.get(sign_in.person as usize)?;
        let target = self.targets.get(sign_in.target as usize)?;
        let key = u128::from(person.capability)
            | u128::from(sign_in.device) << 32
            | u128::from(sign_in.claims) << 64
            | u128::from(sign_in.client) << 96
            | u128::from(sign_in.sign_in_risk) << 104
            | u128::from(sign_in.flow) << 112
            | u128::from(sign_in.platform) << 120;
        let more = sign_in.flags & UNATTENDED
            | u8::from(target.mandatory) << 1
            | u8::from(target.outbound) << 2
            | u8::from(target.registers) << 3
            | sign_in.registration << 4;
        Some((key, more))
    }

    pub(super) fn make_profile(&mut self, sign_in: Parts) -> Option<Profile> {
        let conditions = Conditions {
            client: self.clients.get(usize::from(sign_in.client))?.0.clone(),
            platform: self.platforms.get(usize::from(sign_in.platform))?.0.clone(),
            device: self.devices.get(sign_in.device as usize)?.0.clone(),
            sign_in_risk: self.sign_in_risks.get(usize::from(sign_in.sign_in_risk))?.0.clone(),
            flow: self.flows.get(usize::from(sign_in.flow))?.0.clone(),
            original_flow: self.original_flows.get(usize::from(sign_in.original_flow))?.clone(),
            unattended: sign_in.flags & UNATTENDED != 0,
            claims: self.claims.get(sign_in.claims as usize)?.clone(),
            ..Conditions::default()
        };
        let engine = self.engine;
        let subject = self.people.get(sign_in.person as usize)?.subject.clone();
        let target = self.targets.get(sign_in.target as usize)?.target.clone();
        let mut person = Person::of(&engine.matcher, &subject, &target, &conditions);
        person.may_register = match sign_in.registration {
            0 => Answer::No,
            1 => Answer::Yes,
            _ => Answer::Unknown(Why::unspecified("whether a policy lets them register is not known")),
        };
        let mut asking = vec![0_u64; self.words];
        let mut sides = [(); 2].map(|()| (ProfileSide::new(self.words, self.policies.len()), HashMap::new()));
        for at in 0..self.policies.len() {
            let policy = *self.policies.get(at)?;
            let (operator, outcomes) = engine.controls(policy, &person);
            for ((side, numbers), fold) in sides.iter_mut().zip([Fold::Best, Fold::Worst]) {
                let needed = first_refusal(need(&policy.id, operator, &outcomes, fold));
                let steps = match &needed {
                    Ok(alternatives) if alternatives.iter().any(BTreeSet::is_empty) => continue,
                    needed => needed.is_ok(),
                };
                *asking.get_mut(at / 64)? |= 1 << (at % 64);
                side.add(at, self.need(needed), steps, numbers)?;
            }
        }
        let sides = sides.map(|(mut side, _)| {
            side.refusing.sort_by_key(|(need, _)| {
                self.needs.get(*need as usize).and_then(|need| need.as_ref().err()).map(order)
            });
            side
        });
        let demands: Vec<Item> =
            engine.demands(&person).iter().map(|(name, outcome)| of_demand(name, outcome)).collect();
        let demands = demands
            .into_iter()
            .map(|item| {
                let (best, worst) = item.sides();
                let mut number = |side: Side| side.map(|side| self.need(first_refusal(side)));
                (number(best), number(worst))
            })
            .collect();
        Some(Profile { sides, asking: asking.into(), demands })
    }

    pub(super) fn need(&mut self, need: Need) -> u32 {
        let (number, new) = self.need_numbers.number(&need);
        if new {
            self.needs.push(need);
        }
        number
    }

    /// The number of what gates do to a sign-in.
    pub(super) fn gate(&mut self, sign_in: Parts) -> u32 {
        let legacy: u8 = match self.clients.get(usize::from(sign_in.client)) {
            Some((Some(client), _)) => u8::from(is_legacy(client)),
            _ => 2,
        };
        let flags = sign_in.flags & (HOME_BLOCKED | RESTRICTED);
        let key = u128::from(sign_in.person)
            | u128::from(sign_in.target) << 32
            | u128::from(legacy) << 64
            | u128::from(flags) << 72;
        if let Some(number) = self.gate_numbers.get(&key) {
            return *number;
        }
        let number = self.make_gate(sign_in);
        self.gate_numbers.insert(key, number);
        number
    }

    pub(super) fn make_gate(&mut self, sign_in: Parts) -> u32 {
        let (Some(person), Some(target)) =
            (self.people.get(sign_in.person as usize), self.targets.get(sign_in.target as usize))
        else {
            return u32::MAX;
        };
        let conditions = Conditions {
            client: self.clients.get(usize::from(sign_in.client)).and_then(|(client, _)| client.clone()),
            home_outbound: (sign_in.flags & HOME_BLOCKED != 0).then_some(false),
            tenant_restricted: sign_in.flags & RESTRICTED != 0,
            ..Conditions::default()
        };
        let engine = self.engine;
        let gates = engine.gates(&person.subject, &target.target, &conditions);
        let items =
            gates.iter().map(of_gate).chain(engine.unseen_policies()).chain(engine.many_groups(&person.subject));
        let (mut best, mut worst) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            let (lower, upper) = item.sides();
            best.extend(lower.map(first_refusal));
            worst.extend(upper.map(first_refusal));
        }
        let set = (best.into_iter().collect(), worst.into_iter().collect());
        let (number, new) = self.gates.number(&set);
        if new {
            self.gate_sets.push(set);
        }
        number
    }

    /// What a profile, gates and the policies that apply come to. `steps` gives the needs of steps of a side.
    pub(super) fn work_out(
        &self,
        profile: &Profile,
        gate: u32,
        hits: [Option<Hits>; 2],
        applied: [&[u64]; 2],
    ) -> Decision {
        let need = |number: u32| self.needs.get(number as usize);
        let gates = self.gate_sets.get(gate as usize);
        let mut results =
            profile.sides.iter().zip(hits).zip(applied).enumerate().map(|(number, ((side, hits), applied))| {
                let mut needs: Vec<&Need> = Vec::new();
                match hits {
                    Some(Hits::Refused(number)) => needs.extend(need(number)),
                    Some(Hits::Needs(mask)) => {
                        let numbered = side.needs.iter().enumerate().filter(|(number, _)| mask >> number & 1 == 1);
                        needs.extend(numbered.filter_map(|(_, number)| need(*number)));
                    }
                    None => {
                        let mut seen = BTreeSet::new();
                        side.each(applied, |number| {
                            seen.insert(number);
                        });
                        let numbers = seen.into_iter().filter_map(|number| side.needs.get(usize::from(number)));
                        needs.extend(numbers.filter_map(|number| need(*number)));
                    }
                }
                let demands = profile.demands.iter().map(|(best, worst)| if number == 0 { best } else { worst });
                needs.extend(demands.filter_map(|demand| demand.and_then(need)));
                if let Some((best, worst)) = gates {
                    needs.extend(if number == 0 { best } else { worst });
                }
                result_of(&needs)
            });
        let coverage = results.next().unwrap_or(Result::Unknown);
        let reachability = results.next().unwrap_or(Result::Unknown);
        let verdict = if coverage == reachability || matches!(coverage, Result::Block(..)) {
            coverage.clone()
        } else {
            Result::Unknown
        };
        Decision { verdict, coverage, reachability }
    }
}

pub(super) fn first_refusal(need: std::result::Result<Alternatives, Vec<Refusal>>) -> Need {
    need.map_err(|refusals| {
        let first = refusals.iter().min_by_key(|refusal| refusal.order());
        first.map_or((Stage::ConditionalAccessBlock, None), |refusal| (refusal.stage, refusal.code))
    })
}

pub(super) fn result_of(needs: &[&Need]) -> Result {
    let refusals = needs.iter().filter_map(|need| need.as_ref().err());
    if let Some((stage, code)) = refusals.min_by_key(|refusal| order(refusal)) {
        return Result::Block(*stage, *code);
    }
    let steps = least_steps(needs.iter().filter_map(|need| need.as_ref().ok()));
    if steps.is_empty() { Result::Allow } else { Result::AllowAfter(steps) }
}

/// The order in which refusals come first: see [`Refusal::order`].
fn order((stage, code): &(Stage, Option<u32>)) -> (Stage, bool, Option<u32>) {
    (*stage, code.is_none(), *code)
}
