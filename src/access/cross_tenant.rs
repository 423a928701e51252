//! Effective cross-tenant settings: the partner's member, else the default's (XT-1.3 to XT-1.7), and what they let in.

use super::{Answer, Class, Home, Why};
use crate::model::{
    AccessType, B2bSetting, CrossTenantDefault, CrossTenantPartner, ExternalUserType, InboundTrust, Keyword, Kind,
    TargetList, Tenant, Told,
};

/// A way in that cross-tenant settings govern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// B2B collaboration.
    Collaboration,
    /// B2B direct connect.
    DirectConnect,
}

/// A claim of the home tenant that may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Multifactor authentication.
    Mfa,
    /// A compliant device.
    CompliantDevice,
    /// A hybrid joined device.
    HybridJoinedDevice,
}

pub(super) fn partner<'t>(tenant: &'t Tenant, home: &Home) -> Result<Option<&'t CrossTenantPartner>, Why> {
    match home {
        Home::Tenant(id) => match tenant.cross_tenant_partners.find(id) {
            Ok(partner) => Ok(partner),
            Err(_) => Err(not_exported(Kind::CrossTenantPartner)),
        },
        Home::UnseenPartner => Err(not_exported(Kind::CrossTenantPartner)),
        Home::UnknownTenant => Err(Why::unreadable("which tenant is the home is not known")),
        Home::OtherTenant | Home::NoTenant => Ok(None),
    }
}

fn not_exported(kind: Kind) -> Why {
    Why::missing(kind, format!("{} was not exported, or not completely", kind.as_str()))
}

pub(super) fn of_default<'t, T>(
    tenant: &'t Tenant,
    member: impl Fn(&'t CrossTenantDefault) -> &'t Told<T>,
) -> Result<&'t T, Why> {
    let default = tenant.cross_tenant_default.only().map_err(|_| not_exported(Kind::CrossTenantDefault))?;
    member(default)
        .as_ref()
        .map_err(|_| Why::missing(Kind::CrossTenantDefault, "a member of the cross-tenant default is not known"))
}

/// The inbound setting that holds for people of that home. What holds where a partner gives one of the two lists only
/// is not documented (XT-1.6).
fn inbound(tenant: &Tenant, home: &Home, channel: Channel) -> Result<B2bSetting, Why> {
    let default = || match channel {
        Channel::Collaboration => of_default(tenant, |default| &default.collaboration_inbound),
        Channel::DirectConnect => of_default(tenant, |default| &default.direct_connect_inbound),
    };
    let Some(partner) = partner(tenant, home)? else { return default().cloned() };
    let own = match channel {
        Channel::Collaboration => &partner.collaboration_inbound,
        Channel::DirectConnect => &partner.direct_connect_inbound,
    };
    match own {
        Err(_) => Err(Why::unreadable(format!("an inbound setting of partner `{}` could not be read", partner.id))),
        Ok(None) => default().cloned(),
        Ok(Some(setting)) if setting.users.is_some() && setting.applications.is_some() => Ok(setting.clone()),
        Ok(Some(_)) => {
            Err(Why::unreadable(format!("an inbound setting of partner `{}` lacks one of its two lists", partner.id)))
        }
    }
}

/// Whether everybody of that home is kept from everything (XT-2.1): with two block lists both must name all.
fn lets_nobody_in(setting: &B2bSetting) -> Answer {
    let everything = |list: &Option<TargetList>, word: &Keyword| {
        list.as_ref().is_some_and(|list| list.targets.iter().any(|target| target.is(word)))
    };
    let access = |list: &Option<TargetList>| list.as_ref().map(|list| list.access.clone());
    let users_all = everything(&setting.users, &Keyword::AllUsers);
    let apps_all = everything(&setting.applications, &Keyword::AllApplications);
    match (access(&setting.users), access(&setting.applications)) {
        (Some(AccessType::Blocked), Some(AccessType::Blocked)) => Answer::from(users_all && apps_all),
        (Some(AccessType::Blocked), Some(AccessType::Allowed)) => Answer::from(users_all),
        (Some(AccessType::Allowed), Some(AccessType::Blocked)) => Answer::from(apps_all),
        (Some(AccessType::Allowed), Some(AccessType::Allowed)) => Answer::No,
        _ => Answer::Unknown(Why::unreadable("a cross-tenant setting lacks a target list")),
    }
}

/// Whether inbound settings refuse people of that class whatever they open (XT-1.1, XT-2.1). They do not govern people
/// without an Entra tenant (AM-9: for coverage they stop nobody), internal guests or service providers.
#[must_use]
pub fn is_refused(tenant: &Tenant, class: &Class) -> Answer {
    let channel = match class.kind {
        ExternalUserType::B2bDirectConnectUser => Channel::DirectConnect,
        ExternalUserType::B2bCollaborationGuest | ExternalUserType::B2bCollaborationMember => Channel::Collaboration,
        _ => return Answer::No,
    };
    if class.home == Home::NoTenant {
        return Answer::No;
    }
    match inbound(tenant, &class.home, channel) {
        Ok(setting) => lets_nobody_in(&setting),
        Err(why) => Answer::Unknown(why),
    }
}

/// Whether a setting lets everybody into everything.
#[must_use]
pub fn is_open(setting: &B2bSetting) -> Answer {
    both(setting, |list, word| {
        let all = list.targets.iter().any(|target| target.is(word));
        match list.access {
            AccessType::Allowed => Answer::from(all),
            AccessType::Blocked => Answer::from(list.targets.is_empty()),
            AccessType::Undocumented(_) => Answer::Unknown(not_understood()),
        }
    })
}

/// Whether a setting blocks everybody from everything by name.
#[must_use]
pub fn refuses_all(setting: &B2bSetting) -> Answer {
    both(setting, |list, word| match list.access {
        AccessType::Blocked => Answer::from(list.targets.iter().any(|target| target.is(word))),
        AccessType::Allowed => Answer::No,
        AccessType::Undocumented(_) => Answer::Unknown(not_understood()),
    })
}

fn both(setting: &B2bSetting, holds: impl Fn(&TargetList, &Keyword) -> Answer) -> Answer {
    let lists = [(&setting.users, Keyword::AllUsers), (&setting.applications, Keyword::AllApplications)];
    Answer::all(lists.iter().map(|(list, word)| match list {
        Some(list) => holds(list, word),
        None => Answer::Unknown(Why::unreadable("a cross-tenant setting lacks a target list")),
    }))
}

fn not_understood() -> Why {
    Why::unreadable("`accessType` holds a value that is not understood")
}

/// Whether a claim from that home is believed (XT-3.1 to XT-3.5). There is none to believe without an Entra tenant. What a
/// partner's trust does not mention is taken for inherited (AM-43).
#[must_use]
pub fn trust(tenant: &Tenant, home: &Home, claim: Trust) -> Answer {
    trust_if(tenant, home, claim, &|| Answer::Yes)
}

/// The same where `inherits` tells whether a member that a partner's trust lacks is inherited (AM-43).
#[must_use]
pub fn trust_if(tenant: &Tenant, home: &Home, claim: Trust, inherits: &dyn Fn() -> Answer) -> Answer {
    if *home == Home::NoTenant {
        return Answer::No;
    }
    let pick = |trust: &InboundTrust| match claim {
        Trust::Mfa => trust.mfa,
        Trust::CompliantDevice => trust.compliant_device,
        Trust::HybridJoinedDevice => trust.hybrid_joined_device,
    };
    let mut lacks_it = false;
    let own = match partner(tenant, home) {
        Ok(Some(partner)) => match &partner.trust {
            Ok(own) => {
                let own = own.as_ref().map(pick);
                lacks_it = own == Some(None);
                own.flatten()
            }
            Err(_) => {
                return Answer::Unknown(Why::unreadable(format!(
                    "the trust of partner `{}` could not be read",
                    partner.id
                )));
            }
        },
        Ok(None) => None,
        Err(why) => return Answer::Unknown(why),
    };
    if let Some(accepted) = own {
        return Answer::from(accepted);
    }
    let inherited = match of_default(tenant, |default| &default.trust) {
        Ok(trust) => default_trust(pick(trust)),
        Err(why) => Answer::Unknown(why),
    };
    // What is not believed of anybody is not believed either way.
    if lacks_it && !inherited.is_no() { inherits().and(|| inherited) } else { inherited }
}

/// A claim in the default's trust. What the service set was filled in on reading (XT-1.12), so what is not there was
/// left out.
#[must_use]
pub fn default_trust(accepted: Option<bool>) -> Answer {
    let why = || Why::missing(Kind::CrossTenantDefault, "a member of the default's `inboundTrust` was not exported");
    accepted.map_or_else(|| Answer::Unknown(why()), Answer::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ref;

    fn list(access: AccessType, target: &str) -> TargetList {
        TargetList { access, targets: vec![Ref::read(target)] }
    }

    /// The rows of the documented table that keep out everybody, and those that do not (XT-2.1 to XT-2.9).
    #[test]
    fn only_blocking_everybody_from_everything_refuses_a_class() {
        use AccessType::{Allowed, Blocked};
        let guid = "6c0b3a2e-0000-4000-8000-00000000abcd";
        let rows = [
            (Blocked, "AllUsers", Blocked, "AllApplications", true),
            (Allowed, "AllUsers", Allowed, "AllApplications", false),
            (Allowed, guid, Allowed, "AllApplications", false),
            (Allowed, "AllUsers", Allowed, guid, false),
            (Allowed, guid, Blocked, guid, false),
            (Blocked, guid, Blocked, "AllApplications", false),
            (Blocked, guid, Allowed, guid, false),
            (Allowed, guid, Allowed, guid, false),
            (Blocked, guid, Blocked, guid, false),
        ];
        for (users, user, apps, app, refused) in rows {
            let setting = B2bSetting { users: Some(list(users, user)), applications: Some(list(apps, app)) };
            assert_eq!(lets_nobody_in(&setting), Answer::from(refused), "{setting:?}");
        }
    }
}
