//! `guestlist compile` from outside: the files that it writes, as Cedar's own tools read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::binary::{CONSULTING, LOGISTICS, Run};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema, ValidationMode, Validator,
};
use guestlist::compile::{Mentions, Settled, compile};
use guestlist::load::Loader;
use serde_json::{Value, json};

fn run(arguments: &[&str]) -> Run {
    crate::binary::run(&[&["compile"], arguments].concat())
}

const PARTNER: &str = "--home-tenant=cloud-contractors.example=7c77833f-338f-4aab-b1c8-046a3c6dd345";
const FILES: [&str; 7] = [
    "applies.cedar",
    "entities.json",
    "not-expressed.json",
    "policies.cedar",
    "report-only.cedar",
    "request.json",
    "schema.cedarschema",
];

/// A folder that was written to.
struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
    run: Run,
}

fn written(arguments: &[&str]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let output = format!("-o{}", path.display());
    let mut all = arguments.to_vec();
    all.push(&output);
    let run = run(&all);
    assert_eq!(run.status, 0, "{}", run.stderr);
    Written { _folder: folder, path, run }
}

/// The same for an export that is made up.
fn written_of(files: &[(&str, Value)]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content.to_string()).unwrap();
    }
    written(&[&folder.path().to_string_lossy()])
}

impl Written {
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    fn schema(&self) -> Schema {
        let (schema, warnings) = Schema::from_cedarschema_str(&self.text("schema.cedarschema")).unwrap();
        let warnings: Vec<String> = warnings.map(|warning| warning.to_string()).collect();
        assert_eq!(warnings, Vec::<String>::new());
        schema
    }

    /// Policies under the names that `cedar` gives them: their `@id`.
    fn policies(&self, name: &str) -> PolicySet {
        let read: PolicySet = self.text(name).parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let policies = read.policies().map(|policy| policy.new_id(policy.annotation("id").unwrap().parse().unwrap()));
        PolicySet::from_policies(policies).unwrap()
    }

    fn entities(&self) -> Entities {
        Entities::from_json_str(&self.text("entities.json"), Some(&self.schema())).unwrap()
    }

    /// What `cedar authorize` says of a request: the decision and the policies that made it.
    fn authorize(&self, policies: &str, request: &Value) -> (Decision, BTreeSet<String>) {
        let schema = self.schema();
        let uid = |name: &str| request[name].as_str().unwrap().parse::<EntityUid>().unwrap();
        let action = uid("action");
        let context = Context::from_json_value(request["context"].clone(), Some((&schema, &action))).unwrap();
        let request = Request::new(uid("principal"), action, uid("resource"), context, Some(&schema)).unwrap();
        let response = Authorizer::new().is_authorized(&request, &self.policies(policies), &self.entities());
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        assert_eq!(errors, Vec::<String>::new());
        (response.decision(), response.diagnostics().reason().map(ToString::to_string).collect())
    }

    /// Everything that Cedar can say about the files without a request.
    fn validate(&self) {
        let names: BTreeSet<String> = std::fs::read_dir(&self.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, FILES.map(str::to_owned).into());
        let validator = Validator::new(self.schema());
        for name in ["policies.cedar", "applies.cedar", "report-only.cedar"] {
            let result = validator.validate(&self.policies(name), ValidationMode::Strict);
            let errors: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}");
        }
        assert!(self.entities().iter().count() > 0);
        self.authorize("policies.cedar", &self.json("request.json"));
        self.json("not-expressed.json");
    }
}

#[test]
fn bundled_tenants_are_valid_cedar() {
    for tenant in [LOGISTICS, CONSULTING] {
        written(&[tenant]).validate();
    }
}

#[test]
fn a_summary_tells_what_was_written() {
    let written = written(&[LOGISTICS, PARTNER]);
    let folder = written.path.display().to_string();
    insta::assert_snapshot!(written.run.stdout.replace(&folder, "DIR"));
    assert_eq!(written.run.stderr, "");
}

#[test]
fn a_policy_is_written_to_be_read() {
    let written = written(&[LOGISTICS]);
    let text = written.text("policies.cedar");
    let (_, from) = text.split_once("@displayName(\"Block legacy authentication").unwrap();
    let (policy, _) = from.split_once("\n\n").unwrap();
    insta::assert_snapshot!(format!("@displayName(\"Block legacy authentication{policy}"));
}

/// A guest of the partner gets in once multifactor authentication at home is brought, or done on the way.
#[test]
fn cedar_decides_a_request_by_the_files() {
    const GUESTS: &str = "43a91e0e-a1a7-4c5e-a560-5538fc7e473c";
    const ALL: &str = "4ea578a6-b5ae-4d8a-a719-be919a62b80d";
    const SESSION: &str = "3fae0f14-43d5-4ffb-88f7-02393fd08dfb";
    let written = written(&[LOGISTICS, PARTNER]);
    let mut request = written.json("request.json");
    let any_other = written.authorize("policies.cedar", &request);
    assert_eq!(any_other.0, Decision::Deny, "{any_other:?}");
    request["principal"] = json!("ExternalUser::\"b2bCollaborationGuest of 7c77833f-338f-4aab-b1c8-046a3c6dd345\"");
    request["resource"] = json!("Application::\"00000003-0000-0ff1-ce00-000000000000\"");
    let refused = [GUESTS, ALL].map(str::to_owned).into();
    assert_eq!(written.authorize("policies.cedar", &request), (Decision::Deny, refused));
    let way_in: BTreeSet<String> = ["collaboration-7c77833f-338f-4aab-b1c8-046a3c6dd345".to_owned()].into();
    for when in ["brought", "done"] {
        let mut after = request.clone();
        after["context"][when]["home"]["mfa"] = json!(true);
        assert_eq!(written.authorize("policies.cedar", &after), (Decision::Allow, way_in.clone()), "{when}");
        // Both policies apply all the same, and so does one with session controls only.
        let applied = [GUESTS, ALL, SESSION].map(str::to_owned).into();
        assert_eq!(written.authorize("applies.cedar", &after), (Decision::Deny, applied));
    }
    // What keeps to no schema is refused before it is decided.
    request["context"]["client"] = json!(1);
    let (schema, action) = (written.schema(), "Action::\"signIn\"".parse::<EntityUid>().unwrap());
    let context = Context::from_json_value(request["context"].clone(), Some((&schema, &action)));
    let uid = |name: &str| request[name].as_str().unwrap().parse::<EntityUid>().unwrap();
    let made =
        context.ok().and_then(|own| Request::new(uid("principal"), action, uid("resource"), own, Some(&schema)).ok());
    assert!(made.is_none());
}

#[test]
fn policies_say_where_they_stand() {
    let written = written(&[LOGISTICS]);
    let policies = written.policies("policies.cedar");
    let origins: Vec<&str> = policies.policies().filter_map(|policy| policy.annotation("origin")).collect();
    assert!(origins.len() >= 6, "{origins:?}");
    for policy in policies.policies() {
        let (Some(origin), Some(_)) = (policy.annotation("origin"), policy.annotation("state")) else { continue };
        let (file, line) = origin.rsplit_once(':').unwrap();
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let line: usize = line.parse().unwrap();
        let next: String = text.lines().skip(line - 1).take(3).collect();
        assert!(next.contains(policy.annotation("id").unwrap()), "{origin}: {next}");
    }
}

#[test]
fn the_same_input_gives_the_same_files() {
    for tenant in [LOGISTICS, CONSULTING] {
        let (one, other) = (written(&[tenant]), written(&[tenant]));
        for name in FILES {
            assert_eq!(one.text(name), other.text(name), "{name}");
        }
    }
}

const ID: &str = "bbbbbbbb-0000-4000-8000-000000000001";
const HOSTILE: &str = "x\"); permit(principal, action, resource); // \\ \u{1b}[31m\u{202e} \n{{ @id(\"y\") ünï \u{0}";

fn policy(name: &str, more: &Value) -> Value {
    let mut policy = json!({
        "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
        "id": ID,
        "displayName": name,
        "state": "enabled",
        "conditions": {
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    for (name, value) in more.as_object().unwrap() {
        policy[name] = value.clone();
    }
    policy
}

fn guest(name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user",
        "id": "cccccccc-0000-4000-8000-000000000001",
        "displayName": name,
        "userPrincipalName": "g_fabrikam.com#EXT#@contoso.example",
        "mail": "g@fabrikam.com",
        "userType": "Guest",
        "accountEnabled": true,
        "externalUserState": "Accepted",
    })
}

/// Whatever strangers write stays a text.
#[test]
fn hostile_names_survive_as_texts() {
    let application = json!({
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": "dddddddd-0000-4000-8000-000000000001",
        "appId": "dddddddd-0000-4000-8000-000000000002",
        "displayName": HOSTILE,
    });
    let named = json!({"conditions": {
        "users": {"includeUsers": [HOSTILE, "cccccccc-0000-4000-8000-000000000001"], "includeGroups": [HOSTILE]},
        "applications": {"includeApplications": [HOSTILE, "dddddddd-0000-4000-8000-000000000002"]},
        "clientAppTypes": ["all"],
        "devices": {"deviceFilter": {"mode": "include", "rule": "device.displayName -contains \"\\\") || permit\""}},
    }});
    let written = written_of(&[
        ("policy.json", policy(HOSTILE, &named)),
        ("user.json", guest(HOSTILE)),
        ("application.json", application),
    ]);
    written.validate();
    let policies = written.policies("policies.cedar");
    let own = policies.policy(&ID.parse().unwrap()).unwrap();
    assert_eq!(own.annotation("displayName"), Some(HOSTILE));
    assert!(policies.policy(&"y".parse().unwrap()).is_none());
    let harmful = |text: &str| text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}'));
    for name in FILES {
        assert!(!harmful(&written.text(name)), "{name}");
    }
    assert!(!harmful(&written.run.stdout) && !harmful(&written.run.stderr));
    let entities = written.json("entities.json");
    let names: Vec<&str> =
        entities.as_array().unwrap().iter().filter_map(|entity| entity["attrs"]["displayName"].as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == HOSTILE).count(), 2, "{names:?}");
}

/// Two thousand ranges are what Graph allows: nothing that reads the policy goes too deep.
#[test]
fn a_large_named_location_is_written() {
    let range = |at: usize| json!({"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": format!("10.{}.{}.0/25", at / 250, at % 250)});
    let location = json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": "aaaaaaaa-0000-4000-8000-000000000001",
        "displayName": "offices",
        "isTrusted": true,
        "ipRanges": (0..2000).map(range).collect::<Vec<Value>>(),
    });
    let outside = json!({"conditions": {
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
        "locations": {"includeLocations": ["All"], "excludeLocations": ["aaaaaaaa-0000-4000-8000-000000000001"]},
    }});
    let written = written_of(&[("location.json", location), ("policy.json", policy("outside of offices", &outside))]);
    written.validate();
    let mut request = written.json("request.json");
    let applies = |request: &Value| written.authorize("applies.cedar", request).1.contains(ID);
    assert!(applies(&request));
    request["context"]["ip"] = json!("10.7.249.100");
    assert!(!applies(&request));
}

#[test]
fn report_only_policies_stand_apart() {
    let state = json!({"state": "enabledForReportingButNotEnforced"});
    let written = written_of(&[("policy.json", policy("soon", &state))]);
    written.validate();
    let ids = |name: &str| written.policies(name).policies().map(|own| own.id().to_string()).collect::<Vec<_>>();
    assert_eq!(ids("report-only.cedar"), [ID]);
    assert!(!ids("policies.cedar").contains(&ID.to_owned()));
    assert_eq!(ids("applies.cedar"), Vec::<String>::new());
}

/// A policy alone: everything around it was not exported, and becomes an unknown that says what to export.
#[test]
fn missing_collections_become_unknowns() {
    let written = written_of(&[("policy.json", policy("alone", &json!({})))]);
    written.validate();
    let open = written.json("not-expressed.json");
    let unknowns = open["unknowns"].as_array().unwrap();
    let exports: BTreeSet<&str> = unknowns.iter().filter_map(|unknown| unknown["export"].as_str()).collect();
    assert!(exports.iter().any(|path| path.contains("crossTenantAccessPolicy")), "{exports:?}");
    let request = written.json("request.json");
    let asked: BTreeSet<&String> = request["context"]["unknown"].as_object().unwrap().keys().collect();
    let told: Vec<String> = unknowns.iter().map(|unknown| unknown["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(asked, told.iter().collect());
}

#[test]
fn a_reading_takes_the_unknown_away() {
    let names = |options: &[&str]| {
        let written = written(&[&[LOGISTICS], options].concat());
        let open = written.json("not-expressed.json");
        let ids = open["unknowns"].as_array().unwrap().iter().filter_map(|own| own["ambiguity"].as_str());
        ids.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    assert!(names(&[]).contains("AM-1"));
    for value in ["yes", "no"] {
        assert!(!names(&[&format!("--option=allUsersCoversDirectConnect={value}")]).contains("AM-1"));
    }
    // A default that is taken back is open.
    assert!(!names(&[]).contains("AM-3"));
    assert!(names(&["--option=directConnectMfaWithoutClaim=unknown"]).contains("AM-3"));
    let wrong = run(&[LOGISTICS, "-o", "target/never", "--option=allUsers=yes"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.starts_with("error: `--option`: no option `allUsers`"), "{}", wrong.stderr);
}

#[test]
fn the_tenant_behind_a_domain_is_taken_in() {
    let with = written(&[LOGISTICS, PARTNER]).text("entities.json");
    let without = written(&[LOGISTICS]).text("entities.json");
    assert!(without.contains("some-tenant"));
    assert!(!with.contains("some-tenant"));
}

#[test]
fn json_for_machines() {
    let written = written(&[LOGISTICS, PARTNER, "--format=json"]);
    let told: Value = serde_json::from_str(&written.run.stdout).unwrap();
    assert_eq!(told["version"], 1);
    assert_eq!(told["folder"], json!(written.path.display().to_string()));
    let files: BTreeSet<&str> = told["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(files, FILES.into());
    let open = written.json("not-expressed.json");
    assert_eq!((&told["unknowns"], &told["notExpressed"]), (&open["unknowns"], &open["notExpressed"]));
    let read = written.policies("policies.cedar").policies().count();
    let counted: u64 = ["permits", "gates", "enforced"].iter().filter_map(|name| told["policies"][name].as_u64()).sum();
    assert_eq!(u64::try_from(read).unwrap(), counted);
    let entities: u64 = told["entities"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(u64::try_from(written.json("entities.json").as_array().unwrap().len()).unwrap(), entities);
}

#[test]
fn nothing_is_written_over_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let own = folder.path().join("notes.txt");
    std::fs::write(&own, "mine").unwrap();
    let refused = run(&[LOGISTICS, "-o", &path]);
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("is not empty"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    for _ in 0..2 {
        assert_eq!(run(&[LOGISTICS, "-o", &path, "--force"]).status, 0);
    }
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "mine");
    // A file is no folder.
    let file = run(&[LOGISTICS, "-o", &own.to_string_lossy()]);
    assert_eq!(file.status, 2, "{}", file.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (outside, path) = (folder.path().join("outside"), folder.path().join("out"));
    std::fs::write(&outside, "mine").unwrap();
    std::fs::create_dir(&path).unwrap();
    std::os::unix::fs::symlink(&outside, path.join("policies.cedar")).unwrap();
    assert_eq!(run(&[LOGISTICS, "-o", &path.to_string_lossy(), "--force"]).status, 0);
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "mine");
}

/// What was written is no export, and lies in nobody's way.
#[test]
fn written_files_are_no_input() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.json"), policy("one", &json!({})).to_string()).unwrap();
    let (input, output) = (folder.path().to_string_lossy().into_owned(), folder.path().join("cedar"));
    let output = output.to_string_lossy().into_owned();
    assert_eq!(run(&[&input, "-o", &output]).status, 0);
    let before = std::fs::read_to_string(folder.path().join("cedar/policies.cedar")).unwrap();
    let again = run(&[&input, "-o", &output, "--force"]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert_eq!(before, std::fs::read_to_string(folder.path().join("cedar/policies.cedar")).unwrap());
}

#[test]
fn what_is_no_export_or_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out").to_string_lossy().into_owned();
    let nothing = run(&["docs", "-o", &output]);
    assert_eq!(nothing.status, 2);
    assert!(nothing.stderr.contains("no Entra configuration was found"), "{}", nothing.stderr);
    let two = run(&[LOGISTICS, CONSULTING, "-o", &output]);
    assert_eq!(two.status, 2);
    assert!(two.stderr.contains("one tenant at a time"), "{}", two.stderr);
    assert!(!Path::new(&output).exists());
}

/// The same decision by the library that by the files, for everybody who may come and every application.
#[test]
fn the_files_decide_as_the_library() {
    let mut loader = Loader::default();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONSULTING)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            loader.file(path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
    let loaded = loader.finish();
    // The readings that the command takes unless it is told others.
    let settled: Settled = [("AM-2", false), ("AM-3", true), ("AM-5", true), ("AM-9", false), ("AM-10", true)]
        .into_iter()
        .chain([("AM-19", false)])
        .collect();
    let compiled = compile(&loaded.tenant, &settled, &Mentions::default()).unwrap();
    let written = written(&[CONSULTING]);
    let (policies, entities, schema) = (written.policies("policies.cedar"), written.entities(), written.schema());
    let own = compiled.policies().unwrap();
    let mut counts: BTreeMap<bool, usize> = BTreeMap::new();
    for person in compiled.world.newcomers.iter().chain(&compiled.entities) {
        if !matches!(person.kind, "ExternalUser" | "InternalUser") {
            continue;
        }
        let mut sign_in = compiled.example().unwrap();
        sign_in.person = person.clone();
        for mfa in [false, true] {
            sign_in.context.insert("brought.home.mfa".to_owned(), guestlist::compile::Datum::Flag(mfa));
            let (request, slice) = compiled.request(&sign_in, Some(&schema)).unwrap();
            let answer = |policies: &PolicySet, entities: &Entities| {
                let response = Authorizer::new().is_authorized(&request, policies, entities);
                let reasons: BTreeSet<String> = response.diagnostics().reason().map(ToString::to_string).collect();
                (response.decision(), reasons)
            };
            let (by_library, by_files) = (answer(&own, &slice), answer(&policies, &entities));
            assert_eq!(by_library, by_files, "{person:?}");
            *counts.entry(by_files.0 == Decision::Allow).or_default() += 1;
        }
    }
    assert_eq!(counts.len(), 2, "some get in and some do not: {counts:?}");
}

fn world() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/semantics/world.md")).unwrap()
}

/// What narrows every sign-in is what the page on it tells, with the same source.
#[test]
fn the_page_tells_every_constraint() {
    let filter = json!({"conditions": {
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
        "devices": {"deviceFilter": {
            "mode": "include",
            "rule": "device.trustType -eq \"ServerAD\" -and device.physicalIds -contains \"[OrderId]:1\"",
        }},
    }});
    let strength = json!({"grantControls": {
        "operator": "OR",
        "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"},
    }});
    let targets = json!({
        "@odata.type": "#microsoft.graph.crossTenantAccessPolicyConfigurationPartner",
        "tenantId": "eeeeeeee-0000-4000-8000-000000000001",
        "b2bCollaborationInbound": {
            "usersAndGroups": {"accessType": "allowed", "targets": [{"target": "eeeeeeee-0000-4000-8000-000000000002", "targetType": "group"}]},
            "applications": {"accessType": "allowed", "targets": [{"target": "AllApplications", "targetType": "application"}]},
        },
    });
    let organization = json!({
        "@odata.type": "#microsoft.graph.connectedOrganization",
        "id": "ffffffff-0000-4000-8000-000000000001",
        "displayName": "a domain",
        "state": "configured",
        "identitySources": [{"@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "a.example", "displayName": "a"}],
    });
    let package = |id: &str, other: &str| {
        let group = "ffffffff-0000-4000-8000-00000000000a";
        json!({
            "@odata.type": "#microsoft.graph.accessPackage", "id": id, "displayName": id,
            "incompatibleAccessPackages": [{"id": other}],
            "resourceRoleScopes": [{
                "role": {"originSystem": "AadGroup", "originId": format!("EligibleMember_{group}"), "resource": {"originId": group, "originSystem": "AadGroup"}},
                "scope": {"originId": group, "originSystem": "AadGroup"},
            }],
        })
    };
    let ids = ["ffffffff-0000-4000-8000-00000000000b", "ffffffff-0000-4000-8000-00000000000c"];
    let packages = json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#identityGovernance/entitlementManagement/accessPackages", "value": [package(ids[0], ids[1]), package(ids[1], ids[0])]});
    let mentions = Mentions { domains: ["a.example", "b.example"].map(str::to_owned).into(), ..Mentions::default() };
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for (folder, lacks) in [(LOGISTICS, None), (CONSULTING, None), (CONSULTING, Some("users.json"))] {
        let mut loader = Loader::default();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json")
                && lacks.is_none_or(|name| !path.ends_with(name))
            {
                loader.file(path.display().to_string(), &std::fs::read(&path).unwrap());
            }
        }
        let mut second = policy("strength", &strength);
        second["id"] = json!("bbbbbbbb-0000-4000-8000-000000000002");
        // Who may activate a role was not exported.
        second["conditions"]["users"]["excludeRoles"] = json!(["62e90394-69f5-4237-9190-012177145e10"]);
        let first = policy("filter", &filter);
        for (name, json) in [
            ("f.json", &first),
            ("s.json", &second),
            ("p.json", &targets),
            ("o.json", &organization),
            ("a.json", &packages),
        ] {
            loader.file(name.to_owned(), json.to_string().as_bytes());
        }
        let loaded = loader.finish();
        let compiled = compile(&loaded.tenant, &Settled::new(), &mentions).unwrap();
        told.extend(compiled.world.constraints.iter().map(|own| (own.says.to_owned(), own.source.to_owned())));
        told.extend(compiled.world.free.iter().map(|own| (own.says.to_owned(), own.source.to_owned())));
    }
    let page = world();
    let rows: BTreeSet<(String, String)> = page
        .lines()
        .filter(|line| line.starts_with("| **W-3.") || line.starts_with("| **W-4."))
        .map(|line| {
            let mut cells = line.split('|').skip(2).map(|cell| cell.trim().to_owned());
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    assert_eq!(told, rows);
}

/// Every number that the page cites is that of a fact, and its own are not given twice.
#[test]
fn the_page_cites_facts_that_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/semantics");
    let mut defined: BTreeSet<String> = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for (at, _) in text.match_indices("**") {
            let id: String =
                text[at + 2..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
            let bold = text[at + 2 + id.len()..].starts_with("**");
            if bold && id.contains('-') && id.ends_with(|c: char| c.is_ascii_digit()) {
                assert!(defined.insert(id.clone()), "{id} is defined twice");
            }
        }
    }
    let page = world();
    let words = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'));
    let prefixes = ["CA-", "XU-", "XT-", "EM-", "LC-", "SI-", "AM-", "W-"];
    let cited = words.map(|word| word.trim_end_matches('.')).filter(|word| {
        prefixes
            .iter()
            .any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| rest.contains('.') || *prefix == "AM-"))
    });
    let missing: Vec<&str> = cited.filter(|word| !defined.contains(*word)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// What the README shows is what the binary says; `cedar` itself is asked through its library.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Read the tenant as Cedar\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (_, command) = section.split_once("-- compile ").unwrap();
    let command = command.lines().next().unwrap();
    let tenant = command.strip_suffix(" -o target/cedar --force").unwrap();
    let written = written(&[tenant]);
    let blocks: Vec<&str> = section.split("```text\n").skip(1).map(|from| from.split("```").next().unwrap()).collect();
    let folder = written.path.display().to_string();
    assert!(written.run.stdout.replace(&folder, "target/cedar").contains(blocks[0]), "{}", written.run.stdout);
    // `request.json` as it was written.
    assert_eq!(blocks.len(), 2);
    let (decision, reasons) = written.authorize("policies.cedar", &written.json("request.json"));
    let word = if decision == Decision::Allow { "ALLOW" } else { "DENY" };
    let told: Vec<String> = reasons.iter().map(|id| format!("  {id}\n")).collect();
    let answer = format!("{word}\n\nnote: this decision was due to the following policies:\n{}", told.concat());
    assert_eq!(blocks[1], answer);
    let mut after = written.json("request.json");
    let principal = "ExternalUser::\"b2bCollaborationGuest of 7c77833f-338f-4aab-b1c8-046a3c6dd345\"";
    assert!(
        section.contains(principal) && section.contains("`context.done.home.mfa` set to true the answer is `ALLOW`")
    );
    after["principal"] = json!(principal);
    after["context"]["done"]["home"]["mfa"] = json!(true);
    assert_eq!(written.authorize("policies.cedar", &after).0, Decision::Allow);
}

/// The page's table of flags is that of the command, and its files are those that are written.
#[test]
fn the_documentation_names_every_flag_and_file() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compile.md")).unwrap();
    let command = guestlist::cli::command();
    let compile = command.find_subcommand("compile").unwrap();
    for argument in compile.get_arguments().filter_map(clap::Arg::get_long).filter(|name| *name != "help") {
        assert!(page.contains(&format!("`--{argument}")), "--{argument}");
    }
    let help = compile.clone().render_long_help().to_string();
    for name in FILES {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
        assert!(help.contains(name), "{name}");
    }
    // Everything that `guestlist` names by itself.
    for tenant in [LOGISTICS, CONSULTING] {
        for policy in written(&[tenant]).policies("policies.cedar").policies() {
            let id = policy.id().to_string();
            let known = policy.annotation("state").is_some()
                || page.contains(&format!("`{id}`"))
                || ["collaboration-", "direct-connect-", "assignment-"].iter().any(|prefix| id.starts_with(prefix));
            assert!(known, "{id}");
        }
    }
}
