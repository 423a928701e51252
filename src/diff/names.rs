//! What objects are called that are referred to by id.

use std::collections::{BTreeMap, HashMap};

use super::{Change, Difference};
use crate::model::{Id, Said, Tenant, Told, known_application};

/// The display names of two tenants.
pub(super) struct Names<'t> {
    tenants: [&'t Tenant; 2],
    /// By application id, since references use either of the two ids.
    applications: HashMap<&'t Id, &'t str>,
}

impl<'t> Names<'t> {
    /// Names of the first tenant go before those of the second.
    pub(super) fn new(tenants: [&'t Tenant; 2]) -> Self {
        let mut applications = HashMap::new();
        for principal in tenants.iter().flat_map(|tenant| &tenant.service_principals.items) {
            if let (Ok(id), Ok(name)) = (&principal.app_id, &principal.display_name) {
                applications.entry(id).or_insert(name.as_str());
            }
        }
        Self { tenants, applications }
    }

    pub(super) fn name(&self, id: &str) -> Option<String> {
        let id = Id::new(id);
        let in_tenants = self.tenants.iter().find_map(|tenant| in_tenant(tenant, &id));
        let found = in_tenants.or_else(|| self.applications.get(&id).map(|name| (*name).to_owned()));
        let known = || known_application(id.as_str()).filter(|_| id.is_guid());
        found.or_else(|| known().map(|known| known.name.to_owned()))
    }

    /// The name, or else the id.
    pub(super) fn or_id(&self, id: &Told<Id>) -> Option<String> {
        let id = id.as_ref().ok()?;
        Some(self.name(id.as_str()).unwrap_or_else(|| id.to_string()))
    }
}

fn in_tenant(tenant: &Tenant, id: &Id) -> Option<String> {
    macro_rules! look {
        ($($collection:ident),*) => {
            $(if let Some(Ok(name)) = tenant.$collection.get(id).map(|object| &object.display_name) {
                return Some(name.clone());
            })*
        };
    }
    look!(
        users,
        groups,
        access_packages,
        assignment_policies,
        connected_organizations,
        catalogs,
        conditional_access,
        named_locations,
        strengths,
        authentication_contexts,
        terms_of_use,
        service_principals,
        role_definitions,
        organizations
    );
    None
}

/// Names of everything that the changes refer to by id.
pub(super) fn referred(difference: &Difference, names: &Names<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for object in difference.changes() {
        for change in object.members.iter().map(|member| &member.change) {
            match change {
                Change::Value { old, new } => [old, new].into_iter().for_each(|said| walk(said, names, &mut found)),
                Change::Items { added, removed } => {
                    added.iter().chain(removed).for_each(|said| walk(said, names, &mut found));
                }
            }
        }
        object.says.iter().for_each(|(_, said)| walk(said, names, &mut found));
    }
    found
}

fn walk(said: &Said, names: &Names<'_>, found: &mut BTreeMap<String, String>) {
    match said {
        Said::Thing(thing) => {
            if !found.contains_key(&thing.id)
                && let Some(name) = names.name(&thing.id)
            {
                found.insert(thing.id.clone(), name);
            }
        }
        Said::Set(set) => set.items.iter().for_each(|item| walk(item, names, found)),
        Said::List(items) => items.iter().for_each(|item| walk(item, names, found)),
        Said::Fields(fields) => fields.iter().flat_map(|(_, said)| said).for_each(|said| walk(said, names, found)),
        Said::Word(_) | Said::Text(_) | Said::Flag(_) | Said::Number(_) | Said::Absent(_) => {}
    }
}
