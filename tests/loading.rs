//! What stands in a document in unusual places, and what is half there: read, or told, never taken for something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails says so")]

use std::collections::BTreeSet;

use guestlist::check::{Report, Request, check};
use guestlist::config::Parameters;
use guestlist::load::{Loaded, Loader, Place, Weight};
use guestlist::model::{Gap, Kind, Time};
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
    check(loaded, &Request { rules, parameters: &Parameters::default(), waivers: &[], now }).unwrap()
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
    assert_eq!(problems(&loaded).len(), 2, "{told}");
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
            "fires",
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
            r#"{{"conditionalAccessPolicies":[{{"id":"55555555-5555-4555-8555-555555555555","displayName":"c","state":"enabled","conditions":{{"users":{{"includeUsers":["All"]}},{conditions}}},"grantControls":null,"sessionControls":null}}]}}"#
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
