//! People, applications and what they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::gates::{SETTINGS, Setting};
use super::packages::Grants;
use super::people::{ENTRA, Home, Individual, SOME_TENANT_OR_NONE, kinds_word};
use super::resources::{ANY_OTHER_APPLICATION, USER_ACTIONS};
use super::{ACTIVATED, ANY_OTHER_TENANT, BARRED, Compiler, ELIGIBLE, Eligible, HELD};
use crate::model::{Id, MemberKind};

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `Bool`
    Flag(bool),
    /// `String`
    Text(String),
}

/// An entity: its type, id, attributes and what it is in, directly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entity {
    /// The type.
    pub kind: &'static str,
    /// The id.
    pub id: String,
    /// Attributes.
    pub attributes: BTreeMap<&'static str, Value>,
    /// What it is in, by type and id.
    pub parents: BTreeSet<(&'static str, String)>,
}

impl Entity {
    pub(super) fn new(kind: &'static str, id: &str) -> Self {
        Self { kind, id: id.to_owned(), attributes: BTreeMap::new(), parents: BTreeSet::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.insert(name, Value::Text(value.to_owned()));
        self
    }

    pub(super) fn with_flag(mut self, name: &'static str, value: bool) -> Self {
        self.attributes.insert(name, Value::Flag(value));
        self
    }

    pub(super) fn inside(mut self, kind: &'static str, id: &str) -> Self {
        self.parents.insert((kind, id.to_owned()));
        self
    }

    /// The text of an attribute; empty where it has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.attributes.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }
}

/// A person: a user of the export, or somebody who may come.
pub(super) struct Someone<'p> {
    pub(super) id: &'p str,
    pub(super) name: &'p str,
    pub(super) kind: &'p str,
    pub(super) provider: &'p str,
    pub(super) home: Option<&'p str>,
    pub(super) account: &'p str,
    pub(super) invitation: &'p str,
    pub(super) domain: &'p str,
    pub(super) exists: bool,
}

impl Someone<'_> {
    pub(super) fn entity(&self) -> Entity {
        let of = if self.kind == super::people::INTERNAL_MEMBER { "InternalUser" } else { "ExternalUser" };
        let mut entity = Entity::new(of, self.id)
            .with("displayName", self.name)
            .with("kind", self.kind)
            .with("provider", self.provider)
            .with("account", self.account)
            .with("invitation", self.invitation)
            .with("mailDomain", self.domain)
            .with_flag("exists", self.exists)
            .with_flag("homeObjectsKnown", !self.exists);
        if let Some(home) = self.home {
            entity = entity.inside("Home", home).with("homeTenant", home);
        }
        entity
    }
}

impl Compiler<'_> {
    /// How an application is called; `None` where neither the tenant nor Microsoft tells.
    pub(super) fn application_name(&self, id: &Id) -> Option<String> {
        let principal = self.service_principal(id);
        let known = || crate::model::known_application(id.as_str()).map(|known| known.name.to_owned());
        principal.and_then(|found| found.display_name.clone().ok()).or_else(known)
    }

    pub(super) fn entities(&self) -> Vec<Entity> {
        let mut all = Vec::new();
        let asked = self.packages_asked_about();
        for user in &self.people.users {
            all.push(self.user_entity(user, &asked));
        }
        for home in self.homes() {
            all.push(self.home_entity(&home));
        }
        for (package, granted) in self.tenant.access_packages.items.iter().zip(&self.packages.grants) {
            let id = package.id.as_str();
            all.push(self.giving(
                Entity::new("AccessPackage", id),
                &granted.groups,
                &granted.roles,
                &granted.applications,
            ));
            if !granted.eligible_groups.is_empty() || !granted.eligible_roles.is_empty() {
                let (groups, roles) = (&granted.eligible_groups, &granted.eligible_roles);
                all.push(self.giving(Entity::new(ACTIVATED, id), groups, roles, &granted.eligible_applications));
            }
        }
        let mut groups_of: BTreeMap<&Id, Vec<&str>> = BTreeMap::new();
        let groups = self.resources.groups.borrow();
        for (name, members) in groups.iter() {
            for id in members {
                groups_of.entry(id).or_default().push(name);
            }
        }
        for id in &self.resources.all {
            let name = self.application_name(id).unwrap_or_else(|| {
                if id.as_str() == ANY_OTHER_APPLICATION { "any other application".to_owned() } else { id.to_string() }
            });
            let mut entity =
                Entity::new("Application", id.as_str()).with("appId", id.as_str()).with("displayName", &name);
            for group in groups_of.get(id).into_iter().flatten() {
                entity = entity.inside("ApplicationGroup", group);
            }
            all.push(entity);
        }
        all.extend(self.eligible.get().into_iter().flat_map(Eligible::entities).cloned());
        all.extend(USER_ACTIONS.into_iter().map(|urn| Entity::new("UserAction", urn)));
        all
    }

    /// A package, in the groups and roles that it gives and in those around, as far as they are asked about.
    fn giving(
        &self,
        mut entity: Entity,
        groups: &BTreeSet<Id>,
        roles: &BTreeSet<Id>,
        applications: &BTreeSet<Id>,
    ) -> Entity {
        for group in groups {
            let above = self.tenant.groups_of(group).into_iter().flatten();
            for id in above.chain([group]).filter(|id| self.groups.borrow().contains(*id)) {
                entity = entity.inside("Group", id.as_str());
            }
        }
        for role in self.with_templates(roles.iter()) {
            entity = entity.inside("Role", role.as_str());
        }
        for application in applications {
            entity = entity.inside("AppAssignment", application.as_str());
        }
        entity
    }

    pub(super) fn home_entity(&self, home: &str) -> Entity {
        let mut entity = Entity::new("Home", home);
        if home != SOME_TENANT_OR_NONE {
            entity = entity.inside("Home", ENTRA);
        }
        for name in SETTINGS {
            if self.setting(home, name) == Setting::Yes {
                entity = entity.inside("InboundSetting", name);
            }
        }
        if home != ANY_OTHER_TENANT {
            for organization in self.organizations.of_home(&Id::new(home)) {
                entity = entity.inside("ConnectedOrganization", organization.as_str());
            }
        }
        entity
    }

    /// Packages that give what some condition asks about: to hold any other one makes no difference, and people who are
    /// alike count as one.
    fn packages_asked_about(&self) -> BTreeSet<&Id> {
        let (groups, roles) = (self.groups.borrow(), self.roles.borrow());
        let around = |group: &Id| self.tenant.groups_of(group).into_iter().flatten().any(|own| groups.contains(own));
        let asks = |granted: &Grants| {
            let mut given = granted.groups.iter().chain(&granted.eligible_groups);
            let mut held = granted.roles.iter().chain(&granted.eligible_roles);
            granted.is_untold()
                || !granted.applications.is_empty()
                || !granted.eligible_applications.is_empty()
                || given.any(|group| groups.contains(group) || around(group))
                || held.any(|role| self.with_templates([role].into_iter()).iter().any(|own| roles.contains(*own)))
        };
        let all = self.tenant.access_packages.items.iter().zip(&self.packages.grants);
        all.filter(|(_, granted)| asks(granted)).map(|(package, _)| &package.id).collect()
    }

    fn user_entity(&self, user: &Individual, asked_packages: &BTreeSet<&Id>) -> Entity {
        let kind = kinds_word(&user.kind);
        let someone = Someone {
            id: user.id.as_str(),
            name: &user.name,
            kind: &kind,
            provider: user.provider,
            home: user.home.as_ref().map(Home::id),
            account: user.account,
            invitation: user.invitation,
            domain: &user.domain,
            exists: true,
        };
        let mut entity = someone.entity();
        let asked = self.groups.borrow();
        for group in self.tenant.groups_of(&user.id).into_iter().flatten().filter(|group| asked.contains(*group)) {
            entity = entity.inside("Group", group.as_str());
        }
        for role in self.roles_of(&user.id) {
            entity = entity.inside("Role", role.as_str());
        }
        for application in self.assigned_to(&user.id) {
            entity = entity.inside("AppAssignment", application.as_str());
        }
        for name in self.eligible.get().into_iter().flat_map(|eligible| eligible.of(&user.id)) {
            entity = entity.inside(ELIGIBLE, name);
        }
        for package in self.packages.held_by(&user.id).filter(|package| asked_packages.contains(package)) {
            entity = entity.inside(HELD, package.as_str());
        }
        for package in self.packages.barred_to(self.tenant, &user.id) {
            entity = entity.inside(BARRED, package.as_str());
        }
        let domain = user.home.is_none().then_some(user.domain.as_str());
        for organization in self.organizations.of_person(user.provider, domain) {
            entity = entity.inside("ConnectedOrganization", organization.as_str());
        }
        entity
    }

    /// Roles that a user is known to hold alone over the whole tenant; those through groups are told by the group.
    fn roles_of(&self, user: &Id) -> BTreeSet<&Id> {
        let holders = self.holders.get_or_init(|| {
            let mut by_holder: HashMap<&Id, Vec<&Id>> = HashMap::new();
            for assignment in &self.tenant.role_assignments.items {
                if let (Ok(holder), Ok(role), Ok("/")) =
                    (&assignment.principal, &assignment.role, assignment.scope.as_deref())
                {
                    by_holder.entry(holder).or_default().push(role);
                }
            }
            by_holder
        });
        self.with_templates(holders.get(user).into_iter().flatten().copied())
    }

    /// Roles and their templates, of those that are asked about.
    fn with_templates<'r>(&'r self, roles: impl Iterator<Item = &'r Id>) -> BTreeSet<&'r Id> {
        let asked = self.roles.borrow();
        let with_template = roles.flat_map(|role| {
            let definition = self.tenant.role_definitions.get(role);
            [Some(role), definition.and_then(|found| found.template.as_ref().ok())]
        });
        with_template.flatten().filter(|id| asked.contains(*id)).collect()
    }

    /// Applications that want their users assigned and that a user is assigned to, alone or directly in a group.
    pub(super) fn assigned_to(&self, user: &Id) -> impl Iterator<Item = &Id> {
        let assigned = self.assigned.get_or_init(|| {
            let mut by_user: HashMap<&Id, BTreeSet<&Id>> = HashMap::new();
            for found in &self.tenant.service_principals.items {
                let (Ok(id), Ok(assigned)) = (&found.app_id, &found.assigned) else { continue };
                if found.assignment_required == Ok(false) {
                    continue;
                }
                for member in assigned.items.iter().filter(|member| member.kind != MemberKind::Another) {
                    by_user.entry(&member.id).or_default().insert(id);
                    let members = self.tenant.groups.get(&member.id).and_then(|group| group.members.as_ref().ok());
                    if member.kind != MemberKind::User {
                        for inner in members.iter().flat_map(|members| &members.items) {
                            by_user.entry(&inner.id).or_default().insert(id);
                        }
                    }
                }
            }
            by_user
        });
        assigned.get(user).into_iter().flatten().copied()
    }
}
