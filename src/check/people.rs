//! Somebody who signs in, as rules and Entra see them.

use std::collections::BTreeSet;

use super::lifted::Lifter;
use crate::access::sign_in::{Provider, Subject};
use crate::access::{Answer, Home, Trust, Why, trust_if};
use crate::compile::SignIn;
use crate::facts::{Facts, Value};
use crate::model::{ExternalUserType, Id, IdentitySource, Tenant};
use crate::rules::{self, NamedKind, Person};

/// Somebody who may come.
pub(super) struct Candidate {
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

/// Somebody as rules see them: what they belong to, and what is not known of them, is as the prover says, so that there is
/// one reading of it.
///
/// # Errors
/// Cedar refuses what it is given, which is a mistake of ours.
pub(super) fn candidate(
    lifter: &Lifter<'_>,
    sign_in: &SignIn,
    subject: Subject,
    given: Vec<String>,
    emergency: bool,
) -> Result<Candidate, String> {
    let told = &lifter.compiled.told_of_people;
    let open = |about: &str| match about {
        "kind" => subject.kinds.len() > 1,
        "provider" => subject.provider == Provider::Unknown,
        _ => about == "homeTenant" && subject.home == Home::UnknownTenant,
    };
    let named = |about: &str, value: &str| match about {
        "ConnectedOrganization" => lifter.organizations.iter().any(|own| own.id.as_str() == value),
        "Group" => lifter.groups.iter().any(|own| own.as_str() == value),
        _ => false,
    };
    let asked = told.keys().filter(|(about, value)| open(about) || named(about, value));
    let so = lifter.compiled.told(sign_in, asked).map_err(|fault| fault.to_string())?;
    let said = |about: &str| so.iter().find(|(own, _)| own == about).map(|(_, value)| value.clone());
    let mut memberships: BTreeSet<(NamedKind, String)> = BTreeSet::new();
    for (about, id) in &so {
        match about.as_str() {
            "ConnectedOrganization" => memberships.insert((NamedKind::ConnectedOrganization, id.clone())),
            "Group" => memberships.insert((NamedKind::Group, id.clone())),
            _ => false,
        };
    }
    let tenant = lifter.tenant;
    let kind = match said("kind") {
        Some(word) => ExternalUserType::ALL.into_iter().find(|kind| kind.as_str() == word),
        None if subject.kinds.len() > 1 && subject.kinds.contains(&None) => None,
        None => subject.kinds.first().copied().flatten(),
    };
    let name = name(tenant, &subject);
    let mut attributes: Vec<(&'static str, Value)> = vec![("displayName", name.clone().into())];
    if kind.is_none() {
        attributes.push(("isEmergencyAccount", emergency.into()));
    }
    if let Some(kind) = kind {
        attributes.push(("given", Value::Set(given.into_iter().map(Value::Text).collect())));
        attributes.push(("kind", kind.as_str().into()));
        let provider = said("provider").or_else(|| provider(subject.provider).map(str::to_owned));
        attributes.extend(provider.map(|provider| ("provider", provider.into())));
        let home = match &subject.home {
            Home::Tenant(id) => Some(id.to_string()),
            Home::NoTenant => None,
            Home::UnknownTenant => said("homeTenant"),
            Home::OtherTenant | Home::UnseenPartner => Some(rules::ANY_OTHER_TENANT.to_owned()),
        };
        attributes.extend(home.map(|home| ("homeTenant", home.into())));
    }
    let facts =
        Facts { id: sign_in.person.id.clone(), name, origin: None, attributes, missing: Vec::new(), places: &[] };
    // Nobody knows: what would be a claim if it were inherited is left out.
    let doubt = || Answer::Unknown(Why::unreadable("a partner's trust lacks a member"));
    let believed = |claim| {
        if subject.is_internal_account() { Answer::Yes } else { trust_if(tenant, &subject.home, claim, &doubt) }
    };
    // XU-5.2.
    let provider = kind == Some(ExternalUserType::ServiceProvider);
    let believed = Believed {
        mfa: if provider { Answer::Yes } else { believed(Trust::Mfa) },
        compliant: believed(Trust::CompliantDevice),
        hybrid: believed(Trust::HybridJoinedDevice),
    };
    let person = Person { facts, is_external: kind.is_some(), memberships };
    Ok(Candidate { subject, person, believed })
}

/// The rules' word for who vouches.
pub(super) const fn provider(provider: Provider) -> Option<&'static str> {
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
pub(super) fn name(tenant: &Tenant, subject: &Subject) -> String {
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
    if !subject.direct_groups.is_empty() {
        let titles = subject.direct_groups.iter().map(|id: &Id| {
            let group = tenant.groups.get(id).and_then(|group| group.display_name.clone().ok());
            format!("`{}`", group.unwrap_or_else(|| id.to_string()))
        });
        name = format!("{name} in group {}", titles.collect::<Vec<_>>().join(" and "));
    }
    name
}
