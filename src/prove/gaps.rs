//! Maximal gaps: the largest sets of sign-ins that reach a goal, told in the fewest conditions.

use std::collections::BTreeSet;

use batsat::Lit;

use super::decide::{Found, Prover, Undecided};
use super::lower::{Outside, Reading};
use super::space::{exists, is_in};
use crate::compile::{NOT_EXPORTED, SignIn};

/// A condition of a gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// What it is about: `kind`, `from`, `person`, `application`, `userAction`, `network`, or a path of the context.
    pub about: String,
    /// Values that it takes in; those that it leaves out if `all_but` is set.
    pub values: Vec<String>,
    /// Whether `values` are those that it leaves out.
    pub all_but: bool,
}

/// A set of sign-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What its sign-ins have in common; what is not told may be anything.
    pub parts: Vec<Part>,
    /// The smallest of them.
    pub example: SignIn,
    /// Users of the export who are in it, by id; none where it is of people who may come.
    pub users: Vec<String>,
    /// Policies, by id, that would refuse the example or ask something of it if they applied.
    pub would_refuse: Vec<String>,
}

/// Something that sign-ins differ in.
struct Dimension {
    about: String,
    /// Of which a sign-in has exactly one.
    values: Vec<(String, Lit)>,
    /// The variables that decide which: exactly one of them is true. Empty for what is a yes or no.
    group: Vec<Lit>,
}

impl Dimension {
    /// Values that are variables themselves.
    fn of(about: &str, values: Vec<(String, Lit)>) -> Self {
        let group = values.iter().map(|(_, literal)| *literal).collect();
        Self { about: about.to_owned(), values, group }
    }

    fn yes_or_no(about: String, literal: Lit) -> Self {
        let values = vec![("no".to_owned(), !literal), ("yes".to_owned(), literal)];
        Self { about, values, group: Vec::new() }
    }

    fn literal(&self, number: usize) -> Option<Lit> {
        self.values.get(number).map(|(_, literal)| *literal)
    }
}

/// How many questions a condition of a set is worth. Beyond that a set is not widened in that condition, and other sets
/// tell the rest.
const MOST_ASKED: usize = 400;

/// The same with another one in a place.
fn with(taken: &[Taken], at: usize, own: Taken) -> Vec<Taken> {
    let mut all = taken.to_vec();
    if let Some(place) = all.get_mut(at) {
        *place = own;
    }
    all
}

/// A dimension of a gap: which of its values are in it, or any.
#[derive(Clone)]
enum Taken {
    Any,
    These(Vec<usize>),
}

/// What is assumed of the sign-ins of a set, beside what is fixed.
fn assumptions(dimensions: &[Dimension], taken: &[Taken], fixed: &[Lit]) -> Vec<Lit> {
    let mut assumptions: Vec<Lit> = fixed.to_vec();
    for (dimension, taken) in dimensions.iter().zip(taken) {
        let Taken::These(inside) = taken else { continue };
        // A sign-in has exactly one of the values: one is assumed, or all others are left out. A gate over the values
        // would stay with the solver for each set that was ever asked about.
        if let [only] = inside.as_slice() {
            assumptions.extend(dimension.literal(*only));
            continue;
        }
        let mut kept = inside.iter().copied().peekable();
        for (number, (_, literal)) in dimension.values.iter().enumerate() {
            if kept.next_if_eq(&number).is_none() {
                assumptions.push(!*literal);
            }
        }
    }
    assumptions
}

impl Prover<'_> {
    /// Maximal sets of sign-ins that a guardrail matches and the tenant lets in, `most` at most; with whether these are all.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn gaps(&mut self, rule: &cedar_policy::pst::Template, most: usize) -> Result<(Vec<Gap>, bool), Undecided> {
        self.gaps_if(rule, &[], most)
    }

    /// The same if unknowns, by name, are as they are said to be.
    ///
    /// # Errors
    /// There is no decision, and why.
    pub fn gaps_if(
        &mut self,
        rule: &cedar_policy::pst::Template,
        unknowns: &[(String, bool)],
        most: usize,
    ) -> Result<(Vec<Gap>, bool), Undecided> {
        let assumed = self.assumed(unknowns);
        let mut goal = |own: &mut Self, reading: Reading<'_>| {
            let matched = own.matches(rule, reading)?;
            let allowed = own.allows(reading)?;
            Ok(own.space.circuit.all([matched, allowed]))
        };
        let scope = self.matches(rule, Reading::default())?;
        self.regions(&mut goal, scope, &assumed, most)
    }

    /// Maximal sets of sign-ins that reach a goal whatever is not known beside what is assumed of it; the goal holds
    /// within `scope` only. Sign-ins beyond it are of no matter.
    pub(super) fn regions(
        &mut self,
        goal: &mut dyn FnMut(&mut Self, Reading<'_>) -> Result<Lit, Outside>,
        scope: Lit,
        assumed: &[Lit],
        most: usize,
    ) -> Result<(Vec<Gap>, bool), Undecided> {
        let reached = goal(self, Reading::default())?;
        let left = self.space.circuit.fresh();
        // Not the scope: what is in it only as far as something is not known is no gap for sure.
        let given: Vec<Lit> = assumed.iter().copied().chain([left]).collect();
        let mut gaps = Vec::new();
        while gaps.len() < most {
            let example = match self.search(goal, &given)? {
                Found::Always(example) => example,
                Found::Never => return Ok((gaps, true)),
                // What is left depends on what is not known.
                Found::If(..) => return Ok((gaps, false)),
            };
            let gap = self.widen(reached, scope, assumed, example, left)?;
            gaps.push(gap);
        }
        let none = matches!(self.search(goal, &given)?, Found::Never);
        Ok((gaps, none))
    }

    /// Everything that sign-ins differ in besides what they brought and did, the least telling first.
    fn dimensions(&mut self, newcomer: bool, resource: &str) -> Vec<Dimension> {
        let space = &mut self.space;
        let mut all: Vec<Dimension> = Vec::new();
        let words = |space: &super::space::Space<'_>, path: &str| {
            space.words.get(path).map(|values| Dimension::of(path, values.clone()))
        };
        let flag = |space: &super::space::Space<'_>, path: &str| {
            space.flags.get(path).map(|literal| Dimension::yes_or_no(path.to_owned(), *literal))
        };
        for path in ["gpsCountry", "originalFlow", "insiderRisk", "authenticationContext"] {
            all.extend(words(space, path));
        }
        for path in
            ["guestHereToo", "sharedChannel", "registeredHere", "compliantNetwork", "mfaTrustedIp", "baselineScopes"]
        {
            all.extend(flag(space, path));
        }
        for (path, text) in &space.texts {
            for (pattern, literal) in &text.patterns {
                all.push(Dimension::yes_or_no(format!("{path} {}", pattern.words()), *literal));
            }
        }
        for (path, elements) in space.elements.iter().filter(|(path, _)| path.starts_with("device.")) {
            for (name, literal) in elements {
                all.push(Dimension::yes_or_no(format!("{path} holds {name}"), *literal));
            }
        }
        let networks = space.networks.iter().map(|network| (network.sample.to_string(), network.literal)).collect();
        all.push(Dimension::of("network", networks));
        for path in ["country", "userRisk", "signInRisk", "platform"] {
            all.extend(words(space, path));
        }
        for path in ["device.hybridJoined", "device.compliant", "device.registered"] {
            all.extend(flag(space, path));
        }
        for path in ["flow", "client"] {
            all.extend(words(space, path));
        }
        // Whom the export lacks is told of by what is not known of them.
        for ((kind, id), literal) in space.free.iter().filter(|((kind, _), _)| *kind != NOT_EXPORTED) {
            all.push(Dimension::yes_or_no(format!("in {kind} {id}"), *literal));
        }
        let resources = space.resources.iter().filter(|found| found.entity.kind == resource);
        let resources = resources.map(|found| (found.entity.id.clone(), found.literal)).collect();
        all.push(Dimension::of(if resource == "UserAction" { "userAction" } else { "application" }, resources));
        if newcomer {
            let mut of = |about: &str, value: &dyn Fn(&crate::compile::Entity) -> String| {
                let mut values: Vec<(String, Vec<Lit>)> = Vec::new();
                for row in space.rows.iter().filter(|row| !exists(row.entity())) {
                    let own = value(row.entity());
                    match values.iter_mut().find(|(known, _)| *known == own) {
                        Some((_, literals)) => literals.push(row.literal),
                        None => values.push((own, vec![row.literal])),
                    }
                }
                let group = values.iter().flat_map(|(_, literals)| literals).copied().collect();
                let values = values.into_iter().map(|(own, literals)| (own, space.circuit.any(literals))).collect();
                all.push(Dimension { about: about.to_owned(), values, group });
            };
            of("from", &|entity| match entity.text("homeTenant") {
                "" => entity.text("provider").to_owned(),
                home => home.to_owned(),
            });
            of("kind", &|entity| entity.text("kind").to_owned());
        } else {
            let rows = space.rows.iter().map(|row| (row.entity().id.clone(), row.literal)).collect();
            all.push(Dimension::of("person", rows));
        }
        all.retain(|dimension| dimension.values.len() > 1);
        all
    }

    /// The largest set around the last model in which every sign-in reaches the goal, with the same brought and done.
    fn widen(
        &mut self,
        reached: Lit,
        scope: Lit,
        assumed: &[Lit],
        example: SignIn,
        left: Lit,
    ) -> Result<Gap, Undecided> {
        // The model of the example: the search may have asked other questions since.
        let pinned = self.pin(&example);
        self.solve(&pinned)?;
        let newcomer = self.space.circuit.value(self.space.newcomer);
        let would_refuse = self.would_refuse()?;
        // A set is of applications, or of user actions.
        let resource = example.resource.0;
        let dimensions = self.dimensions(newcomer, resource);
        self.solve(&pinned)?;
        let is_resource = self.space.resource_where(&|found| found.entity.kind == resource);
        let mut fixed: Vec<Lit> = [&[!reached, scope, is_resource], assumed].concat();
        if newcomer {
            fixed.push(self.space.newcomer);
        }
        // A set is of users whom the export lacks, or of others. Whatever one of them does for sure, a newcomer does, too.
        let unexported = self.space.unexported();
        let is_unexported = unexported.filter(|literal| self.space.circuit.value(*literal));
        fixed.extend(is_unexported.or(unexported.map(|literal| !literal)));
        {
            let space = &self.space;
            let flags =
                space.flags.iter().filter(|(path, _)| path.starts_with("brought.") || path.starts_with("done."));
            let sets =
                space.elements.iter().filter(|(path, _)| path.starts_with("brought.") || path.starts_with("done."));
            let literals =
                flags.map(|(_, literal)| *literal).chain(sets.flat_map(|(_, all)| all).map(|(_, literal)| *literal));
            let own = literals.map(|literal| if space.circuit.value(literal) { literal } else { !literal });
            fixed.extend(own);
        }
        let at_model: Vec<usize> = dimensions
            .iter()
            .map(|dimension| {
                dimension.values.iter().position(|(_, literal)| self.space.circuit.value(*literal)).unwrap_or_default()
            })
            .collect();
        let mut taken: Vec<Taken> = at_model.iter().map(|at| Taken::These(vec![*at])).collect();
        // Not every kind of people comes from everywhere, nor every client to every application: a value that is impossible
        // beside the others so far would cost one that is not, so such a value is not taken in.
        let goes_together = |about: &str| matches!(about, "from" | "kind" | "client" | "application" | "userAction");
        let possible: Vec<Lit> = fixed.iter().copied().filter(|literal| *literal != !reached).collect();
        let alone: Vec<usize> = (0..dimensions.len())
            .filter(|at| dimensions.get(*at).is_some_and(|own| !goes_together(&own.about)))
            .collect();
        // What the refusal of the point does not need goes at once; the solver needs what is assumed first, so the most
        // telling conditions come first.
        let told: Vec<Lit> =
            dimensions.iter().zip(&at_model).rev().filter_map(|(dimension, at)| dimension.literal(*at)).collect();
        let point: Vec<Lit> = fixed.iter().chain(&told).copied().collect();
        if !self.solve(&point)? {
            let needed = self.space.circuit.core(&point);
            for at in &alone {
                let own = dimensions.get(*at).zip(at_model.get(*at)).and_then(|(own, value)| own.literal(*value));
                if own.is_some_and(|literal| !needed.contains(&literal)) {
                    taken = with(&taken, *at, Taken::Any);
                }
            }
        }
        for at in alone {
            if matches!(taken.get(at), Some(Taken::Any)) {
                continue;
            }
            let wider = with(&taken, at, Taken::Any);
            if !self.cube(&dimensions, &wider, &fixed)? {
                taken = wider;
            }
        }
        for (at, dimension) in dimensions.iter().enumerate() {
            let few = dimension.values.len() < 3 && !goes_together(&dimension.about);
            if matches!(taken.get(at), Some(Taken::Any)) || few {
                continue;
            }
            let Some(mut inside) = self.reaching(&dimensions, &taken, at, &fixed)? else { continue };
            if goes_together(&dimension.about) {
                inside = self.possible(&dimensions, &taken, at, inside, &possible, usize::MAX)?;
            }
            taken = with(&taken, at, Taken::These(inside));
        }
        // What was impossible beside a part of the others may be possible, and in it, beside all of them; what came along
        // and is impossible after all goes again.
        let together: Vec<usize> = (0..dimensions.len())
            .filter(|at| matches!(taken.get(*at), Some(Taken::These(_))))
            .filter(|at| dimensions.get(*at).is_some_and(|own| goes_together(&own.about)))
            .collect();
        for at in &together {
            if let Some(inside) = self.reaching(&dimensions, &taken, *at, &fixed)? {
                taken = with(&taken, *at, Taken::These(inside));
            }
        }
        for at in &together {
            let Some(Taken::These(inside)) = taken.get(*at).cloned() else { continue };
            let kept = self.possible(&dimensions, &taken, *at, inside, &possible, usize::MAX)?;
            taken = with(&taken, *at, Taken::These(kept));
        }
        // What is impossible together with the rest is neither in it nor left out.
        let mut parts = Vec::new();
        let mut blocked: Vec<Lit> = vec![!left, !is_resource];
        for (at, dimension) in dimensions.iter().enumerate() {
            let Some(Taken::These(inside)) = taken.get(at).cloned() else { continue };
            let literals: Vec<Lit> =
                inside.iter().filter_map(|number| dimension.values.get(*number)).map(|(_, own)| *own).collect();
            let any = self.space.circuit.any(literals);
            blocked.push(!any);
            let told = |numbers: &[usize]| -> Vec<String> {
                let found = numbers.iter().filter_map(|number| dimension.values.get(*number));
                found.map(|(value, _)| value.clone()).collect()
            };
            // As many as are to be told.
            let mut possible_ones = |left: Vec<usize>, most: usize| -> Result<Vec<usize>, Undecided> {
                let mut found = self.possible(&dimensions, &taken, at, left, &possible, most)?;
                found.truncate(most);
                Ok(found)
            };
            let mut outside: Vec<usize> =
                (0..dimension.values.len()).filter(|number| !inside.contains(number)).collect();
            // Of more than two values each that is left out was in a sign-in that does not reach the goal.
            if dimension.values.len() < 3 || goes_together(&dimension.about) {
                outside = possible_ones(outside, usize::MAX)?;
            }
            if outside.is_empty() {
                // It follows from the others, so none of them may be left out because it follows from this one.
                taken = with(&taken, at, Taken::Any);
                continue;
            }
            let no = told(&outside);
            let yes = told(&possible_ones(inside.clone(), no.len() + 1)?);
            let all_but = no.len() < yes.len();
            parts.push(Part { about: dimension.about.clone(), values: if all_but { no } else { yes }, all_but });
        }
        let users = if newcomer { Vec::new() } else { self.users(&dimensions, &taken, &possible)? };
        if newcomer {
            blocked.push(!self.space.newcomer);
        }
        blocked.extend(is_unexported.map(|literal| !literal));
        self.space.circuit.clause(blocked);
        parts.reverse();
        Ok(Gap { parts, example, users, would_refuse })
    }

    /// Users of the export who are in a set, by id.
    fn users(&mut self, dimensions: &[Dimension], taken: &[Taken], possible: &[Lit]) -> Result<Vec<String>, Undecided> {
        let Some(at) = dimensions.iter().position(|dimension| dimension.about == "person") else {
            return Ok(self.space.rows.iter().flat_map(|row| &row.users).map(|id| (*id).to_owned()).collect());
        };
        let is_inside = |number: &usize| match taken.get(at) {
            Some(Taken::These(inside)) => inside.contains(number),
            _ => true,
        };
        // The values of that dimension run in step with the rows.
        let rows = self.space.rows.iter().enumerate().filter(|(_, row)| !row.users.is_empty());
        let inside: Vec<usize> = rows.map(|(number, _)| number).filter(is_inside).collect();
        let found = self.possible(dimensions, taken, at, inside, possible, usize::MAX)?;
        let rows = found.iter().filter_map(|number| self.space.rows.get(*number));
        Ok(rows.flat_map(|row| &row.users).map(|id| (*id).to_owned()).collect())
    }

    /// Enforced policies whose controls the sign-in of the last model does not meet, whether they apply or not.
    fn would_refuse(&mut self) -> Result<Vec<String>, Undecided> {
        let Some(compiled) = self.space.tenants.last().copied() else { return Ok(Vec::new()) };
        let tenant = self.space.tenants.len() - 1;
        let fixed: Vec<Lit> = self.fixed();
        let mut literals = Vec::new();
        for forbid in compiled.forbids.iter().filter(|forbid| forbid.policy.is_some()) {
            literals
                .push((forbid.id.clone(), self.space.term(&forbid.unless, Reading { tenant, ..Reading::default() })?));
        }
        // Gates that were made just now have no value yet.
        self.solve(&fixed)?;
        let unmet = literals.into_iter().filter(|(_, literal)| !self.space.circuit.value(*literal));
        Ok(unmet.map(|(id, _)| id).collect())
    }

    /// The values of a dimension with which every sign-in reaches the goal, the other dimensions as they are: all of them
    /// but those of the sign-ins that do not. `None` where there are too many of those.
    fn reaching(
        &mut self,
        dimensions: &[Dimension],
        taken: &[Taken],
        at: usize,
        fixed: &[Lit],
    ) -> Result<Option<Vec<usize>>, Undecided> {
        let Some(dimension) = dimensions.get(at) else { return Ok(None) };
        let mut inside: Vec<usize> = (0..dimension.values.len()).collect();
        for _ in 0..MOST_ASKED {
            if inside.is_empty() || !self.cube(dimensions, &with(taken, at, Taken::These(inside.clone())), fixed)? {
                return Ok(Some(inside));
            }
            let found = self.in_model(dimensions, &with(taken, at, Taken::Any), at, fixed, &inside);
            if found.is_empty() {
                return Ok(None);
            }
            inside.retain(|number| !found.contains(number));
        }
        Ok(None)
    }

    /// Those of some values of a dimension that a sign-in can have, the other dimensions as they are; once `most` are found
    /// no more.
    fn possible(
        &mut self,
        dimensions: &[Dimension],
        taken: &[Taken],
        at: usize,
        mut open: Vec<usize>,
        fixed: &[Lit],
        most: usize,
    ) -> Result<Vec<usize>, Undecided> {
        let mut all = BTreeSet::new();
        for _ in 0..MOST_ASKED {
            if all.len() >= most
                || open.is_empty()
                || !self.cube(dimensions, &with(taken, at, Taken::These(open.clone())), fixed)?
            {
                return Ok(all.into_iter().collect());
            }
            let found = self.in_model(dimensions, &with(taken, at, Taken::Any), at, fixed, &open);
            if found.is_empty() {
                break;
            }
            open.retain(|number| !found.contains(number));
            all.extend(found);
        }
        // The rest is taken to be possible unasked: that makes a set no wrong one.
        all.extend(open);
        Ok(all.into_iter().collect())
    }

    /// Those of some values of a dimension that the last model has, or would have with another choice in that dimension,
    /// all else the same.
    fn in_model(
        &self,
        dimensions: &[Dimension],
        taken: &[Taken],
        at: usize,
        fixed: &[Lit],
        of: &[usize],
    ) -> BTreeSet<usize> {
        let Some(dimension) = dimensions.get(at) else { return BTreeSet::new() };
        let values: Vec<(usize, Lit)> =
            of.iter().filter_map(|number| Some((*number, dimension.literal(*number)?))).collect();
        if dimension.group.is_empty() {
            let holds = values.into_iter().filter(|(_, literal)| self.space.circuit.value(*literal));
            return holds.map(|(number, _)| number).collect();
        }
        let goals = assumptions(dimensions, taken, fixed);
        let literals: Vec<Lit> = values.iter().map(|(_, literal)| *literal).collect();
        let found = self.space.circuit.varied(&dimension.group, &goals, &literals);
        values.into_iter().zip(found).filter(|(_, found)| *found).map(|((number, _), _)| number).collect()
    }

    /// Whether some sign-in of a set can be, beside what is fixed.
    fn cube(&mut self, dimensions: &[Dimension], taken: &[Taken], fixed: &[Lit]) -> Result<bool, Undecided> {
        self.solve(&assumptions(dimensions, taken, fixed))
    }

    /// The literals of a sign-in.
    pub(super) fn pin(&self, sign_in: &SignIn) -> Vec<Lit> {
        use crate::compile::Datum;
        let space = &self.space;
        let mut all = Vec::new();
        for row in &space.rows {
            if row
                .views
                .last()
                .is_some_and(|(entity, _)| entity.kind == sign_in.person.kind && entity.id == sign_in.person.id)
            {
                all.push(row.literal);
            }
        }
        for ((kind, id), literal) in &space.free {
            all.push(if is_in(&sign_in.person, kind, id) { *literal } else { !*literal });
        }
        for found in &space.resources {
            if found.entity.kind == sign_in.resource.0 && found.entity.id == sign_in.resource.1 {
                all.push(found.literal);
            }
        }
        for (path, datum) in &sign_in.context {
            match datum {
                Datum::Flag(value) => {
                    all.extend(space.flags.get(path).map(|literal| if *value { *literal } else { !*literal }));
                }
                Datum::Set(items) => {
                    for (name, literal) in space.elements.get(path).into_iter().flatten() {
                        all.push(if items.contains(name) { *literal } else { !*literal });
                    }
                }
                Datum::Text(text) => {
                    if let Some(values) = space.words.get(path) {
                        all.extend(values.iter().filter(|(value, _)| value == text).map(|(_, literal)| *literal));
                    } else if let Some(found) = space.texts.get(path) {
                        for (pattern, literal) in &found.patterns {
                            all.push(if pattern.holds(text) { *literal } else { !*literal });
                        }
                    }
                }
                Datum::Ip(address) => {
                    let network = space.networks.iter().find(|network| network.sample == *address);
                    all.extend(network.map(|network| network.literal));
                }
            }
        }
        for (name, literal) in &space.unknowns {
            all.push(if sign_in.unknowns.contains(name) { *literal } else { !*literal });
        }
        all
    }
}
