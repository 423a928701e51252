//! The schema that a compiled tenant keeps to.

use std::collections::BTreeMap;

use cedar_policy::{Schema, SchemaFragment};
use serde_json::{Map, Value, json};

use super::{Compiled, Fault};

/// The schema of a compiled tenant, as Cedar writes it.
///
/// # Errors
/// Cedar refuses it, which is a mistake of ours.
pub fn schema(compiled: &Compiled) -> Result<(Schema, String), Fault> {
    let value = as_json(compiled);
    let fail = |error: &dyn std::fmt::Display| Fault(format!("the schema of the tenant: {error}"));
    let fragment = SchemaFragment::from_json_value(value).map_err(|error| fail(&error))?;
    let text = fragment.to_cedarschema().map_err(|error| fail(&error))?;
    let schema = Schema::from_schema_fragments([fragment]).map_err(|error| fail(&error))?;
    Ok((schema, text))
}

fn text() -> Value {
    json!({ "type": "EntityOrCommon", "name": "String" })
}

fn flag() -> Value {
    json!({ "type": "EntityOrCommon", "name": "Bool" })
}

fn texts() -> Value {
    json!({ "type": "Set", "element": text() })
}

fn documented(mut value: Value, doc: &str) -> Value {
    if let Value::Object(members) = &mut value {
        members.insert("annotations".to_owned(), json!({ "doc": doc }));
    }
    value
}

fn record(members: Vec<(&str, Value)>) -> Value {
    let members: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    json!({ "type": "Record", "attributes": members })
}

fn optional(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.insert("required".to_owned(), false.into());
    }
    value
}

fn as_json(compiled: &Compiled) -> Value {
    let person = || {
        record(vec![
            ("displayName", documented(text(), "How they are called.")),
            (
                "kind",
                documented(
                    text(),
                    "External user type, or `internalMember`; several joined by ` or ` where that is not known.",
                ),
            ),
            ("provider", documented(text(), "Who vouches for them at the first factor.")),
            ("homeTenant", documented(optional(text()), "The Entra tenant that they come from.")),
            ("account", documented(text(), "`enabled`, `disabled` or `not known`.")),
            ("invitation", documented(text(), "`pending`, `none` or `not known`.")),
            ("mailDomain", documented(text(), "The domain of their mail address; empty where it does not matter.")),
            ("exists", documented(flag(), "They are in the export; others may come.")),
            (
                "homeObjectsKnown",
                documented(flag(), "`HomeObject` tells all that matter of what they are, and are in, at home."),
            ),
        ])
    };
    let entity = |parents: &[&str], shape: Value, doc: &str| json!({ "memberOfTypes": parents, "shape": shape, "annotations": { "doc": doc } });
    let nothing = || record(Vec::new());
    let groups = [
        "Group",
        "Role",
        "Home",
        "HomeObject",
        super::MAIL_DOMAIN,
        "ConnectedOrganization",
        "AccessPackage",
        super::ACTIVATED,
        super::HELD,
        super::BARRED,
        "AppAssignment",
        super::ELIGIBLE,
        super::ACTIVATION,
        super::NOT_EXPORTED,
    ];
    let application = record(vec![("appId", text()), ("displayName", text())]);
    let entities = json!({
        "ExternalUser": entity(&groups, person(), "Somebody from outside, or of whom it is not known that they are not."),
        "InternalUser": entity(&groups, person(), "An internal member."),
        "Group": entity(&[], nothing(), "A group. Groups within groups are written out."),
        "Role": entity(&[], nothing(), "A built-in directory role, held over the whole tenant."),
        "Home": entity(&["Home", "InboundSetting", "ConnectedOrganization"], nothing(), "The Entra tenant that people come from; every one is in `entra`."),
        "HomeObject": entity(&[], nothing(), "A user or group of a home tenant that a cross-tenant setting names."),
        super::MAIL_DOMAIN: entity(&[], nothing(), "The domain of the mail address that somebody who is not here yet is invited by."),
        "InboundSetting": entity(&[], nothing(), "What cross-tenant access settings hold for a home."),
        "ConnectedOrganization": entity(&[], nothing(), "A connected organization."),
        "AccessPackage": entity(&["Group", "Role", "AppAssignment"], nothing(), "Whoever holds an access package is in its groups and roles, and assigned to its applications."),
        super::ACTIVATED: entity(&["Group", "Role", "AppAssignment"], nothing(), "Whoever activated what an access package makes its holders eligible for."),
        super::HELD: entity(&[], nothing(), "To whom an access package was delivered."),
        super::BARRED: entity(&[], nothing(), "Who cannot request an access package, for something incompatible that they have."),
        "AppAssignment": entity(&[], nothing(), "Whoever is assigned to an application."),
        super::ELIGIBLE: entity(&[], nothing(), "Whoever may activate a role or a group. Of those in `…, perhaps` it is not known."),
        super::ACTIVATION: entity(&["Group", "Role", "AppAssignment"], nothing(), "Whoever has activated a role or a group is in it."),
        super::NOT_EXPORTED: entity(&[], nothing(), "Users whom the export lacks, where the list of users may be incomplete."),
        "Application": entity(&["ApplicationGroup"], application, "An application."),
        "ApplicationGroup": entity(&[], nothing(), "Applications that policies or settings speak of together. Of those in `…, perhaps` it is not known."),
        "UserAction": entity(&[], nothing(), "A user action."),
    });
    let context = context(compiled);
    let applies = json!({
        "principalTypes": ["ExternalUser", "InternalUser"],
        "resourceTypes": ["Application", "UserAction"],
        "context": context,
    });
    json!({ "": { "entityTypes": entities, "actions": { "signIn": { "appliesTo": applies } } } })
}

fn context(compiled: &Compiled) -> Value {
    let vocabulary = &compiled.world.vocabulary;
    let word = |name: &str, doc: &str| {
        let values = compiled.world.values.get(format!("context.{name}").as_str());
        let listed = values.map(|values| values.join(", ")).filter(|listed| listed.len() < 400);
        documented(text(), &listed.map_or_else(|| doc.to_owned(), |listed| format!("{doc} One of {listed}.")))
    };
    let mut attributes: BTreeMap<&str, Value> = BTreeMap::new();
    attributes.extend(vocabulary.device_texts.iter().map(|name| (name.as_str(), text())));
    attributes.extend(vocabulary.device_collections.keys().map(|name| (name.as_str(), texts())));
    let device = record(vec![
        ("registered", documented(flag(), "In this tenant for people of this tenant, at home for all others.")),
        ("compliant", flag()),
        ("hybridJoined", flag()),
        (
            "attributes",
            documented(
                record(attributes.into_iter().collect()),
                "What device filters ask about, in lower case; empty where it has none.",
            ),
        ),
    ]);
    let brought = || record(vec![("mfa", documented(flag(), "By a method that is not told.")), ("methods", texts())]);
    let done = || {
        record(vec![
            ("mfa", flag()),
            (
                "combinations",
                documented(
                    texts(),
                    "Combinations of methods that an authentication strength asks for, each joined by commas.",
                ),
            ),
        ])
    };
    let unknown: Vec<(&str, Value)> = compiled.unknowns.keys().map(|name| (name.as_str(), flag())).collect();
    record(vec![
        ("client", word("client", "The client.")),
        ("platform", word("platform", "The platform that the user agent claims.")),
        ("ip", json!({ "type": "EntityOrCommon", "name": "ipaddr", "annotations": { "doc": "The address." } })),
        ("unlistedIp", documented(flag(), "No named location lists the address, whatever could not be read of them.")),
        ("mfaTrustedIp", documented(flag(), "The address is one of the MFA trusted IPs.")),
        (
            "baselineScopes",
            documented(flag(), "A public client asks for sign-in scopes, `User.Read` or `People.Read` and no more."),
        ),
        ("country", word("country", "The country of the address, or `unmapped`.")),
        ("gpsCountry", word("gpsCountry", "The country that Authenticator tells by GPS.")),
        ("compliantNetwork", documented(flag(), "The traffic comes through Global Secure Access.")),
        ("device", device),
        ("signInRisk", word("signInRisk", "Sign-in risk.")),
        ("userRisk", word("userRisk", "User risk.")),
        ("insiderRisk", word("insiderRisk", "Insider risk.")),
        ("flow", word("flow", "The authentication flow.")),
        ("originalFlow", word("originalFlow", "The flow that the session began with.")),
        (
            "authenticationContext",
            word("authenticationContext", "The authentication context that the resource asks for, or `none`."),
        ),
        ("sharedChannel", documented(flag(), "A shared channel is opened.")),
        ("guestHereToo", documented(flag(), "A B2B direct connect user has a guest account as well.")),
        (
            "registeredHere",
            documented(flag(), "They registered a method of multifactor authentication in this tenant."),
        ),
        (
            "brought",
            documented(
                record(vec![("home", brought()), ("here", brought()), ("terms", texts()), ("custom", texts())]),
                "What they did before the sign-in.",
            ),
        ),
        (
            "done",
            documented(
                record(vec![
                    ("home", done()),
                    ("here", done()),
                    ("terms", texts()),
                    ("custom", texts()),
                    ("approvedApp", flag()),
                    ("appProtection", flag()),
                    ("passwordChange", flag()),
                    ("riskRemediation", flag()),
                    ("redemption", flag()),
                ]),
                "What they complete for us during the sign-in.",
            ),
        ),
        ("unknown", documented(record(unknown), "What the export, or Microsoft's documents, do not tell.")),
    ])
}
