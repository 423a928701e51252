//! Tells what an object is from its content alone: `@odata.type`, else `@odata.context`, else the members that only one
//! kind has. A file's name or folder never decides.

use super::members::{additional, bare_type};
use crate::model::{Id, Kind};
use crate::source::{Node, Object};

/// What an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A kind that the model holds.
    Model(Kind),
    /// A resource that Graph documents and nothing here uses yet, by its type's name.
    NotUsedYet(String),
}

/// What the object is, if its content tells.
pub(super) fn of_object(object: &Object<'_>, context: Option<&str>) -> Option<What> {
    let of = |name| object.get(name).and_then(Node::as_str).and_then(of_type_name);
    let named = of("@odata.type").or_else(|| of("odataType"));
    // What acts as an agent has accounts like those of people, and is none.
    let is_agent = object.get("identityParentId").is_some_and(|parent| !parent.is_blank());
    let listed = || context.and_then(of_context);
    match named {
        // Among named locations a type that is not known is one of them nevertheless.
        Some(What::NotUsedYet(_)) if listed() == Some(What::Model(Kind::NamedLocation)) => listed(),
        Some(What::Model(Kind::User)) if is_agent => Some(What::NotUsedYet("agentUser".to_owned())),
        Some(named) => Some(named),
        None => match listed().or_else(|| of_members(object)) {
            Some(What::Model(Kind::User)) if is_agent => Some(What::NotUsedYet("agentUser".to_owned())),
            told => told,
        },
    }
}

/// What was deleted, of whatever kind.
pub(super) const DELETED: &str = "deleted item";

/// Whether a context is that of deleted objects, which Graph lists by themselves.
pub(super) fn is_of_deleted(context: &str) -> bool {
    context.to_ascii_lowercase().contains("deleteditems")
}

/// Types that stand in lists of users, groups and service principals and are known to be neither people nor what people
/// sign in to; and what was deleted.
pub(super) fn is_set_aside(name: &str) -> bool {
    let known = [
        "agentUser",
        "agentIdentity",
        "agentIdentityBlueprint",
        "agentIdentityBlueprintPrincipal",
        "remoteTenantGroup",
    ];
    name == DELETED || known.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// What a type's name says.
fn of_type_name(text: &str) -> Option<What> {
    let name = bare_type(text);
    if let Some(kind) = Kind::ALL.iter().find(|kind| kind.as_str().eq_ignore_ascii_case(&name)) {
        return Some(What::Model(*kind));
    }
    match name.as_str() {
        "ipnamedlocation" | "countrynamedlocation" | "compliantnetworknamedlocation" => {
            Some(What::Model(Kind::NamedLocation))
        }
        "unifiedroleassignmentscheduleinstance" => Some(What::Model(Kind::RoleAssignment)),
        "unifiedroleeligibilityschedule" => Some(What::Model(Kind::RoleEligibility)),
        "privilegedaccessgroupeligibilityschedule" => Some(What::Model(Kind::GroupEligibility)),
        // Says only that it is something.
        "directoryobject" | "entity" | "object" => None,
        _ if text.to_ascii_lowercase().contains("microsoft.graph.") => {
            let written = text.trim_start_matches('#');
            Some(What::NotUsedYet(written.rsplit('.').next().unwrap_or(written).to_owned()))
        }
        _ => None,
    }
}

/// What a context address says: `…/$metadata#identity/conditionalAccess/policies/$entity`,
/// `…#Collection(microsoft.graph.accessReviewInstance)`, `…#users(id,displayName)`.
pub(super) fn of_context(context: &str) -> Option<What> {
    let (_, fragment) = context.split_once('#')?;
    let fragment = fragment.trim_end_matches("/$entity").trim_end_matches("/$delta");
    if is_of_deleted(fragment) {
        return Some(What::NotUsedYet(DELETED.to_owned()));
    }
    if let Some(inner) = fragment.strip_prefix("Collection(") {
        return of_type_name(inner.split(['(', ')']).next()?);
    }
    let plain = without_parentheses(fragment);
    let mut segments = plain.rsplit('/').filter(|segment| !segment.is_empty());
    let last = segments.next()?;
    if last.to_ascii_lowercase().starts_with("microsoft.graph.") {
        return of_type_name(last);
    }
    let above = segments.next();
    // What settings are made from, such as `…/crossTenantAccessPolicy/templates/multiTenantOrganizationPartnerConfiguration`,
    // looks like the settings.
    if above.is_some_and(|above| above.eq_ignore_ascii_case("templates")) {
        return Some(What::NotUsedYet(format!("template {last}")));
    }
    of_collection_name(last, above)
}

/// Of how much a list tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Of every object of its kind.
    All,
    /// Of what belongs to something, and not of others of the kind.
    Related,
    /// Of who is assigned to that service principal.
    AssignedTo(Id),
}

/// What a context says of that.
pub(super) fn reach(context: &str) -> Reach {
    match assigned_to(context) {
        Some(id) => Reach::AssignedTo(id),
        None if is_relation(context) => Reach::Related,
        None => Reach::All,
    }
}

/// The service principal of `…#servicePrincipals('id')/appRoleAssignedTo`.
fn assigned_to(context: &str) -> Option<Id> {
    let (_, fragment) = context.split_once('#')?;
    let (parent, rest) = fragment.split_once("('")?;
    let (id, relation) = rest.split_once("')/")?;
    let named = parent.eq_ignore_ascii_case("servicePrincipals")
        && without_parentheses(relation).eq_ignore_ascii_case("appRoleAssignedTo");
    named.then(|| Id::new(id)).filter(Id::is_guid)
}

/// Whether a context is that of a list of what belongs to one object: members, owners, sponsors, the policies of one
/// package. Such a list says nothing of others of its kind.
pub(super) fn is_relation(context: &str) -> bool {
    let Some((_, fragment)) = context.split_once('#') else { return false };
    let fragment = fragment.trim_end_matches("/$entity");
    // `accessPackages('id')/assignmentPolicies`; `users(id,displayName)` only tells what was selected.
    if fragment.contains("')/") {
        return true;
    }
    without_parentheses(fragment).split('/').any(is_relation_name)
}

/// The same of the last word of a context, or of a key of a combined document.
pub(super) fn is_relation_name(name: &str) -> bool {
    const RELATIONS: [&str; 16] = [
        "directoryobjects",
        "members",
        "transitivemembers",
        "memberof",
        "transitivememberof",
        "owners",
        "ownedobjects",
        "sponsors",
        "internalsponsors",
        "externalsponsors",
        "incompatibleaccesspackages",
        // Of a user, a group or the application that uses others; what all are assigned to is `appRoleAssignedTo`.
        "approleassignments",
        // Often asked for one type only, assigned or activated.
        "roleassignmentscheduleinstances",
        // Asked for one group or one person only.
        "eligibilityscheduleinstances",
        "eligibilityschedules",
        "assignmentscheduleinstances",
    ];
    RELATIONS.iter().any(|relation| relation.eq_ignore_ascii_case(name))
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// What the name of a collection, a singleton or a key of a combined document says. `above` is the segment before it,
/// for names that several resources use.
pub(super) fn of_collection_name(name: &str, above: Option<&str>) -> Option<What> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let above = above.unwrap_or_default().to_ascii_lowercase();
    let in_entitlement = matches!(above.as_str(), "" | "entitlementmanagement" | "accesspackages" | "catalogs");
    let model = |kind| Some(What::Model(kind));
    let unused = |name: &str| Some(What::NotUsedYet(name.to_owned()));
    match name.as_str() {
        "organization" | "organizations" | "tenantdetails" => model(Kind::Organization),
        "domains" => model(Kind::Domain),
        "connectedorganizations" => model(Kind::ConnectedOrganization),
        "catalogs" | "catalog" if in_entitlement => model(Kind::Catalog),
        "accesspackagecatalogs" | "accesspackagecatalog" => model(Kind::Catalog),
        "accesspackages" | "accesspackage" | "incompatibleaccesspackages" => model(Kind::AccessPackage),
        "assignmentpolicies" | "assignmentpolicy" if in_entitlement => model(Kind::AssignmentPolicy),
        "accesspackageassignmentpolicies" => model(Kind::AssignmentPolicy),
        "assignments" if in_entitlement => model(Kind::Assignment),
        "accesspackageassignments" => model(Kind::Assignment),
        "settings" if above == "entitlementmanagement" => model(Kind::EntitlementSettings),
        "entitlementmanagementsettings" => model(Kind::EntitlementSettings),
        "policies" if above == "conditionalaccess" => model(Kind::ConditionalAccessPolicy),
        "conditionalaccesspolicies" => model(Kind::ConditionalAccessPolicy),
        "namedlocations" => model(Kind::NamedLocation),
        "authenticationstrengthpolicies" | "authenticationstrengths" | "authenticationstrengthpolicy" => {
            model(Kind::AuthenticationStrength)
        }
        "default" if above == "crosstenantaccesspolicy" => model(Kind::CrossTenantDefault),
        "crosstenantaccesspolicydefault"
        | "crosstenantaccessdefault"
        | "crosstenantaccesspolicyconfigurationdefault" => model(Kind::CrossTenantDefault),
        "partners" if above == "crosstenantaccesspolicy" => model(Kind::CrossTenantPartner),
        "crosstenantaccesspolicypartners"
        | "crosstenantaccesspartners"
        | "crosstenantpartners"
        | "crosstenantaccesspolicyconfigurationpartners" => model(Kind::CrossTenantPartner),
        "crosstenantaccesspolicy" => model(Kind::CrossTenantPolicy),
        "authorizationpolicy" | "authorizationpolicies" => model(Kind::AuthorizationPolicy),
        "externalidentitiespolicy" | "externalidentitypolicy" => model(Kind::ExternalIdentitiesPolicy),
        "b2bmanagementpolicies" | "b2bmanagementpolicy" => model(Kind::DomainList),
        "identitysecuritydefaultsenforcementpolicy" | "securitydefaults" => model(Kind::SecurityDefaults),
        "authenticationmethodspolicy" => model(Kind::AuthenticationMethods),
        "users" | "guests" => model(Kind::User),
        "groups" => model(Kind::Group),
        "serviceprincipals" | "serviceprinciples" => model(Kind::ServicePrincipal),
        "roleassignments" | "transitiveroleassignments"
            if above.is_empty() || above == "directory" || above == "entitlementmanagement" =>
        {
            if above == "entitlementmanagement" {
                unused("unifiedRoleAssignment of entitlement management")
            } else {
                model(Kind::RoleAssignment)
            }
        }
        "roleassignmentscheduleinstances" if above.is_empty() || above == "directory" => model(Kind::RoleAssignment),
        "roledefinitions" if above == "directory" || above.is_empty() => model(Kind::RoleDefinition),
        "roledefinitions" => unused("unifiedRoleDefinition of another provider"),
        "applications" => unused("application"),
        "directoryroles" => unused("directoryRole"),
        "administrativeunits" => unused("administrativeUnit"),
        "approleassignments" | "approleassignedto" => model(Kind::AppRoleAssignment),
        "signins" | "signinlogs" => unused("signIn"),
        "directoryaudits" | "auditlogs" => unused("directoryAudit"),
        "riskyusers" => unused("riskyUser"),
        "riskdetections" => unused("riskDetection"),
        "userregistrationdetails" => unused("userRegistrationDetails"),
        "definitions" if above == "accessreviews" => unused("accessReviewScheduleDefinition"),
        "instances" if above == "definitions" => unused("accessReviewInstance"),
        "accessreviewinstances" => unused("accessReviewHistoryInstance"),
        "accessreviews" | "accessreviewdefinitions" => unused("accessReviewScheduleDefinition"),
        "decisions" | "accessreviewinstancedecisionitems" => unused("accessReviewInstanceDecisionItem"),
        "contactedreviewers" => unused("accessReviewReviewer"),
        "accesspackageassignmentrequests" | "assignmentrequests" => unused("accessPackageAssignmentRequest"),
        "accesspackageresourcerolescopes" | "resourcerolescopes" => unused("accessPackageResourceRoleScope"),
        "accesspackageresourceenvironments" | "resourceenvironments" => unused("accessPackageResourceEnvironment"),
        "accesspackageresourcerequests" | "resourcerequests" => unused("accessPackageResourceRequest"),
        "accesspackageresources" | "resources" if above.contains("entitlementmanagement") || above.is_empty() => {
            unused("accessPackageResource")
        }
        "subjects" if above == "entitlementmanagement" => unused("accessPackageSubject"),
        "authenticationcontextclassreferences" | "authenticationcontextclassreference" | "authenticationcontexts" => {
            model(Kind::AuthenticationContext)
        }
        "authenticationmethodconfigurations" => unused("authenticationMethodConfiguration"),
        "authenticationflowspolicy" => unused("authenticationFlowsPolicy"),
        "agreements" | "termsofuseagreements" | "termsofuse" => model(Kind::TermsOfUse),
        "invitations" => unused("invitation"),
        "delegatedadminrelationships" => unused("delegatedAdminRelationship"),
        "delegatedadmincustomers" => unused("delegatedAdminCustomer"),
        "multitenantorganization" => unused("multiTenantOrganization"),
        "scopedrolememberships" => unused("scopedRoleMembership"),
        "rolemanagementpolicies" => unused("unifiedRoleManagementPolicy"),
        "rolemanagementpolicyassignments" => unused("unifiedRoleManagementPolicyAssignment"),
        "roleassignmentschedulerequests" => unused("unifiedRoleAssignmentScheduleRequest"),
        "roleassignmentschedules" => unused("unifiedRoleAssignmentSchedule"),
        "roleeligibilityschedulerequests" => unused("unifiedRoleEligibilityScheduleRequest"),
        "roleeligibilityscheduleinstances" | "roleeligibilityschedules" if above.is_empty() || above == "directory" => {
            model(Kind::RoleEligibility)
        }
        "eligibilityscheduleinstances" | "eligibilityschedules" if above == "group" => model(Kind::GroupEligibility),
        "privilegedaccessgroupeligibilityscheduleinstances" | "privilegedaccessgroupeligibilityschedules" => {
            model(Kind::GroupEligibility)
        }
        "assignmentscheduleinstances" if above == "group" => model(Kind::GroupAssignment),
        "privilegedaccessgroupassignmentscheduleinstances" => model(Kind::GroupAssignment),
        "assignmentschedules" if above == "group" => unused("privilegedAccessGroupAssignmentSchedule"),
        "eligibilityschedulerequests" | "assignmentschedulerequests" if above == "group" => {
            unused("privilegedAccessGroupScheduleRequest")
        }
        "customaccesspackageworkflowextensions" | "customworkflowextensions" => {
            unused("customAccessPackageWorkflowExtension")
        }
        "devices" => unused("device"),
        _ => None,
    }
}

/// Members that only one kind has: the first line of which every word is a member decides. `a=b|c` also wants that
/// value, `a.b` a member of a member, `+a` that it is not null, and `!a` that the member is not there.
const SIGNATURES: &[(&str, Result<Kind, &str>)] = &[
    ("policyApplies conditions", Err("whatIfAnalysisResult")),
    ("appliedConditionalAccessPolicies", Err("signIn")),
    ("conditions grantControls", Ok(Kind::ConditionalAccessPolicy)),
    ("conditions sessionControls", Ok(Kind::ConditionalAccessPolicy)),
    ("conditions state=enabled|disabled|enabledForReportingButNotEnforced", Ok(Kind::ConditionalAccessPolicy)),
    ("conditions.users", Ok(Kind::ConditionalAccessPolicy)),
    ("conditions.clientAppTypes", Ok(Kind::ConditionalAccessPolicy)),
    ("ipRanges", Ok(Kind::NamedLocation)),
    ("countriesAndRegions", Ok(Kind::NamedLocation)),
    ("compliantNetworkType", Ok(Kind::NamedLocation)),
    ("policyType allowedCombinations", Ok(Kind::AuthenticationStrength)),
    ("displayName allowedCombinations requirementsSatisfied", Ok(Kind::AuthenticationStrength)),
    ("allowedCombinations combinationConfigurations", Ok(Kind::AuthenticationStrength)),
    ("identitySources", Ok(Kind::ConnectedOrganization)),
    ("displayName state=configured|proposed", Ok(Kind::ConnectedOrganization)),
    ("userSyncInbound tenantId", Err("crossTenantIdentitySyncPolicyPartner")),
    ("allowedCloudEndpoints", Ok(Kind::CrossTenantPolicy)),
    ("templateApplicationLevel", Err("template of multiTenantOrganization")),
    ("isServiceDefault", Ok(Kind::CrossTenantDefault)),
    ("tenantId b2bCollaborationInbound", Ok(Kind::CrossTenantPartner)),
    ("tenantId b2bDirectConnectInbound", Ok(Kind::CrossTenantPartner)),
    ("tenantId inboundTrust", Ok(Kind::CrossTenantPartner)),
    ("tenantId automaticUserConsentSettings", Ok(Kind::CrossTenantPartner)),
    ("tenantId identitySynchronization", Ok(Kind::CrossTenantPartner)),
    ("tenantId isServiceProvider", Ok(Kind::CrossTenantPartner)),
    ("b2bCollaborationInbound b2bCollaborationOutbound !tenantId", Ok(Kind::CrossTenantDefault)),
    ("existingAnswers policyId", Err("accessPackageAssignmentRequestRequirements")),
    ("requestType requestState", Err("accessPackageAssignmentRequest or accessPackageResourceRequest")),
    ("requestType schedule", Err("accessPackageAssignmentRequest")),
    ("requestType requestStatus", Err("accessPackageResourceRequest")),
    ("requestType status", Err("accessPackageAssignmentRequest")),
    ("requestType", Err("accessPackageAssignmentRequest or accessPackageResourceRequest")),
    ("assignmentState", Ok(Kind::Assignment)),
    ("state=delivering|partiallyDelivered|delivered|expired|deliveryFailed schedule", Ok(Kind::Assignment)),
    ("state=delivering|partiallyDelivered|delivered|expired|deliveryFailed expiredDateTime", Ok(Kind::Assignment)),
    ("state=delivering|partiallyDelivered|delivered|expired|deliveryFailed target", Ok(Kind::Assignment)),
    ("allowedTargetScope", Ok(Kind::AssignmentPolicy)),
    ("requestorSettings", Ok(Kind::AssignmentPolicy)),
    ("requestApprovalSettings displayName", Ok(Kind::AssignmentPolicy)),
    ("displayName durationInDays canExtend", Ok(Kind::AssignmentPolicy)),
    ("displayName accessPackageId", Ok(Kind::AssignmentPolicy)),
    ("catalogType", Ok(Kind::Catalog)),
    ("catalogStatus", Ok(Kind::Catalog)),
    ("isExternallyVisible", Ok(Kind::Catalog)),
    ("displayName isHidden", Ok(Kind::AccessPackage)),
    ("displayName isRoleScopesVisible", Ok(Kind::AccessPackage)),
    ("displayName catalogId", Ok(Kind::AccessPackage)),
    ("displayName accessPackageResourceRoleScopes", Ok(Kind::AccessPackage)),
    ("displayName resourceRoleScopes", Ok(Kind::AccessPackage)),
    ("displayName incompatibleAccessPackages", Ok(Kind::AccessPackage)),
    ("accessPackageResourceRole accessPackageResourceScope", Err("accessPackageResourceRoleScope")),
    ("role scope !displayName", Err("accessPackageResourceRoleScope")),
    ("originId originSystem status !displayName", Err("accessPackageAssignmentResourceRole")),
    ("id steps !displayName", Err("approval")),
    ("id stages !displayName", Err("approval")),
    ("mfa none !id", Err("authenticationStrengthUsage")),
    ("originId accessPackageResourceScopes", Err("accessPackageResource")),
    ("originId scopes", Err("accessPackageResource")),
    ("originId resourceType", Err("accessPackageResource")),
    ("originId isRootScope", Err("accessPackageResourceScope")),
    ("externalUserLifecycleAction", Ok(Kind::EntitlementSettings)),
    ("allowInvitesFrom", Ok(Kind::AuthorizationPolicy)),
    ("guestUserRoleId", Ok(Kind::AuthorizationPolicy)),
    ("allowExternalIdentitiesToLeave", Ok(Kind::ExternalIdentitiesPolicy)),
    ("authenticationMethodConfigurations", Ok(Kind::AuthenticationMethods)),
    ("allowExternalIdToUseEmailOtp", Ok(Kind::AuthenticationMethods)),
    ("selfServiceSignUp", Err("authenticationFlowsPolicy")),
    ("verifiedDomains", Ok(Kind::Organization)),
    ("id=00000000-0000-0000-0000-000000000005 isEnabled", Ok(Kind::SecurityDefaults)),
    ("isVerified supportedServices", Ok(Kind::Domain)),
    ("isVerified authenticationType", Ok(Kind::Domain)),
    ("appRoleAssignmentRequired", Ok(Kind::ServicePrincipal)),
    ("servicePrincipalType", Ok(Kind::ServicePrincipal)),
    ("appId signInAudience !servicePrincipalType", Err("application")),
    ("groupId principalId accessId action", Err("privilegedAccessGroupScheduleRequest")),
    ("groupId principalId accessId scheduleInfo assignmentType", Err("privilegedAccessGroupAssignmentSchedule")),
    ("groupId principalId accessId assignmentType", Ok(Kind::GroupAssignment)),
    ("groupId principalId accessId eligibilityScheduleId", Ok(Kind::GroupEligibility)),
    ("groupId principalId accessId memberType", Ok(Kind::GroupEligibility)),
    ("principalId roleDefinitionId scheduleInfo memberType !action !assignmentType", Ok(Kind::RoleEligibility)),
    (
        "principalId roleDefinitionId scheduleInfo",
        Err("unifiedRoleAssignmentScheduleRequest or unifiedRoleEligibilityScheduleRequest"),
    ),
    ("roleEligibilityScheduleId", Ok(Kind::RoleEligibility)),
    ("principalId roleDefinitionId memberType !assignmentType", Ok(Kind::RoleEligibility)),
    ("principal.id roleDefinition.id memberType !assignmentType !scheduleInfo", Ok(Kind::RoleEligibility)),
    ("principalId roleDefinitionId +appScopeId", Err("unifiedRoleAssignment of another provider")),
    ("principalId roleDefinitionId", Ok(Kind::RoleAssignment)),
    ("principal.id roleDefinition.id +appScopeId", Err("unifiedRoleAssignment of another provider")),
    ("principal.id roleDefinition.id directoryScopeId !memberType !scheduleInfo", Ok(Kind::RoleAssignment)),
    ("principal.id roleDefinition.id assignmentType !scheduleInfo", Ok(Kind::RoleAssignment)),
    ("principalId appRoleId", Ok(Kind::AppRoleAssignment)),
    ("principalId resourceId principalType", Ok(Kind::AppRoleAssignment)),
    ("rolePermissions", Ok(Kind::RoleDefinition)),
    ("roleTemplateId", Err("directoryRole")),
    ("roleMemberInfo", Err("scopedRoleMembership")),
    ("groupTypes", Ok(Kind::Group)),
    ("mailNickname securityEnabled", Ok(Kind::Group)),
    ("securityEnabled mailEnabled", Ok(Kind::Group)),
    ("membershipType !groupTypes", Err("administrativeUnit")),
    ("+membershipRule", Ok(Kind::Group)),
    ("instanceEnumerationScope", Err("accessReviewScheduleDefinition")),
    ("scope reviewers settings", Err("accessReviewScheduleDefinition")),
    ("scope settings status", Err("accessReviewScheduleDefinition")),
    ("businessFlowTemplateId", Err("accessReview")),
    ("accessReviewId recommendation", Err("accessReviewInstanceDecisionItem")),
    ("accessReviewId reviewResult", Err("accessReviewDecision")),
    ("reviewHistoryPeriodStartDateTime", Err("accessReviewHistoryDefinition")),
    ("accessReviewInstanceId", Err("accessReviewInstanceDecisionItem")),
    ("definition startDateTime endDateTime scope", Err("accessReviewInstance")),
    ("assignedToMe reviewResult", Err("approvalStage or approvalStep")),
    ("endpointConfiguration clientConfiguration", Err("customAccessPackageWorkflowExtension")),
    ("connectionInfo originSystem", Err("accessPackageResourceEnvironment")),
    // Lists of what people did, or of what is known about them, name them as users do.
    ("+userPrincipalName appDisplayName", Err("signIn")),
    ("+userPrincipalName clientAppUsed", Err("signIn")),
    ("+userPrincipalName conditionalAccessStatus", Err("signIn")),
    ("+userPrincipalName ipAddress", Err("signIn")),
    ("+userPrincipalName riskLevel", Err("riskyUser or riskDetection")),
    ("+userPrincipalName riskState", Err("riskyUser or riskDetection")),
    ("+userPrincipalName isMfaRegistered", Err("userRegistrationDetails")),
    ("+userPrincipalName methodsRegistered", Err("userRegistrationDetails")),
    ("+userPrincipalName managedDeviceId", Err("record about a user")),
    ("+userPrincipalName deviceName", Err("record about a user")),
    ("+userPrincipalName userId", Err("record about a user")),
    ("+userPrincipalName userDisplayName", Err("record about a user")),
    ("+userPrincipalName activityDateTime", Err("record about a user")),
    ("+userPrincipalName correlationId", Err("record about a user")),
    ("+userPrincipalName operation", Err("record about a user")),
    ("+userPrincipalName timeGenerated", Err("record about a user")),
    ("+userPrincipalName resultType", Err("record about a user")),
    ("activityDisplayName initiatedBy", Err("directoryAudit")),
    ("+userPrincipalName", Ok(Kind::User)),
    ("externalUserState", Ok(Kind::User)),
    ("isAvailable displayName", Ok(Kind::AuthenticationContext)),
    ("isPerDeviceAcceptanceRequired", Ok(Kind::TermsOfUse)),
    ("isViewingBeforeAcceptanceRequired", Ok(Kind::TermsOfUse)),
    ("invitedUserEmailAddress", Err("invitation")),
    ("deviceId trustType", Err("device")),
];

/// Whether lists of it are hardly ever anything but the tenant's: much else names people, and what they may use.
pub(super) fn is_configuration(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::User
            | Kind::Group
            | Kind::ServicePrincipal
            | Kind::AppRoleAssignment
            | Kind::RoleAssignment
            | Kind::RoleDefinition
            | Kind::Assignment
            | Kind::Domain
    )
}

/// What an object that does not tell what it is seems to be, so that one knows of what the export holds more.
pub(super) fn resembles(object: &Object<'_>) -> Option<Kind> {
    const OF_POLICIES: [&str; 3] = ["conditions", "grantControls", "sessionControls"];
    OF_POLICIES.iter().any(|name| object.get(name).is_some()).then_some(Kind::ConditionalAccessPolicy)
}

fn of_members(object: &Object<'_>) -> Option<What> {
    let has = |name: &str| object.get(name).is_some() || additional(object).any(|more| more.get(name).is_some());
    let holds = |word: &str| {
        if let Some(name) = word.strip_prefix('+') {
            return has(name) && !object.get(name).is_some_and(Node::is_blank);
        }
        if let Some(name) = word.strip_prefix('!') {
            return !has(name);
        }
        if let Some((outer, inner)) = word.split_once('.') {
            return object.get(outer).and_then(Node::as_object).is_some_and(|object| object.get(inner).is_some());
        }
        match word.split_once('=') {
            None => has(word),
            Some((name, values)) => object
                .get(name)
                .and_then(Node::as_str)
                .is_some_and(|text| values.split('|').any(|value| value.eq_ignore_ascii_case(text))),
        }
    };
    let (_, what) = SIGNATURES.iter().find(|(words, _)| words.split(' ').all(holds))?;
    Some(match what {
        Ok(kind) => What::Model(*kind),
        Err(name) => What::NotUsedYet((*name).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::parse;

    fn of(text: &str, context: Option<&str>) -> Option<What> {
        let (node, _) = parse(text).unwrap();
        of_object(node.as_object().unwrap(), context)
    }

    /// What names people without being the list of them.
    #[test]
    fn logs_are_no_users() {
        let named = |more: &str| format!(r#"{{"id":"1","userPrincipalName":"ana@contoso.example",{more}}}"#);
        for (more, what) in [
            (r#""userDisplayName":"Ana","userId":"2","appId":"3","ipAddress":"203.0.113.7""#, "signIn"),
            (r#""riskLevel":"high","riskState":"atRisk""#, "riskyUser or riskDetection"),
            (r#""userType":"member","isMfaRegistered":true,"methodsRegistered":[]"#, "userRegistrationDetails"),
            (r#""deviceName":"laptop","managedDeviceOwnerType":"company""#, "record about a user"),
        ] {
            assert_eq!(of(&named(more), None), Some(What::NotUsedYet(what.into())), "{more}");
        }
        let signed_in = r#""displayName":"Ana","signInActivity":{"lastSignInDateTime":"2026-01-02T03:04:05Z"}"#;
        assert_eq!(of(&named(signed_in), None), Some(What::Model(Kind::User)));
    }

    #[test]
    fn content_decides() {
        let policy = Some(What::Model(Kind::ConditionalAccessPolicy));
        assert_eq!(of(r#"{"Conditions":{},"GrantControls":null}"#, None), policy);
        assert_eq!(of(r#"{"conditions":{},"state":"running"}"#, None), None);
        let context = "https://graph.microsoft.com/beta/$metadata#identity/conditionalAccess/policies/$entity";
        assert_eq!(of("{}", Some(context)), policy);
        assert_eq!(of_context("https://x/$metadata#policies/foo/policies"), None);
        let default = "https://x/$metadata#policies/crossTenantAccessPolicy/default/$entity";
        let template = "https://x/$metadata#policies/crossTenantAccessPolicy/templates/multiTenantOrganizationPartnerConfiguration/$entity";
        let members = r#"{"inboundTrust": null, "b2bCollaborationInbound": {}, "b2bCollaborationOutbound": {}}"#;
        let unused = Some(What::NotUsedYet("template multiTenantOrganizationPartnerConfiguration".into()));
        assert_eq!(of(members, Some(default)), Some(What::Model(Kind::CrossTenantDefault)));
        assert_eq!(of(members, Some(template)), unused);
        let alone =
            r#"{"templateApplicationLevel": "none", "b2bCollaborationInbound": {}, "b2bCollaborationOutbound": {}}"#;
        assert_eq!(of(alone, None), Some(What::NotUsedYet("template of multiTenantOrganization".into())));
        let typed = r##"{"@odata.type":"#microsoft.graph.countryNamedLocation"}"##;
        assert_eq!(of(typed, None), Some(What::Model(Kind::NamedLocation)));
        let list = "https://x/$metadata#Collection(microsoft.graph.accessReviewInstance)";
        assert_eq!(of_context(list), Some(What::NotUsedYet("accessReviewInstance".into())));
        assert_eq!(of_context("https://x/$metadata#users(id,displayName)/$entity"), Some(What::Model(Kind::User)));
        assert_eq!(of(r#"{"id":"1","displayName":"x"}"#, None), None);
    }
}
