//! Access packages: what they make people members of, who may request them, and who is assigned to them (EM-1 to EM-3,
//! EM-7, EM-9).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::term::{Types, principal};
use super::world::Free;
use super::{Compiler, Term};
use crate::model::{
    AccessPackage, AssignmentPolicy, AssignmentState, CatalogState, ConnectedOrganization, ExternalUserType, Gift, Id,
    IdentitySource, Kind, MembershipRule, OrganizationState, Ref, RequestorScope, SubjectSet, Tenant,
};

/// The type of what people hold by an assignment that was delivered, by the id of the package.
pub(super) const HELD: &str = "HeldPackage";
/// The type of what keeps people from requesting a package: something incompatible that they have (EM-1.4).
pub(super) const BARRED: &str = "BarredPackage";
/// The type of what a package makes people eligible for, once they activated it.
pub(super) const ACTIVATED: &str = "ActivatedPackage";
/// How what an access package gives is called where that was not exported.
pub const UNTOLD_PACKAGE: &str = "an access package of which that was not exported";
/// A package that was not exported.
pub(super) const UNSEEN_PACKAGE: &str = "package-not-exported";

/// What a package grants, as far as sign-ins ask about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    pub(super) groups: BTreeSet<Id>,
    pub(super) applications: BTreeSet<Id>,
    /// Directory roles, and the same groups and roles that have to be activated.
    pub(super) roles: BTreeSet<Id>,
    pub(super) eligible_groups: BTreeSet<Id>,
    pub(super) eligible_roles: BTreeSet<Id>,
    pub(super) eligible_applications: BTreeSet<Id>,
    /// Whether there may be more.
    untold: bool,
}

impl Grants {
    /// Whether there may be more than is told.
    pub(super) const fn is_untold(&self) -> bool {
        self.untold
    }
}

/// How people without an Entra tenant are recognised as people of an organization (EM-3.3 to EM-3.8).
enum Recognised {
    Domain(String),
    Provider(&'static str),
}

/// How often packages that open one another in a circle are gone through.
const MOST_ROUNDS: usize = 4;

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
    /// Of those of which it is not known whether they are configured.
    of_configured_perhaps: Term,
    /// Positions of those of which it is not told who all their people are.
    untold: BTreeSet<usize>,
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
            of_configured: people_of(&|found| found.state == Ok(OrganizationState::Configured)),
            of_configured_perhaps: people_of(&|found| {
                matches!(found.state, Ok(OrganizationState::Undocumented(_)) | Err(_))
            }),
            untold: (0..).zip(all).filter(|(_, found)| !found.names_its_people()).map(|(at, _)| at).collect(),
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

    /// Those that are recognised by a mail domain, by the domain.
    pub(super) fn by_domain(&self) -> BTreeMap<&str, &[&'t Id]> {
        self.by_domain.iter().map(|(domain, ids)| (domain.as_str(), ids.as_slice())).collect()
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

/// What access packages grant, and how people come to hold them.
#[derive(Debug)]
pub(super) struct Packages<'t> {
    /// What each grants, in the order of the export.
    pub(super) grants: Vec<Grants>,
    /// Positions of assignment policies by the package, which they name by id or by name.
    policies: HashMap<&'t Id, Vec<usize>>,
    policies_by_name: HashMap<String, Vec<usize>>,
    /// Whether there are some of which the package was not exported.
    has_untold_policies: bool,
    /// Packages that people hold, by who does.
    held: HashMap<&'t Id, BTreeSet<&'t Id>>,
    held_by_somebody: BTreeSet<&'t Id>,
    /// Packages of which the export does not tell who holds them.
    held_by_unnamed: BTreeSet<&'t Id>,
    /// Whether there are, or may be, assignments of which it does not tell the package.
    holds_unnamed: bool,
    /// Packages by the packages and groups that are incompatible with them, directly or in a group around.
    barred_by_package: HashMap<&'t Id, BTreeSet<&'t Id>>,
    barred_by_group: HashMap<&'t Id, BTreeSet<&'t Id>>,
}

impl<'t> Packages<'t> {
    pub(super) fn of(tenant: &'t Tenant) -> Self {
        let mut grants: Vec<Grants> =
            tenant.access_packages.items.iter().map(|package| granted(tenant, package)).collect();
        // An application that a granted group is assigned to.
        let groups = grants.iter().flat_map(|own| own.groups.iter().chain(&own.eligible_groups));
        let groups: BTreeSet<Id> = groups.cloned().collect();
        let mut applications: HashMap<&Id, Vec<&Id>> = HashMap::new();
        for found in &tenant.service_principals.items {
            let (Ok(id), Ok(assigned)) = (&found.app_id, &found.assigned) else { continue };
            for member in assigned.items.iter().filter(|member| groups.contains(&member.id)) {
                applications.entry(&member.id).or_default().push(id);
            }
        }
        for own in &mut grants {
            let opened = |groups: &BTreeSet<Id>| -> Vec<Id> {
                let opened = groups.iter().filter_map(|group| applications.get(group)).flatten();
                opened.map(|id| (*id).clone()).collect()
            };
            own.applications.extend(opened(&own.groups));
            own.eligible_applications.extend(opened(&own.eligible_groups));
        }
        let mut has_untold_policies = false;
        let mut policies: HashMap<&Id, Vec<usize>> = HashMap::new();
        let mut policies_by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, policy) in tenant.assignment_policies.items.iter().enumerate() {
            match &policy.access_package {
                Ok(Ref::Id(id)) => policies.entry(id).or_default().push(at),
                Ok(Ref::Name(name)) => policies_by_name.entry(name.to_ascii_lowercase()).or_default().push(at),
                Err(_) => has_untold_policies = true,
                Ok(Ref::Keyword(_)) => {}
            }
        }
        let mut held: HashMap<&Id, BTreeSet<&Id>> = HashMap::new();
        let mut held_by_unnamed = BTreeSet::new();
        let mut holds_unnamed = !tenant.assignments.coverage.is_complete();
        for assignment in &tenant.assignments.items {
            let delivered = matches!(
                assignment.state,
                Ok(AssignmentState::Delivered | AssignmentState::PartiallyDelivered | AssignmentState::Undocumented(_))
                    | Err(_)
            );
            if !delivered {
                continue;
            }
            match (&assignment.target, &assignment.access_package) {
                (Ok(target), Ok(package)) => {
                    let found = find(tenant, package);
                    found.map(|package| held.entry(target).or_default().insert(&package.id));
                }
                (Err(_), Ok(package)) => held_by_unnamed.extend(find(tenant, package).map(|package| &package.id)),
                (_, Err(_)) => holds_unnamed = true,
            }
        }
        let mut barred_by_package: HashMap<&Id, BTreeSet<&Id>> = HashMap::new();
        let mut barred_by_group: HashMap<&Id, BTreeSet<&Id>> = HashMap::new();
        for package in &tenant.access_packages.items {
            for other in package.incompatible_packages.iter().flatten() {
                if let Some(other) = find(tenant, other) {
                    barred_by_package.entry(&other.id).or_default().insert(&package.id);
                }
            }
            for group in package.incompatible_groups.iter().flatten() {
                if let Some(found) = tenant.find_group(group) {
                    barred_by_group.entry(&found.id).or_default().insert(&package.id);
                }
            }
        }
        let held_by_somebody = held.values().flatten().copied().collect();
        Self {
            grants,
            policies,
            policies_by_name,
            has_untold_policies,
            held,
            held_by_somebody,
            held_by_unnamed,
            holds_unnamed,
            barred_by_package,
            barred_by_group,
        }
    }

    /// Positions of the assignment policies of a package.
    fn policies_of(&self, package: &AccessPackage) -> BTreeSet<usize> {
        let by_id = self.policies.get(&package.id);
        let name = package.display_name.as_ref().ok();
        let by_name = name.and_then(|name| self.policies_by_name.get(&name.to_ascii_lowercase()));
        by_id.into_iter().chain(by_name).flatten().copied().collect()
    }

    /// Packages that somebody holds.
    pub(super) fn held_by(&self, user: &Id) -> impl Iterator<Item = &'t Id> {
        self.held.get(user).into_iter().flatten().copied()
    }

    /// Packages that somebody cannot request for what they hold and are in (EM-1.4).
    pub(super) fn barred_to(&self, tenant: &Tenant, user: &Id) -> BTreeSet<&'t Id> {
        if self.barred_by_package.is_empty() && self.barred_by_group.is_empty() {
            return BTreeSet::new();
        }
        let by_package = self.held_by(user).filter_map(|package| self.barred_by_package.get(package));
        let groups = tenant.groups_of(user).into_iter().flatten();
        let by_group = groups.filter_map(|group| self.barred_by_group.get(group));
        by_package.chain(by_group).flatten().copied().collect()
    }
}

fn find<'t>(tenant: &'t Tenant, package: &Ref) -> Option<&'t AccessPackage> {
    match package {
        Ref::Id(id) => tenant.access_packages.get(id),
        Ref::Name(name) => {
            let called =
                |found: &&AccessPackage| found.display_name.as_ref().is_ok_and(|own| own.eq_ignore_ascii_case(name));
            tenant.access_packages.items.iter().find(called)
        }
        Ref::Keyword(_) => None,
    }
}

/// What a package makes of its holders itself.
fn granted(tenant: &Tenant, package: &AccessPackage) -> Grants {
    let mut granted =
        Grants { untold: package.resource_roles.as_ref().map_or(true, |roles| roles.cut_off), ..Grants::default() };
    for role in package.resource_roles.iter().flat_map(|roles| &roles.items) {
        match role.gift() {
            Gift::Member(group) => {
                granted.groups.insert(group);
            }
            Gift::EligibleMember(group) => {
                granted.eligible_groups.insert(group);
            }
            Gift::Assigned(principal) => {
                let by_object = tenant.service_principals.get(&principal).and_then(|found| found.app_id.clone().ok());
                granted.applications.insert(by_object.unwrap_or(principal));
            }
            Gift::Role(role) => {
                granted.roles.insert(role);
            }
            Gift::EligibleRole(role) => {
                granted.eligible_roles.insert(role);
            }
            Gift::Site | Gift::Owner => {}
            Gift::Untold => granted.untold = true,
        }
    }
    granted
}

impl Compiler<'_> {
    /// What people may hold by access packages, each after those on which it depends: a package that makes people members
    /// of a group may open another one.
    pub(super) fn packages_to_hold(&self) -> Vec<Free> {
        let free = |id: &str, whom: Term, is_after: bool| Free {
            kind: "AccessPackage",
            id: id.to_owned(),
            says: "people hold access packages that they may request, are assigned by a rule, or hold already",
            source: "EM-1.1 to EM-1.6, EM-2.1 to EM-2.10, EM-9.6",
            whom,
            is_after,
        };
        let mut all = Vec::new();
        if self.mentions.without_packages {
            return all;
        }
        if !self.tenant.access_packages.coverage.is_complete() {
            all.push(free(UNSEEN_PACKAGE, self.has_object(), false));
        }
        let (first, order) = self.in_order();
        for (number, at) in order.into_iter().enumerate() {
            let Some(package) = self.tenant.access_packages.items.get(at) else { continue };
            let whom = self.may_hold(package);
            if whom != Term::False {
                all.push(free(package.id.as_str(), whom, number >= first));
            }
        }
        for (package, own) in self.tenant.access_packages.items.iter().zip(&self.packages.grants) {
            if !own.eligible_groups.is_empty() || !own.eligible_roles.is_empty() {
                let holds = self.types.principal_in("AccessPackage", &[package.id.as_str()]);
                let says = "whoever is eligible by an access package may activate it";
                let id = package.id.to_string();
                let source = "EM-9.2, EM-9.4";
                all.push(Free { kind: ACTIVATED, id, says, source, whom: holds, is_after: false });
            }
        }
        all
    }

    /// Positions of packages such that each stands after those that give the groups which its policies name, and how many of
    /// them name none. In a circle of them each comes again.
    fn in_order(&self) -> (usize, Vec<usize>) {
        let all = &self.tenant.access_packages.items;
        let mut givers: HashMap<&Id, Vec<usize>> = HashMap::new();
        for (at, own) in self.packages.grants.iter().enumerate() {
            for group in own.groups.iter().chain(&own.eligible_groups) {
                let above = self.tenant.groups_of(group).into_iter().flatten();
                above.chain([group]).for_each(|group| givers.entry(group).or_default().push(at));
            }
        }
        let mut waits: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (at, package) in all.iter().enumerate() {
            let policies = self.packages.policies_of(package).into_iter();
            let policies = policies.filter_map(|at| self.tenant.assignment_policies.items.get(at));
            for target in policies.flat_map(|policy| policy.targets.iter().flatten()) {
                if let SubjectSet::Group(Some(group)) = target
                    && let Some(id) = group.id().or_else(|| self.tenant.find_group(group).map(|found| &found.id))
                {
                    let before = givers.get(id).into_iter().flatten().copied().filter(|giver| *giver != at);
                    waits.entry(at).or_default().extend(before);
                }
            }
        }
        waits.retain(|_, before| !before.is_empty());
        let mut order: Vec<usize> = (0..all.len()).filter(|at| !waits.contains_key(at)).collect();
        let first = order.len();
        let mut placed: BTreeSet<usize> = order.iter().copied().collect();
        loop {
            let ready = |(_, before): &(&usize, &BTreeSet<usize>)| before.is_subset(&placed);
            let ready: Vec<usize> = waits.iter().filter(ready).map(|(at, _)| *at).collect();
            if ready.is_empty() {
                break;
            }
            for at in ready {
                waits.remove(&at);
                placed.insert(at);
                order.push(at);
            }
        }
        let circle: Vec<usize> = waits.into_keys().collect();
        for _ in 0..circle.len().min(MOST_ROUNDS) {
            order.extend(&circle);
        }
        (first, order)
    }

    /// Who may hold a package: whoever may request it or is assigned by a rule, or holds it already.
    fn may_hold(&self, package: &AccessPackage) -> Term {
        let held = if self.packages.held_by_somebody.contains(&package.id) {
            self.types.principal_in(HELD, &[package.id.as_str()])
        } else {
            Term::False
        };
        let positions = self.packages.policies_of(package);
        let policies = positions.into_iter().filter_map(|at| self.tenant.assignment_policies.items.get(at));
        let mut ways: Vec<Term> = policies.map(|policy| self.is_given_by(policy, package)).collect();
        if !self.tenant.assignment_policies.coverage.is_complete() {
            let name = format!("a policy that was not exported lets the person request access package {}", package.id);
            ways.push(self.has_object() & self.unknown(name, Some(Kind::AssignmentPolicy)));
        }
        if self.packages.has_untold_policies {
            let name = format!("a policy of which the access package was not exported is for {}", package.id);
            ways.push(self.unknown(name, Some(Kind::AssignmentPolicy)));
        }
        let held = held | self.holds_perhaps(package);
        let ways = Term::any(ways);
        if ways == Term::False {
            return held;
        }
        held | ways & !self.is_barred(package)
    }

    /// Whether an assignment of which the export does not tell the holder, or the package, gives somebody of the directory
    /// a package.
    fn holds_perhaps(&self, package: &AccessPackage) -> Term {
        if !self.packages.holds_unnamed && !self.packages.held_by_unnamed.contains(&package.id) {
            return Term::False;
        }
        let name = format!("an assignment that was not exported gives the person access package {}", package.id);
        self.exists() & self.unknown(name, Some(Kind::Assignment))
    }

    /// Whether somebody has what is incompatible with a package, otherwise than by a package that they may request
    /// themselves: they may request this one before (EM-1.4, EM-7.1, EM-7.2).
    fn is_barred(&self, package: &AccessPackage) -> Term {
        let groups: Vec<&Ref> = package.incompatible_groups.iter().flatten().collect();
        let mut ways: Vec<Term> = groups.iter().map(|group| self.in_group_by_itself(group)).collect();
        if !groups.is_empty() || package.incompatible_packages.as_ref().is_ok_and(|all| !all.is_empty()) {
            ways.push(self.types.principal_in(BARRED, &[package.id.as_str()]));
        }
        Term::any(ways)
    }

    /// Packages of which each is incompatible with the other: nobody comes to hold both (EM-1.4, EM-7.1).
    pub(super) fn incompatible_pairs(&self) -> Vec<Term> {
        if self.packages.barred_by_package.is_empty() && self.packages.barred_by_group.is_empty() {
            return Vec::new();
        }
        // What holding one keeps from being requested.
        let bars = |one: &AccessPackage, own: &Grants| -> BTreeSet<&Id> {
            let groups = own.groups.iter();
            let groups = groups.flat_map(|group| self.tenant.groups_of(group).into_iter().flatten().chain([group]));
            let by_group = groups.filter_map(|group| self.packages.barred_by_group.get(group));
            let by_package = self.packages.barred_by_package.get(&one.id);
            by_package.into_iter().chain(by_group).flatten().copied().collect()
        };
        let all = self.tenant.access_packages.items.iter().zip(&self.packages.grants);
        let barred: BTreeMap<&Id, BTreeSet<&Id>> = all.map(|(one, own)| (&one.id, bars(one, own))).collect();
        let mut pairs = Vec::new();
        for (one, others) in &barred {
            for other in others.iter().copied().filter(|other| *other > *one) {
                if barred.get(other).is_some_and(|back| back.contains(one)) {
                    let of = |kind, id: &Id| self.types.principal_in(kind, &[id.as_str()]);
                    let both = of("AccessPackage", one) & of("AccessPackage", other);
                    // Whoever held both keeps both (EM-7.3).
                    pairs.push(!both | of(BARRED, one) | of(BARRED, other));
                }
            }
        }
        pairs
    }

    /// Who comes to a package by a policy. What is not known of it is an unknown of that policy.
    fn is_given_by(&self, policy: &AssignmentPolicy, package: &AccessPackage) -> Term {
        let open = |what: &str| {
            let name = format!("{what} of policy {} lets the person come to access package {}", policy.id, package.id);
            self.unknown(name, Some(Kind::AssignmentPolicy))
        };
        let automatic = match &policy.automatic {
            Ok(automatic) => Term::from(*automatic),
            Err(_) => open("automatic assignment"),
        };
        let catalog = match &package.catalog {
            Ok(Ref::Id(id)) => self.tenant.catalogs.get(id),
            _ => None,
        };
        let accepts = match &policy.accepts_requests {
            Ok(accepts) => Term::from(*accepts),
            Err(_) => open("whether requests are accepted"),
        };
        // EM-1.2.
        let is_closed = catalog.is_some_and(|catalog| catalog.externally_visible == Ok(false));
        let requested = match (accepts, catalog.map(|catalog| &catalog.state)) {
            (_, Some(Ok(CatalogState::Unpublished))) => Term::False,
            (accepts, _) => accepts,
        };
        automatic.clone() & self.is_in_scope(policy, package, false)
            | !automatic & requested & self.is_in_scope(policy, package, is_closed)
    }

    /// Who is in the scope of a policy (EM-2.1 to EM-2.10). `is_closed` is said of a package that is requested and whose
    /// catalog is closed to outsiders.
    fn is_in_scope(&self, policy: &AssignmentPolicy, package: &AccessPackage, is_closed: bool) -> Term {
        use ExternalUserType::{B2bCollaborationGuest, InternalGuest, OtherExternalUser};
        use RequestorScope as Scope;

        let open = || {
            let name =
                format!("the scope of policy {} lets the person come to access package {}", policy.id, package.id);
            self.unknown(name, Some(Kind::AssignmentPolicy))
        };
        // EM-1.2, and AM-13 for guests who are here.
        let outside = |term: Term| if is_closed { Term::False } else { self.collaborates() & term };
        let inside = |term: Term| {
            if !is_closed {
                return term;
            }
            let guests = self.is_kind(&[Some(InternalGuest), Some(B2bCollaborationGuest), Some(OtherExternalUser)]);
            term & !(guests
                & self.ask("AM-13", "a catalog that is closed to outsiders is closed to guests of the directory"))
        };
        let known = &self.organizations;
        let all = &self.tenant.connected_organizations.items;
        match &policy.scope {
            Err(_) | Ok(Scope::Undocumented(_)) => inside(self.has_object() & open()),
            Ok(Scope::AllExternalUsers) => outside(Term::True),
            Ok(Scope::AllConfiguredConnectedOrganizationUsers) => {
                let proposed =
                    |at: &usize| all.get(*at).is_some_and(|found| found.state == Ok(OrganizationState::Proposed));
                let untold = known.untold.iter().any(|at| !proposed(at));
                outside(self.is_of_some(&known.of_configured, &known.of_configured_perhaps, untold, policy))
            }
            Ok(Scope::AllExistingConnectedOrganizationUsers) => {
                outside(self.is_of_some(&known.of_any, &Term::False, !known.untold.is_empty(), policy))
            }
            Ok(Scope::SpecificConnectedOrganizationUsers) => match &policy.targets {
                Err(_) => outside(open()),
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
                    let untold = positions.iter().any(|at| known.untold.contains(at));
                    let ids: Vec<&str> =
                        positions.into_iter().filter_map(|at| all.get(at)).map(|found| found.id.as_str()).collect();
                    let of = self.types.principal_in("ConnectedOrganization", &ids);
                    outside(self.is_of_some(&of, &Term::False, untold, policy))
                }
            },
            Ok(Scope::AllDirectoryUsers) => inside(self.has_object()),
            Ok(Scope::AllMemberUsers) => inside(self.is_kind(&[None, Some(ExternalUserType::B2bCollaborationMember)])),
            Ok(Scope::SpecificDirectoryUsers) => match &policy.targets {
                Err(_) => inside(self.has_object() & open()),
                Ok(targets) => inside(Term::any(targets.iter().map(|target| match target {
                    SubjectSet::User(Some(Ref::Id(id))) => self.is_person(id),
                    SubjectSet::Group(Some(group)) => self.in_group_of(group),
                    SubjectSet::Rule(rule) => {
                        let rule = MembershipRule::read(rule);
                        let taken = |is_new| self.is_taken_in(&rule, is_new, open);
                        self.exists() & taken(false) | !self.exists() & taken(true)
                    }
                    SubjectSet::User(_) | SubjectSet::Group(None) | SubjectSet::Other(_) => self.has_object() & open(),
                    _ => Term::False,
                }))),
            },
            Ok(
                Scope::NotSpecified
                | Scope::SpecificDirectoryServicePrincipals
                | Scope::AllDirectoryServicePrincipals
                | Scope::AllDirectoryAgentIdentities,
            ) => Term::False,
        }
    }

    /// Whether the person is of one of some organizations; for whom it is not known where they come from, perhaps, and
    /// so for anybody where one of them leaves `untold` who its people are.
    fn is_of_some(&self, of: &Term, perhaps: &Term, untold: bool, policy: &AssignmentPolicy) -> Term {
        let unknown = |what: &str| {
            let name = format!("{what} is of a connected organization that policy {} is for", policy.id);
            self.unknown(name, Some(Kind::ConnectedOrganization))
        };
        let mut ways = vec![of.clone()];
        if *of != Term::False && self.is_organization_open() != Term::False {
            ways.push(self.is_organization_open() & unknown("whoever comes from a home that is not known"));
        }
        if *perhaps != Term::False {
            ways.push(perhaps.clone() & unknown("whoever is of an organization whose state is not known"));
        }
        if untold {
            let id = &policy.id;
            let name = format!(
                "an identity source could not be read, and by it the person is of an organization that policy {id} is for"
            );
            ways.push(self.unknown(name, Some(Kind::ConnectedOrganization)));
        }
        Term::any(ways)
    }

    /// Whether an access package that the person holds, or may, opens the application. Whoever cannot sign in at all, or
    /// not yet, is given nothing; nor does it promise anything to people of whom it is not known whether they are of the
    /// organizations that may request.
    pub(super) fn is_given(&self) -> Term {
        let mut by_application: BTreeMap<&Id, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
        for (package, granted) in self.tenant.access_packages.items.iter().zip(&self.packages.grants) {
            let for_organizations = !granted.applications.is_empty() && self.is_for_organizations_alone(package);
            for application in &granted.applications {
                let (to_all, to_some) = by_application.entry(application).or_default();
                if for_organizations { to_some } else { to_all }.push(package.id.as_str());
            }
        }
        let held = |kind, ids: &[&str]| self.types.principal_in(kind, ids);
        let given = Term::any(by_application.iter().map(|(application, (to_all, to_some))| {
            let known = !self.is_organization_open() | held(HELD, to_some);
            let holds = held("AccessPackage", to_all) | held("AccessPackage", to_some) & known;
            self.is_application(application, None) & holds
        }));
        if given == Term::False { given } else { given & !self.is_disabled() & !self.is_pending() }
    }

    /// Whether no policy of a package is for people of the directory.
    fn is_for_organizations_alone(&self, package: &AccessPackage) -> bool {
        use RequestorScope as Scope;
        let policies = self.packages.policies_of(package).into_iter();
        let mut policies = policies.filter_map(|at| self.tenant.assignment_policies.items.get(at));
        !policies.any(|policy| {
            matches!(policy.scope, Ok(Scope::SpecificDirectoryUsers | Scope::AllDirectoryUsers | Scope::AllMemberUsers))
        })
    }

    /// Whether the person holds a package of which it is not known whether it gives this.
    pub(super) fn is_given_perhaps(&self, what: &str) -> Term {
        let told = self.tenant.access_packages.items.iter().zip(&self.packages.grants);
        let mut ids: Vec<&str> = told.filter(|(_, own)| own.untold).map(|(package, _)| package.id.as_str()).collect();
        if !self.tenant.access_packages.coverage.is_complete() {
            ids.push(UNSEEN_PACKAGE);
        }
        if ids.is_empty() {
            return Term::False;
        }
        let name = format!("{UNTOLD_PACKAGE} {what}");
        self.types.principal_in("AccessPackage", &ids) & self.unknown(name, Some(Kind::AccessPackage))
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
