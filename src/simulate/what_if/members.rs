//! The members of one object of a request: all known, each of the type that it should have.

use super::body::{Read, wrong};
use crate::model::Id;
use crate::source::{Node, Object, escape_pointer};
use crate::suggest::nearest;

const NAMESPACE: &str = "#microsoft.graph.";

/// The members of an object, all of which are known.
pub(super) struct Members<'n, 'a> {
    object: &'n Object<'a>,
    pointer: String,
}

impl<'n, 'a> Members<'n, 'a> {
    /// `kind` is the type that `@odata.type` may name.
    pub(super) fn of(node: &'n Node<'a>, pointer: &str, known: &[&str], kind: &str) -> Read<Self> {
        let Some(object) = node.as_object() else {
            return wrong(pointer, format!("an object is expected here, not {}", node.kind()));
        };
        for (name, value) in &object.members {
            let at = format!("{pointer}/{}", escape_pointer(name));
            if name == "@odata.type" && !kind.is_empty() {
                let told = value.as_str().unwrap_or_default().trim_start_matches('#');
                if told != format!("{NAMESPACE}{kind}").trim_start_matches('#') {
                    return wrong(at, format!("`{NAMESPACE}{kind}` is expected here"));
                }
                continue;
            }
            if !known.contains(&name.as_ref()) {
                let near = nearest(name, known.iter().copied());
                let help = near.map_or_else(
                    || format!("there are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return wrong(at, format!("the API documents no such member; {help}"));
            }
        }
        Ok(Self { object, pointer: pointer.to_owned() })
    }

    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// The member, unless it is null.
    pub(super) fn node(&self, name: &str) -> Option<&'n Node<'a>> {
        let found = self.object.members.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value).filter(|value| !matches!(value, Node::Null))
    }

    pub(super) fn text(&self, name: &str) -> Read<Option<&'n str>> {
        match self.node(name) {
            None => Ok(None),
            Some(Node::String(text)) => Ok(Some(text.as_ref())),
            Some(other) => wrong(self.at(name), format!("text is expected here, not {}", other.kind())),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Read<Option<bool>> {
        match self.node(name) {
            None => Ok(None),
            Some(Node::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => wrong(self.at(name), format!("true or false is expected here, not {}", other.kind())),
        }
    }

    pub(super) fn list(&self, name: &str) -> Read<Vec<&'n str>> {
        let items = match self.node(name) {
            None => return Ok(Vec::new()),
            Some(Node::Array(items)) => items,
            Some(other) => return wrong(self.at(name), format!("a list is expected here, not {}", other.kind())),
        };
        let text = |(index, item): (usize, &'n Node<'a>)| match item {
            Node::String(text) => Ok(text.as_ref()),
            other => {
                wrong(format!("{}/{index}", self.at(name)), format!("text is expected here, not {}", other.kind()))
            }
        };
        items.iter().enumerate().map(text).collect()
    }

    pub(super) fn word(&self, name: &str, known: &[&'static str]) -> Read<Option<&'static str>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match known.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => Ok(Some(*word)),
            None if text.contains(',') => wrong(self.at(name), format!("a sign-in has one value, not `{text}`")),
            None => wrong(self.at(name), format!("`{text}` is not documented; there are {}", known.join(", "))),
        }
    }

    pub(super) fn guid(&self, name: &str) -> Read<Option<Id>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let id = Id::new(text);
        if id.is_guid() { Ok(Some(id)) } else { wrong(self.at(name), format!("`{text}` is not an id")) }
    }
}

/// The type that `@odata.type` names, among those that may stand there.
pub(super) fn kind_of<'k>(node: &Node<'_>, pointer: &str, known: &[(&'k str, &str)]) -> Read<&'k str> {
    let Some(object) = node.as_object() else {
        return wrong(pointer, format!("an object is expected here, not {}", node.kind()));
    };
    let found = object.members.iter().find(|(name, _)| name == "@odata.type");
    let Some(text) = found.and_then(|(_, value)| value.as_str()) else {
        // The members alone tell as well.
        let by_member = known.iter().find(|(_, member)| object.members.iter().any(|(name, _)| name == member));
        if let Some((kind, _)) = by_member {
            return Ok(kind);
        }
        let kinds: Vec<&str> = known.iter().map(|(kind, _)| *kind).collect();
        return wrong(format!("{pointer}/@odata.type"), format!("it has to name one of {}", kinds.join(", ")));
    };
    let named = text.trim_start_matches('#').trim_start_matches("microsoft.graph.");
    match known.iter().find(|(kind, _)| *kind == named) {
        Some((kind, _)) => Ok(kind),
        None if named == "agentSignIn" => {
            wrong(format!("{pointer}/@odata.type"), "agent identities are not simulated yet")
        }
        None => {
            let kinds: Vec<&str> = known.iter().map(|(kind, _)| *kind).collect();
            wrong(format!("{pointer}/@odata.type"), format!("`{text}` is not one of {}", kinds.join(", ")))
        }
    }
}
