//! The rules' schema, and what can be asked of it: does an attribute exist, must it exist, what does it mean.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use super::pack::PackError;

/// The text of `rules/schema.cedarschema`.
#[must_use]
pub fn bundled_schema() -> &'static str {
    include_str!("../../rules/schema.cedarschema")
}

/// The type of an attribute.
#[derive(Debug, Clone)]
enum Type {
    Record(BTreeMap<String, Attribute>),
    Other(String),
}

impl Type {
    fn at(&self, path: &[&str]) -> Option<&Attribute> {
        let (first, rest) = path.split_first()?;
        let Self::Record(attributes) = self else { return None };
        let attribute = attributes.get(*first)?;
        if rest.is_empty() { Some(attribute) } else { attribute.kind.at(rest) }
    }
}

#[derive(Debug, Clone)]
struct Attribute {
    required: bool,
    kind: Type,
    doc: String,
    /// Every value that it can have, where the schema lists them.
    values: Vec<String>,
}

/// An attribute as documentation lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDoc {
    /// Dotted path.
    pub path: String,
    /// Its type.
    pub kind: String,
    /// Whether an object may really lack it.
    pub optional: bool,
    /// What it means.
    pub doc: String,
    /// Every value that it can have, where the schema lists them.
    pub values: Vec<String>,
}

/// What the variables of a rule are.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    pub(super) action: &'static str,
    /// Types of the principal; a rule has to make sense for each.
    pub(super) principals: Vec<String>,
    /// The type of the resource.
    pub(super) resource: String,
}

impl Environment {
    /// The types, for people: `Catalog`, `Tenant` or the context.
    pub(super) fn told(&self) -> String {
        let types = std::iter::once(&self.resource).chain(&self.principals);
        types.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// A schema.
#[derive(Debug)]
pub struct Schema {
    /// Cedar's own.
    pub(super) cedar: cedar_policy::Schema,
    entities: BTreeMap<String, Type>,
    /// By action.
    contexts: BTreeMap<String, Type>,
}

impl Schema {
    /// Reads the bundled schema.
    ///
    /// # Errors
    /// The text is not a schema, which tests rule out.
    pub fn bundled() -> Result<Self, PackError> {
        let text = bundled_schema();
        let fail = |message: String| PackError::whole("rules/schema.cedarschema", text, message);
        let cedar = cedar_policy::Schema::from_str(text)
            .map_err(|error| PackError::of("rules/schema.cedarschema", text, &error))?;
        let (fragment, _) =
            cedar_policy::SchemaFragment::from_cedarschema_str(text).map_err(|error| fail(error.to_string()))?;
        let json = fragment.to_json_value().map_err(|error| fail(error.to_string()))?;
        let namespace = json.get("").ok_or_else(|| fail("no default namespace".into()))?;
        let types = namespace.get("entityTypes").and_then(serde_json::Value::as_object);
        let entities = types.into_iter().flatten().map(|(name, entity)| {
            (name.clone(), entity.get("shape").map_or_else(|| Type::Record(BTreeMap::new()), read_type))
        });
        let entities = entities.collect();
        let actions = namespace.get("actions").and_then(serde_json::Value::as_object);
        let contexts = actions
            .into_iter()
            .flatten()
            .filter_map(|(name, action)| Some((name.clone(), read_type(action.pointer("/appliesTo/context")?))));
        let contexts = contexts.collect();
        Ok(Self { cedar, entities, contexts })
    }

    /// What a variable may be.
    fn roots(&self, variable: &str, environment: &Environment) -> Vec<Option<&Type>> {
        match variable {
            "resource" => vec![self.entities.get(&environment.resource)],
            "principal" => environment.principals.iter().map(|name| self.entities.get(name)).collect(),
            "context" => vec![self.contexts.get(environment.action)],
            _ => Vec::new(),
        }
    }

    /// The attribute at a path, of each type that the variable may be.
    fn attributes_at(&self, variable: &str, environment: &Environment, path: &[&str]) -> Vec<Option<&Attribute>> {
        self.roots(variable, environment).into_iter().map(|root| root?.at(path)).collect()
    }

    /// Whether `variable.path` exists, whatever the variable is.
    pub(super) fn has(&self, variable: &str, environment: &Environment, path: &[&str]) -> bool {
        let found = self.attributes_at(variable, environment, path);
        !found.is_empty() && found.iter().all(Option::is_some)
    }

    /// Whether every object of some type that the variable may be has the attribute.
    pub(super) fn requires(&self, variable: &str, environment: &Environment, path: &[&str]) -> bool {
        let found = self.attributes_at(variable, environment, path);
        found.into_iter().flatten().any(|attribute| attribute.required)
    }

    /// Every value that the attribute can have, where the schema lists them.
    pub(super) fn values(&self, variable: &str, environment: &Environment, path: &[&str]) -> &[String] {
        let found = self.attributes_at(variable, environment, path);
        found.into_iter().flatten().next().map_or(&[], |attribute| attribute.values.as_slice())
    }

    /// Attributes of a type, with those of records after them.
    #[must_use]
    pub fn attributes(&self, kind: &str) -> Vec<AttributeDoc> {
        let mut docs = Vec::new();
        if let Some(kind) = self.entities.get(kind) {
            list("", kind, &mut docs);
        }
        docs
    }

    /// The same of an action's context.
    #[must_use]
    pub fn context(&self, action: &str) -> Vec<AttributeDoc> {
        let mut docs = Vec::new();
        if let Some(kind) = self.contexts.get(action) {
            list("", kind, &mut docs);
        }
        docs
    }

    /// Names of the actions.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.contexts.keys().map(String::as_str)
    }

    /// Names of the entity types.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.entities.keys().map(String::as_str)
    }
}

fn list(prefix: &str, kind: &Type, docs: &mut Vec<AttributeDoc>) {
    let Type::Record(attributes) = kind else { return };
    for (name, attribute) in attributes {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let kind = match &attribute.kind {
            Type::Record(_) => "record".to_owned(),
            Type::Other(name) => name.clone(),
        };
        docs.push(AttributeDoc {
            path: path.clone(),
            kind,
            optional: !attribute.required,
            doc: attribute.doc.clone(),
            values: attribute.values.clone(),
        });
        list(&path, &attribute.kind, docs);
    }
}

fn read_type(json: &serde_json::Value) -> Type {
    let Some(attributes) = json.get("attributes").and_then(serde_json::Value::as_object) else {
        let name = ["name", "type"].iter().find_map(|key| json.get(key)?.as_str());
        let name = match (json.get("type").and_then(serde_json::Value::as_str), json.get("element")) {
            (Some("Set"), Some(element)) => match read_type(element) {
                Type::Other(element) => format!("Set of {element}"),
                Type::Record(_) => "Set of records".to_owned(),
            },
            _ => name.unwrap_or_default().to_owned(),
        };
        return Type::Other(name);
    };
    let read = |(name, attribute): (&String, &serde_json::Value)| {
        let required = attribute.get("required").and_then(serde_json::Value::as_bool).unwrap_or(true);
        let annotation = |name: &str| {
            let found = attribute.pointer(&format!("/annotations/{name}")).and_then(serde_json::Value::as_str);
            found.unwrap_or_default()
        };
        let values = annotation("values").split(',').map(str::trim).filter(|value| !value.is_empty());
        let values = values.map(str::to_owned).collect();
        let doc = annotation("doc").to_owned();
        (name.clone(), Attribute { required, kind: read_type(attribute), doc, values })
    };
    Type::Record(attributes.iter().map(read).collect())
}
