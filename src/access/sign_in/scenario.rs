//! One sign-in, as far as it is specified. What is `None` is not specified, and never taken for "does not match".

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use crate::model::{
    Asked, ClientApp, Id, InsiderRisk, Platform, RiskLevel, TransferMethod, Whereabouts, Worth, method_named,
};

/// A sign-in that may happen.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Who.
    pub subject: Subject,
    /// To what.
    pub target: Target,
    /// Everything else.
    pub conditions: Conditions,
}

/// What is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A token for an application.
    Application(Request),
    /// A user action.
    UserAction(UserAction),
    /// An authentication context by itself, as Microsoft's what-if asks for one.
    AuthenticationContext(Box<str>),
    /// A resource of another tenant, opened by somebody of this one.
    Outbound {
        /// The other tenant.
        tenant: Id,
        /// The application there.
        application: Id,
        /// Whether by direct connect; else by B2B collaboration.
        direct_connect: bool,
    },
    /// Not specified.
    Unspecified,
}

/// A request for a token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The application's id (not the service principal's): the resource that is asked for, or, where there are scopes,
    /// the client that asks.
    pub application: Id,
    /// The authentication context that the resource asks for.
    pub authentication_context: Option<Box<str>>,
    /// Scopes, which name the resources that are asked for (CA-3.31); empty is not specified.
    pub scopes: Vec<Box<str>>,
    /// Whether the client is public; `false`: the application is a confidential client, which is a resource itself where it
    /// asks for an ID token or no scopes are told (CA-3.2).
    pub public_client: bool,
}

impl Request {
    /// A plain request for an application.
    #[must_use]
    pub fn plain(application: Id) -> Self {
        Self { application, authentication_context: None, scopes: Vec::new(), public_client: true }
    }

    /// What each of the scopes asks for.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.scopes.iter().map(|scope| Asked::of(scope)).collect()
    }
}

/// A user action that policies can be about (CA-3.11, CA-3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserAction {
    /// Registering security information.
    RegisterSecurityInformation,
    /// Registering or joining a device.
    RegisterOrJoinDevices,
}

impl UserAction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::RegisterSecurityInformation, Self::RegisterOrJoinDevices];

    /// Graph's what-if word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RegisterSecurityInformation => "registerSecurityInformation",
            Self::RegisterOrJoinDevices => "registerOrJoinDevices",
        }
    }

    /// The word of policies.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::RegisterSecurityInformation => "urn:user:registersecurityinfo",
            Self::RegisterOrJoinDevices => "urn:user:registerdevice",
        }
    }
}

/// The platform that a user agent claims (CA-5.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeenPlatform {
    /// One that Entra knows.
    Known(Platform),
    /// None that Entra knows (CA-5.4).
    Unknown,
}

/// The authentication flow in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// None that policies can be about.
    Ordinary,
    /// One of those.
    Transfer(TransferMethod),
}

/// The device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// Not registered anywhere.
    Unregistered,
    /// Registered: in this tenant for people of this tenant, at home for people from outside.
    Registered(DeviceInfo),
}

/// What is known of a registered device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DeviceInfo {
    /// Whether it is compliant; `None`: no claim says.
    pub compliant: Option<bool>,
    /// Whether it is hybrid joined; `None`: no claim says.
    pub hybrid_joined: Option<bool>,
    /// Other attributes, by name in lower case; several values for collections. What is not in it is not specified.
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// What somebody already did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Claims {
    /// What they bring from their home tenant.
    pub home: Factors,
    /// What they did in this tenant.
    pub here: Factors,
    /// Terms of use that they accepted.
    pub terms_accepted: BTreeSet<Id>,
    /// Custom controls that they passed.
    pub custom_passed: BTreeSet<String>,
}

/// Authentication beyond a first factor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Factors {
    /// Multifactor authentication by methods that are not told.
    pub mfa: bool,
    /// Methods, in Graph's spelling.
    pub methods: BTreeSet<String>,
}

impl Factors {
    /// Whether they make multifactor authentication: any method that is more than a first factor does, since a first
    /// factor goes without saying.
    #[must_use]
    pub fn is_multifactor(&self) -> bool {
        self.mfa
            || self.methods.iter().any(|name| method_named(name).is_some_and(|method| method.worth != Worth::First))
    }
}

/// The conditions of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The client.
    pub client: Option<ClientApp>,
    /// The platform.
    pub platform: Option<SeenPlatform>,
    /// Where it comes from.
    pub from: Whereabouts,
    /// The device.
    pub device: Option<Device>,
    /// Sign-in risk.
    pub sign_in_risk: Option<RiskLevel>,
    /// User risk.
    pub user_risk: Option<RiskLevel>,
    /// Insider risk; the inner `None` is no risk.
    pub insider_risk: Option<Option<InsiderRisk>>,
    /// The flow.
    pub flow: Option<Flow>,
    /// The flow that the session began with (CA-9.3).
    pub original_flow: Option<TransferMethod>,
    /// Whether nobody sits before it, so that no step can be completed.
    pub unattended: bool,
    /// What was already done.
    pub claims: Claims,
    /// Whether the home tenant's outbound settings let pass; `None` is taken as given (XT-2.16).
    pub home_outbound: Option<bool>,
    /// Whether the network or device of the client keeps to its own tenant (XT-1.23).
    pub tenant_restricted: bool,
    /// Whether a Teams shared channel is opened.
    pub shared_channel: Option<bool>,
}
