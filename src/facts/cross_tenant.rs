//! Facts of cross-tenant access settings.

use super::Subjects;
use super::value::{Facts, Places, why_not};
use crate::access::{Answer, Why, default_trust, is_open, refuses_all};
use crate::model::{B2bSetting, CrossTenantDefault, CrossTenantPartner, InboundTrust, InvitesFrom, Kind, Told};

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
    let of = |told: &Told<B2bSetting>, member: &str, ask: fn(&B2bSetting) -> Answer| match told {
        Ok(setting) => ask(setting),
        Err(gap) => Answer::Unknown(why_not(kind, member, gap)),
    };
    let open = of(&default.collaboration_inbound, "b2bCollaborationInbound", is_open);
    facts.answer("collaborationInboundOpen", open);
    facts.answer("invitationsRestricted", invitations_restricted(subjects));
    let trusts = |pick: fn(&InboundTrust) -> Option<bool>| match &default.trust {
        Ok(trust) => default_trust(pick(trust)),
        Err(gap) => Answer::Unknown(why_not(kind, "inboundTrust", gap)),
    };
    facts.answer("trustsMfa", trusts(|trust| trust.mfa));
    let devices = [trusts(|trust| trust.compliant_device), trusts(|trust| trust.hybrid_joined_device)];
    facts.answer("trustsDevices", Answer::any(devices));
    let inbound = of(&default.direct_connect_inbound, "b2bDirectConnectInbound", refuses_all);
    let outbound = of(&default.direct_connect_outbound, "b2bDirectConnectOutbound", refuses_all);
    facts.answer("directConnectOpen", Answer::any([inbound.negated(), outbound.negated()]));
    facts
}

/// Whether a list of domains or a limit on inviters stands between strangers and an invitation (XT-4.7 to XT-4.10).
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
    let own = |told: &Told<Option<B2bSetting>>, member: &str| says(told, member, Option::is_some);
    facts.answer(
        "inheritsEverything",
        Answer::any([
            own(&partner.collaboration_inbound, "b2bCollaborationInbound"),
            own(&partner.collaboration_outbound, "b2bCollaborationOutbound"),
            own(&partner.direct_connect_inbound, "b2bDirectConnectInbound"),
            own(&partner.direct_connect_outbound, "b2bDirectConnectOutbound"),
            says(&partner.trust, "inboundTrust", Option::is_some),
            says(&partner.automatic_consent, "automaticUserConsentSettings", |consent| {
                consent.inbound.is_some() || consent.outbound.is_some()
            }),
            says(&partner.other_settings, "tenantRestrictions", |others| !others.is_empty()),
        ])
        .negated(),
    );
    facts
}

/// Whether a partner says something there that the default does not.
fn says<T>(told: &Told<T>, member: &str, says: impl FnOnce(&T) -> bool) -> Answer {
    match told {
        Ok(told) => says(told).into(),
        Err(gap) => Answer::Unknown(why_not(Kind::CrossTenantPartner, member, gap)),
    }
}
