//! `guestlist diff` from outside: what a change is told as, in every format, and what is no change.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::binary::{AS_OF, ROOT, Run};
use serde_json::{Value, json};

fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    crate::binary::run_in(folder, &[&["diff", AS_OF], arguments].concat(), None)
}

fn copy(tenant: &str, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(Path::new(ROOT).join("testdata/tenants").join(tenant)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// A folder with the same tenant twice, `old` and `new`.
fn twice(tenant: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(tenant, &folder.path().join("old"));
    copy(tenant, &folder.path().join("new"));
    folder
}

fn edit(file: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(file, serde_json::to_string_pretty(&value).unwrap()).unwrap();
}

/// Changes of every sort: a policy opened up, one removed, one added, lists, settings, people.
fn change(new: &Path) {
    edit(&new.join("assignmentPolicies.json"), |policies| {
        let policy = &mut policies["value"][0];
        policy["expiration"] = json!({"type": "noExpiration"});
        policy["allowedTargetScope"] = json!("allConfiguredConnectedOrganizationUsers");
        policy["specificAllowedTargets"] = json!([]);
        policy["requestApprovalSettings"]["isApprovalRequiredForAdd"] = json!(false);
        policy["requestApprovalSettings"]["stages"] = json!([]);
        policy["reviewSettings"]["isEnabled"] = json!(false);
        policy["requestorSettings"]["enableTargetsToSelfUpdateAccess"] = json!(false);
        let mut another = policy.clone();
        another["id"] = json!("5d4d4ab2-0000-4000-8000-0000000000aa");
        another["displayName"] = json!("Another policy");
        policies["value"].as_array_mut().unwrap().push(another);
    });
    edit(&new.join("conditionalAccessPolicies.json"), |policies| {
        let policies = policies["value"].as_array_mut().unwrap();
        policies[0]["state"] = json!("enabledForReportingButNotEnforced");
        policies[0]["conditions"]["users"]["excludeGroups"] = json!(["a3846274-6892-4473-b766-ca85187904c8"]);
        policies.remove(2);
    });
    edit(&new.join("crossTenantAccessPolicyPartners.json"), |partners| {
        partners["value"][0]["inboundTrust"]["isMfaAccepted"] = json!(false);
    });
    edit(&new.join("users.json"), |users| {
        let users = users["value"].as_array_mut().unwrap();
        let mut user = users[4].clone();
        user["id"] = json!("5d4d4ab2-0000-4000-8000-0000000000bb");
        user["displayName"] = json!("Nova Guest");
        users.push(user);
    });
}

#[test]
fn a_change_in_every_format() {
    let folder = twice("logistics-partner");
    change(&folder.path().join("new"));
    for format in ["text", "json", "markdown"] {
        let run = run_in(folder.path(), &["--format", format, "old", "new"]);
        insta::assert_snapshot!(format!("a_change_as_{format}"), run.told());
        assert_eq!(run.stdout, run_in(folder.path(), &["--format", format, "old", "new"]).stdout);
    }
}

/// And back again: what was new is fixed.
#[test]
fn the_way_back() {
    let folder = twice("logistics-partner");
    change(&folder.path().join("new"));
    let forth: Value = serde_json::from_str(&run_in(folder.path(), &["--format=json", "old", "new"]).stdout).unwrap();
    let back: Value = serde_json::from_str(&run_in(folder.path(), &["--format=json", "new", "old"]).stdout).unwrap();
    assert_eq!(forth["summary"]["added"], back["summary"]["removed"]);
    assert_eq!(forth["summary"]["changed"], back["summary"]["changed"]);
    assert_eq!(forth["summary"]["findingsNew"], back["summary"]["findingsFixed"]);
    assert!(forth["summary"]["findingsNew"].as_u64().unwrap() > 0);
}

/// Order, format, file names and which object stands in which file make no difference.
#[test]
fn the_same_configuration_in_other_files() {
    let folder = twice("logistics-partner");
    let new = folder.path().join("new");
    for entry in std::fs::read_dir(&new).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>() {
        let mut value: Value = serde_json::from_slice(&std::fs::read(&entry).unwrap()).unwrap();
        if let Some(items) = value["value"].as_array_mut() {
            items.reverse();
        }
        if entry.ends_with("conditionalAccessPolicies.json") {
            for policy in value["value"].as_array_mut().unwrap() {
                for list in ["includeUsers", "excludeUsers", "includeGroups"] {
                    policy["conditions"]["users"][list].as_array_mut().unwrap().reverse();
                }
                policy["modifiedDateTime"] = json!("2026-11-22T00:00:00Z");
            }
        }
        std::fs::remove_file(&entry).unwrap();
        let name = format!("z{}", entry.file_name().unwrap().to_string_lossy().replace(".json", ".yaml"));
        std::fs::create_dir_all(new.join("below")).unwrap();
        // JSON is YAML.
        std::fs::write(new.join("below").join(name), serde_json::to_string(&value).unwrap()).unwrap();
    }
    let run = run_in(folder.path(), &["--fail-on=any", "old", "new"]);
    insta::assert_snapshot!(run.told());
}

#[test]
fn two_dialects_of_one_tenant_are_the_same() {
    let run = run_in(Path::new(ROOT), &["--fail-on=any", "testdata/formats/v1", "testdata/formats/beta"]);
    assert_eq!(run.status, 0, "{}", run.told());
    assert!(run.stdout.contains("no object differs"), "{}", run.told());
}

/// What was not exported is never gone, and its findings are never fixed.
#[test]
fn a_collection_that_is_missing() {
    let folder = twice("consulting-walkthrough");
    for name in ["assignmentPolicies.json", "conditionalAccessPolicies.json", "users.json"] {
        std::fs::remove_file(folder.path().join("new").join(name)).unwrap();
    }
    let mut told = String::new();
    for arguments in
        [["--format=text", "old", "new"], ["--format=text", "new", "old"], ["--format=markdown", "old", "new"]]
    {
        let _ = writeln!(told, "==== {arguments:?}\n{}", run_in(folder.path(), &arguments).told());
    }
    insta::assert_snapshot!(told);
    let run = run_in(folder.path(), &["--format=json", "old", "new"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["findings"]["fixed"], json!([]));
    assert_eq!(report["summary"]["removed"], 0);
    assert_eq!(report["differs"], "unknown");
}

#[test]
fn exports_of_two_tenants_are_warned_about() {
    let folder = twice("logistics-partner");
    edit(&folder.path().join("new/organization.json"), |organizations| {
        organizations["value"][0]["id"] = json!("5d4d4ab2-0000-4000-8000-0000000000cc");
    });
    let run = run_in(folder.path(), &["old", "new"]);
    assert!(run.stdout.starts_with("warning: the exports are of different tenants: "), "{}", run.told());
    // Nobody can tell without.
    std::fs::remove_file(folder.path().join("old/organization.json")).unwrap();
    let run = run_in(folder.path(), &["old", "new"]);
    assert!(!run.stdout.contains("different tenants"), "{}", run.told());
}

/// Who may approve once nobody answered.
#[test]
fn escalation_is_compared() {
    let folder = twice("logistics-partner");
    let user = json!({"@odata.type": "#microsoft.graph.singleUser", "userId": "e4631b55-3fde-45b4-a886-904732dce811"});
    edit(&folder.path().join("new/assignmentPolicies.json"), |policies| {
        let stage = &mut policies["value"][0]["requestApprovalSettings"]["stages"][0];
        stage["isEscalationEnabled"] = json!(true);
        stage["escalationApprovers"] = json!([user]);
    });
    let report = json_of(folder.path(), "old", "new");
    let member = &report["assignmentPolicies"][0]["members"][0];
    assert_eq!(member["member"], "approval.stages.1.escalation", "{report}");
    assert_eq!(member["added"][0]["name"], "Emergency Access 01", "{report}");
}

fn json_of(folder: &Path, old: &str, new: &str) -> Value {
    run_in(folder, &["--format=json", old, new]).json()
}

/// What neither side understands is the same only if it is written the same.
#[test]
fn what_nobody_understands_is_not_taken_for_the_same() {
    type Edit = fn(&mut Value, &str);
    let edits: [(&str, Edit); 4] = [
        ("deviceFilter", |policy, word| {
            policy["conditions"]["devices"] =
                json!({"deviceFilter": {"mode": "include", "rule": format!("device.displayName -{word} \"a\"")}});
        }),
        ("platforms.include", |policy, word| {
            policy["conditions"]["platforms"] = json!({"includePlatforms": [word], "excludePlatforms": []});
        }),
        ("conditions.novelty", |policy, word| policy["conditions"]["novelty"] = json!({"include": [word]})),
        ("grant.builtInControls", |policy, word| policy["grantControls"]["builtInControls"] = json!([word])),
    ];
    for (member, change) in edits {
        let folder = twice("logistics-partner");
        let path = folder.path();
        let write = |side: &str, word: &str, name: &str| {
            edit(&path.join(side).join("conditionalAccessPolicies.json"), |policies| {
                policies["value"].as_array_mut().unwrap().truncate(1);
                change(&mut policies["value"][0], word);
                policies["value"][0]["displayName"] = json!(name);
            });
        };
        write("old", "frob", "One policy");
        write("new", "quux", "One policy");
        let report = json_of(path, "old", "new");
        assert_eq!(report["summary"]["complete"], false, "{member}: {report}");
        for way in ["opened", "closed"] {
            assert_eq!(report["access"][way], "unknown", "{member}: {report}");
        }
        assert_ne!(report["differs"], "no", "{member}");
        assert!(report.to_string().contains(member), "{member}: {report}");
        write("new", "frob", "Another name");
        let report = json_of(path, "old", "new");
        assert_eq!((&report["access"]["opened"], &report["untold"]), (&json!("no"), &json!([])), "{member}: {report}");
    }
}

/// Somebody who is given an account gains what the account has beyond what anybody of their sort has.
#[test]
fn users_of_one_side_gain_and_lose_access() {
    let folder = twice("logistics-partner");
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let id = "5d4d4ab2-0000-4000-8000-0000000000bb";
    edit(&new.join("users.json"), |users| {
        users["value"].as_array_mut().unwrap().push(json!({
            "id": id, "displayName": "Nova Guest", "mail": "nova@mail.example",
            "userPrincipalName": "nova_mail.example#EXT#@nordhavenfreight.onmicrosoft.com",
            "userType": "Guest", "accountEnabled": true, "externalUserState": "Accepted", "creationType": "Invitation",
            "identities": [{"signInType": "federated", "issuer": "google.com", "issuerAssignedId": "x"}], "sponsors": [],
        }));
    });
    let report = json_of(folder.path(), "old", "new");
    assert_eq!(report["access"]["opened"], "no", "an account alone opens nothing\n{report}");
    for side in [&old, &new] {
        edit(&side.join("conditionalAccessPolicies.json"), |policies| {
            for policy in policies["value"].as_array_mut().unwrap() {
                policy["conditions"]["users"]["excludeGroups"] = json!(["a3846274-6892-4473-b766-ca85187904c8"]);
            }
        });
    }
    edit(&new.join("groups.json"), |groups| {
        let member = json!({"@odata.type": "#microsoft.graph.user", "id": id});
        groups["value"][0]["members"].as_array_mut().unwrap().push(member);
    });
    let report = json_of(folder.path(), "old", "new");
    assert_eq!((&report["access"]["opened"], &report["access"]["closed"]), (&json!("yes"), &json!("no")), "{report}");
    assert!(report["access"]["openedSignIns"]["sets"][0]["text"].as_str().unwrap().contains("Nova Guest"), "{report}");
    let report = json_of(folder.path(), "new", "old");
    assert_eq!((&report["access"]["opened"], &report["access"]["closed"]), (&json!("no"), &json!("yes")), "{report}");
    // Where the other side does not tell of users, they may be there as well.
    std::fs::remove_file(old.join("users.json")).unwrap();
    let report = json_of(folder.path(), "old", "new");
    assert_eq!(report["access"]["opened"], "unknown", "{report}");
}

/// An export of Conditional Access alone does not tell whether anybody is let in at all: what a change opens is told under
/// an assumption, and nothing is proven. Of what one side alone lacks nothing is told.
#[test]
fn conditional_access_alone_opens_under_an_assumption() {
    let folder = twice("logistics-partner");
    let path = folder.path();
    for side in ["old", "new"] {
        for entry in std::fs::read_dir(path.join(side)).unwrap().map(Result::unwrap) {
            if entry.file_name() != "conditionalAccessPolicies.json" {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
    }
    edit(&path.join("new/conditionalAccessPolicies.json"), |policies| {
        for policy in policies["value"].as_array_mut().unwrap() {
            if policy["displayName"].as_str().unwrap().starts_with("Require MFA for") {
                policy["state"] = json!("disabled");
            }
        }
    });
    let report = json_of(path, "old", "new");
    let opened = &report["access"]["openedSignIns"];
    assert_eq!(report["access"]["opened"], "unknown", "{report}");
    assert_eq!(report["access"]["closed"], "no", "{report}");
    assert_eq!((&opened["sets"], &opened["complete"]), (&json!([]), &json!(false)));
    let first = opened["perhaps"]["sets"][0]["text"].as_str().unwrap();
    assert!(first.starts_with("1. kind: any but b2bDirectConnectUser · "), "{first}");
    assert!(first.ends_with(" · with nothing but a first factor"), "{first}");
    let text = run_in(path, &["old", "new"]).stdout;
    assert!(text.contains("sign-ins opened if B2B collaboration lets in people of any other tenant, "), "{text}");
    assert_eq!(run_in(path, &["--fail-on=opened", "old", "new"]).status, 3);
    std::fs::remove_file(path.join("new/conditionalAccessPolicies.json")).unwrap();
    std::fs::copy(Path::new(ROOT).join("testdata/tenants/logistics-partner/users.json"), path.join("new/users.json"))
        .unwrap();
    let opened = &json_of(path, "old", "new")["access"]["openedSignIns"];
    assert_eq!(opened["perhaps"]["sets"], json!([]), "{opened}");
    assert!(opened["dependsOn"].as_array().is_some_and(|names| !names.is_empty()), "{opened}");
}

/// A policy excludes a user of whom neither side tells anything: nobody knows whether that is somebody from outside.
#[test]
fn an_exclusion_of_somebody_who_was_not_exported_opens_perhaps() {
    let folder = twice("logistics-partner");
    let path = folder.path();
    for side in ["old", "new"] {
        std::fs::remove_file(path.join(side).join("users.json")).unwrap();
    }
    assert_eq!(json_of(path, "old", "new")["access"]["opened"], "no");
    edit(&path.join("new/conditionalAccessPolicies.json"), |policies| {
        for policy in policies["value"].as_array_mut().unwrap() {
            let users = &mut policy["conditions"]["users"];
            users["excludeUsers"] = json!(["5d4d4ab2-0000-4000-8000-0000000000ee"]);
        }
    });
    let report = json_of(path, "old", "new");
    assert_eq!(report["access"]["opened"], "unknown", "{report}");
    let opened = &report["access"]["openedSignIns"];
    let assumed = json!({
        "statement": "a user who was not exported is 5d4d4ab2-0000-4000-8000-0000000000ee",
        "is": true
    });
    assert!(opened["perhaps"]["if"].as_array().unwrap().contains(&assumed), "{opened}");
    let first = &opened["perhaps"]["sets"][0];
    assert!(first["text"].as_str().unwrap().starts_with("1. a user who was not exported"), "{opened}");
    assert_eq!(first["command"], json!(null));
    let text = run_in(path, &["old", "new"]).stdout;
    assert!(text.contains("sign-ins opened if a user who was not exported is "), "{text}");
}

/// Whoever comes from a partner that one side may have and does not tell of.
#[test]
fn partners_that_one_side_may_lack_prove_nothing() {
    let folder = twice("logistics-partner");
    edit(&folder.path().join("new/crossTenantAccessPolicyPartners.json"), |partners| {
        partners["@odata.nextLink"] = json!("https://graph.microsoft.com/v1.0/more");
    });
    assert_eq!(json_of(folder.path(), "old", "new")["access"]["opened"], "unknown");
    assert_eq!(json_of(folder.path(), "new", "old")["access"]["closed"], "unknown");
    let text = run_in(folder.path(), &["old", "new"]).stdout;
    assert!(text.contains("opened or not: it depends on whether"), "{text}");
    assert!(!text.contains("partner-not-exported") && !text.contains("mfa-trusted"), "{text}");
}

#[test]
fn exit_statuses() {
    let folder = twice("logistics-partner");
    let path = folder.path();
    copy("logistics-partner", &path.join("changed"));
    change(&path.join("changed"));
    copy("logistics-partner", &path.join("renamed"));
    edit(&path.join("renamed/users.json"), |users| users["value"][0]["displayName"] = json!("Somebody"));
    copy("logistics-partner", &path.join("less"));
    std::fs::remove_file(path.join("less/assignmentPolicies.json")).unwrap();
    copy("logistics-partner", &path.join("broken"));
    std::fs::write(path.join("broken/users.json"), "{\"value\": [").unwrap();
    std::fs::create_dir(path.join("empty")).unwrap();
    for (arguments, status) in [
        (vec!["old", "new"], 0),
        (vec!["--fail-on=any", "old", "new"], 0),
        (vec!["old", "changed"], 0),
        (vec!["--fail-on=any", "old", "changed"], 1),
        (vec!["--fail-on=new-findings", "old", "changed"], 1),
        (vec!["--fail-on=new-findings", "changed", "old"], 0),
        (vec!["--fail-on=new-findings", "old", "renamed"], 0),
        (vec!["--fail-on=any,new-findings", "old", "renamed"], 1),
        (vec!["--fail-on=any", "--fail-on=new-findings", "old", "renamed"], 1),
        (vec!["old", "less"], 0),
        (vec!["--strict", "old", "less"], 3),
        (vec!["--fail-on=new-findings", "old", "less"], 3),
        (vec!["--fail-on=any", "old", "less"], 3),
        (vec!["old", "broken"], 2),
        (vec!["broken", "old"], 2),
        (vec!["old", "empty"], 2),
        (vec!["old", "nowhere"], 2),
        (vec!["old"], 2),
        (vec!["old", "new", "less"], 2),
        (vec!["-", "-"], 2),
        (vec!["--fail-on=never", "old", "new"], 2),
    ] {
        let run = run_in(path, &arguments);
        assert_eq!(run.status, status, "{arguments:?}\n{}", run.told());
    }
}

#[test]
fn mistakes_are_explained() {
    let folder = twice("logistics-partner");
    let path = folder.path();
    std::fs::write(path.join("new/users.json"), "{\"value\": [").unwrap();
    std::fs::create_dir(path.join("empty")).unwrap();
    let two = Path::new(ROOT).join("testdata/broken/two-tenants").to_string_lossy().into_owned();
    let mut told = String::new();
    for arguments in [
        vec!["old", "new"],
        vec!["empty", "old"],
        vec!["old", "no\u{1b}[31m/such"],
        vec!["old"],
        vec!["--git=a..b", "old", "new"],
        vec!["-", "-"],
        vec!["--select=guest-without-sponser", "old", "old"],
        vec!["old", &two],
    ] {
        let run = run_in(path, &arguments);
        let _ = writeln!(told, "{}", run.told().replace(ROOT, "ROOT"));
    }
    insta::assert_snapshot!(told);
}

/// Display names are written by strangers.
#[test]
fn names_that_strangers_choose_do_no_harm() {
    let folder = twice("logistics-partner");
    let hostile = "x | y\u{1b}[31m\u{202e}\n\n</details><img src=x onerror=alert(1)> @everyone #1 [a](http://evil.example) `code` ![i](//e) ::error::x";
    edit(&folder.path().join("new/users.json"), |users| {
        users["value"][0]["displayName"] = json!(hostile);
        let mut user = users["value"][4].clone();
        user["id"] = json!(hostile);
        user["displayName"] = json!(hostile);
        users["value"].as_array_mut().unwrap().push(user);
    });
    edit(&folder.path().join("new/assignmentPolicies.json"), |policies| {
        policies["value"][0]["displayName"] = json!(hostile);
        policies["value"][0]["expiration"] = json!({"type": "noExpiration"});
    });
    for format in ["text", "json", "markdown"] {
        let run = run_in(folder.path(), &["--format", format, "old", "new"]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        for character in ['\u{1b}', '\u{202e}', '\r', '\u{7}'] {
            assert!(!shown.contains(character), "{character:?} in {format}");
        }
        assert!(shown.contains("onerror"), "{format} shows the name");
        if format == "markdown" {
            for mark in ["<img", "@everyone", "[a]", "://", "`code", "x | y", "::"] {
                assert!(!shown.contains(mark), "{mark} in markdown\n{shown}");
            }
            assert_eq!(shown.matches("<details>").count(), shown.matches("</details>").count());
            let rows = shown.lines().filter(|line| line.starts_with("| "));
            rows.for_each(|row| assert_eq!(row.matches('|').count(), 6, "{row}"));
        }
    }
}

/// GitHub takes 65,536 characters.
#[test]
fn a_comment_is_never_too_long() {
    let folder = twice("logistics-partner");
    edit(&folder.path().join("new/users.json"), |users| {
        let user = users["value"][4].clone();
        for number in 0..2000 {
            let mut user = user.clone();
            user["id"] = json!(format!("5d4d4ab2-0000-4000-8000-{number:012}"));
            user["displayName"] = json!(format!("Guest {number} \u{1f98a}<>&"));
            users["value"].as_array_mut().unwrap().push(user);
        }
    });
    let run = run_in(folder.path(), &["--format=markdown", "--select=cross-tenant-access", "old", "new"]);
    assert!(run.stdout.encode_utf16().count() <= 65_536);
    assert_eq!(run.stdout.matches("<details>").count(), run.stdout.matches("</details>").count());
    let last = run.stdout.lines().last().unwrap();
    assert!(last.contains("lines were left out"), "{last}");
    let text = run_in(folder.path(), &["--select=cross-tenant-access", "old", "new"]).stdout;
    assert!(text.contains("user: 2000 added"), "{text}");
    assert!(text.contains("… and 1990 more added"), "{text}");
    let json = run_in(folder.path(), &["--format=json", "--select=cross-tenant-access", "old", "new"]).stdout;
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["objects"]["user"].as_array().unwrap().len(), 2000);
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "core.autocrlf=false"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose `deep/export` has three states: tags `one` and `two`, and the files on disk.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let export = path.join("deep/export");
    copy("logistics-partner", &export);
    git(path, &["init", "--quiet", "--initial-branch=main"]);
    std::fs::write(path.join("README"), "x").unwrap();
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "-m", "one"]);
    git(path, &["tag", "one"]);
    change(&export);
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "-m", "two"]);
    git(path, &["tag", "two"]);
    edit(&export.join("users.json"), |users| users["value"][0]["displayName"] = json!("Somebody"));
    folder
}

#[test]
fn two_revisions_of_a_repository() {
    let folder = repository();
    let path = folder.path();
    let beside = twice("logistics-partner");
    change(&beside.path().join("new"));
    // The same as two folders, but for the names of the files.
    let folders =
        run_in(beside.path(), &["old", "new"]).stdout.replace("new/", "deep/export/").replace("old/", "deep/export/");
    for range in ["one..two", "one..", "one..HEAD", "one...two", "one..main"] {
        let run = run_in(path, &["--git", range, "deep/export"]);
        assert_eq!(run.stdout, folders, "{range}\n{}", run.told());
    }
    let below = run_in(&path.join("deep"), &["--git=one..two", "./export"]);
    assert_eq!(below.stdout, folders.replace("deep/export/", "export/"));
    let up = run_in(&path.join("deep/export"), &["--git=one..two", "../export"]);
    assert_eq!(up.stdout, folders.replace("deep/export/", "../export/"));
    let here = run_in(&path.join("deep/export"), &["--git=one..two", "."]);
    assert_eq!(here.stdout, folders.replace("deep/export/", ""));
    let run = run_in(path, &["--git=two", "deep/export"]);
    insta::assert_snapshot!(run.told(), @r"
    access opened and closed
      no sign-in opened: proven for every possible one
      no sign-in closed: proven for every possible one
      taken as given: nobody is eligible for membership of a group but those whom the export tells of (W-4.13); everybody is of this Microsoft cloud (W-4.5); session controls refuse nobody (W-4.8)

    user: 1 changed
      ~ `Somebody` (e4631b55-3fde-45b4-a886-904732dce811)  deep/export/users.json:4:5
          displayName: `Emergency Access 01` -> `Somebody`

    objects: 0 added, 0 removed, 1 changed; findings: 0 new, 0 fixed
    --- exit status 0
    ");
    // One file is a path too.
    let run = run_in(path, &["--git=two", "deep/export/users.json"]);
    assert!(run.stdout.contains("user: 1 changed"), "{}", run.told());
}

#[test]
fn mistakes_with_git_are_explained() {
    let folder = repository();
    let outside = tempfile::tempdir().unwrap();
    let mut told = String::new();
    for arguments in [
        ["--git=nope..two", "deep/export"],
        ["--git=one..nope", "deep/export"],
        ["--git=--all..two", "deep/export"],
        ["--git=", "deep/export"],
        ["--git=one:README..two", "deep/export"],
        ["--git=one..two", "nowhere"],
        ["--git=one..two", "../outside"],
        ["--git=one..two", "/"],
        ["--git=one..two", "README"],
        ["--git=one..two", "deep/*"],
    ] {
        let _ = writeln!(told, "{arguments:?}\n{}", run_in(folder.path(), &arguments).told());
    }
    insta::assert_snapshot!(told);
    let run = run_in(outside.path(), &["--git=one..two", "."]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("the current folder is in none"), "{}", run.told());
}

/// A link in a tree is a text with a path: it is told and not read, and what stands behind it is not taken for removed.
#[cfg(unix)]
#[test]
fn links_in_a_repository_are_not_followed() {
    let folder = repository();
    let path = folder.path();
    git(path, &["stash", "--quiet"]);
    std::fs::remove_file(path.join("deep/export/users.json")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", path.join("deep/export/users.json")).unwrap();
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "-m", "link"]);
    let run = run_in(path, &["--git=two..HEAD", "deep/export"]);
    assert!(run.stderr.contains("users.json: not read: a link"), "{}", run.told());
    assert!(run.stdout.contains("user: not exported in `HEAD`"), "{}", run.told());
    assert!(!run.stdout.contains("removed"), "{}", run.told());
}

#[test]
fn the_documentation_names_every_flag() {
    let document = std::fs::read_to_string(Path::new(ROOT).join("docs/diff.md")).unwrap();
    let command = guestlist::cli::command();
    let diff = command.find_subcommand("diff").unwrap();
    for argument in diff.get_arguments().filter_map(clap::Arg::get_long).filter(|name| *name != "help") {
        assert!(document.contains(&format!("`--{argument}")), "--{argument}");
    }
}

/// What the README shows is what the binary says.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Review a change\n").unwrap();
    let (_, block) = section.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let (_, command) = section.split_once(" diff ").unwrap();
    let arguments: Vec<&str> = command.lines().next().unwrap().split(' ').collect();
    let run = run_in(Path::new(ROOT), &arguments);
    assert!(run.stdout.contains(shown), "{}", run.told());
}

/// User actions and authentication contexts are resources like others: a policy for one that is gone lets somebody in.
#[test]
fn policies_for_user_actions_and_contexts() {
    let applications = [
        (json!({"includeUserActions": ["urn:user:registersecurityinfo"]}), "--user-action registerSecurityInformation"),
        (json!({"includeUserActions": ["urn:user:registerdevice"]}), "--user-action registerOrJoinDevices"),
        (json!({"includeAuthenticationContextClassReferences": ["c2"]}), "--authentication-context c2"),
    ];
    for (target, option) in applications {
        let folder = twice("logistics-partner");
        for (side, state) in [("old", "enabled"), ("new", "disabled")] {
            edit(&folder.path().join(side).join("conditionalAccessPolicies.json"), |policies| {
                let mut another = policies["value"][1].clone();
                another["id"] = json!("5d4d4ab2-0000-4000-8000-0000000000c3");
                another["displayName"] = json!("Nothing of the sort");
                another["conditions"]["clientAppTypes"] = json!(["all"]);
                // Graph writes every list.
                let applications = &mut another["conditions"]["applications"];
                applications["includeApplications"] = json!([]);
                applications["excludeApplications"] = json!([]);
                for (name, list) in target.as_object().unwrap() {
                    applications[name] = list.clone();
                }
                another["state"] = json!(state);
                policies["value"].as_array_mut().unwrap().push(another);
            });
        }
        let report = json_of(folder.path(), "old", "new");
        assert_eq!(report["access"]["opened"], "yes", "{option}: {report}");
        let told = report["access"].to_string();
        assert!(told.contains(option), "{option}: {told}");
        let report = json_of(folder.path(), "new", "old");
        assert_eq!(report["access"]["opened"], "no", "{option}: {report}");
        assert_eq!(report["access"]["closed"], "yes", "{option}: {report}");
    }
}
