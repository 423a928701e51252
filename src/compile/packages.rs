//! Access packages: what they make people members of, and who may request them before they are here (EM-1 to EM-3).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::term::{Types, principal};
use super::{Compiler, Term};
use crate::model::{
    AccessPackage, AssignmentPolicy, CatalogState, ConnectedOrganization, Id, IdentitySource, OrganizationState, Ref,
    RequestorScope, SubjectSet, Tenant,
};

/// What a package grants, as far as it opens applications.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    pub(super) groups: BTreeSet<Id>,
    pub(super) applications: BTreeSet<Id>,
}

/// How people without an Entra tenant are recognised as people of an organization (EM-3.3 to EM-3.8).
enum Recognised {
    Domain(String),
    Provider(&'static str),
}

/// Domains of Microsoft accounts (EM-3.5).
const MICROSOFT_ACCOUNTS: [&str; 4] = ["live.com", "outlook.com", "hotmail.com", "msn.com"];

/// How an organization recognises people who have no Entra tenant.
fn recognised(organization: &ConnectedOrganization) -> Vec<Recognised> {
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

/// Connected organizations, by what people are recognised by.
#[derive(Debug)]
pub(super) struct Organizations<'t> {
    by_tenant: HashMap<&'t Id, Vec<&'t Id>>,
    by_domain: HashMap<String, Vec<&'t Id>>,
    by_provider: HashMap<&'static str, Vec<&'t Id>>,
    /// Positions in the export; of one name there may be several.
    positions: HashMap<&'t Id, usize>,
    named: HashMap<String, Vec<usize>>,
    /// People of all of them, and of all that are configured.
    of_any: Term,
    of_configured: Term,
}

impl<'t> Organizations<'t> {
    pub(super) fn of(tenant: &'t Tenant, types: &Types) -> Self {
        let all = &tenant.connected_organizations.items;
        let people_of = |counts: &dyn Fn(&ConnectedOrganization) -> bool| {
            let ids: Vec<&str> = all.iter().filter(|found| counts(found)).map(|found| found.id.as_str()).collect();
            types.principal_in("ConnectedOrganization", &ids)
        };
        let mut organizations = Self {
            by_tenant: HashMap::new(),
            by_domain: HashMap::new(),
            by_provider: HashMap::new(),
            positions: HashMap::new(),
            named: HashMap::new(),
            of_any: people_of(&|_| true),
            of_configured: people_of(&|found| found.state != Ok(OrganizationState::Proposed)),
        };
        for (at, found) in all.iter().enumerate() {
            organizations.positions.insert(&found.id, at);
            if let Ok(name) = &found.display_name {
                organizations.named.entry(name.to_ascii_lowercase()).or_default().push(at);
            }
            for source in found.identity_sources.iter().flatten() {
                if let IdentitySource::Tenant { id: Some(home), .. } = source {
                    organizations.by_tenant.entry(home).or_default().push(&found.id);
                }
            }
            for way in recognised(found) {
                match way {
                    Recognised::Domain(domain) => organizations.by_domain.entry(domain).or_default().push(&found.id),
                    Recognised::Provider(name) => organizations.by_provider.entry(name).or_default().push(&found.id),
                }
            }
        }
        organizations
    }

    /// Those that a home tenant makes up.
    pub(super) fn of_home(&self, home: &Id) -> impl Iterator<Item = &'t Id> {
        self.by_tenant.get(home).into_iter().flatten().copied()
    }

    /// Those that somebody without an Entra tenant, or of whose tenant it is not known, belongs to otherwise.
    pub(super) fn of_person(&self, provider: &str, domain: Option<&str>) -> impl Iterator<Item = &'t Id> {
        let domain = domain.filter(|_| matches!(provider, "oneTimePasscode" | "federation"));
        let by_domain = domain.and_then(|domain| self.by_domain.get(domain));
        by_domain.into_iter().chain(self.by_provider.get(provider)).flatten().copied()
    }
}

/// What access packages grant, and the assignment policies by which people request them.
#[derive(Debug)]
pub(super) struct Packages<'t> {
    /// What each grants, in the order of the export.
    pub(super) grants: Vec<Grants>,
    /// Positions of assignment policies by the package, which they name by id or by name.
    policies: HashMap<&'t Id, Vec<usize>>,
    policies_by_name: HashMap<String, Vec<usize>>,
}

impl<'t> Packages<'t> {
    pub(super) fn of(tenant: &'t Tenant) -> Self {
        let mut grants: Vec<Grants> =
            tenant.access_packages.items.iter().map(|package| granted(tenant, package)).collect();
        // An application that a granted group is assigned to.
        let groups: BTreeSet<Id> = grants.iter().flat_map(|own| &own.groups).cloned().collect();
        let mut applications: HashMap<&Id, Vec<&Id>> = HashMap::new();
        for found in &tenant.service_principals.items {
            let (Ok(id), Ok(assigned)) = (&found.app_id, &found.assigned) else { continue };
            for member in assigned.items.iter().filter(|member| groups.contains(&member.id)) {
                applications.entry(&member.id).or_default().push(id);
            }
        }
        for own in &mut grants {
            let opened = own.groups.iter().filter_map(|group| applications.get(group)).flatten();
            own.applications.extend(opened.map(|id| (*id).clone()));
        }
        let mut policies: HashMap<&Id, Vec<usize>> = HashMap::new();
        let mut policies_by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, policy) in tenant.assignment_policies.items.iter().enumerate() {
            match &policy.access_package {
                Ok(Ref::Id(id)) => policies.entry(id).or_default().push(at),
                Ok(Ref::Name(name)) => policies_by_name.entry(name.to_ascii_lowercase()).or_default().push(at),
                _ => {}
            }
        }
        Self { grants, policies, policies_by_name }
    }

    /// Positions of the assignment policies of a package.
    fn policies_of(&self, package: &AccessPackage) -> BTreeSet<usize> {
        let by_id = self.policies.get(&package.id);
        let name = package.display_name.as_ref().ok();
        let by_name = name.and_then(|name| self.policies_by_name.get(&name.to_ascii_lowercase()));
        by_id.into_iter().chain(by_name).flatten().copied().collect()
    }
}

/// Groups that a package makes people members of, and applications that it assigns them to itself.
fn granted(tenant: &Tenant, package: &AccessPackage) -> Grants {
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
                let by_object = tenant.service_principals.get(&origin).and_then(|found| found.app_id.clone().ok());
                granted.applications.insert(by_object.unwrap_or(origin));
            }
            _ => {}
        }
    }
    granted
}

impl Compiler<'_> {
    /// Who of those who are not here yet may request a package: what is not known of it counts for them.
    pub(super) fn may_request(&self, package: &AccessPackage) -> Term {
        let closed = match &package.catalog {
            Ok(Ref::Id(id)) => self.tenant.catalogs.get(id).is_some_and(|catalog| {
                catalog.state == Ok(CatalogState::Unpublished) || catalog.externally_visible == Ok(false)
            }),
            _ => false,
        };
        if closed {
            return Term::False;
        }
        let positions = self.packages.policies_of(package);
        let policies = positions.into_iter().filter_map(|at| self.tenant.assignment_policies.items.get(at));
        let open = policies.filter(|policy| policy.automatic != Ok(true) && policy.accepts_requests != Ok(false));
        Term::any(open.map(|policy| self.is_in_scope(policy))) & self.collaborates()
    }

    fn is_in_scope(&self, policy: &AssignmentPolicy) -> Term {
        let known = &self.organizations;
        match &policy.scope {
            Err(_) | Ok(RequestorScope::AllExternalUsers | RequestorScope::Undocumented(_)) => Term::True,
            Ok(RequestorScope::AllConfiguredConnectedOrganizationUsers) => known.of_configured.clone(),
            Ok(RequestorScope::AllExistingConnectedOrganizationUsers) => known.of_any.clone(),
            Ok(RequestorScope::SpecificConnectedOrganizationUsers) => match &policy.targets {
                Err(_) => Term::True,
                Ok(targets) => {
                    let mut positions: BTreeSet<usize> = BTreeSet::new();
                    for target in targets {
                        match target {
                            SubjectSet::ConnectedOrganization(Some(Ref::Id(id))) => {
                                positions.extend(known.positions.get(id));
                            }
                            SubjectSet::ConnectedOrganization(Some(Ref::Name(name))) => {
                                positions.extend(known.named.get(&name.to_ascii_lowercase()).into_iter().flatten());
                            }
                            _ => {}
                        }
                    }
                    let all = &self.tenant.connected_organizations.items;
                    let ids: Vec<&str> =
                        positions.into_iter().filter_map(|at| all.get(at)).map(|found| found.id.as_str()).collect();
                    self.types.principal_in("ConnectedOrganization", &ids)
                }
            },
            Ok(_) => Term::False,
        }
    }

    /// Whether an access package that the person holds opens the application.
    pub(super) fn is_given(&self) -> Term {
        let mut by_application: BTreeMap<&Id, Vec<&str>> = BTreeMap::new();
        for (package, granted) in self.tenant.access_packages.items.iter().zip(&self.packages.grants) {
            for application in &granted.applications {
                by_application.entry(application).or_default().push(package.id.as_str());
            }
        }
        Term::any(by_application.iter().map(|(application, packages)| {
            self.is_application(application, None) & self.types.principal_in("AccessPackage", packages)
        }))
    }

    /// Who of those who are not here yet may belong to an organization otherwise than by their Entra tenant.
    #[expect(clippy::unused_self, reason = "beside its like")]
    pub(super) fn may_belong(&self, organization: &ConnectedOrganization) -> Term {
        let provider = principal("provider");
        let ways = recognised(organization).into_iter().map(|way| match way {
            Recognised::Domain(_) => provider.is_one_of(["oneTimePasscode", "federation"]),
            Recognised::Provider(name) => provider.is(name),
        });
        Term::any(ways)
    }
}
