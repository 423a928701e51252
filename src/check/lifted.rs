//! A sign-in that the prover found, in the words of `simulate`, and held against `access` and against Cedar's authorizer
//! before anybody is told of it.

use std::collections::{BTreeMap, BTreeSet};

use super::circumstances::{context, plain};
use super::people::{Candidate, candidate, name};
use crate::access::sign_in::{Demand, Engine, Refusal, Request, Scenario, Step, Target, Verdict};
use crate::compile::{
    ANY_OTHER_APPLICATION as ANY_OTHER, ANY_OTHER_TENANT as OTHER_TENANT, Authority, Compiled, Datum, NOT_EXPORTED,
    SignIn,
};
use crate::facts::{Facts, Value};
use crate::model::{
    AddressRange, ConnectedOrganization, Id, IdentitySource, Network, Place, Tenant, combination, is_multifactor,
};
use crate::simulate::question::{AttributeText, ClaimsText, Described, DeviceText, UserText, When};
use crate::simulate::{ANY_OTHER_APPLICATION, ANY_OTHER_TENANT, INTERNAL_MEMBER, Resolver, conditions};

/// A sign-in in the words of `simulate`, as rules see it, and what comes of it.
pub(super) struct Lifted {
    pub(super) candidate: Candidate,
    pub(super) application: Application,
    pub(super) when: When,
    pub(super) context: Value,
    pub(super) scenario: Scenario,
    pub(super) came: Came,
}

/// An application as rules see it.
pub(super) struct Application {
    /// The word for it.
    pub(super) word: String,
    pub(super) facts: Facts,
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

/// What sign-ins are lifted with.
pub(super) struct Lifter<'l> {
    pub(super) tenant: &'l Tenant,
    pub(super) resolver: Resolver<'l>,
    pub(super) engine: Engine<'l>,
    pub(super) parameters: Value,
    pub(super) compiled: &'l Compiled,
    pub(super) authority: Authority,
    pub(super) emergency_accounts: &'l BTreeSet<String>,
    /// Connected organizations and groups that rules name.
    pub(super) organizations: Vec<&'l ConnectedOrganization>,
    pub(super) groups: Vec<&'l Id>,
}

impl Lifter<'_> {
    /// Puts a sign-in into words. `let_in` is what the prover says comes of it.
    ///
    /// # Errors
    /// Cedar's authorizer, or `access`, comes to something else: a mistake of ours.
    pub(super) fn lift(&self, sign_in: &SignIn, let_in: bool) -> Result<Lifted, String> {
        let who = self.who(sign_in);
        let mut subject = self.resolver.user(&who).map_err(|wrong| wrong.message)?;
        let ancestors = self.compiled.ancestors(&sign_in.person);
        let of = |kind: &'static str| ancestors.iter().filter(move |(own, _)| *own == kind).map(|(_, id)| id);
        subject.granted.extend(of("AppAssignment").map(|id| Id::new(id)));
        let mut when = when(sign_in);
        if self.is_unlisted(sign_in) {
            when.ip = plain().ip;
        }
        let mut conditions = conditions(&when).map_err(|wrong| wrong.message)?;
        conditions.home_outbound = None;
        let application = self.application(sign_in)?;
        let target = Target::Application(Request::plain(Id::new(&application.facts.id)));
        let given: Vec<String> = self.given(sign_in);
        let user = self.tenant.users.get(&Id::new(&sign_in.person.id));
        let name = user.and_then(|user| user.user_principal_name.as_ref().ok());
        let emergency = self
            .emergency_accounts
            .iter()
            .any(|known| *known == sign_in.person.id || name.is_some_and(|name| name.eq_ignore_ascii_case(known)));
        let organizations: Vec<(&ConnectedOrganization, bool)> = self
            .organizations
            .iter()
            .map(|own| (*own, ancestors.contains(&("ConnectedOrganization", own.id.to_string()))))
            .collect();
        let candidate = candidate(self.tenant, who, subject, given, emergency, &organizations, &self.groups);
        let (context, _) = context(self.tenant, &self.parameters, &conditions, &candidate);
        let scenario = Scenario { subject: candidate.subject.clone(), target, conditions };
        let came = self.replayed(sign_in, &scenario, let_in)?;
        Ok(Lifted { candidate, application, when, context, scenario, came })
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
        let who = self.who(sign_in);
        let name = match self.resolver.user(&who) {
            Ok(subject) => name(self.tenant, &subject, &who),
            Err(_) => sign_in.person.id.clone(),
        };
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
        if is_unexported(sign_in) {
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

    fn who(&self, sign_in: &SignIn) -> UserText {
        let person = &sign_in.person;
        let text = |name: &str| person.text(name);
        let exists = person.attributes.get("exists") == Some(&crate::compile::Value::Flag(true));
        let provider = match text("provider") {
            "oneTimePasscode" => "one-time-passcode",
            "microsoftAccount" => "microsoft-account",
            "federation" => "saml",
            other => other,
        };
        let home = match text("homeTenant") {
            "" => None,
            OTHER_TENANT => Some(ANY_OTHER_TENANT),
            id => Some(id),
        };
        // People of an organization that is recognised by their mail domain.
        let organization = person.parents.iter().find(|(kind, _)| *kind == "ConnectedOrganization");
        let domain =
            organization.and_then(|(_, id)| self.tenant.connected_organizations.get(&Id::new(id))).and_then(|found| {
                found.identity_sources.iter().flatten().find_map(|source| match source {
                    IdentitySource::Domain(domain) | IdentitySource::Federation(domain) => Some(domain.clone()),
                    _ => None,
                })
            });
        let prefix = match text("kind") {
            "b2bCollaborationMember" => "member:",
            "b2bDirectConnectUser" => "direct-connect:",
            "serviceProvider" => "service-provider:",
            "otherExternalUser" => "other:",
            _ => "",
        };
        let word = match (text("kind"), home) {
            _ if exists => person.id.clone(),
            ("internalGuest", _) => "internal-guest".to_owned(),
            ("internalMember", _) => INTERNAL_MEMBER.to_owned(),
            ("b2bCollaborationGuest", Some(ANY_OTHER_TENANT)) => ANY_OTHER_TENANT.to_owned(),
            ("b2bCollaborationGuest", Some(home)) => format!("tenant:{home}"),
            ("b2bCollaborationGuest", None) => {
                domain.map_or_else(|| provider.to_owned(), |domain| format!("domain:{domain}"))
            }
            (_, Some(home)) => format!("{prefix}{home}"),
            (_, None) => format!("{prefix}{provider}"),
        };
        let flag = |path: &str| sign_in.context.get(path) == Some(&Datum::Flag(true));
        let inside = |of: &str| {
            let package = |kind: &str| kind == "AccessPackage";
            let own = person.parents.iter().filter(|(kind, _)| package(kind));
            let groups = own.filter_map(|(kind, id)| self.compiled.entity(kind, id)).flat_map(|found| &found.parents);
            groups.filter(|(kind, _)| *kind == of).map(|(_, id)| id.clone()).collect::<Vec<String>>()
        };
        let objects = person.parents.iter().filter(|(kind, _)| *kind == "HomeObject").map(|(_, id)| id.clone());
        let objects: Vec<String> = objects.collect();
        let mut described = Described { who: word.clone(), ..Described::default() };
        described.groups = inside("Group");
        described.home_groups = (!exists && home.is_some()).then_some(objects);
        described.guest_here_too = flag("guestHereToo");
        let registers =
            !matches!(text("kind"), "internalMember" | "internalGuest" | "b2bDirectConnectUser" | "serviceProvider");
        if registers {
            described.registered_here = Some(if flag("registeredHere") { vec!["sms".to_owned()] } else { Vec::new() });
        }
        if described == (Described { who: word.clone(), ..Described::default() }) {
            return UserText::Word(word);
        }
        UserText::Described(Box::new(described))
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
        let own = sign_in.person.parents.iter().filter(|(kind, _)| *kind == "AccessPackage");
        let above = own.filter_map(|(kind, id)| self.compiled.entity(kind, id)).flat_map(|found| &found.parents);
        let mut given: Vec<String> =
            above.filter(|(kind, _)| *kind == "AppAssignment").map(|(_, id)| id.clone()).collect();
        given.sort();
        given.dedup();
        given
    }

    fn application(&self, sign_in: &SignIn) -> Result<Application, String> {
        let (_, id) = &sign_in.resource;
        let any = id == ANY_OTHER;
        let word = if any { ANY_OTHER_APPLICATION.to_owned() } else { id.clone() };
        let id = self.resolver.application(&word).map_err(|wrong| wrong.message)?;
        let principal = self.tenant.service_principals.items.iter().find(|found| found.app_id.as_ref() == Ok(&id));
        let known = crate::model::known_application(id.as_str()).map(|known| known.name.to_owned());
        let name = principal.and_then(|found| found.display_name.clone().ok()).or(known);
        let mut attributes: Vec<(&'static str, Value)> = vec![("appId", id.as_str().into())];
        attributes.extend(name.clone().map(|name| ("displayName", name.into())));
        let shown = name.unwrap_or_else(|| if any { "any other application".to_owned() } else { id.to_string() });
        let facts = Facts {
            id: id.to_string(),
            name: shown,
            origin: principal.map(|found| found.origin.clone()),
            attributes,
            missing: Vec::new(),
            places: &[],
        };
        Ok(Application { word, facts })
    }
}

/// Whether it is of a user whom the export lacks.
pub(super) fn is_unexported(sign_in: &SignIn) -> bool {
    sign_in.person.parents.iter().any(|(kind, _)| *kind == NOT_EXPORTED)
}

/// That two of the three who decide a sign-in come to different ends.
fn disagrees(who: &str, sign_in: &SignIn, what: &str) -> String {
    format!(
        "{who} says that a sign-in of {} to {} {what}, and the prover says otherwise",
        sign_in.person.id, sign_in.resource.1
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
            flag(if *place == Place::Home { "done.home.mfa" } else { "done.here.mfa" })
        }
        Step::CompliantDevice(_) | Step::HybridJoinedDevice(_) => false,
    }
}

/// The conditions in words: what was brought and what is done are both claims.
fn when(sign_in: &SignIn) -> When {
    let context = &sign_in.context;
    let text = |path: &str| match context.get(path) {
        Some(Datum::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let flag = |path: &str| context.get(path) == Some(&Datum::Flag(true));
    let items = |path: &str| match context.get(path) {
        Some(Datum::Set(items)) => items.iter().cloned().collect::<Vec<String>>(),
        _ => Vec::new(),
    };
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
    let claims = ClaimsText {
        home: claims("home"),
        here: claims("here"),
        terms_accepted: both("terms"),
        custom_passed: both("custom"),
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
        compliant_network: Some(flag("compliantNetwork")),
        device: Some(device),
        sign_in_risk: text("signInRisk"),
        user_risk: text("userRisk"),
        insider_risk: text("insiderRisk"),
        flow: text("flow"),
        original_flow: original,
        shared_channel: Some(flag("sharedChannel")),
        claims,
        ..When::default()
    }
}
