//! Cedar expressions as circuits. What is understood is the fragment that docs/rules.md describes; everything else is
//! told with its place in words.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use cedar_policy::pst::{
    BinaryOp, Clause, EntityOrSlot, Expr, Literal, PrincipalConstraint, ResourceConstraint, Template, UnaryOp, Var,
};

use super::space::{Space, blocks, disjuncts, entities_of};
use super::texts::Pattern;
use crate::compile::{Term, Value};

/// A constant that rules compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// `Bool`
    Flag(bool),
    /// `Long`
    Long(i64),
    /// `String`
    Text(String),
    /// `Set<String>`
    Set(BTreeSet<String>),
}

/// A rule holds something that cannot be decided for all sign-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside(pub String);

/// How expressions are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading<'r> {
    /// Which of the tenants it is about.
    pub(super) tenant: usize,
    /// Unknowns that are fixed: those in it are true, all others false. `None`: they stay open.
    pub(super) unknowns: Option<&'r BTreeSet<String>>,
    /// Everything that can be done was done.
    pub(super) all_done: bool,
    /// It is a rule, in the words of the rules' schema; with what it may compare with.
    pub(super) rule: Option<&'r BTreeMap<String, Constant>>,
}

/// What an expression without operators is.
enum Place<'e> {
    Principal(&'e str),
    Resource(&'e str),
    Context(String),
}

fn place(expr: &Expr) -> Option<Place<'_>> {
    let Expr::GetAttr { expr: inner, attr } = expr else { return None };
    match inner.as_ref() {
        Expr::Var(Var::Principal) => Some(Place::Principal(attr)),
        Expr::Var(Var::Resource) => Some(Place::Resource(attr)),
        Expr::Var(Var::Context) => Some(Place::Context(attr.to_string())),
        deeper => match place(deeper)? {
            Place::Context(path) => Some(Place::Context(format!("{path}.{attr}"))),
            _ => None,
        },
    }
}

fn unknown(expr: &Expr) -> Option<&str> {
    let Expr::GetAttr { expr: inner, attr } = expr else { return None };
    let Expr::GetAttr { expr: root, attr: first } = inner.as_ref() else { return None };
    (matches!(root.as_ref(), Expr::Var(Var::Context)) && first == "unknown").then_some(attr.as_str())
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

fn texts_of(expr: &Expr) -> Option<Vec<&str>> {
    match expr {
        Expr::Set(items) => items.iter().map(|item| text_of(item)).collect(),
        _ => None,
    }
}

fn outside<T>(what: &str) -> Result<T, Outside> {
    Err(Outside(what.to_owned()))
}

/// Whether an expression asks about something that is not known.
fn asks_unknown(expr: &Expr) -> bool {
    unknown(expr).is_some()
        || match expr {
            Expr::BinaryOp { left, right, .. } => asks_unknown(left) || asks_unknown(right),
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. }
            | Expr::Is { expr, .. } => asks_unknown(expr),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                [cond, then_expr, else_expr].into_iter().any(|part| asks_unknown(part))
            }
            Expr::Set(items) => items.iter().any(|item| asks_unknown(item)),
            _ => false,
        }
}

impl<'c> Space<'c> {
    /// A term of the compiled tenant. What does not ask about anything unknown is lowered once.
    pub(super) fn term(&mut self, term: &'c Term, reading: Reading<'_>) -> Result<Lit, Outside> {
        let open = reading.unknowns.is_some() && self.is_open(term);
        let unknowns = if open { reading.unknowns } else { None };
        let reading = Reading { rule: None, unknowns, ..reading };
        let key = (reading.tenant, reading.all_done, std::ptr::from_ref(term).addr());
        if !open && let Some(known) = self.lowered.get(&key) {
            return Ok(*known);
        }
        let literal = match term {
            Term::True => self.circuit.constant(true),
            Term::False => self.circuit.constant(false),
            Term::Leaf(expr) => self.lower(expr, reading)?,
            Term::Not(inner) => !self.term(inner, reading)?,
            Term::And(parts) => {
                let parts = parts.iter().map(|part| self.term(part, reading)).collect::<Result<Vec<_>, _>>()?;
                self.circuit.all(parts)
            }
            Term::Or(parts) => {
                let mut literals = Vec::new();
                let mut networks = BTreeSet::new();
                for part in parts {
                    let found = if let Term::Leaf(expr) = part { blocks(expr) } else { None };
                    match found {
                        Some(found) => networks.extend(found),
                        None => literals.push(self.term(part, reading)?),
                    }
                }
                if !networks.is_empty() {
                    match self.in_range(&networks) {
                        Some(literal) => literals.push(literal),
                        None => return outside("a range of addresses"),
                    }
                }
                self.circuit.any(literals)
            }
        };
        if !open {
            self.lowered.insert(key, literal);
        }
        Ok(literal)
    }

    fn is_open(&mut self, term: &'c Term) -> bool {
        let key = std::ptr::from_ref(term).addr();
        if let Some(known) = self.open.get(&key) {
            return *known;
        }
        let open = match term {
            Term::True | Term::False => false,
            Term::Leaf(expr) => asks_unknown(expr),
            Term::Not(inner) => self.is_open(inner),
            Term::And(parts) | Term::Or(parts) => parts.iter().any(|part| self.is_open(part)),
        };
        self.open.insert(key, open);
        open
    }

    /// A whole rule: its scope and its clauses.
    pub(super) fn rule(&mut self, body: &Template, reading: Reading<'_>) -> Result<Lit, Outside> {
        let mut parts = Vec::new();
        let entity = |found: &EntityOrSlot| match found {
            EntityOrSlot::Entity(uid) => Ok((uid.ty.to_string(), uid.eid.to_string())),
            EntityOrSlot::Slot(_) => outside("a slot"),
        };
        match &body.principal {
            PrincipalConstraint::Any => {}
            PrincipalConstraint::Is(kind) => parts.push(self.told("is", &kind.to_string(), reading)?),
            PrincipalConstraint::Eq(found) | PrincipalConstraint::In(found) => {
                let (kind, id) = entity(found)?;
                parts.push(self.person_in(&kind, &id, reading)?);
            }
            PrincipalConstraint::IsIn(kind, found) => {
                let (of, id) = entity(found)?;
                parts.push(self.told("is", &kind.to_string(), reading)?);
                parts.push(self.person_in(&of, &id, reading)?);
            }
        }
        match &body.resource {
            ResourceConstraint::Any => {}
            ResourceConstraint::Is(kind) => {
                let kind = kind.to_string();
                parts.push(self.resource_where(&|found| found.entity.kind == kind));
            }
            ResourceConstraint::Eq(found) | ResourceConstraint::In(found) | ResourceConstraint::IsIn(_, found) => {
                let (kind, id) = entity(found)?;
                parts.push(self.resource_in(reading, &[(kind, id)]));
            }
        }
        // Rules are about applications.
        parts.push(self.resource_where(&|found| found.entity.kind == "Application"));
        for clause in body.clauses() {
            match clause {
                Clause::When(expr) => parts.push(self.lower(expr, reading)?),
                Clause::Unless(expr) => {
                    let own = self.lower(expr, reading)?;
                    parts.push(!own);
                }
            }
        }
        Ok(self.circuit.all(parts))
    }

    fn resource_in(&mut self, reading: Reading<'_>, listed: &[(String, String)]) -> Lit {
        let inside = self.inside.get(reading.tenant);
        let all = listed.iter().filter_map(|place| inside.and_then(|inside| inside.get(place)));
        let literals: Vec<Lit> = all.flatten().copied().collect();
        self.circuit.any(literals)
    }

    /// What rules ask of people, as the compiled tenant tells it.
    pub(super) fn told(&mut self, what: &str, value: &str, reading: Reading<'_>) -> Result<Lit, Outside> {
        let Some(compiled) = self.tenants.get(reading.tenant).copied() else { return outside("a tenant") };
        match compiled.told_of_people.get(&(what.to_owned(), value.to_owned())) {
            Some(term) => self.term(term, reading),
            None => Ok(self.circuit.constant(false)),
        }
    }

    fn person_in(&mut self, kind: &str, id: &str, reading: Reading<'_>) -> Result<Lit, Outside> {
        if reading.rule.is_some() && matches!(kind, "Group" | "ConnectedOrganization") {
            return self.told(kind, id, reading);
        }
        Ok(self.principal_in(reading.tenant, kind, id))
    }

    fn constant(reading: Reading<'_>, expr: &Expr) -> Option<Constant> {
        match expr {
            Expr::Literal(Literal::Bool(value)) => Some(Constant::Flag(*value)),
            Expr::Literal(Literal::Long(value)) => Some(Constant::Long(*value)),
            Expr::Literal(Literal::String(text)) => Some(Constant::Text(text.to_string())),
            Expr::Set(_) => {
                let texts = texts_of(expr)?;
                Some(Constant::Set(texts.into_iter().map(str::to_owned).collect()))
            }
            Expr::GetAttr { .. } => match place(expr)? {
                Place::Context(path) => reading.rule?.get(&path).cloned(),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn lower(&mut self, expr: &Expr, reading: Reading<'_>) -> Result<Lit, Outside> {
        match expr {
            Expr::Literal(Literal::Bool(value)) => Ok(self.circuit.constant(*value)),
            Expr::UnaryOp { op: UnaryOp::Not, expr } => Ok(!self.lower(expr, reading)?),
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                let parts = [self.lower(left, reading)?, self.lower(right, reading)?];
                Ok(self.circuit.all(parts))
            }
            Expr::BinaryOp { op: BinaryOp::Or, .. } => self.disjunction(expr, reading),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let condition = self.lower(cond, reading)?;
                let (then, otherwise) = (self.lower(then_expr, reading)?, self.lower(else_expr, reading)?);
                let yes = self.circuit.all([condition, then]);
                let no = self.circuit.all([!condition, otherwise]);
                Ok(self.circuit.any([yes, no]))
            }
            Expr::BinaryOp { op: op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right } => {
                let equal = self.equal(left, right, reading)?;
                Ok(if *op == BinaryOp::Eq { equal } else { !equal })
            }
            Expr::BinaryOp { op: BinaryOp::In, left, right } => {
                let listed = entities_of(right);
                if listed.is_empty() {
                    return match right.as_ref() {
                        Expr::Set(items) if items.is_empty() => Ok(self.circuit.constant(false)),
                        _ => outside("`in` of what is not written out"),
                    };
                }
                match left.as_ref() {
                    Expr::Var(Var::Principal) => {
                        let mut all = Vec::new();
                        for (kind, id) in &listed {
                            all.push(self.person_in(kind, id, reading)?);
                        }
                        Ok(self.circuit.any(all))
                    }
                    Expr::Var(Var::Resource) => Ok(self.resource_in(reading, &listed)),
                    _ => outside("`in` of anything but the principal and the resource"),
                }
            }
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } => self.contains(left, right, reading),
            Expr::BinaryOp { op: op @ (BinaryOp::ContainsAny | BinaryOp::ContainsAll), left, right } => {
                self.contains_many(left, right, *op == BinaryOp::ContainsAny, reading)
            }
            Expr::BinaryOp { op: BinaryOp::IsInRange, .. } => match blocks(expr) {
                Some(found) => self.in_range(&found).map_or_else(|| outside("a range of addresses"), Ok),
                None => outside("a range of addresses that is not written out"),
            },
            Expr::BinaryOp { op, left, right } => {
                // Parameters with numbers.
                let (one, other) = (Self::constant(reading, left), Self::constant(reading, right));
                let (Some(Constant::Long(one)), Some(Constant::Long(other))) = (one, other) else {
                    return outside(&format!("the operator {op:?} on what is not constant"));
                };
                let holds = match op {
                    BinaryOp::Less => one < other,
                    BinaryOp::LessEq => one <= other,
                    BinaryOp::Greater => one > other,
                    BinaryOp::GreaterEq => one >= other,
                    _ => return outside(&format!("the operator {op:?}")),
                };
                Ok(self.circuit.constant(holds))
            }
            Expr::Is { expr, entity_type, in_expr } => {
                self.is(expr, &entity_type.to_string(), in_expr.as_deref(), reading)
            }
            Expr::HasAttr { expr, attrs } => {
                let [attr] = attrs.iter().collect::<Vec<_>>()[..] else { return outside("`has` of a path") };
                match expr.as_ref() {
                    Expr::Var(Var::Principal) if attr == "homeTenant" => self.told("has", "homeTenant", reading),
                    Expr::Var(Var::Resource) if attr == "displayName" => {
                        let compiled = self.tenants.get(reading.tenant).copied();
                        let named = |id: &String| compiled.is_none_or(|own| !own.nameless.contains(id));
                        Ok(self.resource_where(&|found| named(&found.entity.id)))
                    }
                    _ => outside("`has` of this attribute"),
                }
            }
            Expr::Like { expr, pattern } => {
                let Some(pattern) = Pattern::read(pattern) else {
                    return outside("`like` with a wildcard within the text");
                };
                match place(expr) {
                    Some(Place::Principal(attr)) if reading.rule.is_none() => {
                        Ok(self.principal_where(reading.tenant, &|entity| pattern.holds(entity.text(attr))))
                    }
                    Some(Place::Resource(attr)) => {
                        Ok(self.resource_where(&|found| pattern.holds(found.entity.text(attr))))
                    }
                    Some(Place::Context(path)) => {
                        self.text_meets(&path, pattern).map_or_else(|| outside("`like` of this attribute"), Ok)
                    }
                    _ => outside("`like` of this attribute"),
                }
            }
            Expr::GetAttr { .. } => self.flag(expr, reading),
            _ => outside("an operation that is none of those that are decided"),
        }
    }

    fn disjunction(&mut self, expr: &Expr, reading: Reading<'_>) -> Result<Lit, Outside> {
        let mut parts = Vec::new();
        disjuncts(expr, &mut parts);
        let mut literals = Vec::new();
        let mut networks = BTreeSet::new();
        for part in parts {
            match blocks(part) {
                Some(found) => networks.extend(found),
                None => literals.push(self.lower(part, reading)?),
            }
        }
        if !networks.is_empty() {
            match self.in_range(&networks) {
                Some(literal) => literals.push(literal),
                None => return outside("a range of addresses"),
            }
        }
        Ok(self.circuit.any(literals))
    }

    fn is(&mut self, expr: &Expr, kind: &str, in_expr: Option<&Expr>, reading: Reading<'_>) -> Result<Lit, Outside> {
        let own = match expr {
            Expr::Var(Var::Principal) if reading.rule.is_some() => self.told("is", kind, reading)?,
            Expr::Var(Var::Principal) => self.principal_where(reading.tenant, &|entity| entity.kind == kind),
            Expr::Var(Var::Resource) => self.resource_where(&|found| found.entity.kind == kind),
            _ => return outside("`is` of anything but the principal and the resource"),
        };
        let Some(inside) = in_expr else { return Ok(own) };
        let mut all = Vec::new();
        for (kind, id) in entities_of(inside) {
            all.push(match expr {
                Expr::Var(Var::Principal) => self.person_in(&kind, &id, reading)?,
                _ => self.resource_in(reading, &[(kind, id)]),
            });
        }
        let any = self.circuit.any(all);
        Ok(self.circuit.all([own, any]))
    }

    /// A boolean attribute.
    fn flag(&mut self, expr: &Expr, reading: Reading<'_>) -> Result<Lit, Outside> {
        if let Some(name) = unknown(expr) {
            if let Some(fixed) = reading.unknowns {
                return Ok(self.circuit.constant(fixed.contains(name)));
            }
            return self.unknowns.get(name).copied().map_or_else(|| outside("an unknown that nobody knows"), Ok);
        }
        if let Some(Constant::Flag(value)) = Self::constant(reading, expr) {
            return Ok(self.circuit.constant(value));
        }
        match place(expr) {
            Some(Place::Principal(attr)) => {
                let test = |entity: &crate::compile::Entity| entity.attributes.get(attr) == Some(&Value::Flag(true));
                if reading.rule.is_some() {
                    return self.told(attr, "true", reading);
                }
                Ok(self.principal_where(reading.tenant, &test))
            }
            Some(Place::Context(path)) => {
                if reading.rule.is_some()
                    && let Some(compiled) = self.tenants.get(reading.tenant).copied()
                    && let Some(term) = compiled.derived.get(format!("context.{path}").as_str())
                {
                    return self.term(term, reading);
                }
                if reading.all_done && path.starts_with("done.") {
                    return Ok(self.circuit.constant(true));
                }
                self.flags.get(&path).copied().map_or_else(|| outside(&format!("`context.{path}`")), Ok)
            }
            _ => outside("an attribute of this kind"),
        }
    }

    fn equal(&mut self, left: &Expr, right: &Expr, reading: Reading<'_>) -> Result<Lit, Outside> {
        if let (Some(one), Some(other)) = (Self::constant(reading, left), Self::constant(reading, right)) {
            return Ok(self.circuit.constant(one == other));
        }
        for (one, other) in [(left, right), (right, left)] {
            if let Expr::Literal(Literal::EntityUID(uid)) = other {
                let (kind, id) = (uid.ty.to_string(), uid.eid.to_string());
                return match one {
                    Expr::Var(Var::Principal) => Ok(self.principal_in(reading.tenant, &kind, &id)),
                    Expr::Var(Var::Resource) => Ok(self.resource_in(reading, &[(kind, id)])),
                    _ => outside("`==` with an entity"),
                };
            }
            match Self::constant(reading, other) {
                Some(Constant::Text(text)) => return self.text_is(one, &text, reading),
                Some(Constant::Flag(value)) => {
                    let own = self.lower(one, reading)?;
                    return Ok(if value { own } else { !own });
                }
                _ => {}
            }
        }
        outside("`==` of two attributes")
    }

    fn text_is(&mut self, expr: &Expr, text: &str, reading: Reading<'_>) -> Result<Lit, Outside> {
        match place(expr) {
            Some(Place::Principal(attr)) if reading.rule.is_some() => self.told(attr, text, reading),
            Some(Place::Principal(attr)) => Ok(self.principal_text(reading.tenant, attr, text)),
            Some(Place::Resource(attr)) => Ok(self.resource_where(&|found| found.entity.text(attr) == text)),
            Some(Place::Context(path)) => {
                let pattern = Pattern::Equals(text.to_owned());
                self.text_meets(&path, pattern).map_or_else(|| outside(&format!("`context.{path}`")), Ok)
            }
            None => outside("`==` of this expression"),
        }
    }

    fn contains(&mut self, left: &Expr, right: &Expr, reading: Reading<'_>) -> Result<Lit, Outside> {
        if let Some(Constant::Set(items)) = Self::constant(reading, left) {
            if let Some(Constant::Text(text)) = Self::constant(reading, right) {
                return Ok(self.circuit.constant(items.contains(&text)));
            }
            let mut all = Vec::new();
            for item in &items {
                all.push(self.text_is(right, item, reading)?);
            }
            return Ok(self.circuit.any(all));
        }
        if let (Some(Place::Principal("given")), Some(Place::Resource("appId"))) = (place(left), place(right)) {
            return self.told("given", "resource.appId", reading);
        }
        let (Some(Place::Context(path)), Some(text)) = (place(left), text_of(right)) else {
            return outside("`contains` of this set");
        };
        if reading.all_done && path.starts_with("done.") {
            return Ok(self.circuit.constant(true));
        }
        self.element(&path, text).map_or_else(|| outside(&format!("`context.{path}`")), Ok)
    }

    fn contains_many(&mut self, left: &Expr, right: &Expr, any: bool, reading: Reading<'_>) -> Result<Lit, Outside> {
        let (Some(Place::Context(path)), Some(Constant::Set(items))) = (place(left), Self::constant(reading, right))
        else {
            return outside("`containsAny` or `containsAll` of this set");
        };
        if reading.all_done && path.starts_with("done.") {
            return Ok(self.circuit.constant(!any || !items.is_empty()));
        }
        let mut all = Vec::new();
        for item in &items {
            match self.element(&path, item) {
                Some(literal) => all.push(literal),
                None => return outside(&format!("`context.{path}`")),
            }
        }
        Ok(if any { self.circuit.any(all) } else { self.circuit.all(all) })
    }
}
