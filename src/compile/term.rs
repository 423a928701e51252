//! Conditions under construction: boolean terms that fold what is constant, and become Cedar's typed syntax tree.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::FixedState;

use cedar_policy::pst::{
    BinaryOp, EntityType, EntityUID, Expr, Literal, Name, PatternElem, PstConstructionError, UnaryOp, Var,
};

/// A boolean term. `And` and `Or` hold two terms or more, none of them constant or of their own sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Always.
    True,
    /// Never.
    False,
    /// An expression that cannot be taken apart.
    Leaf(Arc<Expr>),
    /// Not.
    Not(Box<Term>),
    /// All of them.
    And(Vec<Term>),
    /// One of them.
    Or(Vec<Term>),
}

impl From<bool> for Term {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Term {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

impl std::ops::BitAnd for Term {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::all([self, other])
    }
}

impl std::ops::BitOr for Term {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::any([self, other])
    }
}

impl Term {
    /// All of them; nothing is true.
    pub fn all(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut row = Row::default();
        for term in terms {
            match term {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => inner.into_iter().for_each(|term| row.add(term)),
                other => row.add(other),
            }
        }
        let mut parts = row.parts;
        match parts.len() {
            0 => Self::True,
            1 => parts.pop().unwrap_or(Self::True),
            _ => Self::And(parts),
        }
    }

    /// One of them; nothing is false.
    pub fn any(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut row = Row::default();
        for term in terms {
            match term {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => inner.into_iter().for_each(|term| row.add(term)),
                other => row.add(other),
            }
        }
        let mut parts = row.parts;
        match parts.len() {
            0 => Self::False,
            1 => parts.pop().unwrap_or(Self::False),
            _ => Self::Or(parts),
        }
    }

    /// Whether it is the same for every sign-in.
    #[must_use]
    pub const fn is_constant(&self) -> bool {
        matches!(self, Self::True | Self::False)
    }

    /// Cedar's tree.
    #[must_use]
    pub fn expression(&self) -> Arc<Expr> {
        let join = |op: BinaryOp, parts: &[Self]| joined(op, parts.iter().map(Self::expression).collect());
        match self {
            Self::True => boolean(true),
            Self::False => boolean(false),
            Self::Leaf(expr) => Arc::clone(expr),
            Self::Not(inner) => Arc::new(Expr::UnaryOp { op: UnaryOp::Not, expr: inner.expression() }),
            Self::And(parts) => join(BinaryOp::And, parts),
            Self::Or(parts) => join(BinaryOp::Or, parts),
        }
    }
}

/// The longest row of operators. Cedar nests them and goes as deep to read or evaluate them, to a limit at which it skips
/// the policy; a named location alone may have two thousand ranges.
const LONGEST_ROW: usize = 8;

/// Parts in a row, or rows of rows where there are many.
fn joined(op: BinaryOp, mut parts: Vec<Arc<Expr>>) -> Arc<Expr> {
    let row = |parts: &[Arc<Expr>]| {
        let all = parts.iter().map(Arc::clone);
        all.reduce(|left, right| Arc::new(Expr::BinaryOp { op, left, right })).unwrap_or_else(|| boolean(true))
    };
    while parts.len() > LONGEST_ROW {
        parts = parts.chunks(LONGEST_ROW).map(row).collect();
    }
    row(&parts)
}

/// Parts in their order, each once. Long rows are looked up by hash: trusted networks alone may have thousands of ranges.
#[derive(Default)]
struct Row {
    parts: Vec<Term>,
    positions: HashMap<u64, Vec<usize>, FixedState>,
}

/// Parts that are compared one by one.
const FEW: usize = 16;

impl Row {
    fn add(&mut self, term: Term) {
        if self.parts.len() < FEW {
            if !self.parts.contains(&term) {
                self.parts.push(term);
            }
            return;
        }
        let hash = |term: &Term| FixedState::default().hash_one(term);
        if self.positions.is_empty() {
            for (at, known) in self.parts.iter().enumerate() {
                self.positions.entry(hash(known)).or_default().push(at);
            }
        }
        let positions = self.positions.entry(hash(&term)).or_default();
        if !positions.iter().any(|at| self.parts.get(*at) == Some(&term)) {
            positions.push(self.parts.len());
            self.parts.push(term);
        }
    }
}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::True | Self::False => {}
            Self::Leaf(expr) => hash(expr, state),
            Self::Not(inner) => inner.hash(state),
            Self::And(parts) | Self::Or(parts) => parts.hash(state),
        }
    }
}

/// Cedar's tree has equality and no hash of its own.
fn hash<H: Hasher>(expr: &Expr, state: &mut H) {
    std::mem::discriminant(expr).hash(state);
    match expr {
        Expr::Literal(literal) => literal.hash(state),
        Expr::Var(var) => var.hash(state),
        Expr::Set(items) => items.iter().for_each(|item| hash(item, state)),
        Expr::GetAttr { expr, attr } => {
            hash(expr, state);
            attr.hash(state);
        }
        Expr::UnaryOp { op, expr } => {
            op.hash(state);
            hash(expr, state);
        }
        Expr::BinaryOp { op, left, right } => {
            op.hash(state);
            hash(left, state);
            hash(right, state);
        }
        Expr::Like { expr, pattern } => {
            hash(expr, state);
            pattern.hash(state);
        }
        // No others are made here; those that were would be told apart by equality alone.
        _ => {}
    }
}

fn boolean(value: bool) -> Arc<Expr> {
    Arc::new(Expr::Literal(Literal::Bool(value)))
}

fn text(value: &str) -> Arc<Expr> {
    Arc::new(Expr::Literal(Literal::String(value.into())))
}

fn leaf(op: BinaryOp, left: Arc<Expr>, right: Arc<Expr>) -> Term {
    Term::Leaf(Arc::new(Expr::BinaryOp { op, left, right }))
}

/// A value that conditions ask about: an attribute of the principal or of the context.
#[derive(Debug, Clone)]
pub(super) struct Attribute(Arc<Expr>);

/// `context.a.b`
pub(super) fn context(path: &[&str]) -> Attribute {
    attribute(Var::Context, path)
}

/// `principal.a`
pub(super) fn principal(name: &str) -> Attribute {
    attribute(Var::Principal, &[name])
}

fn attribute(var: Var, path: &[&str]) -> Attribute {
    let base = Arc::new(Expr::Var(var));
    Attribute(path.iter().fold(base, |expr, attr| Arc::new(Expr::GetAttr { expr, attr: (*attr).into() })))
}

impl Attribute {
    /// A boolean attribute itself.
    pub(super) fn holds(self) -> Term {
        Term::Leaf(self.0)
    }

    /// Whether a text attribute is that text.
    pub(super) fn is(&self, value: &str) -> Term {
        leaf(BinaryOp::Eq, Arc::clone(&self.0), text(value))
    }

    /// Whether a text attribute is one of these.
    pub(super) fn is_one_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> Term {
        let values: Vec<&str> = values.into_iter().collect();
        match values.as_slice() {
            [] => Term::False,
            [only] => self.is(only),
            _ => {
                let set = Arc::new(Expr::Set(values.into_iter().map(text).collect()));
                leaf(BinaryOp::Contains, set, Arc::clone(&self.0))
            }
        }
    }

    /// Whether a set of texts holds that one.
    pub(super) fn contains(&self, value: &str) -> Term {
        leaf(BinaryOp::Contains, Arc::clone(&self.0), text(value))
    }

    /// Whether a set of texts holds one of these.
    pub(super) fn contains_any<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> Term {
        let values: Vec<&str> = values.into_iter().collect();
        match values.as_slice() {
            [] => Term::False,
            [only] => self.contains(only),
            _ => {
                let set = Arc::new(Expr::Set(values.into_iter().map(text).collect()));
                leaf(BinaryOp::ContainsAny, Arc::clone(&self.0), set)
            }
        }
    }

    /// Whether a text attribute matches a pattern; `None` stands for anything.
    pub(super) fn like(&self, pattern: &[Option<&str>]) -> Term {
        let mut elements = Vec::new();
        for part in pattern {
            match part {
                None => elements.push(PatternElem::Wildcard),
                Some(text) => elements.extend(text.chars().map(PatternElem::Char)),
            }
        }
        Term::Leaf(Arc::new(Expr::Like { expr: Arc::clone(&self.0), pattern: elements }))
    }

    /// Whether an address is in the block: an address and the length of its prefix.
    pub(super) fn is_in_range(&self, block: (IpAddr, u8)) -> Term {
        let written = text(&format!("{}/{}", block.0, block.1));
        let ip = Arc::new(Expr::UnaryOp { op: UnaryOp::Ip, expr: written });
        leaf(BinaryOp::IsInRange, Arc::clone(&self.0), ip)
    }
}

/// A type of entities, checked once.
pub(super) fn kind(name: &str) -> Result<EntityType, PstConstructionError> {
    Ok(EntityType::from_name(Name::unqualified(name)?))
}

/// The types of a compiled tenant.
#[derive(Debug, Clone)]
pub(super) struct Types {
    all: Vec<(&'static str, EntityType)>,
}

impl Types {
    /// All of them.
    ///
    /// # Errors
    /// Cedar refuses a name, which is a mistake of ours.
    pub(super) fn new(names: &[&'static str]) -> Result<Self, PstConstructionError> {
        let all = names.iter().map(|name| Ok((*name, kind(name)?))).collect::<Result<_, PstConstructionError>>()?;
        Ok(Self { all })
    }

    fn of(&self, name: &str) -> Option<EntityType> {
        self.all.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind.clone())
    }

    fn literal(&self, kind: &str, id: &str) -> Option<Arc<Expr>> {
        let ty = self.of(kind)?;
        Some(Arc::new(Expr::Literal(Literal::EntityUID(EntityUID { ty, eid: id.into() }))))
    }

    fn related(&self, var: Var, kind: &str, ids: &[&str]) -> Term {
        let literals: Option<Vec<Arc<Expr>>> = ids.iter().map(|id| self.literal(kind, id)).collect();
        let Some(mut literals) = literals else { return Term::False };
        let left = Arc::new(Expr::Var(var));
        match literals.len() {
            0 => Term::False,
            1 => literals.pop().map_or(Term::False, |right| leaf(BinaryOp::In, left, right)),
            _ => leaf(BinaryOp::In, left, Arc::new(Expr::Set(literals))),
        }
    }

    /// `principal in [Kind::"id", …]`
    pub(super) fn principal_in(&self, kind: &str, ids: &[&str]) -> Term {
        self.related(Var::Principal, kind, ids)
    }

    /// `resource in [Kind::"id", …]`: with applications, whether it is one of them.
    pub(super) fn resource_in(&self, kind: &str, ids: &[&str]) -> Term {
        self.related(Var::Resource, kind, ids)
    }

    /// `resource is Kind`
    pub(super) fn resource_is(&self, kind: &str) -> Term {
        let Some(entity_type) = self.of(kind) else { return Term::False };
        let expr = Arc::new(Expr::Var(Var::Resource));
        Term::Leaf(Arc::new(Expr::Is { expr, entity_type, in_expr: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_fold() {
        let client = context(&["client"]);
        let browser = client.is("browser");
        assert_eq!(Term::all([Term::True, browser.clone()]), browser);
        assert_eq!(Term::any([Term::True, browser.clone()]), Term::True);
        assert_eq!(Term::all([browser.clone(), Term::False]), Term::False);
        assert_eq!(!!browser.clone(), browser);
        assert_eq!(client.is_one_of([]), Term::False);
        let one = browser.clone() & (client.is("other") & browser.clone());
        assert!(matches!(one, Term::And(parts) if parts.len() == 2));
    }

    /// By hash as one by one.
    #[test]
    fn parts_of_a_row_are_there_once() {
        let client = context(&["client"]);
        for number in [1, FEW, FEW + 1, 5000] {
            let all: Vec<Term> = (0..number).map(|at| client.is(&at.to_string())).collect();
            let twice = Term::any(all.iter().chain(&all).cloned());
            assert_eq!(twice, Term::any(all));
        }
    }

    #[test]
    fn long_rows_are_not_deep() {
        fn depth(expr: &Expr) -> usize {
            match expr {
                Expr::BinaryOp { op: BinaryOp::Or, left, right } => 1 + depth(left).max(depth(right)),
                _ => 0,
            }
        }
        fn count(expr: &Expr) -> usize {
            match expr {
                Expr::BinaryOp { op: BinaryOp::Or, left, right } => count(left) + count(right),
                _ => 1,
            }
        }
        let client = context(&["client"]);
        for number in [1, 2, 8, 9, 65, 5000] {
            let all = Term::any((0..number).map(|at| client.is(&at.to_string())));
            let expr = all.expression();
            assert_eq!(count(&expr), number);
            assert!(depth(&expr) <= 4 * LONGEST_ROW, "{number} parts are {} deep", depth(&expr));
        }
    }
}
