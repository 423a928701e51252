//! Facts of Conditional Access policies: what each does for people from outside, beside the others.

use super::Subjects;
use super::value::{Facts, Places, why_not};
use crate::access::{
    Answer, Class, Client, Coverage, Demand, Home, Protection, Trust, Why, applies_to, demand, external_type,
    has_entra_home, is_refused, resource_tenant_can, strength_combinations, trust, would_protect,
};
use crate::model::{
    BuiltInControl, ClientApp, ConditionalAccessPolicy, ExternalTenants, ExternalUserType, Grant, GrantOperator,
    GuestScope, Keyword, Kind, MemberKind, PolicyState, Ref, User, UserType,
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

struct Policy<'s, 't> {
    subjects: &'s Subjects<'t>,
    policy: &'s ConditionalAccessPolicy,
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
    let this = Policy { subjects, policy, coverage };
    this.mfa(&mut facts);
    facts.answer("isAboutEverybodyEverywhere", this.is_about_everybody_everywhere());
    facts.answer("excludesEmergencyAccount", this.excludes_emergency_account());
    this.controls(&mut facts);
    facts
}

impl Policy<'_, '_> {
    fn unread(&self, what: &str) -> Why {
        Why::unreadable(format!("the {what} of policy `{}` could not be read", self.policy.id))
    }

    fn grant(&self) -> Result<Option<&Grant>, Why> {
        self.policy.grant.as_ref().map(Option::as_ref).map_err(|_| self.unread("grant controls"))
    }

    fn guests(&self, pick: impl Fn(&crate::model::Users) -> &Option<GuestScope>) -> Result<Option<GuestScope>, Why> {
        self.policy.users.as_ref().map(|users| pick(users).clone()).map_err(|_| self.unread("users"))
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
        if self.policy.state == Ok(PolicyState::Enabled) {
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
                    match would_protect(self.subjects.tenant, self.policy, class, client) {
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
                    answer => answer.not().and(open),
                }
            }
            Ok(_) => Answer::No,
            Err(why) => Answer::Unknown(why),
        };
        let known = Answer::any(users.items.iter().map(of_other_provider));
        if known.is_no() && !users.coverage.is_complete() {
            return Answer::Unknown(Why::missing(Kind::User, "users were not all exported"));
        }
        known
    }

    fn leaves_excluded_guests_open(&self) -> Answer {
        let Ok(users) = &self.policy.users else { return Answer::Unknown(self.unread("users")) };
        if !users.include_users.iter().any(|user| user.is(&Keyword::All)) {
            return Answer::No;
        }
        let all = users.exclude_users.iter().any(|user| user.is(&Keyword::GuestsOrExternalUsers));
        let excluded = |kind| all || users.exclude_guests.as_ref().is_some_and(|scope| scope.types.contains(kind));
        self.open(&self.coverage.mfa, |class| excluded(class.kind))
    }

    /// Whether the policy asks outsiders for multifactor authentication on modern clients only, while some of them get
    /// in with legacy ones.
    fn leaves_legacy_clients_open(&self) -> Answer {
        let Ok(clients) = &self.policy.client_apps else { return Answer::Unknown(self.unread("client app types")) };
        let modern = !clients.is_empty()
            && clients
                .iter()
                .all(|client| matches!(client, ClientApp::Browser | ClientApp::MobileAppsAndDesktopClients));
        if !modern {
            return Answer::No;
        }
        Answer::any(self.coverage.with(&self.coverage.legacy).map(|(class, protection)| {
            let open = match protection {
                Protection::Open => Answer::Yes,
                Protection::Unknown(why) => Answer::Unknown(why.clone()),
                _ => Answer::No,
            };
            open.and(|| self.demands_mfa(class)).and(|| applies_to(self.subjects.tenant, self.policy, class))
        }))
    }

    fn is_about_everybody_everywhere(&self) -> Answer {
        let (Ok(users), Ok(applications)) = (&self.policy.users, &self.policy.applications) else {
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
        let Ok(users) = &self.policy.users else { return Answer::Unknown(self.unread("users")) };
        let declared = &self.subjects.parameters.emergency_accounts;
        let alone = users
            .exclude_users
            .iter()
            .filter(|user| !matches!(user, Ref::Keyword(_)))
            .map(|user| self.is_emergency_account(user));
        let grouped = users.exclude_groups.iter().map(|group| self.holds_emergency_account(group));
        let answer = Answer::any(alone.chain(grouped));
        if answer.is_no()
            && declared.is_empty()
            && users.exclude_guests.is_some()
            && users.exclude_users.is_empty()
            && users.exclude_groups.is_empty()
        {
            return Answer::No;
        }
        answer
    }

    fn is_emergency_account(&self, reference: &Ref) -> Answer {
        let declared = &self.subjects.parameters.emergency_accounts;
        let users = &self.subjects.tenant.users;
        let named = |user: &&User| {
            user.user_principal_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(&reference.to_string()))
        };
        let found = match reference {
            Ref::Id(id) => users.get(id),
            _ => users.items.iter().find(named),
        };
        let is_declared = |name: &str| declared.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !declared.is_empty() {
            let by_name =
                found.and_then(|user| user.user_principal_name.as_ref().ok()).is_some_and(|name| is_declared(name));
            return Answer::from(is_declared(&reference.to_string()) || by_name);
        }
        match found {
            Some(user) => is_enabled_internal_member(user),
            None if users.coverage.is_complete() => Answer::No,
            None => Answer::Unknown(Why::missing(Kind::User, format!("excluded user `{reference}` was not exported"))),
        }
    }

    fn holds_emergency_account(&self, reference: &Ref) -> Answer {
        let groups = &self.subjects.tenant.groups;
        let named = |group: &&crate::model::Group| {
            group.display_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(&reference.to_string()))
        };
        let found = match reference {
            Ref::Id(id) => groups.get(id),
            _ => groups.items.iter().find(named),
        };
        let unknown = || {
            Answer::Unknown(Why::missing(
                Kind::Group,
                format!("members of excluded group `{reference}` were not exported"),
            ))
        };
        let Some(group) = found else {
            return if groups.coverage.is_complete() && reference.id().is_some() { Answer::No } else { unknown() };
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut open = vec![group.id.clone()];
        let mut answers = Vec::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            match groups.get(&id).map(|group| &group.members) {
                Some(Ok(members)) => {
                    for member in &members.items {
                        if member.kind == MemberKind::Group || groups.get(&member.id).is_some() {
                            open.push(member.id.clone());
                        } else {
                            answers.push(self.is_emergency_account(&Ref::Id(member.id.clone())));
                        }
                    }
                    if members.cut_off {
                        answers.push(unknown());
                    }
                }
                _ => answers.push(unknown()),
            }
        }
        Answer::any(answers)
    }

    fn controls(&self, facts: &mut Facts) {
        let grant = match self.grant() {
            Ok(Some(grant)) => grant,
            Ok(None) => {
                for name in [
                    "demandsUnreachableStrength",
                    "demandsStrengthWithoutHold",
                    "demandsMfaAndStrength",
                    "demandsUntrustedDevice",
                    "demandsAppProtection",
                    "demandsMfaOfDirectConnect",
                ] {
                    facts.set(name, false);
                }
                facts.set("affected", "");
                return;
            }
            Err(why) => {
                for path in [
                    "demandsUnreachableStrength",
                    "demandsStrengthWithoutHold",
                    "demandsMfaAndStrength",
                    "demandsUntrustedDevice",
                    "demandsAppProtection",
                    "demandsMfaOfDirectConnect",
                ] {
                    facts.lacks(path, why.clone());
                }
                facts.set("affected", "");
                return;
            }
        };
        facts.set("demandsMfaAndStrength", grant.has(&BuiltInControl::Mfa) && grant.strength.is_some());
        let mut affected = Vec::new();
        let mut ask = |demands: &dyn Fn(&Class) -> Answer| {
            Answer::any(self.coverage.classes.iter().map(|class| {
                let answer = demands(class)
                    .and(|| applies_to(self.subjects.tenant, self.policy, class))
                    .and(|| is_refused(self.subjects.tenant, class).not());
                if answer.is_yes() && !affected.contains(&class.to_string()) {
                    affected.push(class.to_string());
                }
                answer
            }))
        };
        let strength = ask(&|class| self.unreachable_strength(grant, class));
        let no_hold = ask(&|class| self.strength_without_hold(grant, class));
        let device = ask(&|class| self.untrusted_device(grant, class));
        let apps = ask(&|class| self.app_protection(grant, class));
        let direct = ask(&|class| self.mfa_of_direct_connect(class));
        facts.answer("demandsUnreachableStrength", strength);
        facts.answer("demandsStrengthWithoutHold", no_hold);
        facts.answer("demandsUntrustedDevice", device);
        facts.answer("demandsAppProtection", apps);
        facts.answer("demandsMfaOfDirectConnect", direct);
        let more = affected.len().saturating_sub(MOST_TOLD);
        affected.truncate(MOST_TOLD);
        if more > 0 {
            affected.push(format!("{more} more"));
        }
        facts.set("affected", affected.join(", "));
    }

    /// Whether one of these controls cannot be got around: with *or* every other alternative would have to fail too.
    fn inescapable(&self, grant: &Grant, class: &Class, is_one: &dyn Fn(&BuiltInControl) -> bool) -> Answer {
        if !grant.controls.iter().any(is_one) {
            return Answer::No;
        }
        match grant.operator {
            GrantOperator::And => Answer::Yes,
            GrantOperator::Or => match demand(self.subjects.tenant, grant, class) {
                Some(Demand::Refuses) => Answer::Yes,
                Some(Demand::Unknown(why)) => Answer::Unknown(why),
                _ => Answer::No,
            },
        }
    }

    fn unreachable_strength(&self, grant: &Grant, class: &Class) -> Answer {
        let Some((strength, inline)) = &grant.strength else { return Answer::No };
        let alternatives = !grant.controls.is_empty() || !grant.terms_of_use.is_empty();
        if matches!(class.home, Home::NoTenant)
            || !matches!(class.kind, ExternalUserType::B2bCollaborationGuest | ExternalUserType::B2bCollaborationMember)
            || (grant.operator == GrantOperator::Or && alternatives)
        {
            return Answer::No;
        }
        let here = match strength_combinations(self.subjects.tenant, strength, inline.as_deref()) {
            Ok(combinations) => Answer::from(resource_tenant_can(&combinations)),
            Err(why) => Answer::Unknown(why),
        };
        here.not().and(|| trust(self.subjects.tenant, &class.home, Trust::Mfa).not())
    }

    /// A strength has no hold on people who do not sign in with Entra (AM-4), and no other policy asks them for MFA.
    fn strength_without_hold(&self, grant: &Grant, class: &Class) -> Answer {
        let alone = grant.strength.is_some() && !grant.has(&BuiltInControl::Mfa);
        if !alone || class.home != Home::NoTenant || class.kind == ExternalUserType::InternalGuest {
            return Answer::No;
        }
        self.open(&self.coverage.mfa, |other| other == class)
    }

    fn untrusted_device(&self, grant: &Grant, class: &Class) -> Answer {
        let external = !matches!(class.kind, ExternalUserType::InternalGuest | ExternalUserType::ServiceProvider);
        if !external || class.home == Home::NoTenant {
            return Answer::No;
        }
        let tenant = self.subjects.tenant;
        let untrusted = |control: &BuiltInControl, claim| {
            self.inescapable(grant, class, &|one| one == control).and(|| trust(tenant, &class.home, claim).not())
        };
        Answer::any([
            untrusted(&BuiltInControl::CompliantDevice, Trust::CompliantDevice),
            untrusted(&BuiltInControl::DomainJoinedDevice, Trust::HybridJoinedDevice),
        ])
    }

    fn app_protection(&self, grant: &Grant, class: &Class) -> Answer {
        if matches!(class.kind, ExternalUserType::InternalGuest | ExternalUserType::ServiceProvider) {
            return Answer::No;
        }
        self.inescapable(grant, class, &|one| {
            matches!(one, BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication)
        })
    }

    /// Direct connect users can only bring multifactor authentication from home (XU-1.5).
    fn mfa_of_direct_connect(&self, class: &Class) -> Answer {
        if class.kind != ExternalUserType::B2bDirectConnectUser {
            return Answer::No;
        }
        self.demands_mfa(class).and(|| trust(self.subjects.tenant, &class.home, Trust::Mfa).not())
    }
}

/// A message names so many classes at most.
const MOST_TOLD: usize = 4;

fn is_enabled_internal_member(user: &User) -> Answer {
    let internal = match external_type(user) {
        Ok(kind) => Answer::from(kind.is_none() && user.user_type != Ok(Some(UserType::Guest))),
        Err(why) => Answer::Unknown(why),
    };
    internal.and(|| Answer::told(&user.enabled, |gap| why_not(Kind::User, "accountEnabled", gap)))
}
