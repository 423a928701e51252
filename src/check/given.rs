//! What a proof takes as given (docs/semantics/world.md, W-4), and the readings that it leans on.

use crate::access::sign_in::{AMBIGUITIES, Readings};
use crate::compile::{Compiled, Settled};
use crate::model::{ConditionalAccessPolicy, FilterRule, PolicyState, Session, Tenant};
use crate::rules::Wish;

/// Something that a proof takes as given: a decision that leaves sign-ins out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The number in docs/semantics.
    pub fact: &'static str,
    /// What is so, as a clause.
    pub says: &'static str,
}

/// What is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// That nobody gets in.
    Guardrail,
    /// That somebody gets in.
    Promise,
    /// That two configurations let in the same, or that a policy changes nothing.
    Difference,
}

impl Proof {
    pub(super) const fn of(wish: Wish) -> Self {
        match wish {
            Wish::Guardrail => Self::Guardrail,
            Wish::Promise(_) => Self::Promise,
        }
    }
}

/// A given, what it is beside, and the tenants in which something depends on it.
struct Row {
    given: Given,
    beside: &'static [Proof],
    matters: fn(&Tenant) -> bool,
}

/// What is left out of each kind of proof. Whatever lets in fewer than are looked at is beside no guardrail.
const ROWS: [Row; 6] = [
    Row {
        given: Given {
            fact: "W-4.4",
            says: "the first factor succeeds, the home tenant lets its people out, no tenant restrictions hold them, and \
                   the application has the consent that it needs",
        },
        beside: &[Proof::Promise],
        matters: |_| true,
    },
    Row { given: ONE_CLOUD, beside: &[Proof::Promise], matters: |_| true },
    Row { given: ONE_CLOUD, beside: &[Proof::Difference], matters: may_open_clouds },
    Row {
        given: Given { fact: "W-4.7", says: "a claim tells of every registered device whether it is compliant" },
        beside: &[Proof::Guardrail, Proof::Promise, Proof::Difference],
        matters: filters_compliance,
    },
    Row {
        given: Given { fact: "W-4.8", says: "session controls refuse nobody" },
        beside: &[Proof::Promise, Proof::Difference],
        matters: has_session_controls,
    },
    Row {
        given: Given {
            fact: "W-4.13",
            says: "nobody is eligible for membership of a group but those whom the export tells of",
        },
        beside: &[Proof::Guardrail, Proof::Promise, Proof::Difference],
        matters: names_groups,
    },
];

const ONE_CLOUD: Given = Given { fact: "W-4.5", says: "everybody is of this Microsoft cloud" };

/// What a proof about a tenant takes as given.
pub(super) fn given(tenant: &Tenant, proof: Proof) -> Vec<Given> {
    let rows = ROWS.iter().filter(|row| row.beside.contains(&proof) && (row.matters)(tenant));
    rows.map(|row| row.given).collect()
}

/// Policies that may be in force.
fn policies(tenant: &Tenant) -> impl Iterator<Item = &ConditionalAccessPolicy> {
    tenant.conditional_access.items.iter().filter(|policy| policy.state != Ok(PolicyState::Disabled))
}

fn names_groups(tenant: &Tenant) -> bool {
    policies(tenant).any(|policy| {
        policy.users.as_ref().is_ok_and(|users| !users.include_groups.is_empty() || !users.exclude_groups.is_empty())
    })
}

fn may_open_clouds(tenant: &Tenant) -> bool {
    let told = tenant.cross_tenant_policy.only().ok().and_then(|policy| policy.allowed_clouds.as_ref().ok());
    told.is_none_or(|clouds| !clouds.is_empty())
}

fn filters_compliance(tenant: &Tenant) -> bool {
    policies(tenant).any(|policy| match &policy.device_filter {
        Ok(Some(filter)) => reads_compliance(&filter.rule),
        _ => false,
    })
}

fn reads_compliance(rule: &FilterRule) -> bool {
    match rule {
        FilterRule::Compare(comparison) => comparison.attribute.eq_ignore_ascii_case("isCompliant"),
        FilterRule::And(rules) | FilterRule::Or(rules) => rules.iter().any(reads_compliance),
        FilterRule::Not(rule) => reads_compliance(rule),
    }
}

fn has_session_controls(tenant: &Tenant) -> bool {
    let obliges = |session: &Option<Session>| session.as_ref().is_some_and(|own| *own != Session::default());
    policies(tenant).any(|policy| policy.session.as_ref().map_or(true, obliges))
}

/// Readings that a proof on compiled tenants may lean on: those that are asked for beside what the documents say.
pub(super) fn leanings<'c>(compiled: impl IntoIterator<Item = &'c Compiled>) -> Settled {
    compiled.into_iter().flat_map(|own| &own.leans_on).map(|(ambiguity, first)| (*ambiguity, *first)).collect()
}

/// How ambiguities are read, without some that are left open.
pub(super) fn without(settled: &Settled, open: &Settled) -> Settled {
    settled.iter().filter(|(ambiguity, _)| !open.contains_key(*ambiguity)).map(|(own, first)| (*own, *first)).collect()
}

/// The unknowns that open ambiguities make, as they are when these are read so.
pub(super) fn as_read(compiled: &Compiled, leanings: &Settled) -> Vec<(String, bool)> {
    let of = |unknown: &crate::compile::Unknown| unknown.ambiguity.and_then(|own| leanings.get(own)).copied();
    compiled.unknowns.values().filter_map(|unknown| Some((unknown.name.clone(), of(unknown)?))).collect()
}

/// Readings by what they make unknown, as `NAME=VALUE (AM-…)`.
pub(super) fn told(compiled: &Compiled, readings: &Readings, unknowns: &[String]) -> Vec<String> {
    let is_needed = |id: &str| {
        let mut found = unknowns.iter().filter_map(|name| compiled.unknowns.get(name));
        found.any(|unknown| unknown.ambiguity == Some(id))
    };
    let needed = AMBIGUITIES.iter().filter(|ambiguity| is_needed(ambiguity.id));
    needed.map(|ambiguity| format!("{} ({})", readings.option(ambiguity), ambiguity.id)).collect()
}
