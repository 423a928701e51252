//! `guestlist test` from outside, and the schema that editors hold scenario files against.

use std::fmt::Write as _;
use std::path::Path;

use crate::binary::{ROOT, Run};
use guestlist::source::{to_json, toml_to_json};
use serde_json::Value;

fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    crate::binary::run_in(folder, &[&["test"], arguments].concat(), None)
}

/// A folder with the fixture of the scenarios and these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(ROOT).join("testdata/scenarios/fixture.json");
    std::fs::copy(fixture, folder.path().join("fixture.json")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What comes of one file.
fn of(name: &str, text: &str) -> Run {
    let folder = folder(&[(name, text)]);
    run_in(folder.path(), &[name])
}

/// Policies to lay over, and what the cases of this file share.
const HEAD: &str = r"title: Differences
tenant: fixture.json
definitions:
  everything: &everything {includeApplications: [All]}
  guests: &guests {includeUsers: [GuestsOrExternalUsers]}
  mfa: &mfa
    id: ca000000-0000-4000-8000-000000000001
    displayName: P_mfa
    state: enabled
    conditions: {clientAppTypes: [all], applications: *everything, users: *guests}
    grantControls: {operator: OR, builtInControls: [mfa]}
  abroad: &abroad
    id: ca000000-0000-4000-8000-000000000002
    displayName: P_risk
    state: enabled
    conditions: {clientAppTypes: [all], applications: *everything, users: *guests, signInRiskLevels: [high]}
    grantControls: {operator: OR, builtInControls: [block]}
  report: &report
    id: ca000000-0000-4000-8000-000000000003
    displayName: P_report
    state: enabledForReportingButNotEnforced
    conditions: {clientAppTypes: [all], applications: *everything, users: *guests}
    grantControls: {operator: OR, builtInControls: [mfa]}
  strong: &strong
    id: ca000000-0000-4000-8000-000000000004
    displayName: P_strong
    state: enabled
    conditions: {clientAppTypes: [all], applications: *everything, users: *guests}
    grantControls:
      operator: OR
      builtInControls: []
      authenticationStrength: {id: 00000000-0000-0000-0000-000000000004, displayName: Phishing-resistant MFA}
  trust: &trust
    tenantId: 0f000000-0000-4000-8000-0000000000f0
    inboundTrust: {isMfaAccepted: true, isCompliantDeviceAccepted: false, isHybridAzureADJoinedDeviceAccepted: false}
    b2bCollaborationInbound: null
    b2bCollaborationOutbound: null
    b2bDirectConnectInbound: null
    b2bDirectConnectOutbound: null
  session: &session
    id: ca000000-0000-4000-8000-000000000005
    displayName: P_session
    state: enabled
    conditions: {clientAppTypes: [all], applications: *everything, users: *guests}
    sessionControls:
      signInFrequency: {isEnabled: true, type: hours, value: 8, frequencyInterval: timeBased, authenticationType: primaryAndSecondaryAuthentication}
user: gF
app: SharePoint
when: {client: browser, ip: 198.51.100.10, country: US, platform: windows, device: unregistered, signInRisk: none, userRisk: none, insiderRisk: none, flow: none}
cases:
";

fn with_head(cases: &str) -> String {
    format!("{HEAD}{cases}")
}

#[test]
fn the_scenarios_of_this_project_pass() {
    let run = run_in(Path::new(ROOT), &["testdata/scenarios"]);
    assert_eq!(run.status, 0, "{}", run.told());
    assert!(run.stdout.contains(" passed, 0 failed\n"), "{}", run.told());
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("ok ")).count(), 10, "{}", run.told());
}

/// Every kind of difference.
#[test]
fn what_is_otherwise_than_expected_is_shown_beside_it() {
    let cases = r"
  - name: a verdict
    because: CA-1.10
    expect: {verdict: block}
  - name: a verdict with its reason
    when: {homeOutbound: blocked}
    expect: {verdict: allow}
  - name: steps
    given: {conditionalAccessPolicies: [*mfa]}
    expect: {verdict: allowAfter, steps: [mfaAtHome, acceptTermsOfUse]}
  - name: steps with their methods
    given: {conditionalAccessPolicies: [*strong], crossTenantAccessPolicyPartners: [*trust]}
    expect: {steps: ['mfaAtHome(fido2, password+sms)']}
  - name: a refusal
    when: {homeOutbound: blocked}
    expect: {verdict: block, stage: inbound, code: 500213, stages: [inbound, assignment], by: [cross-tenant access settings]}
  - name: a refusal without a code
    when: {homeOutbound: blocked}
    expect: {code: null}
  - name: no refusal
    expect: {stage: inbound, code: null}
  - name: policies that apply
    given: {conditionalAccessPolicies: [*mfa, *abroad]}
    expect: {applied: [P_risk]}
  - name: policies that do not apply
    user: emp
    given: {conditionalAccessPolicies: [*mfa, *abroad]}
    expect: {notApplied: {P_mfa: [location], P_risk: [users]}}
  - name: a policy that does apply
    given: {conditionalAccessPolicies: [*mfa]}
    expect: {notApplied: {P_mfa: [users]}}
  - name: policies that are not decided
    when: {signInRisk: null}
    given: {conditionalAccessPolicies: [*mfa, *abroad]}
    expect: {undecided: {P_mfa: [users], P_risk: [location]}}
  - name: report-only policies
    given: {conditionalAccessPolicies: [*mfa, *report]}
    expect: {reportOnly: {P_mfa: success, P_report: failure}}
  - name: topics of unknown
    when: {signInRisk: null}
    given: {conditionalAccessPolicies: [*abroad]}
    expect: {verdict: unknown, unknown: [location]}
  - name: ambiguities
    expect: {leansOn: [AM-1]}
  - name: session controls
    given: {conditionalAccessPolicies: [*session]}
    expect:
      session: {signInFrequencyHours: null, persistentBrowser: never, applicationEnforcedRestrictions: true, secureSignInSession: true}
  - name: what-if
    parity: v1.0
    given: {conditionalAccessPolicies: [*mfa, *abroad]}
    expect: {whatIf: {P_mfa: users}}
  - name: a matrix
    users: [gF, {who: gOTP}]
    when: {device: [compliant, {isCompliant: false, trustType: AzureAD}]}
    expect: {verdict: block}
  - name: another matrix
    apps: [SharePoint, Teams]
    when: {mfaTrustedIp: [true, false]}
    expect: {verdict: block}
";
    insta::assert_snapshot!(of("differences.yaml", &with_head(cases)).told());
}

#[test]
fn what_passed_is_told_on_demand() {
    let cases = "  - {name: nothing stands in the way, case: C1, expect: {verdict: allow}}\n  - {name: whoever it is, users: [gF, gW], expect: {applied: []}}\n";
    let folder = folder(&[("passed.yaml", &with_head(cases))]);
    let runs =
        [vec!["-v", "passed.yaml"], vec!["passed.yaml"]].map(|arguments| run_in(folder.path(), &arguments).told());
    insta::assert_snapshot!(runs.join("\n"));
}

#[test]
fn json_for_machines() {
    let cases = r"
  - {name: as expected, case: C1, tag: D, because: CA-1.10, expect: {verdict: allow}}
  - {name: otherwise, expect: {verdict: block, stage: inbound}}
  - {name: nobody, user: gX, expect: {verdict: allow}}
";
    let folder = folder(&[("mixed.yaml", &with_head(cases)), ("unread.yaml", "tenant: fixture.json\ncases: 1\n")]);
    let run = run_in(folder.path(), &["--format", "json", "mixed.yaml", "unread.yaml"]);
    let _: Value = serde_json::from_str(&run.stdout).unwrap();
    insta::assert_snapshot!(run.told());
}

/// What cannot be read or asked has no result: the exit status is 2, and the place is told.
#[test]
fn broken_files() {
    let one = |case: &str| with_head(&format!("  - name: a case\n{case}"));
    let expecting = |expect: &str| one(&format!("    expect: {expect}\n"));
    let given = |given: &str| one(&format!("    given: {given}\n    expect: {{verdict: allow}}\n"));
    let file = |text: &str| text.to_owned();
    let plain = "cases:\n  - {name: a case, user: gF, expect: {verdict: allow}}\n";
    let about = |member: &str| format!("tenant: fixture.json\n{member}\n{plain}");
    let files: Vec<(&str, &str, String)> = vec![
        // The file.
        ("an empty file", "f.yaml", file("")),
        ("a comment", "f.yaml", file("# nothing\n")),
        ("several documents", "f.yaml", format!("tenant: fixture.json\n{plain}---\n{plain}")),
        ("no YAML", "f.yaml", file("tenant: [\n")),
        ("no TOML", "f.toml", file("tenant = \"fixture.json\"\ncases = = 1\n")),
        ("a key twice in TOML", "f.toml", file("user = \"gF\"\nuser = \"gW\"\n")),
        ("a list", "f.yaml", file("- 1\n")),
        ("a list of expectations", "f.yaml", expecting("[allow]")),
        ("a list of conditions", "f.yaml", one("    when: []\n    expect: {verdict: allow}\n")),
        ("a case that is a list", "f.yaml", with_head("  - [a case]\n")),
        ("no `cases`", "f.yaml", file("tenant: fixture.json\nuser: gF\n")),
        ("no case", "f.yaml", file("tenant: fixture.json\ncases: []\n")),
        ("an unknown member", "f.yaml", about("tenants: fixture.json")),
        (
            "an unknown member in TOML",
            "f.toml",
            file(
                "tenant = \"fixture.json\"\n[[cases]]\nname = \"a case\"\nuser = \"gF\"\n[cases.expect]\nverdict = \"allow\"\nstep = []\n",
            ),
        ),
        ("a wrong type", "f.yaml", about("title: [1]")),
        ("a tenant that is not there", "f.yaml", format!("tenant: nowhere\n{plain}")),
        ("a tenant that is none", "f.yaml", format!("tenant: f.yaml\n{plain}")),
        ("no tenant", "f.yaml", file(plain)),
        ("a tenant that does not parse", "f.yaml", format!("tenant: [fixture.json, broken.json]\n{plain}")),
        ("no mail domain", "f.yaml", about("homeTenants: {fabrikam: 0f000000-0000-4000-8000-0000000000f0}")),
        ("no tenant id", "f.yaml", about("homeTenants: {fabrikam.com: fabrikam}")),
        // Who, what and when.
        ("nobody", "f.yaml", file("tenant: fixture.json\ncases:\n  - {name: a case, expect: {verdict: allow}}\n")),
        ("an unknown user", "f.yaml", one("    user: gF2\n    expect: {verdict: allow}\n")),
        (
            "an unknown user in the defaults",
            "f.yaml",
            file("tenant: fixture.json\nuser: empl\ncases:\n  - {name: a case, expect: {verdict: allow}}\n"),
        ),
        (
            "an unknown user of several",
            "f.yaml",
            one("    users: [gF, {who: gW, groups: [grp-C]}]\n    expect: {verdict: allow}\n"),
        ),
        (
            "an unknown member of a user",
            "f.yaml",
            one("    user: {who: gF, invite: true}\n    expect: {verdict: allow}\n"),
        ),
        ("a number for a user", "f.yaml", one("    user: 7\n    expect: {verdict: allow}\n")),
        ("one and several users", "f.yaml", one("    user: gF\n    users: [gW]\n    expect: {verdict: allow}\n")),
        ("no users", "f.yaml", one("    users: []\n    expect: {verdict: allow}\n")),
        ("an unknown application", "f.yaml", one("    app: Sharepint\n    expect: {verdict: allow}\n")),
        ("an unknown member of when", "f.yaml", one("    when: {risk: high}\n    expect: {verdict: allow}\n")),
        ("an unknown value", "f.yaml", one("    when: {client: [browser, browsr]}\n    expect: {verdict: allow}\n")),
        (
            "a value of another type",
            "f.yaml",
            one("    when:\n      mfaTrustedIp: sometimes\n    expect: {verdict: allow}\n"),
        ),
        ("an empty matrix", "f.yaml", one("    when: {client: []}\n    expect: {verdict: allow}\n")),
        ("no IP address", "f.yaml", one("    when: {ip: 198.51.100.300}\n    expect: {verdict: allow}\n")),
        (
            "an unknown attribute of the device",
            "f.yaml",
            one("    when: {device: {isComplient: true}}\n    expect: {verdict: allow}\n"),
        ),
        ("an unknown method", "f.yaml", one("    when: {claims: {home: [fido]}}\n    expect: {verdict: allow}\n")),
        // Readings.
        ("an unknown option", "f.yaml", one("    options: {easExclusion: ignored}\n    expect: {verdict: allow}\n")),
        ("an unknown reading", "f.yaml", one("    options: {easExclusions: maybe}\n    expect: {verdict: allow}\n")),
        ("an unknown side", "f.yaml", one("    assume: best\n    expect: {verdict: allow}\n")),
        ("an unknown version", "f.yaml", one("    parity: v2\n    expect: {whatIf: {}}\n")),
        // What is laid over.
        ("a text as given", "f.yaml", given("nothing")),
        ("null as given", "f.yaml", given("null")),
        ("an empty map as given", "f.yaml", given("{}")),
        ("an unknown resource", "f.yaml", given("{conditionalAccessPolicy: [{id: 1}]}")),
        (
            "an unknown resource beside a known one",
            "f.yaml",
            given("{conditionalAccessPolicies: [*mfa], namedLocation: [{id: 1}]}"),
        ),
        ("an object of an unknown kind", "f.yaml", given("[{id: ca000000-0000-4000-8000-000000000009, colour: red}]")),
        (
            "an unknown member of an object",
            "f.yaml",
            given(
                "\n      conditionalAccessPolicies:\n        - id: ca000000-0000-4000-8000-000000000009\n          displayName: P\n          state: enabled\n          grantControl: {operator: OR, builtInControls: [block]}",
            ),
        ),
        (
            "an unknown value in an object",
            "f.yaml",
            given(
                "{conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000009, displayName: P, state: enabled, grantControls: {operator: XOR, builtInControls: [block]}}]}",
            ),
        ),
        (
            "another tenant",
            "f.yaml",
            given(
                "{organization: [{id: 0d000000-0000-4000-8000-0000000000d0, displayName: Another, verifiedDomains: []}]}",
            ),
        ),
        (
            "a reference to nothing",
            "f.yaml",
            given(
                "{conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000009, displayName: P, state: enabled, conditions: {clientAppTypes: [all], applications: {includeApplications: [All]}, users: {includeUsers: [All], excludeUsers: [5e000000-0000-4000-8000-0000000000ff]}}, grantControls: {operator: OR, builtInControls: [block]}}]}",
            ),
        ),
        ("given for all cases", "f.yaml", about("given: {conditionalAccessPolicie: []}")),
        // Expectations.
        ("no expectation", "f.yaml", one("    user: gF\n")),
        ("nothing expected", "f.yaml", expecting("{}")),
        ("an unknown expectation", "f.yaml", expecting("{verdikt: allow}")),
        ("an unknown verdict", "f.yaml", expecting("{verdict: allowed}")),
        ("null", "f.yaml", expecting("{verdict: allow, steps: null}")),
        ("several codes", "f.yaml", expecting("{code: [53003, 500121]}")),
        ("an unknown step", "f.yaml", expecting("{steps: [mfa]}")),
        ("an unknown method of a step", "f.yaml", expecting("{steps: [mfaHere(fido)]}")),
        ("methods of a step that has none", "f.yaml", expecting("{steps: [approvedApp(fido2)]}")),
        ("an unknown stage", "f.yaml", expecting("{stage: door}")),
        ("an unknown reason", "f.yaml", expecting("{notApplied: {P_mfa: [user]}}")),
        ("no reason", "f.yaml", expecting("{notApplied: {P_mfa: []}}")),
        (
            "an unknown policy",
            "f.yaml",
            one("    given: {conditionalAccessPolicies: [*mfa]}\n    expect: {undecided: {P_mf: [users]}}\n"),
        ),
        (
            "an unknown policy that applies",
            "f.yaml",
            one("    given: {conditionalAccessPolicies: [*mfa]}\n    expect: {applied: [P_mfaa]}\n"),
        ),
        (
            "a policy that is called like another",
            "f.yaml",
            one(
                "    given:\n      conditionalAccessPolicies: [*mfa, {id: ca000000-0000-4000-8000-000000000009, displayName: P_mfa, state: disabled}]\n    expect: {notApplied: {P_mfa: [users]}}\n",
            ),
        ),
        ("an unknown result", "f.yaml", expecting("{reportOnly: {P_mfa: succeeded}}")),
        ("an unknown ambiguity", "f.yaml", expecting("{leansOn: [AM-999]}")),
        ("an unknown mode", "f.yaml", expecting("{session: {persistentBrowser: sometimes}}")),
        ("steps of allow", "f.yaml", expecting("{verdict: allow, steps: [mfaHere]}")),
        ("a stage of allowAfter", "f.yaml", expecting("{verdict: allowAfter, stage: mfa}")),
        ("a code of unknown", "f.yaml", expecting("{verdict: unknown, code: 53003}")),
        ("by of allow", "f.yaml", expecting("{verdict: allow, by: [P_mfa]}")),
        ("topics of block", "f.yaml", expecting("{verdict: block, unknown: [users]}")),
        ("steps and a stage", "f.yaml", expecting("{steps: [mfaHere], stage: inbound}")),
        ("a stage that is not the first", "f.yaml", expecting("{stage: mfa, stages: [inbound, mfa]}")),
        ("a policy under two answers", "f.yaml", expecting("{applied: [P_mfa], notApplied: {P_mfa: [users]}}")),
        ("empty lists", "f.yaml", expecting("{verdict: block, stages: []}")),
        ("empty maps", "f.yaml", expecting("{verdict: allow, session: {}}")),
        ("unknown with a side", "f.yaml", one("    assume: coverage\n    expect: {verdict: unknown}\n")),
        ("what-if without parity", "f.yaml", expecting("{whatIf: {}}")),
        ("parity without what-if", "f.yaml", one("    parity: beta\n    expect: {verdict: allow}\n")),
        (
            "parity with more than what-if",
            "f.yaml",
            one("    parity: beta\n    expect: {verdict: allow, whatIf: {}}\n"),
        ),
        ("parity with a side", "f.yaml", one("    parity: beta\n    assume: coverage\n    expect: {whatIf: {}}\n")),
        (
            "two cases of one name",
            "f.yaml",
            with_head("  - {name: a case, expect: {verdict: allow}}\n  - {name: a case, expect: {verdict: allow}}\n"),
        ),
    ];
    let mut told = String::new();
    for (what, name, text) in files {
        let folder = folder(&[(name, &text), ("broken.json", "{\"a\": ")]);
        let run = run_in(folder.path(), &[name]);
        assert_eq!(run.status, 2, "{what}: {}", run.told());
        assert!(run.stdout.contains(" could not be asked\n"), "{what}: {}", run.told());
        // The message; what is around it is the same for all.
        let lines = run.stdout.lines().filter(|line| line.contains("f.yaml:") || line.contains("f.toml:"));
        let _ = writeln!(told, "{what}");
        for line in lines {
            let _ = writeln!(told, "  {}", line.trim());
        }
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn without_a_scenario_nothing_is_run() {
    let folder = folder(&[]);
    let runs = [".", "nowhere", "fixture.json"].map(|path| run_in(folder.path(), &[path]).told());
    insta::assert_snapshot!(runs.join("\n"));
    let run = run_in(folder.path(), &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("<SCENARIO>"), "{}", run.told());
}

/// Below a folder, scenario files are those that have `cases`; whatever else stands there is left alone.
#[test]
fn files_below_a_folder() {
    let case =
        "tenant: fixture.json\nuser: gF\napp: SharePoint\ncases:\n  - {name: a case, expect: {verdict: allow}}\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(case.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let folder = folder(&[
        ("a.yaml", case),
        ("workflow.yml", "jobs:\n  cases: 1\n"),
        (
            "inline.yaml",
            "tenant: fixture.json\nuser: gF\napp: SharePoint\ncases: [{name: a case, expect: {verdict: allow}}]\n",
        ),
        (
            "c.toml",
            "tenant = \"fixture.json\"\nuser = \"gF\"\napp = \"SharePoint\"\ncases = [{ name = \"a case\", expect = { verdict = \"allow\" } }]\n",
        ),
    ]);
    std::fs::write(folder.path().join("utf16.yaml"), utf16).unwrap();
    std::fs::write(folder.path().join("bytes.yaml"), [0xff, 0x00, 0x9f]).unwrap();
    let run = run_in(folder.path(), &["."]);
    assert_eq!(run.status, 0, "{}", run.told());
    assert!(run.stdout.ends_with("\n4 passed, 0 failed\n"), "{}", run.told());
    for name in ["a.yaml", "inline.yaml", "c.toml", "utf16.yaml"] {
        assert!(run.stdout.contains(name), "{}", run.told());
    }
}

/// Null in a case undoes what the file says, scopes and claims among it.
#[test]
fn null_leaves_a_condition_unspecified() {
    let policy = "{conditionalAccessPolicies: [*mfa], crossTenantAccessPolicyPartners: [*trust]}";
    let cases = format!(
        "  - {{name: with the claims of the file, given: {policy}, expect: {{verdict: allow}}}}\n  - {{name: without, given: {policy}, when: {{claims: null}}, expect: {{verdict: allowAfter}}}}\n  - {{name: without its address, when: {{ip: null}}, expect: {{verdict: allow}}}}\n"
    );
    let text = with_head(&cases).replace("when: {client: browser,", "when: {claims: {home: [mfa]}, client: browser,");
    let run = of("null.yaml", &text);
    assert_eq!(run.status, 0, "{}", run.told());
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let text = "title: \"\\e[31m\"\ntenant: fixture.json\nuser: gF\ncases:\n  - {name: \"red \\e[31m \\u202e \\a\", because: \"\\e[0m\", expect: {applied: [\"\\e[2J\"]}}\n  - {name: broken, user: \"\\e[2J\\u202e\", expect: {verdict: allow}}\n  - {name: \"option\", options: {\"\\e[2J\": \"\\a\"}, expect: {verdict: allow}}\n  - {name: given, given: {\"\\e[2J\": []}, expect: {verdict: allow}}\n";
    let folder = folder(&[("hostile.yaml", text), ("member.yaml", "\"\\e[2J\\u202e\": 1\ncases: []\n")]);
    for arguments in [vec!["hostile.yaml", "member.yaml"], vec!["--format", "json", "hostile.yaml", "member.yaml"]] {
        let run = run_in(folder.path(), &arguments);
        assert_eq!(run.status, 2, "{}", run.told());
        for hostile in ['\u{1b}', '\u{202e}', '\u{7}'] {
            assert!(!run.told().contains(hostile), "{hostile:?} in {arguments:?}");
        }
    }
}

/// Files that the documentation shows, on the bundled tenant that they are about.
#[test]
fn documented_scenarios_pass_and_are_what_the_schema_says() {
    let validator = Validator::of_scenarios();
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("export");
    std::fs::create_dir(&export).unwrap();
    for entry in std::fs::read_dir(Path::new(ROOT).join("testdata/tenants/logistics-partner")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), export.join(entry.file_name())).unwrap();
    }
    let block = |page: &str, index: usize| {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
        let block = text.split("```yaml\n").nth(index).unwrap().split("```").next().unwrap();
        block.to_owned()
    };
    let file = block("docs/scenarios.md", 1);
    let given = block("docs/scenarios.md", 2).replace('\n', "\n    ");
    let laid_over =
        format!("{file}\n  - name: what is given\n    {given}expect: {{verdict: block, by: [Block guests]}}\n");
    for text in [block("README.md", 1), file, laid_over] {
        assert_eq!(validator.errors(&text, false), Vec::<String>::new(), "{text}");
        std::fs::write(folder.path().join("shown.yaml"), &text).unwrap();
        let run = run_in(folder.path(), &["shown.yaml"]);
        assert_eq!(run.status, 0, "{text}\n{}", run.told());
    }
}

/// Members and words that the schema has are in the documentation.
#[test]
fn the_documentation_tells_every_word() {
    let validator = Validator::of_scenarios();
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/scenarios.md")).unwrap();
    let mut words = Vec::new();
    let definitions = validator.root["$defs"].as_object().unwrap();
    // Options, methods, steps and stages are told in docs/simulate.md, attributes of devices in Graph's own.
    let elsewhere = ["options", "device", "method", "step", "stage"];
    let own = definitions.iter().filter(|(name, _)| !elsewhere.contains(&name.as_str())).map(|(_, schema)| schema);
    for schema in own.chain([&validator.root]) {
        words.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
        let mut within = Vec::new();
        let members = schema["properties"].as_object().into_iter().flatten().map(|(_, member)| member);
        members
            .chain([schema])
            .filter(|_| *schema != validator.root)
            .for_each(|member| Validator::each(member, &mut within));
        words.extend(within.iter().filter_map(|schema| schema["enum"].as_array()).flatten().filter_map(Value::as_str));
    }
    words.extend(guestlist::simulate::words::DEVICES);
    words.extend(guestlist::simulate::words::PEOPLE.iter().map(|(word, _)| word.split_inclusive(':').next().unwrap()));
    let silent: Vec<&str> = words
        .into_iter()
        .filter(|word| !word.starts_with("AM-"))
        .filter(|word| {
            !page.contains(&format!("`{word}`"))
                && !page.contains(&format!("`{word}I"))
                && !page.contains(&format!("`{word}D"))
                && !page.contains(&format!("`{word}N"))
        })
        .collect();
    assert_eq!(silent, Vec::<&str>::new());
}

/// An object lies over the one of its id, member by member; others are added.
#[test]
fn what_is_given_lies_over_the_tenant() {
    let cases = r"
  - name: another one is added
    given: {conditionalAccessPolicies: [*abroad]}
    expect: {applied: [P_mfa, P_session], notApplied: {P_risk: [signInRisk]}}
  - name: a member takes the place of another
    given: {conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000001, state: disabled}]}
    expect: {applied: [P_session], notApplied: {P_mfa: [policyNotEnabled]}}
  - name: as a whole
    given: {conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000001, conditions: {clientAppTypes: [browser], applications: *everything}}]}
    expect: {notApplied: {P_mfa: [emptyPolicy]}}
  - name: what is not named stays
    user: gW
    given:
      conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000001, displayName: P_renamed}, {id: ca000000-0000-4000-8000-000000000005, displayName: P_hours}]
    expect: {verdict: allowAfter, steps: [mfaHere], applied: [P_renamed, P_hours], session: {signInFrequencyHours: 8}}
  - name: grant controls stay where session controls are named
    user: gW
    given:
      conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000001, sessionControls: {persistentBrowser: {isEnabled: true, mode: never}}}]
    expect: {verdict: allowAfter, applied: [P_mfa, P_session], session: {persistentBrowser: never}}
  - name: null takes away
    given:
      conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000005, grantControls: {operator: OR, builtInControls: [mfa]}, sessionControls: null}]
    expect: {applied: [P_mfa, P_session], session: {signInFrequencyHours: null}}
  - name: other settings of a partner stay
    given: {crossTenantAccessPolicyPartners: [{tenantId: 0f000000-0000-4000-8000-0000000000f0, inboundTrust: {isMfaAccepted: true}}]}
    expect: {verdict: block, stage: inbound}
  - name: what a location is made of stays
    when: {ip: 203.0.113.7}
    given:
      namedLocations: [{id: 10000000-0000-4000-8000-000000000001, displayName: Renamed}]
      conditionalAccessPolicies: [{id: ca000000-0000-4000-8000-000000000001, conditions: {clientAppTypes: [all], applications: *everything, users: *guests, locations: {includeLocations: [10000000-0000-4000-8000-000000000001]}}}]
      crossTenantAccessPolicyPartners: [{tenantId: 0f000000-0000-4000-8000-0000000000f0, b2bCollaborationInbound: null}]
    expect: {verdict: allowAfter, applied: [P_mfa, P_session]}
  - name: and what another case gives is gone
    expect: {applied: [P_mfa, P_session], session: {persistentBrowser: null}}
";
    let shared = r"
given:
  conditionalAccessPolicies: [*mfa, *session]
  namedLocations:
    - {'@odata.type': '#microsoft.graph.ipNamedLocation', id: 10000000-0000-4000-8000-000000000001, displayName: Office, isTrusted: true, ipRanges: [{'@odata.type': '#microsoft.graph.iPv4CidrRange', cidrAddress: 203.0.113.0/24}]}
  crossTenantAccessPolicyPartners:
    - tenantId: 0f000000-0000-4000-8000-0000000000f0
      inboundTrust: null
      b2bCollaborationInbound:
        usersAndGroups: {accessType: blocked, targets: [{target: AllUsers, targetType: user}]}
        applications: {accessType: blocked, targets: [{target: AllApplications, targetType: application}]}
cases:";
    let text = with_head(cases).replace("\ncases:", shared);
    let run = of("given.yaml", &text);
    assert_eq!(run.status, 0, "{}", run.told());
}

/// The file that the command prints is the file that is published.
#[test]
fn the_schema_is_printed() {
    let run = run_in(Path::new(ROOT), &["--schema"]);
    assert_eq!(run.status, 0);
    assert_eq!(run.stdout, std::fs::read_to_string(Path::new(ROOT).join("docs/scenario.schema.json")).unwrap());
}

/// A validator of JSON schema for the keywords that this schema uses; any other is a failure.
struct Validator {
    root: Value,
}

impl Validator {
    fn of_scenarios() -> Self {
        Self { root: serde_json::from_str(&guestlist::scenarios::schema().unwrap()).unwrap() }
    }

    fn errors(&self, text: &str, toml: bool) -> Vec<String> {
        let json = if toml { toml_to_json(text).unwrap().0 } else { to_json(text).unwrap().pop().unwrap().json };
        let mut errors = Vec::new();
        self.check(&self.root, &serde_json::from_str(&json).unwrap(), "", &mut errors);
        errors
    }

    fn holds(&self, schema: &Value, value: &Value) -> bool {
        let mut errors = Vec::new();
        self.check(schema, value, "", &mut errors);
        errors.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "examples" => true,
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.check(&self.root["$defs"][name], value, at, errors);
                    true
                }
                "type" => match rule.as_str().unwrap() {
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "null" => value.is_null(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("type {other}"),
                },
                "enum" => rule.as_array().unwrap().contains(value),
                "const" => rule == value,
                "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
                "format" => value.as_str().is_none_or(|text| match rule.as_str().unwrap() {
                    "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
                    "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
                    other => panic!("format {other}"),
                }),
                "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
                "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
                "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
                "minProperties" => value.as_object().is_none_or(|map| map.len() as u64 >= rule.as_u64().unwrap()),
                "uniqueItems" => value
                    .as_array()
                    .is_none_or(|list| list.iter().enumerate().all(|(at, item)| !list[..at].contains(item))),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{index}"), errors);
                    }
                    true
                }
                "required" => value.as_object().is_none_or(|map| {
                    rule.as_array().unwrap().iter().all(|name| map.contains_key(name.as_str().unwrap()))
                }),
                "properties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        if let Some(rule) = rule.get(name) {
                            self.check(rule, member, &format!("{at}/{name}"), errors);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema.get("properties");
                    let others = value.as_object().into_iter().flatten();
                    let others = others.filter(|(name, _)| known.is_none_or(|known| known.get(name).is_none()));
                    match rule {
                        Value::Bool(allowed) => *allowed || others.count() == 0,
                        rule => {
                            for (name, member) in others {
                                self.check(rule, member, &format!("{at}/{name}"), errors);
                            }
                            true
                        }
                    }
                }
                "dependentSchemas" => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if value.get(name).is_some() {
                            self.check(rule, value, at, errors);
                        }
                    }
                    true
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|rule| self.holds(rule, value)),
                "not" => !self.holds(rule, value),
                other => panic!("the validator of this test does not know `{other}`"),
            };
            if !holds {
                errors.push(format!("{at}: {keyword}"));
            }
        }
    }

    /// Every schema within a schema.
    fn each<'v>(schema: &'v Value, found: &mut Vec<&'v Value>) {
        found.push(schema);
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "items" | "not" => Self::each(rule, found),
                "additionalProperties" if rule.is_object() => Self::each(rule, found),
                "anyOf" => rule.as_array().unwrap().iter().for_each(|rule| Self::each(rule, found)),
                "properties" | "dependentSchemas" | "$defs" => {
                    rule.as_object().unwrap().values().for_each(|rule| Self::each(rule, found));
                }
                _ => {}
            }
        }
    }
}

/// The patterns of the schema, read by hand.
fn matches(pattern: &str, text: &str) -> bool {
    let hexadecimal = |part: &str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match pattern {
        "^[A-Za-z]{2}$" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
        "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$" => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, digits)| hexadecimal(part, digits))
        }
        "^(mfaAtHome|mfaHere)\\(.+\\)$" => {
            let inner = text.strip_prefix("mfaAtHome(").or_else(|| text.strip_prefix("mfaHere("));
            inner.and_then(|inner| inner.strip_suffix(')')).is_some_and(|inner| !inner.is_empty())
        }
        other => panic!("pattern {other}"),
    }
}

#[test]
fn the_scenarios_of_this_project_are_what_the_schema_says() {
    let validator = Validator::of_scenarios();
    let mut files = 0;
    for entry in std::fs::read_dir(Path::new(ROOT).join("testdata/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        let toml = path.extension().is_some_and(|extension| extension == "toml");
        if !toml && path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(validator.errors(&text, toml), Vec::<String>::new(), "{}", path.display());
        // Editors find the schema from the head of the file.
        let head = text.lines().next().unwrap();
        let reference = head.rsplit(['=', ' ']).next().unwrap();
        assert!(path.parent().unwrap().join(reference).ends_with("../../docs/scenario.schema.json"), "{head}");
        assert!(path.parent().unwrap().join(reference).exists(), "{head}");
    }
    assert_eq!(files, 10);
}

/// What runs, the schema lets pass; its examples are such as it describes.
#[test]
fn the_examples_of_the_schema_are_what_it_says() {
    let validator = Validator::of_scenarios();
    let mut schemas = Vec::new();
    Validator::each(&validator.root, &mut schemas);
    let mut examples = 0;
    for schema in schemas {
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            examples += 1;
            assert!(validator.holds(schema, example), "{example}");
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/$defs/").unwrap();
            assert!(validator.root["$defs"].get(name).is_some(), "{name}");
        }
    }
    assert!(examples > 25, "{examples}");
    let good = "tenant: [a, b]\nhomeTenants: {fabrikam.com: 0f000000-0000-4000-8000-0000000000f0}\ncases:\n  - name: a\n    app: null\n    when: {ip: [unlisted, '2001:db8::7', 198.51.100.7], device: {extensionAttribute15: x, systemLabels: [a]}, claims: null}\n    options: {baselineScopesEnforcement: 0f000000-0000-4000-8000-0000000000f0}\n    expect: {verdict: block, code: null, session: {persistentBrowser: null}}\n";
    assert_eq!(validator.errors(good, false), Vec::<String>::new());
}

#[test]
fn broken_scenarios_are_not_what_the_schema_says() {
    let validator = Validator::of_scenarios();
    let case = |rest: &str| format!("tenant: t\nuser: gF\ncases:\n  - name: a case\n{rest}");
    let expecting = |expect: &str| case(&format!("    expect: {expect}\n"));
    let asking = |member: &str| case(&format!("    {member}\n    expect: {{verdict: allow}}\n"));
    assert_eq!(validator.errors(&expecting("{verdict: allow}"), false), Vec::<String>::new());
    let broken = [
        "tenant: t\n".to_owned(),
        "cases: []\n".to_owned(),
        "tenants: t\ncases: [{name: a, expect: {verdict: allow}}]\n".to_owned(),
        "homeTenants: {fabrikam.com: fabrikam}\ncases: [{name: a, expect: {verdict: allow}}]\n".to_owned(),
        "cases: [{expect: {verdict: allow}}]\n".to_owned(),
        case("    user: gF\n"),
        asking("user: 7"),
        asking("user: {whom: gF}"),
        asking("user: {who: gF, pending: 1}"),
        asking("users: []"),
        asking("users: [gF]\n    user: gF"),
        asking("apps: SharePoint"),
        asking("given: nothing"),
        asking("given: {}"),
        asking("options: {easExclusion: ignored}"),
        asking("options: {easExclusions: maybe}"),
        asking("options: {easExclusions: 0f000000-0000-4000-8000-0000000000f0}"),
        asking("assume: best"),
        asking("parity: v2"),
        asking("parity: beta"),
        asking("when: {risk: high}"),
        asking("when: {client: browsr}"),
        asking("when: {client: [browser, browsr]}"),
        asking("when: {client: []}"),
        asking("when: {ip: 198.51.100.300}"),
        asking("when: {country: Germany}"),
        asking("when: {mfaTrustedIp: sometimes}"),
        asking("when: {device: complaint}"),
        asking("when: {device: {isComplient: true}}"),
        asking("when: {device: {extensionAttribute16: x}}"),
        asking("when: {claims: {home: [fido]}}"),
        asking("when: {userAction: enroll}"),
        expecting("{}"),
        expecting("{verdikt: allow}"),
        expecting("{verdict: allowed}"),
        expecting("{verdict: null}"),
        expecting("{code: [53003]}"),
        expecting("{steps: []}"),
        expecting("{steps: [mfa]}"),
        expecting("{steps: [approvedApp(fido2)]}"),
        expecting("{stage: door}"),
        expecting("{notApplied: {P: [user]}}"),
        expecting("{notApplied: {P: []}}"),
        expecting("{notApplied: {}}"),
        expecting("{reportOnly: {P: succeeded}}"),
        expecting("{leansOn: [AM-999]}"),
        expecting("{session: {}}"),
        expecting("{session: {persistentBrowser: sometimes}}"),
        expecting("{whatIf: {P: user}}"),
        expecting("{verdict: allow, steps: [mfaHere]}"),
        expecting("{verdict: allowAfter, stage: mfa}"),
        expecting("{verdict: unknown, code: 53003}"),
        expecting("{verdict: block, unknown: [users]}"),
        expecting("{steps: [mfaHere], stage: inbound}"),
    ];
    for text in broken {
        assert_ne!(validator.errors(&text, false), Vec::<String>::new(), "{text}");
    }
}
