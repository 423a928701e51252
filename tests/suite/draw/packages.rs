//! Entitlement management: packages that give groups, roles and applications, to whom policies of every scope give them.

use serde_json::{Map, Value, json};

use super::{Draw, GROUPS, ROLES, USERS, applications, group, id, user};

/// The most packages of a tenant.
const PACKAGES: usize = 4;

fn package(number: usize) -> String {
    id(0xe1, number)
}

fn catalog(number: usize) -> String {
    id(0xe2, number)
}

fn organization(number: usize) -> String {
    id(0xc1, number)
}

pub(super) fn collections(draw: &mut Draw) -> Vec<(&'static str, Value)> {
    let present: Vec<usize> = (0..PACKAGES).filter(|_| draw.chance(45)).collect();
    let catalogs: Vec<Value> = (0..2).map(|number| a_catalog(draw, number)).collect();
    let packages: Vec<Value> = present.iter().map(|number| a_package(draw, *number)).collect();
    let count = if present.is_empty() { 0 } else { 1 + draw.below(4) };
    let policies: Vec<Value> = (0..count).map(|number| a_policy(draw, number, &present)).collect();
    let count = if present.is_empty() { 0 } else { draw.below(5) };
    let assignments: Vec<Value> = (0..count).map(|number| an_assignment(draw, number, &present)).collect();
    vec![
        ("catalogs", Value::from(catalogs)),
        ("accessPackages", Value::from(packages)),
        ("assignmentPolicies", Value::from(policies)),
        ("assignments", Value::from(assignments)),
    ]
}

fn a_catalog(draw: &mut Draw, number: usize) -> Value {
    let mut found = Map::new();
    found.insert("id".to_owned(), catalog(number).into());
    found.insert("displayName".to_owned(), format!("Catalog {number}").into());
    if !draw.rarely(15) {
        found.insert("state".to_owned(), draw.weighted(&[(9, "published"), (1, "unpublished")]).into());
    }
    if !draw.rarely(15) {
        found.insert("isExternallyVisible".to_owned(), draw.chance(75).into());
    }
    Value::Object(found)
}

fn a_package(draw: &mut Draw, number: usize) -> Value {
    let count = 1 + draw.below(3);
    let roles: Vec<Value> = (0..count).map(|at| resource_role(draw, number, at)).collect();
    let others: Vec<Value> = draw
        .some(&(0..PACKAGES).collect::<Vec<_>>(), 0, 2)
        .into_iter()
        .filter(|other| *other != number)
        .map(|other| json!({ "id": package(other) }))
        .collect();
    let groups: Vec<Value> =
        draw.some(&(0..GROUPS).collect::<Vec<_>>(), 0, 1).into_iter().map(|at| json!({ "id": group(at) })).collect();
    let mut found = json!({
        "id": package(number), "displayName": format!("Package {number}"), "isHidden": draw.chance(20),
        "catalog": { "id": catalog(draw.below(2)) },
    });
    if !draw.rarely(15) {
        found["resourceRoleScopes"] = roles.into();
    }
    if draw.chance(35) {
        found["incompatibleAccessPackages"] = others.into();
    }
    if draw.chance(25) {
        found["incompatibleGroups"] = groups.into();
    }
    found
}

fn resource_role(draw: &mut Draw, number: usize, at: usize) -> Value {
    let (system, role, resource) = match draw.below(10) {
        0..=4 => {
            let of = group(draw.below(GROUPS));
            let word = draw.weighted(&[(8, "Member"), (1, "Owner"), (2, "EligibleMember"), (1, "EligibleOwner")]);
            ("AadGroup", format!("{word}_{of}"), of)
        }
        5..=7 => ("AadApplication", id(0xe3, at), id(0x80, draw.below(applications().len()))),
        8 => ("SharePointOnline", "4".to_owned(), "https://own.example/sites/a".to_owned()),
        _ => {
            ("DirectoryRole", draw.weighted(&[(3, "Active"), (1, "Eligible")]).to_owned(), draw.one(&ROLES).to_owned())
        }
    };
    json!({
        "id": format!("{number}-{at}"),
        "role": { "id": id(0xe4, at), "originSystem": system, "originId": role, "resource": { "id": id(0xe5, at), "originSystem": system, "originId": resource } },
        "scope": { "id": id(0xe6, at), "originSystem": system, "originId": resource, "isRootScope": true },
    })
}

/// Whom a policy names: users, groups, connected organizations, or a rule.
fn targets(draw: &mut Draw, of_directory: bool, automatic: bool) -> Vec<Value> {
    let kind = |name: &str| format!("#microsoft.graph.{name}");
    if automatic {
        let rules = ["(user.userType -eq \"Guest\")", "user.userType -eq \"Guest\"", "(user.department -eq \"Sales\")"];
        return vec![json!({ "@odata.type": kind("attributeRuleMembers"), "membershipRule": draw.one(&rules) })];
    }
    (0..=draw.below(2))
        .map(|_| match draw.below(2) {
            _ if !of_directory => {
                json!({ "@odata.type": kind("connectedOrganizationMembers"), "connectedOrganizationId": organization(draw.below(6)) })
            }
            0 => json!({ "@odata.type": kind("singleUser"), "userId": user(draw.below(USERS)) }),
            _ => json!({ "@odata.type": kind("groupMembers"), "groupId": group(draw.below(GROUPS)) }),
        })
        .collect()
}

fn a_policy(draw: &mut Draw, number: usize, packages: &[usize]) -> Value {
    let known = [
        ("notSpecified", "NoSubjects"),
        ("specificDirectoryUsers", "SpecificDirectorySubjects"),
        ("specificDirectoryUsers", "SpecificDirectorySubjects"),
        ("allMemberUsers", "AllExistingDirectoryMemberUsers"),
        ("allDirectoryUsers", "AllExistingDirectorySubjects"),
        ("allDirectoryUsers", "AllExistingDirectorySubjects"),
        ("specificConnectedOrganizationUsers", "SpecificConnectedOrganizationSubjects"),
        ("specificConnectedOrganizationUsers", "SpecificConnectedOrganizationSubjects"),
        ("allConfiguredConnectedOrganizationUsers", "AllConfiguredConnectedOrganizationSubjects"),
        ("allConfiguredConnectedOrganizationUsers", "AllExistingConnectedOrganizationSubjects"),
        ("allExternalUsers", "AllExternalSubjects"),
        ("allDirectoryServicePrincipals", "AllMartians"),
    ];
    let (v1, beta) = draw.one(&known);
    let automatic = draw.chance(15);
    let of_directory = automatic || v1 == "specificDirectoryUsers";
    let named = automatic || v1.starts_with("specific");
    let listed = if named { targets(draw, of_directory, automatic) } else { Vec::new() };
    let accepts = draw.chance(88);
    let of = package(draw.one(packages));
    let mut found = json!({ "id": id(0xe7, number), "displayName": format!("Policy {number}") });
    if !automatic && draw.chance(40) {
        found["accessPackageId"] = of.into();
        found["requestorSettings"] =
            json!({ "scopeType": beta, "acceptRequests": accepts, "allowedRequestors": listed });
        found["durationInDays"] = 30.into();
        return found;
    }
    found["accessPackage"] = json!({ "id": of });
    found["allowedTargetScope"] = if automatic { "specificDirectoryUsers" } else { v1 }.into();
    found["specificAllowedTargets"] = listed.into();
    if automatic {
        found["automaticRequestSettings"] = json!({ "requestAccessForAllowedTargets": draw.chance(90) });
    }
    if !draw.rarely(15) {
        found["requestorSettings"] = json!({ "enableTargetsToSelfAddAccess": accepts && !automatic });
    }
    found
}

fn an_assignment(draw: &mut Draw, number: usize, packages: &[usize]) -> Value {
    let state = draw.weighted(&[
        (12, "delivered"),
        (2, "delivering"),
        (1, "partiallyDelivered"),
        (2, "expired"),
        (1, "deliveryFailed"),
    ]);
    json!({
        "id": id(0xe8, number), "state": state, "accessPackage": { "id": package(draw.one(packages)) },
        "target": { "id": id(0xe9, number), "objectId": user(draw.below(USERS)), "subjectType": "user" },
    })
}
