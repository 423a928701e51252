//! Rules on sign-ins, tried: a sign-in that breaks one is a finding, and having found none proves nothing.
//!
//! Who comes is everybody that the tenant can tell apart; applications are those of the export, those that the rule
//! names and any other one. A guardrail is broken by a sign-in that it matches and that is let in, a promise of every
//! sign-in by one that it matches and that is refused. Verdicts that depend on what is not known break nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::circumstances::{after, circumstances, context};
use super::names::{Trouble, resolve};
use super::people::{Candidate, people};
use super::{CheckError, Run, told};
use crate::access::Why;
use crate::access::sign_in::{Conditions, Engine, Readings, Refusal, Request, Scenario, Step, Target, Verdict};
use crate::facts::{Facts, Value};
use crate::finding::{Finding, NotEvaluated, Subject};
use crate::model::{EXCHANGE, Id, Kind, Tenant};
use crate::rules::{NamedKind, Quantifier, Question, Rule, SignIn, SignInRule, Wish};
use crate::simulate::question::When;
use crate::simulate::{ANY_OTHER_APPLICATION, Resolver, conditions};

/// An application that is tried.
struct Application {
    /// The word for it.
    word: String,
    id: Id,
    facts: Facts,
}

impl Application {
    fn is_any_other(&self) -> bool {
        self.word == ANY_OTHER_APPLICATION
    }
}

/// What came of a sign-in.
enum Came {
    LetIn { steps: Vec<Step>, context: Value },
    Refused { refusals: Vec<Refusal>, context: Value },
}

/// What a sign-in says of a rule.
enum Judged {
    /// It breaks it.
    Broken(Came),
    /// It keeps a promise.
    Kept,
    /// Neither.
    Nothing,
    /// That is not known.
    Open(Why),
}

/// A sign-in that breaks a rule.
struct Violation {
    candidate: usize,
    when: When,
    came: Came,
}

/// What came of trying a rule.
#[derive(Default)]
struct Tally {
    /// Sign-ins that the rule may be about.
    tried: usize,
    /// By application: how many were tried, how many break the rule, and the first of those.
    by_application: Vec<(usize, usize, Option<Violation>)>,
    /// How many depend on what is not known, by what would tell, with the first one.
    open: BTreeMap<Option<Kind>, (usize, String)>,
    /// People and applications of which no sign-in was let in: how many, and the first ones.
    shut_out: (usize, Option<(usize, usize)>),
}

pub(super) struct Trial<'l> {
    tenant: &'l Tenant,
    engine: Engine<'l>,
    resolver: Resolver<'l>,
    parameters: Value,
}

impl<'l> Trial<'l> {
    pub(super) fn new(tenant: &'l Tenant, parameters: Value) -> Self {
        let engine = Engine::new(tenant, Readings::default());
        Self { tenant, engine, resolver: Resolver::new(tenant, &BTreeMap::new()), parameters }
    }

    /// Tries a rule.
    pub(super) fn rule(&self, rule: &Rule, run: &mut Run<'_>) -> Result<(), CheckError> {
        let Question::SignIn(wish) = rule.question else { return Ok(()) };
        let ids = match resolve(self.tenant, rule) {
            Ok(ids) => ids,
            Err(Trouble::Ambiguous(error)) => return Err(CheckError::Rules(vec![*error])),
            Err(Trouble::Unknown { reason, kind }) => {
                run.not_evaluated(rule, reason, Some(kind.resource().to_owned()));
                return Ok(());
            }
        };
        let candidates = people(self.tenant, &self.resolver, rule, &ids)?;
        let named: BTreeSet<&Id> =
            ids.iter().filter(|(name, _)| name.kind == NamedKind::Application).map(|(_, id)| id).collect();
        let applications = self.applications(&named)?;
        let texts = ids.into_iter().map(|(name, id)| (name, id.to_string())).collect();
        let mut asked = SignInRule::new(rule, &texts)?;
        let tally = self.tally(&mut asked, wish, &candidates, &applications)?;
        run.report.evaluated += usize::from(tally.tried > 0);
        if tally.by_application.iter().any(|(_, broken, _)| *broken > 0) {
            self.violated(&asked, &tally, &candidates, &applications, run);
        } else {
            self.unproven(rule, wish, &tally, &candidates, &applications, run);
        }
        Ok(())
    }

    /// Applications of the export that somebody can sign in to, those that a rule names, and any other.
    fn applications(&self, named: &BTreeSet<&Id>) -> Result<Vec<Application>, String> {
        let mut all: Vec<Application> = Vec::new();
        let mut known: BTreeSet<Id> = BTreeSet::new();
        for principal in &self.tenant.service_principals.items {
            let Ok(id) = &principal.app_id else { continue };
            let kind = principal.service_principal_type.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
            let signs_in = !["ManagedIdentity", "SocialIdp"].iter().any(|other| other.eq_ignore_ascii_case(kind));
            if signs_in && known.insert(id.clone()) {
                let name = principal.display_name.as_ref().ok();
                all.push(application(id.to_string(), id, name, Some(&principal.origin)));
            }
        }
        for id in named {
            if known.insert((*id).clone()) {
                let name = crate::model::known_application(id.as_str()).map(|known| known.name.to_owned());
                all.push(application(id.to_string(), id, name.as_ref(), None));
            }
        }
        let any = self.resolver.application(ANY_OTHER_APPLICATION).map_err(|wrong| wrong.message)?;
        all.push(application(ANY_OTHER_APPLICATION.to_owned(), &any, None, None));
        Ok(all)
    }

    fn tally(
        &self,
        rule: &mut SignInRule<'_>,
        wish: Wish,
        candidates: &[Candidate],
        applications: &[Application],
    ) -> Result<Tally, String> {
        let mut tally = Tally::default();
        tally.by_application.resize_with(applications.len(), || (0, 0, None));
        for (number, candidate) in candidates.iter().enumerate() {
            let mut all = Vec::new();
            for when in circumstances(self.tenant, rule.rule(), candidate) {
                let conditions = conditions(&when).map_err(|wrong| wrong.message)?;
                let (before, _) = context(self.tenant, &self.parameters, &conditions, None);
                all.push((when, conditions, before));
            }
            for (place, application) in applications.iter().enumerate() {
                let (mut in_scope, mut reached) = (false, false);
                for (when, conditions, before) in &all {
                    let person = &candidate.person;
                    let sees = SignIn { person, application: &application.facts, context: before };
                    // Whatever is done on the way, the rule is not about it.
                    if !is_possible(when, application) || rule.matches(&sees)? == Some(false) {
                        continue;
                    }
                    in_scope = true;
                    tally.tried += 1;
                    let Some((tried, count, first)) = tally.by_application.get_mut(place) else { continue };
                    *tried += 1;
                    match self.judge(rule, wish, conditions, candidate, application)? {
                        Judged::Broken(came) => {
                            *count += 1;
                            first.get_or_insert_with(|| Violation { candidate: number, when: when.clone(), came });
                        }
                        Judged::Kept => reached = true,
                        Judged::Nothing => {}
                        Judged::Open(why) => {
                            reached = true;
                            let who = &person.facts.name;
                            let example = || format!("{who} to {}: {}", name_of(application), why.text);
                            tally.open.entry(why.missing).or_insert_with(|| (0, example())).0 += 1;
                        }
                    }
                }
                if in_scope && !reached {
                    tally.shut_out.0 += 1;
                    tally.shut_out.1.get_or_insert((number, place));
                }
            }
        }
        Ok(tally)
    }

    /// What a sign-in says of a rule.
    fn judge(
        &self,
        rule: &mut SignInRule<'_>,
        wish: Wish,
        conditions: &Conditions,
        candidate: &Candidate,
        application: &Application,
    ) -> Result<Judged, String> {
        let scenario = Scenario {
            subject: candidate.subject.clone(),
            target: Target::Application(Request::plain(application.id.clone())),
            conditions: conditions.clone(),
        };
        let (came, unknown) = match self.comes(&scenario, candidate) {
            Ok(came) => came,
            Err(why) => return Ok(Judged::Open(why)),
        };
        let (Came::LetIn { context, .. } | Came::Refused { context, .. }) = &came;
        let matches = rule.matches(&SignIn { person: &candidate.person, application: &application.facts, context })?;
        let let_in = matches!(came, Came::LetIn { .. });
        Ok(match (wish, let_in, matches) {
            (Wish::Guardrail | Wish::Promise(Quantifier::Some), false, _) => Judged::Nothing,
            (Wish::Promise(Quantifier::Every), true, _) | (_, _, Some(false)) => Judged::Nothing,
            (Wish::Promise(Quantifier::Some), true, Some(true)) => Judged::Kept,
            (_, _, Some(true)) => Judged::Broken(came),
            (_, _, None) => {
                let why = unknown.into_iter().next();
                Judged::Open(why.unwrap_or_else(|| Why::unspecified("what the rule asks is not known")))
            }
        })
    }

    /// What comes of a sign-in, and what rules see of it then: for one that is let in, after the steps that are asked
    /// for. Or why that is not known.
    fn comes(&self, scenario: &Scenario, candidate: &Candidate) -> Result<(Came, Vec<Why>), Why> {
        let sees = |scenario: &Scenario| context(self.tenant, &self.parameters, &scenario.conditions, Some(candidate));
        let steps = match self.engine.explain(scenario).verdict {
            Verdict::Unknown(doubts) => {
                let doubt = doubts.into_iter().next().map(|doubt| doubt.why);
                return Err(doubt.unwrap_or_else(|| Why::unspecified("what comes of it is not known")));
            }
            Verdict::Block(refusals) => {
                let (context, unknown) = sees(scenario);
                return Ok((Came::Refused { refusals, context }, unknown));
            }
            Verdict::Allow => BTreeSet::new(),
            Verdict::AllowAfter(steps) => steps,
        };
        let mut done = scenario.clone();
        after(steps.iter().cloned(), &mut done.subject, &mut done.conditions);
        if !steps.is_empty() {
            // A step may change what other policies see. Only where nothing else is asked for then are they in.
            let stays = match self.engine.explain(&done).verdict {
                Verdict::Allow => true,
                Verdict::AllowAfter(rest) => rest.is_subset(&steps),
                Verdict::Block(_) | Verdict::Unknown(_) => false,
            };
            if !stays {
                return Err(Why::unspecified("what the steps that are asked for lead to is not known"));
            }
        }
        let (context, unknown) = sees(&done);
        Ok((Came::LetIn { steps: steps.into_iter().collect(), context }, unknown))
    }

    /// One finding about the tenant where any other application is open, else one for each application.
    fn violated(
        &self,
        rule: &SignInRule<'_>,
        tally: &Tally,
        candidates: &[Candidate],
        applications: &[Application],
        run: &mut Run<'_>,
    ) {
        let all = || applications.iter().zip(&tally.by_application);
        let broken = || all().filter(|(_, (_, count, _))| *count > 0);
        let everywhere = broken().any(|(application, _)| application.is_any_other());
        for (application, (tried, count, first)) in broken() {
            let Some(violation) = first else { continue };
            let Some(candidate) = candidates.get(violation.candidate) else { continue };
            let (tried, count) = if everywhere {
                (tally.tried, tally.by_application.iter().map(|(_, count, _)| count).sum())
            } else {
                (*tried, *count)
            };
            let (words, help) = self.told(rule, violation, candidate, application);
            let others = match count - 1 {
                0 => format!("no other of the {tried} sign-ins that were tried is"),
                1 => format!("so is 1 more of the {tried} sign-ins that were tried"),
                more => format!("so are {more} more of the {tried} sign-ins that were tried"),
            };
            let message = format!("{words}; {others}");
            let metadata = &rule.rule().metadata;
            let subject = if everywhere {
                let tenant = run.engine.principal();
                Subject { kind: "Tenant".to_owned(), id: tenant.id.clone(), name: tenant.name.clone() }
            } else {
                let facts = &application.facts;
                Subject { kind: "Application".to_owned(), id: facts.id.clone(), name: facts.name.clone() }
            };
            let of_tenant = run.engine.principal().origin.as_ref();
            let origin = if everywhere { of_tenant } else { application.facts.origin.as_ref().or(of_tenant) };
            let region = match origin {
                Some(origin) => run.loaded.sources.resolve(origin, &[]),
                None => run.nowhere(),
            };
            run.report.findings.push(Finding {
                rule: metadata.id.clone(),
                title: metadata.title.clone(),
                severity: metadata.severity,
                message,
                help,
                fingerprint: Finding::fingerprint(&metadata.id, &subject.kind, &subject.id),
                subject,
                region,
            });
            if everywhere {
                return;
            }
        }
    }

    /// The message and the help for a sign-in that breaks a rule.
    fn told(
        &self,
        rule: &SignInRule<'_>,
        violation: &Violation,
        candidate: &Candidate,
        application: &Application,
    ) -> (String, String) {
        let (Came::LetIn { context, .. } | Came::Refused { context, .. }) = &violation.came;
        let sign_in = SignIn { person: &candidate.person, application: &application.facts, context };
        let (message, help) = rule.tell(&sign_in);
        let who = &candidate.person.facts.name;
        let to = name_of(application);
        let words = match &violation.came {
            Came::LetIn { steps, .. } => {
                format!("{who} is let in to {to} {}", told::conditions(&violation.when, context, steps))
            }
            Came::Refused { refusals, .. } => {
                let why = told::refusal(self.tenant, refusals);
                format!("{who} is refused at {to} {}: {why}", told::conditions(&violation.when, context, &[]))
            }
        };
        let verdict = |when: &When| {
            let conditions = conditions(when).ok()?;
            let target = Target::Application(Request::plain(application.id.clone()));
            Some(self.engine.explain(&Scenario { subject: candidate.subject.clone(), target, conditions }).verdict)
        };
        let expected = verdict(&violation.when);
        let when = told::shortest(&violation.when, |shorter| verdict(shorter) == expected);
        let command = told::command(&candidate.who, &application.word, &when);
        (format!("{message}: {words}"), format!("{help}; `{command}` shows it"))
    }

    /// Nothing that was tried breaks the rule: that is no proof.
    fn unproven(
        &self,
        rule: &Rule,
        wish: Wish,
        tally: &Tally,
        candidates: &[Candidate],
        applications: &[Application],
        run: &mut Run<'_>,
    ) {
        let tried = match tally.tried {
            1 => "tried 1 sign-in".to_owned(),
            tried => format!("tried {tried} sign-ins"),
        };
        let shut_out =
            tally.shut_out.1.filter(|_| wish == Wish::Promise(Quantifier::Some)).and_then(|(who, what)| {
                Some((&candidates.get(who)?.person.facts.name, name_of(applications.get(what)?)))
            });
        let reason = match shut_out {
            _ if tally.tried == 0 => "no sign-in that is tried is one that it is about".to_owned(),
            Some((who, what)) if tally.shut_out.0 == 1 => {
                format!("{tried}, none was let in of {who} to {what}")
            }
            Some((who, what)) => format!(
                "{tried}, none was let in for {} pairs of people and applications, as of {who} to {what}",
                tally.shut_out.0
            ),
            None => format!("{tried}, no proof"),
        };
        run.not_evaluated(rule, reason, None);
        for (kind, (count, example)) in &tally.open {
            let reason = format!("what comes of {count} sign-ins that were tried is not known, as of {example}");
            run.not_evaluated(rule, reason, kind.map(|kind| kind.resource().to_owned()));
        }
        let kind = Kind::ServicePrincipal;
        let coverage = self.tenant.coverage(kind);
        if !coverage.is_complete() {
            let missing = if coverage.exported { "may be missing" } else { "were not exported" };
            let reason = format!("applications {missing}: only those that are known were tried");
            run.report.not_evaluated.push(NotEvaluated {
                rule: rule.metadata.id.clone(),
                reason,
                export: Some(kind.resource().to_owned()),
                objects: None,
            });
        }
    }
}

/// Exchange ActiveSync is a protocol of Exchange Online: policies about it are to be about nothing else (CA-4.8).
fn is_possible(when: &When, application: &Application) -> bool {
    let client = when.client.as_deref().unwrap_or_default();
    !ACTIVE_SYNC.contains(&client) || application.id.as_str() == EXCHANGE
}

/// Clients of Exchange ActiveSync.
const ACTIVE_SYNC: [&str; 2] = ["exchangeActiveSync", "easSupported"];

fn application(word: String, id: &Id, name: Option<&String>, origin: Option<&crate::source::Origin>) -> Application {
    let mut attributes: Vec<(&'static str, Value)> = vec![("appId", id.as_str().into())];
    attributes.extend(name.map(|name| ("displayName", name.as_str().into())));
    let any = word == ANY_OTHER_APPLICATION;
    let shown = name.cloned().unwrap_or_else(|| if any { "any other application".to_owned() } else { id.to_string() });
    let facts = Facts {
        id: id.to_string(),
        name: shown,
        origin: origin.cloned(),
        attributes,
        missing: Vec::new(),
        places: &[],
    };
    Application { word, id: id.clone(), facts }
}

fn name_of(application: &Application) -> String {
    let name = &application.facts.name;
    if application.is_any_other() { name.clone() } else { format!("`{name}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Class, Home, classes};
    use crate::check::circumstances::{LEGACY, plain};
    use crate::config::Parameters;
    use crate::facts::Subjects;
    use crate::load::{Loaded, Loader};
    use crate::model::Time;
    use crate::rules::{AttributeDoc, Pack, PackFile, Schema};

    fn tenant(name: &str) -> Loaded {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tenants").join(name);
        let mut loader = Loader::default();
        for file in crate::source::walk(&folder).files {
            if loader.wants(&file.shown) {
                loader.file(file.shown, &std::fs::read(&file.path).unwrap());
            }
        }
        loader.finish()
    }

    fn pack(scope: &str, condition: &str) -> Pack {
        let annotations = "@id(\"own\")\n@title(\"T\")\n@severity(\"low\")\n@message(\"m\")\n@help(\"h\")\n";
        let text = format!("{annotations}{scope}, action == Action::\"signIn\", resource) when {{ {condition} }};");
        let file = PackFile { path: "own.cedar".into(), area: "own".into(), text };
        Pack::read(&[file], &Schema::bundled().unwrap()).unwrap()
    }

    /// Everything that a rule can ask about a sign-in.
    const EVERYTHING: &str = "context.platform == \"linux\" || context.country == \"DE\" || context.trustedNetwork || \
         context.compliantNetwork || context.device.registered || context.userRisk == \"low\" || \
         context.flow == \"deviceCodeFlow\" || context.claims.mfa";

    /// Attributes by path, held against the schema.
    fn conforms(value: &Value, prefix: &str, docs: &[AttributeDoc], seen: &mut BTreeSet<String>) {
        let Value::Record(members) = value else { panic!("{prefix} is no record") };
        for (name, value) in members {
            let path = if prefix.is_empty() { (*name).to_owned() } else { format!("{prefix}.{name}") };
            let doc =
                docs.iter().find(|doc| doc.path == path).unwrap_or_else(|| panic!("`{path}` is not in the schema"));
            let kind = match value {
                Value::Bool(_) => "Bool",
                Value::Text(text) => {
                    assert!(doc.values.is_empty() || doc.values.contains(text), "`{path}` is `{text}`");
                    "String"
                }
                Value::Long(_) => "Long",
                Value::Set(_) => "Set of String",
                Value::Time(_) => "datetime",
                Value::Record(_) => {
                    conforms(value, &path, docs, seen);
                    "record"
                }
            };
            assert!(
                doc.kind == kind || doc.kind == "EntityOrCommon" || doc.kind.is_empty(),
                "`{path}` is {kind}, not {}",
                doc.kind
            );
            seen.insert(path);
        }
    }

    /// Sign-ins are described in the schema's words, and whoever has no gap in the export lacks nothing.
    #[test]
    fn sign_ins_conform_to_the_schema() {
        let schema = Schema::bundled().unwrap();
        let required = |docs: &[AttributeDoc]| {
            docs.iter().filter(|doc| !doc.optional).map(|doc| doc.path.clone()).collect::<BTreeSet<_>>()
        };
        let loaded = tenant("consulting-walkthrough");
        let parameters = Parameters::default();
        let subjects = Subjects::new(&loaded.tenant, &parameters, Time::read("2026-11-23").unwrap());
        let trial = Trial::new(&loaded.tenant, subjects.context());
        let pack = pack("forbid (principal", EVERYTHING);
        let rule = &pack.rules[0];
        let candidates = people(&loaded.tenant, &trial.resolver, rule, &BTreeMap::new()).unwrap();
        let mut tried = 0;
        for candidate in &candidates {
            let docs = schema.attributes(if candidate.person.is_external { "ExternalUser" } else { "InternalUser" });
            let mut seen = BTreeSet::new();
            conforms(&Value::Record(candidate.person.facts.attributes.clone()), "", &docs, &mut seen);
            assert!(seen.is_superset(&required(&docs)), "{}", candidate.person.facts.id);
            let docs = schema.context("signIn");
            for when in circumstances(&loaded.tenant, rule, candidate) {
                let conditions = conditions(&when).unwrap();
                let (context, unknown) = context(&loaded.tenant, &trial.parameters, &conditions, Some(candidate));
                assert_eq!(unknown, [], "{when:?}");
                let mut seen = BTreeSet::new();
                conforms(&context, "", &docs, &mut seen);
                assert!(seen.is_superset(&required(&docs)), "{when:?}");
                tried += 1;
            }
        }
        assert!(tried > 1000, "{tried}");
        for application in trial.applications(&BTreeSet::new()).unwrap() {
            let mut seen = BTreeSet::new();
            conforms(&Value::Record(application.facts.attributes), "", &schema.attributes("Application"), &mut seen);
        }
    }

    /// Every class has a candidate whose word means exactly it: the command that is told shows the same person.
    #[test]
    fn everybody_whom_the_tenant_can_tell_apart_comes() {
        for name in ["consulting-walkthrough", "logistics-partner"] {
            let loaded = tenant(name);
            let trial = Trial::new(&loaded.tenant, Value::Record(Vec::new()));
            let pack = pack("forbid (principal", "true");
            let candidates = people(&loaded.tenant, &trial.resolver, &pack.rules[0], &BTreeMap::new()).unwrap();
            let of = |candidate: &Candidate| {
                candidate.kind().map(|kind| Class { kind, home: candidate.subject.home.clone() })
            };
            let found: BTreeSet<Class> = candidates.iter().filter_map(of).collect();
            let expected: BTreeSet<Class> =
                classes(&loaded.tenant).into_iter().filter(|class| class.home != Home::UnseenPartner).collect();
            assert_eq!(found, expected);
            assert_eq!(candidates.iter().filter(|candidate| candidate.kind().is_none()).count(), 1);
        }
    }

    /// A tenant that only the rule names is told apart from all others.
    #[test]
    fn a_home_tenant_that_the_rule_names() {
        let loaded = tenant("consulting-walkthrough");
        let trial = Trial::new(&loaded.tenant, Value::Record(Vec::new()));
        let id = "0d000000-0000-4000-8000-000000000001";
        let condition = format!("principal has homeTenant && principal.homeTenant == \"{id}\"");
        let pack = pack("forbid (principal is ExternalUser", &condition);
        let candidates = people(&loaded.tenant, &trial.resolver, &pack.rules[0], &BTreeMap::new()).unwrap();
        let of_it = candidates.iter().filter(|candidate| candidate.subject.home == Home::Tenant(Id::new(id)));
        assert_eq!(of_it.count(), 5);
    }

    /// What nobody can have is not tried: a legacy client brings nothing, and only a tenant vouches for a device.
    #[test]
    fn nothing_impossible_is_tried() {
        let loaded = tenant("consulting-walkthrough");
        let trial = Trial::new(&loaded.tenant, Value::Record(Vec::new()));
        let pack = pack("forbid (principal", EVERYTHING);
        let rule = &pack.rules[0];
        for candidate in people(&loaded.tenant, &trial.resolver, rule, &BTreeMap::new()).unwrap() {
            for when in circumstances(&loaded.tenant, rule, &candidate) {
                let unregistered = when.device == plain().device;
                let none = when.claims.home.is_empty() && when.claims.here.is_empty();
                if LEGACY.contains(&when.client.as_deref().unwrap()) {
                    assert!(unregistered && none, "{when:?}");
                }
                if when.flow.as_deref() == Some("deviceCodeFlow") || !candidate.may_have_device() {
                    assert!(unregistered, "{when:?}");
                }
                if !candidate.may_have_device() {
                    assert!(when.claims.home.is_empty(), "{when:?}");
                }
            }
        }
    }
}
