//! What a rule's condition is made of: its truth-functional skeleton, the attributes it reads, and what the validator
//! lets pass and a rule may not do.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, UnaryOp, Var};

use super::schema::Schema;

/// A condition over leaves that Cedar evaluates.
#[derive(Debug)]
pub(super) enum Skeleton {
    Leaf(usize),
    Not(Box<Skeleton>),
    And(Vec<Skeleton>),
    Or(Vec<Skeleton>),
    If(Box<[Skeleton; 3]>),
}

impl Skeleton {
    /// The value, given that of each leaf; `None` is unknown (Kleene's strong logic).
    pub(super) fn value(&self, leaves: &dyn Fn(usize) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Leaf(index) => leaves(*index),
            Self::Not(inner) => inner.value(leaves).map(|value| !value),
            Self::And(all) => {
                let values: Vec<_> = all.iter().map(|one| one.value(leaves)).collect();
                if values.contains(&Some(false)) {
                    Some(false)
                } else if values.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Self::Or(any) => {
                let values: Vec<_> = any.iter().map(|one| one.value(leaves)).collect();
                if values.contains(&Some(true)) {
                    Some(true)
                } else if values.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Self::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                match condition.value(leaves) {
                    Some(true) => then.value(leaves),
                    Some(false) => otherwise.value(leaves),
                    None => then.value(leaves).filter(|value| otherwise.value(leaves) == Some(*value)),
                }
            }
        }
    }
}

/// Takes clauses apart. Leaves are appended to `leaves`.
pub(super) fn skeleton(clauses: &[Clause], leaves: &mut Vec<Arc<Expr>>) -> Skeleton {
    let part = |clause: &Clause, leaves: &mut Vec<Arc<Expr>>| match clause {
        Clause::When(expr) => take_apart(expr, leaves),
        Clause::Unless(expr) => Skeleton::Not(Box::new(take_apart(expr, leaves))),
    };
    Skeleton::And(clauses.iter().map(|clause| part(clause, leaves)).collect())
}

fn take_apart(expr: &Arc<Expr>, leaves: &mut Vec<Arc<Expr>>) -> Skeleton {
    match expr.as_ref() {
        Expr::UnaryOp { op: UnaryOp::Not, expr } => Skeleton::Not(Box::new(take_apart(expr, leaves))),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => {
            Skeleton::And(vec![take_apart(left, leaves), take_apart(right, leaves)])
        }
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
            Skeleton::Or(vec![take_apart(left, leaves), take_apart(right, leaves)])
        }
        Expr::IfThenElse { cond, then_expr, else_expr } => Skeleton::If(Box::new([
            take_apart(cond, leaves),
            take_apart(then_expr, leaves),
            take_apart(else_expr, leaves),
        ])),
        _ => {
            leaves.push(Arc::clone(expr));
            Skeleton::Leaf(leaves.len() - 1)
        }
    }
}

/// An attribute path from a variable: `("resource", ["expiration", "kind"])`.
pub(super) type Path = (&'static str, Vec<String>);

/// What a condition reads.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Attribute paths, longest ones only.
    pub(super) paths: BTreeSet<Path>,
    /// Whether the resource is used as a whole, so that its id matters.
    pub(super) whole_resource: bool,
}

fn variable(var: &Var) -> &'static str {
    match var {
        Var::Principal => "principal",
        Var::Action => "action",
        Var::Resource => "resource",
        Var::Context => "context",
    }
}

/// The path that an expression is, if it is a variable with attributes behind it.
fn path_of(expr: &Expr) -> Option<Path> {
    match expr {
        Expr::Var(var) => Some((variable(var), Vec::new())),
        Expr::GetAttr { expr, attr } => {
            let (variable, mut path) = path_of(expr)?;
            path.push(attr.to_string());
            Some((variable, path))
        }
        _ => None,
    }
}

/// Adds what an expression reads.
pub(super) fn reads(expr: &Expr, found: &mut Reads) {
    if let Some((variable, path)) = path_of(expr) {
        if path.is_empty() {
            found.whole_resource |= variable == "resource";
        } else {
            found.paths.insert((variable, path));
        }
        return;
    }
    if let Expr::HasAttr { expr, attrs } = expr
        && let Some((variable, mut path)) = path_of(expr)
    {
        path.extend(attrs.iter().map(ToString::to_string));
        found.paths.insert((variable, path));
        return;
    }
    for child in children(expr) {
        reads(child, found);
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::UnaryOp { expr, .. }
        | Expr::GetAttr { expr, .. }
        | Expr::HasAttr { expr, .. }
        | Expr::Like { expr, .. } => vec![expr],
        Expr::BinaryOp { left, right, .. } => vec![left, right],
        Expr::Is { expr, in_expr, .. } => std::iter::once(expr.as_ref()).chain(in_expr.as_deref()).collect(),
        Expr::IfThenElse { cond, then_expr, else_expr } => vec![cond, then_expr, else_expr],
        Expr::Set(items) => items.iter().map(AsRef::as_ref).collect(),
        Expr::Record(members) => members.values().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}

/// What a `govern` rule may not do although it validates, because a missing attribute would not make it fail.
pub(super) fn forbidden(expr: &Expr, schema: &Schema, resource: &str) -> Option<String> {
    match expr {
        Expr::HasAttr { expr: inner, attrs } => {
            let (variable, mut path) = path_of(inner)?;
            for attr in attrs {
                path.push(attr.to_string());
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                if schema.requires(variable, resource, &names) {
                    let path = names.join(".");
                    return Some(format!(
                        "`has` on `{variable}.{path}`, which every object has: an export that lacks it would pass in silence"
                    ));
                }
            }
            None
        }
        Expr::BinaryOp { op: BinaryOp::In, .. } | Expr::Is { in_expr: Some(_), .. } => {
            Some("`in` in a `govern` rule: memberships are attributes here".to_owned())
        }
        Expr::Literal(Literal::EntityUID(uid)) => {
            Some(format!("the entity `{uid}` in a `govern` rule: compare `resource.displayName` or another attribute"))
        }
        _ => children(expr).into_iter().find_map(|child| forbidden(child, schema, resource)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kleene() {
        let values = |index: usize| [Some(true), Some(false), None].get(index).copied().flatten();
        let leaf = Skeleton::Leaf;
        let and = |a, b| Skeleton::And(vec![leaf(a), leaf(b)]).value(&values);
        let or = |a, b| Skeleton::Or(vec![leaf(a), leaf(b)]).value(&values);
        assert_eq!([and(0, 2), and(2, 1), and(0, 0)], [None, Some(false), Some(true)]);
        assert_eq!([or(2, 0), or(1, 2), or(1, 1)], [Some(true), None, Some(false)]);
        let pick = |c, t, e| Skeleton::If(Box::new([leaf(c), leaf(t), leaf(e)])).value(&values);
        assert_eq!([pick(2, 0, 0), pick(2, 0, 1), pick(1, 2, 0)], [Some(true), None, Some(true)]);
        assert_eq!(Skeleton::Not(Box::new(leaf(2))).value(&values), None);
    }
}
