//! One sign-in in the words of a compiled tenant, as Cedar's authorizer takes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema,
};

use super::entities::{Entity, Value};
use super::policies::if_so;
use super::{ANY_OTHER_APPLICATION, Compiled, Fault, Term};

/// The value of an attribute of the context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// `Bool`
    Flag(bool),
    /// `String`
    Text(String),
    /// `Set<String>`
    Set(BTreeSet<String>),
    /// `ipaddr`
    Ip(IpAddr),
}

/// A sign-in: who, to what, and the context by path, without `context.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Who signs in.
    pub person: Entity,
    /// To what: the type and id of an application or a user action.
    pub resource: (&'static str, String),
    /// The context. What is not in it is as dull as can be.
    pub context: BTreeMap<String, Datum>,
    /// Unknowns that are true; all others are false.
    pub unknowns: BTreeSet<String>,
}

/// Flags of the context, by path.
const FLAGS: [&str; 19] = [
    "unlistedIp",
    "mfaTrustedIp",
    "baselineScopes",
    "compliantNetwork",
    "device.registered",
    "device.compliant",
    "device.hybridJoined",
    "sharedChannel",
    "guestHereToo",
    "registeredHere",
    "brought.home.mfa",
    "brought.here.mfa",
    "done.home.mfa",
    "done.here.mfa",
    "done.approvedApp",
    "done.appProtection",
    "done.passwordChange",
    "done.riskRemediation",
    "done.redemption",
];

/// Cedar's authorizer over a compiled tenant.
#[derive(Debug)]
pub struct Authority {
    policies: PolicySet,
    authorizer: Authorizer,
}

impl Authority {
    /// Whether the tenant lets a sign-in in.
    ///
    /// # Errors
    /// Cedar refuses the request or cannot evaluate a policy, which is a mistake of ours: a `forbid` that fails is
    /// skipped, and would let in whom it refuses.
    pub fn lets_in(&self, compiled: &Compiled, sign_in: &SignIn) -> Result<bool, Fault> {
        let (request, entities) = compiled.request(sign_in, None)?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(fail(error));
        }
        Ok(response.decision() == Decision::Allow)
    }
}

impl Compiled {
    /// Which of the things that rules ask of people are so in a sign-in, with what is not known as it is there.
    ///
    /// # Errors
    /// Cedar refuses what it is given, which is a mistake of ours.
    pub fn told<'a>(
        &self,
        sign_in: &SignIn,
        asked: impl IntoIterator<Item = &'a (String, String)>,
    ) -> Result<BTreeSet<&'a (String, String)>, Fault> {
        let asked: Vec<&(String, String)> = asked.into_iter().collect();
        let mut policies = Vec::new();
        for (at, what) in asked.iter().enumerate() {
            match self.told_of_people.get(*what) {
                None | Some(Term::False) => {}
                Some(term) => policies.push(if_so(&at.to_string(), term)?),
            }
        }
        let policies = PolicySet::from_policies(policies).map_err(fail)?;
        let (request, entities) = self.request(sign_in, None)?;
        let response = Authorizer::new().is_authorized(&request, &policies, &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(fail(error));
        }
        let reasons = response.diagnostics().reason();
        Ok(reasons.filter_map(|id| asked.get(id.to_string().parse::<usize>().ok()?).copied()).collect())
    }

    /// Cedar's authorizer over the tenant.
    ///
    /// # Errors
    /// Cedar refuses a policy, which is a mistake of ours.
    pub fn authority(&self) -> Result<Authority, Fault> {
        Ok(Authority { policies: self.policies()?, authorizer: Authorizer::new() })
    }

    /// The dullest context: every path, without `context.`.
    #[must_use]
    pub fn dull(&self) -> BTreeMap<String, Datum> {
        let mut all = BTreeMap::new();
        for (path, values) in &self.world.values {
            let name = path.trim_start_matches("context.");
            all.insert(name.to_owned(), Datum::Text(values.first().cloned().unwrap_or_default()));
        }
        for path in FLAGS {
            all.insert(path.to_owned(), Datum::Flag(false));
        }
        for path in self.world.elements.keys() {
            all.insert(path.trim_start_matches("context.").to_owned(), Datum::Set(BTreeSet::new()));
        }
        for name in self.world.device_texts() {
            all.insert(format!("device.attributes.{name}"), Datum::Text(String::new()));
        }
        all.insert("ip".to_owned(), Datum::Ip(IpAddr::from([203, 0, 113, 1])));
        all
    }

    /// A request for Cedar's authorizer, with the entities that it needs.
    ///
    /// # Errors
    /// Cedar refuses it, which is a mistake of ours; with a schema also where it does not keep to it.
    pub fn request(&self, sign_in: &SignIn, schema: Option<&Schema>) -> Result<(Request, Entities), Fault> {
        let context = Context::from_pairs(pairs(self.context(sign_in))?).map_err(fail)?;
        let action = uid("Action", "signIn")?;
        let principal = uid(sign_in.person.kind, &sign_in.person.id)?;
        let resource = uid(sign_in.resource.0, &sign_in.resource.1)?;
        let request = Request::new(principal, action, resource, context, schema).map_err(fail)?;
        Ok((request, self.slice(sign_in, schema)?))
    }

    /// The context of a sign-in, with every unknown.
    #[must_use]
    pub fn context(&self, sign_in: &SignIn) -> Record {
        let mut data = self.dull();
        data.extend(sign_in.context.clone());
        for name in self.unknowns.keys() {
            data.insert(format!("unknown\u{1}{name}"), Datum::Flag(sign_in.unknowns.contains(name)));
        }
        let mut root = Record::default();
        root.branch("device").branch("attributes");
        root.branch("unknown");
        for (path, datum) in &data {
            let mut steps: Vec<&str> = match path.split_once('\u{1}') {
                Some((first, rest)) => vec![first, rest],
                None => path.split('.').collect(),
            };
            let last = steps.pop().unwrap_or_default();
            let mut node = &mut root;
            for step in steps {
                node = node.branch(step);
            }
            node.leaves.insert(last.to_owned(), datum.clone());
        }
        root
    }

    /// The dullest sign-in: the first person who may come, to the application that nothing names where there is one.
    #[must_use]
    pub fn example(&self) -> Option<SignIn> {
        let person = self.world.newcomers.first()?.clone();
        let application = |entity: &&Entity| entity.kind == "Application";
        let any_other = self.entity("Application", ANY_OTHER_APPLICATION);
        let resource = any_other.or_else(|| self.entities.iter().find(application))?;
        let resource = (resource.kind, resource.id.clone());
        Some(SignIn { person, resource, context: BTreeMap::new(), unknowns: BTreeSet::new() })
    }

    /// The entity of that type and id.
    #[must_use]
    pub fn entity(&self, kind: &str, id: &str) -> Option<&Entity> {
        self.index.get(kind)?.get(id).and_then(|at| self.entities.get(*at))
    }

    /// Everything that an entity is in, directly or not.
    #[must_use]
    pub fn ancestors(&self, entity: &Entity) -> BTreeSet<(&'static str, String)> {
        let mut found = BTreeSet::new();
        let mut open: Vec<(&'static str, String)> = entity.parents.iter().cloned().collect();
        while let Some(next) = open.pop() {
            if found.insert(next.clone())
                && let Some(above) = self.entity(next.0, &next.1)
            {
                open.extend(above.parents.iter().cloned());
            }
        }
        found
    }

    /// The entities of a sign-in and everything that they are in.
    fn slice(&self, sign_in: &SignIn, schema: Option<&Schema>) -> Result<Entities, Fault> {
        let bare = |kind: &'static str, id: &str| Entity::new(kind, id);
        let resource = self.entity(sign_in.resource.0, &sign_in.resource.1).cloned();
        let resource = resource.unwrap_or_else(|| bare(sign_in.resource.0, &sign_in.resource.1));
        let above = self.ancestors(&sign_in.person).into_iter().chain(self.ancestors(&resource));
        let above: BTreeSet<(&'static str, String)> = above.collect();
        let mut all = vec![to_cedar(&sign_in.person)?, to_cedar(&resource)?];
        for (kind, id) in &above {
            all.push(to_cedar(&self.entity(kind, id).cloned().unwrap_or_else(|| bare(kind, id)))?);
        }
        Entities::from_entities(all, schema).map_err(fail)
    }

    /// All entities: of the tenant, people who may come, and whatever they are in.
    #[must_use]
    pub fn everything(&self) -> Vec<Entity> {
        let known = || self.entities.iter().chain(&self.world.newcomers);
        let mut bare: BTreeSet<&(&'static str, String)> = known().flat_map(|entity| &entity.parents).collect();
        bare.retain(|(kind, id)| self.entity(kind, id).is_none());
        let bare = bare.into_iter().map(|(kind, id)| Entity::new(kind, id));
        known().cloned().chain(bare).collect()
    }

    /// All entities, as Cedar takes them.
    ///
    /// # Errors
    /// Cedar refuses them, which is a mistake of ours.
    pub fn all_entities(&self, schema: Option<&Schema>) -> Result<Entities, Fault> {
        let entities = self.everything().iter().map(to_cedar).collect::<Result<Vec<_>, Fault>>()?;
        Entities::from_entities(entities, schema).map_err(fail)
    }
}

/// An entity's type and id in Cedar's syntax.
///
/// # Errors
/// The type is no name, which is a mistake of ours.
pub fn reference(kind: &str, id: &str) -> Result<String, Fault> {
    Ok(uid(kind, id)?.to_string())
}

fn fail(error: impl std::fmt::Display) -> Fault {
    Fault(error.to_string())
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Fault> {
    let name = EntityTypeName::from_str(kind).map_err(fail)?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

fn to_cedar(entity: &Entity) -> Result<cedar_policy::Entity, Fault> {
    let attributes = entity.attributes.iter().map(|(name, value)| {
        let value = match value {
            Value::Flag(flag) => RestrictedExpression::new_bool(*flag),
            Value::Text(text) => RestrictedExpression::new_string(text.clone()),
        };
        ((*name).to_owned(), value)
    });
    let attributes: HashMap<String, RestrictedExpression> = attributes.collect();
    let parents = entity.parents.iter().map(|(kind, id)| uid(kind, id)).collect::<Result<HashSet<_>, Fault>>()?;
    cedar_policy::Entity::new(uid(entity.kind, &entity.id)?, attributes, parents).map_err(fail)
}

/// A record of the context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Values by name.
    pub leaves: BTreeMap<String, Datum>,
    /// Records by name.
    pub branches: BTreeMap<String, Record>,
}

impl Record {
    fn branch(&mut self, name: &str) -> &mut Self {
        self.branches.entry(name.to_owned()).or_default()
    }
}

fn pairs(record: Record) -> Result<Vec<(String, RestrictedExpression)>, Fault> {
    let mut all = Vec::new();
    for (name, datum) in record.leaves {
        let value = match datum {
            Datum::Flag(flag) => RestrictedExpression::new_bool(flag),
            Datum::Text(text) => RestrictedExpression::new_string(text),
            Datum::Set(items) => RestrictedExpression::new_set(items.into_iter().map(RestrictedExpression::new_string)),
            Datum::Ip(address) => RestrictedExpression::new_ip(address.to_string()),
        };
        all.push((name, value));
    }
    for (name, inner) in record.branches {
        all.push((name, RestrictedExpression::new_record(pairs(inner)?).map_err(fail)?));
    }
    Ok(all)
}
