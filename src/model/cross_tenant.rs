//! Cross-tenant access settings. A partner's member that is null inherits the default's (docs/semantics, XT-1).

use super::{Ref, aggregate, vocabulary};

vocabulary! {
    /// Whether a target list lets in or keeps out.
    pub enum AccessType {
        /// Lets in what it lists, keeps out the rest.
        Allowed = "allowed",
        /// Keeps out what it lists, lets in the rest.
        Blocked = "blocked",
    }
}

/// One list of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetList {
    /// Lets in or keeps out.
    pub access: AccessType,
    /// Users and groups of the partner, or applications; with special words.
    pub targets: Vec<Ref>,
}

/// One direction of B2B collaboration or direct connect. `None` of a list inherits that list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct B2bSetting {
    /// Users and groups.
    pub users: Option<TargetList>,
    /// Applications.
    pub applications: Option<TargetList>,
}

/// Claims of the home tenant that are believed. `None` inherits that member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboundTrust {
    /// Multifactor authentication.
    pub mfa: Option<bool>,
    /// Compliant devices.
    pub compliant_device: Option<bool>,
    /// Hybrid joined devices.
    pub hybrid_joined_device: Option<bool>,
}

/// Automatic redemption of invitations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AutomaticConsent {
    /// Of invitations to this tenant.
    pub inbound: Option<bool>,
    /// Of invitations from it.
    pub outbound: Option<bool>,
}

aggregate! {
    /// The cross-tenant access policy itself, without the default and the partners.
    pub struct CrossTenantPolicy {
        /// Other Microsoft clouds with whose tenants collaboration is possible: `partner.microsoftonline.cn`, …
        allowed_clouds: Vec<String>,
    }
}

aggregate! {
    /// What holds for every tenant that is no partner.
    pub struct CrossTenantDefault {
        /// Whether nobody ever changed it.
        is_service_default: bool,
        /// B2B collaboration, inbound.
        collaboration_inbound: B2bSetting,
        /// B2B collaboration, outbound.
        collaboration_outbound: B2bSetting,
        /// B2B direct connect, inbound.
        direct_connect_inbound: B2bSetting,
        /// B2B direct connect, outbound.
        direct_connect_outbound: B2bSetting,
        /// Trust.
        trust: InboundTrust,
    }
}

aggregate! {
    /// What holds for one partner tenant. The id is the tenant's.
    pub struct CrossTenantPartner {
        /// Whether it is a service provider (GDAP).
        is_service_provider: bool,
        /// Whether it is of the same multitenant organization.
        is_in_multi_tenant_organization: bool,
        /// B2B collaboration, inbound; `None` inherits.
        collaboration_inbound: Option<B2bSetting>,
        /// B2B collaboration, outbound; `None` inherits.
        collaboration_outbound: Option<B2bSetting>,
        /// B2B direct connect, inbound; `None` inherits.
        direct_connect_inbound: Option<B2bSetting>,
        /// B2B direct connect, outbound; `None` inherits.
        direct_connect_outbound: Option<B2bSetting>,
        /// Trust; `None` inherits.
        trust: Option<InboundTrust>,
        /// Automatic redemption.
        automatic_consent: AutomaticConsent,
        /// Other members that say something: tenant restrictions, synchronization and the like.
        other_settings: Vec<String>,
    }
}
