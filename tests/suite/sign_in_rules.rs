//! Rules on sign-ins, from outside: guardrails and promises, decided on the tenants.

use std::path::Path;

use crate::binary::{AS_OF, CONSULTING, LOGISTICS, Run, run};
use serde_json::Value;

const PACK: &str = "testdata/rules";

fn check(rules: &str, select: &str, more: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["check", "--as-of=2026-11-23", "--format=json", "--rules", rules, "--select", select];
    arguments.extend(more);
    let Run { status, stdout, stderr } = run(&arguments);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    (status, report["tenants"][0].clone())
}

/// What the only rule that was asked came to: its finding, or the reasons why it is not evaluated.
fn outcome(select: &str, tenant: &str) -> (Vec<Value>, Vec<String>) {
    let (_, report) = check(PACK, select, &[tenant]);
    let reasons = report["notEvaluated"].as_array().unwrap().iter();
    let reasons = reasons.map(|entry| entry["reason"].as_str().unwrap().to_owned()).collect();
    (report["findings"].as_array().unwrap().clone(), reasons)
}

#[test]
fn a_guardrail_that_is_broken_is_a_finding_with_its_sign_in() {
    let (findings, reasons) = outcome("external-sign-in-without-mfa", CONSULTING);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(reasons, [""; 0]);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["object"]["type"], "Tenant");
    insta::assert_snapshot!(format!("{}\n{}", finding["message"].as_str().unwrap(), finding["help"].as_str().unwrap()));
}

/// The command in the help shows the sign-in: it lets the person in.
#[test]
fn the_command_shows_the_sign_in() {
    let (findings, _) = outcome("external-sign-in-without-mfa", CONSULTING);
    let help = findings[0]["help"].as_str().unwrap();
    let command = help.split('`').find(|text| text.starts_with("guestlist simulate sign-in")).unwrap();
    let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
    arguments.extend(["--format=json", CONSULTING]);
    let Run { status, stdout, stderr } = run(&arguments);
    assert_eq!(status, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(answer["answers"][0]["verdict"]["kind"], "allow", "{command}\n{stdout}");
}

/// What a shell makes of a printed command, and the verdict that it comes to on a tenant.
fn verdict_of(command: &str, tenant: &str) -> String {
    assert_eq!(command.lines().count(), 1, "{command}");
    let line = command.replacen("guestlist", &format!("'{}'", env!("CARGO_BIN_EXE_guestlist")), 1);
    let line = format!("{line} --format json '{tenant}'");
    let output =
        std::process::Command::new("sh").current_dir(crate::binary::ROOT).args(["-c", &line]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}\n{told}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["answers"][0]["verdict"]["kind"].as_str().unwrap().to_owned()
}

/// The commands of a report, each with whether somebody is let in by what it stands beside.
fn printed(report: &Value) -> Vec<(String, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        let let_in = text(&finding["message"]).contains(" is let in to ");
        let help = text(&finding["help"]);
        let shown = help.split('`').find(|text| text.starts_with("guestlist simulate"));
        // A backtick may stand in a command: what is quoted ends with the sentence.
        let whole = shown.map(|_| help[help.find("`guestlist simulate").unwrap() + 1..].trim_end_matches("` shows it"));
        all.extend(whole.map(|command| (command.to_owned(), let_in)));
        let details = finding["details"].as_array().into_iter().flatten().map(text);
        all.extend(details.filter_map(|line| {
            Some((line.strip_prefix("   ").filter(|own| own.starts_with("guestlist"))?.to_owned(), true))
        }));
    }
    let report_only = report["policies"]["reportOnly"].as_array().into_iter().flatten();
    all.extend(report_only.filter_map(|policy| Some((policy["command"].as_str()?.to_owned(), true))));
    all
}

/// Every command that is printed shows the verdict that it stands beside, over the tenants that come with the project and
/// some that are drawn.
#[test]
fn every_printed_command_shows_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut tenants = vec![CONSULTING.to_owned(), "testdata/formats/combined".to_owned()];
    let mut drawn = Vec::new();
    for seed in 0..DRAWN {
        let mut paths = Vec::new();
        let mut document = crate::draw::document(seed, 6);
        for name in ["old", "new"] {
            let path = folder.path().join(format!("{name}-{seed}.json"));
            std::fs::write(&path, document.to_string()).unwrap();
            paths.push(path.display().to_string());
            if let Some(policies) = document["conditionalAccessPolicies"].as_array_mut() {
                policies.pop();
            }
        }
        tenants.push(paths[0].clone());
        drawn.push(paths);
    }
    let mut shown = 0;
    for tenant in &tenants {
        let arguments = ["check", AS_OF, "--format=json", "--select=sign-ins", tenant];
        let Run { stdout, stderr, .. } = run(&arguments);
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        assert!(!stdout.contains("internal error"), "{tenant}: {stdout}");
        for (command, let_in) in printed(&report["tenants"][0]) {
            let verdict = verdict_of(&command, tenant);
            let expected: &[&str] = if let_in { &["allow", "allowAfter"] } else { &["block"] };
            assert!(expected.contains(&verdict.as_str()), "{tenant}: {verdict}: {command}");
            shown += 1;
        }
    }
    for paths in &drawn {
        let found = run(&["diff", AS_OF, "--select=guests", "--format=json", &paths[0], &paths[1]]);
        assert!(!found.stdout.contains("internal error"), "{paths:?}: {}", found.stdout);
        for (which, side) in [("openedSignIns", &paths[1]), ("closedSignIns", &paths[0])] {
            let sets = found.json()["access"][which]["sets"].as_array().cloned().unwrap_or_default();
            for command in sets.iter().filter_map(|set| set["command"].as_str()) {
                let verdict = verdict_of(command, side);
                assert!(["allow", "allowAfter"].contains(&verdict.as_str()), "{side}: {verdict}: {command}");
                shown += 1;
            }
        }
    }
    assert!(shown > 20, "{shown}");
}

/// How many tenants are drawn for that.
const DRAWN: u64 = 8;

/// Maximal sets of such sign-ins, and which policies come close.
#[test]
fn the_gaps_are_told() {
    let (findings, _) = outcome("external-sign-in-without-mfa", CONSULTING);
    let details: Vec<&str> =
        findings[0]["details"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(details[0].starts_with("1. kind: any but b2bDirectConnectUser"), "{details:?}");
    assert!(details[0].contains("client: any but browser, mobileAppsAndDesktopClients"), "{details:?}");
    assert!(details[1].contains("`Require MFA for guests and external users` (clientApps)"), "{details:?}");
}

#[test]
fn a_guardrail_holds_for_every_possible_sign_in() {
    let (status, report) = check(PACK, "external-sign-in-without-mfa", &["--strict", LOGISTICS]);
    assert_eq!(status, 0, "{report}");
    let held = report["held"].as_array().unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["rule"], "external-sign-in-without-mfa");
    assert_eq!(held[0]["carriedBy"], serde_json::json!(["Require MFA for guests and external users"]));
}

/// A rule that asks about nothing is off: neither held nor not evaluated.
#[test]
fn rules_that_are_off() {
    let (status, report) = check(
        PACK,
        "sign-ins",
        &[
            "--strict",
            "--ignore=stranger-gets-in,strangers-reach-something,graph-without-mfa,consultants-reach-sharepoint,every-consultant-reaches-sharepoint",
            LOGISTICS,
        ],
    );
    assert_eq!(status, 0, "{report}");
    let off = [
        "emergency-account-can-be-locked-out",
        "partner-has-no-way-in",
        "sensitive-application-without-managed-device",
    ];
    assert_eq!(report["off"], serde_json::json!(off));
    assert_eq!(report["held"].as_array().unwrap().len(), 3);
}

/// An application is the object where the rule, or the gap, is about it alone. Names are found whatever their case.
#[test]
fn a_rule_about_one_application() {
    let (findings, _) = outcome("graph-without-mfa", CONSULTING);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding["object"]["type"], "Application");
    assert_eq!(finding["object"]["id"], "00000003-0000-0000-c000-000000000000");
    assert_eq!(finding["place"]["file"], "testdata/tenants/consulting-walkthrough/servicePrincipals.json");
    assert!(finding["message"].as_str().unwrap().starts_with("`Microsoft Graph` opens by other: "), "{finding}");
}

/// A guest of the export may come from anywhere, as far as it tells.
#[test]
fn the_home_tenant_that_nothing_names() {
    let (status, report) = check(PACK, "stranger-gets-in", &["--strict", CONSULTING]);
    assert_eq!((status, report["findings"].as_array().unwrap().len()), (3, 0), "{report}");
    let open = report["notEvaluated"].as_array().unwrap();
    assert!(open.iter().all(|entry| entry["reason"].as_str().unwrap().contains(" it depends on whether ")), "{open:?}");
}

/// Of a guest in the export it is not known where they come from: the reasons say what it depends on and what tells.
#[test]
fn what_is_not_known_is_named() {
    let (_, report) = check(PACK, "consultants-reach-sharepoint", &[CONSULTING]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let open = report["notEvaluated"].as_array().unwrap();
    let told: Vec<&str> = open.iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
    assert!(told.iter().all(|reason| reason.starts_with("for Hannah Okafor it depends on whether ")), "{told:?}");
    assert!(
        told.iter().any(|reason| reason.ends_with("is of connected organization `brightwater-advisory.example`")),
        "{told:?}"
    );
    assert!(open.iter().any(|entry| entry["export"].as_str().is_some_and(|export| export.starts_with("/users?"))));
}

#[test]
fn promises_that_are_broken() {
    let mut told = String::new();
    for rule in ["every-consultant-reaches-sharepoint", "strangers-reach-something"] {
        let (findings, reasons) = outcome(rule, CONSULTING);
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert_eq!(reasons, [""; 0]);
        for part in ["message", "help"] {
            told.push_str(finding[part].as_str().unwrap());
            told.push('\n');
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn rules_that_contradict_each_other() {
    let (findings, reasons) = outcome("stranger-gets-in,strangers-reach-something", CONSULTING);
    assert_eq!(findings.len(), 0);
    let [one, other] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(
        one.starts_with("it contradicts `strangers-reach-something`: both are about the same sign-ins, as "),
        "{one}"
    );
    assert!(other.starts_with("it contradicts `stranger-gets-in`: "), "{other}");
}

/// Whoever can do what is asked for keeps a promise of every sign-in: that is no contradiction to asking for it.
#[test]
fn a_guardrail_that_asks_for_steps_contradicts_no_promise() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "@quantifier(\"every\")\npermit (principal is ExternalUser, action == Action::\"signIn\", resource == Application::\"Microsoft Graph\") when { principal.kind == \"b2bCollaborationGuest\" && principal has homeTenant && principal.homeTenant == \"7c77833f-338f-4aab-b1c8-046a3c6dd345\" && context.client == \"browser\" }";
    let rules = written(folder.path(), rule);
    let (_, report) = check(&rules, "own-rule,external-sign-in-without-mfa", &[LOGISTICS]);
    let reasons = report["notEvaluated"].to_string();
    assert!(!reasons.contains("it contradicts"), "{reasons}");
    let (_, report) = check(&rules, "own-rule,device-code-flow-lets-outsider-in", &[LOGISTICS]);
    let reasons = report["notEvaluated"].to_string();
    assert!(reasons.contains("it contradicts `own-rule`"), "{reasons}");
}

fn ask(rules: &[&str], more: &[&str]) -> Run {
    let mut arguments = vec!["check", "--as-of=2026-11-23"];
    for rule in rules {
        arguments.extend(["--ask", rule]);
    }
    arguments.extend(more);
    run(&arguments)
}

/// What a question about a tenant of the scenarios, with that laid over it, comes to: `violated`, `holds`, or `open` where it
/// is not evaluated; and what is told of the sign-in.
fn asked_of(rule: &str, over: &Value) -> (&'static str, String) {
    let folder = tempfile::tempdir().unwrap();
    let fixture =
        std::fs::read_to_string(Path::new(crate::binary::ROOT).join("testdata/scenarios/fixture.json")).unwrap();
    let mut tenant: Value = serde_json::from_str(&fixture).unwrap();
    for (name, value) in over.as_object().unwrap() {
        tenant[name] = value.clone();
    }
    let path = folder.path().join("tenant.json");
    std::fs::write(&path, tenant.to_string()).unwrap();
    let Run { status, stdout, stderr } =
        run(&["check", "--as-of=2026-11-23", "--format=json", "--ask", rule, path.to_str().unwrap()]);
    assert_ne!(status, 2, "{over}: {stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let report = &report["tenants"][0];
    let of = |list: &str| report[list].as_array().unwrap().iter().find(|entry| entry["rule"] == "asked").cloned();
    match (of("findings"), of("held"), of("notEvaluated")) {
        (Some(finding), ..) => ("violated", finding["message"].as_str().unwrap().to_owned()),
        (_, Some(_), _) => ("holds", String::new()),
        (_, _, Some(open)) => ("open", open["reason"].as_str().unwrap().to_owned()),
        _ => ("nothing", report.to_string()),
    }
}

/// A policy for everybody and everything: its conditions beside these, and its controls.
fn policy(number: u8, mut conditions: Value, grant: &Value) -> Value {
    let over = conditions.as_object_mut().unwrap();
    over.entry("users").or_insert_with(|| serde_json::json!({ "includeUsers": ["All"] }));
    over.entry("applications").or_insert_with(|| serde_json::json!({ "includeApplications": ["All"] }));
    serde_json::json!({
        "id": format!("ca000000-0000-4000-8000-0000000000{number:02}"), "displayName": format!("P{number}"),
        "state": "enabled", "conditions": conditions, "grantControls": grant,
    })
}

/// Where the prover and the plain reading once told something different, the run ended.
#[test]
fn the_prover_and_the_plain_reading_agree() {
    use serde_json::json;
    let mfa = || json!({ "operator": "OR", "builtInControls": ["mfa"] });
    let or_mfa = |control: &str| json!({ "operator": "OR", "builtInControls": [control, "mfa"] });
    let only = |policy: Value| json!({ "conditionalAccessPolicies": [policy] });
    let strength = |combinations: &[&str]| {
        json!({ "operator": "OR", "builtInControls": [], "authenticationStrength":
            { "id": "aa000000-0000-4000-8000-000000000001", "displayName": "Own", "allowedCombinations": combinations } })
    };
    let elsewhere = |ranges: Value| {
        let id = "a1000000-0000-4000-8000-000000000001";
        let locations = json!({ "locations": { "includeLocations": ["All"], "excludeLocations": [id] } });
        json!({
            "conditionalAccessPolicies": [policy(1, locations, &mfa())],
            "namedLocations": [{ "@odata.type": "#microsoft.graph.ipNamedLocation", "id": id, "displayName": "Office",
                "isTrusted": false, "ipRanges": ranges }],
        })
    };
    let cidr = |family: &str, text: &str| json!([{ "@odata.type": format!("#microsoft.graph.{family}CidrRange"), "cidrAddress": text }]);
    let by_device =
        json!({ "devices": { "deviceFilter": { "mode": "exclude", "rule": "device.trustType -eq \"ServerAD\"" } } });
    let mut trusted = only(policy(1, by_device, &json!({ "operator": "OR", "builtInControls": ["block"] })));
    trusted["crossTenantAccessPolicyPartners"] = json!([{ "tenantId": "0f000000-0000-4000-8000-0000000000f0",
        "inboundTrust": { "isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": true },
        "b2bCollaborationInbound": null, "b2bCollaborationOutbound": null, "b2bDirectConnectInbound": null,
        "b2bDirectConnectOutbound": null }]);
    let joined = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) \
                  when { principal.kind != \"serviceProvider\" } unless { context.claims.deviceHybridJoined }";
    for (what, rule, over, expected) in [
        ("approved app or MFA", ASKED_OF_MFA, only(policy(1, json!({}), &or_mfa("approvedApplication"))), "violated"),
        (
            "app protection or MFA",
            ASKED_OF_MFA,
            only(policy(1, json!({}), &or_mfa("compliantApplication"))),
            "violated",
        ),
        ("password change or MFA", ASKED_OF_MFA, only(policy(1, json!({}), &or_mfa("passwordChange"))), "violated"),
        ("hybrid join by filter", joined, trusted, "holds"),
        ("no range", ASKED_OF_MFA, elsewhere(cidr("iPv4", "203.0.113.0/99")), "open"),
        ("IPv4 in IPv6", ASKED_OF_MFA, elsewhere(cidr("iPv6", "::ffff:203.0.113.0/120")), "open"),
        ("all of IPv6", ASKED_OF_MFA, elsewhere(cidr("iPv6", "::/0")), "violated"),
        ("one factor", ASKED_OF_MFA, only(policy(1, json!({}), &strength(&["sms"]))), "violated"),
        ("no factor at all", ASKED_OF_MFA, only(policy(1, json!({}), &strength(&["password"]))), "violated"),
    ] {
        let (came, told) = asked_of(rule, &over);
        assert_eq!(came, expected, "{what}: {told}");
    }
}

/// Nobody brings what nobody can have, or opens what their way in does not lead to.
#[test]
fn what_nobody_can_have_violates_nothing() {
    use serde_json::json;
    let terms = "a9000000-0000-4000-8000-000000000001";
    let asked = |kind: &str, application: &str| {
        format!(
            "forbid (principal is ExternalUser, action == Action::\"signIn\", {application}) when {{ principal.kind == \"{kind}\" }}"
        )
    };
    let grant = json!({ "operator": "OR", "builtInControls": [], "termsOfUse": [terms] });
    let under_terms = |per_device: bool| {
        json!({
            "conditionalAccessPolicies": [policy(1, json!({}), &grant)],
            "agreements": [{ "id": terms, "displayName": "Terms", "isPerDeviceAcceptanceRequired": per_device }],
        })
    };
    let everything = |access: &str| {
        json!({ "usersAndGroups": { "accessType": access, "targets": [{ "target": "AllUsers", "targetType": "user" }] },
            "applications": { "accessType": access, "targets": [{ "target": "AllApplications", "targetType": "application" }] } })
    };
    let channels = json!({ "crossTenantAccessPolicyPartners": [{ "tenantId": "0f000000-0000-4000-8000-0000000000f0",
        "inboundTrust": null, "b2bCollaborationInbound": null, "b2bCollaborationOutbound": null,
        "b2bDirectConnectInbound": everything("allowed"), "b2bDirectConnectOutbound": null }] });
    let direct = "b2bDirectConnectUser";
    for (what, rule, over, expected) in [
        ("terms per device", asked("b2bCollaborationGuest", "resource"), under_terms(true), "holds"),
        ("terms", asked("b2bCollaborationGuest", "resource"), under_terms(false), "violated"),
        ("an application", asked(direct, "resource == Application::\"app-crm\""), channels.clone(), "holds"),
        (
            "a channel",
            asked(direct, "resource == Application::\"Microsoft Teams Services\""),
            channels.clone(),
            "violated",
        ),
        ("Exchange", asked(direct, "resource == Application::\"Office 365 Exchange Online\""), channels, "open"),
    ] {
        let (came, told) = asked_of(&rule, &over);
        assert_eq!(came, expected, "{what}: {told}");
    }
}

/// Who is not here yet has nothing registered: what keeps them from registering leaves them no way in.
#[test]
fn a_promise_of_steps_that_nobody_can_register_for() {
    use serde_json::json;
    let rule = "permit (principal is ExternalUser, action == Action::\"signIn\", \
                resource == Application::\"Office 365 SharePoint Online\") \
                when { principal.kind == \"b2bCollaborationGuest\" && principal.provider == \"entra\" }";
    let mfa = policy(1, json!({}), &json!({ "operator": "OR", "builtInControls": ["mfa"] }));
    let actions = json!({ "applications": { "includeUserActions": ["urn:user:registersecurityinfo"] } });
    let registering =
        |control: &str| policy(2, actions.clone(), &json!({ "operator": "OR", "builtInControls": [control] }));
    let listed = json!({
        "usersAndGroups": { "accessType": "allowed", "targets": [{ "target": "AllUsers", "targetType": "user" }] },
        "applications": { "accessType": "allowed",
            "targets": [{ "target": "00000003-0000-0ff1-ce00-000000000000", "targetType": "application" }] },
    });
    let listed = json!({ "isServiceDefault": false, "b2bCollaborationInbound": listed, "inboundTrust":
        { "isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false } });
    for (what, over, expected) in [
        ("nothing more", json!({ "conditionalAccessPolicies": [mfa] }), "holds"),
        ("blocked", json!({ "conditionalAccessPolicies": [mfa, registering("block")] }), "violated"),
        ("under MFA", json!({ "conditionalAccessPolicies": [mfa, registering("mfa")] }), "holds"),
        (
            "from a managed device",
            json!({ "conditionalAccessPolicies": [mfa, registering("compliantDevice")] }),
            "violated",
        ),
        (
            "not on the list",
            json!({ "conditionalAccessPolicies": [mfa], "crossTenantAccessPolicyDefault": listed }),
            "violated",
        ),
    ] {
        let (came, told) = asked_of(rule, &over);
        assert_eq!(came, expected, "{what}: {told}");
    }
}

/// A combination with a method that is not documented is met by some, or by nobody.
#[test]
fn a_strength_with_a_method_that_is_not_documented() {
    use serde_json::json;
    let strength = |combinations: &[&str]| {
        let grant = json!({ "operator": "OR", "builtInControls": [], "authenticationStrength":
            { "id": "aa000000-0000-4000-8000-000000000001", "displayName": "Own", "allowedCombinations": combinations } });
        let internal = json!({ "includeGuestsOrExternalUsers": { "guestOrExternalUserTypes": "internalGuest" } });
        let others = json!({ "includeUsers": ["All"], "excludeGuestsOrExternalUsers": internal["includeGuestsOrExternalUsers"] });
        let block = json!({ "operator": "OR", "builtInControls": ["block"] });
        json!({ "conditionalAccessPolicies":
            [policy(1, json!({ "users": internal }), &grant), policy(2, json!({ "users": others }), &block)] })
    };
    for (combinations, expected) in [
        (&["password,sms", "unknownFutureValue"][..], "open"),
        (&["unknownFutureValue"], "open"),
        (&["password,sms", "password,palmVein"], "open"),
        (&["password,sms"], "holds"),
        (&["sms", "unknownFutureValue"], "violated"),
    ] {
        let (came, told) = asked_of(ASKED_OF_MFA, &strength(combinations));
        assert_eq!(came, expected, "{combinations:?}: {told}");
    }
}

const ASKED_OF_MFA: &str =
    "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) unless { context.claims.mfa }";

#[test]
fn a_rule_on_the_command_line() {
    let Run { status, stdout: held, .. } = ask(&[ASKED_OF_MFA], &["--strict", LOGISTICS]);
    assert_eq!(status, 0);
    let Run { status, stdout: violated, .. } = ask(&[ASKED_OF_MFA], &[CONSULTING]);
    assert_eq!(status, 1);
    insta::assert_snapshot!(format!("{held}\n{violated}"));
}

#[test]
fn nothing_that_it_is_about_is_possible() {
    let legacy = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { context.client == \"other\" && context.claims.deviceCompliant && principal.provider == \"google\" }";
    let Run { status, stdout: told, .. } = ask(&[legacy], &["--strict", LOGISTICS]);
    assert_eq!(status, 3, "{told}");
    assert!(told.contains("no possible sign-in is one that it is about\n    stops asked\n"), "{told}");
}

#[test]
fn questions_that_are_refused() {
    let guardrail = |condition: &str| format!("forbid ({SCOPE}) when {{ {condition} }}");
    let mut told = String::new();
    for question in [
        guardrail("context.client == \"brwoser\""),
        guardrail("resource has displayName && resource.displayName like \"Office*Online\""),
        guardrail("principal.kind == context.client"),
        "forbid (principal is ExternalUser, action == Action::\"signIn\"".to_owned(),
    ] {
        let Run { status, stdout, stderr } = ask(&[&question], &[LOGISTICS]);
        assert_eq!(status, 2, "{question}\n{stdout}{stderr}");
        told.push_str(&stderr);
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_waiver_covers_a_sign_in_rule() {
    let (_, report) = check(PACK, "external-sign-in-without-mfa", &[CONSULTING]);
    let object = report["findings"][0]["object"]["id"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guestlist.toml");
    let waiver = format!(
        "[[waiver]]\nrule = \"external-sign-in-without-mfa\"\nobject = \"{object}\"\nreason = \"until December\"\nuntil = \"2026-12-31\"\n"
    );
    std::fs::write(&config, waiver).unwrap();
    let more = ["--config", &config.to_string_lossy(), CONSULTING];
    let (status, report) = check(PACK, "external-sign-in-without-mfa", &more);
    assert_eq!((status, report["findings"].as_array().unwrap().len()), (0, 0));
    assert_eq!(report["waived"].as_array().unwrap().len(), 1);
}

#[test]
fn rules_of_a_pack_are_listed_and_shown() {
    let Run { status, stdout, .. } = run(&["rules", "list", "--rules", PACK]);
    assert_eq!(status, 0);
    assert!(stdout.lines().any(|line| line.starts_with("graph-without-mfa ")), "{stdout}");
    let Run { status, stdout, .. } = run(&["rules", "show", "graph-without-mfa", "--rules", PACK]);
    assert_eq!(status, 0);
    assert!(
        stdout.starts_with("# graph-without-mfa\n\n## The rule\n\n```cedar\n@id(\"graph-without-mfa\")"),
        "{stdout}"
    );
    assert_eq!(run(&["rules", "show", "graph-without-mfa"]).status, 2);
}

fn written(folder: &Path, text: &str) -> String {
    let annotations = "@title(\"Own rule\")\n@severity(\"low\")\n@help(\"look\")\n";
    let text = if text.contains("@message") { text.to_owned() } else { format!("@message(\"seen\")\n{text}") };
    std::fs::write(folder.join("own-rule.cedar"), format!("@id(\"own-rule\")\n{annotations}{text};\n")).unwrap();
    folder.to_string_lossy().into_owned()
}

const SCOPE: &str = "principal is ExternalUser, action == Action::\"signIn\", resource";

/// Each with its message and its place.
#[test]
fn packs_that_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = String::new();
    let guardrail = |condition: &str| format!("forbid ({SCOPE}) when {{ {condition} }}");
    for rule in [
        "permit (principal, action == Action::\"govern\", resource is Catalog)".to_owned(),
        "@quantifier(\"some\")\nforbid (principal, action == Action::\"govern\", resource is Catalog)".to_owned(),
        format!("@quantifier(\"every\")\nforbid ({SCOPE})"),
        format!("@quantifier(\"all\")\npermit ({SCOPE})"),
        format!("@at(\"displayName\")\nforbid ({SCOPE})"),
        "forbid (principal, action, resource is Application)".to_owned(),
        format!("@message(\"{{context.claims.nothing}}\")\nforbid ({SCOPE})"),
        "@message(\"{principal.kind}\")\nforbid (principal, action == Action::\"signIn\", resource)".to_owned(),
        guardrail("context.claims has mfa && !context.claims.mfa"),
        guardrail("context.clent == \"browser\""),
        guardrail("context.client == \"brwoser\""),
        guardrail("![\"browser\", \"legacy\"].contains(context.client)"),
        guardrail("context.country != \"de\""),
        guardrail("principal has homeTenant && principal.homeTenant == \"fabrikam.com\""),
        guardrail("resource.appId like \"00000003-*\""),
        guardrail("principal.displayName == \"a guest\""),
        guardrail("Application::\"x\" has displayName"),
        "forbid (principal == ExternalUser::\"x\", action == Action::\"signIn\", resource)".to_owned(),
    ] {
        let rules = written(folder.path(), &rule);
        let Run { status, stdout, stderr } = run(&["check", "--rules", &rules, LOGISTICS]);
        assert_eq!(status, 2, "{rule}\n{stdout}{stderr}");
        told.push_str(&stderr.replace(&*folder.path().to_string_lossy(), "DIR"));
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn names_that_the_export_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    for rule in [
        "forbid (principal is ExternalUser, action == Action::\"signIn\", resource == Application::\"Microsft Graph\")",
        "forbid (principal in ConnectedOrganization::\"Fabrikam\", action == Action::\"signIn\", resource)",
        "forbid (principal is ExternalUser in Group::\"Consulting Engagement Redaers\", action == Action::\"signIn\", resource)",
    ] {
        // In a pack and on the command line alike, and whatever else was selected is evaluated.
        let rules = written(folder.path(), rule);
        let arguments = ["check", AS_OF, "--rules", &rules, "--select=own-rule,guests", CONSULTING];
        let Run { status, stdout, stderr } = run(&arguments);
        assert_eq!(status, 2, "{stdout}{stderr}");
        assert!(stdout.contains("evaluated 3 rules, 1 of them not"), "{stdout}");
        let asked = ask(&[rule], &[CONSULTING]);
        assert_eq!(asked.status, 2, "{}", asked.told());
        let told_of = |text: &str| {
            let told = |line: &&str| line.contains("the export holds no") || line.contains("did you mean");
            text.lines().filter(told).map(|line| line.trim_start_matches([' ', '×']).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told_of(&stderr), told_of(&asked.stderr));
        told.extend(told_of(&stderr));
    }
    assert_eq!(
        told,
        [
            "the export holds no application `Microsft Graph`",
            "help: did you mean `Microsoft Graph`?",
            "the export holds no connected organization `Fabrikam`",
            "the export holds no group `Consulting Engagement Redaers`",
            "help: did you mean `Consulting Engagement Readers`?",
        ]
    );
}

/// What the configuration names and a complete export lacks is a mistake in it; of several tenants one has to hold it.
#[test]
fn names_of_the_configuration_that_the_export_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("guestlist.toml");
    let told = |parameters: &str, more: &[&str]| {
        std::fs::write(&configuration, format!("[parameters]\n{parameters}\n")).unwrap();
        let configuration = configuration.display().to_string();
        let run = run(&[&["check", AS_OF, "--exit-zero", "--config", &configuration], more].concat());
        (run.status, run.stderr)
    };
    let application = "sensitive-applications = [\"5c000000-0000-4000-8000-0000000000ff\"]";
    let (status, stderr) = told(application, &[LOGISTICS]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("`sensitive-applications` of the configuration: no service principal"), "{stderr}");
    let (status, stderr) = told("emergency-accounts = [\"nobody@nowhere.example\"]", &[CONSULTING]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("the emergency account `nobody@nowhere.example` is no user of the export"), "{stderr}");
    let (status, stderr) = told(application, &["--select=guests", LOGISTICS]);
    assert_eq!(status, 0, "{stderr}");
}

/// Somebody may be in a group that a rule names, and then is.
#[test]
fn people_in_groups() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "@message(\"{principal} is let in\")\nforbid (principal is ExternalUser in Group::\"Consulting Engagement Readers\", action == Action::\"signIn\", resource == Application::\"Microsoft Graph\")";
    let (_, report) = check(&written(folder.path(), rule), "own-rule", &[CONSULTING]);
    let finding = &report["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("` in group `Consulting Engagement Readers` is let in: "), "{message}");
    assert!(finding["help"].as_str().unwrap().contains(" --package "), "{finding}");
}

#[test]
fn a_name_of_two_applications_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let another = r#"{ "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals", "value": [
        { "id": "5b000000-0000-4000-8000-000000000001", "appId": "5b000000-0000-4000-8000-00000000000a", "displayName": "Microsoft Graph" } ] }"#;
    let file = folder.path().join("another.json");
    std::fs::write(&file, another).unwrap();
    let arguments = ["check", "--rules", PACK, "--select", "graph-without-mfa", CONSULTING, &file.to_string_lossy()];
    let Run { status, stderr, .. } = run(&arguments);
    assert_eq!(status, 2);
    insta::assert_snapshot!(stderr);
}

/// A policy that takes a managed device in place of multifactor authentication leaves a way in that asks for neither
/// claims nor steps; trying without claims alone would be asked for the first of the two.
#[test]
fn a_choice_of_controls_is_a_way_around() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = folder.path().join("tenant");
    std::fs::create_dir(&tenant).unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONSULTING)).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = if path.ends_with("conditionalAccessPolicies.json") {
            text.replacen("\"mfa\"\n", "\"mfa\", \"compliantDevice\"\n", 1)
        } else {
            text
        };
        std::fs::write(tenant.join(path.file_name().unwrap()), text).unwrap();
    }
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let rule = format!("forbid ({SCOPE}) when {{ context.client == \"browser\" }} unless {{ context.claims.mfa }}");
    let rules = written(&rules, &rule);
    let (_, before) = check(&rules, "own-rule", &[CONSULTING]);
    assert_eq!(before["findings"].as_array().unwrap().len(), 0, "{before}");
    let (_, after) = check(&rules, "own-rule", &[&tenant.to_string_lossy()]);
    let message = after["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("without multifactor authentication, on a compliant device"), "{message}");
}

/// A tenant without its users, in a folder of its own, after a change of the policies.
fn without_users(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(Path::new(crate::binary::ROOT).join(LOGISTICS)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.extension().is_some_and(|extension| extension == "json") && name != "users.json" {
            std::fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    let file = folder.path().join("conditionalAccessPolicies.json");
    let mut policies: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut policies["value"]);
    std::fs::write(file, policies.to_string()).unwrap();
    folder
}

/// What a policy excludes may be a user of whom the export tells nothing: no guarantee without knowing (W-1.14).
#[test]
fn users_whom_the_export_lacks_may_be_excluded() {
    let excluded = "5d4d4ab2-0000-4000-8000-0000000000ee";
    let administrators = "62e90394-69f5-4237-9190-012177145e10";
    let cases = [
        ("excludeUsers", excluded, format!("whether a user who was not exported is {excluded}")),
        ("excludeRoles", administrators, "whether a user who was not exported holds role".to_owned()),
    ];
    for (member, id, reason) in cases {
        let folder = without_users(|policies| {
            for policy in policies.as_array_mut().unwrap() {
                policy["conditions"]["users"][member] = serde_json::json!([id]);
            }
        });
        let (_, report) = check(PACK, "external-sign-in-without-mfa", &[folder.path().to_str().unwrap()]);
        assert_eq!(report["held"].as_array().unwrap().len(), 0, "{report}");
        let open = report["notEvaluated"].as_array().unwrap();
        let told: Vec<&str> = open.iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
        assert!(told.iter().any(|told| told.contains(&reason)), "{told:?}");
        assert!(open.iter().all(|entry| entry["export"].as_str().is_some_and(|export| export.starts_with("/users?"))));
    }
    // Declared emergency accounts are no outsiders; the policies exclude one already.
    let folder = without_users(|policies| {
        policies[0]["conditions"]["users"]["excludeUsers"] = serde_json::json!([excluded]);
    });
    let declared =
        format!("[parameters]\nemergency-accounts = [\"{excluded}\", \"e4631b55-3fde-45b4-a886-904732dce811\"]\n");
    let config = folder.path().join("guestlist.toml");
    std::fs::write(&config, declared).unwrap();
    let arguments = ["--config", config.to_str().unwrap(), folder.path().to_str().unwrap()];
    let (_, report) = check(PACK, "external-sign-in-without-mfa", &arguments);
    assert_eq!(report["held"].as_array().unwrap().len(), 1, "{report}");
}

/// Of Conditional Access alone nobody knows who is let in at all. What breaks a guardrail then is told with what it takes.
#[test]
fn what_breaks_a_guardrail_if_it_is_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = "conditionalAccessPolicies.json";
    std::fs::copy(Path::new(crate::binary::ROOT).join(CONSULTING).join(file), folder.path().join(file)).unwrap();
    let tenant = folder.path().to_str().unwrap();
    let select = ["--select", "external-sign-in-without-mfa", tenant];
    let Run { status, stdout, stderr } =
        run(&[&["check", "--as-of=2026-11-23", "--rules", PACK], &select[..]].concat());
    assert_eq!(status, 3, "{stderr}");
    insta::assert_snapshot!(stdout);
    let (_, report) = check(PACK, "external-sign-in-without-mfa", &[tenant]);
    let [found, ..] = report["brokenIf"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!(found["rule"], "external-sign-in-without-mfa");
    let assumed = found["if"].as_array().unwrap();
    assert!(assumed.iter().all(|own| own["is"].is_boolean() && own["statement"].is_string()), "{found}");
    assert!(found["sets"][0]["text"].as_str().unwrap().starts_with("1. "), "{found}");
}

/// Of policies about the MFA trusted IPs nothing is said: the sign-ins that they are for are not looked at.
#[test]
fn policies_beyond_what_is_looked_at() {
    let folder = without_users(|policies| {
        let policies = policies.as_array_mut().unwrap();
        for (id, member) in [(
            "5d4d4ab2-0000-4000-8000-0000000000c2",
            serde_json::json!({"locations": {
                "includeLocations": ["00000000-0000-0000-0000-000000000000"],
                "excludeLocations": []
            }}),
        )] {
            let mut policy = policies[0].clone();
            policy["id"] = id.into();
            policy["displayName"] = id.into();
            policy["state"] = "enabled".into();
            for (name, value) in member.as_object().unwrap() {
                policy["conditions"][name] = value.clone();
            }
            policies.push(policy);
        }
    });
    let (_, report) = check(PACK, "external-sign-in-without-mfa", &[folder.path().to_str().unwrap()]);
    let policies = &report["policies"];
    assert!(policies["undecided"].is_null(), "{policies}");
    assert!(!policies.to_string().contains("5d4d4ab2-0000-4000-8000-0000000000c1"), "{policies}");
    // There may be trusted IPs (W-1.15), where another policy asks the same.
    assert_eq!(policies["neverApply"], serde_json::json!([]), "{policies}");
}

/// A name that is nobody's makes no promise that is kept.
#[test]
fn emergency_accounts_that_the_export_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guestlist.toml");
    let declare =
        |accounts: &str| std::fs::write(&config, format!("[parameters]\nemergency-accounts = [{accounts}]\n"));
    let reasons = |tenant: &str| {
        let arguments = ["--config", config.to_str().unwrap(), tenant];
        let (_, report) = check(PACK, "emergency-account-can-be-locked-out", &arguments);
        let open = report["notEvaluated"].as_array().unwrap().iter();
        let open = open.map(|entry| (entry["reason"].as_str().unwrap().to_owned(), entry["export"].is_string()));
        (report["held"].as_array().unwrap().len(), open.collect::<Vec<_>>())
    };
    let known = "\"e4631b55-3fde-45b4-a886-904732dce811\"";
    declare(known).unwrap();
    assert_eq!(reasons(LOGISTICS), (1, vec![]));
    declare(&format!("{known}, \"nobody@nordhaven.example\"")).unwrap();
    let nobody = "the emergency account `nobody@nordhaven.example` is no user of the export".to_owned();
    assert_eq!(reasons(LOGISTICS), (0, vec![(nobody, false)]));
    declare(known).unwrap();
    let lacks = without_users(|_| ());
    let unknown = "the emergency account `e4631b55-3fde-45b4-a886-904732dce811` is no user of the export".to_owned();
    assert_eq!(reasons(lacks.path().to_str().unwrap()), (0, vec![(unknown, true)]));
}

/// Whom the rule of a group takes in is in every group that holds it (CA-2.7).
#[test]
fn a_dynamic_group_within_a_group_that_is_excluded() {
    let folder = without_users(|policies| {
        for policy in policies.as_array_mut().unwrap() {
            policy["conditions"]["users"]["excludeGroups"] =
                serde_json::json!(["5d4d4ab2-0000-4000-8000-0000000000a1"]);
        }
    });
    let users = Path::new(crate::binary::ROOT).join(LOGISTICS).join("users.json");
    std::fs::copy(users, folder.path().join("users.json")).unwrap();
    let file = folder.path().join("groups.json");
    let mut groups: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let (outer, inner) = ("5d4d4ab2-0000-4000-8000-0000000000a1", "5d4d4ab2-0000-4000-8000-0000000000a2");
    let member = serde_json::json!([{"@odata.type": "#microsoft.graph.group", "id": inner}]);
    for (id, rule, members) in
        [(outer, Value::Null, member), (inner, Value::from("(user.userType -eq \"Guest\")"), serde_json::json!([]))]
    {
        let kinds = if rule.is_null() { serde_json::json!([]) } else { serde_json::json!(["DynamicMembership"]) };
        groups["value"].as_array_mut().unwrap().push(serde_json::json!({
            "id": id, "displayName": id, "groupTypes": kinds, "securityEnabled": true, "mailEnabled": false,
            "membershipRule": rule, "membershipRuleProcessingState": "On", "members": members,
        }));
    }
    std::fs::write(&file, groups.to_string()).unwrap();
    let (_, report) = check(PACK, "external-sign-in-without-mfa", &[folder.path().to_str().unwrap()]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report}");
    let held = report["held"].as_array().unwrap();
    assert_eq!(held.len(), 0, "{report}");
}

/// A tenant by its parts, and what a rule comes to there.
fn come_to(parts: &Value, question: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.json");
    std::fs::write(&file, parts.to_string()).unwrap();
    let found = ask(&[question], &["--format=json", &file.to_string_lossy()]);
    assert!(!found.stdout.contains("internal error"), "{}", found.told());
    (found.status, found.json()["tenants"][0].clone())
}

const NO_MFA: &str =
    "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) unless { context.claims.mfa };";

fn setting() -> Value {
    let all = |what: &str, kind: &str| serde_json::json!({"accessType": "allowed", "targets": [{"target": what, "targetType": kind}]});
    serde_json::json!({"usersAndGroups": all("AllUsers", "user"), "applications": all("AllApplications", "application")})
}

/// A complete export in which people from outside are let in, with one policy.
fn complete(conditions: &Value, controls: &Value) -> Value {
    serde_json::json!({
        "crossTenantAccessPolicyDefault": {"b2bCollaborationInbound": setting(), "b2bDirectConnectInbound": setting(),
            "inboundTrust": {"isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false}},
        "crossTenantAccessPolicyPartners": [], "identitySecurityDefaultsEnforcementPolicy": {"isEnabled": false},
        "conditionalAccessPolicies": [{"id": "a1000000-0000-4000-8000-000000000001", "displayName": "MFA", "state": "enabled",
            "conditions": conditions, "grantControls": controls}],
        "users": [], "groups": [], "servicePrincipals": [], "accessPackages": [], "namedLocations": [],
    })
}

/// Whoever comes from a partner that was not exported is nobody else: they are told, and no command pretends to show one.
#[test]
fn a_partner_that_was_not_exported_is_told_as_such() {
    let conditions = serde_json::json!({"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]},
        "users": {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest",
            "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
                "membershipKind": "enumerated", "members": ["0f100000-0000-4000-8000-000000000001"]}}}});
    let mut tenant = complete(&conditions, &serde_json::json!({"operator": "OR", "builtInControls": ["mfa"]}));
    let unseen = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { principal.kind == \"b2bCollaborationMember\" };";
    for partners in [true, false] {
        if !partners {
            tenant.as_object_mut().unwrap().remove("crossTenantAccessPolicyPartners");
        }
        for question in [NO_MFA, unseen] {
            let (status, report) = come_to(&tenant, question);
            assert!([1, 3].contains(&status), "{report}");
            assert!(!report.to_string().contains(":partner-not-exported"), "{report}");
        }
    }
}

/// An application that a list, a policy or a setting names may have no service principal: it is told all the same.
#[test]
fn applications_without_service_principal_are_told() {
    let own = "5c000000-0000-4000-8000-00000000000c";
    for (included, excluded) in [
        (vec!["Office365"], vec![]),
        (vec!["All"], vec!["Office365"]),
        (vec!["All"], vec![own]),
        (vec!["MicrosoftAdminPortals"], vec![]),
        (vec![own], vec![]),
    ] {
        let conditions = serde_json::json!({"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": included, "excludeApplications": excluded}});
        let mut tenant = complete(&conditions, &serde_json::json!({"operator": "OR", "builtInControls": ["mfa"]}));
        for partner in [
            serde_json::json!([]),
            serde_json::json!([{"tenantId": "0f100000-0000-4000-8000-000000000002",
            "b2bCollaborationInbound": {"usersAndGroups": setting()["usersAndGroups"], "applications": {"accessType": "blocked",
                "targets": [{"target": "Office365", "targetType": "application"}, {"target": own, "targetType": "application"}]}}}]),
        ] {
            tenant["crossTenantAccessPolicyPartners"] = partner;
            let (status, report) = come_to(&tenant, NO_MFA);
            assert_eq!(status, 1, "{included:?} {excluded:?}: {report}");
        }
    }
    // What a report-only policy about user actions would change.
    let actions = serde_json::json!({"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
        "applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}});
    let mut tenant = complete(&actions, &serde_json::json!({"operator": "OR", "builtInControls": ["block"]}));
    tenant["conditionalAccessPolicies"][0]["state"] = "enabledForReportingButNotEnforced".into();
    let (_, report) = come_to(&tenant, NO_MFA);
    assert_eq!(report["policies"]["undecided"], Value::Null, "{report}");
}

/// Names and ids of an export never meet words of ours.
#[test]
fn what_an_export_calls_like_a_word_of_ours_is_something_else() {
    let conditions = serde_json::json!({"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"], "excludeApplications": ["5d000000-0000-4000-8000-00000000000d"]}});
    let mut tenant = complete(&conditions, &serde_json::json!({"operator": "OR", "builtInControls": ["mfa"]}));
    let named = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { resource has displayName && resource.appId == \"5d000000-0000-4000-8000-00000000000d\" };";
    for (app, name) in [
        ("5d000000-0000-4000-8000-00000000000d", "Ledger"),
        ("5d000000-0000-4000-8000-00000000000d", "any other application"),
        ("5d000000-0000-4000-8000-00000000000d", "any-other-application"),
        ("5d000000-0000-4000-8000-00000000000d", "5d000000-0000-4000-8000-00000000000d"),
    ] {
        tenant["servicePrincipals"] = serde_json::json!([
            {"id": "5e000000-0000-4000-8000-00000000000e", "appId": app, "displayName": name, "accountEnabled": true, "appRoleAssignmentRequired": false},
            {"id": "5e000000-0000-4000-8000-00000000000f", "appId": "any-other-application", "displayName": "Odd", "accountEnabled": true, "appRoleAssignmentRequired": false},
        ]);
        let (status, report) = come_to(&tenant, named);
        assert_eq!(status, 1, "{name}: {report}");
        assert!(report["findings"][0]["message"].as_str().unwrap().contains(&format!("`{name}`")), "{report}");
    }
}

/// `google` is no social provider that Graph documents for a connected organization: nobody can tell whom it takes in.
#[test]
fn a_social_source_that_is_not_documented_is_not_guessed() {
    let conditions = serde_json::json!({"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]}});
    let mut tenant = complete(&conditions, &serde_json::json!({"operator": "OR", "builtInControls": ["mfa"]}));
    for (kind, status) in [("google", 3), ("unknownFutureValue", 3), ("facebook", 1)] {
        tenant["connectedOrganizations"] = serde_json::json!([{"id": "c1000000-0000-4000-8000-000000000001",
            "displayName": "Volunteers", "state": "configured", "identitySources": [
                {"@odata.type": "#microsoft.graph.socialIdentitySource", "displayName": "S", "socialIdentitySourceType": kind}]}]);
        let question = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { principal.provider == \"facebook\" || principal.provider == \"google\" } unless { principal in ConnectedOrganization::\"Volunteers\" };";
        let (found, report) = come_to(&tenant, question);
        assert_eq!(found, status, "{kind}: {report}");
    }
}

/// The tenant of the fixtures after changes, each of a file.
fn changed(changes: &[(&str, &dyn Fn(&mut Value))]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(Path::new(crate::binary::ROOT).join(LOGISTICS)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for (name, change) in changes {
        let file = folder.path().join(name);
        let mut value: Value =
            std::fs::read(&file).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
        change(&mut value);
        std::fs::write(file, value.to_string()).unwrap();
    }
    folder
}

const ADMINISTRATORS: &str = "62e90394-69f5-4237-9190-012177145e10";
const TEAM: &str = "a3846274-6892-4473-b766-ca85187904c8";
const PARTNER: &str = "7c77833f-338f-4aab-b1c8-046a3c6dd345";
const PRIYA: &str = "265aad9d-9891-4efe-bf2e-a35374d7a291";

/// The users of a policy for one group or role, as Graph writes them.
fn users(member: &str, id: &str) -> Value {
    let mut users = serde_json::json!({
        "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [],
        "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
    });
    users[member] = serde_json::json!([id]);
    users
}

/// No access package puts anybody into a group.
const NO_PACKAGES: [(&str, &dyn Fn(&mut Value)); 3] =
    [("accessPackages.json", &emptied), ("assignmentPolicies.json", &emptied), ("assignments.json", &emptied)];

fn emptied(file: &mut Value) {
    file["value"] = serde_json::json!([]);
}

fn everybodys(member: &'static str, id: &'static str) -> impl Fn(&mut Value) {
    move |policies| {
        for policy in policies["value"].as_array_mut().unwrap() {
            policy["conditions"]["users"][member] = serde_json::json!([id]);
        }
    }
}

/// How many findings, how many rules that hold, and what to export for those that are not evaluated.
fn came_to(report: &Value) -> (usize, usize, Vec<&str>) {
    let count = |name: &str| report[name].as_array().unwrap().len();
    let open = report["notEvaluated"].as_array().unwrap().iter();
    let mut exports: Vec<&str> = open.map(|entry| entry["export"].as_str().unwrap_or_default()).collect();
    exports.sort_unstable();
    exports.dedup();
    (count("findings"), count("held"), exports)
}

/// The command in the help of the only finding lets the person in.
#[track_caller]
fn shows(report: &Value, tenant: &str, option: &str) {
    let help = report["findings"][0]["help"].as_str().unwrap();
    let command = help.split('`').find(|text| text.starts_with("guestlist simulate sign-in")).unwrap();
    assert!(command.contains(option), "{command}");
    let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let home = format!("--home-tenant=cloud-contractors.example={PARTNER}");
    arguments.extend(["--format=json", &home, tenant]);
    let Run { stdout, stderr, .. } = run(&arguments);
    let answer: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!(answer["answers"][0]["verdict"]["kind"], "allow", "{command}\n{stdout}");
}

/// Whoever may activate a role, or membership of a group, is in it whenever they like (CA-2.46 to CA-2.49).
#[test]
fn what_people_activate() {
    let role = |scope: &'static str, holder: &'static str| {
        move |file: &mut Value| {
            *file = serde_json::json!({
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleEligibilityScheduleInstances",
                "value": [{"id": "e1", "principalId": holder, "roleDefinitionId": ADMINISTRATORS,
                    "directoryScopeId": scope, "memberType": "Direct", "endDateTime": null}],
            });
        }
    };
    let nobody = |file: &mut Value| {
        *file = serde_json::json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleEligibilityScheduleInstances",
            "value": [],
        });
    };
    let group = |access: &'static str| {
        move |file: &mut Value| {
            *file = serde_json::json!({
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
                "value": [{"id": "e2", "principalId": PRIYA, "groupId": TEAM, "accessId": access, "memberType": "direct",
                    "eligibilityScheduleId": "s2"}],
            });
        }
    };
    let without_priya = |file: &mut Value| {
        for group in file["value"].as_array_mut().unwrap() {
            group["members"] = serde_json::json!([]);
        }
    };
    let holds_role = |file: &mut Value| {
        let mut another = file["value"][0].clone();
        another["id"] = "of the team".into();
        another["principalId"] = TEAM.into();
        another["principal"] = Value::Null;
        file["value"].as_array_mut().unwrap().push(another);
    };
    let excludes_role = everybodys("excludeRoles", ADMINISTRATORS);
    let excludes_team = everybodys("excludeGroups", TEAM);
    let roles = "roleEligibilityScheduleInstances.json";
    let (policies, groups) = ("conditionalAccessPolicies.json", "groups.json");
    let of = |changes: &[(&str, &dyn Fn(&mut Value))]| {
        let folder = changed(&[changes, &NO_PACKAGES].concat());
        let tenant = folder.path().to_str().unwrap().to_owned();
        let config = folder.path().join("guestlist.toml");
        std::fs::write(&config, format!("[home-tenants]\n\"cloud-contractors.example\" = \"{PARTNER}\"\n")).unwrap();
        let arguments = ["--config", config.to_str().unwrap(), &tenant];
        let (_, report) = check(PACK, "external-sign-in-without-mfa", &arguments);
        (folder, tenant, report)
    };

    let (_folder, tenant, report) = of(&[(policies, &excludes_role), (roles, &role("/", PRIYA))]);
    assert_eq!(came_to(&report), (1, 0, vec![]), "{report}");
    shows(&report, &tenant, &format!("--role {ADMINISTRATORS}"));
    let (.., report) = of(&[(policies, &excludes_role), (roles, &role("/administrativeUnits/1", PRIYA))]);
    assert_eq!(came_to(&report), (0, 1, vec![]), "{report}");
    let (.., report) = of(&[(policies, &excludes_role), (roles, &nobody)]);
    assert_eq!(came_to(&report), (0, 1, vec![]), "{report}");
    let (.., report) = of(&[(policies, &excludes_role)]);
    let export = "/roleManagement/directory/roleEligibilityScheduleInstances";
    assert_eq!(came_to(&report), (0, 0, vec![export]), "{report}");
    // Through a group: whose members may activate the role, and that holds it for whoever activates membership.
    let (.., report) = of(&[(policies, &excludes_role), (roles, &role("/", TEAM))]);
    assert_eq!(came_to(&report), (1, 0, vec![]), "{report}");
    let by_group = [
        (policies, &excludes_role as &dyn Fn(&mut Value)),
        (roles, &nobody),
        (groups, &without_priya),
        ("roleAssignments.json", &holds_role),
    ];
    let (.., report) = of(&by_group);
    assert_eq!(came_to(&report), (0, 1, vec![]), "{report}");
    let member = group("member");
    let (.., report) = of(&[&by_group[..], &[("privileged.json", &member as &dyn Fn(&mut Value))]].concat());
    assert_eq!(came_to(&report), (1, 0, vec![]), "{report}");

    let of_group = |access: &'static str| {
        of(&[(policies, &excludes_team), (groups, &without_priya), ("privileged.json", &group(access))])
    };
    let (_folder, tenant, report) = of_group("member");
    assert_eq!(came_to(&report), (1, 0, vec![]), "{report}");
    shows(&report, &tenant, &format!("--group {TEAM}"));
    let (.., report) = of_group("owner");
    assert_eq!(came_to(&report), (0, 1, vec![]), "{report}");
}

/// A policy for a role that people have to activate is met by whoever has done so.
#[test]
fn a_policy_for_those_who_activate_a_role() {
    let about_role = |policies: &mut Value| {
        let mut another = policies["value"][0].clone();
        another["id"] = "5d4d4ab2-0000-4000-8000-0000000000d1".into();
        another["displayName"] = "Readers use passkeys".into();
        another["conditions"]["users"] = users("includeRoles", "f2ef992c-3afb-46b9-b7cf-a126ee74c451");
        policies["value"].as_array_mut().unwrap().push(another);
    };
    let eligible = |holder: Option<&'static str>| {
        move |file: &mut Value| {
            let all: Vec<Value> = holder
                .iter()
                .map(|holder| {
                    serde_json::json!({"id": "e1", "principalId": holder, "directoryScopeId": "/", "memberType": "Direct",
                        "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"})
                })
                .collect();
            *file = serde_json::json!({"roleEligibilityScheduleInstances": all});
        }
    };
    let never = |holder: Option<&'static str>| {
        let folder = changed(&[("conditionalAccessPolicies.json", &about_role), ("eligible.json", &eligible(holder))]);
        let (_, report) = check(PACK, "external-sign-in-without-mfa", &[folder.path().to_str().unwrap()]);
        report["policies"]["neverApply"].to_string().contains("Readers use passkeys")
    };
    assert!(never(None));
    assert!(!never(Some("c86308a3-429b-4def-959c-11d466f6d437")));
}

/// Newcomers are in a dynamic group if its rule is processed and takes them in (CA-2.40 to CA-2.44).
#[test]
fn dynamic_groups_in_every_state() {
    let for_group = |policies: &mut Value| {
        let policies = policies["value"].as_array_mut().unwrap();
        policies.retain(|policy| policy["displayName"] != "Require MFA for all users");
        policies[0]["conditions"]["users"] = users("includeGroups", TEAM);
    };
    let group = |kinds: &'static [&'static str], rule: &'static str, state: Option<&'static str>| {
        move |groups: &mut Value| {
            let group = &mut groups["value"][0];
            group["groupTypes"] = serde_json::json!(kinds);
            group["membershipRule"] = rule.into();
            let guest = |id: &str| serde_json::json!({"@odata.type": "#microsoft.graph.user", "id": id});
            let guests = [PRIYA, "ce3bdd3e-61ea-4d36-9c64-19b18d885add", "0b2f5280-909a-4792-95cb-93899543cba6"];
            group["members"] = guests.map(guest).to_vec().into();
            match state {
                Some(state) => group["membershipRuleProcessingState"] = state.into(),
                None => {
                    group.as_object_mut().unwrap().remove("membershipRuleProcessingState");
                }
            }
        }
    };
    let rule = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) \
                when { principal.kind == \"b2bCollaborationGuest\" } unless { context.claims.mfa };";
    let guests = "(user.userType -eq \"Guest\") and (user.accountEnabled -eq true)";
    let dynamic: &[&str] = &["DynamicMembership"];
    for (kinds, text, state, findings, held, open) in [
        (dynamic, guests, Some("On"), 0, 1, 0),
        (dynamic, guests, Some("Paused"), 1, 0, 0),
        (dynamic, guests, Some("Resting"), 0, 0, 1),
        (dynamic, guests, None, 0, 0, 1),
        (&[], guests, Some("On"), 1, 0, 0),
        (dynamic, "user.userType -ne \"Guest\"", Some("On"), 1, 0, 0),
        (dynamic, "user.department -eq \"Dispatch\"", Some("On"), 0, 0, 1),
    ] {
        let folder =
            changed(&[("conditionalAccessPolicies.json", &for_group), ("groups.json", &group(kinds, text, state))]);
        let Run { stdout, stderr, .. } =
            run(&["check", "--as-of=2026-11-23", "--format=json", "--ask", rule, folder.path().to_str().unwrap()]);
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        let (found, holds, exports) = came_to(&report["tenants"][0]);
        assert_eq!((found, holds, exports.len()), (findings, held, open), "{kinds:?} {text} {state:?}: {report}");
    }
}

/// Whoever a dynamic group takes in is assigned to what the group is assigned to (SI-1.16).
#[test]
fn an_application_that_a_dynamic_group_is_assigned_to() {
    let payroll = |principals: &mut Value| {
        let mut another = principals["value"][0].clone();
        another["id"] = "5d4d4ab2-0000-4000-8000-0000000000f0".into();
        another["appId"] = "5d4d4ab2-0000-4000-8000-0000000000f1".into();
        another["displayName"] = "Payroll".into();
        another["appOwnerOrganizationId"] = Value::Null;
        another["appRoleAssignmentRequired"] = true.into();
        another["appRoleAssignedTo"] = serde_json::json!([{"id": "a1", "principalId": TEAM, "principalType": "Group",
            "resourceId": another["id"], "appRoleId": "00000000-0000-0000-0000-000000000000"}]);
        principals["value"].as_array_mut().unwrap().push(another);
    };
    let rule =
        "forbid (principal is ExternalUser, action == Action::\"signIn\", resource == Application::\"Payroll\");";
    for (state, findings, held) in [("On", 1, 0), ("Paused", 0, 1)] {
        let group = |groups: &mut Value| {
            let group = &mut groups["value"][0];
            group["groupTypes"] = serde_json::json!(["DynamicMembership"]);
            group["membershipRule"] = "user.userType -eq \"Guest\"".into();
            group["membershipRuleProcessingState"] = state.into();
            group["members"] = serde_json::json!([]);
        };
        let changes = [("servicePrincipals.json", &payroll as &dyn Fn(&mut Value)), ("groups.json", &group)];
        let folder = changed(&[&changes[..], &NO_PACKAGES].concat());
        let Run { stdout, stderr, .. } =
            run(&["check", "--as-of=2026-11-23", "--format=json", "--ask", rule, folder.path().to_str().unwrap()]);
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        let (found, holds, _) = came_to(&report["tenants"][0]);
        assert_eq!((found, holds), (findings, held), "{state}: {report}");
    }
}

/// CA-6.4: a named location that could not be read may be trusted, and whoever is there is in `AllTrusted`.
#[test]
fn a_location_that_cannot_be_read_may_be_trusted() {
    let range =
        |address: Value| serde_json::json!([{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": address}]);
    let location = |more: &[(&str, Value)]| {
        let mut own = serde_json::json!({
            "@odata.type": "#microsoft.graph.ipNamedLocation", "id": "0b4d4ab2-0000-4000-8000-0000000000b1",
            "displayName": "Headquarters", "isTrusted": false, "ipRanges": range("192.0.2.0/24".into()),
        });
        own.as_object_mut().unwrap().extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        move |locations: &mut Value| locations["value"] = serde_json::json!([own.clone()])
    };
    // One policy for whoever is nowhere trusted, and one for the MFA trusted IPs, of which no export tells.
    let outside = |policies: &mut Value| {
        let all = policies["value"].as_array_mut().unwrap();
        all.retain(|policy| policy["displayName"] == "Require MFA for guests and external users");
        let mut on_trusted_ips = all[0].clone();
        all[0]["conditions"]["locations"] =
            serde_json::json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]});
        on_trusted_ips["id"] = "3f0e0d0c-0b0a-4900-8807-0605040302f1".into();
        on_trusted_ips["conditions"]["locations"] = serde_json::json!({
            "includeLocations": ["00000000-0000-0000-0000-000000000000"], "excludeLocations": []
        });
        all.push(on_trusted_ips);
    };
    let asked = |more: &[(&str, Value)]| {
        let location = location(more);
        let folder = changed(&[
            ("namedLocations.json", &location as &dyn Fn(&mut Value)),
            ("conditionalAccessPolicies.json", &outside),
        ]);
        let path = folder.path().to_str().unwrap().to_owned();
        let rule = "forbid (principal is ExternalUser, action == Action::\"signIn\", resource) when { context.client == \"browser\" } unless { context.claims.mfa };";
        let Run { stdout, stderr, .. } = run(&["check", AS_OF, "--format=json", "--ask", rule, &path]);
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        let (found, held, _) = came_to(&report["tenants"][0]);
        (found, held)
    };
    assert_eq!(asked(&[]), (0, 1));
    assert_eq!(asked(&[("isTrusted", true.into())]), (1, 0));
    for more in [
        [("ipRanges", range(Value::Null))].as_slice(),
        &[("@odata.type", "#microsoft.graph.asnNamedLocation".into())],
        &[("isTrusted", "yes".into())],
        &[("inventedMember", 1.into())],
    ] {
        assert_eq!(asked(more), (0, 0), "{more:?}");
    }
}
