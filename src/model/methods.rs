//! Authentication methods, and which of them count for people from outside (docs/semantics, XU-2).

use std::collections::BTreeSet;

/// Where somebody from outside authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In the tenant of their account.
    Home,
    /// In the tenant that holds the resource.
    Here,
}

/// What a method is worth by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// A first factor and no more.
    First,
    /// A second factor beside a first one.
    Second,
    /// Multifactor authentication.
    Multifactor,
}

/// A method of Graph's `authenticationMethodModes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Graph's name.
    pub name: &'static str,
    /// What it is worth.
    pub worth: Worth,
    /// Whether it counts when people from outside do it at home.
    pub home: bool,
    /// Whether people from outside can register it in the resource tenant.
    pub here: bool,
}

const fn method(name: &'static str, worth: Worth, home: bool, here: bool) -> Method {
    Method { name, worth, home, here }
}

/// Methods in Graph's order (v1.0 resource authenticationStrengthPolicy; the two last columns are XU-2.1 to XU-2.9, from
/// entra-docs `concept-authentication-strength-external-users.md`).
pub const METHODS: &[Method] = &[
    method("password", Worth::First, true, true),
    method("voice", Worth::Second, true, true),
    method("hardwareOath", Worth::Second, true, false),
    method("softwareOath", Worth::Second, true, true),
    method("sms", Worth::Second, true, true),
    method("fido2", Worth::Multifactor, true, false),
    method("windowsHelloForBusiness", Worth::Multifactor, true, false),
    method("microsoftAuthenticatorPush", Worth::Second, true, true),
    method("deviceBasedPush", Worth::Multifactor, true, false),
    method("temporaryAccessPassOneTime", Worth::Multifactor, false, false),
    method("temporaryAccessPassMultiUse", Worth::Multifactor, false, false),
    method("email", Worth::First, false, false),
    method("x509CertificateSingleFactor", Worth::First, true, false),
    method("x509CertificateMultiFactor", Worth::Multifactor, true, false),
    method("federatedSingleFactor", Worth::First, true, true),
    method("federatedMultiFactor", Worth::Multifactor, false, false),
    method("qrCodePin", Worth::First, false, false),
];

/// The method of that name, whatever its case.
#[must_use]
pub fn method_named(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name.eq_ignore_ascii_case(name.trim()))
}

/// The methods of one combination (`password,sms`), in Graph's spelling and a fixed order. Words that are no method are
/// kept.
#[must_use]
pub fn combination(text: &str) -> Vec<String> {
    let words: BTreeSet<String> = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| method_named(word).map_or_else(|| word.to_owned(), |method| method.name.to_owned()))
        .collect();
    words.into_iter().collect()
}

/// Whether a combination is multifactor authentication.
#[must_use]
pub fn is_multifactor(methods: &[String]) -> bool {
    methods.len() > 1
        || methods.iter().any(|name| method_named(name).is_some_and(|method| method.worth == Worth::Multifactor))
}

/// Whether somebody from outside can do the combination in that place so that it counts.
#[must_use]
pub fn counts_from_outside(methods: &[String], place: Place) -> bool {
    let counts = |name: &String| {
        method_named(name).is_some_and(|method| match place {
            Place::Home => method.home,
            Place::Here => method.here,
        })
    };
    !methods.is_empty() && methods.iter().all(counts)
}

/// Whether somebody who used, or has, those methods meets the combination. A first factor goes without saying: every
/// sign-in has one.
#[must_use]
pub fn is_met_by(methods: &[String], used: &BTreeSet<String>) -> bool {
    let first = |name: &String| matches!(name.as_str(), "password" | "federatedSingleFactor");
    let any_second = methods.iter().any(|name| !first(name));
    any_second && methods.iter().all(|name| first(name) || used.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_read_in_any_order() {
        assert_eq!(combination("sms, Password"), ["password", "sms"]);
        assert!(is_multifactor(&combination("password,sms")));
        assert!(is_multifactor(&combination("fido2")));
        assert!(!is_multifactor(&combination("password")));
    }

    /// XU-3.3 to XU-3.5: what the resource tenant offers is enough for no strength beyond plain MFA.
    #[test]
    fn what_counts_from_outside() {
        assert!(counts_from_outside(&combination("password,sms"), Place::Here));
        assert!(!counts_from_outside(&combination("fido2"), Place::Here));
        assert!(counts_from_outside(&combination("fido2"), Place::Home));
        assert!(!counts_from_outside(&combination("email"), Place::Home));
    }

    #[test]
    fn a_first_factor_goes_without_saying() {
        let used = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert!(is_met_by(&combination("password,sms"), &used(&["sms"])));
        assert!(!is_met_by(&combination("password"), &used(&["password"])));
        assert!(!is_met_by(&combination("password,sms"), &used(&["fido2"])));
    }
}
