//! What is decided for every sign-in, held against Cedar's authorizer: on small random tenants against every single
//! sign-in, on large ones against random sign-ins.
//!
//! `GUESTLIST_DRAWS=1000x2000` draws that many tenants of each size with that many random sign-ins each; `GUESTLIST_SEED=7`
//! draws the tenant of that seed only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that fails says so"
)]

mod draw;
#[path = "proved/every.rs"]
mod every;
#[path = "proved/fast.rs"]
mod fast;

use std::collections::BTreeMap;

use cedar_policy::pst::Template;
use cedar_policy::{Authorizer, Policy};
use draw::Draw;
use every::Every;
use guestlist::access::sign_in::AMBIGUITIES;
use guestlist::compile::{Compiled, Mentions, Settled, SignIn, compile};
use guestlist::model::{Id, Tenant};
use serde_json::{Value, json};

fn draws(tenants: u64, sign_ins: usize) -> (u64, usize) {
    let Ok(text) = std::env::var("GUESTLIST_DRAWS") else { return (tenants, sign_ins) };
    let (tenants, sign_ins) = text.split_once(['x', '×']).expect("GUESTLIST_DRAWS is tenants x sign-ins");
    (tenants.trim().parse().unwrap(), sign_ins.trim().parse().unwrap())
}

fn seeds(tenants: u64) -> std::ops::Range<u64> {
    match std::env::var("GUESTLIST_SEED") {
        Ok(seed) => seed.parse().unwrap()..seed.parse::<u64>().unwrap() + 1,
        Err(_) => 0..draws(tenants, 0).0,
    }
}

pub(crate) fn body(text: &str) -> Template {
    let policy = Policy::parse(None, text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    policy.to_pst().unwrap().body().clone()
}

/// What both of two tenants tell apart, whatever they name.
fn mentions() -> Mentions {
    Mentions {
        applications: draw::applications().iter().map(|id| Id::new(id)).collect(),
        tenants: (0..10).map(|number| Id::new(&draw::foreign(number))).collect(),
        countries: ["DE", "FR", "US", "NL"].map(str::to_owned).into(),
        ..Mentions::default()
    }
}

/// Some ambiguities are left open in one tenant of three.
fn settled(seed: u64, open: bool) -> Settled {
    let mut draw = Draw::new(seed, 11);
    let open = open && draw.chance(35);
    let mut all = Settled::new();
    for ambiguity in AMBIGUITIES {
        let first = draw.chance(50);
        if !(open && draw.chance(10)) {
            all.insert(ambiguity.id, first);
        }
    }
    all
}

fn items(document: &mut Value, name: &str) -> Vec<Value> {
    let found = document.get_mut(name).map(Value::take).unwrap_or_default();
    match found {
        Value::Array(items) => items,
        Value::Object(mut object) => match object.get_mut("value").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A tenant so small that all of its sign-ins can be gone through: a few policies, people, partners and applications, and
/// little that is not known.
fn small(seed: u64) -> Option<Compiled> {
    let mut draw = Draw::new(seed, 10);
    let mut document = draw::document(seed, 14);
    let most_unknowns = draw.one(&[2, 2, 3, 4]);
    let mut left = Vec::new();
    for (name, most) in [
        ("crossTenantAccessPolicyPartners", 2),
        ("connectedOrganizations", 2),
        ("servicePrincipals", 5),
        ("roleAssignments", 3),
        ("users", 5),
        ("conditionalAccessPolicies", 6),
    ] {
        let mut all = items(&mut document, name);
        draw.shuffle(&mut all);
        left.push((name, draw.below(most + 1), all));
        document[name] = json!([]);
    }
    for name in ["groups", "namedLocations", "agreements", "authenticationStrengthPolicies", "roleDefinitions"] {
        document[name] = items(&mut document, name).into();
    }
    let settled = settled(seed, most_unknowns > 0);
    let mentions = Mentions {
        homes: (0..10).map(|number| (draw::domain_of(number), Id::new(&draw::foreign(number)))).collect(),
        ..Mentions::default()
    };
    let read = |document: &Value| {
        let compiled = compile(&draw::load(document).tenant, &settled, &mentions).unwrap();
        (compiled.unknowns.len() <= most_unknowns && compiled.world.free.len() <= 3).then_some(compiled)
    };
    let mut compiled = read(&document)?;
    for (name, most, all) in left {
        for item in all {
            if document[name].as_array().unwrap().len() == most {
                break;
            }
            document[name].as_array_mut().unwrap().push(item);
            match read(&document) {
                Some(found) => compiled = found,
                None => {
                    document[name].as_array_mut().unwrap().pop();
                }
            }
        }
    }
    Some(compiled)
}

fn compiled(tenant: &Tenant, seed: u64, open: bool) -> Compiled {
    compile(tenant, &settled(seed, open), &mentions()).unwrap()
}

fn allowed(compiled: &Compiled, sign_in: &SignIn) -> bool {
    let (request, entities) = compiled.request(sign_in, None).unwrap();
    let response = Authorizer::new().is_authorized(&request, &compiled.policies().unwrap(), &entities);
    assert_eq!(response.diagnostics().errors().count(), 0);
    response.decision() == cedar_policy::Decision::Allow
}

/// Runs a test with a stack on which Cedar reads conditions of a hundred parts in a debug build.
fn deep(test: impl FnOnce() + Send + 'static) {
    let run = std::thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap();
    if let Err(panic) = run.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Every answer on a small tenant is that of going through all of its sign-ins.
#[test]
fn small_tenants() {
    deep(every_sign_in);
}

fn every_sign_in() {
    let (mut tenants, mut sign_ins, mut asked) = (0, 0, BTreeMap::<String, usize>::new());
    for seed in seeds(60) {
        let Some(compiled) = small(seed) else { continue };
        if std::env::var_os("TRACE").is_some() {
            eprintln!("seed {seed}");
        }
        let Some(mut every) = Every::new(&compiled, seed) else { continue };
        tenants += 1;
        sign_ins += every.len();
        every.check(seed, &mut asked);
    }
    eprintln!("{tenants} tenants, {sign_ins} sign-ins, {asked:?}");
    assert!(std::env::var("GUESTLIST_SEED").is_ok() || tenants > 10);
}
