//! Guardrails and promises, by the definitions of docs/semantics/world.md.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use cedar_policy::pst::{Clause, Template};

use super::circuit::Exhausted;
use super::gaps::Gap;
use super::lower::{Constant, Outside, Reading};
use super::space::{Collected, Space};
use crate::compile::{Compiled, SignIn, Term};

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// No sign-in violates it, whatever the export does not tell; with the permits and forbids that the proof needs.
    Holds(Vec<String>),
    /// These sign-ins violate it: one, or one for each of the few ways in which something that is not known may be.
    Violated(Vec<SignIn>),
    /// It depends on these unknowns; with a sign-in that violates it if they are as there.
    NotEvaluated(Vec<String>, Box<SignIn>),
    /// No possible sign-in is one that it is about.
    Vacuous,
}

/// A way in which what is not known may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The unknowns that it takes, and whether each is so.
    pub assumed: Vec<(String, bool)>,
    /// A sign-in that there is then.
    pub example: SignIn,
}

/// Why there is no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// The rule holds something that is not decided.
    Outside(Outside),
    /// The budget ran out, after that many questions to the solver.
    Exhausted(usize),
    /// No sign-in at all is possible: what the world says contradicts itself.
    Impossible,
}

impl From<Outside> for Undecided {
    fn from(outside: Outside) -> Self {
        Self::Outside(outside)
    }
}

/// The tenant's decision: a way in that is open, and everything that refuses.
#[derive(Clone)]
pub(super) struct Gates {
    pub(super) open: Lit,
    pub(super) refuses: Vec<(String, Lit)>,
}

/// Decides rules for one tenant.
#[derive(Debug)]
pub struct Prover<'c> {
    pub(super) space: Space<'c>,
    parameters: BTreeMap<String, Constant>,
}

/// What a search came to.
pub(super) enum Found {
    /// No sign-in does it, whatever is not known.
    Never,
    /// This one does it, whatever is not known.
    Always(SignIn),
    /// One does it if these unknowns are as they are in it.
    If(Vec<(String, bool)>, SignIn),
}

/// Sign-ins that do it whatever is not known, or else what that depends on with an example, or nothing.
type Split = Result<Vec<SignIn>, Option<(Vec<String>, SignIn)>>;

/// The most assignments of what is not known that a sign-in is held against before it is given up.
const MOST_COPIES: usize = 24;
/// The most ways in which what is not known may be that are looked at, of users of the export and of all others.
const MOST_WAYS: usize = 2;
/// The most unknowns that are tried each way.
const MOST_SPLIT: usize = 3;

impl<'c> Prover<'c> {
    /// Makes ready to decide these rules.
    ///
    /// # Errors
    /// The tenant holds something that is not decided, or its world contradicts itself.
    pub fn new(
        compiled: &'c Compiled,
        rules: &[&Template],
        parameters: BTreeMap<String, Constant>,
    ) -> Result<Self, Undecided> {
        Self::of(vec![compiled], rules, parameters)
    }

    /// Makes ready to compare a tenant before and after a change.
    ///
    /// # Errors
    /// The same.
    pub fn of_two(old: &'c Compiled, new: &'c Compiled) -> Result<Self, Undecided> {
        Self::of(vec![old, new], &[], BTreeMap::new())
    }

    fn of(
        tenants: Vec<&'c Compiled>,
        rules: &[&Template],
        parameters: BTreeMap<String, Constant>,
    ) -> Result<Self, Undecided> {
        let mut collected = Collected::default();
        for compiled in &tenants {
            let forbids = compiled.forbids.iter().chain(&compiled.report_only);
            let terms = compiled
                .permits
                .iter()
                .map(|permit| &permit.when)
                .chain(forbids.flat_map(|forbid| [&forbid.when, &forbid.unless]))
                .chain(compiled.world.constraints.iter().map(|constraint| &constraint.term))
                .chain(compiled.world.free.iter().map(|free| &free.whom))
                .chain(compiled.derived.values())
                .chain(compiled.told_of_people.values());
            for term in terms {
                collected.add(&term.expression());
            }
        }
        for clause in rules.iter().flat_map(|rule| rule.clauses()) {
            let (Clause::When(expr) | Clause::Unless(expr)) = clause;
            collected.add(expr);
        }
        let count = tenants.len();
        let mut prover = Self { space: Space::with(tenants, &collected), parameters };
        prover.space.join()?;
        for tenant in 0..count {
            let world = prover.world(Reading { tenant, ..Reading::default() })?;
            prover.space.circuit.demand([world]);
        }
        match prover.solve(&[]) {
            Ok(true) => Ok(prover),
            Ok(false) => Err(Undecided::Impossible),
            Err(undecided) => Err(undecided),
        }
    }

    /// The tenant that is asked about: the later one of two.
    fn tenant(&self) -> Option<&'c Compiled> {
        self.space.tenants.last().copied()
    }

    pub(super) fn solve(&mut self, assumptions: &[Lit]) -> Result<bool, Undecided> {
        let questions = self.space.circuit.questions;
        self.space.circuit.solve(assumptions).map_err(|Exhausted| Undecided::Exhausted(questions))
    }

    /// The tenant's decision.
    pub(super) fn gates(&mut self, reading: Reading<'_>) -> Result<Gates, Outside> {
        let Some(compiled) = self.space.tenants.get(reading.tenant).copied() else {
            return Err(Outside("a tenant".to_owned()));
        };
        let mut open = Vec::new();
        for permit in &compiled.permits {
            open.push(self.space.term(&permit.when, reading)?);
        }
        let open = self.space.circuit.any(open);
        let mut refuses = Vec::new();
        for forbid in compiled.forbids.iter().filter(|forbid| forbid.unless != Term::True) {
            let when = self.space.term(&forbid.when, reading)?;
            let unless = self.space.term(&forbid.unless, reading)?;
            refuses.push((forbid.id.clone(), self.space.circuit.all([when, !unless])));
        }
        Ok(Gates { open, refuses })
    }

    /// Whether the tenant lets the sign-in in.
    pub(super) fn allows(&mut self, reading: Reading<'_>) -> Result<Lit, Outside> {
        let gates = self.gates(reading)?;
        let parts: Vec<Lit> = gates.refuses.iter().map(|(_, refuses)| !*refuses).chain([gates.open]).collect();
        Ok(self.space.circuit.all(parts))
    }

    fn world(&mut self, reading: Reading<'_>) -> Result<Lit, Outside> {
        let Some(compiled) = self.space.tenants.get(reading.tenant).copied() else {
            return Err(Outside("a tenant".to_owned()));
        };
        // What somebody brings or does as the later tenant has them is harmless where the earlier one has them otherwise.
        let is_earlier = reading.tenant + 1 < self.space.tenants.len();
        let mut all = Vec::new();
        for constraint in compiled.world.constraints.iter().filter(|own| !(is_earlier && own.of_person)) {
            all.push(self.space.term(&constraint.term, reading)?);
        }
        Ok(self.space.circuit.all(all))
    }

    /// Whether it is a first sign-in where the person is not here yet.
    fn first(&mut self, reading: Reading<'_>) -> Result<Lit, Outside> {
        let Some(compiled) = self.space.tenants.get(reading.tenant).copied() else {
            return Err(Outside("a tenant".to_owned()));
        };
        self.space.term(&compiled.world.first, reading)
    }

    pub(super) fn matches(&mut self, rule: &Template, reading: Reading<'_>) -> Result<Lit, Outside> {
        let parameters = self.parameters.clone();
        self.space.rule(rule, Reading { rule: Some(&parameters), ..reading })
    }

    /// Every variable of the sign-in itself, as it is in the last model.
    pub(super) fn fixed(&self) -> Vec<Lit> {
        let space = &self.space;
        let mut all: Vec<Lit> = Vec::new();
        all.extend(space.rows.iter().map(|row| row.literal));
        all.extend(space.resources.iter().map(|found| found.literal));
        all.extend(space.words.values().flatten().map(|(_, literal)| *literal));
        all.extend(space.flags.values());
        all.extend(space.elements.values().flatten().map(|(_, literal)| *literal));
        all.extend(space.texts.values().flat_map(|text| &text.patterns).map(|(_, literal)| *literal));
        all.extend(space.networks.iter().map(|network| network.literal));
        all.extend(space.free.iter().map(|(_, literal)| *literal));
        all.into_iter().map(|literal| if space.circuit.value(literal) { literal } else { !literal }).collect()
    }

    fn true_unknowns(&self) -> BTreeSet<String> {
        let space = &self.space;
        let all = space.unknowns.iter().filter(|(_, literal)| space.circuit.value(**literal));
        all.map(|(name, _)| name.clone()).collect()
    }

    /// Looks for a sign-in that reaches a goal whatever is not known, given some assumptions.
    pub(super) fn search(
        &mut self,
        goal: &mut dyn FnMut(&mut Self, Reading<'_>) -> Result<Lit, Outside>,
        given: &[Lit],
    ) -> Result<Found, Undecided> {
        self.space.circuit.refill();
        let reached = goal(self, Reading::default())?;
        let assume = |more: &[Lit]| -> Vec<Lit> { given.iter().chain(more).copied().collect() };
        if !self.solve(&assume(&[reached]))? {
            return Ok(Found::Never);
        }
        let active = self.space.circuit.fresh();
        let mut first = None;
        for _ in 0..MOST_COPIES {
            if !self.solve(&assume(&[reached, active]))? {
                break;
            }
            self.dullest(&assume(&[reached, active]))?;
            let sign_in = self.space.sign_in(self.space.tenants.len() - 1);
            let fixed = self.fixed();
            let unknowns = self.true_unknowns();
            if self.space.unknowns.is_empty() || !self.solve(&assume(&[fixed.as_slice(), &[!reached]].concat()))? {
                return Ok(Found::Always(sign_in));
            }
            first.get_or_insert((sign_in, fixed, unknowns));
            let against = self.true_unknowns();
            let reading = Reading { unknowns: Some(&against), ..Reading::default() };
            let copy = goal(self, reading)?;
            let mut impossible = Vec::new();
            for tenant in 0..self.space.tenants.len() {
                let possible = self.world(Reading { tenant, ..reading })?;
                impossible.push(!possible);
            }
            self.space.circuit.clause(impossible.into_iter().chain([!active, copy]));
        }
        let Some((sign_in, fixed, unknowns)) = first else { return Ok(Found::Never) };
        // Which of the unknowns it takes.
        let literals: Vec<(String, Lit)> = self
            .space
            .unknowns
            .iter()
            .map(|(name, literal)| (name.clone(), if unknowns.contains(name) { *literal } else { !*literal }))
            .collect();
        let assumptions: Vec<Lit> = given
            .iter()
            .chain(&fixed)
            .copied()
            .chain(literals.iter().map(|(_, literal)| *literal))
            .chain([!reached])
            .collect();
        let needed = if self.solve(&assumptions)? { Vec::new() } else { self.space.circuit.core(&assumptions) };
        let depends = literals.into_iter().filter(|(_, literal)| needed.contains(literal));
        let mut depends: Vec<(String, bool)> =
            depends.map(|(name, _)| (name.clone(), unknowns.contains(&name))).collect();
        // What has to be so says more than what must not.
        depends.sort_by_key(|(_, is)| !is);
        Ok(Found::If(depends, sign_in))
    }

    /// The same, and if a few unknowns stand in the way, each way in which they may be.
    fn search_split(
        &mut self,
        goal: &mut dyn FnMut(&mut Self, Reading<'_>) -> Result<Lit, Outside>,
    ) -> Result<Split, Undecided> {
        let (depends, sign_in) = match self.search(goal, &[])? {
            Found::Never => return Ok(Err(None)),
            Found::Always(sign_in) => return Ok(Ok(vec![sign_in])),
            Found::If(depends, sign_in) => (depends, sign_in),
        };
        let names: Vec<String> = depends.into_iter().map(|(name, _)| name).collect();
        let open = |names: Vec<String>, sign_in| Ok(Err(Some((names, sign_in))));
        if names.is_empty() || names.len() > MOST_SPLIT {
            return open(names, sign_in);
        }
        let literals: Vec<Lit> = names.iter().filter_map(|name| self.space.unknowns.get(name)).copied().collect();
        let mut witnesses: Vec<SignIn> = Vec::new();
        for ways in 0..1_usize << literals.len() {
            let mut given: Vec<Lit> = literals
                .iter()
                .enumerate()
                .map(|(at, literal)| if ways >> at & 1 == 1 { *literal } else { !*literal })
                .collect();
            // An unknown about a person may be one way for one and the other way for another: all witnesses are the same.
            if let Some(first) = witnesses.first() {
                let is_it = |row: &&super::space::Row<'_>| {
                    row.entity().kind == first.person.kind && row.entity().id == first.person.id
                };
                given.extend(self.space.rows.iter().find(is_it).map(|row| row.literal));
            }
            if !self.solve(&given)? {
                continue;
            }
            match self.search(goal, &given)? {
                Found::Always(witness) => witnesses.push(witness),
                _ => return open(names, sign_in),
            }
        }
        if witnesses.is_empty() { open(names, sign_in) } else { Ok(Ok(witnesses)) }
    }

    /// Some ways in which what is not known may be for a guardrail to be broken: those that take the fewest unknowns first,
    /// and of these the ones of users of the export.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn ways(&mut self, rule: &Template) -> Result<Vec<Way>, Undecided> {
        let mut goal = |own: &mut Self, reading: Reading<'_>| {
            let matched = own.matches(rule, reading)?;
            let allowed = own.allows(reading)?;
            Ok(own.space.circuit.all([matched, allowed]))
        };
        self.ways_to(&mut goal)
    }

    fn ways_to(
        &mut self,
        goal: &mut dyn FnMut(&mut Self, Reading<'_>) -> Result<Lit, Outside>,
    ) -> Result<Vec<Way>, Undecided> {
        self.space.circuit.refill();
        let reached = goal(self, Reading::default())?;
        let newcomer = self.space.newcomer;
        let mut ways = self.ways_of(reached, !newcomer)?;
        ways.extend(self.ways_of(reached, newcomer)?);
        ways.sort_by_key(|way| way.assumed.len());
        // What takes more than another one says nothing new.
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            if !kept.iter().any(|other| other.assumed.iter().all(|own| way.assumed.contains(own))) {
                kept.push(way);
            }
        }
        Ok(kept)
    }

    /// Ways in which some people reach a goal.
    fn ways_of(&mut self, reached: Lit, people: Lit) -> Result<Vec<Way>, Undecided> {
        let active = self.space.circuit.fresh();
        let mut ways: Vec<Way> = Vec::new();
        while ways.len() < MOST_WAYS && self.solve(&[reached, people, active])? {
            self.dullest(&[reached, people, active])?;
            let example = self.space.sign_in(self.space.tenants.len() - 1);
            let fixed = self.fixed();
            let own = |(name, literal): (&String, &Lit)| {
                let is = example.unknowns.contains(name);
                (name.clone(), is, if is { *literal } else { !*literal })
            };
            let mut assumed: Vec<(String, bool, Lit)> = self.space.unknowns.iter().map(own).collect();
            let with = |assumed: &[(String, bool, Lit)]| -> Vec<Lit> {
                fixed.iter().copied().chain(assumed.iter().map(|(.., literal)| *literal)).chain([!reached]).collect()
            };
            let all = with(&assumed);
            if !self.solve(&all)? {
                let core = self.space.circuit.core(&all);
                assumed.retain(|(.., literal)| core.contains(literal));
            }
            // What the solver leaned on may be more than it takes.
            for at in (0..assumed.len()).rev() {
                let mut fewer = assumed.clone();
                fewer.remove(at);
                if !self.solve(&with(&fewer))? {
                    assumed = fewer;
                }
            }
            if assumed.is_empty() {
                break;
            }
            // Another way leaves out one of these.
            let others = assumed.iter().map(|(.., literal)| !*literal);
            self.space.circuit.clause(others.chain([!active]));
            let mut assumed: Vec<(String, bool)> = assumed.into_iter().map(|(name, is, _)| (name, is)).collect();
            // What has to be so says more than what must not.
            assumed.sort_by_key(|(_, is)| !is);
            ways.push(Way { assumed, example });
        }
        Ok(ways)
    }

    /// Makes the last model as dull as the assumptions allow: somebody who is not here yet, nothing brought, nothing done,
    /// no risk.
    pub(super) fn dullest(&mut self, assumptions: &[Lit]) -> Result<(), Undecided> {
        let mut kept: Vec<Lit> = assumptions.to_vec();
        // Who, before the rest: a guest in a usual country says more than a service provider in none. Whom the export
        // lacks may be anything, and comes last.
        if let Some(literal) = self.space.unexported() {
            self.prefer(!literal, &mut kept)?;
        }
        self.prefer(self.space.newcomer, &mut kept)?;
        for kind in ["b2bCollaborationGuest", "b2bCollaborationMember"] {
            let literal = self.space.principal_where(0, &|entity| entity.text("kind") == kind);
            if self.prefer(literal, &mut kept)? {
                break;
            }
        }
        let mut wanted: Vec<Lit> = Vec::new();
        let space = &self.space;
        for path in ["client", "flow", "originalFlow"] {
            wanted.extend(space.words.get(path).and_then(|values| values.first()).map(|(_, literal)| *literal));
        }
        let flag = |prefix: &'static str| {
            let found = space.flags.iter().filter(move |(path, _)| path.starts_with(prefix));
            found.map(|(_, literal)| !*literal)
        };
        wanted.extend(flag("brought."));
        let sets = |prefix: &'static str| {
            let found = space.elements.iter().filter(move |(path, _)| path.starts_with(prefix));
            found.flat_map(|(_, elements)| elements).map(|(_, literal)| !*literal)
        };
        wanted.extend(sets("brought."));
        wanted.extend(sets("done."));
        wanted.extend(flag("done."));
        wanted.extend(space.flags.values().map(|literal| !*literal));
        wanted.extend(space.words.values().filter_map(|values| values.first()).map(|(_, literal)| *literal));
        wanted.extend(space.free.iter().map(|(_, literal)| !*literal));
        wanted.extend(sets(""));
        wanted.extend(space.texts.values().flat_map(|text| &text.patterns).map(|(_, literal)| !*literal));
        let nowhere = space.networks.iter().find(|network| network.is_nowhere()).map(|network| network.literal);
        wanted.extend(nowhere);
        for literal in wanted {
            self.prefer(literal, &mut kept)?;
        }
        // The first application that will do; applications of the tenant come last.
        let any_other = self.space.resource_where(&|found| found.entity.id == crate::compile::ANY_OTHER_APPLICATION);
        self.prefer(any_other, &mut kept)?;
        let by_entra = self.space.principal_where(0, &|entity| entity.text("provider") == "entra");
        self.prefer(by_entra, &mut kept)?;
        let from_anywhere =
            self.space.principal_where(0, &|entity| entity.text("homeTenant") == crate::compile::ANY_OTHER_TENANT);
        self.prefer(from_anywhere, &mut kept)?;
        // What it depends on is told, and the less that is the better.
        let unknowns: Vec<Lit> = self.space.unknowns.values().copied().collect();
        for literal in unknowns {
            self.prefer(!literal, &mut kept)?;
        }
        Ok(())
    }

    /// Keeps a literal if it can be true as well.
    fn prefer(&mut self, literal: Lit, kept: &mut Vec<Lit>) -> Result<bool, Undecided> {
        kept.push(literal);
        if self.space.circuit.value(literal) {
            return Ok(true);
        }
        if self.solve(kept)? {
            return Ok(true);
        }
        // The model is still the last one that could be.
        kept.pop();
        Ok(false)
    }

    /// Decides a guardrail: whether the tenant refuses every sign-in that it matches.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn guardrail(&mut self, rule: &Template) -> Result<Decision, Undecided> {
        let matched = self.matches(rule, Reading::default())?;
        if !self.solve(&[matched])? {
            return Ok(Decision::Vacuous);
        }
        let mut goal = |own: &mut Self, reading: Reading<'_>| {
            let matched = own.matches(rule, reading)?;
            let allowed = own.allows(reading)?;
            Ok(own.space.circuit.all([matched, allowed]))
        };
        Ok(match self.search_split(&mut goal)? {
            Ok(witnesses) => Decision::Violated(witnesses),
            Err(Some((names, sign_in))) => Decision::NotEvaluated(names, Box::new(sign_in)),
            Err(None) => Decision::Holds(self.carried_by(matched)?),
        })
    }

    /// What the proof that nobody whom a guardrail matches gets in needs.
    fn carried_by(&mut self, matched: Lit) -> Result<Vec<String>, Undecided> {
        let gates = self.gates(Reading::default())?;
        let assumptions: Vec<Lit> =
            [matched, gates.open].into_iter().chain(gates.refuses.iter().map(|(_, literal)| !*literal)).collect();
        if self.solve(&assumptions)? {
            return Ok(Vec::new());
        }
        let core = self.space.circuit.core(&assumptions);
        Ok(gates.refuses.into_iter().filter(|(_, literal)| core.contains(&!*literal)).map(|(id, _)| id).collect())
    }

    /// Which of some unknowns, that are as they are said to be, the proof of a rule needs: all of them where that is not
    /// told apart.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn leans_on(
        &mut self,
        rule: &Template,
        refused: Option<bool>,
        assumed: &[(String, bool)],
    ) -> Result<Vec<String>, Undecided> {
        // `None` is a promise of some sign-in, which no single sign-in breaks.
        let Some(refused) = refused else {
            let is_assumed = |name: &String| assumed.iter().any(|(own, _)| own == name);
            let depends: Vec<String> = match self.promise_of_some(rule)? {
                Decision::Holds(_) => return Ok(Vec::new()),
                Decision::NotEvaluated(names, _) => names.into_iter().filter(is_assumed).collect(),
                Decision::Violated(_) | Decision::Vacuous => Vec::new(),
            };
            let all = || assumed.iter().map(|(name, _)| name.clone()).collect();
            return Ok(if depends.is_empty() { all() } else { depends });
        };
        let matched = self.matches(rule, Reading::default())?;
        let allowed = self.allows(Reading { all_done: !refused, ..Reading::default() })?;
        self.space.circuit.refill();
        self.needed_of(assumed, &[matched, if refused { allowed } else { !allowed }])
    }

    /// Which of some unknowns, that are as they are said to be, the proof needs that the second tenant lets nobody in whom
    /// the first refuses.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn difference_leans_on(&mut self, assumed: &[(String, bool)]) -> Result<Vec<String>, Undecided> {
        let outsiders = self.outsiders(Reading::default())?;
        let before = self.allows(Reading { tenant: 0, ..Reading::default() })?;
        let after = self.allows(Reading { tenant: 1, ..Reading::default() })?;
        self.space.circuit.refill();
        self.needed_of(assumed, &[outsiders, !before, after])
    }

    fn needed_of(&mut self, assumed: &[(String, bool)], broken: &[Lit]) -> Result<Vec<String>, Undecided> {
        let given = self.assumed(assumed);
        let assumptions: Vec<Lit> = broken.iter().chain(&given).copied().collect();
        let names = assumed.iter().map(|(name, _)| name);
        if self.solve(&assumptions)? {
            return Ok(names.cloned().collect());
        }
        let core = self.space.circuit.core(&assumptions);
        let is_needed = |own: &Lit| core.contains(own) || core.contains(&!*own);
        Ok(names.filter(|name| self.space.unknowns.get(*name).is_some_and(is_needed)).cloned().collect())
    }

    /// Decides a promise of every sign-in: whether there is one that it matches and that is refused whatever is done.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn promise_of_every(&mut self, rule: &Template) -> Result<Decision, Undecided> {
        let matched = self.matches(rule, Reading::default())?;
        if !self.solve(&[matched])? {
            return Ok(Decision::Vacuous);
        }
        let mut goal = |own: &mut Self, reading: Reading<'_>| {
            let matched = own.matches(rule, reading)?;
            let allowed = own.allows(Reading { all_done: true, ..reading })?;
            Ok(own.space.circuit.all([matched, !allowed]))
        };
        Ok(match self.search_split(&mut goal)? {
            Ok(witnesses) => Decision::Violated(witnesses),
            Err(Some((names, sign_in))) => Decision::NotEvaluated(names, Box::new(sign_in)),
            Err(None) => Decision::Holds(Vec::new()),
        })
    }

    /// Decides a promise of some sign-in: whether everybody whom it matches has, for every application that it matches for
    /// them, a sign-in that it matches and that is let in.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn promise_of_some(&mut self, rule: &Template) -> Result<Decision, Undecided> {
        let matched = self.matches(rule, Reading::default())?;
        if !self.solve(&[matched])? {
            return Ok(Decision::Vacuous);
        }
        let allowed = self.allows(Reading::default())?;
        let first = self.first(Reading::default())?;
        let kept = self.space.circuit.all([matched, allowed, first]);
        let active = self.space.circuit.fresh();
        let mut open: Option<(Vec<String>, SignIn)> = None;
        self.space.circuit.refill();
        // Pairs that are let in, one after the other, as many people and applications at once as it takes.
        let mut pairs = 0_usize;
        while self.solve(&[kept, active])? {
            pairs += 1;
            if pairs > MOST_PAIRS {
                return Err(Undecided::Exhausted(self.space.circuit.questions));
            }
            let (person, resource) = self.pair();
            let mut goal = |own: &mut Self, reading: Reading<'_>| {
                let matched = own.matches(rule, reading)?;
                let allowed = own.allows(reading)?;
                let first = own.first(reading)?;
                Ok(own.space.circuit.all([matched, allowed, first]))
            };
            if !self.space.unknowns.is_empty() && open.is_none() {
                let fixed = self.fixed();
                if self.solve(&[fixed.as_slice(), &[!kept]].concat())?
                    && let Found::If(depends, sign_in) = self.search(&mut goal, &[person, resource])?
                {
                    open = Some((depends.into_iter().map(|(name, _)| name).collect(), sign_in));
                }
            }
            self.space.circuit.clause([!active, !person, !resource]);
        }
        if self.solve(&[matched, active])? {
            // Better one that is refused whatever is done than one that leaves the promise on the way.
            let whatever = self.allows(Reading { all_done: true, ..Reading::default() })?;
            let mut shown = vec![matched, active, first, !whatever];
            // Not of everybody whom it matches is a first sign-in one that it matches.
            while !self.solve(&shown)? && shown.len() > 2 {
                shown.pop();
            }
            self.dullest(&shown)?;
            return Ok(Decision::Violated(vec![self.space.sign_in(self.space.tenants.len() - 1)]));
        }
        Ok(match open {
            Some((names, sign_in)) => Decision::NotEvaluated(names, Box::new(sign_in)),
            None => Decision::Holds(Vec::new()),
        })
    }

    /// The person and the application of the last model.
    fn pair(&self) -> (Lit, Lit) {
        let space = &self.space;
        let truth = space.circuit.constant(true);
        let person = space.rows.iter().map(|row| row.literal).find(|literal| space.circuit.value(*literal));
        let resource = space.resources.iter().map(|found| found.literal).find(|literal| space.circuit.value(*literal));
        (person.unwrap_or(truth), resource.unwrap_or(truth))
    }

    /// A sign-in that a guardrail and a promise both match, if they cannot both be kept: a promise of every sign-in
    /// because of that one, which the guardrail matches whatever is done, a promise of some because the guardrail matches
    /// all of its sign-ins.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn contradiction(
        &mut self,
        guardrail: &Template,
        promise: &Template,
        of_every: bool,
    ) -> Result<Option<SignIn>, Undecided> {
        // A promise of every sign-in is kept by whoever does what is asked for.
        let after = Reading { all_done: of_every, ..Reading::default() };
        let (refused, promised) = (self.matches(guardrail, after)?, self.matches(promise, Reading::default())?);
        let both = [refused, promised];
        self.space.circuit.refill();
        if !self.solve(&both)? || !of_every && self.solve(&[promised, !refused])? {
            return Ok(None);
        }
        self.solve(&both)?;
        self.dullest(&both)?;
        Ok(Some(self.space.sign_in(self.space.tenants.len() - 1)))
    }

    /// Enforced policies that no possible sign-in meets, and those without which every sign-in comes to the same, by id.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn idle_policies(&mut self) -> Result<(Vec<String>, Vec<String>), Undecided> {
        let Some(compiled) = self.tenant() else { return Ok((Vec::new(), Vec::new())) };
        let gates = self.gates(Reading::default())?;
        let (mut never, mut needless) = (Vec::new(), Vec::new());
        for forbid in compiled.forbids.iter().filter(|forbid| forbid.policy.is_some()) {
            self.space.circuit.refill();
            let when = self.space.term(&forbid.when, Reading::default())?;
            if !self.solve(&[when])? {
                never.push(forbid.id.clone());
                continue;
            }
            let Some((_, own)) = gates.refuses.iter().find(|(id, _)| *id == forbid.id) else { continue };
            let others = gates.refuses.iter().filter(|(id, _)| *id != forbid.id).map(|(_, literal)| !*literal);
            let assumptions: Vec<Lit> = [*own, gates.open].into_iter().chain(others).collect();
            if !self.solve(&assumptions)? {
                needless.push(forbid.id.clone());
            }
        }
        Ok((never, needless))
    }

    /// For each report-only policy, by id: what enforcing it comes to in sign-ins that are let in.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn report_only_changes(&mut self) -> Result<Vec<(String, Change)>, Undecided> {
        let Some(compiled) = self.tenant() else { return Ok(Vec::new()) };
        let applications = self.space.resource_where(&|found| found.entity.kind == "Application");
        let mut all = Vec::new();
        for forbid in &compiled.report_only {
            let mut goal = |own: &mut Self, reading: Reading<'_>| {
                let allowed = own.allows(reading)?;
                let (when, unless) = (own.space.term(&forbid.when, reading)?, own.space.term(&forbid.unless, reading)?);
                Ok(own.space.circuit.all([allowed, when, !unless]))
            };
            let (gaps, complete) = self.regions(&mut goal, applications, &[], 1)?;
            let change = match gaps.into_iter().next() {
                Some(gap) => Change::These(Box::new(gap)),
                None if complete => Change::Nothing,
                None => match self.search(&mut goal, &[])? {
                    Found::If(depends, _) => Change::If(depends),
                    Found::Never | Found::Always(_) => Change::If(Vec::new()),
                },
            };
            all.push((forbid.id.clone(), change));
        }
        Ok(all)
    }

    /// Sign-ins of people from outside that the second tenant lets in and the first refuses, as maximal sets, `most` at most.
    /// An empty list is a proof if it is complete. Where there is none for sure, those that there are if what is not known
    /// is one way of those in which there are any.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn opened(&mut self, most: usize) -> Result<Opened, Undecided> {
        let (before, after) = (0, 1);
        let mut goal = |own: &mut Self, reading: Reading<'_>| {
            let outsiders = own.outsiders(reading)?;
            let refused = own.allows(Reading { tenant: before, ..reading })?;
            let allowed = own.allows(Reading { tenant: after, ..reading })?;
            Ok(own.space.circuit.all([outsiders, !refused, allowed]))
        };
        let outsiders = self.outsiders(Reading::default())?;
        let (mut gaps, complete) = self.regions(&mut goal, outsiders, &[], most)?;
        let mut depends = Vec::new();
        if gaps.is_empty()
            && !complete
            && let Found::If(names, _) = self.search(&mut goal, &[])?
        {
            let fewest = self.ways_to(&mut goal)?.into_iter().next();
            let names = fewest.map_or(names, |way| way.assumed);
            let assumed = self.assumed(&names);
            gaps = self.regions(&mut goal, outsiders, &assumed, most)?.0;
            depends = names;
        }
        let mut refused = Vec::new();
        for gap in &gaps {
            let pinned = self.pin(&gap.example);
            self.solve(&pinned)?;
            refused.push(self.space.sign_in(before));
        }
        Ok(Opened { gaps, refused, complete, depends })
    }

    /// That unknowns are as they are said to be.
    pub(super) fn assumed(&self, names: &[(String, bool)]) -> Vec<Lit> {
        let known = names.iter().filter_map(|(name, is)| self.space.unknowns.get(name).map(|own| (*own, is)));
        known.map(|(own, is)| if *is { own } else { !own }).collect()
    }

    /// Sign-ins of people from outside, in both of two tenants; to applications alone where no policy is about a user
    /// action.
    fn outsiders(&mut self, reading: Reading<'_>) -> Result<Lit, Outside> {
        let no_rule = BTreeMap::new();
        let mut parts = Vec::new();
        for tenant in 0..self.space.tenants.len() {
            parts.push(self.space.told("is", "ExternalUser", Reading { tenant, rule: Some(&no_rule), ..reading })?);
        }
        if !self.space.tenants.iter().any(|compiled| compiled.world.names_user_actions()) {
            parts.push(self.space.resource_where(&|found| found.entity.kind == "Application"));
        }
        Ok(self.space.circuit.all(parts))
    }

    /// Variables and people as they are told apart, for measurements.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        (self.space.rows.len(), self.space.resources.len(), self.space.networks.len())
    }
}

/// What enforcing a report-only policy comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing, whatever is not known.
    Nothing,
    /// The largest set of sign-ins that it would refuse, or ask something of that is not done, whatever is not known.
    These(Box<Gap>),
    /// It changes something only if unknowns are as they are said to be, or it is not known which matter.
    If(Vec<(String, bool)>),
}

/// Sign-ins that a change lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Maximal sets of them; if `depends` names something, they are let in if that is so.
    pub gaps: Vec<Gap>,
    /// The example of each as the tenant before the change sees it.
    pub refused: Vec<SignIn>,
    /// Whether these are all.
    pub complete: bool,
    /// Where there is none for sure: unknowns on which it depends whether there is one, and how they are for there to be
    /// some.
    pub depends: Vec<(String, bool)>,
}

/// The most pairs of people and applications that a promise is held against.
const MOST_PAIRS: usize = 50_000;
