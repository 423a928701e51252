//! Every rule's page is its test: the examples on it are patches over a clean tenant, and what they say must happen.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use guestlist::check::{Report, Request, check};
use guestlist::config::Parameters;
use guestlist::load::Loader;
use guestlist::model::Time;
use guestlist::rules::{Pack, Rule, Schema, bundled_files};
use serde_json::{Map, Value};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pack() -> Pack {
    let schema = Schema::bundled().unwrap();
    Pack::read(&bundled_files(), &schema).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The clean tenant, by file stem.
fn clean() -> Map<String, Value> {
    let folder = root().join("testdata/tenants/logistics-partner");
    let mut files = Map::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            files.insert(stem, serde_json::from_str(&text).unwrap());
        }
    }
    files
}

/// RFC 7396, except that lists of objects are merged by `id` (or `tenantId`): an object of a new id is added, and
/// `"$remove": true` takes one away. `"$missing"` in place of a value takes the member away, as if it was not exported.
fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (name, value) in patch {
                if value == "$missing" {
                    base.remove(name);
                } else if let Some(existing) = base.get_mut(name) {
                    merge(existing, value);
                } else {
                    base.insert(name.clone(), value.clone());
                }
            }
        }
        (Value::Array(base), Value::Array(patch)) if patch.iter().any(|item| key(item).is_some()) => {
            for item in patch {
                let at = base.iter().position(|existing| key(existing).is_some() && key(existing) == key(item));
                match (at, item.get("$remove")) {
                    (Some(at), Some(_)) => drop(base.remove(at)),
                    (Some(at), None) => merge(&mut base[at], item),
                    (None, _) => base.push(item.clone()),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

fn key(item: &Value) -> Option<&Value> {
    item.get("id").or_else(|| item.get("tenantId"))
}

/// The clean tenant with a patch: a member per file, `null` for one that was not exported.
fn patched(patch: &Value) -> Map<String, Value> {
    let mut files = clean();
    for (name, change) in patch.as_object().expect("a patch is an object") {
        let file = files.get_mut(name).unwrap_or_else(|| panic!("no file `{name}.json` in the clean tenant"));
        match change {
            Value::Null => drop(files.remove(name)),
            Value::Array(_) => merge(file.get_mut("value").expect("a collection"), change),
            change => merge(file, change),
        }
    }
    files
}

/// The clean tenant with a patch, held against those rules.
fn run(files: &Map<String, Value>, rules: Vec<&Rule>, parameters: &Parameters) -> Report {
    let mut loader = Loader::default();
    for (name, value) in files {
        loader.file(format!("{name}.json"), serde_json::to_string_pretty(value).unwrap().as_bytes());
    }
    let loaded = loader.finish();
    let now = Time::read("2026-11-23").unwrap();
    check(&loaded, &Request::new(rules, parameters, now))
}

struct Block {
    kind: String,
    also: BTreeSet<String>,
    parameters: Parameters,
    patch: Value,
    line: usize,
}

/// Fenced blocks ```` ```json bad|good|unknown [also=rule,…] [max-access-days=N] [emergency-accounts=a,b]
/// [sensitive-applications=a,b] ````.
fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```json ") else { continue };
        let mut words = info.split_whitespace();
        let kind = words.next().unwrap_or_default().to_owned();
        let mut also = BTreeSet::new();
        let mut parameters = Parameters::default();
        for word in words {
            match word.split_once('=') {
                Some(("also", ids)) => also.extend(ids.split(',').map(str::to_owned)),
                Some(("emergency-accounts", ids)) => {
                    parameters.emergency_accounts.extend(ids.split(',').map(str::to_owned));
                }
                Some(("sensitive-applications", ids)) => {
                    parameters.sensitive_applications.extend(ids.split(',').map(str::to_owned));
                }
                Some(("max-access-days", days)) => parameters.max_access_days = days.parse().unwrap(),
                _ => panic!("{page}:{}: `{word}`", number + 1),
            }
        }
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let patch =
            serde_json::from_str(&body.join("\n")).unwrap_or_else(|error| panic!("{page}:{}: {error}", number + 1));
        blocks.push(Block { kind, also, parameters, patch, line: number + 1 });
    }
    blocks
}

fn page_path(rule: &Rule) -> PathBuf {
    root().join("rules").join(&rule.area).join(format!("{}.md", rule.metadata.id))
}

fn examples(rule: &Rule, pack: &Pack) -> Vec<String> {
    let mut wrong = Vec::new();
    let path = page_path(rule);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return vec![format!("{} does not exist", path.display())];
    };
    let page = format!("rules/{}/{}.md", rule.area, rule.metadata.id);
    let id = rule.metadata.id.as_str();
    let blocks = blocks(&page, &text);
    for needed in ["bad", "good"] {
        if !blocks.iter().any(|block| block.kind == needed) {
            wrong.push(format!("{page}: no ```json {needed}` example"));
        }
    }
    for block in blocks {
        let at = format!("{page}:{}: {}", block.line, block.kind);
        // The page's own rule and those that the block names: what the others say of it is in a snapshot.
        let tried =
            pack.rules.iter().filter(|other| other.metadata.id == id || block.also.contains(&other.metadata.id));
        let report = run(&patched(&block.patch), tried.collect(), &block.parameters);
        let fired: BTreeSet<String> = report.findings.iter().map(|finding| finding.rule.clone()).collect();
        let undecided = report.not_evaluated.iter().any(|outcome| outcome.rule == id);
        let others: BTreeSet<String> = fired.iter().filter(|rule| *rule != id).cloned().collect();
        if others != block.also && block.kind != "unknown" {
            wrong.push(format!("{at}: of the other rules {others:?} fire, the block says {:?}", block.also));
        }
        let (fires, open) = match block.kind.as_str() {
            "bad" => (true, false),
            "good" => (false, false),
            "unknown" => (false, true),
            _ => panic!("{at}: not a kind of example"),
        };
        if fired.contains(id) != fires {
            wrong.push(format!("{at}: the rule {}", if fires { "does not fire" } else { "fires" }));
        }
        if undecided != open {
            let told: Vec<_> = report
                .not_evaluated
                .iter()
                .filter(|outcome| outcome.rule == id)
                .map(|outcome| &outcome.reason)
                .collect();
            wrong.push(format!("{at}: the rule is {} evaluated {told:?}", if undecided { "not" } else { "" }));
        }
    }
    wrong
}

/// With `GUESTLIST_RULES` only rules of those areas or ids are tried.
#[test]
fn pages_say_what_happens() {
    let only = std::env::var("GUESTLIST_RULES").unwrap_or_default();
    let pack = pack();
    let wanted =
        |rule: &&Rule| only.is_empty() || only.split(',').any(|name| name == rule.area || name == rule.metadata.id);
    let wrong: Vec<String> = pack.rules.iter().filter(wanted).flat_map(|rule| examples(rule, &pack)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What all other rules say of the examples of a page, so that a change of one rule shows how far it reaches.
#[test]
fn other_rules_on_the_examples() {
    let pack = pack();
    let mut told = String::new();
    for rule in &pack.rules {
        let Ok(text) = std::fs::read_to_string(page_path(rule)) else { continue };
        let page = format!("rules/{}/{}.md", rule.area, rule.metadata.id);
        let shown = blocks(&page, &text).into_iter().filter(|block| block.kind != "unknown");
        for (number, block) in shown.enumerate() {
            let report = run(&patched(&block.patch), pack.rules.iter().collect(), &block.parameters);
            let others: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
            for other in others.into_iter().filter(|other| *other != rule.metadata.id) {
                let _ = writeln!(told, "{} {} {}: {other}", rule.metadata.id, number + 1, block.kind);
            }
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn pages_have_their_parts() {
    let mut wrong = Vec::new();
    for rule in &pack().rules {
        let Ok(text) = std::fs::read_to_string(page_path(rule)) else { continue };
        let id = &rule.metadata.id;
        if text.lines().next() != Some(&format!("# {id}")) {
            wrong.push(format!("{id}: the first line is not `# {id}`"));
        }
        let parts: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        if parts != ["Why", "Bad", "Good", "Fix", "References"] {
            wrong.push(format!("{id}: the parts are {parts:?}"));
        }
        if !text.contains("docs/semantics/") && !text.contains("https://learn.microsoft.com/") {
            wrong.push(format!("{id}: no reference"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn annotations_follow_the_style() {
    for rule in &pack().rules {
        let metadata = &rule.metadata;
        let stem = Path::new(&rule.path).file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(metadata.id, stem, "one rule, one file of its name");
        for text in [&metadata.message, &metadata.help] {
            assert!(!text.ends_with('.') && !text.starts_with(char::is_uppercase), "{}: `{text}`", metadata.id);
        }
        assert!(metadata.title.starts_with(char::is_uppercase) && !metadata.title.ends_with('.'), "{}", metadata.id);
    }
}

/// The embedded pack is compiled in: a file that was added since is not in it until the crate is built anew.
#[test]
fn the_embedded_pack_is_the_folder() {
    let mut on_disk = BTreeSet::new();
    for area in std::fs::read_dir(root().join("rules")).unwrap() {
        let area = area.unwrap().path();
        if area.is_dir() {
            for file in std::fs::read_dir(&area).unwrap() {
                let file = file.unwrap().path();
                if file.extension().is_some_and(|extension| extension == "cedar") {
                    let folder = area.file_name().unwrap().to_string_lossy().into_owned();
                    on_disk.insert(format!("rules/{folder}/{}", file.file_name().unwrap().to_string_lossy()));
                }
            }
        }
    }
    let embedded: BTreeSet<String> = bundled_files().into_iter().map(|file| file.path).collect();
    assert_eq!(embedded, on_disk, "touch src/rules/pack.rs and build again");
}

#[test]
fn the_clean_tenant_is_clean() {
    let pack = pack();
    let report = run(&clean(), pack.rules.iter().collect(), &Parameters::default());
    assert!(report.findings.is_empty() && report.not_evaluated.is_empty(), "{report:#?}");
}
