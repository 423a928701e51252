//! Single sign-ins: whether somebody gets in to an application under given conditions, after which steps, stopped by
//! what (docs/semantics SI-1, CA, XU, XT).
//!
//! [`Engine::explain`] is the plain reading, policy by policy. Nothing folds unknown into yes or no except where the
//! caller picks a side.

mod controls;
mod explain;
mod gates;
mod index;
mod matching;
mod reading;
mod scenario;
mod session;
mod subject;
mod verdict;
mod what_if;

pub use controls::{NoWay, Outcome, UnknownWhy};
pub use explain::{Enforcement, Engine, Explanation, GateTrace, PolicyTrace, ReportOnlyResult};
pub use index::{Decision, Index, SignIn};
pub use matching::Reason;
pub use reading::{AMBIGUITIES, Ambiguity, OPEN, Reading, Readings, SETTLED};
pub use scenario::{
    Claims, Conditions, Device, DeviceInfo, Factors, Flow, Request, Scenario, SeenPlatform, Target, UserAction,
};
pub use session::SessionControls;
pub use subject::{DirectoryObject, Homes, Outsider, Provider, Subject};
pub use verdict::{By, Demand, Doubt, Refusal, Stage, Step, Verdict};
pub use what_if::{NOT_ENOUGH_INFORMATION, NOT_SET, WhatIfResult, WhatIfVersion, WorkloadSignIn};
