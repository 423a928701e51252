//! Flags to the words of a question.

use std::collections::BTreeMap;

use super::super::Failure;
use super::args::{Conditions, What, Who};
use crate::access::Home;
use crate::access::sign_in::Subject;
use crate::report::plain;
use crate::simulate::Misunderstood;
use crate::simulate::question::{AttributeText, ClaimsText, Described, DeviceText, UserText, When};

/// `--flag: what is wrong with it`.
pub(super) fn failure(why: &Misunderstood) -> Failure {
    Failure::new(format!("`{}`: {}", flag(&why.member), plain(&why.message)))
}

/// The flag that says what a member of a scenario file says.
fn flag(member: &str) -> String {
    match member {
        "user.groups" => return "--group".to_owned(),
        "user.packages" => return "--package".to_owned(),
        "user.roles" => return "--role".to_owned(),
        "when.publicClient" => return "--confidential-client".to_owned(),
        "when.interactive" => return "--non-interactive".to_owned(),
        "when.claims.home" | "when.claims.here" => return "--claims".to_owned(),
        "when.scopes" => return "--scope".to_owned(),
        _ => {}
    }
    let name = member.trim_start_matches("when.").trim_start_matches("user.");
    let mut flag = "--".to_owned();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            flag.push('-');
        }
        flag.push(character.to_ascii_lowercase());
    }
    flag
}

fn wrong<T>(flag: &str, message: &str) -> Result<T, Failure> {
    Err(Failure::new(format!("`{flag}`: {}", plain(message))))
}

/// A list in which `none` is an empty one, and nothing is not told.
fn all_of(items: &[String], flag: &str) -> Result<Option<Vec<String>>, Failure> {
    match items {
        [] => Ok(None),
        [none] if none.eq_ignore_ascii_case("none") => Ok(Some(Vec::new())),
        items if items.iter().any(|item| item.eq_ignore_ascii_case("none")) => wrong(flag, "`none` stands by itself"),
        items => Ok(Some(items.to_vec())),
    }
}

/// Who, as written.
pub(super) fn user(flags: &Who) -> Result<UserText, Failure> {
    Ok(UserText::Described(Box::new(Described {
        who: flags.user.clone().unwrap_or_default(),
        pending: flags.pending,
        invited: flags.not_invited.then_some(false),
        groups: flags.group.clone(),
        packages: flags.package.clone(),
        roles: flags.role.clone(),
        home_groups: all_of(&flags.home_group, "--home-group")?,
        home_id: flags.home_id.clone(),
        other_cloud: flags.other_cloud,
        group_count: flags.group_count,
        registered_at_home: all_of(&flags.registered_at_home, "--registered-at-home")?,
        registered_here: all_of(&flags.registered_here, "--registered-here")?,
        guest_here_too: flags.guest_here_too,
    })))
}

/// Under which conditions, and to what, as written.
pub(super) fn when(what: &What, flags: &Conditions, subject: &Subject) -> Result<When, Failure> {
    Ok(When {
        authentication_context: what.authentication_context.clone(),
        user_action: what.user_action.clone(),
        public_client: what.confidential_client.then_some(false),
        outbound_to: what.outbound_to.clone(),
        channel: what.channel.clone(),
        scopes: what.scope.clone(),
        ..circumstances(flags, Some(subject))?
    })
}

/// Under which conditions, as written; of nobody in particular without a subject.
pub(super) fn circumstances(flags: &Conditions, subject: Option<&Subject>) -> Result<When, Failure> {
    Ok(When {
        client: flags.client.clone(),
        platform: flags.platform.clone(),
        ip: flags.ip.clone(),
        country: flags.country.clone(),
        gps_country: flags.gps_country.clone(),
        mfa_trusted_ip: flags.mfa_trusted_ip.then_some(true),
        compliant_network: flags.compliant_network,
        device: device(&flags.device)?,
        sign_in_risk: flags.sign_in_risk.clone(),
        user_risk: flags.user_risk.clone(),
        insider_risk: flags.insider_risk.clone(),
        flow: flags.flow.clone(),
        original_flow: flags.original_flow.clone(),
        interactive: flags.non_interactive.then_some(false),
        home_outbound: flags.home_outbound.clone(),
        tenant_restricted: flags.tenant_restricted.then_some(true),
        shared_channel: flags.shared_channel,
        claims: claims(&flags.claims, subject)?,
        ..When::default()
    })
}

/// One word, or attributes; an attribute that is given more than once has several values.
fn device(texts: &[String]) -> Result<Option<DeviceText>, Failure> {
    match texts {
        [] => return Ok(None),
        [word] if !word.contains('=') => return Ok(Some(DeviceText::Word(word.clone()))),
        _ => {}
    }
    let mut attributes: BTreeMap<String, AttributeText> = BTreeMap::new();
    for piece in texts.iter().flat_map(|text| text.split(',')) {
        let Some((name, value)) = piece.split_once('=') else {
            return wrong(
                "--device",
                &format!("`{piece}` is no attribute such as `isCompliant=true`, and a word stands by itself"),
            );
        };
        // As it stands: a filter may ask for a space.
        let value = value.to_owned();
        let known = attributes.remove(name.trim());
        let value = match known {
            // It has the attribute, and nothing in it.
            None if value.is_empty() => AttributeText::List(Vec::new()),
            None => AttributeText::Text(value),
            Some(AttributeText::List(mut list)) => {
                list.push(value);
                AttributeText::List(list)
            }
            Some(AttributeText::Text(first)) => AttributeText::List(vec![first, value]),
            Some(flag @ AttributeText::Flag(_)) => flag,
        };
        attributes.insert(name.trim().to_owned(), value);
    }
    Ok(Some(DeviceText::Attributes(attributes)))
}

/// What was already done. Without a place it was done where the person's credentials live, which is this tenant for
/// those who have no other; people at large differ in that.
fn claims(texts: &[String], subject: Option<&Subject>) -> Result<ClaimsText, Failure> {
    let mut claims = ClaimsText::default();
    for text in texts {
        let (list, value) = match text.split_once(':') {
            Some(("home", value)) => (&mut claims.home, value),
            Some(("here", value)) => (&mut claims.here, value),
            Some(("terms", value)) => (&mut claims.terms_accepted, value),
            Some(("custom", value)) => (&mut claims.custom_passed, value),
            Some((other, _)) => {
                return wrong("--claims", &format!("`{other}:` is none of `home:`, `here:`, `terms:` and `custom:`"));
            }
            None => match subject {
                None => {
                    let message =
                        format!("`{text}` does not say where it was done; write `home:{text}` or `here:{text}`");
                    return wrong("--claims", &message);
                }
                Some(subject) if subject.home == Home::NoTenant => (&mut claims.here, text.as_str()),
                Some(_) => (&mut claims.home, text.as_str()),
            },
        };
        if value.trim().is_empty() {
            return wrong("--claims", &format!("`{text}` says nothing"));
        }
        list.push(value.trim().to_owned());
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::sign_in::{Outsider, Provider};
    use crate::model::Id;

    #[test]
    fn members_are_named_by_their_flags() {
        for (member, name) in [
            ("user", "--user"),
            ("app", "--app"),
            ("when.signInRisk", "--sign-in-risk"),
            ("when.ip", "--ip"),
            ("user.registeredAtHome", "--registered-at-home"),
            ("user.groups", "--group"),
            ("user.roles", "--role"),
            ("when.claims.home", "--claims"),
            ("when.outboundTo", "--outbound-to"),
        ] {
            assert_eq!(flag(member), name);
        }
    }

    /// Every flag that a message can name is one that the command has.
    #[test]
    fn every_named_flag_exists() {
        let command = super::super::super::command();
        let sign_in = command.find_subcommand("simulate").and_then(|found| found.find_subcommand("sign-in")).unwrap();
        let known: Vec<String> =
            sign_in.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))).collect();
        let source = include_str!("../../simulate/resolve.rs");
        let mut members: Vec<&str> = source
            .split('"')
            .filter(|text| {
                (text.starts_with("when.") || text.starts_with("user."))
                    && text.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
            })
            .collect();
        members.sort_unstable();
        members.dedup();
        assert!(members.len() > 15, "{members:?}");
        for member in members {
            assert!(known.contains(&flag(member)), "{member} → {}", flag(member));
        }
    }

    #[test]
    fn claims_without_a_place_are_where_the_credentials_live() {
        let texts = ["mfa".to_owned(), "here:sms".to_owned(), "terms:t1".to_owned()];
        let guest = Subject::described(&Outsider::Guest(Id::new("x")), String::new());
        let found = claims(&texts, Some(&guest)).ok().unwrap();
        assert_eq!((found.home, found.here), (vec!["mfa".to_owned()], vec!["sms".to_owned()]));
        let passcode = Subject::described(&Outsider::WithoutTenant(Provider::OneTimePasscode), String::new());
        let found = claims(&texts, Some(&passcode)).ok().unwrap();
        assert_eq!((found.home, found.here), (vec![], vec!["mfa".to_owned(), "sms".to_owned()]));
        assert!(claims(&["hom:mfa".to_owned()], Some(&guest)).is_err());
        assert!(claims(&["terms:".to_owned()], Some(&guest)).is_err());
        assert!(claims(&texts, None).is_err());
        assert!(claims(texts.get(1..).unwrap_or_default(), None).is_ok());
    }

    #[test]
    fn devices_are_words_or_attributes() {
        let read = |texts: &[&str]| device(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert!(matches!(read(&["compliant"]), Ok(Some(DeviceText::Word(_)))));
        let found = match read(&["isCompliant=true,physicalIds=a", "physicalIds=b"]) {
            Ok(Some(DeviceText::Attributes(found))) => found,
            _ => BTreeMap::new(),
        };
        assert_eq!(found.get("isCompliant"), Some(&AttributeText::Text("true".into())));
        assert_eq!(found.get("physicalIds"), Some(&AttributeText::List(vec!["a".into(), "b".into()])));
        let Ok(Some(DeviceText::Attributes(found))) = read(&["model= , mdmAppId=x"]) else { panic!() };
        assert_eq!(found.get("model"), Some(&AttributeText::Text(" ".into())));
        assert_eq!(found.get("mdmAppId"), Some(&AttributeText::Text("x".into())));
        assert!(read(&["compliant", "isCompliant=true"]).is_err());
        assert!(matches!(read(&[]), Ok(None)));
    }
}
