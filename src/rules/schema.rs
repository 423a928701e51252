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

#[derive(Debug, Clone)]
struct Attribute {
    required: bool,
    kind: Type,
    doc: String,
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
}

/// A schema.
#[derive(Debug)]
pub struct Schema {
    /// Cedar's own.
    pub(super) cedar: cedar_policy::Schema,
    entities: BTreeMap<String, Type>,
    context: Type,
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
        let context = namespace
            .pointer("/actions/govern/appliesTo/context")
            .map_or_else(|| Type::Other(String::new()), read_type);
        Ok(Self { cedar, entities, context })
    }

    fn root(&self, variable: &str, resource: &str) -> Option<&Type> {
        match variable {
            "resource" => self.entities.get(resource),
            "principal" => self.entities.get("Tenant"),
            "context" => Some(&self.context),
            _ => None,
        }
    }

    fn attribute(&self, variable: &str, resource: &str, path: &[&str]) -> Option<&Attribute> {
        let mut kind = self.root(variable, resource)?;
        let mut found = None;
        for name in path {
            let Type::Record(attributes) = kind else { return None };
            let attribute = attributes.get(*name)?;
            kind = &attribute.kind;
            found = Some(attribute);
        }
        found
    }

    /// Whether `variable.path` exists, for a resource of that type.
    #[must_use]
    pub fn has(&self, variable: &str, resource: &str, path: &[&str]) -> bool {
        self.attribute(variable, resource, path).is_some()
    }

    /// Whether every object has the attribute.
    #[must_use]
    pub fn requires(&self, variable: &str, resource: &str, path: &[&str]) -> bool {
        self.attribute(variable, resource, path).is_some_and(|attribute| attribute.required)
    }

    /// Attributes of a type, with those of records after them.
    #[must_use]
    pub fn attributes(&self, resource: &str) -> Vec<AttributeDoc> {
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
                });
                list(&path, &attribute.kind, docs);
            }
        }
        let mut docs = Vec::new();
        if let Some(kind) = self.root("resource", resource) {
            list("", kind, &mut docs);
        }
        docs
    }

    /// Names of the entity types.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.entities.keys().map(String::as_str)
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
        let doc =
            attribute.pointer("/annotations/doc").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        (name.clone(), Attribute { required, kind: read_type(attribute), doc })
    };
    Type::Record(attributes.iter().map(read).collect())
}
