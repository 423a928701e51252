//! Layer 1: `guestlist.toml`. Reading text; finding the file is the command line's business.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

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
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError {
            message: error.message().to_owned(),
            span: error.span().map_or((0, 0), |span| (span.start, span.end)),
        })?;
        let lower = |domain: &String| domain.to_ascii_lowercase();
        config.parameters.consumer_domains = config.parameters.consumer_domains.iter().map(lower).collect();
        for waiver in &config.waiver {
            let at = text.find(&waiver.until).unwrap_or_default();
            let span = (at, at + waiver.until.len());
            if waiver.until.len() != 10 || crate::model::Time::read(&waiver.until).is_none() {
                let message = format!("`{}` is not a date such as `2026-12-31`", waiver.until);
                return Err(ConfigError { message, span });
            }
            if waiver.reason.trim().is_empty() {
                let message = format!("the waiver of `{}` has no reason", waiver.rule);
                return Err(ConfigError { message, span });
            }
        }
        Ok(config)
    }
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
    fn mistakes_are_told_with_their_place() {
        let text = "[parameters]\nmax-acess-days = 30\n";
        let error = Config::read(text).unwrap_err();
        assert!(error.message.contains("max-acess-days"), "{}", error.message);
        assert_eq!(text.get(error.span.0..error.span.1).unwrap(), "max-acess-days");
        let waiver = "[[waiver]]\nrule = \"a\"\nobject = \"b\"\nreason = \"c\"\nuntil = \"soon\"\n";
        assert!(Config::read(waiver).unwrap_err().message.contains("soon"));
    }
}
