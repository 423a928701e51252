//! A request as scenarios: one for everything that is opened.

use super::super::question::{DeviceText, When};
use super::super::resolve::{Resolver, conditions};
use super::body::{Context, Identity, Misread, Read, WhatIfRequest, wrong};
use crate::access::sign_in::{Conditions, Request, Scenario, SeenPlatform, Subject, Target, WorkloadSignIn};
use crate::model::{ClientApp, ExternalUserType, Id, Platform, RiskLevel};

impl WhatIfRequest {
    /// The sign-ins that the request asks about, and what is worth knowing about how it was read. `as_api` takes the
    /// words `all` and `hidden` as the API does; else they specify nothing.
    ///
    /// # Errors
    /// What the tenant does not have, or what is no value; with the JSON pointer.
    pub fn scenarios(&self, resolver: &Resolver<'_>, as_api: bool) -> Read<(Vec<Scenario>, Vec<String>)> {
        let (subject, notes) = self.subject(resolver)?;
        let conditions = self.conditions(as_api)?;
        let mut scenarios = Vec::new();
        for context in &self.contexts {
            let target = match context {
                Context::Application(text) => Target::Application(Request::plain(application(resolver, text, as_api)?)),
                Context::UserAction(action) => Target::UserAction(*action),
                Context::AuthenticationContext(value) => Target::AuthenticationContext(value.as_str().into()),
                Context::Unspecified => Target::Unspecified,
            };
            scenarios.push(Scenario { subject: subject.clone(), target, conditions: conditions.clone() });
        }
        Ok((scenarios, notes))
    }

    /// The service principal that signs in; `None` if it is a person.
    ///
    /// # Errors
    /// What is no value; with the JSON pointer.
    pub fn workload(&self) -> Read<Option<WorkloadSignIn>> {
        let Identity::ServicePrincipal(id) = &self.identity else { return Ok(None) };
        let from = self.conditions(true)?.from;
        let risk = self.words.get("servicePrincipalRiskLevel").map(|word| RiskLevel::read(word));
        Ok(Some(WorkloadSignIn { service_principal: id.clone(), from, risk }))
    }

    fn subject(&self, resolver: &Resolver<'_>) -> Read<(Subject, Vec<String>)> {
        let Identity::User { id, kind, tenant } = &self.identity else {
            return wrong("/signInIdentity", "a service principal is no person");
        };
        let mut notes = Vec::new();
        let known = id.as_ref().and_then(|id| resolver.tenant.users.get(id));
        let mut subject = match (id, known, kind) {
            (_, Some(user), _) => Subject::of_user(user, resolver.homes()),
            // They have no account here, so the id is one of their own tenant.
            (
                Some(id),
                None,
                Some(kind @ (ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider)),
            ) => Subject { home_id: Some(id.clone()), ..Subject::of_kind(*kind) },
            (Some(id), None, _) => {
                notes.push(format!("no user of the export has the id `{id}`: nothing else is known of them"));
                Subject::of_id(id)
            }
            (None, None, Some(kind)) => {
                notes.push(
                    "whether the API takes an external user type without a user is not documented (AM-40)".to_owned(),
                );
                Subject::of_kind(*kind)
            }
            (None, None, None) => return wrong("/signInIdentity", "nobody signs in"),
        };
        subject.claim(*kind, tenant.as_ref());
        Ok((subject, notes))
    }

    fn conditions(&self, as_api: bool) -> Read<Conditions> {
        let word = |name: &str| self.words.get(name).map(|word| (*word).to_owned());
        let specified = |name: &str| word(name).filter(|word| word != "all" && word != "hidden");
        let when = When {
            client: specified("clientAppType"),
            platform: specified("devicePlatform"),
            ip: self.texts.get("ipAddress").cloned(),
            country: self.texts.get("country").cloned(),
            device: (!self.device.is_empty()).then(|| DeviceText::Attributes(self.device.clone())),
            sign_in_risk: specified("signInRiskLevel"),
            user_risk: specified("userRiskLevel"),
            insider_risk: word("insiderRiskLevel"),
            flow: word("transferMethod"),
            ..When::default()
        };
        let mut conditions = conditions(&when).map_err(|why| Misread {
            pointer: format!("/signInConditions/{}", member(&why.member)),
            message: why.message,
        })?;
        if as_api {
            let is = |name: &str, value: &str| word(name).is_some_and(|word| word == value);
            if is("clientAppType", "all") {
                conditions.client = Some(ClientApp::All);
            }
            if is("devicePlatform", "all") {
                conditions.platform = Some(SeenPlatform::Known(Platform::All));
            }
            if is("signInRiskLevel", "hidden") {
                conditions.sign_in_risk = Some(RiskLevel::Hidden);
            }
            if is("userRiskLevel", "hidden") {
                conditions.user_risk = Some(RiskLevel::Hidden);
            }
        }
        Ok(conditions)
    }
}

/// Graph's name of a condition that is free text; words were held against Graph's before.
fn member(when: &str) -> &str {
    match when {
        "when.ip" => "ipAddress",
        "when.device" => "deviceInfo",
        other => other.trim_start_matches("when."),
    }
}

fn application(resolver: &Resolver<'_>, text: &str, as_api: bool) -> Read<Id> {
    let at = "/signInContext/includeApplications";
    let group =
        ["All", "Office365", "MicrosoftAdminPortals"].into_iter().find(|group| group.eq_ignore_ascii_case(text));
    match group {
        // SI-2.12: it matches nothing.
        Some(group) if as_api => return Ok(Id::new(group)),
        Some(group) => return wrong(at, format!("`{group}` is a group of applications, and a sign-in is to one")),
        None => {}
    }
    if !Id::new(text).is_guid() {
        return wrong(at, format!("`{text}` is not the id of an application"));
    }
    resolver.application(text).or_else(|why| wrong(at, why.message))
}
