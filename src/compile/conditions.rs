//! Whether a policy applies: who it is about and under which conditions (CA-2 to CA-9).

use std::collections::BTreeSet;

use super::controls::Goal;
use super::resources::REGISTER_SECURITY_INFORMATION;
use super::term::{context, principal};
use super::{Compiler, Term};
use crate::model::{
    AddressRange, Applications, Candidate, ClientApp, Comparison, ConditionalAccessPolicy, DIRECTORY, ExternalTenants,
    ExternalUserType, Filter, FilterMode, FilterRule, Gap, Group, GuestScope, Id, InsiderRisk, Intake, KOSOVO, Keyword,
    Kind, Locations, MFA_TRUSTED_IPS, MembershipRule, NamedLocation, Network, Operator, Platform, Platforms,
    PolicyState, Ref, RiskLevel, Session, Told, TransferMethod, Users, is_country, is_odd_country,
};

/// Clients of Exchange ActiveSync.
const ACTIVE_SYNC: [&str; 2] = ["exchangeActiveSync", "easSupported"];
/// Clients of legacy authentication.
pub(super) const LEGACY: [&str; 3] = ["exchangeActiveSync", "easSupported", "other"];

/// What is not known of the MFA trusted IPs, as a statement.
pub const HAS_MFA_TRUSTED_IPS: &str =
    "trusted IPs are set in the service settings of per-user multifactor authentication";

impl Compiler<'_> {
    /// Whether a policy applies; never one that lacks users, a target or controls, or is about workload identities.
    pub(super) fn applies(&self, policy: &ConditionalAccessPolicy) -> Term {
        self.applies_to(policy, &|found| {
            let is_application = self.types.resource_is("Application");
            if !found.include_user_actions.is_empty() {
                self.vocabulary.borrow_mut().user_actions = true;
                let named: Vec<&str> =
                    super::resources::USER_ACTIONS.into_iter().filter(|known| is_about_action(found, known)).collect();
                return self.types.resource_in("UserAction", &named);
            }
            if !found.include_authentication_contexts.is_empty() {
                let contexts: Vec<String> =
                    found.include_authentication_contexts.iter().map(|known| known.to_ascii_lowercase()).collect();
                self.vocabulary.borrow_mut().authentication_contexts.extend(contexts.iter().cloned());
                let asked = context(&["authenticationContext"]).is_one_of(contexts.iter().map(String::as_str));
                return is_application & asked;
            }
            let everything = found.include_applications.iter().any(|app| app.is(&Keyword::All));
            // AM-36.
            let actions = if everything {
                !is_application.clone() & self.ask("AM-36", "`All` resources takes in user actions")
            } else {
                Term::False
            };
            is_application & self.is_requested(&policy.id, found) & self.beyond_baseline(&policy.id, found) | actions
        })
    }

    /// Whether a policy applies, where `target` says whether it covers what is signed in to.
    fn applies_to(&self, policy: &ConditionalAccessPolicy, target: &dyn Fn(&Applications) -> Term) -> Term {
        match &policy.workloads {
            Ok(Some(_)) => return Term::False,
            Ok(None) => {}
            Err(_) => return self.unread(policy, "workload identities"),
        }
        if is_empty(policy) {
            return Term::False;
        }
        Term::all([
            self.told(policy, &policy.users, "users", |users| self.users(policy, users)),
            self.told(policy, &policy.applications, "applications", target),
            self.told(policy, &policy.client_apps, "client app types", |clients| self.clients(policy, clients)),
            self.told(policy, &policy.platforms, "platforms", |platforms| {
                platforms.as_ref().map_or(Term::True, |platforms| self.platforms(policy, platforms))
            }),
            self.told(policy, &policy.locations, "locations", |locations| {
                locations.as_ref().map_or(Term::True, |locations| self.locations(locations))
            }),
            self.told(policy, &policy.device_filter, "device filter", |filter| {
                filter.as_ref().map_or(Term::True, |filter| self.device(policy, filter))
            }),
            self.told(policy, &policy.sign_in_risk, "sign-in risk levels", |levels| {
                let words = levels.iter().map(|level| (level.as_str(), level.is_known()));
                self.listed(policy, "signInRisk", words.collect())
            }),
            self.told(policy, &policy.user_risk, "user risk levels", |levels| {
                let words = levels.iter().map(|level: &RiskLevel| (level.as_str(), level.is_known()));
                self.listed(policy, "userRisk", words.collect())
            }),
            self.told(policy, &policy.insider_risk, "insider risk levels", |levels| {
                let words = levels.iter().map(|level: &InsiderRisk| (level.as_str(), level.is_known()));
                let term = self.listed(policy, "insiderRisk", words.collect());
                // No risk is no level.
                if levels.is_empty() { term } else { term & !context(&["insiderRisk"]).is("none") }
            }),
            self.told(policy, &policy.flows, "authentication flows", |flows| {
                let words: Vec<(&str, bool)> =
                    flows.iter().map(|flow: &TransferMethod| (flow.as_str(), flow.is_known())).collect();
                // CA-9.3.
                let begun = context(&["originalFlow"]).is_one_of(words.iter().map(|(word, _)| *word));
                self.listed(policy, "flow", words) | begun
            }),
            self.told(policy, &policy.other_conditions, "conditions", |others| {
                Term::all(
                    others.iter().map(|name| {
                        self.unknown(format!("the condition `{name}` of policy {} is met", policy.id), None)
                    }),
                )
            }),
        ])
    }

    /// Whether the policies on registering security information let somebody register during a sign-in (XU-1.24). What
    /// `All` resources says of it is not told (AM-36), and people do register under policies for all resources.
    pub(super) fn registration(&self) -> Term {
        if let Some(known) = self.registration.get() {
            return known.clone();
        }
        let registers = |policy: &&ConditionalAccessPolicy| {
            policy.applications.as_ref().is_ok_and(|found| is_about_action(found, REGISTER_SECURITY_INFORMATION))
        };
        let of = |policy: &ConditionalAccessPolicy| {
            let enforced = self.enforced(policy);
            if enforced == Term::False {
                return Term::True;
            }
            !(enforced & self.applies_to(policy, &|_| Term::True)) | self.satisfied(policy, Goal::Registration)
        };
        let term = Term::all(self.tenant.conditional_access.items.iter().filter(registers).map(of));
        self.registration.get_or_init(|| term).clone()
    }

    /// Whether a policy is enforced, as far as its state tells.
    pub(super) fn enforced(&self, policy: &ConditionalAccessPolicy) -> Term {
        match &policy.state {
            Ok(PolicyState::Enabled) => Term::True,
            Ok(PolicyState::Disabled | PolicyState::ReportOnly) => Term::False,
            // AM-29.
            Ok(PolicyState::Undocumented(_)) | Err(Gap::NotUnderstood) => {
                self.ask("AM-29", "a policy in a state that is not documented is enforced")
            }
            Err(_) => {
                let name = format!("policy {} is enforced", policy.id);
                self.unknown(name, Some(Kind::ConditionalAccessPolicy))
            }
        }
    }

    /// Of a policy that leaves resources out: that the request is for more than baseline scopes, or is judged like one that
    /// is (CA-3.22, CA-3.23).
    fn beyond_baseline(&self, policy: &Id, found: &Applications) -> Term {
        let everything = found.include_applications.iter().any(|app| app.is(&Keyword::All));
        let leaves_out = !found.exclude_applications.is_empty()
            || found.filter.as_ref().is_some_and(|filter| filter.mode == FilterMode::Exclude);
        if !everything || !leaves_out {
            return Term::True;
        }
        // AM-7.
        let enforced =
            self.ask("AM-7", "policies with excluded resources are enforced on requests for baseline scopes only");
        let audience = self.covers(policy, found, Some(&Id::new(DIRECTORY)));
        !context(&["baselineScopes"]).holds() | enforced & audience
    }

    /// A member that could not be read may be met or not.
    fn told<T>(
        &self,
        policy: &ConditionalAccessPolicy,
        member: &Told<T>,
        what: &str,
        term: impl FnOnce(&T) -> Term,
    ) -> Term {
        match member {
            Ok(value) => term(value),
            Err(_) => self.unread(policy, what),
        }
    }

    fn unread(&self, policy: &ConditionalAccessPolicy, what: &str) -> Term {
        let name = format!("the {what} of policy {} take in the sign-in", policy.id);
        self.unknown(name, Some(Kind::ConditionalAccessPolicy))
    }

    /// One of the listed words; an empty list is every word.
    fn listed(&self, policy: &ConditionalAccessPolicy, attribute: &str, words: Vec<(&str, bool)>) -> Term {
        if words.is_empty() {
            return Term::True;
        }
        let odd = words.iter().any(|(_, known)| !known);
        let known = words.into_iter().filter_map(|(word, known)| known.then_some(word));
        let term = context(&[attribute]).is_one_of(known);
        if !odd {
            return term;
        }
        term | self
            .unknown(format!("a value of {attribute} that is not documented, in policy {}, is met", policy.id), None)
    }

    // Users.

    fn users(&self, policy: &ConditionalAccessPolicy, users: &Users) -> Term {
        // CA-2.27, CA-2.28: opening a shared channel, people of one way in meet policies for the other way, too.
        let users_of = |list: &[Ref], groups: &[Ref], roles: &[Ref], guests: Option<&GuestScope>, crosses: bool| {
            Term::any(
                list.iter()
                    .map(|user| self.user(policy, user))
                    .chain(groups.iter().map(|group| self.in_group_of(group)))
                    .chain(roles.iter().map(|role| self.holds_role(role)))
                    .chain(guests.map(|scope| self.guests(policy, scope, crosses))),
            )
        };
        let included = users_of(
            &users.include_users,
            &users.include_groups,
            &users.include_roles,
            users.include_guests.as_ref(),
            true,
        );
        let excluded = users_of(
            &users.exclude_users,
            &users.exclude_groups,
            &users.exclude_roles,
            users.exclude_guests.as_ref(),
            false,
        );
        let broad =
            users.include_users.iter().any(|user| user.is(&Keyword::All) || user.is(&Keyword::GuestsOrExternalUsers))
                || !users.include_roles.is_empty()
                || users.include_guests.is_some();
        let about_mail = policy.client_apps.as_ref().is_ok_and(|clients| {
            clients.iter().any(|client| matches!(client, ClientApp::ExchangeActiveSync | ClientApp::EasSupported))
        });
        if !(broad && about_mail) || excluded == Term::False {
            return included & !excluded;
        }
        // AM-34.
        let ignored = self.ask("AM-34", "exclusions are ignored for Exchange ActiveSync");
        included & (!excluded | context(&["client"]).is_one_of(ACTIVE_SYNC) & ignored)
    }

    fn user(&self, policy: &ConditionalAccessPolicy, user: &Ref) -> Term {
        match user {
            Ref::Keyword(Keyword::All) => {
                // AM-1. Service providers are taken in (CA-2.29).
                !self.is_direct() | self.ask("AM-1", "`All` users takes in B2B direct connect users")
            }
            Ref::Keyword(Keyword::GuestsOrExternalUsers) => self.is_external(),
            Ref::Keyword(Keyword::Undocumented(word)) => {
                self.unknown(format!("`{word}` of policy {} takes in the person", policy.id), None)
            }
            Ref::Keyword(_) => Term::False,
            Ref::Id(id) => self.is_person(id),
            Ref::Name(name) => {
                let named = self.tenant.users.items.iter().filter(|user| {
                    user.user_principal_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                });
                let ids: Vec<&Id> = named.map(|user| &user.id).collect();
                if ids.is_empty() {
                    let name = format!("`{name}` of policy {} is the person", policy.id);
                    return self.is_here() & self.unknown(name, Some(Kind::User));
                }
                Term::any(ids.into_iter().map(|id| self.is_person(id)))
            }
        }
    }

    /// Whether it is that user. One who is not in the export may be of either type.
    pub(super) fn is_person(&self, id: &Id) -> Term {
        let internal = self.people.get(id).map(|user| user.kind.as_slice() == [None]);
        let of = |kind: &str| self.types.principal_in(kind, &[id.as_str()]);
        match internal {
            Some(true) => of("InternalUser"),
            Some(false) => of("ExternalUser"),
            None => of("InternalUser") | of("ExternalUser") | self.is_unexported_person(id),
        }
    }

    /// Whether the person is in the group, directly or not (CA-2.7).
    pub(super) fn in_group_of(&self, group: &Ref) -> Term {
        let found = self.tenant.find_group(group);
        let Some(id) = group.id().or(found.map(|found| &found.id)) else {
            return self.has_object() & self.unknown(format!("the person is in group `{group}`"), Some(Kind::Group));
        };
        if let Some(known) = self.members.borrow().get(id) {
            return known.clone();
        }
        let inside = self.types.principal_in("Group", &[id.as_str()]);
        let given = match found {
            // Nobody is put into a dynamic group, nor into one that is gone.
            Some(found) if !matches!(found.membership_rule, Ok(Some(_))) => {
                self.is_given_perhaps(&format!("puts the person into group {id}"))
            }
            _ => Term::False,
        };
        let term = inside | self.in_group_anew(id, found) | given;
        self.members.borrow_mut().insert(id.clone(), term.clone());
        term
    }

    /// Whether the person is in the group although no list of members says so, nor an access package that they hold.
    pub(super) fn in_group_by_itself(&self, group: &Ref) -> Term {
        let found = self.tenant.find_group(group);
        match group.id().or(found.map(|found| &found.id)) {
            Some(id) => self.in_group_anew(id, found),
            None => self.has_object() & self.unknown(format!("the person is in group `{group}`"), Some(Kind::Group)),
        }
    }

    fn in_group_anew(&self, id: &Id, found: Option<&Group>) -> Term {
        self.groups.borrow_mut().insert(id.clone());
        let unknown = |what: &str| self.unknown(format!("{what} {id}"), Some(Kind::Group));
        // Deleted: nobody is in it.
        let deleted = found.is_none() && self.tenant.groups.coverage.is_complete();
        // Whether somebody is outside is the same question for everybody who is not known to be inside.
        let nobody = Id::new("");
        let of_users = match (self.tenant.is_in_group(&nobody, id), found.map(Group::intake)) {
            (Ok(_), _) => Term::False,
            (Err(_), Some(Intake::Rule(rule))) => {
                self.is_taken_in(rule, false, || unknown("the person is a member of group"))
            }
            (Err(_), _) if deleted => Term::False,
            (Err(_), _) => unknown("the person is a member of group"),
        };
        let of_newcomers = self.takes_in(id, &mut BTreeSet::new());
        let others = if of_users == of_newcomers {
            of_users & self.has_object()
        } else {
            self.exists() & of_users | !self.exists() & self.has_object() & of_newcomers
        };
        let lacks = found.is_some_and(|found| self.has_unexported_members(found));
        let of_unexported = if lacks { self.is_unexported_who(&format!("is in group {id}")) } else { Term::False };
        others | of_unexported
    }

    /// Which newcomers the rule of a group, or of a group within it, takes in.
    fn takes_in(&self, id: &Id, seen: &mut BTreeSet<Id>) -> Term {
        let unknown = |what: &str| self.unknown(format!("{what} {id}"), Some(Kind::Group));
        let Some(found) = self.tenant.groups.get(id) else {
            let deleted = self.tenant.groups.coverage.is_complete();
            return if deleted { Term::False } else { unknown("a newcomer is in group") };
        };
        if found.intake() != Intake::Nobody {
            return self.takes_in_itself(found);
        }
        if !seen.insert(id.clone()) {
            return Term::False;
        }
        let within = Term::any(self.tenant.groups_in(found).map(|inner| self.takes_in(inner, seen)));
        if found.may_hold_more_groups() { within | unknown("a newcomer is in group") } else { within }
    }

    /// Which newcomers a group takes in itself (CA-2.40 to CA-2.44).
    pub(super) fn takes_in_itself(&self, group: &Group) -> Term {
        let unknown = |what: &str| self.unknown(format!("{what} {}", group.id), Some(Kind::Group));
        match group.intake() {
            Intake::Nobody => Term::False,
            Intake::Rule(rule) => {
                self.is_taken_in(rule, true, || unknown("the person is taken in by the rule of group"))
            }
            Intake::Perhaps(rule) => {
                let by_rule = self.is_taken_in(rule, true, || Term::True);
                by_rule & unknown("the person is taken in, if it is processed, by the rule of group")
            }
            Intake::Untold => unknown("the person is taken in by the rule, if there is one, of group"),
        }
    }

    /// Whom a rule takes in, by what they are; `open` is for those of whom that does not decide.
    pub(super) fn is_taken_in(&self, rule: &MembershipRule, is_new: bool, open: impl Fn() -> Term) -> Term {
        let all = [
            None,
            Some(ExternalUserType::InternalGuest),
            Some(ExternalUserType::B2bCollaborationGuest),
            Some(ExternalUserType::B2bCollaborationMember),
            Some(ExternalUserType::OtherExternalUser),
        ];
        let of = |wanted: Option<bool>| {
            let says = |kind: &Option<ExternalUserType>| rule.takes_in(Candidate { kind: *kind, is_new }) == wanted;
            let kinds: Vec<Option<ExternalUserType>> = all.into_iter().filter(says).collect();
            if kinds.is_empty() { Term::False } else { self.is_kind(&kinds) }
        };
        let perhaps = of(None);
        let perhaps = if perhaps == Term::False { perhaps } else { perhaps & open() };
        of(Some(true)) | perhaps
    }

    /// Whether a user of the export holds the built-in role over the whole tenant (CA-2.9, CA-2.10).
    fn holds_role(&self, role: &Ref) -> Term {
        let Ref::Id(template) = role else {
            return self.is_here()
                & self.unknown(format!("the person is in role `{role}`"), Some(Kind::RoleDefinition));
        };
        let definition = |id: &Id| self.tenant.role_definitions.get(id);
        if definition(template).is_some_and(|found| found.built_in == Ok(false)) {
            return Term::False;
        }
        self.roles.borrow_mut().insert(template.clone());
        let mut ways = vec![
            self.types.principal_in("Role", &[template.as_str()]),
            self.is_given_perhaps(&format!("gives role {template}")),
        ];
        let mut lacks = !self.tenant.role_assignments.coverage.is_complete();
        for assignment in &self.tenant.role_assignments.items {
            let (Ok(holder), Ok(assigned)) = (&assignment.principal, &assignment.role) else { continue };
            let is_it = assigned == template
                || definition(assigned).is_some_and(|found| found.template.as_ref() == Ok(template));
            if !is_it {
                continue;
            }
            let wide = if let Ok(scope) = &assignment.scope {
                Term::from(scope == "/")
            } else {
                let name = format!("the assignment of role {assigned} to {holder} counts for the whole tenant");
                self.unknown(name, Some(Kind::RoleAssignment))
            };
            if wide == Term::False {
                continue;
            }
            if let Some(home) = self.tenant.holder_from_outside(assignment) {
                let name = format!("{holder}, which holds role {assigned}, is, or takes in, whoever comes from {home}");
                let from = self.is_home_among(&[home.as_str()], home.as_str());
                ways.push(from & self.unknown(name, None) & wide);
                continue;
            }
            let unknown_object = self.is_unknown_object(holder);
            lacks |= unknown_object;
            // A group that was not exported holds it for whoever is in it.
            let may_be_group = unknown_object && !self.tenant.groups.coverage.is_complete();
            if self.tenant.groups.get(holder).is_some() || may_be_group {
                // Whoever comes into the group by an access package holds the role as well.
                ways.push(self.has_object() & self.in_group_of(&Ref::Id(holder.clone())) & wide.clone());
            }
            if self.tenant.users.get(holder).is_some() && !wide.is_constant() {
                ways.push(self.is_person(holder) & wide);
            }
        }
        if !self.tenant.role_assignments.coverage.is_complete() {
            let name = format!("the person holds role {template} although no assignment was exported");
            ways.push(self.exists() & self.unknown(name, Some(Kind::RoleAssignment)));
        }
        if lacks {
            ways.push(self.is_unexported_who(&format!("holds role {template}")));
        }
        Term::any(ways)
    }

    /// Whether a guest scope takes the person in (CA-2.11 to CA-2.13).
    fn guests(&self, policy: &ConditionalAccessPolicy, scope: &GuestScope, crosses: bool) -> Term {
        use ExternalUserType::{B2bCollaborationGuest, B2bCollaborationMember, B2bDirectConnectUser};
        let types: Vec<Option<ExternalUserType>> = scope.types.iter().map(Some).collect();
        let mut by_type = vec![self.is_kind(&types)];
        if crosses && scope.types.contains(B2bCollaborationGuest) {
            by_type.push(self.is_direct() & context(&["guestHereToo"]).holds());
        }
        if crosses && scope.types.contains(B2bDirectConnectUser) {
            let collaborates = self.is_kind(&[Some(B2bCollaborationGuest), Some(B2bCollaborationMember)]);
            by_type.push(collaborates & self.has_entra_home() & context(&["sharedChannel"]).holds());
        }
        if !scope.unknown_types.is_empty() {
            let name = format!("an external user type of policy {} that is not documented takes them in", policy.id);
            by_type.push(self.is_external() & self.unknown(name, None));
        }
        let of_tenant = match &scope.tenants {
            ExternalTenants::All => Term::True,
            ExternalTenants::Enumerated(ids) => {
                let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
                // AM-2.
                let elsewhere =
                    || self.ask("AM-2", "a list of external tenants takes in people without an Entra tenant");
                let without = !self.has_entra_home() & elsewhere();
                self.is_home_among(&ids, &format!("one of {}", ids.join(", "))) | without
            }
            ExternalTenants::Unknown => {
                self.unknown(format!("the external tenants of policy {} hold theirs", policy.id), None)
            }
        };
        Term::any(by_type) & of_tenant
    }

    // Conditions.

    fn clients(&self, policy: &ConditionalAccessPolicy, clients: &[ClientApp]) -> Term {
        if clients.is_empty() || clients.contains(&ClientApp::All) {
            return Term::True;
        }
        let mut words: Vec<&str> = clients.iter().filter(|client| client.is_known()).map(ClientApp::as_str).collect();
        let [plain, supported] = ACTIVE_SYNC;
        let mut open = Vec::new();
        if clients.contains(&ClientApp::ExchangeActiveSync) {
            words.push(supported);
        } else if clients.contains(&ClientApp::EasSupported) {
            let is = self.unknown("the platform of an Exchange ActiveSync client is supported".to_owned(), None);
            open.push(context(&["client"]).is(plain) & is);
        }
        if clients.iter().any(|client| !client.is_known()) {
            let name = format!("a client app type of policy {} that is not documented takes it in", policy.id);
            let others = !context(&["client"]).is_one_of(ACTIVE_SYNC);
            let mail = if clients.contains(&ClientApp::EasSupported) { others } else { Term::True };
            open.push(mail & self.unknown(name, None));
        }
        words.dedup();
        context(&["client"]).is_one_of(words) | Term::any(open)
    }

    fn platforms(&self, policy: &ConditionalAccessPolicy, platforms: &Platforms) -> Term {
        let listed = |list: &[Platform]| {
            if list.contains(&Platform::All) {
                return Term::True;
            }
            let known = list.iter().filter(|platform| platform.is_known()).map(Platform::as_str);
            let known = context(&["platform"]).is_one_of(known);
            if list.iter().all(Platform::is_known) {
                return known;
            }
            known | self.unknown(format!("a platform of policy {} that is not documented is it", policy.id), None)
        };
        // Exclusions alone narrow everything.
        let included = if platforms.include.is_empty() { Term::True } else { listed(&platforms.include) };
        included & !listed(&platforms.exclude)
    }

    fn locations(&self, locations: &Locations) -> Term {
        let any = |list: &[Ref]| Term::any(list.iter().map(|location| self.is_from(location)));
        let included = if locations.include.is_empty() { Term::True } else { any(&locations.include) };
        included & !any(&locations.exclude)
    }

    fn is_from(&self, location: &Ref) -> Term {
        let complete = self.tenant.named_locations.coverage.is_complete();
        let unseen = |what: &str| self.unknown(format!("the address is in {what}"), Some(Kind::NamedLocation));
        let missing = |name: &str| unseen(&format!("named location `{name}`"));
        match location {
            Ref::Keyword(Keyword::All) => Term::True,
            Ref::Keyword(Keyword::AllTrusted) => {
                let known = self.is_trusted_network();
                if complete { known } else { known | unseen("a trusted named location that was not exported") }
            }
            Ref::Keyword(word) => missing(word.as_str()),
            Ref::Id(id) if id.as_str() == MFA_TRUSTED_IPS => self.is_mfa_trusted_ip(),
            Ref::Id(id) => match self.tenant.named_locations.get(id) {
                Some(found) => self.is_in(found),
                None if complete => Term::False,
                None => missing(id.as_str()),
            },
            Ref::Name(name) => {
                let found = self
                    .tenant
                    .named_locations
                    .items
                    .iter()
                    .find(|found| found.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name)));
                found.map_or_else(|| missing(name), |found| self.is_in(found))
            }
        }
    }

    /// A named location that is marked as trusted, or one of the MFA trusted IPs (CA-6.4).
    pub(super) fn is_trusted_network(&self) -> Term {
        let inside = self.tenant.named_locations.items.iter().filter_map(|found| match found.network {
            Ok(Network::Ip { trusted: true, .. }) => Some(self.is_in(found)),
            Ok(_) => None,
            // Neither what it lists nor what it is marked as is known.
            Err(_) => {
                let name = format!("named location {}, which could not be read, is trusted", found.id);
                Some(self.is_in(found) & self.unknown(name, Some(Kind::NamedLocation)))
            }
        });
        Term::any(std::iter::once(self.is_mfa_trusted_ip()).chain(inside))
    }

    /// One of the MFA trusted IPs, if there are any: no export tells them (CA-6.5, W-1.15).
    fn is_mfa_trusted_ip(&self) -> Term {
        context(&["mfaTrustedIp"]).holds() & self.unknown(HAS_MFA_TRUSTED_IPS.to_owned(), None)
    }

    fn is_in(&self, location: &NamedLocation) -> Term {
        let unknown = |what: &str, export| {
            self.unknown(format!("the address is in {what} of named location {}", location.id), export)
        };
        match &location.network {
            Err(_) => unknown("what could not be read", Some(Kind::NamedLocation)),
            Ok(Network::CompliantNetwork) => context(&["compliantNetwork"]).holds(),
            Ok(Network::Country { countries, include_unknown, gps }) => {
                let codes: Vec<String> = countries.iter().map(|code| code.to_ascii_uppercase()).collect();
                let attribute = context(&[if *gps { "gpsCountry" } else { "country" }]);
                let mut words: Vec<&str> = codes.iter().map(String::as_str).filter(|code| is_country(code)).collect();
                let kosovo = codes.iter().any(|code| code == KOSOVO);
                let mut vocabulary = self.vocabulary.borrow_mut();
                vocabulary.countries.extend(words.iter().copied().chain(kosovo.then_some(KOSOVO)).map(str::to_owned));
                drop(vocabulary);
                if *include_unknown {
                    words.push("unmapped");
                }
                let inside = attribute.is_one_of(words.iter().copied());
                // CA-6.17.
                let mut open = Vec::new();
                if kosovo {
                    open.push(attribute.is(KOSOVO) & unknown("country XK", None));
                }
                if codes.iter().any(|code| is_odd_country(code)) {
                    let elsewhere = !attribute.is_one_of(words.iter().copied().chain(["unmapped"]));
                    open.push(elsewhere & unknown("a country that ISO 3166-1 lacks", None));
                }
                inside | Term::any(open)
            }
            Ok(Network::Ip { ranges, .. }) => {
                let read: Vec<Option<AddressRange>> = ranges.iter().map(|text| AddressRange::read(text)).collect();
                let mut blocks = Vec::new();
                for range in read.iter().flatten() {
                    blocks.extend(range.blocks());
                }
                blocks.sort_unstable();
                blocks.dedup();
                let inside = blocks.into_iter().map(|block| context(&["ip"]).is_in_range(block));
                let unread = read
                    .iter()
                    .any(Option::is_none)
                    .then(|| !context(&["unlistedIp"]).holds() & unknown("a range that could not be read", None));
                Term::any(inside.chain(unread))
            }
        }
    }

    /// The device filter (CA-7.6 to CA-7.15).
    fn device(&self, policy: &ConditionalAccessPolicy, filter: &Filter) -> Term {
        let not_understood = || self.unknown(format!("the device filter of policy {} takes it in", policy.id), None);
        let unregistered = filter.applies_to_unregistered().map_or_else(not_understood, Term::from);
        let attributes = || self.device_rule(&filter.rule);
        let registered = match filter.mode {
            FilterMode::Include => attributes(),
            FilterMode::Exclude => !attributes(),
            FilterMode::Undocumented(_) => return unregistered,
        };
        let visible = Term::any([
            self.is_internal(),
            self.is_service_provider() & self.technician_can(),
            !self.is_service_provider()
                & (self.trusts(super::gates::COMPLIANT_TRUSTED) | self.trusts(super::gates::HYBRID_TRUSTED)),
        ]);
        let seen = visible & context(&["device", "registered"]).holds();
        seen.clone() & registered | !seen & unregistered
    }

    fn device_rule(&self, rule: &FilterRule) -> Term {
        match rule {
            FilterRule::Compare(comparison) => self.device_attribute(comparison),
            FilterRule::And(rules) => Term::all(rules.iter().map(|rule| self.device_rule(rule))),
            FilterRule::Or(rules) => Term::any(rules.iter().map(|rule| self.device_rule(rule))),
            FilterRule::Not(rule) => !self.device_rule(rule),
        }
    }

    /// One comparison with an attribute of a registered device (CA-7.8 to CA-7.11). Texts are compared in lower case.
    fn device_attribute(&self, comparison: &Comparison) -> Term {
        let name = comparison.attribute.to_ascii_lowercase();
        let device = |flag: &str| context(&["device", flag]).holds();
        let negative = comparison.operator.is_negative();
        let sign = |positive: Term| if negative { !positive } else { positive };
        let says = |value: &str| comparison.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(value));
        if name == "iscompliant" {
            let positive =
                device("compliant") & Term::from(says("True")) | !device("compliant") & Term::from(says("False"));
            return sign(positive);
        }
        let values: Vec<String> = comparison.values.iter().map(|value| value.to_lowercase()).collect();
        if comparison.is_of_collection() {
            let mut vocabulary = self.vocabulary.borrow_mut();
            vocabulary.device_collections.entry(name.clone()).or_default().extend(values.iter().cloned());
            let attribute = context(&["device", "attributes", &name]);
            return sign(attribute.contains_any(values.iter().map(String::as_str)));
        }
        self.vocabulary.borrow_mut().device_texts.insert(name.clone());
        let attribute = context(&["device", "attributes", &name]);
        let each = |pattern: &dyn Fn(&str) -> Term| Term::any(values.iter().map(|value| pattern(value)));
        let positive = match comparison.operator {
            Operator::Eq | Operator::Ne | Operator::In | Operator::NotIn => {
                attribute.is_one_of(values.iter().map(String::as_str))
            }
            Operator::Contains | Operator::NotContains => each(&|value| attribute.like(&[None, Some(value), None])),
            Operator::StartsWith | Operator::NotStartsWith => each(&|value| attribute.like(&[Some(value), None])),
            Operator::EndsWith | Operator::NotEndsWith => each(&|value| attribute.like(&[None, Some(value)])),
        };
        if name == "trusttype" {
            // A hybrid joined device, and no other, is of the trust type ServerAD (CA-7.4).
            let joined = device("hybridJoined");
            let positive = joined.clone() & Term::from(says("ServerAD")) | !joined & positive;
            return sign(positive);
        }
        if name.starts_with("extensionattribute") {
            // CA-7.11: of a device that is neither managed nor compliant nor joined they are not seen.
            let mut vocabulary = self.vocabulary.borrow_mut();
            vocabulary.device_texts.insert("mdmappid".to_owned());
            let managed = !context(&["device", "attributes", "mdmappid"]).is("");
            return sign((device("compliant") | device("hybridJoined") | managed) & positive);
        }
        sign(positive)
    }
}

/// Whether a policy lacks users, a target or controls, and so enforces nothing (CA-1.12).
pub(super) fn is_empty(policy: &ConditionalAccessPolicy) -> bool {
    let nobody = policy.users.as_ref().is_ok_and(|users| {
        users.include_users.iter().all(|user| user.is(&Keyword::None))
            && users.include_groups.is_empty()
            && users.include_roles.is_empty()
            && users.include_guests.is_none()
    });
    let nothing = policy.applications.as_ref().is_ok_and(|found| {
        !found.is_about_applications()
            && found.include_user_actions.is_empty()
            && found.include_authentication_contexts.is_empty()
    });
    let no_control = policy.grant == Ok(None)
        && policy.session.as_ref().is_ok_and(|session| session.as_ref().is_none_or(|own| *own == Session::default()));
    nobody || nothing || no_control
}

/// Whether a policy names a user action.
fn is_about_action(applications: &Applications, action: &str) -> bool {
    applications.include_user_actions.iter().any(|urn| urn.eq_ignore_ascii_case(action))
}

/// Whether an attribute of the principal is not known.
pub(super) fn is_open(attribute: &str) -> Term {
    principal(attribute).is(super::NOT_KNOWN)
}
