//! Layer 2: what Entra does with people from outside, as pure functions over the model.
//!
//! Every answer is yes, no or unknown with its reason; whoever asks decides which way unknown falls. This is the part
//! that governance rules need: who is covered by which enforced policy. Rule numbers are those of `docs/semantics`.

mod answer;
mod class;
mod coverage;
mod cross_tenant;
mod grant;
mod organizations;
mod packages;
mod scope;
pub mod sign_in;

pub use answer::{Answer, Why};
pub use class::{Class, Home, classes, external_type, has_entra_home, holds_internal_members, is_external};
pub use coverage::{Client, Coverage, Protection, narrowing};
pub(crate) use coverage::{protects_wherever, would_protect};
pub use cross_tenant::{Channel, Trust, default_trust, is_open, is_refused, refuses_all, trust, trust_if};
pub use grant::{Demand, demand, is_mfa_strength, resource_tenant_can, strength_combinations};
pub use organizations::{Organizations, outsider_of};
pub use packages::{Granted, Packages, Request, Way};
pub use scope::{Audience, guest_scope, people_of, taken_in};
