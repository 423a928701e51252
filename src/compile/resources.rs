//! Applications, and whether a policy covers one (CA-3).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Compiler, Term};
use crate::model::{
    ADMIN_PORTALS, AZURE_MANAGEMENT, AZURE_MANAGEMENT_DEPENDENTS, Applications, Comparison, DIRECTORY, EARLY_BOUND,
    FilterMode, FilterRule, Id, KNOWN_APPLICATIONS, Keyword, Kind, MANDATORY_MFA, MFA_REGISTRATION, OFFICE_365, Ref,
    ServicePrincipal, TERMS_OF_USE, Tenant, grouped, is_admin_portal, is_office_365, is_perhaps_admin_portal,
    known_application,
};

/// The application that nothing names.
pub const ANY_OTHER_APPLICATION: &str = "any-other-application";

/// The user actions that policies can be about (CA-3.11, CA-3.12).
pub(super) const USER_ACTIONS: [&str; 2] = [REGISTER_SECURITY_INFORMATION, "urn:user:registerdevice"];
/// Registering security information.
pub(super) const REGISTER_SECURITY_INFORMATION: &str = "urn:user:registersecurityinfo";

/// Applications that sign-ins are told apart by, and the groups that policies speak of.
#[derive(Debug)]
pub(super) struct Resources {
    /// Everything that the export or Microsoft's documents name, and [`ANY_OTHER_APPLICATION`].
    pub(super) all: BTreeSet<Id>,
    /// Positions of service principals by application.
    by_app: BTreeMap<Id, usize>,
    /// Members of groups of applications, by the group's name.
    pub(super) groups: RefCell<BTreeMap<String, BTreeSet<Id>>>,
}

impl Resources {
    pub(super) fn of(tenant: &Tenant, mentioned: &BTreeSet<Id>) -> Self {
        let mut all: BTreeSet<Id> =
            tenant.service_principals.items.iter().filter_map(|found| found.app_id.as_ref().ok().cloned()).collect();
        let lists = [OFFICE_365, ADMIN_PORTALS, MANDATORY_MFA, MFA_REGISTRATION, TERMS_OF_USE];
        all.extend(lists.into_iter().flatten().map(|id| Id::new(id)));
        all.extend(KNOWN_APPLICATIONS.iter().map(|known| Id::new(known.id)));
        all.extend(
            EARLY_BOUND.iter().flat_map(|(id, others)| std::iter::once(id).chain(*others)).map(|id| Id::new(id)),
        );
        for found in tenant.conditional_access.items.iter().filter_map(|policy| policy.applications.as_ref().ok()) {
            let named = found.include_applications.iter().chain(&found.exclude_applications);
            all.extend(named.filter_map(Ref::id).cloned());
        }
        all.extend(of_settings(tenant));
        all.extend(mentioned.iter().cloned());
        all.extend([Id::new(DIRECTORY), Id::of_ours(ANY_OTHER_APPLICATION)]);
        let principals = tenant.service_principals.items.iter().enumerate();
        let by_app = principals.filter_map(|(at, found)| Some((found.app_id.clone().ok()?, at))).collect();
        Self { all, by_app, groups: RefCell::default() }
    }
}

/// Every application that the tenant tells apart from all others.
#[must_use]
pub fn applications(tenant: &Tenant) -> BTreeSet<Id> {
    Resources::of(tenant, &BTreeSet::new()).all
}

/// Applications that inbound settings list.
fn of_settings(tenant: &Tenant) -> Vec<Id> {
    let defaults = tenant.cross_tenant_default.items.iter();
    let defaults = defaults.flat_map(|own| [own.collaboration_inbound.as_ref(), own.direct_connect_inbound.as_ref()]);
    let partners = tenant.cross_tenant_partners.items.iter();
    let partners = partners.flat_map(|own| [&own.collaboration_inbound, &own.direct_connect_inbound]);
    let settings = defaults.flatten().chain(partners.filter_map(|own| own.as_ref().ok()?.as_ref()));
    let targets = settings.filter_map(|setting| setting.applications.as_ref()).flat_map(|list| &list.targets);
    targets.filter_map(Ref::id).cloned().collect()
}

/// What an application has to do with a group: it is in it, or it is not known whether.
enum Belongs {
    Yes,
    No,
    Unknown,
}

impl Compiler<'_> {
    pub(super) fn service_principal(&self, application: &Id) -> Option<&ServicePrincipal> {
        self.resources.by_app.get(application).and_then(|at| self.tenant.service_principals.items.get(*at))
    }

    /// Whether the application is in a group that `belongs` tells the members of. `at` is the application, or `None` for
    /// the one that is signed in to.
    fn in_group(
        &self,
        name: &str,
        at: Option<&Id>,
        export: Option<Kind>,
        belongs: &dyn Fn(&Self, &Id) -> Belongs,
    ) -> Term {
        let perhaps = format!("{name}, perhaps");
        let unknown = || self.unknown(format!("applications in {perhaps} are in it"), export);
        if let Some(at) = at {
            return match belongs(self, at) {
                Belongs::Yes => Term::True,
                Belongs::No => Term::False,
                Belongs::Unknown => unknown(),
            };
        }
        let known = self.resources.groups.borrow().contains_key(name);
        if !known {
            let (mut members, mut others) = (BTreeSet::new(), BTreeSet::new());
            for id in &self.resources.all {
                match belongs(self, id) {
                    Belongs::Yes => members.insert(id.clone()),
                    Belongs::Unknown => others.insert(id.clone()),
                    Belongs::No => false,
                };
            }
            let mut groups = self.resources.groups.borrow_mut();
            groups.insert(name.to_owned(), members);
            groups.insert(perhaps.clone(), others);
        }
        let empty = |group: &str| self.resources.groups.borrow().get(group).is_none_or(BTreeSet::is_empty);
        let one = |group: &str| {
            if empty(group) { Term::False } else { self.types.resource_in("ApplicationGroup", &[group]) }
        };
        let open = one(&perhaps);
        let open = if open == Term::False { open } else { open & unknown() };
        one(name) | open
    }

    pub(super) fn is_application(&self, id: &Id, at: Option<&Id>) -> Term {
        match at {
            Some(at) => Term::from(at == id),
            None => self.types.resource_in("Application", &[id.as_str()]),
        }
    }

    pub(super) fn is_of_office(&self, at: Option<&Id>) -> Term {
        self.in_group("Office365", at, None, &|own, id| {
            if is_office_365(id.as_str()) {
                return Belongs::Yes;
            }
            let open = known_application(id.as_str()).is_none()
                && own.service_principal(id).is_some()
                && matches!(own.owner(id), Belongs::Yes);
            if open { Belongs::Unknown } else { Belongs::No }
        })
    }

    /// Whether Microsoft owns it.
    fn owner(&self, id: &Id) -> Belongs {
        if known_application(id.as_str()).is_some() {
            return Belongs::Yes;
        }
        match self.service_principal(id).map(ServicePrincipal::is_microsofts) {
            Some(Ok(true)) => Belongs::Yes,
            Some(Ok(false)) => Belongs::No,
            _ => Belongs::Unknown,
        }
    }

    pub(super) fn is_microsofts(&self, at: Option<&Id>) -> Term {
        self.in_group("Microsoft", at, Some(Kind::ServicePrincipal), &Self::owner)
    }

    fn is_portal(&self, at: Option<&Id>) -> Term {
        self.in_group("MicrosoftAdminPortals", at, None, &|_, id| {
            if is_admin_portal(id.as_str()) {
                Belongs::Yes
            } else if is_perhaps_admin_portal(id.as_str()) {
                Belongs::Unknown
            } else {
                Belongs::No
            }
        })
    }

    /// Whether a policy covers the application itself (CA-3.4 to CA-3.10).
    pub(super) fn covers(&self, policy: &Id, applications: &Applications, at: Option<&Id>) -> Term {
        let filter = |mode: FilterMode| {
            let found = applications.filter.iter().filter(move |filter| filter.mode == mode);
            found.map(|filter| self.has_attributes(policy, &filter.rule, at))
        };
        let odd = applications.filter.iter().filter(|filter| !filter.mode.is_known());
        let odd = odd.map(|_| self.unknown(format!("the application filter of policy {policy} takes them in"), None));
        let listed = |list: &[Ref]| -> Vec<Term> {
            // Most lists are of ids, which make one test.
            let named = list.iter().filter_map(Ref::id).map(Id::as_str);
            // CA-3.15: one id may stand for several.
            let ids: BTreeSet<&str> =
                named.flat_map(|id| std::iter::once(id).chain(grouped(id).iter().copied())).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            let by_id = match at {
                Some(at) => Term::from(ids.contains(&at.as_str())),
                None => self.types.resource_in("Application", &ids),
            };
            let others = list.iter().filter(|found| found.id().is_none());
            std::iter::once(by_id).chain(others.map(|found| self.is_listed(policy, found, at))).collect()
        };
        let included = Term::any(
            listed(&applications.include_applications).into_iter().chain(filter(FilterMode::Include)).chain(odd),
        );
        let excluded =
            Term::any(listed(&applications.exclude_applications).into_iter().chain(filter(FilterMode::Exclude)));
        included & !excluded
    }

    fn is_listed(&self, policy: &Id, found: &Ref, at: Option<&Id>) -> Term {
        match found {
            Ref::Keyword(Keyword::All) => Term::True,
            Ref::Keyword(Keyword::Office365) => self.is_of_office(at),
            Ref::Keyword(Keyword::MicrosoftAdminPortals) => self.is_portal(at),
            Ref::Keyword(Keyword::Undocumented(word)) => {
                self.unknown(format!("`{word}` of policy {policy} takes in the application"), None)
            }
            Ref::Keyword(_) => Term::False,
            Ref::Id(id) => self.is_application(id, at),
            Ref::Name(name) => {
                let named = |found: &&ServicePrincipal| {
                    found.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                };
                let ids: Vec<&Id> = self
                    .tenant
                    .service_principals
                    .items
                    .iter()
                    .filter(named)
                    .filter_map(|found| found.app_id.as_ref().ok())
                    .collect();
                if self.tenant.service_principals.items.iter().any(|found| named(&found)) {
                    return Term::any(ids.into_iter().map(|id| self.is_application(id, at)));
                }
                self.unknown(format!("`{name}` of policy {policy} is the application"), Some(Kind::ServicePrincipal))
            }
        }
    }

    /// An application filter: custom security attributes of the service principal (CA-3.10).
    fn has_attributes(&self, policy: &Id, rule: &FilterRule, at: Option<&Id>) -> Term {
        let name = format!("filter of policy {policy}");
        self.in_group(&name, at, Some(Kind::ServicePrincipal), &|own, id| {
            let attributes = match own.service_principal(id).map(|found| &found.security_attributes) {
                Some(Ok(attributes)) => attributes.as_slice(),
                None if own.tenant.service_principals.coverage.is_complete() => &[],
                _ => return Belongs::Unknown,
            };
            match rule_holds(rule, &|comparison| comparison.holds_for_application(attributes)) {
                Some(true) => Belongs::Yes,
                Some(false) => Belongs::No,
                None => Belongs::Unknown,
            }
        })
    }

    /// Whether a sign-in to an application meets the policy (CA-3.1 to CA-3.20): one that covers a service which the
    /// application depends on counts as well (CA-3.18).
    pub(super) fn is_requested(&self, policy: &Id, applications: &Applications) -> Term {
        let own = self.covers(policy, applications, None);
        if own == Term::True {
            return own;
        }
        let through = EARLY_BOUND.iter().map(|(id, others)| {
            let covered =
                Term::any(others.iter().map(|other| self.covers(policy, applications, Some(&Id::new(other)))));
            if covered == Term::False { covered } else { self.is_application(&Id::new(id), None) & covered }
        });
        let through = Term::any(through);
        // AM-44.
        let followed = "sign-ins meet the policies of services that their application depends on";
        let through = if through == Term::False { through } else { through & self.ask("AM-44", followed) };
        // CA-3.30.
        let covered = |id: &str| self.covers(policy, applications, Some(&Id::new(id)));
        let management = covered(AZURE_MANAGEMENT);
        let dependents = if management == Term::False {
            Term::False
        } else {
            let open = AZURE_MANAGEMENT_DEPENDENTS.iter().copied().filter(|id| covered(id) != Term::True);
            let reached = "policies on Windows Azure Service Management API reach services that depend on it";
            let open = self.types.resource_in("Application", &open.collect::<Vec<_>>());
            if open == Term::False { open } else { open & management & self.ask("AM-42", reached) }
        };
        Term::any([own, through, dependents])
    }
}

/// Whether a rule holds; `None` where that depends on a comparison of which it is not known.
fn rule_holds(rule: &FilterRule, compare: &dyn Fn(&Comparison) -> Option<bool>) -> Option<bool> {
    // Whether one of them is `decisive`, which decides for all.
    let one = |rules: &[FilterRule], decisive: bool| {
        let all: Vec<Option<bool>> = rules.iter().map(|rule| rule_holds(rule, compare)).collect();
        if all.contains(&Some(decisive)) {
            return Some(decisive);
        }
        if all.contains(&None) { None } else { Some(!decisive) }
    };
    match rule {
        FilterRule::Compare(comparison) => compare(comparison),
        FilterRule::And(rules) => one(rules, false),
        FilterRule::Or(rules) => one(rules, true),
        FilterRule::Not(rule) => rule_holds(rule, compare).map(|holds| !holds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Loader;

    /// An application that only a cross-tenant setting names is another one than any other.
    #[test]
    fn what_settings_list_is_told_apart() {
        let id = "0a000000-0000-4000-8000-000000000001";
        let all = |access: &str, target: &str, kind: &str| {
            format!(r#"{{"accessType":"{access}","targets":[{{"target":"{target}","targetType":"{kind}"}}]}}"#)
        };
        let text = format!(
            r#"{{"crossTenantAccessPolicyPartners":[{{"tenantId":"0f000000-0000-4000-8000-000000000001",
                "b2bCollaborationInbound":{{"usersAndGroups":{},"applications":{}}}}}]}}"#,
            all("allowed", "AllUsers", "user"),
            all("blocked", id, "application")
        );
        let mut loader = Loader::default();
        loader.file("export.json".to_owned(), text.as_bytes());
        let loaded = loader.finish();
        assert!(applications(&loaded.tenant).contains(&Id::new(id)), "{:?}", loaded.problems);
    }
}
