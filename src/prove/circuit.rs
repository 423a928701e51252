//! Boolean circuits over a SAT solver: gates that are made once, and a budget.

use std::collections::HashMap;
use std::rc::Rc;

use batsat::{Callbacks, Lit, Solver, SolverInterface as _, SolverOpts, lbool};

/// Conflicts after which a question is given up: a deterministic measure of work. Tenants of hundreds of policies take
/// some hundreds.
const BUDGET: u64 = 400_000;

/// Counts what the solver learns.
struct Count {
    left: u64,
}

impl Callbacks for Count {
    fn on_new_clause(&mut self, _clause: &[Lit], _src: batsat::ClauseKind) {
        self.left = self.left.saturating_sub(1);
    }

    fn stop(&self) -> bool {
        self.left == 0
    }
}

/// The budget ran out before the solver came to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

pub(super) struct Circuit {
    solver: Solver<Count>,
    gates: HashMap<Rc<[Lit]>, Lit>,
    /// The same in the order in which they were made: inputs before outputs.
    in_order: Vec<(Rc<[Lit]>, Lit)>,
    /// What every model keeps besides the gates and the groups of which exactly one is true.
    demands: Vec<Vec<Lit>>,
    truth: Lit,
    model: Vec<bool>,
    /// Questions that were asked of the solver.
    pub(super) questions: usize,
}

impl Circuit {
    pub(super) fn new() -> Self {
        let mut solver = Solver::new(SolverOpts::default(), Count { left: BUDGET });
        let truth = Lit::new(solver.new_var_default(), true);
        solver.add_clause_reuse(&mut vec![truth]);
        Self {
            solver,
            gates: HashMap::new(),
            in_order: Vec::new(),
            demands: Vec::new(),
            truth,
            model: Vec::new(),
            questions: 0,
        }
    }

    pub(super) fn constant(&self, value: bool) -> Lit {
        if value { self.truth } else { !self.truth }
    }

    /// A variable that nothing else decides.
    pub(super) fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::UNDEF, true), true)
    }

    /// The output of a gate: its inputs decide it, so the solver need not try it either way. Where most variables are
    /// gates that makes an answer several times as fast.
    fn output(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::UNDEF, false), true)
    }

    /// Demands that one of them is true, of the solver alone: for clauses that a question turns on.
    pub(super) fn clause(&mut self, literals: impl IntoIterator<Item = Lit>) {
        let mut clause: Vec<Lit> = literals.into_iter().collect();
        self.solver.add_clause_reuse(&mut clause);
    }

    /// Demands that one of them is true, for good.
    pub(super) fn demand(&mut self, literals: impl IntoIterator<Item = Lit>) {
        let clause: Vec<Lit> = literals.into_iter().collect();
        self.demands.push(clause.clone());
        self.clause(clause);
    }

    pub(super) fn all(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let mut inputs: Vec<Lit> = literals.into_iter().filter(|literal| *literal != self.truth).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let falsehood = !self.truth;
        let contradicts = |inputs: &[Lit]| {
            inputs.contains(&falsehood) || inputs.windows(2).any(|pair| matches!(pair, [one, other] if *one == !*other))
        };
        if contradicts(&inputs) {
            return falsehood;
        }
        match inputs.as_slice() {
            [] => return self.truth,
            [only] => return *only,
            _ => {}
        }
        if let Some(known) = self.gates.get(inputs.as_slice()) {
            return *known;
        }
        let output = self.output();
        for input in &inputs {
            self.clause([!output, *input]);
        }
        self.clause(inputs.iter().map(|input| !*input).chain([output]));
        let inputs: Rc<[Lit]> = inputs.into();
        self.in_order.push((Rc::clone(&inputs), output));
        self.gates.insert(inputs, output);
        output
    }

    pub(super) fn any(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let negated: Vec<Lit> = literals.into_iter().map(|literal| !literal).collect();
        !self.all(negated)
    }

    /// Demands that exactly one of them is true, by a ladder.
    pub(super) fn exactly_one(&mut self, literals: &[Lit]) {
        self.clause(literals.iter().copied());
        let mut before: Option<Lit> = None;
        for literal in literals {
            let Some(earlier) = before else {
                before = Some(*literal);
                continue;
            };
            self.clause([!earlier, !*literal]);
            before = Some(self.any([earlier, *literal]));
        }
    }

    /// Whether everything can be true together; the model is kept.
    pub(super) fn solve(&mut self, assumptions: &[Lit]) -> Result<bool, Exhausted> {
        self.questions += 1;
        match self.solver.solve_limited(assumptions) {
            result if result == lbool::TRUE => {
                self.model = self.solver.get_model().iter().map(|value| *value == lbool::TRUE).collect();
                Ok(true)
            }
            result if result == lbool::FALSE => Ok(false),
            _ => Err(Exhausted),
        }
    }

    /// Which of the assumptions the last refusal needed.
    pub(super) fn core(&self, assumptions: &[Lit]) -> Vec<Lit> {
        let core: Vec<Lit> = self.solver.unsat_core().to_vec();
        assumptions.iter().copied().filter(|own| core.contains(own) || core.contains(&!*own)).collect()
    }

    /// Whether a literal is true in the last model; never one that is newer than it.
    pub(super) fn value(&self, literal: Lit) -> bool {
        let at = literal.var().idx() as usize;
        self.model.get(at).is_some_and(|value| *value == literal.sign())
    }

    /// For each of some literals, whether the last model would be one with that literal and all goals if nothing but the
    /// choice within a group of which exactly one is true were another. All choices are looked at side by side, one bit
    /// each: that costs as much as one question, and spares one for each of them. The goals were assumptions of the model.
    pub(super) fn varied(&self, group: &[Lit], goals: &[Lit], values: &[Lit]) -> Vec<bool> {
        let mut lanes = Lanes::new(self, group);
        for (inputs, output) in &self.in_order {
            lanes.gate(inputs, *output);
        }
        let mut kept = vec![u64::MAX; lanes.words];
        for goal in goals {
            lanes.keep(&mut kept, &[*goal]);
        }
        for demand in &self.demands {
            lanes.keep(&mut kept, demand);
        }
        let with = |value: &Lit| {
            let mut own = kept.clone();
            lanes.keep(&mut own, &[*value]);
            own.iter().enumerate().any(|(word, bits)| bits & lanes.used(word, group.len()) != 0)
        };
        values.iter().map(with).collect()
    }

    /// Grants a new question the whole budget.
    pub(super) fn refill(&mut self) {
        self.solver.cb_mut().left = BUDGET;
    }
}

/// What a model would be with each choice within a group: a bit of a word for each choice.
struct Lanes<'c> {
    circuit: &'c Circuit,
    /// Words for each variable.
    words: usize,
    /// Where the words of a variable begin, of those that the choice makes a difference to.
    places: Vec<Option<usize>>,
    bits: Vec<u64>,
}

impl<'c> Lanes<'c> {
    fn new(circuit: &'c Circuit, group: &[Lit]) -> Self {
        let words = group.len().div_ceil(64);
        let mut own = Self { circuit, words, places: vec![None; circuit.model.len()], bits: Vec::new() };
        for (number, literal) in group.iter().enumerate() {
            let own_bits = (0..words).map(|word| if word == number / 64 { 1 << (number % 64) } else { 0 });
            own.set(*literal, own_bits.collect());
        }
        own
    }

    /// The bits of a word that stand for a choice.
    fn used(&self, word: usize, choices: usize) -> u64 {
        if word + 1 < self.words || choices.is_multiple_of(64) { u64::MAX } else { (1 << (choices % 64)) - 1 }
    }

    fn place(&self, literal: Lit) -> Option<usize> {
        self.places.get(literal.var().idx() as usize).copied().flatten()
    }

    fn set(&mut self, literal: Lit, mut own: Vec<u64>) {
        if !literal.sign() {
            for word in &mut own {
                *word = !*word;
            }
        }
        if let Some(place) = self.places.get_mut(literal.var().idx() as usize) {
            *place = Some(self.bits.len());
            self.bits.extend(own);
        }
    }

    /// The words of a literal; `None` where it is as in the model whatever is chosen.
    fn of(&self, literal: Lit) -> Option<impl Iterator<Item = u64>> {
        let words = self.bits.get(self.place(literal)?..)?.iter().take(self.words);
        let same = literal.sign();
        Some(words.map(move |word| if same { *word } else { !*word }))
    }

    fn gate(&mut self, inputs: &[Lit], output: Lit) {
        // Gates that are newer than the model have no value in it.
        if output.var().idx() as usize >= self.places.len() {
            return;
        }
        let mut moves = false;
        for input in inputs {
            if self.place(*input).is_some() {
                moves = true;
            } else if !self.circuit.value(*input) {
                return;
            }
        }
        if moves {
            let mut all = vec![u64::MAX; self.words];
            for words in inputs.iter().filter_map(|input| self.of(*input)) {
                all.iter_mut().zip(words).for_each(|(own, word)| *own &= word);
            }
            self.set(output, all);
        }
    }

    /// Keeps the choices with which one of a clause's literals is true.
    fn keep(&self, kept: &mut [u64], clause: &[Lit]) {
        if clause.iter().any(|literal| self.place(*literal).is_none() && self.circuit.value(*literal)) {
            return;
        }
        let mut any = vec![0; self.words];
        for words in clause.iter().filter_map(|literal| self.of(*literal)) {
            any.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
        }
        kept.iter_mut().zip(any).for_each(|(own, word)| *own &= word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_and_ladders() {
        let mut circuit = Circuit::new();
        let inputs: Vec<Lit> = (0..7).map(|_| circuit.fresh()).collect();
        circuit.exactly_one(&inputs);
        for input in &inputs {
            assert_eq!(circuit.solve(&[*input]), Ok(true));
            assert_eq!(inputs.iter().filter(|own| circuit.value(**own)).count(), 1);
        }
        assert_eq!(circuit.solve(&[inputs[0], inputs[6]]), Ok(false));
        assert_eq!(circuit.core(&[inputs[0], inputs[6]]).len(), 2);
        let either = circuit.any([inputs[0], inputs[1]]);
        assert_eq!(either, circuit.any([inputs[1], inputs[0]]), "made once");
        assert_eq!(circuit.solve(&[either, inputs[3]]), Ok(false));
        assert_eq!(circuit.all([either, !either]), circuit.constant(false));
    }

    /// Side by side comes to the same as one by one, whatever the model.
    #[test]
    fn choices_side_by_side() {
        for choices in [3, 64, 70] {
            let mut circuit = Circuit::new();
            let group: Vec<Lit> = (0..choices).map(|_| circuit.fresh()).collect();
            circuit.exactly_one(&group);
            let flags: Vec<Lit> = (0..4).map(|_| circuit.fresh()).collect();
            let mut gates = Vec::new();
            for number in 0..choices {
                let far = circuit.any([group[number], group[number * 7 % choices], flags[number % 4]]);
                gates.push(circuit.all([far, !group[number * 5 % choices], flags[(number + 1) % 4]]));
            }
            let goal = circuit.any(gates.iter().copied().step_by(2));
            circuit.demand([!flags[0], !group[1]]);
            circuit.demand([gates[0], flags[1]]);
            let values = [group.clone(), gates.clone(), vec![!group[2], goal, !goal]].concat();
            for number in 0_u32..16 {
                let fixed: Vec<Lit> =
                    (0..4).map(|at| if number >> at & 1 == 1 { flags[at] } else { !flags[at] }).collect();
                for start in [0, 2] {
                    let assumptions = [fixed.as_slice(), &[goal]].concat();
                    if circuit.solve(&[assumptions.as_slice(), &[group[start]]].concat()) != Ok(true) {
                        continue;
                    }
                    let found = circuit.varied(&group, &assumptions, &values);
                    for (value, found) in values.iter().zip(found) {
                        let one_by_one = circuit.solve(&[assumptions.as_slice(), &[*value]].concat());
                        assert_eq!(one_by_one, Ok(found), "{choices} {number} {start} {value:?}");
                    }
                }
            }
        }
    }
}
