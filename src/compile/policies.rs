//! The policies of a compiled tenant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cedar_policy::pst::{
    ActionConstraint, Clause, Effect, EntityUID, PrincipalConstraint, ResourceConstraint, StaticPolicy, Template,
};
use cedar_policy::{Policy, PolicySet};

use super::controls::Goal;
use super::entities::Entity;
use super::gates::DIRECT_CONNECT;
use super::world::World;
use super::{Compiler, Fault, Settled, Term, Unknown, term};
use crate::model::{BuiltInControl, ConditionalAccessPolicy, Id, PolicyState};
use crate::source::Origin;

/// A way in.
#[derive(Debug, Clone)]
pub struct Permit {
    /// Its id, unique among all policies.
    pub id: String,
    /// What it is, in words.
    pub name: String,
    /// Where the setting stands.
    pub origin: Option<Origin>,
    /// Who gets in to what by it.
    pub when: Term,
}

/// What refuses: a Conditional Access policy, or a gate before them.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// Its id, unique among all policies: the policy's own, or that of a gate.
    pub id: String,
    /// Its display name, or what the gate is in words.
    pub name: String,
    /// The Conditional Access policy; `None` for a gate.
    pub policy: Option<Id>,
    /// The state of the policy as written; empty for a gate.
    pub state: String,
    /// Where it stands.
    pub origin: Option<Origin>,
    /// The controls that lift it, in words.
    pub controls: String,
    /// Whom and what it applies to.
    pub when: Term,
    /// What lifts it.
    pub unless: Term,
}

impl Forbid {
    pub(super) fn gate(id: &str, name: &str, when: Term, unless: Term) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            policy: None,
            state: String::new(),
            origin: None,
            controls: String::new(),
            when,
            unless,
        }
    }
}

/// Something of the tenant that no policy tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotExpressed {
    /// What: a policy, or something about all of them.
    pub what: String,
    /// Why.
    pub why: String,
}

/// A tenant as Cedar.
#[derive(Debug)]
pub struct Compiled {
    /// Ways in.
    pub permits: Vec<Permit>,
    /// What refuses: gates first, then enforced policies in the order of the export.
    pub forbids: Vec<Forbid>,
    /// Policies that are evaluated and not enforced.
    pub report_only: Vec<Forbid>,
    /// People, applications and what they belong to; users of the export are among them.
    pub entities: Vec<Entity>,
    /// What the export does not tell, by name.
    pub unknowns: BTreeMap<String, Unknown>,
    /// Ambiguities that are settled and whose reading may matter to somebody who may come, and whether it is the first.
    pub leans_on: Settled,
    /// What rules read that is worked out from other attributes, by path.
    pub derived: BTreeMap<&'static str, Term>,
    /// Every sign-in that is possible.
    pub world: World,
    /// What rules ask of people: by attribute and value, or by type and id of what they are in.
    pub told_of_people: BTreeMap<(String, String), Term>,
    /// What no policy tells.
    pub not_expressed: Vec<NotExpressed>,
    /// Applications of which nobody tells how they are called, by id: their display name is no name.
    pub nameless: BTreeSet<String>,
    /// Positions of entities by type and id.
    pub(super) index: HashMap<&'static str, HashMap<String, usize>>,
}

impl Compiler<'_> {
    pub(super) fn compile(self) -> Compiled {
        self.collect_combinations();
        let permits = self.permits();
        let direct = permits.iter().any(|permit| permit.id.starts_with(DIRECT_CONNECT));
        let mut forbids = self.gates(direct);
        let mut report_only = Vec::new();
        let mut not_expressed = Vec::new();
        let mut skip = |policy: &ConditionalAccessPolicy, why: &str| {
            not_expressed.push(NotExpressed { what: format!("policy {}", policy.id), why: why.to_owned() });
        };
        for policy in &self.tenant.conditional_access.items {
            let mut own = self.policy(policy);
            if own.when == Term::False {
                let why = match &policy.workloads {
                    Ok(Some(_)) => "it is about workload identities, not about people",
                    _ if super::conditions::is_empty(policy) => {
                        "it lacks users, a target or controls, and enforces nothing"
                    }
                    _ => "no sign-in meets its conditions",
                };
                skip(policy, why);
                continue;
            }
            match &policy.state {
                Ok(PolicyState::Disabled) => {
                    skip(policy, "it is disabled");
                    continue;
                }
                Ok(PolicyState::ReportOnly) => {
                    report_only.push(own);
                    continue;
                }
                Ok(PolicyState::Enabled | PolicyState::Undocumented(_)) | Err(_) => {
                    own.when = own.when & self.enforced(policy);
                }
            }
            if own.unless == Term::True {
                skip(policy, "it asks for nothing that a sign-in could lack: session controls refuse nobody");
            }
            forbids.push(own);
        }
        for (what, why) in ALWAYS_LEFT_OUT {
            not_expressed.push(NotExpressed { what: what.to_owned(), why: why.to_owned() });
        }
        let derived = BTreeMap::from([
            ("context.claims.mfa", self.mfa_claim()),
            ("context.claims.phishingResistantMfa", self.resistant_claim()),
            ("context.claims.deviceCompliant", self.device_claim("compliant", super::gates::COMPLIANT_TRUSTED)),
            ("context.claims.deviceHybridJoined", self.device_claim("hybridJoined", super::gates::HYBRID_TRUSTED)),
            ("context.trustedNetwork", self.is_trusted_network()),
        ]);
        let told_of_people = self.told_of_people();
        let world = self.world();
        let entities = self.entities();
        let mut index: HashMap<&'static str, HashMap<String, usize>> = HashMap::new();
        for (at, own) in entities.iter().enumerate() {
            index.entry(own.kind).or_default().insert(own.id.clone(), at);
        }
        let nameless = self.resources.all.iter().filter(|id| self.application_name(id).is_none());
        let nameless = nameless.map(Id::to_string).collect();
        let mut leans_on = self.leans_on.take();
        // Of people by direct connect, of whom there are none.
        if !permits.iter().any(|permit| permit.id.starts_with("direct-connect")) {
            leans_on.retain(|ambiguity, _| !matches!(*ambiguity, "AM-3" | "AM-5"));
        }
        Compiled {
            nameless,
            told_of_people,
            leans_on,
            index,
            permits,
            forbids,
            report_only,
            entities,
            unknowns: self.unknowns.take(),
            derived,
            world,
            not_expressed,
        }
    }

    fn policy(&self, policy: &ConditionalAccessPolicy) -> Forbid {
        Forbid {
            id: policy.id.to_string(),
            name: policy.display_name.as_ref().map_or_else(|_| policy.id.to_string(), Clone::clone),
            policy: Some(policy.id.clone()),
            state: policy.state.as_ref().map_or("not exported", PolicyState::as_str).to_owned(),
            origin: Some(policy.origin.clone()),
            controls: controls(policy),
            when: self.applies(policy),
            unless: self.satisfied(policy, Goal::Resource),
        }
    }
}

/// What a compiled tenant never tells, and why.
const ALWAYS_LEFT_OUT: [(&str, &str); 5] = [
    (
        "tenant restrictions and outbound settings of home tenants",
        "no export of this tenant tells them (XT-1.23, XT-2.16): they let pass",
    ),
    (
        "other Microsoft clouds",
        "people of their tenants are refused unless the cloud is enabled and the tenant a partner (XT-1.19): they are taken for people of this cloud",
    ),
    ("methods that somebody has registered at home", "no export of this tenant tells them: any may be there"),
    ("devices of which no claim tells whether they are compliant", "a sign-in here has a device that is, or is not"),
    ("session controls", "they are obligations, not decisions (CA-11)"),
];

/// The controls of a policy, in words.
fn controls(policy: &ConditionalAccessPolicy) -> String {
    let Ok(Some(grant)) = &policy.grant else { return String::new() };
    let mut words: Vec<String> =
        grant.controls.iter().map(|control: &BuiltInControl| control.as_str().to_owned()).collect();
    words.extend(grant.strength.iter().map(|(strength, _)| format!("authenticationStrength {strength}")));
    words.extend(grant.terms_of_use.iter().map(|id| format!("termsOfUse {id}")));
    words.extend(grant.custom_factors.iter().map(|id| format!("customAuthenticationFactor {id}")));
    let join = match grant.operator {
        crate::model::GrantOperator::And => " and ",
        crate::model::GrantOperator::Or => " or ",
    };
    words.join(join)
}

/// The two faces of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    /// It refuses unless its controls are met.
    Refuses,
    /// It applies, whatever its controls say.
    Applies,
}

/// A set of policies of a compiled tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Permits and forbids: the tenant's decision.
    Decision,
    /// Every enforced policy without its controls: a forbid that fires is a policy that applies.
    Applies,
    /// Policies that are report-only, as they would refuse.
    ReportOnly,
}

impl Compiled {
    /// Permits and forbids: the tenant's decision.
    ///
    /// # Errors
    /// Cedar refuses what it is given, which is a mistake of ours.
    pub fn policies(&self) -> Result<PolicySet, Fault> {
        set(self.listed(Part::Decision, &pointer)?)
    }

    /// Every enforced policy without its controls: a forbid that fires is a policy that applies.
    ///
    /// # Errors
    /// The same.
    pub fn applies(&self) -> Result<PolicySet, Fault> {
        set(self.listed(Part::Applies, &pointer)?)
    }

    /// Policies that are report-only, as they would refuse.
    ///
    /// # Errors
    /// The same.
    pub fn report_only_policies(&self) -> Result<PolicySet, Fault> {
        set(self.listed(Part::ReportOnly, &pointer)?)
    }

    /// The policies of a set in the order of the export, permits and gates first; `place` is what `@origin` says of where
    /// one stands.
    ///
    /// # Errors
    /// The same.
    pub fn listed(&self, part: Part, place: &dyn Fn(&Origin) -> String) -> Result<Vec<Policy>, Fault> {
        let refuses = |forbids: &[Forbid]| {
            let able = forbids.iter().filter(|forbid| forbid.unless != Term::True);
            able.map(|own| forbid(own, Face::Refuses, place)).collect::<Result<Vec<Policy>, Fault>>()
        };
        match part {
            Part::Decision => {
                let mut all =
                    self.permits.iter().map(|own| permit(own, place)).collect::<Result<Vec<Policy>, Fault>>()?;
                all.extend(refuses(&self.forbids)?);
                Ok(all)
            }
            Part::Applies => {
                let policies = self.forbids.iter().filter(|forbid| forbid.policy.is_some());
                policies.map(|own| forbid(own, Face::Applies, place)).collect()
            }
            Part::ReportOnly => refuses(&self.report_only),
        }
    }
}

/// The JSON pointer alone.
fn pointer(origin: &Origin) -> String {
    origin.pointer.to_string()
}

fn set(policies: Vec<Policy>) -> Result<PolicySet, Fault> {
    PolicySet::from_policies(policies).map_err(|error| Fault(error.to_string()))
}

fn template(id: &str, effect: Effect, annotations: &[(&str, &str)]) -> Result<Template, Fault> {
    let action = ActionConstraint::Eq(EntityUID { ty: term::kind("Action")?, eid: "signIn".into() });
    let annotations = annotations.iter().filter(|(_, value)| !value.is_empty());
    let annotations = annotations.map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let template = Template::new(id, effect, PrincipalConstraint::Any, action, ResourceConstraint::Any);
    Ok(template.with_annotations(annotations))
}

fn finished(template: Template, clauses: Vec<Clause>) -> Result<Policy, Fault> {
    let body = StaticPolicy::try_from(template.try_with_clauses(clauses)?).map_err(|error| Fault(error.to_string()))?;
    Policy::from_pst(body.into()).map_err(|error| Fault(error.to_string()))
}

/// A permit that tells whether a term holds.
pub(super) fn if_so(id: &str, term: &Term) -> Result<Policy, Fault> {
    finished(template(id, Effect::Permit, &[])?, clauses(term, &Term::False))
}

fn permit(permit: &Permit, place: &dyn Fn(&Origin) -> String) -> Result<Policy, Fault> {
    let origin = permit.origin.as_ref().map(place).unwrap_or_default();
    let annotations = [("id", permit.id.as_str()), ("displayName", &permit.name), ("origin", &origin)];
    let template = template(&permit.id, Effect::Permit, &annotations)?;
    finished(template, clauses(&permit.when, &Term::False))
}

fn forbid(forbid: &Forbid, face: Face, place: &dyn Fn(&Origin) -> String) -> Result<Policy, Fault> {
    let origin = forbid.origin.as_ref().map(place).unwrap_or_default();
    let annotations = [
        ("id", forbid.id.as_str()),
        ("displayName", &forbid.name),
        ("state", &forbid.state),
        ("origin", &origin),
        ("liftedBy", &forbid.controls),
    ];
    let template = template(&forbid.id, Effect::Forbid, &annotations)?;
    let unless = if face == Face::Refuses { forbid.unless.clone() } else { Term::False };
    finished(template, clauses(&forbid.when, &unless))
}

fn clauses(when: &Term, unless: &Term) -> Vec<Clause> {
    let mut all = Vec::new();
    if *when != Term::True {
        all.push(Clause::When(when.expression()));
    }
    if *unless != Term::False {
        all.push(Clause::Unless(unless.expression()));
    }
    all
}
