//! What an authentication strength asks for (docs/semantics, XU-3).

use super::{Gap, Ref, Tenant, Told};

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
