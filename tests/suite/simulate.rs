//! `guestlist simulate sign-in` from outside: what a user types, sees and gets as exit status.

use std::path::{Path, PathBuf};

use crate::binary::{CONSULTING, LOGISTICS, Run};

fn run(arguments: &[&str]) -> Run {
    run_with(arguments, None)
}

fn run_with(arguments: &[&str], input: Option<&str>) -> Run {
    crate::binary::run_in(Path::new(crate::binary::ROOT), &[&["simulate", "sign-in"], arguments].concat(), input)
}

const FIXTURE: &str = "testdata/scenarios/fixture.json";
const PARTNER: &str = "--home-tenant=cloud-contractors.example=7c77833f-338f-4aab-b1c8-046a3c6dd345";
/// Conditions that leave nothing open in the bundled tenants.
const ORDINARY: [&str; 2] = ["--client=browser", "--flow=none"];

/// A folder with one more file beside the fixture of the scenarios.
fn beside(json: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policies.json"), json).unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn a_guest_of_the_partner_gets_in_after_multifactor_authentication_at_home() {
    let run = run(&[LOGISTICS, "--user=Priya Raman", "--app=SharePoint", PARTNER, ORDINARY[0], ORDINARY[1]]);
    insta::assert_snapshot!(run.told());
}

/// What the README shows is what the binary says.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Ask what if\n").unwrap();
    let (_, block) = section.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let (_, command) = section.split_once("simulate sign-in ").unwrap();
    let command = command.lines().next().unwrap().replace("Priya Raman", "Priya-Raman");
    let arguments: Vec<String> =
        command.split(' ').map(|word| word.trim_matches('"').replace("Priya-Raman", "Priya Raman")).collect();
    let run = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(run.stdout.contains(shown), "{}", run.told());
}

#[test]
fn a_legacy_client_is_blocked_and_every_reason_is_told() {
    let run = run(&[
        LOGISTICS,
        "--user=tenant:7c77833f-338f-4aab-b1c8-046a3c6dd345",
        "--app=SharePoint",
        "--client=other",
        "--flow=none",
    ]);
    insta::assert_snapshot!(run.told());
}

#[test]
fn what_is_not_known_stays_unknown_and_says_what_would_tell() {
    let run = run(&[LOGISTICS, "--user=Priya Raman", "--app=SharePoint", "--strict"]);
    insta::assert_snapshot!(run.told());
}

#[test]
fn unknown_falls_to_the_side_that_is_assumed() {
    let ask = |side: &str| run(&[LOGISTICS, "--user=Priya Raman", "--app=SharePoint", "--assume", side, "--strict"]);
    let (coverage, reachability) = (ask("coverage"), ask("reachability"));
    assert_eq!((coverage.status, reachability.status), (0, 0));
    let head = |run: &Run| run.stdout.split("\n\npolicies that apply").next().unwrap().to_owned();
    insta::assert_snapshot!(format!("{}\n====\n{}", head(&coverage), head(&reachability)));
}

#[test]
fn somebody_of_this_tenant_goes_out() {
    let user = "--user=amara.nwosu@nordhaven-freight.example";
    let out = "--outbound-to=7c77833f-338f-4aab-b1c8-046a3c6dd345";
    let ask = |channel: &str| run(&[LOGISTICS, user, "--app=Teams", out, channel]).told();
    insta::assert_snapshot!([ask("--channel=collaboration"), ask("--channel=directConnect")].join("\n"));
}

#[test]
fn json_for_machines() {
    let run = run(&[LOGISTICS, "--user=Priya Raman", "--app=SharePoint", PARTNER, ORDINARY[0], "--format=json"]);
    insta::assert_snapshot!(run.told().replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

/// Steps with methods, terms of use by name, alternatives, report-only and off beside; ambiguities with their option.
#[test]
fn controls_in_words() {
    let (_folder, path) = beside(CONTROLS);
    let ask = |who: &str, more: &[&str]| {
        let mut arguments = vec![FIXTURE, path.as_str(), who, "--app=SharePoint"];
        arguments.extend(ORDINARY);
        arguments.extend(more);
        run(&arguments).told()
    };
    let told = [
        ask("--user=gF", &["--claims=mfa", "--device=isCompliant=true,trustType=AzureAD"]),
        ask("--user=one-time-passcode", &[]),
        ask("--user=one-time-passcode", &["--option=strengthForNonEntra=ignored", "-v"]),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

const CONTROLS: &str = r#"{
  "agreements": [{"id": "7e000000-0000-4000-8000-000000000001", "displayName": "Visitors", "isPerDeviceAcceptanceRequired": false}],
  "conditionalAccessPolicies": [
    {"id": "ca000000-0000-4000-8000-000000000001", "displayName": "Terms and a strong method", "state": "enabled",
     "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "AND", "builtInControls": [], "termsOfUse": ["7e000000-0000-4000-8000-000000000001"],
       "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000002"}},
     "sessionControls": {"persistentBrowser": {"mode": "never", "isEnabled": true}}},
    {"id": "ca000000-0000-4000-8000-000000000002", "displayName": "Device, on trial", "state": "enabledForReportingButNotEnforced",
     "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["compliantDevice", "domainJoinedDevice"]}},
    {"id": "ca000000-0000-4000-8000-000000000003", "displayName": "Off for now", "state": "disabled",
     "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["block"]}}
  ]
}"#;

/// One policy that applies, and one for each reason why one does not.
const EVERY_REASON: &str = r##"{
  "namedLocations": [{"@odata.type": "#microsoft.graph.countryNamedLocation", "id": "10000000-0000-4000-8000-000000000001",
    "displayName": "France", "countriesAndRegions": ["FR"], "includeUnknownCountriesAndRegions": false, "countryLookupMethod": "clientIpAddress"}],
  "conditionalAccessPolicies": [
    {"id": "ca000000-0000-4000-8000-000000000001", "#zeta": 1.50, "displayName": "applies \u001b[31m", "state": "enabled", "alpha": null,
	 "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}, "analysisReasons": "users"},
    POLICIES
    {"id": "ca000000-0000-4000-8000-0000000000ff", "displayName": "off", "state": "disabled",
     "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
     "grantControls": {"operator": "OR", "builtInControls": ["block"]}}
  ]
}"##;

fn every_reason() -> String {
    let condition = |name: &str, text: &str| {
        let has = |member: &str| text.contains(member);
        let users =
            if has("\"users\"") || has("clientApplications") { "" } else { r#""users": {"includeUsers": ["All"]}, "# };
        let apps = if has("\"applications\"") { "" } else { r#""applications": {"includeApplications": ["All"]}, "# };
        let clients = if has("clientAppTypes") { "" } else { r#""clientAppTypes": ["all"], "# };
        format!("{{\"displayName\": \"{name}\", \"conditions\": {{{users}{apps}{clients}{text}}}}}")
    };
    let policies = [
        condition("by users", r#""users": {"includeUsers": ["5e000000-0000-4000-8000-000000000010"]}"#),
        condition(
            "by workload",
            r#""clientApplications": {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}"#,
        ),
        condition(
            "by application",
            r#""applications": {"includeApplications": ["00000002-0000-0ff1-ce00-000000000000"]}"#,
        ),
        condition("by action", r#""applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}"#),
        condition("by context", r#""applications": {"includeAuthenticationContextClassReferences": ["c1"]}"#),
        condition("by client", r#""clientAppTypes": ["other"]"#),
        condition("by platform", r#""platforms": {"includePlatforms": ["iOS"]}"#),
        condition("android", r#""platforms": {"includePlatforms": ["android"]}"#),
        condition("by location", r#""locations": {"includeLocations": ["10000000-0000-4000-8000-000000000001"]}"#),
        condition("by device", r#""devices": {"deviceFilter": {"mode": "include", "rule": "device.model -eq \"X\""}}"#),
        condition("by sign-in risk", r#""signInRiskLevels": ["high"]"#),
        condition("low sign-in risk", r#""signInRiskLevels": ["low"]"#),
        condition("by user risk", r#""userRiskLevels": ["high"]"#),
        condition("by insider risk", r#""insiderRiskLevels": "elevated""#),
        condition("by flow", r#""authenticationFlows": {"transferMethods": "deviceCodeFlow"}"#),
        condition("by group", r#""users": {"includeGroups": ["6a000000-0000-4000-8000-0000000000ee"]}"#),
    ];
    let mut text = String::new();
    for (index, policy) in policies.iter().enumerate() {
        let number = format!("ca000000-0000-4000-8000-{:012}", index + 2);
        let rest = r#""state": "enabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}, "#;
        text.push_str(&policy.replacen('{', &format!("{{\"id\": \"{number}\", {rest}"), 1));
        text.push_str(",\r\n");
    }
    EVERY_REASON.replace("POLICIES", &text)
}

fn request(rest: &str) -> String {
    format!(
        r##"{{"signInIdentity": {{"@odata.type": "#microsoft.graph.userSignIn", "userId": "5e000000-0000-4000-8000-000000000001"}},
        "signInContext": {{"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": ["00000003-0000-0ff1-ce00-000000000000"]}}{rest}}}"##
    )
}

#[test]
fn what_if_is_answered_in_both_versions_with_every_reason() {
    let (_folder, path) = beside(&every_reason());
    let ask = |version: &str| run_with(&[FIXTURE, &path, version, "--what-if=-"], Some(&request(""))).told();
    insta::assert_snapshot!([ask("--parity"), ask("--parity=beta")].join("\n"));
}

/// Whole policies as they were exported, member by member, with two members more; nothing that a terminal obeys.
#[test]
fn what_if_gives_whole_policies_in_the_shape_of_the_api() {
    let (_folder, path) = beside(&every_reason());
    let ask = |version: &str, rest: &str| {
        run_with(&[FIXTURE, &path, version, "--format=json", "--what-if=-"], Some(&request(rest)))
    };
    let all = ask("--parity=beta", "").json();
    let value = all["value"].as_array().unwrap();
    assert_eq!(value.len(), 17);
    for policy in value {
        let reason = policy["analysisReasons"].as_str().unwrap();
        assert_eq!(policy["policyApplies"].as_bool().unwrap(), reason == "notSet", "{policy}");
        assert!(policy["conditions"].is_object(), "{policy}");
    }
    let applied = ask("--parity=v1.0", ", \"appliedPoliciesOnly\": true");
    assert!(!applied.stdout.contains('\u{1b}'));
    insta::assert_snapshot!(applied.told());
}

#[test]
fn what_if_takes_any_of_several_applications() {
    let (_folder, path) = beside(&every_reason());
    let both = request("").replace("\"00000003-", "\"797f4846-ba00-4fd7-ba43-dac1f8f63013\", \"00000002-");
    let parity = run_with(&[FIXTURE, &path, "--parity", "--what-if=-"], Some(&both));
    assert!(parity.stdout.contains("applies                by application"), "{}", parity.told());
    let own = run_with(&[FIXTURE, &path, "--format=json", "--what-if=-"], Some(&both)).json();
    let answers = own["answers"].as_array().unwrap();
    let applies = |answer: &serde_json::Value| answer["policies"][3]["applies"].as_str().unwrap().to_owned();
    assert_eq!(answers.iter().map(applies).collect::<Vec<_>>(), ["no", "yes"]);
    // What the request leaves out is not known, where the API takes defaults.
    assert_eq!(answers[0]["policies"][6]["applies"], "unknown");
}

#[test]
fn what_if_believes_what_the_request_says_of_people() {
    let policy = r#"{"id": "ca000000-0000-4000-8000-000000000001", "displayName": "fabrikam", "state": "enabled", "conditions": {
        "clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeGuestsOrExternalUsers": {
        "guestOrExternalUserTypes": "b2bCollaborationMember", "externalTenants": {"@odata.type": "TYPE", "membershipKind": "enumerated",
        "members": ["0f000000-0000-4000-8000-0000000000f0"]}}}}, "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"#;
    let policy = policy.replace("TYPE", "#microsoft.graph.conditionalAccessEnumeratedExternalTenants");
    let (_folder, path) = beside(&policy);
    let ask = |identity: &str| {
        let body = format!("{{\"signInIdentity\": {{{identity}}}}}");
        let run = run_with(&[FIXTURE, &path, "--parity", "--what-if=-"], Some(&body));
        let told = run.stdout.lines().find(|line| line.ends_with("fabrikam")).map(|line| line.trim().to_owned());
        let note = run.stdout.lines().find(|line| line.starts_with("note: ")).unwrap_or("-").to_owned();
        (told.unwrap_or_else(|| run.told()), note)
    };
    let fabrikam = "\"externalTenantId\": \"0f000000-0000-4000-8000-0000000000f0\"";
    let nobody = "\"userId\": \"5e000000-0000-4000-8000-0000000000aa\"";
    let member = "\"externalUserType\": \"b2bCollaborationMember\"";
    insta::assert_debug_snapshot!([
        ask("\"userId\": \"5e000000-0000-4000-8000-000000000001\""),
        ask(&format!("\"userId\": \"5e000000-0000-4000-8000-000000000001\", {member}")),
        ask(&format!("\"userId\": \"5e000000-0000-4000-8000-000000000010\", {member}, {fabrikam}")),
        ask(nobody),
        ask(&format!("{nobody}, {fabrikam}")),
        ask(&format!("{nobody}, {member}, {fabrikam}")),
        ask(member),
        ask(&format!("{member}, {fabrikam}")),
    ]);
}

/// Microsoft's sample of a user action is answered with a policy for all resources; elsewhere that is open (AM-36).
#[test]
fn what_if_takes_user_actions_for_resources() {
    let (_folder, path) = beside(&every_reason());
    let ask = |more: &[&str]| {
        let mut arguments = vec![FIXTURE, &path, "--user=gF", "--user-action=registerSecurityInformation"];
        arguments.extend(more);
        run(&arguments).stdout
    };
    let parity = ask(&["--parity"]);
    assert!(
        parity.contains("applies                by action") && parity.contains("applies                applies"),
        "{parity}"
    );
    let own = ask(&[]);
    assert!(own.contains("application: whether `All` resources takes in user actions is not documented"), "{own}");
}

#[test]
fn what_if_of_a_service_principal_needs_parity() {
    let (_folder, path) = beside(&every_reason());
    let body = r#"{"signInIdentity": {"servicePrincipalId": "5a000000-0000-4000-8000-0000000000bb"}, "appliedPoliciesOnly": true}"#;
    let without = run_with(&[FIXTURE, &path, "--what-if=-"], Some(body));
    let with = run_with(&[FIXTURE, &path, "--parity", "--what-if=-"], Some(body));
    assert_eq!((without.status, with.status), (2, 0));
    insta::assert_snapshot!([without.told(), with.told()].join("\n"));
}

/// A policy whose filter does not parse is undecided, and the problem is told.
#[test]
fn what_cannot_be_read_of_a_policy_stays_open() {
    let (_folder, path) = beside(
        r#"{"id": "ca000000-0000-4000-8000-000000000001", "displayName": "\u202eeslaf \u001b]0;x\u0007", "state": "enabled",
        "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]},
        "devices": {"deviceFilter": {"mode": "exclude", "rule": "device.model -eqq \"X\""}}},
        "grantControls": {"operator": "OR", "builtInControls": ["block"]}}"#,
    );
    let run = run(&[FIXTURE, &path, "--user=gF", "--app=SharePoint", "--client=browser"]);
    for hostile in ['\u{1b}', '\u{202e}', '\u{7}'] {
        assert!(!run.told().contains(hostile), "{hostile:?}");
    }
    insta::assert_snapshot!(run.told().replace(&path, "DIR"));
}

#[test]
fn mistakes_are_explained() {
    let ask = |more: &[&str]| {
        let mut arguments = vec![LOGISTICS];
        arguments.extend(more);
        let run = run(&arguments);
        assert_eq!(run.status, 2, "{more:?}\n{}", run.told());
        assert_eq!(run.stdout, "", "{more:?}");
        format!("$ {}\n{}", more.join(" "), run.stderr)
    };
    let (user, app) = ("--user=Priya Raman", "--app=SharePoint");
    let told = [
        ask(&["--user=Priya Ramen", app]),
        ask(&["--user=tenant:", app]),
        ask(&[user, "--app=SharePiont"]),
        ask(&[user, app, "--ip=198.51.100.300"]),
        ask(&[user, app, "--country=Germany"]),
        ask(&[user, app, "--sign-in-risk=hgih"]),
        ask(&[user, app, "--device=isCompliant=maybe"]),
        ask(&[user, app, "--device=isCompliant=true,compliant"]),
        ask(&[user, app, "--claims=fido"]),
        ask(&[user, app, "--claims=away:mfa"]),
        ask(&[user, app, "--registered-at-home=none,sms"]),
        ask(&[user, app, "--group=Planers"]),
        ask(&[user, app, "--option=allUsers=yes"]),
        ask(&[user, app, "--option=securityDefaultsMfa=perhaps"]),
        ask(&[user, app, "--home-tenant=fabrikam"]),
        ask(&[user, app, "--home-tenant=fabrikam.com=fabrikam"]),
        ask(&[user, app, "--config=no/such.toml"]),
        ask(&["no/such", user, app]),
        ask(&[user, app, "--what-if=no/such.json"]),
        ask(&["--what-if=no/such.json"]),
        ask(&["-", "--what-if=-"]),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let (user, app) = ("--user=Priya Raman", "--app=SharePoint");
    for more in [
        vec![],
        vec![app],
        vec![user, "--what-if=x.json"],
        vec![app, "--what-if=x.json"],
        vec!["--ip=unlisted", "--what-if=x.json"],
        vec![user, app, "--user-action=registerOrJoinDevices"],
        vec![user, "--authentication-context=c1", "--user-action=registerOrJoinDevices"],
        vec![user, app, "--parity", "--assume=coverage"],
        vec![user, app, "--parity", "--option=securityDefaultsMfa=asked"],
        vec![user, app, "--parity", "--strict"],
        vec![user, app, "--parity=v2.0"],
        vec![user, app, "--channel=directConnect"],
        vec![user, "--outbound-to=7c77833f-338f-4aab-b1c8-046a3c6dd345"],
        vec![user, "--scope=openid"],
    ] {
        let mut arguments = vec![LOGISTICS];
        arguments.extend(&more);
        let run = run(&arguments);
        assert_eq!(run.status, 2, "{more:?}\n{}", run.told());
        assert!(run.stderr.contains("--help"), "{more:?}\n{}", run.told());
    }
}

#[test]
fn a_request_is_taken_at_its_word() {
    let ask = |body: &str| {
        let run = run_with(&[LOGISTICS, "--what-if=-"], Some(body));
        assert_eq!(run.status, 2, "{}", run.told());
        run.stderr
    };
    let told = [
        ask("{"),
        ask(&request(", \"signInConditions\": {\"signInRisk\": \"high\"}")),
        ask(&request(", \"signInConditions\": {\"ipAddress\": \"home\"}")),
        ask(&request(", \"signInConditions\": {\"country\": \"Atlantis\"}")),
        ask(&request("").replace("00000003-0000-0ff1-ce00-000000000000", "Office365")),
        ask(&request("").replace("00000003-0000-0ff1-ce00", "00000003-0000-0ff1-ce0f")),
        ask(&request("").replace("includeApplications", "include\u{1b}Applications")),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn nothing_is_answered_from_input_that_cannot_be_read() {
    let ask = |path: &str| {
        let run = run(&[path, "--user=one-time-passcode", "--app=SharePoint"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.told());
        run.stderr
    };
    let told = [
        ask("testdata/broken/truncated.json"),
        ask("testdata/broken/two-tenants"),
        ask("testdata/broken/only-bom.json"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_configuration_names_input_and_home_tenants() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guestlist.toml");
    let tenant = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(CONSULTING);
    let text = format!(
        "inputs = [{:?}]\nselect = [\"not-a-rule-that-matters-here\"]\n[home-tenants]\n\"Brightwater-Advisory.example\" = \"0f000000-0000-4000-8000-0000000000f0\"\n",
        tenant.to_string_lossy()
    );
    std::fs::write(&config, text).unwrap();
    let path = config.to_string_lossy().into_owned();
    let home = |more: &[&str]| {
        let mut arguments = vec!["--config", &path, "--user=Hannah Okafor", "--app=SharePoint", "--format=json"];
        arguments.extend(more);
        run(&arguments).json()["answers"][0]["subject"]["homeTenant"].as_str().unwrap().to_owned()
    };
    assert_eq!(home(&[]), "0f000000-0000-4000-8000-0000000000f0");
    let other = "0e000000-0000-4000-8000-0000000000e0";
    assert_eq!(home(&[&format!("--home-tenant=brightwater-advisory.example={other}")]), other);
}

#[test]
fn the_same_bytes_every_time() {
    for format in ["text", "json"] {
        let arguments = [LOGISTICS, "--user=Priya Raman", "--app=SharePoint", "--format", format];
        assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
    }
}

/// The document's table of flags is that of the command, and its list of options that of the engine.
#[test]
fn the_documentation_names_every_flag_and_option() {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/simulate.md")).unwrap();
    let command = guestlist::cli::command();
    let sign_in = command.find_subcommand("simulate").unwrap().find_subcommand("sign-in").unwrap();
    for argument in sign_in.get_arguments().filter_map(clap::Arg::get_long).filter(|name| *name != "help") {
        assert!(document.contains(&format!("`--{argument}")), "--{argument}");
    }
    for ambiguity in guestlist::access::sign_in::AMBIGUITIES {
        let [first, second] = ambiguity.words;
        let row = format!("| `{}` | `{first}`, `{second}` |", ambiguity.name);
        assert!(document.contains(&row), "{row}");
    }
}
