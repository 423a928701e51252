//! Very many sign-ins at once: an optimisation of [`Engine::explain`], held against it by tests.
//!
//! Each condition of the policies becomes, for each value that a sign-in can have there, the set of policies whose
//! condition it meets, as bits: those that it surely meets and those that it may meet. A sign-in is the AND of a few
//! such rows. What the policies that are left ask for depends on little: who vouches for the person, what is trusted, a
//! few conditions and claims. That is worked out once for each such *profile*, as groups of policies with the same need.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use foldhash::fast::FixedState;

use super::super::{Answer, Home};
use super::controls::{Fold, Person, need};
use super::explain::{
    Enforcement, Engine, Explanation, Item, Side, is_empty, is_legacy, of_demand, of_gate, user_risk,
};
use super::matching::{Matcher, told};
use super::verdict::{Alternatives, Refusal, Stage, Step, Verdict, least_steps};
use super::{
    Claims, Conditions, Device, DirectoryObject, Flow, Provider, Scenario, SeenPlatform, Subject, Target, UserAction,
};
use crate::model::{
    ClientApp, ConditionalAccessPolicy, ExternalTenants, ExternalUserType, Id, InsiderRisk, MANDATORY_MFA, Platform,
    Ref, RiskLevel, TransferMethod, Whereabouts,
};

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

/// Everything about a person that can make a difference to this tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Sort {
    object: ObjectSort,
    kinds: Vec<Option<ExternalUserType>>,
    kinds_open: bool,
    home: Home,
    home_has_id: bool,
    provider: Provider,
    domain: Option<String>,
    groups: Vec<Id>,
    direct: Vec<Id>,
    granted: BTreeSet<Id>,
    many_groups: bool,
    enabled: u8,
    pending: u8,
    other_cloud: bool,
    home_id: Option<Id>,
    home_groups: Option<BTreeSet<Id>>,
    registered: [Option<BTreeSet<String>>; 2],
    guest_here_too: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ObjectSort {
    /// Somebody whom something names.
    Named(Id),
    /// Somebody of the export whom nothing names.
    Another,
    Invited,
    Missing,
    NotNeeded,
}

/// A sort of people, made ready.
#[derive(Debug)]
struct PersonRow {
    subject: Subject,
    /// Rows by what is known of the other way into shared channels (no, yes, unknown) and by Exchange `ActiveSync`.
    rows: [[RowNumber; 2]; 3],
    /// Whether policies for the other way hold, in Teams, in SharePoint, and elsewhere.
    reach: [u8; 3],
    /// Whether the opening of a shared channel makes a difference.
    channels: bool,
    capability: u32,
    visible: u8,
}

/// What somebody can do about controls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Capability {
    kinds: Vec<Option<ExternalUserType>>,
    kinds_open: bool,
    without_tenant: bool,
    provider: Provider,
    pending: u8,
    trusts: [u8; 5],
    registered: [Option<BTreeSet<String>>; 2],
}

#[derive(Debug)]
struct TargetRow {
    target: Target,
    row: RowNumber,
    /// Teams, SharePoint, another.
    channel: u8,
    mandatory: bool,
    outbound: bool,
    registers: bool,
}

/// What policies ask of people of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Profile {
    /// Policies that ask for something.
    asking: Box<[u64]>,
    /// For each policy, which of the needs it has.
    need_of: Box<[u16]>,
    /// Different needs, at best and at worst.
    needs: Vec<(u32, u32)>,
    /// What is needed whatever policies say.
    demands: Vec<(Option<u32>, Option<u32>)>,
}

/// What is needed: steps, or the refusal that comes first.
type Need = std::result::Result<Alternatives, (Stage, Option<u32>)>;

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
    profile_numbers: Fast<u128, u32>,
    profile_contents: Interner<Profile>,
    profiles: Vec<Profile>,
    gate_numbers: Fast<u128, u32>,
    gates: Interner<(Vec<Need>, Vec<Need>)>,
    gate_sets: Vec<(Vec<Need>, Vec<Need>)>,
    decision_numbers: Fast<(u64, u128, u128), u32>,
    decisions: Vec<Decision>,
    decision_of: HashMap<Decision, u32>,
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
        };
        index.name_people();
        index.base_row();
        index
    }

    /// Whom and which groups anything names: others of the export are alike as far as their groups are.
    fn name_people(&mut self) {
        let tenant = self.engine.tenant();
        let mut names: HashSet<String> = HashSet::new();
        let mut refer =
            |reference: &Ref, people: bool, named: &mut HashSet<Id>, groups: &mut HashSet<Id>| match reference {
                Ref::Id(id) => {
                    named.insert(id.clone());
                    groups.insert(id.clone());
                }
                Ref::Name(name) if people => {
                    names.insert(name.to_ascii_lowercase());
                }
                reference @ Ref::Name(_) => {
                    groups.extend(super::super::scope::find_group(tenant, reference).map(|group| group.id.clone()));
                }
                Ref::Keyword(_) => {}
            };
        for policy in &self.policies {
            let Ok(users) = &policy.users else { continue };
            for scope in users.include_guests.iter().chain(&users.exclude_guests) {
                if let ExternalTenants::Enumerated(ids) = &scope.tenants {
                    self.homes.extend(ids.iter().cloned());
                }
            }
            for reference in users.include_users.iter().chain(&users.exclude_users) {
                refer(reference, true, &mut self.named, &mut self.groups);
            }
            for reference in users.include_groups.iter().chain(&users.exclude_groups) {
                refer(reference, false, &mut self.named, &mut self.groups);
            }
        }
        for assignment in &tenant.role_assignments.items {
            if let Ok(principal) = &assignment.principal {
                self.named.insert(principal.clone());
                self.groups.insert(principal.clone());
            }
        }
        let settings = tenant.cross_tenant_default.items.iter().flat_map(|default| {
            [default.collaboration_outbound.as_ref().ok(), default.direct_connect_outbound.as_ref().ok()]
        });
        let partners = tenant.cross_tenant_partners.items.iter().flat_map(|partner| {
            [&partner.collaboration_outbound, &partner.direct_connect_outbound]
                .map(|setting| setting.as_ref().ok().and_then(Option::as_ref))
        });
        for setting in settings.chain(partners).flatten() {
            for target in setting.users.iter().flat_map(|list| &list.targets) {
                if let Ref::Id(id) = target {
                    self.named.insert(id.clone());
                    self.groups.insert(id.clone());
                }
            }
        }
        for principal in &tenant.service_principals.items {
            if principal.assignment_required == Ok(false) {
                continue;
            }
            for member in principal.assigned.iter().flat_map(|assigned| &assigned.items) {
                match tenant.groups.get(&member.id) {
                    None => {
                        self.named.insert(member.id.clone());
                        self.groups.insert(member.id.clone());
                    }
                    Some(group) => {
                        self.groups.insert(group.id.clone());
                        for person in group.members.iter().flat_map(|members| &members.items) {
                            let direct = self.assigned_groups.entry(person.id.clone()).or_default();
                            if !direct.contains(&group.id) {
                                direct.push(group.id.clone());
                            }
                        }
                    }
                }
            }
        }
        for user in &tenant.users.items {
            let name = user.user_principal_name.as_ref().map(|name| name.to_ascii_lowercase());
            if name.is_ok_and(|name| names.contains(&name)) {
                self.named.insert(user.id.clone());
            }
        }
    }

    /// The row of what does not depend on the sign-in.
    fn base_row(&mut self) {
        self.base = self.row(|engine, policy| {
            let enforced = match engine.enforcement(policy) {
                Enforcement::Unknown(why) => Answer::Unknown(why),
                _ => Answer::Yes,
            };
            let opaque = told(policy, &policy.workloads, "workload identities").err().unwrap_or(Answer::Yes);
            let others = match &policy.other_conditions {
                Ok(others) if others.is_empty() => Answer::Yes,
                _ => Answer::Unknown(super::super::Why::unreadable("a condition is not understood")),
            };
            enforced.and(|| opaque).and(|| if policy.workloads.is_err() { Answer::Yes } else { others })
        });
    }

    /// Adds the row of the policies that meet a condition.
    fn row(&mut self, meets: impl Fn(&Engine<'t>, &ConditionalAccessPolicy) -> Answer) -> RowNumber {
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
    fn told_row<T: 't>(
        &mut self,
        member: impl Fn(&ConditionalAccessPolicy) -> &crate::model::Told<T>,
        meets: impl Fn(&T) -> Answer,
    ) -> RowNumber {
        self.row(|_, policy| {
            if policy.workloads.is_err() {
                return Answer::Yes;
            }
            told(policy, member(policy), "").map_or_else(|unknown| unknown, &meets)
        })
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
        let parts = Parts {
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
        SignIn { rows, profile: self.profile(parts), gate: self.gate(parts) }
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
            CHANNEL_GIVEN if person.channels => 0,
            _ if person.channels => 1,
            _ => person.reach[2],
        };
        let client = self.clients.get(usize::from(parts.client));
        let eas = client
            .is_some_and(|(client, _)| matches!(client, Some(ClientApp::ExchangeActiveSync | ClientApp::EasSupported)));
        let people = person.rows.get(usize::from(reach)).and_then(|rows| rows.get(usize::from(eas)));
        let devices = self.devices.get(parts.device as usize).map(|(_, rows)| rows);
        let device = devices.and_then(|rows| rows.get(usize::from(person.visible)));
        (people.copied().unwrap_or(self.base), device.copied().unwrap_or(self.base))
    }

    /// The number of somebody's sort.
    pub fn person(&mut self, subject: &Subject) -> u32 {
        let sort = self.sort(subject);
        let (number, new) = self.sorts.number(&sort);
        if new {
            let row = self.person_row(subject);
            self.people.push(row);
        }
        number
    }

    /// How many sorts of people were met.
    #[must_use]
    pub fn sorts(&self) -> usize {
        self.people.len()
    }

    fn sort(&self, subject: &Subject) -> Sort {
        let tenant = self.engine.tenant();
        let (object, exported) = match &subject.object {
            DirectoryObject::User(id) if self.named.contains(id) => (ObjectSort::Named(id.clone()), Some(id)),
            DirectoryObject::User(id) => (ObjectSort::Another, Some(id)),
            DirectoryObject::Invited => (ObjectSort::Invited, None),
            DirectoryObject::Missing => (ObjectSort::Missing, None),
            DirectoryObject::NotNeeded => (ObjectSort::NotNeeded, None),
        };
        let own = exported.and_then(|id| tenant.groups_of(id));
        let mut groups: Vec<Id> = own
            .into_iter()
            .flatten()
            .chain(&subject.groups)
            .filter(|group| self.groups.contains(*group))
            .cloned()
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let mut direct = exported.and_then(|id| self.assigned_groups.get(id)).cloned().unwrap_or_default();
        direct.extend(subject.groups.iter().filter(|group| self.groups.contains(*group)).cloned());
        direct.sort_unstable();
        direct.dedup();
        Sort {
            object,
            kinds: subject.kinds.clone(),
            kinds_open: subject.kinds_open.is_some(),
            home: match &subject.home {
                // Tenants that nothing names are alike.
                Home::Tenant(id) if !self.homes.contains(id) => Home::OtherTenant,
                home => home.clone(),
            },
            home_has_id: !matches!(&subject.home, Home::OtherTenant),
            provider: subject.provider,
            domain: subject.domain.clone().filter(|_| self.domains_matter && !subject.pending.is_no()),
            groups,
            direct,
            granted: subject.granted.clone(),
            many_groups: self.engine.many_groups(subject).is_some(),
            enabled: three(&subject.enabled),
            pending: three(&subject.pending),
            other_cloud: subject.other_cloud,
            home_id: subject.home_id.clone(),
            home_groups: subject.home_groups.clone(),
            registered: [subject.registered_at_home.clone(), subject.registered_here.clone()],
            guest_here_too: subject.guest_here_too,
        }
    }

    fn person_row(&mut self, subject: &Subject) -> PersonRow {
        let engine = self.engine;
        let unknown =
            || Answer::Unknown(super::super::Why::unspecified("whether a shared channel can be opened is not known"));
        let reaches = [Answer::No, Answer::Yes, unknown()];
        let clients = [None, Some(&ClientApp::ExchangeActiveSync)];
        let rows = reaches.each_ref().map(|reach| {
            clients.map(|client| {
                self.row(|engine, policy| {
                    if policy.workloads.is_err() { Answer::Yes } else { engine.about(policy, subject, client, reach) }
                })
            })
        });
        let plain = Conditions::default();
        let opened = |application: &str| {
            let target = Target::Application(super::Request::plain(Id::new(application)));
            three(&engine.reach(subject, &target, &plain))
        };
        let reach = [opened(TEAMS), opened(SHAREPOINT), three(&engine.reach(subject, &Target::Unspecified, &plain))];
        let shared = Conditions { shared_channel: Some(true), ..Conditions::default() };
        let channels = !engine.reach(subject, &Target::Unspecified, &shared).is_no()
            && subject.is(ExternalUserType::B2bDirectConnectUser) != Answer::Yes;
        let person = Person::of(&engine.matcher, subject, &Target::Unspecified, &plain);
        let capability = Capability {
            kinds: subject.kinds.clone(),
            kinds_open: subject.kinds_open.is_some(),
            without_tenant: subject.home == Home::NoTenant,
            provider: subject.provider,
            pending: three(&subject.pending),
            trusts: person.trusts().map(three),
            registered: [subject.registered_at_home.clone(), subject.registered_here.clone()],
        };
        let visible = three(&person.device_is_visible(&engine.matcher));
        let (capability, _) = self.capabilities.number(&capability);
        PersonRow { subject: subject.clone(), rows, reach, channels, capability, visible }
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

    fn network(&mut self, from: &Whereabouts) -> RowNumber {
        let (number, new) = self.network_numbers.number(from);
        if new {
            let matcher = &self.engine.matcher;
            let row = self.told_row(|policy| &policy.locations, |locations| matcher.location(locations.as_ref(), from));
            self.networks.push(row);
        }
        self.networks.get(number as usize).copied().unwrap_or(self.base)
    }

    fn device(&mut self, device: Option<&Device>) -> u32 {
        let device = device.cloned();
        let (number, new) = self.device_numbers.number(&device);
        if new {
            let unknown = Answer::Unknown(super::super::Why::unspecified("device trust is not known"));
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

    fn claim(&mut self, claims: &Claims) -> u32 {
        let (number, new) = self.claim_numbers.number(claims);
        if new {
            self.claims.push(claims.clone());
        }
        number
    }

    fn client(&mut self, client: Option<&ClientApp>) -> u8 {
        if !self.clients.iter().any(|(known, _)| known.as_ref() == client) {
            let row = self.told_row(|policy| &policy.client_apps, |clients| Matcher::client(clients, client));
            self.clients.push((client.cloned(), row));
        }
        position(&self.clients, |(known, _)| known.as_ref() == client)
    }

    fn platform(&mut self, platform: Option<&SeenPlatform>) -> u8 {
        if !self.platforms.iter().any(|(known, _)| known.as_ref() == platform) {
            let row =
                self.told_row(|policy| &policy.platforms, |platforms| Matcher::platform(platforms.as_ref(), platform));
            self.platforms.push((platform.cloned(), row));
        }
        position(&self.platforms, |(known, _)| known.as_ref() == platform)
    }

    fn sign_in_risk(&mut self, risk: Option<&RiskLevel>) -> u8 {
        if !self.sign_in_risks.iter().any(|(known, _)| known.as_ref() == risk) {
            let row =
                self.told_row(|policy| &policy.sign_in_risk, |levels| Matcher::risk(levels, risk, "sign-in risk"));
            self.sign_in_risks.push((risk.cloned(), row));
        }
        position(&self.sign_in_risks, |(known, _)| known.as_ref() == risk)
    }

    fn user_risk(&mut self, risk: Option<&RiskLevel>) -> RowNumber {
        if !self.user_risks.iter().any(|(known, _)| known.as_ref() == risk) {
            let row = self.told_row(|policy| &policy.user_risk, |levels| Matcher::risk(levels, risk, "user risk"));
            self.user_risks.push((risk.cloned(), row));
        }
        let found = self.user_risks.iter().find(|(known, _)| known.as_ref() == risk);
        found.map_or(self.base, |(_, row)| *row)
    }

    fn insider_risk(&mut self, conditions: &Conditions) -> RowNumber {
        let risk = (conditions.insider_risk.is_some(), conditions.insider_risk.clone().flatten());
        if !self.insider_risks.iter().any(|(known, _)| *known == risk) {
            let row = self.told_row(|policy| &policy.insider_risk, |levels| Matcher::insider_risk(levels, conditions));
            self.insider_risks.push((risk.clone(), row));
        }
        let found = self.insider_risks.iter().find(|(known, _)| *known == risk);
        found.map_or(self.base, |(_, row)| *row)
    }

    fn flow(&mut self, conditions: &Conditions) -> u8 {
        let is = |(flow, original, _): &(Option<Flow>, Option<TransferMethod>, RowNumber)| {
            *flow == conditions.flow && *original == conditions.original_flow
        };
        if !self.flows.iter().any(is) {
            let row = self.told_row(|policy| &policy.flows, |flows| Matcher::flow(flows, conditions));
            self.flows.push((conditions.flow.clone(), conditions.original_flow.clone(), row));
        }
        position(&self.flows, is)
    }

    fn original_flow(&mut self, conditions: &Conditions) -> u8 {
        let flow = &conditions.original_flow;
        if !self.original_flows.contains(flow) {
            self.original_flows.push(flow.clone());
        }
        position(&self.original_flows, |known| known == flow)
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
        if profile.needs.len() > MOST_NEEDS {
            let mut hits = vec![(false, false); profile.needs.len()];
            for (number, applied) in [surely, maybe].into_iter().enumerate() {
                each(applied, &profile.asking, &profile.need_of, |need| {
                    if let Some((best, worst)) = hits.get_mut(usize::from(need)) {
                        *(if number == 0 { best } else { worst }) = true;
                    }
                });
            }
            let decision = self.work_out(profile, sign_in.gate, hits.into_iter());
            return self.admit(decision);
        }
        let mut worst = 0_u128;
        each(maybe, &profile.asking, &profile.need_of, |need| worst |= 1 << (need & 127));
        let mut best = worst;
        if surely != maybe {
            best = 0;
            each(surely, &profile.asking, &profile.need_of, |need| best |= 1 << (need & 127));
        }
        let key = ((u64::from(sign_in.profile) << 32) | u64::from(sign_in.gate), best, worst);
        if let Some(number) = self.decision_numbers.get(&key) {
            return *number;
        }
        let hits = (0..profile.needs.len()).map(|number| (best >> number & 1 == 1, worst >> number & 1 == 1));
        let decision = self.work_out(profile, sign_in.gate, hits);
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
        applied.copy_from_slice(row(self.base));
        for number in sign_in.rows {
            for (word, other) in applied.iter_mut().zip(row(number)) {
                *word &= other;
            }
        }
    }

    /// The number of the profile of a sign-in.
    fn profile(&mut self, sign_in: Parts) -> u32 {
        let (Some(person), Some(target)) =
            (self.people.get(sign_in.person as usize), self.targets.get(sign_in.target as usize))
        else {
            return u32::MAX;
        };
        let (platform, _) = self.platform_sort(sign_in);
        let key = u128::from(person.capability)
            | u128::from(sign_in.device) << 32
            | u128::from(sign_in.claims) << 64
            | u128::from(sign_in.client) << 96
            | u128::from(sign_in.sign_in_risk) << 104
            | u128::from(sign_in.flow) << 112
            | u128::from(platform) << 120
            | u128::from(sign_in.flags & UNATTENDED) << 122
            | u128::from(target.mandatory) << 123
            | u128::from(target.outbound) << 124
            | u128::from(target.registers) << 125;
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

    fn platform_sort(&self, sign_in: Parts) -> (u8, Option<SeenPlatform>) {
        let platform = self.platforms.get(usize::from(sign_in.platform)).and_then(|(platform, _)| platform.clone());
        let sort = match &platform {
            None => 0,
            Some(SeenPlatform::Known(Platform::Android | Platform::Ios | Platform::Windows)) => 1,
            Some(_) => 2,
        };
        (sort, platform)
    }

    fn make_profile(&mut self, sign_in: Parts) -> Option<Profile> {
        let conditions = Conditions {
            client: self.clients.get(usize::from(sign_in.client))?.0.clone(),
            platform: self.platform_sort(sign_in).1,
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
        let person = Person::of(&engine.matcher, &subject, &target, &conditions);
        let mut asking = vec![0_u64; self.words];
        let mut need_of = vec![0_u16; self.policies.len()];
        let mut needs: Vec<(u32, u32)> = Vec::new();
        let mut numbers: HashMap<(u32, u32), u16> = HashMap::new();
        for at in 0..self.policies.len() {
            let policy = *self.policies.get(at)?;
            let (operator, outcomes) = engine.controls(policy, &person);
            let side = |fold| first_refusal(need(&policy.id, operator, &outcomes, fold));
            let (best, worst) = (side(Fold::Best), side(Fold::Worst));
            let nothing = |need: &Need| need.as_ref().is_ok_and(|need| need.iter().any(BTreeSet::is_empty));
            if nothing(&best) && nothing(&worst) {
                continue;
            }
            let key = (self.need(best), self.need(worst));
            let number = *numbers.entry(key).or_insert_with(|| {
                needs.push(key);
                u16::try_from(needs.len() - 1).unwrap_or(u16::MAX)
            });
            *need_of.get_mut(at)? = number;
            *asking.get_mut(at / 64)? |= 1 << (at % 64);
        }
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
        Some(Profile { asking: asking.into(), need_of: need_of.into(), needs, demands })
    }

    fn need(&mut self, need: Need) -> u32 {
        let (number, new) = self.need_numbers.number(&need);
        if new {
            self.needs.push(need);
        }
        number
    }

    /// The number of what gates do to a sign-in.
    fn gate(&mut self, sign_in: Parts) -> u32 {
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

    fn make_gate(&mut self, sign_in: Parts) -> u32 {
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

    fn work_out(&self, profile: &Profile, gate: u32, hits: impl Iterator<Item = (bool, bool)>) -> Decision {
        let mut lower: Vec<&Need> = Vec::new();
        let mut upper: Vec<&Need> = Vec::new();
        let need = |number: u32| self.needs.get(number as usize);
        for ((best, worst), (surely, maybe)) in profile.needs.iter().zip(hits) {
            lower.extend(need(*best).filter(|_| surely));
            upper.extend(need(*worst).filter(|_| maybe));
        }
        for (best, worst) in &profile.demands {
            lower.extend(best.and_then(need));
            upper.extend(worst.and_then(need));
        }
        if let Some((best, worst)) = self.gate_sets.get(gate as usize) {
            lower.extend(best);
            upper.extend(worst);
        }
        let (coverage, reachability) = (result_of(&lower), result_of(&upper));
        let verdict = if coverage == reachability || matches!(coverage, Result::Block(..)) {
            coverage.clone()
        } else {
            Result::Unknown
        };
        Decision { verdict, coverage, reachability }
    }
}

/// What comes of a sign-in that another index made ready.
const NEVER: &Decision =
    &Decision { verdict: Result::Unknown, coverage: Result::Unknown, reachability: Result::Unknown };

/// Words of a row that need no allocation: 512 policies, more than twice of what a tenant may have (LIM-1.1).
const FEW_WORDS: usize = 8;
/// Different needs that one profile can tell apart.
const MOST_NEEDS: usize = 128;

const TEAMS: &str = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
const SHAREPOINT: &str = "00000003-0000-0ff1-ce00-000000000000";

/// Tells the need of every policy that applies and asks for something.
fn each(applied: &[u64], asking: &[u64], need_of: &[u16], mut tell: impl FnMut(u16)) {
    for (at, (applied, asking)) in applied.iter().zip(asking).enumerate() {
        let mut left = applied & asking;
        while left != 0 {
            let policy = at * 64 + left.trailing_zeros() as usize;
            left &= left - 1;
            if let Some(need) = need_of.get(policy) {
                tell(*need);
            }
        }
    }
}

fn position<T>(list: &[T], is: impl Fn(&T) -> bool) -> u8 {
    list.iter().position(is).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

fn first_refusal(need: std::result::Result<Alternatives, Vec<Refusal>>) -> Need {
    need.map_err(|refusals| {
        let first = refusals.iter().min_by_key(|refusal| refusal.order());
        first.map_or((Stage::ConditionalAccessBlock, None), |refusal| (refusal.stage, refusal.code))
    })
}

fn result_of(needs: &[&Need]) -> Result {
    let refusals = needs.iter().filter_map(|need| need.as_ref().err());
    if let Some((stage, code)) = refusals.min_by_key(|(stage, code)| (*stage, code.is_none(), *code)) {
        return Result::Block(*stage, *code);
    }
    let steps = least_steps(needs.iter().filter_map(|need| need.as_ref().ok()));
    if steps.is_empty() { Result::Allow } else { Result::AllowAfter(steps) }
}
