//! Words to a scenario: users and applications of the tenant by what people call them, conditions by Graph's names.

use std::collections::{BTreeMap, BTreeSet};

use super::at_large;
use super::question::{AttributeText, DeviceText, UserText, When};
use super::words::{
    APPLICATION_GROUPS, CHANNELS, CLIENTS, DEVICE_ATTRIBUTES, DEVICES, EXTENSION_ATTRIBUTES, FLOWS, HOME_OUTBOUND,
    INSIDER_RISKS, MFA, PLATFORMS, RISKS, UNLISTED,
};
use crate::access::sign_in::{
    Claims, Conditions, Device, DeviceInfo, DirectoryObject, Factors, Flow, Homes, Outsider, Provider, Request,
    Scenario, SeenPlatform, Subject, Target, UserAction,
};
use crate::access::{Answer, Packages, outsider_of};
use crate::model::{
    AccessPackage, Address, ClientApp, Country, Id, InsiderRisk, METHODS, Platform, RiskLevel, Tenant, Told,
    TransferMethod, User, known_application, method_named,
};
use crate::suggest::nearest;

/// What could not be made sense of: the member and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misunderstood {
    /// The member: `user`, `app`, `when.client`, …
    pub member: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

pub(super) type Understood<T> = Result<T, Misunderstood>;

pub(super) fn wrong<T>(member: &str, message: impl Into<String>) -> Understood<T> {
    Err(Misunderstood { member: member.to_owned(), message: message.into() })
}

fn or_suggest(text: &str, what: &str, known: &[&str]) -> String {
    let near = nearest(&text.to_lowercase(), known.iter().copied())
        .or_else(|| known.iter().copied().find(|word| word.to_lowercase().starts_with(&text.to_lowercase())));
    match near {
        Some(near) => format!("`{text}` is no {what}; did you mean `{near}`?"),
        None => format!("`{text}` is no {what}; there are {}", known.join(", ")),
    }
}

/// Finds users and applications of a tenant by id or name.
#[derive(Debug)]
pub struct Resolver<'t> {
    pub(super) tenant: &'t Tenant,
    homes: Homes,
}

impl<'t> Resolver<'t> {
    /// A resolver. `homes` maps mail domains to the Entra tenants behind them, beside what the export tells.
    #[must_use]
    pub fn new(tenant: &'t Tenant, homes: &BTreeMap<String, Id>) -> Self {
        Self { tenant, homes: Homes::of_tenant(tenant, homes) }
    }

    /// Which Entra tenant stands behind which mail domain.
    #[must_use]
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// A whole sign-in.
    ///
    /// # Errors
    /// The first word that cannot be made sense of.
    pub fn scenario(&self, user: &UserText, app: Option<&str>, when: &When) -> Understood<Scenario> {
        let subject = self.user(user)?;
        let conditions = conditions(when)?;
        let target = self.target(app, when)?;
        Ok(Scenario { subject, target, conditions })
    }

    /// The same as Microsoft's what-if takes it: a group of applications names nothing (SI-2.12).
    ///
    /// # Errors
    /// The first word that cannot be made sense of.
    pub fn what_if_scenario(&self, user: &UserText, app: Option<&str>, when: &When) -> Understood<Scenario> {
        let group = app.filter(|app| APPLICATION_GROUPS.iter().any(|group| group.eq_ignore_ascii_case(app)));
        let mut scenario = self.scenario(user, app.filter(|_| group.is_none()), when)?;
        if let Some(group) = group {
            scenario.target = Target::Application(Request::plain(Id::new(group)));
        }
        Ok(scenario)
    }

    /// Who signs in: a user of the tenant by id, user principal name, mail or display name, or somebody described.
    ///
    /// # Errors
    /// Nobody, or more than one, is called that.
    pub fn user(&self, text: &UserText) -> Understood<Subject> {
        let who = text.who().trim();
        let mut subject = match at_large::person(who) {
            Some(subject) => subject,
            None => match self.outsider(who)? {
                Some((outsider, name)) => Subject::described(&outsider, name),
                None => Subject::of_user(self.exported_user(who)?, &self.homes),
            },
        };
        // Who vouches may be said beside the domain.
        let domain = ["domain:", "one-time-passcode:", "saml:"].into_iter().find_map(|word| who.strip_prefix(word));
        if let Some(domain) = domain {
            subject.domain = Some(domain.trim().to_ascii_lowercase());
        }
        let UserText::Described(more) = text else { return Ok(subject) };
        if let Some(pending) = more.pending {
            subject.pending = Answer::from(pending);
        }
        if more.invited == Some(false) {
            subject.object = DirectoryObject::Missing;
        }
        for group in &more.groups {
            let id = self.group(group)?;
            subject.join(self.tenant, &id);
        }
        if !more.packages.is_empty() {
            let packages = Packages::of(self.tenant);
            for name in &more.packages {
                let granted = packages.grants(self.package(name)?);
                for group in &granted.groups {
                    subject.join(self.tenant, group);
                }
                subject.granted.extend(granted.applications);
                subject.roles.extend(granted.roles);
            }
        }
        for role in &more.roles {
            subject.roles.insert(self.role(role)?);
        }
        subject.home_groups = more.home_groups.as_ref().map(|groups| groups.iter().map(|id| Id::new(id)).collect());
        subject.home_id = more.home_id.as_ref().map(|id| Id::new(id));
        subject.other_cloud = more.other_cloud;
        subject.group_count = more.group_count;
        subject.registered_at_home = methods(more.registered_at_home.as_deref(), "user.registeredAtHome")?;
        subject.registered_here = methods(more.registered_here.as_deref(), "user.registeredHere")?;
        subject.guest_here_too = more.guest_here_too;
        Ok(subject)
    }

    fn outsider(&self, who: &str) -> Understood<Option<(Outsider, String)>> {
        let (word, rest) = who.split_once(':').map_or((who, None), |(word, rest)| (word, Some(rest.trim())));
        let several = |domain: &str| {
            let message = format!(
                "connected organizations name several tenants after `{domain}`; say which by its id, or with `--home-tenant`"
            );
            wrong("user", message)
        };
        if let (Some(domain), true) = (rest, word != "organization")
            && self.homes.is_ambiguous(domain)
        {
            return several(domain);
        }
        let tenant = || match rest {
            Some(rest) if !rest.is_empty() => Ok(self.home(rest)),
            _ => wrong("user", format!("`{who}` names no tenant; write `{word}:<tenant id or domain>`")),
        };
        let without = |provider, name: &str| Ok(Some((Outsider::WithoutTenant(provider), name.to_owned())));
        let from = |outsider: fn(Id) -> Outsider, kind: &str| {
            let id = tenant()?;
            let name = format!("{kind} of {}", rest.unwrap_or_default());
            Ok(Some((outsider(id), name)))
        };
        match word.to_ascii_lowercase().as_str() {
            "tenant" => from(Outsider::Guest, "a guest"),
            "member" => from(Outsider::Member, "a B2B collaboration member"),
            "direct-connect" => from(Outsider::DirectConnect, "a B2B direct connect user"),
            "service-provider" => from(Outsider::ServiceProvider, "a technician"),
            "other" if rest.is_some() => from(Outsider::Other, "an external user"),
            "any-other-tenant" => {
                Ok(Some((Outsider::GuestOfAnyOther, "a guest of a tenant that no setting names".to_owned())))
            }
            "one-time-passcode" => without(Provider::OneTimePasscode, "a guest with a one-time passcode"),
            "google" => without(Provider::Google, "a guest with a Google account"),
            "facebook" => without(Provider::Facebook, "a guest with a Facebook account"),
            "saml" => without(Provider::Federation, "a guest of a SAML or WS-Federation provider"),
            "microsoft-account" => without(Provider::MicrosoftAccount, "a guest with a Microsoft account"),
            "internal-guest" => Ok(Some((Outsider::InternalGuest, "an internal guest".to_owned()))),
            "domain" if rest.is_some() => Ok(Some(self.of_domain(rest.unwrap_or_default()))),
            "organization" if rest.is_some() => self.of_organization(rest.unwrap_or_default()).map(Some),
            _ => Ok(None),
        }
    }

    /// A tenant id, or the tenant behind a domain.
    fn home(&self, text: &str) -> Id {
        self.homes.behind(text).cloned().unwrap_or_else(|| Id::new(text))
    }

    /// Somebody with a mail address in a domain: of the tenant behind it, else by one-time passcode, or with a Microsoft
    /// account where passcodes are off (XT-5.1).
    fn of_domain(&self, domain: &str) -> (Outsider, String) {
        let name = format!("a guest of {domain}");
        match self.homes.behind(domain) {
            Some(id) => (Outsider::Guest(id.clone()), name),
            None if self.passcodes_are_off() => (Outsider::WithoutTenant(Provider::MicrosoftAccount), name),
            None => (Outsider::WithoutTenant(Provider::OneTimePasscode), name),
        }
    }

    fn passcodes_are_off(&self) -> bool {
        let methods = self.tenant.authentication_methods.only();
        methods.is_ok_and(|found| found.external_email_otp.as_ref().is_ok_and(|word| word == "disabled"))
    }

    fn of_organization(&self, text: &str) -> Understood<(Outsider, String)> {
        let found = self
            .tenant
            .connected_organizations
            .items
            .iter()
            .find(|organization| organization.id == Id::new(text) || is_called(&organization.display_name, text));
        let Some(found) = found else {
            let known: Vec<&str> = self
                .tenant
                .connected_organizations
                .items
                .iter()
                .filter_map(|organization| organization.display_name.as_deref().ok())
                .collect();
            return wrong("user", or_suggest(text, "connected organization of this tenant", &known));
        };
        if let Some((outsider, _)) = outsider_of(found) {
            return Ok((outsider, format!("somebody of {text}")));
        }
        wrong("user", format!("the export does not tell how people of `{text}` sign in (`identitySources`)"))
    }

    fn exported_user(&self, who: &str) -> Understood<&'t User> {
        let users = &self.tenant.users.items;
        if let Some(user) = self.tenant.users.get(&Id::new(who)) {
            return Ok(user);
        }
        let exact = |user: &&User| {
            is_called(&user.user_principal_name, who)
                || matches!(&user.mail, Ok(Some(mail)) if mail.eq_ignore_ascii_case(who))
        };
        let found: Vec<&User> = users.iter().filter(exact).collect();
        let found = if found.is_empty() {
            users.iter().filter(|user| is_called(&user.display_name, who)).collect()
        } else {
            found
        };
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                let names = users.iter().flat_map(|user| {
                    [
                        user.display_name.as_deref().ok(),
                        user.user_principal_name.as_deref().ok(),
                        user.mail.as_ref().ok().and_then(Option::as_deref),
                    ]
                });
                let words = [
                    "tenant:",
                    "organization:",
                    "domain:",
                    "one-time-passcode",
                    "google",
                    "direct-connect:",
                    "service-provider:",
                ];
                let help = match nearest(who, names.flatten().chain(words)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if users.is_empty() => "users were not exported; describe somebody, as with `tenant:<id>`, `organization:<name>`, `domain:<domain>`, `one-time-passcode` or `google`".to_owned(),
                    None => "name one by id, user principal name, mail or display name, or describe somebody, as with `tenant:<id>`, `organization:<name>` or `one-time-passcode`".to_owned(),
                };
                wrong("user", format!("no user `{who}` in the export; {help}"))
            }
            several => {
                let ids: Vec<&str> = several.iter().take(5).map(|user| user.id.as_str()).collect();
                wrong("user", format!("{} users are called `{who}`; name one by id: {}", several.len(), ids.join(", ")))
            }
        }
    }

    fn group(&self, text: &str) -> Understood<Id> {
        let id = Id::new(text);
        if id.is_guid() || self.tenant.groups.get(&id).is_some() {
            return Ok(id);
        }
        if let Some(group) = self.tenant.groups.items.iter().find(|group| is_called(&group.display_name, text)) {
            return Ok(group.id.clone());
        }
        let known: Vec<&str> =
            self.tenant.groups.items.iter().filter_map(|group| group.display_name.as_deref().ok()).collect();
        wrong("user.groups", or_suggest(text, "group of this tenant", &known))
    }

    fn package(&self, text: &str) -> Understood<&'t AccessPackage> {
        let packages = &self.tenant.access_packages;
        let named = || packages.items.iter().find(|package| is_called(&package.display_name, text));
        if let Some(package) = packages.get(&Id::new(text)).or_else(named) {
            return Ok(package);
        }
        let known: Vec<&str> =
            packages.items.iter().filter_map(|package| package.display_name.as_deref().ok()).collect();
        wrong("user.packages", or_suggest(text, "access package of this tenant", &known))
    }

    fn role(&self, text: &str) -> Understood<Id> {
        let id = Id::new(text);
        let roles = &self.tenant.role_definitions.items;
        if id.is_guid() {
            return Ok(id);
        }
        if let Some(role) = roles.iter().find(|role| is_called(&role.display_name, text)) {
            return Ok(role.template.clone().unwrap_or_else(|_| role.id.clone()));
        }
        let known: Vec<&str> = roles.iter().filter_map(|role| role.display_name.as_deref().ok()).collect();
        wrong("user.roles", or_suggest(text, "directory role of the export", &known))
    }

    /// The id of an application: by id, by its name in the tenant, or by a name that Microsoft's own is known by.
    ///
    /// # Errors
    /// Nothing, or more than one, is called that.
    pub fn application(&self, text: &str) -> Understood<Id> {
        if let Some(id) = at_large::application(text) {
            return Ok(id);
        }
        let id = Id::new(text);
        let principals = &self.tenant.service_principals.items;
        if principals.iter().any(|principal| principal.app_id.as_ref() == Ok(&id)) {
            return Ok(id);
        }
        if let Some(principal) = self.tenant.service_principals.get(&id) {
            return principal
                .app_id
                .clone()
                .or_else(|_| wrong("app", format!("the application of service principal `{text}` was not exported")));
        }
        let mut named = principals.iter().filter(|principal| is_called(&principal.display_name, text));
        match (named.next().and_then(|principal| principal.app_id.as_ref().ok()), named.next()) {
            (Some(id), None) => return Ok(id.clone()),
            (Some(_), Some(_)) => {
                return wrong("app", format!("several applications are called `{text}`; name one by id"));
            }
            (None, _) => {}
        }
        if let Some(known) = known_application(text) {
            return Ok(Id::new(known.id));
        }
        // What policies and settings name is told apart, whether it has a service principal or not.
        let is_named = || crate::compile::applications(self.tenant).contains(&id);
        if id.is_guid() && (!self.tenant.service_principals.coverage.is_complete() || is_named()) {
            return Ok(id);
        }
        let names = principals.iter().filter_map(|principal| principal.display_name.as_deref().ok());
        let known =
            crate::model::KNOWN_APPLICATIONS.iter().flat_map(|known| known.aliases.iter().copied().chain([known.name]));
        let help = match nearest(text, names.chain(known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if id.is_guid() => "no service principal of the export has that application id".to_owned(),
            None => "name one by application id, or by its display name in the tenant".to_owned(),
        };
        wrong("app", format!("no application `{text}`; {help}"))
    }

    fn target(&self, app: Option<&str>, when: &When) -> Understood<Target> {
        if let Some(action) = &when.user_action {
            if app.is_some() {
                return wrong(
                    "when.userAction",
                    "a user action is opened in place of an application; name one of the two",
                );
            }
            let known: Vec<&str> = UserAction::ALL.iter().map(|action| action.as_str()).collect();
            return match UserAction::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(action)) {
                Some(action) => Ok(Target::UserAction(action)),
                None => wrong("when.userAction", or_suggest(action, "user action", &known)),
            };
        }
        let Some(app) = app else {
            return Ok(match &when.authentication_context {
                Some(context) => Target::AuthenticationContext(context.as_str().into()),
                None => Target::Unspecified,
            });
        };
        let application = self.application(app)?;
        if let Some(tenant) = &when.outbound_to {
            let direct_connect = match when.channel.as_deref() {
                Some("directConnect") => true,
                Some("collaboration") | None => false,
                Some(other) => {
                    return wrong("when.channel", or_suggest(other, "channel", &CHANNELS));
                }
            };
            return Ok(Target::Outbound { tenant: self.home(tenant), application, direct_connect });
        }
        if when.channel.is_some() {
            return wrong("when.channel", "a channel is for people who go out; `outboundTo` names the tenant");
        }
        Ok(Target::Application(Request {
            application,
            authentication_context: when.authentication_context.as_deref().map(Into::into),
            scopes: when.scopes.iter().map(|scope| scope.as_str().into()).collect(),
            public_client: when.public_client.unwrap_or(true),
        }))
    }
}

pub(super) fn is_called(name: &Told<String>, text: &str) -> bool {
    name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(text))
}

fn methods(texts: Option<&[String]>, member: &str) -> Understood<Option<BTreeSet<String>>> {
    let Some(texts) = texts else { return Ok(None) };
    texts.iter().map(|text| method(text, member)).collect::<Understood<BTreeSet<String>>>().map(Some)
}

fn method(text: &str, member: &str) -> Understood<String> {
    if let Some(method) = method_named(text) {
        return Ok(method.name.to_owned());
    }
    let known: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    wrong(member, or_suggest(text, "authentication method", &known))
}

fn factors(texts: &[String], member: &str) -> Understood<Factors> {
    let mut factors = Factors::default();
    for text in texts {
        if text.eq_ignore_ascii_case(MFA) {
            factors.mfa = true;
        } else {
            factors.methods.insert(method(text, member)?);
        }
    }
    Ok(factors)
}

/// One of Graph's words.
fn word<T>(
    text: Option<&String>,
    member: &str,
    what: &str,
    known: &[&str],
    read: impl Fn(&str) -> T,
) -> Understood<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    match known.iter().find(|word| word.eq_ignore_ascii_case(text)) {
        Some(word) => Ok(Some(read(word))),
        None => wrong(member, or_suggest(text, what, known)),
    }
}

/// Conditions of words.
///
/// # Errors
/// The first word that cannot be made sense of.
pub fn conditions(when: &When) -> Understood<Conditions> {
    let client = word(when.client.as_ref(), "when.client", "client", &CLIENTS, ClientApp::read)?;
    let platform = word(when.platform.as_ref(), "when.platform", "platform", &PLATFORMS, |text| {
        if text == "unknown" { SeenPlatform::Unknown } else { SeenPlatform::Known(Platform::read(text)) }
    })?;
    let mut conditions = Conditions { client, platform, ..Conditions::default() };
    conditions.from.address = match when.ip.as_deref() {
        None => None,
        Some(UNLISTED) => Some(Address::Unlisted),
        Some(text) => match text.parse() {
            Ok(address) => Some(Address::Ip(address)),
            Err(_) => {
                return wrong(
                    "when.ip",
                    format!("`{text}` is no IP address such as `198.51.100.7` or `2001:db8::7`, nor `unlisted`"),
                );
            }
        },
    };
    conditions.from.country = country(when.country.as_deref(), "when.country")?;
    conditions.from.gps_country = country(when.gps_country.as_deref(), "when.gpsCountry")?;
    conditions.from.mfa_trusted = when.mfa_trusted_ip.unwrap_or_default();
    conditions.from.compliant_network = when.compliant_network;
    conditions.device = when.device.as_ref().map(device).transpose()?;
    conditions.sign_in_risk = word(when.sign_in_risk.as_ref(), "when.signInRisk", "risk", &RISKS, RiskLevel::read)?;
    conditions.user_risk = word(when.user_risk.as_ref(), "when.userRisk", "risk", &RISKS, RiskLevel::read)?;
    conditions.insider_risk =
        word(when.insider_risk.as_ref(), "when.insiderRisk", "insider risk", &INSIDER_RISKS, |text| {
            (text != "none").then(|| InsiderRisk::read(text))
        })?;
    let transfer = |text: &str| (text != "none").then(|| TransferMethod::read(text));
    conditions.flow = word(when.flow.as_ref(), "when.flow", "authentication flow", &FLOWS, transfer)?
        .map(|flow| flow.map_or(Flow::Ordinary, Flow::Transfer));
    conditions.original_flow =
        word(when.original_flow.as_ref(), "when.originalFlow", "authentication flow", &FLOWS, transfer)?.flatten();
    conditions.unattended = when.interactive == Some(false);
    conditions.tenant_restricted = when.tenant_restricted.unwrap_or_default();
    conditions.shared_channel = when.shared_channel;
    conditions.home_outbound =
        word(when.home_outbound.as_ref(), "when.homeOutbound", "answer", &HOME_OUTBOUND, |text| text == "allowed")?;
    conditions.claims = Claims {
        home: factors(&when.claims.home, "when.claims.home")?,
        here: factors(&when.claims.here, "when.claims.here")?,
        terms_accepted: when.claims.terms_accepted.iter().map(|id| Id::new(id)).collect(),
        custom_passed: when.claims.custom_passed.iter().cloned().collect(),
    };
    Ok(conditions)
}

fn country(text: Option<&str>, member: &str) -> Understood<Option<Country>> {
    let Some(text) = text else { return Ok(None) };
    match Country::read(text) {
        Some(country) => Ok(Some(country)),
        None => wrong(member, format!("`{text}` is no two-letter country code such as `DE`, nor `unmapped`")),
    }
}

fn device(text: &DeviceText) -> Understood<Device> {
    let member = "when.device";
    let registered =
        |compliant, hybrid_joined| Device::Registered(DeviceInfo { compliant, hybrid_joined, ..DeviceInfo::default() });
    let attributes = match text {
        DeviceText::Word(word) => {
            return match word.to_ascii_lowercase().as_str() {
                "unregistered" => Ok(Device::Unregistered),
                "registered" => Ok(registered(None, None)),
                "compliant" => Ok(registered(Some(true), None)),
                "noncompliant" => Ok(registered(Some(false), None)),
                "hybridjoined" => Ok(registered(None, Some(true))),
                _ => wrong(member, or_suggest(word, "device", &DEVICES)),
            };
        }
        DeviceText::Attributes(attributes) => attributes,
    };
    let mut info = DeviceInfo::default();
    for (name, value) in attributes {
        let flag = || match value {
            AttributeText::Flag(flag) => Ok(*flag),
            AttributeText::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            AttributeText::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => wrong(member, format!("`{name}` is true or false")),
        };
        match name.to_ascii_lowercase().as_str() {
            "registered" if flag()? => {}
            "registered" if attributes.len() == 1 => return Ok(Device::Unregistered),
            "registered" => return wrong(member, "a device that is not registered has no attributes"),
            "iscompliant" => info.compliant = Some(flag()?),
            "hybridjoined" => info.hybrid_joined = Some(flag()?),
            // Graph's what-if says `ownership` where filters say `deviceOwnership`.
            "ownership" => {
                info.attributes.insert("deviceownership".to_owned(), value.values());
            }
            known => {
                if known == "trusttype" {
                    info.hybrid_joined = Some(value.values().iter().any(|kind| kind.eq_ignore_ascii_case("ServerAD")));
                }
                if !is_attribute(known) {
                    return wrong(member, or_suggest(name, "attribute of a device", &DEVICE_ATTRIBUTES));
                }
                info.attributes.insert(known.to_owned(), value.values());
            }
        }
    }
    Ok(Device::Registered(info))
}

/// An attribute of a device in Graph's spelling.
#[must_use]
pub fn attribute_name(name: &str) -> String {
    match DEVICE_ATTRIBUTES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => (*known).to_owned(),
        None => name.replacen("extensionattribute", "extensionAttribute", 1),
    }
}

fn is_attribute(name: &str) -> bool {
    let extension = name.strip_prefix("extensionattribute").and_then(|number| number.parse::<u8>().ok());
    extension.is_some_and(|number| (1..=EXTENSION_ATTRIBUTES).contains(&number))
        || DEVICE_ATTRIBUTES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::super::words::PEOPLE;
    use super::*;

    /// Words that documentation and schema tell are words that are understood.
    #[test]
    fn everybody_who_can_be_described_is_understood() {
        let tenant = Tenant::default();
        let resolver = Resolver::new(&tenant, &BTreeMap::new());
        for (word, who) in PEOPLE {
            let found = resolver.user(&UserText::Word(word.to_owned()));
            if word.starts_with("organization:") {
                assert!(found.unwrap_err().message.contains("no connected organization"), "{word}");
            } else {
                assert!(found.is_ok(), "{word}: {who}: {found:?}");
            }
        }
        for word in DEVICES {
            assert!(device(&DeviceText::Word(word.to_owned())).is_ok(), "{word}");
        }
        assert_eq!(Country::read(super::super::words::UNMAPPED), Some(Country::Unmapped));
    }
}
