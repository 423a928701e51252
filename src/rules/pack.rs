//! Packs: files of Cedar text, validated into rules.

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::pst::{self, ActionConstraint, Clause, Effect, PrincipalConstraint, ResourceConstraint};
use cedar_policy::{Policy, PolicyId, PolicySet, ValidationMode, Validator};
use include_dir::{Dir, include_dir};
use miette::Diagnostic;

use super::annotation::Metadata;
use super::expression::{Reads, Skeleton, forbidden, reads, skeleton};
use super::schema::Schema;
use super::template::Template;
use crate::facts::Resource;

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// A file of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// How messages name it.
    pub path: String,
    /// The folder that it stands in: the rule's area.
    pub area: String,
    /// Its text.
    pub text: String,
}

/// The bundled pack, sorted by path.
#[must_use]
pub fn bundled_files() -> Vec<PackFile> {
    let mut files = Vec::new();
    for area in BUNDLED.dirs() {
        for file in area.files() {
            let cedar = file.path().extension().is_some_and(|extension| extension == "cedar");
            if let (true, Some(text)) = (cedar, file.contents_utf8()) {
                let area = area.path().to_string_lossy().into_owned();
                files.push(PackFile { path: format!("rules/{}", file.path().display()), area, text: text.to_owned() });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The page of a bundled rule.
#[must_use]
pub fn bundled_page(rule: &Rule) -> Option<&'static str> {
    let path = format!("{}/{}.md", rule.area, rule.metadata.id);
    BUNDLED.get_file(path)?.contents_utf8()
}

/// Why a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// The file.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Byte range in the text.
    pub span: Option<(usize, usize)>,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for PackError {}

impl PackError {
    pub(super) fn whole(path: &str, text: &str, message: String) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), message, help: None, span: None }
    }

    /// Takes over one of Cedar's errors, with its place and help.
    pub(super) fn of(path: &str, text: &str, error: &dyn Diagnostic) -> Self {
        let label = error.labels().and_then(|mut labels| labels.next());
        let detail =
            label.as_ref().and_then(|label| label.label()).map(|label| format!(": {label}")).unwrap_or_default();
        let span = label.map(|label| (label.offset(), label.offset() + label.len().max(1)));
        let help = error.help().map(|help| help.to_string());
        Self { path: path.to_owned(), text: text.to_owned(), message: format!("{error}{detail}"), help, span }
    }

    /// Points at the `@id` of a policy.
    pub(super) fn at_policy(path: &str, text: &str, policy: &Policy, message: String) -> Self {
        let id = policy.annotation("id").map(|id| format!("@id(\"{id}\")"));
        let span = id.and_then(|id| text.find(&id).map(|at| (at, at + id.len())));
        Self { path: path.to_owned(), text: text.to_owned(), message, help: None, span }
    }
}

/// A validated rule.
#[derive(Debug)]
pub struct Rule {
    /// What it says of itself.
    pub metadata: Metadata,
    /// The type of objects that it is about.
    pub resource: Resource,
    /// The folder that it stands in.
    pub area: String,
    /// The file that it stands in.
    pub path: String,
    pub(super) message: Template,
    pub(super) help: Template,
    pub(super) policy: PolicySet,
    /// One permit for each leaf of the condition, by number.
    pub(super) leaves: PolicySet,
    pub(super) leaf_reads: Vec<Reads>,
    pub(super) skeleton: Skeleton,
    pub(super) reads: Reads,
}

impl Rule {
    /// Top-level attributes of the resource that decide the outcome; the object itself does too if the flag is set.
    #[must_use]
    pub fn deciding_attributes(&self) -> (Vec<&str>, bool) {
        let of_resource = self.reads.paths.iter().filter(|(variable, _)| *variable == "resource");
        let mut names: Vec<&str> = of_resource.filter_map(|(_, path)| path.first().map(String::as_str)).collect();
        names.dedup();
        (names, self.reads.whole_resource)
    }
}

/// Rules that were validated together.
#[derive(Debug, Default)]
pub struct Pack {
    /// The rules, by id.
    pub rules: Vec<Rule>,
}

impl Pack {
    /// Reads and validates files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(files: &[PackFile], schema: &Schema) -> Result<Self, Vec<PackError>> {
        let mut rules: Vec<Rule> = Vec::new();
        let mut errors = Vec::new();
        for file in files {
            match read_file(file, schema) {
                Ok(found) => {
                    for rule in found {
                        if let Some(other) = rules.iter().find(|other| other.metadata.id == rule.metadata.id) {
                            let message = format!("the rule `{}` stands in `{}` already", rule.metadata.id, other.path);
                            errors.push(PackError::whole(&file.path, &file.text, message));
                        } else {
                            rules.push(rule);
                        }
                    }
                }
                Err(mut found) => errors.append(&mut found),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        rules.sort_by(|a, b| a.metadata.id.cmp(&b.metadata.id));
        Ok(Self { rules })
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.metadata.id == id)
    }
}

fn read_file(file: &PackFile, schema: &Schema) -> Result<Vec<Rule>, Vec<PackError>> {
    let set = PolicySet::from_str(&file.text).map_err(|errors| {
        let all: Vec<PackError> = errors.iter().map(|error| PackError::of(&file.path, &file.text, error)).collect();
        if all.is_empty() { vec![PackError::whole(&file.path, &file.text, errors.to_string())] } else { all }
    })?;
    let mut errors = Vec::new();
    if set.templates().next().is_some() {
        errors.push(PackError::whole(&file.path, &file.text, "a rule cannot be a template".into()));
    }
    let result = Validator::new(schema.cedar.clone()).validate(&set, ValidationMode::Strict);
    errors.extend(result.validation_errors().map(|error| PackError::of(&file.path, &file.text, error)));
    errors.extend(result.validation_warnings().map(|warning| PackError::of(&file.path, &file.text, warning)));
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(|policy| policy.id().to_string());
    let mut rules = Vec::new();
    for policy in policies {
        match read_rule(file, policy, schema) {
            Ok(rule) => rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    if rules.is_empty() && errors.is_empty() {
        errors.push(PackError::whole(&file.path, &file.text, "no rule in this file".into()));
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

pub(super) fn read_rule(file: &PackFile, policy: &Policy, schema: &Schema) -> Result<Rule, PackError> {
    let fail = |message: String| PackError::at_policy(&file.path, &file.text, policy, message);
    let metadata = Metadata::read(policy, &file.path, &file.text)?;
    let tree = policy.to_pst().map_err(|error| fail(error.to_string()))?;
    let body = tree.body();
    if body.effect != Effect::Forbid {
        return Err(fail("a `govern` rule is a `forbid`: what it matches is a finding".into()));
    }
    let govern = matches!(&body.action, ActionConstraint::Eq(uid) if uid.eid == "govern");
    if !govern {
        return Err(fail("only rules with `action == Action::\"govern\"` are read".into()));
    }
    let resource = match &body.resource {
        ResourceConstraint::Is(kind) => Resource::ALL.into_iter().find(|known| known.as_str() == kind.to_string()),
        _ => None,
    };
    let Some(resource) = resource else {
        return Err(fail(
            "the scope must say `resource is` and one type: that is the collection the rule is bound to".into(),
        ));
    };
    if !matches!(&body.principal, PrincipalConstraint::Any | PrincipalConstraint::Is(_)) {
        return Err(fail("the principal of a `govern` rule is always the tenant".into()));
    }
    let name = resource.as_str();
    let mut all_reads = Reads::default();
    for clause in body.clauses() {
        let (Clause::When(expr) | Clause::Unless(expr)) = clause;
        if let Some(message) = forbidden(expr, schema, name) {
            return Err(fail(message));
        }
        reads(expr, &mut all_reads);
    }
    let template = |text: &str| Template::read(text, schema, name).map_err(&fail);
    if let Some(at) = &metadata.at
        && !schema.has("resource", name, &at.split('.').collect::<Vec<_>>())
    {
        return Err(fail(format!("`@at(\"{at}\")` names no attribute of `{name}`")));
    }
    let mut expressions = Vec::new();
    let skeleton = skeleton(body.clauses(), &mut expressions);
    let mut leaves = PolicySet::new();
    let mut leaf_reads = Vec::new();
    for (index, expr) in expressions.iter().enumerate() {
        let leaf = leaf_policy(index, expr).map_err(|error| fail(error.to_string()))?;
        leaves.add(leaf).map_err(|error| fail(error.to_string()))?;
        let mut found = Reads::default();
        reads(expr, &mut found);
        leaf_reads.push(found);
    }
    let own = policy.new_id(PolicyId::new(&metadata.id));
    let policy = PolicySet::from_policies([own]).map_err(|error| fail(error.to_string()))?;
    Ok(Rule {
        message: template(&metadata.message)?,
        help: template(&metadata.help)?,
        metadata,
        resource,
        area: file.area.clone(),
        path: file.path.clone(),
        policy,
        leaves,
        leaf_reads,
        skeleton,
        reads: all_reads,
    })
}

/// A permit whose condition is one leaf, so that Cedar's authorizer tells the value of all leaves at once.
fn leaf_policy(index: usize, expr: &Arc<pst::Expr>) -> Result<Policy, pst::PstConstructionError> {
    let id = pst::PolicyID::from(index.to_string().as_str());
    let template = pst::Template::new(
        id,
        Effect::Permit,
        PrincipalConstraint::Any,
        ActionConstraint::Any,
        ResourceConstraint::Any,
    )
    .try_with_clauses(vec![Clause::When(Arc::clone(expr))])?;
    let policy = pst::StaticPolicy::try_from(template)?;
    Policy::from_pst(policy.into())
}
