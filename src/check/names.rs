//! What rules on sign-ins name, found in the export before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ConnectedOrganization, Coverage, Group, Id, IdentitySource, Intake, KNOWN_APPLICATIONS, Kind, ServicePrincipal,
    Tenant, Told, known_application,
};
use crate::rules::{Named, NamedKind, PackError, Rule};
use crate::suggest::nearest;

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
                let names = organizations.items.iter().filter_map(|one| one.display_name.as_deref().ok());
                let found = only(&found, rule, name, |one| one.id.clone(), &organizations.coverage, names)?;
                sources(found)?;
                found.id.clone()
            }
            NamedKind::Group => {
                let groups = &tenant.groups;
                let named = |one: &&Group| is_called(&one.display_name, &name.text);
                let found = groups.get(&Id::new(&name.text)).into_iter().collect::<Vec<_>>();
                let found = if found.is_empty() { groups.items.iter().filter(named).collect() } else { found };
                let names = groups.items.iter().filter_map(|one| one.display_name.as_deref().ok());
                let found = only(&found, rule, name, |one| one.id.clone(), &groups.coverage, names)?;
                if found.intake() != Intake::Nobody {
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
    let found = only(&found, rule, name, id_of, &principals.coverage, names_of_applications(tenant))?;
    found.app_id.clone().map_err(|_| Misnamed::Unknown {
        reason: format!("the application id of `{}` was not exported", name.text),
        kind: Kind::ServicePrincipal,
    })
}

/// What applications of a tenant are called, and Microsoft's own.
fn names_of_applications(tenant: &Tenant) -> impl Iterator<Item = &str> {
    let names = tenant.service_principals.items.iter().filter_map(|one| one.display_name.as_deref().ok());
    let known = KNOWN_APPLICATIONS.iter().flat_map(|known| known.aliases.iter().copied().chain([known.name]));
    names.chain(known)
}

/// The one that is meant. `names` are what may be meant where there is none.
fn only<'f, 'n, T>(
    found: &[&'f T],
    rule: &Rule,
    name: &Named,
    id: impl Fn(&T) -> Id,
    coverage: &Coverage,
    names: impl Iterator<Item = &'n str>,
) -> Found<&'f T> {
    let (what, kind) = match name.kind {
        NamedKind::Application => ("application", Kind::ServicePrincipal),
        NamedKind::ConnectedOrganization => ("connected organization", Kind::ConnectedOrganization),
        NamedKind::Group => ("group", Kind::Group),
    };
    match found {
        [one] => Ok(one),
        [] => {
            if coverage.is_complete() {
                let message = format!("the export holds no {what} `{}`", name.text);
                let help = nearest(&name.text, names).map_or_else(
                    || "name one by id, or by its display name in the tenant".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(Misnamed::Rule(Box::new(rule.misnomer(name, message, help))));
            }
            let reason = if coverage.exported {
                format!("the export holds no {what} `{}`, and may not hold all", name.text)
            } else {
                format!("{} was not exported, and the rule names `{}`", kind.as_str(), name.text)
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

/// Something that the configuration names and a complete export lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MisnamedParameter {
    /// The parameter.
    pub parameter: &'static str,
    /// What it names.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
    /// What may be meant.
    pub help: Option<String>,
}

/// A declared emergency account that is no user of a complete export.
pub(super) fn no_account(tenant: &Tenant, name: &str) -> MisnamedParameter {
    let names = tenant.users.items.iter().filter_map(|user| user.user_principal_name.as_deref().ok());
    MisnamedParameter {
        parameter: "emergency-accounts",
        name: name.to_owned(),
        message: format!("the emergency account `{name}` is no user of the export"),
        help: nearest(name, names).map(|near| format!("did you mean `{near}`?")),
    }
}

/// Sensitive applications that a complete export lacks.
pub(super) fn no_applications(tenant: &Tenant, ids: &BTreeSet<String>) -> Vec<MisnamedParameter> {
    let principals = &tenant.service_principals;
    let is_there = |id: &Id| {
        known_application(id.as_str()).is_some()
            || principals.items.iter().any(|found| found.app_id.as_ref() == Ok(id) || found.app_id.is_err())
    };
    let missing = ids.iter().filter(|id| principals.coverage.is_complete() && !is_there(&Id::new(id)));
    let named = |id: &String| {
        let alike = |found: &&ServicePrincipal| found.id == Id::new(id) || is_called(&found.display_name, id);
        let meant = principals.items.iter().find(alike).and_then(|found| found.app_id.as_ref().ok()).map(Id::as_str);
        let ids = principals.items.iter().filter_map(|found| found.app_id.as_ref().ok().map(Id::as_str));
        let meant = meant.or_else(|| nearest(id, ids));
        MisnamedParameter {
            parameter: "sensitive-applications",
            name: id.clone(),
            message: format!("no service principal of the export has the application id `{id}`"),
            help: meant.map(|near| format!("did you mean `{near}`?")),
        }
    };
    missing.map(named).collect()
}

/// How people of an organization sign in, if all of it is known.
pub(super) fn sources(organization: &ConnectedOrganization) -> Found<&[IdentitySource]> {
    let unknown = |what: &str| Misnamed::Unknown {
        reason: format!("{what} of connected organization `{}`", organization.id),
        kind: Kind::ConnectedOrganization,
    };
    let sources = organization.identity_sources.as_ref().map_err(|_| unknown("the export lacks identity sources"))?;
    let open = |source: &IdentitySource| match source {
        IdentitySource::Other(_) | IdentitySource::Tenant { id: None, .. } => true,
        // Graph documents no other social provider (EM-3.7).
        IdentitySource::Social(kind) => !kind.eq_ignore_ascii_case("facebook"),
        _ => false,
    };
    if sources.iter().any(open) {
        Err(unknown("the export does not tell, or Graph does not document, an identity source"))
    } else {
        Ok(sources)
    }
}

fn is_called(name: &Told<String>, text: &str) -> bool {
    name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(text))
}
