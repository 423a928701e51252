//! The body of a what-if request, read strictly: what it says is all that is asked, so nothing of it may be passed over.

use std::collections::BTreeMap;
use std::fmt;

use super::super::question::AttributeText;
use super::members::{Members, kind_of};
use crate::access::sign_in::UserAction;
use crate::model::{ExternalUserType, Id};
use crate::source::{Node, decode, escape_pointer, parse};

/// What could not be made sense of, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "at {}: {}", self.pointer, self.message)
    }
}

pub(super) type Read<T> = Result<T, Misread>;

pub(super) fn wrong<T>(pointer: impl Into<String>, message: impl Into<String>) -> Read<T> {
    Err(Misread { pointer: pointer.into(), message: message.into() })
}

/// A request. What it leaves out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIfRequest {
    /// Who.
    pub identity: Identity,
    /// To what: one of these. Never empty.
    pub contexts: Vec<Context>,
    /// Conditions that are words, by Graph's name, in Graph's spelling.
    pub(super) words: BTreeMap<&'static str, &'static str>,
    /// Conditions that are free text, by Graph's name.
    pub(super) texts: BTreeMap<&'static str, String>,
    /// The device.
    pub(super) device: BTreeMap<String, AttributeText>,
    /// Whether only policies that apply are wanted.
    pub applied_policies_only: bool,
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A person.
    User {
        /// Object id.
        id: Option<Id>,
        /// External user type.
        kind: Option<ExternalUserType>,
        /// Home tenant.
        tenant: Option<Id>,
    },
    /// A service principal, by its id or its application's.
    ServicePrincipal(Id),
}

/// What is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Context {
    /// An application.
    Application(String),
    /// A user action.
    UserAction(UserAction),
    /// An authentication context.
    AuthenticationContext(String),
    /// Nothing that is named.
    Unspecified,
}

impl WhatIfRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// It is no JSON, or says something that the API does not document; with the JSON pointer.
    pub fn read(bytes: &[u8]) -> Read<Self> {
        let (text, _) = decode(bytes).or_else(|error| wrong("", error.to_string()))?;
        let (root, repeated) =
            parse(&text).or_else(|error| wrong("", format!("does not parse as JSON: {}", error.message)))?;
        if repeated {
            let path = root.duplicates().into_iter().next().unwrap_or_default();
            let steps: Vec<String> = path.iter().map(|step| escape_pointer(step)).collect();
            let pointer = format!("/{}", steps.join("/"));
            return wrong(pointer, "the member stands here more than once");
        }
        let body = Members::of(&root, "", &ROOT, "")?;
        let Some(identity) = body.node("signInIdentity") else {
            return wrong("/signInIdentity", "who signs in is not told");
        };
        let (words, texts, device) = conditions(body.node("signInConditions"))?;
        Ok(Self {
            identity: read_identity(identity)?,
            contexts: contexts(body.node("signInContext"))?,
            words,
            texts,
            device,
            applied_policies_only: body.flag("appliedPoliciesOnly")?.unwrap_or_default(),
        })
    }
}

const ROOT: [&str; 4] = ["signInIdentity", "signInContext", "signInConditions", "appliedPoliciesOnly"];
fn read_identity(node: &Node<'_>) -> Read<Identity> {
    let at = "/signInIdentity";
    let kinds = [
        ("userSignIn", "userId"),
        ("userSignIn", "externalUserType"),
        ("servicePrincipalSignIn", "servicePrincipalId"),
    ];
    let kind = kind_of(node, at, &kinds)?;
    if kind == "servicePrincipalSignIn" {
        let members = Members::of(node, at, &["servicePrincipalId"], kind)?;
        return match members.guid("servicePrincipalId")? {
            Some(id) => Ok(Identity::ServicePrincipal(id)),
            None => wrong(members.at("servicePrincipalId"), "which service principal signs in is not told"),
        };
    }
    let members = Members::of(node, at, &["userId", "externalUserType", "externalTenantId"], kind)?;
    let types: Vec<&'static str> =
        std::iter::once("none").chain(ExternalUserType::ALL.iter().map(|kind| kind.as_str())).collect();
    // `none` is what a client writes that says nothing.
    let kind = members.word("externalUserType", &types)?.and_then(ExternalUserType::read);
    let (id, tenant) = (members.guid("userId")?, members.guid("externalTenantId")?);
    if id.is_none() && kind.is_none() {
        return wrong(members.at("userId"), "neither who signs in nor an external user type is told");
    }
    if kind == Some(ExternalUserType::InternalGuest) && tenant.is_some() {
        return wrong(members.at("externalTenantId"), "an internal guest has no tenant elsewhere");
    }
    Ok(Identity::User { id, kind, tenant })
}

fn contexts(node: Option<&Node<'_>>) -> Read<Vec<Context>> {
    let at = "/signInContext";
    let Some(node) = node else { return Ok(vec![Context::Unspecified]) };
    let kinds = [
        ("applicationContext", "includeApplications"),
        ("userActionContext", "userAction"),
        ("authContext", "authenticationContextValue"),
    ];
    let one = match kind_of(node, at, &kinds)? {
        kind @ "applicationContext" => {
            let members = Members::of(node, at, &["includeApplications"], kind)?;
            let mut named: Vec<Context> = Vec::new();
            for id in members.list("includeApplications")? {
                let one = Context::Application(id.to_owned());
                if !named.contains(&one) {
                    named.push(one);
                }
            }
            if !named.is_empty() {
                return Ok(named);
            }
            Context::Unspecified
        }
        kind @ "userActionContext" => {
            let members = Members::of(node, at, &["userAction"], kind)?;
            let word = members.word("userAction", &UserAction::ALL.map(UserAction::as_str))?;
            let action = UserAction::ALL.into_iter().find(|action| Some(action.as_str()) == word);
            action.map_or_else(
                || wrong(members.at("userAction"), "no user action is named"),
                |action| Ok(Context::UserAction(action)),
            )?
        }
        kind => {
            let members = Members::of(node, at, &["authenticationContextValue"], kind)?;
            let value = members.text("authenticationContextValue")?.unwrap_or_default();
            let number = value.strip_prefix('c').and_then(|number| number.parse::<u8>().ok());
            if !number.is_some_and(|number| (1..=99).contains(&number)) {
                return wrong(members.at("authenticationContextValue"), "one of c1 to c99 is expected here");
            }
            Context::AuthenticationContext(value.to_owned())
        }
    };
    Ok(vec![one])
}

const RISKS: [&str; 5] = ["none", "low", "medium", "high", "hidden"];
const WORDS: [(&str, &[&str]); 6] = [
    ("devicePlatform", &["all", "android", "iOS", "windows", "windowsPhone", "macOS", "linux"]),
    (
        "clientAppType",
        &["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"],
    ),
    ("signInRiskLevel", &RISKS),
    ("userRiskLevel", &RISKS),
    ("servicePrincipalRiskLevel", &RISKS),
    ("insiderRiskLevel", &["none", "minor", "moderate", "elevated"]),
];

type ReadConditions =
    (BTreeMap<&'static str, &'static str>, BTreeMap<&'static str, String>, BTreeMap<String, AttributeText>);

fn conditions(node: Option<&Node<'_>>) -> Read<ReadConditions> {
    let at = "/signInConditions";
    let (mut words, mut texts, mut device) = ReadConditions::default();
    let Some(node) = node else { return Ok((words, texts, device)) };
    let others = ["country", "ipAddress", "authenticationFlow", "deviceInfo"];
    let known: Vec<&str> = WORDS.iter().map(|(name, _)| *name).chain(others).collect();
    let members = Members::of(node, at, &known, "signInConditions")?;
    for (name, known) in WORDS {
        if let Some(word) = members.word(name, known)? {
            words.insert(name, word);
        }
    }
    for name in ["country", "ipAddress"] {
        if let Some(text) = members.text(name)? {
            texts.insert(name, text.to_owned());
        }
    }
    if let Some(flow) = members.node("authenticationFlow") {
        let members =
            Members::of(flow, &format!("{at}/authenticationFlow"), &["transferMethod"], "authenticationFlow")?;
        if let Some(word) = members.word("transferMethod", &["none", "deviceCodeFlow", "authenticationTransfer"])? {
            words.insert("transferMethod", word);
        }
    }
    if let Some(info) = members.node("deviceInfo") {
        device = read_device(info, &format!("{at}/deviceInfo"))?;
    }
    Ok((words, texts, device))
}

fn read_device(node: &Node<'_>, at: &str) -> Read<BTreeMap<String, AttributeText>> {
    const TEXTS: [&str; 12] = [
        "deviceId",
        "displayName",
        "enrollmentProfileName",
        "manufacturer",
        "mdmAppId",
        "model",
        "operatingSystem",
        "operatingSystemVersion",
        "ownership",
        "profileType",
        "trustType",
        "isCompliant",
    ];
    let extensions: Vec<String> = (1..=15).map(|number| format!("extensionAttribute{number}")).collect();
    let lists = ["physicalIds", "systemLabels"];
    let known: Vec<&str> = TEXTS.into_iter().chain(extensions.iter().map(String::as_str)).chain(lists).collect();
    let members = Members::of(node, at, &known, "deviceInfo")?;
    let mut device = BTreeMap::new();
    for name in known {
        let value = match name {
            "isCompliant" => members.flag(name)?.map(AttributeText::Flag),
            _ if lists.contains(&name) => {
                let list: Vec<String> = members.list(name)?.into_iter().map(str::to_owned).collect();
                (!list.is_empty()).then_some(AttributeText::List(list))
            }
            _ => members.text(name)?.map(|text| AttributeText::Text(text.to_owned())),
        };
        if let Some(value) = value {
            device.insert(name.to_owned(), value);
        }
    }
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        WhatIfRequest::read(text.as_bytes()).unwrap_err().to_string()
    }

    const WHO: &str = r##""signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": "5e000000-0000-4000-8000-000000000001"}"##;

    #[test]
    fn a_request_is_read() {
        let text = format!(
            r##"{{{WHO},
            "signInContext": {{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": ["a", "b", "a"]}},
            "signInConditions": {{"devicePlatform": "IOS", "country": "FR", "authenticationFlow": {{"transferMethod": "none"}},
              "deviceInfo": {{"isCompliant": true, "model": null, "physicalIds": ["[x]"]}}}},
            "appliedPoliciesOnly": true}}"##
        );
        let request = WhatIfRequest::read(text.as_bytes()).unwrap();
        assert_eq!(request.contexts, [Context::Application("a".into()), Context::Application("b".into())]);
        assert_eq!(request.words, BTreeMap::from([("devicePlatform", "iOS"), ("transferMethod", "none")]));
        assert_eq!(request.texts, BTreeMap::from([("country", "FR".to_owned())]));
        assert_eq!(request.device.len(), 2);
        assert!(request.applied_policies_only);
    }

    #[test]
    fn what_is_not_documented_is_told_at_its_place() {
        let conditions = |text: &str| told(&format!("{{{WHO}, \"signInConditions\": {{{text}}}}}"));
        let told = [
            told("{"),
            told("[]"),
            told("{}"),
            told(&format!("{{{WHO}, {WHO}}}")),
            told(&format!("{{{WHO}, \"appliedPolicyOnly\": true}}")),
            told(&format!("{{{WHO}, \"appliedPoliciesOnly\": \"true\"}}")),
            told(r##"{"signInIdentity": {"@odata.type": "#microsoft.graph.agentSignIn"}}"##),
            told(r#"{"signInIdentity": {"userId": "gF"}}"#),
            told(r#"{"signInIdentity": {"@odata.type": "microsoft.graph.userSignIn", "externalUserType": "none"}}"#),
            told(r#"{"signInIdentity": {"externalUserType": "b2bCollaborationGuest,internalGuest"}}"#),
            told(&format!("{{{WHO}, \"signInContext\": {{}}}}")),
            told(&format!("{{{WHO}, \"signInContext\": {{\"authenticationContextValue\": \"c100\"}}}}")),
            told(&format!("{{{WHO}, \"signInContext\": {{\"userAction\": \"register\"}}}}")),
            told(&format!("{{{WHO}, \"signInContext\": {{\"includeApplications\": [1]}}}}")),
            conditions("\"signInRisk\": \"high\""),
            conditions("\"signInRiskLevel\": \"severe\""),
            conditions("\"clientAppType\": \"browser,other\""),
            conditions("\"deviceInfo\": {\"isCompliant\": \"yes\"}"),
            conditions("\"deviceInfo\": {\"hybridJoined\": true}"),
            conditions("\"authenticationFlow\": \"none\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r##"
        does not parse as JSON: EOF while parsing an object
        an object is expected here, not a list
        at /signInIdentity: who signs in is not told
        at /signInIdentity: the member stands here more than once
        at /appliedPolicyOnly: the API documents no such member; did you mean `appliedPoliciesOnly`?
        at /appliedPoliciesOnly: true or false is expected here, not text
        at /signInIdentity/@odata.type: agent identities are not simulated yet
        at /signInIdentity/userId: `gF` is not an id
        at /signInIdentity/userId: neither who signs in nor an external user type is told
        at /signInIdentity/externalUserType: a sign-in has one value, not `b2bCollaborationGuest,internalGuest`
        at /signInContext/@odata.type: it has to name one of applicationContext, userActionContext, authContext
        at /signInContext/authenticationContextValue: one of c1 to c99 is expected here
        at /signInContext/userAction: `register` is not documented; there are registerSecurityInformation, registerOrJoinDevices
        at /signInContext/includeApplications/0: text is expected here, not a number
        at /signInConditions/signInRisk: the API documents no such member; there are devicePlatform, clientAppType, signInRiskLevel, userRiskLevel, servicePrincipalRiskLevel, insiderRiskLevel, country, ipAddress, authenticationFlow, deviceInfo
        at /signInConditions/signInRiskLevel: `severe` is not documented; there are none, low, medium, high, hidden
        at /signInConditions/clientAppType: a sign-in has one value, not `browser,other`
        at /signInConditions/deviceInfo/isCompliant: true or false is expected here, not text
        at /signInConditions/deviceInfo/hybridJoined: the API documents no such member; there are deviceId, displayName, enrollmentProfileName, manufacturer, mdmAppId, model, operatingSystem, operatingSystemVersion, ownership, profileType, trustType, isCompliant, extensionAttribute1, extensionAttribute2, extensionAttribute3, extensionAttribute4, extensionAttribute5, extensionAttribute6, extensionAttribute7, extensionAttribute8, extensionAttribute9, extensionAttribute10, extensionAttribute11, extensionAttribute12, extensionAttribute13, extensionAttribute14, extensionAttribute15, physicalIds, systemLabels
        at /signInConditions/authenticationFlow: an object is expected here, not text
        "##);
    }
}
