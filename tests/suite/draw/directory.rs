//! Everything of a tenant but Conditional Access.

use serde_json::{Map, Value, json};

use super::{
    Draw, GROUPS, MICROSOFTS, ROLES, USERS, applications, at_home, domain_of, foreign, group, id, own, own_application,
    packages, user,
};

pub(super) fn collections(draw: &mut Draw) -> Vec<(&'static str, Value)> {
    let domains = json!([{ "name": "own.example" }, { "name": "own.onmicrosoft.com" }]);
    let users: Vec<Value> = (0..USERS - 1).map(|number| a_user(draw, number)).collect();
    let groups: Vec<Value> = (0..GROUPS - 1).map(|number| a_group(draw, number)).collect();
    let partners: Vec<Value> =
        draw.some(&(0..8).collect::<Vec<_>>(), 0, 8).into_iter().map(|at| partner(draw, at)).collect();
    let mut parts = vec![
        ("organization", json!([{ "id": own(), "displayName": "Own", "verifiedDomains": domains }])),
        ("users", Value::from(users)),
        ("groups", Value::from(groups)),
        ("roleDefinitions", roles()),
        ("roleAssignments", role_assignments(draw)),
        ("roleEligibilityScheduleInstances", role_eligibilities(draw)),
        ("privilegedAccessGroupAssignmentScheduleInstances", group_privileges(draw, true)),
        ("privilegedAccessGroupEligibilityScheduleInstances", group_privileges(draw, false)),
        ("servicePrincipals", service_principals(draw)),
        ("connectedOrganizations", connected_organizations(draw)),
        ("crossTenantAccessPolicyDefault", default(draw)),
        ("crossTenantAccessPolicyPartners", Value::from(partners)),
        ("b2bManagementPolicies", domain_list(draw)),
    ];
    parts.extend(packages::collections(draw));
    let clouds = draw.weighted(&[(7, &[][..]), (2, &["partner.microsoftonline.cn"]), (1, &["microsoftonline.us"])]);
    parts.push(("crossTenantAccessPolicy", json!({ "displayName": "Policy", "allowedCloudEndpoints": clouds })));
    let on = draw.chance(6);
    parts.push((
        "identitySecurityDefaultsEnforcementPolicy",
        json!({ "id": id(0xd0, 1), "displayName": "Security Defaults", "isEnabled": on }),
    ));
    let otp = draw.weighted(&[(5, "default"), (3, "enabled"), (2, "disabled")]);
    let mut configurations = vec![
        json!({ "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2", "state": "enabled" }),
    ];
    let off = draw.chance(8);
    for (id, kind) in [
        ("Sms", "sms"),
        ("Voice", "voice"),
        ("SoftwareOath", "softwareOath"),
        ("MicrosoftAuthenticator", "microsoftAuthenticator"),
    ] {
        let state = if off || draw.chance(40) { "disabled" } else { "enabled" };
        let kind = format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration");
        configurations.push(json!({ "@odata.type": kind, "id": id, "state": state }));
    }
    if draw.chance(90) {
        configurations.push(json!({ "@odata.type": "#microsoft.graph.emailAuthenticationMethodConfiguration", "id": "Email", "state": "enabled", "allowExternalIdToUseEmailOtp": otp }));
    }
    parts.push(("authenticationMethodsPolicy", json!({ "id": "authenticationMethodsPolicy", "displayName": "Methods", "authenticationMethodConfigurations": configurations })));
    parts
}

/// Members, internal guests, guests and members from elsewhere, by every provider, before and after redemption.
fn a_user(draw: &mut Draw, number: usize) -> Value {
    // One of each first, then any.
    let kind = if number < 13 { number } else { draw.below(13) };
    let home = draw.below(10);
    let domain = match kind {
        2..=4 | 10 => domain_of(home),
        5..=9 => draw.one(&["mail.example", "gmail.example", "blocked.example"]).to_owned(),
        _ => "own.example".to_owned(),
    };
    let external = (2..=10).contains(&kind);
    // The mail address can be edited.
    let mail_domain = if draw.rarely(30) { domain_of(draw.below(10)) } else { domain.clone() };
    let mail = format!("u{number}@{mail_domain}");
    let name = if external { format!("u{number}_{domain}#EXT#@own.example") } else { format!("u{number}@own.example") };
    let pending = kind == 10 || external && draw.chance(4);
    let issuer = match kind {
        2..=4 => "ExternalAzureAD",
        5 => "mail",
        6 => "google.com",
        7 => "facebook.com",
        8 => "MicrosoftAccount",
        9 => "https://sts.saml.example/saml2",
        _ => "",
    };
    let mut identities =
        vec![json!({ "signInType": "userPrincipalName", "issuer": "own.example", "issuerAssignedId": name })];
    if !issuer.is_empty() && !pending {
        identities.insert(0, json!({ "signInType": "federated", "issuer": issuer, "issuerAssignedId": null }));
    }
    let guest = kind == 1 || external && kind != 3;
    let mut found = Map::new();
    let mut set = |name: &str, permille: u32, value: Value| {
        if !draw.rarely(permille) {
            found.insert(name.to_owned(), value);
        }
    };
    set("id", 0, user(number).into());
    set("displayName", 5, format!("User {number}").into());
    set("userPrincipalName", 15, name.into());
    set("mail", 30, mail.into());
    set("userType", 25, if guest { "Guest" } else { "Member" }.into());
    set("accountEnabled", 15, true.into());
    let state = external.then_some(if pending { "PendingAcceptance" } else { "Accepted" });
    set("externalUserState", 25, state.into());
    set("creationType", 10, external.then_some("Invitation").into());
    set("identities", 40, identities.into());
    if draw.chance(5) {
        found.insert("accountEnabled".to_owned(), false.into());
    }
    if draw.rarely(40) {
        found.insert("userType".to_owned(), draw.one(&[Value::Null, "Visitor".into()]));
    }
    if draw.rarely(20) {
        found.insert("deletedDateTime".to_owned(), "2026-11-01T00:00:00Z".into());
    }
    if draw.chance(10) {
        let groups = draw.some(&(0..GROUPS).collect::<Vec<_>>(), 0, 3).into_iter();
        let groups: Vec<Value> =
            groups.map(|at| json!({ "@odata.type": "#microsoft.graph.group", "id": group(at) })).collect();
        found.insert("transitiveMemberOf".to_owned(), groups.into());
    }
    Value::Object(found)
}

fn a_group(draw: &mut Draw, number: usize) -> Value {
    let dynamic = draw.chance(25);
    let rule = draw.one(&[
        "user.userType -eq \"Guest\"",
        "(user.userType -eq 'guest')",
        "user.department -eq \"Sales\"",
        "(user.userType -eq \"Guest\") and (user.accountEnabled -eq true)",
        "user.userType -ne \"Guest\" -and user.objectId -ne null",
        "-not (user.creationType -eq \"Invitation\") -or user.userPrincipalName -contains \"#EXT#\"",
        "user.userType -eq",
    ]);
    let most = if draw.chance(4) { 20 } else { 6 };
    let mut members: Vec<Value> = draw
        .some(&(0..USERS).collect::<Vec<_>>(), if most == 20 { 20 } else { 0 }, most)
        .into_iter()
        .map(|at| json!({ "@odata.type": "#microsoft.graph.user", "id": user(at) }))
        .collect();
    if most < 20 {
        // Groups within groups, in circles too.
        for at in draw.some(&(0..GROUPS).collect::<Vec<_>>(), 0, 2) {
            let kind = if draw.chance(90) { json!("#microsoft.graph.group") } else { Value::Null };
            members.push(json!({ "@odata.type": kind, "id": group(at) }));
        }
    }
    let mut found = Map::new();
    found.insert("id".to_owned(), group(number).into());
    found.insert("displayName".to_owned(), format!("Group {number}").into());
    if !draw.chance(3) {
        found.insert("groupTypes".to_owned(), if dynamic { json!(["DynamicMembership"]) } else { json!([]) });
    }
    found.insert("securityEnabled".to_owned(), true.into());
    if !draw.chance(4) {
        // Of a group that was made static its rule may be left.
        let left = dynamic || draw.chance(6);
        found.insert("membershipRule".to_owned(), if left { rule.into() } else { Value::Null });
        let state = draw.weighted(&[(75, "On"), (17, "Paused"), (3, "Resting"), (5, "")]);
        if left && !state.is_empty() {
            found.insert("membershipRuleProcessingState".to_owned(), state.into());
        }
    }
    if draw.chance(8) {
        found.insert("disableNesting".to_owned(), draw.chance(60).into());
    }
    if !draw.chance(if dynamic { 50 } else { 6 }) {
        found.insert("members".to_owned(), members.into());
    }
    Value::Object(found)
}

fn roles() -> Value {
    let built_in = |at: usize| json!({ "id": ROLES[at], "templateId": ROLES[at], "displayName": format!("Role {at}"), "isBuiltIn": true });
    // A definition that goes by an id of its own, and a custom role.
    json!([
        built_in(0),
        { "id": id(0x90, 0), "templateId": ROLES[1], "displayName": "Role 1", "isBuiltIn": true },
        { "id": ROLES[3], "templateId": ROLES[3], "displayName": "Custom role", "isBuiltIn": false },
    ])
}

fn role_assignments(draw: &mut Draw) -> Value {
    let count = draw.below(12);
    let assignments = (0..count).map(|number| {
        let principal = if draw.chance(70) { user(draw.below(USERS)) } else { group(draw.below(GROUPS)) };
        let role = draw.one(&[
            ROLES[0].to_owned(),
            ROLES[1].to_owned(),
            ROLES[2].to_owned(),
            ROLES[3].to_owned(),
            id(0x90, 0),
        ]);
        let scope = draw.weighted(&[(75, "/"), (25, "/administrativeUnits/00000091-0000-4000-8000-000000000001")]);
        let mut found =
            json!({ "id": format!("assignment-{number}"), "principalId": principal, "roleDefinitionId": role });
        if !draw.chance(3) {
            found["directoryScopeId"] = scope.into();
        }
        if draw.chance(8) {
            found["principalOrganizationId"] = draw.one(&[own(), foreign(0), foreign(9)]).into();
        }
        found
    });
    assignments.collect()
}

fn role_eligibilities(draw: &mut Draw) -> Value {
    let count = draw.below(7);
    let eligibilities = (0..count).map(|number| {
        let principal = if draw.chance(70) { user(draw.below(USERS)) } else { group(draw.below(GROUPS)) };
        let role = draw.one(&[ROLES[0].to_owned(), ROLES[1].to_owned(), ROLES[2].to_owned(), id(0x90, 0)]);
        let scope = draw.weighted(&[(80, "/"), (20, "/administrativeUnits/00000091-0000-4000-8000-000000000001")]);
        let mut found = json!({ "id": format!("eligible-{number}"), "principalId": principal, "roleDefinitionId": role,
            "roleEligibilityScheduleId": format!("schedule-{number}"), "memberType": "Direct" });
        if !draw.chance(3) {
            found["directoryScopeId"] = scope.into();
        }
        found
    });
    eligibilities.collect()
}

fn group_privileges(draw: &mut Draw, active: bool) -> Value {
    let count = draw.below(if active { 3 } else { 5 });
    let privileges = (0..count).map(|number| {
        let principal = if draw.chance(80) { user(draw.below(USERS)) } else { group(draw.below(GROUPS)) };
        let access = draw.weighted(&[(80, "member"), (20, "owner")]);
        let mut found = json!({ "id": format!("privilege-{active}-{number}"), "principalId": principal,
            "groupId": group(draw.below(GROUPS)), "memberType": "direct", "accessId": access });
        if active {
            found["assignmentType"] = draw.one(&["activated", "assigned"]).into();
        }
        found
    });
    privileges.collect()
}

fn service_principals(draw: &mut Draw) -> Value {
    let known = applications();
    let present: Vec<(usize, String)> = known.into_iter().enumerate().filter(|_| draw.chance(80)).collect();
    let found = present.into_iter().map(|(number, application)| {
        let microsofts = MICROSOFTS.contains(&application.as_str());
        let owner = if microsofts { "f8cdef31-a31e-4b4a-93e4-5f571e91255a".to_owned() } else { draw.one(&[own(), foreign(9)]) };
        let mut found = Map::new();
        let mut set = |name: &str, percent: u32, value: Value| {
            if !draw.chance(percent) {
                found.insert(name.to_owned(), value);
            }
        };
        set("id", 0, id(0x80, number).into());
        set("appId", 0, application.into());
        set("displayName", 1, format!("App {number}").into());
        set("servicePrincipalType", 1, "Application".into());
        set("accountEnabled", 1, true.into());
        set("appOwnerOrganizationId", 4, owner.into());
        set("appRoleAssignmentRequired", 2, false.into());
        if draw.chance(4) {
            found.insert("accountEnabled".to_owned(), false.into());
        }
        if draw.chance(12) {
            found.insert("appRoleAssignmentRequired".to_owned(), true.into());
        }
        if !draw.chance(8) {
            found.insert("customSecurityAttributes".to_owned(), security_attributes(draw));
        }
        if !draw.chance(8) {
            let assigned: Vec<Value> = draw.some(&(0..USERS + GROUPS).collect::<Vec<_>>(), 0, 6).into_iter().map(|at| {
                let (principal, kind) = if at < USERS { (user(at), "User") } else { (group(at - USERS), "Group") };
                let mut found = json!({ "id": format!("assigned-{number}-{at}"), "principalId": principal, "resourceId": id(0x80, number), "appRoleId": id(0, 0) });
                if !draw.chance(6) {
                    found["principalType"] = kind.into();
                }
                found
            }).collect();
            found.insert("appRoleAssignedTo".to_owned(), assigned.into());
        }
        Value::Object(found)
    });
    found.collect()
}

fn security_attributes(draw: &mut Draw) -> Value {
    if draw.chance(30) {
        return Value::Null;
    }
    let mut set = Map::new();
    set.insert("@odata.type".to_owned(), "#microsoft.graph.customSecurityAttributeValue".into());
    if draw.chance(70) {
        set.insert("level".to_owned(), draw.one(&["High", "Low"]).into());
    }
    if draw.chance(50) {
        let tags = draw.some(&["alpha", "beta", "gamma"], 0, 3);
        set.insert("tags@odata.type".to_owned(), "#Collection(String)".into());
        set.insert("tags".to_owned(), tags.into());
    }
    if draw.chance(40) {
        set.insert("audited".to_owned(), draw.chance(50).into());
    }
    json!({ "Set": set })
}

fn connected_organizations(draw: &mut Draw) -> Value {
    let found = (0..6).filter(|_| draw.chance(70)).collect::<Vec<_>>().into_iter().map(|number| {
        let mut sources = match draw.below(12) {
            0..=5 => json!([{ "@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": foreign(number), "displayName": domain_of(if draw.rarely(60) { 0 } else { number }) }]),
            6 => json!([{ "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "mail.example", "displayName": "mail.example" }]),
            7 => json!([{ "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "outlook.com", "displayName": "Outlook" }]),
            8 => json!([{ "@odata.type": "#microsoft.graph.socialIdentitySource", "socialIdentitySourceType": "facebook", "displayName": "Facebook" }]),
            9 => json!([{ "@odata.type": "#microsoft.graph.palmIdentitySource", "displayName": "Palms" }]),
            _ => json!([{ "@odata.type": "#microsoft.graph.externalDomainFederation", "domainName": "saml.example", "displayName": "saml.example", "issuerUri": "https://sts.saml.example/saml2" }]),
        };
        // Several sources, and domains that two organizations share.
        if draw.chance(15) {
            let domain = draw.one(&["mail.example", "gmail.example", "blocked.example"]);
            let more = json!({ "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": domain, "displayName": domain });
            sources.as_array_mut().unwrap().push(more);
        }
        let state = draw.weighted(&[(8, "configured"), (2, "proposed")]);
        json!({ "id": id(0xc1, number), "displayName": format!("Organization {number}"), "state": state, "identitySources": sources })
    });
    found.collect()
}

fn targets(draw: &mut Draw, outbound: bool, word: &str, applications: bool) -> Value {
    let all = draw.chance(55);
    let mut found = Vec::new();
    if all {
        found.push(word.to_owned());
    }
    if !all || draw.chance(10) {
        let known: Vec<String> = if applications {
            let words = ["Office365", "AllMicrosoftApps"].map(str::to_owned);
            words.into_iter().chain(super::applications()).collect()
        } else if outbound {
            (0..USERS).map(user).chain((0..GROUPS).map(group)).collect()
        } else {
            // Among them now and then a group of this tenant, which is nobody's home group.
            (0..8).map(at_home).chain([group(0)]).collect()
        };
        let least = usize::from(draw.chance(90));
        found.extend(draw.some(&known, least, if applications { 10 } else { 3 }));
    }
    let kind = if applications { "application" } else { draw.one(&["user", "group"]) };
    let listed: Vec<Value> = found.into_iter().map(|target| json!({ "target": target, "targetType": kind })).collect();
    let access = if draw.rarely(5) { "sometimes" } else { draw.weighted(&[(7, "allowed"), (3, "blocked")]) };
    json!({ "accessType": access, "targets": listed })
}

fn setting(draw: &mut Draw, outbound: bool, half: bool) -> Value {
    if draw.chance(60) {
        let all = |word: &str, kind: &str, access: &str| json!({ "accessType": access, "targets": [{ "target": word, "targetType": kind }] });
        let access = draw.weighted(&[(9, "allowed"), (1, "blocked")]);
        return json!({ "usersAndGroups": all("AllUsers", "user", access), "applications": all("AllApplications", "application", access) });
    }
    let mut found = json!({ "usersAndGroups": targets(draw, outbound, "AllUsers", false), "applications": targets(draw, outbound, "AllApplications", true) });
    if half && draw.chance(8) {
        found[draw.one(&["usersAndGroups", "applications"])] = Value::Null;
    }
    found
}

fn trust(draw: &mut Draw, nulls: bool) -> Value {
    let mut flag = || if nulls && draw.chance(15) { Value::Null } else { draw.chance(50).into() };
    json!({ "isMfaAccepted": flag(), "isCompliantDeviceAccepted": flag(), "isHybridAzureADJoinedDeviceAccepted": flag() })
}

const SETTINGS: [(&str, bool); 4] = [
    ("b2bCollaborationInbound", false),
    ("b2bCollaborationOutbound", true),
    ("b2bDirectConnectInbound", false),
    ("b2bDirectConnectOutbound", true),
];

fn default(draw: &mut Draw) -> Value {
    if draw.chance(35) {
        return json!({ "isServiceDefault": true });
    }
    let mut found = json!({ "isServiceDefault": false, "inboundTrust": trust(draw, false) });
    for (name, outbound) in SETTINGS {
        if !draw.rarely(20) {
            found[name] = setting(draw, outbound, false);
        }
    }
    found
}

fn partner(draw: &mut Draw, number: usize) -> Value {
    let mut found = json!({ "tenantId": foreign(number), "isServiceProvider": draw.chance(15), "isInMultiTenantOrganization": false });
    for (name, outbound) in SETTINGS {
        found[name] = if draw.chance(45) { Value::Null } else { setting(draw, outbound, true) };
    }
    found["inboundTrust"] = if draw.chance(35) { Value::Null } else { trust(draw, true) };
    // A member that is not there is not the same as one that is null.
    if draw.chance(8)
        && let Some(trust) = found["inboundTrust"].as_object_mut()
    {
        trust.remove(draw.one(&["isMfaAccepted", "isCompliantDeviceAccepted", "isHybridAzureADJoinedDeviceAccepted"]));
    }
    if draw.rarely(10) {
        found[draw.one(&["b2bCollaborationInbound", "inboundTrust"])] = "System.Object".into();
    }
    if draw.rarely(20) {
        found["deletedDateTime"] = "2026-11-01T00:00:00Z".into();
    }
    found
}

fn domain_list(draw: &mut Draw) -> Value {
    let known = ["mail.example", "blocked.example", "t0.example", "t1.example"];
    let listed = draw.some(&known, 1, 3);
    let domains = match draw.below(4) {
        0 => return json!([]),
        1 => json!({ "AllowedDomains": listed }),
        2 => json!({ "BlockedDomains": listed }),
        _ => json!({ "BlockedDomains": [] }),
    };
    let text = json!({ "B2BManagementPolicy": { "InvitationsAllowedAndBlockedDomainsPolicy": domains } }).to_string();
    let text = if draw.chance(4) { "not JSON".to_owned() } else { text };
    json!([{ "id": id(0xd1, 1), "displayName": "B2BManagementPolicy", "definition": [text] }])
}

/// An application that this tenant owns and that stands nowhere else.
pub(super) fn some_application(draw: &mut Draw) -> String {
    if draw.chance(5) { own_application(99) } else { draw.one(&applications()) }
}
