//! The members of the JSON answer (`docs/simulate.md`).

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::given::Given;

#[derive(Serialize)]
pub(super) struct Document<'r> {
    pub(super) version: u32,
    pub(super) tool: Tool,
    pub(super) tenant: TenantView<'r>,
    pub(super) answers: Vec<AnswerView<'r>>,
}

#[derive(Serialize)]
pub(in super::super) struct Tool {
    pub(in super::super) name: &'static str,
    pub(in super::super) version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct TenantView<'r> {
    pub(in super::super) id: Option<String>,
    pub(in super::super) display_name: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerView<'r> {
    pub(super) subject: SubjectView<'r>,
    pub(super) target: TargetView<'r>,
    pub(super) conditions: InOrder,
    pub(super) assume: Option<&'static str>,
    pub(super) verdict: VerdictView<'r>,
    pub(super) coverage: VerdictView<'r>,
    pub(super) reachability: VerdictView<'r>,
    pub(super) without_assumption: VerdictView<'r>,
    pub(super) gates: Vec<GateView<'r>>,
    pub(super) demands: Vec<ControlView<'r>>,
    pub(super) policies: Vec<PolicyView<'r>>,
    pub(super) session: SessionView<'r>,
    pub(super) leans_on: Vec<LeaningView>,
    pub(super) taken_as_given: &'r [&'static str],
    pub(super) notes: &'r [String],
}

/// Members in the order in which they are listed.
pub(in super::super) struct InOrder(pub(in super::super) Vec<(&'static str, Option<Given>)>);

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, given) in &self.0 {
            map.serialize_entry(name, given)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubjectView<'r> {
    pub(super) name: &'r str,
    pub(super) object: &'static str,
    pub(super) id: Option<&'r str>,
    pub(super) types: Vec<&'static str>,
    pub(super) types_open: Option<WhyView<'r>>,
    pub(super) home: &'static str,
    pub(super) home_tenant: Option<&'r str>,
    pub(super) home_tenant_name: Option<&'r str>,
    pub(super) identity_provider: &'static str,
    pub(super) domain: Option<&'r str>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetView<'r> {
    pub(super) kind: &'static str,
    pub(super) application: Option<&'r str>,
    pub(super) application_name: Option<&'r str>,
    pub(super) authentication_context: Option<&'r str>,
    /// `resource`, or `client` where scopes name the resources.
    pub(super) application_is: Option<&'static str>,
    pub(super) scopes: Vec<&'r str>,
    pub(super) public_client: Option<bool>,
    pub(super) user_action: Option<&'static str>,
    pub(super) outbound_to: Option<&'r str>,
    pub(super) channel: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct WhyView<'r> {
    pub(super) text: &'r str,
    pub(super) export: Option<&'static str>,
    pub(super) ambiguity: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerdictView<'r> {
    pub(super) kind: &'static str,
    pub(super) steps: Vec<StepView<'r>>,
    pub(super) stage: Option<&'static str>,
    pub(super) code: Option<u32>,
    pub(super) refusals: Vec<RefusalView<'r>>,
    pub(super) doubts: Vec<DoubtView<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct StepView<'r> {
    pub(in super::super) step: &'static str,
    pub(in super::super) place: Option<&'static str>,
    pub(in super::super) methods: Vec<String>,
    pub(in super::super) terms_of_use: Option<&'r str>,
    pub(in super::super) custom_control: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefusalView<'r> {
    pub(super) stage: &'static str,
    pub(super) code: Option<u32>,
    pub(super) policy: Option<&'r str>,
    pub(super) policy_name: Option<&'r str>,
    pub(super) setting: Option<&'static str>,
    pub(super) why: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DoubtView<'r> {
    pub(super) topic: &'r str,
    pub(super) policy: Option<&'r str>,
    pub(super) policy_name: Option<&'r str>,
    pub(super) why: WhyView<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GateView<'r> {
    pub(super) stage: &'static str,
    pub(super) passes: &'static str,
    pub(super) why: Option<WhyView<'r>>,
    /// Only where it does not let pass, or may not.
    pub(super) refusal: Option<RefusalView<'r>>,
}

#[derive(Serialize)]
pub(super) struct ControlView<'r> {
    pub(super) control: &'r str,
    pub(super) outcome: OutcomeView<'r>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum OutcomeView<'r> {
    Satisfied,
    Step { step: StepView<'r> },
    Impossible { stage: &'static str, code: Option<u32>, why: &'static str },
    Unknown { best: Box<OutcomeView<'r>>, worst: Box<OutcomeView<'r>>, why: WhyView<'r> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyView<'r> {
    pub(super) id: &'r str,
    pub(super) name: &'r str,
    pub(super) enforcement: &'static str,
    pub(super) enforcement_open: Option<WhyView<'r>>,
    pub(super) applies: &'static str,
    pub(super) reasons: Vec<ReasonView<'r>>,
    pub(super) operator: &'static str,
    pub(super) controls: Vec<ControlView<'r>>,
    pub(super) dependency: Option<&'static str>,
    pub(super) report_only: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct ReasonView<'r> {
    pub(super) reason: &'static str,
    pub(super) met: &'static str,
    pub(super) why: Option<WhyView<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionView<'r> {
    pub(super) sign_in_frequency_hours: Option<i64>,
    pub(super) persistent_browser: Option<&'r str>,
    pub(super) application_enforced_restrictions: bool,
    pub(super) cloud_app_security: &'r [String],
    pub(super) continuous_access_evaluation: Option<&'r str>,
    pub(super) disable_resilience_defaults: bool,
    pub(super) secure_sign_in_session: bool,
}

#[derive(Serialize)]
pub(super) struct LeaningView {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) option: Option<&'static str>,
    pub(super) values: Vec<&'static str>,
    pub(super) reading: Option<&'static str>,
}
