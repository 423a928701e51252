//! Who signs in, as `access` takes a person.

use std::collections::BTreeSet;

use super::{Lifter, is_unexported};
use crate::access::sign_in::{DirectoryObject, Provider, Scenario, Subject, Verdict};
use crate::access::{Answer, Home, Why};
use crate::compile::{
    ACTIVATION, ANY_OTHER_TENANT, Datum, Entity, SOME_TENANT, SOME_TENANT_OR_NONE, SignIn, UNSEEN_PARTNER,
    Value as EntityValue, is_for_users,
};
use crate::model::{ExternalUserType, Id, IdentitySource};

/// A mail domain that nothing names.
const ANY_OTHER_DOMAIN: &str = "any-other-domain";

impl Lifter<'_> {
    /// Who signs in.
    pub(super) fn subject(&self, sign_in: &SignIn) -> Subject {
        let person = &sign_in.person;
        let exists = person.attributes.get("exists") == Some(&EntityValue::Flag(true));
        let user = exists.then(|| self.tenant.users.get(&Id::new(&person.id))).flatten();
        let mut subject = match user {
            Some(user) => Subject::of_user(user, self.resolver.homes()),
            None => self.at_large(person),
        };
        let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
        let of = |wanted: &'static str, entity: &Entity| {
            let above = self.compiled.ancestors(entity).into_iter();
            above.filter(move |(kind, _)| *kind == wanted).map(|(_, id)| Id::new(&id)).collect::<Vec<Id>>()
        };
        for (kind, id) in person.parents.iter().filter(|(kind, _)| is_for_users(kind)) {
            for role in self.compiled.entity(kind, id).into_iter().flat_map(|given| of("Role", given)) {
                subject.roles.insert(role);
            }
            for group in self.compiled.entity(kind, id).into_iter().flat_map(|package| of("Group", package)) {
                subject.join(self.tenant, &group);
            }
        }
        subject.granted.extend(of("AppAssignment", person));
        subject.roles.extend(self.given_by_packages(person, "Role").into_iter().map(|id| Id::new(&id)));
        if user.is_none() && !matches!(subject.home, Home::NoTenant) {
            let own = person.parents.iter().filter(|(kind, _)| *kind == "HomeObject");
            subject.home_groups = Some(own.map(|(_, id)| Id::new(id)).collect());
        }
        subject.guest_here_too = flag("guestHereToo");
        // What is registered here tells something of people who can register here only.
        let internal = matches!(subject.kinds.as_slice(), [None | Some(ExternalUserType::InternalGuest)]);
        if !internal && subject.object != DirectoryObject::NotNeeded {
            let methods = flag("registeredHere").then(|| "sms".to_owned());
            subject.registered_here = Some(methods.into_iter().collect());
        }
        subject
    }

    /// Somebody who is no user of this export.
    fn at_large(&self, person: &Entity) -> Subject {
        let kind = |word: &str| ExternalUserType::ALL.into_iter().find(|kind| kind.as_str() == word);
        let kinds: Vec<Option<ExternalUserType>> = person.text("kind").split(" or ").map(kind).collect();
        let home = match person.text("homeTenant") {
            "" => Home::NoTenant,
            ANY_OTHER_TENANT => Home::OtherTenant,
            UNSEEN_PARTNER => Home::UnseenPartner,
            SOME_TENANT | SOME_TENANT_OR_NONE => Home::UnknownTenant,
            id => Home::Tenant(Id::new(id)),
        };
        let word = person.text("provider");
        let provider = Provider::ALL.into_iter().find(|known| super::super::people::provider(*known) == Some(word));
        let provider = provider.unwrap_or(Provider::Unknown);
        let domain = match person.text("mailDomain") {
            "" => self.domain(person, provider),
            known => Some(known.to_owned()),
        };
        let first = kinds.first().copied().flatten();
        let name = crate::simulate::name(first, &home, provider, domain.as_deref());
        let mut subject = Subject::at_large(kinds, home, provider, name);
        subject.domain = domain;
        if subject.kinds.len() > 1 {
            subject.kinds_open = Some(Why::unspecified("the external user type is not known"));
        }
        if person.text("invitation") == "pending" {
            subject.pending = Answer::Yes;
        }
        if person.text("account") == "disabled" {
            subject.enabled = Answer::No;
        }
        subject
    }

    /// The mail domain of people of an organization that is recognised by it.
    fn domain(&self, person: &Entity, provider: Provider) -> Option<String> {
        if !matches!(provider, Provider::OneTimePasscode | Provider::Federation) {
            return None;
        }
        let organization = person.parents.iter().find(|(kind, _)| *kind == "ConnectedOrganization");
        let found = organization.and_then(|(_, id)| self.tenant.connected_organizations.get(&Id::new(id)))?;
        found.identity_sources.iter().flatten().find_map(|source| match source {
            IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => Some(domain.to_ascii_lowercase()),
            _ => None,
        })
    }

    /// Whether somebody who is not here yet is refused for their mail domain and for nothing else: then their invitation is
    /// still to be redeemed.
    pub(super) fn is_kept_out(&self, sign_in: &SignIn, scenario: &Scenario, let_in: bool) -> Option<Subject> {
        if let_in || !is_yet_to_come(sign_in) || matches!(self.engine.explain(scenario).verdict, Verdict::Block(_)) {
            return None;
        }
        let mut subject = scenario.subject.clone();
        let named = sign_in.person.parents.iter().find(|(kind, _)| *kind == "MailDomain").map(|(_, id)| id.clone());
        subject.domain = subject.domain.take().or(named).or_else(|| Some(ANY_OTHER_DOMAIN.to_owned()));
        subject.to_invite = true;
        if self.engine.refuses_domain(&subject) {
            subject.pending = Answer::Yes;
        }
        Some(subject)
    }

    /// What the packages that somebody holds put them into.
    pub(super) fn given_by_packages(&self, person: &Entity, of: &str) -> BTreeSet<String> {
        let own = person.parents.iter().filter(|(kind, _)| is_for_users(kind));
        let given = own.filter_map(|(kind, id)| self.compiled.entity(kind, id)).flat_map(|found| &found.parents);
        given.filter(|(kind, _)| *kind == of).map(|(_, id)| id.clone()).collect()
    }

    /// Access packages that somebody holds who is no user of the export.
    pub(super) fn packages(sign_in: &SignIn) -> Vec<String> {
        let own = sign_in.person.parents.iter().filter(|(kind, _)| *kind == "AccessPackage");
        own.map(|(_, id)| id.clone()).collect()
    }

    /// What they have activated.
    pub(super) fn activated(sign_in: &SignIn) -> Vec<String> {
        let own = sign_in.person.parents.iter().filter(|(kind, _)| *kind == ACTIVATION);
        own.map(|(_, name)| name.clone()).collect()
    }
}

/// Whether it is of somebody who is not here yet and comes by an invitation.
fn is_yet_to_come(sign_in: &SignIn) -> bool {
    let person = &sign_in.person;
    let exists = person.attributes.get("exists") == Some(&crate::compile::Value::Flag(true));
    !exists && !is_unexported(sign_in) && matches!(person.text("kind"), "b2bCollaborationGuest" | "otherExternalUser")
}
