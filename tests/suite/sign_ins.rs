//! Random tenants and random sign-ins: what must hold whatever the policies are.
//!
//! `GUESTLIST_DRAWS=10000x100` draws that many tenants with that many sign-ins each; `GUESTLIST_SEED=7` draws the tenant of
//! that seed only, which a failure names together with the policies that it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::draw::Draw;
use guestlist::access::sign_in::{
    Conditions, Decision, Demand, Device, DeviceInfo, Engine, Explanation, Factors, Homes, Index, Outcome, Outsider,
    Provider, Readings, Refusal, Request, Scenario, Step, Subject, Target, UserAction, Verdict,
};
use guestlist::access::{Answer, Home};
use guestlist::model::{
    ClientApp, ConditionalAccessPolicy, ExternalUserType, GrantOperator, Id, Place, PolicyState, RiskLevel, Tenant,
    is_multifactor,
};
use serde_json::{Value, json};

/// What must hold of a sign-in. It may change the policies of the tenant: they are put back. What it draws comes from the
/// seed, so that it asks the same again.
type Property = fn(&mut Tenant, &Readings, &Scenario, u64) -> Result<(), String>;

type Drawn = fn(&mut Draw, &Tenant) -> Scenario;

/// How many tenants, and how many sign-ins to each.
fn draws() -> (u64, u64) {
    let Ok(text) = std::env::var("GUESTLIST_DRAWS") else { return (100, 30) };
    let (tenants, sign_ins) = text.split_once(['x', '×']).expect("GUESTLIST_DRAWS is tenants x sign-ins");
    (tenants.trim().parse().unwrap(), sign_ins.trim().parse().unwrap())
}

fn seeds() -> std::ops::Range<u64> {
    match std::env::var("GUESTLIST_SEED") {
        Ok(seed) => seed.parse().unwrap()..seed.parse::<u64>().unwrap() + 1,
        Err(_) => 0..draws().0,
    }
}

/// Holds a property against every draw.
fn always(property: Property, drawn: Drawn) {
    for seed in seeds() {
        let mut tenant = crate::draw::tenant(seed, crate::draw::policies(seed)).tenant;
        let readings = crate::draw::readings(seed);
        let mut random = Draw::new(seed, 4);
        for number in 0..draws().1 {
            let scenario = drawn(&mut random, &tenant);
            let own = seed.wrapping_mul(1_000_003).wrapping_add(number);
            if let Err(why) = asked(property, &mut tenant, &readings, &scenario, own) {
                fails(property, seed, number, &readings, &scenario, own, &why);
            }
        }
    }
}

fn asked(
    property: Property,
    tenant: &mut Tenant,
    readings: &Readings,
    scenario: &Scenario,
    own: u64,
) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| property(tenant, readings, scenario, own))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("panics: {}", text.unwrap_or_default()))
    })
}

/// Takes away policies while it still fails, and tells what is left.
fn fails(
    property: Property,
    seed: u64,
    number: u64,
    readings: &Readings,
    scenario: &Scenario,
    own: u64,
    why: &str,
) -> ! {
    let document = crate::draw::document(seed, crate::draw::policies(seed));
    let mut tenant = crate::draw::load(&document).tenant;
    let mut last = why.to_owned();
    let mut at = 0;
    while at < tenant.conditional_access.items.len() {
        let policy = tenant.conditional_access.items.remove(at);
        if let Err(why) = asked(property, &mut tenant, readings, scenario, own) {
            last = why;
        } else {
            tenant.conditional_access.items.insert(at, policy);
            at += 1;
        }
    }
    let left: BTreeSet<&str> = tenant.conditional_access.items.iter().map(|policy| policy.id.as_str()).collect();
    let policies =
        document["conditionalAccessPolicies"].as_array().or(document["conditionalAccessPolicies"]["value"].as_array());
    let policies: Vec<String> = policies
        .into_iter()
        .flatten()
        .filter(|policy| policy["id"].as_str().is_some_and(|id| left.contains(id)))
        .map(ToString::to_string)
        .collect();
    let explained = Engine::new(&tenant, readings.clone()).explain(scenario);
    panic!(
        "seed {seed}, sign-in {number}: {last}\n\npolicies that it takes:\n{}\n\n{scenario:#?}\n\n{readings:?}\n\ngates: {:?}\ndemands: {:?}\npolicies: {:#?}\nverdict: {:?}\ncoverage: {:?}\nreachability: {:?}",
        policies.join("\n"),
        explained.gates.iter().filter(|gate| !gate.passes.is_yes()).collect::<Vec<_>>(),
        explained.demands,
        explained.policies.iter().filter(|policy| !policy.applies.is_no()).collect::<Vec<_>>(),
        explained.verdict,
        explained.coverage,
        explained.reachability,
    );
}

fn explain(tenant: &Tenant, readings: &Readings, scenario: &Scenario) -> Explanation {
    Engine::new(tenant, readings.clone()).explain(scenario)
}

/// Runs something without the policies of those numbers.
fn without<T>(
    tenant: &mut Tenant,
    taken: impl Fn(usize, &ConditionalAccessPolicy) -> bool,
    run: impl FnOnce(&Tenant) -> T,
) -> T {
    let all = std::mem::take(&mut tenant.conditional_access.items);
    let (mut kept, mut away) = (Vec::new(), Vec::new());
    for (at, policy) in all.into_iter().enumerate() {
        if taken(at, &policy) { away.push((at, policy)) } else { kept.push(policy) }
    }
    tenant.conditional_access.items = kept;
    let result = run(tenant);
    for (at, policy) in away {
        tenant.conditional_access.items.insert(at, policy);
    }
    result
}

/// How bad a verdict is: allowed, allowed after steps, refused.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::AllowAfter(_) => 1,
        Verdict::Block(_) => 2,
        Verdict::Unknown(_) => 3,
    }
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

/// Every verdict says why, and the two sides tell what the verdict is: `together` gives the best case where that is a refusal
/// or where both sides are the same, and doubts otherwise.
#[test]
fn every_verdict_says_why() {
    always(
        |tenant, readings, scenario, _| {
            let explained = explain(tenant, readings, scenario);
            let Explanation { verdict, coverage, reachability, .. } = &explained;
            for verdict in [verdict, coverage, reachability] {
                match verdict {
                    Verdict::Allow => {}
                    Verdict::AllowAfter(steps) => ensure(!steps.is_empty(), || "steps without any".to_owned())?,
                    Verdict::Block(refusals) => {
                        ensure(!refusals.is_empty(), || "refused by nothing".to_owned())?;
                        ensure(refusals.iter().all(|refusal| !refusal.why.is_empty()), || {
                            "refused without a reason".to_owned()
                        })?;
                        ensure(refusals.is_sorted_by_key(|refusal| refusal.stage), || {
                            "refusals out of order".to_owned()
                        })?;
                    }
                    Verdict::Unknown(doubts) => {
                        ensure(!doubts.is_empty(), || "not known, without a doubt".to_owned())?;
                        let told = doubts.iter().all(|doubt| !doubt.why.text.is_empty() && !doubt.topic.is_empty());
                        ensure(told, || "a doubt without a reason".to_owned())?;
                    }
                }
            }
            let known = |verdict: &Verdict| !matches!(verdict, Verdict::Unknown(_));
            ensure(known(coverage) && known(reachability), || "a side is not known".to_owned())?;
            ensure(rank(coverage) <= rank(reachability), || "the best case is worse than the worst".to_owned())?;
            if matches!(coverage, Verdict::Block(_)) || coverage == reachability {
                ensure(verdict == coverage, || "the verdict is not that of its sides".to_owned())?;
            } else {
                ensure(!known(verdict), || "the sides differ and the verdict is known".to_owned())?;
            }
            // The order of the trace and what it says of policies that have no hold.
            for policy in &explained.policies {
                ensure(policy.applies.is_yes() || !policy.reasons.is_empty(), || {
                    format!("{} does not apply without a reason", policy.id)
                })?;
                let ordered = policy.reasons.is_sorted_by_key(|(reason, _)| *reason);
                ensure(ordered, || format!("the reasons of {} are out of order", policy.id))?;
            }
            Ok(())
        },
        crate::draw::scenario,
    );
}

/// What is not enforced changes nothing, and what more is enforced never lets anybody in.
/// The bitset index is an optimisation: it has to come to the verdict, and to both sides of it, that the plain reading
/// comes to. One index answers all sign-ins of a tenant, so that what it keeps is used again.
#[test]
fn the_index_decides_what_the_plain_reading_explains() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds() {
        let tenant = crate::draw::tenant(seed, crate::draw::policies(seed)).tenant;
        let engine = Engine::new(&tenant, crate::draw::readings(seed));
        let mut index = Index::new(&engine);
        let mut random = Draw::new(seed, 5);
        for number in 0..draws().1 {
            let drawn = if number % 2 == 0 { crate::draw::scenario } else { crate::draw::full_scenario };
            let scenario = drawn(&mut random, &tenant);
            let explained = engine.explain(&scenario);
            *kinds.entry(explained.verdict.as_str()).or_default() += 1;
            let sign_in = index.sign_in(&scenario);
            let decided = index.decide(sign_in);
            let expected = Decision::of(&explained);
            assert_eq!(*decided, expected, "seed {seed}, sign-in {number}: {scenario:#?}");
        }
    }
    eprintln!("verdicts: {kinds:?}");
    assert!(std::env::var("GUESTLIST_SEED").is_ok() || kinds.len() == 4, "some verdict never came up: {kinds:?}");
}

/// More different needs than the index keeps in one number, and more policies than it keeps without allocating.
#[test]
fn the_index_takes_very_many_policies() {
    let tenant = crate::draw::tenant(1, 700).tenant;
    let engine = Engine::new(&tenant, Readings::default());
    let mut index = Index::new(&engine);
    let mut random = Draw::new(1, 6);
    for number in 0..40 {
        let scenario = crate::draw::full_scenario(&mut random, &tenant);
        let sign_in = index.sign_in(&scenario);
        let decided = index.decide(sign_in).clone();
        assert_eq!(decided, Decision::of(&engine.explain(&scenario)), "sign-in {number}");
    }
}

#[test]
fn policies_only_ever_take_away() {
    always(
        |tenant, readings, scenario, own| {
            let all = explain(tenant, readings, scenario);
            let idle = |_: usize, policy: &ConditionalAccessPolicy| {
                matches!(policy.state, Ok(PolicyState::Disabled | PolicyState::ReportOnly))
            };
            let enforced = without(tenant, idle, |tenant| explain(tenant, readings, scenario));
            ensure(
                all.verdict == enforced.verdict
                    && all.coverage == enforced.coverage
                    && all.reachability == enforced.reachability,
                || format!("without policies that are not enforced: {:?}", enforced.verdict),
            )?;
            ensure(all.session == enforced.session, || {
                "session controls of policies that are not enforced".to_owned()
            })?;
            let count = tenant.conditional_access.items.len();
            if count == 0 {
                return Ok(());
            }
            let mut random = Draw::new(own, 5);
            for _ in 0..3 {
                let gone = random.below(count);
                let fewer = without(tenant, |at, _| at == gone, |tenant| explain(tenant, readings, scenario));
                ensure(rank(&fewer.coverage) <= rank(&all.coverage), || {
                    format!("without policy {gone} the best case gets worse: {:?}", fewer.coverage)
                })?;
                // Where security defaults were not exported, an enforced policy tells that they are off (SI-1.9).
                let told = tenant.security_defaults.only().is_ok_and(|defaults| defaults.enabled.is_ok());
                ensure(!told || rank(&fewer.reachability) <= rank(&all.reachability), || {
                    format!("without policy {gone} the worst case gets worse: {:?}", fewer.reachability)
                })?;
            }
            Ok(())
        },
        crate::draw::full_scenario,
    );
}

/// Whether a policy leaves the choice between terms of use, or between custom controls, in an order of its own. Of all other
/// controls the order is fixed.
fn chooses(policy: &ConditionalAccessPolicy) -> bool {
    policy.grant.as_ref().is_ok_and(|grant| {
        grant.as_ref().is_some_and(|grant| {
            grant.operator == GrantOperator::Or && (grant.terms_of_use.len() > 1 || grant.custom_factors.len() > 1)
        })
    })
}

/// The same verdict whatever the order of the policies. Refusals of one stage stand in the order of the policies. Where
/// policies leave the choice of one thing in different orders, the first policy decides which steps are told.
#[test]
fn the_order_of_policies_does_not_matter() {
    always(
        |tenant, readings, scenario, own| {
            let before = explain(tenant, readings, scenario);
            let choice = tenant.conditional_access.items.iter().any(chooses);
            let mut items = std::mem::take(&mut tenant.conditional_access.items);
            Draw::new(own, 6).shuffle(&mut items);
            tenant.conditional_access.items = items;
            let after = explain(tenant, readings, scenario);
            let same = |one: &Verdict, other: &Verdict| match (one, other) {
                (Verdict::Block(one), Verdict::Block(other)) => {
                    one.iter().collect::<BTreeSet<&Refusal>>() == other.iter().collect()
                }
                _ => one == other || choice && rank(one) == rank(other),
            };
            for (which, one, other) in [
                ("verdict", &before.verdict, &after.verdict),
                ("coverage", &before.coverage, &after.coverage),
                ("reachability", &before.reachability, &after.reachability),
            ] {
                // With a choice the sides may be one in one order and two in another.
                let unknown = choice && (rank(one) == 3) != (rank(other) == 3);
                ensure(same(one, other) || unknown, || format!("{which} in another order: {other:?}, not {one:?}"))?;
            }
            Ok(())
        },
        crate::draw::scenario,
    );
}

/// What is known of an open sign-in stays whatever it turns out to be, and what it turns out to be lies between its two
/// sides. The latter holds where steps can still be done: a device that is not specified is one that somebody can exchange
/// for a compliant one, so that the verdict is a step (a refusal, where nobody sits before it), and one that is specified as
/// not compliant is not.
#[test]
fn a_known_verdict_holds_for_every_completion() {
    always(
        |tenant, readings, scenario, own| {
            let open = explain(tenant, readings, scenario);
            for number in 0..4 {
                let for_steps = number % 2 == 0 || scenario.conditions.unattended;
                let closed = crate::draw::completed(&mut Draw::new(own, 7 + number), scenario, tenant, for_steps);
                let found = explain(tenant, readings, &closed);
                let stays = match &open.verdict {
                    Verdict::Allow | Verdict::Block(_) => rank(&found.verdict) == rank(&open.verdict),
                    _ => true,
                };
                ensure(stays, || format!("completed: {:?}\n{closed:#?}", found.verdict))?;
                let between = rank(&open.coverage) <= rank(&found.coverage)
                    && rank(&found.reachability) <= rank(&open.reachability);
                ensure(between || !for_steps, || {
                    format!("completed, outside of the sides: {:?}\n{closed:#?}", found.verdict)
                })?;
            }
            Ok(())
        },
        crate::draw::scenario,
    );
}

/// Ways to do a step, as claims; `None` where no claim stands for it: using an app, changing a password, remedying a risk.
/// So is a combination that claims cannot tell: one of nothing but first factors, of which one goes without saying; `sms` by
/// itself, which as a claim is a second factor; a password and a certificate, of which neither is.
fn ways(step: &Step) -> Option<Vec<Vec<String>>> {
    match step {
        Step::ApprovedApp | Step::AppProtection | Step::ChangePassword | Step::RemediateRisk => None,
        Step::Authenticate(_, Demand::OneOf(combinations)) => {
            let claimed = |methods: &Vec<String>| {
                let second = methods.iter().any(|name| !["password", "federatedSingleFactor"].contains(&name.as_str()));
                let factors = Factors { mfa: false, methods: methods.iter().cloned().collect() };
                second && factors.is_multifactor() == is_multifactor(methods)
            };
            combinations.iter().all(claimed).then(|| combinations.iter().cloned().collect())
        }
        _ => Some(vec![Vec::new()]),
    }
}

/// Does a step in one of its ways.
fn perform(scenario: &mut Scenario, step: &Step, methods: &[String]) {
    let claims = &mut scenario.conditions.claims;
    match step {
        Step::RedeemInvitation => scenario.subject.pending = Answer::No,
        Step::Authenticate(place, demand) => {
            let factors = if *place == Place::Home { &mut claims.home } else { &mut claims.here };
            match demand {
                Demand::Mfa => factors.mfa = true,
                Demand::OneOf(_) => factors.methods.extend(methods.iter().cloned()),
            }
        }
        Step::CompliantDevice(_) => registered(scenario).compliant = Some(true),
        Step::HybridJoinedDevice(_) => registered(scenario).hybrid_joined = Some(true),
        Step::AcceptTermsOfUse(id) => {
            claims.terms_accepted.insert(id.clone());
        }
        Step::CustomControl(name) => {
            claims.custom_passed.insert(name.clone());
        }
        Step::ApprovedApp | Step::AppProtection | Step::ChangePassword | Step::RemediateRisk => {}
    }
}

/// Another device, of which nothing else is told.
fn registered(scenario: &mut Scenario) -> &mut DeviceInfo {
    let device = scenario.conditions.device.get_or_insert(Device::Unregistered);
    if *device == Device::Unregistered {
        let attributes = BTreeMap::new();
        *device = Device::Registered(DeviceInfo { compliant: None, hybrid_joined: None, attributes });
    }
    match device {
        Device::Registered(info) => info,
        Device::Unregistered => panic!("just registered"),
    }
}

/// Everybody's choice of a way for each step, as long as there are not too many.
fn choices(steps: &[&Step]) -> Vec<Vec<Vec<String>>> {
    let mut all: Vec<Vec<Vec<String>>> = vec![Vec::new()];
    for step in steps {
        let ways = ways(step).unwrap_or_default();
        all = all
            .iter()
            .flat_map(|chosen| ways.iter().map(|way| chosen.iter().cloned().chain([way.clone()]).collect()))
            .take(64)
            .collect();
    }
    all
}

/// Whoever does all steps, in whatever way, gets in; whoever leaves one out does not, at least not in every way of doing the
/// others. Of steps that no claim stands for, all are left in the end.
///
/// Left out: sign-ins that need another device where a filter asks for the device, since using one may bring other policies;
/// and those where claims mix several authentications at one place: one told by its methods and one not, or two that differ in
/// their first factors, which go without saying; and those at risk that may not register: a policy that asks for multifactor
/// authentication because of the risk refuses it, and is met all the same by whoever does it for another one.
#[test]
fn steps_are_enough_and_none_can_be_left_out() {
    always(
        |tenant, readings, scenario, _| {
            let explained = explain(tenant, readings, scenario);
            let Verdict::AllowAfter(steps) = explained.verdict else { return Ok(()) };
            // With what account they redeem is another question where it is no passcode (XT-5.14).
            let last = matches!(scenario.subject.provider, Provider::OneTimePasscode | Provider::Unknown);
            if last && steps.contains(&Step::RedeemInvitation) {
                return Ok(());
            }
            let mut controls = explained.policies.iter().flat_map(|policy| &policy.controls);
            if controls.any(|(_, outcome)| matches!(outcome, Outcome::Impossible(way) if way.code == Some(53004))) {
                return Ok(());
            }
            let device =
                steps.iter().any(|step| matches!(step, Step::CompliantDevice(_) | Step::HybridJoinedDevice(_)));
            let filtered = |policy: &ConditionalAccessPolicy| !matches!(policy.device_filter, Ok(None));
            if device && tenant.conditional_access.items.iter().any(filtered) {
                return Ok(());
            }
            let (possible, left): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(|step| ways(step).is_some());
            let claims = &scenario.conditions.claims;
            let mixes = |step: &Step| match step {
                Step::Authenticate(Place::Home, Demand::OneOf(_)) => untold(&claims.home),
                Step::Authenticate(Place::Here, Demand::OneOf(_)) => untold(&claims.here),
                _ => false,
            };
            let authenticates = |steps: &[&Step]| steps.iter().any(|step| matches!(step, Step::Authenticate(..)));
            let several = [Place::Home, Place::Here].into_iter().any(|place| {
                let here = |step: &&Step| matches!(step, Step::Authenticate(at, Demand::OneOf(_)) if *at == place);
                steps.iter().filter(here).count() > 1
            });
            if several || steps.iter().any(mixes) || authenticates(&possible) && authenticates(&left) {
                return Ok(());
            }
            let done = |steps: &[&Step], chosen: &[Vec<String>]| {
                let mut scenario = scenario.clone();
                for (step, way) in steps.iter().zip(chosen) {
                    perform(&mut scenario, step, way);
                }
                explain(tenant, readings, &scenario).verdict
            };
            let enough = |verdict: &Verdict| match verdict {
                Verdict::Allow => true,
                Verdict::AllowAfter(steps) => steps.iter().all(|step| left.contains(&step)),
                _ => false,
            };
            for chosen in choices(&possible) {
                let verdict = done(&possible, &chosen);
                ensure(enough(&verdict) && (left.is_empty() || verdict != Verdict::Allow), || {
                    format!("of {steps:?} done {possible:?} by {chosen:?}: {verdict:?}")
                })?;
            }
            for gone in 0..possible.len() {
                let fewer: Vec<&Step> =
                    possible.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, step)| *step).collect();
                let needless = choices(&fewer).iter().all(|chosen| enough(&done(&fewer, chosen)));
                ensure(!needless, || format!("of {steps:?}, {:?} can be left out", possible[gone]))?;
            }
            Ok(())
        },
        crate::draw::full_scenario,
    );
}

/// Multifactor authentication by methods that are not told. Methods told beside it are read as those by which it was done.
fn untold(factors: &Factors) -> bool {
    factors.mfa && factors.methods.is_empty()
}

/// Doing more never hurts: whoever gets in gets in with more claims, too. Telling by which methods somebody authenticated is
/// not more.
#[test]
fn more_claims_never_hurt() {
    always(
        |tenant, readings, scenario, own| {
            let before = explain(tenant, readings, scenario);
            let mut more = scenario.clone();
            let mut random = Draw::new(own, 8);
            let other = crate::draw::scenario(&mut random, tenant).conditions.claims;
            let claims = &mut more.conditions.claims;
            for (own, other) in [(&mut claims.home, other.home), (&mut claims.here, other.here)] {
                if untold(own) {
                    continue;
                }
                own.mfa |= other.mfa;
                own.methods.extend(other.methods);
            }
            claims.terms_accepted.extend(other.terms_accepted);
            claims.custom_passed.extend(other.custom_passed);
            let after = explain(tenant, readings, &more);
            ensure(rank(&after.coverage) <= rank(&before.coverage), || {
                format!("with more claims, at best: {:?}\n{:?}", after.coverage, more.conditions.claims)
            })?;
            ensure(rank(&after.reachability) <= rank(&before.reachability), || {
                format!("with more claims, at worst: {:?}\n{:?}", after.reachability, more.conditions.claims)
            })
        },
        crate::draw::full_scenario,
    );
}

/// The draws are worth something: every verdict comes up often, tenants are read whole, and the same seed draws the same.
#[test]
fn draws_are_the_same_every_time_and_of_every_kind() {
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut words: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let (mut policies, mut applying) = (0, 0);
    for seed in 0..100 {
        let document = crate::draw::document(seed, crate::draw::policies(seed));
        assert_eq!(document, crate::draw::document(seed, crate::draw::policies(seed)), "seed {seed}");
        let loaded = crate::draw::load(&document);
        assert!(loaded.several_tenants().is_none(), "seed {seed}");
        let tenant = loaded.tenant;
        let readings = crate::draw::readings(seed);
        let (mut random, mut again) = (Draw::new(seed, 4), Draw::new(seed, 4));
        for _ in 0..40 {
            let scenario = crate::draw::full_scenario(&mut random, &tenant);
            assert_eq!(
                format!("{scenario:?}"),
                format!("{:?}", crate::draw::full_scenario(&mut again, &tenant)),
                "seed {seed}"
            );
            let explained = explain(&tenant, &readings, &scenario);
            policies += explained.policies.len();
            applying += explained.policies.iter().filter(|policy| policy.applies.is_yes()).count();
            *verdicts.entry(explained.verdict.as_str()).or_default() += 1;
            let told: Vec<&str> = match &explained.verdict {
                Verdict::AllowAfter(found) => found.iter().map(Step::as_str).collect(),
                Verdict::Block(found) => found.iter().map(|refusal| refusal.stage.as_str()).collect(),
                Verdict::Unknown(found) => found.iter().map(|doubt| doubt.topic.as_str()).collect(),
                Verdict::Allow => Vec::new(),
            };
            for word in told {
                *words.entry((explained.verdict.as_str(), word.to_owned())).or_default() += 1;
            }
        }
    }
    eprintln!("{verdicts:?}\n{words:?}\n{applying} of {policies} policies apply");
    for verdict in ["allow", "allowAfter", "block", "unknown"] {
        assert!(verdicts.get(verdict).is_some_and(|count| *count >= 200), "{verdicts:?}");
    }
}

fn passcodes(word: &Value) -> Value {
    let email = json!({ "id": "Email", "state": "enabled", "allowExternalIdToUseEmailOtp": word });
    json!({ "id": "authenticationMethodsPolicy", "authenticationMethodConfigurations": [email] })
}

/// A guest of whom the export tells neither who vouches for them nor where they are at home.
fn stranger(settings: &Value, policies: &Value) -> (Tenant, Scenario) {
    let user = json!({
        "id": crate::draw::user(0), "displayName": "Stranger", "userPrincipalName": "stranger_mail.example#EXT#@own.example",
        "mail": "stranger@mail.example", "userType": "Guest", "accountEnabled": true, "externalUserState": "Accepted",
        "creationType": "Invitation", "identities": [],
    });
    let mut document = json!({
        "conditionalAccessPolicies": policies, "users": [user], "groups": [], "servicePrincipals": [],
        "identitySecurityDefaultsEnforcementPolicy": { "id": crate::draw::id(0xd0, 1), "displayName": "Security Defaults", "isEnabled": false },
        "crossTenantAccessPolicyPartners": [], "crossTenantAccessPolicyDefault": { "isServiceDefault": true },
        "authenticationMethodsPolicy": passcodes(&"default".into()),
    });
    document.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let tenant = crate::draw::load(&document).tenant;
    let subject = Subject::of_user(&tenant.users.items[0], &Homes::default());
    let target = Target::Application(Request::plain(Id::new(&crate::draw::own_application(0))));
    let conditions = Conditions { client: Some(ClientApp::Browser), ..Conditions::default() };
    (tenant, Scenario { subject, target, conditions })
}

/// Whether they do multifactor authentication here or at home depends on where that is.
#[test]
fn a_stranger_may_do_multifactor_authentication_here_or_at_home() {
    let policy = json!({
        "id": crate::draw::id(0x20, 0), "displayName": "MFA", "state": "enabled",
        "conditions": { "users": { "includeUsers": ["All"] }, "applications": { "includeApplications": ["All"] } },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
    });
    let partner = json!({ "tenantId": crate::draw::foreign(0), "inboundTrust": { "isMfaAccepted": true } });
    let (tenant, scenario) = stranger(&json!({ "crossTenantAccessPolicyPartners": [partner] }), &json!([policy]));
    let explained = explain(&tenant, &Readings::default(), &scenario);
    let step = |place| Verdict::AllowAfter(BTreeSet::from([Step::Authenticate(place, Demand::Mfa)]));
    assert_eq!(explained.coverage, step(Place::Home));
    assert_eq!(explained.reachability, step(Place::Here));
    assert!(matches!(explained.verdict, Verdict::Unknown(_)), "{:?}", explained.verdict);
}

/// Inbound settings that keep out every tenant do not hold for whoever has none (AM-9), and a stranger may be one of those.
#[test]
fn a_stranger_may_have_no_tenant_that_is_kept_out() {
    let all = |word: &str, kind: &str| json!({ "accessType": "blocked", "targets": [{ "target": word, "targetType": kind }] });
    let closed =
        json!({ "usersAndGroups": all("AllUsers", "user"), "applications": all("AllApplications", "application") });
    let default = json!({ "isServiceDefault": false, "b2bCollaborationInbound": closed });
    let (tenant, scenario) = stranger(&json!({ "crossTenantAccessPolicyDefault": default }), &json!([]));
    let explained = explain(&tenant, &Readings::default(), &scenario);
    assert_eq!(explained.coverage, Verdict::Allow);
    assert!(matches!(explained.reachability, Verdict::Block(_)));
}

/// They may be one of those who sign in with a one-time passcode.
#[test]
fn a_stranger_may_need_a_one_time_passcode() {
    // In every tenant that has them off, and in those of which nobody can tell.
    for methods in ["disabled", "unknownFutureValue"].map(|word| passcodes(&word.into())).into_iter().chain([json!([])])
    {
        let (tenant, scenario) = stranger(&json!({ "authenticationMethodsPolicy": methods }), &json!([]));
        let explained = explain(&tenant, &Readings::default(), &scenario);
        assert_eq!(explained.coverage, Verdict::Allow);
        assert!(matches!(explained.reachability, Verdict::Block(_)), "{:?}", explained.reachability);
    }
}

/// An application of which that is not known may be disabled.
#[test]
fn an_application_may_be_disabled() {
    let application = |more: &Value| {
        let mut found = json!({
            "id": crate::draw::id(0x80, 0), "appId": crate::draw::own_application(0), "displayName": "Payroll",
            "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": false,
        });
        found.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (tenant, scenario) = stranger(&json!({ "servicePrincipals": [found] }), &json!([]));
        explain(&tenant, &Readings::default(), &scenario).verdict
    };
    assert_eq!(application(&json!({})), Verdict::Allow);
    assert!(matches!(application(&json!({ "accountEnabled": false })), Verdict::Block(_)));
    for more in [json!({ "accountEnabled": null }), json!({ "disabledByMicrosoftStatus": "unknownFutureValue" })] {
        let verdict = application(&more);
        assert!(matches!(verdict, Verdict::Unknown(_)), "{more}: {verdict:?}");
    }
}

/// People of some identity providers cannot register security information (XU-1.21), and they may be one of those.
#[test]
fn a_stranger_may_not_be_able_to_register_security_information() {
    let policy = json!({
        "id": crate::draw::id(0x20, 0), "displayName": "MFA", "state": "enabled",
        "conditions": {
            "users": { "includeUsers": ["All"] },
            "applications": { "includeUserActions": ["urn:user:registersecurityinfo"] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
    });
    let (tenant, mut scenario) = stranger(&json!({}), &json!([policy]));
    scenario.target = Target::UserAction(UserAction::RegisterSecurityInformation);
    let explained = explain(&tenant, &Readings::default(), &scenario);
    assert!(matches!(explained.coverage, Verdict::AllowAfter(_)));
    assert!(matches!(explained.reachability, Verdict::Block(_)), "{:?}", explained.reachability);
}

/// Somebody at risk may not register for multifactor authentication (XU-4.2), and whether they are is not specified.
#[test]
fn a_risk_that_is_not_specified_may_keep_from_registering() {
    let policy = |number: usize, conditions: Value| {
        let mut policy = json!({
            "id": crate::draw::id(0x20, number), "displayName": "MFA", "state": "enabled",
            "conditions": { "users": { "includeUsers": ["All"] }, "applications": { "includeApplications": ["All"] } },
            "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
        });
        policy["conditions"].as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        policy
    };
    let policies = json!([policy(0, json!({})), policy(1, json!({ "signInRiskLevels": ["high"] }))]);
    let (tenant, mut scenario) = stranger(&json!({}), &policies);
    scenario.subject.registered_here = Some(BTreeSet::new());
    let ask = |risk| {
        let mut scenario = scenario.clone();
        scenario.conditions.sign_in_risk = risk;
        explain(&tenant, &Readings::default(), &scenario).verdict
    };
    assert!(matches!(ask(Some(RiskLevel::None)), Verdict::AllowAfter(_)));
    assert!(matches!(ask(Some(RiskLevel::High)), Verdict::Block(_)));
    assert!(matches!(ask(None), Verdict::Unknown(_)), "{:?}", ask(None));
}

/// A tenant of another Microsoft cloud may be a partner where it is not known which one it is.
#[test]
fn a_stranger_of_another_cloud_may_be_of_a_partner() {
    let settings = json!({
        "crossTenantAccessPolicy": { "displayName": "Policy", "allowedCloudEndpoints": ["microsoftonline.us"] },
        "crossTenantAccessPolicyPartners": [{ "tenantId": crate::draw::foreign(0), "inboundTrust": null }],
    });
    let (tenant, mut scenario) = stranger(&settings, &json!([]));
    scenario.subject.other_cloud = true;
    let explained = explain(&tenant, &Readings::default(), &scenario);
    assert_eq!(explained.coverage, Verdict::Allow);
    assert!(matches!(explained.reachability, Verdict::Block(_)));
}

fn filtered(rule: &str) -> Value {
    json!([{
        "id": crate::draw::id(0x20, 0), "displayName": "Filter", "state": "enabled",
        "conditions": {
            "users": { "includeUsers": ["All"] }, "applications": { "includeApplications": ["All"] },
            "devices": { "deviceFilter": { "mode": "include", "rule": rule } },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["block"] },
    }])
}

/// The device of an account of this tenant can be seen, that of somebody without a tenant cannot; who may be either leaves
/// open whether a filter matches, and what their user risk is.
#[test]
fn whoever_may_be_internal_may_show_their_device() {
    let (tenant, mut scenario) = stranger(&json!({}), &filtered("device.model -eq \"SAW\""));
    let device = |model: &str| {
        let attributes = BTreeMap::from([("model".to_owned(), vec![model.to_owned()])]);
        Some(Device::Registered(DeviceInfo { compliant: Some(true), hybrid_joined: Some(false), attributes }))
    };
    scenario.subject.home = Home::NoTenant;
    scenario.subject.provider = Provider::Google;
    scenario.subject.kinds = vec![Some(ExternalUserType::B2bCollaborationGuest), Some(ExternalUserType::InternalGuest)];
    let ask = |model: &str| {
        let mut scenario = scenario.clone();
        scenario.conditions.device = device(model);
        explain(&tenant, &Readings::default(), &scenario).verdict
    };
    assert_eq!(ask("desk"), Verdict::Allow);
    assert!(matches!(ask("SAW"), Verdict::Unknown(_)), "{:?}", ask("SAW"));
}

/// Policies for direct connect hold for guests in a shared channel (CA-2.27), and not for members, nor for guests without a
/// tenant.
#[test]
fn whoever_may_be_internal_may_not_be_a_guest_in_a_shared_channel() {
    let types = json!({ "guestOrExternalUserTypes": "b2bDirectConnectUser", "externalTenants": null });
    let policy = json!({
        "id": crate::draw::id(0x20, 0), "displayName": "Channels", "state": "enabled",
        "conditions": {
            "users": { "includeGuestsOrExternalUsers": types }, "applications": { "includeApplications": ["All"] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["block"] },
    });
    let (tenant, mut scenario) = stranger(&json!({}), &json!([policy]));
    scenario.conditions.shared_channel = Some(true);
    let ask = |scenario: &Scenario| explain(&tenant, &Readings::default(), scenario).verdict;
    assert!(matches!(ask(&scenario), Verdict::Unknown(_)), "{:?}", ask(&scenario));
    scenario.subject.home = Home::OtherTenant;
    scenario.subject.provider = Provider::Entra;
    assert!(matches!(ask(&scenario), Verdict::Block(_)));
    scenario.subject.kinds = vec![Some(ExternalUserType::B2bCollaborationMember), None];
    assert!(matches!(ask(&scenario), Verdict::Unknown(_)), "{:?}", ask(&scenario));
}

/// Extension attributes are seen of managed devices only (CA-7.10), and an MDM application that is not specified may manage it.
#[test]
fn a_device_of_which_the_management_is_not_specified_may_show_extension_attributes() {
    let (tenant, mut scenario) = stranger(&json!({}), &filtered("device.extensionAttribute1 -ne \"SAW\""));
    scenario.subject = Subject::described(&Outsider::InternalGuest, "somebody".to_owned());
    let ask = |attributes: &[(&str, &[&str])]| {
        let mut scenario = scenario.clone();
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let attributes = attributes.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect();
        let info = DeviceInfo { compliant: Some(false), hybrid_joined: Some(false), attributes };
        scenario.conditions.device = Some(Device::Registered(info));
        explain(&tenant, &Readings::default(), &scenario).verdict
    };
    assert_eq!(ask(&[("extensionattribute1", &["SAW"]), ("mdmappid", &["m2"])]), Verdict::Allow);
    assert!(matches!(ask(&[("extensionattribute1", &["SAW"]), ("mdmappid", &[])]), Verdict::Block(_)));
    assert!(matches!(ask(&[("extensionattribute1", &["SAW"])]), Verdict::Unknown(_)));
}
