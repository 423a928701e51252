//! The modules are layers: each imports only from lower ones, and some things belong to one module only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LAYERS: [(&str, u8); 17] = [
    ("source", 0),
    ("suggest", 0),
    ("model", 1),
    ("finding", 1),
    ("config", 1),
    ("load", 2),
    ("access", 2),
    ("facts", 2),
    ("rules", 2),
    ("compile", 2),
    ("prove", 3),
    ("check", 4),
    ("simulate", 4),
    ("scenarios", 4),
    ("diff", 4),
    ("report", 5),
    ("cli", 6),
];

/// Within layer 2: facts ask access, and rules see facts. `compile` asks nobody: it is the second opinion beside `access`,
/// and shares the model with it and nothing else. Within layer 4: scenario files, and trials of rules on
/// sign-ins, ask what simulations ask, and differences compare what checks found.
const SIDEWAYS: [(&str, &str); 7] = [
    ("facts", "access"),
    ("rules", "facts"),
    ("config", "model"),
    ("facts", "config"),
    ("scenarios", "simulate"),
    ("check", "simulate"),
    ("diff", "check"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Code without comments, and without the tests at the end of a file.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let body = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
    body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn modules() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut modules: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for path in files {
        let relative = path.strip_prefix(&src).unwrap().to_path_buf();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let name = first.trim_end_matches(".rs").to_owned();
        let text = code(&path);
        modules.entry(name).or_default().push((relative, text));
    }
    modules
}

/// A second opinion is worth something only if it was come to alone.
#[test]
fn compile_and_prove_know_nothing_of_access() {
    for name in ["compile", "prove"] {
        for (path, text) in modules().remove(name).unwrap() {
            assert!(!text.contains("access::"), "{} imports `access`", path.display());
        }
    }
}

#[test]
fn a_module_imports_only_from_lower_layers() {
    let layer = |name: &str| LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer);
    let mut wrong = Vec::new();
    for (name, files) in modules() {
        if name == "lib" || name == "main" {
            continue;
        }
        let own = layer(&name).unwrap_or_else(|| panic!("module `{name}` has no layer"));
        for (path, text) in files {
            for (at, _) in text.match_indices("crate::") {
                let used: String =
                    text.get(at + 7..).unwrap().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(other) = layer(&used) else { continue };
                let allowed = used == name || other < own || SIDEWAYS.contains(&(name.as_str(), used.as_str()));
                if !allowed {
                    wrong.push(format!("{}: `{name}` imports `{used}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// clap, the environment and printing live in `cli`; Cedar in `rules`, `compile` and `prove`, the solver in `prove`; loose
/// JSON values in `source`, and where Cedar's schemas are read and made.
#[test]
fn some_things_have_one_home() {
    let homes: [(&str, &[&str]); 8] = [
        ("clap::", &["cli"]),
        ("std::env::", &["cli"]),
        ("println!", &[]),
        ("cedar_policy", &["rules", "compile", "prove"]),
        ("batsat", &["prove"]),
        ("serde_json::{Map, Value", &["compile"]),
        ("serde_json::Value", &["rules", "compile"]),
        ("Shallow", &["source", "load"]),
    ];
    let mut wrong = Vec::new();
    for (name, files) in modules() {
        for (path, text) in files {
            for (thing, homes) in homes {
                if text.contains(thing) && !homes.contains(&name.as_str()) {
                    wrong.push(format!("{}: `{thing}` outside of {homes:?}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
