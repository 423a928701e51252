//! Conditional Access: policies, named locations, strengths, contexts and terms of use.

use serde_json::{Map, Value, json};

use super::directory::some_application;
use super::{AZURE_MANAGEMENT, Draw, GROUPS, ROLES, USERS, foreign, group, id, terms, user};

pub(crate) const MFA_TRUSTED_IPS: &str = "00000000-0000-0000-0000-000000000000";

/// Combinations with a method that is not documented.
const ODD_COMBINATIONS: [&str; 3] = ["unknownFutureValue", "password,palmVein", "palmVein"];

/// Some combinations, now and then one that is odd among them.
fn combinations(draw: &mut Draw) -> Vec<&'static str> {
    let mut found = draw.some(&COMBINATIONS, 1, 4);
    if draw.chance(8) {
        found.push(draw.one(&ODD_COMBINATIONS));
        if draw.chance(20) {
            found.drain(..found.len() - 1);
        }
    }
    found
}

/// Combinations of methods, in and out of what counts from outside; the last ones are single factors.
pub(crate) const COMBINATIONS: [&str; 18] = [
    "windowsHelloForBusiness",
    "fido2",
    "x509CertificateMultiFactor",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "password,microsoftAuthenticatorPush",
    "password,softwareOath",
    "password,hardwareOath",
    "password,sms",
    "password,voice",
    "federatedMultiFactor",
    "federatedSingleFactor,sms",
    "microsoftAuthenticatorPush,federatedSingleFactor",
    "password,x509CertificateSingleFactor",
    "qrCodePin",
    "x509CertificateSingleFactor",
    "sms",
    "password",
];

fn strength(number: usize) -> String {
    id(0xb0, number)
}

fn location(number: usize) -> String {
    id(0x40, number)
}

pub(super) fn collections(draw: &mut Draw) -> Vec<(&'static str, Value)> {
    let strengths: Vec<Value> = (0..4)
        .map(|number| {
            let combinations = match number {
                // Plain multifactor authentication by another name, and any combinations.
                0 => vec!["fido2", "password,sms", "password,voice", "password,microsoftAuthenticatorPush"],
                _ => combinations(draw),
            };
            json!({ "id": strength(number), "displayName": format!("Strength {number}"), "policyType": "custom", "allowedCombinations": combinations })
        })
        .collect();
    let contexts: Vec<Value> = (1..4)
        .map(|number| json!({ "id": format!("c{number}"), "displayName": format!("Context {number}"), "isAvailable": draw.chance(80) }))
        .collect();
    let agreements: Vec<Value> = (0..3)
        .map(|number| {
            let mut found = json!({ "id": terms(number), "displayName": format!("Terms {number}"), "isViewingBeforeAcceptanceRequired": true });
            if !draw.chance(5) {
                found["isPerDeviceAcceptanceRequired"] = draw.chance(25).into();
            }
            if draw.chance(30) {
                found["userReacceptRequiredFrequency"] = "P90D".into();
                found["termsExpiration"] = json!({ "startDateTime": "2026-01-01T00:00:00Z", "frequency": "P365D" });
            }
            found
        })
        .collect();
    vec![
        ("namedLocations", (0..7).map(|number| named_location(draw, number)).collect()),
        ("authenticationStrengthPolicies", Value::from(strengths)),
        ("authenticationContextClassReferences", Value::from(contexts)),
        ("agreements", Value::from(agreements)),
    ]
}

fn named_location(draw: &mut Draw, number: usize) -> Value {
    let (key, name) = (location(number), format!("Location {number}"));
    match number {
        0..=2 => {
            let ranges = [
                "10.0.0.0/8",
                "10.1.0.0/16",
                "10.1.2.0/24",
                "192.0.2.0/25",
                "198.51.100.7/32",
                "2001:db8::/32",
                "2001:db8:1::/48",
                "0.0.0.0/1",
            ];
            let mut found: Vec<Value> = draw
                .some(&ranges, 0, 4)
                .into_iter()
                .map(|cidr| {
                    let family = if cidr.contains(':') { "iPv6CidrRange" } else { "iPv4CidrRange" };
                    json!({ "@odata.type": format!("#microsoft.graph.{family}"), "cidrAddress": cidr })
                })
                .collect();
            if draw.chance(20) {
                found.push(json!({ "@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "192.0.2.100", "upperAddress": "192.0.2.200" }));
            }
            if draw.chance(7) {
                // No range; IPv4 in the clothes of IPv6, which may be one or not; all of IPv6, which is.
                let (family, cidr) =
                    draw.one(&[("iPv4", "10.0.0.0/99"), ("iPv6", "::ffff:10.1.0.0/112"), ("iPv6", "::/0")]);
                found
                    .push(json!({ "@odata.type": format!("#microsoft.graph.{family}CidrRange"), "cidrAddress": cidr }));
            }
            json!({ "@odata.type": "#microsoft.graph.ipNamedLocation", "id": key, "displayName": name, "isTrusted": draw.chance(50), "ipRanges": found })
        }
        3..=5 => json!({
            "@odata.type": "#microsoft.graph.countryNamedLocation", "id": key, "displayName": name,
            "countriesAndRegions": draw.some(&["DE", "FR", "US", "nl", "XK", "UK"], 0, 3),
            "includeUnknownCountriesAndRegions": draw.chance(40),
            "countryLookupMethod": if number == 5 { "authenticatorAppGps" } else { "clientIpAddress" },
        }),
        _ => {
            json!({ "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "id": key, "displayName": name, "compliantNetworkType": "allTenantCompliantNetworks" })
        }
    }
}

pub(super) fn policy(draw: &mut Draw, number: usize) -> Value {
    let state = draw.weighted(&[
        (800, "enabled"),
        (110, "enabledForReportingButNotEnforced"),
        (82, "disabled"),
        (8, "enabledSometimes"),
    ]);
    let mut conditions = conditions(draw);
    // Graph writes every member of what it writes.
    let nothing = json!({
        "clientAppTypes": ["all"], "platforms": null, "locations": null, "devices": null, "clientApplications": null,
        "signInRiskLevels": [], "userRiskLevels": [], "servicePrincipalRiskLevels": [], "insiderRiskLevels": null,
        "authenticationFlows": null,
    });
    complete(&mut conditions, &nothing);
    // Cut away by whatever wrote the file.
    if draw.rarely(6) {
        let member = draw.one(&[
            "users",
            "applications",
            "platforms",
            "locations",
            "devices",
            "clientApplications",
            "authenticationFlows",
        ]);
        conditions.insert(member.to_owned(), "System.Collections.Hashtable".into());
    }
    if draw.rarely(4) {
        conditions.insert("agentIdRiskLevels".to_owned(), "high".into());
    }
    let (grant, session) = match draw.below(20) {
        0 => (Value::Null, session(draw)),
        1 => (grant(draw), session(draw)),
        2 if draw.chance(10) => (Value::Null, Value::Null),
        _ => (grant(draw), Value::Null),
    };
    let mut found = json!({
        "id": id(0x20, number), "displayName": format!("CA{number:03}"), "state": state,
        "createdDateTime": "2026-01-01T00:00:00Z", "conditions": conditions, "sessionControls": session,
    });
    if draw.rarely(3) {
        found["grantControls"] = "System.Object".into();
    } else if !draw.rarely(3) {
        found["grantControls"] = grant;
    }
    if draw.rarely(3) {
        found.as_object_mut().unwrap().remove("state");
    }
    let parts = [
        (
            "/conditions/users",
            json!({
                "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [],
                "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
            }),
        ),
        (
            "/conditions/applications",
            json!({
                "includeApplications": [], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
            }),
        ),
        (
            "/grantControls",
            json!({
                "builtInControls": [], "termsOfUse": [], "customAuthenticationFactors": [],
                "authenticationStrength": null,
            }),
        ),
    ];
    for (place, nothing) in parts {
        if let Some(Value::Object(part)) = found.pointer_mut(place) {
            complete(part, &nothing);
        }
    }
    // What Graph learned later, at any depth, and a null in a list.
    if draw.rarely(12) {
        let places = ["/conditions/users", "/conditions/applications", "/conditions/locations", "/grantControls"];
        if let Some(Value::Object(inside)) = found.pointer_mut(draw.one(&places)) {
            inside.insert("narrowedTo".to_owned(), json!({ "mode": "some" }));
        }
    }
    if draw.rarely(6) {
        let places = ["/conditions/clientAppTypes", "/conditions/signInRiskLevels", "/grantControls/builtInControls"];
        if let Some(Value::Array(list)) = found.pointer_mut(draw.one(&places)) {
            list.push(Value::Null);
        }
    }
    if draw.rarely(8) {
        found["deletedDateTime"] = "2026-11-01T00:00:00Z".into();
    }
    found
}

/// Takes members that say nothing out of a few policies: a template leaves them out, and out of what Graph wrote they were
/// lost.
pub(super) fn shorten(draw: &mut Draw, policy: &mut Value) {
    if !draw.rarely(30) {
        return;
    }
    if draw.chance(70) {
        policy.as_object_mut().unwrap().remove("createdDateTime");
    }
    let share = draw.one(&[10, 50, 100]);
    for place in ["/conditions", "/conditions/users", "/conditions/applications", "/grantControls"] {
        if let Some(Value::Object(part)) = policy.pointer_mut(place) {
            part.retain(|_, value| !(value.is_null() || *value == json!([])) || !draw.chance(share));
        }
    }
}

/// Writes the members that a part lacks.
fn complete(part: &mut Map<String, Value>, nothing: &Value) {
    for (name, value) in nothing.as_object().unwrap() {
        part.entry(name).or_insert_with(|| value.clone());
    }
}

fn conditions(draw: &mut Draw) -> Map<String, Value> {
    let mut found = Map::new();
    let mut set = |name: &str, value: Value| found.insert(name.to_owned(), value);
    if draw.chance(3) {
        let include = draw.one(&["ServicePrincipalsInMyTenant".to_owned(), id(0x80, 1)]);
        set("clientApplications", json!({ "includeServicePrincipals": [include], "excludeServicePrincipals": [] }));
        set("applications", json!({ "includeApplications": ["All"] }));
        set("users", json!({ "includeUsers": ["None"] }));
        set("servicePrincipalRiskLevels", json!(draw.some(&["low", "medium", "high"], 0, 2)));
        return found;
    }
    set("users", users(draw));
    set("applications", applications(draw));
    let clients = if draw.chance(65) {
        vec!["all"]
    } else {
        let known = ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];
        let mut clients = draw.some(&known, 0, 3);
        if draw.chance(2) {
            clients.push("quantum");
        }
        clients
    };
    set("clientAppTypes", clients.into());
    let unless = |draw: &mut Draw, percent: u32, make: &dyn Fn(&mut Draw) -> Value| {
        if draw.chance(percent) { make(draw) } else { Value::Null }
    };
    set("platforms", unless(draw, 15, &platforms));
    set("locations", unless(draw, 25, &locations));
    set(
        "devices",
        unless(draw, 15, &|draw| {
            let mode = if draw.chance(1) { "ignore" } else { draw.one(&["include", "exclude"]) };
            json!({ "deviceFilter": { "mode": mode, "rule": device_rule(draw, 2) } })
        }),
    );
    let levels = |draw: &mut Draw, percent: u32, known: &[&'static str]| -> Vec<&'static str> {
        if !draw.chance(percent) {
            return Vec::new();
        }
        let mut levels = draw.some(known, 1, 3);
        if draw.chance(3) {
            levels.push("extreme");
        }
        levels
    };
    let risks = ["low", "medium", "high", "none"];
    set("signInRiskLevels", levels(draw, 10, &risks).into());
    set("userRiskLevels", levels(draw, 10, &risks).into());
    set(
        "insiderRiskLevels",
        match levels(draw, 6, &["minor", "moderate", "elevated"]) {
            none if none.is_empty() => Value::Null,
            levels => levels.join(",").into(),
        },
    );
    set(
        "authenticationFlows",
        match levels(draw, 8, &["deviceCodeFlow", "authenticationTransfer"]) {
            none if none.is_empty() => Value::Null,
            flows => json!({ "transferMethods": flows.join(",") }),
        },
    );
    found
}

fn guests(draw: &mut Draw) -> Value {
    let known = [
        "internalGuest",
        "b2bCollaborationGuest",
        "b2bCollaborationMember",
        "b2bDirectConnectUser",
        "otherExternalUser",
        "serviceProvider",
    ];
    let mut types = if draw.chance(25) { known.to_vec() } else { draw.some(&known, 1, 4) };
    if draw.rarely(10) {
        types.push("interplanetaryGuest");
    }
    let tenants = match draw.below(40) {
        0..=19 => {
            json!({ "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all" })
        }
        20..=22 => Value::Null,
        23 if draw.chance(30) => json!({ "membershipKind": "several" }),
        _ => {
            let least = usize::from(!draw.chance(3));
            let members = draw.some(&(0..10).map(foreign).collect::<Vec<_>>(), least, 4);
            json!({ "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "membershipKind": "enumerated", "members": members })
        }
    };
    json!({ "guestOrExternalUserTypes": types.join(","), "externalTenants": tenants })
}

fn users(draw: &mut Draw) -> Value {
    let mut found = Map::new();
    let mut fill = |draw: &mut Draw, side: &str, share: u32| {
        let mut list = |draw: &mut Draw, name: &str, percent: u32, values: Vec<String>, most: usize| {
            let chosen = if draw.chance(percent * share / 100) { draw.some(&values, 1, most) } else { Vec::new() };
            found.insert(format!("{side}{name}"), chosen.into());
        };
        let words = ["All", "All", "All", "GuestsOrExternalUsers", "None"].map(str::to_owned).to_vec();
        let mut named: Vec<String> = (0..USERS).map(user).collect();
        named.extend(["<BreakGlass>", "u3@own.example"].map(str::to_owned));
        let keyword = draw.chance(if side == "include" { 65 } else { 8 });
        if keyword {
            list(draw, "Users", 80, words, 1);
        } else {
            list(draw, "Users", 30, named, 3);
        }
        let mut groups: Vec<String> = (0..GROUPS).chain(0..GROUPS).map(group).collect();
        groups.extend(["Group 1", "<BreakGlassGroup>"].map(str::to_owned));
        list(draw, "Groups", 22, groups, 2);
        let mut roles: Vec<String> = ROLES.iter().chain(&ROLES).chain(&ROLES).map(|role| (*role).to_owned()).collect();
        roles.push("Global Reader".to_owned());
        list(draw, "Roles", 12, roles, 2);
        let scope = if draw.chance(30 * share / 100) { guests(draw) } else { Value::Null };
        found.insert(format!("{side}GuestsOrExternalUsers"), scope);
    };
    fill(draw, "include", 100);
    fill(draw, "exclude", 55);
    Value::Object(found)
}

fn applications(draw: &mut Draw) -> Value {
    match draw.below(20) {
        0 => {
            let known = ["urn:user:registersecurityinfo", "urn:user:RegisterSecurityInfo", "urn:user:registerdevice"];
            return json!({ "includeApplications": [], "includeUserActions": draw.some(&known, 1, 2) });
        }
        1 => {
            let known = ["c1", "c2", "C3"];
            return json!({ "includeApplications": [], "includeAuthenticationContextClassReferences": draw.some(&known, 1, 2) });
        }
        _ => {}
    }
    let list = |draw: &mut Draw, most: usize| -> Vec<String> {
        (0..=draw.below(most))
            .map(|_| match draw.below(40) {
                0..=5 => "Office365".to_owned(),
                6..=8 => "MicrosoftAdminPortals".to_owned(),
                10 => AZURE_MANAGEMENT.to_owned(),
                9 => draw.one(&["App 16", "<SomeApp>", "AllAgentIdResources"]).to_owned(),
                _ => some_application(draw),
            })
            .collect()
    };
    let include = match draw.below(20) {
        0..=9 => vec!["All".to_owned()],
        10 => vec!["None".to_owned()],
        11 => Vec::new(),
        _ => list(draw, 4),
    };
    let exclude = if draw.chance(25) { list(draw, 3) } else { Vec::new() };
    let filter = if draw.chance(10) {
        json!({ "mode": draw.one(&["include", "exclude"]), "rule": application_rule(draw, 2) })
    } else {
        Value::Null
    };
    json!({ "includeApplications": include, "excludeApplications": exclude, "includeUserActions": [], "includeAuthenticationContextClassReferences": [], "applicationFilter": filter })
}

fn platforms(draw: &mut Draw) -> Value {
    let known = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux"];
    let mut include = if draw.chance(50) { vec!["all"] } else { draw.some(&known, 0, 3) };
    if draw.chance(1) {
        include.push("beos");
    }
    let most = if draw.chance(50) { 3 } else { 0 };
    json!({ "includePlatforms": include, "excludePlatforms": draw.some(&known, 0, most) })
}

fn locations(draw: &mut Draw) -> Value {
    let mut known: Vec<String> = (0..8).map(location).collect();
    known.extend(["AllTrusted", MFA_TRUSTED_IPS, "Location 1", "Location 99"].map(str::to_owned));
    let include = if draw.chance(50) { vec!["All".to_owned()] } else { draw.some(&known, 0, 3) };
    let most = if draw.chance(60) { 3 } else { 0 };
    json!({ "includeLocations": include, "excludeLocations": draw.some(&known, 0, most) })
}

/// Attributes of devices with the operators that each takes, and values that devices have.
pub(crate) const ATTRIBUTES: [(&str, u8, &[&str]); 16] = [
    ("deviceId", 1, &["d1", "d2"]),
    ("mdmAppId", 1, &["0000000a-0000-0000-c000-000000000000", "m2"]),
    ("displayName", 3, &["SAW-1", "desk-7"]),
    ("enrollmentProfileName", 3, &["profile one", "profile two"]),
    ("manufacturer", 3, &["Contoso Devices", "Fabrikam"]),
    ("model", 3, &["SAW", "Desk `\"7`\""]),
    ("operatingSystem", 3, &["Windows", "iOS"]),
    ("operatingSystemVersion", 3, &["10.0.1", "17.4"]),
    ("deviceOwnership", 0, &["Company", "Personal"]),
    ("isCompliant", 0, &["True", "False"]),
    ("trustType", 0, &["AzureAD", "ServerAD", "Workplace"]),
    ("profileType", 0, &["RegisteredDevice", "SecureVM"]),
    ("physicalIds", 2, &["[ZTDId]", "[OrderId]"]),
    ("systemLabels", 2, &["M365Managed", "MultiUser"]),
    ("extensionAttribute1", 3, &["SAW", "desk"]),
    ("extensionAttribute15", 3, &["SAW", "desk"]),
];

const EQUAL: [&str; 2] = ["eq", "ne"];
const LISTED: [&str; 4] = ["eq", "ne", "in", "notIn"];
const CONTAINED: [&str; 2] = ["contains", "notContains"];
const EVERY: [&str; 10] =
    ["eq", "ne", "startsWith", "notStartsWith", "endsWith", "notEndsWith", "contains", "notContains", "in", "notIn"];

fn compared(draw: &mut Draw, attribute: &str, operators: &[&str], values: &[&str]) -> String {
    let operator = draw.one(operators);
    let quoted = |value: &str| format!("\"{value}\"");
    let part = |draw: &mut Draw, value: &str| {
        // A part of the value, where parts are compared.
        let plain = value.is_ascii() && !value.contains('`');
        let end = if plain && draw.chance(50) { value.len().min(3) } else { value.len() };
        quoted(value.get(..end).unwrap_or(value))
    };
    let value = match operator {
        "in" | "notIn" => {
            let list: Vec<String> = draw.some(values, 0, 2).into_iter().map(quoted).collect();
            format!("[{}]", list.join(", "))
        }
        "eq" | "ne" => quoted(draw.one(values)),
        _ => {
            let value = draw.one(values);
            part(draw, value)
        }
    };
    format!("{attribute} -{operator} {value}")
}

fn tree(draw: &mut Draw, depth: usize, leaf: &dyn Fn(&mut Draw) -> String) -> String {
    match draw.below(if depth == 0 { 4 } else { 10 }) {
        0..=4 => leaf(draw),
        5 => format!("-not ({})", tree(draw, depth - 1, leaf)),
        joined => {
            let word = if joined < 8 { "-and" } else { "-or" };
            format!("({} {word} {})", tree(draw, depth - 1, leaf), tree(draw, depth - 1, leaf))
        }
    }
}

fn device_rule(draw: &mut Draw, depth: usize) -> String {
    if draw.chance(1) {
        return "device.colour -eq \"red\"".to_owned();
    }
    tree(draw, depth, &|draw| {
        let (attribute, operators, values) = draw.one(&ATTRIBUTES);
        let operators: &[&str] = match operators {
            0 => &EQUAL,
            1 => &LISTED,
            2 => &CONTAINED,
            _ => &EVERY,
        };
        compared(draw, &format!("device.{attribute}"), operators, values)
    })
}

fn application_rule(draw: &mut Draw, depth: usize) -> String {
    if draw.chance(1) {
        return "CustomSecurityAttribute.Set_level -equals \"High\"".to_owned();
    }
    tree(draw, depth, &|draw| {
        let (attribute, values): (&str, &[&str]) = draw.one(&[
            ("Set_level", &["High", "Low"][..]),
            ("set_level", &["high", "ow"]),
            ("set_tags", &["alpha", "beta"]),
            ("Set_audited", &["true", "False"]),
            ("Set_nowhere", &["x", "y"]),
        ]);
        compared(draw, &format!("CustomSecurityAttribute.{attribute}"), &EVERY, values)
    })
}

fn grant(draw: &mut Draw) -> Value {
    let mut found = json!({ "operator": draw.one(&["AND", "OR"]) });
    if draw.chance(5) {
        found["builtInControls"] = json!(["block"]);
        if draw.chance(5) {
            found["builtInControls"] = json!(["block", "mfa"]);
        }
        return found;
    }
    let known = [
        (30, "mfa"),
        (5, "compliantDevice"),
        (4, "domainJoinedDevice"),
        (2, "approvedApplication"),
        (2, "compliantApplication"),
        (3, "passwordChange"),
        (2, "riskRemediation"),
    ];
    let mut controls: Vec<&str> = (0..draw.below(3)).map(|_| draw.weighted(&known)).collect();
    controls.dedup();
    if draw.rarely(5) {
        controls.push("retinaScan");
    }
    if draw.chance(20) {
        found["authenticationStrength"] = match draw.below(8) {
            0..=2 => json!({ "id": format!("00000000-0000-0000-0000-00000000000{}", draw.below(3) + 2) }),
            3..=5 => json!({ "id": strength(draw.below(4)) }),
            6 => {
                json!({ "id": strength(9), "displayName": "Inline", "allowedCombinations": combinations(draw) })
            }
            _ if draw.chance(20) => json!({ "id": strength(8) }),
            _ => json!({ "displayName": "Strength 1" }),
        };
    }
    if draw.chance(12) {
        found["termsOfUse"] = draw.some(&(0..4).map(terms).collect::<Vec<_>>(), 1, 2).into();
    }
    if draw.chance(6) {
        found["customAuthenticationFactors"] = draw.some(&["DuoLike", "Other"], 1, 2).into();
    }
    let nothing = controls.is_empty() && found.as_object().unwrap().len() == 1;
    if nothing {
        controls.push("mfa");
    }
    found["builtInControls"] = controls.into();
    found
}

fn session(draw: &mut Draw) -> Value {
    let mut found = Map::new();
    let mut set = |draw: &mut Draw, name: &str, value: Value| {
        if draw.chance(35) {
            found.insert(name.to_owned(), value);
        }
    };
    let hours = draw.one(&[1, 4, 24]);
    let unit = draw.one(&["hours", "days"]);
    set(
        draw,
        "signInFrequency",
        json!({ "isEnabled": true, "type": unit, "value": hours, "frequencyInterval": "timeBased" }),
    );
    let mode = draw.one(&["always", "never"]);
    set(draw, "persistentBrowser", json!({ "isEnabled": true, "mode": mode }));
    set(draw, "applicationEnforcedRestrictions", json!({ "isEnabled": true }));
    let kind = draw.one(&["mcasConfigured", "monitorOnly", "blockDownloads"]);
    set(draw, "cloudAppSecurity", json!({ "isEnabled": true, "cloudAppSecurityType": kind }));
    let mode = draw.one(&["strictEnforcement", "disabled", "strictLocation"]);
    set(draw, "continuousAccessEvaluation", json!({ "mode": mode }));
    set(draw, "disableResilienceDefaults", json!(true));
    set(draw, "secureSignInSession", json!({ "isEnabled": true }));
    if draw.chance(10) {
        found.insert(
            "signInFrequency".to_owned(),
            json!({ "isEnabled": true, "type": null, "value": null, "frequencyInterval": "everyTime" }),
        );
    }
    Value::Object(found)
}
