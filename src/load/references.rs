//! References to objects that the export should hold and does not.

use crate::model::{Dangling, Id, Keyword, Kind, Ref, SubjectSet, Tenant};
use crate::source::Origin;

struct Search<'t> {
    tenant: &'t Tenant,
    found: Vec<Dangling>,
}

/// Finds references that lead nowhere, in collections that were exported. What was not exported cannot be missed.
pub(super) fn dangling(tenant: &Tenant) -> Vec<Dangling> {
    let mut search = Search { tenant, found: Vec::new() };
    for policy in &tenant.conditional_access.items {
        if let Ok(users) = &policy.users {
            let lists = [
                ("includeUsers", Kind::User, &users.include_users),
                ("excludeUsers", Kind::User, &users.exclude_users),
                ("includeGroups", Kind::Group, &users.include_groups),
                ("excludeGroups", Kind::Group, &users.exclude_groups),
            ];
            for (name, kind, list) in lists {
                search.all(&policy.origin, &["conditions", "users", name], kind, list);
            }
        }
        if let Ok(applications) = &policy.applications {
            let path = ["conditions", "applications", "includeAuthenticationContextClassReferences"];
            for context in &applications.include_authentication_contexts {
                let reference = Ref::Name(context.as_str().into());
                search.each(&policy.origin, &path, Kind::AuthenticationContext, std::iter::once(&reference));
            }
        }
        if let Ok(Some(grant)) = &policy.grant {
            search.all(&policy.origin, &["grantControls", "termsOfUse"], Kind::TermsOfUse, &grant.terms_of_use);
        }
        if let Ok(Some(locations)) = &policy.locations {
            let path = |name| ["conditions", "locations", name];
            search.all(&policy.origin, &path("includeLocations"), Kind::NamedLocation, &locations.include);
            search.all(&policy.origin, &path("excludeLocations"), Kind::NamedLocation, &locations.exclude);
        }
    }
    for package in &tenant.access_packages.items {
        search.each(&package.origin, &["catalog"], Kind::Catalog, package.catalog.iter());
    }
    for policy in &tenant.assignment_policies.items {
        search.each(&policy.origin, &["accessPackage"], Kind::AccessPackage, policy.access_package.iter());
        for target in policy.targets.iter().flatten() {
            let (kind, reference) = match target {
                SubjectSet::ConnectedOrganization(Some(reference)) => (Kind::ConnectedOrganization, reference),
                SubjectSet::User(Some(reference)) => (Kind::User, reference),
                SubjectSet::Group(Some(reference)) => (Kind::Group, reference),
                _ => continue,
            };
            search.each(&policy.origin, &["specificAllowedTargets"], kind, std::iter::once(reference));
        }
    }
    for assignment in &tenant.assignments.items {
        search.each(&assignment.origin, &["assignmentPolicy"], Kind::AssignmentPolicy, assignment.policy.iter());
        search.each(&assignment.origin, &["accessPackage"], Kind::AccessPackage, assignment.access_package.iter());
    }
    search.found
}

impl Search<'_> {
    fn all(&mut self, origin: &Origin, path: &[&'static str], kind: Kind, references: &[Ref]) {
        self.each(origin, path, kind, references.iter());
    }

    fn each<'r>(
        &mut self,
        origin: &Origin,
        path: &[&'static str],
        kind: Kind,
        references: impl Iterator<Item = &'r Ref>,
    ) {
        if !self.tenant.coverage(kind).exported {
            return;
        }
        for reference in references {
            let missing = match reference {
                Ref::Id(id) => !self.exists(kind, id),
                Ref::Name(name) => !self.is_named(kind, name),
                Ref::Keyword(word) => matches!(word, Keyword::Undocumented(_)),
            };
            if missing {
                let origin = origin.clone();
                self.found.push(Dangling { origin, path: path.to_vec(), kind, reference: reference.to_string() });
            }
        }
    }

    fn exists(&self, kind: Kind, id: &Id) -> bool {
        match kind {
            Kind::User => self.tenant.users.get(id).is_some(),
            Kind::Group => self.tenant.groups.get(id).is_some(),
            // The MFA trusted IPs have no object of their own.
            Kind::NamedLocation => {
                self.tenant.named_locations.get(id).is_some() || id.as_str().starts_with("00000000-")
            }
            Kind::TermsOfUse => self.tenant.terms_of_use.get(id).is_some(),
            Kind::Catalog => self.tenant.catalogs.get(id).is_some(),
            Kind::AccessPackage => self.tenant.access_packages.get(id).is_some(),
            Kind::AssignmentPolicy => self.tenant.assignment_policies.get(id).is_some(),
            Kind::ConnectedOrganization => self.tenant.connected_organizations.get(id).is_some(),
            _ => true,
        }
    }

    fn is_named(&self, kind: Kind, name: &str) -> bool {
        let same = |told: &crate::model::Told<String>| told.as_ref().is_ok_and(|told| told.eq_ignore_ascii_case(name));
        match kind {
            Kind::User => {
                self.tenant.users.items.iter().any(|user| same(&user.user_principal_name) || same(&user.display_name))
            }
            Kind::Group => self.tenant.groups.items.iter().any(|group| same(&group.display_name)),
            Kind::NamedLocation => {
                self.tenant.named_locations.items.iter().any(|location| same(&location.display_name))
            }
            Kind::TermsOfUse => self.tenant.terms_of_use.items.iter().any(|terms| same(&terms.display_name)),
            // By their id, which is no guid.
            Kind::AuthenticationContext => {
                let contexts = &self.tenant.authentication_contexts.items;
                contexts
                    .iter()
                    .any(|context| context.id.as_str().eq_ignore_ascii_case(name) || same(&context.display_name))
            }
            Kind::Catalog => self.tenant.catalogs.items.iter().any(|catalog| same(&catalog.display_name)),
            Kind::AccessPackage => self.tenant.access_packages.items.iter().any(|package| same(&package.display_name)),
            _ => true,
        }
    }
}
