//! A tenant compiled to Cedar has to come to the decisions that the engine comes to: random tenants and random sign-ins,
//! held against Cedar's own authorizer.
//!
//! What is not known is a boolean of the context there. Attributes that are left out make exactly those policies fail that
//! need them, so that every way in which what is not known may turn out can be gone through, one question at a time.
//!
//! `GUESTLIST_DRAWS=10000x100` draws that many tenants with that many sign-ins each; `GUESTLIST_SEED=7` draws the tenant of
//! that seed only; `GUESTLIST_COUNT=1` goes on after a difference and tells them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use crate::draw::Draw;
use cedar_policy::pst::{ActionConstraint, Clause, PrincipalConstraint, ResourceConstraint, StaticPolicy, Template};
use cedar_policy::{Authorizer, Decision, Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use guestlist::access::sign_in::{
    AMBIGUITIES, Demand, Device, DirectoryObject, Enforcement, Engine, Explanation, Flow, Provider, Reading, Readings,
    ReportOnlyResult, Request, Scenario, SeenPlatform, Step, Subject, Target, Verdict,
};
use guestlist::access::{Answer, Home, Organizations, Packages, Way};
use guestlist::compile::{
    ANY_OTHER_APPLICATION, ANY_OTHER_TENANT, Compiled, Datum, Entity, HAS_MFA_TRUSTED_IPS, Mentions, Settled, SignIn,
    Unknown, Value, compile, schema,
};
use guestlist::model::{Address, Country, ExternalUserType, Id, Place, Tenant};

/// How many tenants, and how many sign-ins to each.
fn draws() -> (u64, u64) {
    let Ok(text) = std::env::var("GUESTLIST_DRAWS") else { return (60, 15) };
    let (tenants, sign_ins) = text.split_once(['x', '×']).expect("GUESTLIST_DRAWS is tenants x sign-ins");
    (tenants.trim().parse().unwrap(), sign_ins.trim().parse().unwrap())
}

/// Tenants of which the two told something different once, in runs of thousands.
const ONCE_DIFFERENT: [u64; 4] = [471, 507, 588, 9783];

fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("GUESTLIST_SEED") {
        return vec![seed.parse().unwrap()];
    }
    let drawn = draws().0;
    (0..drawn).chain(ONCE_DIFFERENT.into_iter().filter(|seed| *seed >= drawn)).collect()
}

/// A sign-in of the sort that a compiled tenant tells: see what its `not_expressed` says of all tenants.
fn expressible(mut scenario: Scenario) -> Scenario {
    let conditions = &mut scenario.conditions;
    conditions.tenant_restricted = false;
    conditions.home_outbound = Some(true);
    let subject = &mut scenario.subject;
    subject.other_cloud = false;
    subject.registered_at_home = None;
    subject.registered_here.get_or_insert_default();
    subject.group_count = None;
    // A guest who is not in the export is yet to come.
    let guest = |kind: &Option<ExternalUserType>| {
        matches!(kind, Some(ExternalUserType::B2bCollaborationGuest | ExternalUserType::OtherExternalUser))
    };
    let is_guest = subject.kinds.iter().all(guest);
    if subject.object == DirectoryObject::Missing {
        subject.object = DirectoryObject::Invited;
    }
    subject.to_invite = false;
    if is_guest && subject.object == DirectoryObject::Invited {
        subject.to_invite = true;
        subject.domain.get_or_insert_with(|| "any-other-domain".to_owned());
    }
    scenario.target = match scenario.target {
        Target::Application(mut request) => {
            // A public client that asks for baseline scopes only asks the directory (CA-3.23).
            if asks_for_baseline_scopes(&request) {
                request.application = Id::new(DIRECTORY);
            } else {
                request.scopes = Vec::new();
            }
            Target::Application(request)
        }
        Target::Outbound { application, .. } => Target::Application(Request::plain(application)),
        // One by itself is nobody's request.
        Target::AuthenticationContext(context) => {
            let mut request = Request::plain(Id::new(&crate::draw::own_application(0)));
            request.authentication_context = Some(context);
            Target::Application(request)
        }
        other => other,
    };
    scenario
}

const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";

/// Whether it surely is a public client's request for baseline scopes only (CA-3.23).
fn asks_for_baseline_scopes(request: &Request) -> bool {
    let known = ["openid", "profile", "email", "offline_access", "User.Read", "People.Read"];
    request.public_client && !request.scopes.is_empty() && request.scopes.iter().all(|scope| known.contains(&&**scope))
}

/// What is named by sign-ins and by nothing else is told apart in every other tenant. Of partners that are not all
/// exported a home that is not told apart could be one.
fn mentions(seed: u64, tenant: &Tenant) -> Mentions {
    let mut mentions = Mentions { compared: true, ..Mentions::default() };
    let named = ["mail.example", "blocked.example", "gmail.example", "saml.example", "t10.example"].map(str::to_owned);
    mentions.domains = (0..10).map(crate::draw::domain_of).chain(named).collect();
    let odd = seed % 2 == 1;
    if odd || !tenant.cross_tenant_partners.coverage.is_complete() {
        mentions.tenants.extend((0..10).map(|number| Id::new(&crate::draw::foreign(number))));
    }
    if odd {
        mentions.applications.extend(crate::draw::applications().iter().map(|id| Id::new(id)));
        mentions.applications.insert(Id::new(&crate::draw::own_application(99)));
    }
    mentions
}

fn settled(readings: &Readings) -> Settled {
    let settled = AMBIGUITIES.iter().filter_map(|ambiguity| match readings.of(ambiguity) {
        Reading::First => Some((ambiguity.id, true)),
        Reading::Second => Some((ambiguity.id, false)),
        Reading::Open => None,
    });
    settled.collect()
}

/// How many comparisons there were, by what came of them.
#[derive(Debug, Default)]
struct Counts {
    /// Verdicts of the engine.
    verdicts: BTreeMap<&'static str, usize>,
    /// Of those that it does not know: what comes of them in Cedar.
    unknown: BTreeMap<String, usize>,
    /// Policies that apply, or do not.
    applies: BTreeMap<&'static str, usize>,
    report_only: BTreeMap<&'static str, usize>,
    /// Packages that somebody holds or may request.
    packages: BTreeMap<&'static str, usize>,
    /// Verdicts that ask for another device.
    other_device: usize,
    /// Requests that Cedar answered, and questions of which not all ways were gone through.
    evaluated: usize,
    cut_short: usize,
    warnings: BTreeMap<String, usize>,
}

/// A tenant both ways.
struct Both<'t> {
    tenant: &'t Tenant,
    engine: Engine<'t>,
    compiled: Compiled,
    /// What is not known: taken out of the compiled tenant, which is given only what is assumed.
    unknowns: BTreeMap<String, Unknown>,
    schema: Schema,
    policies: Rc<PolicySet>,
    applies: Rc<PolicySet>,
    report_only: Rc<PolicySet>,
    authorizer: Authorizer,
    counts: Counts,
}

/// What may come of something: by whether it is let in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Outcomes {
    allowed: bool,
    refused: bool,
}

impl Outcomes {
    fn always_allowed(self) -> bool {
        self.allowed && !self.refused
    }

    fn always_refused(self) -> bool {
        self.refused && !self.allowed
    }
}

/// What a scenario says of what no export tells: whoever comes from one of the MFA trusted IPs says that there are some.
fn said(sign_in: &SignIn) -> BTreeMap<String, bool> {
    let comes = sign_in.context.get("mfaTrustedIp") == Some(&Datum::Flag(true));
    comes.then(|| (HAS_MFA_TRUSTED_IPS.to_owned(), true)).into_iter().collect()
}

/// Ways in which what is not known may turn out that are gone through for one question.
const MOST: usize = 400;

type Context = BTreeMap<String, Datum>;

impl<'t> Both<'t> {
    fn of(seed: u64, tenant: &'t Tenant, readings: &Readings) -> Result<Self, String> {
        let mut compiled = compile(tenant, &settled(readings), &mentions(seed, tenant)).map_err(|fault| fault.0)?;
        let (schema, _) = schema(&compiled).map_err(|fault| fault.0)?;
        let policies = Rc::new(compiled.policies().map_err(|fault| fault.0)?);
        let applies = Rc::new(compiled.applies().map_err(|fault| fault.0)?);
        let report_only = Rc::new(compiled.report_only_policies().map_err(|fault| fault.0)?);
        let unknowns = std::mem::take(&mut compiled.unknowns);
        let mut both = Self {
            tenant,
            engine: Engine::new(tenant, readings.clone()),
            compiled,
            unknowns,
            schema,
            policies,
            applies,
            report_only,
            authorizer: Authorizer::new(),
            counts: Counts::default(),
        };
        both.validate()?;
        Ok(both)
    }

    /// Every policy keeps to the schema, and so do all entities.
    fn validate(&mut self) -> Result<(), String> {
        let validator = Validator::new(self.schema.clone());
        for (what, set) in
            [("policies", &self.policies), ("applies", &self.applies), ("report-only", &self.report_only)]
        {
            let result = validator.validate(set, ValidationMode::Strict);
            let errors: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
            if !errors.is_empty() {
                return Err(format!("{what} do not keep to the schema: {}", errors.join("\n")));
            }
            for warning in result.validation_warnings() {
                let text = warning.to_string();
                let kind = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest).to_owned();
                *self.counts.warnings.entry(kind).or_default() += 1;
            }
        }
        self.compiled.all_entities(Some(&self.schema)).map_err(|fault| fault.0)?;
        Ok(())
    }

    // Sign-ins.

    fn sign_in(&self, scenario: &Scenario) -> Result<SignIn, String> {
        let (resource, asked) = match &scenario.target {
            Target::Application(request) => {
                let known = self.compiled.entity("Application", request.application.as_str()).is_some();
                let id = if known { request.application.as_str() } else { ANY_OTHER_APPLICATION };
                (("Application", id.to_owned()), request.authentication_context.as_deref())
            }
            Target::UserAction(action) => (("UserAction", action.urn().to_owned()), None),
            other => return Err(format!("not expressible: {other:?}")),
        };
        let mut context = self.context(scenario);
        let baseline = matches!(&scenario.target, Target::Application(request) if !request.scopes.is_empty());
        context.insert("baselineScopes".to_owned(), Datum::Flag(baseline));
        context.insert("authenticationContext".to_owned(), text(&asked.unwrap_or("none").to_lowercase()));
        Ok(SignIn { person: self.person(&scenario.subject)?, resource, context, unknowns: BTreeSet::new() })
    }

    fn context(&self, scenario: &Scenario) -> Context {
        let (conditions, subject) = (&scenario.conditions, &scenario.subject);
        let mut context = Context::new();
        let mut set = |path: &str, value: Datum| {
            context.insert(path.to_owned(), value);
        };
        set("client", text(conditions.client.as_ref().unwrap().as_str()));
        set(
            "platform",
            text(match conditions.platform.as_ref().unwrap() {
                SeenPlatform::Known(platform) => platform.as_str(),
                SeenPlatform::Unknown => "unknown",
            }),
        );
        let from = &conditions.from;
        match from.address.as_ref().unwrap() {
            Address::Ip(address) => set("ip", Datum::Ip(address.to_canonical())),
            Address::Unlisted => set("unlistedIp", Datum::Flag(true)),
        }
        let country = |country: &Option<Country>| match country.as_ref().unwrap() {
            Country::Code(code) => text(code),
            Country::Unmapped => text("unmapped"),
        };
        set("country", country(&from.country));
        set("gpsCountry", country(&from.gps_country));
        set("mfaTrustedIp", Datum::Flag(from.mfa_trusted));
        set("compliantNetwork", Datum::Flag(from.compliant_network.unwrap()));
        set("signInRisk", text(conditions.sign_in_risk.as_ref().unwrap().as_str()));
        set("userRisk", text(conditions.user_risk.as_ref().unwrap().as_str()));
        let insider = conditions.insider_risk.as_ref().unwrap();
        set("insiderRisk", text(insider.as_ref().map_or("none", |level| level.as_str())));
        set(
            "flow",
            text(match conditions.flow.as_ref().unwrap() {
                Flow::Ordinary => "none",
                Flow::Transfer(method) => method.as_str(),
            }),
        );
        set("originalFlow", text(conditions.original_flow.as_ref().map_or("none", |method| method.as_str())));
        set("sharedChannel", Datum::Flag(conditions.shared_channel.unwrap()));
        set("guestHereToo", Datum::Flag(subject.guest_here_too));
        set("registeredHere", Datum::Flag(!subject.registered_here.as_ref().unwrap().is_empty()));
        let claims = &conditions.claims;
        for (place, factors) in [("home", &claims.home), ("here", &claims.here)] {
            set(&format!("brought.{place}.mfa"), Datum::Flag(factors.mfa));
            set(&format!("brought.{place}.methods"), Datum::Set(factors.methods.clone()));
        }
        set("brought.terms", Datum::Set(claims.terms_accepted.iter().map(ToString::to_string).collect()));
        set("brought.custom", Datum::Set(claims.custom_passed.clone()));
        if let Device::Registered(info) = conditions.device.as_ref().unwrap() {
            set("device.registered", Datum::Flag(true));
            set("device.compliant", Datum::Flag(info.compliant.unwrap()));
            set("device.hybridJoined", Datum::Flag(info.hybrid_joined.unwrap()));
            let values = |name: &str| info.attributes.get(name).into_iter().flatten().map(|value| value.to_lowercase());
            for name in self.compiled.world.device_texts() {
                set(&format!("device.attributes.{name}"), text(&values(name).next().unwrap_or_default()));
            }
            for (name, _) in self.compiled.world.device_collections() {
                set(&format!("device.attributes.{name}"), Datum::Set(values(name).collect()));
            }
        }
        context
    }

    fn person(&self, subject: &Subject) -> Result<Entity, String> {
        let kinds: Vec<&str> =
            subject.kinds.iter().map(|kind| kind.map_or("internalMember", |kind| kind.as_str())).collect();
        let kind = kinds.join(" or ");
        let answer = |answer: &Answer, yes: &'static str, no: &'static str| match answer {
            Answer::Yes => yes,
            Answer::No => no,
            Answer::Unknown(_) => "not known",
        };
        let provider = match subject.provider {
            Provider::Entra => "entra",
            Provider::OneTimePasscode => "oneTimePasscode",
            Provider::Google => "google",
            Provider::Facebook => "facebook",
            Provider::MicrosoftAccount => "microsoftAccount",
            Provider::Federation => "federation",
            Provider::Here => "thisTenant",
            Provider::Unknown => "not known",
        };
        let home = match (&subject.home, subject.provider) {
            (Home::Tenant(id), _) if self.compiled.entity("Home", id.as_str()).is_some() => Some(id.as_str()),
            (Home::Tenant(_) | Home::OtherTenant, _) => Some(ANY_OTHER_TENANT),
            (Home::UnknownTenant, Provider::Unknown) => Some("some-tenant-or-none"),
            (Home::UnknownTenant, _) => Some("some-tenant"),
            (Home::UnseenPartner, _) => Some("partner-not-exported"),
            (Home::NoTenant, _) => None,
        };
        let exists = matches!(subject.object, DirectoryObject::User(_));
        let said = |text: &str| Value::Text(text.to_owned());
        let mut attributes = BTreeMap::from([
            ("displayName", said(&subject.name)),
            ("kind", said(&kind)),
            ("provider", said(provider)),
            ("account", said(answer(&subject.enabled, "enabled", "disabled"))),
            ("invitation", said(answer(&subject.pending, "pending", "none"))),
            ("mailDomain", said(subject.domain.as_deref().unwrap_or_default())),
            ("exists", Value::Flag(exists)),
            ("homeObjectsKnown", Value::Flag(subject.home_groups.is_some())),
        ]);
        attributes.extend(home.map(|home| ("homeTenant", said(home))));
        let internal = kind == "internalMember";
        let mut person = Entity {
            kind: if internal { "InternalUser" } else { "ExternalUser" },
            id: "somebody".to_owned(),
            attributes,
            parents: home.map(|home| ("Home", home.to_owned())).into_iter().collect(),
        };
        if let DirectoryObject::User(id) = &subject.object {
            person.id = id.to_string();
            let known = self.compiled.entity(person.kind, id.as_str());
            let known = known.ok_or_else(|| format!("no {} {id}", person.kind))?;
            // Where a home is given for a mail domain, more is known of them.
            let given = matches!(subject.home, Home::Tenant(_)) && home != Some(known.text("homeTenant"));
            for (name, value) in &person.attributes {
                let may_differ = *name == "homeObjectsKnown" || given && matches!(*name, "homeTenant" | "provider");
                if !may_differ && known.attributes.get(name) != Some(value) {
                    return Err(format!("{name} of {id} is {:?}, and {value:?}", known.attributes.get(name)));
                }
            }
            if !person.attributes.contains_key("homeTenant") && known.attributes.contains_key("homeTenant") {
                return Err(format!("{id} has a home, and none"));
            }
            person.parents.extend(known.parents.iter().filter(|(kind, _)| *kind != "Home").cloned());
        }
        if let Some(domain) = subject.domain.as_ref().filter(|_| subject.to_invite)
            && self.compiled.world.free.iter().any(|free| free.kind == "MailDomain" && free.id == *domain)
        {
            person.parents.insert(("MailDomain", domain.clone()));
        }
        // Whoever has no object here holds no role.
        if subject.object != DirectoryObject::NotNeeded {
            let template =
                |role: &Id| self.tenant.role_definitions.get(role).and_then(|found| found.template.clone().ok());
            let roles = subject.roles.iter().flat_map(|role| [Some(role.clone()), template(role)]).flatten();
            person.parents.extend(roles.map(|role| ("Role", role.to_string())));
        }
        person.parents.extend(subject.groups.iter().map(|group| ("Group", group.to_string())));
        for found in &self.tenant.service_principals.items {
            let (Ok(id), Ok(assigned)) = (&found.app_id, &found.assigned) else { continue };
            let by_group = assigned.items.iter().any(|member| {
                // Of a group that was deleted nobody is a member.
                !matches!(self.tenant.assigned_group(member), Ok(None)) && subject.direct_groups.contains(&member.id)
            });
            // Without an object in the directory nobody is assigned.
            if by_group && subject.object != DirectoryObject::NotNeeded {
                person.parents.insert(("AppAssignment", id.to_string()));
            }
        }
        person.parents.extend(subject.granted.iter().map(|id| ("AppAssignment", id.to_string())));
        let at_home = subject.home_id.iter().chain(subject.home_groups.iter().flatten());
        person.parents.extend(at_home.map(|id| ("HomeObject", id.to_string())));
        Ok(person)
    }

    // Cedar.

    /// The request under assumptions. What is assumed of nothing is left out.
    fn request(
        &mut self,
        sign_in: &mut SignIn,
        assumed: &BTreeMap<String, bool>,
    ) -> Result<(cedar_policy::Request, cedar_policy::Entities), String> {
        let named = assumed.keys().filter_map(|name| Some((name.clone(), self.unknowns.get(name)?.clone())));
        self.compiled.unknowns = named.collect();
        sign_in.unknowns = assumed.iter().filter(|(_, holds)| **holds).map(|(name, _)| name.clone()).collect();
        self.compiled.request(sign_in, None).map_err(|fault| fault.0)
    }

    /// What a policy that fails lacks.
    fn lacking(&self, error: &str) -> Result<String, String> {
        let named = self.unknowns.keys().filter(|name| error.contains(&format!("`{name}`")));
        let longest = named.max_by_key(|name| name.len());
        longest.cloned().ok_or_else(|| format!("a policy cannot be evaluated: {error}"))
    }

    /// What comes of a sign-in over everything that is not known.
    fn outcomes(&mut self, policies: &PolicySet, sign_in: &SignIn, done: &Context) -> Result<Outcomes, String> {
        self.outcomes_given(policies, sign_in, done, BTreeMap::new())
    }

    /// The same where some of what is not known is given.
    fn outcomes_given(
        &mut self,
        policies: &PolicySet,
        sign_in: &SignIn,
        done: &Context,
        given: BTreeMap<String, bool>,
    ) -> Result<Outcomes, String> {
        let mut sign_in = sign_in.clone();
        sign_in.context.extend(done.clone());
        let mut found = Outcomes::default();
        let mut left = MOST;
        let mut assumed = said(&sign_in);
        assumed.extend(given);
        self.explore(policies, &mut sign_in, &mut assumed, &mut left, &mut found)?;
        if left == 0 {
            self.counts.cut_short += 1;
        }
        Ok(found)
    }

    fn explore(
        &mut self,
        policies: &PolicySet,
        sign_in: &mut SignIn,
        assumed: &mut BTreeMap<String, bool>,
        left: &mut usize,
        found: &mut Outcomes,
    ) -> Result<(), String> {
        if *left == 0 || found.allowed && found.refused {
            return Ok(());
        }
        *left -= 1;
        self.counts.evaluated += 1;
        let (request, entities) = self.request(sign_in, assumed)?;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        let refused = response.decision() == Decision::Deny;
        // Something that is known refuses.
        if refused && response.diagnostics().reason().next().is_some() {
            found.refused = true;
            return Ok(());
        }
        let mut open = Vec::new();
        let mut lacks = None;
        for error in response.diagnostics().errors() {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(own) = error;
            let policy = policies.policy(own.policy_id()).unwrap();
            // What is let in already needs no other way in.
            if refused || policy.effect() == Effect::Forbid {
                open.push(policy.clone());
                if lacks.is_none() {
                    lacks = Some(self.lacking(&error.to_string())?);
                }
            }
        }
        let Some(lacks) = lacks else {
            if refused {
                found.refused = true;
            } else {
                found.allowed = true;
            }
            return Ok(());
        };
        if !refused {
            open.push(anybody());
        }
        let fewer = PolicySet::from_policies(open).unwrap();
        for holds in [false, true] {
            assumed.insert(lacks.clone(), holds);
            self.explore(&fewer, sign_in, assumed, left, found)?;
        }
        assumed.remove(&lacks);
        Ok(())
    }

    /// Which of some policies refuse, each over everything that is not known, by id.
    fn refusing(&mut self, policies: &PolicySet, sign_in: &SignIn) -> Result<BTreeMap<String, Outcomes>, String> {
        let mut sign_in = sign_in.clone();
        let assumed = said(&sign_in);
        let (request, entities) = self.request(&mut sign_in, &assumed)?;
        self.counts.evaluated += 1;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        let known = |policy: &Policy| (policy.id().to_string(), Outcomes { allowed: true, refused: false });
        let mut all: BTreeMap<String, Outcomes> = policies.policies().map(known).collect();
        for id in response.diagnostics().reason() {
            all.insert(id.to_string(), Outcomes { allowed: false, refused: true });
        }
        for error in response.diagnostics().errors() {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(own) = error;
            let policy = policies.policy(own.policy_id()).unwrap().clone();
            let alone = PolicySet::from_policies([policy, anybody()]).unwrap();
            let outcomes = self.outcomes(&alone, &sign_in, &Context::new())?;
            all.insert(own.policy_id().to_string(), outcomes);
        }
        Ok(all)
    }

    /// Everything that can be done.
    fn everything(&self) -> Context {
        let mut all = Context::new();
        for (path, elements) in &self.compiled.world.elements {
            if let Some(path) = path.strip_prefix("context.").filter(|path| path.starts_with("done.")) {
                all.insert(path.to_owned(), Datum::Set(elements.iter().cloned().collect()));
            }
        }
        let flags =
            ["home.mfa", "here.mfa", "approvedApp", "appProtection", "passwordChange", "riskRemediation", "redemption"];
        all.extend(flags.map(|flag| (format!("done.{flag}"), Datum::Flag(true))));
        all
    }

    // The comparison.

    fn hold(&mut self, scenario: &Scenario) -> Result<(), String> {
        let explained = self.engine.explain(scenario);
        let sign_in = self.sign_in(scenario)?;
        // It keeps to the schema.
        self.compiled.unknowns.clone_from(&self.unknowns);
        self.compiled.request(&sign_in, Some(&self.schema)).map_err(|fault| fault.0)?;
        self.hold_policies(&explained, &sign_in)?;
        let policies = Rc::clone(&self.policies);
        let nothing = Context::new();
        let most = if scenario.conditions.unattended { Context::new() } else { self.everything() };
        *self.counts.verdicts.entry(explained.verdict.as_str()).or_default() += 1;
        let idle = self.outcomes(&policies, &sign_in, &nothing)?;
        let ensure = |holds: bool, what: &dyn Fn() -> String| if holds { Ok(()) } else { Err(what()) };
        match &explained.verdict {
            Verdict::Allow => ensure(idle.always_allowed(), &|| format!("allowed, and with nothing done {idle:?}")),
            Verdict::Block(_) => {
                let busy = self.outcomes(&policies, &sign_in, &most)?;
                ensure(busy.always_refused(), &|| format!("refused, and with everything done {busy:?}"))
            }
            Verdict::AllowAfter(steps) => {
                ensure(!scenario.conditions.unattended, &|| format!("nobody is there to do {steps:?}"))?;
                ensure(idle.always_refused(), &|| format!("steps are needed, and with nothing done {idle:?}"))?;
                let by_device = steps.iter().any(is_device);
                let steps: Vec<&Step> = steps.iter().filter(|step| !is_device(step)).collect();
                if by_device {
                    // Another device is another sign-in: nothing that is done with this one is enough.
                    self.counts.other_device += 1;
                    let after = self.outcomes(&policies, &sign_in, &completed(steps.iter().copied(), 0))?;
                    return ensure(after.always_refused(), &|| format!("without another device: {after:?}"));
                }
                for choice in 0..3 {
                    let after = self.outcomes(&policies, &sign_in, &completed(steps.iter().copied(), choice))?;
                    ensure(after.always_allowed(), &|| {
                        format!("allowed after {steps:?} (choice {choice}): {after:?}")
                    })?;
                }
                for left_out in &steps {
                    let others = steps.iter().copied().filter(|step| step != left_out);
                    // Of the combinations that the others leave the choice of, some may do more than is asked for.
                    let mut refused = false;
                    let choices = steps.iter().map(|step| step.methods().len()).max().unwrap_or_default();
                    for choice in 0..choices.max(1) {
                        let done = completed(others.clone(), choice);
                        refused |= self.outcomes(&policies, &sign_in, &done)?.always_refused();
                        if refused {
                            break;
                        }
                    }
                    ensure(refused, &|| format!("allowed without {left_out:?} as well"))?;
                }
                Ok(())
            }
            Verdict::Unknown(_) => {
                let busy = self.outcomes(&policies, &sign_in, &most)?;
                if !matches!(explained.coverage, Verdict::Allow) {
                    ensure(idle.always_refused(), &|| format!("steps are needed at best, with nothing done {idle:?}"))?;
                }
                let passable = match &explained.reachability {
                    Verdict::AllowAfter(steps) => !steps.iter().any(is_device),
                    worst => *worst == Verdict::Allow,
                };
                if passable {
                    ensure(busy.always_allowed(), &|| format!("allowed at worst, with everything done {busy:?}"))?;
                }
                let mut word = Vec::new();
                if idle.allowed {
                    word.push("allow");
                }
                if busy.allowed && idle.refused {
                    word.push("allowAfter");
                }
                if busy.refused {
                    word.push("block");
                }
                *self.counts.unknown.entry(word.join(" or ")).or_default() += 1;
                Ok(())
            }
        }
    }

    /// Packages one by one: whether somebody may hold them.
    fn hold_packages(
        &mut self,
        scenario: &Scenario,
        packages: &Packages<'t>,
        of: &Organizations<'t>,
    ) -> Result<(), String> {
        let subject = &scenario.subject;
        let is_here = matches!(subject.object, DirectoryObject::User(_) | DirectoryObject::Invited);
        // Whoever is put into groups beside their packages is nobody of the compiled tenant.
        // Of whom it is not known where they come from, packages for organizations are not told.
        let is_known = subject.home != Home::UnknownTenant && self.tenant.assignment_policies.coverage.is_complete();
        if !is_here
            || !is_known
            || !subject.enabled.is_yes()
            || !subject.groups.is_empty()
            || !subject.granted.is_empty()
        {
            return Ok(());
        }
        if matches!(&subject.object, DirectoryObject::User(id) if self.tenant.users.get(id).is_some_and(|user| user.user_type.is_err()))
        {
            return Ok(());
        }
        let mut sign_in = self.sign_in(scenario)?;
        // Which organizations they are of is a choice of theirs there.
        let own = of.of_person(subject).into_iter().filter(|_| subject.object == DirectoryObject::Invited);
        sign_in.person.parents.extend(own.map(|own| ("ConnectedOrganization", own.id.to_string())));
        let ways: BTreeMap<&str, Way> = packages
            .of_person(subject, of)
            .into_iter()
            .map(|request| (request.package.id.as_str(), request.way))
            .collect();
        for free in self.compiled.world.free.clone() {
            if free.kind != "AccessPackage" || self.tenant.access_packages.get(&Id::new(&free.id)).is_none() {
                continue;
            }
            let body = Template::new(
                "whom",
                cedar_policy::pst::Effect::Permit,
                PrincipalConstraint::Any,
                ActionConstraint::Any,
                ResourceConstraint::Any,
            );
            let body = body.try_with_clauses(vec![Clause::When(free.whom.expression())]).unwrap();
            let policy = Policy::from_pst(StaticPolicy::try_from(body).unwrap().into()).unwrap();
            // Without assignments the simulation takes nobody to hold anything, which proofs leave open.
            let held = format!("an assignment that was not exported gives the person access package {}", free.id);
            let exported = self.tenant.assignments.coverage.exported;
            let given = if exported { BTreeMap::new() } else { BTreeMap::from([(held, false)]) };
            let policies = PolicySet::from_policies([policy]).unwrap();
            let whom = self.outcomes_given(&policies, &sign_in, &Context::new(), given)?;
            let holds = match ways.get(free.id.as_str()) {
                // What no condition asks about is held by nobody there.
                Some(Way::Held) => {
                    let held = ("HeldPackage", free.id.clone());
                    whom.always_allowed() || !sign_in.person.parents.contains(&held)
                }
                Some(Way::Requestable) => whom.always_allowed(),
                Some(Way::MayBeRequestable) => whom.allowed,
                None => whom.always_refused(),
            };
            let word = ways.get(free.id.as_str()).map_or("no", |way| match way {
                Way::Held => "held",
                Way::Requestable => "requestable",
                Way::MayBeRequestable => "perhaps",
            });
            if !holds {
                return Err(format!("package {}: {word}, and {whom:?} by {}", free.id, free.whom.expression()));
            }
            *self.counts.packages.entry(word).or_default() += 1;
        }
        Ok(())
    }

    /// Policies one by one: whether they apply, and what those that are report-only come to.
    fn hold_policies(&mut self, explained: &Explanation, sign_in: &SignIn) -> Result<(), String> {
        let (applies, report_only) = (Rc::clone(&self.applies), Rc::clone(&self.report_only));
        let applying = self.refusing(&applies, sign_in)?;
        let refusing = self.refusing(&report_only, sign_in)?;
        // What is not among the policies never refuses.
        let never = Outcomes { allowed: true, refused: false };
        let policies = &self.tenant.conditional_access.items;
        for trace in &explained.policies {
            let id = trace.id.as_str();
            match trace.enforcement {
                Enforcement::Enforced => {
                    let found = applying.get(id).copied().unwrap_or(never);
                    let (holds, word) = match trace.applies {
                        Answer::Yes => (found.always_refused(), "yes"),
                        Answer::No => (found.always_allowed(), "no"),
                        Answer::Unknown(_) => (true, "unknown"),
                    };
                    if !holds {
                        return Err(format!("policy {id} applies: {word}, and {found:?}; {:?}", trace.reasons));
                    }
                    *self.counts.applies.entry(word).or_default() += 1;
                }
                Enforcement::ReportOnly => {
                    let policy = policies.iter().find(|policy| policy.id == trace.id).unwrap();
                    // CA-1.25.
                    if policy.applications.as_ref().is_ok_and(|found| !found.include_user_actions.is_empty()) {
                        continue;
                    }
                    let found = refusing.get(id).copied().unwrap_or(never);
                    let result = trace.report_only.unwrap();
                    let holds = match result {
                        ReportOnlyResult::Success | ReportOnlyResult::NotApplied => found.always_allowed(),
                        ReportOnlyResult::Failure | ReportOnlyResult::UserActionRequired => found.always_refused(),
                        ReportOnlyResult::Unknown => true,
                    };
                    if !holds {
                        return Err(format!("report-only policy {id}: {result:?}, and {found:?}"));
                    }
                    *self.counts.report_only.entry(result.as_str()).or_default() += 1;
                }
                Enforcement::Off | Enforcement::Unknown(_) => {}
            }
        }
        Ok(())
    }
}

fn text(value: &str) -> Datum {
    Datum::Text(value.to_owned())
}

/// Whether it takes another device, of which a compiled tenant knows nothing.
fn is_device(step: &Step) -> bool {
    matches!(step, Step::CompliantDevice(_) | Step::HybridJoinedDevice(_))
}

/// Lets everybody in.
fn anybody() -> Policy {
    Policy::parse(Some(PolicyId::new("anybody")), "permit(principal, action, resource);").unwrap()
}

/// What is done by steps; `choice` is the number of a combination where there are several.
fn completed<'s>(steps: impl Iterator<Item = &'s Step>, choice: usize) -> Context {
    let mut done = Context::new();
    let mut add = |path: &str, element: &str| {
        if let Datum::Set(all) = done.entry(path.to_owned()).or_insert_with(|| Datum::Set(BTreeSet::new())) {
            all.insert(element.to_owned());
        }
    };
    let mut flags = Vec::new();
    for step in steps {
        match step {
            Step::RedeemInvitation => flags.push("done.redemption"),
            Step::Authenticate(Place::Home, Demand::Mfa) => flags.push("done.home.mfa"),
            Step::Authenticate(Place::Here, Demand::Mfa) => flags.push("done.here.mfa"),
            Step::Authenticate(place, Demand::OneOf(combinations)) => {
                let path = if *place == Place::Home { "done.home.combinations" } else { "done.here.combinations" };
                let one = combinations.iter().nth(choice % combinations.len()).unwrap();
                add(path, &one.join(","));
            }
            Step::ApprovedApp => flags.push("done.approvedApp"),
            Step::AppProtection => flags.push("done.appProtection"),
            Step::ChangePassword => flags.push("done.passwordChange"),
            Step::RemediateRisk => flags.push("done.riskRemediation"),
            Step::AcceptTermsOfUse(id) => add("done.terms", id.as_str()),
            Step::CustomControl(control) => add("done.custom", control),
            Step::CompliantDevice(_) | Step::HybridJoinedDevice(_) => {}
        }
    }
    done.extend(flags.into_iter().map(|flag| (flag.to_owned(), Datum::Flag(true))));
    done
}

/// Takes away policies while it still fails, and tells what is left.
fn fails(seed: u64, number: u64, readings: &Readings, scenario: &Scenario, why: &str) -> ! {
    let document = crate::draw::document(seed, crate::draw::policies(seed));
    let mut tenant = crate::draw::load(&document).tenant;
    let ask = |tenant: &Tenant| Both::of(seed, tenant, readings).and_then(|mut both| both.hold(scenario));
    let mut last = why.to_owned();
    let mut at = 0;
    while at < tenant.conditional_access.items.len() {
        let policy = tenant.conditional_access.items.remove(at);
        if let Err(why) = ask(&tenant) {
            last = why;
        } else {
            tenant.conditional_access.items.insert(at, policy);
            at += 1;
        }
    }
    let left: BTreeSet<&str> = tenant.conditional_access.items.iter().map(|policy| policy.id.as_str()).collect();
    let policies =
        document["conditionalAccessPolicies"].as_array().or(document["conditionalAccessPolicies"]["value"].as_array());
    let mut text = format!("seed {seed}, sign-in {number}: {last}\n\npolicies that it takes:\n");
    for policy in policies.into_iter().flatten() {
        if policy["id"].as_str().is_some_and(|id| left.contains(id)) {
            writeln!(text, "{policy}").unwrap();
        }
    }
    let explained = Engine::new(&tenant, readings.clone()).explain(scenario);
    write!(text, "\n{scenario:#?}\n\n{readings:?}\n\ndemands: {:?}\n", explained.demands).unwrap();
    let gates: Vec<_> = explained.gates.iter().filter(|gate| !gate.passes.is_yes()).collect();
    let policies: Vec<_> = explained.policies.iter().filter(|policy| !policy.applies.is_no()).collect();
    write!(text, "gates: {gates:?}\npolicies: {policies:#?}\n").unwrap();
    let Explanation { verdict, coverage, reachability, .. } = &explained;
    write!(text, "verdict: {verdict:?}\ncoverage: {coverage:?}\nreachability: {reachability:?}\n").unwrap();
    if let Ok(mut both) = Both::of(seed, &tenant, readings) {
        let sign_in = both.sign_in(scenario);
        write!(text, "\n{sign_in:#?}\n").unwrap();
        if let Ok(mut sign_in) = sign_in {
            let (request, entities) = both.request(&mut sign_in, &BTreeMap::new()).unwrap();
            let response = both.authorizer.is_authorized(&request, &both.policies, &entities);
            writeln!(text, "{:?} by", response.decision()).unwrap();
            for id in response.diagnostics().reason() {
                writeln!(text, "{}", both.policies.policy(id).unwrap()).unwrap();
            }
            for error in response.diagnostics().errors() {
                writeln!(text, "{error}").unwrap();
            }
        }
    }
    panic!("{text}");
}

#[test]
fn cedar_decides_what_the_engine_explains() {
    let mut all = Counts::default();
    let mut differences = 0;
    for seed in seeds() {
        let tenant = crate::draw::tenant(seed, crate::draw::policies(seed)).tenant;
        let readings = crate::draw::readings(seed);
        let mut random = Draw::new(seed, 8);
        let mut both = Both::of(seed, &tenant, &readings).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        let (packages, organizations) = (Packages::of(&tenant), Organizations::of(&tenant));
        for number in 0..draws().1 {
            let scenario = expressible(crate::draw::full_scenario(&mut random, &tenant));
            let held = both.hold_packages(&scenario, &packages, &organizations);
            if let Err(why) = held.and_then(|()| both.hold(&scenario)) {
                if std::env::var("GUESTLIST_COUNT").is_ok() {
                    eprintln!("seed {seed}, sign-in {number}: {why}");
                    differences += 1;
                    continue;
                }
                fails(seed, number, &readings, &scenario, &why);
            }
        }
        all.add(&both.counts);
    }
    eprintln!("{all:#?}");
    assert_eq!(differences, 0, "sign-ins that the two decide differently");
    if std::env::var("GUESTLIST_SEED").is_err() {
        assert_eq!(all.verdicts.len(), 4, "some verdict never came up: {:?}", all.verdicts);
        assert!(all.unknown.keys().any(|word| word.contains(" or ")), "nothing depended on what is not known");
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        for (word, count) in &other.verdicts {
            *self.verdicts.entry(word).or_default() += count;
        }
        for (word, count) in &other.unknown {
            *self.unknown.entry(word.clone()).or_default() += count;
        }
        for (word, count) in &other.applies {
            *self.applies.entry(word).or_default() += count;
        }
        for (word, count) in &other.report_only {
            *self.report_only.entry(word).or_default() += count;
        }
        for (word, count) in &other.packages {
            *self.packages.entry(word).or_default() += count;
        }
        for (word, count) in &other.warnings {
            *self.warnings.entry(word.clone()).or_default() += count;
        }
        self.other_device += other.other_device;
        self.evaluated += other.evaluated;
        self.cut_short += other.cut_short;
    }
}
