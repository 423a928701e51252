//! Which connected organization somebody belongs to (docs/semantics, EM-3), and how somebody of one signs in.

use std::collections::HashMap;

use super::Home;
use super::sign_in::{Outsider, Provider, Subject};
use crate::model::{ConnectedOrganization, Id, IdentitySource, Tenant};

/// Connected organizations by what their people are recognised by.
#[derive(Debug)]
pub struct Organizations<'t> {
    by_tenant: HashMap<&'t Id, Vec<&'t ConnectedOrganization>>,
    by_domain: HashMap<String, Vec<&'t ConnectedOrganization>>,
    social: Vec<(Provider, &'t ConnectedOrganization)>,
}

impl<'t> Organizations<'t> {
    /// Those of a tenant.
    #[must_use]
    pub fn of(tenant: &'t Tenant) -> Self {
        let mut found = Self { by_tenant: HashMap::new(), by_domain: HashMap::new(), social: Vec::new() };
        for organization in &tenant.connected_organizations.items {
            for source in organization.identity_sources.iter().flatten() {
                match source {
                    IdentitySource::Tenant { id: Some(id), .. } => {
                        found.by_tenant.entry(id).or_default().push(organization);
                    }
                    IdentitySource::Domain(domain) if is_microsoft_account(domain) => {
                        found.social.push((Provider::MicrosoftAccount, organization));
                    }
                    IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => {
                        found.by_domain.entry(domain.to_ascii_lowercase()).or_default().push(organization);
                    }
                    IdentitySource::Social(kind) => found.social.push((social(kind), organization)),
                    IdentitySource::Tenant { .. } | IdentitySource::Other(_) => {}
                }
            }
        }
        found
    }

    /// The organizations that somebody belongs to: by the tenant they sign in to, by exactly their mail domain if no
    /// Entra tenant vouches for them, or by their social provider (EM-3.1 to EM-3.8).
    #[must_use]
    pub fn of_person(&self, subject: &Subject) -> Vec<&'t ConnectedOrganization> {
        let found = match (&subject.home, subject.provider) {
            (Home::Tenant(id), _) => self.by_tenant.get(id).cloned(),
            (Home::NoTenant, Provider::OneTimePasscode | Provider::Federation | Provider::Unknown) => {
                subject.domain.as_ref().and_then(|domain| self.by_domain.get(domain)).cloned()
            }
            _ => None,
        };
        let social = self.social.iter().filter(|(provider, _)| *provider == subject.provider);
        found.unwrap_or_default().into_iter().chain(social.map(|(_, organization)| *organization)).collect()
    }
}

/// How somebody of an organization signs in, by the first identity source that tells; with the mail domain where there
/// is one.
#[must_use]
pub fn outsider_of(organization: &ConnectedOrganization) -> Option<(Outsider, Option<String>)> {
    organization.identity_sources.iter().flatten().find_map(|source| {
        Some(match source {
            IdentitySource::Tenant { id: Some(id), .. } => (Outsider::Guest(id.clone()), None),
            IdentitySource::Domain(domain) if is_microsoft_account(domain) => {
                (Outsider::WithoutTenant(Provider::MicrosoftAccount), None)
            }
            IdentitySource::Domain(domain) => {
                (Outsider::WithoutTenant(Provider::OneTimePasscode), Some(domain.to_ascii_lowercase()))
            }
            IdentitySource::Federation(domain) => {
                (Outsider::WithoutTenant(Provider::Federation), Some(domain.to_ascii_lowercase()))
            }
            IdentitySource::Social(kind) => (Outsider::WithoutTenant(social(kind)), None),
            IdentitySource::Tenant { .. } | IdentitySource::Other(_) => return None,
        })
    })
}

fn social(kind: &str) -> Provider {
    if kind.to_ascii_lowercase().contains("facebook") { Provider::Facebook } else { Provider::Google }
}

/// Domains of Microsoft accounts: a domain identity source with one of them takes in everybody with such an account
/// (EM-3.5).
fn is_microsoft_account(domain: &str) -> bool {
    ["live.com", "outlook.com", "hotmail.com", "msn.com"].iter().any(|known| known.eq_ignore_ascii_case(domain))
}
