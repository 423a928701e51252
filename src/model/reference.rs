//! Ids, and references by id, by name or by one of Graph's special words.

use std::fmt;

use super::vocabulary;

/// An object id. Guids are compared in lower case, everything else as it stands.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

/// Words of ours that stand among ids: whoever, or whatever, nothing names.
const OURS: [&str; 6] = [
    "any-other-application",
    "any-other-tenant",
    "partner-not-exported",
    "some-tenant",
    "some-tenant-or-none",
    "entra",
];

impl Id {
    /// The id written in `text`. One of an export that reads like a word of ours is another one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        match text {
            guid if is_guid(guid) => Self(guid.to_ascii_lowercase().into()),
            ours if OURS.contains(&ours) => Self(format!("{ours} (of the export)").into()),
            other => Self(other.into()),
        }
    }

    /// A word of ours that stands among ids.
    #[must_use]
    pub fn of_ours(word: &'static str) -> Self {
        Self(word.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of a guid.
    #[must_use]
    pub fn is_guid(&self) -> bool {
        is_guid(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_guid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

vocabulary! {
    /// Words that stand where an id is expected (Graph: conditionalAccessUsers, conditionalAccessApplications,
    /// conditionalAccessLocations, crossTenantAccessPolicyTarget).
    pub enum Keyword {
        /// Everybody, every resource, every network.
        All = "All",
        /// Nobody, no resource.
        None = "None",
        /// All six external user types.
        GuestsOrExternalUsers = "GuestsOrExternalUsers",
        /// Every trusted named location and the MFA trusted IPs.
        AllTrusted = "AllTrusted",
        /// The Office 365 group of applications.
        Office365 = "Office365",
        /// The Microsoft admin portals.
        MicrosoftAdminPortals = "MicrosoftAdminPortals",
        /// Every user of a cross-tenant target list.
        AllUsers = "AllUsers",
        /// Every application of a cross-tenant target list.
        AllApplications = "AllApplications",
        /// Every Microsoft application of a cross-tenant target list.
        AllMicrosoftApps = "AllMicrosoftApps",
        /// Every single-tenant service principal.
        ServicePrincipalsInMyTenant = "ServicePrincipalsInMyTenant",
        /// Every agent user (beta).
        AllAgentIdUsers = "AllAgentIdUsers",
        /// Every agent resource (beta).
        AllAgentIdResources = "AllAgentIdResources",
    }
}

/// A reference as an export writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ref {
    /// By id.
    Id(Id),
    /// By a name, or a placeholder that a template leaves to be filled in.
    Name(Box<str>),
    /// By one of Graph's special words.
    Keyword(Keyword),
}

impl Ref {
    /// Reads a reference: a special word, a guid, or else a name.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        match Keyword::read(text) {
            Keyword::Undocumented(_) if is_guid(text) => Self::Id(Id::new(text)),
            Keyword::Undocumented(_) => Self::Name(text.into()),
            word => Self::Keyword(word),
        }
    }

    /// Whether it is that special word.
    #[must_use]
    pub fn is(&self, keyword: &Keyword) -> bool {
        matches!(self, Self::Keyword(word) if word == keyword)
    }

    /// The id, if it is one.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id.as_str()),
            Self::Name(name) => f.write_str(name),
            Self::Keyword(word) => f.write_str(word.as_str()),
        }
    }
}

/// What a navigation property held when it was expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expanded<T> {
    /// The items, in the order of the export.
    pub items: Vec<T>,
    /// Whether more may exist: Graph expands twenty directory objects at most and says nothing.
    pub cut_off: bool,
}

/// What kind of directory object a member is, as far as the export says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemberKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A service principal, a device, a contact.
    Another,
    /// The export does not say.
    Unsaid,
}

/// A directory object named by a group, a sponsor list or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its object id.
    pub id: Id,
    /// What it is.
    pub kind: MemberKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_typed() {
        let guid = "6C0B3A2E-0000-4000-8000-00000000ABCD";
        assert_eq!(Ref::read(guid), Ref::Id(Id::new(&guid.to_ascii_lowercase())));
        assert_eq!(Ref::read("all"), Ref::Keyword(Keyword::All));
        assert_eq!(Ref::read("<ExclusionTempGroup>"), Ref::Name("<ExclusionTempGroup>".into()));
    }
}
