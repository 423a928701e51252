//! Who may come: a word and a subject for every class of people that the tenant can tell apart, and for those whom a
//! rule names.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::sign_in::{DirectoryObject, Provider, Subject};
use crate::access::{Answer, Class, Home, Trust, classes, trust};
use crate::facts::{Facts, Value};
use crate::model::{ConnectedOrganization, ExternalUserType, Id, IdentitySource, METHODS, Tenant, Worth};
use crate::rules::{self, Named, NamedKind, Person, Rule};
use crate::simulate::question::{Described, UserText};
use crate::simulate::{ANY_OTHER_TENANT, INTERNAL_MEMBER, PROVIDERS, Resolver};

/// Somebody who may come.
pub(super) struct Candidate {
    /// The word for them.
    pub(super) who: UserText,
    /// What Entra sees.
    pub(super) subject: Subject,
    /// What rules see.
    pub(super) person: Person,
    /// Which claims are believed.
    pub(super) believed: Believed,
}

/// Which claims of the home tenant are believed.
pub(super) struct Believed {
    pub(super) mfa: Answer,
    pub(super) compliant: Answer,
    pub(super) hybrid: Answer,
}

impl Candidate {
    /// What they are; `None` is an internal member.
    pub(super) fn kind(&self) -> Option<ExternalUserType> {
        self.subject.kinds.first().copied().flatten()
    }

    /// Whether a tenant can vouch for a device of theirs.
    pub(super) fn may_have_device(&self) -> bool {
        self.subject.is_internal_account() || self.subject.home != Home::NoTenant
    }

    /// Methods of multifactor authentication that they can do at home.
    pub(super) fn methods_at_home(&self) -> Vec<&'static str> {
        if self.subject.is_internal_account() || self.subject.home == Home::NoTenant {
            return Vec::new();
        }
        METHODS.iter().filter(|method| method.home && method.worth != Worth::First).map(|method| method.name).collect()
    }

    /// Methods of multifactor authentication that they can do in this tenant (XU-1.23, XU-5.3).
    pub(super) fn methods_here(&self) -> Vec<&'static str> {
        let own = METHODS.iter().filter(|method| method.worth != Worth::First);
        match self.kind() {
            None => own.map(|method| method.name).collect(),
            Some(ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider) => Vec::new(),
            Some(ExternalUserType::InternalGuest) => {
                own.filter(|method| method.name != "fido2").map(|method| method.name).collect()
            }
            Some(_) => own.filter(|method| method.here).map(|method| method.name).collect(),
        }
    }
}

/// Everybody whom a rule is to be tried on, the likeliest first.
///
/// # Errors
/// A word of ours is not understood: a mistake of ours.
pub(super) fn people(
    tenant: &Tenant,
    resolver: &Resolver<'_>,
    rule: &Rule,
    ids: &BTreeMap<Named, Id>,
) -> Result<Vec<Candidate>, String> {
    let of_kind = |kind: NamedKind| ids.iter().filter(move |(name, _)| name.kind == kind).map(|(_, id)| id);
    let organizations: Vec<&ConnectedOrganization> =
        of_kind(NamedKind::ConnectedOrganization).filter_map(|id| tenant.connected_organizations.get(id)).collect();
    let groups: Vec<&Id> = of_kind(NamedKind::Group).collect();
    let mut words: Vec<(String, Option<Id>)> = Vec::new();
    let mut add = |word: String, of: Option<&Id>| {
        if of.is_some() || !words.iter().any(|(known, _)| *known == word) {
            words.push((word, of.cloned()));
        }
    };
    let mut classes = classes(tenant);
    classes.extend(named_homes(rule, &organizations));
    classes.sort_by_key(|class| rank(class.kind));
    for class in &classes {
        for word in words_for(class) {
            add(word, None);
        }
    }
    for organization in &organizations {
        for source in organization.identity_sources.iter().flatten() {
            let word = match source {
                IdentitySource::Domain(domain) => format!("domain:{domain}"),
                IdentitySource::Federation(_) => "saml".to_owned(),
                IdentitySource::Social(kind) if kind.to_ascii_lowercase().contains("facebook") => "facebook".to_owned(),
                IdentitySource::Social(_) => "google".to_owned(),
                // Among the homes.
                IdentitySource::Tenant { .. } | IdentitySource::Other(_) => continue,
            };
            add(word, Some(&organization.id));
        }
    }
    add(INTERNAL_MEMBER.to_owned(), None);
    let mut candidates = Vec::new();
    for (word, of) in words {
        let alone = candidate(tenant, resolver, UserText::Word(word.clone()), of.as_ref(), &organizations, &groups)?;
        let may_join = alone.subject.object != DirectoryObject::NotNeeded;
        candidates.push(alone);
        if !may_join {
            continue;
        }
        let all: Vec<Vec<&Id>> =
            groups.iter().map(|id| vec![*id]).chain((groups.len() > 1).then(|| groups.clone())).collect();
        for joined in all {
            let described = Described {
                who: word.clone(),
                groups: joined.into_iter().map(ToString::to_string).collect(),
                ..Described::default()
            };
            let who = UserText::Described(Box::new(described));
            candidates.push(candidate(tenant, resolver, who, of.as_ref(), &organizations, &groups)?);
        }
    }
    Ok(candidates)
}

/// Classes of people from tenants that the rule names, by id or through an organization.
fn named_homes(rule: &Rule, organizations: &[&ConnectedOrganization]) -> Vec<Class> {
    let mut homes: BTreeSet<Id> = BTreeSet::new();
    if rule.reads("principal", &["homeTenant"]) {
        homes.extend(rule.texts().map(Id::new).filter(Id::is_guid));
    }
    for source in organizations.iter().flat_map(|organization| organization.identity_sources.iter().flatten()) {
        if let IdentitySource::Tenant { id: Some(id), .. } = source {
            homes.insert(id.clone());
        }
    }
    let kinds = ExternalUserType::ALL.into_iter().filter(|kind| *kind != ExternalUserType::InternalGuest);
    kinds.flat_map(|kind| homes.iter().map(move |id| Class { kind, home: Home::Tenant(id.clone()) })).collect()
}

fn rank(kind: ExternalUserType) -> u8 {
    match kind {
        ExternalUserType::B2bCollaborationGuest => 0,
        ExternalUserType::B2bCollaborationMember => 1,
        ExternalUserType::B2bDirectConnectUser => 2,
        ExternalUserType::ServiceProvider => 3,
        ExternalUserType::OtherExternalUser => 4,
        ExternalUserType::InternalGuest => 5,
    }
}

/// The words for a class. A partner that was not exported has none: what is sure of it is sure of any other tenant too.
fn words_for(class: &Class) -> Vec<String> {
    let prefix = match class.kind {
        ExternalUserType::InternalGuest => return vec!["internal-guest".to_owned()],
        ExternalUserType::B2bCollaborationGuest => "tenant",
        ExternalUserType::B2bCollaborationMember => "member",
        ExternalUserType::B2bDirectConnectUser => "direct-connect",
        ExternalUserType::ServiceProvider => "service-provider",
        ExternalUserType::OtherExternalUser => "other",
    };
    let is_guest = class.kind == ExternalUserType::B2bCollaborationGuest;
    let word = |home: &str| if is_guest { home.to_owned() } else { format!("{prefix}:{home}") };
    match &class.home {
        Home::Tenant(id) => vec![format!("{prefix}:{id}")],
        Home::OtherTenant => vec![word(ANY_OTHER_TENANT)],
        Home::NoTenant => PROVIDERS.iter().map(|(provider, ..)| word(provider)).collect(),
        Home::UnseenPartner | Home::UnknownTenant => Vec::new(),
    }
}

fn candidate(
    tenant: &Tenant,
    resolver: &Resolver<'_>,
    who: UserText,
    of: Option<&Id>,
    organizations: &[&ConnectedOrganization],
    groups: &[&Id],
) -> Result<Candidate, String> {
    let subject = resolver.user(&who).map_err(|wrong| wrong.message)?;
    let kind = subject.kinds.first().copied().flatten();
    let mut memberships: BTreeSet<(NamedKind, String)> = BTreeSet::new();
    for organization in organizations {
        let takes = |source: &IdentitySource| takes_in(source, &subject);
        if of == Some(&organization.id) || organization.identity_sources.iter().flatten().any(takes) {
            memberships.insert((NamedKind::ConnectedOrganization, organization.id.to_string()));
        }
    }
    let in_groups = groups.iter().filter(|id| subject.groups.contains(id));
    memberships.extend(in_groups.map(|id| (NamedKind::Group, id.to_string())));
    let name = name(tenant, &subject, &who);
    let mut attributes: Vec<(&'static str, Value)> = vec![("displayName", name.clone().into())];
    if let Some(kind) = kind {
        attributes.push(("kind", kind.as_str().into()));
        attributes.extend(provider(subject.provider).map(|provider| ("provider", provider.into())));
        match &subject.home {
            Home::Tenant(id) => attributes.push(("homeTenant", id.as_str().into())),
            Home::NoTenant => {}
            _ => attributes.push(("homeTenant", rules::ANY_OTHER_TENANT.into())),
        }
    }
    let facts = Facts { id: format!("{who:?}"), name, origin: None, attributes, missing: Vec::new(), places: &[] };
    let believed = |claim| {
        if subject.is_internal_account() { Answer::Yes } else { trust(tenant, &subject.home, claim) }
    };
    // XU-5.2.
    let provider = kind == Some(ExternalUserType::ServiceProvider);
    let believed = Believed {
        mfa: if provider { Answer::Yes } else { believed(Trust::Mfa) },
        compliant: believed(Trust::CompliantDevice),
        hybrid: believed(Trust::HybridJoinedDevice),
    };
    let person = Person { facts, is_external: kind.is_some(), memberships };
    Ok(Candidate { who, subject, person, believed })
}

/// Whether an identity source takes somebody in.
fn takes_in(source: &IdentitySource, subject: &Subject) -> bool {
    match source {
        IdentitySource::Tenant { id: Some(id), .. } => subject.home == Home::Tenant(id.clone()),
        IdentitySource::Social(kind) if kind.to_ascii_lowercase().contains("facebook") => {
            subject.provider == Provider::Facebook
        }
        IdentitySource::Social(_) => subject.provider == Provider::Google,
        IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => {
            subject.domain.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(domain))
        }
        IdentitySource::Tenant { .. } | IdentitySource::Other(_) => false,
    }
}

/// The rules' word for who vouches.
const fn provider(provider: Provider) -> Option<&'static str> {
    Some(match provider {
        Provider::Entra => "entra",
        Provider::OneTimePasscode => "oneTimePasscode",
        Provider::Google => "google",
        Provider::Facebook => "facebook",
        Provider::MicrosoftAccount => "microsoftAccount",
        Provider::Federation => "federation",
        Provider::Here => "thisTenant",
        Provider::Unknown => return None,
    })
}

/// How they are called: a tenant by the name of its connected organization, where it has one.
fn name(tenant: &Tenant, subject: &Subject, who: &UserText) -> String {
    let mut name = subject.name.clone();
    if let Home::Tenant(id) = &subject.home {
        let is_it =
            |source: &IdentitySource| matches!(source, IdentitySource::Tenant { id: Some(own), .. } if own == id);
        let organization = tenant
            .connected_organizations
            .items
            .iter()
            .find(|organization| organization.identity_sources.iter().flatten().any(is_it));
        let known = organization.and_then(|organization| organization.display_name.as_ref().ok());
        let shown = known.map_or_else(|| format!("tenant {id}"), |name| format!("`{name}`"));
        name = name.replace(id.as_str(), &shown);
    }
    if let UserText::Described(described) = who {
        let titles = described.groups.iter().map(|id| {
            let group = tenant.groups.get(&Id::new(id)).and_then(|group| group.display_name.as_ref().ok());
            format!("`{}`", group.unwrap_or(id))
        });
        name = format!("{name} in group {}", titles.collect::<Vec<_>>().join(" and "));
    }
    name
}
