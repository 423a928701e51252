//! What a proof is over: what remains given is told beside it, what no export tells becomes an unknown, and readings of
//! ambiguities are named where it needs them.

use std::path::Path;

use crate::binary::{LOGISTICS, ROOT, Run, run};
use serde_json::{Value, json};

const GUARDRAIL: &str = "external-sign-in-without-mfa";
const MFA_OF_GUESTS: &str = "43a91e0e-a1a7-4c5e-a560-5538fc7e473c";
const MFA_OF_ALL: &str = "4ea578a6-b5ae-4d8a-a719-be919a62b80d";
const PARTNER: &str = "7c77833f-338f-4aab-b1c8-046a3c6dd345";

/// The tenant in a folder of its own, after a change of one of its files.
fn changed(file: &str, change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(Path::new(ROOT).join(LOGISTICS)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    self::change(&folder, file, |document| change(&mut document["value"]));
    folder
}

fn change(folder: &tempfile::TempDir, file: &str, change: impl FnOnce(&mut Value)) {
    let file = folder.path().join(file);
    let mut document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut document);
    std::fs::write(file, document.to_string()).unwrap();
}

/// A configuration that says where the guests of the tenant come from.
fn homes(folder: &tempfile::TempDir) -> String {
    let file = folder.path().join("guestlist.toml");
    std::fs::write(&file, format!("[home-tenants]\n\"cloud-contractors.example\" = \"{PARTNER}\"\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The same after a change of the two policies that ask for multifactor authentication.
fn asks(change: impl Fn(&mut Value)) -> tempfile::TempDir {
    changed("conditionalAccessPolicies.json", |policies| {
        let asks = |policy: &&mut Value| policy["id"] == MFA_OF_GUESTS || policy["id"] == MFA_OF_ALL;
        policies.as_array_mut().unwrap().iter_mut().filter(asks).for_each(&change);
    })
}

fn json_of(arguments: &[&str]) -> Value {
    let Run { stdout, stderr, .. } = run(&[arguments, &["--format=json"]].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"))
}

fn check(tenant: &Path, more: &[&str]) -> Value {
    let arguments = [&["check", "--as-of=2026-11-23"], more, &[tenant.to_str().unwrap()]].concat();
    json_of(&arguments)["tenants"][0].clone()
}

/// What a command that was printed comes to.
fn verdict(command: &str, tenant: &Path) -> String {
    let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
    arguments.push(tenant.to_str().unwrap());
    json_of(&arguments)["answers"][0]["verdict"]["kind"].as_str().unwrap().to_owned()
}

/// The legacy trusted IPs are in no export (W-1.15): whoever excludes them depends on whether there are any.
#[test]
fn trusted_ips_that_no_export_tells() {
    for location in ["AllTrusted", "00000000-0000-0000-0000-000000000000"] {
        let folder = asks(|policy| {
            policy["conditions"]["locations"] = json!({"includeLocations": ["All"], "excludeLocations": [location]});
        });
        std::fs::write(folder.path().join("namedLocations.json"), "{\"namedLocations\": []}").unwrap();
        let report = check(folder.path(), &["--select", GUARDRAIL]);
        assert_eq!(report["held"], json!([]), "{location}");
        let found = &report["brokenIf"][0];
        let statement = found["if"][0]["statement"].as_str().unwrap();
        assert!(statement.starts_with("trusted IPs are set"), "{location}: {statement}");
        assert_eq!((found["if"].as_array().unwrap().len(), &found["if"][0]["is"]), (1, &json!(true)));
        let command = found["sets"][0]["command"].as_str().unwrap();
        assert!(command.contains("--mfa-trusted-ip"), "{command}");
        assert_eq!(verdict(command, folder.path()), "allow", "{command}");
        let difference = json_of(&["diff", LOGISTICS, folder.path().to_str().unwrap(), "--select", GUARDRAIL]);
        assert_eq!(difference["access"]["opened"], "unknown", "{difference}");
        let depends = difference["access"]["openedSignIns"]["dependsOn"][0].as_str().unwrap();
        assert!(depends.starts_with("trusted IPs are set"), "{location}: {depends}");
        assert_eq!(difference["access"]["closed"], "no", "{location}");
    }
}

/// A policy for them alone may well apply.
#[test]
fn a_policy_for_trusted_ips_is_not_said_to_never_apply() {
    let folder = asks(|policy| policy["conditions"]["locations"] = json!({"includeLocations": ["AllTrusted"]}));
    std::fs::write(folder.path().join("namedLocations.json"), "{\"namedLocations\": []}").unwrap();
    let report = check(folder.path(), &["--select", GUARDRAIL]);
    assert_eq!(report["policies"]["neverApply"], json!([]), "{report}");
}

/// A public client that asks for baseline scopes only may pass a policy that leaves a resource out (W-1.16).
#[test]
fn requests_for_baseline_scopes() {
    let left_out = "6e0c1c5e-0000-4000-8000-0000000000e1";
    let folder = asks(|policy| policy["conditions"]["applications"]["excludeApplications"] = json!([left_out]));
    let ask = format!(
        "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when {{ resource.appId != \"{left_out}\" }} \
         unless {{ context.claims.mfa }}"
    );
    let report = check(folder.path(), &["--ask", &ask]);
    assert_eq!(report["held"], json!([]), "{report}");
    let found = &report["brokenIf"][0];
    let assumed = json!([{
        "statement": "policies with excluded resources are enforced on requests for baseline scopes only",
        "is": false,
    }]);
    assert_eq!(found["if"], assumed, "{report}");
    let command = found["sets"][0]["command"].as_str().unwrap();
    assert!(command.contains("--scope openid"), "{command}");
    let of = |value: &str| format!("baselineScopesEnforcement={value}");
    let read = |value: &str| check(folder.path(), &["--ask", &ask, "--option", &of(value)]);
    let (enforced, legacy) = (read("enforced"), read("legacy"));
    assert_eq!(enforced["held"][0]["leansOn"], json!([format!("{} (AM-7)", of("enforced"))]), "{enforced}");
    assert_eq!(enforced["options"], json!([of("enforced")]));
    let help = legacy["findings"][0]["help"].as_str().unwrap_or_else(|| panic!("{legacy}"));
    let command = help.split('`').find(|text| text.starts_with("guestlist simulate")).unwrap();
    assert!(command.ends_with(&format!("--option {}", of("legacy"))), "{command}");
    assert_eq!(verdict(command, folder.path()), "allow", "{command}");
    // Nobody asked whether a first exclusion opens anything: it may.
    let difference = json_of(&["diff", LOGISTICS, folder.path().to_str().unwrap(), "--select", GUARDRAIL]);
    assert_ne!(difference["access"]["opened"], "no", "{difference}");
}

/// A list of external tenants takes in people without one, or not (AM-2): a proof that needs the one says so.
#[test]
fn a_proof_names_the_readings_that_it_needs() {
    let scope = json!({
        "guestOrExternalUserTypes": "b2bCollaborationGuest,b2bCollaborationMember,otherExternalUser",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
            "membershipKind": "enumerated",
            "members": [PARTNER],
        },
    });
    // The partner's own people are kept out before any policy.
    let folder = asks(|policy| {
        policy["conditions"]["users"]["excludeGuestsOrExternalUsers"] = scope.clone();
    });
    change(&folder, "crossTenantAccessPolicyPartners.json", |partners| {
        let list = |target: &str, kind: &str| json!({"accessType": "blocked", "targets": [{"target": target, "targetType": kind}]});
        let blocked = json!({
            "usersAndGroups": list("AllUsers", "user"), "applications": list("AllApplications", "application"),
        });
        partners["value"][0]["b2bCollaborationInbound"] = blocked;
    });
    let reading = "enumeratedTenantsForNonEntra=never (AM-2)";
    let report = check(folder.path(), &["--select", GUARDRAIL]);
    assert_eq!(report["held"][0]["leansOn"], json!([reading]), "{report}");
    let Run { stdout, .. } =
        run(&["check", "--as-of=2026-11-23", "--select", GUARDRAIL, folder.path().to_str().unwrap()]);
    assert!(stdout.contains(&format!("\n  read as: {reading}\n")), "{stdout}");
    let otherwise = ["--option", "enumeratedTenantsForNonEntra=matched"];
    let report = check(folder.path(), &[&["--select", GUARDRAIL], &otherwise[..]].concat());
    assert_eq!((report["held"].clone(), report["findings"][0]["rule"].clone()), (json!([]), json!(GUARDRAIL)));
    // So does a comparison.
    let arguments = ["diff", LOGISTICS, folder.path().to_str().unwrap(), "--select", GUARDRAIL];
    let difference = json_of(&arguments);
    assert_eq!(difference["access"]["opened"], "no", "{difference}");
    assert_eq!(difference["access"]["openedSignIns"]["leansOn"], json!([reading]), "{difference}");
    let difference = json_of(&[&arguments, &otherwise[..]].concat());
    assert_eq!(difference["access"]["opened"], "yes", "{difference}");
}

#[test]
fn options_of_check_diff_and_test() {
    for command in [&["check", LOGISTICS][..], &["diff", LOGISTICS, LOGISTICS], &["test", "testdata/scenarios"]] {
        let Run { status, stderr, .. } = run(&[command, &["--option", "allUsersCoverDirectConnect=no"]].concat());
        assert_eq!(status, 2, "{command:?}");
        assert!(stderr.contains("did you mean `allUsersCoversDirectConnect`?"), "{command:?}: {stderr}");
    }
    let folder = tempfile::tempdir().unwrap();
    let case = |name: &str, options: &str, verdict: &str| {
        format!("  - {{name: {name}, {options}expect: {{verdict: {verdict}}}}}\n")
    };
    let file = folder.path().join("direct-connect.yaml");
    let policy = json!({
        "id": "6e0c1c5e-0000-4000-8000-0000000000d1", "displayName": "nobody", "state": "enabled",
        "conditions": {
            "users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}, "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    });
    let default = json!({"isServiceDefault": false, "b2bDirectConnectInbound": {
        "usersAndGroups": {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": {"accessType": "allowed", "targets": [{"target": "AllApplications", "targetType": "application"}]},
    }});
    let given = json!({
        "conditionalAccessPolicies": [policy], "crossTenantAccessPolicyDefault": default,
        "crossTenantAccessPolicyPartners": [], "servicePrincipals": [],
    });
    let cases = [
        case("as the command line says", "", "allow"),
        case("as the case says", "options: {allUsersCoversDirectConnect: yes}, ", "block"),
    ];
    let text = format!(
        "given: {given}\nuser: direct-connect:any-other-tenant\napp: Teams\nwhen: {{sharedChannel: true}}\ncases:\n{}",
        cases.concat()
    );
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let Run { status, stdout, stderr } = run(&["test", file, "--option", "allUsersCoversDirectConnect=no"]);
    assert_eq!(status, 0, "{stdout}{stderr}");
    assert_eq!(run(&["test", file]).status, 1);
}

/// What remains given stands beside what is proven, where it matters.
#[test]
fn what_remains_given_is_told() {
    let facts = |given: &Value| -> Vec<String> {
        given.as_array().unwrap().iter().map(|own| own["fact"].as_str().unwrap().to_owned()).collect()
    };
    let folder = asks(|_| ());
    let promise = format!(
        "permit (principal is ExternalUser, action == Action::\"signIn\", \
         resource == Application::\"Office 365 SharePoint Online\") when {{ principal has homeTenant && \
         principal.homeTenant == \"{PARTNER}\" && principal.kind == \"b2bCollaborationGuest\" }}"
    );
    let guardrail =
        "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) unless { context.claims.mfa }";
    let report = check(folder.path(), &["--config", &homes(&folder), "--ask", &promise, "--ask", guardrail]);
    let held = |rule: &str| {
        let all = report["held"].as_array().unwrap();
        facts(&all.iter().find(|held| held["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {report}"))["given"])
    };
    // The tenant has a policy with session controls.
    assert_eq!(held("asked"), ["W-4.4", "W-4.5", "W-4.8"]);
    assert_eq!(held("asked-2"), [""; 0]);
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/semantics/world.md")).unwrap();
    for fact in held("asked") {
        let line = page.lines().find(|line| line.starts_with(&format!("- **{fact}**"))).unwrap();
        assert!(line.contains("*Beside:*"), "{line}");
    }
    let difference = json_of(&["diff", LOGISTICS, LOGISTICS, "--select", GUARDRAIL]);
    let given = facts(&difference["access"]["openedSignIns"]["given"]);
    assert!(given.contains(&"W-4.8".to_owned()), "{given:?}");
    let Run { stdout, .. } = run(&["diff", LOGISTICS, LOGISTICS, "--select", GUARDRAIL]);
    let proven = "  no sign-in closed: proven for every possible one\n  taken as given: ";
    assert!(stdout.contains(proven), "{stdout}");
    // A device filter that reads compliance depends on a claim that tells it.
    let folder = asks(|policy| {
        policy["conditions"]["devices"] =
            json!({"deviceFilter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}});
        policy["grantControls"]["builtInControls"] = json!(["block"]);
    });
    let ask = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) unless { context.device.compliant }";
    let report = check(folder.path(), &["--ask", ask]);
    assert_eq!(facts(&report["held"][0]["given"]), ["W-4.7"], "{report}");
}

/// Of a report-only policy it is said that it would change nothing where that is proven, and nowhere else.
#[test]
fn report_only_policies_that_may_change_something() {
    let duplicate = "6e0c1c5e-0000-4000-8000-0000000000b1";
    let folder = changed("conditionalAccessPolicies.json", |policies| {
        let policies = policies.as_array_mut().unwrap();
        let mut twice = policies.iter().find(|policy| policy["id"] == MFA_OF_ALL).unwrap().clone();
        twice["id"] = duplicate.into();
        twice["displayName"] = "twice".into();
        twice["state"] = "enabledForReportingButNotEnforced".into();
        let mut trusted = twice.clone();
        trusted["id"] = "6e0c1c5e-0000-4000-8000-0000000000b2".into();
        trusted["displayName"] = "from trusted IPs".into();
        trusted["conditions"]["locations"] =
            json!({"includeLocations": ["00000000-0000-0000-0000-000000000000"], "excludeLocations": []});
        trusted["grantControls"]["builtInControls"] = json!(["block"]);
        policies.extend([twice, trusted]);
    });
    let report = check(folder.path(), &["--select", GUARDRAIL]);
    let policies = report["policies"]["reportOnly"].as_array().unwrap();
    let told = |name: &str| policies.iter().find(|own| own["policy"] == name).unwrap_or_else(|| panic!("{report}"));
    assert_eq!((&told("twice")["changesNothing"], &told("twice")["dependsOn"]), (&json!(true), &json!([])));
    let open = told("from trusted IPs");
    assert_eq!((&open["changesNothing"], &open["changes"]), (&json!(false), &Value::Null));
    assert!(open["dependsOn"][0].as_str().unwrap().starts_with("trusted IPs are set"), "{open}");
    let Run { stdout, .. } =
        run(&["check", "--as-of=2026-11-23", "--select", GUARDRAIL, folder.path().to_str().unwrap()]);
    let proven = "report-only policies that would change nothing, proven for every possible sign-in:\n  `twice`\n";
    assert!(stdout.contains(proven), "{stdout}");
    assert!(
        stdout.contains("which depends on what is not known:\n  `from trusted IPs`: whether trusted IPs"),
        "{stdout}"
    );
}

/// Users of the export whom a policy leaves out are all counted and named, before anybody of whom less is known.
#[test]
fn users_whom_a_hole_concerns() {
    let guests = ["Caleb Whitford", "Mina Takahara", "Priya Raman"];
    let team = "a3846274-6892-4473-b766-ca85187904c8";
    let folder = asks(|policy| policy["conditions"]["users"]["excludeGroups"] = json!([team]));
    let names = |users: &Value| -> Vec<String> {
        users.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    let homes = homes(&folder);
    let asked = ["--config", &homes, "--select", GUARDRAIL];
    let report = check(folder.path(), &asked);
    let finding = &report["findings"][0];
    assert_eq!(names(&finding["users"]), guests, "{report}");
    let details = finding["details"].to_string();
    assert!(details.contains("3 users of the export: `Caleb Whitford`, `Mina Takahara`, `Priya Raman`"), "{details}");
    // Where it is not known whether their tenant gets in, they are told by that alone, and first.
    std::fs::remove_file(folder.path().join("crossTenantAccessPolicyDefault.json")).unwrap();
    std::fs::remove_file(folder.path().join("crossTenantAccessPolicyPartners.json")).unwrap();
    let report = check(folder.path(), &asked);
    let ways = report["brokenIf"].as_array().unwrap();
    let counts: Vec<usize> = ways.iter().map(|way| way["if"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1], "{report}");
    let mut told: Vec<String> = ways
        .iter()
        .flat_map(|way| way["sets"].as_array().unwrap())
        .flat_map(|set| set.get("users").map(&names).unwrap_or_default())
        .collect();
    told.sort();
    told.dedup();
    assert_eq!(told, guests, "{report}");
}

/// What holds where a partner's trust lacks a member no document says (AM-43): an answer tells that it takes the
/// default's, and no proof takes it unasked.
#[test]
fn a_trust_that_lacks_a_member() {
    let folder = asks(|policy| policy["grantControls"]["builtInControls"] = json!(["compliantDevice"]));
    change(&folder, "crossTenantAccessPolicyPartners.json", |partners| {
        partners["value"][0]["inboundTrust"] = json!({"isMfaAccepted": true});
    });
    change(&folder, "crossTenantAccessPolicyDefault.json", |default| {
        default["isServiceDefault"] = false.into();
        default["inboundTrust"] = json!({
            "isMfaAccepted": false, "isCompliantDeviceAccepted": true, "isHybridAzureADJoinedDeviceAccepted": false,
        });
    });
    let tenant = folder.path().to_str().unwrap();
    let user = format!("tenant:{PARTNER}");
    let question = ["simulate", "sign-in", "--user", &user, "--app", "SharePoint", "--client", "browser"];
    let device = ["--device", "isCompliant=true", "--flow", "none", "--platform", "windows", tenant];
    let of = |value: &str| format!("partnerMissingTrust={value}");
    let answer = |more: &[&str]| json_of(&[&question[..], &device, more].concat())["answers"][0].clone();
    let usual = answer(&[]);
    assert_eq!(usual["verdict"]["kind"], "allow", "{usual}");
    assert!(usual["leansOn"].to_string().contains("partnerMissingTrust"), "{usual}");
    assert_eq!(answer(&["--option", &of("notTrusted")])["verdict"]["kind"], "block");
    let ask = format!(
        "permit (principal is ExternalUser, action == Action::\"signIn\", resource) when {{ principal has homeTenant && \
         principal.homeTenant == \"{PARTNER}\" && principal.kind == \"b2bCollaborationGuest\" }}"
    );
    let homes = homes(&folder);
    let asked = ["--config", &homes, "--ask", &ask];
    let report = check(folder.path(), &asked);
    assert_eq!((&report["held"], &report["findings"]), (&json!([]), &json!([])), "{report}");
    let reasons = report["notEvaluated"].to_string();
    assert!(reasons.contains("whether a member that a partner's trust lacks is the default's"), "{reasons}");
    let inherits = check(folder.path(), &[&asked[..], &["--option", &of("inherits")]].concat());
    assert_eq!(inherits["held"][0]["leansOn"], json!([format!("{} (AM-43)", of("inherits"))]), "{inherits}");
    let not_trusted = check(folder.path(), &[&asked[..], &["--option", &of("notTrusted")]].concat());
    assert_eq!(not_trusted["findings"][0]["rule"], "asked", "{not_trusted}");
}
