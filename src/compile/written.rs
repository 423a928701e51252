//! Policies as text that people and Cedar's own tools read.

use cedar_policy::Policy;
use cedar_policy_formatter::{Config, policies_str_to_pretty};

use super::Fault;

const LAYOUT: Config = Config { line_width: 110, indent_width: 2 };
/// The longest policy that is laid out: what that takes grows faster than the text. Longer ones are lists of networks.
const MOST_LAID_OUT: usize = 1 << 16;

/// Policies in their order, each with its annotations.
///
/// # Errors
/// A policy has no text, which is a mistake of ours.
pub fn written(policies: &[Policy]) -> Result<String, Fault> {
    let mut all = String::new();
    for policy in policies {
        let plain = policy.to_cedar().ok_or_else(|| Fault(format!("policy `{}` has no text", policy.id())))?;
        // What is laid out is compared with what was; where that fails the policy stands as Cedar writes it.
        let laid_out = if plain.len() > MOST_LAID_OUT { None } else { policies_str_to_pretty(&plain, &LAYOUT).ok() };
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(laid_out.unwrap_or(plain).trim_end());
        all.push('\n');
    }
    Ok(all)
}
