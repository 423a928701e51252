//! Boolean circuits over a SAT solver: gates that are made once, and a budget.

use std::collections::HashMap;

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
    gates: HashMap<Box<[Lit]>, Lit>,
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
        Self { solver, gates: HashMap::new(), truth, model: Vec::new(), questions: 0 }
    }

    pub(super) fn constant(&self, value: bool) -> Lit {
        if value { self.truth } else { !self.truth }
    }

    pub(super) fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var_default(), true)
    }

    pub(super) fn clause(&mut self, literals: impl IntoIterator<Item = Lit>) {
        let mut clause: Vec<Lit> = literals.into_iter().collect();
        self.solver.add_clause_reuse(&mut clause);
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
        let output = self.fresh();
        for input in &inputs {
            self.clause([!output, *input]);
        }
        self.clause(inputs.iter().map(|input| !*input).chain([output]));
        self.gates.insert(inputs.into_boxed_slice(), output);
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

    /// Grants a new question the whole budget.
    pub(super) fn refill(&mut self) {
        self.solver.cb_mut().left = BUDGET;
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
}
