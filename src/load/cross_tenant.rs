//! Reads cross-tenant access settings. In a partner null inherits; in the default every member is given.

use super::members::{Members, or_default, or_unset, required};
use crate::model::{
    AccessType, AutomaticConsent, B2bSetting, CrossTenantDefault, CrossTenantPartner, CrossTenantPolicy, Gap, Id,
    InboundTrust, Keyword, Ref, TargetList, Told,
};
use crate::source::{Node, Origin};

/// Microsoft's documentation has no null here: an empty list is no other cloud.
pub(super) fn policy(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> CrossTenantPolicy {
    let mut policy = CrossTenantPolicy::untold(id, origin);
    policy.allowed_clouds = members.texts("allowedCloudEndpoints").map(Option::unwrap_or_default);
    policy
}

pub(super) fn default(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> CrossTenantDefault {
    let mut default = CrossTenantDefault::untold(id, origin);
    default.is_service_default = or_default(members.flag("isServiceDefault"), false);
    default.collaboration_inbound = required(setting(members, "b2bCollaborationInbound"));
    default.collaboration_outbound = required(setting(members, "b2bCollaborationOutbound"));
    default.direct_connect_inbound = required(setting(members, "b2bDirectConnectInbound"));
    default.direct_connect_outbound = required(setting(members, "b2bDirectConnectOutbound"));
    default.trust = required(trust(members));
    if default.is_service_default == Ok(true) {
        service_default(&mut default);
    }
    default
}

/// What nobody changed is what the service sets, whether or not the export repeats it (XT-1.10 to XT-1.12):
/// collaboration is open, direct connect is blocked, nothing is trusted.
fn service_default(default: &mut CrossTenantDefault) {
    let all = |access: AccessType| {
        let list = |word| Some(TargetList { access: access.clone(), targets: vec![Ref::Keyword(word)] });
        B2bSetting { users: list(Keyword::AllUsers), applications: list(Keyword::AllApplications) }
    };
    let fill = |told: &mut Told<B2bSetting>, access: AccessType| {
        if *told == Err(Gap::NotExported) {
            *told = Ok(all(access));
        }
    };
    fill(&mut default.collaboration_inbound, AccessType::Allowed);
    fill(&mut default.collaboration_outbound, AccessType::Allowed);
    fill(&mut default.direct_connect_inbound, AccessType::Blocked);
    fill(&mut default.direct_connect_outbound, AccessType::Blocked);
    match &mut default.trust {
        Ok(trust) => {
            for accepted in [&mut trust.mfa, &mut trust.compliant_device, &mut trust.hybrid_joined_device] {
                accepted.get_or_insert(false);
            }
        }
        told if *told == Err(Gap::NotExported) => {
            let no = Some(false);
            *told = Ok(InboundTrust { mfa: no, compliant_device: no, hybrid_joined_device: no });
        }
        _ => {}
    }
}

pub(super) fn partner(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> CrossTenantPartner {
    let mut partner = CrossTenantPartner::untold(id, origin);
    partner.is_service_provider = or_default(members.flag("isServiceProvider"), false);
    partner.is_in_multi_tenant_organization = or_default(members.flag("isInMultiTenantOrganization"), false);
    partner.collaboration_inbound = or_unset(setting(members, "b2bCollaborationInbound"));
    partner.collaboration_outbound = or_unset(setting(members, "b2bCollaborationOutbound"));
    partner.direct_connect_inbound = or_unset(setting(members, "b2bDirectConnectInbound"));
    partner.direct_connect_outbound = or_unset(setting(members, "b2bDirectConnectOutbound"));
    partner.trust = or_unset(trust(members));
    partner.automatic_consent = match members.object("automaticUserConsentSettings") {
        Ok(Some(consent)) => automatic_consent(&consent),
        Ok(None) | Err(Gap::NotExported) => Ok(AutomaticConsent::default()),
        Err(gap) => Err(gap),
    };
    partner.other_settings = Ok(other_settings(members));
    partner
}

/// What a partner has beside the members that are modelled: each may say something that the default does not.
fn other_settings(members: &Members<'_, '_, '_>) -> Vec<String> {
    const MODELLED: [&str; 10] = [
        "id",
        "tenantId",
        "isServiceProvider",
        "isInMultiTenantOrganization",
        "b2bCollaborationInbound",
        "b2bCollaborationOutbound",
        "b2bDirectConnectInbound",
        "b2bDirectConnectOutbound",
        "inboundTrust",
        "automaticUserConsentSettings",
    ];
    // A synchronization names its tenant whether or not it is set.
    let says = |value: &Node<'_>| match value {
        Node::Bool(false) => false,
        Node::Object(object) => object.members.iter().any(|(name, value)| {
            let names = name.contains('@') || ["tenantId", "displayName"].contains(&name.as_ref());
            !names && !value.is_blank()
        }),
        value => !value.is_blank(),
    };
    let others = members.all().filter(|(name, value)| {
        let modelled = MODELLED.iter().any(|known| known.eq_ignore_ascii_case(name));
        !modelled && !name.contains(['@', '#']) && says(value)
    });
    let mut names: Vec<String> = others.map(|(name, _)| name.to_owned()).collect();
    names.sort_unstable();
    names
}

fn automatic_consent(consent: &Members<'_, '_, '_>) -> Told<AutomaticConsent> {
    Ok(AutomaticConsent {
        inbound: or_unset(consent.flag("inboundAllowed"))?,
        outbound: or_unset(consent.flag("outboundAllowed"))?,
    })
}

fn setting(members: &Members<'_, '_, '_>, name: &str) -> Told<Option<B2bSetting>> {
    let Some(setting) = members.object(name)? else { return Ok(None) };
    Ok(Some(B2bSetting {
        users: targets(&setting, "usersAndGroups")?,
        applications: targets(&setting, "applications")?,
    }))
}

fn targets(setting: &Members<'_, '_, '_>, name: &str) -> Told<Option<TargetList>> {
    let list = match setting.object(name) {
        Ok(Some(list)) => list,
        Ok(None) | Err(Gap::NotExported) => return Ok(None),
        Err(gap) => return Err(gap),
    };
    // One cell of Microsoft's own table has a blank before the word.
    let read = |text: &str| AccessType::read(text.trim());
    let access = required(list.word("accessType", read, AccessType::is_known))?;
    let mut targets = Vec::new();
    for target in list.objects("targets")?.unwrap_or_default() {
        targets.push(Ref::read(&required(target.text("target"))?));
    }
    Ok(Some(TargetList { access, targets }))
}

fn trust(members: &Members<'_, '_, '_>) -> Told<Option<InboundTrust>> {
    let Some(trust) = members.object("inboundTrust")? else { return Ok(None) };
    Ok(Some(InboundTrust {
        mfa: or_unset(trust.flag("isMfaAccepted"))?,
        compliant_device: or_unset(trust.flag("isCompliantDeviceAccepted"))?,
        hybrid_joined_device: or_unset(trust.flag("isHybridAzureADJoinedDeviceAccepted"))?,
    }))
}
