//! Tenants of which everybody can be told to a solver one by one, and guardrails for them.

use std::sync::Arc;

use guestlist::access::sign_in::AMBIGUITIES;
use guestlist::compile::{Compiled, Mentions, Settled, Term, compile};
use guestlist::model::{Id, Tenant};
use serde_json::{Value, json};

use super::everybody;
use crate::draw::Draw;

/// What the guardrails name.
pub(crate) fn mentions() -> Mentions {
    Mentions {
        tenants: [Id::new(&crate::draw::foreign(0))].into(),
        countries: ["DE", "FR"].map(str::to_owned).into(),
        groups: (0..3).map(|number| Id::new(&crate::draw::group(number))).collect(),
        ..Mentions::default()
    }
}

/// How the ambiguities are read. Some are left open where something may be not known.
fn settled(draw: &mut Draw, open: bool) -> Settled {
    let mut all = Settled::new();
    for ambiguity in AMBIGUITIES {
        let first = draw.chance(50);
        if !(open && draw.chance(10)) {
            all.insert(ambiguity.id, first);
        }
    }
    all
}

fn items(document: &mut Value, name: &str) -> Vec<Value> {
    let found = document.get_mut(name).map(Value::take).unwrap_or_default();
    match found {
        Value::Array(items) => items,
        Value::Object(mut object) => match object.get_mut("value").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Policies that tenants have so that guardrails hold, each with a chance.
fn usual(draw: &mut Draw) -> Vec<Value> {
    let guests = json!({
        "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider",
        "externalTenants": { "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all" },
    });
    let everybody = |draw: &mut Draw| {
        let mut users = if draw.chance(50) {
            json!({ "includeUsers": ["All"] })
        } else {
            json!({ "includeUsers": [], "includeGuestsOrExternalUsers": guests })
        };
        if draw.chance(30) {
            users["excludeGroups"] = json!([crate::draw::group(draw.below(3))]);
        }
        users
    };
    let mut all = Vec::new();
    let known = [
        (json!({ "clientAppTypes": ["exchangeActiveSync", "other"] }), "block"),
        (json!({ "clientAppTypes": ["all"] }), "mfa"),
        (json!({ "clientAppTypes": ["all"], "authenticationFlows": { "transferMethods": "deviceCodeFlow" } }), "block"),
        (json!({ "clientAppTypes": ["all"], "signInRiskLevels": ["high"] }), "block"),
        (json!({ "clientAppTypes": ["all"], "userRiskLevels": ["high", "medium"] }), "block"),
        (json!({ "clientAppTypes": ["all"] }), "compliantDevice"),
        (
            json!({ "clientAppTypes": ["all"], "platforms": { "includePlatforms": ["linux", "macOS"], "excludePlatforms": [] } }),
            "block",
        ),
        (
            json!({ "clientAppTypes": ["all"], "locations": { "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] } }),
            "block",
        ),
    ];
    for (number, (mut conditions, control)) in known.into_iter().enumerate() {
        if !draw.chance(45) {
            continue;
        }
        conditions["users"] = everybody(draw);
        conditions["applications"] = json!({ "includeApplications": ["All"], "excludeApplications": [] });
        all.push(json!({
            "id": crate::draw::id(0xca, 1000 + number),
            "displayName": format!("Usual {number}"),
            "state": "enabled",
            "conditions": conditions,
            "grantControls": { "operator": "OR", "builtInControls": [control] },
        }));
    }
    all
}

/// Access packages that people from outside may request, with what they open.
fn packages(draw: &mut Draw) -> (Vec<Value>, Vec<Value>) {
    let (mut packages, mut policies) = (Vec::new(), Vec::new());
    for number in 0..draw.below(3) {
        let (system, origin) = if draw.chance(60) {
            ("AadGroup", crate::draw::group(draw.below(3)))
        } else {
            ("AadApplication", crate::draw::own_application(draw.below(3)))
        };
        let scope = draw.one(&[
            "allExternalUsers",
            "allConfiguredConnectedOrganizationUsers",
            "specificConnectedOrganizationUsers",
        ]);
        let id = crate::draw::id(0xac, number);
        packages.push(json!({
            "id": id, "displayName": format!("Package {number}"), "isHidden": false,
            "resourceRoleScopes": [{
                "role": { "displayName": "Member", "originId": format!("Member_{origin}"), "originSystem": system },
                "scope": { "originId": origin, "originSystem": system },
            }],
        }));
        policies.push(json!({
            "id": crate::draw::id(0xad, number), "displayName": format!("Requests {number}"), "allowedTargetScope": scope,
            "specificAllowedTargets": [{
                "@odata.type": "#microsoft.graph.connectedOrganizationMembers",
                "connectedOrganizationId": crate::draw::id(0xc1, draw.below(6)),
            }],
            "requestorSettings": { "enableTargetsToSelfAddAccess": true },
            "accessPackage": { "id": id },
        }));
    }
    (packages, policies)
}

/// People who may come, and everybody with each choice of what they may be in. The solver takes them one by one.
const MOST_NEWCOMERS: usize = 45;
/// See [`MOST_NEWCOMERS`].
const MOST_PEOPLE: usize = 80;

/// In a tenant in which anything may be not known.
const MOST_UNKNOWNS: usize = 60;

/// A tenant of a few or some dozen policies, with few enough people that all of them can be pinned. Of every other seed
/// everything is known, of most others all but a little. `None` where that does not come off.
pub(crate) fn tenant(seed: u64) -> Option<(Tenant, Settled)> {
    let mut draw = Draw::new(seed, 20);
    let policies = draw.one(&[2, 5, 10, 25]);
    let mut document = crate::draw::document(seed, policies);
    let most_unknowns = if seed.is_multiple_of(2) { 0 } else { draw.one(&[2, 2, MOST_UNKNOWNS]) };
    let settled = settled(&mut draw, most_unknowns > 0);
    let (packages, requests) = packages(&mut draw);
    document["accessPackages"] = packages.into();
    document["assignmentPolicies"] = requests.into();
    let mut left = Vec::new();
    for (name, most) in [
        ("crossTenantAccessPolicyPartners", 2),
        ("connectedOrganizations", 3),
        ("accessPackages", 2),
        ("assignmentPolicies", 3),
        ("servicePrincipals", 12),
        ("roleAssignments", 4),
        ("users", 8),
        ("conditionalAccessPolicies", 25),
    ] {
        let mut all = items(&mut document, name);
        draw.shuffle(&mut all);
        all.truncate(most);
        if name == "conditionalAccessPolicies" {
            all.extend(usual(&mut draw));
        }
        left.push((name, all));
        document[name] = json!([]);
    }
    // Of one in six the users were not exported.
    if most_unknowns > 0 && Draw::new(seed, 21).chance(17) {
        left.retain(|(name, _)| *name != "users");
        document.as_object_mut().unwrap().remove("users");
    }
    // What people activate is asked of nobody here.
    for name in ["roleEligibilityScheduleInstances", "privilegedAccessGroupEligibilityScheduleInstances"] {
        document[name] = json!([]);
    }
    // Lists are not cut off and groups are told in full, so that less is not known.
    for name in ["groups", "namedLocations", "agreements", "authenticationStrengthPolicies", "roleDefinitions"] {
        if document.get(name).is_some() || most_unknowns < MOST_UNKNOWNS {
            document[name] = items(&mut document, name).into();
        }
    }
    if most_unknowns < MOST_UNKNOWNS {
        for group in document["groups"].as_array_mut().unwrap() {
            group["groupTypes"] = json!([]);
            group["membershipRule"] = Value::Null;
            if group.get("members").is_none() {
                group["members"] = json!([]);
            }
        }
    }
    let fits = |document: &Value| {
        let compiled = of_newcomers(compile(&crate::draw::load(document).tenant, &settled, &mentions()).unwrap());
        compiled.unknowns.len() <= most_unknowns
            && compiled.world.free.len() <= 2
            && compiled.world.newcomers.len() <= MOST_NEWCOMERS
    };
    if !fits(&document) {
        return None;
    }
    for (name, all) in left {
        add(&mut document, name, all, &fits);
    }
    let tenant = crate::draw::load(&document).tenant;
    let compiled = of_newcomers(compile(&tenant, &settled, &mentions()).unwrap());
    (everybody(&compiled).len() <= MOST_PEOPLE).then_some((tenant, settled))
}

/// The same where users of the export hold no packages: a user of each choice of them would be a person of another id.
/// `small_tenants` goes through these.
pub(super) fn of_newcomers(mut compiled: Compiled) -> Compiled {
    let policy = cedar_policy::Policy::parse(None, "permit(principal, action, resource) when { principal.exists };");
    let body = policy.unwrap().to_pst().unwrap().body().clone();
    let Some(cedar_policy::pst::Clause::When(exists)) = body.clauses().first() else { unreachable!() };
    for free in &mut compiled.world.free {
        free.whom = std::mem::replace(&mut free.whom, Term::True) & !Term::Leaf(Arc::clone(exists));
    }
    compiled
}

/// Adds as much as fits.
fn add(document: &mut Value, name: &str, mut more: Vec<Value>, fits: &dyn Fn(&Value) -> bool) {
    let before = document[name].clone();
    document[name].as_array_mut().unwrap().extend(more.iter().cloned());
    if more.is_empty() || fits(document) {
        return;
    }
    document[name] = before;
    if more.len() > 1 {
        let rest = more.split_off(more.len() / 2);
        add(document, name, more, fits);
        add(document, name, rest, fits);
    }
}

/// A narrow condition: one value of each of several things. Whether somebody gets in there hangs on single conditions of
/// policies, and a prover that loses one of them is found out.
fn narrow(draw: &mut Draw) -> String {
    let things: [&[&str]; 11] = [
        &[
            "principal.kind == \"b2bCollaborationGuest\"",
            "principal.kind == \"b2bCollaborationMember\"",
            "principal.kind == \"b2bDirectConnectUser\"",
            "principal.kind == \"internalGuest\"",
        ],
        &[
            "resource == Application::\"00000003-0000-0ff1-ce00-000000000000\"",
            "resource == Application::\"797f4846-ba00-4fd7-ba43-dac1f8f63013\"",
            "resource has displayName && resource.displayName like \"*Share*\"",
        ],
        &[
            "context.client == \"browser\"",
            "context.client == \"mobileAppsAndDesktopClients\"",
            "context.client == \"other\"",
            "context.client == \"exchangeActiveSync\"",
        ],
        &[
            "context.flow == \"none\"",
            "context.flow == \"deviceCodeFlow\"",
            "context.flow == \"authenticationTransfer\"",
        ],
        &["context.platform == \"windows\"", "context.platform == \"linux\"", "context.platform == \"iOS\""],
        &["context.country == \"DE\"", "context.country == \"FR\"", "context.country == \"unmapped\""],
        &["context.signInRisk == \"none\"", "context.signInRisk == \"high\""],
        &["context.userRisk == \"none\"", "context.userRisk == \"medium\""],
        &["context.trustedNetwork", "!context.trustedNetwork"],
        &["context.claims.deviceCompliant", "context.claims.deviceHybridJoined", "!context.device.registered"],
        &["context.claims.mfa", "!context.claims.mfa", "!context.claims.phishingResistantMfa"],
    ];
    let mut parts: Vec<String> = Vec::new();
    for values in things {
        if draw.chance(65) {
            parts.push(format!("({})", draw.one(values)));
        }
    }
    if draw.chance(40) {
        let not = if draw.chance(50) { "!" } else { "" };
        parts.push(format!("{not}(principal in Group::{:?})", crate::draw::group(draw.below(3))));
    }
    if parts.is_empty() { "true".to_owned() } else { parts.join(" && ") }
}

/// Guardrails: some of one to three conditions, some that are narrow.
pub(crate) fn guardrails(seed: u64) -> Vec<String> {
    let mut draw = Draw::new(seed, 22);
    let known = [
        "!context.claims.mfa",
        "!context.claims.phishingResistantMfa",
        "!context.claims.deviceCompliant && !context.claims.deviceHybridJoined",
        "!context.device.registered",
        "!context.trustedNetwork",
        "context.compliantNetwork",
        "[\"exchangeActiveSync\", \"easSupported\", \"other\"].contains(context.client)",
        "context.flow == \"deviceCodeFlow\"",
        "context.country == \"DE\"",
        "context.country != \"FR\"",
        "context.signInRisk == \"high\"",
        "[\"high\", \"medium\"].contains(context.userRisk)",
        "context.insiderRisk != \"none\"",
        "context.platform == \"linux\"",
        "principal.kind == \"b2bCollaborationGuest\"",
        "[\"b2bCollaborationMember\", \"b2bDirectConnectUser\"].contains(principal.kind)",
        "principal.kind == \"serviceProvider\"",
        "principal.provider == \"google\"",
        "principal has homeTenant",
        "!(principal has homeTenant)",
        "principal.given.contains(resource.appId)",
        "resource == Application::\"00000003-0000-0ff1-ce00-000000000000\"",
        "resource == Application::\"797f4846-ba00-4fd7-ba43-dac1f8f63013\"",
        "resource has displayName && resource.displayName like \"*Share*\"",
    ];
    let mut known: Vec<String> = known.map(str::to_owned).to_vec();
    known.push(format!("principal has homeTenant && principal.homeTenant == {:?}", crate::draw::foreign(0)));
    known.push(format!("principal has homeTenant && principal.homeTenant != {:?}", crate::draw::foreign(0)));
    known.push(format!("principal in Group::{:?}", crate::draw::group(0)));
    known.push(format!("!(principal in [Group::{:?}, Group::{:?}])", crate::draw::group(1), crate::draw::group(2)));
    let single = ["!context.claims.mfa", known[6].as_str(), known[7].as_str(), known[10].as_str(), known[2].as_str()];
    let mut all: Vec<String> = vec![draw.one(&single).to_owned()];
    for _ in 0..2 {
        let mut parts = draw.some(&known, 1, 3);
        if parts.len() > 1 && draw.chance(20) {
            let last = parts.pop().unwrap();
            parts.push(format!("!({last})"));
        }
        let joined: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
        all.push(joined.join(" && "));
    }
    all.extend((0..4).map(|_| narrow(&mut draw)));
    let scope = |draw: &mut Draw| if draw.chance(85) { "principal is ExternalUser" } else { "principal" };
    all.into_iter()
        .map(|condition| format!("forbid ({}, action, resource) when {{ {condition} }};", scope(&mut draw)))
        .collect()
}
