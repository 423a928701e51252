//! Where people come from, as people write it: a connected organization, a tenant, a mail domain.

use std::collections::BTreeSet;

use super::access::{ANY_ADDRESS, ANY_TENANT, UNKNOWN_TENANT};
use super::resolve::{Resolver, Understood, is_called, wrong};
use crate::access::sign_in::{Provider, Subject};
use crate::access::{Home, Organizations};
use crate::model::{Id, IdentitySource};
use crate::suggest::nearest;

/// Where people come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whence {
    /// A connected organization.
    Organization(Id),
    /// An Entra tenant.
    Tenant(Id),
    /// A mail domain, and the tenant behind it where that is known.
    Domain(String, Option<Id>),
    /// What the table calls those who come from nowhere in particular.
    Called(&'static str),
}

impl Whence {
    /// Whether somebody comes from there, whom the table files under a name.
    pub(super) fn is_of(&self, subject: &Subject, organizations: &Organizations<'_>, label: &str) -> bool {
        match self {
            Self::Organization(id) => organizations.of_person(subject).iter().any(|own| own.id == *id),
            Self::Tenant(id) => subject.home == Home::Tenant(id.clone()),
            Self::Domain(domain, tenant) => {
                subject.domain.as_ref() == Some(domain)
                    || tenant.as_ref().is_some_and(|id| subject.home == Home::Tenant(id.clone()))
            }
            Self::Called(name) => *name == label,
        }
    }
}

/// What the table calls people of no organization, tenant or domain.
const CALLED: [&str; 10] = [
    ANY_TENANT,
    ANY_ADDRESS,
    UNKNOWN_TENANT,
    Provider::OneTimePasscode.as_str(),
    Provider::Google.as_str(),
    Provider::Facebook.as_str(),
    Provider::MicrosoftAccount.as_str(),
    Provider::Federation.as_str(),
    Provider::Here.as_str(),
    Provider::Unknown.as_str(),
];

impl Resolver<'_> {
    /// A connected organization by name or id, a tenant by id, a mail domain, or one of the table's own words.
    ///
    /// # Errors
    /// Nothing, or more than one, is called that.
    pub fn whence(&self, text: &str) -> Understood<Whence> {
        let text = text.trim();
        let id = Id::new(text.strip_prefix("tenant ").unwrap_or(text));
        let all = &self.tenant.connected_organizations.items;
        if all.iter().any(|organization| organization.id == id) {
            return Ok(Whence::Organization(id));
        }
        let called: Vec<&Id> = all
            .iter()
            .filter(|organization| is_called(&organization.display_name, text))
            .map(|organization| &organization.id)
            .collect();
        match called.as_slice() {
            [] => {}
            [one] => return Ok(Whence::Organization((*one).clone())),
            several => {
                let ids: Vec<&str> = several.iter().take(5).map(|id| id.as_str()).collect();
                let message = format!(
                    "{} connected organizations are called `{text}`; name one by id: {}",
                    several.len(),
                    ids.join(", ")
                );
                return wrong("org", message);
            }
        }
        if let Some(name) = CALLED.iter().find(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(Whence::Called(name));
        }
        let (tenants, domains) = self.origins();
        if tenants.contains(&id) {
            return Ok(Whence::Tenant(id));
        }
        let domain = text.to_ascii_lowercase();
        let behind = self.homes().behind(&domain).cloned();
        if behind.is_some() || domains.contains(&domain) {
            return Ok(Whence::Domain(domain, behind));
        }
        let names = all.iter().filter_map(|organization| organization.display_name.as_deref().ok());
        let known = names.chain(domains.iter().map(String::as_str)).chain(tenants.iter().map(Id::as_str)).chain(CALLED);
        let help = match nearest(text, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a connected organization by name or id, a tenant by id, or a mail domain".to_owned(),
        };
        wrong("org", format!("nobody in the export comes from `{text}`; {help}"))
    }

    /// Tenants and mail domains that people of the export, connected organizations and partners are of.
    fn origins(&self) -> (BTreeSet<Id>, BTreeSet<String>) {
        let mut tenants: BTreeSet<Id> =
            self.tenant.cross_tenant_partners.items.iter().map(|partner| partner.id.clone()).collect();
        let mut domains: BTreeSet<String> = BTreeSet::new();
        for source in
            self.tenant.connected_organizations.items.iter().flat_map(|found| &found.identity_sources).flatten()
        {
            match source {
                IdentitySource::Tenant { id: Some(id), .. } => {
                    tenants.insert(id.clone());
                }
                IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => {
                    domains.insert(domain.to_ascii_lowercase());
                }
                _ => {}
            }
        }
        for user in &self.tenant.users.items {
            let subject = Subject::of_user(user, self.homes());
            if subject.kinds.iter().all(Option::is_none) {
                continue;
            }
            domains.extend(subject.domain);
            if let Home::Tenant(id) = subject.home {
                tenants.insert(id);
            }
        }
        (tenants, domains)
    }
}
