//! Who may request which access package, and what a package grants (docs/semantics, EM-1, EM-2).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::sign_in::{DirectoryObject, Subject};
use super::{Answer, Organizations, Why};
use crate::model::{
    AccessPackage, AssignmentPolicy, AssignmentState, Candidate, CatalogState, ConnectedOrganization, ExternalUserType,
    Gift, Id, Kind, MembershipRule, OrganizationState, Ref, RequestorScope, SubjectSet, Tenant,
};

/// What a package grants, as far as sign-ins ask about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// Groups, of which the holder becomes a member, at once or by activation.
    pub groups: BTreeSet<Id>,
    /// Applications, by id, to which the holder is assigned.
    pub applications: BTreeSet<Id>,
    /// Directory roles that the holder has without activation.
    pub roles: BTreeSet<Id>,
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
    /// Whether access is assigned by a rule, or may be requested, whoever asks (EM-1.1, EM-1.5, EM-2.10).
    open: Answer,
    /// Whether the catalog is open to people from outside (EM-1.2). What is assigned by a rule asks for none.
    visible: Answer,
}

impl Offer<'_> {
    /// Whether it is for people outside.
    fn is_outside(&self) -> bool {
        use RequestorScope as Scope;
        matches!(
            self.policy.scope,
            Ok(Scope::SpecificConnectedOrganizationUsers
                | Scope::AllConfiguredConnectedOrganizationUsers
                | Scope::AllExistingConnectedOrganizationUsers
                | Scope::AllExternalUsers)
        )
    }

    /// Whether it is for people of the directory: the policy is not for people outside, or may not be.
    fn is_inside(&self) -> bool {
        use RequestorScope as Scope;
        matches!(
            self.policy.scope,
            Ok(Scope::SpecificDirectoryUsers | Scope::AllDirectoryUsers | Scope::AllMemberUsers)
        )
    }
}

/// The packages of a tenant and who may request them.
#[derive(Debug)]
pub struct Packages<'t> {
    tenant: &'t Tenant,
    offers: Vec<Offer<'t>>,
    /// Offers to named connected organizations, by the organization's id; the others by themselves.
    to_organizations: HashMap<&'t Id, Vec<usize>>,
    to_others: Vec<usize>,
    /// Organizations of which it is not told who all their people are: anybody from outside may be of them.
    untold: Vec<&'t ConnectedOrganization>,
    /// Whether there are policies of which the package was not exported.
    has_untold_policies: bool,
    /// Packages that somebody holds of whom the export does not tell.
    held_by_unnamed: BTreeSet<&'t Id>,
    /// Whether somebody holds a package of which it does not tell. Where it has no assignments at all, nobody is taken to
    /// hold anything here: everybody might hold everything.
    holds_unnamed: bool,
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
                let (open, visible) = is_open(tenant, policy, package);
                Some(Offer { policy, package, open, visible })
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
        let mut held_by_unnamed = BTreeSet::new();
        let coverage = &tenant.assignments.coverage;
        let mut holds_unnamed = coverage.exported && !coverage.is_complete();
        for assignment in &tenant.assignments.items {
            // What is still to be delivered is not held.
            let is_held = !assignment.state.as_ref().is_ok_and(|state| {
                use AssignmentState as State;
                matches!(state, State::Delivering | State::Expired | State::DeliveryFailed)
            });
            if !is_held {
                continue;
            }
            let package = assignment.access_package.as_ref().map(|package| package_of(tenant, package));
            match (&assignment.target, package) {
                (_, Err(_)) => holds_unnamed = true,
                (Ok(target), Ok(Some(package))) => held.entry(target).or_default().push(package),
                (Err(_), Ok(Some(package))) => {
                    held_by_unnamed.insert(&package.id);
                }
                (_, Ok(None)) => {}
            }
        }
        let organizations = tenant.connected_organizations.items.iter();
        let untold = organizations.filter(|found| !found.names_its_people()).collect();
        let has_untold_policies = tenant.assignment_policies.items.iter().any(|policy| policy.access_package.is_err());
        Self {
            tenant,
            offers,
            to_organizations,
            to_others,
            untold,
            has_untold_policies,
            held_by_unnamed,
            holds_unnamed,
            held,
        }
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
            if self.holds_unnamed || !self.held_by_unnamed.is_empty() {
                let packages = self.tenant.access_packages.items.iter();
                packages
                    .filter(|package| self.holds_unnamed || self.held_by_unnamed.contains(&package.id))
                    .for_each(|package| add(package, Way::MayBeRequestable));
            }
        }
        if !subject.enabled.is_no() {
            let organizations = own.iter().chain(&self.untold);
            let named = organizations.filter_map(|organization| self.to_organizations.get(&organization.id)).flatten();
            let numbers: BTreeSet<usize> = self.to_others.iter().chain(named).copied().collect();
            for offer in numbers.into_iter().filter_map(|number| self.offers.get(number)) {
                match self.may_come_by(offer, subject, &own) {
                    Answer::Yes => add(offer.package, Way::Requestable),
                    Answer::Unknown(_) => add(offer.package, Way::MayBeRequestable),
                    Answer::No => {}
                }
            }
            if self.has_untold_policies {
                self.tenant.access_packages.items.iter().for_each(|package| add(package, Way::MayBeRequestable));
            }
        }
        ways.into_values().collect()
    }

    /// Whether somebody who is not here yet can come by a package: some policy is for people outside, and for them.
    #[must_use]
    pub fn lets_come(&self, subject: &Subject, organizations: &Organizations<'t>) -> bool {
        let own = organizations.of_person(subject);
        let named = own
            .iter()
            .chain(&self.untold)
            .filter_map(|organization| self.to_organizations.get(&organization.id))
            .flatten();
        let numbers = self.to_others.iter().chain(named);
        let mut offers = numbers.filter_map(|number| self.offers.get(*number)).filter(|offer| !offer.is_inside());
        self.has_untold_policies || offers.any(|offer| !self.may_come_by(offer, subject, &own).is_no())
    }

    /// Whether somebody comes to a package by one of its policies (EM-1.1 to EM-1.6).
    fn may_come_by(&self, offer: &Offer<'_>, subject: &Subject, own: &[&ConnectedOrganization]) -> Answer {
        use ExternalUserType::{B2bCollaborationGuest, InternalGuest, OtherExternalUser};

        let visible = || {
            if offer.is_outside() {
                return offer.visible.clone();
            }
            // AM-13: a catalog that is closed to outsiders may be closed to guests of the directory as well.
            let guests = [InternalGuest, B2bCollaborationGuest, OtherExternalUser];
            match subject.any_kind(|kind| kind.is_some_and(|kind| guests.contains(&kind))) {
                Answer::No => Answer::Yes,
                _ if offer.visible.is_yes() => Answer::Yes,
                _ => {
                    let name = &offer.package.id;
                    let text = format!(
                        "whether the catalog of package `{name}`, which is closed to outsiders, is closed to guests of the directory is not documented"
                    );
                    Answer::Unknown(Why::ambiguous("AM-13", text))
                }
            }
        };
        let open = offer.open.clone().and(visible);
        open.and(|| self.is_in_scope(offer.policy, subject, own))
            .and(|| self.is_barred(offer.package, subject).negated())
    }

    /// Whether somebody has what is incompatible with a package (EM-1.4).
    fn is_barred(&self, package: &AccessPackage, subject: &Subject) -> Answer {
        let groups = package.incompatible_groups.iter().flatten();
        let DirectoryObject::User(own) = &subject.object else {
            return Answer::any(groups.map(|group| subject.is_taken_into(self.tenant, group)));
        };
        let unread = |what: &str| {
            let text = format!("what is incompatible with package `{}` was not exported: {what}", package.id);
            Answer::Unknown(Why::missing(Kind::AccessPackage, text))
        };
        let held = self.held.get(own);
        let by_package = match &package.incompatible_packages {
            // Whoever holds nothing holds nothing incompatible.
            Ok(_) | Err(_) if held.is_none() => Answer::No,
            Ok(others) => {
                let holds = |other: &Ref| {
                    let other = package_of(self.tenant, other);
                    other.is_some_and(|other| held.into_iter().flatten().any(|found| found.id == other.id))
                };
                Answer::from(others.iter().any(holds))
            }
            Err(crate::model::Gap::NotExported) => Answer::No,
            Err(_) => unread("`incompatibleAccessPackages`"),
        };
        Answer::any([by_package].into_iter().chain(groups.map(|group| match group.id() {
            Some(id) => subject.is_member(self.tenant, own, id),
            None => unread("`incompatibleGroups`"),
        })))
    }

    /// Whether somebody is in the scope of a policy (EM-2.1 to EM-2.10, EM-2.12).
    fn is_in_scope(&self, policy: &AssignmentPolicy, subject: &Subject, own: &[&ConnectedOrganization]) -> Answer {
        let unread = || Why::unreadable(format!("who may request by policy `{}` could not be read", policy.id));
        let Ok(scope) = &policy.scope else { return Answer::Unknown(unread()) };
        // Whoever is invited is in the directory.
        let is_here = matches!(subject.object, DirectoryObject::User(_) | DirectoryObject::Invited);
        // What is for people outside is for nobody of this tenant, nor for people who come by another way.
        let collaborates = || {
            use ExternalUserType::{B2bCollaborationGuest, B2bCollaborationMember, OtherExternalUser};
            let kinds = [B2bCollaborationGuest, B2bCollaborationMember, OtherExternalUser];
            subject.any_kind(|kind| kind.is_some_and(|kind| kinds.contains(&kind)))
        };
        let any_of = |test: &dyn Fn(&ConnectedOrganization) -> Answer| {
            // One of them is enough, and there may be as many as organizations.
            let untold = self.untold.iter().find(|found| !test(found).is_no());
            let untold = untold.map(|found| {
                let text = format!("who is of connected organization `{}` could not be read", found.id);
                Answer::Unknown(Why::unreadable(text))
            });
            let of = Answer::any(own.iter().map(|found| test(found)).chain(untold));
            collaborates().and(|| of)
        };
        match scope {
            RequestorScope::SpecificDirectoryUsers => {
                let Ok(targets) = &policy.targets else { return Answer::Unknown(unread()) };
                Answer::any(targets.iter().map(|target| self.names(target, subject)))
            }
            RequestorScope::AllDirectoryUsers => Answer::from(is_here),
            RequestorScope::AllMemberUsers => {
                let member = |kind| matches!(kind, None | Some(ExternalUserType::B2bCollaborationMember));
                Answer::from(is_here).and(|| subject.any_kind(member))
            }
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
                    Ok(OrganizationState::Configured) => Answer::Yes,
                    Ok(OrganizationState::Proposed) => Answer::No,
                    Ok(OrganizationState::Undocumented(_)) | Err(_) => Answer::Unknown(Why::missing(
                        Kind::ConnectedOrganization,
                        format!("the state of connected organization `{}` was not exported", organization.id),
                    )),
                })
            }
            RequestorScope::AllExistingConnectedOrganizationUsers => any_of(&|_| Answer::Yes),
            RequestorScope::AllExternalUsers => collaborates(),
            RequestorScope::Undocumented(word) => {
                Answer::Unknown(Why::unreadable(format!("the scope `{word}` is not documented")))
            }
            _ => Answer::No,
        }
    }

    fn names(&self, target: &SubjectSet, subject: &Subject) -> Answer {
        let unread = || Answer::Unknown(Why::unreadable("a policy names its requestors otherwise than by id"));
        match target {
            SubjectSet::Rule(rule) => {
                let rule = MembershipRule::read(rule);
                let is_new = !matches!(subject.object, DirectoryObject::User(_));
                let takes = |kind: &Option<ExternalUserType>| rule.takes_in(Candidate { kind: *kind, is_new });
                let taken: Vec<Option<bool>> = subject.kinds.iter().map(takes).collect();
                match taken.as_slice() {
                    all if all.iter().all(|one| *one == Some(true)) => Answer::Yes,
                    all if all.iter().all(|one| *one == Some(false)) => Answer::No,
                    _ => Answer::Unknown(Why::unreadable("whom the rule of a policy takes in is not known")),
                }
            }
            SubjectSet::Group(Some(Ref::Id(id))) if subject.groups.contains(id) => Answer::Yes,
            SubjectSet::User(_) | SubjectSet::Group(_) => match (&subject.object, target) {
                (DirectoryObject::User(own), SubjectSet::User(Some(Ref::Id(id)))) => Answer::from(id == own),
                (DirectoryObject::User(own), SubjectSet::Group(Some(Ref::Id(id)))) => {
                    subject.is_member(self.tenant, own, id)
                }
                (DirectoryObject::User(_), _) => unread(),
                (DirectoryObject::Invited, SubjectSet::Group(Some(group))) => subject.is_taken_into(self.tenant, group),
                _ => Answer::No,
            },
            SubjectSet::Other(_) => unread(),
            _ => Answer::No,
        }
    }

    /// Whether policies name requestors one by one or by group, so that people of one organization differ.
    #[must_use]
    pub fn named_requestors(&self) -> BTreeSet<&'t Id> {
        let targets = self.offers.iter().flat_map(|offer| offer.policy.targets.iter().flatten());
        let targets = targets.filter_map(|target| match target {
            SubjectSet::User(Some(Ref::Id(id))) | SubjectSet::Group(Some(Ref::Id(id))) => Some(id),
            _ => None,
        });
        let barring = self.offers.iter().flat_map(|offer| offer.package.incompatible_groups.iter().flatten());
        targets.chain(barring.filter_map(Ref::id)).collect()
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
        for role in package.resource_roles.iter().flat_map(|roles| &roles.items) {
            match role.gift() {
                Gift::Member(group) | Gift::EligibleMember(group) => {
                    granted.groups.insert(group);
                }
                Gift::Assigned(principal) => {
                    let principal = self.tenant.service_principals.get(&principal).ok_or(principal);
                    granted.applications.insert(match principal {
                        Ok(found) => found.app_id.as_ref().unwrap_or(&found.id).clone(),
                        Err(id) => id,
                    });
                }
                Gift::Role(role) => {
                    granted.roles.insert(role);
                }
                Gift::Site => granted.sites = true,
                Gift::EligibleRole(_) | Gift::Owner | Gift::Untold => {}
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

/// Whether a policy assigns by a rule, or takes requests (EM-1.1, EM-1.5, EM-2.10); and whether the catalog is open to
/// people from outside, which counts for requests (EM-1.2).
fn is_open(tenant: &Tenant, policy: &AssignmentPolicy, package: &AccessPackage) -> (Answer, Answer) {
    let why =
        |what: &str| Why::missing(Kind::AssignmentPolicy, format!("{what} of policy `{}` is not known", policy.id));
    let automatic = Answer::told(&policy.automatic, |_| why("`automaticRequestSettings`"));
    let accepts = Answer::told(&policy.accepts_requests, |_| why("whether requests are accepted"));
    let missing = |text: String| Answer::Unknown(Why::missing(Kind::Catalog, text));
    let (published, visible) = if let Ok(Ref::Id(id)) = &package.catalog {
        match tenant.catalogs.get(id) {
            None => (
                missing(format!("catalog `{id}` was not exported")),
                missing(format!("catalog `{id}` was not exported")),
            ),
            Some(catalog) => {
                let published = match &catalog.state {
                    Ok(state) => Answer::from(*state == CatalogState::Published),
                    Err(_) => missing(format!("the state of catalog `{id}` was not exported")),
                };
                let visible = Answer::told(&catalog.externally_visible, |_| {
                    Why::missing(Kind::Catalog, format!("`isExternallyVisible` of catalog `{id}` was not exported"))
                });
                (published, visible)
            }
        }
    } else {
        let text = format!("the catalog of package `{}` is not known", package.id);
        (missing(text.clone()), missing(text))
    };
    let open = automatic.clone().or(|| accepts.and(|| published));
    (open, automatic.or(|| visible))
}
