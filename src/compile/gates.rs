//! What stands before Conditional Access: cross-tenant access settings, accounts, invitations, security defaults,
//! assignment to applications (XT-1 to XT-3, SI-1).

use std::collections::{BTreeSet, HashMap};

use super::conditions::is_open;
use super::controls::Goal;
use super::people::{ANY_OTHER_TENANT, ENTRA, SOME_TENANT, SOME_TENANT_OR_NONE, UNSEEN_PARTNER};
use super::policies::{Forbid, Permit};
use super::term::{context, principal};
use super::{Compiler, Term};
use crate::model::{
    AccessType, B2bSetting, CrossTenantDefault, CrossTenantPartner, ExternalUserType, Group, Id, InboundTrust,
    InvitesFrom, Keyword, Kind, MANDATORY_MFA, MFA_REGISTRATION, MY_APPS, PolicyState, Ref, SHAREPOINT, TEAMS,
    TERMS_OF_USE, TargetList, Told,
};

/// The type of mail domains of people who are not here yet, as far as they are told apart.
pub(super) const MAIL_DOMAIN: &str = "MailDomain";

/// Multifactor authentication at home is believed.
pub(super) const MFA_TRUSTED: &str = "mfa-trusted";
/// Compliance that the home tenant vouches for is believed.
pub(super) const COMPLIANT_TRUSTED: &str = "compliant-device-trusted";
/// So is hybrid join.
pub(super) const HYBRID_TRUSTED: &str = "hybrid-joined-device-trusted";
/// The inbound application list lets people reach the registration of authentication methods.
pub(super) const REGISTRATION_REACHED: &str = "mfa-registration-reached";
/// So for terms of use.
pub(super) const TERMS_REACHED: &str = "terms-of-use-reached";

/// Settings of a home, by name.
pub(super) const SETTINGS: [&str; 5] =
    [MFA_TRUSTED, COMPLIANT_TRUSTED, HYBRID_TRUSTED, REGISTRATION_REACHED, TERMS_REACHED];

/// The way in that a setting governs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    Collaboration,
    DirectConnect,
}

impl Channel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Collaboration => "B2B collaboration",
            Self::DirectConnect => "B2B direct connect",
        }
    }

    const fn of_partner(self, partner: &CrossTenantPartner) -> &Told<Option<B2bSetting>> {
        match self {
            Self::Collaboration => &partner.collaboration_inbound,
            Self::DirectConnect => &partner.direct_connect_inbound,
        }
    }

    const fn of_default(self, default: &CrossTenantDefault) -> &Told<B2bSetting> {
        match self {
            Self::Collaboration => &default.collaboration_inbound,
            Self::DirectConnect => &default.direct_connect_inbound,
        }
    }
}

/// What is known of a setting of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    Yes,
    No,
    /// If a member that a partner's trust lacks is inherited (AM-43).
    IfInherited,
    Unknown,
}

/// Mail domains that may be invited, and those that may not.
type DomainList<'t> = (&'t [String], &'t [String]);

impl Compiler<'_> {
    // Settings of homes.

    /// Every home that the tenant can tell apart, by the id of its entity.
    pub(super) fn homes(&self) -> Vec<String> {
        let mut homes: Vec<String> = self.people.tenants.iter().map(ToString::to_string).collect();
        homes.push(ANY_OTHER_TENANT.to_owned());
        if !self.tenant.cross_tenant_partners.coverage.is_complete() {
            homes.push(UNSEEN_PARTNER.to_owned());
        }
        if self.people.open_homes.0 {
            homes.push(SOME_TENANT.to_owned());
        }
        if self.people.open_homes.1 {
            homes.push(SOME_TENANT_OR_NONE.to_owned());
        }
        homes
    }

    /// The partner of a home; an error where there may be one that was not exported.
    fn partner(&self, home: &str) -> Told<Option<&CrossTenantPartner>> {
        match home {
            ANY_OTHER_TENANT => Ok(None),
            UNSEEN_PARTNER => Err(crate::model::Gap::NotExported),
            home => self.tenant.cross_tenant_partners.find(&Id::new(home)),
        }
    }

    /// What holds for a home that is not known: what holds for every one that it may be.
    fn over_homes(&self, or_none: bool, none: Setting, ask: &dyn Fn(&str) -> Setting) -> Setting {
        let partners = self.tenant.cross_tenant_partners.items.iter().map(|partner| partner.id.as_str());
        let mut all: Vec<Setting> = partners.chain([ANY_OTHER_TENANT]).map(ask).collect();
        if !self.tenant.cross_tenant_partners.coverage.is_complete() {
            all.push(ask(UNSEEN_PARTNER));
        }
        if or_none {
            all.push(none);
        }
        let first = all.first().copied().unwrap_or(Setting::Unknown);
        if all.iter().all(|one| *one == first) { first } else { Setting::Unknown }
    }

    /// Whether a technician comes from a partner that is a service provider, as far as partners were exported (CA-2.18).
    pub(super) fn comes_from_a_service_provider(&self) -> Term {
        let partners = &self.tenant.cross_tenant_partners;
        let mut homes: Vec<&str> = Vec::new();
        let mut ways: Vec<Term> = vec![!self.is_service_provider()];
        for partner in &partners.items {
            let id = partner.id.as_str();
            match partner.is_service_provider {
                Ok(true) => homes.push(id),
                Ok(false) => {}
                Err(_) => {
                    let name = format!("partner {id} is a service provider");
                    let is_it = self.unknown(name, Some(Kind::CrossTenantPartner));
                    ways.push(self.types.principal_in("Home", &[id]) & is_it);
                }
            }
        }
        if !partners.coverage.is_complete() {
            homes.push(UNSEEN_PARTNER);
        }
        ways.push(self.types.principal_in("Home", &homes));
        Term::any(ways)
    }

    /// What is known of a setting of a home.
    pub(super) fn setting(&self, home: &str, name: &str) -> Setting {
        let ask = |home: &str| match name {
            REGISTRATION_REACHED => self.reaches(home, MFA_REGISTRATION),
            TERMS_REACHED => self.reaches(home, TERMS_OF_USE),
            _ => self.trust(home, name),
        };
        let reached = matches!(name, REGISTRATION_REACHED | TERMS_REACHED);
        let none = if reached { Setting::Yes } else { Setting::No };
        match home {
            SOME_TENANT => self.over_homes(false, none, &ask),
            SOME_TENANT_OR_NONE => self.over_homes(true, none, &ask),
            home => ask(home),
        }
    }

    /// Whether a claim of a home is believed: by the partner's own member, else the default's (XT-3.1 to XT-3.5).
    fn trust(&self, home: &str, name: &str) -> Setting {
        let pick = |trust: &InboundTrust| match name {
            MFA_TRUSTED => trust.mfa,
            COMPLIANT_TRUSTED => trust.compliant_device,
            _ => trust.hybrid_joined_device,
        };
        let of = |accepted: bool| if accepted { Setting::Yes } else { Setting::No };
        let own = match self.partner(home) {
            Err(_) => return Setting::Unknown,
            Ok(None) => None,
            Ok(Some(partner)) => match &partner.trust {
                Err(_) => return Setting::Unknown,
                Ok(trust) => trust.as_ref().map(pick),
            },
        };
        if let Some(Some(own)) = own {
            return of(own);
        }
        let default = self.tenant.cross_tenant_default.only().ok().and_then(|default| default.trust.as_ref().ok());
        let inherited = default.and_then(pick).map_or(Setting::Unknown, of);
        if own.is_none() || inherited == Setting::No {
            return inherited;
        }
        match (self.settled_as("AM-43"), inherited) {
            (Some(false), _) => Setting::No,
            (Some(true), inherited) => inherited,
            (None, Setting::Yes) => Setting::IfInherited,
            (None, _) => Setting::Unknown,
        }
    }

    fn reaches(&self, home: &str, applications: &[&str]) -> Setting {
        match self.reached_from(home, applications) {
            Term::True => Setting::Yes,
            Term::False => Setting::No,
            _ => Setting::Unknown,
        }
    }

    /// Homes for which the same holds, in the order in which they come first; then those of whom it is not known which
    /// they are.
    fn alike(&self, holds: &dyn Fn(&str) -> Term) -> (Vec<(Term, Vec<String>)>, Vec<String>) {
        let mut groups: Vec<(Term, Vec<String>)> = Vec::new();
        let mut positions: HashMap<Term, usize> = HashMap::new();
        let mut open_homes: Vec<String> = Vec::new();
        for home in self.homes() {
            if matches!(home.as_str(), SOME_TENANT | SOME_TENANT_OR_NONE) {
                open_homes.push(home);
                continue;
            }
            let term = holds(&home);
            let at = *positions.entry(term.clone()).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, homes)) => homes.push(home),
                None => groups.push((term, vec![home])),
            }
        }
        (groups, open_homes)
    }

    fn reached_from(&self, home: &str, applications: &[&str]) -> Term {
        Term::all(applications.iter().map(|id| self.inbound_from(home, Channel::Collaboration, Some(&Id::new(id)))))
    }

    /// Who of those of whose home it depends on the person reaches all of these applications.
    fn reached_by_some(&self, applications: &[&str]) -> Term {
        let (alike, open_homes) = self.alike(&|home| self.reached_from(home, applications));
        let mut ways: Vec<Term> = Vec::new();
        for (term, homes) in alike.iter().filter(|(term, _)| !term.is_constant()) {
            let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
            ways.push(self.types.principal_in("Home", &homes) & term.clone());
        }
        // Whoever has no tenant reaches them all.
        let terms = || alike.iter().map(|(term, _)| term.clone());
        for home in open_homes {
            let none = (home == SOME_TENANT_OR_NONE).then_some(Term::True);
            let (every, some) = (Term::all(terms().chain(none.clone())), Term::any(terms().chain(none)));
            if every == some {
                // Constant, so that it is a setting of the home; or the same for everybody.
                if !every.is_constant() {
                    ways.push(self.types.principal_in("Home", &[&home]) & every);
                }
                continue;
            }
            let name = format!("whoever comes from {home} reaches {}", applications.join(", "));
            let open = every | some & self.unknown(name, Some(Kind::User));
            ways.push(self.types.principal_in("Home", &[&home]) & open);
        }
        Term::any(ways)
    }

    /// Whether a setting holds for the person's home. For those without one nothing is believed, and nothing is kept out
    /// of reach; so for those whose credentials live here.
    pub(super) fn trusts(&self, name: &'static str) -> Term {
        if let Some(known) = self.trusted.borrow().get(name) {
            return known.clone();
        }
        let term = self.trusts_anew(name);
        self.trusted.borrow_mut().insert(name, term.clone());
        term
    }

    fn trusts_anew(&self, name: &'static str) -> Term {
        let known = self.types.principal_in("InboundSetting", &[name]);
        let reached = match name {
            REGISTRATION_REACHED => Some(MFA_REGISTRATION),
            TERMS_REACHED => Some(TERMS_OF_USE),
            _ => None,
        };
        if let Some(applications) = reached {
            return !self.has_some_home() | known | self.reached_by_some(applications);
        }
        let of = |wanted: Setting| {
            let homes: Vec<String> =
                self.homes().into_iter().filter(|home| self.setting(home, name) == wanted).collect();
            self.types.principal_in("Home", &homes.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let doubtful = of(Setting::IfInherited);
        let known = if doubtful == Term::False {
            known
        } else {
            known | doubtful & self.ask("AM-43", "a member that a partner's trust lacks is the default's")
        };
        let of_homes = of(Setting::Unknown);
        if of_homes == Term::False {
            return known;
        }
        let name = format!("{name} of a home of which that is not known");
        known | of_homes & self.unknown(name, Some(Kind::CrossTenantPartner))
    }

    /// Whether the person comes, or may come, from another Entra tenant.
    fn has_some_home(&self) -> Term {
        let mut ids = vec![ENTRA];
        if self.people.open_homes.1 {
            ids.push(SOME_TENANT_OR_NONE);
        }
        self.types.principal_in("Home", &ids)
    }

    // Ways in.

    /// Whether people of a home get in to an application (XT-1.3 to XT-1.7); `None` is the one that is signed in to.
    fn inbound_from(&self, home: &str, channel: Channel, at: Option<&Id>) -> Term {
        let missing = |kind: Kind| self.unknown(format!("{} lets in people of {home}", channel.as_str()), Some(kind));
        let default = || {
            let found = self.tenant.cross_tenant_default.only().ok();
            found.and_then(|default| channel.of_default(default).as_ref().ok())
        };
        let Ok(partner) = self.partner(home) else { return missing(Kind::CrossTenantPartner) };
        let own = match partner.map(|partner| channel.of_partner(partner)) {
            Some(Err(_)) => return missing(Kind::CrossTenantPartner),
            None | Some(Ok(None)) => {
                return default()
                    .map_or_else(|| missing(Kind::CrossTenantDefault), |setting| self.lets_in(setting, at));
            }
            Some(Ok(Some(own))) => own,
        };
        if own.users.is_some() && own.applications.is_some() {
            return self.lets_in(own, at);
        }
        // AM-38: the missing half is the default's, or lets everything pass.
        let all = |word| Some(TargetList { access: AccessType::Allowed, targets: vec![Ref::Keyword(word)] });
        let filled = |users: Option<TargetList>, applications: Option<TargetList>| {
            let users = own.users.clone().or(users);
            self.lets_in(&B2bSetting { users, applications: own.applications.clone().or(applications) }, at)
        };
        let open = filled(all(Keyword::AllUsers), all(Keyword::AllApplications));
        let inherited = default().map_or_else(
            || missing(Kind::CrossTenantDefault),
            |default| filled(default.users.clone(), default.applications.clone()),
        );
        if open == inherited {
            return open;
        }
        let inherits = self.ask("AM-38", "a list that a partner lacks is the default's");
        inherits.clone() & inherited | !inherits & open
    }

    /// The documented table of the two lists (XT-2.1 to XT-2.9).
    fn lets_in(&self, setting: &B2bSetting, at: Option<&Id>) -> Term {
        let odd = || {
            self.unknown(
                "a cross-tenant setting that could not be read lets them in".to_owned(),
                Some(Kind::CrossTenantPartner),
            )
        };
        let (Some(users), Some(applications)) = (&setting.users, &setting.applications) else { return odd() };
        let user = Term::any(users.targets.iter().map(|target| self.is_target_user(target)));
        let application = Term::any(applications.targets.iter().map(|target| self.is_target_application(target, at)));
        let passes = |access: &AccessType, listed: Term| match access {
            AccessType::Allowed => Some(listed),
            AccessType::Blocked => Some(!listed),
            AccessType::Undocumented(_) => None,
        };
        if users.access == AccessType::Blocked && applications.access == AccessType::Blocked {
            return !(user & application);
        }
        match (passes(&users.access, user), passes(&applications.access, application)) {
            (Some(user), Some(application)) => user & application,
            _ => odd(),
        }
    }

    /// Inbound targets are objects of the home tenant (XT-1.15).
    fn is_target_user(&self, target: &Ref) -> Term {
        let id = match target {
            Ref::Keyword(Keyword::AllUsers) => return Term::True,
            Ref::Id(id) => id,
            other => return self.unknown(format!("`{other}` of a cross-tenant setting is the person"), None),
        };
        self.home_objects.borrow_mut().insert(id.clone());
        let inside = self.types.principal_in("HomeObject", &[id.as_str()]);
        // An object of ours is none of theirs (XT-1.16).
        if self.tenant.groups.get(id).is_some() || self.tenant.users.get(id).is_some() {
            return inside;
        }
        let open = principal("homeObjectsKnown").holds();
        inside | !open & self.unknown(format!("the person is, or is in, {id} at home"), None)
    }

    fn is_target_application(&self, target: &Ref, at: Option<&Id>) -> Term {
        let action = |term: Term| {
            if at.is_some() {
                term
            } else {
                let is = self.types.resource_is("Application");
                let open = self.unknown("an inbound list of applications takes in user actions".to_owned(), None);
                term | !is & open
            }
        };
        match target {
            Ref::Keyword(Keyword::AllApplications) => Term::True,
            Ref::Keyword(Keyword::Office365) => action(self.is_of_office(at)),
            Ref::Keyword(Keyword::AllMicrosoftApps) => action(self.is_microsofts(at)),
            Ref::Id(id) => action(self.is_application(id, at)),
            other => self.unknown(format!("`{other}` of a cross-tenant setting is the application"), None),
        }
    }

    /// Every way in, a permit each.
    pub(super) fn permits(&self) -> Vec<Permit> {
        let permit = |id: &str, name: String, origin, when: Term| Permit { id: id.to_owned(), name, origin, when };
        let mut all = vec![
            permit(
                "accounts-of-this-tenant",
                "people whose credentials live in this tenant".to_owned(),
                None,
                self.is_internal(),
            ),
            permit(
                "service-providers",
                "technicians of service providers".to_owned(),
                None,
                self.is_service_provider(),
            ),
        ];
        // AM-9: the default would be what holds for people without an Entra tenant, if anything did.
        let default = self.inbound_from(ANY_OTHER_TENANT, Channel::Collaboration, None);
        let of_none = if default == Term::True {
            default
        } else {
            default | !self.ask("AM-9", "inbound settings hold for people without an Entra tenant")
        };
        let none = self.collaborates() & !self.has_some_home() & of_none.clone();
        all.push(permit("without-an-entra-tenant", "B2B collaboration without an Entra tenant".to_owned(), None, none));
        for (channel, key) in [(Channel::Collaboration, "collaboration"), (Channel::DirectConnect, DIRECT_CONNECT)] {
            let who = match channel {
                Channel::Collaboration => self.collaborates(),
                Channel::DirectConnect => self.is_direct(),
            };
            // Homes that are alike share a permit.
            let (alike, open_homes) = self.alike(&|home| self.inbound_from(home, channel, None));
            let distinct: Vec<Term> = alike.iter().map(|(term, _)| term.clone()).collect();
            for (term, homes) in alike {
                if term == Term::False {
                    continue;
                }
                let ids: Vec<&str> = homes.iter().map(String::as_str).collect();
                let (id, name) = match homes.as_slice() {
                    _ if ids.contains(&ANY_OTHER_TENANT) => {
                        (format!("{key}-default"), format!("{}: the default", channel.as_str()))
                    }
                    [only] => (format!("{key}-{only}"), format!("{} with {only}", channel.as_str())),
                    [first, rest @ ..] => {
                        (format!("{key}-{first}"), format!("{} with {first} and {} more", channel.as_str(), rest.len()))
                    }
                    [] => continue,
                };
                let origin = ids.iter().find_map(|id| self.tenant.cross_tenant_partners.get(&Id::new(id)));
                let origin = origin.map(|partner| partner.origin.clone());
                let from = self.types.principal_in("Home", &ids);
                all.push(permit(&id, name, origin, who.clone() & from & term));
            }
            // Of whom it is not known where they come from: certain where every home lets them in.
            for home in open_homes {
                let or_none = home == SOME_TENANT_OR_NONE && channel == Channel::Collaboration;
                let mut terms = distinct.clone();
                if or_none {
                    terms.push(of_none.clone());
                }
                let some = Term::any(terms.iter().cloned());
                let every = Term::all(terms);
                let when = if some == every {
                    some
                } else {
                    let name = format!("{} lets in whoever comes from {home}", channel.as_str());
                    every | some & self.unknown(name, Some(Kind::User))
                };
                if when == Term::False {
                    continue;
                }
                let from = self.types.principal_in("Home", &[&home]);
                let name = format!("{} from a home that is not known", channel.as_str());
                all.push(permit(&format!("{key}-{home}"), name, None, who.clone() & from & when));
            }
        }
        all.retain(|permit| permit.when != Term::False);
        all
    }

    // Gates.

    /// What refuses beside policies. `direct`: somebody may come by direct connect.
    pub(super) fn gates(&self, direct: bool) -> Vec<Forbid> {
        let mut all = Vec::new();
        let mut gate = |id: &str, name: &str, when: Term, unless: Term| {
            if when != Term::False && unless != Term::True {
                all.push(Forbid::gate(id, name, when, unless));
            }
        };
        let mut pending = principal("invitation").is("pending");
        if self.people.open_invitations {
            let name = "an invitation of which that is not known is still to be redeemed".to_owned();
            pending = pending | is_open("invitation") & self.unknown(name, Some(Kind::User));
        }
        let passcodes = self.has_passcodes();
        if passcodes != Term::True {
            let mut by_passcode = principal("provider").is("oneTimePasscode");
            if self.people.open_providers {
                let name = "whoever signs in differently does so by passcode".to_owned();
                by_passcode = by_passcode | is_open("provider") & self.unknown(name, Some(Kind::User));
            }
            // Whoever still has to redeem does so with a Microsoft account (XT-5.1, XT-5.14).
            let by_passcode = by_passcode & !pending.clone();
            gate("one-time-passcode-off", "one-time passcodes by mail are off", by_passcode, passcodes);
        }
        gate("account-disabled", "the account is disabled", self.is_disabled(), Term::False);
        gate(
            "invitation-pending",
            "the invitation is to be redeemed",
            pending.clone(),
            context(&["done", "redemption"]).holds(),
        );
        gate("domain-not-welcome", "the mail domain may not be invited", pending, self.is_domain_welcome());
        // XT-1.25.
        if direct {
            let channels = self.types.resource_in("Application", &[TEAMS, SHAREPOINT]);
            let elsewhere = self.is_direct() & self.types.resource_is("Application") & !channels;
            let beside = self.is_of_office(None) | self.types.resource_in("Application", &[MY_APPS]);
            let opened = self.unknown("shared channels open other applications of Microsoft 365 too".to_owned(), None);
            let name = "direct connect opens shared channels only";
            gate("direct-connect-elsewhere", name, elsewhere, beside & opened);
        }
        if !self.mentions.everybody_invited {
            let newcomer = self.is_yet_to_come();
            let (kept_out, chosen) = self.invited_by_domain();
            let refused = if self.mentions.compared { kept_out | !chosen } else { kept_out };
            let name = "the mail domain may not be invited";
            gate("domain-not-invited", name, newcomer.clone() & refused, Term::False);
            gate("nobody-invited", "nobody may invite", newcomer, self.is_somebody_invited());
        }
        let defaults = self.security_defaults();
        gate(
            "security-defaults-legacy",
            "security defaults refuse legacy authentication",
            defaults.clone() & self.is_legacy(),
            Term::False,
        );
        // AM-41.
        let asked = defaults & self.ask("AM-41", "security defaults ask people from outside for MFA");
        gate(
            "security-defaults-mfa",
            "security defaults ask for MFA",
            asked & !self.is_legacy(),
            self.mfa(&Term::False, Goal::Resource),
        );
        let portals = self.types.resource_in("Application", MANDATORY_MFA);
        gate("mandatory-mfa", "Microsoft asks for MFA", portals, self.mfa(&Term::False, Goal::Resource));
        for (id, name, when, unless) in self.assignments() {
            gate(&id, &name, when, unless);
        }
        let policies = &self.tenant.conditional_access.coverage;
        if !policies.is_complete() {
            let refuses =
                self.unknown("a policy that was not exported refuses".to_owned(), Some(Kind::ConditionalAccessPolicy));
            gate("policies-not-exported", "policies that were not exported", refuses, Term::False);
        }
        let crowded: Vec<&Id> = self
            .people
            .users
            .iter()
            .filter(|user| self.tenant.groups_of(&user.id).map_or(0, BTreeSet::len) > MOST_GROUPS)
            .map(|user| &user.id)
            .collect();
        let enforced =
            self.tenant.conditional_access.items.iter().any(|policy| policy.state == Ok(PolicyState::Enabled));
        if enforced && !crowded.is_empty() {
            let who = Term::any(crowded.into_iter().map(|id| self.is_person(id)));
            let blocked = self.unknown("somebody in more than 2,048 groups is blocked".to_owned(), None);
            gate("too-many-groups", "somebody in more than 2,048 groups", who & blocked, Term::False);
        }
        all
    }

    /// Whether one-time passcodes by mail are on (XT-5.8).
    fn has_passcodes(&self) -> Term {
        match self.tenant.authentication_methods.only().map(|methods| &methods.external_email_otp) {
            Ok(Ok(word)) => Term::from(!word.eq_ignore_ascii_case("disabled")),
            _ => self.unknown("one-time passcodes by mail are on".to_owned(), Some(Kind::AuthenticationMethods)),
        }
    }

    /// Whether the person's account is disabled.
    pub(super) fn is_disabled(&self) -> Term {
        let disabled = principal("account").is("disabled");
        if !self.people.open_accounts {
            return disabled;
        }
        let name = "an account of which that is not known is disabled".to_owned();
        disabled | is_open("account") & self.unknown(name, Some(Kind::User))
    }

    /// Whether the person still has to redeem an invitation.
    pub(super) fn is_pending(&self) -> Term {
        let pending = principal("invitation").is("pending");
        if !self.people.open_invitations {
            return pending;
        }
        let name = "an invitation of which that is not known is still to be redeemed".to_owned();
        pending | is_open("invitation") & self.unknown(name, Some(Kind::User))
    }

    /// Whether security defaults are on: never beside an enabled policy (SI-1.9).
    fn security_defaults(&self) -> Term {
        let told = self.tenant.security_defaults.only().ok().and_then(|found| found.enabled.as_ref().ok());
        match told {
            Some(on) => Term::from(*on),
            None if self
                .tenant
                .conditional_access
                .items
                .iter()
                .any(|policy| policy.state == Ok(PolicyState::Enabled)) =>
            {
                Term::False
            }
            None => self.unknown("security defaults are on".to_owned(), Some(Kind::SecurityDefaults)),
        }
    }

    /// Whether the person is none of those who are here, and comes by an invitation.
    fn is_yet_to_come(&self) -> Term {
        use ExternalUserType::{B2bCollaborationGuest, OtherExternalUser};
        // Members are synchronized from a tenant of the same organization, not invited.
        let invited = self.is_kind(&[Some(B2bCollaborationGuest), Some(OtherExternalUser)]);
        !self.is_here() & invited
    }

    /// Whether somebody who is not here yet can be invited (XT-4.10, XT-4.11).
    fn is_somebody_invited(&self) -> Term {
        // Taken as given where it was not exported (W-4.20).
        let Ok(policy) = self.tenant.authorization_policy.only() else { return Term::True };
        match &policy.invites_from {
            Ok(InvitesFrom::None) => {
                let packages: Vec<&str> =
                    self.tenant.access_packages.items.iter().map(|package| package.id.as_str()).collect();
                let stops = "`none` in `allowInvitesFrom` stops invitations by entitlement management";
                self.types.principal_in("AccessPackage", &packages) & !self.ask("AM-11", stops)
            }
            Ok(InvitesFrom::Undocumented(word)) => {
                self.unknown(format!("`{word}` of `allowInvitesFrom` lets people be invited"), None)
            }
            Ok(_) => Term::True,
            Err(_) => self.unknown("somebody may invite".to_owned(), Some(Kind::AuthorizationPolicy)),
        }
    }

    /// The list of domains: those that are allowed, and those that are blocked; an error where it is not known.
    fn domain_list(&self) -> Result<Option<DomainList<'_>>, ()> {
        let list = &self.tenant.domain_list;
        match list.only() {
            Err(_) if list.coverage.exported => Ok(None),
            Err(_) => Err(()),
            Ok(list) => match (&list.allowed, &list.blocked) {
                (Ok(allowed), Ok(blocked)) if allowed.is_empty() && blocked.is_empty() => Ok(None),
                (Ok(allowed), Ok(blocked)) => Ok(Some((allowed, blocked))),
                _ => Err(()),
            },
        }
    }

    /// Whether a mail domain may be invited; `None` is one that nothing names.
    fn is_invited(&self, domain: Option<&str>, (allowed, blocked): (&[String], &[String])) -> Term {
        let on = |list: &[String]| {
            let Some(domain) = domain else { return Term::False };
            if list.iter().any(|known| known.eq_ignore_ascii_case(domain)) {
                return Term::True;
            }
            let below = |known: &String| {
                let known = known.to_ascii_lowercase();
                domain.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
            };
            // AM-19.
            if list.iter().any(below) {
                self.ask("AM-19", "a domain in the list of domains takes in its subdomains")
            } else {
                Term::False
            }
        };
        // AM-10.
        let refused = || self.ask("AM-10", "a domain that is not on the allow list is refused");
        let listed = if allowed.is_empty() { Term::True } else { on(allowed) | !refused() };
        !on(blocked) & listed
    }

    /// Mail domains that are told apart among people who are not here yet: one that is allowed, and what a question names.
    pub(super) fn domains(&self) -> BTreeSet<&str> {
        let Ok(Some((allowed, _))) = self.domain_list() else {
            return self.mentions.domains.iter().map(String::as_str).collect();
        };
        self.mentions.domains.iter().chain(allowed.first()).map(String::as_str).collect()
    }

    /// What the list of domains says of people who are not here yet: whether it keeps out people of an organization that is
    /// recognised by its mail domain, and whether it lets in others by the domain that they chose (XT-4.2, XT-4.12 to
    /// XT-4.16).
    fn invited_by_domain(&self) -> (Term, Term) {
        let list = match self.domain_list() {
            Ok(Some(list)) => list,
            // Taken as given where it was not exported (W-4.20).
            Ok(None) => return (Term::False, Term::True),
            Err(()) if self.tenant.domain_list.items.is_empty() => return (Term::False, Term::True),
            // A gate and no choice of theirs: nobody can tell whether any domain may be invited.
            Err(()) => return (!self.is_unread_domain_welcome(), Term::True),
        };
        let (mut kept_out, mut recognised) = (Vec::new(), Vec::new());
        for (domain, organizations) in self.organizations.by_domain() {
            let ids: Vec<&str> = organizations.iter().map(|id| id.as_str()).collect();
            // Others are of the organization by another of its identity sources (EM-3.1, EM-3.4).
            let by_domain = principal("provider").is_one_of(["oneTimePasscode", "federation"]);
            let inside = self.types.principal_in("ConnectedOrganization", &ids) & by_domain;
            kept_out.push(inside.clone() & !self.is_invited(Some(domain), list));
            recognised.push(inside);
        }
        let named: Vec<&str> = self.domains().into_iter().collect();
        let of = |domain: &str| self.types.principal_in(MAIL_DOMAIN, &[domain]);
        let chosen = named.iter().map(|domain| of(domain) & self.is_invited(Some(domain), list));
        let any_other = !self.types.principal_in(MAIL_DOMAIN, &named) & self.is_invited(None, list);
        (Term::any(kept_out), Term::any(recognised.into_iter().chain(chosen).chain([any_other])))
    }

    /// Whether somebody who is not here yet has a mail domain that may be invited, where they choose it. Where two tenants
    /// are compared it is a gate: what one of them lets come counts.
    pub(super) fn comes_by_invitation(&self) -> Term {
        if self.mentions.compared {
            return Term::True;
        }
        !self.is_yet_to_come() | self.invited_by_domain().1
    }

    /// Who of those who are not here yet may have a mail address of a domain: whoever comes by an invitation.
    pub(super) fn may_have_domain(&self) -> Term {
        !self.exists() & self.collaborates()
    }

    /// Whether the list of domains lets an invitation be redeemed (XT-4.16, XT-4.21).
    fn is_domain_welcome(&self) -> Term {
        let (allowed, blocked) = match self.domain_list() {
            Ok(Some(list)) => list,
            Ok(None) => return Term::True,
            Err(()) => return self.is_unread_domain_welcome(),
        };
        let domain = principal("mailDomain");
        // AM-19.
        let subdomains = || self.ask("AM-19", "a domain in the list of domains takes in its subdomains");
        let on = |list: &[String]| {
            let words: Vec<String> = list.iter().map(|known| known.to_ascii_lowercase()).collect();
            let below = Term::any(words.iter().map(|known| domain.like(&[None, Some(&format!(".{known}"))])));
            domain.is_one_of(words.iter().map(String::as_str)) | below & subdomains()
        };
        let refused = || self.ask("AM-10", "a domain that is not on the allow list is refused");
        let listed = if allowed.is_empty() { Term::True } else { on(allowed) | !refused() };
        let welcome = !on(blocked) & listed;
        let told = !domain.is("");
        told.clone() & welcome
            | !told & self.unknown("a mail domain that is not known may be invited".to_owned(), Some(Kind::User))
    }

    /// Whether a mail domain may be invited, where it is not known which may.
    fn is_unread_domain_welcome(&self) -> Term {
        self.unknown("the mail domain may be invited".to_owned(), Some(Kind::DomainList))
    }

    /// Applications that take only people who are assigned, and those that are disabled (SI-1.16).
    fn assignments(&self) -> Vec<(String, String, Term, Term)> {
        let mut all = Vec::new();
        let mut exported: Vec<&str> = Vec::new();
        let mut disabled: Vec<&str> = Vec::new();
        for found in &self.tenant.service_principals.items {
            let Ok(id) = &found.app_id else { continue };
            exported.push(id.as_str());
            let name = found.display_name.as_ref().map_or_else(|_| id.to_string(), Clone::clone);
            let granted = self.types.principal_in("AppAssignment", &[id.as_str()]);
            let here = self.is_application(id, None);
            match &found.enabled {
                Ok(true) => {}
                Ok(false) => disabled.push(id.as_str()),
                Err(_) => {
                    let name = format!("`{name}` is disabled for signing in");
                    let enabled = format!("application {id} is enabled for signing in");
                    let enabled = self.unknown(enabled, Some(Kind::ServicePrincipal));
                    all.push((format!("application-enabled-{id}"), name, here.clone(), enabled));
                }
            }
            match &found.assignment_required {
                Ok(false) => {}
                Err(_) => {
                    let open = self.unknown(format!("application {id} takes the person"), Some(Kind::ServicePrincipal));
                    all.push((format!("assignment-{id}"), format!("assignment to `{name}`"), here, granted | open));
                }
                Ok(true) => {
                    let given = self.is_given_perhaps(&format!("assigns the person to application {id}"));
                    let unknown = || {
                        self.unknown(
                            format!("the person is assigned to application {id}"),
                            Some(Kind::AppRoleAssignment),
                        )
                    };
                    let others = match &found.assigned {
                        Err(_) => unknown() & self.has_object(),
                        Ok(assigned) if assigned.cut_off => unknown() & self.has_object(),
                        Ok(assigned) => {
                            let groups: Vec<Told<Option<&Group>>> =
                                assigned.items.iter().map(|member| self.tenant.assigned_group(member)).collect();
                            let open = groups.iter().any(|group| match group {
                                Ok(Some(group)) => group.members.as_ref().map_or(true, |members| members.cut_off),
                                Ok(None) => false,
                                Err(_) => true,
                            });
                            // People who are not here yet, by the rules of these groups and not of groups within.
                            let by_rule = groups.iter().map(|group| match group {
                                Ok(Some(group)) => self.takes_in_itself(group),
                                Ok(None) => Term::False,
                                Err(_) => unknown(),
                            });
                            let of_newcomers = !self.exists() & self.has_object() & Term::any(by_rule);
                            let lacks = assigned.items.iter().any(|member| {
                                let group = self.tenant.groups.get(&member.id);
                                self.may_be_unexported(member)
                                    || group.is_some_and(|group| self.has_unexported_members(group))
                            });
                            let unexported = || self.is_unexported_who(&format!("is assigned to application {id}"));
                            let of_users = if open { self.exists() & unknown() } else { Term::False };
                            let known = of_users | of_newcomers;
                            if open || lacks { known | unexported() } else { known }
                        }
                    };
                    let assigned = granted | others | given;
                    all.push((format!("assignment-{id}"), format!("assignment to `{name}`"), here, assigned));
                }
            }
        }
        if !self.tenant.service_principals.coverage.is_complete() {
            let unseen = self.types.resource_is("Application") & !self.types.resource_in("Application", &exported);
            let takes = self.unknown(
                "an application that was not exported takes the person".to_owned(),
                Some(Kind::ServicePrincipal),
            );
            all.push((
                "assignment-not-exported".to_owned(),
                "assignment to an application that was not exported".to_owned(),
                unseen,
                takes,
            ));
        }
        if !disabled.is_empty() {
            let here = self.types.resource_in("Application", &disabled);
            all.push((
                "application-disabled".to_owned(),
                "the application is disabled for signing in".to_owned(),
                here,
                Term::False,
            ));
        }
        all
    }
}

/// How the ids of permits for direct connect begin.
pub(super) const DIRECT_CONNECT: &str = "direct-connect";

/// Groups, nested ones counted, beyond which somebody may be blocked (CA-2.8).
const MOST_GROUPS: usize = 2048;
