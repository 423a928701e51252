//! Classes of people from outside: external user type × home. People of one class are the same to every policy that
//! does not name them.

use std::collections::BTreeSet;
use std::fmt;

use super::{Answer, Why};
use crate::model::{
    ExternalTenants, ExternalUserState, ExternalUserType, Gap, GuestScope, Id, Identity, Kind, Tenant, User, UserType,
};

/// Where somebody's credentials live.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Home {
    /// An Entra tenant that some setting names.
    Tenant(Id),
    /// Any Entra tenant that no setting names: they are all alike. A connected organization's tenant is one of them
    /// unless it is a partner or a policy enumerates it.
    OtherTenant,
    /// A partner that the export does not hold, for want of the list of partners: anything may be set for it.
    UnseenPartner,
    /// An Entra tenant of which the export does not tell which it is (AM-28).
    UnknownTenant,
    /// No Entra tenant: one-time passcode, social account, SAML federation, or this tenant itself.
    NoTenant,
}

/// A class of people from outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class {
    /// External user type.
    pub kind: ExternalUserType,
    /// Home.
    pub home: Home,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.home, self.kind) {
            (_, ExternalUserType::InternalGuest) => f.write_str("internalGuest"),
            (Home::Tenant(id), kind) => write!(f, "{kind} of {id}"),
            (Home::OtherTenant, kind) => write!(f, "{kind} of any other tenant"),
            (Home::UnknownTenant, kind) => write!(f, "{kind} of a tenant that is not known"),
            (Home::UnseenPartner, kind) => write!(f, "{kind} of a partner that was not exported"),
            (Home::NoTenant, kind) => write!(f, "{kind} without an Entra tenant"),
        }
    }
}

/// All classes that this tenant can tell apart, in a fixed order.
#[must_use]
pub fn classes(tenant: &Tenant) -> Vec<Class> {
    let mut homes: Vec<Home> = named_tenants(tenant).into_iter().map(Home::Tenant).collect();
    homes.push(Home::OtherTenant);
    if !tenant.cross_tenant_partners.coverage.is_complete() {
        homes.push(Home::UnseenPartner);
    }
    let mut classes = Vec::new();
    for kind in ExternalUserType::ALL {
        let mut add = |home| classes.push(Class { kind, home });
        match kind {
            // Signs in here (CA-2.17).
            ExternalUserType::InternalGuest => add(Home::NoTenant),
            // Needs a tenant of its own.
            ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider => {
                homes.iter().cloned().for_each(&mut add);
            }
            _ => {
                homes.iter().cloned().for_each(&mut add);
                add(Home::NoTenant);
            }
        }
    }
    classes
}

/// Tenants that a cross-tenant setting or a policy names.
fn named_tenants(tenant: &Tenant) -> BTreeSet<Id> {
    let mut named: BTreeSet<Id> = tenant.cross_tenant_partners.items.iter().map(|partner| partner.id.clone()).collect();
    for policy in &tenant.conditional_access.items {
        let Ok(users) = &policy.users else { continue };
        for scope in users.include_guests.iter().chain(&users.exclude_guests) {
            if let GuestScope { tenants: ExternalTenants::Enumerated(ids), .. } = scope {
                named.extend(ids.iter().cloned());
            }
        }
    }
    named
}

/// Whether a user of the export is from outside (CA-2.14 to CA-2.23).
#[must_use]
pub fn is_external(user: &User) -> Answer {
    match external_type(user) {
        Ok(kind) => Answer::from(kind.is_some()),
        Err(why) => Answer::Unknown(why),
    }
}

/// The external user type of a user of the export; `None` for internal members.
///
/// # Errors
/// The export lacks what would tell.
pub fn external_type(user: &User) -> Result<Option<ExternalUserType>, Why> {
    let outside = authenticates_outside(user);
    match (&user.user_type, outside) {
        (Ok(Some(UserType::Guest)), Ok(true)) => Ok(Some(ExternalUserType::B2bCollaborationGuest)),
        (Ok(Some(UserType::Guest)), Ok(false)) => Ok(Some(ExternalUserType::InternalGuest)),
        // Guests who signed in differently are external either way; which type they are decides nothing for most.
        (Ok(Some(UserType::Guest)), Err(_)) => Ok(Some(ExternalUserType::B2bCollaborationGuest)),
        (Ok(Some(UserType::Member)), Ok(true)) => Ok(Some(ExternalUserType::B2bCollaborationMember)),
        // Of no user type, they are none of the types that ask for one (CA-2.33).
        (Ok(None), Ok(true)) => Ok(Some(ExternalUserType::OtherExternalUser)),
        (Ok(Some(UserType::Member) | None), Ok(false)) => Ok(None),
        (Ok(Some(UserType::Undocumented(_))), _) => Err(misunderstood(user, "userType")),
        (Ok(_), Err(why)) => Err(why),
        (Err(Gap::NotExported), Ok(true)) => Ok(Some(ExternalUserType::B2bCollaborationGuest)),
        (Err(_), _) => Err(unexported(user, "userType")),
    }
}

/// Whether the user signs in elsewhere. Before redemption the identities show this tenant's own domain, so invitation
/// and user principal name come first (CA-2.21, CA-2.22).
///
/// # Errors
/// The export lacks what would tell.
fn authenticates_outside(user: &User) -> Result<bool, Why> {
    if matches!(user.external_state, Ok(Some(ExternalUserState::PendingAcceptance | ExternalUserState::Accepted))) {
        return Ok(true);
    }
    if user.user_principal_name.as_ref().is_ok_and(|name| name.to_ascii_uppercase().contains("#EXT#")) {
        return Ok(true);
    }
    if matches!(&user.creation_type, Ok(Some(kind)) if kind.eq_ignore_ascii_case("Invitation")) {
        return Ok(true);
    }
    let named = user.user_principal_name.is_ok();
    // A state that nobody knows is one of somebody who was invited.
    let invited = matches!(user.external_state, Ok(Some(ExternalUserState::Undocumented(_))) | Err(Gap::NotUnderstood));
    match &user.identities {
        _ if invited => Err(misunderstood(user, "externalUserState")),
        Ok(identities) => Ok(identities.iter().any(is_foreign)),
        // An internal member's name says enough.
        Err(_) if named && user.external_state.is_ok() => Ok(false),
        Err(_) if named && matches!(user.user_type, Ok(Some(UserType::Member))) => Ok(false),
        Err(_) => Err(unexported(user, "identities")),
    }
}

fn unexported(user: &User, member: &str) -> Why {
    Why::missing(Kind::User, format!("`{member}` of user `{}` was not exported", user.id))
}

fn misunderstood(user: &User, member: &str) -> Why {
    Why::unreadable(format!("`{member}` of user `{}` is not understood", user.id))
}

/// Whether an identity is somebody else's to vouch for: one of the documented issuers, or any that is federated.
fn is_foreign(identity: &Identity) -> bool {
    const KNOWN: [&str; 5] = ["ExternalAzureAD", "MicrosoftAccount", "mail", "google.com", "facebook.com"];
    let known = |issuer: &str| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(issuer)) || issuer.contains(':');
    identity.issuer.as_deref().is_some_and(known)
        || identity.sign_in_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("federated"))
}

/// The issuer of an identity that somebody else vouches for.
pub(super) fn foreign_issuer(identity: &Identity) -> Option<&str> {
    is_foreign(identity).then(|| identity.issuer.as_deref().unwrap_or_default())
}

/// Whether the export holds any internal member: one of guests only does not, and says nothing of members.
#[must_use]
pub fn holds_internal_members(tenant: &Tenant) -> bool {
    tenant.users.items.iter().any(|user| matches!(external_type(user), Ok(None)))
}

/// Whether a guest of the export has an Entra tenant of its own (CA-2.21): not so with one-time passcode, Google,
/// Facebook, a Microsoft account or SAML.
#[must_use]
pub fn has_entra_home(user: &User) -> Answer {
    match &user.identities {
        Ok(identities) => match identities.iter().find(|identity| is_foreign(identity)) {
            Some(identity) => {
                let issuer = identity.issuer.as_deref().unwrap_or_default();
                Answer::from(issuer.eq_ignore_ascii_case("ExternalAzureAD"))
            }
            None => Answer::Unknown(Why::unreadable(format!("how user `{}` signs in is not known yet", user.id))),
        },
        Err(_) => {
            Answer::Unknown(Why::missing(Kind::User, format!("`identities` of user `{}` was not exported", user.id)))
        }
    }
}
