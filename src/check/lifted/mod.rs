//! A sign-in that the prover found, as `access` takes it, and held against `access` and against Cedar's authorizer before
//! anybody is told of it.

mod conditions;
mod person;

use std::collections::BTreeSet;

use super::circumstances::{context, plain};
use super::people::{Candidate, candidate, name};
use crate::access::sign_in::{
    DirectoryObject, Engine, Refusal, Request, Scenario, Step, Subject, Target, UserAction, Verdict,
};
use crate::compile::{
    ANY_OTHER_APPLICATION as ANY_OTHER, Authority, Compiled, Datum, NOT_EXPORTED, SignIn, UNTOLD_PACKAGE,
};
use crate::facts::{Facts, Value};
use crate::model::{Address, AddressRange, ConnectedOrganization, Id, Network, Tenant};
use crate::simulate::question::{Described, When};
use crate::simulate::{ANY_OTHER_APPLICATION, Resolver, no_application, word};
use conditions::{A_BASELINE_SCOPE, brought, claims, claims_in_words, conditions, is_done, when};

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
            when.claims = claims_in_words(claims(&brought));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::access::sign_in::Readings;
    use crate::compile::{Entity, Mentions, UNSEEN_PARTNER, Value as EntityValue, compile};
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
