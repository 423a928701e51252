//! Sign-ins that one tenant lets in and another refuses: a configuration before and after a change.

use std::collections::{BTreeMap, BTreeSet};

use super::given::{self, Given, Proof, given};
use super::lifted::Lifter;
use super::sets::{Perhaps, SignInSet, set};
use super::{Trouble, told};
use crate::access::sign_in::{Engine, Readings};
use crate::compile::{ANY_OTHER_TENANT, Compiled, Entity, Mentions, Settled, Unknown, compile};
use crate::facts::Value;
use crate::model::{ExternalTenants, Id, Kind, Network, Tenant};
use crate::prove::{Opened, Prover};
use crate::simulate::Resolver;

/// Sign-ins that are let in by one configuration and refused by the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Maximal sets of them.
    pub sets: Vec<SignInSet>,
    /// Whether these are all: an empty list is a proof then.
    pub complete: bool,
    /// Those that there are under an assumption, where there is none for sure.
    pub perhaps: Option<Perhaps>,
    /// How many users one side alone tells of, of whom nobody can tell whether they get in on the other.
    pub unplaced: usize,
    /// What a proof that there are none takes as given.
    pub given: Vec<Given>,
    /// How such a proof reads what Microsoft's documents leave open, as `NAME=VALUE (AM-…)`.
    pub leans_on: Vec<String>,
    /// What one side alone tells, so that it was left out, as statements that would make it no difference.
    pub left_out: Vec<&'static str>,
}

impl Difference {
    /// What it depends on whether there is one, as statements; empty if there is one, or none, for sure, and if the search
    /// was given up before it was clear what matters.
    #[must_use]
    pub fn depends(&self) -> Vec<String> {
        let assumed = self.perhaps.iter().flat_map(|perhaps| &perhaps.assumed);
        let mut all: Vec<String> = assumed.map(|(statement, _)| statement.clone()).collect();
        if all.is_empty() && self.sets.is_empty() && self.unplaced > 0 {
            let (users, get) = if self.unplaced == 1 { ("user", "gets") } else { ("users", "get") };
            all.push(format!("{} {users} whom one side alone tells of {get} in on the other", self.unplaced));
        }
        if all.is_empty() && self.sets.is_empty() {
            all.extend(self.left_out.iter().map(|statement| (*statement).to_owned()));
        }
        all
    }
}

/// How two configurations are compared.
#[derive(Clone, Copy)]
pub struct Compared<'c> {
    /// Entra tenants behind mail domains.
    pub homes: &'c BTreeMap<String, Id>,
    /// How ambiguities are read.
    pub readings: &'c Readings,
    /// Sets of sign-ins that are told at most.
    pub most: usize,
    /// Whether something that neither configuration tells may be one thing in the one and another in the other.
    pub may_differ: &'c dyn Fn(&Unknown) -> bool,
    /// How what is not known of the second configuration is told apart then: `after the change`.
    pub when: &'static str,
}

impl std::fmt::Debug for Compared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compared").field("most", &self.most).field("when", &self.when).finish_non_exhaustive()
    }
}

/// Sign-ins of people from outside that `new` lets in and `old` refuses. A user who is in `new` alone is held against the
/// same person without memberships in `old`.
///
/// # Errors
/// There is no decision, or a mistake of ours.
pub fn opened(old: &Tenant, new: &Tenant, how: &Compared<'_>) -> Result<Difference, Trouble> {
    let Compared { homes, readings, most, .. } = *how;
    let mut mentions = both(old, new, homes);
    mentions.domains = domains(old, new);
    mentions.compared = true;
    let one_sided = |kinds: &[Kind]| {
        let is_told = |tenant: &Tenant, kind: Kind| tenant.coverage(kind).is_complete();
        kinds.iter().any(|kind| is_told(old, *kind) != is_told(new, *kind))
    };
    mentions.everybody_invited = one_sided(&[Kind::DomainList, Kind::AuthorizationPolicy]);
    mentions.without_packages = one_sided(&[Kind::AccessPackage, Kind::AssignmentPolicy, Kind::Catalog]);
    let settled = readings.settled();
    let compiled = |tenant: &Tenant, settled: &Settled, mentions: &Mentions| {
        compile(tenant, settled, mentions).map_err(|fault| fault.to_string())
    };
    let (mut before, mut after) = (compiled(old, &settled, &mentions)?, compiled(new, &settled, &mentions)?);
    mentions.renamed = after
        .unknowns
        .values()
        .filter(|unknown| before.unknowns.contains_key(&unknown.name) && (how.may_differ)(unknown))
        .map(|unknown| (unknown.name.clone(), format!("{}, {}", unknown.name, how.when)))
        .collect();
    // What conditions of one side alone ask about is somewhere in a sign-in on the other side, too.
    mentions.vocabulary.extend(before.world.vocabulary());
    mentions.vocabulary.extend(after.world.vocabulary());
    if !mentions.renamed.is_empty() || mentions.vocabulary != *after.world.vocabulary() {
        after = compiled(new, &settled, &mentions)?;
    }
    let told_of_old = Mentions { renamed: BTreeMap::new(), ..mentions.clone() };
    if mentions.vocabulary != *before.world.vocabulary() {
        before = compiled(old, &settled, &told_of_old)?;
    }
    let unplaced = told_apart(&mut before, &mut after, old);
    let undecided = |undecided| Trouble::Undecided(told::undecided(&undecided));
    let mut prover = Prover::of_two(&before, &after).map_err(undecided)?;
    let Opened { gaps, refused, complete, depends } = prover.opened(most).map_err(undecided)?;
    let none = BTreeSet::new();
    let lifter = |tenant, compiled| -> Result<Lifter<'_>, String> {
        Ok(Lifter {
            tenant,
            resolver: Resolver::new(tenant, homes),
            engine: Engine::new(tenant, readings.clone()),
            options: readings.options(),
            parameters: Value::Record(Vec::new()),
            compiled,
            authority: Compiled::authority(compiled).map_err(|fault| fault.to_string())?,
            emergency_accounts: &none,
            organizations: Vec::new(),
            groups: Vec::new(),
        })
    };
    let (earlier, lifter) = (lifter(old, &before)?, lifter(new, &after)?);
    let mut sets = Vec::new();
    for (number, (gap, refused)) in gaps.iter().zip(&refused).enumerate() {
        earlier.is_refused(refused)?;
        sets.push(set(&lifter, gap, Some(number + 1), depends.is_empty())?);
    }
    let left_out: Vec<&'static str> = [
        (mentions.everybody_invited, "the same people can be invited on both sides, of which one alone tells"),
        (mentions.without_packages, "access packages give the same on both sides, of which one alone tells"),
    ]
    .into_iter()
    .filter_map(|(is_so, statement)| is_so.then_some(statement))
    .collect();
    let complete = complete && unplaced == 0 && left_out.is_empty();
    let mut given: Vec<Given> = [old, new].into_iter().flat_map(|tenant| given(tenant, Proof::Difference)).collect();
    given.sort();
    given.dedup();
    if depends.is_empty() {
        let mut leans_on = Vec::new();
        let leanings = given::leanings([&before, &after]);
        if sets.is_empty() && complete && !leanings.is_empty() {
            let open = given::without(&settled, &leanings);
            let (mut before, mut after) = (compiled(old, &open, &told_of_old)?, compiled(new, &open, &mentions)?);
            told_apart(&mut before, &mut after, old);
            let mut assumed = given::as_read(&before, &leanings);
            assumed.extend(given::as_read(&after, &leanings));
            let names = Prover::of_two(&before, &after).and_then(|mut prover| prover.difference_leans_on(&assumed));
            let names = names.unwrap_or_else(|_| assumed.iter().map(|(name, _)| name.clone()).collect());
            leans_on = given::told(&before, readings, &names);
            leans_on.extend(given::told(&after, readings, &names));
            leans_on.sort();
            leans_on.dedup();
        }
        return Ok(Difference { sets, complete, perhaps: None, unplaced, given, leans_on, left_out });
    }
    // Of a kind that one side alone tells of, nothing is opened or closed even perhaps.
    let of_one_side = |name: &String| {
        let unknown = after.unknowns.get(name).or_else(|| before.unknowns.get(name));
        let is_complete = |tenant: &Tenant, kind| tenant.coverage(kind).is_complete();
        unknown.and_then(|own| own.export).is_some_and(|kind| is_complete(old, kind) != is_complete(new, kind))
    };
    if depends.iter().any(|(name, _)| of_one_side(name)) {
        sets.clear();
    }
    let assumed = depends.iter().map(|(name, is)| (told::unknown(new, name), *is)).collect();
    let perhaps = Some(Perhaps { assumed, sets });
    Ok(Difference { sets: Vec::new(), complete, perhaps, unplaced, given, leans_on: Vec::new(), left_out })
}

/// Lets both tell the same people apart. Gives the number of users of whom nobody can tell what they are in the old one.
fn told_apart(before: &mut Compiled, after: &mut Compiled, old: &Tenant) -> usize {
    newcomers(before, after);
    newcomers(after, before);
    users(before, after, old.users.coverage.is_complete())
}

/// Mail domains that may be invited by one and not by the other, one of each sort; and, where that is the same for all
/// others, one that is alike.
fn domains(old: &Tenant, new: &Tenant) -> BTreeSet<String> {
    let lists = [old, new].map(|tenant| {
        let list = tenant.domain_list.only().ok();
        list.and_then(|list| Some((list.allowed.as_ref().ok()?, list.blocked.as_ref().ok()?)))
    });
    let is_invited = |list: &Option<(&Vec<String>, &Vec<String>)>, domain: &str| {
        list.is_none_or(|(allowed, blocked)| {
            let on = |list: &[String]| list.iter().any(|known| known.eq_ignore_ascii_case(domain));
            !on(blocked) && (allowed.is_empty() || on(allowed))
        })
    };
    let named = lists.iter().flatten().flat_map(|(allowed, blocked)| allowed.iter().chain(blocked.iter()));
    let mut sorts: BTreeMap<[bool; 2], String> = BTreeMap::new();
    for domain in named {
        let sort = lists.each_ref().map(|list| is_invited(list, domain));
        sorts.entry(sort).or_insert_with(|| domain.to_ascii_lowercase());
    }
    let of_others = lists.each_ref().map(|list| is_invited(list, ""));
    if sorts.keys().chain([&of_others]).all(|[before, after]| before == after) {
        return BTreeSet::new();
    }
    sorts.into_values().collect()
}

/// Whoever is like that, and is nobody in particular.
fn newcomer<'c>(compiled: &'c Compiled, entity: &Entity) -> Option<&'c Entity> {
    let of = |home: &str| {
        compiled.world.newcomers.iter().find(|known| alike(known, entity) && known.text("homeTenant") == home)
    };
    let home = entity.text("homeTenant");
    of(home).or_else(|| of(if home.is_empty() { home } else { ANY_OTHER_TENANT }))
}

fn alike(one: &Entity, other: &Entity) -> bool {
    ["kind", "provider"].into_iter().all(|name| one.text(name) == other.text(name))
}

/// Adds people who may come that only the other one tells apart: here they are like everybody whom nothing names.
fn newcomers(compiled: &mut Compiled, other: &Compiled) {
    let known: BTreeSet<&str> = compiled.world.newcomers.iter().map(|known| known.id.as_str()).collect();
    let missing = other.world.newcomers.iter().filter(|entity| !known.contains(entity.id.as_str()));
    let added: Vec<Entity> = missing
        .filter_map(|entity| Some(Entity { id: entity.id.clone(), ..newcomer(compiled, entity)?.clone() }))
        .collect();
    compiled.world.newcomers.extend(added);
}

/// Adds people from outside who are users of the other one, as somebody of their sort is who was given nothing. Gives the
/// number of those of whom nobody can tell: they may be users here as well, or nobody of their sort is known.
fn users(compiled: &mut Compiled, other: &Compiled, all_exported: bool) -> usize {
    let known: BTreeSet<&str> = compiled.entities.iter().map(|known| known.id.as_str()).collect();
    let is_missing = |entity: &&Entity| entity.kind == "ExternalUser" && !known.contains(entity.id.as_str());
    let missing: Vec<&Entity> = other.entities.iter().filter(is_missing).collect();
    let added: Vec<Entity> = missing
        .iter()
        .filter(|_| all_exported)
        .filter_map(|entity| {
            // Of several kinds that somebody may be there are no newcomers.
            let user = |known: &&Entity| alike(known, entity) && known.text("homeTenant") == entity.text("homeTenant");
            let like = newcomer(compiled, entity).or_else(|| compiled.entities.iter().find(user))?;
            let mut own = (*entity).clone();
            own.parents = like.parents.iter().filter(|(kind, _)| *kind == "Home").cloned().collect();
            own.attributes.remove("homeTenant");
            own.attributes.extend(like.attributes.get("homeTenant").map(|home| ("homeTenant", home.clone())));
            Some(own)
        })
        .collect();
    let unplaced = missing.len() - added.len();
    compiled.entities.extend(added);
    unplaced
}

/// What either of them names, so that both tell the same apart.
fn both(old: &Tenant, new: &Tenant, homes: &BTreeMap<String, Id>) -> Mentions {
    let mut mentions = Mentions { homes: homes.clone(), ..Mentions::default() };
    for tenant in [old, new] {
        mentions
            .applications
            .extend(tenant.service_principals.items.iter().filter_map(|found| found.app_id.clone().ok()));
        mentions.applications.extend(crate::compile::applications(tenant));
        mentions.tenants.extend(tenant.cross_tenant_partners.items.iter().map(|partner| partner.id.clone()));
        for policy in &tenant.conditional_access.items {
            let guests = policy.users.iter().flat_map(|users| users.include_guests.iter().chain(&users.exclude_guests));
            for scope in guests {
                if let ExternalTenants::Enumerated(ids) = &scope.tenants {
                    mentions.tenants.extend(ids.iter().cloned());
                }
            }
        }
        for organization in &tenant.connected_organizations.items {
            for source in organization.identity_sources.iter().flatten() {
                if let crate::model::IdentitySource::Tenant { id: Some(id), .. } = source {
                    mentions.tenants.insert(id.clone());
                }
            }
        }
        for location in &tenant.named_locations.items {
            if let Ok(Network::Country { countries, .. }) = &location.network {
                mentions.countries.extend(countries.iter().map(|code| code.to_ascii_uppercase()));
            }
        }
    }
    mentions
}
