//! A large tenant, as Graph writes it: the same text for the same size.

#![allow(dead_code, reason = "shared by benchmarks, none of which uses all of it")]

use std::fmt::Write as _;

/// How large a tenant is.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    /// Conditional Access policies.
    pub(crate) policies: usize,
    /// Connected organizations.
    pub(crate) organizations: usize,
    /// Access packages.
    pub(crate) packages: usize,
    /// Assignment policies.
    pub(crate) assignment_policies: usize,
    /// Guests.
    pub(crate) guests: usize,
}

impl Size {
    /// A part of it; Conditional Access stays whole.
    pub(crate) fn part(&self, divisor: usize) -> Self {
        Self {
            policies: self.policies,
            organizations: self.organizations / divisor,
            packages: self.packages / divisor,
            assignment_policies: self.assignment_policies / divisor,
            guests: self.guests / divisor,
        }
    }

    /// Objects in it.
    pub(crate) fn objects(&self) -> usize {
        self.policies + self.organizations + self.packages + self.assignment_policies + self.guests
    }
}

fn id(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

const TYPES: &str =
    "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider";

/// The files of a tenant.
pub(crate) fn files(size: &Size) -> Vec<(&'static str, String)> {
    let collection = |context: &str, items: Vec<String>| {
        format!(
            "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#{context}\",\"value\":[\n{}\n]}}\n",
            items.join(",\n")
        )
    };
    let all = |count: usize, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<Vec<_>>();
    let packages = "identityGovernance/entitlementManagement/accessPackages";
    let policies = "identityGovernance/entitlementManagement/assignmentPolicies";
    let organizations = "identityGovernance/entitlementManagement/connectedOrganizations";
    let size = size.clone();
    vec![
        ("organization.json", collection("organization", vec![format!("{{\"id\":\"{}\",\"displayName\":\"Large\",\"verifiedDomains\":[{{\"name\":\"large.example\"}}]}}", id(1, 1))])),
        ("conditionalAccessPolicies.json", collection("identity/conditionalAccess/policies", all(size.policies, &conditional_access))),
        ("connectedOrganizations.json", collection(organizations, all(size.organizations, &organization))),
        ("accessPackages.json", collection(packages, all(size.packages, &package))),
        ("assignmentPolicies.json", collection(policies, all(size.assignment_policies, &|number| assignment_policy(number, &size)))),
        ("users.json", collection("users", all(size.guests, &guest))),
        ("groups.json", collection("groups", vec![format!("{{\"id\":\"{}\",\"displayName\":\"Emergency\",\"groupTypes\":[],\"isAssignableToRole\":false,\"membershipRule\":null,\"members\":[]}}", id(7, 1))])),
        ("crossTenantAccessPolicyDefault.json", "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#policies/crossTenantAccessPolicy/default\",\"isServiceDefault\":true}".to_owned()),
        ("crossTenantAccessPolicyPartners.json", collection("policies/crossTenantAccessPolicy/partners", all(50, &partner))),
    ]
}

/// Applications: one in five takes only who is assigned, by one of twenty groups that hold the guests.
pub(crate) fn applications(size: &Size, count: usize) -> Vec<(&'static str, String)> {
    let collection = |context: &str, items: Vec<String>| {
        format!(
            "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#{context}\",\"value\":[\n{}\n]}}\n",
            items.join(",\n")
        )
    };
    let group = |number: usize| {
        let members: Vec<String> = (0..size.guests)
            .filter(|guest| guest % 20 == number || guest % 17 == number)
            .map(|guest| format!("{{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"{}\"}}", id(12, guest)))
            .collect();
        format!(
            "{{\"id\":\"{}\",\"displayName\":\"Project {number}\",\"groupTypes\":[],\"isAssignableToRole\":false,\"membershipRule\":null,\"members\":[{}]}}",
            id(7, 100 + number),
            members.join(",")
        )
    };
    let principal = |number: usize| {
        let assigned = if number.is_multiple_of(5) {
            format!(
                "{{\"id\":\"a{number}\",\"appRoleId\":\"00000000-0000-0000-0000-000000000000\",\"principalId\":\"{}\",\"principalType\":\"Group\",\"resourceId\":\"{}\"}}",
                id(7, 100 + number / 5 % 20),
                id(14, number)
            )
        } else {
            String::new()
        };
        format!(
            "{{\"id\":\"{}\",\"appId\":\"{}\",\"displayName\":\"Application {number}\",\"servicePrincipalType\":\"Application\",\"accountEnabled\":true,\"appRoleAssignmentRequired\":{},\"appOwnerOrganizationId\":\"{}\",\"appRoleAssignedTo\":[{assigned}]}}",
            id(14, number),
            id(8, number),
            number.is_multiple_of(5),
            id(1, 1)
        )
    };
    vec![
        ("projects.json", collection("groups", (0..20).map(group).collect())),
        ("servicePrincipals.json", collection("servicePrincipals", (0..count).map(principal).collect())),
        (
            "identitySecurityDefaultsEnforcementPolicy.json",
            "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#policies/identitySecurityDefaultsEnforcementPolicy/$entity\",\"isEnabled\":false}".to_owned(),
        ),
    ]
}

fn partner(number: usize) -> String {
    format!(
        "{{\"tenantId\":\"{}\",\"isServiceProvider\":false,\"inboundTrust\":{{\"isMfaAccepted\":{},\"isCompliantDeviceAccepted\":false,\"isHybridAzureADJoinedDeviceAccepted\":false}},\"b2bCollaborationInbound\":null,\"b2bDirectConnectInbound\":null}}",
        id(3, number),
        number.is_multiple_of(2)
    )
}

fn conditional_access(number: usize) -> String {
    let users = match number % 4 {
        0 => format!("\"includeUsers\":[\"All\"],\"excludeUsers\":[],\"excludeGroups\":[\"{}\"]", id(7, 1)),
        1 => format!(
            "\"includeUsers\":[],\"includeGuestsOrExternalUsers\":{{\"guestOrExternalUserTypes\":\"{TYPES}\",\"externalTenants\":{{\"@odata.type\":\"#microsoft.graph.conditionalAccessAllExternalTenants\",\"membershipKind\":\"all\"}}}}"
        ),
        2 => format!(
            "\"includeUsers\":[],\"includeGuestsOrExternalUsers\":{{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\",\"externalTenants\":{{\"@odata.type\":\"#microsoft.graph.conditionalAccessEnumeratedExternalTenants\",\"membershipKind\":\"enumerated\",\"members\":[\"{}\",\"{}\"]}}}}",
            id(3, number),
            id(3, number + 1)
        ),
        _ => format!("\"includeUsers\":[],\"includeGroups\":[\"{}\"]", id(7, 1)),
    };
    let control = ["mfa", "block", "compliantDevice", "approvedApplication"][number / 4 % 4];
    let app = if number.is_multiple_of(3) { "All".to_owned() } else { id(8, number % 60) };
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"CA{number:03}\",\"state\":\"{}\",\"conditions\":{{\"clientAppTypes\":[\"all\"],\"applications\":{{\"includeApplications\":[\"{app}\"],\"excludeApplications\":[]}},\"users\":{{{users}}}}},\"grantControls\":{{\"operator\":\"OR\",\"builtInControls\":[\"{control}\"]}},\"sessionControls\":null}}",
        id(2, number),
        if number % 10 == 9 { "enabledForReportingButNotEnforced" } else { "enabled" }
    )
}

/// Files instead of others of the same name: policies with conditions of every kind, none of which refuses everybody, and
/// the named locations that they ask about. `without` is a policy that is left out.
pub(crate) fn conditions(
    policies: usize,
    locations: usize,
    applications: usize,
    without: Option<usize>,
) -> Vec<(&'static str, String)> {
    let collection = |context: &str, items: Vec<String>| {
        format!(
            "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#{context}\",\"value\":[\n{}\n]}}\n",
            items.join(",\n")
        )
    };
    let numbers = (0..policies).filter(|number| Some(*number) != without);
    let policies = numbers.map(|number| conditioned(number, locations, applications)).collect();
    let locations = (0..locations).map(named_location).collect();
    vec![
        ("conditionalAccessPolicies.json", collection("identity/conditionalAccess/policies", policies)),
        ("namedLocations.json", collection("identity/conditionalAccess/namedLocations", locations)),
    ]
}

fn named_location(number: usize) -> String {
    let key = id(13, number);
    if number.is_multiple_of(10) {
        let second = char::from(b'A' + u8::try_from(number / 10 % 26).unwrap_or_default());
        return format!(
            "{{\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"id\":\"{key}\",\"displayName\":\"Countries {number}\",\"countriesAndRegions\":[\"D{second}\",\"F{second}\"],\"includeUnknownCountriesAndRegions\":false,\"countryLookupMethod\":\"clientIpAddress\"}}"
        );
    }
    let block = |at: usize| {
        format!(
            "{{\"@odata.type\":\"#microsoft.graph.iPv4CidrRange\",\"cidrAddress\":\"10.{number}.{}.0/{}\"}}",
            at * 16,
            20 + at
        )
    };
    format!(
        "{{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"{key}\",\"displayName\":\"Site {number}\",\"isTrusted\":{},\"ipRanges\":[{},{},{}]}}",
        number % 3 == 1,
        block(0),
        block(1),
        block(2)
    )
}

/// The first asks everybody from outside for multifactor authentication, the second refuses legacy clients. All others
/// narrow whom they are about.
fn conditioned(number: usize, locations: usize, applications: usize) -> String {
    let guests = |types: &str, tenants: &str| {
        format!(
            "\"includeUsers\":[],\"includeGuestsOrExternalUsers\":{{\"guestOrExternalUserTypes\":\"{types}\",\"externalTenants\":{tenants}}}"
        )
    };
    let all_tenants =
        "{\"@odata.type\":\"#microsoft.graph.conditionalAccessAllExternalTenants\",\"membershipKind\":\"all\"}";
    let some_tenants = format!(
        "{{\"@odata.type\":\"#microsoft.graph.conditionalAccessEnumeratedExternalTenants\",\"membershipKind\":\"enumerated\",\"members\":[\"{}\",\"{}\"]}}",
        id(3, number % 50),
        id(3, (number + 1) % 50)
    );
    let users = match number % 5 {
        _ if number < 2 => guests(TYPES, all_tenants),
        0 => format!("\"includeUsers\":[\"All\"],\"excludeUsers\":[],\"excludeGroups\":[\"{}\"]", id(7, 1)),
        1 => guests(TYPES, all_tenants),
        2 => guests("b2bCollaborationGuest,b2bCollaborationMember", &some_tenants),
        3 => format!(
            "\"includeUsers\":[],\"includeGroups\":[\"{}\",\"{}\"]",
            id(7, 100 + number % 20),
            id(7, 100 + number / 5 % 20)
        ),
        _ => guests("b2bCollaborationGuest", all_tenants),
    };
    let listed = |count: usize| {
        let all: Vec<String> =
            (0..count).map(|at| format!("\"{}\"", id(8, (number * 37 + at * 11) % applications.max(1)))).collect();
        all.join(",")
    };
    let apps = match number % 4 {
        _ if number < 2 => "\"includeApplications\":[\"All\"],\"excludeApplications\":[]".to_owned(),
        0 => format!("\"includeApplications\":[\"All\"],\"excludeApplications\":[{}]", listed(3)),
        1 => "\"includeApplications\":[\"Office365\"],\"excludeApplications\":[]".to_owned(),
        _ => format!("\"includeApplications\":[{}],\"excludeApplications\":[]", listed(1 + number % 8)),
    };
    let mut conditions = String::new();
    let mut narrow = number % 4 > 1;
    let place = |at: usize| format!("\"{}\"", id(13, at % locations.max(1)));
    if number > 1 && number.is_multiple_of(3) {
        let _ = write!(
            conditions,
            ",\"locations\":{{\"includeLocations\":[\"All\"],\"excludeLocations\":[{},{}]}}",
            place(number),
            place(number * 7)
        );
    } else if number % 6 == 5 {
        let _ = write!(
            conditions,
            ",\"locations\":{{\"includeLocations\":[{}],\"excludeLocations\":[]}}",
            place(number * 3)
        );
        narrow = true;
    }
    if number % 6 == 4 {
        conditions.push_str(",\"signInRiskLevels\":[\"medium\",\"high\"]");
        narrow = true;
    }
    if number % 7 == 5 {
        conditions.push_str(",\"platforms\":{\"includePlatforms\":[\"android\",\"iOS\"],\"excludePlatforms\":[]}");
    }
    if number % 8 == 6 {
        let _ = write!(
            conditions,
            ",\"devices\":{{\"deviceFilter\":{{\"mode\":\"exclude\",\"rule\":\"device.model -eq \\\"SAW-{}\\\" -or device.displayName -startsWith \\\"desk-{}\\\"\"}}}}",
            number % 5,
            number % 3
        );
    }
    let clients = match number {
        1 => "\"exchangeActiveSync\",\"other\"",
        _ if number % 9 == 7 => "\"browser\"",
        _ => "\"all\"",
    };
    let control = match number {
        0 => "\"mfa\"",
        1 => "\"block\"",
        _ if narrow && number.is_multiple_of(4) => "\"block\"",
        _ if number % 5 == 2 => "\"mfa\",\"compliantDevice\"",
        _ => "\"mfa\"",
    };
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"CA{number:03}\",\"state\":\"{}\",\"conditions\":{{\"clientAppTypes\":[{clients}],\"applications\":{{{apps}}},\"users\":{{{users}}}{conditions}}},\"grantControls\":{{\"operator\":\"OR\",\"builtInControls\":[{control}]}},\"sessionControls\":null}}",
        id(2, number),
        if number % 20 == 19 { "enabledForReportingButNotEnforced" } else { "enabled" }
    )
}

fn organization(number: usize) -> String {
    let sponsors = if number.is_multiple_of(50) {
        String::new()
    } else {
        format!(
            "{{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"{}\",\"displayName\":\"Sponsor\"}}",
            id(6, number)
        )
    };
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"Organization {number}\",\"description\":\"Partner number {number} of the large tenant\",\"createdDateTime\":\"2024-05-0{}T10:00:00.1234567Z\",\"state\":\"configured\",\"identitySources\":[{{\"@odata.type\":\"#microsoft.graph.azureActiveDirectoryTenant\",\"tenantId\":\"{}\",\"displayName\":\"Organization {number}\"}}],\"internalSponsors\":[{sponsors}],\"externalSponsors\":[]}}",
        id(4, number),
        number % 9 + 1,
        id(3, number)
    )
}

fn package(number: usize) -> String {
    let mut roles = String::new();
    for role in 0..3 {
        let group = id(7, 1000 + number * 3 + role);
        let comma = if role > 0 { "," } else { "" };
        let _ = write!(
            roles,
            "{comma}{{\"id\":\"{}\",\"role\":{{\"originId\":\"Member_{group}\",\"displayName\":\"Member\",\"originSystem\":\"SharePointOnline\",\"resource\":{{\"originId\":\"{group}\",\"displayName\":\"Site {number}\",\"originSystem\":\"SharePointOnline\"}}}},\"scope\":{{\"originId\":\"{group}\",\"originSystem\":\"SharePointOnline\",\"isRootScope\":true}}}}",
            id(9, number)
        );
    }
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"Package {number}\",\"description\":\"What people need for the work of project {number}\",\"isHidden\":false,\"createdDateTime\":\"2025-01-01T00:00:00Z\",\"modifiedDateTime\":\"2025-01-01T00:00:00Z\",\"catalog\":{{\"id\":\"{}\",\"displayName\":\"Catalog\",\"state\":\"published\",\"isExternallyVisible\":true,\"catalogType\":\"userManaged\"}},\"resourceRoleScopes\":[{roles}],\"incompatibleAccessPackages\":[],\"incompatibleGroups\":[]}}",
        id(5, number),
        id(10, number % 100)
    )
}

fn assignment_policy(number: usize, size: &Size) -> String {
    let organization = id(4, number % size.organizations.max(1));
    let days = [30, 60, 90, 180, 365][number % 5];
    let approval = !number.is_multiple_of(4);
    let stages = if approval {
        format!(
            "{{\"durationBeforeAutomaticDenial\":\"P14D\",\"isApproverJustificationRequired\":true,\"isEscalationEnabled\":false,\"primaryApprovers\":[{{\"@odata.type\":\"#microsoft.graph.internalSponsors\"}}],\"fallbackPrimaryApprovers\":[{{\"@odata.type\":\"#microsoft.graph.singleUser\",\"userId\":\"{}\"}}],\"escalationApprovers\":[]}}",
            id(6, 1)
        )
    } else {
        String::new()
    };
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"Policy {number}\",\"description\":\"Who may request package {number}\",\"createdDateTime\":\"2025-02-02T08:00:00.5Z\",\"modifiedDateTime\":\"2025-02-02T08:00:00.5Z\",\"allowedTargetScope\":\"specificConnectedOrganizationUsers\",\"specificAllowedTargets\":[{{\"@odata.type\":\"#microsoft.graph.connectedOrganizationMembers\",\"connectedOrganizationId\":\"{organization}\",\"description\":\"Organization\"}}],\"automaticRequestSettings\":null,\"expiration\":{{\"endDateTime\":null,\"duration\":\"P{days}D\",\"type\":\"afterDuration\"}},\"requestorSettings\":{{\"enableTargetsToSelfAddAccess\":true,\"enableTargetsToSelfUpdateAccess\":{},\"enableTargetsToSelfRemoveAccess\":true,\"allowCustomAssignmentSchedule\":false,\"enableOnBehalfRequestorsToAddAccess\":false,\"onBehalfRequestors\":[]}},\"requestApprovalSettings\":{{\"isApprovalRequiredForAdd\":{approval},\"isApprovalRequiredForUpdate\":{approval},\"stages\":[{stages}]}},\"reviewSettings\":{{\"isEnabled\":true,\"expirationBehavior\":\"removeAccess\",\"isRecommendationEnabled\":true,\"isSelfReview\":false,\"primaryReviewers\":[],\"fallbackReviewers\":[]}},\"accessPackage\":{{\"id\":\"{}\",\"displayName\":\"Package {}\"}}}}",
        id(11, number),
        number.is_multiple_of(3),
        id(5, number % size.packages.max(1)),
        number % size.packages.max(1)
    )
}

fn guest(number: usize) -> String {
    let sponsors = if number.is_multiple_of(20) {
        String::new()
    } else {
        format!(
            "{{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"{}\",\"displayName\":\"Sponsor\",\"userPrincipalName\":\"s@large.example\"}}",
            id(6, number % 2000)
        )
    };
    let organization = number % 2000;
    format!(
        "{{\"id\":\"{}\",\"displayName\":\"Guest {number}\",\"givenName\":\"Guest\",\"surname\":\"{number}\",\"userPrincipalName\":\"guest{number}_org{organization}.example#EXT#@large.example\",\"mail\":\"guest{number}@org{organization}.example\",\"userType\":\"Guest\",\"accountEnabled\":true,\"creationType\":\"Invitation\",\"externalUserState\":\"Accepted\",\"externalUserStateChangeDateTime\":\"2025-03-03T09:00:00Z\",\"createdDateTime\":\"2025-03-03T08:00:00Z\",\"companyName\":null,\"department\":null,\"jobTitle\":null,\"mobilePhone\":null,\"identities\":[{{\"signInType\":\"federated\",\"issuer\":\"ExternalAzureAD\",\"issuerAssignedId\":null}},{{\"signInType\":\"userPrincipalName\",\"issuer\":\"large.example\",\"issuerAssignedId\":\"guest{number}\"}}],\"sponsors\":[{sponsors}]}}",
        id(12, number)
    )
}
