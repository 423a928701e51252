//! The binary from outside: what a user types, sees and gets as exit status.

use std::fmt::Write as _;
use std::path::Path;

use crate::binary::{AS_OF, CONSULTING, LOGISTICS, run, run_in};

#[test]
fn the_walkthrough_is_told_what_is_wrong() {
    let run = run(&["check", AS_OF, CONSULTING]);
    insta::assert_snapshot!(run.told());
}

/// The README of the tenant lists the ids; nothing else is found and nothing is left unevaluated.
#[test]
fn the_walkthrough_breaks_exactly_the_listed_rules() {
    let run = run(&["check", AS_OF, "--strict", "--format=json", CONSULTING]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let tenant = &report["tenants"][0];
    let mut found: Vec<&str> =
        tenant["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    found.sort_unstable();
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONSULTING).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## What `guestlist check` reports").unwrap();
    let listed: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("- `")?.split_once('`')).map(|(id, _)| id).collect();
    assert_eq!(found, listed);
    assert_eq!(tenant["notEvaluated"].as_array().unwrap().len(), 0, "{}", run.stdout);
    assert_eq!(tenant["problems"].as_array().unwrap().len(), 0, "{}", run.stdout);
    assert_eq!(run.status, 1);
}

#[test]
fn the_clean_tenant_is_clean_even_when_strict() {
    let run = run(&["check", AS_OF, "--strict", LOGISTICS]);
    insta::assert_snapshot!(run.told(), @r"
    holds for every possible sign-in:
      device-code-flow-lets-outsider-in (by `Block device code flow for guests and external users`)
      external-sign-in-without-mfa (by `Require MFA for guests and external users`)
      legacy-authentication-lets-outsider-in (by `Require MFA for guests and external users`)

    enforced policies without which, each by itself, every sign-in comes to the same:
      `Require MFA for guests and external users`
      `Block legacy authentication for guests and external users`

    taken as given: everybody is of this Microsoft cloud (W-4.5); session controls refuse nobody (W-4.8)

    read 25 files with 54 objects (54 after merging)
    evaluated 49 rules
    off, for what they ask about is nowhere: emergency-account-can-be-locked-out, partner-has-no-way-in, sensitive-application-without-managed-device
    0 findings

    --- exit status 0
    ");
}

#[test]
fn json_for_machines() {
    let run = run(&["check", AS_OF, "--format=json", "--select=entitlement-management", CONSULTING]);
    let told = run.told().replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(told);
}

#[test]
fn annotations_for_github() {
    let run = run(&["check", AS_OF, "--format=github", CONSULTING]);
    insta::assert_snapshot!(run.told());
}

#[test]
fn the_same_bytes_every_time() {
    for format in ["text", "json", "github"] {
        let arguments = ["check", AS_OF, "--format", format, "testdata/formats/combined", "testdata/formats/cipp"];
        assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
    }
}

/// A fingerprint is of rule and object: another file name, order or formatting does not change it.
#[test]
fn fingerprints_survive_reformatting() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONSULTING)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let name = format!("x{}", path.file_name().unwrap().to_string_lossy());
            std::fs::write(folder.path().join(name), serde_json::to_string(&value).unwrap()).unwrap();
        }
    }
    let fingerprints = |path: &str| {
        let run = run(&["check", AS_OF, "--format=json", path]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let findings = report["tenants"][0]["findings"].as_array().unwrap().clone();
        let mut all: Vec<String> = findings.iter().map(|finding| finding["fingerprint"].to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(fingerprints(CONSULTING), fingerprints(&folder.path().to_string_lossy()));
}

#[test]
fn exit_statuses() {
    for (arguments, status) in [
        (vec!["check", AS_OF, CONSULTING], 1),
        (vec!["check", AS_OF, "--fail-on=never", CONSULTING], 0),
        (vec!["check", AS_OF, "--exit-zero", CONSULTING], 0),
        (vec!["check", AS_OF, "--select=access-longer-than-allowed", "--fail-on=high", CONSULTING], 0),
        (vec!["check", AS_OF, "--select=access-longer-than-allowed", "--fail-on=medium", CONSULTING], 1),
        (vec!["check", AS_OF, "--select=guests", "testdata/formats/yaml"], 3),
        (vec!["check", AS_OF, "--select=guests,conditional-access", "--fail-on=never", "testdata/formats/yaml"], 0),
        (vec!["check", AS_OF, "--select=guests", "--strict", "testdata/formats/yaml"], 3),
        (vec!["check", "no/such/folder"], 2),
        (vec!["check", "--no-such-option"], 2),
        (vec!["check", "src"], 2),
        (vec!["check", AS_OF, "--exit-zero", "testdata/tenants"], 2),
        (vec!["check", AS_OF, "--each", "testdata/tenants"], 1),
        (vec!["--help"], 0),
    ] {
        let run = run(&arguments);
        assert_eq!(run.status, status, "{arguments:?}\n{}", run.told());
    }
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let told = [
        run(&["check", "--select=guest-without-sponser", LOGISTICS]),
        run(&["check", "--as-of=tomorrow", LOGISTICS]),
        run(&["check", "no\u{1b}[31m/such"]),
        run(&["check", ".ci"]),
        run(&["check", "--each", "testdata/tenants/logistics-partner"]),
        run(&["check", "--each", "no/such"]),
        run(&["check", "--each", "README.md"]),
        run(&["check", "--config=no/such.toml", LOGISTICS]),
        run(&["check", "--select=conditional-acess", LOGISTICS]),
        run(&["check", "--as-of=/Date(0)/", LOGISTICS]),
        run(&["check", "--rules=src", LOGISTICS]),
        run(&["rules", "show", "guest-without-sponser"]),
    ]
    .map(|run| run.told());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn files_of_two_tenants_are_refused_and_named() {
    let run = run(&["check", AS_OF, "testdata/broken/two-tenants"]);
    insta::assert_snapshot!(run.told());
}

/// What a user sees of every sort of broken input.
#[test]
fn broken_input() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/broken");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md" && name != "two-tenants")
        .collect();
    names.sort();
    let mut told = String::new();
    for name in names {
        let run = run(&[
            "check",
            AS_OF,
            "-v",
            "--select=mfa-and-authentication-strength-together",
            &format!("testdata/broken/{name}"),
        ]);
        let _ = writeln!(told, "==== {name}\n{}", run.told());
    }
    insta::assert_snapshot!(told);
}

/// A file that nobody can read costs what it may hold: everything else is answered, nothing is said of what it may have
/// told, and the run has failed.
#[test]
fn a_file_that_cannot_be_read_costs_itself() {
    let root = tempfile::tempdir().unwrap();
    let tenant = Path::new(env!("CARGO_MANIFEST_DIR")).join(LOGISTICS);
    for entry in std::fs::read_dir(tenant).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, root.path().join(path.file_name().unwrap())).unwrap();
    }
    let folder = root.path().display().to_string();
    let commands: [&[&str]; 4] = [
        &["check", AS_OF, "--format", "json", &folder],
        &["diff", AS_OF, "--format", "json", LOGISTICS, &folder],
        &["simulate", "sign-in", "--user", "any-other-tenant", "--app", "any-other-application", &folder],
        &["simulate", "access", "--user", "any-other-tenant", &folder],
    ];
    let all = || commands.map(run);
    let before = all();
    assert!(before.iter().all(|run| run.status < 2), "{}", before[3].told());
    let open = |text: &str| {
        let report: serde_json::Value = serde_json::from_str(text).unwrap();
        report["tenants"][0]["notEvaluated"].as_array().unwrap().len()
    };
    assert_eq!(open(&before[0].stdout), 0);
    for (name, bytes, anything) in
        [("more.json", b"[{".as_slice(), true), ("more.yaml", b"a: [", true), ("groups.more.json", b"[{", false)]
    {
        std::fs::write(root.path().join(name), bytes).unwrap();
        let after = all();
        for run in &after {
            assert_eq!(run.status, 2, "{name}: {}", run.told());
            assert!(run.told().contains(name) && !run.stdout.is_empty(), "{name}: {}", run.told());
        }
        // No rule of the pack asks for groups that nothing of this tenant names.
        assert_eq!(open(&after[0].stdout) > 0, anything, "{name}");
        std::fs::remove_file(root.path().join(name)).unwrap();
    }
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    for format in ["text", "github", "json"] {
        let run = run(&["check", AS_OF, "-v", "--format", format, "testdata/broken/terminal-escape.json"]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        for hostile in ['\u{1b}', '\u{9b}', '\u{202e}', '\r', '\u{7}'] {
            assert!(!shown.contains(hostile), "{hostile:?} in {format}");
        }
        assert!(!shown.lines().any(|line| line.starts_with("::error::x") || line.starts_with("::error::\u{0}")));
    }
}

#[test]
fn standard_input_is_read() {
    let policy = r#"{"id":"3f0e0d0c-0b0a-4900-8807-060504030201","displayName":"x","state":"enabled","conditions":{"users":{"includeUsers":["All"]},"applications":{"includeApplications":["All"]}},"grantControls":{"operator":"AND","builtInControls":["mfa"],"authenticationStrength":{"id":"00000000-0000-0000-0000-000000000004"}}}"#;
    let run = run_in(
        Path::new(crate::binary::ROOT),
        &["check", AS_OF, "--select=mfa-and-authentication-strength-together", "-"],
        Some(policy),
    );
    assert_eq!(run.status, 1, "{}", run.told());
    assert!(run.stdout.contains("<stdin>:1:"), "{}", run.told());
}

#[test]
fn configuration_is_found_above_and_never_with_the_input() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join(".git")).unwrap();
    std::fs::create_dir_all(root.path().join("deep/export")).unwrap();
    let tenant = Path::new(env!("CARGO_MANIFEST_DIR")).join(CONSULTING);
    for entry in std::fs::read_dir(tenant).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, root.path().join("deep/export").join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(
        root.path().join("guestlist.toml"),
        "inputs = [\"deep/export\"]\nselect = [\"access-longer-than-allowed\"]\n[parameters]\nmax-access-days = 400\n",
    )
    .unwrap();
    // The input brings a configuration that would switch everything off.
    std::fs::write(root.path().join("deep/export/guestlist.toml"), "ignore = [\"entitlement-management\"]\n").unwrap();
    let deep = root.path().join("deep");
    let run = run_in(&deep, &["check", AS_OF], None);
    assert_eq!(run.status, 0, "{}", run.told());
    let run = run_in(
        root.path(),
        &["check", AS_OF, "--config=/dev/null", "deep/export", "--select=access-longer-than-allowed"],
        None,
    );
    assert_eq!(run.status, 1, "{}", run.told());
    std::fs::write(root.path().join("guestlist.toml"), "[parameters]\nmax-acess-days = 400\n").unwrap();
    let run = run_in(&deep, &["check", AS_OF], None);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("guestlist.toml:2:1: unknown field `max-acess-days`"), "{}", run.told());
}

#[test]
fn waivers_take_findings_out_until_their_day() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guestlist.toml");
    let waiver = |rule: &str, until: &str| {
        format!(
            "[[waiver]]\nrule = \"{rule}\"\nobject = \"03C472CA-4495-48b4-b8d8-89d2b47a5c1d\"\nreason = \"the contract runs a year\"\nuntil = \"{until}\"\n"
        )
    };
    std::fs::write(
        &config,
        waiver("access-longer-than-allowed", "2026-11-23") + &waiver("everyone-may-request", "2027-01-01"),
    )
    .unwrap();
    let path = config.to_string_lossy().into_owned();
    let select = "--select=access-longer-than-allowed,everyone-may-request";
    let on_the_day = run(&["check", AS_OF, "--config", &path, select, CONSULTING]);
    let after = run(&["check", "--as-of=2026-11-24", "--config", &path, select, "-q", CONSULTING]);
    assert_eq!((on_the_day.status, after.status), (0, 1), "{}", on_the_day.told());
    insta::assert_snapshot!(on_the_day.told());
}

#[test]
fn rules_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let rule = |head: &str, condition: &str| {
        format!(
            "@id(\"own-rule\")\n@title(\"Own rule\")\n@severity(\"low\")\n@message(\"`{{resource.displayName}}` is seen\")\n@help(\"look\")\n{head}forbid (principal, action == Action::\"govern\", resource is Catalog)\nwhen {{ {condition} }};\n"
        )
    };
    let check =
        || run(&["check", AS_OF, "-q", "--rules", &folder.path().to_string_lossy(), "--select=own-rule", LOGISTICS]);
    write("own-rule.cedar", &rule("", "resource.isExternallyVisible"));
    let own = check();
    assert_eq!(own.status, 1, "{}", own.told());
    let mut told = String::new();
    for (head, condition) in [
        ("", "resource has displayName && resource.isExternallyVisible"),
        ("", "resource in Catalog::\"x\""),
        ("", "resource == Catalog::\"x\""),
        ("", "resource.isExternalyVisible"),
        ("", "resource.isExternallyVisible = true"),
        ("@sevrity(\"low\")\n", "resource.isExternallyVisible"),
        ("@at(\"nothing\")\n", "resource.isExternallyVisible"),
    ] {
        write("own-rule.cedar", &rule(head, condition));
        let run = check();
        assert_eq!(run.status, 2, "{}", run.told());
        told.push_str(&run.told().replace(&*folder.path().to_string_lossy(), "DIR"));
        told.push('\n');
    }
    write("own-rule.cedar", &rule("", "true").replace("{resource.displayName}", "{resource.nothing}"));
    told.push_str(&check().told().replace(&*folder.path().to_string_lossy(), "DIR"));
    insta::assert_snapshot!(told);
}

#[test]
fn help() {
    let told = [
        run(&["--help"]),
        run(&["check", "--help"]),
        run(&["diff", "--help"]),
        run(&["rules", "--help"]),
        run(&["simulate", "--help"]),
        run(&["simulate", "sign-in", "--help"]),
        run(&["simulate", "access", "--help"]),
        run(&["compile", "--help"]),
    ]
    .map(|run| run.told());
    insta::assert_snapshot!(told.join("\n"));
}

/// Half a report must not pass for a whole one: what cannot be written fails the run, whatever the command.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cedar").display().to_string();
    for arguments in [
        vec!["check", AS_OF, "--exit-zero", LOGISTICS],
        vec!["check", AS_OF, "--exit-zero", "--format=json", LOGISTICS],
        vec!["diff", AS_OF, LOGISTICS, LOGISTICS],
        vec!["simulate", "sign-in", "--user=google", "--app=SharePoint", LOGISTICS],
        vec!["simulate", "access", "--user=google", LOGISTICS],
        vec!["test", "--schema"],
        vec!["compile", LOGISTICS, "-o", &out],
        vec!["rules", "list"],
        vec!["--version"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_guestlist"));
        child.current_dir(crate::binary::ROOT).args(&arguments).stdout(full);
        let output = child.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("error: standard output: "), "{arguments:?}: {told}");
    }
}

/// Where nothing could be decided there is nothing to be glad of.
#[test]
fn a_run_that_decides_nothing_is_not_green() {
    let folder = tempfile::tempdir().unwrap();
    let policy = r#"[{"policyId":"31000000-0000-4000-8000-000000000001","policyName":"Everybody",
        "conditions":"{\"users\":{\"includeUsers\":[\"All\"]}}","grantControls":"{\"operator\":\"OR\"}"}]"#;
    std::fs::write(folder.path().join("policies.json"), policy).unwrap();
    let found = run_in(folder.path(), &["check", AS_OF, "."], None);
    assert_eq!(found.status, 3, "{}", found.told());
    let found = run_in(folder.path(), &["check", AS_OF, "--exit-zero", "."], None);
    assert_eq!(found.status, 0, "{}", found.told());
    // Rules that are off ask nothing that could be decided.
    let found = run(&["check", AS_OF, "--select=sensitive-application-without-managed-device", LOGISTICS]);
    assert_eq!(found.status, 0, "{}", found.told());
}
