//! Reads entitlement management in both of Graph's dialects (Graph documentation, entitlement management v1.0 and beta).

use super::members::{Depth, Members, or_default, or_empty, or_unset, required};
use super::problem::{Sort, Weight};
use crate::model::{
    AccessPackage, Approval, ApprovalStage, Assignment, AssignmentPolicy, AssignmentState, Catalog, CatalogResource,
    CatalogState, ConnectedOrganization, Dialect, EntitlementSettings, Expanded, Expiration, Gap, Id, IdentitySource,
    LifecycleAction, OrganizationState, Ref, RequestorScope, ResourceRole, Review, ReviewTimeout, SubjectSet, Told,
};
use crate::source::{Node, Origin};

pub(super) fn connected_organization(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> ConnectedOrganization {
    let mut organization = ConnectedOrganization::untold(id, origin);
    organization.display_name = required(members.text("displayName"));
    organization.state = required(members.word("state", OrganizationState::read, OrganizationState::is_known));
    // Null says nothing of when that was.
    organization.created = required(members.time("createdDateTime")).map(Some);
    organization.identity_sources = identity_sources(members);
    organization.internal_sponsors = members.directory_objects("internalSponsors");
    organization.external_sponsors = members.directory_objects("externalSponsors");
    organization
}

fn identity_sources(members: &Members<'_, '_, '_>) -> Told<Vec<IdentitySource>> {
    if matches!(members.node("identitySources"), Some(Node::Null)) {
        let message = "`identitySources` is null, where Graph writes a list: it was lost";
        return Err(members.tell_lost("identitySources", message));
    }
    let sources = members.objects("identitySources")?.unwrap_or_default();
    sources.iter().map(|source| source.whole(identity_source)).collect()
}

/// How people are recognised. Without the domain, or of a type that nobody knows, a source may be any.
fn identity_source(source: &Members<'_, '_, '_>) -> Told<IdentitySource> {
    source.pass_over(&["displayName", "domainName", "issuerUri", "cloudInstance"]);
    let domain = || source.set_for("domainName", source.text("domainName")).map(|domain| domain.to_ascii_lowercase());
    let tenant = |other_cloud| {
        Ok(IdentitySource::Tenant {
            id: or_unset(source.id("tenantId"))?,
            name: source.text("displayName").ok().flatten(),
            other_cloud,
        })
    };
    match source.type_name().as_deref() {
        Some("azureactivedirectorytenant") => tenant(false),
        Some("crosscloudazureactivedirectorytenant") => tenant(true),
        Some("domainidentitysource") => domain().map(IdentitySource::Domain),
        Some("externaldomainfederation") => domain().map(IdentitySource::Federation),
        Some("socialidentitysource") => {
            let provider = source.one_of("socialIdentitySourceType", &["facebook", "google"]);
            source.set_for("socialIdentitySourceType", provider).map(IdentitySource::Social)
        }
        Some(other) if other != "identitysource" => Err(source.tell_type("identity source")),
        _ if source.has("issuerUri") => domain().map(IdentitySource::Federation),
        _ if source.has("domainName") => domain().map(IdentitySource::Domain),
        _ if source.has("tenantId") => tenant(source.has("cloudInstance")),
        _ => Err(source.tell_type("identity source")),
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

/// Members that say nothing of who gets access, for how long and by whose word.
const BESIDE: [&str; 19] = [
    "id",
    "displayName",
    "description",
    "createdBy",
    "createdDateTime",
    "modifiedBy",
    "modifiedDateTime",
    "lastModifiedDateTime",
    "customExtensionHandlers",
    "customExtensionStageSettings",
    "notificationSettings",
    "questions",
    "verifiableCredentialSettings",
    "isDenyPolicy",
    "accessPackage",
    "accessPackageId",
    "accessPackageCatalog",
    "catalog",
    "requestorSettings",
];

fn v1_policy(policy: &mut AssignmentPolicy, members: &Members<'_, '_, '_>, settings: Option<&Members<'_, '_, '_>>) {
    policy.scope = required(members.word("allowedTargetScope", RequestorScope::read, RequestorScope::is_known));
    policy.targets = subjects_of(members, "specificAllowedTargets");
    let specific = [RequestorScope::SpecificDirectoryUsers, RequestorScope::SpecificConnectedOrganizationUsers];
    let named = policy.scope.as_ref().is_ok_and(|scope| specific.contains(scope));
    if named && matches!(members.node("specificAllowedTargets"), Some(Node::Null)) {
        let message = "`specificAllowedTargets` is null, where Graph writes whom the scope names: it was lost";
        policy.targets = Err(members.tell_lost("specificAllowedTargets", message));
    }
    let known = settings.map_or(Ok(()), |settings| {
        settings.whole(|settings| {
            settings.pass_over(&[
                "enableTargetsToSelfAddAccess",
                "enableTargetsToSelfRemoveAccess",
                "enableTargetsToSelfUpdateAccess",
                "allowCustomAssignmentSchedule",
                "enableOnBehalfRequestorsToAddAccess",
                "enableOnBehalfRequestorsToRemoveAccess",
                "enableOnBehalfRequestorsToUpdateAccess",
                "onBehalfRequestors",
            ]);
            Ok(())
        })
    });
    let flag = |name| match (settings, &known) {
        (_, Err(gap)) => Err(gap.clone()),
        (None, _) => Err(Gap::NotExported),
        (Some(settings), _) => required(settings.flag(name)),
    };
    policy.accepts_requests = match flag("enableTargetsToSelfAddAccess") {
        Ok(false) => by_others(settings).map(|()| false),
        told => told,
    };
    policy.can_extend = flag("enableTargetsToSelfUpdateAccess");
    policy.custom_schedule = flag("allowCustomAssignmentSchedule");
    policy.expiration = v1_expiration(members);
    policy.approval = v1_approval(members);
    // Structural: Graph gives null where no review is set.
    policy.review = match members.object("reviewSettings") {
        Ok(Some(review)) => review.whole(v1_review).map(Some),
        other => other.map(|_| None),
    };
    policy.automatic = automatic(members);
    let parts =
        ["allowedTargetScope", "specificAllowedTargets", "expiration", "reviewSettings", "automaticRequestSettings"];
    others(policy, members, &parts);
}

/// Whether nobody requests for others, where they do not request themselves.
///
/// # Errors
/// Somebody does, or may: for whom, nothing here decides (LIM-1.32).
fn by_others(settings: Option<&Members<'_, '_, '_>>) -> Told<()> {
    let name = "enableOnBehalfRequestorsToAddAccess";
    let Some(settings) = settings else { return Ok(()) };
    if or_unset(settings.flag(name))? != Some(true) {
        return Ok(());
    }
    let message = "requests on behalf of others are not evaluated: who gets access by them is not known".to_owned();
    settings.item.note(Weight::Warning, Sort::MemberNotUnderstood, settings.path_to(name), message, None);
    Err(Gap::NotUnderstood)
}

/// Members of the policy itself that nothing here knows: they may change any part of it.
fn others(policy: &mut AssignmentPolicy, members: &Members<'_, '_, '_>, parts: &[&str]) {
    let found = members.watched(|| {
        members.pass_over(&BESIDE);
        members.pass_over(parts);
        members.pass_over(&["requestApprovalSettings"]);
        members.tell_unread(Depth::Members)
    });
    if !found.is_empty() {
        policy.scope = Err(Gap::NotUnderstood);
        policy.targets = Err(Gap::NotUnderstood);
        policy.accepts_requests = Err(Gap::NotUnderstood);
        policy.can_extend = Err(Gap::NotUnderstood);
        policy.custom_schedule = Err(Gap::NotUnderstood);
        policy.expiration = Err(Gap::NotUnderstood);
        policy.approval = Err(Gap::NotUnderstood);
        policy.review = Err(Gap::NotUnderstood);
        policy.automatic = Err(Gap::NotUnderstood);
    }
}

/// Whether access is assigned by a rule (EM-2.10). Settings are documented as absent from a policy that does not.
fn automatic(members: &Members<'_, '_, '_>) -> Told<bool> {
    if members.node("automaticRequestSettings").is_none_or(Node::is_blank) {
        return Ok(false);
    }
    let settings = members.object("automaticRequestSettings")?.ok_or(Gap::NotExported)?;
    settings.whole(|settings| {
        settings.pass_over(&["removeAccessWhenTargetLeavesAllowedTargets", "gracePeriodBeforeAccessRemoval"]);
        required(settings.flag("requestAccessForAllowedTargets"))
    })
}

fn v1_expiration(members: &Members<'_, '_, '_>) -> Told<Expiration> {
    let pattern = members.object("expiration")?.ok_or(Gap::NotExported)?;
    pattern.whole(|pattern| {
        pattern.pass_over(&["endDateTime", "duration"]);
        let kinds = ["noExpiration", "notSpecified", "afterDateTime", "afterDuration"];
        match required(pattern.one_of("type", &kinds))?.as_str() {
            "afterDateTime" => required(pattern.time("endDateTime")).map(Expiration::At),
            "afterDuration" => required(pattern.days("duration")).map(Expiration::AfterDays),
            // EM-6.2: what is not specified does not end.
            _ => Ok(Expiration::Never),
        }
    })
}

fn v1_approval(members: &Members<'_, '_, '_>) -> Told<Approval> {
    let settings = members.object("requestApprovalSettings")?.ok_or(Gap::NotExported)?;
    settings.whole(|settings| {
        settings.pass_over(&["isRequestorJustificationRequired"]);
        let needed = required(settings.flag("isApprovalRequiredForAdd"))?;
        let mut stages = Vec::new();
        for stage in stages_of(settings, "stages", needed)? {
            stage.pass_over(&OF_STAGES);
            stages.push(ApprovalStage {
                primary: subjects_of(&stage, "primaryApprovers")?,
                fallback: or_empty(subjects_of(&stage, "fallbackPrimaryApprovers").map(Some))?,
                days_until_denied: or_unset(stage.days("durationBeforeAutomaticDenial"))?,
                escalation: escalation(&stage, &["escalationApprovers", "fallbackEscalationApprovers"])?,
            });
        }
        Ok(Approval {
            required: needed,
            required_for_extension: or_unset(settings.flag("isApprovalRequiredForUpdate"))?,
            stages,
        })
    })
}

/// Members of a stage that do not change who decides.
const OF_STAGES: [&str; 4] = [
    "durationBeforeEscalation",
    "escalationTimeInMinutes",
    "isApproverJustificationRequired",
    "approverInformationVisibility",
];

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
    for list in lists {
        found.extend(or_empty(subjects_of(stage, list).map(Some))?);
    }
    let enabled = or_default(stage.flag("isEscalationEnabled"), false)?;
    Ok(if enabled { found } else { Vec::new() })
}

/// Members of reviews that do not change whether access ends.
const OF_REVIEWS: [&str; 13] = [
    "schedule",
    "primaryReviewers",
    "fallbackReviewers",
    "isRecommendationEnabled",
    "isReviewerJustificationRequired",
    "isAgenticExperienceEnabled",
    "recurrenceType",
    "startDateTime",
    "durationInDays",
    "reviewers",
    "isAccessRecommendationEnabled",
    "isApprovalJustificationRequired",
    "reviewerType",
];

fn v1_review(review: &Members<'_, '_, '_>) -> Told<Review> {
    review.pass_over(&OF_REVIEWS);
    Ok(Review {
        enabled: or_default(review.flag("isEnabled"), false)?,
        when_unanswered: or_unset(review.word("expirationBehavior", ReviewTimeout::read, ReviewTimeout::is_known))?,
        self_review: or_default(review.flag("isSelfReview"), false)?,
    })
}

fn beta_policy(policy: &mut AssignmentPolicy, members: &Members<'_, '_, '_>, settings: Option<&Members<'_, '_, '_>>) {
    if let Some(settings) = settings {
        policy.scope = required(settings.word("scopeType", RequestorScope::read, RequestorScope::is_known));
        policy.targets = subjects_of(settings, "allowedRequestors");
        policy.accepts_requests = required(settings.flag("acceptRequests"));
        let whole = settings.whole(|settings| {
            settings.pass_over(&["scopeType", "allowedRequestors", "acceptRequests"]);
            Ok(())
        });
        if let Err(gap) = whole {
            policy.scope = Err(gap.clone());
            policy.targets = Err(gap.clone());
            policy.accepts_requests = Err(gap);
        }
    }
    policy.can_extend = required(members.flag("canExtend"));
    // The beta shape has no such choice.
    policy.custom_schedule = Ok(false);
    policy.automatic = automatic(members);
    policy.expiration = beta_expiration(members);
    policy.approval = beta_approval(members);
    policy.review = match members.object("accessReviewSettings") {
        Ok(Some(review)) => review.whole(beta_review).map(Some),
        other => other.map(|_| None),
    };
    others(policy, members, &["canExtend", "durationInDays", "expirationDateTime", "accessReviewSettings"]);
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
    settings.whole(|settings| {
        settings.pass_over(&["isRequestorJustificationRequired", "approvalMode"]);
        let needed = required(settings.flag("isApprovalRequired"))?;
        let mut stages = Vec::new();
        for stage in stages_of(settings, "approvalStages", needed)? {
            stage.pass_over(&OF_STAGES);
            let asked = stage.objects("primaryApprovers")?.unwrap_or_default();
            let (backup, primary): (Vec<_>, Vec<_>) =
                asked.into_iter().partition(|set| set.flag("isBackup") == Ok(Some(true)));
            stages.push(ApprovalStage {
                primary: subjects(&primary)?,
                fallback: subjects(&backup)?,
                days_until_denied: or_unset(stage.number("approvalStageTimeOutInDays"))?,
                escalation: escalation(&stage, &["escalationApprovers"])?,
            });
        }
        Ok(Approval {
            required: needed,
            required_for_extension: or_unset(settings.flag("isApprovalRequiredForExtension"))?,
            stages,
        })
    })
}

fn beta_review(review: &Members<'_, '_, '_>) -> Told<Review> {
    review.pass_over(&OF_REVIEWS);
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

fn subjects_of(members: &Members<'_, '_, '_>, name: &str) -> Told<Vec<SubjectSet>> {
    subjects(&members.objects(name)?.unwrap_or_default())
}

fn subjects(sets: &[Members<'_, '_, '_>]) -> Told<Vec<SubjectSet>> {
    sets.iter().map(|set| set.whole(subject)).collect()
}

fn subject(set: &Members<'_, '_, '_>) -> Told<SubjectSet> {
    set.pass_over(&["id", "description", "isBackup", "managerLevel", "userId", "groupId", "connectedOrganizationId"]);
    let id = |key: &str| {
        let text = set.text(key).ok().flatten().or_else(|| set.text("id").ok().flatten());
        text.filter(|text| !text.is_empty()).map(|text| Ref::read(&text))
    };
    Ok(match set.type_name().as_deref() {
        Some("singleuser") => SubjectSet::User(id("userId")),
        Some("groupmembers") => SubjectSet::Group(id("groupId")),
        Some("connectedorganizationmembers") => SubjectSet::ConnectedOrganization(id("connectedOrganizationId")),
        Some("internalsponsors") => SubjectSet::InternalSponsors,
        Some("externalsponsors") => SubjectSet::ExternalSponsors,
        Some("targetusersponsors") => SubjectSet::TargetUserSponsors,
        Some("requestormanager" | "targetmanager") => SubjectSet::Manager,
        Some("attributerulemembers") => SubjectSet::Rule(set.text("membershipRule").ok().flatten().unwrap_or_default()),
        Some("rulebasedsubjectset") => SubjectSet::Rule(set.text("rule").ok().flatten().unwrap_or_default()),
        // Of applications and agents, and so of nobody from outside.
        Some(
            other @ ("singleserviceprincipal" | "targetapplicationowners" | "targetagentidentitysponsorsorowners"),
        ) => {
            set.pass_over(&["servicePrincipalId"]);
            SubjectSet::Other(other.to_owned())
        }
        None if set.has("connectedOrganizationId") => SubjectSet::ConnectedOrganization(id("connectedOrganizationId")),
        None if set.has("groupId") => SubjectSet::Group(id("groupId")),
        None if set.has("userId") => SubjectSet::User(id("userId")),
        _ => return Err(set.tell_type("subject set")),
    })
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
    let kinds = ["noExpiration", "notSpecified", "afterDateTime", "afterDuration"];
    let kind = or_unset(pattern.one_of("type", &kinds))?.unwrap_or_default();
    match kind.as_str() {
        "noExpiration" | "notSpecified" => Ok(None),
        "afterDuration" => {
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
