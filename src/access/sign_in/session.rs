//! Session controls of several policies, merged (CA-11.1 to CA-11.10): the strictest of each (AM-8).

use crate::model::Session;

/// Session controls that hold together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionControls {
    /// Hours until the next sign-in; zero is every time.
    pub sign_in_frequency_hours: Option<i64>,
    /// `never` or `always`.
    pub persistent_browser: Option<String>,
    /// Whether the application restricts what can be done.
    pub application_enforced_restrictions: bool,
    /// Defender for Cloud Apps session types, in alphabetical order.
    pub cloud_app_security: Vec<String>,
    /// Continuous access evaluation mode.
    pub continuous_access_evaluation: Option<String>,
    /// Whether resilience defaults are off.
    pub disable_resilience_defaults: bool,
    /// Token protection.
    pub secure_sign_in_session: bool,
    /// Whether two policies disagreed, so that AM-8 was leaned on.
    pub merged: bool,
}

impl SessionControls {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what one more policy sets.
    pub fn add(&mut self, session: &Session) {
        if let Some(hours) = session.sign_in_frequency_hours {
            self.merged |= self.sign_in_frequency_hours.is_some_and(|known| known != hours);
            self.sign_in_frequency_hours = Some(self.sign_in_frequency_hours.map_or(hours, |known| known.min(hours)));
        }
        if let Some(mode) = &session.persistent_browser {
            let strict = |mode: &String| mode.eq_ignore_ascii_case("never");
            match &self.persistent_browser {
                Some(known) if known.eq_ignore_ascii_case(mode) => {}
                Some(known) => {
                    self.merged = true;
                    if !strict(known) {
                        self.persistent_browser = Some(mode.clone());
                    }
                }
                None => self.persistent_browser = Some(mode.clone()),
            }
        }
        self.application_enforced_restrictions |= session.application_enforced_restrictions;
        self.disable_resilience_defaults |= session.disable_resilience_defaults;
        self.secure_sign_in_session |= session.secure_sign_in_session;
        if let Some(kind) = &session.cloud_app_security
            && !self.cloud_app_security.contains(kind)
        {
            self.merged |= !self.cloud_app_security.is_empty();
            self.cloud_app_security.push(kind.clone());
            self.cloud_app_security.sort();
        }
        if let Some(mode) = &session.continuous_access_evaluation {
            self.continuous_access_evaluation.get_or_insert_with(|| mode.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_of_each() {
        let session = |hours, mode: &str| Session {
            sign_in_frequency_hours: hours,
            persistent_browser: Some(mode.to_owned()),
            ..Session::default()
        };
        let mut merged = SessionControls::default();
        merged.add(&session(Some(24), "always"));
        merged.add(&session(Some(1), "never"));
        merged.add(&session(None, "always"));
        assert_eq!(merged.sign_in_frequency_hours, Some(1));
        assert_eq!(merged.persistent_browser.as_deref(), Some("never"));
        assert!(merged.merged);
    }
}
