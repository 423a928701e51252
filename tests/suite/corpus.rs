//! Real configuration from public repositories: nothing panics, nothing is passed over in silence, and what the index
//! of the corpus counts is what is read. The corpus is no part of the project: `GUESTLIST_CORPUS` names its folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::draw::Draw;
use guestlist::access::sign_in::{Engine, Verdict};
use guestlist::load::{Loaded, Loader, Place};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("GUESTLIST_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: GUESTLIST_CORPUS is not set");
    }
    folder
}

/// Formats whose objects must all be read.
const READ: [&str; 8] = [
    "graph-entity",
    "graph-entity-full-odata",
    "graph-collection",
    "graph-array",
    "graph-docs-sample",
    "msgraph-powershell-entity",
    "scubagear-provider-export",
    "scubagear-results",
];

struct Row {
    path: String,
    format: String,
    counts: BTreeMap<&'static str, usize>,
}

fn index(folder: &std::path::Path) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let row = |line: &str| {
        let mut columns = line.split('\t');
        let (path, format, kinds) = (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        let mut counts = BTreeMap::new();
        for kind in kinds.split(',') {
            let Some((name, count)) = kind.split_once(':') else { continue };
            let name = match name {
                "conditionalAccessPolicy" => "conditionalAccessPolicy",
                "namedLocation.ip" | "namedLocation.country" => "namedLocation",
                "accessPackage" => "accessPackage",
                "accessPackageAssignmentPolicy" => "accessPackageAssignmentPolicy",
                "accessPackageCatalog" => "accessPackageCatalog",
                "connectedOrganization" => "connectedOrganization",
                _ => continue,
            };
            *counts.entry(name).or_default() += count.parse::<usize>().unwrap();
        }
        Row { path: path.to_owned(), format: format.to_owned(), counts }
    };
    text.lines().skip(1).map(row).collect()
}

fn load(folder: &std::path::Path, path: &str) -> Loaded {
    let mut loader = Loader::default();
    if loader.wants(path) {
        let bytes = std::fs::read(folder.join(path)).unwrap();
        loader.file(path.to_owned(), &bytes);
    }
    loader.finish()
}

#[test]
fn what_the_index_counts_is_read() {
    let Some(folder) = corpus() else { return };
    let mut wrong = Vec::new();
    for row in index(&folder).iter().filter(|row| READ.contains(&row.format.as_str())) {
        let loaded = load(&folder, &row.path);
        let read = loaded.objects();
        for name in [
            "conditionalAccessPolicy",
            "namedLocation",
            "accessPackage",
            "accessPackageAssignmentPolicy",
            "accessPackageCatalog",
            "connectedOrganization",
        ] {
            let (expected, found) =
                (row.counts.get(name).copied().unwrap_or_default(), read.get(name).copied().unwrap_or_default());
            if expected != found {
                wrong.push(format!("{}: {found} of {name}, the index counts {expected}", row.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Every file of the index is read, or named with a reason.
#[test]
fn no_file_is_passed_over_in_silence() {
    let Some(folder) = corpus() else { return };
    let mut silent = Vec::new();
    for row in index(&folder) {
        let loaded = load(&folder, &row.path);
        let named = loaded.problems.iter().any(|problem| match &problem.place {
            Place::Path(path) => *path == row.path,
            _ => true,
        });
        if loaded.objects().is_empty() && !named {
            silent.push(row.path);
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

fn repositories(folder: &std::path::Path) -> BTreeSet<String> {
    index(folder).iter().filter_map(|row| row.path.split('/').next().map(str::to_owned)).collect()
}

fn load_repository(folder: &std::path::Path, repository: &str) -> Loaded {
    let mut loader = Loader::default();
    for file in guestlist::source::walk(&folder.join(repository)).files {
        if loader.wants(&file.shown) {
            loader.file(file.shown, &std::fs::read(&file.path).unwrap());
        }
    }
    loader.finish()
}

/// Each repository by itself, twice: the same every time.
#[test]
fn reading_is_deterministic() {
    let Some(folder) = corpus() else { return };
    let read = |repository: &str| {
        let loaded = load_repository(&folder, repository);
        format!("{:?} {:?}", loaded.objects(), loaded.problems)
    };
    for repository in repositories(&folder) {
        assert_eq!(read(&repository), read(&repository), "{repository}");
    }
}

/// A hundred random sign-ins meet every policy, in the tenant of its repository and in that of its file, since many
/// repositories hold several versions of one policy: nothing panics, and what is not known has a reason.
#[test]
fn every_policy_answers_sign_ins() {
    const SIGN_INS: usize = 100;
    let Some(folder) = corpus() else { return };
    let (mut policies, mut applying) = (0, 0);
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let whole = repositories(&folder).into_iter().map(|name| (load_repository(&folder, &name).tenant, name));
    let rows = index(&folder).into_iter().filter(|row| row.counts.contains_key("conditionalAccessPolicy"));
    let files = rows.map(|row| (load(&folder, &row.path).tenant, row.path));
    for (seed, (tenant, name)) in (0..).zip(whole.chain(files)) {
        if tenant.conditional_access.items.is_empty() {
            continue;
        }
        policies += tenant.conditional_access.items.len();
        let engine = Engine::new(&tenant, crate::draw::readings(seed));
        let mut random = Draw::new(seed, 9);
        let mut met = BTreeSet::new();
        for number in 0..SIGN_INS {
            let full = number % 2 == 0;
            let scenario = if full {
                crate::draw::full_scenario(&mut random, &tenant)
            } else {
                crate::draw::scenario(&mut random, &tenant)
            };
            let explained = engine.explain(&scenario);
            *verdicts.entry(explained.verdict.as_str()).or_default() += 1;
            assert_eq!(explained.policies.len(), tenant.conditional_access.items.len(), "{name}");
            for policy in &explained.policies {
                let told = policy.applies.is_yes() || !policy.reasons.is_empty();
                assert!(told, "{name}, sign-in {number}: `{}` has no reason", policy.name);
                if !policy.applies.is_no() {
                    met.insert(policy.id.clone());
                }
            }
            if let Verdict::Unknown(doubts) = &explained.verdict {
                let told = !doubts.is_empty() && doubts.iter().all(|doubt| !doubt.why.text.is_empty());
                assert!(told, "{name}, sign-in {number}: {doubts:?}");
            }
        }
        applying += tenant.conditional_access.items.iter().filter(|policy| met.contains(&policy.id)).count();
    }
    eprintln!("{policies} policies, of which {applying} may apply to some sign-in; {verdicts:?}");
}
