//! `guestlist simulate access`: who gets in to what, as the table has it and as a user sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guestlist::access::sign_in::{Engine, Readings};
use guestlist::load::{Loaded, Loader};
use guestlist::simulate::{AccessQuery, AccessTable, Resolver, access};

const FIXTURE: &str = "testdata/scenarios/fixture.json";

/// The fixture of the scenarios with more beside it.
fn loaded(more: &str) -> Loaded {
    let mut loader = Loader::default();
    let fixture = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE)).unwrap();
    loader.file("fixture.json".to_owned(), &fixture);
    loader.file("more.json".to_owned(), more.as_bytes());
    loader.finish()
}

fn table(loaded: &Loaded) -> AccessTable {
    let engine = Engine::new(&loaded.tenant, Readings::default());
    let resolver = Resolver::new(&loaded.tenant, &BTreeMap::new());
    access(&engine, resolver.homes(), &AccessQuery { expand: true, ..AccessQuery::default() }, &|_, _| {})
}

/// Names of the applications that somebody comes to by a package.
fn by_package(table: &AccessTable, person: &str) -> BTreeSet<String> {
    let is = |group: &&guestlist::simulate::Group| {
        group.organization == person || group.people.iter().any(|number| table.people[*number].name == person)
    };
    let rows = table.groups.iter().filter(is).map(|group| &table.rows[group.row]);
    let cells = rows.flatten().filter(|(outcome, _)| outcome.path.as_str() == "package");
    cells.flat_map(|(_, applications)| applications.iter().map(|at| table.applications[*at].name.clone())).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Two applications that want their users assigned, and a catalog.
fn tenant(more: &str) -> Loaded {
    let principal = |number: u32, name: &str| {
        format!(
            r#"{{"id": "5a000000-0000-4000-8000-0000000000{number}", "appId": "a9000000-0000-4000-8000-0000000000{number}",
            "displayName": "{name}", "servicePrincipalType": "Application", "accountEnabled": true,
            "appRoleAssignmentRequired": true, "appRoleAssignedTo": []}}"#
        )
    };
    loaded(&format!(
        r#"{{"servicePrincipals": [{}, {}], "catalogs": [{{"id": "ca000000-0000-4000-8000-0000000000c1", "displayName": "Catalog",
        "catalogType": "userManaged", "state": "published", "isExternallyVisible": true}}], {more}}}"#,
        principal(71, "Ledger"),
        principal(72, "Payroll")
    ))
}

/// A package of the catalog that grants a role of a resource.
fn package(number: u32, name: &str, system: &str, role: &str, resource: &str) -> String {
    format!(
        r#"{{"id": "ac000000-0000-4000-8000-0000000000{number}", "displayName": "{name}", "isHidden": false,
        "catalog": {{"id": "ca000000-0000-4000-8000-0000000000c1"}},
        "resourceRoleScopes": [{{"id": "rs{number}", "role": {{"id": "r{number}", "displayName": "{role}", "originId": "{role}_{resource}",
        "originSystem": "{system}", "resource": {{"id": "x{number}", "originId": "{resource}", "originSystem": "{system}"}}}},
        "scope": {{"id": "s{number}", "originId": "{resource}", "originSystem": "{system}", "isRootScope": true}}}}]}}"#
    )
}

/// A policy by which people request a package.
fn policy(number: u32, package: u32, scope: &str, targets: &str) -> String {
    format!(
        r#"{{"id": "ab000000-0000-4000-8000-0000000000{number}", "displayName": "policy {number}", "allowedTargetScope": "{scope}",
        "specificAllowedTargets": [{targets}], "automaticRequestSettings": null,
        "requestorSettings": {{"enableTargetsToSelfAddAccess": true}},
        "accessPackage": {{"id": "ac000000-0000-4000-8000-0000000000{package}"}}}}"#
    )
}

fn user(id: &str) -> String {
    format!(r##"{{"@odata.type": "#microsoft.graph.singleUser", "userId": "{id}"}}"##)
}

fn members_of(organization: &str) -> String {
    format!(
        r##"{{"@odata.type": "#microsoft.graph.connectedOrganizationMembers", "connectedOrganizationId": "{organization}"}}"##
    )
}

fn guest(id: &str, name: &str, domain: &str, user_type: &str) -> String {
    format!(
        r##"{{"id": "{id}", "displayName": "{name}", "userPrincipalName": "{name}_{domain}#EXT#@contoso.onmicrosoft.com", "mail": "{name}@{domain}",
        {user_type} "accountEnabled": true, "externalUserState": "Accepted", "creationType": "Invitation",
        "identities": [{{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}}]}}"##
    )
}

const GUEST: &str = r#""userType": "Guest","#;

#[test]
fn packages_of_one_name_are_told_apart() {
    let (one, other) = ("5e000000-0000-4000-8000-0000000000a1", "5e000000-0000-4000-8000-0000000000a2");
    let loaded = tenant(&format!(
        r#""users": [{}, {}], "accessPackages": [{}, {}], "assignmentPolicies": [{}, {}]"#,
        guest(one, "one", "fabrikam.com", GUEST),
        guest(other, "other", "fabrikam.com", GUEST),
        package(11, "Tools", "AadApplication", "User", "5a000000-0000-4000-8000-000000000071"),
        package(12, "Tools", "AadApplication", "User", "5a000000-0000-4000-8000-000000000072"),
        policy(21, 11, "specificDirectoryUsers", &user(one)),
        policy(22, 12, "specificDirectoryUsers", &user(other)),
    ));
    let table = table(&loaded);
    assert_eq!(by_package(&table, "one"), names(&["Ledger"]));
    assert_eq!(by_package(&table, "other"), names(&["Payroll"]));
}

#[test]
fn organizations_of_one_name_are_told_apart() {
    let organization = |number: u32, tenant: &str| {
        format!(
            r##"{{"id": "c0000000-0000-4000-8000-0000000000{number}", "displayName": "Partner", "state": "configured", "identitySources":
            [{{"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": "{tenant}", "displayName": "partner{number}.example"}}]}}"##
        )
    };
    let loaded = tenant(&format!(
        r#""users": [{}, {}], "connectedOrganizations": [{}, {}], "accessPackages": [{}], "assignmentPolicies": [{}]"#,
        guest("5e000000-0000-4000-8000-0000000000a1", "one", "partner51.example", GUEST),
        guest("5e000000-0000-4000-8000-0000000000a2", "other", "partner52.example", GUEST),
        organization(51, "51000000-0000-4000-8000-000000000051"),
        organization(52, "52000000-0000-4000-8000-000000000052"),
        package(11, "Tools", "AadApplication", "User", "5a000000-0000-4000-8000-000000000071"),
        policy(21, 11, "specificConnectedOrganizationUsers", &members_of("c0000000-0000-4000-8000-000000000051")),
    ));
    let table = table(&loaded);
    assert_eq!(by_package(&table, "one"), names(&["Ledger"]));
    assert_eq!(by_package(&table, "other"), names(&[]));
}

/// Whoever owns a group is no member of it.
#[test]
fn ownership_of_a_group_opens_nothing() {
    let group = "6a000000-0000-4000-8000-0000000000e1";
    let assigned = format!(
        r##"{{"servicePrincipals": [{{"id": "5a000000-0000-4000-8000-000000000081", "appId": "a9000000-0000-4000-8000-000000000081",
        "displayName": "Vault", "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": true,
        "appRoleAssignedTo": [{{"principalId": "{group}", "principalType": "Group"}}]}}],
        "groups": [{{"id": "{group}", "displayName": "Vault users", "members": []}}],
        "catalogs": [{{"id": "ca000000-0000-4000-8000-0000000000c1", "catalogType": "userManaged", "state": "published", "isExternallyVisible": true}}],
        "users": [{}], "accessPackages": [PACKAGE], "assignmentPolicies": [{}]}}"##,
        guest("5e000000-0000-4000-8000-0000000000a1", "one", "fabrikam.com", GUEST),
        policy(21, 11, "allDirectoryUsers", ""),
    );
    let with = |role: &str| {
        let loaded = loaded(&assigned.replace("PACKAGE", &package(11, "Tools", "AadGroup", role, group)));
        by_package(&table(&loaded), "one")
    };
    assert_eq!(with("Member"), names(&["Vault"]));
    assert_eq!(with("Owner"), names(&[]));
}

/// EM-2.3 with a user whose type the export does not tell.
#[test]
fn whether_somebody_is_a_member_may_be_open() {
    let loaded = tenant(&format!(
        r#""users": [{}, {}], "accessPackages": [{}], "assignmentPolicies": [{}]"#,
        guest("5e000000-0000-4000-8000-0000000000a1", "untold", "fabrikam.com", ""),
        guest("5e000000-0000-4000-8000-0000000000a2", "told", "fabrikam.com", GUEST),
        package(11, "Tools", "AadApplication", "User", "5a000000-0000-4000-8000-000000000071"),
        policy(21, 11, "allMemberUsers", ""),
    ));
    let table = table(&loaded);
    assert_eq!(by_package(&table, "told"), names(&[]));
    assert_eq!(by_package(&table, "untold"), names(&["Ledger"]));
}

/// A package brings whoever requests it into the directory, so that they come to all that is open, whatever it grants.
#[test]
fn a_package_that_grants_a_site_only_brings_people_in() {
    let loaded = tenant(&format!(
        r#""accessPackages": [{}], "assignmentPolicies": [{}]"#,
        package(11, "Site", "SharePointOnline", "Members", "https://contoso.sharepoint.com/sites/x"),
        policy(21, 11, "specificConnectedOrganizationUsers", &members_of("c0000000-0000-4000-8000-000000000001")),
    ));
    let table = table(&loaded);
    let here: Vec<bool> =
        table.groups.iter().filter(|group| group.organization == "Fabrikam").map(|group| group.here).collect();
    assert!(here.contains(&false), "{:?}", table.groups);
}
