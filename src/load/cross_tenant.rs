//! Reads cross-tenant access settings. In a partner null inherits; in the default every member is given.

use super::members::{Depth, Members, or_default, or_unset, required};
use super::problem::{Sort, Weight};
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
    if others(members) {
        for setting in [
            &mut default.collaboration_inbound,
            &mut default.collaboration_outbound,
            &mut default.direct_connect_inbound,
            &mut default.direct_connect_outbound,
        ] {
            *setting = Err(Gap::NotUnderstood);
        }
        default.trust = Err(Gap::NotUnderstood);
    }
    default
}

/// Members of the default and of partners that let nobody in and keep nobody out, and those that are read.
const DOCUMENTED: [&str; 24] = [
    "id",
    "displayName",
    "tenantId",
    "isServiceDefault",
    "isServiceProvider",
    "isInMultiTenantOrganization",
    "deletedDateTime",
    "b2bCollaborationInbound",
    "b2bCollaborationOutbound",
    "b2bDirectConnectInbound",
    "b2bDirectConnectOutbound",
    "inboundTrust",
    "automaticUserConsentSettings",
    "identitySynchronization",
    "invitationRedemptionIdentityProviderConfiguration",
    "tenantRestrictions",
    "m365Capabilities",
    "m365CollaborationInbound",
    "m365CollaborationOutbound",
    "appServiceConnectInbound",
    "serviceProviderConstraints",
    "blockServiceProviderOutboundAccess",
    // What a document that holds the policy as a whole has beside them.
    "default",
    "partners",
];

/// Whether there are members that nothing here knows, which may be gates of their own.
fn others(members: &Members<'_, '_, '_>) -> bool {
    members.watched(|| {
        members.pass_over(&DOCUMENTED);
        !members.tell_unread(Depth::Members).is_empty()
    })
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
        Ok(Some(consent)) => consent.whole(automatic_consent),
        Ok(None) | Err(Gap::NotExported) => Ok(AutomaticConsent::default()),
        Err(gap) => Err(gap),
    };
    partner.other_settings = Ok(other_settings(members));
    if others(members) {
        for setting in [
            &mut partner.collaboration_inbound,
            &mut partner.collaboration_outbound,
            &mut partner.direct_connect_inbound,
            &mut partner.direct_connect_outbound,
        ] {
            *setting = Err(Gap::NotUnderstood);
        }
        partner.trust = Err(Gap::NotUnderstood);
    }
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
    setting.whole(|setting| {
        Ok(Some(B2bSetting {
            users: targets(setting, "usersAndGroups")?,
            applications: targets(setting, "applications")?,
        }))
    })
}

fn targets(setting: &Members<'_, '_, '_>, name: &str) -> Told<Option<TargetList>> {
    let list = match setting.object(name) {
        Ok(Some(list)) => list,
        Ok(None) | Err(Gap::NotExported) => return Ok(None),
        Err(gap) => return Err(gap),
    };
    // One cell of Microsoft's own table has a blank before the word.
    let read = |text: &str| AccessType::read(text.trim());
    let access = list.set_for("accessType", list.word("accessType", read, AccessType::is_known));
    let targets = list.set_for("targets", list.objects("targets")).and_then(|targets| {
        let read = |target: &Members<'_, '_, '_>| {
            or_unset(target.one_of("targetType", &["user", "group", "application"]))?;
            let reference = Ref::read(&target.set_for("target", target.text("target"))?);
            if let Ref::Name(text) = &reference {
                let message = format!("`{text}` is neither an id nor a known word: whom it names is not known");
                target.item.note(Weight::Warning, Sort::MemberNotUnderstood, target.path_to("target"), message, None);
            }
            Ok(reference)
        };
        targets.iter().map(read).collect::<Told<Vec<Ref>>>()
    });
    let (access, targets) = (access?, targets?);
    Ok(Some(TargetList { access, targets }))
}

fn trust(members: &Members<'_, '_, '_>) -> Told<Option<InboundTrust>> {
    let Some(trust) = members.object("inboundTrust")? else { return Ok(None) };
    trust.whole(|trust| {
        Ok(Some(InboundTrust {
            mfa: or_unset(trust.flag("isMfaAccepted"))?,
            compliant_device: or_unset(trust.flag("isCompliantDeviceAccepted"))?,
            hybrid_joined_device: or_unset(trust.flag("isHybridAzureADJoinedDeviceAccepted"))?,
        }))
    })
}
