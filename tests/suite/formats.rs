//! Every input format: what is read of it, what is lost and how that is told.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use guestlist::check::{Report, Request, check};
use guestlist::config::Parameters;
use guestlist::load::{Loaded, Loader, Weight};
use guestlist::model::{Expiration, Gap, Kind, Time};
use guestlist::report::problem_line;
use guestlist::rules::{Pack, Schema, bundled_files};

fn load(name: &str) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
    let mut loader = Loader::default();
    for file in guestlist::source::walk(&folder).files {
        let shown = file.shown.split_once("testdata/formats/").unwrap().1.to_owned();
        if loader.wants(&shown) {
            loader.file(shown, &std::fs::read(&file.path).unwrap());
        }
    }
    loader.finish()
}

fn report(loaded: &Loaded) -> Report {
    let schema = Schema::bundled().unwrap();
    let pack = Pack::read(&bundled_files(), &schema).unwrap();
    let rules = pack.rules.iter().collect();
    let parameters = Parameters::default();
    let now = Time::read("2026-11-23").unwrap();
    check(loaded, &Request::new(rules, &parameters, now))
}

#[test]
fn every_format_is_read() {
    let mut names: Vec<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut told = String::new();
    for name in names {
        let loaded = load(&name);
        let formats: BTreeSet<&str> =
            loaded.files.iter().filter_map(|file| file.format).map(guestlist::load::Format::as_str).collect();
        let _ = writeln!(told, "== {name}: {}", formats.into_iter().collect::<Vec<_>>().join(", "));
        for (kind, count) in loaded.objects() {
            let _ = writeln!(told, "  {count} {kind}");
        }
        for kind in Kind::ALL.iter().filter(|kind| !loaded.tenant.coverage(**kind).partial.is_empty()) {
            let _ = writeln!(told, "  not all of {}", kind.as_str());
        }
        for problem in &loaded.problems {
            let _ = writeln!(told, "  {}", problem_line(&loaded, problem));
        }
    }
    insta::assert_snapshot!(told);
}

fn findings(report: &Report) -> BTreeSet<(String, String)> {
    report.findings.iter().map(|finding| (finding.rule.clone(), finding.subject.id.clone())).collect()
}

fn gaps(report: &Report) -> BTreeSet<(String, String)> {
    report.not_evaluated.iter().map(|outcome| (outcome.rule.clone(), outcome.reason.clone())).collect()
}

/// One tenant in Graph's two dialects means the same.
#[test]
fn both_dialects_mean_the_same() {
    let (v1, beta) = (report(&load("v1")), report(&load("beta")));
    assert_eq!(findings(&v1), findings(&beta));
    assert_eq!(gaps(&v1), gaps(&beta));
    assert!(!v1.findings.is_empty());
}

/// One tree as Windows PowerShell and as PowerShell 7 write it, which also differ in blanks, means the same.
#[test]
fn both_encodings_mean_the_same() {
    let (utf8, utf16) = (load("entra-exporter-utf8"), load("entra-exporter-utf16"));
    assert_eq!(utf8.objects(), utf16.objects());
    let pointers = |loaded: &Loaded| {
        let found = report(loaded).findings.into_iter();
        found.map(|one| (one.rule, one.subject.id, one.region.pointer)).collect::<BTreeSet<_>>()
    };
    assert_eq!(pointers(&utf8), pointers(&utf16));
    assert!(!pointers(&utf8).is_empty());
}

/// The same text in another encoding has the same lines and columns.
#[test]
fn places_do_not_depend_on_the_encoding() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/entra-exporter-utf8");
    let places = |encode: &dyn Fn(&str) -> Vec<u8>| {
        let mut loader = Loader::default();
        for file in guestlist::source::walk(&folder).files {
            if loader.wants(&file.shown) {
                let text = std::fs::read_to_string(&file.path).unwrap();
                loader.file(file.shown, &encode(text.trim_start_matches('\u{feff}')));
            }
        }
        let found = report(&loader.finish()).findings.into_iter();
        found.map(|one| (one.rule, one.region.line, one.region.column, one.region.pointer)).collect::<BTreeSet<_>>()
    };
    let plain = places(&|text| text.as_bytes().to_vec());
    let marked = places(&|text| [b"\xEF\xBB\xBF", text.as_bytes()].concat());
    let little = places(&|text| [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect());
    let big = places(&|text| [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect());
    assert!(!plain.is_empty());
    assert_eq!([&marked, &little, &big], [&plain; 3]);
}

/// What a depth of `ConvertTo-Json` cut away is unknown, not unset: no rule decides by it.
#[test]
fn what_was_cut_away_is_not_unset() {
    let bytes = std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/graph-powershell/policies-depth-truncated.json"),
    )
    .unwrap();
    let mut loader = Loader::default();
    loader.file("truncated.json".into(), &bytes);
    let loaded = loader.finish();
    for policy in &loaded.tenant.conditional_access.items {
        assert!(policy.users.is_err(), "{}", policy.id);
    }
    assert!(
        loaded.problems.iter().any(|problem| problem.weight == Weight::Warning && problem.message.contains("cut away"))
    );
}

/// What a library does not write of Graph's answer is never taken for unset: whatever is found in the answer is found,
/// or left open, in what it writes of it; nothing else is found, and nothing holds that does not hold of the answer.
#[test]
fn what_an_sdk_does_not_write_is_not_unset() {
    let answer = report(&load("sdk-answers"));
    let held = |report: &Report| report.held.iter().map(|held| held.rule.clone()).collect::<BTreeSet<_>>();
    assert!(answer.findings.len() > 5, "{:?}", findings(&answer));
    for name in ["sdk-python", "sdk-typescript", "sdk-typescript-stringify", "az-rest", "m365-cli"] {
        let written = report(&load(name));
        let open: BTreeSet<&str> = written.not_evaluated.iter().map(|one| one.rule.as_str()).collect();
        let broken_if: BTreeSet<&str> = written.broken_if.iter().map(|one| one.rule.as_str()).collect();
        for (rule, subject) in findings(&answer).difference(&findings(&written)) {
            let left_open = open.contains(rule.as_str()) || broken_if.contains(rule.as_str());
            assert!(left_open, "{name}: `{rule}` on `{subject}` is lost");
        }
        let more: Vec<_> = findings(&written).difference(&findings(&answer)).cloned().collect();
        assert!(more.is_empty(), "{name}: {more:?}");
        let more: Vec<_> = held(&written).difference(&held(&answer)).cloned().collect();
        assert!(more.is_empty(), "{name}: {more:?}");
    }
}

/// What the libraries leave of single members.
#[test]
fn flags_that_an_sdk_does_not_write_are_lost() {
    for name in ["sdk-python", "sdk-typescript", "sdk-typescript-stringify"] {
        let tenant = load(name).tenant;
        let called = |called: &str| {
            let mut policies = tenant.conditional_access.items.iter();
            policies.find(|policy| policy.display_name.as_deref() == Ok(called)).unwrap()
        };
        assert_eq!(called("Risky insiders stay out").insider_risk, Err(Gap::Lost), "{name}");
        assert_eq!(called("No device code for guests").flows, Err(Gap::Lost), "{name}");
        assert!(called("No device code for guests").users.is_err(), "{name}");
        assert!(called("Everybody but service providers does MFA").users.is_err(), "{name}");
        // Nobody is left out where nobody was.
        assert!(called("Risky insiders stay out").users.is_ok(), "{name}");
        // Durations, in the words of each library.
        let seasons = tenant.assignment_policies.items.iter().map(|policy| policy.expiration.clone());
        assert_eq!(seasons.collect::<Vec<_>>(), [Ok(Expiration::AfterDays(120)), Ok(Expiration::Never)], "{name}");
    }
}

/// A finding about a policy inside a JSON string points into the file, at the escaped text.
#[test]
fn positions_lead_into_strings_and_yaml() {
    let loaded = load("cipp");
    for policy in &loaded.tenant.conditional_access.items {
        let region = loaded.sources.resolve(&policy.origin, &["conditions", "users"]);
        let file = loaded.sources.file(region.file);
        let text = file.text.get(region.span.0..region.span.1).unwrap();
        assert!(text.starts_with("\\\"users\\\""), "{text}");
        assert!(region.pointer.starts_with("/JSON#/conditions/users"), "{}", region.pointer);
    }
    let loaded = load("yaml");
    for policy in &loaded.tenant.conditional_access.items {
        let region = loaded.sources.resolve(&policy.origin, &["state"]);
        let file = loaded.sources.file(region.file);
        let text = file.text.get(region.span.0..region.span.1).unwrap();
        assert!(text.starts_with("state"), "{text}");
    }
}
