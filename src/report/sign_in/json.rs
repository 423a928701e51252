//! The same for machines (`docs/simulate.md`). `version` changes when a member is removed or changes its meaning.

use super::super::json::pretty;
use super::given::given;
use super::views::{
    AnswerView, ControlView, Document, DoubtView, GateView, InOrder, LeaningView, OutcomeView, PolicyView, ReasonView,
    RefusalView, SessionView, StepView, SubjectView, TargetView, TenantView, Tool, VerdictView, WhyView,
};
use super::words;
use crate::access::sign_in::{
    By, DirectoryObject, Doubt, Enforcement, Explanation, GateTrace, Outcome, PolicyTrace, Provider, Refusal,
    SessionControls, Step, Subject, Target, Verdict,
};
use crate::access::{Answer, Home, Why};
use crate::model::{GrantOperator, Tenant};
use crate::simulate::{Answered, Assume};

/// Answers as JSON, indented, with a line end.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn sign_in_json(tenant: &Tenant, answers: &[Answered<'_>]) -> Result<String, serde_json::Error> {
    let organization = tenant.organizations.only().ok();
    pretty(&Document {
        version: 1,
        tool: Tool { name: "guestlist", version: env!("CARGO_PKG_VERSION") },
        tenant: TenantView {
            id: organization.map(|organization| organization.id.to_string()),
            display_name: organization.and_then(|organization| organization.display_name.as_deref().ok()),
        },
        answers: answers.iter().map(answer).collect(),
    })
}

fn answer<'r>(answered: &'r Answered<'_>) -> AnswerView<'r> {
    let explanation = &answered.explanation;
    let view = |found| verdict(explanation, found);
    let leaning = |id: &&'static str| {
        let found = words::leaning(id, &answered.readings);
        LeaningView {
            id: found.id,
            about: found.about,
            option: found.option,
            values: found.values,
            reading: found.reading,
        }
    };
    AnswerView {
        subject: subject(answered.tenant, &answered.scenario.subject),
        target: target(answered.tenant, &answered.scenario.target),
        conditions: InOrder(given(&answered.scenario.conditions)),
        assume: answered.assume.map(Assume::as_str),
        verdict: view(answered.verdict()),
        coverage: view(&explanation.coverage),
        reachability: view(&explanation.reachability),
        without_assumption: view(&explanation.verdict),
        gates: explanation.gates.iter().map(|found| gate(explanation, found)).collect(),
        demands: explanation
            .demands
            .iter()
            .map(|(name, found)| ControlView { control: name, outcome: outcome(found) })
            .collect(),
        policies: explanation.policies.iter().map(policy).collect(),
        session: session(&explanation.session),
        leans_on: explanation.leans_on.iter().map(leaning).collect(),
        taken_as_given: &explanation.taken_as_given,
        notes: &explanation.notes,
    }
}

fn subject<'r>(tenant: &'r Tenant, subject: &'r Subject) -> SubjectView<'r> {
    let (object, id) = match &subject.object {
        DirectoryObject::User(id) => ("user", Some(id.as_str())),
        DirectoryObject::Invited => ("invited", None),
        DirectoryObject::Missing => ("missing", None),
        DirectoryObject::NotNeeded => ("notNeeded", None),
    };
    let (home, home_tenant) = match &subject.home {
        Home::Tenant(id) => ("tenant", Some(id)),
        Home::OtherTenant => ("otherTenant", None),
        Home::UnseenPartner => ("unseenPartner", None),
        Home::UnknownTenant => ("unknownTenant", None),
        Home::NoTenant => ("noTenant", None),
    };
    SubjectView {
        name: &subject.name,
        object,
        id,
        types: subject.kinds.iter().map(|kind| words::kind(*kind)).collect(),
        types_open: subject.kinds_open.as_ref().map(why),
        home,
        home_tenant: home_tenant.map(crate::model::Id::as_str),
        home_tenant_name: home_tenant.and_then(|id| words::tenant_name(tenant, id)),
        identity_provider: provider(subject.provider),
        domain: subject.domain.as_deref(),
    }
}

const fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::Entra => "entra",
        Provider::OneTimePasscode => "oneTimePasscode",
        Provider::Google => "google",
        Provider::Facebook => "facebook",
        Provider::MicrosoftAccount => "microsoftAccount",
        Provider::Federation => "federation",
        Provider::Here => "thisTenant",
        Provider::Unknown => "unknown",
    }
}

fn target<'r>(tenant: &'r Tenant, target: &'r Target) -> TargetView<'r> {
    match target {
        Target::Application(request) => TargetView {
            kind: "application",
            application: Some(request.application.as_str()),
            application_name: words::application_name(tenant, &request.application),
            authentication_context: request.authentication_context.as_deref(),
            application_is: Some(if request.scopes.is_empty() { "resource" } else { "client" }),
            scopes: request.scopes.iter().map(AsRef::as_ref).collect(),
            public_client: Some(request.public_client),
            ..TargetView::default()
        },
        Target::UserAction(action) => {
            TargetView { kind: "userAction", user_action: Some(action.as_str()), ..TargetView::default() }
        }
        Target::AuthenticationContext(context) => {
            TargetView { kind: "authenticationContext", authentication_context: Some(context), ..TargetView::default() }
        }
        Target::Outbound { tenant: other, application, direct_connect } => TargetView {
            kind: "outbound",
            application: Some(application.as_str()),
            application_name: words::application_name(tenant, application),
            outbound_to: Some(other.as_str()),
            channel: Some(if *direct_connect { "directConnect" } else { "collaboration" }),
            ..TargetView::default()
        },
        Target::Unspecified => TargetView { kind: "unspecified", ..TargetView::default() },
    }
}

fn why(why: &Why) -> WhyView<'_> {
    WhyView { text: &why.text, export: why.missing.map(crate::model::Kind::resource), ambiguity: why.ambiguity }
}

const fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown(_) => "unknown",
    }
}

fn reason(answer: &Answer) -> Option<WhyView<'_>> {
    if let Answer::Unknown(found) = answer { Some(why(found)) } else { None }
}

pub(in super::super) fn step(step: &Step) -> StepView<'_> {
    StepView {
        step: step.as_str(),
        place: words::place(step),
        methods: step.methods(),
        terms_of_use: if let Step::AcceptTermsOfUse(id) = step { Some(id.as_str()) } else { None },
        custom_control: if let Step::CustomControl(name) = step { Some(name) } else { None },
    }
}

fn refusal<'r>(explanation: &'r Explanation, refusal: &'r Refusal) -> RefusalView<'r> {
    let (policy, setting) = match &refusal.by {
        By::Policy(id) => (Some(id), None),
        By::Setting(name) => (None, Some(*name)),
    };
    RefusalView {
        stage: refusal.stage.as_str(),
        code: refusal.code,
        policy: policy.map(crate::model::Id::as_str),
        policy_name: policy.and_then(|id| words::policy(explanation, id)).map(|found| found.name.as_str()),
        setting,
        why: &refusal.why,
    }
}

fn verdict<'r>(explanation: &'r Explanation, verdict: &'r Verdict) -> VerdictView<'r> {
    let refusals = if let Verdict::Block(refusals) = verdict { refusals.as_slice() } else { &[] };
    let doubts = if let Verdict::Unknown(doubts) = verdict { doubts.as_slice() } else { &[] };
    let doubt = |doubt: &'r Doubt| DoubtView {
        topic: &doubt.topic,
        policy: doubt.policy.as_ref().map(crate::model::Id::as_str),
        policy_name: doubt
            .policy
            .as_ref()
            .and_then(|id| words::policy(explanation, id))
            .map(|found| found.name.as_str()),
        why: why(&doubt.why),
    };
    VerdictView {
        kind: verdict.as_str(),
        steps: if let Verdict::AllowAfter(steps) = verdict { steps.iter().map(step).collect() } else { Vec::new() },
        stage: refusals.first().map(|refusal| refusal.stage.as_str()),
        code: refusals.first().and_then(|refusal| refusal.code),
        refusals: refusals.iter().map(|found| refusal(explanation, found)).collect(),
        doubts: doubts.iter().map(doubt).collect(),
    }
}

fn gate<'r>(explanation: &'r Explanation, gate: &'r GateTrace) -> GateView<'r> {
    GateView {
        stage: gate.stage.as_str(),
        passes: word(&gate.passes),
        why: reason(&gate.passes),
        refusal: (!gate.passes.is_yes()).then(|| refusal(explanation, &gate.refusal)),
    }
}

fn outcome(found: &Outcome) -> OutcomeView<'_> {
    match found {
        Outcome::Satisfied => OutcomeView::Satisfied,
        Outcome::Step(own) => OutcomeView::Step { step: step(own) },
        Outcome::Impossible(way) => OutcomeView::Impossible { stage: way.stage.as_str(), code: way.code, why: way.why },
        Outcome::Unknown(best, worst, found) => {
            OutcomeView::Unknown { best: Box::new(outcome(best)), worst: Box::new(outcome(worst)), why: why(&found.0) }
        }
    }
}

fn policy(policy: &PolicyTrace) -> PolicyView<'_> {
    let (enforcement, open) = match &policy.enforcement {
        Enforcement::Enforced => ("enforced", None),
        Enforcement::ReportOnly => ("reportOnly", None),
        Enforcement::Off => ("off", None),
        Enforcement::Unknown(found) => ("unknown", Some(why(found))),
    };
    PolicyView {
        id: policy.id.as_str(),
        name: &policy.name,
        enforcement,
        enforcement_open: open,
        applies: word(&policy.applies),
        reasons: policy
            .reasons
            .iter()
            .map(|(name, answer)| ReasonView { reason: name.as_str(), met: word(answer), why: reason(answer) })
            .collect(),
        operator: if policy.operator == GrantOperator::And { "AND" } else { "OR" },
        controls: policy
            .controls
            .iter()
            .map(|(name, found)| ControlView { control: name, outcome: outcome(found) })
            .collect(),
        dependency: policy.dependency,
        report_only: policy.report_only.map(crate::access::sign_in::ReportOnlyResult::as_str),
    }
}

fn session(session: &SessionControls) -> SessionView<'_> {
    SessionView {
        sign_in_frequency_hours: session.sign_in_frequency_hours,
        persistent_browser: session.persistent_browser.as_deref(),
        application_enforced_restrictions: session.application_enforced_restrictions,
        cloud_app_security: &session.cloud_app_security,
        continuous_access_evaluation: session.continuous_access_evaluation.as_deref(),
        disable_resilience_defaults: session.disable_resilience_defaults,
        secure_sign_in_session: session.secure_sign_in_session,
    }
}
