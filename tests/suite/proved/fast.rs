//! Cedar's answers, kept: every comparison that conditions are made of is put to Cedar's authorizer once for each value of
//! what it compares.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy::pst::{
    ActionConstraint, Clause, Effect, Expr, PrincipalConstraint, ResourceConstraint, StaticPolicy, Template, Var,
};
use cedar_policy::{Authorizer, Policy, PolicySet};
use guestlist::compile::{Compiled, Datum, Forbid, SignIn, Term};

/// A condition over numbered comparisons.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    Constant(bool),
    Leaf(usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    pub(crate) fn holds(&self, leaves: &[bool]) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Leaf(at) => leaves[*at],
            Self::Not(inner) => !inner.holds(leaves),
            Self::All(parts) => parts.iter().all(|part| part.holds(leaves)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(leaves)),
        }
    }

    pub(crate) fn leaves(&self, into: &mut BTreeSet<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::Leaf(at) => {
                into.insert(*at);
            }
            Self::Not(inner) => inner.leaves(into),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.leaves(into)),
        }
    }
}

/// What a comparison is about: `principal`, `resource`, or a path of the context.
pub(crate) fn axis(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var(Var::Principal) => Some("principal".to_owned()),
        Expr::Var(Var::Resource) => Some("resource".to_owned()),
        Expr::Var(Var::Context) => Some("context".to_owned()),
        Expr::GetAttr { expr, attr } => {
            let base = axis(expr)?;
            Some(if base.starts_with("context") { format!("{base}.{attr}") } else { base })
        }
        Expr::BinaryOp { left, right, .. } => axis(left).or_else(|| axis(right)),
        Expr::UnaryOp { expr, .. } | Expr::Is { expr, .. } | Expr::Like { expr, .. } | Expr::HasAttr { expr, .. } => {
            axis(expr)
        }
        _ => None,
    }
}

pub(crate) fn policy(id: &str, expr: Arc<Expr>) -> Policy {
    let template =
        Template::new(id, Effect::Permit, PrincipalConstraint::Any, ActionConstraint::Any, ResourceConstraint::Any);
    let template = template.try_with_clauses(vec![Clause::When(expr)]).unwrap();
    Policy::from_pst(StaticPolicy::try_from(template).unwrap().into()).unwrap()
}

pub(crate) struct Fast<'c> {
    pub(crate) compiled: &'c Compiled,
    pub(crate) exprs: Vec<Arc<Expr>>,
    numbers: HashMap<String, usize>,
    axes: BTreeMap<String, Vec<usize>>,
    sets: BTreeMap<String, PolicySet>,
    cache: HashMap<(String, String), Vec<(usize, bool)>>,
    pub(crate) permits: Vec<Tree>,
    pub(crate) forbids: Vec<(String, Tree, Tree)>,
    pub(crate) constraints: Vec<Tree>,
    dull: BTreeMap<String, Datum>,
}

impl<'c> Fast<'c> {
    pub(crate) fn new(compiled: &'c Compiled) -> Self {
        let mut fast = Self {
            compiled,
            exprs: Vec::new(),
            numbers: HashMap::new(),
            axes: BTreeMap::new(),
            sets: BTreeMap::new(),
            cache: HashMap::new(),
            permits: Vec::new(),
            forbids: Vec::new(),
            constraints: Vec::new(),
            dull: compiled.dull(),
        };
        fast.permits = compiled.permits.iter().map(|permit| fast.tree(&permit.when)).collect();
        let enforced = |forbid: &&Forbid| forbid.unless != Term::True;
        fast.forbids = compiled
            .forbids
            .iter()
            .filter(enforced)
            .map(|forbid| (forbid.id.clone(), fast.tree(&forbid.when), fast.tree(&forbid.unless)))
            .collect();
        fast.constraints = compiled.world.constraints.iter().map(|own| fast.tree(&own.term)).collect();
        fast
    }

    pub(crate) fn tree(&mut self, term: &Term) -> Tree {
        match term {
            Term::True => Tree::Constant(true),
            Term::False => Tree::Constant(false),
            Term::Leaf(expr) => self.leaf(expr),
            Term::Not(inner) => Tree::Not(Box::new(self.tree(inner))),
            Term::And(parts) => Tree::All(parts.iter().map(|part| self.tree(part)).collect()),
            Term::Or(parts) => Tree::Any(parts.iter().map(|part| self.tree(part)).collect()),
        }
    }

    fn leaf(&mut self, expr: &Arc<Expr>) -> Tree {
        let key = format!("{expr:?}");
        let next = self.exprs.len();
        let at = *self.numbers.entry(key).or_insert(next);
        if at == next {
            self.exprs.push(Arc::clone(expr));
            let axis = axis(expr).expect("a comparison is about something");
            self.sets.remove(&axis);
            self.cache.clear();
            self.axes.entry(axis).or_default().push(at);
        }
        Tree::Leaf(at)
    }

    /// A comparison as Cedar writes it.
    pub(crate) fn written(&mut self, text: &str) -> Tree {
        let body = super::body(&format!("permit (principal, action, resource) when {{ {text} }};"));
        let Some(Clause::When(expr)) = body.clauses().first() else { panic!("{text}") };
        self.leaf(expr)
    }

    pub(crate) fn axis_of(&self, leaf: usize) -> String {
        axis(&self.exprs[leaf]).unwrap()
    }

    /// What Cedar says of every comparison about one thing, in a sign-in.
    pub(crate) fn truth(&mut self, axis: &str, sign_in: &SignIn) -> &[(usize, bool)] {
        let key = match axis {
            "principal" => format!("{} {:?}", sign_in.person.id, sign_in.person.parents),
            "resource" => sign_in.resource.1.clone(),
            path => {
                let path = path.trim_start_matches("context.");
                match path.strip_prefix("unknown.") {
                    Some(name) => sign_in.unknowns.contains(name).to_string(),
                    None => format!("{:?}", sign_in.context.get(path).or_else(|| self.dull.get(path))),
                }
            }
        };
        let place = (axis.to_owned(), key);
        if !self.cache.contains_key(&place) {
            let numbers = self.axes.get(axis).cloned().unwrap_or_default();
            let exprs = &self.exprs;
            let set = self.sets.entry(axis.to_owned()).or_insert_with(|| {
                let all = numbers.iter().map(|at| policy(&at.to_string(), Arc::clone(&exprs[*at])));
                PolicySet::from_policies(all).unwrap()
            });
            let (request, entities) = self.compiled.request(sign_in, None).unwrap();
            let response = Authorizer::new().is_authorized(&request, set, &entities);
            assert_eq!(response.diagnostics().errors().count(), 0, "{axis}");
            let true_ones: BTreeSet<usize> =
                response.diagnostics().reason().map(|id| id.to_string().parse().unwrap()).collect();
            let truth = numbers.into_iter().map(|at| (at, true_ones.contains(&at))).collect();
            self.cache.insert(place.clone(), truth);
        }
        &self.cache[&place]
    }

    pub(crate) fn read(&mut self, sign_in: &SignIn) -> Vec<bool> {
        let mut all = vec![false; self.exprs.len()];
        for axis in self.axes.keys().cloned().collect::<Vec<_>>() {
            for (at, value) in self.truth(&axis, sign_in) {
                all[*at] = *value;
            }
        }
        all
    }

    pub(crate) fn allows(&self, leaves: &[bool]) -> bool {
        self.permits.iter().any(|permit| permit.holds(leaves))
            && !self.forbids.iter().any(|(_, when, unless)| when.holds(leaves) && !unless.holds(leaves))
    }

    pub(crate) fn possible(&self, leaves: &[bool]) -> bool {
        self.constraints.iter().all(|own| own.holds(leaves))
    }
}

/// Texts in a comparison.
pub(crate) fn literals(expr: &Expr) -> Vec<String> {
    use cedar_policy::pst::{Literal, PatternElem};
    match expr {
        Expr::Literal(Literal::String(text)) => vec![text.to_string()],
        Expr::Set(items) => items.iter().flat_map(|item| literals(item)).collect(),
        Expr::BinaryOp { left, right, .. } => [literals(left), literals(right)].concat(),
        Expr::Like { pattern, .. } => {
            let characters =
                pattern.iter().filter_map(|own| if let PatternElem::Char(own) = own { Some(*own) } else { None });
            vec![characters.collect()]
        }
        _ => Vec::new(),
    }
}
