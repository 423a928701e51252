//! Reads the organization, users, groups, service principals, directory roles, and settings of the tenant as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::members::{Members, or_unset, required};
use super::problem::{Sort, Weight};
use crate::model::{
    AppRoleAssignment, AuthenticationMethods, AuthorizationPolicy, Domain, DomainList, Expanded,
    ExternalIdentitiesPolicy, ExternalUserState, Gap, Group, GroupAccess, GroupPrivilege, Id, Identity, InvitesFrom,
    Member, MemberKind, MembershipRule, Organization, RoleAssignment, RoleDefinition, RoleEligibility, RuleProcessing,
    SecurityDefaults, ServicePrincipal, Told, User, UserType,
};
use crate::source::{Node, Origin, parse};

pub(super) fn organization(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> Organization {
    let mut organization = Organization::untold(id, origin);
    organization.display_name = required(members.text("displayName"));
    organization.verified_domains = members.objects("verifiedDomains").and_then(|domains| {
        let names = domains.unwrap_or_default();
        names.iter().map(|domain| required(domain.text("name")).map(|name| name.to_ascii_lowercase())).collect()
    });
    organization
}

pub(super) fn domain(members: &Members<'_, '_, '_>, id: &Id, origin: Origin) -> Domain {
    let mut domain = Domain::untold(Id::new(&id.as_str().to_ascii_lowercase()), origin);
    domain.verified = required(members.flag("isVerified"));
    domain
}

pub(super) fn user(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> User {
    let mut user = User::untold(id, origin);
    user.display_name = required(members.text("displayName"));
    user.user_principal_name = required(members.text("userPrincipalName"));
    user.mail = members.text("mail");
    user.user_type = members.word("userType", UserType::read, UserType::is_known);
    user.enabled = required(members.flag("accountEnabled"));
    user.external_state = members.word("externalUserState", ExternalUserState::read, ExternalUserState::is_known);
    user.creation_type = members.text("creationType");
    // Null says nothing of when that was.
    user.created = required(members.time("createdDateTime")).map(Some);
    user.identities = members.objects("identities").map(|identities| {
        let read = |identity: &Members<'_, '_, '_>| Identity {
            issuer: identity.text("issuer").ok().flatten(),
            sign_in_type: identity.text("signInType").ok().flatten(),
            issuer_assigned_id: identity.text("issuerAssignedId").ok().flatten(),
        };
        identities.unwrap_or_default().iter().map(read).collect()
    });
    user.sponsors = members.directory_objects("sponsors");
    user.member_of = match members.directory_objects("transitiveMemberOf") {
        Err(Gap::NotExported) => members.directory_objects("memberOf"),
        told => told,
    };
    user
}

pub(super) fn group(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> Group {
    let mut group = Group::untold(id, origin);
    group.display_name = required(members.text("displayName"));
    group.members = match members.directory_objects("members") {
        Err(Gap::NotExported) => members.directory_objects("transitiveMembers"),
        told => told,
    };
    group.dynamic = members
        .texts("groupTypes")
        .map(|types| types.iter().flatten().any(|word| word.eq_ignore_ascii_case("DynamicMembership")));
    group.membership_rule = match (members.text("membershipRule"), &group.dynamic) {
        // Only a dynamic group has a rule.
        (Err(Gap::NotExported), Ok(false)) => Ok(None),
        (told, _) => told.map(|text| text.map(|text| MembershipRule::read(&text))),
    };
    group.rule_processing =
        members.word("membershipRuleProcessingState", RuleProcessing::read, RuleProcessing::is_known);
    group.nesting_disabled = members.flag("disableNesting");
    // Null is what Graph gives for a group that cannot hold roles.
    group.role_assignable = members.flag("isAssignableToRole").map(|flag| flag.unwrap_or(false));
    group
}

/// The service principal, and the assignments that it was exported with.
pub(super) fn service_principal(
    members: &Members<'_, '_, '_>,
    id: Id,
    origin: Origin,
) -> (ServicePrincipal, Vec<AppRoleAssignment>) {
    let mut principal = ServicePrincipal::untold(id, origin);
    principal.display_name = required(members.text("displayName"));
    principal.app_id = required(members.id("appId"));
    principal.assignment_required = required(members.flag("appRoleAssignmentRequired"));
    principal.enabled = is_enabled(members);
    principal.app_owner = members.id("appOwnerOrganizationId");
    principal.service_principal_type = members.text("servicePrincipalType");
    principal.sign_in_audience = members.text("signInAudience");
    principal.security_attributes = security_attributes(members);
    let expanded = members.expanded_in_part("appRoleAssignedTo");
    let read = |assignment: &Members<'_, '_, '_>| {
        let mut assignment = app_role_assignment(assignment, Id::new(""), assignment.origin());
        assignment.resource = assignment.resource.or_else(|_| Ok(principal.id.clone()));
        assignment
    };
    let assigned = expanded.map(|list| (list.items.iter().map(read).collect::<Vec<_>>(), list.cut_off));
    let (told, assignments) = match assigned {
        Ok((assignments, cut_off)) => (Ok(assigned_members(&assignments, cut_off)), assignments),
        Err(gap) => (Err(gap), Vec::new()),
    };
    principal.assigned = told;
    (principal, assignments.into_iter().filter_map(with_id).collect())
}

/// Whether anybody can sign in to it: its account is enabled, its application was not deactivated, and Microsoft did not
/// shut it off (SI-1.24).
fn is_enabled(members: &Members<'_, '_, '_>) -> Told<bool> {
    let enabled = required(members.flag("accountEnabled"));
    let deactivated = or_unset(members.flag("isDisabled")).map(|flag| flag == Some(true));
    let words = ["NotDisabled", "DisabledDueToViolationOfServicesAgreement"];
    let shut_off = or_unset(members.one_of("disabledByMicrosoftStatus", &words));
    let shut_off = shut_off.map(|word| word.is_some_and(|word| word != "NotDisabled"));
    if enabled == Ok(false) || deactivated == Ok(true) || shut_off == Ok(true) {
        return Ok(false);
    }
    deactivated?;
    shut_off?;
    enabled
}

/// Who is assigned, each once. An assignment that does not say to whom leaves the list open.
fn assigned_members(assignments: &[AppRoleAssignment], cut_off: bool) -> Expanded<Member> {
    let mut list = Expanded { items: Vec::new(), cut_off };
    let mut seen = BTreeSet::new();
    for assignment in assignments {
        match assigned_member(assignment) {
            Some(member) if seen.insert(member.id.clone()) => list.items.push(member),
            Some(_) => {}
            None => list.cut_off = true,
        }
    }
    list
}

/// Who is assigned.
pub(super) fn assigned_member(assignment: &AppRoleAssignment) -> Option<Member> {
    let id = assignment.principal.clone().ok()?;
    Some(Member { id, kind: assignment.principal_kind.clone().unwrap_or(MemberKind::Unsaid) })
}

/// What a user, a group or a service principal is assigned to, when it was exported with that. Graph lists for a user
/// what the groups that they are directly in are assigned to as well, so only the assignment says who that is.
pub(super) fn assignments_of(
    members: &Members<'_, '_, '_>,
    principal: &Id,
    kind: MemberKind,
) -> impl Iterator<Item = AppRoleAssignment> {
    let read = |assignment: &Members<'_, '_, '_>| {
        let mut assignment = app_role_assignment(assignment, Id::new(""), assignment.origin());
        if kind != MemberKind::User && assignment.principal == Err(Gap::NotExported) {
            assignment.principal = Ok(principal.clone());
            assignment.principal_kind = Ok(kind);
        }
        with_id(assignment)
    };
    let expanded = members.objects("appRoleAssignments").ok().flatten().unwrap_or_default();
    expanded.iter().filter_map(read).collect::<Vec<_>>().into_iter()
}

pub(super) fn app_role_assignment(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AppRoleAssignment {
    let id = if id.as_str().is_empty() { members.id("id").ok().flatten().unwrap_or(id) } else { id };
    let mut assignment = AppRoleAssignment::untold(id, origin);
    assignment.principal = required(members.id("principalId"));
    assignment.principal_kind = required(members.word("principalType", principal_kind, Result::is_ok))
        .and_then(|kind| kind.map_err(|_| Gap::NotUnderstood));
    assignment.resource = required(members.id("resourceId"));
    assignment.app_role = required(members.id("appRoleId"));
    assignment
}

fn principal_kind(text: &str) -> Result<MemberKind, String> {
    match text.to_ascii_lowercase().as_str() {
        "user" => Ok(MemberKind::User),
        "group" => Ok(MemberKind::Group),
        "serviceprincipal" => Ok(MemberKind::Another),
        _ => Err(text.to_owned()),
    }
}

/// An assignment that was exported without its id goes by what it says.
fn with_id(mut assignment: AppRoleAssignment) -> Option<AppRoleAssignment> {
    if assignment.id.as_str().is_empty() {
        let role = assignment.app_role.as_ref().map_or("", Id::as_str);
        let (principal, resource) = (assignment.principal.as_ref().ok()?, assignment.resource.as_ref().ok()?);
        assignment.id = Id::new(&format!("{principal}/{resource}/{role}"));
    }
    Some(assignment)
}

/// Sets of attributes with a value or several each: text, whole numbers, or true or false. Null is what Graph gives
/// where none is assigned.
fn security_attributes(members: &Members<'_, '_, '_>) -> Told<Vec<(String, Vec<String>)>> {
    let Some(sets) = members.object("customSecurityAttributes")? else { return Ok(Vec::new()) };
    let mut attributes = BTreeMap::new();
    for (set_name, _) in sets.all().filter(|(name, _)| is_attribute(name)) {
        let Some(set) = or_unset(sets.object(set_name))? else { continue };
        for (name, value) in set.all().filter(|(name, value)| is_attribute(name) && !value.is_blank()) {
            let mut values = match value {
                Node::Array(_) => set.texts(name)?.unwrap_or_default(),
                Node::Bool(value) => vec![value.to_string()],
                _ => set.text(name)?.into_iter().collect(),
            };
            values.sort_unstable();
            attributes.insert(format!("{set_name}_{name}"), values);
        }
    }
    Ok(attributes.into_iter().collect())
}

/// Whether it is no annotation.
fn is_attribute(name: &str) -> bool {
    !name.contains(['@', '#'])
}

pub(super) fn role_assignment(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> RoleAssignment {
    let mut assignment = RoleAssignment::untold(id, origin);
    assignment.principal = key_or_expanded(members, "principalId", "principal");
    assignment.role = key_or_expanded(members, "roleDefinitionId", "roleDefinition");
    assignment.scope = required(members.text("directoryScopeId"));
    assignment.principal_tenant = members.id("principalOrganizationId");
    assignment
}

pub(super) fn role_eligibility(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> RoleEligibility {
    let mut eligibility = RoleEligibility::untold(id, origin);
    eligibility.principal = key_or_expanded(members, "principalId", "principal");
    eligibility.role = key_or_expanded(members, "roleDefinitionId", "roleDefinition");
    eligibility.scope = required(members.text("directoryScopeId"));
    eligibility
}

pub(super) fn group_privilege(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> GroupPrivilege {
    let mut privilege = GroupPrivilege::untold(id, origin);
    privilege.principal = key_or_expanded(members, "principalId", "principal");
    privilege.group = key_or_expanded(members, "groupId", "group");
    privilege.access = required(members.word("accessId", GroupAccess::read, GroupAccess::is_known));
    privilege
}

/// Whether it is an active instance of a role assignment that goes by an id of its own, so that both are one.
pub(super) fn is_instance_of_assignment(members: &Members<'_, '_, '_>) -> bool {
    let direct = members.text("memberType").ok().flatten().is_some_and(|text| text.eq_ignore_ascii_case("Direct"));
    direct && members.text("roleAssignmentOriginId").ok().flatten().is_some_and(|id| !id.is_empty())
}

/// The id of what is referred to: beside the navigation property, or inside it where that was expanded.
fn key_or_expanded(members: &Members<'_, '_, '_>, key: &str, navigation: &str) -> Told<Id> {
    match required(members.id(key)) {
        Err(Gap::NotExported) => {
            required(members.object(navigation).and_then(|object| object.map_or(Ok(None), |object| object.id("id"))))
        }
        told => told,
    }
}

pub(super) fn role_definition(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> RoleDefinition {
    let mut role = RoleDefinition::untold(id, origin);
    role.display_name = required(members.text("displayName"));
    role.template = required(members.id("templateId"));
    role.built_in = required(members.flag("isBuiltIn"));
    role
}

pub(super) fn authorization_policy(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AuthorizationPolicy {
    let mut policy = AuthorizationPolicy::untold(id, origin);
    let whole = members.whole(|members| {
        policy.invites_from = required(members.word("allowInvitesFrom", InvitesFrom::read, InvitesFrom::is_known));
        policy.guest_role = required(members.id("guestUserRoleId"));
        policy.email_verified_users_may_join = required(members.flag("allowEmailVerifiedUsersToJoinOrganization"));
        members.pass_over(&[
            "id",
            "displayName",
            "description",
            "deletedDateTime",
            "allowUserConsentForRiskyApps",
            "allowedToSignUpEmailBasedSubscriptions",
            "allowedToUseSSPR",
            "blockMsolPowerShell",
            "defaultUserRolePermissions",
            "defaultUserRoleOverrides",
            "enabledPreviewFeatures",
            "permissionGrantPolicyIdsAssignedToDefaultUserRole",
        ]);
        Ok(())
    });
    if let Err(gap) = whole {
        policy.invites_from = Err(gap.clone());
        policy.guest_role = Err(gap.clone());
        policy.email_verified_users_may_join = Err(gap);
    }
    policy
}

pub(super) fn external_identities(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> ExternalIdentitiesPolicy {
    let mut policy = ExternalIdentitiesPolicy::untold(id, origin);
    policy.may_leave = required(members.flag("allowExternalIdentitiesToLeave"));
    policy
}

pub(super) fn security_defaults(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> SecurityDefaults {
    let mut policy = SecurityDefaults::untold(id, origin);
    policy.enabled = members.whole(|members| {
        members.pass_over(&["id", "displayName", "description", "deletedDateTime"]);
        required(members.flag("isEnabled"))
    });
    policy
}

pub(super) fn authentication_methods(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> AuthenticationMethods {
    let mut policy = AuthenticationMethods::untold(id, origin);
    let is_email = |configuration: &Members<'_, '_, '_>| {
        let named = configuration.text("id").ok().flatten().is_some_and(|id| id.eq_ignore_ascii_case("Email"));
        named || configuration.type_name().as_deref() == Some("emailauthenticationmethodconfiguration")
    };
    let passcode = |configuration: &Members<'_, '_, '_>| {
        let words = ["default", "enabled", "disabled"];
        configuration
            .set_for("allowExternalIdToUseEmailOtp", configuration.one_of("allowExternalIdToUseEmailOtp", &words))
    };
    if members.has("allowExternalIdToUseEmailOtp") {
        // One configuration by itself, as some tools export them.
        policy.external_email_otp = passcode(members);
        return policy;
    }
    let configurations = match members.objects("authenticationMethodConfigurations") {
        Ok(Some(configurations)) => configurations,
        Ok(None) => return policy,
        Err(gap) => {
            policy.external_email_otp = Err(gap.clone());
            policy.registrable = Err(gap);
            return policy;
        }
    };
    if let Some(configuration) = configurations.iter().find(|configuration| is_email(configuration)) {
        policy.external_email_otp = passcode(configuration);
    }
    // Off only if each says so: one that is not listed may be on.
    let off = |name: &&str| {
        let is_it = |configuration: &&Members<'_, '_, '_>| {
            let named = configuration.text("id").ok().flatten().is_some_and(|id| id.eq_ignore_ascii_case(name));
            let kind = configuration.type_name().unwrap_or_default();
            named
                || kind
                    .strip_suffix("authenticationmethodconfiguration")
                    .is_some_and(|kind| kind.eq_ignore_ascii_case(name))
        };
        let state = configurations.iter().find(is_it).map(|configuration| configuration.text("state"));
        matches!(state, Some(Ok(Some(state))) if state.eq_ignore_ascii_case("disabled"))
    };
    policy.registrable = Ok(!["sms", "voice", "softwareOath", "microsoftAuthenticator"].iter().all(off));
    policy
}

/// The allow or deny list stands as JSON inside a string, sometimes with single quotes (Graph documentation,
/// b2bManagementPolicy).
pub(super) fn domain_list(members: &Members<'_, '_, '_>, id: Id, origin: Origin) -> DomainList {
    let mut list = DomainList::untold(id, origin);
    match definition(members) {
        Ok((allowed, blocked)) => {
            list.allowed = Ok(allowed);
            list.blocked = Ok(blocked);
        }
        Err(gap) => {
            list.allowed = Err(gap.clone());
            list.blocked = Err(gap);
        }
    }
    list
}

fn definition(members: &Members<'_, '_, '_>) -> Told<(Vec<String>, Vec<String>)> {
    let definitions = required(members.texts("definition"))?;
    let mut allowed = Vec::new();
    let mut blocked = Vec::new();
    for text in &definitions {
        let single = text.replace('\'', "\"");
        let Ok((node, _)) = parse(text).or_else(|_| parse(&single)) else {
            members.item.note(
                Weight::Warning,
                Sort::MemberNotUnderstood,
                members.path_to("definition"),
                "`definition` does not hold JSON: which domains may be invited is not known".into(),
                None,
            );
            return Err(Gap::NotUnderstood);
        };
        let policy = node.as_object().and_then(|root| root.get("B2BManagementPolicy")?.as_object());
        let Some(domains) = policy.and_then(|policy| policy.get("InvitationsAllowedAndBlockedDomainsPolicy")) else {
            continue;
        };
        let list = |name: &str, list: &mut Vec<String>| match domains.as_object().map(|known| known.get(name)) {
            Some(None | Some(Node::Null)) => true,
            Some(Some(Node::Array(items))) => {
                list.extend(items.iter().filter_map(Node::as_str).map(str::to_ascii_lowercase));
                items.iter().all(|item| item.as_str().is_some())
            }
            _ => false,
        };
        let read = list("AllowedDomains", &mut allowed) && list("BlockedDomains", &mut blocked);
        let known = |name: &str| ["AllowedDomains", "BlockedDomains"].iter().any(|own| own.eq_ignore_ascii_case(name));
        let others = domains.as_object().is_some_and(|own| own.members.iter().any(|(name, _)| !known(name)));
        if !read || others {
            let message = "`InvitationsAllowedAndBlockedDomainsPolicy` is not understood: which domains may be invited is not known";
            let path = members.path_to("definition");
            members.item.note(Weight::Warning, Sort::MemberNotUnderstood, path, message.into(), None);
            return Err(Gap::NotUnderstood);
        }
    }
    Ok((allowed, blocked))
}

/// Members of a directory role, which older exports list in place of role assignments.
pub(super) fn directory_role(members: &Members<'_, '_, '_>, id: &Id, origin: &Origin) -> Vec<RoleAssignment> {
    let Ok(people) = members.directory_objects("members") else { return Vec::new() };
    let role = or_unset(members.id("roleTemplateId")).ok().flatten().unwrap_or_else(|| id.clone());
    let assign = |member: Member| {
        let mut assignment = RoleAssignment::untold(Id::new(&format!("{role}/{}", member.id)), origin.clone());
        assignment.principal = Ok(member.id);
        assignment.role = Ok(role.clone());
        assignment.scope = Ok("/".into());
        assignment
    };
    people.items.into_iter().map(assign).collect()
}
