//! What rules on sign-ins name, found in the export before anything is decided.

use std::collections::BTreeMap;

use crate::model::{
    ConnectedOrganization, Coverage, Group, Id, IdentitySource, Kind, ServicePrincipal, Tenant, Told, known_application,
};
use crate::rules::{Named, NamedKind, PackError, Rule};

/// Why what a rule names is not found.
pub(super) enum Misnamed {
    /// It is nothing, or more than one thing: a mistake in the rule.
    Rule(Box<PackError>),
    /// The export does not hold it, or not enough of it.
    Unknown { reason: String, kind: Kind },
}

type Found<T> = Result<T, Misnamed>;

/// The ids of everything that a rule names.
pub(super) fn resolve(tenant: &Tenant, rule: &Rule) -> Found<BTreeMap<Named, Id>> {
    let mut ids = BTreeMap::new();
    for name in &rule.names {
        let id = match name.kind {
            NamedKind::Application => application(tenant, rule, name)?,
            NamedKind::ConnectedOrganization => {
                let organizations = &tenant.connected_organizations;
                let named = |one: &&ConnectedOrganization| is_called(&one.display_name, &name.text);
                let found = organizations.get(&Id::new(&name.text)).into_iter().collect::<Vec<_>>();
                let found = if found.is_empty() { organizations.items.iter().filter(named).collect() } else { found };
                let found = only(&found, rule, name, |one| one.id.clone(), &organizations.coverage)?;
                sources(found)?;
                found.id.clone()
            }
            NamedKind::Group => {
                let groups = &tenant.groups;
                let named = |one: &&Group| is_called(&one.display_name, &name.text);
                let found = groups.get(&Id::new(&name.text)).into_iter().collect::<Vec<_>>();
                let found = if found.is_empty() { groups.items.iter().filter(named).collect() } else { found };
                let found = only(&found, rule, name, |one| one.id.clone(), &groups.coverage)?;
                if !matches!(found.membership_rule, Ok(None)) {
                    let reason = format!("who is in group `{}` is decided by a rule that is not evaluated", name.text);
                    return Err(Misnamed::Unknown { reason, kind: Kind::Group });
                }
                found.id.clone()
            }
        };
        ids.insert(name.clone(), id);
    }
    Ok(ids)
}

fn application(tenant: &Tenant, rule: &Rule, name: &Named) -> Found<Id> {
    let id = Id::new(&name.text);
    let principals = &tenant.service_principals;
    if principals.items.iter().any(|one| one.app_id.as_ref() == Ok(&id)) {
        return Ok(id);
    }
    let found: Vec<&ServicePrincipal> =
        principals.items.iter().filter(|one| is_called(&one.display_name, &name.text)).collect();
    if found.is_empty() {
        if let Some(known) = known_application(&name.text) {
            return Ok(Id::new(known.id));
        }
        if id.is_guid() && !principals.coverage.is_complete() {
            return Ok(id);
        }
    }
    let id_of = |one: &ServicePrincipal| one.app_id.as_ref().map_or_else(|_| one.id.clone(), Clone::clone);
    let found = only(&found, rule, name, id_of, &principals.coverage)?;
    found.app_id.clone().map_err(|_| Misnamed::Unknown {
        reason: format!("the application id of `{}` was not exported", name.text),
        kind: Kind::ServicePrincipal,
    })
}

/// The one that is meant.
fn only<'f, T>(found: &[&'f T], rule: &Rule, name: &Named, id: impl Fn(&T) -> Id, coverage: &Coverage) -> Found<&'f T> {
    let (what, kind) = match name.kind {
        NamedKind::Application => ("application", Kind::ServicePrincipal),
        NamedKind::ConnectedOrganization => ("connected organization", Kind::ConnectedOrganization),
        NamedKind::Group => ("group", Kind::Group),
    };
    match found {
        [one] => Ok(one),
        [] => {
            let reason = match (coverage.exported, coverage.is_complete()) {
                (false, _) => format!("{} was not exported, and the rule names `{}`", kind.as_str(), name.text),
                (true, false) => format!("the export holds no {what} `{}`, and may not hold all", name.text),
                (true, true) => format!("the export holds no {what} `{}`", name.text),
            };
            Err(Misnamed::Unknown { reason, kind })
        }
        several => {
            let ids: Vec<String> = several.iter().take(5).map(|one| format!("`{}`", id(one))).collect();
            let message = format!("the export holds {} {what}s of the name `{}`", several.len(), name.text);
            let help = format!("name one by id: {}", ids.join(", "));
            Err(Misnamed::Rule(Box::new(rule.misnomer(name, message, help))))
        }
    }
}

/// How people of an organization sign in, if all of it is known.
pub(super) fn sources(organization: &ConnectedOrganization) -> Found<&[IdentitySource]> {
    let unknown = |what: &str| Misnamed::Unknown {
        reason: format!("{what} of connected organization `{}`", organization.id),
        kind: Kind::ConnectedOrganization,
    };
    let sources = organization.identity_sources.as_ref().map_err(|_| unknown("the export lacks identity sources"))?;
    let open =
        |source: &IdentitySource| matches!(source, IdentitySource::Other(_) | IdentitySource::Tenant { id: None, .. });
    if sources.iter().any(open) { Err(unknown("the export does not tell an identity source")) } else { Ok(sources) }
}

fn is_called(name: &Told<String>, text: &str) -> bool {
    name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(text))
}
