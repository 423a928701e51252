//! Facts of cross-tenant access settings.

use super::Subjects;
use super::value::{Facts, Places};
use crate::access::{Answer, Why, is_open};
use crate::model::{AccessType, B2bSetting, CrossTenantDefault, CrossTenantPartner, InvitesFrom, Keyword, Kind, Told};

const PLACES: Places = &[
    ("collaborationInboundOpen", &["b2bCollaborationInbound"]),
    ("directConnectOpen", &["b2bDirectConnectInbound"]),
    ("trustsMfa", &["inboundTrust", "isMfaAccepted"]),
    ("trustsDevices", &["inboundTrust"]),
];

pub(super) fn default(subjects: &Subjects<'_>, default: &CrossTenantDefault) -> Facts {
    let name = "default".to_owned();
    let mut facts = Facts::new(default.id.as_str(), Some(&name), Some(&default.origin), PLACES);
    let kind = Kind::CrossTenantDefault;
    facts.set("displayName", name);
    facts.told(kind, "collaborationInboundOpen", &default.collaboration_inbound, |setting| is_open(setting).into());
    facts.answer("invitationsRestricted", invitations_restricted(subjects));
    facts.told(kind, "trustsMfa", &default.trust, |trust| trust.mfa.unwrap_or(false).into());
    facts.told(kind, "trustsDevices", &default.trust, |trust| {
        (trust.compliant_device.unwrap_or(false) || trust.hybrid_joined_device.unwrap_or(false)).into()
    });
    let open = |told: &Told<B2bSetting>| match told {
        Ok(setting) => Answer::from(!refuses_all(setting)),
        Err(_) => Answer::Unknown(Why::missing(kind, "a direct connect setting was not exported")),
    };
    facts.answer(
        "directConnectOpen",
        Answer::any([open(&default.direct_connect_inbound), open(&default.direct_connect_outbound)]),
    );
    facts
}

fn refuses_all(setting: &B2bSetting) -> bool {
    let blocks = |list: &Option<crate::model::TargetList>, word: &Keyword| {
        list.as_ref()
            .is_some_and(|list| list.access == AccessType::Blocked && list.targets.iter().any(|target| target.is(word)))
    };
    blocks(&setting.users, &Keyword::AllUsers) && blocks(&setting.applications, &Keyword::AllApplications)
}

/// Whether a list of domains or a limit on inviters stands between strangers and an invitation (XT-4).
fn invitations_restricted(subjects: &Subjects<'_>) -> Answer {
    let tenant = subjects.tenant;
    let list = tenant.domain_list.coverage.exported;
    let listed = match tenant.domain_list.only() {
        Ok(list) => match (&list.allowed, &list.blocked) {
            (Ok(allowed), Ok(blocked)) => Answer::from(!allowed.is_empty() || !blocked.is_empty()),
            _ => Answer::Unknown(Why::unreadable("the list of domains could not be read")),
        },
        Err(_) if list => Answer::No,
        Err(_) => {
            Answer::Unknown(Why::missing(Kind::DomainList, "the list of domains that may be invited was not exported"))
        }
    };
    let limited = match tenant.authorization_policy.only().map(|policy| &policy.invites_from) {
        Ok(Ok(InvitesFrom::None | InvitesFrom::AdminsAndGuestInviters)) => Answer::Yes,
        Ok(Ok(InvitesFrom::Undocumented(_))) => {
            Answer::Unknown(Why::unreadable("`allowInvitesFrom` is not understood"))
        }
        Ok(Ok(_)) => Answer::No,
        _ => Answer::Unknown(Why::missing(Kind::AuthorizationPolicy, "who may invite was not exported")),
    };
    Answer::any([listed, limited])
}

pub(super) fn partner(_: &Subjects<'_>, partner: &CrossTenantPartner) -> Facts {
    let mut facts = Facts::new(partner.id.as_str(), None, Some(&partner.origin), PLACES);
    let kind = Kind::CrossTenantPartner;
    facts.set("displayName", partner.id.to_string());
    facts.told(kind, "isServiceProvider", &partner.is_service_provider, |value| (*value).into());
    facts.told(kind, "isInMultiTenantOrganization", &partner.is_in_multi_tenant_organization, |value| (*value).into());
    facts.told(kind, "inheritsEverything", &partner.collaboration_inbound, |own| {
        (own.is_none()
            && matches!(partner.direct_connect_inbound, Ok(None))
            && matches!(partner.trust, Ok(None))
            && matches!(partner.collaboration_outbound, Ok(None))
            && matches!(partner.direct_connect_outbound, Ok(None)))
        .into()
    });
    facts
}
