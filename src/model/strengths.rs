//! What an authentication strength asks for (docs/semantics, XU-3).

use std::collections::BTreeSet;

use super::{Gap, Ref, Tenant, Told, combination, method_named};

/// Combinations of methods of which one satisfies a strength.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Combinations {
    /// Those that are made of methods that Graph documents.
    pub known: BTreeSet<Vec<String>>,
    /// Whether there are others, among them `unknownFutureValue`: who meets these is not known.
    pub others: bool,
}

impl Combinations {
    /// Reads them as Graph writes them (`password,sms`).
    #[must_use]
    pub fn read(texts: &[String]) -> Self {
        let mut found = Self::default();
        for text in texts {
            let methods = combination(text);
            if methods.is_empty() || methods.iter().any(|name| method_named(name).is_none()) {
                found.others = true;
            } else {
                found.known.insert(methods);
            }
        }
        found
    }
}

/// Combinations of methods of which one satisfies the strength: from the policy, the export, or what Microsoft
/// built in (Graph documentation, authenticationStrengthPolicy).
///
/// # Errors
/// The strength is neither in the export nor built in.
pub fn combinations_of(tenant: &Tenant, strength: &Ref, inline: Option<&[String]>) -> Told<Vec<String>> {
    if let Some(inline) = inline.filter(|inline| !inline.is_empty()) {
        return Ok(inline.to_vec());
    }
    let found = match strength {
        Ref::Id(id) => tenant.strengths.get(id),
        Ref::Name(name) => tenant
            .strengths
            .items
            .iter()
            .find(|known| known.display_name.as_ref().is_ok_and(|display| display.eq_ignore_ascii_case(name))),
        Ref::Keyword(_) => None,
    };
    if let Some(Ok(combinations)) = found.map(|found| &found.combinations) {
        return Ok(combinations.clone());
    }
    let name = strength.to_string().to_ascii_lowercase();
    let built_in: &[&str] = match name.as_str() {
        "00000000-0000-0000-0000-000000000002" | "multifactor authentication" => {
            &[PASSWORDLESS, PHISHING_RESISTANT, TWO_FACTORS].concat()
        }
        "00000000-0000-0000-0000-000000000003" | "passwordless mfa" => &[PASSWORDLESS, PHISHING_RESISTANT].concat(),
        "00000000-0000-0000-0000-000000000004" | "phishing-resistant mfa" | "phishing resistant mfa" => {
            PHISHING_RESISTANT
        }
        _ => return Err(Gap::NotExported),
    };
    Ok(built_in.iter().map(|combination| (*combination).to_owned()).collect())
}

/// Methods that resist phishing.
pub const PHISHING_RESISTANT: &[&str] = &["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
const PASSWORDLESS: &[&str] = &["deviceBasedPush"];
const TWO_FACTORS: &[&str] = &[
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "password,microsoftAuthenticatorPush",
    "password,softwareOath",
    "password,hardwareOath",
    "password,sms",
    "password,voice",
    "federatedMultiFactor",
    "federatedSingleFactor,microsoftAuthenticatorPush",
    "federatedSingleFactor,softwareOath",
    "federatedSingleFactor,hardwareOath",
    "federatedSingleFactor,sms",
    "federatedSingleFactor,voice",
];
