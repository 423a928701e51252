//! Access packages: what they make people members of, and who may request them before they are here (EM-1 to EM-3).

use std::collections::{BTreeMap, BTreeSet};

use super::term::principal;
use super::{Compiler, Term};
use crate::model::{
    AccessPackage, AssignmentPolicy, CatalogState, ConnectedOrganization, Id, IdentitySource, OrganizationState, Ref,
    RequestorScope, SubjectSet,
};

/// What a package grants, as far as it opens applications.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    pub(super) groups: BTreeSet<Id>,
    pub(super) applications: BTreeSet<Id>,
}

/// How people without an Entra tenant are recognised as people of an organization (EM-3.3 to EM-3.8).
pub(super) enum Recognised {
    Domain(String),
    Provider(&'static str),
}

/// Domains of Microsoft accounts (EM-3.5).
const MICROSOFT_ACCOUNTS: [&str; 4] = ["live.com", "outlook.com", "hotmail.com", "msn.com"];

/// How an organization recognises people who have no Entra tenant.
pub(super) fn recognised(organization: &ConnectedOrganization) -> Vec<Recognised> {
    let sources = organization.identity_sources.iter().flatten();
    sources
        .filter_map(|source| match source {
            IdentitySource::Domain(domain) if MICROSOFT_ACCOUNTS.iter().any(|own| own.eq_ignore_ascii_case(domain)) => {
                Some(Recognised::Provider("microsoftAccount"))
            }
            IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => {
                Some(Recognised::Domain(domain.to_ascii_lowercase()))
            }
            IdentitySource::Social(kind) if kind.to_ascii_lowercase().contains("facebook") => {
                Some(Recognised::Provider("facebook"))
            }
            IdentitySource::Social(_) => Some(Recognised::Provider("google")),
            IdentitySource::Tenant { .. } | IdentitySource::Other(_) => None,
        })
        .collect()
}

impl Compiler<'_> {
    /// What a package grants.
    pub(super) fn grants(&self, package: &AccessPackage) -> Grants {
        let mut granted = Grants::default();
        for role in package.resource_roles.iter().flat_map(|roles| &roles.items) {
            let system = role.resource_origin_system.as_ref().or(role.role_origin_system.as_ref());
            let Some(origin) = role.resource_origin_id.as_deref().map(Id::new) else { continue };
            match system.map(|system| system.to_ascii_lowercase()).as_deref() {
                // Whoever owns a group is no member of it.
                Some("aadgroup") if role.role_origin_id.as_deref().is_some_and(|id| id.starts_with("Owner")) => {}
                Some("aadgroup") => {
                    granted.groups.insert(origin);
                }
                Some("aadapplication") => {
                    let by_object =
                        self.tenant.service_principals.get(&origin).and_then(|found| found.app_id.clone().ok());
                    granted.applications.insert(by_object.unwrap_or(origin));
                }
                _ => {}
            }
        }
        // An application that a granted group is assigned to.
        for found in &self.tenant.service_principals.items {
            let (Ok(id), Ok(assigned)) = (&found.app_id, &found.assigned) else { continue };
            if assigned.items.iter().any(|member| granted.groups.contains(&member.id)) {
                granted.applications.insert(id.clone());
            }
        }
        granted
    }

    /// Who of those who are not here yet may request a package: what is not known of it counts for them.
    pub(super) fn may_request(&self, package: &AccessPackage) -> Term {
        let is_it = |policy: &&AssignmentPolicy| match &policy.access_package {
            Ok(Ref::Id(id)) => *id == package.id,
            Ok(Ref::Name(name)) => package.display_name.as_ref().is_ok_and(|own| own.eq_ignore_ascii_case(name)),
            _ => false,
        };
        let closed = match &package.catalog {
            Ok(Ref::Id(id)) => self.tenant.catalogs.get(id).is_some_and(|catalog| {
                catalog.state == Ok(CatalogState::Unpublished) || catalog.externally_visible == Ok(false)
            }),
            _ => false,
        };
        if closed {
            return Term::False;
        }
        let policies = self.tenant.assignment_policies.items.iter().filter(is_it);
        let open = policies.filter(|policy| policy.automatic != Ok(true) && policy.accepts_requests != Ok(false));
        Term::any(open.map(|policy| self.is_in_scope(policy))) & self.collaborates()
    }

    fn is_in_scope(&self, policy: &AssignmentPolicy) -> Term {
        let organizations = |test: &dyn Fn(&ConnectedOrganization) -> bool| {
            let all = self.tenant.connected_organizations.items.iter().filter(|found| test(found));
            let ids: Vec<&str> = all.map(|found| found.id.as_str()).collect();
            self.types.principal_in("ConnectedOrganization", &ids)
        };
        match &policy.scope {
            Err(_) | Ok(RequestorScope::AllExternalUsers | RequestorScope::Undocumented(_)) => Term::True,
            Ok(RequestorScope::AllConfiguredConnectedOrganizationUsers) => {
                organizations(&|found| found.state != Ok(OrganizationState::Proposed))
            }
            Ok(RequestorScope::AllExistingConnectedOrganizationUsers) => organizations(&|_| true),
            Ok(RequestorScope::SpecificConnectedOrganizationUsers) => match &policy.targets {
                Err(_) => Term::True,
                Ok(targets) => organizations(&|organization| {
                    targets.iter().any(|target| match target {
                        SubjectSet::ConnectedOrganization(Some(Ref::Id(id))) => *id == organization.id,
                        SubjectSet::ConnectedOrganization(Some(Ref::Name(name))) => {
                            organization.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                        }
                        _ => false,
                    })
                }),
            },
            Ok(_) => Term::False,
        }
    }

    /// Whether an access package that the person holds opens the application.
    pub(super) fn is_given(&self) -> Term {
        let mut by_application: BTreeMap<Id, Vec<&str>> = BTreeMap::new();
        for package in &self.tenant.access_packages.items {
            for application in self.grants(package).applications {
                by_application.entry(application).or_default().push(package.id.as_str());
            }
        }
        Term::any(by_application.iter().map(|(application, packages)| {
            self.is_application(application, None) & self.types.principal_in("AccessPackage", packages)
        }))
    }

    #[expect(clippy::unused_self, reason = "beside its like")]
    /// Who of those who are not here yet may belong to an organization otherwise than by their Entra tenant.
    pub(super) fn may_belong(&self, organization: &ConnectedOrganization) -> Term {
        let provider = principal("provider");
        let ways = recognised(organization).into_iter().map(|way| match way {
            Recognised::Domain(_) => provider.is_one_of(["oneTimePasscode", "federation"]),
            Recognised::Provider(name) => provider.is(name),
        });
        Term::any(ways)
    }
}
