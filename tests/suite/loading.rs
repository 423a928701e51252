//! What stands in a document in unusual places, and what is half there: read, or told, never taken for something else.

use std::collections::BTreeSet;

use guestlist::check::{Report, Request, check};
use guestlist::config::Parameters;
use guestlist::load::{Loaded, Loader, Place, Sort, Weight};
use guestlist::model::{Gap, Id, Kind, Time, Told};
use guestlist::rules::{Pack, Schema, bundled_files};

fn load(files: &[(&str, &str)]) -> Loaded {
    let mut loader = Loader::default();
    for (name, text) in files {
        loader.file((*name).to_owned(), text.as_bytes());
    }
    loader.finish()
}

fn run(loaded: &Loaded) -> Report {
    let schema = Schema::bundled().unwrap();
    let pack = Pack::read(&bundled_files(), &schema).unwrap();
    let rules = pack.rules.iter().collect();
    let now = Time::read("2026-11-23").unwrap();
    check(loaded, &Request::new(rules, &Parameters::default(), now))
}

fn count(loaded: &Loaded, kind: Kind) -> usize {
    loaded.tenant.count(kind)
}

fn problems(loaded: &Loaded) -> Vec<&str> {
    let told = loaded.problems.iter().filter(|problem| problem.weight != Weight::Note);
    told.map(|problem| problem.message.as_str()).collect()
}

/// Whether the rule fired, was not evaluated on something, or neither.
fn outcome(report: &Report, rule: &str) -> &'static str {
    if report.findings.iter().any(|finding| finding.rule == rule) {
        "fires"
    } else if report.not_evaluated.iter().any(|one| one.rule == rule) {
        "unknown"
    } else {
        "holds"
    }
}

const ORGANIZATION: &str = r#""id":"11111111-1111-4111-8111-111111111111","displayName":"MV Clinics","verifiedDomains":[{"name":"mv.example"}]"#;
const GUEST: &str = r#"{"id":"22222222-2222-4222-8222-222222222222","userPrincipalName":"a_b.example#EXT#@mv.example","userType":"Guest"}"#;

#[test]
fn collections_beside_the_organization_are_read_and_so_is_it() {
    let loaded = load(&[("all.json", &format!(r#"{{{ORGANIZATION},"users":[{GUEST}],"connectedOrganizations":[]}}"#))]);
    assert_eq!(count(&loaded, Kind::Organization), 1);
    assert_eq!(count(&loaded, Kind::User), 1);
    assert!(loaded.tenant.coverage(Kind::ConnectedOrganization).exported);
    // By itself it is one object.
    let loaded = load(&[("organization.json", &format!("{{{ORGANIZATION}}}"))]);
    assert_eq!(count(&loaded, Kind::Organization), 1);
    assert!(problems(&loaded).is_empty(), "{:?}", problems(&loaded));
}

#[test]
fn pages_in_a_list_are_pages() {
    let context = "https://graph.microsoft.com/v1.0/$metadata#users";
    let page = |more: &str| format!(r#"{{"@odata.context":"{context}"{more},"value":[{GUEST}]}}"#);
    let whole = load(&[("pages.json", &format!("[{}]", page("")))]);
    assert_eq!(count(&whole, Kind::User), 1);
    assert!(whole.tenant.coverage(Kind::User).is_complete());
    let cut = load(&[("pages.json", &format!("[{}]", page(r#","@odata.nextLink":"https://graph.microsoft.com/x""#)))]);
    assert_eq!(count(&cut, Kind::User), 1);
    assert!(!cut.tenant.coverage(Kind::User).is_complete());
}

#[test]
fn what_is_no_object_in_a_known_list_is_told() {
    let loaded =
        load(&[("all.json", &format!(r#"{{"users":[{GUEST},7,null],"groups":"System.Object[]","catalogs":null}}"#))]);
    assert_eq!(count(&loaded, Kind::User), 1);
    let told = problems(&loaded).join("\n");
    assert!(told.contains("group is expected here"), "{told}");
    assert!(told.contains("the list of user is not complete"), "{told}");
    assert_eq!(problems(&loaded).len(), 3, "{told}");
    assert!(!loaded.tenant.coverage(Kind::Group).exported);
}

#[test]
fn the_policies_of_one_package_are_not_all_policies() {
    let text = r#"{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#identityGovernance/entitlementManagement/accessPackages('33333333-3333-4333-8333-333333333333')/assignmentPolicies","value":[{"id":"44444444-4444-4444-8444-444444444444","displayName":"p","allowedTargetScope":"notSpecified"}]}"#;
    let loaded = load(&[("policies.json", text)]);
    assert_eq!(count(&loaded, Kind::AssignmentPolicy), 1);
    assert!(!loaded.tenant.coverage(Kind::AssignmentPolicy).is_complete());
}

#[test]
fn a_failed_command_of_scubagear_leaves_the_list_open() {
    let text = |failed: &str| {
        format!(
            r#"{{"baseline_version":"1","conditional_access_policies":[],"aad_successful_commands":[],"aad_unsuccessful_commands":[{failed}]}}"#
        )
    };
    let complete = |failed: &str| {
        let loaded = load(&[("ProviderSettingsExport.json", &text(failed))]);
        loaded.tenant.coverage(Kind::ConditionalAccessPolicy).is_complete()
    };
    assert!(complete(""));
    assert!(!complete(r#""Get-MgBetaIdentityConditionalAccessPolicy""#));
}

/// A finding points at the policy's own text: inside the package, or in the file that is about it.
#[test]
fn what_is_expanded_stands_where_it_is_written() {
    let policy = r#"{
      "id": "44444444-4444-4444-8444-444444444444", "displayName": "p",
      "allowedTargetScope": "allExternalUsers",
      "requestorSettings": { "enableTargetsToSelfAddAccess": true },
      "requestApprovalSettings": { "isApprovalRequiredForAdd": false, "stages": [] }
    }"#;
    let package = format!(
        "{{\"accessPackages\": [{{\n  \"id\": \"33333333-3333-4333-8333-333333333333\",\n  \"displayName\": \"a\", \"isHidden\": false,\n  \"assignmentPolicies\": [\n    {policy}\n  ]\n}}]}}"
    );
    let place = |files: &[(&str, &str)]| {
        let loaded = load(files);
        let report = run(&loaded);
        let found = report.findings.iter().find(|finding| finding.rule == "external-policy-without-approval").unwrap();
        let path = &loaded.sources.file(found.region.file).path;
        format!("{path}:{}:{}", found.region.line, found.region.pointer)
    };
    assert_eq!(
        place(&[("packages.json", &package)]),
        "packages.json:9:/accessPackages/0/assignmentPolicies/0/requestApprovalSettings"
    );
    let by_itself = format!("{{\"accessPackageAssignmentPolicies\": [{policy}]}}");
    let own = "policies.json:5:/accessPackageAssignmentPolicies/0/requestApprovalSettings";
    assert_eq!(place(&[("packages.json", &package), ("policies.json", &by_itself)]), own);
    assert_eq!(place(&[("policies.json", &by_itself), ("packages.json", &package)]), own);
}

/// Rows: what is in the export, the rule, what has to come out.
#[test]
fn a_value_that_is_not_documented_is_never_taken_for_a_good_one() {
    let policy = |members: &str| {
        format!(
            r#"{{"accessPackageAssignmentPolicies":[{{"id":"44444444-4444-4444-8444-444444444444","displayName":"p","accessPackage":{{"id":"33333333-3333-4333-8333-333333333333"}},{members}}}]}}"#
        )
    };
    let access = |members: &str| {
        format!(
            r#"{{"conditionalAccessPolicies":[{{"id":"55555555-5555-4555-8555-555555555555","displayName":"c",{members}}}]}}"#
        )
    };
    let default = |members: &str| {
        format!(r#"{{"crossTenantAccessPolicyDefault":{{"id":"d","isServiceDefault":false,{members}}}}}"#)
    };
    let requests = r#""requestorSettings":{"enableTargetsToSelfAddAccess":true}"#;
    let approval = r#""requestApprovalSettings":{"isApprovalRequiredForAdd":false,"isApprovalRequiredForUpdate":false,"stages":[]}"#;
    let all = r#""conditions":{"clientAppTypes":["all"],"users":{"includeUsers":["All"]},"applications":{"includeApplications":["All"]}}"#;
    let open = |access: &str| {
        format!(r#"{{"accessType":"{access}","targets":[{{"target":"AllUsers","targetType":"user"}}]}}"#)
    };
    let rows = [
        (
            policy(&format!(r#""allowedTargetScope":"allExternalUsers",{requests},{approval}"#)),
            "external-policy-without-approval",
            "fires",
        ),
        (
            policy(&format!(r#""allowedTargetScope":"allUsersOfTheInternet",{requests},{approval}"#)),
            "external-policy-without-approval",
            "unknown",
        ),
        (
            policy(
                r#""allowedTargetScope":"allExternalUsers","reviewSettings":{"isEnabled":true,"expirationBehavior":"keepAccessForNow"}"#,
            ),
            "review-keeps-access",
            "unknown",
        ),
        (
            access(&format!(r#""state":"enabled","createdDateTime":"2024-01-01T00:00:00Z",{all}"#)),
            "external-users-without-mfa",
            "unknown",
        ),
        (
            access(&format!(r#""state":"enabled",{all},"grantControls":null,"sessionControls":null"#)),
            "external-users-without-mfa",
            "unknown",
        ),
        (
            access(&format!(r#""state":"enabled",{all},"grantControls":"System.Object""#)),
            "device-code-flow-open",
            "unknown",
        ),
        (
            access(r#""state":"enabled","grantControls":{"operator":"OR","builtInControls":["mfa"]}"#),
            "external-users-without-mfa",
            "unknown",
        ),
        (
            access(&format!(
                r#""state":"enabledStaged",{all},"grantControls":{{"operator":"OR","builtInControls":["mfa"]}}"#
            )),
            "external-users-without-mfa",
            "unknown",
        ),
        (default(r#""inboundTrust":{"isCompliantDeviceAccepted":false}"#), "mfa-trusted-from-everyone", "unknown"),
        (
            default(&format!(
                r#""b2bCollaborationInbound":{{"usersAndGroups":{},"applications":null}}"#,
                open("allowed")
            )),
            "inbound-collaboration-open",
            "unknown",
        ),
        (
            default(&format!(
                r#""b2bCollaborationInbound":{{"usersAndGroups":{0},"applications":{0}}}"#,
                open("permitted")
            )),
            "inbound-collaboration-open",
            "unknown",
        ),
    ];
    let mut wrong = BTreeSet::new();
    for (text, rule, expected) in rows {
        let got = outcome(&run(&load(&[("export.json", &text)])), rule);
        if got != expected {
            wrong.insert(format!("`{rule}`: {got}, not {expected}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A rule that is not understood may mean anything: what it bounds is a gap, and the message points at the rule.
#[test]
fn filters_are_understood_or_told() {
    let policy = |conditions: &str| {
        let text = format!(
            r#"{{"conditionalAccessPolicies":[{{"id":"55555555-5555-4555-8555-555555555555","displayName":"c","state":"enabled","conditions":{{"users":{{"includeUsers":["All"]}},{conditions}}},"grantControls":{{"builtInControls":["mfa"]}}}}]}}"#
        );
        load(&[("policies.json", &text)])
    };
    let device = |rule: &str| policy(&format!(r#""devices":{{"deviceFilter":{{"mode":"include","rule":"{rule}"}}}}"#));
    let application = |rule: &str| {
        policy(&format!(
            r#""applications":{{"includeApplications":[],"applicationFilter":{{"mode":"exclude","rule":"{rule}"}}}}"#
        ))
    };
    let workload = |rule: &str| {
        policy(&format!(
            r#""clientApplications":{{"includeServicePrincipals":["ServicePrincipalsInMyTenant"],"servicePrincipalFilter":{{"mode":"include","rule":"{rule}"}}}}"#
        ))
    };
    let only = |loaded: &Loaded| loaded.tenant.conditional_access.items.first().unwrap().clone();

    let loaded = device(r"device.trustType -eq 'ServerAD'");
    assert!(only(&loaded).device_filter.unwrap().is_some());
    assert!(problems(&loaded).is_empty(), "{:?}", problems(&loaded));
    let loaded = device(r"device.isCompliant -startsWith 'T'");
    assert_eq!(only(&loaded).device_filter, Err(Gap::NotUnderstood));
    let told = "the device filter is not understood: `-startsWith` is not documented for `isCompliant` at character 20";
    assert_eq!(problems(&loaded), [told]);
    assert!(
        matches!(&loaded.problems.first().unwrap().place, Place::Member { path, .. } if path.ends_with(&["rule".to_owned()]))
    );

    let loaded = application(r"CustomSecurityAttribute.Engineering_Project -eq 'Baker'");
    assert!(only(&loaded).applications.unwrap().filter.is_some());
    let loaded = application(r"device.model -eq 'x'");
    assert_eq!(only(&loaded).applications, Err(Gap::NotUnderstood));
    assert_eq!(problems(&loaded).len(), 1, "{:?}", problems(&loaded));

    let loaded = workload(r"tag -eq 'x'");
    let workloads = only(&loaded).workloads.unwrap().unwrap();
    assert_eq!((workloads.include.len(), workloads.filter), (1, Err(Gap::NotUnderstood)));
    assert_eq!(problems(&loaded).len(), 1, "{:?}", problems(&loaded));
}

const APP: &str = "a0000000-0000-4000-8000-000000000001";
const OTHER_APP: &str = "a0000000-0000-4000-8000-000000000002";
const USER: &str = "b0000000-0000-4000-8000-000000000001";
const GROUP: &str = "c0000000-0000-4000-8000-000000000001";

fn assignment(principal: &str, kind: &str, app: &str) -> String {
    format!(
        r#"{{"id":"{kind}-{app}","principalId":"{principal}","principalType":"{kind}","resourceId":"{app}","appRoleId":"00000000-0000-0000-0000-000000000000"}}"#
    )
}

fn service_principals(of_app: &str) -> String {
    let principal = |id: &str, more: &str| {
        format!(r#"{{"id":"{id}","displayName":"x","appId":"{id}","appRoleAssignmentRequired":true{more}}}"#)
    };
    format!(r#"{{"servicePrincipals":[{},{}]}}"#, principal(APP, of_app), principal(OTHER_APP, ""))
}

fn is_assigned(loaded: &Loaded, app: &str, who: &str) -> Told<bool> {
    loaded.tenant.service_principals.get(&Id::new(app)).unwrap().is_assigned(&Id::new(who))
}

/// Rows: the export, then whether the user and the group are assigned to one application and the group to another.
#[test]
fn who_is_assigned_is_told_only_where_all_of_it_is_there() {
    let unknown = || Err(Gap::NotExported);
    let (user, group) = (assignment(USER, "User", APP), assignment(GROUP, "Group", APP));
    let plain = service_principals("");
    let own = |app: &str, items: &str, more: &str| {
        format!(
            r#"{{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#servicePrincipals('{app}')/appRoleAssignedTo"{more},"value":[{items}]}}"#
        )
    };
    let twenty = vec![user.as_str(); 20].join(",");
    let rows = [
        ("nothing", vec![plain.clone()], unknown(), unknown(), unknown()),
        (
            "expanded",
            vec![service_principals(&format!(r#","appRoleAssignedTo":[{user}]"#))],
            Ok(true),
            Ok(false),
            unknown(),
        ),
        (
            "expanded as far as Graph does",
            vec![service_principals(&format!(r#","appRoleAssignedTo":[{twenty}]"#))],
            Ok(true),
            unknown(),
            unknown(),
        ),
        (
            "expanded, and the list by itself",
            vec![
                service_principals(&format!(r#","appRoleAssignedTo":[{twenty}]"#)),
                own(APP, &format!("{user},{group}"), ""),
            ],
            Ok(true),
            Ok(true),
            unknown(),
        ),
        ("a list of one", vec![plain.clone(), own(APP, &group, "")], Ok(false), Ok(true), unknown()),
        ("an empty list of one", vec![plain.clone(), own(OTHER_APP, "", "")], unknown(), unknown(), Ok(false)),
        (
            "a first page",
            vec![plain.clone(), own(APP, &group, r#","@odata.nextLink":"https://graph.microsoft.com/x""#)],
            unknown(),
            Ok(true),
            unknown(),
        ),
        (
            "one list of all",
            vec![plain.clone(), format!(r#"{{"appRoleAssignedTo":[{user}]}}"#)],
            Ok(true),
            Ok(false),
            Ok(false),
        ),
        (
            "what is assigned to whom, but not of all",
            vec![plain.clone(), format!(r#"{{"appRoleAssignments":[{user}]}}"#)],
            Ok(true),
            unknown(),
            unknown(),
        ),
        ("a bare list", vec![plain.clone(), format!("[{user}]")], Ok(true), unknown(), unknown()),
        (
            "the user's",
            vec![
                plain.clone(),
                format!(r#"{{"users":[{{"id":"{USER}","userPrincipalName":"u","appRoleAssignments":[{group}]}}]}}"#),
            ],
            unknown(),
            Ok(true),
            unknown(),
        ),
        (
            "the group's",
            vec![
                plain,
                format!(
                    r#"{{"groups":[{{"id":"{GROUP}","groupTypes":[],"appRoleAssignments":[{{"resourceId":"{APP}"}}]}}]}}"#
                ),
            ],
            unknown(),
            Ok(true),
            unknown(),
        ),
    ];
    for (name, files, of_user, of_group, of_other) in rows {
        let files: Vec<(String, &str)> =
            files.iter().enumerate().map(|(at, text)| (format!("{at}.json"), text.as_str())).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        for files in [files.clone(), files.into_iter().rev().collect()] {
            let loaded = load(&files);
            assert_eq!(is_assigned(&loaded, APP, USER), of_user, "{name}");
            assert_eq!(is_assigned(&loaded, APP, GROUP), of_group, "{name}");
            assert_eq!(is_assigned(&loaded, OTHER_APP, GROUP), of_other, "{name}");
            assert_eq!(
                loaded.tenant.coverage(Kind::AppRoleAssignment).is_complete(),
                of_other.is_ok() && of_user.is_ok(),
                "{name}"
            );
            assert!(loaded.files.iter().all(|file| file.understood), "{name}");
        }
    }
}

/// EntraExporter writes no file where nobody is assigned.
#[test]
fn folders_of_assignments_tell_of_every_application() {
    let at = |app: &str| format!("ServicePrincipals/{app}/AppRoleAssignedTo/User-{APP}/User-{APP}.json");
    let text = assignment(USER, "User", APP);
    let loaded = load(&[("sp.json", &service_principals("")), (&at(APP), &text)]);
    assert_eq!(is_assigned(&loaded, APP, USER), Ok(true));
    assert_eq!(is_assigned(&loaded, OTHER_APP, USER), Ok(false));
    // What the application itself is assigned to says nothing of that.
    let own = "ServicePrincipals/x/AppRoleAssignments/a/a.json";
    let loaded = load(&[("sp.json", &service_principals("")), (own, &assignment(USER, "ServicePrincipal", APP))]);
    assert_eq!(is_assigned(&loaded, OTHER_APP, USER), Err(Gap::NotExported));
}

#[test]
fn custom_security_attributes_are_named_as_filters_name_them() {
    let attributes = |text: &str| {
        let loaded = load(&[("sp.json", &service_principals(text))]);
        loaded.tenant.service_principals.get(&Id::new(APP)).unwrap().security_attributes.clone()
    };
    let given = r##","customSecurityAttributes":{"Marketing":{"@odata.type":"#microsoft.graph.customSecurityAttributeValue","Level":"Public"},"Engineering":{"Project@odata.type":"#Collection(String)","Project":["Cascade","Baker"],"Cost@odata.type":"#Int32","Cost":1001,"Certification":true,"Gone":null}}"##;
    let expected = [
        ("Engineering_Certification", vec!["true"]),
        ("Engineering_Cost", vec!["1001"]),
        ("Engineering_Project", vec!["Baker", "Cascade"]),
        ("Marketing_Level", vec!["Public"]),
    ];
    let expected: Vec<(String, Vec<String>)> = expected
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(attributes(given), Ok(expected));
    assert_eq!(attributes(r#","customSecurityAttributes":null"#), Ok(Vec::new()));
    assert_eq!(attributes(""), Err(Gap::NotExported));
    assert_eq!(attributes(r#","customSecurityAttributes":{"A":{"B":{"C":1}}}"#), Err(Gap::NotUnderstood));
    assert_eq!(attributes(r#","customSecurityAttributes":{"A":"@{B=1}"}"#), Err(Gap::Lost));
}

#[test]
fn the_cross_tenant_policy_and_what_is_nested_in_it() {
    let default = r#"{"isServiceDefault":true}"#;
    let partners = r#"[{"tenantId":"d0000000-0000-4000-8000-000000000001","isServiceProvider":false}]"#;
    let clouds = r#""allowedCloudEndpoints":["partner.microsoftonline.cn"]"#;
    let context =
        r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#policies/crossTenantAccessPolicy/$entity""#;
    // Rows: the document, objects of the policy, the default and partners.
    let rows = [
        (format!("{{{clouds}}}"), [1, 0, 0]),
        (format!(r#"{{{context},{clouds},"default":{default},"partners":{partners}}}"#), [1, 1, 1]),
        (format!(r#"{{"value":{{{clouds},"default":{default}}}}}"#), [1, 1, 0]),
        (format!(r#"{{"crossTenantAccessPolicy":{{"default":{default},"partners":{partners}}}}}"#), [0, 1, 1]),
        (
            format!(
                r#"{{"policies":{{"crossTenantAccessPolicy":{{{clouds},"default":{default},"partners":{partners}}}}}}}"#
            ),
            [1, 1, 1],
        ),
        (
            format!(r#"{{"crossTenantAccessPolicy":{{{clouds}}},"crossTenantAccessPolicyDefault":{default}}}"#),
            [1, 1, 0],
        ),
        // Graph PowerShell writes objects of nulls for what was not asked for.
        (
            r#"{"AllowedCloudEndpoints":[],"Default":{"Id":null,"IsServiceDefault":null},"Partners":null,"Id":null}"#
                .into(),
            [1, 0, 0],
        ),
    ];
    for (text, counts) in rows {
        let loaded = load(&[("policy.json", &text)]);
        let kinds = [Kind::CrossTenantPolicy, Kind::CrossTenantDefault, Kind::CrossTenantPartner];
        assert_eq!(kinds.map(|kind| count(&loaded, kind)), counts, "{text}");
        assert_eq!(kinds.map(|kind| loaded.tenant.coverage(kind).exported), counts.map(|count| count > 0), "{text}");
        let told: Vec<&str> = problems(&loaded).into_iter().filter(|told| !told.contains("under `value`")).collect();
        assert!(told.is_empty(), "{told:?}: {text}");
        if let Some(policy) = loaded.tenant.cross_tenant_policy.items.first() {
            let expected: &[&str] = if text.contains("partner.") { &["partner.microsoftonline.cn"] } else { &[] };
            assert_eq!(policy.allowed_clouds.as_ref().unwrap(), expected, "{text}");
        }
    }
}

#[test]
fn terms_of_use_and_authentication_contexts_are_read_and_missed() {
    let terms = "e0000000-0000-4000-8000-000000000001";
    let policy = format!(
        r#"{{"conditionalAccessPolicies":[{{"id":"55555555-5555-4555-8555-555555555555","displayName":"c","state":"enabled","conditions":{{"users":{{"includeUsers":["All"]}},"applications":{{"includeApplications":[],"includeAuthenticationContextClassReferences":["C1","c2"]}}}},"grantControls":{{"operator":"AND","builtInControls":[],"termsOfUse":["{terms}","e0000000-0000-4000-8000-000000000002"]}},"sessionControls":null}}]}}"#
    );
    let missed = |loaded: &Loaded| {
        let dangling = loaded.problems.iter().filter(|problem| problem.sort == Sort::Dangling);
        dangling.map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(missed(&load(&[("policies.json", &policy)])), [""; 0]);
    let rest = format!(
        r#"{{"identity":{{"conditionalAccess":{{"authenticationContextClassReferences":[{{"id":"c1","displayName":"Drawings","isAvailable":false}}]}}}},"identityGovernance":{{"termsOfUse":{{"agreements":[{{"id":"{terms}","displayName":"Terms","isPerDeviceAcceptanceRequired":false,"isViewingBeforeAcceptanceRequired":true,"userReacceptRequiredFrequency":"P90D","termsExpiration":{{"startDateTime":"2027-01-01T00:00:00Z","frequency":"P365D"}}}}]}}}}}}"#
    );
    let loaded = load(&[("policies.json", &policy), ("rest.json", &rest)]);
    assert!(problems(&loaded).is_empty(), "{:?}", problems(&loaded));
    assert_eq!(
        missed(&loaded),
        [
            "no authenticationContextClassReference `c2` in the export",
            "no agreement `e0000000-0000-4000-8000-000000000002` in the export"
        ]
    );
    let context = loaded.tenant.authentication_contexts.only().unwrap();
    assert_eq!((context.id.as_str(), &context.available), ("c1", &Ok(false)));
    let read = loaded.tenant.terms_of_use.only().unwrap();
    assert_eq!((&read.per_device, &read.viewing_required), (&Ok(false), &Ok(true)));
    assert_eq!((&read.reaccept_days, &read.expires), (&Ok(Some(90)), &Ok(Time::read("2027-01-01"))));
}

#[test]
fn active_privileged_roles_are_role_assignments_and_eligible_ones_are_not() {
    let role = r#""roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","directoryScopeId":"/""#;
    let active = format!(
        r#"{{"id":"i1","principalId":"{USER}",{role},"assignmentType":"Activated","memberType":"Direct","roleAssignmentOriginId":"r1","roleAssignmentScheduleId":"s1"}}"#
    );
    let list = |name: &str, items: &str| {
        format!(
            r#"{{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/{name}","value":[{items}]}}"#
        )
    };
    let eligible = format!(
        r#"{{"id":"e1","principalId":"{USER}",{role},"memberType":"Direct","roleEligibilityScheduleId":"s2"}}"#
    );
    let instances = list("roleAssignmentScheduleInstances", &active);
    let loaded = load(&[("instances.json", &instances)]);
    assert_eq!(count(&loaded, Kind::RoleAssignment), 1);
    // The list may be of one type only.
    assert!(!loaded.tenant.coverage(Kind::RoleAssignment).exported);
    let loaded = load(&[("eligible.json", &list("roleEligibilityScheduleInstances", &eligible))]);
    assert_eq!(count(&loaded, Kind::RoleAssignment), 0);
    assert_eq!(count(&load(&[("eligible.json", &format!("[{eligible}]"))]), Kind::RoleAssignment), 0);
    // The assignment by itself is the same one, with the ids beside what they name or inside it.
    let expanded = format!(
        r#"{{"id":"r1","directoryScopeId":"/","principal":{{"id":"{USER}","userPrincipalName":"u"}},"roleDefinition":{{"id":"62e90394-69f5-4237-9190-012177145e10"}}}}"#
    );
    for files in [
        [("instances.json", instances.as_str()), ("assignments.json", &list("roleAssignments", &expanded))],
        [("instances.json", &format!("[{active}]")), ("assignments.json", &format!("[{expanded}]"))],
    ] {
        let loaded = load(&files);
        assert_eq!(count(&loaded, Kind::RoleAssignment), 1);
        assert!(loaded.tenant.coverage(Kind::RoleAssignment).is_complete());
        assert!(problems(&loaded).is_empty(), "{:?}", problems(&loaded));
        let assignment = loaded.tenant.role_assignments.only().unwrap();
        assert_eq!(assignment.principal, Ok(Id::new(USER)));
        assert_eq!(assignment.role, Ok(Id::new("62e90394-69f5-4237-9190-012177145e10")));
    }
}

/// A policy in few words.
const POLICY: &str = r#"{"id":"p1","displayName":"MFA","state":"enabled","conditions":{"users":{"includeUsers":["All"]}},"grantControls":{"builtInControls":["mfa"]}}"#;

/// What names people is not the list of them, whatever it is called.
#[test]
fn a_log_beside_the_export_is_no_list_of_users() {
    let sign_in =
        r#"{"id":"s","userPrincipalName":"a@mv.example","userDisplayName":"A","userId":"u","appDisplayName":"App"}"#;
    for text in [
        format!(r#"{{"value":[{sign_in}]}}"#),
        format!("[{sign_in}]"),
        format!(r#"{{"signIns":[{sign_in}]}}"#),
        format!(r#"{{"report":[{sign_in}]}}"#),
        r#"[{"UserPrincipalName":"a@mv.example","UserId":"u","IPAddress":"203.0.113.7"}]"#.to_owned(),
        r#"{"rows":[{"userPrincipalName":"a@mv.example","mfa":true}]}"#.to_owned(),
        r#"[{"TimeGenerated":"2026-01-02","UserPrincipalName":"a@mv.example","ResultType":"0"}]"#.to_owned(),
    ] {
        let loaded = load(&[("log.json", &text)]);
        assert!(!loaded.tenant.coverage(Kind::User).exported, "{text}");
        assert_eq!(count(&loaded, Kind::User), 0, "{text}");
    }
}

/// Whom a list of members names are not all users, and neither are users who cannot be told by their ids.
#[test]
fn members_of_something_and_users_without_ids_are_not_all_users() {
    let member = r##"{"@odata.type":"#microsoft.graph.user","id":"u1","userPrincipalName":"u1@mv.example"}"##;
    let users = |text: &str| load(&[("list.json", text)]).tenant.coverage(Kind::User).clone();
    for text in [format!("[{member}]"), format!(r#"{{"value":[{member}]}}"#)] {
        assert!(!users(&text).exported, "{text}");
    }
    let context = r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users""#;
    for text in [format!(r#"{{{context},"value":[{member}]}}"#), format!(r#"{{"users":[{member}]}}"#)] {
        assert!(users(&text).is_complete(), "{text}");
    }
    let nameless =
        users(r#"[{"displayName":"A","userPrincipalName":"a@mv.example"},{"userPrincipalName":"b@mv.example"}]"#);
    assert!(nameless.exported && nameless.partial.len() == 1, "{nameless:?}");
}

/// As many as a page holds may be a page, unless Graph's own answer is there to say that nothing follows.
#[test]
fn as_many_as_a_page_holds_may_be_cut_off() {
    let users = |number: usize| {
        let user = |at| format!(r#"{{"id":"u{at}","userPrincipalName":"u{at}@mv.example"}}"#);
        (0..number).map(user).collect::<Vec<_>>().join(",")
    };
    let complete = |text: &str| load(&[("users.json", text)]).tenant.coverage(Kind::User).is_complete();
    for number in [100, 999] {
        let users = users(number);
        assert!(!complete(&format!("[{users}]")));
        assert!(!complete(&format!(r#"{{"value":[{users}]}}"#)));
        assert!(!complete(&format!(r#"{{"users":[{users}],"groups":[]}}"#)));
        let context = r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users""#;
        assert!(complete(&format!(r#"{{{context},"value":[{users}]}}"#)));
        assert!(!complete(&format!(r#"{{"additionalData":{{{context}}},"odataNextLink":"x","value":[{users}]}}"#)));
    }
    assert!(complete(&format!("[{}]", users(99))));
    assert!(complete(&format!("[{}]", users(101))));
}

#[test]
fn a_list_one_level_away_is_read() {
    for text in [
        format!(r#"{{"policies":[{POLICY}]}}"#),
        format!(r#"{{"tenant":"mv","policies":[{POLICY}]}}"#),
        format!(r#"{{"policy":{POLICY}}}"#),
    ] {
        let loaded = load(&[("policies.json", &text)]);
        assert_eq!(count(&loaded, Kind::ConditionalAccessPolicy), 1, "{text}");
        assert!(problems(&loaded).is_empty(), "{text}: {:?}", problems(&loaded));
    }
}

/// What was not read beside others of its kind is missing from them.
#[test]
fn what_was_not_read_leaves_the_list_open() {
    let complete = |files: &[(&str, &str)]| load(files).tenant.coverage(Kind::ConditionalAccessPolicy).is_complete();
    assert!(complete(&[("a.json", &format!("[{POLICY}]"))]));
    assert!(complete(&[("a.json", &format!("[{POLICY},null]"))]));
    for other in [r#"{"name":"x"}"#, r#"{"id":}"#, "7"] {
        assert!(!complete(&[("a.json", &format!("[{POLICY},{other}]"))]), "{other}");
    }
    let context =
        r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies""#;
    assert!(!complete(&[("a.json", &format!(r#"{{{context},"value":[{{"id":}}]}}"#))]));
    // In a file of its own only what seems to be one is.
    assert!(complete(&[("a.json", POLICY), ("b.json", r#"{"name":"x"}"#)]));
    assert!(!complete(&[("a.json", POLICY), ("b.json", r#"{"name":"x","grantControls":"mfa"}"#)]));
    assert!(!complete(&[("b.json", r#"{"name":"x","sessionControls":{}}"#), ("a.json", POLICY)]));
}

/// A row of CIPP's table that is too long for its column is split.
#[test]
fn split_rows_are_joined() {
    let literal = |text: &str| serde_json::to_string(text).unwrap();
    let (first, rest) = POLICY.split_at(40);
    let (second, third) = rest.split_at(50);
    let split = r#""SplitOverProps":"[{\"OriginalHeader\":\"JSON\",\"SplitHeaders\":[\"JSON_Part0\",\"JSON_Part1\",\"JSON_Part2\"]}]""#;
    let row = |last: &str| {
        let (first, second) = (literal(first), literal(second));
        format!(r#"{{"PartitionKey":"CATemplate","JSON_Part1":{second},"JSON_Part0":{first}{last},{split}}}"#)
    };
    let whole = row(&format!(r#","JSON_Part2":{}"#, literal(third)));
    for text in [whole.clone(), format!("[{whole}]"), format!(r#"{{"value":[{whole}]}}"#)] {
        let loaded = load(&[("row.json", &text)]);
        assert!(problems(&loaded).is_empty(), "{text}: {:?}", problems(&loaded));
        let policy = loaded.tenant.conditional_access.items.first().unwrap();
        // A place in the second part, and one in the third.
        let region = loaded.sources.resolve(&policy.origin, &["conditions", "users", "includeUsers"]);
        assert!(text.get(region.span.0..).unwrap().starts_with(r#"\"includeUsers\""#), "{region:?}");
    }
    let whole_and = |other: String| load(&[("a.json", POLICY), ("row.json", &other)]);
    assert!(whole_and(whole).tenant.coverage(Kind::ConditionalAccessPolicy).is_complete());
    let loaded = whole_and(row(""));
    assert!(!loaded.tenant.coverage(Kind::ConditionalAccessPolicy).is_complete());
    assert!(problems(&loaded).iter().any(|told| told.contains("part of it is missing")), "{:?}", problems(&loaded));
}

/// Which of two copies is out of date no export tells.
#[test]
fn of_two_copies_that_differ_neither_counts() {
    let other = POLICY.replace("enabled", "disabled").replace("MFA", "MFA (old)");
    for files in [[("a.json", POLICY), ("b.json", other.as_str())], [("a.json", other.as_str()), ("b.json", POLICY)]] {
        let mut three = files.to_vec();
        three.push(("c.json", POLICY));
        for files in [&files[..], &three] {
            let loaded = load(files);
            let policy = loaded.tenant.conditional_access.items.first().unwrap();
            assert_eq!(policy.state, Err(Gap::Contradicted));
            assert!(policy.users.is_ok() && policy.display_name.is_ok());
            assert!(loaded.problems.iter().any(|problem| problem.sort == Sort::Conflict));
        }
    }
    // A list that was cut off says no more than the whole one, and order says nothing.
    let member = |at: usize| format!(r##"{{"@odata.type":"#microsoft.graph.user","id":"u{at}"}}"##);
    let group = |members: Vec<String>| format!(r#"{{"id":"g","groupTypes":[],"members":[{}]}}"#, members.join(","));
    let (part, whole) = (group((0..20).map(member).collect()), group((0..25).rev().map(member).collect()));
    for files in [[("a.json", part.as_str()), ("b.json", whole.as_str())], [("a.json", &whole), ("b.json", &part)]] {
        let loaded = load(&files);
        let members = loaded.tenant.groups.items.first().unwrap().members.clone().unwrap();
        assert_eq!((members.items.len(), members.cut_off), (25, false));
        assert!(!loaded.problems.iter().any(|problem| problem.sort == Sort::Conflict));
    }
}

/// A partner inherits everything only if nothing of it says anything.
#[test]
fn a_partner_that_says_something_does_not_inherit_everything() {
    let partner = |more: &str| {
        format!(
            r#"{{"tenantId":"99999999-9999-4999-8999-999999999999","inboundTrust":null,"b2bCollaborationInbound":null,"automaticUserConsentSettings":{{"inboundAllowed":null,"outboundAllowed":null}}{more}}}"#
        )
    };
    let says = |more: &str| {
        let loaded = load(&[("partners.json", &format!("[{}]", partner(more)))]);
        let partner = loaded.tenant.cross_tenant_partners.items.first().unwrap();
        let consent = partner.automatic_consent.clone().unwrap();
        !partner.other_settings.clone().unwrap().is_empty() || consent.inbound.is_some() || consent.outbound.is_some()
    };
    for more in [
        "",
        r#","tenantRestrictions":null,"isServiceProvider":null,"m365CollaborationInbound":{"users":null}"#,
        r#","identitySynchronization":{"tenantId":"99999999-9999-4999-8999-999999999999","displayName":"x","userSyncInbound":null}"#,
    ] {
        assert!(!says(more), "{more}");
    }
    for more in [
        r#","tenantRestrictions":{"applications":{"accessType":"blocked","targets":[{"target":"AllApplications"}]}}"#,
        r#","identitySynchronization":{"tenantId":"x","userSyncInbound":{"isSyncAllowed":true}}"#,
        r#","m365CollaborationInbound":{"users":{"accessType":"allowed"}}"#,
        r#","somethingNewer":"yes""#,
        r#","automaticUserConsentSettings":{"inboundAllowed":false}"#,
    ] {
        assert!(says(more), "{more}");
    }
}
