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
pub(super) type Fault = String;

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
        let resource = rule.resource().ok_or("a rule about sign-ins has no objects")?;
        let resource_uid = uid(resource.as_str(), &facts.id)?;
        let action = uid("Action", "govern")?;
        let mut entities = vec![entity(resource_uid.clone(), facts, |name| names.contains(&name))?];
        if resource_uid != principal_uid {
            entities.push(entity(principal_uid.clone(), &self.principal, |_| true)?);
        }
        let gap = rule.reads.paths.iter().any(|(variable, path)| !self.missing(facts, variable, path).is_empty());
        let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
        let request = Request::new(principal_uid, action, resource_uid, self.context.clone(), None)
            .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &rule.policy, &entities);
        // `has` does not fail on what was not exported: where a gap is read, each leaf is looked at.
        if !gap && response.diagnostics().errors().next().is_none() {
            let violated = response.diagnostics().reason().next().is_some();
            return Ok(if violated { Outcome::Violated } else { Outcome::Holds });
        }
        let response = self.authorizer.is_authorized(&request, &rule.leaves, &entities);
        let allowed = response.decision() == Decision::Allow;
        let true_leaves: BTreeSet<String> =
            response.diagnostics().reason().filter(|_| allowed).map(ToString::to_string).collect();
        let mut failed: BTreeSet<String> = response
            .diagnostics()
            .errors()
            .map(|error| match error {
                cedar_policy::AuthorizationError::PolicyEvaluationError(error) => error.policy_id().to_string(),
            })
            .collect();
        for (index, reads) in rule.leaf_reads.iter().enumerate() {
            if reads.paths.iter().any(|(variable, path)| !self.missing(facts, variable, path).is_empty()) {
                failed.insert(index.to_string());
            }
        }
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

    /// Missing facts that a path reads: itself, what it is in, or what is in it.
    fn missing(&self, facts: &Facts, variable: &str, path: &[String]) -> Vec<String> {
        let missing = match variable {
            "resource" => &facts.missing,
            "principal" => &self.principal.missing,
            _ => return Vec::new(),
        };
        if missing.is_empty() {
            return Vec::new();
        }
        let read = path.join(".");
        let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let touched =
            missing.iter().filter(|gap| gap.path == read || inside(gap.path, &read) || inside(&read, gap.path));
        touched.map(|gap| format!("{variable}.{}", gap.path)).collect()
    }

    /// Missing facts that failed leaves read.
    fn gaps(&self, rule: &Rule, facts: &Facts, failed: &BTreeSet<String>) -> Vec<String> {
        let mut gaps = BTreeSet::new();
        for (index, reads) in rule.leaf_reads.iter().enumerate() {
            if failed.contains(&index.to_string()) {
                gaps.extend(reads.paths.iter().flat_map(|(variable, path)| self.missing(facts, variable, path)));
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

pub(super) fn uid(kind: &str, id: &str) -> Result<EntityUid, Fault> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

pub(super) fn entity(uid: EntityUid, facts: &Facts, wanted: impl Fn(&str) -> bool) -> Result<Entity, Fault> {
    let attributes = facts.attributes.iter().filter(|(name, _)| wanted(name));
    let attributes = attributes.map(|(name, value)| Ok(((*name).to_owned(), expression(value)?)));
    let attributes = attributes.collect::<Result<HashMap<_, _>, Fault>>()?;
    Entity::new(uid, attributes, HashSet::new()).map_err(|error| error.to_string())
}

pub(super) fn expression(value: &Value) -> Result<RestrictedExpression, Fault> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Parameters;
    use crate::facts::{Resource, Subjects};
    use crate::load::{Loaded, Loader};
    use crate::model::Time;
    use crate::rules::{Pack, PackFile, Schema, bundled_files};

    fn tenant(name: &str) -> Loaded {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tenants").join(name);
        let mut loader = Loader::default();
        for file in crate::source::walk(&folder).files {
            if loader.wants(&file.shown) {
                loader.file(file.shown, &std::fs::read(&file.path).unwrap());
            }
        }
        loader.finish()
    }

    fn everything(mut take: impl FnMut(Resource, Facts, &Subjects<'_>)) {
        for name in ["consulting-walkthrough", "logistics-partner"] {
            let loaded = tenant(name);
            let parameters = Parameters::default();
            let subjects = Subjects::new(&loaded.tenant, &parameters, Time::read("2026-11-23").unwrap());
            for resource in Resource::ALL {
                subjects.each(resource, |facts| take(resource, facts, &subjects));
            }
        }
    }

    /// Entities are built without Cedar's conformance check, because some lack what the schema requires. Those of a
    /// complete tenant lack nothing.
    #[test]
    fn facts_of_complete_tenants_conform_to_the_schema() {
        let schema = Schema::bundled().unwrap();
        let mut seen = BTreeSet::new();
        everything(|resource, facts, _| {
            assert_eq!(facts.missing, [], "{} {}", resource.as_str(), facts.id);
            let entity = entity(uid(resource.as_str(), &facts.id).unwrap(), &facts, |_| true).unwrap();
            Entities::from_entities([entity], Some(&schema.cedar))
                .unwrap_or_else(|error| panic!("{}: {error}", facts.id));
            seen.insert(resource);
        });
        assert_eq!(seen.len(), Resource::ALL.len(), "a type of the schema has no object in the tenants");
    }

    /// The rule with its conjuncts in another order, not validated: guards may come last.
    fn turned(file: &PackFile, schema: &Schema, by: usize) -> Rule {
        let (head, tail) = file.text.split_once("when\n{\n").unwrap();
        let (body, end) = tail.rsplit_once("\n};").unwrap();
        let mut parts: Vec<&str> = Vec::new();
        let mut depth = 0_i32;
        let mut from = 0;
        for (at, _) in body.match_indices("&&").chain([(body.len(), "")]) {
            let piece = body.get(from..at).unwrap();
            depth +=
                i32::try_from(piece.matches('(').count()).unwrap() - i32::try_from(piece.matches(')').count()).unwrap();
            if depth == 0 {
                parts.push(piece);
                from = at + 2;
            } else {
                // Inside parentheses: the piece grows.
                depth = 0;
            }
        }
        let count = parts.len();
        parts.rotate_left(by % count);
        let text = format!("{head}when\n{{\n{}\n}};{end}", parts.join(" && "));
        let set: cedar_policy::PolicySet = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let policy = set.policies().next().unwrap().clone();
        crate::rules::pack::read_rule(&PackFile { text, ..file.clone() }, &policy, schema).unwrap()
    }

    /// The order of conjuncts decides what Cedar reads before it gives up; it must not decide the outcome. Tried on
    /// every object of two tenants, whole and with each attribute taken away.
    #[test]
    fn the_order_of_conjuncts_does_not_matter() {
        let schema = Schema::bundled().unwrap();
        let files = bundled_files();
        let pack = Pack::read(&files, &schema).unwrap();
        let mut tried = 0;
        let mut undecided = 0;
        everything(|resource, facts, subjects| {
            let mut principal = None;
            subjects.each(Resource::Tenant, |facts| principal = Some(facts));
            let mut engine = Engine::new(principal.unwrap(), subjects.context()).unwrap();
            for rule in pack.rules.iter().filter(|rule| rule.resource() == Some(resource)) {
                let file = files.iter().find(|file| file.path == rule.path).unwrap();
                let orders: Vec<Rule> = (0..4).map(|by| turned(file, &schema, by)).collect();
                let (names, _) = rule.deciding_attributes();
                let without = |name: Option<&str>| {
                    let mut facts = facts.clone();
                    if let Some(at) = facts.attributes.iter().position(|(known, _)| Some(*known) == name) {
                        let (path, _) = facts.attributes.remove(at);
                        let why = crate::access::Why::unreadable("taken away");
                        facts.missing.push(crate::facts::MissingFact { path, why });
                    }
                    facts
                };
                for name in std::iter::once(None).chain(names.into_iter().map(Some)) {
                    let facts = without(name);
                    let expected = engine.decide(rule, &facts, &rule.deciding_attributes().0).unwrap();
                    undecided += usize::from(matches!(expected, Outcome::NotEvaluated(_)));
                    for order in &orders {
                        let found = engine.decide(order, &facts, &order.deciding_attributes().0).unwrap();
                        assert_eq!(found, expected, "{} without {name:?} of {}", rule.metadata.id, facts.id);
                        tried += 1;
                    }
                }
                assert_eq!(
                    engine.evaluate(0, rule, &facts).unwrap(),
                    engine.decide(rule, &facts, &rule.deciding_attributes().0).unwrap()
                );
                engine.known.clear();
            }
        });
        assert!(tried > 1000 && undecided > 100, "{tried} {undecided}");
    }

    /// A gap in one conjunct does not hide that another one decides, wherever it stands.
    #[test]
    fn a_gap_counts_only_where_it_decides() {
        let schema = Schema::bundled().unwrap();
        let files = bundled_files();
        let file = files.iter().find(|file| file.path.ends_with("external-policy-without-approval.cedar")).unwrap();
        let rule = turned(file, &schema, 0);
        everything(|resource, mut facts, subjects| {
            if resource != Resource::AssignmentPolicy {
                return;
            }
            let mut principal = None;
            subjects.each(Resource::Tenant, |facts| principal = Some(facts));
            let engine = Engine::new(principal.unwrap(), subjects.context()).unwrap();
            let names = ["admitsExternalUsers", "acceptsRequests", "approval"];
            facts.attributes.retain(|(name, _)| *name != "admitsExternalUsers");
            let why = crate::access::Why::unreadable("taken away");
            facts.missing.push(crate::facts::MissingFact { path: "admitsExternalUsers", why });
            let approved = facts.at(&["approval", "required"]) == Some(&Value::Bool(true));
            let expected = if approved {
                Outcome::Holds
            } else {
                Outcome::NotEvaluated(vec!["resource.admitsExternalUsers".into()])
            };
            assert_eq!(engine.decide(&rule, &facts, &names).unwrap(), expected);
        });
    }
}
