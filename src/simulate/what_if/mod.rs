//! Microsoft's what-if API: its request body as a question (SI-2.1 to SI-2.6), and several of its answers as one.

mod body;
mod members;
mod question;

pub use body::{Context, Identity, Misread, WhatIfRequest};

use crate::access::sign_in::WhatIfResult;

/// One answer for several applications: a policy applies if it applies to any of them, and else for the reason of the
/// first.
#[must_use]
pub fn for_any<'t>(answers: Vec<Vec<WhatIfResult<'t>>>) -> Vec<WhatIfResult<'t>> {
    let merge = |mut all: Vec<WhatIfResult<'t>>, next: Vec<WhatIfResult<'t>>| {
        for (result, other) in all.iter_mut().zip(next) {
            if other.applies() {
                result.reason = other.reason;
            }
        }
        all
    };
    answers.into_iter().reduce(merge).unwrap_or_default()
}
