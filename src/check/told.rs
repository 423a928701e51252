//! Sign-ins in words, and as the command that shows one.

use std::fmt::Write as _;

use super::circumstances::plain;
use super::lifted::{Lifted, Lifter, is_unexported};
use crate::access::sign_in::{By, Refusal, Step, UserAction};
use crate::compile::{Datum, SignIn};
use crate::facts::Value;
use crate::finding::Subject;
use crate::model::{Id, IdentitySource, Tenant};
use crate::prove::{Gap, Undecided};
use crate::simulate::question::{AttributeText, Described, DeviceText, When};

/// The command that shows a sign-in. Only here: how `simulate sign-in` names its options. None where a value cannot be
/// written on one line, or in a list that commas separate.
pub(super) fn command(
    who: &Described,
    app: Option<&str>,
    when: &When,
    assume: Option<&str>,
    options: &[String],
) -> Option<String> {
    let mut text = "guestlist simulate sign-in".to_owned();
    let mut writable = true;
    let mut option = |name: &str, value: &str| {
        writable &=
            !value.is_empty() && !value.chars().any(|character| character.is_control() || character == '\u{fffd}');
        // What begins with a dash would be taken for an option.
        let between = if value.starts_with('-') { "=" } else { " " };
        let _ = write!(text, " --{name}{between}{}", quoted(value));
    };
    option("user", &who.who);
    who.groups.iter().for_each(|group| option("group", group));
    who.roles.iter().for_each(|role| option("role", role));
    who.packages.iter().for_each(|package| option("package", package));
    match &who.home_groups {
        Some(groups) if groups.is_empty() => option("home-group", "none"),
        groups => groups.iter().flatten().for_each(|group| option("home-group", group)),
    }
    if let Some(methods) = &who.registered_here {
        option("registered-here", if methods.is_empty() { "none" } else { "sms" });
    }
    if let Some(app) = app {
        option("app", app);
    }
    let words = [
        ("client", &when.client),
        ("platform", &when.platform),
        ("ip", &when.ip),
        ("country", &when.country),
        ("gps-country", &when.gps_country),
        ("sign-in-risk", &when.sign_in_risk),
        ("user-risk", &when.user_risk),
        ("insider-risk", &when.insider_risk),
        ("flow", &when.flow),
        ("original-flow", &when.original_flow),
        ("user-action", &when.user_action),
        ("authentication-context", &when.authentication_context),
    ];
    for (name, value) in words {
        if let Some(value) = value {
            option(name, value);
        }
    }
    let mut separable = true;
    match &when.device {
        None => {}
        Some(DeviceText::Word(word)) => option("device", word),
        Some(DeviceText::Attributes(attributes)) => {
            let mut told = Vec::new();
            for (name, value) in attributes {
                match value {
                    AttributeText::Flag(flag) => told.push(format!("{name}={flag}")),
                    AttributeText::Text(text) => told.push(format!("{name}={text}")),
                    AttributeText::List(list) if list.is_empty() => told.push(format!("{name}=")),
                    // One that is given more than once has several values.
                    AttributeText::List(list) => told.extend(list.iter().map(|item| format!("{name}={item}"))),
                }
            }
            separable &= told.iter().all(|item| !item.contains(','));
            option("device", &told.join(","));
        }
    }
    let of =
        |place: &str, items: &[String]| items.iter().map(|item| format!("{place}:{item}")).collect::<Vec<String>>();
    let all = &when.claims;
    let lists =
        [("home", &all.home), ("here", &all.here), ("terms", &all.terms_accepted), ("custom", &all.custom_passed)];
    let claims: Vec<String> = lists.iter().flat_map(|(place, items)| of(place, items)).collect();
    separable &= claims.iter().all(|claim| !claim.contains(','));
    if !claims.is_empty() {
        option("claims", &claims.join(","));
    }
    if let Some(side) = assume {
        option("assume", side);
    }
    if who.pending == Some(true) {
        text.push_str(" --pending");
    }
    if who.guest_here_too {
        text.push_str(" --guest-here-too");
    }
    // What is false is left where it makes a difference.
    match when.shared_channel {
        Some(true) => text.push_str(" --shared-channel"),
        Some(false) => text.push_str(" --shared-channel=false"),
        None => {}
    }
    for scope in &when.scopes {
        let _ = write!(text, " --scope {}", quoted(scope));
    }
    if when.mfa_trusted_ip == Some(true) {
        text.push_str(" --mfa-trusted-ip");
    }
    if let Some(through) = when.compliant_network {
        let _ = write!(text, " --compliant-network={through}");
    }
    for reading in options {
        let _ = write!(text, " --option {}", quoted(reading));
    }
    (writable && separable).then_some(text)
}

/// For a POSIX shell: an id may be any text.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.,:=+@".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The same without what makes no difference, as told by `same`: what is not given is not specified.
pub(super) fn shortest(when: &When, same: impl Fn(&When) -> bool) -> When {
    let usual = plain();
    let mut when = when.clone();
    macro_rules! leave_out {
        ($($field:ident),*) => {
            $(if when.$field == usual.$field {
                let shorter = When { $field: None, ..when.clone() };
                if same(&shorter) {
                    when = shorter;
                }
            })*
        };
    }
    leave_out!(
        platform,
        ip,
        country,
        gps_country,
        compliant_network,
        device,
        sign_in_risk,
        user_risk,
        insider_risk,
        flow,
        shared_channel
    );
    let mut shorter = when.clone();
    for list in [&mut shorter.claims.home, &mut shorter.claims.here] {
        list.truncate(1);
    }
    if same(&shorter) { shorter } else { when }
}

/// Under which conditions somebody comes to an application, in words: `with a browser, without multifactor …`.
pub(super) fn conditions(when: &When, context: &Value, steps: &[Step]) -> String {
    let usual = plain();
    let client = match when.client.as_deref().unwrap_or_default() {
        "browser" => "a browser",
        "mobileAppsAndDesktopClients" => "a mobile or desktop client",
        "exchangeActiveSync" => "Exchange ActiveSync",
        "easSupported" => "Exchange ActiveSync on a supported platform",
        _ => "a legacy client",
    };
    let is = |path: &[&str]| context.at(path) == Some(&Value::Bool(true));
    let mfa = if is(&["claims", "mfa"]) { "with" } else { "without" };
    let device = match (is(&["device", "registered"]), is(&["device", "compliant"]), is(&["device", "hybridJoined"])) {
        (true, true, true) => "a compliant and hybrid joined device",
        (true, true, false) => "a compliant device",
        (true, false, true) => "a hybrid joined device",
        (true, false, false) => "a device that is registered and not compliant",
        (false, ..) => "an unmanaged device",
    };
    let mut text = format!("with {client}, {mfa} multifactor authentication, on {device}");
    let unusual = [
        ("platform", &when.platform, &usual.platform),
        ("country", &when.country, &usual.country),
        ("sign-in risk", &when.sign_in_risk, &usual.sign_in_risk),
        ("user risk", &when.user_risk, &usual.user_risk),
        ("insider risk", &when.insider_risk, &usual.insider_risk),
        ("flow", &when.flow, &usual.flow),
        ("in a session that began by", &when.original_flow, &usual.original_flow),
        ("authentication context", &when.authentication_context, &usual.authentication_context),
    ];
    for (name, value, usual) in unusual {
        if let Some(value) = value
            && Some(value) != usual.as_ref()
        {
            let _ = write!(text, ", {name} {value}");
        }
    }
    if is(&["trustedNetwork"]) {
        text.push_str(", from a trusted network");
    }
    if is(&["compliantNetwork"]) {
        text.push_str(", through Global Secure Access");
    }
    let other =
        |step: &&Step| !matches!(step, Step::Authenticate(..) | Step::CompliantDevice(_) | Step::HybridJoinedDevice(_));
    let names: Vec<&str> = steps.iter().filter(other).map(Step::as_str).collect();
    if !names.is_empty() {
        let _ = write!(text, ", after {}", names.join(" and "));
    }
    text
}

/// Why there is no decision.
pub(super) fn undecided(undecided: &Undecided) -> String {
    match undecided {
        Undecided::Outside(outside) => format!("the tenant holds what cannot be decided: {}", outside.0),
        Undecided::Exhausted(questions) => {
            format!("given up after {questions} questions to the solver: the tenant is too large to decide it")
        }
        Undecided::Impossible => {
            "what is known of this tenant's sign-ins contradicts itself: none is possible".to_owned()
        }
    }
}

/// A gap in words: what its sign-ins have in common; `users` are those of the export who are in it.
pub(super) fn gap(lifter: &Lifter<'_>, gap: &Gap, users: &[Subject]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let flow = gap.parts.iter().find(|part| part.about == "flow");
    for part in &gap.parts {
        // Who they are is told below.
        if part.about == "person" && !users.is_empty() {
            continue;
        }
        // It goes without saying beside the flow itself.
        if part.about == "originalFlow"
            && flow.is_some_and(|flow| flow.values == part.values && flow.all_but == part.all_but)
        {
            continue;
        }
        let values: Vec<String> = part.values.iter().map(|value| value_of(lifter, &part.about, value)).collect();
        let listed = if values.len() > MOST_VALUES {
            let first = values.get(..MOST_VALUES).unwrap_or_default();
            format!("{} and {} more", first.join(", "), values.len() - MOST_VALUES)
        } else {
            values.join(", ")
        };
        let all_but = if part.all_but { "any but " } else { "" };
        let joined;
        let word = match part.about.as_str() {
            "device.registered" => "registered device",
            "device.compliant" => "compliant device",
            "device.hybridJoined" => "hybrid joined device",
            "signInRisk" => "sign-in risk",
            "userRisk" => "user risk",
            "insiderRisk" => "insider risk",
            "originalFlow" => "flow of the session's beginning",
            "compliantNetwork" => "through Global Secure Access",
            "baselineScopes" => "for baseline scopes only",
            "mfaTrustedIp" => "from one of the MFA trusted IPs",
            "registeredHere" => "registered for MFA here",
            "sharedChannel" => "in a shared channel",
            "guestHereToo" => "with a guest account as well",
            "gpsCountry" => "country by GPS",
            "authenticationContext" => "authentication context",
            "userAction" => "user action",
            other => match other.strip_prefix("in ").and_then(|rest| rest.split_once(' ')) {
                Some((kind, id)) => {
                    joined = format!("{} {}", belongs(kind), named(lifter.tenant, id));
                    &joined
                }
                None => other,
            },
        };
        let word = word.replace("in MailDomain ", "mail domain ");
        match part.about.strip_prefix("in Activation ") {
            Some(what) => parts.push(format!("activated {}: {listed}", unknown(lifter.tenant, what))),
            None => parts.push(format!("{word}: {all_but}{listed}")),
        }
    }
    if is_unexported(&gap.example) {
        parts.insert(0, "a user who was not exported".to_owned());
    }
    if !users.is_empty() {
        let names: Vec<String> = users.iter().take(MOST_USERS).map(|user| format!("`{}`", user.name)).collect();
        let more = users.len().saturating_sub(MOST_USERS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = if users.len() == 1 { "a user".to_owned() } else { format!("{} users", users.len()) };
        parts.insert(0, format!("{who} of the export: {}{more}", names.join(", ")));
    }
    if parts.is_empty() { "every sign-in that it is about".to_owned() } else { parts.join(" · ") }
}

/// The most users of the export who are named.
const MOST_USERS: usize = 3;
/// What people who are not here yet may be in, in words.
fn belongs(kind: &str) -> &str {
    match kind {
        "AccessPackage" => "holds access package",
        "ConnectedOrganization" => "of connected organization",
        "HomeObject" => "at home is, or is in,",
        other => other,
    }
}

/// An object by its name, where it has one.
fn named(tenant: &Tenant, id: &str) -> String {
    let id = Id::new(id);
    let package = || tenant.access_packages.get(&id).and_then(|found| found.display_name.clone().ok());
    let terms = || tenant.terms_of_use.get(&id).and_then(|found| found.display_name.clone().ok());
    let name = title(tenant, &id).or_else(package).or_else(terms);
    format!("`{}`", name.unwrap_or_else(|| id.to_string()))
}

/// What somebody brought and did, in words.
pub(super) fn authentication(tenant: &Tenant, sign_in: &SignIn) -> String {
    let mut words: Vec<String> = Vec::new();
    for (path, datum) in &sign_in.context {
        let Some((when, what)) = path.split_once('.').filter(|(when, _)| matches!(*when, "brought" | "done")) else {
            continue;
        };
        let what = match what.split_once('.') {
            Some(("home", _)) => "at home",
            Some(("here", _)) => "in this tenant",
            _ => what,
        };
        match datum {
            Datum::Flag(true) if matches!(what, "at home" | "in this tenant") => {
                words.push(format!("MFA {what} ({when})"));
            }
            Datum::Flag(true) => words.push(format!("{what} ({when})")),
            Datum::Set(items) if what == "terms" => {
                words.extend(items.iter().map(|item| format!("terms of use {} ({when})", named(tenant, item))));
            }
            Datum::Set(items) if what == "custom" => {
                words.extend(items.iter().map(|item| format!("custom control `{item}` ({when})")));
            }
            Datum::Set(items) => words.extend(items.iter().map(|item| format!("{item} {what} ({when})"))),
            _ => {}
        }
    }
    if words.is_empty() { "with nothing but a first factor".to_owned() } else { format!("with {}", words.join(", ")) }
}

/// The most values of a condition that are told.
const MOST_VALUES: usize = 4;

fn value_of(lifter: &Lifter<'_>, about: &str, value: &str) -> String {
    match about {
        "userAction" => action(value).map_or_else(|| value.to_owned(), |action| action.as_str().to_owned()),
        "application" | "person" => {
            let kinds: &[&str] = if about == "person" { &["ExternalUser", "InternalUser"] } else { &["Application"] };
            let entity = kinds.iter().find_map(|kind| lifter.compiled.entity(kind, value));
            let name = entity.map_or(value, |entity| entity.text("displayName"));
            let ours = value == crate::compile::ANY_OTHER_APPLICATION;
            if ours { name.to_owned() } else { format!("`{name}`") }
        }
        "from" => match value {
            crate::compile::ANY_OTHER_TENANT => "any other tenant".to_owned(),
            crate::compile::UNSEEN_PARTNER => "a partner that was not exported".to_owned(),
            "thisTenant" => "this tenant".to_owned(),
            other => {
                let id = Id::new(other);
                let is_it = |source: &IdentitySource| matches!(source, IdentitySource::Tenant { id: Some(own), .. } if *own == id);
                let organizations = &lifter.tenant.connected_organizations.items;
                let found = organizations.iter().find(|found| found.identity_sources.iter().flatten().any(is_it));
                let name = found.and_then(|found| found.display_name.as_ref().ok());
                name.map_or_else(|| other.to_owned(), |name| format!("`{name}`"))
            }
        },
        _ => value.to_owned(),
    }
}

/// The user action of a resource's name.
fn action(urn: &str) -> Option<UserAction> {
    UserAction::ALL.into_iter().find(|action| action.urn().eq_ignore_ascii_case(urn))
}

/// An unknown in words: ids of policies, groups, organizations and applications become names.
pub(super) fn unknown(tenant: &Tenant, name: &str) -> String {
    let words: Vec<String> = name
        .split(' ')
        .map(|word| {
            let bare = word.trim_matches(|character| matches!(character, '`' | ',' | '.'));
            let known = match bare {
                "some-tenant" => Some("a tenant that is not known".to_owned()),
                "some-tenant-or-none" => Some("a tenant that is not known, or from none".to_owned()),
                crate::compile::UNSEEN_PARTNER => Some("a partner that was not exported".to_owned()),
                crate::compile::ANY_OTHER_TENANT => Some("any other tenant".to_owned()),
                "mfa-trusted" => Some("multifactor authentication is trusted".to_owned()),
                _ => title(tenant, &Id::new(bare)).map(|title| format!("`{title}`")),
            };
            match known {
                Some(known) => word.replace(&format!("`{bare}`"), bare).replace(bare, &known),
                None => word.to_owned(),
            }
        })
        .collect();
    words.join(" ")
}

/// How an object is called.
fn title(tenant: &Tenant, id: &Id) -> Option<String> {
    if !id.is_guid() {
        return None;
    }
    let policy = || tenant.conditional_access.get(id).map(|found| &found.display_name);
    let group = || tenant.groups.get(id).map(|found| &found.display_name);
    let organization = || tenant.connected_organizations.get(id).map(|found| &found.display_name);
    let location = || tenant.named_locations.get(id).map(|found| &found.display_name);
    let of = |found: &&crate::model::ServicePrincipal| found.app_id.as_ref() == Ok(id);
    let application = || tenant.service_principals.items.iter().find(of).map(|found| &found.display_name);
    let role = || tenant.role_definitions.get(id).map(|found| &found.display_name);
    let found = policy().or_else(role).or_else(group).or_else(organization).or_else(location).or_else(application)?;
    found.as_ref().ok().cloned()
}

/// The policies that would have stopped a sign-in but for one condition, in words.
pub(super) fn closest(lifter: &Lifter<'_>, gap: &Gap, lifted: &Lifted) -> Option<String> {
    let explanation = lifter.engine.explain(&lifted.scenario);
    let mut found = Vec::new();
    for trace in &explanation.policies {
        let no: Vec<&str> =
            trace.reasons.iter().filter(|(_, answer)| answer.is_no()).map(|(reason, _)| reason.as_str()).collect();
        if let [only] = no.as_slice()
            && trace.applies.is_no()
            && gap.would_refuse.iter().any(|id| *id == *trace.id.as_str())
        {
            found.push(format!("`{}` ({only})", trace.name));
        }
    }
    if found.is_empty() {
        return None;
    }
    let more = found.len().saturating_sub(MOST_CLOSEST);
    found.truncate(MOST_CLOSEST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("would be stopped but for one condition: {}{more}", found.join(", ")))
}

/// The most policies that come close which are told.
const MOST_CLOSEST: usize = 3;

/// Why somebody is refused, in words.
pub(super) fn refusal(tenant: &Tenant, refusals: &[Refusal]) -> String {
    let Some(first) = refusals.first() else { return String::new() };
    let by = match &first.by {
        By::Policy(id) => {
            let policy = tenant.conditional_access.get(id);
            let name = policy.and_then(|policy| policy.display_name.as_ref().ok());
            format!("policy `{}`", name.map_or_else(|| id.to_string(), Clone::clone))
        }
        By::Setting(setting) => (*setting).to_owned(),
    };
    format!("{} ({by})", first.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::question::ClaimsText;

    fn of(who: &str) -> Described {
        Described { who: who.to_owned(), ..Described::default() }
    }

    #[test]
    fn commands_are_safe_for_a_shell() {
        let who = of("domain:x'; rm -rf ~; echo");
        let when = When { client: Some("browser".to_owned()), ..When::default() };
        assert_eq!(
            command(&who, Some("00000003-0000-0000-c000-000000000000"), &when, None, &[]).unwrap(),
            r"guestlist simulate sign-in --user 'domain:x'\''; rm -rf ~; echo' --app 00000003-0000-0000-c000-000000000000 --client browser"
        );
    }

    #[test]
    fn what_makes_no_difference_is_left_out() {
        let mfa = || vec!["mfa".to_owned(), "fido2".to_owned()];
        let claims = ClaimsText { home: mfa(), here: Vec::new(), ..ClaimsText::default() };
        let when =
            When { client: Some("other".to_owned()), flow: Some("deviceCodeFlow".to_owned()), claims, ..plain() };
        let shorter = shortest(&when, |when| when.platform.is_some());
        let who = of("one-time-passcode");
        assert_eq!(
            command(&who, Some("x"), &shorter, None, &[]).unwrap(),
            "guestlist simulate sign-in --user one-time-passcode --app x --client other --platform windows --flow deviceCodeFlow --claims home:mfa"
        );
        assert_eq!(shortest(&when, |_| false), when);
        // What makes a difference is told as it is.
        let outside = When { shared_channel: Some(false), compliant_network: Some(false), ..When::default() };
        assert_eq!(
            command(&who, Some("x"), &outside, None, &[]).unwrap(),
            "guestlist simulate sign-in --user one-time-passcode --app x --shared-channel=false --compliant-network=false"
        );
    }
}
