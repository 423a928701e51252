//! What people may activate for themselves by Privileged Identity Management: directory roles, and membership of groups
//! (CA-2.46 to CA-2.49). Whoever is in `Eligible` may be in the `Activation` of the same name, which is in the role or
//! the group.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::entities::Entity;
use super::world::Free;
use super::{Compiler, Term};
use crate::model::{GroupAccess, Id, Kind, Ref, Told};

/// The type of what people may activate.
pub(super) const ELIGIBLE: &str = "Eligible";
/// The type of what they have activated.
pub const ACTIVATION: &str = "Activation";

/// Something that can be activated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target<'t> {
    Group(&'t Id),
    Role(&'t Id),
}

impl Target<'_> {
    fn name(&self) -> String {
        match self {
            Self::Group(id) => format!("group {id}"),
            Self::Role(id) => format!("role {id}"),
        }
    }
}

/// Who may activate what, of that which is asked about.
#[derive(Debug, Default)]
pub(super) struct Eligible {
    /// Names of what somebody may activate, by holder.
    by_holder: HashMap<Id, BTreeSet<String>>,
    /// What activations put people into.
    entities: Vec<Entity>,
}

impl Eligible {
    pub(super) fn of(&self, holder: &Id) -> impl Iterator<Item = &String> {
        self.by_holder.get(holder).into_iter().flatten()
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.entities.iter()
    }
}

impl Compiler<'_> {
    /// What people may activate of that which conditions ask about; who may is kept for [`Compiler::entities`].
    pub(super) fn activations(&self) -> Vec<Free> {
        let mut eligible = Eligible::default();
        let mut all = Vec::new();
        // Whether each counts: an ownership, and a scope narrower than the tenant, put nobody into anything.
        let mut holders: BTreeMap<Target<'_>, Vec<(&Id, Told<bool>)>> = BTreeMap::new();
        for own in &self.tenant.group_eligibilities.items {
            if let (Ok(holder), Ok(group)) = (&own.principal, &own.group) {
                let counts = own.access.as_ref().map(|access| *access == GroupAccess::Member).map_err(Clone::clone);
                holders.entry(Target::Group(group)).or_default().push((holder, counts));
            }
        }
        let roles: BTreeSet<Id> = self.roles.borrow().clone();
        for own in &self.tenant.role_eligibilities.items {
            let (Ok(holder), Ok(role)) = (&own.principal, &own.role) else { continue };
            let counts = own.scope.as_ref().map(|scope| scope == "/").map_err(Clone::clone);
            let template = self.tenant.role_definitions.get(role).and_then(|found| found.template.as_ref().ok());
            for role in [Some(role), template.filter(|template| *template != role)].into_iter().flatten() {
                if roles.contains(role) {
                    holders.entry(Target::Role(role)).or_default().push((holder, counts.clone()));
                }
            }
        }
        if !self.tenant.role_eligibilities.coverage.is_complete() {
            for role in &roles {
                holders.entry(Target::Role(role)).or_default();
            }
        }
        // Groups come first: what holds a role may be a group that somebody activates.
        for (target, holders) in &holders {
            let Some(entity) = self.activation(target) else { continue };
            let whom = self.may_activate(target, holders, &mut eligible);
            if whom == Term::False {
                continue;
            }
            let says = "people activate roles and groups only that they are eligible for";
            all.push(Free {
                kind: ACTIVATION,
                id: target.name(),
                says,
                source: "CA-2.46 to CA-2.49",
                whom,
                is_after: false,
            });
            eligible.entities.push(entity);
        }
        let _ = self.eligible.set(eligible);
        all
    }

    /// What an activation puts people into; `None` where nothing asks about that.
    fn activation(&self, target: &Target<'_>) -> Option<Entity> {
        let mut entity = Entity::new(ACTIVATION, &target.name());
        match target {
            Target::Role(role) => entity = entity.inside("Role", role.as_str()),
            Target::Group(group) => {
                let asked = self.groups.borrow();
                let above = self.tenant.groups_of(group).into_iter().flatten();
                for id in above.chain([*group]).filter(|id| asked.contains(*id)) {
                    entity = entity.inside("Group", id.as_str());
                }
                for application in self.assigned_to(group) {
                    entity = entity.inside("AppAssignment", application.as_str());
                }
            }
        }
        (!entity.parents.is_empty()).then_some(entity)
    }

    fn may_activate(&self, target: &Target<'_>, holders: &[(&Id, Told<bool>)], eligible: &mut Eligible) -> Term {
        let name = target.name();
        let perhaps = format!("{name}, perhaps");
        let kind = match target {
            Target::Role(_) => Kind::RoleEligibility,
            Target::Group(_) => Kind::GroupEligibility,
        };
        let untold = || self.unknown(format!("what makes people eligible for {name} counts"), Some(kind));
        let mut ways = Vec::new();
        let mut lacks = kind == Kind::RoleEligibility && !self.tenant.role_eligibilities.coverage.is_complete();
        if lacks {
            let name = format!("the person may activate {name} although no eligibility was exported");
            ways.push(self.exists() & self.unknown(name, Some(kind)));
        }
        for (holder, counts) in holders {
            let (key, counts) = match counts {
                Ok(false) => continue,
                Ok(true) => (&name, Term::True),
                Err(_) => (&perhaps, untold()),
            };
            let unknown_object = self.is_unknown_object(holder);
            lacks |= unknown_object;
            let may_be_group = unknown_object && !self.tenant.groups.coverage.is_complete();
            if self.tenant.groups.get(holder).is_some() || may_be_group {
                ways.push(self.has_object() & self.in_group_of(&Ref::Id((*holder).clone())) & counts.clone());
            }
            if self.tenant.users.get(holder).is_some() {
                ways.push(self.types.principal_in(ELIGIBLE, &[key]) & counts);
                eligible.by_holder.entry((*holder).clone()).or_default().insert(key.clone());
            }
        }
        if lacks {
            ways.push(self.is_unexported_who(&format!("may activate {name}")));
        }
        Term::any(ways)
    }
}
