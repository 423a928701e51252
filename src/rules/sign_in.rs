//! Rules about sign-ins: what they name, and whether one matches a sign-in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cedar_policy::pst::{ResourceConstraint, Template};
use cedar_policy::{Authorizer, Context, Entities, Entity, Policy, PolicySet, Request};

use super::evaluate::{Fault, entity, expression, uid};
use super::pack::Rule;
use crate::facts::{Facts, Value};

/// A rule as Cedar's typed syntax tree.
pub type Body = Template;

/// A type of entities that a rule can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedKind {
    /// An application, by application id or display name.
    Application,
    /// A connected organization, by id or display name.
    ConnectedOrganization,
    /// A group, by id or display name.
    Group,
}

impl NamedKind {
    const ALL: [Self; 3] = [Self::Application, Self::ConnectedOrganization, Self::Group];

    /// The name in the schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::ConnectedOrganization => "ConnectedOrganization",
            Self::Group => "Group",
        }
    }
}

/// An entity as a rule names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// Its type.
    pub kind: NamedKind,
    /// Its id or display name.
    pub text: String,
}

impl Named {
    /// Everything that a rule names.
    ///
    /// # Errors
    /// It names what it may not.
    pub(super) fn all_of(policy: &Policy) -> Result<BTreeSet<Self>, String> {
        let mut names = BTreeSet::new();
        for literal in policy.entity_literals() {
            let kind = literal.type_name().to_string();
            if kind == "Action" {
                continue;
            }
            let Some(kind) = NamedKind::ALL.into_iter().find(|known| known.as_str() == kind) else {
                return Err(format!(
                    "the entity `{literal}` in a `signIn` rule: only an Application, a ConnectedOrganization or a Group \
                     can be named"
                ));
            };
            names.insert(Self { kind, text: literal.id().unescaped().to_owned() });
        }
        Ok(names)
    }
}

/// Who signs in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Attributes.
    pub facts: Facts,
    /// Whether they are from outside.
    pub is_external: bool,
    /// Ids of the groups and connected organizations that they are in.
    pub memberships: BTreeSet<(NamedKind, String)>,
}

/// A sign-in as rules see it; what is not known is left out.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'s> {
    /// Who signs in.
    pub person: &'s Person,
    /// The application.
    pub application: &'s Facts,
    /// Everything else.
    pub context: &'s Value,
}

/// A rule whose names were resolved, ready to be asked of many sign-ins.
pub struct SignInRule<'r> {
    rule: &'r Rule,
    authorizer: Authorizer,
    policy: PolicySet,
    /// Sign-ins that are alike in what the rule reads are evaluated once.
    known: HashMap<Signature, Option<bool>>,
}

/// Values that a rule reads, who is in what, and which application it is where that matters.
type Signature = (Vec<Option<Value>>, bool, BTreeSet<(NamedKind, String)>, Option<String>);

impl std::fmt::Debug for SignInRule<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInRule").field("rule", &self.rule.metadata.id).finish_non_exhaustive()
    }
}

impl<'r> SignInRule<'r> {
    /// Puts ids in the place of names.
    ///
    /// # Errors
    /// Cedar refuses what it was given, which is a mistake of ours.
    pub fn new(rule: &'r Rule, ids: &BTreeMap<Named, String>) -> Result<Self, Fault> {
        let mut mapping = BTreeMap::new();
        for (name, id) in ids {
            mapping.insert(uid(name.kind.as_str(), &name.text)?, uid(name.kind.as_str(), id)?);
        }
        let mut policy = PolicySet::new();
        for own in rule.policy.policies() {
            let own = own.sub_entity_literals(mapping.clone()).map_err(|error| error.to_string())?;
            policy.add(own).map_err(|error| error.to_string())?;
        }
        Ok(Self { rule, authorizer: Authorizer::new(), policy, known: HashMap::new() })
    }

    /// The rule as Cedar's typed syntax tree, with ids in the place of names.
    ///
    /// # Errors
    /// Cedar refuses to give it, which is a mistake of ours.
    pub fn body(&self) -> Result<Body, Fault> {
        let policy = self.policy.policies().next().ok_or_else(|| "a rule without a policy".to_owned())?;
        let tree = policy.to_pst().map_err(|error| error.to_string())?;
        Ok(tree.body().clone())
    }

    /// Whether its scope names one application.
    #[must_use]
    pub fn names_one_application(&self) -> bool {
        self.body().is_ok_and(|body| matches!(body.resource, ResourceConstraint::Eq(_)))
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &'r Rule {
        self.rule
    }

    /// Whether the rule matches a sign-in; `None` where that depends on what is not known.
    ///
    /// # Errors
    /// Cedar refuses what it was given, which is a mistake of ours.
    pub fn matches(&mut self, sign_in: &SignIn<'_>) -> Result<Option<bool>, Fault> {
        let signature = self.signature(sign_in);
        if let Some(known) = self.known.get(&signature) {
            return Ok(*known);
        }
        let matches = self.decide(sign_in)?;
        self.known.insert(signature, matches);
        Ok(matches)
    }

    fn signature(&self, sign_in: &SignIn<'_>) -> Signature {
        let values = self.rule.reads.paths.iter().map(|(variable, path)| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let value = match *variable {
                "principal" => sign_in.person.facts.at(&path),
                "resource" => sign_in.application.at(&path),
                _ => sign_in.context.at(&path),
            };
            value.cloned()
        });
        let application = self.rule.reads.whole_resource.then(|| sign_in.application.id.clone());
        (values.collect(), sign_in.person.is_external, sign_in.person.memberships.clone(), application)
    }

    fn decide(&self, sign_in: &SignIn<'_>) -> Result<Option<bool>, Fault> {
        let SignIn { person, application, context } = sign_in;
        let kind = if person.is_external { "ExternalUser" } else { "InternalUser" };
        let principal = uid(kind, &person.facts.id)?;
        let resource = uid("Application", &application.id)?;
        let parents = person.memberships.iter().map(|(kind, id)| uid(kind.as_str(), id));
        let parents = parents.collect::<Result<HashSet<_>, Fault>>()?;
        let mut attributes = HashMap::new();
        for (name, value) in &person.facts.attributes {
            attributes.insert((*name).to_owned(), expression(value)?);
        }
        let who = Entity::new(principal.clone(), attributes, parents).map_err(|error| error.to_string())?;
        let what = entity(resource.clone(), application, |_| true)?;
        let entities = Entities::from_entities([who, what], None).map_err(|error| error.to_string())?;
        let Value::Record(members) = context else { return Err("the context is no record".into()) };
        let pairs = members.iter().map(|(name, value)| Ok(((*name).to_owned(), expression(value)?)));
        let pairs = pairs.collect::<Result<Vec<_>, Fault>>()?;
        let context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
        let request = Request::new(principal, uid("Action", "signIn")?, resource, context, None)
            .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &self.policy, &entities);
        // Only what is left out makes a rule fail that was validated.
        if response.diagnostics().errors().next().is_some() {
            return Ok(None);
        }
        Ok(Some(response.diagnostics().reason().next().is_some()))
    }

    /// The message and the help of the rule for a sign-in.
    #[must_use]
    pub fn tell(&self, sign_in: &SignIn<'_>) -> (String, String) {
        let SignIn { person, application, context } = sign_in;
        let fill = |template: &super::template::Template| template.fill(application, &person.facts, context);
        (fill(&self.rule.message), fill(&self.rule.help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Pack, PackFile, Schema};

    fn pack(rule: &str) -> Pack {
        let annotations = "@id(\"own\")\n@title(\"T\")\n@severity(\"low\")\n@message(\"m\")\n@help(\"h\")\n";
        let file = PackFile { path: "own.cedar".into(), area: "own".into(), text: format!("{annotations}{rule};") };
        Pack::read(&[file], &Schema::bundled().unwrap()).unwrap()
    }

    fn facts(id: &str, attributes: Vec<(&'static str, Value)>) -> Facts {
        Facts { id: id.into(), name: id.into(), origin: None, attributes, missing: Vec::new(), places: &[] }
    }

    fn person(memberships: &[(NamedKind, &str)]) -> Person {
        let memberships = memberships.iter().map(|(kind, id)| (*kind, (*id).to_owned())).collect();
        let facts = facts("somebody", vec![("kind", "b2bCollaborationGuest".into())]);
        Person { facts, is_external: true, memberships }
    }

    fn context(mfa: Option<bool>) -> Value {
        let claims = mfa.map(|mfa| ("mfa", mfa.into())).into_iter().collect();
        Value::Record(vec![("client", "browser".into()), ("claims", Value::Record(claims))])
    }

    /// What is left out is not known, and not false; what does not read it is decided all the same.
    #[test]
    fn what_is_not_known_is_no_answer() {
        let pack = pack(
            "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { context.client == \"browser\" } unless { context.claims.mfa }",
        );
        let mut rule = SignInRule::new(&pack.rules[0], &BTreeMap::new()).unwrap();
        let (person, application) = (person(&[]), facts("app", Vec::new()));
        for (mfa, expected) in [(Some(true), Some(false)), (Some(false), Some(true)), (None, None)] {
            let sign_in = SignIn { person: &person, application: &application, context: &context(mfa) };
            assert_eq!(rule.matches(&sign_in).unwrap(), expected);
            assert_eq!(rule.matches(&sign_in).unwrap(), expected, "the second time it is known");
        }
        let other = Value::Record(vec![("client", "other".into())]);
        let sign_in = SignIn { person: &person, application: &application, context: &other };
        assert_eq!(rule.matches(&sign_in).unwrap(), Some(false));
    }

    /// Names in the scope and in the condition become ids.
    #[test]
    fn names_become_ids() {
        let pack = pack(
            "permit (principal in ConnectedOrganization::\"Fabrikam\", action == Action::\"signIn\", resource) when { resource == Application::\"Portal\" && principal in Group::\"Staff\" }",
        );
        let rule = &pack.rules[0];
        let named: Vec<&str> = rule.names.iter().map(|name| name.text.as_str()).collect();
        assert_eq!(named, ["Portal", "Fabrikam", "Staff"]);
        let ids = rule.names.iter().map(|name| (name.clone(), format!("id of {}", name.text))).collect();
        let mut asked = SignInRule::new(rule, &ids).unwrap();
        let organization = (NamedKind::ConnectedOrganization, "id of Fabrikam");
        let group = (NamedKind::Group, "id of Staff");
        for (memberships, application, expected) in [
            (vec![organization, group], "id of Portal", true),
            (vec![organization, group], "Portal", false),
            (vec![organization], "id of Portal", false),
            (vec![group], "id of Portal", false),
        ] {
            let (person, application) = (person(&memberships), facts(application, Vec::new()));
            let sign_in = SignIn { person: &person, application: &application, context: &context(None) };
            assert_eq!(asked.matches(&sign_in).unwrap(), Some(expected), "{memberships:?} {}", application.id);
        }
    }
}
