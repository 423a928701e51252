//! Evaluates rules on objects, by Cedar's authorizer. What fails for a missing attribute is walked once more in three
//! values: Cedar reads from left to right and gives up at the first gap, although the rest may decide.

use std::collections::{BTreeSet, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use std::str::FromStr as _;

use super::pack::Rule;
use crate::facts::{Facts, Value};
use crate::finding::Outcome;

/// Evaluates the rules of one run. Objects that are alike in what a rule reads are evaluated once.
pub struct Engine {
    authorizer: Authorizer,
    principal: Facts,
    context_value: Value,
    context: Context,
    known: HashMap<usize, HashMap<Signature, Outcome>>,
}

/// The values that a rule reads of an object; `None` is a missing one.
type Signature = (Vec<Option<Value>>, Vec<&'static str>, Option<String>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("principal", &self.principal.id).finish_non_exhaustive()
    }
}

/// Why an engine cannot be built or a rule cannot be evaluated: a mistake of ours.
type Fault = String;

impl Engine {
    /// An engine for one tenant and one set of parameters.
    ///
    /// # Errors
    /// The facts of the tenant do not make an entity, which is a mistake of ours.
    pub fn new(principal: Facts, context: Value) -> Result<Self, Fault> {
        let Value::Record(members) = &context else { return Err("the context is no record".into()) };
        let pairs = members.iter().map(|(name, value)| Ok(((*name).to_owned(), expression(value)?)));
        let pairs = pairs.collect::<Result<Vec<_>, Fault>>()?;
        let cedar_context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
        Ok(Self {
            authorizer: Authorizer::new(),
            principal,
            context_value: context,
            context: cedar_context,
            known: HashMap::new(),
        })
    }

    /// The facts of the tenant.
    #[must_use]
    pub fn principal(&self) -> &Facts {
        &self.principal
    }

    /// The outcome of a rule for an object. `number` tells rules apart within one engine.
    ///
    /// # Errors
    /// Cedar refuses what it was given, which is a mistake of ours.
    pub fn evaluate(&mut self, number: usize, rule: &Rule, facts: &Facts) -> Result<Outcome, Fault> {
        let (names, whole) = rule.deciding_attributes();
        let values = names.iter().map(|name| facts.at(&[name]).cloned()).collect();
        let read = |path: &str| names.iter().any(|name| path.split('.').next() == Some(name));
        let missing = facts.missing.iter().map(|missing| missing.path).filter(|path| read(path)).collect();
        let signature = (values, missing, whole.then(|| facts.id.clone()));
        if let Some(outcome) = self.known.get(&number).and_then(|known| known.get(&signature)) {
            return Ok(outcome.clone());
        }
        let outcome = self.decide(rule, facts, &names)?;
        self.known.entry(number).or_default().insert(signature, outcome.clone());
        Ok(outcome)
    }

    fn decide(&self, rule: &Rule, facts: &Facts, names: &[&str]) -> Result<Outcome, Fault> {
        let principal_uid = uid("Tenant", &self.principal.id)?;
        let resource_uid = uid(rule.resource.as_str(), &facts.id)?;
        let action = uid("Action", "govern")?;
        let mut entities = vec![entity(resource_uid.clone(), facts, |name| names.contains(&name))?];
        if resource_uid != principal_uid {
            entities.push(entity(principal_uid.clone(), &self.principal, |_| true)?);
        }
        let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
        let request = Request::new(principal_uid, action, resource_uid, self.context.clone(), None)
            .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &rule.policy, &entities);
        if response.diagnostics().errors().next().is_none() {
            let violated = response.diagnostics().reason().next().is_some();
            return Ok(if violated { Outcome::Violated } else { Outcome::Holds });
        }
        let response = self.authorizer.is_authorized(&request, &rule.leaves, &entities);
        let allowed = response.decision() == Decision::Allow;
        let true_leaves: BTreeSet<String> =
            response.diagnostics().reason().filter(|_| allowed).map(ToString::to_string).collect();
        let failed: BTreeSet<String> = response
            .diagnostics()
            .errors()
            .map(|error| match error {
                cedar_policy::AuthorizationError::PolicyEvaluationError(error) => error.policy_id().to_string(),
            })
            .collect();
        let value = |leaf: usize| {
            let name = leaf.to_string();
            (!failed.contains(&name)).then(|| true_leaves.contains(&name))
        };
        match rule.skeleton.value(&value) {
            Some(true) => Ok(Outcome::Violated),
            Some(false) => Ok(Outcome::Holds),
            None => Ok(Outcome::NotEvaluated(self.gaps(rule, facts, &failed))),
        }
    }

    /// Missing facts that failed leaves read.
    fn gaps(&self, rule: &Rule, facts: &Facts, failed: &BTreeSet<String>) -> Vec<String> {
        let mut gaps = BTreeSet::new();
        for (index, reads) in rule.leaf_reads.iter().enumerate() {
            if !failed.contains(&index.to_string()) {
                continue;
            }
            for (variable, path) in &reads.paths {
                let read = path.join(".");
                let missing = match *variable {
                    "resource" => &facts.missing,
                    "principal" => &self.principal.missing,
                    _ => continue,
                };
                let touches = |path: &str| {
                    path == read
                        || read.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
                        || path.strip_prefix(&read).is_some_and(|rest| rest.starts_with('.'))
                };
                gaps.extend(
                    missing
                        .iter()
                        .filter(|missing| touches(missing.path))
                        .map(|missing| format!("{variable}.{}", missing.path)),
                );
            }
        }
        gaps.into_iter().collect()
    }

    /// The message and the help of a rule for an object.
    #[must_use]
    pub fn tell(&self, rule: &Rule, facts: &Facts) -> (String, String) {
        let fill = |template: &super::template::Template| template.fill(facts, &self.principal, &self.context_value);
        (fill(&rule.message), fill(&rule.help))
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Fault> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn entity(uid: EntityUid, facts: &Facts, wanted: impl Fn(&str) -> bool) -> Result<Entity, Fault> {
    let attributes = facts.attributes.iter().filter(|(name, _)| wanted(name));
    let attributes = attributes.map(|(name, value)| Ok(((*name).to_owned(), expression(value)?)));
    let attributes = attributes.collect::<Result<HashMap<_, _>, Fault>>()?;
    Entity::new(uid, attributes, HashSet::new()).map_err(|error| error.to_string())
}

fn expression(value: &Value) -> Result<RestrictedExpression, Fault> {
    Ok(match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::Text(text) => RestrictedExpression::new_string(text.clone()),
        Value::Time(time) => RestrictedExpression::new_datetime(time.to_string()),
        Value::Set(items) => {
            RestrictedExpression::new_set(items.iter().map(expression).collect::<Result<Vec<_>, _>>()?)
        }
        Value::Record(members) => {
            let members = members.iter().map(|(name, value)| Ok(((*name).to_owned(), expression(value)?)));
            RestrictedExpression::new_record(members.collect::<Result<Vec<_>, Fault>>()?)
                .map_err(|error| error.to_string())?
        }
    })
}

/// Entities of facts, for tests that hold them against the schema.
#[cfg(test)]
pub(crate) fn conforms(schema: &cedar_policy::Schema, kind: &str, facts: &Facts) -> Result<(), Fault> {
    let entity = entity(uid(kind, &facts.id)?, facts, |_| true)?;
    Entities::from_entities([entity], Some(schema)).map(|_| ()).map_err(|error| format!("{kind} {}: {error}", facts.id))
}
