//! What a rule's condition is made of: its truth-functional skeleton, the attributes it reads, and what the validator
//! lets pass and a rule may not do.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, UnaryOp, Var};

use super::schema::{Environment, Schema};
use crate::suggest::nearest;

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
    /// Texts that it compares with.
    pub(super) texts: BTreeSet<String>,
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
    if let Expr::Literal(Literal::String(text)) = expr {
        found.texts.insert(text.to_string());
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

/// `has` of an attribute that is always there, with its path.
fn needless_has(expr: &Expr, schema: &Schema, environment: &Environment) -> Option<String> {
    let Expr::HasAttr { expr: inner, attrs } = expr else { return None };
    let (variable, mut path) = path_of(inner)?;
    for attr in attrs {
        path.push(attr.to_string());
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        if schema.requires(variable, environment, &names) {
            return Some(format!("{variable}.{}", names.join(".")));
        }
    }
    None
}

/// What a `govern` rule may not do although it validates, because a missing attribute would not make it fail.
pub(super) fn forbidden(expr: &Expr, schema: &Schema, environment: &Environment) -> Option<String> {
    match expr {
        Expr::HasAttr { .. } => needless_has(expr, schema, environment).map(|path| {
            format!("`has` on `{path}`, which every object has: an export that lacks it would pass in silence")
        }),
        Expr::BinaryOp { op: BinaryOp::In, .. } | Expr::Is { in_expr: Some(_), .. } => {
            Some("`in` in a `govern` rule: memberships are attributes here".to_owned())
        }
        Expr::Literal(Literal::EntityUID(uid)) => {
            Some(format!("the entity `{uid}` in a `govern` rule: compare `resource.displayName` or another attribute"))
        }
        _ => children(expr).into_iter().find_map(|child| forbidden(child, schema, environment)),
    }
}

/// What a `signIn` rule may not do although it validates: pass in silence over what is not known, or leave the finite
/// vocabulary that a sign-in is described in.
pub(super) fn forbidden_of_sign_in(expr: &Expr, schema: &Schema, environment: &Environment) -> Option<String> {
    if let Some(path) = needless_has(expr, schema, environment) {
        return Some(format!(
            "`has` on `{path}`, which every sign-in has: where it is not known, the rule would pass in silence"
        ));
    }
    let wrong = match expr {
        Expr::GetAttr { .. } => match path_of(expr) {
            None => Some("attributes are read of `principal`, `resource` and `context` only".to_owned()),
            Some(("principal", path)) if path == ["displayName"] => Some(
                "`principal.displayName` is for messages; compare `principal.kind` or another attribute".to_owned(),
            ),
            Some(_) => return None,
        },
        Expr::HasAttr { expr: inner, .. } if path_of(inner).is_none() => {
            Some("attributes are read of `principal`, `resource` and `context` only".to_owned())
        }
        Expr::BinaryOp { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } => {
            no_value(left, right, schema, environment).or_else(|| no_value(right, left, schema, environment))
        }
        Expr::BinaryOp { op: BinaryOp::Contains, left, right } => match left.as_ref() {
            Expr::Set(items) => items.iter().find_map(|item| no_value(right, item, schema, environment)),
            _ => None,
        },
        Expr::Like { expr: inner, .. } => path_of(inner)
            .filter(|(variable, path)| Vocabulary::of(variable, path, schema, environment).is_some())
            .map(|(variable, path)| {
                format!("`like` on `{variable}.{}`: its values are listed, compare with `==`", path.join("."))
            }),
        _ => None,
    };
    wrong.or_else(|| children(expr).into_iter().find_map(|child| forbidden_of_sign_in(child, schema, environment)))
}

/// The texts that an attribute can be.
enum Vocabulary<'s> {
    Listed(&'s [String]),
    Country,
    Tenant,
    Application,
}

impl<'s> Vocabulary<'s> {
    fn of(variable: &str, path: &[String], schema: &'s Schema, environment: &Environment) -> Option<Self> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (variable, path.as_slice()) {
            ("context", ["country"]) => return Some(Self::Country),
            ("principal", ["homeTenant"]) => return Some(Self::Tenant),
            ("resource", ["appId"]) => return Some(Self::Application),
            _ => {}
        }
        let listed = schema.values(variable, environment, &path);
        (!listed.is_empty()).then_some(Self::Listed(listed))
    }

    /// What is wrong with a text, as the end of a sentence.
    fn refuses(&self, text: &str) -> Option<String> {
        let id = |text: &str| {
            let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
            text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex)
        };
        match self {
            Self::Listed(values) if values.iter().any(|value| value == text) => None,
            Self::Listed(values) => Some(match nearest(text, values.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its values are {}", values.join(", ")),
            }),
            Self::Country => {
                let code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
                (!code && text != "unmapped")
                    .then(|| "it is a country code of two letters in upper case, or `unmapped`".to_owned())
            }
            Self::Tenant => (!id(text) && text != ANY_OTHER_TENANT)
                .then(|| format!("it is the id of a tenant in lower case, or `{ANY_OTHER_TENANT}`")),
            Self::Application => (!id(text)).then(|| "it is an application id in lower case".to_owned()),
        }
    }
}

/// The word for the home tenant of everybody whose tenant nothing names.
pub const ANY_OTHER_TENANT: &str = "any-other-tenant";

/// A text that an attribute never is, and that it is compared with.
fn no_value(attribute: &Expr, text: &Expr, schema: &Schema, environment: &Environment) -> Option<String> {
    let (Some((variable, path)), Expr::Literal(Literal::String(text))) = (path_of(attribute), text) else {
        return None;
    };
    let wrong = Vocabulary::of(variable, &path, schema, environment)?.refuses(text)?;
    Some(format!("`{variable}.{}` is never `{text}`; {wrong}", path.join(".")))
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
