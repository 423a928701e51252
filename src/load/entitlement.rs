//! Reads entitlement management in both of Graph's dialects (Graph documentation, entitlement management v1.0 and beta).

use super::members::{Members, or_default, or_empty, or_unset, required};
use crate::model::{
    AccessPackage, Approval, ApprovalStage, Assignment, AssignmentPolicy, AssignmentState, Catalog, CatalogResource,
    CatalogState, ConnectedOrganization, Dialect, EntitlementSettings, Expanded, Expiration, Gap, Id, IdentitySource,
    LifecycleAction, OrganizationState, Ref, RequestorScope, ResourceRole, Review, ReviewTimeout, SubjectSet, Told,
};
use crate::source::Origin;

pub(super) fn connected_organization(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> ConnectedOrganization {
    let mut organization = ConnectedOrganization::untold(id, origin);
    organization.display_name = required(members.text("displayName"));
    organization.state = required(members.word("state", OrganizationState::read, OrganizationState::is_known));
    organization.created = members.time("createdDateTime");
    organization.identity_sources = identity_sources(members);
    organization.internal_sponsors = members.directory_objects("internalSponsors");
    organization.external_sponsors = members.directory_objects("externalSponsors");
    organization
}

fn identity_sources(members: &Members<'_, '_, '_>) -> Told<Vec<IdentitySource>> {
    let sources = members.objects("identitySources")?.unwrap_or_default();
    Ok(sources.iter().map(identity_source).collect())
}

fn identity_source(source: &Members<'_, '_, '_>) -> IdentitySource {
    let domain = || source.text("domainName").ok().flatten().map(|domain| domain.to_ascii_lowercase());
    let tenant = |other_cloud| IdentitySource::Tenant {
        id: source.id("tenantId").ok().flatten(),
        name: source.text("displayName").ok().flatten(),
        other_cloud,
    };
    match source.type_name().as_deref() {
        Some("azureactivedirectorytenant") => tenant(false),
        Some("crosscloudazureactivedirectorytenant") => tenant(true),
        Some("domainidentitysource") => IdentitySource::Domain(domain().unwrap_or_default()),
        Some("externaldomainfederation") => IdentitySource::Federation(domain().unwrap_or_default()),
        Some("socialidentitysource") => {
            IdentitySource::Social(source.text("socialIdentitySourceType").ok().flatten().unwrap_or_default())
        }
        Some(other) => IdentitySource::Other(other.to_owned()),
        None if source.has("issuerUri") => IdentitySource::Federation(domain().unwrap_or_default()),
        None if source.has("domainName") => IdentitySource::Domain(domain().unwrap_or_default()),
        None if source.has("tenantId") => tenant(source.has("cloudInstance")),
        None => IdentitySource::Other(String::new()),
    }
}

pub(super) fn catalog(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> Catalog {
    let mut catalog = Catalog::untold(id, origin);
    catalog.display_name = required(members.text("displayName"));
    let state = if members.has("catalogStatus") { "catalogStatus" } else { "state" };
    catalog.state = required(members.word(state, CatalogState::read, CatalogState::is_known));
    catalog.externally_visible = required(members.flag("isExternallyVisible"));
    catalog.resources = catalog_resources(members);
    catalog
}

fn catalog_resources(members: &Members<'_, '_, '_>) -> Told<Expanded<CatalogResource>> {
    let name = if members.has("accessPackageResources") { "accessPackageResources" } else { "resources" };
    let read = |resource: &Members<'_, '_, '_>| CatalogResource {
        name: resource.text("displayName").ok().flatten(),
        origin_id: resource.text("originId").ok().flatten(),
        origin_system: resource.text("originSystem").ok().flatten(),
    };
    let items = members.expanded(name)?.iter().map(read).collect();
    Ok(Expanded { items, cut_off: members.object.get(&format!("{name}@odata.nextLink")).is_some() })
}

pub(super) fn access_package(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AccessPackage {
    let mut package = AccessPackage::untold(id, origin);
    package.display_name = required(members.text("displayName"));
    package.catalog = members.link(&["catalogId"], &["catalog", "accessPackageCatalog"]);
    package.hidden = required(members.flag("isHidden"));
    package.resource_roles = resource_roles(members);
    package.incompatible_packages = links(members, "incompatibleAccessPackages");
    package.incompatible_groups = links(members, "incompatibleGroups");
    package
}

fn links(members: &Members<'_, '_, '_>, name: &str) -> Told<Vec<Ref>> {
    let objects = members.expanded(name)?;
    objects.iter().map(|object| required(object.text("id")).map(|id| Ref::read(&id))).collect()
}

fn resource_roles(members: &Members<'_, '_, '_>) -> Told<Expanded<ResourceRole>> {
    let beta = members.has("accessPackageResourceRoleScopes");
    let name = if beta { "accessPackageResourceRoleScopes" } else { "resourceRoleScopes" };
    let scopes = members.expanded(name)?;
    let next = members.object.get(&format!("{name}@odata.nextLink")).is_some();
    let items = scopes.iter().map(resource_role).collect::<Told<_>>()?;
    Ok(Expanded { items, cut_off: next })
}

fn resource_role(entry: &Members<'_, '_, '_>) -> Told<ResourceRole> {
    let either = |names: [&str; 2]| -> Told<Option<Members<'_, '_, '_>>> {
        for name in names {
            if let Some(object) = or_unset(entry.object(name))? {
                return Ok(Some(object));
            }
        }
        Ok(None)
    };
    let role = either(["role", "accessPackageResourceRole"])?.ok_or(Gap::NotExported)?;
    let scope = either(["scope", "accessPackageResourceScope"])?;
    let text = |object: &Members<'_, '_, '_>, name: &str| object.text(name).ok().flatten();
    let resource = ["resource", "accessPackageResource"].iter().find_map(|name| role.object(name).ok().flatten());
    let of_resource = |name: &str| {
        resource
            .as_ref()
            .and_then(|resource| text(resource, name))
            .or_else(|| scope.as_ref().and_then(|scope| text(scope, name)))
    };
    Ok(ResourceRole {
        role_name: text(&role, "displayName"),
        role_origin_id: text(&role, "originId"),
        role_origin_system: text(&role, "originSystem"),
        resource_name: of_resource("displayName"),
        resource_origin_id: of_resource("originId"),
        resource_origin_system: of_resource("originSystem"),
    })
}

pub(super) fn assignment_policy(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AssignmentPolicy {
    let mut policy = AssignmentPolicy::untold(id, origin);
    policy.display_name = required(members.text("displayName"));
    policy.access_package = members.link(&["accessPackageId"], &["accessPackage"]);
    let settings = members.object("requestorSettings");
    let settings = settings.as_ref().ok().and_then(Option::as_ref);
    let beta = settings.is_some_and(|settings| settings.has("scopeType") || settings.has("acceptRequests"))
        || ["durationInDays", "expirationDateTime", "canExtend", "accessReviewSettings", "accessPackageId"]
            .iter()
            .any(|name| members.has(name));
    let v1 = ["allowedTargetScope", "specificAllowedTargets", "expiration", "reviewSettings"]
        .iter()
        .any(|name| members.has(name));
    let dialect = if beta && !v1 { Dialect::Beta } else { Dialect::V1 };
    policy.dialect = Ok(dialect);
    match dialect {
        Dialect::Beta => beta_policy(&mut policy, members, settings),
        Dialect::V1 => v1_policy(&mut policy, members, settings),
    }
    policy
}

fn v1_policy(policy: &mut AssignmentPolicy, members: &Members<'_, '_, '_>, settings: Option<&Members<'_, '_, '_>>) {
    policy.scope = required(members.word("allowedTargetScope", RequestorScope::read, RequestorScope::is_known));
    policy.targets = members.objects("specificAllowedTargets").map(|sets| subjects(&sets.unwrap_or_default()));
    let flag = |name| settings.map_or(Err(Gap::NotExported), |settings| required(settings.flag(name)));
    policy.accepts_requests = flag("enableTargetsToSelfAddAccess");
    policy.can_extend = flag("enableTargetsToSelfUpdateAccess");
    policy.custom_schedule = flag("allowCustomAssignmentSchedule");
    policy.expiration = v1_expiration(members);
    policy.approval = v1_approval(members);
    // Structural: Graph gives null where no review is set.
    policy.review = match members.object("reviewSettings") {
        Ok(Some(review)) => v1_review(&review).map(Some),
        other => other.map(|_| None),
    };
    policy.automatic = automatic(members);
}

/// Whether access is assigned by a rule (EM-2.10). Settings are documented as absent from a policy that does not.
fn automatic(members: &Members<'_, '_, '_>) -> Told<bool> {
    if !members.node("automaticRequestSettings").is_some_and(|settings| !settings.is_blank()) {
        return Ok(false);
    }
    let settings = members.object("automaticRequestSettings")?.ok_or(Gap::NotExported)?;
    required(settings.flag("requestAccessForAllowedTargets"))
}

fn v1_expiration(members: &Members<'_, '_, '_>) -> Told<Expiration> {
    let pattern = members.object("expiration")?.ok_or(Gap::NotExported)?;
    let kind = required(pattern.text("type"))?.to_ascii_lowercase();
    match kind.as_str() {
        // EM-6.2: what is not specified does not end.
        "noexpiration" | "notspecified" => Ok(Expiration::Never),
        "afterdatetime" => required(pattern.time("endDateTime")).map(Expiration::At),
        "afterduration" => required(pattern.days("duration")).map(Expiration::AfterDays),
        _ => Err(Gap::NotUnderstood),
    }
}

fn v1_approval(members: &Members<'_, '_, '_>) -> Told<Approval> {
    let settings = members.object("requestApprovalSettings")?.ok_or(Gap::NotExported)?;
    let needed = required(settings.flag("isApprovalRequiredForAdd"))?;
    let mut stages = Vec::new();
    for stage in stages_of(&settings, "stages", needed)? {
        stages.push(ApprovalStage {
            primary: subjects(&stage.objects("primaryApprovers")?.unwrap_or_default()),
            fallback: subjects(&or_empty(stage.objects("fallbackPrimaryApprovers"))?),
            days_until_denied: or_unset(stage.days("durationBeforeAutomaticDenial"))?,
            escalation: escalation(&stage, &["escalationApprovers", "fallbackEscalationApprovers"])?,
        });
    }
    Ok(Approval {
        required: needed,
        required_for_extension: or_unset(settings.flag("isApprovalRequiredForUpdate"))?,
        stages,
    })
}

/// Stages of an approval: who is asked is not known where approval is needed and they are not there.
fn stages_of<'i, 'n, 'a>(settings: &Members<'i, 'n, 'a>, name: &str, needed: bool) -> Told<Vec<Members<'i, 'n, 'a>>> {
    match settings.objects(name) {
        Err(Gap::NotExported) if !needed => Ok(Vec::new()),
        told => Ok(told?.unwrap_or_default()),
    }
}

/// Who is asked next, if anybody is.
fn escalation(stage: &Members<'_, '_, '_>, lists: &[&str]) -> Told<Vec<SubjectSet>> {
    let mut found = Vec::new();
    if or_default(stage.flag("isEscalationEnabled"), false)? {
        for list in lists {
            found.extend(subjects(&or_empty(stage.objects(list))?));
        }
    }
    Ok(found)
}

fn v1_review(review: &Members<'_, '_, '_>) -> Told<Review> {
    Ok(Review {
        enabled: or_default(review.flag("isEnabled"), false)?,
        when_unanswered: or_unset(review.word("expirationBehavior", ReviewTimeout::read, ReviewTimeout::is_known))?,
        self_review: or_default(review.flag("isSelfReview"), false)?,
    })
}

fn beta_policy(policy: &mut AssignmentPolicy, members: &Members<'_, '_, '_>, settings: Option<&Members<'_, '_, '_>>) {
    if let Some(settings) = settings {
        policy.scope = required(settings.word("scopeType", RequestorScope::read, RequestorScope::is_known));
        policy.targets = settings.objects("allowedRequestors").map(|sets| subjects(&sets.unwrap_or_default()));
        policy.accepts_requests = required(settings.flag("acceptRequests"));
    }
    policy.can_extend = required(members.flag("canExtend"));
    // The beta shape has no such choice.
    policy.custom_schedule = Ok(false);
    policy.automatic = automatic(members);
    policy.expiration = beta_expiration(members);
    policy.approval = beta_approval(members);
    policy.review = match members.object("accessReviewSettings") {
        Ok(Some(review)) => beta_review(&review).map(Some),
        other => other.map(|_| None),
    };
}

fn beta_expiration(members: &Members<'_, '_, '_>) -> Told<Expiration> {
    if let Some(end) = or_unset(members.time("expirationDateTime"))? {
        return Ok(Expiration::At(end));
    }
    if !members.has("durationInDays") && !members.has("expirationDateTime") {
        return Err(Gap::NotExported);
    }
    match or_default(members.number("durationInDays"), 0)? {
        0 => Ok(Expiration::Never),
        days => Ok(Expiration::AfterDays(days)),
    }
}

fn beta_approval(members: &Members<'_, '_, '_>) -> Told<Approval> {
    let settings = members.object("requestApprovalSettings")?.ok_or(Gap::NotExported)?;
    let needed = required(settings.flag("isApprovalRequired"))?;
    let mut stages = Vec::new();
    for stage in stages_of(&settings, "approvalStages", needed)? {
        let asked = stage.objects("primaryApprovers")?.unwrap_or_default();
        let (backup, primary): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|set| set.flag("isBackup") == Ok(Some(true)));
        stages.push(ApprovalStage {
            primary: subjects(&primary),
            fallback: subjects(&backup),
            days_until_denied: or_unset(stage.number("approvalStageTimeOutInDays"))?,
            escalation: escalation(&stage, &["escalationApprovers"])?,
        });
    }
    Ok(Approval {
        required: needed,
        required_for_extension: or_unset(settings.flag("isApprovalRequiredForExtension"))?,
        stages,
    })
}

fn beta_review(review: &Members<'_, '_, '_>) -> Told<Review> {
    let reviewer = or_unset(review.text("reviewerType"))?;
    Ok(Review {
        enabled: or_default(review.flag("isEnabled"), false)?,
        when_unanswered: or_unset(review.word(
            "accessReviewTimeoutBehavior",
            ReviewTimeout::read,
            ReviewTimeout::is_known,
        ))?,
        self_review: reviewer.is_some_and(|kind| kind.eq_ignore_ascii_case("self")),
    })
}

fn subjects(sets: &[Members<'_, '_, '_>]) -> Vec<SubjectSet> {
    sets.iter().map(subject).collect()
}

fn subject(set: &Members<'_, '_, '_>) -> SubjectSet {
    let id = |key: &str| {
        let text = set.text(key).ok().flatten().or_else(|| set.text("id").ok().flatten());
        text.filter(|text| !text.is_empty()).map(|text| Ref::read(&text))
    };
    match set.type_name().as_deref() {
        Some("singleuser") => SubjectSet::User(id("userId")),
        Some("groupmembers") => SubjectSet::Group(id("groupId")),
        Some("connectedorganizationmembers") => SubjectSet::ConnectedOrganization(id("connectedOrganizationId")),
        Some("internalsponsors") => SubjectSet::InternalSponsors,
        Some("externalsponsors") => SubjectSet::ExternalSponsors,
        Some("targetusersponsors") => SubjectSet::TargetUserSponsors,
        Some("requestormanager" | "targetmanager") => SubjectSet::Manager,
        Some("attributerulemembers") => SubjectSet::Rule(set.text("membershipRule").ok().flatten().unwrap_or_default()),
        Some("rulebasedsubjectset") => SubjectSet::Rule(set.text("rule").ok().flatten().unwrap_or_default()),
        Some(other) => SubjectSet::Other(other.to_owned()),
        None if set.has("connectedOrganizationId") => SubjectSet::ConnectedOrganization(id("connectedOrganizationId")),
        None if set.has("groupId") => SubjectSet::Group(id("groupId")),
        None if set.has("userId") => SubjectSet::User(id("userId")),
        None => SubjectSet::Other(String::new()),
    }
}

pub(super) fn assignment(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> Assignment {
    let mut assignment = Assignment::untold(id, origin);
    let state = if members.has("assignmentState") { "assignmentState" } else { "state" };
    assignment.state = required(members.word(state, AssignmentState::read, AssignmentState::is_known));
    assignment.access_package = members.link(&["accessPackageId"], &["accessPackage"]);
    assignment.policy = members.link(&["assignmentPolicyId"], &["assignmentPolicy", "accessPackageAssignmentPolicy"]);
    let target = members.object("target").ok().flatten();
    assignment.target = match &target {
        Some(target) => required(target.id("objectId")),
        None => Err(Gap::NotExported),
    };
    assignment.target_name = match &target {
        Some(target) => required(target.text("displayName")),
        None => Err(Gap::NotExported),
    };
    assignment.end = assignment_end(members);
    assignment
}

fn assignment_end(members: &Members<'_, '_, '_>) -> Told<Option<crate::model::Time>> {
    let schedule = members.object("schedule")?.ok_or(Gap::NotExported)?;
    // A schedule that speaks of a start only has no end.
    let Some(pattern) = or_unset(schedule.object("expiration"))? else { return Ok(None) };
    let kind = or_unset(pattern.text("type"))?.unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "noexpiration" | "notspecified" => Ok(None),
        "afterduration" => {
            let start = required(schedule.time("startDateTime"))?;
            let days = required(pattern.days("duration"))?;
            Ok(Some(crate::model::Time(start.0 + days * 86_400)))
        }
        _ => or_unset(pattern.time("endDateTime")),
    }
}

pub(super) fn settings(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> EntitlementSettings {
    let mut settings = EntitlementSettings::untold(id, origin);
    settings.lifecycle_action =
        required(members.word("externalUserLifecycleAction", LifecycleAction::read, LifecycleAction::is_known));
    settings.days_until_deleted = if members.has("daysUntilExternalUserDeletedAfterBlocked") {
        required(members.number("daysUntilExternalUserDeletedAfterBlocked"))
    } else {
        required(members.days("durationUntilExternalUserDeletedAfterBlocked"))
    };
    settings
}
