//! A sign-in that the prover found, as `access` takes it, and held against `access` and against Cedar's authorizer before
//! anybody is told of it.

use std::collections::{BTreeMap, BTreeSet};

use super::circumstances::{context, plain};
use super::people::{Candidate, candidate, name};
use crate::access::sign_in::{
    Claims, Conditions, Demand, Device, DeviceInfo, DirectoryObject, Engine, Factors, Flow, Provider, Refusal, Request,
    Scenario, SeenPlatform, Step, Subject, Target, UserAction, Verdict,
};
use crate::access::{Answer, Home, Why};
use crate::compile::{
    ACTIVATION, ANY_OTHER_APPLICATION as ANY_OTHER, ANY_OTHER_TENANT, Authority, Compiled, Datum, Entity,
    HAS_MFA_TRUSTED_IPS, NOT_EXPORTED, SOME_TENANT, SOME_TENANT_OR_NONE, SignIn, UNSEEN_PARTNER, UNTOLD_PACKAGE,
    Value as EntityValue, is_for_users,
};
use crate::facts::{Facts, Value};
use crate::model::{
    Address, AddressRange, ClientApp, ConnectedOrganization, Country, ExternalUserType, Id, IdentitySource,
    InsiderRisk, Network, Place, Platform, RiskLevel, Tenant, TransferMethod, combination, is_multifactor,
};
use crate::simulate::question::{AttributeText, ClaimsText, Described, DeviceText, When};
use crate::simulate::{ANY_OTHER_APPLICATION, Resolver, no_application, word};

/// A sign-in as `access` takes it, as rules see it, in the words of `simulate`, and what comes of it.
pub(super) struct Lifted {
    pub(super) candidate: Candidate,
    pub(super) application: Application,
    pub(super) when: When,
    pub(super) context: Value,
    pub(super) scenario: Scenario,
    pub(super) came: Came,
    /// Access packages that somebody holds.
    pub(super) packages: Vec<String>,
    /// Roles and groups that they have activated.
    pub(super) activated: Vec<String>,
}

/// An application, or a user action, as rules see it.
pub(super) struct Application {
    /// The word for it.
    pub(super) word: String,
    pub(super) facts: Facts,
    pub(super) target: Target,
}

impl Application {
    pub(super) fn is_any_other(&self) -> bool {
        self.word == ANY_OTHER_APPLICATION
    }

    /// Its name in a sentence.
    pub(super) fn name(&self) -> String {
        let name = &self.facts.name;
        if self.is_any_other() { name.clone() } else { format!("`{name}`") }
    }
}

/// What came of a sign-in.
pub(super) enum Came {
    LetIn(Vec<Step>),
    Refused(Vec<Refusal>),
    /// `access` does not know, for reasons of which each is taken by itself.
    Open,
}

/// What a request for baseline scopes only asks for, in a command.
const A_BASELINE_SCOPE: &str = "openid";

/// What sign-ins are lifted with.
pub(super) struct Lifter<'l> {
    pub(super) tenant: &'l Tenant,
    pub(super) resolver: Resolver<'l>,
    pub(super) engine: Engine<'l>,
    pub(super) parameters: Value,
    pub(super) compiled: &'l Compiled,
    pub(super) authority: Authority,
    /// How the command line reads what the documents leave open, as `NAME=VALUE`.
    pub(super) options: Vec<String>,
    pub(super) emergency_accounts: &'l BTreeSet<String>,
    /// Connected organizations and groups that rules name.
    pub(super) organizations: Vec<&'l ConnectedOrganization>,
    pub(super) groups: Vec<&'l Id>,
}

impl Lifter<'_> {
    /// Makes a scenario of a sign-in and asks what comes of it. `let_in` is what the prover says.
    ///
    /// # Errors
    /// Cedar's authorizer, or `access`, comes to something else: a mistake of ours.
    pub(super) fn lift(&self, sign_in: &SignIn, let_in: bool) -> Result<Lifted, String> {
        let application = self.application(sign_in);
        let mut scenario = self.scenario(sign_in, &application);
        // Rules see what is done as well.
        let conditions = scenario.conditions.clone();
        let mut when = when(sign_in);
        if !let_in && !matches!(self.engine.explain(&scenario).verdict, Verdict::Block(_)) {
            // A claim counts even where the step to it is barred, as by a registration that is refused (XU-1.24): what is
            // done is held against the steps then ([`is_done`]).
            let brought = brought(sign_in);
            scenario.conditions.claims = claims(&brought);
            when.claims = claims_in_words(&brought);
        }
        if self.is_unlisted(sign_in) {
            when.ip = plain().ip;
        }
        let user = self.tenant.users.get(&Id::new(&sign_in.person.id));
        let name = user.and_then(|user| user.user_principal_name.as_ref().ok());
        let emergency = self
            .emergency_accounts
            .iter()
            .any(|known| *known == sign_in.person.id || name.is_some_and(|name| name.eq_ignore_ascii_case(known)));
        if let Some(subject) = self.is_kept_out(sign_in, &scenario, let_in) {
            scenario.subject = subject;
        }
        let candidate = candidate(self, sign_in, scenario.subject.clone(), self.given(sign_in), emergency)?;
        let (context, _) = context(self.tenant, &self.parameters, &conditions, &candidate);
        let came = self.replayed(sign_in, &scenario, let_in)?;
        let (packages, activated) = (Self::packages(sign_in), Self::activated(sign_in));
        Ok(Lifted { candidate, application, when, context, scenario, came, packages, activated })
    }

    /// The sign-in as `access` takes it.
    fn scenario(&self, sign_in: &SignIn, application: &Application) -> Scenario {
        let mut conditions = conditions(sign_in);
        if self.is_unlisted(sign_in) {
            conditions.from.address = Some(Address::Unlisted);
        }
        let mut target = application.target.clone();
        if let Target::Application(request) = &mut target
            && sign_in.context.get("baselineScopes") == Some(&Datum::Flag(true))
        {
            request.scopes = vec![A_BASELINE_SCOPE.into()];
        }
        Scenario { subject: self.subject(sign_in), target, conditions }
    }

    /// Access packages that somebody holds who is no user of the export.
    fn packages(sign_in: &SignIn) -> Vec<String> {
        let own = sign_in.person.parents.iter().filter(|(kind, _)| *kind == "AccessPackage");
        own.map(|(_, id)| id.clone()).collect()
    }

    /// What they have activated.
    fn activated(sign_in: &SignIn) -> Vec<String> {
        let own = sign_in.person.parents.iter().filter(|(kind, _)| *kind == ACTIVATION);
        own.map(|(_, name)| name.clone()).collect()
    }

    /// The words for the person, where there are some that say all of it.
    pub(super) fn who(subject: &Subject, packages: &[String], activated: &[String]) -> Option<Described> {
        let of = |what: &str| activated.iter().filter_map(|name| name.strip_prefix(what)).map(str::to_owned).collect();
        let who = match &subject.object {
            DirectoryObject::User(id) => id.to_string(),
            _ => word(subject)?,
        };
        Some(Described {
            who,
            packages: packages.to_vec(),
            groups: of("group "),
            roles: of("role "),
            home_groups: subject.home_groups.as_ref().map(|ids| ids.iter().map(Id::to_string).collect()),
            registered_here: subject.registered_here.as_ref().map(|methods| methods.iter().cloned().collect()),
            guest_here_too: subject.guest_here_too,
            // Of somebody who is not here yet the mail domain alone says so.
            pending: (subject.to_invite && subject.pending.is_yes()).then_some(true),
            ..Described::default()
        })
    }

    /// Holds a sign-in that the prover says is refused against Cedar's authorizer, and against `access` where the person
    /// is one whom the tenant tells of.
    ///
    /// # Errors
    /// Either lets it in: a mistake of ours.
    pub(super) fn is_refused(&self, sign_in: &SignIn) -> Result<(), String> {
        let person = &sign_in.person;
        let exists = person.attributes.get("exists") == Some(&crate::compile::Value::Flag(true));
        if !exists || self.tenant.users.get(&Id::new(&person.id)).is_some() {
            return self.lift(sign_in, false).map(|_| ());
        }
        let allowed = self.authority.lets_in(self.compiled, sign_in).map_err(|fault| fault.to_string())?;
        if allowed { Err(disagrees("Cedar's authorizer", sign_in, "is let in")) } else { Ok(()) }
    }

    /// Who signs in, in words.
    pub(super) fn name(&self, sign_in: &SignIn) -> String {
        let name = name(self.tenant, &self.subject(sign_in));
        if is_unexported(sign_in) { format!("{name} who was not exported") } else { name }
    }

    /// What `access` says of it, and what Cedar says of it: both have to agree with the prover.
    fn replayed(&self, sign_in: &SignIn, scenario: &Scenario, let_in: bool) -> Result<Came, String> {
        let disagrees = |who: &str, what: &str| disagrees(who, sign_in, what);
        let allowed = self.authority.lets_in(self.compiled, sign_in).map_err(|fault| fault.to_string())?;
        if let_in != allowed {
            return Err(disagrees("Cedar's authorizer", if allowed { "is let in" } else { "is refused" }));
        }
        // Of a user whom the export lacks `access` knows nothing, and takes them for somebody who is not here yet.
        if is_untold(sign_in) {
            return Ok(Came::Open);
        }
        let explained = self.engine.explain(scenario);
        let steps = |at_best| explained.steps_among(at_best, &|step| is_done(step, sign_in));
        let came = match &explained.verdict {
            Verdict::Allow | Verdict::AllowAfter(_) => match steps(true) {
                Some(steps) => Came::LetIn(steps.into_iter().collect()),
                None if let_in => {
                    let needed = explained.steps_among(true, &|_| true).unwrap_or_default();
                    let missing = needed.iter().find(|step| !is_done(step, sign_in)).map_or("", |step| step.as_str());
                    return Err(disagrees("the simulation", &format!("needs the step {missing}")));
                }
                None => Came::Open,
            },
            Verdict::Block(_) if let_in => return Err(disagrees("the simulation", "is refused")),
            Verdict::Block(refusals) => Came::Refused(refusals.clone()),
            Verdict::Unknown(_) => return Ok(Came::Open),
        };
        if !let_in && steps(false).is_some() {
            return Err(disagrees("the simulation", "is let in"));
        }
        Ok(came)
    }

    /// Who signs in.
    fn subject(&self, sign_in: &SignIn) -> Subject {
        let person = &sign_in.person;
        let exists = person.attributes.get("exists") == Some(&EntityValue::Flag(true));
        let user = exists.then(|| self.tenant.users.get(&Id::new(&person.id))).flatten();
        let mut subject = match user {
            Some(user) => Subject::of_user(user, self.resolver.homes()),
            None => self.at_large(person),
        };
        let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
        let of = |wanted: &'static str, entity: &Entity| {
            let above = self.compiled.ancestors(entity).into_iter();
            above.filter(move |(kind, _)| *kind == wanted).map(|(_, id)| Id::new(&id)).collect::<Vec<Id>>()
        };
        for (kind, id) in person.parents.iter().filter(|(kind, _)| is_for_users(kind)) {
            for role in self.compiled.entity(kind, id).into_iter().flat_map(|given| of("Role", given)) {
                subject.roles.insert(role);
            }
            for group in self.compiled.entity(kind, id).into_iter().flat_map(|package| of("Group", package)) {
                subject.join(self.tenant, &group);
            }
        }
        subject.granted.extend(of("AppAssignment", person));
        subject.roles.extend(self.given_by_packages(person, "Role").into_iter().map(|id| Id::new(&id)));
        if user.is_none() && !matches!(subject.home, Home::NoTenant) {
            let own = person.parents.iter().filter(|(kind, _)| *kind == "HomeObject");
            subject.home_groups = Some(own.map(|(_, id)| Id::new(id)).collect());
        }
        subject.guest_here_too = flag("guestHereToo");
        // What is registered here tells something of people who can register here only.
        let internal = matches!(subject.kinds.as_slice(), [None | Some(ExternalUserType::InternalGuest)]);
        if !internal && subject.object != DirectoryObject::NotNeeded {
            let methods = flag("registeredHere").then(|| "sms".to_owned());
            subject.registered_here = Some(methods.into_iter().collect());
        }
        subject
    }

    /// Somebody who is no user of this export.
    fn at_large(&self, person: &Entity) -> Subject {
        let kind = |word: &str| ExternalUserType::ALL.into_iter().find(|kind| kind.as_str() == word);
        let kinds: Vec<Option<ExternalUserType>> = person.text("kind").split(" or ").map(kind).collect();
        let home = match person.text("homeTenant") {
            "" => Home::NoTenant,
            ANY_OTHER_TENANT => Home::OtherTenant,
            UNSEEN_PARTNER => Home::UnseenPartner,
            SOME_TENANT | SOME_TENANT_OR_NONE => Home::UnknownTenant,
            id => Home::Tenant(Id::new(id)),
        };
        let word = person.text("provider");
        let provider = Provider::ALL.into_iter().find(|known| super::people::provider(*known) == Some(word));
        let provider = provider.unwrap_or(Provider::Unknown);
        let domain = match person.text("mailDomain") {
            "" => self.domain(person, provider),
            known => Some(known.to_owned()),
        };
        let first = kinds.first().copied().flatten();
        let name = crate::simulate::name(first, &home, provider, domain.as_deref());
        let mut subject = Subject::at_large(kinds, home, provider, name);
        subject.domain = domain;
        if subject.kinds.len() > 1 {
            subject.kinds_open = Some(Why::unspecified("the external user type is not known"));
        }
        if person.text("invitation") == "pending" {
            subject.pending = Answer::Yes;
        }
        if person.text("account") == "disabled" {
            subject.enabled = Answer::No;
        }
        subject
    }

    /// The mail domain of people of an organization that is recognised by it.
    fn domain(&self, person: &Entity, provider: Provider) -> Option<String> {
        if !matches!(provider, Provider::OneTimePasscode | Provider::Federation) {
            return None;
        }
        let organization = person.parents.iter().find(|(kind, _)| *kind == "ConnectedOrganization");
        let found = organization.and_then(|(_, id)| self.tenant.connected_organizations.get(&Id::new(id)))?;
        found.identity_sources.iter().flatten().find_map(|source| match source {
            IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => Some(domain.to_ascii_lowercase()),
            _ => None,
        })
    }

    /// Whether somebody who is not here yet is refused for their mail domain and for nothing else: then their invitation is
    /// still to be redeemed.
    fn is_kept_out(&self, sign_in: &SignIn, scenario: &Scenario, let_in: bool) -> Option<Subject> {
        if let_in || !is_yet_to_come(sign_in) || matches!(self.engine.explain(scenario).verdict, Verdict::Block(_)) {
            return None;
        }
        let mut subject = scenario.subject.clone();
        let named = sign_in.person.parents.iter().find(|(kind, _)| *kind == "MailDomain").map(|(_, id)| id.clone());
        subject.domain = subject.domain.take().or(named).or_else(|| Some(ANY_OTHER_DOMAIN.to_owned()));
        subject.to_invite = true;
        if self.engine.refuses_domain(&subject) {
            subject.pending = Answer::Yes;
        }
        Some(subject)
    }

    /// What the packages that somebody holds put them into.
    fn given_by_packages(&self, person: &Entity, of: &str) -> BTreeSet<String> {
        let own = person.parents.iter().filter(|(kind, _)| is_for_users(kind));
        let given = own.filter_map(|(kind, id)| self.compiled.entity(kind, id)).flat_map(|found| &found.parents);
        given.filter(|(kind, _)| *kind == of).map(|(_, id)| id.clone()).collect()
    }

    /// Whether no named location lists the address. One that could not be read may.
    fn is_unlisted(&self, sign_in: &SignIn) -> bool {
        let Some(Datum::Ip(address)) = sign_in.context.get("ip") else { return true };
        self.tenant.named_locations.items.iter().all(|found| match &found.network {
            Ok(Network::Ip { ranges, .. }) => {
                ranges.iter().all(|text| AddressRange::read(text).is_some_and(|range| !range.contains(*address)))
            }
            Ok(Network::Country { .. } | Network::CompliantNetwork) => true,
            Err(_) => false,
        })
    }

    fn given(&self, sign_in: &SignIn) -> Vec<String> {
        self.given_by_packages(&sign_in.person, "AppAssignment").into_iter().collect()
    }

    /// What is signed in to. What nobody tells of in this tenant is told apart by its id alone.
    fn application(&self, sign_in: &SignIn) -> Application {
        let (kind, id) = &sign_in.resource;
        let action = UserAction::ALL.into_iter().find(|action| *kind == "UserAction" && action.urn() == id.as_str());
        if let Some(action) = action {
            let name = match action {
                UserAction::RegisterSecurityInformation => "registering security information",
                UserAction::RegisterOrJoinDevices => "registering or joining a device",
            };
            let facts = Facts {
                id: id.clone(),
                name: name.to_owned(),
                origin: None,
                attributes: Vec::new(),
                missing: Vec::new(),
                places: &[],
            };
            return Application { word: action.as_str().to_owned(), facts, target: Target::UserAction(action) };
        }
        let any = id == ANY_OTHER;
        let word = if any { ANY_OTHER_APPLICATION.to_owned() } else { id.clone() };
        let named = !self.compiled.nameless.contains(id);
        let id = if any { no_application() } else { Id::new(id) };
        let principal = self.tenant.service_principals.items.iter().find(|found| found.app_id.as_ref() == Ok(&id));
        let entity = self.compiled.entity("Application", &sign_in.resource.1);
        let name = entity.map(|entity| entity.text("displayName").to_owned()).filter(|_| named);
        let mut attributes: Vec<(&'static str, Value)> = vec![("appId", id.as_str().into())];
        attributes.extend(name.clone().map(|name| ("displayName", name.into())));
        let shown = name.unwrap_or_else(|| if any { "any other application".to_owned() } else { id.to_string() });
        let mut request = Request::plain(id.clone());
        request.authentication_context = match sign_in.context.get("authenticationContext") {
            Some(Datum::Text(context)) if context != "none" => Some(context.as_str().into()),
            _ => None,
        };
        let facts = Facts {
            id: id.to_string(),
            name: shown,
            origin: principal.map(|found| found.origin.clone()),
            attributes,
            missing: Vec::new(),
            places: &[],
        };
        Application { word, facts, target: Target::Application(request) }
    }
}

/// A mail domain that nothing names.
const ANY_OTHER_DOMAIN: &str = "any-other-domain";

/// Whether it is of somebody who is not here yet and comes by an invitation.
fn is_yet_to_come(sign_in: &SignIn) -> bool {
    let person = &sign_in.person;
    let exists = person.attributes.get("exists") == Some(&crate::compile::Value::Flag(true));
    !exists && !is_unexported(sign_in) && matches!(person.text("kind"), "b2bCollaborationGuest" | "otherExternalUser")
}

/// Whether it is of a user whom the export lacks.
pub(super) fn is_unexported(sign_in: &SignIn) -> bool {
    sign_in.person.parents.iter().any(|(kind, _)| *kind == NOT_EXPORTED)
}

/// Whether it is of somebody of whom the export tells too little for the simulation: a user whom it lacks, or somebody with
/// an access package of which it does not tell what it gives.
pub(super) fn is_untold(sign_in: &SignIn) -> bool {
    is_unexported(sign_in) || sign_in.unknowns.iter().any(|name| name.starts_with(UNTOLD_PACKAGE))
}

/// That two of the three who decide a sign-in come to different ends.
fn disagrees(who: &str, sign_in: &SignIn, what: &str) -> String {
    let given = sign_in.context.iter().filter_map(|(path, datum)| match datum {
        Datum::Flag(flag) => flag.then(|| path.clone()),
        Datum::Text(text) => (!text.is_empty() && text != "none").then(|| format!("{path} {text}")),
        Datum::Set(items) if items.is_empty() => None,
        Datum::Set(items) => Some(format!("{path} {}", items.iter().cloned().collect::<Vec<_>>().join("+"))),
        Datum::Ip(address) => Some(format!("{path} {address}")),
    });
    let in_what = sign_in.person.parents.iter().map(|(kind, id)| format!("{kind} {id}"));
    let unknowns = sign_in.unknowns.iter().map(|name| format!("if {name}"));
    let more: Vec<String> = given.chain(in_what).chain(unknowns).collect();
    format!(
        "{who} says that a sign-in of {} to {} {what}, and the prover says otherwise ({})",
        sign_in.person.id,
        sign_in.resource.1,
        more.join(", ")
    )
}

/// Whether a step that the simulation asks for was done in the sign-in.
fn is_done(step: &Step, sign_in: &SignIn) -> bool {
    let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
    let holds =
        |path: &str, item: &str| matches!(sign_in.context.get(path), Some(Datum::Set(items)) if items.contains(item));
    match step {
        Step::RedeemInvitation => flag("done.redemption"),
        Step::ApprovedApp => flag("done.approvedApp"),
        Step::AppProtection => flag("done.appProtection"),
        Step::ChangePassword => flag("done.passwordChange"),
        Step::RemediateRisk => flag("done.riskRemediation"),
        Step::AcceptTermsOfUse(id) => holds("done.terms", id.as_str()),
        Step::CustomControl(name) => holds("done.custom", name),
        Step::Authenticate(place, Demand::OneOf(combinations)) => {
            let path = if *place == Place::Home { "done.home.combinations" } else { "done.here.combinations" };
            combinations.iter().any(|methods| holds(path, &methods.join(",")))
        }
        Step::Authenticate(place, Demand::Mfa) => {
            let place = if *place == Place::Home { "home" } else { "here" };
            let combinations = sign_in.context.get(&format!("done.{place}.combinations"));
            let is_enough = |own: &String| is_multifactor(&combination(own));
            flag(&format!("done.{place}.mfa"))
                || matches!(combinations, Some(Datum::Set(items)) if items.iter().any(is_enough))
        }
        Step::CompliantDevice(_) | Step::HybridJoinedDevice(_) => false,
    }
}

/// The sign-in before anything is done in it.
fn brought(sign_in: &SignIn) -> SignIn {
    let mut before = sign_in.clone();
    before.context.retain(|path, _| !path.starts_with("done."));
    before
}

/// What was brought and what is done are both claims.
fn claims(sign_in: &SignIn) -> Claims {
    let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
    let items = |path: &str| match sign_in.context.get(path) {
        Some(Datum::Set(items)) => items.clone(),
        _ => BTreeSet::new(),
    };
    let factors = |place: &str| {
        let mut methods = items(&format!("brought.{place}.methods"));
        // A combination of one factor is done as it stands: as a claim its method would count as a second factor.
        let combinations = items(&format!("done.{place}.combinations"));
        let done = combinations.iter().map(|own| combination(own)).filter(|methods| is_multifactor(methods));
        methods.extend(done.flatten());
        Factors { mfa: flag(&format!("brought.{place}.mfa")) || flag(&format!("done.{place}.mfa")), methods }
    };
    let both = |name: &str| {
        let mut all = items(&format!("brought.{name}"));
        all.extend(items(&format!("done.{name}")));
        all
    };
    Claims {
        home: factors("home"),
        here: factors("here"),
        terms_accepted: both("terms").iter().map(|id| Id::new(id)).collect(),
        custom_passed: both("custom"),
    }
}

/// The conditions.
fn conditions(sign_in: &SignIn) -> Conditions {
    let context = &sign_in.context;
    let text = |path: &str| match context.get(path) {
        Some(Datum::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let flag = |path: &str| context.get(path) == Some(&Datum::Flag(true));
    let transfer = |path: &str| text(path).filter(|flow| *flow != "none").map(TransferMethod::read);
    let mut conditions = Conditions {
        client: text("client").map(ClientApp::read),
        platform: text("platform").map(|platform| match platform {
            "unknown" => SeenPlatform::Unknown,
            known => SeenPlatform::Known(Platform::read(known)),
        }),
        device: Some(device(sign_in)),
        sign_in_risk: text("signInRisk").map(RiskLevel::read),
        user_risk: text("userRisk").map(RiskLevel::read),
        insider_risk: text("insiderRisk").map(|risk| (risk != "none").then(|| InsiderRisk::read(risk))),
        flow: text("flow").map(|_| transfer("flow").map_or(Flow::Ordinary, Flow::Transfer)),
        original_flow: transfer("originalFlow"),
        shared_channel: Some(flag("sharedChannel")),
        claims: claims(sign_in),
        ..Conditions::default()
    };

    conditions.from.address = Some(match context.get("ip") {
        Some(Datum::Ip(address)) => Address::Ip(*address),
        _ => Address::Unlisted,
    });
    conditions.from.country = text("country").and_then(Country::read);
    conditions.from.gps_country = text("gpsCountry").and_then(Country::read);
    conditions.from.mfa_trusted = flag("mfaTrustedIp") && sign_in.unknowns.contains(HAS_MFA_TRUSTED_IPS);
    conditions.from.compliant_network = Some(flag("compliantNetwork"));
    conditions
}

fn device(sign_in: &SignIn) -> Device {
    let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
    if !flag("device.registered") {
        return Device::Unregistered;
    }
    let mut info = DeviceInfo {
        compliant: Some(flag("device.compliant")),
        hybrid_joined: Some(flag("device.hybridJoined")),
        attributes: BTreeMap::new(),
    };
    for (path, datum) in &sign_in.context {
        let Some(name) = path.strip_prefix("device.attributes.") else { continue };
        let values = match datum {
            // A hybrid joined device says so by itself.
            Datum::Text(_) if name == "trusttype" && flag("device.hybridJoined") => continue,
            Datum::Text(text) => Some(text).filter(|text| !text.is_empty()).into_iter().cloned().collect(),
            Datum::Set(items) => items.iter().cloned().collect(),
            _ => continue,
        };
        info.attributes.insert(name.to_owned(), values);
    }
    Device::Registered(info)
}

/// The claims in words.
fn claims_in_words(sign_in: &SignIn) -> ClaimsText {
    let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
    let items = |path: &str| match sign_in.context.get(path) {
        Some(Datum::Set(items)) => items.iter().cloned().collect::<Vec<String>>(),
        _ => Vec::new(),
    };
    let claims = |place: &str| {
        let mut all: Vec<String> = Vec::new();
        if flag(&format!("brought.{place}.mfa")) || flag(&format!("done.{place}.mfa")) {
            all.push("mfa".to_owned());
        }
        all.extend(items(&format!("brought.{place}.methods")));
        // A combination of one factor is done as it stands: as a claim its method would count as a second factor.
        let combinations = items(&format!("done.{place}.combinations"));
        let methods = combinations.iter().map(|own| combination(own)).filter(|methods| is_multifactor(methods));
        all.extend(methods.flatten());
        let mut told = BTreeSet::new();
        all.retain(|claim| told.insert(claim.clone()));
        all
    };
    let both = |name: &str| {
        let mut all = items(&format!("brought.{name}"));
        all.extend(items(&format!("done.{name}")));
        all
    };
    ClaimsText {
        home: claims("home"),
        here: claims("here"),
        terms_accepted: both("terms"),
        custom_passed: both("custom"),
    }
}

/// The conditions in words.
fn when(sign_in: &SignIn) -> When {
    let context = &sign_in.context;
    let text = |path: &str| match context.get(path) {
        Some(Datum::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let flag = |path: &str| context.get(path) == Some(&Datum::Flag(true));
    let device = if flag("device.registered") {
        let mut attributes = BTreeMap::new();
        for (path, datum) in context.iter().filter(|(path, _)| path.starts_with("device.attributes.")) {
            let name = path.trim_start_matches("device.attributes.").to_owned();
            let value = match datum {
                // A hybrid joined device says so by itself.
                Datum::Text(_) if name == "trusttype" && flag("device.hybridJoined") => continue,
                Datum::Text(text) => AttributeText::List(if text.is_empty() { Vec::new() } else { vec![text.clone()] }),
                Datum::Set(items) => AttributeText::List(items.iter().cloned().collect()),
                _ => continue,
            };
            attributes.insert(name, value);
        }
        attributes.insert("isCompliant".to_owned(), AttributeText::Flag(flag("device.compliant")));
        attributes.insert("hybridJoined".to_owned(), AttributeText::Flag(flag("device.hybridJoined")));
        DeviceText::Attributes(attributes)
    } else {
        DeviceText::Word("unregistered".to_owned())
    };
    let original = text("originalFlow").filter(|flow| flow != "none");
    let address = match context.get("ip") {
        Some(Datum::Ip(address)) => Some(address.to_string()),
        _ => plain().ip,
    };
    When {
        client: text("client"),
        platform: text("platform"),
        ip: address,
        country: text("country"),
        gps_country: text("gpsCountry"),
        authentication_context: text("authenticationContext").filter(|context| context != "none"),
        compliant_network: Some(flag("compliantNetwork")),
        device: Some(device),
        sign_in_risk: text("signInRisk"),
        user_risk: text("userRisk"),
        insider_risk: text("insiderRisk"),
        flow: text("flow"),
        original_flow: original,
        shared_channel: Some(flag("sharedChannel")),
        scopes: if flag("baselineScopes") { vec![A_BASELINE_SCOPE.to_owned()] } else { Vec::new() },
        mfa_trusted_ip: Some(flag("mfaTrustedIp") && sign_in.unknowns.contains(HAS_MFA_TRUSTED_IPS)),
        claims: claims_in_words(sign_in),
        ..When::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::sign_in::Readings;
    use crate::compile::{Mentions, Value as EntityValue, compile};
    use crate::load::{Loaded, Loader};
    use crate::simulate::question::UserText;

    /// Every sort of identity source, a package that grants a group and one that grants an application, a setting that
    /// names people of a home tenant, a policy about an application without service principal, and partners of which some
    /// may be missing.
    fn tenant() -> Loaded {
        let source = |kind: &str, more: &str| {
            format!(r##"[{{"@odata.type":"#microsoft.graph.{kind}IdentitySource","displayName":"S"{more}}}]"##)
        };
        let organization = |number: u8, sources: &str| {
            format!(
                r#"{{"id":"c0000000-0000-4000-8000-00000000000{number}","displayName":"Organization {number}","state":"configured","identitySources":{sources}}}"#
            )
        };
        let organizations = [
            organization(
                1,
                &source("azureActiveDirectoryTenant", r#","tenantId":"0f000000-0000-4000-8000-000000000001""#),
            ),
            organization(2, &source("domain", r#","domainName":"larkspur.example""#)),
            organization(
                3,
                &source("externalDomainFederation", r#","domainName":"quince.example","issuerUri":"urn:q""#),
            ),
            organization(4, &source("social", r#","socialIdentitySourceType":"facebook""#)),
            organization(5, &source("domain", r#","domainName":"outlook.com""#)),
        ];
        let package = |number: u8, role: &str| {
            format!(
                r#"{{"id":"d0000000-0000-4000-8000-00000000000{number}","displayName":"Package {number}","resourceRoleScopes":[{{"id":"r","role":{{"originId":"Member_x","originSystem":"{}"}},"scope":{{"originId":"{}","originSystem":"{}"}}}}]}}"#,
                role.split_once(' ').unwrap().0,
                role.split_once(' ').unwrap().1,
                role.split_once(' ').unwrap().0
            )
        };
        let offer = |number: u8| {
            format!(
                r#"{{"id":"e0000000-0000-4000-8000-00000000000{number}","displayName":"Offer {number}","allowedTargetScope":"allExternalUsers","accessPackage":{{"id":"d0000000-0000-4000-8000-00000000000{number}"}},"requestorSettings":{{"enableTargetsToSelfAddAccess":true}}}}"#
            )
        };
        let text = format!(
            r##"{{"connectedOrganizations":[{}],"accessPackages":[{},{}],"accessPackageAssignmentPolicies":[{},{}],
                "groups":[{{"id":"9a000000-0000-4000-8000-000000000001","displayName":"Readers","members":[]}}],
                "users":[],"servicePrincipals":[{{"id":"5a000000-0000-4000-8000-000000000001","appId":"5a000000-0000-4000-8000-00000000000a","displayName":"any other application","appRoleAssignmentRequired":false}}],
                "crossTenantAccessPolicyDefault":{{"b2bCollaborationInbound":{{"usersAndGroups":{{"accessType":"allowed","targets":[{{"target":"AllUsers","targetType":"user"}}]}},"applications":{{"accessType":"allowed","targets":[{{"target":"AllApplications","targetType":"application"}}]}}}}}},
                "conditionalAccessPolicies":[{{"id":"a0000000-0000-4000-8000-000000000001","displayName":"P","state":"enabled","conditions":{{
                    "clientAppTypes":["all"],"signInRiskLevels":["high"],
                    "users":{{"includeUsers":["All"],"excludeGroups":["9a000000-0000-4000-8000-000000000001"],"excludeGuestsOrExternalUsers":{{"guestOrExternalUserTypes":"serviceProvider","externalTenants":{{"@odata.type":"#microsoft.graph.conditionalAccessEnumeratedExternalTenants","membershipKind":"enumerated","members":["0f000000-0000-4000-8000-000000000002"]}}}}}},
                    "applications":{{"includeApplications":["All"],"excludeApplications":["5b000000-0000-4000-8000-00000000000b"]}},
                    "devices":{{"deviceFilter":{{"mode":"exclude","rule":"device.model -eq \"M1\" -or device.physicalIds -contains \"x\""}}}},
                    "locations":{{"includeLocations":["All"],"excludeLocations":["b0000000-0000-4000-8000-000000000001"]}}}},
                    "grantControls":{{"operator":"OR","builtInControls":["mfa"],"termsOfUse":["f0000000-0000-4000-8000-000000000001"],"customAuthenticationFactors":["Badge"]}}}}],
                "namedLocations":[{{"@odata.type":"#microsoft.graph.ipNamedLocation","id":"b0000000-0000-4000-8000-000000000001","displayName":"L","isTrusted":true,"ipRanges":[{{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"192.0.2.0/24"}}]}}]}}"##,
            organizations.join(","),
            package(1, "AadGroup 9a000000-0000-4000-8000-000000000001"),
            package(2, "AadApplication 5a000000-0000-4000-8000-000000000001"),
            offer(1),
            offer(2),
        );
        let mut loader = Loader::default();
        loader.file("export.json".to_owned(), text.as_bytes());
        loader.finish()
    }

    /// What makes a person differ: as they are, and in each thing that people who are not here yet may be in.
    fn people(compiled: &Compiled) -> Vec<Entity> {
        let mut all = Vec::new();
        for newcomer in &compiled.world.newcomers {
            all.push(newcomer.clone());
            let provider = newcomer.text("provider");
            let domain = matches!(provider, "oneTimePasscode" | "federation");
            for free in compiled.world.free.iter().filter(|free| free.kind != NOT_EXPORTED) {
                let fits = match free.kind {
                    "ConnectedOrganization" => domain || provider == "facebook" && free.id.ends_with('4'),
                    "HomeObject" => provider == "entra",
                    _ => true,
                };
                if fits {
                    let mut inside = newcomer.clone();
                    inside.parents.insert((free.kind, free.id.clone()));
                    all.push(inside);
                }
            }
        }
        all
    }

    /// The dullest context, and it with each thing another way.
    fn contexts(compiled: &Compiled) -> Vec<BTreeMap<String, Datum>> {
        let dull = compiled.dull();
        let mut all = vec![dull.clone()];
        let mut with = |changes: Vec<(String, Datum)>| {
            let mut context = dull.clone();
            context.extend(changes);
            all.push(context);
        };
        for (path, values) in &compiled.world.values {
            let name = path.trim_start_matches("context.").to_owned();
            for value in values.iter().filter(|value| *value != "none") {
                with(vec![(name.clone(), Datum::Text(value.clone()))]);
            }
        }
        let registered = || ("device.registered".to_owned(), Datum::Flag(true));
        for (path, datum) in &dull {
            let one = match datum {
                Datum::Flag(_) if path != "unlistedIp" => Datum::Flag(true),
                Datum::Text(text) if text.is_empty() => Datum::Text("m1".to_owned()),
                Datum::Ip(_) => Datum::Ip([192, 0, 2, 7].into()),
                _ => continue,
            };
            let more = path.starts_with("device.").then(registered);
            with(std::iter::once((path.clone(), one)).chain(more).collect());
        }
        for (path, elements) in &compiled.world.elements {
            let name = path.trim_start_matches("context.").to_owned();
            let more = name.starts_with("device.").then(registered);
            with(std::iter::once((name, Datum::Set(elements.iter().cloned().collect()))).chain(more).collect());
        }
        all
    }

    /// Every kind of person × home × application × circumstance goes into words and back, and is the same; only of people
    /// whose tenant is not known there are no words.
    #[test]
    fn every_sign_in_goes_there_and_back() {
        let loaded = tenant();
        let tenant = &loaded.tenant;
        let compiled = compile(tenant, &BTreeMap::new(), &Mentions::default()).unwrap();
        let lifter = Lifter {
            options: Vec::new(),
            tenant,
            resolver: Resolver::new(tenant, &BTreeMap::new()),
            engine: Engine::new(tenant, Readings::default()),
            parameters: Value::Record(Vec::new()),
            authority: compiled.authority().unwrap(),
            compiled: &compiled,
            emergency_accounts: &BTreeSet::new(),
            organizations: Vec::new(),
            groups: Vec::new(),
        };
        let resources = [
            ("Application", ANY_OTHER),
            ("Application", "00000003-0000-0ff1-ce00-000000000000"),
            ("Application", "5a000000-0000-4000-8000-00000000000a"),
            ("Application", "5b000000-0000-4000-8000-00000000000b"),
            ("UserAction", "urn:user:registersecurityinfo"),
        ];
        let people = people(&compiled);
        let contexts = contexts(&compiled);
        assert!(people.len() > 60 && contexts.len() > 50, "{} {}", people.len(), contexts.len());
        let first = &contexts[..1];
        let mut tried = 0;
        let mut without_words = BTreeSet::new();
        // Every person × every application, and every application × every circumstance for two of them.
        for (at, person) in people.iter().enumerate() {
            assert_eq!(person.attributes.get("exists"), Some(&EntityValue::Flag(false)));
            for (kind, id) in resources {
                for context in if at < 2 { contexts.as_slice() } else { first } {
                    let sign_in = SignIn {
                        person: person.clone(),
                        resource: (kind, id.to_owned()),
                        context: context.clone(),
                        unknowns: BTreeSet::new(),
                    };
                    let application = lifter.application(&sign_in);
                    let scenario = lifter.scenario(&sign_in, &application);
                    let Some(who) = Lifter::who(&scenario.subject, &Lifter::packages(&sign_in), &[]) else {
                        without_words.insert(person.text("homeTenant").to_owned());
                        continue;
                    };
                    let mut when = when(&sign_in);
                    if lifter.is_unlisted(&sign_in) {
                        when.ip = plain().ip;
                    }
                    let is_action = kind == "UserAction";
                    when.user_action = is_action.then(|| application.word.clone());
                    let app = (!is_action).then_some(application.word.as_str());
                    let who = UserText::Described(Box::new(who));
                    let mut back = lifter.resolver.scenario(&who, app, &when).unwrap();
                    back.subject.name.clone_from(&scenario.subject.name);
                    assert_eq!(format!("{back:#?}"), format!("{scenario:#?}"), "{sign_in:?}\n{who:?}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 800, "{tried}");
        assert_eq!(without_words, BTreeSet::from([UNSEEN_PARTNER.to_owned()]));
    }
}
