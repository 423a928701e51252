//! Every sign-in that is possible (docs/semantics/world.md): the words that this tenant can tell apart, and what cannot
//! be together.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::LEGACY;
use super::entities::{Entity, Someone};
use super::gates::MAIL_DOMAIN;
use super::people::{ANY_OTHER_TENANT, INTERNAL_MEMBER};
use super::term::{context, principal};
use super::{ACTIVATED, ACTIVATION, Compiler, Term};
use crate::model::{COUNTRIES, DIRECTORY, EXCHANGE, ExternalUserType, METHODS, Place, SHAREPOINT, TEAMS, Worth};

/// Words that conditions ask about beyond the fixed ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub(super) authentication_contexts: BTreeSet<String>,
    /// Whether a policy is about user actions.
    pub(super) user_actions: bool,
    pub(super) countries: BTreeSet<String>,
    /// Attributes of devices that are texts, by name in lower case.
    pub(super) device_texts: BTreeSet<String>,
    /// Attributes of devices that are collections, with the elements that are asked about.
    pub(super) device_collections: BTreeMap<String, BTreeSet<String>>,
    pub(super) combinations: BTreeSet<Vec<String>>,
    pub(super) terms: BTreeSet<String>,
    pub(super) custom: BTreeSet<String>,
}

/// What cannot be otherwise.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// What it says, as a clause.
    pub says: &'static str,
    /// The rule of docs/semantics, or why it is taken as given.
    pub source: &'static str,
    /// The condition itself.
    pub term: Term,
    /// Whether it depends on what a user of the export is, which may be one thing before a change and another after it: where
    /// two tenants are compared it binds the later one alone.
    pub of_person: bool,
}

/// Something that people may be in or not: with a row for each choice there would be too many of them.
#[derive(Debug, Clone)]
pub struct Free {
    /// The type.
    pub kind: &'static str,
    /// The id.
    pub id: String,
    /// What that says, as a clause.
    pub says: &'static str,
    /// The rules of docs/semantics.
    pub source: &'static str,
    /// Who may be. Of what is told of them, that they are in what stands before it counts as well.
    pub whom: Term,
    /// Whether it depends on others of its type.
    pub is_after: bool,
}

impl Free {
    /// Whether users of the export may be in it as well as newcomers.
    #[must_use]
    pub fn is_for_users(&self) -> bool {
        is_for_users(self.kind)
    }
}

/// So of a type.
#[must_use]
pub fn is_for_users(kind: &str) -> bool {
    matches!(kind, "AccessPackage" | ACTIVATED | ACTIVATION)
}

/// A kind of people who are not here yet, or of whom the export does not hold all.
pub type Newcomer = Entity;

/// Every sign-in that is possible.
#[derive(Debug, Clone)]
pub struct World {
    /// Values of the text attributes of the context, by path, the dullest first.
    pub values: BTreeMap<&'static str, Vec<String>>,
    /// Elements of the sets of the context, by path.
    pub elements: BTreeMap<String, Vec<String>>,
    /// People who may come, a row each.
    pub newcomers: Vec<Newcomer>,
    /// What people may be in or not: objects of their home tenant, connected organizations, access packages,
    /// activations, in this order, for each may depend on those before it; packages that open one another come several times. Where the list of users
    /// may be incomplete, whoever is in `NotExported` is here already.
    pub free: Vec<Free>,
    /// What cannot be otherwise.
    pub constraints: Vec<Constraint>,
    /// What holds of a first sign-in, which is the one that promises are about (W-6.6): whoever is not here yet has
    /// registered, done and accepted nothing in this tenant.
    pub first: Term,
    pub(super) vocabulary: Vocabulary,
}

impl Vocabulary {
    /// Takes over what another tenant's conditions ask about, so that a sign-in says the same in both.
    pub fn extend(&mut self, other: &Self) {
        self.authentication_contexts.extend(other.authentication_contexts.iter().cloned());
        self.countries.extend(other.countries.iter().cloned());
        self.device_texts.extend(other.device_texts.iter().cloned());
        for (name, elements) in &other.device_collections {
            self.device_collections.entry(name.clone()).or_default().extend(elements.iter().cloned());
        }
        self.combinations.extend(other.combinations.iter().cloned());
        self.terms.extend(other.terms.iter().cloned());
        self.custom.extend(other.custom.iter().cloned());
        self.user_actions |= other.user_actions;
    }
}

impl World {
    /// What conditions ask about.
    #[must_use]
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether a policy is about user actions.
    #[must_use]
    pub const fn names_user_actions(&self) -> bool {
        self.vocabulary.user_actions
    }

    /// Attributes of devices that are texts of any kind.
    pub fn device_texts(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.device_texts.iter().map(String::as_str)
    }

    /// Attributes of devices that are collections, with the elements that are asked about.
    pub fn device_collections(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.vocabulary.device_collections.iter().map(|(name, elements)| (name.as_str(), elements))
    }
}

/// A country that nothing names, which stands for all others; none where every country is named.
fn unnamed(named: &BTreeSet<String>) -> Option<&'static str> {
    COUNTRIES.split_whitespace().find(|code| !named.contains(*code))
}

impl Compiler<'_> {
    pub(super) fn world(&self) -> World {
        let vocabulary = self.vocabulary.borrow().clone();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let mut countries: Vec<String> = words(&["unmapped"]);
        countries.extend(vocabulary.countries.iter().cloned());
        countries.extend(unnamed(&vocabulary.countries).map(str::to_owned));
        let mut contexts = words(&["none"]);
        contexts.extend(vocabulary.authentication_contexts.iter().cloned());
        let values = BTreeMap::from([
            (
                "context.client",
                words(&["browser", "mobileAppsAndDesktopClients", "other", "exchangeActiveSync", "easSupported"]),
            ),
            ("context.platform", words(&["windows", "macOS", "iOS", "android", "linux", "windowsPhone", "unknown"])),
            ("context.country", countries.clone()),
            ("context.gpsCountry", countries),
            ("context.signInRisk", words(&["none", "low", "medium", "high"])),
            ("context.userRisk", words(&["none", "low", "medium", "high"])),
            ("context.insiderRisk", words(&["none", "minor", "moderate", "elevated"])),
            ("context.flow", words(&["none", "deviceCodeFlow", "authenticationTransfer"])),
            ("context.originalFlow", words(&["none", "deviceCodeFlow", "authenticationTransfer"])),
            ("context.authenticationContext", contexts),
        ]);
        let methods: Vec<String> =
            METHODS.iter().filter(|method| method.worth != Worth::First).map(|method| method.name.to_owned()).collect();
        let combinations: Vec<String> = vocabulary.combinations.iter().map(|methods| methods.join(",")).collect();
        let mut elements = BTreeMap::new();
        for place in ["home", "here"] {
            elements.insert(format!("context.brought.{place}.methods"), methods.clone());
            elements.insert(format!("context.done.{place}.combinations"), combinations.clone());
        }
        for when in ["brought", "done"] {
            elements.insert(format!("context.{when}.terms"), vocabulary.terms.iter().cloned().collect());
            elements.insert(format!("context.{when}.custom"), vocabulary.custom.iter().cloned().collect());
        }
        for (name, known) in &vocabulary.device_collections {
            elements.insert(format!("context.device.attributes.{name}"), known.iter().cloned().collect());
        }
        let mut free: Vec<Free> = Vec::new();
        for id in self.home_objects.borrow().iter() {
            // An object of ours is none of theirs (XT-1.16).
            if self.tenant.groups.get(id).is_none() && self.tenant.users.get(id).is_none() {
                let says = "objects of a home tenant are of people who have one";
                let whom = self.has_entra_home();
                free.push(Free {
                    kind: "HomeObject",
                    id: id.to_string(),
                    says,
                    source: "XT-1.15",
                    whom,
                    is_after: false,
                });
            }
        }
        for domain in self.domains() {
            let whom = self.may_have_domain();
            let says = "people who are not here yet are invited by a mail address of one domain";
            let (kind, id, source) = (MAIL_DOMAIN, domain.to_owned(), "XT-4.2, XT-4.18");
            free.push(Free { kind, id, says, source, whom, is_after: false });
        }
        for organization in &self.tenant.connected_organizations.items {
            let whom = self.may_belong(organization);
            if whom != Term::False {
                let says = "people belong to a connected organization by one of its identity sources";
                let id = organization.id.to_string();
                let (kind, source) = ("ConnectedOrganization", "EM-3.1 to EM-3.8");
                free.push(Free { kind, id, says, source, whom, is_after: false });
            }
        }
        free.extend(self.packages_to_hold());
        free.extend(self.activations());
        free.extend(self.unexported_user());
        let constraints = self.constraints(&elements);
        let first = self.first(&elements);
        World { values, elements, newcomers: self.newcomers(), free, constraints, first, vocabulary }
    }

    /// Everybody who may come, by external user type, provider and home (CA-2.14 to CA-2.24).
    fn newcomers(&self) -> Vec<Newcomer> {
        let mut all = Vec::new();
        let mut add = |kind: &str, provider: &str, home: Option<&str>| {
            let id = match home {
                Some(home) => format!("{kind} of {home}"),
                None => format!("{kind} by {provider}"),
            };
            let someone = Someone {
                id: &id,
                name: &id,
                kind,
                provider,
                home,
                account: "enabled",
                invitation: "none",
                domain: "",
                exists: false,
            };
            all.push(someone.entity());
        };
        // Whoever comes likeliest first.
        let mut homes: Vec<String> = vec![ANY_OTHER_TENANT.to_owned()];
        homes.extend(self.homes().into_iter().filter(|home| home != ANY_OTHER_TENANT && !is_open(home)));
        let kinds = [
            ExternalUserType::B2bCollaborationGuest,
            ExternalUserType::B2bCollaborationMember,
            ExternalUserType::B2bDirectConnectUser,
            ExternalUserType::ServiceProvider,
            ExternalUserType::OtherExternalUser,
        ];
        for kind in kinds {
            for home in &homes {
                add(kind.as_str(), "entra", Some(home));
            }
            // Direct connect and service providers are between Entra tenants only.
            if !matches!(kind, ExternalUserType::B2bDirectConnectUser | ExternalUserType::ServiceProvider) {
                for provider in ["oneTimePasscode", "google", "facebook", "microsoftAccount", "federation"] {
                    add(kind.as_str(), provider, None);
                }
            }
        }
        add(ExternalUserType::InternalGuest.as_str(), "thisTenant", None);
        add(INTERNAL_MEMBER, "thisTenant", None);
        all
    }

    fn first(&self, elements: &BTreeMap<String, Vec<String>>) -> Term {
        let any_of = |path: &[&str]| {
            let known = elements.get(&format!("context.{}", path.join("."))).map(Vec::as_slice).unwrap_or_default();
            context(path).contains_any(known.iter().map(String::as_str))
        };
        let before = Term::any([
            context(&["registeredHere"]).holds(),
            context(&["brought", "here", "mfa"]).holds(),
            any_of(&["brought", "here", "methods"]),
            any_of(&["brought", "terms"]),
            any_of(&["brought", "custom"]),
        ]);
        self.is_here() | !self.has_object() | !before
    }

    fn constraints(&self, elements: &BTreeMap<String, Vec<String>>) -> Vec<Constraint> {
        let mut all = Vec::new();
        let mut must = |says: &'static str, source: &'static str, term: Term| {
            if term != Term::True {
                all.push(Constraint { says, source, term, of_person: false });
            }
        };
        let mut of_people = Vec::new();
        let mut of_person = |says: &'static str, source: &'static str, term: Term| {
            if term != Term::True {
                of_people.push(Constraint { says, source, term, of_person: true });
            }
        };
        let any_of = |path: &[&str]| {
            let key = format!("context.{}", path.join("."));
            let known = elements.get(&key).map(Vec::as_slice).unwrap_or_default();
            context(path).contains_any(known.iter().map(String::as_str))
        };
        let brought =
            |place: &str| context(&["brought", place, "mfa"]).holds() | any_of(&["brought", place, "methods"]);
        let done = |place: &str| context(&["done", place, "mfa"]).holds() | any_of(&["done", place, "combinations"]);
        let steps = || {
            let flags = ["approvedApp", "appProtection", "passwordChange", "riskRemediation"];
            let flags = flags.into_iter().map(|name| context(&["done", name]).holds());
            let others = [done("home"), done("here"), any_of(&["done", "terms"]), any_of(&["done", "custom"])];
            Term::any(flags.chain(others))
        };
        let registered = context(&["device", "registered"]).holds();
        let legacy = || self.is_legacy();
        must(
            "a legacy client brings nothing and completes no control",
            "CA-4.7",
            !legacy()
                | !Term::any([
                    brought("home"),
                    brought("here"),
                    any_of(&["brought", "terms"]),
                    any_of(&["brought", "custom"]),
                    steps(),
                ]),
        );
        must("a legacy client proves no device", "CA-4.7", !legacy() | !registered.clone());
        must(
            "in device code flow no device is proven",
            "CA-9.4",
            !context(&["flow"]).is("deviceCodeFlow") | !registered.clone(),
        );
        of_person(
            "only a tenant vouches for a device: this one for its own people, else their own",
            "XU-1.8 to XU-1.11",
            !registered.clone() | self.is_internal() | self.has_entra_home(),
        );
        for flag in ["compliant", "hybridJoined"] {
            must(
                "a device is compliant or joined only where it is registered",
                "CA-7.6",
                !context(&["device", flag]).holds() | registered.clone(),
            );
        }
        for name in &self.vocabulary.borrow().device_texts {
            let attribute = context(&["device", "attributes", name]);
            must("attributes are those of a registered device", "CA-7.6", registered.clone() | attribute.is(""));
            if name == "trusttype" {
                let joined = || context(&["device", "hybridJoined"]).holds();
                must(
                    "a hybrid joined device is of trust type ServerAD, and no other device is",
                    "CA-7.4",
                    joined() & attribute.is("serverad") | !joined() & !attribute.is("serverad"),
                );
            }
        }
        for name in self.vocabulary.borrow().device_collections.keys() {
            must(
                "attributes are those of a registered device",
                "CA-7.6",
                registered.clone() | !any_of(&["device", "attributes", name]),
            );
        }
        of_person(
            "what was done at home was done by somebody who has an Entra tenant",
            "XU-1.2",
            self.has_entra_home() & !self.is_internal() | !(brought("home") | done("home")),
        );
        of_person(
            "direct connect users and service providers authenticate at home only",
            "XU-1.5, XU-5.3",
            !(self.is_direct() | self.is_service_provider())
                | !(brought("here") | done("here") | context(&["registeredHere"]).holds()),
        );
        let not_here: Vec<&str> = METHODS
            .iter()
            .filter(|method| !method.here && method.worth != Worth::First)
            .map(|method| method.name)
            .collect();
        of_person(
            "people from outside authenticate here by methods that they can register here",
            "XU-2.1 to XU-2.9",
            self.is_internal() | !context(&["brought", "here", "methods"]).contains_any(not_here.iter().copied()),
        );
        let combinations: Vec<String> = {
            let vocabulary = self.vocabulary.borrow();
            let outside =
                vocabulary.combinations.iter().filter(|own| !crate::model::counts_from_outside(own, Place::Here));
            outside.map(|methods| methods.join(",")).collect()
        };
        of_person(
            "people from outside authenticate here by methods that they can register here",
            "XU-2.1 to XU-2.9",
            self.is_internal()
                | !context(&["done", "here", "combinations"]).contains_any(combinations.iter().map(String::as_str)),
        );
        of_person(
            "no guest registers a passkey here",
            "XU-1.23",
            self.is_kind(&[None]) | !context(&["brought", "here", "methods"]).contains("fido2"),
        );
        of_person(
            "whoever has no Entra tenant has no user risk",
            "XU-4.4",
            self.is_internal() | self.has_entra_home() | context(&["userRisk"]).is("none"),
        );
        must(
            "Exchange ActiveSync is a protocol of Exchange Online",
            "CA-4.8",
            !context(&["client"]).is_one_of(LEGACY.iter().copied().filter(|client| *client != "other"))
                | self.types.resource_in("Application", &[EXCHANGE]),
        );
        must(
            "a request for baseline scopes only is a modern client's, to Windows Azure Active Directory",
            "CA-3.21, CA-3.23",
            !context(&["baselineScopes"]).holds() | !legacy() & self.types.resource_in("Application", &[DIRECTORY]),
        );
        must(
            "shared channels are in Teams and SharePoint",
            "CA-2.27",
            !context(&["sharedChannel"]).holds() | self.types.resource_in("Application", &[TEAMS, SHAREPOINT]),
        );
        of_person(
            "only a direct connect user has a guest account as well",
            "CA-2.28",
            !context(&["guestHereToo"]).holds() | self.is_direct(),
        );
        of_person(
            "invitations are redeemed where there is one",
            "SI-1.8",
            !context(&["done", "redemption"]).holds() | !principal("invitation").is("none"),
        );
        let domains: Vec<&str> = self.domains().into_iter().collect();
        for (at, domain) in domains.iter().enumerate() {
            let others = domains.get(at + 1..).unwrap_or_default();
            let both = self.types.principal_in(MAIL_DOMAIN, &[domain]) & self.types.principal_in(MAIL_DOMAIN, others);
            let says = "people who are not here yet are invited by a mail address of one domain";
            must(says, "XT-4.2, XT-4.18", !both);
        }
        must(
            "people who are not here yet have a mail address that may be invited, where they choose it",
            "XT-4.2, XT-4.18",
            self.comes_by_invitation(),
        );
        for pair in self.incompatible_pairs() {
            of_person(
                "nobody comes to hold two packages of which each is incompatible with the other",
                "EM-1.4, EM-7.1",
                pair,
            );
        }
        must(
            "technicians come from partners that are service providers",
            "taken as given: a governing tenant may need no entry (AM-31)",
            self.comes_from_a_service_provider(),
        );
        must("the address is one of all", "taken as given: no range is left out", !context(&["unlistedIp"]).holds());
        all.extend(of_people);
        all
    }
}

fn is_open(home: &str) -> bool {
    home == super::people::SOME_TENANT || home == super::people::SOME_TENANT_OR_NONE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// W-1.9.
    #[test]
    fn the_country_of_all_others_is_one_that_nothing_names() {
        let named = |codes: &str| codes.split_whitespace().map(str::to_owned).collect();
        assert_eq!(unnamed(&named("DE FR")), Some("AQ"));
        assert_eq!(unnamed(&named("AQ BV HM AD AF")), Some("AE"));
        assert_eq!(unnamed(&named(COUNTRIES)), None);
    }
}
