//! The JSON schema of scenario files, for editors. Members are those of the structs that are read, which a test holds;
//! words are those that the code reads.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::expect::{PERSISTENT_BROWSER, WITH_METHODS, ambiguities, what_if_reasons};
use crate::access::sign_in::{
    AMBIGUITIES, Ambiguity, OPEN, Reading, Reason, ReportOnlyResult, Stage, Step, UserAction, Verdict, WhatIfVersion,
};
use crate::model::METHODS;
use crate::simulate::Assume;
use crate::simulate::words::{
    APPLICATION_GROUPS, CHANNELS, CLIENTS, DEVICE_ATTRIBUTES, DEVICES, EXTENSION_ATTRIBUTES, FLOWS, HOME_OUTBOUND,
    INSIDER_RISKS, MFA, PEOPLE, PLATFORMS, RISKS, UNLISTED, UNMAPPED,
};

const GUID: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";
const COUNTRY: &str = "^[A-Za-z]{2}$";

/// A schema, as far as this one needs the language (draft 2020-12).
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    dialect: Option<&'static str>,
    #[serde(rename = "$id", skip_serializing_if = "Option::is_none")]
    id: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    word: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_items: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_properties: Option<u32>,
    #[serde(skip_serializing_if = "Members::is_empty")]
    properties: Members,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Members::is_empty")]
    dependent_schemas: Members,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_of: Vec<Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<Box<RawValue>>,
    #[serde(rename = "$defs", skip_serializing_if = "Members::is_empty")]
    definitions: Members,
}

/// Named schemas, in order.
#[derive(Debug, Clone, Default)]
struct Members(Vec<(String, Schema)>);

impl Members {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, schema) in &self.0 {
            map.serialize_entry(name, schema)?;
        }
        map.end()
    }
}

/// What members without a schema of their own may be.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Additional {
    /// They may not be at all, or be anything.
    Any(bool),
    /// This.
    These(Box<Schema>),
}

impl Schema {
    fn of(kind: &'static str) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    fn text() -> Self {
        Self { min_length: Some(1), ..Self::of("string") }
    }

    fn flag() -> Self {
        Self::of("boolean")
    }

    fn number() -> Self {
        Self { minimum: Some(0), ..Self::of("integer") }
    }

    fn null() -> Self {
        Self::of("null")
    }

    fn words<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), ..Self::of("string") }
    }

    fn word(word: &'static str) -> Self {
        Self { word: Some(word), ..Self::default() }
    }

    fn matching(pattern: impl Into<String>) -> Self {
        Self { pattern: Some(pattern.into()), ..Self::of("string") }
    }

    fn list(items: Self) -> Self {
        Self { items: Some(Box::new(items)), ..Self::of("array") }
    }

    fn filled(mut self) -> Self {
        match self.kind {
            Some("object") => self.min_properties = Some(1),
            _ => self.min_items = Some(1),
        }
        self
    }

    fn any(of: impl IntoIterator<Item = Self>) -> Self {
        Self { any_of: of.into_iter().collect(), ..Self::default() }
    }

    fn definition(name: &str) -> Self {
        Self { reference: Some(format!("#/$defs/{name}")), ..Self::default() }
    }

    /// Members by any name, such as policies.
    fn map(values: Self) -> Self {
        Self { additional_properties: Some(Additional::These(Box::new(values))), ..Self::of("object") }
    }

    /// These members and no others.
    fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self {
            properties: Members(members.into_iter().map(|(name, schema)| (name.into(), schema)).collect()),
            additional_properties: Some(Additional::Any(false)),
            ..Self::of("object")
        }
    }

    fn requires(mut self, names: &[&'static str]) -> Self {
        self.required = names.to_vec();
        self
    }

    fn says(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Examples, each as JSON.
    fn such_as<const N: usize>(mut self, examples: [&str; N]) -> Result<Self, serde_json::Error> {
        for example in examples {
            self.examples.push(RawValue::from_string(example.to_owned())?);
        }
        Ok(self)
    }

    fn such_as_texts<'e>(mut self, examples: impl IntoIterator<Item = &'e str>) -> Result<Self, serde_json::Error> {
        for example in examples {
            self.examples.push(serde_json::value::to_raw_value(example)?);
        }
        Ok(self)
    }
}

/// The JSON schema of scenario files, indented, with a line end.
///
/// # Errors
/// None in practice: every example in it is JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    let mut root = file()?;
    root.definitions = Members(vec![
        ("user".to_owned(), user()?),
        ("described".to_owned(), described()?),
        ("application".to_owned(), application()?),
        ("given".to_owned(), given()?),
        ("options".to_owned(), options()?),
        ("assume".to_owned(), assume()),
        ("parity".to_owned(), parity()),
        ("when".to_owned(), when()?),
        ("device".to_owned(), device()?),
        ("claims".to_owned(), claims()?),
        ("case".to_owned(), case()?),
        ("expectation".to_owned(), expectation()?),
        ("session".to_owned(), session()),
        ("step".to_owned(), step()?),
        (
            "method".to_owned(),
            Schema::words(METHODS.iter().map(|method| method.name)).says("An authentication method, in Graph's words."),
        ),
        (
            "stage".to_owned(),
            Schema::words(Stage::ALL.map(Stage::as_str)).says("A stage of a sign-in. They come in this order."),
        ),
        (
            "reason".to_owned(),
            Schema::words(Reason::ALL.map(Reason::as_str))
                .says("A condition of a policy, by the name that Microsoft's what-if gives the reason."),
        ),
    ]);
    let mut text = serde_json::to_string_pretty(&root)?;
    text.push('\n');
    Ok(text)
}

fn file() -> Result<Schema, serde_json::Error> {
    let homes = Schema::map(Schema::matching(GUID).says("The id of the tenant."))
        .says("Mail domains and the ids of the Entra tenants behind them, which an export does not tell.")
        .such_as([r#"{"fabrikam.com": "0f000000-0000-4000-8000-0000000000f0"}"#])?;
    let path = Schema::text();
    let tenant = Schema::any([path.clone(), Schema::list(path).filled(), Schema::null()])
        .says("The export to ask: a file or folder, or a list of them, all of one tenant; paths are relative to this file.")
        .such_as([r#""export""#, r#"["../export", "partners.json"]"#])?;
    let members = [
        ("$schema", Schema::of("string").says("Where this schema is, for editors; not read otherwise.")),
        ("title", Schema::of("string").says("What the file is about; the name of the suite in JSON output.")),
        ("tenant", tenant),
        ("definitions", Schema::default().says("Room for YAML anchors; not read.")),
        ("given", Schema::definition("given").says("Laid over the tenant of every case.")),
        ("homeTenants", homes),
        ("options", Schema::definition("options").says("Readings for every case; those of a case count over these.")),
        ("assume", Schema::definition("assume").says("The side for every case without one of its own.")),
        ("parity", Schema::definition("parity").says("The version for every case without one of its own.")),
        ("user", Schema::definition("user").says("Who signs in, in every case without one of its own.")),
        ("app", app("What is opened, in every case without one of its own.")),
        (
            "when",
            Schema::definition("when")
                .says("The conditions of every case; those of a case are laid over these, member by member."),
        ),
        ("cases", Schema::list(Schema::definition("case")).filled().says("The cases.")),
    ];
    let mut root = Schema::object(members).requires(&["cases"]).says(
        "Sign-ins to a Microsoft Entra tenant with what is expected of them, run by `guestlist test`. docs/scenarios.md tells everything.",
    );
    root.dialect = Some("https://json-schema.org/draft/2020-12/schema");
    root.id = Some("scenario.schema.json");
    root.title = Some("guestlist scenario file");
    root.such_as([concat!(
        r#"{"tenant": "export", "user": "tenant:fabrikam.com", "app": "SharePoint", "when": {"client": "browser"}, "#,
        r#""cases": [{"name": "guests need multifactor authentication", "expect": {"verdict": "allowAfter", "steps": ["mfaHere"]}}]}"#
    )])
}

fn case() -> Result<Schema, serde_json::Error> {
    let members = [
        ("name", Schema::text().says("What the case shows; no other case of the file has the same name.")),
        ("case", Schema::of("string").says("A number of your own, such as that of a requirement; not read.").such_as([r#""C101""#])?),
        ("tag", Schema::of("string").says("A word of your own; not read. This project tells how sure the expectation is: documented (D), inferred (I), a conservative reading (CR).").such_as([r#""D""#])?),
        ("because", Schema::of("string").says("Why this is expected; told when the case fails.").such_as([r#""CA-2.4""#, r#""audit finding 12""#])?),
        ("given", Schema::definition("given").says("Laid over the tenant and what the file gives, for this case alone.")),
        ("user", Schema::definition("user").says("Who signs in.")),
        ("users", Schema::list(Schema::definition("user")).filled().says("Several people, each of whom is asked about: a matrix. In place of `user`.")),
        ("app", app("What is opened; null is nothing, whatever the file says.")),
        ("apps", Schema::list(Schema::definition("application")).filled().says("Several applications, each of which is asked about: a matrix. In place of `app`.")),
        ("options", Schema::definition("options").says("Readings of what Microsoft's documents leave open.")),
        ("assume", Schema::definition("assume")),
        ("parity", Schema::definition("parity")),
        ("when", Schema::definition("when").says("The conditions, laid over those of the file member by member.")),
        ("expect", Schema::definition("expectation")),
    ];
    let mut case = Schema::object(members).requires(&["name", "expect"]).says(
        "One case, or a matrix of them: every combination of the values that are listed, with one expectation for all.",
    );
    case.dependent_schemas = Members(vec![
        ("users".to_owned(), without("user")),
        ("apps".to_owned(), without("app")),
        (
            "parity".to_owned(),
            Schema {
                properties: Members(vec![(
                    "expect".to_owned(),
                    Schema { required: vec!["whatIf"], ..Schema::default() },
                )]),
                not: Some(Box::new(Schema::any(
                    ["options", "assume"].map(|name| Schema { required: vec![name], ..Schema::default() }),
                ))),
                ..Schema::default()
            },
        ),
    ]);
    Ok(case)
}

fn without(name: &'static str) -> Schema {
    Schema { not: Some(Box::new(Schema { required: vec![name], ..Schema::default() })), ..Schema::default() }
}

fn user() -> Result<Schema, serde_json::Error> {
    let people: Vec<String> = PEOPLE.iter().map(|(word, who)| format!("`{word}`: {who}")).collect();
    let word = Schema::text()
        .says(format!(
            "A user of the tenant by id, user principal name, mail or display name, or somebody described. {}.",
            people.join("; ")
        ))
        .such_as_texts(PEOPLE.iter().map(|(word, _)| *word))?;
    Ok(Schema::any([word, Schema::definition("described")]))
}

fn described() -> Result<Schema, serde_json::Error> {
    let methods = Schema::list(Schema::definition("method"));
    let members = [
        ("who", Schema::text().says("A user of the tenant, or a word for somebody, as where there is nothing more to say.")),
        ("pending", Schema::flag().says("Whether the invitation is still to be redeemed, whatever the export says.")),
        ("invited", Schema::flag().says("False: they have no account in this tenant although they need one.")),
        ("groups", Schema::list(Schema::text()).says("Groups of this tenant that they are in as well, by id or display name.")),
        ("packages", Schema::list(Schema::text()).says("Access packages that they hold as well, by id or display name: they are in the groups, and assigned to the applications, that these grant.")),
        ("roles", Schema::list(Schema::text()).says("Directory roles that they have activated, by template id or display name.")),
        ("homeGroups", Schema::list(Schema::text()).says("All groups of their home tenant that they are in, by id; an empty list is none. Left out, it is not known.")),
        ("homeId", Schema::text().says("Their object id in their home tenant.")),
        ("otherCloud", Schema::flag().says("Whether their tenant is in another Microsoft cloud.")),
        ("groupCount", Schema::number().says("How many groups they are in.")),
        ("registeredAtHome", methods.clone().says("All methods that they registered at home. Left out, it is not known.")),
        ("registeredHere", methods.says("All methods that they registered in this tenant. Left out, it is not known.")),
        ("guestHereToo", Schema::flag().says("Whether a direct connect user has a guest account as well.")),
    ];
    Schema::object(members)
        .requires(&["who"])
        .says("Somebody, with what the word for them does not tell.")
        .such_as([r#"{"who": "tenant:fabrikam.com", "pending": true}"#])
}

fn application() -> Result<Schema, serde_json::Error> {
    Schema::text()
        .says(format!(
            "An application by its id, its display name in the tenant, or a name that one of Microsoft's own is known by; `any-other-application` is one that no setting names. With `parity` also a group of applications: {}.",
            APPLICATION_GROUPS.join(", ")
        ))
        .such_as([r#""SharePoint""#, r#""00000003-0000-0ff1-ce00-000000000000""#])
}

fn app(description: &str) -> Schema {
    let one = Schema::definition("application");
    Schema::any([one.clone(), Schema::list(one).filled(), Schema::null()])
        .says(format!("{description} A list is a matrix."))
}

fn given() -> Result<Schema, serde_json::Error> {
    Schema { any_of: vec![Schema::of("object").filled(), Schema::list(Schema::of("object")).filled()], ..Schema::default() }
        .says("Microsoft Graph objects laid over the tenant: a combined document, by the name of the resource. An object of an id that is there already keeps the members that are not named here, and one that is named is replaced as a whole; other objects are added. Whatever of it is not understood is an error.")
        .such_as([concat!(
            r#"{"conditionalAccessPolicies": [{"id": "ca000000-0000-4000-8000-000000000001", "displayName": "Block guests", "state": "enabled", "#,
            r#""conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["GuestsOrExternalUsers"]}}, "#,
            r#""grantControls": {"operator": "OR", "builtInControls": ["block"]}}]}"#
        )])
}

fn options() -> Result<Schema, serde_json::Error> {
    let member = |ambiguity: &Ambiguity| {
        let [first, second] = ambiguity.words;
        let default = match ambiguity.default {
            Reading::Open => OPEN,
            Reading::First => first,
            Reading::Second => second,
        };
        let words = Schema::words([first, second, OPEN]);
        let reading = if ambiguity.takes_application() {
            Schema::any([words, Schema::matching(GUID).says("The application that the tenant customised it with.")])
        } else {
            words
        };
        let mut question = ambiguity.question.chars();
        let question: String = question.next().into_iter().flat_map(char::to_uppercase).chain(question).collect();
        (ambiguity.name, reading.says(format!("{question} ({}). Unless it is named: {default}.", ambiguity.id)))
    };
    Schema::object(AMBIGUITIES.iter().map(member))
        .says("How to read what Microsoft's documents leave open (docs/semantics/ambiguities.md); `unknown` leaves it open.")
        .such_as([r#"{"unknownPolicyState": "enforced"}"#])
}

fn assume() -> Schema {
    Schema::words(Assume::ALL.map(Assume::as_str)).says(
        "Which way what is not known falls. `coverage`: for whoever wants in (is everything covered?). `reachability`: against them (can they be sure to get in?).",
    )
}

fn parity() -> Schema {
    Schema::words(WhatIfVersion::ALL.map(WhatIfVersion::as_str)).says(
        "Answer as Microsoft's what-if API does, in this version; the case then expects `whatIf` and nothing else.",
    )
}

/// One value, a list of them to try, or null: not specified, whatever a default says.
fn setting(value: Schema, description: &str) -> Schema {
    Schema::any([value.clone(), Schema::list(value).filled(), Schema::null()]).says(description)
}

fn when() -> Result<Schema, serde_json::Error> {
    let country = || Schema::any([Schema::matching(COUNTRY), Schema::word(UNMAPPED)]);
    let address = Schema::any([
        Schema { format: Some("ipv4"), ..Schema::of("string") },
        Schema { format: Some("ipv6"), ..Schema::of("string") },
        Schema::word(UNLISTED),
    ]);
    let flows = || Schema::words(FLOWS);
    let members = [
        ("client", setting(Schema::words(CLIENTS), "The client app.")),
        (
            "platform",
            setting(
                Schema::words(PLATFORMS),
                "The platform that the client claims; `unknown` is one that Entra does not know.",
            ),
        ),
        (
            "ip",
            setting(address, "The address; `unlisted` is one that no named location lists.")
                .such_as([r#""198.51.100.7""#])?,
        ),
        ("country", setting(country(), "The country of the address; `unmapped` is none.").such_as([r#""DE""#])?),
        ("gpsCountry", setting(country(), "The country that GPS tells; `unmapped` is none.")),
        (
            "mfaTrustedIp",
            setting(
                Schema::flag(),
                "Whether the address is one of the MFA trusted IPs, which no export lists. Left out, it is not.",
            ),
        ),
        ("compliantNetwork", setting(Schema::flag(), "Whether the traffic comes through Global Secure Access.")),
        ("device", setting(Schema::definition("device"), "The device.")),
        ("signInRisk", setting(Schema::words(RISKS), "The sign-in risk.")),
        ("userRisk", setting(Schema::words(RISKS), "The user risk.")),
        ("insiderRisk", setting(Schema::words(INSIDER_RISKS), "The insider risk.")),
        ("flow", setting(flows(), "The authentication flow; `none` is one that no policy can be about.")),
        ("originalFlow", setting(flows(), "The flow that the session began with.")),
        (
            "authenticationContext",
            setting(Schema::text(), "The authentication context that is asked for.").such_as([r#""c1""#])?,
        ),
        (
            "userAction",
            setting(
                Schema::words(UserAction::ALL.map(UserAction::as_str)),
                "A user action, in place of an application.",
            ),
        ),
        (
            "publicClient",
            setting(
                Schema::flag(),
                "False: the application is a confidential client; without scopes, or with `openid`, it asks for a token of its own. Left out, it is public.",
            ),
        ),
        ("interactive", setting(Schema::flag(), "False: nobody sits before it who could complete a step.")),
        (
            "homeOutbound",
            setting(Schema::words(HOME_OUTBOUND), "Whether their home tenant lets them out. Left out, it is taken to."),
        ),
        ("tenantRestricted", setting(Schema::flag(), "Whether the client's own tenant restricts it to itself.")),
        ("sharedChannel", setting(Schema::flag(), "Whether a Teams shared channel is opened.")),
        (
            "outboundTo",
            setting(
                Schema::text(),
                "Somebody of this tenant goes out to the application in that tenant, by id or mail domain.",
            )
            .such_as([r#""fabrikam.com""#])?,
        ),
        (
            "channel",
            setting(
                Schema::words(CHANNELS),
                "How they go out; only with `outboundTo`. Left out, it is `collaboration`.",
            ),
        ),
        (
            "scopes",
            Schema::any([Schema::list(Schema::text()), Schema::null()])
                .says("Scopes of the request: a list by itself, no matrix. With scopes the application is the client that asks, and they name the resources.")
                .such_as([r#"["User.Read"]"#])?,
        ),
        ("claims", Schema::any([Schema::definition("claims"), Schema::null()]).says("What was already done.")),
    ];
    Schema::object(members)
        .says("The conditions of the sign-in. What is left out is not known and never taken for \"does not match\". A list is a matrix; null leaves a member unspecified, whatever the file says.")
        .such_as([r#"{"client": "browser", "device": "compliant"}"#, r#"{"client": ["browser", "other"], "ip": null}"#])
}

fn device() -> Result<Schema, serde_json::Error> {
    let texts = || Schema::any([Schema::of("string"), Schema::list(Schema::of("string"))]);
    let attribute = |name: &str| match name {
        "isCompliant" | "hybridJoined" | "registered" => Schema::flag(),
        _ => texts(),
    };
    let extensions = (1..=EXTENSION_ATTRIBUTES).map(|number| (format!("extensionAttribute{number}"), texts()));
    let attributes = DEVICE_ATTRIBUTES.iter().map(|name| ((*name).to_owned(), attribute(name))).chain(extensions);
    let map = Schema::object(attributes)
        .says("Attributes of a registered device, as in Graph's deviceInfo; what is left out is not known.")
        .such_as([r#"{"isCompliant": true, "trustType": "AzureAD"}"#])?;
    Ok(Schema::any([Schema::words(DEVICES), map]))
}

fn claims() -> Result<Schema, serde_json::Error> {
    let factors = || Schema::list(Schema::any([Schema::word(MFA), Schema::definition("method")]));
    let members = [
        ("home", factors().says("What they did in their home tenant: `mfa`, or methods.")),
        ("here", factors().says("What they did in this tenant: `mfa`, or methods.")),
        ("termsAccepted", Schema::list(Schema::text()).says("Ids of the terms of use that they accepted.")),
        ("customPassed", Schema::list(Schema::text()).says("Custom controls that they passed.")),
    ];
    Schema::object(members)
        .says("What was already done. The claims of a case take the place of those of the file as a whole.")
        .such_as([r#"{"home": ["mfa"]}"#])
}

fn step() -> Result<Schema, serde_json::Error> {
    let names = WITH_METHODS.join("|");
    let with_methods = Schema::matching(format!("^({names})\\(.+\\)$"))
        .says("With all combinations of methods that do, separated by commas, the methods of one joined by `+`.");
    Schema::any([Schema::words(Step::NAMES), with_methods])
        .says("A step, compared with its methods where they are named.")
        .such_as([r#""mfaAtHome""#, r#""mfaHere(fido2, password+sms)""#])
}

/// What is told of refused sign-ins only.
const OF_BLOCK: [&str; 4] = ["stage", "code", "stages", "by"];

fn expectation() -> Result<Schema, serde_json::Error> {
    let policy_reasons = || Schema::map(Schema::list(Schema::definition("reason")).filled()).filled();
    let names = || Schema::list(Schema::text());
    let members = [
        ("verdict", Schema::words(Verdict::NAMES).says("What comes of the sign-in.")),
        ("steps", Schema::list(Schema::definition("step")).filled().says("Of `allowAfter`: all steps.")),
        ("stage", Schema::definition("stage").says("Of `block`: the first failing stage.")),
        ("code", Schema::any([Schema::number(), Schema::null()]).says("Of `block`: the AADSTS code of the first failing stage; null where none is documented.").such_as(["53003"])?),
        ("stages", Schema { unique_items: Some(true), ..Schema::list(Schema::definition("stage")).filled() }.says("Of `block`: all failing stages.")),
        ("by", Schema { unique_items: Some(true), ..names().filled() }.says("Of `block`: all policies, by display name, and settings that refuse at the first failing stage.").such_as([r#"["Block guests"]"#])?),
        ("applied", names().says("All enforced policies that apply, by display name.")),
        ("notApplied", policy_reasons().says("Policies that do not apply, by display name or id, each with all reasons.").such_as([r#"{"MFA for guests": ["users", "location"]}"#])?),
        ("undecided", policy_reasons().says("Policies of which it is not known whether they apply, by display name or id, each with all reasons.")),
        ("reportOnly", Schema::map(Schema::words(ReportOnlyResult::ALL.map(ReportOnlyResult::as_str))).filled().says("What Entra would log for report-only policies, by display name or id.")),
        ("unknown", Schema { unique_items: Some(true), ..names().filled() }.says("Of `unknown`: all topics on which the verdict depends: reasons, controls and stages.").such_as([r#"["location"]"#])?),
        ("leansOn", Schema::list(Schema::words(ambiguities())).filled().says("Ambiguities among those that the verdict leaned on.")),
        ("session", Schema::definition("session")),
        ("whatIf", Schema::map(Schema::words(what_if_reasons())).says("With `parity`: every policy of the answer by display name, with its reason; `notSet` where it applies.")),
    ];
    let mut expectation = Schema::object(members).filled().says("What has to come out. What is not named is not compared; a list is the whole set, and its order does not matter.").such_as([
        r#"{"verdict": "allow", "applied": []}"#,
        r#"{"verdict": "block", "stage": "conditionalAccessBlock", "code": 53003, "by": ["Block guests"]}"#,
    ])?;
    let goes_with = |name: &str, verdict: &'static str, others: &[&'static str]| {
        let refused = others.iter().map(|other| Schema { required: vec![*other], ..Schema::default() });
        let schema = Schema {
            properties: Members(vec![("verdict".to_owned(), Schema::word(verdict))]),
            not: Some(Box::new(Schema::any(refused))),
            ..Schema::default()
        };
        (name.to_owned(), schema)
    };
    let mut dependent = vec![
        goes_with("steps", "allowAfter", &["stage", "code", "stages", "by", "unknown"]),
        goes_with("unknown", "unknown", &["steps", "stage", "code", "stages", "by"]),
    ];
    dependent.extend(OF_BLOCK.map(|name| goes_with(name, "block", &["steps", "unknown"])));
    expectation.dependent_schemas = Members(dependent);
    Ok(expectation)
}

fn session() -> Schema {
    let members = [
        (
            "signInFrequencyHours",
            Schema::any([Schema::number(), Schema::null()])
                .says("Hours until the next sign-in; 0 is every time, null is not set."),
        ),
        (
            "persistentBrowser",
            Schema::any([Schema::words(PERSISTENT_BROWSER), Schema::null()])
                .says("Whether browser sessions persist; null is not set."),
        ),
        ("applicationEnforcedRestrictions", Schema::flag().says("Whether the application restricts what can be done.")),
        ("secureSignInSession", Schema::flag().says("Whether tokens are bound to the device.")),
    ];
    Schema::object(members).filled().says("Session controls of all policies that apply, together.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::{self, Deserialize, Deserializer, Visitor};
    use serde::forward_to_deserialize_any;

    use super::super::file::{Case, Expectation, ScenarioFile, SessionExpectation};
    use super::*;
    use crate::simulate::question::{ClaimsText, Described, Whens};

    /// Asks a struct for its members.
    struct Ask<'a>(&'a mut Vec<&'static str>);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            self.0.extend(fields);
            Err(de::Error::custom("asked"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn members<T: for<'de> Deserialize<'de>>() -> BTreeSet<String> {
        let mut found = Vec::new();
        let _ = T::deserialize(Ask(&mut found));
        assert!(!found.is_empty());
        found.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn members_are_those_that_are_read() {
        let pairs = [
            (members::<ScenarioFile>(), file().unwrap()),
            (members::<Case>(), case().unwrap()),
            (members::<Described>(), described().unwrap()),
            (members::<Whens>(), when().unwrap()),
            (members::<ClaimsText>(), claims().unwrap()),
            (members::<Expectation>(), expectation().unwrap()),
            (members::<SessionExpectation>(), session()),
        ];
        for (read, schema) in pairs {
            let described: BTreeSet<String> = schema.properties.0.iter().map(|(name, _)| name.clone()).collect();
            assert_eq!(read, described);
        }
    }

    #[test]
    fn every_member_is_described() {
        let text = schema().unwrap();
        for (name, schema) in [file(), case(), described(), options(), when(), claims(), expectation(), Ok(session())]
            .into_iter()
            .flat_map(|schema| schema.unwrap().properties.0)
        {
            let definition = schema.reference.as_deref().map(|reference| reference.trim_start_matches("#/$defs/"));
            assert!(schema.description.is_some() || definition.is_some(), "{name}");
        }
        assert!(text.ends_with("}\n"));
    }
}
