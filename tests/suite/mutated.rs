//! Nothing is proven over what nobody reads: every object that the model reads gets a member that nobody knows, loses
//! each of its members in turn, and has each of its enumerations set to words that nobody knows.
//!
//! `GUESTLIST_MUTANTS` is how many changes a test draws, and `all` is every one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use guestlist::check::{Request, check};
use guestlist::config::Parameters;
use guestlist::load::{Loaded, Loader, Sort, Weight};
use guestlist::model::{METHODS, Time};
use guestlist::report::{TenantRun, TextOptions, json, text};
use guestlist::rules::{Pack, Schema, bundled_files};
use serde_json::{Value, json as value};

use crate::binary::{CONSULTING, LOGISTICS, ROOT};
use crate::draw::Draw;

/// Files of a tenant by name.
type Files = BTreeMap<String, Value>;

fn bundled(tenant: &str) -> Files {
    let folder = std::path::Path::new(ROOT).join(tenant);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    })
    .collect()
}

fn load(files: &Files) -> Loaded {
    let mut loader = Loader::default();
    for (name, content) in files {
        loader.file(name.clone(), content.to_string().as_bytes());
    }
    loader.finish()
}

fn with_pack<T>(ask: impl FnOnce(&Pack) -> T) -> T {
    thread_local! {
        static PACK: Pack = Pack::read(&bundled_files(), &Schema::bundled().unwrap()).unwrap();
    }
    PACK.with(ask)
}

/// How many changes to draw.
fn drawn(few: usize) -> usize {
    match std::env::var("GUESTLIST_MUTANTS") {
        Ok(all) if all == "all" => usize::MAX,
        Ok(number) => number.parse().unwrap(),
        Err(_) => few,
    }
}

/// So many of them, a few at most where nobody asks for more.
fn sample<T>(mut all: Vec<T>, few: usize) -> Vec<T> {
    let mut random = Draw::new(20_261_130, 7);
    let most = drawn(few);
    while all.len() > most {
        let at = random.below(all.len());
        all.swap_remove(at);
    }
    all
}

/// Pointers to every object in a value, itself among them.
fn objects(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(pointer.to_owned());
            for (name, inner) in members {
                objects(inner, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (number, inner) in items.iter().enumerate() {
                objects(inner, &format!("{pointer}/{number}"), found);
            }
        }
        _ => {}
    }
}

/// Files of which every member counts. People, groups, applications, roles and the like have many that nobody asks for.
const OF_SETTINGS: [&str; 6] = [
    "authenticationStrengthPolicies.json",
    "authorizationPolicy.json",
    "conditionalAccessPolicies.json",
    "crossTenantAccessPolicyDefault.json",
    "crossTenantAccessPolicyPartners.json",
    "identitySecurityDefaultsEnforcementPolicy.json",
];

/// Files of which every member below the objects themselves counts, too.
const OF_SETTINGS_BELOW: [&str; 2] = ["assignmentPolicies.json", "namedLocations.json"];

/// Members that say nothing, with everything in them.
const SAYS_NOTHING: [&str; 8] = [
    "identitySynchronization",
    "tenantRestrictions",
    "invitationRedemptionIdentityProviderConfiguration",
    "defaultUserRolePermissions",
    "questions",
    "notificationSettings",
    "accessPackage",
    "catalog",
];

fn counts(file: &str, pointer: &str) -> bool {
    // Microsoft documents it as false there, whatever it says.
    if file == "crossTenantAccessPolicyDefault.json" && pointer.starts_with("/automaticUserConsentSettings") {
        return false;
    }
    let silent = pointer
        .split('/')
        .any(|name| SAYS_NOTHING.contains(&name) || name == "schedule" || name.ends_with("Reviewers"));
    !silent && !pointer.is_empty()
}

/// Whether something is told of an object that is not understood, or was lost.
fn is_told(loaded: &Loaded) -> bool {
    let sorts = [Sort::MemberNotUnderstood, Sort::MemberUnknown, Sort::KindUnknown];
    loaded.problems.iter().any(|problem| problem.weight <= Weight::Warning && sorts.contains(&problem.sort))
}

#[test]
fn a_member_that_nobody_knows_is_told_and_seen_by_a_comparison() {
    for tenant in [LOGISTICS, CONSULTING] {
        let files = bundled(tenant);
        let original = load(&files);
        assert!(!is_told(&original), "{:?}", original.problems);
        let mut places = Vec::new();
        for name in OF_SETTINGS.iter().chain(&OF_SETTINGS_BELOW) {
            let mut found = Vec::new();
            // A file of one object, or of a list of them.
            objects(&files[*name], "", &mut found);
            let list = files[*name].get("value").is_some();
            found.retain(
                |pointer| if list { counts(name, pointer) } else { pointer.is_empty() || counts(name, pointer) },
            );
            places.extend(found.into_iter().map(|pointer| (*name, pointer)));
        }
        let mut silent = BTreeSet::new();
        for (name, pointer) in sample(places, 400) {
            for invented in [value!("x"), value!(false), value!({"inner": ["x"]})] {
                // That file alone: what is told of it does not depend on the others.
                let mut own = Files::from([(name.to_owned(), files[name].clone())]);
                let before = load(&own);
                let at = own.get_mut(name).unwrap().pointer_mut(&pointer).unwrap();
                at["inventedMember"] = invented;
                let after = load(&own);
                let mut differing = Differing(false);
                before.tenant.pair(&after.tenant, &mut differing);
                if !is_told(&after) || !differing.0 {
                    silent.insert(format!(
                        "{tenant} {name}{pointer}: told {}, differs {}",
                        is_told(&after),
                        differing.0
                    ));
                }
            }
        }
        assert!(silent.is_empty(), "\n{}", silent.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

/// Whether two tenants differ in what objects say.
struct Differing(bool);

impl guestlist::model::Pairs for Differing {
    fn pair<T: guestlist::model::Aggregate>(
        &mut self,
        _: guestlist::model::Kind,
        mine: &guestlist::model::Collection<T>,
        other: &guestlist::model::Collection<T>,
    ) {
        for before in &mine.items {
            self.0 |= other.get(before.id()).is_none_or(|after| !before.differing(after).is_empty());
        }
    }
}

/// A row of the page on enumerations: the member's path, its shape and its words.
struct Enumeration {
    path: String,
    shape: String,
    words: Vec<String>,
}

fn enumerations() -> Vec<Enumeration> {
    let page = std::fs::read_to_string(std::path::Path::new(ROOT).join("docs/enumerations.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let words = cells[3].split_whitespace().chain(cells[4].split_whitespace());
        Enumeration {
            path: cells[1].split('`').nth(1).unwrap().to_owned(),
            shape: cells[2].to_owned(),
            words: words.map(str::to_owned).collect(),
        }
    })
    .collect()
}

/// A document in which nothing but the member of that path is set: `key[#type].member.list[].member`.
fn document(path: &str, set: Value) -> Value {
    let mut built = set;
    for (depth, step) in path.split('.').rev().enumerate().collect::<Vec<_>>() {
        let _ = depth;
        let (name, of_list) =
            step.split_once('[').map_or((step, None), |(name, rest)| (name, Some(rest.trim_end_matches(']'))));
        if let Some(kind) = of_list {
            if !kind.is_empty() {
                built["@odata.type"] = kind.into();
            }
            built["id"] = "1a000000-0000-4000-8000-000000000001".into();
            built = value!([built]);
        }
        built = value!({ name: built });
    }
    built
}

/// Dots of type names are no steps.
fn steps(path: &str) -> String {
    path.replace("#microsoft.graph.", "#microsoft-graph-")
}

#[test]
fn the_page_on_enumerations_is_what_is_read() {
    let mut wrong = String::new();
    for Enumeration { path, shape, words } in enumerations() {
        if shape == "methods" {
            let known: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
            assert_eq!(words, known, "{path}");
            continue;
        }
        let tells = |word: &str| {
            let set = if shape == "list" { value!([word]) } else { value!(word) };
            let text = document(&steps(&path), set).to_string().replace("#microsoft-graph-", "#microsoft.graph.");
            let mut loader = Loader::default();
            loader.file("export.json".into(), text.as_bytes());
            let loaded = loader.finish();
            let named = format!("`{word}`");
            loaded.problems.iter().any(|problem| problem.weight <= Weight::Warning && problem.message.contains(&named))
        };
        for word in &words {
            if tells(word) {
                let _ = writeln!(wrong, "{path}: `{word}` is not known to the reader");
            }
        }
        for word in ["unknownFutureValue", "somethingUnheardOf"] {
            if !tells(word) {
                let _ = writeln!(wrong, "{path}: nothing is told of `{word}`");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What a rule comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Fires,
    Unknown,
    Holds,
}

fn outcomes(files: &Files) -> BTreeMap<String, Outcome> {
    let loaded = load(files);
    with_pack(|pack| {
        let (parameters, now) = (Parameters::default(), Time::read("2026-11-23").unwrap());
        let report = check(&loaded, &Request::new(pack.rules.iter().collect(), &parameters, now));
        let mut outcomes: BTreeMap<String, Outcome> =
            pack.rules.iter().map(|rule| (rule.metadata.id.clone(), Outcome::Holds)).collect();
        for open in &report.not_evaluated {
            outcomes.insert(open.rule.clone(), Outcome::Unknown);
        }
        for broken in &report.broken_if {
            outcomes.insert(broken.rule.clone(), Outcome::Unknown);
        }
        for finding in &report.findings {
            outcomes.insert(finding.rule.clone(), Outcome::Fires);
        }
        outcomes
    })
}

/// Where in a tenant's files the enumerations of the page stand: the file, the pointer, and the words that may stand
/// there.
fn places_of_words(files: &Files) -> Vec<(String, String, Enumeration)> {
    fn walk(value: &Value, steps: &[&str], pointer: &str, found: &mut Vec<String>) {
        let Some((step, rest)) = steps.split_first() else {
            found.push(pointer.to_owned());
            return;
        };
        let name = step.split('[').next().unwrap();
        let Some(inner) = value.get(name) else { return };
        let pointer = format!("{pointer}/{name}");
        match inner {
            Value::Array(items) if step.contains('[') => {
                for (number, item) in items.iter().enumerate() {
                    walk(item, rest, &format!("{pointer}/{number}"), found);
                }
            }
            _ => walk(inner, rest, &pointer, found),
        }
    }
    let mut places = Vec::new();
    for enumeration in enumerations().into_iter().filter(|enumeration| enumeration.shape != "methods") {
        let path = steps(&enumeration.path);
        let (key, rest) = path.split_once('.').unwrap();
        let key = key.split('[').next().unwrap();
        let Some((name, content)) = files.iter().find(|(name, _)| name.strip_suffix(".json") == Some(key)) else {
            continue;
        };
        let rest: Vec<&str> = rest.split('.').collect();
        let mut found = Vec::new();
        match content.get("value").and_then(Value::as_array) {
            Some(items) => {
                for (number, item) in items.iter().enumerate() {
                    walk(item, &rest, &format!("/value/{number}"), &mut found);
                }
            }
            None => walk(content, &rest, "", &mut found),
        }
        for pointer in found {
            let Enumeration { path, shape, words } = &enumeration;
            let own = Enumeration { path: path.clone(), shape: shape.clone(), words: words.clone() };
            places.push((name.clone(), pointer, own));
        }
    }
    places
}

/// Members of which null is a value of its own, as Graph documents it: no risk is asked for, the account has no user type,
/// nobody was invited.
const NULL_SAYS_SO: [&str; 3] = ["insiderRiskLevels", "userType", "externalUserState"];

/// Whatever stands in the place of a word that nobody knows, a rule that holds beside it holds with every word that may
/// stand there.
#[test]
fn what_holds_beside_a_word_that_nobody_knows_holds_with_every_word() {
    let mut wrong = BTreeSet::new();
    for tenant in [LOGISTICS, CONSULTING] {
        let files = bundled(tenant);
        let odd = [Some("unknownFutureValue"), Some("somethingUnheardOf"), None];
        let mut changes = Vec::new();
        for (name, pointer, enumeration) in places_of_words(&files) {
            let null = !NULL_SAYS_SO.iter().any(|member| pointer.ends_with(member));
            for word in odd.into_iter().filter(|word| null || word.is_some()) {
                changes.push((
                    name.clone(),
                    pointer.clone(),
                    word,
                    enumeration.words.clone(),
                    enumeration.shape.clone(),
                ));
            }
            // Whoever was invited is known by their name and by how their account came about, too (CA-2.22).
            if !pointer.ends_with("externalUserState") {
                changes.push((name, pointer, Some(""), enumeration.words, enumeration.shape));
            }
        }
        for (name, pointer, word, words, shape) in sample(changes, 4) {
            let of = |word: &str| if shape == "list" { value!([word]) } else { value!(word) };
            let with = |set: Option<Value>| {
                let mut files = files.clone();
                let (above, member) = pointer.rsplit_once('/').unwrap();
                let object = files.get_mut(&name).unwrap().pointer_mut(above).unwrap().as_object_mut().unwrap();
                match set {
                    Some(set) => object.insert(member.to_owned(), set),
                    None => object.remove(member),
                };
                outcomes(&files)
            };
            // Empty text stands for a member that was taken away.
            let changed = match word {
                Some("") => with(None),
                Some(word) => with(Some(of(word))),
                None => with(Some(Value::Null)),
            };
            for value in &words {
                let told = with(Some(of(value)));
                for (rule, outcome) in &changed {
                    if *outcome == Outcome::Holds && told[rule] == Outcome::Fires {
                        wrong.insert(format!(
                            "{tenant} {name}{pointer} as {word:?}: {rule} holds, but not with `{value}`"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A rule that a tenant breaks does not hold because somebody lost the member that told so.
#[test]
fn what_fires_never_holds_once_a_member_is_gone() {
    let mut wrong = BTreeSet::new();
    for tenant in [LOGISTICS, CONSULTING] {
        let files = bundled(tenant);
        let original = outcomes(&files);
        let mut members = Vec::new();
        for (name, content) in &files {
            let mut found = Vec::new();
            objects(content, "", &mut found);
            for pointer in found {
                let object = content.pointer(&pointer).unwrap().as_object().unwrap();
                members.extend(object.keys().map(|member| (name.clone(), pointer.clone(), member.clone())));
            }
        }
        for (name, pointer, member) in sample(members, 16) {
            let mut files = files.clone();
            let object = files.get_mut(&name).unwrap().pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            object.remove(&member);
            for (rule, outcome) in outcomes(&files) {
                if outcome == Outcome::Holds && original[&rule] == Outcome::Fires {
                    wrong.insert(format!("{tenant} {name}{pointer} without `{member}`: {rule} holds"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Changes something of a document: its structure, or its bytes.
fn mutate(random: &mut Draw, files: &mut BTreeMap<String, Vec<u8>>) {
    let names: Vec<String> = files.keys().cloned().collect();
    let name = &names[random.below(names.len())];
    let bytes = files.get_mut(name).unwrap();
    if random.below(3) == 0 || bytes.is_empty() {
        for _ in 0..=random.below(8) {
            if bytes.is_empty() {
                break;
            }
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                1 => {
                    bytes.remove(at);
                }
                2 => bytes.truncate(at),
                _ => {
                    let end = (at + random.below(64)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
        return;
    }
    let Ok(mut content) = serde_json::from_slice::<Value>(bytes) else { return };
    for _ in 0..=random.below(4) {
        let mut found = Vec::new();
        objects(&content, "", &mut found);
        let Some(pointer) = found.get(random.below(found.len().max(1))).cloned() else { break };
        let donor = found[random.below(found.len())].clone();
        let donated = content.pointer(&donor).cloned().unwrap_or_default();
        let Some(object) = content.pointer_mut(&pointer).and_then(Value::as_object_mut) else { break };
        let members: Vec<String> = object.keys().cloned().collect();
        if members.is_empty() {
            continue;
        }
        let member = &members[random.below(members.len())];
        match random.below(7) {
            0 => {
                object.remove(member);
            }
            1 => {
                object.insert(member.clone(), Value::Null);
            }
            2 => {
                object.insert(member.clone(), value!("unknownFutureValue"));
            }
            3 => {
                object.insert(member.clone(), value!([null, "x", {}]));
            }
            4 => {
                object.insert(member.clone(), donated);
            }
            5 => {
                object.insert("deletedDateTime".to_owned(), value!("2026-01-01T00:00:00Z"));
            }
            _ => {
                let old = object.remove(member).unwrap_or_default();
                object.insert(member.clone(), value!([old.clone(), old]));
            }
        }
    }
    *bytes = content.to_string().into_bytes();
}

/// No panic, no mistake of ours, and no end that does not come, whatever became of an export.
#[test]
fn mutated_exports_are_read_to_the_end() {
    for seed in 0..drawn(6).min(50_000) {
        let mut random = Draw::new(u64::try_from(seed).unwrap(), 11);
        let tenant = [LOGISTICS, CONSULTING][random.below(2)];
        let mut files: BTreeMap<String, Vec<u8>> =
            bundled(tenant).into_iter().map(|(name, content)| (name, content.to_string().into_bytes())).collect();
        for _ in 0..=random.below(3) {
            mutate(&mut random, &mut files);
        }
        let begun = std::time::Instant::now();
        let mut loader = Loader::default();
        for (name, bytes) in &files {
            loader.file(name.clone(), bytes);
        }
        let loaded = loader.finish();
        let told = with_pack(|pack| {
            let (parameters, now) = (Parameters::default(), Time::read("2026-11-23").unwrap());
            let report = check(&loaded, &Request::new(pack.rules.iter().collect(), &parameters, now));
            let runs = [TenantRun { name: None, loaded: &loaded, report: Some(&report), waivers: &[] }];
            let options = TextOptions { color: false, width: 100, verbose: true, quiet: false };
            format!("{}{}", text(&runs, options), json(&runs, now).unwrap())
        });
        assert!(!told.contains("internal error") && !told.contains("this is a bug"), "seed {seed}: {told}");
        assert!(begun.elapsed().as_secs() < 120, "seed {seed} took {:?}", begun.elapsed());
    }
}
