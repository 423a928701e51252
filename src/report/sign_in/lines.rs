//! Lines of the text: the question, and session controls.

use std::fmt::Write as _;

use super::super::escape::plain;
use super::given::given;
use super::words;
use crate::access::sign_in::{Scenario, SessionControls};
use crate::model::Tenant;

/// Who, what and under which conditions, in two or three lines; escaped.
#[must_use]
pub fn scenario_line(tenant: &Tenant, scenario: &Scenario) -> String {
    let subject = &scenario.subject;
    let kinds: Vec<&str> = subject.kinds.iter().map(|kind| words::kind(*kind)).collect();
    let mut who = format!("{}: {} {}", subject.name, kinds.join(" or "), words::home(tenant, subject));
    if !subject.is_internal_account() {
        let _ = write!(who, ", identity provider {}", subject.provider.as_str());
    }
    if let Some(object) = words::object(subject) {
        let _ = write!(who, ", {object}");
    }
    let told = given(&scenario.conditions).into_iter().filter_map(|(name, given)| Some(given?.words(name)));
    let told: Vec<String> = told.collect();
    let conditions = if told.is_empty() { "no conditions specified".to_owned() } else { told.join(" · ") };
    format!("{}\n  → {}\n  {}", plain(&who), plain(&words::target(tenant, &scenario.target)), plain(&conditions))
}

/// What session controls come to. Not escaped yet.
pub(super) fn session(session: &SessionControls) -> Vec<String> {
    let mut lines = Vec::new();
    match session.sign_in_frequency_hours {
        Some(0) => lines.push("sign in again every time".to_owned()),
        Some(1) => lines.push("sign in again after 1 hour".to_owned()),
        Some(hours) => lines.push(format!("sign in again after {hours} hours")),
        None => {}
    }
    if let Some(mode) = &session.persistent_browser {
        lines.push(format!("persistent browser session: {mode}"));
    }
    if !session.cloud_app_security.is_empty() {
        lines.push(format!("Defender for Cloud Apps: {}", session.cloud_app_security.join(", ")));
    }
    if let Some(mode) = &session.continuous_access_evaluation {
        lines.push(format!("continuous access evaluation: {mode}"));
    }
    let flags = [
        (session.application_enforced_restrictions, "restrictions that the application enforces"),
        (session.secure_sign_in_session, "tokens bound to the device"),
        (session.disable_resilience_defaults, "no resilience defaults"),
    ];
    lines.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, text)| text.to_owned()));
    lines
}
