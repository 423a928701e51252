//! Rules on sign-ins, decided for every possible sign-in, and what the decision is told as.

use std::collections::{BTreeMap, BTreeSet};

use super::given::{self, Proof, given};
use super::lifted::{Came, Lifter};
use super::names::{Misnamed, no_account, no_applications, resolve};
use super::sets::{command, line, set, users};
use super::{BrokenIf, Held, Perhaps, Policies, Request, Run, Trouble, WouldChange, told};
use crate::access::sign_in::Engine;
use crate::compile::{Compiled, Mentions, SignIn, Term, compile};
use crate::facts::Value;
use crate::finding::{Finding, Subject, internal_error};
use crate::model::{AccessPackage, Id, Kind, ResourceRole, ServicePrincipal, Session, Tenant};
use crate::prove::{Change, Constant, Decision, Gap, Prover, Undecided, Way};
use crate::rules::{Body, Named, NamedKind, Quantifier, Question, Rule, SignIn as RuleSignIn, SignInRule, Wish};
use crate::simulate::Resolver;

/// The end of a help that names the command.
#[must_use]
pub fn shows(command: &str) -> String {
    format!("; `{command}` shows it")
}

/// Where no command shows a sign-in.
const NO_COMMAND: &str = "no command shows it: there are no words for whoever it is";

/// Everything that rules on sign-ins are decided with.
pub(super) struct SignIns<'l> {
    tenant: &'l Tenant,
    request: &'l Request<'l>,
    parameters: Value,
}

/// A rule that is asked.
struct Asked<'r> {
    rule: &'r Rule,
    wish: Wish,
    ids: BTreeMap<Named, Id>,
    sign_in_rule: SignInRule<'r>,
    body: Body,
    /// Whether it was told already that it is not known of whom or what it asks: it does not hold then.
    untold: bool,
}

impl Asked<'_> {
    /// Whether the rule is about what access packages give.
    fn about_what_is_given(&self) -> bool {
        self.rule.reads("principal", &["given"])
    }
}

impl<'l> SignIns<'l> {
    pub(super) fn new(tenant: &'l Tenant, request: &'l Request<'l>, parameters: Value) -> Self {
        Self { tenant, request, parameters }
    }

    /// Decides rules, each by itself.
    pub(super) fn decide(&self, rules: &[&Rule], run: &mut Run<'_>) {
        let mut all = Vec::new();
        for rule in rules {
            if self.is_off(rule) {
                run.report.off.push(rule.metadata.id.clone());
                continue;
            }
            match self.ask(rule, run) {
                Ok(asked) => all.extend(asked),
                Err(trouble) => run.trouble(rule, trouble),
            }
        }
        if !all.is_empty()
            && let Err(trouble) = self.all(&mut all, run)
        {
            for asked in &all {
                run.trouble(asked.rule, trouble.clone());
            }
        }
    }

    /// Decides what is asked.
    ///
    /// # Errors
    /// What stops all of it.
    fn all(&self, all: &mut Vec<Asked<'_>>, run: &mut Run<'_>) -> Result<(), Trouble> {
        let missing = self.missing_accounts();
        if !missing.is_empty() {
            let export = (!self.tenant.users.coverage.is_complete()).then(|| Kind::User.resource().to_owned());
            for asked in all.iter_mut().filter(|asked| asked.rule.reads("principal", &["isEmergencyAccount"])) {
                asked.untold = true;
                for account in &missing {
                    let named = no_account(self.tenant, account);
                    run.not_evaluated(asked.rule, named.message.clone(), export.clone());
                    if export.is_none() {
                        run.report.misnamed.insert(named);
                    }
                }
            }
        }
        let missing = no_applications(self.tenant, &self.request.parameters.sensitive_applications);
        for asked in all.iter_mut().filter(|asked| asked.rule.reads("context", &["sensitiveApplications"])) {
            for named in &missing {
                asked.untold = true;
                run.not_evaluated(asked.rule, named.message.clone(), None);
                run.report.misnamed.insert(named.clone());
            }
        }
        let mentions = self.mentions(all);
        let compiled = compile(self.tenant, &self.request.readings.settled(), &mentions);
        let compiled = compiled.map_err(|fault| Trouble::Ours(fault.to_string()))?;
        self.on(&compiled, all, run)?;
        self.lean(&compiled, &mentions, all, run);
        Ok(())
    }

    /// Tells of every rule that holds which readings its proof needs: all that may matter where that was not decided.
    fn lean(&self, compiled: &Compiled, mentions: &Mentions, all: &[Asked<'_>], run: &mut Run<'_>) {
        let leanings = given::leanings([compiled]);
        let is_held = |asked: &&Asked<'_>| run.report.held.iter().any(|held| held.rule == asked.rule.metadata.id);
        let asked: Vec<&Asked<'_>> = all.iter().filter(is_held).collect();
        if leanings.is_empty() || asked.is_empty() {
            return;
        }
        let readings = &self.request.readings;
        let Ok(open) = compile(self.tenant, &given::without(&readings.settled(), &leanings), mentions) else { return };
        let assumed = given::as_read(&open, &leanings);
        let bodies: Vec<&Body> = asked.iter().map(|asked| &asked.body).collect();
        let mut prover = Prover::new(&open, &bodies, self.constants()).ok();
        for asked in asked {
            let refused = match asked.wish {
                Wish::Guardrail => Some(true),
                Wish::Promise(Quantifier::Every) => Some(false),
                Wish::Promise(Quantifier::Some) => None,
            };
            let names = prover.as_mut().and_then(|prover| prover.leans_on(&asked.body, refused, &assumed).ok());
            let names = names.unwrap_or_else(|| assumed.iter().map(|(name, _)| name.clone()).collect());
            let told = given::told(&open, readings, &names);
            for held in run.report.held.iter_mut().filter(|held| held.rule == asked.rule.metadata.id) {
                held.leans_on.clone_from(&told);
            }
        }
    }

    /// Decides what is asked on a compiled tenant.
    ///
    /// # Errors
    /// What stops all of it.
    fn on(&self, compiled: &Compiled, all: &mut Vec<Asked<'_>>, run: &mut Run<'_>) -> Result<(), Trouble> {
        if all.iter().any(Asked::about_what_is_given) {
            let untold = self.untold_of_packages();
            let given = ("given".to_owned(), "resource.appId".to_owned());
            let nothing = compiled.told_of_people.get(&given).is_none_or(|term| *term == Term::False);
            for asked in all.iter_mut().filter(|asked| asked.about_what_is_given()) {
                match &untold {
                    Some((reason, kind)) => {
                        asked.untold = true;
                        run.not_evaluated(asked.rule, reason.clone(), Some(kind.resource().to_owned()));
                    }
                    None if nothing => run.report.off.push(asked.rule.metadata.id.clone()),
                    None => {}
                }
            }
            if nothing {
                all.retain(|asked| !asked.about_what_is_given());
            }
            if all.is_empty() {
                return Ok(());
            }
        }
        let bodies: Vec<&Body> = all.iter().map(|asked| &asked.body).collect();
        let prover = Prover::new(compiled, &bodies, self.constants());
        let mut prover = prover.map_err(|undecided| Trouble::Undecided(told::undecided(&undecided)))?;
        let ids: BTreeSet<(NamedKind, Id)> =
            all.iter().flat_map(|asked| &asked.ids).map(|(name, id)| (name.kind, id.clone())).collect();
        let named = |kind: NamedKind| ids.iter().filter(move |(own, _)| *own == kind).map(|(_, id)| id);
        let lifter = Lifter {
            tenant: self.tenant,
            resolver: Resolver::new(self.tenant, self.request.homes),
            engine: Engine::new(self.tenant, self.request.readings.clone()),
            options: self.request.readings.options(),
            parameters: self.parameters.clone(),
            compiled,
            authority: compiled.authority().map_err(|fault| Trouble::Ours(fault.to_string()))?,
            emergency_accounts: &self.request.parameters.emergency_accounts,
            organizations: named(NamedKind::ConnectedOrganization)
                .filter_map(|id| self.tenant.connected_organizations.get(id))
                .collect(),
            groups: named(NamedKind::Group).collect(),
        };
        let contradictions = contradictions(&mut prover, all);
        for (at, asked) in all.iter_mut().enumerate() {
            if let Some((other, Err(undecided))) = contradictions.get(&at) {
                let reason =
                    format!("whether it contradicts `{other}` was not decided: {}", told::undecided(undecided));
                run.not_evaluated(asked.rule, reason, None);
                continue;
            }
            if let Some((other, Ok(sign_in))) = contradictions.get(&at) {
                let shown = lifter.lift(sign_in, false).or_else(|_| lifter.lift(sign_in, true));
                let example = shown.map(|lifted| {
                    format!(", as {} to {}", lifted.candidate.person.facts.name, lifted.application.name())
                });
                let reason = format!(
                    "it contradicts `{other}`: both are about the same sign-ins{}",
                    example.unwrap_or_default()
                );
                run.not_evaluated(asked.rule, reason, None);
                continue;
            }
            match self.one(asked, &mut prover, &lifter, run) {
                Ok(evaluated) => run.report.evaluated += usize::from(evaluated),
                Err(trouble) => run.trouble(asked.rule, trouble),
            }
        }
        run.report.policies = Some(self.policies(&mut prover, &lifter));
        Ok(())
    }

    /// What policies come to.
    fn policies(&self, prover: &mut Prover<'_>, lifter: &Lifter<'_>) -> Policies {
        let decided = prover.idle_policies().and_then(|idle| Ok((idle, prover.report_only_changes()?)));
        let ((never, needless), changes) = match decided {
            Ok(decided) => decided,
            Err(undecided) => {
                return Policies { undecided: Some(told::undecided(&undecided)), ..Policies::default() };
            }
        };
        let mut faults = BTreeSet::new();
        let name = |id: &String| {
            let all = lifter.compiled.forbids.iter().chain(&lifter.compiled.report_only);
            all.into_iter().find(|forbid| forbid.id == *id).map_or_else(|| id.clone(), |forbid| forbid.name.clone())
        };
        // Session controls are obligations that no verdict tells.
        let obliges = |id: &&String| {
            let policy = self.tenant.conditional_access.get(&Id::new(id));
            policy.is_none_or(|policy| {
                policy.session.as_ref().map_or(true, |own| own.as_ref().is_some_and(|own| *own != Session::default()))
            })
        };
        let mut report_only = Vec::new();
        for (id, change) in changes {
            let change = match change {
                Change::Nothing => WouldChange::Nothing,
                Change::If(depends) => {
                    WouldChange::Depends(depends.iter().map(|(own, _)| told::unknown(self.tenant, own)).collect())
                }
                // What a mistake of ours costs is said below.
                Change::These(gap) => match set(lifter, &gap, None, true) {
                    Ok(set) => WouldChange::These(set),
                    Err(fault) => {
                        faults.insert(fault);
                        continue;
                    }
                },
            };
            report_only.push((name(&id), change));
        }
        Policies {
            never_apply: never.iter().map(name).collect(),
            needless: needless.iter().filter(|id| !obliges(id)).map(name).collect(),
            report_only,
            given: given(self.tenant, Proof::Difference),
            undecided: faults.first().map(|fault| internal_error(fault)),
            is_internal_error: !faults.is_empty(),
        }
    }

    /// Whether a rule reads a set of parameters that is empty.
    fn is_off(&self, rule: &Rule) -> bool {
        let Value::Record(parameters) = &self.parameters else { return false };
        let empty = parameters.iter().filter(|(_, value)| matches!(value, Value::Set(items) if items.is_empty()));
        let reads = |name: &str| {
            rule.reads("context", &[name])
                || name == "emergencyAccounts" && rule.reads("principal", &["isEmergencyAccount"])
        };
        empty.into_iter().any(|(name, _)| reads(name))
    }

    /// Declared emergency accounts that are no users of the export: it lacks them, or their names are wrong.
    fn missing_accounts(&self) -> Vec<&str> {
        let is = |account: &str| {
            self.tenant.users.items.iter().any(|user| {
                *account == *user.id.as_str()
                    || user.user_principal_name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(account))
            })
        };
        let declared = self.request.parameters.emergency_accounts.iter().map(String::as_str);
        declared.filter(|account| !is(account)).collect()
    }

    /// Why it is not known which applications access packages give, and what tells.
    fn untold_of_packages(&self) -> Option<(String, Kind)> {
        let packages = &self.tenant.access_packages;
        if !packages.coverage.is_complete() {
            let what = if packages.coverage.exported {
                "some access packages may be missing"
            } else {
                "access packages were not exported"
            };
            return Some((what.to_owned(), Kind::AccessPackage));
        }
        let untold = |package: &&AccessPackage| package.resource_roles.as_ref().map_or(true, |roles| roles.cut_off);
        if let Some(package) = packages.items.iter().find(untold) {
            let name = package.display_name.as_ref().map_or_else(|_| package.id.to_string(), Clone::clone);
            return Some((format!("what access package `{name}` grants was not exported"), Kind::AccessPackage));
        }
        let is_group = |role: &ResourceRole| {
            let system = role.resource_origin_system.as_ref().or(role.role_origin_system.as_ref());
            system.is_some_and(|system| system.eq_ignore_ascii_case("AadGroup"))
        };
        let mut roles = packages.items.iter().filter_map(|package| package.resource_roles.as_ref().ok());
        if roles.any(|roles| roles.items.iter().any(is_group)) {
            let principals = &self.tenant.service_principals;
            let untold = |found: &ServicePrincipal| found.assigned.as_ref().map_or(true, |assigned| assigned.cut_off);
            if !principals.coverage.is_complete() || principals.items.iter().any(untold) {
                let reason = "which applications the groups of access packages are assigned to was not exported";
                return Some((reason.to_owned(), Kind::AppRoleAssignment));
            }
        }
        None
    }

    fn ask<'r>(&self, rule: &'r Rule, run: &mut Run<'_>) -> Result<Option<Asked<'r>>, Trouble> {
        let Question::SignIn(wish) = rule.question else { return Ok(None) };
        let ids = match resolve(self.tenant, rule) {
            Ok(ids) => ids,
            Err(Misnamed::Rule(error)) => return Err(Trouble::Rule(error)),
            Err(Misnamed::Unknown { reason, kind }) => {
                run.not_evaluated(rule, reason, Some(kind.resource().to_owned()));
                return Ok(None);
            }
        };
        let by_text = ids.iter().map(|(name, id)| (name.clone(), id.to_string())).collect();
        let sign_in_rule = SignInRule::new(rule, &by_text)?;
        let body = sign_in_rule.body()?;
        Ok(Some(Asked { rule, wish, ids, sign_in_rule, body, untold: false }))
    }

    /// What rules name, so that it is told apart.
    fn mentions(&self, all: &[Asked<'_>]) -> Mentions {
        let mut mentions = Mentions {
            emergency_accounts: self.request.parameters.emergency_accounts.clone(),
            homes: self.request.homes.clone(),
            ..Mentions::default()
        };
        mentions.applications.extend(self.request.parameters.sensitive_applications.iter().map(|id| Id::new(id)));
        for asked in all {
            for (name, id) in &asked.ids {
                match name.kind {
                    NamedKind::Application => mentions.applications.insert(id.clone()),
                    NamedKind::Group => mentions.groups.insert(id.clone()),
                    NamedKind::ConnectedOrganization => false,
                };
            }
            let texts: Vec<&str> = asked.rule.texts().collect();
            if asked.rule.reads("principal", &["homeTenant"]) {
                mentions.tenants.extend(texts.iter().map(|text| Id::new(text)).filter(Id::is_guid));
            }
            if asked.rule.reads("resource", &["appId"]) {
                mentions.applications.extend(texts.iter().map(|text| Id::new(text)).filter(Id::is_guid));
            }
            let is_code = |text: &&&str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            mentions.countries.extend(texts.iter().filter(is_code).map(|text| (*text).to_owned()));
        }
        mentions
    }

    fn constants(&self) -> BTreeMap<String, Constant> {
        let Value::Record(parameters) = &self.parameters else { return BTreeMap::new() };
        let constant = |value: &Value| match value {
            Value::Bool(value) => Some(Constant::Flag(*value)),
            Value::Long(value) => Some(Constant::Long(*value)),
            Value::Text(text) => Some(Constant::Text(text.clone())),
            Value::Set(items) => Some(Constant::Set(items.iter().map(Value::told).collect())),
            Value::Time(_) | Value::Record(_) => None,
        };
        parameters.iter().filter_map(|(name, value)| Some(((*name).to_owned(), constant(value)?))).collect()
    }

    /// Decides one rule and tells what came of it: whether it was evaluated.
    fn one(
        &self,
        asked: &mut Asked<'_>,
        prover: &mut Prover<'_>,
        lifter: &Lifter<'_>,
        run: &mut Run<'_>,
    ) -> Result<bool, Trouble> {
        let decision = match asked.wish {
            Wish::Guardrail => prover.guardrail(&asked.body),
            Wish::Promise(Quantifier::Every) => prover.promise_of_every(&asked.body),
            Wish::Promise(Quantifier::Some) => prover.promise_of_some(&asked.body),
        };
        let metadata = &asked.rule.metadata;
        match decision {
            Err(Undecided::Outside(outside)) => {
                let message = format!("the rule cannot be decided for every sign-in: {}", outside.0);
                let help =
                    "decided are `&&`, `||`, `!` and `if` over attributes that are true or false, `==`, `!=` and \
                            `contains` with values that are written out, `has`, `is`, `in`, and `like` with `*` at the \
                            ends; docs/rules.md tells more"
                        .to_owned();
                return Err(Trouble::Rule(Box::new(asked.rule.mistake(message, help))));
            }
            Err(undecided) => return Err(Trouble::Undecided(told::undecided(&undecided))),
            Ok(Decision::Vacuous) if asked.untold => return Ok(false),
            Ok(Decision::Vacuous) => {
                return Err(Trouble::Undecided("no possible sign-in is one that it is about".to_owned()));
            }
            Ok(Decision::Holds(carried_by)) => {
                if asked.untold {
                    return Ok(true);
                }
                let name = |id: &String| {
                    let forbid = lifter.compiled.forbids.iter().find(|forbid| forbid.id == *id);
                    forbid.map_or_else(|| id.clone(), |forbid| forbid.name.clone())
                };
                run.report.decided += 1;
                run.report.held.push(Held {
                    rule: metadata.id.clone(),
                    title: metadata.title.clone(),
                    carried_by: carried_by.iter().map(name).collect(),
                    given: given(self.tenant, Proof::of(asked.wish)),
                    leans_on: Vec::new(),
                });
            }
            Ok(Decision::NotEvaluated(names, example)) => {
                let assumed = names.into_iter().map(|name| (example.unknowns.contains(&name), name));
                let found = Way { assumed: assumed.map(|(is, name)| (name, is)).collect(), example: *example };
                // Without a decision on the ways, and on the sets, it is told what the rule depends on, and no more.
                let mut ways = match asked.wish {
                    Wish::Guardrail => prover.ways(&asked.body).unwrap_or_default(),
                    Wish::Promise(_) => Vec::new(),
                };
                if ways.is_empty() {
                    ways.push(found);
                }
                for (number, way) in ways.iter().enumerate() {
                    if number == 0 {
                        Self::open(asked, lifter, way, run);
                    }
                    if asked.wish == Wish::Guardrail {
                        let gaps = prover.gaps_if(&asked.body, &way.assumed, self.request.gaps).map(|(gaps, _)| gaps);
                        self.broken_if(asked, lifter, &way.assumed, &gaps.unwrap_or_default(), run)?;
                    }
                }
            }
            Ok(Decision::Violated(witnesses)) => {
                let Some(first) = witnesses.first() else { return Ok(false) };
                let gaps = match asked.wish {
                    // Without a decision on the gaps there may be more than the one that is known.
                    Wish::Guardrail => Some(prover.gaps(&asked.body, self.request.gaps).unwrap_or_default()),
                    Wish::Promise(_) => None,
                };
                self.violated(asked, lifter, first, gaps.as_ref(), run)?;
            }
        }
        Ok(true)
    }

    /// It depends on what is not known.
    fn open(asked: &Asked<'_>, lifter: &Lifter<'_>, way: &Way, run: &mut Run<'_>) {
        // It cannot be replayed: the simulation leaves open what the prover took to be one way.
        let who = lifter.name(&way.example);
        let mut by_export: BTreeMap<Option<Kind>, Vec<&String>> = BTreeMap::new();
        for (name, _) in &way.assumed {
            let export = lifter.compiled.unknowns.get(name).and_then(|unknown| unknown.export);
            by_export.entry(export).or_default().push(name);
        }
        if by_export.is_empty() {
            by_export.insert(None, Vec::new());
        }
        for (export, names) in by_export {
            let told = |name: &&String| format!("whether {}", told::unknown(lifter.tenant, name));
            let listed: Vec<String> = names.iter().take(3).map(told).collect();
            let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
            let depends =
                if listed.is_empty() { "what is not known".to_owned() } else { format!("{}{more}", listed.join(", ")) };
            let reason = format!("for {who} it depends on {depends}");
            run.not_evaluated(asked.rule, reason, export.map(|kind| kind.resource().to_owned()));
        }
    }

    /// The largest sets of sign-ins that break a guardrail if something is as it is assumed.
    fn broken_if(
        &self,
        asked: &Asked<'_>,
        lifter: &Lifter<'_>,
        assumed: &[(String, bool)],
        gaps: &[Gap],
        run: &mut Run<'_>,
    ) -> Result<(), Trouble> {
        let mut sets = Vec::new();
        for (number, gap) in gaps.iter().enumerate() {
            sets.push(set(lifter, gap, Some(number + 1), false)?);
        }
        if !sets.is_empty() {
            let assumed = assumed.iter().map(|(name, is)| (told::unknown(self.tenant, name), *is)).collect();
            let perhaps = Perhaps { assumed, sets };
            run.report.broken_if.push(BrokenIf { rule: asked.rule.metadata.id.clone(), perhaps });
        }
        Ok(())
    }

    /// A finding, with the largest sets of sign-ins that are like the one that it tells.
    fn violated(
        &self,
        asked: &mut Asked<'_>,
        lifter: &Lifter<'_>,
        witness: &SignIn,
        gaps: Option<&(Vec<Gap>, bool)>,
        run: &mut Run<'_>,
    ) -> Result<(), Trouble> {
        let let_in = asked.wish == Wish::Guardrail;
        let first = gaps.and_then(|(gaps, _)| gaps.first()).map_or(witness, |gap| &gap.example);
        let lifted = lifter.lift(first, let_in)?;
        let sees = RuleSignIn {
            person: &lifted.candidate.person,
            application: &lifted.application.facts,
            context: &lifted.context,
        };
        if asked.sign_in_rule.matches(&sees)? == Some(false) {
            let id = &asked.rule.metadata.id;
            return Err(Trouble::Ours(format!("the prover found a sign-in that rule `{id}` does not match")));
        }
        let (message, help) = asked.sign_in_rule.tell(&sees);
        let who = &lifted.candidate.person.facts.name;
        let to = lifted.application.name();
        let words = match &lifted.came {
            Came::LetIn(steps) if let_in => {
                format!("{who} is let in to {to} {}", told::conditions(&lifted.when, &lifted.context, steps))
            }
            Came::Open if let_in => {
                format!("{who} is let in to {to} {}", told::conditions(&lifted.when, &lifted.context, &[]))
            }
            Came::Refused(refusals) if asked.wish == Wish::Promise(Quantifier::Some) => {
                let why = told::refusal(self.tenant, refusals);
                let when = told::conditions(&lifted.when, &lifted.context, &[]);
                format!("{who} has no way in to {to}; {when} they are refused: {why}")
            }
            Came::Refused(refusals) => {
                let why = told::refusal(self.tenant, refusals);
                format!("{who} is refused at {to} {}: {why}", told::conditions(&lifted.when, &lifted.context, &[]))
            }
            Came::LetIn(_) | Came::Open => format!("{who} has no way in to {to} that keeps it"),
        };
        let command = command(lifter, &lifted, Some(let_in));
        let mut details = Vec::new();
        let mut concerned: Vec<Subject> =
            gaps.iter().flat_map(|(gaps, _)| gaps).flat_map(|gap| users(lifter, gap)).collect();
        concerned.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        concerned.dedup();
        if let Some((gaps, complete)) = gaps {
            for (number, gap) in gaps.iter().enumerate() {
                let shown = if number == 0 { None } else { Some(lifter.lift(&gap.example, true)?) };
                details.push(line(lifter, gap, Some(number + 1)));
                if let Some(closest) = told::closest(lifter, gap, shown.as_ref().unwrap_or(&lifted)) {
                    details.push(format!("   {closest}"));
                }
                if let Some(shown) = shown {
                    let command = super::sets::command(lifter, &shown, Some(true));
                    details.push(format!("   {}", command.unwrap_or_else(|| NO_COMMAND.to_owned())));
                }
            }
            if !complete {
                details.push("there may be more, or some that depend on what is not known".to_owned());
            }
        }
        // One application alone is the object; else it is the tenant.
        let named = asked.sign_in_rule.names_one_application();
        let alone = gaps.is_none_or(|(gaps, complete)| {
            named
                || *complete
                    && gaps.iter().all(|gap| {
                        gap.parts.iter().any(|part| {
                            part.about == "application"
                                && !part.all_but
                                && part.values == [lifted.application.facts.id.clone()]
                        })
                    })
        }) && !lifted.application.is_any_other();
        let tenant = &run.tenant_facts;
        let (subject, origin) = if alone {
            let facts = &lifted.application.facts;
            let subject = Subject { kind: "Application".to_owned(), id: facts.id.clone(), name: facts.name.clone() };
            (subject, facts.origin.as_ref().or(tenant.origin.as_ref()))
        } else {
            let subject = Subject { kind: "Tenant".to_owned(), id: tenant.id.clone(), name: tenant.name.clone() };
            (subject, tenant.origin.as_ref())
        };
        let region = match origin {
            Some(origin) => run.loaded.sources.resolve(origin, &[]),
            None => run.nowhere(),
        };
        let metadata = &asked.rule.metadata;
        run.report.decided += 1;
        run.report.findings.push(Finding {
            rule: metadata.id.clone(),
            title: metadata.title.clone(),
            severity: metadata.severity,
            message: format!("{message}: {words}"),
            help: match &command {
                Some(command) => format!("{help}{}", shows(command)),
                None => format!("{help}; {NO_COMMAND}"),
            },
            command,
            details,
            users: concerned,
            fingerprint: Finding::fingerprint(&metadata.id, &subject.kind, &subject.id),
            subject,
            region,
        });
        Ok(())
    }
}

/// Rules that cannot be kept together: by the number of the rule, the other one and a sign-in that both match, or why it is
/// not known.
fn contradictions(prover: &mut Prover<'_>, all: &[Asked<'_>]) -> BTreeMap<usize, (String, Result<SignIn, Undecided>)> {
    let mut found = BTreeMap::new();
    for (at, guardrail) in all.iter().enumerate().filter(|(_, asked)| asked.wish == Wish::Guardrail) {
        for (other, promise) in all.iter().enumerate() {
            let Wish::Promise(quantifier) = promise.wish else { continue };
            let of_every = quantifier == Quantifier::Every;
            let both = match prover.contradiction(&guardrail.body, &promise.body, of_every) {
                // A rule outside of what is decided is told of by itself.
                Ok(None) | Err(Undecided::Outside(_)) => continue,
                Ok(Some(sign_in)) => Ok(sign_in),
                Err(undecided) => Err(undecided),
            };
            for (place, against) in [(at, promise), (other, guardrail)] {
                let told = (against.rule.metadata.id.clone(), both.clone());
                // A contradiction for sure says more than one that was not decided.
                if both.is_ok() {
                    found.insert(place, told);
                } else {
                    found.entry(place).or_insert(told);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::sign_in::Readings;
    use crate::check::{Report, check};
    use crate::config::Parameters;
    use crate::facts::Subjects;
    use crate::load::{Loaded, Loader};
    use crate::model::Time;
    use crate::rules::{Pack, Schema, bundled_files};

    /// A tenant that lets everybody in, but by device code flow where a policy against it is enforced.
    fn tenant(state: &str) -> Loaded {
        let everything = r#"{"usersAndGroups":{"accessType":"allowed","targets":[{"target":"AllUsers","targetType":"user"}]},
            "applications":{"accessType":"allowed","targets":[{"target":"AllApplications","targetType":"application"}]}}"#;
        let text = format!(
            r#"{{"crossTenantAccessPolicyDefault":{{"isServiceDefault":false,"b2bCollaborationInbound":{everything}}},
                "crossTenantAccessPolicyPartners":[],"identitySecurityDefaultsEnforcementPolicy":{{"isEnabled":false}},
                "conditionalAccessPolicies":[{{"id":"a0000000-0000-4000-8000-000000000001","displayName":"No codes","state":"{state}",
                "conditions":{{"clientAppTypes":["all"],"users":{{"includeUsers":["All"]}},"applications":{{"includeApplications":["All"]}},
                "authenticationFlows":{{"transferMethods":"deviceCodeFlow"}}}},
                "grantControls":{{"operator":"OR","builtInControls":["block"]}}}}],
                "users":[],"groups":[],"servicePrincipals":[],"accessPackages":[],"namedLocations":[]}}"#
        );
        let mut loader = Loader::default();
        loader.file("export.json".to_owned(), text.as_bytes());
        loader.finish()
    }

    /// Where the two opinions on a sign-in differ, that costs the rule that met it, and nothing else.
    #[test]
    fn a_disagreement_costs_one_rule() {
        let (open, closed) = (tenant("disabled"), tenant("enabled"));
        let pack = Pack::read(&bundled_files(), &Schema::bundled().unwrap()).unwrap();
        let parameters = Parameters::default();
        let request = Request::new(pack.rules.iter().collect(), &parameters, Time::read("2026-11-23").unwrap());
        let honest = check(&closed, &request);
        assert!(!honest.has_internal_error(), "{:?}", honest.not_evaluated);
        // What is proven is proven of a tenant without the policy.
        let asked = |name: &str| pack.rules.iter().find(|rule| rule.metadata.id == name).unwrap();
        let rules = [asked("external-sign-in-without-mfa"), asked("device-code-flow-lets-outsider-in")];
        let sign_ins =
            SignIns::new(&closed.tenant, &request, Subjects::new(&closed.tenant, &parameters, request.now).context());
        let compiled = compile(&open.tenant, &Readings::default().settled(), &Mentions::default()).unwrap();
        let mut run = Run {
            loaded: &closed,
            tenant_facts: Subjects::new(&closed.tenant, &parameters, request.now).of_tenant(),
            report: Report::default(),
            gaps: BTreeMap::new(),
        };
        let mut all: Vec<Asked<'_>> = rules.iter().filter_map(|rule| sign_ins.ask(rule, &mut run).unwrap()).collect();
        sign_ins.on(&compiled, &mut all, &mut run).unwrap();
        let report = run.report;
        assert!(report.has_internal_error(), "{report:?}");
        for outcome in &report.not_evaluated {
            assert!(outcome.is_internal_error, "{outcome:?}");
            let told = "internal error, a bug of guestlist that we would like to hear of: the simulation says that";
            assert!(outcome.reason.starts_with(told), "{outcome:?}");
        }
        let stopped: Vec<&str> = report.not_evaluated.iter().map(|outcome| outcome.rule.as_str()).collect();
        assert_eq!(stopped, ["device-code-flow-lets-outsider-in"], "{report:?}");
        assert_eq!(report.findings.len(), 1, "{report:?}");
    }
}
