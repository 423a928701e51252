//! Readings of what Microsoft's documents leave open (`docs/semantics/ambiguities.md`), each an option.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::{Answer, Why};
use crate::model::Id;
use crate::suggest::nearest;

/// How one ambiguity is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Not decided: the answer stays unknown, and whoever asks folds it to a side.
    Open,
    /// The first of the two readings.
    First,
    /// The second.
    Second,
}

/// An ambiguity that can be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguity {
    /// Its number in the register.
    pub id: &'static str,
    /// The option's name.
    pub name: &'static str,
    /// The words for the two readings.
    pub words: [&'static str; 2],
    /// The reading that is taken unless another is asked for.
    pub default: Reading,
    /// The question, as a clause.
    pub question: &'static str,
}

impl Ambiguity {
    /// Whether the id of an application is a value too: the one that a tenant customised it with (CA-3.28).
    #[must_use]
    pub fn takes_application(&self) -> bool {
        self.id == BASELINE_SCOPES.id
    }
}

macro_rules! ambiguities {
    ($($(#[$doc:meta])* $constant:ident = $id:literal $name:literal [$first:literal, $second:literal] $default:ident $question:literal;)*) => {
        $($(#[$doc])* pub(super) const $constant: Ambiguity = Ambiguity {
            id: $id, name: $name, words: [$first, $second], default: Reading::$default, question: $question,
        };)*

        /// All options, in the order of the register. [`Readings`] runs in step with it.
        pub const AMBIGUITIES: &[Ambiguity] = &[$($constant,)*];
    };
}

ambiguities! {
    /// Whether *all users* takes in people without an object in the directory.
    ALL_USERS_COVERS_DIRECT_CONNECT = "AM-1" "allUsersCoversDirectConnect" ["yes", "no"] Open
        "whether `All` users takes in a B2B direct connect user";
    /// Whether a list of external tenants takes in people without an Entra tenant.
    ENUMERATED_FOR_NON_ENTRA = "AM-2" "enumeratedTenantsForNonEntra" ["matched", "never"] Second
        "whether a list of external tenants takes in people without an Entra tenant";
    /// What happens to a direct connect user without an MFA claim where MFA is trusted.
    DIRECT_CONNECT_MFA_WITHOUT_CLAIM = "AM-3" "directConnectMfaWithoutClaim" ["block", "challenge"] First
        "whether a B2B direct connect user without an MFA claim is blocked or challenged at home";
    /// What an authentication strength does to people who do not sign in with Entra.
    STRENGTH_FOR_NON_ENTRA = "AM-4" "strengthForNonEntra" ["impossible", "ignored"] Open
        "whether an authentication strength blocks people without an Entra tenant or passes them by";
    /// What controls that direct connect does not support do.
    DIRECT_CONNECT_UNSUPPORTED = "AM-5" "directConnectUnsupportedControls" ["impossible", "ignored"] First
        "whether a grant control that B2B direct connect does not support blocks or is passed by";
    /// Whether the new handling of baseline scopes is on.
    BASELINE_SCOPES = "AM-7" "baselineScopesEnforcement" ["enforced", "legacy"] Open
        "whether the tenant enforces policies with excluded resources on requests for baseline scopes";
    /// Whether inbound settings govern people without an Entra tenant.
    INBOUND_FOR_NON_ENTRA = "AM-9" "inboundSettingsForNonEntra" ["evaluated", "ignored"] Second
        "whether inbound settings hold for people without an Entra tenant";
    /// What happens to a domain that is not on an allow list.
    ALLOW_LIST_UNLISTED_DOMAIN = "AM-10" "allowlistUnlistedDomain" ["refused", "inbound"] First
        "whether a domain that is not on the allow list is refused or left to the inbound settings";
    /// Whether entitlement management invites where nobody may.
    INVITE_NONE_STOPS_ENTITLEMENT = "AM-11" "inviteNoneStopsEntitlement" ["stops", "continues"] Open
        "whether `none` in `allowInvitesFrom` stops invitations by entitlement management";
    /// Whether a domain in the list of domains takes in its subdomains.
    DOMAIN_MATCH = "AM-19" "domainMatch" ["subdomains", "exact"] Second
        "whether a domain in the list of domains takes in its subdomains";
    /// What device controls and terms of use do to service providers.
    GDAP_DEVICE_CONTROLS = "AM-26" "gdapDeviceControls" ["unsatisfiable", "satisfiable"] Open
        "whether a service provider's technician can satisfy device controls and terms of use";
    /// Whether a state that is not documented is enforced.
    UNKNOWN_POLICY_STATE = "AM-29" "unknownPolicyState" ["enforced", "notEnforced"] Open
        "whether a policy in a state that is not documented is enforced";
    /// Whether exclusions count for Exchange ActiveSync.
    EAS_EXCLUSIONS = "AM-34" "easExclusions" ["ignored", "honoured"] Open
        "whether exclusions count for Exchange ActiveSync";
    /// Whether *all resources* takes in user actions.
    ALL_RESOURCES_COVERS_USER_ACTIONS = "AM-36" "allResourcesCoversUserActions" ["yes", "no"] Open
        "whether `All` resources takes in user actions";
    /// Whether custom controls can be met by people without an Entra tenant.
    CUSTOM_CONTROLS_FOR_NON_ENTRA = "AM-37" "customControlsForNonEntra" ["impossible", "possible"] Open
        "whether people without an Entra tenant can meet a custom control";
    /// What holds where a partner gives one of the two lists only.
    PARTNER_MISSING_HALF = "AM-38" "partnerMissingHalf" ["inherits", "open"] Open
        "what holds where a partner's setting lacks one of its two lists";
    /// Whether security defaults ask people from outside for MFA.
    SECURITY_DEFAULTS_MFA = "AM-41" "securityDefaultsMfa" ["asked", "notAsked"] Open
        "whether security defaults ask people from outside for multifactor authentication";
    /// Whether policies on Azure's management reach services that depend on it.
    AZURE_DEPENDENTS = "AM-42" "azureManagementDependents" ["covered", "notCovered"] Open
        "whether a policy on Windows Azure Service Management API reaches a service that depends on it";
    /// Whether sign-ins meet the policies of services that the application depends on.
    SERVICE_DEPENDENCIES = "AM-44" "serviceDependencies" ["followed", "ignored"] First
        "whether a sign-in meets the policies of the services that its application depends on";
    /// What holds of a claim that a partner's trust does not mention.
    PARTNER_MISSING_TRUST = "AM-43" "partnerMissingTrust" ["inherits", "notTrusted"] First
        "whether a partner's trust that lacks a member inherits it";
}

/// Ambiguities without an option, with the reading that is taken, as a clause.
pub const SETTLED: &[(&str, &str)] = &[
    ("AM-8", "of session controls that differ the strictest holds"),
    ("AM-25", "the code of a refused direct connect is not documented and assumed"),
    ("AM-28", "the home tenant of a guest is told by the mail domain, and not known where that names none"),
    (
        "AM-33",
        "what legacy handling of baseline scopes does with other directory scopes, and under policies on Windows Azure Active Directory, is not known",
    ),
];

/// Ambiguities whose usual reading no document hints at: an answer tells it, and no guarantee takes it unasked.
const UNSURE: &[&str] = &[PARTNER_MISSING_TRUST.id];

/// The value that leaves an ambiguity open.
pub const OPEN: &str = "unknown";

/// The readings of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings {
    /// In step with [`AMBIGUITIES`]; `None` is as usual.
    chosen: Vec<Option<Reading>>,
    /// The placeholder application that a tenant customised baseline scope enforcement with (CA-3.28).
    pub baseline_application: Option<Id>,
}

impl Default for Readings {
    fn default() -> Self {
        Self { chosen: vec![None; AMBIGUITIES.len()], baseline_application: None }
    }
}

impl Readings {
    /// Sets an option by name.
    ///
    /// # Errors
    /// No option has that name, or it has no such value; the text says what there is.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let found = AMBIGUITIES.iter().zip(&mut self.chosen).find(|(known, _)| known.name.eq_ignore_ascii_case(name));
        let Some((ambiguity, chosen)) = found else {
            let names: Vec<&str> = AMBIGUITIES.iter().map(|ambiguity| ambiguity.name).collect();
            let help = nearest(name, names.iter().copied())
                .map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(format!("no option `{name}`; {help}"));
        };
        let [first, second] = ambiguity.words;
        *chosen = Some(match value {
            _ if value.eq_ignore_ascii_case(first) => Reading::First,
            _ if value.eq_ignore_ascii_case(second) => Reading::Second,
            OPEN => Reading::Open,
            _ if ambiguity.takes_application() && Id::new(value).is_guid() => {
                self.baseline_application = Some(Id::new(value));
                Reading::First
            }
            _ => return Err(format!("`{value}` is no value of `{name}`; there are {first}, {second} and {OPEN}")),
        });
        Ok(())
    }

    /// How an ambiguity is read.
    #[must_use]
    pub fn of(&self, ambiguity: &Ambiguity) -> Reading {
        let found = AMBIGUITIES.iter().zip(&self.chosen).find(|(known, _)| known.id == ambiguity.id);
        found.and_then(|(_, reading)| *reading).unwrap_or(ambiguity.default)
    }

    /// Ambiguities that are settled, by number: whether the first of the two readings counts. What is left open is not
    /// among them, nor is what holds for an application of the tenant's choice (CA-3.28).
    #[must_use]
    pub fn settled(&self) -> BTreeMap<&'static str, bool> {
        let said = AMBIGUITIES.iter().zip(&self.chosen);
        let said = said.filter(|(ambiguity, chosen)| chosen.is_some() || !UNSURE.contains(&ambiguity.id));
        let all = said.filter_map(|(ambiguity, _)| match self.of(ambiguity) {
            Reading::First if ambiguity.takes_application() && self.baseline_application.is_some() => None,
            Reading::First => Some((ambiguity.id, true)),
            Reading::Second => Some((ambiguity.id, false)),
            Reading::Open => None,
        });
        all.collect()
    }

    /// Options that were set, as `NAME=VALUE`.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let said = AMBIGUITIES.iter().zip(&self.chosen).filter(|(_, chosen)| chosen.is_some());
        said.map(|(ambiguity, _)| self.option(ambiguity)).collect()
    }

    /// How an ambiguity is read, as `NAME=VALUE`.
    #[must_use]
    pub fn option(&self, ambiguity: &Ambiguity) -> String {
        let [first, second] = ambiguity.words;
        let value = match (self.of(ambiguity), &self.baseline_application) {
            (Reading::First, Some(application)) if ambiguity.takes_application() => application.as_str(),
            (Reading::First, _) => first,
            (Reading::Second, _) => second,
            (Reading::Open, _) => OPEN,
        };
        format!("{}={value}", ambiguity.name)
    }
}

/// Which ambiguities a verdict came to depend on.
#[derive(Debug, Default)]
pub(super) struct Leanings(RefCell<BTreeSet<&'static str>>);

impl Leanings {
    pub(super) fn take(&self) -> BTreeSet<&'static str> {
        std::mem::take(&mut self.0.borrow_mut())
    }

    pub(super) fn note(&self, id: &'static str) {
        self.0.borrow_mut().insert(id);
    }
}

/// Readings, and what was leaned on.
#[derive(Debug, Default)]
pub(super) struct Judge {
    pub(super) readings: Readings,
    pub(super) leanings: Leanings,
}

impl Judge {
    /// Yes for the first reading, no for the second, unknown while it is open.
    pub(super) fn ask(&self, ambiguity: &Ambiguity) -> Answer {
        self.leanings.note(ambiguity.id);
        match self.readings.of(ambiguity) {
            Reading::First => Answer::Yes,
            Reading::Second => Answer::No,
            Reading::Open => {
                Answer::Unknown(Why::ambiguous(ambiguity.id, format!("{} is not documented", ambiguity.question)))
            }
        }
    }
}
