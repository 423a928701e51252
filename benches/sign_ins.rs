//! Measures sign-ins without explanation and the table of who gets in to what.
//!
//! *decide*: sign-ins that are fully specified, on a random tenant of 240 policies that uses every condition there is.
//! *prepare* makes sign-ins ready, which finds the rows that they need; *decide* is the AND of those rows and what they
//! come to; both in one go is what a log of sign-ins would cost. *explain* is the plain reading. *access* is everybody
//! from outside × every application, after reading, on a large tenant.
//!
//! `cargo bench --bench sign_ins`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark prints what it measured and may fail"
)]

#[path = "../tests/suite/draw/mod.rs"]
mod draw;
mod tenant;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use draw::Draw;
use guestlist::access::sign_in::{Engine, Homes, Index, Readings, Scenario, SignIn};
use guestlist::load::Loader;
use guestlist::simulate::{AccessQuery, access, plain_conditions};
use tenant::{Size, files};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 5;
const SIGN_INS: usize = 20_000;
const ROUNDS: usize = 50;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() {
    println!("median of {RUNS} runs, one core");
    println!("{:>9} {:>14} {:>14} {:>14}", "policies", "decide /s", "prepare /s", "explain /s");
    for policies in [5, 60, 240] {
        sign_ins(policies);
    }
    println!("\n{:>9} {:>12} {:>10} {:>10} {:>10}", "guests", "applications", "access ms", "groups", "rows");
    for guests in [25_000, 50_000, 100_000] {
        table(guests);
    }
}

fn sign_ins(policies: usize) {
    let loaded = draw::tenant(42, policies);
    let engine = Engine::new(&loaded.tenant, Readings::default());
    let mut index = Index::new(&engine);
    let mut source = Draw::new(42, 1);
    let scenarios: Vec<Scenario> = (0..SIGN_INS).map(|_| draw::full_scenario(&mut source, &loaded.tenant)).collect();
    let ready: Vec<SignIn> = scenarios.iter().map(|scenario| index.sign_in(scenario)).collect();
    for sign_in in &ready {
        black_box(index.number(*sign_in));
    }
    let decide = median(
        (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                for _ in 0..ROUNDS {
                    for sign_in in &ready {
                        black_box(index.number(black_box(*sign_in)));
                    }
                }
                start.elapsed()
            })
            .collect(),
    );
    let prepare = median(
        (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                for scenario in &scenarios {
                    black_box(index.sign_in(scenario));
                }
                start.elapsed()
            })
            .collect(),
    );
    let few = scenarios.iter().take(500);
    let start = Instant::now();
    for scenario in few.clone() {
        black_box(engine.explain(scenario));
    }
    let explain = start.elapsed();
    let rate = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{policies:>9} {:>14.0} {:>14.0} {:>14.0}",
        rate(SIGN_INS * ROUNDS, decide),
        rate(SIGN_INS, prepare),
        rate(500, explain)
    );
}

fn table(guests: usize) {
    let size = Size { policies: 240, organizations: 2_000, packages: 1_000, assignment_policies: 2_500, guests };
    let mut loader = Loader::default();
    for (name, text) in files(&size).into_iter().chain(tenant::applications(&size, 500)) {
        loader.file(name.to_owned(), text.as_bytes());
    }
    let loaded = loader.finish();
    let query = AccessQuery { conditions: plain_conditions(), ..AccessQuery::default() };
    let mut shape = (0, 0);
    let time = median(
        (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                let homes = Homes::of_tenant(&loaded.tenant, &BTreeMap::new());
                let engine = Engine::new(&loaded.tenant, Readings::default());
                let found = access(&engine, &homes, &query, &|_, _| {});
                let elapsed = start.elapsed();
                shape = (found.groups.len(), found.rows.len());
                elapsed
            })
            .collect(),
    );
    println!("{guests:>9} {:>12} {:>10} {:>10} {:>10}", 500, time.as_millis(), shape.0, shape.1);
}
