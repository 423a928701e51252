//! The six kinds of people from outside (Graph: conditionalAccessGuestOrExternalUserTypes).

use std::fmt;

/// An external user type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExternalUserType {
    /// A guest whose credentials this tenant manages.
    InternalGuest,
    /// Signs in elsewhere, `userType` Guest.
    B2bCollaborationGuest,
    /// Signs in elsewhere, `userType` Member.
    B2bCollaborationMember,
    /// Has no object here; reaches shared channels.
    B2bDirectConnectUser,
    /// External and none of the others.
    OtherExternalUser,
    /// A technician of a service provider (GDAP).
    ServiceProvider,
}

impl ExternalUserType {
    /// All six, in the order of Graph's enumeration.
    pub const ALL: [Self; 6] = [
        Self::InternalGuest,
        Self::B2bCollaborationGuest,
        Self::B2bCollaborationMember,
        Self::B2bDirectConnectUser,
        Self::OtherExternalUser,
        Self::ServiceProvider,
    ];

    /// Graph's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InternalGuest => "internalGuest",
            Self::B2bCollaborationGuest => "b2bCollaborationGuest",
            Self::B2bCollaborationMember => "b2bCollaborationMember",
            Self::B2bDirectConnectUser => "b2bDirectConnectUser",
            Self::OtherExternalUser => "otherExternalUser",
            Self::ServiceProvider => "serviceProvider",
        }
    }

    /// Reads Graph's spelling, whatever its case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for ExternalUserType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of external user types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ExternalUserTypes(u8);

impl ExternalUserTypes {
    /// All six.
    pub const ALL: Self = Self(0b11_1111);

    /// Adds a type.
    pub fn insert(&mut self, kind: ExternalUserType) {
        self.0 |= 1 << kind as u8;
    }

    /// Whether the type is in it.
    #[must_use]
    pub fn contains(self, kind: ExternalUserType) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The types, in Graph's order.
    pub fn iter(self) -> impl Iterator<Item = ExternalUserType> {
        ExternalUserType::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<ExternalUserType> for ExternalUserTypes {
    fn from_iter<I: IntoIterator<Item = ExternalUserType>>(kinds: I) -> Self {
        let mut set = Self::default();
        kinds.into_iter().for_each(|kind| set.insert(kind));
        set
    }
}
