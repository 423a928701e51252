//! Who may request which access package, and what a package grants (docs/semantics, EM-1, EM-2).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::sign_in::{DirectoryObject, Subject};
use super::{Answer, Organizations, Why};
use crate::model::{
    AccessPackage, AssignmentPolicy, CatalogState, ConnectedOrganization, Id, Kind, OrganizationState, Ref,
    RequestorScope, SubjectSet, Tenant, UserType,
};

/// What a package grants, as far as it opens applications.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// Groups, of which the holder becomes a member.
    pub groups: BTreeSet<Id>,
    /// Applications, by id, to which the holder is assigned.
    pub applications: BTreeSet<Id>,
    /// Whether it grants a SharePoint site.
    pub sites: bool,
}

/// A way to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// It is held.
    Held,
    /// It may be requested.
    Requestable,
    /// It may be requested as far as one can tell; something about it is not known.
    MayBeRequestable,
}

/// A package that somebody holds or may request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'t> {
    /// The package.
    pub package: &'t AccessPackage,
    /// How they come to it.
    pub way: Way,
}

#[derive(Debug)]
struct Offer<'t> {
    policy: &'t AssignmentPolicy,
    package: &'t AccessPackage,
    /// Whether people from outside can request it, whoever they are (EM-1.1, EM-1.2, EM-1.5).
    open: Answer,
}

/// The packages of a tenant and who may request them.
#[derive(Debug)]
pub struct Packages<'t> {
    tenant: &'t Tenant,
    offers: Vec<Offer<'t>>,
    /// Offers to named connected organizations, by the organization's id; the others by themselves.
    to_organizations: HashMap<&'t Id, Vec<usize>>,
    to_others: Vec<usize>,
    held: BTreeMap<&'t Id, Vec<&'t AccessPackage>>,
}

impl<'t> Packages<'t> {
    /// Those of a tenant.
    #[must_use]
    pub fn of(tenant: &'t Tenant) -> Self {
        let offers: Vec<Offer<'t>> = tenant
            .assignment_policies
            .items
            .iter()
            .filter_map(|policy| {
                let package = package_of(tenant, policy.access_package.as_ref().ok()?)?;
                Some(Offer { policy, package, open: is_open(tenant, policy, package) })
            })
            .collect();
        let mut to_organizations: HashMap<&Id, Vec<usize>> = HashMap::new();
        let mut to_others = Vec::new();
        for (number, offer) in offers.iter().enumerate() {
            match organizations_of(offer.policy) {
                Some(ids) => ids.into_iter().for_each(|id| to_organizations.entry(id).or_default().push(number)),
                None => to_others.push(number),
            }
        }
        let mut held: BTreeMap<&Id, Vec<&AccessPackage>> = BTreeMap::new();
        for assignment in &tenant.assignments.items {
            let over = assignment.state.as_ref().is_ok_and(|state| {
                use crate::model::AssignmentState as State;
                matches!(state, State::Expired | State::DeliveryFailed)
            });
            let package = assignment.access_package.as_ref().ok().and_then(|package| package_of(tenant, package));
            if let (Ok(target), Some(package), false) = (&assignment.target, package, over) {
                held.entry(target).or_default().push(package);
            }
        }
        Self { tenant, offers, to_organizations, to_others, held }
    }

    /// The packages that somebody holds or may request, in the order of the export; each once, by the best way.
    #[must_use]
    pub fn of_person(&self, subject: &Subject, organizations: &Organizations<'t>) -> Vec<Request<'t>> {
        let own = organizations.of_person(subject);
        let mut ways: BTreeMap<&Id, Request<'t>> = BTreeMap::new();
        let mut add = |package: &'t AccessPackage, way: Way| {
            let request = ways.entry(&package.id).or_insert(Request { package, way });
            request.way = request.way.min(way);
        };
        if let DirectoryObject::User(id) = &subject.object {
            for package in self.held.get(id).into_iter().flatten() {
                add(package, Way::Held);
            }
        }
        if !subject.enabled.is_no() {
            let named = own.iter().filter_map(|organization| self.to_organizations.get(&organization.id)).flatten();
            let numbers: BTreeSet<usize> = self.to_others.iter().chain(named).copied().collect();
            for offer in numbers.into_iter().filter_map(|number| self.offers.get(number)) {
                match offer.open.clone().and(|| self.is_in_scope(offer.policy, subject, &own)) {
                    Answer::Yes => add(offer.package, Way::Requestable),
                    Answer::Unknown(_) => add(offer.package, Way::MayBeRequestable),
                    Answer::No => {}
                }
            }
        }
        ways.into_values().collect()
    }

    /// Whether somebody is in the scope of a policy (EM-2.1 to EM-2.10, EM-2.12).
    fn is_in_scope(&self, policy: &AssignmentPolicy, subject: &Subject, own: &[&ConnectedOrganization]) -> Answer {
        let unread = || Why::unreadable(format!("who may request by policy `{}` could not be read", policy.id));
        let Ok(scope) = &policy.scope else { return Answer::Unknown(unread()) };
        let exists = matches!(subject.object, DirectoryObject::User(_));
        let any_of = |test: &dyn Fn(&ConnectedOrganization) -> Answer| Answer::any(own.iter().map(|found| test(found)));
        match scope {
            RequestorScope::SpecificDirectoryUsers => {
                let Ok(targets) = &policy.targets else { return Answer::Unknown(unread()) };
                Answer::any(targets.iter().map(|target| self.names(target, subject)))
            }
            RequestorScope::AllDirectoryUsers => Answer::from(exists),
            RequestorScope::AllMemberUsers => match (&subject.object, exists) {
                (DirectoryObject::User(id), true) => match self.tenant.users.get(id).map(|user| &user.user_type) {
                    Some(Ok(kind)) => Answer::from(*kind == Some(UserType::Member)),
                    Some(Err(_)) => {
                        let text = format!("`userType` of user `{id}` was not exported");
                        Answer::Unknown(Why::missing(Kind::User, text))
                    }
                    None => Answer::No,
                },
                _ => Answer::No,
            },
            RequestorScope::SpecificConnectedOrganizationUsers => {
                let Ok(targets) = &policy.targets else { return Answer::Unknown(unread()) };
                let named = |organization: &ConnectedOrganization| {
                    let is = |target: &SubjectSet| {
                        let SubjectSet::ConnectedOrganization(Some(reference)) = target else { return false };
                        match reference {
                            Ref::Id(id) => *id == organization.id,
                            Ref::Name(name) => {
                                organization.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                            }
                            Ref::Keyword(_) => false,
                        }
                    };
                    Answer::from(targets.iter().any(is))
                };
                any_of(&named)
            }
            RequestorScope::AllConfiguredConnectedOrganizationUsers => {
                any_of(&|organization| match &organization.state {
                    Ok(state) => Answer::from(*state == OrganizationState::Configured),
                    Err(_) => Answer::Unknown(Why::missing(
                        Kind::ConnectedOrganization,
                        format!("the state of connected organization `{}` was not exported", organization.id),
                    )),
                })
            }
            RequestorScope::AllExistingConnectedOrganizationUsers => Answer::from(!own.is_empty()),
            RequestorScope::AllExternalUsers => Answer::Yes,
            RequestorScope::Undocumented(word) => {
                Answer::Unknown(Why::unreadable(format!("the scope `{word}` is not documented")))
            }
            _ => Answer::No,
        }
    }

    fn names(&self, target: &SubjectSet, subject: &Subject) -> Answer {
        let DirectoryObject::User(own) = &subject.object else { return Answer::No };
        match target {
            SubjectSet::User(Some(Ref::Id(id))) => Answer::from(id == own),
            SubjectSet::Group(Some(Ref::Id(id))) => match self.tenant.is_in_group(own, id) {
                Ok(inside) => Answer::from(inside),
                Err(_) => {
                    Answer::Unknown(Why::missing(Kind::Group, format!("who is in group `{id}` was not exported")))
                }
            },
            SubjectSet::User(_) | SubjectSet::Group(_) => {
                Answer::Unknown(Why::unreadable("a policy names its requestors otherwise than by id"))
            }
            _ => Answer::No,
        }
    }

    /// Whether policies name requestors one by one or by group, so that people of one organization differ.
    #[must_use]
    pub fn named_requestors(&self) -> BTreeSet<&'t Id> {
        let targets = self.offers.iter().flat_map(|offer| offer.policy.targets.iter().flatten());
        targets
            .filter_map(|target| match target {
                SubjectSet::User(Some(Ref::Id(id))) | SubjectSet::Group(Some(Ref::Id(id))) => Some(id),
                _ => None,
            })
            .collect()
    }

    /// Whether somebody holds any package.
    #[must_use]
    pub fn holds_any(&self, id: &Id) -> bool {
        self.held.contains_key(id)
    }

    /// What a package grants.
    #[must_use]
    pub fn grants(&self, package: &AccessPackage) -> Granted {
        let mut granted = Granted::default();
        let roles = package.resource_roles.as_ref().map(|roles| roles.items.as_slice()).unwrap_or_default();
        for role in roles {
            let system = role.resource_origin_system.as_ref().or(role.role_origin_system.as_ref());
            let Some(system) = system.map(|system| system.to_ascii_lowercase()) else { continue };
            if system == "sharepointonline" {
                granted.sites = true;
            }
            let Some(origin) = role.resource_origin_id.as_deref().map(Id::new) else { continue };
            if system == "aadgroup" {
                // Whoever owns a group is no member of it.
                let owner = role.role_origin_id.as_deref().is_some_and(|id| id.starts_with("Owner"));
                if !owner {
                    granted.groups.insert(origin);
                }
            } else if system == "aadapplication" {
                let by_object = self.tenant.service_principals.get(&origin).and_then(|found| found.app_id.clone().ok());
                granted.applications.insert(by_object.unwrap_or(origin));
            }
        }
        granted
    }
}

/// The organizations that a policy names by id, if it is about nobody else.
fn organizations_of(policy: &AssignmentPolicy) -> Option<Vec<&Id>> {
    if policy.scope != Ok(RequestorScope::SpecificConnectedOrganizationUsers) {
        return None;
    }
    let ids = policy.targets.as_ref().ok()?.iter().map(|target| match target {
        SubjectSet::ConnectedOrganization(Some(Ref::Id(id))) => Some(id),
        _ => None,
    });
    ids.collect()
}

fn package_of<'t>(tenant: &'t Tenant, reference: &Ref) -> Option<&'t AccessPackage> {
    match reference {
        Ref::Id(id) => tenant.access_packages.get(id),
        Ref::Name(name) => tenant
            .access_packages
            .items
            .iter()
            .find(|package| package.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))),
        Ref::Keyword(_) => None,
    }
}

/// Whether people from outside can request by a policy at all (EM-1.1, EM-1.2, EM-1.5, EM-2.10). For guests who are
/// here already, the catalog's door for outsiders counts as well (AM-13, for reachability).
fn is_open(tenant: &Tenant, policy: &AssignmentPolicy, package: &AccessPackage) -> Answer {
    let why =
        |what: &str| Why::missing(Kind::AssignmentPolicy, format!("{what} of policy `{}` is not known", policy.id));
    let requested = Answer::told(&policy.automatic, |_| why("`automaticRequestSettings`")).negated();
    let accepts = || Answer::told(&policy.accepts_requests, |_| why("whether requests are accepted"));
    let catalog = || {
        let missing = |text: String| Answer::Unknown(Why::missing(Kind::Catalog, text));
        let Ok(Ref::Id(id)) = &package.catalog else {
            return missing(format!("the catalog of package `{}` is not known", package.id));
        };
        let Some(catalog) = tenant.catalogs.get(id) else { return missing(format!("catalog `{id}` was not exported")) };
        let published = match &catalog.state {
            Ok(state) => Answer::from(*state == CatalogState::Published),
            Err(_) => missing(format!("the state of catalog `{id}` was not exported")),
        };
        published.and(|| {
            Answer::told(&catalog.externally_visible, |_| {
                Why::missing(Kind::Catalog, format!("`isExternallyVisible` of catalog `{id}` was not exported"))
            })
        })
    };
    requested.and(accepts).and(catalog)
}
