//! Access packages and homes in the world of sign-ins: whatever puts a person into a scope or an exclusion is a way.

use serde_json::{Value, json};

use crate::binary::{Run, run};

const READERS: &str = "6a000000-0000-4000-8000-000000000001";
const HELPERS: &str = "6a000000-0000-4000-8000-000000000002";
const ANA: &str = "5e000000-0000-4000-8000-000000000001";
const ROLE: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
const PARTNER: &str = "0f000000-0000-4000-8000-0000000000f1";
const PACKAGE: &str = "ea000000-0000-4000-8000-000000000001";
const OTHER: &str = "ea000000-0000-4000-8000-000000000002";
const ORGANIZATION: &str = "c0000000-0000-4000-8000-000000000001";
const ALL_TYPES: &str =
    "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider";

/// A whole tenant: everybody does multifactor authentication but members of one group, and nobody is in it; a package
/// makes people members, and no policy opens it.
fn tenant() -> Value {
    let setting = |access: &str| {
        json!({
            "usersAndGroups": {"accessType": access, "targets": [{"target": "AllUsers", "targetType": "user"}]},
            "applications": {"accessType": access, "targets": [{"target": "AllApplications", "targetType": "application"}]},
        })
    };
    let policy = |number: u32, name: &str, clients: &[&str], control: &str| {
        json!({
            "id": format!("ba000000-0000-4000-8000-00000000000{number}"), "displayName": name, "state": "enabled",
            "conditions": {
                "clientAppTypes": clients,
                "applications": {"includeApplications": ["All"]},
                "users": {
                    "includeUsers": ["All"],
                    "includeGuestsOrExternalUsers": {
                        "guestOrExternalUserTypes": ALL_TYPES,
                        "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"},
                    },
                    "excludeGroups": if control == "mfa" { vec![READERS] } else { vec![] },
                },
            },
            "grantControls": {"operator": "OR", "builtInControls": [control]},
        })
    };
    json!({
        "organization": [{"id": "0c000000-0000-4000-8000-0000000000c0", "displayName": "Own", "verifiedDomains": [{"name": "own.example"}]}],
        "domains": [{"id": "own.example", "isVerified": true}],
        "users": [user(ANA, "Ana", "partner.example", "partner.example")],
        "groups": [group(READERS, "Readers"), group(HELPERS, "Helpers")],
        "roleDefinitions": [{"id": ROLE, "templateId": ROLE, "displayName": "Directory Readers", "isBuiltIn": true}],
        "roleAssignments": [], "roleEligibilityScheduleInstances": [],
        "servicePrincipals": [{
            "id": "5a000000-0000-4000-8000-000000000001", "appId": "a9000000-0000-4000-8000-000000000001", "displayName": "Payroll",
            "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": true,
            "appOwnerOrganizationId": "0c000000-0000-4000-8000-0000000000c0", "tags": [], "appRoleAssignedTo": [],
        }],
        "conditionalAccessPolicies": [policy(1, "Everybody does MFA", &["all"], "mfa"), policy(2, "No legacy clients", &["exchangeActiveSync", "other"], "block")],
        "namedLocations": [], "authenticationStrengthPolicies": [], "agreements": [],
        "crossTenantAccessPolicyDefault": {
            "isServiceDefault": false,
            "inboundTrust": {"isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false},
            "b2bCollaborationInbound": setting("allowed"), "b2bCollaborationOutbound": setting("allowed"),
            "b2bDirectConnectInbound": setting("blocked"), "b2bDirectConnectOutbound": setting("blocked"),
        },
        "crossTenantAccessPolicyPartners": [],
        "authorizationPolicy": {"id": "authorizationPolicy", "allowInvitesFrom": "everyone"},
        "b2bManagementPolicies": [],
        "identitySecurityDefaultsEnforcementPolicy": {"id": "d0000000-0000-4000-8000-000000000001", "isEnabled": false},
        "authenticationMethodsPolicy": {"id": "authenticationMethodsPolicy", "authenticationMethodConfigurations": [
            {"@odata.type": "#microsoft.graph.emailAuthenticationMethodConfiguration", "id": "Email", "state": "enabled", "allowExternalIdToUseEmailOtp": "enabled"},
        ]},
        "connectedOrganizations": [organization(1, json!({"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": PARTNER, "displayName": "partner.example"}))],
        "catalogs": [{"id": "ca000000-0000-4000-8000-000000000001", "displayName": "Catalog", "state": "published", "isExternallyVisible": true}],
        "accessPackages": [package(PACKAGE, &[("AadGroup", &format!("Member_{READERS}"), READERS)])],
        "assignmentPolicies": [],
        "assignments": [],
    })
}

fn user(id: &str, name: &str, invited: &str, mail: &str) -> Value {
    json!({
        "id": id, "displayName": name, "userPrincipalName": format!("{name}_{invited}#EXT#@own.example"), "mail": format!("{name}@{mail}"),
        "userType": "Guest", "accountEnabled": true, "externalUserState": "Accepted", "creationType": "Invitation",
        "identities": [{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}],
    })
}

fn group(id: &str, name: &str) -> Value {
    json!({"id": id, "displayName": name, "groupTypes": [], "securityEnabled": true, "isAssignableToRole": true, "membershipRule": null, "members": []})
}

fn organization(number: u32, source: Value) -> Value {
    json!({
        "id": format!("c0000000-0000-4000-8000-00000000000{number}"), "displayName": format!("Organization {number}"), "state": "configured",
        "identitySources": [source], "internalSponsors": [], "externalSponsors": [],
    })
}

fn package(id: &str, roles: &[(&str, &str, &str)]) -> Value {
    let roles = roles.iter().map(|(system, role, resource)| {
        json!({
            "role": {"originSystem": system, "originId": role, "resource": {"originId": resource, "originSystem": system}},
            "scope": {"originSystem": system, "originId": resource, "isRootScope": true},
        })
    });
    json!({
        "id": id, "displayName": format!("Package {id}"), "isHidden": false, "catalog": {"id": "ca000000-0000-4000-8000-000000000001"},
        "resourceRoleScopes": roles.collect::<Vec<_>>(), "incompatibleAccessPackages": [], "incompatibleGroups": [],
    })
}

/// An assignment policy in Graph v1.0, and in beta where the scope is one of its words.
fn policy(of: &str, scope: &str, targets: Value) -> Value {
    let id = "ef000000-0000-4000-8000-000000000001";
    if scope.starts_with(|first: char| first.is_ascii_uppercase()) {
        return json!({
            "id": id, "displayName": "Policy", "accessPackageId": of, "durationInDays": 30,
            "requestorSettings": {"scopeType": scope, "acceptRequests": true, "allowedRequestors": targets},
        });
    }
    json!({
        "id": id, "displayName": "Policy", "accessPackage": {"id": of}, "allowedTargetScope": scope, "specificAllowedTargets": targets,
        "requestorSettings": {"enableTargetsToSelfAddAccess": true},
    })
}

fn target(kind: &str, member: &str, id: &str) -> Value {
    json!([{"@odata.type": format!("#microsoft.graph.{kind}"), member: id}])
}

fn automatic(rule: &str, on: bool) -> Value {
    let mut found = policy(
        PACKAGE,
        "specificDirectoryUsers",
        json!([{"@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": rule}]),
    );
    found["automaticRequestSettings"] = json!({"requestAccessForAllowedTargets": on});
    found["requestorSettings"]["enableTargetsToSelfAddAccess"] = false.into();
    found
}

fn held(state: &str) -> Value {
    json!([{"id": "ee000000-0000-4000-8000-000000000001", "state": state, "accessPackage": {"id": PACKAGE},
            "target": {"id": "ee000000-0000-4000-8000-000000000002", "objectId": ANA}}])
}

fn written(folder: &tempfile::TempDir, name: &str, tenant: &Value) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, tenant.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What comes of a rule on sign-ins: `holds`, `violated`, or what it depends on.
fn outcome(tenant: &Value, rule: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "tenant.json", tenant);
    let mut arguments = vec!["check", path.as_str(), "--as-of=2026-11-23", "--format=json"];
    arguments.extend(rule);
    let Run { stdout, stderr, .. } = run(&arguments);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    let report = &report["tenants"][0];
    let listed = |name: &str| report[name].as_array().unwrap().clone();
    if !listed("findings").is_empty() {
        return "violated".to_owned();
    }
    let reasons: Vec<String> =
        listed("notEvaluated").iter().map(|entry| entry["reason"].as_str().unwrap().to_owned()).collect();
    if reasons.is_empty() && listed("held").len() == 1 { "holds".to_owned() } else { reasons.join("; ") }
}

const MFA: [&str; 2] = ["--select", "external-sign-in-without-mfa"];
const WAY_IN: [&str; 2] = ["--select", "partner-has-no-way-in"];

/// SI-1.5: somebody whose account is disabled is left out of nothing that matters.
#[test]
fn a_disabled_guest_whom_a_policy_leaves_out_gets_in_nowhere() {
    for enabled in [true, false] {
        let mut tenant = tenant();
        tenant["groups"][0]["members"] = json!([{"@odata.type": "#microsoft.graph.user", "id": ANA}]);
        tenant["users"][0]["accountEnabled"] = enabled.into();
        // A rule on objects tells findings alone.
        for (rule, holds) in [("external-users-without-mfa", ""), ("external-sign-in-without-mfa", "holds")] {
            let expected = if enabled { "violated" } else { holds };
            assert_eq!(outcome(&tenant, &["--select", rule]), expected, "{rule} {enabled}");
        }
    }
}

/// EM-1.6, EM-3.1, W-1.19: what an export leaves out of a policy, an assignment or an organization may be this package, this
/// person, anybody. Nothing is proven over it.
#[test]
fn what_is_not_told_of_a_package_is_no_proof() {
    let mut without = tenant();
    without["accessPackages"] = json!([]);
    assert_eq!(outcome(&without, &MFA), "holds");
    assert_eq!(outcome(&tenant(), &MFA), "holds");
    let assignment = |more: &Value| {
        let mut own = json!({"id": "a5000000-0000-4000-8000-000000000001", "state": "delivered", "accessPackage": {"id": PACKAGE}});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([own])
    };
    let configured = |sources: Value| {
        let mut organization = organization(2, json!({}));
        organization["identitySources"] = sources;
        json!([organization])
    };
    let all = "allConfiguredConnectedOrganizationUsers";
    let mut of_no_package = policy(PACKAGE, "allExternalUsers", json!([]));
    of_no_package.as_object_mut().unwrap().remove("accessPackage");
    let mut by_others = policy(PACKAGE, "allDirectoryUsers", json!([]));
    by_others["requestorSettings"] =
        json!({"enableTargetsToSelfAddAccess": false, "enableOnBehalfRequestorsToAddAccess": true});
    let policies = |own: &Value| ("assignmentPolicies", json!([own]));
    // Where Ana is at home is not known either.
    let nobody = || ("users", json!([]));
    for (changes, because) in [
        (vec![policies(&of_no_package)], "a policy of which the access package was not exported"),
        (vec![policies(&by_others)], "access package"),
        (vec![("assignments", assignment(&json!({})))], "an assignment that was not exported"),
        (vec![("assignments", assignment(&json!({"target": null})))], "an assignment that was not exported"),
        (vec![("assignments", Value::Null)], "an assignment that was not exported"),
        (
            vec![
                policies(&policy(PACKAGE, all, json!([]))),
                ("connectedOrganizations", configured(json!([{}]))),
                nobody(),
            ],
            "an identity source could not be read",
        ),
        (
            vec![
                policies(&policy(PACKAGE, all, json!([]))),
                ("connectedOrganizations", configured(Value::Null)),
                nobody(),
            ],
            "an identity source could not be read",
        ),
        (
            vec![policies(&policy(PACKAGE, "specificDirectoryUsers", Value::Null))],
            "lets the person come to access package",
        ),
    ] {
        let mut tenant = tenant();
        for (name, value) in changes {
            if value.is_null() {
                tenant.as_object_mut().unwrap().remove(name);
            } else {
                tenant[name] = value;
            }
        }
        let found = outcome(&tenant, &MFA);
        assert!(found.contains(because), "{because}: {found}");
    }
    // Whoever is told of decides.
    let mut told = tenant();
    told["assignments"] = assignment(&json!({"target": {"objectId": ANA}}));
    assert_eq!(outcome(&told, &MFA), "violated");
}

/// A list that tells that it is not all of it, several controls without an operator, one side of the guests without the
/// other, and a group of which nobody can tell whether it was deleted: nothing is proven over them.
#[test]
fn what_a_file_tells_of_itself_is_no_proof() {
    let member = |id: &str| json!([{"@odata.type": "#microsoft.graph.user", "id": id}]);
    let answer = |more: Value| {
        move |tenant: &mut Value| {
            let mut list =
                json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": tenant["users"]});
            list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            tenant["users"] = list;
            // Somebody of whom the list does not tell is left out.
            tenant["conditionalAccessPolicies"][0]["conditions"]["users"]["excludeUsers"] =
                json!(["5e000000-0000-4000-8000-0000000000dd"]);
        }
    };
    let deleted = |when: Value| {
        move |tenant: &mut Value| {
            tenant["groups"][0]["members"] = member(ANA);
            tenant["groups"][0]["deletedDateTime"] = when.clone();
        }
    };
    let cases: [(Change<'_>, &str); 9] = [
        (&answer(json!({})), "holds"),
        (&answer(json!({"@odata.count": 1})), "holds"),
        (&answer(json!({"@odata.count": 57})), "depends on"),
        (
            &answer(json!({"@odata.deltaLink": "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x"})),
            "depends on",
        ),
        (&deleted(Value::Null), "violated"),
        (&deleted("".into()), "violated"),
        (&deleted("0001-01-01T00:00:00Z".into()), "violated"),
        (&deleted("2026-01-01T00:00:00Z".into()), "holds"),
        (&deleted("never".into()), "depends on"),
    ];
    for (number, (change, expected)) in cases.into_iter().enumerate() {
        let mut tenant = tenant();
        change(&mut tenant);
        let found = outcome(&tenant, &MFA);
        assert!(found.contains(expected), "{number}: {found}");
    }
}

/// EM-2.1 to EM-2.10: people of the directory request, too, in both dialects; catalogs and separation of duties hinder.
#[test]
fn whoever_may_request_a_package_may_hold_it() {
    let with = |policy: Value| {
        let mut tenant = tenant();
        tenant["assignmentPolicies"] = json!([policy]);
        tenant
    };
    let anybody = json!([]);
    for (scope, targets, expected) in [
        ("notSpecified", &anybody, "holds"),
        ("allDirectoryUsers", &anybody, "violated"),
        ("AllExistingDirectorySubjects", &anybody, "violated"),
        // B2B collaboration members are members.
        ("allMemberUsers", &anybody, "violated"),
        ("AllExistingDirectoryMemberUsers", &anybody, "violated"),
        ("allExternalUsers", &anybody, "violated"),
        ("allConfiguredConnectedOrganizationUsers", &anybody, "violated"),
        ("AllConfiguredConnectedOrganizationSubjects", &anybody, "violated"),
        ("allDirectoryServicePrincipals", &anybody, "holds"),
        ("allDirectoryAgentIdentities", &anybody, "holds"),
        ("specificDirectoryUsers", &target("singleUser", "userId", ANA), "violated"),
        ("SpecificDirectorySubjects", &target("singleUser", "id", ANA), "violated"),
        ("specificDirectoryUsers", &target("groupMembers", "groupId", HELPERS), "holds"),
        (
            "specificConnectedOrganizationUsers",
            &target("connectedOrganizationMembers", "connectedOrganizationId", ORGANIZATION),
            "violated",
        ),
        ("allMartians", &anybody, "depends"),
    ] {
        let found = outcome(&with(policy(PACKAGE, scope, targets.clone())), &MFA);
        let holds = if expected == "depends" { found.contains("depends on") } else { found == expected };
        assert!(holds, "{scope} {targets}: {found}");
    }
    // A group that another package gives.
    let mut chain = with(policy(PACKAGE, "specificDirectoryUsers", target("groupMembers", "groupId", HELPERS)));
    let helper = package(OTHER, &[("AadGroup", &format!("Member_{HELPERS}"), HELPERS)]);
    chain["accessPackages"].as_array_mut().unwrap().push(helper);
    let mut second = policy(OTHER, "allDirectoryUsers", json!([]));
    second["id"] = "ef000000-0000-4000-8000-000000000002".into();
    chain["assignmentPolicies"].as_array_mut().unwrap().push(second);
    assert_eq!(outcome(&chain, &MFA), "violated");
    // Once requested, one bars the other; each bars the other, and the second gives nothing alone.
    let mut barred = with(policy(PACKAGE, "specificDirectoryUsers", target("singleUser", "userId", ANA)));
    barred["accessPackages"][0]["incompatibleGroups"] = json!([{"id": HELPERS}]);
    assert_eq!(outcome(&barred, &MFA), "violated");
    barred["groups"][1]["members"] = json!([{"@odata.type": "#microsoft.graph.user", "id": ANA}]);
    assert_eq!(outcome(&barred, &MFA), "holds");
    let mut closed = with(policy(PACKAGE, "allExternalUsers", json!([])));
    closed["catalogs"][0]["isExternallyVisible"] = false.into();
    assert_eq!(outcome(&closed, &MFA), "holds");
    closed["assignmentPolicies"][0]["allowedTargetScope"] = "specificDirectoryUsers".into();
    closed["assignmentPolicies"][0]["specificAllowedTargets"] = target("singleUser", "userId", ANA);
    let open = outcome(&closed, &MFA);
    assert!(open.contains("closed to outsiders"), "{open}");
    closed["catalogs"][0]["state"] = "unpublished".into();
    assert_eq!(outcome(&closed, &MFA), "holds");
}

/// EM-9.1 to EM-9.6, and what is held already.
#[test]
fn whatever_a_package_gives_counts() {
    let group_of = |word: &str| format!("{word}_{READERS}");
    let with = |system: &str, role: &str, resource: &str| {
        let mut tenant = tenant();
        tenant["accessPackages"] = json!([package(PACKAGE, &[(system, role, resource)])]);
        tenant["assignmentPolicies"] = json!([policy(PACKAGE, "allExternalUsers", json!([]))]);
        tenant
    };
    let excluding_role = |mut tenant: Value| {
        let users = &mut tenant["conditionalAccessPolicies"][0]["conditions"]["users"];
        users["excludeGroups"] = json!([]);
        users["excludeRoles"] = json!([ROLE]);
        tenant
    };
    assert_eq!(outcome(&with("AadGroup", &group_of("Member"), READERS), &MFA), "violated");
    assert_eq!(outcome(&with("AadGroup", &group_of("EligibleMember"), READERS), &MFA), "violated");
    assert_eq!(outcome(&with("AadGroup", &group_of("Owner"), READERS), &MFA), "holds");
    for role in ["Active", "Eligible"] {
        assert_eq!(outcome(&excluding_role(with("DirectoryRole", role, ROLE)), &MFA), "violated", "{role}");
    }
    // A group that holds the role.
    let mut through = excluding_role(with("AadGroup", &group_of("Member"), READERS));
    assert_eq!(outcome(&through, &MFA), "holds");
    through["roleAssignments"] =
        json!([{"id": "r", "principalId": READERS, "roleDefinitionId": ROLE, "directoryScopeId": "/"}]);
    assert_eq!(outcome(&through, &MFA), "violated");
    // By a rule.
    for (rule, on, expected) in [
        ("(user.userType -eq \"Guest\")", true, "violated"),
        ("(user.userType -eq \"Guest\")", false, "holds"),
        ("(user.department -eq \"Sales\")", true, "depends"),
    ] {
        let mut tenant = tenant();
        tenant["assignmentPolicies"] = json!([automatic(rule, on)]);
        let found = outcome(&tenant, &MFA);
        let holds = if expected == "depends" { found.contains("depends on") } else { found == expected };
        assert!(holds, "{rule} {on}: {found}");
    }
    // Held.
    for (state, expected) in [("delivered", "violated"), ("delivering", "holds"), ("expired", "holds")] {
        let mut tenant = tenant();
        tenant["assignments"] = held(state);
        assert_eq!(outcome(&tenant, &MFA), expected, "{state}");
    }
    // What was not exported may give anything.
    for (name, member) in
        [("accessPackages", None), ("assignmentPolicies", None), ("accessPackages", Some("resourceRoleScopes"))]
    {
        let mut tenant = with("SharePointOnline", "4", "https://own.example/sites/a");
        match member {
            Some(member) => drop(tenant[name][0].as_object_mut().unwrap().remove(member)),
            None => drop(tenant.as_object_mut().unwrap().remove(name)),
        }
        if name == "assignmentPolicies" {
            tenant["accessPackages"] = json!([package(PACKAGE, &[("AadGroup", &group_of("Member"), READERS)])]);
        }
        let found = outcome(&tenant, &MFA);
        assert!(found.contains("not exported"), "{name} {member:?}: {found}");
    }
}

/// XT-4.2, XT-4.11: who may come at all.
#[test]
fn invitations_are_a_gate_for_people_who_are_not_here_yet() {
    let gives_payroll = |source: Value| {
        let mut tenant = tenant();
        tenant["accessPackages"] =
            json!([package(PACKAGE, &[("AadApplication", "a9", "5a000000-0000-4000-8000-000000000001")])]);
        let members = target("connectedOrganizationMembers", "connectedOrganizationId", ORGANIZATION);
        tenant["assignmentPolicies"] = json!([policy(PACKAGE, "specificConnectedOrganizationUsers", members)]);
        tenant["connectedOrganizations"] = json!([organization(1, source)]);
        tenant
    };
    let by_domain = || {
        gives_payroll(
            json!({"@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "quay.example", "displayName": "quay.example"}),
        )
    };
    let lists = |member: &str, domain: &str| {
        let text = json!({"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": {member: [domain]}}})
            .to_string();
        json!([{"id": "b2", "displayName": "B2BManagementPolicy", "definition": [text]}])
    };
    assert_eq!(outcome(&by_domain(), &WAY_IN), "holds");
    for (member, domain, expected) in [
        ("AllowedDomains", "other.example", "violated"),
        ("AllowedDomains", "quay.example", "holds"),
        ("BlockedDomains", "quay.example", "violated"),
        ("BlockedDomains", "other.example", "holds"),
    ] {
        let mut tenant = by_domain();
        tenant["b2bManagementPolicies"] = lists(member, domain);
        assert_eq!(outcome(&tenant, &WAY_IN), expected, "{member} {domain}");
    }
    // Whoever is of the organization by its tenant need not have the mail domain that it is recognised by as well.
    let mut both = by_domain();
    both["b2bManagementPolicies"] = lists("BlockedDomains", "quay.example");
    both["connectedOrganizations"][0]["identitySources"].as_array_mut().unwrap().push(
        json!({"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": PARTNER, "displayName": "partner.example"}),
    );
    let of_tenant = format!(
        r#"permit (principal is ExternalUser, action == Action::"signIn", resource) when {{ principal.given.contains(resource.appId) && principal has homeTenant && principal.homeTenant == "{PARTNER}" }};"#
    );
    assert_eq!(outcome(&both, &["--ask", &of_tenant]), "holds");
    let mut nobody = by_domain();
    nobody["authorizationPolicy"]["allowInvitesFrom"] = "none".into();
    let found = outcome(&nobody, &WAY_IN);
    assert!(found.contains("allowInvitesFrom"), "{found}");
    // Whoever holds a package and is shut out; not whoever cannot sign in at all.
    let mut blocked = gives_payroll(
        json!({"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": PARTNER, "displayName": "partner.example"}),
    );
    blocked["assignmentPolicies"] = json!([]);
    blocked["assignments"] = held("delivered");
    assert_eq!(outcome(&blocked, &WAY_IN), "holds");
    let mut block = blocked["conditionalAccessPolicies"][1].clone();
    block["id"] = "ba000000-0000-4000-8000-000000000003".into();
    block["conditions"]["clientAppTypes"] = json!(["all"]);
    block["conditions"]["users"] = json!({"includeUsers": [ANA]});
    blocked["conditionalAccessPolicies"].as_array_mut().unwrap().push(block);
    assert_eq!(outcome(&blocked, &WAY_IN), "violated");
    for (member, value) in [("accountEnabled", json!(false)), ("externalUserState", json!("PendingAcceptance"))] {
        let mut other = blocked.clone();
        other["users"][0][member] = value;
        assert_ne!(outcome(&other, &WAY_IN), "violated", "{member}");
    }
}

/// What a change lets people come by is part of what it opens.
#[test]
fn what_opens_by_packages_and_invitations() {
    let opened = |old: &Value, new: &Value| {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (written(&folder, "old.json", old), written(&folder, "new.json", new));
        let Run { status, stdout, .. } = run(&["diff", old.as_str(), new.as_str(), "--fail-on", "opened"]);
        assert!(status < 2, "{stdout}");
        status
    };
    let before = tenant();
    let after = |change: &dyn Fn(&mut Value)| {
        let mut tenant = tenant();
        change(&mut tenant);
        tenant
    };
    assert_eq!(opened(&before, &before), 0);
    let widened =
        after(&|tenant| tenant["assignmentPolicies"] = json!([policy(PACKAGE, "allDirectoryUsers", json!([]))]));
    assert_eq!(opened(&before, &widened), 1);
    assert_eq!(opened(&widened, &before), 0);
    let by_rule =
        after(&|tenant| tenant["assignmentPolicies"] = json!([automatic("(user.userType -eq \"Guest\")", true)]));
    assert_eq!(opened(&before, &by_rule), 1);
    let nobody = after(&|tenant| tenant["authorizationPolicy"]["allowInvitesFrom"] = "none".into());
    assert_eq!(opened(&nobody, &before), 1);
    assert_eq!(opened(&before, &nobody), 0);
    let list = |member: &str, domains: &[&str]| {
        let text = json!({"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": {member: domains}}})
            .to_string();
        after(&|tenant| {
            tenant["b2bManagementPolicies"] =
                json!([{"id": "b2", "displayName": "B2BManagementPolicy", "definition": [text.clone()]}]);
        })
    };
    assert_eq!(
        opened(&list("BlockedDomains", &["a.example", "b.example"]), &list("BlockedDomains", &["b.example"])),
        1
    );
    assert_eq!(
        opened(&list("BlockedDomains", &["b.example"]), &list("BlockedDomains", &["a.example", "b.example"])),
        0
    );
    assert_eq!(
        opened(&list("AllowedDomains", &["a.example"]), &list("AllowedDomains", &["a.example", "b.example"])),
        1
    );
    assert_eq!(opened(&list("AllowedDomains", &["a.example"]), &before), 1);
}

/// What a change opens, and what it closes.
#[track_caller]
fn change(old: &Value, new: &Value) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (written(&folder, "old.json", old), written(&folder, "new.json", new));
    let Run { status, stdout, stderr } = run(&["diff", old.as_str(), new.as_str(), "--format", "json"]);
    assert!(status < 2, "{stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let of = |which: &str| report["access"][which].as_str().unwrap().to_owned();
    (of("opened"), of("closed"))
}

type Change<'c> = &'c dyn Fn(&mut Value);

/// W-1.13: what is there and cannot be read is no gate that stands open.
#[test]
fn a_gate_that_cannot_be_read_is_not_known_to_be_open() {
    let with = |change: Change<'_>| {
        let mut tenant = tenant();
        tenant["servicePrincipals"][0]["appRoleAssignmentRequired"] = false.into();
        change(&mut tenant);
        tenant
    };
    let list = |text: &'static str| {
        move |tenant: &mut Value| {
            tenant["b2bManagementPolicies"] =
                json!([{"id": "b2", "displayName": "B2BManagementPolicy", "definition": [text]}]);
        }
    };
    let inviters =
        |word: Value| move |tenant: &mut Value| tenant["authorizationPolicy"]["allowInvitesFrom"] = word.clone();
    let passcodes = |word: Value| {
        move |tenant: &mut Value| {
            tenant["authenticationMethodsPolicy"]["authenticationMethodConfigurations"][0]["allowExternalIdToUseEmailOtp"] =
                word.clone();
        }
    };
    let no_methods = |tenant: &mut Value| {
        tenant.as_object_mut().unwrap().remove("authenticationMethodsPolicy");
    };
    let application = |member: &'static str, value: Value| {
        move |tenant: &mut Value| tenant["servicePrincipals"][0][member] = value.clone()
    };
    let extra = r#"{"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": {"AllowedDomains": ["a.example"], "Extra": ["x"]}}}"#;
    let other = r#"{"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": {"AllowedDomains": ["a.example"], "Extra": ["y"]}}}"#;
    let future = || json!("unknownFutureValue");
    let unread: [(&str, Change<'_>); 10] = [
        ("a list with something else in it", &list(extra)),
        ("a list that is no JSON", &list("not JSON")),
        ("inviters in a word that is kept back", &inviters(future())),
        ("inviters in a word that is not documented", &inviters("friends".into())),
        ("inviters without a word", &inviters(Value::Null)),
        ("passcodes in a word that is kept back", &passcodes(future())),
        ("passcodes that were not exported", &no_methods),
        ("an application that may be enabled", &application("accountEnabled", Value::Null)),
        ("an application that Microsoft may have disabled", &application("disabledByMicrosoftStatus", future())),
        ("an application of a state that is no flag", &application("accountEnabled", "perhaps".into())),
    ];
    let promise = r#"permit (principal is ExternalUser, action == Action::"signIn", resource == Application::"Payroll") when { principal.kind == "b2bCollaborationGuest" };"#;
    let known = with(&|_| {});
    assert_eq!(outcome(&known, &["--ask", promise]), "holds");
    let told = |opened: &str, closed: &str| (opened.to_owned(), closed.to_owned());
    for (what, unread) in unread {
        let unread = with(unread);
        assert_eq!(change(&unread, &known), told("unknown", "no"), "{what}");
        assert_eq!(change(&known, &unread), told("no", "unknown"), "{what}");
        assert_eq!(change(&unread, &unread), told("no", "no"), "{what}");
        assert_ne!(outcome(&unread, &["--ask", promise]), "holds", "{what}");
    }
    // A null there is what an SDK leaves of any word.
    let lost = with(&passcodes(Value::Null));
    assert_eq!(change(&lost, &known), told("unknown", "no"));
    assert_eq!(change(&lost, &lost), told("unknown", "unknown"));
    // Written otherwise it may be something else.
    let pairs: [(Change<'_>, Change<'_>); 4] = [
        (&list(extra), &list(other)),
        (&inviters(future()), &inviters(Value::Null)),
        (&passcodes(future()), &passcodes(Value::Null)),
        (&application("disabledByMicrosoftStatus", future()), &application("accountEnabled", Value::Null)),
    ];
    for (old, new) in pairs {
        assert_eq!(change(&with(old), &with(new)), told("unknown", "unknown"));
    }
    // What lets nobody in whatever the word may be stays so.
    let refused = with(&|tenant| {
        tenant["servicePrincipals"][0]["accountEnabled"] = false.into();
        tenant["servicePrincipals"][0]["disabledByMicrosoftStatus"] = "unknownFutureValue".into();
    });
    assert_eq!(change(&refused, &known), told("yes", "no"));
}

/// What one side tells of a person does not bind the other side's sign-ins.
#[test]
fn people_who_are_told_otherwise_after_a_change() {
    let with = |change: Change<'_>| {
        let mut tenant = tenant();
        change(&mut tenant);
        tenant
    };
    let opened = |old: Change<'_>, new: Change<'_>| change(&with(old), &with(new)).0;
    let pending = |tenant: &mut Value| tenant["users"][0]["externalUserState"] = "PendingAcceptance".into();
    let disabled = |tenant: &mut Value| tenant["users"][0]["accountEnabled"] = false.into();
    assert_eq!(opened(&disabled, &pending), "yes");
    assert_eq!(opened(&|_| {}, &pending), "no");
    // Whoever has a tenant can bring what it vouches for.
    let trusted = |control: &'static str, issuer: &'static str| {
        move |tenant: &mut Value| {
            let trust = &mut tenant["crossTenantAccessPolicyDefault"]["inboundTrust"];
            trust["isMfaAccepted"] = true.into();
            trust["isCompliantDeviceAccepted"] = true.into();
            tenant["conditionalAccessPolicies"][0]["grantControls"]["builtInControls"] = json!([control]);
            tenant["users"][0]["identities"][0]["issuer"] = issuer.into();
        }
    };
    for control in ["mfa", "compliantDevice"] {
        let (of_nobody, of_tenant) = (trusted(control, "mail"), trusted(control, "ExternalAzureAD"));
        assert_eq!(opened(&of_nobody, &of_tenant), "yes", "{control}");
        assert_eq!(opened(&of_tenant, &of_tenant), "no", "{control}");
    }
    assert_eq!(opened(&trusted("compliantDevice", "ExternalAzureAD"), &trusted("compliantDevice", "mail")), "no");
}

/// AM-28: a home is known or unknown.
#[test]
fn a_home_is_never_guessed() {
    let with = |invited: &str, mail: &str, named: &[&str]| {
        let mut tenant = tenant();
        let source = |(number, name): (u32, &&str)| {
            let id = format!("0f000000-0000-4000-8000-0000000000f{number}");
            organization(
                number,
                json!({"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": id, "displayName": name}),
            )
        };
        tenant["connectedOrganizations"] = (1..).zip(named).map(source).collect();
        tenant["users"] = json!([user(ANA, "Ana", invited, mail)]);
        tenant["groups"][1]["members"] = json!([{"@odata.type": "#microsoft.graph.user", "id": ANA}]);
        let users = &mut tenant["conditionalAccessPolicies"][0]["conditions"]["users"];
        users["excludeGroups"] = json!([]);
        users["excludeGuestsOrExternalUsers"] = json!({
            "guestOrExternalUserTypes": "b2bCollaborationGuest",
            "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "membershipKind": "enumerated", "members": [PARTNER]},
        });
        let rule = format!(
            "forbid(principal in Group::\"{HELPERS}\", action == Action::\"signIn\", resource) unless {{ context.claims.mfa }};"
        );
        outcome(&tenant, &["--ask", &rule])
    };
    assert_eq!(with("partner.example", "partner.example", &["partner.example"]), "violated");
    assert_eq!(with("b.example", "b.example", &["partner.example", "b.example"]), "holds");
    for (invited, mail, named) in [
        ("partner.example", "partner.example", ["partner.example", "partner.example"]),
        ("b.example", "b.example", ["b.example", "b.example"]),
        ("b.example", "partner.example", ["partner.example", "b.example"]),
        ("partner.example", "b.example", ["partner.example", "b.example"]),
        ("c.example", "partner.example", ["partner.example", "b.example"]),
    ] {
        let found = with(invited, mail, &named);
        assert!(found.contains("depends on"), "{invited} {mail} {named:?}: {found}");
    }
}

/// AM-31: technicians come from partners that are service providers.
#[test]
fn technicians_come_from_service_providers() {
    let rule = "forbid(principal is ExternalUser, action == Action::\"signIn\", resource) when { principal.kind == \"serviceProvider\" };";
    let mut tenant = tenant();
    let found = outcome(&tenant, &["--ask", rule]);
    assert!(found.contains("no possible sign-in"), "{found}");
    tenant["crossTenantAccessPolicyPartners"] = json!([{"tenantId": PARTNER, "isServiceProvider": true}]);
    assert_eq!(outcome(&tenant, &["--ask", rule]), "violated");
}
