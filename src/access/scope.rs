//! Whom a policy is about: users of a class, with holes that exclusions make (CA-2).

use std::collections::BTreeSet;

use super::{Answer, Class, Home, Why, external_type, has_entra_home};
use crate::model::{
    ConditionalAccessPolicy, ExternalTenants, ExternalUserType, GuestScope, Id, Keyword, Kind, MemberKind, Ref, Tenant,
    User, Users,
};

/// Whether the policy is about everybody of the class: it takes the class in, and nobody of it is left out (CA-2.1,
/// CA-2.2). Group and role scopes take in named people, never a class, unless a group's rule takes all guests.
#[must_use]
pub fn applies_to(tenant: &Tenant, policy: &ConditionalAccessPolicy, class: &Class) -> Answer {
    let Ok(users) = &policy.users else {
        return Answer::Unknown(Why::unreadable(format!("the users of policy `{}` could not be read", policy.id)));
    };
    includes(tenant, users, class).and(|| excludes(tenant, users, class).negated())
}

/// Whether the policy is about anybody of the class at all: it takes somebody in, and does not leave everybody out.
/// What a policy demands hits these people even where others of their class are excluded.
#[must_use]
pub fn touches(tenant: &Tenant, policy: &ConditionalAccessPolicy, class: &Class) -> Answer {
    let Ok(users) = &policy.users else {
        return Answer::Unknown(Why::unreadable(format!("the users of policy `{}` could not be read", policy.id)));
    };
    let word =
        users.exclude_users.iter().any(|user| user.is(&Keyword::GuestsOrExternalUsers) || user.is(&Keyword::All));
    let left_out = || {
        let by_guests = users.exclude_guests.as_ref().map(|scope| guest_scope(scope, class));
        let by_groups = users.exclude_groups.iter().map(|group| group_takes_all(tenant, group, class));
        Answer::any(std::iter::once(Answer::from(word)).chain(by_guests).chain(by_groups))
    };
    let somebody = || {
        let by_users = users.include_users.iter().map(|user| named_user(tenant, user, class));
        let by_groups = users.include_groups.iter().map(|group| held_by_group(tenant, group, class));
        let by_roles = users.include_roles.iter().map(|role| held_by_role(tenant, role, class));
        Answer::any(by_users.chain(by_groups).chain(by_roles))
    };
    Answer::any([includes(tenant, users, class), somebody()]).and(|| left_out().negated())
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
        return Answer::No;
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
    let Some(found) = find_group(tenant, group) else {
        // Deleted: nobody is in it.
        let deleted = tenant.groups.coverage.is_complete() && group.id().is_some();
        let unknown = || Answer::Unknown(Why::missing(Kind::Group, format!("group `{group}` was not exported")));
        return if deleted { Answer::No } else { unknown() };
    };
    match &found.membership_rule {
        Ok(Some(rule)) if is_all_guests_rule(rule) => Answer::from(is_user_type_guest(class.kind)),
        Ok(Some(_)) => {
            Answer::Unknown(Why::unreadable(format!("the rule of dynamic group `{group}` is not evaluated")))
        }
        Ok(None) => Answer::No,
        Err(_) if found.members.is_ok() => Answer::No,
        Err(_) => {
            Answer::Unknown(Why::missing(Kind::Group, format!("whether group `{group}` is dynamic was not exported")))
        }
    }
}

/// `userType` is Guest for all of these.
fn is_user_type_guest(kind: ExternalUserType) -> bool {
    matches!(
        kind,
        ExternalUserType::InternalGuest | ExternalUserType::B2bCollaborationGuest | ExternalUserType::OtherExternalUser
    )
}

/// Whether a rule of a dynamic group takes in all guests and nobody else.
#[must_use]
pub fn is_all_guests_rule(rule: &str) -> bool {
    let plain: String = rule.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '\'')).collect();
    plain.eq_ignore_ascii_case("user.userType-eqGuest")
}

/// Whether somebody of the class is left out. People named one by one, in a group or by a role, make a hole too.
fn excludes(tenant: &Tenant, users: &Users, class: &Class) -> Answer {
    let word =
        users.exclude_users.iter().any(|user| user.is(&Keyword::GuestsOrExternalUsers) || user.is(&Keyword::All));
    if word {
        return Answer::Yes;
    }
    let by_guests = users.exclude_guests.as_ref().map(|scope| guest_scope(scope, class));
    if by_guests.as_ref().is_some_and(Answer::is_yes) {
        return Answer::Yes;
    }
    // People without an object here are in no list, group or role.
    if matches!(class.kind, ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider) {
        return by_guests.unwrap_or(Answer::No);
    }
    let by_users = users.exclude_users.iter().map(|user| named_user(tenant, user, class));
    let by_groups = users.exclude_groups.iter().map(|group| held_by_group(tenant, group, class));
    let by_roles = users.exclude_roles.iter().map(|role| held_by_role(tenant, role, class));
    Answer::any(by_guests.into_iter().chain(by_users).chain(by_groups).chain(by_roles))
}

fn named_user(tenant: &Tenant, user: &Ref, class: &Class) -> Answer {
    match user {
        Ref::Keyword(_) => Answer::No,
        Ref::Id(id) => person(tenant, id, class),
        Ref::Name(name) => {
            let named = tenant
                .users
                .items
                .iter()
                .find(|user| user.user_principal_name.as_ref().is_ok_and(|upn| upn.eq_ignore_ascii_case(name)));
            match named {
                Some(user) => of_class(user, class),
                None => Answer::Unknown(Why::missing(Kind::User, format!("user `{name}` was not exported"))),
            }
        }
    }
}

fn person(tenant: &Tenant, id: &Id, class: &Class) -> Answer {
    match tenant.users.find(id) {
        Ok(Some(user)) => of_class(user, class),
        // Deleted: nobody is left out.
        Ok(None) => Answer::No,
        Err(_) => Answer::Unknown(Why::missing(Kind::User, format!("user `{id}` was not exported"))),
    }
}

fn of_class(user: &User, class: &Class) -> Answer {
    match external_type(user) {
        Ok(Some(kind)) if kind == class.kind => at_home(user, class),
        Ok(_) => Answer::No,
        Err(why) => Answer::Unknown(why),
    }
}

/// Whether the user may be of the class's home. Which Entra tenant a user comes from an export does not say (CA-2.24):
/// it may be any.
fn at_home(user: &User, class: &Class) -> Answer {
    if class.kind == ExternalUserType::InternalGuest {
        return Answer::Yes;
    }
    match (has_entra_home(user), &class.home) {
        (Answer::Yes, Home::NoTenant) => Answer::No,
        (Answer::No, home) => Answer::from(*home == Home::NoTenant),
        _ => Answer::Yes,
    }
}

fn find_group<'t>(tenant: &'t Tenant, group: &Ref) -> Option<&'t crate::model::Group> {
    match group {
        Ref::Id(id) => tenant.groups.get(id),
        Ref::Name(name) => tenant
            .groups
            .items
            .iter()
            .find(|known| known.display_name.as_ref().is_ok_and(|display| display.eq_ignore_ascii_case(name))),
        Ref::Keyword(_) => None,
    }
}

/// Whether somebody of the class is known to be in the group, directly or through other groups (CA-2.7).
fn held_by_group(tenant: &Tenant, group: &Ref, class: &Class) -> Answer {
    if let Some(Ok(Some(rule))) = find_group(tenant, group).map(|found| &found.membership_rule)
        && is_all_guests_rule(rule)
        && is_user_type_guest(class.kind)
    {
        return Answer::Yes;
    }
    let (people, gaps) = people_of(tenant, group);
    Answer::any(people.iter().map(|id| person(tenant, id, class)).chain(gaps.into_iter().map(Answer::Unknown)))
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
        let Some(found) = find_group(tenant, &next) else {
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
    // Exports of users may name groups that were exported without their members.
    if let Some(found) = find_group(tenant, group) {
        for user in &tenant.users.items {
            if tenant.groups_of(&user.id).is_some_and(|groups| groups.contains(&found.id)) && !people.contains(&user.id)
            {
                people.push(user.id.clone());
            }
        }
    }
    (people, gaps)
}

fn held_by_role(tenant: &Tenant, role: &Ref, class: &Class) -> Answer {
    let Ref::Id(template) = role else {
        return Answer::Unknown(Why::unreadable(format!("role `{role}` is not an id")));
    };
    if !tenant.role_assignments.coverage.is_complete() {
        return Answer::Unknown(Why::missing(Kind::RoleAssignment, "who holds the role was not exported"));
    }
    let holds = |assigned: &Id| {
        assigned == template
            || tenant.role_definitions.get(assigned).is_some_and(|role| role.template.as_ref() == Ok(template))
    };
    Answer::any(tenant.role_assignments.items.iter().filter_map(|assignment| {
        let (Ok(role), Ok(principal)) = (&assignment.role, &assignment.principal) else { return None };
        holds(role).then(|| person(tenant, principal, class))
    }))
}
