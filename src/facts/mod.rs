//! Layer 2: the model as Cedar sees it.
//!
//! [`Facts`] are the attributes of one object, with the place in the user's file that each stands for, and with the
//! reason for each that is left out although the schema requires it. A rule that reads one of those is not evaluated.
//! What an attribute means is documented in `rules/schema.cedarschema`; this is the other side of that contract.

mod conditional_access;
mod cross_tenant;
mod entitlement;
mod guest;
mod organization;
mod tenant;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use value::quoted;
pub use value::{Facts, MissingFact, Value};

use crate::access::{Class, Coverage, Home, Why};
use crate::config::Parameters;
use crate::model::{Id, IdentitySource, Kind, Ref, SubjectSet, Tenant, Time};

/// A type of the rules' schema that rules can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named as in the schema, which documents them")]
pub enum Resource {
    Tenant,
    CrossTenantDefault,
    CrossTenantPartner,
    ConnectedOrganization,
    Catalog,
    AccessPackage,
    AssignmentPolicy,
    Assignment,
    ConditionalAccessPolicy,
    Guest,
}

impl Resource {
    /// All types, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Tenant,
        Self::CrossTenantDefault,
        Self::CrossTenantPartner,
        Self::ConnectedOrganization,
        Self::Catalog,
        Self::AccessPackage,
        Self::AssignmentPolicy,
        Self::Assignment,
        Self::ConditionalAccessPolicy,
        Self::Guest,
    ];

    /// The name in the schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "Tenant",
            Self::CrossTenantDefault => "CrossTenantDefault",
            Self::CrossTenantPartner => "CrossTenantPartner",
            Self::ConnectedOrganization => "ConnectedOrganization",
            Self::Catalog => "Catalog",
            Self::AccessPackage => "AccessPackage",
            Self::AssignmentPolicy => "AssignmentPolicy",
            Self::Assignment => "Assignment",
            Self::ConditionalAccessPolicy => "ConditionalAccessPolicy",
            Self::Guest => "Guest",
        }
    }

    /// The collection that the type's objects come from; a tenant always exists.
    #[must_use]
    pub const fn collection(self) -> Option<Kind> {
        match self {
            Self::Tenant => None,
            Self::CrossTenantDefault => Some(Kind::CrossTenantDefault),
            Self::CrossTenantPartner => Some(Kind::CrossTenantPartner),
            Self::ConnectedOrganization => Some(Kind::ConnectedOrganization),
            Self::Catalog => Some(Kind::Catalog),
            Self::AccessPackage => Some(Kind::AccessPackage),
            Self::AssignmentPolicy => Some(Kind::AssignmentPolicy),
            Self::Assignment => Some(Kind::Assignment),
            Self::ConditionalAccessPolicy => Some(Kind::ConditionalAccessPolicy),
            Self::Guest => Some(Kind::User),
        }
    }
}

/// Everything that facts are made of.
#[derive(Debug)]
pub struct Subjects<'t> {
    tenant: &'t Tenant,
    parameters: &'t Parameters,
    now: Time,
    coverage: Result<Coverage, Why>,
    /// Domains in which somebody of the export signs in with an Entra tenant.
    entra_domains: BTreeSet<String>,
    /// Connected organizations by what policies say of them.
    referenced: organization::Referenced,
    /// Whether members were exported: an export of guests only says nothing of who left.
    holds_members: bool,
    /// Which ids hold a directory role.
    role_holders: BTreeMap<Id, Vec<Id>>,
}

impl<'t> Subjects<'t> {
    /// Prepares what several objects' facts need.
    #[must_use]
    pub fn new(tenant: &'t Tenant, parameters: &'t Parameters, now: Time) -> Self {
        let mut role_holders: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        for assignment in &tenant.role_assignments.items {
            if let (Ok(principal), Ok(role)) = (&assignment.principal, &assignment.role) {
                role_holders.entry(principal.clone()).or_default().push(role.clone());
            }
        }
        Self {
            tenant,
            parameters,
            now,
            coverage: Coverage::of(tenant),
            entra_domains: guest::entra_domains(tenant, &parameters.consumer_domains),
            referenced: organization::Referenced::of(tenant),
            holds_members: crate::access::holds_internal_members(tenant),
            role_holders,
        }
    }

    /// Facts of the tenant itself.
    #[must_use]
    pub fn of_tenant(&self) -> Facts {
        tenant::facts(self)
    }

    /// Facts of every object of a type, in the order of the export.
    pub fn each(&self, resource: Resource, mut take: impl FnMut(Facts)) {
        let tenant = self.tenant;
        match resource {
            Resource::Tenant => take(self.of_tenant()),
            Resource::CrossTenantDefault => {
                tenant.cross_tenant_default.items.iter().for_each(|item| take(cross_tenant::default(self, item)));
            }
            Resource::CrossTenantPartner => {
                tenant.cross_tenant_partners.items.iter().for_each(|item| take(cross_tenant::partner(self, item)));
            }
            Resource::ConnectedOrganization => {
                tenant.connected_organizations.items.iter().for_each(|item| take(organization::facts(self, item)));
            }
            Resource::Catalog => tenant.catalogs.items.iter().for_each(|item| take(entitlement::catalog(item))),
            Resource::AccessPackage => {
                tenant.access_packages.items.iter().for_each(|item| take(entitlement::access_package(self, item)));
            }
            Resource::AssignmentPolicy => {
                tenant
                    .assignment_policies
                    .items
                    .iter()
                    .for_each(|item| take(entitlement::assignment_policy(self, item)));
            }
            Resource::Assignment => {
                tenant.assignments.items.iter().for_each(|item| take(entitlement::assignment(self, item)));
            }
            Resource::ConditionalAccessPolicy => {
                tenant.conditional_access.items.iter().for_each(|item| take(conditional_access::facts(self, item)));
            }
            Resource::Guest => tenant.users.items.iter().filter_map(|item| guest::facts(self, item)).for_each(take),
        }
    }

    /// Why some objects of a type may be missing, although their collection was exported.
    #[must_use]
    pub fn missing_objects(&self, resource: Resource) -> Vec<String> {
        let Some(kind) = resource.collection() else { return Vec::new() };
        let mut reasons = self.tenant.coverage(kind).partial.clone();
        if resource == Resource::Guest {
            let unknown = self.tenant.users.items.iter().filter(|user| guest::is_subject(user).is_err()).count();
            if unknown > 0 {
                reasons
                    .push(format!("`userType` is not known of {unknown} of {} users", self.tenant.users.items.len()));
            }
        }
        reasons
    }

    /// What rules find in `context`.
    #[must_use]
    pub fn context(&self) -> Value {
        let parameters = self.parameters;
        let texts = |set: &BTreeSet<String>| Value::Set(set.iter().cloned().map(Value::Text).collect());
        Value::Record(vec![
            ("maxAccessDays", Value::Long(parameters.max_access_days)),
            ("unreviewedAccessDays", Value::Long(parameters.unreviewed_access_days)),
            ("maxProposedDays", Value::Long(parameters.max_proposed_days)),
            ("maxSponsors", Value::Long(parameters.max_sponsors)),
            ("emergencyAccounts", texts(&parameters.emergency_accounts)),
            ("sensitiveApplications", texts(&parameters.sensitive_applications)),
            ("consumerDomains", texts(&parameters.consumer_domains)),
            ("now", Value::Time(self.now)),
        ])
    }

    /// The tenant's id as an entity: the organization's, or a word where it was not exported.
    #[must_use]
    pub fn tenant_id(&self) -> String {
        self.tenant
            .organizations
            .only()
            .map_or_else(|_| "this tenant".to_owned(), |organization| organization.id.to_string())
    }

    /// A class of people in words: a home tenant by the name of its connected organization, where it has one.
    fn name_class(&self, class: &Class) -> String {
        let Home::Tenant(id) = &class.home else { return class.to_string() };
        let of_tenant = |organization: &&crate::model::ConnectedOrganization| {
            let is_it =
                |source: &IdentitySource| matches!(source, IdentitySource::Tenant { id: Some(own), .. } if own == id);
            organization.identity_sources.as_ref().is_ok_and(|sources| sources.iter().any(is_it))
        };
        let organization = self.tenant.connected_organizations.items.iter().find(of_tenant);
        match organization.and_then(|organization| organization.display_name.as_ref().ok()) {
            Some(name) => format!("{} of {}", class.kind, quoted(name)),
            None => class.to_string(),
        }
    }

    fn package_name(&self, package: &Ref) -> Option<String> {
        let id = package.id()?;
        self.tenant.access_packages.get(id)?.display_name.as_ref().ok().cloned()
    }
}

/// Whether every target is one that is understood and has an id.
fn names_all(targets: &[SubjectSet]) -> bool {
    !targets.iter().any(|target| matches!(target, SubjectSet::ConnectedOrganization(None) | SubjectSet::Other(_)))
}

/// The ids of connected organizations that a policy names.
fn named_organizations(targets: &[SubjectSet]) -> impl Iterator<Item = &Ref> {
    targets.iter().filter_map(|target| match target {
        SubjectSet::ConnectedOrganization(Some(reference)) => Some(reference),
        _ => None,
    })
}
