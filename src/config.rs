//! Layer 1: `guestlist.toml`. Reading text; finding the file is the command line's business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::model::Id;

/// A configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Files and folders to check when the command line names none.
    pub inputs: Vec<String>,
    /// Rules to run; all when empty.
    pub select: Vec<String>,
    /// Rules to leave out.
    pub ignore: Vec<String>,
    /// What rules compare with.
    pub parameters: Parameters,
    /// Findings that somebody answers for until a date.
    pub waiver: Vec<Waiver>,
    /// Mail domains and the ids of the Entra tenants behind them.
    pub home_tenants: BTreeMap<String, String>,
}

/// The same with places, so that a mistake can be told where it stands.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", default)]
#[derive(Default)]
struct Places {
    select: Vec<Spanned<String>>,
    ignore: Vec<Spanned<String>>,
    parameters: BTreeMap<String, Spanned<toml::Value>>,
    waiver: Vec<BTreeMap<String, Spanned<toml::Value>>>,
    home_tenants: BTreeMap<String, Spanned<toml::Value>>,
}

/// What rules compare with: `context` in a rule, in camel case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Parameters {
    /// The longest that people from outside may keep access without asking again, in days.
    pub max_access_days: i64,
    /// Access that ends within so many days needs no review.
    pub unreviewed_access_days: i64,
    /// A proposed connected organization should be decided on within so many days.
    pub max_proposed_days: i64,
    /// Graph allows five sponsors for one guest.
    pub max_sponsors: i64,
    /// User ids or user principal names of emergency accounts. Empty: any enabled internal member counts who is
    /// excluded from a policy.
    pub emergency_accounts: BTreeSet<String>,
    /// Domains in which anybody can have an address.
    pub consumer_domains: BTreeSet<String>,
    /// Applications that nobody from outside should reach without a managed device, by application id. Empty: rules that
    /// ask for them are off.
    pub sensitive_applications: BTreeSet<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let domains = [
            "126.com",
            "163.com",
            "aol.com",
            "fastmail.com",
            "freenet.de",
            "gmail.com",
            "gmx.at",
            "gmx.ch",
            "gmx.com",
            "gmx.de",
            "gmx.net",
            "googlemail.com",
            "hey.com",
            "hotmail.co.uk",
            "hotmail.com",
            "hotmail.de",
            "hotmail.es",
            "hotmail.fr",
            "hotmail.it",
            "icloud.com",
            "live.co.uk",
            "live.com",
            "live.de",
            "live.fr",
            "live.nl",
            "mac.com",
            "mail.com",
            "mail.ru",
            "me.com",
            "msn.com",
            "orange.fr",
            "outlook.com",
            "outlook.de",
            "outlook.es",
            "outlook.fr",
            "outlook.it",
            "pm.me",
            "proton.me",
            "protonmail.com",
            "qq.com",
            "rocketmail.com",
            "t-online.de",
            "tutanota.com",
            "web.de",
            "yahoo.co.in",
            "yahoo.co.jp",
            "yahoo.co.uk",
            "yahoo.com",
            "yahoo.de",
            "yahoo.fr",
            "yandex.com",
            "yandex.ru",
            "ymail.com",
            "zoho.com",
        ];
        Self {
            max_access_days: 90,
            unreviewed_access_days: 30,
            max_proposed_days: 30,
            max_sponsors: 5,
            emergency_accounts: BTreeSet::new(),
            consumer_domains: domains.into_iter().map(str::to_owned).collect(),
            sensitive_applications: BTreeSet::new(),
        }
    }
}

/// A finding that somebody answers for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// Id of the object.
    pub object: String,
    /// Why it is all right.
    pub reason: String,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub until: String,
}

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// What the text says that a configuration cannot, and where: byte range.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let (config, _) = Self::read_with_places(text)?;
        Ok(config)
    }

    /// Reads the text of a configuration file whose rules are looked up with `exists`: the id of a rule or area, and
    /// whether areas count.
    ///
    /// # Errors
    /// What the text says that a configuration cannot, and where: byte range.
    pub fn read_for(text: &str, exists: impl Fn(&str, bool) -> Result<(), String>) -> Result<Self, ConfigError> {
        let (config, places) = Self::read_with_places(text)?;
        let look_up = |name: &str, span: std::ops::Range<usize>, areas: bool| {
            exists(name, areas).map_err(|message| ConfigError { message, span: (span.start, span.end) })
        };
        for name in places.select.iter().chain(&places.ignore) {
            look_up(name.get_ref(), name.span(), true)?;
        }
        for waiver in &places.waiver {
            if let Some(rule) = waiver.get("rule") {
                look_up(rule.get_ref().as_str().unwrap_or_default(), rule.span(), false)?;
            }
        }
        Ok(config)
    }

    fn read_with_places(text: &str) -> Result<(Self, Places), ConfigError> {
        let told = |error: toml::de::Error| ConfigError {
            message: if error.message().contains("datetime")
                || error.message().contains("invalid type: map, expected a string")
            {
                format!("{}; a date is written in quotes: `until = \"2026-12-31\"`", error.message())
            } else {
                error.message().to_owned()
            },
            span: error.span().map_or((0, 0), |span| (span.start, span.end)),
        };
        let mut config: Self = toml::from_str(text).map_err(told)?;
        let places: Places = toml::from_str(text).map_err(told)?;
        let lower = |domain: &String| domain.to_ascii_lowercase();
        config.parameters.consumer_domains = config.parameters.consumer_domains.iter().map(lower).collect();
        for (name, value) in &places.parameters {
            if value.get_ref().as_integer().is_some_and(|number| number < 0) {
                let message = format!("`{name}` cannot be less than 0");
                return Err(ConfigError { message, span: (value.span().start, value.span().end) });
            }
        }
        if let Some(wrong) = config.parameters.sensitive_applications.iter().find(|id| !Id::new(id).is_guid()) {
            let span = places.parameters.get("sensitive-applications").map(Spanned::span).unwrap_or_default();
            let message = format!("`{wrong}` is not an application id such as `00000003-0000-0ff1-ce00-000000000000`");
            return Err(ConfigError { message, span: (span.start, span.end) });
        }
        // Whatever its case, it is the id that rules compare with.
        let ids = config.parameters.sensitive_applications.iter().map(|id| Id::new(id).to_string());
        config.parameters.sensitive_applications = ids.collect();
        for (waiver, place) in config.waiver.iter().zip(&places.waiver) {
            let span = |name: &str| place.get(name).map_or((0, 0), |value| (value.span().start, value.span().end));
            if crate::model::Time::read_date(&waiver.until).is_none() {
                let message = format!("`{}` is not a date such as `2026-12-31`", waiver.until);
                return Err(ConfigError { message, span: span("until") });
            }
            if waiver.reason.trim().is_empty() {
                let message = format!("the waiver of `{}` has no reason", waiver.rule);
                return Err(ConfigError { message, span: span("reason") });
            }
        }
        for (domain, tenant) in &config.home_tenants {
            home_tenant(domain, tenant).map_err(|message| {
                let span = places.home_tenants.get(domain).map(Spanned::span).unwrap_or_default();
                ConfigError { message, span: (span.start, span.end) }
            })?;
        }
        Ok((config, places))
    }
}

/// A mail domain and the Entra tenant behind it, as the configuration and the command line name them.
///
/// # Errors
/// One of them is none; the text says which.
pub fn home_tenant(domain: &str, tenant: &str) -> Result<(String, Id), String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    if labels.len() < 2 || !labels.iter().all(is_label) {
        return Err(format!("`{domain}` is not a mail domain such as `fabrikam.com`"));
    }
    let id = Id::new(tenant);
    if !id.is_guid() {
        return Err(format!("`{tenant}` is not the id of a tenant, such as `0f000000-0000-4000-8000-0000000000f0`"));
    }
    Ok((domain.to_lowercase(), id))
}

/// Why a configuration file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong.
    pub message: String,
    /// Byte range in the file.
    pub span: (usize, usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_overrides() {
        let config = Config::read("ignore = [\"x\"]\n[parameters]\nmax-access-days = 30\n").unwrap();
        assert_eq!(config.parameters.max_access_days, 30);
        assert_eq!(config.parameters.max_sponsors, 5);
        assert_eq!(Config::read("").unwrap(), Config::default());
    }

    #[test]
    fn ids_of_applications_are_in_lower_case() {
        let text = "[parameters]\nsensitive-applications = [\"C44B4083-3bb0-49c1-b47d-974e53cbdf3c\"]\n";
        let config = Config::read(text).unwrap();
        assert!(config.parameters.sensitive_applications.contains("c44b4083-3bb0-49c1-b47d-974e53cbdf3c"));
    }

    #[test]
    fn home_tenants_are_domains_and_ids() {
        let tenant = "0f000000-0000-4000-8000-0000000000f0";
        let config = Config::read(&format!("[home-tenants]\n\"fabrikam.com\" = \"{tenant}\"\n")).unwrap();
        assert_eq!(config.home_tenants.get("fabrikam.com").map(String::as_str), Some(tenant));
        for (text, place) in [
            ("[home-tenants]\n\"fabrikam.com\" = \"fabrikam\"\n".to_owned(), "\"fabrikam\""),
            (format!("[home-tenants]\n\"gf@fabrikam.com\" = '{tenant}'\n"), "'0f000000-0000-4000-8000-0000000000f0'"),
        ] {
            let error = Config::read(&text).unwrap_err();
            assert_eq!(text.get(error.span.0..error.span.1).unwrap(), place, "{}", error.message);
        }
        assert!(Config::read("[home-tenants]\nfabrikam = 1\n").is_err());
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let text = "[parameters]\nmax-acess-days = 30\n";
        let error = Config::read(text).unwrap_err();
        assert!(error.message.contains("max-acess-days"), "{}", error.message);
        assert_eq!(text.get(error.span.0..error.span.1).unwrap(), "max-acess-days");
        let waiver = "[[waiver]]\nrule = \"a\"\nobject = \"b\"\nreason = \"c\"\nuntil = \"soon\"\n";
        assert!(Config::read(waiver).unwrap_err().message.contains("soon"));
        let at = |text: &str| {
            let error = Config::read(text).unwrap_err();
            (text.get(error.span.0..error.span.1).unwrap().to_owned(), error.message)
        };
        let one = "[[waiver]]\nrule = \"a\"\nobject = \"b\"\nreason = \"c\"\nuntil = \"2026-12-31\"\n";
        let (place, _) = at(&format!("{one}{}", one.replace("\"c\"", "' '")));
        assert_eq!(place, "' '");
        let (place, _) = at("[parameters]\nmax-access-days = -5\n");
        assert_eq!(place, "-5");
        let (_, message) = at(&one.replace("\"2026-12-31\"", "2026-12-31"));
        assert!(message.contains("in quotes"), "{message}");
        let (place, message) = at("[parameters]\nsensitive-applications = [\"SharePoint\"]\n");
        assert_eq!(place, "[\"SharePoint\"]", "{message}");
        let unknown = |_: &str, _: bool| Err("no such rule".to_owned());
        let error = Config::read_for(one, unknown).unwrap_err();
        assert_eq!(one.get(error.span.0..error.span.1).unwrap(), "\"a\"");
    }
}
