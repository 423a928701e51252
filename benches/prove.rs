//! Measures what it takes to decide rules for every sign-in, by policies and by guests.
//!
//! All columns are milliseconds that one core was at it (not of a clock on the wall, so that other work on the machine
//! counts little), from the model that was read: *compile* is the tenant as Cedar, *space* the
//! variables and the world, *holds* and *violated* one guardrail each, *one* the three together for the first of them,
//! *pack* twelve rules with their gaps and contradictions, *gaps* the five largest sets of violating sign-ins, *idle* all
//! policies that are needless, *opened* everything that a removed policy lets in, with both tenants compiled.
//!
//! `cargo bench --bench prove`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark prints what it measured and may fail"
)]

mod tenant;

use std::collections::BTreeMap;
use std::time::Duration;

use cedar_policy::Policy;
use cedar_policy::pst::Template;
use guestlist::access::sign_in::{AMBIGUITIES, Reading, Readings};
use guestlist::compile::{Compiled, Mentions, Settled, compile};
use guestlist::load::Loader;
use guestlist::model::Tenant;
use guestlist::prove::{Decision, Prover};
use tenant::{Size, files};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 3;
const LOCATIONS: usize = 100;
const APPLICATIONS: usize = 500;
/// The policy that *opened* goes without.
const REMOVED: usize = 4;

const HOLDS: &str = "forbid (principal is ExternalUser, action, resource) unless { context.claims.mfa };";
const VIOLATED: &str =
    "forbid (principal is ExternalUser, action, resource) unless { context.claims.deviceCompliant };";
const PACK: [&str; 8] = [
    "forbid (principal is ExternalUser, action, resource) when { [\"exchangeActiveSync\", \"easSupported\", \"other\"].contains(context.client) };",
    "forbid (principal is ExternalUser, action, resource) when { context.flow == \"deviceCodeFlow\" };",
    "forbid (principal is ExternalUser, action, resource) when { context.signInRisk == \"high\" };",
    "forbid (principal is ExternalUser, action, resource == Application::\"00000003-0000-0000-c000-000000000000\") unless { context.device.registered };",
    "forbid (principal is ExternalUser, action, resource) when { principal has homeTenant && principal.homeTenant == \"any-other-tenant\" } unless { context.trustedNetwork };",
    "forbid (principal is ExternalUser, action, resource) when { principal.kind == \"b2bCollaborationMember\" } unless { context.claims.phishingResistantMfa };",
    "forbid (principal is ExternalUser, action, resource) when { context.country == \"unmapped\" };",
    "forbid (principal is ExternalUser, action, resource) when { resource.displayName like \"Application 1*\" } unless { context.claims.deviceHybridJoined };",
];
const PROMISES: [(&str, bool); 2] = [
    (
        "permit (principal is ExternalUser, action, resource == Application::\"00000003-0000-0000-c000-000000000000\") when { principal.kind == \"b2bCollaborationGuest\" && context.claims.mfa };",
        false,
    ),
    (
        "permit (principal is ExternalUser, action, resource == Application::\"00000003-0000-0000-c000-000000000000\") when { context.claims.mfa && context.client == \"browser\" };",
        true,
    ),
];

/// How long this thread ran.
#[cfg(unix)]
fn ran() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).try_into().unwrap()
}

/// How long it is since something long ago, where there is no better.
#[cfg(not(unix))]
fn ran() -> Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap()
}

fn since(start: Duration) -> Duration {
    ran().saturating_sub(start)
}

fn body(text: &str) -> Template {
    Policy::parse(None, text).unwrap().to_pst().unwrap().body().clone()
}

fn main() {
    println!(
        "median of {RUNS} runs, milliseconds, one core; {LOCATIONS} named locations, {APPLICATIONS} applications, 50 partners"
    );
    println!(
        "{:>8} {:>7} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6}",
        "policies",
        "guests",
        "rows",
        "compile",
        "space",
        "holds",
        "violated",
        "one",
        "gaps",
        "idle",
        "pack",
        "opened",
        "MB"
    );
    // `-- 240 0` measures one row.
    let mut asked = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    if let (Some(policies), Some(guests)) = (asked.next(), asked.next()) {
        return measure(policies, guests);
    }
    for policies in [5, 20, 60, 120, 240] {
        measure(policies, 0);
    }
    for guests in [1_000, 10_000, 100_000] {
        measure(240, guests);
    }
}

fn read(policies: usize, guests: usize, without: Option<usize>) -> Tenant {
    let size = Size { policies: 0, organizations: 50, packages: 50, assignment_policies: 100, guests };
    let conditions = tenant::conditions(policies, LOCATIONS, APPLICATIONS, without);
    let others = files(&size).into_iter().chain(tenant::applications(&size, APPLICATIONS));
    let others = others.filter(|(name, _)| conditions.iter().all(|(own, _)| own != name));
    let mut loader = Loader::default();
    for (name, text) in others.chain(conditions.clone()) {
        loader.file(name.to_owned(), text.as_bytes());
    }
    loader.finish().tenant
}

fn compiled(tenant: &Tenant) -> Compiled {
    let mentions = Mentions {
        applications: tenant.service_principals.items.iter().filter_map(|found| found.app_id.clone().ok()).collect(),
        ..Mentions::default()
    };
    let readings = Readings::default();
    let settled: Settled = AMBIGUITIES
        .iter()
        .filter(|ambiguity| readings.of(ambiguity) != Reading::Open)
        .map(|ambiguity| (ambiguity.id, readings.of(ambiguity) == Reading::First))
        .collect();
    compile(tenant, &settled, &mentions).unwrap()
}

/// The median of a few runs, and what the last one came to.
fn timed<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let start = ran();
        let result = run();
        times.push(since(start));
        last = Some(result);
        if since(start).as_secs() > 20 {
            break;
        }
    }
    times.sort_unstable();
    (times[times.len() / 2], last.unwrap())
}

fn measure(policies: usize, guests: usize) {
    let after = read(policies, guests, Some(REMOVED));
    let tenant = read(policies, guests, None);
    let (holds, violated) = (body(HOLDS), body(VIOLATED));
    let pack: Vec<Template> = PACK.iter().map(|text| body(text)).collect();
    let promises: Vec<(Template, bool)> = PROMISES.iter().map(|(text, every)| (body(text), *every)).collect();
    let own = compiled(&tenant);
    let (compile, _) = timed(|| compiled(&tenant));
    let (space, prover) = timed(|| Prover::new(&own, &[&holds], BTreeMap::new()).unwrap());
    let (rows, ..) = prover.size();
    drop(prover);
    let ready = |rule: &Template| Prover::new(&own, &[rule], BTreeMap::new()).unwrap();
    // Apart from making ready, which each run needs anew.
    let apart = |rule: &Template, run: &dyn Fn(&mut Prover<'_>)| {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let mut prover = ready(rule);
            let start = ran();
            run(&mut prover);
            times.push(since(start));
        }
        times.sort_unstable();
        times[times.len() / 2]
    };
    let holding = apart(&holds, &|prover| {
        let decision = prover.guardrail(&holds).unwrap();
        assert!(matches!(decision, Decision::Holds(_)), "{decision:?}");
    });
    let violating = apart(&violated, &|prover| {
        let decision = prover.guardrail(&violated).unwrap();
        assert!(matches!(decision, Decision::Violated(_)), "{decision:?}");
    });
    let (one, ()) = timed(|| {
        let own = compiled(&tenant);
        let mut prover = Prover::new(&own, &[&holds], BTreeMap::new()).unwrap();
        prover.guardrail(&holds).unwrap();
    });
    let gaps = apart(&violated, &|prover| {
        let (gaps, _) = prover.gaps(&violated, 5).unwrap();
        assert!(!gaps.is_empty());
    });
    let idle = apart(&holds, &|prover| {
        prover.idle_policies().unwrap();
    });
    let (whole, ()) = timed(|| {
        let own = compiled(&tenant);
        let mut all: Vec<&Template> = vec![&holds, &violated];
        all.extend(&pack);
        let guardrails = all.clone();
        all.extend(promises.iter().map(|(rule, _)| rule));
        let mut prover = Prover::new(&own, &all, BTreeMap::new()).unwrap();
        for guardrail in &guardrails {
            for (promise, every) in &promises {
                prover.contradiction(guardrail, promise, *every).unwrap();
            }
        }
        for guardrail in guardrails {
            if let Decision::Violated(_) = prover.guardrail(guardrail).unwrap() {
                prover.gaps(guardrail, 3).unwrap();
            }
        }
        for (promise, every) in &promises {
            if *every {
                prover.promise_of_every(promise).unwrap()
            } else {
                prover.promise_of_some(promise).unwrap()
            };
        }
    });
    let (opened, ()) = timed(|| {
        let (own, new) = (compiled(&tenant), compiled(&after));
        Prover::of_two(&own, &new).unwrap().opened(5).unwrap();
    });
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    println!(
        "{policies:>8} {guests:>7} {rows:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6}",
        ms(compile),
        ms(space),
        ms(holding),
        ms(violating),
        ms(one),
        ms(gaps),
        ms(idle),
        ms(whole),
        ms(opened),
        peak_memory().unwrap_or_default()
    );
}

/// Of the process, in megabytes: the model and the text that it was read from count as well.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
