//! Somebody who signs in, as rules and Entra see them.

use std::collections::BTreeSet;

use crate::access::sign_in::{DirectoryObject, Provider, Subject};
use crate::access::{Answer, Home, Trust, trust};
use crate::facts::{Facts, Value};
use crate::model::{ConnectedOrganization, ExternalUserType, Id, IdentitySource, Tenant};
use crate::rules::{self, NamedKind, Person};
use crate::simulate::question::UserText;

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
}

/// Somebody as rules see them: by a word, as Entra sees them, with what they are given.
pub(super) fn candidate(
    tenant: &Tenant,
    who: UserText,
    subject: Subject,
    given: Vec<String>,
    emergency: bool,
    organizations: &[(&ConnectedOrganization, bool)],
    groups: &[&Id],
) -> Candidate {
    let kind = subject.kinds.first().copied().flatten();
    let mut memberships: BTreeSet<(NamedKind, String)> = BTreeSet::new();
    for (organization, belongs) in organizations {
        let takes = |source: &IdentitySource| takes_in(source, &subject);
        if *belongs || organization.identity_sources.iter().flatten().any(takes) {
            memberships.insert((NamedKind::ConnectedOrganization, organization.id.to_string()));
        }
    }
    let own = |id: &Id| match &subject.object {
        DirectoryObject::User(user) => tenant.groups_of(user).is_some_and(|groups| groups.contains(id)),
        _ => false,
    };
    let in_groups = groups.iter().filter(|id| subject.groups.contains(id) || own(id));
    memberships.extend(in_groups.map(|id| (NamedKind::Group, id.to_string())));
    let name = name(tenant, &subject, &who);
    let mut attributes: Vec<(&'static str, Value)> = vec![("displayName", name.clone().into())];
    if kind.is_none() {
        attributes.push(("isEmergencyAccount", emergency.into()));
    }
    if let Some(kind) = kind {
        attributes.push(("given", Value::Set(given.into_iter().map(Value::Text).collect())));
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
    Candidate { who, subject, person, believed }
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
pub(super) fn name(tenant: &Tenant, subject: &Subject, who: &UserText) -> String {
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
    if let UserText::Described(described) = who
        && !described.groups.is_empty()
    {
        let titles = described.groups.iter().map(|id| {
            let group = tenant.groups.get(&Id::new(id)).and_then(|group| group.display_name.as_ref().ok());
            format!("`{}`", group.unwrap_or(id))
        });
        name = format!("{name} in group {}", titles.collect::<Vec<_>>().join(" and "));
    }
    name
}
