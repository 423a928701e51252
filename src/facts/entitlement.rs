//! Facts of catalogs, access packages, assignment policies and assignments.

use super::organization::{any_sponsor, is_consumer, is_meant};
use super::value::{Facts, MissingFact, Places, Record, quoted, why_not};
use super::{Subjects, named_organizations, names_all};
use crate::access::{Answer, Why, is_external, people_of};
use crate::model::{
    AccessPackage, ApprovalStage, Assignment, AssignmentPolicy, AssignmentState, Catalog, ConnectedOrganization,
    Dialect, Expiration, Id, Kind, OrganizationState, Ref, RequestorScope, ResourceRole, SubjectSet,
    is_all_guests_rule,
};

pub(super) fn catalog(catalog: &Catalog) -> Facts {
    const PLACES: Places = &[("state", &["state"]), ("isExternallyVisible", &["isExternallyVisible"])];
    let mut facts = Facts::new(catalog.id.as_str(), catalog.display_name.as_ref().ok(), Some(&catalog.origin), PLACES);
    facts.told(Kind::Catalog, "displayName", &catalog.display_name, |name| name.clone().into());
    facts.told(Kind::Catalog, "state", &catalog.state, |state| state.as_str().into());
    facts.told(Kind::Catalog, "isExternallyVisible", &catalog.externally_visible, |visible| (*visible).into());
    facts
}

pub(super) fn access_package(subjects: &Subjects<'_>, package: &AccessPackage) -> Facts {
    const PLACES: Places = &[("grantsPrivilege", &["resourceRoleScopes"]), ("isHidden", &["isHidden"])];
    let mut facts = Facts::new(package.id.as_str(), package.display_name.as_ref().ok(), Some(&package.origin), PLACES);
    facts.told(Kind::AccessPackage, "displayName", &package.display_name, |name| name.clone().into());
    facts.told(Kind::AccessPackage, "isHidden", &package.hidden, |hidden| (*hidden).into());
    let (answer, told) = privileges(subjects, package);
    facts.answer("grantsPrivilege", answer);
    facts.set("privileges", told);
    facts
}

const V1_PLACES: Places = &[
    ("scope", &["allowedTargetScope"]),
    ("admitsExternalUsers", &["allowedTargetScope"]),
    ("acceptsRequests", &["requestorSettings", "enableTargetsToSelfAddAccess"]),
    ("expiration", &["expiration"]),
    ("extension", &["requestApprovalSettings", "isApprovalRequiredForUpdate"]),
    ("approval", &["requestApprovalSettings"]),
    ("review", &["reviewSettings"]),
    ("grantsPrivilege", &["accessPackage"]),
];

const BETA_PLACES: Places = &[
    ("scope", &["requestorSettings", "scopeType"]),
    ("admitsExternalUsers", &["requestorSettings", "scopeType"]),
    ("acceptsRequests", &["requestorSettings", "acceptRequests"]),
    ("expiration", &["durationInDays"]),
    ("extension", &["requestApprovalSettings", "isApprovalRequiredForExtension"]),
    ("approval", &["requestApprovalSettings"]),
    ("review", &["accessReviewSettings"]),
    ("grantsPrivilege", &["accessPackageId"]),
];

pub(super) fn assignment_policy(subjects: &Subjects<'_>, policy: &AssignmentPolicy) -> Facts {
    let kind = Kind::AssignmentPolicy;
    let places = if policy.dialect == Ok(Dialect::Beta) { BETA_PLACES } else { V1_PLACES };
    let mut facts = Facts::new(policy.id.as_str(), policy.display_name.as_ref().ok(), Some(&policy.origin), places);
    facts.told(kind, "displayName", &policy.display_name, |name| name.clone().into());
    facts.told(kind, "scope", &policy.scope, |scope| scope.as_str().into());
    facts.told(kind, "acceptsRequests", &policy.accepts_requests, |accepts| (*accepts).into());
    facts.answer("admitsExternalUsers", admits_external_users(subjects, policy));
    expiration(&mut facts, subjects, policy);
    approval(&mut facts, policy);
    review(&mut facts, policy);
    sponsor_approval(&mut facts, subjects, policy);
    facts.answer("reachesConsumerIdentities", reaches_consumers(subjects, policy));
    let package = policy.access_package.as_ref().ok().and_then(Ref::id);
    let package = package.and_then(|id| subjects.tenant.access_packages.get(id));
    let (grants, told) = match package {
        Some(package) => privileges(subjects, package),
        None => (
            Answer::Unknown(Why::missing(Kind::AccessPackage, "the policy's access package was not exported")),
            String::new(),
        ),
    };
    facts.answer("grantsPrivilege", grants);
    facts.set("privileges", told);
    let name = policy.access_package.as_ref().ok().and_then(|package| subjects.package_name(package));
    facts.set("accessPackage", name.unwrap_or_default());
    facts
}

/// Whether people from outside can hold access through the policy (EM-2.4 to EM-2.8): external scopes, the whole directory with
/// its guests, or named users and groups that hold guests.
fn admits_external_users(subjects: &Subjects<'_>, policy: &AssignmentPolicy) -> Answer {
    let scope = match &policy.scope {
        Ok(scope) => scope,
        Err(gap) => return Answer::Unknown(why_not(Kind::AssignmentPolicy, "scope", gap)),
    };
    match scope {
        RequestorScope::SpecificConnectedOrganizationUsers
        | RequestorScope::AllConfiguredConnectedOrganizationUsers
        | RequestorScope::AllExistingConnectedOrganizationUsers
        | RequestorScope::AllExternalUsers
        | RequestorScope::AllDirectoryUsers => Answer::Yes,
        RequestorScope::SpecificDirectoryUsers => match &policy.targets {
            Ok(targets) => Answer::any(targets.iter().map(|target| holds_guests(subjects, target))),
            Err(gap) => Answer::Unknown(why_not(Kind::AssignmentPolicy, "specificAllowedTargets", gap)),
        },
        RequestorScope::Undocumented(text) => {
            Answer::Unknown(Why::unreadable(format!("`{text}` is not a scope that is documented")))
        }
        _ => Answer::No,
    }
}

fn holds_guests(subjects: &Subjects<'_>, target: &SubjectSet) -> Answer {
    let tenant = subjects.tenant;
    let unknown = |kind, what: &Option<Ref>| {
        let name = what.as_ref().map_or_else(|| "without an id".to_owned(), |what| format!("`{what}`"));
        Answer::Unknown(Why::missing(kind, format!("whether {name} is or holds guests was not exported")))
    };
    match target {
        SubjectSet::User(reference) => {
            let user = reference.as_ref().and_then(Ref::id).and_then(|id| tenant.users.get(id));
            user.map_or_else(|| unknown(Kind::User, reference), is_external)
        }
        SubjectSet::Group(Some(group)) => {
            let (people, gaps) = people_of(tenant, group);
            let of_person = |id: &Id| match tenant.users.get(id) {
                Some(user) => is_external(user),
                None => unknown(Kind::User, &Some(Ref::Id(id.clone()))),
            };
            Answer::any(people.iter().map(of_person).chain(gaps.into_iter().map(Answer::Unknown)))
        }
        SubjectSet::Group(None) => unknown(Kind::Group, &None),
        SubjectSet::Rule(rule) if is_all_guests_rule(rule) => Answer::Yes,
        SubjectSet::Rule(rule) => {
            Answer::Unknown(Why::unreadable(format!("whom the rule `{rule}` takes in is not evaluated")))
        }
        SubjectSet::Other(kind) => {
            Answer::Unknown(Why::unreadable(format!("a set of people of the type `{kind}` is not understood")))
        }
        _ => Answer::No,
    }
}

fn expiration(facts: &mut Facts, subjects: &Subjects<'_>, policy: &AssignmentPolicy) {
    match &policy.expiration {
        Ok(expiration) => {
            let mut record = Record::default();
            match expiration {
                Expiration::Never => record.set("kind", "never"),
                Expiration::AfterDays(days) => {
                    record.set("kind", "days");
                    record.set("days", *days);
                }
                Expiration::At(time) => {
                    record.set("kind", "date");
                    record.set("daysLeft", time.days_since(subjects.now));
                }
            }
            record.into_facts(facts, "expiration");
        }
        Err(gap) => facts.lacks("expiration", why_not(Kind::AssignmentPolicy, "expiration", gap)),
    }
}

fn approval(facts: &mut Facts, policy: &AssignmentPolicy) {
    let kind = Kind::AssignmentPolicy;
    let mut extension = Record::default();
    extension.answer(
        "allowed",
        "extension.allowed",
        Answer::told(&policy.can_extend, |gap| why_not(kind, "extension", gap)),
    );
    match &policy.approval {
        Ok(approval) => {
            let mut record = Record::default();
            record.set("required", approval.required);
            record.set("onlySponsors", approval.required && approval.stages.iter().any(asks_only_sponsors));
            record.set(
                "onlyOrganizationSponsors",
                approval.required
                    && approval
                        .stages
                        .iter()
                        .any(|stage| asks_only_sponsors(stage) && asks_organization_sponsors(stage)),
            );
            record.into_facts(facts, "approval");
            if let Some(required) = approval.required_for_extension {
                extension.set("approvalRequired", required);
            } else {
                let why = Why::missing(kind, "whether an extension needs approval was not exported");
                extension.missing.push(MissingFact { path: "extension.approvalRequired", why });
            }
        }
        Err(gap) => {
            facts.lacks("approval", why_not(kind, "requestApprovalSettings", gap));
            let why = why_not(kind, "requestApprovalSettings", gap);
            extension.missing.push(MissingFact { path: "extension.approvalRequired", why });
        }
    }
    extension.into_facts(facts, "extension");
}

/// A stage that nobody can answer when the sponsors resolve to nobody (EM-4.10).
fn asks_only_sponsors(stage: &ApprovalStage) -> bool {
    !stage.primary.is_empty() && stage.primary.iter().all(SubjectSet::is_sponsors) && stage.fallback.is_empty()
}

fn asks_organization_sponsors(stage: &ApprovalStage) -> bool {
    stage.primary.iter().any(|set| matches!(set, SubjectSet::InternalSponsors | SubjectSet::ExternalSponsors))
}

fn review(facts: &mut Facts, policy: &AssignmentPolicy) {
    match &policy.review {
        Ok(review) => {
            let mut record = Record::default();
            record.set("enabled", review.as_ref().is_some_and(|review| review.enabled));
            let timeout = review.as_ref().and_then(|review| review.when_unanswered.as_ref());
            if timeout.is_none() && review.as_ref().is_some_and(|review| review.enabled) {
                let why =
                    Why::missing(Kind::AssignmentPolicy, "what happens when nobody answers a review was not exported");
                record.missing.push(MissingFact { path: "review.whenUnanswered", why });
            }
            record.optional("whenUnanswered", timeout.map(|timeout| timeout.as_str().to_owned()));
            record.into_facts(facts, "review");
        }
        Err(gap) => facts.lacks("review", why_not(Kind::AssignmentPolicy, "reviewSettings", gap)),
    }
}

/// An organization that the policy may reach, and whether it does.
struct Reach<'t> {
    organization: &'t ConnectedOrganization,
    within: Answer,
}

/// Organizations that the policy reaches, and why there may be more.
fn reached<'t>(subjects: &Subjects<'t>, policy: &AssignmentPolicy) -> (Vec<Reach<'t>>, Vec<Why>) {
    let collection = &subjects.tenant.connected_organizations;
    let mut gaps = Vec::new();
    let sure = |organization| Reach { organization, within: Answer::Yes };
    if !collection.coverage.is_complete() {
        gaps.push(Why::missing(Kind::ConnectedOrganization, "connected organizations were not all exported"));
    }
    let organizations = match &policy.scope {
        Ok(RequestorScope::SpecificConnectedOrganizationUsers) => match &policy.targets {
            Ok(targets) => {
                gaps.clear();
                if !names_all(targets) {
                    gaps.push(Why::unreadable("one of `specificAllowedTargets` is not understood or has no id"));
                }
                let mut found = Vec::new();
                for target in named_organizations(targets) {
                    let by_id = target.id().and_then(|id| collection.get(id));
                    let by_name = || collection.items.iter().find(|one| target.id().is_none() && is_meant(one, target));
                    match by_id.or_else(by_name) {
                        Some(organization) => found.push(sure(organization)),
                        None => gaps.push(Why::missing(
                            Kind::ConnectedOrganization,
                            format!("connected organization `{target}` was not exported"),
                        )),
                    }
                }
                found
            }
            Err(gap) => {
                gaps = vec![why_not(Kind::AssignmentPolicy, "specificAllowedTargets", gap)];
                Vec::new()
            }
        },
        Ok(RequestorScope::AllConfiguredConnectedOrganizationUsers) => {
            let reach = |organization: &'t ConnectedOrganization| Reach {
                organization,
                within: match &organization.state {
                    Ok(state) => Answer::from(*state == OrganizationState::Configured),
                    Err(gap) => Answer::Unknown(why_not(Kind::ConnectedOrganization, "state", gap)),
                },
            };
            collection.items.iter().map(reach).collect()
        }
        Ok(RequestorScope::AllExistingConnectedOrganizationUsers | RequestorScope::AllExternalUsers) => {
            collection.items.iter().map(sure).collect()
        }
        Ok(_) => {
            gaps.clear();
            Vec::new()
        }
        Err(gap) => {
            gaps = vec![why_not(Kind::AssignmentPolicy, "scope", gap)];
            Vec::new()
        }
    };
    (organizations, gaps)
}

/// Whether the policy asks sponsors that some organization it reaches does not have, with nobody to fall back on.
fn sponsor_approval(facts: &mut Facts, subjects: &Subjects<'_>, policy: &AssignmentPolicy) {
    let mut names = Vec::new();
    let answer = match &policy.approval {
        Err(gap) => Answer::Unknown(why_not(Kind::AssignmentPolicy, "requestApprovalSettings", gap)),
        Ok(approval) => {
            let depends = |stage: &&ApprovalStage| asks_only_sponsors(stage) && asks_organization_sponsors(stage);
            let depends: Vec<&ApprovalStage> = approval.stages.iter().filter(depends).collect();
            if depends.is_empty() || !approval.required {
                Answer::No
            } else {
                let (organizations, gaps) = reached(subjects, policy);
                let mut answers = Vec::new();
                for Reach { organization, within } in organizations {
                    let missing =
                        within.and(|| Answer::any(depends.iter().map(|stage| lacks_all(organization, stage))));
                    if missing.is_yes() {
                        let name = organization.display_name.as_ref();
                        names.push(quoted(name.unwrap_or(&organization.id.to_string())));
                    }
                    answers.push(missing);
                }
                Answer::any(answers.into_iter().chain(gaps.into_iter().map(Answer::Unknown)))
            }
        }
    };
    facts.answer("asksMissingSponsors", answer);
    facts.set("organizationsWithoutSponsors", names.join(", "));
}

/// Whether nobody that the stage asks exists for people of the organization.
fn lacks_all(organization: &ConnectedOrganization, stage: &ApprovalStage) -> Answer {
    Answer::all(stage.primary.iter().map(|set| match set {
        SubjectSet::InternalSponsors => any_sponsor(&organization.internal_sponsors, "internalSponsors").negated(),
        SubjectSet::ExternalSponsors => any_sponsor(&organization.external_sponsors, "externalSponsors").negated(),
        // Sponsors of a user object that does not exist yet: none.
        _ => Answer::Yes,
    }))
}

/// Whether all configured organizations include one whose people anybody can be (EM-3.5).
fn reaches_consumers(subjects: &Subjects<'_>, policy: &AssignmentPolicy) -> Answer {
    match &policy.scope {
        Ok(
            RequestorScope::AllConfiguredConnectedOrganizationUsers
            | RequestorScope::AllExistingConnectedOrganizationUsers,
        ) => {}
        Ok(_) => return Answer::No,
        Err(gap) => return Answer::Unknown(why_not(Kind::AssignmentPolicy, "scope", gap)),
    }
    let (organizations, gaps) = reached(subjects, policy);
    let consumer = |reach: Reach<'_>| {
        reach.within.and(|| match &reach.organization.identity_sources {
            Ok(sources) => Answer::from(sources.iter().any(|source| is_consumer(subjects, source))),
            Err(gap) => Answer::Unknown(why_not(Kind::ConnectedOrganization, "identitySources", gap)),
        })
    };
    Answer::any(organizations.into_iter().map(consumer).chain(gaps.into_iter().map(Answer::Unknown)))
}

/// Whether a package grants a directory role, ownership, or a group that holds directory roles; and what they are.
fn privileges(subjects: &Subjects<'_>, package: &AccessPackage) -> (Answer, String) {
    let roles = match &package.resource_roles {
        Ok(roles) => roles,
        Err(gap) => return (Answer::Unknown(why_not(Kind::AccessPackage, "resourceRoleScopes", gap)), String::new()),
    };
    let mut told = Vec::new();
    let mut answers = Vec::new();
    for role in &roles.items {
        let answer = is_privileged(subjects, role);
        if answer.is_yes() {
            let resource = role.resource_name.as_deref().or(role.resource_origin_id.as_deref()).unwrap_or("a resource");
            let name = role.role_name.as_deref().or(role.role_origin_id.as_deref()).unwrap_or("a role");
            told.push(format!("{} ({})", quoted(resource), quoted(name)));
        }
        answers.push(answer);
    }
    if roles.cut_off {
        answers.push(Answer::Unknown(Why::missing(Kind::AccessPackage, "`resourceRoleScopes` was cut off")));
    }
    (Answer::any(answers), told.join(", "))
}

fn is_privileged(subjects: &Subjects<'_>, role: &ResourceRole) -> Answer {
    let system = |wanted: &str| {
        [&role.role_origin_system, &role.resource_origin_system]
            .iter()
            .any(|system| system.as_deref().is_some_and(|system| system.eq_ignore_ascii_case(wanted)))
    };
    // Active or eligible: both hand out the role.
    if system("DirectoryRole") {
        return Answer::Yes;
    }
    let origin = role.role_origin_id.as_deref().unwrap_or_default();
    // Owner, or an owner by Privileged Identity Management.
    let is_owner = |text: &str| text.to_ascii_lowercase().ends_with("owner");
    let owner = origin.split_once('_').is_some_and(|(kind, _)| is_owner(kind))
        || role.role_name.as_deref().is_some_and(|name| is_owner(name) && !system("AadApplication"));
    if owner {
        return Answer::Yes;
    }
    if role.role_origin_system.is_none() && role.resource_origin_system.is_none() {
        let name = role.role_name.as_deref().or(role.role_origin_id.as_deref()).unwrap_or("without a name");
        let text = format!("what kind of resource the role `{name}` belongs to was not exported");
        return Answer::Unknown(Why::missing(Kind::AccessPackage, text));
    }
    if !system("AadGroup") {
        return Answer::No;
    }
    let id = origin.split_once('_').map(|(_, id)| id).or(role.resource_origin_id.as_deref());
    let Some(id) = id.map(Id::new) else {
        return Answer::Unknown(Why::missing(Kind::AccessPackage, "which group a package grants was not exported"));
    };
    if subjects.role_holders.contains_key(&id) {
        return Answer::Yes;
    }
    match subjects.tenant.groups.get(&id) {
        Some(group) => match &group.role_assignable {
            Ok(assignable) => Answer::from(*assignable),
            Err(gap) => Answer::Unknown(why_not(Kind::Group, "isAssignableToRole", gap)),
        },
        None => Answer::Unknown(Why::missing(Kind::Group, format!("group `{id}` was not exported"))),
    }
}

pub(super) fn assignment(subjects: &Subjects<'_>, assignment: &Assignment) -> Facts {
    const PLACES: Places = &[("hasEnd", &["schedule", "expiration"]), ("isActive", &["state"])];
    let kind = Kind::Assignment;
    let name = assignment.target_name.as_ref().ok();
    let mut facts = Facts::new(assignment.id.as_str(), name, Some(&assignment.origin), PLACES);
    facts.set("displayName", facts.name.clone());
    facts.told(kind, "isActive", &assignment.state, |state| {
        matches!(state, AssignmentState::Delivering | AssignmentState::PartiallyDelivered | AssignmentState::Delivered)
            .into()
    });
    facts.told(kind, "hasEnd", &assignment.end, |end| end.is_some().into());
    let policy =
        assignment.policy.as_ref().ok().and_then(Ref::id).and_then(|id| subjects.tenant.assignment_policies.get(id));
    match policy.map(|policy| &policy.expiration) {
        Some(Ok(expiration)) => facts.set("policyExpires", *expiration != Expiration::Never),
        Some(Err(gap)) => facts.lacks("policyExpires", why_not(Kind::AssignmentPolicy, "expiration", gap)),
        None => facts
            .lacks("policyExpires", Why::missing(Kind::AssignmentPolicy, "the assignment's policy was not exported")),
    }
    let target = assignment.target.as_ref().ok().and_then(|id| subjects.tenant.users.get(id));
    facts.answer(
        "isOfExternalUser",
        target.map_or_else(
            || Answer::Unknown(Why::missing(Kind::User, "the person whom the assignment is for was not exported")),
            is_external,
        ),
    );
    let package = assignment.access_package.as_ref().ok().and_then(|package| subjects.package_name(package));
    facts.set("accessPackage", package.unwrap_or_default());
    facts
}
