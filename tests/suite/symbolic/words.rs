//! What rules say, put into the words of a compiled tenant by docs/compile.md and the schema of rules alone: nothing of
//! this is shared with the prover.

use std::sync::Arc;

use cedar_policy::pst::{
    BinaryOp, Clause, EntityOrSlot, EntityType, EntityUID, Expr, Literal, Name, PrincipalConstraint,
    ResourceConstraint, Template, UnaryOp, Var,
};
use guestlist::compile::{Compiled, Term};

pub(crate) fn leaf(op: BinaryOp, left: Arc<Expr>, right: Arc<Expr>) -> Term {
    Term::Leaf(Arc::new(Expr::BinaryOp { op, left, right }))
}

pub(crate) fn var(var: Var) -> Arc<Expr> {
    Arc::new(Expr::Var(var))
}

pub(crate) fn uid(kind: &str, id: &str) -> Arc<Expr> {
    let ty = EntityType::from_name(Name::unqualified(kind).unwrap());
    Arc::new(Expr::Literal(Literal::EntityUID(EntityUID { ty, eid: id.into() })))
}

pub(crate) fn text(value: &str) -> Arc<Expr> {
    Arc::new(Expr::Literal(Literal::String(value.into())))
}

/// `context.a.b`, of its path.
pub(crate) fn path(path: &str) -> Arc<Expr> {
    let steps = path.split('.').skip(1);
    steps.fold(var(Var::Context), |expr, attr| Arc::new(Expr::GetAttr { expr, attr: attr.into() }))
}

/// The path of `context.a.b`.
fn path_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var(Var::Context) => Some("context".to_owned()),
        Expr::GetAttr { expr, attr } => Some(format!("{}.{attr}", path_of(expr)?)),
        _ => None,
    }
}

/// The attribute of the principal or the resource that an expression is.
fn of(own: Var, expr: &Expr) -> Option<&str> {
    match expr {
        Expr::GetAttr { expr, attr } if **expr == Expr::Var(own) => Some(attr),
        _ => None,
    }
}

fn listed(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Set(items) => items.iter().map(|item| &**item).collect(),
        other => vec![other],
    }
}

fn string(expr: &Expr) -> &str {
    let Expr::Literal(Literal::String(text)) = expr else { panic!("not a text: {expr:?}") };
    text
}

fn entity(expr: &Expr) -> (String, String) {
    let Expr::Literal(Literal::EntityUID(uid)) = expr else { panic!("not an entity: {expr:?}") };
    (uid.ty.to_string(), uid.eid.to_string())
}

/// What is not known, of its name.
pub(crate) fn unknown(name: &str) -> Arc<Expr> {
    Arc::new(Expr::GetAttr { expr: path("context.unknown"), attr: name.into() })
}

/// Whether an expression asks about something that is not known.
pub(crate) fn asks_unknown(expr: &Expr) -> bool {
    path_of(expr).is_some_and(|path| path.starts_with("context.unknown."))
}

/// What a rule says, in the words of a compiled tenant.
pub(crate) struct Words<'c>(pub(crate) &'c Compiled);

impl Words<'_> {
    fn told(&self, what: &str, value: &str) -> Term {
        self.0.told_of_people.get(&(what.to_owned(), value.to_owned())).cloned().unwrap_or(Term::False)
    }

    fn inside(&self, expr: &Expr) -> Term {
        Term::any(listed(expr).into_iter().map(|own| {
            let (kind, id) = entity(own);
            self.told(&kind, &id)
        }))
    }

    pub(crate) fn rule(&self, rule: &Template) -> Term {
        let who = match &rule.principal {
            PrincipalConstraint::Any => Term::True,
            PrincipalConstraint::Is(kind) => self.told("is", &kind.to_string()),
            PrincipalConstraint::In(EntityOrSlot::Entity(uid)) => self.told(&uid.ty.to_string(), uid.eid.as_ref()),
            other => panic!("{other:?}"),
        };
        assert!(matches!(rule.resource, ResourceConstraint::Any));
        let clauses = rule.clauses().iter().map(|clause| match clause {
            Clause::When(expr) => self.says(expr),
            Clause::Unless(expr) => !self.says(expr),
        });
        Term::all(std::iter::once(who).chain(clauses))
    }

    fn says(&self, expr: &Arc<Expr>) -> Term {
        match &**expr {
            Expr::Literal(Literal::Bool(value)) => Term::from(*value),
            Expr::UnaryOp { op: UnaryOp::Not, expr } => !self.says(expr),
            Expr::BinaryOp { op: BinaryOp::And, left, right } => self.says(left) & self.says(right),
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => self.says(left) | self.says(right),
            Expr::BinaryOp { op: BinaryOp::NotEq, left, right } => !self.equal(left, right),
            Expr::BinaryOp { op: BinaryOp::Eq, left, right } => self.equal(left, right),
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } if of(Var::Principal, left) == Some("given") => {
                assert_eq!(of(Var::Resource, right), Some("appId"));
                self.told("given", "resource.appId")
            }
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } => {
                Term::any(listed(left).into_iter().map(|own| self.equal(right, &Arc::new(own.clone()))))
            }
            Expr::BinaryOp { op: BinaryOp::In, left, right } if **left == Expr::Var(Var::Principal) => {
                self.inside(right)
            }
            Expr::Is { expr, entity_type, in_expr } if **expr == Expr::Var(Var::Principal) => {
                let own = self.told("is", &entity_type.to_string());
                in_expr.as_ref().map_or(own.clone(), |inside| own & self.inside(inside))
            }
            Expr::HasAttr { expr, attrs } => match (&**expr, attrs.head.as_str()) {
                (Expr::Var(Var::Principal), "homeTenant") => self.told("has", "homeTenant"),
                (Expr::Var(Var::Resource), "displayName") => {
                    let nameless = self.0.nameless.iter();
                    let is_it = |id: &String| leaf(BinaryOp::Eq, var(Var::Resource), uid("Application", id));
                    !Term::any(nameless.map(is_it))
                }
                other => panic!("{other:?}"),
            },
            Expr::GetAttr { .. } if of(Var::Principal, expr).is_some() => {
                self.told(of(Var::Principal, expr).unwrap(), "true")
            }
            Expr::GetAttr { .. } => {
                let derived = path_of(expr).and_then(|path| self.0.derived.get(path.as_str()).cloned());
                derived.unwrap_or_else(|| Term::Leaf(Arc::clone(expr)))
            }
            Expr::Like { .. } | Expr::BinaryOp { op: BinaryOp::In, .. } => Term::Leaf(Arc::clone(expr)),
            other => panic!("not a word of a rule: {other:?}"),
        }
    }

    fn equal(&self, left: &Arc<Expr>, right: &Arc<Expr>) -> Term {
        match of(Var::Principal, left) {
            Some(attribute) => self.told(attribute, string(right)),
            None => leaf(BinaryOp::Eq, Arc::clone(left), Arc::clone(right)),
        }
    }
}
