//! Measures `check` on generated tenants at a quarter, a half and the whole of a large tenant, so that one sees whether
//! time is linear in objects. Apart: *parse*, which only takes the JSON apart, on one core; *read*, which is files to
//! model, with its own parsing, on all cores; *facts*; *rules*, on facts that are there already. *check* is the whole
//! after reading, and *total* that with reading.
//!
//! `cargo bench --bench check` prints a table; `cargo bench --bench check -- write DIR` writes the whole tenant to a
//! folder instead, to time the binary on it.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints what it measured and may fail"
)]

mod tenant;

use std::time::{Duration, Instant};

use guestlist::check::{Request, check};
use guestlist::config::Parameters;
use guestlist::facts::{Resource, Subjects};
use guestlist::load::{Loaded, Loader};
use guestlist::model::Time;
use guestlist::rules::{Engine, Pack, Schema, bundled_files};
use guestlist::source::parse;
use tenant::{Size, files};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WHOLE: Size =
    Size { policies: 240, organizations: 2_000, packages: 10_000, assignment_policies: 25_000, guests: 100_000 };
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "write") {
        let folder = std::path::Path::new(&arguments[at + 1]);
        std::fs::create_dir_all(folder).unwrap();
        for (name, text) in files(&WHOLE) {
            std::fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    let schema = Schema::bundled().unwrap();
    let pack = Pack::read(&bundled_files(), &schema).unwrap();
    println!("median of {RUNS} runs, milliseconds");
    println!(
        "{:>8} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>9}",
        "objects", "MB", "parse", "read", "facts", "rules", "check", "total", "findings"
    );
    for part in [4, 2, 1] {
        measure(&WHOLE.part(part), &pack);
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory of the process, which also holds the generated text: {peak} MB");
    }
}

fn load(files: &[(&'static str, String)]) -> Loaded {
    let mut loader = Loader::default();
    for (name, text) in files {
        loader.file((*name).to_owned(), text.as_bytes());
    }
    loader.finish()
}

fn measure(size: &Size, pack: &Pack) {
    let files = files(size);
    let megabytes = files.iter().map(|(_, text)| text.len()).sum::<usize>() / 1_000_000;
    let parameters = Parameters::default();
    let now = Time::read("2026-11-23").unwrap();
    let [mut parses, mut reads, mut facts, mut asked, mut checks] = [const { Vec::new() }; 5];
    let mut findings = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        for (_, text) in &files {
            std::hint::black_box(parse(text).ok());
        }
        parses.push(start.elapsed());
        let start = Instant::now();
        let loaded = load(&files);
        reads.push(start.elapsed());
        let start = Instant::now();
        let subjects = Subjects::new(&loaded.tenant, &parameters, now);
        let mut attributes = 0;
        for resource in Resource::ALL {
            subjects.each(resource, |facts| attributes += facts.attributes.len());
        }
        std::hint::black_box(attributes);
        facts.push(start.elapsed());
        asked.push(ask(&subjects, pack));
        let start = Instant::now();
        let rules = pack.rules.iter().collect();
        let report = check(&loaded, &Request::new(rules, &parameters, now));
        checks.push(start.elapsed());
        findings = report.findings.len();
    }
    let [parse, read, facts, rules, check] = [parses, reads, facts, asked, checks].map(median);
    println!(
        "{:>8} {megabytes:>5} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {findings:>9}",
        size.objects(),
        parse.as_millis(),
        read.as_millis(),
        facts.as_millis(),
        rules.as_millis(),
        check.as_millis(),
        (read + check).as_millis()
    );
}

/// Asks every rule of every object, without counting the time that facts take.
fn ask(subjects: &Subjects<'_>, pack: &Pack) -> Duration {
    let mut tenant = None;
    subjects.each(Resource::Tenant, |facts| tenant = Some(facts));
    let mut engine = Engine::new(tenant.unwrap(), subjects.context()).unwrap();
    let mut spent = Duration::ZERO;
    for resource in Resource::ALL {
        let rules: Vec<_> =
            pack.rules.iter().enumerate().filter(|(_, rule)| rule.resource() == Some(resource)).collect();
        subjects.each(resource, |facts| {
            let start = Instant::now();
            for (number, rule) in &rules {
                std::hint::black_box(engine.evaluate(*number, rule, &facts).unwrap());
            }
            spent += start.elapsed();
        });
    }
    spent
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Peak resident memory in megabytes, where the system tells.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes / 1024)
}
