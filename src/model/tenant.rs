//! A tenant: its collections, what of them was exported, and who is in which group.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    AccessPackage, Aggregate, AppRoleAssignment, Assignment, AssignmentPolicy, AuthenticationContext,
    AuthenticationMethods, AuthenticationStrength, AuthorizationPolicy, Catalog, ConditionalAccessPolicy,
    ConnectedOrganization, CrossTenantDefault, CrossTenantPartner, CrossTenantPolicy, Domain, DomainList,
    EntitlementSettings, ExternalIdentitiesPolicy, Gap, Group, GroupAccess, GroupPrivilege, Id, Member, MemberKind,
    NamedLocation, Organization, Ref, RoleAssignment, RoleDefinition, RoleEligibility, SecurityDefaults,
    ServicePrincipal, TermsOfUse, Told, User,
};
use crate::source::Origin;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $field:ident: $type:ty = $name:literal, $resource:literal;)*) => {
        /// A kind of object that the model holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Graph's name of the type.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Where Graph lists it: what to export.
            #[must_use]
            pub const fn resource(self) -> &'static str {
                match self { $(Self::$variant => $resource,)* }
            }
        }

        /// What an export tells of one Entra tenant.
        #[derive(Debug, Default)]
        pub struct Tenant {
            $($(#[$doc])* pub $field: Collection<$type>,)*
            groups_of: HashMap<Id, BTreeSet<Id>>,
            users_naming: HashMap<Id, Vec<Id>>,
        }

        impl Tenant {
            /// What of a kind was exported.
            #[must_use]
            pub fn coverage(&self, kind: Kind) -> &Coverage {
                match kind { $(Kind::$variant => &self.$field.coverage,)* }
            }

            /// The same, to add to.
            pub fn coverage_mut(&mut self, kind: Kind) -> &mut Coverage {
                match kind { $(Kind::$variant => &mut self.$field.coverage,)* }
            }

            /// Number of objects of a kind, after merging.
            #[must_use]
            pub fn count(&self, kind: Kind) -> usize {
                match kind { $(Kind::$variant => self.$field.items.len(),)* }
            }

            /// Takes the collections of two tenants side by side, kind by kind.
            pub fn pair(&self, other: &Self, with: &mut impl Pairs) {
                $(with.pair(Kind::$variant, &self.$field, &other.$field);)*
            }
        }
    };
}

kinds! {
    /// The tenant itself.
    Organization organizations: Organization = "organization", "/organization";
    /// Its domains.
    Domain domains: Domain = "domain", "/domains";
    /// Connected organizations.
    ConnectedOrganization connected_organizations: ConnectedOrganization = "connectedOrganization", "/identityGovernance/entitlementManagement/connectedOrganizations?$expand=internalSponsors,externalSponsors";
    /// Catalogs.
    Catalog catalogs: Catalog = "accessPackageCatalog", "/identityGovernance/entitlementManagement/catalogs";
    /// Access packages.
    AccessPackage access_packages: AccessPackage = "accessPackage", "/identityGovernance/entitlementManagement/accessPackages?$expand=catalog,resourceRoleScopes($expand=role,scope)";
    /// Assignment policies.
    AssignmentPolicy assignment_policies: AssignmentPolicy = "accessPackageAssignmentPolicy", "/identityGovernance/entitlementManagement/assignmentPolicies?$expand=accessPackage";
    /// Assignments.
    Assignment assignments: Assignment = "accessPackageAssignment", "/identityGovernance/entitlementManagement/assignments?$expand=target,accessPackage,assignmentPolicy";
    /// Settings of entitlement management.
    EntitlementSettings entitlement_settings: EntitlementSettings = "entitlementManagementSettings", "/identityGovernance/entitlementManagement/settings";
    /// Conditional Access policies.
    ConditionalAccessPolicy conditional_access: ConditionalAccessPolicy = "conditionalAccessPolicy", "/identity/conditionalAccess/policies";
    /// Named locations.
    NamedLocation named_locations: NamedLocation = "namedLocation", "/identity/conditionalAccess/namedLocations";
    /// Authentication strengths.
    AuthenticationStrength strengths: AuthenticationStrength = "authenticationStrengthPolicy", "/policies/authenticationStrengthPolicies";
    /// Authentication contexts.
    AuthenticationContext authentication_contexts: AuthenticationContext = "authenticationContextClassReference", "/identity/conditionalAccess/authenticationContextClassReferences";
    /// Terms of use.
    TermsOfUse terms_of_use: TermsOfUse = "agreement", "/identityGovernance/termsOfUse/agreements";
    /// The cross-tenant default.
    CrossTenantDefault cross_tenant_default: CrossTenantDefault = "crossTenantAccessPolicyConfigurationDefault", "/policies/crossTenantAccessPolicy/default";
    /// The cross-tenant access policy itself.
    CrossTenantPolicy cross_tenant_policy: CrossTenantPolicy = "crossTenantAccessPolicy", "/policies/crossTenantAccessPolicy";
    /// Cross-tenant partners.
    CrossTenantPartner cross_tenant_partners: CrossTenantPartner = "crossTenantAccessPolicyConfigurationPartner", "/policies/crossTenantAccessPolicy/partners";
    /// The authorization policy.
    AuthorizationPolicy authorization_policy: AuthorizationPolicy = "authorizationPolicy", "/policies/authorizationPolicy";
    /// The external identities policy.
    ExternalIdentitiesPolicy external_identities: ExternalIdentitiesPolicy = "externalIdentitiesPolicy", "/policies/externalIdentitiesPolicy (beta)";
    /// The list of domains that may be invited.
    DomainList domain_list: DomainList = "b2bManagementPolicy", "/policies/b2bManagementPolicies (beta)";
    /// Security defaults.
    SecurityDefaults security_defaults: SecurityDefaults = "identitySecurityDefaultsEnforcementPolicy", "/policies/identitySecurityDefaultsEnforcementPolicy";
    /// Authentication methods.
    AuthenticationMethods authentication_methods: AuthenticationMethods = "authenticationMethodsPolicy", "/policies/authenticationMethodsPolicy";
    /// Users.
    User users: User = "user", "/users?$select=id,displayName,userPrincipalName,mail,userType,accountEnabled,externalUserState,creationType,createdDateTime,identities&$expand=sponsors";
    /// Groups.
    Group groups: Group = "group", "/groups?$expand=members";
    /// Service principals.
    ServicePrincipal service_principals: ServicePrincipal = "servicePrincipal", "/servicePrincipals";
    /// Who is assigned to which application.
    AppRoleAssignment app_role_assignments: AppRoleAssignment = "appRoleAssignment", "/servicePrincipals?$expand=appRoleAssignedTo";
    /// Role assignments.
    RoleAssignment role_assignments: RoleAssignment = "unifiedRoleAssignment", "/roleManagement/directory/roleAssignments";
    /// Roles that people may activate.
    RoleEligibility role_eligibilities: RoleEligibility = "unifiedRoleEligibilityScheduleInstance", "/roleManagement/directory/roleEligibilityScheduleInstances";
    /// Groups that people are in for a time.
    GroupAssignment group_assignments: GroupPrivilege = "privilegedAccessGroupAssignmentScheduleInstance", "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances?$filter=groupId eq '…'";
    /// Groups that people may put themselves into.
    GroupEligibility group_eligibilities: GroupPrivilege = "privilegedAccessGroupEligibilityScheduleInstance", "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?$filter=groupId eq '…'";
    /// Role definitions.
    RoleDefinition role_definitions: RoleDefinition = "unifiedRoleDefinition", "/roleManagement/directory/roleDefinitions";
}

/// Something that is done with the collections of two tenants.
pub trait Pairs {
    /// Does it with those of one kind.
    fn pair<T: Aggregate>(&mut self, kind: Kind, mine: &Collection<T>, other: &Collection<T>);
}

/// Whether a collection was exported, and whether all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Whether the export holds the collection at all.
    pub exported: bool,
    /// Why some of it may be missing; empty when nothing says so.
    pub partial: Vec<String>,
}

impl Coverage {
    /// Whether everything of the kind is there, as far as one can tell.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.exported && self.partial.is_empty()
    }
}

/// Objects of one kind, in the order of the export.
#[derive(Debug)]
pub struct Collection<T> {
    /// The objects.
    pub items: Vec<T>,
    /// What of the kind was exported.
    pub coverage: Coverage,
    index: HashMap<Id, usize>,
    /// Those that were met only inside other objects so far.
    expanded: BTreeSet<Id>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { items: Vec::new(), coverage: Coverage::default(), index: HashMap::new(), expanded: BTreeSet::new() }
    }
}

impl<T: Aggregate> Collection<T> {
    /// The object of that id.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<&T> {
        self.index.get(id).and_then(|&at| self.items.get(at))
    }

    /// Adds an object, or adds to the one of the same id. Gives the members in which the two differ, and where the
    /// first one stands.
    pub fn add(&mut self, object: T) -> Option<(Vec<&'static str>, Origin)> {
        if let Some(existing) = self.index.get(object.id()).and_then(|&at| self.items.get_mut(at)) {
            let first = existing.origin().clone();
            if self.expanded.remove(object.id()) {
                existing.set_origin(object.origin().clone());
            }
            let differing = existing.absorb(object);
            return (!differing.is_empty()).then_some((differing, first));
        }
        self.index.insert(object.id().clone(), self.items.len());
        self.items.push(object);
        None
    }

    /// Lays an object over the one of the same id, or adds it.
    pub fn lay_over(&mut self, object: T) {
        match self.index.get(object.id()).and_then(|&at| self.items.get_mut(at)) {
            Some(existing) => existing.lay_over(object),
            None => {
                self.add(object);
            }
        }
    }

    /// Adds an object that was expanded inside another one: where it stands by itself, that is its place.
    pub fn add_expanded(&mut self, object: T) -> Option<(Vec<&'static str>, Origin)> {
        let id = object.id().clone();
        let known = self.index.contains_key(&id) && !self.expanded.contains(&id);
        let differing = self.add(object);
        if !known {
            self.expanded.insert(id);
        }
        differing
    }

    /// The object of that id, if the whole collection is known; else why one cannot say that it does not exist.
    ///
    /// # Errors
    /// The collection was not exported, or not completely.
    pub fn find(&self, id: &Id) -> Told<Option<&T>> {
        match self.get(id) {
            Some(object) => Ok(Some(object)),
            None if self.coverage.is_complete() => Ok(None),
            None => Err(Gap::NotExported),
        }
    }

    /// The only object of a collection that has one.
    ///
    /// # Errors
    /// It was not exported.
    pub fn only(&self) -> Told<&T> {
        self.items.first().ok_or(Gap::NotExported)
    }
}

/// A reference to an object that should be in the export and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// Where it stands.
    pub origin: Origin,
    /// The member that holds it.
    pub path: Vec<&'static str>,
    /// What should be there.
    pub kind: Kind,
    /// The reference.
    pub reference: String,
}

impl Tenant {
    /// Works out, once everything is read, which groups each object is in, directly or through other groups.
    pub fn close_groups(&mut self) {
        let mut parents: BTreeMap<&Id, BTreeSet<&Id>> = BTreeMap::new();
        for group in &self.groups.items {
            for member in group.members.iter().flat_map(|members| &members.items) {
                parents.entry(&member.id).or_default().insert(&group.id);
            }
        }
        for user in &self.users.items {
            for group in user.member_of.iter().flat_map(|groups| &groups.items) {
                if group.kind != MemberKind::Another {
                    parents.entry(&user.id).or_default().insert(&group.id);
                }
            }
        }
        for assignment in &self.group_assignments.items {
            if let (Ok(principal), Ok(group), Ok(GroupAccess::Member)) =
                (&assignment.principal, &assignment.group, &assignment.access)
            {
                parents.entry(principal).or_default().insert(group);
            }
        }
        let mut closed = HashMap::new();
        for member in parents.keys() {
            let mut above: BTreeSet<&Id> = BTreeSet::new();
            let mut open = vec![*member];
            while let Some(next) = open.pop() {
                for group in parents.get(next).into_iter().flatten() {
                    if above.insert(group) {
                        open.push(group);
                    }
                }
            }
            closed.insert((*member).clone(), above.into_iter().cloned().collect());
        }
        self.groups_of = closed;
        let mut naming: HashMap<Id, Vec<Id>> = HashMap::new();
        for user in self.users.items.iter().filter(|user| user.member_of.is_ok()) {
            for group in self.groups_of.get(&user.id).into_iter().flatten() {
                naming.entry(group.clone()).or_default().push(user.id.clone());
            }
        }
        self.users_naming = naming;
    }

    /// The group that a policy or an organization refers to, by id or by name.
    #[must_use]
    pub fn find_group(&self, group: &Ref) -> Option<&Group> {
        match group {
            Ref::Id(id) => self.groups.get(id),
            Ref::Name(name) => self
                .groups
                .items
                .iter()
                .find(|known| known.display_name.as_ref().is_ok_and(|display| display.eq_ignore_ascii_case(name))),
            Ref::Keyword(_) => None,
        }
    }

    /// Groups that the object is known to be in, directly or through other groups.
    #[must_use]
    pub fn groups_of(&self, id: &Id) -> Option<&BTreeSet<Id>> {
        self.groups_of.get(id)
    }

    /// Users who were exported with the groups that they are in, and are in that one.
    #[must_use]
    pub fn users_naming(&self, group: &Id) -> &[Id] {
        self.users_naming.get(group).map_or(&[], Vec::as_slice)
    }

    /// Groups that are members of a group, exported or not, in the order of the export; nothing of members that are not
    /// known.
    pub fn groups_in<'t>(&'t self, group: &'t Group) -> impl Iterator<Item = &'t Id> {
        let members = group.members.iter().flat_map(|members| &members.items);
        let groups = members.filter(|own| own.kind == MemberKind::Group || self.groups.get(&own.id).is_some());
        groups.map(|own| &own.id)
    }

    /// The other tenant whose object holds a role by an assignment (CA-2.50). An object of this export is none of another
    /// tenant, whatever the assignment says.
    #[must_use]
    pub fn holder_from_outside<'t>(&self, assignment: &'t RoleAssignment) -> Option<&'t Id> {
        let tenant = assignment.principal_tenant.as_ref().ok()?.as_ref()?;
        let holder = assignment.principal.as_ref();
        if holder.is_ok_and(|id| self.users.get(id).is_some() || self.groups.get(id).is_some()) {
            return None;
        }
        (self.organizations.get(tenant).is_none()).then_some(tenant)
    }

    /// The group that is assigned to something, held against everything that was exported; `None` for what is none, and
    /// for one that was deleted.
    ///
    /// # Errors
    /// It is, or may be, a group that was not exported.
    pub fn assigned_group(&self, member: &Member) -> Told<Option<&Group>> {
        if matches!(member.kind, MemberKind::User | MemberKind::Another) {
            return Ok(None);
        }
        let is_another = member.kind == MemberKind::Unsaid
            && (self.users.get(&member.id).is_some() || self.service_principals.get(&member.id).is_some());
        if is_another { Ok(None) } else { self.groups.find(&member.id) }
    }

    /// Whether the object is in the group, directly or through other groups.
    ///
    /// # Errors
    /// The export does not tell: it lacks the group, its members or those of a group within it, or the group is
    /// dynamic and was exported without its members.
    pub fn is_in_group(&self, id: &Id, group: &Id) -> Told<bool> {
        if self.groups_of(id).is_some_and(|groups| groups.contains(group)) {
            return Ok(true);
        }
        let mut seen = BTreeSet::new();
        let mut open = vec![group.clone()];
        while let Some(next) = open.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let members = self.groups.get(&next).ok_or(Gap::NotExported)?.members.as_ref();
            let members = members.map_err(Clone::clone)?;
            if members.cut_off {
                return Err(Gap::NotExported);
            }
            for member in &members.items {
                if member.kind == MemberKind::Group || self.groups.get(&member.id).is_some() {
                    open.push(member.id.clone());
                }
            }
        }
        Ok(false)
    }
}
