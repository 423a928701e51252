//! Facts of connected organizations.

use std::collections::BTreeSet;

use super::value::{Facts, Places, quoted, why_not};
use super::{Subjects, named_organizations, names_all};
use crate::access::{Answer, Why, is_external};
use crate::model::{
    ConnectedOrganization, Expanded, Gap, IdentitySource, Kind, Member, MemberKind, OrganizationState, Ref,
    RequestorScope, Tenant, Time, Told,
};

const PLACES: Places = &[
    ("hasSponsor", &["internalSponsors"]),
    ("hasInternalSponsor", &["internalSponsors"]),
    ("hasUnavailableSponsor", &["internalSponsors"]),
    ("hasUnresolvableSponsor", &["internalSponsors"]),
    ("state", &["state"]),
    ("ageDays", &["createdDateTime"]),
    ("predatesStates", &["createdDateTime"]),
    ("takesConsumerIdentities", &["identitySources"]),
    ("domainOfEntraTenant", &["identitySources"]),
];

/// 2020-09-09: organizations made before are all configured, whoever made them (EM-3.13).
const STATES_SINCE: Time = Time(1_599_609_600);

/// What assignment policies say of connected organizations.
#[derive(Debug, Default)]
pub(super) struct Referenced {
    /// Whether policies were exported at all.
    exported: bool,
    complete: bool,
    named: BTreeSet<String>,
    all_configured: bool,
    all_existing: bool,
}

impl Referenced {
    pub(super) fn of(tenant: &Tenant) -> Self {
        let coverage = &tenant.assignment_policies.coverage;
        let mut referenced = Self { exported: coverage.exported, complete: coverage.is_complete(), ..Self::default() };
        for policy in &tenant.assignment_policies.items {
            match (&policy.scope, &policy.targets) {
                (Ok(RequestorScope::AllConfiguredConnectedOrganizationUsers), _) => referenced.all_configured = true,
                (Ok(RequestorScope::AllExistingConnectedOrganizationUsers | RequestorScope::AllExternalUsers), _) => {
                    referenced.all_existing = true;
                }
                (Ok(RequestorScope::SpecificConnectedOrganizationUsers), Ok(targets)) => {
                    referenced.complete &= names_all(targets);
                    referenced
                        .named
                        .extend(named_organizations(targets).map(|target| target.to_string().to_lowercase()));
                }
                (
                    Err(_) | Ok(RequestorScope::SpecificConnectedOrganizationUsers | RequestorScope::Undocumented(_)),
                    _,
                ) => {
                    referenced.complete = false;
                }
                _ => {}
            }
        }
        referenced
    }

    fn names(&self, organization: &ConnectedOrganization) -> Answer {
        let kind = Kind::AssignmentPolicy;
        let by_name = organization.display_name.as_ref().is_ok_and(|name| self.named.contains(&name.to_lowercase()));
        if self.all_existing || by_name || self.named.contains(organization.id.as_str()) {
            return Answer::Yes;
        }
        let configured = match &organization.state {
            Ok(state) => Answer::from(*state == OrganizationState::Configured),
            Err(gap) => Answer::Unknown(why_not(Kind::ConnectedOrganization, "state", gap)),
        };
        if self.all_configured && !configured.is_no() {
            return configured;
        }
        if !self.exported {
            return Answer::Unknown(Why::missing(kind, "assignment policies were not exported"));
        }
        if self.complete {
            Answer::No
        } else {
            Answer::Unknown(Why::missing(kind, "whom some assignment policies are for is not known"))
        }
    }
}

/// Whether the organization is one that the reference means.
pub(super) fn is_meant(organization: &ConnectedOrganization, reference: &Ref) -> bool {
    match reference {
        Ref::Id(id) => organization.id == *id,
        other => organization.display_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(&other.to_string())),
    }
}

pub(super) fn facts(subjects: &Subjects<'_>, organization: &ConnectedOrganization) -> Facts {
    let kind = Kind::ConnectedOrganization;
    let mut facts = Facts::new(
        organization.id.as_str(),
        organization.display_name.as_ref().ok(),
        Some(&organization.origin),
        PLACES,
    );
    facts.told(kind, "displayName", &organization.display_name, |name| name.clone().into());
    facts.told(kind, "state", &organization.state, |state| state.as_str().into());
    match &organization.created {
        Ok(created) => {
            facts.optional("ageDays", created.map(|created| subjects.now.days_since(created)));
            facts.set("predatesStates", created.is_some_and(|created| created < STATES_SINCE));
        }
        Err(gap) => {
            facts.lacks("ageDays", why_not(kind, "createdDateTime", gap));
            facts.lacks("predatesStates", why_not(kind, "createdDateTime", gap));
        }
    }
    facts.answer("isReferenced", subjects.referenced.names(organization));
    sponsors(&mut facts, subjects, organization);
    identities(&mut facts, subjects, organization);
    facts
}

/// Whether a sponsor list holds anybody.
pub(super) fn any_sponsor(list: &Told<Expanded<Member>>, name: &str) -> Answer {
    match list {
        Ok(list) => Answer::from(!list.items.is_empty()),
        Err(gap) => Answer::Unknown(why_not(Kind::ConnectedOrganization, name, gap)),
    }
}

/// Whether an internal sponsor is one of ours: a guest in that list is not.
fn any_internal_sponsor(subjects: &Subjects<'_>, organization: &ConnectedOrganization) -> Answer {
    let list = match &organization.internal_sponsors {
        Ok(list) => list,
        Err(gap) => return Answer::Unknown(why_not(Kind::ConnectedOrganization, "internalSponsors", gap)),
    };
    let tenant = subjects.tenant;
    let ours = |member: &Member| match tenant.users.get(&member.id) {
        Some(user) => is_external(user).negated(),
        None if member.kind == MemberKind::Group || tenant.groups.get(&member.id).is_some() => Answer::Yes,
        None => {
            let text = format!("whether sponsor `{}` is a guest was not exported", member.id);
            Answer::Unknown(Why::missing(Kind::User, text))
        }
    };
    let cut_off = || Answer::Unknown(why_not(Kind::ConnectedOrganization, "internalSponsors", &Gap::Lost));
    Answer::any(list.items.iter().map(ours).chain(list.cut_off.then(cut_off)))
}

fn sponsors(facts: &mut Facts, subjects: &Subjects<'_>, organization: &ConnectedOrganization) {
    let internal = any_internal_sponsor(subjects, organization);
    let external = any_sponsor(&organization.external_sponsors, "externalSponsors");
    facts.answer("hasInternalSponsor", internal);
    let listed = any_sponsor(&organization.internal_sponsors, "internalSponsors");
    facts.answer("hasSponsor", Answer::any([listed, external]));
    let lists =
        [("internalSponsors", &organization.internal_sponsors), ("externalSponsors", &organization.external_sponsors)];
    let mut gone = Vec::new();
    let mut lost = Vec::new();
    let mut unavailable = Vec::new();
    let mut unresolvable = Vec::new();
    for (name, list) in lists {
        match list {
            Err(gap) => {
                unavailable.push(Answer::Unknown(why_not(Kind::ConnectedOrganization, name, gap)));
                unresolvable.push(Answer::Unknown(why_not(Kind::ConnectedOrganization, name, gap)));
            }
            Ok(list) => {
                for member in &list.items {
                    let (left, no_group) = sponsor(subjects, member);
                    if left.is_yes() {
                        gone.push(sponsor_name(subjects.tenant, member));
                    }
                    if no_group.is_yes() {
                        lost.push(quoted(&member.id));
                    }
                    unavailable.push(left);
                    unresolvable.push(no_group);
                }
                if list.cut_off {
                    let why =
                        || Answer::Unknown(Why::missing(Kind::ConnectedOrganization, format!("`{name}` was cut off")));
                    unavailable.push(why());
                    unresolvable.push(why());
                }
            }
        }
    }
    facts.answer("hasUnavailableSponsor", Answer::any(unavailable));
    facts.set("unavailableSponsors", gone.join(", "));
    facts.answer("hasUnresolvableSponsor", Answer::any(unresolvable));
    facts.set("unresolvableSponsors", lost.join(", "));
}

fn sponsor_name(tenant: &Tenant, member: &Member) -> String {
    let user = tenant.users.get(&member.id);
    user.and_then(|user| user.display_name.as_ref().ok()).map_or_else(|| quoted(&member.id), quoted)
}

/// Whether a sponsor is a user who left or is disabled, and whether it is a group that does not exist.
fn sponsor(subjects: &Subjects<'_>, member: &Member) -> (Answer, Answer) {
    let tenant = subjects.tenant;
    if let Some(user) = tenant.users.get(&member.id) {
        let enabled = Answer::told(&user.enabled, |gap| why_not(Kind::User, "accountEnabled", gap));
        return (enabled.negated(), Answer::No);
    }
    if tenant.groups.get(&member.id).is_some() {
        return (Answer::No, Answer::No);
    }
    let users = tenant.users.coverage.is_complete() && subjects.holds_members;
    let groups = tenant.groups.coverage.is_complete();
    let user_unknown =
        || Answer::Unknown(Why::missing(Kind::User, format!("sponsor `{}` was not exported", member.id)));
    let group_unknown =
        || Answer::Unknown(Why::missing(Kind::Group, format!("sponsor `{}` was not exported", member.id)));
    match member.kind {
        MemberKind::User if users => (Answer::Yes, Answer::No),
        MemberKind::User => (user_unknown(), Answer::No),
        MemberKind::Group if groups => (Answer::No, Answer::Yes),
        MemberKind::Group => (Answer::No, group_unknown()),
        MemberKind::Another => (Answer::No, Answer::No),
        MemberKind::Unsaid if users && groups => (Answer::Yes, Answer::No),
        MemberKind::Unsaid => (user_unknown(), group_unknown()),
    }
}

fn identities(facts: &mut Facts, subjects: &Subjects<'_>, organization: &ConnectedOrganization) {
    match &organization.identity_sources {
        Ok(sources) => {
            facts.set("takesConsumerIdentities", sources.iter().any(|source| is_consumer(subjects, source)));
            let told = sources.iter().filter_map(consumer_name).map(quoted).collect::<Vec<_>>().join(", ");
            facts.set("identitySources", told);
            let owned = |source: &&IdentitySource| matches!(source, IdentitySource::Domain(domain) if subjects.entra_domains.contains(domain));
            if let Some(IdentitySource::Domain(domain)) = sources.iter().find(owned) {
                facts.set("domainOfEntraTenant", true);
                facts.set("entraDomain", domain.clone());
            } else if subjects.tenant.users.coverage.exported
                || !sources.iter().any(|source| matches!(source, IdentitySource::Domain(_)))
            {
                facts.set("domainOfEntraTenant", false);
                facts.set("entraDomain", "");
            } else {
                let why = Why::missing(Kind::User, "who signs in from the domain was not exported");
                facts.lacks("domainOfEntraTenant", why.clone());
                facts.lacks("entraDomain", why);
            }
        }
        Err(gap) => {
            for path in ["takesConsumerIdentities", "identitySources", "domainOfEntraTenant", "entraDomain"] {
                facts.lacks(path, why_not(Kind::ConnectedOrganization, "identitySources", gap));
            }
        }
    }
}

/// Whether anybody can have such an identity (EM-3.5, EM-3.6).
pub(super) fn is_consumer(subjects: &Subjects<'_>, source: &IdentitySource) -> bool {
    match source {
        IdentitySource::Domain(domain) => subjects.parameters.consumer_domains.contains(domain),
        IdentitySource::Social(_) => true,
        _ => false,
    }
}

fn consumer_name(source: &IdentitySource) -> Option<String> {
    match source {
        IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => Some(domain.clone()),
        IdentitySource::Social(provider) => Some(provider.clone()),
        IdentitySource::Tenant { id, .. } => id.as_ref().map(ToString::to_string),
        IdentitySource::Other(name) => Some(name.clone()),
    }
}
