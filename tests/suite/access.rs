//! `guestlist simulate access`: who gets in to what, as the table has it and as a user sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::binary::{CONSULTING, LOGISTICS};
use guestlist::access::sign_in::{Engine, Readings, Request, Scenario, Subject, Target, Verdict};
use guestlist::load::{Loaded, Loader};
use guestlist::simulate::question::UserText;
use guestlist::simulate::{AccessQuery, AccessTable, Resolver, access, plain_conditions};

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
    let query = AccessQuery { conditions: plain_conditions(), expand: true, ..AccessQuery::default() };
    access(&engine, resolver.homes(), &query, &|_, _| {})
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
        r#"{{"id": "{id}", "displayName": "{name}", "userPrincipalName": "{name}_{domain}#EXT#@contoso.onmicrosoft.com", "mail": "{name}@{domain}",
        {user_type} "accountEnabled": true, "externalUserState": "Accepted", "creationType": "Invitation",
        "identities": [{{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": null}}]}}"#
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
        r#"{{"servicePrincipals": [{{"id": "5a000000-0000-4000-8000-000000000081", "appId": "a9000000-0000-4000-8000-000000000081",
        "displayName": "Vault", "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": true,
        "appRoleAssignedTo": [{{"principalId": "{group}", "principalType": "Group"}}]}}],
        "groups": [{{"id": "{group}", "displayName": "Vault users", "members": []}}],
        "catalogs": [{{"id": "ca000000-0000-4000-8000-0000000000c1", "catalogType": "userManaged", "state": "published", "isExternallyVisible": true}}],
        "users": [{}], "accessPackages": [PACKAGE], "assignmentPolicies": [{}]}}"#,
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

/// A verdict without reasons.
fn brief(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Block(refusals) => format!("block {:?} {:?}", refusals[0].stage, refusals[0].code),
        Verdict::Unknown(_) => "unknown".to_owned(),
        verdict => format!("{verdict:?}"),
    }
}

/// Every person and application of the table, held against the plain reading of that one sign-in; and nothing is left
/// out.
fn agrees(loaded: &Loaded) -> usize {
    let tenant = &loaded.tenant;
    let engine = Engine::new(tenant, Readings::default());
    let resolver = Resolver::new(tenant, &BTreeMap::new());
    let table = table(loaded);
    let mut checked = 0;
    for group in table.groups.iter().filter(|group| group.here) {
        for number in &group.people {
            let id = table.people[*number].id.as_ref().unwrap();
            let subject = resolver.user(&UserText::Word(id.to_string())).unwrap();
            let mut reached: BTreeSet<usize> = BTreeSet::new();
            for (outcome, applications) in &table.rows[group.row] {
                let mut subject: Subject = subject.clone();
                if let guestlist::simulate::Path::Package { id, .. } = &outcome.path {
                    let packages = guestlist::access::Packages::of(tenant);
                    let granted = packages.grants(tenant.access_packages.get(id).unwrap());
                    for group in &granted.groups {
                        subject.join(tenant, group);
                    }
                    subject.granted.extend(granted.applications);
                }
                for at in applications {
                    let target = Target::Application(Request::plain(table.applications[*at].id.clone()));
                    let scenario = Scenario { subject: subject.clone(), target, conditions: plain_conditions() };
                    let told = engine.explain(&scenario);
                    let cell = &table.decisions[outcome.decision];
                    let pairs = [
                        (&cell.verdict, &told.verdict),
                        (&cell.coverage, &told.coverage),
                        (&cell.reachability, &told.reachability),
                    ];
                    for (cell, told) in pairs {
                        let application = &table.applications[*at].name;
                        assert_eq!(brief(cell), brief(told), "{} → {application}", subject.name);
                    }
                    reached.insert(*at);
                    checked += 1;
                }
            }
            for (at, application) in table.applications.iter().enumerate() {
                let admitted = engine.is_admitted(&subject, &application.id);
                assert!(reached.contains(&at) || admitted.is_no(), "{} → {}", subject.name, application.name);
            }
        }
    }
    checked
}

const POLICIES: &str = r#""conditionalAccessPolicies": [
    {"id": "ca000000-0000-4000-8000-000000000001", "displayName": "MFA for one", "state": "enabled", "conditions": {"clientAppTypes": ["all"],
     "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["5e000000-0000-4000-8000-0000000000a1"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}},
    {"id": "ca000000-0000-4000-8000-000000000002", "displayName": "No guests on phones", "state": "enabled", "conditions": {"clientAppTypes": ["all"],
     "applications": {"includeApplications": ["00000003-0000-0ff1-ce00-000000000000"]}, "users": {"includeGuestsOrExternalUsers":
     {"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": {"@odata.type": "TYPE", "membershipKind": "all"}}},
     "platforms": {"includePlatforms": ["android"]}}, "grantControls": {"operator": "OR", "builtInControls": ["block"]}},
    {"id": "ca000000-0000-4000-8000-000000000003", "displayName": "No Payroll", "state": "enabled", "conditions": {"clientAppTypes": ["all"],
     "applications": {"includeApplications": ["a9000000-0000-4000-8000-000000000072"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["block"]}}]"#;

#[test]
fn every_cell_is_what_the_engine_says_of_that_person() {
    let one = "5e000000-0000-4000-8000-0000000000a1";
    let policies = POLICIES.replace("TYPE", "#microsoft.graph.conditionalAccessAllExternalTenants");
    let small = tenant(&format!(
        r#""users": [{}, {}], "accessPackages": [{}, {}], "assignmentPolicies": [{}, {}], {policies}"#,
        guest(one, "one", "fabrikam.com", GUEST),
        guest("5e000000-0000-4000-8000-0000000000a2", "other", "unheard-of.example", GUEST),
        package(11, "Tools", "AadApplication", "User", "5a000000-0000-4000-8000-000000000071"),
        package(12, "Pay", "AadApplication", "User", "5a000000-0000-4000-8000-000000000072"),
        policy(21, 11, "specificDirectoryUsers", &user(one)),
        policy(22, 12, "allDirectoryUsers", ""),
    ));
    assert!(agrees(&small) > 90);
    for name in ["consulting-walkthrough", "logistics-partner"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tenants").join(name);
        let mut loader = Loader::default();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                loader.file(path.to_string_lossy().into_owned(), &std::fs::read(&path).unwrap());
            }
        }
        assert!(agrees(&loader.finish()) > 0, "{name}");
    }
}

fn run(arguments: &[&str]) -> crate::binary::Run {
    crate::binary::run(&[&["simulate", "access"], arguments].concat())
}

/// Each command with what it tells.
fn session(commands: &[&[&str]]) -> String {
    let told = commands.iter().map(|arguments| format!("$ {}\n{}", arguments.join(" "), run(arguments).told()));
    told.collect::<Vec<_>>().join("\n")
}

const PARTNER: &str = "--home-tenant=cloud-contractors.example=7c77833f-338f-4aab-b1c8-046a3c6dd345";

#[test]
fn text_for_people() {
    insta::assert_snapshot!(session(&[
        &[CONSULTING],
        &[LOGISTICS, PARTNER],
        &[LOGISTICS, PARTNER, "-v", "--expand", "--strict"],
        &[LOGISTICS, "--assume=reachability", "--strict"],
        &[LOGISTICS, PARTNER, "--client=other", "--platform=windows"],
        &[FIXTURE, "--strict"],
    ]));
}

#[test]
fn parts_of_the_table() {
    insta::assert_snapshot!(session(&[
        &[FIXTURE, "--only=without-mfa", "--app=app-crm", "--app=Azure Portal"],
        &[FIXTURE, "--only=allowed", "--app=Azure Portal"],
        &[FIXTURE, "--only=blocked"],
        &[LOGISTICS, PARTNER, "--only=blocked", "--client=other"],
        &[FIXTURE, "--org=fabrikam"],
        &[FIXTURE, "--org=0f000000-0000-4000-8000-0000000000f0", "--app=Azure Portal"],
        &[FIXTURE, "--org=gmail.example", "--app=Azure Portal"],
        &[LOGISTICS, "--org=Cloud Contractors", "--app=SharePoint", "--assume=coverage"],
        &[LOGISTICS, PARTNER, "--user=Priya Raman", "--user=Mina Takahara", "--app=SharePoint"],
        &[LOGISTICS, "--user=service-provider:7c77833f-338f-4aab-b1c8-046a3c6dd345", "--user=google", "--app=Teams"],
        &[LOGISTICS, PARTNER, "--claims=home:mfa", "--app=Teams"],
    ]));
}

#[test]
fn json_for_machines() {
    let run = run(&[LOGISTICS, PARTNER, "--app=SharePoint", "--format=json"]);
    insta::assert_snapshot!(run.told().replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn csv_for_spreadsheets() {
    insta::assert_snapshot!(session(&[
        &[CONSULTING, "--format=csv", "--app=SharePoint", "--app=Teams"],
        &[LOGISTICS, PARTNER, "--format=csv", "--app=SharePoint", "--expand"],
        &[LOGISTICS, PARTNER, "--format=csv", "--app=SharePoint", "--user=Priya Raman"],
        &[LOGISTICS, PARTNER, "--format=csv", "--app=SharePoint", "--only=blocked"],
    ]));
    assert!(run(&[CONSULTING, "--format=csv"]).stdout.ends_with("\r\n"));
}

#[test]
fn mistakes_are_explained() {
    let commands: [&[&str]; 12] = [
        &[LOGISTICS, "--app=SharePiont"],
        &[LOGISTICS, "--org=Cloud Contractor"],
        &[LOGISTICS, "--org=cloud-contractor.example"],
        &[LOGISTICS, "--org=7c77833f-338f-4aab-b1c8-046a3c6dd346"],
        &[LOGISTICS, "--org=Zebra"],
        &[LOGISTICS, "--user=Priya Ramen"],
        &[LOGISTICS, "--user=Amara Nwosu"],
        &[LOGISTICS, "--claims=mfa"],
        &[LOGISTICS, "--claims=home:mfa", "--only=without-mfa"],
        &[LOGISTICS, "--country=Germany"],
        &[LOGISTICS, "--option=allUsers=yes"],
        &["testdata/broken/truncated.json"],
    ];
    for arguments in commands {
        let run = run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.told());
    }
    insta::assert_snapshot!(session(&commands));
}

/// Cells of CSV by the letter of RFC 4180.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && characters.next_if_eq(&'\n').is_some() => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            character => cell.push(character),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !quoted, "{text}");
    rows
}

/// Strangers choose their display names, their organizations and sometimes those of applications.
#[test]
fn names_that_strangers_choose_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    let calc = r"=cmd|'/c calc'!A1";
    let escape = r"\u001b]0;pwned\u0007\u202egpj.exe";
    let guests: Vec<String> = [calc, escape, r#"+1,\"2\""#, r"\t=1+1", r"\r\n@SUM(A1)", "-2"]
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let plain = guest(&format!("5e000000-0000-4000-8000-0000000000b{at}"), "guest", "hostile.example", GUEST);
            plain.replace("\"displayName\": \"guest\"", &format!("\"displayName\": \"{name}\""))
        })
        .collect();
    let homes = "--home-tenant=hostile.example=51000000-0000-4000-8000-000000000051";
    write(
        "hostile.json",
        format!(
            r##"{{"users": [{}], "servicePrincipals": [{{"id": "5a000000-0000-4000-8000-000000000091", "appId": "a9000000-0000-4000-8000-000000000091",
            "displayName": "@SUM({escape})", "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": false}}],
            "connectedOrganizations": [{{"id": "c0000000-0000-4000-8000-000000000051", "displayName": "={escape}", "state": "configured", "identitySources":
            [{{"@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": "51000000-0000-4000-8000-000000000051", "displayName": "x"}}]}}],
            "conditionalAccessPolicies": [{{"id": "ca000000-0000-4000-8000-000000000001", "displayName": "+{escape}", "state": "enabled",
            "conditions": {{"clientAppTypes": ["all"], "applications": {{"includeApplications": ["All"]}}, "users": {{"includeUsers": ["All"]}}}},
            "grantControls": {{"operator": "OR", "builtInControls": ["mfa"]}}}}]}}"##,
            guests.join(", ")
        ),
    );
    let path = folder.path().to_string_lossy().into_owned();
    let more = [path.as_str(), FIXTURE, homes, "--org=51000000-0000-4000-8000-000000000051", "--expand"];
    let mut told = Vec::new();
    for format in ["text", "json", "csv"] {
        let mut arguments = more.to_vec();
        let format = format!("--format={format}");
        arguments.extend([format.as_str(), "--app=a9000000-0000-4000-8000-000000000091"]);
        let run = run(&arguments);
        assert_eq!(run.status, 0, "{}", run.told());
        let harmless = |c: char| c == '\n' || (c == '\r' && format.ends_with("csv")) || !c.is_control();
        assert!(run.told().chars().all(|c| harmless(c) && c != '\u{202e}'), "{}", run.told());
        if format.ends_with("csv") {
            let rows = cells(&run.stdout);
            assert_eq!(rows.len(), 7);
            for row in &rows {
                assert_eq!(row.len(), rows[0].len(), "{row:?}");
                assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
            }
        }
        if !format.ends_with("json") {
            told.push(run.told());
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// Organizations whose people fare alike are one section, however many; with `--expand` each has its own.
#[test]
fn organizations_that_fare_alike_are_told_together() {
    let folder = tempfile::tempdir().unwrap();
    let guests: Vec<String> = (10..50)
        .flat_map(|number| {
            let one = format!("5e000000-0000-4000-8000-00000000{number}a1");
            let other = format!("5e000000-0000-4000-8000-00000000{number}a2");
            let domain = format!("organization{number}.example");
            [
                guest(&one, &format!("ana{number}"), &domain, GUEST),
                guest(&other, &format!("bo{number}"), &domain, GUEST),
            ]
        })
        .collect();
    std::fs::write(folder.path().join("users.json"), format!("{{\"users\": [{}]}}", guests.join(","))).unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let run_with = |more: &[&str]| {
        let mut arguments = vec![path.as_str(), FIXTURE, "--app=SharePoint"];
        arguments.extend(more);
        run(&arguments)
    };
    let told = run_with(&[]).stdout;
    assert!(told.contains("\nAdatum, gmail.example, Litware and 42 more\n"), "{told}");
    assert!(told.contains("b2bCollaborationGuest, 85 people: gS, gG, gOTP and 82 more\n"), "{told}");
    let all = run_with(&["--expand"]).stdout;
    assert!(all.contains("\norganization49.example\n  b2bCollaborationGuest, 2 people: ana49 and bo49\n"), "{all}");
}

/// `--only` never hides anybody whom the whole table tells of, nor tells of somebody else.
#[test]
fn parts_are_parts() {
    let rows = |more: &[&str]| {
        let mut arguments = vec![FIXTURE, "--format=csv", "--expand"];
        arguments.extend(more);
        cells(&run(&arguments).stdout).into_iter().skip(1).collect::<BTreeSet<_>>()
    };
    let all = rows(&[]);
    let let_in: BTreeSet<Vec<String>> =
        all.iter().filter(|row| row[9] == "allow" || row[9] == "allowAfter").cloned().collect();
    let without: BTreeSet<Vec<String>> = all.iter().filter(|row| row[13] == "true").cloned().collect();
    assert_eq!(rows(&["--only=allowed"]), let_in);
    assert_eq!(rows(&["--only=without-mfa"]), without);
    assert!(!without.is_empty() && without.len() < let_in.len());
}

#[test]
fn the_counts_add_up() {
    for tenant in [FIXTURE, LOGISTICS, CONSULTING] {
        let document = run(&[tenant, "--format=json"]).json();
        let number = |of: &str, name: &str| document["totals"][of][name].as_u64().unwrap();
        for of in ["pairs", "pairsNotHere"] {
            let parts = ["allowed", "allowedAfterMfa", "allowedAfterOtherSteps", "unknown", "blocked"];
            assert_eq!(parts.iter().map(|name| number(of, name)).sum::<u64>(), number(of, "total"), "{tenant}");
        }
        let groups = document["groups"].as_array().unwrap();
        assert_eq!(document["totals"]["groups"].as_u64().unwrap(), groups.len() as u64);
    }
}

#[test]
fn the_same_bytes_every_time() {
    for format in ["text", "json", "csv"] {
        let arguments = [FIXTURE, "--format", format];
        assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
    }
}

/// What the README shows is what the binary says.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Ask who gets in to what\n").unwrap();
    let (_, block) = section.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let (_, command) = section.split_once("simulate access ").unwrap();
    let arguments: Vec<&str> = command.lines().next().unwrap().split(' ').collect();
    let run = run(&arguments);
    assert!(run.stdout.contains(shown), "{}", run.told());
}

#[test]
fn the_documentation_names_every_flag() {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/simulate.md")).unwrap();
    let command = guestlist::cli::command();
    let access = command.find_subcommand("simulate").unwrap().find_subcommand("access").unwrap();
    for argument in access.get_arguments().filter_map(clap::Arg::get_long).filter(|name| *name != "help") {
        assert!(document.contains(&format!("`--{argument}")), "--{argument}");
    }
}
