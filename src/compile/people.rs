//! Users of the export: what kind of people they are and where their credentials live (CA-2.14 to CA-2.24).

use std::collections::{BTreeMap, BTreeSet};

use super::{Compiler, Term, term};
use crate::model::{
    ConnectedOrganization, ExternalTenants, ExternalUserState, ExternalUserType, Id, Identity, IdentitySource, Tenant,
    User, UserType,
};

/// The home of whoever comes from an Entra tenant that nothing names.
pub const ANY_OTHER_TENANT: &str = "any-other-tenant";
/// The home of whoever comes from a partner that was not exported.
pub const UNSEEN_PARTNER: &str = "partner-not-exported";
/// What stands where an attribute of a user is not known.
pub const NOT_KNOWN: &str = "not known";
/// Every Entra tenant that is not this one.
pub(super) const ENTRA: &str = "entra";
/// An Entra tenant of which the export does not tell which it is.
pub const SOME_TENANT: &str = "some-tenant";
/// Such a tenant, or none at all.
pub const SOME_TENANT_OR_NONE: &str = "some-tenant-or-none";
/// The kind of internal members.
pub(super) const INTERNAL_MEMBER: &str = "internalMember";

/// A user of the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Individual {
    pub(super) id: Id,
    pub(super) name: String,
    /// Several where the export does not tell which.
    pub(super) kind: Kinds,
    pub(super) home: Option<Home>,
    pub(super) provider: &'static str,
    pub(super) account: &'static str,
    pub(super) invitation: &'static str,
    pub(super) domain: String,
}

/// What somebody may be; `None` is an internal member.
pub(super) type Kinds = Vec<Option<ExternalUserType>>;

/// Where credentials live that are not this tenant's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    Tenant(Id),
    Some,
    SomeOrNone,
}

impl Home {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Tenant(id) => id.as_str(),
            Self::Some => SOME_TENANT,
            Self::SomeOrNone => SOME_TENANT_OR_NONE,
        }
    }
}

/// Everybody in the export, and the homes that the tenant can tell apart.
#[derive(Debug)]
pub(super) struct People {
    pub(super) users: Vec<Individual>,
    /// Tenants that a partner, a policy or a user's domain names.
    pub(super) tenants: BTreeSet<Id>,
    /// Sets of kinds that some user may be.
    pub(super) open_kinds: BTreeSet<Kinds>,
    /// Whether there is somebody whose home is not known, and somebody who may have none.
    pub(super) open_homes: (bool, bool),
    /// Whether something is not known of somebody's account, invitation or provider.
    pub(super) open_accounts: bool,
    pub(super) open_invitations: bool,
    pub(super) open_providers: bool,
    /// Positions of users by id.
    by_id: BTreeMap<Id, usize>,
}

impl People {
    pub(super) fn of(tenant: &Tenant, mentioned: &BTreeSet<Id>, given: &BTreeMap<String, Id>) -> Self {
        let mut homes = homes(tenant);
        homes.extend(given.iter().map(|(domain, id)| (domain.to_ascii_lowercase(), BTreeSet::from([id.clone()]))));
        let users: Vec<Individual> = tenant.users.items.iter().map(|user| individual(user, &homes)).collect();
        let mut tenants: BTreeSet<Id> =
            tenant.cross_tenant_partners.items.iter().map(|partner| partner.id.clone()).collect();
        for users in tenant.conditional_access.items.iter().filter_map(|policy| policy.users.as_ref().ok()) {
            for scope in users.include_guests.iter().chain(&users.exclude_guests) {
                if let ExternalTenants::Enumerated(ids) = &scope.tenants {
                    tenants.extend(ids.iter().cloned());
                }
            }
        }
        for source in
            tenant.connected_organizations.items.iter().flat_map(|found| found.identity_sources.iter().flatten())
        {
            if let IdentitySource::Tenant { id: Some(id), .. } = source {
                tenants.insert(id.clone());
            }
        }
        let holders = tenant.role_assignments.items.iter();
        tenants.extend(holders.filter_map(|assignment| tenant.holder_from_outside(assignment)).cloned());
        tenants.extend(mentioned.iter().cloned());
        for user in &users {
            if let Some(Home::Tenant(id)) = &user.home {
                tenants.insert(id.clone());
            }
        }
        let any = |test: &dyn Fn(&Individual) -> bool| users.iter().any(test);
        Self {
            tenants,
            open_kinds: users.iter().map(|user| user.kind.clone()).filter(|kinds| kinds.len() > 1).collect(),
            open_homes: (any(&|user| user.home == Some(Home::Some)), any(&|user| user.home == Some(Home::SomeOrNone))),
            open_accounts: any(&|user| user.account == NOT_KNOWN),
            open_invitations: any(&|user| user.invitation == NOT_KNOWN),
            open_providers: any(&|user| user.provider == NOT_KNOWN),
            by_id: users.iter().enumerate().map(|(at, user)| (user.id.clone(), at)).collect(),
            users,
        }
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Individual> {
        self.by_id.get(id).and_then(|at| self.users.get(*at))
    }
}

/// The word for a set of kinds.
pub(super) fn kinds_word(kinds: &[Option<ExternalUserType>]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind_word(*kind)).collect();
    words.join(" or ")
}

pub(super) fn kind_word(kind: Option<ExternalUserType>) -> &'static str {
    kind.map_or(INTERNAL_MEMBER, ExternalUserType::as_str)
}

/// Entra tenants behind mail domains, as connected organizations are named after them (AM-28): several where two are named
/// after one domain.
type Homes = BTreeMap<String, BTreeSet<Id>>;

fn homes(tenant: &Tenant) -> Homes {
    let mut found = Homes::new();
    for source in tenant.connected_organizations.items.iter().flat_map(|found| found.identity_sources.iter().flatten())
    {
        if let IdentitySource::Tenant { id: Some(id), name: Some(name), .. } = source
            && name.contains('.')
        {
            found.entry(name.to_ascii_lowercase()).or_default().insert(id.clone());
        }
    }
    found
}

/// The tenant behind somebody's domains, where each of them names the same one and no other.
fn behind(user: &User, homes: &Homes) -> Option<Id> {
    let nobodys = BTreeSet::new();
    let domains = user.home_domains();
    let mut named = domains.iter().map(|domain| homes.get(domain).unwrap_or(&nobodys));
    let first = named.next()?;
    (first.len() == 1 && named.all(|other| other == first)).then(|| first.first().cloned()).flatten()
}

fn individual(user: &User, homes: &Homes) -> Individual {
    let kind = kinds(user);
    let outside = kind.iter().any(|kind| !matches!(kind, None | Some(ExternalUserType::InternalGuest)));
    let domain = user.mail_domain().unwrap_or_default();
    let (home, provider) = if outside { home(user, homes) } else { (None, "thisTenant") };
    let name = [user.display_name.as_ref().ok(), user.user_principal_name.as_ref().ok()];
    Individual {
        id: user.id.clone(),
        name: name.into_iter().flatten().next().map_or_else(|| user.id.to_string(), Clone::clone),
        kind,
        home,
        provider,
        account: match user.enabled {
            Ok(true) => "enabled",
            Ok(false) => "disabled",
            Err(_) => NOT_KNOWN,
        },
        invitation: match &user.external_state {
            Ok(Some(ExternalUserState::PendingAcceptance)) => "pending",
            Err(_) if outside => NOT_KNOWN,
            _ => "none",
        },
        domain,
    }
}

/// The external user type by `userType` and where somebody authenticates; several where the export lacks one of them.
fn kinds(user: &User) -> Kinds {
    use ExternalUserType::{B2bCollaborationGuest, B2bCollaborationMember, InternalGuest, OtherExternalUser};
    let guest = |outside: bool| Some(if outside { B2bCollaborationGuest } else { InternalGuest });
    let member = |outside: bool| outside.then_some(B2bCollaborationMember);
    match (&user.user_type, authenticates_outside(user)) {
        (Ok(Some(UserType::Guest)), Some(outside)) => vec![guest(outside)],
        // A guest who signed in differently is external either way.
        (Ok(Some(UserType::Guest)), None) => vec![guest(true)],
        // Of no user type, they are none of the types that ask for one (CA-2.33).
        (Ok(None), Some(true)) => vec![Some(OtherExternalUser)],
        (Ok(None), None) => vec![Some(OtherExternalUser), None],
        (Ok(Some(UserType::Member) | None), Some(outside)) => vec![member(outside)],
        (Ok(Some(UserType::Member)), None) => vec![member(true), member(false)],
        // Where somebody authenticates does not tell the user type (CA-2.23).
        (Err(crate::model::Gap::NotExported), Some(true)) => vec![guest(true), member(true), Some(OtherExternalUser)],
        _ => vec![guest(true), guest(false), member(true), member(false)],
    }
}

fn authenticates_outside(user: &User) -> Option<bool> {
    let redeems = [ExternalUserState::PendingAcceptance, ExternalUserState::Accepted];
    let invited = matches!(&user.external_state, Ok(Some(state)) if redeems.contains(state));
    let external_name = user.user_principal_name.as_ref().is_ok_and(|name| name.to_ascii_uppercase().contains("#EXT#"));
    let invitation = matches!(&user.creation_type, Ok(Some(kind)) if kind.eq_ignore_ascii_case("Invitation"));
    if invited || external_name || invitation {
        return Some(true);
    }
    // A state that nobody knows is one of somebody who was invited.
    if matches!(
        user.external_state,
        Ok(Some(ExternalUserState::Undocumented(_))) | Err(crate::model::Gap::NotUnderstood)
    ) {
        return None;
    }
    match &user.identities {
        Ok(identities) => Some(identities.iter().any(|identity| foreign_issuer(identity).is_some())),
        // The name of an internal member says enough.
        Err(_) if user.user_principal_name.is_err() => None,
        Err(_) if user.external_state.is_ok() || user.user_type == Ok(Some(UserType::Member)) => Some(false),
        Err(_) => None,
    }
}

/// The issuer of an identity that is not this tenant's own: one that is documented, an address, or any that federates.
fn foreign_issuer(identity: &Identity) -> Option<&str> {
    let issuer = identity.issuer.as_deref().unwrap_or_default();
    let known = ["ExternalAzureAD", "MicrosoftAccount", "mail", "google.com", "facebook.com"];
    let federated = identity.sign_in_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("federated"));
    let foreign = federated || issuer.contains(':') || known.iter().any(|known| known.eq_ignore_ascii_case(issuer));
    foreign.then_some(issuer)
}

fn home(user: &User, homes: &Homes) -> (Option<Home>, &'static str) {
    let issuer = user.identities.as_ref().ok().and_then(|identities| identities.iter().find_map(foreign_issuer));
    let behind = behind(user, homes).map(Home::Tenant);
    match issuer {
        None if behind.is_some() => (behind, "entra"),
        None => (Some(Home::SomeOrNone), NOT_KNOWN),
        Some(issuer) if issuer.eq_ignore_ascii_case("ExternalAzureAD") => (behind.or(Some(Home::Some)), "entra"),
        Some(issuer) if issuer.eq_ignore_ascii_case("mail") => (None, "oneTimePasscode"),
        Some(issuer) if issuer.eq_ignore_ascii_case("google.com") => (None, "google"),
        Some(issuer) if issuer.eq_ignore_ascii_case("facebook.com") => (None, "facebook"),
        Some(issuer) if issuer.eq_ignore_ascii_case("MicrosoftAccount") => (None, "microsoftAccount"),
        Some(_) => (None, "federation"),
    }
}

/// Kinds of people that controls and gates tell apart.
impl Compiler<'_> {
    /// Whether the person is of one of these kinds; `None` is an internal member.
    pub(super) fn is_kind(&self, kinds: &[Option<ExternalUserType>]) -> Term {
        let mut words: Vec<String> = kinds.iter().map(|kind| kind_word(*kind).to_owned()).collect();
        let mut open = Vec::new();
        for candidates in &self.people.open_kinds {
            let inside = candidates.iter().filter(|kind| kinds.contains(kind)).count();
            let word = kinds_word(candidates);
            if inside == candidates.len() {
                words.push(word);
            } else if inside > 0 {
                let is_it = self.is_candidate(&word, candidates, kinds);
                open.push(term::principal("kind").is(&word) & is_it);
            }
        }
        let known = term::principal("kind").is_one_of(words.iter().map(String::as_str));
        Term::any(std::iter::once(known).chain(open))
    }

    /// Whether whoever may be any of the candidates is one of these kinds. They are exactly one of them: the first that is
    /// said to be, else the last.
    fn is_candidate(&self, word: &str, candidates: &Kinds, kinds: &[Option<ExternalUserType>]) -> Term {
        let Some((last, others)) = candidates.split_last() else { return Term::False };
        others.iter().rev().fold(Term::from(kinds.contains(last)), |otherwise, kind| {
            let name = format!("whoever is {word} is {}", kind_word(*kind));
            let is_it = self.unknown(name, Some(crate::model::Kind::User));
            if kinds.contains(kind) { is_it | otherwise } else { !is_it & otherwise }
        })
    }

    /// From outside, of any external user type.
    pub(super) fn is_external(&self) -> Term {
        self.is_kind(&ExternalUserType::ALL.map(Some))
    }

    /// Whose credentials live in this tenant.
    pub(super) fn is_internal(&self) -> Term {
        self.is_kind(&[None, Some(ExternalUserType::InternalGuest)])
    }

    pub(super) fn is_direct(&self) -> Term {
        self.is_kind(&[Some(ExternalUserType::B2bDirectConnectUser)])
    }

    pub(super) fn is_service_provider(&self) -> Term {
        self.is_kind(&[Some(ExternalUserType::ServiceProvider)])
    }

    /// B2B collaboration, and whoever is none of the other external user types.
    pub(super) fn collaborates(&self) -> Term {
        use ExternalUserType::{B2bCollaborationGuest, B2bCollaborationMember, OtherExternalUser};
        self.is_kind(&[Some(B2bCollaborationGuest), Some(B2bCollaborationMember), Some(OtherExternalUser)])
    }

    /// Whether an object stands, or is made, for the person: not for direct connect and service providers (SI-1.21,
    /// SI-1.22).
    pub(super) fn has_object(&self) -> Term {
        !(self.is_direct() | self.is_service_provider())
    }

    /// Whether the person is a user of the export.
    #[expect(clippy::unused_self, reason = "beside its like")]
    pub(super) fn exists(&self) -> Term {
        term::principal("exists").holds()
    }

    /// Whether another Entra tenant is the person's home.
    pub(super) fn has_entra_home(&self) -> Term {
        let known = self.types.principal_in("Home", &[ENTRA]);
        if !self.people.open_homes.1 {
            return known;
        }
        let name = "whoever may come from an Entra tenant does".to_owned();
        known
            | self.types.principal_in("Home", &[SOME_TENANT_OR_NONE])
                & self.unknown(name, Some(crate::model::Kind::User))
    }

    /// Whether the person's home is one of these tenants. `what` says which, for people of whom that is not known.
    pub(super) fn is_home_among(&self, ids: &[&str], what: &str) -> Term {
        if ids.is_empty() {
            return Term::False;
        }
        let known = self.types.principal_in("Home", ids);
        let open = self.is_home_open();
        if open == Term::False {
            return known;
        }
        known | open & self.unknown(format!("home is {what}"), Some(crate::model::Kind::User))
    }

    /// Whether it is not known which tenant the person's home is.
    pub(super) fn is_home_open(&self) -> Term {
        let mut ids = self.open_homes();
        if !self.tenant.cross_tenant_partners.coverage.is_complete() {
            ids.push(UNSEEN_PARTNER);
        }
        self.types.principal_in("Home", &ids)
    }

    /// Whether it is not known whether the person's home makes up a connected organization. A partner that was not exported
    /// is none of the tenants that organizations name (W-1.3).
    pub(super) fn is_organization_open(&self) -> Term {
        let mut ids = self.open_homes();
        if !self.tenant.cross_tenant_partners.coverage.is_complete()
            && !self.tenant.connected_organizations.items.iter().all(ConnectedOrganization::names_its_people)
        {
            ids.push(UNSEEN_PARTNER);
        }
        self.types.principal_in("Home", &ids)
    }

    /// Homes of users of whom it is not known which tenant it is.
    fn open_homes(&self) -> Vec<&'static str> {
        let (some, some_or_none) = self.people.open_homes;
        let all = [(some, SOME_TENANT), (some_or_none, SOME_TENANT_OR_NONE)];
        all.into_iter().filter(|(is_any, _)| *is_any).map(|(_, id)| id).collect()
    }

    /// What rules ask of people, by attribute and value, or by type and id of what they are in.
    pub(super) fn told_of_people(&self) -> BTreeMap<(String, String), Term> {
        let mut all = BTreeMap::new();
        let mut add = |what: &str, value: &str, term: Term| {
            all.insert((what.to_owned(), value.to_owned()), term);
        };
        for kind in ExternalUserType::ALL {
            add("kind", kind.as_str(), self.is_kind(&[Some(kind)]) & self.is_external());
        }
        for provider in PROVIDERS {
            let mut is_it = term::principal("provider").is(provider);
            if self.people.open_providers {
                let name = format!("whoever signs in differently does so by {provider}");
                let open = term::principal("provider").is(NOT_KNOWN);
                is_it = is_it | open & self.unknown(name, Some(crate::model::Kind::User));
            }
            add("provider", provider, is_it);
        }
        for home in self.people.tenants.iter().map(Id::as_str).chain([ANY_OTHER_TENANT]) {
            add("homeTenant", home, self.is_home_among(&[home], home));
        }
        add("has", "homeTenant", self.has_entra_home());
        add("is", "ExternalUser", self.is_external());
        add("is", "InternalUser", self.is_kind(&[None]));
        let emergency = self.tenant.users.items.iter().filter(|user| {
            self.mentions.emergency_accounts.iter().any(|known| {
                *known == *user.id.as_str()
                    || user.user_principal_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(known))
            })
        });
        add("isEmergencyAccount", "true", Term::any(emergency.map(|user| self.is_person(&user.id))));
        add("given", "resource.appId", self.is_given());
        for group in &self.mentions.groups {
            add("Group", group.as_str(), self.in_group_of(&crate::model::Ref::Id(group.clone())));
        }
        for organization in &self.tenant.connected_organizations.items {
            let id = organization.id.as_str();
            let known = self.types.principal_in("ConnectedOrganization", &[id]);
            let name = format!("whoever comes from a home that is not known is of connected organization {id}");
            let open = self.is_organization_open();
            let term = if open == Term::False {
                known
            } else {
                known | open & self.unknown(name, Some(crate::model::Kind::User))
            };
            add("ConnectedOrganization", id, term);
        }
        all
    }
}

/// Who may vouch for somebody at the first factor.
pub(super) const PROVIDERS: [&str; 7] =
    ["entra", "oneTimePasscode", "google", "facebook", "microsoftAccount", "federation", "thisTenant"];
