//! Whom a policy is about: users of a class, with holes that exclusions make.

use std::collections::BTreeSet;

use super::{Answer, Class, Home, Why, external_type, has_entra_home};
use crate::model::{
    Candidate, ConditionalAccessPolicy, ExternalTenants, ExternalUserType, Group, GuestScope, Id, Intake, Keyword,
    Kind, MemberKind, Ref, Tenant, User, Users,
};

/// Whom one policy is about, with the people that it names one by one, in groups or by roles looked up once.
#[derive(Debug)]
pub struct Audience<'p> {
    /// The policy.
    pub policy: &'p ConditionalAccessPolicy,
    /// People whom exclusions name.
    left_out: Named,
    /// People whom inclusions name and exclusions do not.
    taken_in: Named,
}

/// People named one by one: their sorts, and why there may be others among them.
#[derive(Debug, Default)]
struct Named {
    sorts: BTreeSet<(ExternalUserType, HomeKind)>,
    gaps: Vec<Why>,
}

/// What an export tells of a user's home: which Entra tenant it is it does not (CA-2.24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum HomeKind {
    Entra,
    Elsewhere,
    Unsaid,
}

impl Named {
    fn holds(&self, class: &Class) -> Answer {
        let may_be_at = |home: HomeKind| {
            class.kind == ExternalUserType::InternalGuest
                || match (home, &class.home) {
                    (HomeKind::Entra, home) => *home != Home::NoTenant,
                    (HomeKind::Elsewhere, home) => *home == Home::NoTenant,
                    (HomeKind::Unsaid, _) => true,
                }
        };
        if self.sorts.iter().any(|(kind, home)| *kind == class.kind && may_be_at(*home)) {
            return Answer::Yes;
        }
        self.gaps.first().map_or(Answer::No, |why| Answer::Unknown(why.clone()))
    }

    fn add(&mut self, tenant: &Tenant, id: &Id) {
        match tenant.users.find(id) {
            Ok(Some(user)) => self.add_user(user),
            // Deleted: nobody.
            Ok(None) => {}
            Err(_) => self.gaps.push(Why::missing(Kind::User, format!("user `{id}` was not exported"))),
        }
    }

    fn add_user(&mut self, user: &User) {
        // Whoever is disabled signs in to nothing (SI-1.5).
        if user.enabled == Ok(false) {
            return;
        }
        match external_type(user) {
            Ok(Some(kind)) => {
                let home = match has_entra_home(user) {
                    Answer::Yes => HomeKind::Entra,
                    Answer::No => HomeKind::Elsewhere,
                    Answer::Unknown(_) => HomeKind::Unsaid,
                };
                self.sorts.insert((kind, home));
            }
            Ok(None) => {}
            Err(why) => self.gaps.push(why),
        }
    }
}

impl<'p> Audience<'p> {
    /// Looks up whom the policy names.
    #[must_use]
    pub fn of(tenant: &Tenant, policy: &'p ConditionalAccessPolicy) -> Self {
        let mut audience = Self { policy, left_out: Named::default(), taken_in: Named::default() };
        let Ok(users) = &policy.users else { return audience };
        let (excluded, gaps) = named_people(tenant, &users.exclude_users, &users.exclude_groups, &users.exclude_roles);
        for id in &excluded {
            audience.left_out.add(tenant, id);
        }
        audience.left_out.gaps.extend(gaps);
        let (included, gaps) = named_people(tenant, &users.include_users, &users.include_groups, &users.include_roles);
        for id in included.difference(&excluded) {
            audience.taken_in.add(tenant, id);
        }
        audience.taken_in.gaps.extend(gaps);
        audience
    }

    fn users(&self) -> Result<&'p Users, Answer> {
        let policy = self.policy;
        let why = || Why::unreadable(format!("the users of policy `{}` could not be read", policy.id));
        policy.users.as_ref().map_err(|_| Answer::Unknown(why()))
    }

    /// Whether the policy is about everybody of the class: it takes the class in, and nobody of it is left out (CA-2.1,
    /// CA-2.2). Group and role scopes take in named people, never a class, unless a group's rule takes all guests.
    #[must_use]
    pub fn is_all_of(&self, tenant: &Tenant, class: &Class) -> Answer {
        let users = match self.users() {
            Ok(users) => users,
            Err(unknown) => return unknown,
        };
        includes(tenant, users, class).and(|| {
            let class_left_out = leaves_out_class(tenant, users, class);
            // People without an object here are in no list, group or role.
            let without_object =
                matches!(class.kind, ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider);
            let named = if without_object { Answer::No } else { self.left_out.holds(class) };
            Answer::any([class_left_out, named]).negated()
        })
    }

    /// Whether the policy is about anybody of the class at all. What it demands hits these people even where others of
    /// their class are left out.
    #[must_use]
    pub fn is_some_of(&self, tenant: &Tenant, class: &Class) -> Answer {
        let users = match self.users() {
            Ok(users) => users,
            Err(unknown) => return unknown,
        };
        Answer::any([includes(tenant, users, class), self.taken_in.holds(class)])
            .and(|| leaves_out_class(tenant, users, class).negated())
    }
}

/// People named one by one, in groups and by roles, and why there may be more.
fn named_people(tenant: &Tenant, users: &[Ref], groups: &[Ref], roles: &[Ref]) -> (BTreeSet<Id>, Vec<Why>) {
    let mut people = BTreeSet::new();
    let mut gaps = Vec::new();
    for user in users {
        match user {
            Ref::Keyword(_) => {}
            Ref::Id(id) => {
                people.insert(id.clone());
            }
            Ref::Name(name) => {
                let is_named = |user: &&User| {
                    user.user_principal_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                };
                match tenant.users.items.iter().find(is_named) {
                    Some(user) => {
                        people.insert(user.id.clone());
                    }
                    None => gaps.push(Why::missing(Kind::User, format!("user `{name}` was not exported"))),
                }
            }
        }
    }
    for group in groups {
        let (found, why) = people_of(tenant, group);
        people.extend(found);
        gaps.extend(why);
    }
    for role in roles {
        match holders_of(tenant, role) {
            Ok(found) => people.extend(found),
            Err(why) => gaps.push(why),
        }
    }
    (people, gaps)
}

/// Whether the exclusions leave out the class as a whole.
fn leaves_out_class(tenant: &Tenant, users: &Users, class: &Class) -> Answer {
    let word =
        users.exclude_users.iter().any(|user| user.is(&Keyword::GuestsOrExternalUsers) || user.is(&Keyword::All));
    let by_guests = users.exclude_guests.as_ref().map(|scope| guest_scope(scope, class));
    let by_groups = users.exclude_groups.iter().map(|group| group_takes_all(tenant, group, class));
    Answer::any(std::iter::once(Answer::from(word)).chain(by_guests).chain(by_groups))
}

fn includes(tenant: &Tenant, users: &Users, class: &Class) -> Answer {
    let by_word = users.include_users.iter().any(|user| match user {
        // AM-1: for coverage, people without an object here are not among all users.
        Ref::Keyword(Keyword::All) => class.kind != ExternalUserType::B2bDirectConnectUser,
        Ref::Keyword(Keyword::GuestsOrExternalUsers) => true,
        _ => false,
    });
    let by_guests = users.include_guests.as_ref().map(|scope| guest_scope(scope, class));
    let by_groups = users.include_groups.iter().map(|group| group_takes_all(tenant, group, class));
    Answer::any(std::iter::once(Answer::from(by_word)).chain(by_guests).chain(by_groups))
}

/// Whether a guest scope takes in the class (CA-2.11 to CA-2.13). Enumerated tenants never match people without one
/// (AM-2).
#[must_use]
pub fn guest_scope(scope: &GuestScope, class: &Class) -> Answer {
    if !scope.types.contains(class.kind) {
        return scope.unknown_types.first().map_or(Answer::No, |text| {
            Answer::Unknown(Why::unreadable(format!("`{text}` is not an external user type that is documented")))
        });
    }
    match (&scope.tenants, &class.home) {
        (ExternalTenants::All, _) => Answer::Yes,
        (ExternalTenants::Enumerated(ids), Home::Tenant(id)) => Answer::from(ids.contains(id)),
        (ExternalTenants::Enumerated(_), _) => Answer::No,
        (ExternalTenants::Unknown, _) => {
            Answer::Unknown(Why::unreadable("which external tenants the policy names could not be read"))
        }
    }
}

/// Whether a group holds everybody of the class: only a dynamic group for all guests does.
fn group_takes_all(tenant: &Tenant, group: &Ref, class: &Class) -> Answer {
    let Some(found) = tenant.find_group(group) else {
        // Deleted: nobody is in it.
        let deleted = tenant.groups.coverage.is_complete() && group.id().is_some();
        let unknown = || Answer::Unknown(Why::missing(Kind::Group, format!("group `{group}` was not exported")));
        return if deleted { Answer::No } else { unknown() };
    };
    taken_in(found, &group.to_string(), Candidate { kind: Some(class.kind), is_new: true })
}

/// Whether a group takes in somebody by itself (CA-2.40 to CA-2.44). `name` is what it is called.
#[must_use]
pub fn taken_in(group: &Group, name: &str, candidate: Candidate) -> Answer {
    use ExternalUserType::{B2bDirectConnectUser, ServiceProvider};
    // Who has no object here is in no group.
    if matches!(candidate.kind, Some(B2bDirectConnectUser | ServiceProvider)) {
        return Answer::No;
    }
    let unread = || Answer::Unknown(Why::unreadable(format!("the rule of dynamic group `{name}` is not evaluated")));
    let missing = |what: &str| Answer::Unknown(Why::missing(Kind::Group, what.to_owned()));
    match group.intake() {
        Intake::Nobody => Answer::No,
        Intake::Rule(rule) => rule.takes_in(candidate).map_or_else(unread, Answer::from),
        Intake::Perhaps(rule) if rule.takes_in(candidate) == Some(false) => Answer::No,
        Intake::Perhaps(_) => missing(&format!("whether the rule of group `{name}` is processed was not exported")),
        Intake::Untold => missing(&format!("whether group `{name}` is dynamic, and by which rule, was not exported")),
    }
}

/// People in a group, directly or through other groups, and why there may be more of them.
#[must_use]
pub fn people_of(tenant: &Tenant, group: &Ref) -> (Vec<Id>, Vec<Why>) {
    let mut people = Vec::new();
    let mut gaps = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<Ref> = vec![group.clone()];
    while let Some(next) = open.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        let Some(found) = tenant.find_group(&next) else {
            // Deleted: nobody is in it. A name may belong to a group that was renamed.
            if !(tenant.groups.coverage.is_complete() && next.id().is_some()) {
                gaps.push(Why::missing(Kind::Group, format!("group `{next}` was not exported")));
            }
            continue;
        };
        let Ok(members) = &found.members else {
            gaps.push(Why::missing(Kind::Group, format!("members of group `{next}` were not exported")));
            continue;
        };
        for member in &members.items {
            if member.kind == MemberKind::Group || tenant.groups.get(&member.id).is_some() {
                open.push(Ref::Id(member.id.clone()));
            } else if member.kind != MemberKind::Another {
                people.push(member.id.clone());
            }
        }
        if members.cut_off {
            gaps.push(Why::missing(Kind::Group, format!("members of group `{next}` were cut off")));
        }
    }
    // An export of users may name groups whose members were not exported.
    if let Some(found) = tenant.find_group(group) {
        people.extend(tenant.users_naming(&found.id).iter().cloned());
    }
    (people, gaps)
}

/// People who hold a directory role.
fn holders_of(tenant: &Tenant, role: &Ref) -> Result<Vec<Id>, Why> {
    let Ref::Id(template) = role else {
        return Err(Why::unreadable(format!("role `{role}` is not an id")));
    };
    if !tenant.role_assignments.coverage.is_complete() {
        return Err(Why::missing(Kind::RoleAssignment, "who holds the role was not exported"));
    }
    // A role over an administrative unit does not count (CA-2.9).
    let tenant_wide = |assignment: &crate::model::RoleAssignment| {
        !assignment.scope.as_ref().is_ok_and(|scope| scope.starts_with("/administrativeUnits/"))
    };
    let is_it = |assigned: &Id| {
        assigned == template
            || tenant.role_definitions.get(assigned).is_some_and(|role| role.template.as_ref() == Ok(template))
    };
    let holder = |assignment: &crate::model::RoleAssignment| match (&assignment.role, &assignment.principal) {
        (Ok(role), Ok(principal)) if is_it(role) && tenant_wide(assignment) => Some(principal.clone()),
        _ => None,
    };
    Ok(tenant.role_assignments.items.iter().filter_map(holder).collect())
}
