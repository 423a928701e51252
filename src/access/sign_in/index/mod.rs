//! Very many sign-ins at once: an optimisation of [`Engine::explain`], held against it by tests.
//!
//! Each condition of the policies becomes, for each value that a sign-in can have there, the set of policies whose
//! condition it meets, as bits: those that it surely meets and those that it may meet. A sign-in is the AND of a few
//! such rows. What the policies that are left ask for depends on little: who vouches for the person, what is trusted, a
//! few conditions and claims. That is worked out once for each such *profile*, as groups of policies with the same need.

mod people;
mod profile;
mod rows;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use foldhash::fast::FixedState;

use super::super::Answer;
use super::explain::{Enforcement, Engine, Explanation, is_empty, user_risk};
use super::verdict::{Stage, Step, Verdict};
use super::{Claims, Conditions, Device, Flow, Scenario, SeenPlatform, Target};
use crate::model::{ClientApp, ConditionalAccessPolicy, Id, InsiderRisk, RiskLevel, TransferMethod, Whereabouts};
use people::{Capability, PersonRow, Sort};
use profile::{Hits, Need, Profile};
use rows::TargetRow;

/// What comes of a sign-in, without the reasons.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Result {
    /// The token is issued.
    Allow,
    /// It is issued after these steps.
    AllowAfter(BTreeSet<Step>),
    /// It is refused: the first failing stage, and its code.
    Block(Stage, Option<u32>),
    /// It depends on what is not known.
    Unknown,
}

impl From<&Verdict> for Result {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Allow => Self::Allow,
            Verdict::AllowAfter(steps) => Self::AllowAfter(steps.clone()),
            Verdict::Block(refusals) => {
                refusals.first().map_or(Self::Unknown, |refusal| Self::Block(refusal.stage, refusal.code))
            }
            Verdict::Unknown(_) => Self::Unknown,
        }
    }
}

/// A verdict and both sides of it, without the reasons.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decision {
    /// What is not known stays unknown.
    pub verdict: Result,
    /// What is not known falls for whoever wants in.
    pub coverage: Result,
    /// What is not known falls against them.
    pub reachability: Result,
}

impl Decision {
    /// The decision that an explanation comes to.
    #[must_use]
    pub fn of(explanation: &Explanation) -> Self {
        Self {
            verdict: Result::from(&explanation.verdict),
            coverage: Result::from(&explanation.coverage),
            reachability: Result::from(&explanation.reachability),
        }
    }
}

/// A sign-in whose parts the index knows: see [`Index::sign_in`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignIn {
    rows: [RowNumber; DIMENSIONS],
    profile: u32,
    gate: u32,
}

/// People, target, client, platform, network, device, sign-in risk, user risk, insider risk, flow.
const DIMENSIONS: usize = 10;

/// The parts of a sign-in before it is known which rows they come to.
#[derive(Debug, Clone, Copy)]
struct Parts {
    person: u32,
    target: u32,
    device: u32,
    claims: u32,
    client: u8,
    platform: u8,
    sign_in_risk: u8,
    flow: u8,
    original_flow: u8,
    flags: u8,
    /// Whether policies on registering security information let them register: see [`three`].
    registration: u8,
}

const UNATTENDED: u8 = 1;
const HOME_BLOCKED: u8 = 2;
const RESTRICTED: u8 = 4;
const CHANNEL_GIVEN: u8 = 8;
const CHANNEL_YES: u8 = 16;

/// A row of [`Index::rows`]: the set of policies that surely meet a condition, then of those that may, in as many words
/// each.
type RowNumber = u32;

type Fast<K, V> = HashMap<K, V, FixedState>;

/// Gives equal values one small number.
#[derive(Debug)]
struct Interner<T> {
    numbers: Fast<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: Fast::default() }
    }
}

impl<T: Eq + Hash + Clone> Interner<T> {
    /// The number, and whether it is new.
    fn number(&mut self, value: &T) -> (u32, bool) {
        if let Some(number) = self.numbers.get(value) {
            return (*number, false);
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(value.clone(), number);
        (number, true)
    }
}

/// Sign-ins to one tenant, made ready to be decided in great numbers.
#[derive(Debug)]
pub struct Index<'e, 't> {
    engine: &'e Engine<'t>,
    policies: Vec<&'t ConditionalAccessPolicy>,
    words: usize,
    rows: Vec<u64>,
    base: RowNumber,
    named: HashSet<Id>,
    groups: HashSet<Id>,
    assigned_groups: HashMap<Id, Vec<Id>>,
    domains_matter: bool,
    homes: HashSet<Id>,
    sorts: Interner<Sort>,
    people: Vec<PersonRow>,
    capabilities: Interner<Capability>,
    target_numbers: Interner<Target>,
    targets: Vec<TargetRow>,
    clients: Vec<(Option<ClientApp>, RowNumber)>,
    platforms: Vec<(Option<SeenPlatform>, RowNumber)>,
    network_numbers: Interner<Whereabouts>,
    networks: Vec<RowNumber>,
    device_numbers: Interner<Option<Device>>,
    devices: Vec<(Option<Device>, [RowNumber; 3])>,
    claim_numbers: Interner<Claims>,
    claims: Vec<Claims>,
    sign_in_risks: Vec<(Option<RiskLevel>, RowNumber)>,
    user_risks: Vec<(Option<RiskLevel>, RowNumber)>,
    insider_risks: Vec<((bool, Option<InsiderRisk>), RowNumber)>,
    flows: Vec<(Option<Flow>, Option<TransferMethod>, RowNumber)>,
    original_flows: Vec<Option<TransferMethod>>,
    need_numbers: Interner<Need>,
    needs: Vec<Need>,
    profile_numbers: Fast<(u128, u8), u32>,
    profile_contents: Interner<Profile>,
    profiles: Vec<Profile>,
    gate_numbers: Fast<u128, u32>,
    gates: Interner<(Vec<Need>, Vec<Need>)>,
    gate_sets: Vec<(Vec<Need>, Vec<Need>)>,
    decision_numbers: Fast<(u64, Hits, Hits), u32>,
    decisions: Vec<Decision>,
    decision_of: HashMap<Decision, u32>,
    /// Whether there are policies on registering security information, and what they say of sign-ins.
    registering: bool,
    registrations: Fast<([RowNumber; DIMENSIONS], (u128, u8)), u8>,
}

const fn three(answer: &Answer) -> u8 {
    match answer {
        Answer::No => 0,
        Answer::Yes => 1,
        Answer::Unknown(_) => 2,
    }
}

impl<'e, 't> Index<'e, 't> {
    /// An index over the policies of an engine's tenant.
    #[must_use]
    pub fn new(engine: &'e Engine<'t>) -> Self {
        let counts = |policy: &&'t ConditionalAccessPolicy| {
            matches!(engine.enforcement(policy), Enforcement::Enforced | Enforcement::Unknown(_))
                && !matches!(policy.workloads, Ok(Some(_)))
                && (policy.workloads.is_err() || !is_empty(policy).is_yes())
        };
        let policies: Vec<&ConditionalAccessPolicy> =
            engine.tenant().conditional_access.items.iter().filter(counts).collect();
        let words = policies.len().div_ceil(64);
        let mut index = Self {
            engine,
            policies,
            words,
            rows: Vec::new(),
            base: 0,
            named: HashSet::new(),
            groups: HashSet::new(),
            assigned_groups: HashMap::new(),
            domains_matter: !engine.tenant().domain_list.items.is_empty(),
            homes: engine.tenant().cross_tenant_partners.items.iter().map(|partner| partner.id.clone()).collect(),
            sorts: Interner::default(),
            people: Vec::new(),
            capabilities: Interner::default(),
            target_numbers: Interner::default(),
            targets: Vec::new(),
            clients: Vec::new(),
            platforms: Vec::new(),
            network_numbers: Interner::default(),
            networks: Vec::new(),
            device_numbers: Interner::default(),
            devices: Vec::new(),
            claim_numbers: Interner::default(),
            claims: Vec::new(),
            sign_in_risks: Vec::new(),
            user_risks: Vec::new(),
            insider_risks: Vec::new(),
            flows: Vec::new(),
            original_flows: Vec::new(),
            need_numbers: Interner::default(),
            needs: Vec::new(),
            profile_numbers: Fast::default(),
            profile_contents: Interner::default(),
            profiles: Vec::new(),
            gate_numbers: Fast::default(),
            gates: Interner::default(),
            gate_sets: Vec::new(),
            decision_numbers: Fast::default(),
            decisions: Vec::new(),
            decision_of: HashMap::new(),
            registering: engine.registering().next().is_some(),
            registrations: Fast::default(),
        };
        index.name_people();
        index.base_row();
        index
    }

    /// Makes a sign-in ready to be decided. The same parts are worked out once.
    pub fn sign_in(&mut self, scenario: &Scenario) -> SignIn {
        let person = self.person(&scenario.subject);
        let target = self.target(&scenario.target);
        self.sign_in_of(person, target, &scenario.conditions)
    }

    /// The same of a person and a target that are ready.
    pub fn sign_in_of(&mut self, person: u32, target: u32, conditions: &Conditions) -> SignIn {
        let risk = self.people.get(person as usize).and_then(|found| user_risk(&found.subject, conditions)).cloned();
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        let mut parts = Parts {
            person,
            target,
            device: self.device(conditions.device.as_ref()),
            claims: self.claim(&conditions.claims),
            client: self.client(conditions.client.as_ref()),
            platform: self.platform(conditions.platform.as_ref()),
            sign_in_risk: self.sign_in_risk(conditions.sign_in_risk.as_ref()),
            flow: self.flow(conditions),
            original_flow: self.original_flow(conditions),
            flags: flag(conditions.unattended, UNATTENDED)
                | flag(conditions.home_outbound == Some(false), HOME_BLOCKED)
                | flag(conditions.tenant_restricted, RESTRICTED)
                | flag(conditions.shared_channel.is_some(), CHANNEL_GIVEN)
                | flag(conditions.shared_channel == Some(true), CHANNEL_YES),
            registration: three(&Answer::Yes),
        };
        let (people, device) = self.personal_rows(parts);
        let user_risk = self.user_risk(risk.as_ref());
        let insider_risk = self.insider_risk(conditions);
        let network = self.network(&conditions.from);
        let at = |found: Option<RowNumber>| found.unwrap_or(self.base);
        let rows = [
            people,
            at(self.targets.get(target as usize).map(|target| target.row)),
            at(self.clients.get(usize::from(parts.client)).map(|(_, row)| *row)),
            at(self.platforms.get(usize::from(parts.platform)).map(|(_, row)| *row)),
            network,
            device,
            at(self.sign_in_risks.get(usize::from(parts.sign_in_risk)).map(|(_, row)| *row)),
            user_risk,
            insider_risk,
            at(self.flows.get(usize::from(parts.flow)).map(|(.., row)| *row)),
        ];
        if self.registering {
            parts.registration = self.registration(parts, rows, conditions);
        }
        SignIn { rows, profile: self.profile(parts), gate: self.gate(parts) }
    }

    /// What policies on registering security information say of a sign-in.
    fn registration(&mut self, parts: Parts, rows: [RowNumber; DIMENSIONS], conditions: &Conditions) -> u8 {
        let Some(key) = self.profile_key(parts) else { return three(&Answer::Yes) };
        if let Some(known) = self.registrations.get(&(rows, key)) {
            return *known;
        }
        let (Some(person), Some(target)) =
            (self.people.get(parts.person as usize), self.targets.get(parts.target as usize))
        else {
            return three(&Answer::Yes);
        };
        let reach = self.engine.reach(&person.subject, &target.target, conditions);
        let answer = three(&self.engine.registration(&person.subject, &target.target, conditions, &reach));
        self.registrations.insert((rows, key), answer);
        answer
    }

    /// The rows that depend on the person and on something else: of users, and of the device as it is seen here.
    fn personal_rows(&self, parts: Parts) -> (RowNumber, RowNumber) {
        let (Some(person), Some(target)) =
            (self.people.get(parts.person as usize), self.targets.get(parts.target as usize))
        else {
            return (self.base, self.base);
        };
        let reach = match parts.flags & (CHANNEL_GIVEN | CHANNEL_YES) {
            0 => person.reach.get(usize::from(target.channel)).copied().unwrap_or_default(),
            CHANNEL_GIVEN => person.channel[1],
            _ => person.channel[0],
        };
        let client = self.clients.get(usize::from(parts.client));
        let eas = client
            .is_some_and(|(client, _)| matches!(client, Some(ClientApp::ExchangeActiveSync | ClientApp::EasSupported)));
        let people = person.rows.get(usize::from(reach)).and_then(|rows| rows.get(usize::from(eas)));
        let devices = self.devices.get(parts.device as usize).map(|(_, rows)| rows);
        let device = devices.and_then(|rows| rows.get(usize::from(person.visible)));
        (people.copied().unwrap_or(self.base), device.copied().unwrap_or(self.base))
    }

    /// What comes of a sign-in.
    pub fn decide(&mut self, sign_in: SignIn) -> &Decision {
        let number = self.number(sign_in);
        self.decisions.get(number as usize).unwrap_or(NEVER)
    }

    /// A number that stands for what comes of a sign-in; equal decisions have equal numbers.
    pub fn number(&mut self, sign_in: SignIn) -> u32 {
        let Some(profile) = self.profiles.get(sign_in.profile as usize) else { return u32::MAX };
        let mut few = [0_u64; FEW_WORDS * 2];
        let mut many;
        let applied = if let Some(applied) = few.get_mut(..self.words * 2) {
            applied
        } else {
            many = vec![0_u64; self.words * 2];
            many.as_mut_slice()
        };
        self.applied(sign_in, applied);
        let (surely, maybe) = applied.split_at(self.words);
        let [lower, upper] = &profile.sides;
        let hits = [lower.hits(surely), upper.hits(maybe)];
        let [Some(best), Some(worst)] = hits else {
            let decision = self.work_out(profile, sign_in.gate, hits, [surely, maybe]);
            return self.admit(decision);
        };
        let key = ((u64::from(sign_in.profile) << 32) | u64::from(sign_in.gate), best, worst);
        if let Some(number) = self.decision_numbers.get(&key) {
            return *number;
        }
        let decision = self.work_out(profile, sign_in.gate, hits, [surely, maybe]);
        let number = self.admit(decision);
        self.decision_numbers.insert(key, number);
        number
    }

    fn admit(&mut self, decision: Decision) -> u32 {
        let next = u32::try_from(self.decisions.len()).unwrap_or(u32::MAX);
        let number = *self.decision_of.entry(decision.clone()).or_insert(next);
        if number == next {
            self.decisions.push(decision);
        }
        number
    }

    /// Policies, in the order of the export, that ask for something and surely apply, then those that may.
    #[must_use]
    pub fn asking(&self, sign_in: SignIn) -> (Vec<&'t ConditionalAccessPolicy>, Vec<&'t ConditionalAccessPolicy>) {
        let Some(profile) = self.profiles.get(sign_in.profile as usize) else { return (Vec::new(), Vec::new()) };
        let mut applied = vec![0_u64; self.words * 2];
        self.applied(sign_in, &mut applied);
        let (surely, maybe) = applied.split_at(self.words);
        let word = |words: &[u64], at: usize| words.get(at).copied().unwrap_or_default();
        let (mut sure, mut may) = (Vec::new(), Vec::new());
        for (number, policy) in self.policies.iter().enumerate() {
            let (at, bit) = (number / 64, number % 64);
            let asks = word(&profile.asking, at) >> bit & 1 == 1;
            if asks && word(surely, at) >> bit & 1 == 1 {
                sure.push(*policy);
            } else if asks && word(maybe, at) >> bit & 1 == 1 {
                may.push(*policy);
            }
        }
        (sure, may)
    }

    /// The policies that surely apply, then those that may.
    fn applied(&self, sign_in: SignIn, applied: &mut [u64]) {
        let stride = self.words * 2;
        let row = |number: RowNumber| {
            let start = number as usize * stride;
            self.rows.get(start..start + stride).unwrap_or_default()
        };
        let [people, rest @ ..] = sign_in.rows;
        // What does not depend on the sign-in is part of the rows of people.
        applied.copy_from_slice(row(people));
        for number in rest {
            for (word, other) in applied.iter_mut().zip(row(number)) {
                *word &= other;
            }
        }
    }
}

/// What comes of a sign-in that another index made ready.
const NEVER: &Decision =
    &Decision { verdict: Result::Unknown, coverage: Result::Unknown, reachability: Result::Unknown };

/// Words of a row that need no allocation: 512 policies, more than twice of what a tenant may have (LIM-1.1).
const FEW_WORDS: usize = 8;
