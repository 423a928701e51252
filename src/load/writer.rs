//! Tells which library wrote an object, where that changes what it means that a member is not there. Microsoft's SDKs
//! read Graph's answer into classes and write those; what the classes have no room for is gone (docs/inputs.md,
//! findings/).

use crate::model::Kind;
use crate::source::{Node, Object};

/// Who wrote an object, as far as its content tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Writer {
    /// Graph itself, or whoever changes nothing of what it means.
    #[default]
    Graph,
    /// `Get-Mg… | ConvertTo-Json`: capital letters, objects of nulls in place of null.
    PowerShell,
    /// Graph's SDK for Python: what is null is left out, and so is every enumeration of flags and every word that the
    /// SDK does not know; in a list null stands for such a word.
    Python,
    /// Graph's SDK for TypeScript: an object without members stands for null, an empty text or list for every
    /// enumeration of flags, and lists lack the words that the SDK does not know.
    TypeScript,
}

impl Writer {
    /// Who wrote the object.
    pub(super) fn of(root: &Object<'_>) -> Self {
        if ["DisplayName", "Conditions", "Id"].iter().any(|key| root.members.iter().any(|(name, _)| name == key)) {
            Self::PowerShell
        } else if is_typescript(root) {
            Self::TypeScript
        } else if is_python(root) {
            Self::Python
        } else {
            Self::Graph
        }
    }

    /// Whether what stands for an enumeration of flags, if anything does, is what Graph gave.
    pub(super) fn keeps_flags(self, node: Option<&Node<'_>>) -> bool {
        match self {
            Self::Graph | Self::PowerShell => true,
            Self::Python => node.is_some(),
            Self::TypeScript => !node.is_some_and(is_emptied),
        }
    }

    /// Whether lists lack words without a trace.
    pub(super) fn shortens_lists(self) -> bool {
        self == Self::TypeScript
    }

    /// Whether an object in which nothing is set stands for one that Graph gave, and not for null.
    pub(super) fn means_blank(self, node: &Node<'_>) -> bool {
        let Some(object) = node.as_object() else { return false };
        match self {
            Self::Graph | Self::PowerShell => false,
            Self::Python => object.members.is_empty(),
            Self::TypeScript => !object.members.is_empty(),
        }
    }

    /// What to tell of a file with objects of a kind that its writer does not write as they were, without a trace.
    pub(super) fn loses(self, kind: Kind) -> Option<&'static str> {
        match (self, kind) {
            (Self::Python, Kind::ConditionalAccessPolicy) => Some(
                "written by Microsoft Graph's SDK for Python, which leaves out `insiderRiskLevels`, `transferMethods`, \
                 `guestOrExternalUserTypes` and every word that it does not know",
            ),
            (Self::TypeScript, Kind::ConditionalAccessPolicy) => Some(
                "written by Microsoft Graph's SDK for TypeScript, which empties `insiderRiskLevels`, `transferMethods` \
                 and `guestOrExternalUserTypes` and leaves out of lists every word that it does not know",
            ),
            (Self::TypeScript, Kind::AuthenticationStrength) => Some(
                "written by Microsoft Graph's SDK for TypeScript, which leaves out every combination of two methods",
            ),
            _ => None,
        }
    }
}

/// Names of Graph's enumerations of flags: text with commas, or null (Graph documentation, conditionalAccessConditionSet
/// and others).
const FLAGS: [&str; 4] = ["insiderRiskLevels", "transferMethods", "guestOrExternalUserTypes", "requirementsSatisfied"];

/// The objects of a policy that hold an enumeration of flags: the conditions, and those in them.
fn with_flags<'n, 'a>(root: &'n Object<'a>) -> impl Iterator<Item = &'n Object<'a>> {
    let inside = |object: &'n Object<'a>, name| object.get(name).and_then(Node::as_object);
    let conditions = inside(root, "conditions");
    let users = conditions.and_then(|set| inside(set, "users"));
    let guests = |name| users.and_then(|users| inside(users, name));
    let strength = inside(root, "grantControls").and_then(|controls| inside(controls, "authenticationStrength"));
    let flows = conditions.and_then(|set| inside(set, "authenticationFlows"));
    let scopes = [guests("includeGuestsOrExternalUsers"), guests("excludeGuestsOrExternalUsers")];
    [Some(root), conditions, flows, strength].into_iter().chain(scopes).flatten()
}

/// The SDK's own names, or what it writes of flags.
fn is_typescript(root: &Object<'_>) -> bool {
    let named = |object: &Object<'_>| {
        object.members.iter().any(|(name, _)| matches!(name.as_ref(), "odataType" | "additionalData"))
    };
    with_flags(root).any(|object| named(object) || FLAGS.iter().any(|name| object.get(name).is_some_and(is_emptied)))
}

/// Whether it is what the SDK for TypeScript makes of flags.
fn is_emptied(value: &Node<'_>) -> bool {
    match value {
        Node::String(text) => text.is_empty(),
        Node::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A time with `+00:00`, where Graph writes `Z`, and nothing that Graph gives as null or as flags.
fn is_python(root: &Object<'_>) -> bool {
    let dated = root
        .members
        .iter()
        .any(|(name, value)| name.ends_with("DateTime") && value.as_str().is_some_and(|text| text.ends_with("+00:00")));
    dated
        && !root.members.iter().any(|(_, value)| *value == Node::Null)
        && !with_flags(root).any(|object| {
            object.members.iter().any(|(_, value)| *value == Node::Null)
                || FLAGS.iter().any(|name| object.get(name).is_some())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::parse;

    fn of(text: &str) -> Writer {
        Writer::of(parse(text).unwrap().0.as_object().unwrap())
    }

    #[test]
    fn content_tells_who_wrote_it() {
        for (text, writer) in [
            (r#"{"conditions":{"insiderRiskLevels":null},"createdDateTime":"2026-01-02T03:04:05Z"}"#, Writer::Graph),
            (r#"{"conditions":{"devices":{}}}"#, Writer::Graph),
            (r#"{"Conditions":{"InsiderRiskLevels":""}}"#, Writer::PowerShell),
            (r#"{"conditions":{},"createdDateTime":"2026-01-02T03:04:05+00:00"}"#, Writer::Python),
            // Whoever writes null or flags is another library of the same habits.
            (r#"{"conditions":{"platforms":null},"createdDateTime":"2026-01-02T03:04:05+00:00"}"#, Writer::Graph),
            (
                r#"{"conditions":{"insiderRiskLevels":"minor"},"createdDateTime":"2026-01-02T03:04:05+00:00"}"#,
                Writer::Graph,
            ),
            (r#"{"conditions":{"insiderRiskLevels":""}}"#, Writer::TypeScript),
            (r#"{"conditions":{"authenticationFlows":{"transferMethods":[]}}}"#, Writer::TypeScript),
            (r#"{"conditions":{"users":{"includeGuestsOrExternalUsers":{"odataType":"x"}}}}"#, Writer::TypeScript),
            (r#"{"allowedCombinations":["fido2"],"requirementsSatisfied":""}"#, Writer::TypeScript),
        ] {
            assert_eq!(of(text), writer, "{text}");
        }
    }
}
