//! The people, things and steps of a sign-in in words. Nothing here is escaped yet.

use crate::access::Home;
use std::fmt::Write as _;

use crate::access::sign_in::{
    AMBIGUITIES, By, DirectoryObject, Explanation, PolicyTrace, Provider, Reading, Readings, Request, SETTLED, Stage,
    Step, Subject, Target,
};
use crate::model::{Asked, ExternalUserType, Id, IdentitySource, Place, Tenant, known_application};

/// Graph's word for what somebody is.
pub(super) fn kind(kind: Option<ExternalUserType>) -> &'static str {
    kind.map_or("internalMember", ExternalUserType::as_str)
}

/// A name for another tenant: that of the connected organization, or what its identity source is called.
pub(super) fn tenant_name<'t>(tenant: &'t Tenant, id: &Id) -> Option<&'t str> {
    tenant.connected_organizations.items.iter().find_map(|organization| {
        let sources = organization.identity_sources.as_deref().unwrap_or_default();
        let named = sources.iter().find_map(|source| match source {
            IdentitySource::Tenant { id: Some(own), name, .. } if own == id => Some(name.as_deref()),
            _ => None,
        })?;
        organization.display_name.as_deref().ok().or(named)
    })
}

/// Where somebody's credentials live, as a clause after what they are.
pub(super) fn home(tenant: &Tenant, subject: &Subject) -> String {
    match &subject.home {
        Home::Tenant(id) => match tenant_name(tenant, id) {
            Some(name) => format!("of {name} ({id})"),
            None => format!("of tenant {id}"),
        },
        Home::OtherTenant => "of a tenant that no setting names".to_owned(),
        Home::UnseenPartner => "of a partner that was not exported".to_owned(),
        Home::UnknownTenant => match &subject.domain {
            Some(domain) => format!("of {domain}, whose tenant is not known"),
            None => "of a tenant that is not known".to_owned(),
        },
        Home::NoTenant if subject.provider == Provider::Here => "with an account of this tenant".to_owned(),
        Home::NoTenant => "without an Entra tenant".to_owned(),
    }
}

/// The account that stands for somebody, where that is worth telling.
pub(super) fn object(subject: &Subject) -> Option<&'static str> {
    match subject.object {
        DirectoryObject::User(_) => None,
        DirectoryObject::Invited => Some("invited"),
        DirectoryObject::Missing => Some("not invited"),
        DirectoryObject::NotNeeded => Some("without an account here"),
    }
}

/// The name of an application, in the tenant or anywhere.
pub(super) fn application_name<'t>(tenant: &'t Tenant, id: &Id) -> Option<&'t str> {
    let own = tenant.service_principals.items.iter().find(|found| found.app_id.as_ref() == Ok(id));
    own.and_then(|found| found.display_name.as_deref().ok())
        .or_else(|| known_application(id.as_str()).map(|known| known.name))
}

fn application(tenant: &Tenant, id: &Id) -> String {
    application_name(tenant, id).map_or_else(|| format!("application {id}"), |name| format!("{name} ({id})"))
}

/// The resources that the scopes of a request name, each once.
fn resources(tenant: &Tenant, request: &Request) -> Vec<String> {
    let asked = request.asked();
    let mut found: Vec<String> = Vec::new();
    for asked in &asked {
        let resource = match asked {
            Asked::SignIn | Asked::Directory => continue,
            Asked::Resource(id) => application(tenant, id),
            Asked::BehindGraph => "a service behind Microsoft Graph".to_owned(),
            Asked::Unknown => "a resource that is not known".to_owned(),
        };
        if !found.contains(&resource) {
            found.push(resource);
        }
    }
    if found.is_empty() {
        found.push("no more than baseline scopes".to_owned());
    }
    found
}

/// What is opened.
pub(super) fn target(tenant: &Tenant, target: &Target) -> String {
    match target {
        Target::Application(request) => {
            let mut text = application(tenant, &request.application);
            if let Some(context) = &request.authentication_context {
                let _ = write!(text, ", authentication context {context}");
            }
            // CA-3.31: with scopes the application is the client.
            if !request.scopes.is_empty() {
                let kind = if request.public_client { "public" } else { "confidential" };
                let resources = resources(tenant, request).join(" and ");
                let _ = write!(text, ", a {kind} client, asks for {resources}: scopes {}", request.scopes.join(" "));
            } else if !request.public_client {
                text.push_str(", by a confidential client");
            }
            text
        }
        Target::UserAction(action) => format!("user action {}", action.as_str()),
        Target::AuthenticationContext(context) => format!("authentication context {context}"),
        Target::Outbound { tenant: other, application: id, direct_connect } => {
            let way = if *direct_connect { "B2B direct connect" } else { "B2B collaboration" };
            let name = tenant_name(tenant, other).map_or_else(|| other.to_string(), |name| format!("{name} ({other})"));
            format!("{} of tenant {name}, by {way}", application(tenant, id))
        }
        Target::Unspecified => "no application in particular".to_owned(),
    }
}

/// A stage in words.
pub(in super::super) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::TenantRestrictions => "tenant restrictions",
        Stage::HomeRealm => "home realm discovery",
        Stage::FirstFactor => "the first factor",
        Stage::DirectoryObject => "the account in this tenant",
        Stage::Account => "the account's state",
        Stage::HomeOutbound => "outbound cross-tenant access",
        Stage::Inbound => "inbound cross-tenant access",
        Stage::Redemption => "redemption of the invitation",
        Stage::SecurityDefaults => "security defaults",
        Stage::ConditionalAccessBlock => "Conditional Access",
        Stage::Mfa => "multifactor authentication",
        Stage::Device => "the device",
        Stage::AppControl => "the client app",
        Stage::PasswordChange => "password change",
        Stage::TermsOfUse => "terms of use",
        Stage::Assignment => "assignment to the application",
    }
}

/// Combinations of methods that are shown unless everything is.
const MOST_METHODS: usize = 4;

/// A step as something to do.
pub(in super::super) fn step(tenant: &Tenant, step: &Step, all: bool) -> String {
    let place = |place: &Place| match place {
        Place::Home => "in the home tenant",
        Place::Here => "in this tenant",
    };
    match step {
        Step::RedeemInvitation => "redeem the invitation".to_owned(),
        Step::Authenticate(at, _) => {
            let methods = step.methods();
            if methods.is_empty() {
                return format!("multifactor authentication {}", place(at));
            }
            let most = if all { methods.len() } else { MOST_METHODS };
            let shown: Vec<&str> = methods.iter().take(most).map(String::as_str).collect();
            let more = methods.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            let one_of = if methods.len() > 1 { "one of " } else { "" };
            format!("authentication {} by {one_of}{}{more}", place(at), shown.join(", "))
        }
        Step::CompliantDevice(Place::Home) => "a device that the home tenant calls compliant".to_owned(),
        Step::CompliantDevice(Place::Here) => "a compliant device of this tenant".to_owned(),
        Step::HybridJoinedDevice(Place::Home) => "a hybrid joined device of the home tenant".to_owned(),
        Step::HybridJoinedDevice(Place::Here) => "a hybrid joined device of this tenant".to_owned(),
        Step::ApprovedApp => "an approved client app".to_owned(),
        Step::AppProtection => "a client app with an app protection policy".to_owned(),
        Step::ChangePassword => "change the password".to_owned(),
        Step::RemediateRisk => "remedy the risk".to_owned(),
        Step::AcceptTermsOfUse(id) => {
            let name = tenant.terms_of_use.get(id).and_then(|terms| terms.display_name.as_deref().ok());
            format!("accept the terms of use `{}`", name.unwrap_or_else(|| id.as_str()))
        }
        Step::CustomControl(name) => format!("pass the custom control `{name}`"),
    }
}

/// Where a step is done, as Graph's words would have it.
pub(super) const fn place(step: &Step) -> Option<&'static str> {
    match step {
        Step::Authenticate(place, _) | Step::CompliantDevice(place) | Step::HybridJoinedDevice(place) => {
            Some(match place {
                Place::Home => "home",
                Place::Here => "here",
            })
        }
        _ => None,
    }
}

/// A policy by id.
pub(super) fn policy<'e>(explanation: &'e Explanation, id: &Id) -> Option<&'e PolicyTrace> {
    explanation.policies.iter().find(|policy| policy.id == *id)
}

/// What refuses, with the kind of thing before it.
pub(super) fn by(explanation: &Explanation, by: &By) -> String {
    match by {
        By::Setting(name) => (*name).to_owned(),
        By::Policy(id) => {
            let name = policy(explanation, id).map_or_else(|| id.as_str(), |policy| policy.name.as_str());
            format!("policy `{name}`")
        }
    }
}

/// An ambiguity: what it asks, or how it was settled; and the option that decides it.
pub(super) struct Leaning {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) option: Option<&'static str>,
    pub(super) values: Vec<&'static str>,
    /// How it is read: a word of the option, or `unknown`.
    pub(super) reading: Option<&'static str>,
}

/// What is known of an ambiguity.
pub(super) fn leaning(id: &'static str, readings: &Readings) -> Leaning {
    let Some(known) = AMBIGUITIES.iter().find(|known| known.id == id) else {
        let about = SETTLED.iter().find(|(known, _)| *known == id).map_or("", |(_, about)| *about);
        return Leaning { id, about, option: None, values: Vec::new(), reading: None };
    };
    let [first, second] = known.words;
    let reading = match readings.of(known) {
        Reading::First => first,
        Reading::Second => second,
        Reading::Open => "unknown",
    };
    let values = vec![first, second, "unknown"];
    Leaning { id, about: known.question, option: Some(known.name), values, reading: Some(reading) }
}
