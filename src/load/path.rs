//! What the path of an EntraExporter tree tells and the object itself does not: its parent (EntraExporter writes
//! children below the folder of their parent's id).

use crate::model::Id;

/// The parent that a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parent {
    /// The access package of a policy or an assignment.
    AccessPackage(Id),
    /// The connected organization that somebody sponsors from inside.
    InternalSponsorOf(Id),
    /// The connected organization that somebody sponsors from outside.
    ExternalSponsorOf(Id),
    /// The group that somebody is a member of.
    MemberOf(Id),
    /// The service principal to which somebody is assigned.
    AssignedTo(Id),
    /// Something else that it belongs to, as owner, member or otherwise.
    Another,
}

/// Reads `…/AccessPackages/<id>/AssignmentPolicies/<id>/<id>.json` and its like. The object's own id must be both the
/// name of its file and of its folder: no other tool writes that.
pub(super) fn parent(path: &str) -> Option<Parent> {
    // Version 2 of the tool wrote backslashes into names on Linux.
    let path = path.replace('\\', "/");
    let segments: Vec<&str> = path.split('/').collect();
    let [.., collection, parent, children, folder, file] = segments.as_slice() else { return None };
    let stem = file.rsplit_once('.').map(|(stem, _)| stem)?;
    if stem != *folder {
        return None;
    }
    let id = Id::new(parent);
    match (collection.to_ascii_lowercase().as_str(), children.to_ascii_lowercase().as_str()) {
        ("accesspackages", "assignmentpolicies" | "assignments" | "resourcescopes") => Some(Parent::AccessPackage(id)),
        ("connectedorganizations", "internalsponsors") => Some(Parent::InternalSponsorOf(id)),
        ("connectedorganizations", "externalsponsors") => Some(Parent::ExternalSponsorOf(id)),
        ("groups", "members") => Some(Parent::MemberOf(id)),
        ("serviceprincipals", "approleassignedto") => Some(Parent::AssignedTo(id)),
        ("serviceprincipals" | "users" | "groups", "approleassignments") => Some(Parent::Another),
        (_, "members" | "owners" | "scopedmembers" | "scopedrolemembers" | "registeredowners" | "registeredusers") => {
            Some(Parent::Another)
        }
        _ => None,
    }
}

/// Whether the path is that of the one file into which EntraExporter writes every partner over the last.
pub(super) fn is_overwritten_partner(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let mut segments = path.rsplit('/');
    [segments.next(), segments.next(), segments.next()] == [Some("partners.json"), Some("partners"), Some("partners")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_name_their_parent() {
        let id = Id::new("p");
        assert_eq!(parent("x/AccessPackages/p/AssignmentPolicies/q/q.json"), Some(Parent::AccessPackage(id.clone())));
        assert_eq!(parent("x/Groups/p/Members/u/u.json"), Some(Parent::MemberOf(id)));
        let assignment = "x/ServicePrincipals/p/AppRoleAssignedTo/41W1zT6z1U-kJxf62svfp/41W1zT6z1U-kJxf62svfp.json";
        assert_eq!(parent(assignment), Some(Parent::AssignedTo(Id::new("p"))));
        assert_eq!(parent("x/ServicePrincipals/p/AppRoleAssignments/a/a.json"), Some(Parent::Another));
        assert_eq!(parent("x/AccessPackages/p/AssignmentPolicies/policy.json"), None);
        assert_eq!(parent("policies/a/b/c.json"), None);
    }
}
