//! Facts of Conditional Access policies: what each does for people from outside, beside the others.

mod controls;

use super::Subjects;
use super::value::{Facts, Places, why_not};
use crate::access::{
    Answer, Audience, Class, Client, Coverage, Demand, Home, Protection, Why, demand, external_type, guest_scope,
    has_entra_home, people_of, protects_wherever, would_protect,
};
use crate::model::{
    BuiltInControl, ClientApp, ConditionalAccessPolicy, ExternalTenants, ExternalUserType, Grant, GuestScope, Keyword,
    Kind, PolicyState, Ref, User, UserType,
};

const PLACES: Places = &[
    ("state", &["state"]),
    ("enforced", &["state"]),
    ("closesMfaGap", &["state"]),
    ("leavesOtherTenantsOpen", &["conditions", "users", "includeGuestsOrExternalUsers", "externalTenants"]),
    ("missesOtherIdentityProviders", &["conditions", "users", "includeGuestsOrExternalUsers", "externalTenants"]),
    ("missesExternalUserTypes", &["conditions", "users", "includeGuestsOrExternalUsers", "guestOrExternalUserTypes"]),
    ("leavesExcludedGuestsOpen", &["conditions", "users"]),
    ("excludesEmergencyAccount", &["conditions", "users"]),
    ("leavesLegacyClientsOpen", &["conditions", "clientAppTypes"]),
    ("demandsUnreachableStrength", &["grantControls", "authenticationStrength"]),
    ("demandsStrengthWithoutHold", &["grantControls", "authenticationStrength"]),
    ("demandsMfaAndStrength", &["grantControls"]),
    ("demandsUntrustedDevice", &["grantControls", "builtInControls"]),
    ("demandsAppProtection", &["grantControls", "builtInControls"]),
    ("demandsMfaOfDirectConnect", &["conditions", "users"]),
];

/// A policy among all others.
struct Policy<'s, 't> {
    subjects: &'s Subjects<'t>,
    own: &'s ConditionalAccessPolicy,
    audience: Audience<'s>,
    coverage: &'s Coverage,
}

pub(super) fn facts(subjects: &Subjects<'_>, policy: &ConditionalAccessPolicy) -> Facts {
    let kind = Kind::ConditionalAccessPolicy;
    let mut facts = Facts::new(policy.id.as_str(), policy.display_name.as_ref().ok(), Some(&policy.origin), PLACES);
    facts.told(kind, "displayName", &policy.display_name, |name| name.clone().into());
    facts.told(kind, "state", &policy.state, |state| state.as_str().into());
    facts.told(kind, "enforced", &policy.state, |state| (*state == PolicyState::Enabled).into());
    let coverage = match &subjects.coverage {
        Ok(coverage) => coverage,
        Err(why) => {
            facts.lacks("closesMfaGap", why.clone());
            return facts;
        }
    };
    let this = Policy { subjects, own: policy, audience: Audience::of(subjects.tenant, policy), coverage };
    this.mfa(&mut facts);
    facts.answer("isAboutEverybodyEverywhere", this.is_about_everybody_everywhere());
    facts.answer("excludesEmergencyAccount", this.excludes_emergency_account());
    controls::add(&this, &mut facts);
    facts
}

impl Policy<'_, '_> {
    fn unread(&self, what: &str) -> Why {
        Why::unreadable(format!("the {what} of policy `{}` could not be read", self.own.id))
    }

    fn grant(&self) -> Result<Option<&Grant>, Why> {
        self.own.grant.as_ref().map(Option::as_ref).map_err(|_| self.unread("grant controls"))
    }

    fn guests(&self, pick: impl Fn(&crate::model::Users) -> &Option<GuestScope>) -> Result<Option<GuestScope>, Why> {
        self.own.users.as_ref().map(|users| pick(users).clone()).map_err(|_| self.unread("users"))
    }

    /// Whether whoever of the class gets in did multifactor authentication because of this policy's controls.
    fn demands_mfa(&self, class: &Class) -> Answer {
        match self.grant() {
            Ok(Some(grant)) if grant.has(&BuiltInControl::Block) => Answer::No,
            Ok(Some(grant)) => match demand(self.subjects.tenant, grant, class) {
                Some(Demand::Mfa) => Answer::Yes,
                Some(Demand::Unknown(why)) => Answer::Unknown(why),
                _ => Answer::No,
            },
            Ok(None) => Answer::No,
            Err(why) => Answer::Unknown(why),
        }
    }

    /// Whether the policy is one that is about multifactor authentication at all.
    fn is_mfa_policy(&self) -> Answer {
        match self.grant() {
            Ok(Some(grant)) => Answer::from(grant.has(&BuiltInControl::Mfa) || grant.strength.is_some()),
            Ok(None) => Answer::No,
            Err(why) => Answer::Unknown(why),
        }
    }

    fn open(&self, list: &[Protection], pick: impl Fn(&Class) -> bool) -> Answer {
        Answer::any(self.coverage.with(list).filter(|(class, _)| pick(class)).map(|(_, protection)| match protection {
            Protection::Open => Answer::Yes,
            Protection::Unknown(why) => Answer::Unknown(why.clone()),
            Protection::Refused | Protection::Demanded => Answer::No,
        }))
    }

    fn mfa(&self, facts: &mut Facts) {
        let mfa = self.is_mfa_policy();
        facts.answer("demandsMfa", mfa.clone());
        facts.answer("closesMfaGap", self.closes_gap());
        let include = match self.guests(|users| &users.include_guests) {
            Ok(include) => include,
            Err(why) => {
                for path in [
                    "leavesOtherTenantsOpen",
                    "missesOtherIdentityProviders",
                    "missesExternalUserTypes",
                    "leavesExcludedGuestsOpen",
                ] {
                    facts.lacks(path, why.clone());
                }
                facts.set("missingExternalUserTypes", "");
                return;
            }
        };
        let listed = include.as_ref().filter(|scope| matches!(scope.tenants, ExternalTenants::Enumerated(_)));
        let others = match listed {
            Some(scope) => self
                .open(&self.coverage.mfa, |class| scope.types.contains(class.kind) && class.home == Home::OtherTenant),
            None => Answer::No,
        };
        facts.answer("leavesOtherTenantsOpen", mfa.clone().and(|| others));
        facts.answer(
            "missesOtherIdentityProviders",
            mfa.clone().and(|| listed.map_or(Answer::No, |scope| self.misses_other_providers(scope))),
        );
        let mut missing = Vec::new();
        let mut answers = Vec::new();
        if let Some(scope) = &include {
            for kind in ExternalUserType::ALL {
                // Service providers always come with multifactor authentication from home (XU-5.1).
                if !scope.types.contains(kind) && kind != ExternalUserType::ServiceProvider {
                    let open = self.open(&self.coverage.mfa, |class| class.kind == kind);
                    if open.is_yes() {
                        missing.push(kind.as_str());
                    }
                    answers.push(open);
                }
            }
        }
        facts.answer("missesExternalUserTypes", mfa.clone().and(|| Answer::any(answers)));
        facts.set("missingExternalUserTypes", missing.join(", "));
        facts.answer("leavesExcludedGuestsOpen", mfa.and(|| self.leaves_excluded_guests_open()));
        facts.answer("leavesLegacyClientsOpen", self.leaves_legacy_clients_open());
    }

    /// Whether a class that nothing enforced protects would be protected, were this policy enforced.
    fn closes_gap(&self) -> Answer {
        if self.own.state == Ok(PolicyState::Enabled) {
            return Answer::No;
        }
        let closes = |(class, protection): (&Class, &Protection)| {
            let open = match protection {
                Protection::Open => Answer::Yes,
                Protection::Unknown(why) => Answer::Unknown(why.clone()),
                _ => Answer::No,
            };
            open.and(|| {
                Answer::any([Client::Browser, Client::Modern].map(|client| {
                    match would_protect(self.subjects.tenant, &self.audience, class, client) {
                        Protection::Demanded => Answer::Yes,
                        Protection::Unknown(why) => Answer::Unknown(why),
                        _ => Answer::No,
                    }
                }))
            })
        };
        Answer::any(self.coverage.with(&self.coverage.mfa).map(closes))
    }

    /// Enumerated tenants never match people without one (AM-2).
    fn misses_other_providers(&self, scope: &GuestScope) -> Answer {
        let users = &self.subjects.tenant.users;
        let of_other_provider = |user: &User| match external_type(user) {
            Ok(Some(kind)) if scope.types.contains(kind) => {
                let open = || self.open(&self.coverage.mfa, |class| class.kind == kind && class.home == Home::NoTenant);
                match has_entra_home(user) {
                    // Not redeemed yet: nobody knows how they will sign in.
                    Answer::Unknown(why) if why.missing.is_none() => Answer::No,
                    answer => answer.negated().and(open),
                }
            }
            Ok(_) => Answer::No,
            Err(why) => Answer::Unknown(why),
        };
        let some_open = |class: &Class| class.home == Home::NoTenant && scope.types.contains(class.kind);
        if self.open(&self.coverage.mfa, some_open).is_no() {
            return Answer::No;
        }
        let known = Answer::any(users.items.iter().map(of_other_provider));
        if known.is_no() && !users.coverage.is_complete() {
            return Answer::Unknown(Why::missing(Kind::User, "users were not all exported"));
        }
        known
    }

    fn leaves_excluded_guests_open(&self) -> Answer {
        let Ok(users) = &self.own.users else { return Answer::Unknown(self.unread("users")) };
        if !users.include_users.iter().any(|user| user.is(&Keyword::All)) {
            return Answer::No;
        }
        // Of user actions, authentication contexts and nothing at all it says nothing of signing in to applications; and no
        // guest changes a password here (XU-1.14).
        let Ok(applications) = &self.own.applications else { return Answer::Unknown(self.unread("applications")) };
        let remedies = [BuiltInControl::PasswordChange, BuiltInControl::RiskRemediation];
        let Ok(grant) = self.grant() else { return Answer::Unknown(self.unread("grant controls")) };
        let nothing = applications.include_applications.iter().all(|app| app.is(&Keyword::None));
        if nothing && applications.filter.is_none()
            || grant.is_some_and(|grant| remedies.iter().any(|control| grant.has(control)))
        {
            return Answer::No;
        }
        let all = users.exclude_users.iter().any(|user| user.is(&Keyword::GuestsOrExternalUsers));
        let excluded = |class: &Class| {
            all || users.exclude_guests.as_ref().is_some_and(|scope| guest_scope(scope, class).is_yes())
        };
        Answer::any(self.coverage.with(&self.coverage.mfa).filter(|(class, _)| excluded(class)).map(
            |(class, protection)| match protection {
                Protection::Refused | Protection::Demanded => Answer::No,
                Protection::Open => self.is_asked_by_another(class).negated(),
                Protection::Unknown(why) => {
                    if self.is_asked_by_another(class).is_yes() {
                        Answer::No
                    } else {
                        Answer::Unknown(why.clone())
                    }
                }
            },
        ))
    }

    /// Whether another policy refuses the class, or asks it for multifactor authentication, wherever this one asks others.
    fn is_asked_by_another(&self, class: &Class) -> Answer {
        let tenant = self.subjects.tenant;
        let clients = [(Client::Browser, ClientApp::Browser), (Client::Modern, ClientApp::MobileAppsAndDesktopClients)];
        let asks = |word: &ClientApp| {
            let told = self.own.client_apps.as_ref();
            told.map_or(true, |own| own.is_empty() || own.contains(&ClientApp::All) || own.contains(word))
        };
        let asked = clients.iter().filter(|(_, word)| asks(word)).map(|(client, _)| *client);
        Answer::all(asked.map(|client| {
            let others = tenant.conditional_access.items.iter().filter(|other| other.id != self.own.id);
            Answer::any(others.map(|other| {
                match protects_wherever(tenant, &Audience::of(tenant, other), self.own, class, client) {
                    Protection::Refused | Protection::Demanded => Answer::Yes,
                    Protection::Unknown(why) => Answer::Unknown(why),
                    Protection::Open => Answer::No,
                }
            }))
        }))
    }

    /// Whether the policy asks outsiders for multifactor authentication on modern clients only, while some of them get
    /// in with legacy ones.
    fn leaves_legacy_clients_open(&self) -> Answer {
        let Ok(clients) = &self.own.client_apps else { return Answer::Unknown(self.unread("client app types")) };
        let known = clients.iter().filter(|client| client.is_known());
        let modern = |client: &ClientApp| matches!(client, ClientApp::Browser | ClientApp::MobileAppsAndDesktopClients);
        if clients.is_empty() || !known.clone().all(modern) {
            return Answer::No;
        }
        if known.count() < clients.len() {
            return Answer::Unknown(self.unread("client app types"));
        }
        Answer::any(self.coverage.with(&self.coverage.legacy).map(|(class, protection)| {
            let open = match protection {
                Protection::Open => Answer::Yes,
                Protection::Unknown(why) => Answer::Unknown(why.clone()),
                _ => Answer::No,
            };
            open.and(|| self.demands_mfa(class)).and(|| self.audience.is_all_of(self.subjects.tenant, class))
        }))
    }

    fn is_about_everybody_everywhere(&self) -> Answer {
        let (Ok(users), Ok(applications)) = (&self.own.users, &self.own.applications) else {
            return Answer::Unknown(self.unread("users or applications"));
        };
        let everybody = users.include_users.iter().any(|user| user.is(&Keyword::All));
        let everywhere = applications.include_applications.iter().any(|app| app.is(&Keyword::All));
        match self.grant() {
            Ok(grant) => Answer::from(everybody && everywhere && grant.is_some()),
            Err(why) => Answer::Unknown(why),
        }
    }

    /// Whether an enabled internal member is excluded, alone or in a group: one of those declared, if any are.
    fn excludes_emergency_account(&self) -> Answer {
        let Ok(users) = &self.own.users else { return Answer::Unknown(self.unread("users")) };
        let named = users.exclude_users.iter().filter(|user| !matches!(user, Ref::Keyword(_)));
        let alone = named.map(|user| self.is_emergency_account(user));
        let grouped = users.exclude_groups.iter().map(|group| {
            let (people, gaps) = people_of(self.subjects.tenant, group);
            let people = people.into_iter().map(|id| self.is_emergency_account(&Ref::Id(id)));
            Answer::any(people.chain(gaps.into_iter().map(Answer::Unknown)))
        });
        Answer::any(alone.chain(grouped))
    }

    fn is_emergency_account(&self, reference: &Ref) -> Answer {
        let declared = &self.subjects.parameters.emergency_accounts;
        let is_declared = |name: &str| declared.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_declared(&reference.to_string()) {
            return Answer::Yes;
        }
        let users = &self.subjects.tenant.users;
        let named = |user: &&User| {
            user.user_principal_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(&reference.to_string()))
        };
        let found = match reference {
            Ref::Id(id) => users.get(id),
            _ => users.items.iter().find(named),
        };
        let unknown = |text: String| Answer::Unknown(Why::missing(Kind::User, text));
        match found {
            Some(user) if declared.is_empty() => is_enabled_internal_member(user),
            Some(user) => match &user.user_principal_name {
                Ok(name) => Answer::from(is_declared(name)),
                Err(_) => unknown(format!("the name of user `{reference}` was not exported")),
            },
            // An export of guests only says nothing of members.
            None if users.coverage.is_complete() && self.subjects.holds_members => Answer::No,
            None => unknown(format!("user `{reference}` was not exported")),
        }
    }
}

fn is_enabled_internal_member(user: &User) -> Answer {
    let internal = match external_type(user) {
        Ok(kind) => Answer::from(kind.is_none() && user.user_type != Ok(Some(UserType::Guest))),
        Err(why) => Answer::Unknown(why),
    };
    internal.and(|| Answer::told(&user.enabled, |gap| why_not(Kind::User, "accountEnabled", gap)))
}
