//! Who signs in: a user of the export, or somebody described.

use std::collections::{BTreeMap, BTreeSet};

use super::super::class::{external_type, foreign_issuer};
use super::super::{Answer, Home, Why, taken_in};
use crate::model::{
    Candidate, ExternalUserState, ExternalUserType, Group, Id, IdentitySource, Intake, Kind, Ref, Tenant, User,
    UserType,
};

/// Who vouches for somebody at the first factor (CA-2.21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Another Entra tenant.
    Entra,
    /// A one-time passcode by mail.
    OneTimePasscode,
    /// Google.
    Google,
    /// Facebook.
    Facebook,
    /// A Microsoft account.
    MicrosoftAccount,
    /// SAML or WS-Federation.
    Federation,
    /// This tenant.
    Here,
    /// The export does not tell.
    Unknown,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Entra,
        Self::OneTimePasscode,
        Self::Google,
        Self::Facebook,
        Self::MicrosoftAccount,
        Self::Federation,
        Self::Here,
        Self::Unknown,
    ];

    /// A short name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "Microsoft Entra",
            Self::OneTimePasscode => "one-time passcode",
            Self::Google => "Google",
            Self::Facebook => "Facebook",
            Self::MicrosoftAccount => "Microsoft account",
            Self::Federation => "SAML or WS-Federation",
            Self::Here => "this tenant",
            Self::Unknown => "not known",
        }
    }
}

/// What stands for somebody in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DirectoryObject {
    /// A user of the export.
    User(Id),
    /// A user who is not in the export: somebody who is invited.
    Invited,
    /// Nothing, although something is needed.
    Missing,
    /// Nothing, and nothing is needed: direct connect and service providers (SI-1.21, SI-1.22).
    NotNeeded,
}

/// Somebody who signs in.
#[derive(Debug, Clone)]
pub struct Subject {
    /// How they are called.
    pub name: String,
    /// What stands for them.
    pub object: DirectoryObject,
    /// What they may be: `None` is an internal member. Several where the export or the documents do not tell; never
    /// empty.
    pub kinds: Vec<Option<ExternalUserType>>,
    /// Why there are several.
    pub kinds_open: Option<Why>,
    /// Where their credentials live.
    pub home: Home,
    /// Who vouches for them.
    pub provider: Provider,
    /// Mail domain, in lower case.
    pub domain: Option<String>,
    /// Groups of this tenant that they are in, directly or not, beyond those of the export.
    pub groups: BTreeSet<Id>,
    /// Those of them that they are in directly.
    pub direct_groups: BTreeSet<Id>,
    /// Applications that they are taken to be assigned to, by id: what an access package would grant.
    pub granted: BTreeSet<Id>,
    /// Directory roles that they hold over the whole tenant beyond those of the export, by definition or template: what they
    /// have activated, or an access package gives.
    pub roles: BTreeSet<Id>,
    /// How many groups they are in, where that is given.
    pub group_count: Option<usize>,
    /// Their object id at home.
    pub home_id: Option<Id>,
    /// Groups of their home tenant that they are in; `None` is not known.
    pub home_groups: Option<BTreeSet<Id>>,
    /// Whether their tenant is in another Microsoft cloud.
    pub other_cloud: bool,
    /// Whether they may sign in.
    pub enabled: Answer,
    /// Whether they still have to redeem their invitation.
    pub pending: Answer,
    /// Whether they are yet to be invited, by an access package that they request: not only has the invitation to be
    /// redeemed, it has to be sent (EM-5.1).
    pub to_invite: bool,
    /// Methods that they registered at home, where that is known.
    pub registered_at_home: Option<BTreeSet<String>>,
    /// Methods that they registered in this tenant, where that is known.
    pub registered_here: Option<BTreeSet<String>>,
    /// Whether a direct connect user has a guest object as well (CA-2.28).
    pub guest_here_too: bool,
}

/// How somebody described comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outsider {
    /// B2B collaboration, `userType` Guest, from an Entra tenant.
    Guest(Id),
    /// B2B collaboration, `userType` Member, from an Entra tenant.
    Member(Id),
    /// B2B collaboration from an Entra tenant that no setting names.
    GuestOfAnyOther,
    /// B2B collaboration without an Entra tenant.
    WithoutTenant(Provider),
    /// B2B direct connect.
    DirectConnect(Id),
    /// A technician of a service provider.
    ServiceProvider(Id),
    /// A guest whose credentials this tenant manages.
    InternalGuest,
    /// None of the other external user types, with an Entra tenant.
    Other(Id),
}

impl Subject {
    /// Somebody described.
    #[must_use]
    pub fn described(outsider: &Outsider, name: String) -> Self {
        let (kind, home, provider) = match outsider {
            Outsider::Guest(id) => (ExternalUserType::B2bCollaborationGuest, Home::Tenant(id.clone()), Provider::Entra),
            Outsider::Member(id) => {
                (ExternalUserType::B2bCollaborationMember, Home::Tenant(id.clone()), Provider::Entra)
            }
            Outsider::GuestOfAnyOther => (ExternalUserType::B2bCollaborationGuest, Home::OtherTenant, Provider::Entra),
            Outsider::WithoutTenant(provider) => (ExternalUserType::B2bCollaborationGuest, Home::NoTenant, *provider),
            Outsider::DirectConnect(id) => {
                (ExternalUserType::B2bDirectConnectUser, Home::Tenant(id.clone()), Provider::Entra)
            }
            Outsider::ServiceProvider(id) => {
                (ExternalUserType::ServiceProvider, Home::Tenant(id.clone()), Provider::Entra)
            }
            Outsider::InternalGuest => (ExternalUserType::InternalGuest, Home::NoTenant, Provider::Here),
            Outsider::Other(id) => (ExternalUserType::OtherExternalUser, Home::Tenant(id.clone()), Provider::Entra),
        };
        Self::at_large(vec![Some(kind)], home, provider, name)
    }

    /// Somebody who is no user of the export, by what they may be, where their credentials live and who vouches for them.
    #[must_use]
    pub fn at_large(kinds: Vec<Option<ExternalUserType>>, home: Home, provider: Provider, name: String) -> Self {
        let unseen = [Some(ExternalUserType::B2bDirectConnectUser), Some(ExternalUserType::ServiceProvider)];
        let object = match kinds.as_slice() {
            [only] if unseen.contains(only) => DirectoryObject::NotNeeded,
            _ => DirectoryObject::Invited,
        };
        Self {
            name,
            object,
            kinds,
            kinds_open: None,
            home,
            provider,
            domain: None,
            groups: BTreeSet::new(),
            direct_groups: BTreeSet::new(),
            granted: BTreeSet::new(),
            roles: BTreeSet::new(),
            group_count: None,
            home_id: None,
            home_groups: None,
            other_cloud: false,
            enabled: Answer::Yes,
            pending: Answer::No,
            to_invite: false,
            registered_at_home: None,
            registered_here: None,
            guest_here_too: false,
        }
    }

    /// Somebody with an account in this tenant of whom nothing but its id is known.
    #[must_use]
    pub fn of_id(id: &Id) -> Self {
        let missing = |what: &str| Why::missing(Kind::User, format!("user `{id}` is not in the export: {what}"));
        Self {
            object: DirectoryObject::User(id.clone()),
            kinds: vec![
                Some(ExternalUserType::B2bCollaborationGuest),
                Some(ExternalUserType::InternalGuest),
                Some(ExternalUserType::B2bCollaborationMember),
                None,
            ],
            kinds_open: Some(missing("whether and how they are from outside is not known")),
            home: Home::UnknownTenant,
            provider: Provider::Unknown,
            enabled: Answer::Unknown(missing("whether the account is enabled is not known")),
            pending: Answer::Unknown(missing("whether an invitation is still to be redeemed is not known")),
            ..Self::described(&Outsider::InternalGuest, id.to_string())
        }
    }

    /// Somebody of an external user type from a tenant that is not told.
    #[must_use]
    pub fn of_kind(kind: ExternalUserType) -> Self {
        let nowhere = Id::new("");
        let outsider = match kind {
            ExternalUserType::InternalGuest => Outsider::InternalGuest,
            ExternalUserType::B2bCollaborationGuest => Outsider::Guest(nowhere),
            ExternalUserType::B2bCollaborationMember => Outsider::Member(nowhere),
            ExternalUserType::B2bDirectConnectUser => Outsider::DirectConnect(nowhere),
            ExternalUserType::OtherExternalUser => Outsider::Other(nowhere),
            ExternalUserType::ServiceProvider => Outsider::ServiceProvider(nowhere),
        };
        let mut subject = Self::described(&outsider, format!("somebody of type {kind}"));
        if kind != ExternalUserType::InternalGuest {
            subject.home = Home::UnknownTenant;
            // Direct connect and service providers are between Entra tenants only.
            if subject.object != DirectoryObject::NotNeeded {
                subject.provider = Provider::Unknown;
            }
        }
        subject
    }

    /// Takes what a request says of them for true, whatever the export says.
    pub fn claim(&mut self, kind: Option<ExternalUserType>, tenant: Option<&Id>) {
        if let Some(kind) = kind {
            self.kinds = vec![Some(kind)];
            self.kinds_open = None;
            match (kind, self.provider) {
                (ExternalUserType::InternalGuest, _) => {
                    self.home = Home::NoTenant;
                    self.provider = Provider::Here;
                }
                (_, Provider::Here) => {
                    self.home = Home::UnknownTenant;
                    self.provider = Provider::Unknown;
                }
                _ => {}
            }
        }
        if let Some(tenant) = tenant {
            self.home = Home::Tenant(tenant.clone());
            self.provider = Provider::Entra;
            // Whoever has a tenant elsewhere is none of those whose credentials live here.
            let outside =
                |kind: &Option<ExternalUserType>| !matches!(kind, None | Some(ExternalUserType::InternalGuest));
            if self.kinds.iter().any(outside) {
                self.kinds.retain(outside);
            }
        }
    }

    /// A user of the export (CA-2.14 to CA-2.24). `homes` maps mail domains to the Entra tenants behind them.
    #[must_use]
    pub fn of_user(user: &User, homes: &Homes) -> Self {
        let (kinds, kinds_open) = match external_type(user) {
            // Where somebody authenticates does not tell the user type (CA-2.23): they are from outside, of whichever type.
            Ok(Some(_)) if user.user_type.is_err() => {
                let text = format!("`userType` of user `{}` was not exported", user.id);
                let kinds = [
                    ExternalUserType::B2bCollaborationGuest,
                    ExternalUserType::B2bCollaborationMember,
                    ExternalUserType::OtherExternalUser,
                ];
                (kinds.map(Some).to_vec(), Some(Why::missing(Kind::User, text)))
            }
            Ok(kind) => (vec![kind], None),
            Err(why) => (possible_kinds(user), Some(why)),
        };
        let external = kinds.iter().any(|kind| !matches!(kind, None | Some(ExternalUserType::InternalGuest)));
        let domain = user.mail_domain();
        let (home, provider) = if external { homes.of(user) } else { (Home::NoTenant, Provider::Here) };
        let missing =
            |member: &str| Why::missing(Kind::User, format!("`{member}` of user `{}` was not exported", user.id));
        let pending = match &user.external_state {
            Ok(state) => Answer::from(*state == Some(ExternalUserState::PendingAcceptance)),
            Err(_) if external => Answer::Unknown(missing("externalUserState")),
            Err(_) => Answer::No,
        };
        let name = [user.display_name.as_ref().ok(), user.user_principal_name.as_ref().ok()];
        Self {
            name: name.into_iter().flatten().next().map_or_else(|| user.id.to_string(), Clone::clone),
            object: DirectoryObject::User(user.id.clone()),
            kinds,
            kinds_open,
            home,
            provider,
            domain,
            groups: BTreeSet::new(),
            direct_groups: BTreeSet::new(),
            granted: BTreeSet::new(),
            roles: BTreeSet::new(),
            group_count: None,
            home_id: None,
            home_groups: None,
            other_cloud: false,
            enabled: Answer::told(&user.enabled, |_| missing("accountEnabled")),
            pending,
            to_invite: false,
            registered_at_home: None,
            registered_here: None,
            guest_here_too: false,
        }
    }

    /// Puts them into a group, and into those that it is in.
    pub fn join(&mut self, tenant: &Tenant, group: &Id) {
        self.groups.extend(tenant.groups_of(group).into_iter().flatten().cloned());
        self.groups.insert(group.clone());
        self.direct_groups.insert(group.clone());
    }

    /// Whether they, a user of the export, are in a group: by its members, or by its rule where these were not exported
    /// (CA-2.7).
    #[must_use]
    pub fn is_member(&self, tenant: &Tenant, own: &Id, group: &Id) -> Answer {
        if let Ok(inside) = tenant.is_in_group(own, group) {
            return Answer::from(inside);
        }
        let found = tenant.groups.get(group);
        let name = found.and_then(|found| found.display_name.as_deref().ok()).unwrap_or(group.as_str());
        let by_rule = match found {
            Some(found) if matches!(found.intake(), Intake::Rule(_)) => self.is_taken_in(found, name),
            // Deleted: nobody is in it.
            None if tenant.groups.coverage.is_complete() => Answer::No,
            _ => return Answer::Unknown(unseen_members(name)),
        };
        if matches!(by_rule, Answer::Unknown(_)) { Answer::Unknown(unseen_members(name)) } else { by_rule }
    }

    /// Whether the rule of a group, or of a group within it, takes in somebody who is not here yet (CA-2.7). They are in
    /// the groups that are given, and else in none by themselves.
    #[must_use]
    pub fn is_taken_into(&self, tenant: &Tenant, group: &Ref) -> Answer {
        self.is_taken_into_anew(tenant, group, &mut BTreeSet::new())
    }

    fn is_taken_into_anew(&self, tenant: &Tenant, group: &Ref, seen: &mut BTreeSet<Id>) -> Answer {
        let Some(found) = tenant.find_group(group) else {
            if tenant.groups.coverage.is_complete() && group.id().is_some() {
                return Answer::No;
            }
            return Answer::Unknown(Why::missing(Kind::Group, format!("group `{group}` was not exported")));
        };
        let name = found.display_name.as_ref().map_or_else(|_| group.to_string(), Clone::clone);
        if found.intake() != Intake::Nobody {
            return self.is_taken_in(found, &name);
        }
        // Groups may hold each other.
        if !seen.insert(found.id.clone()) {
            return Answer::No;
        }
        let within = tenant.groups_in(found);
        let mut answers: Vec<Answer> =
            within.map(|id| self.is_taken_into_anew(tenant, &Ref::Id(id.clone()), seen)).collect();
        if found.may_hold_more_groups() {
            let why = format!("which groups are in group `{name}` was not exported");
            answers.push(Answer::Unknown(Why::missing(Kind::Group, why)));
        }
        Answer::any(answers)
    }

    /// Whether they are from outside whatever they turn out to be.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.kinds.iter().all(Option::is_some)
    }

    /// Whether they are of that kind.
    #[must_use]
    pub fn is(&self, kind: ExternalUserType) -> Answer {
        self.any_kind(|candidate| candidate == Some(kind))
    }

    /// Whether what they are passes a test: yes if every candidate does, no if none does.
    #[must_use]
    pub fn any_kind(&self, test: impl Fn(Option<ExternalUserType>) -> bool) -> Answer {
        let passed = self.kinds.iter().filter(|kind| test(**kind)).count();
        match (&self.kinds_open, passed) {
            (_, 0) => Answer::No,
            (_, passed) if passed == self.kinds.len() => Answer::Yes,
            (Some(why), _) => Answer::Unknown(why.clone()),
            (None, _) => Answer::Unknown(Why::unspecified("the external user type is not known")),
        }
    }

    /// Whether a group takes them in by itself. `name` is what the group is called.
    #[must_use]
    pub fn is_taken_in(&self, group: &Group, name: &str) -> Answer {
        let is_new = !matches!(self.object, DirectoryObject::User(_));
        let answers: Vec<Answer> =
            self.kinds.iter().map(|kind| taken_in(group, name, Candidate { kind: *kind, is_new })).collect();
        if answers.iter().all(Answer::is_yes) {
            return Answer::Yes;
        }
        if answers.iter().all(Answer::is_no) {
            return Answer::No;
        }
        let unknown = answers.into_iter().find(|answer| matches!(answer, Answer::Unknown(_)));
        unknown.or_else(|| self.kinds_open.clone().map(Answer::Unknown)).unwrap_or(Answer::No)
    }

    /// Whether their credentials live in this tenant: internal members and internal guests.
    #[must_use]
    pub fn is_internal_account(&self) -> bool {
        self.may_be_internal().is_yes()
    }

    /// The same, unknown where only some of what they may be are internal.
    #[must_use]
    pub fn may_be_internal(&self) -> Answer {
        self.any_kind(|kind| matches!(kind, None | Some(ExternalUserType::InternalGuest)))
    }
}

/// That a group's members were not exported.
pub(super) fn unseen_members(name: &str) -> Why {
    Why::missing(Kind::Group, format!("who is in group `{name}` was not exported"))
}

/// What a user of whom the export tells too little may be.
fn possible_kinds(user: &User) -> Vec<Option<ExternalUserType>> {
    let guests = [Some(ExternalUserType::B2bCollaborationGuest), Some(ExternalUserType::InternalGuest)];
    let members = [Some(ExternalUserType::B2bCollaborationMember), None];
    match &user.user_type {
        Ok(Some(UserType::Guest)) => guests.to_vec(),
        Ok(Some(UserType::Member)) => members.to_vec(),
        Ok(None) => vec![Some(ExternalUserType::OtherExternalUser), None],
        _ => guests.into_iter().chain(members).collect(),
    }
}

/// Which Entra tenant stands behind a mail domain (AM-28): what the user of guestlist says, else connected
/// organizations whose identity source is named after the domain. Two that are named after one domain tell of none.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    tenants: BTreeMap<String, BTreeSet<Id>>,
}

impl Homes {
    /// What the export tells, with `given` before it.
    #[must_use]
    pub fn of_tenant(tenant: &Tenant, given: &BTreeMap<String, Id>) -> Self {
        let mut tenants: BTreeMap<String, BTreeSet<Id>> = BTreeMap::new();
        for organization in &tenant.connected_organizations.items {
            for source in organization.identity_sources.iter().flatten() {
                if let IdentitySource::Tenant { id: Some(id), name: Some(name), .. } = source
                    && name.contains('.')
                {
                    tenants.entry(name.to_ascii_lowercase()).or_default().insert(id.clone());
                }
            }
        }
        tenants.extend(given.iter().map(|(domain, id)| (domain.to_ascii_lowercase(), BTreeSet::from([id.clone()]))));
        Self { tenants }
    }

    /// The tenant behind a domain.
    #[must_use]
    pub fn behind(&self, domain: &str) -> Option<&Id> {
        self.named_after(domain).filter(|ids| ids.len() == 1).and_then(BTreeSet::first)
    }

    /// Whether several tenants are named after a domain, so that none is known to stand behind it.
    #[must_use]
    pub fn is_ambiguous(&self, domain: &str) -> bool {
        self.named_after(domain).is_some_and(|ids| ids.len() > 1)
    }

    fn named_after(&self, domain: &str) -> Option<&BTreeSet<Id>> {
        self.tenants.get(&domain.to_ascii_lowercase())
    }

    fn of(&self, user: &User) -> (Home, Provider) {
        let provider = provider_of(user);
        let home = match provider {
            Provider::Entra | Provider::Unknown => {
                let named: Vec<Option<&Id>> = user.home_domains().iter().map(|domain| self.behind(domain)).collect();
                let first = named.first().copied().flatten();
                first.filter(|first| named.iter().all(|other| *other == Some(*first))).cloned()
            }
            _ => None,
        };
        match (provider, home) {
            (Provider::Entra, Some(id)) => (Home::Tenant(id), Provider::Entra),
            // Before redemption nobody vouched yet; the domain of a tenant that is known says enough (CA-2.22).
            (Provider::Unknown, Some(id)) => (Home::Tenant(id), Provider::Entra),
            (Provider::Entra, None) => (Home::UnknownTenant, Provider::Entra),
            (Provider::Unknown, None) => (Home::UnknownTenant, Provider::Unknown),
            (provider, _) => (Home::NoTenant, provider),
        }
    }
}

fn provider_of(user: &User) -> Provider {
    let Ok(identities) = &user.identities else { return Provider::Unknown };
    match identities.iter().find_map(foreign_issuer) {
        None => Provider::Unknown,
        Some(issuer) if issuer.eq_ignore_ascii_case("ExternalAzureAD") => Provider::Entra,
        Some(issuer) if issuer.eq_ignore_ascii_case("mail") => Provider::OneTimePasscode,
        Some(issuer) if issuer.eq_ignore_ascii_case("google.com") => Provider::Google,
        Some(issuer) if issuer.eq_ignore_ascii_case("facebook.com") => Provider::Facebook,
        Some(issuer) if issuer.eq_ignore_ascii_case("MicrosoftAccount") => Provider::MicrosoftAccount,
        Some(_) => Provider::Federation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_counts() {
        let id = Id::new("5e000000-0000-4000-8000-0000000000aa");
        let tenant = Id::new("0f000000-0000-4000-8000-0000000000f0");
        let mut unknown = Subject::of_id(&id);
        assert!(matches!(unknown.is(ExternalUserType::B2bCollaborationGuest), Answer::Unknown(_)));
        assert!(matches!(unknown.enabled, Answer::Unknown(_)));
        unknown.claim(None, Some(&tenant));
        assert_eq!(unknown.home, Home::Tenant(tenant.clone()));
        assert!(unknown.is_external());
        assert!(matches!(unknown.is(ExternalUserType::B2bCollaborationGuest), Answer::Unknown(_)));
        unknown.claim(Some(ExternalUserType::B2bCollaborationMember), Some(&tenant));
        assert!(unknown.is(ExternalUserType::B2bCollaborationMember).is_yes());
        unknown.claim(Some(ExternalUserType::InternalGuest), None);
        assert_eq!((&unknown.home, unknown.provider), (&Home::NoTenant, Provider::Here));
    }

    #[test]
    fn a_type_alone_leaves_the_tenant_open() {
        let guest = Subject::of_kind(ExternalUserType::B2bCollaborationGuest);
        assert_eq!((&guest.home, guest.provider), (&Home::UnknownTenant, Provider::Unknown));
        let direct = Subject::of_kind(ExternalUserType::B2bDirectConnectUser);
        assert_eq!((&direct.home, direct.provider), (&Home::UnknownTenant, Provider::Entra));
        assert_eq!(direct.object, DirectoryObject::NotNeeded);
    }
}
