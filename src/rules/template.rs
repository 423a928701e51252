//! Messages with placeholders: `{resource.displayName}`, `{resource}`, `{context.maxAccessDays}`.

use super::schema::{Environment, Schema};
use crate::facts::{Facts, Value};

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// Variable and path.
    Place(String, Vec<String>),
}

impl Template {
    /// Reads a text. An error names the placeholder that nothing fills.
    pub(super) fn read(text: &str, schema: &Schema, environment: &Environment) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, tail) = after.split_once('}').ok_or_else(|| format!("`{{{after}` has no closing brace"))?;
            pieces.push(Piece::Text(before.to_owned()));
            let mut path = inside.split('.');
            let variable = path.next().unwrap_or_default();
            let path: Vec<&str> = path.collect();
            let whole = path.is_empty() && matches!(variable, "resource" | "principal");
            if !whole && !schema.has(variable, environment, &path) {
                return Err(format!("`{{{inside}}}` names no attribute of {} or the context", environment.told()));
            }
            pieces.push(Piece::Place(variable.to_owned(), path.into_iter().map(str::to_owned).collect()));
            rest = tail;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The text for one object. What the export does not tell is said so.
    pub(super) fn fill(&self, resource: &Facts, principal: &Facts, context: &Value) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Place(variable, path) => {
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    let value = match (variable.as_str(), path.is_empty()) {
                        ("resource", true) => Some(Value::Text(resource.name.clone())),
                        ("principal", true) => Some(Value::Text(principal.name.clone())),
                        ("resource", false) => resource.at(&path).cloned(),
                        ("principal", false) => principal.at(&path).cloned(),
                        _ => context.at(&path).cloned(),
                    };
                    text.push_str(&value.map_or_else(|| "(not exported)".to_owned(), |value| value.told()));
                }
            }
        }
        text
    }
}
