//! Every sign-in of a compiled tenant as an assignment of variables: who, to what, under which conditions, and what is
//! not known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use batsat::Lit;
use cedar_policy::pst::{BinaryOp, Expr, Literal, UnaryOp, Var};

use super::circuit::Circuit;
use super::lower::{Outside, Reading};
use super::texts::{Pattern, Text};
use crate::compile::{Compiled, Datum, Entity, NOT_EXPORTED, SignIn};

/// A block of addresses, as Cedar writes it.
pub(super) type Block = String;

/// Something that newcomers are in: what, everything that it is in, and whether they are.
pub(super) type Joined = ((&'static str, String), BTreeSet<(&'static str, String)>, Lit);

/// People who are alike in everything that is asked about, told by the first of them.
pub(super) struct Row<'c> {
    /// What they are in each tenant.
    pub(super) views: Vec<(&'c Entity, BTreeSet<(&'static str, String)>)>,
    pub(super) literal: Lit,
    /// Ids of the users of the export who they are; empty for people who may come.
    pub(super) users: Vec<&'c str>,
}

impl<'c> Row<'c> {
    /// What they are in the first tenant.
    pub(super) fn entity(&self) -> &'c Entity {
        self.views.first().map_or(&NOBODY, |(entity, _)| entity)
    }
}

static NOBODY: Entity =
    Entity { kind: "ExternalUser", id: String::new(), attributes: BTreeMap::new(), parents: BTreeSet::new() };

/// An application or user action.
pub(super) struct Resource<'c> {
    pub(super) entity: &'c Entity,
    /// What it is in, in each tenant.
    pub(super) ancestors: Vec<BTreeSet<(&'static str, String)>>,
    pub(super) literal: Lit,
}

/// A part of the address space that nothing tells apart further.
pub(super) struct Network {
    pub(super) sample: IpAddr,
    pub(super) literal: Lit,
    inside: BTreeSet<usize>,
}

impl Network {
    /// Whether no condition asks about it.
    pub(super) fn is_nowhere(&self) -> bool {
        self.inside.is_empty()
    }
}

/// The type of what people are in on another side of a change.
const ELSEWHERE: &str = "Elsewhere";

/// Whether somebody is in something, on whatever side of a change.
pub(super) fn is_in(person: &Entity, kind: &'static str, id: &str) -> bool {
    person.parents.contains(&(kind, id.to_owned())) || person.parents.contains(&(ELSEWHERE, format!("{kind} {id}")))
}

/// Whether somebody is a user of the export.
pub(super) fn exists(entity: &Entity) -> bool {
    entity.attributes.get("exists") == Some(&crate::compile::Value::Flag(true))
}

/// The variables.
pub(super) struct Space<'c> {
    /// The tenants that are asked about: one, or the same one before and after a change.
    pub(super) tenants: Vec<&'c Compiled>,
    pub(super) circuit: Circuit,
    pub(super) rows: Vec<Row<'c>>,
    pub(super) resources: Vec<Resource<'c>>,
    /// Text attributes of the context with a list of values, by path.
    pub(super) words: BTreeMap<String, Vec<(String, Lit)>>,
    pub(super) flags: BTreeMap<String, Lit>,
    pub(super) elements: BTreeMap<String, Vec<(String, Lit)>>,
    pub(super) texts: BTreeMap<String, Text>,
    pub(super) networks: Vec<Network>,
    pub(super) unknowns: BTreeMap<String, Lit>,
    /// What people who are not here yet may be in, as they would like.
    pub(super) free: Vec<((&'static str, String), Lit)>,
    /// The same as each tenant allows it, with everything that it is in.
    pub(super) joined: Vec<Vec<Joined>>,
    /// Sets of blocks that some condition asks about as one.
    pub(super) ranges: Vec<BTreeSet<Block>>,
    pub(super) memberships: HashMap<(usize, String, String), Lit>,
    /// People by what an attribute says in a tenant.
    pub(super) sorted: HashMap<(usize, String), HashMap<String, Lit>>,
    /// Terms of the tenants that were lowered, by tenant, whether everything is done, and where they stand; and whether a
    /// term asks about something unknown.
    pub(super) lowered: HashMap<(usize, bool, usize), Lit>,
    pub(super) open: HashMap<usize, bool>,
    /// Resources that are something or in it, by type and id, in each tenant.
    pub(super) inside: Vec<HashMap<(String, String), Vec<Lit>>>,
    pub(super) newcomer: Lit,
}

impl std::fmt::Debug for Space<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

/// What has to be known of all conditions before there are variables.
#[derive(Default)]
pub(super) struct Collected {
    /// People who are named, by id.
    people: BTreeSet<String>,
    ranges: BTreeSet<BTreeSet<Block>>,
}

impl Collected {
    pub(super) fn add(&mut self, expr: &Expr) {
        if let Some(blocks) = blocks(expr) {
            self.ranges.insert(blocks);
            return;
        }
        match expr {
            Expr::BinaryOp { op: BinaryOp::Or, .. } => {
                let mut parts = Vec::new();
                disjuncts(expr, &mut parts);
                let (networks, others): (Vec<&Expr>, Vec<&Expr>) =
                    parts.into_iter().partition(|part| blocks(part).is_some());
                let joined: BTreeSet<Block> = networks.into_iter().filter_map(blocks).flatten().collect();
                if !joined.is_empty() {
                    self.ranges.insert(joined);
                }
                for part in others {
                    self.add(part);
                }
            }
            Expr::BinaryOp { left, right, op } => {
                if let (BinaryOp::In | BinaryOp::Eq | BinaryOp::NotEq, Expr::Var(Var::Principal)) = (op, left.as_ref())
                {
                    self.people.extend(entities_of(right).into_iter().map(|(_, id)| id));
                }
                self.add(left);
                self.add(right);
            }
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. } => {
                self.add(expr);
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                for part in [cond, then_expr, else_expr] {
                    self.add(part);
                }
            }
            _ => {}
        }
    }
}

/// The parts of a disjunction.
pub(super) fn disjuncts<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match expr {
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
            disjuncts(left, parts);
            disjuncts(right, parts);
        }
        other => parts.push(other),
    }
}

/// The block that a test on the address is about.
pub(super) fn blocks(expr: &Expr) -> Option<BTreeSet<Block>> {
    let Expr::BinaryOp { op: BinaryOp::IsInRange, right, .. } = expr else { return None };
    let Expr::UnaryOp { op: UnaryOp::Ip, expr } = right.as_ref() else { return None };
    let Expr::Literal(Literal::String(text)) = expr.as_ref() else { return None };
    Some(BTreeSet::from([text.to_string()]))
}

/// Entities that an expression lists: types and ids.
pub(super) fn entities_of(expr: &Expr) -> Vec<(String, String)> {
    match expr {
        Expr::Literal(Literal::EntityUID(uid)) => vec![(uid.ty.to_string(), uid.eid.to_string())],
        Expr::Set(items) => items.iter().flat_map(|item| entities_of(item)).collect(),
        _ => Vec::new(),
    }
}

/// First and last address of a block, in one line for both families.
fn bounds(block: &str) -> Option<(u128, u128, bool)> {
    let range = crate::model::AddressRange::read(block)?;
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    Some((number(range.first()), number(range.last()), range.first().is_ipv4()))
}

/// The IPv6 address after those that clothe IPv4 (RFC 4291, 2.5.5.2).
const AFTER_CLOTHED: u128 = 0x1_0000_0000_0000;

/// Parts of the address space by which sets of blocks they are in, each with an address.
fn atoms(ranges: &[BTreeSet<Block>]) -> Vec<(BTreeSet<usize>, IpAddr)> {
    let mut found: BTreeMap<BTreeSet<usize>, IpAddr> = BTreeMap::new();
    for of_v4 in [true, false] {
        // An address where the sets that hold it change, and which set begins or ends there.
        let mut events: BTreeMap<u128, Vec<(usize, i32)>> = BTreeMap::new();
        let last = if of_v4 { u128::from(u32::MAX) } else { u128::MAX };
        for (number, blocks) in ranges.iter().enumerate() {
            for (first, end, _) in blocks.iter().filter_map(|block| bounds(block)).filter(|(.., v4)| *v4 == of_v4) {
                events.entry(first).or_default().push((number, 1));
                if end < last {
                    events.entry(end + 1).or_default().push((number, -1));
                }
            }
        }
        // Of what no set holds a plain address: documentation blocks first.
        let address = |value: u128| {
            if of_v4 { IpAddr::V4(u32::try_from(value).unwrap_or_default().into()) } else { IpAddr::V6(value.into()) }
        };
        let starts: Vec<u128> = std::iter::once(0).chain(events.keys().copied()).collect();
        let mut depth: BTreeMap<usize, i32> = BTreeMap::new();
        for (at, start) in starts.iter().enumerate() {
            let next = starts.get(at + 1).copied();
            let changes = if at == 0 { None } else { events.get(start) };
            for (number, change) in changes.into_iter().flatten() {
                *depth.entry(*number).or_default() += change;
            }
            if at == 0 && starts.get(1) == Some(&0) {
                continue;
            }
            let inside: BTreeSet<usize> =
                depth.iter().filter(|(_, depth)| **depth > 0).map(|(number, _)| *number).collect();
            // An IPv4 address in IPv6 clothing is one of IPv4, which stands elsewhere.
            let clothed = matches!(address(*start).to_canonical(), IpAddr::V4(_)) && !of_v4;
            let plain = if clothed { AFTER_CLOTHED } else { *start };
            if next.is_none_or(|next| plain < next) {
                found.entry(inside).or_insert_with(|| address(plain));
            }
        }
    }
    // Addresses that are nobody's own look better than 0.0.0.0.
    let inside_of = |address: IpAddr| -> BTreeSet<usize> {
        let holds =
            |block: &Block| crate::model::AddressRange::read(block).is_some_and(|range| range.contains(address));
        ranges.iter().enumerate().filter(|(_, blocks)| blocks.iter().any(holds)).map(|(number, _)| number).collect()
    };
    for plain in [[203, 0, 113, 1], [198, 51, 100, 1], [192, 0, 2, 1]].map(IpAddr::from) {
        if let Some(sample) = found.get_mut(&inside_of(plain)) {
            *sample = plain;
        }
    }
    found.into_iter().collect()
}

impl<'c> Space<'c> {
    /// The variables of a tenant for questions of which `collected` tells what they ask about.
    pub(super) fn with(tenants: Vec<&'c Compiled>, collected: &Collected) -> Self {
        let circuit = Circuit::new();
        let newcomer = circuit.constant(false);
        let mut space = Self {
            joined: vec![Vec::new(); tenants.len()],
            tenants,
            newcomer,
            rows: Vec::new(),
            resources: Vec::new(),
            words: BTreeMap::new(),
            flags: BTreeMap::new(),
            elements: BTreeMap::new(),
            texts: BTreeMap::new(),
            networks: Vec::new(),
            unknowns: BTreeMap::new(),
            free: Vec::new(),
            ranges: collected.ranges.iter().cloned().collect(),
            memberships: HashMap::new(),
            sorted: HashMap::new(),
            lowered: HashMap::new(),
            open: HashMap::new(),
            inside: Vec::new(),
            circuit,
        };
        space.people(&collected.people);
        space.objects();
        space.context();
        space
    }

    fn people(&mut self, named: &BTreeSet<String>) {
        let tenants = self.tenants.clone();
        let Some((first, others)) = tenants.split_first() else { return };
        // People of whom there is one in every tenant.
        let everybody = |compiled: &'c Compiled| {
            let all = compiled.world.newcomers.iter().chain(&compiled.entities);
            all.filter(|entity| matches!(entity.kind, "ExternalUser" | "InternalUser"))
        };
        let elsewhere: Vec<HashMap<&str, &Entity>> = others
            .iter()
            .map(|compiled| everybody(compiled).map(|entity| (entity.id.as_str(), entity)).collect())
            .collect();
        let mut alike: HashMap<_, usize> = HashMap::new();
        let mut newcomers = Vec::new();
        for entity in everybody(first) {
            let also: Option<Vec<&Entity>> =
                elsewhere.iter().map(|known| known.get(entity.id.as_str()).copied()).collect();
            let Some(also) = also else { continue };
            let views: Vec<&Entity> = std::iter::once(entity).chain(also).collect();
            let sort = |entity: &'c Entity| {
                // The domain matters where an invitation is to be redeemed.
                let redeemed = entity.text("invitation") == "none";
                let attributes = entity
                    .attributes
                    .iter()
                    .filter(|(name, _)| **name != "displayName" && (**name != "mailDomain" || !redeemed));
                (entity.kind, attributes.collect::<Vec<_>>(), &entity.parents)
            };
            let own = named.get(&entity.id).map(|_| entity.id.as_str());
            let key = (views.iter().map(|view| sort(view)).collect::<Vec<_>>(), own);
            let exists = exists(entity);
            if exists && let Some(row) = alike.get(&key).and_then(|at: &usize| self.rows.get_mut(*at)) {
                row.users.push(&entity.id);
                continue;
            }
            alike.insert(key, self.rows.len());
            let literal = self.circuit.fresh();
            if !exists {
                newcomers.push(literal);
            }
            let views = views.into_iter().zip(&tenants).map(|(entity, compiled)| (entity, compiled.ancestors(entity)));
            let users = if exists { vec![entity.id.as_str()] } else { Vec::new() };
            self.rows.push(Row { views: views.collect(), literal, users });
        }
        let all: Vec<Lit> = self.rows.iter().map(|row| row.literal).collect();
        self.circuit.exactly_one(&all);
        self.newcomer = self.circuit.any(newcomers);
        let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
        for free in tenants.iter().flat_map(|compiled| &compiled.world.free) {
            let key = (free.kind, free.id.clone());
            if known.insert((free.kind, &free.id)) {
                let literal = self.circuit.fresh();
                if !free.is_for_users() {
                    self.circuit.demand([!literal, self.newcomer]);
                }
                self.free.push((key, literal));
            }
        }
    }

    /// Whether the person is a user whom the export lacks.
    pub(super) fn unexported(&self) -> Option<Lit> {
        self.free.iter().find(|((kind, _), _)| *kind == NOT_EXPORTED).map(|(_, literal)| *literal)
    }

    /// Lets people be in what they would like to be in, as far as each tenant allows it.
    pub(super) fn join(&mut self) -> Result<(), Outside> {
        let wishes: HashMap<(&'static str, String), Lit> = self.free.iter().cloned().collect();
        for (at, compiled) in self.tenants.clone().into_iter().enumerate() {
            let mut of_one_type: Vec<Joined> = Vec::new();
            let mut last = "";
            for free in &compiled.world.free {
                // What was asked before did not know of them.
                if free.kind != last || free.is_after {
                    self.know(at, &mut of_one_type);
                }
                last = free.kind;
                let reading = Reading { tenant: at, ..Reading::default() };
                let may = self.term(&free.whom, reading)?;
                let key = (free.kind, free.id.clone());
                let Some(wish) = wishes.get(&key).copied() else { continue };
                let literal = self.circuit.all([wish, may]);
                let bare = Entity {
                    kind: free.kind,
                    id: free.id.clone(),
                    attributes: BTreeMap::new(),
                    parents: BTreeSet::new(),
                };
                let mut inside = compiled.ancestors(compiled.entity(free.kind, &free.id).unwrap_or(&bare));
                inside.insert(key.clone());
                of_one_type.push((key, inside, literal));
            }
            self.know(at, &mut of_one_type);
        }
        Ok(())
    }

    fn know(&mut self, tenant: usize, joined: &mut Vec<Joined>) {
        if joined.is_empty() {
            return;
        }
        if let Some(known) = self.joined.get_mut(tenant) {
            known.append(joined);
        }
        self.memberships.clear();
        self.lowered.clear();
    }

    fn objects(&mut self) {
        let tenants = self.tenants.clone();
        let Some((first, others)) = tenants.split_first() else { return };
        for entity in first.entities.iter().filter(|entity| matches!(entity.kind, "Application" | "UserAction")) {
            let views: Option<Vec<&Entity>> =
                others.iter().map(|compiled| compiled.entity(entity.kind, &entity.id)).collect();
            let Some(views) = views else { continue };
            let literal = self.circuit.fresh();
            let views = std::iter::once(entity).chain(views).zip(&tenants);
            let ancestors = views.map(|(entity, compiled)| compiled.ancestors(entity)).collect();
            self.resources.push(Resource { entity, ancestors, literal });
        }
        for tenant in 0..tenants.len() {
            let mut inside: HashMap<(String, String), Vec<Lit>> = HashMap::new();
            for found in &self.resources {
                let own = (found.entity.kind, found.entity.id.clone());
                let above = found.ancestors.get(tenant).into_iter().flatten();
                for (kind, id) in above.chain([&own]) {
                    inside.entry(((*kind).to_owned(), id.clone())).or_default().push(found.literal);
                }
            }
            self.inside.push(inside);
        }
        let all: Vec<Lit> = self.resources.iter().map(|found| found.literal).collect();
        self.circuit.exactly_one(&all);
    }

    fn context(&mut self) {
        let tenants = self.tenants.clone();
        let mut dull = BTreeMap::new();
        let (mut values, mut elements): (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>) =
            Default::default();
        let add = |into: &mut BTreeMap<String, Vec<String>>, path: &str, words: &[String]| {
            let known = into.entry(path.trim_start_matches("context.").to_owned()).or_default();
            for word in words {
                if !known.contains(word) {
                    known.push(word.clone());
                }
            }
        };
        for compiled in &tenants {
            dull.extend(compiled.dull());
            compiled.world.values.iter().for_each(|(path, words)| add(&mut values, path, words));
            compiled.world.elements.iter().for_each(|(path, words)| add(&mut elements, path, words));
        }
        for (path, datum) in dull {
            match datum {
                Datum::Flag(_) => {
                    let literal = self.circuit.fresh();
                    self.flags.insert(path, literal);
                }
                Datum::Set(_) => {
                    let known = elements.remove(&path).unwrap_or_default();
                    let literals = known.into_iter().map(|name| (name, self.circuit.fresh())).collect();
                    self.elements.insert(path, literals);
                }
                Datum::Text(_) => match values.remove(&path) {
                    Some(values) => {
                        let literals: Vec<(String, Lit)> =
                            values.into_iter().map(|value| (value, self.circuit.fresh())).collect();
                        let all: Vec<Lit> = literals.iter().map(|(_, literal)| *literal).collect();
                        self.circuit.exactly_one(&all);
                        self.words.insert(path, literals);
                    }
                    None => {
                        self.texts.insert(path, Text::default());
                    }
                },
                Datum::Ip(_) => {}
            }
        }
        for (inside, sample) in atoms(&self.ranges) {
            let literal = self.circuit.fresh();
            self.networks.push(Network { sample, literal, inside });
        }
        let all: Vec<Lit> = self.networks.iter().map(|network| network.literal).collect();
        self.circuit.exactly_one(&all);
        let names: BTreeSet<&String> = tenants.iter().flat_map(|compiled| compiled.unknowns.keys()).collect();
        for name in names {
            let literal = self.circuit.fresh();
            self.unknowns.insert(name.clone(), literal);
        }
    }

    /// Whether the address is in one of these blocks.
    pub(super) fn in_range(&mut self, blocks: &BTreeSet<Block>) -> Option<Lit> {
        let number = self.ranges.iter().position(|known| known == blocks)?;
        let inside: Vec<Lit> = self
            .networks
            .iter()
            .filter(|network| network.inside.contains(&number))
            .map(|network| network.literal)
            .collect();
        Some(self.circuit.any(inside))
    }

    /// Whether the person is that entity, or in it, in a tenant.
    pub(super) fn principal_in(&mut self, tenant: usize, kind: &str, id: &str) -> Lit {
        let key = (tenant, kind.to_owned(), id.to_owned());
        if let Some(known) = self.memberships.get(&key) {
            return *known;
        }
        let holds = |set: &BTreeSet<(&'static str, String)>| set.iter().any(|(own, name)| *own == kind && name == id);
        let mut literals: Vec<Lit> = Vec::new();
        for row in &self.rows {
            if row
                .views
                .get(tenant)
                .is_some_and(|(entity, inside)| entity.kind == kind && entity.id == id || holds(inside))
            {
                literals.push(row.literal);
            }
        }
        let joined = self.joined.get(tenant).into_iter().flatten();
        literals.extend(joined.filter(|(_, inside, _)| holds(inside)).map(|(.., literal)| *literal));
        let literal = self.circuit.any(literals);
        self.memberships.insert(key, literal);
        literal
    }

    /// Whether the person passes a test in a tenant.
    pub(super) fn principal_where(&mut self, tenant: usize, test: &dyn Fn(&Entity) -> bool) -> Lit {
        let passes = |row: &&Row<'_>| row.views.get(tenant).is_some_and(|(entity, _)| test(entity));
        let literals: Vec<Lit> = self.rows.iter().filter(passes).map(|row| row.literal).collect();
        self.circuit.any(literals)
    }

    /// Whether an attribute of the person is a text, in a tenant. Policies ask the same few again and again, so everybody
    /// is sorted by it once.
    pub(super) fn principal_text(&mut self, tenant: usize, attribute: &str, text: &str) -> Lit {
        let key = (tenant, attribute.to_owned());
        if !self.sorted.contains_key(&key) {
            let mut people: HashMap<&str, Vec<Lit>> = HashMap::new();
            for row in &self.rows {
                if let Some((entity, _)) = row.views.get(tenant) {
                    people.entry(entity.text(attribute)).or_default().push(row.literal);
                }
            }
            let mut by_text = HashMap::new();
            for (own, literals) in people.into_iter().collect::<BTreeMap<_, _>>() {
                by_text.insert(own.to_owned(), self.circuit.any(literals));
            }
            self.sorted.insert(key.clone(), by_text);
        }
        let found = self.sorted.get(&key).and_then(|by_text| by_text.get(text)).copied();
        found.unwrap_or_else(|| self.circuit.constant(false))
    }

    /// Whether the resource passes a test.
    pub(super) fn resource_where(&mut self, test: &dyn Fn(&Resource<'_>) -> bool) -> Lit {
        let literals: Vec<Lit> = self.resources.iter().filter(|found| test(found)).map(|found| found.literal).collect();
        self.circuit.any(literals)
    }

    /// Whether a text of the context meets a pattern; `None` where there is no such text.
    pub(super) fn text_meets(&mut self, path: &str, pattern: Pattern) -> Option<Lit> {
        if let Some(values) = self.words.get(path) {
            let met: Vec<Lit> =
                values.iter().filter(|(value, _)| pattern.holds(value)).map(|(_, literal)| *literal).collect();
            return Some(self.circuit.any(met));
        }
        let text = self.texts.get_mut(path)?;
        Some(text.meets(pattern, &mut self.circuit))
    }

    /// Whether a set of the context holds an element; one that nothing else asks about it never does.
    pub(super) fn element(&self, path: &str, name: &str) -> Option<Lit> {
        let known = self.elements.get(path)?;
        let found = known.iter().find(|(own, _)| own == name).map(|(_, literal)| *literal);
        Some(found.unwrap_or_else(|| self.circuit.constant(false)))
    }

    /// The sign-in of the last model, as a tenant sees it.
    pub(super) fn sign_in(&self, tenant: usize) -> SignIn {
        let mut context = BTreeMap::new();
        for (path, values) in &self.words {
            if let Some((value, _)) = values.iter().find(|(_, literal)| self.circuit.value(*literal)) {
                context.insert(path.clone(), Datum::Text(value.clone()));
            }
        }
        for (path, literal) in &self.flags {
            context.insert(path.clone(), Datum::Flag(self.circuit.value(*literal)));
        }
        for (path, elements) in &self.elements {
            let inside = elements.iter().filter(|(_, literal)| self.circuit.value(*literal));
            context.insert(path.clone(), Datum::Set(inside.map(|(name, _)| name.clone()).collect()));
        }
        let registered = self.flags.get("device.registered").is_some_and(|literal| self.circuit.value(*literal));
        for (path, text) in &self.texts {
            let text = if registered { text.text(&self.circuit) } else { String::new() };
            context.insert(path.clone(), Datum::Text(text));
        }
        if let Some(network) = self.networks.iter().find(|network| self.circuit.value(network.literal)) {
            context.insert("ip".to_owned(), Datum::Ip(network.sample));
        }
        let row = self.rows.iter().find(|row| self.circuit.value(row.literal));
        let mut person =
            row.and_then(|row| row.views.get(tenant)).map_or_else(|| NOBODY.clone(), |(entity, _)| (*entity).clone());
        for ((kind, id), _, literal) in self.joined.get(tenant).into_iter().flatten() {
            if self.circuit.value(*literal) {
                person.parents.insert((kind, id.clone()));
            }
        }
        // What they are in on the other side of a change alone is no part of this side, and of the sign-in all the same.
        for ((kind, id), _, literal) in self.joined.iter().flatten() {
            if self.circuit.value(*literal) && !person.parents.contains(&(*kind, id.clone())) {
                person.parents.insert((ELSEWHERE, format!("{kind} {id}")));
            }
        }
        let resource = self.resources.iter().find(|found| self.circuit.value(found.literal));
        let resource =
            resource.map_or(("Application", String::new()), |found| (found.entity.kind, found.entity.id.clone()));
        let unknowns = self.unknowns.iter().filter(|(_, literal)| self.circuit.value(**literal));
        SignIn { person, resource, context, unknowns: unknowns.map(|(name, _)| name.clone()).collect() }
    }
}
