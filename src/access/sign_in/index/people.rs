//! People, reduced to what makes a difference to the tenant.

use std::collections::{BTreeSet, HashSet};

use super::super::super::{Answer, Home, Why};
use super::super::controls::Person;
use super::super::{Conditions, DirectoryObject, Provider, Request, Subject, Target};
use super::rows::base;
use super::{Index, RowNumber, three};
use crate::model::{ClientApp, ExternalTenants, ExternalUserType, Id, Ref, SHAREPOINT, TEAMS};

/// Everything about a person that can make a difference to this tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sort {
    pub(super) object: ObjectSort,
    pub(super) kinds: Vec<Option<ExternalUserType>>,
    pub(super) kinds_open: bool,
    pub(super) home: Home,
    pub(super) home_has_id: bool,
    pub(super) provider: Provider,
    pub(super) domain: Option<String>,
    pub(super) groups: Vec<Id>,
    pub(super) direct: Vec<Id>,
    pub(super) granted: BTreeSet<Id>,
    pub(super) roles: BTreeSet<Id>,
    pub(super) many_groups: bool,
    pub(super) enabled: u8,
    pub(super) pending: u8,
    pub(super) to_invite: bool,
    pub(super) other_cloud: bool,
    pub(super) home_id: Option<Id>,
    pub(super) home_groups: Option<BTreeSet<Id>>,
    pub(super) registered: [Option<BTreeSet<String>>; 2],
    pub(super) guest_here_too: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ObjectSort {
    /// Somebody whom something names.
    Named(Id),
    /// Somebody of the export whom nothing names.
    Another,
    Invited,
    Missing,
    NotNeeded,
}

/// A sort of people, made ready.
#[derive(Debug)]
pub(super) struct PersonRow {
    pub(super) subject: Subject,
    /// Rows by what is known of the other way into shared channels (no, yes, unknown) and by Exchange `ActiveSync`.
    pub(super) rows: [[RowNumber; 2]; 3],
    /// Whether policies for the other way hold, in Teams, in SharePoint, and elsewhere.
    pub(super) reach: [u8; 3],
    /// The same where a shared channel is opened, and where none is.
    pub(super) channel: [u8; 2],
    pub(super) capability: u32,
    pub(super) visible: u8,
}

/// What somebody can do about controls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Capability {
    pub(super) kinds: Vec<Option<ExternalUserType>>,
    pub(super) kinds_open: bool,
    pub(super) without_tenant: bool,
    pub(super) provider: Provider,
    pub(super) pending: u8,
    pub(super) trusts: [u8; 5],
    pub(super) registered: [Option<BTreeSet<String>>; 2],
}

impl Index<'_, '_> {
    /// Whom and which groups anything names: others of the export are alike as far as their groups are.
    pub(super) fn name_people(&mut self) {
        let tenant = self.engine.tenant();
        let mut names: HashSet<String> = HashSet::new();
        let mut refer =
            |reference: &Ref, people: bool, named: &mut HashSet<Id>, groups: &mut HashSet<Id>| match reference {
                Ref::Id(id) => {
                    named.insert(id.clone());
                    groups.insert(id.clone());
                }
                Ref::Name(name) if people => {
                    names.insert(name.to_ascii_lowercase());
                }
                reference @ Ref::Name(_) => {
                    groups.extend(tenant.find_group(reference).map(|group| group.id.clone()));
                }
                Ref::Keyword(_) => {}
            };
        for policy in &self.policies {
            let Ok(users) = &policy.users else { continue };
            for scope in users.include_guests.iter().chain(&users.exclude_guests) {
                if let ExternalTenants::Enumerated(ids) = &scope.tenants {
                    self.homes.extend(ids.iter().cloned());
                }
            }
            for reference in users.include_users.iter().chain(&users.exclude_users) {
                refer(reference, true, &mut self.named, &mut self.groups);
            }
            for reference in users.include_groups.iter().chain(&users.exclude_groups) {
                refer(reference, false, &mut self.named, &mut self.groups);
            }
        }
        for assignment in &tenant.role_assignments.items {
            self.homes.extend(tenant.holder_from_outside(assignment).cloned());
            if let Ok(principal) = &assignment.principal {
                self.named.insert(principal.clone());
                self.groups.insert(principal.clone());
            }
        }
        let settings = tenant.cross_tenant_default.items.iter().flat_map(|default| {
            [default.collaboration_outbound.as_ref().ok(), default.direct_connect_outbound.as_ref().ok()]
        });
        let partners = tenant.cross_tenant_partners.items.iter().flat_map(|partner| {
            [&partner.collaboration_outbound, &partner.direct_connect_outbound]
                .map(|setting| setting.as_ref().ok().and_then(Option::as_ref))
        });
        for setting in settings.chain(partners).flatten() {
            for target in setting.users.iter().flat_map(|list| &list.targets) {
                if let Ref::Id(id) = target {
                    self.named.insert(id.clone());
                    self.groups.insert(id.clone());
                }
            }
        }
        for principal in &tenant.service_principals.items {
            if principal.assignment_required == Ok(false) {
                continue;
            }
            for member in principal.assigned.iter().flat_map(|assigned| &assigned.items) {
                match tenant.groups.get(&member.id) {
                    None => {
                        self.named.insert(member.id.clone());
                        self.groups.insert(member.id.clone());
                    }
                    Some(group) => {
                        self.groups.insert(group.id.clone());
                        for person in group.members.iter().flat_map(|members| &members.items) {
                            let direct = self.assigned_groups.entry(person.id.clone()).or_default();
                            if !direct.contains(&group.id) {
                                direct.push(group.id.clone());
                            }
                        }
                    }
                }
            }
        }
        for user in &tenant.users.items {
            let name = user.user_principal_name.as_ref().map(|name| name.to_ascii_lowercase());
            if name.is_ok_and(|name| names.contains(&name)) {
                self.named.insert(user.id.clone());
            }
        }
    }

    /// The number of somebody's sort.
    pub fn person(&mut self, subject: &Subject) -> u32 {
        let sort = self.sort(subject);
        let (number, new) = self.sorts.number(&sort);
        if new {
            let row = self.person_row(subject);
            self.people.push(row);
        }
        number
    }

    /// How many sorts of people were met.
    #[must_use]
    pub fn sorts(&self) -> usize {
        self.people.len()
    }

    pub(super) fn sort(&self, subject: &Subject) -> Sort {
        let tenant = self.engine.tenant();
        let (object, exported) = match &subject.object {
            DirectoryObject::User(id) if self.named.contains(id) => (ObjectSort::Named(id.clone()), Some(id)),
            DirectoryObject::User(id) => (ObjectSort::Another, Some(id)),
            DirectoryObject::Invited => (ObjectSort::Invited, None),
            DirectoryObject::Missing => (ObjectSort::Missing, None),
            DirectoryObject::NotNeeded => (ObjectSort::NotNeeded, None),
        };
        let own = exported.and_then(|id| tenant.groups_of(id));
        let mut groups: Vec<Id> = own
            .into_iter()
            .flatten()
            .chain(&subject.groups)
            .filter(|group| self.groups.contains(*group))
            .cloned()
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let mut direct = exported.and_then(|id| self.assigned_groups.get(id)).cloned().unwrap_or_default();
        direct.extend(subject.direct_groups.iter().filter(|group| self.groups.contains(*group)).cloned());
        direct.sort_unstable();
        direct.dedup();
        Sort {
            object,
            kinds: subject.kinds.clone(),
            kinds_open: subject.kinds_open.is_some(),
            home: match &subject.home {
                // Tenants that nothing names are alike.
                Home::Tenant(id) if !self.homes.contains(id) => Home::OtherTenant,
                home => home.clone(),
            },
            home_has_id: !matches!(&subject.home, Home::OtherTenant),
            provider: subject.provider,
            domain: subject
                .domain
                .clone()
                .filter(|_| self.domains_matter && (subject.to_invite || !subject.pending.is_no())),
            groups,
            direct,
            granted: subject.granted.clone(),
            roles: subject.roles.clone(),
            many_groups: self.engine.many_groups(subject).is_some(),
            enabled: three(&subject.enabled),
            pending: three(&subject.pending),
            to_invite: subject.to_invite,
            other_cloud: subject.other_cloud,
            home_id: subject.home_id.clone(),
            home_groups: subject.home_groups.clone(),
            registered: [subject.registered_at_home.clone(), subject.registered_here.clone()],
            guest_here_too: subject.guest_here_too,
        }
    }

    pub(super) fn person_row(&mut self, subject: &Subject) -> PersonRow {
        let engine = self.engine;
        let unknown = || Answer::Unknown(Why::unspecified("whether a shared channel can be opened is not known"));
        let reaches = [Answer::No, Answer::Yes, unknown()];
        let clients = [None, Some(&ClientApp::ExchangeActiveSync)];
        let rows = reaches.each_ref().map(|reach| {
            clients.map(|client| {
                self.row(|engine, policy| {
                    base(engine, policy).and(|| match policy.workloads {
                        Err(_) => Answer::Yes,
                        Ok(_) => engine.about(policy, subject, client, reach),
                    })
                })
            })
        });
        let plain = Conditions::default();
        let opened = |application: &str| {
            let target = Target::Application(Request::plain(Id::new(application)));
            three(&engine.reach(subject, &target, &plain))
        };
        let reach = [opened(TEAMS), opened(SHAREPOINT), three(&engine.reach(subject, &Target::Unspecified, &plain))];
        let channel = [true, false].map(|opened| {
            let conditions = Conditions { shared_channel: Some(opened), ..Conditions::default() };
            three(&engine.reach(subject, &Target::Unspecified, &conditions))
        });
        let person = Person::of(&engine.matcher, subject, &Target::Unspecified, &plain);
        let capability = Capability {
            kinds: subject.kinds.clone(),
            kinds_open: subject.kinds_open.is_some(),
            without_tenant: subject.home == Home::NoTenant,
            provider: subject.provider,
            pending: three(&subject.pending),
            trusts: person.trusts().map(three),
            registered: [subject.registered_at_home.clone(), subject.registered_here.clone()],
        };
        let visible = three(&person.device_is_visible(&engine.matcher));
        let (capability, _) = self.capabilities.number(&capability);
        PersonRow { subject: subject.clone(), rows, reach, channel, capability, visible }
    }
}
