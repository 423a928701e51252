//! Words for people and applications that no setting names: whoever is none of those that the tenant can tell apart.

use crate::access::Home;
use crate::access::sign_in::{Outsider, Provider, Subject};
use crate::model::{ExternalUserType, Id};

/// An internal member.
const INTERNAL_MEMBER: &str = "internal-member";

/// A guest of a tenant that no setting names; behind another word, somebody else of such a tenant.
const ANY_OTHER_TENANT: &str = "any-other-tenant";

/// An application that no setting names.
pub const ANY_OTHER_APPLICATION: &str = "any-other-application";

/// Words for who vouches for people without an Entra tenant.
pub const PROVIDERS: [(&str, Provider, &str); 5] = [
    ("one-time-passcode", Provider::OneTimePasscode, "a one-time passcode"),
    ("google", Provider::Google, "a Google account"),
    ("facebook", Provider::Facebook, "a Facebook account"),
    ("microsoft-account", Provider::MicrosoftAccount, "a Microsoft account"),
    ("saml", Provider::Federation, "a SAML or WS-Federation account"),
];

/// An id that no application has.
const NO_APPLICATION: &str = "ffffffff-0000-4000-8000-00000000aaaa";

/// The application that a word is for.
pub(super) fn application(word: &str) -> Option<Id> {
    word.eq_ignore_ascii_case(ANY_OTHER_APPLICATION).then(no_application)
}

/// The application that no setting names.
#[must_use]
pub fn no_application() -> Id {
    Id::new(NO_APPLICATION)
}

/// What somebody is called who is no user of the export.
#[must_use]
pub fn name(kind: Option<ExternalUserType>, home: &Home, provider: Provider, domain: Option<&str>) -> String {
    let what = match kind {
        None => return "an internal member".to_owned(),
        Some(ExternalUserType::InternalGuest) => return "an internal guest".to_owned(),
        Some(ExternalUserType::B2bCollaborationGuest) => "a guest",
        Some(ExternalUserType::B2bCollaborationMember) => "a B2B collaboration member",
        Some(ExternalUserType::B2bDirectConnectUser) => "a B2B direct connect user",
        Some(ExternalUserType::ServiceProvider) => "a technician of a service provider",
        Some(ExternalUserType::OtherExternalUser) => "an external user",
    };
    let of = match home {
        Home::Tenant(id) => format!("of {id}"),
        Home::OtherTenant => "of a tenant that no setting names".to_owned(),
        Home::UnseenPartner => "of a partner that was not exported".to_owned(),
        Home::UnknownTenant => "of a tenant that is not known".to_owned(),
        Home::NoTenant => {
            let known = PROVIDERS.iter().find(|(_, own, _)| *own == provider);
            let with = known.map_or("an account that is not known", |(.., name)| name);
            domain.map_or_else(|| format!("with {with}"), |domain| format!("of {domain} with {with}"))
        }
    };
    // Whose technician somebody is says that they are of a service provider.
    match (what, home) {
        ("a technician of a service provider", Home::Tenant(_)) => format!("a technician {of}"),
        _ => format!("{what} {of}"),
    }
}

/// The word for somebody who is no user of the export, where there is one. Whatever else is known of them is said beside
/// it.
#[must_use]
pub fn word(subject: &Subject) -> Option<String> {
    let [kind] = subject.kinds.as_slice() else { return None };
    let kind = match kind {
        None => return Some(INTERNAL_MEMBER.to_owned()),
        Some(ExternalUserType::InternalGuest) => return Some("internal-guest".to_owned()),
        Some(kind) => kind,
    };
    let prefix = match kind {
        ExternalUserType::B2bCollaborationMember => "member:",
        ExternalUserType::B2bDirectConnectUser => "direct-connect:",
        ExternalUserType::ServiceProvider => "service-provider:",
        ExternalUserType::OtherExternalUser => "other:",
        _ => "",
    };
    match &subject.home {
        Home::Tenant(id) if prefix.is_empty() => Some(format!("tenant:{id}")),
        Home::Tenant(id) => Some(format!("{prefix}{id}")),
        Home::OtherTenant => Some(format!("{prefix}{ANY_OTHER_TENANT}")),
        // Anything may be set for them: no word is for one of them.
        Home::UnseenPartner | Home::UnknownTenant => None,
        Home::NoTenant => {
            let (word, ..) = PROVIDERS.iter().find(|(_, own, _)| *own == subject.provider)?;
            let domain = subject.domain.as_ref().map_or_else(String::new, |domain| format!(":{domain}"));
            Some(format!("{prefix}{word}{domain}"))
        }
    }
}

/// Who a word is for: `internal-member`, `member:any-other-tenant`, `other:google`, ….
pub(super) fn person(word: &str) -> Option<Subject> {
    let word = word.to_ascii_lowercase();
    if word == INTERNAL_MEMBER {
        let mut subject = Subject::described(&Outsider::InternalGuest, "an internal member".to_owned());
        subject.kinds = vec![None];
        return Some(subject);
    }
    let (kind, home) = word.split_once(':')?;
    let (kind, what) = match kind {
        "member" => (ExternalUserType::B2bCollaborationMember, "a B2B collaboration member"),
        "direct-connect" => (ExternalUserType::B2bDirectConnectUser, "a B2B direct connect user"),
        "service-provider" => (ExternalUserType::ServiceProvider, "a technician of a service provider"),
        "other" => (ExternalUserType::OtherExternalUser, "an external user"),
        _ => return None,
    };
    if home == ANY_OTHER_TENANT {
        let nobody = Id::new(home);
        let outsider = match kind {
            ExternalUserType::B2bCollaborationMember => Outsider::Member(nobody),
            ExternalUserType::B2bDirectConnectUser => Outsider::DirectConnect(nobody),
            ExternalUserType::ServiceProvider => Outsider::ServiceProvider(nobody),
            _ => Outsider::Other(nobody),
        };
        let mut subject = Subject::described(&outsider, format!("{what} of a tenant that no setting names"));
        subject.home = Home::OtherTenant;
        return Some(subject);
    }
    // Direct connect and service providers need a tenant of their own.
    if matches!(kind, ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider) {
        return None;
    }
    let (home, domain) = home.split_once(':').map_or((home, None), |(home, domain)| (home, Some(domain.trim())));
    let (_, provider, name) = PROVIDERS.iter().find(|(known, ..)| *known == home)?;
    let mut subject = Subject::described(&Outsider::WithoutTenant(*provider), format!("{what} with {name}"));
    subject.kinds = vec![Some(kind)];
    subject.domain = domain.map(str::to_owned);
    Some(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_people_whom_no_setting_names() {
        let kinds = |word: &str| person(word).map(|subject| (subject.kinds.clone(), subject.home, subject.provider));
        assert_eq!(kinds("internal-member"), Some((vec![None], Home::NoTenant, Provider::Here)));
        let member = Some(ExternalUserType::B2bCollaborationMember);
        assert_eq!(kinds("member:Any-Other-Tenant"), Some((vec![member], Home::OtherTenant, Provider::Entra)));
        assert_eq!(kinds("member:google"), Some((vec![member], Home::NoTenant, Provider::Google)));
        assert_eq!(kinds("direct-connect:google"), None);
        assert_eq!(kinds("member:fabrikam.com"), None);
        assert_eq!(kinds("tenant:any-other-tenant"), None);
    }
}
