//! Facts of guests: users from outside.

use std::collections::BTreeSet;

use super::Subjects;
use super::value::{Facts, Places};
use crate::access::{Answer, Why, external_type, has_entra_home};
use crate::model::{Kind, Tenant, User};

const PLACES: Places = &[
    ("hasSponsor", &["sponsors"]),
    ("sponsors", &["sponsors"]),
    ("enabled", &["accountEnabled"]),
    ("state", &["externalUserState"]),
];

/// Whether the user is somebody from outside.
///
/// # Errors
/// The export does not tell.
pub(super) fn is_subject(user: &User) -> Result<bool, Why> {
    external_type(user).map(|kind| kind.is_some())
}

pub(super) fn facts(subjects: &Subjects<'_>, user: &User) -> Option<Facts> {
    let kind = external_type(user).ok().flatten()?;
    let mut facts = Facts::new(user.id.as_str(), user.display_name.as_ref().ok(), Some(&user.origin), PLACES);
    facts.told(Kind::User, "displayName", &user.display_name, |name| name.clone().into());
    facts.set("externalUserType", kind.as_str());
    facts.told(Kind::User, "enabled", &user.enabled, |enabled| (*enabled).into());
    match &user.sponsors {
        Ok(sponsors) => {
            facts.answer(
                "hasSponsor",
                if sponsors.items.is_empty() && sponsors.cut_off {
                    unknown()
                } else {
                    Answer::from(!sponsors.items.is_empty())
                },
            );
            if sponsors.cut_off {
                facts.lacks("sponsors", Why::missing(Kind::User, "`sponsors` may have been cut off"));
            } else {
                facts.set("sponsors", sponsors.items.len());
            }
        }
        Err(gap) => {
            facts.lacks("hasSponsor", super::value::why_not(Kind::User, "sponsors", gap));
            facts.lacks("sponsors", super::value::why_not(Kind::User, "sponsors", gap));
        }
    }
    match &user.external_state {
        Ok(state) => facts.optional("state", state.as_ref().map(|state| state.as_str().to_owned())),
        Err(gap) => facts.lacks("state", super::value::why_not(Kind::User, "externalUserState", gap)),
    }
    match &user.created {
        Ok(created) => facts.optional("ageDays", created.map(|created| subjects.now.days_since(created))),
        Err(gap) => facts.lacks("ageDays", super::value::why_not(Kind::User, "createdDateTime", gap)),
    }
    Some(facts)
}

fn unknown() -> Answer {
    Answer::Unknown(Why::missing(Kind::User, "`sponsors` may have been cut off"))
}

/// Domains of mail addresses of people who sign in with an Entra tenant of their own.
pub(super) fn entra_domains(tenant: &Tenant, consumer: &BTreeSet<String>) -> BTreeSet<String> {
    let mut domains = BTreeSet::new();
    for user in &tenant.users.items {
        if matches!(external_type(user), Ok(Some(_)))
            && has_entra_home(user).is_yes()
            && let Ok(Some(mail)) = &user.mail
            && let Some((_, domain)) = mail.rsplit_once('@')
        {
            domains.insert(domain.to_ascii_lowercase());
        }
    }
    for organization in &tenant.organizations.items {
        domains.extend(organization.verified_domains.iter().flatten().cloned());
    }
    domains.retain(|domain| !consumer.contains(domain));
    domains
}
