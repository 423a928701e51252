//! Users whom the export lacks (W-1.14): people who are here, in what configuration names, and of whom nothing is told.
//!
//! A newcomer may be one of them, by being in `NotExported::"user"`. What such a user is besides is not known, once for
//! each thing that conditions ask about. One of whom all of that is false is like a newcomer who is none of them.

use std::collections::BTreeSet;

use super::world::Free;
use super::{Compiler, Term};
use crate::model::{Group, Id, Kind, Member, MemberKind};

/// The type of what tells users whom the export lacks from newcomers.
pub const NOT_EXPORTED: &str = "NotExported";

impl Compiler<'_> {
    /// What newcomers may be in where the list of users may be incomplete.
    pub(super) fn unexported_user(&self) -> Option<Free> {
        let says = "a user whom the export lacks may be whatever configuration says of users";
        let whom = self.has_object();
        let free = Free { kind: NOT_EXPORTED, id: "user".to_owned(), says, source: "W-1.14", whom, is_after: false };
        (!self.tenant.users.coverage.is_complete()).then_some(free)
    }

    /// Whether the person is a user whom the export lacks.
    pub(super) fn is_unexported(&self) -> Term {
        if self.tenant.users.coverage.is_complete() {
            return Term::False;
        }
        self.types.principal_in(NOT_EXPORTED, &["user"])
    }

    /// Whether the person is a user, of the export or not.
    pub(super) fn is_here(&self) -> Term {
        self.exists() | self.is_unexported()
    }

    /// Whether the person is a user whom the export lacks and who is what is said: `holds role …`.
    pub(super) fn is_unexported_who(&self, what: &str) -> Term {
        let unexported = self.is_unexported();
        if unexported == Term::False {
            return Term::False;
        }
        unexported & self.unknown(format!("a user who was not exported {what}"), Some(Kind::User))
    }

    /// Whether the person is the user of that id, whom the export lacks. Declared emergency accounts are accounts of this
    /// tenant.
    pub(super) fn is_unexported_person(&self, id: &Id) -> Term {
        let person = self.is_unexported_who(&format!("is {id}"));
        if self.mentions.emergency_accounts.contains(id.as_str()) { person & self.is_kind(&[None]) } else { person }
    }

    /// Whether somebody whom the export lacks may be in a group of which all else is known: a member is no user or group
    /// that was exported.
    pub(super) fn has_unexported_members(&self, group: &Group) -> bool {
        if self.tenant.users.coverage.is_complete() {
            return false;
        }
        let mut seen: BTreeSet<&Id> = BTreeSet::new();
        let mut open = vec![group];
        while let Some(next) = open.pop() {
            if !seen.insert(&next.id) {
                continue;
            }
            let Ok(members) = &next.members else { return true };
            if members.cut_off {
                return true;
            }
            for member in &members.items {
                match self.tenant.groups.get(&member.id) {
                    Some(inner) => open.push(inner),
                    None if self.may_be_unexported(member) => return true,
                    None if member.kind == MemberKind::Group && !self.tenant.groups.coverage.is_complete() => {
                        return true;
                    }
                    None => {}
                }
            }
        }
        false
    }

    /// Whether a member may be a user whom the export lacks.
    pub(super) fn may_be_unexported(&self, member: &Member) -> bool {
        let is_user = matches!(member.kind, MemberKind::User | MemberKind::Unsaid);
        is_user && !self.tenant.users.coverage.is_complete() && self.is_unknown_object(&member.id)
    }

    /// Whether an id is of nothing that was exported and can be in a group or hold a role.
    pub(super) fn is_unknown_object(&self, id: &Id) -> bool {
        let tenant = self.tenant;
        tenant.users.get(id).is_none() && tenant.groups.get(id).is_none() && tenant.service_principals.get(id).is_none()
    }
}
