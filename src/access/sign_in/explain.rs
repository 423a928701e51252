//! The plain reading of one sign-in: every gate, every policy and every control by itself, straight from the documents,
//! then what they come to together (SI-1, CA-1.2 to CA-1.7).

use std::collections::BTreeSet;

use super::super::{Answer, Home, Why};
use super::controls::{Fold, Outcome, Person, need};
use super::gates::Way;
use super::matching::{Matcher, Reason, told};
use super::reading::{
    ALLOW_LIST_UNLISTED_DOMAIN, DOMAIN_MATCH, INVITE_NONE_STOPS_ENTITLEMENT, Judge, Leanings, Readings,
    SECURITY_DEFAULTS_MFA, UNKNOWN_POLICY_STATE,
};
use super::session::SessionControls;
use super::verdict::{Alternatives, By, Doubt, Refusal, Stage, Step, Verdict, least_steps};
use super::{Conditions, DirectoryObject, Provider, Scenario, Subject, Target, UserAction};
use crate::model::{
    ClientApp, ConditionalAccessPolicy, ExternalUserType, Gap, GrantOperator, Id, InvitesFrom, Kind, MANDATORY_MFA,
    MANDATORY_MFA_FOR_WRITES, Place, PolicyState, RiskLevel, SHAREPOINT, Session, TEAMS, Tenant,
};

/// Answers what comes of sign-ins to one tenant.
#[derive(Debug)]
pub struct Engine<'t> {
    pub(super) matcher: Matcher<'t>,
}

/// Whether a policy is enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enforcement {
    /// It is.
    Enforced,
    /// It is evaluated only.
    ReportOnly,
    /// It is off.
    Off,
    /// Its state is not documented or was not exported.
    Unknown(Why),
}

/// What Entra would log for a report-only policy (CA-1.24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOnlyResult {
    /// Its controls are already satisfied.
    Success,
    /// It would refuse.
    Failure,
    /// Something would be asked for.
    UserActionRequired,
    /// It does not apply.
    NotApplied,
    /// That depends on what is not known.
    Unknown,
}

impl ReportOnlyResult {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Success, Self::Failure, Self::UserActionRequired, Self::NotApplied, Self::Unknown];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::UserActionRequired => "userActionRequired",
            Self::NotApplied => "notApplied",
            Self::Unknown => "unknown",
        }
    }
}

/// What a policy has to do with a sign-in.
#[derive(Debug, Clone)]
pub struct PolicyTrace {
    /// The policy.
    pub id: Id,
    /// Its display name, or its id.
    pub name: String,
    /// Whether it is enforced.
    pub enforcement: Enforcement,
    /// Whether its conditions are met, whatever its state.
    pub applies: Answer,
    /// Conditions that are not met, or of which that is not known; in the order of [`Reason::ALL`].
    pub reasons: Vec<(Reason, Answer)>,
    /// How its controls combine.
    pub operator: GrantOperator,
    /// What comes of each control, in the order in which they are asked for; only where it applies or may.
    pub controls: Vec<(String, Outcome)>,
    /// The service through which it applies, where it is not about the application itself (CA-3.18).
    pub dependency: Option<&'static str>,
    /// The result, where it is report-only.
    pub report_only: Option<ReportOnlyResult>,
}

/// A stage that is not Conditional Access.
#[derive(Debug, Clone)]
pub struct GateTrace {
    /// The stage.
    pub stage: Stage,
    /// Whether it lets pass.
    pub passes: Answer,
    /// The refusal, where it does not or may not.
    pub refusal: Refusal,
}

/// What comes of a sign-in, and why.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What is not known stays unknown.
    pub verdict: Verdict,
    /// What is not known falls for whoever wants in: the side that asks whether everything is covered.
    pub coverage: Verdict,
    /// What is not known falls against them: the side that asks whether somebody can be sure to get in.
    pub reachability: Verdict,
    /// The gates, in order.
    pub gates: Vec<GateTrace>,
    /// Demands of Entra itself, beside policies: security defaults, mandatory multifactor authentication, redemption.
    pub demands: Vec<(&'static str, Outcome)>,
    /// All policies, in the order of the export.
    pub policies: Vec<PolicyTrace>,
    /// Session controls of enforced policies that apply.
    pub session: SessionControls,
    /// Ambiguities that were met on the way.
    pub leans_on: BTreeSet<&'static str>,
    /// What no export tells and is taken as given.
    pub taken_as_given: Vec<&'static str>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// Everything that refuses or demands, with all ways to meet it.
    items: Vec<Item>,
}

impl Explanation {
    /// The steps by which the sign-in is let in if only those are done that `done` takes; `None`: by none. The verdict names
    /// the way that asks for least, while a policy may leave a choice (CA-10.2). `at_best`: what is not known falls for
    /// whoever wants in.
    #[must_use]
    pub fn steps_among(&self, at_best: bool, done: &dyn Fn(&Step) -> bool) -> Option<BTreeSet<Step>> {
        let mut needs: Vec<Alternatives> = Vec::new();
        for item in &self.items {
            match if at_best { &item.best } else { &item.worst } {
                None => {}
                Some(Err(_)) => return None,
                Some(Ok(ways)) => {
                    let open: Alternatives = ways.iter().filter(|steps| steps.iter().all(done)).cloned().collect();
                    if open.is_empty() {
                        return None;
                    }
                    needs.push(open);
                }
            }
        }
        Some(least_steps(&needs))
    }
}

/// What something needs: nothing, steps, or that there is no way.
pub(super) type Side = Option<Result<Alternatives, Vec<Refusal>>>;

/// Something that refuses or demands, for both ways in which what is not known may fall.
#[derive(Debug, Clone)]
pub(super) struct Item {
    best: Side,
    worst: Side,
    doubts: Vec<Doubt>,
}

impl Item {
    /// What is needed at best and at worst; `None` is nothing.
    pub(super) fn sides(self) -> (Side, Side) {
        (self.best, self.worst)
    }

    pub(super) fn certain(&self) -> bool {
        self.best == self.worst
    }
}

impl<'t> Engine<'t> {
    /// An engine over a tenant.
    #[must_use]
    pub fn new(tenant: &'t Tenant, readings: Readings) -> Self {
        Self { matcher: Matcher::new(tenant, Judge { readings, leanings: Leanings::default() }) }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &'t Tenant {
        self.matcher.tenant
    }

    /// Whether somebody may use an application, whatever it takes to sign in: it is open to everybody, or they, or a group
    /// that they are in, are assigned (SI-1.16).
    #[must_use]
    pub fn is_admitted(&self, subject: &Subject, application: &Id) -> Answer {
        self.matcher.is_admitted(subject, application)
    }

    /// Whether an application takes only people who are assigned to it; `None` where that was not exported.
    #[must_use]
    pub fn requires_assignment(&self, application: &Id) -> Option<bool> {
        match self.matcher.service_principal(application) {
            Some(principal) => principal.assignment_required.as_ref().ok().copied(),
            None => self.tenant().service_principals.coverage.is_complete().then_some(false),
        }
    }

    /// What comes of one sign-in.
    #[must_use]
    pub fn explain(&self, scenario: &Scenario) -> Explanation {
        let Scenario { subject, target, conditions } = scenario;
        self.matcher.judge.leanings.take();
        let mut items: Vec<Item> = Vec::new();
        let gates = self.gates(subject, target, conditions);
        items.extend(gates.iter().map(of_gate));
        let reach = self.reach(subject, target, conditions);
        let mut person = Person::of(&self.matcher, subject, target, conditions);
        person.may_register = self.registration(subject, target, conditions, &reach);
        let demands = self.demands(&person);
        items.extend(demands.iter().map(|(name, outcome)| of_demand(name, outcome)));
        let mut policies = Vec::new();
        let mut session = SessionControls::default();
        // XU-4.7: direct connect has no session controls.
        let mut unsupported = Vec::new();
        let direct = subject.is(ExternalUserType::B2bDirectConnectUser).is_yes();
        for policy in &self.tenant().conditional_access.items {
            let trace = self.policy(policy, &person, &reach);
            items.push(of_policy(&trace));
            if trace.enforcement == Enforcement::Enforced
                && trace.applies.is_yes()
                && let Ok(Some(found)) = &policy.session
            {
                if direct {
                    unsupported.push(trace.name.clone());
                } else {
                    session.add(found);
                }
            }
            policies.push(trace);
        }
        items.extend(self.unseen_policies());
        items.extend(self.many_groups(subject));
        if session.merged {
            self.matcher.judge.leanings.note("AM-8");
        }
        let coverage = verdict(&items, Fold::Best);
        let reachability = verdict(&items, Fold::Worst);
        let both = together(&items, &coverage, &reachability);
        let mut notes = notes(target, subject, &both);
        for name in unsupported {
            self.matcher.judge.leanings.note("AM-5");
            notes.push(format!(
                "B2B direct connect does not support the session controls of `{name}`: they do not hold, and may block (AM-5)"
            ));
        }
        notes.extend(self.redeems_otherwise(subject));
        let in_force = self.tenant().conditional_access.items.iter().zip(&policies);
        let in_force =
            in_force.filter(|(_, trace)| trace.enforcement == Enforcement::Enforced && !trace.applies.is_no());
        notes.extend(in_force.filter_map(|(policy, trace)| {
            let session = policy.session.as_ref().ok()?.as_ref()?;
            let what = may_refuse(session, scenario)?;
            Some(format!("`{}` may refuse by session control, which is not decided here: {what}", trace.name))
        }));
        Explanation {
            verdict: both,
            coverage,
            reachability,
            gates,
            demands,
            policies,
            session,
            leans_on: self.matcher.judge.leanings.take(),
            taken_as_given: taken_as_given(subject, target, conditions),
            notes,
            items,
        }
    }

    /// Policies on registering security information by name. What `All` resources says of it is not told (AM-36), and
    /// people do register under policies for all resources.
    pub(super) fn registering(&self) -> impl Iterator<Item = &'t ConditionalAccessPolicy> {
        let urn = UserAction::RegisterSecurityInformation.urn();
        let registers = move |policy: &&ConditionalAccessPolicy| {
            let actions = policy.applications.as_ref().map(|found| found.include_user_actions.as_slice());
            actions.is_ok_and(|actions| actions.iter().any(|action| action.eq_ignore_ascii_case(urn)))
        };
        self.matcher.tenant.conditional_access.items.iter().filter(registers)
    }

    /// Whether the policies on registering security information let somebody register on the way to a target (XU-1.24).
    pub(super) fn registration(
        &self,
        subject: &Subject,
        target: &Target,
        conditions: &Conditions,
        reach: &Answer,
    ) -> Answer {
        let action = Target::UserAction(UserAction::RegisterSecurityInformation);
        let mut policies = self.registering().peekable();
        // Of the action itself they decide anyway.
        if *target == action || policies.peek().is_none() {
            return Answer::Yes;
        }
        let person = Person::of(&self.matcher, subject, &action, conditions);
        let of = |policy: &ConditionalAccessPolicy| {
            let enforced = match self.enforcement(policy) {
                Enforcement::Enforced => Answer::Yes,
                Enforcement::Unknown(why) => Answer::Unknown(why),
                Enforcement::ReportOnly | Enforcement::Off => Answer::No,
            };
            let conditions = || self.conditions(policy, &person, reach);
            let applies = enforced.and(|| Answer::all(conditions().into_iter().map(|(_, answer)| answer)));
            if applies.is_no() {
                return Answer::Yes;
            }
            let (operator, controls) = self.controls(policy, &person);
            let lets = |fold| match need(&policy.id, operator, &controls, fold) {
                Err(_) => Answer::No,
                // To authenticate here is what they register for.
                Ok(ways) if ways.iter().any(|steps| steps.iter().all(is_here)) => Answer::Yes,
                Ok(_) => Answer::Unknown(Why::unspecified(format!(
                    "registering security information takes more steps, by policy `{}`",
                    policy.id
                ))),
            };
            let (best, worst) = (lets(Fold::Best), lets(Fold::Worst));
            match (best, worst) {
                (Answer::No, _) => applies.negated(),
                (Answer::Yes, Answer::Yes) => Answer::Yes,
                (Answer::Unknown(why), _) | (_, Answer::Unknown(why)) => Answer::Unknown(why),
                (Answer::Yes, Answer::No) => Answer::Unknown(Why::unspecified(format!(
                    "whether policy `{}` lets them register security information is not known",
                    policy.id
                ))),
            }
        };
        Answer::all(policies.map(of))
    }

    /// With what account an invitation is redeemed, where passcodes cannot be the last resort.
    fn redeems_otherwise(&self, subject: &Subject) -> Option<String> {
        let off = self.passcodes().is_no();
        let last =
            matches!(subject.provider, Provider::OneTimePasscode | Provider::MicrosoftAccount | Provider::Unknown);
        (off && last && !subject.pending.is_no()).then(|| {
            "one-time passcodes by mail are off: whoever has no other account redeems the invitation with a Microsoft account (XT-5.14)"
                .to_owned()
        })
    }

    /// Whether one-time passcodes by mail are on (XT-5.8).
    fn passcodes(&self) -> Answer {
        let methods = self.tenant().authentication_methods.only();
        match methods.map_or_else(Err, |methods| methods.external_email_otp.as_ref().map_err(Clone::clone)) {
            Ok(word) => Answer::from(!word.eq_ignore_ascii_case("disabled")),
            Err(gap) => {
                let what = "whether one-time passcodes by mail are on";
                Answer::Unknown(unclear(Kind::AuthenticationMethods, what, &gap))
            }
        }
    }

    /// Whether policies for the other way into shared channels hold too (CA-2.27, CA-2.28).
    pub(super) fn reach(&self, subject: &Subject, target: &Target, conditions: &Conditions) -> Answer {
        if subject.is(ExternalUserType::B2bDirectConnectUser).is_yes() {
            return Answer::from(subject.guest_here_too);
        }
        let collaborates = subject.any_kind(|kind| {
            matches!(kind, Some(ExternalUserType::B2bCollaborationGuest | ExternalUserType::B2bCollaborationMember))
        });
        let at_home = self.matcher.over_homes(subject, &|home| Answer::from(*home != Home::NoTenant));
        collaborates.and(|| at_home).and(|| match conditions.shared_channel {
            Some(shared) => Answer::from(shared),
            None => match target {
                Target::Application(request) if opens_channels(&request.application) => {
                    self.matcher.passes(Way::DirectConnectIn, subject, &subject.home, Some(&request.application))
                }
                _ => Answer::No,
            },
        })
    }

    /// The stages that are not Conditional Access (SI-1.1 to SI-1.9, SI-1.16).
    pub(super) fn gates(&self, subject: &Subject, target: &Target, conditions: &Conditions) -> Vec<GateTrace> {
        let mut gates = Vec::new();
        let mut gate = |stage, code, by: &'static str, why: &str, passes: Answer| {
            let refusal = Refusal { stage, code, by: By::Setting(by), why: why.to_owned() };
            gates.push(GateTrace { stage, passes, refusal });
        };
        if conditions.tenant_restricted {
            let why = "the client's own tenant restricts it to itself";
            gate(Stage::TenantRestrictions, Some(500_021), "tenant restrictions", why, Answer::No);
        }
        if subject.other_cloud {
            let why = "their Microsoft cloud is not enabled here";
            gate(Stage::HomeRealm, Some(90038), "Microsoft cloud settings", why, self.is_cloud_enabled(subject));
            let why = "their tenant of another Microsoft cloud is no partner";
            gate(Stage::Inbound, Some(500_213), "cross-tenant access settings", why, self.is_partner(subject));
        }
        if matches!(subject.provider, Provider::OneTimePasscode | Provider::Unknown) {
            let on = self.passcodes();
            let open = || Answer::Unknown(Why::unspecified(format!("how `{}` signs in is not known", subject.name)));
            // Whoever still has to redeem does so with a Microsoft account (XT-5.1, XT-5.14).
            let redeems = || subject.pending.clone();
            let passes = if subject.provider == Provider::Unknown { on.or(redeems).or(open) } else { on.or(redeems) };
            let (by, why) = ("authentication methods policy", "one-time passcodes by mail are off");
            gate(Stage::FirstFactor, None, by, why, passes);
        }
        if matches!(subject.object, DirectoryObject::Missing | DirectoryObject::User(_) | DirectoryObject::Invited) {
            let exists = Answer::from(subject.object != DirectoryObject::Missing);
            gate(Stage::DirectoryObject, Some(50020), "directory", "they have no account in this tenant", exists);
            gate(Stage::Account, Some(50057), "directory", "their account is disabled", subject.enabled.clone());
        }
        if let Target::Outbound { tenant, application, direct_connect } = target {
            let way = if *direct_connect { Way::DirectConnectOut } else { Way::CollaborationOut };
            let passes = self.matcher.passes(way, subject, &Home::Tenant(tenant.clone()), Some(application));
            let why = "this tenant's outbound settings keep them in";
            gate(Stage::HomeOutbound, Some(500_212), "cross-tenant access settings", why, passes);
            if *direct_connect {
                self.matcher.judge.leanings.note("AM-25");
            }
            return gates;
        }
        if conditions.home_outbound == Some(false) {
            let why = "their own tenant's outbound settings keep them in";
            gate(Stage::HomeOutbound, Some(500_212), "the home tenant's cross-tenant access settings", why, Answer::No);
        }
        let application = match target {
            Target::Application(request) => Some(&request.application),
            _ => None,
        };
        if !subject.is_internal_account() {
            let passes = self.matcher.inbound(subject, application);
            if !passes.is_yes() && subject.is(ExternalUserType::B2bDirectConnectUser).is_yes() {
                self.matcher.judge.leanings.note("AM-25");
            }
            let why = "this tenant's inbound settings keep them out";
            gate(Stage::Inbound, Some(500_213), "cross-tenant access settings", why, passes);
        }
        if subject.to_invite {
            let why = "nobody may invite, so that an access package that they request may not be delivered";
            gate(Stage::Redemption, None, "external collaboration settings", why, self.is_invited(subject));
        }
        if !subject.pending.is_no() || subject.to_invite {
            let pending = subject.pending.clone().or(|| Answer::from(subject.to_invite));
            let passes = pending.negated().or(|| self.is_domain_welcome(subject));
            let why = "their mail domain may not be invited, so that the invitation cannot be redeemed";
            gate(Stage::Redemption, None, "list of domains", why, passes);
        }
        if let Some(application) = application
            && !subject.is(ExternalUserType::B2bDirectConnectUser).is_no()
        {
            let opens = subject.is(ExternalUserType::B2bDirectConnectUser).negated();
            let opens = opens.or(|| self.matcher.opens_by_direct_connect(application));
            let why = "direct connect opens shared channels of Teams, and no other application";
            gate(Stage::Inbound, None, "B2B direct connect", why, opens);
        }
        let defaults = self.security_defaults();
        if !defaults.is_no() {
            let legacy = match &conditions.client {
                Some(client) => Answer::from(is_legacy(client)),
                None => Answer::Unknown(Why::unspecified("the client is not specified")),
            };
            let why = "security defaults refuse legacy authentication";
            gate(Stage::SecurityDefaults, Some(530_035), "security defaults", why, defaults.and(|| legacy).negated());
        }
        if *target == Target::Unspecified {
            let why = "the application may want its users assigned";
            let open = Answer::Unknown(Why::unspecified("the application is not specified"));
            gate(Stage::Assignment, Some(50105), "assignment to the application", why, open);
        }
        if let Some(application) = application {
            let why = "the application wants its users assigned, and they are not";
            gate(
                Stage::Assignment,
                Some(50105),
                "assignment to the application",
                why,
                self.matcher.is_admitted(subject, application),
            );
            if let Some(principal) = self.matcher.service_principal(application)
                && principal.enabled != Ok(true)
            {
                let what = format!("whether application `{application}` is enabled for signing in");
                let enabled = Answer::told(&principal.enabled, |gap| unclear(Kind::ServicePrincipal, &what, gap));
                let why = "the application is disabled for signing in";
                gate(Stage::Assignment, Some(7_000_112), "service principal", why, enabled);
            }
        }
        gates
    }

    fn is_cloud_enabled(&self, subject: &Subject) -> Answer {
        if !subject.is(ExternalUserType::B2bDirectConnectUser).is_no() {
            // XT-1.20.
            return Answer::No;
        }
        match self
            .tenant()
            .cross_tenant_policy
            .only()
            .and_then(|policy| policy.allowed_clouds.as_ref().map_err(Clone::clone))
        {
            Ok(clouds) => Answer::from(!clouds.is_empty()),
            Err(_) => Answer::Unknown(Why::missing(
                Kind::CrossTenantPolicy,
                "which Microsoft clouds are enabled was not exported",
            )),
        }
    }

    /// Whether their tenant is a partner (XT-1.19).
    fn is_partner(&self, subject: &Subject) -> Answer {
        self.matcher.over_homes(subject, &|home| match home {
            Home::Tenant(id) => match self.tenant().cross_tenant_partners.find(id) {
                Ok(found) => Answer::from(found.is_some()),
                Err(_) => {
                    Answer::Unknown(Why::missing(Kind::CrossTenantPartner, "partners were not exported completely"))
                }
            },
            Home::UnseenPartner => Answer::Yes,
            _ => Answer::No,
        })
    }

    /// Whether somebody is invited whose access package is delivered (XT-4.10, XT-4.11). Members of a multitenant
    /// organization are synchronized, not invited.
    fn is_invited(&self, subject: &Subject) -> Answer {
        // Taken as given where it was not exported (W-4.20).
        let Ok(policy) = self.tenant().authorization_policy.only() else { return Answer::Yes };
        if subject.is(ExternalUserType::B2bCollaborationMember).is_yes() {
            return Answer::Yes;
        }
        let from = match &policy.invites_from {
            Ok(from) => from,
            Err(gap) => return Answer::Unknown(unclear(Kind::AuthorizationPolicy, "who may invite", gap)),
        };
        match from {
            InvitesFrom::None => self.matcher.judge.ask(&INVITE_NONE_STOPS_ENTITLEMENT).negated(),
            InvitesFrom::Undocumented(word) => {
                Answer::Unknown(Why::unreadable(format!("`{word}` of `allowInvitesFrom` is not documented")))
            }
            _ => Answer::Yes,
        }
    }

    /// Whether the list of domains would refuse somebody who is yet to be invited, for sure.
    #[must_use]
    pub fn refuses_domain(&self, subject: &Subject) -> bool {
        self.is_domain_welcome(subject).is_no()
    }

    /// Whether the list of domains lets their invitation be redeemed (XT-4.16, XT-4.21).
    fn is_domain_welcome(&self, subject: &Subject) -> Answer {
        let Ok(list) = self.tenant().domain_list.only() else {
            if self.tenant().domain_list.coverage.exported {
                return Answer::Yes;
            }
            return Answer::Unknown(Why::missing(
                Kind::DomainList,
                "the list of domains that may be invited was not exported",
            ));
        };
        let (Ok(allowed), Ok(blocked)) = (&list.allowed, &list.blocked) else {
            return Answer::Unknown(Why::unreadable("the list of domains that may be invited could not be read"));
        };
        if allowed.is_empty() && blocked.is_empty() {
            return Answer::Yes;
        }
        let Some(domain) = &subject.domain else {
            return Answer::Unknown(Why::unspecified(format!("the mail domain of `{}` is not known", subject.name)));
        };
        let ask = |ambiguity| self.matcher.judge.ask(ambiguity);
        let above = |known: &String| {
            let (domain, known) = (domain.to_ascii_lowercase(), known.to_ascii_lowercase());
            domain.strip_suffix(&known).is_some_and(|rest| rest.ends_with('.'))
        };
        let on = |list: &[String]| {
            if list.iter().any(|known| known.eq_ignore_ascii_case(domain)) {
                Answer::Yes
            } else if list.iter().any(above) {
                ask(&DOMAIN_MATCH)
            } else {
                Answer::No
            }
        };
        on(blocked).negated().and(|| {
            if allowed.is_empty() {
                return Answer::Yes;
            }
            on(allowed).or(|| ask(&ALLOW_LIST_UNLISTED_DOMAIN).negated())
        })
    }

    /// Whether security defaults are on: never beside an enabled policy (SI-1.9).
    fn security_defaults(&self) -> Answer {
        let tenant = self.tenant();
        match tenant.security_defaults.only().and_then(|defaults| defaults.enabled.as_ref().map_err(Clone::clone)) {
            Ok(on) => Answer::from(*on),
            Err(_) if tenant.conditional_access.items.iter().any(|policy| policy.state == Ok(PolicyState::Enabled)) => {
                Answer::No
            }
            Err(_) => Answer::Unknown(Why::missing(
                Kind::SecurityDefaults,
                "whether security defaults are on was not exported",
            )),
        }
    }

    /// What Entra demands beside policies.
    pub(super) fn demands(&self, person: &Person<'_>) -> Vec<(&'static str, Outcome)> {
        let mut demands = Vec::new();
        if matches!(person.target, Target::Outbound { .. }) {
            return demands;
        }
        // SI-1.28.
        let redemption = || person.attended(Outcome::Step(Step::RedeemInvitation));
        match &person.subject.pending {
            Answer::No => {}
            Answer::Yes => demands.push(("redemption", redemption())),
            Answer::Unknown(why) => demands.push(("redemption", Outcome::maybe(redemption(), why.clone()))),
        }
        let modern = person.conditions.client.as_ref().is_none_or(|client| !is_legacy(client));
        let defaults = self.security_defaults();
        if modern && !defaults.is_no() {
            let mfa = person.mfa(&self.matcher, false);
            match defaults.and(|| self.matcher.judge.ask(&SECURITY_DEFAULTS_MFA)) {
                Answer::Yes => demands.push(("securityDefaults", mfa)),
                Answer::No => {}
                Answer::Unknown(why) => demands.push(("securityDefaults", Outcome::maybe(mfa, why))),
            }
        }
        // CA-1.18, CA-1.19.
        if let Target::Application(request) = person.target
            && MANDATORY_MFA.contains(&request.application.as_str())
        {
            demands.push(("mandatoryMfa", person.mfa(&self.matcher, false)));
        }
        demands
    }

    /// One policy, condition by condition.
    fn policy(&self, policy: &ConditionalAccessPolicy, person: &Person<'_>, reach: &Answer) -> PolicyTrace {
        let enforcement = self.enforcement(policy);
        let all = self.conditions(policy, person, reach);
        let applies = Answer::all(all.iter().map(|(_, answer)| answer.clone()));
        let mut reasons: Vec<(Reason, Answer)> = all
            .into_iter()
            .filter(|(_, answer)| if applies.is_no() { answer.is_no() } else { !answer.is_yes() })
            .collect();
        if enforcement == Enforcement::Off {
            reasons.push((Reason::PolicyNotEnabled, Answer::No));
        }
        reasons.sort_by_key(|(reason, _)| *reason);
        let (operator, controls) = if applies.is_no() || enforcement == Enforcement::Off {
            (GrantOperator::And, Vec::new())
        } else {
            self.controls(policy, person)
        };
        let dependency = policy
            .applications
            .as_ref()
            .ok()
            .filter(|_| applies.is_yes())
            .and_then(|applications| self.matcher.dependency(applications, person.target));
        let report_only = (enforcement == Enforcement::ReportOnly).then(|| {
            // CA-1.25.
            let by_action = policy.applications.as_ref().is_ok_and(|found| !found.include_user_actions.is_empty());
            if by_action { ReportOnlyResult::NotApplied } else { report_only(&applies, operator, &controls) }
        });
        PolicyTrace {
            id: policy.id.clone(),
            name: policy.display_name.as_ref().map_or_else(|_| policy.id.to_string(), Clone::clone),
            enforcement,
            applies,
            reasons,
            operator,
            controls,
            dependency,
            report_only,
        }
    }

    /// What comes of the controls of a policy for somebody whom it applies to.
    pub(super) fn controls(
        &self,
        policy: &ConditionalAccessPolicy,
        person: &Person<'_>,
    ) -> (GrantOperator, Vec<(String, Outcome)>) {
        match &policy.grant {
            Ok(None) => (GrantOperator::And, Vec::new()),
            Ok(Some(grant)) => (grant.operator, person.grant(&self.matcher, policy, grant)),
            Err(_) => {
                let why = Why::unreadable(format!("the grant controls of policy `{}` could not be read", policy.id));
                (GrantOperator::And, vec![("grantControls".to_owned(), Outcome::may_refuse(why))])
            }
        }
    }

    /// Whether a policy is enforced (CA-1.20 to CA-1.23).
    pub(super) fn enforcement(&self, policy: &ConditionalAccessPolicy) -> Enforcement {
        match &policy.state {
            Ok(PolicyState::Enabled) => Enforcement::Enforced,
            Ok(PolicyState::ReportOnly) => Enforcement::ReportOnly,
            Ok(PolicyState::Disabled) => Enforcement::Off,
            Ok(PolicyState::Undocumented(_)) | Err(Gap::NotUnderstood) => {
                match self.matcher.judge.ask(&UNKNOWN_POLICY_STATE) {
                    Answer::Yes => Enforcement::Enforced,
                    Answer::No => Enforcement::Off,
                    Answer::Unknown(why) => Enforcement::Unknown(why),
                }
            }
            Err(Gap::Contradicted) => {
                let why = format!("the export tells two different states of policy `{}`", policy.id);
                Enforcement::Unknown(Why::unreadable(why))
            }
            Err(_) => {
                let why = format!("the state of policy `{}` was not exported", policy.id);
                Enforcement::Unknown(Why::missing(Kind::ConditionalAccessPolicy, why))
            }
        }
    }

    /// Every condition of a policy, held against a sign-in.
    pub(super) fn conditions(
        &self,
        policy: &ConditionalAccessPolicy,
        person: &Person<'_>,
        reach: &Answer,
    ) -> Vec<(Reason, Answer)> {
        let matcher = &self.matcher;
        let conditions = person.conditions;
        if !matches!(policy.workloads, Ok(None)) {
            // CA-12.5: never about people. Where it could not be read, it may be about either.
            let answer = told(policy, &policy.workloads, "workload identities").err().unwrap_or(Answer::No);
            return vec![(Reason::WorkloadIdentities, answer)];
        }
        let mut all = Vec::new();
        match is_empty(policy) {
            Answer::No => {}
            answer => all.push((Reason::EmptyPolicy, answer.negated())),
        }
        if !all.iter().any(|(_, answer)| answer.is_no()) {
            all.push((Reason::Users, self.about(policy, person.subject, conditions.client.as_ref(), reach)));
        }
        all.push(match told(policy, &policy.applications, "applications") {
            Ok(applications) => matcher.target(applications, person.target),
            Err(unknown) => (Reason::Application, unknown),
        });
        let mut add =
            |reason, answer: Result<Answer, Answer>| all.push((reason, answer.unwrap_or_else(|unknown| unknown)));
        add(
            Reason::ClientApps,
            told(policy, &policy.client_apps, "client app types")
                .map(|clients| Matcher::client(clients, conditions.client.as_ref())),
        );
        add(
            Reason::DevicePlatform,
            told(policy, &policy.platforms, "platforms")
                .map(|platforms| Matcher::platform(platforms.as_ref(), conditions.platform.as_ref())),
        );
        add(
            Reason::Location,
            told(policy, &policy.locations, "locations")
                .map(|locations| matcher.location(locations.as_ref(), &conditions.from)),
        );
        add(
            Reason::Devices,
            told(policy, &policy.device_filter, "device filter").map(|filter| {
                if filter.is_none() {
                    return Answer::Yes;
                }
                let visible = person.device_is_visible(matcher);
                Matcher::device(filter.as_ref(), conditions.device.as_ref(), &visible)
            }),
        );
        add(
            Reason::SignInRisk,
            told(policy, &policy.sign_in_risk, "sign-in risk levels")
                .map(|levels| Matcher::risk(levels, conditions.sign_in_risk.as_ref(), "sign-in risk")),
        );
        add(
            Reason::UserRisk,
            told(policy, &policy.user_risk, "user risk levels")
                .map(|levels| Matcher::risk(levels, user_risk(person.subject, conditions), "user risk")),
        );
        add(
            Reason::InsiderRisk,
            told(policy, &policy.insider_risk, "insider risk levels")
                .map(|levels| Matcher::insider_risk(levels, conditions)),
        );
        add(
            Reason::AuthenticationFlow,
            told(policy, &policy.flows, "authentication flows").map(|flows| Matcher::flow(flows, conditions)),
        );
        add(
            Reason::InvalidCondition,
            told(policy, &policy.other_conditions, "conditions").map(|others| match others.first() {
                None => Answer::Yes,
                Some(name) => Answer::Unknown(Why::unreadable(format!("the condition `{name}` is not understood"))),
            }),
        );
        all
    }

    /// Whether a policy is about somebody, on a kind of client.
    pub(super) fn about(
        &self,
        policy: &ConditionalAccessPolicy,
        subject: &Subject,
        client: Option<&ClientApp>,
        reach: &Answer,
    ) -> Answer {
        let eas =
            client.is_some_and(is_eas) && policy.client_apps.as_ref().is_ok_and(|clients| clients.iter().any(is_eas));
        told(policy, &policy.users, "users")
            .map_or_else(|unknown| unknown, |users| self.matcher.users(users, subject, reach, eas))
    }

    /// Somebody in very many groups may be blocked (CA-2.8).
    pub(super) fn many_groups(&self, subject: &Subject) -> Option<Item> {
        let own = match &subject.object {
            DirectoryObject::User(id) => self.tenant().groups_of(id).map_or(0, BTreeSet::len),
            _ => 0,
        };
        let enforced = |policy: &ConditionalAccessPolicy| self.enforcement(policy) == Enforcement::Enforced;
        if subject.group_count.unwrap_or(own) <= MOST_GROUPS
            || !self.tenant().conditional_access.items.iter().any(enforced)
        {
            return None;
        }
        let why = "somebody in more than 2,048 groups may be blocked, whatever policies say of groups";
        let by = By::Setting("Conditional Access");
        let refusal = Refusal { stage: Stage::ConditionalAccessBlock, code: Some(53003), by, why: why.to_owned() };
        let doubt = Doubt { topic: "groups".to_owned(), policy: None, why: Why::unspecified(why) };
        Some(Item { best: None, worst: Some(Err(vec![refusal])), doubts: vec![doubt] })
    }

    /// Policies that the export does not hold may refuse anybody.
    pub(super) fn unseen_policies(&self) -> Option<Item> {
        let kind = Kind::ConditionalAccessPolicy;
        let coverage = self.tenant().coverage(kind);
        if coverage.is_complete() {
            return None;
        }
        let text = if coverage.exported {
            "the list of Conditional Access policies is not complete"
        } else {
            "Conditional Access policies were not exported"
        };
        let refusal = Refusal {
            stage: Stage::ConditionalAccessBlock,
            code: Some(53003),
            by: By::Setting("a policy that was not exported"),
            why: text.to_owned(),
        };
        let doubt = Doubt { topic: "policies".to_owned(), policy: None, why: Why::missing(kind, text) };
        Some(Item { best: None, worst: Some(Err(vec![refusal])), doubts: vec![doubt] })
    }
}

/// Whether it is authentication in this tenant.
fn is_here(step: &Step) -> bool {
    matches!(step, Step::Authenticate(Place::Here, _))
}

/// Groups, nested ones counted, beyond which somebody may be blocked (CA-2.8).
const MOST_GROUPS: usize = 2048;

/// Microsoft Teams and SharePoint Online, where shared channels live (CA-2.27).
fn opens_channels(application: &Id) -> bool {
    [TEAMS, SHAREPOINT].contains(&application.as_str())
}

pub(super) fn is_legacy(client: &ClientApp) -> bool {
    is_eas(client) || *client == ClientApp::Other
}

fn is_eas(client: &ClientApp) -> bool {
    matches!(client, ClientApp::ExchangeActiveSync | ClientApp::EasSupported)
}

/// The user risk: that of the home tenant, so none without one (XU-4.4).
pub(super) fn user_risk<'c>(subject: &Subject, conditions: &'c Conditions) -> Option<&'c RiskLevel> {
    let nowhere = subject.may_be_internal().is_no() && subject.home == Home::NoTenant;
    conditions.user_risk.as_ref().or(nowhere.then_some(&RiskLevel::None))
}

/// Whether a policy lacks users, a target or controls, and so enforces nothing (CA-1.12).
pub(super) fn is_empty(policy: &ConditionalAccessPolicy) -> Answer {
    let nobody = policy.users.as_ref().map(|users| {
        let none = users.include_users.iter().all(|user| user.is(&crate::model::Keyword::None));
        none && users.include_groups.is_empty() && users.include_roles.is_empty() && users.include_guests.is_none()
    });
    let nothing = policy.applications.as_ref().map(|applications| {
        !applications.is_about_applications()
            && applications.include_user_actions.is_empty()
            && applications.include_authentication_contexts.is_empty()
    });
    let no_control = match (&policy.grant, &policy.session) {
        (Ok(grant), Ok(session)) => {
            grant.is_none() && session.as_ref().is_none_or(|session| *session == Session::default())
        }
        _ => false,
    };
    Answer::from(nobody == Ok(true) || nothing == Ok(true) || no_control)
}

fn report_only(applies: &Answer, operator: GrantOperator, controls: &[(String, Outcome)]) -> ReportOnlyResult {
    match applies {
        Answer::No => return ReportOnlyResult::NotApplied,
        Answer::Unknown(_) => return ReportOnlyResult::Unknown,
        Answer::Yes => {}
    }
    let nobody = Id::new("");
    let result = |fold| match need(&nobody, operator, controls, fold) {
        Err(_) => ReportOnlyResult::Failure,
        Ok(alternatives) if alternatives.iter().any(BTreeSet::is_empty) => ReportOnlyResult::Success,
        Ok(alternatives) => {
            let prompted = |step: &Step| !matches!(step.stage(), Stage::Device | Stage::AppControl);
            let asked = alternatives.iter().any(|steps| steps.iter().all(prompted));
            if asked { ReportOnlyResult::UserActionRequired } else { ReportOnlyResult::Failure }
        }
    };
    let (best, worst) = (result(Fold::Best), result(Fold::Worst));
    if best == worst { best } else { ReportOnlyResult::Unknown }
}

impl Outcome {
    /// What may have to be met.
    fn maybe(outcome: Self, why: Why) -> Self {
        if outcome == Self::Satisfied {
            return outcome;
        }
        Self::Unknown(Box::new(Self::Satisfied), Box::new(outcome), super::controls::UnknownWhy(why))
    }

    fn may_refuse(why: Why) -> Self {
        let way = super::controls::NoWay {
            stage: Stage::ConditionalAccessBlock,
            code: Some(53003),
            why: "what it asks for is not known",
        };
        Self::maybe(Self::Impossible(way), why)
    }

    fn doubts<'o>(&'o self, found: &mut Vec<&'o Why>) {
        if let Self::Unknown(best, worst, why) = self {
            found.push(&why.0);
            best.doubts(found);
            worst.doubts(found);
        }
    }
}

pub(super) fn of_gate(gate: &GateTrace) -> Item {
    let refused = || Some(Err(vec![gate.refusal.clone()]));
    let (best, worst) = match &gate.passes {
        Answer::Yes => (None, None),
        Answer::No => (refused(), refused()),
        Answer::Unknown(_) => (None, refused()),
    };
    let doubts = match &gate.passes {
        Answer::Unknown(why) => vec![Doubt { topic: gate.stage.as_str().to_owned(), policy: None, why: why.clone() }],
        _ => Vec::new(),
    };
    Item { best, worst, doubts }
}

pub(super) fn of_demand(name: &'static str, outcome: &Outcome) -> Item {
    let side = |fold| match outcome.fold(fold) {
        Outcome::Satisfied | Outcome::Unknown(..) => None,
        Outcome::Step(step) => Some(Ok(vec![BTreeSet::from([step.clone()])])),
        Outcome::Impossible(way) => Some(Err(vec![Refusal {
            stage: way.stage,
            code: way.code,
            by: By::Setting(name),
            why: way.why.to_owned(),
        }])),
    };
    let mut whys = Vec::new();
    outcome.doubts(&mut whys);
    let doubts = whys.into_iter().map(|why| Doubt { topic: name.to_owned(), policy: None, why: why.clone() });
    Item { best: side(Fold::Best), worst: side(Fold::Worst), doubts: doubts.collect() }
}

fn of_policy(trace: &PolicyTrace) -> Item {
    let (enforced, state_doubt) = match &trace.enforcement {
        Enforcement::Enforced => (Answer::Yes, None),
        Enforcement::Unknown(why) => (Answer::Unknown(why.clone()), Some(why)),
        Enforcement::ReportOnly | Enforcement::Off => (Answer::No, None),
    };
    let applies = enforced.and(|| trace.applies.clone());
    if applies.is_no() {
        return Item { best: None, worst: None, doubts: Vec::new() };
    }
    let needed = |fold| Some(need(&trace.id, trace.operator, &trace.controls, fold));
    let best = if applies.is_yes() { needed(Fold::Best) } else { None };
    let doubt =
        |topic: &str, why: &Why| Doubt { topic: topic.to_owned(), policy: Some(trace.id.clone()), why: why.clone() };
    let mut doubts: Vec<Doubt> = state_doubt.map(|why| doubt("policyNotEnabled", why)).into_iter().collect();
    for (reason, answer) in &trace.reasons {
        if let Answer::Unknown(why) = answer {
            doubts.push(doubt(reason.as_str(), why));
        }
    }
    for (control, outcome) in &trace.controls {
        let mut whys = Vec::new();
        outcome.doubts(&mut whys);
        doubts.extend(whys.into_iter().map(|why| doubt(control, why)));
    }
    Item { best, worst: needed(Fold::Worst), doubts }
}

fn verdict_of<'i>(sides: impl Iterator<Item = &'i Side>) -> Verdict {
    let mut refusals: Vec<Refusal> = Vec::new();
    let mut needs: Vec<&Alternatives> = Vec::new();
    for side in sides.flatten() {
        match side {
            Ok(need) => needs.push(need),
            Err(found) => refusals.extend(found.iter().cloned()),
        }
    }
    if !refusals.is_empty() {
        refusals.sort_by_key(Refusal::order);
        return Verdict::Block(refusals);
    }
    let steps = least_steps(needs);
    if steps.is_empty() { Verdict::Allow } else { Verdict::AllowAfter(steps) }
}

fn verdict(items: &[Item], fold: Fold) -> Verdict {
    verdict_of(items.iter().map(|item| if fold == Fold::Best { &item.best } else { &item.worst }))
}

/// One verdict of the two sides, or the doubts on which it depends.
fn together(items: &[Item], best: &Verdict, worst: &Verdict) -> Verdict {
    if matches!(best, Verdict::Block(_)) || best == worst {
        return best.clone();
    }
    let uncertain: Vec<usize> =
        items.iter().enumerate().filter(|(_, item)| !item.certain()).map(|(at, _)| at).collect();
    let mut doubts: BTreeSet<Doubt> = BTreeSet::new();
    for at in &uncertain {
        let flipped = |base: Fold| {
            verdict_of(items.iter().enumerate().map(|(index, item)| {
                let best_side = (base == Fold::Best) != (index == *at);
                if best_side { &item.best } else { &item.worst }
            }))
        };
        let matters = flipped(Fold::Best) != *best || flipped(Fold::Worst) != *worst;
        if matters && let Some(item) = items.get(*at) {
            doubts.extend(item.doubts.iter().cloned());
        }
    }
    if doubts.is_empty() {
        // Only together do they matter.
        doubts.extend(uncertain.iter().filter_map(|at| items.get(*at)).flat_map(|item| item.doubts.iter().cloned()));
    }
    Verdict::Unknown(doubts.into_iter().collect())
}

fn taken_as_given(subject: &Subject, target: &Target, conditions: &Conditions) -> Vec<&'static str> {
    let mut given = vec!["the first factor succeeds"];
    if let Target::Outbound { .. } = target {
        given.push("the other tenant lets them in");
        return given;
    }
    if !conditions.tenant_restricted {
        given.push("no tenant restrictions on the client's device or network");
    }
    if !subject.is_internal_account() && subject.home != Home::NoTenant && conditions.home_outbound.is_none() {
        given.push("the home tenant's outbound settings let them out");
    }
    if !conditions.from.mfa_trusted {
        given.push("the address is not one of the MFA trusted IPs");
    }
    given.push("the application has the consent that it needs");
    given
}

/// What a session control may refuse, beyond what is decided here (CA-11.9 to CA-11.14).
fn may_refuse(session: &Session, scenario: &Scenario) -> Option<String> {
    let Scenario { subject, conditions, .. } = scenario;
    // Direct connect does not support them (XU-4.7).
    if subject.is(ExternalUserType::B2bDirectConnectUser).is_yes() {
        return None;
    }
    let mut found = Vec::new();
    if session.secure_sign_in_session && conditions.client.as_ref().is_none_or(|client| *client != ClientApp::Browser) {
        found.push("token protection refuses native apps on devices that are registered nowhere (CA-11.12)");
    }
    let strict = |mode: &String| mode.eq_ignore_ascii_case("strictLocation");
    // Guests are outside of continuous access evaluation (CA-1.16).
    if session.continuous_access_evaluation.as_ref().is_some_and(strict) && !subject.may_be_internal().is_no() {
        found
            .push("strict location refuses addresses that the resource sees outside of what policies allow (CA-11.13)");
    }
    if session.cloud_app_security.is_some() {
        found.push("Defender for Cloud Apps has policies of its own (CA-11.14)");
    }
    if session.sign_in_frequency_hours == Some(0) && conditions.unattended {
        found.push("signing in every time needs somebody to do so (CA-11.3)");
    }
    (!found.is_empty()).then(|| found.join("; "))
}

fn notes(target: &Target, subject: &Subject, verdict: &Verdict) -> Vec<String> {
    let mut notes = Vec::new();
    if let Target::Application(request) = target
        && MANDATORY_MFA_FOR_WRITES.contains(&request.application.as_str())
    {
        notes.push("writing through it needs multifactor authentication, whatever policies say (CA-1.18)".to_owned());
    }
    if subject.kinds.len() > 1 {
        let kinds: Vec<&str> =
            subject.kinds.iter().map(|kind| kind.map_or("internal member", ExternalUserType::as_str)).collect();
        // A verdict that is known is that of every kind; one that is not may be unknown because the kinds differ.
        let for_each = if matches!(verdict, Verdict::Unknown(_)) { "" } else { "; the verdict holds for each" };
        notes.push(format!("they may be {}{for_each}", kinds.join(" or ")));
    }
    notes
}

/// Why something is not known that an object of the export should tell.
fn unclear(kind: Kind, what: &str, gap: &Gap) -> Why {
    match gap {
        Gap::NotExported => Why::missing(kind, format!("{what} was not exported")),
        Gap::Lost => Why::missing(kind, format!("{what} was cut away when the file was written")),
        Gap::NotUnderstood => Why::unreadable(format!("{what} could not be read")),
        Gap::Contradicted => Why::unreadable(format!("{what} is told in two ways")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of the demand to redeem an invitation, at best and at worst.
    fn invited(pending: Answer, unattended: bool) -> [Verdict; 2] {
        let tenant = Tenant::default();
        let engine = Engine::new(&tenant, Readings::default());
        let mut subject = Subject::of_kind(ExternalUserType::B2bCollaborationGuest);
        subject.pending = pending;
        let target = Target::Unspecified;
        let conditions = Conditions { unattended, ..Conditions::default() };
        let person = Person::of(&engine.matcher, &subject, &target, &conditions);
        let demands = engine.demands(&person);
        let redemption = demands.iter().filter(|(name, _)| *name == "redemption");
        let items: Vec<Item> = redemption.map(|(name, outcome)| of_demand(name, outcome)).collect();
        [verdict(&items, Fold::Best), verdict(&items, Fold::Worst)]
    }

    /// SI-1.28.
    #[test]
    fn nobody_redeems_an_invitation_where_nobody_sits_before_it() {
        let unknown = || Answer::Unknown(Why::unspecified("`externalUserState` was not exported"));
        let redeem = || Verdict::AllowAfter(BTreeSet::from([Step::RedeemInvitation]));
        assert_eq!(invited(Answer::Yes, false), [redeem(), redeem()]);
        assert_eq!(invited(unknown(), false), [Verdict::Allow, redeem()]);
        for (pending, certain) in [(Answer::Yes, true), (unknown(), false)] {
            let [coverage, reachability] = invited(pending, true);
            let Verdict::Block(refusals) = &reachability else { panic!("{reachability:?}") };
            let codes: Vec<_> = refusals.iter().map(|refusal| (refusal.stage, refusal.code)).collect();
            assert_eq!(codes, [(Stage::Redemption, Some(50014))]);
            assert_eq!(coverage, if certain { reachability } else { Verdict::Allow });
        }
        assert_eq!(invited(Answer::No, true), [Verdict::Allow, Verdict::Allow]);
    }

    #[test]
    fn a_verdict_that_is_not_known_holds_for_no_kind() {
        let mut subject = Subject::of_kind(ExternalUserType::B2bCollaborationGuest);
        subject.kinds.push(None);
        let notes_of = |verdict| notes(&Target::Unspecified, &subject, &verdict);
        let kinds = "they may be b2bCollaborationGuest or internal member";
        assert_eq!(notes_of(Verdict::Allow), [format!("{kinds}; the verdict holds for each")]);
        assert_eq!(notes_of(Verdict::Unknown(Vec::new())), [kinds]);
    }
}
