//! A sign-in that was tried, in words and as the command that shows it.

use std::fmt::Write as _;

use super::circumstances::plain;
use crate::access::sign_in::{By, Refusal, Step};
use crate::facts::Value;
use crate::model::Tenant;
use crate::simulate::question::{AttributeText, DeviceText, UserText, When};

/// The command that shows a sign-in. Only here: how `simulate sign-in` names its options.
pub(super) fn command(who: &UserText, app: &str, when: &When) -> String {
    let mut text = "guestlist simulate sign-in".to_owned();
    let mut option = |name: &str, value: &str| {
        let _ = write!(text, " --{name} {}", quoted(value));
    };
    option("user", who.who());
    if let UserText::Described(described) = who {
        described.groups.iter().for_each(|group| option("group", group));
    }
    option("app", app);
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
    ];
    for (name, value) in words {
        if let Some(value) = value {
            option(name, value);
        }
    }
    match &when.device {
        None => {}
        Some(DeviceText::Word(word)) => option("device", word),
        Some(DeviceText::Attributes(attributes)) => {
            let told = attributes.iter().map(|(name, value)| match value {
                AttributeText::Flag(flag) => format!("{name}={flag}"),
                AttributeText::Text(text) => format!("{name}={text}"),
                AttributeText::List(list) => format!("{name}={}", list.join("+")),
            });
            option("device", &told.collect::<Vec<_>>().join(","));
        }
    }
    let home = when.claims.home.iter().map(|claim| format!("home:{claim}"));
    let here = when.claims.here.iter().map(|claim| format!("here:{claim}"));
    let claims: Vec<String> = home.chain(here).collect();
    if !claims.is_empty() {
        option("claims", &claims.join(","));
    }
    if when.mfa_trusted_ip == Some(true) {
        text.push_str(" --mfa-trusted-ip");
    }
    if let Some(through) = when.compliant_network {
        let _ = write!(text, " --compliant-network={through}");
    }
    text
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
        flow
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

    #[test]
    fn commands_are_safe_for_a_shell() {
        let who = UserText::Word("domain:x'; rm -rf ~; echo".to_owned());
        let when = When { client: Some("browser".to_owned()), ..When::default() };
        assert_eq!(
            command(&who, "00000003-0000-0000-c000-000000000000", &when),
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
        let who = UserText::Word("one-time-passcode".to_owned());
        assert_eq!(
            command(&who, "x", &shorter),
            "guestlist simulate sign-in --user one-time-passcode --app x --client other --platform windows --flow deviceCodeFlow --claims home:mfa"
        );
        assert_eq!(shortest(&when, |_| false), when);
    }
}
