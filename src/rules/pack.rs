//! Packs: files of Cedar text, validated into rules.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::pst::{self, ActionConstraint, Clause, Effect, PrincipalConstraint, ResourceConstraint};
use cedar_policy::{Policy, PolicyId, PolicySet, ValidationMode, Validator};
use include_dir::{Dir, include_dir};
use miette::Diagnostic;

use super::annotation::{Metadata, Quantifier};
use super::expression::{Reads, Skeleton, forbidden, forbidden_of_sign_in, reads, skeleton};
use super::schema::{Environment, Schema};
use super::sign_in::Named;
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

/// What a rule asks: its action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// `govern`: is an object of this type as it should be?
    Govern(Resource),
    /// `signIn`: does the tenant treat sign-ins as it should?
    SignIn(Wish),
}

/// What a rule wants of the sign-ins that it matches: its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The tenant has to refuse every one.
    Guardrail,
    /// The tenant has to let them in.
    Promise(Quantifier),
}

/// A validated rule.
#[derive(Debug)]
pub struct Rule {
    /// What it says of itself.
    pub metadata: Metadata,
    /// What it asks.
    pub question: Question,
    /// Entities that it names by id or display name; none in a rule about objects.
    pub names: BTreeSet<Named>,
    /// The folder that it stands in.
    pub area: String,
    /// The file that it stands in.
    pub path: String,
    /// The text of that file.
    pub(super) text: Arc<str>,
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
    /// The type of objects that it is about.
    #[must_use]
    pub const fn resource(&self) -> Option<Resource> {
        match self.question {
            Question::Govern(resource) => Some(resource),
            Question::SignIn(_) => None,
        }
    }

    /// What it is about, in a word.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        match self.question {
            Question::Govern(resource) => resource.as_str(),
            Question::SignIn(Wish::Guardrail) => "sign-ins (guardrail)",
            Question::SignIn(Wish::Promise(_)) => "sign-ins (promise)",
        }
    }

    /// Whether it reads an attribute, or something inside it.
    #[must_use]
    pub fn reads(&self, variable: &str, path: &[&str]) -> bool {
        let inside = |read: &[String]| read.len() >= path.len() && read.iter().zip(path).all(|(own, name)| own == name);
        self.reads.paths.iter().any(|(known, read)| *known == variable && inside(read))
    }

    /// Texts that it compares with.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.reads.texts.iter().map(String::as_str)
    }

    /// What is wrong with the rule for one export, at the place where it names something.
    #[must_use]
    pub fn misnomer(&self, name: &Named, message: String, help: String) -> PackError {
        let id = format!("@id(\"{}\")", self.metadata.id);
        let start = self.text.find(&id).unwrap_or_default();
        let written = format!("{}::\"{}\"", name.kind.as_str(), name.text);
        let rest = self.text.get(start..).unwrap_or_default();
        let span = match rest.find(&written) {
            Some(at) => (start + at, start + at + written.len()),
            None => (start, start + id.len()),
        };
        let (path, text) = (self.path.clone(), self.text.to_string());
        PackError { path, text, message, help: Some(help), span: Some(span) }
    }

    /// What is wrong with the rule as a whole.
    #[must_use]
    pub fn mistake(&self, message: String, help: String) -> PackError {
        let id = format!("@id(\"{}\")", self.metadata.id);
        let span = self.text.find(&id).map(|at| (at, at + id.len()));
        let (path, text) = (self.path.clone(), self.text.to_string());
        PackError { path, text, message, help: Some(help), span }
    }

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
    let action = match &body.action {
        ActionConstraint::Eq(uid) => uid.eid.as_str(),
        _ => "",
    };
    let (question, environment) = match action {
        "govern" => govern(body, &metadata).map_err(&fail)?,
        "signIn" => sign_in(body, &metadata, policy, schema).map_err(&fail)?,
        _ => {
            let actions = "`action == Action::\"govern\"` or `action == Action::\"signIn\"`";
            return Err(fail(format!("only rules with {actions} are read")));
        }
    };
    let names = match question {
        Question::Govern(_) => BTreeSet::new(),
        Question::SignIn(_) => Named::all_of(policy).map_err(&fail)?,
    };
    let mut all_reads = Reads::default();
    for clause in body.clauses() {
        let (Clause::When(expr) | Clause::Unless(expr)) = clause;
        let wrong = match question {
            Question::Govern(_) => forbidden(expr, schema, &environment),
            Question::SignIn(_) => forbidden_of_sign_in(expr, schema, &environment),
        };
        if let Some(message) = wrong {
            return Err(fail(message));
        }
        reads(expr, &mut all_reads);
    }
    all_reads.whole_resource |= !matches!(&body.resource, ResourceConstraint::Any | ResourceConstraint::Is(_));
    let template = |text: &str| Template::read(text, schema, &environment).map_err(&fail);
    if let Some(at) = &metadata.at
        && !schema.has("resource", &environment, &at.split('.').collect::<Vec<_>>())
    {
        return Err(fail(format!("`@at(\"{at}\")` names no attribute of `{}`", environment.resource)));
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
        question,
        names,
        area: file.area.clone(),
        path: file.path.clone(),
        text: file.text.as_str().into(),
        policy,
        leaves,
        leaf_reads,
        skeleton,
        reads: all_reads,
    })
}

/// What a rule about objects has to look like.
fn govern(body: &pst::Template, metadata: &Metadata) -> Result<(Question, Environment), String> {
    if body.effect != Effect::Forbid {
        return Err("a `govern` rule is a `forbid`: what it matches is a finding".into());
    }
    let resource = match &body.resource {
        ResourceConstraint::Is(kind) => Resource::ALL.into_iter().find(|known| known.as_str() == kind.to_string()),
        _ => None,
    };
    let Some(resource) = resource else {
        return Err("the scope must say `resource is` and one type: that is the collection the rule is bound to".into());
    };
    if !matches!(&body.principal, PrincipalConstraint::Any | PrincipalConstraint::Is(_)) {
        return Err("the principal of a `govern` rule is always the tenant".into());
    }
    if metadata.quantifier.is_some() {
        return Err("`@quantifier` is for promises: a `permit` with `action == Action::\"signIn\"`".into());
    }
    let environment =
        Environment { action: "govern", principals: vec!["Tenant".to_owned()], resource: resource.as_str().to_owned() };
    Ok((Question::Govern(resource), environment))
}

/// What a rule about sign-ins has to look like.
fn sign_in(
    body: &pst::Template,
    metadata: &Metadata,
    policy: &Policy,
    schema: &Schema,
) -> Result<(Question, Environment), String> {
    let wish = match (body.effect, metadata.quantifier) {
        (Effect::Forbid, None) => Wish::Guardrail,
        (Effect::Forbid, Some(_)) => {
            return Err("`@quantifier` is for promises; a guardrail is about every sign-in that it matches".into());
        }
        (Effect::Permit, quantifier) => Wish::Promise(quantifier.unwrap_or_default()),
    };
    if metadata.at.is_some() {
        return Err("`@at` points into an object of the export; a rule on sign-ins has none".into());
    }
    let types: BTreeSet<String> =
        policy.get_valid_request_envs(&schema.cedar).map(|found| found.principal().to_string()).collect();
    let environment =
        Environment { action: "signIn", principals: types.into_iter().collect(), resource: "Application".to_owned() };
    Ok((Question::SignIn(wish), environment))
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
