//! What is decided for every sign-in, held against Cedar's own symbolic compiler and an SMT solver that shares nothing with
//! ours: random tenants and random guardrails.
//!
//! Compared is `Prover::guardrail` with this question: is there a sign-in that the compiled tenant's policies let in, that
//! is possible, and that the guardrail matches? Where the prover says *holds* there must be none, and one that the
//! guardrail matches at all; where it says *vacuous* there must be none of these either; where it says *violated* or *not
//! evaluated* there must be one. Of a tenant of which everything is known that is all that there is to say, and *not
//! evaluated* would be a mistake. With one or two unknowns, what is *violated* must be so in each way in which they may be.
//!
//! The symbolic compiler gets the policies as `guestlist compile` writes them and the world of docs/semantics/world.md as
//! a condition: its constraints, the applications, the listed words. Nothing of the prover's finite space is given to it
//! where it can do without: an address is any single address, a country, a text of a device and an element of a set any
//! text, and users who are alike stay apart. People are pinned to the entities of the tenant, newcomers once for each
//! choice of what they may be in. What rules ask of people and claims (`told_of_people`, `derived`) is a part of the
//! compiled tenant and taken as given by both sides, as are entities and constraints; tests/suite/compiled.rs holds these.
//!
//! Not compared: promises, gaps, differences and which unknowns are named; whether *violated* by one sign-in for all
//! values of more than two unknowns is rightly told apart from *not evaluated* (tests/suite/proved.rs does); tenants
//! with more than some dozen people, or more than two things that newcomers may be in.
//!
//! It takes the program `cvc5`, named by the environment variable `CVC5` or on `PATH`, and is skipped where there is none.
//! `GUESTLIST_TENANTS=100` draws that many tenants; `GUESTLIST_SEED=7` draws the tenant of that seed only.

mod drawn;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::words::{Words, asks_unknown, leaf, path, text, uid, unknown, var};
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, Effect, PrincipalConstraint, ResourceConstraint, StaticPolicy, Template, Var,
};
use cedar_policy::{Authorizer, Policy, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::term_factory::{
    and, ext_ipaddr_is_v4, ext_ipaddr_prefix_v4, ext_ipaddr_prefix_v6, implies, is_none, not, record_get,
};
use cedar_policy_symcc::{
    Asserts, CedarSymCompiler, CompiledPolicySet, Env, SymEnv, always_denies_asserts, disjoint_asserts,
};
use guestlist::compile::{Compiled, Entity, Settled, SignIn, Term, compile, schema};
use guestlist::model::Tenant;
use guestlist::prove::{Decision, Prover};

/// Whether a sign-in meets a condition, by Cedar's authorizer.
fn meets(compiled: &Compiled, sign_in: &SignIn, term: &Term) -> bool {
    let (request, entities) = compiled.request(sign_in, None).unwrap();
    let response = Authorizer::new().is_authorized(&request, &permit(term), &entities);
    assert_eq!(response.diagnostics().errors().count(), 0);
    response.decision() == cedar_policy::Decision::Allow
}

/// What a condition on people comes to for one of them: settled by Cedar's authorizer but for what is not known.
fn of_somebody(compiled: &Compiled, who: &Entity, term: &Term) -> Term {
    let all = |terms: &[Term]| terms.iter().map(|own| of_somebody(compiled, who, own)).collect::<Vec<_>>();
    match term {
        Term::True | Term::False => term.clone(),
        Term::Leaf(expr) if asks_unknown(expr) => term.clone(),
        Term::Leaf(_) => {
            let sign_in = SignIn { person: who.clone(), ..compiled.example().unwrap() };
            Term::from(meets(compiled, &sign_in, term))
        }
        Term::Not(inner) => !of_somebody(compiled, who, inner),
        Term::And(parts) => Term::all(all(parts)),
        Term::Or(parts) => Term::any(all(parts)),
    }
}

/// Everybody: users of the export, and newcomers with each choice of what they may be in, as entities, with the condition
/// under which they may.
fn everybody(compiled: &Compiled) -> Vec<(Entity, Term)> {
    let mut all: Vec<(Entity, Term)> =
        compiled.world.newcomers.iter().map(|newcomer| (newcomer.clone(), Term::True)).collect();
    // Each may depend on those before it, and on none after it.
    for free in &compiled.world.free {
        for at in 0..all.len() {
            let (without, may) = &all[at];
            let may = may.clone() & of_somebody(compiled, without, &free.whom);
            if may != Term::False {
                let mut own = without.clone();
                own.parents.insert((free.kind, free.id.clone()));
                own.id = format!("{} in {} {}", own.id, free.kind, free.id);
                all.push((own, may));
            }
        }
    }
    let users = compiled.entities.iter().filter(|own| own.kind.ends_with("User"));
    all.extend(users.map(|own| (own.clone(), Term::True)));
    all
}

/// A tenant before Cedar's symbolic compiler.
struct Symbolic<'c> {
    compiled: &'c Compiled,
    schema: Schema,
    /// Whether a sign-in is possible, whoever it is of.
    world: Term,
    sides: Vec<Side>,
}

/// Sign-ins of one type of principal: Cedar's compiler takes these one by one.
struct Side {
    env: RequestEnv,
    symbols: SymEnv,
    /// Whether the principal is somebody whom there is.
    people: Term,
    /// The tenant's decision.
    tenant: CompiledPolicySet,
}

fn permit(condition: &Term) -> PolicySet {
    let (who, what) = (PrincipalConstraint::Any, ResourceConstraint::Any);
    let template = Template::new("question", Effect::Permit, who, ActionConstraint::Any, what);
    let body = template.try_with_clauses(vec![Clause::When(condition.expression())]).unwrap();
    let policy = Policy::from_pst(StaticPolicy::try_from(body).unwrap().into()).unwrap();
    PolicySet::from_policies([policy]).unwrap()
}

impl<'c> Symbolic<'c> {
    /// `pinned` is the same tenant; its newcomers become those of each choice.
    fn new(compiled: &'c Compiled, mut pinned: Compiled) -> Self {
        let (schema, _) = schema(compiled).unwrap();
        let everybody = everybody(compiled);
        let newcomers = everybody.iter().map(|(own, _)| own).filter(|own| compiled.entity(own.kind, &own.id).is_none());
        pinned.world.newcomers = newcomers.cloned().collect();
        let entities = pinned.all_entities(Some(&schema)).unwrap();
        let (request, _) = compiled.request(&compiled.example().unwrap(), Some(&schema)).unwrap();
        let concrete = Env { request, entities };
        let mut world = constraints(compiled);
        for (name, values) in &compiled.world.values {
            // A country may be any text: those that nothing names have to be like the one that stands for them.
            if !name.to_lowercase().ends_with("country") {
                world.push(Term::any(values.iter().map(|value| leaf(BinaryOp::Eq, path(name), text(value)))));
            }
        }
        let applications = compiled.entities.iter().filter(|own| own.kind == "Application");
        world.push(Term::any(applications.map(|own| leaf(BinaryOp::Eq, var(Var::Resource), uid(own.kind, &own.id)))));
        let policies = compiled.policies().unwrap();
        let mut sides = Vec::new();
        for env in schema.request_envs().filter(|env| env.resource().to_string() == "Application") {
            let symbols = SymEnv {
                request: SymEnv::new(&schema, &env).unwrap().request,
                entities: SymEnv::from_concrete_env(&env, &schema, &concrete).unwrap().entities,
            };
            let of_this_type = everybody.iter().filter(|(own, _)| own.kind == env.principal().to_string());
            let people = Term::any(
                of_this_type
                    .map(|(own, may)| leaf(BinaryOp::Eq, var(Var::Principal), uid(own.kind, &own.id)) & may.clone()),
            );
            let tenant = CompiledPolicySet::compile_with_custom_symenv(&policies, &env, &schema, symbols.clone());
            sides.push(Side { env, symbols, people, tenant: tenant.unwrap() });
        }
        // Most that is found is found among people from outside.
        sides.sort_by_key(|side| side.env.principal().to_string());
        assert_eq!(sides.len(), 2);
        Self { compiled, schema, world: Term::all(world), sides }
    }

    /// Whether some possible sign-in meets a condition, and is let in if that is asked.
    fn some(&self, solver: &mut Solver, matched: &Term, let_in: bool) -> Result<bool, GivenUp> {
        for side in &self.sides {
            let condition = Term::all([side.people.clone(), self.world.clone(), matched.clone()]);
            if condition == Term::False {
                continue;
            }
            let symbols = side.symbols.clone();
            let question = permit(&condition);
            let question =
                CompiledPolicySet::compile_with_custom_symenv(&question, &side.env, &self.schema, symbols).unwrap();
            let asserts =
                if let_in { disjoint_asserts(&side.tenant, &question) } else { always_denies_asserts(&question) };
            // An address of Cedar's may be a whole block, which no condition tells.
            let ip = record_get(side.symbols.request.context.clone(), &"ip".into());
            let v4 = ext_ipaddr_is_v4(ip.clone());
            let single = and(
                implies(v4.clone(), is_none(ext_ipaddr_prefix_v4(ip.clone()))),
                implies(not(v4), is_none(ext_ipaddr_prefix_v6(ip))),
            );
            let all = asserts.asserts().iter().cloned().chain([single]).collect();
            if !solver.contradict(Arc::new(all), asserts.symenv())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is violated whatever is not known is violated in each way in which that may be, unless no sign-in that was
    /// shown is possible then.
    fn each_way(
        &self,
        solver: &mut Solver,
        matched: &Term,
        witnesses: &[SignIn],
        place: &str,
    ) -> Result<usize, GivenUp> {
        let names: Vec<&String> = self.compiled.unknowns.keys().collect();
        let world = Term::all(constraints(self.compiled));
        let mut ways = 0;
        for way in 0..1_usize << names.len() {
            let is_so = |at: usize| way >> at & 1 == 1;
            let given = names.iter().enumerate().map(|(at, name)| {
                let own = Term::Leaf(unknown(name));
                if is_so(at) { own } else { !own }
            });
            let given = Term::all(given.chain([matched.clone()]));
            let possible = witnesses.iter().any(|witness| {
                let unknowns = names.iter().enumerate().filter(|(at, _)| is_so(*at)).map(|(_, name)| (*name).clone());
                meets(self.compiled, &SignIn { unknowns: unknowns.collect(), ..witness.clone() }, &world)
            });
            if possible {
                assert!(self.some(solver, &given, true)?, "way {way:b} of {names:?}: {place}");
                ways += 1;
            }
        }
        Ok(ways)
    }
}

fn constraints(compiled: &Compiled) -> Vec<Term> {
    compiled.world.constraints.iter().map(|constraint| constraint.term.clone()).collect()
}

/// `like` asks for the first. The next two halve the time that questions about one of many people take.
const OPTIONS: [&str; 4] = ["--strings-exp", "--ite-simp", "--decision=internal", "--tlimit-per=60000"];

/// The solver took longer than a minute.
#[derive(Debug)]
struct GivenUp;

struct Solver {
    runtime: tokio::runtime::Runtime,
    compiler: CedarSymCompiler<LocalSolver>,
    questions: usize,
}

impl Solver {
    /// `None` where there is no cvc5.
    fn new() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async { LocalSolver::cvc5_with_args(OPTIONS) });
        let solver = match found {
            Err(error) if std::env::var_os("CVC5").is_some() => panic!("CVC5 names no program: {error:?}"),
            found => found.ok()?,
        };
        Some(Self { runtime, compiler: CedarSymCompiler::new(solver).unwrap(), questions: 0 })
    }

    fn contradict(&mut self, asserts: Asserts, symbols: &SymEnv) -> Result<bool, GivenUp> {
        self.questions += 1;
        match self.runtime.block_on(self.compiler.check_unsat_raw(asserts, symbols)) {
            Ok(answer) => Ok(answer),
            Err(cedar_policy_symcc::err::Error::SolverUnknown) => Err(GivenUp),
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn body(text: &str) -> Template {
    let policy = Policy::parse(None, text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    policy.to_pst().unwrap().body().clone()
}

/// How many tenants.
fn draws() -> usize {
    let Ok(text) = std::env::var("GUESTLIST_TENANTS") else { return 2 };
    text.trim().parse().expect("GUESTLIST_TENANTS is a number of tenants")
}

#[test]
fn the_symbolic_compiler_agrees() {
    // A stack on which Cedar reads and compiles conditions of a hundred parts in a debug build.
    let run = std::thread::Builder::new().stack_size(256 << 20).spawn(agrees).unwrap();
    if let Err(panic) = run.join() {
        std::panic::resume_unwind(panic);
    }
}

fn agrees() {
    let Some(mut solver) = Solver::new() else {
        eprintln!("skipped: no cvc5 on PATH, and CVC5 names none");
        return;
    };
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    if let Ok(seed) = std::env::var("GUESTLIST_SEED") {
        let seed = seed.parse().unwrap();
        let (tenant, settled) = drawn::tenant(seed).expect("nothing of the sort that is compared");
        hold(seed, &tenant, &settled, &mut solver, &mut told);
    } else {
        let tenants = (0..).filter_map(|seed| Some((seed, drawn::tenant(seed)?)));
        for (seed, (tenant, settled)) in tenants.take(draws()) {
            hold(seed, &tenant, &settled, &mut solver, &mut told);
        }
    }
    eprintln!("{told:?}, {} questions to the solver", solver.questions);
}

/// Holds the prover's answers on a tenant against those of the solver.
fn hold(seed: u64, tenant: &Tenant, settled: &Settled, solver: &mut Solver, told: &mut BTreeMap<String, usize>) {
    let compile = || drawn::of_newcomers(compile(tenant, settled, &drawn::mentions()).unwrap());
    let compiled = compile();
    let rules: Vec<(String, Template)> =
        drawn::guardrails(seed).into_iter().map(|text| (text.clone(), body(&text))).collect();
    let templates: Vec<&Template> = rules.iter().map(|(_, template)| template).collect();
    let mut prover = Prover::new(&compiled, &templates, BTreeMap::new()).unwrap();
    let symbolic = Symbolic::new(&compiled, compile());
    let known = if compiled.unknowns.is_empty() { "everything known" } else { "not everything known" };
    let mut count = |what: &str, by: usize| *told.entry(format!("{what}, {known}")).or_default() += by;
    count("tenants", 1);
    for (written, template) in &rules {
        let decision = prover.guardrail(template).unwrap();
        let word = format!("{decision:?}").split(['(', ' ']).next().unwrap().to_owned();
        let matched = Words(&compiled).rule(template);
        let place = format!("seed {seed}, {written}: {decision:#?}");
        let mut compare = || -> Result<usize, GivenUp> {
            let (violated, possible) = match &decision {
                Decision::Violated(_) | Decision::NotEvaluated(..) => (true, true),
                Decision::Holds(_) => (false, true),
                Decision::Vacuous => (false, false),
            };
            if compiled.unknowns.is_empty() {
                assert!(!matches!(decision, Decision::NotEvaluated(..)), "{place}");
            }
            assert_eq!(symbolic.some(solver, &matched, true)?, violated, "{place}");
            if !violated {
                assert_eq!(symbolic.some(solver, &matched, false)?, possible, "{place}");
            }
            match &decision {
                Decision::Violated(witnesses) if (1..=2).contains(&compiled.unknowns.len()) => {
                    symbolic.each_way(solver, &matched, witnesses, &place)
                }
                _ => Ok(0),
            }
        };
        match compare() {
            Ok(ways) => {
                count(&word, 1);
                count("each way", ways);
            }
            Err(GivenUp) => count("given up", 1),
        }
    }
}
