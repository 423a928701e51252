//! Every sign-in of a small tenant: all people, a few applications, and conditions that its policies ask about. Rules are
//! asked for these sign-ins only, so that the prover has to come to the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cedar_policy::pst::Template;
use guestlist::compile::{ANY_OTHER_APPLICATION, Compiled, Datum, Entity, NOT_EXPORTED, SignIn, Value};
use guestlist::model::AddressRange;
use guestlist::prove::{Decision, Gap, Part, Prover};

use super::fast::{Fast, Tree};
use super::{allowed, body};
use crate::draw::Draw;

/// The most sign-ins of a tenant, each with everything that may be not known.
const MOST: usize = 16_000;
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";

/// Numbered comparisons and what Cedar says of them.
type Truth = Vec<(usize, bool)>;

/// One of the things that a sign-in is made of, as it may be.
struct Value1 {
    /// As a condition; empty where it needs none.
    written: String,
    person: Option<Entity>,
    resource: Option<String>,
    context: BTreeMap<String, Datum>,
    truth: Vec<(usize, bool)>,
}

impl Value1 {
    fn of(written: String, context: BTreeMap<String, Datum>) -> Self {
        Self { written, person: None, resource: None, context, truth: Vec::new() }
    }
}

struct Dimension {
    name: String,
    values: Vec<Value1>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ask {
    Never,
    Every,
    Some,
}

struct Rule {
    name: &'static str,
    ask: Ask,
    template: Template,
    tree: Tree,
}

/// Bits of a sign-in under an assignment of what is not known.
const POSSIBLE: u32 = 1;
const ALLOWED: u32 = 2;
const ALLOWED_AT_BEST: u32 = 4;
const FIRST_TIME: u32 = 8;
const FIRST_RULE: u32 = 4;

pub(crate) struct Every<'c> {
    fast: Fast<'c>,
    dimensions: Vec<Dimension>,
    unknowns: Vec<(BTreeSet<String>, Truth)>,
    rules: Vec<Rule>,
    /// Whether it is a first sign-in, of whoever is not here yet.
    first: Tree,
    bits: Vec<u32>,
    /// Comparisons of addresses that are asked about as one.
    ranges: Vec<Vec<usize>>,
}

fn exists(entity: &Entity) -> bool {
    entity.attributes.get("exists") == Some(&Value::Flag(true))
}

fn flag(path: &str, value: bool) -> (String, BTreeMap<String, Datum>) {
    let written = if value { format!("context.{path}") } else { format!("!context.{path}") };
    (written, BTreeMap::from([(path.to_owned(), Datum::Flag(value))]))
}

fn set(path: &str, all: &[String], held: &[String]) -> (String, BTreeMap<String, Datum>) {
    let parts: Vec<String> = all
        .iter()
        .map(|name| format!("{}context.{path}.contains({name:?})", if held.contains(name) { "" } else { "!" }))
        .collect();
    let written = if parts.is_empty() { "true".to_owned() } else { parts.join(" && ") };
    (written, BTreeMap::from([(path.to_owned(), Datum::Set(held.iter().cloned().collect()))]))
}

fn both(parts: Vec<(String, BTreeMap<String, Datum>)>) -> Value1 {
    let written: Vec<String> = parts.iter().map(|(written, _)| written.clone()).collect();
    Value1::of(written.join(" && "), parts.into_iter().flat_map(|(_, context)| context).collect())
}

impl<'c> Every<'c> {
    /// `None` where something is not gone through.
    pub(crate) fn new(compiled: &'c Compiled, seed: u64) -> Option<Self> {
        let mut draw = Draw::new(seed, 12);
        let mut fast = Fast::new(compiled);
        let mut every = {
            let asked = rules(&mut fast, &mut draw);
            let mut axes: BTreeSet<usize> = BTreeSet::new();
            fast.permits.iter().for_each(|permit| permit.leaves(&mut axes));
            for (_, when, unless) in &fast.forbids {
                when.leaves(&mut axes);
                unless.leaves(&mut axes);
            }
            for (.., tree) in &asked {
                tree.leaves(&mut axes);
            }
            let asked_about: BTreeSet<String> = axes.iter().map(|leaf| fast.axis_of(*leaf)).collect();
            let first = fast.tree(&compiled.world.first);
            let frees: Vec<Tree> = compiled.world.free.iter().map(|free| fast.tree(&free.whom)).collect();
            let mut ranges = Vec::new();
            let mut seen = Vec::new();
            for tree in fast
                .permits
                .iter()
                .chain(fast.forbids.iter().flat_map(|(_, when, unless)| [when, unless]))
                .chain(asked.iter().map(|(.., tree)| tree))
            {
                of_addresses(&fast, tree, &mut seen, &mut ranges);
            }
            let people = people(&mut fast, &frees)?;
            let count = people.values.len();
            let unknowns = 1_usize << compiled.unknowns.len();
            let dimensions = dimensions(&mut fast, &mut draw, &asked_about, people, MOST / unknowns / count);
            let frame: Vec<String> = dimensions
                .iter()
                .filter(|dimension| dimension.values.iter().all(|value| !value.written.is_empty()))
                .map(|dimension| {
                    let all: Vec<String> =
                        dimension.values.iter().map(|value| format!("({})", value.written)).collect();
                    format!("({})", all.join(" || "))
                })
                .collect();
            let rules = asked.into_iter().map(|(name, ask, effect, condition, tree)| {
                let text = format!(
                    "{effect} (principal is ExternalUser, action, resource) when {{ {} && {condition} }};",
                    frame.join(" && ")
                );
                Rule { name, ask, template: body(&text), tree }
            });
            let rules = rules.collect();
            Self { fast, dimensions, unknowns: Vec::new(), rules, first, bits: Vec::new(), ranges }
        };
        every.evaluate();
        Some(every)
    }

    pub(crate) fn len(&self) -> usize {
        self.dimensions.iter().map(|dimension| dimension.values.len()).product()
    }

    fn sign_in(&self, at: usize) -> SignIn {
        let mut sign_in = self.nothing();
        let mut rest = at;
        for dimension in &self.dimensions {
            let value = &dimension.values[rest % dimension.values.len()];
            rest /= dimension.values.len();
            if let Some(person) = &value.person {
                sign_in.person = person.clone();
            }
            if let Some(resource) = &value.resource {
                sign_in.resource = ("Application", resource.clone());
            }
            sign_in.context.extend(value.context.clone());
        }
        sign_in
    }

    fn nothing(&self) -> SignIn {
        SignIn {
            person: self.fast.compiled.world.newcomers[0].clone(),
            resource: ("Application", ANY_OTHER_APPLICATION.to_owned()),
            context: BTreeMap::new(),
            unknowns: BTreeSet::new(),
        }
    }

    fn choice(&self, at: usize, dimension: usize) -> usize {
        let below: usize = self.dimensions[..dimension].iter().map(|one| one.values.len()).product();
        at / below % self.dimensions[dimension].values.len()
    }

    /// Cedar's answers for all of them.
    fn evaluate(&mut self) {
        let names: Vec<String> = self.fast.compiled.unknowns.keys().cloned().collect();
        let mut sign_in = self.nothing();
        for number in 0..1_usize << names.len() {
            sign_in.unknowns = names
                .iter()
                .enumerate()
                .filter(|(at, _)| number >> at & 1 == 1)
                .map(|(_, name)| name.clone())
                .collect();
            let mut truth = Vec::new();
            for name in &names {
                truth.extend_from_slice(self.fast.truth(&format!("context.unknown.{name}"), &sign_in));
            }
            self.unknowns.push((sign_in.unknowns.clone(), truth));
        }
        let nothing = self.nothing();
        for dimension in &mut self.dimensions {
            for value in &mut dimension.values {
                let mut own = nothing.clone();
                own.context.extend(value.context.clone());
                if let Some(person) = &value.person {
                    own.person = person.clone();
                    value.truth.extend_from_slice(self.fast.truth("principal", &own));
                }
                if let Some(resource) = &value.resource {
                    own.resource = ("Application", resource.clone());
                    value.truth.extend_from_slice(self.fast.truth("resource", &own));
                }
                for path in value.context.keys() {
                    value.truth.extend_from_slice(self.fast.truth(&format!("context.{path}"), &own));
                }
            }
        }
        let total = self.len();
        let done = Done::new(&mut self.fast);
        let mut memo: HashMap<Vec<bool>, Vec<(usize, bool)>> = HashMap::new();
        let mut leaves = self.fast.read(&nothing);
        let mut bits = vec![0; total * self.unknowns.len()];
        for at in 0..total {
            let mut rest = at;
            for dimension in &self.dimensions {
                let number = rest % dimension.values.len();
                rest /= dimension.values.len();
                for (leaf, value) in &dimension.values[number].truth {
                    leaves[*leaf] = *value;
                }
                if number > 0 {
                    break;
                }
            }
            for (number, (_, truth)) in self.unknowns.iter().enumerate() {
                for (leaf, value) in truth {
                    leaves[*leaf] = *value;
                }
                if !self.fast.possible(&leaves) {
                    continue;
                }
                let mut own = POSSIBLE;
                if self.fast.allows(&leaves) {
                    own |= ALLOWED;
                }
                if self.first.holds(&leaves) {
                    own |= FIRST_TIME;
                }
                for (rule, found) in self.rules.iter().enumerate() {
                    if found.tree.holds(&leaves) {
                        own |= 1 << (FIRST_RULE + u32::try_from(rule).unwrap());
                    }
                }
                if self.rules.iter().any(|rule| rule.ask == Ask::Every) && own >> FIRST_RULE != 0 {
                    let saved = leaves.clone();
                    let can: Vec<bool> = done.steps.iter().map(|step| step.possible(&self.fast, &leaves)).collect();
                    if !memo.contains_key(&can) {
                        memo.insert(can.clone(), done.all(&mut self.fast, &can));
                    }
                    for (leaf, value) in &memo[&can] {
                        leaves[*leaf] = *value;
                    }
                    if self.fast.allows(&leaves) {
                        own |= ALLOWED_AT_BEST;
                    }
                    leaves = saved;
                }
                bits[at * self.unknowns.len() + number] = own;
            }
        }
        self.bits = bits;
    }

    fn of(&self, at: usize) -> &[u32] {
        let count = self.unknowns.len();
        &self.bits[at * count..(at + 1) * count]
    }

    /// Whether it is possible and does something whatever is not known.
    fn always(&self, at: usize, test: &dyn Fn(u32) -> bool) -> bool {
        let mut possible = self.of(at).iter().filter(|bits| *bits & POSSIBLE != 0).peekable();
        possible.peek().is_some() && possible.all(|bits| test(*bits))
    }

    fn ever(&self, at: usize, test: &dyn Fn(u32) -> bool) -> bool {
        self.of(at).iter().any(|bits| bits & POSSIBLE != 0 && test(*bits))
    }

    pub(crate) fn check(&mut self, seed: u64, asked: &mut BTreeMap<String, usize>) {
        let total = self.len();
        // What is put together of kept answers is what the authorizer says of the whole.
        let mut draw = Draw::new(seed, 13);
        for _ in 0..20 {
            let at = draw.below(total);
            let number = draw.below(self.unknowns.len());
            let bits = self.of(at)[number];
            if bits & POSSIBLE != 0 {
                let mut sign_in = self.sign_in(at);
                sign_in.unknowns.clone_from(&self.unknowns[number].0);
                assert_eq!(allowed(self.fast.compiled, &sign_in), bits & ALLOWED != 0, "seed {seed}");
            }
        }
        let templates: Vec<&Template> = self.rules.iter().map(|rule| &rule.template).collect();
        let mut prover = match Prover::new(self.fast.compiled, &templates, BTreeMap::new()) {
            Ok(prover) => prover,
            Err(undecided) => panic!("seed {seed}: {undecided:?}"),
        };
        for (number, rule) in self.rules.iter().enumerate() {
            let own = 1 << (FIRST_RULE + u32::try_from(number).unwrap());
            let place = format!("seed {seed}, {}", rule.name);
            let decision = match rule.ask {
                Ask::Never => prover.guardrail(&rule.template),
                Ask::Every => prover.promise_of_every(&rule.template),
                Ask::Some => prover.promise_of_some(&rule.template),
            };
            let decision = decision.unwrap_or_else(|undecided| panic!("{place}: {undecided:?}"));
            let word = format!("{decision:?}").split(['(', ' ']).next().unwrap().to_owned();
            *asked.entry(format!("{:?} {word}", rule.ask)).or_default() += 1;
            let matched = |bits: u32| bits & own != 0;
            if !(0..total).any(|at| self.ever(at, &matched)) {
                assert_eq!(decision, Decision::Vacuous, "{place}");
                continue;
            }
            if rule.ask == Ask::Some {
                self.some(&decision, own, &place);
                continue;
            }
            let violates = |bits: u32| {
                bits & own != 0
                    && if rule.ask == Ask::Never { bits & ALLOWED != 0 } else { bits & ALLOWED_AT_BEST == 0 }
            };
            let always = (0..total).find(|at| self.always(*at, &violates));
            let ever = (0..total).find(|at| self.ever(*at, &violates));
            let shown = |at: Option<usize>| at.map(|at| self.sign_in(at));
            match &decision {
                Decision::Holds(_) => assert!(ever.is_none(), "{place} holds, and not for {:#?}", shown(ever)),
                Decision::NotEvaluated(..) => {
                    assert!(always.is_none(), "{place} is open, and violated by {:#?}", shown(always));
                    assert!(ever.is_some(), "{place} is open, and holds");
                }
                Decision::Violated(witnesses) => {
                    if let [witness] = witnesses.as_slice() {
                        let at = self.place(witness).unwrap_or_else(|| panic!("{place}: {witness:#?}"));
                        assert!(self.always(at, &violates), "{place} is not violated by {witness:#?}");
                    }
                    for (number, (unknowns, _)) in self.unknowns.iter().enumerate() {
                        let fits = witnesses.iter().any(|witness| {
                            let bits = self.of(self.place(witness).unwrap())[number];
                            bits & POSSIBLE == 0 || violates(bits)
                        });
                        assert!(fits, "{place}: no witness if {unknowns:?}: {witnesses:#?}");
                    }
                    for witness in witnesses {
                        let refused = rule.ask == Ask::Every;
                        assert!(refused || allowed(self.fast.compiled, witness), "{place}: Cedar refuses {witness:#?}");
                    }
                }
                Decision::Vacuous => {
                    panic!("{place} is not vacuous: {:#?}", shown((0..total).find(|at| self.ever(*at, &matched))))
                }
            }
            assert!(always.is_none() || matches!(decision, Decision::Violated(_)), "{place}: {:#?}", shown(always));
            if rule.ask == Ask::Never {
                let (gaps, complete) = prover.gaps(&rule.template, 12).unwrap();
                *asked.entry(format!("gaps{}", if complete { "" } else { ", not all" })).or_default() += gaps.len();
                self.gaps(&gaps, complete, own, &place);
            }
        }
    }

    fn some(&self, decision: &Decision, own: u32, place: &str) {
        let kept = |bits: u32| bits & own != 0 && bits & ALLOWED != 0 && bits & FIRST_TIME != 0;
        // Of everybody and every application: whether it is about them, whether they get in, and whether they do for sure.
        let mut pairs: BTreeMap<(String, usize), (bool, bool, bool)> = BTreeMap::new();
        for at in 0..self.len() {
            let person = self.dimensions[0].values[self.choice(at, 0)].person.as_ref().unwrap();
            let pair = pairs.entry((person.id.clone(), self.choice(at, 1))).or_default();
            pair.0 |= self.ever(at, &|bits| bits & own != 0);
            pair.1 |= self.ever(at, &kept);
            pair.2 |= self.always(at, &kept);
        }
        let mut matched = pairs.values().filter(|(matched, ..)| *matched);
        let violated = matched.clone().any(|(_, ever, _)| !ever);
        let open = matched.any(|(_, ever, always)| *ever && !always);
        let expected = if violated {
            "Violated"
        } else if open {
            "NotEvaluated"
        } else {
            "Holds"
        };
        let told = format!("{decision:?}");
        assert!(told.starts_with(expected), "{place}: {expected}, not {told}");
        if let Decision::Violated(witnesses) = decision {
            for witness in witnesses {
                let at = self.place(witness).unwrap();
                let key = (witness.person.id.clone(), self.choice(at, 1));
                assert!(matches!(pairs[&key], (true, false, _)), "{place}: {witness:#?}");
            }
        }
    }

    /// Which of the sign-ins it is.
    fn place(&self, sign_in: &SignIn) -> Option<usize> {
        let mut at = 0;
        let mut factor = 1;
        for dimension in &self.dimensions {
            let is_it = |value: &Value1| {
                value
                    .person
                    .as_ref()
                    .is_none_or(|person| person.id == sign_in.person.id && person.parents == sign_in.person.parents)
                    && value.resource.as_ref().is_none_or(|resource| *resource == sign_in.resource.1)
                    && value.context.iter().all(|(path, datum)| match (path.as_str(), datum) {
                        ("ip", _) => true,
                        (_, Datum::Set(own)) => matches!(&sign_in.context[path], Datum::Set(found) if own == found),
                        _ => sign_in.context.get(path) == Some(datum),
                    })
            };
            let is_network = dimension.name == "ip";
            let number = if is_network {
                dimension.values.iter().position(|value| self.same_network(value, &sign_in.context["ip"]))
            } else {
                dimension.values.iter().position(is_it)
            }?;
            at += number * factor;
            factor *= dimension.values.len();
        }
        Some(at)
    }

    /// Whether an address is told apart from that of a value by nothing.
    fn same_network(&self, value: &Value1, address: &Datum) -> bool {
        let Datum::Ip(address) = address else { return false };
        let Datum::Ip(own) = &value.context["ip"] else { return false };
        self.network(&own.to_string()) == self.network(&address.to_string())
    }

    /// Which of the ranges an address is in.
    fn network(&self, address: &str) -> Vec<bool> {
        let address = address.parse().unwrap();
        let holds = |leaf: &usize| {
            let text = format!("{:?}", self.fast.exprs[*leaf]);
            let block = text.split('"').nth(1).filter(|text| text.contains('/'));
            let block = block.or_else(|| text.split('"').find(|part| part.contains('/'))).unwrap();
            AddressRange::read(block).unwrap().contains(address)
        };
        self.ranges.iter().map(|range| range.iter().any(holds)).collect()
    }

    /// The dimension of a condition, and for each of its values the value that the condition tells, if it is one.
    fn values_of(&self, part: &Part) -> (usize, Vec<String>) {
        let about = part.about.as_str();
        let path = about.split(' ').next().unwrap();
        let number = match path {
            "kind" | "from" | "person" | "in" => 0,
            "application" => 1,
            "network" => self.dimensions.iter().position(|own| own.name == "ip").unwrap(),
            path => {
                let holds = |dimension: &Dimension| dimension.values.iter().any(|own| own.context.contains_key(path));
                self.dimensions.iter().position(holds).unwrap_or_else(|| panic!("{about}"))
            }
        };
        let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
        let told = |value: &Value1| -> String {
            match path {
                "kind" | "from" | "person" | "in" => {
                    let person = value.person.as_ref().unwrap();
                    match path {
                        "kind" => person.text("kind").to_owned(),
                        "person" => person.id.clone(),
                        "in" => {
                            let mut words = about.split(' ').skip(1);
                            let (kind, id) = (words.next().unwrap(), words.next().unwrap());
                            yes(person.parents.iter().any(|(own, name)| *own == kind && name == id))
                        }
                        _ => match person.text("homeTenant") {
                            "" => person.text("provider").to_owned(),
                            home => home.to_owned(),
                        },
                    }
                }
                "application" => value.resource.clone().unwrap(),
                "network" => {
                    let Datum::Ip(own) = &value.context["ip"] else { panic!() };
                    let own = self.network(&own.to_string());
                    let found = part.values.iter().find(|sample| self.network(sample) == own);
                    found.cloned().unwrap_or_else(|| format!("{own:?}"))
                }
                path => match (&value.context[path], about.strip_prefix(path).unwrap().trim()) {
                    (Datum::Flag(own), "") => yes(*own),
                    (Datum::Text(own), "") => own.clone(),
                    (Datum::Text(own), pattern) => {
                        let wanted = pattern.split_once('`').unwrap().1;
                        let wanted = wanted.strip_suffix('`').unwrap();
                        yes(match pattern.split(" `").next().unwrap() {
                            "is" => own == wanted,
                            "begins with" => own.starts_with(wanted),
                            "ends with" => own.ends_with(wanted),
                            _ => own.contains(wanted),
                        })
                    }
                    (Datum::Set(own), holds) => yes(own.contains(holds.strip_prefix("holds ").unwrap())),
                    other => panic!("{about}: {other:?}"),
                },
            }
        };
        let values = &self.dimensions[number].values;
        let mut all: Vec<String> = values.iter().map(told).collect();
        if path == "person" {
            // Of people who are alike the first stands for all.
            for (at, value) in values.iter().enumerate() {
                if part.values.contains(&all[at]) {
                    continue;
                }
                let same = values.iter().filter(|other| other.truth == value.truth);
                let named = same.map(|other| other.person.as_ref().unwrap().id.clone());
                if let Some(id) = named.into_iter().find(|id| part.values.contains(id)) {
                    all[at] = id;
                }
            }
        }
        (number, all)
    }

    fn gaps(&self, gaps: &[Gap], complete: bool, own: u32, place: &str) {
        let total = self.len();
        let reached = |bits: u32| bits & own != 0 && bits & ALLOWED != 0;
        let missed = |bits: u32| bits & own != 0 && bits & ALLOWED == 0;
        let matched = |bits: u32| bits & own != 0;
        let fixed: Vec<usize> = ["brought", "done"]
            .map(|name| self.dimensions.iter().position(|own| own.name == name).unwrap())
            .into_iter()
            .collect();
        let mut covered = vec![false; total];
        for gap in gaps {
            let example = self.place(&gap.example).unwrap_or_else(|| panic!("{place}: {gap:#?}"));
            assert!(self.always(example, &reached), "{place}: the example is none: {gap:#?}");
            let mut replayed = gap.example.clone();
            for (unknowns, _) in &self.unknowns {
                replayed.unknowns.clone_from(unknowns);
                let number = self.unknowns.iter().position(|(known, _)| known == unknowns).unwrap();
                if self.of(example)[number] & POSSIBLE != 0 {
                    assert!(allowed(self.fast.compiled, &replayed), "{place}: Cedar refuses {replayed:#?}");
                }
            }
            let newcomer = !exists(&gap.example.person);
            let parts: Vec<(usize, Vec<String>)> = gap.parts.iter().map(|part| self.values_of(part)).collect();
            let inside = |at: usize, number: usize| {
                let (dimension, values) = &parts[number];
                let part = &gap.parts[number];
                part.values.contains(&values[self.choice(at, *dimension)]) != part.all_but
            };
            let of_kind = |at: usize| {
                !newcomer || !exists(self.dimensions[0].values[self.choice(at, 0)].person.as_ref().unwrap())
            };
            // What users do for sure whom the export lacks newcomers do as well, so these are told of as newcomers.
            let unexported = |person: &Entity| person.parents.iter().any(|(kind, _)| *kind == NOT_EXPORTED);
            let is_unexported =
                |at: usize| unexported(self.dimensions[0].values[self.choice(at, 0)].person.as_ref().unwrap());
            let same_steps = |at: usize| {
                is_unexported(at) == unexported(&gap.example.person)
                    && fixed.iter().all(|own| self.choice(at, *own) == self.choice(example, *own))
            };
            assert!(
                (0..parts.len()).all(|number| inside(example, number)),
                "{place}: the example is outside: {gap:#?}"
            );
            // Sign-ins that miss one condition at most, by which one.
            let mut beyond: BTreeMap<(usize, String), (bool, bool)> = BTreeMap::new();
            for (at, covered) in covered.iter_mut().enumerate().filter(|(at, _)| of_kind(*at)) {
                let mut outside = (0..parts.len()).filter(|number| !inside(at, *number));
                match (outside.next(), outside.next()) {
                    (None, _) => {
                        *covered |= is_unexported(at) || !unexported(&gap.example.person);
                        if same_steps(at) {
                            assert!(!self.ever(at, &missed), "{place}: {gap:#?}\nholds {:#?}", self.sign_in(at));
                        }
                    }
                    (Some(number), None) if same_steps(at) => {
                        let (dimension, values) = &parts[number];
                        let value = values[self.choice(at, *dimension)].clone();
                        let found = beyond.entry((number, value)).or_default();
                        found.0 |= self.ever(at, &matched);
                        found.1 |= self.ever(at, &missed);
                    }
                    _ => {}
                }
            }
            for ((number, value), (matched, missed)) in beyond {
                assert!(!matched || missed, "{place}: {:?} could hold {value}: {gap:#?}", gap.parts[number]);
            }
        }
        if complete {
            let left = (0..total).find(|at| !covered[*at] && self.always(*at, &reached));
            assert!(left.is_none(), "{place}: in no gap: {:#?}\n{gaps:#?}", left.map(|at| self.sign_in(at)));
        }
    }
}

/// Comparisons of addresses, those of one disjunction together.
fn of_addresses(fast: &Fast<'_>, tree: &Tree, seen: &mut Vec<Vec<usize>>, into: &mut Vec<Vec<usize>>) {
    let is_address = |tree: &Tree| matches!(tree, Tree::Leaf(at) if fast.axis_of(*at) == "context.ip");
    let mut add = |leaves: Vec<usize>| {
        if !seen.contains(&leaves) {
            seen.push(leaves.clone());
            into.push(leaves);
        }
    };
    let number = |tree: &Tree| if let Tree::Leaf(at) = tree { Some(*at) } else { None };
    match tree {
        Tree::Constant(_) => {}
        Tree::Leaf(at) => {
            if is_address(tree) {
                add(vec![*at]);
            }
        }
        Tree::Not(inner) => of_addresses(fast, inner, seen, into),
        Tree::All(parts) => parts.iter().for_each(|part| of_addresses(fast, part, seen, into)),
        Tree::Any(parts) => {
            let own: Vec<usize> = parts.iter().filter(|part| is_address(part)).filter_map(number).collect();
            if !own.is_empty() {
                add(own);
            }
            for part in parts.iter().filter(|part| !is_address(part)) {
                of_addresses(fast, part, seen, into);
            }
        }
    }
}

type Asked = (&'static str, Ask, &'static str, String, Tree);

fn rules(fast: &mut Fast<'_>, draw: &mut Draw) -> Vec<Asked> {
    let compiled = fast.compiled;
    let told = |fast: &mut Fast<'_>, what: &str, value: &str| {
        let found = compiled.told_of_people.get(&(what.to_owned(), value.to_owned()));
        found.map_or(Tree::Constant(false), |term| fast.tree(term))
    };
    let derived = |fast: &mut Fast<'_>, path: &str| fast.tree(&compiled.derived[path]);
    let not = |tree: Tree| Tree::Not(Box::new(tree));
    let external = told(fast, "is", "ExternalUser");
    let application = fast.written("resource is Application");
    let mfa = derived(fast, "context.claims.mfa");
    let managed =
        [not(derived(fast, "context.claims.deviceCompliant")), not(derived(fast, "context.claims.deviceHybridJoined"))];
    let trusted = derived(fast, "context.trustedNetwork");
    let about: Vec<String> =
        compiled.entities.iter().filter(|own| own.kind == "Application").map(|own| own.id.clone()).collect();
    let exchange = format!(
        "resource == Application::\"{}\"",
        draw.one(&[EXCHANGE.to_owned(), crate::draw::own_application(0), about[0].clone()])
    );
    let kinds =
        ["b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "internalGuest", "serviceProvider"];
    let kind = draw.one(&kinds);
    let country = draw.one(compiled.world.values["context.country"].as_slice());
    let legacy = "[\"exchangeActiveSync\", \"easSupported\", \"other\"].contains(context.client)";
    let browser = "context.client == \"browser\"";
    let one = fast.written(&exchange);
    let is_kind = told(fast, "kind", kind);
    let mut all: Vec<Asked> = Vec::new();
    let mut add = |name, ask, condition: String, parts: Vec<Tree>| {
        let effect = if ask == Ask::Never { "forbid" } else { "permit" };
        let parts = [external.clone(), application.clone()].into_iter().chain(parts).collect();
        all.push((name, ask, effect, condition, Tree::All(parts)));
    };
    add("without MFA", Ask::Never, "!context.claims.mfa".to_owned(), vec![not(mfa.clone())]);
    let own = fast.written(legacy);
    add("legacy client", Ask::Never, legacy.to_owned(), vec![own]);
    let flow = "context.flow == \"deviceCodeFlow\"";
    let own = fast.written(flow);
    add("device code", Ask::Never, flow.to_owned(), vec![own]);
    add(
        "unmanaged device",
        Ask::Never,
        format!("{exchange} && !context.claims.deviceCompliant && !context.claims.deviceHybridJoined"),
        [vec![one.clone()], managed.to_vec()].concat(),
    );
    add("kind", Ask::Never, format!("principal.kind == \"{kind}\""), vec![is_kind.clone()]);
    let from = format!("context.country == {country:?}");
    let own = fast.written(&from);
    add("country", Ask::Never, format!("{from} && !context.claims.mfa"), vec![own, not(mfa.clone())]);
    add("untrusted", Ask::Never, "!context.trustedNetwork".to_owned(), vec![not(trusted)]);
    let client = fast.written(browser);
    add(
        "every of a kind",
        Ask::Every,
        format!("principal.kind == \"{kind}\" && {exchange} && {browser}"),
        vec![is_kind.clone(), one.clone(), client.clone()],
    );
    add("every with MFA", Ask::Every, "context.claims.mfa".to_owned(), vec![mfa.clone()]);
    add("some of a kind", Ask::Some, format!("principal.kind == \"{kind}\" && {exchange}"), vec![is_kind, one]);
    add("some with a browser", Ask::Some, format!("{browser} && context.claims.mfa"), vec![client, mfa]);
    add("some", Ask::Some, "true".to_owned(), Vec::new());
    all
}

/// Everybody, with whatever they may be in. `None` where that depends on what is not known.
fn people(fast: &mut Fast<'_>, frees: &[Tree]) -> Option<Dimension> {
    let compiled = fast.compiled;
    let mut leaves = BTreeSet::new();
    for tree in frees {
        tree.leaves(&mut leaves);
    }
    if leaves.iter().any(|leaf| fast.axis_of(*leaf) != "principal") {
        return None;
    }
    let mut all = Vec::new();
    let users = compiled.entities.iter().filter(|own| matches!(own.kind, "ExternalUser" | "InternalUser"));
    for person in compiled.world.newcomers.iter().chain(users) {
        'wishes: for wishes in 0..1_usize << frees.len() {
            let mut own = person.clone();
            let wished = compiled.world.free.iter().enumerate().filter(|(at, _)| wishes >> at & 1 == 1);
            let wished: BTreeSet<_> = wished.map(|(_, free)| (free.kind, free.id.clone())).collect();
            // Each may depend on those before it.
            for (at, free) in compiled.world.free.iter().enumerate() {
                let key = (free.kind, free.id.clone());
                if wishes >> at & 1 == 0 || own.parents.contains(&key) || exists(person) && !free.is_for_users() {
                    continue;
                }
                let sign_in = SignIn {
                    person: own.clone(),
                    resource: ("Application", ANY_OTHER_APPLICATION.to_owned()),
                    context: BTreeMap::new(),
                    unknowns: BTreeSet::new(),
                };
                let truth = fast.read(&sign_in);
                if frees[at].holds(&truth) {
                    own.parents.insert(key);
                }
            }
            for key in &wished {
                if !own.parents.contains(key) {
                    continue 'wishes;
                }
            }
            let mut value = Value1::of(String::new(), BTreeMap::new());
            value.person = Some(own);
            all.push(value);
        }
    }
    Some(Dimension { name: "person".to_owned(), values: all })
}

fn dimensions(
    fast: &mut Fast<'_>,
    draw: &mut Draw,
    asked: &BTreeSet<String>,
    people: Dimension,
    most: usize,
) -> Vec<Dimension> {
    let compiled = fast.compiled;
    let world = &compiled.world;
    let mut all = vec![people];
    // Applications that conditions name, and one that none does.
    let named: BTreeSet<String> = fast
        .exprs
        .iter()
        .flat_map(|expr| format!("{expr:?}").split('"').map(str::to_owned).collect::<Vec<_>>())
        .filter(|id| compiled.entity("Application", id).is_some())
        .collect();
    let named: Vec<String> = named.into_iter().filter(|id| id != EXCHANGE).collect();
    let mut applications = draw.some(&named, 1, 2);
    applications.extend([EXCHANGE, ANY_OTHER_APPLICATION].map(str::to_owned));
    applications.dedup();
    let applications = applications.into_iter().map(|id| {
        let mut value = Value1::of(format!("resource == Application::\"{id}\""), BTreeMap::new());
        value.resource = Some(id);
        value
    });
    all.push(Dimension { name: "application".to_owned(), values: applications.collect() });
    // Every address at which something begins or ends.
    let mut addresses = vec!["203.0.113.1".parse().unwrap()];
    for expr in &fast.exprs {
        for block in format!("{expr:?}").split('"').filter_map(AddressRange::read) {
            addresses.extend(block.blocks().into_iter().map(|(address, _)| address));
            addresses.extend([block.first(), block.last()]);
            for (own, up) in [(block.first(), false), (block.last(), true)] {
                // An IPv4 address in IPv6 clothing is one of IPv4.
                addresses.extend(beside(own, up).filter(|found| found.to_canonical() == *found));
            }
        }
    }
    let mut networks: BTreeMap<Vec<bool>, Value1> = BTreeMap::new();
    for address in addresses {
        let context = BTreeMap::from([("ip".to_owned(), Datum::Ip(address))]);
        let truth = truth(fast, "context.ip", &context);
        networks.entry(truth).or_insert_with(|| Value1::of(String::new(), context));
    }
    all.push(Dimension { name: "ip".to_owned(), values: networks.into_values().collect() });
    let elements = |path: &str| world.elements.get(&format!("context.{path}")).cloned().unwrap_or_default();
    let brought = |home: bool, here: bool, methods: &[&str], others: bool| {
        let place = |place: &str, own: bool, methods: &[&str]| {
            let held: Vec<String> = methods.iter().map(|name| (*name).to_owned()).collect();
            let path = format!("brought.{place}.methods");
            [flag(&format!("brought.{place}.mfa"), own), set(&path, &elements(&path), &held)]
        };
        let (terms, custom) = (elements("brought.terms"), elements("brought.custom"));
        let held = |all: &[String]| if others { all.to_vec() } else { Vec::new() };
        let mut parts: Vec<_> = place("home", home, methods).into_iter().chain(place("here", here, &[])).collect();
        parts.push(set("brought.terms", &terms, &held(&terms)));
        parts.push(set("brought.custom", &custom, &held(&custom)));
        both(parts)
    };
    let mut ways =
        vec![brought(false, false, &[], false), brought(true, false, &[], false), brought(false, true, &[], false)];
    ways.push(if draw.chance(50) { brought(true, true, &[], true) } else { brought(false, false, &["fido2"], false) });
    all.push(Dimension { name: "brought".to_owned(), values: ways });
    let done = |home: bool, here: bool, others: bool| {
        let place = |place: &str, own: bool| {
            let path = format!("done.{place}.combinations");
            let known = elements(&path);
            let held: Vec<String> = if own && others { known.iter().take(1).cloned().collect() } else { Vec::new() };
            [flag(&format!("done.{place}.mfa"), own), set(&path, &known, &held)]
        };
        let (terms, custom) = (elements("done.terms"), elements("done.custom"));
        let held = |all: &[String]| if others { all.to_vec() } else { Vec::new() };
        let mut parts: Vec<_> = place("home", home).into_iter().chain(place("here", here)).collect();
        let flags = ["approvedApp", "appProtection", "passwordChange", "riskRemediation", "redemption"];
        parts.extend(flags.map(|name| flag(&format!("done.{name}"), others && name != "redemption")));
        parts.push(set("done.terms", &terms, &held(&terms)));
        parts.push(set("done.custom", &custom, &held(&custom)));
        both(parts)
    };
    let mut ways = vec![done(false, false, false)];
    ways.push(if draw.chance(50) { done(true, false, false) } else { done(false, true, false) });
    ways.push(if draw.chance(50) { done(true, false, true) } else { done(false, false, true) });
    all.push(Dimension { name: "done".to_owned(), values: ways });
    // The others as far as there is room.
    let mut others: Vec<Dimension> = Vec::new();
    for (path, words) in &world.values {
        let path = path.trim_start_matches("context.");
        let value = |word: &String| {
            let context = BTreeMap::from([(path.to_owned(), Datum::Text(word.clone()))]);
            Value1::of(format!("context.{path} == {word:?}"), context)
        };
        let mut values: Vec<Value1> = Vec::new();
        let mut known = BTreeSet::new();
        for word in words {
            let value = value(word);
            // Words that nothing tells apart are one.
            if known.insert(truth(fast, &format!("context.{path}"), &value.context)) {
                values.push(value);
            }
        }
        others.push(Dimension { name: path.to_owned(), values });
    }
    for path in
        ["compliantNetwork", "mfaTrustedIp", "baselineScopes", "sharedChannel", "guestHereToo", "registeredHere"]
    {
        let values = [false, true].map(|value| both(vec![flag(path, value)]));
        others.push(Dimension { name: path.to_owned(), values: values.into() });
    }
    others.push(Dimension { name: "unlistedIp".to_owned(), values: vec![both(vec![flag("unlistedIp", false)])] });
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for name in world.device_texts() {
        let path = format!("device.attributes.{name}");
        let mut literals: Vec<String> = Vec::new();
        for expr in fast.exprs.clone() {
            if super::fast::axis(&expr).as_deref() == Some(&format!("context.{path}")) {
                literals.extend(super::fast::literals(&expr));
            }
        }
        literals.sort_unstable();
        literals.dedup();
        let mut candidates = vec![String::new(), "?".to_owned()];
        for one in &literals {
            candidates.extend([one.clone(), format!("{one}?"), format!("?{one}"), format!("?{one}?")]);
            candidates.extend(literals.iter().map(|other| format!("{one}?{other}")));
        }
        let mut known = BTreeSet::new();
        candidates.retain(|text| {
            let context = BTreeMap::from([(path.clone(), Datum::Text(text.clone()))]);
            known.insert(truth(fast, &format!("context.{path}"), &context))
        });
        texts.push((path, candidates));
    }
    // A device: registered or not, and what it is then.
    let mut devices: Vec<Value1> = Vec::new();
    for (registered, compliant, joined) in
        [(false, false, false), (true, false, false), (true, true, false), (true, false, true), (true, true, true)]
    {
        let rounds = if registered { 1 + texts.iter().map(|(_, all)| all.len()).max().unwrap_or(0) } else { 1 };
        for round in 0..rounds {
            let mut parts = vec![
                flag("device.registered", registered),
                flag("device.compliant", compliant),
                flag("device.hybridJoined", joined),
            ];
            for (path, all) in &texts {
                let word = if path.ends_with(".trusttype") && joined {
                    "serverad".to_owned()
                } else if registered {
                    all[round % all.len()].clone()
                } else {
                    String::new()
                };
                let written = format!("context.{path} == {word:?}");
                parts.push((written, BTreeMap::from([(path.clone(), Datum::Text(word))])));
            }
            for (name, known) in world.device_collections() {
                let known: Vec<String> = known.iter().cloned().collect();
                let held: Vec<String> = if registered { draw.some(&known, 0, known.len()) } else { Vec::new() };
                parts.push(set(&format!("device.attributes.{name}"), &known, &held));
            }
            let value = both(parts);
            if devices.iter().all(|other| other.context != value.context) {
                devices.push(value);
            }
        }
    }
    if devices.len() > 8 {
        draw.shuffle(&mut devices[1..]);
        devices.truncate(8);
    }
    others.push(Dimension { name: "device".to_owned(), values: devices });
    draw.shuffle(&mut others);
    let mut room = most / all.iter().skip(1).map(|own| own.values.len()).product::<usize>().max(1);
    for mut dimension in others {
        let is_asked = asked.iter().any(|path| {
            path == &format!("context.{}", dimension.name)
                || dimension.name == "device" && path.starts_with("context.device.")
        });
        if !is_asked || dimension.values.len() > room {
            let keep = if is_asked { room.clamp(1, 2) } else { 1 };
            dimension.values.truncate(keep);
        }
        room /= dimension.values.len().max(1);
        all.push(dimension);
    }
    all
}

fn beside(address: std::net::IpAddr, up: bool) -> Option<std::net::IpAddr> {
    Some(match address {
        std::net::IpAddr::V4(own) => {
            let number = u32::from(own);
            std::net::IpAddr::V4(if up { number.checked_add(1) } else { number.checked_sub(1) }?.into())
        }
        std::net::IpAddr::V6(own) => {
            let number = u128::from(own);
            std::net::IpAddr::V6(if up { number.checked_add(1) } else { number.checked_sub(1) }?.into())
        }
    })
}

fn truth(fast: &mut Fast<'_>, axis: &str, context: &BTreeMap<String, Datum>) -> Vec<bool> {
    let sign_in = SignIn {
        person: fast.compiled.world.newcomers[0].clone(),
        resource: ("Application", ANY_OTHER_APPLICATION.to_owned()),
        context: context.clone(),
        unknowns: BTreeSet::new(),
    };
    fast.truth(axis, &sign_in).iter().map(|(_, value)| *value).collect()
}

/// One thing that can be done during a sign-in, and what says that it is possible.
struct Step {
    path: String,
    element: Option<String>,
    truth: Vec<(usize, bool)>,
}

impl Step {
    /// Whether it can be done alone.
    fn possible(&self, fast: &Fast<'_>, leaves: &[bool]) -> bool {
        let mut own = leaves.to_vec();
        for (leaf, value) in &self.truth {
            own[*leaf] = *value;
        }
        fast.possible(&own)
    }
}

/// Everything that can be done during a sign-in.
struct Done {
    steps: Vec<Step>,
    paths: BTreeSet<String>,
}

impl Done {
    fn new(fast: &mut Fast<'_>) -> Self {
        let mut steps = Vec::new();
        for (path, datum) in fast.compiled.dull() {
            if !path.starts_with("done.") {
                continue;
            }
            match datum {
                Datum::Flag(_) => steps.push(Step { path, element: None, truth: Vec::new() }),
                _ => {
                    for element in fast.compiled.world.elements[&format!("context.{path}")].clone() {
                        steps.push(Step { path: path.clone(), element: Some(element), truth: Vec::new() });
                    }
                }
            }
        }
        let mut done = Self { paths: steps.iter().map(|step| step.path.clone()).collect(), steps };
        for at in 0..done.steps.len() {
            let alone: Vec<bool> = (0..done.steps.len()).map(|other| other == at).collect();
            done.steps[at].truth = done.all(fast, &alone);
        }
        done
    }

    /// Cedar's answers where these steps are done, and no others.
    fn all(&self, fast: &mut Fast<'_>, which: &[bool]) -> Vec<(usize, bool)> {
        let mut context = fast.compiled.dull();
        context.retain(|path, _| path.starts_with("done."));
        for (step, _) in self.steps.iter().zip(which).filter(|(_, own)| **own) {
            match (context.get_mut(&step.path).unwrap(), &step.element) {
                (Datum::Set(items), Some(element)) => {
                    items.insert(element.clone());
                }
                (datum, _) => *datum = Datum::Flag(true),
            }
        }
        let sign_in = SignIn {
            person: fast.compiled.world.newcomers[0].clone(),
            resource: ("Application", ANY_OTHER_APPLICATION.to_owned()),
            context,
            unknowns: BTreeSet::new(),
        };
        let mut truth = Vec::new();
        for path in &self.paths {
            truth.extend_from_slice(fast.truth(&format!("context.{path}"), &sign_in));
        }
        truth
    }
}
