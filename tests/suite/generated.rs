//! Files that are made of others are fresh. `GUESTLIST_UPDATE=1 cargo test --test suite generated::` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use guestlist::facts::Resource;
use guestlist::rules::{AttributeDoc, Pack, Schema, bundled_files};

fn fresh(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("GUESTLIST_UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "`{path}` is stale: run `GUESTLIST_UPDATE=1 cargo test --test suite generated::`");
}

#[test]
fn the_table_of_rules() {
    let schema = Schema::bundled().unwrap();
    let pack = Pack::read(&bundled_files(), &schema).unwrap();
    let mut text =
        "# The bundled rules\n\nMade of the rules' annotations by `tests/suite/generated.rs`; do not edit.\n"
            .to_owned();
    let mut areas: Vec<&str> = pack.rules.iter().map(|rule| rule.area.as_str()).collect();
    areas.sort_unstable();
    areas.dedup();
    for area in areas {
        let _ = write!(text, "\n## {area}\n\n| rule | severity | about | finds |\n| --- | --- | --- | --- |\n");
        for rule in pack.rules.iter().filter(|rule| rule.area == area) {
            let metadata = &rule.metadata;
            let id = &metadata.id;
            let _ = writeln!(
                text,
                "| [{id}]({area}/{id}.md) | {} | {} | {} |",
                metadata.severity,
                rule.about(),
                metadata.title
            );
        }
    }
    fresh("rules/README.md", &text);
}

#[test]
fn the_attributes() {
    let schema = Schema::bundled().unwrap();
    let mut text = "# What rules can ask\n\nMade of `rules/schema.cedarschema` by `tests/suite/generated.rs`; do not edit. An attribute marked *optional* is one that an object may really lack.\n".to_owned();
    let mut table = |title: &str, attributes: Vec<AttributeDoc>| {
        let _ = write!(text, "\n## {title}\n\n| attribute | type | meaning |\n| --- | --- | --- |\n");
        for AttributeDoc { path, kind, optional, doc, values } in attributes {
            let optional = if optional { ", *optional*" } else { "" };
            let listed = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            let listed = if values.is_empty() { listed } else { format!(" {listed}") };
            let _ = writeln!(text, "| `{path}` | {kind}{optional} | {doc}{listed} |");
        }
    };
    for resource in Resource::ALL {
        table(resource.as_str(), schema.attributes(resource.as_str()));
    }
    table("context of `govern`", schema.context("govern"));
    for kind in ["ExternalUser", "InternalUser", "Application", "Group"] {
        table(&format!("{kind} (`signIn`)"), schema.attributes(kind));
    }
    table("context of `signIn`", schema.context("signIn"));
    fresh("docs/attributes.md", &text);
}

#[test]
fn the_schema_of_scenario_files() {
    fresh("docs/scenario.schema.json", &guestlist::scenarios::schema().unwrap());
}

/// Attribute by attribute: what is not documented is not a contract.
#[test]
fn every_attribute_is_documented() {
    let schema = Schema::bundled().unwrap();
    for kind in schema.types() {
        let attributes = schema.attributes(kind);
        assert!(!attributes.is_empty(), "{kind}");
        for attribute in attributes {
            assert!(!attribute.doc.is_empty(), "{kind}.{}", attribute.path);
        }
    }
    for action in schema.actions() {
        for attribute in schema.context(action) {
            assert!(!attribute.doc.is_empty(), "context.{} of {action}", attribute.path);
        }
    }
}

/// What the README shows is what the binary says.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(Path::new(crate::binary::ROOT).join("README.md")).unwrap();
    let (_, block) = readme.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let real = crate::binary::run(&["check", crate::binary::AS_OF, crate::binary::CONSULTING]).stdout;
    assert!(real.contains(shown), "the block in README.md is not what the binary prints");
    assert!(real.contains("8 findings"), "{real}");
}
